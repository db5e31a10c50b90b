"""A worksheet part as bytes with the places of its cells; changed by splicing, so that nothing else moves.

The cells are found twice: by lxml, which understands the file, and by a pattern on the bytes, which knows where they
stand. Where the two do not see the same cells in the same order (comments or CDATA between cells, a second prefix for
the namespace), the model is refused rather than patched in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from exporter.errors import DocumentError
from exporter.fill.package import Area, area_of, child, children, column_number, parse_bytes, text_of

#: Column and row, 1-based.
Cell = tuple[int, int]

_ADDRESS = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Found:
    """A cell of the sheet: its bytes from ``start`` to ``end``, its attributes as they stand, its content (b"" where empty)."""

    start: int
    end: int
    attributes: bytes
    content: bytes


@dataclass(slots=True)
class Row:
    """A row element: its bytes, its attributes, where its content begins (-1: an empty element), and its columns in order."""

    start: int
    end: int
    attributes: bytes
    inner: int
    columns: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as it stands in the file. ``group``: of a shared formula; ``area``: the cells an array or a data table fills."""

    cell: Cell
    text: str
    kind: str
    group: str | None
    area: Area | None


class Sheet:
    """One worksheet: ``cells`` by column and row, ``rows`` by number, both in the order of the file."""

    def __init__(self, data: bytes, label: str) -> None:
        self.data = data
        self.label = label
        self.root = parse_bytes(data, label)
        self.prefix = f"{self.root.prefix}:".encode() if self.root.prefix else b""
        self._tag = f"{{{etree.QName(self.root).namespace or ''}}}"
        grid = child(self.root, "sheetData")
        if grid is None:
            raise DocumentError(f"{label} has no sheetData; restore the file from a copy")
        self.grid = self._find(b"sheetData")
        self.cells: dict[Cell, Found] = {}
        self.rows: dict[int, Row] = {}
        self.addressed = True
        self._elements = list(grid.iter(f"{self._tag}c"))
        self._read()
        self._verify([row.get("r") for row in children(grid, "row")])

    # --- reading --------------------------------------------------------------------------------------

    def formulas(self) -> Iterator[Formula]:
        """All formulas, in the order of the file."""
        if b"f" not in self.data:
            return
        for at, element in zip(self.cells, self._elements, strict=True):
            formula = next(element.iterchildren(f"{self._tag}f"), None)
            if formula is not None:
                area = area_of(formula.get("ref", ""))
                yield Formula(at, formula.text or "", formula.get("t", "normal"), formula.get("si"), area)

    def texts(self, shared: dict[int, str]) -> Iterator[tuple[Cell, str]]:
        """The cells that hold one of the ``shared`` texts, or ``{{`` in a text of their own, with the text."""
        for at, element in zip(self.cells, self._elements, strict=True):
            kind = element.get("t")
            if kind == "s":
                value = next(element.iterchildren(f"{self._tag}v"), None)
                index = value.text if value is not None else None
                if index and index.strip().isdigit() and int(index) in shared:
                    yield at, shared[int(index)]
            elif kind in ("inlineStr", "str"):
                text = text_of(element) if kind == "inlineStr" else element.findtext(f"{self._tag}v") or ""
                if "{{" in text:
                    yield at, text

    def has_value(self, cell: Cell) -> bool:
        """Whether a value stands in the cell, be it the cached result of a formula."""
        return b"<%bv" % self.prefix in self.cells[cell].content

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

    def _find(self, name: bytes) -> tuple[int, int, int]:
        """Where the one element of this name begins, where its content does (-1: an empty element), and where it ends."""
        pattern = rb"<%b%b(?:\s[^>]*?)?(?:/>|>(.*?)</%b%b\s*>)" % (self.prefix, name, self.prefix, name)
        found = list(re.finditer(pattern, self.data, re.DOTALL))
        if len(found) != 1:
            raise self.unclear()
        return found[0].start(), found[0].start(1), found[0].end()

    def _read(self) -> None:
        row_pattern, cell_pattern = _patterns(self.prefix)
        start, _, end = self.grid
        last = 0
        for match in row_pattern.finditer(self.data, start, end):
            number = attribute(match[1], b"r")
            last = int(number) if number.isdigit() else last + 1
            row = self.rows[last] = Row(match.start(), match.end(), match[1], match.start(2))
            column = 0
            if match[2]:
                for found in cell_pattern.finditer(self.data, match.start(2), match.end(2)):
                    at = _ADDRESS.fullmatch(attribute(found[1], b"r").decode("ascii", "replace"))
                    self.addressed = self.addressed and at is not None
                    column = column_number(at[1]) if at else column + 1
                    row.columns.append(column)
                    self.cells[column, last] = Found(found.start(), found.end(), found[1], found[2] or b"")

    def _verify(self, numbers: list[str | None]) -> None:
        """That lxml sees the same rows and cells in the same order, each once and in its row."""
        self.addressed = self.addressed and None not in numbers
        rows = [attribute(row.attributes, b"r").decode() or None for row in self.rows.values()]
        seen = [attribute(found.attributes, b"r").decode() or None for found in self.cells.values()]
        known = [element.get("r") for element in self._elements]
        start, _, end = self.grid
        odd = b"<!" in self.data[start:end]
        if odd or rows != numbers or seen != known or not all(map(_in_its_row, seen, self.cells)):
            raise self.unclear()

    def unclear(self) -> DocumentError:
        """The refusal of a sheet that cannot be patched with certainty."""
        return DocumentError(f"{self.label} is written in a way that cannot be patched safely; save it once with a spreadsheet program")


def _in_its_row(address: str | None, cell: Cell) -> bool:
    return address is None or address == f"{address.rstrip('0123456789')}{cell[1]}"


@lru_cache(maxsize=8)
def _patterns(prefix: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Of a row and of a cell: attributes and content."""
    row, cell = (rb"<%b%b(\s[^>]*?|)(?:/>|>(.*?)</%b%b\s*>)" % (prefix, name, prefix, name) for name in (b"row", b"c"))
    return re.compile(row, re.DOTALL), re.compile(cell, re.DOTALL)


@lru_cache(maxsize=32)
def _attribute(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s%b\s*=\s*(?:\"([^\"]*)\"|'([^']*)')" % name)


def attribute(attributes: bytes, name: bytes) -> bytes:
    """The value of one attribute as it stands, b"" where it is absent."""
    match = _attribute(name).search(attributes)
    return b"" if match is None else match[1] if match[1] is not None else match[2]
