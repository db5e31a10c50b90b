"""Prose, scored against the hand-made truth: the founding release, the sample, and 30 hand labels for each of four others."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from releases import FOUNDING, SAMPLE, labelled, names
from score import found_in_report, score

from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Observation, Report
from exporter.taxonomy import load

HERE = Path(__file__).parent
RELEASES = HERE.parents[1] / ".." / "shared" / "releases"
UNITS = {
    "USD": "iso4217:USD",
    "CNY": "iso4217:CNY",
    "USD/share": "iso4217:USD/xbrli:shares",
    "shares": "xbrli:shares",
    "pure": "xbrli:pure",
}

#: Labels that must be read with certainty; a floor that only rises.
FLOORS = {"adobe-fy2023q1.html": 12, "amazon-2025q3.md": 15, "circle-2025q3.md": 9, "etsy-2025q3.md": 7}
#: Of the 200 prose figures of the sample, those that are read when they are told in another voice; only rises.
SECOND_VOICE = 194


@cache
def report(path: Path) -> Report:
    return read_report(path.read_bytes(), path.name, load(), ReadOptions())


@pytest.mark.parametrize("name", names())
def test_every_prose_figure_is_read_and_nothing_else(name: str) -> None:
    release = labelled(name)
    made = report(FOUNDING if name == "founding" else SAMPLE)
    certain = [figure for figure, seen in zip(found_in_report(made), made.observations, strict=True) if seen.certain and not figure.table]
    result = score(release.prose, certain, (), release.neutral)
    assert result.perfect, result.problems
    assert not [seen.raw for seen in made.observations if not seen.certain]


def test_another_voice_says_the_same() -> None:
    """The sample's prose in other words (tests/truth/second-voice.tsv): nothing wrong, and the floor of what is read."""
    release = labelled("sample")
    lines = release.text.split("\n")
    for entry in (HERE.parent / "truth" / "second-voice.tsv").read_text(encoding="utf-8").splitlines():
        number, _, text = entry.partition("\t")
        if not entry.startswith("#"):
            lines[int(number) - 1] = text
    made = read_report("\n".join(lines).encode(), "second-voice.txt", load(), ReadOptions())
    seen = zip(found_in_report(made), made.observations, strict=True)
    result = score(release.prose, [figure for figure, o in seen if o.certain and not figure.table], (), release.neutral)
    assert (result.wrong, result.other_decimals, result.other_signs) == (0, 0, 0), result.problems
    assert result.hits >= SECOND_VOICE, result.problems


@pytest.mark.parametrize("name", names())
def test_prose_makes_facts_of_its_own_and_restates_those_of_the_tables(name: str) -> None:
    made = report(FOUNDING if name == "founding" else SAMPLE)
    assert all(made.fact_ids), [o.raw for o, fact in zip(made.observations, made.fact_ids, strict=True) if fact is None]
    in_tables = {fact for fact, seen in zip(made.fact_ids, made.observations, strict=True) if seen.place.table is not None}
    in_prose = [fact for fact, seen in zip(made.fact_ids, made.observations, strict=True) if seen.place.table is None]
    assert len(in_tables) == 441
    assert sum(fact in in_tables for fact in in_prose) == 111
    assert not [issue for issue in made.findings if issue.code == "prints-disagree"]


@pytest.mark.shared
@pytest.mark.skipif(not RELEASES.is_dir(), reason="../shared/releases is absent")
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_hand_labels_of_prose(name: str) -> None:
    """A figure of ours at the place of a label has its value, unit and period; one that is open is no mistake."""
    seen = {(o.place.line, o.place.column): o for o in report(RELEASES / name).observations if o.place.table is None and o.certain}
    with (HERE / "labels" / f"{Path(name).stem}-prose.csv").open(encoding="utf-8", newline="") as handle:
        labels = list(csv.DictReader(handle))
    met = [(label, o) for label in labels if (o := seen.get((int(label["line"]), int(label["column"])))) is not None]
    wrong = [(label["line"], label["raw"], label["topic"], said) for label, o in met if (said := _mistake(label, o))]
    assert not wrong
    assert len(met) >= FLOORS[name]


def _mistake(label: dict[str, str], seen: Observation) -> str:
    if seen.value != Decimal(label["value"]):
        return f"value {seen.value}"
    if label["decimals"] and seen.decimals != int(label["decimals"]):
        return f"decimals {seen.decimals}"
    if label["unit"] in UNITS and seen.unit != UNITS[label["unit"]]:
        return f"unit {seen.unit}"
    period = seen.period
    said = (period.start.isoformat() if period.start else "", period.end.isoformat()) if period else ("", "")
    return f"period {said}" if label["period_type"] and said != (label["period_start"], label["period_end"]) else ""
