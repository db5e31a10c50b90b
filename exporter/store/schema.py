"""The tables of the store: one description, from which the SQL and the Arrow types are made.

Append-only. An *extraction* is one reading of one document: ``(document_key, load_id)``. A document may have
several; the newest that has a ``document`` row is the one that counts. Facts are shared by the extractions of
their document (``extracted_fact`` says which extraction read which fact, and in what order).
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 4

_KEY, _TEXT, _INT, _LONG, _DAY, _FLAG = "CHAR(32)", "VARCHAR", "INTEGER", "BIGINT", "DATE", "BOOLEAN"
_NUMBER, _INSTANT = "DECIMAL(38,9)", "TIMESTAMP"
# A commit compresses the last row group anew, and that of a text column is as large as all documents together
# (measured: 0.3 ms a stored document and commit). Deflated by us it is copied only.
_DEFLATED = "BLOB USING COMPRESSION uncompressed"
_EXTRACTION = {"document_key": _KEY, "load_id": _LONG, "position": _INT}
_PERIOD = {"period_type": _TEXT, "period_start": _DAY, "period_end": _DAY}
_PLACE = {
    "line_no": _INT, "column_no": _INT, "start_offset": _INT, "end_offset": _INT,
    "table_no": _INT, "row_no": _INT, "cell_no": _INT,
}  # fmt: skip

#: Column names and types by table, in column order. JSON stands in VARCHAR: portable, and DuckDB reads it.
TABLES: dict[str, dict[str, str]] = {
    "store_info": {"schema_version": _INT, "written_by": _TEXT},
    "taxonomy_used": {"taxonomy_hash": _TEXT, "load_id": _LONG, "content": _TEXT},
    "dim_concept": {
        "taxonomy_hash": _TEXT, "concept_id": _TEXT, "item_type": _TEXT, "period_type": _TEXT, "balance": _TEXT,
        "unit": _TEXT, "basis": _TEXT, "label_en": _TEXT, "label_zh": _TEXT, "definition": _TEXT, "us_gaap": _TEXT,
        "ifrs_full": _TEXT, "replaced_by": _TEXT,
    },
    "dim_entity": {
        "entity_id": _TEXT, "entity_version": _KEY, "load_id": _LONG, "name": _TEXT, "names_json": _TEXT,
        "identifiers_json": _TEXT, "accounting": _TEXT, "fiscal_year_end": _TEXT, "currency": _TEXT,
        "shares_per_ads": _TEXT,
    },
    "dim_unit": {"unit_id": _TEXT, "load_id": _LONG, "numerator": _TEXT, "denominator": _TEXT},
    "source_text": {"document_key": _KEY, "load_id": _LONG, "content_zlib": _DEFLATED},
    "fact": {
        "fact_id": _KEY, "series_id": _KEY, "document_key": _KEY, "entity_id": _TEXT, "concept_id": _TEXT,
        "label_as_reported": _TEXT, **_PERIOD, "fiscal_year": _INT, "fiscal_period": _TEXT, "unit_id": _TEXT,
        "dims_id": _TEXT, "dims_json": _TEXT, "value_kind": _TEXT, "value_num": _NUMBER, "value_low": _NUMBER,
        "value_high": _NUMBER, "value_text": _TEXT, "value_lexical": _TEXT, "num_exact": _FLAG, "decimals": _INT,
        "is_nil": _FLAG, "approximate": _FLAG, "basis": _TEXT, "scenario": _TEXT, "rate_date": _DAY, "origin": _TEXT,
        "filed_at": _TEXT, "recorded_at": _INSTANT, "load_id": _LONG,
    },
    "extracted_fact": {
        **_EXTRACTION, "fact_id": _KEY, "label_as_reported": _TEXT, "printed_statement": _TEXT, "place_json": _TEXT,
        "lexical_json": _TEXT, "dims_json": _TEXT, "approximate": _FLAG, "origin": _TEXT, "occurrences": _INT,
    },
    "fact_retraction": {"fact_id": _KEY, "document_key": _KEY, "load_id": _LONG, "retracted": _FLAG, "recorded_at": _INSTANT},
    "occurrence": {
        "occurrence_id": _KEY, **_EXTRACTION, "fact_id": _KEY, **_PLACE, "raw": _TEXT, "label_as_reported": _TEXT,
        "section_json": _TEXT, "printed_statement": _TEXT, "concept_id": _TEXT, **_PERIOD, "unit_id": _TEXT,
        "dims_json": _TEXT, "value_kind": _TEXT, "printed_value": _NUMBER, "printed_lexical": _TEXT, "sign": _INT,
        "decimals": _INT, "scale_reported": _INT, "value_text": _TEXT, "low_lexical": _TEXT, "high_lexical": _TEXT,
        "bound": _TEXT, "qualifier": _TEXT, "basis": _TEXT, "scenario": _TEXT, "rate_date": _DAY, "reason": _TEXT,
        "candidates_json": _TEXT,
    },
    "presentation_table": {
        **_EXTRACTION, "table_no": _INT, "part": _INT, "printed_statement": _TEXT, "title": _TEXT, "scale_text": _TEXT,
        "columns_json": _TEXT,
    },
    "presentation": {
        **_EXTRACTION, "table_position": _INT, "number": _INT, "line_no": _INT, "label": _TEXT, "level": _INT, "concept_id": _TEXT,
        "cells_json": _TEXT, "texts_json": _TEXT,
    },
    # The numbers twice: for SQL where they fit a column, and every digit for whoever reads the report back.
    "check_result": {
        **_EXTRACTION, "check_id": _KEY, "rule_id": _TEXT, "family": _TEXT, "verdict": _TEXT, "left_num": _NUMBER, "right_num": _NUMBER,
        "difference": _NUMBER, "tolerance": _NUMBER, "lexical_json": _TEXT, "reason": _TEXT, "inputs_json": _TEXT, "facts_json": _TEXT,
    },
    # What a footnote says that a concept, or a member of an axis, means.
    "definition": {
        **_EXTRACTION, "concept_id": _TEXT, "content": _TEXT, "line_no": _INT, "column_no": _INT, "start_offset": _INT, "end_offset": _INT,
    },
    "finding": {**_EXTRACTION, "code": _TEXT, "severity": _TEXT, "message": _TEXT, "location": _TEXT},
    # The commit marker of an extraction: written last.
    "document": {
        "document_key": _KEY, "document_id": _TEXT, "load_id": _LONG, "media": _TEXT, "encoding": _TEXT,
        "entity_id": _TEXT, "entity_version": _KEY, "period_start": _DAY, "period_end": _DAY, "filed_at": _TEXT,
        "filed_at_source": _TEXT, "known_from": _INSTANT, "amends_document_id": _TEXT, "source_sha256": _TEXT,
        "extractor_version": _TEXT, "taxonomy_hash": _TEXT, "fact_count": _INT, "occurrence_count": _INT,
        "recorded_at": _INSTANT,
    },
}  # fmt: skip

#: Columns that the store alone has, filled in by its writer. ``extraction_no`` grows through the file, in which the facts of an
#: extraction lie together: by it DuckDB passes the rest of the file over (of a text it keeps eight bytes to tell its blocks apart,
#: and those of all issuers are alike). ``extraction_place`` counts the facts that came with one extraction, from 0.
STORE_COLUMNS: dict[str, dict[str, str]] = {"fact": {"extraction_no": _INT, "extraction_place": _INT}}

#: What counts today: one row an extraction that brought facts, a bit a fact. ``heard``: what a new fact of the series is weighed with.
#: The one table in which rows are changed: all of it follows from the others (``standing``), and `exporter doctor` compares.
STANDING = "fact_standing"
STANDING_COLUMNS = {
    "extraction_no": _INT, "document_key": _KEY, "entity_id": _TEXT, "document_id": _TEXT, "known_from": _INSTANT, "live": "BIT",
    "current": "BIT", "heard": "BIT",
}  # fmt: skip

#: A hash is hardly compressible, and trying costs more than all else of it: of a million facts DuckDB's own choice 0.42 s, zstd 0.19, as
#: it is 0.02, for 30 MB more.
_HASHES = {("fact", "fact_id"), ("fact", "series_id")}

_ARROW: dict[str, pa.DataType] = {
    _KEY: pa.string(), _TEXT: pa.string(), _INT: pa.int32(), _LONG: pa.int64(), _DAY: pa.date32(), _FLAG: pa.bool_(),
    _NUMBER: pa.decimal128(38, 9), _INSTANT: pa.timestamp("us"), _DEFLATED: pa.binary(),
}  # fmt: skip


def create_tables() -> list[str]:
    """The statements that make the tables of a new store."""
    every = {name: {**columns, **STORE_COLUMNS.get(name, {})} for name, columns in TABLES.items()} | {STANDING: STANDING_COLUMNS}
    return [f"CREATE TABLE {name} ({', '.join(_declared(name, *column) for column in columns.items())})" for name, columns in every.items()]


def _declared(table: str, column: str, kind: str) -> str:
    return f"{column} {kind}{' USING COMPRESSION uncompressed' if (table, column) in _HASHES else ''}"


def arrow_type(sql_type: str) -> pa.DataType:
    """The Arrow type of a column's SQL type."""
    return _ARROW[sql_type]


def arrow_schema(name: str) -> pa.Schema:
    """The columns of a table as Arrow types: what ``prepared.Prepared`` holds, and what anybody else must hand over."""
    return pa.schema([(column, _ARROW[kind]) for column, kind in TABLES[name].items()])


def arrow_table(name: str, rows: list[tuple[object, ...]]) -> pa.Table:
    """Rows in column order as one Arrow batch. Decimals come as plain text and are cast: Arrow refuses what it
    would have to round, where DuckDB would round in silence."""
    arrays, schema = [], arrow_schema(name)
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    for values, field in zip(columns, schema, strict=True):
        decimal = pa.types.is_decimal(field.type)
        array = pa.array(values, pa.string() if decimal else field.type)
        arrays.append(array.cast(field.type) if decimal else array)
    return pa.Table.from_arrays(arrays, schema=schema)
