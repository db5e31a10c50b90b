"""The layout of the workbook of time series: ``templates/series.yaml`` on top of ``templates/workbook.yaml``, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from exporter.errors import FormatError
from exporter.formats.xlsx import layout as base
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


def load(path: Path | None = None, language: str = "en") -> Design:
    """Read the layout. Raises FormatError with the file and the key for what is missing or unknown."""
    target = path or base.default_path().with_name("series.yaml")
    try:
        data = target.read_bytes()
    except OSError as error:
        raise FormatError(f"{target}: the layout cannot be read ({error.strerror})") from error
    return _parse(data, target.name, language)


@lru_cache(maxsize=8)
def _parse(data: bytes, name: str, language: str) -> Design:
    import yaml

    try:
        tree = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise FormatError(f"{name}: not readable as YAML ({' '.join(str(error).split())})") from error
    _known(tree, _TOP, name, "the file", every=True)
    for key, allowed in _KEYS.items():
        _known(tree[key], allowed, name, key, every=True)
    for at, item in enumerate(tree["highlights"], 1):
        _known(item, _HIGHLIGHT, name, f"highlights, line {at}")
    for at, item in enumerate(tree["charts"], 1):
        _known(item, _CHART, name, f"charts, line {at}", every=True)
        for row in item["rows"]:
            _known(row, _CHART_ROW, name, f"charts, line {at}, rows")
    for key, item in tree["sheets"].items():
        _known(item, _SHEET, name, f"sheets: {key}")
    for at, item in enumerate(tree["legend"], 1):
        _known(item, _LEGEND, name, f"legend, line {at}", every=True)
    unknown = [key for key in tree["order"] if key not in tree["sheets"]]
    if unknown:
        raise FormatError(f"{name}: order names {unknown[0]!r}, which is not in sheets")
    try:
        return _design(tree, base.load(None, language))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise FormatError(f"{name}: a value is of the wrong kind ({error}); compare with templates/series.yaml") from error


def _design(tree: Mapping[str, Any], layout: base.Layout) -> Design:
    limits, additive = tree["series"], tree["additive"]
    return Design(
        layout=replace(layout, styles={**layout.styles, **tree["styles"]}, words={**layout.words, **tree["words"]}),
        columns_per_sheet=min(max(int(limits["columns_per_sheet"]), 6), _MAX_COLUMNS),
        rows_per_sheet=min(max(int(limits["rows_per_sheet"]), 20), MAX_ROWS),
        notes_per_sheet=int(limits["notes_per_sheet"]),
        additive=frozenset([*additive["statements"], *additive["concepts"]]),
        highlights=tuple(Highlight(**line) for line in tree["highlights"]),
        charts=tuple(Chart(one["kind"], one["title"], tuple(ChartRow(**row) for row in one["rows"])) for one in tree["charts"]),
        sheets=tree["sheets"],
        order=tuple(tree["order"]),
        marks=tree["marks"],
        legend=tuple(Legend(**line) for line in tree["legend"]),
    )


def _known(item: object, allowed: tuple[str, ...], name: str, where: str, *, every: bool = False) -> None:
    if not isinstance(item, dict):
        raise FormatError(f"{name}: {where} must be a mapping of names to values")
    for key in item:
        if key not in allowed:
            raise FormatError(f"{name}: {where} has an unknown key {key!r}; known are {', '.join(allowed)}")
    missing = [key for key in allowed if key not in item]
    if every and missing:
        raise FormatError(f"{name}: {where} lacks {', '.join(missing)}")
