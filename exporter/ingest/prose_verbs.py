"""Verbs in a sentence: of being, of getting and granting, of expecting; and who does it. One method a role of the grammar."""

from __future__ import annotations

from exporter.ingest.prose_compare import Comparisons
from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import QUIET


class Verbs(Comparisons):
    """What a verb does to the state."""

    def on_be(self, item: Item) -> None:
        """A verb of being: a level follows, or a predicate."""
        self._is_said()
        if self._goes_on_being():
            return
        if self.prefix_of:
            self.prefix_of = False
        previous = self.last_draft()
        if (
            self.mode == "after"
            and previous is not None
            and previous.role in ("level", "share")
            and previous.subject is self.subject
            and self.subject is not None
            and (self.last == "name" or self.adopted is self.subject)
        ):
            self.mode = "predicate"
        elif self.mode in ("subject", "", "aside"):
            self.mode = "level"
        elif self.mode == "dated" or (self.subject is not None and self.mode == "predicate"):
            self.mode = "predicate" if self.mode == "predicate" else "dated"
        elif self.mode == "after" and previous is not None and previous.role == "level" and self._changes_next():
            return  # "Revenue of $5 million was up 15%"
        elif self.mode in ("growth", "after", "ref", "share"):
            self.mode = "growth" if self.last == "which" else "level" if self.last in ("pronoun",) else "trail"
            if self.mode == "trail":
                self.dirt = self.dirt or item.text

    def _is_said(self) -> None:
        """What is spoken of has its verb: "5 banks and 3 million users were ...", of all of them."""
        if self.subject is not None:
            self.subject.needs_verb = False
        for draft in self.drafts if self.adopted is not None else ():
            if draft.subject is not None:
                draft.subject.needs_verb = False

    def _changes_next(self) -> bool:
        following = self.next_said(frozenset(("filler", "qualifier")))
        kinds = ("rise", "fall", "versus", "figure") if self.last == "," else ("rise", "fall")
        ahead = [item for item in self.items[self.at + 1 : self.at + 5] if item.kind not in ("filler", "qualifier")][:2]
        if len(ahead) > 1 and ahead[0].figure is not None and ahead[0].figure.kind == "percent" and ahead[1].kind in ("above", "below"):
            return True  # "Revenue of $5 million was 15% above the $4 million of ..."
        if following is not None and following.figure is not None and following.figure.kind != "percent":
            return False
        return following is not None and following.kind in kinds and self.last in ("figure", "close", "period", "per_share", ",")

    def _goes_on_being(self) -> bool:
        """Verbs of being that lead on in what was begun: a comparison, a relative clause, a part."""
        if self.mode == "" and self.subject is None and self.at and self.items[self.at - 1].text.lower() in self.spoken.existing:
            self.mode, self.verb = "acquire", self.items[self.at].text.lower()  # "There were 28 million borrowers"
            return True
        if self.pending:
            self.pending, self.mode, self.group = False, "ref", []
            return True
        if self.mode == "ref" and self.when_ref is not None and self.last == "period":
            return True
        subject = self.subject
        part = subject is not None and subject.partitive and not subject.members and self.mode in ("share", "after")
        if part or (subject is not None and ((self.parting and self.mode == "after") or (subject.portion and self.mode == "share"))):
            self.mode = "predicate"
            return True
        if self.last == "which" and self.drafts and self.mode != "trail":
            self.mode = "growth"
            return True
        return False

    def on_acquire(self, item: Item) -> None:
        """A verb of getting or granting: the name stands after the figure, or before the verb."""
        if self.subject is not None:
            self.subject.partitive = self.subject.partitive or (self.subject.portion and self.subject.needs_verb)
            self.subject.needs_verb = False
        previous = self.last_draft() if self.last == "be" else None
        if previous is not None and previous.role == "level" and previous.subject is self.subject:
            previous.verb = previous.verb or item.text.lower()  # "Cash of $5 million was generated"
        explains = self.mode == "trail" and bool(self.drafts) and self.last != "be"  # "was approved for" goes on
        if explains or self.mode in ("predicate", "ref", "dated", "growth") or (self.mode == "after" and self.last in ("figure", "name")):
            return
        if self.subject is not None and self.mode == "subject" and self._changes_follow():
            return  # "Fees recorded an increase of 5%"
        self.verb = item.text.lower()
        if self.subject is not None and self.mode == "subject":
            self.agent_subject = self.subject
            self.when = self.subject.when or self.when
            if self.prefix_of:
                return
            self.members = self.subject.members
            self.subject = None
        self.mode = "acquire"

    def _changes_follow(self) -> bool:
        following = self.next_said(frozenset(("filler", "qualifier", "basis_yoy", "basis_qoq")))
        return following is not None and following.kind in ("rise", "fall")

    def on_expect(self, item: Item) -> None:
        """Guidance follows."""
        if not self.expected and not self.outlook and (self.verb or not self.nominal):
            for draft in self.drafts:  # what a verb before told is no outlook: "... was $5 million, of which 3 is expected to ..."
                if draft.subject is not None and not draft.subject.needs_verb and draft.pair is None:
                    draft.scenario = "actual"
        self.scenario, self.expected = "guidance", True
        if self.mode in ("trail",):
            return
        if self.subject is not None and self.mode == "subject":
            self.mode = "level"

    def on_previous(self, item: Item) -> None:
        """ "Previous outlook": the figures that follow were given before."""
        self.scenario = "previous_guidance"
        self.subject = self.subject or self.before
        self.mode = "level"
        self.dirt = ""
        self.group = []

    def on_between(self, item: Item) -> None:
        """A range follows."""
        if self.mode in ("subject", "change") and self.scenario != "actual":
            self.mode = "level"

    def on_agent(self, item: Item) -> None:
        """Who did it."""
        if self.mode == "ref" and self._had_then():
            return
        anew = self.mode in ("after", "growth", "ref", "share", "predicate", "dated") and self.begins_clause(self.at)
        if anew or (self.subject is not None and self._under_what()):
            self.start()

    def _under_what(self) -> bool:
        """ "Under the plan, we had repurchased 3 ADSs by June 30": whether the name before tells only under what it was done.
        Not where it splits the figure ("under the light model"), nor without a period: it may be all since the plan began."""
        leads = self.items[0].text.lower() in self.spoken.governed and self.items[self.at - 1].text == ","
        beside = self.next_said()
        if not leads or self.members or self.dirt or beside is None or not (beside.kind == "acquire" or beside.verb):
            return False
        told = [item.kind for item in self.items[self.at :] if item.kind in ("figure", "period")]
        return told[:2] in (["figure", "period"], ["period", "figure"])

    def _had_then(self) -> bool:
        """ "The $98 million that we had a year ago": whether a verb and a period are all that follows, of the figure before."""
        following = [item for item in self.items[self.at + 1 :] if item.kind not in QUIET][:2]
        waits = any(draft.when is None for draft in self.group)
        return waits and len(following) > 1 and following[0].kind == "acquire" and following[1].when is not None

    def on_by(self, item: Item) -> None:
        """ "By" before a period, an amount or an agent."""
        beside = self.next_said()
        if beside is not None and beside.kind == "period" and self.mode in ("", "subject", "after"):
            return
        if self.mode == "subject" and self.subject is not None and all(hit.concept.basis == "operating" for hit in self.subject.hits):
            return
        if self.mode not in ("change",):
            following = self.next_said()
            if following is None or following.kind != "figure":
                self.on_word(item)
