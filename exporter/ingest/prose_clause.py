"""Clauses: the typed parts of a sentence, read from left to right, say which figure belongs to what.

The reader knows what is spoken of, what is expected next (a level, a change, something to compare
with), and whether every word since then was understood. A figure that is reached over a word that was
not understood is kept with that word as its reason; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from exporter.ingest.match import Hit
from exporter.ingest.prose_grammar import Member
from exporter.ingest.prose_periods import When
from exporter.ingest.prose_spans import Figure, Item

_QUIET = frozenset(("filler", "prep", "qualifier", "expected", "close", "sym"))
_THE = frozenset(("the", "such", "that", "this", "those", "these", "our", "its"))
_PAIR = 2
_BOTH = "basic and diluted "
_TIMES = frozenset(("month", "day", "year", "week"))
_BESIDE = frozenset(("filler", "prep", "qualifier", "to", "of", "and"))


@dataclass(slots=True)
class Subject:
    """What is spoken of: what a name may stand for, the members that split it, and why it is not certain."""

    hits: list[Hit]
    label: str
    members: list[Member] = field(default_factory=list)
    reason: str = ""
    at: int = 0
    when: When | None = None
    head: bool = False
    agent: Subject | None = None
    end: int = 0
    parts: list[list[Hit]] = field(default_factory=list)
    partitive: bool = False
    needs_verb: bool = False
    also: list[Subject] = field(default_factory=list)
    whens: list[When] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A figure with its role: level, reference, growth, share, change, or open."""

    figure: Figure
    role: str
    subject: Subject | None
    item: Item
    when: When | None = None
    basis: str = ""
    direction: int = 1
    qualifiers: tuple[str, ...] = ()
    reason: str = ""
    scenario: str = "actual"
    bound: str = ""
    pair: Draft | None = None
    of: Draft | None = None
    per: str = ""
    member: Member | None = None
    total: Subject | None = None
    whole: bool = False
    flavour: str = ""


@dataclass(slots=True)
class Dated:
    """A date in a sentence, with what is spoken of."""

    item: Item
    subject: Subject | None
    qualifiers: tuple[str, ...]
    members: list[Member] = field(default_factory=list)


class Clause:
    """Reads one sentence. ``subject``: what was spoken of before, for "it" and for footnotes."""

    def __init__(self, before: Subject | None, scenario: str = "actual", inherits: bool = False) -> None:
        self.before = before
        self.subject: Subject | None = before if inherits else None
        self.inherited = inherits
        self.mode = "level" if inherits else ""
        self.scenario = scenario
        self.dirt = ""
        self.when: When | None = None
        self.drafts: list[Draft] = []
        self.dates: list[Dated] = []
        self.group: list[Draft] = []
        self.qualifiers: list[str] = []
        self.direction = 0
        self.basis = ""
        self.share = False
        self.flavour = ""
        self.agent: Item | None = None
        self.verb = ""
        self.members: list[Member] = []
        self.prefix_of = False
        self.list_of = False
        self.items: Sequence[Item] = ()
        self.ranges: dict[int, int] = {}
        self.when_ref: When | None = None
        self.agent_subject: Subject | None = None
        self.date_subject: Subject | None = None
        self.launch = False
        self.joined = False
        self.listed: Subject | None = None
        self.adopted: Subject | None = None
        self.bases: list[str] = []
        self.tainted = ""
        self.nominal = False
        self.pending = False
        self.whens: list[When] = []
        self.total: Subject | None = None
        self.total_next = False
        self.at = 0
        self.last = ""

    def read(self, items: Sequence[Item]) -> list[Draft]:
        """The figures of the sentence with their roles."""
        self.items = items
        self.ranges = dict(join_ranges(list(items), self.scenario != "actual" or any(i.kind in ("expect", "previous") for i in items)))
        while self.at < len(items):
            item = items[self.at]
            if item.kind == "open":
                self.at = self._bracket(self.at)
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
        self._close()
        return self.drafts

    # --- looking around ---------------------------------------------------------------------------

    def _next(self, skip: frozenset[str] = _QUIET, ahead: int = 1) -> Item | None:
        """The next part that says something."""
        for item in self.items[self.at + ahead : self.at + ahead + 12]:
            if item.kind not in skip:
                return item
        return None

    def _begins_clause(self, at: int) -> bool:
        """Whether a new statement begins here: a name with a verb after it, or "we generated"."""
        named = active = False
        for item in self.items[at : at + 14]:
            if item.kind in ("filler", "prep", "qualifier", "period", "of", "head", "open", "close", "basis_of") or (item.kind == "sym" and item.text in "\",'-"):
                continue
            if item.kind == "name":
                named, active = True, item.active
                continue
            if item.kind == "figure":
                return active
            if item.kind == "agent":
                named = True
                continue
            return named and item.kind in ("be", "rise", "fall", "acquire", "expect")
        return False

    def _leads_to_figure(self) -> bool:
        """Whether "of" and a figure follow the name: "... at an average price of $18"."""
        seen = False
        for item in self.items[self.at + 1 : self.at + 8]:
            if item.kind == "of" or (item.kind == "prep" and item.text.lower() == "at"):
                seen = True
            elif item.figure is not None:
                return seen or self.items[self.at].text.lower().endswith(" of")
            elif item.kind not in ("filler", "qualifier", "open", "close"):
                return False
        return False

    def _start(self) -> None:
        """Forgets what was spoken of: a new statement begins."""
        self.subject, self.mode, self.dirt = None, "", ""
        self.group, self.direction, self.basis, self.share, self.flavour = [], 0, "", False, ""
        self.agent, self.verb, self.members, self.list_of, self.nominal = None, "", [], False, False

    def _last_draft(self) -> Draft | None:
        return self.drafts[-1] if self.drafts else None

    # --- parts ------------------------------------------------------------------------------------

    def on_name(self, item: Item) -> None:
        if item.members and not item.hits and not item.head:
            self._member(item)
            return
        if self.launch:
            return
        if self.total_next and item.hits:
            self.total, self.total_next = Subject(item.hits, item.text, at=item.first, end=item.end), False
            return
        if item.hits and all(hit.concept.type == "date" for hit in item.hits):
            self._date_name(item)
            return
        if item.members and (self.subject is not None or self.mode == "dated") and self.mode in ("subject", "level", "predicate", "after", "dated"):
            self._member(item)
            return
        previous = self._last_draft()
        if self.mode == "predicate" and (item.verb or self._same_as_subject(item)):
            return
        if self.mode == "after" and (self.last == "figure" and self._same_as_subject(item)) or (self.mode == "after" and self.last == "of" and self.verb):
            return
        made = Subject(item.hits, item.text, list(item.members) if not item.hits else [], at=item.first, head=item.head, end=item.end)
        if item.hits and item.members:
            made.members = []
        if previous is not None and previous.figure.kind == "percent" and (self.last == "share_of" or (self.last == "of" and previous.role == "share" and previous.total is None and self.mode == "share")):
            previous.total = made
            self.last = "name"
            return
        self._announced(made)
        if self.mode == "orphan" and previous is not None:
            self._adopt(previous, made)
            return
        if self.mode in ("level", "change", "ref") and self.subject is not None and self.subject.hits and self.last in ("be", "filler", "prep", "of", "rise", "fall", "versus") and self._next() is not None and getattr(self._next(), "kind", "") == "figure":
            self.dirt = self.dirt or (item.text if self.mode != "ref" else "")
            return
        if self.mode == "aside":
            return
        if self.mode == "subject" and self.subject is not None and item.verb and self._next() is not None:
            self.on_acquire(item)
            return
        if self.mode == "subject" and self.subject is not None and self.last in ("of", "prep", "and", ",", "name", "scope", "versus", "sym", "by"):
            self._more_subject(made, item)
            return
        if self.mode in ("after", "trail", "predicate", "growth", "ref", "change", "share"):
            if self.mode != "trail" and not self.dirt and self.last in ("prep", "and", "or", ",", "per_share", "close", "figure") and self._leads_to_figure():
                made.when = self.subject.when if self.subject else self.when
                made.members = made.members or list(self.members)
                self.group, self.direction, self.basis, self.share = [], 0, "", False
                beside = self._next(frozenset(("filler", "qualifier")))
                self.subject = made
                self.mode = "level" if item.text.lower().endswith(" of") or (beside is not None and beside.kind == "prep") else "subject"
                return
            if not self._begins_clause(self.at):
                if item.members:
                    self._member(item)
                elif self.mode in ("after", "predicate") and self.last in ("prep", "of"):
                    self._taint(item.text)
                else:
                    self._trail(item.text)
                return
            dirt = self.dirt
            self._start()
            self.dirt = dirt if self.last not in ("and", ",") else ""
        if self.subject is not None and self.mode == "subject" and self.dirt:
            made.reason = f"{self.dirt!r} is not understood"
        made.reason = made.reason or (f"{self.dirt!r} before it is not understood" if self.dirt else "")
        made.members = made.members or self.members
        made.when = self.when
        made.whens, self.whens = self.whens, []
        if made.whens:
            self.listed = made
        if self.mode == "acquire":
            made.agent = self.agent_subject
        self.subject, self.mode = made, "subject"
        beside = self._next(frozenset(("filler", "qualifier")))
        if item.verb or item.text.lower().endswith(" of") or (item.active and beside is not None and beside.kind == "figure"):
            self.mode, self.verb = "level", item.text.lower()

    def _more_subject(self, made: Subject, item: Item) -> None:
        """A second name before the verb: a scope of the first, a part of a list, or not understood."""
        if item.members:
            self.subject.members += item.members  # type: ignore[union-attr]
            return
        beside = self._next()
        if self.last == "," and beside is not None and beside.kind == "counted":
            return
        if self.last == "," and self.prefix_of:
            made.when = self.when
            self.subject = made
            self.prefix_of = False
            return
        if self.last in ("of", "prep", "scope", "name", "by") and all(hit.concept.basis == "operating" for hit in self.subject.hits):  # type: ignore[union-attr]
            return
        if self.last in ("and", ",") and item.hits and self._respective() and self.subject is not None:
            self.subject.also.append(made)
            self.listed = self.subject
            return
        self.dirt = self.dirt or item.text

    def _respective(self) -> bool:
        return any(item.kind == "respectively" for item in self.items[self.at :])

    def _member(self, item: Item) -> None:
        """A member splits what is spoken of, or the figure that stands before it."""
        previous = self._last_draft()
        self.last = "name"
        if self.mode == "aside":
            return
        beside = self._next(frozenset(("filler", "sym")))
        if self.mode in ("", "opener", "level", "after", "acquire") and beside is not None and beside.kind == "name" and beside.hits and not self.drafts:
            if self.inherited and self.subject is self.before:
                self.subject, self.mode, self.inherited = None, "", False
            self.members += item.members
            return
        if self.list_of and previous is not None and previous.member is None and self.mode in ("after", "orphan"):
            previous.member = item.members[0]
        elif self.mode == "dated":
            if self.dates and self.last not in ("and", "or"):
                self.dates[-1].members += item.members
        elif self.subject is not None and self.mode in ("subject", "predicate", "after", "level"):
            if (previous is not None and self.mode == "after" and previous.per) or (self.mode == "after" and previous is not None and not self.subject.members and self.inherited):
                previous.member = item.members[0]
            else:
                self.subject.members = [*self.subject.members, *(m for m in item.members if m not in self.subject.members)]
        elif self.subject is None and not self.drafts:
            self.members += item.members
        else:
            self._trail(item.text)

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
        made.needs_verb = not self.verb
        made.partitive = self.last == "of" and draft.figure.kind != "percent" and self.items[self.at - 1].text.lower() in _THE
        self.subject, self.mode, self.adopted = made, "after", made

    def _same_as_subject(self, item: Item) -> bool:
        """Whether a name right after a figure only says again what is spoken of: "500 loans"."""
        spoken = {hit.concept.id for hit in self.subject.hits} if self.subject else set()
        return any(hit.concept.id in spoken for hit in item.hits)

    def _date_name(self, item: Item) -> None:
        """A name of days only ("record date"): the days after it are its own."""
        self.date_subject = Subject(item.hits, item.text, at=item.first)
        self.qualifiers += [word for word in ("approximately",) if item.text.lower().split()[-1] in ("around", "about")]
        if self.mode in ("after", "growth", "ref", "share"):
            self.mode = "trail"

    def _announced(self, made: Subject) -> None:
        """"On June 1, we announced a program": the day before the name is the name's."""
        if self.verb and any(hit.concept.type == "date" for hit in made.hits):
            open_days = [dated for dated in self.dates if dated.subject is None]
            if len(open_days) == 1:
                open_days[0].subject = made

    def on_head(self, item: Item) -> None:
        self.on_name(item)

    def on_period(self, item: Item) -> None:
        when = item.when
        if when is None:
            return
        if self.launch:
            self.launch = False
            if when.kind == "day":
                self.when = replace(when, kind="launched")
            return
        if when.kind == "day":
            self.dates.append(Dated(item, self.date_subject, tuple(self.qualifiers), list(self.members) if self.subject is None else []))
            if self.date_subject is not None:
                self.qualifiers = []
                self.mode = "dated" if self.mode in ("", "trail", "dated", "subject", "level", "opener") else self.mode
                return
        if self.mode == "trail":
            return
        waiting = [draft for draft in self.group if draft.when is None]
        if self.mode == "after" and when.relative and self.drafts:
            self.when_ref, self.pending = when, True
            return
        if self.mode == "ref":
            if waiting:
                for draft in waiting:
                    draft.when = when
                self.group = []
            elif self.last in ("versus", "prep", "of", "above", "below"):
                self._compare(when)
            return
        if self.mode in ("growth", "change", "share") and when.relative:
            self._compare(when)
            return
        if waiting and not when.relative:
            for draft in waiting:
                draft.when = when
            self.group = []
            if self.subject is not None and self.subject.when is None:
                self.subject.when = when
            return
        if self.mode == "subject" and self.subject is not None and self.last in ("and", ",") and self.subject.when is not None and self._respective():
            if not self.subject.whens:
                self.subject.whens = [self.subject.when]
            before = self.subject.whens[0]
            if when.kind == "year" and before.kind in ("quarter_ended", "half_ended", "span", "quarter", "half", "day", "year_ended"):
                when = replace(before, year=when.year)
            self.subject.whens.append(when)
            self.listed = self.subject
            return
        if self.subject is not None and (self.subject.when is None or self.mode == "subject"):
            self.subject.when = when
        elif self.subject is None and (not when.relative or self.last != "versus"):
            if self.when is not None and self.last == "and" and self._respective():
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
        if not growth and self.mode == "ref" and not self.group:
            self.when_ref = when

    def on_figure(self, item: Item) -> None:
        figure = item.figure
        if figure is None:
            return
        draft = Draft(figure, "open", self.subject, item, qualifiers=tuple(self.qualifiers), scenario=self.scenario)
        self.qualifiers = []
        if self.dirt and self.mode != "ref":
            draft.reason = f"{self.dirt!r} before it is not understood"
        elif self.dirt:
            draft.reason = f"{self.dirt!r} is not understood"
        if self.tainted:
            draft.reason = draft.reason or f"{self.tainted!r} qualifies it"
        second = self.ranges.get(self.at)
        if second is not None:
            self.at = second
            draft.figure = _completed(figure, self.items[second].figure or figure)
        self._place(draft)
        self.drafts.append(draft)
        other = self.items[second] if second is not None else None
        if other is not None and other.figure is not None:
            high = replace(draft, figure=other.figure, item=other, bound="high", pair=draft)
            draft.bound, draft.pair = "low", high
            self.drafts.append(high)
            self.group = [*self.group, high]
        if draft.role == "level" and self.mode == "trail":
            self.mode = "after"
        if draft.role != "open":
            self.group = [*(d for d in self.group if d.role == draft.role), draft]

    def _place(self, draft: Draft) -> None:
        """The role of a figure, by what is expected."""
        figure, subject = draft.figure, self.subject
        if self.total is not None and figure.kind == "percent" and subject is not None and self.mode in ("level", "ref"):
            draft.total, draft.role = self.total, "share" if self.mode == "level" else "reference"
            draft.when, self.when_ref = (self.when_ref, None) if self.mode == "ref" else (None, self.when_ref)
            self.mode = "after" if self.mode == "level" else "ref"
            return
        percent = figure.kind in ("percent", "points", "bps")
        if self.mode == "trail":
            draft.reason = draft.reason or "the words before it are not understood"
            draft.subject = None
        elif self.mode == "ref":
            draft.role = "reference"
            draft.when, self.when_ref = self.when_ref, None
            shares = [d for d in self.drafts if d.role == "share" and d.subject is subject]
            if percent and shares and not _is_rate(subject):
                draft.total, draft.whole = shares[-1].total or subject, True
            elif percent and not _is_rate(subject):
                self._ratio(draft)
        elif percent and figure.kind == "percent" and not (_is_rate(subject) and (self.mode == "level" or (self.mode == "after" and (self.joined or self.last in ("and", "or"))))):
            self._ratio(draft)
        elif self.mode == "change" and self.last != "to":
            draft.role, draft.direction, draft.basis = "change", self.direction or 1, self.basis
            self.mode = "growth"
        elif self.mode == "after" and self.verb and self.last in ("and", ",") and self._named_next():
            self.subject, self.mode = None, "orphan"
            self.group = [draft]
            draft.subject = None
        elif self.mode == "after" and self.last in ("prep", "of", "period") and _other_kind(subject, figure, self._last_draft()):
            draft.role = "level"
        elif self.mode == "level" or (self.mode in ("after",) and (self.last in ("and", "or", ",") or self.joined)):
            draft.role = "level"
            if self.mode == "after" and self.last == "," and not self.list_of:
                draft.reason = draft.reason or "nothing tells what it is"
            self.mode = "after"
            if self.inherited and self.subject is self.before:
                self.list_of = True
        elif self.prefix_of and subject is not None:
            draft.role, self.mode, self.prefix_of = "level", "predicate", False
        elif subject is None and self.mode in ("", "acquire", "orphan"):
            self.mode = "orphan"
            self.group = [d for d in self.group if d.role == "open"] + [draft]
        else:
            draft.reason = draft.reason or "no verb leads from the name to it"
            self.mode = "trail"

    def _named_next(self) -> bool:
        following = self._next(frozenset(("filler", "qualifier")))
        return following is not None and following.kind == "name" and bool(following.hits)

    def _ratio(self, draft: Draft) -> None:
        """A percentage that is a growth rate or a share, by the words before it and after it."""
        following = self._next(frozenset(("filler", "qualifier", "close", "basis_yoy", "basis_qoq", "sym")))
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
            draft.role, draft.direction = "growth", self.direction or 1
        elif self.basis or kind in ("basis_yoy", "basis_qoq"):
            draft.role = "growth"
            draft.reason = draft.reason or "no word tells whether it rose or fell"
        elif self.mode == "level":
            draft.role, self.mode = "level", "after"
            return
        else:
            draft.reason = draft.reason or "nothing tells what the percentage is of"
        if self.flavour:
            draft.flavour = self.flavour
        draft.basis = self.basis or draft.basis
        self.basis = ""
        self.mode, self.share = "growth", False

    # --- words with a role ------------------------------------------------------------------------

    def on_be(self, item: Item) -> None:
        if self.subject is not None:
            self.subject.needs_verb = False
        if self.pending:
            self.pending, self.mode, self.group = False, "ref", []
            return
        if self.last == "which" and self.drafts and self.mode != "trail":
            self.mode = "growth"
            return
        if self.prefix_of:
            self.prefix_of = False
        previous = self._last_draft()
        if self.mode == "after" and previous is not None and previous.role in ("level", "share") and previous.subject is self.subject and self.subject is not None and (self.last == "name" or self.adopted is self.subject):
            self.mode = "predicate"
        elif self.mode in ("subject", "", "aside"):
            self.mode = "level"
        elif self.mode == "dated" or (self.subject is not None and self.mode == "predicate"):
            self.mode = "predicate" if self.mode == "predicate" else "dated"
        elif self.mode in ("growth", "after", "ref", "share"):
            self.mode = "growth" if self.last == "which" else "level" if self.last in ("pronoun",) else "trail"
            if self.mode == "trail":
                self.dirt = self.dirt or item.text

    def on_which(self, item: Item) -> None:
        """"Which is 14% more", "which represents": goes on; any other relative clause explains."""
        for other in self.items[self.at + 1 : self.at + 6]:
            if other.figure is not None or other.kind == "share":
                return
            if other.kind not in ("be", "filler", "qualifier", "rise", "fall", "above", "below", "by", "prep"):
                break
        self.mode = "trail"

    def on_pronoun(self, item: Item) -> None:
        """"It", "that": what was spoken of before."""
        if self.subject is None or self.mode in ("after", "growth", "ref", "share", "trail"):
            keep = self.subject or self.before
            following = self._next()
            if keep is not None and following is not None and following.kind in ("be", "rise", "fall", "share"):
                if self.when is not None and keep.when != self.when and not self.drafts:
                    keep = replace(keep, when=self.when)
                self.subject, self.mode, self.dirt = keep, "subject", ""
                self.group, self.direction, self.basis = [], 0, ""

    def on_rise(self, item: Item) -> None:
        self._changes(1)

    def on_fall(self, item: Item) -> None:
        self._changes(-1)

    def on_above(self, item: Item) -> None:
        self._comparative(1, item)

    def on_below(self, item: Item) -> None:
        self._comparative(-1, item)

    def _is_difference(self, previous: Draft | None) -> bool:
        """"Was $5 million higher": the figure right before is a difference and no level."""
        if previous is None or previous.role != "level" or self.last != "figure" or previous.figure.kind == "percent" or self.nominal:
            return False
        previous.reason = previous.reason or "it is a difference, not a level"
        self.mode = "trail"
        return True

    def _comparative(self, direction: int, item: Item) -> None:
        """"26.4% above the $98 million of the year before", "14% more than a year ago"."""
        previous = self._last_draft()
        if previous is not None and previous.role in ("growth", "change") and self.last in ("figure", "basis_yoy", "basis_qoq", "filler"):
            previous.direction = direction
            self.mode, self.dirt, self.group = "ref", "", []
            return
        if self._is_difference(previous):
            return
        following = self._next()
        if following is not None and following.kind == "figure":
            if self.drafts and self.subject is not None and self.mode in ("after", "ref", "growth", "level", "predicate"):
                self.mode, self.group, self.direction = "ref", [], 0
                return
            if self.mode in ("level", "", "acquire"):
                self.qualifiers.append(item.text)
                return
        self._changes(direction)

    def _changes(self, direction: int) -> None:
        if self.subject is not None:
            self.subject.needs_verb = False
        previous = self._last_draft()
        if previous is not None and previous.role == "growth" and self.mode == "growth" and self.last in ("figure", "filler", "basis_yoy", "basis_qoq", "prep", "sym"):
            previous.direction = direction
            if self.basis and not previous.basis:
                previous.basis, self.basis = self.basis, ""
            return
        if self._is_difference(previous):
            return
        if self.subject is None and not self.drafts and self.mode != "orphan":
            self.dirt = self.dirt or "a change without a name"
        if self.mode == "trail":
            return
        self.direction, self.mode, self.group, self.share = direction, "change", [], False

    def on_to(self, item: Item) -> None:
        following = self._next()
        if following is not None and following.kind == "figure":
            if self.mode in ("change", "growth", "subject") or (self.mode == "ref" and self.direction):
                self.mode, self.group = "level", []
            elif self.mode == "after":
                self._taint(item.text)

    def on_counted(self, item: Item) -> None:
        """"Repeat borrowers counted in": an aside."""

    def on_scope(self, item: Item) -> None:
        """Words that say which part of an operation is meant: "originated by partners"."""
        operating = self.subject is not None and all(hit.concept.basis == "operating" for hit in self.subject.hits)
        if self.mode == "subject" and not operating:
            self.on_word(item)

    def on_aside(self, item: Item) -> None:
        """"Used in calculating net income per share": up to the verb, other measures are named."""
        if self.mode == "subject":
            self.mode = "aside"
        else:
            self.on_word(item)

    def on_relative(self, item: Item) -> None:
        """"Whereby", "that": a new statement about what was announced."""
        if not self.drafts:
            when, members = self.when, self.members
            self._start()
            self.when, self.members = when, members

    def on_launch(self, item: Item) -> None:
        """"From the launch of ... to": a span that begins on the day of the announcement."""
        self.launch = True

    def on_by(self, item: Item) -> None:
        beside = self._next()
        if beside is not None and beside.kind == "period" and self.mode in ("", "subject", "after"):
            return
        if self.mode == "subject" and self.subject is not None and all(hit.concept.basis == "operating" for hit in self.subject.hits):
            return
        if self.mode not in ("change",):
            following = self._next()
            if following is None or following.kind != "figure":
                self.on_word(item)

    def on_of(self, item: Item) -> None:
        following = self._next(frozenset(("filler", "prep", "sym")))
        kind = following.kind if following else ""
        if self.mode == "subject" and self.last in ("name", "period", "close", "basis_of", "filler") and kind in ("figure", "qualifier", "between"):
            self.mode, self.nominal = "level", True
        elif not self.drafts and self.subject is None and kind in ("name", "pronoun", "filler"):
            self.prefix_of = True
        elif self.mode == "orphan" or (self.last == "figure" and kind == "name"):
            self.last = "of"

    def on_share_of(self, item: Item) -> None:
        """"Of the total": what a share is of."""
        previous = self._last_draft()
        if previous is not None and previous.figure.kind == "percent" and previous.role in ("share", "open", "level", "growth", "reference") and self.last == "figure":
            previous.role, previous.whole = "share", True
            self.mode = "share"
        elif self.mode == "subject" and "as" in item.text.lower().split():
            self.total_next = True

    def on_share(self, item: Item) -> None:
        if self.mode in ("after", "growth", "ref", "predicate", "subject", "share", "level"):
            self.share, self.direction, self.group = True, 0, []
            self.mode = "share"
            if self.dirt == "":
                return
            self.dirt = ""

    def on_versus(self, item: Item) -> None:
        following = self._next(frozenset(("filler", "prep", "qualifier", "pronoun", "of", "sym")))
        kind = following.kind if following else ""
        if kind in ("figure", "period", "basis_of", "previous") or (kind == "name" and self.drafts):
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
            self._trail(item.text)
        else:
            self.on_word(item)

    def on_basis_yoy(self, item: Item) -> None:
        self._set_basis("yoy")

    def on_basis_qoq(self, item: Item) -> None:
        self._set_basis("qoq")

    def _set_basis(self, basis: str) -> None:
        self.bases.append(basis)
        previous = self._last_draft()
        if previous is not None and previous.role in ("growth", "change") and not previous.basis and self.last in ("figure", "filler", "rise", "fall", "prep", ",", "open", "close"):
            previous.basis = basis
        else:
            self.basis = basis

    def on_qualifier(self, item: Item) -> None:
        self.qualifiers.append(item.text.lower())

    def on_per_share(self, item: Item) -> None:
        previous = self._last_draft()
        if previous is not None and self.last in ("figure", "close", "filler"):
            previous.per = item.text.lower()
            if previous.role == "open" and self.mode == "orphan" and self.before is not None:
                pass
        elif self.mode != "subject":
            self.on_word(item)

    def on_agent(self, item: Item) -> None:
        if self.mode in ("after", "growth", "ref", "share", "predicate", "dated") and self._begins_clause(self.at):
            self._start()

    def on_acquire(self, item: Item) -> None:
        if self.subject is not None:
            self.subject.needs_verb = False
        if self.mode in ("predicate", "ref", "dated", "growth") or (self.mode == "after" and self.last in ("figure", "name")):
            return
        self.verb = item.text.lower()
        if self.subject is not None and self.mode == "subject":
            self.agent_subject = self.subject
            self.when = self.subject.when or self.when
            if self.prefix_of:
                return
            self.members = self.subject.members
            self.subject = None
        self.mode = "acquire"

    def on_and(self, item: Item) -> None:
        following = self._next()
        if following is not None and following.members and not following.hits and self.last == "name":
            return
        if self._begins_clause(self.at + 1) and (self.drafts or self.mode == "trail"):
            self._start()
            return
        self.joined = True
        if self.mode == "growth":
            self.group = []

    def on_or(self, item: Item) -> None:
        return

    def on_sym(self, item: Item) -> None:
        if item.text == ":" or (item.text == '"' and self.last in ("unknown", ",", "speech", "sym") and not self.drafts and self._begins_clause(self.at + 1)):
            self._reset_speech()
        elif item.text == "," and self.mode == "trail" and self._begins_clause(self.at + 1):
            self._start()
        elif item.text == "," and self.mode == "opener":
            self.mode, self.dirt = "", ""

    def _reset_speech(self) -> None:
        following = self._next()
        if self.mode == "subject" and following is not None and following.kind == "figure":
            self.mode = "level"
        elif not self.drafts:
            self._start()

    def on_opener(self, item: Item) -> None:
        """An adjunct without weight at the beginning: "Among key indicators,"."""
        if not self.drafts and self.subject is None:
            self.mode = "opener"
        else:
            self.on_reason(item)

    def on_reason(self, item: Item) -> None:
        """What follows explains; it tells no figure of what was spoken of."""
        self.mode = "trail"

    def on_taint_all(self, item: Item) -> None:
        """"Excluding ...": the figure before is not the plain one."""
        if not any(draft.role != "open" for draft in self.drafts):
            if not (self.inherited and self.at == 0):
                self.dirt = self.dirt or item.text
                self.tainted = self.tainted or item.text
            return
        growth = [d for d in self.drafts if d.role in ("growth", "change", "share") and d.subject is self.subject]
        for draft in growth or [d for d in self.drafts if d.subject is self.subject]:
            draft.reason = draft.reason or f"{item.text!r} qualifies it"
        self.mode = "trail"

    def on_constant(self, item: Item) -> None:
        """Growth at constant exchange rates: a rate of its own."""
        previous = self._last_draft()
        if previous is not None and previous.role == "growth" and self.last in ("figure", "prep", "filler", "rise", "fall", "basis_yoy"):
            previous.flavour = item.kind
        elif previous is not None and previous.figure.kind == "percent" and not previous.reason:
            previous.reason = f"{item.text!r} qualifies it"
        elif not self.drafts:
            self.dirt = self.dirt or item.text
        else:
            self.flavour = item.kind

    def on_expect(self, item: Item) -> None:
        self.scenario = "guidance"
        if self.mode in ("trail",):
            return
        if self.subject is not None and self.mode == "subject":
            self.mode = "level"

    def on_previous(self, item: Item) -> None:
        """"Previous outlook": the figures that follow were given before."""
        self.scenario = "previous_guidance"
        self.subject = self.subject or self.before
        self.mode = "level"
        self.dirt = ""
        self.group = []

    def on_between(self, item: Item) -> None:
        if self.mode in ("subject", "change") and self.scenario != "actual":
            self.mode = "level"

    def on_basis_of(self, item: Item) -> None:
        """"On a non-GAAP basis": tells the basis of the figure before."""
        previous = self._last_draft()
        if previous is not None and self.last in ("figure", "close", "filler", "prep"):
            previous.flavour = item.text.lower()

    def on_unknown(self, item: Item) -> None:
        self.date_subject = None
        self.on_word(item)

    def on_word(self, item: Item) -> None:
        if self.mode == "opener":
            return
        if self.mode in ("after", "growth", "ref", "share", "dated"):
            if self.last in ("figure", "prep", "of", "versus", "close") and self.mode != "dated":
                self._taint(item.text)
            self._trail(item.text)
        elif self.mode == "predicate":
            self._taint(item.text)
        elif self.mode != "trail":
            self.dirt = self.dirt or item.text
        elif not self.dirt:
            self.dirt = item.text

    def _trail(self, text: str) -> None:
        self.mode = "trail"
        self.dirt = self.dirt or text

    def _taint(self, text: str) -> None:
        previous = self._last_draft()
        if previous is not None and previous.role != "open" and not previous.reason:
            previous.reason = f"{text!r} after it is not understood"

    # --- brackets, ranges, lists ------------------------------------------------------------------

    def _bracket(self, at: int) -> int:
        """What stands in round brackets: a translation of the figure before, or an aside."""
        end = at + 1
        depth = 1
        while end < len(self.items) and depth:
            depth += {"open": 1, "close": -1}.get(self.items[end].kind, 0)
            end += 1
        inside = [item for item in self.items[at + 1 : end] if item.kind not in ("filler", "close", "open", "sym", "qualifier", "prep", "be", "versus")]
        figures = [item for item in inside if item.figure is not None]
        previous = self._last_draft()
        if len(figures) == 1 and len(inside) == 1 and previous is not None and self.last in ("figure", "per_share", "name") and figures[0].figure is not None:
            self.drafts.append(Draft(figures[0].figure, "translation", previous.subject, figures[0], of=previous, per=previous.per))
            self.last = "figure"
            # What follows still speaks of the figure before the bracket.
            self.drafts[-2:] = [self.drafts[-1], self.drafts[-2]]
            return end
        periods = [item for item in inside if item.when is not None]
        if len(figures) == 1 and len(periods) == 1 and len(inside) == _PAIR and previous is not None and previous.role in ("level", "share", "growth") and figures[0].figure is not None:
            told = Draft(figures[0].figure, "reference", previous.subject, figures[0], when=periods[0].when, total=previous.total)
            self.drafts.append(told)
            if previous.role == "growth" and told.figure.kind == "percent":
                told.reason = "it stands in brackets that are not understood"
            self.drafts[-2:] = [self.drafts[-1], self.drafts[-2]]
            self.last = "figure"
            return end
        for item in figures:
            if item.figure is not None:
                self.drafts.insert(max(len(self.drafts) - 1, 0), Draft(item.figure, "open", None, item, reason="it stands in brackets that are not understood"))
        if not figures:
            self.last = "close" if self.last == "figure" else self.last
            if any(item.kind == "period" and item.when is not None and item.when.kind == "day" for item in inside):
                self.dates += [Dated(item, None, ()) for item in inside if item.kind == "period" and item.when is not None]
        return end

    def on_respectively(self, item: Item) -> None:
        """Pairs a list of figures with the members or the periods that were listed."""
        if self.mode in ("trail", "dated"):
            return
        subject = self.subject
        growth = [d for d in self.drafts if d.subject is subject and d.role == "growth"]
        if len(growth) >= _PAIR:
            for number, draft in enumerate(growth):
                draft.basis = self.bases[number] if len(self.bases) == len(growth) else ""
                draft.reason = draft.reason if draft.basis else "the lists closed by 'respectively' are not understood"
            return
        levels = [d for d in self.drafts if d.subject is subject and d.role in ("level", "open")]
        if subject is None or len(levels) < _PAIR:
            return
        if subject.also and len(subject.also) + 1 == len(levels):
            first = replace(subject, also=[])
            for draft, own in zip(levels, [first, *subject.also], strict=True):
                own.when, own.members = own.when or subject.when, own.members or subject.members
                draft.subject, draft.role = own, "level"
                self._retranslate(draft)
        elif len(levels) == len(subject.members):
            for draft, member in zip(levels, subject.members, strict=True):
                draft.member, draft.role = member, "level"
            self.group = levels
        elif len(levels) == len(subject.whens):
            for draft, when in zip(levels, subject.whens, strict=True):
                draft.when, draft.role = when, "level"
            subject.whens = []
        elif len(levels) == _PAIR and subject.label.lower().startswith(_BOTH):
            for draft, adjective in zip(levels, _BOTH.split(" and "), strict=True):
                draft.subject = replace(subject, hits=[], label=f"{adjective.strip()} {subject.label[len(_BOTH):]}")
                self._retranslate(draft)
        else:
            for draft in levels:
                draft.reason = draft.reason or "the lists closed by 'respectively' are not understood"

    def _retranslate(self, draft: Draft) -> None:
        for other in self.drafts:
            if other.of is draft:
                other.subject = draft.subject

    def _close(self) -> None:
        """At the end: figures that found no name, lists that nothing closed."""
        for draft in self.drafts:
            if draft.role == "open" and not draft.reason:
                draft.reason = "nothing names it" if draft.subject is None else "nothing tells what it is"
            subject = draft.subject
            twins = [d for d in self.drafts if d.role == "level" == draft.role and d.subject is subject and _key(d) == _key(draft)]
            if len(twins) > 1 and not draft.reason and not draft.bound:
                draft.reason = "several figures follow, and nothing tells them apart"
            if subject is not None and subject.needs_verb and not draft.reason and draft.subject is subject:
                draft.reason = "no verb tells what it says"
            if subject is not None and subject.partitive and not subject.members and not draft.reason:
                draft.reason = "it is a part, and nothing known says which"
            if subject is not None and (subject.also or len(subject.whens) > 1) and draft.subject is self.listed and not draft.reason:
                draft.reason = "the list before it is not closed by 'respectively'"


def _key(draft: Draft) -> tuple[object, ...]:
    """What tells the figures of one name apart."""
    return draft.figure.kind, draft.figure.noun in _TIMES, draft.when, draft.member, draft.per, draft.flavour, draft.scenario


def _completed(figure: Figure, other: Figure) -> Figure:
    """The low end of a range with what only the high end prints: "between 470 and 485 billion"."""
    kind = other.kind if figure.kind in ("bare", "count") and other.kind in ("money", "percent") else figure.kind
    power = figure.power if figure.power is not None else other.power
    return replace(figure, kind=kind, power=power, currency=figure.currency or other.currency, noun=figure.noun or other.noun)


def _other_kind(subject: Subject | None, figure: Figure, previous: Draft | None) -> bool:
    """Whether a name stands for measures of several kinds ("bought": how many, and what they cost), and
    the figure is of another kind than the one before."""
    if subject is None or previous is None or previous.subject is not subject or previous.figure.kind == figure.kind:
        return False
    types = {hit.concept.type for hit in subject.hits}
    if figure.kind == "money":
        return "monetary" in types and len(types) > 1
    if figure.kind == "count" and figure.noun in _TIMES:
        return any(hit.concept.unit.startswith("utr:") for hit in subject.hits)
    return figure.kind in ("count", "bare") and bool(types & {"quantity", "shares"}) and len(types) > 1


def _is_rate(subject: Subject | None) -> bool:
    return subject is not None and any(hit.concept.type == "percent" for hit in subject.hits)


def join_ranges(items: list[Item], guided: bool) -> list[tuple[int, int]]:
    """Pairs of figures, by their index, that are the two ends of a range: "between A and B", "A to B"."""
    pairs = []
    for at, item in enumerate(items):
        if item.figure is None:
            continue
        for step in range(1, 5):
            if at + step >= len(items):
                break
            other = items[at + step]
            if other.figure is not None:
                linked = [i for i in items[at + 1 : at + step] if (i.kind not in ("filler", "qualifier") or i.text.lower() == "up to") and i.text != "("]
                before = next((i for i in reversed(items[max(at - 4, 0) : at]) if i.kind not in ("filler", "qualifier", "of")), None)
                said_between = before is not None and before.kind == "between"
                link = ("to" if linked[0].kind == "qualifier" else linked[0].kind) if len(linked) == 1 else ""
                dash = len(linked) == 1 and linked[0].text == "-"
                if (link == "and" and said_between) or (link == "to" and (guided or said_between)) or (dash and guided):
                    pairs.append((at, at + step))
                break
            if other.kind not in ("to", "and", "sym", "filler", "qualifier"):
                break
    return pairs
