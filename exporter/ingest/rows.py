"""Rows of a part -> observations: value, unit, period and concept of each printed figure.

What is not certain stays open: a figure without a certain unit or period has None there and says why
in ``reason``; a figure without a concept keeps everything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from exporter.ingest.document import Document
from exporter.ingest.figures import Seen, TableContext, amount, grows, in_cents, in_percent, period_of, read_figure
from exporter.ingest.grid import Bands, Figure, GridRow, Slot, open_bracket, unread
from exporter.ingest.headers import Head, Part
from exporter.ingest.lexicon import Lexicon, Scale
from exporter.ingest.match import Hit, Match, Matcher, Sections
from exporter.model import Column, Observation, Period, Place, Row

_WEIGHTED = "fin:WeightedAverageShares"
_GREAT = 1000
_FINANCIAL = frozenset(("income_statement", "comprehensive_income", "cash_flow", "balance_sheet", "non_gaap"))
_PER_SHARE = re.compile(r"\bper[ -](?:\w+[ -])?(?:share|ads)\b", re.IGNORECASE)
_COUNTED = frozenset(("shares", "ads", "perShare", "perAds"))


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


class _Line(NamedTuple):
    """What holds for all figures of a row: the headings that are open, its concept, and its scale in ``context``.
    ``own_scale``: the row states it itself; ``loose``: of bare counts as well as of money."""

    row: GridRow
    path: tuple[str, ...]
    found: Match
    context: TableContext
    own_scale: bool
    loose: bool


class _RowReader:
    """Walks the rows of a part with the sections that are open and the scale that holds."""

    def __init__(self, part: Part, context: TableContext, matcher: Matcher, columns: tuple[Column, ...]) -> None:
        self.part = part
        self.context = context
        self.matcher = matcher
        self.columns = columns
        self.bands = Bands(tuple([head.band for head in part.heads]))
        self.sections = Sections(matcher.index, context.statement, [])
        opened = matcher.index.section_in(matcher.fold(context.intro), context.statement) if context.intro else None
        if opened is not None:
            self.sections.stack.append(("", opened.id, ""))
        self.rows: list[Row] = []
        self.drafts: list[Draft] = []
        self.signs = signs = _signs(part, self.bands)
        self.signed = frozenset(at for at, found in signs.items() if found == {"$"})  # a bare number there is money
        # Where the part prints percent signs and no currency sign, a bare number beside them may be either.
        self.either = frozenset(at for at, found in signs.items() if "%" in found) if context.percents else frozenset()

    def read(self, row: GridRow) -> None:
        noted = _scale_in_row(row, self.context.lexicon)
        label, sections = self._label(row), self.sections
        counted = not row.values and self.context.lexicon.label_says(label).unit in _COUNTED
        if noted is not None:
            self.context = replace(self.context, scale=_of_shares(noted, self.context.scale) if counted else noted)
        name = self.context.lexicon.unscaled(label)
        folded = self.matcher.fold(name)
        if not row.values and not sections.knows(folded):
            bare = self.matcher.fold_without_details(name)
            folded = bare if sections.knows(bare) else folded
        found = self._match(name)
        values = self._values(row, label)
        if not values:
            if label and self.context.statement in _FINANCIAL and self.context.lexicon.operating_block.search(folded):
                self._turn_to_operations()
                sections = self.sections
            if counted and label and not sections.knows(folded):
                sections.stack.clear()  # a heading that tells what is counted lies in no other
            headed = found.hit is None or label.isupper() or label.endswith((":", "：")) or sections.knows(folded)
            if label and (noted is None or counted) and headed:
                sections.heading(label, folded)
            self.rows.append(Row(row.number, row.line, label, max(len(sections.stack) - 1, 0), None, (None,) * len(self.columns)))
            return
        concept_id = found.hit.concept.id if found.hit else None
        sections.before_row(folded, concept_id, self.context.lexicon.total)
        cells, texts = self._cells(row, values, found)
        self.rows.append(Row(row.number, row.line, label, len(sections.stack), concept_id, cells, texts))
        sections.after_row(label, folded, concept_id, self.context.lexicon.total)

    def _turn_to_operations(self) -> None:
        """What follows is operating data below a statement: its bare numbers are no amounts, its sections none of these."""
        self.context = replace(self.context, statement="operating")
        self.sections = Sections(self.matcher.index, "operating", [])

    def _label(self, row: GridRow) -> str:
        """The row's label; text that stands over the figures ("(unaudited)") is none."""
        first = self.part.heads[0].band.col if self.part.heads else 10**9
        return row.label if row.slots[0].col < first or row.values else ""

    def _match(self, label: str) -> Match:
        """The concept of a label; none in a table about parts of the company, for it names the whole."""
        found = self.matcher.match(label, self.context.statement, self.sections.ids)
        if found.hit is not None and self.context.part and not self.sections.of_whole(self.context.lexicon.whole):
            return Match(None, f"the title {self.context.part!r} may be of a part of the company", found.hit.concept.type)
        if found.hit is None or self.context.statement != "operating":
            return found
        part = self.sections.stranger(self.context.lexicon.whole)
        if part and not self.context.lexicon.statement_of(part):
            return Match(None, f"the row stands under {part!r}, which may be a part of the company", found.hit.concept.type)
        return found

    def _values(self, row: GridRow, label: str) -> list[tuple[Slot, int | None]]:
        """The cells of a row that hold values, each with the index of its column, None where that is not certain."""
        found = []
        for slot in row.slots:
            if slot.col == 0 or (slot.figure is None and slot.text == label):
                continue
            at = self.bands.at(slot)
            if at is not None and self.part.heads[at].said.note:
                continue  # the number of a note is no figure
            if at is not None or slot.figure or slot.dash or unread(slot):
                found.append((slot, at))
        return found

    def _cells(
        self, row: GridRow, values: list[tuple[Slot, int | None]], found: Match
    ) -> tuple[tuple[int | None, ...], dict[int, str]]:
        cells: list[int | None] = [None] * len(self.columns)
        texts: dict[int, str] = {}
        own, loose = _own_scale(row.label, self.context)
        stated = own is not self.context.scale
        context = replace(self.context, scale=own) if stated else self.context
        line = _Line(row, self.sections.path, found, context, stated, loose)
        for slot, at in values:
            if slot.figure is None and not unread(slot):
                if at is not None:
                    texts[at + 1] = slot.text
                continue
            if at is not None and cells[at] is None:
                cells[at] = len(self.drafts)
            self.drafts.append(self._draft(line, slot, at))
        return tuple(cells), texts

    def _draft(self, line: _Line, slot: Slot, at: int | None) -> Draft:
        """One figure with its aspects."""
        row, path, found, context, own_scale, loose = line
        figure, head = slot.figure, None if at is None else self.part.heads[at]
        place = _place(row, slot, context.document, self.part)
        reason = _unreadable(figure, head)
        if figure is None or head is None or at is None or reason:
            raw = figure.raw if figure else slot.text
            return Draft(Observation(place, raw, row.label, path, context.statement, reason=reason), at or 0, None)
        said = head.said
        hit = None if said.change else self._of_measure(said.rest, row.label) if said.rest else found.hit
        unknown = bool(said.rest) and at not in self.signed and said.rest not in context.lexicon.measures
        loose = loose or unknown or at in self.either
        seen = Seen(figure, place, head, self.columns[at], row.label, path, hit, context, loose, found.kind, self._flows(path, hit))
        if said.change:
            return Draft(self._change(seen, found.hit, self._is_growth(seen, row, at)), at, None)
        read = read_figure(seen, f"the column {said.rest!r} is not understood" if said.rest and not hit else found.reason)
        weighted = hit.concept.id.startswith(_WEIGHTED) if hit else context.lexicon.label_says(row.label).weighted
        return Draft(read, at, hit, figure, weighted, own_scale)

    def _flows(self, path: tuple[str, ...], hit: Hit | None) -> bool:
        """Whether a row that bears the name of a balance stands under a heading of flows: "Deposits" under "Interest expense"."""
        if hit is None or hit.concept.period == "duration" or not path:
            return False
        above = self.matcher.match(path[-1], self.context.statement, ()).hit
        return above is not None and above.concept.period == "duration"

    def _of_measure(self, measure: str, label: str) -> Hit | None:
        """The concept of a row in a column of one measure: "Gross profit" under "Non-GAAP"."""
        if measure not in self.context.lexicon.measures:
            return None
        hit = self._match(f"{measure} {label}").hit
        return hit if hit is not None and hit.concept.basis != "gaap" else None

    def _is_growth(self, seen: Seen, row: GridRow, at: int) -> bool | None:
        """Whether a bare change is the growth in per cent from one figure of its row to another, in a column that prints
        percent signs, if not in this row, or says so; None where nothing tells."""
        figure, told = seen.figure, seen.head.said.percent
        left = [slot.figure for slot in row.values if slot.figure and slot.end <= seen.head.band.col and not slot.figure.suffix]
        if figure.suffix or not (told or self.signs.get(at) == {"%"}) or len(left) < 2 or any(one.value <= 0 for one in left):
            return None
        return any(grows(early, late, figure, told) for late in left for early in left)

    def _change(self, seen: Seen, hit: Hit | None, grown: bool | None) -> Observation:
        """A change column: a percentage belongs to the later of the periods compared."""
        reason = "a change between two columns"
        made = Observation(seen.place, seen.figure.raw, seen.label, seen.path, seen.context.statement, reason=reason)
        compared, growth = self._compared(seen.head)
        period, _ = period_of(seen._replace(column=replace(seen.column, period=compared), hit=hit))
        if period is None or not (in_percent(seen, hit) if grown is None else grown):
            return made
        name = f"{hit.concept.id}Growth{growth}" if hit and growth else ""
        found = amount(seen.figure, "percent", "xbrli:pure", 0, None)
        made = made._replace(period=period, unit=found.unit, printed=found.printed, decimals=found.decimals, scale=found.scale)
        concept = self.context.taxonomy.concepts.get(name)
        return made._replace(concept=name, reason="", basis=concept.basis) if concept else made

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


def _cents(part: Part, context: TableContext) -> bool:
    """Whether a figure with cents is no amount in the scale of the table: the part speaks of amounts per share, and no
    figure with cents is too great for one."""
    says = context.lexicon.label_says
    told = (context.scale.text if context.scale else "", *(row.label for row in part.rows))
    named = any(says(text).unit in ("perShare", "perAds") or _PER_SHARE.search(text) for text in told)
    if context.scale is None or context.scale.power < 3 or not named:
        return False
    figures = (slot.figure for row in part.rows for slot in row.slots if slot.figure and not slot.figure.suffix)
    return all(abs(figure.value) < _GREAT for figure in figures if in_cents(figure))


def _signs(part: Part, bands: Bands) -> dict[int, set[str]]:
    """The signs that each column prints: "$" for a currency's, "%" for that of a unit."""
    signs: dict[int, set[str]] = {}
    for slot in (slot for row in part.rows for slot in row.slots if slot.figure):
        at = bands.at(slot)
        if at is not None and slot.figure:
            signs.setdefault(at, set()).update("%" if slot.figure.suffix else "$" if slot.figure.sign else "")
    return signs


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
    line, column, start = document.locate(cell, figure.at if figure else 0)
    number = cell.number - (document.media != "text/html")  # of text, the data column
    return Place(line, column, start, start + length, part.grid.number, row.number, number)
