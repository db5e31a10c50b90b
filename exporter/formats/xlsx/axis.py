"""The columns of a sheet that has no printed header: periods in blocks, quarters first, each block in the order of time.

A balance stands in the column of the shortest period that ends on its day, for that is where people look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exporter.model import Fact, Period

_DAYS_OF_TWELVE_MONTHS = 365
_WEEK = 7
#: Blocks by length in months; what is none of these stands behind them, balances of odd days last.
_BLOCKS = (3, 6, 9, 12)


def months(period: Period | None) -> int | None:
    """How many months a period has, by its days; None for a balance or no period."""
    if period is None or period.start is None:
        return None
    return round(((period.end - period.start).days + 1) * 12 / _DAYS_OF_TWELVE_MONTHS)


def in_blocks(periods: Iterable[Period]) -> list[Period]:
    """The columns for these periods: no balance has one of its own where a period ends on its day."""
    known = set(periods)
    ends = {period.end for period in known if period.start is not None}
    return sorted((period for period in known if period.start is not None or period.end not in ends), key=_order)


def place(period: Period, columns: Sequence[Period]) -> int | None:
    """The column of a figure of ``period``, by number, or None."""
    if period in columns:
        return columns.index(period)
    if period.start is not None:
        return None
    ending = [at for at, column in enumerate(columns) if column.end == period.end and column.start is not None]
    return min(ending, key=lambda at: months(columns[at]) or 0, default=None)


def currency_of(fact: Fact) -> str:
    """The currency of a fact's unit, "" where it has none."""
    top = fact.aspects.unit.partition("/")[0]
    return top.removeprefix("iso4217:") if top.startswith("iso4217:") else ""


def _order(period: Period) -> tuple[int, Period]:
    length = months(period)
    rank = len(_BLOCKS) + 1 if length is None else _BLOCKS.index(length) if length in _BLOCKS else len(_BLOCKS)
    return rank, Period(period.end, period.start or period.end)


def year_before(period: Period, columns: Sequence[Period]) -> int | None:
    """The column of the same period a year earlier (to a week: some years have 53 of them), or None."""
    return _before(period, columns, _DAYS_OF_TWELVE_MONTHS)


def quarter_before(period: Period, columns: Sequence[Period]) -> int | None:
    """The column of the quarter before a quarter, or None; other periods have none."""
    return _before(period, columns, _DAYS_OF_TWELVE_MONTHS // 4) if months(period) == _BLOCKS[0] else None


def _before(period: Period, columns: Sequence[Period], days: int) -> int | None:
    for at, column in enumerate(columns):
        if months(column) == months(period) and abs((period.end - column.end).days - days) <= _WEEK:
            return at
    return None
