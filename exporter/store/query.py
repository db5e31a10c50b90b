"""One question in SQL to a store that cannot be changed by it, with an answer of any length in constant memory.

The question comes from a person or a script, so its engine is one of its own that can do nothing else: the file is attached for reading,
then every other file, the network, extensions and settings are shut off, and only a single SELECT is taken. ``FactStore`` does not use it.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from exporter.errors import QueryError, StoreError
from exporter.store.files import attached
from exporter.store.schema import SCHEMA_VERSION

_ROWS = 8192
_AGAIN = 0.1  # seconds from one word to stop to the next
_STATE = "SELECT schema_version FROM store_info"
_LOCKED = "SET enable_external_access = false; SET lock_configuration = true"
_ADVICE = (
    (duckdb.CatalogException, "`exporter query \"show tables\"` lists what there is"),
    (duckdb.BinderException, "`exporter query \"describe fact\"` lists the columns of a table"),
    (duckdb.ParserException, "mend the SQL"),
    (duckdb.PermissionException, "a query reads the store and nothing else"),
    (duckdb.OutOfMemoryException, "ask for less, or give it more --memory"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory``: bytes that the engine may use; the rest it spills to the disk, up to ten times as much. ``seconds``: 0 is for ever."""

    memory: int = 1 << 30
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns, and rows in batches that are made while they are asked for. ``batches`` can be read once."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


class Session:
    """A store opened for questions: see :func:`opened`."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, seconds: int) -> None:
        self.path = path
        self._connection = connection
        self._seconds = seconds
        self._late = self._interrupted = False
        self._reader: pa.RecordBatchReader | None = None

    def ask(self, sql: str, values: Sequence[object] = (), *, limit: int | None = None, batch: int = _ROWS) -> Answer:
        """The answer to one SELECT; ``values`` stand for its ``?``. At most ``limit`` rows, ``batch`` at a time.
        An earlier answer ends with it.

        DESCRIBE, SHOW, SUMMARIZE, VALUES and FROM count as SELECT. Equal column names get ``_1``, ``_2``. Raises QueryError, here or while
        rows are read, where the SQL is wrong, does anything else than read the store, or goes beyond the limits.
        """
        self.close()
        with self._explained():
            relation = self._connection.sql(self._select(sql), params=list(values) or None)
            # Rows in their order as soon as they are there: a relation keeps no result.
            self._reader = reader = (relation if limit is None else relation.limit(limit)).to_arrow_reader(batch)
        names = _unique(relation.columns)
        schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
        return Answer(schema, self._batches(reader, names))

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a short answer."""
        return [row for batch in self.ask(sql, values).batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]

    def close(self) -> None:
        """End an answer of which nobody wants the rest."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def expire(self) -> None:
        """Stop whatever runs: the time is over. To be said until the session ends: between two steps nothing runs that would hear it."""
        self._late = True
        self._connection.interrupt()

    def interrupt(self) -> None:
        """Stop whatever runs: a person pressed Ctrl-C. To be repeated as :meth:`expire`."""
        self._interrupted = True
        self._connection.interrupt()

    def _select(self, sql: str) -> duckdb.Statement:
        try:
            sql.encode("utf-8")
        except UnicodeEncodeError as error:  # bytes of a command line that are no text
            raise QueryError("query: the SQL is not UTF-8; write it as that") from error
        found = self._connection.extract_statements(sql)
        if len(found) != 1:
            raise QueryError(f"query: {len(found) or 'no'} statements; give one SELECT")
        if found[0].type != duckdb.StatementType.SELECT:
            kind = found[0].type.name
            hint = "give the PIVOT its values: ON x IN (...)" if kind == "MULTI" else "the store is only read here: give one SELECT"
            raise QueryError(f"query: {'PIVOT without values' if kind == 'MULTI' else kind} is refused; {hint}")
        return found[0]

    def _batches(self, reader: pa.RecordBatchReader, names: list[str]) -> Iterator[pa.RecordBatch]:
        while True:
            with self._explained():
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
            yield batch.rename_columns(names)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.FatalException, duckdb.InternalException):
            raise  # the file is damaged: ``attached`` says so
        except (duckdb.Error, pa.ArrowException, OSError) as error:  # an error amid the rows comes through Arrow, as OSError
            if self._interrupted:
                raise KeyboardInterrupt from error
            if self._late:
                raise QueryError(f"query: stopped after {self._seconds} seconds; ask for less, or raise --timeout") from error
            raise QueryError(f"query: {_one_line(error)}") from error


@contextmanager
def opened(path: str | os.PathLike[str], *, wait: float = 5.0, limits: Limits | None = None) -> Iterator[Session]:
    """The store for reading; it cannot be written to by anybody until the end. ``wait``: seconds to wait for a program that writes.

    Raises StoreError where there is no store, or it is locked, damaged or of another schema version.
    """
    limits, path = limits or Limits(), Path(path)
    if not path.exists():
        raise StoreError(f"{path}: there is no store; name the facts.duckdb that a run wrote")
    with tempfile.TemporaryDirectory(prefix="exporter-query-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limits.memory}B",
            "threads": min(4, os.cpu_count() or 1),
            "temp_directory": folder,
            "max_temp_directory_size": f"{10 * limits.memory}B",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,  # no table name may mean a variable of this program
        }
        engine = duckdb.connect(":memory:", config=config)
        try:
            with attached(path, write=False, wait=wait, engine=engine) as connection:
                _check_version(path, connection)
                connection.execute(_LOCKED)
                session = Session(path, connection, limits.seconds)
                with _ear(session), _clock(session, limits.seconds), closing(session):
                    yield session
        finally:
            engine.close()


def _check_version(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    try:
        found = connection.execute(_STATE).fetchall()
    except duckdb.CatalogException as error:
        raise StoreError(f"{path}: is a DuckDB file but no fact store; name another --store file") from error
    if found != [(SCHEMA_VERSION,)]:
        version = found[0][0] if found else "none"
        raise StoreError(f"{path}: has schema version {version}, this exporter reads {SCHEMA_VERSION}; use the exporter that wrote it")


@contextmanager
def _clock(session: Session, seconds: int) -> Iterator[None]:
    if not seconds:
        yield
        return
    ended = threading.Event()
    threading.Thread(target=_repeat, args=(session.expire, ended, seconds), daemon=True).start()
    try:
        yield
    finally:
        ended.set()


@contextmanager
def _ear(session: Session) -> Iterator[None]:
    """Ctrl-C is heard at once: Python itself hears it between two of its own steps only, and the engine may be in one of hours."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended = threading.Event()
    near, far = socket.socketpair()
    near.setblocking(False)
    before = signal.set_wakeup_fd(near.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        while heard := far.recv(1):  # the number of the signal; nothing once the other end is closed
            if heard[0] == signal.SIGINT:
                _repeat(session.interrupt, ended, 0)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        near.close()
        thread.join()
        far.close()


def _repeat(say: Callable[[], None], ended: threading.Event, wait: float) -> None:
    while not ended.wait(wait):
        say()
        wait = _AGAIN


def _unique(names: Sequence[str]) -> list[str]:
    """No two alike: an object of JSON, or a DictReader, would lose one of them."""
    made: list[str] = []
    for name in names:
        others = (f"{name}_{n}" for n in range(1, len(names) + 1))
        made.append(name if name not in made else next(other for other in others if other not in made and other not in names))
    return made


def _one_line(error: BaseException) -> str:
    """DuckDB's message without its picture of the place, and what to do."""
    text = str(error).split("\n\nLINE ")[0].split("\n\nPossible solutions")[0]
    told = " ".join(text.split())[:300]
    advice = next((advice for kind, advice in _ADVICE if isinstance(error, kind)), "mend the SQL")
    return f"{told}; {advice}"
