"""Periods in words: what a phrase says, and the dates that it means in a document.

A phrase is absolute ("as of June 30, 2024"), of the fiscal calendar ("second quarter of 2024"), or
relative to the period that is spoken of ("a year ago", "prior quarter").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from exporter.ingest.periods import Calendar, Said
from exporter.ingest.prose_tokens import Token
from exporter.model import Period
from exporter.values import add_months, is_month_end, month_end, months_start

_YEAR_DAYS = range(357, 372)
_QUARTER_DAYS = 80
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class When:
    """What a phrase says. ``kind``: the meaning that the grammar gives it; the rest as printed, 0 where not."""

    kind: str
    year: int = 0
    month: int = 0
    day: int = 0
    ordinal: int = 0
    count: int = 0
    to_year: int = 0
    to_month: int = 0
    to_day: int = 0

    @property
    def relative(self) -> bool:
        """Whether it means another period than the one spoken of: a period to compare with."""
        return self.kind in ("year_ago", "quarter_ago", "same", "half_ago")

    @property
    def printed_day(self) -> date | None:
        """The day, where one is printed in full."""
        if self.kind not in ("day", "han_day"):
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


def when_of(meaning: str, filled: Sequence[Token], months: Mapping[str, int], numbers: Mapping[str, int]) -> When:
    """A phrase's meaning with what filled its slots, in the order in which they stand."""
    said: dict[str, int] = {}
    if meaning == "han_day":
        year, month, day = (int(token.text) for token in filled)
        return When("day", year, month, day)
    for token in filled:
        text = token.text
        if token.kind == "num" and len(text) == 4:
            key, value = "year", int(text)
        elif text in months:
            key, value = "month", months[text]
        elif token.kind == "num" and meaning in _ORDINAL and "ordinal" in said:
            key, value = "year", 2000 + int(text)  # "2Q22"
        elif token.kind == "num" and meaning == "year":
            key, value = "year", 2000 + int(text)  # "FY23"
        elif token.kind == "num":
            key, value = (
                (
                    "count"
                    if meaning in _COUNTING and "count" not in said
                    else "ordinal"
                    if meaning in _ORDINAL and "ordinal" not in said
                    else "day"
                ),
                int(text),
            )
        else:
            key, value = ("count" if meaning in _COUNTING else "ordinal"), numbers[text]
        said[f"to_{key}" if key in said and key in ("year", "month", "day") else key] = value
    return When(meaning, **said)


_COUNTING = ("span", "last_months", "weeks", "span_bare", "to_month_day_span")
_ORDINAL = ("quarter", "half", "quarter_end")


@dataclass(slots=True)
class Clock:
    """Turns what phrases say into dates. ``focus``: the period that the document is about; ``known``:
    the periods of its tables, which tell the quarters of a year that does not end with a month; ``misnamed``: the
    document numbers its fiscal years in another way than the calendar reads them."""

    calendar: Calendar
    focus: Period | None
    known: Collection[Period]
    launched: date | None = None
    anchor: tuple[int, int] | None = None
    misnamed: bool = False

    def period(self, when: When, base: Period | None) -> Period | None:
        """The period of a phrase; ``base`` is the one spoken of, for what is relative to it."""
        base = base or self.focus
        reader = getattr(self, f"_{when.kind}", None)
        return reader(when, base) if reader is not None else None

    # --- absolute -------------------------------------------------------------------------------

    def _day(self, when: When, base: Period | None) -> Period | None:
        day = when.printed_day
        return Period(day) if day else None

    def _han_day(self, when: When, base: Period | None) -> Period | None:
        return self._day(replace(when, kind="day"), base)

    def _month_day(self, when: When, base: Period | None) -> Period | None:
        if base is None:
            return None
        for year in (base.end.year, base.end.year - 1):
            try:
                day = date(year, when.month, when.day)
            except ValueError:
                return None
            if day <= base.end:
                return Period(day)
        return None

    def _month(self, when: When, base: Period | None) -> Period | None:
        return Period(month_end(when.year, when.month), date(when.year, when.month, 1)) if when.year else None

    def _month_end(self, when: When, base: Period | None) -> Period | None:
        if when.year or self.focus is None:
            return Period(month_end(when.year, when.month)) if when.year else None
        ends = [month_end(year, when.month) for year in (self.focus.end.year, self.focus.end.year - 1)]
        return next((Period(end) for end in ends if end <= self.focus.end), None)

    def _year_end(self, when: When, base: Period | None) -> Period | None:
        year = self._year(when, base)
        return Period(year.end) if year else None

    def _span(self, when: When, base: Period | None) -> Period | None:
        end = self._ends(when, base)
        return self._exact(self.calendar.period(Said(months=when.count, day=end))) if end and when.count else None

    def _weeks(self, when: When, base: Period | None) -> Period | None:
        end = self._ends(when, base)
        return Period(end, end - timedelta(days=7 * when.count - 1)) if end and when.count else None

    def _quarter_ended(self, when: When, base: Period | None) -> Period | None:
        return self._span(replace(when, count=3), base)

    def _half_ended(self, when: When, base: Period | None) -> Period | None:
        return self._span(replace(when, count=6), base)

    def _year_ended(self, when: When, base: Period | None) -> Period | None:
        return self._span(replace(when, count=12), base)

    def _ends(self, when: When, base: Period | None) -> date | None:
        try:
            if when.day and when.month:
                return (
                    date(when.year, when.month, when.day)
                    if when.year
                    else (base.end if base and (base.end.month, base.end.day) == (when.month, when.day) else None)
                )
        except ValueError:
            return None
        return base.end if base is not None and not when.month else None

    def _exact(self, period: Period | None) -> Period | None:
        """The period of the tables with the same end and about the same length, where one is known."""
        if period is None or period.start is None:
            return period
        near = [p for p in self.known if p.start and p.end == period.end and abs((p.start - period.start).days) <= 8]
        return near[0] if len(near) == 1 else period

    def _quarter_of(self, year: int, ordinal: int) -> Period | None:
        """A fiscal quarter by the calendar, else by the quarter that the headline names."""
        if self.misnamed:
            return None
        found = self.calendar.period(Said(quarter=ordinal, year=year))
        if (
            found is None
            and self.anchor is not None
            and self.focus is not None
            and is_month_end(self.focus.end)
            and not self.calendar.weekly
        ):
            end = add_months(self.focus.end, 12 * (year - self.anchor[0]) + 3 * (ordinal - self.anchor[1]))
            found = Period(end, months_start(end, 3))
        return found

    def _quarter(self, when: When, base: Period | None) -> Period | None:
        if not 1 <= when.ordinal <= 4:
            return None
        if when.year:
            return self._exact(self._quarter_of(when.year, when.ordinal))
        found = [p for year in self._years() if (p := self._quarter_of(year, when.ordinal)) is not None]
        past = [p for p in found if self.focus and p.end <= self.focus.end + timedelta(days=7)]
        return self._exact(max(past, key=lambda p: p.end)) if past else None

    def ahead(self, when: When) -> Period | None:
        """The quarter or half that an outlook means without its year: the next one; None where it may be the document's own."""
        find = self._quarter_of if when.kind == "quarter" else self._half_of
        if self.focus is None or not 1 <= when.ordinal <= 4:
            return None
        found = [p for year in (*self._years(), self.focus.end.year + 2) if (p := find(year, when.ordinal)) is not None]
        if any(abs((p.end - self.focus.end).days) <= 7 for p in found):
            return None
        return min((p for p in found if p.end > self.focus.end), key=lambda p: p.end, default=None)

    def running(self, period: Period) -> bool:
        """Whether a span of a quarter or more began before the end of the document's period and is not over with it."""
        end = self.focus.end if self.focus else period.end
        return period.start is not None and (period.end - period.start).days >= _QUARTER_DAYS and period.start <= end < period.end - _WEEK

    def _half(self, when: When, base: Period | None) -> Period | None:
        if when.year:
            return self._half_of(when.year, when.ordinal)
        found = [p for year in self._years() if (p := self._half_of(year, when.ordinal)) is not None]
        past = [p for p in found if self.focus and p.end <= self.focus.end]
        return self._exact(max(past, key=lambda p: p.end)) if past else None

    def _half_of(self, year: int, ordinal: int) -> Period | None:
        last = self._quarter_of(year, ordinal * 2) if ordinal in (1, 2) else None
        return self._exact(self.calendar.period(Said(months=6, day=last.end))) if last else None

    def _year(self, when: When, base: Period | None) -> Period | None:
        last = self._quarter_of(when.year, 4) if when.year else None
        return self._exact(self.calendar.period(Said(months=12, day=last.end))) if last else None

    def _full_year(self, when: When, base: Period | None) -> Period | None:
        """The fiscal year in which the document's period ends."""
        if self.focus is None:
            return None
        found = [year for number in self._years() if (year := self._year(When("year", number), None)) is not None]
        return next((year for year in found if year.start is not None and year.start <= self.focus.end <= year.end), None)

    def _calendar_year(self, when: When, base: Period | None) -> Period | None:
        return Period(date(when.year, 12, 31), date(when.year, 1, 1)) if when.year else None

    def _year_now(self, when: When, base: Period | None) -> Period | None:
        """The year that the document is about; None where it is about less, and nobody knows since when."""
        focus = self.focus
        return focus if focus and focus.start and (focus.end - focus.start).days in _YEAR_DAYS else None

    def _years(self) -> range:
        return range(self.focus.end.year - 1, self.focus.end.year + 2) if self.focus else range(0)

    def _last_months(self, when: When, base: Period | None) -> Period | None:
        """The twelve months that end with a day, or with the period spoken of."""
        end = self._ends(when, base)
        return Period(end, months_start(end, when.count or 12)) if end and is_month_end(end) else None

    def _from_to(self, when: When, base: Period | None) -> Period | None:
        try:
            start = date(when.year or when.to_year, when.month, when.day)
            end = date(when.to_year or when.year, when.to_month, when.to_day)
        except ValueError:
            return None
        return Period(end, start) if start < end else None

    def _launched(self, when: When, base: Period | None) -> Period | None:
        """From the day on which what is spoken of was announced."""
        end = replace(when, kind="day").printed_day
        return Period(end, self.launched) if end and self.launched and self.launched < end else None

    # --- relative -------------------------------------------------------------------------------

    def _now(self, when: When, base: Period | None) -> Period | None:
        return base

    def _end(self, when: When, base: Period | None) -> Period | None:
        return Period(base.end) if base else None

    def _quarter_end(self, when: When, base: Period | None) -> Period | None:
        quarter = self._quarter(when, base) if when.ordinal else base
        return Period(quarter.end) if quarter else None

    def _quarter_now(self, when: When, base: Period | None) -> Period | None:
        """The quarter that the document is about."""
        focus = self.focus
        return focus if focus and focus.start and 80 <= (focus.end - focus.start).days <= 100 else None

    def _same(self, when: When, base: Period | None) -> Period | None:
        if base is None or not when.year:
            return self._year_ago(when, base)
        years = base.end.year - when.year
        return self.back(base, years) if years > 0 else None

    def _year_ago(self, when: When, base: Period | None) -> Period | None:
        return self.back(base, 1) if base else None

    def _quarter_ago(self, when: When, base: Period | None) -> Period | None:
        return self.before(base) if base else None

    def back(self, period: Period, years: int) -> Period | None:
        """The same period some years earlier."""
        if self.calendar.weekly or not is_month_end(period.end):
            return self._weekly_back(period) if years == 1 else None
        end = add_months(period.end, -12 * years)
        return Period(end, add_months(period.start - timedelta(days=1), -12 * years) + timedelta(days=1) if period.start else None)

    def _weekly_back(self, period: Period) -> Period | None:
        days = None if period.start is None else (period.end - period.start).days
        found = [
            p
            for p in self.known
            if (p.start is None) == (days is None)
            and (period.end - p.end).days in _YEAR_DAYS
            and (days is None or p.start is None or abs((p.end - p.start).days - days) <= 8)
        ]
        if found:
            return found[0] if len(set(found)) == 1 else None
        if is_month_end(period.end) or self.calendar.weekly:
            return None
        return None

    def before(self, period: Period) -> Period | None:
        """The quarter before a quarter; for a day, the end of the quarter before."""
        if self.calendar.weekly or not is_month_end(period.end):
            return None
        end = add_months(period.end, -3)
        if period.start is None:
            return Period(end)
        return Period(end, months_start(end, 3)) if 80 <= (period.end - period.start).days <= 100 else None

    def basis(self, period: Period | None, other: Period | None) -> str:
        """How a period compares with another one: "yoy", "qoq" or ""."""
        if period is None or other is None or (period.start is None) != (other.start is None):
            return ""
        if other in (self.back(period, 1), self._weekly_back(period)):
            return "yoy"
        return "qoq" if other == self.before(period) else ""
