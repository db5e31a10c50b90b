"""A worksheet part as bytes with the places of its cells; changed by splicing, so that nothing else moves.

What stands around the cells is read with lxml. The cells, of which there may be a million, are found by patterns on the
bytes, which are exact where the text is XML (checked) and has no comments, CDATA, or declarations of namespaces among the
cells. Where it has, or where an element is not like that, the model is refused rather than patched in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
#: A cell of a text as it usually looks, with other groups: column and row, its type, the attributes after this, and its content up
#: to the end of the text, ``<v>12`` of a shared text or ``<is><t>...``. Nothing else in it says how its value is meant.
Usual = re.Match[bytes]
USUAL_COLUMN, USUAL_ROW, TYPE, REST, SAID = 1, 2, 3, 4, 5
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
    ``usual``: cells with a text as they usually look; ``before_text``: the tags before an inline text in these."""

    row: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    any_row: re.Pattern[bytes]
    any_cell: re.Pattern[bytes]
    usual: re.Pattern[bytes]
    value: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    text: re.Pattern[bytes]
    before_text: tuple[str, ...]


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
    more = rb'(?:\s(?![cv]m=)[a-z]+="[^"<>]*")*?'
    stored, inline = rb"<%bv>[0-9]+" % p, rb'<%bis><%bt(?: xml:space="preserve")?>[^<]*' % (p, p)
    before_text = tuple(f"<{p.decode()}is><{p.decode()}t{space}>" for space in ("", ' xml:space="preserve"'))
    kinds, ends = rb'\st="(?:s|inlineStr)"', rb"</%bv>|</%bt></%bis>" % (p, p, p)
    usual = re.compile(rb"<%bc%b%b(%b)(%b)>(%b|%b)(?:%b)</%bc>" % (p, _PLACE, more, kinds, more, stored, inline, ends, p))
    any_row, any_cell = re.compile(rb"<%brow[\s/>]" % p), re.compile(rb"<%bc[\s/>]" % p)
    return Patterns(row, cell, any_row, any_cell, usual, value, formula, text, before_text)


class Sheet:
    """One worksheet. ``grid``: where the element that holds rows and cells begins, where its content does (-1: an empty
    element), and where it ends. ``usual``: cells that hold a shared text and nothing else, as ``texts`` found them."""

    def __init__(self, data: bytes, label: str) -> None:
        self.data = data
        self.label = label
        check_xml(data, label)
        root = _TAG.search(data)
        self.prefix = root[1] if root else b""
        self.patterns = patterns(self.prefix)
        self.usual: dict[Cell, Usual] = {}
        self._rows_read: dict[int, dict[int, Found]] = {}
        self.grid = self._grid()
        self.root = parse_bytes(data[: self.grid[0]] + data[self.grid[2] :], label)
        names = [name for name, uri in self.root.nsmap.items() if uri == etree.QName(self.root).namespace]
        if etree.QName(self.root).localname != "worksheet" or len(names) != 1 or (names[0] or "") != self.prefix.decode().rstrip(":"):
            raise self.unclear()

    # --- what is in it --------------------------------------------------------------------------------

    def found(self, cell: Cell) -> Found | None:
        """The bytes of a cell, None where the sheet does not have it."""
        return self.row(cell[1]).get(cell[0])

    def texts(self, shared: Mapping[bytes, T], read: Callable[[Sequence[str]], Sequence[T | None]]) -> dict[Cell, T]:
        """The cells whose text matters, with what it means, in the order of the file. ``shared`` tells it of a shared text, by
        ``<v>`` and its number, ``read`` of any others, None where one does not matter. The cells that look as usual are then known as
        ``usual``."""
        listed = list(self.patterns.usual.finditer(self.data, *self._span))
        said = [found[SAID] for found in listed]
        marks = self._times(b"{{")
        inline = [text for text in said if b"{{" in text] if marks else []
        # Of other texts than these and the shared ones none matters.
        missed = bool(shared) and len(listed) < self._times(b'"s"') + self._times(b'"inlineStr"')
        if missed or self._written_oddly() or b"".join(inline).count(b"{{") < marks:
            return self._unusual_texts(shared, read)
        known = self._inline(inline, read) if inline else {}
        if shared:
            numbers = [text.replace(self.prefix, b"", 1) for text in said] if self.prefix else said
            meant = [shared.get(number) or known.get(text) for number, text in zip(numbers, said, strict=True)]
        else:
            meant = list(map(known.get, said))
        asking = [found for found, text in zip(listed, meant, strict=True) if text is not None]
        cells = [(_COLUMNS[letters], int(row)) for letters, row in [found.group(USUAL_COLUMN, USUAL_ROW) for found in asking]]
        self.usual = dict(zip(cells, asking, strict=True))
        return dict(zip(cells, (text for text in meant if text is not None), strict=True))

    def _inline(self, said: Sequence[bytes], read: Callable[[Sequence[str]], Sequence[T | None]]) -> dict[bytes, T | None]:
        """What inline texts mean, each with the tags before it."""
        unique = list(dict.fromkeys(said))
        texts = b"\0".join(unique).decode()
        for tags in self.patterns.before_text:  # a text has no tags in it
            texts = texts.replace(tags, "")
        plain = unescape(texts) if "&" in texts else texts
        return dict(zip(unique, read(plain.split("\0")), strict=True))

    def _written_oddly(self) -> bool:
        """Whether a text, or the type of one, may be written so that the usual pattern does not see it. One letter is found faster."""
        characters = self.data.find(b"&", *self._span) >= 0 and self._times(b"&#")
        return bool(characters) or (self.data.find(b"'", *self._span) >= 0 and bool(self._times(b"'s'") or self._times(b"'inlineStr'")))

    def _times(self, word: bytes) -> int:
        """How often a word stands among the cells."""
        return self.data.count(word, *self._span)

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
        if cell in self.usual:
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
        opened = list(re.finditer(rb"<%bsheetData%b(/?)>" % (self.prefix, _ATTRIBUTES), self.data))
        closed = list(re.finditer(rb"</%bsheetData\s*>" % self.prefix, self.data))
        if len(opened) != 1 or len(closed) != (0 if opened[0][1] else 1):
            raise self.unclear()
        start, end = opened[0].start(), (closed or opened)[0].end()
        if any(self.data.find(odd, start, end) >= 0 for odd in (b"<!", b"<?", b"xmlns")):
            raise self.unclear()
        return start, opened[0].end() if closed else -1, end

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

    def _unusual_texts(self, shared: Mapping[bytes, T], read: Callable[[Sequence[str]], Sequence[T | None]]) -> dict[Cell, T]:
        meant: dict[Cell, T] = {}
        texts: dict[Cell, str] = {}
        for at, found in self.cells():
            kind, content = attribute(found[ATTRIBUTES], b"t"), found[CONTENT] or b""
            if kind == b"s":
                index = b"".join(match[2] or b"" for match in self.patterns.value.finditer(content)).strip()
                if b"<v>" + index in shared:
                    meant[at] = shared[b"<v>" + index]
            elif kind in (b"inlineStr", b"str"):
                pieces = (self.patterns.value if kind == b"str" else self.patterns.text).finditer(content)
                texts[at] = "".join(plain_text(match[2] or b"") for match in pieces)
        others = zip(texts, read(list(texts.values())), strict=True)
        return {**meant, **{at: text for at, text in others if text is not None}}

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
