"""How long questions to a large store take: part of `make bench`; ``python tests/bench_asking.py 10`` asks ten million facts.

The store is the bundled sample's facts many times over, as nightly runs would write them: 16 documents a load, an issuer again after
2,000 documents.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Period
from exporter.store import FactStore
from exporter.store.files import attached
from exporter.taxonomy import load

SAMPLE = next((Path(__file__).resolve().parents[1] / "exporter" / "samples").glob("*.txt"))
ISSUERS, CHUNK = 2000, 400
ISSUER = f"cik:{777:010d}"


def make(folder: Path, facts: int) -> Path:
    """A store of about so many facts. Each document of an issuer says the same: current are those of the newest one."""
    taxonomy, path = load(), folder / "facts.duckdb"
    with FactStore.open(path) as store:
        report = read_report(SAMPLE.read_bytes(), SAMPLE.name, taxonomy, ReadOptions(document_id="sample"))
        store.write([report], taxonomy)
    count = -(-facts // len(report.facts) // CHUNK) * CHUNK
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as engine:
        engine.execute(f"ATTACH '{path}' AS s; USE s")
        for name in ("fact", "document", "fact_standing"):
            engine.execute(f"CREATE TEMP TABLE a_{name} AS FROM {name}")
        for start in range(0, count, CHUNK):
            span = f"range({start}, {start + CHUNK}) t(i)"
            numbers = f"SELECT i::INT AS i, printf('cik:%010d', i % {ISSUERS}) AS e, md5('d' || i) AS k, 2 + i // 16 AS l FROM {span}"
            numbers = f"SELECT *, {1 + start} + (row_number() OVER (ORDER BY l, e))::INT AS n FROM ({numbers})"
            engine.execute(f"CREATE OR REPLACE TEMP TABLE r AS {numbers}")
            keys = "r.k AS document_key, r.e AS entity_id"
            known = f"'doc' || r.i AS document_id, TIMESTAMP '2015-01-01' + INTERVAL (r.i // {ISSUERS} * 90) DAY AS known_from"
            engine.execute(f"INSERT INTO document BY NAME SELECT d.* REPLACE ({keys}, {known}, r.l AS load_id) FROM a_document d, r")
            bits = f"CASE WHEN r.i < {count - ISSUERS} THEN CAST(repeat('0', bit_length(s.current)) AS BIT) ELSE s.current END AS current"
            standing = f"SELECT s.* REPLACE ({keys}, {known}, {bits}, r.n AS extraction_no) FROM a_fact_standing s, r ORDER BY r.n"
            engine.execute(f"INSERT INTO fact_standing BY NAME {standing}")
            ids = "md5(f.fact_id || r.i) AS fact_id, md5(f.series_id || r.e) AS series_id, r.n AS extraction_no, r.l AS load_id"
            engine.execute(f"INSERT INTO fact BY NAME SELECT f.* REPLACE ({keys}, {ids}) FROM a_fact f, r ORDER BY r.n, f.extraction_place")
    return path


def best(work: Callable[[], object]) -> float:
    """CPU milliseconds of the best of nine."""
    times = []
    for _ in range(9):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return min(times)


def main(millions: int = 1) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = make(Path(name), millions * 1_000_000)
        with attached(path, write=False, wait=5) as connection:

            def ask(sql: str) -> float:
                return best(lambda: connection.sql(sql).to_arrow_table())

            rows = connection.sql("SELECT count(*) FROM fact").fetchall()[0][0]
            one = f"entity_id = '{ISSUER}' AND concept_id = 'fin:Revenues'"
            loads = f"load_id IN (SELECT load_id FROM document WHERE entity_id = '{ISSUER}')"
            scan = ask(f"SELECT * FROM fact WHERE {one}")
            print(f"{rows:,} facts; CPU, best of 9; peer: a scan for the same rows, {scan:.1f} ms")
            wide = "concept_id, period_end, max(value_num)"
            for told, sql in (
                ("point, table fact, loads known", f"SELECT * FROM fact WHERE {one} AND {loads}"),
                ("point, fact_live", f"SELECT * FROM fact_live WHERE {one}"),
                ("point, fact_current", f"SELECT * FROM fact_current WHERE {one}"),
                ("pivot of an issuer, fact_current", f"SELECT {wide} FROM fact_current WHERE entity_id = '{ISSUER}' GROUP BY ALL"),
            ):
                spent = ask(sql)
                print(f"{told:44} {spent:7.1f} ms  {spent / scan:5.2f} x scan")
        quarter = Period(date(2023, 6, 30), date(2023, 4, 1))
        with FactStore.open(path, read_only=True) as store:
            with store.reading():
                spent = best(lambda: store.facts(ISSUER, "fin:Revenues", quarter))
            print(f"{'FactStore.facts of one series, file held':44} {spent:7.1f} ms  {spent / scan:5.2f} x scan")
            spent = best(lambda: store.facts(ISSUER, "fin:Revenues", quarter))
            print(f"{'FactStore.facts of one series, file opened':44} {spent:7.1f} ms  {spent / scan:5.2f} x scan")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
