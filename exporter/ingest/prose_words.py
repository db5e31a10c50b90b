"""Words with a role in a sentence: shares, parts, qualifiers, asides; one method a role of the grammar."""

from __future__ import annotations

from dataclasses import replace

from exporter.ingest.prose_names import OF_A_PART
from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import Subject, is_rate
from exporter.ingest.prose_verbs import Verbs

#: A figure of what is spoken of stands right before.
_GIVEN = frozenset(("after", "predicate"))
_SAYS = frozenset(("be", "rise", "fall", "share", "versus"))
#: A label before a colon may name a part of the company.
_OF_A_LABEL = frozenset(("unknown", "filler", "sym", "and"))


class Words(Verbs):
    """What a word does to the state."""

    def on_which(self, item: Item) -> None:
        """ "Which is 14% more", "which represents": goes on; any other relative clause explains."""
        if self.mode == "subject" and self.last in (",", "name", "close") and self._skips_clause():
            return
        for other in self.items[self.at + 1 : self.at + 6]:
            if other.figure is not None or other.kind == "share":
                return
            if other.kind not in ("be", "filler", "qualifier", "rise", "fall", "above", "below", "by", "prep"):
                break
        self.mode = "trail"

    def _skips_clause(self) -> bool:
        """ "Adjusted income, which leaves out ..., was 5": passes over a relative clause without figures, up to its comma and the verb."""
        for at in range(self.at + 1, len(self.items) - 1):
            if self.items[at].figure is not None:
                return False
            if self.items[at].text == "," and self.items[at + 1].kind in ("be", "rise", "fall", "expect"):
                self.at = at
                return True
        return False

    def on_pronoun(self, item: Item) -> None:
        """ "It", "that": what was spoken of before."""
        alone = self.prefix_of and self.last == "of" and not self.drafts and self.items[self.at + 1 : self.at + 2]
        if alone and alone[0].text == "," and self.before is not None and self.before.hits:
            self._part_of(self.before)  # "Of these, ..."
            return
        previous, beside = self.last_draft(), self.next_said(frozenset(("filler", "qualifier")))
        if self.mode == "after" and previous is not None and previous.per and beside is not None and beside.figure is not None:
            self.mode = "level"  # "$0.50 per ADS, that's $0.25 per share"
            return
        if self.subject is None or self.mode in ("after", "growth", "ref", "share", "trail"):
            keep = self.subject or self.before
            following = self.next_said()
            if keep is not None and following is not None and following.kind in (_SAYS if self.alone else _SAYS - {"versus"}):
                if self.when is not None and keep.when != self.when and not self.drafts:
                    keep = replace(keep, when=self.when)
                self.subject, self.mode, self.dirt = keep, "subject", ""
                self.group, self.direction, self.basis = [], 0, ""

    def on_counted(self, item: Item) -> None:
        """ "Repeat borrowers counted in": an aside. "The quarter included revenue of ...": only a part of it."""
        if item.text.lower() == "included" and self.subject is None and not self.drafts:
            self.dirt = self.dirt or item.text

    def on_scope(self, item: Item) -> None:
        """Words that say which part of an operation is meant: "originated by partners"."""
        operating = self.subject is not None and all(hit.concept.basis == "operating" for hit in self.subject.hits)
        if self.mode == "subject" and not operating:
            self.on_word(item)

    def on_aside(self, item: Item) -> None:
        """ "Used in calculating net income per share": up to the verb, other measures are named."""
        if self.mode == "subject":
            self.mode = "aside"
        else:
            self.on_word(item)

    def on_relative(self, item: Item) -> None:
        """ "Whereby", "that": a new statement about what was announced."""
        if not self.drafts:
            when, members = self.when or (self.subject.when if self.subject is not None else None), self.members
            self.start()
            self.when, self.members = when, members

    def on_launch(self, item: Item) -> None:
        """ "From the launch of ... to": a span that begins on the day of the announcement."""
        self.launch = True

    def on_of(self, item: Item) -> None:
        """ "Of" leads to a figure, to a whole, or opens "Of this volume, ..."."""
        following = self.next_said(frozenset(("filler", "prep", "sym")))
        kind = following.kind if following else ""
        if (
            self.mode == "subject"
            and self.last in ("name", "period", "close", "basis_of", "filler")
            and kind in ("figure", "qualifier", "between", "above", "below")
        ):
            self.mode, self.nominal = "level", True
            if self.subject is not None and self.spoken.less.search(self.subject.label):
                self.dirt = self.dirt or item.text  # "Receivables, net of allowance of $3 million"
        elif not self.drafts and self.subject is None and kind in ("name", "pronoun", "filler", "figure"):
            self.prefix_of = True
        elif self.mode == "orphan" or (self.last == "figure" and kind == "name"):
            self.last = "of"

    def on_share_of(self, item: Item) -> None:
        """ "Of the total": what a share is of."""
        previous = self.last_draft()
        beside = self.next_said(frozenset(("filler", "qualifier")))
        if self.mode == "orphan" and self.members and beside is not None and beside.kind == "name" and beside.hits:
            return  # see _is_whole_of
        if (
            previous is not None
            and previous.figure.kind == "percent"
            and previous.role in ("share", "open", "level", "growth", "reference")
            and self.last == "figure"
        ):
            previous.role, previous.whole = "share", True
            self.mode = "share"
        elif self.mode in ("subject", "") and not self.drafts and "as" in item.text.lower().split():
            self.total_next = True
        elif not self.drafts and (self.inherited or self.subject is None) and self.before is not None and self.before.hits:
            self._part_of(self.before)

    def _part_of(self, whole: Subject) -> None:
        """From here on parts of a whole are spoken of."""
        self.subject = replace(whole, members=[], partitive=True, needs_verb=False)
        self.parting, self.mode, self.prefix_of = True, "level", False

    def on_share(self, item: Item) -> None:
        """A share of something follows; or a part did it: "other products contributed 5 loans"."""
        if self.subject is None and self.mode == "" and self.members:
            self.on_acquire(item)
            return
        if self.parting and self.mode == "level" and not self._percent_next():
            return  # "Of these, one product accounted for 5"
        if self.mode == "subject" and is_rate(self.subject) and self._percent_next():
            self.mode = "level"  # "Repeat borrowers accounted for 92% of the volume", of a rate of this name
            return
        if self.mode == "subject" and item.text.lower() in self.spoken.adding and self._money_next():
            self.mode = "level"  # "Platform services contributed $5 million"
            return
        if self.mode in ("after", "growth", "ref", "predicate", "subject", "share", "level"):
            self.share, self.direction, self.group = True, 0, []
            previous, beside = self.last_draft(), self.next_said(frozenset(("filler", "qualifier")))
            each = previous is not None and previous.role == "level" and bool(previous.per) and beside is not None
            money = each and beside is not None and beside.figure is not None and beside.figure.kind == "money"
            self.mode = "level" if money else "share"  # "$0.25 per share, equivalent to $0.50 per ADS"
            if self.dirt == "":
                return
            self.dirt = ""

    def _percent_next(self) -> bool:
        following = self.next_said(frozenset(("filler", "qualifier")))
        return following is None or following.figure is None or following.figure.kind == "percent"

    def _money_next(self) -> bool:
        following = self.next_said(frozenset(("filler", "qualifier")))
        return following is not None and following.figure is not None and following.figure.kind == "money"

    def on_qualifier(self, item: Item) -> None:
        """Says how exact the next figure is."""
        self.qualifiers.append(item.text.lower())

    def on_per_share(self, item: Item) -> None:
        """The figure before is one per share."""
        previous = self.last_draft()
        if previous is not None and self.last in ("figure", "close", "filler"):
            previous.per = item.text.lower()
            if previous.role == "open" and self.mode == "orphan" and self.verb in self.spoken.earned:
                made = Subject((), self.spoken.earning[0], when=self.when, end=item.end)
                previous.subject, previous.role, self.subject, self.mode = made, "level", made, "after"
        elif self.mode != "subject":
            self.on_word(item)

    def on_and(self, item: Item) -> None:
        """A list goes on, or a new statement begins."""
        following = self.next_said()
        if following is not None and following.members and not following.hits and self.last in ("name", "close"):
            return
        if self.begins_clause(self.at + 1) and (self.drafts or self.mode == "trail"):
            self.start()
            return
        self.joined = True
        if self.parting and self.subject is not None and following is not None and following.figure is not None:
            self.subject, self.mode = replace(self.subject, members=[]), "level"
        elif self.mode == "growth":
            self.group = []

    def on_prep(self, item: Item) -> None:
        """ "..., as loans grew": what follows explains."""
        following = self.next_said()
        explains = following is not None and following.kind in ("unknown", "name") and self.items[self.at - 1].text == ","
        if item.text.lower() == "as" and self.drafts and explains:
            self.on_reason(item)

    def on_or(self, item: Item) -> None:
        """A list goes on; or the same once more, as a share: "$54 million, or 10.9% of revenue"."""
        following, previous = self.next_said(), self.last_draft()
        percent = following is not None and following.figure is not None and following.figure.kind == "percent"
        if percent and previous is not None and previous.role == "level" and previous.figure.kind != "percent" and self.mode in _GIVEN:
            self.share, self.direction, self.group, self.mode = True, 0, [], "share"
        money = following is not None and following.figure is not None and following.figure.kind == "money"
        if money and previous is not None and previous.role == self.mode == "growth":
            self.direction, self.mode = previous.direction, "change"  # "Rose by 5%, or $3 million"

    def on_sym(self, item: Item) -> None:
        """Commas, colons and quotes."""
        if item.text == ":" or (
            item.text == '"' and self.last in ("unknown", ",", "speech", "sym") and not self.drafts and self.begins_clause(self.at + 1)
        ):
            self._reset_speech()
        elif item.text == "," and self.mode == "trail" and self.begins_clause(self.at + 1):
            self.start()
        elif item.text == "," and self.leading and self.last in ("period", "figure", "close"):
            self.leading = False
            self.start()
        elif item.text == "," and self.mode == "opener":
            self.mode, self.dirt = "", ""

    def _reset_speech(self) -> None:
        following = self.next_said()
        led = self.mode == "subject" or (self.mode == "level" and self.subject is not None and self.expected)
        if led and following is not None and following.kind == "figure":
            self.mode = "level"
        elif self.mode == "subject" and following is not None and following.kind in ("rise", "fall"):
            return  # "Referral fees: up 48%"
        elif not self.drafts:
            label, members = self.items[: self.at], self.members
            self.start()
            if any(item.members for item in label) and all(item.members or item.kind in OF_A_PART for item in label):
                self.members = members  # "Capital-light: $5 million in loan volume"
            spoken = self.at + 1 < len(self.items) and self.items[self.at + 1].text == '"'
            if self.items[self.at].text == ":" and not spoken and label and all(item.kind in _OF_A_LABEL for item in label):
                self.dirt = self.dirt or label[0].text  # "North America: revenue of ..."

    def on_cumulative(self, item: Item) -> None:
        """ "A cumulative 220.6 million users": nothing new where what is named is cumulative; else it is another measure."""
        ahead = next((other for other in self.items[self.at + 1 : self.at + 6] if other.kind == "name"), None)
        hits = ahead.hits if ahead is not None and ahead.hits else self.subject.hits if self.subject is not None else ()
        if any("cumulative" in hit.concept.label().lower() for hit in hits):
            item.kind = "filler"
        else:
            self.on_unknown(item)

    def on_opener(self, item: Item) -> None:
        """An adjunct without weight at the beginning: "Among key indicators,"."""
        if not self.drafts and self.subject is None:
            self.mode = "opener"
        else:
            self.on_reason(item)

    def on_reason(self, item: Item) -> None:
        """What follows explains; it tells no figure of what was spoken of."""
        self.mode, self.explained = "trail", True

    def on_taint_all(self, item: Item) -> None:
        """ "Excluding ...": the figure before is not the plain one."""
        if self._includes() or (self.mode == "subject" and self._is_among_them() and self._skips_clause()):
            return
        if not any(draft.role != "open" for draft in self.drafts):
            if not (self.inherited and self.at == 0):
                self.dirt = self.dirt or item.text
                self.tainted = self.tainted or item.text
            return
        if self.mode == "trail" and self.explained and item.text.lower() in self.spoken.of_a_cause:
            return
        growth = [d for d in self.drafts if d.role in ("growth", "change", "share") and d.subject is self.subject]
        for draft in growth or [d for d in self.drafts if d.subject is self.subject]:
            draft.reason = draft.reason or f"{item.text!r} qualifies it"
        self.mode = "trail"

    def _is_among_them(self) -> bool:
        """ "Users with credit lines, including those approved in the quarter, ...": an aside on some of those that are counted."""
        beside = self.next_said()
        return self.last == "," and self.items[self.at].text.lower() in self.spoken.sums and beside is not None and beside.kind == "pronoun"

    def _includes(self) -> bool:
        """ "Cash, including restricted cash and deposits, was ...": the measure that is the sum of what is named up to the verb."""
        subject, text = self.subject, self.items[self.at].text.lower()
        if subject is None or text not in self.spoken.sums or self.dirt:
            return False
        behind = self.mode == "after" and self.last == "name" and self.adopted is subject
        if self.mode != "subject" and not behind:
            return False
        parts, at = [], self.at + 1
        while at < len(self.items) and self.items[at].kind not in ("be", "of", "rise", "fall", "figure", "acquire", "expect"):
            item = self.items[at]
            if item.kind == "name" and item.hits:
                parts.append([hit for hit in item.hits if hit.concept.type == "monetary"])
            elif item.kind not in ("filler", "and", "sym", "prep", "open", "close"):
                return False
            at += 1
        ends = at >= len(self.items) if behind else at < len(self.items) and self.items[at].kind in ("be", "of")
        if not parts or not all(parts) or not ends:
            return False
        subject.parts = [[hit for hit in subject.hits if hit.concept.type == "monetary"], *parts]
        self.at = at - 1
        return True

    def on_way(self, item: Item) -> None:
        """ "$1.20 basic and $1.18 diluted": which count of shares the figure before is of."""
        previous = self.last_draft()
        if previous is not None and self.last in ("figure", "close", "filler") and previous.subject is not None and not previous.way:
            previous.way = item.text.lower()
            return
        self.on_unknown(item)

    def on_margin(self, item: Item) -> None:
        """ "..., a margin of 18.9%": the margin of what is spoken of."""
        subject = self.subject
        led = self.mode in ("share", "after", "growth") and self.last in ("share", "prep", ",", "close")
        if subject is not None and led and not self.dirt:
            self.subject = Subject((), f"{subject.label} {item.text}", subject.members, when=subject.when, end=item.end)
            self.mode, self.group, self.direction, self.basis, self.share = "level", [], 0, "", False
        else:
            self.on_unknown(item)

    def on_again_loss(self, item: Item) -> None:
        """ "Compared to a loss of 3": the figure after it is less than nothing."""
        self._turn(-1, item)

    def on_again_gain(self, item: Item) -> None:
        """ "Compared to a profit of 3"."""
        self._turn(1, item)

    def _turn(self, sign: int, item: Item) -> None:
        if self.mode == "ref" and self.last in ("versus", "filler", "prep") and self.subject is not None:
            self.turned = sign
        elif self.mode in ("change", "growth") and self.last == "to" and self.subject is not None:
            self.turned, self.mode, self.group = sign, "level", []  # "The loss grew 5% to a loss of 3"
        elif sign > 0:
            self.on_rise(item)
        else:
            self.on_unknown(item)

    def on_basis_word(self, item: Item) -> None:
        """ "Non-GAAP" alone, outside of a bracket: nobody knows of what."""
        self.on_unknown(item)

    def on_unknown(self, item: Item) -> None:
        """A word that nobody knows."""
        self.date_subject = None
        self.on_word(item)
