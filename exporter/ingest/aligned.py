"""Text aligned by blanks (old filings, pages of a PDF) -> the rows of a table, with the grid of any other.

A column is where figures stand one below the other, with blanks on both sides in every line. A header belongs to
the run of columns over whose middle it stands. Where two figures of a line fall into one column, or a header stands
over the middle of nothing, the lines stay running text: nothing is read from a column that is in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exporter.ingest.aligned_columns import Piece, Span, in_labels, over, over_columns, reaches
from exporter.ingest.document import RawCell, RawRow

Line = tuple[int, int, str]

_WIDE = re.compile(r"\S {2,}\S")
_LEADERS = re.compile(r"(?:\. ?){3,}|_{3,}|\u2026+")
_PIECE = re.compile(r"\S+(?: \S+)*")
_STROKES = " \t=_\u2500\u2550-"
_TAG = re.compile(r"\s*</?(?:table|caption|page|s|c|fn)\b", re.IGNORECASE)
_MONEY = r"(?:[A-Z]{0,3}[$\u20ac\u00a3\u00a5\u20b9\u20a9]|RMB|Rs\.)"
_NUMBER = rf"[-\u2212\u2013(（\u25b3]{{0,2}} ?{_MONEY}? ?[-\u2212\u2013(（]?(?:\d[\d,.'\u2019]*|\.\d+)"
_FIGURE = re.compile(rf"(?P<sign>{_MONEY} ?)?{_NUMBER} ?%?(?:[)）] ?(?:%|x|pts?|bps)?|x|p|pts?|bps)?(?: ?\([\da-z]\))?")
_DASH = re.compile(rf"{_MONEY}? ?\(?[-\u2013\u2014\u2212]{{1,3}}\)? ?%?")
_NONE = re.compile(r"(?:n\.?/?m\.?|n\.?/?a\.?|\*{1,3}|nil|%|[)）]%?)", re.IGNORECASE)
_SIGN = re.compile(_MONEY)
_TIME = re.compile(r"(?:19|20)\d\d|\d{1,2}([./-])\d{1,2}\1(?:(?:19|20)?\d\d)|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2}")
_ITEM = re.compile(r"\(?(?:\d{1,2}|[a-z]|[A-Z]|[ivxIVX]{1,5})[.)]{0,2}")
_ONWARDS = re.compile(r"(?!\([^()]*\)$)\(?[a-z]")
_GAP = 3
_ROWS = 3
_COLUMNS = 24
_HEADERS = 10


@dataclass(frozen=True, slots=True)
class _Read:
    """A line in pieces: what stands before its figures, and the figures; ``rule``: it only underlines."""

    line: Line
    label: tuple[Piece, ...]
    values: tuple[Piece, ...]
    rule: tuple[Piece, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces of the line."""
        return self.label + self.values

    @property
    def body(self) -> bool:
        """Whether the line holds figures that are not all years or days."""
        return any(not _TIME.fullmatch(piece.text) and any(map(str.isdigit, piece.text)) for piece in self.values)


def tables(lines: Sequence[Line], heads_table: Callable[[str], bool]) -> dict[int, tuple[int, tuple[RawRow, ...]]]:
    """The tables among ``lines``: by the index of their first line, that behind their last one, and their rows."""
    found: dict[int, tuple[int, tuple[RawRow, ...]]] = {}
    index = done = 0
    while index < len(lines):
        text = lines[index][2]
        if "  " not in text or _WIDE.search(text) is None or not _read(lines[index]).body:
            index += 1
            continue
        end, body = _region(lines, index, heads_table)
        columns = _columns(body)
        if columns:
            first, heads = _headers(lines, index, done, columns)
            rows = _rows([*heads, *body], columns) if heads is not None else None
            if rows is not None:
                found[first] = (end, rows)
                done = end
        index = end
    return found


# --- lines ----------------------------------------------------------------------------------------


def _read(line: Line) -> _Read:
    text = line[2]
    if "\t" in text or "|" in text or _TAG.match(text):
        return _Read(line, (), ())
    pieces = [Piece(*match.span(), match[0]) for match in _PIECE.finditer(_LEADERS.sub(lambda dots: " " * len(dots[0]), text))]
    if not text.strip(_STROKES) and any(len(piece.text) > _GAP for piece in pieces):
        return _Read(line, (), (), tuple(pieces))
    at = len(pieces)
    while at and _is_value(pieces[at - 1].text):
        at -= 1
    while at < len(pieces) and _NONE.fullmatch(pieces[at].text) and at == 0:
        at += 1
    return _Read(line, tuple(pieces[:at]), tuple(pieces[at:]))


def _is_value(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in (_FIGURE, _DASH, _NONE, _SIGN))


def _region(lines: Sequence[Line], index: int, heads_table: Callable[[str], bool]) -> tuple[int, list[_Read]]:
    """The lines of a table from its first line with figures to its last, and the index behind it."""
    reads: list[_Read] = []
    end = index
    left = 10**9
    for at in range(index, len(lines)):
        read = _read(lines[at])
        text = lines[at][2]
        if read.body:
            left = min(left, *(piece.start for piece in read.values))
            reads.extend(_read(line) for line in lines[end:at])
            reads.append(read)
            end = at + 1
        elif (text.strip() and not read.rule and (_ends(text, read, left) or heads_table(text))) or _too_far(lines[end : at + 1]):
            break
    return end, reads


def _ends(text: str, read: _Read, left: int) -> bool:
    """Whether a line without figures is none of a table whose figures begin at column ``left``."""
    if "\t" in text or "|" in text or text.lstrip().startswith("#") or text.strip().lower().startswith("</table"):
        return True
    return len(read.pieces) == 1 and read.pieces[0].start < left / 2 and read.pieces[0].end > left + _GAP


def _too_far(lines: Sequence[Line]) -> bool:
    blank = sum(not text.strip() for _, _, text in lines)
    filled = sum(bool(text.strip(_STROKES)) for _, _, text in lines)
    return blank > _GAP or filled > _HEADERS


# --- columns --------------------------------------------------------------------------------------


def _columns(reads: Sequence[_Read]) -> tuple[Span, ...]:
    """Where the figures of the lines stand; none where two of one line would share a column."""
    body = [read for read in reads if read.body]
    if sum(bool(read.label) for read in body) < _ROWS - 1 or len(body) < _ROWS:
        return ()
    lines = [_figures(read) for read in body]
    found: list[list[int]] = []
    for start, end in sorted(span for spans in lines for span in spans):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
            found[-1][2] += 1
        else:
            found.append([start, end, 1])
    if len(found) > _COLUMNS or any(_alone(*column) for column in found):
        return ()
    columns = tuple(Span(start, end) for start, end, _ in found)
    apart = all(len({hit for span in spans for hit in over(span, columns)}) == len(spans) for spans in lines)
    return columns if apart else ()


def _alone(start: int, end: int, figures: int) -> bool:
    """Whether a single figure, that is no number of a note, would make a column of its own."""
    return figures == 1 and end - start > 2


def _figures(read: _Read) -> list[Span]:
    """Where the numbers of a line stand, without the currency signs before them; a number in front of all is a label."""
    spans = []
    for number, piece in enumerate(read.values):
        match = _FIGURE.fullmatch(piece.text)
        if match is None or not any(map(str.isdigit, piece.text)) or (number == 0 and not read.label and piece.start < _HEADERS):
            continue
        spans.append(Span(piece.start + len(match["sign"] or ""), piece.end))
    return spans


# --- headers --------------------------------------------------------------------------------------

def _headers(lines: Sequence[Line], index: int, done: int, columns: Sequence[Span]) -> tuple[int, list[_Read] | None]:
    """The header lines above line ``index``, and where they begin; None where one of them is in doubt. Headings of rows
    may stand between; what stands above them over one column of several is no header but a note at the right."""
    heads: list[_Read] = []
    reached: list[int] = []
    blank = 0
    for at in range(index - 1, max(done, index - _HEADERS) - 1, -1):
        read = _read(lines[at])
        blank = blank + 1 if not lines[at][2].strip() else 0
        placed = reaches(over_columns(read.pieces, columns), columns, heads[0].rule if heads else ())
        if (placed is None and len(read.pieces) > 1) or _beside(read, columns, placed or ()):
            return index, None
        if blank > 1 or placed is None:
            break
        heads.insert(0, read)
        reached.insert(0, sum(high - low + 1 for low, high in placed) if len(placed) == 1 else len(columns) * len(placed))
    while heads and reached[0] < len(columns):
        del heads[0], reached[0]
    return index - len(heads), heads


def _beside(read: _Read, columns: Sequence[Span], placed: Sequence[tuple[int, int]]) -> bool:
    """Whether a header with digits stands over the labels, beside others that leave a column without one: all of them
    may be out of place."""
    aside = any(in_labels(piece, columns) and any(map(str.isdigit, piece.text)) for piece in read.pieces)
    return aside and 0 < sum(high - low + 1 for low, high in placed) < len(columns)


# --- rows -----------------------------------------------------------------------------------------


def _rows(reads: Sequence[_Read], columns: Sequence[Span]) -> tuple[RawRow, ...] | None:
    """The rows of the lines; None where the column of a piece is in doubt."""
    rows: list[RawRow] = []
    pending: tuple[RawCell, ...] = ()
    for at, read in enumerate(reads):
        if not read.pieces:
            pending = () if not read.line[2].strip() else pending
            continue
        below = next((other.rule for other in reads[at + 1 : at + 2]), ())
        cells = _body_cells(read, columns) if read.body else _head_cells(read, columns, below)
        if cells is None:
            return None
        if len(cells) == 1 and cells[0].col == 0 and rows and _goes_on(cells[0].text) and not pending:
            last = rows[-1]
            if len(last.cells) > 1 and last.cells[0].col == 0 and not (at + 1 < len(reads) and _goes_on(_label(reads[at + 1]))):
                rows[-1] = last._replace(cells=(_joined(last.cells[0], cells[0]), *last.cells[1:]))
                continue
        if pending and cells and cells[0].col == 0 and (_goes_on(cells[0].text) or _open(pending[0].text)):
            rows.pop()
            cells = (_joined(pending[0], cells[0]), *cells[1:])
        pending = cells if len(cells) == 1 and cells[0].col == 0 and cells[0].text[-1] not in ":：" else ()
        rows.append(RawRow(len(rows) + 1, read.line[0], cells))
    return tuple(row._replace(number=number) for number, row in enumerate(rows, 1))


def _label(read: _Read) -> str:
    return read.label[0].text if read.label else ""


def _goes_on(text: str) -> bool:
    """Whether a label begins as one that goes on from the line above."""
    return _ONWARDS.match(text) is not None


def _open(text: str) -> bool:
    """Whether a label ends within brackets."""
    return text.count("(") > text.count(")")


def _joined(upper: RawCell, lower: RawCell) -> RawCell:
    return upper._replace(text=f"{upper.text} {lower.text}")


def _body_cells(read: _Read, columns: Sequence[Span]) -> tuple[RawCell, ...] | None:
    """Label and figures of a line; a number in front of all columns belongs to the label."""
    label = [piece for piece in read.label if piece.start < columns[0].start]
    values = [piece for piece in read.pieces if piece not in label]
    if values and not label and values[0].end < columns[0].start and not _SIGN.fullmatch(values[0].text):
        label = [values.pop(0)]
    if any(piece.end > columns[0].start for piece in label):
        return None
    cells = _label_cells(read.line, label)
    for number, piece in enumerate(values):
        sign = _SIGN.fullmatch(piece.text) is not None
        beside = values[number + 1 : number + 2] if sign else values[max(number - 1, 0) : number]
        closes = not sign and _NONE.fullmatch(piece.text) is not None and piece.text[0] in "%)）"
        hits = over((beside[0] if (sign or closes) and beside else piece)[:2], columns) or _nearest(piece, columns)
        if len(hits) != 1:
            return None
        column = columns[hits[0]]
        # A sign of its own stands in front of the figures' grid columns, what closes a figure right behind them.
        col, span = (column.start, 1) if sign else (column.end + 1, 1) if closes else (column.start + 1, column.end - column.start)
        cells.append(_cell(read.line, piece, col, span, hits[0] + 2))
    return tuple(cells)


def _nearest(piece: Piece, columns: Sequence[Span]) -> list[int]:
    """The column at whose right edge a dash or a short word ends, where it lies over none."""
    return [n for n, column in enumerate(columns) if abs(piece.end - column.end) <= _GAP]


def _head_cells(read: _Read, columns: Sequence[Span], rule: Sequence[Piece]) -> tuple[RawCell, ...] | None:
    """The cells of a line without figures: over the labels, over columns, or a heading in the middle of the page."""
    heads = over_columns(read.pieces, columns)
    label = [piece for piece in read.pieces if piece not in heads]
    reached = reaches(heads, columns, rule)
    if reached is None:
        return (_cell(read.line, heads[0], 0, 1, 1),) if len(read.pieces) == 1 else None
    if _beside(read, columns, reached):
        return None
    cells = _label_cells(read.line, label)
    for piece, (low, high) in zip(heads, reached, strict=True):
        start, end = columns[low].start, columns[high].end + 1
        cells.append(_cell(read.line, piece, start, end - start, low + 2))
    return tuple(cells)


def _label_cells(line: Line, label: Sequence[Piece]) -> list[RawCell]:
    """The cell of the labels, if any; the number of an item in front of its words is left out."""
    named = label[1:] if len(label) > 1 and _ITEM.fullmatch(label[0].text) else label
    return [_cell(line, Piece(named[0].start, named[-1].end, " ".join(piece.text for piece in named)), 0, 1, 1)] if named else []


def _cell(line: Line, piece: Piece, col: int, span: int, number: int) -> RawCell:
    """A cell at grid column ``col``; ``number`` is its rank in the row, the label's 1."""
    return RawCell(col, span, number, piece.text, line[0], piece.start + 1, line[1] + piece.start)
