"""Sentences that nobody mended one by one: what is read of them is what may be expected of a release that we have not seen."""

from __future__ import annotations

from collections import Counter

import pytest
from test_paraphrases import FAMILIES, Sentence, missing, sentences, wrong

HOLDOUT = sentences("holdout.yaml")
#: Sentences with expectations that are read whole, by family; they only rise.
FLOORS = {
    "level": 8, "growth": 7, "share": 3, "margin": 6, "range": 6,
    "respectively": 5, "count": 5, "per_share": 6, "date_event": 3, "footnote": 4,
}  # fmt: skip


def test_every_family_is_there_with_its_refusals() -> None:
    assert set(Counter(each.family for each in HOLDOUT)) == set(FAMILIES)
    assert len(HOLDOUT) >= 60
    refusals = [each for each in HOLDOUT if each.refuse]
    assert len(refusals) >= 15
    assert len({each.trait for each in refusals}) == len(refusals)
    assert not {each.lines for each in HOLDOUT} & {each.lines for each in sentences()}


@pytest.mark.parametrize("sentence", HOLDOUT, ids=str)
def test_nothing_wrong_is_said(sentence: Sentence) -> None:
    assert wrong(sentence) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_understood(family: str) -> None:
    asked = [each for each in HOLDOUT if each.family == family and each.expect]
    lost = {each.lines[0]: [str(one) for one in missing(each)] for each in asked if missing(each)}
    assert len(asked) - len(lost) >= FLOORS[family], lost


@pytest.mark.parametrize("word", ["US$", "RMB", "€", "£", "EUR", "million", "billion", "thousand", "bn", "mn", "亿元", "万元", "pence"])
def test_every_way_of_writing_is_read(word: str) -> None:
    """At least two figures in sentences that are written so are read."""
    told = [each for each in (*sentences(), *HOLDOUT) if each.expect and any(word in line for line in each.lines)]
    assert sum(len(each.expect) for each in told if not missing(each)) >= 2
