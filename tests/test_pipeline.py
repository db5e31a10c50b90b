"""Sources -> store -> files, in one process: what a run does with many sources, and with the same ones again."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from helpers import RELEASE, leftovers, rows, write

from exporter import checks
from exporter.errors import DocumentError, FormatError, StoreError
from exporter.formats import FORMATS
from exporter.model import Report, Taxonomy
from exporter.pipeline import STORE_NAME, Options, Result, Source, expand, export, run
from exporter.pipeline.results import RESULTS_NAME

CSV = Options(formats=("csv",))
EVERY = Options(formats=tuple(FORMATS))


def another(number: int) -> str:
    """The release with another figure."""
    return RELEASE.replace("1,450", f"1,{450 + number}")


def files(folder: Path) -> dict[str, bytes]:
    """What must be the same bytes whenever it is written: all but the store, and what tells of the run."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in (STORE_NAME, RESULTS_NAME)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def ran(folder: Path, *names: str, options: Options = CSV, out: str = "out") -> list[Result]:
    return run(expand([str(folder / name) for name in names]), folder / out, None, options)


# --- again ----------------------------------------------------------------------------------------


def test_the_second_run_is_unchanged_and_writes_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    (first,) = ran(tmp_path, "lantern.txt", options=EVERY)
    before = files(tmp_path / "out")
    (second,) = ran(tmp_path, "lantern.txt", options=EVERY)
    assert (first.status, second.status) == ("done", "unchanged")
    assert files(tmp_path / "out") == before
    assert len(before) > 8
    same = ("source", "document_id", "error", "facts", "occurrences", "unresolved", "findings", "paths")
    assert [getattr(second, name) for name in same] == [getattr(first, name) for name in same]
    assert not leftovers(tmp_path)


def test_the_second_run_mends_files_that_were_changed_or_lost(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    ran(tmp_path, "lantern.txt")
    before = files(tmp_path / "out")
    (tmp_path / "out/lantern/facts.csv").write_text("spoilt")
    (tmp_path / "out/lantern/occurrences.csv").unlink()
    assert ran(tmp_path, "lantern.txt")[0].status == "unchanged"
    assert files(tmp_path / "out") == before


def test_another_filing_date_reads_anew(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    dates = []
    for given, status in (("", "done"), ("2023-08-20", "done"), ("2023-08-20", "unchanged"), ("", "done")):
        (result,) = ran(tmp_path, "lantern.txt", options=Options(formats=("csv",), filed_at=given))
        assert result.status == status, given
        dates.append({row["filed_at"] for row in rows(tmp_path / "out/lantern/facts.csv")})
    assert dates == [{"2023-08-15"}, {"2023-08-20"}, {"2023-08-20"}, {"2023-08-15"}]


def test_another_entity_reads_anew(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    ran(tmp_path, "lantern.txt")
    (result,) = ran(tmp_path, "lantern.txt", options=Options(formats=("csv",), entity="cik:0000000042"))
    assert result.status == "done"
    assert {row["entity_id"] for row in rows(tmp_path / "out/lantern/facts.csv")} == {"cik:0000000042"}


def test_changed_bytes_under_an_old_name_are_another_document(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    (first,) = ran(tmp_path, "lantern.txt")
    kept = files(tmp_path / "out/lantern")
    write(tmp_path, "lantern.txt", another(7))
    (second,) = ran(tmp_path, "lantern.txt")
    assert (first.document_id, second.status) == ("lantern", "done")
    assert second.document_id.startswith("lantern-")
    assert files(tmp_path / "out/lantern") == kept, "what was written before stays"


def test_the_same_bytes_under_another_name_are_the_same_document(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    write(tmp_path, "copy.txt")
    (first,), (second,) = ran(tmp_path, "lantern.txt"), ran(tmp_path, "copy.txt")
    assert (second.status, second.facts) == ("unchanged", first.facts)
    assert {row["document_id"] for row in rows(next(path for path in second.paths if path.name == "facts.csv"))} == {second.document_id}


def test_the_same_bytes_twice_in_one_run_are_one_document(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    write(tmp_path, "copy.txt")
    ran(tmp_path, "lantern.txt", "copy.txt")
    export(tmp_path / "out" / STORE_NAME, tmp_path / "again", [], CSV)
    assert files(tmp_path / "again") == files(tmp_path / "out")


# --- from the store alone -------------------------------------------------------------------------


def test_export_without_the_sources_writes_the_same_bytes(tmp_path: Path) -> None:
    for number, name in enumerate(("one.txt", "two.txt")):
        write(tmp_path, name, another(number))
    done = ran(tmp_path, "one.txt", "two.txt", options=EVERY)
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).unlink()
    results = export(tmp_path / "out" / STORE_NAME, tmp_path / "again", [], EVERY)
    written = files(tmp_path / "again")
    assert written == files(tmp_path / "out")
    assert {name.partition("/")[0] for name in written} == {"one", "two"}
    assert [(r.document_id, r.facts, r.occurrences, r.unresolved) for r in results] == [
        (r.document_id, r.facts, r.occurrences, r.unresolved) for r in done
    ]


def test_relations_are_tested_once_a_document_and_then_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    index = checks.index

    def counted(report: Report, taxonomy: Taxonomy) -> checks.Index:
        calls.append(report.document.id)
        return index(report, taxonomy)

    monkeypatch.setattr(checks, "index", counted)
    for number, name in enumerate(("one.txt", "two.txt")):
        write(tmp_path, name, another(number))
    done = ran(tmp_path, "one.txt", "two.txt", options=EVERY)
    assert calls == ["one", "two"]
    again = ran(tmp_path, "one.txt", "two.txt", options=EVERY)
    made = export(tmp_path / "out" / STORE_NAME, tmp_path / "again", [], EVERY)
    assert calls == ["one", "two"], "neither the second run nor an export tests anything anew"
    assert all(sum(result.checks.values()) for result in done)
    assert [r.checks for r in done] == [r.checks for r in again] == [r.checks for r in made]


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_alone_is_what_it_is_among_all(tmp_path: Path, name: str) -> None:
    write(tmp_path, "lantern.txt")
    ran(tmp_path, "lantern.txt", options=EVERY)
    export(tmp_path / "out" / STORE_NAME, tmp_path / "alone", ["lantern"], Options(formats=(name,)))
    alone, every = files(tmp_path / "alone"), files(tmp_path / "out")
    assert alone
    assert alone == {path: every[path] for path in alone}


def test_export_of_some_documents_writes_those(tmp_path: Path) -> None:
    for number, name in enumerate(("one.txt", "two.txt")):
        write(tmp_path, name, another(number))
    ran(tmp_path, "one.txt", "two.txt")
    export(tmp_path / "out" / STORE_NAME, tmp_path / "some", ["two"], CSV)
    assert [path.name for path in (tmp_path / "some").iterdir()] == ["two"]


def test_export_without_a_store_is_told_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.duckdb"):
        export(tmp_path / "gone.duckdb", tmp_path / "again", [], CSV)
    assert list(tmp_path.iterdir()) == []


# --- many sources ---------------------------------------------------------------------------------


def test_two_files_of_one_stem_are_kept_apart_and_told(tmp_path: Path) -> None:
    write(tmp_path, "a/lantern.txt")
    write(tmp_path, "b/lantern.md", another(1))
    first, second = ran(tmp_path, "a/lantern.txt", "b/lantern.md")
    assert first.document_id == "lantern"
    assert second.document_id.startswith("lantern-")
    assert len(second.document_id) == len("lantern-") + 8
    told = {issue.code for issue in second.findings} - {issue.code for issue in first.findings}
    assert len(told) == 1, told
    assert {row["document_id"] for row in rows(tmp_path / "out" / second.document_id / "facts.csv")} == {second.document_id}
    assert [r.status for r in ran(tmp_path, "b/lantern.md", "a/lantern.txt")] == ["unchanged"] * 2, "in either order"


def test_a_failing_source_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", another(1))
    write(tmp_path, "binary.txt", b"\x00\x01\x02" * 99)
    write(tmp_path, "empty.txt", b"")
    write(tmp_path, "large.txt", RELEASE * 9)
    write(tmp_path, "z.txt", another(2))
    wanted = ["a.txt", "binary.txt", "empty.txt", "gone.txt", "large.txt", "z.txt"]
    results = ran(tmp_path, *wanted, options=Options(formats=("csv",), max_size=3000))
    assert [Path(r.source).name for r in results] == wanted, "in the order of the sources"
    assert [r.status for r in results] == ["done", "failed", "failed", "failed", "failed", "done"]
    assert all(Path(r.source).name in r.error for r in results if r.status == "failed")
    assert [(r.facts > 0, bool(r.error), bool(r.paths)) for r in results if r.status == "done"] == [(True, False, True)] * 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", STORE_NAME, RESULTS_NAME, "z"]


def test_an_output_that_cannot_be_written_fails_its_document_and_keeps_the_rest(tmp_path: Path) -> None:
    write(tmp_path, "one.txt", another(1))
    write(tmp_path, "two.txt", another(2))
    (tmp_path / "out/one/one.xlsx").mkdir(parents=True)  # stands for a workbook that is open elsewhere
    one, two = ran(tmp_path, "one.txt", "two.txt", options=EVERY)
    assert (one.status, two.status) == ("failed", "done")
    assert "one.xlsx" in one.error
    assert (tmp_path / "out/one/facts.csv").is_file()
    assert (tmp_path / "out/one/one.xbrl").is_file()
    (tmp_path / "out/one/one.xlsx").rmdir()
    (again,) = ran(tmp_path, "one.txt", options=EVERY)
    assert (again.status, again.error) == ("unchanged", "")
    assert (tmp_path / "out/one/one.xlsx").is_file()


def test_more_sources_than_a_batch_holds(tmp_path: Path) -> None:
    for number in range(35):
        write(tmp_path, f"in/r{number:02}.txt", another(number))
    told: list[Result] = []
    results = run(expand([str(tmp_path / "in")]), tmp_path / "out", None, CSV, told.append)
    assert [r.document_id for r in results] == [f"r{number:02}" for number in range(35)]
    assert told == results, "progress is told source by source"
    assert {r.status for r in results} == {"done"}


def test_a_format_that_is_not_known_stops_before_anything_is_done(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    with pytest.raises(FormatError, match="'pdf' is not known"):
        ran(tmp_path, "lantern.txt", options=Options(formats=("csv", "pdf")))
    assert not (tmp_path / "out").exists()


def test_a_store_may_stand_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    run(expand([str(tmp_path / "lantern.txt")]), tmp_path / "out", tmp_path / "kept.duckdb", CSV)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["lantern", RESULTS_NAME]
    assert (tmp_path / "kept.duckdb").is_file()


def test_no_sources_are_no_results(tmp_path: Path) -> None:
    assert run([], tmp_path / "out", None, CSV) == []


# --- what names a source --------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("in/b.txt", "in/a.HTML", "in/deep/er/c.md", "in/d.xhtml", "in/notes.pdf", "in/data.csv", "in/[x].txt", "e.txt"):
        write(tmp_path, name, "x")
    (tmp_path / "in/folder.txt").mkdir()
    (tmp_path / "hollow").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["e.txt"], ["e.txt"]),
        (["in"], ["in/[x].txt", "in/a.HTML", "in/b.txt", "in/d.xhtml", "in/deep/er/c.md"]),
        (["in/*.txt"], ["in/[x].txt", "in/b.txt"]),
        (["in/**/*.md"], ["in/deep/er/c.md"]),
        (["in/[ab].*"], ["in/a.HTML", "in/b.txt"]),
        (["in/[x].txt"], ["in/[x].txt"]),
        (["gone.txt"], ["gone.txt"]),
        (["e.txt", "in/b.txt", "e.txt", "*.txt"], ["e.txt", "in/b.txt"]),
        (["in/notes.pdf"], ["in/notes.pdf"]),
        (["in/data.csv", "in/*.csv"], ["in/data.csv"]),
        (["-", "e.txt", "-"], ["stdin", "e.txt"]),
        ([], []),
    ],
)
def test_files_folders_and_patterns(patterns: list[str], names: list[str]) -> None:
    assert [source.name for source in expand(patterns)] == names


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("pattern", "message"),
    [("hollow", "hollow: the folder holds no release"), ("no*.txt", r"no\*\.txt: no file matches"), ("in/fold*", "no file matches")],
)
def test_a_pattern_that_names_nothing_is_told(pattern: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        expand([pattern])


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("twice", [["e.txt", "./e.txt"], ["in", "./in/"], ["in/b.txt", "in//b.txt"]])
def test_one_file_in_two_spellings_is_one_source(twice: list[str]) -> None:
    assert len(expand(twice)) == len(expand(twice[:1]))


# --- standard input -------------------------------------------------------------------------------


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))


def test_standard_input_is_bytes_whatever_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = RELEASE.replace("Lantern inventory", "灯笼存货").replace("Restricted cash", "受限制现金")
    given(monkeypatch, text.encode("gb18030"))
    (result,) = run([Source("stdin", None)], tmp_path / "out", None, CSV)
    assert (result.source, result.document_id, result.status) == ("stdin", "stdin", "done")
    assert "灯笼存货" in {row["label_as_reported"] for row in rows(tmp_path / "out/stdin/occurrences.csv")}


def test_standard_input_under_a_name_is_the_same_document_as_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "lantern.txt")
    ran(tmp_path, "lantern.txt", options=EVERY)
    given(monkeypatch, RELEASE.encode())
    run([Source("stdin", None)], tmp_path / "piped", None, Options(formats=EVERY.formats, document_id="lantern"))
    assert files(tmp_path / "piped") == files(tmp_path / "out")


@pytest.mark.parametrize(("data", "message"), [(b"", "is empty"), (b"x" * 3001, "is larger than 3000 bytes")])
def test_standard_input_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str) -> None:
    given(monkeypatch, data)
    (result,) = run([Source("stdin", None)], tmp_path / "out", None, Options(formats=("csv",), max_size=3000))
    assert result.status == "failed"
    assert result.error.startswith("stdin: ")
    assert message in result.error
