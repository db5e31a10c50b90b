"""The lists of words that the reader of sentences asks by name: ``words`` of `taxonomy/grammar.yaml`, compiled once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What each list means stands beside it in the grammar; ``yearly`` and ``less`` are patterns for names as printed."""

    articles: frozenset[str]
    pointing: frozenset[str]
    pointing_back: frozenset[str]
    ordinals: frozenset[str]
    percent: frozenset[str]
    points: frozenset[str]
    bps: frozenset[str]
    negative: frozenset[str]
    existing: frozenset[str]
    narrowing: frozenset[str]
    spans: frozenset[str]
    times: frozenset[str]
    yearly: re.Pattern[str]
    at_least: frozenset[str]
    at_most: frozenset[str]
    adding: frozenset[str]
    cumulative: frozenset[str]
    partly: frozenset[str]
    flows: frozenset[str]
    less: re.Pattern[str]
    of_a_cause: frozenset[str]
    sums: frozenset[str]
    near: frozenset[str]
    both_ways: tuple[str, ...]
    each_way: frozenset[str]
    both: frozenset[str]
    each: tuple[str, ...]
    per: tuple[str, ...]
    announced: frozenset[str]
    governed: frozenset[str]
    earned: frozenset[str]
    earning: tuple[str, ...]
    other_basis: tuple[tuple[str, ...], ...]
    whose: tuple[str, ...]


def vocabulary_of(listed: Mapping[str, Sequence[str]]) -> Vocabulary:
    """The lists as the reader needs them. Raises TypeError where one is missing or not known."""
    made: dict[str, object] = {}
    for name, words in listed.items():
        if name in ("yearly", "less"):
            made[name] = _pattern(words)
        elif name in ("both_ways", "each", "per", "earning", "whose"):
            made[name] = tuple(words)
        elif name == "other_basis":
            made[name] = tuple(tuple(text.split()) for text in words)
        else:
            made[name] = frozenset(words)
    return Vocabulary(**made)  # type: ignore[arg-type]


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """One of some texts as whole words, with a blank or a hyphen between their words."""
    return re.compile(rf"\b(?:{'|'.join(re.escape(text).replace(chr(92) + ' ', '[- ]') for text in words)})\b", re.IGNORECASE)
