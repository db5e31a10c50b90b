"""Whether a fact is what a placeholder asks for; and where none is, what is wrong and what comes nearest.

A fact is its ``Shape`` here: what it shares with others, the concept and the figure left aside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from exporter.fill.placeholder import Said, short_unit
from exporter.store import Shape

#: The quarter at whose end a balance stands, by the period for which it is asked.
INSTANTS = {"Q4": "FY", "H1": "Q2", "H2": "FY", "9M": "Q3"}
_SHOWN = 5
_TRANSLATION = "fin:ConvenienceMember"
_Pairs = tuple[tuple[str, str], ...]


def fitting(said: Said, facts: Iterable[Shape]) -> Iterator[Shape]:
    """Those of the facts of the right period that are what is asked for in every other respect, the concept left aside."""
    for fact in facts:
        if fact.entity_id != said.entity or fact.scenario != said.scenario or not in_unit(said, fact):
            continue
        if has_members(said, fact) and translated(fact) == said.translation and _told_by(said, fact):
            yield fact


def _told_by(said: Said, fact: Shape) -> bool:
    """Whether a fact is on the basis, and from the document, that is said."""
    document = not said.document or fact.document_id.casefold() == said.document.casefold()
    return document and (not said.basis or fact.basis == said.basis)


def in_period(said: Said, fact: Shape) -> bool:
    """Whether a fact is of the period; a balance is of the period at whose end it stands."""
    when = said.when
    if when.end is not None:
        return (fact.start, fact.end) == (when.start, when.end)
    part = INSTANTS.get(when.part, when.part) if fact.start is None else when.part
    return fact.fiscal_year == when.year and fact.fiscal_period == part


def in_unit(said: Said, fact: Shape) -> bool:
    """Whether a fact is in the unit; one in a currency never is where none is said."""
    return short_unit(fact.unit_id) == said.unit if said.unit else not fact.unit_id.startswith("iso4217:")


def has_members(said: Said, fact: Shape) -> bool:
    """Whether a fact has exactly these members, a translation left aside."""
    if fact.dims_json == "[]":
        return not said.dimensions
    pairs = _dimensions(fact.dims_json)
    return len(pairs) == len(said.dimensions) and all(any(_named(asked, pair) for pair in pairs) for asked in said.dimensions)


def translated(fact: Shape) -> bool:
    """Whether a fact is a convenience translation at the rate of one day."""
    return fact.rate_date is not None or _TRANSLATION in fact.dims_json


def explained(concept: str, said: Said, facts: Sequence[Shape]) -> tuple[str, tuple[str, ...]]:
    """Why none of the facts of the concept fits, and placeholders for those that come nearest."""
    of_period = [fact for fact in facts if in_period(said, fact)]
    only = [] if said.translation else list(fitting(said._replace(translation=True), of_period))
    if only:
        return "is there only as a convenience translation: say translation", candidates(concept, said, only)
    left = list(facts)
    for reason, holds in _steps(concept, said):
        held = [fact for fact in left if holds(fact)]
        if not held:
            return reason, candidates(concept, said, left)
        left = held
    if said.as_of is not None:
        return f"was not known as of {said.as_of}", ()
    return "the documents contradict each other, or it is not what was first reported", candidates(concept, said, left, apart=True)


def _steps(concept: str, said: Said) -> Iterator[tuple[str, Callable[[Shape], bool]]]:
    """In the order in which people would ask: the reason where a test leaves nothing, and the test."""
    yield f"{said.entity} has no fact of {concept}", lambda fact: fact.entity_id == said.entity
    yield f"no fact of {concept} for {_period_text(said)}", lambda fact: in_period(said, fact)
    yield f"no such fact as {said.scenario.replace('_', ' ')}", lambda fact: fact.scenario == said.scenario
    members = "no such fact with these members" if said.dimensions else "there is no total, only parts by member"
    yield members, lambda fact: has_members(said, fact)
    translation = "is not translated" if said.translation else "is a convenience translation"
    yield translation, lambda fact: translated(fact) == said.translation
    yield f"is not in {said.unit}" if said.unit else "is in a currency: say which", lambda fact: in_unit(said, fact)
    yield f"is not on the basis {said.basis}", lambda fact: not said.basis or fact.basis == said.basis
    yield f"is not in the document {said.document}", lambda fact: _told_by(said, fact)


# --- candidates -------------------------------------------------------------------------------------


def candidates(concept: str, said: Said, facts: Sequence[Shape], *, apart: bool = False) -> tuple[str, ...]:
    """Placeholders for facts of a concept, the nearest first. ``apart``: with the document, so that each means one fact."""
    ordered = sorted(facts, key=lambda fact: (_distance(said, fact), _order(fact)))
    texts = dict.fromkeys(_text(concept, fact, fact.entity_id != said.entity, apart) for fact in ordered)
    return tuple(texts)[:_SHOWN]


def _distance(said: Said, fact: Shape) -> tuple[bool, bool, bool, bool, bool, int]:
    """What differs, the worst first; of periods the length before the distance."""
    when = said.when
    if when.end is not None:
        other, far = (fact.start is None) != (when.start is None), abs((fact.end - when.end).days)
    else:
        other = fact.fiscal_period[:1] != when.part[:1]
        far = abs(_quarters(fact.fiscal_year, fact.fiscal_period) - _quarters(when.year, when.part))
    foreign = fact.entity_id != said.entity
    return foreign, not has_members(said, fact), not in_unit(said, fact), fact.scenario != said.scenario, other, far


def _order(fact: Shape) -> tuple[str, date, date, str, str, str, str]:
    """An order among those that are equally near."""
    return fact.entity_id, fact.end, fact.start or date.min, fact.unit_id, fact.scenario, fact.dims_json, fact.document_id


def _quarters(year: int, part: str) -> int:
    """A place on the time axis."""
    return year * 4 + {"Q1": 1, "Q2": 2, "Q3": 3, "Q4": 4, "H1": 2, "9M": 3, "H2": 4, "FY": 4}.get(part, 0)


def _text(concept: str, fact: Shape, foreign: bool, apart: bool) -> str:
    parts = [concept, _when_text(fact.start, fact.end, fact.fiscal_year, fact.fiscal_period)]
    if fact.unit_id:
        parts.append("/".join(measure.rpartition(":")[2] for measure in fact.unit_id.split("/")))
    parts += [f"{axis}={member}" for axis, member in _dimensions(fact.dims_json)]
    parts += ["translation"] if translated(fact) else []
    parts += [fact.scenario.replace("_", " ")] if fact.scenario != "actual" else []
    parts += ["low"] if fact.kind == "range" else []
    parts += [f"entity={fact.entity_id}"] if foreign else []
    parts += [f"document={fact.document_id}"] if apart else []
    return "{{" + " | ".join(parts) + "}}"


def _when_text(start: date | None, end: date, year: int, part: str) -> str:
    if start is None:
        return end.isoformat()
    return f"{year}{'-' if part == '9M' else ''}{part}" if part else f"{start}..{end}"


def _period_text(said: Said) -> str:
    when = said.when
    return f"{when.year}{when.part}" if when.end is None else f"{when.start}..{when.end}" if when.start else str(when.end)


@lru_cache(maxsize=5_000)
def _dimensions(dims_json: str) -> _Pairs:
    """Axis and member, a translation left out: it is asked for by a word of its own."""
    return tuple((axis, member) for axis, member in json.loads(dims_json) if member != _TRANSLATION)


def _named(asked: tuple[str, str], pair: tuple[str, str]) -> bool:
    """Whether a pair is meant by names that may lack the prefix and do not mind case."""
    return all(name.casefold() in (known.casefold(), known.rpartition(":")[2].casefold()) for name, known in zip(asked, pair, strict=True))
