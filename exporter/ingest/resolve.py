"""From bytes to a report: the only module that names all the stages of reading, in their order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from exporter.errors import Issue
from exporter.ingest import context as ctx
from exporter.ingest import counts, signs
from exporter.ingest.document import Document, TableBlock
from exporter.ingest.document import read as read_document
from exporter.ingest.figures import TableContext
from exporter.ingest.grid import Grid, GridRow, Reader, unread
from exporter.ingest.headers import HeaderRows, Part, header_cells, header_rows, parts
from exporter.ingest.issuer import find_issuer
from exporter.ingest.join import join
from exporter.ingest.ledger import entries
from exporter.ingest.lexicon import Lexicon, canon, lexicon_of
from exporter.ingest.match import AliasIndex, Matcher
from exporter.ingest.numbers import style_of
from exporter.ingest.periods import read_calendar
from exporter.ingest.prose import read_prose
from exporter.ingest.prose_grammar import grammar_of
from exporter.ingest.rows import PartRows, read_rows
from exporter.model import (
    DocumentInfo,
    Observation,
    Period,
    PrintedTable,
    Report,
    Row,
    Taxonomy,
)

#: Part of every extraction's key in the store: raise it whenever reading changes what is read.
EXTRACTOR_VERSION = "2"
_INDEXES: dict[str, AliasIndex] = {}
_VOTES = 3


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a caller may settle beforehand. ``document_id``: the readable name in the store."""

    document_id: str = ""
    entity: str = ""
    filed_at: str = ""


def read_report(data: bytes, name: str, taxonomy: Taxonomy, options: ReadOptions | None = None) -> Report:
    """Reads one release. Pure: equal arguments give an equal report.

    Raises DocumentError where the source is no text at all; every doubt about a readable one is a
    finding of the report.
    """
    options = options or ReadOptions()
    lexicon = lexicon_of(taxonomy)
    document = read_document(data, name, lexicon.heads_table)
    issuer = find_issuer(document, taxonomy.entities, lexicon, options.entity)
    findings = list(issuer.issues)
    matcher = Matcher(_index(taxonomy, lexicon), issuer.entity, lexicon)
    tables, observations, base = _read_tables(document, taxonomy, lexicon, matcher, issuer.entity.fiscal_year_end, findings)
    focus = _focus(observations)
    if base is not None and focus is not None:
        tables, observations = _with_prose(tables, observations, base, matcher, focus)
    digest = hashlib.sha256(data).hexdigest()
    observations, fact_ids, facts, issues = join(observations, issuer.entity.id, digest[:32])
    observations = [
        replace(o, candidates=matcher.candidates(o.label)) if o.concept is None and o.certain else o for o in observations
    ]
    findings.extend(issues)
    filed_at, filed_source = _filed_at(options.filed_at, issuer.filed)
    if not filed_at:
        findings.append(Issue("no-filing-date", "no dateline was found; pass --filed-at YYYY-MM-DD", name, "info"))
    info = DocumentInfo(
        digest[:32],
        options.document_id,
        document.media,
        document.encoding,
        digest,
        document.text,
        filed_at,
        filed_source,
        extractor_version(options),
        taxonomy.hash,
    )
    ledger = entries(document, observations, fact_ids, facts, grammar_of(taxonomy))
    return Report(info, issuer.entity, focus, tuple(observations), fact_ids, facts, tuple(tables), tuple(findings), ledger)


def extractor_version(options: ReadOptions) -> str:
    """What the store compares before it reads a source anew: the reader, and what it was told."""
    told = [f"entity={options.entity}"] * bool(options.entity) + [f"filed_at={options.filed_at}"] * bool(options.filed_at)
    return " ".join((EXTRACTOR_VERSION, *told))


def _index(taxonomy: Taxonomy, lexicon: Lexicon) -> AliasIndex:
    if taxonomy.hash not in _INDEXES:
        _INDEXES.clear()
        _INDEXES[taxonomy.hash] = AliasIndex(taxonomy, lexicon)
    return _INDEXES[taxonomy.hash]


def _filed_at(given: str, printed: date | None) -> tuple[str, str]:
    if given:
        return given, "option"
    return (printed.isoformat(), "dateline") if printed else ("", "")


# --- tables ---------------------------------------------------------------------------------------


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


def _read_tables(
    document: Document,
    taxonomy: Taxonomy,
    lexicon: Lexicon,
    matcher: Matcher,
    year_end: tuple[int, int] | None,
    findings: list[Issue],
) -> tuple[list[PrintedTable], list[Observation], TableContext | None]:
    laid = _laid_out(document, lexicon)
    if not laid:
        findings.append(Issue("no-statements", "no statements found: the document has no table with figures", document.name))
        return [], [], None
    paragraphs = ctx.running_text(document)
    told = " ".join([text for _, text in paragraphs])
    calendar = read_calendar(told, [said for table in laid for said in header_cells(table.headers)], lexicon, year_end)
    printed = {slot.figure.sign for table in laid for row in table.grid.rows for slot in row.slots if slot.figure}
    signs_of = ctx.bare_signs(told, printed, lexicon)
    translation = ctx.find_translation(paragraphs, lexicon)
    base = TableContext(document, "", None, "", signs_of, calendar, translation, taxonomy, lexicon, told=told)
    tables: list[PrintedTable] = []
    observations: list[Observation] = []
    before: Part | None = None
    last = base
    usual = _usual_currency(laid, base)
    for at, grid, headers in laid:
        about = ctx.above(document, at, lexicon)
        for part in parts(grid, headers, lexicon, before if _goes_on(grid, about, last, matcher) else None, about.heading):
            part_context = _context(base, part, about, last, matcher, usual)
            read = read_rows(part, part_context, matcher)
            counts.settle(read.drafts)
            signs.settle(read.drafts, matcher.index.relations, taxonomy, lexicon)
            tables.append(_printed(part, part_context, about, read, len(observations)))
            observations.extend(draft.observation for draft in read.drafts)
            findings.extend(_doubts(part, part_context, read))
            before, last = part, part_context
    if not any(o.certain for o in observations):
        findings.append(Issue("no-statements", "no statements found: no table could be read with certainty", document.name))
    return tables, observations, base


def _with_prose(
    tables: list[PrintedTable], observations: list[Observation], base: TableContext, matcher: Matcher, focus: Period
) -> tuple[list[PrintedTable], list[Observation]]:
    """The figures of running text among those of the tables, in document order."""
    document, lexicon = base.document, base.lexicon
    open_signs = {sign for sign in lexicon.bare if sign in document.text} - set(base.signs)
    named = canon(document.text) if open_signs else ""
    open_signs = {s for s in open_signs if not any(lexicon.currency_of[rival].within(named) for rival in lexicon.bare[s].rivals)}
    signs_of = {**base.signs, **ctx.bare_signs(base.told, open_signs, lexicon)}
    said = read_prose(document, base.taxonomy, lexicon, matcher, base.calendar, base.translation, signs_of, focus, observations)
    if not said:
        return tables, observations
    both = [*observations, *said]
    order = sorted(range(len(both)), key=lambda n: (both[n].place.line, both[n].place.column))
    moved = {old: new for new, old in enumerate(order)}
    shifted = [replace(table, rows=tuple(_moved(row, moved) for row in table.rows)) for table in tables]
    return shifted, [both[n] for n in order]


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
    scale = next((found for note in notes if (found := lexicon.scale(note))), about.scale)
    disputed = scale is not None and about.adjacent_scale is not None and scale.power != about.adjacent_scale.power
    goes_on = part.number > 1 or not part.own_header or not about.fresh
    if scale is None and goes_on:
        scale = last.scale
    statement = about.statement or (last.statement if not part.own_header else "")
    statement = statement or _vote(part.rows, matcher) or (last.statement if goes_on else "") or "operating"
    figures = [slot.figure for row in part.rows for slot in row.slots if slot.figure]
    percents = any(f.suffix == "%" for f in figures) and not any(f.sign for f in figures) and not any(h.said.currency for h in part.heads)
    guidance = statement == "guidance"
    context = replace(base, statement=statement, scale=scale, guidance=guidance, percents=percents, disputed=disputed, intro=about.intro)
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


def _printed(part: Part, context: TableContext, about: ctx.Above, read: PartRows, offset: int) -> PrintedTable:
    rows = tuple(_shifted(row, offset) for row in read.rows)
    scale = context.scale.text if context.scale else ""
    return PrintedTable(part.grid.number, part.number, context.statement, about.title, scale, read.columns, rows)


def _moved(row: Row, moved: Mapping[int, int]) -> Row:
    return replace(row, cells=tuple(None if cell is None else moved[cell] for cell in row.cells))


def _shifted(row: Row, offset: int) -> Row:
    return replace(row, cells=tuple(None if cell is None else cell + offset for cell in row.cells))


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
        Issue("not-certain", f"{name}: {count} figures are on the unresolved list: {reason}", first[reason])
        for reason, count in counts.items()
    ]


def _focus(observations: Sequence[Observation]) -> Period | None:
    """The period that the document is about: the latest end, then the shortest span."""
    spans = Counter(o.period for o in observations if o.period and o.period.start and o.scenario == "actual")
    if not spans:
        return None
    return max(spans, key=lambda p: (p.end, p.start or p.end))
