"""Which cached results no longer hold once some cells have new values: those that depend on them, at any remove.

A formula whose reach cannot be told (see ``formulas``) counts as dependent. Results are dropped, never computed here: a
program that opens the file computes them, and one that does not shows nothing rather than a wrong figure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from exporter.fill.formulas import UNKNOWN, Reach, reach
from exporter.fill.package import Area, Model
from exporter.fill.sheet import Cell, Formula, Sheet

#: How often dependence may pass through a range before every formula counts as dependent; models need a handful.
_ROUNDS = 200
#: Cells of all sheets: the folded name of the sheet, and the cell.
Place = tuple[str, Cell]
#: A defined name: the folded sheet it belongs to ("" for the workbook), and its folded self.
_Key = tuple[str, str]
#: The rows of some cells by sheet and column, sorted.
_Rows = Mapping[str, Mapping[int, list[int]]]


@dataclass(slots=True)
class _Node:
    """A formula: the cells that show its results, and the ranges that it reads (None: anything)."""

    shows: list[Place]
    reads: list[tuple[str, Area]] | None
    stale: bool = False


def stale_cells(model: Model, sheets: Mapping[str, Sheet], filled: Set[Place]) -> dict[str, set[Cell]]:
    """By name of the sheet, the cells with a cached result that may no longer hold. ``sheets``: all worksheets, by name."""
    if not filled:
        return {}
    scope = _Scope(model)
    nodes = [node for name, sheet in sheets.items() for node in _nodes(name, sheet, scope)]
    _spread(nodes, filled)
    names = {name.casefold(): name for name in sheets}
    found: dict[str, set[Cell]] = defaultdict(set)
    for node in nodes:
        if node.stale:
            for place, cell in node.shows:
                name = names[place]
                if sheets[name].has_value(cell) and (place, cell) not in filled:
                    found[name].add(cell)
    return dict(found)


# --- what a formula reads ---------------------------------------------------------------------------


class _Scope:
    """What the names in formulas mean: sheets, defined names, tables."""

    def __init__(self, model: Model) -> None:
        self.tabs = [tab.casefold() for tab in model.tabs]
        self.tables = {table.name.casefold(): (table.sheet.casefold(), table.area) for table in model.tables}
        self.names: dict[_Key, str] = {}
        for name in model.names:
            scope = "" if name.sheet is None or name.sheet >= len(self.tabs) else self.tabs[name.sheet]
            self.names[scope, name.name.casefold()] = name.formula

    def reads(self, here: str, found: Reach, move: Cell = (0, 0), inside: tuple[_Key, ...] = ()) -> list[tuple[str, Area]] | None:
        """The ranges of a reach as seen from a sheet, or None where it may be anything. ``inside``: names on the way here."""
        if found.anything:
            return None
        if not found.names and move == (0, 0) and not inside and not any(reference.sheet for reference in found.references):
            return [(here, reference.area) for reference in found.references]
        ranges: list[tuple[str, Area]] = []
        for reference in found.references:
            tabs = self._tabs(reference.sheet.casefold()) if reference.sheet else [here]
            if not tabs or (inside and not all(reference.fixed)):  # a relative name means other cells elsewhere
                return None
            ranges += [(tab, reference.moved(*move)) for tab in tabs]
        for qualifier, name in found.names:
            more = self._named(qualifier.casefold() or here, name, inside)
            if more is None:
                return None
            ranges += more
        return ranges

    def _named(self, sheet: str, name: str, inside: tuple[_Key, ...]) -> list[tuple[str, Area]] | None:
        if name in self.tables:
            return [self.tables[name]]
        key = next((key for key in ((sheet, name), ("", name)) if key in self.names), None)
        if key is None or key in inside or len(inside) > 20:
            return None
        return self.reads(key[0] or sheet, reach(self.names[key].removeprefix("=")), inside=(*inside, key))

    def _tabs(self, name: str) -> list[str]:
        """The sheets of a name or of a span ``first:last``, empty where one is not there."""
        first, _, last = name.partition(":")
        if first not in self.tabs or (last and last not in self.tabs):
            return []
        start, end = sorted((self.tabs.index(first), self.tabs.index(last or first)))
        return self.tabs[start : end + 1]


def _nodes(name: str, sheet: Sheet, scope: _Scope) -> Iterator[_Node]:
    here = name.casefold()
    formulas = sheet.formulas
    shared = {formula.group: formula for formula in formulas if formula.kind == "shared" and formula.text}
    for formula in formulas:
        shows = [(here, cell) for cell in _shown(formula, sheet)]
        master = shared.get(formula.group) if formula.kind == "shared" and not formula.text else formula
        if master is None or not master.text or formula.kind == "dataTable":
            yield _Node(shows, scope.reads(here, UNKNOWN))
            continue
        move = (formula.cell[0] - master.cell[0], formula.cell[1] - master.cell[1])
        yield _Node(shows, scope.reads(here, reach(master.text.removeprefix("=")), move))


def _shown(formula: Formula, sheet: Sheet) -> list[Cell]:
    """Where the results stand: of an array or a data table, all of its cells that the sheet has."""
    if formula.kind not in ("array", "dataTable") or formula.area is None:
        return [formula.cell]
    return [formula.cell, *(cell for cell in sheet.cells if cell != formula.cell and within(cell, formula.area))]


def within(cell: Cell, area: Area) -> bool:
    """Whether a cell lies in a rectangle."""
    return area[0] <= cell[0] <= area[2] and area[1] <= cell[1] <= area[3]


# --- spreading --------------------------------------------------------------------------------------


def _spread(nodes: list[_Node], filled: Set[Place]) -> None:
    """Mark the nodes that read a filled cell, or what another marked node shows."""
    single: dict[Place, list[_Node]] = defaultdict(list)
    wide: list[tuple[_Node, str, Area]] = []
    fresh: list[Place] = list(filled)
    for node in nodes:
        if node.reads is None:
            node.stale = True
            fresh += node.shows
            continue
        for sheet, area in node.reads:
            if area[:2] == area[2:]:
                single[sheet, area[:2]].append(node)
            else:
                wide.append((node, sheet, area))
    for _ in range(_ROUNDS):
        reached = _through_cells(fresh, single)
        rows = _rows_of(reached)
        fresh = []
        for node, sheet, area in wide:
            if not node.stale and _touches(rows.get(sheet, {}), area):
                node.stale = True
                fresh += node.shows
        if not fresh:
            return
        wide = [entry for entry in wide if not entry[0].stale]
    for node in nodes:
        node.stale = True


def _through_cells(fresh: list[Place], single: Mapping[Place, list[_Node]]) -> list[Place]:
    """The cells given, and all that follow from them by references to one cell."""
    reached = []
    pending = list(fresh)
    while pending:
        place = pending.pop()
        reached.append(place)
        for node in single.get(place, ()):
            if not node.stale:
                node.stale = True
                pending += node.shows
    return reached


def _rows_of(places: list[Place]) -> _Rows:
    rows: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for sheet, (column, row) in sorted(places):
        rows[sheet][column].append(row)
    return rows


def _touches(columns: Mapping[int, list[int]], area: Area) -> bool:
    wide = area[2] - area[0] > len(columns)
    for column in columns if wide else range(area[0], area[2] + 1):
        rows = columns.get(column)
        if rows and area[0] <= column <= area[2]:
            at = bisect_left(rows, area[1])
            if at < len(rows) and rows[at] <= area[3]:
                return True
    return False
