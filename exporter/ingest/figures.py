"""One figure in its row and column -> an observation: value, unit, period and concept.

What is not certain stays open: unit or period None, and why in ``reason``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from exporter.ingest.document import Document
from exporter.ingest.grid import Figure
from exporter.ingest.headers import Head
from exporter.ingest.lexicon import Lexicon, Scale, canon
from exporter.ingest.match import Hit
from exporter.ingest.periods import Calendar
from exporter.ingest.translation import Translation
from exporter.model import Column, ItemType, Observation, Period, Place, Taxonomy
from exporter.values import decimals_of, rounding_interval, shifted

_DURATION_STATEMENTS = frozenset(("income_statement", "cash_flow", "comprehensive_income"))
_MONETARY_STATEMENTS = frozenset((*_DURATION_STATEMENTS, "balance_sheet", "non_gaap"))
#: Statements of what happened in a span of time: "Deposits" in them is what was paid or what came in, no balance.
_FLOWS = frozenset((*_DURATION_STATEMENTS, "non_gaap"))
#: Statements of amounts, and of shares: "Rooms" in them is what these brought in, not their number.
_STATEMENTS = frozenset((*_DURATION_STATEMENTS, "balance_sheet"))
#: Why a figure has no unit; counts.py looks again at those.
NO_KIND = "nothing tells what is counted"
_CENTS = 2
NO_COUNT = "nothing tells the scale of counts"
_MARGIN = 100
_COUNTED = frozenset(("shares", "ads", "perShare", "perAds"))
#: What a label says of amounts that are in no table's scale: "Basic", "Average price per ounce".
_NO_TOTAL = frozenset(("unsaid", "each"))
Dims = tuple[tuple[str, str], ...]
_CONVENIENCE: Dims = (("fin:TranslationAxis", "fin:ConvenienceMember"),)


@dataclass(frozen=True, slots=True)
class TableContext:
    """Everything that is certain about a part before its rows are read. ``currency`` is the one that
    holds where neither column nor cell names one; "" where there is none, or more than one.
    ``intro``: the sentence that introduces the table; ``percents``: the part prints no
    currency sign, so that a bare number beside percent signs may be either; ``cents``: a figure with two decimals may be an
    amount per share; ``disputed``: two scale lines contradict each other; ``told``: the running text of the
    document, canonical; ``part``: a title that speaks of a part of the company; ``filed``: the day of the document."""

    document: Document
    statement: str
    scale: Scale | None
    currency: str
    signs: Mapping[str, str]
    calendar: Calendar
    translation: Translation | None
    taxonomy: Taxonomy
    lexicon: Lexicon
    guidance: bool = False
    percents: bool = False
    cents: bool = False
    disputed: bool = False
    intro: str = ""
    told: str = ""
    part: str = ""
    filed: date | None = None


class Seen(NamedTuple):
    """A figure in its row and column, before it is typed. ``path``: the headings that are open; ``flows``: the last of
    them tells that the row is of a span of time."""

    figure: Figure
    place: Place
    head: Head
    column: Column
    label: str
    path: tuple[str, ...]
    hit: Hit | None
    context: TableContext
    loose: bool = False
    kind: str = ""
    flows: bool = False

    @property
    def subunit(self) -> bool:
        """Whether the label, its heading or its column speaks of cents or pence."""
        says = self.context.lexicon.label_says
        return any(says(text).subunit for text in (self.label, *self.path[-1:], *self.head.texts))


class Amount(NamedTuple):
    """The exact full-scale value of a figure, its precision, and its unit; a translated one has a dimension."""

    printed: Decimal
    decimals: int
    scale: int
    unit: str
    dimensions: Dims = ()
    rate_date: date | None = None


def in_cents(figure: Figure) -> bool:
    """Whether a figure has two decimals."""
    return len(figure.digits.partition(".")[2]) == _CENTS


def in_percent(seen: Seen, hit: Hit | None) -> bool:
    """Whether a change is printed as a percentage: by its sign, or by its header where the row is no percentage itself."""
    if seen.figure.suffix or not seen.head.said.percent:
        return seen.figure.suffix == "%"
    of_percent = hit.concept.type == "percent" if hit else seen.context.lexicon.label_says(seen.label).unit == "percent"
    return not of_percent and not seen.figure.sign


def grows(early: Figure, late: Figure, growth: Figure, told: bool) -> bool:
    """Whether ``growth`` can be by how many per cent ``late`` is above ``early``, all three as rounded in print; unless
    that is ``told``, it must not be what could be their difference as well."""
    if early.suffix or late.suffix or early is late:
        return False
    low, high = rounding_interval(early.value, decimals_of(early.digits, 0))
    least, most = rounding_interval(late.value, decimals_of(late.digits, 0))
    if low <= 0 or least <= 0:
        return False
    near, far = rounding_interval(growth.value, decimals_of(growth.digits, 0))
    differs = told or far < least - high or most - low < near
    return differs and least * 100 <= high * (far + 100) and low * (near + 100) <= most * 100


def read_figure(seen: Seen, reason: str) -> Observation:
    """The observation of a figure; ``reason``: why its label names no concept, where it does not."""
    why = _misplaced(seen)
    if why:
        reason, seen = why, seen._replace(hit=None)
    hit = seen.hit
    kind = _kind(seen)
    if hit is not None and kind != hit.concept.type:
        reason, hit = f"the label names {hit.concept.id}, which is no {kind or 'such'} figure", None
        seen = seen._replace(hit=None)
    period, why_period = period_of(seen)
    if why and seen.column.period and seen.column.period.start and not seen.flows:
        period, why_period = None, "the label is of a day, and its section of a span of time"
    unit, power, why_unit = _unit(kind, seen)
    found = amount(seen.figure, kind, unit, power, seen.context.translation) if kind and unit else None
    said = seen.head.said
    guided = bool(said.guidance or said.bound or (seen.context.guidance and not said.actual))
    past = _past(seen, period) if guided else ""
    period = None if past else period
    if hit is not None and period is not None and unit is not None and not past:
        return observed(seen, found, period, hit, "", guided)
    reasons = ("" if hit else reason, why_period, why_unit, past)
    return observed(seen, found, period, None, "; ".join([text for text in reasons if text]), guided)


def _past(seen: Seen, period: Period | None) -> str:
    """Why a figure of an outlook is none of a time to come, "" where it is one."""
    said, filed = seen.head.said, seen.context.filed
    if filed is None:
        return "" if said.guidance or said.bound else "nothing tells whether the outlook is of a time to come"
    return "" if period is None or period.end > filed else "an outlook of a time that was over"


def observed(
    seen: Seen, found: Amount | None, period: Period | None, named: Hit | None, reason: str = "", guided: bool = False
) -> Observation:
    """A figure as an observation, with the concept that its label names, or the reason why it has none."""
    said = seen.head.said
    return Observation(
        seen.place,
        seen.figure.raw,
        seen.label,
        seen.path,
        seen.context.statement,
        named.concept.id if named else None,
        period,
        found.unit if found else None,
        found.dimensions if found else (),
        found.printed if found else None,
        -1 if named and named.alias.sign < 0 else 1,
        found.decimals if found else None,
        found.scale if found else 0,
        bound=said.bound,
        basis=named.concept.basis if named else "gaap",
        scenario=("previous_guidance" if said.previous else "guidance") if guided else "actual",
        rate_date=found.rate_date if found else None,
        reason=reason,
    )


def _misplaced(seen: Seen) -> str:
    """Why a concept does not belong here: a flow among balances, or a balance under a heading of flows."""
    hit, column, statement, lexicon = seen.hit, seen.column.period, seen.context.statement, seen.context.lexicon
    if hit is None or column is None:
        return ""
    heading = lexicon.statement_of(seen.path[-1]) if seen.path else ""
    scale = seen.context.scale
    counted = scale is not None and scale.text == seen.label  # "Lamps in service (in thousands)"
    if hit.concept.type == "quantity" and hit.concept.unit != "fin:ADS" and (heading or statement) in _STATEMENTS and not counted:
        return f"the label names {hit.concept.id}, which is no amount"
    if column.start is None:
        flow = hit.concept.period == "duration" and statement == "balance_sheet"
        return f"the label names {hit.concept.id}, which is no balance" if flow else ""
    if hit.concept.period == "duration" or statement not in _FLOWS or hit.alias.at:
        return ""
    says = lexicon.label_says(seen.label)
    told = not seen.flows and (says.start or says.end or says.instant or lexicon.total.search(says.plain) or says.unit in _COUNTED)
    below = heading == "balance_sheet"
    return "" if told or below else f"the label names {hit.concept.id}, which is a balance"


def amount(figure: Figure, kind: ItemType, unit: str, power: int, translation: Translation | None) -> Amount:
    """The value of a figure of a kind, in a unit and at a power of ten."""
    shift = -2 if kind == "percent" else power
    value, decimals = shifted(figure.value, shift), decimals_of(figure.digits, shift)
    if translation is not None and unit.startswith(f"iso4217:{translation.quote}"):
        return Amount(value, decimals, shift, unit, _CONVENIENCE, translation.day)
    return Amount(value, decimals, shift, unit)


# --- kind and unit --------------------------------------------------------------------------------


def _kind(seen: Seen) -> ItemType | None:
    """The item type of a figure; none for an amount in cents in a table that may print it per share."""
    kind = _told(seen)
    return None if kind == "monetary" and seen.context.cents and in_cents(seen.figure) else kind


def _told(seen: Seen) -> ItemType | None:
    """The item type of a figure: by its own sign first, then by its concept, then by its label."""
    figure, context = seen.figure, seen.context
    if figure.suffix:
        return "percent" if figure.suffix == "%" else None
    if seen.hit is not None:
        return _named(seen, seen.hit.concept.type)
    words = context.lexicon.label_says(seen.label).unit
    if seen.path and words not in ("perAds", "perShare", "shares"):
        above = context.lexicon.label_says(seen.path[-1]).unit
        words = above if above in ("perAds", "perShare", "ads", "shares") else words
    column = context.lexicon.label_says(seen.head.said.rest).unit if seen.head.said.rest else ""
    words = column if column in _COUNTED else words
    if words in ("perAds", "perShare"):
        return "perUnit" if words == "perAds" else "perShare"
    if words == "shares" and not figure.sign:
        return "shares"
    if figure.sign and words not in _NO_TOTAL:
        return "monetary"
    if seen.loose or words == "each":
        return None
    if _margin(seen) or (seen.kind == "monetary" and context.statement == "operating"):
        return "monetary"
    return "monetary" if not words and context.statement in _MONETARY_STATEMENTS else None


def _named(seen: Seen, own: ItemType) -> ItemType | None:
    """The item type of a figure whose label names a concept of type ``own``."""
    if (own == "percent" and _margin(seen)) or (seen.figure.sign and own in ("shares", "quantity")):
        return "monetary"
    return own if own not in ("percent", "text", "date") else None


def _margin(seen: Seen) -> bool:
    """Whether a "gross margin" is an amount: no per cent of revenues is that great."""
    context = seen.context
    great = context.statement == "income_statement" and abs(seen.figure.value) > _MARGIN and not seen.figure.suffix
    return great and context.lexicon.margin.search(canon(seen.label)) is not None


def _unit(kind: ItemType | None, seen: Seen) -> tuple[str | None, int, str]:
    """Unit, power of ten, and why there is none."""
    if kind is None:
        return None, 0, NO_KIND
    if kind in ("percent", "pure"):
        return "xbrli:pure", 0, ""
    scale, concept = seen.context.scale, seen.hit.concept if seen.hit else None
    if kind in ("shares", "quantity"):
        unit = "xbrli:shares" if kind == "shares" else (concept.unit if concept else "")
        if not unit or scale is None or scale.shares is None:
            return None, 0, NO_COUNT
        if kind == "quantity" and unit != "fin:ADS" and scale.power and scale.text != seen.label:
            return None, 0, NO_COUNT  # a table's scale of amounts is none of customers or employees
        return unit, scale.shares, ""
    currency, why = _currency(seen)
    if not currency:
        return None, 0, why
    if kind in ("perShare", "perUnit") and seen.subunit:
        return None, 0, "the amount is in hundredths of a currency unit"
    if kind == "perShare":
        return f"iso4217:{currency}/xbrli:shares", 0, ""
    if kind == "perUnit":
        return f"iso4217:{currency}/{concept.unit if concept and concept.unit else 'fin:ADS'}", 0, ""
    power, why = _power(seen)
    return (None, 0, why) if power is None else (f"iso4217:{currency}", power, "")


def _power(seen: Seen) -> tuple[int | None, str]:
    """The power of ten of an amount, by its column or by its table's scale line; and why there is none."""
    stated, scale = seen.head.said.power, seen.context.scale
    if seen.context.disputed:
        return None, "two scale lines disagree"
    if stated is not None and scale is not None and scale.text != seen.label and scale.power != stated:
        return None, "the column's scale is not the table's"
    if stated is None and scale is None:
        return None, "no scale line tells the scale"
    return (stated if stated is not None else scale.power if scale else None), ""


def _currency(seen: Seen) -> tuple[str, str]:
    """The currency of a figure by its column, its own sign, its table; and why there is none."""
    figure, stated, context = seen.figure, seen.head.said.currency, seen.context
    own = ""
    if figure.sign:
        sign = canon(figure.sign)
        match = context.lexicon.currency.fullmatch(sign)
        own = context.lexicon.currency_code(match) if match else context.signs.get(sign, "")
        if not own and not stated and not context.currency:
            return "", f"the sign {figure.sign!r} stands for several currencies and nothing tells which"
    if own and stated and own != stated:
        return "", f"the cell says {own}, its column {stated}"
    known = stated or own or context.currency
    return known, "" if known else "nothing names a currency"


# --- period ---------------------------------------------------------------------------------------


def period_of(seen: Seen) -> tuple[Period | None, str]:
    """The period of a figure: its column's, moved to one end of it where the row is an instant."""
    column, concept, statement = seen.column.period, seen.hit.concept if seen.hit else None, seen.context.statement
    if column is None:
        return None, "the header gives no certain period" if seen.head.said.timed else "no header tells the column's period"
    says = seen.context.lexicon.label_says(seen.label)
    if concept is None and seen.head.said.mixed and column.start and not (says.start or says.end or says.instant):
        return None, "the header is of a day and of a span of time"
    if says.span:
        said = seen.head.said._replace(months=12, weeks=0, quarter=0, half=0, day=column.end)
        return seen.context.calendar.period(said), ""
    if column.start is None:
        if (concept and concept.period == "duration") or (concept is None and statement in _DURATION_STATEMENTS):
            return None, "the header gives a day and no span of time"
        return column, ""
    if statement == "balance_sheet" and concept is None:
        return None, "the header gives a span of time in a balance sheet"
    if concept is not None and concept.period == "duration":
        return column, ""
    at = seen.hit.alias.at if seen.hit else ""
    if at == "start" or (not at and says.start):
        return Period(column.start - timedelta(days=1)), ""
    if concept is not None or says.end or (says.instant and statement not in _DURATION_STATEMENTS):
        return Period(column.end), ""
    return column, ""
