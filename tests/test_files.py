"""Files: names that every system takes, writing that leaves nothing half done, archives without a clock."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.errors import FormatError
from exporter.files import safe_name, write_atomic, zip_bytes

RESERVED = ["con", "PRN", "Aux", "nul", *(f"COM{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
HOSTILE = [
    "",
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\system32",
    "a/b",
    "a\\b",
    "a:b",
    "-rf",
    "--help",
    "-",
    "...",
    "a.",
    "a ",
    " a",
    "x\x00y",
    "x\ny",
    "tab\there",
    "营业收入",
    "\u202etxt.exe",
    "a?b=c&d#e",
    "100%",
    "$HOME",
    "`id`",
    "'; rm",
    "<script>",
    "a" * 300,
    "😀" * 90,
    "~",
    "~root",
    "." * 200,
    "a" * 79 + ".b",
    "a" * 80 + ".con",
    "CON.txt",
    "con.",
    "nul .txt",
    "a|b>c",
    '"q"',
    "*",
    "e\u0301",
    "COM¹",
]
NAMES = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from([*"aZ0._-/\\: \x00é营", "con", "NUL", ".."])).map("".join),
    st.sampled_from(RESERVED).flatmap(
        lambda name: st.sampled_from([name, f"{name}.txt", f".{name}", f"{name}-", f"-{name}.", f"{name}..x"])
    ),
)


def check(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,90}", name)
    assert name[0] not in ".-"
    assert name[-1] not in ".-"
    assert name.partition(".")[0].lower() not in {reserved.lower() for reserved in RESERVED}
    assert PureWindowsPath(name).name == name


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_made_safe(text: str, tmp_path: Path) -> None:
    name = safe_name(text)
    check(name)
    (tmp_path / name).mkdir()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@given(NAMES)
@example("con")
@example("a" * 76 + "\x00.b")
@example("nul" + "x" * 80)
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    name = safe_name(text)
    check(name)
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["qifu-2023q2", "Q2_2023.v1", "a", "0", "conference", "nullable.2023"])
def test_a_good_name_is_kept(name: str) -> None:
    assert safe_name(name) == name


def test_written_whole_and_readable(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "facts.csv"
    assert write_atomic(target, "年\r\n") == target
    assert target.read_bytes() == "年\r\n".encode()
    assert write_atomic(target, b"\x00\xff").read_bytes() == b"\x00\xff"
    assert [path.name for path in target.parent.iterdir()] == ["facts.csv"]
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_replaced_is_told_and_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "book.xlsx"
    (target / "kept").mkdir(parents=True)  # a folder of that name stands for a file that cannot be replaced
    with pytest.raises(FormatError, match=r"book\.xlsx: cannot be replaced"):
        write_atomic(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"], "no temporary file is left"
    assert (target / "kept").is_dir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(FormatError, match="cannot write here"):
        write_atomic(tmp_path / "file" / "facts.csv", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_full_disk_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_atomic(tmp_path / "facts.csv", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FormatError, match="No space left on device"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["facts.csv"]


ENTRIES = [("META-INF/a.xml", b"<a/>"), ("b/c.xsd", b"x" * 5000), ("年.txt", b""), ("b/a.xsd", bytes(range(256)))]


def test_an_archive_has_no_clock_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first = zip_bytes(ENTRIES)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert zip_bytes(iter(ENTRIES)) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == ENTRIES, "in the order given"
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {(info.create_system, info.external_attr >> 16) for info in archive.infolist()} == {(3, 0o644)}, "the same on every platform"
