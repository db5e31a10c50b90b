"""The ledger: every numeric token has a class, and the count is the one that anybody else would make."""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.ingest.ledger import ledger_of
from exporter.ingest.nonfigures import NonFigures, _runs
from exporter.ingest.resolve import read_report
from exporter.model import LedgerEntry, Report, Taxonomy
from exporter.taxonomy import load

sys.path.insert(0, str(Path(__file__).parent / "accuracy"))

from releases import FOUNDING, SAMPLE, labelled, names

TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
RELEASES = Path(__file__).parents[1] / "../shared/releases"
RELEASE = """Tern Harbour Reports Second Quarter 2023 Results

TACOMA, Aug. 3, 2023 -- Tern Harbour Inc. (NYSE: TRNH) today announced results for the second quarter ended June 30, 2023.

Revenue^{*1} was $412.6 million, compared with $388.1 million a year ago. The gizmo index was 12.5 furlongs.

1 See https://example.com/a1b2 or write to ir7@example.com by 4:30 p.m.

Condensed Consolidated Statements of Operations
(in millions of U.S. dollars)

\tThree Months Ended June 30,
\t2023\t2022
Revenue\t412.6\t388.1
"""


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load()


def book(text: str, taxonomy: Taxonomy) -> tuple[Report, tuple[LedgerEntry, ...]]:
    made = read_report(text.encode(), "release.txt", taxonomy)
    return made, ledger_of(made, taxonomy)


def test_each_token_is_named(taxonomy: Taxonomy) -> None:
    made, entries = book(RELEASE, taxonomy)
    assert len(entries) == len(TOKEN.findall(RELEASE))
    assert [e.token for e in entries] == TOKEN.findall(RELEASE)
    assert [e.cls for e in entries if e.line == 5] == ["footnote_mark", "restatement", "restatement", "unresolved"]
    assert [e.cls for e in entries if e.line == 7] == ["footnote_number", "url", "url", "email", "clock_time", "clock_time"]
    assert [e.cls for e in entries if e.line > 10] == ["column_header"] * 3 + ["fact", "fact"]
    assert all(e.cls == "period" for e in entries if e.line < 5)
    facts = {e.line: made.fact_ids[e.observation] for e in entries if e.observation is not None and e.token == "412.6"}
    assert len(facts) == 2
    assert len(set(facts.values())) == 1


def test_what_is_unresolved_has_a_reason(taxonomy: Taxonomy) -> None:
    _, entries = book(RELEASE, taxonomy)
    assert [(e.token, bool(e.reason)) for e in entries if e.cls == "unresolved"] == [("12.5", True)]
    assert not [e for e in entries if e.reason and e.cls != "unresolved"]


@pytest.mark.parametrize("name", names())
def test_the_classes_are_those_of_the_truth(name: str, taxonomy: Taxonomy) -> None:
    path = FOUNDING if name == "founding" else SAMPLE
    made, entries = book(path.read_text(encoding="utf-8"), taxonomy)
    assert len(entries) == len(TOKEN.findall(made.document.text)) == {"founding": 897, "sample": 841}[name]
    named = {(int(row["line"]), int(row["char"])): row["class"] for row in labelled(name).excluded}
    classes = {(e.line, e.column): "figure" if e.cls in ("fact", "restatement") else e.cls for e in entries}
    assert {place: cls for place, cls in classes.items() if cls != named.get(place, "figure")} == {}


@pytest.mark.shared
@pytest.mark.skipif(not RELEASES.is_dir(), reason="../shared/releases is absent")
@pytest.mark.parametrize("name", ["adobe-fy2023q1.html", "amazon-2025q3.md", "circle-2025q3.md", "ebay-2025q3.md", "etsy-2025q3.md"])
def test_no_token_of_another_release_is_lost(name: str, taxonomy: Taxonomy) -> None:
    made = read_report((RELEASES / name).read_bytes(), name, taxonomy)
    entries = ledger_of(made, taxonomy)
    if not name.endswith(".html"):
        assert len(entries) == len(TOKEN.findall(made.document.text))
    counted = Counter(e.cls for e in entries)
    assert counted["fact"] == 0 or counted["fact"] > 100
    assert all(e.reason for e in entries if e.cls == "unresolved")
    assert {e.observation for e in entries if e.cls == "fact"} <= set(range(len(made.observations)))


@pytest.mark.parametrize("unit", ["1,234,", "1,234, (5) [6.7] ((", "12 ", "on May 5 and 6, 2023 "])
def test_the_text_that_is_searched_grows_with_the_text(unit: str) -> None:
    """Counted, not timed: the characters handed to each rule. Every token stands whole in one neighbourhood."""
    searched = []
    for size in (20_000, 40_000, 80_000):
        text = unit * (size // len(unit))
        tokens = [match.span() for match in TOKEN.finditer(text)]
        runs = list(_runs(text, tokens))
        assert [span for _, _, members in runs for span in members] == tokens
        assert all(low <= start and end <= high for low, high, members in runs for start, end in members)
        searched.append(sum(high - low for low, high, _ in runs))
        assert searched[-1] <= 3 * len(text)
    assert all(after <= 2.3 * before for before, after in pairwise(searched))


def test_a_rule_is_tried_only_where_its_words_stand_and_the_first_one_wins() -> None:
    rules = [("hour", r"\d+ O'CLOCK", ("o'clock",)), ("name", r"[A-Z]\w+ \d+", ()), ("all", r"\d+", ("never there",))]
    text = "Terminal 3 opens at 9 O'CLOCK for 12 days"
    spans = [match.span() for match in TOKEN.finditer(text)]
    assert NonFigures(rules).classes(text, spans) == ["name", "hour", ""]
    assert NonFigures(rules).classes(text, []) == []


@pytest.mark.parametrize("city", ["Izmir", "\u0130zmir"], ids=["as-long", "longer-in-small-letters"])
def test_capitals_count_only_where_a_rule_says_so(city: str) -> None:
    rules = [
        ("hour", r"(?i)\b\d+ o'clock", ()),
        ("page", r"(?im)^page \d+$", ()),
        ("name", r"(?i)[A-Z]\w+ hall \d+", ()),
        ("code", r"[A-Z] \d+", ()),
    ]
    text = f"{city} Opera HALL 3, from 9 O'Clock, zone C 4, zone c 5\nPAGE 6"
    spans = [match.span() for match in TOKEN.finditer(text)]
    assert NonFigures(rules).classes(text, spans) == ["name", "hour", "code", "", "page"]


def test_a_number_alone_in_a_paragraph_is_found_behind_the_table_before_it(taxonomy: Taxonomy) -> None:
    rows = "<tr><td></td><td>June 30, 2023</td></tr><tr><td>Revenue</td><td>5</td></tr>"
    page = f"<html><body><p>Results</p><table>{rows}</table><p>5</p></body></html>"
    made = read_report(page.encode(), "page.html", taxonomy)
    last = made.ledger[-1]
    assert (last.token, last.line, last.column) == ("5", 1, page.index("<p>5") + 4)
    assert made.ledger == ledger_of(made, taxonomy)
