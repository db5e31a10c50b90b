"""Lists that speak of parts of the company: what stands there without saying of which is not taken for the whole.

"Northland orders rose 5%" in a list makes every "orders were 3 million" beside it doubtful: the bullets may all be
about a brand that a heading far above named. Such a figure is kept where a table prints it as the company's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from exporter.ingest.prose_spans import Item
from exporter.model import Observation

_REASON = "its list speaks of parts of the company, and no table prints it"
DENIED = "a figure beside it, or it, is far from what a table prints: it may be of a part of the company"
_RATIO = "xbrli:pure"
_NEAR = Decimal("0.05")
_WORDS = 3

Series = tuple[object, ...]
#: Reads a figure anew, or not.
Mend = Callable[[Observation], Observation | None]


def names_part(items: Sequence[Item], clean: str) -> bool:
    """``items`` of the text ``clean``: whether a sentence begins with a proper name and a measure: "Northland active users were ..."."""
    spoken = [item for item in items if item.kind not in ("filler", "sym")][: _WORDS + 1]
    for at, item in enumerate(spoken):
        if item.kind == "name" and item.hits:
            return at > 0 and clean[item.start].islower()
        if item.kind != "unknown" or not clean[item.start].isupper():
            return False
    return False


@dataclass(slots=True)
class Lists:
    """Collects the bullets of one list after the other. ``tables``: the figures of the document's tables."""

    tables: Mapping[Series, Sequence[Observation]]
    parts: bool = False
    bullets: list[tuple[int, int]] = field(default_factory=list)

    def end(self, out: list[Observation]) -> None:
        """A list ends: the figures of its bullets, in ``out``, that nothing confirms are open."""
        if self.parts:
            for first, last in self.bullets:
                if not any(self._confirmed(seen) for seen in out[first:last]):
                    out[first:last] = [_opened(seen) for seen in out[first:last]]
        self.parts, self.bullets = False, []

    def compare(self, out: list[Observation], first: int, spoken: int, mended: Mend) -> None:
        """What a table prints otherwise is read anew as ``mended`` has it, in the sentence from ``spoken`` on.

        Takes the concepts from the figures of ``out`` from ``first`` on where one of them is far from what a table prints as the
        same: they speak of something else, as of a brand that a heading far above named. Not where the sentence has another
        figure of that concept that a table prints, too, as a translation or the year before is: it does speak of the company,
        and what is misprinted is told as such."""
        denied, renamed = [], set()
        for at in range(first, len(out)):
            seen = out[at]
            cells = self._unlike(seen)
            anew = mended(seen) if cells and at >= spoken else None
            if anew is not None:
                out[at] = anew
                renamed |= {seen.concept} - {anew.concept}
            elif cells and not any(_near(seen, cell) for cell in cells):
                denied.append(seen)
        for at in range(spoken if renamed else len(out), len(out)):
            if out[at].concept in renamed and not self._confirmed(out[at]):
                out[at] = _nameless(out[at])  # the name was another's
        if denied:
            meant = {seen.concept for seen in out[spoken:] if self._confirmed(seen)}
            if not all(seen.concept in meant for seen in denied):
                out[first:] = [_nameless(seen) for seen in out[first:]]

    def _unlike(self, seen: Observation) -> Sequence[Observation]:
        """The cells that print another figure as this very fact, where none prints it."""
        if not seen.certain or seen.concept is None or seen.kind != "numeric" or seen.scenario != "actual":
            return ()
        cells = [cell for cell in self.tables.get(series_of(seen), ()) if cell.certain and cell.scenario == "actual"]
        if any(agree(seen, cell) or (seen.unit == _RATIO and agree(_turned(seen), cell)) for cell in cells):
            return ()  # what became of a loss is printed with either sign
        return cells

    def _confirmed(self, seen: Observation) -> bool:
        return any(agree(seen, cell) for cell in self.tables.get(series_of(seen), ()))


def series_of(seen: Observation) -> Series:
    """What two prints of one figure have in common."""
    return seen.concept, seen.period, seen.unit, seen.dimensions


def tables_of(observations: Iterable[Observation]) -> dict[Series, list[Observation]]:
    """The figures of tables that have a name, by series."""
    found: dict[Series, list[Observation]] = {}
    for seen in observations:
        if seen.concept is not None and seen.value is not None:
            found.setdefault(series_of(seen), []).append(seen)
    return found


@cache
def half(decimals: int) -> Decimal:
    """Half a unit of the last place that is printed."""
    return Decimal(5).scaleb(-decimals - 1)


def agree(one: Observation, other: Observation) -> bool:
    """Whether two prints of one thing can both be right, each rounded as it is."""
    first, second = one.decimals, other.decimals
    mine, theirs = one.value, other.value
    if mine is None or theirs is None or first is None or second is None:
        return False
    return abs(mine - theirs) <= half(first if first < second else second)


def _turned(seen: Observation) -> Observation:
    return seen._replace(sign=-seen.sign)


def _near(one: Observation, other: Observation) -> bool:
    """Whether two prints may be of one thing, one of them misprinted or restated."""
    if one.value is None or other.value is None:
        return True
    return abs(one.value - other.value) <= _NEAR * max(abs(one.value), abs(other.value))


def _nameless(seen: Observation) -> Observation:
    """A figure whose words name a measure, of nobody knows what."""
    return seen._replace(concept=None, reason=DENIED) if seen.concept is not None and seen.scenario == "actual" else seen


def _opened(seen: Observation) -> Observation:
    if seen.kind != "numeric" or seen.scenario != "actual" or not seen.certain:
        return seen
    return Observation(seen.place, seen.raw, seen.label, seen.section, reason=_REASON)
