"""Filling the figures of the store into a user's own workbook (docs/fill.md).

The package is patched part by part: a sheet changes only in the cells that are filled and in cached results that no longer
hold; every other part is copied as it is. Reading order: ``archive`` (the zip), ``package`` (its parts), ``sheet`` (one sheet's
cells), ``placeholder`` and ``requests`` (what is asked for), ``lookup`` and ``matching`` (what the store has), ``values``,
``formulas`` and ``stale`` (what no longer holds), ``patch`` and ``whole`` (writing).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from exporter.fill.lookup import Answer, Defaults, answers
from exporter.fill.package import Model
from exporter.fill.patch import Value, patched, style_of
from exporter.fill.placeholder import Wanted
from exporter.fill.requests import Request, requests
from exporter.fill.sheet import Cell, Sheet
from exporter.fill.stale import stale_cells
from exporter.fill.values import NoValue, date_styles, value_of
from exporter.fill.whole import recalculated, remarks
from exporter.store import FactStore

__all__ = ["Defaults", "Filled", "Outcome", "fill"]


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of one cell. ``value``: what was written, None where the cell was left as it was, for ``reason``."""

    sheet: str
    cell: str
    how: str
    said: str
    value: str | None
    reason: str = ""
    candidates: tuple[str, ...] = ()
    fact_id: str = ""
    document: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The filled package, and what became of each cell, in the order of the workbook. ``dropped``: how many cached results were
    taken out, to be computed when the file is opened; ``notes``: what else is worth knowing, one line each."""

    data: bytes
    cells: tuple[Filled, ...]
    dropped: int
    notes: tuple[str, ...]


def fill(data: bytes, label: str, store: FactStore, defaults: Defaults | None = None) -> Outcome:
    """Fill a model from the store. ``label`` is what messages call the file.

    Raises DocumentError where the model cannot be read or patched with certainty, StoreError where the store cannot be used.
    """
    model = Model(data, label)
    sheets = {info.name: Sheet(model.archive.read(info.part), f"{label}: the sheet {info.name!r} ({info.part})") for info in model.sheets}
    asked = requests(model, sheets, {concept.partition(":")[0] for concept in store.concepts()})
    found = answers(store, [request.wish for request in asked if request.wish is not None and not request.reason], defaults or Defaults())
    cells, values = _values(model, sheets, asked, found)
    changed = {(sheet.casefold(), cell) for sheet, given in values.items() for cell in given}
    stale = stale_cells(model, sheets, changed)
    parts: dict[str, bytes] = {}
    for info in model.sheets:
        given, old = values.get(info.name, {}), stale.get(info.name, set())
        part = patched(sheets[info.name], given, sorted(old)) if given or old else sheets[info.name].data
        if part != sheets[info.name].data:
            parts[info.part] = part
    dropped = sum(map(len, stale.values()))
    if dropped:
        parts.update(recalculated(model))
    changed |= {(sheet.casefold(), cell) for sheet, old in stale.items() for cell in old}
    return Outcome(model.archive.with_parts(parts), tuple(cells), dropped, tuple(remarks(model, changed)))


def _values(
    model: Model, sheets: Mapping[str, Sheet], asked: Sequence[Request], found: Mapping[Wanted, Answer]
) -> tuple[list[Filled], dict[str, dict[Cell, Value]]]:
    """What becomes of each request, and the new values by sheet and cell."""
    cells: list[Filled] = []
    values: dict[str, dict[Cell, Value]] = defaultdict(dict)
    dates = _Dates(model)
    for request in asked:
        if request.wish is None or request.reason:
            cells.append(_left(request, request.reason))
            continue
        answer = found[request.wish]
        if answer.fact is None:
            cells.append(_left(request, answer.reason, answer.candidates))
            continue
        try:
            dated = answer.fact.kind == "date" and dates.shown(sheets[request.sheet], request.cell)
            value, said = value_of(answer.fact, request.wish, dated=dated, date1904=model.date1904)
        except NoValue as error:
            cells.append(_left(request, str(error)))
            continue
        values[request.sheet][request.cell] = value
        fact = answer.fact
        cells.append(
            Filled(
                request.sheet, request.address, request.how, request.said, value.text,
                fact_id=fact.fact_id, document=fact.document_id, remarks=tuple(said),
            )
        )  # fmt: skip
    return cells, values


def _left(request: Request, reason: str, candidates: tuple[str, ...] = ()) -> Filled:
    return Filled(request.sheet, request.address, request.how, request.said, None, reason, candidates)


class _Dates:
    """Which cells show dates; the styles are read when the first date is filled."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @cached_property
    def _styles(self) -> frozenset[int]:
        return date_styles(self._model)

    def shown(self, sheet: Sheet, cell: Cell) -> bool:
        """Whether the format of a cell shows a date."""
        style = style_of(sheet, cell)
        return style.isdigit() and int(style) in self._styles
