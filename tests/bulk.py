"""A store of many made-up facts, written straight into its tables: for speed, and for what must be caught in the act."""

from __future__ import annotations

from pathlib import Path

from handmade import taxonomy

from exporter.store.files import attached, create
from exporter.store.schema import STANDING, STANDING_COLUMNS, STORE_COLUMNS, TABLES
from exporter.store.template import empty_store

PER_DOCUMENT = 500
_DAY = "DATE '2023-03-31'"
_RECORDED = "TIMESTAMP '2026-01-01 00:00:00' + INTERVAL (load) HOUR"

#: What differs from NULL, by column, over ``range(...) t(i)`` with the load's number as ``load``.
_FACT = {
    "fact_id": "md5('f' || i)", "series_id": "md5('s' || i)", "document_key": f"md5('d' || (i // {PER_DOCUMENT}))",
    "entity_id": f"'cik:' || lpad(((i // {PER_DOCUMENT}) % 200)::VARCHAR, 10, '0')", "concept_id": f"'fin:Concept' || (i % {PER_DOCUMENT})",
    "label_as_reported": f"'Label of line ' || (i % {PER_DOCUMENT})", "period_type": "'duration'", "period_start": "DATE '2023-01-01'",
    "period_end": _DAY, "fiscal_year": f"2015 + ((i // {PER_DOCUMENT}) // 200) % 10", "fiscal_period": "'Q1'", "unit_id": "'iso4217:CNY'",
    "dims_id": "'none'", "dims_json": "'[]'", "value_kind": "'numeric'", "value_num": "(i * 12345.678)::DECIMAL(38,9)",
    "value_lexical": "(i * 12345.678)::DECIMAL(38,3)::VARCHAR", "num_exact": "TRUE", "decimals": "-3", "is_nil": "FALSE",
    "approximate": "FALSE", "basis": "'gaap'", "scenario": "'actual'", "origin": "'reported'", "filed_at": "'2023-05-15'",
    "recorded_at": _RECORDED, "load_id": "load", "extraction_no": f"1 + i // {PER_DOCUMENT}", "extraction_place": f"i % {PER_DOCUMENT}",
}  # fmt: skip
_EXTRACTED = {
    "document_key": _FACT["document_key"], "load_id": "load", "position": f"i % {PER_DOCUMENT}", "fact_id": _FACT["fact_id"],
    "label_as_reported": _FACT["label_as_reported"], "printed_statement": "'income_statement'", "place_json": "'[1,1,0,5,1,1,1]'",
    "lexical_json": "'[null,null,null]'", "dims_json": "'[]'", "approximate": "FALSE", "origin": "'reported'", "occurrences": "1",
}  # fmt: skip
_OCCURRENCE = {
    "occurrence_id": "md5('o' || i)", "document_key": _FACT["document_key"], "load_id": "load", "position": f"i % {PER_DOCUMENT}",
    "fact_id": _FACT["fact_id"], "line_no": f"i % {PER_DOCUMENT}", "column_no": "9", "start_offset": "i % 9999",
    "end_offset": "i % 9999 + 7", "table_no": "1", "row_no": f"i % {PER_DOCUMENT}", "cell_no": "1", "raw": "'12,345,678'",
    "label_as_reported": _FACT["label_as_reported"], "section_json": "'[\"Assets\"]'",
    "printed_statement": "'income_statement'", "concept_id": _FACT["concept_id"],
    "period_type": "'duration'", "period_start": "DATE '2023-01-01'", "period_end": _DAY, "unit_id": "'iso4217:CNY'", "dims_json": "'[]'",
    "value_kind": "'numeric'", "printed_value": "(i * 12345.678)::DECIMAL(38,9)", "printed_lexical": "(i * 12345678)::VARCHAR", "sign": "1",
    "decimals": "-3", "scale_reported": "3", "bound": "''", "qualifier": "''", "basis": "'gaap'", "scenario": "'actual'", "reason": "''",
    "candidates_json": "'[]'",
}  # fmt: skip
_DOCUMENT = {
    "document_key": "md5('d' || i)", "document_id": "'doc-' || i", "load_id": "load", "media": "'text/plain'", "encoding": "'utf-8'",
    "entity_id": "'cik:' || lpad((i % 200)::VARCHAR, 10, '0')", "entity_version": "md5('e')", "period_start": "DATE '2023-01-01'",
    "period_end": _DAY, "filed_at": "'2023-05-15'", "filed_at_source": "'dateline'", "known_from": "TIMESTAMP '2023-05-16 00:00:00'",
    "source_sha256": "md5('x' || i) || md5('y' || i)", "extractor_version": "'1'", "taxonomy_hash": "'hand-made-1'",
    "fact_count": str(PER_DOCUMENT), "occurrence_count": str(PER_DOCUMENT), "recorded_at": _RECORDED,
}  # fmt: skip
#: Each fact is the only one of its series.
_STANDING = {
    "extraction_no": "1 + i", **{name: _DOCUMENT[name] for name in ("document_key", "entity_id", "document_id", "known_from")},
    "live": f"CAST(repeat('1', {PER_DOCUMENT}) AS BIT)", "current": f"CAST(repeat('1', {PER_DOCUMENT}) AS BIT)",
    "heard": f"CAST(repeat('1', {PER_DOCUMENT}) AS BIT)",
}  # fmt: skip


def make(path: Path, loads: int, documents: int, *, tables: tuple[str, ...] = ("fact", "extracted_fact", "occurrence")) -> Path:
    """A store of ``loads`` loads of ``documents`` documents of 500 facts each; goes on where an older one ends."""
    create(path, empty_store(taxonomy()))
    with attached(path, write=True, wait=5) as connection:
        run = connection.execute
        done = run("SELECT coalesce(max(load_id), 0), count(*) FROM document").fetchall()[0]
        for load in range(done[0] + 1, done[0] + 1 + loads):
            first = done[1] + (load - 1 - done[0]) * documents
            run("BEGIN")
            if load == 1:
                run("INSERT INTO dim_unit VALUES ('iso4217:CNY', 1, 'iso4217:CNY', '')")
            for name, columns in (("fact", _FACT), ("extracted_fact", _EXTRACTED), ("occurrence", _OCCURRENCE)):
                if name in tables:
                    run(_insert(name, columns, load, first * PER_DOCUMENT, documents * PER_DOCUMENT))
            if "fact" in tables:
                run(_insert(STANDING, _STANDING, load, first, documents))
            run(_insert("document", _DOCUMENT, load, first, documents))
            run("COMMIT")
    return path


def _insert(table: str, values: dict[str, str], load: int, first: int, count: int) -> str:
    names = STANDING_COLUMNS if table == STANDING else {**TABLES[table], **STORE_COLUMNS.get(table, {})}
    columns = ", ".join(f"{values.get(name, 'NULL')} AS {name}" for name in names)
    order = "ORDER BY extraction_no, concept_id" if table == "fact" else ""
    return f"INSERT INTO {table} SELECT {columns} FROM (SELECT i, {load} AS load FROM range({first}, {first + count}) t(i)) {order}"
