"""Eight quarters of an invented issuer, release by release, with what each of them prints. Nobody's figures.

The truth in test_series.py is worked out by hand from this table; amounts in CNY thousand unless a line says otherwise.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from handmade import ENTITY, TRANSLATION, figure, report

from exporter.model import Entity, Observation, Period, Report, Taxonomy
from exporter.store import FactStore
from exporter.taxonomy import load

CNY, USD = "iso4217:CNY", "iso4217:USD"
YEARS = (2022, 2023)
ENDS = {"Q1": (3, 31), "Q2": (6, 30), "Q3": (9, 30), "Q4": (12, 31), "H1": (6, 30), "9M": (9, 30), "FY": (12, 31)}
STARTS = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10, "H1": 1, "9M": 1, "FY": 1}

taxonomy = cache(load)


def period(label: str) -> Period:
    """``2023Q2``; ``@2022-12-31`` is an instant."""
    if label.startswith("@"):
        return Period(date.fromisoformat(label[1:]))
    year, name = int(label[:4]), label[4:]
    return Period(date(year, *ENDS[name]), date(year, STARTS[name], 1))


#: Document, filing date, and its lines: concept, period, printed text, decimals.
RELEASES: tuple[tuple[str, str, tuple[tuple[str, str, str, int], ...]], ...] = (
    ("lhh-2022q1", "2022-05-20", (
        ("fin:Revenues", "2022Q1", "100000000", -3), ("fin:NetIncome", "2022Q1", "10000000", -3),
        ("fin:NetCashProvidedByOperatingActivities", "2022Q1", "5000000", -3), ("fin:EarningsPerAdsDiluted", "2022Q1", "1.00", 2),
    )),
    ("lhh-2022q2", "2022-08-19", (
        ("fin:Revenues", "2022Q2", "110000000", -3), ("fin:Revenues", "2022H1", "210000000", -3),
        ("fin:Revenues", "2022Q1", "100000000", -5),  # the quarter before, in millions with one place: confirms
        ("fin:NetIncome", "2022Q2", "11000000", -3), ("fin:NetIncome", "2022H1", "21000000", -3),
        ("fin:NetCashProvidedByOperatingActivities", "2022H1", "12000000", -3),  # no quarter is printed
        ("fin:EarningsPerAdsDiluted", "2022Q2", "1.10", 2), ("fin:Assets", "@2022-06-30", "500000000", -3),
    )),
    ("lhh-2022q3", "2022-11-18", (
        ("fin:Revenues", "2022Q3", "120000000", -3), ("fin:Revenues", "20229M", "330000000", -3),
        ("fin:NetIncome", "2022Q3", "12000000", -3), ("fin:NetIncome", "20229M", "33000000", -3),
        ("fin:EarningsPerAdsDiluted", "2022Q3", "1.20", 2), ("fin:EarningsPerAdsDiluted", "20229M", "3.30", 2),
    )),
    ("lhh-2022q4", "2023-03-10", (
        ("fin:Revenues", "2022FY", "470000000", -3), ("fin:NetIncome", "2022FY", "46000000", -3),
        ("fin:EarningsPerAdsDiluted", "2022FY", "4.60", 2), ("fin:Assets", "@2022-12-31", "550000000", -3),
    )),
    ("lhh-2023q1", "2023-05-19", (
        ("fin:Revenues", "2023Q1", "130000000", -5), ("fin:Revenues", "2022Q1", "100000000", -3),
        ("fin:NetIncome", "2023Q1", "13000000", -3), ("fin:EarningsPerAdsDiluted", "2023Q1", "1.30", 2),
    )),
    ("lhh-2023q2", "2023-08-21", (
        ("fin:Revenues", "2023Q2", "150000000", -3), ("fin:Revenues", "2023H1", "280042000", -3),
        ("fin:Revenues", "2023Q1", "130042000", -3),  # 130.0 million, more finely
        ("fin:Revenues", "2022Q2", "105000000", -3), ("fin:Revenues", "2022H1", "205000000", -3),  # restated
        ("fin:NetIncome", "2023Q2", "15000000", -3), ("fin:NetIncome", "2023H1", "28000000", -3),
        ("fin:EarningsPerAdsDiluted", "2023Q2", "1.50", 2), ("fin:Assets", "@2023-06-30", "600000000", -3),
        ("fin:Assets", "@2022-12-31", "550000000", -3),
    )),
    ("lhh-2023q3", "2023-11-17", (
        ("fin:Revenues", "2023Q3", "160000000", -3), ("fin:Revenues", "20239M", "440042000", -3),
        ("fin:Revenues", "2022Q3", "120000000", -3), ("fin:Revenues", "20229M", "325000000", -3),  # the nine months restated
        ("fin:NetIncome", "2023Q3", "16000000", -3), ("fin:NetIncome", "20239M", "44000000", -3),
    )),
    ("lhh-2023q4", "2024-03-12", (
        ("fin:Revenues", "2023FY", "620042000", -3), ("fin:Revenues", "2022FY", "470000000", -3),  # the year stands as it was
        ("fin:NetIncome", "2023FY", "62000000", -3), ("fin:NetIncome", "2022FY", "45000000", -3),  # restated; its nine months are not
        ("fin:Assets", "@2023-12-31", "650000000", -3), ("fin:Assets", "@2022-12-31", "550000000", -3),
    )),
)  # fmt: skip

#: One half-year in dollars, at the rate of two days: neither restates the other.
TRANSLATED = (("lhh-2023q2", "38620000", date(2023, 6, 30)), ("lhh-2023q3", "38380000", date(2023, 9, 30)))
STATEMENT = {"fin:Assets": "balance_sheet", "fin:NetCashProvidedByOperatingActivities": "cash_flow"}
UNIT = {"fin:EarningsPerAdsDiluted": "iso4217:CNY/fin:ADS"}


def line(number: int, concept: str, when: str, printed: str, decimals: int, **more: Any) -> Observation:
    """One printed figure."""
    raw = format(Decimal(printed).scaleb(min(decimals, 0)), "f") if decimals < 0 else printed
    usual: dict[str, Any] = {"unit": UNIT.get(concept, CNY), "statement": STATEMENT.get(concept, "income_statement"), "raw": raw}
    return figure(concept, printed, line=number, period=period(when), decimals=decimals, **(usual | {"label": concept[4:]} | more))


def releases(entity: Entity = ENTITY, prefix: str = "") -> list[Report]:
    """All eight, read with the built-in taxonomy."""
    made = []
    for name, filed, lines in RELEASES:
        figures = [line(10 + at, *one) for at, one in enumerate(lines)]
        for at, (where, printed, day) in enumerate(TRANSLATED):
            if where == name:
                figures.append(line(90 + at, "fin:Revenues", "2023H1", printed, -3, unit=USD, dimensions=TRANSLATION, rate_date=day))
        made.append(release(prefix + name, filed, figures, entity))
    return made


def release(name: str, filed: str, figures: list[Observation], entity: Entity = ENTITY) -> Report:
    """A report of some figures."""
    return report(figures, source=name, document_id=name, filed_at=filed, entity=entity, taxonomy_hash=taxonomy().hash)


def store(path: Path, *reports: Report, known: Taxonomy | None = None) -> Path:
    """A store of some reports (the eight, where none is given)."""
    with FactStore.open(path) as facts:
        facts.write(reports or releases(), known or taxonomy())
    return path
