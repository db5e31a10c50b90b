"""What is no figure: the number of a rule, a day, a telephone number, told by the words around it.

The rules are data (`tokens` of taxonomy/grammar.yaml). Only the neighbourhood of a token is searched, and of
tokens that stand close together their common one, so that a text costs what its length says.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Span = tuple[int, int]

#: How far words that tell a token's class may stand from it.
_BEFORE, _AFTER = 40, 56
#: How far the ends of a neighbourhood are moved so that it cuts no word (a long address of a page).
_WORD = 200
#: The length of a neighbourhood to which no further token is added.
_LONG = 1_000


class Rule(NamedTuple):
    """``pattern`` matches what holds tokens of the class ``name``; where it matches, one of the texts ``near``
    stands, in small letters (none: it is always searched)."""

    name: str
    pattern: re.Pattern[str]
    near: tuple[str, ...]


class NonFigures:
    """The rules of a grammar; the first that fits a token tells its class."""

    def __init__(self, rules: Sequence[tuple[str, str, tuple[str, ...]]]) -> None:
        self.rules = tuple([Rule(name, re.compile(pattern), near) for name, pattern, near in rules])

    def classes(self, text: str, tokens: Sequence[Span]) -> list[str]:
        """The class of each token of ``text``, "" where no rule says that it is no figure. ``tokens``: start and end,
        in the order of their places."""
        found: list[str] = []
        for low, high, members in _runs(text, tokens):
            found.extend(self._in_run(text, low, high, members))
        return found

    def _in_run(self, text: str, low: int, high: int, tokens: Sequence[Span]) -> list[str]:
        names = [""] * len(tokens)
        starts = [start for start, _ in tokens]
        words = text[low:high].lower()
        for name, pattern, near in self.rules:
            if near and not any(map(words.__contains__, near)):
                continue
            for match in pattern.finditer(text, low, high):
                start, end = match.span()
                for at in range(bisect_left(starts, start), bisect_left(starts, end)):
                    if tokens[at][1] <= end and not names[at]:
                        names[at] = name
            if all(names):
                break
        return names


def _runs(text: str, tokens: Sequence[Span]) -> Iterator[tuple[int, int, Sequence[Span]]]:
    """The neighbourhoods of tokens, those that overlap as one, each with its tokens."""
    first, low, high = 0, 0, -1
    for number, (start, end) in enumerate(tokens):
        left, right = _neighbourhood(text, start, end)
        if high < left or right - low > _LONG:
            if number > first:
                yield low, high, tokens[first:number]
            first, low = number, left
        high = right
    if tokens:
        yield low, high, tokens[first:]


def _neighbourhood(text: str, start: int, end: int) -> Span:
    """The words around a token, in its line."""
    near = max(0, start - _BEFORE)
    far = max(0, near - _WORD)
    line, blank = text.rfind("\n", far, start), text.rfind(" ", far, near)
    low = max(line, blank) + 1 or far
    near = end + _AFTER
    far = min(len(text), near + _WORD)
    line, blank = text.find("\n", end, far), text.find(" ", near, far)
    return low, min([at for at in (line, blank, far) if at >= 0])
