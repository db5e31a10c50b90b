"""The one join: observations of a series become one fact.

The greatest decimals win, whatever the order. Observations whose rounding intervals do not meet the
fact's disagree: they stay occurrences without a fact, and a finding tells. Where two of the greatest
precision disagree, the value printed most often wins; on a tie there is no fact at all.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from exporter.errors import Issue
from exporter.identity import fact_id, series_id
from exporter.model import Aspects, Fact, Observation
from exporter.values import agree, plain

_EXACT = 10**6


def aspects_of(observation: Observation, entity: str) -> Aspects | None:
    """The series key of an observation; None where it has no concept or is not certain."""
    if observation.concept is None or observation.period is None or not observation.certain:
        return None
    return Aspects(
        entity,
        observation.concept,
        observation.period,
        observation.unit or "",
        tuple(sorted(observation.dimensions)) if observation.dimensions else (),
        observation.kind,
        observation.basis,
        observation.scenario,
        observation.rate_date,
    )


def join(
    observations: list[Observation], entity: str, document_key: str
) -> tuple[list[Observation], tuple[str | None, ...], tuple[Fact, ...], list[Issue]]:
    """Facts in the order of their first observation, the fact of each observation, and findings."""
    groups: dict[Aspects, list[int]] = {}
    for number, observation in enumerate(observations):
        aspects = aspects_of(observation, entity)
        if aspects is not None:
            groups.setdefault(aspects, []).append(number)
    out = list(observations)
    ids: list[str | None] = [None] * len(out)
    facts: list[Fact] = []
    issues: list[Issue] = []
    for aspects, members in groups.items():
        best, agreed = _agreed(out, members)
        for number in sorted(set(members).difference(agreed)) if len(agreed) < len(members) else ():
            out[number] = out[number]._replace(reason="disagrees with another print of the same fact")
            issues.append(_disagreement(out[number], best))
        if best is None:
            continue
        # A statement shows a fact better than a sentence that repeats it.
        first = next((out[n] for n in agreed if out[n].place.table is not None), out[agreed[0]])
        fact = _fact(best, aspects, first, len(agreed), document_key)
        facts.append(fact)
        for number in agreed:
            ids[number] = fact.fact_id
    return out, tuple(ids), tuple(facts), issues


def _agreed(observations: list[Observation], members: list[int]) -> tuple[Observation | None, list[int]]:
    """The print that tells the fact, if any, and those of its members that agree with it."""
    if len(members) == 1:
        return observations[members[0]], members
    best = _best([observations[n] for n in members])
    if best is None:
        return None, []
    return best, [n for n in members if observations[n] is best or _agrees(observations[n], best)]


def _best(group: list[Observation]) -> Observation | None:
    """The most precise observation; None where the most precise ones disagree on a tie."""
    top = max(_precision(o) for o in group)
    finest = [o for o in group if _precision(o) == top]
    counts = Counter(_said(o) for o in finest).most_common(2)
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        return None
    return next(o for o in finest if _said(o) == counts[0][0])


def _said(observation: Observation) -> tuple[Decimal | None, str | None, Decimal | None, Decimal | None]:
    """What an observation says of its fact: both ends of a range, whichever of them it is."""
    value = None if observation.kind == "range" else observation.value
    return value, observation.text, observation.low, observation.high


def _precision(observation: Observation) -> int:
    return _EXACT if observation.decimals is None else observation.decimals


def _agrees(observation: Observation, best: Observation) -> bool:
    if observation.value is None or best.value is None or observation.kind == "range":
        return (observation.text, observation.low, observation.high) == (best.text, best.low, best.high)
    if observation.decimals == best.decimals:
        return observation.value == best.value  # as precise: nothing is rounded away
    return agree(observation.value, observation.decimals, best.value, best.decimals)


def _disagreement(observation: Observation, best: Observation | None) -> Issue:
    other = f"{best.raw} at {best.place.locator}" if best else "another print as precise"
    shown = plain(observation.value) if observation.value is not None else observation.raw
    return Issue(
        "prints-disagree",
        f"{observation.concept}: {observation.raw} ({shown}) disagrees with {other} beyond rounding; read both in the document",
        observation.place.locator,
    )


def _fact(best: Observation, aspects: Aspects, first: Observation, count: int, document_key: str) -> Fact:
    series = series_id(aspects)
    value = None if best.kind == "range" else best.value
    identity = fact_id(document_key, series, value=value, low=best.low, high=best.high, text=best.text, decimals=best.decimals)
    return Fact(
        identity,
        series,
        aspects,
        first.label,
        first.statement,
        first.place,
        value=value,
        low=best.low,
        high=best.high,
        text=best.text,
        decimals=best.decimals,
        approximate="approximately" in best.qualifier,
        occurrences=count,
    )
