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
from exporter.store.views import DECISIVE, chained, chosen, heard, intervals, newest_rows

_FACT = ", ".join(f"f.{column}" for column in DECISIVE)
_OF_ENTITIES = "SELECT document_key FROM document WHERE list_contains($entities, entity_id)"
#: The series that some documents have something of.
_TOUCHED = f"""
touched AS MATERIALIZED (
  SELECT DISTINCT f.series_id FROM {STANDING} s JOIN fact f ON f.extraction_no = s.extraction_no
  WHERE list_contains($documents, s.document_key))"""
_OWN = f"""f.extraction_no, f.extraction_place, {_FACT}, get_bit(s.live, f.extraction_place) = 1 AS was_live,
    get_bit(s.current, f.extraction_place) = 1 AS was_current, get_bit(s.heard, f.extraction_place) = 1 AS was_heard"""
#: All facts of these series, of documents that may have been read anew: what was said before may be gone, and what it hid is back.
_ALL = f"""{_TOUCHED},
newest AS MATERIALIZED ({newest_rows("document", "document_key", f"document_key IN ({_OF_ENTITIES})")}),
dropped AS MATERIALIZED ({newest_rows("fact_retraction", "fact_id", f"document_key IN ({_OF_ENTITIES})")}),
weighed AS MATERIALIZED (
  SELECT {_OWN}, d.document_id, d.known_from, (s.document_id, s.known_from) IS DISTINCT FROM (d.document_id, d.known_from) AS renamed,
    d.document_key IS NOT NULL AND f.entity_id = s.entity_id AND NOT coalesce(r.retracted, FALSE) AS is_live
  FROM {STANDING} s JOIN fact f ON f.extraction_no = s.extraction_no JOIN touched t ON t.series_id = f.series_id
  LEFT JOIN newest d ON d.document_key = f.document_key LEFT JOIN dropped r ON r.fact_id = f.fact_id
  WHERE list_contains($entities, s.entity_id))"""
#: The facts of new documents, and those that these are weighed with.
_NEW = f"""{_TOUCHED},
weighed AS MATERIALIZED (
  SELECT {_OWN}, s.document_id, s.known_from, FALSE AS renamed, f.entity_id = s.entity_id AS is_live
  FROM {STANDING} s JOIN fact f ON f.extraction_no = s.extraction_no JOIN touched t ON t.series_id = f.series_id
  WHERE list_contains($entities, s.entity_id)
  AND (list_contains($documents, s.document_key) OR get_bit(s.heard, f.extraction_place) = 1))"""
#: Of these facts, those that count otherwise than is kept, with their places.
_CHANGES = """
SELECT w.extraction_no, w.extraction_place, w.document_id, w.known_from, w.is_live, c.fact_id IS NOT NULL, h.fact_id IS NOT NULL
FROM weighed w LEFT JOIN chosen c ON c.fact_id = w.fact_id LEFT JOIN heard h ON h.fact_id = w.fact_id
WHERE renamed OR was_live <> is_live OR was_current <> (c.fact_id IS NOT NULL) OR was_heard <> (h.fact_id IS NOT NULL)"""


def _settled(weighed: str) -> str:
    every = "SELECT * FROM chained"
    return f"""WITH {weighed},
chained AS MATERIALIZED ({chained(intervals("SELECT * FROM weighed WHERE is_live"), "series_id")}),
chosen AS ({chosen(every, "series_id", "fact_id")}),
heard AS ({heard(every, "series_id", "fact_id")})
{_CHANGES}"""


_CHANGED = ("extraction_no", "document_id", "known_from", "live", "current", "heard")
_BITS = f"""
SELECT extraction_no, CAST(live AS VARCHAR), CAST(current AS VARCHAR), CAST(heard AS VARCHAR)
FROM {STANDING} WHERE list_contains(?, extraction_no)
"""
_CHANGE = f"""
UPDATE {STANDING} AS s
SET document_id = c.document_id, known_from = c.known_from, live = CAST(c.live AS BIT), current = CAST(c.current AS BIT),
  heard = CAST(c.heard AS BIT)
FROM changed_standing c WHERE c.extraction_no = s.extraction_no
"""


def alone(prepared: Sequence[Prepared], stored: Mapping[str, Any], entities: Collection[str]) -> set[str]:
    """The keys of those documents of whose issuer there is nothing else: ``stored`` documents by key, ``entities`` of them."""
    often = Counter(each.entity for each in prepared)
    return {each.key for each in prepared if each.key not in stored and each.entity not in entities and often[each.entity] == 1}


def first_bits(entity: str, facts: pa.Table) -> tuple[str, str, str] | None:
    """The bits ``live``, ``current`` and ``heard`` of a document of whose issuer there is nothing else; None where its facts are not so
    simple."""
    if not _no_series_twice(facts) or not pc.all(pc.equal(facts.column("entity_id"), entity), skip_nulls=False).as_py():
        return None
    # As in views.intervals: what has no scenario, or no dimensions, is not known to be timeless.
    timeless = pc.and_(
        pc.and_(pc.is_null(facts.column("rate_date")), pc.not_equal(facts.column("scenario"), "previous_guidance")),
        pc.invert(pc.match_substring(facts.column("dims_json"), '"fin:ConvenienceMember"')),
    )
    every = "1" * facts.num_rows
    some = every if pc.all(timeless, skip_nulls=False).as_py() else "".join(map(_bit, timeless.to_pylist()))
    return every, some, some


def settle(connection: duckdb.DuckDBPyConnection, documents: Sequence[str], entities: Sequence[str], *, anew: bool) -> None:
    """Settle the series that some ``documents`` of some ``entities`` have facts of; everything else of the batch must be written.
    ``anew``: these documents were read before, and what they said then may be gone."""
    sql = _settled(_ALL if anew else _NEW)
    found = connection.execute(sql, {"documents": documents, "entities": entities}).fetchall()
    if not found:
        return
    kept = connection.execute(_BITS, [list({row[0] for row in found})]).fetchall()
    bits = {number: tuple(bytearray(each, "ascii") for each in texts) for number, *texts in kept}
    names: dict[int, tuple[Any, ...]] = {}
    for number, place, document, known, *counts in found:
        for each, counted in zip(bits[number], counts, strict=True):
            each[place] = b"01"[counted]
        names[number] = document, known
    changed = [(number, *names[number], *(each.decode() for each in every)) for number, every in bits.items()]
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
