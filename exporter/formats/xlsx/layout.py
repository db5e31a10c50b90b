"""The layout of the workbook as frozen nouns: what ``templates/workbook.yaml``, or a user's copy of it, says.

Texts are kept by language; :meth:`Layout.word` falls back to English. Reading and refusing is done by
:mod:`exporter.formats.xlsx.layout_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporter.errors import FormatError

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Margin:
    """A ratio of two concepts of a column, and what it is called."""

    id: str
    part: str
    of: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one title: those of ``concepts``, of a ``network``, growth of concepts (``over``: year or quarter), or margins."""

    title: Texts
    concepts: tuple[str, ...] = ()
    network: str = ""
    growth: tuple[str, ...] = ()
    over: str = "year"
    margins: tuple[Margin, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart of rows of its sheet, named by concept or by margin; ``kind`` is column, bar or line."""

    kind: str
    title: Texts
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A sheet of the workbook. ``statement`` is one of ``model.STATEMENTS`` or "" for the rest.

    ``scale`` is the power of ten in which a sheet of metrics shows money and counts.
    """

    kind: str
    name: Texts
    about: Texts
    statement: str = ""
    optional: bool = False
    prose: bool = False
    tab: str = ""
    scale: int = 0
    groups: tuple[Group, ...] = ()
    charts: tuple[ChartSpec, ...] = ()


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
    chart_colors: tuple[str, ...]
    styles: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]
    sheets: tuple[SheetSpec, ...]
    columns: Mapping[str, tuple[ColumnSpec, ...]]
    words: Mapping[str, Texts]
    scales: Mapping[str, Texts]
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
    """Read a layout. Raises FormatError, with ``file:line``, for what is missing, unknown or of the wrong kind."""
    from exporter.formats.xlsx.layout_file import parse

    target = path or default_path()
    try:
        data = target.read_bytes()
    except OSError as error:
        raise FormatError(f"{target}: the workbook layout cannot be read ({error.strerror})") from error
    return parse(data, target.name, language)
