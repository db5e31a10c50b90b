"""A sentence -> its typed parts: figures, periods, names, words with a role, and what is not understood.

Longest match wins. A figure is a number with everything that belongs to it: sign, currency, scale word,
per cent, the noun that is counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from exporter.ingest.match import Hit
from exporter.ingest.prose_grammar import Grammar, Member, Phrase, Word, stem
from exporter.ingest.prose_periods import When, when_of
from exporter.ingest.prose_tokens import Token

_DIGITS = 30
_LEAD = re.compile(r"[a-z\u20ac\u00a3\u20b9\u20a9\u5143]+|\S")


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed number. ``kind``: money, percent, points, bps, count or bare; ``power``: of ten, by its
    scale word, None where none is printed; ``noun``: what is counted; places are in the clean text."""

    kind: str
    value: Decimal
    digits: str
    power: int | None
    currency: str
    noun: str
    start: int
    end: int


@dataclass(slots=True)
class Item:
    """A typed part. ``kind``: figure, period, name, unknown, or a role of the grammar; ``first`` and
    ``last``: its tokens; ``names``: what a name may stand for."""

    kind: str
    text: str
    first: int
    last: int
    start: int
    end: int
    figure: Figure | None = None
    when: When | None = None
    hits: list[Hit] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    head: bool = False
    verb: bool = False
    active: bool = False
    depth: int = 0


class Scanner:
    """Reads sentences with one grammar and one issuer; ``signs``: what bare signs stand for here."""

    def __init__(self, grammar: Grammar, names: re.Pattern[str] | None, signs: Mapping[str, str]) -> None:
        self.grammar = grammar
        self.names = names
        self.signs = signs
        self._currency = grammar.lexicon.currency
        self._leads = _leads(grammar)
        self.closed: frozenset[str] = frozenset()
        self._han = sorted((word for word in grammar.scales if not word.isascii()), key=len, reverse=True)

    def items(self, plain: str, clean: str, tokens: Sequence[Token]) -> list[Item]:
        """The typed parts of a sentence from left to right; round brackets raise ``depth``."""
        words = self.grammar.words(tokens, self.names)
        at_token: dict[int, int] = {}
        for number, word in enumerate(words):
            at_token.setdefault(word.first, number)
        found: list[Item] = []
        at = depth = 0
        while at < len(tokens):
            token = tokens[at]
            if token.kind == "sym" and token.text in "()[]":
                depth = depth + 1 if token.text in "([" else max(depth - 1, 0)
                found.append(Item("open" if token.text in "([" else "close", token.text, at, at + 1, token.start, token.end, depth=depth))
                at += 1
                continue
            item = self._best(plain, clean, tokens, words, at, at_token, found[-1].kind if found else "")
            item.depth = depth
            found.append(item)
            at = item.last
        return found

    def _best(
        self, plain: str, clean: str, tokens: Sequence[Token], words: Sequence[Word], at: int, at_token: Mapping[int, int], before: str
    ) -> Item:
        token = tokens[at]
        phrase = self.grammar.phrase(tokens, at, "" if before in ("figure", "close") else "per_share")
        number = at_token.get(at)
        named = self._named(words, number) if number is not None else None
        figure = self._figure(plain, tokens, at)
        name_end = named[0] if named else at
        phrase_end = phrase[0] if phrase else at
        figure_end = figure[0] if figure else at
        last = max(name_end, phrase_end, figure_end)
        if last == at:
            kind = "sym" if token.kind == "sym" else "unknown"
            return Item(kind, token.text, at, at + 1, token.start, token.end)
        text = clean[token.start : tokens[last - 1].end]
        item = Item("unknown", text, at, last, token.start, tokens[last - 1].end)
        if (
            phrase
            and phrase_end == last
            and (phrase[1][0].role.startswith("period:") or phrase[1][0].role == "per_share" or (name_end < last and figure_end < last))
        ):
            return self._phrased(item, phrase)
        if figure and figure_end == last:
            item.kind, item.figure = "figure", figure[1]
            return item
        if named and name_end == last:
            item.kind = "name"
            item.hits, item.members, item.head = named[1], named[2], named[3]
            item.verb = phrase is not None and phrase[1][0].role == "acquire"
            item.active = self._ends_in_verb(tokens, at, last)
            return item
        return self._phrased(item, phrase) if phrase else item

    def _ends_in_verb(self, tokens: Sequence[Token], first: int, last: int) -> bool:
        if last - first < 2:
            return False
        phrase = self.grammar.phrase(tokens[:last], last - 1)
        return phrase is not None and phrase[1][0].role == "acquire"

    def _named(self, words: Sequence[Word], number: int) -> tuple[int, list[Hit], list[Member], bool] | None:
        """The longest name at a word; one that begins inside of it, ends later and means the same goes on."""
        found = self.grammar.name(words, number)
        if found is None:
            return None
        end, what = found
        hits, members, head = self._sorted(what)
        if not (hits or members or head):
            return None
        for inside in range(number + 1, end):
            longer = self.grammar.name(words, inside)
            if longer and longer[0] > end:
                others = self._sorted(longer[1])[0]
                same = {hit.concept.id for hit in hits} & {hit.concept.id for hit in others}
                if same:
                    end, hits = longer[0], [hit for hit in others if hit.concept.id in same]
                    break
        return words[end - 1].last, hits, members, head

    def _sorted(self, what: Sequence[Hit | Member | Phrase]) -> tuple[list[Hit], list[Member], bool]:
        hits = [one for one in what if isinstance(one, Hit) and one.concept.id not in self.closed]
        return hits, list(dict.fromkeys(one for one in what if isinstance(one, Member))), any(isinstance(one, Phrase) for one in what)

    def _phrased(self, item: Item, phrase: tuple[int, list[Phrase], list[Token]]) -> Item:
        role = phrase[1][0].role
        if role.startswith("period:"):
            item.kind = "period"
            item.when = when_of(role[7:], phrase[2], self.grammar.lexicon.months, self.grammar.lexicon.numbers)
        elif role == "approximately":
            item.kind, item.text = "qualifier", role
        else:
            item.kind = role
        return item

    # --- figures ----------------------------------------------------------------------------------

    def _figure(self, plain: str, tokens: Sequence[Token], at: int) -> tuple[int, Figure] | None:
        token = tokens[at]
        currency, negative, place = "", False, at
        if token.kind == "sym" and token.text == "-" and at + 1 < len(tokens) and tokens[at + 1].start == token.end:
            glued = at > 0 and tokens[at - 1].end == token.start
            if glued:
                return None
            negative, place = True, at + 1
            token = tokens[place]
        if token.kind != "num":
            found = self._money(plain, tokens, place)
            if found is None:
                return None
            place, currency = found
            if place < len(tokens) and tokens[place].text == "-" and place + 1 < len(tokens) and tokens[place + 1].kind == "num":
                negative, place = True, place + 1
        if place >= len(tokens) or tokens[place].kind != "num":
            return None
        number = tokens[place]
        if len(number.text) > _DIGITS:
            return None
        return self._rest(plain, tokens, at, place, currency, negative)

    def _money(self, plain: str, tokens: Sequence[Token], at: int) -> tuple[int, str] | None:
        """A currency right before a number: the token after it, and its code ("?" for an open sign)."""
        token = tokens[at]
        if token.text not in self._leads:
            return None
        match = self._currency.match(plain, token.start)
        if match:
            end, code = match.end(), self.grammar.lexicon.currency_code(match)
        elif token.text in self.grammar.lexicon.bare:
            end, code = token.end, self.signs.get(token.text, "?")
        else:
            return None
        place = at
        while place < len(tokens) and tokens[place].start < end:
            place += 1
        return place, code

    def _rest(self, plain: str, tokens: Sequence[Token], at: int, place: int, currency: str, negative: bool) -> tuple[int, Figure]:
        number = tokens[place]
        digits = number.text.replace(",", "")
        value = Decimal(digits)
        last, power, kind, noun = place + 1, None, "bare", ""
        last, power = self._scale(plain, tokens, last)
        if power is not None or currency:
            kind = "count"
        if last < len(tokens):
            found = self._money(plain, tokens, last) if not currency else None
            if found is not None and found[1] != "?" and not (found[0] < len(tokens) and tokens[found[0]].kind == "num"):
                last, currency = found
            elif power is None and not currency:
                last, kind = self._percent(tokens, last, kind)
        if currency:
            kind = "money"
        if kind in ("bare", "count"):
            last, noun = self._noun(tokens, last, number)
            kind = "count" if noun else kind
        end = tokens[last - 1].end
        return last, Figure(kind, -value if negative else value, digits, power, currency, noun, tokens[at].start, end)

    def _scale(self, plain: str, tokens: Sequence[Token], at: int) -> tuple[int, int | None]:
        if at >= len(tokens):
            return at, None
        token, glued = tokens[at], tokens[at].start == tokens[at - 1].end
        if token.kind == "han":
            for word in self._han:
                if plain.startswith(word, token.start):
                    return at + len(word), self.grammar.scales[word]
            return at, None
        if token.text == "-" and at + 1 < len(tokens) and len(tokens[at + 1].text) > 3 and tokens[at + 1].text in self.grammar.scales:
            return at + 2, self.grammar.scales[tokens[at + 1].text]
        if token.kind == "word" and token.text in self.grammar.scales and (len(token.text) > 1 or glued):
            return at + 1, self.grammar.scales[token.text]
        return at, None

    def _percent(self, tokens: Sequence[Token], at: int, kind: str) -> tuple[int, str]:
        texts = [token.text for token in tokens[at : at + 3]]
        if texts and texts[0] == "%":
            return at + 1, "percent"
        if texts[:2] == ["per", "cent"]:
            return at + 2, "percent"
        if texts and texts[0] in ("percentage", "个", "個") and len(texts) > 1:
            ends = at + (2 if texts[0] == "percentage" else 4)
            return min(ends, len(tokens)), "points"
        if texts and texts[0] in ("percent", "pct"):
            return at + 1, "percent"
        if texts[:1] in (["pp"], ["ppt"], ["ppts"]):
            return at + 1, "points"
        if texts[:1] in (["bps"], ["bp"]):
            return at + 1, "bps"
        return (at + 2, "bps") if texts[:2] in (["basis", "points"], ["basis", "point"]) else (at, kind)

    def _noun(self, tokens: Sequence[Token], at: int, number: Token) -> tuple[int, str]:
        """The noun that is counted, right after the number: "loans", "-month"."""
        if at >= len(tokens):
            return at, ""
        place = at + 1 if tokens[at].text == "-" and at + 1 < len(tokens) else at
        word = stem(tokens[place].text)
        if tokens[place].kind == "han":
            return (place + 1, word) if word in self.grammar.nouns else (at, "")
        if word not in self.grammar.nouns:
            return at, ""
        if place > at and place + 1 < len(tokens) and tokens[place + 1].text in ("period", "term"):
            place += 1  # "12-month period"
        return place + 1, word


def _leads(grammar: Grammar) -> frozenset[str]:
    """The first words or signs of all spellings of currencies."""
    found = set(grammar.lexicon.bare)
    for patterns in grammar.lexicon.raw["currencies"].values():
        for pattern in patterns:
            match = _LEAD.match(pattern.replace("\\b", "").replace("\\", "").replace("[", ""))
            if match:
                found.add(match[0])
                found.add(match[0][:-1] if len(match[0]) > 1 and pattern.endswith("?") else match[0])
                found.add(match[0][0] if match[0][0] > "\u3000" else match[0])
    return frozenset(found)
