"""Changing a worksheet part: new values, results taken out, new cells, each as a splice of its bytes.

A cell keeps its address, style and every other attribute; a result that is taken out leaves the formula; a new cell takes
the style of its row or column, as it would in a spreadsheet program. Everything else of the part stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Protocol
from xml.sax.saxutils import escape

from exporter.fill.package import Area, area_of, check_xml, child, column_letters
from exporter.fill.sheet import ATTRIBUTES, CONTENT, REST, TYPE, Cell, Row, Sheet, attribute

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
# What says how the old value was meant, and would make nonsense of a new one: its type, and rich values or array flags.
_OLD_VALUE = re.compile(rb"\s(?:t|cm|vm)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_SPANS = re.compile(rb"\sspans\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class Value(Protocol):
    """What a cell gets: the text of a ``number``, or a text that is only a text."""

    @property
    def text(self) -> str:
        """As spreadsheets write it."""

    @property
    def number(self) -> bool:
        """Whether it is a number."""


Edit = tuple[int, int, bytes]
#: How a cell says that its result is a text, an error or a truth.
_RESULT_TYPES = (b'"str"', b'"e"', b'"b"', b"'str'", b"'e'", b"'b'")


def patched(sheet: Sheet, values: Mapping[Cell, Value]) -> tuple[bytes, int]:
    """The part with ``values`` in their cells and without the results of its formulas, and how many of these there were.

    Raises DocumentError where a cell has to be added and the sheet does not say where its cells stand.
    """
    usual, opening, closing, ending = sheet.usual, b"><%bv>" % sheet.prefix, b"</%bv>" % sheet.prefix, len(b"</%bc>" % sheet.prefix)
    edits: list[Edit] = []
    others: dict[Cell, Value] = {}
    for at, value in values.items():
        if value.number and at in usual:
            found = usual[at]  # from its type to the end of its text: what stands before and behind is right already
            edits.append((found.start(TYPE), found.end() - ending, found[REST] + opening + value.text.encode() + closing))
        else:
            others[at] = value
    arrays = [edit for area in sheet.arrays for edit in _array_results(sheet, area)]
    odd = [*_in_other_cells(sheet, others), *arrays]
    made, dropped = _without_results(sheet, _spliced(sheet.data, sorted([*edits, *odd], key=itemgetter(0, 1)) if odd else sorted(edits)))
    if odd:  # a number for a number, and the end of a formula for its result, break nothing
        check_xml(made, sheet.label)
    return made, len(arrays) + dropped


def _in_other_cells(sheet: Sheet, values: Mapping[Cell, Value]) -> Iterator[Edit]:
    """Cells made anew, and new ones."""
    missing: dict[int, dict[int, Value]] = {}
    for at, value in values.items():
        found = sheet.found(at)
        if found is None:
            missing.setdefault(at[1], {})[at[0]] = value
        else:
            yield *found.span(), _cell(sheet.prefix, _OLD_VALUE.sub(b"", found[ATTRIBUTES]), value)
    if missing:
        yield from _added(sheet, missing)
        yield from _dimension(sheet, missing)


def _spliced(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with ranges replaced, which are given in their order."""
    pieces: list[bytes] = []
    last = 0
    for start, end, piece in edits:
        pieces += (data[last:start], piece)
        last = end
    return b"".join([*pieces, data[last:]])


def _cell(prefix: bytes, attributes: bytes, value: Value) -> bytes:
    if value.number:
        return b"<%bc%b><%bv>%b</%bv></%bc>" % (prefix, attributes, prefix, value.text.encode(), prefix, prefix)
    text = escape(_FORBIDDEN.sub(_escaped, value.text), {"\r": "&#13;"}).encode("utf-8")
    inside = b'<%bt xml:space="preserve">%b</%bt>' % (prefix, text, prefix)
    return b'<%bc%b t="inlineStr"><%bis>%b</%bis></%bc>' % (prefix, attributes, prefix, inside, prefix, prefix)


def _escaped(match: re.Match[str]) -> str:
    """A character that XML forbids in the notation of spreadsheets, ``_x0001_``; what looks like that notation too."""
    return f"_x{ord(match[0]):04X}_"


# --- results that no longer hold ----------------------------------------------------------------------


def _without_results(sheet: Sheet, data: bytes) -> tuple[bytes, int]:
    """The part without the results of its formulas, and how many there were. The formulas stay as they are."""
    if b"<%bf" % sheet.prefix not in data:
        return data, 0
    result, typed = _result_patterns(sheet.prefix)
    pieces = result.split(data)  # what stands between results: the formula is kept, being a group of the pattern
    made, count = b"".join(pieces), len(pieces) // 2
    if count and any(kind in made for kind in _RESULT_TYPES):
        made = typed.sub(rb"\1\2", made)
    return made, count


@lru_cache(maxsize=8)
def _result_patterns(prefix: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A formula with its result behind it, and the type that a cell with a formula states."""
    p = prefix
    formula = rb"<%bf(?:\s[^>]*)?(?:/>|>[^<]*</%bf\s*>)" % (p, p)
    result = rb"(%b)\s*<%bv(?:\s[^>]*)?(?:/>|>[^<]*</%bv\s*>)" % (formula, p, p)
    typed = rb"(<%bc\s[^>]*?)\st\s*=\s*(?:\"[^\"]*\"|'[^']*')([^>]*>\s*<%bf[\s/>])" % (p, p)
    return re.compile(result), re.compile(typed)


def _array_results(sheet: Sheet, area: Area) -> Iterator[Edit]:
    """The cells of an array, or of a data table, beside the one that has its formula: they hold results only."""
    for (column, row), found in sheet.cells():
        if area[0] <= column <= area[2] and area[1] <= row <= area[3] and found[CONTENT] and not sheet.has_formula((column, row)):
            attributes = _OLD_VALUE.sub(b"", found[ATTRIBUTES])
            yield (*found.span(), b"<%bc%b/>" % (sheet.prefix, attributes))


# --- cells that are not there yet -------------------------------------------------------------------


def _added(sheet: Sheet, missing: Mapping[int, Mapping[int, Value]]) -> Iterable[Edit]:
    """Cells in rows that are there, and rows that are not."""
    if not all(map(sheet.addressed, missing)):
        raise sheet.unclear()
    numbers = sorted(sheet.rows)
    fresh: dict[int, list[bytes]] = {}
    for number in sorted(missing):
        row = sheet.rows.get(number)
        cells = {column: _new(sheet, (column, number), value) for column, value in sorted(missing[number].items())}
        if row is not None:
            yield from _into_row(sheet, number, row, cells)
        else:
            piece = b'<%brow r="%d">%b</%brow>' % (sheet.prefix, number, b"".join(cells.values()), sheet.prefix)
            fresh.setdefault(_before(sheet, numbers, number), []).append(piece)
    start, inner, end = sheet.grid
    if inner < 0 and fresh:  # <sheetData/>
        pieces = b"".join(piece for listed in fresh.values() for piece in listed)
        opened = sheet.data[start:end].rstrip()[:-2].rstrip()
        yield start, end, b"%b>%b</%bsheetData>" % (opened, pieces, sheet.prefix)
    else:
        yield from ((place, place, b"".join(pieces)) for place, pieces in fresh.items())


def _before(sheet: Sheet, numbers: Sequence[int], number: int) -> int:
    """Where a row of this number belongs: before the first later one of ``numbers``, else at the end."""
    at = bisect(numbers, number)
    start, _, end = sheet.grid
    return sheet.rows[numbers[at]].start if at < len(numbers) else sheet.data.rindex(b"<", start, end)


def _into_row(sheet: Sheet, number: int, row: Row, cells: Mapping[int, bytes]) -> Iterable[Edit]:
    opened = b"<%brow%b" % (sheet.prefix, _without_narrow_spans(row.attributes, cells).rstrip())
    if row.inner < 0:
        yield row.start, row.end, b"%b>%b</%brow>" % (opened, b"".join(cells.values()), sheet.prefix)
        return
    if opened != b"<%brow%b" % (sheet.prefix, row.attributes.rstrip()):
        yield row.start, row.inner, opened + b">"
    there = sheet.row(number)
    places: dict[int, bytes] = {}
    for column, piece in cells.items():
        later = next((known for known in sorted(there) if known > column), None)
        place = there[later].start() if later else sheet.data.rindex(b"<", row.start, row.end)
        places[place] = places.get(place, b"") + piece
    yield from ((place, place, piece) for place, piece in places.items())


def _without_narrow_spans(attributes: bytes, cells: Iterable[int]) -> bytes:
    """Without the hint which columns are used, where it no longer holds."""
    spans = re.fullmatch(rb"([0-9]{1,5}):([0-9]{1,5})", attribute(attributes, b"spans"))
    fits = spans is not None and all(int(spans[1]) <= column <= int(spans[2]) for column in cells)
    return attributes if fits else _SPANS.sub(b"", attributes)


def style_of(sheet: Sheet, cell: Cell) -> str:
    """The number of a cell's style; of one that is not there, the style that its row or column gives it. "" for the plain one."""
    found = sheet.found(cell)
    if found is not None:
        return attribute(found[ATTRIBUTES], b"s").decode()
    row = sheet.rows.get(cell[1])
    if row is not None and attribute(row.attributes, b"customFormat") in (b"1", b"true"):
        return attribute(row.attributes, b"s").decode()
    return sheet.column_style(cell[0])


def _new(sheet: Sheet, cell: Cell, value: Value) -> bytes:
    style = style_of(sheet, cell)
    styled = f' s="{style}"' if re.fullmatch("[1-9][0-9]{0,6}", style) else ""
    return _cell(sheet.prefix, f' r="{column_letters(cell[0])}{cell[1]}"{styled}'.encode(), value)


def _dimension(sheet: Sheet, missing: Mapping[int, Mapping[int, Value]]) -> Iterable[Edit]:
    """The stated extent of the sheet, where cells were added outside of it: some programs read no further."""
    stated = child(sheet.root, "dimension")
    area = area_of(stated.get("ref", "")) if stated is not None else None
    if area is None:
        return
    columns = [column for cells in missing.values() for column in cells]
    wide = (min(area[0], *columns), min(area[1], *missing), max(area[2], *columns), max(area[3], *missing))
    match = re.search(rb"<%bdimension\s[^>]*?ref\s*=\s*[\"']([^\"']*)[\"']" % sheet.prefix, sheet.data)
    if wide != area and match is not None:
        text = f"{column_letters(wide[0])}{wide[1]}:{column_letters(wide[2])}{wide[3]}"
        yield match.start(1), match.end(1), text.encode()
