"""``check``, ``ledger``, ``why``: what stands behind the figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.options import entity_option, expand, json_option, max_size_option, strict_option, taxonomy_option
from exporter.cli.printing import DONE, FAILED, FINDINGS, fail, plural, safe, say

if TYPE_CHECKING:
    from exporter.model import CheckResult

_AMOUNTS = ("left", "right", "difference", "tolerance")


@click.command("check")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@entity_option
@taxonomy_option
@max_size_option
@click.option("--all", "every", is_flag=True, help="Every relation, not only those that fail.")
@strict_option
@json_option
def check_command(
    sources: tuple[str, ...], entity: str, folder: Path | None, max_size: int, every: bool, strict: bool, as_json: bool
) -> int:
    """Test the relations that releases imply: sums, translations, growth, repetitions.

    Nothing is written. Exit code 3 under --strict where a figure does not agree.
    """
    from exporter.pipeline import Options, check_sources

    found, missing = expand(sources)
    failed = [fail(result.error, FAILED) for result in missing]
    documents: list[dict[str, object]] = []
    disagree = False
    for source, report, results, error in check_sources(found, Options(entity=entity, taxonomy=folder, max_size=max_size)):
        if report is None:
            failed.append(fail(error, FAILED))
            continue
        shown = [result for result in results if every or result.verdict == "fails"]
        disagree = disagree or any(result.verdict == "fails" for result in results)
        if as_json:
            documents.append({"source": source.name, "document_id": report.document.id, **_checks_as_json(results, shown)})
        else:
            say(safe(f"{report.document.id}: {checks_line(verdicts(results))}"))
            for result in shown:
                say(safe(f"  {_check_line(source.name, result)}"))
    if as_json:
        say(json.dumps({"documents": documents}, indent=2))
    return FAILED if failed else FINDINGS if strict and disagree else DONE


@click.command("ledger")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@entity_option
@taxonomy_option
@max_size_option
@strict_option
@json_option
def ledger_command(sources: tuple[str, ...], entity: str, folder: Path | None, max_size: int, strict: bool, as_json: bool) -> int:
    """Account for every numeric token: facts, restatements, what is no figure, and what is unresolved.

    Nothing is written. Exit code 3 under --strict where a token is unresolved.
    """
    from exporter.pipeline import Options, ledgers

    found, missing = expand(sources)
    failed = [fail(result.error, FAILED) for result in missing]
    documents: list[dict[str, object]] = []
    unresolved = False
    for source, report, error in ledgers(found, Options(entity=entity, taxonomy=folder, max_size=max_size)):
        if report is None:
            failed.append(fail(error, FAILED))
            continue
        counted = Counter(entry.cls for entry in report.ledger)
        left = [entry for entry in report.ledger if entry.cls == "unresolved"]
        unresolved = unresolved or bool(left)
        if as_json:
            listed = [{"line": e.line, "column": e.column, "token": e.token, "reason": e.reason} for e in left]
            documents.append({"source": source.name, "tokens": len(report.ledger), "counts": dict(counted), "unresolved": listed})
        else:
            parts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counted.most_common())
            say(safe(f"{source.name}: {plural(len(report.ledger), 'numeric token')}{': ' + parts if parts else ''}"))
            for e in left:
                say(safe(f"  {source.name}:{e.line}:{e.column}: {e.token}: {e.reason}"))
    if as_json:
        say(json.dumps({"documents": documents}, indent=2))
    return FAILED if failed else FINDINGS if strict and unresolved else DONE


def verdicts(results: Iterable[CheckResult]) -> Mapping[str, int]:
    """How many relations have which verdict."""
    from exporter.checks import counts

    return counts(results)


def checks_line(counted: Mapping[str, int]) -> str:
    """``605 checks: 208 exact, 327 within rounding, 51 fail, 19 not checkable``."""
    words = {"exact": "exact", "within_rounding": "within rounding", "fails": "fail", "not_checkable": "not checkable"}
    parts = ", ".join(f"{count} {words[verdict]}" for verdict, count in counted.items() if count)
    return f"{plural(sum(counted.values()), 'check')}{': ' + parts if parts else ''}"


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
    return {"counts": dict(verdicts(results)), "checks": listed}


@click.command()
@click.argument("fact", nargs=-1, required=True, metavar="FACT")
@click.option("--store", default="out/facts.duckdb", show_default=True, type=click.Path(path_type=Path), help="Fact store to read.")
@click.option("--document", "documents", multiple=True, metavar="ID", help="Document to look in; may be repeated.  [default: all]")
def why(fact: tuple[str, ...], store: Path, documents: tuple[str, ...]) -> int:
    """Explain a fact: its places in the source, its checks, and what it was matched by.

    FACT is a fact ID, or CONCEPT [PERIOD] [UNIT], such as fin:Revenues 2023Q2 CNY.
    """
    from exporter.checks.why import explain_fact, find
    from exporter.pipeline import stored

    words = " ".join(fact).split()  # a user may quote it as a whole
    if not words:
        raise click.UsageError("FACT is empty; give a fact ID, or a concept with period and unit.")
    found = 0
    concepts: set[str] = set()
    for report, known in stored(store, documents):
        concepts.update(fact.aspects.concept for fact in report.facts)
        for one in find(report, words):
            if found:
                say("")
            found += 1
            for line in explain_fact(report, known, one):
                say(safe(line))
    return DONE if found else fail(f"{' '.join(words)}: no such fact in {store}; {_nearest(words[0], concepts)}", FAILED)


def _nearest(word: str, concepts: Collection[str]) -> str:
    """What a word that means no fact may have been meant to be."""
    from difflib import get_close_matches

    if word in concepts or word in {concept.partition(":")[2] for concept in concepts}:
        return "facts.csv lists them with their periods, units and IDs"
    names = {concept if ":" in word else concept.partition(":")[2]: concept for concept in sorted(concepts)}
    near = [names[name] for name in get_close_matches(word, names, 3, 0.5)]
    return f"nearest: {', '.join(near)}" if near else "facts.csv lists them with their IDs"

