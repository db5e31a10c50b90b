"""Every document's word for every series of an issuer: what a time series is made of.

A *filing* is the newest extraction of a document, a *print* one of its facts with the text that was printed.
Nothing is chosen here: which print counts is for ``exporter.series`` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exporter.model import Entity, Fact
from exporter.store.reader import FACT_COLUMNS, Fetch, read_entity, read_fact


@dataclass(frozen=True, slots=True)
class Filing:
    """A document as a source of prints. ``known_from`` is UTC, None where no filing date is known; ``doubts``
    counts its findings that are more than information, ``failing`` its relations that do not hold."""

    key: str
    id: str
    entity: str
    filed_at: str
    known_from: datetime | None
    sha256: str
    taxonomy_hash: str
    doubts: int
    failing: int


@dataclass(frozen=True, slots=True)
class Print:
    """A fact in one document: ``filing`` is the document's key, ``raw`` the printed text of its first place."""

    fact: Fact
    filing: str
    raw: str


@dataclass(frozen=True, slots=True)
class History:
    """All prints of some issuers, by issuer in the order that was asked for. ``filings`` are in the order in which
    they became known (undated ones first), ``prints`` in the order of the filings and of the document."""

    entities: tuple[Entity, ...]
    filings: tuple[Filing, ...]
    prints: tuple[Print, ...]


_FILING = """
SELECT d.document_key, d.document_id, d.entity_id, d.filed_at, d.known_from, d.source_sha256, d.taxonomy_hash,
  (SELECT count(*) FROM finding f WHERE f.document_key = d.document_key AND f.load_id = d.load_id AND f.severity <> 'info'),
  (SELECT count(*) FROM check_result c WHERE c.document_key = d.document_key AND c.load_id = d.load_id AND c.verdict = 'fails')
FROM document_current d WHERE list_contains(?, d.entity_id)
ORDER BY d.known_from NULLS FIRST, d.document_id, d.document_key
"""
_ENTITIES = """
SELECT d.entity_id, d.entity_version FROM document_current d
QUALIFY row_number() OVER (PARTITION BY d.entity_id ORDER BY d.load_id DESC, d.document_key) = 1
"""
# The place of a fact is the place of one of its occurrences; its printed text is the fact's.
_PRINT = f"""
SELECT d.document_key, coalesce(o.raw, ''), {FACT_COLUMNS}
FROM document_current d
JOIN extracted_fact e ON e.document_key = d.document_key AND e.load_id = d.load_id
JOIN fact f ON f.fact_id = e.fact_id
LEFT JOIN occurrence o ON o.document_key = e.document_key AND o.load_id = e.load_id AND o.fact_id = e.fact_id
  AND starts_with(e.place_json, concat('[', o.line_no, ',', o.column_no, ','))
WHERE list_contains(?, d.entity_id)
QUALIFY row_number() OVER (PARTITION BY e.document_key, e.fact_id ORDER BY o.position) = 1
ORDER BY d.known_from NULLS FIRST, d.document_id, d.document_key, e.position
"""


def read_entities(fetch: Fetch) -> dict[str, str]:
    """The issuers of the newest extractions, each with the version of it that was stored last."""
    return dict(sorted(fetch(_ENTITIES, [])))


def read_history(fetch: Fetch, entities: Sequence[str], versions: dict[str, str]) -> History:
    """What the documents of some issuers say."""
    wanted: list[object] = [list(entities)]
    return History(
        tuple(read_entity(fetch, entity, versions[entity]) for entity in entities),
        tuple(Filing(*row) for row in fetch(_FILING, wanted)),
        tuple(_print(row) for row in fetch(_PRINT, wanted)),
    )


def _print(row: tuple[Any, ...]) -> Print:
    return Print(read_fact(row[2:]), row[0], row[1])
