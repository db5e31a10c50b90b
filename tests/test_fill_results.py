"""Results of formulas that no longer hold once cells were filled: on which sheets they are taken out, and that programs
which compute them get what follows from the filled figures."""

from __future__ import annotations

import importlib.util
import io
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from fillkit import book, changed, filled, macro_book, parts, rezipped, store_of
from helpers import ROOT

from exporter.fill import Outcome
from exporter.fill.formulas import reach
from exporter.store import FactStore

ASKS = "{{fin:Revenues | 2023Q2 | CNY}}"
FULL = 3914316000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FactStore:
    return store_of(tmp_path_factory.mktemp("fill") / "facts.duckdb")


# --- what a formula reads -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sheets", "names"),
    [
        ("A1+B$2*$C3:D4", "", ""),
        ("SUM(A:A,1:3,$2:$3)-LOG10(A1)", "", ""),
        ("Sheet2!C3*2", "Sheet2", ""),
        ("-'It''s a model'!B2%", "It's a model", ""),
        ("SUM(First:Last!A1)+'A b:C d'!A:A", "First:Last A b:C d", ""),
        ("Übersicht!A1", "Übersicht", ""),
        ("Rate*2+tax.Rate", "", "rate tax.rate"),
        ("SUM(Table1[Amount],Table2[[#This Row],[a ']b]])", "", "table1 table2"),
        ("[1]Other!A1+'[2]The other'!B2+[1]!Name", "", "name"),
        ('IF(A1="Sheet2!A1",TRUE,"it\'s")', "", ""),
        ("_xlfn.XLOOKUP(A1,B:B,C:C)+_xlfn._xlws.SORT", "", "_xlfn._xlws.sort"),
        ("INDEX(A1:B2,1):C3", "", ""),
        ("IFERROR(1.5E+3/Sheet2!A1,{1,2;3,4})", "Sheet2", ""),
        ("Sheet1!#REF!+#N/A", "Sheet1", ""),
        ("A1#+@B1:B9", "", ""),
    ],
)
def test_reach(text: str, sheets: str, names: str) -> None:
    found = reach(text)
    assert not found.anything
    wanted = {"It's a model"} if "It" in sheets else set(sheets.replace("A b:C d", "A_b:C_d").split())
    assert {name.replace("A b:C d", "A_b:C_d") for name in found.sheets} == wanted
    assert found.names == set(names.split())


@pytest.mark.parametrize("text", ["OFFSET(A1,1,1)", 'INDIRECT("Sheet2!A1")', "MyMacro(A1)", "2023!A1", "A1 § B1", '"open', "LET(x,1,x)"])
def test_what_is_not_understood_may_read_anything(text: str) -> None:
    assert reach(text).anything


def sheets(formulas: dict[str, str], names: dict[str, str] | None = None) -> bytes:
    """A model that asks on the sheet Model, and further sheets with a formula each, whose result is 7."""

    def work(made: Any) -> None:
        made.add_worksheet("Model").write("A1", ASKS)
        for name, formula in formulas.items():
            made.add_worksheet(name).write_formula("B2", formula, None, 7)
        for name, formula in (names or {}).items():
            made.define_name(name, formula)

    return book(work)


def dropped(data: bytes, store: FactStore) -> set[str]:
    outcome = filled(data, store)
    made = openpyxl.load_workbook(io.BytesIO(outcome.data), data_only=True)
    found = {sheet.title for sheet in made.worksheets[1:] if sheet["B2"].value is None}
    order = [sheet.title for sheet in made.worksheets]
    assert changed(data, outcome.data) == {f"xl/worksheets/sheet{order.index(name) + 1}.xml" for name in {"Model", *found}}
    return found


def test_only_sheets_that_read_a_filled_one_lose_results(store: FactStore) -> None:
    formulas = {
        "Reads": "=Model!A1*2", "Reads it": "=SUM('Reads'!A1:B9)", "By name": "=Rate+1", "By range": "=SUM(Model:Reads!A1)",
        "By function": '=INDIRECT("A1")', "By table": "=SUM(Table1[x])", "Own": "=A1*2", "Constant": "=1+1", "Other name": "=Fixed*2",
        "Text": '="Model!A1"', "Through the name": "=Rate2", "Elsewhere": "=Own!B2+Constant!B2",
    }  # fmt: skip
    names = {"Rate": "=Model!$A$1", "Fixed": "=Own!$A$1", "Rate2": "=Rate*2"}
    wanted = {"Reads", "Reads it", "By name", "By range", "By function", "By table", "Through the name"}
    assert dropped(sheets(formulas, names), store) == wanted


def test_the_sheet_of_a_table(store: FactStore) -> None:
    def work(made: Any) -> None:
        model, sums, other = (made.add_worksheet(name) for name in ("Model", "Sums", "Other"))
        model.add_table("A1:A3", {"name": "Figures", "columns": [{"header": "x"}], "data": [[ASKS], [2]]})
        sums.write_formula("B2", "=SUM(Figures[x])", None, 7)
        other.add_table("A1:A3", {"name": "Others", "columns": [{"header": "x"}], "data": [[1], [2]]})
        other.write_formula("B2", "=SUM(Others[x])", None, 7)

    assert dropped(book(work), store) == {"Sums"}


# --- programs that compute them -------------------------------------------------------------------------


def tools() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "docs" / "make_pictures.py")
    if spec is None or spec.loader is None or shutil.which("soffice") is None:
        pytest.skip("not installed: soffice")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def computed(data: bytes, folder: Path, suffix: str = "xlsx") -> openpyxl.Workbook:
    """As LibreOffice computes it: it computes what has no result."""
    source, out = folder / f"filled.{suffix}", folder / "computed"
    source.write_bytes(data)
    out.mkdir(exist_ok=True)
    return openpyxl.load_workbook(tools().convert(source, "xlsx", out), data_only=True)


def every_shape(made: Any) -> None:
    """Formulas of every kind over one figure that is asked for."""
    model, sums = made.add_worksheet("Model"), made.add_worksheet("Sums")
    model.write_column("A1", [ASKS, 2, 3, 4])
    model.write_comment("A2", "{{fin:Costs | 2023Q2 | CNY}}")
    model.write_formula("B1", "=A1*2", None, 1)
    model.write_formula("B2", '=IF(A1>1000,"large","small")', None, "small")
    model.write_formula("B3", "=A1>1000", None, False)
    model.write_formula("B4", "=1/(A1-3914316000)", None, 1)
    model.write_array_formula("C1:C4", "{=A1:A4*10}", None, 0)
    for row in range(2, 5):
        model.write(f"C{row}", 0)
    model.merge_range("E1:F2", "")
    made.define_name("fin.Revenues_2023H1_CNY", "=Model!$E$1:$F$2")
    made.define_name("Rate", "=Model!$A$1")
    sums.write_formula("A1", "=SUM(Model!A1:A4)", None, 10)
    sums.write_formula("A2", "=Rate/1000", None, 1)
    sums.write_formula("A3", "=Model!E1-Model!B1", None, 1)


WANTED = {
    "Model": {
        "A1": FULL, "A2": 12000, "B1": 2 * FULL, "B2": "large", "B3": True, "B4": "#DIV/0!", "C1": 10 * FULL, "C3": 30,
        "E1": 7513490000,
    },
    "Sums": {"A1": FULL + 12007, "A2": FULL / 1000, "A3": 7513490000 - 2 * FULL},
}  # fmt: skip


def check(outcome: Outcome, folder: Path) -> None:
    assert [cell.value for cell in outcome.cells] == ["3914316000", "7513490000", "12000"], outcome.cells
    read = openpyxl.load_workbook(io.BytesIO(outcome.data))
    assert read["Model"]["A1"].value == FULL
    for title, given in WANTED.items():
        for address, value in given.items():
            found = computed_once(outcome, folder)[title][address].value
            assert found == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value), (title, address)


_COMPUTED: dict[int, openpyxl.Workbook] = {}


def computed_once(outcome: Outcome, folder: Path) -> openpyxl.Workbook:
    if id(outcome) not in _COMPUTED:
        _COMPUTED.clear()
        _COMPUTED[id(outcome)] = computed(outcome.data, folder)
    return _COMPUTED[id(outcome)]


@pytest.mark.judge
def test_libreoffice_computes_what_follows(store: FactStore, tmp_path: Path) -> None:
    check(filled(book(every_shape), store), tmp_path)


@pytest.mark.judge
def test_the_judge_can_fail(store: FactStore, tmp_path: Path) -> None:
    """With the stale results left in, LibreOffice shows them."""
    data = book(every_shape)
    outcome = filled(data, store)
    stale = rezipped(outcome.data, {"xl/worksheets/sheet2.xml": parts(data)["xl/worksheets/sheet2.xml"]})
    with pytest.raises(AssertionError):
        check(Outcome(stale, outcome.cells, 0, ()), tmp_path)


@pytest.mark.judge
def test_a_model_that_libreoffice_saved(store: FactStore, tmp_path: Path) -> None:
    source = tmp_path / "model.xlsx"
    source.write_bytes(book(every_shape))
    (tmp_path / "saved").mkdir()
    data = tools().convert(source, "xlsx", tmp_path / "saved").read_bytes()
    outcome = filled(data, store)
    check(outcome, tmp_path)
    assert changed(data, outcome.data) == {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}


@pytest.mark.judge
def test_a_model_that_openpyxl_saved(store: FactStore, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(book(every_shape))).save(buffer)
    outcome = filled(buffer.getvalue(), store)
    check(outcome, tmp_path)
    assert changed(buffer.getvalue(), outcome.data) <= {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}


@pytest.mark.judge
def test_shared_formulas(store: FactStore, tmp_path: Path) -> None:
    """As Excel writes a formula that was filled down."""

    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        sheet.write_column("A1", [ASKS, 2, 3])
        for row in range(1, 4):
            sheet.write_formula(f"B{row}", f"=A{row}*2", None, 1)

    def shared(part: bytes) -> bytes:
        part = part.replace(b"<f>A1*2</f>", b'<f t="shared" ref="B1:B3" si="0">A1*2</f>')
        return part.replace(b"<f>A2*2</f>", b'<f t="shared" si="0"/>').replace(b"<f>A3*2</f>", b'<f t="shared" si="0"/>')

    outcome = filled(rezipped(book(work), {"xl/worksheets/sheet1.xml": shared}), store)
    assert outcome.dropped == 3
    assert parts(outcome.data)["xl/worksheets/sheet1.xml"].count(b'<f t="shared" si="0"/></c>') == 2
    made = computed(outcome.data, tmp_path)["Model"]
    assert [made[f"B{row}"].value for row in range(1, 4)] == [2 * FULL, 4, 6]


@pytest.mark.judge
@pytest.mark.filterwarnings("ignore:.*not supported and will be removed")
def test_libreoffice_opens_the_filled_macro_workbook(store: FactStore, tmp_path: Path) -> None:
    outcome = filled(macro_book(tmp_path), store)
    made = computed(outcome.data, tmp_path, "xlsm")
    total = 3914316000 + 7513490000 + 12000
    assert [made["Model"]["B5"].value, made["Sums"]["A1"].value, made["Sums"]["A2"].value] == [total, 2 * total, 2 * total + 1]
    assert made["Other"]["A2"].value == 6
