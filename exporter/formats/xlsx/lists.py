"""The data sheets: Checks, Facts, Dictionary, Unresolved, Findings. One row a thing, one table with filters.

What does not fit a sheet goes on in a second one of the same name with a number: nothing is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from exporter.checks import results_of
from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.context import Context, fitted
from exporter.formats.xlsx.layout import ColumnSpec
from exporter.model import CheckResult, Concept, Fact, Observation
from exporter.values import plain

if TYPE_CHECKING:
    from exporter.formats.xlsx.book import Worksheet

#: A number with the format that shows it.
Shown: TypeAlias = tuple[Decimal, str]
Value: TypeAlias = "str | int | date | Shown | None"
Getter: TypeAlias = Callable[[Any], Value]
HEAD = 2  # the link back, and the header
_LINE = 13.5  # height of a line of text, in points
_MAX_LINES = 30  # Excel takes 409 points


def write_list(
    context: Context, kind: str, sheet: Worksheet, table: str, rows: Sequence[Any], getters: Mapping[str, Getter], about: str
) -> None:
    """Write ``rows`` as a table. ``getters`` give a row's value by column field; a field that is not there stays empty."""
    book, layout = context.book, context.layout
    columns = layout.columns_of(kind)
    book.link(sheet, 0, 0, f"{shapes.quoted(context.cover)}!A1", layout.word("back"))
    book.text(sheet, 0, 1, about, "subtitle")
    header = book.format("list_header")
    lines: dict[int, int] = {}
    for at, column in enumerate(columns):
        getter = getters.get(column.field)
        values = [getter(row) for row in rows] if getter else []
        texts = _write_column(context, sheet, at, column, values)
        texts.append(shapes.text_width(layout.pick(column.title), True) + 3)  # the filter's button
        width = column.width or fitted(texts, column.min, column.max)
        sheet.set_column(at, at, width)
        if layout.styles[column.style].get("wrap"):
            _count_lines(values, width, lines)
    for row, count in lines.items():
        sheet.set_row(row, _LINE * count)
    titles = [{"header": layout.pick(column.title), "header_format": header} for column in columns]
    if rows:
        sheet.add_table(1, 0, len(rows) + 1, len(columns) - 1, {"name": table, "columns": titles, "style": None})
    else:
        for at, title in enumerate(titles):
            sheet.write_string(1, at, str(title["header"]), header)
        book.text(sheet, HEAD, 0, layout.word("nothing"), "key")
    sheet.set_row(1, 22)
    sheet.freeze_panes(HEAD, 1)
    report = context.report
    book.print_setup(sheet, layout.word("footer", issuer=report.entity.name, document=report.document.id), 1, 1)


def _write_column(context: Context, sheet: Worksheet, at: int, column: ColumnSpec, values: Sequence[Value]) -> list[int]:
    """Write a column's values by their types; the widths of what was written."""
    book = context.book
    day, whole = book.format("date"), book.format("number", "0_)_)")
    texts: dict[str, Any] = {}
    longest = 0
    write_string = sheet.write_string
    for row, value in enumerate(values, HEAD):
        if value is None or value == "":
            continue
        if isinstance(value, str):
            ready = texts.get(value) or texts.setdefault(value, book.ready(value, column.style))
            if ready[0][0] == "<":
                book.put(sheet, row, at, ready)
            else:
                write_string(row, at, *ready)
        elif isinstance(value, tuple):
            book.number(sheet, row, at, value[0], book.format("number", value[1]))
            longest = max(longest, len(f"{value[0]:,f}") + 2)
        elif isinstance(value, date):
            number = shapes.serial(value)
            if number is None:
                book.text(sheet, row, at, value.isoformat(), column.style)
            else:
                sheet.write_number(row, at, number, day)
        else:
            sheet.write_number(row, at, value, whole)
    return [longest, *_widest(column, texts)]


def _count_lines(values: Sequence[Value], width: int, lines: dict[int, int]) -> None:
    """How many lines the rows need for a column of wrapped texts; only the rows that need more than one."""
    for row, value in enumerate(values, HEAD):
        if isinstance(value, str) and len(value) > width // 2:
            needed = -(-shapes.text_width(value) // max(width - 2, 1))
            if needed > lines.get(row, 1):
                lines[row] = min(needed, _MAX_LINES)


def _widest(column: ColumnSpec, texts: Iterable[str]) -> list[int]:
    """The widths of the longest texts; shorter ones are hardly wider, and measuring each costs time."""
    if column.width:
        return []
    return [shapes.text_width(text) for text in sorted(texts, key=len)[-12:]]


# --- what the columns hold --------------------------------------------------------------------------


def fact_getters(context: Context) -> dict[str, Getter]:
    """The columns of Facts, named as in facts.csv."""
    entity, document = context.report.entity, context.report.document

    def shown(fact: Fact, value: Decimal | None) -> Value:
        if value is None:
            return None
        decimals = shapes.places_of(value) if fact.decimals is None else fact.decimals
        return value, shapes.number_format(decimals, 0, context.percent(fact))

    def standard(fact: Fact) -> str:
        concept = context.concept(fact.aspects.concept)
        name = concept.maps_to.get(entity.accounting) if concept else None
        return f"{entity.accounting}:{name}" if name else ""

    return {
        "fact_id": lambda fact: fact.fact_id,
        "series_id": lambda fact: fact.series_id,
        "document_id": lambda fact: document.id,
        "entity_id": lambda fact: fact.aspects.entity,
        "entity_name": lambda fact: entity.name,
        "concept_id": lambda fact: fact.aspects.concept,
        "standard_concept": standard,
        "label": lambda fact: context.label(fact.aspects.concept),
        "label_as_reported": lambda fact: fact.label,
        "printed_statement": lambda fact: fact.statement,
        "period_type": lambda fact: fact.aspects.period.kind,
        "period_start": lambda fact: fact.aspects.period.start,
        "period_end": lambda fact: fact.aspects.period.end,
        "fiscal_period": lambda fact: context.fiscal(fact.aspects.period),
        "unit_id": lambda fact: fact.aspects.unit,
        "dimensions": lambda fact: "|".join(f"{axis}={member}" for axis, member in sorted(fact.aspects.dimensions)),
        "value": lambda fact: shown(fact, fact.value),
        "value_exact": lambda fact: "" if fact.value is None else plain(fact.value),
        "value_low": lambda fact: shown(fact, fact.low),
        "value_high": lambda fact: shown(fact, fact.high),
        "value_text": lambda fact: fact.text or "",
        "decimals": lambda fact: fact.decimals,
        "basis": lambda fact: fact.aspects.basis,
        "scenario": lambda fact: fact.aspects.scenario,
        "origin": lambda fact: fact.origin,
        "approximate": lambda fact: "true" if fact.approximate else "",
        "filed_at": lambda fact: document.filed_at,
        "locator": lambda fact: fact.place.locator,
        "occurrences": lambda fact: fact.occurrences,
    }


def dictionary_getters(context: Context) -> dict[str, Getter]:
    """The columns of the Dictionary; ``facts`` counts the facts of a concept."""
    counts = Counter(fact.aspects.concept for fact in context.report.facts)

    def label(concept: Concept, language: str) -> str:
        return concept.labels.get((language, "standard"), "")

    return {
        "concept_id": lambda concept: concept.id,
        "label_en": lambda concept: label(concept, "en"),
        "label_zh": lambda concept: label(concept, "zh"),
        "definition": lambda concept: concept.definition,
        "type": lambda concept: concept.type,
        "period_type": lambda concept: concept.period,
        "balance": lambda concept: concept.balance or "",
        "basis": lambda concept: concept.basis,
        "us_gaap": lambda concept: concept.maps_to.get("us-gaap", ""),
        "ifrs_full": lambda concept: concept.maps_to.get("ifrs-full", ""),
        "facts": lambda concept: counts[concept.id],
    }


def used_concepts(context: Context) -> list[Concept]:
    """The concepts of the facts and printed rows, in the order in which they are first met."""
    names = [fact.aspects.concept for fact in context.report.facts]
    names += [row.concept for table in context.report.tables for row in table.rows if row.concept]
    return [concept for name in dict.fromkeys(names) if (concept := context.concept(name))]


def unresolved_getters(context: Context) -> dict[str, Getter]:
    """The columns of Unresolved, named as in unresolved.csv; rows are observations."""

    def shown(figure: Observation) -> Value:
        value = figure.value
        if value is None:
            return None
        decimals = shapes.places_of(value) if figure.decimals is None else figure.decimals
        return value, shapes.number_format(decimals, 0, context.percent(figure))

    return {
        "document_id": lambda figure: context.report.document.id,
        "locator": lambda figure: figure.place.locator,
        "raw": lambda figure: figure.raw,
        "label_as_reported": lambda figure: figure.label,
        "section": lambda figure: " > ".join(figure.section),
        "printed_statement": lambda figure: figure.statement,
        "value": shown,
        "unit_id": lambda figure: figure.unit or "",
        "period_start": lambda figure: figure.period.start if figure.period else None,
        "period_end": lambda figure: figure.period.end if figure.period else None,
        "decimals": lambda figure: figure.decimals,
        "reason": lambda figure: figure.reason,
        "candidates": lambda figure: ", ".join(figure.candidates),
    }


def finding_getters(context: Context) -> dict[str, Getter]:
    """The columns of Findings; rows are issues."""
    return {
        "severity": lambda issue: issue.severity,
        "code": lambda issue: issue.code,
        "message": lambda issue: issue.message,
        "where": lambda issue: issue.where,
    }


def checks_in_order(context: Context) -> list[CheckResult]:
    """The relations to look at: those that fail, then those that cannot be tested. Those that hold are in checks.csv:
    there are several hundred of them, and writing them takes half as long as the whole workbook."""
    results = results_of(context.report, context.taxonomy)
    return [result for verdict in ("fails", "not_checkable") for result in results if result.verdict == verdict]


def check_getters(context: Context) -> dict[str, Getter]:
    """The columns of Checks, named as in checks.csv, and the checked figure's concept, period and unit; rows are results."""
    facts = {fact.fact_id: fact for fact in context.report.facts}
    rules = {rule.id: rule.labels for rule in context.taxonomy.rules}

    def checked(result: CheckResult) -> Fact | None:
        return facts.get(result.facts[-1] or "")

    def period(result: CheckResult) -> str:
        fact = checked(result)
        span = fact.aspects.period if fact else None
        return "" if span is None else f"{span.start}..{span.end}" if span.start else str(span.end)

    def shown(result: CheckResult, value: Decimal | None) -> Value:
        fact = checked(result)
        if value is None:
            return None
        whole = shapes.places_of(value)
        decimals = whole if fact is None or fact.decimals is None else min(whole, max(fact.decimals, 0) + 4)
        return value, shapes.number_format(decimals, 0, context.percent(fact) if fact else False)

    return {
        "check_id": lambda result: result.check_id,
        "rule": lambda result: result.rule,
        "label": lambda result: rules.get(result.rule, {}).get(context.layout.language, result.rule),
        "family": lambda result: result.family,
        "verdict": lambda result: result.verdict.replace("_", " "),
        "concept": lambda result: context.label(fact.aspects.concept) if (fact := checked(result)) else "",
        "period": period,
        "unit_id": lambda result: fact.aspects.unit if (fact := checked(result)) else "",
        "left": lambda result: shown(result, result.left),
        "right": lambda result: shown(result, result.right),
        "difference": lambda result: shown(result, result.difference),
        "tolerance": lambda result: shown(result, result.tolerance),
        "reason": lambda result: result.reason,
        "inputs": lambda result: ";".join(result.inputs),
    }


#: The columns that each kind of data sheet can show.
GETTERS: Mapping[str, Callable[[Context], dict[str, Getter]]] = {
    "checks": check_getters,
    "facts": fact_getters,
    "dictionary": dictionary_getters,
    "unresolved": unresolved_getters,
    "findings": finding_getters,
}
