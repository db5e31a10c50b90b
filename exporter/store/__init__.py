"""The fact store: one DuckDB file, append-only. The only SQL of the store lies in this package.

The file is held only while a batch is written or a report is read; between calls nothing is locked.
Reading order: ``schema`` (what is stored), ``views`` (how it is asked), ``rows`` (report -> rows), ``prepared`` (rows ->
Arrow), ``batch`` (what is new of them), ``standing`` (which facts count then), ``reader`` (rows -> report), ``files`` (locks),
``template`` (what a new store is a copy of), here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from exporter.errors import Issue, StoreError
from exporter.files import safe_name
from exporter.model import Period, Report, Taxonomy
from exporter.store.asking import Question, Vintage, When, facts_sql
from exporter.store.batch import SHARED, Batch, Stored, gather, shared_names
from exporter.store.files import attached, create
from exporter.store.frozen import thaw
from exporter.store.lookup import Facts, Shape, StoredFact, read_concepts, read_facts
from exporter.store.prepared import Prepared, prepare
from exporter.store.prints import Filing, History, Print, read_entities, read_history
from exporter.store.reader import read_report
from exporter.store.schema import SCHEMA_VERSION, STANDING
from exporter.store.standing import settle
from exporter.store.template import empty_store
from exporter.store.views import duckdb_wide

__all__ = [
    "SCHEMA_VERSION", "FactStore", "Facts", "Filing", "History", "Prepared", "Print", "Shape", "StoredDocument", "StoredFact", "prepare",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The newest complete extraction of a document."""

    key: str
    id: str
    load_id: int
    entity: str
    extractor_version: str
    taxonomy_hash: str
    filed_at: str
    filed_at_source: str
    fact_count: int

    @property
    def extraction(self) -> tuple[str, ...]:
        """Comparable with ``rows.extraction_of(report)``."""
        return self.key, self.extractor_version, self.taxonomy_hash, self.entity, self.filed_at, self.filed_at_source, self.id


_STORED = "document_key, document_id, load_id, entity_id, extractor_version, taxonomy_hash, filed_at, filed_at_source, fact_count"


_STATE = "SELECT (SELECT max(schema_version) FROM store_info), (SELECT coalesce(max(load_id), 0) FROM document)"
_LAST_EXTRACTION = f"SELECT coalesce(max(extraction_no), 0) FROM {STANDING}"
_KNOWN = " UNION ALL ".join(f"SELECT '{table}', {column} FROM {table}" for table, column in SHARED.items())


class FactStore:
    """Use as a context manager: ``with FactStore.open(path) as store: ...``."""

    def __init__(self, path: Path, *, read_only: bool, wait: float) -> None:
        self.path = path
        self._read_only = read_only
        self._wait = wait
        self._load = -1  # the newest load of which the following know
        self._documents: dict[str, StoredDocument] = {}
        self._known: set[tuple[str, str]] = set()  # taxonomies, entities and units that have their rows
        self._names: dict[str, str] = {}  # casefolded document_id -> document_key; claims of this run included
        self._live: duckdb.DuckDBPyConnection | None = None

    @classmethod
    def open(cls, path: str | PathLike[str], *, read_only: bool = False, wait: float = 5.0) -> FactStore:
        """Check the file and read its list of documents. A file that is not there yet is made by the first write.

        ``wait``: seconds to wait for another program, here and at every later use. Raises StoreError where the
        file is missing (read_only), locked, damaged, no store, of another schema version, or its folder is missing.
        """
        store = cls(Path(path), read_only=read_only, wait=wait)
        if not store.path.exists():
            if read_only:
                raise StoreError(f"{store.path}: there is no store; name the facts.duckdb that a run wrote")
            _make_folder(store.path)
        else:
            with store._held():
                store._refresh()
        return store

    def __enter__(self) -> FactStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held between calls; afterwards the store knows no documents."""
        self._documents.clear()
        self._names.clear()

    # --- what is stored -----------------------------------------------------------------------------

    def documents(self) -> list[StoredDocument]:
        """The documents in the order of their readable names."""
        return sorted(self._documents.values(), key=lambda document: (document.id, document.key))

    def has(self, document_key: str, extractor_version: str, taxonomy_hash: str) -> bool:
        """Whether the newest extraction of these bytes was made by this extractor and taxonomy."""
        found = self._documents.get(document_key)
        return found is not None and (found.extractor_version, found.taxonomy_hash) == (extractor_version, taxonomy_hash)

    def claim_id(self, stem: str, document_key: str) -> tuple[str, Issue | None]:
        """The readable name of a document: ``stem`` made safe, the same name for the same bytes for ever.

        Names are compared without case (Windows). Where other bytes have the name, it is ``<stem>-<8 hex>``, and
        the issue says so, at every run alike.
        """
        name = safe_name(stem)
        stored = self._documents.get(document_key)
        if stored is not None:
            given = stored.id
        else:
            ends = ("", *(f"-{document_key[:length]}" for length in (8, 16, 32)))
            free = (name + end for end in ends if self._names.get((name + end).casefold(), document_key) == document_key)
            given = next(free, f"{name}-{document_key}")
            self._names[given.casefold()] = document_key
        if given == name:
            return given, None
        if given.startswith(name + "-") and document_key.startswith(given[len(name) + 1 :]):
            return given, Issue("document-name-taken", f"another document is stored as {name}; this one is named {given}", name)
        return given, Issue("document-name-kept", f"these bytes are stored as {given} and keep that name", name, "info")

    def load_report(self, document: str) -> Report:
        """The newest extraction of a document, by its readable name or its key; equal to the report that was written.

        Raises StoreError where the store has no such document.
        """
        key = document if document in self._documents else self._names.get(document.casefold(), "")
        stored = self._documents.get(key)
        if stored is None:
            known = ", ".join(d.id for d in self.documents()[:8]) or "none"
            raise StoreError(f"{self.path}: there is no document {document}; stored are: {known}")
        with self._held():
            return read_report(self._fetch, stored.key, stored.load_id)

    def history(self, entities: Sequence[str] = ()) -> History:
        """Every print of some issuers, by their IDs; of all issuers where none is named.

        Raises StoreError for an issuer that the store does not have.
        """
        with self._held():
            versions = read_entities(self._fetch)
            unknown = [entity for entity in entities if entity not in versions]
            if unknown:
                known = ", ".join(list(versions)[:8]) or "none"
                raise StoreError(f"{self.path}: there is no issuer {unknown[0]}; stored are: {known}")
            return read_history(self._fetch, list(dict.fromkeys(entities)) or list(versions), versions)

    def load_taxonomy(self, taxonomy_hash: str) -> Taxonomy:
        """The taxonomy that an extraction used, also where the files on disk have changed since."""
        with self._held():
            found = self._fetch("SELECT content FROM taxonomy_used WHERE taxonomy_hash = ? LIMIT 1", [taxonomy_hash])
        if not found:
            raise StoreError(f"{self.path}: the taxonomy {taxonomy_hash[:12]} is not in the store; run the documents again")
        return thaw(found[0][0])

    def facts(
        self,
        entity: str | None = None,
        concept: str | None = None,
        period: Period | str | None = None,
        *,
        as_of: When | None = None,
        vintage: Vintage = "current",
        recorded_by: When | None = None,
        unit: str | None = None,
        document: str | None = None,
        scenario: str | None = None,
        dimensions: Sequence[str] = (),
    ) -> pa.Table:
        """Facts in columns, sorted by entity, concept and period; numbers are ``decimal128(38, 9)``, exact, in the canonical sign.

        ``vintage``: ``current`` (one row a series: the last word of the documents, docs/feed.md), ``first`` (as first
        reported) or ``all`` (every document's word). ``as_of``: as it was known then; a day counts to its end, UTC, an instant
        needs its offset. ``recorded_by``: from what this store held then. ``concept``: an ID, or a pattern such as ``fin:*``;
        so may ``entity`` be. ``period``: a Period; fiscal ``2023Q2``, ``2023H1``, ``2023M9``, ``2023FY`` (with the instant at its
        close) or ``2022Q1..2023Q4``; a day on which the period ends; two days for one duration. ``unit``: ``iso4217:CNY`` or
        ``CNY``. ``document``: its name or key. ``scenario``: ``actual``, ``guidance``, ``previous_guidance``. ``dimensions``:
        ``axis=member``, ``axis``, or ``none``.

        Where ``num_exact`` is false the number has more digits than the column: ``value_lexical`` has them all. Translations at one
        day's rate are among ``all`` only. An unknown ID gives no rows. Raises QueryError for what cannot be read, StoreError for the file.
        """
        question = Question(entity, concept, period, as_of, vintage, recorded_by, unit, document, scenario, tuple(dimensions))
        sql, values = facts_sql(question)
        with self._held() as connection:
            return connection.sql(sql, params=values).to_arrow_table()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the file for many questions in a row, each of which would open it anew. Nobody can write to it meanwhile."""
        with self._held():
            yield

    def lookup(self, concepts: Collection[str], entities: Collection[str] | None, question: Question) -> Facts:
        """The facts of some concepts and issuers (None: of all) that answer a question, as rows: many at once, where ``facts`` gives
        columns."""
        with self._held() as connection:
            return read_facts(lambda sql, values: connection.sql(sql, params=values).to_arrow_table(), concepts, entities, question)

    def concepts(self) -> list[str]:
        """The concepts of which there are facts."""
        with self._held():
            return read_concepts(self._fetch)

    # --- writing ------------------------------------------------------------------------------------

    def write(self, reports: Sequence[Report], taxonomy: Taxonomy) -> int:
        """Store reports in one transaction: ``add`` of each as ``prepare`` makes it."""
        return self.add([prepare(report) for report in reports], taxonomy)

    def check_writable(self) -> None:
        """Raises StoreError where the file is there and could not be written to now."""
        if self.path.exists():
            with self._held(write=True):
                self._refresh()

    def add(self, prepared: Sequence[Prepared], taxonomy: Taxonomy) -> int:
        """Store a batch in one transaction; returns how many of the extractions were new to the store.

        One whose newest stored extraction is of the same source, extractor, taxonomy, entity, filing date and
        name is skipped (a retry changes nothing). Raises StoreError, with nothing of the batch stored.
        """
        if self._read_only:
            raise StoreError(f"{self.path}: was opened for reading only")
        _refuse_other_taxonomies(prepared, taxonomy)
        unique = {each.key: each for each in reversed(prepared)}
        made = not self.path.exists() and create(self.path, empty_store(taxonomy))
        if made:
            self._load, self._known = 0, {("taxonomy_used", taxonomy.hash)}
        with self._held(write=True) as connection:
            self._refresh()  # another run may have written since
            todo = [each for each in reversed(unique.values()) if not self._is_stored(each)]
            if todo:
                load = self._load + 1
                batch = gather(todo, taxonomy, load, self._fetch, self._stored())
                _insert(connection, batch, self._entities_of(todo), duckdb_wide(taxonomy) if "taxonomy_used" in batch.tables else ())
        if todo:
            self._remember(load, batch.tables)
        return len(todo)

    def _stored(self) -> Stored:
        loads = {key: document.load_id for key, document in self._documents.items()}
        entities = {document.entity for document in self._documents.values()}
        return Stored(loads, entities, self._known, self._fetch(_LAST_EXTRACTION, [])[0][0] if self._load else 0)

    def _entities_of(self, prepared: Sequence[Prepared]) -> list[str]:
        """Their issuers, and those that their earlier readings had."""
        before = {self._documents[each.key].entity for each in prepared if each.key in self._documents}
        return sorted(before | {each.entity for each in prepared})

    def _is_stored(self, prepared: Prepared) -> bool:
        if self._names.setdefault(prepared.id.casefold(), prepared.key) != prepared.key:
            raise StoreError(f"{self.path}: another document was stored as {prepared.id} meanwhile; run again")
        stored = self._documents.get(prepared.key)
        return stored is not None and stored.extraction == prepared.extraction

    # --- the file -----------------------------------------------------------------------------------

    @contextmanager
    def _held(self, *, write: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._live is not None:
            if write:
                raise StoreError(f"{self.path}: is held for reading here; write to it after that")
            yield self._live
            return
        with attached(self.path, write=write, wait=self._wait) as connection:
            self._live = connection
            try:
                yield connection
            finally:
                self._live = None

    def _fetch(self, sql: str, values: list[object]) -> list[tuple[Any, ...]]:
        if self._live is None:
            raise StoreError(f"{self.path}: is not open")
        return self._live.execute(sql, values).fetchall()

    def _refresh(self) -> None:
        """Check that this is a store of this schema; read the list of documents anew where another run wrote."""
        try:
            version, load = self._fetch(_STATE, [])[0]
        except duckdb.CatalogException as error:
            raise StoreError(f"{self.path}: is a DuckDB file but no fact store; name another --store file") from error
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"{self.path}: has schema version {version}, this exporter reads and writes {SCHEMA_VERSION}; "
                "name another --store file, or use the exporter that wrote it"
            )
        if load == self._load:
            return
        self._load = load
        self._known = set(self._fetch(_KNOWN, []))
        for row in self._fetch(f"SELECT {_STORED} FROM document_current", []):
            self._add(StoredDocument(*row))

    def _remember(self, load: int, tables: dict[str, pa.Table]) -> None:
        """What a committed batch added, without reading it back."""
        self._load = load
        self._known.update(shared_names(tables))
        for row in tables["document"].select(_STORED.split(", ")).to_pylist():
            self._add(StoredDocument(*row.values()))

    def _add(self, document: StoredDocument) -> None:
        self._documents[document.key] = document
        self._names[document.id.casefold()] = document.key


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: its folder cannot be made ({error.strerror}); name another --store file") from error


def _insert(connection: duckdb.DuckDBPyConnection, batch: Batch, entities: list[str], views: Iterable[str]) -> None:
    """One transaction: ``views`` that a new taxonomy makes anew, one Arrow batch a table, what the batch changes in the standing of
    facts. The file is held for writing: nobody else can have changed what was read before."""
    connection.execute("BEGIN")
    try:
        for view in views:
            connection.execute(view)
        for name, table in batch.tables.items():
            connection.from_arrow(table).insert_into(name)
        if batch.again:
            settle(connection, batch.again, entities, anew=True)
        if batch.new:
            settle(connection, batch.new, entities, anew=False)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a failed commit has rolled back already
            connection.execute("ROLLBACK")
        raise


def _refuse_other_taxonomies(prepared: Sequence[Prepared], taxonomy: Taxonomy) -> None:
    for each in prepared:
        if each.taxonomy_hash != taxonomy.hash:
            raise StoreError(f"{each.id}: was read with taxonomy {each.taxonomy_hash[:12]}, not with {taxonomy.hash[:12]}; run it again")
