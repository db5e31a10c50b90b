"""The workbook: ``<document_id>.xlsx``, laid out by ``templates/workbook.yaml``.

Options: ``language`` (``en``, ``zh``) and ``layout`` (a file in the form of templates/workbook.yaml).
Statement sheets show what is printed, with the printed signs; Facts carries canonical signs and the
exact value as text, for Excel keeps 15 digits. Every formula carries its value, computed in Decimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporter.files import safe_name, write_atomic
from exporter.formats.xlsx import lists, shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.context import Context
from exporter.formats.xlsx.cover import Listed, write_cover
from exporter.formats.xlsx.layout import Layout, SheetSpec, load
from exporter.formats.xlsx.statement import StatementSheet, paginate
from exporter.model import STATEMENTS, Fact, PrintedTable, Report, Taxonomy

if TYPE_CHECKING:
    from exporter.formats.xlsx.book import Worksheet

__all__ = ["export", "workbook"]


def export(report: Report, taxonomy: Taxonomy, out: Path, options: Mapping[str, str]) -> list[Path]:
    """Write the workbook of a report into the folder ``out``. Raises FormatError where it cannot."""
    path = Path(options["layout"]) if options.get("layout") else None
    layout = load(path, options.get("language", "en"))
    return [write_atomic(out / f"{safe_name(report.document.id)}.xlsx", workbook(report, taxonomy, layout))]


def workbook(report: Report, taxonomy: Taxonomy, layout: Layout) -> bytes:
    """The bytes of the workbook: equal for equal input."""
    context = Context(report, taxonomy, layout, Book(layout))
    planned = [page for spec in layout.sheets for page in _pages(context, spec)]
    opened = [(page, *context.book.add(page.name, page.spec.tab)) for page in planned]
    _remember_places(context, opened)
    listed: list[Listed] = []
    for page, name, sheet in opened:
        if page.spec.kind != "cover":
            listed.append(Listed(name, layout.pick(page.spec.about), _fill(context, page, name, sheet)))
    for page, _, sheet in opened:
        if page.spec.kind == "cover":
            write_cover(context, sheet, listed)
    _properties(context)
    return context.book.close()


class _Page:
    """One sheet to be: what it is of, and which part of it (``number`` from 1, where it does not fit one sheet)."""

    def __init__(self, context: Context, spec: SheetSpec, number: int, items: Sequence[Any], facts: Sequence[Fact] = ()) -> None:
        plain = context.layout.pick(spec.name)
        self.spec, self.number, self.items, self.facts = spec, number, items, facts
        self.name = plain if number == 1 else context.layout.word("continued", name=plain[:24], number=number)


def _pages(context: Context, spec: SheetSpec) -> Iterator[_Page]:
    """The sheets that a line of the layout asks for: none, one, or as many as its rows need."""
    limit = context.layout.rows_per_sheet
    if spec.kind == "cover":
        yield _Page(context, spec, 1, ())
    elif spec.kind == "statement":
        tables, facts = _tables(context.report, spec), _text_facts(context.report, spec)
        if not tables and not facts and spec.optional:
            return
        yield from _statement_pages(context, spec, tables, facts)
    else:
        rows = _rows(context, spec)
        step = max(limit - lists.HEAD, 1)
        for number, start in enumerate(range(0, max(len(rows), 1), step), 1):
            yield _Page(context, spec, number, rows[start : start + step])


def _statement_pages(context: Context, spec: SheetSpec, tables: Sequence[PrintedTable], facts: Sequence[Fact]) -> Iterator[_Page]:
    """The tables, and under the last of them the figures in the text; where those are too many, on sheets of their own."""
    limit = context.layout.rows_per_sheet
    step = limit // 2
    lots: list[tuple[Sequence[PrintedTable], Sequence[Fact]]] = [(lot, ()) for lot in paginate(tables, limit - min(len(facts), step) - 4)]
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
        return lists.used_concepts(context)
    if spec.kind == "unresolved":
        return [index for index, fact_id in enumerate(report.fact_ids) if fact_id is None]
    if spec.kind == "checks":
        return lists.checks_in_order(context)
    return report.findings


def _remember_places(context: Context, opened: Sequence[tuple[_Page, str, Worksheet]]) -> None:
    """Where the cover and each unresolved figure stand, so that other sheets can link to them."""
    for page, name, _ in opened:
        if page.spec.kind == "cover":
            context.cover = name
        if page.spec.kind == "unresolved":
            for row, index in enumerate(page.items, lists.HEAD + 1):
                context.places[index] = f"{shapes.quoted(name)}!A{row}"
    context.cover = context.cover or opened[0][1]


def _fill(context: Context, page: _Page, name: str, sheet: Worksheet) -> int:
    """Write one sheet; how many rows of data it holds."""
    kind, items = page.spec.kind, page.items
    if kind == "statement":
        writer = StatementSheet(context, page.spec, name, sheet)
        writer.write(items, page.facts)
        return writer.rows_written
    if kind == "unresolved":
        items = [context.report.observations[index] for index in items]
    if kind == "findings" and page.number == 1:
        items = [*items, *context.remarks]
    getters = lists.GETTERS[kind](context)
    table = kind.capitalize() + (f"_{page.number}" if page.number > 1 else "")
    lists.write_list(context, kind, sheet, table, items, getters, context.layout.pick(page.spec.about))
    return len(items)


def _properties(context: Context) -> None:
    report = context.report
    title = f"{report.entity.name} — {report.document.id}"
    context.book.properties(title, context.fiscal(report.period), f"From {report.document.id}, source SHA-256 {report.document.sha256}")
