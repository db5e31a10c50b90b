"""Header text -> what it says of a period, a currency or a kind of column; and the calendar that
turns "third quarter 2025" or "nine months ended" into inclusive dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from exporter.ingest.lexicon import Lexicon, canon
from exporter.model import Period
from exporter.values import add_months, is_month_end, month_end, months_start

#: Days in the fiscal weeks of a span of months: 13 or 14 weeks to the quarter, 52 or 53 to the year.
_REMEMBERED = 20_000
#: The months of the year to date, but for its first quarter; and a year that has all days.
_TO_DATE = (6, 9)
_YEAR_MONTHS = 12
_LEAP = 2024
_WEEKS = {3: (91, 98), 6: (182, 189), 9: (273, 280), 12: (364, 371)}


class Said(NamedTuple):
    """What a header cell says; ``rest`` is what was not understood."""

    months: int = 0
    weeks: int = 0
    day: date | None = None
    month_day: tuple[int, int] | None = None
    year: int = 0
    quarter: int = 0
    half: int = 0
    full_year: bool = False
    leading: bool = False
    to_date: bool = False
    mixed: bool = False
    currency: str = ""
    power: int | None = None
    change: bool = False
    percent: bool = False
    yearly: bool = False
    sequential: bool = False
    bound: str = ""
    guidance: bool = False
    actual: bool = False
    previous: bool = False
    note: bool = False
    rest: str = ""

    @property
    def timed(self) -> bool:
        """Whether a period is spoken of."""
        return bool(self.months or self.weeks or self.day or self.month_day or self.year or self.quarter or self.half)

    @property
    def says(self) -> bool:
        """Whether anything that heads a column is said."""
        return self.timed or self.power is not None or bool(self.currency or self.change or self.bound or self.guidance)

    def under(self, upper: Said) -> Said:
        """This cell completed by the one above it; what this one says wins."""
        own_span = bool(self.months or self.weeks or self.quarter or self.half or self.full_year or self.to_date)
        return self._replace(
            months=self.months or (0 if own_span else upper.months),
            weeks=self.weeks or (0 if own_span else upper.weeks),
            quarter=self.quarter or (0 if own_span else upper.quarter),
            half=self.half or (0 if own_span else upper.half),
            full_year=self.full_year or (not own_span and upper.full_year),
            leading=self.leading or (not own_span and upper.leading),
            to_date=self.to_date or (not own_span and upper.to_date),
            day=self.day or (None if self.year or self.month_day else upper.day),
            month_day=self.month_day or upper.month_day,
            year=self.year or upper.year,
            currency=self.currency or upper.currency,
            power=upper.power if self.power is None else self.power,
            bound=self.bound or upper.bound,
            change=self.change or upper.change,
            percent=self.percent or upper.percent,
            yearly=self.yearly or upper.yearly,
            sequential=self.sequential or upper.sequential,
            guidance=self.guidance or upper.guidance,
            actual=self.actual or upper.actual,
            previous=self.previous or upper.previous,
            note=self.note or upper.note,
            mixed=self.mixed or upper.mixed,
            rest=" ".join([part for part in (upper.rest, self.rest) if part]),
        )


def read_header(text: str, lexicon: Lexicon) -> Said:
    """Everything that a header cell says. Footnote marks must be gone already. Remembered: the same
    few headers stand over every table."""
    if text not in lexicon.headers:
        if len(lexicon.headers) > _REMEMBERED:
            lexicon.headers.clear()
        lexicon.headers[text] = _read_header(text, lexicon)
    said: Said = lexicon.headers[text]
    return said


def _read_header(text: str, lexicon: Lexicon) -> Said:
    plain = lexicon.western(canon(text))
    said: dict[str, object] = {}
    plain = _take_scale(plain, said, lexicon)
    if lexicon.change.search(plain):
        said["change"] = True
        said["percent"] = ("%" in plain or "percent" in plain) and lexicon.points.search(plain) is None
        said["yearly"] = lexicon.yearly.search(plain) is not None
        said["sequential"] = lexicon.sequential.search(plain) is not None
        plain = lexicon.change.sub(" ", plain)
    if lexicon.mixed.search(plain):
        said["mixed"] = True
    plain = _take_span(plain, said, lexicon)
    plain = _take_date(plain, said, lexicon)
    match = lexicon.currency.search(plain)
    if match:
        said["currency"] = lexicon.currency_code(match)
        plain = lexicon.currency.sub(" ", plain)
    for name, pattern in lexicon.bounds.items():
        if pattern.search(plain):
            said["bound"] = name
            plain = pattern.sub(" ", plain)
    for key, pattern in (("guidance", lexicon.guidance), ("actual", lexicon.actual), ("previous", lexicon.previous)):
        if pattern.search(plain):
            said[key] = True
            plain = pattern.sub(" ", plain)
    said["note"] = lexicon.note_column.fullmatch(plain.strip()) is not None
    named = any(said.get(key) for key in ("quarter", "half", "full_year", "leading"))
    said["rest"] = " ".join(word for word in lexicon.fillers.sub(" ", plain).split() if not (named and word in ("q", "fy")))
    return Said(**said)  # type: ignore[arg-type]


def _take_scale(plain: str, said: dict[str, object], lexicon: Lexicon) -> str:
    """Takes "RMB'000", "in CHF millions" or "£m" out of a header; its currency stays to be read."""
    found = lexicon.scale_in(plain)
    if found is None:
        return plain
    said["power"], spelled, start, end = found
    named = lexicon.currency.search(spelled, start, end)
    tail = lexicon.scale_tail.sub(" ", spelled[end:], 1)
    return " ".join((spelled[:start], named[0] if named else "", tail))


def _take_range(plain: str, said: dict[str, object], lexicon: Lexicon) -> str:
    """Takes "Apr-Jun 2024" or "1.1.-30.6.2024" out of a header: whole months, from first day to last."""
    for pattern in lexicon.ranges:
        match = pattern.search(plain)
        if match is None:
            continue
        first, last = (lexicon.month_number(match[name]) for name in ("m1", "m2"))
        g = match.groupdict()
        year = int(g["y"]) if g.get("y") else 0
        if not 1 <= first <= last <= 12 or g.get("d1") not in (None, "1", "01") or (last == 2 and not year):
            return plain
        end = month_end(year or 2023, last)
        if g.get("d2") and int(g["d2"]) != end.day:
            return plain
        said["months"] = last - first + 1
        said["day" if year else "month_day"] = end if year else (end.month, end.day)
        return plain[: match.start()] + " " + plain[match.end() :]
    return plain


def _take_span(plain: str, said: dict[str, object], lexicon: Lexicon) -> str:
    plain = _take_range(plain, said, lexicon)
    if said.get("months"):
        return plain
    match = lexicon.leading.search(plain)
    if match:
        said["leading"], said["months"] = True, lexicon.number(match[1] or match[2])
        return plain[: match.start()] + " q" + plain[match.end() :].lstrip()
    match = lexicon.to_date_span.search(plain)
    if match:
        said["to_date"] = True
        return plain[: match.start()] + " " + plain[match.end() :]
    for pattern, unit, fixed, annual in lexicon.durations:
        match = pattern.search(plain)
        if match:
            said[unit] = fixed or lexicon.number(match[1])
            said["full_year"] = annual
            return plain[: match.start()] + " " + plain[match.end() :]
    return _take_named(plain, said, lexicon)


def _take_named(plain: str, said: dict[str, object], lexicon: Lexicon) -> str:
    """Takes a period by its name, "Q2", "first half" or "FY"; a mark stays where a short year follows it."""
    for key, patterns in (("quarter", lexicon.quarters), ("half", lexicon.halves)):
        for pattern in patterns:
            match = pattern.search(plain)
            if match:
                said[key] = lexicon.number(match[1])
                before, after = plain[: match.start()], plain[match.end() :]
                marked = f"{before} {('q' + after).strip()}"
                return marked if lexicon.year.search(marked) else f"{before} {after}"
    for pattern in lexicon.years:
        match = pattern.search(plain)
        if match:
            said["full_year"] = True
            before, after = plain[: match.start()], plain[match.end() :]
            return f"{before} fy{after.lstrip()}" if after[:1].isdigit() else f"{before} {after}"
    return plain


def _take_date(plain: str, said: dict[str, object], lexicon: Lexicon) -> str:
    if said.get("day"):
        return plain
    match = lexicon.date.search(plain)
    if match:
        day = lexicon.to_date(match)
        if day is not None:
            said["day"] = day
            return plain[: match.start()] + " " + plain[match.end() :]
    match = lexicon.month_year.search(plain)
    if match:
        said["day"] = lexicon.to_month_end(match)
        return plain[: match.start()] + " " + plain[match.end() :]
    match = lexicon.month_day.search(plain)
    if match:
        said["month_day"] = lexicon.to_month_day(match)
        plain = plain[: match.start()] + " " + plain[match.end() :]
    match = lexicon.year.search(plain)
    if match:
        digits = next(group for group in match.groups() if group)
        said["year"] = int(digits) if len(digits) == 4 else 2000 + int(digits)
        plain = plain[: match.start()] + " " + plain[match.end() :]
        plain = plain.replace(" q ", " ").replace(" fy ", " ") if len(digits) == 2 or "fy" in plain or " q" in plain else plain
    return plain


@dataclass(slots=True)
class Calendar:
    """The fiscal calendar of a document, from its own dates.

    ``ends``: period ends printed in headers; ``quarters``: (fiscal year, quarter) -> end, from prose
    or from the entity file; ``year_end``: month and day of the fiscal year's end, where known.
    """

    ends: set[date] = field(default_factory=set)
    quarters: dict[tuple[int, int], date] = field(default_factory=dict)
    year_end: tuple[int, int] | None = None

    @property
    def weekly(self) -> bool:
        """Whether periods end on a weekday (52/53-week year) and not with the month."""
        off = sum(1 for day in self.ends if not is_month_end(day))
        return off * 2 > len(self.ends)

    def period(self, said: Said) -> Period | None:
        """The period of a fully stacked header, or None where it is not certain."""
        day = said.day or _day(said)
        if said.weeks and day:
            return Period(day, day - timedelta(days=7 * said.weeks - 1))
        if said.months and day:
            return self._span(day, said.months)
        if said.leading and said.months % 3 == 0 and said.year:
            end = self.quarter_end(said.year, said.months // 3)
            return self._span(end, said.months) if end else None
        if said.quarter and said.year:
            end = self.quarter_end(said.year, said.quarter)
            return self._span(end, 3) if end else None
        if said.quarter and day:
            return self._span(day, 3)
        if said.to_date:
            return self._to_date(day)
        if said.half and said.year:
            end = self.quarter_end(said.year, said.half * 2)
            return self._span(end, 6) if end else None
        if said.full_year and said.year:
            end = self.quarter_end(said.year, 4)
            return self._span(end, 12) if end else None
        return Period(day) if day else None

    def _to_date(self, day: date | None) -> Period | None:
        """From the first day of the fiscal year to ``day``, where the calendar tells the fiscal year."""
        if day is None or self.year_end is None:
            return None
        near = day - timedelta(days=10) if day.day <= 7 else day
        return self._span(day, (near.month - self.year_end[0] - 1) % 12 + 1)

    def quarter_end(self, year: int, quarter: int) -> date | None:
        """End of a fiscal quarter: as printed, else by the month in which the fiscal year ends."""
        if (year, quarter) in self.quarters:
            return self.quarters[year, quarter]
        anchor = next(((y, q, end) for (y, q), end in sorted(self.quarters.items())), None)
        if anchor is not None and is_month_end(anchor[2]) and not self.weekly:
            return add_months(anchor[2], 12 * (year - anchor[0]) + 3 * (quarter - anchor[1]))
        if anchor is None and self.year_end is not None and not self.weekly:
            return add_months(month_end(year, self.year_end[0]), 3 * (quarter - 4))
        return None

    def _span(self, end: date, months: int) -> Period:
        if not self.weekly or months not in _WEEKS:
            return Period(end, months_start(end, months))
        known = [end - timedelta(days=days) for days in _WEEKS[months] if end - timedelta(days=days) in self.ends]
        before = known[0] if len(known) == 1 else end - timedelta(days=_WEEKS[months][0])
        return Period(end, before + timedelta(days=1))


def _day(said: Said) -> date | None:
    if said.month_day and said.year:
        try:
            return date(said.year, *said.month_day)
        except ValueError:
            return None
    return None


def read_calendar(plain: str, tables: Sequence[Sequence[Said]], lexicon: Lexicon, year_end: tuple[int, int] | None) -> Calendar:
    """The calendar from the header cells of the tables, and from canonical prose such as "third quarter ended September 30, 2025"."""
    calendar = Calendar(year_end=year_end)
    years: set[tuple[int, int]] = set()
    for said in (said for headers in tables for said in headers):
        day = said.day or _day(said)
        if day:
            calendar.ends.add(day)
        if said.full_year and (day or said.month_day):
            years.add((day.month, day.day) if day else said.month_day or (0, 0))
    for match in lexicon.calendar.finditer(plain):
        at = lexicon.date.match(plain, match.end())
        day = lexicon.to_date(at) if at else None
        if day is not None:
            quarter = lexicon.number(match[1])
            named = lexicon.year.search(match[0])
            year = int(named[1]) if named and named[1] else _fiscal_year(day, quarter)
            calendar.quarters.setdefault((year, quarter), day)
    if calendar.year_end is None and calendar.quarters:
        (_, quarter), day = min(calendar.quarters.items())
        end = add_months(day, 3 * (4 - quarter))
        calendar.year_end = (end.month, end.day)
    if calendar.year_end is None:
        calendar.year_end = _year_end(plain, years, lexicon)
    if calendar.year_end is None and not years:
        began = {day for headers in tables for day in _before_the_year(headers)} | _told_to_date(plain, tables, lexicon)
        calendar.year_end = next(iter(began)) if len(began) == 1 else None
    return calendar


def _before_the_year(headers: Sequence[Said]) -> Iterator[tuple[int, int]]:
    """Month and day on which the fiscal years of a table end: those before its spans of six and nine months, and the
    earlier of two balance sheets that lie six or nine months apart."""
    for said in headers:
        last = said.day or (date(_LEAP, *said.month_day) if said.month_day else None)
        if said.months in _TO_DATE and last and not (said.leading or said.change) and is_month_end(last.replace(year=_LEAP)):
            before = add_months(last, -said.months)
            yield before.month, before.day
    days = sorted({day for said in headers if (day := said.day or _day(said))})
    balances = len(days) == 2 and not any(said.months or said.weeks for said in headers) and all(map(is_month_end, days))
    if balances and days[0] in [add_months(days[1], -months) for months in _TO_DATE]:
        yield days[0].month, days[0].day


def _told_to_date(plain: str, tables: Sequence[Sequence[Said]], lexicon: Lexicon) -> set[tuple[int, int]]:
    """The same by prose: "the six months ended 30 June 2023", "half-year report as of June 30". Nothing where the latest year
    that heads a part of a year is not the fiscal year of that day: such years are named in another way."""
    found: set[tuple[int, int]] = set()
    years: set[int] = set()
    for match in lexicon.told_to_date.finditer(plain):
        at = lexicon.date.match(plain, match.end())
        day = lexicon.to_date(at) if at else None
        if day is not None and is_month_end(day):
            before = add_months(day, -(lexicon.number(match["months"]) if match["months"] else _TO_DATE[0]))
            found.add((before.month, before.day))
            years.add(add_months(before, _YEAR_MONTHS).year)
    of_parts = [headers for headers in tables if any(said.half or said.quarter or said.months in _TO_DATE for said in headers)]
    named = {said.year for headers in of_parts for said in headers if said.year and said.day is None}
    return found if not named or (years and max(named) == max(years)) else set()


def _year_end(plain: str, years: set[tuple[int, int]], lexicon: Lexicon) -> tuple[int, int] | None:
    """The one month's end on which the document says, in headers or prose, that its fiscal years end."""
    found = set(years)
    for match in lexicon.year_ends.finditer(plain):
        at = lexicon.month_day.match(plain, match.end())
        if at:
            found.add(lexicon.to_month_day(at))
    if lexicon.calendar_year.search(plain):
        found.add((12, 31))
    ends = {(month, day) for month, day in found if (month, day) == (2, 28) or day == month_end(2024, month).day}
    return next(iter(ends)) if len(ends) == 1 and ends == found else None


def _fiscal_year(day: date, quarter: int) -> int:
    """The year in which the fiscal year of a quarter that ends on ``day`` ends."""
    return add_months(day, 3 * (4 - quarter)).year
