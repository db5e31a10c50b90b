"""Tests of the relations that a document implies: its sums, translations, growth rates, and its repetitions.

``check(report, taxonomy)`` gives one :class:`~exporter.model.CheckResult` a relation; ``findings`` turns those that
fail into issues. The rules are data (``Taxonomy.rules``, from ``taxonomy/rules/*.yaml``; docs/rules.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import localcontext
from functools import lru_cache

from exporter.checks.equations import equations
from exporter.checks.figures import Index, index
from exporter.checks.interval import CONTEXT
from exporter.checks.outcome import Outcome, to_result
from exporter.checks.prints import differences, members, restatements, translations
from exporter.checks.reasons import explain
from exporter.checks.sums import sums
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


def check(report: Report, taxonomy: Taxonomy) -> list[CheckResult]:
    """Every relation of the document, in the order of the rules and, within a rule, of the prints. Never raises."""
    return list(_checked(_Held(report, taxonomy)))


class _Held:
    """Makes a report a cache argument: the formats of one run ask for the same results."""

    def __init__(self, report: Report, taxonomy: Taxonomy) -> None:
        self.report, self.taxonomy = report, taxonomy

    def __hash__(self) -> int:
        return hash((self.report.document.key, self.taxonomy.hash))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Held):
            return False
        mine, its = self.report, other.report
        return (
            mine.facts is its.facts and mine.observations is its.observations and mine.tables is its.tables
            and self.taxonomy is other.taxonomy
        )  # fmt: skip


@lru_cache(maxsize=1)
def _checked(held: _Held) -> tuple[CheckResult, ...]:
    with localcontext(CONTEXT):
        known = index(held.report, held.taxonomy)
        outcomes = [outcome for rule in held.taxonomy.rules for outcome in _KINDS[rule.kind](rule, known)]
        _confirm(outcomes)
        explain(outcomes, known)
        return tuple([to_result(outcome, held.report.document.key) for outcome in outcomes])


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


__all__ = ["VERDICTS", "check", "counts", "findings"]
