"""A layout file, read strictly: an unknown key, a wrong value, or a key that stands twice is refused with ``file:line``.

The file is parsed plainly, for that is quick; only where something is wrong is it parsed again for the line of the fault.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias

import yaml

from exporter.errors import FormatError
from exporter.formats.xlsx.layout import ChartSpec, ColumnSpec, Group, Layout, LegendLine, Margin, SheetSpec, Texts
from exporter.formats.xlsx.shapes import MAX_ROWS

Path: TypeAlias = "tuple[str | int, ...]"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOP = ("workbook", "styles", "rules", "sheets", "columns", "words", "scales", "units", "legend")
_KINDS = ("cover", "checks", "metrics", "statement", "facts", "dictionary", "unresolved", "findings", "source")
_LISTS = ("statement", "checks", "facts", "dictionary", "unresolved", "findings", "source")
_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
_LINES = ("hair", "thin", "medium", "double")
#: What a value of a style may be.
_STYLE: Mapping[str, Callable[[Any], bool]] = {
    "font": lambda value: isinstance(value, str),
    "size": lambda value: isinstance(value, int) and 1 <= value <= 100,
    "bold": lambda value: isinstance(value, bool),
    "italic": lambda value: isinstance(value, bool),
    "underline": lambda value: isinstance(value, bool),
    "color": lambda value: isinstance(value, str) and bool(_COLOUR.fullmatch(value)),
    "fill": lambda value: isinstance(value, str) and bool(_COLOUR.fullmatch(value)),
    "align": lambda value: value in ("left", "right", "center", "across"),
    "valign": lambda value: value in ("top", "center", "bottom"),
    "wrap": lambda value: isinstance(value, bool),
    "indent": lambda value: isinstance(value, int) and 0 <= value <= 15,
    "format": lambda value: isinstance(value, str),
    "top": lambda value: value in _LINES,
    "bottom": lambda value: value in _LINES,
    "rule": lambda value: isinstance(value, str) and bool(_COLOUR.fullmatch(value)),
}


@lru_cache(maxsize=8)
def parse(data: bytes, name: str, language: str) -> Layout:
    """The layout of a file's bytes in one language. Raises FormatError with ``name:line``."""
    return _Workbook(data, name).layout(language)


class LayoutFile:
    """A layout file being read, of whatever workbook. A path names a node: ``("sheets", 3, "kind")``."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name = data, name
        try:
            loader = _LOADER(data)
            node = loader.get_single_node()
            _once(node, set())
            self.tree: Any = loader.construct_document(node) if node else None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise FormatError(f"{name}:{line}: {error.problem or error.context}; mend the YAML") from error
        except yaml.YAMLError as error:
            raise FormatError(f"{name}: not readable as YAML ({' '.join(str(error).split())})") from error
        except RecursionError as error:
            raise FormatError(f"{name}:1: nested too deeply; mend the YAML") from error

    def fail(self, path: Path, message: str) -> NoReturn:
        """Raises FormatError at the line of ``path``, or of the nearest node above it that is there."""
        node, line = yaml.compose(self.data, Loader=_LOADER), 1
        for step in path:
            found = None
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if str(key.value) == str(step)), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = (node.value[step], node.value[step])
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        raise FormatError(f"{self.name}:{line}: {message}")

    def known(self, item: Any, allowed: Iterable[str], path: Path, where: str, needed: Iterable[str] = ()) -> Any:
        """``item``, if it is a mapping of known keys with all that are needed."""
        self.mapping(item, path, where)
        names = tuple(allowed)
        for key in item:
            if key not in names:
                near = difflib.get_close_matches(str(key), names, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
                self.fail((*path, key), f"{where} has an unknown key {key!r}; {hint}")
        missing = [key for key in needed if key not in item]
        if missing:
            self.fail(path, f"{where} lacks {', '.join(missing)}")
        return item

    def mapping(self, item: Any, path: Path, where: str) -> None:
        """Raises FormatError where ``item`` is no mapping."""
        if not isinstance(item, dict):
            self.fail(path, f"{where} must be a mapping of names to values")

    def items(self, path: Path) -> list[Any]:
        """The list at ``path``."""
        found = self.tree
        for step in path:
            found = found[step]
        if not isinstance(found, list):
            self.fail(path, f"{path[-1]} must be a list")
        return found

    def names(self, item: Any, path: Path) -> tuple[str, ...]:
        """A list of names, such as concepts."""
        if not isinstance(item, list) or not all(isinstance(one, str) for one in item):
            self.fail(path, f"{path[-1]} must be a list of names")
        return tuple(item)

    def text_of(self, item: Mapping[str, Any], key: str, path: Path) -> None:
        """Raises FormatError where the value of ``key``, if there is one, is no text."""
        if not isinstance(item.get(key, ""), str):
            self.fail((*path, key), f"{key} {item[key]!r} must be a text")

    def texts(self, item: Any, path: Path, where: str) -> Texts:
        """A text by language; only texts, no bare numbers or truth values."""
        self.mapping(item, path, where)
        for language, text in item.items():
            if not isinstance(text, str):
                self.fail((*path, language), f"{where} in {language} is {text!r}, no text; write it in quotes")
        return dict(item)

    def texts_by_name(self, part: str) -> dict[str, Texts]:
        """The texts of a part of the file, by name."""
        self.mapping(self.tree[part], (part,), part)
        return {str(key): self.texts(item, (part, key), f"{key} of {part}") for key, item in self.tree[part].items()}

    def style(self, style: Any, path: Path) -> None:
        """Raises FormatError where a style says what no style can."""
        self.known(style, _STYLE, path, f"style {path[-1]}")
        for key, value in style.items():
            if not _STYLE[key](value):
                self.fail((*path, key), f"style {path[-1]}: {key} cannot be {value!r}")

    def tab(self, item: Mapping[str, Any], path: Path) -> None:
        """The colour of a sheet's tab, if it has one."""
        tab = item.get("tab", "#000000")
        if not isinstance(tab, str) or not _COLOUR.fullmatch(tab):
            self.fail((*path, "tab"), f'tab {tab!r} must be a colour such as "#1F3864"')

    def legend_line(self, item: Mapping[str, Any], path: Path, styles: Mapping[str, object]) -> None:
        """What lines of every legend have: a style that is there, a sample, a text."""
        if not isinstance(item["style"], str) or item["style"] not in styles:
            self.fail((*path, "style"), f"the legend wants style {item['style']!r}, which is not in styles")
        if not isinstance(item["sample"], int | str):
            self.fail((*path, "sample"), f"sample {item['sample']!r} must be a whole number or a text")
        self.texts(item["text"], (*path, "text"), "text of a legend line")


class _Workbook(LayoutFile):
    """The layout of one release's workbook."""

    def layout(self, language: str) -> Layout:
        self.known(self.tree, _TOP, (), "the file", _TOP)
        frame = self.tree["workbook"]
        keys = {"languages": list, "cell_notes": bool, "paper": int, "frozen_label": bool, "rows_per_sheet": int, "chart_colors": list}
        self.known(frame, keys, ("workbook",), "workbook", keys)
        for key, kind in keys.items():
            if not isinstance(frame[key], kind):
                self.fail(("workbook", key), f"{key} of workbook must be a {kind.__name__}")
        if language not in frame["languages"]:
            self.fail(("workbook", "languages"), f"the layout has no language {language!r}; it has {', '.join(frame['languages'])}")
        for part in ("styles", "rules"):
            self.mapping(self.tree[part], (part,), part)
            for key, style in self.tree[part].items():
                self.style(style, (part, key))
        if "default" not in self.tree["styles"]:
            self.fail(("styles",), "styles lacks default, which holds for every cell")
        return Layout(
            language=language,
            cell_notes=frame["cell_notes"],
            paper=frame["paper"],
            frozen_label=frame["frozen_label"],
            rows_per_sheet=min(max(frame["rows_per_sheet"], 50), MAX_ROWS),
            chart_colors=self.colours(),
            styles=self.tree["styles"],
            rules=self.tree["rules"],
            sheets=tuple(self.sheet(item, ("sheets", at)) for at, item in enumerate(self.items(("sheets",)))),
            columns=self.all_columns(language),
            words=self.texts_by_name("words"),
            scales=self.texts_by_name("scales"),
            units=self.texts_by_name("units"),
            legend=tuple(self.legend(item, ("legend", at)) for at, item in enumerate(self.items(("legend",)))),
        )

    def colours(self) -> tuple[str, ...]:
        path = ("workbook", "chart_colors")
        for at, colour in enumerate(self.items(path)):
            if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
                self.fail((*path, at), f'{colour!r} is no colour such as "#1F3864"')
        return tuple(self.items(path)) or self.fail(path, "chart_colors is empty; give at least one colour")

    # --- parts ----------------------------------------------------------------------------------

    def sheet(self, item: Any, path: Path) -> SheetSpec:
        allowed = ("kind", "statement", "name", "about", "optional", "prose", "tab", "scale", "groups", "charts")
        self.known(item, allowed, path, "a sheet", ("kind", "name"))
        if item["kind"] not in _KINDS:
            self.fail((*path, "kind"), f"sheet kind {item['kind']!r} is unknown; known are {', '.join(_KINDS)}")
        for key in ("name", "about"):
            self.texts(item.get(key, {"en": ""}), (*path, key), f"{key} of a sheet")
        if item.get("scale", 0) not in (0, 3, 6, 9, 12):
            self.fail((*path, "scale"), f"scale {item['scale']!r} must be 0, 3, 6, 9 or 12")
        self.tab(item, path)
        for key in ("groups", "charts"):
            if not isinstance(item.get(key, []), list):
                self.fail((*path, key), f"{key} must be a list")
        groups = [self.group(one, (*path, "groups", at)) for at, one in enumerate(item.get("groups", ()))]
        charts = [self.chart(one, (*path, "charts", at)) for at, one in enumerate(item.get("charts", ()))]
        return SheetSpec(**{"about": {}} | item | {"groups": tuple(groups), "charts": tuple(charts)})

    def group(self, item: Any, path: Path) -> Group:
        self.known(item, ("title", "concepts", "network", "growth", "over", "margins"), path, "a group of rows", ("title",))
        self.texts(item["title"], (*path, "title"), "title of a group")
        given = [key for key in ("concepts", "network", "growth", "margins") if key in item]
        if len(given) != 1:
            self.fail(path, "a group of rows has one of concepts, network, growth and margins")
        if item.get("over", "year") not in ("year", "quarter"):
            self.fail((*path, "over"), f"over {item['over']!r} must be year or quarter")
        margins = []
        for at, one in enumerate(item.get("margins", ())):
            keys = ("id", "part", "of", "label")
            below = (*path, "margins", at)
            self.known(one, keys, below, "a margin", keys)
            for key in ("id", "part", "of"):
                self.text_of(one, key, below)
            self.texts(one["label"], (*below, "label"), "label of a margin")
            margins.append(Margin(**one))
        names = {key: self.names(item.get(key, []), (*path, key)) for key in ("concepts", "growth")}
        return Group(**item | names | {"margins": tuple(margins)})

    def chart(self, item: Any, path: Path) -> ChartSpec:
        keys = ("kind", "title", "rows")
        self.known(item, keys, path, "a chart", keys)
        if item["kind"] not in ("column", "bar", "line"):
            self.fail((*path, "kind"), f"chart kind {item['kind']!r} must be column, bar or line")
        self.texts(item["title"], (*path, "title"), "title of a chart")
        return ChartSpec(item["kind"], item["title"], self.names(item["rows"], (*path, "rows")))

    def all_columns(self, language: str) -> dict[str, tuple[ColumnSpec, ...]]:
        self.known(self.tree["columns"], _LISTS, ("columns",), "columns", _LISTS)
        return {kind: self.columns(kind, language) for kind in self.tree["columns"]}

    def columns(self, kind: str, language: str) -> tuple[ColumnSpec, ...]:
        found = []
        for at, item in enumerate(self.items(("columns", kind))):
            path = ("columns", kind, at)
            allowed = ("field", "title", "width", "min", "max", "style", "languages")
            self.known(item, allowed, path, f"a column of {kind}", ("field", "title"))
            self.texts(item["title"], (*path, "title"), "title of a column")
            for key in ("field", "style"):
                self.text_of(item, key, path)
            for key in ("width", "min", "max"):
                if not isinstance(item.get(key, 0), int):
                    self.fail((*path, key), f"{key} {item[key]!r} of a column must be a whole number")
            column = ColumnSpec(**item | {"languages": tuple(item.get("languages", ()))})
            if column.style not in self.tree["styles"]:
                self.fail((*path, "style"), f"column {column.field!r} of {kind} wants style {column.style!r}, which is not in styles")
            found.append(column)
        self.distinct([item.title.get(language) or item.title.get("en", "") for item in found], kind)
        return tuple(found)

    def distinct(self, titles: list[str], kind: str) -> None:
        """Excel repairs, with a warning, a table in which two columns have one title."""
        twice = [at for at, title in enumerate(titles) if title and title in titles[:at]]
        if twice:
            title = titles[twice[0]]
            self.fail(("columns", kind, twice[0], "title"), f"two columns of {kind} are called {title!r}; give each its own title")

    def legend(self, item: Any, path: Path) -> LegendLine:
        keys = ("style", "sample", "text")
        self.known(item, keys, path, "a legend line", keys)
        self.legend_line(item, path, self.tree["styles"])
        return LegendLine(**item)


def _once(node: Any, done: set[int]) -> None:
    """PyYAML keeps the last of two equal keys and says nothing: raise at the second one. ``done``: nodes seen by anchor, circles too."""
    if not isinstance(node, yaml.CollectionNode) or id(node) in done:
        return
    done.add(id(node))
    seen: dict[Any, int] = {}
    for item in node.value:
        key, value = item if isinstance(item, tuple) else (None, item)
        if key is not None:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                message = f"{key.value} stands twice (first at line {seen[key.value]}); remove one"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen[key.value] = line
        _once(value, done)
