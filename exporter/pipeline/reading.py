"""What needs no store (checks, ledgers), or the store alone (export, why)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from exporter import formats
from exporter.checks import check
from exporter.errors import DocumentError
from exporter.files import safe_name
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import CheckResult, Report, Taxonomy
from exporter.pipeline.nouns import Options, Result, Source
from exporter.pipeline.sources import read_bytes
from exporter.pipeline.work import write_files
from exporter.store import FactStore
from exporter.taxonomy import load


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
            results.append(write_files(wanted, report, taxonomies[key], out, options, "done"))
    return results


def check_sources(
    sources: Sequence[Source], options: Options
) -> Iterator[tuple[Source, Report | None, tuple[CheckResult, ...], str]]:
    """Read and check sources without a store: each with its report and results, or with what is wrong with it."""
    taxonomy = load(options.taxonomy)
    for source in sources:
        try:
            data = read_bytes(source, options.max_size)
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
            data = read_bytes(source, options.max_size)
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
