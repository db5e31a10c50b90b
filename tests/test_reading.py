"""What a naive reader of tables gets wrong, each in a small release of its own. Nobody's figures."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from exporter.checks import results_of
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Observation, Report
from exporter.taxonomy import load
from exporter.values import plain

TAXONOMY = load()
SAMPLES = Path(__file__).resolve().parents[1] / "exporter" / "samples"
HEAD = "Lantern Harbour Inc. (NYSE: LNHB)\n\n"
THOUSANDS = '(In thousands of Renminbi ("RMB"), except share and per share data)\n\n'
INCOME = f"{HEAD}Consolidated Statements of Operations\n{THOUSANDS}"
BALANCE = f"{HEAD}Consolidated Balance Sheets\n{THOUSANDS}"
CASH = f"{HEAD}Consolidated Statements of Cash Flows\n{THOUSANDS}"
RATE = "Translations of RMB into US$ are for the convenience of the reader, at RMB7.2513 to US$1.00 on June 30, 2023.\n\n"
QUARTERS = "\tThree months ended June 30,\n\t2022\t2023\n\tRMB\tRMB\n"

Q22, Q23, H22, H23 = "2022-04-01..2022-06-30", "2023-04-01..2023-06-30", "2022-01-01..2022-06-30", "2023-01-01..2023-06-30"


def read(text: str, name: str = "x.txt") -> Report:
    return read_report(text.encode(), name, TAXONOMY)


def shown(o: Observation) -> str:
    """``value unit period``; what is not certain is ``?``."""
    value = "?" if o.printed is None else plain(o.printed)
    unit = "?" if o.unit is None else o.unit.replace("iso4217:", "").replace("xbrli:", "")
    period = "?" if o.period is None else f"{o.period.start or ''}..{o.period.end}".removeprefix("..")
    return f"{value} {unit} {period}"


def row(report: Report, label: str) -> list[str]:
    found = [shown(o) for o in report.observations if o.label == label]
    assert found, f"no figure of {label!r}"
    return found


def concepts(report: Report) -> list[tuple[str, str | None]]:
    """Label and concept of each printed row, in order."""
    return list(dict.fromkeys((o.label, o.concept) for o in report.observations))


def open_figures(report: Report) -> dict[str, str]:
    return {o.raw: o.reason for o in report.observations if not o.certain}


# --- headers --------------------------------------------------------------------------------------

SIX = "\t2022\t2023\t2023\t2022\t2023\t2023\n\tRMB\tRMB\tUSD\tRMB\tRMB\tUSD\nTotal net revenue\t900\t1,050\t145\t1,800\t2,000\t276\n"
WANTED = [f"900000 CNY {Q22}", f"1050000 CNY {Q23}", f"145000 USD {Q23}", f"1800000 CNY {H22}", f"2000000 CNY {H23}", f"276000 USD {H23}"]


@pytest.mark.parametrize(
    "spanning",
    [
        "\tThree months ended June 30,\t\t\tSix months ended June 30,\t\t\n",
        "\tThree months ended June 30,\tSix months ended June 30,\n",  # packed: the cells do not say how far they reach
        "Three months ended June 30,\t\t\tSix months ended June 30,\t\t\n",  # no field over the labels
    ],
    ids=["spread", "packed", "no label field"],
)
def test_spanned_headers(spanning: str) -> None:
    """Two columns read 2023 and are told apart by their currency; a spanning cell reaches to the next."""
    assert row(read(INCOME + spanning + SIX), "Total net revenue") == WANTED


def test_all_header_rows_without_label_field_over_rows_with_one() -> None:
    header = "Three months ended June 30,\t\t\tSix months ended June 30,\t\t\n" + "".join(
        line.removeprefix("\t") + "\n" if line.startswith("\t") else line + "\n" for line in SIX.splitlines()
    )
    assert row(read(INCOME + header), "Total net revenue") == WANTED


def test_full_dates_with_the_prior_period_first_and_a_column_without_translation() -> None:
    text = BALANCE + "\tDecember 31,\tJune 30,\tJune 30,\n\t2022\t2023\t2023\n\tRMB\tRMB\tUSD\nTotal assets\t1,277\t1,458\t201\n"
    assert row(read(text), "Total assets") == ["1277000 CNY 2022-12-31", "1458000 CNY 2023-06-30", "201000 USD 2023-06-30"]


def test_a_second_header_begins_inside_a_table() -> None:
    text = INCOME + QUARTERS + "Net income\t160\t195\n\tSix months ended June 30,\n\t2022\t2023\n\tRMB\tRMB\nNet income\t300\t390\n"
    report = read(text)
    assert row(report, "Net income") == [f"160000 CNY {Q22}", f"195000 CNY {Q23}", f"300000 CNY {H22}", f"390000 CNY {H23}"]
    assert [(table.number, table.part, len(table.rows)) for table in report.tables] == [(1, 1, 1), (1, 2, 1)]
    assert len(report.facts) == 4


def test_a_page_break_does_not_end_a_table_and_its_columns() -> None:
    text = BALANCE + "\tDecember 31, 2022\tJune 30, 2023\nCash and cash equivalents\t1,200\t1,450\n\n\nTotal assets\t1,277\t1,458\n"
    assert row(read(text), "Total assets") == ["1277000 CNY 2022-12-31", "1458000 CNY 2023-06-30"]


def test_columns_do_not_go_on_under_another_title() -> None:
    text = INCOME + QUARTERS + "Net income\t160\t195\n\nConsolidated Balance Sheets\n" + THOUSANDS + "Total assets\t1,277\t1,458\n"
    assert row(read(text), "Total assets") == ["? ? ?", "? ? ?"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_columns_means_nothing(order: tuple[int, int]) -> None:
    columns = (("2022", "160"), ("2023", "195"))
    years, values = ("\t".join(columns[at][part] for at in order) for part in (0, 1))
    report = read(f"{INCOME}\tThree months ended June 30,\n\t{years}\n\tRMB\tRMB\nNet income\t{values}\n")
    assert sorted(row(report, "Net income")) == [f"160000 CNY {Q22}", f"195000 CNY {Q23}"]


def test_columns_of_one_meaning_are_left_open() -> None:
    report = read(INCOME + "\tThree months ended June 30,\n\t2023\t2023\n\tRMB\tRMB\nNet income\t160\t195\n")
    assert set(open_figures(report)) == {"160", "195"}
    assert report.facts == ()


# --- labels, headings, sections -------------------------------------------------------------------


def test_a_label_printed_without_values_is_no_figure_and_takes_none_from_the_next_row() -> None:
    report = read(INCOME + QUARTERS + "Total net revenue\t\t\nNet income\t160\t195\nGross profit\nIncome taxes expense\t(40)\t(55)\n")
    assert [o.label for o in report.observations] == ["Net income", "Net income", "Income taxes expense", "Income taxes expense"]
    assert [o.section for o in report.observations] == [()] * 4, "a label of a concept is no heading"
    assert [(r.label, r.heading) for r in report.tables[0].rows] == [
        ("Total net revenue", True),
        ("Net income", False),
        ("Gross profit", True),
        ("Income taxes expense", False),
    ]


def test_a_heading_holds_for_the_rows_below_it() -> None:
    report = read(
        BALANCE
        + "\tDecember 31, 2022\tJune 30, 2023\nCurrent assets:\t\t\nAmounts due from related parties\t7\t8\nTotal current assets\t7\t8\n"
        "Non-current assets:\t\t\nAmounts due from related parties\t1\t2\nTotal non-current assets\t1\t2\nTOTAL ASSETS\t8\t10\n"
    )
    due = [o for o in report.observations if o.label == "Amounts due from related parties"]
    assert [o.section[-1] for o in due] == ["Current assets"] * 2 + ["Non-current assets"] * 2
    assert len({o.concept for o in due}) == 2, "the same label under another heading is another fact"
    assert None not in {o.concept for o in due}
    assert [o.section for o in report.observations if o.label == "TOTAL ASSETS"] == [(), ()]


def test_a_subtotal_above_its_parts_is_a_figure_and_their_heading() -> None:
    report = read(
        INCOME
        + QUARTERS
        + "Credit driven services\t70\t80\nOther services fees\t30\t35\nPlatform services\t20\t25\nOther services fees\t5\t6\n"
        "Total net revenue\t90\t105\n"
    )
    fees = [o for o in report.observations if o.label == "Other services fees"]
    assert [o.section for o in fees] == [("Credit driven services",)] * 2 + [("Platform services",)] * 2
    assert len({o.concept for o in fees} - {None}) == 2
    assert row(report, "Credit driven services") == [f"70000 CNY {Q22}", f"80000 CNY {Q23}"]


def test_basic_and_diluted_belong_to_what_stands_above_them() -> None:
    report = read(
        INCOME + QUARTERS + "Net income per ordinary share attributable to ordinary shareholders\nBasic\t0.16\t0.20\nDiluted\t0.15\t0.19\n"
        "Net income per ADS attributable to ordinary shareholders\nBasic\t0.32\t0.40\nDiluted\t0.30\t0.38\n"
        "Weighted average shares used in calculating net income per ordinary share\n"
        "Basic\t1,000,500\t975,250\nDiluted\t1,066,700\t1,026,300\n"
    )
    assert row(report, "Basic") == [
        f"0.16 CNY/shares {Q22}",
        f"0.20 CNY/shares {Q23}",
        f"0.32 CNY/fin:ADS {Q22}",
        f"0.40 CNY/fin:ADS {Q23}",
        f"1000500 shares {Q22}",
        f"975250 shares {Q23}",
    ]
    assert len({o.concept for o in report.observations}) == 6
    assert [o.decimals for o in report.observations if o.label == "Basic"] == [2, 2, 2, 2, 0, 0]


def test_a_zero_in_words_is_no_cell() -> None:
    report = read(INCOME + QUARTERS + "Other comprehensive income, net of tax of nil:\t\t\nNet income\t160\t195\n")
    assert {o.label for o in report.observations} == {"Net income"}


def test_a_row_that_no_concept_fits_keeps_value_unit_and_period() -> None:
    report = read(INCOME + QUARTERS + "Gain on the sale of lighthouses\t7\t(8)\nNet income\t160\t195\n")
    assert row(report, "Gain on the sale of lighthouses") == [f"7000 CNY {Q22}", f"-8000 CNY {Q23}"]
    assert report.fact_ids[:2] == (None, None)
    assert {o.reason for o in report.observations[:2]} == {"the label names no concept"}


# --- periods --------------------------------------------------------------------------------------


def test_cash_at_the_beginning_and_end_of_a_period_are_instants() -> None:
    report = read(
        CASH
        + "\tThree months ended June 30,\tSix months ended June 30,\n\t2023\t2023\n\tRMB\tRMB\n"
        "Net cash provided by operating activities\t105\t350\n"
        "Cash, cash equivalents, and restricted cash, beginning of period\t590\t345\n"
        "Cash, cash equivalents, and restricted cash, end of period\t695\t695\n"
    )
    assert row(report, "Cash, cash equivalents, and restricted cash, beginning of period") == [
        "590000 CNY 2023-03-31",
        "345000 CNY 2022-12-31",
    ]
    assert row(report, "Cash, cash equivalents, and restricted cash, end of period") == ["695000 CNY 2023-06-30"] * 2
    assert len({o.concept for o in report.observations if "restricted" in o.label}) == 1, "one concept at several instants"
    assert len(report.facts) == 5, "the end of both periods is one fact"
    assert max(fact.occurrences for fact in report.facts) == 2


def test_a_day_over_flows_gives_no_span() -> None:
    report = read(INCOME + "\tDecember 31, 2022\tJune 30, 2023\n\tRMB\tRMB\nNet income\t160\t195\n")
    assert [o.period for o in report.observations] == [None, None]
    assert report.facts == ()


def test_what_is_printed_is_never_recomputed() -> None:
    """Quarter, half-year and totals are taken as printed, also where they do not add up."""
    report = read(
        INCOME
        + "\tThree months ended June 30,\tSix months ended June 30,\n\t2023\t2023\n\tRMB\tRMB\n"
        "Net income\t500\t400\nTotal net revenue\t9\t3\n"
    )
    assert row(report, "Net income") == [f"500000 CNY {Q23}", f"400000 CNY {H23}"]


# --- scale, currency, units -----------------------------------------------------------------------


def test_per_share_amounts_and_share_counts_are_in_ones() -> None:
    report = read(
        INCOME
        + QUARTERS
        + "Net income\t160\t195\nNet income per share, basic\t0.16\t0.20\nWeighted average shares, basic\t1,000,500\t975,250\n"
    )
    assert row(report, "Net income per share, basic") == [f"0.16 CNY/shares {Q22}", f"0.20 CNY/shares {Q23}"]
    assert row(report, "Weighted average shares, basic") == [f"1000500 shares {Q22}", f"975250 shares {Q23}"]


def test_a_scale_bracket_may_span_two_lines() -> None:
    bracket = '(Amounts in thousands of Renminbi ("RMB"),\nexcept share and per share data, or otherwise noted)\n\n'
    text = f"{HEAD}Consolidated Statements of Operations\n{bracket}"
    report = read(text + QUARTERS + "Net income\t160\t195\nWeighted average shares, basic\t1,000,500\t975,250\n")
    assert row(report, "Net income")[1] == f"195000 CNY {Q23}"
    assert row(report, "Weighted average shares, basic")[1] == f"975250 shares {Q23}"


def test_percent_is_a_fraction_with_the_printed_digits_and_no_scale() -> None:
    report = read(INCOME + QUARTERS + "Net income margin\t29.0%\t(1.5)%\nNet income\t160\t195\n")
    assert row(report, "Net income margin") == [f"0.290 pure {Q22}", f"-0.015 pure {Q23}"]
    assert {o.decimals for o in report.observations[:2]} == {3}


def test_a_short_row_fills_the_first_columns() -> None:
    """Two percents and an empty third cell."""
    header = "\tThree months ended June 30,\n\t2022\t2023\t2023\n\tRMB\tRMB\tUSD\n"
    report = read(INCOME + header + "Net income\t160\t195\t27\nNet income margin\t17.8%\t18.6%\t\n")
    assert row(report, "Net income margin") == [f"0.178 pure {Q22}", f"0.186 pure {Q23}"]


def test_a_scale_of_money_says_nothing_of_shares() -> None:
    """Unless income and earnings per share prove how many shares there must be."""
    money = f"{HEAD}Consolidated Statements of Operations\n(RMB in thousands)\n\n{QUARTERS}Net income\t160\t195\n"
    shares = "Weighted average shares, basic\t1,000\t975\n"
    assert row(read(money + shares), "Weighted average shares, basic") == [f"? ? {Q22}", f"? ? {Q23}"]
    proved = read(money + "Net income per share, basic\t0.16\t0.20\n" + shares)
    assert row(proved, "Weighted average shares, basic") == [f"1000000 shares {Q22}", f"975000 shares {Q23}"]


TRANSLATED = "\tThree months ended June 30,\n\t2022\t2023\t2023\n\tRMB\tRMB\tUSD\nNet income\t160\t195\t27\n"
SHARES = "Net income per share, basic\t0.16\t0.20\t0.03\nWeighted average shares, basic\t1,000,500\t975,250\t975,250\n"


def test_share_counts_under_a_usd_header_are_no_translation() -> None:
    report = read(RATE + INCOME + TRANSLATED + SHARES)
    dimensions = {(o.label, o.raw): (o.dimensions, o.rate_date) for o in report.observations}
    convenience = (("fin:TranslationAxis", "fin:ConvenienceMember"),)
    assert dimensions["Net income", "27"][0] == dimensions["Net income per share, basic", "0.03"][0] == convenience
    assert str(dimensions["Net income", "27"][1]) == "2023-06-30"
    assert [o.dimensions for o in report.observations if o.unit == "xbrli:shares"] == [()] * 3
    assert [o.dimensions for o in report.observations if o.unit and "CNY" in o.unit and o.place.table] == [()] * 4
    stated = {fact for o, fact in zip(report.observations, report.fact_ids, strict=True) if o.place.table}
    assert len(stated) == 3 + 3 + 2, "the share count of one period is one fact under both currencies"


def test_a_usd_column_without_a_translation_statement_is_no_convenience() -> None:
    report = read(INCOME + TRANSLATED)
    assert row(report, "Net income") == [f"160000 CNY {Q22}", f"195000 CNY {Q23}", f"27000 USD {Q23}"]
    assert [o.dimensions for o in report.observations] == [(), (), ()]


def test_a_translation_statement_of_other_currencies_is_none_of_these() -> None:
    other = RATE.replace("RMB", "HK$")
    assert [o.dimensions for o in read(other + INCOME + TRANSLATED).observations if o.place.table] == [(), (), ()]


def test_the_rate_of_a_translation_does_not_come_from_the_columns() -> None:
    early = RATE.replace("June 30, 2023", "March 31, 2023")
    assert [str(o.rate_date) for o in read(early + INCOME + TRANSLATED).observations if o.dimensions] == ["2023-03-31"]


NO_MONEY = f"{HEAD}Consolidated Balance Sheets\n(In thousands)\n\n\tDecember 31, 2022\tJune 30, 2023\nTotal assets\t1,277\t1,458\n"


def test_no_currency_is_no_unit() -> None:
    report = read(NO_MONEY)
    assert row(report, "Total assets") == ["? ? 2022-12-31", "? ? 2023-06-30"]
    assert report.facts == ()
    assert "not-certain" in {issue.code for issue in report.findings}
    assert [o.raw for o in report.observations] == ["1,277", "1,458"], "kept all the same"


def test_the_currency_of_an_issuer_is_not_assumed() -> None:
    report = read_report(NO_MONEY.encode(), "x.txt", TAXONOMY, ReadOptions(entity="cik:0001741530"))
    assert [o.unit for o in report.observations] == [None, None]


def test_no_scale_line_is_no_value() -> None:
    report = read(f"{HEAD}Consolidated Balance Sheets\n\n\tDecember 31, 2022\tJune 30, 2023\n\tRMB\tRMB\nTotal assets\t1,277\t1,458\n")
    assert [(o.printed, o.unit) for o in report.observations] == [(None, None)] * 2
    assert set(open_figures(report).values()) == {"no scale line tells the scale"}


@pytest.mark.parametrize(
    "line",
    [
        "(In thousands of RMB)",
        "(RMB in thousands)",
        "(Amounts in thousands of Renminbi (“RMB”))",
        "(RMB'000)",
        "(人民币千元)",
        "In thousands of RMB",
    ],
)
def test_ways_to_print_a_scale(line: str) -> None:
    report = read(f"{HEAD}Consolidated Balance Sheets\n{line}\n\n\tDecember 31, 2022\tJune 30, 2023\nTotal assets\t1,277\t1,458\n")
    assert row(report, "Total assets") == ["1277000 CNY 2022-12-31", "1458000 CNY 2023-06-30"]


@pytest.mark.parametrize("cell", ["12,345,678,901,234,567,890,123,456,789", "(12,345,678,901,234,567,890,123,456,789)"])
def test_a_number_of_29_digits_is_exact(cell: str) -> None:
    (seen,) = read(BALANCE + f"\tJune 30, 2023\nTotal assets\t{cell}\n").observations
    assert seen.printed is None or seen.printed.copy_abs() == 12345678901234567890123456789 * 10**3


def test_millions_and_decimals() -> None:
    report = read(BALANCE.replace("thousands", "millions") + "\tJune 30, 2023\nTotal assets\t1,458.3\nTotal liabilities\t9\n")
    assert [(shown(o), o.decimals) for o in report.observations] == [("1458300000 CNY 2023-06-30", -5), ("9000000 CNY 2023-06-30", -6)]


@pytest.mark.parametrize(
    ("header", "line"),
    [("\tRMB\tRMB", "(In thousands of US$)"), ("\tUSD\tUSD", "(In thousands of RMB)")],
)
def test_a_column_says_its_currency_itself(header: str, line: str) -> None:
    text = f"{HEAD}Consolidated Balance Sheets\n{line}\n\n\tDecember 31, 2022\tJune 30, 2023\n{header}\nTotal assets\t1,277\t1,458\n"
    assert {o.unit for o in read(text).observations} <= {f"iso4217:{'CNY' if 'RMB' in header else 'USD'}", None}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("\tRMB in millions\tRMB in millions", "two scale lines disagree"),
        ("\tJune 30, 2023\tJune 30, 2023", "no header tells the column's period"),
    ],
)
def test_contradictory_headers_are_left_open(header: str, reason: str) -> None:
    text = f"{HEAD}Consolidated Balance Sheets\n(In thousands of RMB)\n\n" + (
        "" if "June" in header else "\tDecember 31, 2022\tJune 30, 2023\n"
    )
    report = read(f"{text}{header}\nTotal assets\t1,277\t1,458\n")
    assert open_figures(report) == {"1,277": reason, "1,458": reason}
    assert report.facts == ()


def test_a_cell_in_another_currency_than_its_column_is_left_open() -> None:
    report = read(BALANCE + "\tDecember 31, 2022\tJune 30, 2023\n\tRMB\tRMB\nTotal assets\tUS$1,277\tRMB1,458\n")
    assert [(o.unit, o.printed) for o in report.observations] == [(None, None), ("iso4217:CNY", 1458000)]


@pytest.mark.parametrize(("listed", "unit"), [("NYSE: LNHB", "iso4217:USD"), ("HKEX: 7777", None)])
def test_a_bare_dollar_is_the_us_dollar_only_where_something_says_so(listed: str, unit: str | None) -> None:
    text = f"Lantern Harbour Inc. ({listed})\n\nConsolidated Balance Sheets\n(In thousands)\n\n\tJune 30, 2023\nTotal assets\t$1,277\n"
    assert [o.unit for o in read(text).observations] == [unit]


# --- columns and cells that are no figures --------------------------------------------------------


def test_growth_columns_are_percents_of_the_later_period_and_never_amounts() -> None:
    report = read(
        INCOME
        + "\tThree months ended June 30,\t\tYoY %\n\t2022\t2023\tchange\n\tRMB\tRMB\t\n"
        "Total net revenue\t900\t1,050\t16.7%\nNet income\t160\t195\t21.9%\n"
    )
    assert row(report, "Total net revenue") == [f"900000 CNY {Q22}", f"1050000 CNY {Q23}", f"0.167 pure {Q23}"]
    assert {o.concept for o in report.observations if o.unit == "xbrli:pure"} <= {
        "fin:RevenuesGrowthYearOnYear",
        "fin:NetIncomeGrowthYearOnYear",
        None,
    }
    assert [o.concept for o in report.observations if o.raw == "16.7%"] == ["fin:RevenuesGrowthYearOnYear"]


def test_an_amount_in_a_change_column_is_left_open() -> None:
    report = read(INCOME + "\tThree months ended June 30,\t\tChange\n\t2022\t2023\t\n\tRMB\tRMB\t\nNet income\t160\t195\t35\n")
    assert set(open_figures(report)) == {"35"}
    assert len(report.facts) == 2


def test_a_column_of_note_numbers_is_no_column_of_figures() -> None:
    report = read(
        BALANCE + "\tNotes\tDecember 31, 2022\tJune 30, 2023\nCash and cash equivalents\t3\t1,200\t1,450\nTotal assets\t\t1,277\t1,458\n"
    )
    assert [o.raw for o in report.observations] == ["1,200", "1,450", "1,277", "1,458"]
    assert row(report, "Total assets") == ["1277000 CNY 2022-12-31", "1458000 CNY 2023-06-30"]


@pytest.mark.parametrize("dash", ["-", "—", "–", "--", "(—)", "RMB —", "N/A", "nil", "—%"])
def test_a_dash_is_no_figure_and_is_kept_as_printed(dash: str) -> None:
    report = read(INCOME + QUARTERS + f"Net income\t{dash}\t195\nTotal net revenue\t900\t1,050\n")
    assert row(report, "Net income") == [f"195000 CNY {Q23}"]
    assert report.tables[0].rows[0].cells == (None, 0)
    assert set(report.tables[0].rows[0].texts) == {1}


def test_a_row_of_dashes_is_no_heading() -> None:
    report = read(INCOME + QUARTERS + "Lighthouse services\t—\t-\nNet income\t160\t195\n")
    dashes = report.tables[0].rows[0]
    assert (dashes.heading, dict(dashes.texts)) == (False, {1: "—", 2: "-"})
    assert [o.section for o in report.observations] == [(), ()]


@pytest.mark.parametrize("mark", ["195(1)", "195 (2)", "195^{*4}", "195*"])
def test_a_footnote_mark_is_no_part_of_the_number(mark: str) -> None:
    report = read(INCOME + QUARTERS + f"Net income\t160\t{mark}\n")
    assert row(report, "Net income") == [f"160000 CNY {Q22}", f"195000 CNY {Q23}"]
    assert report.observations[1].raw == "195"


@pytest.mark.parametrize("cell", ["12 to 14", "1,050 / 1,060", "about 7", "7.5x8", "2023Q2", "1,05", "1.2.3"])
def test_a_cell_that_is_not_one_figure_is_told_and_not_read(cell: str) -> None:
    report = read(INCOME + QUARTERS + f"Net income\t160\t{cell}\nTotal net revenue\t900\t1,050\n")
    assert [shown(o).startswith("?") for o in report.observations if o.label == "Net income"] == [False, True]
    assert row(report, "Total net revenue") == [f"900000 CNY {Q22}", f"1050000 CNY {Q23}"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("(195)", -195),
        ("-195", -195),
        ("−195", -195),
        ("（195）", -195),
        ("( 195 )", -195),
        ("RMB(195)", -195),
        ("RMB-195", -195),
        ("0", 0),
    ],
)
def test_ways_to_print_a_sign(cell: str, value: int) -> None:
    report = read(INCOME + QUARTERS + f"Net income\t160\t{cell}\n")
    assert report.observations[1].printed == value * 1000


def test_a_bracket_that_never_closes_is_left_open() -> None:
    report = read(INCOME + QUARTERS + "Net income\t160\t(195\nTotal net revenue\t900\t1,050\n")
    assert set(open_figures(report)) == {"(195"}


def test_losses_of_the_minority_printed_positive_are_negative_facts() -> None:
    report = read(
        INCOME
        + QUARTERS
        + "Net income\t160\t195\nNet loss attributable to noncontrolling interests\t4\t5\n"
        "Net income attributable to ordinary shareholders\t164\t200\n"
    )
    loss = report.observations[2:4]
    assert [o.printed for o in loss] == [4000, 5000]
    assert [o.value for o in loss] == [-4000, -5000]


def test_two_empty_rows_of_a_document_are_no_statement() -> None:
    report = read(f"{HEAD}Nothing to see here.\n\nLantern\tHarbour\nwords\tonly\n")
    assert report.observations == ()
    assert "no-statements" in {issue.code for issue in report.findings}


def test_equal_bytes_are_read_equally() -> None:
    text = RATE + INCOME + TRANSLATED + SHARES
    assert read(text) == read(text)


def test_nothing_is_kept_of_what_was_read() -> None:
    """A night reads thousands. A compiled closure that holds its own frame is never collected: each release stayed whole in memory."""
    data = next(SAMPLES.glob("*.txt")).read_bytes()

    def kept() -> int:
        results_of(read_report(data, "x.txt", TAXONOMY), TAXONOMY)
        gc.collect()
        return len(gc.get_objects())

    first, *_, last = (kept() for _ in range(6))
    assert last - first < 1000  # caches; a release has some 4,400
