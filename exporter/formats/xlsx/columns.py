"""What the columns of the data sheets hold: getters by the field that the layout names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.context import Context
from exporter.formats.xlsx.stream import Link, Value
from exporter.model import Concept, Fact, Observation
from exporter.values import plain

Getter: TypeAlias = Callable[[Any], Value]


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
        "label": lambda fact: context.named(fact.aspects),
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
        "value_text": lambda fact: fact.text or (context.layout.word("nil") if fact.nil else ""),
        "decimals": lambda fact: fact.decimals,
        "basis": lambda fact: fact.aspects.basis,
        "scenario": lambda fact: fact.aspects.scenario,
        "origin": lambda fact: fact.origin,
        "approximate": lambda fact: "true" if fact.approximate else "",
        "filed_at": lambda fact: document.filed_at,
        "locator": lambda fact: placed(context, fact.place.locator),
        "occurrences": lambda fact: fact.occurrences,
    }


def dictionary_getters(context: Context) -> dict[str, Getter]:
    """The columns of the Dictionary; ``facts`` counts the facts of a concept."""
    counts = Counter(fact.aspects.concept for fact in context.report.facts)
    told: dict[str, list[str]] = {}
    for one in context.report.definitions:
        told.setdefault(one.concept, []).append(one.text)

    def label(concept: Concept, language: str) -> str:
        return concept.labels.get((language, "standard"), "")

    return {
        "concept_id": lambda concept: concept.id,
        "label_en": lambda concept: label(concept, "en"),
        "label_zh": lambda concept: label(concept, "zh"),
        "definition": lambda concept: concept.definition,
        "as_defined": lambda concept: "\n".join(told.get(concept.id, ())),
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
        "locator": lambda figure: placed(context, figure.place.locator),
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
        "where": lambda issue: placed(context, issue.where),
    }


def source_getters(context: Context) -> dict[str, Getter]:
    """The columns of Source; rows are pieces of the text with their number in it."""
    counts = Counter(context.source_pieces)
    return {
        "line": lambda item: item[1].line,
        "text": lambda item: item[1].text.replace("\t", "    "),
        "figures": lambda item: counts[item[0]] or None,
    }


def placed(context: Context, locator: str, text: str = "") -> Value:
    """A place as a link to where it stands on the sheet of the document's text, where that is known."""
    target = context.source_of(context.by_locator.get(locator))
    return Link(text or locator, target) if target else text or locator


#: The columns that each kind of data sheet can show.
GETTERS: Mapping[str, Callable[[Context], dict[str, Getter]]] = {
    "facts": fact_getters,
    "dictionary": dictionary_getters,
    "unresolved": unresolved_getters,
    "findings": finding_getters,
    "source": source_getters,
}
