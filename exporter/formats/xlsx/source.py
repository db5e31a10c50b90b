"""The sheet Source: the text of the document, a row a line, so that each figure can lead to its print.

A line of text is a row as it stands. Markup is shown as its text, a row a paragraph or table row, for a line of it may
hold a whole document. Nothing of a line is dropped: what is longer than a cell holds goes on in the next row.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from exporter.model import DocumentInfo, Observation

_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_PARTS = re.compile(r"(?=<(?:tr|p|div|h[1-6]|li|table|title|br)\b)", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LONGEST = 3_500  # characters of a row, so that all of it can be seen


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of the sheet: which line of the source it is of (1-based), and at which column of it (1-based) it begins."""

    line: int
    column: int
    text: str


def pieces(document: DocumentInfo) -> list[Piece]:
    """The rows of the sheet, in order. Every line of a text has one, an empty line too."""
    if "html" in document.media:
        return list(_markup(document.text))
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [piece for number, line in enumerate(lines, 1) for piece in _cut(number, 1, line.rstrip())]


def _markup(text: str) -> Iterator[Piece]:
    shown = _HIDDEN.sub(lambda found: "\n" * found[0].count("\n"), text)
    line = 1
    for part in _PARTS.split(shown):
        plain = html.unescape(_TAG.sub("", _CELL_END.sub("  \t", part)))
        plain = " ".join(plain.replace("\t", "\x00").split()).replace("\x00", "   ").strip()
        yield from _cut(line, 1, plain) if plain else ()
        line += part.count("\n")


def _cut(line: int, column: int, text: str) -> Iterator[Piece]:
    yield Piece(line, column, text[:_LONGEST])
    for start in range(_LONGEST, len(text), _LONGEST):
        yield Piece(line, column + start, text[start : start + _LONGEST])


def rows_of(rows: list[Piece], figures: Iterable[Observation], media: str) -> list[int]:
    """The index in ``rows`` of each figure's print; figures come in the order of the document.

    In text a figure's line and column say it. In markup only the line is sure: of its rows, from the last figure's on,
    the first that holds the figure's raw text, with its label before one without.
    """
    starts = [(piece.line, piece.column) for piece in rows]
    found, last = [], 0
    for figure in figures:
        at = max(bisect_right(starts, (figure.place.line, figure.place.column)) - 1, 0)
        if "html" in media:
            at = last = _search(rows, starts, figure, last)
        found.append(at)
    return found


def _search(rows: list[Piece], starts: list[tuple[int, int]], figure: Observation, last: int) -> int:
    """Lines are counted from where a row begins, so that a figure may stand in the row before or after its line's first."""
    if not rows:
        return 0
    first = max(bisect_left(starts, (figure.place.line, 0)) - 1, 0)
    end = min(bisect_left(starts, (figure.place.line + 1, 0)) + 1, len(rows))
    label, raw = _squeezed(figure.label), _squeezed(figure.raw)
    holding = [at for at in range(min(max(first, last), end - 1), end) if raw in _squeezed(rows[at].text)]
    return next((at for at in holding if label in _squeezed(rows[at].text)), holding[0] if holding else first)


@lru_cache(maxsize=512)
def _squeezed(text: str) -> str:
    return "".join(text.split())
