"""Filling the figures of the store into a user's own workbook (docs/fill.md).

The package is patched part by part: a sheet changes only in the cells that are filled and in cached results that no longer
hold; every other part is copied as it is. Reading order: ``archive`` (the zip), ``package`` (its parts), ``sheet`` (one sheet's
cells), ``placeholder`` and ``requests`` (what is asked for), ``lookup`` and ``matching`` (what the store has), ``values``,
``formulas`` and ``stale`` (what no longer holds), ``patch`` and ``whole`` (writing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, repeat
from operator import attrgetter
from typing import NamedTuple

from exporter.collector import held_back
from exporter.fill.lookup import Defaults, Missing, answers
from exporter.fill.package import Model, column_letters
from exporter.fill.patch import patched, style_of
from exporter.fill.placeholder import Said
from exporter.fill.requests import Request, requested
from exporter.fill.sheet import Cell, Sheet
from exporter.fill.stale import stale_sheets
from exporter.fill.values import Answer, NoValue, date_styles, value_of, whole_number
from exporter.fill.whole import computes_itself, recalculated, remarks
from exporter.store import FactStore, StoredFact

__all__ = ["Defaults", "Filled", "Outcome", "fill"]


class Filled(NamedTuple):
    """What became of one cell. ``sheet``: its name, "" where a name means no cell; ``at``: column and row, 1-based."""

    sheet: str
    at: Cell
    request: Request
    answer: Answer

    @property
    def value(self) -> str | None:
        """What was written, None where the cell was left as it was."""
        return None if self.answer.fact is None else self.answer.text

    @property
    def cell(self) -> str:
        """The address, such as ``B2``, "" where there is none."""
        return f"{column_letters(self.at[0])}{self.at[1]}" if self.sheet else ""


_FILLED: Callable[[tuple[object, ...]], Filled] = partial(tuple.__new__, Filled)  # as _make, of which there would be one call a cell


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
    return _filled(data, label, store, defaults or Defaults())


@held_back()
def _filled(data: bytes, label: str, store: FactStore, defaults: Defaults) -> Outcome:
    model = Model(data, label)
    sheets = {info.name: Sheet(model.archive.read(info.part), f"{label}: the sheet {info.name!r} ({info.part})") for info in model.sheets}
    asked = requested(model, sheets, lambda: {concept.partition(":")[0] for concept in store.concepts()})
    answers = _Answers(model, store, [*asked.nowhere, *chain.from_iterable(map(dict.values, asked.by_sheet.values()))], defaults)
    cells = [Filled("", (0, 0), request, answers.of(request)) for request in asked.nowhere]
    values: dict[str, dict[Cell, Answer]] = {}
    for name, wished in asked.by_sheet.items():
        answered = answers.on(sheets[name], wished)
        cells += map(_FILLED, zip(repeat(name, len(wished)), wished, wished.values(), answered, strict=True))
        values[name] = {cell: answer for cell, answer in zip(wished, answered, strict=True) if answer.fact is not None}
    stale = stale_sheets(model, sheets, [name for name, given in values.items() if given])
    parts: dict[str, bytes] = {}
    dropped = 0
    for info in model.sheets:
        if info.name in stale:
            part, results = patched(sheets[info.name], values[info.name])
            dropped += results
            if results and not computes_itself(model):
                part = recalculated(part, sheets[info.name].prefix)
            if part != sheets[info.name].data:
                parts[info.part] = part
    return Outcome(model.archive.with_parts(parts), tuple(cells), dropped, tuple(remarks(model, stale)))


_IS_NUMBER = attrgetter("number")


class _Answers:
    """What each request gets. Cells that share a request share its answer, unless that depends on whether the cell shows a date."""

    def __init__(self, model: Model, store: FactStore, requests: Sequence[Request], defaults: Defaults) -> None:
        self._model = model
        wished = dict(zip(map(id, requests), requests, strict=True))
        answerable = [request for request in wished.values() if not request.reason]
        found = answers(store, answerable, defaults)
        met = [
            whole_number(request.meaning, fact) or _answer(request.meaning, fact) for request, fact in zip(answerable, found, strict=True)
        ]
        self._known = dict(zip(map(id, answerable), met, strict=True))
        if len(self._known) < len(wished):
            self._known.update({id(request): Answer("", False, None, request.reason) for request in wished.values() if request.reason})

    def of(self, request: Request) -> Answer:
        """The answer to a request, as of a cell that shows no date."""
        return self._known[id(request)]

    def on(self, sheet: Sheet, wished: Mapping[Cell, Request]) -> list[Answer]:
        """The answers for the cells of a sheet."""
        answered = list(map(self._known.__getitem__, map(id, wished.values())))
        if all(map(_IS_NUMBER, answered)):
            return answered
        return [self._dated(sheet, cell, request, answer) for (cell, request), answer in zip(wished.items(), answered, strict=True)]

    def _dated(self, sheet: Sheet, cell: Cell, request: Request, answer: Answer) -> Answer:
        fact = answer.fact
        shown = fact is not None and fact.shape.kind == "date" and (style_of(sheet, cell) or "0") in self._date_styles
        return _answer(request.meaning, fact, self._model.date1904) if fact is not None and shown else answer

    @cached_property
    def _date_styles(self) -> frozenset[str]:
        return date_styles(self._model)


def _answer(said: Said, found: StoredFact | Missing, date1904: bool | None = None) -> Answer:
    if isinstance(found, Missing):
        return Answer("", False, None, *found)
    try:
        return value_of(found, said, date1904=date1904)
    except NoValue as error:
        return Answer("", False, None, str(error))
