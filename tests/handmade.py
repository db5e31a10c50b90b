"""Reports and a taxonomy by hand, for what stands below ingest: the store and the formats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from exporter.errors import Issue
from exporter.identity import fact_id, series_id
from exporter.model import (
    Alias,
    Aspects,
    Axis,
    Column,
    Concept,
    DocumentInfo,
    Entity,
    Fact,
    ItemType,
    Line,
    Network,
    Observation,
    Period,
    PeriodType,
    Place,
    PrintedTable,
    Report,
    Row,
    Section,
    Taxonomy,
)

QUARTER = Period(date(2023, 6, 30), date(2023, 4, 1))
CLOSE = Period(date(2023, 6, 30))
TRANSLATION = (("fin:TranslationAxis", "fin:ConvenienceMember"),)
ENTITY = Entity(
    "cik:0000000042", "Lantern & Harbour <Holdings>", ("Lantern", "the Company"), {"cik": "0000000042", "nyse": "LNHB"},
    "us-gaap", (12, 31), "CNY", Decimal(2),
)  # fmt: skip

#: What a hostile document may print as a label, a title or a name.
NASTY = (
    "=HYPERLINK(\"http://x\",\"y\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\tindented", "\r=1", "'=quoted", "''-twice",
    "＝1+1", "a,b\"c\"", "line\nbreak", "CR\rLF\r\n", "nul\x00bell\x07esc\x1b", "<script>alert(1)</script>", "]]>&amp;<!ENTITY x>",
    "../../etc/passwd", "C:\\con", "营业收入，净额", "\u202etxet", "😀\ufffe\uffff", "' OR 1=1; DROP TABLE fact; --", "{{7*7}}", " ", "",
)  # fmt: skip


def _concept(name: str, kind: ItemType = "monetary", period: PeriodType = "duration", **more: Any) -> Concept:
    local = name.partition(":")[2]
    return Concept(name, kind, period, {("en", "standard"): f"Standard {local}", ("zh", "standard"): f"项目{local}"}, "In words.", **more)


def _axis(name: str, *members: str) -> Axis:
    return Axis(f"fin:{name}Axis", {"en": name, "zh": name}, {f"fin:{m}Member": {"en": m, "zh": m} for m in members})


def taxonomy(hash_: str = "hand-made-1") -> Taxonomy:
    concepts = [
        _concept("fin:Revenues", balance="credit", maps_to={"us-gaap": "Revenues", "ifrs-full": "Revenue"}, aliases=(Alias("revenues"),)),
        _concept("fin:Costs", balance="debit"),
        _concept("fin:Cash", period="instant", balance="debit", maps_to={"ifrs-full": "CashAndCashEquivalents"}),
        _concept("fin:EarningsPerAds", "perUnit", unit="fin:ADS"),
        _concept("fin:Shares", "shares", "instant"),
        _concept("fin:Margin", "percent"),
        _concept("fin:Auditor", "text"),
        _concept("fin:PaymentDate", "date"),
    ]
    axes = [
        _axis("Translation", "Convenience"),
        _axis("Range", "Low", "High"),
        _axis("Scenario", "Guidance", "PreviousGuidance"),
    ]
    lines = (Line("fin:Revenues"), Line("fin:Costs", 1))
    return Taxonomy(
        hash=hash_,
        prefixes={"fin": "https://example.org/fin/2026"},
        concepts={each.id: each for each in concepts},
        sections={"top": Section("top", "income_statement", aliases=("top",))},
        networks={
            "income": Network("income", "income_statement", {"en": "Income", "zh": "利润"}, lines, {"fin:Revenues": (("fin:Costs", -1),)})
        },
        axes={each.id: each for each in axes},
        units={"fin:ADS": {"en": "ADS", "zh": "存托股"}},
        entities={ENTITY.id: ENTITY},
        lexicon={"months": {"june": 6, "list": ["a", ("b",)]}, "$odd": 1},
    )


def figure(concept: str | None, printed: str | None, **more: Any) -> Observation:
    """An observation at a place of its own (``line``), with the usual unit and period."""
    line = more.pop("line", 1)
    place = more.pop("place", Place(line, 9, line * 100, line * 100 + 5, 1, line, 1))
    number = None if printed is None else Decimal(printed)
    usual: dict[str, Any] = {"raw": printed or "", "label": f"Line {line}", "statement": "income_statement", "decimals": -3}
    usual |= {"period": QUARTER, "unit": "iso4217:CNY", "section": ("Top", "Inner, part")}
    return Observation(place, concept=concept, printed=number, **(usual | more))


def figures() -> list[Observation]:
    """One of each kind that a release can print."""
    return [
        figure("fin:Revenues", "3914316000", line=1),
        figure("fin:Revenues", "3914316000", line=2, label="Again, elsewhere"),
        figure("fin:Revenues", "539807000", line=3, unit="iso4217:USD", dimensions=TRANSLATION, rate_date=date(2023, 6, 30)),
        figure("fin:Costs", "-12000", line=4, sign=-1, raw="(12)"),
        figure("fin:Cash", "7165584000.50", line=5, period=CLOSE, statement="balance_sheet", place=Place(5, 1, 7, 9)),
        figure("fin:EarningsPerAds", "3.40", line=6, unit="iso4217:CNY/fin:ADS", decimals=2, raw="3.40"),
        figure("fin:Margin", "0.290", line=7, unit="xbrli:pure", decimals=3, raw="29.0%", basis="non_gaap"),
        figure("fin:Shares", "0.12345678951", line=8, unit="xbrli:shares", period=CLOSE, decimals=11),
        figure("fin:Costs", "99999999999999999999999999999999999", line=9, qualifier="about; up to", bound="max", decimals=None),
        figure("fin:Auditor", None, line=10, kind="text", text="Somebody LLP", unit="", decimals=None),
        figure("fin:PaymentDate", None, line=11, kind="date", text="2023-09-22", unit="", decimals=None, raw="September 22, 2023"),
        figure("fin:Revenues", None, line=12, kind="range", low=Decimal("1e9"), high=None, scenario="guidance", decimals=-6),
        figure(None, "77000", line=13, reason="no alias", candidates=("fin:Cash", "fin:Costs"), raw="77"),
        figure(None, "-5", line=14, period=None, unit=None, reason="no unit", raw="-5"),
        figure("fin:Costs", "0", line=15, raw="—", period=Period(date(2023, 6, 30), date(2023, 1, 1))),
    ]


def report(
    observations: Iterable[Observation] | None = None, *, source: str = "source", document_id: str = "sample",
    extractor: str = "1", taxonomy_hash: str = "hand-made-1", text: str = "One\r\nTwo \u5e74\n", **more: Any,
) -> Report:  # fmt: skip
    """A report as ingest makes it: facts folded from the observations, one table that shows them all."""
    sha = hashlib.sha256(source.encode()).hexdigest()
    info = DocumentInfo(
        sha[:32], document_id, "text/plain", "utf-8", sha, text, more.pop("filed_at", "2023-08-15"), "dateline", extractor, taxonomy_hash
    )
    entity: Entity = more.pop("entity", ENTITY)
    shown = tuple(figures() if observations is None else observations)
    ids, facts = fold(info.key, entity, shown)
    rows = tuple(
        Row(n + 1, o.place.line, o.label, n % 3, o.concept, (n, None), {2: "—"} if n % 2 else {}) for n, o in enumerate(shown)
    )  # fmt: skip
    columns = (Column(1, ("2023", "RMB"), QUARTER, "CNY"), Column(2, ("2022", "RMB")))
    table = PrintedTable(
        1,
        1,
        "income_statement",
        "Statements of operations",
        "in thousands",
        columns,
        (*rows, Row(99, 99, "Heading", 0, None, (None, None))),
    )
    findings = (Issue("sum-off", "a sum is off", "3:9"), Issue("no-filing-date", "none", "", "info"))
    made = Report(info, entity, QUARTER, shown, ids, facts, (table,), findings)
    return replace(made, **more) if more else made


def fold(key: str, entity: Entity, observations: tuple[Observation, ...]) -> tuple[tuple[str | None, ...], tuple[Fact, ...]]:
    """Facts of observations; the figures here never disagree, so the first one counts."""
    ids: list[str | None] = []
    facts: dict[str, Fact] = {}
    for o in observations:
        if o.concept is None or o.period is None or o.unit is None:
            ids.append(None)
            continue
        aspects = Aspects(entity.id, o.concept, o.period, o.unit, o.dimensions, o.kind, o.basis, o.scenario, o.rate_date)
        series = series_id(aspects)
        name = fact_id(key, series, value=o.value, low=o.low, high=o.high, text=o.text, decimals=o.decimals)
        ids.append(name)
        if name in facts:
            facts[name] = facts[name]._replace(occurrences=facts[name].occurrences + 1)
            continue
        facts[name] = Fact(
            name, series, aspects, o.label, o.statement, o.place, o.value, o.low, o.high, o.text, o.decimals,
            approximate=bool(o.qualifier),
        )  # fmt: skip
    return tuple(ids), tuple(facts.values())
