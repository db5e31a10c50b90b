"""Clauses: the typed parts of a sentence, read from left to right, say which figure belongs to what.

The reader knows what is spoken of, what is expected next (a level, a change, something to compare
with), and whether every word since then was understood. A figure that is reached over a word that was
not understood is kept with that word as its reason; nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from exporter.ingest.prose_amounts import CONTRARY, UNTOLD
from exporter.ingest.prose_brackets import Brackets
from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import Dated, Draft, Subject, key

_PAIR = 2
#: Of these a sentence tells one for each name and period.
_TOLD_APART = frozenset(("level", "reference"))

__all__ = ["Clause", "Dated", "Draft", "Subject", "join_ranges"]


class Clause(Brackets):
    """Reads one sentence. ``before``: what was spoken of before, for "it" and for footnotes."""

    def on_respectively(self, item: Item) -> None:
        """Pairs a list of figures with the names, the members or the periods that were listed."""
        subject = self.subject
        if self.mode in ("trail", "dated") or subject is None:
            return
        if not any(draft.subject is subject for draft in self.drafts):
            self.early = True  # Chinese says it before the figures
            return
        compared = self._last_references()
        listed = compared or [d for d in self.drafts if d.subject is subject and d.role in ("level", "open")]
        if self.after_whens and self._pair_periods(listed):
            return
        if len(compared) >= _PAIR:
            self._pair_references(compared)
            return
        growth = [d for d in self.drafts if d.subject is subject and d.role == "growth"]
        levels = [d for d in self.drafts if d.subject is subject and d.role in ("level", "open")]
        if len(growth) >= _PAIR:
            self._pair_growth(growth)
        elif len(levels) >= _PAIR and not self._pair(levels, subject):
            for draft in levels:
                draft.reason = draft.reason or "the lists closed by 'respectively' are not understood"

    def _pair_periods(self, listed: list[Draft]) -> bool:
        """Figures and the periods behind them, in their order; "June 30, 2023 and 2022" means June 30 of both."""
        whens = self.after_whens
        if len(listed) != len(whens):
            return False
        first = whens[0]
        for draft, when in zip(listed, whens, strict=True):
            own = replace(first, year=when.year) if when.kind == "year" and first.kind != "year" and first.year else when
            draft.when = own
            draft.reason = "" if draft.reason == UNTOLD else draft.reason
            draft.role = "level" if draft.role == "open" else draft.role
        return True

    def _last_references(self) -> list[Draft]:
        """The figures to compare with that were listed last."""
        found: list[Draft] = []
        for draft in reversed(self.drafts):
            if draft.role != "reference" or draft.subject is not self.subject:
                break
            found.insert(0, draft)
        return found

    def _pair_references(self, compared: list[Draft]) -> None:
        """ "A was 5 and B was 4, compared to 3 and 2, respectively": in the order of the statements before."""
        levels = [d for d in self.drafts if d.role == "level" and not d.bound]
        if len(levels) == len(compared) == len({id(d.subject) for d in levels}):
            for draft, level in zip(compared, levels, strict=True):
                draft.subject, draft.member = level.subject, level.member
        else:
            for draft in compared:
                draft.reason = draft.reason or "the lists closed by 'respectively' are not understood"

    def _pair_growth(self, growth: list[Draft]) -> None:
        for number, draft in enumerate(growth):
            draft.basis = self.bases[number] if len(self.bases) == len(growth) else ""
            draft.reason = draft.reason if draft.basis else "the lists closed by 'respectively' are not understood"

    def _pair(self, levels: list[Draft], subject: Subject) -> bool:
        """Whether one list before has as many entries as there are figures; they are paired in order."""
        if subject.also and len(subject.also) + 1 == len(levels):
            for draft, own in zip(levels, [replace(subject, also=[]), *subject.also], strict=True):
                own.when, own.members = own.when or subject.when, own.members or subject.members
                self._give(draft, own)
        elif len(levels) == len(subject.members):
            for draft, member in zip(levels, subject.members, strict=True):
                draft.member, draft.role = member, "level"
            self.group = levels
        elif len(levels) == len(subject.whens):
            for draft, when in zip(levels, subject.whens, strict=True):
                draft.when, draft.role = when, "level"
            subject.whens = []
        elif len(levels) == _PAIR and (both := self._both_ways(subject)):
            for draft, label in zip(levels, both, strict=True):
                self._give(draft, replace(subject, hits=[], label=label))
        else:
            return False
        for draft in levels:
            draft.reason = "" if draft.reason == UNTOLD else draft.reason
        self.paired = levels
        return True

    def _both_ways(self, subject: Subject) -> list[str]:
        """ "Basic and diluted income per share": the two names that it joins."""
        words = subject.label.lower().split()
        ways = self.spoken.both_ways
        joined = len(words) > _PAIR and words[0] == ways[0] and words[2] == ways[1]
        return [" ".join((way, *subject.label.split()[3:])) for way in ways] if joined else []

    def _give(self, draft: Draft, subject: Subject) -> None:
        draft.subject, draft.role = subject, "level"
        self._retranslate(draft)

    def _retranslate(self, draft: Draft) -> None:
        for other in self.drafts:
            if other.of is draft:
                other.subject = draft.subject

    def _close(self) -> None:
        """At the end: figures that found no name, lists that nothing closed."""
        parts = {id(d.subject) for d in self.drafts if d.subject is not None and (d.subject.partitive or _has_share(d))}
        twins = Counter((d.role, id(d.subject), key(d, self.spoken.times)) for d in self.drafts if d.role in _TOLD_APART)
        if self.pending and self.drafts and not self.drafts[-1].reason:
            self.drafts[-1].reason = "the period after it is not understood"
        for draft in self.drafts:
            self._agree(draft)
            if draft.role in ("growth", "change") and not draft.basis and draft.when is None:
                draft.when = self.lead_when
            if not draft.reason:
                told = twins[draft.role, id(draft.subject), key(draft, self.spoken.times)]
                several = draft.role in _TOLD_APART and not draft.bound and told > 1
                draft.reason = self._doubt(draft, several, id(draft.subject) in parts)

    def _agree(self, draft: Draft) -> None:
        """A change whose sign is printed and whose verb says the same ("down -5%") has it once; where they differ it is open."""
        if draft.role not in ("growth", "change") or draft.direction > 0:
            return
        if draft.figure.value < 0:
            draft.direction = 1
        elif self.signed(draft.item):
            draft.reason = draft.reason or CONTRARY

    def _doubt(self, draft: Draft, several: bool, part: bool) -> str:
        """Why a figure stays open now that the sentence is over, or ""."""
        subject = draft.subject
        if draft.role == "open":
            return "nothing names it" if subject is None else UNTOLD
        if several:
            return "several figures follow, and nothing tells them apart"
        if subject is None:
            return ""
        if subject.needs_verb:
            return "no verb tells what it says"
        if part and not subject.members and not draft.member:
            return "it is a part, and nothing known says which"
        if subject is self.listed and (subject.also or len(subject.whens) > 1):
            return "the list before it is not closed by 'respectively'"
        return ""

    def read(self, items: Sequence[Item]) -> list[Draft]:
        """The figures of the sentence with their roles."""
        self.items = items
        self.moved = moves(items)
        guided = self.scenario != "actual" or any(i.kind in ("expect", "previous") for i in items)
        self.ranges = dict(join_ranges(items, guided, self.moved))
        while self.at < len(items):
            item = items[self.at]
            if item.kind == "open":
                self.at = self.bracket(self.at)
                continue
            if item.kind not in ("and", "or", "prep", "filler", "qualifier", "sym", "figure"):
                self.joined = False
            handler = getattr(self, f"on_{item.kind}", None)
            if handler is not None:
                handler(item)
            if item.kind == "sym" and item.text == ",":
                self.last = ","
            elif item.kind not in ("sym", "filler", "qualifier"):
                self.last = item.kind
            self.at += 1
        if self.early:
            self.on_respectively(items[-1])
        self._close()
        return self.drafts


def _has_share(draft: Draft) -> bool:
    """Whether "$40 million of revenue" is said to be a share, and so a part of the revenue."""
    return draft.role == "share" and draft.subject is not None and draft.subject.portion


def moves(items: Sequence[Item]) -> frozenset[int]:
    """The amounts, by their index, of "by A to B": a change and what it leads to, or a change between two amounts."""
    if not any(item.kind == "by" for item in items):
        return frozenset()
    said = [(at, item) for at, item in enumerate(items) if item.kind not in ("filler", "qualifier")]
    found: set[int] = set()
    for (_, by), (low, first), (_, to), (high, second) in zip(said, said[1:], said[2:], said[3:], strict=False):
        kinds = [item.figure.kind for item in (first, second) if item.figure is not None]
        if (by.kind, to.kind, len(kinds)) == ("by", "to", _PAIR) and "percent" not in kinds:
            found |= {low, high}
    return frozenset(found)


def join_ranges(items: Sequence[Item], guided: bool, moved: frozenset[int]) -> list[tuple[int, int]]:
    """Pairs of figures, by their index, that are the two ends of a range: "between A and B", "A to B". ``moved``: figures
    that are a change and what it leads to."""
    pairs = []
    for at, item in enumerate(items):
        if item.figure is None:
            continue
        for step in range(1, 5):
            if at + step >= len(items):
                break
            other = items[at + step]
            if other.figure is not None:
                linked = [
                    i
                    for i in items[at + 1 : at + step]
                    if (i.kind not in ("filler", "qualifier") or i.text.lower() == "up to") and i.text not in ("(", "+")
                ]
                before = next((i for i in reversed(items[max(at - 4, 0) : at]) if i.kind not in ("filler", "qualifier", "of")), None)
                said_between = before is not None and before.kind == "between"
                link = ("to" if linked[0].kind == "qualifier" else linked[0].kind) if len(linked) == 1 else ""
                dash = len(linked) == 1 and linked[0].text == "-"
                if at in moved:
                    break
                if (link == "and" and said_between) or (link == "to" and (guided or said_between)) or (dash and guided):
                    pairs.append((at, at + step))
                break
            if other.kind not in ("to", "and", "sym", "filler", "qualifier"):
                break
    return pairs
