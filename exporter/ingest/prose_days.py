"""Days that are facts, names of periods that are not understood, and the rate of the convenience translation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from exporter.ingest.lexicon import Lexicon
from exporter.ingest.prose_clause import Clause, Dated, Draft, Subject
from exporter.ingest.prose_facts import Facts
from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_tokens import Passage
from exporter.model import Observation, Period, Taxonomy
from exporter.values import decimals_of

_QUARTER_DAYS = 92
_BOTH = 2
#: Parts of a year, as a sentence may name them.
_PARTS = frozenset(("quarter", "half", "quarter_ended", "half_ended"))

#: Where a rate stands in a passage, and its digits.
Rate = tuple[int, int, str]


def days(facts: Facts, clause: Clause) -> list[Observation]:
    """Days that are facts: of a record, of a payment, of an announcement."""
    made: list[Observation] = []
    for dated in clause.dates:
        day = dated.item.when.printed_day if dated.item.when else None
        subject = dated.subject
        if day is None or subject is None:
            continue
        named = facts.choose(subject.hits, (("date",),), None)
        if named.concept is not None and not subject.reason:
            made.append(_day(facts, dated, day, named.concept.id, subject))
    told = Counter((one.concept, one.dimensions) for one in made)
    return [one if told[one.concept, one.dimensions] == 1 or _same_day(one, made) else _apart(one) for one in made]


def _same_day(one: Observation, made: list[Observation]) -> bool:
    return len({other.text for other in made if (other.concept, other.dimensions) == (one.concept, one.dimensions)}) == 1


def _apart(one: Observation) -> Observation:
    """One of several days of one thing."""
    return Observation(one.place, one.raw, one.label, one.section, reason="several days follow, and nothing tells them apart")


def _day(facts: Facts, dated: Dated, day: date, concept: str, subject: Subject) -> Observation:
    place, raw = facts.place(dated.item.start, dated.item.end)
    base = facts.taxonomy.concepts[concept]
    if base.period == "instant":
        facts.clock.launched = day
    dimensions, _ = facts.dimensions(dated.members, base)
    period = facts.default if base.period == "duration" else Period(day)
    return Observation(
        place, raw, subject.label, facts.section, "operating", concept, period, None, dimensions,
        text=day.isoformat(), qualifier="; ".join(dated.qualifiers), kind="date", basis=base.basis,
    )  # fmt: skip


def leave_undated(drafts: list[Draft], items: Sequence[Item], passage: Passage, span: tuple[int, int], codes: re.Pattern[str]) -> None:
    """Leaves the figures of a sentence, a ``span`` of the passage, open that no phrase dates, where it has the short name of a period that
    is no phrase ("9M23"): they may be of that one."""
    if not drafts:
        return
    read = [item for item in items if item.kind in ("period", "name")]
    named = [code.span() for code in codes.finditer(passage.plain, *span)]
    unread = [(start, end) for start, end in named if not any(item.start <= start and end <= item.end for item in read)]
    if not unread:
        return
    torn = [item.when for item in read if any(item.start < end and start < item.end for start, end in unread)]  # "Q2" of "Q2'22"
    for draft in drafts:
        whens = (draft.when, draft.subject.when if draft.subject is not None else None)
        if not any(when is not None and not when.relative and when not in torn for when in whens):
            draft.reason = draft.reason or "a period is named in its sentence that is not understood"


def leave_spanned(facts: Facts, drafts: list[Draft], items: Sequence[Item]) -> None:
    """Leaves the figures open that no period dates, where the sentence names another one behind words that are not understood."""
    taken = {when for draft in drafts for when in (draft.when, draft.subject.when if draft.subject is not None else None)}
    named = [
        item.when
        for at, item in enumerate(items)
        if item.when is not None and not item.depth and item.when.kind in _PARTS and not _compared(items[:at])
    ]
    others = [when for when in named if facts.clock.period(when, facts.default) not in (None, facts.default)]
    if others and taken == {None} and all(draft.scenario == "actual" for draft in drafts):
        for draft in drafts:
            draft.reason = draft.reason or "its sentence names a period that is not known to be its own"


def _compared(before: Sequence[Item]) -> bool:
    """Whether what follows is only compared with."""
    said = next((item for item in reversed(before) if item.kind not in ("filler", "prep", "of", "name", "figure", "qualifier")), None)
    return said is not None and said.kind in ("versus", "above", "below")


def rate_in(facts: Facts, lexicon: Lexicon, passage: Passage, start: int, end: int) -> Rate | None:
    """The rate of the convenience translation, where this sentence states it."""
    told = facts.translation
    if told is None or told.line != passage.paragraphs[0].line:
        return None
    for pattern in lexicon.rates:
        match = pattern.search(passage.plain, start, end)
        if match is not None:
            return match.start(), match.end(), match["rate"]
    return None


def rated(facts: Facts, rate: Rate) -> Observation:
    """The rate as a figure; open where the day of the rate is not printed."""
    place, raw = facts.place(rate[0], rate[1])
    told = facts.translation
    concept = next((c for c in facts.taxonomy.concepts.values() if c.type == "perUnit" and c.unit == "iso4217:USD"), None)
    if told is None or told.day is None:
        return Observation(place, raw, "", facts.section, reason="the day of the rate is not printed")
    return Observation(
        place, raw, "", facts.section, "operating", concept.id if concept and told.quote == "USD" else None, Period(told.day),
        f"iso4217:{told.base}/iso4217:{told.quote}", (), told.rate, 1, decimals_of(rate[2], 0), 0,
        reason="" if concept else "the taxonomy has no concept for a rate",
    )  # fmt: skip


def dated_elsewhere(observations: list[Observation], taxonomy: Taxonomy) -> list[Observation]:
    """A balance that one sentence dates by its quarter ("during the quarter we announced") and another
    one, with the same figure, by its day, has that day."""
    announced = {
        c.id for c in taxonomy.concepts.values() if c.period == "instant" and not c.balance and c.type in ("monetary", "quantity")
    }
    days: dict[tuple[object, ...], set[Period]] = {}
    for o in observations:
        if o.period is not None and o.period.start is None and o.concept in announced:
            days.setdefault((o.concept, o.printed, o.unit), set()).add(o.period)
    if not any(len(found) == _BOTH for found in days.values()):
        return observations
    out = []
    for o in observations:
        found = days.get((o.concept, o.printed, o.unit), set())
        inside = {p for p in found if o.period is not None and p.end < o.period.end and (o.period.end - p.end).days < _QUARTER_DAYS}
        out.append(o._replace(period=next(iter(inside))) if len(found) == _BOTH and len(inside) == 1 else o)
    return out
