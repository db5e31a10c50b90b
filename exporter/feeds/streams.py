"""Streams of Arrow batches on their way: read ahead in a second thread, and without what a destination cannot hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from exporter.store.supply import NUL, REPLACEMENT

_AHEAD = 3
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


def without_nul(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Texts with U+FFFD in the place of NUL, which PostgreSQL refuses. What has none passes as it is."""
    for batch in batches:
        columns = [_replaced(column) if pa.types.is_string(column.type) else column for column in batch.columns]
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _replaced(column: pa.Array) -> pa.Array:
    data = column.buffers()[2]
    if data is None or NUL.encode() not in data.to_pybytes():
        return column
    return pc.replace_substring(column, NUL, REPLACEMENT)
