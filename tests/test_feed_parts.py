"""Files that two threads write: every row once, in order, the same bytes each time, and no more in memory than is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exporter.feeds import parts
from exporter.feeds.parts import Form, divided, write_parts
from exporter.feeds.streams import for_postgresql

BATCH, BATCHES = 4096, 80
SCHEMA = pa.schema([("part", pa.string()), ("number", pa.int64())])


def batches(parted: bool) -> Iterator[pa.RecordBatch]:
    """Parts a, b and none in turns; c in one batch alone."""
    for start in range(0, BATCH * BATCHES, BATCH):
        names = [("a", "b", None)[n % 3] if start else "c" for n in range(BATCH)] if parted else [""] * BATCH
        yield pa.RecordBatch.from_arrays([pa.array(names, pa.string()), pa.array(range(start, start + BATCH), pa.int64())], schema=SCHEMA)


def form(group: int, writer: Any = None) -> Form:
    made = writer or (lambda path, schema: pq.ParquetWriter(path, schema))
    return Form("parquet", ".parquet", made, lambda folder, columns: "", "rows", group)


def written(folder: Path, group: int, column: str) -> dict[str, bytes]:
    write_parts(form(group), folder, SCHEMA, divided(batches(bool(column)), column))
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.mark.parametrize("group", [1, 5000, 131072])
@pytest.mark.parametrize("column", ["", "part"])
def test_every_row_once_in_order_and_the_same_bytes(tmp_path: Path, group: int, column: str) -> None:
    first = written(tmp_path / "first", group, column)
    assert written(tmp_path / "second", group, column) == first
    folders = {"part=a", "part=b", "part=c", "part=__HIVE_DEFAULT_PARTITION__"} if column else {"."}
    assert {str(Path(name).parent) for name in first} == folders
    numbers: list[int] = []
    for name in first:
        found = pq.ParquetFile(tmp_path / "first" / name).read()
        mine = found.column("number").to_pylist()
        assert mine == sorted(mine), "rows of a file stay in their order"
        numbers += mine
        assert not column or len(set(found.column("part").to_pylist())) == 1
    assert sorted(numbers) == list(range(BATCH * BATCHES))


def test_a_large_part_is_two_files(tmp_path: Path) -> None:
    assert list(written(tmp_path, 8192, "")) == ["part-0.parquet", "part-1.parquet"]
    one = pq.ParquetFile(tmp_path / "part-1.parquet").read().column("number").to_pylist()
    assert (one[0], len(one)) == (parts._TURN, parts._TURN), "the second 131,072 rows, and no others of these"


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part by itself never fills a group: without a bound all of the table would wait."""
    monkeypatch.setattr(parts, "_HELD", 20_000)
    sizes: list[int] = []

    class Counting:
        def write_table(self, rows: pa.Table) -> None:
            sizes.append(len(rows))

        def close(self) -> None:
            pass

    rows = ((f"p{n % 9}", batch) for n, batch in enumerate(batch for _ in range(2) for batch in batches(False)))
    given = 0

    def watched() -> Iterator[tuple[str, pa.RecordBatch]]:
        nonlocal given
        for part, batch in rows:
            given += len(batch)
            yield part, batch
            in_lines = parts._LINES * (parts._WAITING + 1) * 2 * BATCH
            assert given - sum(sizes) <= 20_000 + BATCH + in_lines < BATCH * BATCHES

    write_parts(form(10**9, lambda path, schema: Counting()), tmp_path, SCHEMA, watched())
    assert sum(sizes) == given == 2 * BATCH * BATCHES
    assert len(sizes) > 9, "more pieces than parts: some were written before the end"


def test_what_fails_in_a_thread_is_raised(tmp_path: Path) -> None:
    class Full:
        def write_table(self, rows: pa.Table) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    with pytest.raises(OSError, match="No space left"):
        write_parts(form(1, lambda path, schema: Full()), tmp_path, SCHEMA, divided(batches(True), "part"))


def test_postgresql_gets_the_same_rows() -> None:
    texts = pa.array(["a", "", None, "nul \0 inside", "é"] * 1000)
    dense = pa.array(range(5000), pa.int64())
    whole = pa.RecordBatch.from_arrays([texts, dense.slice(0), texts.fill_null("x"), pa.nulls(5000, pa.string())], names=list("tdfn"))
    for batch in (whole, whole.slice(7, 4321)):
        back = pa.Table.from_batches(list(for_postgresql([batch])), batch.schema)
        back.validate(full=True)
        expected = [{k: v.replace("\0", "\ufffd") if isinstance(v, str) else v for k, v in row.items()} for row in batch.to_pylist()]
        assert back.to_pylist() == expected
