"""Changing a worksheet part: new values, dropped values, new cells, each as a splice of its bytes.

A cell keeps its address, style and every other attribute; a value that is dropped leaves the formula; a new cell takes
the style of its row or column, as it would in a spreadsheet program. Everything else of the part stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple
from xml.sax.saxutils import escape

from exporter.fill.package import area_of, child, column_letters
from exporter.fill.sheet import ATTRIBUTES, CONTENT, Cell, Found, Row, Sheet, attribute

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
# What says how the old value was meant, and would make nonsense of a new one: its type, and rich values or array flags.
_OLD_VALUE = re.compile(rb"\s(?:t|cm|vm)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_TYPE = re.compile(rb"\st\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_SPANS = re.compile(rb"\sspans\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class Value(NamedTuple):
    """What a cell gets: the text of a number, or a text that is only a text."""

    text: str
    number: bool


Edit = tuple[int, int, bytes]


def patched(sheet: Sheet, values: Mapping[Cell, Value], dropped: Iterable[Cell]) -> bytes:
    """The part with ``values`` in their cells, and without the cached values of the cells ``dropped``.

    Raises DocumentError where a cell has to be added and the sheet does not say where its cells stand, or where the result
    would not be the same sheet with other values.
    """
    cells, prefix = sheet.cells, sheet.prefix
    edits: list[Edit] = []
    missing: dict[int, dict[int, Value]] = {}
    for at, value in values.items():
        found = cells.get(at)
        if found is None:
            missing.setdefault(at[1], {})[at[0]] = value
        else:
            edits.append((found.start(), found.end(), _cell(prefix, _without_type(found[ATTRIBUTES]), value)))
    edits += [_without_value(sheet, cells[at]) for at in dropped]
    if missing:
        if not sheet.addressed:
            raise sheet.unclear()
        edits += [*_added(sheet, missing), *_dimension(sheet, missing)]
    edits.sort(key=_start)
    pieces: list[bytes] = []
    last = 0
    for start, end, piece in edits:
        pieces += (sheet.data[last:start], piece)
        last = end
    made = b"".join([*pieces, sheet.data[last:]])
    sheet.check(made, added=sum(map(len, missing.values())))
    return made


_start = itemgetter(0, 1)


def _without_type(attributes: bytes) -> bytes:
    """Attributes without what says how the old value was meant."""
    if attributes.endswith(b' t="s"'):
        attributes = attributes[:-6]
    return _OLD_VALUE.sub(b"", attributes) if b"t" in attributes or b"m" in attributes else attributes


def _cell(prefix: bytes, attributes: bytes, value: Value) -> bytes:
    if value.number:
        return b"<%bc%b><%bv>%b</%bv></%bc>" % (prefix, attributes, prefix, value.text.encode(), prefix, prefix)
    text = escape(_FORBIDDEN.sub(_escaped, value.text), {"\r": "&#13;"}).encode("utf-8")
    inside = b'<%bt xml:space="preserve">%b</%bt>' % (prefix, text, prefix)
    return b'<%bc%b t="inlineStr"><%bis>%b</%bis></%bc>' % (prefix, attributes, prefix, inside, prefix, prefix)


def _escaped(match: re.Match[str]) -> str:
    """A character that XML forbids in the notation of spreadsheets, ``_x0001_``; what looks like that notation too."""
    return f"_x{ord(match[0]):04X}_"


def _without_value(sheet: Sheet, found: Found) -> Edit:
    """A formula, or a cell of an array, without its result."""
    content = sheet.patterns.value.sub(b"", found[CONTENT] or b"")
    attributes = _TYPE.sub(b"", found[ATTRIBUTES])
    tag = sheet.prefix + b"c"
    return found.start(), found.end(), b"<%b%b>%b</%b>" % (tag, attributes, content, tag) if content else b"<%b%b/>" % (tag, attributes)


# --- cells that are not there yet -------------------------------------------------------------------


def _added(sheet: Sheet, missing: Mapping[int, Mapping[int, Value]]) -> Iterable[Edit]:
    """Cells in rows that are there, and rows that are not."""
    fresh: dict[int, list[bytes]] = {}
    for number in sorted(missing):
        row = sheet.rows.get(number)
        cells = {column: _new(sheet, (column, number), value) for column, value in sorted(missing[number].items())}
        if row is not None:
            yield from _into_row(sheet, row, cells)
        else:
            piece = b'<%brow r="%d">%b</%brow>' % (sheet.prefix, number, b"".join(cells.values()), sheet.prefix)
            fresh.setdefault(_before(sheet, number), []).append(piece)
    start, inner, end = sheet.grid
    if inner < 0 and fresh:  # <sheetData/>
        pieces = b"".join(piece for listed in fresh.values() for piece in listed)
        opened = sheet.data[start:end].rstrip()[:-2].rstrip()
        yield start, end, b"%b>%b</%bsheetData>" % (opened, pieces, sheet.prefix)
    else:
        yield from ((place, place, b"".join(pieces)) for place, pieces in fresh.items())


def _before(sheet: Sheet, number: int) -> int:
    """Where a row of this number belongs: before the first later one, else at the end."""
    later = [row.start for known, row in sheet.rows.items() if known > number]
    start, _, end = sheet.grid
    return later[0] if later else sheet.data.rindex(b"<", start, end)


def _into_row(sheet: Sheet, row: Row, cells: Mapping[int, bytes]) -> Iterable[Edit]:
    opened = b"<%brow%b" % (sheet.prefix, _without_narrow_spans(row.attributes, cells))
    if row.inner < 0:
        yield row.start, row.end, b"%b>%b</%brow>" % (opened, b"".join(cells.values()), sheet.prefix)
        return
    if opened != b"<%brow%b" % (sheet.prefix, row.attributes):
        yield row.start, row.inner, opened + b">"
    number = next(number for number, known in sheet.rows.items() if known is row)
    columns = sorted(column for column, inside in sheet.cells if inside == number)
    places: dict[int, bytes] = {}
    for column, piece in cells.items():
        later = next((known for known in columns if known > column), None)
        place = sheet.cells[later, number].start() if later else sheet.data.rindex(b"<", row.start, row.end)
        places[place] = places.get(place, b"") + piece
    yield from ((place, place, piece) for place, piece in places.items())


def _without_narrow_spans(attributes: bytes, cells: Iterable[int]) -> bytes:
    """Without the hint which columns are used, where it no longer holds."""
    spans = attribute(attributes, b"spans")
    first, _, last = spans.partition(b":")
    if not spans or (first.isdigit() and last.isdigit() and all(int(first) <= column <= int(last) for column in cells)):
        return attributes
    return _SPANS.sub(b"", attributes)


def style_of(sheet: Sheet, cell: Cell) -> str:
    """The number of a cell's style; of one that is not there, the style that its row or column gives it. "" for the plain one."""
    if cell in sheet.cells:
        return attribute(sheet.cells[cell][ATTRIBUTES], b"s").decode()
    row = sheet.rows.get(cell[1])
    if row is not None and attribute(row.attributes, b"customFormat") in (b"1", b"true"):
        return attribute(row.attributes, b"s").decode()
    return sheet.column_style(cell[0])


def _new(sheet: Sheet, cell: Cell, value: Value) -> bytes:
    style = style_of(sheet, cell)
    styled = f' s="{style}"' if style.isdigit() and style != "0" else ""
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
