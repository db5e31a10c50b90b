"""XBRL 2.1: an instance of the report's facts beside its taxonomy, unpacked and as a taxonomy package.

``<document_id>.xbrl`` points to ``taxonomy/report.xsd`` by a relative name, so the folder loads offline;
``taxonomy.zip`` holds the same files as a package. Facts only, never observations: a fact that is printed five
times stands once, with ``id="f-<fact_id>"``, the id that CSV and workbook carry too. A range is two facts,
``f-<fact_id>-low`` and ``f-<fact_id>-high``, on ``fin:RangeAxis``; an open end is left out.

Signs: the canonical sign of the concept. ``decimals`` as stored; a figure without is exact, INF.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from exporter.errors import FormatError
from exporter.files import safe_name, write_atomic
from exporter.model import Concept, Fact, Report, Taxonomy
from exporter.values import plain
from exporter.xbrl import dts, names
from exporter.xbrl.names import attribute, escape


def export(report: Report, taxonomy: Taxonomy, out: Path, options: Mapping[str, str]) -> list[Path]:
    """Write the instance, ``taxonomy.zip`` and ``taxonomy/``; return what was written, the instance first.

    There are no options. Raises FormatError for names that the taxonomy does not declare and where a file cannot be written.
    """
    files, package = dts.build(taxonomy)
    instance = render(report, taxonomy)
    written = [write_atomic(out / dts.FOLDER / name, data) for name, data in files.items()]
    written.append(write_atomic(out / f"{dts.FOLDER}.zip", package))
    # The instance comes last: whoever sees it sees the taxonomy that it points to.
    return [write_atomic(out / f"{safe_name(report.document.id)}.xbrl", instance), *written]


def render(report: Report, taxonomy: Taxonomy) -> str:
    """The instance as text. Contexts and units stand in the order in which the facts first use them."""
    body = _Body(report, taxonomy)
    facts = [line for fact in report.facts for line in body.lines(fact)]
    prefixes = {each: names.NAMESPACES[each] for each in ("xbrli", "link", "xlink", "xsi", "xbrldi", "iso4217", "utr")}
    prefixes |= names.prefixes_of(taxonomy)
    if body.apart:
        prefixes[names.REPORT_PREFIX] = dts.report_namespace(taxonomy)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<xbrli:xbrl " + " ".join(f'xmlns:{prefix}="{attribute(uri)}"' for prefix, uri in prefixes.items()) + ">",
            f'<link:schemaRef xlink:type="simple" xlink:href="{dts.FOLDER}/{dts.ENTRY}"/>',
            *body.contexts.values(),
            *body.units.values(),
            *facts,
            "</xbrli:xbrl>\n",
        ]
    )


class _Body:
    """The contexts and units that the facts of one report need, by id, as text."""

    def __init__(self, report: Report, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.entity = report.entity.id
        self.apart = names.told_apart(report, taxonomy)
        self.contexts: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self._context_ids: dict[object, str] = {}
        self._unit_ids: dict[str, str] = {}
        self._concepts: dict[str, Concept] = {}

    def lines(self, fact: Fact) -> Iterator[str]:
        """The elements of a fact: one, or for a range one per end."""
        concept = self._concept(fact)
        if fact.aspects.kind != "range" or fact.nil:
            yield self._line(fact, concept, fact.text if fact.value is None else plain(fact.value))
            return
        for value, member, end in ((fact.low, names.RANGE_LOW, "low"), (fact.high, names.RANGE_HIGH, "high")):
            if value is not None:
                yield self._line(fact, concept, plain(value), member, f"-{end}")

    def _line(self, fact: Fact, concept: Concept, value: str | None, bound: str = "", suffix: str = "") -> str:
        numeric = concept.type not in ("text", "date")
        if not fact.nil and (value is None or (numeric and fact.value is None and not bound)):
            where = f"fact {fact.fact_id} (line {fact.place.locator})"
            raise FormatError(f"XBRL: {where}: no value that {concept.id}, {concept.type}, can hold")
        head = f'<{concept.id} id="f-{attribute(fact.fact_id)}{suffix}" contextRef="{self._context(fact, bound)}"'
        if numeric:
            head += f' unitRef="{self._unit(fact.aspects.unit)}"'
        if value is None or fact.nil:
            return f'{head} xsi:nil="true"/>'
        if numeric:
            head += f' decimals="{"INF" if fact.decimals is None else fact.decimals}"'
        return f"{head}>{escape(value)}</{concept.id}>"

    def _concept(self, fact: Fact) -> Concept:
        """The fact's concept; its name is checked once."""
        found = self._concepts.get(fact.aspects.concept)
        if found is None:
            found = self.taxonomy.concepts.get(fact.aspects.concept)
            if found is None:
                raise FormatError(
                    f"XBRL: fact {fact.fact_id} (line {fact.place.locator}) has the concept {names.legal(fact.aspects.concept)}, "
                    "which this taxonomy does not define; export with the taxonomy that the document was read with"
                )
            names.split_name(found.id)
            self._concepts[found.id] = found
        return found

    def _context(self, fact: Fact, bound: str) -> str:
        aspects = fact.aspects
        place = self.apart.get(fact.fact_id, "")
        key = (aspects.entity, aspects.period, aspects.dimensions, aspects.scenario, bound, place)
        if key not in self._context_ids:
            dimensions = names.dropping_defaults(names.dimensions_of(fact, bound), self.taxonomy)
            name = names.context_id(aspects, dimensions, self.entity, place)
            self.contexts.setdefault(name, names.context(aspects, dimensions, name, place))
            self._context_ids[key] = name
        return self._context_ids[key]

    def _unit(self, unit: str) -> str:
        if unit not in self._unit_ids:
            name = names.unit_id(unit)
            self.units.setdefault(name, names.unit(unit, name, self.taxonomy))
            self._unit_ids[unit] = name
        return self._unit_ids[unit]
