"""Many extractions as the rows of one transaction: what is new of them, in the order in which people ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exporter.model import Taxonomy
from exporter.store.frozen import freeze
from exporter.store.prepared import Prepared
from exporter.store.rows import Row, concept_rows
from exporter.store.schema import TABLES, arrow_table

#: Runs a statement and returns all its rows.
Fetch = Callable[[str, list[object]], list[tuple[Any, ...]]]
#: The tables whose rows are shared by documents, and the column that names a row.
SHARED = {"taxonomy_used": "taxonomy_hash", "dim_entity": "entity_version", "dim_unit": "unit_id"}
# DuckDB prunes by its zone maps, so that a question about one entity and concept reads little.
_FACT_ORDER = [(name, "ascending") for name in ("entity_id", "concept_id", "period_end")]


def gather(
    prepared: Sequence[Prepared], taxonomy: Taxonomy, load: int, fetch: Fetch, stored: dict[str, int], known: set[tuple[str, str]]
) -> dict[str, pa.Table]:
    """One Arrow table for each table of the store that gets rows, in the order in which they are written.

    ``stored``: by document key, the newest load of the documents that the store has; ``known``: (table, name) of
    the shared rows it has. Equal facts stay, changed ones are added, missing ones retracted, returning ones restored.
    """
    now = datetime.now(UTC).replace(tzinfo=None)  # noqa: TID251 - when it was recorded: in no hash and no other output
    rows: dict[str, list[Row]] = {"fact_retraction": []}
    dropped: dict[str, pa.Array] = {}
    for each in prepared:
        if each.key in stored:
            have, retractions = _changes(each, load, now, fetch, stored[each.key])
            rows["fact_retraction"] += retractions
            dropped[each.key] = have
    if ("taxonomy_used", taxonomy.hash) not in known:
        rows["taxonomy_used"] = [(taxonomy.hash, load, freeze(taxonomy))]
        rows["dim_concept"] = concept_rows(taxonomy)
    tables = {}
    for name in TABLES:
        if rows.get(name):
            tables[name] = arrow_table(name, rows[name])
        elif parts := [_new(each, name, dropped, fetch) for each in prepared if name in each.tables]:
            tables[name] = _stamped(name, pa.concat_tables(parts), load, now)
    for name in ("dim_entity", "dim_unit"):
        if name in tables:
            tables[name] = _unknown(name, tables[name], known)
    if "fact" in tables:
        tables["fact"] = _sorted(tables["fact"])
    return {name: table for name, table in tables.items() if table.num_rows}


def _changes(each: Prepared, load: int, now: datetime, fetch: Fetch, newest: int) -> tuple[pa.Array, list[Row]]:
    """The facts that the store has of a document, and what its new reading retracts and restores."""
    every = {row[0] for row in fetch("SELECT fact_id FROM fact WHERE document_key = ?", [each.key])}
    live = {row[0] for row in fetch("SELECT fact_id FROM extracted_fact WHERE document_key = ? AND load_id = ?", [each.key, newest])}
    read = set(each.table("fact").column("fact_id").to_pylist())
    changes = [(fact_id, True) for fact_id in sorted(live - read)]
    changes += [(fact_id, False) for fact_id in sorted((every - live) & read)]
    return pa.array(sorted(every), pa.string()), [(fact_id, each.key, load, retracted, now) for fact_id, retracted in changes]


def _new(each: Prepared, name: str, dropped: dict[str, pa.Array], fetch: Fetch) -> pa.Table:
    """The rows of a table without those that the store has: facts, and the source's text where it is the same."""
    table = each.table(name)
    if each.key not in dropped:
        return table
    if name == "fact":
        return table.filter(pc.invert(pc.is_in(table.column("fact_id"), value_set=dropped[each.key])))
    if name == "source_text":
        newest = "SELECT content_zlib FROM source_text WHERE document_key = ? ORDER BY load_id DESC LIMIT 1"
        return table.slice(0, 0) if fetch(newest, [each.key]) == [(table.column("content_zlib")[0].as_py(),)] else table
    return table


def _stamped(name: str, table: pa.Table, load: int, now: datetime) -> pa.Table:
    """With the load, and when it was recorded."""
    for column, value in (("load_id", load), ("recorded_at", now)):
        if column in TABLES[name]:
            at = table.schema.get_field_index(column)
            table = table.set_column(at, table.schema.field(at), pa.repeat(pa.scalar(value, table.schema.field(at).type), table.num_rows))
    return table


def _sorted(facts: pa.Table) -> pa.Table:
    """By entity, concept and period; what is sorted already is not copied (that takes half as long as storing it)."""
    order = pc.sort_indices(facts, sort_keys=_FACT_ORDER)
    if pc.all(pc.equal(order, pa.array(range(len(order)), pa.uint64()))).as_py():
        return facts
    return facts.take(order)


def _unknown(name: str, table: pa.Table, known: set[tuple[str, str]]) -> pa.Table:
    """The first row of each name that the store does not have, in the order of the names."""
    first: dict[str, int] = {}
    for at, given in enumerate(table.column(SHARED[name]).to_pylist()):
        if (name, given) not in known:
            first.setdefault(given, at)
    return table.take(pa.array([first[given] for given in sorted(first)], pa.int64()))


def shared_names(tables: dict[str, pa.Table]) -> Iterable[tuple[str, str]]:
    """What a written batch adds to ``known``."""
    for name, column in SHARED.items():
        if name in tables:
            yield from ((name, given) for given in tables[name].column(column).to_pylist())
