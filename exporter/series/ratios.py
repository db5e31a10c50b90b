"""Growth and margins of shown figures, as what divides what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal

from exporter.model import Period
from exporter.series.nouns import Cell, Key, Ratio, RatioKind, Spot, months_of
from exporter.values import add_months

#: Far beyond what a spreadsheet keeps; a quotient may have no end.
_DIGITS = Context(prec=34)
_SLACK = 10
Ratios = dict[tuple[RatioKind, Key, str, Period], Ratio]


def ratios(spots: Iterable[Spot], cells: Mapping[Spot, Cell], growth: Sequence[str], margins: Mapping[str, str]) -> Ratios:
    """Growth on the year before and on the quarter before, and margins, wherever both figures are shown."""
    made: Ratios = {}
    lines: dict[tuple[Key, str], list[Period]] = {}
    for key, entity, period in spots:
        if key.kind == "numeric" and key.scenario == "actual" and cells[key, entity, period].value is not None:
            lines.setdefault((key, entity), []).append(period)
    for (key, entity), periods in lines.items():
        for period in periods:
            for kind, base in _bases(key, period, periods, growth, margins):
                spot = (base[0], entity, base[1])
                if base[1] in lines.get((base[0], entity), ()):
                    top, bottom = cells[key, entity, period].value, cells[spot].value
                    made[kind, key, entity, period] = Ratio(kind, key, entity, period, base, _value(kind, top, bottom))
    return made


def _bases(
    key: Key, period: Period, periods: Sequence[Period], growth: Sequence[str], margins: Mapping[str, str]
) -> Iterable[tuple[RatioKind, tuple[Key, Period]]]:
    """What a figure may be measured against: itself earlier, or another concept of the same period and unit."""
    if key.concept in growth:
        if (year := _earlier(period, periods, 12)) is not None:
            yield "yoy", (key, year)
        if period.start is not None and months_of(period.start, period.end) == 3 and (quarter := _earlier(period, periods, 3)) is not None:
            yield "qoq", (key, quarter)
    if key.concept in margins and not key.dimensions and period.start is not None:
        yield "margin", (Key(margins[key.concept], key.unit), period)


def _earlier(period: Period, periods: Sequence[Period], months: int) -> Period | None:
    """The period of the same length that ends so many months before, to some days (52/53-week years)."""
    for other in periods:
        near = abs((add_months(other.end, months) - period.end).days) <= _SLACK
        if near and (other.start is None) == (period.start is None) and _months(other) == _months(period):
            return other
    return None


def _months(period: Period) -> int:
    return 0 if period.start is None else months_of(period.start, period.end)


def _value(kind: RatioKind, top: Decimal | None, bottom: Decimal | None) -> Decimal | None:
    """A base of zero or below gives no meaning to a growth or a margin."""
    if top is None or bottom is None or bottom <= 0:
        return None
    quotient = _DIGITS.divide(top, bottom)
    return quotient if kind == "margin" else _DIGITS.subtract(quotient, Decimal(1))
