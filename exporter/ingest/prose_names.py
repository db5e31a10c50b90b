"""Names in a sentence: what is spoken of, members that split it, figures that find their name."""

from __future__ import annotations

from dataclasses import replace

from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import Draft, State, Subject

#: After these a second name before the verb belongs to the first.
_GOES_ON = frozenset(("of", "prep", "and", ",", "name", "scope", "versus", "sym", "by"))
#: After these a name may take a figure of its own: "..., at an average price of $18".
_JOINS = frozenset(("prep", "and", "or", ",", "per_share", "close", "figure"))
#: Something was said already.
_SAID = frozenset(("after", "trail", "predicate", "growth", "ref", "change", "share"))
#: Where a name only says again what is compared: "versus operating income of", "versus 3 million users".
#: Types of measures that a figure may be of.
_KINDS = {
    "money": ("monetary", "perShare", "perUnit"),
    "count": ("quantity", "shares", "pure"),
    "bare": ("quantity", "shares", "pure"),
}
#: What may stand between the figures of a list, each of which has its member.
_IN_A_LIST = frozenset(("filler", "prep", "qualifier", "open", "close", "name", "period", "of", "respectively"))
#: Words that lead to a rate: "representing a margin of 5%".
_GIVES = frozenset(("share", "prep", "versus"))
_BESIDE = frozenset((",", "figure", "close"))
_LIGHT = frozenset(("filler", "qualifier"))
#: What a label may have beside the members that it names.
OF_A_PART = frozenset(("filler", "and", "sym"))
_AGAIN = frozenset(("versus", "of", "prep", "figure"))


class Names(State):
    """What a name does to the state."""

    def on_acquire(self, item: Item) -> None:
        """See :class:`Words`."""
        raise NotImplementedError

    def on_name(self, item: Item) -> None:
        """A name: what is spoken of from here on, or a part, a whole or a repetition of it."""
        if self._not_a_subject(item):
            return
        previous = self.last_draft()
        made = Subject(item.hits, item.text, [] if item.hits else list(item.members), at=item.first, head=item.head, end=item.end)
        if previous is not None and self._is_whole_of(previous):
            previous.total, self.last = made, "name"
            return
        self._announced(made)
        if self.mode == "ref" and self.subject is not None and self.last in _AGAIN and self._again(item):
            return
        if self.mode == "orphan" and previous is not None:
            self._adopt(previous, made)
        elif self._between_verb_and_figure():
            self.dirt = self.dirt or (item.text if self.mode != "ref" else "")
        elif self.mode == "aside":
            self._tells_way(item)
        elif self.mode == "subject" and self.subject is not None and item.verb and self.next_said() is not None:
            self._acts(item)
        elif self.mode == "subject" and self.subject is not None and self.last in _GOES_ON and not self._has_its_day():
            self._more_subject(made, item)
        elif self.mode not in _SAID or self._begins_after_figure(item, made):
            self._speak_of(made, item)

    def _has_its_day(self) -> bool:
        """ "3 ADSs under the plan announced on June 20, at an average price of 5": whether all was told of what is spoken of."""
        return bool(self.dates) and self.dates[-1].subject is self.subject and bool(self.drafts)

    def _tells_way(self, item: Item) -> None:
        """ "The average number of shares used for basic earnings per share": which count of shares is spoken of."""
        ways = [word for word in item.text.lower().split() if word in self.spoken.each_way]
        self.way = ways[0] if len(ways) == 1 and not self.way else ""

    def _again(self, item: Item) -> bool:
        """A name of what is compared: of what is spoken of, or of another figure of this sentence: "net income was $55 million, or
        $1.64 earnings per share, compared to net income of $44 million, or $1.34 earnings per share"."""
        if not self._same_as_subject(item):
            ids = {hit.concept.id for hit in item.hits}
            told = [d.subject for d in self.drafts if d.role == "level" and d.subject is not None and not d.reason]
            other = next((subject for subject in told if ids & {hit.concept.id for hit in subject.hits}), None)
            if other is None:
                return False
            self.subject = other
            if self.last == "figure" and self.drafts[-1].role == "reference":
                self.drafts[-1].subject = other
        self.named = item.hits if self.last != "figure" else ()
        return True

    def _acts(self, item: Item) -> None:
        """A name that is a verb behind what is spoken of: "Under the repurchase plan, we may repurchase up to $5 million"."""
        if self._same_as_subject(item):
            self.mode = "level"
        else:
            self.on_acquire(item)

    def _not_a_subject(self, item: Item) -> bool:
        """Handles names that change nothing of what is spoken of: members, days, wholes, repetitions."""
        if self.launch:
            return True
        if (item.verb or self.last in _BESIDE) and self._is_aside(item):
            return True
        if item.members and self.date_subject is not None:
            self._dates_member(item)
            return True
        only_member = bool(item.members) and not item.hits and not item.head
        said = self.subject is not None or self.mode == "dated"
        if only_member or (item.members and said and self.mode in ("subject", "level", "predicate", "after", "dated")):
            self._member(item)
            return True
        if self.total_next and item.hits:
            self.total, self.total_next = Subject(item.hits, item.text, at=item.first, end=item.end), False
            return True
        if item.hits and all(hit.concept.type == "date" for hit in item.hits):
            self._date_name(item)
            return True
        if self.mode == "predicate":
            return item.verb or self._same_as_subject(item)
        return self.mode == "after" and ((self.last == "figure" and self._same_as_subject(item)) or (self.last == "of" and bool(self.verb)))

    def _is_aside(self, item: Item) -> bool:
        """A name that is a verb here, that is counted in, or that only tells which count of shares a figure is of."""
        following = self.next_said(_LIGHT) if item.verb or self.last == "," else None
        figure = following.figure if following is not None else None
        kinds = _KINDS.get(figure.kind, ()) if item.verb and figure is not None and self.mode == "" else ()
        if kinds and not any(hit.concept.type in kinds for hit in item.hits):
            self.on_acquire(item)  # "We delivered $5 million of revenue"
            return True
        if self.last == "," and following is not None and following.kind == "counted":
            return self.subject is not None
        previous = self.last_draft()
        way = item.text.lower()
        if self.last in ("figure", "close") and previous is not None and previous.subject is not None and way in self.spoken.each_way:
            previous.way = previous.way or way
            return self.subject is previous.subject
        return False

    def _dates_member(self, item: Item) -> None:
        """Those whom a day is for: named behind it, or in front of it."""
        told = [dated for dated in self.dates if dated.subject is self.date_subject]
        if told and not told[-1].members:
            told[-1].members += item.members
        elif self.members or not self._beside_a_name():
            self.members = [*self.members, *item.members]

    def _beside_a_name(self) -> bool:
        """Whether another name stands before the "and" here: "holders of shares and ADSs", of both of them."""
        return self.last in ("and", "or") and self.at > 1 and self.items[self.at - 2].kind == "name"

    def _is_whole_of(self, previous: Draft) -> bool:
        """Whether the name is what the percentage before is a share of."""
        if previous.figure.kind != "percent":
            return False
        open_share = previous.role == "share" and previous.total is None and self.mode == "share"
        again = previous.role == "reference" and previous.whole
        if self.last == "share_of":
            return self.mode != "orphan"  # "One product accounted for 5% of total sales": the name is of both
        return self.last == "of" and (open_share or again)

    def _between_verb_and_figure(self) -> bool:
        following = self.next_said()
        if self.mode not in ("level", "change", "ref") or self.subject is None or not self.subject.hits:
            return False
        return self.last in ("be", "prep", "of", "rise", "fall", "versus") and following is not None and following.kind == "figure"

    def _begins_after_figure(self, item: Item, made: Subject) -> bool:
        """A name after a figure: whether a new statement begins here; handles all else."""
        if self._is_rate_given(item) or self._also_expected(item) or self._is_likewise(item):
            made.when = made.when or (self.subject.when if self.subject else self.when)
            self.subject, self.mode, self.group, self.direction, self.basis, self.share = made, "level", [], 0, "", False
            return False
        if self.mode != "trail" and not self.dirt and self.last in _JOINS and self._leads_to_figure():
            made.when = self.subject.when if self.subject else self.when
            made.members = made.members or list(self.members)
            self.group, self.direction, self.basis, self.share = [], 0, "", False
            beside = self.next_said(frozenset(("filler", "qualifier")))
            self.subject = made
            self.mode = "level" if item.text.lower().endswith(" of") or (beside is not None and beside.kind == "prep") else "subject"
            return False
        if not self.begins_clause(self.at):
            if item.members:
                self._member(item)
            elif self.mode in ("after", "predicate") and self.last in ("prep", "of"):
                self.taint(item.text)
            else:
                self.trail(item.text)
            return False
        dirt = self.dirt
        self.start()
        self.dirt = dirt if self.last not in ("and", ",") else ""
        return True

    def _is_rate_given(self, item: Item) -> bool:
        """ "..., representing a free cash flow margin of 30%": a name of a rate right before a percentage."""
        if self.last not in _GIVES or self.mode not in ("share", "after") or self.dirt:
            return False
        rate = bool(item.hits) and all(hit.concept.type == "percent" for hit in item.hits)
        following = self.next_said(frozenset(("filler", "qualifier", "of", "be")))
        percent = following is not None and following.figure is not None and following.figure.kind == "percent"
        return rate and percent

    def _also_expected(self, item: Item) -> bool:
        """ "..., and diluted earnings per share between 5 and 6": one more measure of the same outlook."""
        if self.scenario != "guidance" or self.mode != "after" or self.last not in ("and", ",") or not item.hits:
            return False
        following = self.next_said(frozenset(("filler", "qualifier", "of", "prep")))
        spans = following is not None and (following.kind == "between" or self.items.index(following) in self.ranges)
        return spans

    def _is_likewise(self, item: Item) -> bool:
        """ "Net income was 5 and adjusted net income 6": the verb before holds for one more name and its figure."""
        previous, beside = self.last_draft(), self.next_said(_LIGHT)
        if self.mode != "after" or self.last not in ("and", ",") or not item.hits or item.members or previous is None:
            return False
        figure = beside.figure if beside is not None else None
        told = previous.role == "level" and not previous.reason and previous.subject is self.subject
        if figure is None or not told or self.verb or self.respective():
            return False
        alike = (figure.kind, figure.power) == (previous.figure.kind, previous.figure.power)
        return alike and any(hit.concept.type in _KINDS.get(figure.kind, ("percent",)) for hit in item.hits)

    def _speak_of(self, made: Subject, item: Item) -> None:
        """From here on this is spoken of."""
        if self.dirt:
            made.reason = made.reason or f"{self.dirt!r} before it is not understood"
        self._points_back(made)
        made.members = made.members or self.members
        made.when = self.when
        made.whens, self.whens = self.whens, []
        if made.whens:
            self.listed = made
        if self.mode == "acquire":
            made.agent = self.agent_subject
        self.subject, self.mode = made, "subject"
        beside = self.next_said(frozenset(("filler", "qualifier")))
        if item.verb or item.text.lower().endswith(" of") or (item.active and beside is not None and beside.kind == "figure"):
            self.mode, self.verb = "level", item.text.lower()

    def _points_back(self, made: Subject) -> None:
        """ "These costs" are those that were spoken of before, or nobody knows which."""
        if not self.at or self.items[self.at - 1].text.lower() not in self.spoken.pointing_back or not made.hits:
            return
        before = self.before
        if before is not None and {hit.concept.id for hit in made.hits} & {hit.concept.id for hit in before.hits}:
            return
        if before is not None and made.label.lower().split()[-1] in before.label.lower().split():
            made.hits, made.label = before.hits, before.label
        else:
            made.reason = made.reason or f"nothing tells which {made.label} are meant"

    def _same_as_subject(self, item: Item) -> bool:
        """Whether a name right after a figure only says again what is spoken of: "500 loans"."""
        spoken = {hit.concept.id for hit in self.subject.hits} if self.subject else set()
        return any(hit.concept.id in spoken for hit in item.hits)

    def _date_name(self, item: Item) -> None:
        """A name of days only ("record date"): the days after it are its own."""
        self.date_subject = Subject(item.hits, item.text, at=item.first)
        self.qualifiers += [word for word in ("approximately",) if item.text.lower().split()[-1] in self.spoken.near]
        if self.mode in ("after", "growth", "ref", "share"):
            self.mode = "trail"

    def _announced(self, made: Subject) -> None:
        """ "On June 1, we announced a program": the day before the name is the name's."""
        told = not self.spoken.announced.isdisjoint((self.verb, self.verb.rpartition(" ")[2]))
        if told and any(hit.concept.type == "date" for hit in made.hits):
            open_days = [dated for dated in self.dates if dated.subject is None]
            if len(open_days) == 1:
                open_days[0].subject = made

    def on_head(self, item: Item) -> None:
        """A word that names a measure together with others."""
        self.on_name(item)

    def _more_subject(self, made: Subject, item: Item) -> None:
        """A second name before the verb: a scope of the first, a part of a list, or not understood."""
        if item.members:
            self.subject.members = [*self.subject.members, *item.members]  # type: ignore[union-attr]
            return
        beside = self.next_said()
        if self.tainted and self.last == "," and item.hits and all(hit.concept.basis == "non_gaap" for hit in item.hits):
            self.dirt, self.tainted, self.subject, made.when = "", "", made, self.when  # "Excluding ..., adjusted net income was ..."
            return
        if self.last == "," and beside is not None and beside.kind == "counted":
            return
        if self.last == "," and self._scoped():
            made.when, made.agent, self.subject = self.when or self.subject.when, self.subject, made  # type: ignore[union-attr]
            return
        if self.last == "," and self.prefix_of:
            made.when = self.when
            self.subject = made
            self.prefix_of = False
            return
        again = self.last == "of" and self.items[self.at - 2].kind == "and"
        operating = all(hit.concept.basis == "operating" for hit in self.subject.hits)  # type: ignore[union-attr]
        beside_it = self.last == "name" and not all(hit.concept.basis == "operating" for hit in item.hits)  # "consumer revenue"
        if operating and not beside_it and not (again and self.respective()) and self.last in ("of", "prep", "scope", "name", "by"):
            return
        if (again or self.last in ("and", ",")) and item.hits and self.respective() and self.subject is not None:
            self.subject.also.append(made)
            self.listed = self.subject
            return
        self.dirt = self.dirt or item.text

    def _scoped(self) -> bool:
        """ "Within platform services, referral fees were ...": whether what is spoken of only tells where."""
        said = [item for item in self.items[: self.at] if item.kind not in ("filler", "sym", "period", "close", "open")]
        return len(said) == 2 and said[0].kind == "prep" and said[1].kind == "name" and not self.drafts

    def _member(self, item: Item) -> None:
        """A member splits what is spoken of, or the figure that stands before it."""
        previous = self.last_draft()
        self.last = "name"
        if self.mode == "aside":
            return
        if self.parting and self.subject is not None and self.mode != "trail":
            self._names_part(self.subject, item)
            return
        if self._before_its_name():
            if self.inherited and self.subject is self.before:
                self.subject, self.mode, self.inherited = None, "", False
            self.members += item.members
            return
        if self.list_of and previous is not None and previous.member is None and self.mode in ("after", "orphan"):
            previous.member = item.members[0]
        elif self.mode == "dated":
            if self.dates:
                self.dates[-1].members += item.members
        elif self.subject is not None and self.mode in ("subject", "predicate", "after", "level"):
            self._split(self.subject, previous, item)
        elif self.subject is None and (not self.drafts or self.mode == ""):
            self.members += item.members
        else:
            self.trail(item.text)

    def _names_part(self, part: Subject, item: Item) -> None:
        """ "Of these, one product made 5 and another 3": a member of the part that is spoken of, or another part, the figure of
        which follows."""
        previous, beside = self.last_draft(), self.next_said()
        told = previous is not None and previous.subject is part and bool(part.members)
        if told and beside is not None and beside.figure is not None and self.items[self.at - 1].kind in ("and", "sym"):
            self.subject, self.mode = replace(part, members=list(item.members)), "level"
        else:
            part.members = [*part.members, *item.members]

    def _split(self, subject: Subject, previous: Draft | None, item: Item) -> None:
        """A member of the figure right before it, or of all that is said of the subject."""
        if self.mode == "predicate" and self.adopted is subject and self._each_its_own(subject, item):
            self.mode = "after"  # "5 were made through one product and 3 through another"
        if self.mode != "after":
            previous = None
        alone = previous is not None and not subject.members
        own = alone and previous is not None and previous.role == "level" and previous.member is None
        if previous is not None and (previous.per or (alone and self.inherited) or (own and self._each_its_own(subject, item))):
            previous.member = item.members[0]
        else:
            subject.members = [*subject.members, *(m for m in item.members if m not in subject.members)]

    def _each_its_own(self, subject: Subject, item: Item) -> bool:
        """ "5 through one product and 3 through another": whether each figure of a list has a member behind it."""
        axis = item.members[0].axis
        if any(draft.subject is subject and draft.member is not None and draft.member.axis == axis for draft in self.drafts):
            return True
        listed = figure = False
        for other in self.items[self.at + 1 :]:
            if other.kind in ("and", "sym") or (other.kind == "figure" and not listed):
                figure = figure or (listed and other.figure is not None)
                listed = listed or other.kind == "and" or other.text == ","
            elif other.figure is not None:
                figure = True
            elif other.kind == "name" and other.members and not other.hits:
                return figure and other.members[0].axis == axis
            elif other.kind not in _IN_A_LIST:
                return False
        return False

    def _is_entry(self, draft: Draft) -> bool:
        """Whether an entry of a list begins with a figure and its name: "- 28.5m borrowers, ..."."""
        before = self.items[: self.items.index(draft.item)]
        part = bool(before) and before[-1].text == ":" and all(item.members or item.kind in OF_A_PART for item in before)
        opening = part or all(item.kind in _LIGHT for item in before)
        if part:
            return self.entry and self.last in ("prep", "of", "period", "filler")
        return self.entry and opening and self.items[self.at - 1] is draft.item

    def _narrowed(self) -> bool:
        """ "1,846 customers with revenue over ...": whether words behind a name tell which of them are counted."""
        following = self.items[self.at + 1 : self.at + 3]
        narrows = len(following) > 1 and following[0].text.lower() in self.spoken.narrowing
        return narrows and following[1].kind in ("name", "unknown", "figure", "above", "below")

    def _before_its_name(self) -> bool:
        """Whether the name that a member splits stands right after it."""
        beside = self.next_said(frozenset(("filler", "sym")))
        opening = self.mode in ("", "opener", "level", "after", "acquire") and not self.drafts
        return opening and beside is not None and beside.kind == "name" and bool(beside.hits)

    def _adopt(self, draft: Draft, made: Subject) -> None:
        """A figure finds the name that stands after it: "220.6 million consumers", "$5 million of cash"."""
        dirt = self.dirt
        made.when = self.when
        made.reason = f"{dirt!r} before it is not understood" if dirt else ""
        made.members = made.members or list(self.members)
        made.agent = self.agent_subject
        if draft.figure.kind == "percent" and self.last in ("of", "share_of"):
            draft.role, draft.total, draft.whole = "share", made, True
        else:
            draft.role = "level"
        for other in self.drafts:
            if other.role == "open" and other.subject is None and other is not draft and any(other is one for one in self.group):
                other.subject, other.role = made, "level"
        draft.subject = made
        made.needs_verb = not self.verb and not self.items[self.at].leads and not self._is_entry(draft)
        if self._narrowed():
            made.reason = made.reason or "what follows narrows what is counted"
        made.portion = self.last == "of" and draft.figure.kind != "percent" and not self.verb
        pointed = self.items[self.at - 1].text.lower() in self.spoken.pointing
        made.partitive = self.last == "of" and draft.figure.kind != "percent" and pointed
        self.subject, self.mode, self.adopted = made, "after", made
