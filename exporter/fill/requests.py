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


class Request(NamedTuple):
    """A cell that asks for a figure. ``how``: text, note or name; ``said``: as it is written; ``reason``: why it cannot be
    met, whatever the store has ("": it may be). A name that means no cell has sheet "" and cell (0, 0)."""

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
    asked: dict[str, dict[Cell, Request]] = {name: {} for name in sheets}
    nowhere: list[Request] = []
    for request in (*_by_text(model, sheets), *_by_note(model, sheets), *_by_name(model, sheets, prefixes)):
        if not request.sheet:
            nowhere.append(request)
            continue
        known = asked[request.sheet]
        other = known.get(request.cell)
        known[request.cell] = request if other is None else _both(other, request)
    met = [request for name, found in asked.items() for request in _allowed(model, name, sheets[name], found)]
    return [*nowhere, *met]


def _by_text(model: Model, sheets: Mapping[str, Sheet]) -> Iterator[Request]:
    for name, sheet in sheets.items():
        for cell, text in sheet.texts(model.marked_texts):
            inside = alone(text)
            if inside is not None:
                yield _request(name, cell, "text", inside)
            elif placeholders(text):
                yield Request(name, cell, "text", text, None, "stands within other text: put it alone in the cell, or in its note")


def _by_note(model: Model, sheets: Mapping[str, Sheet]) -> Iterator[Request]:
    for info in model.sheets:
        for address, text in model.notes(info):
            area = area_of(address)
            for inside in placeholders(text):
                if area is not None:
                    yield _request(info.name, area[:2], "note", inside)


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
            yield _request(sheet, area[:2], "name", inside, name.name)


def _request(sheet: str, cell: Cell, how: str, inside: str, name: str = "") -> Request:
    said = name or "{{" + inside + "}}"
    try:
        return Request(sheet, cell, how, said, wanted(inside))
    except NotUnderstood as error:
        return Request(sheet, cell, how, said, None, str(error))


def _both(first: Request, second: Request) -> Request:
    """Two requests for one cell: one, where they ask for the same; none, where they do not."""
    if first.wish == second.wish and first.reason == second.reason:
        return first
    said = first.said if second.said in first.said else f"{first.said} and {second.said}"
    return first._replace(said=said, wish=None, reason="the cell is asked for different figures")


# --- cells that must not be changed -------------------------------------------------------------------


def _allowed(model: Model, name: str, sheet: Sheet, asked: Mapping[Cell, Request]) -> Iterator[Request]:
    """The requests of a sheet in reading order, with the reason where the cell must stay as it is."""
    if not asked:
        return
    areas = _blocked(model, name, sheet)
    for cell in sorted(asked, key=itemgetter(1, 0)):
        request = asked[cell]
        reason = "holds a formula, which is never overwritten" if sheet.has_formula(cell) else _inside(cell, areas) if areas else ""
        yield request._replace(reason=reason) if reason and not request.reason else request


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
