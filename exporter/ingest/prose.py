"""Running text -> observations: the figures of sentences, footnotes and headings' periods.

The driver: it goes through the passages in order, keeps what a sentence takes over from those before it
(what was spoken of, the heading's period, open sections), and hands each sentence with a figure to the
scanner, the clause reader and the maker of observations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from exporter.ingest.document import Document
from exporter.ingest.lexicon import Lexicon
from exporter.ingest.match import Hit, Matcher
from exporter.ingest.periods import Calendar
from exporter.ingest.prose_clause import Clause, Draft, Subject
from exporter.ingest.prose_days import dated_elsewhere, days, leave_spanned, leave_undated, rate_in, rated
from exporter.ingest.prose_definitions import Definitions
from exporter.ingest.prose_facts import Facts
from exporter.ingest.prose_grammar import Grammar, grammar_of
from exporter.ingest.prose_parts import Lists, names_part, tables_of
from exporter.ingest.prose_periods import Clock, When
from exporter.ingest.prose_places import Places, Running
from exporter.ingest.prose_spans import Item, Scanner
from exporter.ingest.prose_state import is_rate
from exporter.ingest.prose_tokens import NUMERIC, Mark, Passage, sentences, tokens
from exporter.ingest.prose_witness import Witness
from exporter.ingest.translation import Translation
from exporter.model import Definition, Entity, Observation, Period, Place, Taxonomy
from exporter.values import fold

_HEADING = 160
_SENTENCE = 4000
_NOTE = 600
_ASKED = 120
_DATELINE = 250
_BEGINS = 160
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_OPENING = 8
_QUARTER = (80, 100)
_HALF = (170, 190)
_JUNE = 6
_DECEMBER = 12
_AHEAD = ("quarter", "half")
#: Of these and nothing else a statement is made that goes on with the one before.
_OF_A_CHANGE = frozenset(
    ("figure", "rise", "fall", "above", "below", "basis_yoy", "basis_qoq", "and", "sym", "filler", "prep", "of", "by", "qualifier")
)
_NAME = 4


@dataclass(slots=True)
class Reader:
    """Reads the running text of one document."""

    document: Document
    taxonomy: Taxonomy
    grammar: Grammar
    lexicon: Lexicon
    matcher: Matcher
    facts: Facts
    scanner: Scanner
    places: Places
    found: list[Passage]
    lists: Lists
    heading: tuple[str, ...] = ()
    heading_period: Period | None = None
    heading_against: When | None = None
    heading_guided: bool = False
    part: bool = False
    notes: dict[int, tuple[Subject | None, Period | None]] = field(default_factory=dict)
    sums: dict[int, list[list[Hit]]] = field(default_factory=dict)
    before: Subject | None = None
    alone: bool = True
    definitions: Definitions = field(default_factory=Definitions)
    spoken: When | None = None
    scenario: str = "actual"
    date_subject: Subject | None = None
    out: list[Observation] = field(default_factory=list)
    _scanned: tuple[int, int, int, frozenset[str]] | None = None
    _items: list[Item] = field(default_factory=list)

    def read(self) -> list[Observation]:
        """All observations in the order of their places."""
        found = self.found
        self._read_sums(found)
        self._anchor_quarter(found[:_OPENING])
        self._doubt_years(found[:_OPENING])
        for passage in found:
            if not passage.bullet:
                self.lists.end(self.out)
            if passage.note and passage.note not in self.notes:
                passage.note = 0
            if self._is_heading(passage):
                self._open_heading(passage)
            else:
                self._passage(passage)
        self.lists.end(self.out)
        nothing = self._no_figures([o for o in self.out if not o.certain])
        kept = [o for o in self.out if o.certain or id(o) not in nothing]
        return dated_elsewhere(sorted(kept, key=lambda o: (o.place.line, o.place.start)), self.taxonomy)

    def _no_figures(self, seen: list[Observation]) -> set[int]:
        """Which observations (their ``id``) that were not understood are a named thing that is no figure (an
        address, an hour)."""
        tokens_of: dict[str, list[tuple[int, int, int]]] = {}
        for o in seen:
            text, start = self.places.texts.get(o.place.locator, ("", 0)) if self.places.html else (self.document.text, o.place.start)
            found = [(*match.span(), id(o)) for match in NUMERIC.finditer(text, start, start + o.place.end - o.place.start)]
            tokens_of.setdefault(text, []).extend(found)
        classes: dict[int, list[str]] = {}
        for text, tokens_in in tokens_of.items():
            ordered = sorted(tokens_in)
            for (_, _, which), name in zip(ordered, self.grammar.non_figures.classes(text, [span[:2] for span in ordered]), strict=True):
                classes.setdefault(which, []).append(name)
        return {which for which, names in classes.items() if all(names)}

    def _anchor_quarter(self, opening: list[Passage]) -> None:
        """The fiscal quarter that the headline names is the one that the tables are about."""
        focus = self.facts.clock.focus
        if focus is None or focus.start is None:
            return
        days = (focus.end - focus.start).days
        kind, last = ("quarter", 1) if _QUARTER[0] <= days <= _QUARTER[1] else ("half", 2) if _HALF[0] <= days <= _HALF[1] else ("", 0)
        for passage in opening:
            before = ""
            for item in self._scan(passage, 0, min(len(passage.plain), _NOTE)):
                when = item.when
                if when is not None and when.kind == kind and when.ordinal and abs(when.year - focus.end.year) <= 1 and before != "figure":
                    self.facts.clock.anchor = (when.year, when.ordinal * last)
                    return
                # What a figure is compared with is another period.
                before = "figure" if item.figure is not None else "" if item.kind == "agent" else before
        if kind == "half" and focus.end.month == _JUNE and any(self.grammar.half_year.search(passage.plain) for passage in opening):
            self.facts.clock.anchor = (focus.end.year, last)

    def _doubt_years(self, opening: list[Passage]) -> None:
        """A headline that calls the year of the tables by the number before names years by their beginning: no year is certain."""
        clock = self.facts.clock
        focus = clock.focus
        if focus is None or focus.end.month == _DECEMBER:
            return
        years = {year: clock.period(When("year", year), None) for year in (focus.end.year, focus.end.year + 1)}
        own = {year for year, period in years.items() if period and period.end == focus.end}
        named = {
            item.when.year
            for passage in opening
            for item in self._scan(passage, 0, min(len(passage.plain), _NOTE))
            if item.when is not None and item.when.kind in ("quarter", "half", "year")
        }
        clock.misnamed = not own & named and bool({year - 1 for year in own} & named)

    def _read_sums(self, found: list[Passage]) -> None:
        """Footnotes that say which measures a figure includes."""
        for passage in found:
            if passage.note and passage.note not in self.sums and self.grammar.summing.search(passage.plain, 0, _BEGINS):
                items = self._scan(passage, 0, min(len(passage.plain), _NOTE))
                if items and any(item.kind == "sum" or item.text.lower() in self.grammar.vocabulary.sums for item in items[:3]):
                    parts = [[hit for hit in item.hits if hit.concept.type == "monetary"] for item in items if item.kind == "name"]
                    if parts and all(parts):
                        self.sums[passage.note] = parts

    # --- headings ---------------------------------------------------------------------------------

    def _is_heading(self, passage: Passage) -> bool:
        text = passage.clean.strip()
        if passage.heading:
            return True
        if passage.bullet or passage.note or len(text) > _HEADING or not text:
            return False
        return text[-1] not in '.!?:;,"\u3002' and not any(char.isdigit() for char in self._without_periods(passage))

    def _without_periods(self, passage: Passage) -> str:
        """The text of a possible heading without its periods."""
        if not _DIGIT.search(passage.plain):
            return ""
        found = self._scan(passage, 0, len(passage.plain))
        return "".join(item.text for item in found if item.kind != "period" and item.figure is not None)

    def _open_heading(self, passage: Passage) -> None:
        found = self._scan(passage, 0, len(passage.plain))
        text = passage.clean.strip(" *:")
        self.heading = (text,)
        self.before, self.spoken, self.scenario = None, None, "actual"
        against = next((at for at, item in enumerate(found) if item.kind == "versus"), len(found))
        self.heading_against = next((item.when for item in found[against:] if item.when is not None), None)
        whens = [
            item.when
            for item in found[:against]
            if item.when is not None and item.when.kind in ("quarter", "half", "year", "span", "quarter_ended", "year_ended", "half_ended")
        ]
        self.heading_guided = any(item.kind in ("expect", "previous") for item in found)
        clock = self.facts.clock
        means = [clock.ahead(w) if self.heading_guided and w.kind in _AHEAD and not w.year else clock.period(w, None) for w in whens]
        periods = [period for period in means if period is not None and period.start is not None]
        if not self.heading_guided:
            periods = [period for period in periods if not clock.running(period)]  # "half-year report 2023"
        self.heading_period = min(periods, key=lambda p: p.end - (p.start or p.end)) if periods else None
        self.part = self.grammar.part_heading.search(text.lower()) is not None
        folded = self.matcher.fold(text)
        self._sections([section.id for section in self.matcher.index.sections.get(folded, ())], fresh=True)

    def _sections(self, ids: Iterable[str], fresh: bool) -> None:
        self.facts.open_sections = tuple(ids) if fresh else tuple(dict.fromkeys((*self.facts.open_sections, *ids)))

    # --- sentences --------------------------------------------------------------------------------

    def _scan(self, passage: Passage, start: int, end: int) -> list[Item]:
        """The typed parts of a stretch of a passage; that of the last one is kept, as headings are looked at twice."""
        asked = (passage.first, start, end, self.scanner.closed)
        if asked != self._scanned:
            self._scanned, self._items = asked, self.scanner.items(passage.plain, passage.clean, tokens(passage, start, end))
        return self._items

    def _passage(self, passage: Passage) -> None:
        anchor = self.notes.get(passage.note) if passage.note else None
        about = f"{' '.join(self.heading).lower()} {passage.plain}"
        closed = [concepts for pattern, concepts in self.grammar.topics.values() if not pattern.search(about)]
        self.scanner.closed = frozenset().union(*closed)
        self.facts.beyond = not self.grammar.under_plans <= self.scanner.closed and self._looks_beyond(passage)
        self.spoken = None
        first, begun, meant = True, len(self.out), 0
        asked: Subject | None = None
        told = self.grammar.dateline.match(passage.plain) if passage.plain.find("-", 0, _DATELINE) >= 0 else None
        for start, end in sentences(passage, self.grammar.abbreviations, told.end() if told else 0):
            spoken = len(self.out)
            if _DIGIT.search(passage.plain, start, end):
                if end - start <= _SENTENCE and not self.part:
                    self._sentence(passage, start, end, anchor if first else (asked, None) if asked else None)
                    self.lists.compare(self.out, begun if passage.bullet else spoken, spoken, self.facts.mended)
                first, asked = False, None
            else:
                asked = self._asked(passage, start, end)
                first = first and asked is None
            if passage.note and not any(o.certain for o in self.out[begun:]):
                meant = end
        if passage.note:
            self.definitions.note(passage.note, 0, meant, partial(self.places.place, passage))
        if passage.bullet:
            self.lists.bullets.append((begun, len(self.out)))

    def _looks_beyond(self, passage: Passage) -> bool:
        """Whether a passage names a day behind the period that the document is about."""
        focus = self.facts.clock.focus
        if focus is None or ("/" not in passage.plain and all(int(year) < focus.end.year for year in _YEAR.findall(passage.plain))):
            return False
        days = (self.lexicon.to_date(found) for found in self.lexicon.date.finditer(passage.plain))
        return any(day is not None and day > focus.end for day in days)

    def _asked(self, passage: Passage, start: int, end: int) -> Subject | None:
        """What a short question without a figure names and nothing else: "Funding costs?"; the next sentence answers."""
        if passage.plain[start:end].rstrip()[-1:] != "?" or end - start > _ASKED:
            return None
        items = [item for item in self._scan(passage, start, end) if item.kind not in ("filler", "sym", "close", "open")]
        named = [item for item in items if item.hits]
        if len(named) != 1 or any(item.kind not in ("name", "be") for item in items):
            return None
        return Subject(named[0].hits, named[0].text, list(named[0].members))

    def _goes_on(self, passage: Passage, start: int, items: Sequence[Item]) -> tuple[Subject, None] | None:
        """What was spoken of, where what stands behind a semicolon only tells how much more or less it was: "...; +5% y/y"."""
        if not start or passage.plain[start - 1] not in ";\uff1b" or self.before is None or not self.alone or is_rate(self.before):
            return None
        figures = [item.figure for item in items if item.figure is not None]
        only = all(figure.kind == "percent" for figure in figures) and all(item.kind in _OF_A_CHANGE for item in items)
        return (self.before, None) if only else None

    def _sentence(self, passage: Passage, start: int, end: int, anchor: tuple[Subject | None, Period | None] | None) -> None:
        items = self._scan(passage, start, end)
        if not any(item.figure is not None or item.kind == "period" for item in items):
            return
        self.lists.parts = self.lists.parts or (passage.bullet and names_part(items, passage.clean))
        rate = rate_in(self.facts, self.lexicon, passage, start, end)
        items = [item for item in items if not (rate and rate[0] <= item.start < rate[1])]
        anchor = anchor or self._goes_on(passage, start, items)
        subject, period = anchor if anchor else (self.before, None)
        scenario = "guidance" if any(item.kind == "expect" for item in items) or self.heading_guided else "actual"
        clause = Clause(self.grammar.vocabulary, subject, scenario, anchor is not None and subject is not None, self.alone)
        clause.outlook, clause.entry = self.heading_guided, passage.bullet
        if scenario == "actual" and self.scenario == "guidance":
            begins = [item.kind for item in items if item.kind != "filler"][:2]
            if begins == ["pronoun", "share"]:
                clause.scenario = "guidance"  # "This implies growth of 14% to 18%"
        if scenario == "actual" and self.scenario != "actual" and any(item.kind == "previous" for item in items):
            clause.scenario = "guidance"
        if start and passage.plain[start - 1] in ";\uff1b":
            clause.date_subject = self.date_subject
        drafts = clause.read(items)
        self.date_subject = clause.date_subject or next((d.subject for d in reversed(clause.dates) if d.subject), None)
        for mark in passage.marks:
            for draft in drafts:
                if mark.number in self.sums and draft.subject is not None and draft.subject.end <= mark.at <= draft.figure.start:
                    draft.subject.parts = self.sums[mark.number]
        facts = self.facts
        facts.section = self.heading
        facts.partly = next((part for part in self.grammar.vocabulary.partly if part in passage.plain[start:end]), "")
        facts.named = [hit for item in items for hit in item.hits] or (subject.hits if subject is not None else [])
        facts.inherited = period
        facts.place = partial(self.places.place, passage)
        facts.guided = self.heading_period if self.heading_guided else None
        facts.default, facts.against = self._default(), self.heading_against
        self._spread_periods(drafts, clause, scenario)
        leave_spanned(facts, drafts, items)
        leave_undated(drafts, items, passage, (start, end), self.grammar.period_codes)
        self.out += days(facts, clause)
        self.out += facts.observe(drafts)
        if rate:
            self.out.append(rated(facts, rate))
        self._remember(passage, start, end, clause, items, scenario)

    def _default(self) -> Period | None:
        default = self.heading_period if not self.heading_guided else None
        if self.spoken is not None:
            said = self.facts.clock.period(self.spoken, default or self.facts.clock.focus)
            if said is not None and said.start is not None:
                return said
        return default or self.facts.clock.focus

    def _spread_periods(self, drafts: list[Draft], clause: Clause, scenario: str) -> None:
        """A period at the end of a sentence holds for the statements before it that name none."""
        subjects: list[Subject] = []
        for draft in drafts:
            if draft.subject is not None and not any(draft.subject is s for s in subjects):
                subjects.append(draft.subject)
        later: When | None = None
        for subject in reversed(subjects):
            own = subject.when or next((d.when for d in drafts if d.subject is subject and d.role == "level" and d.when), None)
            if own is None:
                subject.when = later if later is not None and not later.relative else None
            elif not own.relative:
                later = own
        earlier: When | None = None
        for subject in subjects:
            if subject.when is None and earlier is not None:
                subject.when = earlier
            earlier = (
                subject.when
                if subject.when is not None and subject.when.kind not in ("day", "month_day", "end", "quarter_end")
                else earlier
            )

    def _remember(self, passage: Passage, start: int, end: int, clause: Clause, items: list[Item], scenario: str) -> None:
        """What later sentences and footnotes take over from this one."""
        made = self.facts.made
        levels = [d for d in clause.drafts if d.role == "level" and d.subject is not None and not d.subject.reason]
        told = [*levels, *(d for d in clause.drafts if d.role == "growth" and d.subject is not None and not d.subject.reason)]
        level = next((d for d in told if id(d) in made and made[id(d)].certain and made[id(d)].concept), None)
        if level is None and clause.drafts and any(item.hits for item in items):
            self.before = None  # it spoke of something else, and nobody knows of what
        if level is not None and level.subject is not None:
            self.before, self.scenario = level.subject, scenario
            self.alone = all(d.subject is level.subject for d in clause.drafts if d.role == "level")
            if level.subject.when is not None and not level.subject.when.relative and scenario == "actual":
                self.spoken = level.subject.when
        for draft in clause.drafts:
            if draft.role == "level" and draft.subject is not None:
                named = self.facts.concept_of(draft).concept
                if named is not None:
                    self._open_by(named.id)
        for mark in passage.marks:
            if start <= mark.at <= end + 1:
                self.definitions.mark(mark.number, mark.at, items, clause.drafts, lambda draft: self.facts.concept_of(draft).concept)
            if start <= mark.at <= end + 1 and mark.number not in self.notes:
                self.notes[mark.number] = self._anchor(mark, clause)

    def _anchor(self, mark: Mark, clause: Clause) -> tuple[Subject | None, Period | None]:
        """What a footnote mark stands at: the subject of the figure or the name right before it."""
        found: Subject | None = None
        period: Period | None = None
        for draft in clause.drafts:
            if draft.subject is not None and (draft.item.end <= mark.at or found is None):
                found = draft.subject
        if found is not None and found.when is not None:
            period = self.facts.clock.period(found.when, self.facts.default)
        if found is None:
            return None, None
        return Subject(found.hits, found.label, [], found.reason, 0, None, found.head), period

    def _open_by(self, concept: str) -> None:
        index = self.matcher.index
        closed = index.closed_by.get(concept, set())
        kept = [name for name in self.facts.open_sections if name not in closed]
        opened = [section.id for section in index.opened_by.get(concept, ())]
        self.facts.open_sections = tuple(dict.fromkeys((*kept, *opened)))


def read_prose(
    document: Document,
    taxonomy: Taxonomy,
    lexicon: Lexicon,
    matcher: Matcher,
    calendar: Calendar,
    translation: Translation | None,
    signs: dict[str, str],
    focus: Period | None,
    cells: Sequence[Observation],
    running: Running,
) -> tuple[list[Observation], tuple[Definition, ...]]:
    """The observations of all running text of a document, in order, and what its footnotes define; none where the
    taxonomy has no grammar. ``cells``: the figures of its tables."""
    grammar = grammar_of(taxonomy)
    if grammar is None:
        return [], ()
    known = {cell.period for cell in cells if cell.period is not None}
    facts = Facts(taxonomy, grammar, matcher, Clock(calendar, focus, known), translation, _nowhere)
    scanner = Scanner(grammar, matcher.names, signs, _spoken_names(matcher.entity, lexicon))
    lists = Lists(tables_of(cells))
    facts.witness = Witness(lists.tables, facts.clock)
    reader = Reader(document, taxonomy, grammar, lexicon, matcher, facts, scanner, running.places, running.passages, lists)
    return reader.read(), tuple(reader.definitions.found)


def _spoken_names(entity: Entity, lexicon: Lexicon) -> tuple[tuple[str, ...], ...]:
    """How sentences call the issuer: its names without legal form, and the first word alone; longest first."""
    forms = set(lexicon.raw["legal_forms"])
    found: set[tuple[str, ...]] = set()
    for name in (entity.name, *entity.names):
        words = fold(name).split()
        while len(words) > 1 and words[-1] in forms:
            words = words[:-1]
        found.add(tuple(words))
        found.add(tuple(words[:1]))
    return tuple(sorted((words for words in found if len("".join(words)) >= _NAME), key=lambda words: (-len(words), words)))


def _nowhere(first: int, last: int) -> tuple[Place, str]:
    """Stands in until the reader has set the places of a passage."""
    raise RuntimeError(f"no passage has been read yet, so {first} to {last} is nowhere")
