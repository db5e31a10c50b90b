"""A worksheet part as bytes with the places of its cells; changed by splicing, so that nothing else moves.

What stands around the cells is read with lxml. The cells, of which there may be a million, are found by patterns on the
bytes, which are exact where the text is XML (checked) and has no comments, CDATA, or declarations of namespaces among the
cells. Where it has, or where an element is not like that, the model is refused rather than patched in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from typing import NamedTuple, TypeVar

from lxml import etree

from exporter.errors import DocumentError
from exporter.fill.package import Area, area_of, check_xml, child, children, column_number, parse_bytes

#: Column and row, 1-based.
Cell = tuple[int, int]
#: A cell in the bytes of its sheet, with these groups: its attributes as they stand; column and row, where the address comes
#: first, as it nearly always does; its content. The last three may be None.
Found = re.Match[bytes]
ATTRIBUTES, COLUMN, ROW, CONTENT = 1, 2, 3, 4
T = TypeVar("T")


class Row(NamedTuple):
    """A row element: its bytes, its attributes, and where its content begins (-1: an empty element)."""

    start: int
    end: int
    attributes: bytes
    inner: int


class _Columns(dict[bytes, int]):
    """Column letters as bytes -> number, 0 for what is no column."""

    def __missing__(self, letters: bytes) -> int:
        number = column_number(letters.decode()) if re.fullmatch(rb"[A-Z]{1,3}", letters) else 0
        self[letters] = number
        return number


_COLUMNS = _Columns()


@dataclass(frozen=True, slots=True)
class Patterns:
    """How the elements of a sheet stand in its bytes, for one prefix of the namespace: with their attributes (group 1) and
    content (group 2, None where they are empty); cells as in ``Found``. ``any_row`` and ``any_cell``: the beginning of any;
    ``shared``: cells with a shared text, as they usually look."""

    row: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    any_row: re.Pattern[bytes]
    any_cell: re.Pattern[bytes]
    shared: re.Pattern[bytes]
    value: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    text: re.Pattern[bytes]


#: Attributes as XML has them: their values may hold ">".
_ATTRIBUTES = rb"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*?\s*"
_PLACE = rb'\sr="([A-Z]{1,3})([0-9]{1,7})"'
_TAG = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)worksheet[\s>]")


@lru_cache(maxsize=8)
def patterns(prefix: bytes) -> Patterns:
    """The patterns for a prefix, with its colon, or b""."""
    p, a = prefix, _ATTRIBUTES
    row, value, formula, text = (
        re.compile(rb"<%b%b(%b)(?:/>|>(.*?)</%b%b\s*>)" % (p, name, a, p, name), re.DOTALL) for name in (b"row", b"v", b"f", b"t")
    )
    cell = re.compile(rb"<%bc((?:%b)?%b)(?:/>|>(.*?)</%bc\s*>)" % (p, _PLACE, a, p), re.DOTALL)
    more = rb'(?:\s[a-z]+="[^"<>]*")*?'
    shared = re.compile(rb'<%bc(%b%b\st="s"%b)>(<%bv>[0-9]+</%bv>)</%bc>' % (p, _PLACE, more, more, p, p, p))
    any_row, any_cell = re.compile(rb"<%brow[\s/>]" % p), re.compile(rb"<%bc[\s/>]" % p)
    return Patterns(row, cell, any_row, any_cell, shared, value, formula, text)


class Sheet:
    """One worksheet. ``grid``: where the element that holds rows and cells begins, where its content does (-1: an empty
    element), and where it ends."""

    def __init__(self, data: bytes, label: str) -> None:
        self.data = data
        self.label = label
        check_xml(data, label)
        root = _TAG.search(data)
        self.prefix = root[1] if root else b""
        self.patterns = patterns(self.prefix)
        self._known: dict[Cell, Found] = {}
        self._rows_read: dict[int, dict[int, Found]] = {}
        self.grid = self._grid()
        self.root = parse_bytes(data[: self.grid[0]] + data[self.grid[2] :], label)
        names = [name for name, uri in self.root.nsmap.items() if uri == etree.QName(self.root).namespace]
        if etree.QName(self.root).localname != "worksheet" or len(names) != 1 or (names[0] or "") != self.prefix.decode().rstrip(":"):
            raise self.unclear()

    # --- what is in it --------------------------------------------------------------------------------

    def found(self, cell: Cell) -> Found | None:
        """The bytes of a cell, None where the sheet does not have it."""
        return self._known.get(cell) or self.row(cell[1]).get(cell[0])

    def texts(self, shared: Mapping[bytes, T], read: Callable[[str], T | None]) -> Iterator[tuple[Cell, T]]:
        """The cells whose text matters, with what it means: ``shared`` tells it of a shared text by its number, ``read`` of any
        other text, None where it does not matter."""
        grid = self.data[self.grid[0] : self.grid[2]]
        usual = list(self.patterns.shared.finditer(self.data, *self._span))
        if len(usual) != grid.count(b'"s"') or any(odd in grid for odd in (b"'s'", b"{{", b"&#")):
            yield from self._unusual_texts(shared, read)
            return
        start = len(self.prefix) + 3
        for found in usual:
            _, column, row, content = found.groups()
            meant = shared.get(content[start : -start - 1])
            if meant is not None:
                cell = (_COLUMNS[column], int(row))
                self._known[cell] = found
                yield cell, meant

    def formulas(self) -> Iterator[str]:
        """The texts of all formulas, in the order of the file; shared ones once."""
        for match in self.patterns.formula.finditer(self.data, *self._span):
            if match[2]:
                yield plain_text(match[2])

    @cached_property
    def arrays(self) -> list[Area]:
        """The ranges that array formulas and data tables fill."""
        if b"array" not in self.data and b"dataTable" not in self.data:
            return []
        listed = (match[1] for match in self.patterns.formula.finditer(self.data, *self._span))
        kinds = (b"array", b"dataTable")
        areas = [area_of(attribute(given, b"ref").decode()) for given in listed if attribute(given, b"t") in kinds]
        return [area for area in areas if area is not None]

    @cached_property
    def merged(self) -> list[Area]:
        """The merged ranges."""
        listed = child(self.root, "mergeCells")
        found = [] if listed is None else [area_of(item.get("ref", "")) for item in children(listed, "mergeCell")]
        return [area for area in found if area is not None]

    def has_formula(self, cell: Cell) -> bool:
        """Whether a formula stands in the cell."""
        if cell in self._known:  # these hold a shared text and nothing else
            return False
        found = self.found(cell)
        content = found[CONTENT] if found is not None else None
        return content is not None and b"<%bf" % self.prefix in content

    def addressed(self, row: int) -> bool:
        """Whether all rows, and all cells of this one, say where they stand, so that others can be put between them."""
        cells = all(found[ROW] or attribute(found[ATTRIBUTES], b"r") for found in self.row(row).values())
        return cells and self._rows_addressed

    @cached_property
    def _rows_addressed(self) -> bool:
        return all(attribute(row.attributes, b"r") for row in self.rows.values())

    def column_style(self, column: int) -> str:
        """The style that an empty cell of this column has, "" for the plain one."""
        listed = child(self.root, "cols")
        for item in () if listed is None else children(listed, "col"):
            first, last = (item.get(name, "") for name in ("min", "max"))
            if all(re.fullmatch("[0-9]{1,5}", bound) for bound in (first, last)) and int(first) <= column <= int(last):
                return item.get("style", "")
        return ""

    # --- where it stands ------------------------------------------------------------------------------

    @property
    def _span(self) -> tuple[int, int]:
        return self.grid[0], self.grid[2]

    def _grid(self) -> tuple[int, int, int]:
        """Find the cells, and make sure that patterns see them as they are."""
        tags = list(re.finditer(rb"<(/?)%bsheetData%b(/?)>" % (self.prefix, _ATTRIBUTES), self.data))
        shape = [(tag[1], tag[2]) for tag in tags]
        if shape not in ([(b"", b"/")], [(b"", b""), (b"/", b"")]):
            raise self.unclear()
        start, end = tags[0].start(), tags[-1].end()
        if any(self.data.find(odd, start, end) >= 0 for odd in (b"<!", b"<?", b"xmlns")):
            raise self.unclear()
        return start, tags[0].end() if len(tags) == 2 else -1, end

    @cached_property
    def rows(self) -> dict[int, Row]:
        """The rows by number, in the order of the file."""
        rows: dict[int, Row] = {}
        number = 0
        for match in self.patterns.row.finditer(self.data, *self._span):
            given = attribute(match[1], b"r")
            if given and not re.fullmatch(rb"[1-9][0-9]{0,6}", given):
                raise self.unclear()
            number = int(given) if given else number + 1
            rows[number] = Row(match.start(), match.end(), match[1], match.start(2))
        if len(rows) != len(self.patterns.any_row.findall(self.data, *self._span)):
            raise self.unclear()
        return rows

    def row(self, number: int) -> dict[int, Found]:
        """The cells of one row by column, in the order of the file; none where the row is not there."""
        if number not in self._rows_read:
            self._rows_read[number] = self._read_row(number, self.rows[number]) if number in self.rows else {}
        return self._rows_read[number]

    def _read_row(self, number: int, row: Row) -> dict[int, Found]:
        cells: dict[int, Found] = {}
        if row.inner < 0:
            return cells
        tail, column = b"%d" % number, 0
        for found in self.patterns.cell.finditer(self.data, row.inner, row.end):
            usual = found[ROW] == tail
            column = _COLUMNS[found[COLUMN]] if usual else self._column(attribute(found[ATTRIBUTES], b"r"), tail, column)
            cells[column] = found
        if len(cells) != len(self.patterns.any_cell.findall(self.data, row.inner, row.end)):
            raise self.unclear()
        return cells

    def cells(self) -> Iterator[tuple[Cell, Found]]:
        """All cells with their places, in the order of the file."""
        for number, row in self.rows.items():
            yield from (((column, number), found) for column, found in self._read_row(number, row).items())

    def _column(self, address: bytes, row: bytes, before: int) -> int:
        """The column of a cell whose address stands in an unusual place, or nowhere: then it follows the one before."""
        if not address:
            return before + 1
        letters = address.removesuffix(row)
        if letters == address or not _COLUMNS[letters]:
            raise self.unclear()
        return _COLUMNS[letters]

    def _unusual_texts(self, shared: Mapping[bytes, T], read: Callable[[str], T | None]) -> Iterator[tuple[Cell, T]]:
        for at, found in self.cells():
            kind, content = attribute(found[ATTRIBUTES], b"t"), found[CONTENT] or b""
            if kind == b"s":
                index = b"".join(match[2] or b"" for match in self.patterns.value.finditer(content)).strip()
                if index in shared:
                    yield at, shared[index]
            elif kind in (b"inlineStr", b"str"):
                pieces = (self.patterns.value if kind == b"str" else self.patterns.text).finditer(content)
                meant = read("".join(plain_text(match[2] or b"") for match in pieces))
                if meant is not None:
                    yield at, meant

    def unclear(self) -> DocumentError:
        """The refusal of a sheet that cannot be patched with certainty."""
        return DocumentError(f"{self.label} is written in a way that cannot be patched safely; save it once with a spreadsheet program")


@lru_cache(maxsize=32)
def _attribute(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s%b\s*=\s*(?:\"([^\"]*)\"|'([^']*)')" % name)


def attribute(attributes: bytes, name: bytes) -> bytes:
    """The value of one attribute as it stands, b"" where it is absent."""
    match = _attribute(name).search(attributes)
    return b"" if match is None else match[1] if match[1] is not None else match[2]


def plain_text(content: bytes) -> str:
    """The text of an element without children. Its entities are those of XML and numbers: a document type is refused."""
    return unescape(content.decode("utf-8"))
