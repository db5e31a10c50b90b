"""The workbook, judged by openpyxl and LibreOffice. The release is made by hand and as nasty as releases get."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exporter.errors import FormatError, Issue
from exporter.formats.xlsx import export, shapes, sums, workbook
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.layout import default_path, load
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import (
    Aspects,
    Axis,
    Column,
    Concept,
    DocumentInfo,
    Entity,
    Fact,
    Network,
    Observation,
    Period,
    Place,
    PrintedTable,
    Report,
    Row,
    Taxonomy,
)
from exporter.taxonomy import load as load_taxonomy

ROOT = Path(__file__).resolve().parents[1]
QUARTER = Period(date(2023, 6, 30), date(2023, 4, 1))
BEFORE = Period(date(2022, 6, 30), date(2022, 4, 1))
HALF = Period(date(2023, 6, 30), date(2023, 1, 1))
CNY, USD = "iso4217:CNY", "iso4217:USD"
SHORT = "Three months ended June 30,"
COLUMNS = (
    Column(1, (SHORT, "2022", "RMB"), BEFORE, "CNY"),
    Column(2, (SHORT, "2023", "RMB"), QUARTER, "CNY"),
    Column(3, (SHORT, "2023", "USD"), QUARTER, "USD"),
)
HOSTILE = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+SUM(A1)",
    "-2+3",
    "@here",
    "\tTab first",
    '<script>alert("x")</script> & <b>',
    "<r><t>taken for finished XML</t></r>",
    "<r></not xml",
    "bell \x07 and null \x00 and vertical \x0b",
    "literal _x0041_ stays",
    "quotes \" ' [brackets] {braces} \\ / ? * :",
    "emoji 😀 and right to left \u0645\u0631\u062d\u0628\u0627",
    "half a pair \ud83d alone",
    "  spaces around  ",
    "https://example.org/not-a-link",
    "x" * 300,
    "y" * 40_000,
    "😀" * 20_000,
]


class Maker:
    """Builds a report row by row: what stands in the test is what is printed."""

    def __init__(self) -> None:
        self.figures: list[Observation] = []
        self.tables: list[PrintedTable] = []
        self.line = 10

    def figure(self, label: str, concept: str | None, text: str, period: Period, unit: str, scale: int, sign: int, cell: int) -> int:
        negative, digits = text.startswith("("), text.strip("()%").replace(",", "")
        value = Decimal(digits).scaleb(-2 if "%" in text else scale)
        shown = -2 if "%" in text else scale
        self.figures.append(
            Observation(
                Place(self.line, cell * 10, 0, len(text), 1, 1, cell), text, label, ("Section",), "income_statement", concept, period, unit,
                (("fin:TranslationAxis", "fin:ConvenienceMember"),) if unit.startswith(USD) else (),
                -value if negative else value, sign, len(digits.partition(".")[2]) - shown, shown,
                reason="" if concept else "no alias matches", candidates=() if concept else ("fin:Revenues",),
            )
        )  # fmt: skip
        return len(self.figures) - 1

    def row(
        self, label: str, concept: str | None, *cells: str, level: int = 1, unit: str = "", scale: int = 3, sign: int = 1,
        columns: tuple[Column, ...] = COLUMNS,
    ) -> Row:  # fmt: skip
        self.line += 1
        found: list[int | None] = []
        texts = {}
        for column, text in zip(columns, cells, strict=False):
            found.append(None)
            if text in ("—", "N/A"):
                texts[column.number] = text
            elif text and column.period:
                money = CNY if column.currency == "CNY" else USD
                measured = unit.replace("MONEY", money) or money
                found[-1] = self.figure(label, concept, text, column.period, measured, scale, sign, column.number)
        found += [None] * (len(columns) - len(found))
        return Row(self.line, self.line, label, level, concept, tuple(found), texts)

    def table(self, statement: str, *rows: Row, title: str = "Statements", part: int = 1, columns: tuple[Column, ...] = COLUMNS) -> None:
        self.tables.append(PrintedTable(1, part, statement, title, "(in thousands, except per share)", columns, rows))


def concept(name: str, kind: Any = "monetary", balance: Any = "credit") -> Concept:
    labels = {("en", "standard"): f"Label of {name}", ("zh", "standard"): f"标签 {name}"}
    return Concept(f"fin:{name}", kind, "duration", labels, "A definition.", balance, maps_to={"us-gaap": name})


CONCEPTS = [
    concept("Fees"), concept("Interest"), concept("Revenues"), concept("Costs", balance="debit"), concept("Income"),
    concept("Tax", balance="debit"), concept("NetIncome"), concept("LossOfMinority", balance="debit"), concept("Attributable"),
    concept("Other"), concept("Wrong"), concept("Margin", "percent", None), concept("Eps", "perShare", None),
    concept("Shares", "shares", None), concept("Long"), concept("Loans"),
]  # fmt: skip


def parts(**weights: int) -> tuple[tuple[str, int], ...]:
    return tuple((f"fin:{name}", weight) for name, weight in weights.items())


TAXONOMY = Taxonomy(
    hash="0" * 32,
    prefixes={"fin": "https://example.org/fin"},
    concepts={item.id: item for item in CONCEPTS},
    sections={},
    networks={
        "income-statement": Network(
            "income-statement", "income_statement", {"en": "Income statement"}, (),
            {
                "fin:Revenues": parts(Fees=1, Interest=1, Missing=1),
                "fin:Income": parts(Revenues=1, Costs=-1),
                "fin:NetIncome": parts(Income=1, Tax=-1),
                "fin:Attributable": parts(NetIncome=1, LossOfMinority=1),
                "fin:Wrong": parts(Fees=1, Interest=1),
            },
        ),
        "circle": Network("circle", "non_gaap", {"en": "Circle"}, (), {"fin:Income": parts(NetIncome=1, Tax=1)}),
    },
    axes={"fin:TranslationAxis": Axis("fin:TranslationAxis", {"en": "Translation"}, {})},
    units={},
    entities={},
    lexicon={},
)  # fmt: skip


def make_report() -> Report:
    maker = Maker()
    row = maker.row
    half = tuple(replace(column, headers=("Six months ended June 30,", *column.headers[1:]), period=HALF) for column in COLUMNS)
    maker.table(
        "income_statement",
        row("Revenue:", None, level=0),
        row("Fees", "fin:Fees", "1,000", "2,000", "300"),
        row("Something nobody knows", None, "7", "(8)", "—"),
        row("Interest", "fin:Interest", "500", "(250)", "(36)"),
        row("Total revenue", "fin:Revenues", "1,500", "1,750", "264", level=0),
        row("Costs", "fin:Costs", "400", "1,000", "151"),
        row("Income", "fin:Income", "1,100", "750", "113", level=0),
        row("Income tax expense", "fin:Tax", "(100)", "50", "N/A", sign=-1),
        row("Net income", "fin:NetIncome", "1,000", "800", "", level=0),
        row("Net loss attributable to minority", "fin:LossOfMinority", "5", "6", "1"),
        row("Attributable", "fin:Attributable", "1,005", "806", "", level=0),
        row("A total that is off", "fin:Wrong", "1,501", "1,750", "264", level=0),
        row("Net margin", "fin:Margin", "66.7%", "45.7%", "", unit="xbrli:pure", scale=-2),
        row("Zero", "fin:Other", "0", "0", "0"),
        row("Basic per share", "fin:Eps", "0.07", "(3.40)", "0.47", unit="MONEY/xbrli:shares", scale=0),
        row("Per ADS, unknown", None, "6.28", "6.80", "0.94", unit="MONEY/fin:ADS", scale=0),
        row("Shares", "fin:Shares", "311,615,233", "323,095,877", "323,095,877", unit="xbrli:shares", scale=0),
        row("Too long for Excel", "fin:Long", "1,234,567,890,123,456.78", "2", "3", scale=0),
    )
    maker.table("comprehensive_income", row("Net income", "fin:NetIncome", "1,000", "800", "113"), part=1)
    maker.table(
        "comprehensive_income", row("Net income", "fin:NetIncome", "2,000", "1,600", "226", columns=half), part=2, columns=half
    )
    maker.table("", *(row(text, None, "1") for text in HOSTILE), title=HOSTILE[0])
    facts, ids = fold(maker.figures)
    guidance = Aspects("cik:1", "fin:NetIncome", HALF, CNY, kind="range", scenario="guidance")
    place = Place(99, 5, 0, 4)
    maker.figures.append(Observation(place, "1 to 2 billion", "net income", (), "guidance", "fin:NetIncome", HALF, CNY, kind="range"))
    expected = Fact("g" * 32, "s", guidance, "=net income", "guidance", place, low=Decimal(10**9), high=Decimal(2 * 10**9), decimals=-9)
    return Report(
        document=DocumentInfo("k" * 32, "sample-2023q2", "text/plain", "utf-8", "ab" * 32, "", "2023-08-22", taxonomy_hash="0" * 32),
        entity=Entity("cik:1", "=Nasty & \"Sons\" <Ltd>", accounting="us-gaap", currency="CNY", fiscal_year_end=(12, 31)),
        period=QUARTER,
        observations=tuple(maker.figures),
        fact_ids=(*ids, "g" * 32),
        facts=(*facts, expected),
        tables=tuple(maker.tables),
        findings=(Issue("odd", "=a message that looks like a formula", "12:1"),),
    )  # fmt: skip


def fold(figures: list[Observation]) -> tuple[list[Fact], list[str | None]]:
    """One fact a series, as far as this fixture needs it."""
    facts: dict[Any, Fact] = {}
    ids: list[str | None] = []
    for figure in figures:
        if figure.concept is None or figure.period is None or figure.unit is None:
            ids.append(None)
            continue
        aspects = Aspects("cik:1", figure.concept, figure.period, figure.unit, figure.dimensions)
        name = f"{len(facts):032x}"
        fact = Fact(name, name, aspects, figure.label, figure.statement, figure.place, figure.value, decimals=figure.decimals)
        ids.append(facts.setdefault(aspects, fact).fact_id)
    return list(facts.values()), ids


REPORT = make_report()


@pytest.fixture(scope="module")
def data() -> bytes:
    return workbook(REPORT, TAXONOMY, load())


@pytest.fixture(scope="module")
def book(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def values(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def rows_of(book: openpyxl.Workbook, sheet: str) -> dict[str, int]:
    """Row numbers by what stands in the first column."""
    return {str(cell.value): cell.row for cell in book[sheet]["A"] if cell.value is not None}


def head_of(book: openpyxl.Workbook, sheet: str, row: int = 3) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in book[sheet][row] if cell.value is not None}


FIRST = 5  # the first printed column: after label, canonical ID, unit, notes


# --- what is printed is there -----------------------------------------------------------------------


def test_every_printed_row_stands_on_its_sheet_in_order(values: openpyxl.Workbook) -> None:
    names = {"income_statement": "Income statement", "comprehensive_income": "Comprehensive income", "": "Other tables"}
    for statement, sheet in names.items():
        printed = [shapes.clean(row.label, "") for table in REPORT.tables if table.statement == statement for row in table.rows]
        shown = [str(cell.value) for cell in values[sheet]["A"] if cell.value is not None]
        position = -1
        for label in printed:
            position = next(at for at, text in enumerate(shown) if at > position and text.startswith(label[:32_000]))


def test_figures_are_numbers_as_printed(values: openpyxl.Workbook) -> None:
    sheet, rows = values["Income statement"], rows_of(values, "Income statement")
    for row in REPORT.tables[0].rows:
        for column, index in enumerate(row.cells):
            if index is not None and shapes.digits_of(figure := REPORT.observations[index].printed or Decimal(0)) <= 15:
                shown = sheet.cell(rows[row.label], FIRST + column).value
                assert Decimal(repr(shown)) == figure, (row.label, column)


def test_a_number_format_shows_what_is_printed(book: openpyxl.Workbook) -> None:
    sheet, rows = book["Income statement"], rows_of(book, "Income statement")

    def shown(label: str) -> str:
        return str(sheet.cell(rows[label], FIRST).number_format)

    assert shown("Fees") == '#,##0,_);(#,##0,);"–"_)'
    assert shown("Net margin") == '0.0%_);(0.0%);"–"_)'
    assert shown("Basic per share") == '#,##0.00_);(#,##0.00);"–"_)'
    assert shown("Shares") == '#,##0_);(#,##0);"–"_)'
    units = {label: sheet.cell(rows[label], 3).value for label in ("Fees", "Net margin", "Basic per share", "Per ADS, unknown", "Shares")}
    assert list(units.values()) == ["thousand", "%", "per share", "per ADS", "shares"]


def test_headers_stand_as_printed_and_the_fiscal_period_under_them(values: openpyxl.Workbook) -> None:
    sheet = values["Income statement"]
    assert [[sheet.cell(row, FIRST + column).value for column in range(3)] for row in range(5, 9)] == [
        [SHORT, None, None],
        ["2022", "2023", "2023"],
        ["RMB", "RMB", "USD"],
        ["2022Q2 · CNY", "2023Q2 · CNY", "2023Q2 · USD"],
    ]
    assert sheet.freeze_panes == "B12"
    assert not sheet.merged_cells.ranges


def test_a_sheet_of_two_tables_freezes_no_header(values: openpyxl.Workbook) -> None:
    sheet = values["Comprehensive income"]
    assert sheet.freeze_panes == "B5"
    periods = [cell.value for cell in sheet["E"] if cell.value]
    assert "2022Q2 · CNY" in periods
    assert "2023H1 · CNY" in periods


def test_a_row_without_concept_is_marked_by_sign_and_text_and_linked(book: openpyxl.Workbook) -> None:
    sheet, rows = book["Income statement"], rows_of(book, "Income statement")
    mark = sheet.cell(rows["Something nobody knows"], 4)
    assert mark.value == "⚠ no concept"
    target = re.fullmatch(r"'Unresolved'!A(\d+)", mark.hyperlink.location)
    assert target
    assert book["Unresolved"].cell(int(target[1]), 1).value == "Something nobody knows"
    assert sheet.cell(rows["Fees"], 4).value is None
    assert sheet.cell(rows["Revenue:"], 4).value is None, "a heading needs no concept"


def test_zero_nothing_and_printed_text_look_different(book: openpyxl.Workbook) -> None:
    sheet, rows = book["Income statement"], rows_of(book, "Income statement")
    zero, nothing = sheet.cell(rows["Zero"], FIRST), sheet.cell(rows["Net margin"], FIRST + 2)
    dash, words = sheet.cell(rows["Something nobody knows"], FIRST + 2), sheet.cell(rows["Income tax expense"], FIRST + 2)
    assert (zero.value, nothing.value, dash.value, words.value) == (0, None, "—", "N/A")
    assert '"–"' in zero.number_format
    assert dash.number_format == words.number_format == '"["@"]"_)'


# --- sums -------------------------------------------------------------------------------------------


def test_a_total_is_a_formula_where_its_printed_parts_add_up(book: openpyxl.Workbook, values: openpyxl.Workbook) -> None:
    sheet, rows = book["Income statement"], rows_of(book, "Income statement")
    fees, interest, costs, tax = (rows[name] for name in ("Fees", "Interest", "Costs", "Income tax expense"))
    revenue, income, net = rows["Total revenue"], rows["Income"], rows["Net income"]
    expected = {
        ("Total revenue", 0): f"=E{fees}+E{interest}",  # a figure that is no part stands between them
        ("Total revenue", 2): f"=SUM(G{fees}:G{interest})",
        ("Income", 1): f"=F{revenue}-F{costs}",
        ("Net income", 0): f"=SUM(E{income}:E{tax})",  # a tax that is printed negative is added
        ("Attributable", 1): f"=SUM(F{net}:F{net + 1})",
    }
    for (label, column), formula in expected.items():
        assert sheet.cell(rows[label], FIRST + column).value == formula
        index = next(row for row in REPORT.tables[0].rows if row.label == label).cells[column]
        assert values["Income statement"].cell(rows[label], FIRST + column).value == REPORT.observations[index or 0].printed


def test_a_total_that_is_off_stays_a_number_and_is_told(book: openpyxl.Workbook) -> None:
    sheet, rows = book["Income statement"], rows_of(book, "Income statement")
    row = rows["A total that is off"]
    assert sheet.cell(row, FIRST).value == 1_501_000
    assert sheet.cell(row, FIRST + 1).value.startswith("=")
    assert sheet.cell(row, 4).value == "≠ printed parts, by 1 (2022Q2 CNY)"
    codes = [cell.value for cell in book["Findings"]["B"]]
    assert codes.count("total-differs") == 1
    message = str(book["Findings"].cell(codes.index("total-differs") + 1, 3).value)
    assert message.startswith("A total that is off: ")
    assert "by 1,000 (2022Q2 CNY)" in message


def cell(row: int, name: str, value: int, sign: int = 1) -> sums.Cell:
    figure = Observation(Place(row, 1, 0, 1), str(value), name, concept=name, period=QUARTER, unit=CNY, printed=Decimal(value), sign=sign)
    return sums.Cell(row, 0, figure)


def test_formulas_never_go_in_a_circle() -> None:
    ways = {"a": ((("b", 1),),), "b": ((("a", 1),),)}
    found = sums.find([cell(0, "a", 5), cell(1, "b", 5)], ways)
    assert set(found) == {0}


def test_the_nearest_print_above_is_the_part() -> None:
    column = [cell(0, "part", 5), cell(3, "part", 5), cell(4, "total", 5), cell(5, "part", 5)]
    assert sums.find(column, {"total": ((("part", 1),),)})[4].terms == ((3, 1),)


def test_the_shortest_of_the_ways_that_hold_is_taken() -> None:
    column = [cell(0, "a", 1), cell(1, "b", 2), cell(2, "sub", 3), cell(3, "c", 4), cell(4, "total", 7)]
    ways = {"total": ((("a", 1), ("b", 1), ("c", 1)), (("sub", 1), ("c", 1)), (("gone", 1),))}
    assert sums.find(column, ways)[4].terms == ((2, 1), (3, 1))


def test_a_printed_subtotal_stands_for_its_parts() -> None:
    column = [cell(0, "a", 1), cell(1, "b", 2), cell(2, "ab", 3), cell(3, "c", 4), cell(4, "d", 5), cell(5, "cd", 9), cell(6, "all", 12)]
    ways = {"ab": ((("a", 1), ("b", 1)),), "cd": ((("c", 1), ("d", 1)),), "all": ((("ab", 1), ("c", 1), ("d", 1)),)}
    assert sums.find(column, ways)[6].terms == ((2, 1), (5, 1))
    same = {"ab": ((("a", 1), ("b", 1)),), "twin": ((("a", 1), ("b", 1)),)}
    found = sums.find([cell(0, "a", 1), cell(1, "b", 2), cell(2, "ab", 3), cell(3, "twin", 3)], same)
    assert found[2].terms == found[3].terms == ((0, 1), (1, 1)), "neither stands for the other"


def test_another_period_or_unit_is_no_part() -> None:
    other = cell(1, "part", 5).figure._replace(period=BEFORE)
    assert sums.find([sums.Cell(1, 0, other), cell(4, "total", 5)], {"total": ((("part", 1),),)}) == {}


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.sampled_from([1, -1]), st.sampled_from([1, -1])), min_size=2, max_size=9))
def test_a_formula_adds_up_to_the_print(items: list[tuple[int, int, int]]) -> None:
    column = [cell(row, f"p{row}", value, sign) for row, (value, sign, _) in enumerate(items)]
    total = sum(value * sign * weight for value, sign, weight in items)
    column.append(cell(len(items), "total", -total, -1))
    way = tuple((f"p{row}", weight) for row, (_, _, weight) in enumerate(items))
    terms = sums.find(column, {"total": (way,)})[len(items)].terms
    text = sums.formula(terms, 4, {one.row for one in column})
    assert calculated(text, {row + 1: value for row, (value, _, _) in enumerate(items)}) == -total


def calculated(formula: str, column: dict[int, int]) -> int:
    """A formula of ours worked out by other means: references, ranges, SUM, plus and minus."""

    def reference(match: re.Match[str]) -> str:
        first, last = int(match[1]), int(match[2] or match[1])
        return "+".join(f"({column[row]})" for row in range(first, last + 1) if row in column)

    plain = re.sub(r"E(\d+)(?::E(\d+))?", reference, formula[1:]).replace("SUM", "").replace(",", "+")
    return int(eval(plain, {"__builtins__": {}}))


# --- data sheets ------------------------------------------------------------------------------------


def test_facts_round_trip(values: openpyxl.Workbook) -> None:
    sheet, head = values["Facts"], head_of(values, "Facts")
    rows = {sheet.cell(row, head["fact_id"]).value: row for row in range(4, sheet.max_row + 1)}
    assert len(rows) == len(REPORT.facts)
    for fact in REPORT.facts:
        row = rows[fact.fact_id]
        exact, number = sheet.cell(row, head["value_exact"]).value, sheet.cell(row, head["value"]).value
        if fact.value is None:
            assert (exact, number) == (None, None)
            assert sheet.cell(row, head["value_low"]).value == fact.low
            assert sheet.cell(row, head["value_high"]).value == fact.high
            continue
        assert isinstance(exact, str)
        assert Decimal(exact) == fact.value
        if shapes.digits_of(fact.value) <= 15:
            assert Decimal(repr(number)) == fact.value
        assert sheet.cell(row, head["period_end"]).value.date() == fact.aspects.period.end
        assert sheet.cell(row, head["unit_id"]).value == fact.aspects.unit


def test_facts_carry_the_canonical_sign(values: openpyxl.Workbook) -> None:
    sheet, head = values["Facts"], head_of(values, "Facts")
    taxes = [sheet.cell(row, head["value"]).value for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value == "fin:Tax"]
    assert taxes == [100_000, -50_000]


def test_data_sheets_are_filtered_tables(book: openpyxl.Workbook) -> None:
    for name in ("Facts", "Dictionary", "Unresolved", "Findings"):
        (table,) = book[name].tables.values()
        assert table.autoFilter is not None
        assert book[name].freeze_panes == "B4"


def test_dictionary_and_unresolved_are_complete(values: openpyxl.Workbook) -> None:
    named = {cell.value for cell in values["Dictionary"]["A"][3:]}
    assert named == {fact.aspects.concept for fact in REPORT.facts}
    lost = [figure for figure, fact_id in zip(REPORT.observations, REPORT.fact_ids, strict=True) if fact_id is None]
    assert values["Unresolved"].max_row == len(lost) + 3
    assert {cell.value for cell in values["Unresolved"]["K"][3:]} == {"fin:Revenues"}


def test_guidance_in_sentences_is_low_and_high(values: openpyxl.Workbook) -> None:
    sheet = values["Guidance"]
    row = rows_of(values, "Guidance")["Label of NetIncome"]
    assert [sheet.cell(row - 1, FIRST + column).value for column in range(3)] == ["Fiscal period", "Low", "High"]
    assert [sheet.cell(row, FIRST + column).value for column in range(3)] == ["2023H1", 10**9, 2 * 10**9]


# --- hostile text -----------------------------------------------------------------------------------


def test_text_never_becomes_a_formula_or_a_link(book: openpyxl.Workbook) -> None:
    cell = r"(?:'[\w -]+'!)?\$?[A-Z]+\$?\d+"
    text = r'"[^"]*"'
    name = "failing_checks"
    own = re.compile(
        rf"=-?(?:(?:SUM|COUNTIF|ROUND|ABS|IF)\(|{cell}|{name}|{text}|\d+|[-+,:()/&<>=])+$"
    )
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for one in row:
                if one.data_type == "f":
                    assert own.match(str(one.value)), (sheet.title, one.coordinate, one.value)
                if one.hyperlink:
                    assert one.hyperlink.location
                    assert not one.hyperlink.target


def test_what_looks_like_a_formula_stays_text_when_edited(book: openpyxl.Workbook) -> None:
    sheet, rows = book["Other tables"], rows_of(book, "Other tables")
    assert all(sheet.cell(rows[text], 1).quotePrefix for text in HOSTILE if text[0] in "=+-@")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_text_comes_back(values: openpyxl.Workbook, text: str) -> None:
    shown = [str(one.value) for one in values["Other tables"]["A"] if one.value is not None]
    if len(text) > 16_000:
        (found,) = [one for one in shown if one.startswith(text[:10_000])]
        assert re.search(r"\[\d+ characters cut here\]$", found)
        assert len(found.encode("utf-16-le")) // 2 <= shapes.MAX_TEXT
    else:
        assert shapes.clean(text).replace("_x0041_", "A") in [one.replace("_x0041_", "A") for one in shown]


def test_illegal_characters_are_seen_not_dropped() -> None:
    assert shapes.clean("a\x00b\x07c\x7f") == "a␀b␇c␡"
    assert shapes.clean("\ud800|\ufffe|\x85") == "�|�|�"
    assert shapes.clean("line\nand\ttab") == "line\nand\ttab"


def test_the_package_is_well_formed_and_points_nowhere_outside(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        for name in package.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            text = package.read(name)
            etree.fromstring(text)
            assert b'TargetMode="External"' not in text
        assert not [name for name in package.namelist() if "externalLink" in name or "vba" in name.lower()]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_sheet_names_are_safe_and_unique(texts: list[str]) -> None:
    taken: set[str] = set()
    names = [shapes.sheet_name(text, taken) for text in [*texts, *texts]]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le", "strict")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


# --- limits -----------------------------------------------------------------------------------------


def test_what_does_not_fit_a_sheet_goes_on_in_another() -> None:
    facts = tuple(REPORT.facts[0]._replace(fact_id=f"{number:032x}") for number in range(130))
    book = openpyxl.load_workbook(io.BytesIO(workbook(replace(REPORT, facts=facts), TAXONOMY, replace(load(), rows_per_sheet=50))))
    names = [name for name in book.sheetnames if name.startswith("Facts")]
    assert names == ["Facts", "Facts (2)", "Facts (3)"]
    column = head_of(book, "Facts")["fact_id"]
    found = [book[name].cell(row, column).value for name in names for row in range(4, book[name].max_row + 1)]
    assert found == [fact.fact_id for fact in facts]


def test_a_long_table_is_cut_into_sheets_without_loss() -> None:
    maker = Maker()
    maker.table("income_statement", *(maker.row(f"row {number}", None, "1") for number in range(120)))
    figures = tuple(maker.figures)
    report = replace(REPORT, tables=tuple(maker.tables), observations=figures, fact_ids=(None,) * len(figures), facts=())
    book = openpyxl.load_workbook(io.BytesIO(workbook(report, TAXONOMY, replace(load(), rows_per_sheet=60))))
    names = [name for name in book.sheetnames if name.startswith("Income statement")]
    labels = [str(one.value) for name in names for one in book[name]["A"] if str(one.value).startswith("row ")]
    assert labels == [f"row {number}" for number in range(120)]
    assert all(book[name].max_row <= 60 for name in names)


def test_links_past_the_limit_are_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_LINKS", 3)
    book = Book(load())
    _, sheet = book.add("Links")
    for row in range(5):
        book.link(sheet, row, 0, "'Links'!A1", f'to "{row}"')
    read = openpyxl.load_workbook(io.BytesIO(book.close()))["Links"]
    assert [bool(read.cell(row, 1).hyperlink) for row in range(1, 6)] == [True, True, True, False, False]
    assert read.cell(5, 1).value == '=HYPERLINK("#\'Links\'!A1","to ""4""")'


def test_numbers_beyond_excel_are_text_and_long_ones_are_told(values: openpyxl.Workbook) -> None:
    sheet, rows = values["Income statement"], rows_of(values, "Income statement")
    assert "more digits than Excel keeps" in sheet.cell(rows["Too long for Excel"], 4).value
    exact = {cell.value for cell in values["Facts"]["H"]}
    assert "1234567890123456.78" in exact
    assert not shapes.holds_number(Decimal("1e400"))
    assert shapes.serial(date(1900, 2, 28)) is None
    assert shapes.serial(date(1900, 3, 1)) == 61


# --- the same bytes, no clock -----------------------------------------------------------------------


def test_same_input_same_bytes(data: bytes) -> None:
    code = (
        "import sys, runpy; made = runpy.run_path(sys.argv[1]); "
        "sys.stdout.buffer.write(made['workbook'](made['REPORT'], made['TAXONOMY'], made['load']()))"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, __file__], capture_output=True, check=True, cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.stdout == data


def test_no_clock_and_no_path_in_the_package(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2000-01-01T00:00:00Z"}
        assert not [name for name in package.namelist() if str(ROOT).encode() in package.read(name)]


def test_export_writes_one_file(tmp_path: Path, data: bytes) -> None:
    (path,) = export(REPORT, TAXONOMY, tmp_path / "sample", {})
    assert path == tmp_path / "sample" / "sample-2023q2.xlsx"
    assert path.read_bytes() == data
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_printing_and_frame(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == ("portrait" if sheet.title == "Highlights" else "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "sample-2023q2" in str(sheet.oddFooter.left.text)
    assert book["Income statement"].print_title_rows == "$1:$11"


# --- layout -----------------------------------------------------------------------------------------


def test_chinese_labels() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(REPORT, TAXONOMY, load(language="zh"))))
    assert "利润表" in book.sheetnames
    assert "标签 Fees" in {cell.value for cell in book["利润表"]["B"]}
    with pytest.raises(FormatError, match="has no language 'xx'; it has en, zh"):
        load(language="xx")


def test_every_text_of_the_layout_is_in_every_language() -> None:
    tree = yaml.safe_load(default_path().read_text(encoding="utf-8"))

    def texts(node: Any, where: str = "") -> list[str]:
        if isinstance(node, dict) and "en" in node:
            return [where] if set(node) != set(tree["workbook"]["languages"]) else []
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        return [fault for key, item in items for fault in texts(item, f"{where}/{key}")]

    assert texts({key: tree[key] for key in ("sheets", "columns", "words", "scales", "units", "legend")}) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tree: tree["styles"]["title"].update(colour="red"), "style title has an unknown key 'colour'"),
        (lambda tree: tree["sheets"].append({"kind": "chart", "name": {"en": "x"}}), "sheet kind 'chart' is unknown"),
        (lambda tree: tree["sheets"].append({"kind": "facts"}), "a sheet lacks name"),
        (lambda tree: tree.pop("legend"), "the file lacks legend"),
        (lambda tree: tree["columns"]["facts"][0].update(style="loud"), "style 'loud', which is not in styles"),
        (lambda tree: tree.update(extra=1), "unknown key 'extra'"),
        (lambda tree: tree["columns"]["facts"][1].update(title={"en": "concept_id"}), "two columns of facts are called 'concept_id'"),
    ],
)
def test_a_wrong_layout_is_refused(tmp_path: Path, change: Callable[[Any], Any], message: str) -> None:
    tree = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    change(tree)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    with pytest.raises(FormatError, match=r"mine.yaml:\d+: .*" + re.escape(message)):
        export(REPORT, TAXONOMY, tmp_path, {"layout": str(path)})


def test_a_users_layout_changes_the_workbook(tmp_path: Path) -> None:
    tree = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    tree["sheets"] = [item for item in tree["sheets"] if item["kind"] in ("facts",) or item.get("statement") == "income_statement"]
    tree["columns"]["statement"] = [item for item in tree["columns"]["statement"] if item["field"] in ("label", "periods")]
    tree["workbook"]["cell_notes"] = True
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    (made,) = export(REPORT, TAXONOMY, tmp_path, {"layout": str(path)})
    book = openpyxl.load_workbook(made)
    assert book.sheetnames == ["Income statement", "Facts"]
    row = rows_of(book, "Income statement")["Fees"]
    assert book["Income statement"].cell(row, 2).value == 1_000_000
    assert "Figure: 1,000" in book["Income statement"].cell(row, 2).comment.text


def test_importing_the_format_does_not_import_xlsxwriter() -> None:
    code = "import sys, exporter.formats.xlsx; print(sorted({'xlsxwriter', 'yaml', 'openpyxl'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


# --- LibreOffice ------------------------------------------------------------------------------------


def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "docs" / "make_pictures.py")
    if spec is None or spec.loader is None:
        pytest.fail("docs/make_pictures.py is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_cached_values(data: bytes) -> tuple[bytes, int]:
    """A copy in which no formula has a value, and how many there were."""
    buffer, cleared = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name.startswith("xl/worksheets/"):
                text, count = re.subn(rb"</f><v>[^<]*</v>", b"</f>", text)
                cleared += count
            target.writestr(name, text)
    return buffer.getvalue(), cleared


def check_recalculation(data: bytes, folder: Path) -> int:
    """LibreOffice works out every formula anew; how many were compared."""
    tools = pictures()
    if missing := tools.missing_tools():
        pytest.skip(f"not installed: {', '.join(missing)}")
    bare, cleared = without_cached_values(data)
    source = folder / "bare.xlsx"
    source.write_bytes(bare)
    (folder / "again").mkdir()
    again = openpyxl.load_workbook(tools.convert(source, "xlsx", folder / "again"), data_only=True)
    ours, formulas = openpyxl.load_workbook(io.BytesIO(data), data_only=True), openpyxl.load_workbook(io.BytesIO(data))
    compared = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for one in row:
                new, old = again[sheet.title][one.coordinate].value, ours[sheet.title][one.coordinate].value
                assert not str(new).startswith(("#", "Err:")), (sheet.title, one.coordinate, new)
                if one.data_type == "f":
                    compared += 1
                    if isinstance(old, str):
                        assert new == old, (sheet.title, one.coordinate)
                        continue
                    assert isinstance(new, int | float), (sheet.title, one.coordinate, new)
                    assert abs(new - old) <= 1e-9 * max(abs(old), abs(new)), (sheet.title, one.coordinate, old, new)
    assert compared == cleared
    return compared


@pytest.mark.judge
def test_libreoffice_calculates_what_we_cached(data: bytes, tmp_path: Path) -> None:
    assert check_recalculation(data, tmp_path) >= 10


@pytest.mark.judge
def test_libreoffice_agrees_on_the_sample_under_a_hostile_layout(tmp_path: Path) -> None:
    """The bundled sample in Chinese, its sheets named as badly as a layout can."""
    layout = load(language="zh")
    names = ["It's \"quoted\" & [odd]", "=1+1", "😀 \u0645\u0631\u062d\u0628\u0627", "x" * 300, "a!b", "'", "2023Q2", "R1C1", "\x07bell"]
    specs = [replace(spec, name={"zh": names[at] if at < len(names) else f"s{at}"}) for at, spec in enumerate(layout.sheets)]
    sample = next((ROOT / "exporter" / "samples").glob("*.txt"))
    taxonomy = load_taxonomy()
    read = read_report(sample.read_bytes(), sample.name, taxonomy, ReadOptions(document_id="sample"))
    data = workbook(read, taxonomy, replace(layout, sheets=tuple(specs)))
    assert check_recalculation(data, tmp_path) > 500
    book = openpyxl.load_workbook(io.BytesIO(data))
    targets = {one.hyperlink.location.rpartition("!")[0] for sheet in book for row in sheet.iter_rows() for one in row if one.hyperlink}
    assert targets <= {shapes.quoted(name) for name in book.sheetnames}


@pytest.mark.judge
def test_the_recalculation_test_can_fail(data: bytes, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, re.sub(rb"</f><v>(\d+)</v>", rb"</f><v>9\1</v>", source.read(name), count=1))
    with pytest.raises(AssertionError):
        check_recalculation(buffer.getvalue(), tmp_path)


@pytest.mark.judge
def test_no_column_is_too_narrow_for_its_numbers(data: bytes, tmp_path: Path) -> None:
    """LibreOffice prints ### where a number does not fit."""
    tools = pictures()
    if missing := [tool for tool in ("soffice", "pdftotext") if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    source = tmp_path / "book.xlsx"
    source.write_bytes(data)
    pdf = tools.convert(source, "pdf", tmp_path)
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert "2023Q2" in text
    assert "###" not in text


# --- the founding release ---------------------------------------------------------------------------

STATEMENTS = ("Income statement", "Balance sheet", "Cash flow", "Comprehensive income", "Non-GAAP bridges")


@pytest.fixture(scope="module")
def founding(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    import exporter

    out = tmp_path_factory.mktemp("founding")
    sources = exporter.expand([str(shared / "releases" / "qifu-2023q2.txt")])
    (result,) = exporter.run(sources, out, None, exporter.Options(formats=("xlsx",)))
    assert result.status == "done", result.error
    (path,) = (one for one in result.paths if one.suffix == ".xlsx")
    return path.read_bytes()


@pytest.mark.shared
def test_the_founding_release_stands_cell_by_cell_as_printed(founding: bytes, shared: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(founding), data_only=True)
    shown: dict[tuple[int, int], Any] = {}
    for sheet in (book[name] for name in STATEMENTS):
        for row in sheet.iter_rows(min_row=5, values_only=True):
            if isinstance(row[-1], int):  # the line of the source
                shown |= {(row[-1], column): value for column, value in enumerate(row[4:-1], 1) if value is not None}
    with (shared / "truth" / "tables.csv").open(encoding="utf-8", newline="") as stream:
        truth = {(int(row["line"]), int(row["col"])): Decimal(row["value"]) for row in csv.DictReader(stream)}
    assert len(truth) == 484
    assert {place: Decimal(repr(value)) for place, value in shown.items() if place in truth} == truth


@pytest.mark.shared
def test_the_founding_release_adds_up_live(founding: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(founding))
    formulas = {sheet.title: sum(one.data_type == "f" for row in sheet.iter_rows() for one in row) for sheet in book.worksheets}
    assert [formulas[name] - 1 for name in STATEMENTS] == [50, 24, 6, 18, 12]  # each sheet has the master check too
    assert "total-differs" not in {one.value for one in book["Findings"]["B"]}


@pytest.mark.shared
@pytest.mark.judge
def test_libreoffice_agrees_on_the_founding_release(founding: bytes, tmp_path: Path) -> None:
    assert check_recalculation(founding, tmp_path) > 500
