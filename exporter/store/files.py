"""Holding the store's file: one DuckDB engine a process, to which the file is attached only while it is used."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path

import duckdb

from exporter.errors import StoreError

#: Today's DuckDB tools open this; 2.0 would otherwise write a file that they refuse.
STORAGE_VERSION = "v1.5.0"
#: Measured: a batch of 32 releases takes 0.32 s of CPU, with 32 KB blocks 0.50; a million facts at once 2.4 s, with 32 KB 4.7.
#: Larger blocks are no faster, and make the file of a single release larger still (3 MB; with 32 KB 1.7).
_BLOCK_SIZE = 131072
#: A commit compresses the last, partly filled row group anew: a quarter of DuckDB's usual size bounds that.
_ROW_GROUP = 30720
_FULL = "the disk is full, nothing of this batch was stored; make room, then run again"
_POLL_SECONDS = 0.05
_names = count(1)


@lru_cache(maxsize=1)
def _engine() -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "96MB",
        "threads": 1,  # a batch is small: a second thread costs more than it brings
        "temp_directory": os.path.join(tempfile.gettempdir(), "exporter-duckdb"),
        "checkpoint_threshold": "1KB",  # a commit goes straight into the file: one fact store, no .wal beside it
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    return duckdb.connect(":memory:", config=config)


@contextmanager
def attached(
    path: Path, *, write: bool, wait: float, engine: duckdb.DuckDBPyConnection | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file as the default database of a connection (of ``engine``, else of the process's own), released at the end.

    Waits for another program up to ``wait`` seconds. Raises StoreError, naming the file and the remedy,
    where it is locked, damaged, no store, or cannot be written.
    """
    connection = (engine or _engine()).cursor()
    name = f"store{next(_names)}"
    try:
        _attach(connection, path, name, write, time.monotonic() + wait)
        try:
            connection.execute(f"USE {name}")
            yield connection
        finally:
            _detach(connection, name)
    except (duckdb.FatalException, duckdb.InternalException) as error:
        _engine.cache_clear()
        raise StoreError(f"{path}: {_reason(error)}; restore the file from a copy or name another --store file") from error
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise StoreError(_explain(path, error)) from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from error
        raise
    finally:
        connection.close()


def create(path: Path, data: bytes) -> bool:
    """Make a store of these bytes, whole or not at all; where another run makes it at the same time, its file stays (False)."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.chmod(temporary, 0o644)
            os.link(temporary, path)
        finally:
            os.unlink(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        full = error.errno == errno.ENOSPC
        told = _FULL if full else f"cannot be made ({error.strerror}); name another --store file"
        raise StoreError(f"{path}: {told}") from error
    return True


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, write: bool, deadline: float) -> None:
    try:
        target = str(path.absolute()).encode("utf-8").decode("utf-8").replace("'", "''")
    except UnicodeEncodeError as error:
        raise StoreError(f"{path!r}: not a name that DuckDB can open; name another --store file") from error
    mode = f"STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {_BLOCK_SIZE}, ROW_GROUP_SIZE {_ROW_GROUP}" if write else "READ_ONLY"
    while True:
        try:
            connection.execute(f"ATTACH '{target}' AS {name} (TYPE duckdb, {mode})")
            return
        except duckdb.Error as error:
            if not _is_locked(error):
                raise
            if time.monotonic() >= deadline:
                raise StoreError(f"{path}: another program has the store open; close it or wait for it, then run again") from error
        time.sleep(_POLL_SECONDS)


def _detach(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute("USE memory")
    connection.execute(f"DETACH {name}")


def _is_locked(error: duckdb.Error) -> bool:
    """Another process holds the file (POSIX, Windows), or another thread of this one."""
    text = str(error)
    return (
        "Could not set lock" in text
        or "being used by another process" in text
        or "Unique file handle conflict" in text
        or "already attached" in text
    )


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split("\n")[0].split())[:200]


def _explain(path: Path, error: duckdb.Error) -> str:
    text = _reason(error)
    if "not a valid DuckDB database" in text:
        return f"{path}: is not a DuckDB file; name another --store file"
    if "Permission denied" in text or "Read-only" in text or "read-only" in text:
        return f"{path}: cannot be written (permission denied); choose another --store file or mend the permissions"
    if "No such file" in text or "Is a directory" in text:
        return f"{path}: cannot be opened as a store ({text.rpartition(': ')[2]}); name another --store file"
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"{path}: needs more memory than was allowed ({text}); allow more (exporter query: --memory)"
    if "with storage version" in text:  # ours have one of their own
        return f"{path}: is a DuckDB file that another program made; name another --store file"
    if "No space left" in str(error):  # behind a long path
        return f"{path}: {_FULL}"
    return f"{path}: the store is damaged or cannot be used ({text}); restore it from a copy or name another --store file"
