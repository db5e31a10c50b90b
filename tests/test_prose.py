"""Running text: sentences, places, what is certain, what is refused, and how long it takes."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from exporter.ingest.document import read
from exporter.ingest.prose_tokens import passages, sentences
from exporter.ingest.resolve import read_report
from exporter.model import Observation, Taxonomy
from exporter.taxonomy import load

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
FIRST = 5


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load()


def prose(text: str, taxonomy: Taxonomy) -> list[Observation]:
    report = read_report(f"{HEAD}{text}\n{TABLE}".encode(), "release.txt", taxonomy)
    return [o for o in report.observations if o.place.table is None and o.place.line >= FIRST]


def said(text: str, taxonomy: Taxonomy) -> list[tuple[str, Decimal | None, str]]:
    """Concept, value and end of the period of what is certain."""
    return [
        ((o.concept or "").partition(":")[2], o.value, o.period.end.isoformat() if o.period else "")
        for o in prose(text, taxonomy)
        if o.certain
    ]


def test_a_level_its_growth_and_what_it_is_compared_with(taxonomy: Taxonomy) -> None:
    assert said(
        "Net sales increased 13% to $180.2 billion in the second quarter, compared with $158.9 billion a year earlier.", taxonomy
    ) == [
        ("RevenuesGrowthYearOnYear", Decimal("0.13"), "2023-06-30"),
        ("Revenues", Decimal("180200000000"), "2023-06-30"),
        ("Revenues", Decimal("158900000000"), "2022-06-30"),
    ]


def test_places_are_those_of_the_source(taxonomy: Taxonomy) -> None:
    text = "**Revenue**^{*4} was US\\$5.0 million."
    seen = prose(text, taxonomy)
    assert [(o.raw, o.place.column) for o in seen if o.certain] == [("US\\$5.0 million", text.index("US") + 1)]
    whole = f"{HEAD}{text}\n{TABLE}"
    assert [whole[o.place.start : o.place.end] for o in seen] == [o.raw for o in seen]


def test_a_sentence_may_run_over_a_blank_line(taxonomy: Taxonomy) -> None:
    assert said("Revenue was $5.0 million, compared with $4.0 million in the same period\n\nof 2022.", taxonomy)[1] == (
        "Revenues", Decimal("4000000"), "2022-06-30",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Our gizmo revenue was $5.0 million.",  # a part that nobody knows
        "Excluding one customer, revenue was $5.0 million.",
        "Revenue would have been $5.0 million.",
        "Revenue was $5.0 million short of plan.",
        "Revenue was 5.0 million.",  # no currency
        "Revenue was $5.0.",  # no scale
        "Revenue grew 5%.",  # against what?
        "Revenue was $5.0 million and $4.0 million.",  # which is which?
        "Revenue was compared with $4.0 million.",
    ],
)
def test_what_is_not_certain_is_left_open_with_a_reason(text: str, taxonomy: Taxonomy) -> None:
    seen = prose(text, taxonomy)
    assert seen
    last = seen[-1]
    assert not last.certain
    assert last.reason


def test_a_decline_is_printed_positive_and_counts_negative(taxonomy: Taxonomy) -> None:
    seen = [o for o in prose("Revenue was down 6.5% year over year.", taxonomy) if o.certain]
    assert [(o.printed, o.value, o.concept) for o in seen] == [(Decimal("0.065"), Decimal("-0.065"), "fin:RevenuesGrowthYearOnYear")]


def test_guidance_is_one_fact_with_two_ends(taxonomy: Taxonomy) -> None:
    text = f"{HEAD}We expect revenue for 2023 to be between $470 million and $485 million.\n{TABLE}"
    report = read_report(text.encode(), "release.txt", taxonomy)
    facts = [fact for fact in report.facts if fact.aspects.kind == "range"]
    assert [(f.low, f.high, f.value, f.aspects.scenario, f.occurrences) for f in facts] == [
        (Decimal("470e6"), Decimal("485e6"), None, "guidance", 2)
    ]


def test_sentences_end_where_they_end() -> None:
    text = "Tern Inc. grew. Mr. Heron paid $1.5 million. It was 4.2 p.m. then; all was well."
    document = read(f"{text}\n".encode(), "x.txt", lambda line: False, lambda line: None)
    passage = next(iter(passages(document)))
    found = [passage.clean[a:b].strip() for a, b in sentences(passage, frozenset(("inc", "mr")))]
    assert found == ["Tern Inc. grew.", "Mr. Heron paid $1.5 million.", "It was 4.2 p.m. then;", "all was well."]


@pytest.mark.parametrize(
    "unit",
    [
        "Revenue was $5.0 million, up 3% year over year, compared with $4.0 million a year ago. ",
        "1,234,",
        "9",
        "((((",
        ", , ",
        "and the of to from ",
        "June 30, ",
    ],
)
def test_long_text_takes_linear_time(unit: str, taxonomy: Taxonomy) -> None:
    """Twice the text takes at most 2.3 times as many calls; what is within a call, the bench measures."""

    def calls(size: int) -> int:
        line = (unit * (4000 // len(unit)))[:4000]
        text = "\n\n".join([line] * (size // 4000))
        counted = [0]

        def count(_frame: object, event: str, _argument: object) -> None:
            counted[0] += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            prose(text, taxonomy)
        finally:
            sys.setprofile(None)
        return counted[0]

    calls(4_000)
    small, great = calls(40_000), calls(80_000)
    assert great < 2.3 * small


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What opens a sentence as a comparison is not its period.
        ("Compared with the second quarter of 2022, revenue was $5.0 million.", [("Revenues", "5000000", "2023-06-30")]),
        # The figure after the noun "growth" is the growth.
        ("Revenue growth in the second quarter was 5%.", []),
        ("An increase in revenue of $5.0 million was seen.", []),
        # A part is not the whole, whether or not it is known.
        ("$40 million of revenue, or 57% of the total, went through partners.", []),
        # A list of names, of figures, and the same of another period.
        (
            "Revenue and net income were $50 million and $4 million, respectively (Q2 2022: $40 million and $3 million).",
            [
                ("Revenues", "50000000", "2023-06-30"), ("NetIncome", "4000000", "2023-06-30"),
                ("Revenues", "40000000", "2022-06-30"), ("NetIncome", "3000000", "2022-06-30"),
            ],
        ),
        (
            "Tern Harbour expects revenue of $90 million to $95 million for 2023.",
            [("Revenues", "90000000", "2023-12-31"), ("Revenues", "95000000", "2023-12-31")],
        ),
        ("Analysts expect revenue of $90 million to $95 million for 2023.", []),
        # A cause may leave things out; the figure does not.
        ("Revenue was $5.0 million, driven by new products, net of returns.", [("Revenues", "5000000", "2023-06-30")]),
        ("Revenue, net of returns, was $5.0 million.", []),
        (
            "Basic earnings per share were $0.81. Diluted earnings per share were 79 cents.",
            [("EarningsPerShareBasic", "0.81", "2023-06-30"), ("EarningsPerShareDiluted", "0.79", "2023-06-30")],
        ),
        ("Diluted earnings per share were 79 cents.", []),
        ("This compares to $4.0 million a year ago.", []),
        (
            "Compared with revenue of $40 million in the second quarter of 2022, operating income was $5 million.",
            [("OperatingIncome", "5000000", "2023-06-30")],
        ),
        # A period right after the figure is the figure's own.
        ("Revenue was $5.0 million in the same period of 2022.", [("Revenues", "5000000", "2022-06-30")]),
        (
            "Revenue was $5.0 million. It was $4.0 million a year ago.",
            [("Revenues", "5000000", "2023-06-30"), ("Revenues", "4000000", "2022-06-30")],
        ),
        # A year in brackets beside a quarter may mean the year or its quarter.
        ("Diluted earnings per share were $0.79 (2022: $0.71).", [("EarningsPerShareDiluted", "0.79", "2023-06-30")]),
        (
            "Sales and marketing expenses made up 12.6% of revenue, up from 11.0% in the same period of 2022.",
            [("SalesAndMarketingShareOfRevenues", "0.126", "2023-06-30"), ("SalesAndMarketingShareOfRevenues", "0.110", "2022-06-30")],
        ),
        ("The Company expects revenue for 2023 of more than $900 million.", [("Revenues", "900000000", "2023-12-31")]),
        (
            "Revenue was $9 million and net income was $4 million, "
            "compared to $7 million and $3 million, respectively, in the second quarter of 2022.",
            [
                ("Revenues", "9000000", "2023-06-30"), ("NetIncome", "4000000", "2023-06-30"),
                ("Revenues", "7000000", "2022-06-30"), ("NetIncome", "3000000", "2022-06-30"),
            ],
        ),
        (
            "Revenue was $9 million, compared to $7 million and $3 million in the second quarter of 2022.",
            [("Revenues", "9000000", "2023-06-30")],
        ),
        # A basis that leads to no known measure leads to none.
        ("On a non-GAAP basis, revenue was $5.0 million.", []),
        ("On a non-GAAP basis, operating income grew 5% year over year.", []),
        (
            "Net income was $4.0 million, compared to a net loss of $2.0 million in the second quarter of 2022.",
            [("NetIncome", "4000000", "2023-06-30"), ("NetIncome", "-2000000", "2022-06-30")],
        ),
    ],
)  # fmt: skip
def test_ways_of_speaking(text: str, expected: list[tuple[str, str, str]], taxonomy: Taxonomy) -> None:
    assert said(text, taxonomy) == [(concept, Decimal(value), day) for concept, value, day in expected]


def test_a_comparison_that_stands_before_names_the_growth(taxonomy: Taxonomy) -> None:
    text = "Compared with the second quarter of 2022, revenue was 12% higher."
    assert said(text, taxonomy) == [("RevenuesGrowthYearOnYear", Decimal("0.12"), "2023-06-30")]


BULLETS = "## Highlights\n\n- Other operating income was $3 million.\n- Revenue was $5.0 million, up 3% year over year.\n"


def test_a_list_that_speaks_of_a_part_gives_no_figure_of_the_company_that_no_table_prints(taxonomy: Taxonomy) -> None:
    plain = said(BULLETS, taxonomy)
    assert [concept for concept, _, _ in plain] == ["OtherOperatingIncome", "Revenues", "RevenuesGrowthYearOnYear"]
    mixed = said(BULLETS + "- Northland active customers were 2 million.\n", taxonomy)
    assert [concept for concept, _, _ in mixed] == ["OtherOperatingIncome"]
    after = said(BULLETS + "\nElsewhere:\n\n- Northland active customers were 2 million.\n", taxonomy)
    assert after == plain
    open_ones = [o.reason for o in prose(BULLETS + "- Northland active customers were 2 million.\n", taxonomy) if not o.certain]
    assert open_ones[0] == open_ones[1] == "its list speaks of parts of the company, and no table prints it"


def test_an_amount_that_is_not_understood_stays_on_the_list_however_its_currency_is_written(taxonomy: Taxonomy) -> None:
    assert [o.raw for o in prose("Blessings narrowed to RMB45.6 million.", taxonomy)] == ["RMB45.6 million"]
