"""The grammar of `taxonomy/grammar.yaml` and the names of the taxonomy, compiled once to tries of words.

Names (aliases of concepts, aliases of members) and phrases are matched on the same tokens: lower case,
without articles and plural endings, hyphens and commas skipped. The longest match at a place wins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporter.errors import TaxonomyError
from exporter.ingest.lexicon import Lexicon, lexicon_of
from exporter.ingest.match import Hit
from exporter.ingest.nonfigures import NonFigures
from exporter.ingest.prose_tokens import Token
from exporter.ingest.prose_vocabulary import vocabulary_of
from exporter.model import Taxonomy

_SKIPPED = frozenset((",", "-", '"', "'", ".", "+", "/", "&"))
_ITEM = re.compile(r"<\w+>|[\u3400-\u9fff]|\d[\d,]*(?:\.\d+)?|[^\W\d_]+|%")
_HAN = re.compile(r"[\u3400-\u9fff]|[^\u3400-\u9fff]+")
_ENDING = "$"
_YEAR = re.compile(r"(?:19|20)\d\d")
_LIVE = 4
_REMEMBERED = 20_000
_LETTERS = "abcd"
_PLAIN_S = 3
_NOWHERE: list[Live] = []

#: A word of a sentence as names are matched: folded, and the tokens [first, last) that it covers.
Word = tuple[str, int, int]
Trie = dict[str, Any]
Said = tuple[int, "list[Phrase]", tuple[Token, ...]]
Live = tuple["Node", tuple[Token, ...]]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an axis, as words name it."""

    axis: str
    member: str


class Node:
    """A place in the trie of phrases: what follows it by word and by slot, and the phrases that end here."""

    __slots__ = ("ends", "leaf", "slots", "words")

    def __init__(self) -> None:
        self.words: dict[str, Node] = {}
        self.slots: dict[str, Node] = {}
        self.ends: list[Phrase] = []
        self.leaf = True

    def plant(self, words: Sequence[str], what: Phrase) -> None:
        """Adds a phrase below this node."""
        node = self
        for word in words:
            node.leaf = False
            node = (node.slots if word.startswith("<") else node.words).setdefault(word, Node())
        if words:
            node.ends.append(what)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a run of words is: a role of the grammar, or a period ("period:quarter")."""

    role: str
    text: str


def stem(word: str) -> str:
    """A word without a plural ending."""
    return word[:-1] if len(word) > _PLAIN_S and word.endswith("s") and not word.endswith("ss") else word


class Grammar:
    """Read-only; build it with :func:`grammar_of`."""

    def __init__(self, taxonomy: Taxonomy, lexicon: Lexicon) -> None:
        raw: Mapping[str, Any] = taxonomy.lexicon["grammar"]  # type: ignore[assignment]
        self.lexicon = lexicon
        self.vocabulary = vocabulary_of(raw["words"])
        self._articles = self.vocabulary.articles
        self.scales: Mapping[str, int] = raw["scales"]
        self.subunits: Mapping[str, tuple[str, int]] = {word: (code, power) for word, (code, power) in raw["subunits"].items()}
        self.nouns: Mapping[str, str] = {stem(noun): unit for noun, unit in raw["nouns"].items()}
        self.abbreviations = frozenset(raw["abbreviations"])
        self.topics: Mapping[str, tuple[re.Pattern[str], frozenset[str]]] = {
            name: (re.compile("|".join(entry["words"])), _known(taxonomy, name, entry["concepts"])) for name, entry in raw["topics"].items()
        }
        #: Concepts of what is done under a plan, from its announcement to the day that is named.
        self.under_plans = frozenset().union(*(self.topics[name][1] for name, entry in raw["topics"].items() if entry.get("plan")))
        #: Words that say what a figure includes.
        self.summing = re.compile("|".join(text.replace(" ", r"\W+") for text in (*raw["roles"]["sum"], *raw["words"]["sums"])))
        self.part_heading = re.compile("|".join(raw["part_headings"]) or r"(?!)")
        self.dateline = re.compile(raw["dateline"])
        self.half_year = re.compile("|".join(raw["half_year"]) or r"(?!)")
        self.period_codes = re.compile(rf"\b(?:{'|'.join(raw['period_codes']) or '(?!)'})")
        self.non_figures = NonFigures(raw["tokens"])
        self.ordinals = {word: value for word, value in lexicon.numbers.items() if word in self.vocabulary.ordinals}
        self.phrases = Node()
        self._root: tuple[Live, ...] = ((self.phrases, ()),)
        self.names: Trie = {}
        self._plant_phrases(raw)
        self._plant_names(taxonomy, raw["heads"])
        folds = [rule for rule in lexicon.folds if not rule[0].pattern.startswith("^")]
        # A fold is tried only where what it begins with stands.
        self.folds = tuple((pattern, replacement, _leads(pattern.pattern)) for pattern, replacement in folds)
        self._slots: dict[str, tuple[str, ...]] = {}

    def _plant_phrases(self, raw: Mapping[str, Any]) -> None:
        for role, texts in raw["roles"].items():
            for text in texts:
                self.phrases.plant(_ITEM.findall(text), Phrase(role, text))
        for text, meaning in raw["periods"]:
            self.phrases.plant(_ITEM.findall(text), Phrase(f"period:{meaning}", text))

    def _plant_names(self, taxonomy: Taxonomy, heads: Iterable[str]) -> None:
        for concept in taxonomy.concepts.values():
            for alias in concept.aliases:
                if not alias.statements or "prose" in alias.statements or not _only_tables(alias.statements):
                    _plant(self.names, self._stems(alias.text.split()), Hit(concept, alias))
        for axis in taxonomy.axes.values():
            for member, spelled in axis.aliases.items():
                for text in spelled:
                    _plant(self.names, self._stems(text.split()), Member(axis.id, member))
        for head in heads:
            _plant(self.names, self._stems(_ITEM.findall(head)), Phrase("head", head))

    def _stems(self, words: Iterable[str]) -> list[str]:
        spelled = [part for word in words for part in (_HAN.findall(word) if not word.isascii() else [word])]
        return [stem(word) for word in spelled if word not in self._articles]

    def non_figure(self, text: str, start: int, end: int) -> str:
        """The class of a numeric token that is no figure, by the words around it; "" where no rule says so."""
        return self.non_figures.classes(text, [(start, end)])[0]

    # --- words ------------------------------------------------------------------------------------

    def words(self, tokens: Sequence[Token], names: re.Pattern[str] | None) -> list[Word]:
        """The words of a sentence as aliases are folded; symbols are left out."""
        found = [
            ("and" if text == "&" else text, n, n + 1) for n, (kind, text, _, _) in enumerate(tokens) if kind != "sym" or text in "%&"
        ]
        joined = " ".join([word[0] for word in found])
        if names is not None and names.search(joined):
            found, joined = _replaced(found, joined, names, "{issuer}")
        for pattern, replacement, leads in self.folds:
            for lead in leads:
                if lead in joined:
                    found, joined = _replaced(found, joined, pattern, replacement)
                    break
        return [(stem(text), first, last) for text, first, last in found if text not in self._articles]

    def slots(self, token: Token) -> tuple[str, ...]:
        """The classes of words that a token may stand for in a phrase; remembered by its text."""
        found = self._slots.get(token.text)
        if found is None:
            if len(self._slots) > _REMEMBERED:
                self._slots.clear()
            found = self._slots[token.text] = self._slots_of(token)
        return found

    def _slots_of(self, token: Token) -> tuple[str, ...]:
        text = token.text
        if token.kind == "num":
            if _YEAR.fullmatch(text):
                return ("<year>",)
            if not text.isdigit() or len(text) >= _PLAIN_S:
                return ()
            return (*(("<day>", "<n>") if int(text) <= 53 else ()), *(("<yy>",) if len(text) == 2 else ()))
        if len(text) == 1 and text in _LETTERS:
            return ("<letter>",)
        if text in self.lexicon.months:
            return ("<month>",)
        if text in self.ordinals:
            return ("<ord>", "<n>")
        return ("<n>",) if text in self.lexicon.numbers else ()

    def phrase(self, tokens: Sequence[Token], at: int, stop: int, but: str = "", live: list[Live] | None = None) -> Said | None:
        """The longest phrases that begin at a token and end before ``stop``, ``but`` of one role: end, what they
        are, and what filled slots. ``live``: the nodes that the token led to already."""
        live = self._steps(self._root, tokens[at]) if live is None else live
        best: Said | None = None
        while live:
            for node, filled in live:
                if node.ends and node.ends[0].role != but:
                    best = (at + 1, node.ends, filled)
                    break
            following, place = self._next(live, tokens, at + 1, stop)
            if following and tokens[place].text in self._articles:
                # Some phrase has the article in it; others pass over it.
                others, beyond = self._next(live, tokens, place + 1, stop)
                other = self.phrase(tokens, beyond, stop, but, others)
                own = self.phrase(tokens, place, stop, but, following)
                return max((one for one in (best, other, own) if one is not None), key=lambda one: one[0], default=None)
            live, at = following, place
        return best

    def _next(self, live: list[Live], tokens: Sequence[Token], place: int, stop: int) -> tuple[list[Live], int]:
        """The nodes that the next token leads to that counts, and where it stands."""
        if len(live) == 1 and live[0][0].leaf:
            return _NOWHERE, place
        for at in range(place, stop):
            token = tokens[at]
            if token.kind == "sym" and token.text != "%":
                if token.text in _SKIPPED:
                    continue
                break
            following = self._steps(live, token)
            if following or token.text not in self._articles:
                return following[:_LIVE], at
        return _NOWHERE, stop

    def _steps(self, live: Sequence[Live], token: Token) -> list[Live]:
        """The nodes that a token leads to: by its own word, and by the slots that it may fill."""
        found: list[Live] = []
        text = token.text
        for node, filled in live:
            if text in node.words:
                found.append((node.words[text], filled))
            if node.slots:
                for slot in self.slots(token):
                    if slot in node.slots:
                        found.append((node.slots[slot], (*filled, token)))
        return found

    def name(self, words: Sequence[Word], at: int) -> tuple[int, list[Hit | Member | Phrase]] | None:
        """The longest names that begin at a word: index of the word after it, and what they name."""
        node: Any = self.names
        best = None
        for place in range(at, len(words)):
            node = node.get(words[place][0])
            if node is None:
                break
            if _ENDING in node:
                best = (place + 1, node[_ENDING])
        return best

    def members(self, words: Sequence[str]) -> list[Member]:
        """The members that exactly these words, without plural endings, name."""
        found = self.name([(word, 0, 0) for word in words], 0)
        return [one for one in found[1] if isinstance(one, Member)] if found and found[0] == len(words) else []

    def named(self, words: Iterable[str]) -> list[Hit]:
        """The concepts that exactly these folded words name."""
        node: Any = self.names
        for word in words:
            if word in self._articles:
                continue
            node = node.get(stem(word))
            if node is None:
                return []
        return [hit for hit in node.get(_ENDING, ()) if isinstance(hit, Hit)]


def _known(taxonomy: Taxonomy, topic: str, patterns: Iterable[str]) -> frozenset[str]:
    """The concepts of a topic; a trailing star stands for any ending."""
    found: set[str] = set()
    for pattern in patterns:
        fitting = {c for c in taxonomy.concepts if c == pattern or (pattern.endswith("*") and c.startswith(pattern[:-1]))}
        if not fitting:
            raise ValueError(f"topic {topic}: no concept {pattern}")
        found |= fitting
    return frozenset(found)


def _only_tables(statements: Sequence[str]) -> bool:
    """Aliases of the cash flow statement and of bridges are no names in running text."""
    return not {"income_statement", "balance_sheet", "operating"}.intersection(statements)


def _plant(trie: Trie, words: Sequence[str], what: object) -> None:
    if not words:
        return
    for word in words:
        trie = trie.setdefault(word, {})
    trie.setdefault(_ENDING, []).append(what)


def _leads(pattern: str) -> tuple[str, ...]:
    """Texts of which one must stand where a fold may match: what its pattern begins with."""
    begins = re.match(r"\\b(?:\((?P<either>[a-z |]+)\)(?: \((?P<then>[a-z |]+)\))?|(?P<plain>[a-z ]+))(?P<rest>.?)", pattern)
    if begins is None:
        return ("",)
    if begins["either"]:
        then = [f" {word}" for word in begins["then"].split("|")] if begins["then"] else [""]
        return tuple(first + second for first in begins["either"].split("|") for second in then)
    return (begins["plain"][:-1] if begins["rest"] in ("?", "*", "{") else begins["plain"],)


def _replaced(words: list[Word], joined: str, pattern: re.Pattern[str], replacement: str) -> tuple[list[Word], str]:
    """Applies a fold to words, keeping the tokens that each word covers. ``joined``: their texts with blanks between."""
    matches = list(pattern.finditer(joined))
    if not matches:
        return words, joined
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word[0]) + 1
    out: list[Word] = []
    done = 0
    for match in matches:
        first, last = bisect_right(starts, match.start()) - 1, bisect_right(starts, max(match.end() - 1, match.start()))
        if first < done or last <= first:
            continue
        out += words[done:first]
        spelled = match.expand(replacement).split() if "{" not in replacement else [replacement]
        covered = words[first:last]
        same = len(spelled) == len(covered)
        out += [
            (text, covered[n][1], covered[n][2]) if same else (text, covered[0][1], covered[-1][2]) for n, text in enumerate(spelled)
        ]
        done = last
    out += words[done:]
    return out, " ".join([word[0] for word in out])


_COMPILED: dict[str, Grammar | None] = {}


def grammar_of(taxonomy: Taxonomy) -> Grammar | None:
    """The compiled grammar of a taxonomy, made once per taxonomy hash and process; None where it has none.

    Raises TaxonomyError where an entry of the grammar is wrong.
    """
    if taxonomy.hash not in _COMPILED:
        _COMPILED.clear()
        try:
            _COMPILED[taxonomy.hash] = Grammar(taxonomy, lexicon_of(taxonomy)) if "grammar" in taxonomy.lexicon else None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TaxonomyError(f"taxonomy/grammar.yaml: an entry of the grammar is wrong ({error}); mend it") from error
    return _COMPILED[taxonomy.hash]
