"""Rules of kind "sums": every total of the calculation networks against its parts, within one period, unit and set of dimensions.

A network lists every part that any company prints, so a part that this document prints nowhere counts for
nothing. What is printed elsewhere in the document but not beside this total makes the sum not checkable where
it does not hold; so do rows between the parts whose place in the sum is unknown, unless the same sum holds in
another column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter.checks.equations import ORDER
from exporter.checks.figures import Figure, Index
from exporter.checks.interval import ZERO, Interval
from exporter.checks.outcome import Outcome, judged
from exporter.model import Rule

Parts = tuple[tuple[str, int], ...]
Got = list[tuple[Figure, int]]


def sums(rule: Rule, index: Index) -> Iterator[Outcome]:
    """All sums that the document prints, network by network."""
    wanted = rule.options.get("statements", ())
    seen: set[tuple[str, Parts]] = set()
    for network in index.taxonomy.networks.values():
        if wanted and network.statement not in wanted:
            continue
        for total, parts in network.calculation.items():
            present = tuple(part for part in parts if part[0] in index.by_concept)
            if not present or total not in index.by_concept or (total, present) in seen:
                continue
            seen.add((total, present))
            yield from _total(rule, index, total, present)


def _total(rule: Rule, index: Index, total: str, parts: Parts) -> Iterator[Outcome]:
    """The sums of one concept in all columns; those that hold confirm that the parts are the right ones."""
    tried = []
    for figure in index.by_concept[total]:
        if figure.value is None:
            continue
        attempt = _try(rule, index, figure, parts)
        if attempt is not None:
            tried.append(attempt)
    agreeing = [attempt for attempt in tried if attempt.outcome.verdict in ("exact", "within_rounding")]
    for attempt in tried:
        if attempt.outcome.verdict == "fails":
            doubt = attempt.absent or (_structure(tried) if not agreeing else "") or _doubt(index, attempt, agreeing)
            if doubt:
                attempt.outcome.verdict = "not_checkable"
                attempt.outcome.reason = doubt
        yield attempt.outcome


@dataclass(slots=True)
class _Attempt:
    """A sum with what speaks against trusting it."""

    outcome: Outcome
    figure: Figure
    got: Got
    absent: str


def _try(rule: Rule, index: Index, total: Figure, parts: Parts) -> _Attempt | None:
    """The best of: all parts of the document, those in the total's own tables, the subtotals alone."""
    got: Got = []
    missing = []
    for concept, weight in parts:
        figure = index.exact.get((concept, total.start, total.end, total.unit, total.dims, total.scenario))
        if figure is not None and figure.value is not None:
            got.append((figure, weight))
        else:
            missing.append(concept)
    if not got:
        return None
    outcome = _sum(rule, total, got)
    if outcome.verdict in ("exact", "within_rounding"):
        return _Attempt(outcome, total, got, "")
    best = min((_sum(rule, total, way) for way in _other_ways(index, total, got)), key=_rank, default=outcome)
    if _rank(best) < _rank(outcome):
        return _Attempt(best, total, got, "")
    absent = next((concept for concept in missing if not _blank(index, total, concept)), "")
    words = f"{absent} is not printed for {total.period}" if absent else ""
    return _Attempt(outcome, total, got, words)


def _rank(outcome: Outcome) -> int:
    return ORDER.index(outcome.verdict)


def _sum(rule: Rule, total: Figure, got: Got) -> Outcome:
    low = middle = high = ZERO
    for figure, weight in got:
        value = figure.value or ZERO
        if weight > 0:
            low, middle, high = low + (value - figure.width), middle + value, high + (value + figure.width)
        else:
            low, middle, high = low - (value + figure.width), middle - value, high - (value - figure.width)
    right: Interval = (low, middle, high)
    return judged(rule, [figure for figure, _ in got], total, total.interval, right)


def _other_ways(index: Index, total: Figure, got: Got) -> Iterator[Got]:
    tables = _tables(index, total)
    here = [(figure, weight) for figure, weight in got if tables & _tables(index, figure)]
    if here and len(here) < len(got):
        yield here
    inner = _inner(index)
    names = {figure.concept for figure, _ in got}
    leaves = [pair for pair in got if not inner.get(pair[0].concept, frozenset()) & names]
    tops = [pair for pair in got if not any(pair[0].concept in inner.get(name, frozenset()) for name in names)]
    yield from (way for way in (leaves, tops) if way and len(way) < len(got))


def _tables(index: Index, figure: Figure) -> set[int]:
    return {index.cells[number][0] for number in figure.prints if number in index.cells}


def _inner(index: Index) -> Mapping[str, frozenset[str]]:
    """What each total has as parts, in any network."""
    if not index.inner:
        found: dict[str, frozenset[str]] = defaultdict(frozenset)
        for network in index.taxonomy.networks.values():
            for total, parts in network.calculation.items():
                found[total] |= frozenset([concept for concept, _ in parts])
        index.inner = dict(found)
    return index.inner


def _blank(index: Index, total: Figure, concept: str) -> bool:
    """Whether the total's table has a row for the part that prints nothing, or a dash, in the total's column."""
    for number in total.prints:
        if number not in index.cells:
            continue
        t, _, column = index.cells[number]
        for row in index.report.tables[t].rows:
            if row.concept == concept and column < len(row.cells) and row.cells[column] is None:
                return True
    return False


def _structure(tried: Sequence[_Attempt]) -> str:
    """A sum that fails in every one of several columns is not wrong so often: the total is made up in another way."""
    return "the sum holds in no column: the document may make this total up in another way" if len(tried) > 1 else ""


def _doubt(index: Index, attempt: _Attempt, agreeing: Sequence[_Attempt]) -> str:
    """Why a sum that does not hold may be no sum of this document; "" where nothing speaks for that.

    Rows that print a figure between the parts do no harm where they do so in a column in which the sum holds."""
    if not agreeing and len(attempt.got) == 1:
        return "only one part of the total is printed"
    places = [number for number in attempt.figure.prints if number in index.cells]
    if not places and not agreeing:
        return "the total is printed outside of tables, and it is not sure that all its parts are"
    strangers = _strangers(index, attempt)
    harmless = {row for other in agreeing for row in _strangers(index, other)} if strangers else set()
    for t, row in strangers:
        if (t, row) not in harmless:
            return f"the row at line {index.report.tables[t].rows[row].line} has no known place in this sum"
    return ""


def _strangers(index: Index, attempt: _Attempt) -> list[tuple[int, int]]:
    """Rows with a figure in the total's column, among the rows of its parts, that the sum does not know."""
    known = {attempt.figure.concept, *_below(index, [figure.concept for figure, _ in attempt.got])}
    parts = [index.cells[n] for figure, _ in attempt.got for n in figure.prints if n in index.cells]
    found = []
    for number in attempt.figure.prints:
        if number not in index.cells:
            continue
        t, total, column = index.cells[number]
        span = [total, *(row for table, row, _ in parts if table == t)]
        for row in range(min(span), max(span) + 1):
            line = index.report.tables[t].rows[row]
            if column < len(line.cells) and line.cells[column] is not None and line.concept not in known:
                found.append((t, row))
    return found


def _below(index: Index, concepts: Sequence[str]) -> set[str]:
    """The concepts with everything that they are sums of."""
    inner = _inner(index)
    found: set[str] = set()
    waiting = list(concepts)
    while waiting:
        concept = waiting.pop()
        if concept not in found:
            found.add(concept)
            waiting.extend(inner.get(concept, ()))
    return found
