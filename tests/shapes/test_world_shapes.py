"""Shapes of tables from outside the United States: invented companies and figures, truth made by hand.

Each `world/NAME.*` has its `NAME.csv`: one row a printed figure, in document order. A row without a value
must stay open (the print does not tell enough). No figure may be read with certainty and wrong.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from exporter.ingest.resolve import read_report
from exporter.model import Observation, Report
from exporter.taxonomy import load

WORLD = Path(__file__).parent / "world"
DOCUMENTS = sorted(path.name for path in WORLD.iterdir() if path.suffix != ".csv")
REFUSED = [name for name in DOCUMENTS if name.startswith("refused-")]
CONVENIENCE = ("fin:TranslationAxis", "fin:ConvenienceMember")

#: The share of the figures that must be certain, where the print is clear; it only rises.
FLOOR = 0.9
FLOORS: dict[str, float] = {}

Key = tuple[str, str]
Truth = dict[str, str]


@cache
def report(name: str) -> Report:
    return read_report((WORLD / name).read_bytes(), name, load())


def key(label: str, raw: str) -> Key:
    return " ".join(label.split()), re.sub(r"[^\d.,'()\-]", "", raw.replace("\u2013", "-")).removesuffix(")").lstrip("(")


def truths(name: str) -> dict[Key, list[Truth]]:
    found: dict[Key, list[Truth]] = defaultdict(list)
    with (WORLD / name).with_suffix(".csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found[key(row["label"], row["raw"])].append(row)
    return found


def seen(name: str) -> dict[Key, list[Observation]]:
    found: dict[Key, list[Observation]] = defaultdict(list)
    for made in report(name).observations:
        if made.place.table is not None:
            found[key(made.label, made.raw)].append(made)
    return found


def mistakes(truth: Truth, made: Observation) -> list[str]:
    """What a certain figure says otherwise than the truth."""
    if not truth["value"]:
        return [f"{made.printed} {made.unit} {made.period}, where the print leaves it open"]
    period = made.period
    start, end = (period.start.isoformat() if period.start else "", period.end.isoformat()) if period else ("", "")
    said = [
        ("value", made.printed, Decimal(truth["value"])),
        ("unit", made.unit, truth["unit"]),
        ("decimals", made.decimals, int(truth["decimals"])),
        ("period", (start, end), (truth["period_start"], truth["period_end"])),
        ("translated", CONVENIENCE in made.dimensions, truth["convenience"] == "y"),
        ("concept", made.concept or truth["concept_or_empty"], truth["concept_or_empty"] or made.concept or ""),
    ]
    return [f"{what} {ours}, not {theirs}" for what, ours, theirs in said if ours != theirs]


def compare(name: str) -> tuple[list[str], list[str], list[str], int]:
    """Wrong figures, missed ones, ones without their concept, and how many are right."""
    wrong: list[str] = []
    missed: list[str] = []
    unnamed: list[str] = []
    right = 0
    found = seen(name)
    for at, rows in truths(name).items():
        ours = found.pop(at, [])
        for index, truth in enumerate(rows):
            made = ours[index] if index < len(ours) else None
            if made is None or not made.certain:
                if truth["value"]:
                    missed.append(f"{at}: {made.reason if made else 'not seen'}")
            elif said := mistakes(truth, made):
                wrong.append(f"{at}: {'; '.join(said)}")
            else:
                right += 1
                if truth["concept_or_empty"] and not made.concept:
                    unnamed.append(f"{at}: {truth['concept_or_empty']}: {made.reason}")
        wrong.extend(f"{at}: certain once too often" for made in ours[len(rows) :] if made.certain)
    wrong.extend(f"{at}: no such figure" for at, ours in found.items() for made in ours if made.certain)
    return wrong, missed, unnamed, right


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in REFUSED])
def test_shape(name: str) -> None:
    wrong, missed, unnamed, right = compare(name)
    assert not wrong, wrong
    assert right >= FLOORS.get(name, FLOOR) * (right + len(missed)), missed
    assert not unnamed, unnamed


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_print_does_not_tell_is_refused(name: str) -> None:
    made = report(name)
    assert not [o for o in made.observations if o.certain]
    assert all(o.reason for o in made.observations)
    assert "no-statements" in {issue.code for issue in made.findings}


def test_every_document_has_its_truth() -> None:
    assert {path.stem for path in WORLD.glob("*.csv")} == {Path(name).stem for name in DOCUMENTS}
