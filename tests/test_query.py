"""Questions to the store: nothing but reading, exact figures in every form, one line for whatever is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from handmade import CLOSE, ENTITY, NASTY, QUARTER, figure, report, taxonomy
from helpers import ROOT, Outcome

import exporter
from exporter.errors import QueryError, StoreError
from exporter.formats.csv import unguard
from exporter.model import Period, Report
from exporter.store import FactStore
from exporter.store.query import Limits, opened

TAXONOMY = taxonomy()
Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of each kind of fact, and a later document that restates one figure and foresees another."""
    path = tmp_path_factory.mktemp("query") / "facts.duckdb"
    later = [
        figure("fin:Revenues", "3814316000", line=1),
        figure("fin:Cash", "7165584000.50", line=2, period=CLOSE, decimals=2),
        figure("fin:Revenues", None, line=3, kind="range", low=Decimal("1.5e9"), high=Decimal("2e9"), scenario="guidance", decimals=-8),
    ]
    with FactStore.open(path) as made:
        made.write([report(), report(later, source="later", document_id="later", filed_at="2023-11-15")], TAXONOMY)
    return path


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, on the store, in its folder."""
    from exporter.cli import main

    monkeypatch.chdir(store.parent)

    def command(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as left:
            main([*map(str, arguments), "--store", str(store)])
        done = capfd.readouterr()
        assert isinstance(left.value.code, int)
        return Outcome(left.value.code, done.out, done.err)

    return command


def one_line(done: Outcome, code: int) -> str:
    assert (done.code, done.out, len(done.errors)) == (code, "", 1), done
    assert done.err.startswith("error: ")
    return done.err


# --- what a query may do ------------------------------------------------------------------------------

NOTHING_ELSE = "a query reads the store and nothing else"
REFUSED = [
    ("insert into store_info values (9, 'x')", "INSERT is refused"), ("update document set media = 'x'", "UPDATE is refused"),
    ("delete from fact", "DELETE is refused"), ("drop table fact", "DROP is refused"), ("create temp table x (a int)", "CREATE is refused"),
    ("copy fact to 'stolen.csv'", "COPY is refused"), ("export database 'stolen'", "EXPORT is refused"),
    ("attach 'x.db'", "ATTACH is refused"), ("detach store1", "DETACH is refused"), ("install httpfs", "LOAD is refused"),
    ("load httpfs", "LOAD is refused"), ("pragma version", "PRAGMA is refused"), ("set memory_limit = '9GB'", "SET is refused"),
    ("call pragma_version()", "CALL is refused"), ("checkpoint", "CALL is refused"), ("explain select 1", "EXPLAIN is refused"),
    ("prepare x as select 1", "PREPARE is refused"), ("select 1; select 2", "2 statements"), ("", "no statements"),
    ("with x as (insert into store_info values (9, 'x') returning *) from x", "read-only"),
    ("pivot fact on fiscal_period using count(*)", "ON x IN (...)"), ("select * from read_csv('/etc/passwd')", NOTHING_ELSE),
    ("select * from read_text('/etc/passwd')", NOTHING_ELSE), ("select * from glob('/*')", NOTHING_ELSE),
    ("from '/etc/passwd'", "show tables"), ("from 'https://example.org/x.parquet'", NOTHING_ELSE), ("from duckdb_secrets()", NOTHING_ELSE),
    ("select * from sniff_csv('/etc/passwd')", NOTHING_ELSE), ("select getenv('HOME')", "show tables"), ("from store", "show tables"),
    ("select", "mend the SQL"), ("selec 1", 'near "selec"'), ("from facts", 'Did you mean "fact"'),
    ("select foo from fact", "describe fact"), ("select ?", "mend the SQL"),
    ("select cast(concept_id as int) from fact", "Could not convert"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "told"), REFUSED, ids=[sql[:24] or "nothing" for sql, _ in REFUSED])
def test_what_is_more_than_reading_is_refused_in_one_line(run: Run, store: Path, sql: str, told: str) -> None:
    before = store.read_bytes()
    assert told in one_line(run("query", sql), 1)
    assert store.read_bytes() == before
    assert [path.name for path in store.parent.iterdir()] == ["facts.duckdb"]


def test_an_error_amid_the_rows_is_one_line_too(run: Run) -> None:
    done = run("query", "select cast(case when i = 90000 then 'x' else '1' end as int) as a from range(100000) r(i)", "--csv")
    assert (done.code, len(done.errors)) == (1, 1)
    assert "Could not convert string 'x'" in done.err


ENDLESS = "select count(*) from range(1000000000) a(i), range(1000000) b(j) where (i * j) % 7 = 3"


def test_a_query_that_runs_or_grows_without_end_is_stopped(run: Run) -> None:
    assert "stopped after 1 seconds" in one_line(run("query", ENDLESS, "--timeout", 1), 1)
    assert "--memory" in one_line(run("query", "select list(i) from range(300000000) r(i)", "--memory", "64MB"), 1)
    tiny = one_line(run("query", "select 1", "--memory", "1KB"), 1)
    assert "--memory" in tiny
    assert "damaged" not in tiny


def test_time_that_is_over_before_a_query_begins_stops_it_too(store: Path) -> None:
    with opened(store, limits=Limits(64 << 20, 1)) as session:
        time.sleep(1.3)
        with pytest.raises(QueryError, match="stopped after 1 seconds"):
            session.rows(ENDLESS.replace("(1000000000)", "(20000)"))  # ends in half a minute where nothing stops it


def refused(path: Path) -> str:
    with pytest.raises(StoreError) as error, opened(path):
        pass
    return str(error.value)


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    import duckdb

    (tmp_path / "text").write_text("no store")
    old = "create table store_info (schema_version int); insert into store_info values (1)"
    for name, sql in (("old", old), ("other", "create table x (a int)")):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute(sql)
    assert "there is no store" in refused(tmp_path / "nothing")
    assert "not a DuckDB file" in refused(tmp_path / "text")
    assert "schema version 1" in refused(tmp_path / "old")
    assert "no fact store" in refused(tmp_path / "other")


def test_called_wrongly(run: Run) -> None:
    assert "Give the SQL" in one_line(run("query"), 2)
    assert "Give the SQL" in one_line(run("query", "select 1", "--file", __file__), 2)
    assert "No such file" in one_line(run("query", "--file", "nothing.sql"), 2)
    assert "--limit" in one_line(run("query", "select 1", "--limit", 0), 2)


def test_two_can_ask_and_a_writer_waits_its_turn(store: Path) -> None:
    with opened(store) as first, opened(store) as second:
        assert first.rows("select count(*) from document") == second.rows("select count(*) from document") == [(2,)]
    with opened(store), pytest.raises(StoreError, match="another program"), FactStore.open(store, wait=0.1) as writer:
        writer.write([report(source="x", document_id="x")], TAXONOMY)


# --- what comes out -----------------------------------------------------------------------------------


def table_of(done: Outcome) -> list[dict[str, str]]:
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out, newline="")))


def objects_of(done: Outcome) -> list[dict[str, Any]]:
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return found


TYPES = """select 0::decimal(38,9) zero, 3.40::decimal(9,2) price, -0.000000001::decimal(38,9) tiny,
  12345678901234567890123456789::decimal(38,9) large, 12345678901234567890::hugeint whole, 18446744073709551615::ubigint most,
  true yes, null nothing, '' empty, date '2023-06-30' as day, timestamp '2023-06-30 10:00:00' moment,
  timestamptz '2023-06-30 10:00:00+08' zoned, [1.50, 2] list, {'a': 1.5::decimal(9,2), 'b': 'x'} struct, 'ab'::blob bytes,
  'x'::enum('x', 'y') choice, 1.5::double double, 'nan'::double nan, 1 as same, 2 as same"""
EXACT = {
    "zero": "0", "price": "3.4", "tiny": "-0.000000001", "large": "12345678901234567890123456789", "whole": "12345678901234567890",
    "most": "18446744073709551615", "yes": "true", "nothing": "", "empty": "", "day": "2023-06-30", "moment": "2023-06-30T10:00:00",
    "zoned": "2023-06-30T02:00:00Z", "list": '["1.50", "2.00"]', "struct": '{"a": "1.50", "b": "x"}', "bytes": "YWI=", "choice": "x",
    "double": "1.5", "nan": "nan", "same": "1", "same_1": "2",
}  # fmt: skip


def test_every_type_is_exact_in_csv(run: Run) -> None:
    done = run("query", TYPES, "--csv")
    assert table_of(done) == [EXACT]
    assert done.out.endswith("\r\n")
    assert ',true,,"",' in done.out  # NULL is nothing, an empty text is quoted
    assert done.err == "note: double, nan: binary floating point, as / and avg give it, and not exact; cast it to DECIMAL(38,9)\n"


def test_every_type_is_exact_in_json(run: Run) -> None:
    (row,) = objects_of(run("query", TYPES, "--json"))
    bare = {"yes": True, "nothing": None, "whole": 12345678901234567890, "most": 18446744073709551615, "double": 1.5}
    nested = {"same": 1, "same_1": 2, "list": ["1.50", "2.00"], "struct": {"a": "1.50", "b": "x"}}
    assert row == {**EXACT, **bare, **nested}


def test_decimals_of_the_store_are_never_binary(run: Run) -> None:
    found = objects_of(run("query", "select distinct value_num from fact where concept_id = 'fin:Cash'", "--json"))
    assert found == [{"value_num": "7165584000.5"}]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("text", [text for text in NASTY if "\x00" not in text and "\ufffe" not in text], ids=repr)
def test_hostile_text_stays_text(run: Run, text: str) -> None:
    sql = f"select {quoted(text)} as t, 1 as n"
    (row,) = table_of(run("query", sql, "--csv"))
    assert row["t"] == text or unguard(row["t"]) == text
    assert not row["t"].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    shown = run("query", sql, "--json")
    assert objects_of(shown) == [{"t": text, "n": 1}]
    assert not any(ord(c) < 32 or c in "\x7f\u202e" for c in shown.out.replace("\n", ""))
    plain = run("query", sql, "--table").out
    assert not any(ord(c) < 32 or c in "\x7f\u202e" for c in plain.replace("\n", ""))


def test_a_hostile_column_name(run: Run) -> None:
    done = run("query", 'select 1 as "=cmd|x", 2 as "a,""b"""', "--csv")
    assert done.out == "'=cmd|x,\"a,\"\"b\"\"\"\r\n1,2\r\n"


def test_negative_numbers_as_text_are_no_formula(run: Run) -> None:
    assert run("query", "select '-12.5' as a, '-x' as b", "--csv").out == "a,b\r\n-12.5,'-x\r\n"


def test_no_column_is_lost_to_another_of_its_name(run: Run) -> None:
    assert objects_of(run("query", "select 1 a, 2 a, 3 a_1, 4 a", "--json")) == [{"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}]
    assert objects_of(run("query", "select 1 a, 2 a", "--json", "--limit", 1)) == [{"a": 1, "a_1": 2}]


def test_a_lone_null_is_a_row(run: Run) -> None:
    assert table_of(run("query", "select null as a from range(3)", "--csv")) == [{"a": ""}] * 3


def test_nothing_found(run: Run) -> None:
    assert run("query", "select 1 as a where false", "--csv").out == "a\r\n"
    assert objects_of(run("query", "select 1 as a where false", "--json")) == []
    assert run("query", "select 1 as a where false", "--table").out == "a\n-\n"


def test_a_table_for_people(run: Run) -> None:
    sql = "select 'total 营业' as label, 1234567.50::decimal(38,9) as value union all select repeat('x', 99), null"
    done = run("query", sql, "--table")
    assert done.out.splitlines() == [
        f"label{' ' * 61}value",
        f"{'-' * 60}  {'-' * 9}",
        f"total 营业{' ' * 50}  1234567.5",
        f"{'x' * 59}…       NULL",
    ]


def test_no_figure_is_cut_in_a_table(run: Run) -> None:
    digits = "-" + "1234567890" * 9 + ".5"
    assert run("query", f"select '{digits}' as value", "--table").out.splitlines()[-1] == digits
    assert "9" * 35 in run("facts", "--concept", "fin:Costs", "--vintage", "all", "--table").out


def test_a_long_table_says_that_there_is_more(run: Run) -> None:
    done = run("query", "select i from range(1001) r(i)", "--table")
    assert len(done.out.splitlines()) == 1002
    assert "first 1000 rows" in done.err
    assert run("query", "select i from range(1000) r(i)", "--table").err == ""
    more = run("query", "select i from range(1001) r(i)", "--table", "--limit", 1001)
    assert (len(more.out.splitlines()), more.err) == (1003, "")


def test_limit_and_the_short_ways_to_say_select(run: Run) -> None:
    assert len(table_of(run("query", "from fact_live", "--csv", "--limit", 3))) == 3
    assert {"name": "fact"} in table_of(run("query", "show tables", "--csv"))
    assert table_of(run("query", "describe fact", "--csv"))[0]["column_name"] == "fact_id"
    assert table_of(run("query", "values (1)  -- a comment", "--csv")) == [{"col0": "1"}]
    assert table_of(run("query", "pivot fact on fiscal_period in ('Q2') using count(*) group by scenario", "--csv"))


def command(store: Path, *arguments: object, text: bytes = b"", shell: str = "") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own; ``shell``: what to pipe it into."""
    words = [sys.executable, "-m", "exporter", "query", *map(str, arguments), "--store", str(store)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    given: Any = ["bash", "-c", f'"$@" {shell}', "bash", *words] if shell else words
    return subprocess.run(given, cwd=store.parent, input=text, capture_output=True, env=env, timeout=120, check=False)


def test_sql_from_standard_input_and_from_a_file(store: Path, tmp_path: Path, run: Run) -> None:
    done = command(store, "-", "--json", text="select '营业' as a".encode())
    assert (done.returncode, json.loads(done.stdout)) == (0, [{"a": "营业"}])
    (tmp_path / "q.sql").write_text("-- mine\nselect 1 as a;\n", encoding="utf-8")
    assert run("query", "--file", tmp_path / "q.sql", "--csv").out == "a\r\n1\r\n"
    (tmp_path / "marked.sql").write_bytes(b"\xef\xbb\xbfselect 2 as a")
    assert run("query", "--file", tmp_path / "marked.sql", "--csv").out == "a\r\n2\r\n"
    (tmp_path / "latin.sql").write_bytes(b"select '\xe9'")
    assert "not UTF-8" in one_line(run("query", "--file", tmp_path / "latin.sql"), 2)
    broken = command(store, "-", text=b"select '\xe9'")
    assert (broken.returncode, broken.stdout, broken.stderr.count(b"\n")) == (2, b"", 1)
    assert "not UTF-8" in one_line(run("query", "select '\udce9'"), 1)


def test_csv_is_the_form_where_nobody_looks_and_a_closed_pipe_is_no_error(store: Path) -> None:
    done = command(store, "select i as a from range(2000000) r(i)", shell="| head -n 2")
    assert (done.stdout, done.stderr) == (b"a\r\n0\r\n", b"")


@pytest.mark.parametrize("wait", [0.5, 1.0, 3.0, 3.5])
def test_interrupted_is_one_line(store: Path, wait: float) -> None:
    """Pressed once: Python alone stayed deaf in a third of the runs, as the engine does not come back to it."""
    begun = "import sys; import duckdb, pyarrow; from exporter.cli import main; print('begun', flush=True); main(sys.argv[1:])"
    words = [sys.executable, "-c", begun, "query", ENDLESS, "--store", str(store)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        time.sleep(wait)
        running.send_signal(signal.SIGINT)
        try:
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    done = Outcome(running.returncode, out, err)  # after ^C click begins a new line
    assert (done.code, done.out, len(done.errors)) == (130, "", 1)
    assert done.errors[0].startswith("error: interrupted")


def test_a_million_rows_in_constant_memory(store: Path) -> None:
    """The peak is that of a thousand rows and a few batches more; all rows at once would be over 100 MB more."""
    code = (
        "import resource, sys\nfrom exporter.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )

    def peak(rows: int) -> tuple[int, int]:
        sql = f"select i, i::decimal(38,9) / 1 as d, 'some text ' || i as t, repeat('y', 60) as u from range({rows}) r(i)"
        words = [sys.executable, "-c", code, "query", sql, "--csv", "--store", str(store)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(words, capture_output=True, env=env, timeout=120, check=True)
        return done.stdout.count(b"\n"), int(done.stderr.split()[-1])

    small, large = peak(1000), peak(1_000_000)
    assert (small[0], large[0]) == (1001, 1_000_001)
    assert large[1] < small[1] + 80_000


# --- facts --------------------------------------------------------------------------------------------


def test_facts_by_concept_and_period(run: Run) -> None:
    found = table_of(run("facts", "--concept", "fin:Revenues", "--period", "2023Q2", "--unit", "CNY", "--csv"))
    assert [(row["value"], row["value_low"], row["scenario"], row["document_id"], row["locator"]) for row in found] == [
        ("3814316000", "", "actual", "later", "1:9"),
        ("", "1500000000", "guidance", "later", "3:9"),
    ]


def test_facts_as_they_were_known(run: Run) -> None:
    def value(*more: str) -> list[str]:
        usual = ("--concept", "fin:Revenues", "--scenario", "actual", "--unit", "CNY", "--period", "2023Q2", "--csv")
        return [row["value"] for row in table_of(run("facts", *usual, *more))]

    assert value() == ["3814316000"]
    assert value("--as-of", "2023-08-15") == ["3914316000"]
    assert value("--as-of", "2023-08-14") == []
    assert value("--as-of", "2023-08-16T07:59:59+08:00") == []  # a filing day is known from its end, UTC
    assert value("--as-of", "2023-08-16T08:00:00+08:00") == ["3914316000"]
    assert value("--as-of", "2023-11-15") == ["3814316000"]
    assert value("--vintage", "first") == ["3914316000"]
    assert value("--vintage", "first", "--as-of", "2023-08-01") == []
    assert value("--vintage", "all") == ["3914316000", "3814316000"]
    assert value("--vintage", "all", "--as-of", "2023-09-01") == ["3914316000"]


def test_facts_are_sorted_whatever_is_asked(run: Run) -> None:
    for more in ((), ("--limit", 5), ("--table",), ("--vintage", "all"), ("--as-of", "2024-01-01")):
        found = run("facts", "--csv", *more) if "--table" not in more else run("facts", *more)
        shown = [line.split(",")[1] if "--table" not in more else line.split("  ")[0] for line in found.out.splitlines()]
        names = [name for name in shown if name.startswith("fin:")]
        assert len(names) >= 5
        assert names == sorted(names)


def test_facts_as_the_store_stood(run: Run) -> None:
    assert table_of(run("facts", "--recorded-by", "2001-01-01", "--csv")) == []
    assert table_of(run("facts", "--recorded-by", "2999-01-01", "--csv")) == table_of(run("facts", "--csv"))
    assert "vintage current only" in one_line(run("facts", "--recorded-by", "2999-01-01", "--vintage", "all"), 2)


def test_a_translation_is_asked_for_by_name(run: Run) -> None:
    axis = "fin:TranslationAxis"
    found = table_of(run("facts", "--dimension", f"{axis}=fin:ConvenienceMember", "--vintage", "all", "--csv"))
    assert [(row["value"], row["unit_id"], row["dimensions"]) for row in found] == [
        ("539807000", "iso4217:USD", f"{axis}=fin:ConvenienceMember")
    ]
    assert table_of(run("facts", "--dimension", axis, "--vintage", "all", "--csv")) == found
    assert found[0] not in table_of(run("facts", "--dimension", "none", "--vintage", "all", "--csv"))
    assert "ask for the vintage all" in one_line(run("facts", "--dimension", axis), 2)


def test_values_that_no_column_holds_are_there_in_full(run: Run) -> None:
    found = {row["value"] for row in objects_of(run("facts", "--vintage", "all", "--json"))}
    assert {"9" * 35, "0.12345678951", "3.40", "7165584000.50", "0.290", "0", None} <= found


@pytest.mark.parametrize("name", ["cik:0000000042", "Lantern & Harbour <Holdings>", "lantern", "LNHB", "nyse:lnhb"])
def test_an_entity_by_any_of_its_names(run: Run, name: str) -> None:
    assert table_of(run("facts", "--entity", name, "--csv", "--limit", 1))[0]["entity_id"] == ENTITY.id


def test_a_concept_by_pattern_or_without_its_prefix(run: Run) -> None:
    assert {row["concept_id"] for row in table_of(run("facts", "--concept", "fin:C*", "--csv"))} == {"fin:Costs", "fin:Cash"}
    assert {row["concept_id"] for row in table_of(run("facts", "--concept", "revenues", "--csv"))} == {"fin:Revenues"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--concept", "fin:Revenus"], "fin:Revenus: no such concept in FILE; nearest: fin:Revenues"),
        (["--concept", "fin:Zz*"], "fin:Zz*: no such concept in FILE; "),
        (["--entity", "Lanten"], "Lanten: no such entity in FILE; nearest: cik:0000000042 (Lantern & Harbour <Holdings>)"),
        (["--document", "smple"], "smple: no such document in FILE; nearest: sample"),
    ],
)
def test_what_the_store_does_not_know_is_named_with_the_nearest(run: Run, store: Path, arguments: list[str], told: str) -> None:
    assert one_line(run("facts", *arguments), 1).startswith("error: " + told.replace("FILE", str(store)))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--period", "2023Q5"], ["--period", "2023"], ["--period", "Q2"], ["--period", "2023Q1..2023H1"], ["--period", "2023Q4..2023Q1"],
        ["--period", "2023-02-30"], ["--period", "2023Q1.."], ["--as-of", "2023"], ["--as-of", "2023-08-15T10:00:00"], ["--as-of", "soon"],
        ["--dimension", "x"], ["--dimension", "fin:A="], ["--vintage", "last"], ["--scenario", "hoped"],
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(run: Run, arguments: list[str]) -> None:
    assert "--help" in one_line(run("facts", *arguments), 2)


def test_an_empty_answer_is_no_error(run: Run) -> None:
    done = run("facts", "--concept", "fin:Revenues", "--period", "1999Q1", "--json")
    assert (done.code, json.loads(done.out), len(done.errors)) == (0, [], 1)
    assert done.err.startswith("no fact in ")


def test_facts_for_people(run: Run) -> None:
    done = run("facts", "--concept", "fin:Revenues", "--scenario", "guidance", "--table")
    assert "2023-04-01..2023-06-30  CNY   1500000000 to 2000000000        -8  guidance" in done.out
    assert "NULL" not in done.out


# --- from Python --------------------------------------------------------------------------------------


def facts(store: Path, **given: Any) -> pa.Table:
    with exporter.FactStore.open(store, read_only=True) as opened_store:
        return opened_store.facts(**given)


def numbers(store: Path, **given: Any) -> list[Decimal | None]:
    found: list[Decimal | None] = facts(store, **given).column("value_num").to_pylist()
    return found


def test_the_example_of_the_readme(store: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = text.split("with exporter.FactStore")[1].split("```")[0]
    known: dict[str, Any] = {"exporter": exporter}
    exec(f"with exporter.FactStore{code}".replace("out/facts.duckdb", store.as_posix()), known)
    assert set(known["table"].column("concept_id").to_pylist()) == {"fin:Revenues"}
    assert str(known["table"].schema.field("value_num").type) == "decimal128(38, 9)"


def test_from_python_as_of_and_vintage(store: Path) -> None:
    usual: dict[str, Any] = {"concept": "fin:Revenues", "period": QUARTER, "unit": "iso4217:CNY", "scenario": "actual"}
    assert numbers(store, **usual) == [Decimal(3814316000)]
    assert numbers(store, **usual, as_of=date(2023, 8, 15)) == [Decimal(3914316000)]
    assert numbers(store, **usual, as_of=datetime(2023, 8, 15, 23, 59, tzinfo=UTC)) == []
    assert numbers(store, **usual, vintage="first") == [Decimal(3914316000)]
    assert numbers(store, **usual, vintage="all") == [Decimal(3914316000), Decimal(3814316000)]
    assert numbers(store, **usual, vintage="all", document="sample") == [Decimal(3914316000)]
    assert numbers(store, concept="fin:None") == []


def test_as_the_store_stood(tmp_path: Path) -> None:
    """A reading error, corrected by a later extraction: what the store said before is still to be had."""
    path = tmp_path / "facts.duckdb"
    wrong, right = (report([figure("fin:Revenues", value)], extractor=value) for value in ("900", "90"))
    with FactStore.open(path) as made:
        made.write([wrong], TAXONOMY)
        time.sleep(0.01)
        between = datetime.now(UTC)  # noqa: TID251
        time.sleep(0.01)
        made.write([right], TAXONOMY)
    assert numbers(path) == [Decimal(90)]
    assert numbers(path, recorded_by=between) == [Decimal(900)]
    assert numbers(path, recorded_by=between, as_of="2023-08-15") == [Decimal(900)]
    assert numbers(path, recorded_by=between - timedelta(days=1)) == []
    with pytest.raises(QueryError, match="vintage current"):
        numbers(path, vintage="all", recorded_by=between)


@pytest.mark.parametrize("given", [{"as_of": "x"}, {"as_of": datetime(2023, 1, 1)}, {"vintage": "last"}, {"period": "2023Q9"}])  # noqa: DTZ001
def test_what_cannot_be_read_is_a_query_error(store: Path, given: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        facts(store, **given)


def day(text: str) -> date:
    return date.fromisoformat(text)


PERIODS = {
    name: Period(day(end), day(start) if start else None)
    for name, start, end in (
        ("Q1", "2022-04-01", "2022-06-30"), ("Q2", "2022-07-01", "2022-09-30"), ("Q3", "2022-10-01", "2022-12-31"),
        ("Q4", "2023-01-01", "2023-03-31"), ("H1", "2022-04-01", "2022-09-30"), ("9M", "2022-04-01", "2022-12-31"),
        ("FY", "2022-04-01", "2023-03-31"), ("Q1 close", "", "2022-06-30"), ("FY close", "", "2023-03-31"),
        ("next", "2023-04-01", "2023-06-30"),
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def fiscal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An issuer whose year ends in March: fiscal 2023 began in April 2022."""
    path = tmp_path_factory.mktemp("fiscal") / "facts.duckdb"
    shown = [
        figure("fin:Cash" if period.start is None else "fin:Revenues", str(n + 1), line=n + 1, period=period)
        for n, period in enumerate(PERIODS.values())
    ]
    entity = replace(ENTITY, fiscal_year_end=(3, 31))
    written: Report = report(shown, entity=entity)
    with FactStore.open(path) as made:
        made.write([written], TAXONOMY)
    return path


@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        ("2023Q1", {"Q1", "Q1 close"}), ("2023Q4", {"Q4", "FY close"}), ("2023fy", {"FY", "FY close"}), ("2023H1", {"H1"}),
        ("2023M9", {"9M"}), ("20239M", {"9M"}), ("2023Q2..2023Q4", {"Q2", "Q3", "Q4", "FY close"}),
        ("2023Q4..2024Q1", {"Q4", "FY close", "next"}), ("2022FY..2024FY", {"FY", "FY close"}),
        ("2022-06-30", {"Q1", "Q1 close"}), ("2022-04-01..2022-12-31", {"9M"}), ("2024Q2", set()),
        (PERIODS["FY close"], {"FY close"}), (PERIODS["Q4"], {"Q4"}),
    ],
)  # fmt: skip
def test_periods_are_fiscal(fiscal: Path, period: str | Period, wanted: set[str]) -> None:
    found = facts(fiscal, period=period)
    columns = (found.column(name).to_pylist() for name in ("period_end", "period_start"))
    names = {given: name for name, given in PERIODS.items()}
    assert {names[Period(end, start)] for end, start in zip(*columns, strict=True)} == wanted


def test_limits_are_those_that_are_given(store: Path) -> None:
    with opened(store, limits=Limits(64 << 20, 0)) as session:
        assert session.rows("select current_setting('memory_limit')") == [("64.0 MiB",)]
        assert session.rows("select current_setting('enable_external_access'), current_setting('lock_configuration')") == [(False, True)]
