"""What footnotes define: as printed, beside the concept or the member that their mark stands at; in the store and in the workbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from exporter.formats import get
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Report
from exporter.store import FactStore
from exporter.taxonomy import load

ROOT = Path(__file__).resolve().parents[2]

HEAD = """Tern Harbour Reports Second Quarter 2023 Results

TACOMA, Aug. 3, 2023 -- Tern Harbour Inc. (NYSE: TRNH) today announced results for the second quarter ended June 30, 2023.

"""
TABLE = """

Condensed Consolidated Statements of Operations
(in millions of U.S. dollars)

\tThree Months Ended June 30,
\t2023\t2022
Other operating income\t3\t2
"""


def read(text: str) -> Report:
    return read_report(f"{HEAD}{text}{TABLE}".encode(), "release.txt", load(), ReadOptions(document_id="notes"))


def defined(text: str) -> list[tuple[str, str]]:
    return [(one.concept, one.text) for one in read(text).definitions]


SENTENCE = "Active customers^{1} were 5.1 million at June 30, 2023, and free cash flow^{2} was $4.0 million in the second quarter.\n\n"


def test_a_footnote_defines_what_its_mark_stands_at() -> None:
    notes = "1 Who ordered within the last 18 months is counted.\n\n2 Cash from operations less capital expenditure.\n"
    assert defined(SENTENCE + notes) == [
        ("fin:ActiveCustomers", "Who ordered within the last 18 months is counted."),
        ("fin:FreeCashFlow", "Cash from operations less capital expenditure."),
    ]


def test_it_ends_where_its_facts_begin() -> None:
    notes = "1 Who ordered is counted, once a year. Active sellers were 2.0 million at June 30, 2023. More follows.\n"
    assert defined(SENTENCE + notes) == [("fin:ActiveCustomers", "Who ordered is counted, once a year.")]


def test_what_has_no_mark_defines_nothing() -> None:
    assert defined("Active customers were 5.1 million at June 30, 2023.\n\n1 Who ordered within the last year is counted.\n") == []


def test_the_print_is_kept_and_its_place() -> None:
    report = read(SENTENCE + "1 Who **ordered** within the last\u00a0year, is counted <b>.\n")
    (one,) = report.definitions
    assert one.text == "Who **ordered** within the last\u00a0year, is counted <b>."
    assert report.document.text[one.place.start : one.place.end] == one.text


def test_the_sample_defines_its_measures_and_a_member() -> None:
    path = ROOT / "exporter" / "samples" / "qfin-2023q2-sample.txt"
    report = read_report(path.read_bytes(), path.name, load(), ReadOptions())
    found = {one.concept for one in report.definitions}
    assert len(report.definitions) == 12
    assert {"lend:LoanVolume", "lend:DelinquencyRate90Days", "lend:FinancingIncome", "qfin:IceMember"} <= found


def test_the_store_gives_them_back(tmp_path: Path) -> None:
    report = read(SENTENCE + "1 Who ordered within the last 18 months is counted.\n")
    with FactStore.open(tmp_path / "facts.duckdb") as facts:
        facts.write([report], load())
        assert facts.load_report("notes").definitions == report.definitions != ()


@pytest.mark.parametrize("text", ["=SUM(A:A) counts who ordered once", "@SUM(A:A) counts who ordered once"])
def test_the_dictionary_shows_them_as_text(text: str, tmp_path: Path) -> None:
    report = read(f"{SENTENCE}1 “{text}”, as said.\n")
    (path,) = get("xlsx")(report, load(), tmp_path, {"language": "en"})
    sheet = load_workbook(path)["Dictionary"]
    titles = [cell.value for cell in sheet[3]]
    shown = {row[0].value: row[titles.index("As defined in the release")] for row in sheet.iter_rows(min_row=4)}
    assert shown["fin:ActiveCustomers"].value == f"“{text}”, as said."
    assert shown["fin:ActiveCustomers"].data_type == "s"
    assert shown["fin:FreeCashFlow"].value in (None, "")


def test_a_bare_number_in_a_footnote_counts_nothing() -> None:
    report = read(SENTENCE + "1 “7 or more orders make an active customer.”\n")
    assert [o.raw for o in report.observations if o.certain and o.place.line == 7] == []
