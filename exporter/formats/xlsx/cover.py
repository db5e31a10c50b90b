"""The cover: who reports what, which sheets there are, and how to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from exporter.checks import counts
from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.context import Context
from exporter.formats.xlsx.head import master_check

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

_WIDE = 100  # characters of the column of texts


@dataclass(frozen=True, slots=True)
class Listed:
    """A sheet as the cover lists it."""

    name: str
    about: str
    rows: int


def write_cover(context: Context, sheet: Worksheet, name: str, listed: Sequence[Listed]) -> None:
    """Write the cover, the sheet ``name``; ``listed`` are the other sheets in order."""
    book = context.book
    sheet.set_column(0, 0, 27)
    sheet.set_column(1, 1, _WIDE)
    sheet.set_column(2, 2, 10)
    book.text(sheet, 0, 0, context.report.entity.name, "title")
    sheet.set_row(0, 26)
    book.text(sheet, 1, 0, _counts(context), "subtitle")
    master_check(context, sheet, 2, 0)
    row = _pairs(context, sheet, 4)
    row = _checks(context, sheet, name, row + 1)
    row = _index(context, sheet, row + 1, listed)
    _legend(context, sheet, row + 1)
    book.print_setup(sheet, context.footer(), 0, -1, 1)
    sheet.freeze_panes(3, 0)
    sheet.activate()


def _counts(context: Context) -> str:
    report = context.report
    lost = sum(fact_id is None for fact_id in report.fact_ids)
    return context.layout.word(
        "counts",
        facts=f"{len(report.facts):,}",
        figures=f"{len(report.observations):,}",
        unresolved=f"{lost:,}",
        findings=f"{len(report.findings) + len(context.remarks):,}",
    )


def _pairs(context: Context, sheet: Worksheet, row: int) -> int:
    book, word = context.book, context.layout.word
    _band(context, sheet, row, ("document", "", ""))
    for name, text in ((name, text) for name, text in _facts_of_document(context) if text):
        row += 1
        book.text(sheet, row, 0, word(name), "key")
        book.text(sheet, row, 1, text, "plain")
    return row + 1


def _facts_of_document(context: Context) -> list[tuple[str, str]]:
    report, entity, document = context.report, context.report.entity, context.report.document
    period = report.period
    dates = "" if period is None else period.end.isoformat() if period.start is None else f"{period.start} – {period.end}"
    label = context.fiscal(period)
    others = [f"{key} {value}" for key, value in entity.identifiers.items() if f"{key}:{value}" != entity.id]
    return [
        ("document", document.id),
        ("issuer", entity.name),
        ("identifiers", ", ".join([entity.id, *others])),
        ("period_covered", " · ".join(dict.fromkeys(filter(None, (label, dates))))),
        ("filed", document.filed_at),
        ("accounting", entity.accounting),
        ("currency", entity.currency),
        ("source_hash", document.sha256),
        ("versions", "; ".join(filter(None, (document.extractor_version, document.taxonomy_hash[:16])))),
    ]


def _checks(context: Context, sheet: Worksheet, name: str, row: int) -> int:
    """How many relations there are of each verdict. Those that fail are counted live: the master check of every sheet is this cell."""
    book, layout = context.book, context.layout
    _band(context, sheet, row, ("checks", "", "number"))
    whole = book.format("count", "#,##0")
    found = counts(context.results)
    live = sum(one.live for one in context.sums)
    for verdict in ("exact", "within_rounding", "fails", "not_checkable"):
        row += 1
        book.text(sheet, row, 0, layout.word(f"verdict_{verdict}"), "plain")
        book.text(sheet, row, 1, layout.word(f"about_{verdict}"), "plain")
        ranges = [cells for cells in context.check_ranges if cells] if verdict == "fails" and context.failing_cell else []
        if ranges:
            sign = shapes.literal(layout.word("verdict_fails")[:1] + "*")
            formula = "=" + "+".join(f"COUNTIF({cells},{sign})" for cells in ranges)
            book.formula(sheet, row, 2, formula, Decimal(context.failing), book.format("linked", "#,##0"))
            book.name(context.failing_cell, f"{shapes.quoted(name)}!$C${row + 1}")
        else:
            sheet.write_number(row, 2, found[verdict], whole)
    if live:
        row += 1
        book.text(sheet, row, 0, layout.word("live_sums"), "plain")
        book.text(sheet, row, 1, layout.word("about_live_sums"), "plain")
        sheet.write_number(row, 2, live, whole)
    return row + 1


def _band(context: Context, sheet: Worksheet, row: int, words: Sequence[str]) -> None:
    for column, word in enumerate(words):
        style = "list_header_right" if column == 2 else "list_header"
        context.book.text(sheet, row, column, context.layout.word(word) if word else "", style)


def _index(context: Context, sheet: Worksheet, row: int, listed: Sequence[Listed]) -> int:
    book = context.book
    _band(context, sheet, row, ("sheet", "contents", "rows"))
    whole = book.format("count", "#,##0")
    for item in listed:
        row += 1
        book.link(sheet, row, 0, f"{shapes.quoted(item.name)}!A1", item.name)
        book.text(sheet, row, 1, item.about, "plain")
        sheet.write_number(row, 2, item.rows, whole)
    return row + 1


def _legend(context: Context, sheet: Worksheet, row: int) -> None:
    book, layout = context.book, context.layout
    _band(context, sheet, row, ("legend", "", ""))
    for line in layout.legend:
        row += 1
        if isinstance(line.sample, int):
            book.number(sheet, row, 0, Decimal(line.sample), book.format(line.style, shapes.number_format(0, 0, False)))
        else:
            book.text(sheet, row, 0, line.sample, line.style)
        text = layout.pick(line.text)
        book.text(sheet, row, 1, text, "legend")
        sheet.set_row(row, 15 * -(-(shapes.text_width(text) + 2) // _WIDE))
