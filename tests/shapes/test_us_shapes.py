"""Layouts of United States releases, in small documents about invented companies, against truth made by hand.

A truth row is a printed figure: its row label, the number of its logical column, the text as printed, and
what it means. Rows without a value are traps: the figure may stay open, and is not judged otherwise.
A certain figure with another value, unit, period or precision, or with another concept, is wrong.
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

HERE = Path(__file__).parent / "us"
DOCUMENTS = sorted(path.stem for path in HERE.glob("*.csv"))
UNITS = {"USD": "iso4217:USD", "USD/share": "iso4217:USD/xbrli:shares", "shares": "xbrli:shares", "pure": "xbrli:pure"}
FLOOR = Decimal("0.9")

Key = tuple[str, str]
Truth = dict[str, str]


@cache
def report(name: str) -> Report:
    path = next(path for path in HERE.glob(f"{name}.*") if path.suffix != ".csv")
    return read_report(path.read_bytes(), path.name, load())


def truths(name: str) -> list[Truth]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def key(label: str, raw: str) -> Key:
    return re.sub(r"\W+", " ", label).strip().lower(), re.sub(r"[^\d.]", "", raw)


def paired(name: str) -> list[tuple[Truth, Observation | None]]:
    """Truth with the figure read at its place: rows of one label and print pair in document order."""
    seen: dict[Key, list[Observation]] = defaultdict(list)
    for observation in report(name).observations:
        seen[key(observation.label, observation.raw)].append(observation)
    return [(truth, found.pop(0) if (found := seen[key(truth["label"], truth["raw"])]) else None) for truth in truths(name)]


def mistakes(truth: Truth, seen: Observation) -> list[str]:
    """What a certain figure says otherwise than the truth."""
    start = seen.period.start.isoformat() if seen.period and seen.period.start else ""
    end = seen.period.end.isoformat() if seen.period else ""
    out = []
    if seen.printed != Decimal(truth["value"]):
        out.append(f"value {seen.printed}")
    if seen.unit != UNITS[truth["unit"]]:
        out.append(f"unit {seen.unit}")
    if (start, end) != (truth["period_start"], truth["period_end"]):
        out.append(f"period {start}..{end}")
    if seen.decimals != int(truth["decimals"]):
        out.append(f"decimals {seen.decimals}")
    wanted = truth["concept"]
    if seen.concept and wanted and seen.concept != (None if wanted == "none" else wanted):
        out.append(f"concept {seen.concept}")
    return out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_certain_figure_is_wrong(name: str) -> None:
    wrong = [
        (truth["label"], truth["column"], truth["raw"], *said)
        for truth, seen in paired(name)
        if seen is not None and seen.certain and truth["value"] and (said := mistakes(truth, seen))
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_traps_are_left_open(name: str) -> None:
    """A figure that nothing certain can be said about is on the unresolved list."""
    sprung = [(truth["label"], truth["raw"], seen) for truth, seen in paired(name) if not truth["value"] and seen and seen.certain]
    assert not sprung, "\n".join(map(str, sprung))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_most_figures_are_certain(name: str) -> None:
    pairs = [(truth, seen) for truth, seen in paired(name) if truth["value"]]
    missed = [(t["label"], t["column"], t["raw"], s.reason if s else "not seen") for t, s in pairs if s is None or not s.certain]
    assert len(pairs) - len(missed) >= FLOOR * len(pairs), "\n".join(map(str, missed))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_figure_is_seen(name: str) -> None:
    """A figure may stay open, but none may be dropped."""
    assert not [(truth["label"], truth["raw"]) for truth, seen in paired(name) if seen is None]
