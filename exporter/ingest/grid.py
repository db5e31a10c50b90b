"""Blocks -> grids: rows with a label and figures, figures in logical columns.

A figure may be spread over cells: ``$`` | ``4,373`` | ``)`` | ``%``. A figure is read only where the
whole cell is understood; a cell with anything else in it stays text, and the caller lists its tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from exporter.ingest.document import RawCell, TableBlock
from exporter.ingest.lexicon import Lexicon
from exporter.ingest.numbers import PATTERNS, Style, plain_digits

TOKEN = re.compile(r"\d(?:\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d*(?:\.\d+)?)")
_PARTS = ("open", "close", "minus1", "minus2", "pct1", "pct2", "sign1", "sign2", "sign3", "num", "body")
_MINUS = "[-\u2010-\u2015\u2212]"
_MARKS = r"(?:\s*(?:\^\{?\*?\d+\}?|\(\d{1,2}\)|\([a-z*]{1,2}\)|\*+))*"
_DASH = re.compile(rf"\(?{_MINUS}{{1,3}}\)?\s*%?")
_DIGIT = re.compile(r"\d")
_ITEM = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,5})[.)]{0,2}", re.IGNORECASE)
_MARK_CELL = re.compile(r"\((?:\d{1,2}|[a-z*]{1,2})\)|[*†‡]{1,3}", re.IGNORECASE)
# A cell of its own that ends the figure before it; a bare "(1)" does not: it may be minus one.
_CLOSER = re.compile(rf"(?:[)）]\s*(?:%|bps|x|pts?)?|(?:%|bps|x|pts?)\s*[)）]?){_MARKS}")


class Figure(NamedTuple):
    """A printed number. ``value`` is unscaled and signed as printed (brackets are a minus);
    ``digits`` as printed; ``at``: where ``raw`` begins in the text of ``cell``; ``suffix`` "", "%", "bps"
    or another unit sign; ``sign`` a currency sign."""

    value: Decimal
    digits: str
    raw: str
    at: int
    suffix: str
    sign: str
    cell: RawCell


class Slot(NamedTuple):
    """A cell of the grid that holds a figure, a dash or other text, at grid columns [col, end)."""

    col: int
    end: int
    text: str
    cell: RawCell
    figure: Figure | None = None
    dash: bool = False


class GridRow(NamedTuple):
    """``label``: the text before the first value; ``slots``: every non-empty cell, label included; ``values``: the
    figures and dashes among them."""

    number: int
    line: int
    label: str
    slots: tuple[Slot, ...]
    values: tuple[Slot, ...]

    def holding(self, slots: tuple[Slot, ...]) -> GridRow:
        """The row with other slots."""
        return GridRow(self.number, self.line, self.label, slots, tuple([slot for slot in slots if slot.figure or slot.dash]))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in rows and grid columns; ``spanned``: its cells say how many columns they span."""

    number: int
    line: int
    rows: tuple[GridRow, ...]
    spanned: bool
    width: int


class Reader:
    """Reads cells with the currency signs of a lexicon."""

    def __init__(self, lexicon: Lexicon, style: Style = "point") -> None:
        self._style = style
        sign = lexicon.sign
        self._figure = re.compile(
            rf"(?P<sign1>{sign})?\s*(?P<body>(?P<open>[(（])?\s*(?P<minus1>{_MINUS})?\s*(?P<sign2>{sign})?\s*(?P<minus2>{_MINUS})?\s*"
            rf"(?P<num>{PATTERNS[style]})\s*(?P<pct1>%|bps)?\s*(?P<close>[)）])?\s*(?P<pct2>%|bps|x|pts?)?)(?:\s*(?P<sign3>{sign}))?(?P<marks>{_MARKS})",
            re.IGNORECASE,
        )
        self._bare = re.compile(rf"([(（])?({PATTERNS[style]})(?(1)[)）])")
        self._sign_only = re.compile(rf"{sign}", re.IGNORECASE)
        self._opener = re.compile(rf"(?:{sign})? ?[(（]|[(（] ?(?:{sign})", re.IGNORECASE)

    def grid(self, block: TableBlock) -> Grid:
        """A table of the source with its figures read."""
        rows = _unmarked(tuple(self._row(row.number, row.line, row.cells) for row in block.rows))
        width = max((slot.end for row in rows for slot in row.slots), default=0)
        return Grid(block.number, block.line, rows, block.spanned, width)

    def figure(self, text: str, cell: RawCell, sign: str = "", offset: int = 0) -> Figure | None:
        """The figure that ``text`` is, as a whole, or None."""
        bare = self._bare.fullmatch(text)
        if bare is not None:
            return self._made(bare[2], bare[1] is not None, text, offset, "", sign.strip(), cell)
        match = self._figure.fullmatch(text) if _DIGIT.search(text) else None
        if match is None:
            return None
        opened, closed, *rest = match.group(*_PARTS)
        if closed and not opened:
            return None
        minus1, minus2, pct1, pct2, sign1, sign2, sign3, num, body = rest
        suffix = (pct1 or pct2 or "").lower()
        found = (sign1 or sign2 or sign3 or sign).strip()
        return self._made(num, bool(opened or minus1 or minus2), body.rstrip(), match.start("body") + offset, suffix, found, cell)

    def _made(self, number: str, negative: bool, raw: str, at: int, suffix: str, sign: str, cell: RawCell) -> Figure:
        digits = plain_digits(number, self._style)
        value = Decimal(digits)
        return Figure(value.copy_negate() if negative else value, digits, raw, at, suffix, sign, cell)

    def _row(self, number: int, line: int, cells: tuple[RawCell, ...]) -> GridRow:
        slots: list[Slot] = []
        pending: RawCell | None = None
        for cell in cells:
            text = cell.text
            if not text:
                continue
            if pending is None and not slots and cell.col == 0:
                slots.append(self._slot(cell, ""))
                continue
            if not text[0].isdigit():  # what begins with a digit is neither a sign nor the end of a figure
                if self._sign_only.fullmatch(text) or self._opener.fullmatch(text):
                    slots.extend(_kept(pending))
                    pending = cell
                    continue
                if slots and self._closes(slots[-1], cell):
                    slots[-1] = self._joined(slots[-1], cell)
                    continue
            if pending is not None:
                made = self._after(pending, cell)
                slots.extend((*_kept(None if made.figure or made.dash else pending), made))
                pending = None
            else:
                slots.append(self._slot(cell, ""))
        slots.extend(_kept(pending))
        label = slots[0].text if slots and not (slots[0].figure and slots[0].col > 0) and slots[0].col == 0 else ""
        if not label and slots and not (slots[0].figure or slots[0].dash):
            label = slots[0].text
        elif len(slots) > 1 and _ITEM.fullmatch(label) and slots[1].text[-1:].isalpha() and not slots[1].figure:
            label = slots[1].text  # behind the number of the item
        return GridRow(number, line, label, (), ()).holding(tuple(slots))

    def _after(self, pending: RawCell, cell: RawCell) -> Slot:
        """A figure behind a cell with its currency sign, its opening bracket or both: ``$(`` | ``1,408`` | ``)``."""
        sign = pending.text.strip("(（ ")
        figure = self._open_figure(cell, sign, "(") if sign != pending.text else None
        return self._slot(cell, sign) if figure is None else Slot(cell.col, cell.col + cell.span, cell.text, cell, figure)

    def _slot(self, cell: RawCell, sign: str) -> Slot:
        end = cell.col + cell.span
        if cell.col > 0:
            figure = self.figure(cell.text, cell, sign)
            if figure is None and cell.text[0] in "(（":
                figure = self._open_figure(cell, sign)
            if figure is not None:
                return Slot(cell.col, end, cell.text, cell, figure)
            bare = self._sign_only.sub("", cell.text).strip() if sign == "" else cell.text
            if bare and _DASH.fullmatch(bare):
                return Slot(cell.col, end, cell.text, cell, None, True)
        return Slot(cell.col, end, cell.text, cell)

    def _open_figure(self, cell: RawCell, sign: str, opened: str = "") -> Figure | None:
        """``(616,537`` whose bracket closes in the next cell: complete only once that was seen."""
        figure = self.figure(f"{opened}{cell.text})", cell, sign)
        return None if figure is None else figure._replace(raw=opened + cell.text)

    def _closes(self, slot: Slot, cell: RawCell) -> bool:
        if not (slot.figure or slot.dash) or cell.col - slot.end > 1 or not _CLOSER.fullmatch(cell.text):
            return False
        return not slot.dash or "%" in cell.text

    def _joined(self, slot: Slot, cell: RawCell) -> Slot:
        figure = slot.figure
        if figure is not None and cell.text[0] in ")）" and figure.raw[:1] not in "(（":
            return Slot(slot.col, slot.end, slot.text + cell.text, slot.cell)  # closes what was never opened
        if figure is not None:
            suffix = next((s for s in ("%", "bps", "x") if s in cell.text.lower()), figure.suffix)
            raw = figure.raw + (")" if cell.text[0] in ")）" and figure.raw[:1] in "(（" and figure.raw[-1:] not in ")）" else "")
            figure = figure._replace(raw=raw, suffix=suffix)
        return Slot(slot.col, slot.end, slot.text, slot.cell, figure, slot.dash)


def _kept(pending: RawCell | None) -> tuple[Slot, ...]:
    """A sign that no figure follows stays a text of its own."""
    return (Slot(pending.col, pending.col + pending.span, pending.text, pending),) if pending is not None else ()


def _unmarked(rows: tuple[GridRow, ...]) -> tuple[GridRow, ...]:
    """Rows without the footnote marks, "(1)", that stand in cells of their own right behind figures: where all that
    a grid column prints is such, and nothing heads it."""
    marks: dict[int, bool] = {}
    for row in rows:
        for at, slot in enumerate(row.slots):
            behind = at > 0 and row.slots[at - 1].figure is not None and row.slots[at - 1].end == slot.col
            marks[slot.col] = marks.get(slot.col, True) and behind and _MARK_CELL.fullmatch(slot.text) is not None
    found = {col for col, mark in marks.items() if mark}
    if not found:
        return rows
    return tuple([row.holding(tuple([slot for slot in row.slots if slot.col not in found])) for row in rows])


def unread(slot: Slot) -> bool:
    """Whether a cell holds digits that were not read as one figure."""
    return slot.col > 0 and slot.figure is None and TOKEN.search(slot.text) is not None


def open_bracket(figure: Figure) -> bool:
    """A bracket that never closed: the sign is not certain."""
    return figure.raw[:1] in "(（" and figure.raw[-1:] not in ")）%" and ")" not in figure.raw


# --- logical columns ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Band:
    """A logical column: the grid columns [col, end) in which its figures stand."""

    col: int
    end: int


def bands(rows: list[GridRow]) -> tuple[Band, ...]:
    """Logical columns of a body, from left to right. Narrow figures make them; a wide cell that would
    join two of them makes none (its figure then has no certain column)."""
    spans = sorted({(slot.col, slot.end) for row in rows for slot in row.values if slot.col > 0}, key=lambda s: (s[1] - s[0], s[0]))
    found: list[list[int]] = []
    for col, end in spans:
        hits = [band for band in found if band[0] < end and col < band[1]]
        if not hits:
            found.append([col, end])
        elif len(hits) == 1:
            hits[0][0], hits[0][1] = min(hits[0][0], col), max(hits[0][1], end)
    return tuple(Band(col, end) for col, end in sorted(map(tuple, found)))


class Bands:
    """The logical columns of a part, and in which of them a slot lies; remembered, for the cells of all rows
    stand in the same few columns."""

    def __init__(self, columns: tuple[Band, ...]) -> None:
        self.columns = columns
        self._at: dict[tuple[int, int], int | None] = {}

    def at(self, slot: Slot) -> int | None:
        """Index of the one band that a slot lies in, or None."""
        span = (slot.col, slot.end)
        if span not in self._at:
            hits = [n for n, band in enumerate(self.columns) if band.col < slot.end and slot.col < band.end]
            self._at[span] = hits[0] if len(hits) == 1 else None
        return self._at[span]
