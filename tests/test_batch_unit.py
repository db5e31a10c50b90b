"""The pure part of the batch: bytes in, Arrow tables out; and the sequences that keep a run small."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
from helpers import RELEASE

from exporter.pipeline.packed import Packed
from exporter.pipeline.unit import ReadOptions, extract, status_and_tables
from exporter.store import FactStore, prepare
from exporter.store.schema import TABLES, arrow_schema
from exporter.taxonomy import load

OPTIONS = ReadOptions(document_id="lantern")


def test_a_document_is_its_tables() -> None:
    error, tables = status_and_tables(RELEASE.encode(), "lantern.txt", load(), OPTIONS)
    assert error == ""
    assert list(tables)[-1] == "document", "the marker that it is complete comes last"
    assert {name: table.schema for name, table in tables.items()} == {name: arrow_schema(name) for name in tables}
    assert list(tables) == [name for name in TABLES if name in tables]
    assert tables["fact"].num_rows == tables["document"].column("fact_count")[0].as_py() > 10
    assert set(tables["fact"].column("load_id").to_pylist()) == {0}
    assert tables["fact"].column("recorded_at").null_count == tables["fact"].num_rows


def test_a_document_that_cannot_be_read_is_a_status_and_no_exception() -> None:
    error, tables = status_and_tables(b"\0\1" * 99, "binary.txt", load(), OPTIONS)
    assert error.startswith("binary.txt: ")
    assert tables == {}


def elsewhere(data: bytes) -> dict[str, pa.Table]:
    """What an engine on another machine would call."""
    return status_and_tables(data, "lantern.txt", load(), OPTIONS)[1]


def test_another_process_makes_the_same_tables() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(elsewhere, RELEASE.encode()).result()
    assert there == elsewhere(RELEASE.encode())


def test_what_was_prepared_elsewhere_is_stored_as_if_it_was_read_here(tmp_path: Path) -> None:
    taxonomy = load()
    report = extract(RELEASE.encode(), "lantern.txt", taxonomy, OPTIONS)
    with FactStore.open(tmp_path / "facts.duckdb") as store:
        assert store.add([pickle.loads(pickle.dumps(prepare(report)))], taxonomy) == 1
        back = store.load_report("lantern")
    for part in ("facts", "observations", "checks", "findings"):
        assert getattr(back, part) == getattr(report, part), part


def test_packed_is_the_sequence_it_was_made_of() -> None:
    items = [Path("a"), Path("b/c"), Path("d")]
    packed = Packed(items)
    assert list(packed) == items
    assert (len(packed), packed[1], packed[-1], packed[:2]) == (3, items[1], items[2], tuple(items[:2]))
    assert packed == tuple(items) == packed
    assert packed == items
    assert packed != items[:2]
    assert packed != [Path("a"), Path("b/c"), Path("x")]
    assert packed == pickle.loads(pickle.dumps(packed))
    assert hash(packed) == hash(tuple(items))
    assert not Packed([])
