"""Filling the figures of the store into a user's own workbook (docs/fill.md).

The package is patched part by part: a sheet changes only in the cells that are filled and in cached results that no longer
hold; every other part is copied as it is. Reading order: ``archive`` (the zip), ``package`` (its parts), ``sheet`` (one sheet's
cells), ``placeholder`` and ``requests`` (what is asked for), ``lookup`` and ``matching`` (what the store has), ``values``,
``formulas`` and ``stale`` (what no longer holds), ``patch`` and ``whole`` (writing).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from exporter.fill.lookup import Answer, Defaults, answers
from exporter.fill.package import Model
from exporter.fill.patch import Value, patched, style_of
from exporter.fill.requests import Request, requested
from exporter.fill.sheet import Cell, Sheet
from exporter.fill.stale import stale_sheets
from exporter.fill.values import NoValue, date_styles, value_of
from exporter.fill.whole import recalculated, remarks
from exporter.store import FactStore

__all__ = ["Defaults", "Filled", "Outcome", "fill"]


class Filled(NamedTuple):
    """What became of one cell. ``value``: what was written, None where the cell was left as it was, for the reason that
    ``answer`` gives; else that is the fact it was written from."""

    request: Request
    value: str | None
    answer: Answer
    remarks: Sequence[str] = ()

    @property
    def sheet(self) -> str:
        """The name of the sheet, "" where a name means no cell."""
        return self.request.sheet

    @property
    def cell(self) -> str:
        """The address, such as ``B2``."""
        return self.request.address


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
    asked = requested(model, sheets, lambda: {concept.partition(":")[0] for concept in store.concepts()})
    cells, values = _values(model, sheets, asked, _answers(store, asked, defaults or Defaults()))
    stale = stale_sheets(model, sheets, [name for name, given in values.items() if given])
    parts: dict[str, bytes] = {}
    dropped = 0
    for info in model.sheets:
        if info.name in stale:
            part, results = patched(sheets[info.name], values[info.name])
            dropped += results
            if part != sheets[info.name].data:
                parts[info.part] = part
    if dropped:
        parts.update(recalculated(model))
    return Outcome(model.archive.with_parts(parts), tuple(cells), dropped, tuple(remarks(model, stale)))


def _answers(store: FactStore, asked: Sequence[Request], defaults: Defaults) -> Iterator[Answer]:
    """For each request its answer; for one that cannot be met whatever the store has, the reason for that."""
    wishes = [request.wish for request in asked if request.wish is not None and not request.reason]
    found = iter(answers(store, wishes, defaults))
    return (Answer(None, request.reason) if request.wish is None or request.reason else next(found) for request in asked)


def _values(
    model: Model, sheets: Mapping[str, Sheet], asked: Sequence[Request], found: Iterable[Answer]
) -> tuple[list[Filled], dict[str, dict[Cell, Value]]]:
    """What becomes of each request, and the new values by sheet and cell."""
    cells: list[Filled] = []
    values: dict[str, dict[Cell, Value]] = {name: {} for name in sheets}
    dates = _Dates(model)
    for request, answer in zip(asked, found, strict=True):
        fact, wish, name, cell = answer.fact, request.wish, request.sheet, request.cell
        if fact is None or wish is None:
            cells.append(Filled(request, None, answer))
            continue
        try:
            dated = fact.kind == "date" and dates.shown(sheets[name], cell)
            value, notes = value_of(fact, wish.said, dated=dated, date1904=dates.from_1904)
        except NoValue as error:
            cells.append(Filled(request, None, Answer(None, str(error))))
            continue
        values[name][cell] = value
        cells.append(Filled(request, value.text, answer, notes))
    return cells, values


class _Dates:
    """Which cells show dates; the styles are read when the first date is filled."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.from_1904 = model.date1904

    @cached_property
    def _styles(self) -> frozenset[str]:
        return date_styles(self._model)

    def shown(self, sheet: Sheet, cell: Cell) -> bool:
        """Whether the format of a cell shows a date."""
        return (style_of(sheet, cell) or "0") in self._styles
