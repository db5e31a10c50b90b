"""Figures that stand in sentences only, set as tables: so they are shown, linked and noted as printed ones are.

Where a statement has one table, a figure of the text goes into the row of its concept, in a column of its period behind
the printed ones; everything else gets a row of its own, a row a series, with its standard label and sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from exporter.formats.xlsx import axis
from exporter.formats.xlsx.context import Context
from exporter.model import Column, Fact, Observation, Period, PrintedTable, Row

#: What a column is of: a period and, where it is of one, a currency.
Slot: TypeAlias = "tuple[Period | None, str | None]"


@dataclass(slots=True)
class Figures:
    """The observations that cells show, with the fact of each (``ids``) and its number in the report (``origin``), where it has one.

    Those past the report's own are figures of the text turned to another sign, and facts that no figure prints.
    """

    shown: list[Observation]
    ids: list[str | None]
    origin: list[int | None]

    def of(self, context: Context, fact: Fact, sign: int) -> int:
        """The number of a fact's observation, made to show its canonical value times ``sign``."""
        index = context.first_print.get(fact.fact_id)
        if index is None:
            return self._add(_observed(fact, sign), fact.fact_id, None)
        figure = self.shown[index]
        if figure.sign == sign or figure.printed is None:
            return index
        turned = figure._replace(printed=figure.printed.copy_negate() if figure.printed else Decimal(0), sign=sign)
        return self._add(turned, fact.fact_id, index)

    def _add(self, figure: Observation, fact_id: str, origin: int | None) -> int:
        self.shown.append(figure)
        self.ids.append(fact_id)
        self.origin.append(origin)
        return len(self.shown) - 1


def figures_of(context: Context) -> Figures:
    """All observations of the report, as printed."""
    report = context.report
    return Figures(list(report.observations), list(report.fact_ids), list(range(len(report.observations))))


def _observed(fact: Fact, sign: int) -> Observation:
    """A fact that was worked out, not printed, as an observation."""
    aspects, value = fact.aspects, fact.value
    printed = value if value is None or sign > 0 or not value else value.copy_negate()
    return Observation(
        fact.place, "", fact.label, (), fact.statement, aspects.concept, aspects.period, aspects.unit, aspects.dimensions,
        printed, sign, fact.decimals, text=fact.text, kind=aspects.kind, basis=aspects.basis, rate_date=aspects.rate_date,
    )  # fmt: skip


def is_range(fact: Fact) -> bool:
    """Whether a fact is shown as low and high: a range, and whatever an issuer expects."""
    return fact.aspects.scenario != "actual" or fact.low is not None or fact.high is not None


def joined(context: Context, table: PrintedTable, facts: Sequence[Fact], figures: Figures) -> PrintedTable:
    """A table with the facts of the text: in the row of their concept, else in rows of their own under the printed ones.

    Periods that only the text tells get columns of their own behind the printed ones.
    """
    slots: list[Slot] = [(column.period, column.currency) for column in table.columns]
    printed = len(slots)
    ordered = sorted(facts, key=lambda fact: (not axis.currency_of(fact), fact.aspects.period.end, fact.aspects.period.start or date.min))
    for fact in ordered:
        if _column(fact, slots) is None:
            slots.append((fact.aspects.period, axis.currency_of(fact) or None))
    rows = _first_rows(table, figures)
    cells: list[list[int | None]] = [[*row.cells, *[None] * (len(slots) - len(row.cells))] for row in table.rows]
    own: dict[object, list[tuple[int, Fact]]] = {}
    for fact in facts:
        at, row = _column(fact, slots) or 0, rows.get(fact.aspects.concept)
        whole = row is not None and not fact.aspects.dimensions and _alike(fact, table.rows[row], figures)
        if row is not None and whole and at >= printed and cells[row][at] is None:
            cells[row][at] = figures.of(context, fact, _sign(table.rows[row], figures))
        else:
            _add(own, at, fact)
    levels = max((len(column.headers) for column in table.columns), default=0)
    word, last = context.layout.word("in_text"), max((column.number for column in table.columns), default=0)
    heads = (context.layout.word("in_text_short"),) if levels else ()
    extra = [Column(last + at, heads, period, currency) for at, (period, currency) in enumerate(slots[printed:], 1)]
    wide = [replace(row, cells=tuple(found)) for row, found in zip(table.rows, cells, strict=True)]
    if own:
        blank = (None,) * len(slots)
        wide += [Row(0, 0, "", 0, None, blank), Row(0, 0, word, 0, None, blank), *_own_rows(context, own, len(slots), figures)]
    return replace(table, columns=(*table.columns, *extra), rows=tuple(wide))


def as_table(context: Context, facts: Sequence[Fact], statement: str, figures: Figures) -> PrintedTable:
    """A table of the facts of the text: a row a series, columns of periods in blocks."""
    columns = axis.in_blocks(fact.aspects.period for fact in facts)
    own: dict[object, list[tuple[int, Fact]]] = {}
    for fact in facts:
        _add(own, axis.place(fact.aspects.period, columns) or 0, fact)
    heads = tuple(Column(number, (), period) for number, period in enumerate(columns, 1))
    rows = tuple(_own_rows(context, own, len(columns), figures))
    return PrintedTable(0, 1, statement, context.layout.word("in_text"), "", heads, rows)


def _add(rows: dict[object, list[tuple[int, Fact]]], at: int, fact: Fact) -> None:
    """Put a fact into the row of its series; into another one where its cell is taken."""
    aspects = fact.aspects
    key: object = (aspects.concept, aspects.unit, aspects.dimensions, aspects.scenario, aspects.rate_date)
    while any(at == taken for taken, _ in rows.get(key, ())):
        key = (key, "again")
    rows.setdefault(key, []).append((at, fact))


def _own_rows(context: Context, rows: Mapping[object, list[tuple[int, Fact]]], width: int, figures: Figures) -> Iterator[Row]:
    for number, found in enumerate(rows.values(), 1):
        first = found[0][1]
        cells: list[int | None] = [None] * width
        for at, fact in found:
            cells[at] = figures.of(context, fact, 1)
        yield Row(number, first.place.line, context.named(first.aspects), 0, first.aspects.concept, tuple(cells))


def _column(fact: Fact, slots: Sequence[Slot]) -> int | None:
    """The column that a fact fits: of its period, or of the shortest one that ends on its day, and of its currency."""
    currency = axis.currency_of(fact)
    fitting = [(at, slot[0]) for at, slot in enumerate(slots) if slot[0] and (not currency or slot[1] in (currency, None))]
    at = axis.place(fact.aspects.period, [period for _, period in fitting])
    return None if at is None else fitting[at][0]


def _first_rows(table: PrintedTable, figures: Figures) -> Mapping[str, int]:
    """The first row of each concept that prints its whole: a row of a segment is no place for the figure of the company."""
    found: dict[str, int] = {}
    for number, row in enumerate(table.rows):
        shown = [figures.shown[index] for index in row.cells if index is not None]
        if row.concept and any(not figure.dimensions and figure.scenario == "actual" for figure in shown):
            found.setdefault(row.concept, number)
    return found


def _alike(fact: Fact, row: Row, figures: Figures) -> bool:
    """Whether the row's figures are of the fact's unit, one of them of its currency: a row names no currency that it does not print."""
    units = {figures.shown[index].unit or "" for index in row.cells if index is not None}
    return fact.aspects.unit in units and all(_kind(unit) == _kind(fact.aspects.unit) for unit in units)


def _kind(unit: str) -> str:
    top, slash, bottom = unit.partition("/")
    return ("money" if top.startswith("iso4217:") else top) + slash + bottom


def _sign(row: Row, figures: Figures) -> int:
    return next((figures.shown[index].sign for index in row.cells if index is not None), 1)
