"""What a sentence seems to say and does not: figures of a part, of another time, of what is taken off. Open, or read right."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Observation
from exporter.taxonomy import load
from exporter.values import plain

QUARTER = """Tern Harbour Reports Third Quarter 2023 Results

TACOMA, Oct. 26, 2023 -- Tern Harbour Inc. (NYSE: TRNH) today announced results for the third quarter ended September 30, 2023.

{}

Condensed Consolidated Statements of Operations
(in millions of U.S. dollars)

\tThree Months Ended September 30,\t\t% Change
\t2023\t2022\t
Total revenue\t812.4\t751.0\t8.2%
Net income\t71.5\t60.9\t17.4%
"""
HALF = """Brennholm AG: half-year report 2023

Zurich, 10 August 2023 - Brennholm AG (SIX: BREN) today published its half-year results for the six months ended 30 June 2023.

{}

Condensed consolidated income statement
(in EUR million)

\tSix months ended 30 June
\t2023\t2022
Revenue\t1,812.4\t1,751.0
"""


def said(text: str, frame: str = QUARTER) -> list[Observation]:
    """The certain figures of a sentence that name a concept."""
    report = read_report(frame.format(text).encode(), "release.txt", load(), ReadOptions(document_id="traps"))
    return [o for o in report.observations if o.certain and o.concept and o.place.table is None and o.place.line == 5]


@pytest.mark.parametrize(
    "text",
    [
        # the year is not over: nobody knows what it brought
        "Net income was $205 million in 2023 compared to $180 million in 2022.",
        "In 2023, revenue grew 8%.",
        "This year we repurchased 3.0 million shares.",
        "Year to date, depreciation was $30 million and interest expense was $11 million.",
        # a year's name for a quarter
        "Full year net sales increased 3.8% to $3,220.4 million.",
        "Annual net sales were $3,220.4 million.",
        # a part of the whole
        "The third quarter of 2022 included revenue of $30 million from the divested tools unit.",
        "The quarter included operating income of $3 million.",
        "The prior-year quarter had net income of $5 million from the divested business.",
        "North America: revenue of $400 million, up 5%.",
        # what came to it, and what was taken off
        "We added 120,000 active customers in the quarter.",
        "Accounts receivable, net of allowance of $3 million, were $140 million.",
    ],
)
def test_nothing_is_said(text: str) -> None:
    assert [(o.raw, o.concept, o.period) for o in said(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "In the fourth quarter, we expect revenue of $850 million.",
        "Fourth quarter revenue is expected to be $850 million.",
        "We expect revenue of $850 million in the fourth quarter.",
    ],
)
def test_an_outlook_is_of_a_quarter_to_come(text: str) -> None:
    (one,) = said(text)
    assert one.period is not None
    assert (one.concept, one.scenario, one.period.end.isoformat()) == ("fin:Revenues", "guidance", "2023-12-31")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("We expect a net loss of $4 million to $6 million in the fourth quarter.", ("-6000000", "-4000000")),
        ("Revenue is expected to decline 5% to 7% in the fourth quarter.", ("-0.07", "-0.05")),
    ],
)
def test_the_ends_of_a_range_of_losses(text: str, ends: tuple[str, str]) -> None:
    found = said(text)
    assert {(o.low, o.high) for o in found} == {(Decimal(ends[0]), Decimal(ends[1]))}
    assert {(o.bound, o.value) for o in found} == {("low", Decimal(ends[0])), ("high", Decimal(ends[1]))}


FISCAL = """Halden Software Reports Fourth Quarter and Fiscal Year {named} Results

BOSTON, March 7, 2024 -- Halden Software Inc. (NASDAQ: HLDN) today announced results for the fiscal year ended January 31, 2024.

{{}}

Consolidated Statements of Operations
(in thousands of U.S. dollars)

\tTwelve Months Ended January 31,
\t2024\t2023
Net sales\t820,390\t790,201
"""


@pytest.mark.parametrize(("named", "ends"), [(2024, ["2024-01-31"]), (2023, [])])
def test_a_year_that_the_headline_numbers_otherwise_is_not_certain(named: int, ends: list[str]) -> None:
    found = said(f"Operating income for fiscal {named} was $120.4 million.", FISCAL.format(named=named))
    assert [str(o.period.end) for o in found if o.period] == ends


def test_a_calendar_year_is_no_fiscal_year() -> None:
    (one,) = said("For calendar year 2024, we expect net sales of $850 million.", FISCAL.format(named=2024))
    assert one.period is not None
    assert (str(one.period.start), str(one.period.end)) == ("2024-01-01", "2024-12-31")


def test_no_outlook_is_of_the_quarter_that_is_over() -> None:
    assert [o.raw for o in said("Third quarter revenue is expected to be $850 million.")] == []


def test_a_heading_of_the_running_year_is_not_its_figures_period() -> None:
    (level,) = said("Revenue amounted to EUR 1,812.4 million.", HALF)
    assert level.period is not None
    assert (str(level.period.start), str(level.period.end)) == ("2023-01-01", "2023-06-30")


def test_what_a_table_denies_has_no_name() -> None:
    """The paragraph speaks of a brand; the table prints the company's growth."""
    assert [o.raw for o in said("Revenue was $640.0 million, up 2.4% year-over-year.")] == []
    assert [(o.concept, o.value) for o in said("Revenue was $812.4 million, up 8.2% year-over-year.")] == [
        ("fin:Revenues", Decimal("812400000")),
        ("fin:RevenuesGrowthYearOnYear", Decimal("0.082")),
    ]


def test_growth_is_one_fact_wherever_it_is_printed() -> None:
    text = QUARTER.format("Revenue was $812.4 million, up 8.2% year-over-year.")
    report = read_report(text.encode(), "release.txt", load(), ReadOptions(document_id="traps"))
    assert [f.occurrences for f in report.facts if f.aspects.concept == "fin:RevenuesGrowthYearOnYear"] == [2]


def codes(text: str) -> list[str]:
    report = read_report(QUARTER.format(text).encode(), "release.txt", load(), ReadOptions(document_id="traps"))
    return [issue.code for issue in report.findings if issue.severity == "warning" and "issuer" not in issue.code]


def test_what_a_table_prints_quite_differently_names_nothing_and_is_told() -> None:
    text = "Revenue was $640.0 million in the third quarter."
    assert said(text) == []
    assert codes(text) == ["far-from-table"]


def test_a_misprint_beside_a_figure_that_agrees_stays_and_is_told() -> None:
    text = "Revenue was $912.4 million in the third quarter, compared to $751.0 million in the third quarter of 2022."
    assert [(o.concept, o.value) for o in said(text)] == [("fin:Revenues", Decimal("912400000")), ("fin:Revenues", Decimal("751000000"))]
    assert "prints-disagree" in codes(text)
    assert "far-from-table" not in codes(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # the verb of the first holds for the second
        ("Revenue was $812.4 million and net income $71.5 million.", ["812400000", "71500000"]),
        # a change leads to a level over "to reach"; what it was before is set beside it
        ("Revenue rose 8.2% to reach $812.4 million, having been $751.0 million a year earlier.", ["0.082", "812400000", "751000000"]),
    ],
)
def test_read_whole(text: str, values: list[str]) -> None:
    assert [o.value for o in said(text)] == [Decimal(value) for value in values]


def test_an_outlook_raised_by_an_amount_is_no_range() -> None:
    """ "By 2 to 3" may be a range of changes, or a change and what it leads to: open."""
    assert said("The revenue outlook for 2024 was raised by $20 million to $3,400 million.") == []
    growth = said("Revenue is expected to grow by 4% to 6% in 2024.")
    assert [(o.bound, o.scenario) for o in growth] == [("low", "guidance"), ("high", "guidance")]


def test_a_dividend_per_share_and_in_brackets_per_ads() -> None:
    seen = said("The board declared a dividend of $0.39 per ordinary share ($0.78 per ADS) for the third quarter of 2023.")
    assert [(o.concept, str(o.value)) for o in seen] == [("fin:DividendsDeclaredPerShare", "0.39"), ("fin:DividendsDeclaredPerAds", "0.78")]


@pytest.mark.parametrize(
    "text",
    [
        # money that left is no balance
        "We will pay $4.0 million in cash to the seller.",
        # growth of an amount is not growth of a number
        "Vehicle sales were $812.4 million, an increase of 102.4% from the third quarter of 2022.",
        # a customer group is no number of customers
        "Third quarter consumer revenue decreased 4.3% from the second quarter of 2023.",
        "Registered users revenue decreased 4.3% from the second quarter of 2023.",
    ],
)
def test_another_measure_of_the_same_words(text: str) -> None:
    assert said(text) == []


def test_a_heading_tells_what_its_figures_are_compared_with() -> None:
    text = "Third Quarter 2023 Highlights Compared to Third Quarter 2022\n\n- Cost of revenue was $99.0 million compared to $90.0 million"
    report = read_report(QUARTER.format(text).encode(), "release.txt", load(), ReadOptions(document_id="traps"))
    seen = [o for o in report.observations if o.place.table is None and o.place.line == 7]
    ends = [(o.concept, str(o.period and o.period.end)) for o in seen]
    assert ends == [("fin:CostOfRevenue", "2023-09-30"), ("fin:CostOfRevenue", "2022-09-30")]


def test_a_loss_grew_by_an_amount_to_a_loss() -> None:
    text = "Operating loss increased by 50.0%, or $1.0 million, to a loss of $3.0 million, compared to a loss of $2.0 million a year ago."
    assert [(o.concept, o.value) for o in said(text)] == [
        ("fin:OperatingIncomeGrowthYearOnYear", Decimal("0.500")),
        ("fin:OperatingIncomeChangeYearOnYear", Decimal("-1000000")),
        ("fin:OperatingIncome", Decimal("-3000000")),
        ("fin:OperatingIncome", Decimal("-2000000")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        # of those of a span, where the measure is of all up to a day
        "Number of borrowers served in the third quarter of 2023 was 1,498,020, an increase of 0.4% from the second quarter of 2023.",
        # all that was bought since a plan began, of which nothing tells until when; an older plan
        "Under the share repurchase program, we had repurchased 4.6 million shares for $13.6 million.",
        "Under the prior share repurchase program, we had repurchased 4.6 million shares in the third quarter of 2023.",
        # what is still to be paid belongs to no period that is over
        "The board approved a cash dividend of $0.36 per share to be paid in the fourth quarter of 2023.",
    ],
)
def test_of_another_span(text: str) -> None:
    assert said(text) == []


def test_a_day_of_what_was_bought_announces_no_program() -> None:
    text = "As of September 30, 2023, the Company had repurchased 4.6 million shares for $13.6 million under the share repurchase program."
    assert [o for o in said(text) if o.kind == "date"] == []
    seen = said("On September 5, 2023, the board approved a share repurchase program of up to $50 million.")
    assert [(o.concept, o.text) for o in seen if o.kind == "date"] == [("fin:ShareRepurchaseProgramAnnouncementDate", "2023-09-05")]


def test_a_first_sentence_behind_the_dateline_and_two_measures_compared() -> None:
    text = (
        "TACOMA, Oct. 26, 2023 /PRNewswire/ -- Tern Harbour Inc. (NYSE: TRNH) reported net income of $71.5 million, or $1.64 diluted "
        "earnings per share, for the third quarter of 2023 compared to net income of $60.9 million, or $1.34 diluted earnings per share, "
        "for the third quarter of 2022."
    )
    assert [(o.concept, str(o.value), str(o.period and o.period.end)) for o in said(text)] == [
        ("fin:NetIncome", "7.15E+7", "2023-09-30"),
        ("fin:EarningsPerShareDiluted", "1.64", "2023-09-30"),
        ("fin:NetIncome", "6.09E+7", "2022-09-30"),
        ("fin:EarningsPerShareDiluted", "1.34", "2022-09-30"),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "Cash and cash equivalents stood at $40.0 million by the end of September, 12.5% above the level of a year ago.",
            [
                ("fin:CashAndCashEquivalents", "2023-09-30", "40000000"),
                ("fin:CashAndCashEquivalentsGrowthYearOnYear", "2023-09-30", "0.125"),
            ],
        ),
        ("Total debt had fallen to $120.0 million by September 30, 2023.", [("fin:Debt", "2023-09-30", "120000000")]),
        (
            "We now expect to report revenue of $830 million to $850 million in the fourth quarter of 2023.",
            [("fin:Revenues", "2023-12-31", "guidance")] * 2,
        ),
        # a day by which something is still to be done says nothing of what stood on it
        ("We expect to have repaid debt of $20 million by March 31, 2024.", []),
    ],
    ids=["by-the-end-of-a-month", "by-a-day", "expect-to-report", "still-to-come"],
)
def test_a_day_by_which_and_a_level_before(text: str, read: list[tuple[str, str, str]]) -> None:
    told = [(o, plain(o.value or Decimal()) if o.scenario == "actual" else o.scenario) for o in said(text)]
    assert [(o.concept, str(o.period and o.period.end), what) for o, what in told] == read
