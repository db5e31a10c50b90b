"""The command line: the only module that prints or sets an exit code.

Results go to standard output, errors and progress to standard error, one line an error. Exit codes:
0 done; 1 some sources failed, the others are kept; 2 the command was called wrongly; 3 findings
under ``--strict``. Text that comes from a document is shown with its control characters escaped, so
that no document can drive the terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from exporter import __version__
from exporter.errors import DocumentError, ExporterError, TaxonomyError

if TYPE_CHECKING:
    from exporter.errors import Issue
    from exporter.model import CheckResult, Concept, Taxonomy
    from exporter.pipeline import Options, Result, Source

DONE, FAILED, USAGE, FINDINGS, INTERRUPTED = 0, 1, 2, 3, 130
_DEFAULT_FORMATS = "xbrl,xlsx,csv"
_FINDINGS_SHOWN = 20
_CHECK = "check-fails"
_AMOUNTS = ("left", "right", "difference", "tolerance")
_SIZE = re.compile(r"(\d+)\s*([KMG]?)I?B?", re.IGNORECASE)
_SIZES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_PLACE = re.compile(r"\d+(:\d+)?")
_ENTITY = re.compile(r"[a-z][a-z0-9_-]*:[^\s:]+", re.IGNORECASE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code. ``arguments`` default to those of the process."""
    for stream in (sys.stdout, sys.stderr):
        _tolerate(stream)
    try:
        code = cli.main(args=arguments, prog_name="exporter", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "exporter"
        code = _fail(f"{error.format_message()} Try: {path} --help", USAGE)
    except ExporterError as error:
        code = _fail(str(error), FAILED)
    except (click.Abort, KeyboardInterrupt):
        code = _fail("interrupted; what was finished is kept, and running again completes the rest", INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone: `exporter ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except OSError as error:
        code = _fail(f"{error.filename or 'system'}: {error.strerror or error}", FAILED)
    sys.exit(code or DONE)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="exporter", message="%(prog)s %(version)s")
def cli() -> None:
    """Read earnings releases into a fact store; write XBRL, Excel and CSV from it."""


# --- values of options ----------------------------------------------------------------------------


def _formats(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    from exporter.formats import FORMATS

    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(f"unknown format {', '.join(unknown) or '(none)'}; there are: {', '.join(sorted(FORMATS))}.")
    return names


def _size(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
    match = _SIZE.fullmatch(value.strip())
    if not match or int(match[1]) == 0:
        raise click.BadParameter(f"{value!r} is no size; write bytes, or 500KB, 50MB, 1GB.")
    return int(match[1]) * _SIZES[match[2].upper()]


def _filed_at(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value:
        return ""
    try:
        date.fromisoformat(value)
    except ValueError:
        try:
            aware = datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise click.BadParameter(f"{value!r} is no date; write 2023-08-15, or 2023-08-15T20:00:00+08:00.") from None
    return value


def _entity(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not _ENTITY.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no entity ID; write scheme:identifier, such as cik:0000000001.")
    return value


_out_option = click.option("--out", default="out", show_default=True, type=click.Path(path_type=Path), help="Folder to write into.")
_formats_option = click.option(
    "--formats", default=_DEFAULT_FORMATS, show_default=True, callback=_formats, help="What to write, separated by commas."
)
_taxonomy_option = click.option(
    "--taxonomy",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of taxonomy files to use instead of the built-in one.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Results as one JSON object.")
_strict_option = click.option("--strict", is_flag=True, help="Exit with 3 where a document has findings.")


# --- run, demo, export ----------------------------------------------------------------------------


@cli.command("run")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@_out_option
@_formats_option
@click.option("--store", type=click.Path(path_type=Path), help="Fact store to write to.  [default: OUT/facts.duckdb]")
@click.option("--entity", default="", callback=_entity, metavar="ID", help="Who reports, where the document does not tell.")
@click.option("--filed-at", default="", callback=_filed_at, metavar="DATE", help="Filing date, where the document has no dateline.")
@click.option("--id", "document_id", default="", metavar="NAME", help="Name of the document, instead of the file's name.")
@_taxonomy_option
@click.option("--max-size", default="50MB", show_default=True, callback=_size, help="Refuse sources above this size.")
@_strict_option
@_json_option
def run_command(
    sources: tuple[str, ...],
    out: Path,
    formats: tuple[str, ...],
    store: Path | None,
    entity: str,
    filed_at: str,
    document_id: str,
    folder: Path | None,
    max_size: int,
    strict: bool,
    as_json: bool,
) -> int:
    """Read releases into the store and write them out.

    A SOURCE is a file, a folder, a pattern such as 'releases/*.html', or - for standard input.
    """
    from exporter.pipeline import Options

    options = Options(
        formats=formats, entity=entity, filed_at=filed_at, document_id=document_id, max_size=max_size, taxonomy=folder
    )
    found, missing = _expand(sources)
    if document_id and len(found) + len(missing) > 1:
        raise click.UsageError(f"--id names one document, but there are {len(found) + len(missing)} sources.")
    return _run(found, missing, out, store, options, strict, as_json)


@cli.command()
@_out_option
@_formats_option
@_json_option
def demo(out: Path, formats: tuple[str, ...], as_json: bool) -> int:
    """Read the sample release that comes with the package."""
    from exporter.pipeline import Options, Source

    samples = sorted((Path(__file__).parent / "samples").glob("*.txt"))
    if not samples:
        raise DocumentError("the package holds no sample release; install it again")
    found = [Source(name=path.name, path=path) for path in samples]
    return _run(found, [], out, None, Options(formats=formats), strict=False, as_json=as_json)


@cli.command("export")
@click.option("--store", required=True, type=click.Path(path_type=Path), help="Fact store to read.")
@click.option("--document", "documents", multiple=True, metavar="ID", help="Document to write; may be repeated.  [default: all]")
@_formats_option
@_out_option
@_taxonomy_option
@_strict_option
@_json_option
def export_command(
    store: Path,
    documents: tuple[str, ...],
    formats: tuple[str, ...],
    out: Path,
    folder: Path | None,
    strict: bool,
    as_json: bool,
) -> int:
    """Write files from the store alone; the sources may be gone."""
    from exporter import pipeline

    results = pipeline.export(store, out, documents, pipeline.Options(formats=formats, taxonomy=folder))
    return _report(results, out, strict, as_json)


@cli.command("check")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--entity", default="", callback=_entity, metavar="ID", help="Who reports, where the document does not tell.")
@_taxonomy_option
@click.option("--max-size", default="50MB", show_default=True, callback=_size, help="Refuse sources above this size.")
@click.option("--all", "every", is_flag=True, help="Every relation, not only those that fail.")
@_strict_option
@_json_option
def check_command(
    sources: tuple[str, ...], entity: str, folder: Path | None, max_size: int, every: bool, strict: bool, as_json: bool
) -> int:
    """Test the relations that releases imply: sums, translations, growth, repetitions.

    Nothing is written. Exit code 3 under --strict where a figure does not agree.
    """
    from exporter.pipeline import Options, check_sources

    found, missing = _expand(sources)
    failed = [_fail(result.error, FAILED) for result in missing]
    documents: list[dict[str, object]] = []
    disagree = False
    for source, report, results, error in check_sources(found, Options(entity=entity, taxonomy=folder, max_size=max_size)):
        if report is None:
            failed.append(_fail(error, FAILED))
            continue
        shown = [result for result in results if every or result.verdict == "fails"]
        disagree = disagree or any(result.verdict == "fails" for result in results)
        if as_json:
            documents.append({"source": source.name, "document_id": report.document.id, **_checks_as_json(results, shown)})
        else:
            _say(_shown(f"{report.document.id}: {_checks_line(_verdicts(results))}"))
            for result in shown:
                _say(_shown(f"  {_check_line(source.name, result)}"))
    if as_json:
        _say(json.dumps({"documents": documents}, indent=2))
    return FAILED if failed else FINDINGS if strict and disagree else DONE


@cli.command("ledger")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--entity", default="", callback=_entity, metavar="ID", help="Who reports, where the document does not tell.")
@_taxonomy_option
@click.option("--max-size", default="50MB", show_default=True, callback=_size, help="Refuse sources above this size.")
@_strict_option
@_json_option
def ledger_command(sources: tuple[str, ...], entity: str, folder: Path | None, max_size: int, strict: bool, as_json: bool) -> int:
    """Account for every numeric token: facts, restatements, what is no figure, and what is unresolved.

    Nothing is written. Exit code 3 under --strict where a token is unresolved.
    """
    from exporter.pipeline import Options, ledgers

    found, missing = _expand(sources)
    failed = [_fail(result.error, FAILED) for result in missing]
    documents: list[dict[str, object]] = []
    unresolved = False
    for source, report, error in ledgers(found, Options(entity=entity, taxonomy=folder, max_size=max_size)):
        if report is None:
            failed.append(_fail(error, FAILED))
            continue
        counted = Counter(entry.cls for entry in report.ledger)
        left = [entry for entry in report.ledger if entry.cls == "unresolved"]
        unresolved = unresolved or bool(left)
        if as_json:
            listed = [{"line": e.line, "column": e.column, "token": e.token, "reason": e.reason} for e in left]
            documents.append({"source": source.name, "tokens": len(report.ledger), "counts": dict(counted), "unresolved": listed})
        else:
            parts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counted.most_common())
            _say(_shown(f"{source.name}: {_count(len(report.ledger), 'numeric token')}{': ' + parts if parts else ''}"))
            for e in left:
                _say(_shown(f"  {source.name}:{e.line}:{e.column}: {e.token}: {e.reason}"))
    if as_json:
        _say(json.dumps({"documents": documents}, indent=2))
    return FAILED if failed else FINDINGS if strict and unresolved else DONE


def _verdicts(results: Iterable[CheckResult]) -> Mapping[str, int]:
    from exporter.checks import counts

    return counts(results)


def _checks_line(counted: Mapping[str, int]) -> str:
    """``605 checks: 208 exact, 327 within rounding, 51 fail, 19 not checkable``."""
    words = {"exact": "exact", "within_rounding": "within rounding", "fails": "fail", "not_checkable": "not checkable"}
    parts = ", ".join(f"{count} {words[verdict]}" for verdict, count in counted.items() if count)
    return f"{_count(sum(counted.values()), 'check')}{': ' + parts if parts else ''}"


def _check_line(source: str, result: CheckResult) -> str:
    from exporter.values import plain

    numbers = ""
    if result.left is not None and result.right is not None:
        numbers = f": printed {plain(result.left)}, computed {plain(result.right)}"
    because = f" ({result.reason})" if result.reason else ""
    return f"{result.verdict.replace('_', ' ')}: {source}:{result.inputs[-1]}: {result.rule}{numbers}{because}"


def _checks_as_json(results: Sequence[CheckResult], shown: Sequence[CheckResult]) -> dict[str, object]:
    listed = [
        {
            "check_id": r.check_id, "rule": r.rule, "family": r.family, "verdict": r.verdict, "reason": r.reason, "inputs": list(r.inputs),
            **{name: None if (value := getattr(r, name)) is None else format(value, "f") for name in _AMOUNTS},
        }
        for r in shown
    ]  # fmt: skip
    return {"counts": dict(_verdicts(results)), "checks": listed}


@cli.command()
@click.argument("fact", nargs=-1, required=True, metavar="FACT")
@click.option("--store", default="out/facts.duckdb", show_default=True, type=click.Path(path_type=Path), help="Fact store to read.")
@click.option("--document", "documents", multiple=True, metavar="ID", help="Document to look in; may be repeated.  [default: all]")
def why(fact: tuple[str, ...], store: Path, documents: tuple[str, ...]) -> int:
    """Explain a fact: its places in the source, its checks, and what it was matched by.

    FACT is a fact ID, or CONCEPT [PERIOD] [UNIT], such as fin:Revenues 2023Q2 CNY.
    """
    from exporter.checks.why import explain_fact, find
    from exporter.pipeline import stored

    found = 0
    for report, known in stored(store, documents):
        for one in find(report, fact):
            if found:
                _say("")
            found += 1
            for line in explain_fact(report, known, one):
                _say(_shown(line))
    return DONE if found else _fail(f"{' '.join(fact)}: no such fact in {store}; facts.csv lists them with their IDs", FAILED)


def _expand(patterns: Sequence[str]) -> tuple[list[Source], list[Result]]:
    """The sources that the patterns name, each once; and a failed result for each pattern that names none."""
    from exporter import pipeline

    found: dict[tuple[str, Path | None], Source] = {}
    missing: list[Result] = []
    for pattern in patterns:
        try:
            for source in pipeline.expand([pattern]):
                found.setdefault((source.name, source.path), source)
        except DocumentError as error:
            missing.append(pipeline.Result(pattern, "", "failed", str(error), 0, 0, 0, (), ()))
    return list(found.values()), missing


def _run(
    sources: Sequence[Source], missing: list[Result], out: Path, store: Path | None, options: Options, strict: bool, as_json: bool
) -> int:
    from exporter import pipeline

    results = list(missing)
    try:
        if sources:
            with _progress(len(sources)) as advance:

                def keep(result: Result) -> None:
                    results.append(result)
                    advance(result)

                pipeline.run(sources, out, store, options, keep)
    except ExporterError as error:  # the store or the taxonomy: what was finished before is reported all the same
        _report(results, out, strict, as_json)
        return _fail(str(error), FAILED)
    return _report(results, out, strict, as_json)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Result], None]]:
    """A bar on standard error, where that is a terminal and there is something to wait for."""
    if total < 2 or not sys.stderr.isatty():
        yield lambda result: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=total)
        yield lambda result: bar.update(task, advance=1, description=escape(_shown(Path(result.source).name)))


def _report(results: Sequence[Result], out: Path, strict: bool, as_json: bool) -> int:
    """Print what was made and what was not; the exit code that follows from it."""
    for result in results:
        if result.status == "failed":
            _fail(result.error if result.source in result.error else f"{result.source}: {result.error}", FAILED)
    if as_json:
        _say(json.dumps({"out": out.as_posix(), "documents": [_as_json(result, out) for result in results]}, indent=2))
    else:
        for result in results:
            if result.status != "failed":
                _say(_summary(result, out))
    doubts = [(result, issue) for result in results for issue in result.findings]
    _show_doubts([(result, issue) for result, issue in doubts if issue.code != _CHECK and (strict or issue.severity != "info")])
    if any(result.status == "failed" for result in results):
        return FAILED
    return FINDINGS if strict and doubts else DONE


def _summary(result: Result, out: Path) -> str:
    """What was made and where; of a folder of files only the folder."""
    doubts = ", ".join(
        f"{count} {severity}"
        for severity in ("error", "warning", "info")
        if (count := sum(issue.severity == severity for issue in result.findings))
    )
    lines = [
        f"{result.document_id}: {'unchanged' if result.status == 'unchanged' else 'done'}",
        f"  {_count(result.facts, 'fact')} from {_count(result.occurrences, 'printed figure')}, {result.unresolved} unresolved, "
        f"{_count(len(result.findings), 'finding')}{f' ({doubts})' if doubts else ''}",
    ]
    if sum(result.checks.values()):
        lines += [f"  {_checks_line(result.checks)}", *_disagreements(result.findings)]
    folder = out / result.document_id
    made = {path.relative_to(folder).parts if path.is_relative_to(folder) else (str(path),): path for path in result.paths}
    places = dict.fromkeys(_where(path if len(parts) == 1 else folder / parts[0]) for parts, path in made.items())
    return "\n".join(_shown(line) for line in [*lines, *(f"  {place}" for place in places)])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _show_doubts(doubts: Sequence[tuple[Result, Issue]]) -> None:
    for result, issue in doubts[:_FINDINGS_SHOWN]:
        place = f"{result.source}:{issue.where}" if _PLACE.fullmatch(issue.where) else result.source
        _complain(f"{issue.severity}: {place}: {issue.code}: {issue.message}")
    if len(doubts) > _FINDINGS_SHOWN:
        _complain(f"... and {len(doubts) - _FINDINGS_SHOWN} findings more; findings.csv holds them all")


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


# --- what there is --------------------------------------------------------------------------------


@cli.command()
def formats() -> None:
    """List the formats."""
    from exporter.formats import FORMATS

    _table((name, entry.summary) for name, entry in sorted(FORMATS.items()))


@cli.group()
def taxonomy() -> None:
    """Look at the concepts, their names and sums."""


@taxonomy.command()
@_taxonomy_option
@click.option(
    "--names",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of element names, <prefix>-<year>.txt or .tsv, to check maps_to against.",
)
def lint(folder: Path | None, names: Path | None) -> int:
    """Check the taxonomy files.

    Each fault is a line with file, place and mend; the exit code is 1 where there is one.
    """
    from exporter.taxonomy import lint as check
    from exporter.taxonomy import read_names

    known = _load(folder)
    faults = check(known, read_names(names)) if names else []
    for fault in faults:
        _complain(f"{fault.severity}: {fault.where}: {fault.code}: {fault.message}")
    _say(
        f"{len(known.concepts)} concepts, {len(known.networks)} networks, {len(known.entities)} entities: "
        f"{len(faults) or 'no'} faults"
    )
    return FAILED if faults else DONE


@taxonomy.command()
@click.argument("concept_id", metavar="ID")
@_taxonomy_option
def show(concept_id: str, folder: Path | None) -> None:
    """Show one concept, such as fin:Revenues."""
    known = _load(folder)
    if concept_id not in known.concepts:
        raise TaxonomyError(f"{concept_id}: no such concept; `exporter taxonomy tree` lists them")
    _table(_described(known.concepts[concept_id], known))


def _described(concept: Concept, known: Taxonomy) -> Iterator[tuple[str, str]]:
    yield "concept", concept.id
    yield "type", ", ".join(part for part in (concept.type, concept.period, concept.balance or "", concept.unit, concept.basis) if part)
    for (language, role), label in sorted(concept.labels.items()):
        yield f"label {language} {role}", label
    yield "definition", " ".join(concept.definition.split())
    for alias in concept.aliases:
        limits = [*(f"under {name}" for name in alias.under), *(f"in {name}" for name in alias.statements)]
        yield "alias", alias.text + (f" ({', '.join(limits)})" if limits else "") + ("" if alias.sign == 1 else f" [sign {alias.sign}]")
    for prefix, name in sorted(concept.maps_to.items()):
        yield "maps to", f"{prefix}:{name}"
    for network in known.networks.values():
        for total, parts in network.calculation.items():
            if total == concept.id or any(part == concept.id for part, _ in parts):
                yield f"sum in {network.id}", f"{total} = {' '.join(f'{weight:+d} {part}' for part, weight in parts)}"
    if concept.replaced_by:
        yield "replaced by", concept.replaced_by
    if concept.source:
        yield "source", concept.source


@taxonomy.command()
@_taxonomy_option
def tree(folder: Path | None) -> None:
    """List the statements with their concepts in print order."""
    known = _load(folder)
    for network in known.networks.values():
        _say(_shown(f"{network.id}: {network.labels.get('en', network.id)}"))
        for line in network.presentation:
            _say(_shown(f"{'  ' * (line.level + 1)}{known.concepts[line.concept].label('en', line.role)}  [{line.concept}]"))


def _load(folder: Path | None) -> Taxonomy:
    from exporter.taxonomy import load

    return load(folder)


# --- printing -------------------------------------------------------------------------------------


def _tolerate(stream: IO[str] | None) -> None:
    """What the terminal's encoding lacks is shown escaped, instead of ending the run."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _shown(text: str) -> str:
    """One line of text that is safe on a terminal: control and direction characters are escaped."""
    return "".join(
        character if unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs") else repr(character)[1:-1] for character in text
    )


def _where(path: Path) -> str:
    """A path as one would type it here: relative to the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def _say(text: str) -> None:
    click.echo(text)


def _complain(text: str) -> None:
    click.echo(_shown(text), err=True)


def _fail(text: str, code: int) -> int:
    _complain(f"error: {text}")
    return code


def _table(rows: Iterable[tuple[str, str]]) -> None:
    formatter = click.HelpFormatter(width=100)
    formatter.write_dl([(_shown(name), _shown(text)) for name, text in rows])
    _say(formatter.getvalue().rstrip("\n"))
