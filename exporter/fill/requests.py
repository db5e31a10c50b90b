"""Which cells of a model ask for a figure, and how: by a text, by a note, or by a defined name.

A cell that cannot be given one (a formula, the inside of a merged range, the header of a table) is found here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from exporter.fill.package import Area, Model, area_of, column_letters
from exporter.fill.placeholder import NotUnderstood, Wanted, alone, from_name, placeholders, wanted
from exporter.fill.sheet import Cell, Sheet


class Asked(NamedTuple):
    """What a cell asks for: as it is ``said``, as a ``wish``, or with the ``reason`` why this cannot be met, whatever the store has."""

    said: str
    wish: Wanted | None
    reason: str = ""


class Request(NamedTuple):
    """A cell that asks for a figure. ``how``: text, note or name; the rest as in :class:`Asked`. A name that means no cell has
    sheet "" and cell (0, 0)."""

    sheet: str
    cell: Cell
    how: str
    said: str
    wish: Wanted | None
    reason: str = ""

    @property
    def address(self) -> str:
        """The cell as people write it."""
        return f"{column_letters(self.cell[0])}{self.cell[1]}" if self.sheet else ""


def requested(model: Model, sheets: Mapping[str, Sheet], prefixes: Callable[[], Collection[str]]) -> list[Request]:
    """All cells that ask for a figure, in the order of sheets, rows and columns, each once. ``prefixes``: gives those of
    concepts, by which a defined name is known to be a placeholder."""
    shared = {index: asked for index, text in model.marked_texts.items() if (asked := _of_text(text)) is not None}
    found = {
        name: {cell: Request(name, cell, "text", *asked) for cell, asked in sheet.texts(shared, _of_text)} for name, sheet in sheets.items()
    }
    nowhere: list[Request] = []
    for request in (*_by_note(model), *_by_name(model, sheets, prefixes)):
        if not request.sheet:
            nowhere.append(request)
            continue
        known = found[request.sheet]
        other = known.get(request.cell)
        known[request.cell] = request if other is None else _both(other, request)
    met = [request for name, asked in found.items() if asked for request in _allowed(model, name, sheets[name], asked)]
    return [*nowhere, *met]


def _asked(inside: str, said: str) -> Asked:
    try:
        return Asked(said, wanted(inside))
    except NotUnderstood as error:
        return Asked(said, None, str(error))


def _of_text(text: str) -> Asked | None:
    """What the text of a cell asks for, None where it asks for nothing."""
    inside = alone(text)
    if inside is not None:
        return _asked(inside, text.strip())
    return Asked(text, None, "stands within other text: put it alone in the cell, or in its note") if placeholders(text) else None


def _by_note(model: Model) -> Iterator[Request]:
    for info in model.sheets:
        for address, text in model.notes(info):
            area = area_of(address)
            for inside in placeholders(text):
                if area is not None:
                    yield Request(info.name, area[:2], "note", *_asked(inside, "{{" + inside + "}}"))


def _by_name(model: Model, sheets: Mapping[str, Sheet], prefixes: Callable[[], Collection[str]]) -> Iterator[Request]:
    asking = [(name, inside) for name in model.names if (inside := from_name(name.name)) is not None]
    if not asking:
        return
    known = prefixes()
    names = {sheet.casefold(): sheet for sheet in sheets}
    for name, inside in asking:
        if inside.partition(":")[0] not in known:
            continue
        tab, _, cells = name.formula.removeprefix("=").rpartition("!")
        sheet = names.get(tab.removeprefix("'").removesuffix("'").replace("''", "'").casefold())
        area = area_of(cells)
        if sheet is None or area is None:
            yield Request("", (0, 0), "name", name.name, None, f"the name means no cell of this workbook, but {name.formula!r}")
        elif area[:2] != area[2:] and area not in sheets[sheet].merged:
            yield Request(sheet, area[:2], "name", name.name, None, "the name means more than one cell")
        else:
            yield Request(sheet, area[:2], "name", *_asked(inside, name.name))


def _both(first: Request, second: Request) -> Request:
    """Two requests for one cell: one, where they ask for the same; none, where they do not."""
    if first.wish == second.wish and first.reason == second.reason:
        return first
    said = first.said if second.said in first.said else f"{first.said} and {second.said}"
    return first._replace(said=said, wish=None, reason="the cell is asked for different figures")


# --- cells that must not be changed -------------------------------------------------------------------


def _allowed(model: Model, name: str, sheet: Sheet, asked: Mapping[Cell, Request]) -> Iterator[Request]:
    """The requests of a sheet in reading order, with the reason where the cell must stay as it is."""
    areas = _blocked(model, name, sheet)
    for cell in sorted(asked, key=itemgetter(1, 0)):
        request = asked[cell]
        if not request.reason and sheet.has_formula(cell):
            yield request._replace(reason="holds a formula, which is never overwritten")
        elif areas and not request.reason:
            yield request._replace(reason=_inside(cell, areas))
        else:
            yield request


#: A range, the one cell of it that may be filled, and why the others may not.
_Area = tuple[Area, Cell | None, str]


def _blocked(model: Model, name: str, sheet: Sheet) -> list[_Area]:
    areas: list[_Area] = [(area, area[:2], "lies inside a merged range: address its first cell") for area in sheet.merged]
    areas += [(area, None, "shows a result of an array formula, which is never overwritten") for area in sheet.arrays]
    for table in model.tables:
        if table.sheet == name and table.header:
            left, top, right, _ = table.area
            areas.append(((left, top, right, top), None, "is the header of a table, which must stay a text"))
    return areas


def _inside(cell: Cell, areas: list[_Area]) -> str:
    column, row = cell
    for (left, top, right, bottom), free, reason in areas:
        if left <= column <= right and top <= row <= bottom and cell != free:
            return reason
    return ""
