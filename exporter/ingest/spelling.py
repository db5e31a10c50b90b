"""How patterns are made of spellings, and a pattern that is tried only where it can match at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The plain characters with which a pattern begins; not one that is optional or repeated.
_BEGINNING = re.compile(r"(?:(?:[^\\\[\](){}.*+?|^$]|\\\W)(?![?*{]))+")
_ESCAPED = re.compile(r"\\(\W)")


def any_of(patterns: Sequence[str]) -> str:
    """One of several patterns."""
    return "(?:" + "|".join(patterns) + ")"


def guarded(pattern: str) -> str:
    """A currency's spelling that is no part of a longer word: "eur" not in "neural", but "a$" in "a$m"."""
    before = r"(?<![a-z])" if pattern[0].isascii() and pattern[0].isalpha() else ""
    return before + pattern + (r"(?![a-z])" if pattern[-1].isalpha() or pattern[-1] == "?" else "")


class Spelled:
    """A pattern that holds one of some spellings. A long text is searched only where it has the beginning of one."""

    def __init__(self, pattern: str, spellings: Sequence[str]) -> None:
        self._pattern = re.compile(pattern)
        found = [None if "|" in spelling else _BEGINNING.match(spelling) for spelling in spellings]
        self._beginnings = tuple([_ESCAPED.sub(r"\1", match[0]) if match else "" for match in found])

    def within(self, text: str) -> bool:
        """Whether the pattern matches somewhere in a canonical text."""
        return any([_begins(text, beginning) for beginning in self._beginnings]) and self._pattern.search(text) is not None


def _begins(text: str, beginning: str) -> bool:
    """Whether a spelling may begin somewhere in ``text``: "aud" in "in aud", not in "audited" nor in "fraud" where it is guarded."""
    at = text.find(beginning)
    if not beginning[:1].isascii() or not beginning[:1].isalpha():
        return at >= 0
    while at > 0 and "a" <= text[at - 1] <= "z":
        at = text.find(beginning, at + 1)
    return at >= 0
