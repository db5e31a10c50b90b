"""Many extractions as the rows of one transaction: what is new of them, in the order in which people ask for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exporter.model import Taxonomy
from exporter.store.frozen import freeze
from exporter.store.prepared import Prepared
from exporter.store.rows import Row, concept_rows
from exporter.store.schema import STANDING, TABLES, arrow_table
from exporter.store.standing import alone, first_bits, standing_table

#: Runs a statement and returns all its rows.
Fetch = Callable[[str, list[object]], list[tuple[Any, ...]]]
#: The tables whose rows are shared by documents, and the column that names a row.
SHARED = {"taxonomy_used": "taxonomy_hash", "dim_entity": "entity_version", "dim_unit": "unit_id"}
_FACT_ORDER = ("concept_id", "period_end")  # within a document: a question about one concept reads little


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has already: ``loads``, by document key the newest load; ``entities`` of its documents; (table, name) of its
    shared rows; the number of its last extraction."""

    loads: Mapping[str, int]
    entities: Collection[str]
    shared: Collection[tuple[str, str]]
    extractions: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One Arrow table for each table of the store that gets rows, in the order in which they are written; and the keys of those
    documents whose standing must be settled when they are: those that were read before, and new ones."""

    tables: dict[str, pa.Table]
    again: list[str]
    new: list[str]


def gather(prepared: Sequence[Prepared], taxonomy: Taxonomy, load: int, fetch: Fetch, stored: Stored) -> Batch:
    """The rows of some extractions. Equal facts stay, changed ones are added, missing ones retracted, returning ones restored."""
    now = datetime.now(UTC).replace(tzinfo=None)  # noqa: TID251 - when it was recorded: in no hash and no other output
    rows: dict[str, list[Row]] = {"fact_retraction": []}
    dropped: dict[str, pa.Array] = {}
    for each in prepared:
        if each.key in stored.loads:
            have, retractions = _changes(each, load, now, fetch, stored.loads[each.key])
            rows["fact_retraction"] += retractions
            dropped[each.key] = have
    if ("taxonomy_used", taxonomy.hash) not in stored.shared:
        rows.update(taxonomy_rows(taxonomy, load))
    facts = _facts(prepared, dropped, fetch, stored.extractions)
    tables = {}
    for name in TABLES:
        if rows.get(name):
            tables[name] = arrow_table(name, rows[name])
        elif (
            parts := list(facts.values())
            if name == "fact"
            else [_new(each, name, dropped, fetch) for each in prepared if name in each.tables]
        ):
            tables[name] = _stamped(name, pa.concat_tables(parts), load, now)
    for name in ("dim_entity", "dim_unit"):
        if name in tables:
            tables[name] = _unknown(name, tables[name], stored.shared)
    unsettled: list[str] = []
    if facts:
        tables[STANDING], unsettled = _standing(facts, prepared, stored)
    new = [key for key in unsettled if key not in dropped]
    return Batch({name: table for name, table in tables.items() if table.num_rows}, list(dropped), new)


def taxonomy_rows(taxonomy: Taxonomy, load: int) -> dict[str, list[Row]]:
    """The rows of a taxonomy that a store does not have yet."""
    return {"taxonomy_used": [(taxonomy.hash, load, freeze(taxonomy))], "dim_concept": concept_rows(taxonomy)}


def _facts(prepared: Sequence[Prepared], dropped: dict[str, pa.Array], fetch: Fetch, last: int) -> dict[str, pa.Table]:
    """The new facts of each document, sorted, with their numbers and places; by its key, in the order in which they are written."""
    made: dict[str, pa.Table] = {}
    for each in sorted(prepared, key=lambda each: (each.entity, each.key)):
        table = _new(each, "fact", dropped, fetch)
        if table.num_rows:
            table = _sorted(table)
            number = pa.repeat(pa.scalar(last + len(made) + 1, pa.int32()), table.num_rows)
            place = _counted(table.num_rows)
            made[each.key] = table.append_column("extraction_no", number).append_column("extraction_place", place)
    return made


@lru_cache(maxsize=1)
def _counted(count: int) -> pa.Array:
    """0, 1, 2 ..."""
    return pa.array(range(count), pa.int32())


def _standing(facts: dict[str, pa.Table], prepared: Sequence[Prepared], stored: Stored) -> tuple[pa.Table, list[str]]:
    """Rows of ``fact_standing``, and the keys of those that must be settled."""
    simple, by_key, rows, unsettled = alone(prepared, stored.loads, stored.entities), {each.key: each for each in prepared}, [], []
    for key, table in facts.items():
        each = by_key[key]
        bits = first_bits(each.entity, table) if key in simple else None
        if bits is None:
            unsettled.append(key)
            every = "1" * table.num_rows
            bits = every, every, every
        known = each.table("document").column("known_from")[0].as_py()
        rows.append((table.column("extraction_no")[0].as_py(), key, each.entity, each.id, known, *bits))
    return standing_table(rows), unsettled


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
    """By concept and period; what is sorted already is not copied."""
    concept, end = (facts.column(name) for name in _FACT_ORDER)
    before, after = slice(0, facts.num_rows - 1), 1
    same = pc.and_(
        pc.equal(concept.slice(0, before.stop), concept.slice(after)), pc.less_equal(end.slice(0, before.stop), end.slice(after))
    )
    if pc.all(pc.or_(pc.less(concept.slice(0, before.stop), concept.slice(after)), same), skip_nulls=False).as_py():
        return facts
    return facts.take(pc.sort_indices(facts, sort_keys=[(name, "ascending") for name in _FACT_ORDER]))


def _unknown(name: str, table: pa.Table, known: Collection[tuple[str, str]]) -> pa.Table:
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
