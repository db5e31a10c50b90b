"""Which facts count today, kept as bits: what the views ``fact_live`` and ``fact_current`` are by definition (``views``), so that a
question need not work it out anew.

A batch settles what it touches, in its own transaction. Of an issuer of whom there is nothing else, all facts are live, and each is the
only one of its series: that is seen without asking. Of others, the series of the batch's documents are settled by the definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exporter.store.prepared import Prepared
from exporter.store.schema import STANDING, STANDING_COLUMNS, arrow_type
from exporter.store.views import DECISIVE, current, intervals, newest_rows

_FACT = ", ".join(f"f.{column}" for column in DECISIVE)
_OF_ENTITIES = "SELECT document_key FROM document WHERE list_contains($entities, entity_id)"
#: Of the facts of every series that some documents have something of: those that count otherwise than is kept, with their places.
_TOUCHED = f"""
WITH touched AS MATERIALIZED (
  SELECT DISTINCT f.series_id FROM {STANDING} s JOIN fact f ON f.extraction_no = s.extraction_no
  WHERE list_contains($documents, s.document_key)),
newest AS MATERIALIZED ({newest_rows("document", "document_key", f"document_key IN ({_OF_ENTITIES})")}),
dropped AS MATERIALIZED ({newest_rows("fact_retraction", "fact_id", f"document_key IN ({_OF_ENTITIES})")}),
touched_fact AS MATERIALIZED (
  SELECT f.extraction_no, f.extraction_place, d.document_id, d.known_from, {_FACT},
    d.document_key IS NOT NULL AND f.entity_id = s.entity_id AND NOT coalesce(r.retracted, FALSE) AS is_live,
    get_bit(s.live, f.extraction_place) = 1 AS was_live, get_bit(s.current, f.extraction_place) = 1 AS was_current,
    (s.document_id, s.known_from) IS DISTINCT FROM (d.document_id, d.known_from) AS renamed
  FROM {STANDING} s JOIN fact f ON f.extraction_no = s.extraction_no JOIN touched t ON t.series_id = f.series_id
  LEFT JOIN newest d ON d.document_key = f.document_key LEFT JOIN dropped r ON r.fact_id = f.fact_id
  WHERE list_contains($entities, s.entity_id)),
chosen AS ({current(intervals("SELECT * FROM touched_fact WHERE is_live"), facts="fact_id")})
SELECT t.extraction_no, t.extraction_place, t.document_id, t.known_from, t.is_live, c.fact_id IS NOT NULL
FROM touched_fact t LEFT JOIN chosen c ON c.fact_id = t.fact_id
WHERE renamed OR was_live <> is_live OR was_current <> (c.fact_id IS NOT NULL)
"""
_CHANGED = ("extraction_no", "document_id", "known_from", "live", "current")
_BITS = f"""
SELECT extraction_no, CAST(live AS VARCHAR), CAST(current AS VARCHAR) FROM {STANDING} WHERE list_contains(?, extraction_no)
"""
_CHANGE = f"""
UPDATE {STANDING} AS s
SET document_id = c.document_id, known_from = c.known_from, live = CAST(c.live AS BIT), current = CAST(c.current AS BIT)
FROM changed_standing c WHERE c.extraction_no = s.extraction_no
"""


def alone(prepared: Sequence[Prepared], stored: Mapping[str, Any], entities: Collection[str]) -> set[str]:
    """The keys of those documents of whose issuer there is nothing else: ``stored`` documents by key, ``entities`` of them."""
    often = Counter(each.entity for each in prepared)
    return {each.key for each in prepared if each.key not in stored and each.entity not in entities and often[each.entity] == 1}


def first_bits(entity: str, facts: pa.Table) -> tuple[str, str] | None:
    """The bits ``live`` and ``current`` of a document of whose issuer there is nothing else; None where its facts are not so simple."""
    if not _no_series_twice(facts) or not pc.all(pc.equal(facts.column("entity_id"), entity), skip_nulls=False).as_py():
        return None
    # As in views.intervals: what has no scenario, or no dimensions, is not known to be timeless.
    timeless = pc.and_(
        pc.and_(pc.is_null(facts.column("rate_date")), pc.not_equal(facts.column("scenario"), "previous_guidance")),
        pc.invert(pc.match_substring(facts.column("dims_json"), '"fin:ConvenienceMember"')),
    )
    every = "1" * facts.num_rows
    return every, every if pc.all(timeless, skip_nulls=False).as_py() else "".join(map(_bit, timeless.to_pylist()))


def settle(connection: duckdb.DuckDBPyConnection, documents: Sequence[str], entities: Sequence[str]) -> None:
    """Settle the series that some ``documents`` of some ``entities`` have facts of; everything else of the batch must be written."""
    found = connection.execute(_TOUCHED, {"documents": documents, "entities": entities}).fetchall()
    if not found:
        return
    kept = connection.execute(_BITS, [list({row[0] for row in found})]).fetchall()
    bits = {number: (bytearray(live, "ascii"), bytearray(now, "ascii")) for number, live, now in kept}
    names: dict[int, tuple[Any, ...]] = {}
    for number, place, document, known, is_live, is_current in found:
        live, now = bits[number]
        live[place], now[place] = b"01"[is_live], b"01"[is_current]
        names[number] = document, known
    changed = [(number, *names[number], live.decode(), now.decode()) for number, (live, now) in bits.items()]
    connection.register("changed_standing", standing_table(changed, _CHANGED))
    connection.execute(_CHANGE)
    connection.unregister("changed_standing")


def standing_table(rows: Sequence[tuple[Any, ...]], names: Sequence[str] = tuple(STANDING_COLUMNS)) -> pa.Table:
    """Rows of ``fact_standing``, or some columns of it, as Arrow; bits are text, which DuckDB takes for them."""
    schema = pa.schema([(name, pa.string() if STANDING_COLUMNS[name] == "BIT" else arrow_type(STANDING_COLUMNS[name])) for name in names])
    return pa.Table.from_arrays(
        [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)], schema=schema
    )


def _no_series_twice(facts: pa.Table) -> bool:
    """Facts are sorted by concept and period: those of one series would be neighbours there, which is seen faster."""
    concept, end = facts.column("concept_id"), facts.column("period_end")
    alike = pc.and_(pc.equal(concept.slice(0, len(facts) - 1), concept.slice(1)), pc.equal(end.slice(0, len(facts) - 1), end.slice(1)))
    return not pc.any(alike).as_py() or pc.count_distinct(facts.column("series_id")).as_py() == facts.num_rows


def _bit(value: bool | None) -> str:
    return "1" if value else "0"
