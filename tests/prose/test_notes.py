"""The short forms of analysts' notes: names of periods in two digits, signs beside verbs, amounts in a second currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_traps import said


@pytest.mark.parametrize(
    ("named", "start", "end"),
    [
        ("1H23", "2023-01-01", "2023-06-30"),
        ("2Q22", "2022-04-01", "2022-06-30"),
        ("2H 2022", "2022-07-01", "2022-12-31"),
        ("2022 H2", "2022-07-01", "2022-12-31"),
        ("Q2 FY2022", "2022-04-01", "2022-06-30"),
        ("FY22", "2022-01-01", "2022-12-31"),
    ],
)
def test_a_period_by_its_short_name(named: str, start: str, end: str) -> None:
    (one,) = said(f"Dividend of $0.25 per share was approved for {named}.")
    assert one.period is not None
    assert (one.value, str(one.period.start), str(one.period.end)) == (Decimal("0.25"), start, end)


@pytest.mark.parametrize("named", ["9M23", "FY22/23", "FY2022/23", "Q2 FY23", "Q2'22", "2Q", "1HFY23", "the June quarter", "LTM"])
def test_beside_a_name_of_a_period_that_is_no_phrase_nothing_is_dated(named: str) -> None:
    assert [(o.raw, o.period) for o in said(f"Dividend of $0.25 per share was approved for {named}.")] == []


def test_a_figure_that_is_dated_otherwise_keeps_its_period() -> None:
    (one,) = said("Revenue for the third quarter of 2022 was $751.0 million, ahead of plans drawn up for FY23.")
    assert one.period is not None
    assert str(one.period.end) == "2022-09-30"


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        ("Interest expense eased to $7.5 million, -36.9% y/y.", ["-0.369"]),
        ("Interest expense eased to $7.5 million, +11.4% q/q.", ["0.114"]),
        ("Interest expense decreased by -36.9% year-over-year.", ["-0.369"]),
        ("Interest expense decreased by 36.9% year-over-year.", ["-0.369"]),
        # one of the two is a misprint, and nobody knows which
        ("Interest expense rose -6.4% year-over-year.", []),
        ("Interest expense fell +6.4% year-over-year.", []),
    ],
)
def test_a_printed_sign_is_not_turned_by_a_verb(text: str, growth: list[str]) -> None:
    assert [str(o.value) for o in said(text) if "Growth" in str(o.concept)] == growth


TWO = """Tern Harbour Reports Third Quarter 2023 Results

TACOMA, Oct. 26, 2023 -- Tern Harbour Inc. (NYSE: TRNH) today announced results for the third quarter ended September 30, 2023.

{}

Condensed Consolidated Statements of Operations
(in millions)

\tThree Months Ended September 30,
\t2023\t2023
\tRMB\tUSD
Total revenue\t5,891.1\t812.4
"""
RATE = "\nTranslations into US dollars were made at a rate of RMB7.2514 to US$1.00 on September 30, 2023.\n"


def test_an_amount_in_a_second_currency_waits_for_the_statement_of_a_rate() -> None:
    text = "Total revenue was RMB5,891.1 million (US$812.4 million)."
    assert [o.raw for o in said(text, TWO)] == ["RMB5,891.1 million"]
    both = said(text, TWO.replace("{}\n", "{}\n" + RATE))
    assert [(o.raw, o.dimensions) for o in both] == [
        ("RMB5,891.1 million", ()),
        ("US$812.4 million", (("fin:TranslationAxis", "fin:ConvenienceMember"),)),
    ]
