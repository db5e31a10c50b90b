"""A real PostgreSQL under stress: killed on either side, watched by a reader, asked by two, entered with a wrong word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import bulk
import duckdb
import pytest
from handmade import figure, report, taxonomy
from helpers import ROOT, exporter
from pgserver import IN_URL, PASSWORD, Server

from exporter.errors import FormatError
from exporter.feeds import Options, load
from exporter.feeds.target import Target
from exporter.store import FactStore
from exporter.store.supply import FEED_TABLES

pytestmark = pytest.mark.judge
SCHEMA = "stress"
FIRST, SECOND = 4, 60  # documents of 500 facts: enough to be caught amid a statement
SMALL, ALL = FIRST * bulk.PER_DOCUMENT, (FIRST + SECOND) * bulk.PER_DOCUMENT
LOADER = ["-m", "exporter", "load", "--schema", SCHEMA, "--store"]


@pytest.fixture
def clean(postgres: Server) -> Iterator[Server]:
    yield postgres
    postgres.start()  # where a test that failed left it killed: one failure is not those of all that follow
    postgres.ask(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A store with one load, and the same with a second, larger one."""
    folder = tmp_path_factory.mktemp("bulk")
    first = bulk.make(folder / "first.duckdb", 1, FIRST)
    second = folder / "second.duckdb"
    second.write_bytes(first.read_bytes())
    return first, bulk.make(second, 1, SECOND)


def options(wait: float = 60.0) -> Options:
    return Options(schema=SCHEMA, wait=wait)


def loader(server: Server, store: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "FEED": server.url}
    command = [sys.executable, *LOADER, str(store), "env:FEED"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def assert_equal(server: Server, store: Path) -> None:
    """Row by row, in an engine that belongs to neither."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(server.url) as there, duckdb.connect() as engine:
        engine.execute(f"ATTACH '{store}' AS here (READ_ONLY)")
        cursor = there.cursor()
        for table, columns in FEED_TABLES["history"].items():
            texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in columns)
            cursor.execute(f"SELECT {texts} FROM {SCHEMA}.{table}")
            engine.register("found", cursor.fetch_arrow_table())
            here = f"SELECT {texts} FROM here.{table}"
            found, expected = (engine.execute(f"SELECT count(*) FROM ({sql})").fetchall()[0][0] for sql in ("FROM found", here))
            assert found == expected, table
            differ = engine.execute(f"(FROM found EXCEPT ALL {here}) UNION ALL ({here} EXCEPT ALL FROM found) LIMIT 3").fetchall()
            assert differ == [], table
            engine.unregister("found")
        cursor.close()


class Reader(threading.Thread):
    """Another program that looks at the target again and again: facts of documents that are not there would be half a load."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self.done = threading.Event()
        self.seen: set[tuple[int, int, int]] = set()

    def run(self) -> None:
        told = "(SELECT coalesce(sum(fact_count), 0)::BIGINT FROM document)"
        counts = f"(SELECT count(*) FROM fact), (SELECT count(*) FROM occurrence), {told}"
        from adbc_driver_manager import Error

        while not self.done.wait(0.01):
            with suppress(OSError, Error):  # no server, no schema yet, or shut down amid the answer: nothing is seen
                self.seen.add(self._server.ask(f"SELECT {counts}", SCHEMA)[0])


@contextmanager
def watched(server: Server) -> Iterator[Reader]:
    reader = Reader(server)
    reader.start()
    try:
        yield reader
    finally:
        reader.done.set()
        reader.join(30)


def reached(server: Server, process: subprocess.Popen[str], moment: str) -> None:
    """Wait until the loader is amid such a statement."""
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query ~* '{moment}'"
    deadline = time.monotonic() + 90
    with server.asking() as ask:
        while ask(sql) == [(0,)]:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, f"never seen: {moment}"
            time.sleep(0.001)


@contextmanager
def held_at_keys(server: Server) -> Iterator[None]:
    """Building the keys of new tables is over too soon to be met by chance: the server sleeps before it."""
    slow = "IF current_query() ~* '^ALTER TABLE fact' THEN PERFORM pg_sleep(2); END IF;"
    server.ask(f"CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {slow} END $$")
    server.ask("CREATE EVENT TRIGGER held ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION slow()")
    try:
        yield
    finally:
        server.ask("DROP EVENT TRIGGER held")
        server.ask("DROP FUNCTION slow")


def kill_client(_server: Server, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)


def kill_server(server: Server, _process: subprocess.Popen[str]) -> None:
    server.stop(signal.SIGKILL)


def shut_server(server: Server, _process: subprocess.Popen[str]) -> None:
    server.stop(signal.SIGQUIT)


STAGING, MERGE = "^COPY .*occurrence", "^INSERT INTO (fact|extracted_fact|occurrence)"


@pytest.mark.parametrize(
    ("moment", "kill"), [(STAGING, kill_client), (MERGE, kill_client), (STAGING, shut_server), (STAGING, kill_server), (MERGE, kill_server)]
)
def test_killed_and_run_again(clean: Server, stores: tuple[Path, Path], moment: str, kill: Callable[..., None]) -> None:
    first, second = stores
    load(clean.url, first, options())
    before = clean.ask("SELECT count(*) FROM document", SCHEMA)
    with watched(clean) as reader:
        process = loader(clean, second)
        reached(clean, process, moment)
        kill(clean, process)
        _, err = process.communicate(timeout=90)
        assert process.returncode != 0
        if kill is not kill_client:
            assert len(err.splitlines()) == 1, err
            assert PASSWORD not in err
            assert IN_URL not in err
            clean.start()
        assert clean.ask("SELECT count(*) FROM document", SCHEMA) == before
        again = load(clean.url, second, options())
    assert all(each.agreed for each in again.tables)
    assert_equal(clean, second)
    assert load(clean.url, second, options()).rows == 0
    assert reader.seen <= {(SMALL,) * 3, (ALL,) * 3}, "a part of a load was seen"
    assert (SMALL,) * 3 in reader.seen


def test_killed_at_the_first_load(clean: Server, stores: tuple[Path, Path]) -> None:
    _, second = stores
    with watched(clean) as reader:
        for moment in ("^COPY .*extracted_fact", "^ALTER TABLE fact"):
            with held_at_keys(clean):
                process = loader(clean, second)
                reached(clean, process, moment)
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=90)
            assert clean.ask(f"SELECT to_regnamespace('{SCHEMA}') IS NULL") == [(True,)]
        load(clean.url, second, options())
    assert_equal(clean, second)
    assert reader.seen <= {(ALL,) * 3}


def test_a_second_loader_waits_or_is_refused(clean: Server, stores: tuple[Path, Path]) -> None:
    _, second = stores
    process = loader(clean, second)
    reached(clean, process, "^COPY")
    with pytest.raises(FormatError, match="another loader is at work in schema stress"):
        load(clean.url, second, options(wait=0))
    assert load(clean.url, second, options()).rows == 0  # waited, and had nothing left to do
    process.communicate(timeout=90)
    assert process.returncode == 0
    assert_equal(clean, second)


def test_a_trigger_that_drops_rows_is_noticed(clean: Server, tmp_path: Path) -> None:
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.write([report()], taxonomy())
        load(clean.url, path, options())
        clean.ask(f"CREATE RULE deaf AS ON INSERT TO {SCHEMA}.finding DO INSTEAD NOTHING")
        store.write([report(source="b", document_id="b")], taxonomy())
    with pytest.raises(FormatError, match="finding: of 2 rows 0 were taken"):
        load(clean.url, path, options())
    assert clean.ask("SELECT count(*) FROM document", SCHEMA) == [(1,)]
    clean.ask(f"DROP RULE deaf ON {SCHEMA}.finding")
    assert load(clean.url, path, options()).rows > 0
    assert_equal(clean, path)


def test_a_changed_target_is_refused(clean: Server, tmp_path: Path) -> None:
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.write([report()], taxonomy())
        load(clean.url, path, options())
        store.write([report([figure("fin:Costs", "1")], source="b", document_id="b")], taxonomy())
    clean.ask(f"UPDATE {SCHEMA}.document SET filed_at = '2000-01-01'")
    with pytest.raises(FormatError, match="was changed"):
        load(clean.url, path, options())


WRONG = "falsches-Wort"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://exporter:{word}@127.0.0.1:{port}/postgres",
        "postgresql://127.0.0.1:{port}/postgres?user=exporter&password={word}",
        "postgresql://exporter:{word}@127.0.0.1:1/postgres",
        "postgresql://exporter:{word}@127.0.0.1:{port}/nowhere",
        "postgresql://exporter:{word}@127.0.0.1:bad/postgres",
        "postgresql://exporter:{word}%zz@127.0.0.1/postgres",
        "postgresql://exporter:{word}@127.0.0.1:{port}/postgres?colour=red",
        "postgresql://exporter:{word}/{word}@127.0.0.1:{port}/postgres",
    ],
)
def test_no_secret_in_any_message(clean: Server, stores: tuple[Path, Path], url: str) -> None:
    given = url.format(word=WRONG, port=clean.port)
    with pytest.raises(FormatError) as caught:
        load(given, stores[0], options())
    assert WRONG not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)


def test_secrets_are_in_no_artefact(clean: Server, tmp_path: Path) -> None:
    """The password from a file and from the environment work, and stand nowhere afterwards."""
    with FactStore.open(tmp_path / "facts.duckdb") as store:
        store.write([report()], taxonomy())
    wrong = exporter("load", "env:FEED", "--store", "facts.duckdb", cwd=tmp_path, env={"FEED": clean.url.replace(IN_URL, WRONG)})
    assert "password authentication failed" in wrong.err
    assert WRONG not in wrong.err
    bare = clean.url.replace(f":{IN_URL}", "")
    done = exporter("load", bare, "--store", "facts.duckdb", "--schema", SCHEMA, "--json", cwd=tmp_path, env={"PGPASSWORD": PASSWORD})
    assert done.code == 0, done
    (tmp_path / "word").write_text(clean.url)
    again = exporter("load", "file:word", "--store", "facts.duckdb", "--schema", SCHEMA, cwd=tmp_path)
    assert again.out.startswith("file:word: nothing to load"), again
    told = done.out + done.err + again.out + again.err + str(clean.ask("SELECT a.*::TEXT FROM load_audit a", SCHEMA))
    assert PASSWORD not in told
    assert IN_URL not in told
    assert repr(Target("postgresql", clean.url, "x")).count(IN_URL) == 0


def test_a_schema_of_any_name_but_a_strange_one(clean: Server, stores: tuple[Path, Path]) -> None:
    with pytest.raises(FormatError, match="no name of a schema"):
        load(clean.url, stores[0], Options(schema='x"; DROP SCHEMA public; --'))


def test_the_server_is_asked_for_errors_alone(clean: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=0")
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.write([report()], taxonomy())
    clean.ask("CREATE TABLE heard (level text)")
    clean.ask(
        "CREATE FUNCTION hear() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO public.heard VALUES (current_setting('client_min_messages')); END $$"
    )
    clean.ask("CREATE EVENT TRIGGER hears ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION public.hear()")
    try:
        load(clean.url, path, options())
        assert set(clean.ask("SELECT level FROM heard")) == {("error",)}
        assert os.environ["PGOPTIONS"] == "-c statement_timeout=0"
    finally:
        clean.ask("DROP EVENT TRIGGER hears")
        clean.ask("DROP FUNCTION hear")
        clean.ask("DROP TABLE heard")
