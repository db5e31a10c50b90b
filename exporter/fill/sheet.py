"""A worksheet part as bytes with the places of its cells; changed by splicing, so that nothing else moves.

lxml reads the part and tells what is in it; a pattern on the bytes tells where it stands. Where the two do not see the same
number of rows and cells (comments or CDATA among them, a second prefix for the namespace), the model is refused rather than
patched in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from lxml import etree

from exporter.errors import DocumentError
from exporter.fill.package import Area, area_of, child, children, column_number, parse_bytes

#: Column and row, 1-based.
Cell = tuple[int, int]
#: A cell in the bytes of its sheet, with these groups: its attributes as they stand; column and row, where the address comes
#: first, as it nearly always does; its content. The last three may be None.
Found = re.Match[bytes]
ATTRIBUTES, COLUMN, ROW, CONTENT = 1, 2, 3, 4


class Row(NamedTuple):
    """A row element: its bytes, its attributes, and where its content begins (-1: an empty element)."""

    start: int
    end: int
    attributes: bytes
    inner: int


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as it stands in the file. ``group``: of a shared formula; ``area``: the cells an array or a data table fills."""

    cell: Cell
    text: str
    kind: str
    group: str | None
    area: Area | None


class _Columns(dict[bytes, int]):
    """Column letters as bytes -> number, 0 for what is no column."""

    def __missing__(self, letters: bytes) -> int:
        number = column_number(letters.decode()) if re.fullmatch(rb"[A-Z]{1,3}", letters) else 0
        self[letters] = number
        return number


_COLUMNS = _Columns()


@dataclass(frozen=True, slots=True)
class Patterns:
    """How the elements of a sheet stand in its bytes, for one prefix of the namespace."""

    row: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    value: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    text: re.Pattern[bytes]


@lru_cache(maxsize=8)
def patterns(prefix: bytes) -> Patterns:
    """Elements with their attributes (group 1) and content (group 2, None where they are empty); a cell as in ``Found``."""
    row, value, formula, text = (
        re.compile(rb"<%b%b(\s[^>]*?|)(?:/>|>(.*?)</%b%b\s*>)" % (prefix, name, prefix, name), re.DOTALL)
        for name in (b"row", b"v", b"f", b"t")
    )
    place = rb'(?:\sr="([A-Z]{1,3})([0-9]{1,7})")?'
    cell = re.compile(rb"<%bc(%b(?:\s[^>]*?)?)(?:/>|>(.*?)</%bc\s*>)" % (prefix, place, prefix), re.DOTALL)
    return Patterns(row, cell, value, formula, text)


class Sheet:
    """One worksheet: ``cells`` by column and row, ``rows`` by number, both in the order of the file; ``grid``: where the element
    that holds them begins, where its content does (-1: an empty element), and where it ends. ``addressed``: whether all of them
    say where they stand."""

    def __init__(self, data: bytes, label: str) -> None:
        self.data = data
        self.label = label
        self.root = parse_bytes(data, label)
        self.prefix = f"{self.root.prefix}:".encode() if self.root.prefix else b""
        self.patterns = patterns(self.prefix)
        self.cells: dict[Cell, Found] = {}
        self.rows: dict[int, Row] = {}
        self.addressed = True
        self.grid = self._grid()
        self._read()
        self._verify()

    # --- what is in it --------------------------------------------------------------------------------

    @cached_property
    def formulas(self) -> list[Formula]:
        """All formulas, in the order of the file."""
        return list(self._formulas())

    def _formulas(self) -> Iterator[Formula]:
        start = b"<%bf" % self.prefix
        for at, found in self.cells.items():
            content = found[CONTENT]
            match = self.patterns.formula.search(content) if content and start in content else None
            if match is None:
                continue
            attributes, text = match[1], plain_text(match[2] or b"")
            if not attributes:
                yield Formula(at, text, "normal", None, None)
            else:
                kind, group, area = (attribute(attributes, name).decode() for name in (b"t", b"si", b"ref"))
                yield Formula(at, text, kind or "normal", group, area_of(area))

    def texts(self, shared: Mapping[bytes, str]) -> Iterator[tuple[Cell, str]]:
        """The cells that hold one of the ``shared`` texts, by its number, or ``{{`` in a text of their own, with the text."""
        value, opened = self.patterns.value, b"<%bv>" % self.prefix
        start, end = len(opened), -len(opened) - 1
        for at, found in self.cells.items():
            attributes, content = found[ATTRIBUTES], found[CONTENT]
            if not content or b"t" not in attributes:
                continue
            kind = b"s" if attributes.endswith(b' t="s"') else attribute(attributes, b"t")
            if kind == b"s":
                usual = content.startswith(opened) and content.count(b"<") == 2
                index = content[start:end] if usual else b"".join(match[2] or b"" for match in value.finditer(content)).strip()
                if index in shared:
                    yield at, shared[index]
            elif kind in (b"inlineStr", b"str"):
                text = "".join(plain_text(match[2] or b"") for match in (value if kind == b"str" else self.patterns.text).finditer(content))
                if "{{" in text:
                    yield at, text

    def has_value(self, cell: Cell) -> bool:
        """Whether a value stands in the cell, be it the cached result of a formula."""
        found = self.cells[cell]
        return found[CONTENT] is not None and b"<%bv" % self.prefix in found[CONTENT]

    def merged(self) -> list[Area]:
        """The merged ranges."""
        listed = child(self.root, "mergeCells")
        found = [] if listed is None else [area_of(item.get("ref", "")) for item in children(listed, "mergeCell")]
        return [area for area in found if area is not None]

    def column_style(self, column: int) -> str:
        """The style that an empty cell of this column has, "" for the plain one."""
        listed = child(self.root, "cols")
        for item in () if listed is None else children(listed, "col"):
            if int(item.get("min", "0")) <= column <= int(item.get("max", "0")):
                return item.get("style", "")
        return ""

    # --- reading --------------------------------------------------------------------------------------

    def _grid(self) -> tuple[int, int, int]:
        pattern = rb"<%bsheetData(?:\s[^>]*?)?(?:/>|>(.*?)</%bsheetData\s*>)" % (self.prefix, self.prefix)
        found = list(re.finditer(pattern, self.data, re.DOTALL))
        if len(found) != 1:
            raise self.unclear()
        return found[0].start(), found[0].start(1), found[0].end()

    def _read(self) -> None:
        start, _, end = self.grid
        number = 0
        for match in self.patterns.row.finditer(self.data, start, end):
            given = attribute(match[1], b"r")
            self.addressed = self.addressed and given.isdigit()
            number = int(given) if given.isdigit() else number + 1
            if number in self.rows:
                raise self.unclear()
            self.rows[number] = Row(match.start(), match.end(), match[1], match.start(2))
            if match[2]:
                self._read_row(number, *match.span(2))

    def _read_row(self, number: int, start: int, end: int) -> None:
        tail = b"%d" % number
        column = 0
        for found in self.patterns.cell.finditer(self.data, start, end):
            usual = found[ROW] == tail
            column = _COLUMNS[found[COLUMN]] if usual else self._column(attribute(found[ATTRIBUTES], b"r"), tail, column)
            self.cells[column, number] = found

    def _column(self, address: bytes, row: bytes, before: int) -> int:
        """The column of a cell whose address stands in an unusual place, or nowhere: then it follows the one before."""
        if not address:
            self.addressed = False
            return before + 1
        letters = address.removesuffix(row)
        if letters == address or not _COLUMNS[letters]:
            raise self.unclear()
        return _COLUMNS[letters]

    def _verify(self) -> None:
        """That lxml sees as many rows and cells, each at a place of its own, and nothing else stands among them."""
        start, _, end = self.grid
        rows, cells = _counts(etree.QName(self.root).namespace or "")
        seen = (len(self.rows), len(self.cells))
        if b"<!" in self.data[start:end] or b"<?" in self.data[start:end] or (rows(self.root), cells(self.root)) != seen:
            raise self.unclear()

    def check(self, made: bytes, added: int) -> None:
        """That the part, patched, is still a sheet with as many cells and ``added`` more. Raises DocumentError."""
        root = parse_bytes(made, self.label)
        if _counts(etree.QName(root).namespace or "")[1](root) != len(self.cells) + added:
            raise self.unclear()

    def unclear(self) -> DocumentError:
        """The refusal of a sheet that cannot be patched with certainty."""
        return DocumentError(f"{self.label} is written in a way that cannot be patched safely; save it once with a spreadsheet program")


@lru_cache(maxsize=4)
def _counts(namespace: str) -> tuple[etree.XPath, etree.XPath]:
    """Of the rows and of the cells of a sheet; cells that stand elsewhere are counted too, so that they are noticed."""
    known = {"m": namespace}
    return etree.XPath("count(m:sheetData/m:row)", namespaces=known), etree.XPath("count(//m:c)", namespaces=known)


@lru_cache(maxsize=32)
def _attribute(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s%b\s*=\s*(?:\"([^\"]*)\"|'([^']*)')" % name)


def attribute(attributes: bytes, name: bytes) -> bytes:
    """The value of one attribute as it stands, b"" where it is absent."""
    match = _attribute(name).search(attributes)
    return b"" if match is None else match[1] if match[1] is not None else match[2]


def plain_text(content: bytes) -> str:
    """The text of an element without children. Its entities are those of XML and numbers: a document type is refused."""
    if b"&" not in content and b"\r" not in content:
        return content.decode("utf-8")
    return etree.fromstring(b"<t>" + content + b"</t>").text or ""
