"""The XBRL output: by hand-made reports, and before Arelle as the outside judge.

Arelle runs in process, offline, with Calculations 1.1 (round to nearest), the Units Registry and duplicate checks
on. It is an honest judge only because it rejects the broken files at the end of the first half.
"""

from __future__ import annotations

import gc
import re
import shutil
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import exporter
from exporter.errors import FormatError
from exporter.formats import xbrl
from exporter.model import (
    Aspects,
    Axis,
    Concept,
    DocumentInfo,
    Entity,
    Fact,
    ItemType,
    Line,
    Network,
    Period,
    PeriodType,
    Place,
    Report,
    Taxonomy,
)
from exporter.taxonomy import load
from exporter.xbrl import dts, linkbases, names

CALC_2003 = "http://www.xbrl.org/2003/arcrole/summation-item"
QUARTER = Period(date(2023, 6, 30), date(2023, 4, 1))
BEFORE = Period(date(2022, 6, 30), date(2022, 4, 1))
CLOSE = Period(date(2023, 6, 30))
USD = (("fin:TranslationAxis", "fin:ConvenienceMember"),)


# --- a taxonomy and a report by hand ------------------------------------------------------------------


def concept(name: str, kind: ItemType = "monetary", period: PeriodType = "duration", **more: Any) -> Concept:
    local = name.partition(":")[2]
    labels = {("en", "standard"): local, ("zh", "standard"): f"项目{local}", **more.pop("labels", {})}
    return Concept(name, kind, period, labels, more.pop("definition", f"What {local} means & <why>."), **more)


def axis(name: str, **members: str) -> Axis:
    return Axis(f"fin:{name}", {"en": name, "zh": f"轴{name}"}, {f"fin:{m}": {"en": en, "zh": f"员{m}"} for m, en in members.items()})


def small_taxonomy() -> Taxonomy:
    concepts = [
        concept(
            "fin:Revenues",
            balance="credit",
            labels={("en", "total"): "Total revenues"},
            maps_to={"us-gaap": "Revenues", "ifrs-full": "Revenue"},
        ),
        concept("lend:CreditFees", balance="credit"),
        concept("lend:PlatformFees", balance="credit"),
        concept("fin:Costs", balance="debit", labels={("en", "negated"): "Costs (negative)"}),
        concept("fin:Tax", balance="debit"),
        concept("fin:OtherItems", balance="credit"),
        concept("fin:NetIncome", balance="credit", labels={("en", "total"): "Net income, total"}),
        concept("fin:Cash", period="instant", balance="debit", labels={("en", "periodStart"): "At start", ("en", "periodEnd"): "At end"}),
        concept("fin:EarningsPerShare", "perShare"),
        concept("fin:EarningsPerAds", "perUnit", unit="fin:ADS"),
        concept("fin:Shares", "shares", "instant"),
        concept("lend:LoanCount", "quantity", unit="lend:Loan"),
        concept("lend:Tenor", "quantity", unit="utr:Month"),
        concept("fin:Margin", "percent"),
        concept("fin:Multiple", "pure"),
        concept("fin:Auditor", "text"),
        concept("fin:PaymentDate", "date"),
    ]
    lines = (
        Line("fin:Revenues", 0, "total"),
        Line("lend:CreditFees", 1),
        Line("lend:PlatformFees", 1),
        Line("fin:Revenues", 1, "total"),  # printed again under its own heading: may not close a circle
        Line("fin:Costs", 0, "negated"),
        Line("fin:NetIncome", 0, "total"),
    )
    sums = {
        "fin:Revenues": (("lend:CreditFees", 1), ("lend:PlatformFees", 1)),
        "fin:NetIncome": (("fin:Revenues", 1), ("fin:Costs", -1), ("fin:Tax", -1), ("fin:OtherItems", 1)),
    }
    cash = (Line("fin:Cash", 0, "periodStart"), Line("fin:NetIncome"), Line("fin:Cash", 0, "periodEnd"))
    networks = [
        Network("income-statement", "income_statement", {"en": "Income statement", "zh": "利润表"}, lines, sums),
        Network("cash-flow", "cash_flow", {"en": "Cash flow & more", "zh": "现金流量表"}, cash, {}),
    ]
    axes = [
        axis("TranslationAxis", ConvenienceMember="Convenience translation"),
        axis("RangeAxis", LowMember="Low", HighMember="High"),
        axis("ScenarioAxis", GuidanceMember="Guidance", PreviousGuidanceMember="Previous guidance"),
    ]
    return Taxonomy(
        hash="hand-made",
        prefixes={"lend": "https://example.org/lend/2026", "fin": "https://example.org/fin/2026"},
        concepts={each.id: each for each in concepts},
        sections={},
        networks={each.id: each for each in networks},
        axes={each.id: each for each in axes},
        units={"fin:ADS": {"en": "ADS"}, "lend:Loan": {"en": "Loan"}},
        entities={},
        lexicon={},
    )


def fact(name: str, value: str | None = None, unit: str = "iso4217:CNY", period: Period = QUARTER, **more: Any) -> Fact:
    aspects = Aspects(
        ENTITY.id, name, period, unit, more.pop("dimensions", ()), more.pop("kind", "numeric"), scenario=more.pop("scenario", "actual")
    )
    number = None if value is None else Decimal(value)
    return Fact("", "", aspects, name, "income_statement", Place(1, 1, 0, 1), value=number, **more)


def report_of(facts: Iterable[Fact], entity: Entity | None = None) -> Report:
    numbered = tuple(each._replace(fact_id=f"{n:032x}") for n, each in enumerate(facts, start=1))
    document = DocumentInfo("0" * 32, "sample", "text/plain", "utf-8", "0" * 64, "")
    return Report(document, entity or ENTITY, QUARTER, (), (), numbered, (), ())


ENTITY = Entity("cik:0000000042", "A & B <Holdings>")


def income(period: Period, figures: str, unit: str = "iso4217:CNY", **more: Any) -> list[Fact]:
    order = ("fin:Revenues", "lend:CreditFees", "lend:PlatformFees", "fin:Costs", "fin:Tax", "fin:OtherItems", "fin:NetIncome")
    return [fact(n, f"{v}000", unit, period, decimals=-3, **more) for n, v in zip(order, figures.split(), strict=True)]


def small_facts() -> list[Fact]:
    return [
        *income(QUARTER, "100 60 40 30 10 5 65"),
        *income(QUARTER, "14 8 5 4 1 1 9", "iso4217:USD", dimensions=USD),  # rounded: the parts are one short
        *income(BEFORE, "90 50 40 20 -10 1 81"),
        fact("fin:Cash", "7165584000", period=CLOSE, decimals=-3),
        fact("fin:Cash", "6000000000", period=Period(date(2023, 3, 31)), decimals=-3),
        fact("fin:EarningsPerShare", "3.40", "iso4217:CNY/xbrli:shares", decimals=2),
        fact("fin:EarningsPerAds", "6.80", "iso4217:CNY/fin:ADS", decimals=2),
        fact("fin:Shares", "318000000", "xbrli:shares", CLOSE, decimals=0),
        fact("lend:LoanCount", "27", "lend:Loan", decimals=0),
        fact("lend:Tenor", "12.06", "utr:Month", decimals=2),
        fact("fin:Margin", "0.290", "xbrli:pure", decimals=3),
        fact("fin:Multiple", "2.5", "xbrli:pure", decimals=None),
        fact("fin:Auditor", unit="", text="]]> \x00\x0b Smith & <Sons>\r\n \ud800 审计", kind="text"),
        fact("fin:PaymentDate", unit="", text="2023-09-22", kind="date"),
        fact("fin:Tax", period=CLOSE_YEAR, nil=True),
        fact("fin:Auditor", unit="", period=CLOSE_YEAR, nil=True, kind="text"),
        fact("fin:Revenues", period=CLOSE_YEAR, low=Decimal(450), high=Decimal(520), decimals=0, kind="range", scenario="guidance"),
        fact("fin:Revenues", period=CLOSE_YEAR, low=None, high=Decimal(500), decimals=0, kind="range", scenario="previous_guidance"),
        fact("fin:Revenues", "480", period=CLOSE_YEAR, decimals=0),
    ]


CLOSE_YEAR = Period(date(2023, 12, 31), date(2023, 1, 1))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the hand-made report."""
    out = tmp_path_factory.mktemp("xbrl") / "sample"
    xbrl.export(report_of(small_facts()), small_taxonomy(), out, {})
    return out


# --- the judge ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    level: str
    code: str
    text: str


def arelle(path: Path, calcs: str = "c11r", **more: Any) -> list[Message]:
    """What Arelle has to say above INFO. ``run()`` returns True for invalid files too: only messages count."""
    from arelle.api.Session import Session
    from arelle.logging.handlers.StructuredMessageLogHandler import StructuredMessageLogHandler
    from arelle.RuntimeOptions import RuntimeOptions

    handler = StructuredMessageLogHandler()
    options = RuntimeOptions(
        entrypointFile=str(path),
        workOffline=True,
        disablePersistentConfig=True,
        validate=True,
        calcs=calcs,
        utrValidate=True,
        validateDuplicateFacts="inconsistent",
        **more,
    )
    with warnings.catch_warnings():  # Arelle leaves the zip open; that is its affair
        warnings.simplefilter("ignore", ResourceWarning)
        with Session() as session:
            session.run(options, logHandler=handler)
        gc.collect()
    assert handler.messages, "Arelle said nothing at all: it did not run"
    return [Message(m["levelname"], m["messageCode"], str(m["msg"])) for m in handler.messages if m["levelname"] not in ("INFO", "DEBUG")]


judge = pytest.mark.judge


# --- without a judge ----------------------------------------------------------------------------------


def test_same_input_same_bytes(made: Path, tmp_path: Path) -> None:
    dts._cache.clear()
    written = xbrl.export(report_of(small_facts()), small_taxonomy(), tmp_path, {})
    assert written[0] == tmp_path / "sample.xbrl"
    assert {path.relative_to(tmp_path): path.read_bytes() for path in written} == {
        path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()
    }


def test_the_order_of_mappings_does_not_matter() -> None:
    def turned(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(reversed(mapping.items()))

    taxonomy = small_taxonomy()
    concepts = {key: replace(each, labels=turned(each.labels), maps_to=turned(each.maps_to)) for key, each in taxonomy.concepts.items()}
    axes = {key: replace(each, labels=turned(each.labels), members=turned(each.members)) for key, each in taxonomy.axes.items()}
    networks = {key: replace(each, calculation=turned(each.calculation)) for key, each in taxonomy.networks.items()}
    other = replace(taxonomy, prefixes=turned(taxonomy.prefixes), concepts=turned(concepts), axes=turned(axes), networks=turned(networks))
    expected = dts.build(taxonomy)
    dts._cache.clear()
    assert dts.build(other) == expected
    assert xbrl.render(report_of(small_facts()), other) == xbrl.render(report_of(small_facts()), taxonomy)


def test_the_package_holds_the_unpacked_files(made: Path) -> None:
    with zipfile.ZipFile(made / "taxonomy.zip") as package:
        packed = {name: package.read(name) for name in package.namelist()}
    assert packed == {path.relative_to(made).as_posix(): path.read_bytes() for path in (made / "taxonomy").rglob("*") if path.is_file()}


def test_the_taxonomy_is_built_once_per_hash() -> None:
    assert dts.build(small_taxonomy()) is dts.build(small_taxonomy())
    assert dts.build(replace(small_taxonomy(), hash="other")) is not dts.build(small_taxonomy())


def test_text_instance_equals_the_one_that_lxml_writes(made: Path) -> None:
    """The fast writer against a slow one that shares none of its text: equal in canonical XML."""
    ours = etree.fromstring((made / "sample.xbrl").read_bytes())
    assert etree.tostring(ours, method="c14n2", strip_text=False) == etree.tostring(by_lxml(report_of(small_facts())), method="c14n2")


SPACES = {
    "xbrli": "http://www.xbrl.org/2003/instance",
    "link": "http://www.xbrl.org/2003/linkbase",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xbrldi": "http://xbrl.org/2006/xbrldi",
    "iso4217": "http://www.xbrl.org/2003/iso4217",
    "utr": "http://www.xbrl.org/2009/utr",
    "fin": "https://example.org/fin/2026",
    "lend": "https://example.org/lend/2026",
}


def add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, q(name), attributes)
    element.text = text
    element.tail = "\n" if parent.getparent() is None else None
    return element


def q(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{SPACES[prefix]}}}{local}"


def by_lxml(report: Report) -> etree._Element:
    root = etree.Element(q("xbrli:xbrl"), nsmap=SPACES)
    root.text = "\n"
    reference = add(root, "link:schemaRef")
    reference.set(q("xlink:type"), "simple")
    reference.set(q("xlink:href"), "taxonomy/report.xsd")
    rows = [row for each in report.facts for row in rows_of(each)]
    for name, period, pairs in dict.fromkeys((row.context, row.period, row.pairs) for row in rows):
        add_context(root, name, period, pairs)
    for unit in dict.fromkeys(row.unit for row in rows if row.unit):
        add_unit(root, unit)
    for row in rows:
        element = add(root, row.name, row.text, id=row.id, contextRef=row.context)
        if row.unit:
            element.set("unitRef", names.unit_id(row.unit))
        if row.text is None:
            element.set(q("xsi:nil"), "true")
        elif row.unit:
            element.set("decimals", row.decimals)
    return root


def add_context(root: etree._Element, name: str, period: Period, pairs: tuple[tuple[str, str], ...]) -> None:
    context = add(root, "xbrli:context", id=name)
    add(add(context, "xbrli:entity"), "xbrli:identifier", "0000000042", scheme="http://www.sec.gov/CIK")
    when = add(context, "xbrli:period")
    if period.start is None:
        add(when, "xbrli:instant", period.end.isoformat())
    else:
        add(when, "xbrli:startDate", period.start.isoformat())
        add(when, "xbrli:endDate", period.end.isoformat())
    if pairs:
        scenario = add(context, "xbrli:scenario")
        for axis_id, member in pairs:
            add(scenario, "xbrldi:explicitMember", member, dimension=axis_id)


def add_unit(root: etree._Element, unit: str) -> None:
    element = add(root, "xbrli:unit", id=names.unit_id(unit))
    above, _, below = unit.partition("/")
    if below:
        divide = add(element, "xbrli:divide")
        add(add(divide, "xbrli:unitNumerator"), "xbrli:measure", above)
        add(add(divide, "xbrli:unitDenominator"), "xbrli:measure", below)
    else:
        add(element, "xbrli:measure", above)


@dataclass(frozen=True)
class Row:
    id: str
    name: str
    context: str
    period: Period
    pairs: tuple[tuple[str, str], ...]
    unit: str
    decimals: str
    text: str | None


def rows_of(each: Fact) -> list[Row]:
    aspects = each.aspects
    pairs = dict(aspects.dimensions)
    if aspects.scenario != "actual":
        pairs["fin:ScenarioAxis"] = {"guidance": "fin:GuidanceMember", "previous_guidance": "fin:PreviousGuidanceMember"}[aspects.scenario]
    text = each.text if each.value is None else str(each.value)
    if text is not None:
        text = re.sub("[\x00\x0b\ud800]", "\ufffd", text)
    ends: list[tuple[str, str | None, dict[str, str]]] = [("", text, {})]
    if aspects.kind == "range":
        ends = [
            (f"-{end}", str(value), {"fin:RangeAxis": f"fin:{end.title()}Member"})
            for end, value in (("low", each.low), ("high", each.high))
            if value is not None
        ]
    found = []
    for suffix, value, more in ends:
        all_pairs = tuple(sorted((pairs | more).items()))
        days = (
            f"I{aspects.period.end:%Y%m%d}"
            if aspects.period.start is None
            else f"D{aspects.period.start:%Y%m%d}_{aspects.period.end:%Y%m%d}"
        )
        context = "_".join([days, *(name.replace(":", ".") for pair in all_pairs for name in pair)])
        decimals = "INF" if each.decimals is None else str(each.decimals)
        found.append(Row(f"f-{each.fact_id}{suffix}", aspects.concept, context, aspects.period, all_pairs, aspects.unit, decimals, value))
    return found


def test_every_fact_carries_its_id_once(made: Path) -> None:
    ids = [element.get("id", "") for element in etree.parse(made / "sample.xbrl").getroot() if element.get("contextRef")]
    assert len(ids) == len(set(ids))
    assert {re.sub("-(low|high)$", "", each) for each in ids} == {f"f-{each.fact_id}" for each in report_of(small_facts()).facts}


def test_a_range_is_two_facts_and_an_open_end_is_left_out(made: Path) -> None:
    text = (made / "sample.xbrl").read_text("utf-8")
    ends = re.findall(r'<fin:Revenues id="f-\w+-(low|high)" contextRef="([^"]+)"[^>]*>(\d+)<', text)
    year = "D20230101_20231231_fin.RangeAxis_fin."
    scenario = "_fin.ScenarioAxis_fin."
    assert ends == [
        ("low", f"{year}LowMember{scenario}GuidanceMember", "450"),
        ("high", f"{year}HighMember{scenario}GuidanceMember", "520"),
        ("high", f"{year}HighMember{scenario}PreviousGuidanceMember", "500"),
    ]


def test_nothing_of_the_run_is_in_the_files(made: Path) -> None:
    for path in made.rglob("*.x*"):
        assert str(made) not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("entity", "scheme", "identifier"),
    [
        ("cik:0001741530", "http://www.sec.gov/CIK", "0001741530"),
        ("nasdaq:QFIN", "https://example.org/entity/nasdaq", "QFIN"),
        ('as-printed:A & "B" <C>', "https://example.org/entity/as-printed", 'A & "B" <C>'),
        ("Nameless", "https://example.org/entity/as-printed", "Nameless"),
        ("", "https://example.org/entity/as-printed", "unknown"),
        ("x y\x00:Z\x01", "https://example.org/entity/x%20y%00", "Z\ufffd"),
    ],
)
def test_entity_schemes_say_who_issued_the_identifier(entity: str, scheme: str, identifier: str) -> None:
    assert names.entity_identifier(entity) == (scheme, identifier)
    issuer = Entity(entity, "Any")
    each = fact("fin:Revenues", "1")
    each = each._replace(aspects=each.aspects._replace(entity=entity))
    root = etree.fromstring(xbrl.render(report_of([each], issuer), small_taxonomy()).encode())
    found = root.find(".//{*}identifier")
    assert found is not None
    assert (found.get("scheme"), found.text) == (scheme, identifier)


def test_another_entity_has_contexts_of_its_own() -> None:
    mine, other = fact("fin:Revenues", "1"), fact("fin:Revenues", "2")
    other = other._replace(aspects=other.aspects._replace(entity="cik:7"))
    root = etree.fromstring(xbrl.render(report_of([mine, other]), small_taxonomy()).encode())
    assert [each.text for each in root.iterfind(".//{*}identifier")] == ["0000000042", "7"]


def test_midnight_after() -> None:
    assert names.oim_period(QUARTER) == "2023-04-01T00:00:00/2023-07-01T00:00:00"
    assert names.oim_period(Period(date(2023, 12, 31))) == "2024-01-01T00:00:00"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (fact("fin:Unknown", "1"), "fin:Unknown"),
        (fact("fin:Revenues", "1", dimensions=(("fin:RegionAxis", "fin:ChinaMember"),)), "fin:RegionAxis"),
        (fact("fin:Revenues", "1", dimensions=(("fin:RangeAxis", "fin:ChinaMember"),)), "fin:ChinaMember"),
        (fact("fin:Revenues", "1", "nobody:Thing"), "nobody"),
        (fact("fin:Revenues", text="a lot"), "no value that"),
        (fact("fin:Auditor"), "no value that"),
        (fact("fin:Revenues", "1", 'iso4217:"><x/>'), "is not a name"),
    ],
)
def test_what_the_taxonomy_does_not_declare_is_refused(broken: Fact, words: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=words):
        xbrl.export(report_of([broken]), small_taxonomy(), tmp_path / "out", {})
    assert not (tmp_path / "out").exists(), "nothing half written"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prefixes": {"fin": "https://example.org/fin", "lend": "https://example.org/l", "xbrli": "https://x"}}, "belongs to a standard"),
        ({"prefixes": {"fin": "https://example.org/fin"}}, "has no namespace"),
        ({"prefixes": {}}, "declares no prefix"),
        ({"concepts": {"fin:A b": concept("fin:A b")}}, "is not a name"),
        ({"networks": {"x": Network("A/../b", "", {}, (), {})}}, "cannot be called"),
        ({"networks": {"x": Network("dimensions", "", {}, (), {})}}, "cannot be called"),
        ({"networks": {"x": Network("x", "", {"../en": "x"}, (), {})}}, "no language tag"),
        ({"concepts": {"fin:RangeDomain": concept("fin:RangeDomain")}}, "names two things"),
    ],
)
def test_names_that_cannot_be_xml_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        dts.build(replace(small_taxonomy(), hash=f"broken {words}", **change))


def test_a_default_member_is_never_stated() -> None:
    taxonomy = small_taxonomy()
    scenario = replace(taxonomy.axes["fin:ScenarioAxis"], default="fin:GuidanceMember")
    taxonomy = replace(taxonomy, axes={**taxonomy.axes, scenario.id: scenario}, hash="with default")
    assert "scenario>" not in xbrl.render(report_of([fact("fin:Revenues", "1", scenario="guidance")]), taxonomy)


def test_hostile_text_stays_text(made: Path) -> None:
    root = etree.parse(made / "sample.xbrl").getroot()
    texts = [each.text for each in root.iterfind("{https://example.org/fin/2026}Auditor") if each.text]
    assert texts == ["]]> \ufffd\ufffd Smith & <Sons>\r\n \ufffd 审计"]


@given(st.text(alphabet=st.characters(), max_size=40))  # all code points, surrogates and controls included
def test_any_text_comes_back_or_shows_its_loss(text: str) -> None:
    each = fact("fin:Auditor", unit="", text=text, kind="text")
    root = etree.fromstring(xbrl.render(report_of([each]), small_taxonomy()).encode())
    found = root.find("{https://example.org/fin/2026}Auditor")
    assert found is not None
    back = found.text or ""
    assert len(back) == len(text)
    assert all(b in (a, "\ufffd") for a, b in zip(text, back, strict=True))
    assert etree.fromstring(f'<a b="{names.attribute(text)}"/>'.encode()).get("b") == back


def test_labels_of_both_languages_and_all_roles(made: Path) -> None:
    def found(language: str) -> set[tuple[str, str]]:
        root = etree.parse(made / "taxonomy" / f"labels-{language}.xml").getroot()
        space = "{http://www.w3.org/1999/xlink}"
        return {
            (each.get(f"{space}role", "").rpartition("/")[2], each.text or "")
            for each in root.iterfind(".//{*}label")
            if each.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        }

    wanted = {
        ("label", "Revenues"),
        ("totalLabel", "Total revenues"),
        ("negatedLabel", "Costs (negative)"),
        ("periodStartLabel", "At start"),
    }
    assert wanted | {("periodEndLabel", "At end"), ("documentation", "What Revenues means & <why>.")} <= found("en")
    assert {("label", "项目Revenues"), ("label", "现金流量表")} <= found("zh")


def test_presentation_nests_by_level_and_never_closes_a_circle() -> None:
    lines = [Line("a"), Line("b", 1), Line("c", 2), Line("a", 1), Line("d", 1), Line("e")]
    assert [(parent, line.concept) for parent, line in linkbases.nest("root", lines)] == [
        ("root", "a"),
        ("a", "b"),
        ("b", "c"),
        ("root", "a"),
        ("a", "d"),
        ("root", "e"),
    ]


def test_references_name_the_standard_elements(made: Path) -> None:
    root = etree.parse(made / "taxonomy" / "references.xml").getroot()
    elements = {each.text for each in root.iterfind(".//{*}StandardElement")}
    assert {"us-gaap:Revenues", "ifrs-full:Revenue", "srt:RangeAxis", "srt:MinimumMember", "srt:MaximumMember"} <= elements


@judge
def test_arelle_accepts_the_instance(made: Path) -> None:
    assert arelle(made / "sample.xbrl") == []


@judge
def test_arelle_accepts_the_instance_by_the_rules_of_the_open_information_model(made: Path) -> None:
    assert arelle(made / "sample.xbrl", validateXmlOim=True) == []


@judge
def test_a_judge_of_xbrl_2_1_sums_has_nothing_to_say(made: Path) -> None:
    """Its rule would call the rounded US$ column wrong (see below, where the arcs' role is exchanged); Calculations 1.1 does not."""
    assert arelle(made / "sample.xbrl", "c10d") == []


@judge
def test_arelle_accepts_the_package(made: Path) -> None:
    assert arelle(made / "taxonomy.zip", taxonomyPackage=True) == []


@judge
def test_arelle_loads_the_published_address_from_the_package(made: Path, tmp_path: Path) -> None:
    """The catalog is right: an instance elsewhere, pointing to the published address, loads from the package alone."""
    address = f"{dts.report_namespace(small_taxonomy())}/{dts.ENTRY}"
    text = (made / "sample.xbrl").read_text("utf-8").replace(f"{dts.FOLDER}/{dts.ENTRY}", address)
    (tmp_path / "far.xbrl").write_text(text, "utf-8")
    assert arelle(tmp_path / "far.xbrl"), "without the package it cannot load"
    assert arelle(tmp_path / "far.xbrl", packages=[str(made / "taxonomy.zip")]) == []


# What each break does to a good instance, and the code with which Arelle must answer.
BROKEN: dict[str, tuple[str, str, str]] = {
    "bad sum": (">100000</fin:Revenues>", ">104000</fin:Revenues>", "calc11e:inconsistentCalculationUsingRounding"),
    "period type": (
        '<fin:Cash id="f-00000000000000000000000000000016" contextRef="I20230630"',
        '<fin:Cash id="f-00000000000000000000000000000016" contextRef="D20230401_20230630"',
        "xbrl.4.7.2:contextPeriodType",
    ),
    "money in a unit that is none": (
        "<xbrli:measure>iso4217:CNY</xbrli:measure></xbrli:unit>",
        "<xbrli:measure>iso4217:QQQ</xbrli:measure></xbrli:unit>",
        "utre:error-NumericFactUtrInvalid",
    ),
    "per share in money per ADS": (
        'unitRef="iso4217.CNY_per_xbrli.shares"',
        'unitRef="iso4217.CNY_per_fin.ADS"',
        "utre:error-NumericFactUtrInvalid",
    ),
    "percent in money": (
        '<fin:Margin id="f-0000000000000000000000000000001d" contextRef="D20230401_20230630" unitRef="xbrli.pure"',
        '<fin:Margin id="f-0000000000000000000000000000001d" contextRef="D20230401_20230630" unitRef="iso4217.CNY"',
        "utre:error-NumericFactUtrInvalid",
    ),
    "member of another axis": (">fin:ConvenienceMember<", ">fin:LowMember<", "xbrldie:PrimaryItemDimensionallyInvalidError"),
    "member that is none": (">fin:ConvenienceMember<", ">fin:NoSuchMember<", "xbrldie:ExplicitMemberUndefinedQNameError"),
    "default stated": (">fin:ConvenienceMember<", ">fin:TranslationDomain<", "xbrldie:DefaultValueUsedInInstanceError"),
    "undeclared element": ("fin:Multiple", "fin:Imaginary", "xmlSchema:elementUnexpected"),
    "missing decimals": (' decimals="-3">100000</fin:Revenues>', ">100000</fin:Revenues>", "xbrl.4.6.3:missingPrecisionDecimals"),
    "inconsistent duplicate": (
        "</xbrli:xbrl>",
        '<fin:Cash contextRef="I20230630" unitRef="iso4217.CNY" decimals="-3">1000</fin:Cash></xbrli:xbrl>',
        "arelle:duplicateFacts",
    ),
    "no number": (">100000</fin:Revenues>", ">1oo</fin:Revenues>", "xmlSchema:valueError"),
    "no date": (">2023-09-22<", ">22 September<", "xmlSchema:valueError"),
}


@judge
@pytest.mark.parametrize("kind", BROKEN)
def test_arelle_rejects_what_is_broken(kind: str, made: Path, tmp_path: Path) -> None:
    good, bad, code = BROKEN[kind]
    text = (made / "sample.xbrl").read_text("utf-8")
    assert good in text, "the break has nothing to break"
    shutil.copytree(made / "taxonomy", tmp_path / "taxonomy")
    (tmp_path / "broken.xbrl").write_text(text.replace(good, bad), "utf-8")
    assert code in {message.code for message in arelle(tmp_path / "broken.xbrl")}


@judge
@pytest.mark.parametrize(
    ("file", "good", "bad"),
    [
        ("fin.xsd", 'type="xbrli:monetaryItemType"', 'type="xbrli:moneyItemType"'),
        ("labels-en.xml", "fin.xsd#fin_Revenues", "fin.xsd#fin_Nothing"),
        ("calculation.xml", 'weight="-1"', 'weight="1"'),
        ("presentation.xml", "/role/cash-flow", "/role/no-such-role"),
        ("definition.xml", 'xbrldt:closed="false"', 'xbrldt:contextElement="nowhere"'),
        ("references.xml", "<ref:Name>", "<ref:Nomen>"),
        ("META-INF/catalog.xml", "../", "../nowhere/"),
        ("META-INF/taxonomyPackage.xml", "tp:entryPointDocument", "tp:entryDocument"),
    ],
)
def test_arelle_rejects_a_broken_package(file: str, good: str, bad: str, made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made / "taxonomy.zip") as package, zipfile.ZipFile(tmp_path / "broken.zip", "w") as copy:
        for name in package.namelist():
            data = package.read(name)
            if name == f"{dts.FOLDER}/{file}":
                assert good.encode() in data
                data = data.replace(good.encode(), bad.encode())
            copy.writestr(name, data)
    assert arelle(tmp_path / "broken.zip", taxonomyPackage=True)


# --- raising totals -----------------------------------------------------------------------------------
#
# What can be shown. Calculations 1.1 judges rounding intervals: a total of n rounded parts is inconsistent from the
# first unit beyond (n + 1) / 2, so two units of a total of three or more parts are no error there, by the standard.
# Each total is therefore shown twice, with the same arcs:
#   in turn:  in the real instance, raised by two units of its last digit, judged by XBRL 2.1's own rule (sum of the
#             rounded parts), under which two units always show: the arcs' role is exchanged in a copy of the linkbase.
#             A total that is a part elsewhere takes that sum along: what is reported lies within the sums that it touches,
#             and holds all of its own.
#   alone:    with its own parts only, under an entity of its own, judged by Calculations 1.1 on the files as written,
#             raised by the fewest units (two or more) that its rounded parts cannot explain: exactly its own sums.

Key = tuple[str, str]  # context and unit


@dataclass(frozen=True)
class Sum:
    """A calculation relation: the total's and the parts' names, with weights, in one network."""

    role: str
    total: str
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Figure:
    value: Decimal
    decimals: str

    @property
    def unit(self) -> Decimal:
        return Decimal(1).scaleb(-int(self.decimals))


def sums_of(taxonomy: Taxonomy) -> list[Sum]:
    space = dts.report_namespace(taxonomy)
    return [
        Sum(linkbases.role_uri(space, network.id), total, parts)
        for network in taxonomy.networks.values()
        for total, parts in network.calculation.items()
    ]


_FIGURE = re.compile(r'<([\w:-]+) id="f-[\w-]+" contextRef="([^"]+)" unitRef="([^"]+)" decimals="([^"]+)">([^<]+)</')


def figures_of(text: str) -> dict[Key, dict[str, Figure]]:
    found: dict[Key, dict[str, Figure]] = defaultdict(dict)
    for name, context, unit, decimals, value in _FIGURE.findall(text):
        found[context, unit][name] = Figure(Decimal(value), decimals)
    return found


def bound(sums: Iterable[Sum], figures: dict[str, Figure]) -> list[Sum]:
    """The sums that a validator can judge: the total and at least one part are reported."""
    return [each for each in sums if each.total in figures and any(part in figures for part, _ in each.parts)]


_INCONSISTENT = re.compile(r"from (\S+) in link role (\S+) reported .* context (\S+) unit (\S+)")
Finding = tuple[str, str, str, str]  # role, total, context, unit


def inconsistencies(messages: Iterable[Message]) -> set[Finding]:
    found = set()
    for message in messages:
        assert message.code in ("calc11e:inconsistentCalculationUsingRounding", "xbrl.5.2.5.2:calcInconsistency"), message
        match = _INCONSISTENT.search(message.text)
        assert match is not None, message
        found.add((match[2], match[1], match[3], match[4]))
    return found


def with_raised(text: str, raises: dict[tuple[str, str, str], Decimal]) -> str:
    """The instance with some figures raised; keys are name, context, unit."""

    def put(match: re.Match[str]) -> str:
        more = raises.get((match[1], match[2], match[3]))
        return match[0] if more is None else match[0].replace(f">{match[5]}<", f">{Decimal(match[5]) + more:f}<")

    return _FIGURE.sub(put, text)


def raise_in_turn(folder: Path, instance: Path, taxonomy: Taxonomy) -> int:
    """Raise every printed total by two units, one per context and unit at a time; return how many were raised."""
    shutil.copytree(instance.parent / dts.FOLDER, folder / dts.FOLDER)
    calculation = folder / dts.FOLDER / "calculation.xml"
    arcs = re.sub(r"<link:arcroleRef [^>]*>", "", calculation.read_text("utf-8")).replace(linkbases.SUMMATION_ITEM, CALC_2003)
    calculation.write_text(arcs, "utf-8")
    entry = folder / dts.FOLDER / dts.ENTRY
    # sums need neither labels nor references nor presentation; Arelle is twice as fast without
    entry.write_text(re.sub(r'<link:linkbaseRef [^>]*"(labels-|pres|ref)[^>]*>', "", entry.read_text("utf-8")), "utf-8")
    text = instance.read_text("utf-8")

    def judged(raises: dict[tuple[str, str, str], Decimal]) -> set[Finding]:
        (folder / "raised.xbrl").write_text(with_raised(text, raises), "utf-8")
        return inconsistencies(arelle(folder / "raised.xbrl", "c10d"))

    before = judged({})
    sums, figures = sums_of(taxonomy), figures_of(text)
    queues = {key: sorted({each.total for each in bound(sums, found)}) for key, found in figures.items()}
    for number in range(max(map(len, queues.values()))):
        turn = {key: totals[number] for key, totals in queues.items() if number < len(totals)}
        after = judged({(total, *key): 2 * figures[key][total].unit for key, total in turn.items()})
        own, touched = set[Finding](), set[Finding]()
        for key, total in turn.items():
            near = bound(sums, figures[key])
            own |= {(each.role, total, *key) for each in near if each.total == total}
            touched |= {(each.role, each.total, *key) for each in near if total in (each.total, *(part for part, _ in each.parts))}
        assert own <= after, f"not reported: {sorted(own - after)}"
        assert before ^ after <= touched, f"reported beside the point: {sorted((before ^ after) - touched)}"
    return sum(map(len, queues.values()))


def fewest_units(each: Sum, figures: dict[str, Figure]) -> int:
    """The fewest units of the total's last digit, two or more, that the rounding of its parts cannot explain."""
    parts = [(figures[part], weight) for part, weight in each.parts if part in figures]
    total = figures[each.total]
    most = sum((part.value * weight + part.unit / 2 for part, weight in parts), Decimal(0))
    units = 2
    while total.value + units * total.unit - total.unit / 2 <= most:
        units += 1
    assert units <= 2 * len(parts) + 2
    return units


def raise_alone(folder: Path, instance: Path, taxonomy: Taxonomy) -> int:
    """Raise every printed total among its own parts, each under an entity of its own; return how many were raised."""
    shutil.copytree(instance.parent / dts.FOLDER, folder / dts.FOLDER)
    text = instance.read_text("utf-8")
    head, *_ = text.partition("<xbrli:context ")
    contexts = {match[1]: match[0] for match in re.finditer(r'<xbrli:context id="([^"]+)">.*?</xbrli:context>', text)}
    units = re.findall(r"<xbrli:unit id=.*?</xbrli:unit>", text)
    cases = list(_cases(sums_of(taxonomy), figures_of(text)))

    def instance_of(raised: bool) -> set[Finding]:
        lines = [head, *units]
        for number, (key, figures, own) in enumerate(cases):
            context = contexts[key[0]].replace(f'id="{key[0]}"', f'id="case-{number}"')
            lines.append(re.sub(r"(<xbrli:identifier [^>]*>)[^<]*<", rf"\g<1>case-{number}<", context))
            more = max(fewest_units(each, figures) for each in own) if raised else 0
            for name, figure in figures.items():
                value = figure.value + (more * figure.unit if name == own[0].total else 0)
                lines.append(f'<{name} contextRef="case-{number}" unitRef="{key[1]}" decimals="{figure.decimals}">{value:f}</{name}>')
        (folder / "alone.xbrl").write_text("\n".join([*lines, "</xbrli:xbrl>"]), "utf-8")
        return inconsistencies(arelle(folder / "alone.xbrl"))

    assert instance_of(raised=False) == set(), "as printed, every sum agrees"
    wanted = {(each.role, each.total, f"case-{number}", key[1]) for number, (key, _, own) in enumerate(cases) for each in own}
    found = instance_of(raised=True)
    assert found == wanted, f"not reported: {sorted(wanted - found)}; reported beside the point: {sorted(found - wanted)}"
    return len(cases)


def _cases(sums: list[Sum], figures: dict[Key, dict[str, Figure]]) -> Iterator[tuple[Key, dict[str, Figure], list[Sum]]]:
    """Per context, unit and total: the total with all parts of all its sums, and these sums."""
    for key, found in figures.items():
        near = bound(sums, found)
        for total in dict.fromkeys(each.total for each in near):
            own = [each for each in near if each.total == total]
            needed = {total, *(part for each in own for part, _ in each.parts)}
            yield key, {name: figure for name, figure in found.items() if name in needed}, own


@judge
@pytest.mark.parametrize("way", [raise_in_turn, raise_alone])
def test_a_raised_total_is_reported(way: Callable[[Path, Path, Taxonomy], int], made: Path, tmp_path: Path) -> None:
    # Revenues and NetIncome in three columns, Revenues is a part of NetIncome
    assert way(tmp_path, made / "sample.xbrl", small_taxonomy()) == 6


@judge
@pytest.mark.parametrize("way", [raise_in_turn, raise_alone])
def test_a_lost_arc_is_noticed(way: Callable[[Path, Path, Taxonomy], int], made: Path, tmp_path: Path) -> None:
    """The tests above can fail: without one total's arcs they do."""
    shutil.copytree(made, tmp_path / "copy")
    calculation = tmp_path / "copy" / dts.FOLDER / "calculation.xml"
    text = calculation.read_text("utf-8")
    lost = re.sub(r'<link:calculationArc [^>]*from="fin_Revenues"[^>]*>', "", text)
    assert lost != text
    calculation.write_text(lost, "utf-8")
    (tmp_path / "work").mkdir()
    with pytest.raises(
        AssertionError, match=r"not reported: \[\('https://example.org/fin/2026/report/role/income-statement', 'fin:Revenues'"
    ):
        way(tmp_path / "work", tmp_path / "copy" / "sample.xbrl", small_taxonomy())


# --- the shipped taxonomy and whole releases ----------------------------------------------------------


def test_the_shipped_taxonomy_declares_what_the_writer_needs() -> None:
    axes = load().axes
    assert {names.RANGE_LOW, names.RANGE_HIGH} <= set(axes[names.RANGE_AXIS].members)
    assert set(names.SCENARIO_MEMBERS.values()) <= set(axes[names.SCENARIO_AXIS].members)
    assert "fin:ConvenienceMember" in axes["fin:TranslationAxis"].members


ROOT = Path(__file__).resolve().parents[1]
[BUNDLED] = (ROOT / "exporter" / "samples").glob("*.txt")
FOUNDING = ROOT.parent / "shared" / "releases" / "qifu-2023q2.txt"


@pytest.fixture(scope="module", params=["bundled", pytest.param("founding", marks=pytest.mark.shared)])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance of a release that went through the whole pipeline."""
    return instance_of_release(BUNDLED if request.param == "bundled" else FOUNDING, tmp_path_factory.mktemp("release"))


def instance_of_release(source: Path, out: Path) -> Path:
    [result] = exporter.run(exporter.expand([str(source)]), out, None, exporter.Options(formats=("xbrl",)))
    assert result.status == "done", result.error
    return out / result.document_id / f"{result.document_id}.xbrl"


@judge
def test_arelle_accepts_the_release(release: Path) -> None:
    assert arelle(release, validateXmlOim=True) == []


@judge
def test_arelle_accepts_the_release_package(release: Path) -> None:
    assert arelle(release.parent / "taxonomy.zip", taxonomyPackage=True) == []


@judge
@pytest.mark.parametrize("way", [raise_in_turn, raise_alone])
def test_every_printed_total_of_the_release_is_guarded(way: Callable[[Path, Path, Taxonomy], int], tmp_path: Path) -> None:
    # the bundled sample prints the same figures, so one of the two is enough
    instance = instance_of_release(FOUNDING if FOUNDING.exists() else BUNDLED, tmp_path / "out")
    (tmp_path / "work").mkdir()
    # at least 8 sums in each of 3 columns of the balance sheet, 15 in each of 6 columns of the flow statements
    assert way(tmp_path / "work", instance, load()) >= 8 * 3 + 15 * 6
