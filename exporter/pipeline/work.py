"""The work on one document, wherever it is done: read and check it, prepare it for the store, write its files."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from exporter import formats
from exporter.checks import counts, results_of
from exporter.errors import DocumentError, FormatError, StoreError
from exporter.files import sweep
from exporter.ingest.ledger import ledger_of
from exporter.ingest.resolve import ReadOptions
from exporter.model import Report, Taxonomy
from exporter.pipeline.nouns import Job, Options, Outcome, Result, Status, failed
from exporter.pipeline.packed import Packed
from exporter.pipeline.unit import extract
from exporter.store import prepare


@dataclass(frozen=True, slots=True)
class Bench:
    """What is needed for any document: where its files go, and what is known before it is read."""

    taxonomy: Taxonomy
    out: Path
    options: Options


def work(job: Job, bench: Bench) -> Outcome:
    """Do a job. Everything that can be wrong with a document is a failed result; what else is raised is our fault."""
    started = time.perf_counter()
    task, options = job.task, bench.options
    prepared = None
    if isinstance(job.content, Report):
        result = write_files(task.source.name, job.content, bench.taxonomy, bench.out, options, "unchanged")
        if task.named and task.named not in result.findings:
            result = replace(result, findings=(*result.findings, task.named))
    else:
        told = ReadOptions(task.document_id, options.entity, options.filed_at)
        try:
            report = extract(job.content, task.source.name, bench.taxonomy, told, task.named)
            prepared = prepare(report)
        except (DocumentError, StoreError) as error:
            result = failed(task.source.name, task.document_id, str(error))
        else:
            result = write_files(task.source.name, report, bench.taxonomy, bench.out, options, "done")
    seconds = round(time.perf_counter() - started, 3)
    return Outcome(task, replace(result, findings=Packed(result.findings), paths=Packed(result.paths), seconds=seconds), prepared)


def write_files(name: str, report: Report, taxonomy: Taxonomy, out: Path, options: Options, status: Status) -> Result:
    """All formats of one document. A format that cannot be written fails the document; the others stand."""
    paths: list[Path] = []
    errors: list[str] = []
    folder = out / report.document.id
    if "csv" in options.formats and not report.ledger:
        report = replace(report, ledger=ledger_of(report, taxonomy))
    sweep(folder)
    for wanted in options.formats:
        try:
            writer = formats.get(wanted)
            paths.extend(writer(report, taxonomy, folder, _told(options)))
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
