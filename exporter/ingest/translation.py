"""The convenience translation: amounts of one currency printed again in another one at one rate of one day.

It is found by the statement that says so; else by the amounts themselves, printed in pairs "RMB4.0 million (US$0.5
million)": pairs that agree with a rate that is printed, or many pairs that agree with each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exporter.ingest.document import Paragraph
from exporter.ingest.lexicon import Lexicon, as_decimal

#: Pairs that must agree with each other where no rate is printed, and of a hundred pairs those that must agree.
_ENOUGH = 5
_MOST = 90


@dataclass(frozen=True, slots=True)
class Translation:
    """A convenience translation: ``quote`` amounts are ``base`` amounts at ``rate``, as printed, or None
    where the statement names no rate that is understood."""

    base: str
    quote: str
    rate: Decimal | None
    day: date | None
    line: int


def find_translation(told: Sequence[tuple[Paragraph, str]], lexicon: Lexicon) -> Translation | None:
    """The convenience translation of a document, with its rate and the rate's day where they are printed."""
    for block, text in told:
        if not lexicon.translation_verb.search(text):
            continue
        for pattern in lexicon.rates:
            match = next((found for found in pattern.finditer(text) if as_decimal(found["rate"]) != 1), None)
            if match is None:
                continue
            base, quote = (_code(match[name], lexicon) for name in ("base", "quote"))
            if base and quote and base != quote:
                into = lexicon.translated_into.search(text)
                if into and _code(into["quote"], lexicon) == base:
                    base, quote = quote, base  # "US$0.1376 to RMB1.00", of amounts translated into US$
                rate = as_decimal(match["rate"])
                return Translation(base, quote, rate, _rate_day(text, match.start(), match.end(), lexicon), block.line)
    by_words = next((found for block, text in told if (found := _without_rate(block, text, lexicon))), None)
    return by_words or _by_pairs(told, lexicon)


def _without_rate(block: Paragraph, text: str, lexicon: Lexicon) -> Translation | None:
    """A statement that amounts of one currency are translated into one other for convenience."""
    into = lexicon.translated_into.search(text) if lexicon.translation_cue.search(text) else None
    quote = _code(into["quote"], lexicon) if into else ""
    others = set(lexicon.currencies_in(text)) - {quote} if quote else set()
    if len(others) != 1:
        return None
    return Translation(others.pop(), quote, None, _rate_day(text, 0, 0, lexicon), block.line)


def _rate_day(text: str, start: int, end: int, lexicon: Lexicon) -> date | None:
    """The day of a rate: the first date after it, else the last one before it."""
    after = [day for found in lexicon.date.finditer(text, end) if (day := lexicon.to_date(found))]
    before = [day for found in lexicon.date.finditer(text, 0, start) if (day := lexicon.to_date(found))]
    return after[0] if after else before[-1] if before else None


class _Pair(NamedTuple):
    """An amount and its translation: the rates that would print both are ``low`` to ``high``."""

    base: str
    quote: str
    low: Decimal
    high: Decimal
    line: int


def _by_pairs(told: Sequence[tuple[Paragraph, str]], lexicon: Lexicon) -> Translation | None:
    """The translation that pairs of amounts show, with the rate where one is printed that they agree with."""
    pairs = [pair for block, text in told for pair in _pairs(block, text, lexicon)]
    if not pairs or len({(pair.base, pair.quote) for pair in pairs}) > 1:
        return None
    base, quote, *_ = pairs[0]
    for block, text in told:
        for match in (found for pattern in lexicon.rates for found in pattern.finditer(text)):
            rate = as_decimal(match["rate"])
            if {_code(match["base"], lexicon), _code(match["quote"], lexicon)} == {base, quote} and _agreeing(pairs, rate):
                return Translation(base, quote, rate, _rate_day(text, match.start(), match.end(), lexicon), block.line)
    shown = len(pairs) >= _ENOUGH and any(_agreeing(pairs, pair.low) for pair in pairs)
    return Translation(base, quote, None, None, pairs[0].line) if shown else None


def _agreeing(pairs: Sequence[_Pair], rate: Decimal) -> bool:
    return 100 * sum(pair.low <= rate <= pair.high for pair in pairs) >= _MOST * len(pairs)


def _pairs(block: Paragraph, text: str, lexicon: Lexicon) -> Iterator[_Pair]:
    for found in lexicon.translated_pair.finditer(text):
        base, quote = _code(found["base"], lexicon), _code(found["quote"], lexicon)
        (amount, half), (other, other_half) = (_printed(found, *names, lexicon) for names in (("amount", "scale"), ("other", "scale2")))
        if base and quote and base != quote and other > other_half:
            yield _Pair(base, quote, (amount - half) / (other + other_half), (amount + half) / (other - other_half), block.line)


def _printed(found: re.Match[str], number: str, scale: str, lexicon: Lexicon) -> tuple[Decimal, Decimal]:
    """A printed amount, and half of its last printed digit."""
    power = lexicon.power_of(found[scale] or "")
    amount = as_decimal(found[number]).scaleb(power)
    return amount, Decimal(5).scaleb(power - 1 - len(found[number].partition(".")[2]))


def _code(text: str, lexicon: Lexicon) -> str:
    match = lexicon.currency.match(text)
    if match:
        return lexicon.currency_code(match)
    return lexicon.bare[text].currency if text in lexicon.bare else ""
