"""How much of what a release prints did the exporter read, and how much did it read wrongly?

Truth is a list of rows in the format of ``tests/truth/*-tables.csv`` and ``*-narrative.csv``; what was
read is a list of :class:`Found`, made from an ``occurrences.csv`` (:func:`found_in_csv`) or from a
report in memory (:func:`found_in_report`). Both sides are compared line by line: a truth row is *hit*
when a figure of its line has its value (sign as printed), its period and its unit; *wrong* is a figure
that no truth row asks for, or that has another period or unit; *missed* is a truth row without any figure.

usage: python tests/accuracy/score.py tables|prose TRUTH.csv OCCURRENCES.csv [--same SAME.csv] [--excluded EXCLUDED.csv]
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.model import Report

Row = Mapping[str, str]

#: Places of definition thresholds and of dates that only bound a period: neither required nor wrong.
NEUTRAL_REASONS = ("calendar: lodging deadline", "calendar: start or end", "calendar: period start/end")


@dataclass(frozen=True, slots=True)
class Found:
    """A figure that was read. ``value`` has the sign as printed, ``canonical`` that of its concept."""

    line: int | None
    value: Decimal | str | None
    start: str
    end: str
    unit: str
    decimals: str = ""
    fact_id: str = ""
    canonical: Decimal | None = None
    raw: str = ""
    table: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    """The counts; ``problems`` names each miss and each wrong figure, for people."""

    total: int
    hits: int
    missed: int
    wrong: int
    other_decimals: int
    other_signs: int
    split: int
    merged: int
    problems: tuple[str, ...] = ()

    @property
    def perfect(self) -> bool:
        return self.counts == (self.total, self.total, 0, 0, 0, 0, 0, 0)

    @property
    def counts(self) -> tuple[int, ...]:
        """Everything that can be compared between a document and its variant."""
        return (
            self.total,
            self.hits,
            self.missed,
            self.wrong,
            self.other_decimals,
            self.other_signs,
            self.split,
            self.merged,
        )

    def __str__(self) -> str:
        return (
            f"{self.hits}/{self.total} hit, {self.missed} missed, {self.wrong} wrong, "
            f"{self.other_decimals} with other decimals, {self.other_signs} with another sign; "
            f"facts: {self.split} split, {self.merged} merged"
        )


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as dictionaries."""
    with path.open(newline="", encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def unit_key(unit: str) -> str:
    """A unit of the truth ("CNY/ADS") and one of the output ("iso4217:CNY/fin:ADS") as one spelling.

    What is neither money nor shares nor ADSs is a count: which kind of count is judged by the concept.
    """
    if not unit:
        return "count"
    return "/".join(_measure(part) for part in unit.split("/"))


def _measure(part: str) -> str:
    prefix, _, name = part.rpartition(":")
    folded = name.lower().removesuffix("s") if name.lower() != "ads" else "ads"
    if folded in ("ads", "share"):
        return folded
    is_money = prefix == "iso4217" or (not prefix and len(name) == 3 and name.isupper())
    return name if is_money else "count"


def _aspects(row: Row) -> tuple[object, ...]:
    """What a truth row asks for: value, start, end, unit (a date has only its value)."""
    if row["unit"] == "date":
        return (row["value_text"], "date")
    start = row["period_start"] if row["period_type"] == "duration" else ""
    return (Decimal(row["value"]), start, row["period_end"], unit_key(row["unit"]))


def _read_aspects(figure: Found) -> tuple[object, ...]:
    if not isinstance(figure.value, Decimal):
        return (figure.value, "date")
    return (figure.value, figure.start, figure.end, unit_key(figure.unit))


def neutral_lines(excluded: Iterable[Row]) -> dict[int, str]:
    """From excluded tokens: lines where any other figure ("any") or any other date ("date") is left alone."""
    lines: dict[int, str] = {}
    for row in excluded:
        if row["class"] == "threshold":
            lines[int(row["line"])] = "any"
        elif row["reason"].startswith(NEUTRAL_REASONS):
            lines.setdefault(int(row["line"]), "date")
    return lines


def _pair(rows: Sequence[Row], figures: Sequence[Found]) -> tuple[list[tuple[Row, Found]], list[tuple[Row, Found]], list[Row], list[Found]]:
    """The figures of one line against its truth rows: hits, near (value only), missing rows, figures left over."""
    left = list(figures)
    hits, near, missing, unmet = [], [], [], []
    for row in rows:
        want = _aspects(row)
        match = next((figure for figure in left if _read_aspects(figure) == want), None)
        if match is None:
            unmet.append(row)
        else:
            left.remove(match)
            hits.append((row, match))
    for row in unmet:
        match = next((figure for figure in left if figure.value == _aspects(row)[0]), None)
        if match is None:
            missing.append(row)
        else:
            left.remove(match)
            near.append((row, match))
    return hits, near, missing, left


def score(truth: Sequence[Row], found: Iterable[Found], same: Iterable[Row] = (), neutral: Mapping[int, str] | None = None) -> Score:
    """Compare. ``same`` (line, col, fact, sign) says which cells are one fact and how its sign turns."""
    by_line: dict[int, tuple[list[Row], list[Found]]] = defaultdict(lambda: ([], []))
    for row in truth:
        by_line[int(row["line"])][0].append(row)
    problems, tally = [], Counter[str]()
    for figure in found:
        if figure.line is None:
            tally["wrong"] += 1
            problems.append(f"wrong: {figure.raw!r} has no line")
        else:
            by_line[figure.line][1].append(figure)
    pairs: list[tuple[Row, Found]] = []
    for line, (rows, figures) in sorted(by_line.items()):
        hits, near, missing, left = _pair(rows, figures)
        pairs += hits
        keep = (neutral or {}).get(line, "")
        left = [figure for figure in left if not (keep == "any" or (keep == "date" and not isinstance(figure.value, Decimal)))]
        tally["missed"] += len(missing)
        tally["wrong"] += len(near) + len(left)
        problems += [f"missed: line {line}: {row['raw']} ({row.get('label') or row.get('topic')})" for row in missing]
        problems += [f"wrong: line {line}: {figure.raw!r} is {_read_aspects(figure)}, not {_aspects(row)}" for row, figure in near]
        problems += [f"wrong: line {line}: {figure.raw!r} {_read_aspects(figure)} is not asked for" for figure in left]
    decimals = sum(bool(row["decimals"]) and row["decimals"] != figure.decimals for row, figure in pairs)
    signs, split, merged = _facts(pairs, same)
    return Score(len(truth), len(pairs), tally["missed"], tally["wrong"], decimals, signs, split, merged, tuple(problems))


def _facts(pairs: Iterable[tuple[Row, Found]], same: Iterable[Row]) -> tuple[int, int, int]:
    """Other signs, facts with several ids (or without one), ids with several facts."""
    groups = {(row["line"], row["col"]): row for row in same}
    ids_of: dict[str, set[str]] = defaultdict(set)
    facts_of: dict[str, set[str]] = defaultdict(set)
    signs = 0
    for row, figure in pairs:
        group = groups.get((row["line"], row.get("col", "")))
        if group is None:
            continue
        ids_of[group["fact"]].add(figure.fact_id)
        facts_of[figure.fact_id].add(group["fact"])
        if not isinstance(figure.value, Decimal) or figure.canonical != figure.value * int(group["sign"]):
            signs += 1
    split = sum(len(ids) > 1 or "" in ids for ids in ids_of.values())
    return signs, split, sum(len(facts) > 1 for facts in facts_of.values())


def found_in_csv(path: Path) -> list[Found]:
    """The rows of an ``occurrences.csv``. A row with a cell stands in a table."""
    figures = []
    for row in read_rows(path):
        printed = Decimal(row["printed_value"]) if row["printed_value"] else None
        figures.append(
            Found(
                line=int(row["line"]) if row["line"] else None,
                value=printed if printed is not None else row["value_text"] or row["value"] or None,
                start=row["period_start"],
                end=row["period_end"],
                unit=row["unit_id"],
                decimals=row["decimals"],
                fact_id=row["fact_id"],
                canonical=Decimal(row["value"]) if printed is not None and row["value"] else None,
                raw=row["raw"],
                table=bool(row["cell"]),
            )
        )
    return figures


def found_in_report(report: Report) -> list[Found]:
    """The observations of a report, as :func:`found_in_csv` would read them from its file."""
    figures = []
    for observation, fact_id in zip(report.observations, report.fact_ids, strict=True):
        period = observation.period
        figures.append(
            Found(
                line=observation.place.line,
                value=observation.printed if observation.printed is not None else observation.text,
                start=period.start.isoformat() if period and period.start else "",
                end=period.end.isoformat() if period else "",
                unit=observation.unit or "",
                decimals="" if observation.decimals is None else str(observation.decimals),
                fact_id=fact_id or "",
                canonical=observation.value,
                raw=observation.raw,
                table=observation.place.cell is not None,
            )
        )
    return figures


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Score an occurrences.csv against truth.")
    parser.add_argument("kind", choices=("tables", "prose"))
    parser.add_argument("truth", type=Path)
    parser.add_argument("occurrences", type=Path)
    parser.add_argument("--same", type=Path)
    parser.add_argument("--excluded", type=Path)
    given = parser.parse_args(arguments)
    found = [figure for figure in found_in_csv(given.occurrences) if figure.table == (given.kind == "tables")]
    neutral = neutral_lines(read_rows(given.excluded)) if given.excluded else {}
    result = score(read_rows(given.truth), found, read_rows(given.same) if given.same else (), neutral)
    sys.stdout.writelines(f"{problem}\n" for problem in result.problems[:80])
    sys.stdout.write(f"{result}\n")
    return 0 if result.perfect else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
