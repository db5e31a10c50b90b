"""Where everything stands: which rows and columns of the series are on which sheet, and how a formula names a figure.

What is larger than a sheet goes on in sheets of the same name with a number: first by columns, then by rows. A column of
the series has the same place on every sheet of its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.errors import FormatError
from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.series.design import Design
from exporter.model import Period
from exporter.series import Column, Key, Ratio, Row, Series
from exporter.series.axis import in_column, opening
from exporter.series.nouns import RatioKind

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

#: Label, canonical ID, unit, notes.
FIXED = 4
HIGHLIGHTS = "highlights"
_RATIOS: tuple[RatioKind, ...] = ("yoy", "qoq", "margin")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: a row of the series, or (``ratio``) a growth or a margin under it."""

    row: Row
    ratio: RatioKind | None = None


@dataclass(slots=True)
class Page:
    """A sheet to be: the lines and the columns (by their place in the series) that it shows."""

    kind: str
    number: int
    lines: Sequence[Line]
    columns: Sequence[int]
    name: str = ""
    _sheet: Worksheet | None = field(default=None, repr=False)

    def open(self, name: str, sheet: Worksheet) -> None:
        """Say which sheet of the book it became."""
        self.name, self._sheet = name, sheet

    @property
    def sheet(self) -> Worksheet:
        """The sheet; every page is opened before the first one is written, for formulas name them all."""
        if self._sheet is None:
            raise FormatError(f"sheet {self.kind} {self.number} was not opened")
        return self._sheet


class Grid:
    """The plan of all sheets that have the axis. ``head`` is the number of rows above the first line."""

    def __init__(self, series: Series, design: Design, head: int) -> None:
        self.series, self.design, self.head = series, design, head
        self.lines: dict[str, list[Line]] = {name: [Line(row) for row in rows] for name, rows in series.statements.items()}
        self.lines[HIGHLIGHTS] = list(_highlights(series, design))
        self._wide = design.columns_per_sheet - FIXED
        self._high = design.rows_per_sheet - head
        self._pages: dict[tuple[str, int, int], Page] = {}
        self._home: dict[tuple[Key, str], tuple[str, int]] = {}
        self._shown: dict[tuple[Key, str], int] = {}
        self._ratios: dict[tuple[RatioKind, Key], int] = {}
        self._columns = self._index_columns()
        for kind, lines in self.lines.items():
            for at, line in enumerate(lines):
                if kind == HIGHLIGHTS and line.ratio is not None:
                    self._ratios[line.ratio, line.row.key] = at
                elif kind == HIGHLIGHTS:
                    self._shown[line.row.key, line.row.part] = at
                elif line.row.home:
                    self._home[line.row.key, line.row.part] = (kind, at)

    def pages(self, kind: str) -> list[Page]:
        """The sheets of a kind, in order; none where it has no lines."""
        lines, columns = self.lines.get(kind, []), range(len(self.series.columns))
        made: list[Page] = []
        for across, left in enumerate(range(0, len(columns), self._wide)):
            for down, top in enumerate(range(0, len(lines), self._high)):
                page = Page(kind, len(made) + 1, lines[top : top + self._high], columns[left : left + self._wide])
                self._pages[kind, across, down] = page
                made.append(page)
        return made

    def period(self, row: Row, column: Column) -> Period | None:
        """The period of the figure that a row shows in a column, if there is one."""
        if row.role == "periodStart":
            return opening(column)
        spot = (row.key, column.entity, column.period)
        if spot in self.series.cells or column.period.start is None:
            return column.period
        closing = Period(column.period.end)
        return closing if in_column(column, closing) else column.period

    def home(self, key: Key, part: str, entity: str, period: Period, seen_from: Page) -> str:
        """The address of a figure on the statement that it belongs to, or "" where it has no column."""
        found = self._home.get((key, part))
        at = self._columns.get((entity, period))
        return "" if found is None or at is None else self._address(*found, at, seen_from)

    def highlight(self, key: Key, entity: str, period: Period, seen_from: Page) -> str:
        """The address of a figure on Highlights if it is there, else on its statement, or ""."""
        line = self._shown.get((key, ""))
        at = self._columns.get((entity, period))
        if line is None or at is None:
            return self.home(key, "", entity, period, seen_from)
        return self._address(HIGHLIGHTS, line, at, seen_from)

    def ratio(self, ratio: Ratio, seen_from: Page) -> str:
        """The address of a growth or a margin on Highlights, or ""."""
        line = self._ratios.get((ratio.kind, ratio.key))
        at = self._columns.get((ratio.entity, ratio.period))
        return "" if line is None or at is None else self._address(HIGHLIGHTS, line, at, seen_from)

    def highlights(self) -> list[Line]:
        """The lines of the first sheet."""
        return self.lines[HIGHLIGHTS]

    def _address(self, kind: str, line: int, column: int, seen_from: Page) -> str:
        """An address as a formula on another page spells it; "" where the layout leaves that sheet out."""
        page = self._pages.get((kind, column // self._wide, line // self._high))
        if page is None:
            return ""
        cell = f"{shapes.column_name(FIXED + column % self._wide)}{self.head + line % self._high + 1}"
        return cell if page is seen_from else f"{shapes.quoted(page.name)}!{cell}"

    def _index_columns(self) -> Mapping[tuple[str, Period], int]:
        """The column of each period; for an instant the first one that ends on its day."""
        found: dict[tuple[str, Period], int] = {}
        for at, column in enumerate(self.series.columns):
            found.setdefault((column.entity, column.period), at)
            closing = Period(column.period.end)
            if in_column(column, closing):
                found.setdefault((column.entity, closing), at)
        return found


def _highlights(series: Series, design: Design) -> Iterator[Line]:
    """The figures of the first sheet, each with its growth and its margin where there is one."""
    rows = {row.key: row for rows in series.statements.values() for row in rows if row.home}
    ratios = {(kind, key) for kind, key, _, _ in series.ratios}
    for wanted in design.highlights:
        for key, row in rows.items():
            if key.concept == wanted.concept and not key.dimensions and key.kind == "numeric" and key.scenario == "actual":
                yield Line(Row(key, 0, row.role if row.role == "total" else "standard", "", False))
                yield from (Line(Row(key, 1, "standard", "", False), kind) for kind in _RATIOS if (kind, key) in ratios)
