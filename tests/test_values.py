"""Printed text as pure functions read it: folded labels, precision, rounding, the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.taxonomy import load
from exporter.values import (
    add_months,
    agree,
    decimals_of,
    fiscal_label,
    fold,
    is_month_end,
    month_end,
    months_start,
    plain,
    rounding_interval,
    squash,
    strip_marks,
    unify,
)

DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))
#: Letters, marks, quotes and brackets in any order, as a bad conversion leaves them.
LABELS = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from([*"aé营1 ’'´`\"()（）*^{}%&-—²†\u00a0\u200b", "'s ", "(1)", "(a)", "^{*4}", "(unaudited)", "net", "İ", "ß"])
    ).map("".join),
)


# --- text -----------------------------------------------------------------------------------------


@given(LABELS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


def test_the_folds_of_the_lexicon_are_done_with_every_alias() -> None:
    taxonomy = load()
    folds = taxonomy.lexicon["folds"]
    texts = {alias.text for concept in taxonomy.concepts.values() for alias in concept.aliases}
    assert len(texts) > 1000
    assert [text for text in texts if fold(text, folds) != text] == []  # type: ignore[arg-type]


@given(LABELS, st.sampled_from(["\u00a0", "\u3000", "\t", " \u200b", "\r\n"]))
def test_blanks_are_one_blank(text: str, blank: str) -> None:
    spread = text.replace(" ", blank)
    assert squash(spread) == squash(text) == squash(squash(text))
    assert unify(unify(text)) == unify(text)
    assert fold(spread) == fold(text)


@pytest.mark.parametrize(
    "printed",
    [
        "Shareholders’ equity",
        "SHAREHOLDERS' EQUITY",
        "Shareholders´ equity",
        "Shareholders` equity",
        "shareholders′  equity (1)",
        "Shareholders\u2019\u00a0equity^{*4}",
        "Shareholders' equity (Unaudited)",
        "Ｓhareholders＇ equity²",
        "Shareholders' equity*",
        "Shareholders' equity†:",
    ],
)
def test_one_label_in_many_spellings(printed: str) -> None:
    assert fold(printed) == "shareholders equity"


@pytest.mark.parametrize("quote", "'’‘‛′´`")
def test_every_apostrophe_is_one(quote: str) -> None:
    assert unify(f"Company{quote}s net loss") == "Company's net loss"
    assert fold(f"Company{quote}s net loss") == "company net loss"


@pytest.mark.parametrize("dash", "-‐‑‒–—―−－﹣")
def test_every_dash_is_one(dash: str) -> None:
    assert unify(f"non{dash}current") == "non-current"


def test_what_distinguishes_labels_is_kept() -> None:
    assert fold("Margin %") != fold("Margin")
    assert fold("营业收入，净额") == "营业收入 净额"
    assert fold("R&D") == fold("R and D")
    assert fold("Series A-1") != fold("Series A")
    assert strip_marks("Revenue ^{*4} (1) (a) 2022") == "Revenue 2022"
    assert strip_marks("Loss (12 months)") == "Loss (12 months)"


# --- precision ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "scale", "decimals"),
    [("7,165,584", 3, -3), ("3,914.3", 6, -5), ("3.40", 0, 2), ("27.9", -2, 3), ("0", 0, 0), (".5", 0, 1), ("100", 9, -9), ("1.000", 3, 0)],
)
def test_decimals_follow_the_print(digits: str, scale: int, decimals: int) -> None:
    assert decimals_of(digits, scale) == decimals


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=10**9), st.integers(-2, 9))
def test_decimals_are_the_exponent_of_the_full_value(number: Decimal, scale: int) -> None:
    assert decimals_of(plain(number), scale) == -int(number.scaleb(scale).as_tuple().exponent)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_plain_notation_is_exact_and_has_no_exponent(number: Decimal) -> None:
    if abs(number.adjusted()) > 50:
        return
    assert "E" not in plain(number).upper()
    assert Decimal(plain(number)) == number
    assert Decimal(plain(number)).is_signed() == number.is_signed()


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3)
PRECISION = st.integers(-9, 6)


@given(NUMBERS, PRECISION)
def test_the_interval_is_half_a_digit_to_either_side(value: Decimal, decimals: int) -> None:
    low, high = rounding_interval(value, decimals)
    assert high - low == Decimal(1).scaleb(-decimals)
    assert low + high == 2 * value


def test_the_interval_of_a_long_number_holds_it() -> None:
    value = Decimal("12345678901234567890123456789.5")
    low, high = rounding_interval(value, 0)
    assert low <= value <= high
    assert high - low == 1


@given(NUMBERS, PRECISION)
def test_a_number_agrees_with_itself_rounded(value: Decimal, decimals: int) -> None:
    """Round to nearest, whichever way a half goes."""
    step = Decimal(1).scaleb(-decimals)
    for rounding in ("ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_HALF_DOWN"):
        rounded = (value / step).quantize(Decimal(1), rounding=rounding) * step
        assert agree(value, None, rounded, decimals)
        assert agree(rounded, decimals, value, None)
        assert not agree(value, None, rounded + 2 * step, decimals)


@given(NUMBERS, NUMBERS, PRECISION, PRECISION)
def test_agreement_has_no_order(a: Decimal, b: Decimal, p: int, q: int) -> None:
    assert agree(a, p, b, q) == agree(b, q, a, p)
    assert agree(a, p, a, q)
    assert agree(a, None, b, None) == (a == b)


@pytest.mark.parametrize(
    ("a", "p", "b", "q", "same"),
    [
        ("8474", 0, "8500", -2, True),
        ("8449", 0, "8500", -2, False),
        ("8450", None, "8500", -2, True),
        ("8449.9", None, "8500", -2, False),
        ("0.148", 3, "0.149", 3, True),
        ("0.147", 3, "0.149", 3, False),
        ("-2.2", 1, "2.2", 1, False),
        ("0", 0, "0.4", 1, True),
    ],
)
def test_where_rounding_ends(a: str, p: int | None, b: str, q: int | None, same: bool) -> None:
    assert agree(Decimal(a), p, Decimal(b), q) is same


# --- calendar -------------------------------------------------------------------------------------


@given(DAYS)
def test_a_month_ends_before_the_first(day: date) -> None:
    end = month_end(day.year, day.month)
    assert is_month_end(end)
    assert (end.year, end.month) == (day.year, day.month)
    assert is_month_end(day) == (day == end)


@given(DAYS, st.integers(-60, 60))
def test_months_are_added_to_the_month(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert is_month_end(moved) if is_month_end(day) else moved.day == min(day.day, month_end(moved.year, moved.month).day)


@given(DAYS, st.integers(-40, 40), st.integers(-40, 40))
@example(date(2024, 2, 29), 12, -12)
@example(date(2023, 2, 28), 12, 1)
def test_month_ends_come_back(day: date, there: int, back: int) -> None:
    end = month_end(day.year, day.month)
    assert add_months(add_months(end, there), back) == add_months(end, there + back)


@given(DAYS, st.sampled_from([1, 3, 6, 9, 12]))
def test_spans_of_whole_months_are_gapless(day: date, months: int) -> None:
    end = month_end(day.year, day.month)
    start = months_start(end, months)
    assert start.day == 1
    assert add_months(start - timedelta(days=1), months) == end
    assert months_start(start - timedelta(days=1), months) == add_months(start, -months)


@pytest.mark.parametrize(
    ("end", "months", "start"),
    [
        ("2024-02-29", 3, "2023-12-01"),
        ("2023-02-28", 3, "2022-12-01"),
        ("2024-02-28", 3, "2023-11-29"),
        ("2024-02-29", 12, "2023-03-01"),
        ("2023-06-30", 3, "2023-04-01"),
        ("2023-12-31", 12, "2023-01-01"),
        ("2024-05-31", 3, "2024-03-01"),
        ("2023-11-30", 9, "2023-03-01"),
        ("2023-06-29", 3, "2023-03-30"),
        ("2023-04-30", 6, "2022-11-01"),
    ],
)
def test_first_days(end: str, months: int, start: str) -> None:
    assert months_start(date.fromisoformat(end), months) == date.fromisoformat(start)


@pytest.mark.parametrize(
    ("year_end", "start", "end", "label"),
    [
        (None, "2023-04-01", "2023-06-30", (2023, "Q2")),
        ((12, 31), "2023-10-01", "2023-12-31", (2023, "Q4")),
        ((12, 31), "2023-01-01", "2023-06-30", (2023, "H1")),
        ((12, 31), "2023-07-01", "2023-12-31", (2023, "H2")),
        ((12, 31), "2023-01-01", "2023-09-30", (2023, "9M")),
        ((12, 31), "2023-01-01", "2023-12-31", (2023, "FY")),
        ((12, 31), None, "2023-12-31", (2023, "FY")),
        ((12, 31), None, "2023-03-31", (2023, "Q1")),
        ((12, 31), None, "2023-05-31", (2023, "")),
        ((6, 30), "2023-07-01", "2023-09-30", (2024, "Q1")),
        ((6, 30), "2023-07-01", "2023-12-31", (2024, "H1")),
        ((6, 30), None, "2023-06-30", (2023, "FY")),
        ((3, 31), "2023-04-01", "2024-03-31", (2024, "FY")),
        ((3, 31), "2024-01-01", "2024-03-31", (2024, "Q4")),
        ((3, 31), None, "2023-09-30", (2024, "Q2")),
        ((9, 30), "2023-10-01", "2023-12-30", (2024, "Q1")),
        ((9, 30), "2022-09-25", "2023-09-30", (2023, "FY")),
        # The Friday nearest the end of November: some quarters end in the first days of the next month.
        ((11, 30), "2022-12-03", "2023-03-03", (2023, "Q1")),
        ((11, 30), "2022-12-03", "2023-12-01", (2023, "FY")),
        ((11, 30), None, "2023-06-02", (2023, "Q2")),
        ((1, 31), "2023-01-29", "2024-02-03", (2024, "FY")),
        ((1, 31), "2024-02-04", "2024-05-04", (2025, "Q1")),
        ((1, 31), None, "2024-10-26", (2025, "Q3")),
        ((2, 28), "2023-12-01", "2024-02-29", (2024, "Q4")),
        # Spans that are no fiscal period have no name: last twelve months, a month, sixteen weeks.
        ((12, 31), "2022-07-01", "2023-06-30", (2023, "")),
        ((12, 31), "2023-06-01", "2023-06-30", (2023, "")),
        ((1, 31), "2024-02-04", "2024-05-25", (2025, "")),
        ((12, 31), "2023-02-01", "2023-04-30", (2023, "")),
        ((12, 31), "2022-10-01", "2023-03-31", (2023, "")),
    ],
)
def test_fiscal_labels(year_end: tuple[int, int] | None, start: str | None, end: str, label: tuple[int, str]) -> None:
    first = date.fromisoformat(start) if start else None
    assert fiscal_label(first, date.fromisoformat(end), year_end) == label


@given(st.integers(1995, 2060), st.integers(1, 12), st.integers(1, 4))
def test_four_quarters_make_a_year(year: int, month: int, quarter: int) -> None:
    last = month_end(year, month)
    year_end = (month, 28 if month == 2 else last.day)
    end = add_months(last, 3 * (quarter - 4))
    assert fiscal_label(months_start(end, 3), end, year_end) == (year, f"Q{quarter}")
    assert fiscal_label(None, end, year_end) == (year, "FY" if quarter == 4 else f"Q{quarter}")
    assert fiscal_label(months_start(last, 12), last, year_end) == (year, "FY")
