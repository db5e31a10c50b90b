"""One tested relation on its way to a :class:`~exporter.model.CheckResult`: the verdict, and what a reason may be found from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exporter.checks.figures import Figure
from exporter.checks.interval import Interval, compare, finite, shown
from exporter.model import CheckResult, Rule, Verdict

#: The right side again, with other intervals for some facts; None where it has no value.
Again = Callable[[Mapping[str, Interval]], "Interval | None"]


@dataclass(slots=True, eq=False)
class Outcome:
    """A relation with its figures. ``again`` computes the right side anew; ``confirm`` is the rule's, or the sum's own."""

    rule: Rule
    family: str
    verdict: Verdict
    inputs: tuple[Figure, ...]
    result: Figure
    left: Interval | None = None
    right: Interval | None = None
    difference: Decimal | None = None
    tolerance: Decimal | None = None
    reason: str = ""
    again: Again | None = None
    confirm: str = ""
    rate: Figure | None = None


def judged(rule: Rule, inputs: Sequence[Figure], result: Figure, left: Interval, right: Interval, *, family: str = "") -> Outcome:
    """The verdict on two intervals: equal, equal within rounding, or not."""
    if not finite(left, right):
        return unchecked(rule, inputs, result, "the figures are too large to be compared", family=family)
    difference, tolerance = compare(left, right)
    verdict: Verdict = "fails"
    if not difference:
        verdict = "exact"
    elif abs(difference) <= tolerance:
        verdict = "within_rounding"
    return Outcome(rule, family or rule.family, verdict, tuple(dict.fromkeys(inputs)), result, left, right, difference, tolerance)


def unchecked(rule: Rule, inputs: Sequence[Figure], result: Figure, reason: str, *, family: str = "") -> Outcome:
    """A relation that is implied but cannot be tested."""
    return Outcome(rule, family or rule.family, "not_checkable", tuple(dict.fromkeys(inputs)), result, reason=reason)


def to_result(outcome: Outcome, document: str) -> CheckResult:
    """The public form. The ID is of the document, the rule and the places: no verdict is in it."""
    result = outcome.result
    figures = [*[figure for figure in outcome.inputs if figure is not result], result]
    places = tuple([figure.place for figure in figures])
    named = f"{document}\n{outcome.rule.id}\n{' '.join(places)}".encode("utf-8", "surrogatepass")
    name = hashlib.blake2b(named, digest_size=16).hexdigest()
    numbers: tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None] = (None, None, None, None)
    left, right, difference, tolerance = outcome.left, outcome.right, outcome.difference, outcome.tolerance
    if outcome.verdict != "not_checkable" and left and right and difference is not None and tolerance is not None:
        decimals = result.decimals
        numbers = (left[1], right[1], difference, tolerance)
        if difference:  # else the computed figure is the printed one
            numbers = (left[1], shown(right[1], decimals), shown(difference, decimals), shown(tolerance, decimals))
    facts = tuple([figure.fact_id for figure in figures])
    return CheckResult(name, outcome.rule.id, outcome.family, outcome.verdict, *numbers, outcome.reason, places, facts)
