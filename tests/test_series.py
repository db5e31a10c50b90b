"""Time series: which print counts, what is derived, which column it stands in. The truth is worked out by hand (lantern.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from handmade import ENTITY
from hypothesis import given
from hypothesis import strategies as st
from lantern import CNY, USD, line, period, release, releases, store, taxonomy

from exporter.errors import ExporterError, FormatError, StoreError
from exporter.model import Entity, Period, Report
from exporter.series import Cell, Key, Series, Wanted, build, parse
from exporter.series.derive import compatible
from exporter.series.nouns import Epoch
from exporter.store import FactStore, History

REVENUES, INCOME, CASH = (
    Key(concept, CNY) for concept in ("fin:Revenues", "fin:NetIncome", "fin:NetCashProvidedByOperatingActivities")
)
EARNINGS = Key("fin:EarningsPerAdsDiluted", "iso4217:CNY/fin:ADS")
ADDITIVE = frozenset({"income_statement", "cash_flow"})


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return read(store(tmp_path_factory.mktemp("series") / "facts.duckdb"))


def read(path: Path) -> History:
    with FactStore.open(path, read_only=True) as facts:
        return facts.history()


def of(history: History, periods: str = "2022Q1..2023Q4", **more: Any) -> Series:
    usual: dict[str, Any] = {"additive": ADDITIVE, "growth": ("fin:Revenues",), "margins": {"fin:NetIncome": "fin:Revenues"}}
    return build(history, taxonomy(), Wanted(parse(periods), **(usual | more)))


def cell(series: Series, key: Key, label: str) -> Cell | None:
    return series.cells.get((key, ENTITY.id, period(label))) if (key, ENTITY.id, period(label)) in series.spots else None


def values(series: Series, key: Key) -> dict[str, str]:
    """By period, the value in thousands (in full where it has a unit below), with a letter for what is special."""
    marks = {"reported": "", "refined": "F", "restated": "R", "later_restated": "R", "derived": "D", "differs": "!"}
    found = {}
    for spot in series.spots:
        if spot[0] == key:
            one = series.cells[spot]
            assert one.value is not None
            label = next((name for name in LABELS if period(name) == spot[2]), f"to {spot[2].end}")
            found[label] = f"{marks[one.status]}{one.value / (1000 if '/' not in key.unit else 1):f}"
    return found


LABELS = [f"{year}{name}" for year in (2021, 2022, 2023) for name in ("Q1", "Q2", "Q3", "Q4", "H1", "9M", "FY")]


# --- which print counts -----------------------------------------------------------------------------

LATEST = {
    "2022Q1": "100000", "2022Q2": "R105000", "2022Q3": "120000", "2022Q4": "D145000", "2022H1": "R205000", "20229M": "R325000",
    "2022FY": "470000", "2023Q1": "F130042", "2023Q2": "150000", "2023Q3": "160000", "2023Q4": "D180000", "2023H1": "280042",
    "20239M": "440042", "2023FY": "620042",
    # Twelve months: the year, and what has run of the next less the same of the last.
    "to 2023-03-31": "D500042", "to 2023-06-30": "D545042", "to 2023-09-30": "D585042",
}  # fmt: skip
ORIGINAL = LATEST | {
    "2022Q2": "R110000", "2022H1": "R210000", "20229M": "R330000", "2022Q4": "D140000", "2023Q1": "130000",
    "to 2023-03-31": "D500000", "to 2023-06-30": "D540000",
}  # fmt: skip
del ORIGINAL["to 2023-09-30"]  # the first nine months of 2022 were replaced on the day on which those of 2023 came


def test_the_latest_values(history: History) -> None:
    assert values(of(history), REVENUES) == LATEST


def test_the_values_first_reported(history: History) -> None:
    assert values(of(history, vintage="original"), REVENUES) == ORIGINAL


def test_known_in_june_and_in_september(history: History) -> None:
    june, september = (values(of(history, as_of=day), REVENUES) for day in ("2023-06-30", "2023-09-30"))
    assert june == {
        "2022Q1": "100000", "2022Q2": "110000", "2022Q3": "120000", "2022Q4": "D140000", "2022H1": "210000", "20229M": "330000",
        "2022FY": "470000", "2023Q1": "130000", "to 2023-03-31": "D500000",
    }  # fmt: skip
    # The restated half-year does not meddle with the year less nine months, both of which still stand.
    assert september == june | {
        "2022Q2": "R105000", "2022H1": "R205000", "2023Q1": "F130042", "2023Q2": "150000", "2023H1": "280042",
        "to 2023-03-31": "D500042", "to 2023-06-30": "D540042",
    }  # fmt: skip


def test_a_filing_day_counts_from_its_end_and_whole(history: History) -> None:
    assert "2023Q2" in values(of(history, as_of="2023-08-21"), REVENUES)
    assert "2023Q2" not in values(of(history, as_of="2023-08-20"), REVENUES)
    assert "2023Q2" not in values(of(history, as_of="2023-08-21T23:59:59+00:00"), REVENUES)
    assert "2023Q2" in values(of(history, as_of="2023-08-22T08:00:00+08:00"), REVENUES)


def test_each_print_is_told(history: History) -> None:
    series = of(history)

    def kinds(label: str) -> list[tuple[str, str]]:
        found = cell(series, REVENUES, label)
        assert found
        return [(event.filing.id, event.kind) for event in found.events]

    assert kinds("2022Q1") == [("lhh-2022q1", "first"), ("lhh-2022q2", "confirms"), ("lhh-2023q1", "confirms")]
    assert kinds("2022Q2") == [("lhh-2022q2", "first"), ("lhh-2023q2", "restates")]
    assert kinds("2023Q1") == [("lhh-2023q1", "first"), ("lhh-2023q2", "refines")]


def test_the_store_agrees_on_what_is_current_and_first(tmp_path: Path) -> None:
    """The views of the store and this room follow the same rules, each in its own way. Of prints that agree to the digit the
    view names the newest, a workbook the one by which the value came into force."""
    path = store(tmp_path / "facts.duckdb")
    for vintage, view in (("latest", "current"), ("original", "first")):
        with FactStore.open(path, read_only=True) as facts:
            rows = facts.facts(vintage=view).to_pylist()  # type: ignore[arg-type]
        theirs = {(row["series_id"], row["value_lexical"], row["decimals"]) for row in rows if row["rate_date"] is None}
        series = of(read(path), "", vintage=vintage)
        facts_shown = [one.shown.printed.fact for spot in series.spots if (one := series.cells[spot]).shown]
        assert {(fact.series_id, f"{fact.value:f}", fact.decimals) for fact in facts_shown} == theirs


# --- what is derived --------------------------------------------------------------------------------


def test_a_fourth_quarter_of_parts_of_different_vintage_is_not_derived(history: History) -> None:
    """The year 2022 was restated in March 2024, its nine months were last printed in November 2022."""
    latest = values(of(history), INCOME)
    assert latest["2022FY"] == "R45000"
    assert "2022Q4" not in latest
    assert values(of(history, vintage="original"), INCOME)["2022Q4"] == "D13000"
    assert latest["2023Q4"] == "D18000"


def test_between_two_restatements_nothing_is_derived(history: History) -> None:
    """In December 2023 the nine months are restated and the year is not yet confirmed."""
    found = values(of(history, as_of="2023-12-31"), REVENUES)
    assert (found["20229M"], found["2022FY"]) == ("R325000", "470000")
    assert "2022Q4" not in found


def test_what_a_derived_quarter_is_made_of(history: History) -> None:
    fourth = cell(of(history), REVENUES, "2023Q4")
    assert fourth
    assert [(term.sign, term.period) for term in fourth.terms] == [(1, period("2023FY")), (-1, period("20239M"))]
    assert fourth.shown is None
    assert fourth.decimals == -3


def test_a_quarter_between_printed_periods_is_derived_too(history: History) -> None:
    assert values(of(history), CASH) == {"2022Q1": "5000", "2022H1": "12000", "2022Q2": "D7000"}


def test_earnings_per_share_are_never_derived(history: History) -> None:
    found = values(of(history), EARNINGS)
    assert {"2022Q1", "2022Q2", "2022Q3", "20229M", "2022FY"} <= found.keys()
    assert "2022Q4" not in found


def test_nothing_is_derived_from_what_is_not_shown(history: History) -> None:
    assert "2022Q4" not in values(of(history, "2022Q4,2022FY"), REVENUES)
    assert values(of(history, "2022M9,2022FY"), REVENUES) == {"20229M": "R325000", "2022FY": "470000"}, "what was not asked for"
    assert values(of(history, "2022Q4,2022FY,2022M9"), REVENUES)["2022Q4"] == "D145000"


def test_nothing_is_derived_from_what_is_said_with_about(tmp_path: Path) -> None:
    figures = [line(10, "fin:Revenues", "2022FY", "470000", -3), line(11, "fin:Revenues", "20229M", "330000", -3)]
    made = release("one", "2023-03-10", figures)
    certain = of(read(store(tmp_path / "one.duckdb", made)))
    assert values(certain, REVENUES)["2022Q4"] == "D140"
    made = replace(made, facts=(made.facts[0], made.facts[1]._replace(approximate=True)))
    assert "2022Q4" not in values(of(read(store(tmp_path / "two.duckdb", made))), REVENUES)


def test_guidance_is_a_range_and_is_updated(tmp_path: Path) -> None:
    more: dict[str, Any] = {"kind": "range", "scenario": "guidance", "raw": "4 to 5"}
    plain, high = line(10, "fin:Revenues", "2023FY", "1", -6), Decimal(5000000)
    reports = [
        release(f"doc-{at}", filed, [plain._replace(printed=None, low=low, high=high, **more)])
        for at, (filed, low) in enumerate((("2023-05-01", Decimal(4000000)), ("2023-08-01", Decimal(4500000))))
    ]
    series = of(read(store(tmp_path / "facts.duckdb", *reports)))
    assert [(row.key.scenario, row.part) for row in series.statements["guidance"]] == [("guidance", "low"), ("guidance", "high")]
    (shown,) = series.cells.values()
    assert (shown.low, shown.high, shown.status) == (Decimal(4500000), Decimal(5000000), "restated")


def test_last_twelve_months(tmp_path: Path) -> None:
    """Four quarters, or the year and what has run of the next less the same of the last."""
    lines = [("2021Q2", "20"), ("2021Q3", "30"), ("2021Q4", "40"), ("2022Q1", "15"), ("2022FY", "140"), ("2022H1", "60"), ("2023H1", "75")]
    lines += [("2023Q2", "40"), ("2022Q2", "35")]
    figures = [line(10 + at, "fin:Revenues", label, number + "000", -3) for at, (label, number) in enumerate(lines)]
    series = of(read(store(tmp_path / "facts.duckdb", release("one", "2023-08-01", figures))), "")
    twelve = {spot[2]: series.cells[spot] for spot in series.spots if spot[0] == REVENUES and series.cells[spot].status == "derived"}
    months = {found.end: found for found in twelve if found.start and (found.end - found.start).days > 300}
    assert {end: twelve[found].value for end, found in months.items()} == {
        date(2022, 3, 31): Decimal(105_000),  # 20 + 30 + 40 + 15
        date(2022, 6, 30): Decimal(120_000),  # 30 + 40 + 15 + 35
        date(2023, 3, 31): Decimal(160_000),  # (75 - 40) + 140 - 15
        date(2023, 6, 30): Decimal(155_000),  # 75 + 140 - 60
    }
    assert months[date(2023, 6, 30)].start == date(2022, 7, 1)
    blocks = {column.period: column.block for column in series.columns}
    assert {blocks[found] for found in months.values()} == {"twelve_months"}


MOMENTS = st.none() | st.dates(date(2022, 1, 1), date(2022, 1, 6)).map(lambda day: datetime.combine(day, time()))


@given(st.lists(st.builds(Epoch, MOMENTS, MOMENTS, MOMENTS, MOMENTS), max_size=4))
def test_compatibility_does_not_depend_on_order(leaves: list[Epoch]) -> None:
    assert compatible(leaves) == compatible(leaves[::-1])
    assert compatible(leaves[:1])


# --- the axis ---------------------------------------------------------------------------------------


def test_blocks_and_order_of_the_columns(history: History) -> None:
    series = of(history)
    assert [(column.block, column.label) for column in series.columns] == [
        *(("quarter", f"{year}Q{number}") for year in (2022, 2023) for number in (1, 2, 3, 4)),
        ("half_year", "2022H1"), ("half_year", "2023H1"), ("nine_months", "2022 9M"), ("nine_months", "2023 9M"),
        ("year", "2022FY"), ("year", "2023FY"), *(("twelve_months", f"LTM 2023Q{number}") for number in (1, 2, 3)),
    ]  # fmt: skip
    assert [column.months for column in series.columns] == [3] * 8 + [6, 6, 9, 9] + [12] * 5
    assert series.columns[1].filed == "2022-08-19"


def test_one_release_fills_five_periods_and_the_balance_dates(tmp_path: Path) -> None:
    labels = ("2022Q2", "2023Q1", "2023Q2", "2022H1", "2023H1")
    figures = [line(10 + at, "fin:Revenues", label, "5000", -3) for at, label in enumerate(labels)]
    figures += [line(20 + at, "fin:Assets", label, "9000", -3) for at, label in enumerate(("@2022-12-31", "@2023-06-30", "@2023-07-20"))]
    series = of(read(store(tmp_path / "facts.duckdb", release("one", "2023-08-01", figures))), additive=frozenset())
    assert [(column.block, column.label, column.period.start is None) for column in series.columns] == [
        ("quarter", "2022Q2", False), ("quarter", "2022Q4", True), ("quarter", "2023Q1", False), ("quarter", "2023Q2", False),
        ("half_year", "2022H1", False), ("half_year", "2023H1", False), ("date", "2023-07-20", True),
    ]  # fmt: skip


def test_nine_months_are_never_the_third_quarter(history: History) -> None:
    blocks = {column.label: column.block for column in of(history).columns}
    assert blocks["2022 9M"] == "nine_months"
    assert blocks["2022Q3"] == "quarter"


def test_weeks_are_flagged(tmp_path: Path) -> None:
    entity = replace(ENTITY, fiscal_year_end=(1, 31))
    quarter = Period(date(2023, 4, 29), date(2023, 1, 29))  # 13 weeks
    long = Period(date(2024, 2, 3), date(2023, 1, 29))  # 53 weeks
    figures = [
        line(10 + at, "fin:Revenues", "2023Q1", "5000", -3)._replace(period=one) for at, one in enumerate((quarter, long))
    ]
    history = read(store(tmp_path / "facts.duckdb", release("one", "2024-03-01", figures, entity)))
    found = {column.label: (column.block, column.weeks, column.calendar) for column in of(history, "").columns}
    assert found == {"2024Q1": ("quarter", 13, "2023Q1"), "2024FY": ("year", 53, "2023FY")}


@pytest.mark.parametrize(
    ("text", "held", "not_held"),
    [
        ("2022Q1..2023Q4", ["2022Q1", "2022FY", "20239M", "@2022-12-31", "2023FY"], ["2021FY", "@2021-12-31"]),
        ("2022Q2..2023Q1", ["2022H1", "2022Q2", "2022FY", "@2023-03-31"], ["2022Q1", "2023Q2", "2023H1"]),
        ("2022FY", ["2022FY", "@2022-12-31"], ["2022Q4", "20229M", "@2022-09-30"]),
        ("2023H1", ["2023H1", "@2023-06-30"], ["2023Q2", "2022H1"]),
        ("2023Q2,2023Q3", ["2023Q2", "2023Q3", "@2023-09-30"], ["20239M", "2023H1"]),
        (" 2023q2 , 2022M9 ", ["2023Q2", "20229M"], ["2022Q3"]),
        ("2022H1..2022FY", ["2022Q1", "2022Q4", "2022FY"], ["2023Q1"]),
        ("", ["2021FY", "2023Q2"], []),
    ],
)
def test_periods(text: str, held: list[str], not_held: list[str]) -> None:
    selection = parse(text)
    assert [label for label in held if not selection.holds(period(label), (12, 31))] == []
    assert [label for label in not_held if selection.holds(period(label), (12, 31))] == []


def test_periods_follow_the_fiscal_year() -> None:
    quarter = Period(date(2022, 9, 30), date(2022, 7, 1))
    assert parse("2023Q1").holds(quarter, (6, 30))
    assert not parse("2022Q3").holds(quarter, (6, 30))
    assert not parse("2023Q2").holds(Period(date(2023, 6, 20)), (12, 31)), "no quarter closes on the twentieth"


@pytest.mark.parametrize(
    "text", ["2022Q5", "2022", "22Q1", "2022Q1-2022Q4", "2023Q4..2022Q1", "2022Q1..", "..2022Q1", "2022Q1,,2022Q2", "now"]
)
def test_what_is_no_period_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("periods ")


# --- vintages on their own --------------------------------------------------------------------------


def chain(tmp_path: Path, *prints: tuple[str, str, int] | tuple[str, str, int, str]) -> Cell:
    """One figure, printed by one release after another: filing date, value, decimals, perhaps a qualifier."""
    reports = []
    for at, (filed, value, decimals, *more) in enumerate(prints):
        observation = line(10, "fin:Revenues", "2023Q2", value, decimals)
        made = release(f"doc-{at}", filed, [observation])
        if more:
            made = replace(made, facts=tuple(fact._replace(approximate=True) for fact in made.facts))
        reports.append(made)
    found = cell(of(read(store(tmp_path / "facts.duckdb", *reports))), REVENUES, "2023Q2")
    assert found
    return found


@pytest.mark.parametrize(
    ("prints", "kinds", "value", "status"),
    [
        ([("2023-08-01", "1234000", -3), ("2023-11-01", "1200000", -5)], ["first", "confirms"], "1234000", "reported"),
        ([("2023-08-01", "1200000", -5), ("2023-11-01", "1234000", -3)], ["first", "refines"], "1234000", "refined"),
        ([("2023-08-01", "1234000", -3), ("2023-11-01", "1300000", -5)], ["first", "restates"], "1300000", "restated"),
        # One thousand more at the same precision: the intervals touch, the numbers are two.
        ([("2023-08-01", "1234000", -3), ("2023-11-01", "1235000", -3)], ["first", "restates"], "1235000", "restated"),
        # What was replaced cannot come back by a rounder print that fits both.
        (
            [("2023-08-01", "1234000", -3), ("2023-11-01", "1290000", -4), ("2024-03-01", "1000000", -6)],
            ["first", "restates", "confirms"], "1290000", "restated",
        ),
        ([("2023-08-01", "1234000", -3), ("2023-08-01", "1250000", -3)], ["first", "differs"], "1234000", "differs"),
        # Two of one day disagree, a later one settles it; and the other way round.
        (
            [("2023-08-01", "1234000", -3), ("2023-08-01", "1250000", -3), ("2023-11-01", "1260000", -3)],
            ["first", "differs", "restates"], "1260000", "restated",
        ),
        (
            [("2023-08-01", "1234000", -3), ("2023-11-01", "1250000", -3), ("2023-11-01", "1260000", -3)],
            ["first", "restates", "differs"], "1250000", "differs",
        ),
        ([("", "1234000", -3), ("2023-08-01", "1250000", -3)], ["first", "differs"], "1250000", "differs"),
        ([("2023-08-01", "1234000", -3), ("2023-11-01", "1300000", -5, "about")], ["first", "confirms"], "1234000", "reported"),
        ([("2023-08-01", "1234000", -3), ("2023-11-01", "1900000", -5, "about")], ["first", "approximate"], "1234000", "reported"),
        ([("2023-08-01", "1200000", -5, "about"), ("2023-11-01", "1270000", -4)], ["first", "refines"], "1270000", "refined"),
        ([("2023-08-01", "1200000", -5, "about"), ("2023-11-01", "1900000", -4)], ["first", "restates"], "1900000", "restated"),
    ],
)  # fmt: skip
def test_chains(tmp_path: Path, prints: Any, kinds: list[str], value: str, status: str) -> None:
    found = chain(tmp_path, *prints)
    assert [event.kind for event in found.events] == kinds
    assert (found.value, found.status) == (Decimal(value), status)


def test_a_renamed_concept_goes_on_in_the_row_of_its_new_name(tmp_path: Path) -> None:
    """Both names' prints are one history: a restatement across the renaming is seen."""
    old = line(10, "fin:Revenues", "2023Q2", "5000", -3)._replace(concept="fin:OldRevenues")
    reports = [release("one", "2023-08-01", [old]), release("two", "2023-11-01", [line(10, "fin:Revenues", "2023Q2", "6000", -3)])]
    history = read(store(tmp_path / "facts.duckdb", *reports))
    known = taxonomy()
    renamed = replace(known.concepts["fin:Revenues"], id="fin:OldRevenues", replaced_by="fin:Revenues")
    series = build(history, replace(known, concepts={**known.concepts, renamed.id: renamed}), Wanted())
    (spot,) = series.spots
    assert (spot[0], series.cells[spot].value, series.cells[spot].status) == (REVENUES, Decimal(6000), "restated")


def test_a_translation_stays_out_unless_asked_for(history: History) -> None:
    assert not [spot for spot in of(history).spots if spot[0].unit == USD]
    series = of(history, translation=True)
    (spot,) = (spot for spot in series.spots if spot[0].unit == USD)
    shown = series.cells[spot]
    assert (shown.value, shown.status) == (Decimal("38380000"), "reported"), "the one that was filed last, restated by nobody"
    assert values(series, REVENUES) == values(of(history), REVENUES)


# --- growth, relations, changes ---------------------------------------------------------------------


def test_growth_and_margins(history: History) -> None:
    series = of(history)

    def ratio(kind: str, key: Key, label: str) -> Decimal | None:
        found = series.ratios.get((kind, key, ENTITY.id, period(label)))  # type: ignore[call-overload]
        return None if found is None or found.value is None else round(found.value, 6)

    assert ratio("yoy", REVENUES, "2023Q2") == round(Decimal(150) / 105 - 1, 6)
    assert ratio("qoq", REVENUES, "2023Q2") == round(Decimal("150000") / Decimal("130042") - 1, 6)
    assert ratio("yoy", REVENUES, "2023FY") == round(Decimal("620.042") / 470 - 1, 6)
    assert ratio("qoq", REVENUES, "2023FY") is None
    assert ratio("yoy", REVENUES, "2022Q2") is None
    assert ratio("margin", INCOME, "2023Q2") == Decimal("0.1")


def test_a_base_of_zero_or_below_gives_no_growth(tmp_path: Path) -> None:
    figures = [line(10, "fin:Revenues", "2022Q2", "-5000", -3), line(11, "fin:Revenues", "2023Q2", "5000", -3)]
    series = of(read(store(tmp_path / "facts.duckdb", release("one", "2023-08-01", figures))))
    (found,) = series.ratios.values()
    assert (found.kind, found.value) == ("yoy", None)


def test_relations_over_time(history: History) -> None:
    series = of(history)
    found = {(one.key.concept, one.whole, one.parts): one for one in series.relations}
    good = found["fin:Revenues", period("2023H1"), (period("2023Q1"), period("2023Q2"))]
    assert (good.difference, good.tolerance, good.holds) == (Decimal(0), Decimal(1500), True)
    # The first quarter of 2022 was last printed before the half-year was restated: they are not held against each other.
    assert ("fin:Revenues", period("2022H1"), (period("2022Q1"), period("2022Q2"))) not in found
    assert all(one.holds for one in series.relations)


def test_a_relation_that_fails(tmp_path: Path) -> None:
    figures = [line(10 + at, "fin:Revenues", label, value, -3) for at, (label, value) in enumerate(
        [("2023Q1", "100000"), ("2023Q2", "110000"), ("2023H1", "212000")]
    )]  # fmt: skip
    (found,) = of(read(store(tmp_path / "facts.duckdb", release("one", "2023-08-01", figures)))).relations
    assert (found.difference, found.tolerance, found.holds) == (Decimal(2000), Decimal(1500), False)


def test_changes_since_the_newest_filing(history: History) -> None:
    series = of(history, as_of="2023-09-30")
    told = {(one.kind, one.key.concept, one.period): (one.old, one.new) for one in series.changes}
    assert series.against == "lhh-2023q2"
    assert told["restated", "fin:Revenues", period("2022Q2")] == ("110000000", "105000000")
    assert told["refined", "fin:Revenues", period("2023Q1")] == ("130000000", "130042000")
    assert told["new", "fin:Revenues", period("2023Q2")] == ("", "150000000")
    assert ("new", "fin:Assets", period("@2022-12-31")) not in told
    assert of(history, as_of="2022-06-01").changes == ()


# --- issuers ----------------------------------------------------------------------------------------

OTHER = Entity("cik:0000000043", "Second Lantern Inc.", (), {}, "us-gaap", (6, 30), "USD")


def second(values: Mapping[str, str]) -> Report:
    figures = [line(10 + at, "fin:Revenues", label, value, -3, unit=USD) for at, (label, value) in enumerate(values.items())]
    figures.append(line(30, "fin:Revenues", "2023Q1", "7000", -3, unit="iso4217:EUR"))
    return release("second-2023", "2023-08-10", figures, OTHER)


def test_twelve_months_that_are_no_years(tmp_path: Path) -> None:
    """Of an issuer whose fiscal year nobody knows: trailing months are no years, but a year that ends in May is one."""
    nobody = replace(ENTITY, fiscal_year_end=None)
    ends = ((date(2023, 9, 30), date(2022, 10, 1)), (date(2023, 6, 30), date(2022, 7, 1)), (date(2023, 5, 31), date(2022, 6, 1)))
    twelve = [Period(*one) for one in ends]
    figures = [line(10 + at, "fin:Revenues", "2023Q1", "5000", -3)._replace(period=one) for at, one in enumerate(twelve)]
    trailing = of(read(store(tmp_path / "one.duckdb", release("one", "2024-03-01", figures[:2], nobody))), "")
    assert [column.block for column in trailing.columns] == ["twelve_months", "twelve_months"]
    year = of(read(store(tmp_path / "two.duckdb", release("two", "2024-03-01", figures[2:], nobody))), "")
    assert [(column.block, column.label) for column in year.columns] == [("year", "12M 2023-05-31")]


def test_several_issuers_share_rows_and_never_currencies(tmp_path: Path) -> None:
    path = store(tmp_path / "facts.duckdb", *releases(), second({"2023Q1": "1000000", "2023Q2": "2000000"}))
    series = of(read(path))
    own = Key("fin:Revenues", "iso4217:*")
    assert {spot[1] for spot in series.spots if spot[0] == own} == {ENTITY.id, OTHER.id}
    assert {column.entity: column.currency for column in series.columns} == {ENTITY.id: CNY, OTHER.id: USD}
    assert Key("fin:Revenues", "iso4217:EUR") in {spot[0] for spot in series.spots}, "a third currency has a row of its own"
    labels = {(column.entity, column.label): column.calendar for column in series.columns}
    assert labels[OTHER.id, "2023Q3"] == "2023Q1"
    assert series.own_currency


def test_an_issuer_that_is_not_there(tmp_path: Path) -> None:
    path = store(tmp_path / "facts.duckdb")
    with FactStore.open(path, read_only=True) as facts, pytest.raises(StoreError, match="there is no issuer cik:9; stored are: cik:"):
        facts.history(["cik:9"])


@pytest.mark.parametrize(("periods", "as_of"), [("2019Q1..2019Q4", ""), ("", "2020-01-01")])
def test_nothing_there_is_one_line(history: History, periods: str, as_of: str) -> None:
    with pytest.raises(ExporterError) as caught:
        of(history, periods, as_of=as_of)
    assert "\n" not in str(caught.value)
    assert ENTITY.id in str(caught.value)

