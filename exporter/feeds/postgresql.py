"""PostgreSQL (14 or newer), through ADBC: Arrow goes in as binary COPY.

A load is one transaction under an advisory lock: schema, tables and views of a new target included. Readers see all of it or
nothing. New tables take the rows directly and get their keys afterwards; else rows go through temporary tables.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import adbc_driver_manager as adbc
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from exporter import __version__
from exporter.errors import FormatError
from exporter.feeds.job import Options, State
from exporter.feeds.streams import ahead, for_postgresql
from exporter.feeds.target import Target
from exporter.model import Taxonomy
from exporter.store.schema import SCHEMA_VERSION
from exporter.store.shapes import literal, wide_sql, wide_views
from exporter.store.supply import AUDIT, FEED_TABLES, INFO, KEYS, PAST_SQL, STATE_SQL, Check, Checking, Supply, check_of, check_sql
from exporter.store.views import FUNCTIONS, views

#: Keys are compared as bytes, as DuckDB does, and so that an index is built quickly. CHAR(32) is no longer and no shorter there than TEXT,
#: but counts the characters of each value: a tenth of the server's time.
_TYPES = {"CHAR(32)": 'TEXT COLLATE "C"', "VARCHAR": "TEXT"}
_ASKED = "PGOPTIONS"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_POLL_SECONDS = 0.2


class PostgreSQL:
    """See ``job.Destination``."""

    checking: Checking = "postgresql"

    def __init__(self, target: Target, schema: str, connection: dbapi.Connection) -> None:
        self.target = target
        self._schema = schema
        self._connection = connection
        self._cursor = connection.cursor()
        self._fresh = True
        self._tables = FEED_TABLES["history"]
        self._staged: dict[str, int] = {}
        self._past = ""

    def lock(self, wait: float) -> None:
        """Keep other loaders of this schema out until the transaction ends. Raises FormatError after ``wait`` seconds."""
        deadline = time.monotonic() + wait
        while not self._rows(f"SELECT pg_try_advisory_xact_lock(hashtextextended({literal('exporter feed ' + self._schema)}, 0))")[0][0]:
            if time.monotonic() >= deadline:
                raise FormatError(f"{self.target.shown}: another loader is at work in schema {self._schema}; wait for it, then run again")
            time.sleep(_POLL_SECONDS)

    def state(self) -> State | None:
        """As ``Destination.state``."""
        self._fresh = not self._rows(f"SELECT to_regclass({literal(self._schema + '.feed_info')}) IS NOT NULL")[0][0]
        if self._fresh:
            return None
        self._run(f"SET LOCAL search_path TO {self._schema}")
        rows = self._rows(STATE_SQL)
        found = State(*rows[0]) if rows else None
        if found and found.schema_version == SCHEMA_VERSION:
            found = replace(found, past=self._rows(PAST_SQL)[0][0])
        if found and found.mode == "current":
            self._tables = FEED_TABLES["current"]
        return found

    def published(self, table: str) -> Check:
        """As ``Destination.published``."""
        return self._check(table)

    def start(self, supply: Supply, state: State | None) -> None:
        """Make the tables of a new target, or temporary ones like those of an old one."""
        self._tables = supply.tables
        self._run("SET LOCAL maintenance_work_mem TO '256MB'")
        if self._fresh:
            self._run(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
            self._run(f"SET LOCAL search_path TO {self._schema}")
            for name, columns in supply.tables.items():
                self._run(f"CREATE TABLE {name} ({_typed(columns, KEYS.get(name, ()))})")
            self._run(f"CREATE TABLE load_audit ({_typed(AUDIT)}, loaded_at TIMESTAMPTZ DEFAULT now())")
            self._run(f"CREATE TABLE feed_info ({_typed(INFO)})")
            self._run(f"INSERT INTO feed_info VALUES ({SCHEMA_VERSION}, {literal(supply.mode)}, {literal(__version__)}, '')")
        else:
            for name in supply.tables:
                self._run(f"CREATE TEMPORARY TABLE stage_{name} (LIKE {name}) ON COMMIT DROP")
        self._past = supply.past(supply.last_load())

    def stage(self, table: str, rows: pa.RecordBatchReader) -> None:
        """As ``Destination.stage``."""
        clean = pa.RecordBatchReader.from_batches(rows.schema, ahead(for_postgresql(ahead(rows))))
        self._ingest(table if self._fresh else f"stage_{table}", clean, temporary=not self._fresh)

    def staged(self, table: str) -> Check:
        """As ``Destination.staged``."""
        found = self._check(table, "" if self._fresh else "stage_")
        self._staged[table] = found.rows
        return found

    def publish(self, audit: pa.Table, taxonomies: Sequence[Taxonomy]) -> None:
        """Keys and views of a new target, or the rows from the temporary tables; the audit; commit."""
        if self._fresh:
            self._make_keys_and_views()
        else:
            for name, columns in self._tables.items():
                self._merge(name, columns)
        for name, listed in wide_views(*taxonomies):
            self._run(f"CREATE OR REPLACE VIEW {name} AS {wide_sql(listed)}")
        self._ingest("load_audit", audit)
        self._run(f"UPDATE feed_info SET store_past = {literal(self._past)}")
        with self._explained():
            self._connection.commit()

    def reject(self, audit: pa.Table) -> None:
        """As ``Destination.reject``."""
        with self._explained():
            self._connection.rollback()
        if not self._fresh:
            self._ingest("load_audit", audit)
            with self._explained():
                self._connection.commit()

    def _make_keys_and_views(self) -> None:
        for name in self._tables:
            if name in KEYS:
                self._run(f"ALTER TABLE {name} ADD PRIMARY KEY ({', '.join(KEYS[name])})")
        history = "fact" in self._tables
        for name, text in views(history=history).items():
            self._run(f"CREATE VIEW {name} AS {text}")
        for name, words, text in FUNCTIONS if history else ():
            given = ", ".join(f"{word} TIMESTAMP" for word in words)
            self._run(f"CREATE FUNCTION {name}({given}) RETURNS SETOF fact_current LANGUAGE sql STABLE BEGIN ATOMIC {text}; END")

    def _merge(self, table: str, columns: Mapping[str, str]) -> None:
        if "fact" not in self._tables:  # the current facts only: readers see the old ones until the commit
            self._run(f"DELETE FROM {table}")
        named = ", ".join(columns)
        self._run(f"INSERT INTO {table} ({named}) SELECT {named} FROM stage_{table}")
        if self._cursor.rowcount != (expected := self._staged.get(table, 0)):  # a trigger, or a rule, of somebody else
            told = f"{table}: of {expected} rows {self._cursor.rowcount} were taken"
            raise FormatError(f"{self.target.shown}: {told}; nothing of this load was published: look for triggers and rules there")

    def _ingest(self, table: str, rows: pa.RecordBatchReader | pa.Table, *, temporary: bool = False) -> None:
        with self._explained():
            if temporary:
                self._cursor.adbc_ingest(table, rows, mode="append", temporary=True)
            else:
                self._cursor.adbc_ingest(table, rows, mode="append", db_schema_name=self._schema)

    def _check(self, table: str, prefix: str = "") -> Check:
        return check_of(self._rows(f"SELECT {check_sql(table, self._tables[table], 'postgresql')} FROM {prefix}{table}")[0])

    def _run(self, sql: str) -> None:
        with self._explained():
            self._cursor.execute(sql)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self._explained():
            self._cursor.execute(sql)
            found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except adbc.Error as error:
            raise FormatError(_told(self.target, error)) from None


@contextmanager
def open(target: Target, options: Options) -> Iterator[PostgreSQL]:
    """A connection that holds the lock (but for a dry run). Whatever is not published is rolled back. Raises FormatError."""
    if not _NAME.fullmatch(options.schema):
        raise FormatError(f"{target.shown}: {options.schema!r} is no name of a schema; write lower-case letters, digits and _")
    with _hushed():
        try:
            connection = dbapi.connect(target.location)
        except adbc.Error as error:
            raise FormatError(_told(target, error)) from None
        try:
            destination = PostgreSQL(target, options.schema, connection)
            if not options.dry_run:
                destination.lock(options.wait)
            yield destination
        finally:
            _close(connection)


@contextmanager
def _hushed() -> Iterator[None]:
    """The client library prints a server's notices ("terminating connection due to ...") to the terminal by itself; what there
    is to say stands in the error. It is asked by the variable that each of its connections reads."""
    before = os.environ.get(_ASKED)
    os.environ[_ASKED] = f"{before or ''} -c client_min_messages=error".strip()
    try:
        yield
    finally:
        if before is None:
            del os.environ[_ASKED]
        else:
            os.environ[_ASKED] = before


def _close(connection: dbapi.Connection) -> None:
    try:
        connection.close()
    except adbc.Error:  # the server has gone: there is nothing left to close
        return


def _typed(columns: Mapping[str, str], keys: Sequence[str] = ()) -> str:
    """``keys`` are NOT NULL from the start: a primary key reads the whole table once more to find that out."""
    return ", ".join(f"{name} {_TYPES.get(kind, kind)}{' NOT NULL' if name in keys else ''}" for name, kind in columns.items())


def _told(target: Target, error: adbc.Error) -> str:
    """The server's words in one line, without secrets, and what to do."""
    text = re.sub(r"^\w+: \[libpq\] (?:Failed to \w+(?: \w+)*: )?(?:PGRES_\w+ )?", "", str(error))
    advice = "nothing of this load was published: mend it, then run again"
    if "Failed to connect" in str(error):
        advice = "check the address, and the password in PGPASSWORD, ~/.pgpass or the target"
    return f"{target.shown}: {target.clean(text).rstrip('.')}; {advice}"
