"""Which cells of a model ask for a figure, and how: by a text, by a note, or by a defined name.

A cell that cannot be given one (a formula, the inside of a merged range, the header of a table) is found here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from exporter.fill.package import Area, DefinedName, Model, area_of
from exporter.fill.placeholder import NotUnderstood, Said, alone, from_name, placeholders, usually_wanted, wanted
from exporter.fill.sheet import Cell, Sheet

_NOTHING = Said()


class Request(NamedTuple):
    """What a cell asks for: as it is ``said``; the ``concept``, and what else it means; or the ``reason`` why this cannot be met,
    whatever the store has. ``how``: text, note or name. Cells of the same text share one of these."""

    said: str
    concept: str
    meaning: Said
    reason: str = ""
    how: str = "text"


_REQUEST: Callable[[tuple[object, ...]], Request] = partial(tuple.__new__, Request)  # as _make, of which there would be one call a cell


class Requests(NamedTuple):
    """All that a model asks for: by sheet the cells, in the order of rows and columns; and names that mean no cell."""

    by_sheet: dict[str, dict[Cell, Request]]
    nowhere: list[Request]


def requested(model: Model, sheets: Mapping[str, Sheet], prefixes: Callable[[], Collection[str]]) -> Requests:
    """All cells that ask for a figure, in the order of sheets, rows and columns, each once. ``prefixes``: gives those of
    concepts, by which a defined name is known to be a placeholder."""
    marked = model.marked_texts
    shared = {number: asked for number, asked in zip(marked, _of_texts(marked.values()), strict=True) if asked is not None}
    found = {name: sheet.texts(shared, _of_texts) for name, sheet in sheets.items()}
    nowhere: list[Request] = []
    for sheet, cell, request in (*_by_note(model), *_by_name(model, sheets, prefixes)):
        if not sheet:
            nowhere.append(request)
            continue
        other = found[sheet].get(cell)
        found[sheet][cell] = request if other is None else _both(other, request)
    return Requests({name: _allowed(model, name, sheets[name], asked) if asked else asked for name, asked in found.items()}, nowhere)


def _asked(inside: str, said: str, how: str) -> Request:
    try:
        return Request(said, *wanted(inside), "", how)
    except NotUnderstood as error:
        return Request(said, "", _NOTHING, str(error), how)


def _of_texts(texts: Collection[str]) -> list[Request | None]:
    """What the texts of cells ask for, None where one asks for nothing."""
    concepts, meanings = usually_wanted(texts)
    if all(concepts) and all(meanings):
        return list(map(_REQUEST, zip(texts, concepts, meanings, repeat(""), repeat("text"))))
    halves = zip(texts, concepts, meanings, strict=True)
    return [Request(text, concept, meaning) if concept and meaning else _of_text(text) for text, concept, meaning in halves]


def _of_text(text: str) -> Request | None:
    inside = alone(text)
    if inside is not None:
        return _asked(inside, text.strip(), "text")
    within = "stands within other text: put it alone in the cell, or in its note"
    return Request(text, "", _NOTHING, within) if placeholders(text) else None


#: A request with its sheet, "" where a name means none, and its cell.
_Placed = tuple[str, Cell, Request]


def _by_note(model: Model) -> Iterator[_Placed]:
    for info in model.sheets:
        for address, text in model.notes(info):
            area = area_of(address)
            for inside in placeholders(text):
                if area is not None:
                    yield info.name, area[:2], _asked(inside, "{{" + inside + "}}", "note")


def _by_name(model: Model, sheets: Mapping[str, Sheet], prefixes: Callable[[], Collection[str]]) -> Iterator[_Placed]:
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
            yield "", (0, 0), _astray(name, f"the name means no cell of this workbook, but {name.formula!r}")
        elif area[:2] != area[2:] and area not in sheets[sheet].merged:
            yield sheet, area[:2], _astray(name, "the name means more than one cell")
        else:
            yield sheet, area[:2], _asked(inside, name.name, "name")


def _astray(name: DefinedName, reason: str) -> Request:
    return Request(name.name, "", _NOTHING, reason, "name")


def _both(first: Request, second: Request) -> Request:
    """Two requests for one cell: one, where they ask for the same; none, where they do not."""
    if first[1:4] == second[1:4]:
        return first
    said = first.said if second.said in first.said else f"{first.said} and {second.said}"
    return first._replace(said=said, reason="the cell is asked for different figures")


# --- cells that must not be changed -------------------------------------------------------------------


def _allowed(model: Model, name: str, sheet: Sheet, asked: Mapping[Cell, Request]) -> dict[Cell, Request]:
    """The requests of a sheet in reading order, with the reason where the cell must stay as it is."""
    areas = _blocked(model, name, sheet)
    order = sorted(asked, key=itemgetter(1, 0))
    allowed = dict(asked) if order == list(asked) else {cell: asked[cell] for cell in order}
    for cell in allowed if areas else allowed.keys() - sheet.usual.keys():  # the usual ones hold no formula
        request = allowed[cell]
        reason = "holds a formula, which is never overwritten" if sheet.has_formula(cell) else _inside(cell, areas)
        if reason and not request.reason:
            allowed[cell] = request._replace(reason=reason)
    return allowed


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
