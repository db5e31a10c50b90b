"""Placeholders against the store: exactly one fact, or why not, with what comes nearest.

Nothing is chosen among several facts: whoever wrote the placeholder says which one is meant. Which of several documents
counts for one series is the store's to say (docs/feed.md): its current word, its word as of a day, or the first one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

from exporter.errors import StoreError
from exporter.fill.matching import INSTANTS, candidates, explained, fitting
from exporter.fill.placeholder import Said, Wanted, When
from exporter.store import FactStore, StoredFact
from exporter.store.asking import Question


class Answer(NamedTuple):
    """The one fact of a placeholder, or None with the reason. ``candidates``: placeholders that would find something."""

    fact: StoredFact | None
    reason: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a placeholder does not say it: IDs of an issuer and of a document, and a day."""

    entity: str = ""
    document: str = ""
    as_of: date | None = None


def answers(store: FactStore, wishes: Sequence[Wanted], defaults: Defaults) -> list[Answer]:
    """An answer for each wish, in the same order. Raises StoreError for a default that the store does not have."""
    entities = sorted({document.entity for document in store.documents()})
    _refuse_unknown(store, "issuer", defaults.entity, entities)
    _refuse_unknown(store, "document", defaults.document, [document.id for document in store.documents()])
    # Wishes of the same words share what they say, so it is told apart by identity: a model has few of these, and many cells.
    meant: dict[int, Said] = {}
    concepts: dict[int, set[str]] = defaultdict(set)
    for concept, said in wishes:
        key = id(said)
        if key not in meant:
            meant[key] = _with(said, defaults, entities)
        concepts[key].add(concept)
    facts = _fitting(store, meant, concepts)
    found = [_answer(facts[id(said)].get(concept), meant[id(said)]) for concept, said in wishes]
    missed = {n: meant[id(wishes[n].said)] for n, answer in enumerate(found) if answer is _NOTHING}
    if missed:
        reasons = _Reasons(store, [wishes[n].concept for n in missed], entities)
        for n, said in missed.items():
            found[n] = reasons.answer(wishes[n].concept, said)
    return found


def _fitting(store: FactStore, meant: Mapping[int, Said], concepts: Mapping[int, set[str]]) -> dict[int, dict[str, list[StoredFact]]]:
    """By what is meant, the facts that fit it, by concept: one question to the store for all that differ in period or unit only."""
    asked: dict[Question, list[int]] = defaultdict(list)
    for key, said in meant.items():
        asked[_question(said)].append(key)
    found: dict[int, dict[str, list[StoredFact]]] = {}
    for question, keys in asked.items():
        periods = _Periods(store.lookup(set().union(*(concepts[key] for key in keys)), question))
        for key in keys:
            said = meant[key]
            by_concept: dict[str, list[StoredFact]] = defaultdict(list)
            for fact in fitting(said, periods.at(said.when)):
                by_concept[fact.concept_id].append(fact)
            found[key] = by_concept
    return found


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
    """Facts by period."""

    def __init__(self, facts: Sequence[StoredFact]) -> None:
        self._facts = facts
        self._labelled: dict[tuple[int, str, bool], list[StoredFact]] = defaultdict(list)
        for fact in facts:
            self._labelled[fact.fiscal_year, fact.fiscal_period, fact.start is None].append(fact)

    def at(self, when: When) -> Sequence[StoredFact]:
        """The facts of a period: those that last it, and those that stand at its end."""
        year, part, start, end = when
        if end is not None:
            return [fact for fact in self._facts if fact.end == end and fact.start == start]
        return [*self._labelled.get((year, part, False), ()), *self._labelled.get((year, INSTANTS.get(part, part), True), ())]


_NOTHING = Answer(None)


def _answer(facts: Sequence[StoredFact] | None, said: Said) -> Answer:
    if not facts:
        return _NOTHING
    if len(facts) == 1:
        return Answer(facts[0])
    return Answer(None, f"{len(facts)} facts fit", candidates(said, facts, apart=True))


class _Reasons:
    """Why nothing fits, and what comes nearest: from all that any document says."""

    def __init__(self, store: FactStore, concepts: Iterable[str], entities: Sequence[str]) -> None:
        self._store = store
        self._entities = entities
        self._facts: dict[str, list[StoredFact]] = defaultdict(list)
        for fact in store.lookup(set(concepts), Question(vintage="all")):
            self._facts[fact.concept_id].append(fact)

    @cached_property
    def _known(self) -> list[str]:
        return self._store.concepts()

    def answer(self, concept: str, said: Said) -> Answer:
        """The answer to a wish that nothing fits."""
        if not said.entity:
            reason = f"the store holds {len(self._entities)} issuers: say which, with entity=ID or --entity"
            return Answer(None, reason, tuple(self._entities[:5]))
        if concept not in self._facts:
            return Answer(None, f"no document has a fact of {concept}", tuple(get_close_matches(concept, self._known, 5, 0.5)))
        return Answer(None, *explained(concept, said, self._facts[concept]))
