"""How long `exporter fill` takes beside openpyxl: part of `make bench`. Not a test; nothing is asserted.

The model: ten sheets, on each 20 items over 27 quarters, 5,400 cells to be filled in all. Below each item stand three rows of
formulas, as analysts have them: growth on the quarter before, on the year before, and the share of the total. openpyxl loads
it, looks at every cell, puts in the numbers, which lie in a dict, and saves. We do the same, the facts lying in memory too;
and once with what neither is measured by: openpyxl's and our work with the facts read from the store.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import openpyxl
import xlsxwriter
from handmade import figure, report, taxonomy
from xlsxwriter.utility import xl_rowcol_to_cell

from exporter.fill import fill
from exporter.model import Period
from exporter.store import Facts, FactStore
from exporter.store.asking import Question
from exporter.values import month_end, months_start

SHEETS, ITEMS, QUARTERS, FORMULAS = 10, 20, 27, 3
Show = Callable[..., float]
Measure = Callable[..., tuple[float, float]]


class InMemory:
    """A store that remembers its answers: for measuring everything else."""

    def __init__(self, store: FactStore) -> None:
        self.path, self.documents, self.concepts = store.path, store.documents, store.concepts
        self._store = store
        self._known: dict[tuple[frozenset[str], frozenset[str], Question], Facts] = {}

    def lookup(self, concepts: Collection[str], entities: Collection[str] | None, question: Question) -> Facts:
        key = (frozenset(concepts), frozenset(entities or ()), question)
        if key not in self._known:
            self._known[key] = self._store.lookup(concepts, entities, question)
        return self._known[key]


def quarter(number: int) -> Period:
    end = month_end(2016 + number // 4, 3 * (number % 4) + 3)
    return Period(end, months_start(end, 3))


def placeholder(item: int, number: int) -> str:
    return f"{{{{fin:Item{item} | {2016 + number // 4}Q{number % 4 + 1} | CNY}}}}"


def compared(row: int, column: int) -> tuple[tuple[int, int], ...]:
    """A cell, and those it is compared with: the quarter before, the year before, the total."""
    return (row, column), (row, max(1, column - 1)), (row, max(1, column - 4)), (1, column)


def model(formulas: int) -> bytes:
    """The workbook, with so many rows of formulas below each item."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        amount, percent = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "0.0%", "italic": True})
        for number in range(SHEETS):
            sheet = book.add_worksheet(f"Sheet {number}")
            for item in range(ITEMS):
                row = 1 + item * (1 + formulas)
                sheet.write(row, 0, f"Item {item}")
                for column in range(1, QUARTERS + 1):
                    sheet.write_string(row, column, placeholder(number * ITEMS + item, column - 1), amount)
                    now, *others = (xl_rowcol_to_cell(*place) for place in compared(row, column))
                    for below, other in enumerate(others[:formulas], 1):
                        text = f'=IFERROR({now}/{other}{"-1" if below < 3 else ""},"")'
                        sheet.write_formula(row + below, column, text, percent, 0)
    return buffer.getvalue()


def store_in(folder: Path) -> FactStore:
    shown = [
        figure(f"fin:Item{item}", str(1_000_000 + item * 100 + number), line=item * QUARTERS + number + 1, period=quarter(number))
        for item in range(SHEETS * ITEMS)
        for number in range(QUARTERS)
    ]
    path = folder / "fill.duckdb"
    with FactStore.open(path) as store:
        store.write([report(shown)], taxonomy())
    return FactStore.open(path, read_only=True)


def by_openpyxl(data: bytes, numbers: dict[str, int]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in numbers:
                    cell.value = numbers[cell.value]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def from_store(store: FactStore) -> dict[str, int]:
    """What a program with openpyxl would do to have the numbers at hand."""
    table = store.facts()
    columns = (table.column(name).to_pylist() for name in ("concept_id", "fiscal_year", "fiscal_period", "value_num"))
    return {
        f"{{{{{concept} | {year}{'Q4' if part == 'FY' else part} | CNY}}}}": int(number)
        for concept, year, part, number in zip(*columns, strict=True)
    }


def by_openpyxl_from_store(data: bytes, store: FactStore) -> bytes:
    return by_openpyxl(data, from_store(store))


def run(show: Show, measure: Measure) -> None:
    with tempfile.TemporaryDirectory() as name:
        store = store_in(Path(name))
        memory, numbers = InMemory(store), from_store(store)
        for formulas in (FORMULAS, 0):
            data = model(formulas)
            outcome = fill(data, "model.xlsx", store)
            if sum(cell.value is not None for cell in outcome.cells) != SHEETS * ITEMS * QUARTERS or len(numbers) != len(outcome.cells):
                raise SystemExit("the model is not filled whole")
            what = f"fill 5,400 cells, {formulas} formulas to each"
            compare(show, measure, what, partial(fill, data, "m", memory), partial(by_openpyxl, data, numbers))
            if formulas:
                theirs = partial(by_openpyxl_from_store, data, store)
                compare(show, measure, "the same, facts from the store", partial(fill, data, "m", store), theirs)
            else:  # openpyxl writes texts into the cells
                again = by_openpyxl(data, {})
                theirs = partial(by_openpyxl, again, numbers)
                compare(show, measure, "the same, saved by openpyxl", partial(fill, again, "m", memory), theirs)


def compare(show: Show, measure: Measure, what: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    peer, _ = measure(theirs, 7)
    show(what, ours, peer / 3, ("openpyxl, load, fill, save", peer), 7)


if __name__ == "__main__":
    import bench

    run(bench.show, bench.measure)
