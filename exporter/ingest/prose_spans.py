"""A sentence -> its typed parts: figures, periods, names, words with a role, and what is not understood.

Longest match wins. A figure is a number with everything that belongs to it: sign, currency, scale word,
per cent, the noun that is counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from exporter.ingest.match import Hit
from exporter.ingest.prose_grammar import Grammar, Member, Phrase, Said, Word, stem
from exporter.ingest.prose_periods import When, when_of
from exporter.ingest.prose_tokens import Token

_DIGITS = 30
_PAIR = 2
#: How far a verb may stand behind the issuer's name, and what may stand between: "Lantern Corporation (NYSE: LNHB) reported".
_ASIDE = 16
_BEHIND_NAME = frozenset(("filler", "close", "open", "sym", "agent"))
_LEAD = re.compile(r"[a-z\u20ac\u00a3\u20b9\u20a9\u5143]+|\S")


class Figure(NamedTuple):
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
    depth: int = 0
    figure: Figure | None = None
    when: When | None = None
    hits: Sequence[Hit] = ()
    members: Sequence[Member] = ()
    head: bool = False
    verb: bool = False
    active: bool = False
    leads: bool = False


class Scanner:
    """Reads sentences with one grammar and one issuer; ``signs``: what bare signs stand for here;
    ``issuer``: how the issuer is called, in folded words."""

    def __init__(
        self, grammar: Grammar, names: re.Pattern[str] | None, signs: Mapping[str, str], issuer: Sequence[tuple[str, ...]] = ()
    ) -> None:
        self.grammar = grammar
        self.names = names
        self.signs = signs
        self.issuer = issuer
        self._called = frozenset(words[0] for words in issuer)
        self._forms = frozenset(grammar.lexicon.raw["legal_forms"])
        self._currency = grammar.lexicon.currency
        self._leads = _leads(grammar) | {"-"} | grammar.vocabulary.negative
        self.closed: frozenset[str] = frozenset()
        self._han = sorted((word for word in grammar.scales if not word.isascii()), key=len, reverse=True)

    def items(self, plain: str, clean: str, tokens: Sequence[Token]) -> list[Item]:
        """The typed parts of a sentence from left to right; round brackets raise ``depth``."""
        grammar, leads = self.grammar, self._leads
        firsts, names = grammar.phrases.words, grammar.names
        words = grammar.words(tokens, self.names)
        # The words that a name may begin with, by the token where they begin.
        numbers: dict[int, int] = {}
        for number, (text, first, _) in enumerate(words):
            if text in names and first not in numbers:
                numbers[first] = number
        found: list[Item] = []
        at = depth = 0
        before = ""
        count = len(tokens)
        while at < count:
            token = tokens[at]
            kind, text, start, end = token
            if kind == "sym" and text in "()[]":
                depth = depth + 1 if text in "([" else max(depth - 1, 0)
                item = Item("open" if text in "([" else "close", text, at, at + 1, start, end, depth)
            else:
                figure = kind == "num" or text in leads
                phrase = text in firsts or bool(grammar.slots(token))
                if figure or phrase or at in numbers:
                    item = self._best(plain, clean, tokens, words, at, numbers, phrase, figure, before)
                    item.depth = depth
                else:
                    item = Item("sym" if kind == "sym" else "unknown", text, at, at + 1, start, end, depth)
            found.append(item)
            at, before = item.last, item.kind
        if self.issuer:
            self._see_issuer(found)
        if tokens and plain.find(" - ", tokens[0].start, tokens[-1].end) >= 0:
            _see_dashes(found, plain)
        return found

    def _see_issuer(self, items: list[Item]) -> None:
        """The issuer's name before a verb says who did it, as "the company" does."""
        for at, item in enumerate(items):
            if item.kind != "unknown" or item.text not in self._called:
                continue
            for words in self.issuer:
                after = at + len(words)
                if tuple(other.text for other in items[at:after]) != words:
                    continue
                behind = items[after : after + _ASIDE]
                said = (other for other in behind if not other.depth and other.kind not in _BEHIND_NAME and other.text not in self._forms)
                following = next(said, None)
                if following is not None and (following.kind in ("acquire", "expect") or following.verb):
                    item.kind = "agent"
                    form = after < len(items) and items[after].text in self._forms
                    for other in items[at + 1 : after + form]:
                        other.kind = "filler"
                break

    def _best(
        self,
        plain: str,
        clean: str,
        tokens: Sequence[Token],
        words: Sequence[Word],
        at: int,
        numbers: Mapping[int, int],
        begins: bool,
        counts: bool,
        before: str,
    ) -> Item:
        """The longest part at a token: what ``begins`` a phrase there, has a name at a word, or ``counts`` as a figure."""
        phrase = self.grammar.phrase(tokens, at, len(tokens), "" if before in ("figure", "close") else "per_share") if begins else None
        named = self._named(words, numbers[at]) if at in numbers else None
        figure = self._figure(plain, tokens, at) if counts else None
        name_end = named[0] if named else at
        phrase_end = phrase[0] if phrase else at
        figure_end = figure[0] if figure else at
        last = max(name_end, phrase_end, figure_end)
        kind, text, start, end = tokens[at]
        if last == at:
            return Item("sym" if kind == "sym" else "unknown", text, at, at + 1, start, end)
        end = tokens[last - 1].end
        item = Item("unknown", clean[start:end], at, last, start, end)
        if phrase and phrase_end == last and ((name_end < last and figure_end < last) or _is_period(phrase[1][0].role)):
            return self._phrased(item, phrase, words, numbers)
        if figure and figure_end == last:
            item.kind, item.figure = "figure", figure[1]
            return item
        if named and name_end == last:
            item.kind = "name"
            item.hits, item.members, item.head = named[1], named[2], named[3]
            item.verb = phrase is not None and phrase[1][0].role == "acquire"
            item.active = self._ends_in_verb(tokens, at, last)
            item.leads = phrase is not None and phrase[1][0].role == "be" and phrase_end > at
            if "(" in item.text:  # "Adjusted EBITDA (loss)" tells no sign
                item.hits = [hit for hit in item.hits if hit.alias.sign >= 0] or item.hits
            return item
        return self._phrased(item, phrase, words, numbers) if phrase else item

    def _ends_in_verb(self, tokens: Sequence[Token], first: int, last: int) -> bool:
        if last - first < 2:
            return False
        for start in range(last - 1, max(first, last - 1 - _PAIR), -1):
            phrase = self.grammar.phrase(tokens, start, last)
            if phrase is not None and phrase[0] == last and phrase[1][0].role in ("acquire", "share"):
                return True
        return False

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
        return words[end - 1][2], hits, members, head

    def _sorted(self, what: Sequence[Hit | Member | Phrase]) -> tuple[list[Hit], list[Member], bool]:
        hits = [one for one in what if isinstance(one, Hit) and one.concept.id not in self.closed]
        return hits, list(dict.fromkeys(one for one in what if isinstance(one, Member))), any(isinstance(one, Phrase) for one in what)

    def _phrased(self, item: Item, phrase: Said, words: Sequence[Word], numbers: Mapping[int, int]) -> Item:
        role = phrase[1][0].role
        if role == "acquire" and item.last - item.first > 1:
            for inside in range(item.first + 1, item.last):
                named = self._named(words, numbers[inside]) if inside in numbers else None
                if named is not None and named[0] == item.last and named[1]:
                    item.kind, item.hits, item.verb, item.leads = "name", named[1], True, True
                    return item  # "have repurchased": the name is a verb, and in front of it is an auxiliary
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
        if token.text in self.grammar.vocabulary.negative and at + 1 < len(tokens):
            negative, place = True, at + 1
            token = tokens[place]
        elif token.kind == "sym" and token.text == "-" and at + 1 < len(tokens) and tokens[at + 1].start == token.end:
            glued = at > 0 and tokens[at - 1].end == token.start and tokens[at - 1].text not in "(["
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
            part = self.grammar.subunits.get(tokens[last].text) if power is None and not currency else None
            if part is not None and (len(tokens[last].text) > 1 or tokens[last].start == tokens[last - 1].end):
                # A sign ("$") stands for what it stands for here.
                last, power, currency = last + 1, part[1], self.signs.get(part[0], "?") if not part[0].isalpha() else part[0]
            elif found is not None and found[1] != "?" and not (found[0] < len(tokens) and tokens[found[0]].kind == "num"):
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
        spoken = self.grammar.vocabulary
        text = tokens[at].text
        for count in (1, 2) if text.isascii() else (4,):
            if count > 1:
                text = ("" if count > _PAIR else " ").join([token.text for token in tokens[at : at + count]])
            for name, words in (("percent", spoken.percent), ("points", spoken.points), ("bps", spoken.bps)):
                if text in words:
                    return at + count, name
        return at, kind

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
        if place > at and place + 1 < len(tokens) and tokens[place + 1].text in self.grammar.vocabulary.spans:
            place += 1  # "12-month period"
        return place + 1, word


def _see_dashes(items: list[Item], plain: str) -> None:
    """A dash with blanks on both sides, not between two figures, sets off what follows as a comma does."""
    for at, item in enumerate(items):
        if item.kind == "sym" and item.text == "-" and 0 < at < len(items) - 1:
            apart = items[at - 1].end < item.start and item.end < items[at + 1].start
            if apart and not (items[at - 1].figure is not None and items[at + 1].figure is not None):
                item.text = ","


def _is_period(role: str) -> bool:
    """Whether a phrase is meant even where a name or a figure is as long."""
    return role == "per_share" or role.startswith("period:")


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
