"""The statement sheets: every printed row, headers and signs as printed, sums live where they hold.

A sheet holds the tables of one statement, stacked. Each table keeps its own header, and where there
are several the frozen pane holds no header, for it would stand over figures of another period.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from exporter.errors import Issue
from exporter.formats.xlsx import prose, shapes, sums
from exporter.formats.xlsx.context import CellAt, Context, LiveSum, fitted
from exporter.formats.xlsx.head import LINE, PERIOD_ROWS, TOP, Block, Head, caption_of, day_of, levels_of, plan, top_of
from exporter.formats.xlsx.layout import ColumnSpec, SheetSpec
from exporter.formats.xlsx.ranges import write_ranges
from exporter.model import Fact, Observation, PrintedTable, Row

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

_MAX_COLUMNS = 16_000
_SHORT = 2  # how many differences a note spells out


def paginate(tables: Sequence[PrintedTable], limit: int) -> list[list[PrintedTable]]:
    """Tables in lots that fit a sheet of ``limit`` rows; a longer or wider table is cut into several."""
    lots: list[list[PrintedTable]] = [[]]
    used = TOP
    for table in (piece for whole in tables for piece in _pieces(whole, limit // 2)):
        need = len(table.rows) + levels_of(table) + PERIOD_ROWS + 3
        if used + need > limit and lots[-1]:
            lots.append([])
            used = TOP
        lots[-1].append(table)
        used += need
    return lots


def _pieces(table: PrintedTable, rows: int) -> Iterator[PrintedTable]:
    for left in range(0, max(len(table.columns), 1), _MAX_COLUMNS):
        cut = slice(left, left + _MAX_COLUMNS)
        narrow = table if len(table.columns) <= _MAX_COLUMNS else replace(table, columns=table.columns[cut])
        for top in range(0, max(len(table.rows), 1), rows):
            lines = table.rows[top : top + rows]
            if narrow is not table:
                lines = tuple(replace(row, cells=row.cells[cut]) for row in lines)
            yield replace(narrow, rows=lines)


class StatementSheet:
    """Writes one statement sheet. Columns come from the layout; ``periods`` stands for all printed columns."""

    def __init__(self, context: Context, spec: SheetSpec, name: str, sheet: Worksheet) -> None:
        self.context, self.spec, self.name, self.sheet = context, spec, name, sheet
        self.book, self.layout = context.book, context.layout
        self.rows_written = 0
        self._widths: dict[str, list[int]] = {}
        self._lines: dict[int, int] = {}
        self._by_row: dict[int, dict[int, Observation]] = {}
        self._figures = prose.figures_of(context)
        self._ways = sums.calculations(context.taxonomy, spec.statement)

    def write(self, tables: Sequence[PrintedTable], facts: Sequence[Fact]) -> None:
        """Write the tables and the facts that stand in the text only: beside them, under them, and ranges last."""
        shown, ranges = self._with_text(tables, facts)
        self._printed = max((len(table.columns) for table in tables), default=0), len(tables)
        wide = max((len(table.columns) for table in shown), default=0)
        self._place_columns(max(wide, 4 if ranges else 0))
        subtitle = self._subtitle(tables)
        blocks = plan(shown, subtitle)
        self._cells = self._collect(blocks)
        self._sums = {column: self._sound(column, sums.find(cells, self._ways)) for column, cells in self._cells.items()}
        self._terms = {term for found in self._sums.values() for one in found.values() for term, _ in one.terms}
        self._filled = {column: {cell.row for cell in cells} for column, cells in self._cells.items()}
        self._measure(blocks)
        title = f"{self.context.report.entity.name} — {self.layout.pick(self.spec.name)}"
        top_of(self.context, self.sheet, title, subtitle)
        head = Head(self.context, self.sheet, self.columns, self._specs, self._width, self._period_width)
        for block in blocks:
            head.write(block)
            for offset, row in enumerate(block.table.rows):
                self._row(block, block.body + offset, row)
            self.rows_written += len(block.table.rows)
        end = blocks[-1].body + len(blocks[-1].table.rows) + 1 if blocks else TOP
        if ranges:
            write_ranges(self, head, end, ranges)
        self._define(blocks)
        self._finish(blocks, ranges)

    # --- plan -----------------------------------------------------------------------------------

    def _with_text(self, tables: Sequence[PrintedTable], facts: Sequence[Fact]) -> tuple[list[PrintedTable], list[Fact]]:
        """The tables with the figures of the text, and the facts that are ranges."""
        ranges = [fact for fact in facts if prose.is_range(fact)]
        points = [fact for fact in facts if not prose.is_range(fact)]
        shown = list(tables)
        if len(shown) == 1 and points:
            shown[0] = prose.joined(self.context, shown[0], points, self._figures)
        elif points:
            shown.append(prose.as_table(self.context, points, self.spec.statement, self._figures))
        return shown, ranges

    def _place_columns(self, periods: int) -> None:
        """Where each column of the layout stands, ``periods`` columns for the printed ones."""
        self.columns: dict[str, int] = {}
        self._specs: dict[str, ColumnSpec] = {}
        self._wide = periods
        position = 0
        for column in self.layout.columns_of("statement"):
            self.columns[column.field], self._specs[column.field] = position, column
            position += periods if column.field == "periods" else 1
        self._width = position

    def _sound(self, column: int, found: dict[int, sums.Sum]) -> dict[int, sums.Sum]:
        """Without the sums of figures of the text that do not come out: those are rounded, and seldom all there."""
        columns, tables = self._printed
        lines = {cell.row: cell.block < tables and cell.figure.place.table is not None for cell in self._cells[column]}
        return {row: one for row, one in found.items() if not one.off or (column < columns and lines[row])}

    def _collect(self, blocks: Sequence[Block]) -> dict[int, list[sums.Cell]]:
        cells: dict[int, list[sums.Cell]] = {}
        for block in blocks:
            for offset, row in enumerate(block.table.rows):
                for column, index in enumerate(row.cells):
                    if index is None:
                        continue
                    figure = self._figures.shown[index]
                    if figure.printed is not None and figure.kind == "numeric":
                        cells.setdefault(column, []).append(sums.Cell(block.body + offset, block.number, figure))
        return cells

    def _measure(self, blocks: Sequence[Block]) -> None:
        """The common width of all printed columns: the longest figure or short header."""
        spec = self._specs["periods"]
        found = [self._length(cell.figure) for cells in self._cells.values() for cell in cells]
        for block in blocks:
            for column in block.table.columns:
                found.extend(shapes.text_width(text, True) for text in column.headers if len(text) <= 18)
                found.append(shapes.text_width(f"{self.context.fiscal(column.period)} · {column.currency or ''}"[:18], True))
            found.extend(len(text) + 2 for row in block.table.rows for text in row.texts.values())
        self._period_width = spec.width or fitted(found, spec.min, spec.max)

    def _length(self, figure: Observation) -> int:
        value = figure.printed or Decimal(0)
        return shapes.shown_length(value, self._decimals(figure), figure.scale, self.context.percent(figure))

    @staticmethod
    def _decimals(figure: Observation) -> int:
        return shapes.places_of(figure.printed or Decimal(0)) if figure.decimals is None else figure.decimals

    def _subtitle(self, tables: Sequence[PrintedTable]) -> str:
        """The printed title and scale, where all tables have the same; else what the layout says of the sheet."""
        captions = dict.fromkeys(filter(None, map(caption_of, tables)))
        return next(iter(captions)) if len(captions) == 1 else self.layout.pick(self.spec.about)

    # --- rows -----------------------------------------------------------------------------------

    def _row(self, block: Block, at: int, row: Row) -> None:
        figures = [(column, index) for column, index in enumerate(row.cells) if index is not None]
        total = next((found for column, _ in figures if (found := self._sums[column].get(at) if column in self._sums else None)), None)
        rule = self._rule(at, total)
        style = "heading" if row.heading else "total" if total else "label"
        self._label(at, row, style)
        plain = [figure for _, index in figures if not self.context.percent(figure := self._figures.shown[index])]
        scale = min((shapes.shown_scale(figure.scale) for figure in plain), default=0)
        for column, index in figures:
            self._figure(at, column, index, rule, scale, bold=bool(total))
        for column, text in row.texts.items():
            place = self._position(block.table, column)
            if place is not None and (place >= len(row.cells) or row.cells[place] is None):
                self.book.text(self.sheet, at, self.columns["periods"] + place, text, "not_a_figure", rule=rule)
        if row.concept and "concept_id" in self.columns:
            self.put(at, "concept_id", row.concept, "identifier")
        if row.concept and self.context.label(row.concept) != row.label:
            self.put(at, "name", self.context.label(row.concept), "identifier")
        if figures:
            first = plain[0] if plain else self._figures.shown[figures[0][1]]
            monies = {(figure.unit or "").partition("/")[0] for figure in plain}
            self.put(at, "unit", self.context.unit(first.unit or "", self.context.percent(first), scale, len(monies) == 1), "unit")
            self._notes(block, at, row, figures)
        if "line" in self.columns and row.line:
            self.sheet.write_number(at, self.columns["line"], row.line, self.book.format("line"))

    @staticmethod
    def _position(table: PrintedTable, number: int) -> int | None:
        return next((place for place, column in enumerate(table.columns) if column.number == number), None)

    def _rule(self, at: int, total: sums.Sum | None) -> str:
        """A rule over a total that stands under its parts; a double one under a total that is no part of another."""
        if total is None or all(part > at for part, _ in total.terms):
            return ""
        return "total" if at in self._terms else "grand_total"

    def put(self, at: int, field: str, text: str, style: str) -> None:
        """Write a text into the column ``field``, which then is as wide as it needs."""
        if field in self.columns and text:
            self.book.text(self.sheet, at, self.columns[field], text, style)
            self._widths.setdefault(field, []).append(shapes.text_width(text))

    def _label(self, at: int, row: Row, style: str) -> None:
        if "label" not in self.columns:
            return
        spec = self._specs["label"]
        self.book.text(self.sheet, at, self.columns["label"], row.label, style, indent=min(max(row.level, 0), 15))
        width = shapes.text_width(row.label, style != "label") + 2 * row.level
        self._widths.setdefault("label", []).append(width)
        self._grow(at, width, spec.max)

    def _grow(self, at: int, width: int, room: int) -> None:
        """Remember that a row needs the height of several lines."""
        if width + 1 > room:
            self._lines[at] = max(self._lines.get(at, 1), min(-(-width // (room - 3)), 20))

    def _figure(self, at: int, column: int, index: int, rule: str, scale: int, bold: bool) -> None:
        place, origin, figure = self.columns["periods"] + column, self._figures.origin[index], self._figures.shown[index]
        self._remember(at, place, figure, self._figures.ids[index])
        if figure.printed is None or figure.kind != "numeric":
            self._other(at, place, figure, rule)
        else:
            self._number(at, place, column, figure, rule, scale, bold)
        self.point_at(at, place, origin)

    def point_at(self, at: int, place: int, index: int | None) -> None:
        """Link a figure's cell to its print, and say in a note what it is."""
        if target := self.context.source_of(index):
            self.book.point(self.sheet, at, place, target)
        if self.layout.cell_notes and index is not None:
            self.book.note(self.sheet, at, place, self.context.note(index))

    def _number(self, at: int, place: int, column: int, figure: Observation, rule: str, scale: int, bold: bool) -> None:
        """The printed number, or the sum that comes to it."""
        printed = figure.printed or Decimal(0)
        number = shapes.number_format(self._decimals(figure), scale, self.context.percent(figure))
        found = self._sums[column].get(at)
        formula = self._formula(found, place, column, figure) if found else ""
        live = bool(formula and found and not found.off)
        made = self.book.format("formula" if live else "printed", number, 0, rule, False, bold)
        if live:
            self.book.formula(self.sheet, at, place, formula, printed, made)
        else:
            self.book.number(self.sheet, at, place, printed, made)
        if formula and found:
            cell = CellAt(self.name, at, place, 1)
            room = sums.tolerance(found.terms, figure, self._rows_of(column))
            elsewhere = self._formula(found, place, column, figure, shapes.quoted(self.name) + "!")
            self.context.sums.append(LiveSum(cell, figure, elsewhere, printed, printed - found.off, room, live))

    def _formula(self, found: sums.Sum, place: int, column: int, total: Observation, sheet: str = "") -> str:
        text = sums.formula(found.terms, place, self._filled[column], sheet)
        return sums.rounded(text, found.terms, total, self._rows_of(column))

    def _rows_of(self, column: int) -> Mapping[int, Observation]:
        if column not in self._by_row:
            self._by_row[column] = {cell.row: cell.figure for cell in self._cells[column]}
        return self._by_row[column]

    def _remember(self, at: int, place: int, figure: Observation, fact_id: str | None) -> None:
        fact = self.context.facts.get(fact_id or "")
        if fact and fact.value is not None and fact.value == figure.value:
            self.context.printed_at.setdefault(fact.fact_id, CellAt(self.name, at, place, 1 if figure.sign > 0 else -1))

    def _other(self, at: int, place: int, figure: Observation, rule: str) -> None:
        """A date becomes a date, anything else that is printed stays its text."""
        day = day_of(figure.text or "") if figure.kind == "date" else None
        number = shapes.serial(day) if day else None
        if number is not None:
            self.sheet.write_number(at, place, number, self.book.format("printed", "yyyy-mm-dd_)", 0, rule))
        else:
            self.book.text(self.sheet, at, place, figure.text or figure.raw, "printed", rule=rule)

    def _notes(self, block: Block, at: int, row: Row, figures: Sequence[tuple[int, int]]) -> None:
        """What is doubtful about a row: no concept, a figure that is no fact, a sum that does not add up, too many digits."""
        notes = []
        lost = [index for _, index in figures if self._figures.ids[index] is None]
        if lost:
            notes.append(self._lost(row, lost, len(figures)))
        if differs := self._differences(block, at, row):
            notes.append(differs)
        values = [self._figures.shown[index].printed for _, index in figures]
        if any(value is not None and shapes.too_long(value) for value in values):
            notes.append(self.layout.word("long_number"))
        if not notes or "notes" not in self.columns:
            return
        text = "; ".join(notes)
        width = shapes.text_width(text)
        self._widths.setdefault("notes", []).append(width)
        self._grow(at, width, self._specs["notes"].max)
        if lost and lost[0] in self.context.places:
            self.book.link(self.sheet, at, self.columns["notes"], self.context.places[lost[0]], text, "remark")
        else:
            self.book.text(self.sheet, at, self.columns["notes"], text, "remark")

    def _lost(self, row: Row, lost: Sequence[int], total: int) -> str:
        """No concept; or how many of the row's figures are no fact. The sheet of unresolved figures says why."""
        if not row.concept:
            return self.layout.word("no_concept")
        return self.layout.word("no_fact", count=len(lost), total=total)

    def _differences(self, block: Block, at: int, row: Row) -> str:
        """A printed total that its printed parts do not add up to: short on the sheet, in full on Findings."""
        short, full = [], []
        for column, found in sorted((column, one[at]) for column, one in self._sums.items() if at in one and one[at].off):
            printed = block.table.columns[column]
            where = " ".join(filter(None, (self.context.fiscal(printed.period), printed.currency)))
            scaled = shapes.cached(found.off.scaleb(-shapes.shown_scale(self._figures.shown[row.cells[column] or 0].scale)))
            short.append(f"{scaled:,} ({where})")
            full.append(f"{shapes.cached(found.off):,} ({where})")
        if not short:
            return ""
        message = self.layout.word("differs", label=row.label, amount=", ".join(full))
        self.context.remarks.append(Issue("total-differs", message, f"{row.line}:1", "info"))
        more = f", +{len(short) - _SHORT}" if len(short) > _SHORT else ""
        return self.layout.word("differs_short", amount=", ".join(short[:_SHORT]) + more)

    def _define(self, blocks: Sequence[Block]) -> None:
        """Names for formulas of people: a concept's row in the whole workbook, a period's column on this sheet."""
        for block in blocks:
            first = self.columns["periods"]
            last = first + len(block.table.columns) - 1
            for at, row in enumerate(block.table.rows, block.body):
                if row.concept and not row.heading:
                    self.context.define(row.concept, shapes.area(self.name, at, first, at, last))
            if len(blocks) > 1:
                continue
            for at, column in enumerate(block.table.columns, first):
                if column.period:
                    name = "_".join(filter(None, ("period", self.context.fiscal(column.period), column.currency)))
                    bottom = block.body + len(block.table.rows) - 1
                    self.context.define(name, shapes.area(self.name, block.body, at, bottom, at), self.name)

    # --- the frame ------------------------------------------------------------------------------

    def _finish(self, blocks: Sequence[Block], ranges: Sequence[Fact]) -> None:
        for field, at in self.columns.items():
            spec = self._specs[field]
            if field == "periods":
                self.sheet.set_column(at, at + self._wide - 1, self._period_width)
            else:
                texts = [*self._widths.get(field, ()), shapes.text_width(self.layout.pick(spec.title), True)]
                self.sheet.set_column(at, at, spec.width or fitted(texts, spec.min, spec.max))
        for row, lines in self._lines.items():
            self.sheet.set_row(row, LINE * lines)
        single = blocks[0].body if len(blocks) == 1 and not ranges else TOP
        self.sheet.freeze_panes(single, self.columns.get("label", -1) + 1 if self.layout.frozen_label else 0)
        self.book.print_setup(self.sheet, self.context.footer(), 0, single - 1)
