"""The workbook of time series, judged by openpyxl and LibreOffice; its truth is that of test_series.py."""

from __future__ import annotations

import csv
import io
import itertools
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from handmade import ENTITY, NASTY
from helpers import ROOT, Outcome, exporter
from lantern import CNY, USD, line, release, releases, store, taxonomy
from test_series import LATEST, ORIGINAL, OTHER, read
from test_xlsx import without_cached_values

from exporter.errors import FormatError
from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.series import Asked, Design, earlier, load, workbook
from exporter.model import Period
from exporter.series import Series, Wanted, build, parse

AXIS = ("Highlights", "Income statement", "Balance sheet", "Cash flow")
FIXED = 4


def series_of(path: Path, design: Design, periods: str = "2022Q1..2023Q4", **more: Any) -> Series:
    usual: dict[str, Any] = {"additive": design.additive, "growth": design.growth, "margins": design.margins}
    return build(read(path), taxonomy(), Wanted(parse(periods), **(usual | more)))


def made(path: Path, design: Design | None = None, periods: str = "2022Q1..2023Q4", **more: Any) -> bytes:
    design = design or load()
    return workbook(series_of(path, design, periods, **more), taxonomy(), design, Asked(periods, bool(more.get("translation"))))[0]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store(tmp_path_factory.mktemp("series") / "facts.duckdb")


@pytest.fixture(scope="module")
def data(facts: Path) -> bytes:
    return made(facts)


class Book:
    """A workbook as openpyxl reads it: ``shown`` with cached values, ``plain`` with formulas and notes."""

    def __init__(self, data: bytes) -> None:
        self.shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        self.plain = openpyxl.load_workbook(io.BytesIO(data))

    def head(self, sheet: str, title: str = "Fiscal period") -> int:
        return next(row for row in range(1, 20) if self.plain[sheet].cell(row, 1).value == title)

    def columns(self, sheet: str) -> dict[str, int]:
        """The column of each period; twelve-month ones are called by their block too."""
        row = self.head(sheet)
        return {str(one.value): one.column for one in self.plain[sheet][row] if one.column > FIXED and one.value}

    def row(self, sheet: str, concept: str, label: str = "") -> int:
        rows = (row for row in self.plain[sheet].iter_rows(min_row=self.head(sheet)) if row[1].value == concept)
        return next(row[0].row for row in rows if not label or row[0].value == label)

    def value(self, sheet: str, concept: str, column: str, label: str = "") -> Any:
        return self.shown[sheet].cell(self.row(sheet, concept, label), self.columns(sheet)[column]).value

    def cell(self, sheet: str, concept: str, column: str, label: str = "") -> Any:
        return self.plain[sheet].cell(self.row(sheet, concept, label), self.columns(sheet)[column])

    def table(self, sheet: str) -> list[dict[str, Any]]:
        rows = list(self.shown[sheet].iter_rows(min_row=2, values_only=True))
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def book(data: bytes) -> Book:
    return Book(data)


# --- values -----------------------------------------------------------------------------------------


def heading(label: str) -> str:
    if label.startswith("to "):
        return f"LTM {label[3:7]}Q{int(label[8:10]) // 3}"
    return f"{label[:4]} 9M" if label.endswith("9M") else label


def test_the_figures_are_the_truth(book: Book) -> None:
    columns = book.columns("Income statement")
    assert set(columns) == {heading(label) for label in LATEST}
    for label, text in LATEST.items():
        assert book.value("Income statement", "fin:Revenues", heading(label)) == Decimal(re.sub(r"\D", "", text)) * 1000


def test_first_reported_values(facts: Path) -> None:
    book = Book(made(facts, vintage="original"))
    for label, text in ORIGINAL.items():
        assert book.value("Income statement", "fin:Revenues", heading(label)) == Decimal(re.sub(r"\D", "", text)) * 1000
    assert '"R "' in book.cell("Income statement", "fin:Revenues", "2022Q2").number_format
    assert "RESTATED: 105000" in book.cell("Income statement", "fin:Revenues", "2022Q2").comment.text


def test_the_same_column_is_the_same_period_on_every_sheet(book: Book) -> None:
    heads = {sheet: [[one.value for one in row][FIXED:] for row in book.plain[sheet].iter_rows(min_row=5, max_row=8)] for sheet in AXIS}
    assert heads["Income statement"][0].count("2022Q2") == 1
    assert all(head == heads["Income statement"] for head in heads.values())


def test_blocks_stand_apart_and_in_order(book: Book) -> None:
    titles = [one.value for one in book.plain["Income statement"][4] if one.value]
    assert titles == ["Quarters", "Half-years", "Nine months", "Years", "Last twelve months"]


def test_no_column_that_is_seen_is_empty(book: Book) -> None:
    for name in AXIS:
        sheet = book.shown[name]
        first = book.head(name, "First filed") + 1
        hidden = {at for letter, one in sheet.column_dimensions.items() if one.hidden for at in range(one.min, one.max + 1)}
        for column in range(FIXED + 1, sheet.max_column + 1):
            filled = any(sheet.cell(row, column).value is not None for row in range(first, sheet.max_row + 1))
            assert filled == (column not in hidden), (name, column)
    assert book.plain["Balance sheet"].column_dimensions["E"].hidden, "no balance of March 2022 is printed"


def test_balances_stand_at_the_end_of_each_period(book: Book) -> None:
    found = {label: book.value("Balance sheet", "fin:Assets", label) for label in ("2022Q4", "2022FY", "2023Q2", "2023H1", "2023Q1")}
    assert found == {"2022Q4": 550_000_000, "2022FY": 550_000_000, "2023Q2": 600_000_000, "2023H1": 600_000_000, "2023Q1": None}


# --- marks, notes, formulas -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "mark", "filled"), [("2022Q1", "", False), ("2022Q2", "R", True), ("2023Q1", "F", True), ("2023Q4", "D", False)]
)
def test_what_is_special_is_marked_by_letter_and_colour(book: Book, label: str, mark: str, filled: bool) -> None:
    cell = book.cell("Income statement", "fin:Revenues", label)
    assert cell.number_format.startswith(f'"{mark} "' if mark else "#")
    assert (cell.fill.fgColor.rgb not in ("00000000", "FFFFFFFF")) == filled
    assert cell.font.italic == (mark == "D")


def test_a_note_says_where_a_figure_is_printed(book: Book) -> None:
    note = book.cell("Income statement", "fin:NetIncome", "2023Q2").comment.text
    for part in ("Printed: NetIncome", "Figure: 15000.000", "Concept: fin:NetIncome", "lhh-2023q2, line 15", "Filed: 2023-08-21"):
        assert part in note


def test_a_restated_figure_keeps_its_old_value_in_the_note(book: Book) -> None:
    note = book.cell("Income statement", "fin:Revenues", "2022Q2").comment.text
    assert "first reported: 110000.000 (lhh-2022q2, filed 2022-08-19)" in note
    assert "RESTATED: 105000.000 (lhh-2023q2, filed 2023-08-21)" in note
    assert "R 3 restated" in str(book.plain["Income statement"].cell(book.row("Income statement", "fin:Revenues"), 4).value)


def test_every_figure_has_a_note(book: Book) -> None:
    for name in AXIS[1:]:
        sheet = book.plain[name]
        for row in sheet.iter_rows(min_row=book.head(name, "First filed") + 1, min_col=FIXED + 1):
            for cell in row:
                assert (cell.value is None) == (cell.comment is None), (name, cell.coordinate)


def test_every_figure_leads_to_its_row_on_facts(book: Book) -> None:
    facts, links = book.shown["Facts"], 0
    titles = [one.value for one in facts[2]]
    for name in AXIS:
        sheet = book.plain[name]
        for row in sheet.iter_rows(min_row=book.head(name, "First filed") + 1, min_col=FIXED + 1):
            for cell in row:
                if cell.hyperlink is None:
                    assert cell.value is None or cell.comment is None, (name, cell.coordinate)
                    continue
                place = int(cell.hyperlink.location.removeprefix("'Facts'!A"))
                found = dict(zip(titles, (one.value for one in facts[place]), strict=True))
                assert found["concept_id"] == sheet.cell(cell.row, 2).value
                assert found["used"] == "shown"
                assert found["value"] == book.shown[name][cell.coordinate].value
                links += 1
    assert links > 60


def test_a_derived_quarter_is_a_formula_over_shown_cells(book: Book) -> None:
    columns = book.columns("Income statement")
    letter = {label: openpyxl.utils.get_column_letter(at) for label, at in columns.items()}
    row = book.row("Income statement", "fin:Revenues")
    cell = book.cell("Income statement", "fin:Revenues", "2022Q4")
    assert cell.value == f"={letter['2022FY']}{row}-{letter['2022 9M']}{row}"
    assert "Derived, printed nowhere: 2022FY − 2022 9M" in cell.comment.text
    twelve = book.cell("Income statement", "fin:Revenues", "LTM 2023Q2")
    assert twelve.value == f"={letter['2023H1']}{row}+{letter['2022FY']}{row}-{letter['2022H1']}{row}"


def test_growth_and_margins_are_formulas(book: Book) -> None:
    sheet, columns = book.plain["Highlights"], book.columns("Highlights")
    row = book.row("Highlights", "fin:Revenues")
    assert [sheet.cell(row + at, 1).value for at in (1, 2)] == ["growth on the year before", "growth on the quarter before"]
    quarter, before = (openpyxl.utils.get_column_letter(columns[label]) for label in ("2023Q2", "2022Q2"))
    assert sheet.cell(row, columns["2023Q2"]).value == f"='Income statement'!{quarter}{book.row('Income statement', 'fin:Revenues')}"
    assert sheet.cell(row + 1, columns["2023Q2"]).value == f'=IF({before}{row}>0,{quarter}{row}/{before}{row}-1,"n.m.")'
    assert book.shown["Highlights"].cell(row + 1, columns["2023Q2"]).value == pytest.approx(150 / 105 - 1, rel=1e-12)


def test_charts_show_rows_with_figures_and_say_so_in_words(data: bytes, two: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
    assert len(charts) == 3, "revenues and net income, margins, growth; nothing of loans"
    assert all(len(re.findall(r"<c:v>[-\d.]+</c:v>", chart)) > 3 for chart in charts)
    assert 'descr="Revenues and net income, millions: Revenues, Net income; 2022Q1 – 2023Q4"' in drawing
    with zipfile.ZipFile(io.BytesIO(made(two))) as parts:
        assert not [name for name in parts.namelist() if "chart" in name], "issuers of several currencies share no axis"


def test_the_master_check_stands_in_the_frozen_pane_of_every_sheet(book: Book) -> None:
    for name in (*AXIS, "Cover"):
        assert book.shown[name]["A2"].value == "✓ all checks hold", name
        assert str(book.plain[name]["A2"].value).startswith("=IF('Checks'!$B$3=0")
    pane = book.plain["Income statement"].sheet_view.pane
    assert (pane.xSplit, pane.ySplit) == (1, book.head("Income statement", "First filed"))


def test_a_failing_check_is_seen_on_every_sheet(tmp_path: Path) -> None:
    figures = [line(10 + at, "fin:Revenues", label, value, -3) for at, (label, value) in enumerate(
        [("2023Q1", "100000"), ("2023Q2", "110000"), ("2023H1", "212000")]
    )]  # fmt: skip
    book = Book(made(store(tmp_path / "facts.duckdb", release("one", "2023-08-01", figures))))
    assert {book.shown[name]["A2"].value for name in ("Cover", "Income statement")} == {"✗ 1 checks fail"}
    row = [one.value for one in book.shown["Checks"][7]]
    assert (row[0], row[4], row[5], row[6:]) == ("fails", "2023H1", "2023Q1 + 2023Q2", [212_000, 210_000, 2_000, 1_500])


# --- tables -----------------------------------------------------------------------------------------


def test_the_facts_hold_every_print_exactly(book: Book, facts: Path) -> None:
    rows = book.table("Facts")
    history = read(facts)
    wanted = {printed.fact.fact_id for printed in history.prints if printed.fact.aspects.rate_date is None}
    assert {row["fact_id"] for row in rows if row["origin"] == "reported"} == wanted
    exact = {printed.fact.fact_id: f"{printed.fact.value:f}" for printed in history.prints}
    assert [row["fact_id"] for row in rows if row["fact_id"] and row["value_exact"] != exact[row["fact_id"]]] == []
    fourth = [row for row in rows if row["fiscal_period"] == "2023Q4" and row["concept_id"] == "fin:Revenues"]
    assert [(row["value_exact"], row["derivation"]) for row in fourth if row["origin"] == "derived"] == [("180000000", "2023FY − 2023 9M")]
    second = [row for row in rows if row["concept_id"] == "fin:Revenues" and row["fiscal_period"] == "2022Q2"]
    assert [(row["used"], row["relation"]) for row in second] == [("history", "first"), ("shown", "restates")]


def test_numbers_come_back_as_they_are_in_the_store(book: Book, facts: Path) -> None:
    """Every figure of up to 15 digits, on Facts and on its statement."""
    exact = {printed.fact.fact_id: printed.fact.value for printed in read(facts).prints}
    rows = [row for row in book.table("Facts") if row["fact_id"]]
    assert rows
    assert [row for row in rows if Decimal(str(row["value"])) != exact[row["fact_id"]]] == []


def test_no_text_runs_into_the_next_column(data: bytes, two: Path) -> None:
    """By the metrics of the font; a label goes on in a second line, a note and a link back may run over blank cells."""
    for book in (Book(data), Book(made(two))):
        for sheet in book.shown.worksheets:
            widths = {at: one.width for one in sheet.column_dimensions.values() for at in range(one.min, one.max + 1)}
            for row in sheet.iter_rows(min_row=4):
                for cell, beside in itertools.pairwise(row):
                    if isinstance(cell.value, str) and beside.value is not None and not cell.alignment.wrap_text:
                        size = (cell.font.size or 10) / 10
                        needed = shapes.text_width(cell.value, bool(cell.font.bold)) * size
                        assert needed <= widths.get(cell.column, 8.43) + 1, (sheet.title, cell.coordinate, cell.value)


@pytest.mark.judge
def test_no_column_is_too_narrow(data: bytes, two: Path, tmp_path: Path) -> None:
    """LibreOffice prints ### where a number does not fit its column."""
    for pdf in converted(tmp_path, "pdf", data, made(two)):
        text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
        assert "2023Q2" in text
        assert "###" not in text
        assert not re.search(r"#(DIV/0|REF|NAME|VALUE|N/A)|Err:\d", text)


def test_nil_zero_and_missing_look_different_and_long_numbers_fit(tmp_path: Path) -> None:
    figures = [line(10, "fin:Revenues", "2023Q1", "0", -3), line(11, "fin:Revenues", "2023Q2", "1", -3, raw="nil")]
    figures.append(line(12, "fin:NetIncome", "2023Q3", "123456789012345678901", 0))
    made_of = release("one", "2023-11-01", figures)
    nil = made_of.facts[1]._replace(value=None, nil=True)
    book = Book(made(store(tmp_path / "facts.duckdb", replace(made_of, facts=(made_of.facts[0], nil, made_of.facts[2])))))
    assert book.value("Income statement", "fin:Revenues", "2023Q1") == 0
    assert book.cell("Income statement", "fin:Revenues", "2023Q1").number_format.endswith('"–"_)')
    assert book.value("Income statement", "fin:Revenues", "2023Q2") == "nil"
    assert book.cell("Income statement", "fin:Revenues", "2023Q2").comment is not None
    assert book.value("Income statement", "fin:Revenues", "2023Q3") is None
    letter = book.cell("Income statement", "fin:NetIncome", "2023Q3").column_letter
    assert book.plain["Income statement"].column_dimensions[letter].width > 28
    assert "123456789012345678901" in {row["value_exact"] for row in book.table("Facts")}


def test_changes_name_old_and_new(facts: Path) -> None:
    book = Book(made(facts, as_of="2023-09-30"))
    assert "lhh-2023q2" in str(book.shown["Changes"]["B1"].value)
    rows = book.table("Changes")
    assert [row["change"] for row in rows[:2]] == ["restated", "restated"]
    first = next(row for row in rows if row["period"] == "2022Q2" and row["concept_id"] == "fin:Revenues")
    assert (first["old"], first["new"], first["difference"], first["document_id"]) == ("110000000", "105000000", -5_000_000, "lhh-2023q2")


def test_changes_against_an_earlier_workbook(facts: Path, tmp_path: Path) -> None:
    """What a workbook of June showed, told against one of September, and the other way round."""
    june, september = tmp_path / "june.xlsx", tmp_path / "september.xlsx"
    june.write_bytes(made(facts, as_of="2023-06-30"))
    september.write_bytes(made(facts, as_of="2023-09-30"))

    def told(day: str, before: Path) -> set[tuple[str, str, str]]:
        design = load()
        series = series_of(facts, design, as_of=day, previous=earlier(before), previous_name=before.name)
        assert series.against == before.name
        return {(one.kind, one.old, one.new) for one in series.changes if one.key.concept == "fin:Revenues"}

    forward = {("restated", "110000000", "105000000"), ("restated", "210000000", "205000000"), ("refined", "130000000", "130042000")}
    assert told("2023-09-30", june) == forward | {("new", "", "150000000"), ("new", "", "280042000")}
    assert {kind for kind, _, _ in told("2023-06-30", september)} == {"restated", "refined", "removed"}
    assert told("2023-09-30", september) == set()


def test_what_is_no_earlier_workbook_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(b"no zip")
    with pytest.raises(FormatError, match=r"wrong\.xlsx: is no workbook"):
        earlier(wrong)
    openpyxl.Workbook().save(wrong)
    with pytest.raises(FormatError, match=r"wrong\.xlsx: has no sheet of facts"):
        earlier(wrong)


def test_the_cover_names_documents_and_what_was_asked(facts: Path) -> None:
    sheet = Book(made(facts, as_of="2023-06-30")).shown["Cover"]
    text = "\n".join(str(one.value) for row in sheet.iter_rows() for one in row if one.value is not None)
    assert "2023-06-30" in text
    assert "lhh-2023q1" in text
    assert text.count("not known by then: left out") == 3
    assert "left out (--translation shows them)" in text


# --- several issuers --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    figures = [
        line(10 + at, "fin:Revenues", label, value, -3, unit=USD) for at, (label, value) in enumerate(
            [("2022Q2", "40000"), ("2023Q1", "44000"), ("2023Q2", "50000")]
        )
    ]  # fmt: skip
    figures.append(line(20, "fin:NetIncome", "2023Q2", "5000", -3, unit=CNY))
    folder = tmp_path_factory.mktemp("two")
    return store(folder / "facts.duckdb", *releases(), release("second-2023q2", "2023-08-10", figures, OTHER))


def test_issuers_stand_side_by_side_each_in_its_currency(two: Path) -> None:
    book = Book(made(two))
    sheet = book.shown["Income statement"]
    issuers, currencies = (book.head("Income statement", title) for title in ("Issuer", "Currency"))
    fiscal, calendar = (book.head("Income statement", title) for title in ("Fiscal period", "Calendar period"))
    places = (issuers, currencies, fiscal, calendar)
    heads = [tuple(sheet.cell(row, column).value for row in places) for column in range(5, sheet.max_column + 1)]
    assert (OTHER.name, "USD", "2023Q4", "2023Q2") in heads, "a June year: its fourth quarter is the calendar's second"
    assert (ENTITY.name, "CNY", "2023Q2", "2023Q2") in heads
    row = book.row("Income statement", "fin:Revenues")
    assert sheet.cell(row, 3).value == "own currency thousand"
    at = heads.index((OTHER.name, "USD", "2023Q4", "2023Q2")) + 5
    assert sheet.cell(row, at).value == 50_000
    foreign = next(r for r in sheet.iter_rows(min_row=row) if r[1].value == "fin:NetIncome" and r[2].value == "CNY thousand")
    assert foreign[at - 1].value == 5_000, "an amount in another currency than the issuer's own has a row of its own"


def test_the_comparison_stands_on_calendar_periods(two: Path) -> None:
    book = Book(made(two))
    sheet, plain = book.shown["Comparison"], book.plain["Comparison"]
    heads = {str(one.value): one.column for one in sheet[5] if one.value}
    rows = [(row[0].value, row[2].value, row[heads["2023Q2"] - 1].value) for row in sheet.iter_rows(min_row=6)]
    assert rows[:3] == [("Revenues", None, None), (ENTITY.name, "CNY thousand", 150_000_000), (OTHER.name, "USD thousand", 50_000)]
    growth = next(row for row in sheet.iter_rows(min_row=6) if row[0].value == f"{OTHER.name}: growth on the year before")
    assert growth[heads["2023Q2"] - 1].value == pytest.approx(0.25)
    cell = plain.cell(8, heads["2023Q2"])
    assert cell.value.startswith("='Income statement'!")
    assert cell.comment.text == "Fiscal period: 2023Q4, ended 2023-06-30"
    assert "Comparison" not in Book(made(two, periods="2022Q1..2022Q1")).plain.sheetnames, "one issuer has figures then"


def test_a_sheet_that_the_layout_leaves_out(facts: Path) -> None:
    """What would be repeated from it stands there as a number; no formula leads nowhere."""
    book = Book(made(facts, replace(load(), order=("cover", "checks", "highlights", "facts"))))
    assert book.cell("Highlights", "fin:Revenues", "2023Q2").value == 150_000_000
    assert book.plain["Checks"]["G7"].value == 280_042_000


# --- large, hostile, repeatable ---------------------------------------------------------------------


def test_what_is_larger_than_a_sheet_is_split_and_said_so(facts: Path) -> None:
    design = replace(load(), columns_per_sheet=9, rows_per_sheet=20)
    series = series_of(facts, design)
    data, remarks = workbook(series, taxonomy(), design, Asked("", False))
    book = Book(data)
    names = [name for name in book.plain.sheetnames if name.startswith("Income")]
    assert names == ["Income statement", *(f"Income statement ({n})" for n in (2, 3, 4))]
    assert "Income statement: 4 sheets, for one holds 9 columns and 20 rows" in remarks
    cover = {one.value for row in book.shown["Cover"].iter_rows() for one in row}
    assert set(remarks) <= cover
    found = {}
    for name in names:
        found |= {label: book.value(name, "fin:Revenues", label) for label in book.columns(name)}
    assert found == {heading(label): Decimal(re.sub(r"\D", "", text)) * 1000 for label, text in LATEST.items()}
    facts_rows = [row for name in book.plain.sheetnames if name.startswith("Facts") for row in book.table(name)]
    assert len(facts_rows) == len(Book(made(facts)).table("Facts"))
    formula = next(one.value for row in book.plain["Income statement (2)"].iter_rows() for one in row if str(one.value).startswith("='"))
    assert "!" in formula


def test_more_periods_than_excel_has_columns(tmp_path: Path) -> None:
    """16,500 dates of one balance: two sheets, nothing lost."""
    first = date(1970, 1, 1)
    figures = [
        line(10, "fin:Assets", "@2022-12-31", str(1000 + at), 0)._replace(period=Period(first + timedelta(days=at))) for at in range(16_500)
    ]
    path = store(tmp_path / "facts.duckdb", release("many", "2023-08-01", figures))
    design = replace(load(), order=("cover", "checks", "balance_sheet"))
    series = series_of(path, design, "")
    data, remarks = workbook(series, taxonomy(), design, Asked("", False))
    assert "Balance sheet: 2 sheets, for one holds 16,384 columns and 1,048,576 rows" in remarks
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheets = re.findall(r'<sheet name="([^"]*)"', parts.read("xl/workbook.xml").decode())
        numbers = [at for at, name in enumerate(sheets, 1) if "Balance" in name]
        counts = [len(re.findall(rb"<v>", parts.read(f"xl/worksheets/sheet{number}.xml"))) for number in numbers]
    assert len(counts) == 2
    assert sum(counts) > 16_500


def test_too_many_notes_are_left_out_and_said_so(facts: Path) -> None:
    design = replace(load(), notes_per_sheet=10)
    data, remarks = workbook(series_of(facts, design), taxonomy(), design, Asked("", False))
    assert any(remark.startswith("Income statement: ") and "too many for notes" in remark for remark in remarks)
    assert Book(data).cell("Income statement", "fin:Revenues", "2022Q1").comment is None


def test_the_same_facts_give_the_same_bytes(facts: Path, data: bytes, tmp_path: Path) -> None:
    assert made(facts) == data
    other = tmp_path / "facts.duckdb"
    for one in reversed(releases()):
        store(other, one)
    assert made(other) == data, "the order in which documents were loaded is not in the workbook"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Hostile texts as names of issuer, document, label and figure."""
    entity = replace(ENTITY, name=NASTY[0])
    figures = []
    for at, text in enumerate(NASTY):
        concept, members = "fin:Revenues" if at else "fin:NotKnown", (("fin:OddAxis", f"fin:M{at}Member{text}"),)
        figures.append(line(10 + at, concept, "2023Q2", "5000", -3, label=text, raw=text, dimensions=members))
    return made(store(tmp_path_factory.mktemp("hostile") / "facts.duckdb", release("=bad", "2023-08-01", figures, entity)))


def test_hostile_texts_stay_texts(hostile: bytes) -> None:
    book = Book(hostile)
    for sheet in book.plain.worksheets:
        for row in sheet.iter_rows():
            for one in row:
                if one.data_type == "f":
                    assert re.match(r"=(IF\('?Checks|COUNT|\+?'?[A-Z])", str(one.value)), (sheet.title, one.coordinate, one.value)
                    assert "HYPERLINK" not in str(one.value)
    with zipfile.ZipFile(io.BytesIO(hostile)) as parts:
        assert not [name for name in parts.namelist() if "external" in name.lower()]
        for name in parts.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                assert b"\x00" not in parts.read(name)


def test_chinese(facts: Path) -> None:
    book = Book(made(facts, load(None, "zh")))
    assert book.plain.sheetnames[:3] == ["封面", "勾稽检查", "摘要"]
    row = next(row for row in book.shown["利润表"].iter_rows() if row[1].value == "fin:NetIncome")
    assert row[0].value == taxonomy().concepts["fin:NetIncome"].label("zh")
    assert book.shown["利润表"]["A2"].value == "✓ 勾稽全部相符"


def test_every_word_has_both_languages() -> None:
    tree = yaml.safe_load((ROOT / "templates/series.yaml").read_text(encoding="utf-8"))
    assert [key for key, texts in tree["words"].items() if set(texts) != {"en", "zh"}] == []


def test_a_layout_with_a_fault_is_refused_in_one_line(tmp_path: Path) -> None:
    text = (ROOT / "templates/series.yaml").read_text(encoding="utf-8")
    for old, new, told in (
        ("rows_per_sheet:", "row_per_sheet:", "series has an unknown key 'row_per_sheet'"),
        ("rows_per_sheet: 1048576", "rows_per_sheet: many", "rows_per_sheet of series must be a whole number"),
        ("order: [cover,", "order: [covers,", "order names 'covers'"),
        ("marks: {refined", "mark: {refined", "the file has an unknown key 'mark'"),
        ("marks: {refined", "marks: R # {refined", "marks must be a mapping"),
        ("kind: line", "kind: pie", "chart kind 'pie' must be column or line"),
        ("ratio: margin", "ratio: share", "ratio 'share' must be yoy, qoq or margin"),
        ('derived: {color: "#000000"', "derived: {color: black", "style derived: color cannot be 'black'"),
        ("quarter: {en: Quarters", "quarter: {en: 4", "quarter of words in en is 4, no text"),
    ):
        path = tmp_path / "series.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(FormatError) as caught:
            load(path)
        found = re.match(r"series\.yaml:(\d+): ", str(caught.value))
        assert found, str(caught.value)
        assert told in str(caught.value)
        assert new.split("#")[0].split(":")[0] in path.read_text(encoding="utf-8").split("\n")[int(found[1]) - 1]


# --- LibreOffice ------------------------------------------------------------------------------------


def converted(folder: Path, target: str, *books: bytes) -> list[Path]:
    """The books as LibreOffice writes them, in one run with a profile of its own; skips where a tool is not there."""
    if missing := [tool for tool in ("soffice", "pdftotext") if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    names = [folder / f"book{at}.xlsx" for at in range(len(books))]
    for path, data in zip(names, books, strict=True):
        path.write_bytes(data)
    profile, out = folder / "profile", folder / target
    command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", target, "--outdir", str(out)]
    subprocess.run([*command, *map(str, names)], capture_output=True, timeout=300, check=True)
    return [out / f"{path.stem}.{target}" for path in names]


def recalculated(folder: Path, *books: bytes) -> list[int]:
    """LibreOffice works out every formula anew, texts too; how many were compared in each book."""
    copies = [without_cached_values(data) for data in books]
    made_again = converted(folder, "xlsx", *(copy for copy, _ in copies))
    counts = [compare(Book(data), path) for data, path in zip(books, made_again, strict=True)]
    assert counts == [cleared for _, cleared in copies]
    return counts


def compare(book: Book, path: Path) -> int:
    again, compared = openpyxl.load_workbook(path, data_only=True), 0
    for sheet in book.plain.worksheets:
        for one in (one for row in sheet.iter_rows() for one in row if one.data_type == "f"):
            old, new = book.shown[sheet.title][one.coordinate].value, again[sheet.title][one.coordinate].value
            where = (sheet.title, one.coordinate, one.value, old, new)
            if isinstance(old, str):
                assert new == old, where
            else:
                assert isinstance(new, int | float), where
                assert abs(new - old) <= 1e-9 * max(abs(old), abs(new)), where
            compared += 1
    return compared


@pytest.mark.judge
def test_libreoffice_calculates_what_we_cached(data: bytes, two: Path, facts: Path, tmp_path: Path) -> None:
    split = made(facts, replace(load(), columns_per_sheet=9, rows_per_sheet=20))
    left_out = made(facts, replace(load(), order=("cover", "checks", "highlights")))
    counts = recalculated(tmp_path, data, made(two), split, left_out, made(at_the_limit(tmp_path)))
    assert min(counts[:-1]) > 10


def at_the_limit(folder: Path) -> Path:
    """0.3 less 0.10 and 0.14: off by exactly what rounding allows, and not in binary."""
    figures = [line(10 + at, "fin:Revenues", label, value, decimals) for at, (label, value, decimals) in enumerate(
        [("2023Q1", "0.10", 2), ("2023Q2", "0.14", 2), ("2023H1", "0.3", 1)]
    )]  # fmt: skip
    path = store(folder / "limit.duckdb", release("limit", "2023-08-01", figures))
    assert Book(made(path)).shown["Checks"]["A7"].value == "holds"
    return path


@pytest.mark.judge
def test_the_recalculation_test_can_fail(data: bytes, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, re.sub(rb"</f><v>(\d+)</v>", rb"</f><v>9\1</v>", source.read(name), count=1))
    with pytest.raises(AssertionError):
        recalculated(tmp_path, buffer.getvalue())


# --- the founding release ---------------------------------------------------------------------------


def read_in(folder: Path, *texts: tuple[str, str]) -> Path:
    """A store of releases, read as a run reads them."""
    import exporter as package

    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8")
    results = package.run(package.expand([str(folder / name) for name, _ in texts]), folder, None, package.Options(formats=("csv",)))
    assert [result.error for result in results if result.status == "failed"] == []
    return folder / "facts.duckdb"


@pytest.mark.shared
@pytest.mark.judge
def test_one_release_fills_five_periods(shared: Path, tmp_path: Path) -> None:
    path = read_in(tmp_path, ("one.txt", (shared / "releases/qifu-2023q2.txt").read_text(encoding="utf-8")))
    data = made(path)
    book = Book(data)
    seen = {"2022Q2", "2023Q1", "2023Q2", "2022H1", "2023H1"}
    columns = book.columns("Income statement")
    hidden = {at for one in book.plain["Income statement"].column_dimensions.values() if one.hidden for at in range(one.min, one.max + 1)}
    assert {label for label, at in columns.items() if at not in hidden} - {"2022Q1"} == seen, "the first quarter of 2022 is derived"
    assert {label for label in columns if book.value("Balance sheet", "fin:Assets", label)} >= {"2022Q4", "2023Q2"}
    with (shared / "truth/tables.csv").open(encoding="utf-8", newline="") as stream:
        truth = {Decimal(row["value"]) for row in csv.DictReader(stream) if row["statement"] == "balance_sheet" and row["unit"] == "CNY"}
    columns = book.columns("Balance sheet")
    rows = book.shown["Balance sheet"].iter_rows(min_row=book.head("Balance sheet", "First filed") + 1)
    balances = {Decimal(value) for row in rows for label in ("2022Q4", "2023Q2") if (value := row[columns[label] - 1].value) is not None}
    assert balances == truth
    assert recalculated(tmp_path, data)[0] > 100


def variants_over_two_years(shared: Path) -> Iterator[tuple[str, str]]:
    """The founding release moved to six quarters, from the second of 2022 to the fourth of 2023."""
    sys.path.insert(0, str(ROOT / "tests/accuracy"))
    try:
        from metamorphic import Shift, original, shifted
        from releases import labelled
    finally:
        sys.path.pop(0)
    source = labelled("founding")
    first = original(source.text, source.tables, source.same, source.prose)
    earlier_year = re.sub(r"(?<![\d,.])20(2[0-3])(?!\d|[,.]\d)", lambda match: f"20{int(match[1]) - 1}", first.text)
    yield "release-2022q2.txt", earlier_year
    yield "release-2023q2.txt", first.text
    for quarter, years in ((3, -1), (4, -1), (3, 0), (4, 0)):
        yield f"release-{2023 + years}q{quarter}.txt", shifted(Shift(quarter, years))(first).text


@pytest.mark.shared
def test_six_releases_fill_eight_quarters(shared: Path, tmp_path: Path) -> None:
    """Each prints the figures of the founding release, so that each prior-year column is restated by the release a year on."""
    path = read_in(tmp_path, *variants_over_two_years(shared))
    design = load()
    series = series_of(path, design)
    quarters = [column.label for column in series.columns if column.block == "quarter"]
    assert quarters == [f"{year}Q{number}" for year in (2022, 2023) for number in (1, 2, 3, 4)]
    book = Book(made(path))
    latest = {label: book.value("Income statement", "fin:NetIncome", label) for label in quarters}
    assert latest["2022Q3"] == latest["2022Q4"] == latest["2022Q2"], "restated by the prior-year column of the releases of 2023"
    assert '"R "' in book.cell("Income statement", "fin:NetIncome", "2022Q3").number_format
    found = {block: [column.label for column in series.columns if column.block == block] for block in ("half_year", "nine_months", "year")}
    assert found == {"half_year": ["2022H1", "2023H1"], "nine_months": ["2022 9M", "2023 9M"], "year": ["2022FY", "2023FY"]}
    printed = [column for column in series.columns if column.block == "twelve_months"]
    assert {series.cells[spot].status for spot in series.spots if spot[2] in {column.period for column in printed}} <= {"derived"}
    restated = [spot for spot in series.spots if series.cells[spot].status == "restated"]
    assert {spot[2].end.year for spot in restated} == {2022, 2023}


# --- the command ------------------------------------------------------------------------------------


def run(facts: Path, *arguments: object) -> Outcome:
    return exporter("workbook", "--store", facts, *arguments, cwd=facts.parent)


def test_the_command(facts: Path, data: bytes) -> None:
    done = run(facts, "--entity", ENTITY.id, "--periods", "2022Q1..2023Q4", "--out", "series.xlsx")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0] == "series.xlsx"
    assert "8 documents" in done.out
    assert "restated" in done.out
    assert (facts.parent / "series.xlsx").read_bytes() == data
    assert run(facts, "--entity", "LNHB", "--periods", "2022Q1..2023Q4", "--out", "ticker.xlsx").code == 0
    assert (facts.parent / "ticker.xlsx").read_bytes() == data


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--periods", "2022Q5"), 2, "'2022Q5' is no period"),
        (("--periods", "2023Q4..2022Q1"), 2, "the first is later than the last"),
        (("--as-of", "yesterday"), 2, "'yesterday' is no date"),
        (("--entity", "nobody"), 1, "nobody: no such entity in"),
        (("--entity", "cik:9"), 1, "cik:9: no such entity in"),
        (("--periods", "2019Q1"), 1, "no figure of cik:0000000042 lies in periods 2019Q1"),
        (("--as-of", "2020-01-01"), 1, "no document of cik:0000000042 was known by 2020-01-01"),
        (("--language", "xx"), 2, "workbook.yaml:4: the layout has no language 'xx'; it has en, zh. Try: exporter workbook --help"),
        (("--previous", "facts.duckdb"), 1, "facts.duckdb: is no workbook"),
        (("--out", "series.csv"), 2, "a workbook ends in .xlsx"),
    ],
)
def test_wrong_calls_are_one_line(facts: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    out = () if "--out" in arguments else ("--out", "wrong.xlsx")
    done = run(facts, *arguments, *out)
    assert (done.code, len(done.errors)) == (code, 1), done.err
    assert told in done.err
    assert not (facts.parent / "wrong.xlsx").exists()


def test_no_store_is_one_line(tmp_path: Path) -> None:
    done = exporter("workbook", "--store", "none.duckdb", "--out", "x.xlsx", cwd=tmp_path)
    assert (done.code, len(done.errors)) == (1, 1)
    assert "there is no store" in done.err
