"""The layout of the workbook of time series: ``templates/series.yaml`` on top of ``templates/workbook.yaml``, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from exporter.errors import FormatError
from exporter.formats.xlsx import layout as base
from exporter.formats.xlsx.layout_file import LayoutFile, Path
from exporter.formats.xlsx.shapes import MAX_ROWS

_MAX_COLUMNS = 16_384
_TOP = ("series", "additive", "highlights", "charts", "sheets", "order", "styles", "marks", "words", "legend")
_KEYS = {
    "series": ("columns_per_sheet", "rows_per_sheet", "notes_per_sheet"),
    "additive": ("statements", "concepts"),
}
_HIGHLIGHT = ("concept", "growth", "margin_of")
_CHART = ("kind", "title", "rows")
_CHART_ROW = ("concept", "ratio")
_SHEET = ("name", "about", "tab")
_LEGEND = ("style", "sample", "mark", "text")


@dataclass(frozen=True, slots=True)
class Highlight:
    """A figure of the first sheet; ``margin_of`` is the concept that it is measured against, or ""."""

    concept: str
    growth: bool = False
    margin_of: str = ""


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of a chart: a figure, or (``ratio``: yoy, qoq, margin) what is computed from it."""

    concept: str
    ratio: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart under Highlights; ``kind`` is column or line."""

    kind: str
    title: Mapping[str, str]
    rows: tuple[ChartRow, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """A line of the legend: ``sample`` as ``style`` shows it, behind ``mark``."""

    style: str
    sample: int | str
    mark: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Design:
    """The whole layout in one language; ``layout`` is what the book is made with: looks, words, scales and units."""

    layout: base.Layout
    columns_per_sheet: int
    rows_per_sheet: int
    notes_per_sheet: int
    additive: frozenset[str]
    highlights: tuple[Highlight, ...]
    charts: tuple[Chart, ...]
    sheets: Mapping[str, Mapping[str, Any]]
    order: tuple[str, ...]
    marks: Mapping[str, str]
    legend: tuple[Legend, ...]

    @property
    def chart_colors(self) -> tuple[str, ...]:
        """The colours of a chart's rows, those of workbook.yaml."""
        return self.layout.chart_colors

    @property
    def growth(self) -> tuple[str, ...]:
        """Concepts whose growth is shown."""
        return tuple(line.concept for line in self.highlights if line.growth)

    @property
    def margins(self) -> dict[str, str]:
        """By concept, what it is measured against."""
        return {line.concept: line.margin_of for line in self.highlights if line.margin_of}

    def word(self, key: str, **values: object) -> str:
        """A word of the layout, its ``{places}`` filled."""
        return self.layout.word(key, **values)

    def name(self, sheet: str) -> str:
        """The name of a sheet."""
        return self.layout.pick(self.sheets[sheet]["name"])


def load(path: FilePath | None = None, language: str = "en") -> Design:
    """Read the layout. Raises FormatError, with ``file:line``, for what is missing, unknown or of the wrong kind."""
    target = path or base.default_path().with_name("series.yaml")
    try:
        data = target.read_bytes()
    except OSError as error:
        raise FormatError(f"{target}: the layout cannot be read ({error.strerror})") from error
    return _parse(data, target.name, language)


@lru_cache(maxsize=8)
def _parse(data: bytes, name: str, language: str) -> Design:
    return _Series(data, name).design(base.load(None, language))


class _Series(LayoutFile):
    """The layout of the workbook of time series."""

    def design(self, layout: base.Layout) -> Design:
        """The layout on top of that of workbook.yaml."""
        self.known(self.tree, _TOP, (), "the file", _TOP)
        for key, allowed in _KEYS.items():
            self.known(self.tree[key], allowed, (key,), key, allowed)
        self.mapping(self.tree["styles"], ("styles",), "styles")
        for key, style in self.tree["styles"].items():
            self.style(style, ("styles", key))
        styles = {**layout.styles, **self.tree["styles"]}
        additive, sheets = self.tree["additive"], self.sheets()
        return Design(
            layout=replace(layout, styles=styles, words={**layout.words, **self.texts_by_name("words")}),
            columns_per_sheet=min(max(self.limit("columns_per_sheet"), 6), _MAX_COLUMNS),
            rows_per_sheet=min(max(self.limit("rows_per_sheet"), 20), MAX_ROWS),
            notes_per_sheet=self.limit("notes_per_sheet"),
            additive=frozenset(name for key in additive for name in self.names(additive[key], ("additive", key))),
            highlights=tuple(self.highlight(item, ("highlights", at)) for at, item in enumerate(self.items(("highlights",)))),
            charts=tuple(self.chart(item, ("charts", at)) for at, item in enumerate(self.items(("charts",)))),
            sheets=sheets,
            order=self.order(sheets),
            marks=self.texts(self.tree["marks"], ("marks",), "marks"),
            legend=tuple(self.legend(item, ("legend", at), styles) for at, item in enumerate(self.items(("legend",)))),
        )

    def limit(self, key: str) -> int:
        value = self.tree["series"][key]
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail(("series", key), f"{key} of series must be a whole number")
        return int(value)

    def sheets(self) -> Mapping[str, Mapping[str, Any]]:
        self.mapping(self.tree["sheets"], ("sheets",), "sheets")
        for key, item in self.tree["sheets"].items():
            path = ("sheets", key)
            self.known(item, _SHEET, path, f"sheet {key}", ("name",))
            for part in ("name", "about"):
                self.texts(item.get(part, {}), (*path, part), f"{part} of sheet {key}")
            self.tab(item, path)
        return dict(self.tree["sheets"])

    def order(self, sheets: Mapping[str, object]) -> tuple[str, ...]:
        names = self.names(self.tree["order"], ("order",))
        for at, key in enumerate(names):
            if key not in sheets:
                self.fail(("order", at), f"order names {key!r}, which is not in sheets")
        return names

    def highlight(self, item: Any, path: Path) -> Highlight:
        self.known(item, _HIGHLIGHT, path, "a line of highlights", ("concept",))
        for key in ("concept", "margin_of"):
            self.text_of(item, key, path)
        if not isinstance(item.get("growth", False), bool):
            self.fail((*path, "growth"), f"growth {item['growth']!r} must be true or false")
        return Highlight(**item)

    def chart(self, item: Any, path: Path) -> Chart:
        self.known(item, _CHART, path, "a chart", _CHART)
        if item["kind"] not in ("column", "line"):
            self.fail((*path, "kind"), f"chart kind {item['kind']!r} must be column or line")
        self.texts(item["title"], (*path, "title"), "title of a chart")
        if not isinstance(item["rows"], list):
            self.fail((*path, "rows"), "rows must be a list")
        rows = tuple(self.chart_row(row, (*path, "rows", at)) for at, row in enumerate(item["rows"]))
        return Chart(item["kind"], item["title"], rows)

    def chart_row(self, item: Any, path: Path) -> ChartRow:
        self.known(item, _CHART_ROW, path, "a row of a chart", ("concept",))
        self.text_of(item, "concept", path)
        if item.get("ratio", "") not in ("", "yoy", "qoq", "margin"):
            self.fail((*path, "ratio"), f"ratio {item['ratio']!r} must be yoy, qoq or margin")
        return ChartRow(**item)

    def legend(self, item: Any, path: Path, styles: Mapping[str, object]) -> Legend:
        self.known(item, _LEGEND, path, "a legend line", _LEGEND)
        self.legend_line(item, path, styles)
        self.text_of(item, "mark", path)
        return Legend(**item)
