"""Tables as witnesses of sentences: what they print decides where words leave a figure open, and few digits decide nothing."""

from __future__ import annotations

import pytest
from test_traps import said

RELEASE = """Halden Software Reports Second Quarter 2023 Results

BOSTON, August 7, 2023 -- Halden Software Inc. (NASDAQ: HLDN) today announced results for the second quarter ended June 30, 2023.

{}

Consolidated Statements of Operations
(in thousands of U.S. dollars)

\tThree Months Ended June 30,\t\tSix Months Ended June 30,
\t2023\t2022\t2023\t2022
Net sales\t820,390\t790,201\t1,610,844\t1,540,020
Operating income\t120,431\t98,770\t231,190\t190,444
"""
QUARTER, YEAR_AGO, FIRST = ("2023-04-01", "2023-06-30"), ("2022-04-01", "2022-06-30"), ("2023-01-01", "2023-03-31")


@pytest.mark.parametrize(
    ("text", "concept", "period"),
    [
        ("Net sales zigzagged wildly towards $820.4 million.", "fin:Revenues", QUARTER),
        ("Zigzagging net sales of yore, $790.2 million, were passed.", "fin:Revenues", YEAR_AGO),
        # the half-year less the quarter
        ("Operating income zigzagged wildly towards $110.8 million.", "fin:OperatingIncome", FIRST),
    ],
)
def test_a_figure_that_a_table_prints_is_read_over_any_words(text: str, concept: str, period: tuple[str, str]) -> None:
    (seen,) = said(text, RELEASE)
    assert seen.certain
    assert (seen.concept, (str(seen.period.start), str(seen.period.end))) == (concept, period)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "Net sales zigzagged wildly towards $820 thousand.",  # another size
        "Net sales zigzagged wildly towards $0.8 billion.",  # one digit agrees with much
        "Net sales zigzagged wildly towards $820.9 million.",  # no table prints it
        "Gross profit zigzagged wildly towards $820.4 million.",  # a table prints it as something else
        "Headwinds zigzagged wildly towards $820.4 million.",  # and nothing names it
    ],
)
def test_a_figure_with_one_witness_stays_open(text: str) -> None:
    assert not [seen for seen in said(text, RELEASE) if seen.certain]


def test_growth_of_which_nobody_says_against_what_is_read_where_two_cells_have_it() -> None:
    (growth,) = [seen for seen in said("Operating income grew 21.9%.", RELEASE) if seen.certain]
    assert growth.concept == "fin:OperatingIncomeGrowthYearOnYear"
    assert not [seen for seen in said("Operating income grew 22.9%.", RELEASE) if seen.certain]
