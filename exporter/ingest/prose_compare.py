"""Changes and comparisons in a sentence: what rose, fell, or is set beside something else."""

from __future__ import annotations

from exporter.ingest.prose_amounts import Amounts
from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import Draft


class Comparisons(Amounts):
    """What words of change and of comparison do to the state."""

    def on_rise(self, item: Item) -> None:
        """Up."""
        self._changes(1)

    def on_fall(self, item: Item) -> None:
        """Down."""
        self._changes(-1)

    def on_above(self, item: Item) -> None:
        """More than."""
        self._comparative(1, item)

    def on_below(self, item: Item) -> None:
        """Less than."""
        self._comparative(-1, item)

    def _is_difference(self, previous: Draft | None) -> bool:
        """ "Was $5 million higher": the figure right before is a difference and no level."""
        if previous is None or previous.role != "level" or self.last != "figure" or previous.figure.kind == "percent" or self.nominal:
            return False
        previous.reason = previous.reason or "it is a difference, not a level"
        self.mode = "trail"
        return True

    def _comparative(self, direction: int, item: Item) -> None:
        """ "26.4% above the $98 million of the year before", "14% more than a year ago"."""
        previous = self.last_draft()
        if previous is not None and previous.role in ("growth", "change") and self.last in ("figure", "basis_yoy", "basis_qoq", "filler"):
            previous.direction = direction
            self.mode, self.dirt, self.group = "ref", "", []
            return
        if self._is_difference(previous):
            return
        following = self.next_said()
        if following is not None and following.kind == "figure":
            if self.drafts and self.subject is not None and self.mode in ("after", "ref", "growth", "share", "level", "predicate"):
                self.mode, self.group, self.direction = "ref", [], 0
                return
            if self.mode in ("level", "", "acquire"):
                self.qualifiers.append(item.text.lower())
                return
        self._changes(direction)

    def _changes(self, direction: int) -> None:
        if self.subject is not None:
            self.subject.needs_verb = False
        previous = self.last_draft()
        if (
            previous is not None
            and previous.role == "growth"
            and self.mode == "growth"
            and self.last in ("figure", "filler", "basis_yoy", "basis_qoq", "prep", "sym")
        ):
            previous.direction = direction
            if self.basis and not previous.basis:
                previous.basis, self.basis = self.basis, ""
            return
        if self._is_difference(previous):
            return
        if self.subject is None and not self.drafts and self.mode != "orphan":
            following = self.next_said()
            if following is not None and (following.kind == "of" or (following.kind == "name" and following.hits)):
                self.grown = direction  # "Growth of revenue was 5%": the figure after the verb is the growth
                return
            self.dirt = self.dirt or "a change without a name"
        if self.mode == "trail":
            return
        self.direction, self.mode, self.group, self.share = direction, "change", [], False

    def on_to(self, item: Item) -> None:
        """ "To" after a change leads to a level."""
        following = self.next_said()
        if following is not None and following.kind == "figure":
            if self.mode in ("change", "growth", "subject") or (self.mode == "ref" and self.direction):
                self.mode, self.group = "level", []
            elif self.mode == "after":
                self.taint(item.text)

    def on_versus(self, item: Item) -> None:
        """What follows is compared with."""
        following = self.next_said(frozenset(("filler", "prep", "qualifier", "pronoun", "of", "sym")))
        kind = following.kind if following else ""
        of_time = following is not None and following.figure is not None and following.figure.noun in self.spoken.times
        if item.text.lower() == "over" and of_time:
            item.kind = "prep"  # "over 24 months"
            return
        if self.subject is None and not self.drafts and item.text.lower().startswith("compared"):
            self.leading = True  # "Compared with ..., revenue was ..."
        if self.subject is not None and item.text.lower().startswith("compares"):
            self.subject.needs_verb = False
        if kind in ("figure", "period", "basis_of", "previous", "again_loss", "again_gain") or (kind == "name" and self.drafts):
            if self.subject is None and not self.drafts:
                if kind != "figure":
                    return
                self.on_word(item)
                return
            if kind == "period" and self.mode in ("", "subject") and not self.drafts:
                return
            self.mode, self.group, self.qualifiers = "ref", [], []
            self.dirt = "" if self.drafts and self.mode != "trail" else self.dirt
        elif self.mode in ("after", "growth", "ref", "share"):
            if item.text.lower() == "from" and kind == "unknown" and self.last == "figure" and self.mode == "after":
                self.taint(item.text)  # "Revenue of $5 million from the divested business": a part
            self.trail(item.text)
        else:
            self.on_word(item)

    def on_basis_yoy(self, item: Item) -> None:
        """Against the year before."""
        self._set_basis("yoy")

    def on_basis_qoq(self, item: Item) -> None:
        """Against the quarter before."""
        self._set_basis("qoq")

    def _set_basis(self, basis: str) -> None:
        self.bases.append(basis)
        previous = self.last_draft()
        if (
            previous is not None
            and previous.role in ("growth", "change")
            and not previous.basis
            and self.last in ("figure", "filler", "rise", "fall", "prep", ",", "open", "close")
        ):
            previous.basis = basis
            if previous.pair is not None and previous.pair.role == previous.role:
                previous.pair.basis = basis
        else:
            self.basis = basis

    def on_constant(self, item: Item) -> None:
        """Growth at constant exchange rates, or of what was there before: a rate of its own."""
        flavour = "organic" if "organic" in item.text.lower() else "constant"
        previous = self.last_draft()
        if previous is not None and previous.role == "growth" and self.last in ("figure", "prep", "rise", "fall", "basis_yoy"):
            previous.flavour = flavour
        elif previous is not None and previous.figure.kind == "percent" and not previous.reason:
            previous.reason = f"{item.text!r} qualifies it"
        elif (self.subject is None and not self.drafts) or (self.mode == "change" and self.last in ("rise", "fall")):
            self.flavour = flavour  # "Sales increased organically by 4%"
        else:
            self.dirt = self.dirt or item.text

    def on_basis_of(self, item: Item) -> None:
        """ "On a non-GAAP basis": tells the basis of the figure before."""
        previous = self.last_draft()
        if previous is not None and self.last in ("figure", "close", "filler", "prep"):
            previous.flavour = item.text.lower()
        elif previous is None and self.subject is None:
            self.flavour = item.text.lower()
