"""The composition root: sources -> reports -> store -> files, as a literal list of steps.

Each source is on its own: one that cannot be read costs a failed result, never the run.
"""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from exporter import formats
from exporter.checks import check, checked, counts, results_of
from exporter.errors import DocumentError, ExporterError, FormatError, Issue
from exporter.files import safe_name
from exporter.ingest.ledger import ledger_of
from exporter.ingest.resolve import ReadOptions, extractor_version, read_report
from exporter.model import CheckResult, Report, Taxonomy
from exporter.store import FactStore
from exporter.taxonomy import load

STORE_NAME = "facts.duckdb"
SUFFIXES = (".txt", ".text", ".md", ".markdown", ".htm", ".html", ".xhtml")
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may be told. ``taxonomy``: a folder instead of the packaged one; ``layout``: a file instead of the packaged
    workbook layout; ``language``: that of the workbook's labels."""

    formats: tuple[str, ...] = ("xbrl", "xlsx", "csv")
    entity: str = ""
    filed_at: str = ""
    document_id: str = ""
    max_size: int = 50 * 1024 * 1024
    taxonomy: Path | None = None
    language: str = "en"
    layout: Path | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A document to read; ``path`` None is standard input."""

    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one source. ``paths`` are the files that stand in the output folder; ``checks``: tested
    relations by verdict."""

    source: str
    document_id: str
    status: Literal["done", "unchanged", "failed"]
    error: str
    facts: int
    occurrences: int
    unresolved: int
    findings: tuple[Issue, ...]
    paths: tuple[Path, ...]
    checks: Mapping[str, int] = field(default_factory=dict)


Progress = Callable[[Result], None]


def expand(patterns: Sequence[str]) -> list[Source]:
    """Files, folders (their releases, by suffix, at any depth), globs and ``-``, each file once, in order.

    Raises DocumentError for a pattern that names nothing.
    """
    found: dict[str, Source] = {}
    for pattern in patterns:
        for source in _expand_one(pattern):
            found.setdefault(str(source.path), source)
    return list(found.values())


def _expand_one(pattern: str) -> Iterator[Source]:
    if pattern == "-":
        yield Source("stdin", None)
        return
    path = Path(pattern)
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not inside:
            raise DocumentError(f"{pattern}: the folder holds no release ({', '.join(SUFFIXES)})")
        yield from (Source(p.as_posix(), p) for p in inside)
    elif path.exists() or not glob.has_magic(pattern):
        yield Source(path.as_posix(), path)
    else:
        names = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
        if not names:
            raise DocumentError(f"{pattern}: no file matches")
        yield from (Source(Path(name).as_posix(), Path(name)) for name in names)


def run(sources: Sequence[Source], out: Path, store: Path | None, options: Options, progress: Progress | None = None) -> list[Result]:
    """Read sources into the store and write their files. Results in the order of the sources.

    Raises TaxonomyError or StoreError where nothing can be done at all; everything else is a result.
    """
    taxonomy = load(options.taxonomy)
    for name in options.formats:
        formats.get(name)
    results: list[Result] = []
    if store is None:
        _make(out)
    with FactStore.open(store or out / STORE_NAME) as facts:
        for start in range(0, len(sources), _BATCH):
            for result in _batch(sources[start : start + _BATCH], out, facts, taxonomy, options):
                results.append(result)
                if progress:
                    progress(result)
    return results


def export(store: Path, out: Path, documents: Sequence[str], options: Options) -> list[Result]:
    """Write files from the store alone, each document with the taxonomy that read it."""
    for name in options.formats:
        formats.get(name)
    results = []
    with FactStore.open(store, read_only=True) as facts:
        taxonomies: dict[str, Taxonomy] = {}
        for wanted in documents or [stored.id for stored in facts.documents()]:
            report = facts.load_report(wanted)
            key = report.document.taxonomy_hash
            if key not in taxonomies:
                taxonomies[key] = facts.load_taxonomy(key)
            results.append(_write(wanted, report, taxonomies[key], out, options, "done"))
    return results


@dataclass(frozen=True, slots=True)
class _Read:
    """A source on its way: read anew, stored already, or failed."""

    source: Source
    report: Report | None
    fresh: bool
    error: str = ""
    document_id: str = ""
    named: Issue | None = None


def _batch(sources: Sequence[Source], out: Path, facts: FactStore, taxonomy: Taxonomy, options: Options) -> Iterator[Result]:
    """Read all, store all in one transaction, then write the files of each."""
    seen: dict[str, Report] = {}
    read = [_read(source, facts, taxonomy, options, seen) for source in sources]
    fresh = [item.report for item in read if item.report is not None and item.fresh]
    if fresh:
        facts.write(fresh, taxonomy)
    for item in read:
        if item.report is None:
            yield Result(item.source.name, item.document_id, "failed", item.error, 0, 0, 0, (), ())
        else:
            made = _write(item.source.name, item.report, taxonomy, out, options, "done" if item.fresh else "unchanged")
            yield replace(made, findings=(*made.findings, item.named)) if item.named and item.named not in made.findings else made


def _read(source: Source, facts: FactStore, taxonomy: Taxonomy, options: Options, seen: dict[str, Report]) -> _Read:
    """One source, read anew unless the store or this batch (``seen``) has the same bytes read the same way."""
    try:
        data = _bytes(source, options.max_size)
        key = sha256(data).hexdigest()[:32]
        stem = options.document_id or ("stdin" if source.path is None else source.path.stem)
        wanted = ReadOptions("", options.entity, options.filed_at)
        if key in seen:
            return _Read(source, seen[key], False)
        document_id, named = facts.claim_id(safe_name(stem), key)
        if facts.has(key, extractor_version(wanted), taxonomy.hash):
            return _Read(source, facts.load_report(key), False, named=named)
        report = checked(read_report(data, source.name, taxonomy, replace(wanted, document_id=document_id)), taxonomy)
        if named is not None:
            report = replace(report, findings=(*report.findings, named))
        seen[key] = report
        return _Read(source, report, True)
    except DocumentError as error:
        return _Read(source, None, False, str(error))


def _bytes(source: Source, max_size: int) -> bytes:
    try:
        if source.path is None:
            data = sys.stdin.buffer.read(max_size + 1)
        else:
            if source.path.stat().st_size > max_size:
                raise DocumentError(f"{source.name}: is larger than {_size(max_size)}; raise --max-size or split it")
            data = source.path.read_bytes()
    except FileNotFoundError as error:
        raise DocumentError(f"{source.name}: there is no such file") from error
    except OSError as error:
        raise DocumentError(f"{source.name}: cannot be read ({error.strerror})") from error
    if len(data) > max_size:
        raise DocumentError(f"{source.name}: is larger than {_size(max_size)}; raise --max-size or split it")
    return data


def _size(count: int) -> str:
    return f"{count / 2**20:g} MB" if count >= 2**20 else f"{count} bytes"


def _write(
    name: str, report: Report, taxonomy: Taxonomy, out: Path, options: Options, status: Literal["done", "unchanged"]
) -> Result:
    """All formats of one document. A format that cannot be written fails the document; the others stand."""
    paths: list[Path] = []
    errors: list[str] = []
    if "csv" in options.formats and not report.ledger:
        report = replace(report, ledger=ledger_of(report, taxonomy))
    for wanted in options.formats:
        try:
            writer = formats.get(wanted)
            paths.extend(writer(report, taxonomy, out / report.document.id, _told(options)))
        except FormatError as error:
            errors.append(str(error))
    return Result(
        name,
        report.document.id,
        "failed" if errors else status,
        "; ".join(errors),
        len(report.facts),
        sum(1 for o in report.observations if o.certain),
        sum(1 for fact in report.fact_ids if fact is None),
        report.findings,
        tuple(paths),
        counts(results_of(report, taxonomy)),
    )


def _told(options: Options) -> dict[str, str]:
    """What the formats are told."""
    told = {"language": options.language}
    return told | {"layout": str(options.layout)} if options.layout else told


def check_sources(
    sources: Sequence[Source], options: Options
) -> Iterator[tuple[Source, Report | None, tuple[CheckResult, ...], str]]:
    """Read and check sources without a store: each with its report and results, or with what is wrong with it."""
    taxonomy = load(options.taxonomy)
    for source in sources:
        try:
            data = _bytes(source, options.max_size)
            document_id = safe_name(options.document_id or ("stdin" if source.path is None else source.path.stem))
            wanted = ReadOptions("", options.entity, options.filed_at)
            report = read_report(data, source.name, taxonomy, replace(wanted, document_id=document_id))
        except DocumentError as error:
            yield source, None, (), str(error)
        else:
            yield source, report, check(report, taxonomy), ""


def ledgers(sources: Sequence[Source], options: Options) -> Iterator[tuple[Source, Report | None, str]]:
    """Read sources without a store: each with its report, ledger included, or with what is wrong with it."""
    taxonomy = load(options.taxonomy)
    for source in sources:
        try:
            data = _bytes(source, options.max_size)
            report = read_report(data, source.name, taxonomy, ReadOptions("", options.entity, options.filed_at))
        except DocumentError as error:
            yield source, None, str(error)
        else:
            yield source, report, ""


def stored(store: Path, documents: Sequence[str]) -> Iterator[tuple[Report, Taxonomy]]:
    """The documents of a store (all, where none is named), each with the taxonomy that read it."""
    with FactStore.open(store, read_only=True) as facts:
        for wanted in documents or [document.id for document in facts.documents()]:
            report = facts.load_report(wanted)
            yield report, facts.load_taxonomy(report.document.taxonomy_hash)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(f"{folder}: cannot be made ({error.strerror}); choose another --out folder") from error


__all__ = ["STORE_NAME", "ExporterError", "Options", "Result", "Source", "expand", "export", "run"]
