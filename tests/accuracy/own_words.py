"""Does the bundled sample borrow sentences from the release whose figures it carries?

A run is a maximal sequence of words that stands in both texts. Table rows are left out on both
sides; titles and scale lines are prose. Words that belong to a line-item name, a company name, a
figure or a date do not count: a run is borrowed when more than four of its words are left.

usage: python tests/accuracy/own_words.py SAMPLE ORIGINAL   (exit 1 where a run is borrowed)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

#: The longest run of common words that is allowed.
LONGEST = 4

NAMES = (
    "Qifu Technology, Inc.",
    "Qifu Technology",
    "360 Jietiao",
    "360 Group",
    "Fuzhou Microcredit",
    "Intelligence Credit Engine",
    "Class A ordinary shares",
    "Federal Reserve",
    # headings inside the tables that stand on a line without a tab
    "Reconciliation of Non-GAAP Net Income to Net Income",
    "Reconciliation of Non-GAAP Income from operations to Income from operations",
    "Net income attributable to shareholders of Qifu Technology, Inc.",
    "Weighted average ADS used in calculating net income per ordinary share for both GAAP and non-GAAP EPS -diluted",
)

_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_FIGURE = re.compile(
    r"\d.*|rmb|us|usd|million|billion|january|february|march|april|may|june|july|august|september|october|november|december"
)


def words(text: str) -> list[str]:
    """Words and figures in lower case, without any punctuation."""
    return _WORD.findall(text.lower())


def prose(text: str) -> str:
    """The text without table rows (a row holds a tab)."""
    return "\n".join(line for line in text.splitlines() if "\t" not in line)


def labels(text: str) -> list[str]:
    """The names of the line items of a text with tab-separated tables."""
    return sorted({line.split("\t")[0] for line in text.splitlines() if "\t" in line} - {""})


def runs(sample: Sequence[str], original: Sequence[str], longer_than: int = LONGEST) -> list[tuple[int, int]]:
    """Maximal runs of more than ``longer_than`` words of ``sample`` that stand in ``original``, as (start, end)."""
    size = longer_than + 1
    grams = {tuple(original[i : i + size]) for i in range(len(original) - size + 1)}
    found: list[tuple[int, int]] = []
    for i in range(len(sample) - size + 1):
        if tuple(sample[i : i + size]) not in grams:
            continue
        if found and found[-1][1] == i + size - 1:
            found[-1] = (found[-1][0], i + size)
        else:
            found.append((i, i + size))
    return found


def free(tokens: Sequence[str], names: Iterable[str]) -> list[bool]:
    """For each word: is it outside of every name and no figure, currency, scale word or month?"""
    result = [_FIGURE.fullmatch(token) is None for token in tokens]
    for name in sorted({tuple(words(name)) for name in names}, key=len, reverse=True):
        for i in range(len(tokens) - len(name) + 1):
            if name and tuple(tokens[i : i + len(name)]) == name:
                result[i : i + len(name)] = [False] * len(name)
    return result


def borrowed(sample: str, original: str) -> tuple[list[str], list[str]]:
    """Runs of more than four counting words, and runs that are long only by names and figures."""
    tokens = words(prose(sample))
    counts = free(tokens, [*NAMES, *labels(original)])
    bad: list[str] = []
    excused: list[str] = []
    for start, end in runs(tokens, words(prose(original))):
        (bad if sum(counts[start:end]) > LONGEST else excused).append(" ".join(tokens[start:end]))
    return bad, excused


def main(arguments: Sequence[str]) -> int:
    sample, original = (Path(argument).read_text(encoding="utf-8") for argument in arguments)
    bad, excused = borrowed(sample, original)
    for name, items in (("borrowed", bad), ("excused", excused)):
        sys.stdout.writelines(f"{name}: {item}\n" for item in items)
    sys.stdout.write(f"{len(bad)} runs borrowed, {len(excused)} runs are long only by names and figures\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
