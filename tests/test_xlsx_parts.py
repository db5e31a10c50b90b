"""The parts of the workbook's writer, each alone: streamed rows, the document's text, metrics, live checks, the layout file."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from handmade import figure, report
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import exporter
from exporter.errors import FormatError
from exporter.formats.xlsx import axis, shapes, source, sums, workbook
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.layout import load
from exporter.formats.xlsx.package import PackedWorkbook
from exporter.formats.xlsx.stream import Formula, Link, RowWriter, escape
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import DocumentInfo, Period, Place
from exporter.store import FactStore
from exporter.taxonomy import load as load_taxonomy

ROOT = Path(__file__).resolve().parents[1]
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NASTY = [
    "=1+1", "+x", "-x", "@x", "\ttab", "<r><t>x</t></r>", "a & b < c > d", "_x0041_", "null \x00", "line\nline", " spaces ",
    "😀 \u0645\u0631", "half \ud83d", "]]>", '"quotes"', "x" * 300,
]  # fmt: skip


@pytest.fixture(scope="module")
def sample() -> bytes:
    path = next((ROOT / "exporter" / "samples").glob("*.txt"))
    taxonomy = load_taxonomy()
    return workbook(read_report(path.read_bytes(), path.name, taxonomy, ReadOptions(document_id="sample")), taxonomy, load())


@pytest.fixture(scope="module")
def book(sample: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(sample))


@pytest.fixture(scope="module")
def values(sample: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(sample), data_only=True)


# --- streamed rows ----------------------------------------------------------------------------------


def streamed(rows: list[list[Any]], styles: list[str]) -> tuple[openpyxl.Workbook, bytes]:
    made = Book(load())
    _, sheet = made.add("Rows")
    writer = RowWriter(made, sheet, styles)
    titles = [{"header": f"c{at}"} for at in range(len(styles))]
    sheet.stream(0, len(rows), titles, "Rows", writer.rows(1, ((row, "") for row in rows)))
    data = made.close()
    return openpyxl.load_workbook(io.BytesIO(data)), data


def test_streamed_cells_read_back_as_xlsxwriters_own_do() -> None:
    """The same values once streamed, once by XlsxWriter cell by cell: openpyxl sees no difference."""
    values: list[Any] = [*NASTY, 7, date(2023, 6, 30), date(1850, 1, 1)]
    numbers = [Decimal("0.07"), Decimal("-1234567890.25"), Decimal("1.24225E+11"), Decimal("123456789012345")]
    rows = [[value] for value in values] + [[(number, "#,##0.00")] for number in numbers]
    read, _ = streamed(rows, ["text"])
    plain = Book(load())
    _, sheet = plain.add("Rows")
    for at, value in enumerate(values, 1):
        serial = shapes.serial(value) if isinstance(value, date) else None
        if serial is not None:
            sheet.write_number(at, 0, serial, plain.format("date"))
        elif isinstance(value, int):
            sheet.write_number(at, 0, value, plain.format("number", "0_)_)"))
        else:
            plain.text(sheet, at, 0, value if isinstance(value, str) else value.isoformat())
    for at, number in enumerate(numbers, len(values) + 1):
        plain.number(sheet, at, 0, number, plain.format("number", "#,##0.00"))
    other = openpyxl.load_workbook(io.BytesIO(plain.close()))["Rows"]
    for row in range(2, len(rows) + 2):
        mine, its = read["Rows"].cell(row, 1), other.cell(row, 1)
        shown = mine.value.replace("x005F_", "") if isinstance(mine.value, str) else mine.value  # openpyxl does so for shared texts only
        assert (shown, mine.number_format, mine.quotePrefix) == (its.value, its.number_format, its.quotePrefix)
        assert (mine.font.name, mine.font.sz, mine.alignment.horizontal) == (its.font.name, its.font.sz, its.alignment.horizontal)


def test_the_table_and_the_dimension_cover_the_streamed_rows() -> None:
    read, data = streamed([[f"row {number}", (Decimal(number), "0")] for number in range(1000)], ["text", "number"])
    (table,) = read["Rows"].tables.values()
    assert table.ref == table.autoFilter.ref == "A1:B1001"
    assert read["Rows"].dimensions == "A1:B1001"
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheet = etree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    numbers = [int(row.get("r")) for row in sheet.iter(f"{NAMESPACE}row")]
    assert numbers == list(range(1, 1002))


def test_links_of_streamed_rows_become_formulas_past_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_LINKS", 2)
    read, _ = streamed([[Link(f'to "{row}"', "'Rows'!A1")] for row in range(4)], ["text"])
    cells = [read["Rows"].cell(row, 1) for row in range(2, 6)]
    assert [bool(cell.hyperlink) for cell in cells] == [True, True, False, False]
    assert cells[3].value == '=HYPERLINK("#\'Rows\'!A1","to ""3""")'


def test_a_formula_carries_its_value() -> None:
    _, data = streamed([[Formula("=1+1", Decimal(2))], [Formula('=IF(1=1,"a & b","<")', "a & b")]], ["text"])
    read = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Rows"]
    assert [read.cell(row, 1).value for row in (2, 3)] == [2, "a & b"]


@given(st.text(max_size=80))
def test_any_text_makes_well_formed_xml(text: str) -> None:
    found = etree.fromstring(f"<t>{escape(shapes.clean(text))}</t>")
    read = re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), found.text or "")  # as a spreadsheet program reads it
    assert read == shapes.clean(text).replace("\r", "\n")


# --- the document's text ----------------------------------------------------------------------------


def document(text: str, media: str = "text/plain") -> DocumentInfo:
    return DocumentInfo("k" * 32, "d", media, "utf-8", "0" * 64, text)


def test_every_line_of_a_text_is_a_row() -> None:
    found = source.pieces(document("one\r\n\r\nthree " + "x" * 9000 + "\rfour\n"))
    assert [piece.line for piece in found] == [1, 2, 3, 3, 3, 4]
    assert "".join(piece.text for piece in found if piece.line == 3) == "three " + "x" * 9000
    assert [piece.column for piece in found if piece.line == 3] == [1, 3501, 7001]


def test_markup_is_shown_as_its_text_a_row_a_table_row() -> None:
    table = "<table><tr><td>A</td><td>1</td></tr><tr><td>B</td></tr></table>"
    page = f"<html><script>var x = '<p>no</p>';</script><body><p>Net&nbsp;sales</p>\n{table}"
    found = source.pieces(document(page, "text/html"))
    assert [(piece.line, piece.text) for piece in found] == [(1, "Net sales"), (2, "A    1"), (2, "B")]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["qifu-2023q2.txt", "adobe-fy2023q1.html", "atour-2024q3-excerpt.html", "amazon-2025q3.md"])
def test_every_figure_leads_to_a_row_that_prints_it(name: str, shared: Path) -> None:
    path = shared / "releases" / name
    read = read_report(path.read_bytes(), path.name, load_taxonomy(), ReadOptions(document_id="x"))
    rows = source.pieces(read.document)
    assert read.observations
    for seen, at in zip(read.observations, source.rows_of(rows, read.observations, read.document.media), strict=True):
        assert "".join(seen.raw.split()) in "".join(rows[at].text.split()), (seen.place, seen.raw)


def test_each_number_of_a_statement_leads_to_its_print_and_has_a_note(book: openpyxl.Workbook) -> None:
    text, counted = book["Source"], 0
    for name in ("Income statement", "Balance sheet", "Cash flow", "Non-GAAP bridges", "Operating metrics", "Guidance"):
        for row in book[name].iter_rows(min_row=9):
            for cell in row:
                if not cell.comment:
                    continue
                counted += 1
                note = dict(line.split(": ", 1) for line in cell.comment.text.split("\n"))
                assert list(note) == ["Printed", "Figure", "Concept", "Place", "Filed"]
                sheet, _, place = cell.hyperlink.location.partition("!")
                assert sheet == "'Source'"
                assert "".join(note["Figure"].split()) in "".join(text[place].value.split()), (name, cell.coordinate)
    assert counted > 500


# --- metrics, checks, names -------------------------------------------------------------------------


def rows_of(sheet: Any) -> dict[str, int]:
    return {str(cell.value): cell.row for cell in sheet["A"] if cell.value}


def test_growth_and_margins_are_formulas_on_the_cells_above(book: openpyxl.Workbook, values: openpyxl.Workbook) -> None:
    sheet, shown = book["Highlights"], values["Highlights"]
    rows = rows_of(shown)
    columns = {str(cell.value): cell.column for cell in shown[5] if cell.value}
    column = columns["2023Q2"]
    growth, before = sheet.cell(rows["Revenues, year on year"], column), columns["2022Q2"]
    letters = openpyxl.utils.get_column_letter(column), openpyxl.utils.get_column_letter(before)
    assert growth.value == f'=IF({letters[1]}{rows["Revenues"]}>0,{letters[0]}{rows["Revenues"]}/{letters[1]}{rows["Revenues"]}-1,"n/m")'
    now, then = (shown.cell(rows["Revenues"], at).value for at in (column, before))
    assert shown.cell(growth.row, column).value == pytest.approx(now / then - 1, rel=1e-12)
    margin = shown.cell(rows["Net margin"], column).value
    assert margin == pytest.approx(shown.cell(rows["Net income"], column).value / now, rel=1e-12)
    assert str(sheet.cell(rows["Revenues"], column).value).startswith("='Income statement'!")


def test_a_base_that_is_not_positive_gives_a_text_not_an_error() -> None:
    lines = [
        figure("fin:Revenues", "100", line=1, period=Period(date(2023, 6, 30), date(2023, 4, 1))),
        figure("fin:Revenues", "-5", line=2, period=Period(date(2022, 6, 30), date(2022, 4, 1))),
    ]
    made = openpyxl.load_workbook(io.BytesIO(workbook(report(lines), load_taxonomy(), load())), data_only=True)
    sheet = made["Highlights"]
    row = rows_of(sheet)["Revenues, year on year"]
    assert "n/m" in [cell.value for cell in sheet[row]]


def test_the_master_check_stands_in_the_frozen_pane_of_every_sheet(values: openpyxl.Workbook, book: openpyxl.Workbook) -> None:
    for sheet in values.worksheets:
        top = int(re.sub(r"\D", "", sheet.freeze_panes)) - 1
        texts = [str(cell.value) for row in sheet.iter_rows(max_row=top) for cell in row]
        assert any(re.fullmatch(r"✓ checks hold|✗ \d+ checks fail", text) for text in texts), sheet.title
    place = book.defined_names["failing_checks"].attr_text
    assert re.fullmatch(r"'Cover'!\$C\$\d+", place)
    assert str(book["Cover"][place.partition("!")[2].replace("$", "")].value).startswith("=COUNTIF('Checks'!")


def test_each_live_sum_has_a_check_row(book: openpyxl.Workbook, values: openpyxl.Workbook) -> None:
    names = ("Income statement", "Balance sheet", "Cash flow", "Comprehensive income", "Non-GAAP bridges", "Operating metrics")
    sums = [cell for name in names for row in book[name].iter_rows(min_row=5) for cell in row if cell.data_type == "f"]
    verdicts = [row[0].value for row in values["Checks"].iter_rows(min_row=4) if row[2].value == "sum, live"]
    assert len(verdicts) == len(sums) > 100
    assert set(verdicts) == {"✓ exact"}


def test_concepts_and_periods_have_names(book: openpyxl.Workbook) -> None:
    place = book.defined_names["fin_Revenues"].attr_text
    sheet, _, cells = place.partition("!")
    row = book[sheet.strip("'")][cells.replace("$", "").partition(":")[0]].row
    assert book["Income statement"].cell(row, 2).value == "fin:Revenues"
    assert "period_2023Q2_CNY" in book["Income statement"].defined_names


# --- the axis ---------------------------------------------------------------------------------------


def test_periods_stand_in_blocks_and_balances_under_the_shortest_that_ends_there() -> None:
    quarter, half = Period(date(2023, 6, 30), date(2023, 4, 1)), Period(date(2023, 6, 30), date(2023, 1, 1))
    nine, year = Period(date(2023, 9, 30), date(2023, 1, 1)), Period(date(2022, 12, 31), date(2022, 1, 1))
    balance, lone = Period(date(2023, 6, 30)), Period(date(2023, 3, 31))
    columns = axis.in_blocks([lone, year, nine, half, balance, quarter])
    assert columns == [quarter, half, nine, year, lone]
    assert axis.place(balance, columns) == 0
    assert axis.place(Period(date(2021, 1, 1)), columns) is None
    assert [axis.months(period) for period in columns] == [3, 6, 9, 12, None]


# --- the layout file --------------------------------------------------------------------------------


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (ROOT / "templates" / "workbook.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  cell_notes: true ", "  cell_notes: maybe ", r"cell_notes of workbook must be a bool"),
        ("  title: {size: 15,", "  title: {size: 15, size: 16,", r"size stands twice \(first at line \d+\)"),
        ('color: "#1F3864"}', "color: blue}", r"style title: color cannot be 'blue'"),
        ("kind: column, title", "kind: pie, title", r"chart kind 'pie' must be column, bar or line"),
        ("over: quarter", "over: month", r"over 'month' must be year or quarter"),
        ("    scale: 6", "    scale: 5", r"scale 5 must be 0, 3, 6, 9 or 12"),
        ("nothing: {en: Nothing.", "nothing: {en: no", r"nothing of words in en is False, no text; write it in quotes"),
        ("  paper: 9", "  papr: 9", r"unknown key 'papr'; did you mean paper\?"),
        ("sheets:", "sheets: [", r"mend the YAML"),
        ("label: {en: Gross margin, zh: 毛利率}", "label: 5", r"label of a margin must be a mapping"),
        ("{field: concept,", "{field: [concept],", r"field \['concept'\] must be a text"),
    ],
)
def test_a_fault_of_a_layout_is_told_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(FormatError) as caught:
        load(path)
    found = re.match(r"mine\.yaml:(\d+): ", str(caught.value))
    assert found, str(caught.value)
    assert re.search(message, str(caught.value))
    if "stands twice" not in message and "YAML" not in message:
        line = path.read_text(encoding="utf-8").split("\n")[int(found[1]) - 1]
        assert new.strip().split(":")[0].strip() in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [*x]", r"mine\.yaml:1: the file has an unknown key 'a'"),
        ("[" * 100_000, r"mine\.yaml:1: .*nest"),
        ("a0: &a0 [1]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(40)), r"unknown key 'a0'"),
    ],
)
def test_a_layout_that_turns_in_circles_or_grows_without_end_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        load(path)


def test_a_layout_chooses_sheets_rows_and_charts(tmp_path: Path) -> None:
    text = (ROOT / "templates" / "workbook.yaml").read_text(encoding="utf-8")
    before, _, after = text.partition("sheets:\n")
    mine = """sheets:
  - kind: metrics
    name: {en: Mine}
    scale: 3
    groups: [{title: {en: As the taxonomy has it}, network: income-statement}]
    charts: [{kind: bar, title: {en: Costs}, rows: [fin:SalesAndMarketing]}]
"""
    path = tmp_path / "mine.yaml"
    path.write_text(before + mine + "\n# --- columns" + after.partition("# --- columns")[2], encoding="utf-8")
    options = exporter.Options(formats=("xlsx",), layout=path)
    sample = next((ROOT / "exporter" / "samples").glob("*.txt"))
    (result,) = exporter.run(exporter.expand([str(sample)]), tmp_path / "out", None, options)
    book = openpyxl.load_workbook(next(one for one in result.paths if one.suffix == ".xlsx"))
    assert book.sheetnames == ["Mine"]
    assert len(book["Mine"]._charts) == 1
    assert [cell.value for cell in book["Mine"]["B"] if cell.value == "fin:Revenues"] == ["fin:Revenues"]


def test_figures_of_the_text_join_the_statement_in_its_sign_and_scale() -> None:
    """A row of a table gets the figure that only a sentence tells, in a column of its period."""
    taxonomy = load_taxonomy()
    sample = next((ROOT / "exporter" / "samples").glob("*.txt"))
    read = read_report(sample.read_bytes(), sample.name, taxonomy, ReadOptions(document_id="sample"))
    book = openpyxl.load_workbook(io.BytesIO(workbook(read, taxonomy, load())), data_only=True)
    sheet = book["Income statement"]
    (column,) = [cell.column for row in sheet.iter_rows(max_row=10) for cell in row if cell.value == "2023Q1 · CNY"]
    (row,) = [cell.row for cell in sheet["B"] if cell.value == "fin:Revenues"]
    (fact,) = [
        fact for fact in read.facts
        if fact.aspects.concept == "fin:Revenues" and fact.aspects.period == Period(date(2023, 3, 31), date(2023, 1, 1))
    ]  # fmt: skip
    assert Decimal(repr(sheet.cell(row, column).value)) == fact.value


def test_a_fact_that_no_figure_prints_is_shown_all_the_same() -> None:
    source_report = report([figure("fin:Revenues", "1000", line=1)])
    derived = source_report.facts[0]._replace(fact_id="d" * 32, statement="operating", origin="derived", value=Decimal(77))
    made = workbook(replace(source_report, facts=(*source_report.facts, derived)), load_taxonomy(), load())
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Operating metrics"]
    assert 77 in [cell.value for row in sheet.iter_rows() for cell in row]


# --- precision before recall ------------------------------------------------------------------------


def test_highlights_refer_to_a_cell_only_where_it_shows_all_digits() -> None:
    """The text says 3.9 billion before the table says 3,914,316 thousand: the formula leads to the table, not to the text."""
    rounded = figure("fin:Revenues", "3900000000", line=1, decimals=-8, statement="operating", place=Place(1, 5, 4, 8))
    exact = figure("fin:Revenues", "3914316000", line=2)
    made = report([rounded, exact])
    precise = made.facts[1]
    made = replace(made, facts=(precise,), fact_ids=(precise.fact_id, precise.fact_id))
    data = workbook(made, load_taxonomy(), load())
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Highlights"]
    shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    row = rows_of(shown["Highlights"])["Revenues"]
    (formula,) = [str(cell.value) for cell in sheet[row] if str(cell.value).startswith("=")]
    name, _, cell = formula[1:].partition("!")
    assert shown[name.strip("'")][cell].value == 3914316000


def test_a_row_of_a_segment_is_no_place_for_the_figure_of_the_company() -> None:
    segment = figure("fin:Revenues", "1000000", line=1, dimensions=(("fin:SegmentAxis", "fin:OneMember"),))
    before = Period(date(2023, 3, 31), date(2023, 1, 1))
    whole = figure("fin:Revenues", "5000000", line=2, period=before, place=Place(2, 5, 4, 8))
    made = report([segment, whole])
    table = replace(made.tables[0], rows=made.tables[0].rows[:1])
    data = workbook(replace(made, tables=(table,)), load_taxonomy(), load())
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Income statement"]
    rows = {cell.row for row in sheet.iter_rows() for cell in row if cell.value in (1000000, 5000000)}
    assert len(rows) == 2


def test_a_figure_in_another_currency_stands_in_a_row_of_its_own_with_its_currency() -> None:
    printed = figure("fin:Revenues", "1000000", line=1)
    before = Period(date(2023, 3, 31), date(2023, 1, 1))
    euro = figure("fin:Revenues", "5000000", line=2, period=before, unit="iso4217:EUR", place=Place(2, 5, 4, 8))
    made = report([printed, euro])
    table = replace(made.tables[0], rows=made.tables[0].rows[:1])
    data = workbook(replace(made, tables=(table,)), load_taxonomy(), load())
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Income statement"]
    found = {cell.value: sheet.cell(cell.row, 3).value for row in sheet.iter_rows() for cell in row if cell.value in (1000000, 5000000)}
    assert found == {1000000: "CNY", 5000000: "EUR"}


def test_sums_of_fractions_are_rounded_to_their_places() -> None:
    shown = {row: figure("fin:Revenues", value) for row, value in ((1, "0.1"), (2, "0.2"))}
    total = figure("fin:Revenues", "0.3")
    assert sums.rounded("=SUM(B1:B2)", [(1, 1), (2, 1)], total, shown) == "=ROUND(SUM(B1:B2),1)"
    assert sums.rounded("=B1+B2", [(5, 1)], figure("fin:Revenues", "3"), {}) == "=B1+B2"


# --- limits are told --------------------------------------------------------------------------------


def test_what_excels_limits_change_stands_on_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    path = next((ROOT / "exporter" / "samples").glob("*.txt"))
    taxonomy = load_taxonomy()
    read = read_report(path.read_bytes(), path.name, taxonomy, ReadOptions(document_id="sample"))
    monkeypatch.setattr(shapes, "MAX_LINKS", 40)
    book = openpyxl.load_workbook(io.BytesIO(workbook(read, taxonomy, replace(load(), rows_per_sheet=300))))
    found = {row[1].value: row[2].value for row in book["Findings"].iter_rows(min_row=4)}
    assert "Facts goes on in sheets of the same name with a number, 2 in all" in found["sheet-continued"] or "Facts (2)" in book.sheetnames
    assert re.match(r"\d+ figures have no link", found["links-left-out"])
    links = sum(bool(cell.hyperlink) for row in book["Facts"].iter_rows() for cell in row)
    formulas = [cell.value for row in book["Facts"].iter_rows() for cell in row if str(cell.value).startswith("=HYPERLINK")]
    assert (links, len(formulas)) == (40, 300 - 3 - 39)


def test_facts_read_back_as_the_store_has_them(tmp_path: Path) -> None:
    path = next((ROOT / "exporter" / "samples").glob("*.txt"))
    (result,) = exporter.run(exporter.expand([str(path)]), tmp_path, None, exporter.Options(formats=("xlsx",)))
    with FactStore.open(tmp_path / "facts.duckdb", read_only=True) as store:
        facts = {fact.fact_id: fact for fact in store.load_report(result.document_id).facts}
    sheet = openpyxl.load_workbook(next(one for one in result.paths if one.suffix == ".xlsx"), data_only=True)["Facts"]
    head = {cell.value: at for at, cell in enumerate(sheet[3])}
    rows = {row[head["fact_id"]]: row for row in sheet.iter_rows(min_row=4, values_only=True)}
    assert rows.keys() == facts.keys()
    for fact_id, fact in facts.items():
        for field, value in (("value", fact.value), ("value_low", fact.low), ("value_high", fact.high)):
            number = rows[fact_id][head[field]]
            assert (number is None) == (value is None)
            if value is not None and shapes.digits_of(value) <= 15:
                assert Decimal(repr(number)) == value
        if fact.value is not None:
            assert Decimal(rows[fact_id][head["value_exact"]]) == fact.value


# --- what is written in XlsxWriter's place ------------------------------------------------------------


def test_notes_are_as_xlsxwriter_writes_them() -> None:
    """At the edges of the sheet, of several sizes, with blanks and characters that XML and Excel escape; on two sheets."""
    notes = [(0, 0, "a"), (1, 0, " b\n<c> & _x0041_ "), (7, 3, "long " * 40), (7, 16_383, "x"), (1_048_575, 2, "y"), (9, 40, "é\t中")]

    def made(book: xlsxwriter.Workbook, add: Any) -> None:
        for name in ("One", "Two"):
            sheet = add(name)
            sheet.set_column(3, 5, 30)
            for row, column, text in notes:
                lines = sum(1 + len(line) // 44 for line in text.split("\n"))
                sheet.write_comment(row, column, text, {"width": 270, "height": min(14 * lines + 8, 400), "author": "exporter"})
            sheet.write_formula(2, 2, "=SUM(A1:A2)", None, 0)

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as theirs:
        made(theirs, theirs.add_worksheet)
    ours = PackedWorkbook(io.BytesIO(), {"in_memory": True})
    made(ours, ours.add_worksheet)
    ours.close()
    before, after = (zipfile.ZipFile(io.BytesIO(data)) for data in (buffer.getvalue(), ours.packed()))
    assert before.namelist() == after.namelist()
    compared = [name for name in before.namelist() if not name.startswith("docProps")]
    assert sum("comments" in name or "vml" in name for name in compared) == 4
    assert [name for name in compared if before.read(name) != after.read(name)] == []
