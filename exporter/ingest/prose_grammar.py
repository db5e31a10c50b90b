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
from exporter.model import Taxonomy

_ARTICLES = frozenset(("the", "a", "an", "our", "its", "their"))
_SKIPPED = frozenset((",", "-", '"', "'", ".", "+", "/", "&"))
_ITEM = re.compile(r"<\w+>|[\u3400-\u9fff]|\d[\d,]*(?:\.\d+)?|[^\W\d_]+|%")
_HAN = re.compile(r"[\u3400-\u9fff]|[^\u3400-\u9fff]+")
_ENDING = "$"
_YEAR = re.compile(r"(?:19|20)\d\d")
_LIVE = 4
_REMEMBERED = 20_000
_LETTERS = "abcd"
_PLAIN_S = 3

Trie = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an axis, as words name it."""

    axis: str
    member: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a run of words is: a role of the grammar, or a period ("period:quarter")."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence as names are matched: folded, and the tokens [first, last) that it covers."""

    text: str
    first: int
    last: int


def stem(word: str) -> str:
    """A word without a plural ending."""
    return word[:-1] if len(word) > _PLAIN_S and word.endswith("s") and not word.endswith("ss") else word


class Grammar:
    """Read-only; build it with :func:`grammar_of`."""

    def __init__(self, taxonomy: Taxonomy, lexicon: Lexicon) -> None:
        raw: Mapping[str, Any] = taxonomy.lexicon["grammar"]  # type: ignore[assignment]
        self.lexicon = lexicon
        self.scales: Mapping[str, int] = raw["scales"]
        self.nouns: Mapping[str, str] = {stem(noun): unit for noun, unit in raw["nouns"].items()}
        self.abbreviations = frozenset(raw["abbreviations"])
        self.topics: Mapping[str, tuple[re.Pattern[str], frozenset[str]]] = {
            name: (re.compile("|".join(entry["words"])), _known(taxonomy, name, entry["concepts"])) for name, entry in raw["topics"].items()
        }
        self.part_heading = re.compile("|".join(raw["part_headings"]) or r"(?!)")
        self.non_figures = NonFigures(raw["tokens"])
        self.ordinals = {
            word: value for word, value in lexicon.numbers.items() if word in ("first", "second", "third", "fourth", "一", "二", "三", "四")
        }
        self.phrases: Trie = {}
        self.names: Trie = {}
        self._plant_phrases(raw)
        self._plant_names(taxonomy, raw["heads"])
        folds = [rule for rule in lexicon.folds if not rule[0].pattern.startswith("^")]
        # A fold is tried only where one of the words that it speaks of stands.
        self.folds = tuple((p, r, frozenset(re.findall(r"[a-z]{3,}", re.sub(r"\\[a-zA-Z]", " ", p.pattern))) - {"the"}) for p, r in folds)
        self._slots: dict[str, tuple[str, ...]] = {}

    def _plant_phrases(self, raw: Mapping[str, Any]) -> None:
        for role, texts in raw["roles"].items():
            for text in texts:
                _plant(self.phrases, _ITEM.findall(text), Phrase(role, text))
        for text, meaning in raw["periods"]:
            _plant(self.phrases, _ITEM.findall(text), Phrase(f"period:{meaning}", text))

    def _plant_names(self, taxonomy: Taxonomy, heads: Iterable[str]) -> None:
        for concept in taxonomy.concepts.values():
            for alias in concept.aliases:
                if not alias.statements or "prose" in alias.statements or not _only_tables(alias.statements):
                    _plant(self.names, _stems(alias.text.split()), Hit(concept, alias))
        for axis in taxonomy.axes.values():
            for member, spelled in axis.aliases.items():
                for text in spelled:
                    _plant(self.names, _stems(text.split()), Member(axis.id, member))
        for head in heads:
            _plant(self.names, _stems(_ITEM.findall(head)), Phrase("head", head))

    def non_figure(self, text: str, start: int, end: int) -> str:
        """The class of a numeric token that is no figure, by the words around it; "" where no rule says so."""
        return self.non_figures.classes(text, [(start, end)])[0]

    # --- words ------------------------------------------------------------------------------------

    def words(self, tokens: Sequence[Token], names: re.Pattern[str] | None) -> list[Word]:
        """The words of a sentence as aliases are folded; symbols are left out."""
        found = [Word("and" if t.text == "&" else t.text, n, n + 1) for n, t in enumerate(tokens) if t.kind != "sym" or t.text in "%&"]
        joined = " ".join(word.text for word in found)
        if names is not None and names.search(joined):
            found = _replaced(found, names, "{issuer}")
            joined = " ".join(word.text for word in found)
        for pattern, replacement, triggers in self.folds:
            if any(trigger in joined for trigger in triggers):
                found = _replaced(found, pattern, replacement)
        return [Word(stem(w.text), w.first, w.last) for w in found if w.text not in _ARTICLES]

    def slots(self, token: Token) -> tuple[str, ...]:
        """The classes of words that a token may stand for in a phrase; remembered by its text."""
        if token.text not in self._slots:
            if len(self._slots) > _REMEMBERED:
                self._slots.clear()
            self._slots[token.text] = self._slots_of(token)
        return self._slots[token.text]

    def _slots_of(self, token: Token) -> tuple[str, ...]:
        text = token.text
        if token.kind == "num":
            if _YEAR.fullmatch(text):
                return ("<year>",)
            return ("<day>", "<n>") if text.isdigit() and len(text) < _PLAIN_S and int(text) <= 53 else ()
        if len(text) == 1 and text in _LETTERS:
            return ("<letter>",)
        if text in self.lexicon.months:
            return ("<month>",)
        if text in self.ordinals:
            return ("<ord>", "<n>")
        return ("<n>",) if text in self.lexicon.numbers else ()

    def phrase(self, tokens: Sequence[Token], at: int, but: str = "") -> tuple[int, list[Phrase], list[Token]] | None:
        """The longest phrases that begin at a token, ``but`` of one role: end, what they are, and what filled slots."""
        best: tuple[int, list[Phrase], list[Token]] | None = None
        if tokens[at].text not in self.phrases and not self.slots(tokens[at]):
            return None
        live: list[tuple[Trie, tuple[Token, ...]]] = [(self.phrases, ())]
        for place in range(at, len(tokens)):
            token = tokens[place]
            if token.kind == "sym" and token.text not in "%" and place > at:
                if token.text in _SKIPPED:
                    continue
                break
            following = self._steps(live, token)
            if not following and place > at and token.text in _ARTICLES:
                continue
            live = following[:_LIVE]
            if not live:
                break
            for node, filled in live:
                if _ENDING in node and node[_ENDING][0].role != but:
                    best = (place + 1, node[_ENDING], list(filled))
                    break
        return best

    def _steps(self, live: list[tuple[Trie, tuple[Token, ...]]], token: Token) -> list[tuple[Trie, tuple[Token, ...]]]:
        """The nodes that a token leads to: by its own word, and by the slots that it may fill."""
        found: list[tuple[Trie, tuple[Token, ...]]] = []
        slots = self.slots(token)
        for node, filled in live:
            if token.text in node:
                found.append((node[token.text], filled))
            found += [(node[slot], (*filled, token)) for slot in slots if slot in node]
        return found

    def name(self, words: Sequence[Word], at: int) -> tuple[int, list[Hit | Member | Phrase]] | None:
        """The longest names that begin at a word: index of the word after it, and what they name."""
        node: Any = self.names
        best = None
        for place in range(at, len(words)):
            node = node.get(words[place].text)
            if node is None:
                break
            if _ENDING in node:
                best = (place + 1, node[_ENDING])
        return best

    def members(self, words: Sequence[str]) -> list[Member]:
        """The members that exactly these words, without plural endings, name."""
        found = self.name([Word(word, 0, 0) for word in words], 0)
        return [one for one in found[1] if isinstance(one, Member)] if found and found[0] == len(words) else []

    def named(self, words: Iterable[str]) -> list[Hit]:
        """The concepts that exactly these folded words name."""
        node: Any = self.names
        for word in words:
            if word in _ARTICLES:
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


def _stems(words: Iterable[str]) -> list[str]:
    spelled = [part for word in words for part in (_HAN.findall(word) if not word.isascii() else [word])]
    return [stem(word) for word in spelled if word not in _ARTICLES]


def _plant(trie: Trie, words: Sequence[str], what: object) -> None:
    if not words:
        return
    for word in words:
        trie = trie.setdefault(word, {})
    trie.setdefault(_ENDING, []).append(what)


def _replaced(words: list[Word], pattern: re.Pattern[str], replacement: str) -> list[Word]:
    """Applies a fold to words, keeping the tokens that each word covers."""
    joined = " ".join(word.text for word in words)
    matches = list(pattern.finditer(joined))
    if not matches:
        return words
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word.text) + 1
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
            Word(text, covered[n].first, covered[n].last) if same else Word(text, covered[0].first, covered[-1].last)
            for n, text in enumerate(spelled)
        ]
        done = last
    return out + words[done:]


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
