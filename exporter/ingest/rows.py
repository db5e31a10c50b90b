"""Rows of a part -> observations: value, unit, period and concept of each printed figure.

What is not certain stays open: a figure without a certain unit or period has None there and says why
in ``reason``; a figure without a concept keeps everything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from exporter.ingest.context import Translation
from exporter.ingest.document import Document
from exporter.ingest.grid import Band, Figure, GridRow, Slot, band_of, open_bracket, unread
from exporter.ingest.headers import Head, Part
from exporter.ingest.lexicon import Lexicon, Scale, canon
from exporter.ingest.match import Hit, Match, Matcher, Sections
from exporter.ingest.periods import Calendar
from exporter.model import Column, ItemType, Observation, Period, Place, Row, Taxonomy
from exporter.values import decimals_of

_DURATION_STATEMENTS = frozenset(("income_statement", "cash_flow", "comprehensive_income"))
_MONETARY_STATEMENTS = frozenset((*_DURATION_STATEMENTS, "balance_sheet", "non_gaap"))
#: Why a figure has no unit; counts.py looks again at those.
NO_KIND = "nothing tells what is counted"
NO_COUNT = "nothing tells the scale of counts"
_WEIGHTED = "fin:WeightedAverageShares"
_MARGIN = 100
_GREAT = 1000
_CENTS = 2
_PER_SHARE = re.compile(r"\bper[ -](?:\w+[ -])?(?:share|ads)\b", re.IGNORECASE)
_COUNTED = frozenset(("shares", "ads", "perShare", "perAds"))
_CONVENIENCE = (("fin:TranslationAxis", "fin:ConvenienceMember"),)


@dataclass(frozen=True, slots=True)
class TableContext:
    """Everything that is certain about a part before its rows are read. ``currency`` is the one that
    holds where neither column nor cell names one; "" where there is none, or more than one.
    ``intro``: the sentence that introduces the table; ``percents``: the part prints percent signs and no currency sign, so that a bare number may be
    either."""

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


@dataclass(slots=True)
class Draft:
    """An observation in the making: its column, the alias by which it was named, and the figure itself.
    ``weighted``: the label is that of an average number of shares; ``own_scale``: it states its scale."""

    observation: Observation
    column: int
    hit: Hit | None
    figure: Figure | None = None
    weighted: bool = False
    own_scale: bool = False


@dataclass(slots=True)
class PartRows:
    """Rows for the printed table; ``cells`` of a row index into ``drafts``."""

    rows: list[Row]
    drafts: list[Draft]
    columns: tuple[Column, ...]


def read_rows(part: Part, context: TableContext, matcher: Matcher) -> PartRows:
    """All rows of a part, in print order."""
    columns = tuple(_column(number, head, context) for number, head in enumerate(part.heads, 1))
    reader = _RowReader(part, replace(context, cents=_cents(part, context)), matcher, columns)
    for row in part.rows:
        if row.slots:
            reader.read(row)
    return PartRows(reader.rows, reader.drafts, columns)


def _column(number: int, head: Head, context: TableContext) -> Column:
    """A change column has the later of the periods that it compares; see :func:`_compared`."""
    period = context.calendar.period(head.said) if head.certain and not head.said.change else None
    return Column(number, head.texts, period, head.said.currency or None)


class _RowReader:
    """Walks the rows of a part with the sections that are open and the scale that holds."""

    def __init__(self, part: Part, context: TableContext, matcher: Matcher, columns: tuple[Column, ...]) -> None:
        self.part = part
        self.context = context
        self.matcher = matcher
        self.columns = columns
        self.bands = tuple(head.band for head in part.heads)
        self.sections = Sections(matcher.index, context.statement, [])
        opened = matcher.index.section_in(matcher.fold(context.intro), context.statement) if context.intro else None
        if opened is not None:
            self.sections.stack.append(("", opened.id, ""))
        self.rows: list[Row] = []
        self.drafts: list[Draft] = []
        self.signed = _signed(part, self.bands)

    def read(self, row: GridRow) -> None:
        noted = _scale_in_row(row, self.context.lexicon)
        label, sections = self._label(row), self.sections
        counted = not row.values and self.context.lexicon.label_says(label).unit in _COUNTED
        if noted is not None:
            self.context = replace(self.context, scale=_of_shares(noted, self.context.scale) if counted else noted)
        name = self.context.lexicon.unscaled(label)
        folded = self.matcher.fold(name)
        found = self._match(name)
        values = [slot for slot in row.slots if self._is_value(slot, label)]
        if not values:
            if counted and label and not sections.knows(folded):
                sections.stack.clear()  # a heading that tells what is counted lies in no other
            if label and (noted is None or counted) and (found.hit is None or label.isupper() or sections.knows(folded)):
                sections.heading(label, folded)
            self.rows.append(Row(row.number, row.line, label, max(len(sections.stack) - 1, 0), None, (None,) * len(self.bands)))
            return
        concept_id = found.hit.concept.id if found.hit else None
        sections.before_row(folded, concept_id, self.context.lexicon.total)
        cells, texts = self._cells(row, values, found)
        self.rows.append(Row(row.number, row.line, label, len(sections.stack), concept_id, cells, texts))
        sections.after_row(label, folded, concept_id, self.context.lexicon.total)

    def _label(self, row: GridRow) -> str:
        """The row's label; text that stands over the figures ("(unaudited)") is none."""
        first = self.bands[0].col if self.bands else 10**9
        return row.label if row.slots[0].col < first or row.values else ""

    def _match(self, label: str) -> Match:
        """The concept of a label; none in a table about parts of the company, for it names the whole."""
        found = self.matcher.match(label, self.context.statement, self.sections.ids)
        if found.hit is None or self.context.statement != "operating":
            return found
        part = self.sections.stranger(self.context.lexicon.whole)
        if part and not self.context.lexicon.statement_of(part):
            return Match(None, f"the row stands under {part!r}, which may be a part of the company", found.hit.concept.type)
        return found

    def _is_value(self, slot: Slot, label: str) -> bool:
        if slot.col == 0 or (slot.text == label and slot.figure is None):
            return False
        at = band_of(slot, self.bands)
        if at is not None and self.part.heads[at].said.note:
            return False
        return bool(slot.figure or slot.dash or unread(slot) or at is not None)

    def _cells(self, row: GridRow, values: list[Slot], found: Match) -> tuple[tuple[int | None, ...], dict[int, str]]:
        cells: list[int | None] = [None] * len(self.bands)
        texts: dict[int, str] = {}
        for slot in values:
            at = band_of(slot, self.bands)
            if slot.figure is None and not unread(slot):
                if at is not None:
                    texts[at + 1] = slot.text
                continue
            draft = self._draft(row, slot, at, found)
            if draft is None:
                continue
            if at is not None and cells[at] is None:
                cells[at] = len(self.drafts)
            self.drafts.append(draft)
        return tuple(cells), texts

    def _draft(self, row: GridRow, slot: Slot, at: int | None, found: Match) -> Draft | None:
        """One figure with its aspects; None for a note number, which is no figure."""
        head = self.part.heads[at] if at is not None else None
        if head is not None and head.said.note:
            return None
        figure = slot.figure
        raw = figure.raw if figure else slot.text
        common: dict[str, Any] = {
            "place": _place(row, slot, self.context.document, self.part),
            "raw": raw,
            "label": row.label,
            "section": self.sections.path,
            "statement": self.context.statement,
        }
        reason = _unreadable(figure, head)
        if figure is None or head is None or at is None or reason:
            return Draft(Observation(**common, reason=reason), at or 0, None)
        hit = None if head.said.rest or head.said.change else found.hit
        scale, loose = _own_scale(row.label, self.context)
        loose = loose or bool(head.said.rest and at not in self.signed)
        context, section = replace(self.context, scale=scale), next(iter(self.sections.path[-1:]), "")
        seen = _Seen(figure, head, self.columns[at], row.label, hit, context, loose, section, found.kind)
        if head.said.change:
            return Draft(Observation(**common, **self._change(seen, found.hit)), at, None)
        why = f"the column {head.said.rest!r} is not understood" if head.said.rest else found.reason
        read = _read(seen, why, self.sections.path)
        weighted = hit.concept.id.startswith(_WEIGHTED) if hit else self.context.lexicon.weighted.search(canon(row.label)) is not None
        return Draft(Observation(**common, **read), at, hit, figure, weighted, scale is not self.context.scale)

    def _change(self, seen: _Seen, hit: Hit | None) -> dict[str, Any]:
        """A change column: a percentage belongs to the later of the periods compared."""
        reason = "a change between two columns"
        compared, growth = self._compared(seen.head)
        period, _ = _period(replace(seen, column=replace(seen.column, period=compared), hit=hit))
        if period is None or not _in_percent(seen, hit):
            return {"reason": reason}
        grown = f"{hit.concept.id}Growth{growth}" if hit and growth else ""
        known = grown in self.context.taxonomy.concepts
        found = _amount(seen.figure, "percent", "xbrli:pure", 0, None)
        return {**found, "period": period, "concept": grown if known else None, "reason": "" if known else reason}

    def _compared(self, change: Head) -> tuple[Period | None, str]:
        """The latest period of the run of columns at the left that a change column compares, None where two
        end on that day; and which growth it is, "" where neither its words nor the periods tell."""
        left = [(head, column) for head, column in zip(self.part.heads, self.columns, strict=True) if head.band.col < change.band.col]
        while left and left[-1][0].said.change:
            left.pop()
        start = max((n for n, (head, _) in enumerate(left, 1) if head.said.change), default=0)
        run = left[start:] if len(left) - start > 1 else left  # "2Q24, 1Q24, QoQ, 2Q23, YoY" compares over a change column
        periods = {
            column.period
            for head, column in run
            if column.period and (not change.said.months or head.said.months == change.said.months)
        }
        last = max((period.end for period in periods), default=None)
        latest = [period for period in periods if period.end == last]
        if len(latest) != 1:
            return None, ""
        gaps = {round((latest[0].end - period.end).days / 30.44) for period in periods} - {0}
        wanted = 3 if change.said.sequential else 12 if change.said.yearly or len(gaps) == 1 else 0
        return latest[0], {3: "QuarterOnQuarter", 12: "YearOnYear"}.get(wanted, "") if wanted in gaps else ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A figure in its column and row, before it is typed."""

    figure: Figure
    head: Head
    column: Column
    label: str
    hit: Hit | None
    context: TableContext
    loose: bool = False
    section: str = ""
    kind: str = ""

    @property
    def subunit(self) -> bool:
        """Whether the label, its heading or its column speaks of cents or pence."""
        subunits = self.context.lexicon.subunits
        return any(subunits.search(canon(text)) for text in (self.label, self.section, *self.head.texts))


def _in_percent(seen: _Seen, hit: Hit | None) -> bool:
    """Whether a change is printed as a percentage: by its sign, or by its header where the row is no percentage itself."""
    if seen.figure.suffix or not seen.head.said.percent:
        return seen.figure.suffix == "%"
    of_percent = hit.concept.type == "percent" if hit else seen.context.lexicon.label_says(seen.label).unit == "percent"
    return not of_percent and not seen.figure.sign


def _cents(part: Part, context: TableContext) -> bool:
    """Whether a figure with cents is no amount in the scale of the table: the part speaks of amounts per share, and no
    figure with cents is too great for one."""
    says = context.lexicon.label_says
    told = (context.scale.text if context.scale else "", *(row.label for row in part.rows))
    named = any(says(text).unit in ("perShare", "perAds") or _PER_SHARE.search(text) for text in told)
    if context.scale is None or context.scale.power < 3 or not named:
        return False
    figures = (slot.figure for row in part.rows for slot in row.slots if slot.figure and not slot.figure.suffix)
    return all(abs(figure.value) < _GREAT for figure in figures if _in_cents(figure))


def _in_cents(figure: Figure) -> bool:
    return len(figure.digits.partition(".")[2]) == _CENTS


def _signed(part: Part, bands: tuple[Band, ...]) -> frozenset[int]:
    """The columns that print a currency sign and no percent sign: a bare number there is money."""
    signs: dict[int, set[str]] = {}
    for slot in (slot for row in part.rows for slot in row.slots if slot.figure):
        at = band_of(slot, bands)
        if at is not None and slot.figure:
            signs.setdefault(at, set()).update("%" if slot.figure.suffix else "$" if slot.figure.sign else "")
    return frozenset(at for at, found in signs.items() if found == {"$"})


def _of_shares(noted: Scale, scale: Scale | None) -> Scale:
    """The scale of a table whose rows of shares have one of their own."""
    return replace(scale or noted, shares=noted.power)


def _own_scale(label: str, context: TableContext) -> tuple[Scale | None, bool]:
    """The scale of a row, its own before its table's; and whether it is of a bare count as well as of money."""
    own = context.lexicon.row_scale(label)
    if own is None:
        return context.scale, False
    power, money = own
    return Scale(power, None if money else power, context.scale.currencies if context.scale else (), label), not money


def _scale_in_row(row: GridRow, lexicon: Lexicon) -> Scale | None:
    """A label-only row such as "($ in millions)" rules the rows below it."""
    if row.values or not row.slots:
        return None
    found = [lexicon.scale(slot.text) for slot in row.slots]
    return found[0] if len({scale and (scale.power, scale.shares) for scale in found}) == 1 else None


def _unreadable(figure: Figure | None, head: Head | None) -> str:
    if figure is None:
        return "the cell does not hold one figure"
    if open_bracket(figure):
        return "the bracket is not closed, so the sign is open"
    return "no header tells the column's period" if head is None or not head.certain else ""


def _place(row: GridRow, slot: Slot, document: Document, part: Part) -> Place:
    figure = slot.figure
    cell = figure.cell if figure else slot.cell
    length = len(figure.raw) if figure else len(slot.text)
    line, column, start = document.locate(cell, figure.index if figure else 0)
    number = cell.number if document.media == "text/html" else cell.col
    return Place(line, column, start, start + length, part.grid.number, row.number, number)


def _read(seen: _Seen, reason: str, section: tuple[str, ...]) -> dict[str, Any]:
    """Value, unit, period and concept of a figure, as fields of an Observation."""
    why = _misplaced(seen, section)
    if why:
        reason, seen = why, replace(seen, hit=None)
    hit = seen.hit
    kind = _kind(seen, section)
    if hit is not None and kind != hit.concept.type:
        reason, hit = f"the label names {hit.concept.id}, which is no {kind or 'such'} figure", None
        seen = replace(seen, hit=None)
    period, why_period = _period(seen)
    if why and seen.column.period and seen.column.period.start:
        period, why_period = None, "the label is of a day, and its section of a span of time"
    unit, power, why_unit = _unit(kind, seen)
    said = seen.head.said
    guided = bool(said.guidance or said.bound or seen.context.guidance)
    concept = hit.concept if hit and period is not None and unit is not None and not guided else None
    reasons = ("" if hit else reason, why_period, why_unit, "guidance is not read from tables" if guided else "")
    fields = _amount(seen.figure, kind, unit, power, seen.context.translation) if kind and unit else {}
    return {
        **fields,
        "concept": concept.id if concept else None,
        "period": period,
        "sign": -1 if concept and hit and hit.alias.sign < 0 else 1,
        "basis": concept.basis if concept else "gaap",
        "scenario": ("previous_guidance" if said.previous else "guidance") if guided else "actual",
        "bound": said.bound,
        "reason": "" if concept else "; ".join(text for text in reasons if text),
    }


def _misplaced(seen: _Seen, section: tuple[str, ...]) -> str:
    """Why a concept does not belong here: a flow among balances, or a balance under a heading of flows."""
    hit, column, statement, lexicon = seen.hit, seen.column.period, seen.context.statement, seen.context.lexicon
    if hit is None or column is None:
        return ""
    if column.start is None:
        return f"the label names {hit.concept.id}, which is no balance" if hit.concept.period == "duration" and statement == "balance_sheet" else ""
    if hit.concept.period == "duration" or statement != "income_statement" or hit.alias.at or not section:
        return ""
    says = lexicon.label_says(seen.label)
    told = says.start or says.end or says.instant or lexicon.total.search(says.plain) or says.unit in _COUNTED
    return "" if told or lexicon.statement_of(section[-1]) == "balance_sheet" else f"the label names {hit.concept.id}, which is a balance"


def _amount(figure: Figure, kind: ItemType, unit: str, power: int, translation: Translation | None) -> dict[str, Any]:
    """The exact full-scale value with its precision; a translated amount carries its dimension."""
    shift = -2 if kind == "percent" else power
    fields: dict[str, Any] = {
        "printed": figure.value.scaleb(shift),
        "decimals": decimals_of(figure.digits, shift),
        "scale": shift,
        "unit": unit,
    }
    if translation is not None and unit.startswith(f"iso4217:{translation.quote}"):
        fields.update(dimensions=_CONVENIENCE, rate_date=translation.day)
    return fields


# --- kind and unit --------------------------------------------------------------------------------


def _kind(seen: _Seen, section: tuple[str, ...]) -> ItemType | None:
    """The item type of a figure; none for an amount in cents in a table that may print it per share."""
    kind = _told(seen, section)
    return None if kind == "monetary" and seen.context.cents and _in_cents(seen.figure) else kind


def _told(seen: _Seen, section: tuple[str, ...]) -> ItemType | None:
    """The item type of a figure: by its own sign first, then by its concept, then by its label."""
    figure, context = seen.figure, seen.context
    if figure.suffix:
        return "percent" if figure.suffix == "%" else None
    if seen.hit is not None:
        return _named(seen, seen.hit.concept.type)
    words = context.lexicon.label_says(seen.label).unit
    if section and words not in ("perAds", "perShare", "shares"):
        above = context.lexicon.label_says(section[-1]).unit
        words = above if above in ("perAds", "perShare", "ads", "shares") else words
    column = context.lexicon.label_says(seen.head.said.rest).unit if seen.head.said.rest else ""
    words = column if column in _COUNTED else words
    if words in ("perAds", "perShare"):
        return "perUnit" if words == "perAds" else "perShare"
    if words == "shares" and not figure.sign:
        return "shares"
    if figure.sign and words != "unsaid":
        return "monetary"
    if context.percents or seen.loose:
        return None
    if _margin(seen) or (seen.kind == "monetary" and context.statement == "operating"):
        return "monetary"
    return "monetary" if not words and context.statement in _MONETARY_STATEMENTS else None


def _named(seen: _Seen, own: ItemType) -> ItemType | None:
    """The item type of a figure whose label names a concept of type ``own``."""
    if (own == "percent" and _margin(seen)) or (seen.figure.sign and own in ("shares", "quantity")):
        return "monetary"
    return own if own not in ("percent", "text", "date") else None


def _margin(seen: _Seen) -> bool:
    """Whether a "gross margin" is an amount: no per cent of revenues is that great."""
    context = seen.context
    great = context.statement == "income_statement" and abs(seen.figure.value) > _MARGIN and not seen.figure.suffix
    return great and context.lexicon.margin.search(canon(seen.label)) is not None


def _unit(kind: ItemType | None, seen: _Seen) -> tuple[str | None, int, str]:
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


def _power(seen: _Seen) -> tuple[int | None, str]:
    """The power of ten of an amount, by its column or by its table's scale line; and why there is none."""
    stated, scale = seen.head.said.power, seen.context.scale
    if seen.context.disputed:
        return None, "two scale lines disagree"
    if stated is not None and scale is not None and scale.text != seen.label and scale.power != stated:
        return None, "the column's scale is not the table's"
    if stated is None and scale is None:
        return None, "no scale line tells the scale"
    return (stated if stated is not None else scale.power if scale else None), ""


def _currency(seen: _Seen) -> tuple[str, str]:
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


def _period(seen: _Seen) -> tuple[Period | None, str]:
    """The period of a figure: its column's, moved to one end of it where the row is an instant."""
    column, concept, statement = seen.column.period, seen.hit.concept if seen.hit else None, seen.context.statement
    if column is None:
        return None, "the header gives no certain period" if seen.head.said.timed else "no header tells the column's period"
    says = seen.context.lexicon.label_says(seen.label)
    if concept is None and seen.head.said.mixed and column.start and not (says.start or says.end or says.instant):
        return None, "the header is of a day and of a span of time"
    if says.span:
        said = replace(seen.head.said, months=12, weeks=0, quarter=0, half=0, day=column.end)
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
