"""Choices in a written text (``[a|b|]``) written out, and folded."""

from __future__ import annotations

from itertools import pairwise

from exporter.taxonomy.nodes import File, Node
from exporter.taxonomy.tables import Build
from exporter.values import fold

_SPREAD_LIMIT = 500


def spelled(file: File, node: Node, what: str) -> list[str]:
    """The spellings of one written text, unfolded; ``[a|b|]`` in it stands for a, b or nothing."""
    written = file.text(node, what)
    try:
        return list(dict.fromkeys(" ".join(text.split()) for text in spread(written)))
    except ValueError as error:
        file.fail(node, f"{what} {written!r}: {error}", "write choices as [a|b]")


def folded(build: Build, file: File, node: Node, what: str) -> list[str]:
    """The folded spellings of one written text; ``[a|b|]`` in it stands for a, b or nothing."""
    written = file.text(node, what)
    try:
        spellings = spread(written)
    except ValueError as error:
        file.fail(node, f"{what} {written!r}: {error}", "write choices as [a|b]")
    found = list(dict.fromkeys(fold(text, build.folds) for text in spellings))
    if "" in found:
        file.fail(node, f"{what} {written!r} is empty once folded", "write a label with letters")
    return found


def spread(text: str) -> list[str]:
    """All spellings of a text with choices in it, which may be nested. Raises ValueError where brackets do not match."""
    start, end = text.find("["), text.find("]")
    if start < 0 and end < 0:
        return [text]
    depth, cuts = 0, [start]
    for place in range(start, len(text)) if 0 <= start < end else ():
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if depth == 0 or (depth == 1 and text[place] == "|"):
            cuts.append(place)
        if depth == 0:
            break
    if depth or len(cuts) < 3:
        raise ValueError("brackets do not match, or hold no choice")
    heads = [one for a, b in pairwise(cuts) for one in spread(text[a + 1 : b])]
    tails = spread(text[cuts[-1] + 1 :])
    if len(heads) * len(tails) > _SPREAD_LIMIT:
        raise ValueError(f"more than {_SPREAD_LIMIT} spellings")
    return [text[:start] + head + tail for head in heads for tail in tails]
