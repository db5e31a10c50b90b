"""Placeholders against the store: exactly one fact, or why not, with what comes nearest.

Nothing is chosen among several facts: whoever wrote the placeholder says which one is meant. Which of several documents
counts for one series is the store's to say (docs/feed.md): its current word, its word as of a day, or the first one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple, TypeGuard

from exporter.errors import StoreError
from exporter.fill.matching import INSTANTS, candidates, explained, fitting
from exporter.fill.placeholder import Said, When
from exporter.fill.requests import Request
from exporter.store import FactStore, Shape, StoredFact
from exporter.store.asking import Question


class Missing(NamedTuple):
    """Why there is no figure for a placeholder. ``candidates``: placeholders that would find one."""

    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a placeholder does not say it: IDs of an issuer and of a document, and a day."""

    entity: str = ""
    document: str = ""
    as_of: date | None = None


def answers(store: FactStore, requests: Sequence[Request], defaults: Defaults) -> list[StoredFact | Missing]:
    """The fact that each request asks for, in the same order. Raises StoreError for a default that the store does not have."""
    entities = sorted({document.entity for document in store.documents()})
    _refuse_unknown(store, "issuer", defaults.entity, entities)
    _refuse_unknown(store, "document", defaults.document, [document.id for document in store.documents()])
    # Requests of the same words share what they mean, so it is told apart by identity: a model has few of these, and many cells.
    said = {id(request.meaning): request.meaning for request in requests}
    meant = {key: _with(meaning, defaults, entities) for key, meaning in said.items()}
    fits = _fitting(store, meant, {request.concept for request in requests})
    found = [fits[id(request.meaning)].get(request.concept) for request in requests]
    if _all_found(found):
        return found
    missed = [request.concept for request, fact in zip(requests, found, strict=True) if fact is None]
    reasons = _Reasons(store, missed, entities) if missed else None

    def answer(request: Request, facts: list[StoredFact] | None) -> Missing:
        concept, meaning = request.concept, meant[id(request.meaning)]
        return reasons.of(concept, meaning) if facts is None and reasons else _several(concept, meaning, facts or ())

    return [fact if isinstance(fact, StoredFact) else answer(request, fact) for request, fact in zip(requests, found, strict=True)]


def _all_found(found: list[StoredFact | list[StoredFact] | None]) -> TypeGuard[list[StoredFact | Missing]]:
    return set(map(type, found)) <= {StoredFact}


#: By concept, the fact that fits, or all of them where there are several.
_Fits = dict[str, StoredFact | list[StoredFact]]


def _fitting(store: FactStore, meant: Mapping[int, Said], concepts: Collection[str]) -> dict[int, _Fits]:
    """By what is meant, the facts that fit it: one question to the store for all that differ in period or unit only."""
    asked: dict[Question, list[int]] = defaultdict(list)
    for key, said in meant.items():
        asked[_question(said)].append(key)
    found: dict[int, _Fits] = {}
    for question, keys in asked.items():
        entities = {meant[key].entity for key in keys} - {""}
        facts = store.lookup(concepts, entities, question)
        periods = _Periods(list(facts))
        for key in keys:
            fits = [facts[shape] for shape in fitting(meant[key], periods.at(meant[key].when))]
            found[key] = _by_concept([fact for listed in fits for fact in listed])
    return found


def _by_concept(facts: Sequence[StoredFact]) -> _Fits:
    fits: _Fits = {fact.concept_id: fact for fact in facts}
    if len(fits) < len(facts):
        times = Counter(fact.concept_id for fact in facts)
        fits.update({name: [fact for fact in facts if fact.concept_id == name] for name, number in times.items() if number > 1})
    return fits


def _refuse_unknown(store: FactStore, kind: str, name: str, names: Sequence[str]) -> None:
    if name and name not in names:
        raise StoreError(f"{store.path}: there is no {kind} {name}; stored are: {', '.join(names[:8]) or 'none'}")


def _with(said: Said, defaults: Defaults, entities: Sequence[str]) -> Said:
    entity = said.entity or defaults.entity or (entities[0] if len(entities) == 1 else "")
    as_of = said.as_of or (None if said.original else defaults.as_of)
    return said._replace(entity=entity, document=said.document or defaults.document, as_of=as_of)


def _question(said: Said) -> Question:
    """Which facts a wish may be met by. Of translations and of what was once expected nothing is current: all are looked at."""
    every = said.document or said.translation or said.scenario == "previous_guidance"
    return Question(vintage="all" if every else "first" if said.original else "current", as_of=said.as_of)


class _Periods:
    """Shapes of facts by period."""

    def __init__(self, facts: Sequence[Shape]) -> None:
        self._facts = facts
        self._labelled: dict[tuple[int, str, bool], list[Shape]] = defaultdict(list)
        for fact in facts:
            self._labelled[fact.fiscal_year, fact.fiscal_period, fact.start is None].append(fact)

    def at(self, when: When) -> Sequence[Shape]:
        """Those of a period: what lasts it, and what stands at its end."""
        year, part, start, end = when
        if end is not None:
            return [fact for fact in self._facts if fact.end == end and fact.start == start]
        return [*self._labelled.get((year, part, False), ()), *self._labelled.get((year, INSTANTS.get(part, part), True), ())]


def _several(concept: str, said: Said, facts: Sequence[StoredFact]) -> Missing:
    return Missing(f"{len(facts)} facts fit", candidates(concept, said, [fact.shape for fact in facts], apart=True))


class _Reasons:
    """Why nothing fits, and what comes nearest: from all that any document says."""

    def __init__(self, store: FactStore, concepts: Iterable[str], entities: Sequence[str]) -> None:
        self._store = store
        self._entities = entities
        self._facts: dict[str, list[Shape]] = defaultdict(list)
        for shape, facts in store.lookup(set(concepts), None, Question(vintage="all")).items():
            for fact in facts:
                self._facts[fact.concept_id].append(shape)

    @cached_property
    def _known(self) -> list[str]:
        return self._store.concepts()

    def of(self, concept: str, said: Said) -> Missing:
        """Of a wish that nothing fits."""
        if not said.entity:
            reason = f"the store holds {len(self._entities)} issuers: say which, with entity=ID or --entity"
            return Missing(reason, tuple(self._entities[:5]))
        if concept not in self._facts:
            return Missing(f"no document has a fact of {concept}", tuple(get_close_matches(concept, self._known, 5, 0.5)))
        return Missing(*explained(concept, said, self._facts[concept]))
