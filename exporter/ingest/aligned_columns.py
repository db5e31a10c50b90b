"""Over which columns of a text that is aligned by blanks a piece of a header stands.

A header is centred over its columns, or ends with its one column. What could as well head others is in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: How far a header may be from the middle of its columns, and by how much farther it must be from that of others; in
#: halves of a column of text, as all that has to do with middles.
_NEAR = 8
_CLEAR = 5

#: The first and the last column that a header is of.
Reach = tuple[int, int]


class Piece(NamedTuple):
    """Words with single blanks between them, at columns [start, end) of a line."""

    start: int
    end: int
    text: str

    @property
    def middle(self) -> int:
        """Where the piece is centred, in halves of a column."""
        return self.start + self.end


class Span(NamedTuple):
    """The columns [start, end) of a line in which the figures of one column stand."""

    start: int
    end: int


def over(span: tuple[int, int], columns: Sequence[Span]) -> list[int]:
    """The columns that a stretch of a line lies over."""
    return [n for n, column in enumerate(columns) if column.start < span[1] and span[0] < column.end]


def in_labels(piece: Piece, columns: Sequence[Span]) -> bool:
    """Whether a piece stands in the field of the labels."""
    return piece.end <= columns[0].start - 2 and piece.start <= columns[0].start // 2


def over_columns(pieces: Sequence[Piece], columns: Sequence[Span]) -> list[Piece]:
    """The pieces of a line that stand outside the field of the labels."""
    return [piece for piece in pieces if not in_labels(piece, columns)]


def reaches(pieces: Sequence[Piece], columns: Sequence[Span], rule: Sequence[Piece] = ()) -> list[Reach] | None:
    """The first and the last column of each piece of a header line; None where that is in doubt. ``rule``: the strokes
    right below, which tell how far each header reaches. A reading in which each column has its header is the better one."""
    strokes = [stroke for stroke in rule if over(stroke[:2], columns)]
    if pieces and len(strokes) == len(pieces):
        under = [over(stroke[:2], columns) for stroke in strokes]
        touch = all(stroke.start < piece.end and piece.start < stroke.end for stroke, piece in zip(strokes, pieces, strict=True))
        if touch and len({n for hits in under for n in hits}) == sum(map(len, under)):
            return [(hits[0], hits[-1]) for hits in under]
    return _covering(pieces, columns) or _apiece(pieces, columns)


def _covering(pieces: Sequence[Piece], columns: Sequence[Span]) -> list[Reach]:
    """The one reading in which the pieces share all columns, in order, each near the middle of its own; else nothing."""
    readings: list[list[Reach]] = [[]] if pieces else []
    for number, piece in enumerate(pieces):
        left = len(pieces) - number - 1
        longer: list[list[Reach]] = []
        for reading in readings:
            low = reading[-1][1] + 1 if reading else 0
            highs = range(low, len(columns) - left) if left else (len(columns) - 1,)
            longer.extend([*reading, (low, high)] for high in highs if low <= high and _fits(piece, columns, low, high))
        readings = longer
    return readings[0] if len(readings) == 1 else []


def _apiece(pieces: Sequence[Piece], columns: Sequence[Span]) -> list[Reach] | None:
    """The run of columns of each piece for itself, where it is clearly nearer to one than to any other."""
    found: list[Reach] = []
    for number, piece in enumerate(pieces):
        least = found[-1][1] + 1 if found else 0
        after = over(pieces[number + 1][:2], columns) if number + 1 < len(pieces) else []
        most = after[0] if after else len(columns)
        runs = sorted((_apart(piece, columns, low, high), low, high) for low in range(least, most) for high in range(low, most))
        runs = [run for run in runs if _holds(piece, columns, *run[1:])]
        if not runs or not _fits(piece, columns, *runs[0][1:]) or (len(runs) > 1 and runs[1][0] - runs[0][0] < _CLEAR):
            return None
        found.append(runs[0][1:])
    return found


def _fits(piece: Piece, columns: Sequence[Span], low: int, high: int) -> bool:
    """Whether a piece may head the columns from ``low`` to ``high``: it stands near their middle, and over no other."""
    width = columns[high].end - columns[low].start
    return _holds(piece, columns, low, high) and _apart(piece, columns, low, high) <= max(_NEAR, width // 4)


def _holds(piece: Piece, columns: Sequence[Span], low: int, high: int) -> bool:
    return all(low <= hit <= high for hit in over(piece[:2], columns))


def _apart(piece: Piece, columns: Sequence[Span], low: int, high: int) -> int:
    """How far, in halves of a column, a piece is from the middle of a run of columns: of their figures, or of their
    fields, for figures stand at the right of these. Over one column it may as well end with it."""
    figures = columns[low].start + columns[high].end
    fields = _field(columns, low) + columns[high].end
    middle = max(fields - piece.middle, piece.middle - figures, 0)
    return min(middle, 2 * abs(piece.end - columns[high].end)) if low == high else middle


def _field(columns: Sequence[Span], at: int) -> int:
    """Where the field of a column begins: as wide as from its end to that of its neighbour."""
    ends = [column.end for column in columns]
    steps = [ends[n + 1] - ends[n] for n in (at - 1, at) if 0 <= n < len(ends) - 1]
    start = min(columns[at].start, ends[at] - min(steps)) if steps else columns[at].start
    return max(start, ends[at - 1]) if at else start
