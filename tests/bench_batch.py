"""How fast many documents go, and how much memory they take: `make bench ARGS=batch` (variants of a labelled release),
`ARGS=facts` (Python-made facts into the store) and `ARGS=ten` (questions to ten million facts: 600 MB in the temporary folder,
minutes). A second word is a count: `ARGS="batch 2000"`. Nothing is asserted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from many import write_many

from exporter.ingest import tables
from exporter.model import Period, Taxonomy
from exporter.store import FactStore, Prepared
from exporter.store.schema import TABLES, arrow_schema
from exporter.taxonomy import load

ROOT = Path(__file__).resolve().parents[1]
COMPILED = not tables.__file__.endswith(".py")  # the installed build, as in the rest of the bench
_RUN = """
import json, resource, sys, time
from pathlib import Path
from exporter.pipeline import Options, expand, run
if __name__ == "__main__":
    folder, out, jobs, formats = sys.argv[1:]
    begun = time.monotonic()
    results = run(expand([folder]), Path(out), None, Options(jobs=int(jobs), formats=tuple(formats.split(","))))
    wall = time.monotonic() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({
        "wall": wall, "done": sum(result.status == "done" for result in results),
        "cpu": [one.ru_utime + one.ru_stime for one in used], "peak": [one.ru_maxrss / 1024 for one in used],
    }))
"""


def run_over(folder: Path, out: Path, jobs: int, formats: str) -> dict[str, Any]:
    command = [sys.executable, "-c", _RUN, str(folder), str(out), str(jobs), formats]
    source = {} if COMPILED else {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=out.parent, env={**os.environ, **source})
    told: dict[str, Any] = json.loads(done.stdout)
    minute = told["done"] / told["wall"] * 60
    cpu = sum(told["cpu"]) / told["done"] * 1000
    print(
        f"{told['done']:5} releases, {jobs} jobs, {formats:13} {minute:6.0f} a minute; CPU {cpu:4.0f} ms a release, of it the writer "
        f"{told['cpu'][0] / told['done'] * 1000:3.0f}; peak {told['peak'][0]:4.0f} MB, a worker {told['peak'][1]:4.0f}",
        flush=True,
    )
    return told


def batch(count: int) -> None:
    """Aims on two free cores: 600 a minute with XBRL, CSV and store, 400 with the workbook; two jobs 1.6 times one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_many(folder / "few", max(count // 10, 1))
        write_many(folder / "many", count)
        few = run_over(folder / "few", folder / "few-out", 2, "xbrl,csv")
        one = run_over(folder / "few", folder / "one-out", 1, "xbrl,csv")
        two = run_over(folder / "many", folder / "many-out", 2, "xbrl,csv")
        run_over(folder / "few", folder / "book-out", 2, "xbrl,xlsx,csv")
        print(f"two jobs: {two['done'] / two['wall'] / (one['done'] / one['wall']):.2f} times one (aim 1.6)")
        print(f"peak for {count}: {max(two['peak']) / max(few['peak']):.2f} times that for {max(count // 10, 1)} (aim 1.2)")


# --- Python-made facts ------------------------------------------------------------------------------

_CONSTANT = {
    "label_as_reported": "Revenue from contracts with customers", "period_type": "duration", "unit_id": "iso4217:CNY", "dims_id": "none",
    "dims_json": "[]", "value_kind": "numeric", "num_exact": True, "decimals": -3, "is_nil": False, "approximate": False, "basis": "gaap",
    "scenario": "actual", "origin": "reported", "filed_at": "2023-08-15", "load_id": 0, "fiscal_year": 2023, "fiscal_period": "Q2",
}  # fmt: skip
_CONCEPTS, _QUARTERS = 125, 40


def made(entities: range, taxonomy: Taxonomy) -> list[Prepared]:
    """5,000 facts for each entity, a document each: every concept at every quarter."""
    return [_document(number, taxonomy) for number in entities]


def quarter(number: int) -> date:
    return date(2014, 3, 31) + timedelta(days=91 * number)


def _document(number: int, taxonomy: Taxonomy) -> Prepared:
    count = _CONCEPTS * _QUARTERS
    key, entity, ids = f"{number:032x}", f"cik:{number:010}", os.urandom(32 * count).hex()
    values = [f"{number * 1000 + n}.25" for n in range(count)]
    columns: dict[str, list[object]] = {
        "fact_id": [ids[64 * n : 64 * n + 32] for n in range(count)],
        "series_id": [ids[64 * n + 32 : 64 * n + 64] for n in range(count)],
        "concept_id": [f"fin:Concept{n // _QUARTERS:03}" for n in range(count)],
        "period_start": [quarter(n % _QUARTERS) - timedelta(days=90) for n in range(count)],
        "period_end": [quarter(n % _QUARTERS) for n in range(count)],
        "value_lexical": list(values),
        "value_num": list(values),
    }
    constant = {**_CONSTANT, "document_key": key, "entity_id": entity}
    fact = _table("fact", count, columns, constant)
    told = {
        "document_id": f"d{number}", "document_key": key, "load_id": 0, "entity_id": entity, "entity_version": key,
        "filed_at": "2023-08-15", "filed_at_source": "option", "extractor_version": "bench", "taxonomy_hash": taxonomy.hash,
        "fact_count": count, "occurrence_count": 0, "source_sha256": key * 2, "media": "text/plain", "encoding": "utf-8",
    }  # fmt: skip
    extraction = (key, "bench", taxonomy.hash, entity, "2023-08-15", "option", f"d{number}")
    return Prepared(extraction, {"fact": _stream(fact), "document": _stream(_table("document", 1, {}, told))})


def _table(name: str, count: int, columns: dict[str, list[object]], constant: dict[str, Any]) -> pa.Table:
    """Columns of Python values as Arrow; decimals come as text, and are cast exactly."""
    arrays = []
    for field in arrow_schema(name):
        if field.name in columns:
            text = pa.types.is_decimal(field.type)
            array = pa.array(columns[field.name], pa.string() if text else field.type)
            arrays.append(array.cast(field.type) if text else array)
        else:
            arrays.append(pa.repeat(pa.scalar(constant.get(field.name), field.type), count))
    return pa.Table.from_arrays(arrays, schema=arrow_schema(name))


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def facts(count: int) -> None:
    """Aim: 500,000 facts a second into the store. The peer is DuckDB's bare insert of the same Arrow table into a new file."""
    taxonomy = load()
    begun = time.process_time()
    prepared = made(range(count // (_CONCEPTS * _QUARTERS)), taxonomy)
    print(f"{count:,} facts of Python lists as Arrow: CPU {time.process_time() - begun:.2f} s")
    with tempfile.TemporaryDirectory() as name:
        stored = Path(name, "facts.duckdb")
        mine = _timed("FactStore.add", count, lambda: _add(stored, prepared, taxonomy))
        table = pa.concat_tables([each.table("fact") for each in prepared])
        bare = _timed("DuckDB's bare insert", count, lambda: _bare(Path(name, "bare.duckdb"), table))
        print(f"{'ratio':24} {mine / bare:.2f}; {stored.stat().st_size / 2**20 / (count / 1e6):.0f} MB a million facts")


def _timed(name: str, count: int, work: Callable[[], object]) -> float:
    cpu, wall = time.process_time(), time.monotonic()
    work()
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    print(f"{name:24} CPU {cpu:.2f} s ({count / cpu:,.0f} a second), wall {wall:.2f} s ({count / wall:,.0f} a second)", flush=True)
    return cpu


def _add(path: Path, prepared: list[Prepared], taxonomy: Taxonomy) -> None:
    with FactStore.open(path) as store:
        store.add(prepared, taxonomy)


def _bare(path: Path, table: pa.Table) -> None:
    with duckdb.connect(str(path), config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE fact ({', '.join(f'{column} {kind}' for column, kind in TABLES['fact'].items())})")
        connection.from_arrow(table).insert_into("fact")


def ten(millions: int) -> None:
    """Aims at ten million facts: a point in 5 ms, an entity's concepts by period in 30."""
    taxonomy = load()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "facts.duckdb")
        entities = 1_000_000 // (_CONCEPTS * _QUARTERS)
        for number in range(millions):
            _add(path, made(range(number * entities, (number + 1) * entities), taxonomy), taxonomy)
        print(f"{millions} million facts: {path.stat().st_size / 2**20:.0f} MB")
        entity, concept, end = f"cik:{millions * entities // 2:010}", "fin:Concept077", quarter(17)
        point = f"entity_id = '{entity}' AND concept_id = '{concept}' AND period_end = DATE '{end}'"
        of_entity = f"SELECT concept_id, period_end, value_num FROM {{}} WHERE entity_id = '{entity}'"
        pivot = f"PIVOT ({of_entity}) ON period_end USING first(value_num)"
        with duckdb.connect(str(path), read_only=True, config={"threads": 2}) as connection:
            for source in ("fact", "fact_live", "fact_current"):
                _best(f"point, {source}", lambda source=source: connection.execute(f"SELECT * FROM {source} WHERE {point}").fetchall(), 5)
                _best(f"pivot, {source}", lambda source=source: connection.execute(pivot.format(source)).fetchall(), 30)
        with FactStore.open(path, read_only=True) as store:
            start = end - timedelta(days=90)
            asked = entity, concept, Period(end, start)
            with store.reading():
                _best("FactStore.facts, a point, all", lambda: store.facts(*asked, vintage="all"), 5)
                _best("FactStore.facts, a point, current", lambda: store.facts(*asked), 5)
            _best("the same, the file opened each time", lambda: store.facts(*asked), 5)


def _best(name: str, work: Callable[[], Any], aim: int) -> None:
    times = []
    for _ in range(9):
        wall, cpu = time.monotonic(), time.process_time()
        work()
        times.append(((time.monotonic() - wall) * 1000, (time.process_time() - cpu) * 1000))
    best, cpu = min(wall for wall, _ in times), min(cpu for _, cpu in times)
    print(f"{name:34} best {best:7.1f} ms  (CPU {cpu:7.1f} ms)  aim {aim:3} ms", flush=True)


#: What the first word of ARGS may be, and the count where no second word says another.
PARTS: dict[str, tuple[Callable[[int], None], int]] = {"batch": (batch, 200), "facts": (facts, 1_000_000), "ten": (ten, 10)}


if __name__ == "__main__":
    work, usual = PARTS[sys.argv[1]]
    work(int(sys.argv[2]) if len(sys.argv) > 2 else usual)
