"""Header phrases -> what they say -> inclusive dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ingest.lexicon import canon, lexicon_of
from exporter.ingest.periods import Calendar, Said, read_calendar, read_header
from exporter.ingest.resolve import read_report
from exporter.model import Period
from exporter.taxonomy import load
from exporter.values import add_months, month_end

TAXONOMY = load()
LEXICON = lexicon_of(TAXONOMY)


def says(text: str) -> dict[str, Any]:
    """What a header says, without what it does not say."""
    said = read_header(text, LEXICON)
    return {name: value for name in Said._fields if (value := getattr(said, name)) not in (None, "", 0, False)}


def stacked(*texts: str) -> Said:
    """Header cells from top to bottom, as they stand over a column."""
    said = Said()
    for text in texts:
        said = read_header(text, LEXICON).under(said)
    return said


def spans(text: str) -> Period:
    start, _, end = text.rpartition("..")
    return Period(date.fromisoformat(end), date.fromisoformat(start) if start else None)


# --- what a header says ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Three Months Ended June 30, 2023", {"months": 3, "day": date(2023, 6, 30)}),
        ("THREE MONTHS ENDED\u00a0JUNE\u00a030,", {"months": 3, "month_day": (6, 30)}),
        ("For the six months ended 30 June 2024", {"months": 6, "day": date(2024, 6, 30)}),
        ("Thirteen weeks ended", {"weeks": 13}),
        ("53 weeks ended February 3, 2024", {"weeks": 53, "day": date(2024, 2, 3)}),
        ("Twelve months ended", {"months": 12}),
        ("Quarter ended", {"months": 3}),
        ("Third Quarter 2025", {"quarter": 3, "year": 2025}),
        ("Q1'24", {"quarter": 1, "year": 2024}),
        ("3Q25", {"quarter": 3, "year": 2025}),
        ("third quarter fiscal 2024", {"quarter": 3, "year": 2024}),
        ("Q4 FY23", {"quarter": 4, "year": 2023}),
        ("First half 2023", {"half": 1, "year": 2023}),
        ("FY2024", {"full_year": True, "year": 2024}),
        ("Fiscal Year 2024", {"full_year": True, "year": 2024}),
        ("As of December 31, 2022", {"day": date(2022, 12, 31)}),
        ("31 December 2023", {"day": date(2023, 12, 31)}),
        ("Sept. 30, 2023", {"day": date(2023, 9, 30)}),
        ("June 30,", {"month_day": (6, 30)}),
        ("2023", {"year": 2023}),
        ("June 2024", {"day": date(2024, 6, 30)}),
        ("Feb 2024", {"day": date(2024, 2, 29)}),
        ("2023年6月30日", {"day": date(2023, 6, 30)}),
        ("截至2023年6月30日止三个月", {"months": 3, "day": date(2023, 6, 30)}),
        ("二零二四年六月三十日", {"day": date(2024, 6, 30)}),
        ("30.06.2024", {"day": date(2024, 6, 30)}),
        ("06/30/2024", {"day": date(2024, 6, 30)}),
        ("30/06/2024", {"day": date(2024, 6, 30)}),
        ("RMB", {"currency": "CNY"}),
        ("US$", {"currency": "USD"}),
        ("HK$", {"currency": "HKD"}),
        ("RMB'000", {"currency": "CNY", "power": 3}),
        ("June 30, 2023 RMB", {"day": date(2023, 6, 30), "currency": "CNY"}),
        ("Notes", {"note": True}),
        ("Low", {"bound": "low"}),
        ("Maximum", {"bound": "high"}),
        ("Adjustments", {"rest": "adjustments"}),
        ("As Adjusted 2023", {"year": 2023, "rest": "as adjusted"}),
        ("", {}),
        ("(Unaudited)", {}),
    ],
)
def test_headers(text: str, said: dict[str, Any]) -> None:
    assert says(text) == said


@pytest.mark.parametrize(
    ("text", "percent", "sequential"),
    [
        ("% Change", True, False),
        ("YoY %", True, False),
        ("Change (%)", True, False),
        ("Q/Q % change", True, True),
        ("Change", False, False),
        ("$ Change", False, False),
        ("Change (bps)", False, False),
    ],
)
def test_a_change_is_no_period(text: str, percent: bool, sequential: bool) -> None:
    said = read_header(text, LEXICON)
    assert (said.change, said.timed, said.percent, said.sequential) == (True, False, percent, sequential)


@pytest.mark.parametrize("text", ["06/07/2024", "1,234", "12.5%", "Class A", "2,023", "20.23", "2023.5", "02/30/2024", "Level 3"])
def test_what_is_no_date_is_no_date(text: str) -> None:
    assert Calendar().period(read_header(text, LEXICON)) is None


@pytest.mark.parametrize("text", ["June 31, 2023", "February 29, 2023", "2023年2月30日", "31.04.2023"])
def test_a_day_that_does_not_exist_is_no_period(text: str) -> None:
    assert Calendar().period(stacked("Three months ended", text)) is None


# --- stacked headers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "period"),
    [
        (("Three months ended June 30,", "2023", "RMB"), "2023-04-01..2023-06-30"),
        (("Six months ended June 30,", "2022"), "2022-01-01..2022-06-30"),
        (("Three months ended", "June 30, 2023"), "2023-04-01..2023-06-30"),
        (("Nine months ended September 30,", "2023"), "2023-01-01..2023-09-30"),
        (("Year ended December 31,", "2023"), "2023-01-01..2023-12-31"),
        (("Twelve months ended", "March 31, 2024"), "2023-04-01..2024-03-31"),
        (("Three months ended", "February 29, 2024"), "2023-12-01..2024-02-29"),
        (("Three months ended February 28,", "2023"), "2022-12-01..2023-02-28"),
        (("Three months ended May 31,", "2024"), "2024-03-01..2024-05-31"),
        (("One month ended", "February 28, 2023"), "2023-02-01..2023-02-28"),
        (("December 31,", "2022"), "2022-12-31"),
        (("As of", "June 30, 2023", "RMB"), "2023-06-30"),
        (("2023", "As of December 31,"), "2023-12-31"),
        (("13 weeks ended", "September 28, 2024"), "2024-06-30..2024-09-28"),
        (("14 weeks ended", "February 3, 2024"), "2023-10-29..2024-02-03"),
        (("26 weeks ended", "July 29, 2023"), "2023-01-29..2023-07-29"),
        (("52 weeks ended", "February 1, 2025"), "2024-02-04..2025-02-01"),
        (("53 weeks ended", "February 3, 2024"), "2023-01-29..2024-02-03"),
        (("Fifty-two weeks ended February 1, 2025",), "2024-02-04..2025-02-01"),
        # What a lower cell says of the span wins: "Year ended" above, "Three months ended" below.
        (("Year ended", "Three months ended", "December 31, 2023"), "2023-10-01..2023-12-31"),
        (("2022", "2023", "Three months ended June 30,"), "2023-04-01..2023-06-30"),
        (("截至6月30日止三个月", "2023年"), "2023-04-01..2023-06-30"),
        (("Apr-Jun 2024",), "2024-04-01..2024-06-30"),
        (("1.1.-30.6.2024",), "2024-01-01..2024-06-30"),
    ],
)
def test_stacks_without_a_calendar(texts: Sequence[str], period: str) -> None:
    assert Calendar().period(stacked(*texts)) == spans(period)


@pytest.mark.parametrize(
    "texts",
    [
        ("2023",),
        ("Three months ended", "2023"),
        ("Three months ended June 30,",),
        ("Q2 2023",),
        ("FY2023",),
        ("H1 2023",),
        ("Second quarter",),
    ],
)
def test_what_a_header_leaves_open_is_not_guessed(texts: Sequence[str]) -> None:
    assert Calendar().period(stacked(*texts)) is None


# --- the fiscal calendar --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year_end", "text", "period"),
    [
        ((12, 31), "Q2 2023", "2023-04-01..2023-06-30"),
        ((12, 31), "2Q23", "2023-04-01..2023-06-30"),
        ((12, 31), "First half 2023", "2023-01-01..2023-06-30"),
        ((12, 31), "Second half 2023", "2023-07-01..2023-12-31"),
        ((12, 31), "FY2023", "2023-01-01..2023-12-31"),
        ((6, 30), "Q1 FY24", "2023-07-01..2023-09-30"),
        ((6, 30), "FY2024", "2023-07-01..2024-06-30"),
        ((3, 31), "Q4 FY24", "2024-01-01..2024-03-31"),
        ((3, 31), "H1 2024", "2023-04-01..2023-09-30"),
        ((1, 31), "Third quarter 2024", "2023-08-01..2023-10-31"),
        ((2, 28), "FY2024", "2023-03-01..2024-02-29"),
        ((2, 28), "FY2023", "2022-03-01..2023-02-28"),
        ((11, 30), "Q1 2024", "2023-12-01..2024-02-29"),
        ((11, 30), "Q1 2023", "2022-12-01..2023-02-28"),
        ((9, 30), "Q1 2024", "2023-10-01..2023-12-31"),
    ],
)
def test_fiscal_names_by_the_end_of_the_year(year_end: tuple[int, int], text: str, period: str) -> None:
    assert Calendar(year_end=year_end).period(stacked(text)) == spans(period)


@given(st.integers(2000, 2050), st.integers(1, 12))
def test_the_quarters_of_a_year_are_the_year(year: int, month: int) -> None:
    last = month_end(year, month)
    calendar = Calendar(year_end=(month, 28 if month == 2 else last.day))
    quarters = [calendar.period(Said(quarter=n, year=year)) for n in (1, 2, 3, 4)]
    whole = calendar.period(Said(full_year=True, year=year))
    assert whole is not None
    assert [q.start for q in quarters[1:] if q and q.start] == [q.end + timedelta(days=1) for q in quarters[:3] if q]
    assert quarters[0]
    assert (whole.start, whole.end) == (quarters[0].start, last)
    half = calendar.period(Said(half=1, year=year))
    assert half
    assert quarters[1]
    assert (half.start, half.end) == (quarters[0].start, quarters[1].end)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.sampled_from([1, 3, 6, 9, 12]))
def test_month_ends_make_whole_months(day: date, months: int) -> None:
    end = month_end(day.year, day.month)
    period = Calendar(ends={end}).period(Said(months=months, day=end))
    assert period == Period(end, add_months(end, -months) + timedelta(days=1))
    assert period.start is not None
    assert period.start.day == 1


def calendar_of(prose: str, *headers: str, year_end: tuple[int, int] | None = None) -> Calendar:
    return read_calendar(canon(prose), [[read_header(text, LEXICON) for text in headers]], LEXICON, year_end)


def test_a_quarter_that_the_prose_dates() -> None:
    calendar = calendar_of(
        "Results for the second quarter of fiscal 2024, which ended July 31, 2023, were good. Our third quarter ended October 31, 2023."
    )
    assert calendar.period(stacked("Q2 2024")) == spans("2023-05-01..2023-07-31")
    assert calendar.period(stacked("Q4 2023")) == spans("2022-11-01..2023-01-31")
    assert calendar.period(stacked("FY2024")) == spans("2023-02-01..2024-01-31")


def test_the_end_of_the_year_by_a_title_or_the_prose() -> None:
    assert calendar_of("Our fiscal year ends on June 30.").year_end == (6, 30)
    assert calendar_of("", "Year ended March 31, 2024").year_end == (3, 31)
    assert calendar_of("", "Three months ended March 31, 2024").year_end is None
    assert calendar_of("The fiscal year ends on June 30.", "Year ended March 31, 2024").year_end is None, "two ends are none"
    assert calendar_of("", "Year ended March 31, 2024", year_end=(12, 31)).year_end == (12, 31), "the entity file knows better"


#: Ends of quarters of a year of 52 or 53 weeks.
WEEKLY = ["Three months ended March 1, 2024", "Three months ended March 3, 2023", "December 1, 2023", "Nine months ended September 1, 2023"]


def test_months_of_a_weekly_calendar_are_weeks() -> None:
    """ "Three months ended March 1" of a company whose quarters end on a weekday are 13 weeks, not 2 December on."""
    calendar = calendar_of("", *WEEKLY)
    assert calendar.weekly
    assert calendar.period(stacked("Three months ended March 1, 2024")) == spans("2023-12-02..2024-03-01")
    assert calendar.period(stacked("Three months ended September 1, 2023")) == spans("2023-06-03..2023-09-01")
    assert calendar.period(stacked("Q1 2024")) is None, "by name only where a date is printed"


def test_the_fourteenth_week_is_read_off_the_dates() -> None:
    calendar = calendar_of("", "Three months ended February 3, 2024", "October 28, 2023", "July 29, 2023")
    assert calendar.period(stacked("Three months ended February 3, 2024")) == spans("2023-10-29..2024-02-03")
    calendar = calendar_of("", "Year ended February 3, 2024", "January 28, 2023")
    assert calendar.period(stacked("Year ended February 3, 2024")) == spans("2023-01-29..2024-02-03")


def test_one_odd_day_does_not_make_a_calendar_weekly() -> None:
    calendar = calendar_of("", "June 30, 2023", "December 31, 2022", "August 18, 2023")
    assert not calendar.weekly
    assert calendar.period(stacked("Three months ended June 30, 2023")) == spans("2023-04-01..2023-06-30")


@pytest.mark.parametrize(
    ("year_end", "text", "period"),
    [
        ((12, 31), "Year to date September 30, 2024", "2024-01-01..2024-09-30"),
        ((6, 30), "YTD March 31, 2024", "2023-07-01..2024-03-31"),
        (None, "YTD March 31, 2024", None),
        ((12, 31), "Year-to-date", None),
    ],
)
def test_year_to_date_needs_the_fiscal_year(year_end: tuple[int, int] | None, text: str, period: str | None) -> None:
    assert Calendar(year_end=year_end).period(stacked(text)) == (spans(period) if period else None)


# --- bare years in a table ------------------------------------------------------------------------

TABLE = """\
Lantern Harbour Inc. (NYSE: LNHB)

Consolidated Statements of Operations
(In thousands of Renminbi ("RMB"))

{header}
Total net revenue\t900\t1,050\t1,100
"""


def periods_under(header: str) -> list[Period | None]:
    report = read_report(TABLE.format(header=header).encode(), "x.txt", TAXONOMY)
    return [o.period for o in report.observations]


def test_bare_years_under_a_spanning_date() -> None:
    assert periods_under("\tThree months ended June 30,\n\t2021\t2022\t2023") == [
        spans(f"{y}-04-01..{y}-06-30") for y in (2021, 2022, 2023)
    ]


def test_a_bare_year_beside_a_date_has_its_day() -> None:
    wanted = [spans(f"{y}-04-01..{y}-06-30") for y in (2023, 2022, 2021)]
    assert periods_under("\tThree months ended\n\tJune 30, 2023\t2022\t2021") == wanted


def test_bare_years_without_a_date_are_left_open() -> None:
    assert periods_under("\tThree months ended\n\t2021\t2022\t2023") == [None, None, None]
    assert periods_under("\t2021\t2022\t2023") == [None, None, None]


def test_two_spans_over_three_columns() -> None:
    header = "\tThree months ended June 30,\t\tSix months ended June 30,\n\t2022\t2023\t2023"
    assert periods_under(header) == [spans("2022-04-01..2022-06-30"), spans("2023-04-01..2023-06-30"), spans("2023-01-01..2023-06-30")]


HALF = (
    "Lantern Harbour AG\n\n10 August 2023 - The company published its {} today.\n\n"
    "Consolidated income statement\n(EUR million)\n\n{}\nRevenue\t100.0\t90.0\n"
)


@pytest.mark.parametrize(
    ("told", "header", "ends"),
    [
        ("results for the six months ended 30 June 2023", "\tH1 2023\tH1 2022", ["2023-06-30", "2022-06-30"]),
        ("half-year report as of June 30, 2023", "\tFirst half\n\t2023\t2022", ["2023-06-30", "2022-06-30"]),
        ("results for the six months ended 31 December 2023", "\tH1 FY24\tH1 FY23", ["2023-12-31", "2022-12-31"]),
        # a year that is not the fiscal year of the day that is told: named by its beginning, or told of another report
        ("results for the six months ended 31 December 2023", "\tH1 2023\tH1 2022", ["", ""]),
        ("results for the six months ended 30 June 2023", "\tH1 FY24\tH1 FY23", ["", ""]),
    ],
)
def test_prose_tells_when_the_first_half_of_a_year_ended(told: str, header: str, ends: list[str]) -> None:
    report = read_report(HALF.format(told, header).encode(), "x.txt", TAXONOMY)
    assert [str(o.period.end) if o.period else "" for o in report.observations if o.label == "Revenue"] == ends
