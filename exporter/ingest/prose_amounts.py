"""Figures and periods in a sentence: which role a figure has, and which period is its own."""

from __future__ import annotations

from dataclasses import replace

from exporter.ingest.prose_names import Names
from exporter.ingest.prose_periods import When
from exporter.ingest.prose_spans import Figure, Item
from exporter.ingest.prose_state import Dated, Draft, Subject, completed, is_rate, other_kind

_NEAR = 40
_LIST = 2
#: A figure was told, or one to compare with.
_COMPARED = frozenset(("after", "ref"))
#: Between a figure and the period that is its own nothing else stands.
_RIGHT_BEFORE = frozenset(("prep", "figure", "close"))
#: Below, a number alone in a footnote is hardly what its mark stands at.
_MANY = 1000
#: A figure of a list that nothing has closed yet.
UNTOLD = "nothing tells what it is"
#: "Rose -6%".
CONTRARY = "its sign and the word beside it say different ways"

_DATED_SPANS = frozenset(("quarter_ended", "half_ended", "span", "quarter", "half", "day", "year_ended"))


class Amounts(Names):
    """What a figure or a period does to the state."""

    def _part_of(self, whole: Subject) -> None:
        """See :class:`Words`."""
        raise NotImplementedError

    def on_period(self, item: Item) -> None:
        """A period: of what is spoken of, of the figure before, or one to compare with."""
        when = item.when
        if when is None or self._dates_something(item, when) or self.mode == "trail" or self._has_its_own(item, when):
            return
        waiting = [draft for draft in self.group if draft.when is None]
        if self.leading:
            self.lead_when = when  # "Compared with the second quarter of 2022, revenue was ..."
        elif when.relative and waiting and self._is_dated_behind():
            self._wait_no_more(waiting, when)  # "It was $5 million in the same period of last year"
        elif self.mode == "after" and when.relative and self.drafts:
            self.when_ref, self.pending = when, True
        elif self.mode == "ref" and (waiting or self.last in ("versus", "prep", "of", "above", "below")):
            self._wait_no_more(waiting, when) if waiting else self._compare(when)
        elif self.mode in ("growth", "change", "share") and when.relative:
            self._compare(when)
        elif self.mode == "ref":
            return
        elif waiting and not when.relative:
            self._wait_no_more(waiting, when)
            if self.subject is not None and self.subject.when is None:
                self.subject.when = when
        else:
            self._speak_of_period(when)

    def _has_its_own(self, item: Item, when: When) -> bool:
        """Whether a period belongs to one figure that follows, or is one of several behind a list."""
        if self.mode not in _COMPARED:
            return False
        return self.at == self.taken or self._heads_figure(item, when) or self._dates_list(when)

    def _heads_figure(self, item: Item, when: When) -> bool:
        """Whether a period stands right before a figure of its own, after another one: "$6 million, Q2 2022 $5 million";
        that one is to compare with."""
        if self.mode != "after" or self.last not in (",", "close") or when.kind in ("day", "month_day") or self.subject is None:
            return False
        following = self.items[self.at + 1 : self.at + 3]
        at = 1 if following and following[0].text == ":" else 0
        heads = len(following) > at and following[at].figure is not None and self.items[self.at - 1].text in (",", "-")
        if heads:
            self.mode, self.when_ref, self.group = "ref", when, []
        return heads

    def _dates_something(self, item: Item, when: When) -> bool:
        """A day that ends the span since an announcement, or that is a fact of its own."""
        if self.launch:
            self.launch = False
            if when.kind == "day":
                self.when = self._to_next_day(when) or replace(when, kind="launched")
            return True
        if when.kind != "day":
            return False
        announced = (self.subject or self.agent_subject) if self.date_subject is None and self._was_announced() else None
        members = list(self.members) if self.subject is None or self.date_subject is not None else []
        self.dates.append(Dated(item, self.date_subject or announced, tuple(self.qualifiers), members))
        if self.date_subject is not None:
            self.members = []
        if announced is not None:
            self.subject, self.mode = announced, "subject"
            before = self.last_draft()
            if before is not None and before.subject is not announced:
                self.verb = before.verb or self.verb  # "bought 3 ADSs under the plan announced on ...": what was done goes on
        if self.date_subject is None:
            return False
        self.qualifiers = []
        self.mode = "dated" if self.mode in ("", "trail", "dated", "subject", "level", "opener") else self.mode
        return True

    def _to_next_day(self, first: When) -> When | None:
        """ "Between the launch on June 20 and August 18": the span of both days; the second one is passed over."""
        for at in range(self.at + 1, min(self.at + 5, len(self.items))):
            item = self.items[at]
            if item.when is not None and item.when.kind == "day":
                self.at = at
                return replace(first, kind="from_to", to_year=item.when.year, to_month=item.when.month, to_day=item.when.day)
            if item.kind not in ("filler", "and", "to", "sym", "prep"):
                return None
        return None

    def _was_announced(self) -> bool:
        """ "The program that we announced on June 20": whether the verb before a day tells that the subject has it."""
        said = [item for item in self.items[max(self.at - 4, 0) : self.at] if item.kind not in ("filler", "prep")]
        return bool(said) and said[-1].text.lower() in self.spoken.announced

    def _is_dated_behind(self) -> bool:
        """Whether the figure that was told last stands right before: no "and" leads to something else."""
        figures = [item for item in self.items[: self.at] if item.figure is not None and not item.depth]
        right = bool(figures) and any(draft.item is figures[-1] or draft.figure.end == figures[-1].end for draft in self.group)
        return self.mode == "after" and self.last in _RIGHT_BEFORE and right and not self._behind_and() and self._undated()

    def _behind_and(self) -> bool:
        """Whether "and" stands before, and at most a period and words without weight between."""
        before = (item for item in reversed(self.items[: self.at]) if item.kind not in ("filler", "prep", "period", "qualifier"))
        return next((item.kind == "and" for item in before), False)

    def _dates_list(self, when: When) -> bool:
        """Whether a period is one of several behind a list that "respectively" closes: "5 and 4 in June 2023 and 2022, respectively"."""
        if len(self.drafts) < _LIST or self.subject is None or self.subject.members or not self.respective():
            return False
        listed = [draft for draft in self.drafts if draft.subject is self.subject and draft.role in ("level", "reference", "open")]
        if len(listed) < _LIST:
            return False
        if not self.after_whens:
            ahead = [item for item in self.items[self.at + 1 :] if item.kind not in ("filler", "sym", "prep")][:2]
            if len(ahead) < _LIST or ahead[0].kind != "and" or ahead[1].when is None:
                return False
        self.after_whens.append(when)
        return True

    def _undated(self) -> bool:
        """Whether what is spoken of has no period of its own in this sentence."""
        return self.subject is not None and (self.subject.when is None or self.subject is self.before)

    def _wait_no_more(self, waiting: list[Draft], when: When) -> None:
        for draft in waiting:
            draft.when = when
        self.group = []

    def _speak_of_period(self, when: When) -> None:
        subject = self.subject
        if subject is not None and self.mode == "subject" and self.last in ("and", ",") and subject.when is not None and self.respective():
            subject.whens = subject.whens or [subject.when]
            first = subject.whens[0]
            if when.kind == "year" and first.kind in _DATED_SPANS:
                when = replace(first, year=when.year)
            subject.whens.append(when)
            self.listed = subject
        elif subject is not None and (subject.when is None or self.mode == "subject"):
            subject.when = when
        elif subject is None and (not when.relative or self.last != "versus"):
            if self.when is not None and self.last == "and" and self.respective():
                self.whens = [*(self.whens or [self.when]), when]
            self.when = when

    def _compare(self, when: When) -> None:
        """A period to compare with and no figure of its own: "than a year ago"."""
        basis = {"quarter_ago": "qoq", "year_ago": "yoy", "same": "yoy"}.get(when.kind, "")
        growth = [draft for draft in self.drafts if draft.role in ("growth", "change") and not draft.basis and draft.when is None]
        for draft in growth:
            draft.basis = basis
            if not basis:
                draft.when = when
        self.group = [draft for draft in self.group if draft.role == "reference" and draft.when is None]
        beside = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        if self.mode == "ref" and not self.group and (not growth or (beside is not None and beside.figure is not None)):
            self.when_ref = when  # "an improvement over last year's $5 million"

    def on_figure(self, item: Item) -> None:
        """A figure gets its role, its qualifiers and what it is doubted for."""
        figure = item.figure
        if figure is None:
            return
        draft = Draft(figure, "open", self.subject, item, qualifiers=tuple(self.qualifiers), scenario=self.scenario, verb=self.verb)
        self.qualifiers = []
        if self.dirt and self.mode != "ref":
            draft.reason = f"{self.dirt!r} before it is not understood"
        elif self.dirt:
            draft.reason = f"{self.dirt!r} is not understood"
        draft.flavour = self.flavour
        if self.tainted:
            draft.reason = draft.reason or f"{self.tainted!r} qualifies it"
        if self.scenario != "actual" and self.at in self.moved:
            draft.reason = draft.reason or "nothing tells whether the outlook is of it or was changed by it"
        second = self.ranges.get(self.at)
        if second is not None:
            self.at = second
            draft.figure = completed(figure, self.items[second].figure or figure)
        self._place(draft)
        self.drafts.append(draft)
        other = self.items[second] if second is not None else None
        if other is not None and other.figure is not None:
            high = replace(draft, figure=completed(other.figure, draft.figure), item=other, bound="high", pair=draft)
            draft.bound, draft.pair = "low", high
            self.drafts.append(high)
            self.group = [*self.group, high]
        if draft.role == "level" and self.mode == "trail":
            self.mode = "after"
        if draft.role != "open":
            self.group = [*(d for d in self.group[-_NEAR:] if d.role == draft.role), draft]

    def _place(self, draft: Draft) -> None:
        """The role of a figure, by what is expected."""
        percent = draft.figure.kind in ("percent", "points", "bps")
        if self._has_own_period(draft) or self._is_same_again(draft):
            return
        if percent and self.prefix_of and self.subject is not None and not is_rate(self.subject) and self.mode == "subject":
            # "Of the loan volume, 62% was ...": a share, and only a member tells of which part
            draft.role, self.mode, self.prefix_of = "share", "share", False
            self.subject.portion = self.subject.partitive = True
            return
        if self.grown and self.mode == "level" and self.last != "to":
            self.mode, self.direction, self.grown = "change", self.grown, 0
        listed = self.mode == "after" and (self.joined or self.last in ("and", "or"))
        if draft.figure.kind == "percent" and self.mode == "level" and self.verb and not is_rate(self.subject) and self._named_next():
            # "We delivered a 58% gross margin": the name stands after the figure.
            self.subject, self.mode, self.group, draft.subject = None, "orphan", [draft], None
        elif self.total is not None and draft.figure.kind == "percent" and self.subject is not None and self.mode in ("level", "ref"):
            self._part_of_total(draft, self.total)
        elif self.mode == "trail":
            draft.reason, draft.subject = draft.reason or "the words before it are not understood", None
        elif self.mode == "ref":
            self._reference(draft, percent)
        elif draft.figure.kind == "percent" and not (is_rate(self.subject) and (self.mode == "level" or listed)):
            self._ratio(draft)
        elif self.mode == "change" and self.last != "to":
            draft.role, draft.direction, draft.basis = "change", self.direction or 1, self.basis
            self.mode = "growth"
        else:
            self._level(draft, listed)

    def _has_own_period(self, draft: Draft) -> bool:
        """Whether a figure of a list is to compare with, by the period right behind it."""
        beside = self._beside_period(draft) if self.mode == "after" else None
        if beside is not None:
            draft.role, draft.when = "reference", beside
        return beside is not None

    def _is_same_again(self, draft: Draft) -> bool:
        """ "RMB 6.64, which is equivalent to US$ 0.92": the figure before in another currency."""
        previous = self.last_draft()
        if previous is None or previous.role != "level" or self.last not in ("or", "share") or self.mode not in ("share", "level", "after"):
            return False
        ours, theirs = draft.figure, previous.figure
        if (ours.kind, theirs.kind) != ("money", "money") or ours.currency == theirs.currency or not ours.currency or draft.reason:
            return False
        draft.role, draft.of, draft.per, draft.subject, self.mode = "translation", previous, previous.per, previous.subject, "after"
        return True

    def _beside_period(self, draft: Draft) -> When | None:
        """The period right behind one more figure of a list: "28% this quarter, 26% last quarter and 25% a year ago"."""
        before = self.last_draft()
        if self.mode != "after" or self.last not in (",", "and", "period") or before is None or before.subject is not self.subject:
            return None
        if before.role not in ("level", "reference") or before.figure.kind != draft.figure.kind or self.respective():
            return None
        for at in range(self.at + 1, min(self.at + 4, len(self.items))):
            item = self.items[at]
            if item.when is not None:
                self.taken = at if item.when.relative else self.taken
                return item.when if item.when.relative else None
            if item.kind not in ("filler", "prep"):
                return None
        return None

    def _is_another_each(self, figure: Figure) -> bool:
        """ "$55 million, or $1.64 diluted earnings per share": an amount without a scale that its own name follows."""
        following = self.next_said()
        each = following is not None and any(hit.concept.type in ("perShare", "perUnit") for hit in following.hits)
        return self.last == "or" and figure.kind == "money" and figure.power is None and each

    def _goes_on_to(self, draft: Draft) -> bool:
        """ "Of the 5 loans, 3 were ...": a part of the whole that was just told; "up 48% at $160 million": the level."""
        subject = self.subject
        if subject is None:
            return False
        part = self.prefix_of and self.adopted is subject and self.last == ","
        if not part and (self.mode != "growth" or self.items[self.at - 1].text.lower() != "at"):
            return False
        if part:
            self._part_of(subject)
        draft.subject, draft.role, self.mode = self.subject, "level", "after"
        return True

    def _level(self, draft: Draft, listed: bool) -> None:
        figure, subject = draft.figure, self.subject
        if self._goes_on_to(draft):
            return
        first = bool(self.verb) or (self.adopted is not None and self.adopted is subject)
        if self.mode == "after" and ((first and self.last in ("and", ",")) or self._is_another_each(figure)) and self._named_next("of"):
            self.subject, self.mode, self.group = None, "orphan", [draft]
            draft.subject = None
        elif (
            self.mode == "after"
            and self.last in ("prep", "of", "period", "name")
            and other_kind(subject, figure, self.last_draft(), self.spoken.times)
        ):
            draft.role = "level"
        elif self.mode == "after" and self.pending and self.last == "period" and self._behind_and():
            draft.role, draft.when, self.when_ref, self.pending = "reference", self.when_ref, None, False  # "and in the prior quarter 5"
        elif self.mode == "level" or listed or (self.mode == "after" and self.last == ","):
            self._expected(draft)
        elif self.prefix_of and subject is not None:
            draft.role, self.mode, self.prefix_of = "level", "predicate", False
            subject.partitive = True  # "Of this volume, $5 million ...": only a member tells which part
        elif subject is None and self.mode in ("", "acquire", "orphan"):
            self.mode = "orphan"
            self.group = [*(d for d in self.group[-_NEAR:] if d.role == "open"), draft]
        elif self.mode == "subject" and self._apposed() and subject is not None:
            draft.role, self.mode, subject.needs_verb = "level", "after", False
        elif self.mode == "subject" and self.last == "prep" and self.scenario != "actual" and self.at in self.ranges.values():
            draft.role, self.mode = "level", "after"
        else:
            draft.reason, self.mode = draft.reason or "no verb leads from the name to it", "trail"

    def _apposed(self) -> bool:
        """ "Funding costs, at $5 million, ...": a figure between commas right behind a name."""
        said = [item for item in self.items[max(self.at - 4, 0) : self.at] if item.kind not in ("filler", "qualifier")][-2:]
        behind = self.items[self.at + 1 : self.at + 2]
        return len(said) == _LIST and said[0].text == "," and said[1].text.lower() == "at" and bool(behind) and behind[0].text in (",", "(")

    def _expected(self, draft: Draft) -> None:
        """A level that a verb led to, or one more of a list."""
        figure, before = draft.figure, self.last_draft()
        draft.role, draft.way, self.way = "level", self.way, ""
        draft.turned, self.turned = self.turned, 0
        if self.inherited and self.subject is self.before and figure.kind == "bare" and figure.value < _MANY:
            draft.reason = draft.reason or "nothing tells what it counts"
        if self.mode == "after" and self.last == "," and not self.list_of:
            draft.reason = draft.reason or UNTOLD
        if before is not None and before.per and self.last == "or" and figure.kind == "money" and figure.power is None:
            draft.per = before.per  # "$1.20 per share, or $1.30 on a non-GAAP basis"
        self.mode = "after"
        self.list_of = self.list_of or (self.inherited and self.subject is self.before)

    def _part_of_total(self, draft: Draft, total: Subject) -> None:
        """ "As a percentage of revenue": the figures are shares."""
        draft.total, draft.role = total, "share" if self.mode == "level" else "reference"
        if self.mode == "ref":
            draft.when, self.when_ref = self.when_ref, None
        else:
            self.mode = "after"

    def _reference(self, draft: Draft, percent: bool) -> None:
        if self.scenario == "guidance" and self.when_ref is None and self.at in self.ranges.values():
            # "Raised to 150-158 from 140-155": the range that held before.
            draft.role, draft.scenario, self.mode = "level", "previous_guidance", "after"
            return
        draft.role = "reference"
        draft.turned, self.turned = self.turned, 0
        level = next((d for d in reversed(self.drafts) if d.role == "level" and d.subject is self.subject), None)
        if level is not None and level.figure.kind == "money" and level.figure.power == draft.figure.power:
            draft.per = level.per  # "a dividend of $0.25 per share, compared to $0.20"
        draft.when, self.when_ref = self.when_ref, None
        draft.hits, self.named = self.named, ()
        shares = [d for d in self.drafts if d.role == "share" and d.subject is self.subject]
        if percent and shares and not is_rate(self.subject):
            draft.total, draft.whole = shares[-1].total or self.subject, True
        elif percent and not is_rate(self.subject):
            self._ratio(draft)

    def _named_next(self, over: str = "") -> bool:
        """Whether a name stands next, or behind a word of the role ``over``."""
        following = self.next_said(frozenset(("filler", "qualifier", over)))
        return following is not None and following.kind == "name" and bool(following.hits)

    def _way_of(self, draft: Draft) -> int:
        """Up or down, by the verb; a percentage with its sign says it itself, unless it is the verb's own."""
        if self.mode != "change" and self.signed(draft.item):
            return 1
        if self.direction > 0 and draft.figure.value < 0:
            draft.reason = draft.reason or CONTRARY
        return self.direction or 1

    def _ratio(self, draft: Draft) -> None:
        """A percentage that is a growth rate or a share, by the words before it and after it."""
        following = self.next_said(frozenset(("filler", "qualifier", "close", "basis_yoy", "basis_qoq", "sym")))
        kind = following.kind if following else ""
        if self.subject is None and self.mode in ("", "acquire"):
            draft.role, self.mode = "open", "orphan"
            return
        part_of = kind == "of" and self.mode in ("level", "share") and self.subject is not None
        if kind == "share_of" or part_of or (self.share and kind not in ("rise", "fall", "above", "below")):
            draft.role, draft.basis = "share", ""
            self.share, self.mode = False, "share"
            return
        if kind in ("rise", "above", "fall", "below"):
            draft.role, draft.direction = "growth", -1 if kind in ("fall", "below") else 1
        elif self.direction or self.mode == "growth":
            draft.role, draft.direction = "growth", self._way_of(draft)
        elif self.signed(draft.item) and (self.mode in ("after", "level") or (self.mode == "ref" and self.last == ",")):
            draft.role = "growth"
        elif self.basis or kind in ("basis_yoy", "basis_qoq"):
            draft.role = "growth"
            draft.reason = draft.reason or "no word tells whether it rose or fell"
        elif self.mode == "level":
            draft.role, self.mode = "level", "after"
            return
        else:
            draft.reason = draft.reason or "nothing tells what the percentage is of"
        draft.basis = self.basis or draft.basis
        self.basis = ""
        self.mode, self.share = "growth", False
