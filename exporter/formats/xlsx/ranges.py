"""Guidance, and other figures that are printed as a range: a row a figure, with its period, low and high."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.head import Head
from exporter.model import Fact

if TYPE_CHECKING:
    from exporter.formats.xlsx.statement import StatementSheet


def write_ranges(page: StatementSheet, head: Head, row: int, facts: Sequence[Fact]) -> None:
    """Write the facts from ``row`` on, under a header of their own."""
    book, sheet, layout = page.book, page.sheet, page.layout
    first = head.at["periods"]
    book.text(sheet, row, head.at.get("label", 0), layout.word("expected"), "caption")
    head.fill(row + 1, "period_text")
    for field, at in head.at.items():
        if field not in ("periods", "label"):
            book.text(sheet, row + 1, at, layout.pick(head.specs[field].title), "period" if field == "line" else "period_text")
    points = any(fact.value is not None or fact.text is not None for fact in facts)
    for offset, word in enumerate(("period", "low", "high", "value")[: 4 if points else 3]):
        book.text(sheet, row + 1, first + offset, layout.word(word), "period")
    for at, fact in enumerate(facts, row + 2):
        _fact(page, at, first, fact)
    page.rows_written += len(facts)


def _fact(page: StatementSheet, at: int, first: int, fact: Fact) -> None:
    context, book, sheet = page.context, page.book, page.sheet
    percent = context.percent(fact)
    scale = 0 if percent else scale_of(fact)
    page.put(at, "label", context.named(fact.aspects), "label")
    page.put(at, "concept_id", fact.aspects.concept, "identifier")
    page.put(at, "unit", context.unit(fact.aspects.unit, percent, scale), "unit")
    page.put(at, "notes", context.layout.word("approximately") if fact.approximate else "", "unit")
    book.text(sheet, at, first, context.fiscal(fact.aspects.period), "period_of")
    index = context.first_print.get(fact.fact_id)
    for offset, value in enumerate((fact.low, fact.high, fact.value), 1):
        if value is None:
            continue
        decimals = shapes.places_of(value) if fact.decimals is None else fact.decimals
        number = shapes.number_format(decimals, scale, percent)
        book.number(sheet, at, first + offset, value, book.format("printed", number))
        page.point_at(at, first + offset, index)
    if fact.text is not None:
        book.text(sheet, at, first + 3, fact.text, "printed")
        page.point_at(at, first + 3, index)
    if "line" in page.columns:
        book.number(sheet, at, page.columns["line"], Decimal(fact.place.line), book.format("line"))


def scale_of(fact: Fact) -> int:
    """The thousands, millions or billions in which all of a fact's printed digits are whole or nearly so."""
    values = [value for value in (fact.value, fact.low, fact.high) if value]
    if not values or fact.decimals is None or fact.decimals >= 0:
        return 0
    size = min(value.adjusted() for value in values)
    return max((scale for scale in (3, 6, 9, 12) if scale <= min(size, 2 - fact.decimals)), default=0)
