"""Which period a figure of a sentence is of, and which one it is compared with; and why not where that is open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from exporter.ingest.prose_heard import Heard
from exporter.ingest.prose_periods import When
from exporter.ingest.prose_state import Draft, Subject
from exporter.model import Concept, Period

_YEAR = 350
_QUARTER = 100
_TO_A_DAY = frozenset(("from_to", "launched"))
_SPANS = frozenset(("quarter", "half", "year", "quarter_ended", "half_ended", "year_ended", "quarter_now"))
_AGO = {"yoy": "year_ago", "qoq": "quarter_ago"}
FLAVOURS = {"constant": "GrowthConstantCurrency", "organic": "GrowthOrganic"}


@dataclass(slots=True)
class Dating(Heard):
    """``told``: the figures of the sentence that is read; ``beyond``: its paragraph names a day behind the period that the document
    is about."""

    told: list[Draft] = field(default_factory=list)
    beyond: bool = False

    def _period(self, draft: Draft, concept: Concept, drafts: list[Draft], levels: list[Draft]) -> tuple[Period | None, str]:
        own = self._level_period(draft, concept)
        why = self._untimely(draft, own, concept)
        if why:
            return None, why
        if draft.role != "reference" or draft.scenario == "previous_guidance":
            if draft.scenario != "actual" and own is None:
                return None, "nothing tells the period of the outlook"
            return own, "" if own else "nothing tells the period"
        if draft.when is None:
            draft.when = self._by_growth(draft) or (self.against if concept.period == "duration" else None)
        if draft.when is None:
            return None, "nothing tells the period to compare with"
        level = next((d for d in reversed(levels) if d.figure.start < draft.figure.start and d.subject is draft.subject), None)
        base = self._level_period(level, concept) if level is not None else self._subject_period(draft.subject, concept)
        said = level.when if level is not None and level.when is not None else draft.subject.when if draft.subject is not None else None
        if said is not None and said.relative and not said.year:
            base = _typed(self._default(concept, draft.scenario), concept)  # the comparison is not made from a comparison
        period = _typed(self.clock.period(draft.when, base), concept)
        if period is None:
            return None, "the period to compare with is not certain"
        if period == base:
            return None, "it is compared with its own period"
        if draft.when.kind == "year" and base is not None and base.start is not None and (base.end - base.start).days < _YEAR:
            return None, "a year stands beside a shorter period"
        return (None, "the period is not over") if self.clock.running(period) else (period, "")

    def _by_growth(self, draft: Draft) -> When | None:
        """ "+15% Y/Y from 41 million": what a figure is compared with, by the growth rate before it, or by the only kind of growth."""
        growth = [d for d in self.told if d.role == "growth" and d.subject is draft.subject and d.basis]
        before = [d for d in self.told if d.figure.start < draft.figure.start and d.role != "translation"]
        beside = [d for d in growth if before and d is before[-1]]
        bases = {d.basis for d in beside or growth}
        return When(_AGO[bases.pop()]) if len(bases) == 1 else None

    def _level_period(self, draft: Draft, concept: Concept) -> Period | None:
        when = draft.when if draft.role != "reference" and draft.role not in ("growth", "change") else None
        if when is None or draft.role in ("share",):
            return self._subject_period(draft.subject, concept, draft.scenario)
        return _typed(self._means(when, concept, draft.scenario), concept)

    def _untimely(self, draft: Draft, period: Period | None, concept: Concept) -> str:
        """Why a figure cannot be of a period: an outlook of what is over, a result of what goes on, a year's name for less."""
        focus = self.clock.focus
        if period is None or focus is None:
            return ""
        if draft.scenario == "guidance":
            return "the outlook would be of a period that is over" if period.end <= focus.end else ""
        spoken = self.grammar.vocabulary
        came = draft.verb in spoken.adding or (draft.verb in spoken.flows and concept.type == "monetary")
        if came and concept.period == "instant":
            return "it is what came to a balance or left it, not the balance"
        said = draft.when or (draft.subject.when if draft.subject else None)
        if concept.period == "duration" and concept.id in self.grammar.under_plans and draft.verb.rpartition(" ")[2] in spoken.announced:
            return "it is what was announced, not what was done"
        if self._counts_within(draft, concept):
            return "it may be counted within the period, and the name is of what is cumulative"
        if said is None and self.beyond and period.end <= focus.end and concept.id in self.grammar.under_plans:
            return "a later day is named, and nothing tells whose it is"
        to_a_day = said is not None and (said.kind in _TO_A_DAY or (said.kind == "day" and period.start is not None))
        begun = period.start is None or period.start <= focus.end
        if draft.scenario == "actual" and (self.clock.running(period) or not begun) and not to_a_day:
            return "the period is not over"
        yearly = concept.period == "duration" and draft.subject is not None and self.grammar.vocabulary.yearly.match(draft.subject.label)
        short = period.start is not None and (period.end - period.start).days < _YEAR
        return "it is of a year, and the period is shorter" if yearly and short else ""

    def _counts_within(self, draft: Draft, concept: Concept) -> bool:
        """ "Borrowers served in the third quarter": of those of a span, where the measure is of all up to a day."""
        cumulative = self.grammar.vocabulary.cumulative
        whens = (draft.when, draft.subject.when if draft.subject is not None else None)
        span = any(when is not None and when.kind in _SPANS for when in whens)
        if not span or concept.period != "instant" or cumulative.isdisjoint(concept.label().lower().split()):
            return False
        return draft.subject is None or cumulative.isdisjoint(draft.subject.label.lower().split())

    def _means(self, when: When, concept: Concept, scenario: str) -> Period | None:
        """The period of a phrase; in an outlook, a quarter without its year is one to come."""
        if scenario != "actual" and when.kind in ("quarter", "half") and not when.year:
            return self.clock.ahead(when)
        day, focus = when.printed_day, self.clock.focus
        later = day is not None and focus is not None and day > focus.end
        if later and concept.period == "duration" and concept.id in self.grammar.under_plans:
            when = replace(when, kind="launched")  # "As of August 18 we had bought ...": since the plan was announced
        return self.clock.period(when, self._default(concept, scenario))

    def _subject_period(self, subject: Subject | None, concept: Concept, scenario: str = "actual") -> Period | None:
        when: When | None = subject.when if subject else None
        default = self._default(concept, scenario)
        if when is not None and concept.period == "duration" and when.kind in ("end", "quarter_end"):
            # "At the end of the second quarter ... we generated": the quarter.
            when = replace(when, kind="quarter") if when.ordinal else None
        return _typed(self._means(when, concept, scenario) if when is not None else default, concept)

    def _default(self, concept: Concept, scenario: str = "actual") -> Period | None:
        if scenario != "actual":
            return self.guided
        return self.inherited or self.default

    def _basis(self, draft: Draft, concept: Concept, period: Period, drafts: list[Draft], levels: list[Draft]) -> str:
        """By the first figure or period that the growth is compared with."""
        if draft.when is not None:
            return self.clock.basis(period, _typed(self.clock.period(draft.when, period), concept))
        for other in drafts:
            if (
                other.role == "reference"
                and other.subject is draft.subject
                and other.figure.start > draft.figure.start
                and other.when is not None
            ):
                return self.clock.basis(period, _typed(self.clock.period(other.when, period), concept))
        before = [d for d in drafts if d.role == "reference" and d.subject is draft.subject and d.figure.start < draft.figure.start]
        against = [d.when for d in before] or ([self.against] if concept.period == "duration" else [])
        bases = {self.clock.basis(period, _typed(self.clock.period(when, period), concept)) if when else "" for when in against}
        return bases.pop() if len(bases) == 1 else ""


def usual_basis(draft: Draft, period: Period) -> str:
    """Growth of more than a quarter, and growth without exchange rates, is growth on the year before."""
    longer = period.start is not None and (period.end - period.start).days > _QUARTER
    return "yoy" if longer or draft.flavour in FLAVOURS else ""


def _typed(period: Period | None, concept: Concept) -> Period | None:
    """A period as a concept needs it: the end of a span for a balance; a flow has no day."""
    if period is None:
        return None
    if concept.period == "instant":
        return Period(period.end)
    return period if period.start is not None else None
