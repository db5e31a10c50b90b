"""Figures with their roles -> observations: concept, unit, period, dimensions, and why not where one is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.ingest.prose_concepts import Named
from exporter.ingest.prose_dating import FLAVOURS, Dating, usual_basis
from exporter.ingest.prose_grammar import Member, stem
from exporter.ingest.prose_heard import CONVENIENCE, GROWTH
from exporter.ingest.prose_state import Draft
from exporter.model import Concept, Observation, Period, Place
from exporter.values import decimals_of

_SCALED = 100_000
_FLIPPED = {"low": "high", "high": "low"}
_OF = {"money": ("monetary", "perShare", "perUnit"), "count": ("quantity", "shares", "pure")}
_POINTS = {"points": -2, "bps": -4}
_CHANGE = {"yoy": "ChangeYearOnYear", "qoq": "ChangeQuarterOnQuarter"}


class Ink(NamedTuple):
    """What an observation takes over from the print whatever is read of it."""

    place: Place
    raw: str
    label: str
    section: tuple[str, ...]


@dataclass(slots=True)
class Facts(Dating):
    """The observations of one document's sentences. ``made``: those of the sentence that is read, by the draft;
    ``partly``: the part of the company that it names."""

    made: dict[int, Observation] = field(default_factory=dict)
    partly: str = ""

    def observe(self, drafts: list[Draft]) -> list[Observation]:
        """The observations of the figures of one sentence, in the order of their places."""
        self.made, self.told = {}, drafts
        for draft in drafts:
            if draft.role == "open" and not draft.reason:
                draft.reason = "nothing names it"
        levels = [d for d in drafts if d.role == "level" and d.subject is not None]
        return [self._observed(draft, drafts, levels) for draft in sorted(drafts, key=lambda d: d.figure.start)]

    def mended(self, seen: Observation) -> Observation | None:
        """A figure of the sentence that was read last, which a table prints otherwise, as another cell has it."""
        draft = next((draft for draft in self.told if self.made.get(id(draft)) is seen), None)
        return self.heard(draft, seen) if draft is not None and draft.role != "growth" else None

    def _observed(self, draft: Draft, drafts: list[Draft], levels: list[Draft]) -> Observation:
        """The observation of a figure, made once: a translation asks for that of the figure before it."""
        if id(draft) not in self.made:
            seen = self._observe(draft, drafts, levels)
            self.made[id(draft)] = seen if seen.certain else self.heard(draft, seen) or seen
        return self.made[id(draft)]

    def _observe(self, draft: Draft, drafts: list[Draft], levels: list[Draft]) -> Observation:
        figure = draft.figure
        place, raw = self.place(figure.start, figure.end)
        blank = Ink(place, raw, draft.subject.label if draft.subject else "", self.section)
        if draft.role in ("open",) or draft.reason:
            return self._open(blank, draft.reason or "nothing names it")
        if draft.role == "translation":
            return self._translation(blank, draft, drafts, levels)
        each = next((d for d in levels if d.subject is draft.subject and d.per), None) if draft.role in ("growth", "change") else None
        named = self.concept_of(each or draft)
        if named.concept is None:
            return self._open(blank, named.reason)
        period, why = self._period(draft, named.concept, drafts, levels)
        if period is None:
            return self._open(blank, why)
        target, sign, why = self._target(draft, named, period, drafts, levels)
        if why:
            return self._open(blank, why)
        dimensions, why = self._dimensions(draft, named.concept)
        if why:
            return self._open(blank, why)
        label = draft.subject.label.lower() if draft.subject else ""
        if self.partly and self.partly not in label and named.concept.type == "monetary":
            return self._open(blank, f"it may be of {self.partly} alone")
        unit, power, why = self._unit(draft, named.concept)
        if unit is None:
            return self._open(blank, why)
        return self._made(blank, draft, target, named.concept, sign, period, unit, power, dimensions)

    def _open(self, blank: Ink, reason: str) -> Observation:
        return Observation(blank.place, blank.raw, blank.label, blank.section, reason=reason)

    def _made(
        self,
        blank: Ink,
        draft: Draft,
        target: Concept | None,
        base: Concept,
        sign: int,
        period: Period,
        unit: str,
        power: int,
        dimensions: tuple[tuple[str, str], ...],
    ) -> Observation:
        figure = draft.figure
        printed = figure.value.scaleb(power)
        low = high = None
        kind = "numeric"
        if draft.pair is not None:
            pair = draft.pair.figure
            other = pair.value.scaleb(self._power_of_pair(draft, power))
            low, high = (printed, other) if draft.bound == "low" else (other, printed)
            kind = "range"
        elif draft.scenario != "actual" and draft.role != "reference" and (open_end := self._open_end(draft)):
            low, high = (printed, None) if open_end == "low" else (None, printed)
            kind, draft.bound = "range", open_end
        bound = draft.bound
        if sign < 0 and kind == "range":  # a loss of 4 to 6: an income of -6 to -4
            low, high = (None if high is None else high.copy_negate()), (None if low is None else low.copy_negate())
            bound = _FLIPPED.get(bound, bound)
        qualifiers = [*_roles(draft, bound), *(q for q in draft.qualifiers)]
        scenario = draft.scenario if draft.role != "reference" or draft.pair is not None else "actual"
        concept = target
        return Observation(
            blank.place,
            blank.raw,
            blank.label,
            blank.section,
            "guidance" if scenario != "actual" else self.statement_of(base),
            concept.id if concept else None,
            period,
            unit,
            dimensions,
            printed,
            sign,
            decimals_of(figure.digits, power),
            power,
            None,
            low,
            high,
            bound,
            "; ".join(dict.fromkeys(qualifiers)),
            kind,  # type: ignore[arg-type]
            concept.basis if concept else base.basis,
            scenario,  # type: ignore[arg-type]
            None,
            "" if concept else "the taxonomy has no concept for this ratio",
        )

    def _open_end(self, draft: Draft) -> str:
        """The one end of an outlook of "at least" or "up to" an amount."""
        if not self.grammar.vocabulary.at_least.isdisjoint(draft.qualifiers):
            return "low"
        return "" if self.grammar.vocabulary.at_most.isdisjoint(draft.qualifiers) else "high"

    def _power_of_pair(self, draft: Draft, power: int) -> int:
        pair = draft.pair.figure if draft.pair else draft.figure
        return pair.power if pair.power is not None and pair.kind != "percent" else power

    def _target(
        self, draft: Draft, named: Named, period: Period, drafts: list[Draft], levels: list[Draft]
    ) -> tuple[Concept | None, int, str]:
        """The concept of the figure itself and its sign; a ratio has one of its own beside its base."""
        base = named.concept
        if base is None:
            return None, 1, named.reason
        if draft.role in ("level", "reference") and draft.total is None:
            turned = self._used(draft, base) or (named.sign > 0 and self._lost(draft, base))
            return base, draft.turned or (-named.sign if turned else named.sign), ""
        if draft.role == "share" or draft.total is not None:
            return self._share(draft, base)
        if base.type == "percent" and draft.role == "growth" and draft.figure.kind == "percent":
            return base, draft.direction, ""  # the name is of a growth itself: "Like-for-like sales were up 3%"
        told = next((level.figure.kind for level in levels if level.subject is draft.subject), "")
        if told in _OF and base.type not in _OF[told]:
            return None, 1, "the name is of no such figure"  # "Vehicle sales were RMB 8 million, up 5%": not the number of vehicles
        basis = draft.basis or self._basis(draft, base, period, drafts, levels) or usual_basis(draft, period)
        if not basis:
            return None, 1, "nothing tells what it is compared with"
        draft.basis = basis
        made, why = self._change_of(base, draft)
        return made, draft.direction * (named.sign if draft.role == "change" else 1), why

    def _change_of(self, base: Concept, draft: Draft) -> tuple[Concept | None, str]:
        """The concept of a growth rate or of a change; and why there can be none."""
        if draft.role == "change":
            if draft.figure.kind == "percent" or (draft.figure.kind in _POINTS) != (base.type == "percent"):
                return None, "a change in points has no concept"
            return self.taxonomy.concepts.get(f"{base.id}{_CHANGE[draft.basis]}"), ""
        if draft.figure.kind != "percent":
            return None, "a change in points has no concept"
        if draft.flavour in FLAVOURS:
            return self.taxonomy.concepts.get(f"{base.id}{FLAVOURS[draft.flavour]}") if draft.basis == "yoy" else None, ""
        return self.taxonomy.concepts.get(f"{base.id}{GROWTH[draft.basis]}"), ""

    def _unit(self, draft: Draft, concept: Concept) -> tuple[str | None, int, str]:
        """Unit, power of ten, and why there is none."""
        figure = draft.figure
        if draft.role == "change" and figure.kind in _POINTS:
            return "xbrli:pure", _POINTS[figure.kind], ""
        if draft.role in ("growth", "share") or draft.total is not None or concept.type == "percent":
            return ("xbrli:pure", -2, "") if figure.kind == "percent" else (None, 0, "it is no percentage")
        if concept.type in ("shares", "quantity", "pure"):
            unit = "xbrli:shares" if concept.type == "shares" else concept.unit or "xbrli:pure"
            return unit, figure.power or 0, ""
        if not figure.currency or figure.currency == "?":
            return (
                None,
                0,
                "nothing names a currency" if not figure.currency else "the sign stands for several currencies and nothing tells which",
            )
        if concept.type == "perShare":
            return f"iso4217:{figure.currency}/xbrli:shares", figure.power or 0, ""
        if concept.type == "perUnit":
            return f"iso4217:{figure.currency}/{concept.unit}", figure.power or 0, ""
        if figure.power is None and abs(figure.value) < _SCALED:
            return None, 0, "no word tells the scale"
        return f"iso4217:{figure.currency}", figure.power or 0, ""

    def _dimensions(self, draft: Draft, concept: Concept) -> tuple[tuple[tuple[str, str], ...], str]:
        members = [draft.member] if draft.member else (draft.subject.members if draft.subject else [])
        if draft.per and not draft.member:
            members = self._per_members(draft.per) or members
        return self.dimensions(members, concept)

    def _per_members(self, per: str) -> list[Member]:
        """The class of share that "per Class A ordinary share" names."""
        words = [stem(word) for word in per.replace("-", " ").split()[1:]]
        while words:
            node = self.grammar.members(words)
            if node:
                return node
            words = words[1:]
        return []

    def dimensions(self, members: list[Member], concept: Concept) -> tuple[tuple[tuple[str, str], ...], str]:
        """The members that apply to a concept; several of one axis must be the parts of one member."""
        by_axis: dict[str, list[str]] = {}
        for member in members:
            axis = self.taxonomy.axes[member.axis]
            if not axis.applies_to or concept.id in axis.applies_to:
                by_axis.setdefault(member.axis, []).append(member.member)
        if members and not by_axis:
            return (
                ((), "")
                if all(self.taxonomy.axes[m.axis].applies_to and _share_class(m) for m in members)
                else ((), "the split is of another measure")
            )
        pairs = []
        for axis_id, named in by_axis.items():
            unique = list(dict.fromkeys(named))
            if len(unique) > 1:
                joined = _joined(unique, self.taxonomy.axes[axis_id].parts)
                if joined is None:
                    return (), "several parts are named and none stands for them together"
                unique = [joined]
            pairs.append((axis_id, unique[0]))
        return tuple(sorted(pairs)), ""

    def _translation(self, blank: Ink, draft: Draft, drafts: list[Draft], levels: list[Draft]) -> Observation:
        """A figure in brackets after another: its translation for convenience, where the document has one."""
        main, told = draft.of, self.translation
        figure = draft.figure
        if main is None or figure.kind != "money":
            return self._open(blank, "it stands in brackets that are not understood")
        if told is None or figure.currency != told.quote or main.figure.currency != told.base:
            return self._open(blank, "the document states no rate for this translation")
        of = self._observed(main, drafts, levels)
        if of.printed is None or of.unit is None or of.period is None:
            return self._open(blank, f"the figure before it is open: {of.reason}")
        unit = of.unit.replace(f"iso4217:{told.base}", f"iso4217:{told.quote}", 1)
        power = figure.power if figure.power is not None else (0 if "/" in unit else main.figure.power or 0)
        dimensions = tuple(sorted((*of.dimensions, *CONVENIENCE)))
        return Observation(
            blank.place, blank.raw, of.label, blank.section, of.statement, of.concept, of.period, unit, dimensions,
            figure.value.scaleb(power), of.sign, decimals_of(figure.digits, power), power,
            qualifier=of.qualifier, basis=of.basis, scenario=of.scenario, rate_date=told.day, reason=of.reason,
        )  # fmt: skip


def _share_class(member: Member) -> bool:
    return member.axis.endswith(":ShareClassAxis")


def _joined(members: list[str], parts: object) -> str | None:
    named = set(members)
    for whole, of in parts.items() if isinstance(parts, dict) or hasattr(parts, "items") else ():
        if named == set(of) or (whole in named and named - {whole} <= set(of)):
            return str(whole)
    return None


def _roles(draft: Draft, bound: str) -> list[str]:
    """What the truth's convention calls a qualifier beside the printed words."""
    out = {"growth": [f"{draft.basis} growth" if draft.basis else "growth"], "share": ["share of total"]}.get(draft.role, [])
    if bound:
        out.append(f"{'previous guidance' if draft.scenario == 'previous_guidance' else 'guidance'} {bound}")
    return out
