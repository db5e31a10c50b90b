"""Every family of relations: exact, within rounding, failing, not checkable; and that no agreeing figure ever fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import handmade
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.checks import VERDICTS, check, counts, findings
from exporter.checks.expression import parse
from exporter.checks.interval import around, compare, divide, half, multiply, point
from exporter.ingest.join import join
from exporter.model import CheckResult, Observation, Period, Report, Rule, Taxonomy
from exporter.taxonomy import load

QUARTER = Period(date(2023, 6, 30), date(2023, 4, 1))
HALF = Period(date(2023, 6, 30), date(2023, 1, 1))
FIRST = Period(date(2023, 3, 31), date(2023, 1, 1))
YEAR_AGO = Period(date(2022, 6, 30), date(2022, 4, 1))
YEAR = Period(date(2023, 12, 31), date(2023, 1, 1))
OPENING, CLOSING = Period(date(2023, 3, 31)), Period(date(2023, 6, 30))
CNY, USD, PURE, SHARES = "iso4217:CNY", "iso4217:USD", "xbrli:pure", "xbrli:shares"
PER_SHARE, PER_ADS, RATE = "iso4217:CNY/xbrli:shares", "iso4217:CNY/fin:ADS", "iso4217:CNY/iso4217:USD"
CONVENIENCE = (("fin:TranslationAxis", "fin:ConvenienceMember"),)


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load()


class Sheet:
    """Figures by hand, each on a line of its own."""

    def __init__(self) -> None:
        self.figures: list[Observation] = []

    def add(
        self, concept: str | None, value: str | None, decimals: int | None = -3, unit: str = CNY, period: Period = QUARTER, **more: Any
    ) -> Sheet:
        line = len(self.figures) + 1
        if more.pop("prose", False):
            more["place"] = handmade.Place(line, 5, line * 100, line * 100 + 3)
        self.figures.append(handmade.figure(concept, value, line=line, decimals=decimals, unit=unit, period=period, **more))
        return self

    def report(self, **more: Any) -> Report:
        made = handmade.report(self.figures, **more)
        figures, ids, facts, _ = join(self.figures, made.entity.id, made.document.key)
        return replace(made, observations=tuple(figures), fact_ids=ids, facts=facts)


def results(sheet: Sheet | Report, taxonomy: Taxonomy, family: str = "") -> list[CheckResult]:
    report = sheet if isinstance(sheet, Report) else sheet.report()
    return [result for result in check(report, taxonomy) if not family or result.family == family]


def only(sheet: Sheet, taxonomy: Taxonomy, family: str) -> CheckResult:
    found = results(sheet, taxonomy, family)
    assert len(found) == 1, found
    return found[0]


# --- a case of each verdict by family -------------------------------------------------------------


def cash(end: str, change: str | None = "200", decimals: int = 0) -> Sheet:
    sheet = Sheet().add("fin:CashCashEquivalentsAndRestrictedCash", "1000", decimals, period=OPENING)
    sheet.add("fin:CashCashEquivalentsAndRestrictedCash", end, decimals, period=CLOSING)
    return sheet.add("fin:CashPeriodIncreaseDecrease", change, decimals) if change else sheet


def translated(usd: str, rate: str | None = "8", decimals: int = 0) -> Sheet:
    sheet = Sheet().add("fin:Revenues", "1000", decimals).add("fin:Revenues", usd, decimals, USD, dimensions=CONVENIENCE)
    return sheet.add("fin:ConvenienceTranslationRate", rate, 4, RATE, CLOSING) if rate else sheet


def margin(printed: str, income: str | None = "300") -> Sheet:
    sheet = Sheet().add("fin:Revenues", "1000", 0).add("fin:OperatingMargin", printed, 3, PURE)
    return sheet.add("fin:OperatingIncome", income, 0) if income else sheet


def growth(printed: str, earlier: str | None = "1000") -> Sheet:
    sheet = Sheet().add("fin:Revenues", "1250", 0).add("fin:RevenuesGrowthYearOnYear", printed, 3, PURE)
    return sheet.add("fin:Revenues", earlier, 0, period=YEAR_AGO) if earlier else sheet


def share(printed: str, total: str | None = "1000") -> Sheet:
    model = (("lend:ModelAxis", "lend:CapitalLightMember"),)
    sheet = (
        Sheet().add("lend:LoanVolume", "578", 0, dimensions=model).add("lend:LoanVolumeShareOfTotal", printed, 3, PURE, dimensions=model)
    )
    return sheet.add("lend:LoanVolume", total, 0) if total else sheet


def per_share(printed: str, shares: str | None = "500") -> Sheet:
    sheet = Sheet().add("fin:NetIncomeAttributableToParent", "1000", 0).add("fin:NetIncomeAttributableToParent", "500", 0, period=YEAR_AGO)
    sheet.add("fin:EarningsPerShareBasic", printed, 2, PER_SHARE).add("fin:EarningsPerShareBasic", "1.00", 2, PER_SHARE, YEAR_AGO)
    sheet.add("fin:WeightedAverageSharesBasic", "500", 0, SHARES, YEAR_AGO)
    return sheet.add("fin:WeightedAverageSharesBasic", shares, 0, SHARES) if shares else sheet


def ads(printed: str, per: str | None = "3.40") -> Sheet:
    sheet = Sheet().add("fin:EarningsPerAdsBasic", printed, 2, PER_ADS)
    return sheet.add("fin:EarningsPerShareBasic", per, 2, PER_SHARE) if per else sheet


def price(printed: str, bought: str | None = "2") -> Sheet:
    sheet = Sheet().add("fin:AverageRepurchasePricePerAds", printed, 2, PER_ADS).add("fin:ShareRepurchaseCost", "36.06", 2)
    return sheet.add("fin:RepurchasedAds", bought, 0, "fin:ADS") if bought else sheet


def bridge(printed: str, adjusted: str | None = "47") -> Sheet:
    sheet = Sheet().add("fin:NetIncome", "975", 0).add("fin:ShareBasedCompensationAdjustment", "40", 0, period=YEAR_AGO)
    sheet.add("fin:NonGaapNetIncome", printed, 0)
    return sheet.add("fin:ShareBasedCompensationAdjustment", adjusted, 0) if adjusted else sheet


def total(printed: str, part: str | None = "400") -> Sheet:
    sheet = Sheet().add("lend:PlatformServicesRevenue", "600", 0).add("lend:CreditDrivenServicesRevenue", "1", 0, period=YEAR_AGO)
    if part:
        sheet.add("lend:CreditDrivenServicesRevenue", part, 0)
    return sheet.add("fin:Revenues", printed, 0)


def identity(printed: str, assets: str | None = "1000") -> Sheet:
    sheet = Sheet().add("fin:LiabilitiesAndEquity", printed, 0, period=CLOSING).add("fin:AssetsCurrent", "400", 0, period=CLOSING)
    sheet.add("fin:AssetsNoncurrent", "600", 0, period=CLOSING) if assets else None
    return sheet.add("fin:Assets", assets or "1000", 0, period=CLOSING)


def restated(again: str, decimals: int = -1, prose: bool = False) -> Sheet:
    return Sheet().add("fin:Revenues", "1234", 0).add("fin:Revenues", again, decimals, prose=prose)


def spans(first: str) -> Sheet:
    sheet = Sheet().add("fin:Revenues", "1000", 0, period=HALF).add("fin:Revenues", "600", 0)
    return sheet.add("fin:Revenues", first, 0, period=FIRST)


def products(whole: str, rest: str | None = "60") -> Sheet:
    sheet = Sheet().add("lend:LoansOriginated", whole, 0, "lend:Loan")
    sheet.add("lend:LoansOriginated", "40", 0, "lend:Loan", dimensions=(("lend:ProductAxis", "qfin:VPocketMember"),))
    return (
        sheet.add("lend:LoansOriginated", rest, 0, "lend:Loan", dimensions=(("lend:ProductAxis", "lend:OtherProductsMember"),))
        if rest
        else sheet
    )


def guided(high: str, low_rate: str = "0.14") -> Sheet:
    sheet = Sheet()
    for printed, bound in (("470", "low"), ("485", "high")):
        sheet.add(
            "lend:LoanVolume", printed, -9, period=YEAR, kind="range", low=Decimal(470), high=Decimal(485), bound=bound, scenario="guidance"
        )
    for printed, bound in ((low_rate, "low"), (high, "high")):
        low, top = Decimal(low_rate), Decimal(high)
        sheet.add(
            "lend:LoanVolumeGrowthYearOnYear", printed, 2, PURE, YEAR, kind="range", low=low, high=top, bound=bound, scenario="guidance"
        )
    return sheet


CASES = [
    ("roll_forward", cash("1200"), "exact"),
    ("roll_forward", cash("1201"), "within_rounding"),
    ("roll_forward", cash("1202"), "fails"),
    ("translation", translated("125"), "exact"),
    ("translation", translated("125", "7.99"), "within_rounding"),
    ("translation", translated("126"), "fails"),
    ("translation", translated("125", None), "not_checkable"),
    ("margin", margin("0.300"), "exact"),
    ("margin", margin("0.301"), "within_rounding"),
    ("margin", margin("0.302"), "fails"),
    ("margin", margin("0.300", None), "not_checkable"),
    ("growth", growth("0.250"), "exact"),
    ("growth", growth("0.251"), "within_rounding"),
    ("growth", growth("0.253"), "fails"),
    ("growth", growth("0.250", None), "not_checkable"),
    ("growth", growth("0.250", "-5"), "not_checkable"),
    ("share_of_total", share("0.578"), "exact"),
    ("share_of_total", share("0.579"), "within_rounding"),
    ("share_of_total", share("0.580"), "fails"),
    ("share_of_total", share("0.578", None), "not_checkable"),
    ("ads_ratio", ads("6.80"), "exact"),
    ("ads_ratio", ads("6.81"), "within_rounding"),
    ("ads_ratio", ads("6.82"), "fails"),
    ("average_price", price("18.03"), "exact"),
    ("average_price", price("18.04"), "fails"),
    ("average_price", price("18.03", None), "not_checkable"),
    ("average_price", price("18.03", "0"), "not_checkable"),
    ("bridge", bridge("1022"), "exact"),
    ("bridge", bridge("1023"), "within_rounding"),
    ("bridge", bridge("1025"), "fails"),
    ("bridge", bridge("1022", None), "exact"),
    ("restatement", restated("1230"), "within_rounding"),
    ("restatement", restated("1234", 0), "exact"),
    ("restatement", restated("1250"), "fails"),
    ("prose_against_table", restated("1230", prose=True), "within_rounding"),
    ("prose_against_table", restated("1250", prose=True), "fails"),
    ("period_difference", spans("400"), "exact"),
    ("period_difference", spans("401"), "within_rounding"),
    ("period_difference", spans("403"), "fails"),
    ("members", products("100"), "exact"),
    ("members", products("101"), "fails"),
    ("guidance", guided("0.18"), "within_rounding"),
    ("guidance", guided("0.21"), "fails"),
]


@pytest.mark.parametrize(("family", "sheet", "verdict"), CASES, ids=[f"{f}-{v}-{n}" for n, (f, _, v) in enumerate(CASES)])
def test_verdicts(family: str, sheet: Sheet, verdict: str, taxonomy: Taxonomy) -> None:
    if family == "bridge" and sheet.figures[-1].concept != "fin:ShareBasedCompensationAdjustment":
        verdict = "not_checkable"  # the adjustment of this quarter is not printed
    found = [result for result in results(sheet, taxonomy, family) if result.rule != "guidance-growth-low"]
    assert len(found) == 1
    result = found[0]
    assert result.verdict == verdict, result
    tested = verdict != "not_checkable"
    assert (result.left is not None, result.right is not None, result.tolerance is not None) == (tested,) * 3
    assert bool(result.reason) or tested
    assert result.inputs
    assert len(result.inputs) == len(result.facts)


@pytest.mark.parametrize(
    ("sheet", "verdict"),
    [(total("1000"), "exact"), (total("1001"), "within_rounding"), (total("1003"), "fails"), (total("1000", None), "not_checkable")],
)
def test_sums(sheet: Sheet, verdict: str, taxonomy: Taxonomy) -> None:
    found = [result for result in results(sheet, taxonomy, "sum") if result.left in (None, sheet.figures[-1].value)]
    assert [result.verdict for result in found] == [verdict]


@pytest.mark.parametrize(
    ("sheet", "verdicts"),
    [(identity("1000"), ["exact", "exact"]), (identity("1001"), ["within_rounding", "exact"]), (identity("1005"), ["fails", "exact"])],
)
def test_identities(sheet: Sheet, verdicts: list[str], taxonomy: Taxonomy) -> None:
    assert [result.verdict for result in results(sheet, taxonomy, "identity")] == verdicts


@pytest.mark.parametrize(
    ("sheet", "verdict"), [(per_share("2.00"), "exact"), (per_share("2.01"), "fails"), (per_share("2.00", None), "not_checkable")]
)
def test_per_share(sheet: Sheet, verdict: str, taxonomy: Taxonomy) -> None:
    found = {result.inputs[-1]: result.verdict for result in results(sheet, taxonomy, "per_share")}
    assert found == {"3:9": verdict, "4:9": "exact"}


def test_a_figure_that_companies_make_up_differently_fails_only_where_the_rule_holds_elsewhere(taxonomy: Taxonomy) -> None:
    sheet = per_share("2.50")
    sheet.figures[3] = sheet.figures[3]._replace(printed=Decimal("1.30"))
    assert {result.verdict for result in results(sheet, taxonomy, "per_share")} == {"not_checkable"}


# --- sums ------------------------------------------------------------------------------------------


def test_a_row_without_a_known_place_makes_a_sum_not_checkable(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("lend:PlatformServicesRevenue", "600", 0).add(None, "50", 0).add("lend:CreditDrivenServicesRevenue", "400", 0)
    found = only(sheet.add("fin:Revenues", "1050", 0), taxonomy, "sum")
    assert (found.verdict, found.reason) == ("not_checkable", "the row at line 2 has no known place in this sum")


def test_a_dash_beside_the_total_counts_for_nothing(taxonomy: Taxonomy) -> None:
    sheet = total("610", None)
    report = sheet.report()
    table = report.tables[0]
    row = handmade.Row(90, 90, "Credit driven", 0, "lend:CreditDrivenServicesRevenue", (None, None), {1: "—"})
    with_dash = replace(report, tables=(replace(table, rows=(*table.rows, row)),))
    assert [r.verdict for r in results(with_dash, taxonomy, "sum") if r.left] == []  # only one part is printed: nothing confirms it
    assert results(report, taxonomy, "sum")[0].reason == "lend:CreditDrivenServicesRevenue is not printed for 2023-04-01..2023-06-30"


def test_what_is_printed_in_another_currency_or_dimension_is_no_part(taxonomy: Taxonomy) -> None:
    sheet = total("1000").add("lend:CreditDrivenServicesRevenue", "7", 0, USD).add("fin:Revenues", "9", 0, USD)
    assert [r.verdict for r in results(sheet, taxonomy, "sum") if r.inputs[-1] == "4:9"] == ["exact"]


# --- reasons ---------------------------------------------------------------------------------------


def test_a_translated_total_of_rounded_rows_says_so(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("fin:ConvenienceTranslationRate", "8.0000", 4, RATE, CLOSING)
    for concept, cny, usd in (
        ("lend:CreditDrivenServicesRevenue", "11", "1"),
        ("lend:PlatformServicesRevenue", "11", "1"),
        ("fin:Revenues", "22", "2"),
    ):
        sheet.add(concept, cny, 1).add(concept, usd, 0, USD, dimensions=CONVENIENCE)
    failing = [result for result in results(sheet, taxonomy, "translation") if result.verdict == "fails"]
    assert [(result.left, result.reason) for result in failing] == [(Decimal(2), "sum of rounded rows")]


def test_a_translation_that_only_a_hidden_digit_would_excuse_fails_and_says_so(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("fin:ConvenienceTranslationRate", "7.2513", 4, RATE, CLOSING)
    sheet.add("fin:Revenues", "3914324000").add("fin:Revenues", "539809000", -3, USD, dimensions=CONVENIENCE)
    found = only(sheet, taxonomy, "translation")
    assert (found.verdict, found.reason) == ("fails", "only digits of the rate beyond the stated 7.2513 would excuse it")


def test_twice_a_rounded_per_share_figure(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("fin:NetIncomeAttributableToParent", "1097440000").add("fin:WeightedAverageSharesBasic", "323095877", 0, SHARES)
    sheet.add("fin:EarningsPerShareBasic", "3.40", 2, PER_SHARE).add("fin:EarningsPerAdsBasic", "6.80", 2, PER_ADS)
    found = {result.rule: (result.verdict, result.reason) for result in results(sheet, taxonomy) if "earnings" in result.rule}
    assert found == {
        "earnings-per-share-basic": ("within_rounding", ""),
        "earnings-per-ads-basic": ("fails", "twice a rounded per-share figure"),
        "earnings-ads-ratio-basic": ("exact", ""),
    }


def test_double_rounding_of_a_print(taxonomy: Taxonomy) -> None:
    found = only(Sheet().add("fin:Revenues", "15549", 0).add("fin:Revenues", "15600", -2), taxonomy, "restatement")
    assert found.verdict == "fails"
    assert found.reason == "double rounding: 15549 was rounded to 1.555E+4 before".replace("1.555E+4", "15550")


def test_double_rounding_of_an_input(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("fin:Revenues", "10000", 0).add("fin:OperatingIncome", "1549", 0).add("fin:OperatingIncome", "1600", -2)
    found = only(sheet.add("fin:OperatingMargin", "0.16", 2, PURE), taxonomy, "margin")
    assert found.verdict == "fails"
    assert "double rounding" in found.reason


# --- what counts as exact, and what does not --------------------------------------------------------


def test_counts_rates_ratios_and_guidance_bounds_are_exact(taxonomy: Taxonomy) -> None:
    assert only(products("101"), taxonomy, "members").tolerance == 0
    assert only(translated("126"), taxonomy, "translation").tolerance == Decimal("0.5") + Decimal("0.5") / 8
    assert only(ads("6.82"), taxonomy, "ads_ratio").tolerance == Decimal("0.015")


def test_about_allows_a_whole_unit(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("fin:Revenues", "8560", 0).add("fin:Revenues", "8500", -2, qualifier="approximately")
    assert only(sheet, taxonomy, "restatement").verdict == "within_rounding"
    assert only(Sheet().add("fin:Revenues", "8560", 0).add("fin:Revenues", "8500", -2), taxonomy, "restatement").verdict == "fails"


def test_a_figure_of_another_scenario_is_never_taken(taxonomy: Taxonomy) -> None:
    sheet = Sheet().add("fin:Revenues", "1000", 0, scenario="guidance").add("fin:OperatingIncome", "300", 0)
    assert only(sheet.add("fin:OperatingMargin", "0.300", 3, PURE), taxonomy, "margin").verdict == "not_checkable"


def test_hostile_numbers_end_as_not_checkable_or_a_verdict(taxonomy: Taxonomy) -> None:
    sheet = margin("0.300", "9" * 400)
    sheet.add("fin:GrossProfit", "1e999999", None).add("fin:GrossMargin", "0.5", 3, PURE)
    assert {result.verdict for result in results(sheet, taxonomy)} <= set(VERDICTS)


def test_nothing_printed_nothing_checked(taxonomy: Taxonomy) -> None:
    assert results(Sheet(), taxonomy) == []
    assert counts([]) == dict.fromkeys(VERDICTS, 0)


# --- the public form --------------------------------------------------------------------------------


def test_the_result_is_the_last_input_and_ids_are_stable(taxonomy: Taxonomy) -> None:
    first, again = (only(margin("0.302"), taxonomy, "margin") for _ in range(2))
    assert first == again
    assert first.inputs == ("3:9", "1:9", "2:9")
    assert first.check_id != only(growth("0.250"), taxonomy, "growth").check_id
    assert len(first.check_id) == 32


def test_findings_are_the_failing_ones(taxonomy: Taxonomy) -> None:
    found = findings(results(margin("0.302"), taxonomy))
    assert [(issue.code, issue.severity, issue.where) for issue in found] == [("check-fails", "warning", "2:9")]
    assert "printed 0.302, computed 0.3, rounding allows" in found[0].message
    assert findings(results(margin("0.300"), taxonomy)) == []


def test_a_rule_of_ones_own_needs_no_python(taxonomy: Taxonomy) -> None:
    own = Rule("own", "own_family", "equation", {"en": "x", "zh": "x"}, "fin:Revenues", ("2 * fin:OperatingIncome",))
    with_own = replace(taxonomy, rules=(*taxonomy.rules, own), hash="own")
    sheet = Sheet().add("fin:Revenues", "600", 0).add("fin:OperatingIncome", "300", 0)
    assert only(sheet, with_own, "own_family").verdict == "exact"


# --- no agreeing figure fails, no disagreeing one agrees ---------------------------------------------

amounts = st.integers(-(10**9), 10**9)


def rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals)) if decimals >= 0 else (value / 10**-decimals).quantize(Decimal(1)) * 10**-decimals


@given(st.lists(amounts, min_size=2, max_size=6), st.integers(-4, 0), st.integers(1, 40))
def test_a_statement_that_adds_up_before_rounding_never_fails_and_a_raised_total_always_does(
    values: list[int], decimals: int, raised: int
) -> None:
    taxonomy = load()
    parts = [concept for concept, weight in taxonomy.networks["balance-sheet"].calculation["fin:AssetsCurrent"] if weight == 1][
        : len(values)
    ]

    def sheet(extra: Decimal) -> Sheet:
        made = Sheet()
        for concept, value in zip(parts, values, strict=True):
            made.add(concept, str(rounded(Decimal(value), decimals)), decimals, period=CLOSING)
        return made.add("fin:AssetsCurrent", str(rounded(Decimal(sum(values)), decimals) + extra), decimals, period=CLOSING)

    mine = [r for r in results(sheet(Decimal(0)), taxonomy, "sum") if r.inputs[-1] == f"{len(values) + 1}:9"]
    assert [r.verdict in ("exact", "within_rounding") for r in mine] == [True]
    beyond = (len(values) + 1 + raised) * Decimal(1).scaleb(-decimals)
    off = [r for r in results(sheet(beyond), taxonomy, "sum") if r.inputs[-1] == f"{len(values) + 1}:9"]
    assert [r.verdict for r in off] == ["fails"]


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(0, 5))
def test_a_margin_that_was_rounded_once_never_fails(income: int, revenue: int, decimals: int) -> None:
    taxonomy = load()
    sheet = Sheet().add("fin:Revenues", str(revenue), 0).add("fin:OperatingIncome", str(income), 0)
    printed = rounded(Decimal(income) / Decimal(revenue), decimals)
    assert only(sheet.add("fin:OperatingMargin", str(printed), decimals, PURE), taxonomy, "margin").verdict != "fails"


@given(amounts, st.integers(1, 10**6), st.integers(-3, 3))
def test_a_translation_that_was_rounded_once_never_fails_and_a_raised_one_does(amount: int, rate: int, decimals: int) -> None:
    taxonomy = load()
    stated = Decimal(rate).scaleb(-4)
    exact = Decimal(amount) / stated

    def result(extra: int) -> CheckResult:
        sheet = Sheet().add("fin:ConvenienceTranslationRate", str(stated), 4, RATE, CLOSING).add("fin:Revenues", str(amount), None)
        printed = rounded(exact, decimals) + extra * Decimal(1).scaleb(-decimals)
        return only(sheet.add("fin:Revenues", format(printed, "f"), decimals, USD, dimensions=CONVENIENCE), taxonomy, "translation")

    assert result(0).verdict != "fails"
    assert result(2).verdict == "fails"


ends = st.decimals(min_value=-(10**6), max_value=10**6, places=3)


@given(ends, ends, st.integers(-2, 3), st.integers(-2, 3))
def test_intervals_hold_every_value_of_their_operands(a: Decimal, b: Decimal, da: int, db: int) -> None:
    left, right = around(a, half(da)), around(b, half(db))
    corners: Iterable[tuple[Decimal, Decimal]] = [(x, y) for x in left for y in right]
    product = multiply(left, right)
    assert all(product[0] <= x * y <= product[2] for x, y in corners)
    quotient = divide(left, right)
    if quotient is not None:
        assert quotient[0] <= quotient[1] <= quotient[2]
    difference, tolerance = compare(left, right)
    assert (abs(difference) <= tolerance) == (left[0] <= right[2] and right[0] <= left[2])


def test_a_number_is_exact() -> None:
    assert point(Decimal(2)) == (2, 2, 2)
    assert parse("2") == Decimal(2)
