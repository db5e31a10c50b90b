"""The workbook: ``<document_id>.xlsx``, laid out by ``templates/workbook.yaml``.

Options: ``language`` (``en``, ``zh``) and ``layout`` (a file in the form of templates/workbook.yaml).
Statement sheets show what is printed, with the printed signs; Facts carries canonical signs and the
exact value as text, for Excel keeps 15 digits. Every formula carries its value, computed in Decimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporter.errors import Issue
from exporter.files import safe_name, write_atomic
from exporter.formats.xlsx import checking, lists, shapes, source
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.columns import GETTERS, used_concepts
from exporter.formats.xlsx.context import Context
from exporter.formats.xlsx.cover import Listed, write_cover
from exporter.formats.xlsx.layout import Layout, SheetSpec, load
from exporter.formats.xlsx.metrics import MetricsSheet, has_rows
from exporter.formats.xlsx.statement import StatementSheet, paginate
from exporter.model import STATEMENTS, Fact, PrintedTable, Report, Taxonomy

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

__all__ = ["export", "workbook"]

_LARGE = 20_000  # facts, from which on the parts of the workbook pass through temporary files
#: Sheets are written in this order, for later ones refer to cells of earlier ones; they stand in the order of the layout.
_ORDER = ("statement", "metrics", "checks", "facts", "dictionary", "unresolved", "source", "findings")


def export(report: Report, taxonomy: Taxonomy, out: Path, options: Mapping[str, str]) -> list[Path]:
    """Write the workbook of a report into the folder ``out``. Raises FormatError where it cannot."""
    path = Path(options["layout"]) if options.get("layout") else None
    layout = load(path, options.get("language", "en"))
    return [write_atomic(out / f"{safe_name(report.document.id)}.xlsx", workbook(report, taxonomy, layout))]


def workbook(report: Report, taxonomy: Taxonomy, layout: Layout) -> bytes:
    """The bytes of the workbook: equal for equal input."""
    context = Context(report, taxonomy, layout, Book(layout, len(report.facts) >= _LARGE))
    planned = [page for spec in layout.sheets for page in _pages(context, spec)]
    opened = [(page, *context.book.add(page.name, page.spec.tab)) for page in planned]
    _remember_places(context, opened)
    rows: dict[str, int] = {}
    for kind in _ORDER:
        for page, name, sheet in opened:
            if page.spec.kind == kind:
                rows[name] = _fill(context, page, name, sheet)
    listed = [Listed(name, layout.pick(page.spec.about), rows[name]) for page, name, _ in opened if name in rows]
    for page, name, sheet in opened:
        if page.spec.kind == "cover":
            write_cover(context, sheet, name, listed)
    title = f"{report.entity.name} — {report.document.id}"
    document = report.document
    context.book.properties(title, context.fiscal(report.period), f"From {document.id}, source SHA-256 {document.sha256}")
    return context.book.close()


class _Page:
    """One sheet to be: what it is of, and which part of it (``number`` from 1, where it does not fit one sheet)."""

    def __init__(self, context: Context, spec: SheetSpec, number: int, items: Sequence[Any], facts: Sequence[Fact] = ()) -> None:
        plain = context.layout.pick(spec.name)
        self.spec, self.number, self.items, self.facts = spec, number, items, facts
        self.name = plain if number == 1 else context.layout.word("continued", name=plain[:24], number=number)


def _pages(context: Context, spec: SheetSpec) -> Iterator[_Page]:
    """The sheets that a line of the layout asks for: none, one, or as many as its rows need."""
    if spec.kind == "cover":
        yield _Page(context, spec, 1, ())
    elif spec.kind == "metrics":
        if has_rows(context, spec) or not spec.optional:
            yield _Page(context, spec, 1, ())
    elif spec.kind == "statement":
        tables, facts = _tables(context.report, spec), _text_facts(context.report, spec)
        if tables or facts or not spec.optional:
            yield from _statement_pages(context, spec, tables, facts)
    else:
        for number, items in enumerate(lists.parts(_rows(context, spec), context.layout.rows_per_sheet), 1):
            yield _Page(context, spec, number, items)


def _statement_pages(context: Context, spec: SheetSpec, tables: Sequence[PrintedTable], facts: Sequence[Fact]) -> Iterator[_Page]:
    """The tables, and under the last of them the figures in the text; where those are too many, on sheets of their own."""
    limit = context.layout.rows_per_sheet
    step = limit // 2
    lots: list[tuple[Sequence[PrintedTable], Sequence[Fact]]] = [(lot, ()) for lot in paginate(tables, limit - min(len(facts), step) - 12)]
    chunks = [facts[start : start + step] for start in range(0, len(facts), step)]
    if len(chunks) == 1:
        lots[-1] = (lots[-1][0], chunks[0])
    else:
        lots.extend(((), chunk) for chunk in chunks)
    for number, (lot, chunk) in enumerate(lots, 1):
        yield _Page(context, spec, number, lot, chunk)


def _tables(report: Report, spec: SheetSpec) -> list[PrintedTable]:
    if spec.statement:
        return [table for table in report.tables if table.statement == spec.statement]
    return [table for table in report.tables if table.statement not in STATEMENTS]


def _text_facts(report: Report, spec: SheetSpec) -> list[Fact]:
    """The facts of a statement that no table prints."""
    if not spec.prose:
        return []
    printed = {fact_id for figure, fact_id in zip(report.observations, report.fact_ids, strict=True) if figure.place.table is not None}
    return [fact for fact in report.facts if fact.statement == spec.statement and fact.fact_id not in printed]


def _rows(context: Context, spec: SheetSpec) -> Sequence[Any]:
    report = context.report
    if spec.kind == "facts":
        return report.facts
    if spec.kind == "dictionary":
        return used_concepts(context)
    if spec.kind == "unresolved":
        return [index for index, fact_id in enumerate(report.fact_ids) if fact_id is None]
    if spec.kind == "checks":
        return checking.results_to_show(context)
    if spec.kind == "source":
        return list(enumerate(source.pieces(report.document)))
    return report.findings


def _remember_places(context: Context, opened: Sequence[tuple[_Page, str, Worksheet]]) -> None:
    """Where the cover, each unresolved figure and each line of the text stand, so that other sheets can link to them."""
    for page, _, _ in opened:
        if page.number > 1:
            context.continued[context.layout.pick(page.spec.name)] = page.number
    pieces: list[source.Piece] = []
    rows: list[tuple[str, int]] = []
    kinds = {page.spec.kind for page, _, _ in opened}
    for page, name, _ in opened:
        if page.spec.kind == "cover":
            context.cover = name
        if page.spec.kind == "unresolved":
            for row, index in enumerate(page.items, lists.HEAD + 1):
                context.places[index] = f"{shapes.quoted(name)}!A{row}"
        if page.spec.kind == "source":
            pieces.extend(piece for _, piece in page.items)
            rows.extend((name, row) for row in range(lists.HEAD, lists.HEAD + len(page.items)))
    if rows:
        report = context.report
        context.source_pieces = tuple(source.rows_of(pieces, report.observations, report.document.media))
        context.source_rows = tuple(rows[piece] for piece in context.source_pieces)
    context.failing = checking.failing(context)
    verdicts = any(column.field == "verdict" for column in context.layout.columns_of("checks"))
    context.failing_cell = "failing_checks" if {"cover", "checks"} <= kinds and verdicts else ""
    context.cover = context.cover or opened[0][1]


def _limits(context: Context) -> Iterator[Issue]:
    """What Excel's limits have changed: sheets that go on in others, and figures without a link."""
    for name, number in context.continued.items():
        message = context.layout.word("split", name=name, count=number, rows=f"{context.layout.rows_per_sheet:,}")
        yield Issue("sheet-continued", message, "", "info")
    if context.book.unlinked:
        message = context.layout.word("unlinked", count=f"{context.book.unlinked:,}", limit=f"{shapes.MAX_LINKS:,}")
        yield Issue("links-left-out", message, "", "info")


def _fill(context: Context, page: _Page, name: str, sheet: Worksheet) -> int:
    """Write one sheet; how many rows of data it holds."""
    kind, items, layout = page.spec.kind, page.items, context.layout
    if kind == "statement":
        statement = StatementSheet(context, page.spec, name, sheet)
        statement.write(items, page.facts)
        return statement.rows_written
    if kind == "metrics":
        return MetricsSheet(context, page.spec, name, sheet).write()
    about = layout.pick(page.spec.about)
    table = kind.capitalize() + (f"_{page.number}" if page.number > 1 else "")
    if kind == "checks":
        items = [*items, *(context.sums if page.number == 1 else ())]
        cells = checking.verdicts(context, name, len(items))
        context.check_ranges.append(cells)
        checking.colour(context, sheet, cells)
        lists.write_list(context, kind, sheet, table, items, checking.Rows(context, items).getters(), about)
        return len(items)
    if kind == "unresolved":
        items = [context.report.observations[index] for index in items]
    if kind == "findings" and page.number == 1:
        items = [*items, *context.remarks, *_limits(context)]
    lists.write_list(context, kind, sheet, table, items, GETTERS[kind](context), about)
    return len(items)
