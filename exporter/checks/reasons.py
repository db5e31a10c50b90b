"""Why a figure does not agree, where that can be shown from the document itself.

* The figure is exactly what another rule makes of other printed figures, and that rule says what this means
  (``explains``): a total of rounded rows, a multiple of a rounded per-share figure.
* Double rounding: the print is rounded from a print that was rounded before; or the relation holds when a
  less precise print of one of its figures is taken, or when the full value instead of the printed one.
* A translation that only digits of the rate which are not stated would excuse.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from exporter.checks.figures import Figure, Index
from exporter.checks.interval import CONTEXT, Interval, around, compare, half, shown
from exporter.checks.outcome import Outcome
from exporter.checks.prints import converted, prints_of
from exporter.values import plain


def explain(outcomes: list[Outcome], index: Index) -> None:
    """Sets the reason of every relation that fails; a failure without a reason keeps none."""
    failing = [outcome for outcome in outcomes if outcome.verdict == "fails"]
    if not failing:
        return
    by_fact: dict[str | None, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_fact[outcome.result.fact_id].append(outcome)
    for outcome in failing:
        found = _explained(outcome, by_fact, index) or _left_over(outcome, outcomes) or _rounded_twice(outcome)
        found += [*_other_value(outcome, by_fact, index), *_hidden_digit(outcome)]
        outcome.reason = "; ".join(dict.fromkeys(found))


def _explained(outcome: Outcome, by_fact: dict[str | None, list[Outcome]], index: Index) -> list[str]:
    """What rules that hold exactly for the same figure say."""
    if outcome.result.fact_id is None:
        return []
    peers = by_fact[outcome.result.fact_id]
    times = index.report.entity.shares_per_ads
    words = "twice" if times == 2 else f"{times} times"
    said = [
        other.rule.explains.replace("{times}", words)
        for other in peers
        if other is not outcome and other.rule.explains and other.verdict == "exact" and other.result.value == outcome.result.value
    ]
    return said[:1]


def _left_over(outcome: Outcome, outcomes: list[Outcome]) -> list[str]:
    """The figure fills up a total that fails under the same rule, because that total is itself made of rounded rows."""
    failing = {other.result.fact_id for other in outcomes if other.verdict == "fails" and other.rule is outcome.rule}
    for other in outcomes:
        if other.verdict == "exact" and other.rule.explains and other.result.fact_id in failing:
            weighed = [figure for figure in other.inputs if figure.fact_id == outcome.result.fact_id]
            if weighed and outcome.rate is not None:
                return [f"what is left of the total at {other.result.place}, which is: {other.rule.explains}"]
    return []


def _rounded_twice(outcome: Outcome) -> list[str]:
    """The printed figure comes out when the computed one is first rounded to a finer digit, then to the printed one."""
    decimals, right = outcome.result.decimals, outcome.right
    if decimals is None or right is None or outcome.left is None:
        return []
    for finer in range(decimals + 1, decimals + 4):
        once = _rounded(right[1], finer)
        if _rounded(once, decimals) == outcome.left[1] != _rounded(right[1], decimals):
            return [f"double rounding: {plain(shown(right[1], decimals))} was rounded to {plain(once)} before"]
    return []


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=CONTEXT)


def _other_value(outcome: Outcome, by_fact: dict[str | None, list[Outcome]], index: Index) -> list[str]:
    """Whether the relation holds with another value of one of its figures: a coarser print, or the full value."""
    if outcome.again is None or outcome.left is None:
        return []
    found = []
    for figure in outcome.inputs:
        for interval, words in (*_coarser(figure, index), *_full(figure, by_fact, index)):
            right = outcome.again({figure.fact_id or "": interval})
            if right is not None and _agree(outcome.left, right):
                found.append(words)
                break
    return found


def _coarser(figure: Figure, index: Index) -> list[tuple[Interval, str]]:
    """Prints of the figure that show fewer digits."""
    found = []
    for other in prints_of(index, figure):
        if other.value is not None and other.value != figure.value:
            words = f"double rounding: it agrees when {figure.concept} is taken as rounded at {other.place}"
            found.append((around(other.value, half(None)), words))
    return found


def _full(figure: Figure, by_fact: dict[str | None, list[Outcome]], index: Index) -> list[tuple[Interval, str]]:
    """What the figure is by its own definition, where the print is rounded from that, or fails for a reason."""
    found = []
    for other in by_fact.get(figure.fact_id, ()):
        if other.again is not None and other.right is not None and other.verdict != "exact":
            full = plain(shown(other.right[1], (figure.decimals or 0) - 6))
            cause = "".join(f" ({reason})" for reason in _explained(other, by_fact, index))
            printed = plain(figure.value if figure.value is not None else Decimal(0))
            words = f"double rounding: it agrees when the full {full} is taken for {figure.concept}, not the printed {printed}"
            found.append((other.right, words + cause))
    return found


def _hidden_digit(outcome: Outcome) -> list[str]:
    rate = outcome.rate
    if rate is None or rate.value is None or outcome.left is None:
        return []
    source = next((figure for figure in outcome.inputs if figure is not rate), None)
    if source is None:
        return []
    right = converted(source.interval, around(rate.value, half(rate.decimals)), rate, source.currency)
    if right is None or not _agree(outcome.left, right):
        return []
    return [f"only digits of the rate beyond the stated {plain(rate.value)} would excuse it"]


def _agree(left: Interval, right: Interval) -> bool:
    difference, tolerance = compare(left, right)
    return abs(difference) <= tolerance
