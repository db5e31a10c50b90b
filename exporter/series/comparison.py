"""Issuers side by side on calendar periods: which figure of whom stands in which column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.model import Period
from exporter.series.nouns import BLOCKS, Block, Column, Key, Spot
from exporter.series.periods import calendar_name

_WITH_CALENDAR: tuple[Block, ...] = ("quarter", "half_year", "nine_months", "year")


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A calendar period. ``number`` is 1, or more where an issuer has several periods that lie in the same one."""

    block: int
    calendar: str
    number: int = 1


def slots(spots: Iterable[Spot], columns: Iterable[Column], keys: Iterable[Key]) -> dict[tuple[Key, str], dict[Slot, Period]]:
    """The figures of some rows by row, issuer and calendar period. Balances stand in the quarter at whose end they are nearest;
    twelve-month and odd periods have no calendar period and are left to the statements."""
    wanted = set(keys)
    known: Mapping[tuple[str, Period], Column] = {(column.entity, column.period): column for column in columns}
    found: dict[tuple[Key, str], dict[Slot, Period]] = {}
    for key, entity, period in spots:
        if key not in wanted:
            continue
        column = known.get((entity, period))
        if period.start is None:
            block: Block = "quarter"
        elif column is not None and column.block in _WITH_CALENDAR:
            block = column.block
        else:
            continue
        row = found.setdefault((key, entity), {})
        slot = Slot(BLOCKS.index(block), calendar_name(period))
        while slot in row:
            slot = Slot(slot.block, slot.calendar, slot.number + 1)
        row[slot] = period
    return found
