"""Rows: the concept that a printed label names, by label and section.

A label matches where its folded form equals a folded alias that holds here. The most specific alias
wins (qualified by an open section, then by statement, then plain); two concepts at one rank leave
the row unresolved. Nothing is guessed: the nearest candidates are listed for a person to decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from exporter.ingest.lexicon import Lexicon, canon
from exporter.model import Alias, Concept, Entity, Section, Taxonomy
from exporter.values import fold

_ISSUER = "{issuer}"
_RAREST = 3
_POOL = 60
_REMEMBERED = 50_000
#: How many words of a label may be the name of a row, where the rest is a heading; and what such headings are of.
_TAIL = 3
_COUNTED = frozenset(("perShare", "perUnit", "shares", "quantity"))

Relation = tuple[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Hit:
    """An alias that fits a label, and the concept that it names."""

    concept: Concept
    alias: Alias


class Match(NamedTuple):
    """What a label was matched to, or why not; ``kind``: the item type that it tells all the same."""

    hit: Hit | None
    reason: str = ""
    kind: str = ""


class Matcher:
    """Holds the folded aliases of a taxonomy for one issuer; cheap to make, caches folded labels."""

    def __init__(self, index: AliasIndex, entity: Entity, lexicon: Lexicon) -> None:
        self.index = index
        self.entity = entity
        self._details = lexicon.details
        self.names = _name_pattern(entity, lexicon)
        self._folded: dict[str, str] = {}
        self._near: dict[str, tuple[str, ...]] = {}

    def fold(self, label: str) -> str:
        """The folded label with the issuer's name as ``{issuer}``."""
        if label not in self._folded:
            plain = self.index.fold(label)
            named = self.names.sub(f" {_ISSUER} ", plain) if self.names else plain
            self._folded[label] = plain if named == plain else fold(named, self.index.folds)
        return self._folded[label]

    def fold_without_details(self, label: str) -> str:
        """The folded label without par values, share counts, allowances and the like."""
        bare = self._details.sub(" ", canon(label))
        return self.fold(bare) if bare.strip() else ""

    def match(self, label: str, statement: str, open_sections: Iterable[str]) -> Match:
        """The one concept that a label names in a statement under the open sections, or why there is none."""
        hits = self.index.aliases.get(self.fold(label)) or self.index.aliases.get(self.fold_without_details(label), ())
        scopes = set(open_sections)
        if not hits:
            hits, opened = self.index.headed(self.fold(label))
            scopes.update(opened)
        ranked: dict[int, dict[str, Hit]] = {}
        for hit in hits:
            alias = hit.alias
            if alias.entity and alias.entity != self.entity.id:
                continue
            if (alias.under and not scopes.intersection(alias.under)) or (alias.statements and statement not in alias.statements):
                continue
            rank = 4 * bool(alias.entity) + 2 * bool(alias.under) + bool(alias.statements)
            ranked.setdefault(rank, {}).setdefault(hit.concept.id, hit)
        if not ranked:
            return Match(None, "the label holds only under another heading" if hits else "the label names no concept")
        best = ranked[max(ranked)]
        if len(best) > 1:
            return Match(None, f"the label names several concepts: {', '.join(sorted(best))}")
        hit = next(iter(best.values()))
        if not hit.alias.under and self.index.elsewhere(hit.concept, scopes):
            return Match(None, f"the label names {hit.concept.id}, which stands under another heading")
        return Match(hit)

    def candidates(self, label: str, limit: int = 3) -> tuple[str, ...]:
        """The nearest concepts by label, best first, for a person to choose from."""
        folded = self.fold(label)
        if folded not in self._near:
            self._near[folded] = self.index.nearest(folded, limit)
        return self._near[folded]


class AliasIndex:
    """Folded aliases and section headings of a taxonomy, made once per taxonomy."""

    def __init__(self, taxonomy: Taxonomy, lexicon: Lexicon) -> None:
        self.folds = lexicon.folds
        self._plain: dict[str, str] = {}
        self._headed: dict[str, tuple[tuple[Hit, ...], tuple[str, ...]]] = {}
        found: dict[str, list[Hit]] = {}
        for concept in taxonomy.concepts.values():
            for alias in concept.aliases:
                found.setdefault(alias.text, []).append(Hit(concept, alias))  # the loader has folded it
        self.aliases: dict[str, tuple[Hit, ...]] = {text: tuple(hits) for text, hits in found.items()}
        self.texts = tuple(sorted(self.aliases))
        self.words: dict[str, list[int]] = {}
        for number, text in enumerate(self.texts):
            for word in set(text.split()):
                self.words.setdefault(word, []).append(number)
        self._read_sections(taxonomy, lexicon)
        self._read_networks(taxonomy)
        self._read_totals(taxonomy)

    def _read_sections(self, taxonomy: Taxonomy, lexicon: Lexicon) -> None:
        self.sections: dict[str, list[Section]] = {}
        self.opened_by: dict[str, list[Section]] = {}
        self.closed_by: dict[str, set[str]] = {}
        for section in taxonomy.sections.values():
            for text in section.aliases:
                self.sections.setdefault(fold(text, lexicon.folds), []).append(section)
            if section.opened_by:
                self.opened_by.setdefault(section.opened_by, []).append(section)
            for concept_id in section.closed_by:
                self.closed_by.setdefault(concept_id, set()).add(section.id)
        self.parents = {section.id: section.parent for section in taxonomy.sections.values()}
        longest = sorted(self.sections, key=len, reverse=True)
        self._headings = [(f" {text} ", self.sections[text]) for text in longest if " " in text]

    def _read_networks(self, taxonomy: Taxonomy) -> None:
        self.statements: dict[str, set[str]] = {}
        for network in taxonomy.networks.values():
            for line in network.presentation:
                self.statements.setdefault(line.concept, set()).add(network.statement)
        self.relations: dict[str, list[Relation]] = {}
        for network in taxonomy.networks.values():
            for total, parts in network.calculation.items():
                for concept_id in {total, *(part for part, _ in parts)}:
                    self.relations.setdefault(concept_id, []).append((total, parts))

    def _read_totals(self, taxonomy: Taxonomy) -> None:
        """The total of each section of balances, and in the totals of which sections a concept is."""
        parts: dict[str, set[str]] = {}
        for network in taxonomy.networks.values():
            for total, addends in network.calculation.items():
                parts.setdefault(total, set()).update(part for part, _ in addends)

        def within(total: str) -> set[str]:
            found = set(parts.get(total, ()))
            for part in tuple(found):
                found |= within(part)
            return found

        closed = {section.id: section.closed_by[0] for section in taxonomy.sections.values() if section.closed_by}
        self.totals = {name: total for name, total in closed.items() if taxonomy.concepts[total].period == "instant"}
        self.parts = {total: frozenset(within(total)) for total in set(self.totals.values())}

    def elsewhere(self, concept: Concept, scopes: Iterable[str]) -> bool:
        """Whether a balance is part of another section's total and not of that of an open one: what is current is none of
        the non-current assets, though it may bear its name."""
        if concept.period != "instant":
            return False
        own = {self.totals[section] for section in scopes if section in self.totals}
        if not own or any(concept.id == total or concept.id in self.parts[total] for total in own):
            return False
        # A total that shares parts with that of an open section is above it: that of all liabilities and equity.
        others = (parts for total, parts in self.parts.items() if not any(parts & self.parts[one] for one in own))
        return any(concept.id in parts for parts in others)

    def fold(self, label: str) -> str:
        """The folded label before the issuer's name is replaced; remembered from release to release."""
        if label not in self._plain:
            if len(self._plain) > _REMEMBERED:
                self._plain.clear()
            self._plain[label] = fold(label, self.folds)
        return self._plain[label]

    def headed(self, folded: str) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        """A label that is a heading of counts and the name of a row in one: "net loss per share, basic and diluted". The
        aliases of the row under that heading, and the ids of its sections; remembered."""
        if folded not in self._headed:
            if len(self._headed) > _REMEMBERED:
                self._headed.clear()
            self._headed[folded] = self._split(folded)
        return self._headed[folded]

    def _split(self, folded: str) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        words = folded.split()
        for n in range(1, min(_TAIL, len(words) - 1) + 1):
            for head, tail in ((words[:-n], words[-n:]), (words[n:], words[:n])):
                ids = tuple([section.id for section in self.sections.get(" ".join(head), ())])
                hits = [hit for hit in self.aliases.get(" ".join(tail), ()) if set(ids).intersection(hit.alias.under)]
                if hits and all(hit.concept.type in _COUNTED for hit in hits):
                    return tuple(hits), ids
        return (), ()

    def section_in(self, folded: str, statement: str) -> Section | None:
        """The section whose longest alias stands in a folded sentence."""
        sentence = f" {folded} "
        hits = (section for words, found in self._headings if words in sentence for section in found)
        return next((section for section in hits if section.statement in ("", statement)), None)

    def nearest(self, folded: str, limit: int) -> tuple[str, ...]:
        """Concepts whose aliases are most like a folded label. Only aliases that share its rarest words
        are compared, so that a label costs the same however large the taxonomy grows."""
        from rapidfuzz import fuzz, process

        known = sorted((self.words[word] for word in set(folded.split()) if word in self.words), key=len)
        shared: Counter[int] = Counter()
        for found in known[:_RAREST]:
            shared.update(found)
        pool = {number: self.texts[number] for number, _ in shared.most_common(_POOL)}
        ranked = process.extract(folded, pool, scorer=fuzz.token_sort_ratio, limit=limit * 3, score_cutoff=60)
        ids = dict.fromkeys(hit.concept.id for text, _, _ in ranked for hit in self.aliases[text][:1])
        return tuple(ids)[:limit]


def _name_pattern(entity: Entity, lexicon: Lexicon) -> re.Pattern[str] | None:
    """The issuer's names, with and without legal form, and "the Company", in folded text."""
    forms = set(lexicon.raw["legal_forms"])
    names: set[str] = {fold(word) for word in lexicon.raw["issuer_words"]}
    for name in (entity.name, *entity.names):
        words = fold(name).split()
        names.add(" ".join(words))
        while len(words) > 1 and words[-1] in forms:
            words = words[:-1]
            names.add(" ".join(words))
    spelled = sorted((re.escape(name) for name in names if len(name) > 1), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(spelled)})\b") if spelled else None


@dataclass(slots=True)
class Sections:
    """The headings that are open at a row: printed texts, and ids of known sections."""

    index: AliasIndex
    statement: str
    stack: list[tuple[str, str, str]]  # (printed text, section id or "", folded text)
    nested: int = 0  # how many of the stack had a row with values under them

    @property
    def path(self) -> tuple[str, ...]:
        """The printed headings, outermost first."""
        return tuple(text for text, _, _ in self.stack if text)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the known sections that are open."""
        return tuple(section for _, section, _ in self.stack if section)

    def stranger(self, whole: re.Pattern[str]) -> str:
        """The printed text of an open heading that the taxonomy does not know, unless one further in
        says that the whole company is meant; "" where there is none."""
        found = ""
        for text, section, folded in self.stack:
            found = "" if whole.search(folded) else (text if not section and text else found)
        return found

    def of_whole(self, whole: re.Pattern[str]) -> bool:
        """Whether an open heading says that the whole company is meant."""
        return any(whole.search(folded) for _, _, folded in self.stack)

    def heading(self, text: str, folded: str) -> None:
        """A row without values opens a section. Headings in a row nest; after rows with values a
        heading ends those of its rank: known ones by the taxonomy, capitals outside of small letters."""
        shown = text.rstrip(":： ")
        known = self._known(folded)
        self._make_room(known.id if known else "", shown.isupper())
        self.stack.append((shown, known.id if known else "", folded))

    def before_row(self, folded: str, concept: str | None, total: re.Pattern[str]) -> None:
        """A row with values ends the sections that it stands outside of, unless it is their own total."""
        self.nested = len(self.stack)
        closed = self.index.closed_by.get(concept or "", set())
        for at, (_, section, heading) in enumerate(self.stack):
            if section in closed and not _totals(folded, heading, total):
                self._cut(at)
                break
        for opened in self._opened(concept):
            if opened in self.index.sections.get(folded, ()):
                self._make_room(opened.id, False)

    def after_row(self, label: str, folded: str, concept: str | None, total: re.Pattern[str]) -> None:
        """A total ends its section; a subtotal printed above its parts serves as their heading."""
        closed = self.index.closed_by.get(concept or "", set())
        for at, (_, section, heading) in enumerate(self.stack):
            if section in closed or _totals(folded, heading, total):
                self._cut(at)
                break
        for opened in self._opened(concept):
            self._make_room(opened.id, False)
            shown = label if opened in self.index.sections.get(folded, ()) else ""
            self.stack.append((shown, opened.id, folded))
            self.nested = len(self.stack)

    def _make_room(self, section: str, capitals: bool) -> None:
        """Ends what a new heading does not lie in. Capitals stay open over small letters."""
        inside = set(self._ancestors(section))
        for at, (printed, other, _) in enumerate(self.stack[: self.nested]):
            above = printed.isupper() and not capitals
            ends = not above and (other not in inside if section and other else not other)
            if ends or (capitals and not section):
                self._cut(at)
                return

    def _cut(self, at: int) -> None:
        del self.stack[at:]
        self.nested = min(self.nested, at)

    def _opened(self, concept: str | None) -> list[Section]:
        return [s for s in self.index.opened_by.get(concept or "", ()) if s.statement in ("", self.statement)]

    def knows(self, folded: str) -> bool:
        """Whether the taxonomy has a section of this heading."""
        return self._known(folded) is not None

    def _known(self, folded: str) -> Section | None:
        hits = [s for s in self.index.sections.get(folded, ()) if s.statement in ("", self.statement)]
        return hits[0] if hits else None

    def _ancestors(self, section: str) -> Iterable[str]:
        seen = self.index.parents.get(section, "")
        while seen:
            yield seen
            seen = self.index.parents.get(seen, "")


def _totals(folded: str, heading: str, total: re.Pattern[str]) -> bool:
    """Whether a folded label is the total of a folded heading: "total current assets"."""
    return total.match(folded) is not None and total.sub("", folded, count=1).strip() == heading
