"""A table as files of some form: one, or one a value of a column, in folders as Hive names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from exporter.store.supply import Checking

#: A row group of this size is read well by every engine; smaller pieces of a partition are put together first.
_GROUP = 131072
#: Files open at a time: beyond it the oldest is closed, and its partition goes on in a further file.
_OPEN = 64
_NULL = "__HIVE_DEFAULT_PARTITION__"


class Writer(Protocol):
    """A file that takes tables, as pyarrow's writers do."""

    def write_table(self, table: pa.Table) -> None:
        """Append rows."""

    def close(self) -> None:
        """Complete the file."""


@dataclass(frozen=True, slots=True)
class Form:
    """``suffix`` of the files; ``writer(path, schema)``; ``source(folder, columns)``: how DuckDB reads all files below a folder;
    ``checking``: how what was written is compared with the store."""

    name: str
    suffix: str
    writer: Callable[[Path, pa.Schema], Writer]
    source: Callable[[str, Mapping[str, str]], str]
    checking: Checking


def write_parts(form: Form, folder: Path, schema: pa.Schema, pieces: Iterable[tuple[str, pa.RecordBatch]]) -> None:
    """Write what ``divided`` gives below ``folder``. A table without rows is a file too."""
    parts = _Parts(form, folder, schema)
    try:
        for part, piece in pieces:
            parts.add(part, piece)
        parts.finish()
    finally:
        parts.close()


class _Parts:
    def __init__(self, form: Form, folder: Path, schema: pa.Schema) -> None:
        self._form, self._folder, self._schema = form, folder, schema
        self._writers: dict[str, Writer] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._made: dict[str, int] = {}

    def add(self, part: str, piece: pa.RecordBatch) -> None:
        waiting = self._waiting.setdefault(part, [])
        waiting.append(piece)
        if sum(each.num_rows for each in waiting) >= _GROUP:
            self._flush(part)

    def finish(self) -> None:
        """Write what waits."""
        for part in list(self._waiting):
            self._flush(part)
        if not self._made:
            self._writer("").write_table(self._schema.empty_table())

    def close(self) -> None:
        while self._writers:
            self._writers.popitem()[1].close()

    def _flush(self, part: str) -> None:
        self._writer(part).write_table(pa.Table.from_batches(self._waiting.pop(part), self._schema))

    def _writer(self, part: str) -> Writer:
        if part not in self._writers:
            if len(self._writers) >= _OPEN:
                self._writers.pop(next(iter(self._writers))).close()
            number = self._made.get(part, 0)
            self._made[part] = number + 1
            folder = self._folder / part
            folder.mkdir(parents=True, exist_ok=True)
            self._writers[part] = self._form.writer(folder / f"part-{number}{self._form.suffix}", self._schema)
        return self._writers[part]


def divided(batches: Iterable[pa.RecordBatch], column: str) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of each value of a column, with the name of their folder; ``column`` "": undivided. The column stays in the rows."""
    for batch in batches:
        values = batch.column(column) if column else pa.nulls(batch.num_rows)
        found = pc.unique(values)
        for value in found:
            rows = batch if len(found) == 1 else batch.filter(pc.equal(values, value) if value.is_valid else pc.is_null(values))
            yield f"{column}={_named(value.as_py())}" if column else "", rows


def _named(value: Any) -> str:
    return _NULL if value is None else quote(str(value), safe="")
