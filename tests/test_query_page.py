"""docs/questions.md: every answer on the page is what the command beside it prints.

After a change that is meant to change an answer: ``python tests/test_query_page.py`` writes the page anew; read what it changed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from helpers import ROOT, exporter

PAGE = ROOT / "docs" / "questions.md"
_SHELL = re.compile(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """Each block of commands with the answer that is shown below it, or nothing."""
    return [(match[1], match[2] or "") for match in _SHELL.finditer(PAGE.read_text(encoding="utf-8"))]


def commands(block: str) -> list[list[str]]:
    """The commands of a block, as words; a quoted text may go over several lines."""
    found = [shlex.split(command) for command in re.split(r"\n(?=exporter )", block.strip())]
    assert all(words[0] == "exporter" for words in found)
    return [words[1:] for words in found]


def make(folder: Path) -> None:
    """The store of the page, by the page's own first block."""
    for words in commands(blocks()[0][0]):
        done = exporter(*words, cwd=folder)
        assert done.code == 0, (words, done.err)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("page")
    make(made)
    return made


QUESTIONS = blocks()[1:]


@pytest.mark.parametrize(("block", "shown"), QUESTIONS, ids=[" ".join(block.split()[1:5]) for block, _ in QUESTIONS])
def test_the_answer_is_the_one_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], block: str, shown: str
) -> None:
    from exporter.cli import main

    monkeypatch.chdir(folder)
    for words in commands(block):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0, capfd.readouterr().err
    done = capfd.readouterr()
    assert done.err == ""
    assert shown, "every question shows its answer"
    assert done.out == shown


def test_ten_questions() -> None:
    numbers = re.findall(r"^\*\*(\d+)\. ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert numbers == [str(n) for n in range(1, 11)]


def _written_anew(folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def answered(match: re.Match[str]) -> str:
        if match[0].startswith("```sh\nexporter demo"):
            return match[0]
        done = subprocess.run(["bash", "-c", match[1]], cwd=folder, capture_output=True, text=True, env=environment, check=True)
        return f"```sh\n{match[1]}```\n\n```text\n{done.stdout}```"

    return _SHELL.sub(answered, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        PAGE.write_text(_written_anew(Path(name)), encoding="utf-8")
