"""Facts as rows, of many concepts at once: what filling a model asks of the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from exporter.store.asking import Question, facts_sql
from exporter.store.reader import Fetch

#: Runs a statement and returns its rows in columns.
Columns = Callable[[str, list[object]], pa.Table]


class Shape(NamedTuple):
    """What many facts have in common: all that may be asked of them beside the concept. ``dims_json``: pairs of axis and member,
    ``[]`` for none."""

    document_id: str
    entity_id: str
    start: date | None
    end: date
    fiscal_year: int
    fiscal_period: str
    unit_id: str
    dims_json: str
    kind: str
    nil: bool
    approximate: bool
    basis: str
    scenario: str
    rate_date: date | None
    origin: str


class StoredFact(NamedTuple):
    """A fact as one document reports it. ``lexical``: the number with every digit; ``low`` and ``high``: the ends of a range,
    None also where they fit no column."""

    fact_id: str
    concept_id: str
    lexical: str | None
    low: Decimal | None
    high: Decimal | None
    text: str | None
    shape: Shape


#: Facts by what they have in common.
Facts = dict[Shape, list[StoredFact]]

_SHAPE = (
    "document_id, entity_id, period_start, period_end, fiscal_year, fiscal_period, unit_id, "
    "dims_json, value_kind, is_nil, approximate, basis, scenario, rate_date, origin"
)
_OWN = "fact_id, concept_id, value_lexical, value_low, value_high, value_text"


def read_facts(fetch: Columns, concepts: Collection[str], entities: Collection[str] | None, question: Question) -> Facts:
    """The facts of some concepts and issuers (None: of all) that answer a question."""
    sql, values = facts_sql(question, ordered=False)
    issuers = "" if entities is None else f"entity_id IN ({', '.join('?' * len(entities)) or 'NULL'}) AND "
    text = f"SELECT {_SHAPE}, {_OWN} FROM ({sql}) AS asked WHERE {issuers}list_contains(?, concept_id)"
    return _by_shape(fetch(text, [*values, *sorted(entities or ()), sorted(concepts)]))


def _by_shape(table: pa.Table) -> Facts:
    """The rows as facts. Columns in which few values come again and again are read once for each combination of these."""
    numbers = _numbered(table.column(place).combine_chunks() for place in range(len(Shape._fields)))
    numbers = [0] * len(table) if numbers is None else numbers.to_pylist()
    first = dict(zip(reversed(numbers), range(len(table) - 1, -1, -1), strict=True))
    heads = table.select(range(len(Shape._fields))).take(pa.array(first.values(), pa.int64())).to_pylist()
    shapes = {number: Shape(*head.values()) for number, head in zip(first, heads, strict=True)}
    found: Facts = {shapes[number]: [] for number in sorted(shapes)}
    put = {number: found[shape].append for number, shape in shapes.items()}
    own = (_plain(table.column(place)) for place in range(len(Shape._fields), table.num_columns))
    for number, fact in zip(numbers, map(StoredFact._make, zip(*own, map(shapes.__getitem__, numbers), strict=True)), strict=True):
        put[number](fact)
    return found


def _numbered(columns: Iterable[pa.Array]) -> pa.Array | None:
    """A number for each row, the same for rows that are alike in all columns; None where all rows are alike."""
    numbers = None
    for column in columns:
        coded = column.dictionary_encode("encode")
        if len(coded.dictionary) < 2:
            continue
        codes = coded.indices.cast(pa.int64())
        both = codes if numbers is None else pc.add(pc.multiply(numbers, len(coded.dictionary)), codes)
        numbers = both.dictionary_encode().indices.cast(pa.int64())
    return numbers


def _plain(column: pa.ChunkedArray) -> list[Any]:
    return [None] * len(column) if column.null_count == len(column) else column.to_pylist()


def read_concepts(fetch: Fetch) -> list[str]:
    """The concepts of which any document has a fact."""
    return [row[0] for row in fetch("SELECT DISTINCT concept_id FROM fact_live ORDER BY concept_id", [])]
