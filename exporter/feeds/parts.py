"""A table as files of some form: one, or one a value of a column, in folders as Hive names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from exporter.feeds.streams import Lines
from exporter.store.supply import Checking

#: Rows of a part that go into one file before it is the turn of the next: a large part is written by all lines.
_TURN = 131072
#: Rows that wait at a time, of all parts: beyond it the largest heap is written, so that memory does not grow with the table.
_HELD = 262144
#: Files open at a time: beyond it the oldest is closed, and its partition goes on in a further file.
_OPEN = 64
#: Threads that write, and groups that may wait for each. Both stand in no file's bytes but for the files that a large part has.
_LINES, _WAITING = 2, 2
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
    ``checking``: how what was written is compared with the store; ``group``: rows that are put together before they are written."""

    name: str
    suffix: str
    writer: Callable[[Path, pa.Schema], Writer]
    source: Callable[[str, Mapping[str, str]], str]
    checking: Checking
    group: int


def write_parts(form: Form, folder: Path, schema: pa.Schema, pieces: Iterable[tuple[str, pa.RecordBatch]]) -> None:
    """Write what ``divided`` gives below ``folder``. A table without rows is a file too."""
    parts = _Parts(form, folder, schema)
    with closing(parts), Lines(_LINES, _WAITING) as lines:
        for part, piece in pieces:
            parts.add(lines, part, piece)
        parts.finish(lines)


class _File:
    """One file, opened when it gets its first rows; always by the same line."""

    def __init__(self, line: int, open_writer: Callable[[], Writer]) -> None:
        self.line = line
        self._open = open_writer
        self._writer: Writer | None = None

    def write(self, rows: pa.Table) -> None:
        self._writer = self._writer or self._open()
        self._writer.write_table(rows)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class _Parts:
    """What is written where is decided here, by the order of the rows alone; the lines only do it."""

    def __init__(self, form: Form, folder: Path, schema: pa.Schema) -> None:
        self._form, self._folder, self._schema = form, folder, schema
        self._files: dict[tuple[str, int], _File] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._rows: dict[str, int] = {}
        self._held = 0
        self._written: dict[str, int] = {}
        self._made: dict[str, int] = {}

    def add(self, lines: Lines, part: str, piece: pa.RecordBatch) -> None:
        self._waiting.setdefault(part, []).append(piece)
        self._rows[part] = self._rows.get(part, 0) + len(piece)
        self._held += len(piece)
        if self._rows[part] >= self._form.group:
            self._flush(lines, part)
        while self._held > _HELD:
            self._flush(lines, max(self._rows, key=self._rows.__getitem__))

    def finish(self, lines: Lines) -> None:
        """Write what waits, complete the files."""
        for part in list(self._waiting):
            self._flush(lines, part)
        if not self._made:
            self._write(lines, "", self._schema.empty_table())
        for file in self._files.values():
            lines.do(file.line, file.close)

    def close(self) -> None:
        """Let go of the files, however it ended."""
        while self._files:
            self._files.popitem()[1].close()

    def _flush(self, lines: Lines, part: str) -> None:
        self._held -= self._rows.pop(part)
        self._write(lines, part, pa.Table.from_batches(self._waiting.pop(part), self._schema))

    def _write(self, lines: Lines, part: str, rows: pa.Table) -> None:
        before = self._written.get(part, 0)
        self._written[part] = before + len(rows)
        file = self._file(lines, part, before // _TURN % _LINES)
        lines.do(file.line, file.write, rows)

    def _file(self, lines: Lines, part: str, turn: int) -> _File:
        if (part, turn) not in self._files:
            if len(self._files) >= _OPEN:
                oldest = self._files.pop(next(iter(self._files)))
                lines.do(oldest.line, oldest.close)
            number = self._made.get(part, 0)
            self._made[part] = number + 1
            folder = self._folder / part
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"part-{number}{self._form.suffix}"
            self._files[part, turn] = _File(lines.turn(), lambda: self._form.writer(path, self._schema))
        return self._files[part, turn]


def divided(batches: Iterable[pa.RecordBatch], column: str) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of each value of a column, with the name of their folder; ``column`` "": undivided. The column stays in the rows."""
    for batch in batches:
        if not column:
            yield "", batch
            continue
        found = batch.column(column).dictionary_encode("encode")
        order = pc.sort_indices(found.indices)  # stable: rows of a value stay in their order
        first = 0
        for value, count in zip(found.dictionary, pc.value_counts(found.indices).field("counts").to_pylist(), strict=True):
            rows = batch if count == len(batch) else batch.take(order.slice(first, count))
            yield f"{column}={_named(value.as_py())}", rows
            first += count


def _named(value: Any) -> str:
    return _NULL if value is None else quote(str(value), safe="")
