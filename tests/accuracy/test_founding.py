"""The main job: the files that `run` writes of the founding release score without a fault. The floor only rises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from releases import ROOT, SHARED, labelled, names
from score import found_in_csv, main, score

from exporter.pipeline import Options, expand, run

CELLS, FACTS = 484, 441


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each labelled release, as `run` writes it; the sources are read from elsewhere."""
    out = tmp_path_factory.mktemp("out")
    sources = tmp_path_factory.mktemp("in")
    for name in names():
        (sources / f"{name}.txt").write_text(labelled(name).text, encoding="utf-8")
    results = run(expand([str(sources)]), out, None, Options(formats=("csv",)))
    assert {result.status for result in results} == {"done"}
    return {result.document_id: out / result.document_id for result in results}


@pytest.mark.parametrize("name", names())
def test_every_cell_is_read_without_a_fault(written: dict[str, Path], name: str) -> None:
    release = labelled(name)
    found = [figure for figure in found_in_csv(written[name] / "occurrences.csv") if figure.table]
    result = score(release.tables, found, release.same)
    assert result.counts == (CELLS, CELLS, 0, 0, 0, 0, 0, 0), "\n".join((str(result), *result.problems[:20]))
    assert len({figure.fact_id for figure in found}) == FACTS


@pytest.mark.parametrize("name", names())
def test_no_cell_is_on_the_unresolved_list(written: dict[str, Path], name: str) -> None:
    assert len((written[name] / "unresolved.csv").read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.shared
def test_the_scorer_beside_the_truth_says_so_too(written: dict[str, Path]) -> None:
    truth = SHARED / "truth"
    arguments = [truth / "score.py", "tables", truth / "tables.csv", written["founding"] / "occurrences.csv", truth / "same.csv"]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CELLS}/{CELLS}" in done.stdout


@pytest.mark.parametrize("name", names())
def test_the_scorer_as_a_command(written: dict[str, Path], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    truth = [f"{SHARED}/truth/", ".csv"] if name == "founding" else [f"{ROOT}/tests/truth/sample-", ".csv"]
    table, same = (Path(kind.join(truth)) for kind in ("tables", "same"))
    assert main(["tables", str(table), str(written[name] / "occurrences.csv"), "--same", str(same)]) == 0
    assert f"{CELLS}/{CELLS} hit" in capsys.readouterr().out


def test_a_changed_figure_in_the_file_is_a_fault(written: dict[str, Path], tmp_path: Path) -> None:
    """The measure can fail: one digit in the written file, and it does."""
    text = (written["sample"] / "occurrences.csv").read_text(encoding="utf-8")
    spoilt = tmp_path / "occurrences.csv"
    spoilt.write_text(text.replace("3914324000", "3914325000"), encoding="utf-8")
    release = labelled("sample")
    result = score(release.tables, [figure for figure in found_in_csv(spoilt) if figure.table], release.same)
    assert not result.perfect
    assert result.hits < CELLS
