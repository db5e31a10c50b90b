"""The join: observations of one series are one fact, whatever their order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from handmade import CLOSE, ENTITY, QUARTER, TRANSLATION, figure
from hypothesis import given
from hypothesis import strategies as st

from exporter.identity import fact_id, series_id
from exporter.ingest.join import aspects_of, join
from exporter.model import Fact, Observation
from exporter.values import agree

KEY = "0" * 32


def joined(*observations: Observation) -> tuple[list[Observation], tuple[str | None, ...], tuple[Fact, ...], list[str]]:
    out, ids, facts, issues = join(list(observations), ENTITY.id, KEY)
    return out, ids, facts, [issue.where for issue in issues]


def printed(value: str, decimals: int | None = -3, *, line: int = 1, concept: str = "fin:Revenues", **more: object) -> Observation:
    return figure(concept, value, decimals=decimals, line=line, **more)


#: Few values, so that many of them are of one series and meet, touch or miss each other.
FIGURES = st.builds(
    printed,
    st.sampled_from(["3914316000", "3914000000", "3910000000", "3914500000", "3915000000", "4000000000", "-3914316000", "0"]),
    st.sampled_from([-3, -6, -7, -8, -9, 0, None]),
    concept=st.sampled_from(["fin:Revenues", "fin:Revenues", "fin:Costs", None]),
    period=st.sampled_from([QUARTER, QUARTER, CLOSE, None]),
    unit=st.sampled_from(["iso4217:CNY", "iso4217:CNY", "iso4217:USD", None]),
    dimensions=st.sampled_from([(), TRANSLATION]),
    sign=st.sampled_from([1, 1, -1]),
)
RELEASES = st.lists(FIGURES, max_size=12).map(
    lambda found: [o._replace(place=o.place._replace(line=n, column=5), raw=str(n)) for n, o in enumerate(found, 1)]
)
Key = tuple[str, str, str, Decimal | None, int | None, int]


def outcome(observations: list[Observation]) -> tuple[set[Key], dict[int, str | None], set[str], dict[int, str]]:
    out, ids, facts, where = joined(*observations)
    return (
        {(f.fact_id, f.series_id, f.aspects.concept, f.value, f.decimals, f.occurrences) for f in facts},
        {o.place.line: identity for o, identity in zip(out, ids, strict=True)},
        set(where),
        {o.place.line: o.reason for o in out},
    )


@given(RELEASES.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_print_changes_nothing(pair: tuple[list[Observation], list[Observation]]) -> None:
    first, other = pair
    assert outcome(first) == outcome(other)


@given(RELEASES)
def test_facts_and_observations_fit_together(observations: list[Observation]) -> None:
    out, ids, facts, where = joined(*observations)
    known = {fact.fact_id: fact for fact in facts}
    assert [o._replace(reason="") for o in out] == [o._replace(reason="") for o in observations], "nothing but the reason changes"
    assert len({fact.aspects for fact in facts}) == len(facts) == len(known), "a series has one fact"
    for fact in facts:
        mine = [o for o, identity in zip(out, ids, strict=True) if identity == fact.fact_id]
        assert len(mine) == fact.occurrences > 0
        assert fact.place == mine[0].place
        assert {aspects_of(o, ENTITY.id) for o in mine} == {fact.aspects}
        assert all(agree(o.value, o.decimals, fact.value, fact.decimals) for o in mine)  # type: ignore[arg-type]
        assert (fact.value, fact.decimals) in {(o.value, o.decimals) for o in mine}, "a fact is what is printed"
        series = series_id(fact.aspects)
        assert fact.series_id == series
        assert fact.fact_id == fact_id(KEY, series, value=fact.value, decimals=fact.decimals)
    for o, identity in zip(out, ids, strict=True):
        whole = o.concept is not None and o.period is not None and o.unit is not None
        assert whole or identity is None
        assert (o.place.locator in where) == (whole and identity is None), "what disagrees is told, and nothing else"
    series_in_order = dict.fromkeys(aspects_of(o, ENTITY.id) for o in observations)
    assert [fact.aspects for fact in facts] == [aspects for aspects in series_in_order if aspects in {f.aspects for f in facts}]


@given(RELEASES)
def test_the_greatest_decimals_win(observations: list[Observation]) -> None:
    _, _, facts, _ = joined(*observations)
    for fact in facts:
        series = [o for o in observations if aspects_of(o, ENTITY.id) == fact.aspects]
        precision = [10**6 if o.decimals is None else o.decimals for o in series]
        assert (10**6 if fact.decimals is None else fact.decimals) == max(precision)


def test_a_figure_printed_at_three_precisions_is_one_fact() -> None:
    rough, exact, middle = printed("3.9E9", -8, line=1), printed("3914316000", -3, line=2), printed("3914300000", -5, line=3)
    _, ids, (fact,), where = joined(rough, exact, middle)
    assert (fact.value, fact.decimals, fact.occurrences, fact.place.line) == (Decimal(3914316000), -3, 3, 1)
    assert set(ids) == {fact.fact_id}
    assert not where


def test_what_disagrees_beyond_rounding_is_an_occurrence_without_fact() -> None:
    out, ids, (fact,), where = joined(printed("3914316000", line=1), printed("3800000000", -8, line=2), printed("3900000000", -8, line=3))
    assert ids == (fact.fact_id, None, fact.fact_id)
    assert (fact.value, fact.occurrences) == (Decimal(3914316000), 2)
    assert where == ["2:9"]
    assert [bool(o.reason) for o in out] == [False, True, False]
    assert out[1].printed == Decimal(3800000000), "the figure itself is kept"


def test_a_finding_names_both_prints() -> None:
    _, _, _, (issue,) = join(
        [printed("900000", line=4, raw="900"), printed("1050000", line=7, raw="1,050"), printed("1050000", line=9)], ENTITY.id, KEY
    )
    assert (issue.code, issue.where, issue.severity) == ("prints-disagree", "4:9", "warning")
    assert "fin:Revenues" in issue.message
    assert "900 (900000)" in issue.message
    assert "1,050 at 7:9" in issue.message


def test_a_tie_is_no_fact() -> None:
    out, ids, facts, where = joined(printed("1000", line=1), printed("2000", line=2))
    assert (ids, facts, where) == ((None, None), (), ["1:9", "2:9"])
    assert all(o.reason for o in out)


def test_a_tie_of_the_precise_ones_is_not_settled_by_a_rough_one() -> None:
    _, ids, facts, where = joined(printed("1000", 0, line=1), printed("1400", 0, line=2), printed("1000", -3, line=3))
    assert (ids, facts, len(where)) == ((None, None, None), (), 3)


def test_the_majority_of_the_precise_ones_wins() -> None:
    _, ids, (fact,), where = joined(printed("1000", line=1), printed("3000", line=2), printed("3000", line=3))
    assert (fact.value, fact.place.line, fact.occurrences) == (Decimal(3000), 2, 2)
    assert (ids[0], where) == (None, ["1:9"])


def test_prints_that_round_alike_at_one_precision_are_the_same_fact_only_by_majority() -> None:
    """14.8% and 14.9% are next to each other: their intervals meet, yet two prints at one precision are a tie."""
    _, ids, facts, _ = joined(printed("0.148", 3, line=1), printed("0.149", 3, line=2))
    assert (ids, facts) == ((None, None), ())


def test_signs_are_compared_as_canonical() -> None:
    """A loss printed positive under one title, negative under another."""
    _, ids, (fact,), where = joined(printed("-4063000", line=1), printed("4063000", line=2, sign=-1))
    assert ids == (fact.fact_id, fact.fact_id)
    assert (fact.value, where) == (Decimal(-4063000), [])


@pytest.mark.parametrize(
    "other",
    [
        {"unit": "iso4217:USD"},
        {"period": CLOSE},
        {"dimensions": TRANSLATION},
        {"basis": "non_gaap"},
        {"scenario": "guidance"},
        {"rate_date": date(2023, 6, 30)},
        {"concept": "fin:Costs"},
    ],
)
def test_another_aspect_is_another_fact(other: dict[str, object]) -> None:
    _, ids, facts, where = joined(printed("1000", line=1), printed("1000", line=2, **other))  # type: ignore[arg-type]
    assert len(facts) == len(set(ids)) == 2
    assert not where


def test_the_order_of_dimensions_is_no_aspect() -> None:
    two = (("fin:RangeAxis", "fin:LowMember"), *TRANSLATION)
    _, _, facts, _ = joined(printed("1", line=1, dimensions=two), printed("1", line=2, dimensions=two[::-1]))
    assert len(facts) == 1
    assert facts[0].aspects.dimensions == tuple(sorted(two))


def test_what_is_not_certain_is_no_fact_and_no_disagreement() -> None:
    open_ones = [printed("1", concept=None), printed("2", unit=None), printed("3", period=None), figure("fin:Revenues", None)]
    out, ids, facts, where = joined(*open_ones)
    assert (out, ids, facts, where) == (open_ones, (None,) * 4, (), [])


def test_texts_and_dates_must_be_equal() -> None:
    usual = {"kind": "date", "unit": "", "decimals": None}
    days = [
        figure("fin:PaymentDate", None, line=n, text=text, **usual) for n, text in enumerate(["2023-09-22", "2023-09-22", "2023-09-29"], 1)
    ]
    _, ids, (fact,), where = joined(*days)
    assert (fact.text, fact.occurrences, ids[2], where) == ("2023-09-22", 2, None, ["3:9"])
