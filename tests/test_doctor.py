"""``exporter doctor``: what is well is told so, what is not is told with what to do."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from handmade import report, taxonomy
from helpers import ROOT, Outcome, exporter, write
from pgserver import Server

from exporter.cli import surroundings
from exporter.store import FactStore
from exporter.store.health import Check, examine


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real store: a release in UTF-8 with a byte order mark, one in GB 18030, one in Windows-1252 with a byte that it does not have."""
    folder = tmp_path_factory.mktemp("whole")
    text = (ROOT / "exporter/samples/project/releases/lantern-2023q2.txt").read_text(encoding="utf-8")
    write(folder, "marked.txt", b"\xef\xbb\xbf" + text.encode())
    write(folder, "chinese.txt", (text + "港口灯塔控股有限公司未经审计财务业绩\n").encode("gb18030"))
    write(folder, "western.txt", text.replace("invented company", "invent\xe9d company").encode("cp1252") + b"a \x81 b")
    done = exporter("run", "marked.txt", "chinese.txt", "western.txt", "--formats", "csv", cwd=folder)
    assert done.code == 0, done.err
    return folder / "out/facts.duckdb"


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "facts.duckdb"))


def told(path: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(path)}


def changed(path: Path, sql: str) -> dict[str, Check]:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return {name: check for name, check in told(path).items() if check.status != "ok"}


def test_a_whole_store_is_well(whole: Path) -> None:
    before = whole.read_bytes()
    checks = told(whole)
    assert {check.status for check in checks.values()} == {"ok"}
    assert checks["store content"].found.startswith("3 documents, ")
    assert checks["source texts"].found.startswith("2 have the checksum of their source; 1 were not valid")
    assert whole.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "name", "status"),
    [
        ("delete from document where document_id = 'marked'", "extractions complete", "warning"),
        ("delete from fact where fact_id = (select min(fact_id) from fact)", "no orphans", "failed"),
        ("insert into fact select * from fact limit 1", "fact IDs", "failed"),
        ("update document set document_id = 'MARKED' where document_id = 'chinese'", "document names", "failed"),
        ("delete from occurrence where position = 0", "extractions whole", "failed"),
        ("update source_text set content_zlib = (select max(content_zlib) from source_text)", "source texts", "failed"),
        ("update document set encoding = 'no-such'", "source texts", "failed"),
        ("delete from source_text", "source texts", "failed"),
        ("update fact_standing set current = ~current where extraction_no = 1", "facts that count", "failed"),
        ("update fact_standing set heard = ~heard where extraction_no = 1", "facts that count", "failed"),
        ("update fact_standing set known_from = NULL", "facts that count", "failed"),
        ("update fact set extraction_place = extraction_place + 1", "facts that count", "failed"),
        ("delete from fact_standing", "facts that count", "failed"),
    ],
)
def test_what_is_wrong_is_told(store: Path, sql: str, name: str, status: str) -> None:
    found = changed(store, sql)
    assert found[name].status == status
    assert found[name].mend


def test_a_damaged_block_is_found(store: Path) -> None:
    data = bytearray(store.read_bytes())
    for at in range(len(data) // 3, len(data), 4096):
        data[at] ^= 0xFF
    store.write_bytes(bytes(data))
    failed = [check for check in examine(store) if check.status == "failed"]
    assert failed
    assert failed[0].name in ("store opens", "store can be read")
    assert "copy" in failed[0].mend


def test_no_store(tmp_path: Path) -> None:
    assert [(c.name, c.status) for c in examine(tmp_path / "none")] == [("store opens", "failed")]
    (tmp_path / "text").write_text("x")
    (found,) = examine(tmp_path / "text")
    assert found.mend == "name another --store file"


def doctor(folder: Path, *arguments: object, code: int) -> dict[str, dict[str, str]]:
    done: Outcome = exporter("doctor", *arguments, "--json", cwd=folder)
    assert (done.code, done.err) == (code, "")
    content = json.loads(done.out)
    assert content["ok"] is (code == 0)
    return {check["name"]: check for check in content["checks"]}


def test_the_command_on_an_empty_folder(tmp_path: Path) -> None:
    checks = doctor(tmp_path, code=0)
    assert checks["store"]["found"].startswith("out/facts.duckdb is not there yet")
    assert {"python", "duckdb", "pyarrow", "taxonomy", "out folder", "disk space", "soffice (judges workbooks)"} <= checks.keys()
    assert not any(check["status"] == "failed" for check in checks.values())
    assert list(tmp_path.iterdir()) == []


def test_the_command_on_a_store(store: Path) -> None:
    done = exporter("doctor", "--store", store.name, cwd=store.parent)
    assert (done.code, done.err) == (0, "")
    assert all(line.split()[0] in ("ok", "warning") for line in done.out.splitlines())
    FactStore.open(store).write([report()], taxonomy())  # nothing is locked afterwards


def test_a_store_that_is_named_must_be_there(tmp_path: Path) -> None:
    assert doctor(tmp_path, "--store", "none.duckdb", code=1)["store opens"]["mend"] == "name the facts.duckdb that a run wrote"


def test_a_broken_taxonomy_is_told(tmp_path: Path) -> None:
    write(tmp_path, "taxonomy/own.yaml", "base: builtin\nconcept: {}\n")
    found = doctor(tmp_path, "--taxonomy", "taxonomy", code=1)["taxonomy"]
    assert found["found"] == "taxonomy/own.yaml:2: unknown key 'concept' in the file"
    assert found["mend"] == "did you mean 'concepts'?"


def test_a_target_is_tried(store: Path) -> None:
    folder = store.parent
    assert "nothing is loaded there yet" in doctor(folder, "--target", "duckdb:feed.duckdb", code=0)["target"]["found"]
    assert exporter("load", "duckdb:feed.duckdb", "--store", store.name, cwd=folder).code == 0
    made = (folder / "feed.duckdb").read_bytes()
    assert "has the store's loads up to 1 (history)" in doctor(folder, "--target", "duckdb:feed.duckdb", code=0)["target"]["found"]
    assert (folder / "feed.duckdb").read_bytes() == made
    wrong = doctor(folder, "--target", "postgresql://bob:s3cret@127.0.0.1:1/db", code=1)["target"]
    assert (wrong["status"], "s3cret" in str(wrong)) == ("failed", False)
    assert wrong["mend"]
    assert "no target" in doctor(folder, "--target", "nonsense", code=1)["target"]["found"]


@pytest.mark.judge
def test_a_real_server_is_reached(store: Path, postgres: Server) -> None:
    found = doctor(store.parent, "--target", postgres.url, code=0)["target"]["found"]
    assert found.endswith("can be reached; nothing is loaded there yet")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert doctor(tmp_path, code=1)["out folder"]["status"] == "failed"


def test_an_out_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    write(tmp_path, "out", "x")
    assert doctor(tmp_path, "--out", "out/below", code=1)["out folder"]["status"] == "failed"
    assert doctor(tmp_path, code=1)["out folder"]["found"] == "out: is a file"


@pytest.mark.parametrize(
    ("name", "bounds", "status"),
    [
        ("duckdb", "<3,>=2.0", "ok"), ("duckdb", ">=99", "failed"), ("duckdb", "<2", "failed"), ("duckdb", "==1.0", "failed"),
        ("duckdb", "~=2.0", "ok"), ("duckdb", "!=1.0", "ok"), ("no-such-library", ">=1", "failed"),
    ],
)  # fmt: skip
def test_versions_against_their_ranges(name: str, bounds: str, status: str) -> None:
    check = surroundings._library(name, bounds)
    assert check.status == status
    assert ("pip install" in check.mend) == (status == "failed")


def test_requirements_are_read_as_the_package_tells_them() -> None:
    assert surroundings._requirement("duckdb<3,>=2.0") == ("duckdb", "<3,>=2.0", "")
    assert surroundings._requirement("coverage[toml]<8,>=7.6; extra == 'test'") == ("coverage", "<8,>=7.6", "test")
    assert surroundings._requirement('psycopg[binary]<4,>=3; extra == "postgres"') == ("psycopg", "<4,>=3", "postgres")
    assert {check.name for check in surroundings.versions()} >= {"python", "click", "duckdb"}
