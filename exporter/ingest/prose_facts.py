"""Figures with their roles -> observations: concept, unit, period, dimensions, and why not where one is open."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exporter.ingest.context import Translation
from exporter.ingest.match import Hit, Matcher
from exporter.ingest.prose_clause import Draft, Subject
from exporter.ingest.prose_grammar import Grammar, Member, stem
from exporter.ingest.prose_periods import Clock, When
from exporter.model import Concept, Observation, Period, Place, Taxonomy
from exporter.values import decimals_of

CONVENIENCE = (("fin:TranslationAxis", "fin:ConvenienceMember"),)
_SCALED = 100_000
_GROWTH = {"yoy": "GrowthYearOnYear", "qoq": "GrowthQuarterOnQuarter"}
_CHANGE = {"yoy": "ChangeYearOnYear", "qoq": "ChangeQuarterOnQuarter"}
_MONEY = ("monetary",)
_EACH = ("perShare", "perUnit")
_COUNTS = ("quantity", "shares", "pure")


@dataclass(frozen=True, slots=True)
class Named:
    """A concept that was found, with the sign of its alias, or why there is none."""

    concept: Concept | None = None
    sign: int = 1
    reason: str = ""


@dataclass(slots=True)
class Facts:
    """Makes the observations of one document. ``default``: the period spoken of where a sentence names
    none; ``open_sections``: sections of the taxonomy that are open here; ``section``: headings."""

    taxonomy: Taxonomy
    grammar: Grammar
    matcher: Matcher
    clock: Clock
    translation: Translation | None
    place: Callable[[int, int], tuple[Place, str]]
    default: Period | None = None
    guided: Period | None = None
    open_sections: Collection[str] = ()
    section: tuple[str, ...] = ()
    inherited: Period | None = None
    sums: dict[int, Concept] = field(default_factory=dict)

    def observe(self, drafts: list[Draft]) -> list[Observation]:
        """The observations of the figures of one sentence, in the order of their places."""
        made: list[Observation] = []
        for draft in drafts:
            if draft.role == "open" and not draft.reason:
                draft.reason = "nothing names it"
        levels = [d for d in drafts if d.role == "level" and d.subject is not None]
        for draft in sorted(drafts, key=lambda d: d.figure.start):
            made.append(self._observe(draft, drafts, levels))
        return made

    def _observe(self, draft: Draft, drafts: list[Draft], levels: list[Draft]) -> Observation:
        figure = draft.figure
        place, raw = self.place(figure.start, figure.end)
        blank = Observation(place, raw, draft.subject.label if draft.subject else "", self.section, reason=draft.reason)
        if draft.role in ("open",) or draft.reason:
            return self._open(blank, draft.reason or "nothing names it")
        if draft.role == "translation":
            return self._translation(blank, draft, drafts, levels)
        named = self._concept(draft)
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
        unit, power, why = self._unit(draft, named.concept)
        if unit is None:
            return self._open(blank, why)
        return self._made(blank, draft, target, named.concept, sign, period, unit, power, dimensions)

    def _open(self, blank: Observation, reason: str) -> Observation:
        return Observation(blank.place, blank.raw, blank.label, blank.section, reason=reason)

    def _made(self, blank: Observation, draft: Draft, target: Concept | None, base: Concept, sign: int, period: Period, unit: str, power: int, dimensions: tuple[tuple[str, str], ...]) -> Observation:
        figure = draft.figure
        printed = figure.value.scaleb(power)
        low = high = None
        kind = "numeric"
        if draft.pair is not None:
            pair = draft.pair.figure
            other = pair.value.scaleb(self._power_of_pair(draft, power))
            low, high = (printed, other) if draft.bound == "low" else (other, printed)
            kind = "range"
        qualifiers = [*_roles(draft), *(q for q in draft.qualifiers)]
        scenario = draft.scenario if draft.role != "reference" or draft.pair is not None else "actual"
        concept = target
        return Observation(
            blank.place,
            blank.raw,
            blank.label,
            blank.section,
            "guidance" if scenario != "actual" else self._statement(base),
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
            draft.bound,
            "; ".join(dict.fromkeys(qualifiers)),
            kind,  # type: ignore[arg-type]
            concept.basis if concept else base.basis,
            scenario,  # type: ignore[arg-type]
            None,
            "" if concept else "the taxonomy has no concept for this ratio",
        )

    def _power_of_pair(self, draft: Draft, power: int) -> int:
        pair = draft.pair.figure if draft.pair else draft.figure
        return pair.power if pair.power is not None and pair.kind != "percent" else power

    def _statement(self, concept: Concept) -> str:
        found = self.matcher.index.statements.get(concept.id, set())
        order = ("income_statement", "balance_sheet", "cash_flow", "comprehensive_income", "non_gaap")
        return next((name for name in order if name in found), "operating")

    # --- concept ----------------------------------------------------------------------------------

    def _concept(self, draft: Draft) -> Named:
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
            joined = self._of_agent(subject, agent)
            if not joined:
                return Named(reason=f"{subject.label!r} of {agent.label!r} is no known measure")
            subject = draft.subject = replace(subject, hits=joined, agent=None)
        kind = draft.figure.kind
        if draft.role in ("growth", "share", "change") or draft.total is not None or (draft.role == "level" and kind in ("points", "bps")):
            return self._base(draft)
        named = self._level(subject, draft)
        return self._whole(named, subject) if subject.parts and named.concept is not None else named

    def _whole(self, named: Named, subject: Subject) -> Named:
        """A footnote says that the figure includes others: the measure that is the sum of all of them."""
        base = named.concept.id if named.concept else ""
        if len(subject.parts) == 1:
            sums = {hit.concept.id for hit in subject.parts[0]} & {total for total, parts in self.matcher.index.relations.get(base, ()) if base in dict(parts)}
            return Named(self.taxonomy.concepts[next(iter(sums))]) if len(sums) == 1 else named
        wanted = [{hit.concept.id for hit in hits} for hits in subject.parts]
        for related in {concept for ids in wanted for concept in ids}:
            for total, parts in self.matcher.index.relations.get(related, ()):
                left = [concept for concept, weight in parts if weight > 0]
                if len(left) == len(wanted) and all(any(concept in ids for concept in left) for ids in wanted):
                    return Named(self.taxonomy.concepts[total])
        return Named(reason="its footnote says that it includes other measures, and no known one is their sum")

    def _of_agent(self, subject: Subject, agent: Subject) -> list[Hit]:
        """"Platform services brought in net revenue": the net revenue from platform services."""
        what, whose = self.matcher.fold(subject.label), self.matcher.fold(agent.label)
        spellings = (f"{what} from {whose}", f"{whose} {what}", f"{what} of {whose}")
        return next((hits for text in spellings if (hits := self.grammar.named(text.split()))), [])

    def _level(self, subject: Subject, draft: Draft) -> Named:
        kind, per = draft.figure.kind, draft.per
        if kind == "money" and per:
            return self._each(subject, draft)
        groups: tuple[tuple[str, ...], ...] = {
            "money": (_MONEY, _EACH) if draft.figure.power is not None else (_EACH, _MONEY),
            "percent": (("percent",),),
            "count": (_COUNTS,),
            "bare": (_COUNTS,),
        }.get(kind, ())
        return self._flavoured(subject, draft, groups)

    def _flavoured(self, subject: Subject, draft: Draft, groups: tuple[tuple[str, ...], ...]) -> Named:
        """"On a non-GAAP basis" leads to the measure of that name."""
        if draft.flavour.startswith("constant"):
            return Named(reason="the figure is at constant exchange rates")
        if not draft.flavour or not draft.flavour.replace("-", " ").split():
            return self.choose(subject.hits, groups, draft)
        words = draft.flavour.replace("-", " ").split()
        if "non" not in words and "adjusted" not in words:
            found = self.choose(subject.hits, groups, draft)
            return found if found.concept is None or found.concept.basis == "gaap" else Named(reason="the name and the basis do not agree")
        label = self.matcher.fold(subject.label).split()
        for before in (["non", "gaap"], ["adjusted"]):
            hits = self.grammar.named([*before, *label])
            if hits:
                return self.choose(hits, groups, draft)
        return Named(reason="the basis leads to no known measure")

    def _each(self, subject: Subject, draft: Draft) -> Named:
        """An amount per share: of a name that is one, or of "net income" and "per diluted share" together."""
        own = self._flavoured(subject, draft, (_per_types(draft.per),))
        if own.concept is not None:
            return own
        label, per = self.matcher.fold(subject.label), self.matcher.fold(draft.per).replace("for each", "per").replace("of each", "per").replace("for every", "per")
        adjectives = [w for w in per.split() if w in ("basic", "diluted", "fully")]
        short = " ".join(w for w in per.split() if w not in adjectives)
        for spelled in (f"{label} {per}", f"{label} {short}", f"{' '.join(adjectives)} {label} {short}"):
            hits = self.grammar.named(spelled.split())
            found = self.choose(hits, (_EACH,), draft) if hits else own
            if found.concept is not None:
                return found
        return Named(reason=own.reason or "no measure per share of this name")

    def choose(self, hits: list[Hit], groups: tuple[tuple[str, ...], ...], draft: Draft | None) -> Named:
        """The one concept of the first group of types that the names fit."""
        entity, scopes = self.matcher.entity.id, set(self.open_sections)
        seen: Named | None = None
        for types in groups:
            ranked: dict[int, dict[str, Hit]] = {}
            for hit in hits:
                alias = hit.alias
                if hit.concept.type not in types or (alias.entity and alias.entity != entity) or (alias.under and not scopes.intersection(alias.under)):
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
        wanted = self.choose(subject.hits, (_MONEY, _COUNTS, _EACH), None)
        if draft.role == "change" and wanted.concept is not None and draft.figure.kind == "money" and wanted.concept.type == "monetary":
            return wanted
        return wanted

    def _target(self, draft: Draft, named: Named, period: Period, drafts: list[Draft], levels: list[Draft]) -> tuple[Concept | None, int, str]:
        """The concept of the figure itself and its sign; a ratio has one of its own beside its base."""
        base = named.concept
        if base is None:
            return None, 1, named.reason
        if draft.role in ("level", "reference") and draft.total is None:
            return base, -named.sign if self._used(draft, base) else named.sign, ""
        if draft.role == "share" or draft.total is not None:
            return self._share(draft, base)
        basis = draft.basis or self._basis(draft, base, period, drafts, levels)
        if not basis:
            return None, 1, "nothing tells what it is compared with"
        draft.basis = basis
        if draft.role == "change":
            if draft.figure.kind in ("points", "bps", "percent"):
                return None, 1, "a change in points has no concept"
            made = self.taxonomy.concepts.get(f"{base.id}{_CHANGE[basis]}")
        elif draft.figure.kind != "percent":
            return None, 1, "a change in points has no concept"
        elif draft.flavour.startswith("constant"):
            made = self.taxonomy.concepts.get(f"{base.id}GrowthConstantCurrency") if basis == "yoy" else None
        else:
            made = self.taxonomy.concepts.get(f"{base.id}{_GROWTH[basis]}")
        return made, draft.direction * (named.sign if draft.role == "change" else 1), ""

    def _used(self, draft: Draft, concept: Concept) -> bool:
        """"Net cash used in ..." printed positive is an outflow."""
        label = draft.subject.label.lower() if draft.subject else ""
        return "used" in label.split() and "provided" not in label and draft.figure.value > 0 and concept.id.startswith("fin:NetCash")

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

    # --- period -----------------------------------------------------------------------------------

    def _period(self, draft: Draft, concept: Concept, drafts: list[Draft], levels: list[Draft]) -> tuple[Period | None, str]:
        own = self._level_period(draft, concept)
        if draft.role != "reference" or draft.scenario == "previous_guidance":
            if draft.scenario != "actual" and own is None:
                return None, "nothing tells the period of the outlook"
            return own, "" if own else "nothing tells the period"
        if draft.when is None:
            return None, "nothing tells the period to compare with"
        level = next((d for d in reversed(levels) if d.figure.start < draft.figure.start and d.subject is draft.subject), None)
        base = self._level_period(level, concept) if level is not None else self._subject_period(draft.subject, concept)
        period = _typed(self.clock.period(draft.when, base), concept)
        if period is None:
            return None, "the period to compare with is not certain"
        if period == base:
            return None, "it is compared with its own period"
        return period, ""

    def _level_period(self, draft: Draft, concept: Concept) -> Period | None:
        when = draft.when if draft.role != "reference" and draft.role not in ("growth", "change") else None
        if when is None or draft.role in ("share",):
            return self._subject_period(draft.subject, concept, draft.scenario)
        return _typed(self.clock.period(when, self._default(concept, draft.scenario)), concept)

    def _subject_period(self, subject: Subject | None, concept: Concept, scenario: str = "actual") -> Period | None:
        when: When | None = subject.when if subject else None
        default = self._default(concept, scenario)
        if when is not None and concept.period == "duration" and when.kind in ("end", "quarter_end"):
            # "At the end of the second quarter ... we generated": the quarter.
            when = replace(when, kind="quarter") if when.ordinal else None
        return _typed(self.clock.period(when, default), concept) if when is not None else _typed(default, concept)

    def _default(self, concept: Concept, scenario: str = "actual") -> Period | None:
        if scenario != "actual":
            return self.guided
        return self.inherited or self.default

    def _basis(self, draft: Draft, concept: Concept, period: Period, drafts: list[Draft], levels: list[Draft]) -> str:
        """By the first figure or period that the growth is compared with."""
        if draft.when is not None:
            return self.clock.basis(period, _typed(self.clock.period(draft.when, period), concept))
        for other in drafts:
            if other.role == "reference" and other.subject is draft.subject and other.figure.start > draft.figure.start and other.when is not None:
                return self.clock.basis(period, _typed(self.clock.period(other.when, period), concept))
        return ""

    # --- unit, dimensions, translation ------------------------------------------------------------

    def _unit(self, draft: Draft, concept: Concept) -> tuple[str | None, int, str]:
        """Unit, power of ten, and why there is none."""
        figure = draft.figure
        if draft.role in ("growth", "share") or draft.total is not None or concept.type == "percent":
            return ("xbrli:pure", -2, "") if figure.kind == "percent" else (None, 0, "it is no percentage")
        if concept.type in ("shares", "quantity", "pure"):
            unit = "xbrli:shares" if concept.type == "shares" else concept.unit or "xbrli:pure"
            return unit, figure.power or 0, ""
        if not figure.currency or figure.currency == "?":
            return None, 0, "nothing names a currency" if not figure.currency else "the sign stands for several currencies and nothing tells which"
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
            return ((), "") if all(self.taxonomy.axes[m.axis].applies_to and _share_class(m) for m in members) else ((), "the split is of another measure")
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

    def _translation(self, blank: Observation, draft: Draft, drafts: list[Draft], levels: list[Draft]) -> Observation:
        """A figure in brackets after another: its translation for convenience, where the document has one."""
        main, told = draft.of, self.translation
        figure = draft.figure
        if main is None or figure.kind != "money":
            return self._open(blank, "it stands in brackets that are not understood")
        if told is None or figure.currency != told.quote or main.figure.currency != told.base:
            return self._open(blank, "the document states no rate for this translation")
        of = self._observe(main, drafts, levels)
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


def _per_types(per: str) -> tuple[str, ...]:
    return ("perUnit",) if "ads" in per or "depositary" in per else ("perShare",)


def _typed(period: Period | None, concept: Concept) -> Period | None:
    """A period as a concept needs it: the end of a span for a balance; a flow has no day."""
    if period is None:
        return None
    if concept.period == "instant":
        return Period(period.end)
    return period if period.start is not None else None


def _joined(members: list[str], parts: object) -> str | None:
    named = set(members)
    for whole, of in parts.items() if isinstance(parts, dict) or hasattr(parts, "items") else ():
        if named == set(of) or (whole in named and named - {whole} <= set(of)):
            return str(whole)
    return None


def _roles(draft: Draft) -> list[str]:
    """What the truth's convention calls a qualifier beside the printed words."""
    out = {"growth": [f"{draft.basis} growth" if draft.basis else "growth"], "share": ["share of total"]}.get(draft.role, [])
    if draft.bound:
        out.append(f"{'previous guidance' if draft.scenario == 'previous_guidance' else 'guidance'} {draft.bound}")
    return out


def exact(text: str) -> Decimal:
    """An exact number of printed digits."""
    return Decimal(text.replace(",", ""))


__all__ = ["CONVENIENCE", "Facts", "Named", "exact", "stem"]
