"""Rules about prints rather than concepts: translations, restatements, differences of periods, members of an axis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from exporter.checks.figures import Dims, Figure, Index, currency_of
from exporter.checks.interval import ZERO, Interval, around, divide, half, multiply, point, subtract
from exporter.checks.outcome import Outcome, judged, unchecked
from exporter.model import Observation, Rule

_DAY = timedelta(days=1)


# --- translations -----------------------------------------------------------------------------------


def translations(rule: Rule, index: Index) -> Iterator[Outcome]:
    """Every print of a translated figure against the figure in the reporting currency and the stated rate, which is exact."""
    axis, member = rule.options["axis"][0], rule.options["member"][0]
    rates = [figure for figure in index.by_concept.get(rule.options["rate"][0], ()) if figure.value]
    chosen: dict[tuple[str, str, date | None], Figure | None] = {}
    for figure in index.figures:
        if not figure.currency or figure.value is None or (axis, member) not in figure.dims:
            continue
        source = _source(index, figure, axis)
        rate = None
        if isinstance(source, Figure):
            key = (source.currency, figure.currency, figure.rate_date)
            if key not in chosen:
                chosen[key] = _rate(rates, source.currency, figure)
            rate = chosen[key]
        yield from _translated(rule, source, rate, prints_of(index, figure), len(rates) > 1)


def prints_of(index: Index, figure: Figure) -> list[Figure]:
    """A fact as it is printed at each of its places, with the precision of the place."""
    observations = index.report.observations
    return [_printed(figure, observations[number]) for number in figure.prints] or [figure]


def _printed(figure: Figure, observation: Observation) -> Figure:
    if observation.decimals == figure.decimals and observation.place.locator == figure.place:
        return figure
    width = half(observation.decimals, "approximately" in observation.qualifier) if figure.width else ZERO
    place = observation.place.locator
    return replace(figure, value=observation.value, width=width, decimals=observation.decimals, place=place)


def _source(index: Index, figure: Figure, axis: str) -> Figure | str:
    """What was translated: the same aspects without the axis, in another currency; or why it is not to be had."""
    plain = tuple(pair for pair in figure.dims if pair[0] != axis)
    tail = figure.unit[len("iso4217:XXX") :]
    found = [
        other
        for other in index.by_period.get((figure.concept, figure.start, figure.end), ())
        if other.dims == plain and other.scenario == figure.scenario and other.currency not in ("", figure.currency)
        and other.unit[len("iso4217:XXX") :] == tail and other.value is not None
    ]  # fmt: skip
    if len(found) > 1:
        found = [other for other in found if other.currency == index.report.entity.currency] or found
    if not found:
        return f"{figure.concept} for {figure.period} is printed in {figure.currency} only"
    return found[0] if len(found) == 1 else f"{figure.concept} for {figure.period} is printed in several other currencies"


def _translated(rule: Rule, source: Figure | str, rate: Figure | None, prints: list[Figure], several: bool) -> Iterator[Outcome]:
    """Each print against the source at the rate, or why that cannot be done."""
    if isinstance(source, str):
        yield from (unchecked(rule, [], figure, source) for figure in prints)
        return
    right = converted(source.interval, point(rate.value), rate, source.currency) if rate and rate.value is not None else None
    for figure in prints:
        if rate is None or right is None:
            why = f"the document states {'several rates' if several else 'no rate'} between {source.currency} and {figure.currency}"
            yield unchecked(rule, [source], figure, why)
            continue
        outcome = judged(rule, [source, rate], figure, figure.interval, right)
        outcome.rate = rate
        yield outcome


def _rate(rates: list[Figure], source: str, figure: Figure) -> Figure | None:
    """The rate between the two currencies; of several that of the translation's own date."""
    pairs = ({source, figure.currency},)
    fitting = [rate for rate in rates if set(_currencies(rate)) in pairs]
    if len({rate.value for rate in fitting}) > 1:
        fitting = [rate for rate in fitting if rate.end == figure.rate_date]
    return fitting[0] if fitting and len({rate.value for rate in fitting}) == 1 else None


def _currencies(rate: Figure) -> tuple[str, str]:
    above, _, below = rate.unit.partition("/")
    return currency_of(above), currency_of(below)


def converted(amount: Interval, rate: Interval, stated: Figure, source: str) -> Interval | None:
    """An amount at a rate that is stated as units of one currency for one of the other."""
    return divide(amount, rate) if _currencies(stated)[0] == source else multiply(rate, amount)


# --- restatements -----------------------------------------------------------------------------------


def restatements(rule: Rule, index: Index) -> Iterator[Outcome]:
    """Every print of a figure against the most precise one: all of them must be able to be one number.

    Prints outside of tables have a family of their own (option ``prose``). Joined by aspects, not by fact, so that
    a print that disagrees is seen although it belongs to no fact.
    """
    for group in _groups(index):
        finest = min(group, key=lambda pair: -(pair[1].decimals if pair[1].decimals is not None else 10**6))
        base, source = _figure_of(index, *finest), finest[1]
        for number, observation in group:
            if number == finest[0]:
                continue
            other = _figure_of(index, number, observation)
            prose = (observation.place.table is None) != (source.place.table is None)
            family = rule.options["prose"][0] if prose and "prose" in rule.options else rule.family
            yield judged(rule, [base], other, other.interval, base.interval, family=family)


def _groups(index: Index) -> list[list[tuple[int, Observation]]]:
    """The numeric prints of each series that is printed more than once, in document order."""
    report = index.report
    groups: dict[object, list[int]] = {}
    for figure in index.figures:
        if figure.value is not None:
            groups[figure.concept, figure.start, figure.end, figure.unit, figure.dims, figure.scenario] = figure.prints
    for number, fact_id in enumerate(report.fact_ids):
        o = report.observations[number]
        if fact_id is not None or o.concept is None or o.period is None or o.printed is None or o.kind != "numeric":
            continue
        key = (o.concept, o.period.start, o.period.end, o.unit, tuple(sorted(o.dimensions)), o.scenario)
        groups[key] = sorted([*groups.get(key, ()), number])
    return [[(number, report.observations[number]) for number in group] for group in groups.values() if len(group) > 1]


def _figure_of(index: Index, number: int, o: Observation) -> Figure:
    period = o.period
    end = period.end if period else index.report.period.end if index.report.period else None
    if period is None or end is None:  # _groups has left such prints out
        raise ValueError("a print without period")
    return Figure(
        o.concept or "", period.start, end, o.unit or "", o.dimensions, o.scenario, o.value,
        half(o.decimals, "approximately" in o.qualifier), o.decimals, o.place.locator, index.report.fact_ids[number],
        currency=currency_of(o.unit or ""), prints=[number],
    )  # fmt: skip


# --- differences of periods -------------------------------------------------------------------------


def differences(rule: Rule, index: Index) -> Iterator[Outcome]:
    """A span less its end is its beginning: half-year less second quarter is the first quarter, where all three are printed."""
    types, names = rule.options.get("types", ()), rule.options.get("concepts", ())
    for concept, figures in index.by_concept.items():
        known = index.taxonomy.concepts.get(concept)
        if known is None or known.period != "duration" or not (concept in names or known.type in types):
            continue
        alike: dict[tuple[str, Dims, str], list[Figure]] = defaultdict(list)
        for figure in figures:
            if figure.value is not None and figure.start is not None:
                alike[figure.unit, figure.dims, figure.scenario].append(figure)
        for group in alike.values():
            yield from _spans(rule, group)


def _spans(rule: Rule, group: list[Figure]) -> Iterator[Outcome]:
    if len(group) < 3:
        return
    by_span = {(figure.start, figure.end): figure for figure in group}
    for one, other in combinations(group, 2):
        if one.end != other.end or one.start is None or other.start is None or one.start == other.start:
            continue
        whole, late = (one, other) if one.start < other.start else (other, one)
        early = by_span.get((whole.start, late.start - _DAY)) if late.start else None
        if early is not None:
            yield judged(rule, [whole, late], early, early.interval, subtract(whole.interval, late.interval))


# --- members of an axis -----------------------------------------------------------------------------


def members(rule: Rule, index: Index) -> Iterator[Outcome]:
    """The parts of a split against the whole: all printed members where ``rest`` ("other") is among them, and
    members that the taxonomy says stand for others together (``parts`` of an axis)."""
    axis = rule.options["axis"][0]
    rest = set(rule.options.get("rest", ()))
    stands_for = index.taxonomy.axes[axis].parts
    splits = {(f.concept, f.start, f.end) for f in index.figures if f.dims and any(pair[0] == axis for pair in f.dims)}
    for period, figures in index.by_period.items():
        if period not in splits:
            continue
        split = _split(figures, axis)
        for key, listed in split.items():
            whole = next((f for f in figures if f.value is not None and _key(f, ()) == key and f.dims == key[2]), None)
            printed = {member: figure for member, figure in listed if not stands_for.get(member)}
            if whole is not None and rest & set(printed):
                yield _together(rule, list(printed.values()), whole)
            for member, figure in listed:
                parts = stands_for.get(member, ())
                if parts and any(part in printed for part in parts):
                    yield _parts(rule, figure, parts, printed)


_Key = tuple[str, str, Dims]


def _key(figure: Figure, without: tuple[str, ...]) -> _Key:
    return figure.unit, figure.scenario, tuple(pair for pair in figure.dims if pair[0] not in without)


def _split(figures: list[Figure], axis: str) -> dict[_Key, list[tuple[str, Figure]]]:
    found: dict[_Key, list[tuple[str, Figure]]] = defaultdict(list)
    for figure in figures:
        member = next((m for a, m in figure.dims if a == axis), "")
        if member and figure.value is not None:
            found[_key(figure, (axis,))].append((member, figure))
    return found


def _parts(rule: Rule, whole: Figure, parts: tuple[str, ...], printed: dict[str, Figure]) -> Outcome:
    missing = [part for part in parts if part not in printed]
    there = [printed[part] for part in parts if part in printed]
    if missing:
        return unchecked(rule, there, whole, f"{', '.join(missing)} is not printed for {whole.period}")
    return _together(rule, there, whole)


def _together(rule: Rule, parts: list[Figure], whole: Figure) -> Outcome:
    low = middle = high = ZERO
    for figure in parts:
        one = around(figure.value if figure.value is not None else ZERO, figure.width)
        low, middle, high = low + one[0], middle + one[1], high + one[2]
    return judged(rule, parts, whole, whole.interval, (low, middle, high))


__all__ = ["converted", "differences", "members", "prints_of", "restatements", "translations"]
