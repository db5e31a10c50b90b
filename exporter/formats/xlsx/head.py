"""The head of a statement sheet: title, links, the printed header of each table and, under it, which period a column is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from exporter.formats.xlsx import axis, shapes
from exporter.formats.xlsx.context import Context
from exporter.formats.xlsx.layout import ColumnSpec
from exporter.model import Column, PrintedTable

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

TOP = 4  # title, subtitle, links, a gap
PERIOD_ROWS = 4  # fiscal period, its end, its months, when it was filed
LINE = 15  # height of a line of text, in points
_SMALL = 12


@dataclass(frozen=True, slots=True)
class Block:
    """A printed table on the sheet: 0-based rows of its caption (or -1), its header and its first row,
    and how many levels the printed header has."""

    number: int
    table: PrintedTable
    caption: int
    header: int
    body: int
    levels: int


def levels_of(table: PrintedTable) -> int:
    """How many levels the printed header of a table has."""
    return max((len(column.headers) for column in table.columns), default=0)


def plan(tables: Sequence[PrintedTable], subtitle: str) -> list[Block]:
    """Where the tables stand, one under the other. A caption that says again what stands above is left out."""
    blocks: list[Block] = []
    row, said = TOP, subtitle
    for number, table in enumerate(tables):
        text = caption_of(table)
        captions = text not in ("", said)
        said = text
        levels = levels_of(table)
        body = row + captions + levels + PERIOD_ROWS
        blocks.append(Block(number, table, row if captions else -1, row + captions, body, levels))
        row = body + len(table.rows) + 1
    return blocks


def caption_of(table: PrintedTable) -> str:
    """What stands over a table: its printed title and scale."""
    return " · ".join(filter(None, (table.title, table.scale_text)))


def top_of(context: Context, sheet: Worksheet, title: str, subtitle: str) -> None:
    """Title, subtitle, the link to the cover and the master check, in the frozen rows of a sheet."""
    book = context.book
    book.text(sheet, 0, 0, title, "title")
    sheet.set_row(0, 24)
    book.text(sheet, 1, 0, subtitle, "subtitle")
    book.link(sheet, 2, 0, f"{shapes.quoted(context.cover)}!A1", context.layout.word("back"))
    master_check(context, sheet, 2, 1)
    sheet.set_row(3, 6)


def master_check(context: Context, sheet: Worksheet, row: int, column: int) -> None:
    """A cell that says whether all checks hold: text and sign, red by a conditional format where they do not."""
    layout, failing = context.layout, context.failing
    holds, fails = layout.word("checks_hold"), layout.word("checks_fail", count="\x00")
    text = holds if not failing else fails.replace("\x00", str(failing))
    if context.failing_cell:
        before, _, after = fails.partition("\x00")
        cell, found = context.failing_cell, f"{shapes.literal(before)}&{context.failing_cell}&{shapes.literal(after)}"
        formula = f"=IF({cell}=0,{shapes.literal(holds)},{found})"
        context.book.formula(sheet, row, column, formula, text, context.book.format("check"))
        criteria = f"=LEFT(${shapes.column_name(column)}${row + 1},1)={shapes.literal(fails[:1])}"
        rule = {"type": "formula", "criteria": criteria, "format": context.book.format("failed")}
        sheet.conditional_format(row, column, row, column, rule)
    else:
        context.book.text(sheet, row, column, text, "failed" if failing else "check")


class Head:
    """Writes the headers of a sheet's tables. ``at`` are the positions of the layout's columns, ``width`` that of a period."""

    def __init__(
        self, context: Context, sheet: Worksheet, at: dict[str, int], specs: dict[str, ColumnSpec], columns: int, width: int
    ) -> None:
        self.context, self.book, self.layout, self.sheet = context, context.book, context.layout, sheet
        self.at, self.specs, self.columns, self.width = at, specs, columns, width

    def write(self, block: Block) -> None:
        """The printed header, level by level, and under it the periods and the titles of our columns."""
        if block.caption >= 0:
            self.book.text(self.sheet, block.caption, 0, caption_of(block.table), "caption")
        last = block.header + block.levels
        for row in range(block.header, last):
            self.fill(row, "header_text")
            self._level(block, row, row - block.header)
        self.periods(last, block.table.columns)

    def periods(self, row: int, columns: Sequence[Column]) -> None:
        """Four rows: fiscal period and currency, end, months, filed; the last one carries our columns' titles."""
        end, filed = row + 1, row + PERIOD_ROWS - 1
        for at in range(row, filed + 1):
            last = at == filed
            self.fill(at, "period_text" if last else "period_above")
            self.sheet.set_row(at, _SMALL)
        for at, word in enumerate(("period", "period_end", "months", "filed"), row):
            style = "period_text" if at == filed else "period_above"
            self.book.text(self.sheet, at, self.at.get("label", 0), self.layout.word(word), style)
        for field, at in self.at.items():
            title = self.layout.pick(self.specs[field].title)
            if field not in ("periods", "label") and title:
                self.book.text(self.sheet, filed, at, title, "period" if field == "line" else "period_text")
        for at, column in enumerate(columns, self.at["periods"]):
            self._period(row, at, column)
            if column.period:
                self._day(end, at, column.period.end, "period_day")
                self._day(filed, at, day_of(self.context.report.document.filed_at), "period_filed")
                if length := axis.months(column.period):
                    self.book.number(self.sheet, end + 1, at, Decimal(length), self.book.format("period_months"))

    def _period(self, row: int, at: int, column: Column) -> None:
        name = ""
        if column.period:
            name = self.context.fiscal(column.period) if column.period.start else self.layout.word("balance")
            name = name if "/" not in name else self.layout.word("other_period")
        self.book.text(self.sheet, row, at, " · ".join(filter(None, (name, column.currency))), "period_name")

    def _day(self, row: int, at: int, day: date | None, style: str) -> None:
        number = shapes.serial(day) if day else None
        if number is not None:
            self.sheet.write_number(row, at, number, self.book.format(style))

    def fill(self, row: int, style: str) -> None:
        """Give every cell of a row a style."""
        made = self.book.format(style)
        for column in range(self.columns):
            self.sheet.write_blank(row, column, None, made)

    def _level(self, block: Block, row: int, level: int) -> None:
        """One level of the printed header. A text that spans columns is centred over them, no cell is merged."""
        heads = [self._padded(column.headers, block.levels) for column in block.table.columns]
        lines, column = 1, 0
        while column < len(heads):
            text, span = heads[column][level], self._span(heads, column, level)
            across = level < block.levels - 1 and span > 1 and shapes.text_width(text, True) >= self.width
            span = span if across else 1
            self.book.text(self.sheet, row, self.at["periods"] + column, text, "header_across" if across else "header")
            for blank in range(column + 1, column + span):
                self.book.text(self.sheet, row, self.at["periods"] + blank, "", "header_across")
            lines = max(lines, -(-shapes.text_width(text, True) // (self.width * span)))
            column += span
        if lines > 1:
            self.sheet.set_row(row, LINE * min(lines, 8))

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


def day_of(text: str) -> date | None:
    """The day of an ISO date or instant, or None."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
