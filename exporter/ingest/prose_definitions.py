"""Footnotes that say what a word means: kept as printed, beside the concept or the member that their mark stands at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import Draft
from exporter.model import Concept, Definition, Place

_WORDS = 4
_WORD = re.compile(r"\w+")

#: The place and the raw text of a part of the passage that is read.
Placed = Callable[[int, int], tuple[Place, str]]


#: A name that a mark may annotate: its ID, and how it is printed.
Candidate = tuple[str, str]


@dataclass(slots=True)
class Definitions:
    """``named``: what the mark of each footnote may stand at, the nearest last; ``found``: the definitions in
    document order."""

    named: dict[int, list[Candidate]] = field(default_factory=dict)
    found: list[Definition] = field(default_factory=list)

    def mark(
        self, number: int, at: int, items: Sequence[Item], drafts: Sequence[Draft], concept_of: Callable[[Draft], Concept | None]
    ) -> None:
        """A footnote mark at a place of a sentence: it annotates the name or the figure right before it."""
        members = [item for item in items if item.members and not item.hits and item.end <= at]
        nearest, subject = -1, None
        for draft in drafts:
            if draft.subject is not None:
                ends = [end for end in (draft.subject.end, draft.item.end) if nearest < end <= at]
                nearest, subject = (max(ends), draft) if ends else (nearest, subject)
        if members and members[-1].end > nearest:
            # At the end of a list of members, the footnote may speak of any of them.
            listed = [(item.members[-1].member, item.text) for item in members if item.end > nearest]
            self.named.setdefault(number, listed)
            return
        if subject is None and drafts:
            subject = drafts[0]  # the mark stands inside of the name
        concept = concept_of(subject) if subject is not None else None
        if concept is not None:
            self.named.setdefault(number, [(concept.id, "")])

    def note(self, number: int, start: int, end: int, placed: Placed) -> None:
        """The footnote itself: what it says, up to its first fact, from ``start`` to ``end``."""
        named = self.named.pop(number, [])
        if not named or end <= start:
            return
        place, text = placed(start, end)
        if len(text.split()) >= _WORDS or not text.isascii():
            begins = _WORD.findall(text.lower())[:_WORDS]
            spoken = [name for name, label in named if label and _WORD.findall(label.lower())[-1] in begins]
            self.found.append(Definition(spoken[0] if spoken else named[-1][0], text.strip(), place))
