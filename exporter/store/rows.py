"""A report as rows of the store's tables (columns as in schema.TABLES)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from exporter.identity import canonical, dims_id
from exporter.model import Column, DocumentInfo, Entity, Fact, Period, Place, Report, Taxonomy
from exporter.values import fiscal_label, plain

Row = tuple[object, ...]
#: Stands for the load until the writer knows it.
LOAD = 0
_fiscal_label = lru_cache(maxsize=256)(fiscal_label)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_quoted = json.encoder.encode_basestring


def extraction_of(report: Report) -> tuple[str, ...]:
    """What decides whether a reading is a retry: the source, the reader, what it knew and what it was told."""
    info = report.document
    return info.key, info.extractor_version, info.taxonomy_hash, report.entity.id, info.filed_at, info.filed_at_source, info.id


def rows_of(report: Report) -> dict[str, list[Row]]:
    """One extraction as rows by table. ``load_id`` is 0 and ``recorded_at`` None: only the writer knows them."""
    key, entity = report.document.key, report.entity
    units = {o.unit for o in report.observations if o.unit} | {fact.aspects.unit for fact in report.facts if fact.aspects.unit}
    facts = {fact.fact_id: fact for fact in report.facts}
    return {
        "dim_entity": [entity_row(entity)],
        "dim_unit": [unit_row(unit) for unit in sorted(units)],
        "source_text": [(key, LOAD, zlib.compress(report.document.text.encode("utf-8"), level=3))],
        "fact": [_fact(report, fact) for fact in facts.values()],
        "extracted_fact": _extracted(report),
        "occurrence": _occurrences(report),
        "presentation_table": _tables(report),
        "presentation": _lines(report),
        "check_result": _checks(report),
        "definition": [
            (key, LOAD, n, d.concept, d.text, d.place.line, d.place.column, d.place.start, d.place.end)
            for n, d in enumerate(report.definitions)
        ],
        "finding": [(key, LOAD, n, i.code, i.severity, i.message, i.where) for n, i in enumerate(report.findings)],
        "document": [_document(report)],
    }


def _fact(report: Report, fact: Fact) -> Row:
    aspects, info = fact.aspects, report.document
    value, low, high = _gate(fact.value), _gate(fact.low), _gate(fact.high)
    lexical = None if fact.value is None else plain(fact.value)
    exact = (value, low, high).count(None) == (fact.value, fact.low, fact.high).count(None)
    return (
        fact.fact_id, fact.series_id, info.key, aspects.entity, aspects.concept, fact.label, *_period(aspects.period),
        *_fiscal_label(aspects.period.start, aspects.period.end, report.entity.fiscal_year_end), aspects.unit,
        dims_id(aspects.dimensions), _json(aspects.dimensions), aspects.kind, value, low, high, fact.text,
        lexical, exact, fact.decimals, fact.nil, fact.approximate, aspects.basis, aspects.scenario,
        aspects.rate_date, fact.origin, info.filed_at, None, LOAD,
    )  # fmt: skip


def _extracted(report: Report) -> list[Row]:
    key = report.document.key
    return [
        (
            key, LOAD, n, fact.fact_id, fact.label, fact.statement, _numbers(_place(fact.place)),
            _lexicals(fact.value, fact.low, fact.high), _json(fact.aspects.dimensions),
            fact.approximate, fact.origin, fact.occurrences,
        )
        for n, fact in enumerate(report.facts)
    ]  # fmt: skip


def _occurrences(report: Report) -> list[Row]:
    key = report.document.key
    extraction = hashlib.sha256(_json(extraction_of(report)).encode("utf-8"))
    return [
        (
            _occurrence_id(extraction, n), key, LOAD, n, fact_id, *_place(o.place), o.raw, o.label, _json(o.section),
            o.statement, o.concept, *_period(o.period), o.unit, _json(o.dimensions), o.kind, _gate(o.printed),
            _exact(o.printed), o.sign, o.decimals, o.scale, o.text, _exact(o.low), _exact(o.high), o.bound, o.qualifier,
            o.basis, o.scenario, o.rate_date, o.reason, _json(o.candidates),
        )
        for n, (o, fact_id) in enumerate(zip(report.observations, report.fact_ids, strict=True))
    ]  # fmt: skip


def _checks(report: Report) -> list[Row]:
    key = report.document.key
    return [
        (
            key, LOAD, n, c.check_id, c.rule, c.family, c.verdict, _gate(c.left), _gate(c.right), _gate(c.difference), _gate(c.tolerance),
            _lexicals(c.left, c.right, c.difference, c.tolerance), c.reason, _texts(c.inputs), _texts(c.facts),
        )
        for n, c in enumerate(report.checks)
    ]  # fmt: skip


def _tables(report: Report) -> list[Row]:
    key = report.document.key
    return [
        (
            key, LOAD, n, table.number, table.part, table.statement, table.title, table.scale_text,
            _encoder.encode([_column(column) for column in table.columns]),
        )
        for n, table in enumerate(report.tables)
    ]  # fmt: skip


def _lines(report: Report) -> list[Row]:
    key = report.document.key
    return [
        (key, LOAD, at, n, r.number, r.line, r.label, r.level, r.concept, _numbers(r.cells), _map(r.texts))
        for n, table in enumerate(report.tables)
        for at, r in enumerate(table.rows)
    ]


def _column(column: Column) -> dict[str, object]:
    period = column.period
    start, end = (None, None) if period is None else (period.start and period.start.isoformat(), period.end.isoformat())
    return {"number": column.number, "headers": column.headers, "start": start, "end": end, "currency": column.currency}


def _document(report: Report) -> Row:
    info, period = report.document, report.period
    return (
        info.key, info.id, LOAD, info.media, info.encoding, report.entity.id, entity_version(report.entity),
        period and period.start, period and period.end, info.filed_at, info.filed_at_source, known_from(info), None,
        info.sha256, info.extractor_version, info.taxonomy_hash, len(report.facts), len(report.observations),
        None,
    )  # fmt: skip


# --- dimensions of the star -------------------------------------------------------------------------


def _entity_fields(entity: Entity) -> tuple[str | None, ...]:
    end = entity.fiscal_year_end
    return (
        entity.name, _json(entity.names), _map(entity.identifiers), entity.accounting,
        f"{end[0]:02d}-{end[1]:02d}" if end else None, entity.currency,
        None if entity.shares_per_ads is None else str(entity.shares_per_ads),
    )  # fmt: skip


def entity_version(entity: Entity) -> str:
    """The key of what is known of an entity: a changed entity file makes a new row, nothing is updated."""
    return hashlib.sha256(_json((entity.id, *_entity_fields(entity))).encode("utf-8")).hexdigest()[:32]


def entity_row(entity: Entity) -> Row:
    """What is known of an entity, as a row of ``dim_entity``."""
    return (entity.id, entity_version(entity), LOAD, *_entity_fields(entity))


def unit_row(unit: str) -> Row:
    """A unit as numerator and denominator."""
    numerator, _, denominator = unit.partition("/")
    return unit, LOAD, numerator, denominator


def concept_rows(taxonomy: Taxonomy) -> list[Row]:
    """The concepts of one taxonomy, for SQL users; exports read the frozen taxonomy."""
    return [
        (
            taxonomy.hash, c.id, c.type, c.period, c.balance, c.unit, c.basis, c.label("en"), c.label("zh"), c.definition,
            c.maps_to.get("us-gaap"), c.maps_to.get("ifrs-full"), c.replaced_by,
        )
        for c in sorted(taxonomy.concepts.values(), key=lambda c: c.id)
    ]  # fmt: skip


# --- values -----------------------------------------------------------------------------------------


def known_from(info: DocumentInfo) -> datetime | None:
    """When the document was known, UTC: an instant as given, else the end of the filing day (feed.md)."""
    try:
        moment = datetime.fromisoformat(info.filed_at) if len(info.filed_at) > 10 else None
        day = date.fromisoformat(info.filed_at[:10])
    except ValueError:
        return None
    if moment is not None and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return None if day == date.max else datetime.combine(day + timedelta(days=1), time())


def _gate(value: Decimal | None) -> str | None:
    """The number for a DECIMAL(38,9) column, or None where it does not fit exactly."""
    text = canonical(value)
    if text is None:
        return None
    whole, _, fraction = text.lstrip("-").partition(".")
    return text if whole.isdigit() and len(whole) <= 29 and len(fraction) <= 9 else None


def _exact(value: Decimal | None) -> str | None:
    """Every digit and the exponent as the reader made them, so that the same number comes back, not only an equal one."""
    return None if value is None else str(value)


def _lexicals(*values: Decimal | None) -> str:
    """Exact numbers as a JSON array; a Decimal's text needs no escape."""
    return "[" + ",".join(["null" if value is None else '"' + str(value) + '"' for value in values]) + "]"


def _place(place: Place) -> tuple[int | None, ...]:
    return place.line, place.column, place.start, place.end, place.table, place.row, place.cell


def _period(period: Period | None) -> tuple[str | None, date | None, date | None]:
    return (None, None, None) if period is None else (period.kind, period.start, period.end)


def _occurrence_id(extraction: hashlib._Hash, position: int) -> str:
    digest = extraction.copy()
    digest.update(b"%d" % position)
    return digest.hexdigest()[:32]


def _json(items: tuple[object, ...]) -> str:
    return _encoded(items) if items else "[]"


@lru_cache(maxsize=1024)
def _encoded(items: tuple[object, ...]) -> str:
    """Sections and dimensions repeat from row to row: each is encoded once."""
    return _encoder.encode(items)


def _texts(items: Iterable[str | None]) -> str:
    """A JSON array of texts, for those that hardly ever repeat."""
    return "[" + ",".join(["null" if item is None else _quoted(item) for item in items]) + "]"


def _numbers(items: Iterable[int | None]) -> str:
    return "[" + ",".join(["null" if item is None else str(item) for item in items]) + "]"


def _map(items: Mapping[int, str] | Mapping[str, str]) -> str:
    return _encoder.encode(dict(items)) if items else "{}"
