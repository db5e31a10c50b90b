"""Which cells of a model ask for a figure, and how: by a text, by a note, or by a defined name.

A cell that cannot be given one (a formula, the inside of a merged range, the header of a table) is found here, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from exporter.fill.package import Model, area_of, column_letters
from exporter.fill.placeholder import NotUnderstood, Wanted, alone, from_name, placeholders, wanted
from exporter.fill.sheet import Cell, Sheet


@dataclass(frozen=True, slots=True)
class Request:
    """A cell that asks for a figure. ``how``: text, note or name; ``said``: as it is written; ``reason``: why it cannot be
    met, whatever the store has ("": it may be)."""

    sheet: str
    cell: Cell
    how: str
    said: str
    wish: Wanted | None
    reason: str = ""

    @property
    def address(self) -> str:
        """The cell as people write it; "" for a name that means none."""
        return f"{column_letters(self.cell[0])}{self.cell[1]}" if self.sheet else ""


def requests(model: Model, sheets: Mapping[str, Sheet], prefixes: Collection[str]) -> list[Request]:
    """All cells that ask for a figure, in the order of sheets, rows and columns, each once. ``prefixes``: those of concepts,
    by which a defined name is known to be a placeholder."""
    asked: dict[tuple[str, Cell], list[Request]] = defaultdict(list)
    for request in (*_by_text(model, sheets), *_by_note(model, sheets), *_by_name(model, sheets, prefixes)):
        place = (request.sheet, request.cell) if request.sheet else (request.said, request.cell)
        asked[place].append(request)
    order = {info.name: number for number, info in enumerate(model.sheets)}
    met = [_one(listed) for listed in asked.values()]
    blocked = _Blocked(model, sheets)
    checked = [request if request.reason or not request.sheet else _checked(request, blocked) for request in met]
    return sorted(checked, key=lambda request: (order.get(request.sheet, -1), request.cell[1], request.cell[0]))


def _by_text(model: Model, sheets: Mapping[str, Sheet]) -> Iterator[Request]:
    for name, sheet in sheets.items():
        for cell, text in sheet.texts(model.marked_texts):
            found = placeholders(text)
            if found and alone(text):
                yield _request(name, cell, "text", found[0])
            elif found:
                yield Request(name, cell, "text", text, None, "stands within other text: put it alone in the cell, or in its note")


def _by_note(model: Model, sheets: Mapping[str, Sheet]) -> Iterator[Request]:
    for info in model.sheets:
        if info.name not in sheets:
            continue
        for address, text in model.notes(info):
            area = area_of(address)
            for found in dict.fromkeys(placeholders(text)):
                if area is not None:
                    yield _request(info.name, area[:2], "note", found)


def _by_name(model: Model, sheets: Mapping[str, Sheet], prefixes: Collection[str]) -> Iterator[Request]:
    names = {sheet.casefold(): sheet for sheet in sheets}
    for name in model.names:
        prefix, dot, _ = name.name.partition(".")
        found = from_name(name.name) if dot and prefix in prefixes else None
        if found is None:
            continue
        tab, _, cells = name.formula.removeprefix("=").rpartition("!")
        sheet = names.get(tab.removeprefix("'").removesuffix("'").replace("''", "'").casefold())
        area = area_of(cells)
        if sheet is None or area is None:
            yield Request("", (0, 0), "name", name.name, None, f"the name means no cell of this workbook, but {name.formula!r}")
        elif area[:2] != area[2:] and area not in sheets[sheet].merged():
            yield Request(sheet, area[:2], "name", name.name, None, "the name means more than one cell")
        else:
            yield _request(sheet, area[:2], "name", found, name.name)


def _request(sheet: str, cell: Cell, how: str, inside: str, name: str = "") -> Request:
    said = name or "{{" + inside + "}}"
    try:
        return Request(sheet, cell, how, said, wanted(inside))
    except NotUnderstood as error:
        return Request(sheet, cell, how, said, None, str(error))


def _one(listed: list[Request]) -> Request:
    """The request of a cell; where several of them differ, none counts."""
    wishes = {request.wish for request in listed}
    if len(wishes) == 1:
        return listed[0]
    said = " and ".join(dict.fromkeys(request.said for request in listed))
    first = listed[0]
    return Request(first.sheet, first.cell, first.how, said, None, "the cell is asked for different figures")


class _Blocked:
    """The cells that must not be changed."""

    def __init__(self, model: Model, sheets: Mapping[str, Sheet]) -> None:
        self._model = model
        self._sheets = sheets
        self._known: dict[str, dict[Cell, str]] = {}
        self._areas: dict[str, list[tuple[tuple[int, int, int, int], Cell | None, str]]] = {}

    def reason(self, request: Request) -> str:
        """Why the cell of a request must stay as it is, "" where it need not."""
        name = request.sheet
        if name not in self._known:
            self._read(name, self._sheets[name])
        column, row = request.cell
        for area, free, reason in self._areas[name]:
            if area[0] <= column <= area[2] and area[1] <= row <= area[3] and request.cell != free:
                return reason
        return self._known[name].get(request.cell, "")

    def _read(self, name: str, sheet: Sheet) -> None:
        self._known[name] = {formula.cell: "holds a formula, which is never overwritten" for formula in sheet.formulas()}
        areas = self._areas[name] = [(area, area[:2], "lies inside a merged range: address its first cell") for area in sheet.merged()]
        for formula in sheet.formulas():
            if formula.area is not None and formula.kind in ("array", "dataTable"):
                areas.append((formula.area, None, "shows a result of an array formula, which is never overwritten"))
        for table in self._model.tables:
            if table.sheet == name and table.header:
                left, top, right, _ = table.area
                areas.append(((left, top, right, top), None, "is the header of a table, which must stay a text"))


def _checked(request: Request, blocked: _Blocked) -> Request:
    reason = blocked.reason(request)
    return Request(request.sheet, request.cell, request.how, request.said, request.wish, reason) if reason else request
