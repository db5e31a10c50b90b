"""What is not as it was: against the state before the newest filings, or against an earlier build."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exporter.model import Fact
from exporter.series.nouns import Change, ChangeKind, Event, Spot
from exporter.series.vintage import in_force
from exporter.store.prints import Filing
from exporter.values import agree, plain

Found = Mapping[Spot, tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A figure as an earlier build showed it: ``text`` is exact, a range ``low..high``."""

    spot: Spot
    text: str
    decimals: int | None


def since_newest(found: Found, spots: Sequence[Spot], filings: Sequence[Filing]) -> tuple[tuple[Change, ...], str]:
    """What the newest filings of each issuer changed, and their names; nothing where an issuer has no earlier one."""
    newest = _newest(filings)
    made: list[Change] = []
    for spot in spots:
        before = [event for event in found.get(spot, ()) if event.filing.key not in newest]
        for event in found.get(spot, ())[len(before) :]:
            kind: ChangeKind | None = "new" if not before else _KINDS.get(event.kind)
            if kind is not None:
                old = exact(in_force(before).printed.fact) if before else ""
                made.append(Change(kind, *spot, old, exact(event.printed.fact), event.filing.id))
            before.append(event)
    return tuple(made), ", ".join(filing.id for filing in filings if filing.key in newest)


_KINDS: Mapping[str, ChangeKind] = {"restates": "restated", "refines": "refined", "differs": "differs"}


def against(
    earlier: Mapping[str, Earlier], shown: Mapping[Spot, Event], wanted: Callable[[Spot], bool]
) -> tuple[Change, ...]:
    """What differs between an earlier build, by series ID, and this one; ``wanted``: whether this one would show a figure."""
    made: list[Change] = []
    for spot, event in shown.items():
        fact = event.printed.fact
        old = earlier.get(fact.series_id)
        if old is None:
            made.append(Change("new", *spot, "", exact(fact), event.filing.id))
        elif old.text != exact(fact):
            made.append(Change("refined" if _same(old, fact) else "restated", *spot, old.text, exact(fact), event.filing.id))
    now = {event.printed.fact.series_id for event in shown.values()}
    gone = (old for series, old in earlier.items() if series not in now and wanted(old.spot))
    made += [Change("removed", *old.spot, old.text, "", "") for old in gone]
    return tuple(made)


def exact(fact: Fact) -> str:
    """A fact's value in full; an open end of a range is empty."""
    if fact.value is not None:
        return plain(fact.value)
    if fact.low is None and fact.high is None:
        return "nil" if fact.nil else fact.text or ""
    return "..".join("" if end is None else plain(end) for end in (fact.low, fact.high))


def _same(old: Earlier, fact: Fact) -> bool:
    """Whether both can be one number; texts that are no number are other ones."""
    if fact.value is None or ".." in old.text or not old.text.strip("-").replace(".", "", 1).isdigit():
        return False
    return agree(Decimal(old.text), old.decimals, fact.value, fact.decimals)


def _newest(filings: Sequence[Filing]) -> set[str]:
    """The filings by which each issuer's figures became what they are, where there are earlier ones."""
    by_entity: dict[str, list[Filing]] = {}
    for filing in filings:
        by_entity.setdefault(filing.entity, []).append(filing)
    newest: set[str] = set()
    for own in by_entity.values():
        last = own[-1].known_from
        keys = {filing.key for filing in own if filing.known_from == last}
        if len(keys) < len(own) and last is not None:
            newest |= keys
    return newest
