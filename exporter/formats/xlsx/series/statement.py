"""A sheet with the axis: its head, and one row a line of the statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.series import charts
from exporter.formats.xlsx.series.design import Design
from exporter.formats.xlsx.series.grid import FIXED, HIGHLIGHTS, Grid, Line, Page
from exporter.formats.xlsx.series.texts import Texts
from exporter.model import Period
from exporter.series import Cell, Column, Ratio, Series
from exporter.series.nouns import Spot

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

_TITLE, _CHECK, _BLOCKS = 0, 1, 3
_LABEL = 46
_BOUNDS = ((_LABEL, _LABEL), (14, 64), (10, 30), (10, 56))  # label, canonical ID, unit, notes
_NARROW, _WIDE, _NUMBER = 11, 32, 60  # widths of columns: at least, for texts, for numbers (one that does not fit is shown as ###)
_ONE_PAGE = 60  # lines
_PRINTED = 12  # columns that a page can hold
_LINE = 13.5
_MOST_LINKS = shapes.MAX_LINKS - 10  # some are taken by the head
RATIO_FORMAT = '0.0%_);(0.0%);"–"_)'


@dataclass(frozen=True, slots=True)
class Frame:
    """What every sheet leads back to: the cover, and the cell that counts the failing checks."""

    cover: str
    failing: str
    tested: str
    count: int
    bad: int

    def formula(self, design: Design) -> tuple[str, str]:
        """The master check as a formula, and its value."""
        none, good, bad = design.word("check_none"), design.word("check_good"), design.word("check_bad", count=self.bad)
        before, after = map(shapes.literal, design.word("check_bad", count="\n").split("\n"))
        worst = f"{before}&{self.failing}&{after}"
        text = f"=IF({self.tested}=0,{shapes.literal(none)},IF({self.failing}=0,{shapes.literal(good)},{worst}))"
        return text, none if not self.count else bad if self.bad else good

    def put(self, book: Book, sheet: Worksheet, row: int, column: int, design: Design) -> None:
        """Write the master check into a cell: green where all hold, else red."""
        formula, value = self.formula(design)
        book.formula(sheet, row, column, formula, value, book.format("check"))
        fails = {"type": "text", "criteria": "begins with", "value": design.word("check_bad")[:1], "format": book.format("check_fails")}
        sheet.conditional_format(row, column, row, column, fails)


def head_rows(series: Series) -> list[str]:
    """The rows of the head under the blocks, by what they say."""
    many = len(series.entities) > 1
    rows = ["issuer"] if many else []
    rows += ["fiscal", "end", "months"]
    if many or any(column.calendar and column.calendar != column.label for column in series.columns):
        rows.append("calendar")
    if series.own_currency:
        rows.append("currency")
    return [*rows, "filed"]


class StatementSheet:
    """Writes one page of the grid."""

    def __init__(self, book: Book, texts: Texts, grid: Grid, page: Page, frame: Frame, source: Callable[[Spot], str]) -> None:
        """``source``: the address of a figure on the sheet of facts, or ""."""
        self.book, self.texts, self.grid, self.page, self.frame, self.source = book, texts, grid, page, frame, source
        self.series, self.design = texts.series, texts.design
        self.sheet: Worksheet = page.sheet
        self.columns = [self.series.columns[at] for at in page.columns]
        self.filled = [0] * len(self.columns)
        self.widths = [_NARROW] * len(self.columns)
        self.fixed = [low for low, _ in _BOUNDS]
        self.notes: list[tuple[int, int, str]] = []
        self.links: list[tuple[int, int, str]] = []
        self.figures = 0

    def write(self) -> tuple[bool, bool]:
        """Write everything; whether the figures have their notes, and their links to the facts."""
        self._head()
        for at, line in enumerate(self.page.lines, self.grid.head):
            if line.ratio is None:
                self._line(at, line)
            else:
                self._ratio_line(at, line)
        noted = self.figures <= self.design.notes_per_sheet
        for row, column, text in self.notes if noted else ():
            self.book.note(self.sheet, row, column, text)
        linked = len(self.links) < _MOST_LINKS
        for row, column, target in self.links if linked else ():
            self.book.point(self.sheet, row, column, target)
        self._finish()
        return noted, linked

    # --- the head -------------------------------------------------------------------------------

    def _head(self) -> None:
        book, word = self.book, self.design.word
        book.text(self.sheet, _TITLE, 0, f"{self.page.name} — {title(self.texts)}", "title")
        self.sheet.set_row(_TITLE, 24)
        self.frame.put(book, self.sheet, _CHECK, 0, self.design)
        book.link(self.sheet, _CHECK, 1, f"{shapes.quoted(self.frame.cover)}!A1", word("back"))
        about = self.design.sheets[self.page.kind].get("about", {})
        book.text(self.sheet, _CHECK + 1, 0, self.design.layout.pick(about), "subtitle")
        names = head_rows(self.series)
        for at, name in enumerate(names, _BLOCKS + 1):
            self._head_row(at, name, last=at == _BLOCKS + len(names))

    def _block_titles(self) -> None:
        """The title of each block over its first column that is seen."""
        for column in range(FIXED):
            self.book.text(self.sheet, _BLOCKS, column, "", "block")
        for block, members in groupby(range(len(self.columns)), key=lambda place: self.columns[place].block):
            places = list(members)
            seen = [place for place in places if self.filled[place]] or places
            first = seen[0]
            if len(seen) == 1:  # nothing beside it for the title to run over
                self._grow(first, shapes.text_width(self.design.word(block), True) + 1)
            for place in places:
                self.book.text(self.sheet, _BLOCKS, FIXED + place, self.design.word(block) if place == first else "", "block")

    def _head_row(self, at: int, name: str, *, last: bool) -> None:
        book, word = self.book, self.design.word
        text_style = "axis_last_text" if last else "axis_text" if name in ("fiscal", "issuer") else "axis_small_text"
        titles = [word(f"{name}_row"), "", "", ""]
        if last:
            titles[1:] = [word("head_concept"), word("head_unit"), word("head_notes")]
        for column, text in enumerate(titles):
            book.text(self.sheet, at, column, text, text_style)
        for place, column_of in enumerate(self.columns):
            self._head_cell(at, FIXED + place, name, column_of, last=last)

    def _head_cell(self, at: int, place: int, name: str, column: Column, *, last: bool) -> None:
        day = column.period.end.isoformat() if name == "end" else column.filed[:10] if name == "filed" else ""
        number = shapes.serial(column.period.end.fromisoformat(day)) if day else None
        if number is not None:
            self.sheet.write_number(at, place, number, self.book.format("axis_last" if last else "axis_date"))
            return
        text = {
            "issuer": lambda: self.texts.entities[column.entity].name,
            "fiscal": lambda: column.label,
            "months": lambda: self.texts.length(column),
            "calendar": lambda: column.calendar,
            "currency": lambda: self.texts.measure(column.currency),
        }.get(name, lambda: day)()  # a day that Excel has no number for stays a text
        style = "axis_last" if last else "axis" if name in ("fiscal", "issuer") else "axis_small"
        self.book.text(self.sheet, at, place, text, style)
        self._grow(place - FIXED, shapes.text_width(text, True) + 2)

    # --- lines ----------------------------------------------------------------------------------

    def _line(self, at: int, line: Line) -> None:
        """A row of figures: each as a number, as a formula over others, or as a repetition of its home."""
        row, key = line.row, line.row.key
        found = [(place, column, self.grid.period(row, column)) for place, column in enumerate(self.columns)]
        cells = [(place, column, period, cell) for place, column, period in found if period and (cell := self._cell(line, column, period))]
        scale = scale_of([cell for *_, cell in cells], key.unit) if not self.texts.percent(key) else 0
        style = "total" if row.role == "total" else "label"
        self.book.text(self.sheet, at, 0, self.texts.label(row), style, indent=row.level)
        told = self.texts.status(cell for *_, cell in cells)
        for place, (text, look) in enumerate(((key.concept, "identifier"), (self.texts.unit(key, scale), "unit"), (told, "status")), 1):
            self.book.text(self.sheet, at, place, text, look)
            self.fixed[place] = min(max(self.fixed[place], shapes.text_width(text) + 1), _BOUNDS[place][1])
        self._tall(at, self.texts.label(row), row.level)
        for place, column, period, cell in cells:
            self.filled[place] += row.role != "periodStart"  # an opening balance alone is no period
            self._figure(at, place, line, column, period, cell, scale)

    def _cell(self, line: Line, column: Column, period: Period) -> Cell | None:
        cell = self.series.cells.get((line.row.key, column.entity, period))
        if cell is None or (line.row.part and getattr(cell, line.row.part) is None):
            return None
        return cell

    def _figure(self, at: int, place: int, line: Line, column: Column, period: Period, cell: Cell, scale: int) -> None:
        row = line.row
        value: Decimal | None = getattr(cell, row.part) if row.part else cell.value
        percent = self.texts.percent(row.key)
        self._trace(at, FIXED + place, (row.key, column.entity, period), cell)
        if value is None:
            self.book.text(self.sheet, at, FIXED + place, self.design.word("nil"), "nil_value")
            return
        decimals = shapes.places_of(value) if cell.decimals is None else cell.decimals
        number = marked(shapes.number_format(decimals, scale, percent), self.design.marks.get(cell.status, ""))
        target = "" if row.home else self.grid.home(row.key, row.part, column.entity, period, self.page)
        rule = "total" if row.role == "total" and self.page.kind != HIGHLIGHTS else ""
        made = self.book.format("repeated" if target else cell.status, number, 0, rule)
        formula = f"={target}" if target else self._sum(cell, line, column)
        if formula:
            self.book.formula(self.sheet, at, FIXED + place, formula, value, made)
        else:
            self.book.number(self.sheet, at, FIXED + place, value, made)
        self._grow(place, shapes.shown_length(value, decimals, scale, percent) + 3, _NUMBER)

    def _trace(self, row: int, column: int, spot: Spot, cell: Cell) -> None:
        """Keep the note and the link of a figure until it is known whether there are too many of them."""
        self.figures += 1
        if self.figures <= self.design.notes_per_sheet:
            self.notes.append((row, column, self.texts.note(spot[0], spot[1], cell)))
        if target := self.source(spot):
            self.links.append((row, column, target))

    def _sum(self, cell: Cell, line: Line, column: Column) -> str:
        """A derived figure as the sum that it is; "" for any other."""
        text = ""
        for term in cell.terms:
            address = self.grid.home(line.row.key, "", column.entity, term.period, self.page)
            if not address:
                return ""
            text += ("+" if term.sign > 0 else "-") + address
        return "=" + text.removeprefix("+") if text else ""

    # --- growth and margins ---------------------------------------------------------------------

    def _ratio_line(self, row: int, line: Line) -> None:
        kind, key = line.ratio or "yoy", line.row.key
        periods = [(place, column.entity, self.grid.period(line.row, column)) for place, column in enumerate(self.columns)]
        ratios = self.series.ratios
        found = [(place, ratios[at]) for place, entity, period in periods if period and (at := (kind, key, entity, period)) in ratios]
        base = next((self.texts.name(ratio.base[0]) for _, ratio in found), "")
        self.book.text(self.sheet, row, 0, self.design.word(kind, base=base), "ratio_label", indent=2)
        self.book.text(self.sheet, row, 2, "%", "unit")
        for place, ratio in found:
            self._ratio(row, FIXED + place, ratio)

    def _ratio(self, at: int, place: int, ratio: Ratio) -> None:
        top = self.grid.highlight(ratio.key, ratio.entity, ratio.period, self.page)
        bottom = self.grid.highlight(ratio.base[0], ratio.entity, ratio.base[1], self.page)
        made = self.book.format("ratio", RATIO_FORMAT)
        empty = self.design.word("no_meaning")
        if top and bottom:
            quotient = f"{top}/{bottom}" + ("" if ratio.kind == "margin" else "-1")
            formula = f"=IF({bottom}>0,{quotient},{shapes.literal(empty)})"
            self.book.formula(self.sheet, at, place, formula, empty if ratio.value is None else ratio.value, made)

    # --- the frame ------------------------------------------------------------------------------

    def _grow(self, place: int, width: int, limit: int = _WIDE) -> None:
        self.widths[place] = max(self.widths[place], min(width, limit))

    def _tall(self, at: int, label: str, level: int) -> None:
        """A label that is wider than its column goes on in a second line."""
        lines = -(-shapes.text_width(label, True) // (_LABEL - 1 - level))
        if lines > 1:
            self.sheet.set_row(at, _LINE * lines)

    def _finish(self) -> None:
        self._block_titles()
        for at, width in enumerate(self.fixed):
            self.sheet.set_column(at, at, width)
        for place, width in enumerate(self.widths):
            self.sheet.set_column(FIXED + place, FIXED + place, width, None, {} if self.filled[place] else {"hidden": True})
        self.sheet.freeze_panes(self.grid.head, 1)
        footer = self.design.word("footer_series", issuer=title(self.texts), periods=self.page.name)
        self.book.print_setup(self.sheet, footer, _BLOCKS, self.grid.head - 1)
        fit_pages(self.sheet, sum(bool(filled) for filled in self.filled))
        if self.page.kind == HIGHLIGHTS and self.page.number == 1:
            head = _BLOCKS + 1 + head_rows(self.series).index("fiscal")
            if charts.draw(self, self.grid.head + len(self.page.lines) + 1, head) and len(self.page.lines) < _ONE_PAGE:
                self.sheet.fit_to_pages(1, 1)  # no chart is cut in two


def head_height(series: Series) -> int:
    """How many rows stand above the first line of a sheet."""
    return _BLOCKS + 1 + len(head_rows(series))


def fit_pages(sheet: Worksheet, columns: int) -> None:
    """Several pages side by side, each with the labels, instead of one that nobody can read."""
    if columns > _PRINTED:
        sheet.fit_to_pages(-(-columns // _PRINTED), 0)
        sheet.repeat_columns(0)


def title(texts: Texts) -> str:
    """Whose figures these are."""
    entities = texts.series.entities
    return entities[0].name if len(entities) == 1 else texts.design.word("title_many", count=len(entities))


def marked(number: str, mark: str) -> str:
    """A number format that shows a letter before the figure."""
    return ";".join(f'"{mark} "{part}' for part in number.split(";")) if mark else number


def scale_of(cells: Sequence[Cell], unit: str) -> int:
    """The power of ten in which a row is shown: of a thousand, as far as every print was rounded to it. Ratios of units and
    counts of things that were printed in full stay as they are."""
    if "/" in unit:
        return 0
    rounded = [-cell.decimals if cell.decimals is not None else 0 for cell in cells]
    return max(min(min(rounded, default=0) // 3 * 3, 9), 0)
