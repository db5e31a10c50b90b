"""A DuckDB file as a warehouse: the feed's tables and all views. DuckDB locks the file: a second loader waits or is refused.

A new file is made under another name and appears when it is complete.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from exporter import __version__
from exporter.errors import FormatError, StoreError
from exporter.feeds.job import Options, State
from exporter.feeds.lock import locked
from exporter.feeds.target import Target
from exporter.model import Taxonomy
from exporter.store.files import attached
from exporter.store.schema import SCHEMA_VERSION
from exporter.store.supply import AUDIT, FEED_TABLES, INFO, PAST_SQL, STATE_SQL, Check, Checking, Supply, check_of, check_sql
from exporter.store.views import duckdb_views, duckdb_wide


class DuckDBFile:
    """See ``job.Destination``. ``connection`` None: a dry run of a target that is not there yet."""

    checking: Checking = "rows"

    def __init__(self, target: Target, connection: duckdb.DuckDBPyConnection | None, *, made: bool) -> None:
        self.target = target
        self._connection = connection
        self._made = made
        self.complete = False
        self._before: dict[str, int] = {}
        self._columns = FEED_TABLES["history"]

    @property
    def _live(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise FormatError(f"{self.target.shown}: there is no such file")
        return self._connection

    def state(self) -> State | None:
        """As ``Destination.state``."""
        if self._made:
            return None
        try:
            rows = self._live.execute(STATE_SQL).fetchall()
        except duckdb.CatalogException as error:
            raise FormatError(f"{self.target.shown}: is a DuckDB file but no target of a feed; name another one") from error
        found = State(*rows[0]) if rows else None
        if found and found.schema_version == SCHEMA_VERSION:
            found = replace(found, past=self._live.execute(PAST_SQL).fetchall()[0][0])
        if found and found.mode == "current":
            self._columns = FEED_TABLES["current"]
        return found

    def published(self, table: str) -> Check:
        """As ``Destination.published``."""
        return self._check(table, 0)

    def start(self, supply: Supply, state: State | None) -> None:
        """Begin the transaction that ``publish`` commits."""
        self._columns = supply.tables
        run = self._live.execute
        run("BEGIN")
        if state is None:
            for name, columns in supply.tables.items():
                run(f"CREATE TABLE {name} ({_typed(columns)})")
            run(f"CREATE TABLE load_audit ({_typed(AUDIT)}, loaded_at TIMESTAMP DEFAULT current_timestamp)")
            run(f"CREATE TABLE feed_info ({_typed(INFO)})")
            run("INSERT INTO feed_info VALUES (?, ?, ?, '')", [SCHEMA_VERSION, supply.mode, __version__])
        elif supply.mode == "current":
            for name in supply.tables:
                run(f"DELETE FROM {name}")
        run("UPDATE feed_info SET store_past = ?", [supply.past(supply.last_load())])
        for name in supply.tables:
            last = run(f"SELECT coalesce(max(rowid) + 1, 0) FROM {name}").fetchall()
            self._before[name] = last[0][0]

    def stage(self, table: str, rows: pa.RecordBatchReader) -> None:
        """Into the table itself: nobody sees an open transaction."""
        self._live.from_arrow(rows).insert_into(table)

    def staged(self, table: str) -> Check:
        """As ``Destination.staged``."""
        return self._check(table, self._before[table])

    def publish(self, audit: pa.Table, taxonomies: Sequence[Taxonomy]) -> None:
        """Views, audit, commit."""
        if self._made:
            for view in duckdb_views(history="fact" in self._columns):
                self._live.execute(view)
        for view in duckdb_wide(*taxonomies):
            self._live.execute(view)
        self._audit(audit)
        self._live.execute("COMMIT")
        self.complete = True

    def reject(self, audit: pa.Table) -> None:
        """As ``Destination.reject``."""
        self._live.execute("ROLLBACK")
        if not self._made:
            self._audit(audit)

    def _audit(self, audit: pa.Table) -> None:
        self._live.register("audit_rows", audit)
        self._live.execute(f"INSERT INTO load_audit ({', '.join(AUDIT)}) SELECT * FROM audit_rows")

    def _check(self, table: str, after_row: int) -> Check:
        sql = f"SELECT {check_sql(table, self._columns[table], 'rows')} FROM {table} WHERE rowid >= {after_row}"
        return check_of(self._live.execute(sql).fetchall()[0])


@contextmanager
def open(target: Target, options: Options) -> Iterator[DuckDBFile]:
    """The file, locked; a new one appears when all is done. Raises FormatError."""
    path = Path(target.location)
    if options.dry_run and not path.exists():
        yield DuckDBFile(target, None, made=True)
        return
    with ExitStack() as stack:
        workshop = path.parent / f".{path.name}.new"
        if not path.exists():
            stack.enter_context(locked(workshop, options.wait))
        if path.exists():  # by another loader, perhaps, for which we waited
            connection = stack.enter_context(_connected(path, path, options))
            yield DuckDBFile(target, connection, made=False)
        else:
            yield stack.enter_context(_new(target, path, workshop, options))
    if path.exists():
        shutil.rmtree(workshop, ignore_errors=True)


@contextmanager
def _new(target: Target, path: Path, workshop: Path, options: Options) -> Iterator[DuckDBFile]:
    """A file that is made in the workshop, where a killed loader may have left one."""
    temporary = workshop / "new.duckdb"
    _unlink(workshop)
    try:
        with _connected(temporary, path, options) as connection:
            destination = DuckDBFile(target, connection, made=True)
            yield destination
        if destination.complete:
            os.rename(temporary, path)
    except OSError as error:
        raise FormatError(f"{path}: cannot be made ({error.strerror or error}); name another target") from error
    finally:
        _unlink(workshop)


def _unlink(workshop: Path) -> None:
    for left in workshop.glob("new.duckdb*"):
        left.unlink()


@contextmanager
def _connected(path: Path, named: Path, options: Options) -> Iterator[duckdb.DuckDBPyConnection]:
    engine = duckdb.connect(":memory:", config={"memory_limit": "1GB", "python_enable_replacements": False})
    try:
        with attached(path, write=not options.dry_run, wait=options.wait, engine=engine) as connection:
            yield connection
    except StoreError as error:
        text = str(error)
        if not text.startswith(str(path)):
            raise  # of the store, not of the target
        told = text.replace(str(path), str(named)).replace("the store", "the target").replace("--store file", "target")
        raise FormatError(told) from error
    finally:
        engine.close()


def _typed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())
