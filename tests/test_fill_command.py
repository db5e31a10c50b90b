"""The command `exporter fill`, and the sample model."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from fillkit import cells, changed, store_of
from helpers import ROOT, exporter, leftovers

SAMPLE = ROOT / "templates" / "model-sample.xlsx"
ASKS = "{{fin:Revenues | 2023Q2 | CNY}}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fill") / "facts.duckdb"
    store_of(path)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.xlsx"
    path.write_bytes(cells({"A1": ASKS, "B1": "=A1*2", "A2": "{{fin:Revenues | 2023Q3 | CNY}}", "A3": "{{fin:Costs | 2023H1 | CNY}}"}))
    return path


def test_filled(store: Path, model: Path, tmp_path: Path) -> None:
    before = model.read_bytes()
    done = exporter("fill", "model.xlsx", "--out", "new/filled.xlsx", "--store", store, cwd=tmp_path)
    assert done.code == 0
    assert done.out.splitlines() == [
        "Model!A3: {{fin:Costs | 2023H1 | CNY}}: has 21 digits, a spreadsheet keeps 15",
        "2 cells filled, 1 left as they were, 1 formula result to be computed on opening",
        "  new/filled.xlsx",
    ]
    (line,) = done.errors
    told = "warning: model.xlsx: Model!A2: {{fin:Revenues | 2023Q3 | CNY}}: no fact of fin:Revenues for 2023Q3; nearest: "
    assert line.startswith(told + "{{fin:Revenues | 2023Q2 | CNY}}, {{fin:Revenues | 2022Q2 | CNY}}, ")
    assert changed(before, (tmp_path / "new/filled.xlsx").read_bytes()) == {"xl/worksheets/sheet1.xml"}
    assert model.read_bytes() == before
    assert leftovers(tmp_path) == []


def test_strict(store: Path, model: Path, tmp_path: Path) -> None:
    assert exporter("fill", model, "--out", "f.xlsx", "--store", store, "--strict", cwd=tmp_path).code == 3
    assert (tmp_path / "f.xlsx").exists()
    model.write_bytes(cells({"A1": ASKS}))
    assert exporter("fill", model, "--out", "f.xlsx", "--store", store, "--strict", cwd=tmp_path).code == 0
    model.write_bytes(cells({"A1": 1}))
    done = exporter("fill", model, "--out", "f.xlsx", "--store", store, "--strict", cwd=tmp_path)
    assert done.code == 3
    assert "asks for no figure" in done.err


def test_a_dry_run_writes_nothing(store: Path, model: Path, tmp_path: Path) -> None:
    done = exporter("fill", model, "--store", store, "--dry-run", cwd=tmp_path)
    assert done.code == 0
    assert done.out.splitlines()[0] == f"Model!A1: 3914316000  {ASKS}  (sample)"
    assert "2 cells would be filled, 1 left" in done.out
    assert [path.name for path in tmp_path.iterdir()] == ["model.xlsx"]


def test_json(store: Path, model: Path, tmp_path: Path) -> None:
    done = exporter("fill", model, "--out", "f.xlsx", "--store", store, "--json", "--entity", "LNHB", "--as-of", "2023-08-15", cwd=tmp_path)
    told = json.loads(done.out)
    assert (told["out"], told["filled"], told["left"], told["dropped_results"], told["notes"]) == ("f.xlsx", 2, 1, 1, [])
    first, second, _ = told["cells"]
    told = [first[name] for name in ("sheet", "cell", "by", "value", "document_id")]
    assert told == ["Model", "A1", "text", "3914316000", "sample"]
    assert len(first["fact_id"]) == 32
    assert second["value"] is None
    assert second["candidates"]
    assert done.errors == []


def test_what_was_not_known(store: Path, model: Path, tmp_path: Path) -> None:
    done = exporter("fill", model, "--out", "f.xlsx", "--store", store, "--as-of", "2023-08-14", cwd=tmp_path)
    assert "was not known as of 2023-08-14" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model.xlsx"], 2, "--out is missing"),
        (["model.xlsx", "--out", "model.xlsx"], 2, "is the model itself"),
        (["model.xlsx", "--out", "./sub/../model.xlsx"], 2, "is the model itself"),
        (["model.xlsx", "--out", "filled.xlsm"], 2, "must end in .xlsx"),
        (["model.xlsx", "--out", "sub"], 2, "is a folder"),
        (["model.xlsx", "--out", "f.xlsx", "--as-of", "soon"], 2, "soon"),
        (["nowhere.xlsx", "--out", "f.xlsx"], 1, "nowhere.xlsx: there is no such file"),
        (["text.xlsx", "--out", "f.xlsx"], 1, "text.xlsx: is no workbook"),
        (["model.xlsx", "--out", "f.xlsx", "--entity", "Nobody"], 1, "Nobody: no such entity"),
        (["model.xlsx", "--out", "f.xlsx", "--document", "none"], 1, "none: no such document"),
        (["model.xlsx", "--out", "f.xlsx", "--store", "no.duckdb"], 1, "no.duckdb: there is no store"),
        (["model.xlsx", "--out", "text.xlsx/f.xlsx"], 1, "cannot write here"),
    ],
)
def test_one_line_and_nothing_written(arguments: list[str], code: int, message: str, store: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "text.xlsx").write_text("Item,Amount")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    given = arguments if "--store" in arguments else [*arguments, "--store", str(store)]
    done = exporter("fill", *given, cwd=tmp_path)
    assert done.code == code
    assert len(done.errors) == 1
    assert message in done.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


# --- the sample ---------------------------------------------------------------------------------------


def test_the_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "docs/make_model_sample.py"), str(tmp_path / "m.xlsx")], check=True)
    assert (tmp_path / "m.xlsx").read_bytes() == SAMPLE.read_bytes(), "run docs/make_model_sample.py"


def test_the_sample_is_filled_whole_after_the_demo(tmp_path: Path) -> None:
    exporter("demo", "--formats", "csv", cwd=tmp_path)
    done = exporter("fill", SAMPLE, "--out", "out/model.xlsx", "--strict", cwd=tmp_path)
    assert (done.code, done.errors) == (0, [])
    assert "28 cells filled, 0 left" in done.out
    data = (tmp_path / "out/model.xlsx").read_bytes()
    assert changed(SAMPLE.read_bytes(), data) == {"xl/worksheets/sheet1.xml"}
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Model"]
    figures = [sheet.cell(row, column).value for row in (6, 7, 8, 10, 11, 13, 15) for column in (3, 4, 6, 7)]
    assert all(isinstance(figure, int | float) for figure in figures)
    again = exporter("fill", SAMPLE, "--out", "out/again.xlsx", cwd=tmp_path)
    assert again.code == 0
    assert (tmp_path / "out/again.xlsx").read_bytes() == data
