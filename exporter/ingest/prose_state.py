"""What the reader of a sentence knows at a place: what is spoken of, what is expected, what was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from exporter.ingest.match import Hit
from exporter.ingest.prose_grammar import Member
from exporter.ingest.prose_periods import When
from exporter.ingest.prose_spans import Figure, Item
from exporter.ingest.prose_vocabulary import Vocabulary

QUIET = frozenset(("filler", "prep", "qualifier", "expected", "close", "sym"))


@dataclass(slots=True)
class Subject:
    """What is spoken of: what a name may stand for, the members that split it, and why it is not certain."""

    hits: Sequence[Hit]
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
    portion: bool = False


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
    hits: Sequence[Hit] = ()
    verb: str = ""
    way: str = ""
    turned: int = 0


@dataclass(slots=True)
class Dated:
    """A date in a sentence, with what is spoken of."""

    item: Item
    subject: Subject | None
    qualifiers: tuple[str, ...]
    members: list[Member] = field(default_factory=list)


class State:
    """``spoken``: the lists of words; ``mode`` is what is expected next; ``last`` the kind of the last part that counted;
    ``subject`` what is spoken of; ``before`` what was spoken of in the sentence before (``alone``: and nothing else was); ``dirt``
    the first word not understood."""

    def __init__(
        self, spoken: Vocabulary, before: Subject | None, scenario: str = "actual", inherits: bool = False, alone: bool = True
    ) -> None:
        self.spoken = spoken
        self.before = before
        self.alone = alone
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
        self.whens: list[When] = []
        self.total: Subject | None = None
        self.total_next = False
        self.grown = 0
        self.parting = False
        self.named: Sequence[Hit] = ()
        self.lead_when: When | None = None
        self.leading = False
        self.explained = False
        self.early = False
        self.paired: list[Draft] = []
        self.turned, self.taken, self.moved = 0, -1, frozenset[int]()
        self.expected = self.outlook = self.pending = self.entry = False
        self.after_whens: list[When] = []
        self.at = 0
        self.last = self.way = ""

    def signed(self, item: Item) -> bool:
        """Whether a percentage has its sign: "+26.4%", "-5%"; it is a change."""
        figure = item.figure
        if figure is None or figure.kind not in ("percent", "points", "bps"):
            return False
        return figure.value < 0 or any(other.text == "+" and other.end == item.start for other in self.items)

    def next_said(self, skip: frozenset[str] = QUIET, ahead: int = 1) -> Item | None:
        """The next part that says something."""
        for item in self.items[self.at + ahead : self.at + ahead + 12]:
            if item.kind not in skip:
                return item
        return None

    def begins_clause(self, at: int) -> bool:
        """Whether a new statement begins here: a name with a verb after it, or "we generated"."""
        named = active = False
        for item in self.items[at : at + 14]:
            if item.kind in ("filler", "prep", "qualifier", "period", "of", "head", "open", "close", "basis_of") or (
                item.kind == "sym" and item.text in "\",'-"
            ):
                continue
            if item.kind == "name":
                named, active = True, item.active
                continue
            if item.kind == "figure":
                return active
            if item.kind == "acquire" and self.verb and not named:
                return True  # "We generated ... and ended the quarter with ..."
            if item.kind == "agent":
                named = True
                continue
            return named and item.kind in ("be", "rise", "fall", "acquire", "expect", "share")
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

    def start(self) -> None:
        """Forgets what was spoken of: a new statement begins."""
        self.subject, self.mode, self.dirt = None, "", ""
        self.group, self.direction, self.basis, self.share, self.flavour = [], 0, "", False, ""
        self.agent, self.verb, self.members, self.list_of, self.nominal = None, "", [], False, False
        self.grown, self.explained, self.named, self.way = 0, False, (), ""

    def last_draft(self) -> Draft | None:
        """The figure before."""
        return self.drafts[-1] if self.drafts else None

    def respective(self) -> bool:
        """Whether a list is closed by "respectively" further on."""
        return any(item.kind == "respectively" for item in self.items[self.at :])

    def trail(self, text: str) -> None:
        """What follows explains; it is not spoken of any more."""
        self.mode = "trail"
        self.dirt = self.dirt or text

    def taint(self, text: str) -> None:
        """The figure before is open: what stands after it is not understood."""
        previous = self.last_draft()
        if previous is not None and previous.role != "open" and not previous.reason:
            previous.reason = f"{text!r} after it is not understood"

    def on_word(self, item: Item) -> None:
        """A word whose role does not fit here: what it stands between is open."""
        if self.mode == "opener":
            return
        if self.mode in ("after", "growth", "ref", "share", "dated"):
            if self.last in ("figure", "prep", "of", "versus", "close") and self.mode != "dated":
                self.taint(item.text)
            self.trail(item.text)
        elif self.mode == "predicate":
            self.taint(item.text)
        elif self.mode != "trail":
            self.dirt = self.dirt or item.text
        elif not self.dirt:
            self.dirt = item.text


def completed(figure: Figure, other: Figure) -> Figure:
    """The low end of a range with what only the high end prints: "between 470 and 485 billion"."""
    kind = other.kind if figure.kind in ("bare", "count") and other.kind in ("money", "percent") else figure.kind
    power = figure.power if figure.power is not None else other.power
    return figure._replace(kind=kind, power=power, currency=figure.currency or other.currency, noun=figure.noun or other.noun)


def other_kind(subject: Subject | None, figure: Figure, previous: Draft | None, times: frozenset[str]) -> bool:
    """Whether a name stands for measures of several kinds ("bought": how many, and what they cost), and
    the figure is of another kind than the one before."""
    if subject is None or previous is None or previous.subject is not subject or previous.figure.kind == figure.kind:
        return False
    types = {hit.concept.type for hit in subject.hits}
    if figure.kind == "money":
        return "monetary" in types and len(types) > 1
    if figure.kind == "count" and figure.noun in times:
        return any(hit.concept.unit.startswith("utr:") for hit in subject.hits)
    return figure.kind in ("count", "bare") and bool(types & {"quantity", "shares"}) and len(types) > 1


def is_rate(subject: Subject | None) -> bool:
    """Whether a name is of a percentage itself: a margin."""
    return subject is not None and any(hit.concept.type == "percent" for hit in subject.hits)


def key(draft: Draft, times: frozenset[str]) -> tuple[object, ...]:
    """What tells the figures of one name apart; ``times``: nouns that count time."""
    return draft.figure.kind, draft.figure.noun in times, draft.when, draft.member, draft.per, draft.way, draft.flavour, draft.scenario
