"""Placeholders against the store: exactly one fact, or why not, with what comes nearest.

Nothing is chosen among several facts: whoever wrote the placeholder says which one is meant. Which of several documents
counts for one series is the store's to say (docs/feed.md): its current word, its word as of a day, or the first one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from exporter.errors import StoreError
from exporter.fill.matching import INSTANTS, candidates, explained, fits
from exporter.fill.placeholder import Wanted
from exporter.store import FactStore, StoredFact
from exporter.store.asking import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """The one fact of a placeholder, or None with the reason. ``candidates``: placeholders that would find something."""

    fact: StoredFact | None
    reason: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a placeholder does not say it."""

    entity: str = ""
    document: str = ""
    as_of: date | None = None


def answers(store: FactStore, wishes: Iterable[Wanted], defaults: Defaults) -> dict[Wanted, Answer]:
    """An answer for each wish. Raises StoreError for a default entity or document that the store does not have."""
    entities = sorted({document.entity for document in store.documents()})
    _refuse_unknown(store, "issuer", defaults.entity, entities)
    _refuse_unknown(store, "document", defaults.document, [document.id for document in store.documents()])
    asked = {wish: _with(wish, defaults, entities) for wish in wishes}
    found: dict[Wanted, Answer] = {}
    groups: dict[Question, list[Wanted]] = defaultdict(list)
    for wish in dict.fromkeys(asked.values()):
        groups[_question(wish)].append(wish)
    for question, group in groups.items():
        facts = _Index(store.lookup({wish.concept for wish in group}, question))
        found.update((wish, _answer(wish, facts.at(wish))) for wish in group)
    _explain(store, found, entities)
    return {wish: found[full] for wish, full in asked.items()}


def _refuse_unknown(store: FactStore, kind: str, name: str, names: Sequence[str]) -> None:
    if name and name not in names:
        raise StoreError(f"{store.path}: there is no {kind} {name}; stored are: {', '.join(names[:8]) or 'none'}")


def _with(wish: Wanted, defaults: Defaults, entities: Sequence[str]) -> Wanted:
    entity = wish.entity or defaults.entity or (entities[0] if len(entities) == 1 else "")
    as_of = wish.as_of or (None if wish.original else defaults.as_of)
    return replace(wish, entity=entity, document=wish.document or defaults.document, as_of=as_of)


def _question(wish: Wanted) -> Question:
    """Which facts a wish may be met by. Of translations and of what was once expected nothing is current: all are looked at."""
    every = wish.document or wish.translation or wish.scenario == "previous_guidance"
    return Question(vintage="all" if every else "first" if wish.original else "current", as_of=wish.as_of)


class _Index:
    """Facts by concept and period."""

    def __init__(self, facts: Iterable[StoredFact]) -> None:
        self._facts: dict[tuple[object, ...], list[StoredFact]] = defaultdict(list)
        for fact in facts:
            self._facts[fact.concept_id, fact.start, fact.end].append(fact)
            self._facts[fact.concept_id, fact.fiscal_year, fact.fiscal_period, fact.start is None].append(fact)

    def at(self, wish: Wanted) -> list[StoredFact]:
        """The facts of the concept and period that a wish names."""
        when = wish.when
        if when.end is not None:
            return self._facts.get((wish.concept, when.start, when.end), [])
        spans = self._facts.get((wish.concept, when.year, when.part, False), [])
        return spans or self._facts.get((wish.concept, when.year, INSTANTS.get(when.part, when.part), True), [])


def _answer(wish: Wanted, facts: Sequence[StoredFact]) -> Answer:
    fitting = [fact for fact in facts if fits(wish, fact)]
    if len(fitting) == 1:
        return Answer(fitting[0])
    if fitting:
        return Answer(None, f"{len(fitting)} facts fit", candidates(wish, fitting, apart=True))
    return Answer(None)


def _explain(store: FactStore, found: dict[Wanted, Answer], entities: Sequence[str]) -> None:
    """Give the wishes that nothing fits their reason and candidates: from all that any document says."""
    missed = [wish for wish, answer in found.items() if answer.fact is None and not answer.reason]
    if not missed:
        return
    said: dict[str, list[StoredFact]] = defaultdict(list)
    for fact in store.lookup({wish.concept for wish in missed}, Question(vintage="all")):
        said[fact.concept_id].append(fact)
    concepts = store.concepts()
    for wish in missed:
        if not wish.entity:
            reason = f"the store holds {len(entities)} issuers: say which, with entity=ID or --entity"
            found[wish] = Answer(None, reason, tuple(entities[:5]))
        elif wish.concept not in said:
            near = get_close_matches(wish.concept, concepts, 5, 0.5)
            found[wish] = Answer(None, f"no document has a fact of {wish.concept}", tuple(near))
        else:
            found[wish] = Answer(None, *explained(wish, said[wish.concept]))
