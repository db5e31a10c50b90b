"""Rows of the store as a report again: equal (``==``) to the one that was written."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from exporter.errors import Issue
from exporter.model import (
    Aspects,
    CheckResult,
    Column,
    Definition,
    DocumentInfo,
    Entity,
    Fact,
    Observation,
    Period,
    Place,
    PrintedTable,
    Report,
    Row,
)

#: Runs a statement and returns all its rows.
Fetch = Callable[[str, list[object]], list[tuple[Any, ...]]]

_parse = json.JSONDecoder().raw_decode  # for our own JSON, which has no white space around it

_PLACE = "line_no, column_no, start_offset, end_offset, table_no, row_no, cell_no"
_OF = "document_key = ? AND load_id = ?"
_OBSERVATION = (
    f"fact_id, {_PLACE}, raw, label_as_reported, section_json, printed_statement, concept_id, period_end, period_start, "
    "unit_id, dims_json, printed_lexical, sign, decimals, scale_reported, value_text, low_lexical, high_lexical, bound, "
    "qualifier, value_kind, basis, scenario, rate_date, reason, candidates_json"
)
_DEFINITION = "concept_id, content, line_no, column_no, start_offset, end_offset"
_CHECK = "check_id, rule_id, family, verdict, lexical_json, reason, inputs_json, facts_json"
#: The columns that :func:`read_fact` reads, of ``extracted_fact e`` and ``fact f``.
FACT_COLUMNS = (
    "e.fact_id, f.series_id, f.entity_id, f.concept_id, f.period_end, f.period_start, f.unit_id, e.dims_json, f.value_kind, "
    "f.basis, f.scenario, f.rate_date, e.label_as_reported, e.printed_statement, e.place_json, e.lexical_json, "
    "f.value_text, f.decimals, f.is_nil, e.approximate, e.origin, e.occurrences"
)


def read_report(fetch: Fetch, key: str, load_id: int) -> Report:
    """The extraction of a document, from every table that holds a part of it."""
    of: list[object] = [key, load_id]
    columns = "document_id, media, encoding, source_sha256, filed_at, filed_at_source, extractor_version, taxonomy_hash"
    head = fetch(f"SELECT {columns}, entity_id, entity_version, period_start, period_end FROM document WHERE {_OF}", of)[0]
    newest = "document_key = ? AND load_id <= ? ORDER BY load_id DESC LIMIT 1"
    text = zlib.decompress(fetch(f"SELECT content_zlib FROM source_text WHERE {newest}", of)[0][0]).decode("utf-8")
    document_id, media, encoding, sha256, *rest = head[:8]
    occurrences = fetch(f"SELECT {_OBSERVATION} FROM occurrence WHERE {_OF} ORDER BY position", of)
    findings = fetch(f"SELECT code, message, location, severity FROM finding WHERE {_OF} ORDER BY position", of)
    return Report(
        document=DocumentInfo(key, document_id, media, encoding, sha256, text, *rest),
        entity=read_entity(fetch, head[8], head[9]),
        period=_period(head[11], head[10]),
        observations=tuple(_observation(row[1:]) for row in occurrences),
        fact_ids=tuple(row[0] for row in occurrences),
        facts=_facts(fetch, of),
        tables=_tables(fetch, of),
        findings=tuple(Issue(*row) for row in findings),
        definitions=tuple(
            Definition(concept, content, Place(*place))
            for concept, content, *place in fetch(f"SELECT {_DEFINITION} FROM definition WHERE {_OF} ORDER BY position", of)
        ),
        checks=tuple(map(_check, fetch(f"SELECT {_CHECK} FROM check_result WHERE {_OF} ORDER BY position", of))),
    )


def read_entity(fetch: Fetch, entity_id: str, version: str) -> Entity:
    """What was known of an entity at one version."""
    columns = "name, names_json, identifiers_json, accounting, fiscal_year_end, currency, shares_per_ads"
    found = fetch(f"SELECT {columns} FROM dim_entity WHERE entity_id = ? AND entity_version = ?", [entity_id, version])
    name, names, identifiers, accounting, year_end, currency, ratio = found[0]
    month, _, day = (year_end or "").partition("-")
    end = (int(month), int(day)) if year_end else None
    return Entity(entity_id, name, tuple(json.loads(names)), json.loads(identifiers), accounting, end, currency, _decimal(ratio))


def _observation(row: tuple[Any, ...]) -> Observation:
    raw, label, section, statement, concept, end, start, unit, dims, printed, sign, decimals, scale = row[7:20]
    text, low, high, bound, qualifier, kind, basis, scenario, rate_date, reason, candidates = row[20:]
    return Observation(
        Place(*row[:7]), raw, label, _tuple(section), statement, concept, _period(end, start), unit, _pairs(dims),
        _decimal(printed), sign, decimals, scale, text, _decimal(low), _decimal(high), bound, qualifier, kind, basis,
        scenario, rate_date, reason, _tuple(candidates),
    )  # fmt: skip


def _facts(fetch: Fetch, of: list[object]) -> tuple[Fact, ...]:
    rows = fetch(
        f"SELECT {FACT_COLUMNS} FROM extracted_fact e JOIN fact f ON f.fact_id = e.fact_id "
        "WHERE e.document_key = ? AND e.load_id = ? AND f.document_key = ? ORDER BY e.position",
        [*of, of[0]],
    )
    return tuple(map(read_fact, rows))


def read_fact(row: tuple[Any, ...]) -> Fact:
    """A fact from its ``FACT_COLUMNS``."""
    fact_id, series, entity, concept, end, start, unit, dims, kind, basis, scenario, rate_date, label, statement = row[:14]
    place, lexical, text, decimals, nil, approximate, origin, occurrences = row[14:]
    value, low, high = map(_decimal, _parse(lexical)[0])
    aspects = Aspects(entity, concept, Period(end, start), unit, _pairs(dims), kind, basis, scenario, rate_date)
    return Fact(
        fact_id, series, aspects, label, statement, Place(*_parse(place)[0]), value, low, high, text, decimals, nil,
        approximate, origin, occurrences,
    )  # fmt: skip


def _check(row: tuple[Any, ...]) -> CheckResult:
    check_id, rule, family, verdict, lexical, reason, inputs, facts = row
    left, right, difference, tolerance = map(_decimal, _parse(lexical)[0])
    return CheckResult(check_id, rule, family, verdict, left, right, difference, tolerance, reason, _tuple(inputs), _tuple(facts))


def _tables(fetch: Fetch, of: list[object]) -> tuple[PrintedTable, ...]:
    rows: dict[int, list[Row]] = defaultdict(list)
    lines = "table_position, number, line_no, label, level, concept_id, cells_json, texts_json"
    order = f"WHERE {_OF} ORDER BY table_position, position"
    for n, number, line, label, level, concept, cells, texts in fetch(f"SELECT {lines} FROM presentation {order}", of):
        printed = {} if texts == "{}" else {int(column): text for column, text in json.loads(texts).items()}
        rows[n].append(Row(number, line, label, level, concept, _tuple(cells), printed))
    titles = "position, columns_json, table_no, part, printed_statement, title, scale_text"
    found = fetch(f"SELECT {titles} FROM presentation_table WHERE {_OF} ORDER BY position", of)
    return tuple(
        PrintedTable(number, part, statement, title, scale, tuple(map(_column, json.loads(heads))), tuple(rows[n]))
        for n, heads, number, part, statement, title, scale in found
    )


def _column(head: dict[str, Any]) -> Column:
    start, end = (None if head[name] is None else date.fromisoformat(head[name]) for name in ("start", "end"))
    return Column(head["number"], tuple(head["headers"]), _period(end, start), head["currency"])


def _period(end: date | None, start: date | None) -> Period | None:
    return None if end is None else Period(end, start)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _tuple(content: str) -> tuple[Any, ...]:
    return () if content == "[]" else tuple(_parse(content)[0])


def _pairs(content: str) -> tuple[tuple[str, str], ...]:
    return () if content == "[]" else tuple((axis, member) for axis, member in _parse(content)[0])
