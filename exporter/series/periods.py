"""Which periods are wanted: ``2022Q1..2023Q4``, ``2022FY``, ``2023Q2,2023Q3``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from exporter.errors import FormatError
from exporter.model import Period
from exporter.values import fiscal_label, fiscal_month

_ITEM = re.compile(r"(\d{4})(Q[1-4]|H[12]|9M|M9|FY)", re.IGNORECASE)
#: First and last quarter of a fiscal period.
_QUARTERS = {"Q1": (1, 1), "Q2": (2, 2), "Q3": (3, 3), "Q4": (4, 4), "H1": (1, 2), "H2": (3, 4), "9M": (1, 3), "FY": (1, 4)}
_HOW = "write 2023Q2, 2023H1, 2023M9, 2023FY, 2023Q2,2023Q3 or 2022Q1..2023Q4"

YearEnd = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Item:
    """Quarters counted from the year 0; ``name`` is the one period that is wanted, "" in a range."""

    first: int
    last: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The wanted periods of each issuer, by its own fiscal calendar. ``text`` as it was asked for; without items: all."""

    text: str = ""
    items: tuple[_Item, ...] = ()

    def holds(self, period: Period, year_end: YearEnd) -> bool:
        """Whether a period is wanted: a range holds what ends in it, a single name that period and its closing date."""
        return not self.items or any(_holds(item, period, year_end) for item in self.items)


def parse(text: str) -> Selection:
    """Read a list of periods and ranges. Raises FormatError, in one line, for what is none."""
    if not text.strip():
        return Selection()
    return Selection(text.strip(), tuple(_parse(part.strip()) for part in text.split(",")))


def _parse(part: str) -> _Item:
    begin, dots, end = part.partition("..")
    first = _one(begin, part)
    if not dots:
        return first
    last = _one(end, part)
    if first.first > last.last:
        raise FormatError(f"periods {part!r}: the first is later than the last; write {end.strip()}..{begin.strip()}")
    return _Item(first.first, last.last)


def _one(text: str, part: str) -> _Item:
    match = _ITEM.fullmatch("".join(text.split()))
    if match is None:
        raise FormatError(f"periods {part!r}: {text.strip() or 'nothing'!r} is no period; {_HOW}")
    year, name = int(match[1]), match[2].upper().replace("M9", "9M")
    first, last = _QUARTERS[name]
    return _Item(year * 4 + first, year * 4 + last, _name(year, name))


def _name(year: int, name: str) -> str:
    """``2023Q2``, ``2023 9M``: digits that touch would be read as one number."""
    return f"{year} {name}" if name == "9M" else f"{year}{name}" if name else ""


def _holds(item: _Item, period: Period, year_end: YearEnd) -> bool:
    year, passed = fiscal_month(period.end, year_end)
    if not item.name:
        return item.first <= year * 4 + (passed + 2) // 3 <= item.last
    if period.start is not None:
        return fiscal_name(period, year_end) == item.name
    return closes_quarter(period.end, year_end) and year * 4 + passed // 3 == item.last


def closes_quarter(day: date, year_end: YearEnd) -> bool:
    """Whether a day is the end of a fiscal quarter: of its last month, or near it (52/53-week years)."""
    return fiscal_month(day, year_end)[1] % 3 == 0 and not 7 < day.day < 24


def fiscal_name(period: Period, year_end: YearEnd) -> str:
    """``2023Q2``, ``2023H1``, ``2023 9M``, ``2023FY``; "" where it is no fiscal period."""
    return _name(*fiscal_label(period.start, period.end, year_end))


def calendar_name(period: Period) -> str:
    """The calendar period in whose middle this one lies: a quarter from December to February is the first quarter."""
    if period.start is None:
        middle = period.end - timedelta(days=45)
        return f"{middle.year}Q{(middle.month + 2) // 3}"
    middle = period.start + (period.end - period.start) // 2
    months = round(((period.end - period.start).days + 1) / 30.44)
    name = {3: f"Q{(middle.month + 2) // 3}", 6: "H1" if middle.month <= 6 else "H2", 9: "9M", 12: "FY"}.get(months, "")
    return _name(middle.year, name)

