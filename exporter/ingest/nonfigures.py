"""What is no figure: the number of a rule, a day, a telephone number, told by the words around it.

The rules are data (`tokens` of taxonomy/grammar.yaml). Only the neighbourhood of a token is searched, and of
tokens that stand close together their common one, so that a text costs what its length says.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exporter.values import lowered

Span = tuple[int, int]

#: How far words that tell a token's class may stand from it.
_BEFORE, _AFTER = 40, 56
#: How far the ends of a neighbourhood are moved so that it cuts no word (a long address of a page).
_WORD = 200
#: The length of a neighbourhood to which no further token is added.
_LONG = 1_000
_FLAGS = re.compile(r"\(\?([ims]*i[ims]*)\)")
_ESCAPE = re.compile(r"\\.")


class Rule(NamedTuple):
    """``pattern`` matches what holds tokens of the class ``name``; where it matches, one of the texts ``near``
    stands, in small letters (none: it is always searched). ``small``: it is searched in the text in small letters."""

    name: str
    pattern: re.Pattern[str]
    near: tuple[str, ...]
    small: bool


class NonFigures:
    """The rules of a grammar; the first that fits a token tells its class."""

    def __init__(self, rules: Sequence[tuple[str, str, tuple[str, ...]]]) -> None:
        self.rules = tuple([_rule(name, pattern, near) for name, pattern, near in rules])

    def classes(self, text: str, tokens: Sequence[Span]) -> list[str]:
        """The class of each token of ``text``, "" where no rule says that it is no figure. ``tokens``: start and end,
        in the order of their places."""
        found: list[str] = []
        small = lowered(text)
        for low, high, members in _runs(text, tokens):
            found.extend(self._in_run(text, small, low, high, members))
        return found

    def _in_run(self, text: str, small: str, low: int, high: int, tokens: Sequence[Span]) -> list[str]:
        names = [""] * len(tokens)
        starts = [start for start, _ in tokens]
        words = small[low:high]
        for name, pattern, near, in_small in self.rules:
            if near and not any(map(words.__contains__, near)):
                continue
            for match in pattern.finditer(small if in_small else text, low, high):
                start, end = match.span()
                for at in range(bisect_left(starts, start), bisect_left(starts, end)):
                    if tokens[at][1] <= end and not names[at]:
                        names[at] = name
            if all(names):
                break
        return names


def _rule(name: str, pattern: str, near: tuple[str, ...]) -> Rule:
    """A rule; one that takes no heed of capitals, and is written without them, is searched for in small letters, which is faster."""
    flags = _FLAGS.match(pattern)
    small = flags is not None and not any(map(str.isupper, _ESCAPE.sub("", pattern)))
    if flags is None or not small:
        return Rule(name, re.compile(pattern), near, False)
    rest = flags[1].replace("i", "")
    return Rule(name, re.compile((f"(?{rest})" if rest else "") + pattern[flags.end() :]), near, True)


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
