"""``--log``: one JSON object a line and nothing else; no secret, no control character, no text of a document."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, Outcome, exporter, write

from exporter.log import event, without_secrets

KEYS = ["time", "level", "event", "document", "counts", "seconds", "error"]


def objects(done: Outcome) -> list[dict[str, Any]]:
    """Standard error as objects: every line is one, and each has all keys, in order."""
    found = [json.loads(line) for line in done.err.splitlines()]
    for each in found:
        assert list(each)[: len(KEYS)] == KEYS
        assert datetime.fromisoformat(each["time"]).tzinfo == UTC
        assert each["level"] in ("info", "warning", "error")
    return found


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], dict[str, Any]]]:
    """The one record that there is, as its attributes."""

    def record() -> dict[str, Any]:
        (only,) = caplog.records
        return {**only.__dict__, "message": only.getMessage()}

    with caplog.at_level(logging.INFO, logger="exporter"):
        yield record


def test_an_event_is_a_record_of_the_standard_library(told: Callable[[], dict[str, Any]]) -> None:
    event("document.finished", document="acme", counts={"facts": 3}, seconds=0.12345, source="a.txt")
    record = told()
    assert (record["name"], record["message"], record["levelname"]) == ("exporter", "document.finished", "INFO")
    assert (record["exporter_document"], record["exporter_counts"], record["exporter_seconds"]) == ("acme", {"facts": 3}, 0.123)
    assert (record["exporter_more"], record["exporter_error"]) == ({"source": "a.txt"}, None)


SECRETS = [
    ("postgresql://bob:s3cret@host:5432/db?sslmode=require", "postgresql://***@host:5432/db?sslmode=require"),
    ("cannot connect to postgresql://bob:p@ss:word@host/db now", "cannot connect to postgresql://***@host/db now"),
    ("https://:s3cret@host/", "https://***@host/"),
    ("host=x password=s3cret user=bob", "host=x password=*** user=bob"),
    ("PGPASSWORD='s3 cret' psql", "PGPASSWORD=*** psql"),
    ("postgresql://host/db?user=bob&password=s3cret&x=1", "postgresql://host/db?user=bob&password=***&x=1"),
    ("{'token': 's3cret', 'api_key': \"s3cret\"}", "{'token': ***, 'api_key': ***}"),
    ("the word password alone, http://host/a@b", "the word password alone, http://host/a@b"),
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_secrets_are_not_told(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert "s3" not in without_secrets(text)


def test_control_characters_and_long_texts_are_not_told(told: Callable[[], dict[str, Any]]) -> None:
    event("x", document="a\x1b]0;b\x07\u202e\n", error="e" * 9999)
    assert told()["exporter_document"] == "a ]0;b   "
    assert len(told()["exporter_error"]) == 500


def test_where_nobody_listens_nothing_is_printed() -> None:
    code = "import logging; from exporter.log import event; event('x', level=logging.ERROR, error='y')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_an_error_is_an_object_too(tmp_path: Path) -> None:
    done = exporter("--log", "json", "query", "select 1", "--store", "none", cwd=tmp_path)
    (told,) = objects(done)
    assert (done.code, told["level"], told["event"]) == (1, "error", "message")
    assert told["error"] == "none: there is no store; name the facts.duckdb that a run wrote"
    wrong = exporter("--log", "json", "query", "--nonsense", cwd=tmp_path)
    assert (wrong.code, objects(wrong)[0]["level"]) == (2, "error")


def test_called_wrongly(tmp_path: Path) -> None:
    done = exporter("--log", "loud", "formats", cwd=tmp_path)
    assert (done.code, len(done.errors)) == (2, 1)
    late = exporter("formats", "--log", "json", cwd=tmp_path)
    assert (late.code, len(late.errors)) == (2, 1)
    assert "stands before the command" in late.err


def test_it_can_be_set_for_all(tmp_path: Path) -> None:
    done = exporter("query", "select 1", "--store", "none", cwd=tmp_path, env={"EXPORTER_LOG": "json"})
    assert objects(done)[0]["level"] == "error"
    assert exporter("--log", "none", "formats", cwd=tmp_path, env={"EXPORTER_LOG": "json"}).err == ""


def documented() -> set[str]:
    return set(re.findall(r"^\| `([a-z.-]+)` \|", (ROOT / "docs/logs.md").read_text(encoding="utf-8").split("| event |")[1], re.MULTILINE))


def test_every_event_is_documented() -> None:
    made = {
        name
        for path in (ROOT / "exporter").rglob("*.py")
        for name in re.findall(r"\bevent\(\s*\"([a-z.-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert made == documented()


def test_a_run_tells_what_it_does(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    write(tmp_path, "empty.txt", "")
    done = exporter("--log", "json", "run", "lantern.txt", "empty.txt", "missing.txt", "--formats", "csv", cwd=tmp_path)
    assert done.code == 1
    told = objects(done)
    assert "lantern: done" in done.out
    by_name: dict[str, list[dict[str, Any]]] = {}
    for each in told:
        by_name.setdefault(each["event"], []).append(each)
    assert by_name["run.started"][0]["counts"]["sources"] == 3
    by_source = {each["source"]: each for each in by_name["document.finished"]}
    read, failed = by_source["lantern.txt"], by_source["empty.txt"]
    assert (read["document"], read["status"], read["level"], read["error"]) == ("lantern", "done", "info", None)
    assert read["counts"].keys() >= {"facts", "occurrences", "unresolved", "findings"}
    assert read["counts"]["facts"] > 5
    assert read["seconds"] > 0
    assert (failed["status"], failed["level"]) == ("failed", "error")
    assert "is empty" in failed["error"]
    (finished,) = by_name["run.finished"]
    assert finished["counts"] == {"done": 1, "unchanged": 0, "failed": 2, "skipped": 0}
    assert (finished["seconds"] > 0, finished["error"]) == (True, None)
    assert told[-1]["event"] == "message" or told[-1] is finished
    # Nothing that stands in the document, and none of its findings' words.
    assert not any(word in done.err for word in ("Lantern", "Cash", "inventory", "1,450"))


def test_a_load_tells_what_it_does_and_no_password(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    assert exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path).code == 0
    for status in ("loaded", "unchanged"):
        began, ended = objects(exporter("--log", "json", "load", "duckdb:feed.duckdb", cwd=tmp_path))
        assert (began["event"], began["target"], began["mode"]) == ("load.started", "duckdb:feed.duckdb", "history")
        assert (ended["event"], ended["status"]) == ("load.finished", status)
        assert (ended["counts"]["rows"] > 0) == (status == "loaded")
    lost = exporter("--log", "json", "load", "postgresql://bob:s3cret@127.0.0.1:1/db", cwd=tmp_path)
    assert [each["event"] for each in objects(lost)] == ["load.started", "message"]
    assert "s3cret" not in lost.out + lost.err
