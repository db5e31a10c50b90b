"""Is a store whole? Every block of it is read, and every relation between its tables is tested. Nothing is written."""

from __future__ import annotations

import codecs
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exporter.errors import QueryError, StoreError
from exporter.store.query import Limits, Session, opened
from exporter.store.schema import STANDING, TABLES
from exporter.store.views import kept_views

Status = Literal["ok", "warning", "failed"]
_NO_COPY = "restore the file from a copy, or make it anew from the releases"
_BOMS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}

_EVERY = (*TABLES, STANDING)
#: Tables whose rows belong to one extraction.
_PARTS = [name for name, columns in TABLES.items() if {"document_key", "load_id", "position"} <= columns.keys()]
_EXTRACTIONS = " UNION ".join(f"SELECT document_key, load_id FROM {name}" for name in _PARTS)
_INCOMPLETE = f"SELECT count(*) FROM (({_EXTRACTIONS}) EXCEPT SELECT document_key, load_id FROM document)"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do where it is not well."""

    name: str
    status: Status
    found: str
    mend: str = ""


def examine(path: Path) -> Iterator[Check]:
    """The checks of one store, as they are made. A store that cannot be opened is one failed check."""
    try:
        with opened(path, limits=Limits(seconds=0)) as session:
            yield Check("store opens", "ok", str(path))
            for check in (_blocks, _counts, _complete, _told_counts, _orphans, _duplicates, _standing, _texts):
                yield from check(session)
    except StoreError as error:
        found, _, mend = str(error).rpartition("; ")
        yield Check("store opens", "failed", found, mend)


def _number(session: Session, sql: str) -> int:
    return int(str(session.rows(sql)[0][0]))


def _blocks(session: Session) -> Iterator[Check]:
    """Hashing a row reads all its columns, and DuckDB tests the checksum of each block that it reads."""
    rows = 0
    for table in _EVERY:
        try:
            rows += _number(session, f"SELECT count(hash({table})) FROM {table}")
        except QueryError as error:
            yield Check("store can be read", "failed", f"{table}: {error}", _NO_COPY)
            return
    yield Check("store can be read", "ok", f"{rows} rows in {len(_EVERY)} tables")


def _counts(session: Session) -> Iterator[Check]:
    live = f"(SELECT unnest(range(bit_count(live))) FROM {STANDING})"
    names = {"documents": "document_current", "live facts": live, "facts ever": "fact", "unresolved figures": "unresolved"}
    counted = {name: _number(session, f"SELECT count(*) FROM {table}") for name, table in names.items()}
    yield Check("store content", "ok", ", ".join(f"{number} {name}" for name, number in counted.items()))


def _complete(session: Session) -> Iterator[Check]:
    left = _number(session, _INCOMPLETE)
    if left:
        mend = "they count for nothing; run the releases again"
        yield Check("extractions complete", "warning", f"{left} without their commit marker", mend)
    else:
        yield Check("extractions complete", "ok", "all have their commit marker")


def _told_counts(session: Session) -> Iterator[Check]:
    sql = (
        "SELECT count(*) FROM document d WHERE "
        "fact_count <> (SELECT count(*) FROM extracted_fact e WHERE e.document_key = d.document_key AND e.load_id = d.load_id) OR "
        "occurrence_count <> (SELECT count(*) FROM occurrence o WHERE o.document_key = d.document_key AND o.load_id = d.load_id)"
    )
    yield _none(session, "extractions whole", sql, "all have as many rows as they tell", "have other numbers of rows than they tell")


def _orphans(session: Session) -> Iterator[Check]:
    sql = (
        "SELECT (SELECT count(*) FROM extracted_fact WHERE fact_id NOT IN (SELECT fact_id FROM fact)) + "
        "(SELECT count(*) FROM occurrence WHERE fact_id IS NOT NULL AND fact_id NOT IN (SELECT fact_id FROM fact)) + "
        "(SELECT count(*) FROM fact_retraction WHERE fact_id NOT IN (SELECT fact_id FROM fact)) + "
        "(SELECT count(*) FROM fact WHERE document_key NOT IN (SELECT document_key FROM document))"
    )
    yield _none(session, "no orphans", sql, "every row belongs to a fact and a document", "rows belong to nothing")


def _duplicates(session: Session) -> Iterator[Check]:
    every = "every one stands once"
    yield _none(session, "fact IDs", "SELECT count(*) - count(DISTINCT fact_id) FROM fact", every, "stand there again")
    names = "SELECT count(*) - count(DISTINCT lower(document_id)) FROM document_current"
    yield _none(session, "document names", names, every, "stand there again")


def _standing(session: Session) -> Iterator[Check]:
    """What the store keeps of the facts that count, against what follows from its tables."""
    unplaced = (
        f"SELECT count(*) FROM fact f LEFT JOIN {STANDING} s ON s.extraction_no = f.extraction_no AND s.document_key = f.document_key "
        "WHERE s.extraction_no IS NULL OR f.extraction_place >= bit_length(s.live) OR bit_length(s.live) <> bit_length(s.current)"
    )
    found = _number(session, unplaced)
    for kept, defined in kept_views().values() if not found else ():
        columns = "fact_id, document_id, known_from"
        sides = f"SELECT {columns} FROM ({kept})", f"SELECT {columns} FROM ({defined})"
        found += sum(_number(session, f"SELECT count(*) FROM ({one} EXCEPT {other})") for one, other in (sides, sides[::-1]))
    name = "facts that count"
    if found:
        yield Check(name, "failed", f"{found} are not those that follow from the tables", _NO_COPY)
    else:
        yield Check(name, "ok", "they follow from the tables")


def _none(session: Session, name: str, sql: str, well: str, ill: str) -> Check:
    found = _number(session, sql)
    return Check(name, "failed", f"{found} {ill}", _NO_COPY) if found else Check(name, "ok", well)


def _texts(session: Session) -> Iterator[Check]:
    """A document's key is the checksum of its source: the stored text must still be that source."""
    sql = (
        "SELECT d.document_id, d.document_key, d.source_sha256, d.encoding, (SELECT max_by(s.content_zlib, s.load_id) FROM source_text s "
        "WHERE s.document_key = d.document_key AND s.load_id <= d.load_id) FROM document_current d"
    )
    verdicts: dict[str, list[str]] = {"wrong": [], "unknown": [], "right": []}
    for batch in session.ask(sql).batches:
        for name, key, sha256, encoding, content in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            verdicts[_source(key, sha256, encoding, content)].append(name)
    wrong, unknown = verdicts["wrong"], verdicts["unknown"]
    if wrong:
        shown = f"{', '.join(wrong[:3])}{' ...' if len(wrong) > 3 else ''}"
        yield Check("source texts", "failed", f"{len(wrong)} differ from the bytes that were read: {shown}", _NO_COPY)
        return
    some = f"; {len(unknown)} were not valid in their encoding, so that their bytes are not known" if unknown else ""
    yield Check("source texts", "ok", f"{len(verdicts['right'])} have the checksum of their source{some}")


def _source(key: str, sha256: str, encoding: str, content: bytes | None) -> Literal["wrong", "unknown", "right"]:
    if content is None or key != sha256[:32]:
        return "wrong"
    try:
        text = zlib.decompress(content).decode("utf-8")
        bare = text.encode(encoding)
    except (zlib.error, LookupError, UnicodeDecodeError):
        return "wrong"
    except UnicodeEncodeError:  # a byte that its encoding does not have was read as U+FFFD
        return "unknown"
    marked = _BOMS.get(encoding, b"") + bare
    return "right" if sha256 in (hashlib.sha256(bare).hexdigest(), hashlib.sha256(marked).hexdigest()) else "wrong"
