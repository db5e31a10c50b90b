"""Explaining one fact: what it says, where it is printed, which relations it takes part in, and what it was matched by.

Everything comes from the report and the taxonomy that read it, so a store is enough; the source file may be gone.
Texts of the document are shown as they are: whoever prints them escapes control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from exporter.checks import results_of
from exporter.model import Alias, CheckResult, Concept, Entity, Fact, Observation, Report, Taxonomy
from exporter.values import Fold, fiscal_label, fold, plain

_BEFORE, _AFTER = 70, 50
_ID = re.compile(r"(?:f-)?([0-9a-f]{6,32})")


def find(report: Report, words: Sequence[str]) -> list[Fact]:
    """The facts that are meant: by fact ID (or its first six digits or more), or by concept, period and unit.

    A period is ``2023-06-30``, ``2023-04-01..2023-06-30`` or a fiscal label such as ``2023Q2``; a unit ``CNY`` or
    ``iso4217:CNY``. A concept may be given without its prefix. Words that are left out narrow nothing.
    """
    by_id = _ID.fullmatch(words[0]) if len(words) == 1 else None
    if by_id:
        return [fact for fact in report.facts if fact.fact_id.startswith(by_id[1])]
    concept, *rest = words
    found = [f for f in report.facts if concept in (f.aspects.concept, f.aspects.concept.partition(":")[2])]
    for word in rest:
        found = [fact for fact in found if word in _names(fact, report.entity)]
    return found


def _names(fact: Fact, entity: Entity) -> set[str]:
    """What a period or unit of the fact may be called."""
    period, unit = fact.aspects.period, fact.aspects.unit
    year, part = fiscal_label(period.start, period.end, entity.fiscal_year_end)
    return {
        f"{period.start}..{period.end}" if period.start else str(period.end), str(period.end), f"{year}{part}",
        unit, unit.replace("iso4217:", "").replace("xbrli:", ""), unit.partition(":")[2],
        *(member for _, member in fact.aspects.dimensions), *(member.partition(":")[2] for _, member in fact.aspects.dimensions),
    }  # fmt: skip


def explain_fact(report: Report, taxonomy: Taxonomy, fact: Fact) -> Iterator[str]:
    """The explanation, line by line."""
    yield from _head(fact, taxonomy)
    places = [o for o, fact_id in zip(report.observations, report.fact_ids, strict=True) if fact_id == fact.fact_id]
    lines = report.document.text.split("\n")
    yield f"printed at {len(places)} place{'s' if len(places) != 1 else ''} of {report.document.id}:"
    for observation in places:
        yield from _place(observation, lines, report, taxonomy)
    results = [result for result in results_of(report, taxonomy) if fact.fact_id in result.facts]
    yield f"takes part in {len(results)} check{'s' if len(results) != 1 else ''}:" if results else "takes part in no check"
    labels = {rule.id: rule.labels.get("en", rule.id) for rule in taxonomy.rules}
    for result in results:
        yield from _check(result, labels.get(result.rule, result.rule))


def _head(fact: Fact, taxonomy: Taxonomy) -> Iterator[str]:
    aspects, concept = fact.aspects, taxonomy.concepts.get(fact.aspects.concept)
    yield f"{aspects.concept}  {concept.label('en') if concept else fact.label}"
    if fact.value is not None:
        shown = plain(fact.value)
    elif fact.text is not None:
        shown = fact.text
    else:
        shown = f"{'' if fact.low is None else plain(fact.low)} to {'' if fact.high is None else plain(fact.high)}"
    precision = "" if fact.decimals is None else f", decimals {fact.decimals}"
    yield f"  value    {shown}{f' {aspects.unit}' if aspects.unit else ''}{precision}{', approximate' if fact.approximate else ''}"
    period = aspects.period
    yield f"  period   {f'{period.start}..' if period.start else ''}{period.end}"
    for axis, member in aspects.dimensions:
        yield f"  {axis} = {member}"
    yield f"  basis    {aspects.basis}, {aspects.scenario}, {fact.origin}"
    yield f"  fact     {fact.fact_id}"
    yield f"  series   {fact.series_id}"
    if concept and concept.definition:
        yield f"  meaning  {' '.join(concept.definition.split())}"


# --- places -----------------------------------------------------------------------------------------


def _place(observation: Observation, lines: Sequence[str], report: Report, taxonomy: Taxonomy) -> Iterator[str]:
    place = observation.place
    where = "" if place.table is None else f"  table {place.table}, row {place.row}, cell {place.cell}"
    yield f"  {place.locator}{where}"
    yield f"    | {marked(lines[place.line - 1] if place.line <= len(lines) else '', place.column, observation.raw)}"
    yield f"    matched by: {_matched(observation, report.entity, taxonomy)}"


def marked(line: str, column: int, raw: str) -> str:
    """The line around the figure, the figure between ``>>`` and ``<<``; ``column`` is 1-based."""
    line = line.rstrip("\r").replace("\t", " ")
    start = column - 1
    width = len(raw) if line.startswith(raw.replace("\t", " "), start) else 0
    if not width:
        found = line.find(raw, start)
        start, width = (found, len(raw)) if found >= 0 else (start, 0)
    before, figure, after = line[:start], line[start : start + width], line[start + width :]
    left = ("..." + before[-_BEFORE:]) if len(before) > _BEFORE else before
    right = (after[:_AFTER] + "...") if len(after) > _AFTER else after
    return f"{left}>>{figure}<<{right}"


def _matched(observation: Observation, entity: Entity, taxonomy: Taxonomy) -> str:
    """The printed label, and the alias that names the concept, with what qualifies it."""
    under = f" under {' > '.join(observation.section)}" if observation.section else ""
    where = f", {observation.statement.replace('_', ' ')}" if observation.statement else ""
    concept = taxonomy.concepts.get(observation.concept or "")
    alias = _alias(observation, entity, concept, taxonomy) if concept else None
    named = f"; alias {alias.text!r}{_scope(alias)}" if alias else ""
    return f"label {observation.label!r}{under}{where}{named}"


def _alias(observation: Observation, entity: Entity, concept: Concept, taxonomy: Taxonomy) -> Alias | None:
    listed = taxonomy.lexicon.get("folds", ())
    folds: tuple[Fold, ...] = tuple(listed) if isinstance(listed, tuple | list) else ()
    label = f" {fold(observation.label, folds)} "
    for name in sorted((*entity.names, entity.name, "the company"), key=len, reverse=True):
        folded = fold(name, folds)
        if folded:
            label = label.replace(f" {folded} ", " {issuer} ")
    label = " ".join(label.split())
    fitting = [alias for alias in concept.aliases if alias.text == label and alias.entity in ("", entity.id)]
    return max(fitting, key=lambda alias: (bool(alias.entity), bool(alias.under), observation.statement in alias.statements), default=None)


def _scope(alias: Alias) -> str:
    limits = [*(f"under {section}" for section in alias.under[:3]), *(f"in {statement}" for statement in alias.statements[:3])]
    sign = f", sign {alias.sign}" if alias.sign != 1 else ""
    return (f" ({', '.join(limits)})" if limits else "") + sign


# --- checks -----------------------------------------------------------------------------------------


def _check(result: CheckResult, label: str) -> Iterator[str]:
    yield f"  {result.verdict.replace('_', ' ')}: {result.rule} ({result.family}): {label}"
    if result.left is not None and result.right is not None and result.difference is not None and result.tolerance is not None:
        numbers = f"printed {plain(result.left)}, computed {plain(result.right)}"
        off = "" if not result.difference else f", off by {plain(result.difference)}, rounding allows {plain(result.tolerance)}"
        yield f"    {numbers}{off}"
    if result.reason:
        yield f"    because: {result.reason}"
    before = ", ".join(result.inputs[:-1])
    yield f"    figures: {f'{before} -> ' if before else ''}{result.inputs[-1]}"
