"""What a person calls an issuer or a concept, found among those that a store has; where it has none, the nearest ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from exporter.errors import QueryError
from exporter.store.query import Session

_CLOSE_ENOUGH, _SHOWN = 60, 3


def entity_of(session: Session, given: str) -> str:
    """The ID of an issuer: by the ID itself, a name it has, or an identifier (``nyse:LNHB``, ``LNHB``). A pattern stays as it is.

    Raises QueryError where nobody, or more than one, is called so.
    """
    rows = session.rows("SELECT entity_id, name, names_json, identifiers_json FROM dim_entity ORDER BY load_id DESC")
    if "*" in given:
        return given
    wanted = given.casefold()
    names: dict[str, set[str]] = {}
    for row in rows:  # a changed entity file makes a new row: whoever had a name once still answers to it
        names.setdefault(str(row[0]), set()).update(name.casefold() for name in _names(*map(str, row)))
    found = [given] if given in names else [entity for entity, called in names.items() if wanted in called]
    if len(found) == 1:
        return found[0]
    if found:
        raise QueryError(f"{given}: there are {len(found)} issuers of that name: {', '.join(sorted(found))}; give the ID")
    shown = {f"{row[0]} ({row[1]})": [str(row[0]), *_names(*map(str, row))] for row in rows}
    raise QueryError(f"{given}: no such entity in {session.path}; {_nearest(given, shown)}")


def known_concept(session: Session, given: str) -> str:
    """A concept, or a pattern of concepts, that the store knows of. Raises QueryError where there is none."""
    test = "GLOB" if "*" in given else "="
    for table in ("dim_concept", "fact"):
        if session.rows(f"SELECT 1 FROM {table} WHERE concept_id {test} ? LIMIT 1", [given]):
            return given
    known = [str(row[0]) for row in session.rows("SELECT DISTINCT concept_id FROM dim_concept ORDER BY 1")]
    found = [name for name in known if name.partition(":")[2].casefold() == given.casefold()]
    if len(found) == 1:
        return found[0]
    raise QueryError(f"{given}: no such concept in {session.path}; {_nearest(given, {name: _spellings(name) for name in known})}")


def known_document(session: Session, given: str) -> str:
    """A document by its name or key. Raises QueryError where there is none."""
    rows = session.rows("SELECT document_id, document_key FROM document_current ORDER BY 1")
    if any(given in row for row in rows):
        return given
    raise QueryError(f"{given}: no such document in {session.path}; {_nearest(given, {str(row[0]): [str(row[0])] for row in rows})}")


def _names(entity: str, name: str, names: str, identifiers: str) -> Iterable[str]:
    yield from (name, *json.loads(names))
    for scheme, value in json.loads(identifiers).items():
        yield from (value, f"{scheme}:{value}")


def _spellings(concept: str) -> list[str]:
    return [concept, concept.partition(":")[2]]


def _nearest(given: str, known: Mapping[str, Iterable[str]]) -> str:
    """The names that look most like ``given``; ``known``: what to show -> how it may be written."""
    from rapidfuzz import fuzz

    if not known:
        return "the store has none"
    wanted = given.casefold()
    scores = {shown: max(fuzz.WRatio(wanted, name.casefold()) for name in written if name) for shown, written in known.items()}
    best = sorted((shown for shown in scores if scores[shown] >= _CLOSE_ENOUGH), key=lambda shown: (-scores[shown], shown))
    if best:
        return f"nearest: {', '.join(best[:_SHOWN])}"
    return f"it has {', '.join(sorted(known)[:_SHOWN])}{' ...' if len(known) > _SHOWN else ''}"
