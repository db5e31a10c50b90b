"""Sentences in many ways of speaking: what a release says is read, and what cannot be certain is left alone.

The sentences and the format stand in paraphrases.yaml. Two promises: nothing wrong is ever said (a figure that is
certain and names a concept must be one that the sentence states), and per family at least ``FLOORS`` sentences are
read whole. Floors only rise. ``python tests/prose/test_paraphrases.py [FAMILY]`` prints what is missing.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.ingest.resolve import read_report
from exporter.model import Observation, Period, Place, Taxonomy
from exporter.taxonomy import load

HERE = Path(__file__).resolve().parent
FAMILIES = ("level", "growth", "share", "margin", "range", "respectively", "count", "per_share", "date_event", "footnote")
#: Sentences with expectations that are read whole, by family.
FLOORS = {
    "level": 17, "growth": 15, "share": 9, "margin": 14, "range": 12,
    "respectively": 12, "count": 11, "per_share": 13, "date_event": 11, "footnote": 13,
}  # fmt: skip

_CONVENIENCE = ("fin:TranslationAxis", "fin:ConvenienceMember")
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


@dataclass(frozen=True, eq=False)
class Wanted:
    """A figure that a sentence states."""

    concept: str
    value: str
    unit: str
    period: str
    decimals: str
    more: dict[str, Any]

    def fits(self, seen: Observation, periods: dict[str, str], named: bool = True) -> bool:
        """Whether an observation is this figure, ``named``: with its concept."""
        said = {"bound": seen.bound, "scenario": seen.scenario}
        asked = {"bound": self.more.get("bound", ""), "scenario": self.more.get("scenario", "actual")}
        return (
            (not named or (seen.concept == self.concept and said == asked and seen.dimensions == self._dimensions()))
            and self._same_value(seen)
            and self.period in ("*", *_texts(seen.period, periods))
            and (self.unit == "date" or seen.unit == _measure(self.unit))
            and (not named or "qualifier" not in self.more or bool(seen.qualifier))
        )

    def _same_value(self, seen: Observation) -> bool:
        if self.unit == "date":
            return seen.kind == "date" and seen.text == self.value
        return seen.value == Decimal(self.value) and (not self.decimals or seen.decimals == int(self.decimals))

    def _dimensions(self) -> tuple[tuple[str, str], ...]:
        own = tuple(self.more.get("dimensions", {}).items())
        return tuple(sorted((*own, _CONVENIENCE) if self.unit.endswith("*") else own))


@dataclass(frozen=True, eq=False)
class Sentence:
    """An entry of the file."""

    family: str
    where: str
    lines: tuple[str, ...]
    expect: tuple[Wanted, ...]
    allow: tuple[Wanted, ...]
    refuse: tuple[str, ...]
    nameless: tuple[str, ...]
    trait: str

    def __str__(self) -> str:
        return f"{self.family}-{self.where}-{re.sub(r'[^A-Za-z0-9]+', '-', self.lines[0])[:60]}"


def _measure(unit: str) -> str:
    """``CNY/ADS*`` -> ``iso4217:CNY/fin:ADS``."""
    known = {"pure": "xbrli:pure", "shares": "xbrli:shares", "share": "xbrli:shares", "ADS": "fin:ADS"}
    parts = (known.get(part, part if ":" in part else f"iso4217:{part}") for part in unit.rstrip("*").split("/"))
    return "/".join(parts)


def _texts(period: Period | None, periods: dict[str, str]) -> tuple[str, ...]:
    """A period as it may be written in the file: in full, and by its names in the context."""
    if period is None:
        return ()
    full = f"{period.start}..{period.end}" if period.start else str(period.end)
    return (full, *(name for name, text in periods.items() if text == full))


def _wanted(entry: list[Any]) -> Wanted:
    more = entry[-1] if isinstance(entry[-1], dict) else {}
    plain = [str(part) for part in entry if not isinstance(part, dict)]
    concept, value, unit, period = plain[:4]
    return Wanted(concept, value, unit, period, plain[4] if len(plain) > 4 else "", more)


@cache
def _file(name: str = "paraphrases.yaml") -> dict[str, Any]:
    # BaseLoader: every scalar stays the text that is written, so that no figure passes through a float.
    return dict(yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader))


@cache
def sentences(name: str = "paraphrases.yaml") -> tuple[Sentence, ...]:
    """All entries of a file, in its order."""
    return tuple(
        Sentence(
            family=entry["family"],
            where=entry["in"],
            lines=tuple(entry["text"]) if isinstance(entry["text"], list) else (entry["text"],),
            expect=tuple(_wanted(each) for each in entry.get("expect", ())),
            allow=tuple(_wanted(each) for each in entry.get("allow", ())),
            refuse=tuple(entry.get("refuse", ())),
            nameless=tuple(entry.get("nameless", ())),
            trait=entry.get("trait", ""),
        )
        for entry in _file(name)["sentences"]
    )


@cache
def _taxonomy() -> Taxonomy:
    return load()


@cache
def read(sentence: Sentence) -> tuple[Observation, ...]:
    """What is read of a sentence inside a small release of its context."""
    context = _file()["contexts"][sentence.where]
    above = [context["head"], "", context["dateline"], ""]
    text = "\n".join([*above, *sentence.lines, "", context["table"]])
    report = read_report(text.encode("utf-8"), "release.txt", _taxonomy())
    own = range(len(above) + 1, len(above) + 1 + len(sentence.lines))
    return tuple(seen for seen in report.observations if seen.place.line in own)


def _periods(sentence: Sentence) -> dict[str, str]:
    return dict(_file()["contexts"][sentence.where]["periods"])


def _covers(seen: Observation, figure: str) -> bool:
    """Whether an observation is made of a figure that is written so."""
    return figure == seen.raw or figure in _DIGITS.findall(seen.raw) or figure in seen.raw.split()


def wrong(sentence: Sentence) -> list[str]:
    """What is said for certain and not stated by the sentence."""
    periods = _periods(sentence)
    left = [*sentence.expect, *sentence.allow]
    found: list[str] = []
    for seen in read(sentence):
        if not seen.certain:
            continue
        hit = next((each for each in left if each.fits(seen, periods)), None)
        if hit is not None:
            left.remove(hit)
            continue
        unnamed = seen.concept is None and (
            any(each.fits(seen, periods, named=False) for each in sentence.expect) or any(_covers(seen, each) for each in sentence.nameless)
        )
        if not unnamed:
            found.append(_shown(seen))
    return found


def missing(sentence: Sentence) -> list[Wanted]:
    """What the sentence states and nobody read."""
    periods = _periods(sentence)
    left = [seen for seen in read(sentence) if seen.certain]
    lost: list[Wanted] = []
    for each in sentence.expect:
        hit = next((seen for seen in left if each.fits(seen, periods)), None)
        if hit is None:
            lost.append(each)
        else:
            left.remove(hit)
    return lost


def _shown(seen: Observation) -> str:
    period = f"{seen.period.start or ''}..{seen.period.end}" if seen.period else "no period"
    more = " ".join(filter(None, (seen.bound, seen.scenario, seen.qualifier, *map("=".join, seen.dimensions))))
    return f"{seen.raw!r}: {seen.concept} {seen.text or seen.value} {seen.unit} {period} {seen.decimals} {more} {seen.reason}"


# --- the file -------------------------------------------------------------------------------------


def test_every_family_is_spoken_in_many_ways() -> None:
    counts = Counter(each.family for each in sentences())
    assert set(counts) == set(FAMILIES)
    assert min(counts.values()) >= 12, counts
    assert sum(bool(each.refuse or each.nameless) for each in sentences()) >= 20


def test_every_refusal_names_its_trait() -> None:
    refusals = [each for each in sentences() if each.refuse or each.nameless]
    assert all(each.trait for each in refusals)
    assert len({each.trait for each in refusals}) == len(refusals)
    assert {each.family for each in refusals} == set(FAMILIES)


def test_no_sentence_stands_twice() -> None:
    assert len({each.lines for each in sentences()}) == len(sentences())


@pytest.mark.parametrize(
    "word",
    ["US$", " $", "RMB", "€", "£", "million", "billion", "thousand", "bn", "mn", "亿元", "万元", "respectively", "分别", "pence"],
)
def test_every_way_of_writing_is_there(word: str) -> None:
    assert any(word in line for each in sentences() for line in each.lines)


def test_every_concept_member_and_unit_exists() -> None:
    taxonomy = _taxonomy()
    for each in (wanted for sentence in sentences() for wanted in (*sentence.expect, *sentence.allow)):
        concept = taxonomy.concepts[each.concept]
        assert (each.unit == "date") == (concept.type == "date"), each
        assert concept.type not in ("quantity",) or concept.unit == _measure(each.unit), each
        for axis, member in each.more.get("dimensions", {}).items():
            assert member in taxonomy.axes[axis].members
            assert each.concept in taxonomy.axes[axis].applies_to


@pytest.mark.parametrize("where", sorted(_file()["contexts"]))
def test_the_release_around_a_sentence_is_read(where: str) -> None:
    context = _file()["contexts"][where]
    text = "\n".join([context["head"], "", context["dateline"], "", context["table"]])
    report = read_report(text.encode("utf-8"), "release.txt", _taxonomy())
    cells = [seen for seen in report.observations if seen.place.table]
    assert cells
    assert all(seen.certain for seen in cells), [_shown(seen) for seen in cells]
    known = set(context["periods"].values())
    assert {_texts(seen.period, {})[0] for seen in cells} <= known
    assert report.document.filed_at


def test_the_comparison_is_strict() -> None:
    """A figure fits only with its concept, value, unit, period, decimals, scenario, bound and dimensions."""
    want = Wanted("fin:Revenues", "-1_500", "USD*", "Q", "-2", {"scenario": "guidance", "bound": "low", "qualifier": "about"})
    period = Period(date(2023, 6, 30), date(2023, 4, 1))
    right = Observation(
        place=Place(5, 1, 0, 1), raw="1.5", label="revenue", concept="fin:Revenues", period=period, unit="iso4217:USD",
        dimensions=(_CONVENIENCE,), printed=Decimal(1500), sign=-1, decimals=-2, bound="low", qualifier="some", scenario="guidance",
    )  # fmt: skip
    periods = {"Q": "2023-04-01..2023-06-30", "H": "2023-01-01..2023-06-30"}
    assert want.fits(right, periods)
    changes: list[dict[str, Any]] = [
        {"concept": None}, {"sign": 1}, {"unit": "iso4217:CNY"}, {"period": None}, {"period": Period(date(2023, 6, 30))}, {"decimals": -3},
        {"dimensions": ()}, {"bound": "high"}, {"scenario": "actual"}, {"qualifier": ""}, {"printed": Decimal(1501)},
    ]  # fmt: skip
    assert [change for change in changes if want.fits(right._replace(**change), periods)] == []
    assert want.fits(right._replace(concept=None, dimensions=(), bound=""), periods, named=False)


def test_every_figure_that_is_refused_is_written_so() -> None:
    for each in sentences():
        text = "\n".join(each.lines)
        for figure in (*each.refuse, *each.nameless):
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d])", text), (figure, text)


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", sentences(), ids=str)
def test_nothing_wrong_is_said(sentence: Sentence) -> None:
    assert wrong(sentence) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_understood(family: str) -> None:
    asked = [each for each in sentences() if each.family == family and each.expect]
    lost = {each.lines[0]: [str(one) for one in missing(each)] for each in asked if missing(each)}
    assert len(asked) - len(lost) >= FLOORS[family], lost


def _main(families: list[str]) -> None:
    """Prints, by sentence, what is wrong and what is missing; "holdout.yaml" among the families: of that file."""
    name = next((each for each in families if each.endswith(".yaml")), "paraphrases.yaml")
    families = [each for each in families if each != name]
    passed: Counter[str] = Counter()
    for each in sentences(name):
        if families and each.family not in families:
            continue
        bad, lost = wrong(each), missing(each)
        passed[each.family] += bool(each.expect and not lost)
        if bad or lost:
            print(f"\n[{each.family}, {each.where}] " + "\n".join(each.lines))
            for one in bad:
                print("  wrong  ", one)
            for want in lost:
                print("  missing", want.concept, want.value, want.unit, want.period, want.decimals, want.more or "")
            for seen in read(each):
                print("  seen   ", "certain" if seen.certain else "-", _shown(seen))
    for family in families or FAMILIES:
        print(family, passed[family], "of", sum(bool(each.expect) for each in sentences(name) if each.family == family))


if __name__ == "__main__":
    _main(sys.argv[1:])
