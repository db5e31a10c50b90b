"""The store: what is written comes back equal, nothing is updated in place, and every breakdown is one clear line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from handmade import CLOSE, ENTITY, NASTY, QUARTER, TRANSLATION, figure, figures, report, taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import StoreError
from exporter.identity import canonical, fact_id, series_id
from exporter.model import Aspects, CheckResult, Observation, Period, Place, Report
from exporter.store import SCHEMA_VERSION, FactStore
from exporter.store.frozen import freeze, thaw
from exporter.store.rows import known_from

ROOT = Path(__file__).resolve().parents[1]
TAXONOMY = taxonomy()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.duckdb"


def stored(path: Path, *reports: Report) -> FactStore:
    store = FactStore.open(path)
    store.write(reports, TAXONOMY)
    return store


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What another program reads from the file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def in_another_process(code: str, *arguments: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)


# --- identity ---------------------------------------------------------------------------------------

ASPECTS = Aspects("cik:1", "fin:Revenues", QUARTER, "iso4217:CNY")


@pytest.mark.parametrize(
    "changed",
    [
        {"entity": "cik:2"}, {"concept": "fin:Costs"}, {"period": CLOSE}, {"unit": "iso4217:USD"}, {"dimensions": TRANSLATION},
        {"kind": "range"}, {"basis": "non_gaap"}, {"scenario": "guidance"}, {"rate_date": date(2023, 6, 30)},
    ],
)  # fmt: skip
def test_every_aspect_is_in_the_series(changed: dict[str, Any]) -> None:
    assert series_id(ASPECTS._replace(**changed)) != series_id(ASPECTS)
    assert set(Aspects._fields) >= changed.keys()


def test_the_ids_stay_what_they_are() -> None:
    """Users join on them: a changed hash orphans every store."""
    series = series_id(ASPECTS)
    assert series == "541afc609788c274c6b42b54d91c6bf2"
    assert fact_id("k" * 32, series, value=Decimal("3.40"), decimals=2) == "fb996434c03c6ec2325c5effd4941e00"


def test_the_order_of_dimensions_is_not_in_the_series() -> None:
    pairs = (("a:A", "a:M"), ("b:B", "b:M"))
    assert series_id(ASPECTS._replace(dimensions=pairs)) == series_id(ASPECTS._replace(dimensions=pairs[::-1]))


def test_a_text_cannot_imitate_a_separator() -> None:
    assert fact_id("k", "s", text='a",null,"b') != fact_id("k", "s", text="a", decimals=None)
    assert fact_id("k", "s", low=Decimal(1)) != fact_id("k", "s", high=Decimal(1)) != fact_id("k", "s", value=Decimal(1))
    assert fact_id("k", "s", nil=True) != fact_id("k", "s")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None))
def test_canonical_is_exact_and_one(value: Decimal) -> None:
    text = canonical(value)
    assert text is not None
    assert Decimal(text) == value
    assert "E" not in text
    assert canonical(Decimal(text + (".000" if "." not in text else "000"))) == text


# --- round trip -------------------------------------------------------------------------------------


#: A relation that fails by more digits than a column holds, and one that cannot be tested.
CHECKS = (
    CheckResult(
        "c" * 32, "total-costs", "sums", "fails", Decimal("3.40"), Decimal("0.12345678951"), Decimal("1E+3"), Decimal("0.005"),
        "a line is missing", ("1:9", "2:9"), (report().fact_ids[0], None),
    ),
    CheckResult("d" * 32, "growth", "growth", "not_checkable", None, None, None, None, "no base", ("3:9",), (None,)),
)  # fmt: skip


def test_a_report_comes_back_equal(path: Path) -> None:
    written = report(checks=CHECKS)
    with stored(path, written) as store:
        back = store.load_report("sample")
        assert store.load_report(written.document.key) == back
    for field in fields(Report):
        assert getattr(back, field.name) == getattr(written, field.name), field.name
    # Decimals that are equal may print otherwise: 3.40 must stay 3.40.
    assert repr(back.facts[4].value) == "Decimal('3.40')"
    assert repr(back) == repr(written)


def test_the_file_alone_is_enough(path: Path) -> None:
    stored(path, report()).close()
    assert sorted(p.name for p in path.parent.iterdir()) == ["facts.duckdb"]
    with FactStore.open(path, read_only=True) as store:
        assert store.load_report("SAMPLE") == report()
        assert store.load_taxonomy("hand-made-1") == TAXONOMY


TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=20))
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))
PERIODS = st.builds(lambda a, b, instant: Period(max(a, b), None if instant else min(a, b)), DAYS, DAYS, st.booleans())
NUMBERS = st.one_of(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers(-(10**40), 10**40).map(Decimal))
SMALL = st.integers(1, 2**31 - 1)
OBSERVATIONS = st.builds(
    Observation, place=st.builds(Place, SMALL, SMALL, SMALL, SMALL, st.none() | SMALL, st.none() | SMALL, st.none() | SMALL), raw=TEXTS,
    label=TEXTS, section=st.lists(TEXTS, max_size=3).map(tuple), statement=st.sampled_from(["", "operating"]),
    concept=st.none() | st.sampled_from(["fin:Revenues", "fin:Cash"]), period=st.none() | PERIODS,
    unit=st.none() | st.sampled_from(["iso4217:CNY", "iso4217:CNY/xbrli:shares"]),
    dimensions=st.sampled_from([(), TRANSLATION]), printed=st.none() | NUMBERS, sign=st.sampled_from([1, -1]),
    decimals=st.none() | st.integers(-20, 20), scale=st.integers(-2, 12), text=st.none() | TEXTS, low=st.none() | NUMBERS,
    high=st.none() | NUMBERS, bound=TEXTS, qualifier=TEXTS, kind=st.sampled_from(["numeric", "text", "date", "range"]),
    basis=st.sampled_from(["gaap", "operating"]), scenario=st.sampled_from(["actual", "guidance"]), rate_date=st.none() | DAYS,
    reason=TEXTS, candidates=st.lists(TEXTS, max_size=2).map(tuple),
)  # fmt: skip

RESULTS = st.builds(
    CheckResult, check_id=TEXTS, rule=TEXTS, family=TEXTS, verdict=st.sampled_from(["exact", "fails"]), left=st.none() | NUMBERS,
    right=st.none() | NUMBERS, difference=st.none() | NUMBERS, tolerance=st.none() | NUMBERS, reason=TEXTS,
    inputs=st.lists(TEXTS, max_size=3).map(tuple), facts=st.lists(st.none() | TEXTS, max_size=3).map(tuple),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(OBSERVATIONS, max_size=6), st.lists(RESULTS, max_size=3), TEXTS)
def test_any_report_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, observations: list[Observation], results: list[CheckResult], text: str
) -> None:
    entity = replace(ENTITY, name=text, names=(text,), identifiers={text: text}, fiscal_year_end=None, shares_per_ads=None)
    written = report(observations, text=text * 3, entity=entity, period=None, checks=tuple(results))
    with stored(tmp_path_factory.mktemp("store") / "a.duckdb", written) as store:
        assert store.load_report("sample") == written


def test_the_taxonomy_comes_back_equal() -> None:
    assert thaw(freeze(TAXONOMY)) == TAXONOMY
    with pytest.raises(StoreError, match="damaged"):
        thaw("{")
    with pytest.raises(StoreError, match="plain data"):
        freeze(replace(TAXONOMY, hash="other", lexicon={"x": object()}))


# --- what lies in the file --------------------------------------------------------------------------


def test_numbers_are_exact_or_marked(path: Path) -> None:
    stored(path, report())
    found = {lexical: (value, exact) for value, lexical, exact in rows(path, "SELECT value_num, value_lexical, num_exact FROM fact")}
    assert found["7165584000.50"] == (Decimal("7165584000.50"), True)
    assert found["0.290"] == (Decimal("0.290"), True)
    # DuckDB would round the first to nine places in silence; the second has more digits than the column.
    assert found["0.12345678951"] == (None, False)
    assert found["9" * 35] == (None, False)
    assert found["12000"] == (Decimal(12000), True)  # canonical sign, printed in brackets


def test_checks_can_be_asked_for_in_sql(path: Path) -> None:
    stored(path, report(checks=CHECKS))
    found = rows(path, "SELECT rule_id, verdict, left_num, right_num, difference, tolerance FROM check_result ORDER BY position")
    assert found == [
        ("total-costs", "fails", Decimal("3.4"), None, Decimal(1000), Decimal("0.005")),
        ("growth", "not_checkable", None, None, None, None),
    ]


def test_nil_zero_and_range_are_three_things(path: Path) -> None:
    base = figures()
    stored(path, report(base))
    assert rows(path, "SELECT value_num, value_low, value_high, num_exact FROM fact WHERE value_kind = 'range'") == [
        (None, Decimal("1e9"), None, True)
    ]
    assert rows(path, "SELECT is_nil, count(*) FROM fact WHERE value_num = 0 GROUP BY is_nil") == [(False, 1)]


def test_columns_and_views(path: Path) -> None:
    stored(path, report())
    assert rows(path, "SELECT axis, member FROM fact_dimension") == list(TRANSLATION)
    assert rows(path, "SELECT dims_id, dims_json FROM fact WHERE dims_id = 'none' LIMIT 1") == [("none", "[]")]
    assert rows(path, "SELECT fiscal_year, fiscal_period, period_start FROM fact WHERE concept_id = 'fin:Cash'") == [(2023, "Q2", None)]
    assert rows(path, "SELECT reason FROM unresolved ORDER BY position") == [("no alias",), ("no unit",)]
    assert rows(path, "SELECT count(*) FROM fact_current WHERE unit_id = 'iso4217:USD'") == [(0,)]  # a convenience translation
    counts = rows(path, "SELECT documents, facts_read, facts_added, facts_retracted, occurrences FROM load_audit")
    facts = len(report().facts)
    assert counts == [(1, facts, facts, 0, len(report().observations))]
    assert rows(path, "SELECT us_gaap FROM dim_concept WHERE concept_id = 'fin:Revenues'") == [("Revenues",)]
    assert rows(path, "SELECT numerator, denominator FROM dim_unit WHERE denominator <> ''") == [("iso4217:CNY", "fin:ADS")]


def test_current_keeps_the_most_precise_and_yields_to_a_restatement(path: Path) -> None:
    exact = report([figure("fin:Revenues", "3914316000")], source="a", document_id="a", filed_at="2023-08-15")
    rounded = report([figure("fin:Revenues", "3900000000", decimals=-8)], source="b", document_id="b", filed_at="2023-11-15")
    stored(path, exact, rounded)
    assert rows(path, "SELECT value_num FROM fact_current") == [(Decimal(3914316000),)]
    restated = report([figure("fin:Revenues", "3814316000")], source="c", document_id="c", filed_at="2024-03-15")
    stored(path, restated)
    assert rows(path, "SELECT value_num FROM fact_current") == [(Decimal(3814316000),)]
    assert rows(path, "SELECT value_num FROM fact_first_reported") == [(Decimal(3914316000),)]


def test_known_from_is_the_end_of_the_filing_day() -> None:
    info = report().document
    assert str(known_from(info)) == "2023-08-16 00:00:00"
    assert str(known_from(replace(info, filed_at="2023-08-15T18:30:00+08:00"))) == "2023-08-15 10:30:00"
    assert known_from(replace(info, filed_at="")) is None


def test_storage_version_is_that_of_todays_tools(path: Path) -> None:
    stored(path, report())
    # 64-bit little-endian number at byte 12 of the header: 68 is v1.5.0 (999 would be DuckDB 2.0's own).
    header = path.read_bytes()[8:20]
    assert (header[:4], int.from_bytes(header[4:], "little")) == (b"DUCK", 68)
    with duckdb.connect(str(path), read_only=True) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()
    assert tags[0][0]["storage_version"].startswith("v1.5.0")


def test_facts_are_columnar_and_exact(path: Path) -> None:
    with stored(path, report(), report(source="other", document_id="other")) as store:
        table = store.facts(concept="fin:Revenues", period=QUARTER, vintage="all")
        assert table.num_rows == 6
        assert str(table.schema.field("value_num").type) == "decimal128(38, 9)"
        assert set(store.facts(period=CLOSE).column("concept_id").to_pylist()) == {"fin:Cash", "fin:Shares"}
        assert store.facts(entity="cik:none").num_rows == 0


# --- append-only ------------------------------------------------------------------------------------


def test_a_retry_changes_nothing(path: Path) -> None:
    with stored(path, report()) as store:
        before = path.read_bytes()
        assert store.has(report().document.key, "1", "hand-made-1")
        assert not store.has(report().document.key, "2", "hand-made-1")
        assert not store.has(report().document.key, "1", "other")
        assert not store.has("0" * 32, "1", "hand-made-1")
        assert store.write([report(), report()], TAXONOMY) == 0
    with FactStore.open(path) as store:
        assert store.write([report()], TAXONOMY) == 0
    assert path.read_bytes() == before


def test_a_new_reading_keeps_equal_facts_adds_changed_ones_and_retracts_old_ones(path: Path) -> None:
    first = report([figure("fin:Revenues", "100", line=1), figure("fin:Costs", "50", line=2)])
    second = report([figure("fin:Revenues", "100", line=7, label="Moved"), figure("fin:Costs", "60", line=2)], extractor="2")
    stored(path, first)
    recorded = rows(path, "SELECT fact_id, recorded_at FROM fact WHERE value_num = 100")
    with stored(path, second) as store:
        assert store.load_report("sample") == second
        assert [d.extractor_version for d in store.documents()] == ["2"]
    assert rows(path, "SELECT fact_id, recorded_at FROM fact WHERE value_num = 100") == recorded
    assert rows(path, "SELECT value_num FROM fact ORDER BY 1") == [(50,), (60,), (100,)]
    assert rows(path, "SELECT value_num FROM fact_live ORDER BY 1") == [(60,), (100,)]
    assert rows(path, "SELECT f.value_num, r.retracted FROM fact_retraction r JOIN fact f USING (fact_id)") == [(50, True)]
    assert rows(path, "SELECT count(*) FROM source_text") == [(1,)]
    with stored(path, replace(first, document=replace(first.document, extractor_version="3"))) as store:
        assert [f.value for f in store.load_report("sample").facts] == [100, 50]
    assert rows(path, "SELECT value_num FROM fact_live ORDER BY 1") == [(50,), (100,)]
    log = "SELECT f.value_num, r.retracted FROM fact_retraction r JOIN fact f USING (fact_id) WHERE r.load_id = 3 ORDER BY 1"
    assert rows(path, log) == [(50, False), (60, True)]
    assert rows(path, "SELECT count(*), count(DISTINCT fact_id) FROM fact") == [(3, 3)]


def test_what_a_run_was_told_counts_too(path: Path) -> None:
    """Another filing date is another reading, though source, extractor and taxonomy are the same."""
    stored(path, report())
    with stored(path, report(filed_at="2023-08-16")) as store:
        assert store.load_report("sample").document.filed_at == "2023-08-16"


def test_a_changed_entity_and_text_come_back_as_they_were_read(path: Path) -> None:
    stored(path, report())
    again = report(extractor="2", text="decoded otherwise", entity=replace(ENTITY, name="New Name"))
    with stored(path, again) as store:
        assert store.load_report("sample") == again
    assert rows(path, "SELECT count(*) FROM dim_entity") == [(2,)]


def test_one_batch_or_none(path: Path) -> None:
    bad = report(source="bad", document_id="bad", text="\ud800")
    with FactStore.open(path) as store:
        with pytest.raises(StoreError, match="cannot be stored"):
            store.write([report(), bad], TAXONOMY)
        assert store.documents() == []
        assert store.write([report()], TAXONOMY) == 1
    assert [row[0] for row in rows(path, "SELECT document_id FROM document")] == ["sample"]


def test_another_taxonomy_is_refused(path: Path) -> None:
    with pytest.raises(StoreError, match="was read with taxonomy"):
        stored(path, report(taxonomy_hash="hand-made-2"))
    assert not path.exists()


# --- names ------------------------------------------------------------------------------------------


def test_names_of_documents(path: Path) -> None:
    one, two = "1" * 32, "2" * 32
    with FactStore.open(path) as store:
        assert store.claim_id("a b/ü", one) == ("a-b", None)
        assert store.claim_id("a b/ü", one) == ("a-b", None)
        name, issue = store.claim_id("A b/ü", two)
        assert name == "A-b-22222222"
        assert issue is not None
        assert issue.code == "document-name-taken"
        assert store.claim_id("A b/ü", two) == (name, issue)


def test_the_same_bytes_keep_their_name(path: Path) -> None:
    with stored(path, report()) as store:
        other = report(source="other", document_id=store.claim_id("sample", report(source="other").document.key)[0])
        assert other.document.id.startswith("sample-")
        store.write([other], TAXONOMY)
    with FactStore.open(path) as store:
        assert store.claim_id("sample", report().document.key) == ("sample", None)
        name, issue = store.claim_id("sample", other.document.key)
        assert (name, issue and issue.code) == (other.document.id, "document-name-taken")
        name, issue = store.claim_id("renamed", report().document.key)
        assert (name, issue and issue.severity) == ("sample", "info")


def test_a_name_that_another_run_took_meanwhile(path: Path) -> None:
    with FactStore.open(path) as slow:
        slow.claim_id("sample", report(source="slow").document.key)
        stored(path, report(source="quick"))
        with pytest.raises(StoreError, match="run again"):
            slow.write([report(source="slow")], TAXONOMY)
    assert rows(path, "SELECT count(*) FROM document") == [(1,)]


# --- breakdowns -------------------------------------------------------------------------------------


def one_line(caught: pytest.ExceptionInfo[StoreError], path: Path) -> str:
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 20000, b"\x00" * 20000])
def test_a_file_that_is_no_store(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for read_only in (True, False):
        with pytest.raises(StoreError) as caught:
            FactStore.open(path, read_only=read_only)
        assert "--store" in one_line(caught, path)
    assert path.read_bytes() == content


def test_a_damaged_or_cut_store(path: Path) -> None:
    stored(path, report())
    whole = path.read_bytes()
    broken = bytearray(whole)
    for at in range(12288 + 100, len(broken), 4096):
        broken[at] ^= 0xFF
    for content in (bytes(broken), whole[: len(whole) // 2], whole[:5000]):
        path.write_bytes(content)
        with pytest.raises(StoreError) as caught, FactStore.open(path) as store:
            store.load_report("sample")
        one_line(caught, path)
    path.write_bytes(whole)
    with FactStore.open(path) as store:  # the engine survived
        assert store.load_report("sample") == report()


def test_a_foreign_database_and_another_schema(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE mine (a INTEGER)")
    with pytest.raises(StoreError) as caught:
        FactStore.open(path)
    assert "no fact store" in one_line(caught, path)
    path.unlink()
    stored(path, report())
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE store_info SET schema_version = 99")
    with pytest.raises(StoreError) as caught:
        FactStore.open(path, read_only=True)
    assert f"schema version 99, this exporter reads and writes {SCHEMA_VERSION}" in one_line(caught, path)


def test_a_store_that_is_not_there(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        FactStore.open(path, read_only=True)
    assert "there is no store" in one_line(caught, path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="folder"):
        FactStore.open(tmp_path / "file" / "facts.duckdb")
    with pytest.raises(StoreError):
        FactStore.open(tmp_path)


def test_unknown_document_and_reading_only(path: Path) -> None:
    stored(path, report())
    with FactStore.open(path, read_only=True) as store:
        with pytest.raises(StoreError, match="no document nobody; stored are: sample"):
            store.load_report("nobody")
        with pytest.raises(StoreError, match="not in the store"):
            store.load_taxonomy("nothing")
        with pytest.raises(StoreError, match="reading only"):
            store.write([report()], TAXONOMY)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_a_read_only_folder_and_file(path: Path) -> None:
    """In a process without root's rights, which no permission stops."""
    stored(path, report())
    path.chmod(0o444)
    path.parent.chmod(0o555)
    code = """
        import os, sys
        from pathlib import Path
        from handmade import report, taxonomy
        from exporter.errors import StoreError
        from exporter.store import FactStore
        taxonomy()
        if os.geteuid() == 0:
            os.setgid(65534); os.setuid(65534)
        for name in sys.argv[1:]:
            try:
                FactStore.open(name).write([report(extractor="2")], taxonomy())
            except StoreError as error:
                print(error)
        print(FactStore.open(sys.argv[1], read_only=True).load_report("sample") == report())
    """
    for folder in path.parents:  # pytest's own folders are closed to others
        if folder.stat().st_uid == os.geteuid() and folder != path.parent and str(folder).startswith(("/tmp/", "/var/", "/private/")):
            folder.chmod(folder.stat().st_mode | 0o055)
    process = in_another_process(code, path, path.parent / "new.duckdb")
    lines = process.communicate(timeout=60)[0].splitlines()
    path.parent.chmod(0o755)
    assert len(lines) == 3, lines
    assert "facts.duckdb: cannot be written" in lines[0]
    assert "new.duckdb: cannot be made (Permission denied)" in lines[1]
    assert lines[2] == "True"


HOLD = """
    import sys, duckdb
    with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader"):
        print("held", flush=True)
        sys.stdin.readline()
"""


@pytest.mark.parametrize("holder", ["writer", "reader"])
def test_a_second_program_waits_and_is_told(path: Path, holder: str) -> None:
    stored(path, report())
    process = in_another_process(HOLD, path, holder)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "held\n"
    if holder == "writer":
        with pytest.raises(StoreError) as caught:
            FactStore.open(path, read_only=True, wait=0.2)
        assert "another program has the store open" in one_line(caught, path)
    else:
        with FactStore.open(path, wait=0.2) as store, pytest.raises(StoreError) as caught:
            store.write([report(extractor="2")], TAXONOMY)
        assert "another program has the store open" in one_line(caught, path)
    process.stdin.write("\n")
    process.stdin.flush()
    with FactStore.open(path, wait=30) as store:  # waits until the other is gone
        assert store.write([report(extractor="2")], TAXONOMY) == 1
    process.communicate(timeout=30)


def test_nothing_is_held_between_calls(path: Path) -> None:
    with stored(path, report()) as store:
        store.load_report("sample")
        process = in_another_process(HOLD, path, "writer")
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.communicate("\n", timeout=30)


def test_two_stores_of_one_process_take_turns(path: Path) -> None:
    with stored(path, report()) as one, FactStore.open(path) as two:
        assert two.write([report(source="b", document_id="b")], TAXONOMY) == 1
        assert one.write([report(source="c", document_id="c"), report(source="b", document_id="b")], TAXONOMY) == 1
        assert [d.id for d in one.documents()] == ["b", "c", "sample"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_run_leaves_the_store_readable(path: Path) -> None:
    """Killed at many moments of a run of small batches: what can be read is complete, and a re-run completes the rest."""
    code = """
        import sys
        from handmade import report, taxonomy
        from exporter.store import FactStore
        print("go", flush=True)
        with FactStore.open(sys.argv[1]) as store:
            for n in range(200):
                store.write([report(source=str(n), document_id=f"d{n}")], taxonomy())
    """
    for moment in (0.0, 0.03, 0.11, 0.25):
        process = in_another_process(code, path)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        if not path.exists():
            continue
        with FactStore.open(path, read_only=True) as store:
            for document in store.documents():
                assert store.load_report(document.key) == report(source=document.id[1:], document_id=document.id)
    with FactStore.open(path) as store:
        done = len(store.documents())
        assert store.write([report(source=str(n), document_id=f"d{n}") for n in range(done + 2)], TAXONOMY) == 2
    assert rows(path, "SELECT count(*), count(DISTINCT document_key) FROM document") == [(done + 2, done + 2)]
    assert [p.name for p in path.parent.glob("*.wal")] == []


# --- the history of an issuer -----------------------------------------------------------------------


def test_a_history_holds_every_print_with_its_text(path: Path) -> None:
    one, two = report(), report(source="other", document_id="other")
    with stored(path, one, two) as store:
        history = store.history()
        assert [entity.id for entity in history.entities] == [one.entity.id]
        assert history.entities[0] == one.entity
        assert sorted(filing.id for filing in history.filings) == sorted([one.document.id, two.document.id])
        prints = [printed for printed in history.prints if printed.filing == one.document.key]
        assert tuple(printed.fact for printed in prints) == one.facts
        texts = {(o.place.line, o.place.column): o.raw for o in one.observations}
        assert all(printed.raw == texts[printed.fact.place.line, printed.fact.place.column] for printed in prints)
        assert store.history([one.entity.id]) == history
        with pytest.raises(StoreError, match=r"there is no issuer cik:9; stored are: cik:"):
            store.history(["cik:9"])
