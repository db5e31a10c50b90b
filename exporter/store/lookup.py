"""Facts as rows, of many concepts at once: what filling a model asks of the store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exporter.store.asking import Question, facts_sql
from exporter.store.reader import Fetch


class StoredFact(NamedTuple):
    """A fact as one document reports it. ``lexical``: the number with every digit; ``low`` and ``high``: the ends of a range,
    None also where they fit no column; ``dims_json``: pairs of axis and member, ``[]`` for none."""

    fact_id: str
    document_id: str
    entity_id: str
    concept_id: str
    start: date | None
    end: date
    fiscal_year: int
    fiscal_period: str
    unit_id: str
    dims_json: str
    kind: str
    lexical: str | None
    low: Decimal | None
    high: Decimal | None
    text: str | None
    nil: bool
    approximate: bool
    basis: str
    scenario: str
    rate_date: date | None
    origin: str


_COLUMNS = (
    "fact_id, document_id, entity_id, concept_id, period_start, period_end, fiscal_year, fiscal_period, unit_id, "
    "dims_json, value_kind, value_lexical, value_low, value_high, value_text, is_nil, approximate, basis, scenario, rate_date, origin"
)
_ORDER = "entity_id, concept_id, period_end, period_start NULLS FIRST, unit_id, scenario, series_id, document_id, fact_id"


def read_facts(fetch: Fetch, concepts: Collection[str], question: Question) -> list[StoredFact]:
    """The facts of some concepts that answer a question, in a fixed order."""
    sql, values = facts_sql(question)
    text = f"SELECT {_COLUMNS} FROM ({sql}) AS asked WHERE list_contains(?, concept_id) ORDER BY {_ORDER}"
    return [StoredFact(*row) for row in fetch(text, [*values, sorted(concepts)])]


def read_concepts(fetch: Fetch) -> list[str]:
    """The concepts of which any document has a fact."""
    return [row[0] for row in fetch("SELECT DISTINCT concept_id FROM fact_live ORDER BY concept_id", [])]
