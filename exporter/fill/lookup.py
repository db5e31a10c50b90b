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
from exporter.fill.matching import INSTANTS, candidates, explained, fits
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
    for wish in wishes:
        key = id(wish.said)
        if key not in meant:
            meant[key] = _with(wish.said, defaults, entities)
        concepts[key].add(wish.concept)
    indexes = _indexes(store, meant, concepts)
    found = [_answer(wish.concept, meant[id(wish.said)], indexes[id(wish.said)]) for wish in wishes]
    missed = {n: meant[id(wishes[n].said)] for n, answer in enumerate(found) if answer.fact is None and not answer.reason}
    if missed:
        reasons = _Reasons(store, [wishes[n].concept for n in missed], entities)
        for n, said in missed.items():
            found[n] = reasons.answer(wishes[n].concept, said)
    return found


def _indexes(store: FactStore, meant: Mapping[int, Said], concepts: Mapping[int, set[str]]) -> dict[int, _Index]:
    """By what is meant, the facts that may meet it: one question to the store for all that differ in period or unit only."""
    questions = {key: _question(said) for key, said in meant.items()}
    asked: dict[Question, set[str]] = defaultdict(set)
    for key, question in questions.items():
        asked[question] |= concepts[key]
    known = {question: _Index(store.lookup(wanted, question)) for question, wanted in asked.items()}
    return {key: known[question] for key, question in questions.items()}


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


class _Index:
    """Facts by concept and period."""

    def __init__(self, facts: Sequence[StoredFact]) -> None:
        self._facts = facts

    @cached_property
    def _labelled(self) -> dict[tuple[str, int, str, bool], list[StoredFact]]:
        found: dict[tuple[str, int, str, bool], list[StoredFact]] = defaultdict(list)
        for fact in self._facts:
            found[fact.concept_id, fact.fiscal_year, fact.fiscal_period, fact.start is None].append(fact)
        return found

    @cached_property
    def _dated(self) -> dict[tuple[str, date | None, date], list[StoredFact]]:
        found: dict[tuple[str, date | None, date], list[StoredFact]] = defaultdict(list)
        for fact in self._facts:
            found[fact.concept_id, fact.start, fact.end].append(fact)
        return found

    def at(self, concept: str, when: When) -> Sequence[StoredFact]:
        """The facts of a concept for a period."""
        year, part, start, end = when
        if end is not None:
            return self._dated.get((concept, start, end), ())
        spans: Sequence[StoredFact] = self._labelled.get((concept, year, part, False), ())
        return spans or self._labelled.get((concept, year, INSTANTS.get(part, part), True), ())


def _answer(concept: str, said: Said, index: _Index) -> Answer:
    fitting = [fact for fact in index.at(concept, said.when) if fits(said, fact)]
    if len(fitting) == 1:
        return Answer(fitting[0])
    if fitting:
        return Answer(None, f"{len(fitting)} facts fit", candidates(said, fitting, apart=True))
    return Answer(None)


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
