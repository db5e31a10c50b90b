"""Which print of a figure counts, and what the others did to it.

A later print whose rounding interval meets that of the value in force confirms it, if it is as round or rounder, and
refines it, if it is finer; only a disjoint interval restates, or another number of the same precision. What is printed
as approximate never replaces what is not. Two documents of one day, or one without a date, cannot restate each other:
where they are disjoint, they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from exporter.model import Fact
from exporter.series.nouns import Cell, Epoch, Event, EventKind, Status, Vintage
from exporter.store.prints import Filing, Print
from exporter.values import EXACT, agree, rounding_interval


def fold(prints: Sequence[tuple[Print, Filing]]) -> tuple[Event, ...]:
    """What each print of one series did, in the order in which they became known (undated ones first)."""
    events: list[Event] = []
    force: Event | None = None  # the print whose value is in force
    for printed, filing in prints:
        kind: EventKind = "first" if force is None else _effect(force, printed.fact, filing)
        event = Event(printed, filing, kind)
        events.append(event)
        if force is None or _takes_over(event, force):
            force = event
    return tuple(events)


def _effect(force: Event, fact: Fact, filing: Filing) -> EventKind:
    old = force.printed.fact
    if fact.approximate and not old.approximate:
        return "confirms" if _agree(old, fact) else "approximate"
    if _agree(old, fact):
        return "refines" if _finer(fact, old) or old.approximate != fact.approximate else "confirms"
    before, now = force.filing.known_from, filing.known_from
    return "differs" if before is None or now is None or before == now else "restates"


def _agree(one: Fact, other: Fact) -> bool:
    """Whether two facts can be prints of one number; of one precision they must be equal, for their intervals only touch."""
    if one.nil or other.nil:
        return one.nil == other.nil
    for mine, theirs in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
        if (mine is None) != (theirs is None):
            return False
        if mine is not None and theirs is not None and mine != theirs and not _may_be_one(mine, one, theirs, other):
            return False
    return True


def _may_be_one(mine: Decimal, one: Fact, theirs: Decimal, other: Fact) -> bool:
    if one.approximate or other.approximate:  # "about" allows as much again
        low, high = _interval(mine, one)
        least, most = _interval(theirs, other)
        return low <= most and least <= high
    return one.decimals != other.decimals and agree(mine, one.decimals, theirs, other.decimals)


def _interval(value: Decimal, fact: Fact) -> tuple[Decimal, Decimal]:
    low, high = rounding_interval(value, fact.decimals)
    return (EXACT.subtract(EXACT.add(low, low), value), EXACT.subtract(EXACT.add(high, high), value)) if fact.approximate else (low, high)


def _finer(one: Fact, other: Fact) -> bool:
    if other.decimals is None:  # exact already
        return False
    return one.decimals is None or one.decimals > other.decimals


def cell(events: tuple[Event, ...], vintage: Vintage) -> Cell:
    """The figure as one vintage shows it: ``latest`` the value in force, ``original`` the one that was first reported."""
    dated = [event for event in events if event.filing.known_from is not None]
    if vintage == "original":
        shown = dated[0] if dated else events[0]
        replaced = any(event.kind in ("restates", "differs") for event in events)
        return _cell(shown, events, "later_restated" if replaced else "reported", _first_epoch(events, shown))
    return _cell(in_force(events), events, _status(events), _last_epoch(events))


def _status(events: Sequence[Event]) -> Status:
    """What became of a figure: the last restatement or disagreement counts before any refinement."""
    for event in reversed(events):
        if event.kind in ("restates", "differs"):
            return "restated" if event.kind == "restates" else "differs"
    return "refined" if any(event.kind == "refines" for event in events) else "reported"


def in_force(events: Sequence[Event]) -> Event:
    """The print whose value stands after all of them."""
    force = events[0]
    for event in events[1:]:
        if _takes_over(event, force):
            force = event
    return force


def _takes_over(event: Event, force: Event) -> bool:
    """Whether a print puts its value in force; of two that differ the dated one stands, else the first."""
    return event.kind in ("refines", "restates") or (event.kind == "differs" and force.filing.known_from is None)


def _cell(shown: Event, events: tuple[Event, ...], status: Status, epoch: Epoch) -> Cell:
    fact = shown.printed.fact
    return Cell(fact.value, fact.low, fact.high, fact.decimals, fact.nil, status, shown, events, (), (epoch,))


def _last_epoch(events: Sequence[Event]) -> Epoch:
    """The time since the last restatement, or since the first print."""
    begin = max((at for at, event in enumerate(events) if event.kind == "restates"), default=0)
    moments = _moments(events[begin:])
    since = events[begin].filing.known_from if events[begin].kind == "restates" else None
    return Epoch(min(moments, default=None), max(moments, default=None), since)


def _first_epoch(events: Sequence[Event], shown: Event) -> Epoch:
    """The time until the first restatement."""
    ends = next((at for at, event in enumerate(events) if event.kind == "restates"), len(events))
    moments = _moments(events[:ends])
    ended = events[ends].filing.known_from if ends < len(events) else None
    return Epoch(shown.filing.known_from, max(moments, default=None), None, ended)


def _moments(events: Sequence[Event]) -> list[datetime]:
    """When the events that uphold a value became known."""
    return [
        event.filing.known_from for event in events if event.filing.known_from is not None and event.kind not in ("differs", "approximate")
    ]
