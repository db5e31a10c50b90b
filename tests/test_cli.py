"""The command line as a script sees it: what is printed where, what is written, which exit code."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import RELEASE, ROOT, exporter, leftovers, rows, write


def test_run_writes_what_the_contract_names(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    done = exporter("run", "lantern.txt", "--out", "made", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    made = {path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert {
        "facts.duckdb", "lantern/lantern.xbrl", "lantern/lantern.xlsx", "lantern/facts.csv", "lantern/occurrences.csv",
        "lantern/unresolved.csv", "lantern/findings.csv", "lantern/ledger.csv", "lantern/checks.csv", "lantern/schema.json",
    } <= made  # fmt: skip
    assert any(name.startswith("lantern/taxonomy/") for name in made)
    assert not leftovers(tmp_path)


def test_results_name_the_document_its_counts_and_relative_paths(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    done = exporter("run", "lantern.txt", "--out", "made", cwd=tmp_path)
    facts = rows(tmp_path / "made/lantern/facts.csv")
    figures = rows(tmp_path / "made/lantern/occurrences.csv")
    unresolved = rows(tmp_path / "made/lantern/unresolved.csv")
    assert done.out.startswith("lantern: done\n")
    assert f"{len(facts)} facts from {len(figures)} printed figures, {len(unresolved)} unresolved" in done.out
    assert len(figures) == 16
    assert "  8 checks: 2 exact, 6 not checkable\n" in done.out
    listed = [line.strip() for line in done.out.splitlines()[3:]]
    assert all((tmp_path / line).exists() for line in listed), listed
    assert str(tmp_path) not in done.out


def test_json_for_machines(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    done = exporter("run", "lantern.txt", "gone.txt", "--out", "made", "--formats", "csv", "--json", cwd=tmp_path)
    assert done.code == 1
    told = json.loads(done.out)
    by_status = {entry["status"]: entry for entry in told["documents"]}
    assert told["out"] == "made"
    assert set(by_status) == {"done", "failed"}
    assert by_status["done"]["document_id"] == "lantern"
    assert all((tmp_path / "made" / path).is_file() for path in by_status["done"]["paths"])
    assert by_status["failed"]["source"] == "gone.txt"
    assert "gone.txt" in by_status["failed"]["error"]
    assert by_status["done"]["findings"], "an issuer that no entity file names is a finding"
    assert all(set(finding) == {"code", "severity", "message", "where"} for finding in by_status["done"]["findings"])


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    exporter("run", "lantern.txt", cwd=tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "out/lantern").rglob("*") if path.is_file()}
    again = exporter("run", "lantern.txt", cwd=tmp_path)
    assert again.code == 0
    assert again.out.startswith("lantern: unchanged\n")
    assert {path: path.read_bytes() for path in (tmp_path / "out/lantern").rglob("*") if path.is_file()} == before


def test_export_from_the_store_alone_gives_the_same_bytes(tmp_path: Path) -> None:
    source = write(tmp_path, "lantern.txt")
    exporter("run", "lantern.txt", cwd=tmp_path)
    source.unlink()
    done = exporter("export", "--store", "out/facts.duckdb", "--formats", "xbrl,xlsx,csv", "--out", "again", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    first = {path.relative_to(tmp_path / "out"): path.read_bytes() for path in (tmp_path / "out/lantern").rglob("*") if path.is_file()}
    second = {path.relative_to(tmp_path / "again"): path.read_bytes() for path in (tmp_path / "again").rglob("*") if path.is_file()}
    assert second == first


def test_export_of_an_unknown_document_is_told(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    done = exporter("export", "--store", "out/facts.duckdb", "--document", "nobody", "--out", "again", cwd=tmp_path)
    assert done.code == 1
    assert len(done.errors) == 1
    assert "nobody" in done.errors[0]


def test_sources_are_files_folders_patterns_and_standard_input(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path, f"in/{'deep/' if number == 3 else ''}r{number}.txt", RELEASE.replace("1,450", f"1,45{number}"))
    folder = exporter("run", "in", "--out", "a", "--formats", "csv", cwd=tmp_path)
    assert folder.code == 0
    assert {"r0", "r1", "r2"} <= {path.name for path in (tmp_path / "a").iterdir()}
    pattern = exporter("run", "in/r[12].txt", "in/r1.txt", "--out", "b", "--formats", "csv", cwd=tmp_path)
    assert pattern.code == 0
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"facts.duckdb", "run_results.json", "r1", "r2"}
    assert pattern.out.count(": done") == 2, "a file that two patterns name is read once"
    stdin = exporter("run", "-", "--out", "c", "--formats", "csv", cwd=tmp_path, text=RELEASE.encode())
    assert stdin.code == 0
    assert (tmp_path / "c/stdin/facts.csv").is_file()


def test_a_name_may_hold_the_characters_of_a_pattern(tmp_path: Path) -> None:
    write(tmp_path, "report [final] *.txt")
    done = exporter("run", "report [final] *.txt", "--formats", "csv", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")


def test_id_and_filing_date(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt", RELEASE.replace("HARBOUR CITY, Aug. 15, 2023 -- ", ""))
    done = exporter("run", "lantern.txt", "--id", "mine", "--filed-at", "2023-08-16", "--formats", "csv", cwd=tmp_path)
    assert done.code == 0
    facts = rows(tmp_path / "out/mine/facts.csv")
    assert {row["document_id"] for row in facts} == {"mine"}
    assert {row["filed_at"] for row in facts} == {"2023-08-16"}


def test_two_sources_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    write(tmp_path, "a/lantern.txt")
    write(tmp_path, "b/lantern.txt", RELEASE.replace("1,450", "1,460"))
    done = exporter("run", "a/lantern.txt", "b/lantern.txt", "--formats", "csv", cwd=tmp_path)
    assert done.code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir())
    assert names[0] == "lantern"
    assert len(names) == 2
    assert names[1].startswith("lantern-")
    assert len(names[1]) == len("lantern-") + 8
    assert names[1] in done.out


def test_strict_tells_the_findings_and_exits_with_3(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")  # an issuer that no entity file names is a finding
    plain = exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    strict = exporter("run", "lantern.txt", "--formats", "csv", "--strict", cwd=tmp_path)
    assert (plain.code, strict.code) == (0, 3)
    doubts = rows(tmp_path / "out/lantern/findings.csv")
    assert doubts
    assert len(strict.errors) == min(len(doubts), 21)
    assert doubts[0]["code"] in strict.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run"], "SOURCE"),
        (["run", "x.txt", "--formats", "pdf"], "pdf"),
        (["run", "x.txt", "--formats", ","], "format"),
        (["run", "x.txt", "--max-size", "huge"], "huge"),
        (["run", "x.txt", "--filed-at", "yesterday"], "yesterday"),
        (["run", "x.txt", "--filed-at", "2023-02-30"], "2023-02-30"),
        (["run", "x.txt", "--entity", "nobody"], "nobody"),
        (["run", "x.txt", "--taxonomy", "nowhere"], "nowhere"),
        (["run", "x.txt", "y.txt", "--id", "one"], "--id"),
        (["run", "x.txt", "--bogus"], "--bogus"),
        (["export"], "--store"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], named: str) -> None:
    done = exporter(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert done.out == ""
    assert len(done.errors) == 1, done.err
    assert done.errors[0].startswith("error: ")
    assert named in done.errors[0]
    assert "--help" in done.errors[0]
    assert not list(tmp_path.iterdir())


def test_no_arguments_show_the_help(tmp_path: Path) -> None:
    done = exporter(cwd=tmp_path)
    assert done.code == 2
    assert "Commands:" in done.err


def test_formats_are_listed(tmp_path: Path) -> None:
    done = exporter("formats", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert {"xbrl", "xlsx", "csv"} <= {line.split()[0] for line in done.out.splitlines()}


def test_taxonomy_commands(tmp_path: Path) -> None:
    lint = exporter("taxonomy", "lint", cwd=tmp_path)
    assert (lint.code, lint.err) == (0, "")
    assert "no faults" in lint.out
    shown = exporter("taxonomy", "show", "fin:Revenues", cwd=tmp_path)
    assert shown.code == 0
    assert "us-gaap:Revenues" in shown.out
    assert "monetary" in shown.out
    tree = exporter("taxonomy", "tree", cwd=tmp_path)
    assert tree.code == 0
    assert "[fin:Revenues]" in tree.out
    (tmp_path / "in/empty").mkdir(parents=True)
    for option in ("--names", "--taxonomy"):
        done = exporter("taxonomy", "lint", option, "in/empty", cwd=tmp_path)
        assert (done.code, len(done.errors)) == (1, 1)
        assert "error: in/empty: no " in done.err, "the whole path, and no praise for what was not checked"
    nobody = exporter("taxonomy", "show", "fin:Nobody", cwd=tmp_path)
    assert (nobody.code, len(nobody.errors)) == (1, 1)


@pytest.mark.shared
def test_taxonomy_names_are_elements_of_the_standards(tmp_path: Path, shared: Path) -> None:
    done = exporter("taxonomy", "lint", "--names", shared / "standards", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")


def test_demo_works_in_an_empty_folder(tmp_path: Path) -> None:
    done = exporter("demo", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    listed = [line.strip() for line in done.out.splitlines() if line.startswith("  out")]
    assert listed
    assert all((tmp_path / line).exists() for line in listed)
    facts = next((tmp_path / "out").glob("*/facts.csv"))
    assert len(rows(facts)) > 400


def test_demo_in_the_c_locale(tmp_path: Path) -> None:
    """A machine without UTF-8: names, output and the store must not depend on the locale."""
    name = "灯笼.txt"
    write(tmp_path, name, RELEASE.replace("Lantern inventory", "灯笼存货"))
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "LANG": "C"}
    demo = exporter("demo", "--out", "d", cwd=tmp_path, env=locale)
    assert (demo.code, demo.err) == (0, "")
    done = exporter("run", name, "--strict", "--out", "o", cwd=tmp_path, env=locale)
    assert done.code == 3
    assert "Traceback" not in done.err
    usual = exporter("run", name, "--strict", "--out", "u", cwd=tmp_path, env={"LC_ALL": "C.UTF-8"})
    made = {path.name: path.read_bytes() for path in (tmp_path / "o").rglob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "u").rglob("*.csv")}
    assert usual.code == 3
    assert any("灯笼存货" in row["label_as_reported"] for path in (tmp_path / "o").rglob("occurrences.csv") for row in rows(path))


def test_escape_sequences_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202e"
    text = RELEASE.replace("Lantern Harbour", f"Lantern{evil} Harbour").replace("Lantern inv", f"Lan{evil}tern inv")
    write(tmp_path, "lantern.txt", text)
    done = exporter("run", "lantern.txt", "--strict", cwd=tmp_path)
    assert done.code in (0, 1, 3)
    assert not set("\x1b\x07\u202e") & set(done.out + done.err)
    name = exporter("run", f"{evil}.txt", cwd=tmp_path)
    assert name.code == 1
    assert len(name.errors) == 1
    assert "\\x1b]0;owned" in name.err


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    command = f"'{sys.executable}' -m exporter taxonomy tree | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    reader, writer = os.pipe()
    os.close(reader)  # nobody reads any more, and what is left is no failure
    gone = subprocess.run(
        [sys.executable, "-m", "exporter", "taxonomy", "tree"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (gone.returncode, gone.stderr) == (0, b"")


def test_help_is_quick(tmp_path: Path) -> None:
    """The aim is 120 ms of CPU on an idle machine; the bound here is loose, so that a busy one does not fail it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(3):
        assert exporter("--help", cwd=tmp_path).code == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 3
    assert spent < 0.36, f"{spent * 1000:.0f} ms"
