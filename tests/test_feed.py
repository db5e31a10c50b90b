"""The contract of every destination: equal to the store, once; nothing in between, nothing that does not belong together."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bulk
import duckdb
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from handmade import ENTITY, NASTY, figure, report, taxonomy
from helpers import exporter
from pgserver import Server

from exporter import feeds
from exporter.errors import FormatError
from exporter.feeds import FEEDS, Options, load
from exporter.feeds.job import run
from exporter.feeds.lock import locked
from exporter.feeds.target import resolve
from exporter.model import Report
from exporter.store import FactStore
from exporter.store.files import create
from exporter.store.query import opened
from exporter.store.schema import arrow_type
from exporter.store.supply import FEED_TABLES as TABLES
from exporter.store.supply import Mode, Supply
from exporter.store.template import empty_store

TAXONOMY = taxonomy()
SCHEMA = "contract"


@dataclass(frozen=True)
class Place:
    """A store, and one target."""

    store: Path
    target: str
    kind: str
    server: Server | None = None

    @property
    def folder(self) -> Path:
        return Path(self.target.partition(":")[2])

    def write(self, *reports: Report) -> None:
        with FactStore.open(self.store) as store:
            store.write(reports, TAXONOMY)

    def load(self, **options: Any) -> Any:
        return load(self.target, self.store, Options(schema=SCHEMA, **options))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What another program reads from the target."""
        return self.asked([sql])[0]

    def asked(self, questions: list[str]) -> list[list[tuple[Any, ...]]]:
        if self.server:
            return [self.server.ask(sql, SCHEMA) for sql in questions]
        with duckdb.connect(*((str(self.folder), True) if self.kind == "duckdb" else ())) as connection:
            if self.kind != "duckdb":
                views = (self.folder / "views.sql").read_text(encoding="utf-8")
                connection.execute(f"SET file_search_path = '{self.folder}'; {views}")
            return [connection.execute(sql).fetchall() for sql in questions]


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.judge) if name == "postgresql" else name for name in FEEDS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    store = tmp_path / "facts.duckdb"
    if request.param == "postgresql":
        postgres: Server = request.getfixturevalue("postgres")
        yield Place(store, postgres.url, "postgresql", postgres)
        postgres.ask(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    else:
        yield Place(store, f"{request.param}:{tmp_path / 'deep' / 'target'}", request.param)


def in_store(place: Place, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(place.store), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def rows(found: list[tuple[Any, ...]], kind: str = "") -> list[tuple[Any, ...]]:
    """In one order; PostgreSQL holds no NUL."""
    changed = [tuple(v.replace("\0", "\ufffd") if kind == "postgresql" and isinstance(v, str) else v for v in row) for row in found]
    return sorted(changed, key=repr)


def assert_equal_to_the_store(place: Place, mode: Mode = "history") -> None:
    questions = [f"SELECT {', '.join(columns)} FROM {table}" for table, columns in TABLES[mode].items()]
    for table, sql, found in zip(TABLES[mode], questions, place.asked(questions), strict=True):
        here = " WHERE fact_id IN (SELECT fact_id FROM fact_current)" if mode == "current" and table == "fact_dimension" else ""
        assert rows(found) == rows(in_store(place, sql + here), place.kind), table


def hostile() -> Report:
    """Every nasty text as a label, a value, a section; every kind of figure."""
    nasty = [figure("fin:Auditor", None, kind="text", text=text, label=text, raw=text, unit="", line=n) for n, text in enumerate(NASTY, 1)]
    return report(nasty, source="nasty", document_id="nasty")


def test_loaded_twice_it_is_equal_to_the_store(place: Place) -> None:
    place.write(report(), hostile())
    first = place.load()
    assert all(each.agreed for each in first.tables)
    assert_equal_to_the_store(place)
    before = listing(place)
    second = place.load()
    assert (second.rows, second.after_load, second.last_load) == (0, 1, 1)
    assert listing(place) == before
    assert_equal_to_the_store(place)


def listing(place: Place) -> object:
    """What a load that does nothing leaves as it is."""
    if place.server:
        return place.ask("SELECT * FROM load_audit")
    if place.kind == "duckdb":
        return place.folder.read_bytes()
    return {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}


def test_only_what_is_lacking_is_loaded(place: Place) -> None:
    place.write(report())
    place.load()
    place.write(report([figure("fin:Costs", "7")], extractor="2"))  # retracts, adds
    place.write(report(source="b", document_id="b"))
    done = place.load()
    loaded = {each.table: each.source.rows for each in done.tables}
    assert (done.after_load, done.last_load) == (1, 3)
    assert (loaded["document"], loaded["fact"], loaded["dim_concept"]) == (2, 1 + len(report().facts), 0)
    assert loaded["fact_retraction"] == len(report().facts)
    assert_equal_to_the_store(place)
    audit = "SELECT load_number, after_load, last_load, rows_source, rows_target, agreed FROM load_audit WHERE table_name = 'document'"
    assert sorted(place.ask(audit)) == [(1, 0, 1, 1, 1, True), (2, 1, 3, 2, 2, True)]
    assert place.ask("SELECT count(*) FROM load_audit WHERE checksum_source <> checksum_target OR NOT agreed") == [(0,)]


def test_a_dry_run_writes_nothing(place: Place, tmp_path: Path) -> None:
    place.write(report())
    there = sorted(tmp_path.rglob("*"))
    plan = place.load(dry_run=True)
    assert {each.table: each.source.rows for each in plan.tables}["fact"] == len(report().facts)
    assert sorted(tmp_path.rglob("*")) == there
    if place.server:
        assert place.server.ask(f"SELECT to_regnamespace('{SCHEMA}') IS NULL") == [(True,)]
    place.load()
    before = listing(place)
    place.write(report(source="b", document_id="b"))
    assert place.load(dry_run=True).rows > 0
    assert listing(place) == before


def test_the_current_facts_alone(place: Place) -> None:
    """Replaced as a whole: what is no longer current is gone."""
    place.write(report())
    place.load(mode="current")
    assert_equal_to_the_store(place, "current")
    place.write(report([figure("fin:Revenues", "5", decimals=0)], source="b", document_id="b", filed_at="2023-11-15"))
    assert place.load(mode="current").rows > 0
    assert_equal_to_the_store(place, "current")
    wide = "SELECT fin_revenues, fin_costs FROM wide_income_statement WHERE period_start = '2023-04-01'"
    assert place.ask(wide) == in_store(place, wide)
    assert place.load(mode="current").rows == 0
    with pytest.raises(FormatError, match="holds --mode current"):
        place.load()


def test_the_same_views_answer_the_same(place: Place) -> None:
    place.write(report(), hostile())
    place.write(report([figure("fin:Revenues", "5", decimals=0)], source="b", document_id="b", filed_at="2023-11-15"))
    place.load()
    views = ("document_current", "fact_live", "fact_current", "fact_first_reported", "fact_history", "unresolved", "statement_cell")
    shapes = ("wide_income_statement", "sub", "num", "tag", "pre", "fact_as_of('2023-09-01')", "fact_as_recorded('2999-01-01')")
    questions = [f"SELECT * FROM {view}" for view in (*views, *shapes)]
    for sql, found in zip(questions, place.asked(questions), strict=True):
        assert rows(found) == rows(in_store(place, sql), place.kind), sql


def test_another_store_is_refused(place: Place, tmp_path: Path) -> None:
    place.write(report())
    place.load()
    other = tmp_path / "other.duckdb"
    with FactStore.open(other) as store:
        store.write([report()], TAXONOMY)
    before = listing(place)
    with pytest.raises(FormatError, match="fed by another store, or was changed"):
        load(place.target, other, Options(schema=SCHEMA))
    empty(tmp_path / "empty.duckdb")
    with pytest.raises(FormatError, match="has load 1, this store ends with 0"):
        load(place.target, tmp_path / "empty.duckdb", Options(schema=SCHEMA))
    assert listing(place) == before


def test_another_store_is_refused_where_the_target_holds_the_current_facts_alone(place: Place, tmp_path: Path) -> None:
    """Whether it ends with the same load, or has more of them: what is there would be replaced in silence."""
    place.write(report())
    place.load(mode="current")
    assert place.load(mode="current").rows == 0
    other = tmp_path / "other.duckdb"
    before = listing(place)
    for source in ("another", "a third"):
        with FactStore.open(other) as store:
            store.write([report(source=source, document_id=source)], TAXONOMY)
        with pytest.raises(FormatError, match="current in another store up to load 1"):
            load(place.target, other, Options(mode="current", schema=SCHEMA))
        assert listing(place) == before
    place.write(report(source="b", document_id="b"))  # its own goes on
    assert place.load(mode="current").rows > 0


def test_a_target_of_current_facts_that_was_changed_is_refused(place: Place) -> None:
    place.write(report())
    place.load(mode="current")
    sql = "UPDATE document_current SET filed_at = '2000-01-01'"
    if place.server:
        place.ask(sql)
    elif place.kind == "duckdb":
        with duckdb.connect(str(place.folder)) as connection:
            connection.execute(sql)
    else:
        next((place.folder / "current" / "document_current").iterdir()).unlink()
    with pytest.raises(FormatError, match=r"the target was changed|cannot be read back"):
        place.load(mode="current")


def empty(path: Path) -> None:
    create(path, empty_store(TAXONOMY))


def test_a_newer_schema_is_refused(place: Place) -> None:
    place.write(report())
    place.load()
    if place.server:
        place.ask("UPDATE feed_info SET schema_version = 99")
    elif place.kind == "duckdb":
        with duckdb.connect(str(place.folder)) as connection:
            connection.execute("UPDATE feed_info SET schema_version = 99")
    else:
        manifest = place.folder / "load=000001" / "manifest.json"
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema_version": 99}))
    place.write(report(source="b", document_id="b"))
    with pytest.raises(FormatError, match=r"loaded by a newer exporter \(schema version 99"):
        place.load()


def test_an_empty_store_loads_nothing(place: Place) -> None:
    empty(place.store)
    assert place.load().rows == 0


def test_a_missing_store_makes_no_target(place: Place, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="there is no store"):
        place.load()
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == []


class Lossy:
    """A destination that loses a row of one table on its way: what a load must notice."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def stage(self, table: str, reader: Any) -> None:
        whole = reader.read_all()
        self._inner.stage(table, (whole.slice(1) if table == "occurrence" else whole).to_reader())


@pytest.mark.parametrize("again", [False, True])
def test_a_lost_row_is_an_error_and_nothing_is_published(place: Place, again: bool) -> None:
    place.write(report())
    if again:
        place.load()
        place.write(report(source="b", document_id="b"))
    options = Options(schema=SCHEMA)
    target = resolve(place.target, FEEDS)
    with FEEDS[target.kind].load()(target, options) as destination, opened(place.store) as session:
        lossy: Any = Lossy(destination)
        with pytest.raises(FormatError, match=r"occurrence: 15 rows in the store, 14 arrived"):
            run(lossy, Supply(session, "history"), options)
    if again:
        assert place.ask("SELECT count(*) FROM document") == [(1,)]
        if place.kind in ("postgresql", "duckdb"):
            assert place.ask("SELECT table_name FROM load_audit WHERE NOT agreed") == [("occurrence",)]
    place.load()
    assert_equal_to_the_store(place)


def test_two_loaders_at_once(place: Place) -> None:
    """One loads, the other waits and finds nothing to do."""
    place.write(*(report(source=str(n), document_id=f"d{n}") for n in range(30)))
    command = [sys.executable, "-m", "exporter", "load", place.target, "--store", str(place.store), "--schema", SCHEMA]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    assert sum("nothing to load" in out for out, _ in told) == 1, told
    assert_equal_to_the_store(place)
    assert place.ask("SELECT count(DISTINCT load_number) FROM load_audit") == [(1,)]


def test_the_command(tmp_path: Path) -> None:
    with FactStore.open(tmp_path / "out" / "facts.duckdb") as store:
        store.write([report()], TAXONOMY)
    dry = exporter("load", "w.duckdb", "--dry-run", cwd=tmp_path)
    assert (dry.code, dry.out.splitlines()[-1].endswith("nothing was written")) == (0, True), dry
    done = exporter("load", "w.duckdb", "--json", cwd=tmp_path)
    told = json.loads(done.out)
    assert (done.code, told["rows"] > 0, {each["agreed"] for each in told["tables"]}) == (0, True, {True})
    again = exporter("load", "env:FEED", cwd=tmp_path, env={"FEED": "w.duckdb"})
    assert again.out == "env:FEED: nothing to load; it has everything up to load 1\n"
    other = exporter("load", "w.duckdb", "--store", "none.duckdb", cwd=tmp_path)
    assert (other.code, len(other.errors)) == (1, 1)


def test_an_entity_of_any_name(place: Place) -> None:
    place.write(report(entity=replace(ENTITY, id="cik:../../x'; --", name="\0\u202e'")))
    place.load()
    assert_equal_to_the_store(place)


# --- what other readers see -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("partition", ["fiscal_year", "entity_id", "none"])
def test_pyarrow_reads_a_folder_back_equal(tmp_path: Path, kind: str, partition: str) -> None:
    place = Place(tmp_path / "facts.duckdb", f"{kind}:{tmp_path / 'target'}", kind)
    place.write(report(), hostile(), report(source="b", document_id="b", entity=replace(ENTITY, id="cik:a/b=c")))
    place.load(partition=partition)
    folder = place.folder / "load=000001"
    for table, columns in TABLES["history"].items():
        files = sorted((folder / table).rglob(f"*.{kind}"))
        schema = pa.schema([(name, arrow_type(given)) for name, given in columns.items()])
        back = pa.concat_tables([read_by_pyarrow(path, schema) for path in files])
        assert back.schema.names == list(columns)
        expected = in_store(place, f"SELECT {', '.join(columns)} FROM {table}")
        assert rows([tuple(row.values()) for row in back.to_pylist()]) == rows(expected), table
    divided = {path.parent.name.partition("=")[0] for path in (folder / "fact").rglob(f"*.{kind}")}
    assert divided == {"fact" if partition == "none" else partition}


def read_by_pyarrow(path: Path, schema: pa.Schema) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).read()
    options = pc.ConvertOptions(column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False)
    return pc.read_csv(path, parse_options=pc.ParseOptions(newlines_in_values=True), convert_options=options)


def test_a_folder_that_a_killed_loader_left(tmp_path: Path) -> None:
    """Half a load aside, and a version that nobody points at, are cleared away; readers never saw them."""
    place = Place(tmp_path / "facts.duckdb", f"parquet:{tmp_path / 'target'}", "parquet")
    place.write(report())
    for left in (".staging/fact", "version=000001/fact"):
        (place.folder / left).mkdir(parents=True)
        (place.folder / left / "part-0.parquet").write_bytes(b"half")
    place.load(mode="current")
    assert_equal_to_the_store(place, "current")
    assert not (place.folder / ".staging").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_a_killed_loader_leaves_nothing_to_see(tmp_path: Path, kind: str) -> None:
    store = bulk.make(tmp_path / "facts.duckdb", 1, 60)
    place = Place(store, f"{kind}:{tmp_path / 'target'}", kind)
    place.folder.parent.mkdir(exist_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "exporter", "load", place.target, "--store", str(store)], stdout=subprocess.DEVNULL)
    aside = {"duckdb": tmp_path / ".target.new" / "new.duckdb", "parquet": place.folder / ".staging" / "occurrence"}[kind]
    while not aside.exists():
        assert process.poll() is None
    process.kill()
    process.wait(30)
    assert aside.exists(), "was not killed amid the load"
    assert [path.name for path in tmp_path.glob("target/*") if not path.name.startswith(".")] == []
    place.load()
    assert_equal_to_the_store(place)
    assert not aside.exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path / "facts.duckdb", f"parquet:{tmp_path / 'target'}", "parquet")
    place.write(report())
    with locked(place.folder, 0), pytest.raises(FormatError, match="another loader is at work there"):
        place.load(wait=0)
    assert place.load().rows > 0


def test_the_same_store_gives_the_same_bytes(tmp_path: Path) -> None:
    names = ("parquet", "csv", "parquet", "csv")
    places = [Place(tmp_path / "facts.duckdb", f"{kind}:{tmp_path / str(n)}", kind) for n, kind in enumerate(names)]
    places[0].write(report(), hostile())
    made: list[dict[str, bytes]] = []
    for place in places:
        place.load()
        made.append({str(path.relative_to(place.folder)): path.read_bytes() for path in place.folder.rglob("*") if path.is_file()})
    assert made[:2] == made[2:]


# --- targets and their secrets ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kind", "shown"),
    [
        ("duckdb:a/b.db", "duckdb", "duckdb:a/b.db"),
        ("a/b.duckdb", "duckdb", "a/b.duckdb"),
        ("csv:/x", "csv", "csv:/x"),
        ("postgresql://u:secret@h/d", "postgresql", "postgresql://u:***@h/d"),
        ("postgres://h/d?user=u&password=secret&x=1", "postgresql", "postgres://h/d?user=u&password=***&x=1"),
        ("env:FEED", "postgresql", "env:FEED"),
        ("file:word", "postgresql", "file:word"),
    ],
)
def test_targets(given: str, kind: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEED", "postgresql://u:secret@h/d")
    (tmp_path / "word").write_text("# where\npostgresql://u:secret@h/d\n")
    target = resolve(given, FEEDS)
    assert (target.kind, target.shown) == (kind, shown)
    assert "secret" not in repr(target)
    told = target.clean("bad token secret\nat postgresql://u:secret@h/d")
    assert ("secret" in told, "\n" in told) == (kind != "postgresql", False)


@pytest.mark.parametrize("given", ["", "out", "s3://bucket", "duckdb:", "env:NOT_SET", "file:none", "mysql://u:secret@h/d", "postgresql:x"])
def test_what_is_no_target(given: str) -> None:
    with pytest.raises(FormatError) as caught:
        resolve(given, FEEDS)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_target_is_wrong_usage(tmp_path: Path) -> None:
    told = exporter("load", "mysql://u:secret@h/d", cwd=tmp_path)
    assert (told.code, "secret" in told.err, "no target; write duckdb:FILE" in told.err) == (2, False, True), told
    assert exporter("load", "env:NOT_SET", cwd=tmp_path).code == 1


def test_a_target_that_cannot_be(tmp_path: Path) -> None:
    with FactStore.open(tmp_path / "facts.duckdb") as store:
        store.write([report()], TAXONOMY)
    (tmp_path / "text").write_text("no database, no folder")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as connection:  # with the storage version that DuckDB takes by itself
        connection.execute("create table theirs (a int)")
    files = ("duckdb:other.duckdb", "duckdb:text", "duckdb:text/inside.duckdb", "duckdb:facts.duckdb", "facts.duckdb")
    for target in (*files, "parquet:text", "csv:text/inside"):
        told = exporter("load", target, "--store", "facts.duckdb", cwd=tmp_path)
        assert (told.code, len(told.errors), "Traceback" in told.err) == (1, 1, False), told
        assert target.partition(":")[2].split("/")[0] in told.err
        assert "--store" not in told.err, told.err
        assert "damaged" not in told.err, "a file of somebody else is whole"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_manager", None)
    monkeypatch.delitem(sys.modules, "exporter.feeds.postgresql", raising=False)
    with pytest.raises(FormatError, match=r"run: pip install 'exporter\[postgres\]'"):
        load("postgresql://localhost/x", tmp_path / "facts.duckdb")


def test_every_destination_is_a_file_and_a_registry_line() -> None:
    folder = Path(feeds.__file__).parent
    assert all((folder / f"{name}.py").is_file() and entry.module == f"exporter.feeds.{name}" for name, entry in FEEDS.items())
    assert [name for name in FEEDS if name not in (folder.parents[1] / "docs" / "feed.md").read_text(encoding="utf-8")] == []
