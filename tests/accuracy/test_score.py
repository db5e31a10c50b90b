"""The scorer: what it counts, and that it counts what the scorer beside the truth files counts."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from releases import SHARED, labelled
from score import Found, Row, found_in_csv, score, unit_key

UNITS = {"share": "xbrli:shares", "shares": "xbrli:shares", "ADS": "fin:ADS", "pure": "xbrli:pure"}


def output_unit(unit: str) -> str:
    return "/".join(UNITS.get(part, f"iso4217:{part}") for part in unit.split("/"))


def oracle(rows: tuple[Row, ...], same: tuple[Row, ...]) -> list[Found]:
    """What an exporter without a fault would read."""
    groups = {(row["line"], row["col"]): row for row in same}
    figures = []
    for row in rows:
        group, value = groups[row["line"], row["col"]], Decimal(row["value"])
        start = row["period_start"] if row["period_type"] == "duration" else ""
        figures.append(
            Found(
                int(row["line"]), value, start, row["period_end"], output_unit(row["unit"]), row["decimals"],
                group["fact"], value * int(group["sign"]), row["raw"],
            )
        )  # fmt: skip
    return figures


def changed(index: int, **new: object) -> Callable[[list[Found]], list[Found]]:
    return lambda figures: [replace(figure, **new) if i == index else figure for i, figure in enumerate(figures)]  # type: ignore[arg-type]


#: What goes wrong with the first figures of the balance sheet, and the counts that must show it:
#: hits (of 484), missed, wrong, other decimals, other signs, split, merged.
FAULTS: dict[str, tuple[Callable[[list[Found]], list[Found]], tuple[int, ...]]] = {
    "none": (lambda figures: figures, (484, 0, 0, 0, 0, 0, 0)),
    "a figure is missing": (lambda figures: figures[1:], (483, 1, 0, 0, 0, 0, 0)),
    "a figure too many": (lambda figures: [*figures, replace(figures[0], value=Decimal(77))], (484, 0, 1, 0, 0, 0, 0)),
    "a figure twice": (lambda figures: [*figures, figures[0]], (484, 0, 1, 0, 0, 0, 0)),
    "another value": (changed(0, value=Decimal(1)), (483, 1, 1, 0, 0, 0, 0)),
    "another period": (changed(0, end="2021-12-31"), (483, 0, 1, 0, 0, 0, 0)),
    "another unit": (changed(0, unit="iso4217:USD"), (483, 0, 1, 0, 0, 0, 0)),
    "other decimals": (changed(0, decimals="-6"), (484, 0, 0, 1, 0, 0, 0)),
    "another sign": (changed(0, canonical=Decimal(-7165584000)), (484, 0, 0, 0, 1, 0, 0)),
    "no fact": (changed(0, fact_id=""), (484, 0, 0, 0, 0, 1, 0)),
    "two facts in one": (changed(0, fact_id="2"), (484, 0, 0, 0, 0, 0, 1)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_counted_as_what_it_is(fault: str) -> None:
    sample, (change, counts) = labelled("sample"), FAULTS[fault]
    result = score(sample.tables, change(oracle(sample.tables, sample.same)), sample.same)
    assert result.counts == (484, *counts)
    assert result.perfect == (fault == "none")


def test_one_fact_under_two_ids_is_split() -> None:
    sample = labelled("sample")
    shared_fact = next(row["fact"] for row in sample.same if sum(row["fact"] == other["fact"] for other in sample.same) > 1)
    figures = oracle(sample.tables, sample.same)
    first = next(i for i, figure in enumerate(figures) if figure.fact_id == shared_fact)
    assert score(sample.tables, changed(first, fact_id="alone")(figures), sample.same).split == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        ("CNY/ADS", "iso4217:CNY/fin:ADS", True),
        ("CNY/share", "iso4217:CNY/xbrli:shares", True),
        ("shares", "xbrli:shares", True),
        ("users", "fin:Customer", True),
        ("pure", "xbrli:pure", True),
        ("CNY/USD", "iso4217:CNY/iso4217:USD", True),
        ("CNY", "iso4217:HKD", False),
        ("ADS", "xbrli:shares", False),
        ("CNY/ADS", "iso4217:CNY/xbrli:shares", False),
        ("CNY", "", False),
    ],
)
def test_units_are_compared_by_what_they_measure(ours: str, theirs: str, equal: bool) -> None:
    assert (unit_key(ours) == unit_key(theirs)) is equal


def test_a_threshold_and_a_boundary_date_may_be_read_or_not() -> None:
    sample = labelled("sample")
    threshold = next(int(row["line"]) for row in sample.excluded if row["class"] == "threshold")
    boundary = next(int(row["line"]) for row in sample.excluded if row["reason"].startswith("calendar: start or end"))
    extra = [Found(threshold, Decimal(180), "", "", "utr:Day", table=False), Found(boundary, "2023-08-18", "", "", "", table=False)]
    assert score([], extra, neutral=sample.neutral).wrong == 0
    assert score([], extra).wrong == 2


COLUMNS = ("line", "cell", "raw", "fact_id", "period_start", "period_end", "unit_id", "value", "value_text", "printed_value", "decimals")


@pytest.mark.shared
@pytest.mark.parametrize("fault", FAULTS)
def test_the_scorer_beside_the_truth_counts_the_same(fault: str, tmp_path: Path) -> None:
    founding, (change, _) = labelled("founding"), FAULTS[fault]
    figures = change(oracle(founding.tables, founding.same))
    path = tmp_path / "occurrences.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(COLUMNS)
        writer.writerows(
            (f.line, 1, f.raw, f.fact_id, f.start, f.end, f.unit, f.canonical, "", f.value, f.decimals) for f in figures
        )  # fmt: skip
    truth = SHARED / "truth"
    arguments = [truth / "score.py", "tables", truth / "tables.csv", path, truth / "same.csv"]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    theirs = [int(number) for number in re.findall(r"\d+", done.stdout.splitlines()[-1])]  # hits/total, missed, wrong, ...
    ours = score(founding.tables, found_in_csv(path), founding.same)
    assert [theirs[1], theirs[0], *theirs[2:]] == list(ours.counts)
