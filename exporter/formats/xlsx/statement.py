"""The statement sheets: every printed row, headers and signs as printed, sums live where they hold.

A sheet holds the tables of one statement, stacked. Each table keeps its own header, and where there
are several the frozen pane holds no header, for it would stand over figures of another period.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from exporter.errors import Issue
from exporter.formats.xlsx import shapes, sums
from exporter.formats.xlsx.context import Context, fitted
from exporter.formats.xlsx.layout import ColumnSpec, SheetSpec
from exporter.model import Fact, Observation, PrintedTable, Row

if TYPE_CHECKING:
    from exporter.formats.xlsx.book import Worksheet

_TOP = 4  # title, subtitle, link back, a gap
_LINE = 15  # height of a line of text, in points
_MAX_COLUMNS = 16_000
_SHORT = 2  # how many differences a note spells out


@dataclass(frozen=True, slots=True)
class Block:
    """A printed table on the sheet: 0-based rows of its caption (or -1), its header and its first row."""

    number: int
    table: PrintedTable
    caption: int
    header: int
    body: int

    @property
    def levels(self) -> int:
        """How many levels the printed header has."""
        return max((len(column.headers) for column in self.table.columns), default=0)


def paginate(tables: Sequence[PrintedTable], limit: int) -> list[list[PrintedTable]]:
    """Tables in lots that fit a sheet of ``limit`` rows; a longer or wider table is cut into several."""
    lots: list[list[PrintedTable]] = [[]]
    used = _TOP
    for table in (piece for whole in tables for piece in _pieces(whole, limit // 2)):
        need = len(table.rows) + max((len(column.headers) for column in table.columns), default=0) + 4
        if used + need > limit and lots[-1]:
            lots.append([])
            used = _TOP
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
        self._figures = context.report.observations
        self._ids = context.report.fact_ids
        self._ways = sums.calculations(context.taxonomy, spec.statement)

    def write(self, tables: Sequence[PrintedTable], facts: Sequence[Fact]) -> None:
        """Write the tables and, under them, the facts that stand in the text only."""
        wide = max((len(table.columns) for table in tables), default=0)
        self._place_columns(max(wide, 3 if facts else 0))
        self._find_currencies(tables)
        blocks = self._plan(tables)
        self._cells = self._collect(blocks)
        self._sums = {column: sums.find(cells, self._ways) for column, cells in self._cells.items()}
        self._terms = {term for found in self._sums.values() for one in found.values() for term, _ in one.terms}
        self._filled = {column: {cell.row for cell in cells} for column, cells in self._cells.items()}
        self._measure(blocks)
        self._title(tables, blocks)
        for block in blocks:
            self._header(block)
            for offset, row in enumerate(block.table.rows):
                self._row(block, block.body + offset, row)
            self.rows_written += len(block.table.rows)
        end = blocks[-1].body + len(blocks[-1].table.rows) + 1 if blocks else _TOP
        if facts:
            self._text_facts(end, facts)
        self._finish(blocks)

    # --- plan -----------------------------------------------------------------------------------

    def _place_columns(self, periods: int) -> None:
        """Where each column of the layout stands, ``periods`` columns for the printed ones."""
        self._at: dict[str, int] = {}
        self._specs: dict[str, ColumnSpec] = {}
        self._wide = periods
        position = 0
        for column in self.layout.columns_of("statement"):
            self._at[column.field], self._specs[column.field] = position, column
            position += periods if column.field == "periods" else 1
        self._width = position

    def _find_currencies(self, tables: Sequence[PrintedTable]) -> None:
        units = {self._figures[index].unit or "" for table in tables for row in table.rows for index in row.cells if index is not None}
        self._one_currency = len({unit.partition("/")[0] for unit in units if unit.startswith("iso4217:")}) < 2

    def _plan(self, tables: Sequence[PrintedTable]) -> list[Block]:
        blocks: list[Block] = []
        row = _TOP
        captions = len({(table.title, table.scale_text) for table in tables}) > 1
        for number, table in enumerate(tables):
            caption = row if captions else -1
            header = row + captions
            levels = max((len(column.headers) for column in table.columns), default=0)
            blocks.append(Block(number, table, caption, header, header + levels + 1))
            row = header + levels + 1 + len(table.rows) + 1
        return blocks

    def _collect(self, blocks: Sequence[Block]) -> dict[int, list[sums.Cell]]:
        cells: dict[int, list[sums.Cell]] = {}
        for block in blocks:
            for offset, row in enumerate(block.table.rows):
                for column, index in enumerate(row.cells):
                    if index is not None and (figure := self._figures[index]).printed is not None and figure.kind == "numeric":
                        cells.setdefault(column, []).append(sums.Cell(block.body + offset, block.number, figure))
        return cells

    def _measure(self, blocks: Sequence[Block]) -> None:
        """The common width of all printed columns: the longest figure or short header."""
        spec = self._specs["periods"]
        found = [self._length(cell.figure) for cells in self._cells.values() for cell in cells]
        for block in blocks:
            for column in block.table.columns:
                found.extend(shapes.text_width(text, True) for text in column.headers if len(text) <= 18)
            found.extend(len(text) + 2 for row in block.table.rows for text in row.texts.values())
        self._period_width = spec.width or fitted(found, spec.min, spec.max)

    def _length(self, figure: Observation) -> int:
        value = figure.printed or Decimal(0)
        return shapes.shown_length(value, self._decimals(figure), figure.scale, self.context.percent(figure))

    @staticmethod
    def _decimals(figure: Observation) -> int:
        return shapes.places_of(figure.printed or Decimal(0)) if figure.decimals is None else figure.decimals

    # --- head -----------------------------------------------------------------------------------

    def _title(self, tables: Sequence[PrintedTable], blocks: Sequence[Block]) -> None:
        entity = self.context.report.entity.name
        titles = dict.fromkeys(table.title for table in tables if table.title)
        scales = dict.fromkeys(table.scale_text for table in tables if table.scale_text)
        self.book.text(self.sheet, 0, 0, f"{entity} — {self.layout.pick(self.spec.name)}", "title")
        self.sheet.set_row(0, 24)
        printed = " · ".join([*titles, *scales] if len(titles) < 2 else list(scales)[:1])
        self.sheet.set_row(3, 6)
        self.book.text(self.sheet, 1, 0, printed or self.layout.pick(self.spec.about), "subtitle")
        self.book.link(self.sheet, 2, 0, f"{shapes.quoted(self.context.cover)}!A1", self.layout.word("back"))

    def _header(self, block: Block) -> None:
        """The printed header, level by level, and under it the fiscal period and the titles of our columns."""
        if block.caption >= 0:
            self.book.text(self.sheet, block.caption, 0, " · ".join(filter(None, (block.table.title, block.table.scale_text))), "caption")
        last = block.header + block.levels
        for row in range(block.header, last):
            self._fill(row, "header_text")
            self._level(block, row, row - block.header)
        self._fill(last, "period_text")
        for field, at in self._at.items():
            if field != "periods":
                style = "period" if field == "line" else "period_text"
                self.book.text(self.sheet, last, at, self.layout.pick(self._specs[field].title), style)
        if "label" in self._at:
            self.book.text(self.sheet, last, self._at["label"], self.layout.word("period"), "period_text")
        for column, printed in enumerate(block.table.columns):
            text = " · ".join(filter(None, (self.context.fiscal(printed.period), printed.currency)))
            self.book.text(self.sheet, last, self._at["periods"] + column, text, "period")

    def _fill(self, row: int, style: str) -> None:
        made = self.book.format(style)
        for column in range(self._width):
            self.sheet.write_blank(row, column, None, made)

    def _level(self, block: Block, row: int, level: int) -> None:
        """One level of the printed header. A text that spans columns is centred over them, no cell is merged."""
        heads = [self._padded(column.headers, block.levels) for column in block.table.columns]
        lines, column = 1, 0
        while column < len(heads):
            text, span = heads[column][level], self._span(heads, column, level)
            across = level < block.levels - 1 and span > 1 and shapes.text_width(text, True) >= self._period_width
            span = span if across else 1
            self.book.text(self.sheet, row, self._at["periods"] + column, text, "header_across" if across else "header")
            for blank in range(column + 1, column + span):
                self.book.text(self.sheet, row, self._at["periods"] + blank, "", "header_across")
            lines = max(lines, -(-shapes.text_width(text, True) // (self._period_width * span)))
            column += span
        if lines > 1:
            self.sheet.set_row(row, _LINE * min(lines, 8))

    @staticmethod
    def _padded(headers: tuple[str, ...], levels: int) -> tuple[str, ...]:
        return ("",) * (levels - len(headers)) + headers

    @staticmethod
    def _span(heads: Sequence[tuple[str, ...]], column: int, level: int) -> int:
        """How many columns a header text stands over: those that repeat it, or leave it out."""
        end = column + 1
        while end < len(heads) and heads[column][level]:
            same = heads[end][: level + 1] == heads[column][: level + 1]
            if not same and heads[end][level]:
                break
            end += 1
        return end - column

    # --- rows -----------------------------------------------------------------------------------

    def _row(self, block: Block, at: int, row: Row) -> None:
        figures = [(column, index) for column, index in enumerate(row.cells) if index is not None]
        total = next((found for column, _ in figures if (found := self._sums[column].get(at) if column in self._sums else None)), None)
        rule = self._rule(at, total)
        style = "heading" if row.heading else "total" if total else "label"
        self._label(at, row, style)
        for column, index in figures:
            self._figure(at, column, self._figures[index], index, rule, bold=bool(total))
        for column, text in row.texts.items():
            place = self._position(block.table, column)
            if place is not None and (place >= len(row.cells) or row.cells[place] is None):
                self.book.text(self.sheet, at, self._at["periods"] + place, text, "not_a_figure", rule=rule)
        if row.concept and "concept_id" in self._at:
            self._put(at, "concept_id", row.concept, "identifier")
        if "name" in self._at and row.concept:
            self._put(at, "name", self.context.label(row.concept), "identifier")
        if figures:
            self._put(at, "unit", self._unit(self._figures[figures[0][1]]), "unit")
            self._notes(block, at, row, figures)
        if "line" in self._at:
            self.sheet.write_number(at, self._at["line"], row.line, self.book.format("line"))

    @staticmethod
    def _position(table: PrintedTable, number: int) -> int | None:
        return next((place for place, column in enumerate(table.columns) if column.number == number), None)

    def _rule(self, at: int, total: sums.Sum | None) -> str:
        """A rule over a total that stands under its parts; a double one under a total that is no part of another."""
        if total is None or all(part > at for part, _ in total.terms):
            return ""
        return "total" if at in self._terms else "grand_total"

    def _put(self, at: int, field: str, text: str, style: str) -> None:
        if field in self._at and text:
            self.book.text(self.sheet, at, self._at[field], text, style)
            self._widths.setdefault(field, []).append(shapes.text_width(text))

    def _label(self, at: int, row: Row, style: str) -> None:
        if "label" not in self._at:
            return
        spec = self._specs["label"]
        self.book.text(self.sheet, at, self._at["label"], row.label, style, indent=min(max(row.level, 0), 15))
        width = shapes.text_width(row.label, style != "label") + 2 * row.level
        self._widths.setdefault("label", []).append(width)
        self._grow(at, width, spec.max)

    def _grow(self, at: int, width: int, room: int) -> None:
        """Remember that a row needs the height of several lines."""
        if width + 1 > room:
            self._lines[at] = max(self._lines.get(at, 1), min(-(-width // (room - 3)), 20))

    def _figure(self, at: int, column: int, figure: Observation, index: int, rule: str, bold: bool) -> None:
        place = self._at["periods"] + column
        if figure.printed is None or figure.kind != "numeric":
            self._other(at, place, figure, rule)
            return
        number = shapes.number_format(self._decimals(figure), figure.scale, self.context.percent(figure))
        found = self._sums[column].get(at)
        formula = sums.formula(found.terms, place, self._filled[column]) if found and not found.off else ""
        made = self.book.format("formula" if formula else "printed", number, 0, rule, False, bold)
        if formula:
            self.sheet.write_formula(at, place, formula, made, shapes.cached(figure.printed))
        else:
            self.book.number(self.sheet, at, place, figure.printed, made)
        if self.layout.cell_notes:
            self._cell_note(at, place, figure, index)

    def _other(self, at: int, place: int, figure: Observation, rule: str) -> None:
        """A date becomes a date, anything else that is printed stays its text."""
        if figure.kind == "date" and figure.text and (day := _day(figure.text)) is not None:
            self.sheet.write_number(at, place, day, self.book.format("printed", "yyyy-mm-dd", 0, rule))
        else:
            self.book.text(self.sheet, at, place, figure.text or figure.raw, "printed", rule=rule)

    def _cell_note(self, at: int, place: int, figure: Observation, index: int) -> None:
        concept = figure.concept if self._ids[index] else self.layout.word("no_fact_short")
        text = self.layout.word("note", label=figure.label, raw=figure.raw, concept=concept or "", place=figure.place.locator)
        self.sheet.write_comment(at, place, shapes.clean(text), {"width": 260, "height": 84, "author": "exporter"})

    def _unit(self, figure: Observation) -> str:
        if self.context.percent(figure):
            return self.layout.pick(self.layout.units["percent"])
        scale = self.layout.pick(self.layout.scales.get(shapes.shown_scale(figure.scale), {}))
        measure = self.context.measure(figure.unit or "", self._one_currency)
        words = (measure, scale) if (figure.unit or "").startswith("iso4217:") else (scale, measure)
        return " ".join(filter(None, words))

    def _notes(self, block: Block, at: int, row: Row, figures: Sequence[tuple[int, int]]) -> None:
        """What is doubtful about a row: no concept, a figure that is no fact, a sum that does not add up, too many digits."""
        notes = []
        lost = [index for _, index in figures if self._ids[index] is None]
        if lost:
            notes.append(self._lost(row, lost, len(figures)))
        if differs := self._differences(block, at, row):
            notes.append(differs)
        if any((value := self._figures[index].printed) is not None and shapes.digits_of(value) > shapes.MAX_DIGITS for _, index in figures):
            notes.append(self.layout.word("long_number"))
        if not notes or "notes" not in self._at:
            return
        text = "; ".join(notes)
        width = shapes.text_width(text)
        self._widths.setdefault("notes", []).append(width)
        self._grow(at, width, self._specs["notes"].max)
        if lost and lost[0] in self.context.places:
            self.book.link(self.sheet, at, self._at["notes"], self.context.places[lost[0]], text, "remark")
        else:
            self.book.text(self.sheet, at, self._at["notes"], text, "remark")

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
            scaled = shapes.cached(found.off.scaleb(-shapes.shown_scale(self._figures[row.cells[column] or 0].scale)))
            short.append(f"{scaled:,} ({where})")
            full.append(f"{shapes.cached(found.off):,} ({where})")
        if not short:
            return ""
        message = self.layout.word("differs", label=row.label, amount=", ".join(full))
        self.context.remarks.append(Issue("total-differs", message, f"{row.line}:1", "info"))
        more = f", +{len(short) - _SHORT}" if len(short) > _SHORT else ""
        return self.layout.word("differs_short", amount=", ".join(short[:_SHORT]) + more)

    # --- figures in the text --------------------------------------------------------------------

    def _text_facts(self, at: int, facts: Sequence[Fact]) -> None:
        """Facts that stand in sentences: one row each, with its period, as a value or as low and high."""
        self.book.text(self.sheet, at, 0, self.layout.word("in_text"), "caption")
        self._fill(at + 1, "period_text")
        for field in ("concept_id", "unit", "name"):
            self._put(at + 1, field, self.layout.pick(self._specs[field].title) if field in self._specs else "", "period_text")
        self._put(at + 1, "line", self.layout.pick(self._specs["line"].title) if "line" in self._specs else "", "period")
        self._put(at + 1, "notes", self.layout.word("period"), "period_text")
        for offset, word in enumerate(("value", "low", "high")):
            self.book.text(self.sheet, at + 1, self._at["periods"] + offset, self.layout.word(word), "period")
        for row, fact in enumerate(facts, at + 2):
            self._text_fact(row, fact)
        self.rows_written += len(facts)

    def _text_fact(self, at: int, fact: Fact) -> None:
        self._put(at, "label", fact.label, "label")
        self._put(at, "concept_id", fact.aspects.concept, "identifier")
        self._put(at, "name", self.context.label(fact.aspects.concept), "identifier")
        self._put(at, "notes", self.context.fiscal(fact.aspects.period), "unit")
        percent = self.context.percent(fact)
        unit = self.layout.pick(self.layout.units["percent"]) if percent else self.context.measure(fact.aspects.unit)
        self._put(at, "unit", unit, "unit")
        for offset, value in enumerate((fact.value, fact.low, fact.high)):
            if value is not None:
                decimals = shapes.places_of(value) if fact.decimals is None else fact.decimals
                made = self.book.format("printed", shapes.number_format(decimals, 0, percent))
                self.book.number(self.sheet, at, self._at["periods"] + offset, value, made)
                self._period_width = max(self._period_width, shapes.shown_length(value, decimals, 0, percent) + 1)
        if fact.text is not None:
            self.book.text(self.sheet, at, self._at["periods"], fact.text, "printed")
        if "line" in self._at:
            self.sheet.write_number(at, self._at["line"], fact.place.line, self.book.format("line"))

    # --- the frame ------------------------------------------------------------------------------

    def _finish(self, blocks: Sequence[Block]) -> None:
        for field, at in self._at.items():
            spec = self._specs[field]
            if field == "periods":
                self.sheet.set_column(at, at + self._wide - 1, self._period_width)
            else:
                texts = [*self._widths.get(field, ()), shapes.text_width(self.layout.pick(spec.title), True)]
                self.sheet.set_column(at, at, spec.width or fitted(texts, spec.min, spec.max))
        for row, lines in self._lines.items():
            self.sheet.set_row(row, _LINE * lines)
        top = blocks[0].body if len(blocks) == 1 else _TOP
        self.sheet.freeze_panes(top, self._at.get("label", -1) + 1 if self.layout.frozen_label else 0)
        report = self.context.report
        footer = self.layout.word("footer", issuer=report.entity.name, document=report.document.id)
        self.book.print_setup(self.sheet, footer, 0, top - 1)


def _day(text: str) -> int | None:
    try:
        return shapes.serial(date.fromisoformat(text))
    except ValueError:
        return None
