"""Namespaces, QNames, escaping, and the ids of contexts and units: the same in every XBRL format.

Sources: XBRL 2.1 sections 4.6 to 4.8 (items, contexts, units), XBRL Dimensions 1.0 section 2.2 (dimensions
in the scenario), Open Information Model 1.0 sections 3 and 4 (periods end at the next midnight).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from urllib.parse import quote

from exporter.errors import FormatError
from exporter.model import Aspects, Fact, Period, Report, Taxonomy

#: Prefixes that this package writes itself; a taxonomy may not claim one of them.
NAMESPACES: Mapping[str, str] = {
    "xbrli": "http://www.xbrl.org/2003/instance",
    "link": "http://www.xbrl.org/2003/linkbase",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xbrldi": "http://xbrl.org/2006/xbrldi",
    "xbrldt": "http://xbrl.org/2005/xbrldt",
    "dtr": "http://www.xbrl.org/dtr/type/2024-01-31",
    "iso4217": "http://www.xbrl.org/2003/iso4217",
    "utr": "http://www.xbrl.org/2009/utr",
    "ref": "http://www.xbrl.org/2006/ref",
}
#: The prefix of what the DTS generates beside the taxonomy's own concepts: abstracts, the table, reference parts.
REPORT_PREFIX = "report"

RANGE_AXIS, RANGE_LOW, RANGE_HIGH = "fin:RangeAxis", "fin:LowMember", "fin:HighMember"
SCENARIO_AXIS = "fin:ScenarioAxis"
PLACE_AXIS, PLACE = f"{REPORT_PREFIX}:TextPlaceAxis", f"{REPORT_PREFIX}:TextPlace"
SCENARIO_MEMBERS: Mapping[str, str] = {"guidance": "fin:GuidanceMember", "previous_guidance": "fin:PreviousGuidanceMember"}

#: Who issues an identifier. What is not listed here gets :data:`OTHER_SCHEMES`, which says where it comes from.
ENTITY_SCHEMES: Mapping[str, str] = {"cik": "http://www.sec.gov/CIK", "lei": "http://standards.iso.org/iso/17442"}
OTHER_SCHEMES = "https://example.org/entity/"

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9-]*):([A-Za-z][A-Za-z0-9]*)\Z")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def legal(text: str) -> str:
    """The text with every character that XML 1.0 forbids (section 2.2) shown as U+FFFD, so that its loss is seen."""
    return _ILLEGAL.sub("\ufffd", text)


def escape(text: str) -> str:
    """Character data of an element."""
    return legal(text).translate(_TEXT)


def attribute(text: str) -> str:
    """The value of an attribute in double quotes."""
    return legal(text).translate(_ATTRIBUTE)


def split_name(name: str) -> tuple[str, str]:
    """Prefix and local part of a canonical ID. Raises FormatError: a name is never repaired, only refused."""
    match = _NAME.match(name)
    if match is None:
        raise FormatError(f"XBRL: {legal(name)!r} is not a name of the form prefix:LocalName; rename it in the taxonomy")
    return match[1], match[2]


def element_id(name: str) -> str:
    """The ``id`` of an element declaration: ``fin:Revenues`` is ``fin_Revenues``."""
    prefix, local = split_name(name)
    return f"{prefix}_{local}"


def prefixes_of(taxonomy: Taxonomy) -> dict[str, str]:
    """The taxonomy's prefixes, sorted. Raises FormatError where one is taken by the XBRL standards or illegal."""
    for prefix in taxonomy.prefixes:
        split_name(f"{prefix}:X")
        if prefix in NAMESPACES or prefix in (REPORT_PREFIX, "dtr-types") or prefix.lower().startswith("xml"):
            raise FormatError(f"XBRL: the prefix {prefix!r} belongs to a standard; choose another in the taxonomy")
    return dict(sorted(taxonomy.prefixes.items()))


# --- aspects ------------------------------------------------------------------------------------------


def midnight_after(day: date) -> str:
    """The instant at which a day ends: 2023-06-30 is ``2023-07-01T00:00:00``."""
    return f"{(day + timedelta(days=1)).isoformat()}T00:00:00"


def oim_period(period: Period) -> str:
    """The period in the Open Information Model: ``start/end`` or an instant, both at midnight (OIM 1.0)."""
    end = midnight_after(period.end)
    return end if period.start is None else f"{period.start.isoformat()}T00:00:00/{end}"


def entity_identifier(entity: str) -> tuple[str, str]:
    """Scheme URI and identifier of ``scheme:identifier`` (XBRL 2.1 section 4.7.3.1)."""
    scheme, _, identifier = entity.partition(":")
    if not identifier:
        scheme, identifier = "as-printed", entity
    uri = ENTITY_SCHEMES.get(scheme) or OTHER_SCHEMES + quote(scheme, safe="")
    return uri, " ".join(legal(identifier).split()) or "unknown"


def told_apart(report: Report, taxonomy: Taxonomy) -> Mapping[str, str]:
    """The place (``line:column``) of each total that running text states without all of its parts.

    A release gives, say, the prior quarter's net income in words and not the tax. Calculations 1.1 section 4
    would compare that total with the few parts that are there. So it is set apart by a typed dimension that
    says where it is stated. A total that a table prints is never set apart.
    """
    prints = list(zip(report.observations, report.fact_ids, strict=True))
    told = {identity for _, identity in prints} - {identity for seen, identity in prints if seen.place.table is not None}
    groups: dict[object, dict[str, Fact]] = {}
    for fact in report.facts:
        aspects = fact.aspects
        groups.setdefault((aspects.period, aspects.unit, aspects.dimensions, aspects.scenario), {})[aspects.concept] = fact
    found: dict[str, str] = {}
    for network in taxonomy.networks.values():
        for total, parts in network.calculation.items():
            for facts in groups.values():
                lacking = [part for part, _ in parts if part not in facts]
                if total in facts and lacking and facts[total].fact_id in told:
                    found[facts[total].fact_id] = facts[total].place.locator
    return found


def dimensions_of(fact: Fact, bound: str = "") -> tuple[tuple[str, str], ...]:
    """Axis and member pairs of a fact, sorted: its own, the scenario unless actual, and the range's end.

    ``bound`` is a member of the range axis, or empty. The basis needs no axis: it belongs to the concept.
    """
    found = dict(fact.aspects.dimensions)
    member = SCENARIO_MEMBERS.get(fact.aspects.scenario)
    if member:
        found[SCENARIO_AXIS] = member
    if bound:
        found[RANGE_AXIS] = bound
    return tuple(sorted(found.items()))


def dropping_defaults(dimensions: Iterable[tuple[str, str]], taxonomy: Taxonomy) -> tuple[tuple[str, str], ...]:
    """The pairs that an instance states. A default member is never stated (Dimensions 1.0 section 3.1.4.4).

    Raises FormatError for an axis or a member that the taxonomy does not declare.
    """
    kept = []
    for axis_id, member in dimensions:
        axis = taxonomy.axes.get(axis_id)
        if axis is None or member not in axis.members:
            raise FormatError(
                f"XBRL: {legal(axis_id)} = {legal(member)} is not declared; add it under `dimensions` in the taxonomy"
            )
        if member != axis.default:
            kept.append((axis_id, member))
    return tuple(kept)


def context_id(aspects: Aspects, dimensions: Iterable[tuple[str, str]], entity: str, place: str = "") -> str:
    """A readable id, equal for equal aspects: ``D20230401_20230630_fin.TranslationAxis_fin.ConvenienceMember``.

    Names hold neither ``_`` nor ``.``, so different aspects never share an id. ``entity`` is the report's own;
    where the aspects name another, a hash of it is added.
    """
    period = aspects.period
    days = f"I{period.end}" if period.start is None else f"D{period.start}_{period.end}"
    other = "" if aspects.entity == entity else "_e" + hashlib.sha256(aspects.entity.encode("utf-8", "replace")).hexdigest()[:12]
    tail = "".join(f"_{axis}_{member}" for axis, member in dimensions) + (f"_at-{place.replace(':', '-')}" if place else "")
    return days.replace("-", "") + other + tail.replace(":", ".")


def context(aspects: Aspects, dimensions: Iterable[tuple[str, str]], name: str, place: str = "") -> str:
    """A ``context`` element. Dates are inclusive (XBRL 2.1 section 4.7.2), dimensions stand in the scenario."""
    scheme, identifier = entity_identifier(aspects.entity)
    period = aspects.period
    when = (
        f"<xbrli:instant>{period.end}</xbrli:instant>"
        if period.start is None
        else f"<xbrli:startDate>{period.start}</xbrli:startDate><xbrli:endDate>{period.end}</xbrli:endDate>"
    )
    members = "".join(f'<xbrldi:explicitMember dimension="{axis}">{member}</xbrldi:explicitMember>' for axis, member in dimensions)
    if place:
        members += f'<xbrldi:typedMember dimension="{PLACE_AXIS}"><{PLACE}>{escape(place)}</{PLACE}></xbrldi:typedMember>'
    return (
        f'<xbrli:context id="{name}"><xbrli:entity><xbrli:identifier scheme="{attribute(scheme)}">{escape(identifier)}'
        f"</xbrli:identifier></xbrli:entity><xbrli:period>{when}</xbrli:period>"
        + (f"<xbrli:scenario>{members}</xbrli:scenario>" if members else "")
        + "</xbrli:context>"
    )


def measures(unit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numerator and denominator measures of a unit: ``iso4217:CNY/fin:ADS`` (OIM: ``*`` multiplies, ``/`` divides once)."""
    above, slash, below = unit.partition("/")
    parts = (tuple(above.split("*")), tuple(below.split("*")) if slash else ())
    for measure in (*parts[0], *parts[1]):
        split_name(measure)
    return parts


def unit_id(unit: str) -> str:
    """A readable id: ``iso4217:CNY/fin:ADS`` is ``iso4217.CNY_per_fin.ADS``."""
    above, below = measures(unit)
    text = "_by_".join(above) + ("_per_" + "_by_".join(below) if below else "")
    return text.replace(":", ".")


def unit(text: str, name: str, taxonomy: Taxonomy) -> str:
    """A ``unit`` element (XBRL 2.1 section 4.8). Raises FormatError for a measure whose prefix nobody declares."""
    above, below = measures(text)
    for measure in (*above, *below):
        prefix = measure.partition(":")[0]
        if prefix not in taxonomy.prefixes and prefix not in ("xbrli", "iso4217", "utr"):
            raise FormatError(f"XBRL: the unit {text} uses the prefix {prefix}, which has no namespace; declare it in the taxonomy")
    over, under = (("".join(f"<xbrli:measure>{each}</xbrli:measure>" for each in part)) for part in (above, below))
    if not under:
        return f'<xbrli:unit id="{name}">{over}</xbrli:unit>'
    return (
        f'<xbrli:unit id="{name}"><xbrli:divide><xbrli:unitNumerator>{over}</xbrli:unitNumerator>'
        f"<xbrli:unitDenominator>{under}</xbrli:unitDenominator></xbrli:divide></xbrli:unit>"
    )
