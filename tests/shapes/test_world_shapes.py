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
FLOORS: dict[str, float] = {
    "br-quarter-names.html": 0.0,  # "2Q24", and nothing tells when the fiscal year ends
}

#: How issuers say that a column is a translation for convenience: the wording, and the day of the rate.
TRANSLATIONS = {
    "Translations of RMB amounts into US$ were made at RMB7.2672 to US$1.00, the noon buying rate on June 28, 2024.": "2024-06-28",
    "RMB amounts are translated into U.S. dollars at the rate of US$1.00 = RMB7.2672 on June 28, 2024.": "2024-06-28",
    "Certain amounts were translated into US$ at US$1.00=RMB 7.2672 (June 28, 2024).": "2024-06-28",
    "Amounts were converted from Renminbi to U.S. dollars at Renminbi 7.2672 per US$1.00, as of June 28, 2024.": "2024-06-28",
    "For convenience, translations use 1 US dollar = 7.2672 RMB as of June 28, 2024.": "2024-06-28",
    "On June 28, 2024, the rate for translating RMB into US$ was RMB7.2672 against US$1.00.": "2024-06-28",
    "Figures in USD are translated with the exchange rate USD 1.00 : CNY 7.2672 of 28 June 2024.": "2024-06-28",
    "RMB is translated into US$ at US$0.1376 to RMB1.00, the rate of June 28, 2024.": "2024-06-28",
    "The conversion uses RMB7.2672 for one U.S. dollar on June 28, 2024.": "2024-06-28",
    "The translation was at the rate of 7.2672 RMB per US$1, being the June 28, 2024 rate.": "2024-06-28",
    "U.S. dollar figures are translated at the June 28, 2024 rate: RMB7.2672=US$1.00.": "2024-06-28",
    "Solely for convenience, RMB amounts were translated into US$ at the central parity rate of June 28, 2024.": "2024-06-28",
    "The US$ columns are translated at RMB7.2672 into US$1.0000.": "",
    "人民币按2024年6月28日1美元兑7.2672元人民币换算为美元。": "2024-06-28",
    "人民幣兌美元以人民幣7.2672元兌1.00美元換算,即2024年6月28日之匯率。": "2024-06-28",
    "为方便读者,按1.00美元兑人民币7.2672元换算(2024年6月28日)。": "2024-06-28",
}
TRANSLATED = """{wording}

Condensed Consolidated Balance Sheets
(In thousands)

\tDecember 31, 2023\tJune 30, 2024\tJune 30, 2024
\tRMB\tRMB\tUS$
Total assets\t1,204\t1,330\t183
Total liabilities\t402\t488\t67
"""

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


@pytest.mark.parametrize("wording", TRANSLATIONS)
def test_translation_wordings(wording: str) -> None:
    made = read_report(TRANSLATED.format(wording=wording).encode(), "release.txt", load()).observations
    figures = [o for o in made if o.place.table is not None]
    assert [o.certain for o in figures] == [True] * 6
    assert {o.unit for o in figures if CONVENIENCE in o.dimensions} == {"iso4217:USD"}
    assert sum(CONVENIENCE in o.dimensions for o in figures) == 2
    assert {o.rate_date.isoformat() if o.rate_date else "" for o in figures if o.dimensions} == {TRANSLATIONS[wording]}


def test_without_a_translation_dollars_are_dollars() -> None:
    text = TRANSLATED.format(wording="A group from Hong Kong that reports in US$ and sells in RMB.").encode()
    assert not [o for o in read_report(text, "release.txt", load()).observations if o.dimensions]
