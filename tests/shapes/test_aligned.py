"""Tables whose columns are made of blanks: what geometry tells is read, and what is in doubt stays running text."""

from __future__ import annotations

from time import process_time

import pytest

from exporter.ingest.resolve import read_report
from exporter.model import Observation
from exporter.taxonomy import load

HEAD = """DENVER, Oct. 26, 2023 -- Quillmark Inc. (NYSE: QLMK) announced results for the third quarter ended September 30, 2023.

                      CONDENSED CONSOLIDATED BALANCE SHEETS
                                 (in thousands)

"""
SHEET = """                                  September 30,   December 31,
                                      2023            2022
ASSETS
Cash and cash equivalents           $ 12,040        $ 11,120
Short-term investments                                 4,900
Inventories ....................       7,020
Deferred costs of contracts that
  were obtained                        1,000           (800)
Total assets                        $ 20,060        $ 15,220
"""


def seen(text: str) -> list[Observation]:
    return list(read_report((HEAD + text).encode(), "release.txt", load()).observations)


def test_a_figure_stands_in_the_column_below_its_header() -> None:
    read = {(o.label, o.raw): (o.period.end.isoformat() if o.period else "", o.place.cell) for o in seen(SHEET)}
    assert read["Short-term investments", "4,900"] == ("2022-12-31", 2)
    assert read["Inventories", "7,020"] == ("2023-09-30", 1)
    assert read["Deferred costs of contracts that were obtained", "(800)"] == ("2022-12-31", 2)
    assert read["Total assets", "20,060"] == ("2023-09-30", 1)


def test_every_figure_points_to_its_ink() -> None:
    text = HEAD + SHEET
    for one in seen(SHEET):
        assert text[one.place.start : one.place.end] == one.raw
        assert text.splitlines()[one.place.line - 1][one.place.column - 1 :].startswith(one.raw)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (SHEET.replace(" " * 20 + "September", "September").replace(" " * 20 + "2023", "2023"), "12,040"),
        (SHEET.replace("Inventories ....................       7,020", "Inventories                     7,020  6,010  5,000"), "7,020"),
        (SHEET.replace("$ 12,040        $ 11,120", "$ 12,040 1,120 $ 11,120"), "12,040"),
    ],
    ids=["headers over no column", "figures in no column", "figures that run together"],
)
def test_columns_in_doubt_are_not_read(text: str, raw: str) -> None:
    assert not [o for o in seen(text) if o.certain and o.raw == raw]


def test_running_text_with_wide_gaps_is_no_table() -> None:
    text = "Investor contact:        Media contact:\nJane Roe                 John Doe\n(303) 555-0101           (303) 555-0102\n"
    assert not [o for o in seen(text + SHEET) if o.place.table and o.place.line < 10]


@pytest.mark.parametrize("line", ["-" * 200_000 + "x", "- " * 100_000, "a" + " " * 200_000 + "b 1", "1,2  " * 40_000, ". " * 100_000])
def test_long_lines_take_linear_time(line: str) -> None:
    start = process_time()
    seen(line + "\n" + SHEET)
    assert process_time() - start < 20


def test_tags_of_old_filings_are_no_html() -> None:
    marked = SHEET.replace("ASSETS\n", "<S>                                 <C>             <C>\nASSETS\n")
    assert {o.raw for o in seen(f"<TABLE>\n<CAPTION>\n{marked}</TABLE>\n") if o.concept == "fin:Assets"} == {"20,060", "15,220"}
