"""What every format promises, over the registry: the same bytes each time, inside its folder, whatever a document prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from handmade import ENTITY, NASTY, figure, figures, report, taxonomy

from exporter.errors import FormatError, Issue
from exporter.formats import FORMATS, Export, Format, get
from exporter.model import Report, Taxonomy
from exporter.store import FactStore

TAXONOMY = taxonomy()
every_format = pytest.mark.parametrize("name", list(FORMATS))


def written(name: str, source: Report, folder: Path, known: Taxonomy = TAXONOMY) -> dict[str, bytes]:
    """The files of a format by relative name; nothing else may have appeared in ``folder``'s parent."""
    out = folder / source.document.id
    paths = get(name)(source, known, out, {})
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert found
    assert sorted(path.relative_to(out).as_posix() for path in paths) == sorted(found)
    assert [path.name for path in folder.iterdir()] == [out.name]
    return found


def nasty_report(text: str) -> Report:
    entity = replace(ENTITY, name=text, names=(text,))
    lines = [
        figure("fin:Revenues", "1000", line=1, raw=text, label=text, section=(text, text), qualifier=text),
        figure(None, "2000", line=2, raw=text, label=text, reason=text, candidates=(text,)),
        figure("fin:Auditor", None, line=3, kind="text", text=text, unit="", decimals=None),
    ]
    source = report(lines, entity=entity, text=text)
    table = source.tables[0]
    columns = tuple(replace(column, headers=(text, text)) for column in table.columns)
    shown = replace(table, title=text, scale_text=text, columns=columns, rows=tuple(replace(row, texts={2: text}) for row in table.rows))
    return replace(source, tables=(shown, replace(shown, number=2, title=text)), findings=(Issue("nasty", text, text),))


@every_format
def test_the_same_report_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = written(name, report(), tmp_path / "a")
    assert first == written(name, report(), tmp_path / "b")
    assert first == written(name, report(), tmp_path / "a")  # over its own files


@every_format
def test_the_store_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    """Export from the store alone: report and taxonomy both come out of the file."""
    with FactStore.open(tmp_path / "facts.duckdb") as store:
        store.write([report()], TAXONOMY)
    with FactStore.open(tmp_path / "facts.duckdb", read_only=True) as store:
        back, known = store.load_report("sample"), store.load_taxonomy(TAXONOMY.hash)
    assert written(name, back, tmp_path / "b", known) == written(name, report(), tmp_path / "a")


@every_format
def test_no_path_or_clock_gets_in(name: str, tmp_path: Path) -> None:
    for file, data in written(name, report(), tmp_path / "deep" / "folder").items():
        assert str(tmp_path).encode() not in data, file


@every_format
@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_nasty_text_survives(name: str, text: str, tmp_path: Path) -> None:
    assert written(name, nasty_report(text), tmp_path)


@every_format
def test_a_nasty_name_of_a_document_stays_in_the_folder(name: str, tmp_path: Path) -> None:
    """The name is made safe before; a format adds nothing that leaves its folder all the same."""
    source = report()
    out = tmp_path / "in" / "side"
    paths = get(name)(replace(source, document=replace(source.document, id="../../evil")), TAXONOMY, out, {})
    assert paths
    assert all(path.resolve().is_relative_to(out.resolve()) for path in paths)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@every_format
def test_a_report_without_anything(name: str, tmp_path: Path) -> None:
    empty = replace(report([]), tables=(), findings=(), period=None, entity=replace(ENTITY, fiscal_year_end=None, accounting=""))
    assert written(name, empty, tmp_path)


@every_format
def test_a_folder_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FormatError) as caught:
        get(name)(report(figures()), TAXONOMY, tmp_path / "file", {})
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "in the way"


@every_format
def test_nothing_is_left_beside_the_files(name: str, tmp_path: Path) -> None:
    assert not [file for file in written(name, report(), tmp_path) if file.endswith(".tmp")]


# --- the registry -----------------------------------------------------------------------------------


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(FormatError, match=r"format 'pdf' is not known; choose from: xbrl, xlsx, csv"):
        get("pdf")


def test_a_missing_library_says_the_pip_line() -> None:
    missing = Format("odd", "", "surely_not_installed.formats:export", "surely-not-installed")
    with pytest.raises(FormatError, match="format odd: surely_not_installed is not installed; run: pip install surely-not-installed"):
        missing.load()


def test_our_own_missing_module_is_no_missing_library() -> None:
    with pytest.raises(ModuleNotFoundError):
        Format("odd", "", "exporter.formats.nothing:export", "").load()


def test_the_registry_imports_nothing_before_it_is_asked(in_new_process: Callable[[str], str]) -> None:
    loaded = in_new_process("import sys, exporter.formats; print(sorted({m.split('.')[0] for m in sys.modules}))")
    for heavy in ("duckdb", "pyarrow", "lxml", "xlsxwriter", "openpyxl"):
        assert f"'{heavy}'" not in loaded


@pytest.fixture
def in_new_process() -> Callable[[str], str]:
    import subprocess

    root = Path(__file__).resolve().parents[1]

    def run(code: str) -> str:
        return subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60).stdout

    return run


def test_every_entry_says_what_it_writes() -> None:
    for name, entry in FORMATS.items():
        assert entry.name == name
        assert entry.summary
        loaded: Export = entry.load()
        assert callable(loaded)
