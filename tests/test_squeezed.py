"""Tables of a page whose blanks were squeezed to one: a label and a figure for each column, under a header of periods."""

from __future__ import annotations

import pytest

from exporter.ingest.ledger import ledger_of
from exporter.ingest.resolve import read_report
from exporter.model import Observation, Report
from exporter.taxonomy import load
from exporter.values import plain

TAXONOMY = load()
PAGE = """Tern Harbour Inc. Reports Third Quarter 2025 Results

Tacoma, October 29, 2025 - Tern Harbour Inc. (NYSE: TRNH) today reported results for its third quarter ended September 30, 2025.

Tern Harbour Inc.
Unaudited Condensed Consolidated Statement of Income
Three Months Ended Nine Months Ended
September 30, September 30,
2025 2024 2025 2024
(In millions, except per share amounts)
Net revenues $ 812 $ 751 $ 2,412 $ 2,208
Cost of net revenues (1) 421 390 1,250 1,160
Gross profit 391 361 1,162 1,048
Operating expenses:
Sales and marketing (1) 106 92 328 310
Loss on investments, net of
related hedges (10) 19 (16) —
Income from operations 182 195 476 475
Net income per share – diluted $ 1.35 $ 1.29 $ 3.20 $ 2.56
GAAP operating margin 22.4 % 26.0 % 19.7 % 21.5 %
Weighted average shares, diluted 467 494 471
6

## Page 7
"""


def read(text: str = PAGE) -> Report:
    return read_report(text.encode(), "page.md", TAXONOMY)


def row(report: Report, label: str) -> list[Observation]:
    return [o for o in report.observations if o.place.table is not None and o.label == label]


def test_each_figure_has_its_column() -> None:
    seen = row(read(), "Net revenues")
    assert [(plain(o.value), str(o.period and o.period.start), str(o.period and o.period.end)) for o in seen if o.value is not None] == [
        ("812000000", "2025-07-01", "2025-09-30"),
        ("751000000", "2024-07-01", "2024-09-30"),
        ("2412000000", "2025-01-01", "2025-09-30"),
        ("2208000000", "2024-01-01", "2024-09-30"),
    ]
    assert [(o.place.line, o.place.column, o.raw) for o in seen[:2]] == [(11, 16, "812"), (11, 22, "751")]


@pytest.mark.parametrize(
    ("label", "values"),
    [
        ("Cost of net revenues (1)", ["421000000", "390000000", "1250000000", "1160000000"]),
        ("Loss on investments, net of related hedges", ["-10000000", "19000000", "-16000000"]),
        ("Net income per share – diluted", ["1.35", "1.29", "3.20", "2.56"]),
        ("GAAP operating margin", ["0.224", "0.260", "0.197", "0.215"]),
    ],
    ids=["a mark is no figure", "a label on two lines, a dash", "per share", "percent"],
)
def test_marks_wraps_and_units(label: str, values: list[str]) -> None:
    assert [plain(o.printed) for o in row(read(), label) if o.printed is not None] == values


def test_a_line_with_another_number_of_figures_is_kept_and_not_read() -> None:
    seen = row(read(), "Weighted average shares, diluted")
    assert [(o.raw, o.certain) for o in seen] == [("467 494 471", False)]


def test_balances_have_a_day_for_each_column() -> None:
    text = PAGE.replace("Three Months Ended Nine Months Ended\nSeptember 30, September 30,\n2025 2024 2025 2024\n", "{}\n")
    rows = "(In millions)\nCash and cash equivalents $ 2,423 $ 2,433\nGoodwill 4,376 4,269\nTotal assets 17,791 19,365\n"
    head, _, _ = text.partition("Tern Harbour Inc.\nUnaudited")
    for header in ("September 30, December 31,\n2025 2024", "September 30, 2025 December 31, 2024"):
        page = f"{head}Condensed Consolidated Balance Sheet\n{header}\n{rows}"
        seen = row(read(page), "Goodwill")
        assert [(plain(o.value), str(o.period and o.period.end)) for o in seen if o.value is not None] == [
            ("4376000000", "2025-09-30"),
            ("4269000000", "2024-12-31"),
        ]


@pytest.mark.parametrize(
    "header",
    [
        "Three Months Ended Nine Months Ended\nSeptember 30, September 30,\n2025 2024 2025",  # three years under two spans
        "Three Months Ended in September and nine months\n2025 2024 2025 2024",  # words that are no periods
        "Selected figures",
    ],
)
def test_a_header_that_does_not_name_each_column_makes_no_table(header: str) -> None:
    text = PAGE.replace("Three Months Ended Nine Months Ended\nSeptember 30, September 30,\n2025 2024 2025 2024", header)
    seen = [o for o in read(text).observations if o.place.table is not None and o.certain and o.period is not None]
    assert [o.raw for o in seen] == []


def test_nothing_is_lost() -> None:
    """Every number of the page is a figure of a table, or stands open in the ledger."""
    report = read()
    tokens = {entry.token for entry in report.ledger}
    assert {"812", "2,412", "421", "10", "22.4", "467"} <= tokens


def test_a_stored_page_has_the_ledger_it_was_read_with() -> None:
    report = read()
    assert ledger_of(report, TAXONOMY) == report.ledger
