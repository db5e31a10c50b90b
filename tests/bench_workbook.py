"""The workbook beside XlsxWriter: the same cells, formats, notes, links, tables and charts, written by a plain program.

``copy_of`` reads a finished workbook into a list of cells; ``write_copy`` writes them as anybody would who uses XlsxWriter
and has nothing else to do: no text to clean, no width to fit, no sum to find. The large selection is compared with
XlsxWriter's own constant-memory mode, each in a process of its own, with its peak of memory.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from exporter.checks import checked
from exporter.formats.xlsx import workbook
from exporter.formats.xlsx.layout import load
from exporter.model import Aspects, Fact, Period, Report, Taxonomy

ROOT = Path(__file__).resolve().parents[1]
FACTS, COLUMNS = 200_000, 12


@dataclass
class SheetCopy:
    """What a sheet holds: cells ``(row, column, kind, value, cached, format)``, and what stands beside them."""

    name: str
    cells: list[tuple[int, int, str, Any, Any, int]]
    links: list[tuple[int, int, str]]
    notes: list[tuple[int, int, str]]
    widths: list[tuple[int, int, float]]
    heights: list[tuple[int, float]]
    table: tuple[int, int, int, int, list[str]] | None
    freeze: tuple[int, int]
    charts: int


def copy_of(data: bytes) -> tuple[list[SheetCopy], list[dict[str, Any]], list[tuple[str, str]]]:
    """The sheets of a workbook, its formats as XlsxWriter's properties, and its names."""
    book, values = openpyxl.load_workbook(io.BytesIO(data)), openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        charts = sum("xl/charts/chart" in name for name in package.namelist())
    formats: dict[tuple[Any, ...], int] = {}
    sheets = []
    for sheet in book.worksheets:
        cells, links, notes = [], [], []
        for row in sheet.iter_rows():
            for cell in row:
                at = cell.row - 1, cell.column - 1
                if cell.comment:
                    notes.append((*at, cell.comment.text))
                if cell.hyperlink:
                    links.append((*at, cell.hyperlink.location))
                if cell.value is None and not cell.has_style:
                    continue
                made = formats.setdefault(look(cell), len(formats))
                cells.append((*at, cell.data_type, cell.value, values[sheet.title][cell.coordinate].value, made))
        widths = [(item.min - 1, item.max - 1, item.width) for item in sheet.column_dimensions.values() if item.width]
        heights = [(row - 1, item.height) for row, item in sheet.row_dimensions.items() if item.height]
        table = None
        for found in sheet.tables.values():
            first, last = found.ref.split(":")
            (top, left), (bottom, right) = (openpyxl.utils.cell.coordinate_to_tuple(one) for one in (first, last))
            table = (top - 1, left - 1, bottom - 1, right - 1, [column.name for column in found.tableColumns])
        pane = openpyxl.utils.cell.coordinate_to_tuple(sheet.freeze_panes) if sheet.freeze_panes else (1, 1)
        drawn = charts if sheet._charts else 0
        sheets.append(SheetCopy(sheet.title, cells, links, notes, widths, heights, table, (pane[0] - 1, pane[1] - 1), drawn))
    names = [(name, found.attr_text) for name, found in book.defined_names.items()]
    return sheets, [dict(key) for key in formats], names


def look(cell: Any) -> tuple[tuple[str, Any], ...]:
    font = cell.font
    found: dict[str, Any] = {"font_name": font.name, "font_size": font.sz, "bold": bool(font.b), "num_format": cell.number_format}
    if cell.font.color and cell.font.color.rgb and isinstance(cell.font.color.rgb, str):
        found["font_color"] = "#" + cell.font.color.rgb[2:]
    if cell.fill.fill_type == "solid":
        found["bg_color"] = "#" + cell.fill.fgColor.rgb[2:]
    if cell.alignment.horizontal in ("left", "right", "center"):
        found["align"] = cell.alignment.horizontal
    found |= {"text_wrap": bool(cell.alignment.wrap_text), "indent": int(cell.alignment.indent or 0)}
    if cell.border.bottom and cell.border.bottom.style:
        found["bottom"] = 1
    return tuple(sorted(found.items()))


def write_copy(sheets: list[SheetCopy], properties: list[dict[str, Any]], names: list[tuple[str, str]]) -> int:
    """Write the copy with XlsxWriter alone."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    formats = [book.add_format(one) for one in properties]
    for copy in sheets:
        sheet = book.add_worksheet(copy.name)
        sheet.hide_gridlines(2)
        for first, last, width in copy.widths:
            sheet.set_column(first, last, width)
        for row, height in copy.heights:
            sheet.set_row(row, height)
        for row, column, target in copy.links:
            sheet.write_url(row, column, f"internal:{target}")
        write_cells(sheet, copy.cells, formats)
        for row, column, text in copy.notes:
            sheet.write_comment(row, column, text, {"width": 270, "height": 92, "author": "exporter"})
        if copy.table:
            *place, titles = copy.table
            sheet.add_table(*place, {"columns": [{"header": title} for title in titles], "style": None})
        sheet.freeze_panes(*copy.freeze)
        for number in range(copy.charts):
            sheet.insert_chart(50 + number // 2 * 15, number % 2 * 3, plain_chart(book, copy.name))
    for name, target in names:
        book.define_name(name, target)
    book.close()
    return len(buffer.getvalue())


def write_cells(sheet: Any, cells: list[tuple[int, int, str, Any, Any, int]], formats: list[Any]) -> None:
    for row, column, kind, value, cached, made in cells:
        if kind == "f":
            sheet.write_formula(row, column, value, formats[made], cached)
        elif value is None:
            sheet.write_blank(row, column, None, formats[made])
        elif kind == "n":
            sheet.write_number(row, column, value, formats[made])
        elif kind == "d":
            sheet.write_datetime(row, column, value, formats[made])
        else:
            sheet.write_string(row, column, value, formats[made])


def plain_chart(book: Any, name: str) -> Any:
    chart = book.add_chart({"type": "column"})
    for row in (9, 11):
        chart.add_series({"name": [name, row, 0], "categories": [name, 4, 3, 4, 5], "values": [name, row, 3, row, 5]})
    return chart


def ratio(report: Report, taxonomy: Taxonomy, runs: int = 15) -> tuple[float, float]:
    """Best CPU milliseconds of our workbook and of the plain program, taken in turn so that both see the same machine."""
    layout = load()
    copy = copy_of(workbook(report, taxonomy, layout))
    write_copy(*copy)
    ours, plain = [], []
    for _ in range(runs):
        for found, work in ((ours, lambda: workbook(report, taxonomy, layout)), (plain, lambda: write_copy(*copy))):
            start = time.process_time()
            work()
            found.append((time.process_time() - start) * 1000)
    return min(ours), min(plain)


# --- the large selection ----------------------------------------------------------------------------


def many(report: Report) -> Report:
    """A report of 200,000 facts: those of ``report`` again and again, each with its own ID and value."""
    from datetime import date
    from decimal import Decimal

    names = list(dict.fromkeys(fact.aspects.concept for fact in report.facts))
    periods = [Period(date(1990 + year, 12, 31), date(1990 + year, 1, 1)) for year in range(40)]
    place = report.facts[0].place
    facts = []
    for number in range(FACTS):
        aspects = Aspects(report.entity.id, names[number % len(names)], periods[number // len(names) % 40], "iso4217:CNY")
        value = Decimal(number * 7919 % 10**9) * 1000
        facts.append(Fact(f"{number:032x}", "s", aspects, "A label as printed", "income_statement", place, value, decimals=-3))
    return replace(report, facts=tuple(facts), observations=(), fact_ids=(), tables=(), findings=(), checks=report.checks[:1])


FIELDS = (
    "concept_id", "label", "period_start", "period_end", "fiscal_period", "unit_id", "value", "value_exact", "decimals",
    "printed_statement", "label_as_reported", "fact_id",
)  # fmt: skip


def facts_only() -> Any:
    """The layout with one sheet, Facts, of twelve columns."""
    layout = load()
    columns = tuple(column for column in layout.columns["facts"] if column.field in FIELDS)
    return replace(layout, sheets=tuple(one for one in layout.sheets if one.kind == "facts"), columns={**layout.columns, "facts": columns})


def large(kind: str) -> None:
    """Write the large selection; print CPU seconds of the writing alone, and the peak of the process in MB."""
    from exporter.ingest.resolve import ReadOptions, read_report
    from exporter.taxonomy import load as taxonomy_of

    taxonomy = taxonomy_of()
    sample = next((ROOT / "exporter" / "samples").glob("*.txt"))
    report = many(checked(read_report(sample.read_bytes(), sample.name, taxonomy, ReadOptions(document_id="large")), taxonomy))
    layout = facts_only()
    start = time.process_time()
    size = len(workbook(report, taxonomy, layout)) if kind == "ours" else constant_memory(report, taxonomy)
    seconds = time.process_time() - start
    # Not ru_maxrss: a child begins with its parent's, which is large here.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(f"{seconds:.2f} {int(peak.split()[1]) // 1024} {size}")


def constant_memory(report: Report, taxonomy: Taxonomy) -> int:
    """The same twelve columns by XlsxWriter's constant-memory mode: values as they are, no widths, no table (it has none)."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    sheet = book.add_worksheet("Facts")
    day, number = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0"})
    sheet.write_row(0, 0, FIELDS)
    for row, fact in enumerate(report.facts, 1):
        aspects = fact.aspects
        sheet.write_string(row, 0, aspects.concept)
        sheet.write_string(row, 1, taxonomy.concepts[aspects.concept].label("en"))
        sheet.write_datetime(row, 2, aspects.period.start, day)
        sheet.write_datetime(row, 3, aspects.period.end, day)
        sheet.write_string(row, 4, f"{aspects.period.end.year}FY")
        sheet.write_string(row, 5, aspects.unit)
        sheet.write_number(row, 6, fact.value, number)
        sheet.write_string(row, 7, str(fact.value))
        sheet.write_number(row, 8, fact.decimals)
        sheet.write_string(row, 9, fact.statement)
        sheet.write_string(row, 10, fact.label)
        sheet.write_string(row, 11, fact.fact_id)
    book.close()
    return len(buffer.getvalue())


def compare_large() -> list[tuple[str, float, int]]:
    """Both, each in its own process: CPU seconds and peak MB."""
    found = []
    for kind in ("ours", "XlsxWriter, constant memory"):
        done = subprocess.run([sys.executable, __file__, kind], capture_output=True, text=True, cwd=ROOT, check=True)
        seconds, peak, _ = done.stdout.split()
        found.append((kind, float(seconds), int(peak)))
    return found


def show(report: Report, taxonomy: Taxonomy) -> None:
    """The lines of `make bench`."""
    ours, plain = ratio(report, taxonomy)
    peer = f"{ours / plain:5.2f} x XlsxWriter, the same workbook (aim 1.15)"
    print(f"{'report workbook':44} best {ours:7.1f} ms {'':20} aim   150 ms  {peer}")
    (_, mine, peak), (_, theirs, other) = compare_large()
    print(
        f"{f'{FACTS:,} facts x {COLUMNS} columns':44} {mine:6.2f} s, peak {peak} MB (aim 300)   "
        f"{mine / theirs:5.2f} x XlsxWriter, constant memory ({theirs:.2f} s, {other} MB; aim 1.00)"
    )


if __name__ == "__main__":
    large("ours" if sys.argv[1:] == ["ours"] else "plain")
