"""Rules of kind "equation": a figure against an expression over other figures of the same period and unit.

For every print of the rule's anchor (the checked concept, or ``over``) each way is computed; of several
ways the best verdict counts. A figure that is not printed makes a way not checkable, never wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from exporter.checks.expression import Constant, Node, Operation, Ref, parse, refs
from exporter.checks.figures import TRANSLATION_AXIS, Dims, Figure, Index
from exporter.checks.interval import ZERO, Interval, add, around, divide, multiply, point, subtract
from exporter.checks.outcome import Outcome, judged, unchecked
from exporter.model import Rule

ORDER = ("exact", "within_rounding", "fails", "not_checkable")
_AGO = {"year_ago": -12, "quarter_ago": -3}
_DAY = timedelta(days=1)


class _Missing(Exception):
    """A figure that the relation needs is not printed, or not as it is needed."""


@dataclass(slots=True)
class _Scope:
    """What the figures of one instance have in common; ``used`` is filled in order of appearance."""

    index: Index
    anchor: Figure
    currency: str
    instead: Mapping[str, Interval] = field(default_factory=dict)
    used: list[Figure] = field(default_factory=list)


def equations(rule: Rule, index: Index) -> Iterator[Outcome]:
    """All instances of a rule, in the order of the prints of its anchor."""
    for made in _instances(rule, index):
        result, ways = parse(made.result), [parse(way) for way in made.ways]
        over = made.options.get("over", ())
        anchors = over[0] if over else next(refs(result)).concept
        for anchor in index.by_concept.get(anchors, ()):
            outcome = _instance(made, index, anchor, result, ways)
            if outcome is not None:
                yield outcome


def _instances(rule: Rule, index: Index) -> Iterator[Rule]:
    """A rule about generated concepts ("every ...GrowthYearOnYear") stands for one rule a concept that is printed."""
    suffix = rule.options.get("suffix", ("",))[0]
    if not suffix:
        yield rule
        return
    end = suffix.rstrip("*")
    for concept in index.by_concept:
        named = _generated(concept, suffix, index) if end in concept else None
        if named is not None:
            yield _filled(rule, *named)


def _generated(concept: str, suffix: str, index: Index) -> tuple[str, str, str] | None:
    """Concept, base and other concept of ``<base><suffix>``; with ``ShareOf*`` the rest names the other one."""
    head, found, tail = concept.rpartition(suffix.rstrip("*"))
    if not found or head not in index.taxonomy.concepts or bool(tail) != suffix.endswith("*"):
        return None
    prefixes = (head.partition(":")[0], *index.taxonomy.prefixes)
    other = next((f"{p}:{tail}" for p in prefixes if f"{p}:{tail}" in index.taxonomy.concepts), "") if tail else ""
    return None if tail and not other else (concept, head, other)


def _filled(rule: Rule, concept: str, base: str, other: str) -> Rule:
    def fill(text: str) -> str:
        return text.replace("{self}", concept).replace("{base}", base).replace("{other}", other)

    options = {key: texts for key, texts in rule.options.items() if key != "suffix"}
    return Rule(
        rule.id, rule.family, rule.kind, rule.labels, fill(rule.result), tuple(map(fill, rule.ways)), options, rule.confirm,
        rule.explains, rule.source,
    )  # fmt: skip


def _instance(rule: Rule, index: Index, anchor: Figure, result: Node, ways: list[Node]) -> Outcome | None:
    """The best of the ways; None where the rule does not speak of this print at all."""
    wanted = next(refs(result))
    try:
        scope = _Scope(index, anchor, anchor.currency)
        checked = anchor if _is_anchor(wanted, anchor) else _find(wanted, scope)
    except _Missing:
        return None
    if checked is None:
        return None
    left = _value_of(checked, wanted.bound)
    if left is None:
        return None
    checked = _end(checked, wanted.bound, index)
    outcomes = [outcome for way in ways if (outcome := _way(rule, index, anchor, checked, left, way)) is not None]
    return min(outcomes, key=lambda outcome: ORDER.index(outcome.verdict), default=None)


def _is_anchor(ref: Ref, anchor: Figure) -> bool:
    return ref.concept == anchor.concept and not ref.when and ref.dims is None


def _way(rule: Rule, index: Index, anchor: Figure, checked: Figure, left: Interval, way: Node) -> Outcome | None:
    """One way of a rule; None where nothing of it is printed, so that the document does not imply it."""
    scope = _Scope(index, anchor, anchor.currency)
    try:
        right = _compute(way, scope)
    except _Missing as missing:
        there = _printed(way, index, anchor, checked)
        return unchecked(rule, there, checked, str(missing)) if there else None
    outcome = judged(rule, scope.used, checked, left, right)
    outcome.confirm = rule.confirm

    def again(instead: Mapping[str, Interval]) -> Interval | None:
        try:
            return _compute(way, _Scope(index, anchor, anchor.currency, instead))
        except _Missing:
            return None

    outcome.again = again
    return outcome


def _printed(way: Node, index: Index, anchor: Figure, checked: Figure) -> list[Figure]:
    """The figures of a way that are printed, besides the one that it is about."""
    scope, found = _Scope(index, anchor, anchor.currency), []
    for ref in refs(way):
        try:
            figure = _find(ref, scope)
        except _Missing:
            continue
        if figure is not None and figure is not anchor and figure is not checked:
            found.append(figure)
    return found


def _compute(node: Node, scope: _Scope) -> Interval:
    if isinstance(node, Ref):
        return _read(node, scope)
    if isinstance(node, Decimal):
        return point(node)
    if isinstance(node, Constant):
        return _constant(scope)
    left, right = _compute(node.left, scope), _compute(node.right, scope)
    return _apply(node, left, right)


def _apply(node: Operation, left: Interval, right: Interval) -> Interval:
    if node.operator == "+":
        return add(left, right)
    if node.operator == "-":
        return subtract(left, right)
    if node.operator == "*":
        return multiply(left, right)
    earlier = isinstance(node.right, Ref) and node.right.when in _AGO
    if earlier and right[1] < 0:
        raise _Missing("the earlier figure is negative: there is no growth rate on it")
    quotient = divide(left, right)
    if quotient is None:
        raise _Missing("a divisor is zero within its rounding")
    return quotient


def _constant(scope: _Scope) -> Interval:
    ratio = scope.index.report.entity.shares_per_ads
    if ratio is None:
        raise _Missing("no entity file says how many shares one ADS stands for")
    return point(ratio)


def _read(ref: Ref, scope: _Scope) -> Interval:
    figure = _find(ref, scope)
    if figure is None:
        return point(ZERO)  # optional, and not printed
    value = _value_of(figure, ref.bound)
    if value is None:
        raise _Missing(f"{ref.concept} for {figure.period} is {'no range' if ref.bound else 'a range'}")
    scope.used.append(_end(figure, ref.bound, scope.index))
    return scope.instead.get(figure.fact_id or "", value) if scope.instead else value


def _value_of(figure: Figure, bound: str) -> Interval | None:
    """The figure's interval, or that of one end of a range; None where it has none."""
    value = figure.value if not bound else figure.low if bound == "low" else figure.high
    return None if value is None else around(value, figure.width)


def _end(figure: Figure, bound: str, index: Index) -> Figure:
    """One end of a range, at the place where that end is printed; any other figure as it is."""
    if not bound:
        return figure
    places = [index.report.observations[n].place for n in figure.prints if index.report.observations[n].bound == bound]
    return replace(figure, place=places[0].locator) if places else figure


# --- which figure is meant --------------------------------------------------------------------------


def _find(ref: Ref, scope: _Scope) -> Figure | None:
    """The figure, or None where it is optional and not printed. Raises _Missing."""
    found = _choose(_candidates(ref, scope), ref, scope)
    if found is not None or ref.optional:
        return found
    raise _Missing(f"{ref.concept} {_spoken(ref, scope)} is not printed")


def _candidates(ref: Ref, scope: _Scope) -> list[Figure]:
    anchor, index = scope.anchor, scope.index
    known = index.taxonomy.concepts.get(ref.concept)
    instant = known is not None and known.period == "instant"
    if ref.when in _AGO:
        start = None if instant else anchor.start
        return index.shifted(ref.concept, start, anchor.end, _AGO[ref.when])
    end = anchor.start - _DAY if ref.when == "start" and anchor.start else anchor.end
    start = None if instant else anchor.start
    return index.by_period.get((ref.concept, start, end), [])


def _choose(candidates: list[Figure], ref: Ref, scope: _Scope) -> Figure | None:
    anchor = scope.anchor
    scenario = "actual" if ref.when in _AGO else anchor.scenario
    wanted = anchor.dims if ref.dims is None else (*_translated(anchor.dims), *ref.dims)
    plain = _untranslated(wanted)
    fitting = []
    for figure in candidates:
        if figure.scenario != scenario:
            continue
        if figure.currency:
            if scope.currency and figure.currency != scope.currency:
                continue
            if _same(figure.dims, wanted):
                fitting.append(figure)
        elif _same(figure.dims, plain):
            fitting.append(figure)
    if not fitting:
        return None
    chosen = fitting[0]
    if len(fitting) > 1 and chosen.currency:
        own = scope.index.report.entity.currency
        chosen = next((figure for figure in fitting if figure.currency == own), chosen)
    if chosen.currency and not scope.currency:
        scope.currency = chosen.currency
    return chosen


def _same(a: Dims, b: Dims) -> bool:
    return a == b or (len(a) == len(b) and sorted(a) == sorted(b))


@lru_cache(maxsize=1024)
def _translated(dims: Dims) -> Dims:
    return tuple(pair for pair in dims if pair[0] == TRANSLATION_AXIS)


@lru_cache(maxsize=1024)
def _untranslated(dims: Dims) -> Dims:
    return tuple(pair for pair in dims if pair[0] != TRANSLATION_AXIS)


def _spoken(ref: Ref, scope: _Scope) -> str:
    """The period that was looked for, in words."""
    anchor = scope.anchor
    if ref.when in _AGO:
        return "for the year before" if ref.when == "year_ago" else "for the quarter before"
    if ref.when == "start" and anchor.start:
        return f"at {anchor.start - _DAY}"
    return f"for {_dates(anchor.start, anchor.end)}" + (f" in {scope.currency}" if scope.currency else "")


def _dates(start: date | None, end: date) -> str:
    return f"{start}..{end}" if start else str(end)
