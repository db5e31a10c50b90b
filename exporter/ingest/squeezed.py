"""Tables of a page whose blanks were squeezed ("Net revenues $ 2,820 $ 2,576") -> the rows of a table, with the grid of any other.

Where a page was turned into text without its columns, each line still has its label and then one figure for each
column, and the header lines above still name the columns in their order. A table is read so only where the header is
made of nothing but periods, names each column, and the lines below hold just as many figures as it names columns; a
line that holds another number of them is kept whole, and nothing of it is certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from exporter.ingest.document import RawCell, RawRow

Line = tuple[int, int, str]
#: The periods that a header line names, as places in it; None where it says anything else.
Heads = Callable[[str], Sequence[tuple[int, int]] | None]

_MONEY = r"(?:[A-Z]{0,3}[$\u20ac\u00a3\u00a5\u20b9\u20a9]|RMB)"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_VALUE = rf"(?:{_MONEY} ?)?(?:\( ?(?:{_MONEY} ?)?{_NUMBER} ?%?\)|[-\u2212]?{_NUMBER}|[\u2014\u2013-])(?: ?%)?"
_LAST = re.compile(rf"(?:^|(?<=\s)){_VALUE}$")
#: Looked at first: what every header line has, and what the lines of other tables have.
_MAY_HEAD = re.compile(r"\d|[Ee][Nn][Dd]")
_APART = re.compile(r"[\t|]")
_NOTE = re.compile(r"\(\d{1,2}\)")
_HEADERS = 6
_ROWS = 3
_COLUMNS = range(2, 9)
_BETWEEN = 4
_LABEL = 160
#: Of ten lines with figures those that must hold one for each column.
_MOST = 8


class _Header(NamedTuple):
    """``first``: the index of the first header line; ``below``: that behind the last; ``rows``: of each line its places."""

    first: int
    below: int
    rows: tuple[tuple[int, Sequence[tuple[int, int]]], ...]

    @property
    def columns(self) -> int:
        """How many columns the lowest line names."""
        return len(self.rows[-1][1])


def tables(lines: Sequence[Line], heads: Heads, heads_table: Callable[[str], bool]) -> dict[int, tuple[int, tuple[RawRow, ...]]]:
    """The tables among ``lines``: by the index of their first line, that behind their last one, and their rows."""
    found: dict[int, tuple[int, tuple[RawRow, ...]]] = {}
    index = 0
    while index < len(lines):
        header = _header(lines, index, heads)
        if header is None:
            index += 1
            continue
        end, body = _body(lines, header, heads, heads_table)
        if _is_table(body, header.columns):
            found[header.first] = (end, _rows(lines, header, body))
        index = max(end, header.below)
    return found


def _header(lines: Sequence[Line], index: int, heads: Heads) -> _Header | None:
    """The header that begins at a line: lines of periods only, each of which divides the columns of the lowest one evenly."""
    rows: list[tuple[int, Sequence[tuple[int, int]]]] = []
    at = index
    while at < len(lines) and len(rows) < _HEADERS:
        text = lines[at][2]
        places = heads(text) if len(text) <= _LABEL and _MAY_HEAD.search(text) and not _APART.search(text) else None
        if not places:
            break
        rows.append((at, places))
        at += 1
    if not rows or len(rows[-1][1]) not in _COLUMNS:
        return None
    columns = len(rows[-1][1])
    if any(columns % len(places) for _, places in rows):
        return None
    return _Header(index, at, tuple(rows))


def _values(text: str) -> list[tuple[int, int]]:
    """The figures at the end of a line, from left to right."""
    found: list[tuple[int, int]] = []
    end = len(text.rstrip())
    while end > 0 and (match := _LAST.search(text[:end])) is not None:
        found.insert(0, match.span())
        end = len(text[: match.start()].rstrip())
    return found


def _body(
    lines: Sequence[Line], header: _Header, heads: Heads, heads_table: Callable[[str], bool]
) -> tuple[int, list[tuple[int, list[tuple[int, int]]]]]:
    """The lines of a table below its header with their figures, to the last one that has some; and the index behind it."""
    body: list[tuple[int, list[tuple[int, int]]]] = []
    pending: list[tuple[int, list[tuple[int, int]]]] = []
    end = header.below
    for at in range(header.below, len(lines)):
        text = lines[at][2]
        ends = _APART.search(text) or text.lstrip().startswith("#") or len(text) > _LABEL or heads(text)
        if ends or (body and not text.strip()) or (body and heads_table(text)) or len(pending) > _BETWEEN:
            break
        values = _values(text)
        # A line that is nothing but one number is a page's.
        if len(values) == 1 and not text[: values[0][0]].strip():
            break
        pending.append((at, values))
        if values:
            body.extend(pending)
            pending, end = [], at + 1
    return end, body


def _is_table(body: Sequence[tuple[int, list[tuple[int, int]]]], columns: int) -> bool:
    filled = [values for _, values in body if values]
    fitting = [values for values in filled if len(values) >= columns]
    return len(fitting) >= _ROWS and 10 * len(fitting) >= _MOST * len(filled)


def _rows(lines: Sequence[Line], header: _Header, body: Sequence[tuple[int, list[tuple[int, int]]]]) -> tuple[RawRow, ...]:
    rows: list[RawRow] = []
    for at, places in header.rows:
        span = header.columns // len(places)
        cells = [_cell(lines[at], place, 1 + number * span, span, number + 2) for number, place in enumerate(places)]
        rows.append(RawRow(len(rows) + 1, lines[at][0], tuple(cells)))
    for at, values in body:
        cells = _body_cells(lines[at], values, header.columns)
        last = rows[-1]
        if len(last.cells) == 1 and last.cells[0].col == 0 and cells[0].col == 0 and _goes_on(last.cells[0].text, cells[0].text):
            rows.pop()
            cells = [cells[0]._replace(text=f"{last.cells[0].text} {cells[0].text}", line=last.cells[0].line,
                                       column=last.cells[0].column, start=last.cells[0].start), *cells[1:]]  # fmt: skip
        rows.append(RawRow(len(rows) + 1, lines[at][0], tuple(cells)))
    return tuple(row._replace(number=number) for number, row in enumerate(rows, 1))


def _goes_on(upper: str, lower: str) -> bool:
    """Whether a label goes on in the next line: that one begins in small letters, and no colon ends this one."""
    return lower[:1].islower() and not upper.rstrip().endswith(":")


def _body_cells(line: Line, values: Sequence[tuple[int, int]], columns: int) -> list[RawCell]:
    """Label and figures of a line. A mark in front of the figures belongs to the label; where there are more or fewer
    figures than columns they stand in one cell, of which nothing is certain."""
    text = line[2]
    extra = values[: len(values) - columns]
    fits = len(values) >= columns and all(_NOTE.fullmatch(text[start:end]) for start, end in extra)
    own = values[len(extra) :] if fits else values[:0]
    first = own[0][0] if fits else values[0][0] if values else len(text)
    label = text[:first]
    cells = [_cell(line, (len(label) - len(label.lstrip()), len(label.rstrip())), 0, 1, 1)] if label.strip() else []
    if fits:
        cells += [_cell(line, place, 1 + number, 1, number + 2) for number, place in enumerate(own)]
    elif values:
        cells.append(_cell(line, (first, len(text.rstrip())), 1, columns, 2))
    return cells


def _cell(line: Line, place: tuple[int, int], col: int, span: int, number: int) -> RawCell:
    return RawCell(col, span, number, line[2][place[0] : place[1]], line[0], place[0] + 1, line[1] + place[0])
