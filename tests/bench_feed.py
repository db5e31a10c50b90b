"""How long a load of 1,000,000 facts takes, beside the bare writers: `python tests/bench_feed.py [FACTS]`, and at the end of `make bench`.

Seconds of the clock and of this process, best of the rounds, ours and the peer's in turns. The load reads the store, sums it, divides
the facts by fiscal year, writes, reads everything back and compares, makes keys and views; the peer writes the same rows and columns of
a table that it has in memory, into the same folder or new tables of the same server.
"""

from __future__ import annotations

import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bulk
import duckdb
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from pgserver import Server, programs, server

from exporter.feeds import Options, load
from exporter.store.supply import FEED_TABLES

ROUNDS = 3


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object], aim: float, before: Callable[[], object]) -> None:
    """Best of the rounds; ``before`` makes room for each of ours."""
    times: dict[str, list[tuple[float, float]]] = {"ours": [], "peer": []}
    for _ in range(ROUNDS):
        times["peer"].append(seconds(peer))
        before()
        times["ours"].append(seconds(ours))
    (wall, cpu), (peer_wall, peer_cpu) = (tuple(map(min, zip(*times[who], strict=True))) for who in ("ours", "peer"))
    print(
        f"{name:44} {wall:6.2f} s ({cpu:5.2f} CPU)  peer {peer_wall:5.2f} s ({peer_cpu:5.2f} CPU)  "
        f"{wall / peer_wall:5.2f} x ({cpu / peer_cpu:4.2f} CPU)  aim {aim:3.1f} x"
    )


def table(store: Path, name: str) -> pa.Table:
    """The columns that a load hands over: the store has some for itself."""
    with duckdb.connect(str(store), read_only=True) as connection:
        return connection.sql(f"SELECT {', '.join(FEED_TABLES['history'][name])} FROM {name}").to_arrow_table()


def bare_csv(facts: pa.Table, path: Path) -> None:
    for number, field in enumerate(facts.schema):
        if pa.types.is_decimal(field.type):
            facts = facts.set_column(number, field.name, facts.column(number).cast(pa.string()))
    pc.write_csv(facts, path)


def folders(store: Path, folder: Path) -> None:
    facts = table(store, "fact")
    peers: dict[str, Callable[[], object]] = {
        "parquet": lambda: pq.write_table(facts, folder / "bare.parquet", compression="zstd"),
        "csv": lambda: bare_csv(facts, folder / "bare.csv"),
    }
    for kind, peer in peers.items():
        target = folder / f"feed-{kind}"
        for partition in ("fiscal_year", "none"):
            compare(
                f"load {kind}, {facts.num_rows:,} facts, by {partition}",
                lambda kind=kind, partition=partition: load(f"{kind}:{folder / f'feed-{kind}'}", store, Options(partition=partition)),
                peer,
                2,
                lambda target=target: shutil.rmtree(target, ignore_errors=True),
            )


def ingest(running: Server, tables: dict[str, pa.Table]) -> None:
    """ADBC alone: no keys, no views, no comparison."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(running.url) as connection, connection.cursor() as cursor:
        for name, rows in tables.items():
            cursor.adbc_ingest(f"bare_{name}", rows, mode="replace")
        connection.commit()


def postgres(running: Server, store: Path, names: tuple[str, ...]) -> None:
    tables = {name: table(store, name) for name in names}
    compare(
        f"load PostgreSQL, {sum(rows.num_rows for rows in tables.values()):,} rows of {', '.join(names)}",
        lambda: load(running.url, store, Options(schema="bench")),
        lambda: ingest(running, tables),
        1.2,
        lambda: running.ask("DROP SCHEMA IF EXISTS bench CASCADE"),
    )


def run(facts: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = max(1, facts // bulk.PER_DOCUMENT)
        store = bulk.make(folder / "facts.duckdb", 1, documents, tables=("fact",))
        folders(store, folder)
        found = programs()
        if found is None:
            print("PostgreSQL: not here (apt-get install postgresql)")
            return
        with server(found) as running:
            postgres(running, store, ("fact",))
            whole = bulk.make(folder / "whole.duckdb", 1, documents // 2)
            postgres(running, whole, ("fact", "extracted_fact", "occurrence"))


def main(arguments: list[Any]) -> None:
    run(*map(int, arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
