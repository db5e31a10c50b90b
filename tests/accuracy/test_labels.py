"""Figures of the other samples against labels made by hand: at most 1 in 200 wrong, 90% of the core cells read.

A label says what stands at a line and column. A figure of ours at that place with another value, unit
or period is wrong; one on the unresolved list is a miss, not a mistake.
"""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

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
DOCUMENTS = sorted(
    next(iter(RELEASES.glob(f"{path.stem}.*")), RELEASES / f"{path.stem}.html").name
    for path in (HERE / "labels").glob("*.csv")
    if not path.stem.endswith("-prose")
)

#: Share of the hand labels that must be read with certainty; a floor that only rises.
FLOORS = {
    **{"adobe-fy2023q1": 0.92, "amazon-2025q3": 0.96, "circle-2025q3": 0.86, "etsy-2025q3": 0.84, "ebay-2025q3": 0.99},
    "atour-2024q3-excerpt": 0.0,
}

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not RELEASES.is_dir(), reason="../shared/releases is absent")]


@cache
def report(name: str) -> Report:
    return read_report((RELEASES / name).read_bytes(), name, load(), ReadOptions())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def mistakes(label: dict[str, str], seen: Observation) -> list[str]:
    """What a certain figure says otherwise than its label."""
    out = []
    if seen.printed != Decimal(label["printed_value"]):
        out.append(f"value {seen.printed}")
    if label["decimals"] and seen.decimals != int(label["decimals"]):
        out.append(f"decimals {seen.decimals}")
    if label["unit"] in UNITS and seen.unit != UNITS[label["unit"]]:
        out.append(f"unit {seen.unit}")
    if label["period_type"] and seen.period is not None:
        start = seen.period.start.isoformat() if seen.period.start else ""
        if (start, seen.period.end.isoformat()) != (label["period_start"], label["period_end"]):
            out.append(f"period {start}..{seen.period.end}")
    return out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_hand_labels(name: str) -> None:
    found = {(o.place.line, o.place.column): o for o in report(name).observations}
    wrong, hits, missed = [], 0, []
    labels = rows(HERE / "labels" / f"{Path(name).stem}.csv")
    for label in labels:
        seen = found.get((int(label["line"]), int(label["column"])))
        if seen is None or not seen.certain:
            missed.append((label["line"], label["raw"], label["label"], seen.reason if seen else "not seen"))
            continue
        said = mistakes(label, seen)
        if said:
            wrong.append((label["line"], label["raw"], label["label"], *said))
        else:
            hits += 1
    assert not wrong, wrong
    assert hits >= FLOORS[Path(name).stem] * len(labels), missed
    assert all(why != "not seen" for *_, why in missed), missed


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if "excerpt" not in name])
def test_core_statements_are_covered(name: str) -> None:
    """At least 90% of the cells of the core statements stand in the occurrences."""
    wanted = sum(int(r["cells"]) for r in rows(HERE / "statement_cells.csv") if r["document"] == name and r["core"] == "yes")
    core = ("income_statement", "balance_sheet", "cash_flow", "comprehensive_income", "non_gaap")
    counts = Counter(o.statement for o in report(name).observations if o.certain)
    assert sum(counts[kind] for kind in core) >= 0.9 * wanted, (wanted, counts)


@pytest.mark.parametrize("name", ["abvc-fy2024-no-statements.html", "atour-2024q3-excerpt.html"])
def test_what_cannot_be_read_is_refused_by_name(name: str) -> None:
    """No statement, or no header: nothing is certain, and a finding says so."""
    made = report(name)
    assert not [o for o in made.observations if o.certain]
    assert "no-statements" in {issue.code for issue in made.findings}
    assert all(o.reason for o in made.observations)
