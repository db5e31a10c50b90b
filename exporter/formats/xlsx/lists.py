"""The data sheets: Checks, Facts, Dictionary, Unresolved, Findings, Source. One row a thing, one table with filters.

What does not fit a sheet goes on in a second one of the same name with a number: nothing is dropped.
Rows are streamed; of a long list only the first rows are looked at for the widths of texts, all for those of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.columns import Getter
from exporter.formats.xlsx.context import Context, fitted
from exporter.formats.xlsx.head import master_check
from exporter.formats.xlsx.layout import ColumnSpec
from exporter.formats.xlsx.stream import Formula, Link, RowWriter, Value

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

Measure: TypeAlias = "Callable[[str], int]"

HEAD = 3  # the link back and the master check, what the sheet is about, and the header
_LINE = 13.5  # height of a line of text, in points
_MAX_LINES = 30  # Excel takes 409 points
_LOOKED_AT = 5_000  # rows whose texts are measured
_LONGEST = 12  # of a column's texts, by characters: shorter ones are hardly wider, and measuring each costs time


def write_list(
    context: Context, kind: str, sheet: Worksheet, table: str, rows: Sequence[Any], getters: Mapping[str, Getter], about: str
) -> None:
    """Write ``rows`` as a table. ``getters`` give a row's value by column field; a field that is not there stays empty."""
    book, layout = context.book, context.layout
    columns = layout.columns_of(kind)
    _head(context, sheet, about)
    chosen = [getters.get(column.field, _nothing) for column in columns]
    short = len(rows) <= _LOOKED_AT
    values = [[get(row) for get in chosen] for row in islice(rows, _LOOKED_AT)]
    widths = _widths(context, columns, values)
    if not short:
        _widen(columns, widths, rows, chosen)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    titles = [{"header": layout.pick(column.title), "header_format": book.format("list_header")} for column in columns]
    if rows:
        wrapped = _wrapped(context, columns, widths)
        given = values if short else ([get(row) for get in chosen] for row in rows)
        writer = RowWriter(book, sheet, [column.style for column in columns])
        lines = ((row, _height(row, wrapped)) for row in given)
        sheet.stream(HEAD - 1, len(rows), titles, table, writer.rows(HEAD, lines))
    else:
        for at, title in enumerate(titles):
            sheet.write_string(HEAD - 1, at, str(title["header"]), book.format("list_header"))
        book.text(sheet, HEAD, 0, layout.word("nothing"), "key")
    sheet.set_row(HEAD - 1, 22)
    sheet.freeze_panes(HEAD, 1)
    book.print_setup(sheet, context.footer(), HEAD - 1, HEAD - 1)


def _head(context: Context, sheet: Worksheet, about: str) -> None:
    context.book.link(sheet, 0, 0, f"{shapes.quoted(context.cover)}!A1", context.layout.word("back"))
    master_check(context, sheet, 0, 1)
    context.book.text(sheet, 1, 0, about, "subtitle")


def _nothing(row: object) -> None:
    """What a column holds that no getter knows."""


def _widths(context: Context, columns: Sequence[ColumnSpec], values: Sequence[Sequence[Value]]) -> list[int]:
    """The columns' widths: fixed, or fitted to the longest of their values and their title with the filter's button."""
    found = []
    for at, column in enumerate(columns):
        if column.width:
            found.append(column.width)
            continue
        texts = {value.text if isinstance(value, Link) else value for row in values if isinstance(value := row[at], str | Link)}
        longest = [shapes.text_width(text) for text in sorted(texts, key=len)[-_LONGEST:]]
        numbers = [_digits(value) for row in values if isinstance(value := row[at], tuple | Formula)]
        title = shapes.text_width(context.layout.pick(column.title), True) + 3
        found.append(fitted([*longest, *numbers, title], column.min, column.max))
    return found


def _widen(columns: Sequence[ColumnSpec], widths: list[int], rows: Sequence[Any], chosen: Sequence[Getter]) -> None:
    """Make room for the numbers of all rows: one that does not fit is shown as ###."""
    for at, column in enumerate(columns):
        if not column.width and column.field in _NUMBERS:
            widths[at] = max(widths[at], min(max((_digits(chosen[at](row)) for row in rows), default=0) + 1, column.max))


_NUMBERS = ("value", "value_low", "value_high", "left", "right", "difference", "tolerance")


def _digits(value: Value) -> int:
    """How many characters a number is shown with, at most."""
    if isinstance(value, tuple):
        return len(f"{value[0]:,f}") + 2
    if isinstance(value, Formula) and not isinstance(value.value, str):
        return len(f"{value.value:,f}") + 2
    return shapes.text_width(value.value) if isinstance(value, Formula) and isinstance(value.value, str) else 0


def _wrapped(context: Context, columns: Sequence[ColumnSpec], widths: Sequence[int]) -> list[tuple[int, int, Measure]]:
    """The columns of wrapped texts, with their width and what measures a text of their font."""
    styles = context.layout.styles
    found: list[tuple[int, int, Measure]] = []
    for at, column in enumerate(columns):
        if styles[column.style].get("wrap"):
            fixed = styles[column.style].get("font", "").startswith("Courier")
            found.append((at, widths[at], shapes.fixed_width if fixed else shapes.text_width))
    return found


def _height(row: Sequence[Value], wrapped: Sequence[tuple[int, int, Measure]]) -> str:
    """The height of a row whose wrapped texts need more than one line."""
    lines = 1
    for at, width, measure in wrapped:
        value = row[at]
        if isinstance(value, str) and len(value) > width // 2:
            # A line ends at a word, so it is not quite full.
            lines = max(lines, min(-(-measure(value) // max(width - 4, 1)), _MAX_LINES))
    return f"{_LINE * lines:g}" if lines > 1 else ""


def parts(rows: Sequence[Any], limit: int) -> Iterator[Sequence[Any]]:
    """Rows in lots that fit a sheet; one empty lot where there is none."""
    step = max(limit - HEAD, 1)
    for start in range(0, max(len(rows), 1), step):
        yield rows[start : start + step]
