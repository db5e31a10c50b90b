"""The layout of the workbook: ``templates/workbook.yaml`` read strictly into frozen nouns.

A layout is a user's file as much as ours, so each key that is not known is refused with the file
and the path to the key. Texts are kept by language; :meth:`Layout.word` falls back to English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from exporter.errors import FormatError
from exporter.formats.xlsx.shapes import MAX_ROWS

Texts = Mapping[str, str]

_TOP = {"workbook", "styles", "rules", "sheets", "columns", "words", "scales", "units", "legend"}
_SHEET = {"kind", "statement", "name", "about", "optional", "prose", "tab"}
_COLUMN = {"field", "title", "width", "min", "max", "style", "languages"}
_LEGEND = {"style", "sample", "text"}
_WORKBOOK = {"languages", "cell_notes", "paper", "frozen_label", "rows_per_sheet"}
_STYLE = {
    "font", "size", "bold", "italic", "underline", "color", "fill", "align", "valign", "wrap", "indent", "format", "top", "bottom", "rule",
}  # fmt: skip
_KINDS = {"cover", "statement", "checks", "facts", "dictionary", "unresolved", "findings"}


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A sheet of the workbook. ``statement`` is one of ``model.STATEMENTS`` or "" for the rest."""

    kind: str
    name: Texts
    about: Texts
    statement: str = ""
    optional: bool = False
    prose: bool = False
    tab: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column: what it holds, its title, and its width in characters (fixed, or fitted in bounds)."""

    field: str
    title: Texts
    width: int = 0
    min: int = 8
    max: int = 60
    style: str = "text"
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LegendLine:
    """A line of the legend: ``sample`` shown in ``style``, and what it means."""

    style: str
    sample: int | str
    text: Texts


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole layout, of one language."""

    language: str
    cell_notes: bool
    paper: int
    frozen_label: bool
    rows_per_sheet: int
    styles: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]
    sheets: tuple[SheetSpec, ...]
    columns: Mapping[str, tuple[ColumnSpec, ...]]
    words: Mapping[str, Texts]
    scales: Mapping[int, Texts]
    units: Mapping[str, Texts]
    legend: tuple[LegendLine, ...]

    def pick(self, texts: Texts) -> str:
        """The text in the workbook's language, else in English, else the first there is."""
        return texts.get(self.language) or texts.get("en") or next(iter(texts.values()), "")

    def word(self, key: str, **values: object) -> str:
        """A word of the layout, its ``{places}`` filled. Raises FormatError for an unknown key."""
        if key not in self.words:
            raise FormatError(f"workbook layout: words has no {key!r}; copy it from templates/workbook.yaml")
        text = self.pick(self.words[key])
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def columns_of(self, kind: str) -> tuple[ColumnSpec, ...]:
        """The columns of a kind of sheet that this language shows."""
        return tuple(column for column in self.columns[kind] if not column.languages or self.language in column.languages)


def default_path() -> Path:
    """The layout that comes with the program: inside an installed package, else beside it."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "_data" / "templates" / "workbook.yaml"
    return inside if inside.exists() else package.parent / "templates" / "workbook.yaml"


def load(path: Path | None = None, language: str = "en") -> Layout:
    """Read a layout. Raises FormatError with file and key for what is missing or unknown."""
    target = path or default_path()
    try:
        data = target.read_bytes()
    except OSError as error:
        raise FormatError(f"{target}: the workbook layout cannot be read ({error.strerror})") from error
    return _parse(data, target.name, language)


@lru_cache(maxsize=8)
def _parse(data: bytes, name: str, language: str) -> Layout:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        tree = yaml.load(data, Loader=loader)
    except yaml.YAMLError as error:
        raise FormatError(f"{name}: not readable as YAML ({' '.join(str(error).split())})") from error
    _known(tree, _TOP, name, "the file", _TOP)
    _known(tree["workbook"], _WORKBOOK, name, "workbook", _WORKBOOK)
    if language not in tree["workbook"]["languages"]:
        raise FormatError(f"{name}: has no language {language!r}; it has {', '.join(tree['workbook']['languages'])}")
    for key, style in (tree["styles"] | tree["rules"]).items():
        _known(style, _STYLE, name, f"style {key}")
    for kind, items in tree["columns"].items():
        _distinct([item.get("title", {}).get(language) or item.get("title", {}).get("en") for item in items], name, kind)
    return Layout(
        language=language,
        cell_notes=bool(tree["workbook"]["cell_notes"]),
        paper=int(tree["workbook"]["paper"]),
        frozen_label=bool(tree["workbook"]["frozen_label"]),
        rows_per_sheet=min(max(int(tree["workbook"]["rows_per_sheet"]), 50), MAX_ROWS),
        styles=tree["styles"],
        rules=tree["rules"],
        sheets=tuple(_sheet(item, name) for item in tree["sheets"]),
        columns={kind: tuple(_column(item, name, kind, tree["styles"]) for item in items) for kind, items in tree["columns"].items()},
        words=tree["words"],
        scales={int(key): texts for key, texts in tree["scales"].items()},
        units=tree["units"],
        legend=tuple(_legend(item, name, tree["styles"]) for item in tree["legend"]),
    )


def _known(item: object, allowed: set[str], name: str, where: str, needed: set[str] | None = None) -> None:
    if not isinstance(item, dict):
        raise FormatError(f"{name}: {where} must be a mapping of names to values")
    for key in item:
        if key not in allowed:
            raise FormatError(f"{name}: {where} has an unknown key {key!r}; known are {', '.join(sorted(allowed))}")
    missing = sorted((needed or set()) - set(item))
    if missing:
        raise FormatError(f"{name}: {where} lacks {', '.join(missing)}")


def _distinct(titles: list[Any], name: str, kind: str) -> None:
    """Excel repairs, with a warning, a table in which two columns have one title."""
    twice = [title for title in titles if title and titles.count(title) > 1]
    if twice:
        raise FormatError(f"{name}: two columns of {kind} are called {twice[0]!r}; give each its own title")


def _sheet(item: Any, name: str) -> SheetSpec:
    _known(item, _SHEET, name, "a sheet", {"kind", "name"})
    if item["kind"] not in _KINDS:
        raise FormatError(f"{name}: sheet kind {item['kind']!r} is unknown; known are {', '.join(sorted(_KINDS))}")
    return SheetSpec(**{"about": {}} | item)


def _column(item: Any, name: str, kind: str, styles: Mapping[str, Any]) -> ColumnSpec:
    _known(item, _COLUMN, name, f"a column of {kind}", {"field", "title"})
    column = ColumnSpec(**item | {"languages": tuple(item.get("languages", ()))})
    if column.style not in styles:
        raise FormatError(f"{name}: column {column.field!r} of {kind} wants style {column.style!r}, which is not in styles")
    return column


def _legend(item: Any, name: str, styles: Mapping[str, Any]) -> LegendLine:
    _known(item, _LEGEND, name, "a legend line", _LEGEND)
    if item["style"] not in styles:
        raise FormatError(f"{name}: the legend wants style {item['style']!r}, which is not in styles")
    return LegendLine(**item)
