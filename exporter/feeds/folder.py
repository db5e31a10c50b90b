"""A folder of files as a warehouse, whatever the form of the files: one folder a load, made aside and published by one rename.

``history``: ``DIR/load=000001/fact/part-0.parquet``; a load adds a folder and touches no other.
``current``: ``DIR/version=000001/...``, of which ``DIR/current.json`` names the one that counts (and the link ``DIR/current``, where the
system has links); the one before it stays for those who are reading it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from exporter import __version__
from exporter.errors import FormatError
from exporter.feeds.job import Options, State
from exporter.feeds.lock import locked
from exporter.feeds.parts import Form, divided, write_parts
from exporter.feeds.streams import ahead
from exporter.feeds.target import Target
from exporter.files import write_atomic
from exporter.model import Taxonomy
from exporter.store.schema import SCHEMA_VERSION
from exporter.store.supply import AUDIT, FEED_TABLES, Check, Checking, Mode, Supply, Tables, check_of, check_sql
from exporter.store.views import duckdb_views, duckdb_wide

_STAGING = ".staging"
_POINTER = "current.json"
_PARTED = ("fact", "fact_current")
_PREFIX: Mapping[Mode, str] = {"history": "load", "current": "version"}


@dataclass
class Folder:
    """See ``job.Destination``."""

    target: Target
    root: Path
    form: Form
    partition: str
    engine: duckdb.DuckDBPyConnection
    _tables: Tables = field(default_factory=lambda: FEED_TABLES["history"])
    _mode: Mode = "history"
    _shown: str = "load=*"
    _past: str = ""
    _found: dict[str, Check] = field(default_factory=dict)

    @property
    def checking(self) -> Checking:
        """As its form is compared."""
        return self.form.checking

    @property
    def _staging(self) -> Path:
        return self.root / _STAGING

    def state(self) -> State | None:
        """As ``Destination.state``."""
        pointer = self.root / _POINTER
        manifests = [pointer] if pointer.exists() else sorted(self.root.glob("load=*/manifest.json"))
        if not manifests:
            return None
        newest = self._manifest(manifests[-1])
        if newest.get("form") != self.form.name:
            raise FormatError(f"{self.target.shown}: holds {newest.get('form')} files; name an empty folder")
        if newest["mode"] == "current":
            self._tables, self._shown = FEED_TABLES["current"], f"version={newest['number']:06d}"
        return State(newest["schema_version"], newest["mode"], newest["last_load"], newest["number"], newest.get("store_past", ""))

    def published(self, table: str) -> Check:
        """As ``Destination.published``."""
        return self._check(table, f"{self.root}/{self._shown}")

    def start(self, supply: Supply, state: State | None) -> None:
        """As ``Destination.start``."""
        self._tables, self._mode, self._past = supply.tables, supply.mode, supply.past(supply.last_load())
        self.clear()
        for path in self.root.glob(f"version={(state.number if state else 0) + 1:06d}"):  # made, but never pointed at
            shutil.rmtree(path)
        self._staging.mkdir()

    def stage(self, table: str, rows: pa.RecordBatchReader) -> None:
        """As ``Destination.stage``. Facts are divided by the partition."""
        column = self.partition if table in _PARTED and self.partition != "none" else ""
        pieces = ahead(divided(ahead(rows), column))  # reading, dividing and writing at the same time
        write_parts(self.form, self._staging / table, rows.schema, pieces)

    def staged(self, table: str) -> Check:
        """As ``Destination.staged``: the files are read back."""
        self._found[table] = self._check(table, str(self._staging))
        return self._found[table]

    def publish(self, audit: pa.Table, taxonomies: Sequence[Taxonomy]) -> None:
        """Audit, manifest, views, and the rename."""
        write_parts(self.form, self._staging / "load_audit", audit.schema, divided(audit.to_batches(), ""))
        row = audit.slice(0, 1).to_pylist()[0]
        name = f"{_PREFIX[self._mode]}={row['load_number']:06d}"
        manifest = self._manifest_of(row, name)
        write_atomic(self._staging / "manifest.json", manifest)
        write_atomic(self.root / "views.sql", self._views(taxonomies))
        os.rename(self._staging, self.root / name)
        if self._mode == "current":
            self._point(name, manifest)

    def reject(self, audit: pa.Table) -> None:
        """As ``Destination.reject``; a folder keeps no audit of what it never held."""
        self.clear()

    def clear(self) -> None:
        """Drop what was staged, by a killed loader perhaps."""
        if self._staging.exists():
            shutil.rmtree(self._staging)

    def _point(self, name: str, manifest: str) -> None:
        write_atomic(self.root / _POINTER, manifest)
        link = self.root / ".current.tmp"
        with suppress(OSError, NotImplementedError):  # a system without links: the pointer is enough
            link.unlink(missing_ok=True)
            link.symlink_to(name, target_is_directory=True)
            os.replace(link, self.root / "current")
        for old in sorted(self.root.glob("version=*"))[:-2]:
            shutil.rmtree(old)

    def _manifest(self, path: Path) -> dict[str, Any]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {**found, **{name: int(found[name]) for name in ("schema_version", "last_load", "number")}, "mode": str(found["mode"])}
        except (ValueError, KeyError, TypeError) as error:
            raise FormatError(f"{path}: is no manifest of a feed; name an empty folder") from error

    def _manifest_of(self, row: Mapping[str, Any], folder: str) -> str:
        tables = {
            name: {"rows": self._found[name].rows, "checksum": self._found[name].checksum, "columns": dict(columns)}
            for name, columns in self._tables.items()
        }
        head = {
            "schema_version": SCHEMA_VERSION, "form": self.form.name, "mode": self._mode, "number": row["load_number"],
            "after_load": row["after_load"], "last_load": row["last_load"], "folder": folder, "partition": self.partition,
            "written_by": __version__, "store_past": self._past, "tables": tables,
        }  # fmt: skip
        return json.dumps(head, indent=1) + "\n"

    def _views(self, taxonomies: Sequence[Taxonomy]) -> str:
        """For DuckDB, started in this folder: tables over the files, and all views over these."""
        inside = "load=*" if self._mode == "history" else "current"
        tables = {**self._tables, "load_audit": AUDIT}
        made = [f"CREATE VIEW {name} AS SELECT {', '.join(c)} FROM {self.form.source(f'{inside}/{name}', c)}" for name, c in tables.items()]
        statements = (*made, *duckdb_views(history=self._mode == "history"), *duckdb_wide(*taxonomies))
        return "".join(f"{statement};\n" for statement in statements)

    def _check(self, table: str, inside: str) -> Check:
        columns = self._tables[table]
        sql = f"SELECT {check_sql(table, columns, self.form.checking)} FROM {self.form.source(f'{inside}/{table}', columns)}"
        try:
            return check_of(self.engine.execute(sql).fetchall()[0])
        except duckdb.Error as error:
            told = f"{table} cannot be read back ({' '.join(str(error).split())[:200]})"
            raise FormatError(f"{self.target.shown}: {told}; restore it, or name an empty folder") from error


def opener(form: Form) -> Callable[[Target, Options], Any]:
    """The ``open`` of a destination that consists of such files."""

    @contextmanager
    def open_folder(target: Target, options: Options) -> Iterator[Folder]:
        root = Path(target.location)
        if root.exists() and not root.is_dir():
            raise FormatError(f"{target.shown}: is not a folder; name another target")
        with duckdb.connect(":memory:", config={"memory_limit": "1GB", "python_enable_replacements": False}) as engine:
            folder = Folder(target, root, form, options.partition, engine)
            if options.dry_run:
                yield folder
                return
            with locked(root, options.wait), _cleared(folder):
                yield folder

    return open_folder


@contextmanager
def _cleared(folder: Folder) -> Iterator[None]:
    """Nothing stays aside; what the system refuses is told in one line."""
    try:
        yield
    except OSError as error:
        told = f"cannot be written ({error.strerror or error}); nothing of this load was published"
        raise FormatError(f"{folder.target.shown}: {told}: make room, then run again") from error
    finally:
        with suppress(OSError):
            folder.clear()
