"""Whether a fact is what a placeholder asks for; and where none is, what is wrong and what comes nearest."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from exporter.fill.placeholder import Wanted, short_unit
from exporter.store import StoredFact

#: The quarter at whose end a balance stands, by the period for which it is asked.
INSTANTS = {"Q4": "FY", "H1": "Q2", "H2": "FY", "9M": "Q3"}
_SHOWN = 5
_TRANSLATION = "fin:ConvenienceMember"
_Pairs = tuple[tuple[str, str], ...]


def fits(wish: Wanted, fact: StoredFact) -> bool:
    """Whether a fact is what is wished, in every respect."""
    return all(test(wish, fact) for test, _ in _TESTS)


def _of_entity(wish: Wanted, fact: StoredFact) -> bool:
    return fact.entity_id == wish.entity


def _of_document(wish: Wanted, fact: StoredFact) -> bool:
    return not wish.document or fact.document_id.casefold() == wish.document.casefold()


def _in_period(wish: Wanted, fact: StoredFact) -> bool:
    when = wish.when
    if when.end is not None:
        return (fact.start, fact.end) == (when.start, when.end)
    part = INSTANTS.get(when.part, when.part) if fact.start is None else when.part
    return (fact.fiscal_year, fact.fiscal_period) == (when.year, part)


def _in_scenario(wish: Wanted, fact: StoredFact) -> bool:
    return fact.scenario == wish.scenario


def _in_dimensions(wish: Wanted, fact: StoredFact) -> bool:
    pairs = _dimensions(fact.dims_json)
    return len(pairs) == len(wish.dimensions) and all(any(_named(asked, pair) for pair in pairs) for asked in wish.dimensions)


def _as_translated(wish: Wanted, fact: StoredFact) -> bool:
    return _translated(fact) == wish.translation


def _in_unit(wish: Wanted, fact: StoredFact) -> bool:
    return short_unit(fact.unit_id) == wish.unit if wish.unit else not fact.unit_id.startswith("iso4217:")


def _on_basis(wish: Wanted, fact: StoredFact) -> bool:
    return not wish.basis or fact.basis == wish.basis


_Test = Callable[[Wanted, StoredFact], bool]
#: In the order in which people would ask; the text is the reason where this test leaves nothing.
_TESTS: tuple[tuple[_Test, Callable[[Wanted], str]], ...] = (
    (_of_entity, lambda w: f"{w.entity} has no fact of {w.concept}"),
    (_in_period, lambda w: f"no fact of {w.concept} for {_period_text(w)}"),
    (_in_scenario, lambda w: f"no such fact as {w.scenario.replace('_', ' ')}"),
    (_in_dimensions, lambda w: "no such fact with these members" if w.dimensions else "there is no total, only parts by member"),
    (_as_translated, lambda w: "is not translated" if w.translation else "is a convenience translation"),
    (_in_unit, lambda w: f"is not in {w.unit}" if w.unit else "is in a currency: say which"),
    (_on_basis, lambda w: f"is not on the basis {w.basis}"),
    (_of_document, lambda w: f"is not in the document {w.document}"),
)


def explained(wish: Wanted, facts: Sequence[StoredFact]) -> tuple[str, tuple[str, ...]]:
    """Why none of the facts of the concept fits, and placeholders for those that come nearest."""
    translated = [] if wish.translation else [fact for fact in facts if fits(replace(wish, translation=True), fact)]
    if translated:
        return "is there only as a convenience translation: say translation", candidates(wish, translated)
    left = list(facts)
    for test, reason in _TESTS:
        fitting = [fact for fact in left if test(wish, fact)]
        if not fitting:
            return reason(wish), candidates(wish, left)
        left = fitting
    if wish.as_of is not None:
        return f"was not known as of {wish.as_of}", ()
    return "the documents contradict each other, or it is not what was first reported", candidates(wish, left, apart=True)


# --- candidates -------------------------------------------------------------------------------------


def candidates(wish: Wanted, facts: Sequence[StoredFact], *, apart: bool = False) -> tuple[str, ...]:
    """Placeholders for facts, the nearest first. ``apart``: with the document, so that each means one fact."""
    ordered = sorted(facts, key=lambda fact: _distance(wish, fact))
    texts = dict.fromkeys(_text(fact, fact.entity_id != wish.entity, apart) for fact in ordered)
    return tuple(texts)[:_SHOWN]


def _distance(wish: Wanted, fact: StoredFact) -> tuple[bool, bool, bool, bool, int]:
    days = abs((fact.end - wish.when.end).days) if wish.when.end else abs(_quarters(fact.fiscal_year, fact.fiscal_period) - _asked(wish))
    return not _of_entity(wish, fact), not _in_dimensions(wish, fact), not _in_unit(wish, fact), not _in_period(wish, fact), days


def _asked(wish: Wanted) -> int:
    return _quarters(wish.when.year, wish.when.part)


def _quarters(year: int, part: str) -> int:
    """A rough place on the time axis; spans of other lengths stand behind those of the same."""
    return year * 4 + {"Q1": 1, "Q2": 2, "Q3": 3, "Q4": 4, "H1": 2, "9M": 3, "H2": 4, "FY": 4}.get(part, 0)


def _text(fact: StoredFact, foreign: bool, apart: bool) -> str:
    parts = [fact.concept_id, _when_text(fact.start, fact.end, fact.fiscal_year, fact.fiscal_period)]
    if fact.unit_id:
        parts.append("/".join(measure.rpartition(":")[2] for measure in fact.unit_id.split("/")))
    parts += [f"{axis}={member}" for axis, member in _dimensions(fact.dims_json)]
    parts += ["translation"] if _translated(fact) else []
    parts += [fact.scenario.replace("_", " ")] if fact.scenario != "actual" else []
    parts += ["low"] if fact.kind == "range" else []
    parts += [f"entity={fact.entity_id}"] if foreign else []
    parts += [f"document={fact.document_id}"] if apart else []
    return "{{" + " | ".join(parts) + "}}"


def _when_text(start: date | None, end: date, year: int, part: str) -> str:
    if start is None:
        return end.isoformat()
    return f"{year}{'-' if part == '9M' else ''}{part}" if part else f"{start}..{end}"


def _period_text(wish: Wanted) -> str:
    when = wish.when
    return f"{when.year}{when.part}" if when.end is None else f"{when.start}..{when.end}" if when.start else str(when.end)


@lru_cache(maxsize=5_000)
def _dimensions(dims_json: str) -> _Pairs:
    """Axis and member, a translation left out: it is asked for by a word of its own."""
    return tuple((axis, member) for axis, member in json.loads(dims_json) if member != _TRANSLATION)


def _translated(fact: StoredFact) -> bool:
    return fact.rate_date is not None or f'"{_TRANSLATION}"' in fact.dims_json


def _named(asked: tuple[str, str], pair: tuple[str, str]) -> bool:
    """Whether a pair is meant by names that may lack the prefix and do not mind case."""
    return all(name.casefold() in (known.casefold(), known.rpartition(":")[2].casefold()) for name, known in zip(asked, pair, strict=True))
