"""Tables of a document -> observations: each part with the statement, scale and currency that hold for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from exporter.errors import Issue
from exporter.ingest import context as ctx
from exporter.ingest import counts, outlook, signs
from exporter.ingest.document import Document, TableBlock
from exporter.ingest.figures import TableContext
from exporter.ingest.grid import Grid, GridRow, Reader, unread
from exporter.ingest.headers import HeaderRows, Part, header_cells, header_rows, parts
from exporter.ingest.lexicon import Lexicon, canon
from exporter.ingest.match import Matcher
from exporter.ingest.numbers import style_of
from exporter.ingest.periods import read_calendar
from exporter.ingest.rows import PartRows, read_rows
from exporter.ingest.translation import find_translation
from exporter.model import Observation, PrintedTable, Row, Taxonomy

_VOTES = 3


class PartRead(NamedTuple):
    """A part of a table with its rows; ``first``: the number of its first observation among those of all tables."""

    part: Part
    context: TableContext
    title: str
    read: PartRows
    first: int


class Tables(NamedTuple):
    """All tables of a document. ``base``: what the document says once for all; None where no table has figures."""

    parts: list[PartRead]
    observations: list[Observation]
    base: TableContext | None


class Dates(NamedTuple):
    """What is known from elsewhere: month and day of the end of the issuer's fiscal years, and the day of the document."""

    year_end: tuple[int, int] | None = None
    filed: date | None = None


def read_tables(
    document: Document, taxonomy: Taxonomy, matcher: Matcher, lexicon: Lexicon, dates: Dates, findings: list[Issue]
) -> Tables:
    """Every figure of the tables, in document order; what is in doubt is added to ``findings``."""
    laid = _laid_out(document, lexicon)
    if not laid:
        findings.append(Issue("no-statements", "no statements found: the document has no table with figures", document.name))
        return Tables([], [], None)
    base = _base(document, laid, taxonomy, lexicon, dates)
    made: list[PartRead] = []
    observations: list[Observation] = []
    before: Part | None = None
    last = base
    usual = _usual_currency(laid, base)
    for at, grid, headers in laid:
        about = ctx.above(document, at, lexicon)
        for part in parts(grid, headers, lexicon, before if _goes_on(grid, about, last, matcher) else None, about.heading):
            context = _context(base, part, about, last, matcher, usual)
            read = read_rows(part, context, matcher)
            counts.settle(read.drafts)
            signs.settle(read.drafts, matcher.index.relations, taxonomy, lexicon)
            outlook.settle(read.drafts)
            made.append(PartRead(part, context, part.title or about.title, read, len(observations)))
            observations.extend([draft.observation for draft in read.drafts])
            findings.extend(_doubts(part, context, read))
            before, last = part, context
    if not any(o.certain for o in observations):
        findings.append(Issue("no-statements", "no statements found: no table could be read with certainty", document.name))
    return Tables(made, observations, base)


def printed(made: Sequence[PartRead], place: Sequence[int]) -> tuple[PrintedTable, ...]:
    """The tables as printed. ``place[n]``: where the n-th observation of the tables stands among all of the report."""
    return tuple([_printed(one, place) for one in made])


class _Laid(NamedTuple):
    """A table with figures: the number of its block, its grid, and which of its rows are headers."""

    block: int
    grid: Grid
    headers: HeaderRows


def _laid_out(document: Document, lexicon: Lexicon) -> list[_Laid]:
    """The tables of a document that hold figures, or what may be figures."""
    reader = Reader(lexicon, style_of(document.blocks))
    grids = [(at, reader.grid(block)) for at, block in enumerate(document.blocks) if isinstance(block, TableBlock)]
    return [
        _Laid(at, grid, header_rows(grid, lexicon))
        for at, grid in grids
        if any(slot.figure or unread(slot) for row in grid.rows for slot in row.slots)
    ]


def _base(document: Document, laid: list[_Laid], taxonomy: Taxonomy, lexicon: Lexicon, dates: Dates) -> TableContext:
    """What the document says once for all tables: its calendar, its currency signs, its convenience translation."""
    paragraphs = ctx.running_text(document)
    told = " ".join([text for _, text in paragraphs])
    calendar = read_calendar(told, [header_cells(table.headers) for table in laid], lexicon, dates.year_end)
    printed_signs = {slot.figure.sign for table in laid for row in table.grid.rows for slot in row.slots if slot.figure}
    signs_of = ctx.bare_signs(told, printed_signs, lexicon)
    translation = find_translation(paragraphs, lexicon)
    return TableContext(document, "", None, "", signs_of, calendar, translation, taxonomy, lexicon, told=told, filed=dates.filed)


def _goes_on(grid: Grid, about: ctx.Above, last: TableContext, matcher: Matcher) -> bool:
    """Whether a table may inherit the columns of the one before: nothing in between begins something
    new, or (a page break) its rows belong to the same statement."""
    if not about.fresh:
        return True
    return not (about.statement or about.scale or about.heading) and _vote(grid.rows, matcher) == last.statement != ""


def _context(base: TableContext, part: Part, about: ctx.Above, last: TableContext, matcher: Matcher, usual: str) -> TableContext:
    """Statement, scale and currency of a part: its own words, then those above it, then, for a part
    that goes on from the one before, that one's."""
    lexicon = base.lexicon
    notes = (*part.notes, *(row.label for row in part.rows[:3] if not row.values))
    own = lexicon.statement_of(part.title)
    # The scale above a statement of amounts is none of the counts that follow under a title of their own.
    scale = next((found for note in notes if (found := lexicon.scale(note))), None if own == "operating" else about.scale)
    disputed = scale is not None and about.adjacent_scale is not None and scale.power != about.adjacent_scale.power
    goes_on = part.number > 1 or not part.own_header or not (about.fresh or about.title)
    if scale is None and goes_on and own != "operating":
        scale = last.scale
    statement = own or about.statement or (last.statement if not part.own_header else "")
    statement = statement or _vote(part.rows, matcher) or (last.statement if goes_on else "") or "operating"
    figures = [slot.figure for row in part.rows for slot in row.slots if slot.figure]
    percents = not any(f.sign for f in figures) and not any(h.said.currency for h in part.heads)
    guidance = statement == "guidance"
    context = replace(base, statement=statement, scale=scale, guidance=guidance, percents=percents, disputed=disputed, intro=about.intro)
    context = replace(context, part=about.part or (last.part if goes_on else ""))
    if base.translation and _speaks_of_others(part, context, base.translation.base):
        context = replace(context, translation=None)
    return replace(context, currency=_table_currency(part, context) or (last.currency if goes_on else "") or usual)


def _speaks_of_others(part: Part, context: TableContext, base: str) -> bool:
    """Whether a part names its currencies and the one that a translation starts from is not among them."""
    named = {head.said.currency for head in part.heads if head.said.currency} | set(context.scale.currencies if context.scale else ())
    return bool(named) and base not in named


def _table_currency(part: Part, context: TableContext) -> str:
    """The one currency that the scale line or the cells of a part name; "" where several do."""
    named = set(context.scale.currencies) if context.scale else set()
    if not named:
        named = _cell_currencies(part.grid, context)
    return next(iter(named)) if len(named) == 1 else ""


def _cell_currencies(grid: Grid, context: TableContext) -> set[str]:
    found = set()
    for sign in {slot.figure.sign for row in grid.rows for slot in row.slots if slot.figure and slot.figure.sign}:
        match = context.lexicon.currency.fullmatch(canon(sign))
        found.add(context.lexicon.currency_code(match) if match else context.signs.get(canon(sign), ""))
    return found


def _usual_currency(laid: list[_Laid], context: TableContext) -> str:
    """The one currency of all cells of the document, or ""."""
    found = set().union(*(_cell_currencies(table.grid, context) for table in laid))
    return next(iter(found)) if len(found) == 1 else ""


def _vote(rows: Sequence[GridRow], matcher: Matcher) -> str:
    """The statement whose rows these are, where no title tells: by the networks of the concepts."""
    votes: Counter[str] = Counter()
    for row in rows:
        if row.values and row.label:
            for hit in matcher.index.aliases.get(matcher.fold(row.label), ())[:1]:
                votes.update(matcher.index.statements.get(hit.concept.id, ()))
    best = votes.most_common(2)
    if not best or best[0][1] < _VOTES or (len(best) > 1 and best[1][1] == best[0][1]):
        return ""
    return best[0][0]


def _printed(one: PartRead, place: Sequence[int]) -> PrintedTable:
    part, context, title, read, first = one
    rows = tuple([_row(row, place[first : first + len(read.drafts)]) for row in read.rows])
    scale = context.scale.text if context.scale else ""
    return PrintedTable(part.grid.number, part.number, context.statement, title, scale, read.columns, rows)


def _row(row: Row, place: Sequence[int]) -> Row:
    """A row whose cells were numbered within its part."""
    cells = tuple([None if cell is None else place[cell] for cell in row.cells])
    return Row(row.number, row.line, row.label, row.level, row.concept, cells, row.texts)


def _doubts(part: Part, context: TableContext, read: PartRows) -> list[Issue]:
    """One finding a reason, not one a figure."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for draft in read.drafts:
        seen = draft.observation
        if not seen.certain:
            counts[seen.reason] += 1
            first.setdefault(seen.reason, seen.place.locator)
    name = f"table {part.grid.number} ({context.statement})"
    return [
        Issue("not-certain", f"{name}: {count} figure{' is' if count == 1 else 's are'} on the unresolved list: {reason}", first[reason])
        for reason, count in counts.items()
    ]
