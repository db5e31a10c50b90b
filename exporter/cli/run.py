"""``run``, ``demo``, ``export``: from sources to the store and to files."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from exporter.cli.check import checks_line
from exporter.cli.options import (
    check_layout,
    entity_option,
    expand,
    filing_date,
    formats_option,
    json_option,
    language_option,
    layout_option,
    max_size_option,
    out_option,
    size,
    strict_option,
    taxonomy_option,
)
from exporter.cli.printing import DONE, FAILED, FINDINGS, complain, fail, listened, plural, safe, say, where
from exporter.errors import DocumentError, ExporterError

if TYPE_CHECKING:
    from exporter.errors import Issue
    from exporter.pipeline import Options, Result, Source

_FINDINGS_SHOWN = 20
_CHECK = "check-fails"
_PLACE = re.compile(r"\d+(:\d+)?")


@click.command("run")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@out_option
@formats_option
@language_option
@layout_option
@click.option("--store", type=click.Path(path_type=Path), help="Fact store to write to.  [default: OUT/facts.duckdb]")
@entity_option
@click.option("--filed-at", default="", callback=filing_date, metavar="DATE", help="Filing date, where the document has no dateline.")
@click.option("--id", "document_id", default="", metavar="NAME", help="Name of the document, instead of the file's name.")
@taxonomy_option
@max_size_option
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes that read; 1: none but this one.  [default: all cores]")
@click.option("--time-limit", type=click.IntRange(1), metavar="SECONDS", help="Give up a document after so long.  [default: 300]")
@click.option("--memory-limit", callback=size, metavar="SIZE", help="Memory that a document may take.  [default: 2GB]")
@click.option("--fail-fast", is_flag=True, help="Stop at the first document that fails.")
@click.option("--retry-failed", is_flag=True, help="Only what failed in the last run into OUT, or was not reached.")
@strict_option
@json_option
def run_command(
    sources: tuple[str, ...],
    out: Path,
    formats: tuple[str, ...],
    language: str,
    layout: Path | None,
    store: Path | None,
    entity: str,
    filed_at: str,
    document_id: str,
    folder: Path | None,
    max_size: int,
    jobs: int | None,
    time_limit: int | None,
    memory_limit: int | None,
    fail_fast: bool,
    retry_failed: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Read releases into the store and write them out.

    A SOURCE is a file, a folder, a pattern such as 'releases/*.html', or - for standard input. What became of each stands
    in OUT/run_results.json too.
    """
    from exporter.pipeline import Options

    if not sources and not retry_failed:
        raise click.UsageError("Missing argument 'SOURCE...'.")
    check_layout(layout, language)
    options = Options(
        formats=formats, entity=entity, filed_at=filed_at, document_id=document_id, max_size=max_size, taxonomy=folder,
        language=language, layout=layout, jobs=jobs or os.cpu_count() or 1, time_limit=time_limit, memory_limit=memory_limit,
        fail_fast=fail_fast, retry_failed=retry_failed,
    )  # fmt: skip
    found, missing = expand(sources)
    if document_id and len(found) + len(missing) > 1:
        raise click.UsageError(f"--id names one document, but there are {len(found) + len(missing)} sources.")
    return _run(found, missing, out, store, options, strict, as_json)


@click.command()
@out_option
@formats_option
@language_option
@layout_option
@json_option
def demo(out: Path, formats: tuple[str, ...], language: str, layout: Path | None, as_json: bool) -> int:
    """Read the sample release that comes with the package."""
    from exporter.pipeline import Options, Source

    check_layout(layout, language)
    samples = sorted((Path(__file__).parents[1] / "samples").glob("*.txt"))
    if not samples:
        raise DocumentError("the package holds no sample release; install it again")
    found = [Source(name=path.name, path=path) for path in samples]
    return _run(found, [], out, None, Options(formats=formats, language=language, layout=layout), strict=False, as_json=as_json)


@click.command("export")
@click.option("--store", required=True, type=click.Path(path_type=Path), help="Fact store to read.")
@click.option("--document", "documents", multiple=True, metavar="ID", help="Document to write; may be repeated.  [default: all]")
@formats_option
@language_option
@layout_option
@out_option
@taxonomy_option
@strict_option
@json_option
def export_command(
    store: Path,
    documents: tuple[str, ...],
    formats: tuple[str, ...],
    language: str,
    layout: Path | None,
    out: Path,
    folder: Path | None,
    strict: bool,
    as_json: bool,
) -> int:
    """Write files from the store alone; the sources may be gone."""
    from exporter import pipeline

    check_layout(layout, language)
    told = pipeline.Options(formats=formats, taxonomy=folder, language=language, layout=layout)
    results = pipeline.export(store, out, documents, told)
    return _report(results, out, strict, as_json)


def _run(
    sources: Sequence[Source], missing: list[Result], out: Path, store: Path | None, options: Options, strict: bool, as_json: bool
) -> int:
    from exporter import pipeline

    finished: list[Result] = []
    try:
        with _progress(len(sources)) as advance:
            results = pipeline.run(sources, out, store, options, finished.append, advance)
    except ExporterError as error:  # the store or the taxonomy: what was finished before is reported all the same
        _report([*missing, *finished], out, strict, as_json)
        return fail(str(error), FAILED)
    return _report([*missing, *results], out, strict, as_json)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Result], None]]:
    """A bar on standard error, where that is a terminal and there is something to wait for: rate, time left, failures."""
    if total < 2 or not sys.stderr.isatty() or listened():
        yield lambda result: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    began, failures = monotonic(), 0
    columns = (TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(BarColumn(), MofNCompleteColumn(), *columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, rate="")

        def advance(result: Result) -> None:
            nonlocal failures
            failures += result.status == "failed"
            done = bar.tasks[0].completed + 1
            rate = f"{done / max(monotonic() - began, 1e-3) * 60:,.0f} a minute"
            name = escape(safe(Path(result.source).name))
            bar.update(task, advance=1, rate=rate, description=f"{f'{failures} failed  ' if failures else ''}{name}")

        yield advance


def _report(results: Sequence[Result], out: Path, strict: bool, as_json: bool) -> int:
    """Print what was made and what was not; the exit code that follows from it."""
    for result in results:
        if result.status == "failed":
            fail(result.error if result.source in result.error else f"{result.source}: {result.error}", FAILED)
    if skipped := sum(result.status == "skipped" for result in results):
        complain(f"{plural(skipped, 'source')} not read: the run stopped at the first failure; --retry-failed reads the rest")
    if as_json:
        say(json.dumps({"out": out.as_posix(), "documents": [_as_json(result, out) for result in results]}, indent=2))
    else:
        for result in results:
            if result.status in ("done", "unchanged"):
                say(_summary(result, out))
    doubts = ((result, issue) for result in results for issue in result.findings)
    _show_doubts((result, issue) for result, issue in doubts if issue.code != _CHECK and (strict or issue.severity != "info"))
    if any(result.status in ("failed", "skipped") for result in results):
        return FAILED
    return FINDINGS if strict and any(result.findings for result in results) else DONE


def _summary(result: Result, out: Path) -> str:
    """What was made and where; of a folder of files only the folder."""
    doubts = ", ".join(
        f"{count} {severity}"
        for severity in ("error", "warning", "info")
        if (count := sum(issue.severity == severity for issue in result.findings))
    )
    lines = [
        f"{result.document_id}: {'unchanged' if result.status == 'unchanged' else 'done'}",
        f"  {plural(result.facts, 'fact')} from {plural(result.occurrences, 'printed figure')}, {result.unresolved} unresolved, "
        f"{plural(len(result.findings), 'finding')}{f' ({doubts})' if doubts else ''}",
    ]
    if sum(result.checks.values()):
        lines += [f"  {checks_line(result.checks)}", *_disagreements(result.findings)]
    folder = out / result.document_id
    made = {path.relative_to(folder).parts if path.is_relative_to(folder) else (str(path),): path for path in result.paths}
    places = dict.fromkeys(where(path if len(parts) == 1 else folder / parts[0]) for parts, path in made.items())
    return "\n".join(safe(line) for line in [*lines, *(f"  {place}" for place in places)])


def _show_doubts(doubts: Iterator[tuple[Result, Issue]]) -> None:
    if listened():  # a log counts findings (docs/logs.md); their words are those of a document
        return
    for result, issue in islice(doubts, _FINDINGS_SHOWN):
        place = f"{result.source}:{issue.where}" if _PLACE.fullmatch(issue.where) else result.source
        complain(f"{issue.severity}: {place}: {issue.code}: {issue.message}")
    if more := sum(1 for _ in doubts):
        complain(f"... and {more} findings more; findings.csv holds them all")


def _disagreements(issues: Iterable[Issue]) -> Iterator[str]:
    """A line a rule: how many of its relations fail, and the first of them."""
    groups: dict[str, list[Issue]] = {}
    for issue in issues:
        if issue.code == _CHECK:
            groups.setdefault(issue.message.partition(":")[0], []).append(issue)
    for found in groups.values():
        yield f"    {len(found)} fail: {found[0].where}: {found[0].message}{' and others' if len(found) > 1 else ''}"


def _as_json(result: Result, out: Path) -> dict[str, object]:
    return {
        "source": result.source,
        "document_id": result.document_id,
        "status": result.status,
        "error": result.error,
        "facts": result.facts,
        "occurrences": result.occurrences,
        "unresolved": result.unresolved,
        "findings": [
            {"code": issue.code, "severity": issue.severity, "message": issue.message, "where": issue.where} for issue in result.findings
        ],
        "paths": [path.relative_to(out).as_posix() if path.is_relative_to(out) else path.as_posix() for path in result.paths],
    }
