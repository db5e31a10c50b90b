"""`exporter fill` as a whole: what is filled, what is left, and that nothing else of a model moves."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fillkit import EXACT, MACROS, book, cells, changed, filled, macro_book, observations, parts, rezipped, store_of
from handmade import ENTITY, TRANSLATION, figure, report

from exporter.errors import StoreError
from exporter.fill import Outcome
from exporter.store import FactStore
from exporter.store.asking import Question


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FactStore:
    return store_of(tmp_path_factory.mktemp("fill") / "facts.duckdb")


def sheet_of(outcome: Outcome, number: int = 1) -> str:
    return parts(outcome.data)[f"xl/worksheets/sheet{number}.xml"].decode()


def value(outcome: Outcome, address: str = "A1", name: str = "Model") -> Any:
    return openpyxl.load_workbook(io.BytesIO(outcome.data))[name][address].value


def one(text: str, store: FactStore, **defaults: Any) -> tuple[str | None, str, tuple[str, ...]]:
    """What becomes of a placeholder alone in a cell: value, reason, candidates."""
    (cell,) = filled(cells({"A1": "{{" + text + "}}"}), store, **defaults).cells
    return cell.value, cell.answer.reason, cell.answer.candidates


# --- what a placeholder may say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("fin:Revenues | 2023Q2 | CNY", "3914316000"),
        ("fin:Revenues|2023-Q2|RMB", "3914316000"),
        (" fin:Revenues | 2023-04-01..2023-06-30 | iso4217:CNY ", "3914316000"),
        ("fin:Revenues | CNY | 2023H1", "7513490000"),
        ("fin:Revenues | 2022M9 | CNY", "12000000000"),
        ("fin:Revenues | 2022-9M | CNY", "12000000000"),
        ("fin:Revenues | FY2022 | cny", "16553000000"),
        ("fin:Revenues | 2022FY | CNY | latest", "16553000000"),
        ("fin:Revenues | 2023Q2 | CNY | in millions", "3914.316"),
        ("fin:Revenues | 2023Q2 | CNY | /1000000", "3914.316"),
        ("fin:Revenues | 2023Q2 | CNY | /1,000", "3914316"),
        ("fin:Margin | 2023Q2 | in percent", "29"),
        ("fin:Margin | 2023Q2 | %", "0.29"),
        ("fin:Margin | 2023Q2 | basis=gaap", "0.29"),
        ("fin:Revenues | 2023Q2 | USD | translation", "539807000"),
        ("fin:Revenues | 2023Q2 | CNY | lend:ModelAxis=fin:LightMember", "2700"),
        ("fin:Revenues | 2023Q2 | CNY | modelaxis=lightmember", "2700"),
        ("fin:Revenues | 2023Q2 | CNY | guidance | low", "1000000000"),
        ("fin:Revenues | 2023Q2 | CNY | guidance | high | in billions", "1.5"),
        ("fin:Costs | 2023Q2 | CNY", "12000"),
        ("fin:Cash | 2023-06-30 | CNY", "7165584000.5"),
        ("fin:Cash | 2023Q2 | CNY", "7165584000.5"),
        ("fin:Cash | 2023H1 | CNY", "7165584000.5"),
        ("fin:EarningsPerAds | 2023Q2 | CNY/ADS", "3.4"),
        ("fin:Revenues | 2023Q2 | CNY | entity=cik:0000000042 | document=sample", "3914316000"),
        ("fin:Revenues | 2023Q2 | CNY | as-of 2023-08-15", "3914316000"),
    ],
)
def test_filled(text: str, number: str, store: FactStore) -> None:
    found, reason, _ = one(text, store)
    assert (found, reason) == (number, "")


@pytest.mark.parametrize(
    ("text", "reason", "candidate"),
    [
        ("fin:Revenue | 2023Q2 | CNY", "no document has a fact of fin:Revenue", "fin:Revenues"),
        ("fin:Revenues | 2023Q3 | CNY", "no fact of fin:Revenues for 2023Q3", "{{fin:Revenues | 2023Q2 | CNY}}"),
        ("fin:Revenues | 2023-06-30 | CNY", "no fact of fin:Revenues for 2023-06-30", "{{fin:Revenues | 2023Q2 | CNY}}"),
        ("fin:Revenues | 2023Q2", "is in a currency: say which", "{{fin:Revenues | 2023Q2 | CNY}}"),
        ("fin:Revenues | 2023Q2 | EUR", "is not in eur", "{{fin:Revenues | 2023Q2 | CNY}}"),
        ("fin:Revenues | 2023Q2 | USD", "is there only as a convenience translation: say translation", "| USD | translation}}"),
        ("fin:Revenues | 2022Q2 | USD | translation", "is not translated", "{{fin:Revenues | 2022Q2 | CNY}}"),
        ("fin:Revenues | 2023Q2 | CNY | ModelAxis=HeavyMember", "no such fact with these members", ""),
        ("fin:Revenues | 2023H1 | CNY | guidance | low", "no such fact as guidance", ""),
        ("fin:Revenues | 2023Q2 | CNY | guidance", "is a range: say low or high", ""),
        ("fin:Revenues | 2023Q2 | CNY | low", "is one number, not a range: leave out low", ""),
        ("fin:Revenues | 2023Q2 | CNY | basis=non-gaap", "is not on the basis non_gaap", ""),
        ("fin:Revenues | 2023Q2 | CNY | document=other", "is not in the document other", ""),
        ("fin:Revenues | 2023Q2 | CNY | as-of 2023-08-14", "was not known as of 2023-08-14", ""),
        ("fin:Revenues | 2023Q2 | CNY | entity=cik:7", "cik:7 has no fact of fin:Revenues", "entity=cik:0000000042"),
        ("fin:Revenues | CNY", "names no period", ""),
        ("fin:Revenues | 2023Q2 | 2023H1 | CNY", "'2023H1': the period is said twice", ""),
        ("fin:Revenues | 2023Q2 | CNY | USD", "'USD': the unit is said twice", ""),
        ("fin:Revenues | 2023-02-30 | CNY", "2023-02-30 is no day of the calendar", ""),
        ("fin:Revenues | 2023Q2 | CNY | twice as much", "'twice as much' is not understood", ""),
        ("fin:Revenues | 2023Q2 | CNY | entity=", "nothing follows the equals sign", ""),
        ("fin:Auditor | 2023Q2 | in millions", "is a text, which has no scale and no ends", ""),
    ],
)
def test_left_as_it_was(text: str, reason: str, candidate: str, store: FactStore) -> None:
    data = cells({"A1": "{{" + text + "}}"})
    outcome = filled(data, store)
    (cell,) = outcome.cells
    assert cell.value is None
    assert reason in cell.answer.reason
    assert candidate in " ".join(cell.answer.candidates)
    assert outcome.data == data


def test_a_candidate_that_is_pasted_fills(store: FactStore) -> None:
    _, _, candidates = one("fin:Revenues | 2023Q1 | CNY", store)
    assert len(candidates) == 5
    assert all(one(candidate[2:-2], store)[0] is not None for candidate in candidates if candidate.startswith("{{"))


def test_other_braces_are_not_ours(store: FactStore) -> None:
    data = cells({"A1": "{{customer}}", "A2": "{{ 7*7 }}", "A3": "{fin:Revenues}", "A4": "{{fin:Revenues"})
    assert filled(data, store).cells == ()
    assert filled(data, store).data == data


def test_a_placeholder_within_text_is_left(store: FactStore) -> None:
    (cell,) = filled(cells({"A1": "Revenue {{fin:Revenues | 2023Q2 | CNY}}"}), store).cells
    assert "within other text" in cell.answer.reason


# --- several documents and issuers --------------------------------------------------------------------


def test_vintages(tmp_path: Path) -> None:
    """100 was reported, 105 later."""

    def word(name: str, day: str, number: str) -> Any:
        return report([figure("fin:Revenues", number, decimals=0)], source=name, document_id=name, filed_at=day)

    store = store_of(tmp_path / "s.duckdb", word("first", "2023-05-15", "100"), word("second", "2023-08-15", "105"))
    ask = "fin:Revenues | 2023Q2 | CNY"
    assert one(ask, store)[0] == "105"
    assert one(ask + " | original", store)[0] == "100"
    assert one(ask + " | as-of 2023-08-14", store)[0] == "100"
    assert one(ask, store, as_of=date(2023, 8, 14))[0] == "100"
    assert one(ask + " | as-of 2023-08-15", store, as_of=date(2023, 8, 14))[0] == "105"
    assert one(ask, store, document="first")[0] == "100"
    assert one(ask + " | document=first", store)[0] == "100"
    with pytest.raises(StoreError, match="no document third; stored are: first, second"):
        one(ask, store, document="third")
    with pytest.raises(StoreError, match="no issuer cik:9"):
        one(ask, store, entity="cik:9")


def test_what_is_current_is_what_the_view_says(tmp_path: Path) -> None:
    """Of series that stand in one document, and of those that stand in several; nothing of translations and of old outlooks."""

    def word(name: str, day: str, *given: tuple[str, str, Any]) -> Any:
        shown = [figure(concept, number, line=n, decimals=0, **more) for n, (concept, number, more) in enumerate(given, 1)]
        return report(shown, source=name, document_id=name, filed_at=day)

    usd = {"unit": "iso4217:USD", "dimensions": TRANSLATION, "rate_date": date(2023, 6, 30)}
    expected, about, share = {"scenario": "previous_guidance"}, {"qualifier": "about"}, {"unit": "xbrli:pure"}
    store = store_of(
        tmp_path / "s.duckdb",
        word("first", "2023-05-15", ("fin:Revenues", "100", {}), ("fin:Costs", "7", {}), ("fin:Cash", "3", expected)),
        word("second", "2023-08-15", ("fin:Revenues", "105", {}), ("fin:Revenues", "15", usd), ("fin:Cash", "4", {})),
        word("third", "2023-08-16", ("fin:Cash", "4", about), ("fin:Margin", "1", share)),
    )
    asked = store.lookup(store.concepts(), [ENTITY.id], Question())
    found = sorted((fact.fact_id, fact.concept_id, fact.lexical, shape.document_id) for shape, facts in asked.items() for fact in facts)
    columns = (store.facts().column(name).to_pylist() for name in ("fact_id", "concept_id", "value_lexical", "document_id"))
    assert found == sorted(zip(*columns, strict=True))
    assert len(found) == 4
    assert store.lookup(store.concepts(), ["cik:9"], Question()) == {}
    assert store.lookup([], [ENTITY.id], Question()) == {}


def test_with_several_issuers_the_issuer_is_said(tmp_path: Path) -> None:
    other = report([figure("fin:Costs", "7", decimals=0)], source="o", document_id="other", entity=replace(ENTITY, id="cik:0000000043"))
    store = store_of(tmp_path / "s.duckdb", report(observations()), other)
    found, reason, candidates = one("fin:Revenues | 2023Q2 | CNY", store)
    assert found is None
    assert reason.startswith("the store holds 2 issuers")
    assert candidates == ("cik:0000000042", "cik:0000000043")
    assert one("fin:Revenues | 2023Q2 | CNY", store, entity="cik:0000000042")[0] == "3914316000"
    assert one("fin:Costs | 2023Q2 | CNY | entity=cik:0000000043", store, entity="cik:0000000042")[0] == "7"
    assert one("fin:Revenues | 2023Q2 | CNY | entity=cik:0000000043", store)[0] is None


def test_several_facts_are_never_chosen_from(tmp_path: Path) -> None:
    def payment(name: str, day: str) -> Any:
        at_rate = {"dimensions": TRANSLATION, "rate_date": date(2023, 6, int(day))}
        return report([figure("fin:Revenues", day, unit="iso4217:USD", **at_rate)], source=name, document_id=name)

    store = store_of(tmp_path / "s.duckdb", payment("a", "29"), payment("b", "30"))
    found, reason, candidates = one("fin:Revenues | 2023Q2 | USD | translation", store)
    assert (found, reason) == (None, "2 facts fit")
    assert [one(candidate[2:-2], store)[0] for candidate in candidates] == ["29", "30"]


# --- ways of asking -----------------------------------------------------------------------------------


def test_names(store: FactStore) -> None:
    names = {
        "fin.Revenues_2023Q2_CNY": ("$A$1", "3914316000"),
        "fin.Revenues_2023Q2_CNY_millions_copy2": ("$B$9", "3914.316"),
        "fin.EarningsPerAds_2023Q2_CNY.ADS": ("$C$3", "3.4"),
        "fin.Revenues_2023Q2_CNY_lend.ModelAxis.fin.LightMember": ("$A$2", "2700"),
        "fin.Revenues_2023Q2_CNY_guidance_low": ("$A$3", "1000000000"),
        "fin.Cash_20230630_CNY_entity.cik.0000000042": ("$A$4", "7165584000.5"),
        "fin.Revenues_20230401.20230630_CNY_asof.20230815": ("$A$5", "3914316000"),
    }

    def work(made: Any) -> None:
        sheet = made.add_worksheet("It's a model")
        sheet.write("A2", 1)
        for name, (address, _) in names.items():
            made.define_name(name, f"='It''s a model'!{address}")
        made.define_name("tax.Rate_2023Q2", "='It''s a model'!$Z$1")
        made.define_name("fin.Revenues", "='It''s a model'!$Z$2")

    outcome = filled(book(work), store)
    assert {cell.request.said: cell.value for cell in outcome.cells} == {name: number for name, (_, number) in names.items()}
    assert value(outcome, "B9", "It's a model") == 3914.316


@pytest.mark.parametrize(
    ("refers", "reason"),
    [
        ("=Model!$A$1:$A$2", "means more than one cell"), ("=SUM(Model!$A$1)", "means no cell"), ("=5", "means no cell"),
        ("=Model!#REF!", "means no cell"),
    ],
)  # fmt: skip
def test_a_name_that_is_no_cell(refers: str, reason: str, store: FactStore) -> None:
    def work(made: Any) -> None:
        made.add_worksheet("Model").write("A1", 1)
        made.define_name("fin.Revenues_2023Q2_CNY", refers)

    (cell,) = filled(book(work), store).cells
    assert cell.value is None
    assert reason in cell.answer.reason


def test_a_note_is_filled_again_and_again(store: FactStore) -> None:
    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        sheet.write("B2", 17)
        sheet.write_comment("B2", "Me:\n{{fin:Revenues | 2023Q2 | CNY}}")

    first = filled(book(work), store)
    assert value(first, "B2") == 3914316000
    assert filled(first.data, store).data == first.data


def test_two_wishes_for_one_cell(store: FactStore) -> None:
    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        for row, note in ((0, "{{fin:Revenues|2023Q2|CNY}}"), (1, "{{fin:Revenues | 2023H1 | CNY}}")):
            sheet.write(row, 0, "{{fin:Revenues | 2023Q2 | CNY}}")
            sheet.write_comment(row, 0, note)

    agree, differ = filled(book(work), store).cells
    assert agree.value == "3914316000"
    assert differ.answer.reason == "the cell is asked for different figures"


def test_what_must_not_be_overwritten(store: FactStore) -> None:
    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        asks = "{{fin:Revenues | 2023Q2 | CNY}}"
        sheet.write_formula("A1", "=1+1", None, 2)
        sheet.write_array_formula("B1:B3", "{=ROW(1:3)}", None, 1)
        sheet.merge_range("C1:D2", "x")
        sheet.add_table("F1:G3", {"columns": [{"header": asks}, {"header": "h"}]})
        sheet.write_formula("H1", f'="{asks}"', None, asks)
        for address in ("A1", "B2", "D2"):
            sheet.write_comment(address, asks)

    data = book(work)
    outcome = filled(data, store)
    assert [(cell.cell, cell.answer.reason.partition(",")[0].partition(":")[0]) for cell in outcome.cells] == [
        ("A1", "holds a formula"), ("F1", "is the header of a table"), ("H1", "holds a formula"),
        ("B2", "shows a result of an array formula"), ("D2", "lies inside a merged range"),
    ]  # fmt: skip
    assert outcome.data == data


# --- what is written ----------------------------------------------------------------------------------


def test_a_figure_of_more_than_15_digits_says_so(store: FactStore) -> None:
    (cell,) = filled(cells({"A1": "{{fin:Costs | 2023H1 | CNY}}"}), store).cells
    assert cell.value == EXACT
    assert cell.answer.remarks == ("has 21 digits, a spreadsheet keeps 15",)


def test_an_approximate_figure_says_so(store: FactStore) -> None:
    (cell,) = filled(cells({"A1": "{{fin:Margin | 2023Q2}}"}), store).cells
    assert cell.answer.remarks == ("approximate",)


def test_text_never_runs(store: FactStore) -> None:
    outcome = filled(cells({"A1": "{{fin:Auditor | 2023Q2}}"}), store)
    cell = openpyxl.load_workbook(io.BytesIO(outcome.data))["Model"]["A1"]
    assert cell.data_type != "f"
    assert "_x0001__x005F_x0041_" in sheet_of(outcome)
    assert 't="inlineStr"' in sheet_of(outcome)
    assert "<f>" not in sheet_of(outcome)


@pytest.mark.parametrize(("date1904", "serial"), [(False, 45191), (True, 43729)])
def test_dates(date1904: bool, serial: int, store: FactStore) -> None:
    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        sheet.write("A1", "{{fin:PaymentDate | 2023Q2}}", made.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write("A2", "{{fin:PaymentDate | 2023Q2}}")

    outcome = filled(book(work, date_1904=date1904), store)
    assert f"<v>{serial}</v>" in sheet_of(outcome)
    assert value(outcome).date() == date(2023, 9, 22)
    assert value(outcome, "A2") == "2023-09-22"


def test_the_cell_keeps_its_style_and_the_shared_texts_stay(store: FactStore) -> None:
    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        sheet.set_column("C:C", 20, made.add_format({"num_format": "0.00"}))
        sheet.write("A1", "{{fin:Revenues | 2023Q2 | CNY}}", made.add_format({"bold": True}))
        made.define_name("fin.Revenues_2023Q2_CNY", "=Model!$C$7")

    data = book(work)
    outcome = filled(data, store)
    assert changed(data, outcome.data) == {"xl/worksheets/sheet1.xml"}
    made = openpyxl.load_workbook(io.BytesIO(outcome.data))["Model"]
    assert (made["A1"].value, made["A1"].font.b) == (3914316000, True)
    assert (made["C7"].value, made["C7"].number_format) == (3914316000, "0.00")
    assert made.calculate_dimension() == "A1:C7"


def test_cells_that_were_not_there(store: FactStore) -> None:
    """In an empty sheet, before, between and after rows and cells, in an empty row."""

    def work(made: Any) -> None:
        made.add_worksheet("Empty")
        sheet = made.add_worksheet("Model")
        sheet.write("C3", 1)
        sheet.write("E3", 2)
        sheet.set_row(4, 30)
        sheet.write("C7", 3)
        places = ["Empty!$B$2", "Empty!$A$2", *(f"Model!${c}${r}" for r in (2, 3, 5, 6, 7, 9) for c in "BDF")]
        for number, place in enumerate(places):
            made.define_name(f"fin.Revenues_2023Q2_CNY_copy{number}", f"={place}")

    outcome = filled(book(work), store)
    assert [cell.value for cell in outcome.cells] == ["3914316000"] * 20
    made = openpyxl.load_workbook(io.BytesIO(outcome.data))
    rows = [[cell.value for cell in row[1:6]] for row in made["Model"]["A2:F9"]]
    full, x = 3914316000, None
    assert rows == [
        [full, x, full, x, full], [full, 1, full, 2, full], [x] * 5, [full, x, full, x, full], [full, x, full, x, full],
        [full, 3, full, x, full], [x] * 5, [full, x, full, x, full],
    ]  # fmt: skip
    for name in ("sheet1", "sheet2"):
        placed = re.findall(r'<c r="([A-Z]+)(\d+)"', parts(outcome.data)[f"xl/worksheets/{name}.xml"].decode())
        assert placed == sorted(placed, key=lambda at: (int(at[1]), at[0]))


def test_same_input_same_bytes(store: FactStore, tmp_path: Path) -> None:
    data = macro_book(tmp_path)
    assert filled(data, store).data == filled(data, store).data


# --- a macro workbook ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def macro(store: FactStore, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Outcome]:
    data = macro_book(tmp_path_factory.mktemp("macro"))
    return data, filled(data, store)


def test_every_part_but_the_touched_sheets_stays(macro: tuple[bytes, Outcome]) -> None:
    data, outcome = macro
    names = set(parts(data))
    wanted = "vbaProject.bin chart1.xml image1.png pivotTable1.xml pivotCacheDefinition1.xml comments1.xml threadedComment1.xml"
    assert {name.rpartition("/")[2] for name in names} >= {*wanted.split(), "vmlDrawing1.vml", "featurePropertyBag.xml"}
    assert changed(data, outcome.data) == {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}
    assert parts(outcome.data)["xl/vbaProject.bin"] == MACROS


def test_in_a_touched_sheet_only_the_touched_cells_change(macro: tuple[bytes, Outcome]) -> None:
    data, outcome = macro
    before, after = parts(data)["xl/worksheets/sheet1.xml"].decode(), sheet_of(outcome)
    assert "sparklineGroup" in after
    assert "x14:dataBar" in after
    cell = re.compile(r"<c [^>]*?(?:/>|>.*?</c>)")
    old, new = cell.findall(before), cell.findall(after)
    fresh = [one for one in new if one not in old]
    assert [re.sub(r' s="\d+"', "", one) for one in fresh] == [
        '<c r="B2"><v>3914316000</v></c>', '<c r="B3"><v>7513490000</v></c>', '<c r="B4"><v>12000</v></c>',
        '<c r="B5"><f>SUM(B2:B4)</f></c>', '<c r="C9"><v>7165584000.5</v></c>',
    ]  # fmt: skip
    rest = cell.sub("", after).replace('<row r="9"></row>', "").replace('ref="A1:E9"', "")
    assert rest == re.sub(r'ref="A1:[A-Z]\d"', "", cell.sub("", before), count=1)


@pytest.mark.filterwarnings("ignore:.*not supported and will be removed")
def test_what_depends_on_filled_cells_is_dropped_on_every_sheet(macro: tuple[bytes, Outcome]) -> None:
    _, outcome = macro
    made = openpyxl.load_workbook(io.BytesIO(outcome.data), data_only=True, keep_vba=True)
    assert [made["Sums"]["A1"].value, made["Sums"]["A2"].value, made["Other"]["A2"].value] == [None, None, 6]
    assert outcome.dropped == 3
    assert outcome.notes == ("a pivot table reads Model!A1:B4, where figures changed: refresh it (Data, Refresh All)",)


def test_the_workbook_is_computed_on_opening(store: FactStore) -> None:
    """XlsxWriter tells the workbook so; where it does not say it, the touched sheet does, and the workbook part stays as it was."""
    data = cells({"A1": "{{fin:Revenues | 2023Q2 | CNY}}", "A2": "=A1*2"})
    flagged, plain = b'<calcPr calcId="124519" fullCalcOnLoad="1"/>', b'<calcPr calcId="191029"/>'
    told = b'</sheetData><sheetCalcPr fullCalcOnLoad="1"/>'
    assert b"sheetCalcPr" not in parts(filled(data, store).data)["xl/worksheets/sheet1.xml"]
    for old, behind in ((plain, b""), (b"", b""), (plain, b"<sheetCalcPr/>"), (plain, b'<sheetCalcPr fullCalcOnLoad="0"></sheetCalcPr>')):
        edits = {
            "xl/workbook.xml": lambda part, old=old: part.replace(flagged, old),
            "xl/worksheets/sheet1.xml": lambda part, behind=behind: part.replace(b"</sheetData>", b"</sheetData>" + behind),
        }
        bare = rezipped(data, edits)
        outcome = filled(bare, store)
        assert changed(bare, outcome.data) == {"xl/worksheets/sheet1.xml"}
        sheet = parts(outcome.data)["xl/worksheets/sheet1.xml"]
        assert told in sheet
        assert sheet.count(b"sheetCalcPr") == 1
    still = rezipped(cells({"A1": "{{fin:Revenues | 2023Q2 | CNY}}"}), {"xl/workbook.xml": lambda part: part.replace(flagged, plain)})
    assert b"sheetCalcPr" not in parts(filled(still, store).data)["xl/worksheets/sheet1.xml"]
