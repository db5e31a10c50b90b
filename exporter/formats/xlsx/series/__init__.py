"""The workbook of time series: many releases, one axis, from the store alone.

Reading order: ``design`` (the layout), ``grid`` (where everything stands), ``statement`` (a sheet with the axis),
``texts`` (what is said about a figure), ``checks``, ``tables``, ``cover``, and here the order of the sheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.series import checks, tables
from exporter.formats.xlsx.series.comparison import Comparison
from exporter.formats.xlsx.series.cover import Asked, Listed, write_cover
from exporter.formats.xlsx.series.design import Design, load
from exporter.formats.xlsx.series.earlier import earlier
from exporter.formats.xlsx.series.grid import Grid, Page
from exporter.formats.xlsx.series.statement import Frame, StatementSheet, head_height, title
from exporter.formats.xlsx.series.texts import Texts
from exporter.model import Taxonomy
from exporter.series import Relation, Series
from exporter.series.nouns import Spot

__all__ = ["Asked", "Design", "earlier", "load", "workbook"]

_LISTS = ("changes", "facts")
_LARGE = 20_000  # rows of Facts beyond which the parts of the file pass through the disk
_Item = TypeVar("_Item")


def workbook(series: Series, taxonomy: Taxonomy, design: Design, asked: Asked) -> tuple[bytes, list[str]]:
    """The bytes of the workbook, equal for equal input; and what did not fit one sheet, or has no notes."""
    return _Maker(series, taxonomy, design, asked).make()


class _Maker:
    """Plans all sheets, opens them in order, fills them, and writes the cover last."""

    def __init__(self, series: Series, taxonomy: Taxonomy, design: Design, asked: Asked) -> None:
        self.series, self.design, self.asked = series, design, asked
        self.texts = Texts(series, taxonomy, design)
        self.grid = Grid(series, design, head_height(series))
        self.comparison = Comparison(self.texts, self.grid)
        self.counts = {"facts": tables.fact_count(self.texts), "changes": len(series.changes)}
        self.book = Book(design.layout, large=self.counts["facts"] > _LARGE)
        self.lots: list[Sequence[Relation]] = _lots(series.relations, design.rows_per_sheet - checks.HEAD)
        self.remarks: list[str] = []
        self.places = tables.fact_places(series)
        self.fact_pages: list[Page] = []

    def make(self) -> tuple[bytes, list[str]]:
        pages = {kind: self._plan(kind) for kind in self.design.order}
        for kind, planned in pages.items():
            self._open(kind, planned)
        self.fact_pages = pages.get("facts", [])
        cover = pages["cover"][0]
        master = checks.frame(pages["checks"], self.series.relations, cover.name)
        listed: list[Listed] = []
        for kind, planned in pages.items():
            if kind == "checks":
                checks.write_checks(self.book, self.texts, self.grid, planned, self.lots, master)
            for at, page in enumerate(planned):
                rows = self._fill(kind, at, page, master)
                if kind != "cover":
                    listed.append(Listed(page.name, self._about(kind), rows))
        write_cover(self.book, cover.sheet, self.texts, self.asked, listed, self.remarks, master)
        documents = ", ".join(filing.id for filing in islice(self.series.filings, 12))
        self.book.properties(title(self.texts), self.asked.periods, f"From {documents}")
        return self.book.close(), self.remarks

    def _plan(self, kind: str) -> list[Page]:
        """The sheets of a kind, without names yet."""
        if kind in _LISTS:
            count = -(-max(self.counts[kind], 1) // (self.design.rows_per_sheet - tables.HEAD))
        elif kind in ("checks", "cover"):
            count = len(self.lots) if kind == "checks" else 1
        elif kind == "comparison":
            count = len(self.comparison.lots())
        else:
            return self.grid.pages(kind)
        return [Page(kind, number + 1, (), ()) for number in range(count)]

    def _open(self, kind: str, planned: Sequence[Page]) -> None:
        plain = self.design.name(kind)
        for page in planned:
            name = plain if page.number == 1 else self.design.word("continued", name=plain[:24], number=page.number)
            page.open(*self.book.add(name, self.design.sheets[kind].get("tab", "")))
        if len(planned) > 1:
            sizes = {"columns": f"{self.design.columns_per_sheet:,}", "rows": f"{self.design.rows_per_sheet:,}"}
            self.remarks.append(self.design.word("split", name=plain, sheets=len(planned), **sizes))

    def _fill(self, kind: str, at: int, page: Page, master: Frame) -> int:
        """Write a sheet; how many rows it has."""
        if kind in _LISTS:
            return self._list(kind, at, page, master)
        if kind == "checks":
            return len(self.lots[at])
        if kind == "comparison":
            return self.comparison.write(self.book, page, self.comparison.lots()[at], master)
        if kind == "cover":
            return 0
        writer = StatementSheet(self.book, self.texts, self.grid, page, master, self._source)
        for word, there in zip(("no_notes", "no_links"), writer.write(), strict=True):
            if not there:
                self.remarks.append(self.design.word(word, name=page.name, count=f"{writer.figures:,}"))
        return len(page.lines)

    def _source(self, spot: Spot) -> str:
        """The row of a figure on the sheet of facts, as a link names it; "" where it has none."""
        place = self.places.get(spot)
        if place is None or not self.fact_pages:
            return ""
        page, row = divmod(place, self.design.rows_per_sheet - tables.HEAD)
        return f"{shapes.quoted(self.fact_pages[page].name)}!A{row + tables.HEAD + 1}"

    def _list(self, kind: str, at: int, page: Page, master: Frame) -> int:
        """Write a sheet of a list; its rows are made when the book is closed, and none of them is kept."""
        step = self.design.rows_per_sheet - tables.HEAD
        start, stop = at * step, min((at + 1) * step, self.counts[kind])
        make, titles, about = tables.fact_rows, tables.FACTS, self._about(kind)
        if kind == "changes":
            make, titles, about = tables.change_rows, tables.CHANGES, tables.against(self.texts)

        def rows() -> Iterator[tables.Row]:
            return islice(make(self.texts), start, stop)

        table = f"{kind.capitalize()}_{page.number}"
        tables.write_table(self.book, page.sheet, table, about, master.cover, titles, rows, stop - start)
        return stop - start

    def _about(self, kind: str) -> str:
        return self.design.layout.pick(self.design.sheets[kind].get("about", {}))


def _lots(items: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    """A list in lots that fit a sheet; one empty lot where there is nothing."""
    return [items[start : start + size] for start in range(0, max(len(items), 1), size)]
