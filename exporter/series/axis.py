"""The axis: one column a period and issuer, the same on every sheet.

Quarters, half-years, nine months, years and twelve-month periods have blocks of their own. An instant stands in every
column that ends on its day; one that no period ends on gets a column: among the quarters where it closes one and the
issuer reports quarters, else in a block of dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from exporter.model import Entity, Period
from exporter.series.nouns import BLOCKS, Block, Cell, Column, Spot, months_of
from exporter.series.periods import calendar_name, closes_quarter, fiscal_name
from exporter.values import fiscal_month, is_month_end

_BLOCK_OF: dict[int, Block] = {3: "quarter", 6: "half_year", 9: "nine_months", 12: "year"}
#: Blocks whose columns hold balances at the end of their period.
_CLOSING: tuple[Block, ...] = ("quarter", "half_year", "nine_months", "year")


def columns(
    spots: Iterable[Spot], cells: Mapping[Spot, Cell], entities: Sequence[Entity], currencies: Mapping[str, str]
) -> tuple[Column, ...]:
    """All columns, left to right: block by block, in a block issuer by issuer, then by date."""
    filed: dict[tuple[str, Period], str] = {}
    for spot in spots:
        event = cells[spot].shown
        known = filed.setdefault(spot[1:], "")
        if event is not None and event.filing.filed_at and (not known or event.filing.filed_at < known):
            filed[spot[1:]] = event.filing.filed_at
    made: list[Column] = []
    for entity in entities:
        periods = [period for name, period in filed if name == entity.id]
        years = _has_years(entity, periods)
        own = [_column(entity, period, years) for period in periods if period.start is not None]
        own += _dates(entity, own, [period.end for period in periods if period.start is None])
        made += [replace(c, filed=_filed(c, filed), currency=currencies.get(entity.id, "")) for c in own]
    order = {entity.id: at for at, entity in enumerate(entities)}
    return tuple(sorted(made, key=lambda c: (BLOCKS.index(c.block), order[c.entity], c.period.end, c.period.start or c.period.end)))


def in_column(column: Column, period: Period) -> bool:
    """Whether a figure of a period stands in a column."""
    if period.start is not None or column.period.start is None:
        return period == column.period
    return period.end == column.period.end and column.block in _CLOSING


def opening(column: Column) -> Period | None:
    """The instant at which a column's period begins."""
    return None if column.period.start is None else Period(column.period.start - timedelta(days=1))


def _filed(column: Column, filed: Mapping[tuple[str, Period], str]) -> str:
    periods = (column.period, Period(column.period.end)) if column.block in _CLOSING else (column.period,)
    days = [filed.get((column.entity, period), "") for period in periods]
    return next(filter(None, days), "")


def _has_years(entity: Entity, periods: Iterable[Period]) -> bool:
    """Whether twelve months that are no fiscal year by name are years: of an issuer whose year nobody knows, if all end alike."""
    lengths = ((period, months_of(period.start, period.end)) for period in periods if period.start is not None)
    ends = {fiscal_month(period.end, None)[1] for period, months in lengths if months == 12}
    return entity.fiscal_year_end is None and len(ends) == 1


def _column(entity: Entity, period: Period, years: bool) -> Column:
    name = fiscal_name(period, entity.fiscal_year_end)
    block: Block = _BLOCK_OF.get(months_of(period.start or period.end, period.end), "other")
    if block == "year" and not name and not years:
        block = "twelve_months"
    calendar = "" if block == "twelve_months" else calendar_name(period)
    return Column(entity.id, block, name or _label(entity, block, period), period, calendar, _weeks(period))


def _label(entity: Entity, block: Block, period: Period) -> str:
    """What a period is called that is no fiscal one: twelve months by the quarter that ends them, others by their dates."""
    if block == "twelve_months" and closes_quarter(period.end, entity.fiscal_year_end):
        year, passed = fiscal_month(period.end, entity.fiscal_year_end)
        return f"LTM {year}Q{passed // 3}"
    start = period.start or period.end
    dates = f"{start.isoformat()}/{period.end.isoformat()}"
    return dates if block == "other" else f"{months_of(start, period.end)}M {period.end.isoformat()}"


def _weeks(period: Period) -> int:
    """The weeks of a period that is made of weeks; 0 where it is made of months."""
    if period.start is None or (is_month_end(period.end) and period.start.day == 1):
        return 0
    days = (period.end - period.start).days + 1
    return days // 7 if days % 7 == 0 and _BLOCK_OF.get(months_of(period.start, period.end)) else 0


def _dates(entity: Entity, own: Sequence[Column], days: Iterable[date]) -> list[Column]:
    """Columns for the days on which no column of its issuer ends; a closed quarter is one of the quarters."""
    quarters = {column.period.end for column in own if column.block == "quarter"}
    others = {column.period.end for column in own if column.block in _CLOSING}
    made = []
    for day in sorted(set(days)):
        period = Period(day)
        closing = bool(quarters) and closes_quarter(period.end, entity.fiscal_year_end)
        if period.end in (quarters if closing else others):
            continue
        name = fiscal_name(period, entity.fiscal_year_end).replace("FY", "Q4") if closing else period.end.isoformat()
        made.append(Column(entity.id, "quarter" if closing else "date", name, period, calendar_name(period) if closing else ""))
    return made
