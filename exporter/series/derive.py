"""Figures that follow from reported ones: a quarter as a difference of longer periods, twelve months as a sum.

Only amounts of money that add up over time are derived, only where every part is shown, and only from parts of
compatible vintage: where a value was restated, the other ones must have been printed (or confirmed) no earlier than that,
and a value that has been replaced counts for what was printed before its end only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from exporter.model import Period
from exporter.series.nouns import Cell, Epoch, Key, Spot, Term, months_of
from exporter.values import EXACT, add_months

_DAY = timedelta(days=1)
_PARTS = 3  # of what a period is taken away at most
_SLACK = 10  # days by which a 52/53-week year may end before or after the month's end
Terms = tuple[Term, ...]
#: Whether the figures of a row add up over time.
Additive = Callable[[Key], bool]


def quarters(cells: Mapping[Spot, Cell], additive: Additive) -> dict[Spot, Cell]:
    """Quarters and second half-years that no document prints, from the printed periods around them."""
    found: dict[Spot, Cell] = {}
    for (key, entity), periods in lines(cells, additive).items():
        known: dict[Spot, Cell] = {(key, entity, period): cells[key, entity, period] for period in periods}
        for target, terms in _differences(periods):
            spot = (key, entity, target)
            if spot not in known and (made := _derived(known, key, entity, terms)) is not None:
                known[spot] = found[spot] = made
    return found


def twelve_months(cells: Mapping[Spot, Cell], additive: Additive) -> dict[Spot, Cell]:
    """The last twelve months at each quarter's end that ends no reported year: four quarters, or the year and the part of
    the running one less that of the last one."""
    found: dict[Spot, Cell] = {}
    for (key, entity), periods in lines(cells, additive).items():
        by_end: dict[date, list[Period]] = {}
        for period in periods:
            by_end.setdefault(period.end, []).append(period)
        for quarter in [period for period in periods if _months(period) == 3]:
            for start, terms in _trailing(quarter, by_end):
                target = Period(quarter.end, start)
                if (key, entity, target) not in cells and (made := _derived(cells, key, entity, terms)) is not None:
                    found.setdefault((key, entity, target), made)
    return found


def compatible(leaves: Iterable[Epoch]) -> bool:
    """Whether values may be put together: see the head of this module."""
    return all(_fits(one, other) and _fits(other, one) for one, other in combinations(tuple(leaves), 2))


def _fits(one: Epoch, other: Epoch) -> bool:
    if one.since is not None and (other.last is None or other.last < one.since):
        return False  # the other is of before the restatement
    return one.ended is None or (other.first is not None and other.first < one.ended)


def lines(cells: Mapping[Spot, Cell], additive: Additive) -> dict[tuple[Key, str], list[Period]]:
    """The periods of each row and issuer that may be added and taken away, in order."""
    found: dict[tuple[Key, str], list[Period]] = {}
    for (key, entity, period), cell in cells.items():
        if period.start is not None and cell.value is not None and _certain(cell) and additive(key):
            found.setdefault((key, entity), []).append(period)
    return {line: sorted(periods) for line, periods in found.items()}


def _certain(cell: Cell) -> bool:
    """Neither approximate in words nor disputed between documents."""
    return cell.status != "differs" and not (cell.shown is not None and cell.shown.printed.fact.approximate)


def _start(period: Period) -> date:
    return period.start or period.end


def _months(period: Period) -> int:
    return 0 if period.start is None else months_of(period.start, period.end)


def _differences(periods: list[Period]) -> Iterator[tuple[Period, Terms]]:
    """Every quarter that is the one gap between a longer period and its parts, as that period less the parts.

    The fewest parts first, so that a fourth quarter is the year less nine months before it is anything else; a half-year
    only where no quarter is printed at all.
    """
    wanted = (3,) if any(_months(period) == 3 for period in periods) else (3, 6)
    found: list[tuple[int, Period, Terms]] = []
    for whole in periods:
        if _months(whole) not in (6, 9, 12):
            continue
        inside = [period for period in periods if period != whole and _start(period) >= _start(whole) and period.end <= whole.end]
        for parts, target in _gaps(whole, inside):
            if _months(target) in wanted and len(parts) <= _PARTS:
                found.append((len(parts), target, (Term(1, whole), *(Term(-1, part) for part in parts))))
    yield from ((target, terms) for _, target, terms in sorted(found, key=lambda one: one[0]))


def _gaps(whole: Period, inside: list[Period]) -> Iterator[tuple[tuple[Period, ...], Period]]:
    """The ways to lay periods end to end from both ends of ``whole`` on, with one gap between them."""
    heads = _chains(whole, inside, forward=True)
    tails = _chains(whole, inside, forward=False)
    for head in heads:
        start = head[-1].end + _DAY if head else _start(whole)
        for tail in tails:
            end = _start(tail[0]) - _DAY if tail else whole.end
            if (head or tail) and start <= end:
                yield (*head, *tail), Period(end, start)


def _chains(whole: Period, inside: list[Period], *, forward: bool) -> list[tuple[Period, ...]]:
    """Periods end to end from the start of ``whole`` (or back from its end), the empty chain included."""
    chains: list[tuple[Period, ...]] = [()]
    for chain in chains:
        if len(chain) == _PARTS:
            continue
        if forward:
            edge = chain[-1].end + _DAY if chain else _start(whole)
            chains += [(*chain, period) for period in inside if period.start == edge]
        else:
            edge = _start(chain[0]) - _DAY if chain else whole.end
            chains += [(period, *chain) for period in inside if period.end == edge]
    return chains


def _trailing(quarter: Period, by_end: Mapping[date, list[Period]]) -> Iterator[tuple[date, Terms]]:
    """Ways to make the twelve months that end with a quarter: their first day, and what they are made of."""
    four = [quarter]
    while len(four) < 4 and (before := _quarter(by_end.get(_start(four[0]) - _DAY, ()))) is not None:
        four.insert(0, before)
    if len(four) == 4:
        yield _start(four[0]), tuple(Term(1, period) for period in four)
    for running in (p for p in by_end[quarter.end] if _months(p) in (3, 6, 9)):
        for year in (p for p in by_end.get(_start(running) - _DAY, ()) if _months(p) == 12):
            for last in _a_year_before(running, year, by_end):
                yield last.end + _DAY, (Term(1, running), Term(1, year), Term(-1, last))


def _quarter(periods: Iterable[Period]) -> Period | None:
    return next((period for period in periods if _months(period) == 3), None)


def _a_year_before(running: Period, year: Period, by_end: Mapping[date, list[Period]]) -> Iterator[Period]:
    """The periods that are to ``year`` what ``running`` is to the year after."""
    near = add_months(running.end, -12)
    for shift in range(-_SLACK, _SLACK + 1):
        for last in by_end.get(near + timedelta(days=shift), ()):
            if last.start == year.start and _months(last) == _months(running):
                yield last


def _derived(cells: Mapping[Spot, Cell], key: Key, entity: str, terms: Terms) -> Cell | None:
    """The cell of a sum of others, or None where one is missing or they are of different vintage."""
    parts = [cells.get((key, entity, term.period)) for term in terms]
    value, decimals, leaves = Decimal(0), [], list[Epoch]()
    for term, part in zip(terms, parts, strict=True):
        if part is None or part.value is None:
            return None
        value = EXACT.add(value, part.value if term.sign > 0 else part.value.copy_negate())
        decimals.append(part.decimals)
        leaves.extend(part.leaves)
    if not compatible(leaves):
        return None
    known = [number for number in decimals if number is not None]
    return Cell(value, None, None, min(known, default=None), False, "derived", None, (), terms, tuple(leaves))
