"""Where a store can be loaded into. A destination is one file here and one line in ``FEEDS``.

Every destination has the same signature: ``open(target, options) -> Destination``, a context manager (``job.Destination``)
that is asked what it has, is handed tables as streams of Arrow batches, and shows all of them at once or nothing.
Reading order: ``target`` (what a user names), ``job`` (what a load does), a destination.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import monotonic

from exporter.errors import FormatError
from exporter.feeds.job import Destination, Loaded, Options, run
from exporter.feeds.target import NoTarget, Target, resolve
from exporter.log import event
from exporter.store.query import Limits, opened
from exporter.store.supply import Supply

__all__ = ["FEEDS", "Feed", "Loaded", "NoTarget", "Options", "load"]

Open = Callable[[Target, Options], AbstractContextManager[Destination]]
_MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Feed:
    """A destination. ``name`` begins its targets (``name:...``); ``module`` is imported on first use; ``install`` is what pip needs."""

    name: str
    summary: str
    module: str
    install: str

    def load(self) -> Open:
        """The destination's ``open``. Raises FormatError, with the pip line, where a library is missing."""
        try:
            found: Open = import_module(self.module).open
        except ModuleNotFoundError as error:
            missing = error.name or ""
            if missing.startswith(__name__):
                raise
            raise FormatError(f"{self.name}: {missing} is not installed; run: pip install '{self.install}'") from error
        return found


FEEDS: dict[str, Feed] = {
    entry.name: entry
    for entry in (
        Feed("duckdb", "a DuckDB file", "exporter.feeds.duckdb", "duckdb"),
        Feed("parquet", "a folder of Parquet files", "exporter.feeds.parquet", "pyarrow"),
        Feed("csv", "a folder of CSV files", "exporter.feeds.csv", "pyarrow"),
        Feed("postgresql", "a PostgreSQL database", "exporter.feeds.postgresql", "exporter[postgres]"),
    )
}


def load(target: str, store: Path, options: Options | None = None) -> Loaded:
    """Bring a target up to date with a store.

    ``target``: ``duckdb:FILE`` (or ``*.duckdb``), ``parquet:DIR``, ``csv:DIR``, ``postgresql://...``; ``env:NAME`` or ``file:PATH``
    where the target stands in an environment variable or a file. Nobody writes to the store meanwhile. Raises FormatError where the
    target cannot be loaded, StoreError where the store cannot be read; the target is then as it was.
    """
    options = options or Options()
    where = resolve(target, FEEDS)
    if where.kind != "postgresql" and Path(where.location).resolve() == store.resolve():
        raise FormatError(f"{where.shown}: is the store itself; name another target")
    begin = FEEDS[where.kind].load()
    event("load.started", target=where.shown, mode=options.mode)
    began = monotonic()
    with begin(where, options) as destination, opened(store, wait=options.wait, limits=Limits(_MEMORY, 0)) as session:
        loaded = run(destination, Supply(session, options.mode), options)
    counts = {"rows": loaded.rows, "tables": len(loaded.tables), "after_load": loaded.after_load, "last_load": loaded.last_load}
    told = "planned" if options.dry_run else "loaded" if loaded.tables else "unchanged"
    event("load.finished", counts=counts, seconds=monotonic() - began, target=where.shown, mode=options.mode, status=told)
    return loaded
