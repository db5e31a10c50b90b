"""Tests of the relations that a document implies: its sums, translations, growth rates, and its repetitions.

``check(report, taxonomy)`` gives one :class:`~exporter.model.CheckResult` a relation; ``findings`` turns those that
fail into issues; ``checked`` puts both on the report, which is done once a document. The rules are data
(``Taxonomy.rules``, from ``taxonomy/rules/*.yaml``; docs/rules.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import localcontext

from exporter.checks.equations import equations
from exporter.checks.figures import Index, index
from exporter.checks.interval import CONTEXT
from exporter.checks.outcome import Outcome, to_result
from exporter.checks.prints import differences, members, restatements, translations
from exporter.checks.reasons import explain
from exporter.checks.sums import sums
from exporter.collector import held_back
from exporter.errors import Issue
from exporter.model import CheckResult, Report, Rule, RuleKind, Taxonomy, Verdict
from exporter.values import plain

VERDICTS: tuple[Verdict, ...] = ("exact", "within_rounding", "fails", "not_checkable")

_KINDS: dict[RuleKind, Callable[[Rule, Index], Iterator[Outcome]]] = {
    "equation": equations,
    "sums": sums,
    "differences": differences,
    "translations": translations,
    "restatements": restatements,
    "members": members,
}


@held_back()
def check(report: Report, taxonomy: Taxonomy) -> tuple[CheckResult, ...]:
    """Every relation of the document, in the order of the rules and, within a rule, of the prints. Never raises."""
    with localcontext(CONTEXT):
        known = index(report, taxonomy)
        outcomes = [outcome for rule in taxonomy.rules for outcome in _KINDS[rule.kind](rule, known)]
        _confirm(outcomes)
        explain(outcomes, known)
        return tuple([to_result(outcome, report.document.key) for outcome in outcomes])


def checked(report: Report, taxonomy: Taxonomy) -> Report:
    """The report with the results of its relations, and a finding for each that fails."""
    results = check(report, taxonomy)
    return replace(report, checks=results, findings=(*report.findings, *findings(results)))


def results_of(report: Report, taxonomy: Taxonomy) -> tuple[CheckResult, ...]:
    """The results that a checked (or stored) report carries; those of any other are worked out now."""
    return report.checks or check(report, taxonomy)


def _confirm(outcomes: list[Outcome]) -> None:
    """What goes into some figures differs between companies: such a rule must hold somewhere before it may fail."""
    agreeing = {outcome.confirm for outcome in outcomes if outcome.confirm and outcome.verdict in ("exact", "within_rounding")}
    for outcome in outcomes:
        if outcome.verdict == "fails" and outcome.confirm and outcome.confirm not in agreeing:
            outcome.verdict = "not_checkable"
            outcome.reason = "this document may make the figure up in another way: the rule holds nowhere in it"


def findings(results: Iterable[CheckResult]) -> list[Issue]:
    """One issue a relation that fails, at the place of the checked figure."""
    return [_finding(result) for result in results if result.verdict == "fails"]


def _finding(result: CheckResult) -> Issue:
    numbers = ""
    if result.left is not None and result.right is not None and result.tolerance is not None:
        numbers = f": printed {plain(result.left)}, computed {plain(result.right)}, rounding allows {plain(result.tolerance)}"
    because = f" ({result.reason})" if result.reason else ""
    from_ = ", ".join(result.inputs[:-1])
    return Issue("check-fails", f"{result.rule}{numbers}, from {from_}{because}", result.inputs[-1])


def counts(results: Iterable[CheckResult]) -> dict[str, int]:
    """How many results there are of each verdict."""
    found: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for result in results:
        found[result.verdict] += 1
    return found


__all__ = ["VERDICTS", "check", "checked", "counts", "findings", "results_of"]
