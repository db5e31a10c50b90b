"""Streams of Arrow batches on their way: read ahead in a second thread, and without what a destination cannot hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from exporter.store.supply import NUL, REPLACEMENT

_AHEAD = 3
#: Rows of a piece that goes to PostgreSQL: less than a megabyte of most tables.
_PIECE = 2048
_Item = TypeVar("_Item")


def ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, made in a second thread while earlier ones are used: DuckDB and Arrow leave Python's lock."""
    pool = ThreadPoolExecutor(1)
    try:
        coming = deque(pool.submit(next, items, None) for _ in range(_AHEAD))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)


class Lines:
    """A few threads; what one line is handed is done in order. What fails there is raised here, at a later call or at the end."""

    def __init__(self, count: int, waiting: int) -> None:
        self._pools = [ThreadPoolExecutor(1) for _ in range(count)]
        self._undone: list[deque[Future[None]]] = [deque() for _ in range(count)]
        self._waiting = waiting
        self._last = -1

    def turn(self) -> int:
        """A line, each in its turn."""
        self._last = (self._last + 1) % len(self._pools)
        return self._last

    def do(self, line: int, work: Callable[..., None], *given: object) -> None:
        """Have it done; waits where the line is behind."""
        undone = self._undone[line]
        undone.append(self._pools[line].submit(work, *given))
        if len(undone) > self._waiting:
            undone.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            for undone in self._undone if kind is None else ():
                while undone:
                    undone.popleft().result()
        finally:
            for pool in self._pools:
                pool.shutdown(cancel_futures=True)


def for_postgresql(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows as PostgreSQL takes them, and fast: texts with U+FFFD in the place of NUL, which it refuses; no bitmap of NULLs where there
    are none; pieces that fit into the socket, so that the server works on one while the next is made."""
    for batch in batches:
        taken = pa.RecordBatch.from_arrays([_dense(_without_nul(column)) for column in batch.columns], schema=batch.schema)
        for first in range(0, len(taken), _PIECE):
            yield taken.slice(first, _PIECE)


def _dense(column: pa.Array) -> pa.Array:
    if column.null_count or column.offset:
        return column
    return pa.Array.from_buffers(column.type, len(column), [None, *column.buffers()[1:]], 0)


def _without_nul(column: pa.Array) -> pa.Array:
    data = column.buffers()[2] if pa.types.is_string(column.type) else None
    if data is None or not data.size:
        return column
    bytes_of = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    return pc.replace_substring(column, NUL, REPLACEMENT) if pc.min(bytes_of).as_py() == 0 else column
