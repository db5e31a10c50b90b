"""Which concept a figure has, by the name that it was found with, its kind and what is spoken of beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from exporter.ingest.match import Hit, Matcher
from exporter.ingest.prose_grammar import Grammar
from exporter.ingest.prose_periods import Clock, When
from exporter.ingest.prose_state import Draft, Subject
from exporter.ingest.signs import other_side
from exporter.ingest.translation import Translation
from exporter.model import Concept, Period, Place, Taxonomy

_MONEY = ("monetary",)
_EACH = ("perShare", "perUnit")
_COUNTS = ("quantity", "shares", "pure")


class Named(NamedTuple):
    """A concept that was found, with the sign of its alias, or why there is none."""

    concept: Concept | None = None
    sign: int = 1
    reason: str = ""


@dataclass(slots=True)
class Naming:
    """Makes the observations of one document. ``default``: the period spoken of where a sentence names none; ``against``: the
    one that the heading compares it with; ``open_sections``: sections of the taxonomy that are open here; ``section``: headings."""

    taxonomy: Taxonomy
    grammar: Grammar
    matcher: Matcher
    clock: Clock
    translation: Translation | None
    place: Callable[[int, int], tuple[Place, str]]
    default: Period | None = None
    against: When | None = None
    guided: Period | None = None
    open_sections: Collection[str] = ()
    section: tuple[str, ...] = ()
    inherited: Period | None = None

    def concept_of(self, draft: Draft) -> Named:
        """The concept of a level, or the base of a growth rate or a share."""
        subject = draft.subject
        if subject is None:
            return Named(reason="nothing names it")
        if subject.reason:
            return Named(reason=subject.reason)
        if not subject.hits:
            subject.hits = self.grammar.named(self.matcher.fold(subject.label).split())
        agent = subject.agent
        if agent is not None and agent.hits and not all(hit.concept.basis == "operating" for hit in agent.hits):
            joined = self._of_agent(subject, agent) or self._part_of(subject, agent)
            if not joined:
                return Named(reason=f"{subject.label!r} of {agent.label!r} is no known measure")
            subject = draft.subject = replace(subject, hits=joined, agent=None)
        kind = draft.figure.kind
        if draft.role in ("growth", "share", "change") and self._other_basis(draft.flavour):
            return Named(reason="the basis leads to no known measure")
        if draft.role in ("growth", "share", "change") or draft.total is not None or (draft.role == "level" and kind in ("points", "bps")):
            return self._base(draft)
        named = self._level(replace(subject, hits=draft.hits) if draft.hits else subject, draft)
        return self._whole(named, subject) if subject.parts and named.concept is not None else named

    def _whole(self, named: Named, subject: Subject) -> Named:
        """A footnote says that the figure includes others: the measure that is the sum of all of them."""
        base = named.concept.id if named.concept else ""
        if len(subject.parts) == 1:
            sums = {hit.concept.id for hit in subject.parts[0]} & {
                total for total, parts in self.matcher.index.relations.get(base, ()) if base in dict(parts)
            }
            return Named(self.taxonomy.concepts[next(iter(sums))]) if len(sums) == 1 else named
        wanted = [{hit.concept.id for hit in hits} for hits in subject.parts]
        for related in {concept for ids in wanted for concept in ids}:
            for total, parts in self.matcher.index.relations.get(related, ()):
                left = [concept for concept, weight in parts if weight > 0]
                if len(left) == len(wanted) and all(any(concept in ids for concept in left) for ids in wanted):
                    return Named(self.taxonomy.concepts[total])
        return Named(reason="its footnote says that it includes other measures, and no known one is their sum")

    def _of_agent(self, subject: Subject, agent: Subject) -> list[Hit]:
        """ "Platform services brought in net revenue": the net revenue from platform services."""
        what, whose = self.matcher.fold(subject.label), self.matcher.fold(agent.label)
        first, *more = [f"{what} {of} {whose}" for of in self.grammar.vocabulary.whose]
        spellings = (first, f"{whose} {what}", *more)
        return next((hits for text in spellings if (hits := self.grammar.named(text.split()))), [])

    def _part_of(self, subject: Subject, agent: Subject) -> list[Hit]:
        """ "Within platform services, referral fees": what is a part of the other in a sum of the taxonomy."""
        wholes = {hit.concept.id for hit in agent.hits}
        relations = self.matcher.index.relations
        return [hit for hit in subject.hits if any(total in wholes for total, _ in relations.get(hit.concept.id, ()))]

    def _level(self, subject: Subject, draft: Draft) -> Named:
        kind, per = draft.figure.kind, draft.per
        if draft.way:
            subject = replace(subject, hits=self._of_way(subject, draft.way))
        if kind == "money" and per:
            return self._each(subject, draft)
        groups: tuple[tuple[str, ...], ...] = {
            "money": (_MONEY, _EACH) if draft.figure.power is not None else (_EACH, _MONEY),
            "percent": (("percent",),),
            "count": (_COUNTS,),
            "bare": (_COUNTS,),
        }.get(kind, ())
        return self._flavoured(subject, draft, groups)

    def _of_way(self, subject: Subject, way: str) -> list[Hit]:
        """ "Weighted average ADSs were 5 basic": the measure of that name with the word in it."""
        words, own = self.matcher.fold(subject.label).split(), way.split()
        spellings = ([*own, *words], [*words[:-1], *own, *words[-1:]], [*words, *own])
        return next((hits for spelled in spellings if (hits := self.grammar.named(spelled))), [])

    def _flavoured(self, subject: Subject, draft: Draft, groups: tuple[tuple[str, ...], ...]) -> Named:
        """ "On a non-GAAP basis" leads to the measure of that name."""
        if draft.flavour in ("constant", "organic"):
            return Named(reason="the figure is at constant exchange rates")
        if not draft.flavour or not draft.flavour.replace("-", " ").split():
            return self.choose(subject.hits, groups, draft)
        if not self._other_basis(draft.flavour):
            found = self.choose(subject.hits, groups, draft)
            return found if found.concept is None or found.concept.basis == "gaap" else Named(reason="the name and the basis do not agree")
        label = self.matcher.fold(subject.label).split()
        for before in self.grammar.vocabulary.other_basis:
            hits = self.grammar.named([*before, *label])
            if hits:
                return self.choose(hits, groups, draft)
        return Named(reason="the basis leads to no known measure")

    def _other_basis(self, flavour: str) -> bool:
        """Whether "on a non-GAAP basis" names another basis than that of the accounting rules."""
        words = flavour.replace("-", " ").split()
        return any(first[0] in words for first in self.grammar.vocabulary.other_basis)

    def _each(self, subject: Subject, draft: Draft) -> Named:
        """An amount per share: of a name that is one, or of "net income" and "per diluted share" together."""
        own = self._flavoured(subject, draft, (_per_types(draft.per),))
        if own.concept is not None:
            return own
        spoken = self.grammar.vocabulary
        label, per = self.matcher.fold(subject.label), self.matcher.fold(draft.per)
        for said in spoken.each:
            per = per.replace(said, spoken.per[0])
        adjectives = [w for w in per.split() if w in spoken.each_way]
        joined = all(way in adjectives for way in spoken.both_ways)
        ways = [way for way in per.split() if way in adjectives or (joined and way in spoken.both)]
        short = " ".join(w for w in per.split() if w not in ways)
        adjectives = ways
        bases = [f"{' '.join(words)} " for words in spoken.other_basis] if self._other_basis(draft.flavour) else [""]
        spellings = (f"{label} {per}", f"{label} {short}", f"{' '.join(adjectives)} {label} {short}")
        for spelled in (basis + one for basis in bases for one in spellings):
            hits = self.grammar.named(spelled.split())
            found = self.choose(hits, (_EACH,), draft) if hits else own
            if found.concept is not None:
                lost = any(hit.alias.sign < 0 for hit in subject.hits) and not any(hit.alias.sign > 0 for hit in subject.hits)
                return found._replace(sign=-1) if lost else found
        return Named(reason=own.reason or "no measure per share of this name")

    def choose(self, hits: Sequence[Hit], groups: tuple[tuple[str, ...], ...], draft: Draft | None) -> Named:
        """The one concept of the first group of types that the names fit."""
        entity, scopes = self.matcher.entity.id, set(self.open_sections)
        seen: Named | None = None
        for types in groups:
            ranked: dict[int, dict[str, Hit]] = {}
            for hit in hits:
                alias = hit.alias
                if (
                    hit.concept.type not in types
                    or (alias.entity and alias.entity != entity)
                    or (alias.under and not scopes.intersection(alias.under))
                ):
                    continue
                if draft is not None and not self._counts(hit.concept, draft):
                    continue
                rank = 8 * bool(alias.entity) + 4 * bool(alias.under) + 2 * (not alias.statements) + 3 * ("prose" in alias.statements)
                ranked.setdefault(rank, {}).setdefault(hit.concept.id, hit)
            if not ranked:
                continue
            best = ranked[max(ranked)]
            if len(best) == 1:
                hit = next(iter(best.values()))
                return Named(hit.concept, -1 if hit.alias.sign < 0 else 1)
            seen = seen or Named(reason=f"the name stands for several concepts: {', '.join(sorted(best))}")
        if seen is not None:
            return seen
        return Named(reason="the name is of no such figure" if hits else "nothing names it")

    def _counts(self, concept: Concept, draft: Draft) -> bool:
        """Whether the noun that a figure counts goes with the unit of a concept."""
        noun = draft.figure.noun
        if not noun or concept.type not in _COUNTS:
            return True
        unit = self.grammar.nouns.get(noun, "")
        return unit in ("", "any") or unit == (concept.unit or "xbrli:shares")

    def _base(self, draft: Draft) -> Named:
        subject = draft.subject
        if subject is None:
            return Named(reason="nothing names it")
        if draft.role == "change" and draft.figure.kind in ("points", "bps"):
            return self.choose(subject.hits, (("percent",),), None)
        wanted = self.choose(subject.hits, (_MONEY, _COUNTS, _EACH), None)
        if wanted.concept is None and draft.role == "growth":
            rate = self.choose(subject.hits, (("percent",),), None)
            return rate if rate.concept is not None and rate.concept.id.endswith("Growth") else wanted
        if draft.role == "change" and wanted.concept is not None and draft.figure.kind == "money" and wanted.concept.type == "monetary":
            return wanted
        return wanted

    def _share(self, draft: Draft, base: Concept) -> tuple[Concept | None, int, str]:
        local = "ShareOfTotal"
        subject = draft.subject
        if draft.total is not None and draft.total is not subject and not (subject and subject.members):
            total = self.choose(draft.total.hits, (_MONEY, _COUNTS), None)
            if total.concept is None:
                return None, 1, f"the whole is not known: {total.reason}"
            local = f"ShareOf{total.concept.id.partition(':')[2]}"
        elif subject is None or not subject.members:
            shares = [c for c in self.taxonomy.concepts if c.startswith(f"{base.id}ShareOf") and not c.endswith("ShareOfTotal")]
            if len(shares) != 1 or not draft.whole:
                return None, 1, "nothing tells what it is a share of"
            return self.taxonomy.concepts[shares[0]], 1, ""
        made = self.taxonomy.concepts.get(f"{base.id}{local}")
        return made, 1, "" if made or draft.total or draft.whole else "nothing tells what it is a share of"

    def _used(self, draft: Draft, concept: Concept) -> bool:
        """ "Net cash used in ..." printed positive is an outflow."""
        label = draft.subject.label.lower() if draft.subject else ""
        return "used" in label.split() and "provided" not in label and draft.figure.value > 0 and concept.id.startswith("fin:NetCash")

    def _lost(self, draft: Draft, concept: Concept) -> bool:
        """ "Loss attributable to owners" printed positive is less than nothing, where the measure is a gain."""
        label = draft.subject.label if draft.subject and not draft.hits else ""
        return draft.figure.value > 0 and bool(label) and other_side(label, concept, self.grammar.lexicon)

    def statement_of(self, concept: Concept) -> str:
        """The statement in whose networks a concept stands, income statement first; else operating."""
        found = self.matcher.index.statements.get(concept.id, set())
        order = ("income_statement", "balance_sheet", "cash_flow", "comprehensive_income", "non_gaap")
        return next((name for name in order if name in found), "operating")


def _per_types(per: str) -> tuple[str, ...]:
    return ("perUnit",) if "ads" in per or "depositary" in per else ("perShare",)
