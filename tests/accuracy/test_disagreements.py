"""The relations of the founding release: every disagreement that it prints is found, and nothing else fails.

``founding-disagreements.csv`` was made apart from the engine, with fractions over the truth files: family, line, data
column (empty in prose), the printed text, and why the figure does not agree. Entries in prose, and the rate itself,
are read by the reader of prose; until it reads the rate, the rate is put in by hand here.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from releases import FOUNDING, SAMPLE, labelled

from exporter.checks import check, counts
from exporter.ingest.join import join
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import CheckResult, Observation, Period, Place, Report, Taxonomy
from exporter.taxonomy import load

LISTED = Path(__file__).with_name("founding-disagreements.csv")
RATE = "fin:ConvenienceTranslationRate"


def listed() -> list[dict[str, str]]:
    with LISTED.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def taxonomy() -> Taxonomy:
    return load()


@cache
def read(path: Path) -> Report:
    """The release, with the rate of its prose."""
    report = read_report(path.read_bytes(), path.name, taxonomy(), ReadOptions("release", "", ""))
    if any(fact.aspects.concept == RATE for fact in report.facts):
        return report
    label = "translation rate"
    rate = Observation(
        Place(1, 1, 0, 0), "7.2513", label, concept=RATE, period=Period(report.period.end) if report.period else None,
        unit="iso4217:CNY/iso4217:USD", printed=Decimal("7.2513"), decimals=4,
    )  # fmt: skip
    return joined(report, [*report.observations, rate])


def joined(report: Report, observations: list[Observation]) -> Report:
    made, ids, facts, _ = join(observations, report.entity.id, report.document.key)
    return replace(report, observations=tuple(made), fact_ids=ids, facts=facts)


@cache
def results(path: Path) -> tuple[CheckResult, ...]:
    return tuple(check(read(path), taxonomy()))


def cells(report: Report) -> dict[str, tuple[str, str, str]]:
    """Line, data column and printed text by place; the column is empty in prose."""
    return {
        o.place.locator: (str(o.place.line), str(o.place.cell) if o.place.table is not None and o.place.cell else "", o.raw)
        for o in report.observations
    }


def prose_is_read(report: Report) -> bool:
    return any(o.place.table is None and o.concept != RATE for o in report.observations)


@pytest.mark.shared
def test_every_disagreement_is_found_and_nothing_else_fails() -> None:
    report = read(FOUNDING)
    where = cells(report)
    wanted = {(row["family"], row["line"], row["cell"]) for row in listed() if row["cell"] or prose_is_read(report)}
    found = {(r.family, *where[r.inputs[-1]][:2]) for r in results(FOUNDING) if r.verdict == "fails"}
    assert wanted - found == set(), "disagreements that are not found"
    assert found - wanted == set(), "agreeing figures that are reported"


@pytest.mark.shared
def test_each_disagreement_has_its_reason() -> None:
    report = read(FOUNDING)
    where = cells(report)
    reasons = {(r.family, *where[r.inputs[-1]][:2]): r.reason for r in results(FOUNDING) if r.verdict == "fails"}
    for row in listed():
        key = (row["family"], row["line"], row["cell"])
        if key not in reasons:
            continue
        told = {"the full value": "double rounding", "rest of a sum": "sum of rounded rows"}
        word = next((said for start, said in told.items() if row["reason"].startswith(start)), row["reason"])
        assert word in reasons[key], (row, reasons[key])


@pytest.mark.shared
def test_the_sample_disagrees_where_the_founding_release_does() -> None:
    def shown(path: Path) -> Counter[tuple[str, str]]:
        where = cells(read(path))
        return Counter((r.family, where[r.inputs[-1]][2]) for r in results(path) if r.verdict == "fails" and where[r.inputs[-1]][1])

    assert shown(SAMPLE) == shown(FOUNDING)


def test_several_hundred_relations_are_tested() -> None:
    found = counts(results(SAMPLE))
    assert found["exact"] >= 190
    assert found["exact"] + found["within_rounding"] >= 330
    assert found["not_checkable"] <= 20
    families = {result.family for result in results(SAMPLE)}
    assert families >= {"sum", "identity", "roll_forward", "restatement", "translation", "per_share", "ads_ratio", "margin", "bridge"}


def test_every_us_dollar_print_of_the_tables_is_translated() -> None:
    printed = {(row["line"], row["col"]) for row in labelled("sample").tables if row["unit"].startswith("USD")}
    where = cells(read(SAMPLE))
    tested = {where[r.inputs[-1]][:2] for r in results(SAMPLE) if r.family == "translation" and r.verdict != "not_checkable"}
    assert printed - tested == set()


def test_a_raised_total_is_found() -> None:
    """Each printed total of the statements in turn, raised by more than rounding allows, makes a relation fail."""
    report = read(SAMPLE)
    known = {r.inputs[-1] for r in results(SAMPLE) if r.family in ("sum", "bridge") and r.verdict in ("exact", "within_rounding")}
    numbers = [n for n, o in enumerate(report.observations) if o.place.locator in known]
    assert len(numbers) >= 90
    for number in numbers[::3]:  # a third of them: each takes a new join
        old = report.observations[number]
        again = [n for n, o in enumerate(report.observations) if (o.concept, o.period, o.unit) == (old.concept, old.period, old.unit)]
        step = Decimal(40).scaleb(-(old.decimals or 0))
        figures = list(report.observations)
        for n in again:
            printed = figures[n].printed
            figures[n] = figures[n]._replace(printed=printed + step * figures[n].sign if printed is not None else None)
        before = {r.check_id for r in results(SAMPLE) if r.verdict == "fails"}
        failing = [r for r in check(joined(report, figures), taxonomy()) if r.verdict == "fails" and r.check_id not in before]
        assert any(old.place.locator in r.inputs for r in failing), old


@pytest.mark.shared
@pytest.mark.parametrize("name", ["adobe-fy2023q1.html", "amazon-2025q3.md", "circle-2025q3.md", "etsy-2025q3.md"])
def test_other_releases_are_not_accused(name: str) -> None:
    """None of these prints a statement that does not add up: whatever fails there would be a wrong rule or a wrong reading."""
    report = read_report((FOUNDING.parent / name).read_bytes(), name, taxonomy(), ReadOptions("release", "", ""))
    found = check(report, taxonomy())
    tables = {o.place.locator for o in report.observations if o.place.table is not None}
    assert [r for r in found if r.verdict == "fails" and set(r.inputs) <= tables] == []
    assert sum(r.verdict in ("exact", "within_rounding") for r in found) >= 40
