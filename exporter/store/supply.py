"""What a feed takes out of the store: tables in streams of Arrow batches, with counts and checksums.

Loads of the store are numbered, and no row is ever changed: what lies after load N is all that a target lacks which has
everything up to N. ``history`` is every row; ``current`` is what the newest readings and the newest documents say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from exporter.model import Taxonomy
from exporter.store.frozen import thaw
from exporter.store.query import Session
from exporter.store.schema import TABLES

Mode = Literal["history", "current"]
#: How a target is compared with the store: ``rows``, a hash of whole rows; ``keys``, a hash of key and numbers, where every column
#: would be dear (CSV); ``postgresql``, sums of these where the other side is PostgreSQL, which has no hash in common with DuckDB.
Checking = Literal["rows", "keys", "postgresql"]
#: Column names and types (those of ``schema``) by table; the commit marker, ``document``, last.
Tables = Mapping[str, Mapping[str, str]]

_DIMENSION = {"fact_id": "CHAR(32)", "axis": "VARCHAR", "member": "VARCHAR", "load_id": "BIGINT"}
_SHARED = {name: TABLES[name] for name in ("dim_concept", "dim_entity", "dim_unit")}
_PARTS = ("extracted_fact", "fact_retraction", "occurrence", "presentation_table", "presentation", "check_result", "definition", "finding")

FEED_TABLES: Mapping[Mode, Tables] = {
    "history": {
        **_SHARED, "fact": TABLES["fact"], "fact_dimension": _DIMENSION, **{name: TABLES[name] for name in _PARTS},
        "document": TABLES["document"],
    },
    "current": {
        **_SHARED, "fact_current": {"document_id": "VARCHAR", "known_from": "TIMESTAMP", **TABLES["fact"]}, "fact_dimension": _DIMENSION,
        "document_current": TABLES["document"],
    },
}  # fmt: skip

#: What names a row, where a table has such.
KEYS: Mapping[str, tuple[str, ...]] = {
    "dim_concept": ("taxonomy_hash", "concept_id"), "dim_entity": ("entity_version",), "dim_unit": ("unit_id",), "fact": ("fact_id",),
    "fact_dimension": ("fact_id", "axis", "member"), "document": ("document_key", "load_id"), "fact_current": ("fact_id",),
    "document_current": ("document_key",),
}  # fmt: skip

#: One row a table and load: what was in the store, what arrived. No clock: a target may add its own.
AUDIT = {
    "load_number": "INTEGER", "mode": "VARCHAR", "after_load": "BIGINT", "last_load": "BIGINT", "table_name": "VARCHAR",
    "rows_source": "BIGINT", "rows_target": "BIGINT", "checksum_source": "VARCHAR", "checksum_target": "VARCHAR", "agreed": "BOOLEAN",
    "exporter_version": "VARCHAR",
}  # fmt: skip

#: What a database that was fed says of itself. A load counts where all its tables agreed: of a rejected one there is the audit only.
STATE_SQL = (
    "SELECT i.schema_version, i.mode, coalesce(a.last_load, 0), coalesce(a.load_number, 0) FROM feed_info i, "
    "(SELECT max(CASE WHEN agreed THEN last_load END) AS last_load, max(load_number) AS load_number FROM "
    "(SELECT load_number, last_load, bool_and(agreed) AS agreed FROM load_audit GROUP BY load_number, last_load) l) a"
)
#: Of which store a target is the copy (``Supply.past``). Asked apart: older targets do not say.
PAST_SQL = "SELECT store_past FROM feed_info"
#: What a database says of itself, beside ``load_audit``.
INFO = {"schema_version": "INTEGER", "mode": "VARCHAR", "written_by": "VARCHAR", "store_past": "VARCHAR"}
#: Small tables, of which every column is compared in PostgreSQL too.
_WHOLE = (*_SHARED, "document", "document_current")
#: A text that holds this is no text to PostgreSQL.
NUL, REPLACEMENT = "\0", "\ufffd"
_BATCH = 65536
#: What is summed besides the key, where a table has it.
_NUMBERS = ("value_num", "value_low", "value_high", "printed_value", "difference", "decimals", "position")
#: Sums of larger numbers could leave DuckDB's column.
_LARGE = "1" + "0" * 20


@dataclass(frozen=True, slots=True)
class Check:
    """How many rows, and a checksum that does not depend on their order ("" of none)."""

    rows: int
    checksum: str


class Supply:
    """An opened store, during a feed. Nobody writes to it meanwhile, so that every answer is of one state."""

    def __init__(self, session: Session, mode: Mode) -> None:
        self._session = session
        self.mode = mode
        self.tables = FEED_TABLES[mode]

    def last_load(self) -> int:
        """The number of the newest load; 0 of an empty store."""
        return int(str(self._session.rows("SELECT coalesce(max(load_id), 0) FROM document")[0][0]))

    def rows(self, table: str, after: int) -> int:
        """How many rows of a table lie after a load."""
        return int(str(self._session.rows(f"SELECT count(*) FROM ({self._select(table, after)})")[0][0]))

    def stream(self, table: str, after: int) -> pa.RecordBatchReader:
        """The rows of a table that lie after a load, in the order of the store. One stream at a time."""
        answer = self._session.ask(self._select(table, after), batch=_BATCH)
        return pa.RecordBatchReader.from_batches(answer.schema, answer.batches)

    def check(self, table: str, after: int, checking: Checking, upto: int | None = None) -> Check:
        """Count and checksum of the rows after a load, up to another one; comparable with what ``check_sql`` finds in a target."""
        where = "" if upto is None else f" WHERE load_id <= {upto}"
        sql = f"SELECT {check_sql(table, self.tables[table], checking, here=True)} FROM ({self._select(table, after)}){where}"
        return check_of(self._session.rows(sql)[0])

    def past(self, upto: int) -> str:
        """What tells this store from others: its readings of documents up to a load, as one text, the same under every DuckDB."""
        sql = f"SELECT {check_sql('document', TABLES['document'], 'postgresql', here=True)} FROM document WHERE load_id <= {upto}"
        found = check_of(self._session.rows(sql)[0])
        return f"{found.rows}:{found.checksum}"

    def taxonomies(self) -> list[Taxonomy]:
        """Every taxonomy that documents were read with, the first one first."""
        rows = self._session.rows("SELECT content FROM taxonomy_used ORDER BY load_id, taxonomy_hash")
        return [thaw(str(row[0])) for row in rows]

    def _select(self, table: str, after: int) -> str:
        columns = ", ".join(self.tables[table])
        sql = f"SELECT {columns} FROM {table}"
        if self.mode == "current":
            return f"{sql} WHERE fact_id IN (SELECT fact_id FROM fact_current)" if table == "fact_dimension" else sql
        if not after:
            return sql
        if table == "dim_concept":
            return f"{sql} WHERE taxonomy_hash IN (SELECT taxonomy_hash FROM taxonomy_used WHERE load_id > {after})"
        return f"{sql} WHERE load_id > {after}"


def check_sql(table: str, columns: Mapping[str, str], checking: Checking, *, here: bool = False) -> str:
    """Count and checksum as two columns of a SELECT. Small tables are compared as a whole, however it is done.

    ``here``: the side of the store, which DuckDB computes in any case.
    """
    whole = table in _WHOLE
    if checking != "postgresql":
        return f"count(*), CAST(sum(hash({', '.join(columns if whole or checking == 'rows' else _compared(columns))})) AS VARCHAR)"
    if whole:
        return f"count(*), CAST(sum({_hex(f'md5({_row(columns, here)})', here)}) AS VARCHAR)"
    return f"count(*), {' || '.join(_sum(_number(name, columns[name], here)) for name in _compared(columns))}"


def check_of(row: tuple[object, ...]) -> Check:
    """The check in a row that ``check_sql`` made."""
    rows, checksum = row
    return Check(int(str(rows)), str(checksum or "") if rows else "")


def _compared(columns: Mapping[str, str]) -> list[str]:
    """The key and the numbers of a large table."""
    keys = [name for name, kind in columns.items() if kind == "CHAR(32)"][:1]
    return keys + [name for name in _NUMBERS if name in columns]


def _number(name: str, kind: str, by_duckdb: bool) -> str:
    if kind == "CHAR(32)":
        return _hex(name, by_duckdb)
    return f"CASE WHEN {name} BETWEEN -{_LARGE} AND {_LARGE} THEN {name} END" if kind.startswith("DECIMAL") else name


def _sum(expression: str) -> str:
    return f"coalesce(CAST(sum({expression}) AS VARCHAR), '') || ' '"


def _hex(text: str, by_duckdb: bool) -> str:
    """The first 60 bits of hex digits as a number."""
    digits = f"substr({text}, 1, 15)"
    return f"CAST('0x' || {digits} AS BIGINT)" if by_duckdb else f"CAST(CAST('x' || {digits} AS BIT(60)) AS BIGINT)"


def _row(columns: Mapping[str, str], by_duckdb: bool) -> str:
    texts = {name: f"CAST({name} AS VARCHAR)" for name in columns}
    if by_duckdb:  # as it arrives in PostgreSQL
        texts.update({name: f"replace({name}, chr(0), '{REPLACEMENT}')" for name, kind in columns.items() if kind == "VARCHAR"})
    return " || '|' || ".join(f"coalesce({text}, '~')" for text in texts.values())
