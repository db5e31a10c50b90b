"""Many documents in several processes: the same store as from one, and each document's harm is its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import poison
import pytest
from disturbed import children, content, gone, releases, start
from helpers import RELEASE, exporter, leftovers, write

from exporter.errors import DocumentError, ExporterError
from exporter.pipeline import STORE_NAME, Options, Result, batch, expand, run
from exporter.pipeline.results import RESULTS_NAME

LINUX = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")


def ran(folder: Path, jobs: int, out: str = "out", **more: object) -> list[Result]:
    options = Options(formats=("csv",), jobs=jobs, **more)  # type: ignore[arg-type]
    return run(expand([str(folder / "in")]), folder / out, None, options)


def results(folder: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((folder / RESULTS_NAME).read_text(encoding="utf-8"))
    return told


def outputs(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in (STORE_NAME, RESULTS_NAME)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "work", poison.work)


# --- the same from any number of processes ----------------------------------------------------------


@pytest.mark.usefixtures("poisoned")
def test_neither_jobs_nor_order_change_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "GROUP", 32)
    releases(tmp_path / "in", 70)  # more than two transactions
    write(tmp_path, "in/a/slow.txt", RELEASE + "\npoison: slow\n")
    write(tmp_path, "in/b/twin.txt", RELEASE)
    write(tmp_path, "in/c/empty.txt", b"")
    write(tmp_path, "in/c/void.txt", b"")
    one = ran(tmp_path, 1, "one")
    other = {Path(r.source).name: r.status for r in one if r.status != "done"}
    assert other == {"twin.txt": "unchanged", "empty.txt": "failed", "void.txt": "failed"}
    assert next(r.document_id for r in one if r.document_id.startswith("same")) == "same", "the first of the sources has the name"
    assert [r.error.partition(":")[0] for r in one if r.error] == [r.source for r in one if r.error]
    for jobs in (2, 3):
        several = ran(tmp_path, jobs, f"jobs{jobs}")
        assert [r.paths[0].parts[-2:] for r in several if r.paths] == [r.paths[0].parts[-2:] for r in one if r.paths]
        told = ("source", "document_id", "status", "error", "facts", "occurrences", "unresolved", "findings", "checks")
        assert [[getattr(r, name) for name in told] for r in several] == [[getattr(r, name) for name in told] for r in one]
        assert content(tmp_path / f"jobs{jobs}" / STORE_NAME) == content(tmp_path / "one" / STORE_NAME)
        assert outputs(tmp_path / f"jobs{jobs}") == outputs(tmp_path / "one")


def test_documents_that_are_stored_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases(tmp_path / "in", 6)
    ran(tmp_path, 2)
    before, stored = outputs(tmp_path / "out"), (tmp_path / "out" / STORE_NAME).read_bytes()
    (tmp_path / "out/r003/facts.csv").unlink()
    (tmp_path / "out/r004/facts.csv").write_text("spoilt")
    monkeypatch.setattr(batch, "work", poison.only_files)
    assert {r.status for r in ran(tmp_path, 2)} == {"unchanged"}
    assert outputs(tmp_path / "out") == before
    assert (tmp_path / "out" / STORE_NAME).read_bytes() == stored


# --- harm -------------------------------------------------------------------------------------------

DEATHS = {"abort": "SIGABRT", "exit": "exit code 7", "segfault": "SIGSEGV", "kill": "SIGKILL"}


@LINUX
@pytest.mark.usefixtures("poisoned")
def test_each_document_that_does_harm_costs_itself_only(tmp_path: Path) -> None:
    releases(tmp_path / "in", 20)
    for harm in poison.HARM:
        write(tmp_path, f"in/z/{harm}.txt", RELEASE + f"\npoison: {harm}\n")
    told = {Path(r.source).stem: r for r in ran(tmp_path, 2, time_limit=3, memory_limit=2**29)}  # both of "same" as one
    assert {stem for stem, r in told.items() if r.status == "failed"} == set(poison.HARM)
    assert sum(r.status == "done" for r in told.values()) == 19
    for harm, r in told.items():
        if harm in poison.HARM:
            assert r.error.startswith(f"{r.source}: ")
            assert "\n" not in r.error
            assert r.attempts == (2 if harm in DEATHS else 1), "one death may have come from outside"
    assert all(reason in told[harm].error for harm, reason in DEATHS.items())
    assert all("was not read within 3 seconds; raise --time-limit" in told[harm].error for harm in ("loop", "stuck"))
    assert all("needs more memory than 512 MB; raise --memory-limit" in told[harm].error for harm in ("hog", "large"))
    assert "KeyError: 'no such\\nthing'" in told["wrong"].error
    (tmp_path / "clean").mkdir()
    for path in (tmp_path / "in").rglob("*.txt"):
        if path.stem not in poison.HARM:
            write(tmp_path / "clean/in", path.relative_to(tmp_path / "in").as_posix(), path.read_bytes())
    ran(tmp_path / "clean", 1)
    assert content(tmp_path / "out" / STORE_NAME) == content(tmp_path / "clean/out" / STORE_NAME)
    assert outputs(tmp_path / "out") == outputs(tmp_path / "clean/out")


@pytest.mark.usefixtures("poisoned")
def test_a_limit_holds_for_one_job_too(tmp_path: Path) -> None:
    write(tmp_path, "in/loop.txt", RELEASE + "\npoison: loop\n")
    (result,) = ran(tmp_path, 1, time_limit=1)
    assert "was not read within 1 seconds" in result.error


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.usefixtures("poisoned")
def test_a_worker_that_somebody_kills_costs_nothing(tmp_path: Path) -> None:
    releases(tmp_path / "in", 6)
    for number in range(3):
        write(tmp_path, f"in/c{number}.txt", RELEASE + f"\npoison: once {tmp_path}/marker{number} kill\n")
    told = ran(tmp_path, 2)
    assert {r.status for r in told} == {"done"}
    assert [r.attempts for r in told if Path(r.source).name.startswith("c")] == [2, 2, 2]


@pytest.mark.usefixtures("poisoned")
def test_the_same_harm_under_two_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, f"in/{name}.txt", RELEASE + "\npoison: exit\n")
    write(tmp_path, "in/well.txt")
    assert [(Path(r.source).stem, r.status) for r in ran(tmp_path, 2)] == [("one", "failed"), ("two", "failed"), ("well", "done")]


def test_workers_that_cannot_start_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases(tmp_path / "in", 4)
    monkeypatch.setattr(batch, "work", poison.cannot_be_imported)
    with pytest.raises(ExporterError, match="--jobs 1"):
        ran(tmp_path, 2)
    assert results(tmp_path / "out")["state"] == "stopped"


def test_a_source_that_changes_during_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases(tmp_path / "in", 3)
    plan = batch.make_plan

    def changed(*arguments: object) -> object:
        made = plan(*arguments)  # type: ignore[arg-type]
        write(tmp_path, "in/b/r002.txt", RELEASE)
        return made

    monkeypatch.setattr(batch, "make_plan", changed)
    for jobs in (1, 2):
        (failed,) = [r for r in ran(tmp_path, jobs, f"out{jobs}") if r.status == "failed"]
        assert "r002.txt: changed while the run was going on; run again" in failed.error
        write(tmp_path, "in/b/r002.txt", RELEASE.replace("1,450", "1,452"))


# --- run_results.json, --fail-fast, --retry-failed --------------------------------------------------


def test_results_tell_of_every_document(tmp_path: Path) -> None:
    releases(tmp_path / "in", 3)
    write(tmp_path, "in/c/empty.txt", b"")
    done = ran(tmp_path, 2)
    told = results(tmp_path / "out")
    assert (told["state"], told["jobs"], told["counts"]) == ("done", 2, {"done": 3, "failed": 1})
    rows = told["documents"]
    assert isinstance(rows, list)
    assert [row["source"] for row in rows] == [r.source for r in done]
    for row, r in zip(rows, done, strict=True):
        assert [row[name] for name in ("document_id", "status", "error", "facts", "unresolved", "seconds")] == [
            r.document_id, r.status, r.error, r.facts, r.unresolved, r.seconds,
        ]  # fmt: skip
        assert sum(row["findings"].values()) == len(r.findings)
        assert row["checks"] == r.checks
        assert r.status != "done" or r.seconds > 0


def test_fail_fast_stops_and_keeps_what_was_read(tmp_path: Path) -> None:
    releases(tmp_path / "in", 30)
    write(tmp_path, "in/b/r005.txt", b"\0\1" * 99)
    for jobs in (1, 2):
        told = ran(tmp_path, jobs, f"out{jobs}", fail_fast=True)
        statuses = [r.status for r in told]
        assert statuses.count("failed") == 1
        assert statuses.count("skipped") >= 5
        done = {r.document_id for r in told if r.status == "done"}
        assert done
        assert {row[1] for row in content(tmp_path / f"out{jobs}" / STORE_NAME)["document"]} == done
        write(tmp_path, "in/b/r005.txt", RELEASE.replace("1,450", "1,777"))
        again = ran(tmp_path, jobs, f"out{jobs}", retry_failed=True)
        assert [r.source for r in again] == [r.source for r in told if r.status in ("failed", "skipped")]
        assert {r.status for r in again} == {"done"}
        rows = results(tmp_path / f"out{jobs}")["documents"]
        assert isinstance(rows, list)
        assert [(row["source"], row["status"]) for row in rows] == [(r.source, "done") for r in told]
        write(tmp_path, "in/b/r005.txt", b"\0\1" * 99)


def test_retry_failed_on_the_command_line(tmp_path: Path) -> None:
    releases(tmp_path / "in", 3)
    write(tmp_path, "in/bad.txt", b"")
    assert exporter("run", "in", "--formats", "csv", cwd=tmp_path).code == 1
    again = exporter("run", "--retry-failed", "--formats", "csv", cwd=tmp_path)
    assert (again.code, again.out) == (1, "")
    assert len(again.errors) == 1
    assert again.errors[0].startswith("error: in/bad.txt: ")
    write(tmp_path, "in/bad.txt", RELEASE.replace("1,450", "1,777"))
    mended = exporter("run", "--retry-failed", "in", "--formats", "csv", cwd=tmp_path)
    assert mended.code == 0
    assert mended.out.startswith("bad: done")
    nothing = exporter("run", "--retry-failed", cwd=tmp_path)
    assert (nothing.code, nothing.out) == (0, "")


def test_retry_failed_without_a_run_that_ended(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there was no run"):
        run([], tmp_path, None, Options(retry_failed=True))
    for text, message in (("{", "cannot be read"), ("[]", "cannot be read"), ('{"state": "running", "documents": []}', "was killed")):
        write(tmp_path, RESULTS_NAME, text)
        with pytest.raises(DocumentError, match=message):
            run([], tmp_path, None, Options(retry_failed=True))


# --- interrupted ------------------------------------------------------------------------------------


@LINUX
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_stops_cleanly_and_keeps_what_was_finished(tmp_path: Path, jobs: int) -> None:
    releases(tmp_path / "in", 6)
    write(tmp_path, "in/z.txt", RELEASE + "\npoison: loop\n")
    process = start(tmp_path, "run", "in", "--jobs", jobs, "--formats", "csv")
    while not (tmp_path / "out/r005/schema.json").exists() and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.5)
    workers = children(process.pid)
    assert bool(workers) == (jobs > 1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    errors = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert errors.split("\n", 1)[1].splitlines() == ["error: interrupted; what was finished is kept, and running again completes the rest"]
    assert gone(workers) == []
    assert len(content(tmp_path / "out" / STORE_NAME)["document"]) == 6
    told = results(tmp_path / "out")
    assert (told["state"], told["counts"]) == ("interrupted", {"done": 6, "skipped": 1})
    assert leftovers(tmp_path) == []


# --- a full disk ------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of a few MB, in a mount namespace of the test's own where that is allowed."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("needs the right to mount a small file system")
    return folder


def test_a_full_disk_is_told_and_a_rerun_completes(tmp_path: Path, small_disk: Path) -> None:
    try:
        releases(tmp_path / "in", 70)
        full = exporter("run", tmp_path / "in", "--out", small_disk, "--formats", "csv", "--jobs", "2", cwd=tmp_path)
        assert full.code == 1
        assert full.errors[-1].endswith("the disk is full, nothing of this batch was stored; make room, then run again")
        assert "Traceback" not in full.err
        ran(tmp_path, 1, "undisturbed")
        with_room = subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], capture_output=True, check=False)
        assert with_room.returncode == 0, with_room.stderr
        again = exporter("run", tmp_path / "in", "--out", small_disk, "--formats", "csv", "--jobs", "2", cwd=tmp_path)
        assert again.code == 0, again.err
        assert content(small_disk / STORE_NAME) == content(tmp_path / "undisturbed" / STORE_NAME)
        assert outputs(small_disk) == outputs(tmp_path / "undisturbed")
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)
