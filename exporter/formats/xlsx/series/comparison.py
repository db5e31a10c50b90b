"""The sheet that sets issuers side by side: a figure, then a row an issuer, on calendar periods. It has an axis of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.series.grid import Grid, Page
from exporter.formats.xlsx.series.statement import RATIO_FORMAT, Frame, fit_pages, marked, scale_of
from exporter.formats.xlsx.series.texts import Texts
from exporter.model import Period
from exporter.series import Cell, Key
from exporter.series.comparison import Slot, slots
from exporter.series.nouns import BLOCKS, RatioKind

FIXED = 3  # issuer, canonical ID, unit
_TITLE, _CHECK, _BLOCKS = 0, 1, 3
HEAD = _BLOCKS + 2
_WIDTHS = (46, 40, 20)
_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Line:
    """A heading (``entity`` is ""), or the figures, growth or margins of an issuer."""

    key: Key
    entity: str = ""
    ratio: RatioKind | None = None


class Comparison:
    """Plans and writes the sheet; ``lines`` and ``columns`` are empty where there is one issuer only."""

    def __init__(self, texts: Texts, grid: Grid) -> None:
        series, design = texts.series, texts.design
        self.texts, self.grid = texts, grid
        keys = [line.row.key for line in grid.highlights() if line.ratio is None]
        found = slots(series.spots, series.columns, keys) if len(series.entities) > 1 else {}
        self.spots = found
        self.columns: list[Slot] = sorted({slot for row in found.values() for slot in row})
        self.lines: list[Line] = [line for key in keys for line in self._lines(key)] if found else []
        self.wide, self.high = design.columns_per_sheet - FIXED, design.rows_per_sheet - HEAD

    def _lines(self, key: Key) -> Iterator[Line]:
        """A figure with a row an issuer, then growth, then margin, each where there is one."""
        series = self.texts.series
        entities = [entity.id for entity in series.entities if (key, entity.id) in self.spots]
        if not entities:
            return
        yield Line(key)
        yield from (Line(key, entity) for entity in entities)
        for kind in ("yoy", "margin"):
            ratio: RatioKind = "yoy" if kind == "yoy" else "margin"
            for entity in entities:
                if any((ratio, key, entity, period) in series.ratios for period in self.spots[key, entity].values()):
                    yield Line(key, entity, ratio)

    def lots(self) -> list[tuple[Sequence[Line], Sequence[Slot]]]:
        """The parts that fit a sheet each, in order."""
        return [
            (self.lines[top : top + self.high], self.columns[left : left + self.wide])
            for left in range(0, len(self.columns), self.wide)
            for top in range(0, len(self.lines), self.high)
        ]

    def write(self, book: Book, page: Page, lot: tuple[Sequence[Line], Sequence[Slot]], frame: Frame) -> int:
        """Write one page; how many lines it has."""
        lines, columns = lot
        self._head(book, page, columns, frame)
        for at, line in enumerate(lines, HEAD):
            if not line.entity:
                book.text(page.sheet, at, 0, self.texts.name(line.key), "caption")
                book.text(page.sheet, at, 1, line.key.concept, "identifier")
            elif line.ratio is None:
                self._values(book, page, at, line, columns)
            else:
                self._ratios(book, page, at, line, columns)
        return len(lines)

    def _head(self, book: Book, page: Page, columns: Sequence[Slot], frame: Frame) -> None:
        sheet, word = page.sheet, self.texts.design.word
        book.text(sheet, _TITLE, 0, page.name, "title")
        sheet.set_row(_TITLE, 24)
        frame.put(book, sheet, _CHECK, 0, self.texts.design)
        book.link(sheet, _CHECK, 1, f"{shapes.quoted(frame.cover)}!A1", word("back"))
        about = self.texts.design.sheets[page.kind].get("about", {})
        book.text(sheet, _CHECK + 1, 0, self.texts.design.layout.pick(about), "subtitle")
        for at, name in enumerate(("calendar_row", "head_concept", "head_unit")):
            book.text(sheet, _BLOCKS, at, "", "block")
            book.text(sheet, _BLOCKS + 1, at, word(name), "axis_last_text")
            sheet.set_column(at, at, _WIDTHS[at])
        at = FIXED
        for block, members in groupby(columns, key=lambda slot: slot.block):
            for place, slot in enumerate(members):
                book.text(sheet, _BLOCKS, at, word(BLOCKS[block]) if place == 0 else "", "block")
                name = slot.calendar if slot.number == 1 else f"{slot.calendar} ({slot.number})"
                book.text(sheet, _BLOCKS + 1, at, name, "axis_last")
                at += 1
        sheet.set_column(FIXED, FIXED + len(columns) - 1, _WIDTH)
        sheet.freeze_panes(HEAD, 1)
        book.print_setup(sheet, page.name, _BLOCKS, HEAD - 1)
        fit_pages(sheet, len(columns))

    def _values(self, book: Book, page: Page, at: int, line: Line, columns: Sequence[Slot]) -> None:
        """The figures of an issuer, repeated from its statement, each with its own fiscal period in a note."""
        key, entity = line.key, line.entity
        found = {place: period for place, slot in enumerate(columns) if (period := self.spots[key, entity].get(slot)) is not None}
        cells = {place: self.texts.series.cells[key, entity, period] for place, period in found.items()}
        percent = self.texts.percent(key)
        scale = 0 if percent else scale_of(list(cells.values()), key.unit)
        book.text(page.sheet, at, 0, self.texts.entities[entity].name, "label", indent=1)
        book.text(page.sheet, at, 1, key.concept, "identifier")
        book.text(page.sheet, at, 2, self.texts.unit(key, scale, entity), "unit")
        for place, cell in cells.items():
            if cell.value is not None:
                self._value(book, page, (at, FIXED + place), line, found[place], cell, scale)

    def _value(self, book: Book, page: Page, where: tuple[int, int], line: Line, period: Period, cell: Cell, scale: int) -> None:
        value = cell.value
        if value is None:
            return
        decimals = shapes.places_of(value) if cell.decimals is None else cell.decimals
        design = self.texts.design
        number = marked(shapes.number_format(decimals, scale, self.texts.percent(line.key)), design.marks.get(cell.status, ""))
        target = self.grid.home(line.key, "", line.entity, period, page)
        if target:
            book.formula(page.sheet, *where, f"={target}", value, book.format("repeated", number))
        else:
            book.number(page.sheet, *where, value, book.format(cell.status, number))
        label = self.texts.period(line.entity, period)
        book.note(page.sheet, *where, design.word("note_fiscal", label=label, end=period.end))

    def _ratios(self, book: Book, page: Page, at: int, line: Line, columns: Sequence[Slot]) -> None:
        """Growth or margins of an issuer, repeated from Highlights."""
        kind, key, entity = line.ratio or "yoy", line.key, line.entity
        ratios = self.texts.series.ratios
        name = ""
        for place, slot in enumerate(columns):
            period = self.spots[key, entity].get(slot)
            ratio = ratios.get((kind, key, entity, period)) if period else None
            target = self.grid.ratio(ratio, page) if ratio else ""
            if ratio and target:
                name = self.texts.name(ratio.base[0])
                shown = self.texts.design.word("no_meaning") if ratio.value is None else ratio.value
                book.formula(page.sheet, at, FIXED + place, f"={target}", shown, book.format("repeated", RATIO_FORMAT))
        text = f"{self.texts.entities[entity].name}: {self.texts.design.word(kind, base=name)}"
        book.text(page.sheet, at, 0, text, "ratio_label", indent=2)
        book.text(page.sheet, at, 2, "%", "unit")
