"""What printed periods imply of each other: a half-year is its quarters, a year its halves, within rounding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from exporter.model import Period
from exporter.series.derive import Additive, compatible, lines
from exporter.series.nouns import Cell, Key, Relation, Spot
from exporter.values import EXACT, rounding_interval


def relations(cells: Mapping[Spot, Cell], additive: Additive) -> tuple[Relation, ...]:
    """Every period that shown parts of compatible vintage fill without a gap, with the shortest parts first."""
    made: list[Relation] = []
    for (key, entity), periods in lines(cells, additive).items():
        for whole in periods:
            for parts in _fillings(whole, periods):
                if (found := _relation(cells, key, entity, whole, parts)) is not None:
                    made.append(found)
    return tuple(made)


def _fillings(whole: Period, periods: list[Period]) -> list[tuple[Period, ...]]:
    """Ways to fill a period: at most four parts, each no longer than the rest it leaves in one of the usual cuts."""
    by_start: dict[date | None, list[Period]] = {}
    for period in periods:
        if period != whole and period.end <= whole.end:
            by_start.setdefault(period.start, []).append(period)
    found: list[tuple[Period, ...]] = []
    waiting: list[tuple[Period, ...]] = [(first,) for first in by_start.get(whole.start, ())]
    while waiting:
        parts = waiting.pop()
        if parts[-1].end == whole.end:
            found.append(parts)
        elif len(parts) < 4:
            waiting.extend((*parts, after) for after in by_start.get(parts[-1].end + timedelta(days=1), ()))
    return sorted(found, key=lambda parts: (-len(parts), parts))


def _relation(cells: Mapping[Spot, Cell], key: Key, entity: str, whole: Period, parts: tuple[Period, ...]) -> Relation | None:
    figures = [cells[key, entity, period] for period in (whole, *parts)]
    if not compatible(leaf for figure in figures for leaf in figure.leaves):
        return None
    difference, tolerance = Decimal(0), Decimal(0)
    for at, figure in enumerate(figures):
        value = figure.value or Decimal(0)
        low, high = rounding_interval(value, figure.decimals)
        difference = EXACT.subtract(difference, value) if at else value
        tolerance = EXACT.add(tolerance, EXACT.divide(EXACT.subtract(high, low), Decimal(2)))
    return Relation(key, entity, whole, parts, difference, tolerance)
