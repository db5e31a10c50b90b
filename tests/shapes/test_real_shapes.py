"""Releases in the shapes in which they reach us (EDGAR HTML of several makers, converted markdown, tabs, text aligned
by blanks): invented companies and figures, truth made by hand before the reader saw them.

A truth row is a printed figure in document order: row label, logical column, print, and what it means. Rows without
a value are traps: nothing certain may be said of them. The concept "none": a certain figure may not be named.
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

REAL = Path(__file__).parent / "real"
DOCUMENTS = sorted(path.name for path in REAL.iterdir() if path.suffix != ".csv")
CONVENIENCE = ("fin:TranslationAxis", "fin:ConvenienceMember")

#: The share of the figures that must be certain, and of the named ones that must have their name; they only rise.
FLOOR = 0.9
NAMED = 0.9
#: Headers whose spans do not add up: nothing is read from them; columns of adjustments in money and in per cent.
FLOORS = {"misaligned-headers.html": 0.0, "misaligned-changes.html": 0.0, "nongaap-adjustment-columns.html": 0.8}

Key = tuple[str, str]
Truth = dict[str, str]


@cache
def report(name: str) -> Report:
    return read_report((REAL / name).read_bytes(), name, load())


def key(label: str, raw: str) -> Key:
    return re.sub(r"\W+", " ", label).strip().lower(), re.sub(r"[^\d.]", "", raw)


def paired(name: str) -> list[tuple[Truth, Observation | None]]:
    """Truth with the figure read at its place: rows of one label and print pair in document order."""
    seen: dict[Key, list[Observation]] = defaultdict(list)
    for made in report(name).observations:
        if made.place.table is not None:
            seen[key(made.label, made.raw)].append(made)
    with (REAL / name).with_suffix(".csv").open(encoding="utf-8", newline="") as handle:
        truths = list(csv.DictReader(handle))
    return [(truth, found.pop(0) if (found := seen[key(truth["label"], truth["raw"])]) else None) for truth in truths]


def mistakes(truth: Truth, made: Observation) -> list[str]:
    """What a certain figure says otherwise than the truth."""
    if not truth["value"]:
        return [f"{made.printed} {made.unit} {made.period}, where the print leaves it open"]
    period = made.period
    start, end = (period.start.isoformat() if period.start else "", period.end.isoformat()) if period else ("", "")
    wanted = None if truth["concept"] == "none" else truth["concept"] or made.concept
    said = [
        ("value", made.printed, Decimal(truth["value"])),
        ("unit", made.unit, truth["unit"]),
        ("decimals", made.decimals, int(truth["decimals"])),
        ("period", (start, end), (truth["period_start"], truth["period_end"])),
        ("translated", CONVENIENCE in made.dimensions, truth["convenience"] == "y"),
        ("scenario", made.scenario, truth["scenario"] or "actual"),
        ("bound", made.bound, truth["bound"]),
        ("concept", made.concept, wanted if made.concept else None),
    ]
    return [f"{what} {ours}, not {theirs}" for what, ours, theirs in said if ours != theirs]


def compare(name: str) -> tuple[list[str], list[str], list[str], int, int]:
    """Wrong figures, missed ones, ones without their name; how many are right, and how many have their name."""
    wrong: list[str] = []
    missed: list[str] = []
    unnamed: list[str] = []
    right = named = 0
    for truth, made in paired(name):
        at = f"{truth['label']!r} {truth['column']} {truth['raw']}"
        if made is None or not made.certain:
            if truth["value"]:
                missed.append(f"{at}: {made.reason if made else 'not seen'}")
        elif said := mistakes(truth, made):
            wrong.append(f"{at}: {'; '.join(said)}")
        else:
            right += 1
            named += bool(made.concept and truth["concept"])
            if truth["concept"] not in ("", "none") and not made.concept:
                unnamed.append(f"{at}: {truth['concept']}: {made.reason}")
    return wrong, missed, unnamed, right, named


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_certain_figure_is_wrong(name: str) -> None:
    wrong, *_ = compare(name)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_most_figures_are_certain_and_named(name: str) -> None:
    _, missed, unnamed, right, named = compare(name)
    assert right >= FLOORS.get(name, FLOOR) * (right + len(missed)), "\n".join(missed)
    assert named >= NAMED * (named + len(unnamed)), "\n".join(unnamed)
