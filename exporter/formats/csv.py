"""CSV after the contract in the README: facts, occurrences, unresolved, findings and checks, and ``schema.json`` beside them.

RFC 4180, UTF-8 without a byte order mark. Numbers are exact and in plain notation; signs are canonical except in
``printed_value``. Text that a spreadsheet could run as a formula gets one leading apostrophe; ``unguard`` takes it off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from exporter.checks import results_of
from exporter.files import write_atomic
from exporter.model import CheckResult, Entity, Fact, Observation, Period, Report, Taxonomy
from exporter.values import fiscal_label, plain

#: Raised in its second part when columns are appended, in its first never without a new file name.
CONTRACT_VERSION = "1.1"

_TYPES = {
    "text": "text; guarded (see guard)",
    "integer": "whole number",
    "decimal": "exact decimal number in plain notation",
    "decimal_or_date": "exact decimal number in plain notation, or an ISO date where the figure is a date",
    "date": "ISO 8601 date, inclusive",
    "boolean": "true or false",
}

#: Columns by file, in order; a column is text unless its type stands after a colon. Columns are only ever appended.
_COLUMNS = {
    "facts.csv": "fact_id series_id document_id entity_id entity_name concept_id standard_concept label printed_statement "
    "period_type period_start:date period_end:date fiscal_year:integer fiscal_period unit_id dimensions "
    "value:decimal_or_date value_low:decimal value_high:decimal value_text decimals:integer approximate:boolean basis "
    "scenario origin filed_at locator occurrences:integer",
    "occurrences.csv": "fact_id document_id line:integer column:integer table:integer row:integer cell:integer start:integer "
    "end:integer raw label_as_reported section printed_statement concept_id standard_concept period_type "
    "period_start:date period_end:date unit_id dimensions value:decimal_or_date value_text printed_value:decimal "
    "decimals:integer bound qualifier",
    "unresolved.csv": "document_id line:integer column:integer table:integer row:integer cell:integer raw label_as_reported "
    "section value:decimal_or_date unit_id period_start:date period_end:date decimals:integer reason candidates",
    "findings.csv": "code severity message where",
    "ledger.csv": "line:integer column:integer start:integer end:integer token class fact_id reason",
    "checks.csv": "check_id rule family verdict left:decimal right:decimal difference:decimal tolerance:decimal reason inputs",
}

_FORMULA = r"'*[=+\-@\t\r\n＝＋－＠]"
_GUARDED = re.compile(_FORMULA)
_FIRST = frozenset("'=+-@\t\r\n＝＋－＠")  # what text must begin with for the pattern to be tried at all
_QUOTED = re.compile(r'[",\r\n]')
_NUMBER = re.compile(r"[+-]?(?=[.,]?[0-9])[0-9,]*(?:\.[0-9]+)?%?")

_fiscal_label = lru_cache(maxsize=256)(fiscal_label)

Row = list[str | int | None]


def export(report: Report, taxonomy: Taxonomy, out: Path, options: Mapping[str, str]) -> list[Path]:
    """Write the tables and ``schema.json`` into ``out``; there are no options."""
    rows: dict[str, list[Row]] = {
        "facts.csv": _facts(report, taxonomy),
        "occurrences.csv": _occurrences(report, taxonomy),
        "unresolved.csv": _unresolved(report),
        "findings.csv": [[_text(i.code), i.severity, _text(i.message), _text(i.where)] for i in report.findings],
        "ledger.csv": [
            [e.line, e.column, e.start, e.end, _raw(e.token), e.cls, _fact_of(report, e.observation), _text(e.reason)]
            for e in report.ledger
        ],
        "checks.csv": [_check(result) for result in results_of(report, taxonomy)],
    }
    paths = [write_atomic(out / name, _table(name, content)) for name, content in rows.items()]
    return [*paths, write_atomic(out / "schema.json", _schema())]


def guard(text: str) -> str:
    """Text that begins as a formula gets one apostrophe more; so does text that already looks guarded."""
    return "'" + text if text[:1] in _FIRST and _GUARDED.match(text) else text


def guard_words(text: str) -> str:
    """As ``guard``, but a bare number stays a number for the spreadsheet; it can run nothing."""
    return text if _NUMBER.fullmatch(text) else guard(text)


def unguard(text: str) -> str:
    """What was guarded, exactly."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text


# --- rows -------------------------------------------------------------------------------------------


def _facts(report: Report, taxonomy: Taxonomy) -> list[Row]:
    standard = _standard_of(report.entity, taxonomy)
    return [_fact(report, taxonomy, fact, standard(fact.aspects.concept)) for fact in report.facts]


def _fact(report: Report, taxonomy: Taxonomy, fact: Fact, standard: str) -> Row:
    aspects, entity = fact.aspects, report.entity
    concept = taxonomy.concepts.get(aspects.concept)
    label = concept.label("en") if concept else fact.label
    year, quarter = _fiscal_label(aspects.period.start, aspects.period.end, entity.fiscal_year_end)
    return [
        fact.fact_id, fact.series_id, _text(report.document.id), _text(aspects.entity), _text(entity.name),
        _text(aspects.concept), standard, _text(label), _text(fact.statement), *_period(aspects.period), year, quarter,
        "" if aspects.kind == "date" else _text(aspects.unit), _dimensions(aspects.dimensions), _value(fact.value, aspects.kind, fact.text),
        _number(fact.low), _number(fact.high), _text(fact.text or ""), fact.decimals,
        "true" if fact.approximate else "false", aspects.basis, aspects.scenario, fact.origin,
        _text(report.document.filed_at), fact.place.locator, fact.occurrences,
    ]  # fmt: skip


def _occurrences(report: Report, taxonomy: Taxonomy) -> list[Row]:
    """The figures whose value, unit and period are certain; the others stand in unresolved.csv alone."""
    standard = _standard_of(report.entity, taxonomy)
    name = _text(report.document.id)
    return [
        [
            fact_id, name, o.place.line, o.place.column, o.place.table, o.place.row, o.place.cell, o.place.start, o.place.end,
            _raw(o.raw), _text(o.label), _section(o), _text(o.statement), _text(o.concept or ""), standard(o.concept),
            *_period(o.period), _unit(o), _dimensions(o.dimensions), _value(o.value, o.kind, o.text), _text(o.text or ""),
            "" if o.kind == "date" else _number(o.printed), o.decimals, _text(o.bound), _text(o.qualifier),
        ]
        for o, fact_id in zip(report.observations, report.fact_ids, strict=True)
        if o.certain
    ]  # fmt: skip


def _unresolved(report: Report) -> list[Row]:
    name = _text(report.document.id)
    return [
        [
            name, o.place.line, o.place.column, o.place.table, o.place.row, o.place.cell, _raw(o.raw), _text(o.label),
            _section(o), _value(o.value, o.kind, o.text), _unit(o), *_period(o.period)[1:], o.decimals,
            _text(o.reason), _text("; ".join(o.candidates)),
        ]
        for o, fact_id in zip(report.observations, report.fact_ids, strict=True)
        if fact_id is None
    ]  # fmt: skip


def _check(result: CheckResult) -> Row:
    return [
        result.check_id, _text(result.rule), _text(result.family), result.verdict, _number(result.left), _number(result.right),
        _number(result.difference), _number(result.tolerance), _text(result.reason), ";".join(result.inputs),
    ]  # fmt: skip


def _fact_of(report: Report, observation: int | None) -> str:
    """The fact of a numeric token; "" for what is no figure or unresolved."""
    return (report.fact_ids[observation] or "") if observation is not None else ""


# --- cells ------------------------------------------------------------------------------------------


def _standard_of(entity: Entity, taxonomy: Taxonomy) -> Callable[[str | None], str]:
    """The standard element of a concept in the entity's own accounting, ``us-gaap:Revenues``, or ""."""

    @cache
    def standard(concept: str | None) -> str:
        known = taxonomy.concepts.get(concept or "")
        local = known.maps_to.get(entity.accounting, "") if known else ""
        return _text(f"{entity.accounting}:{local}") if local else ""

    return standard


def _value(value: Decimal | None, kind: str, text: str | None) -> str:
    return _text(text or "") if kind == "date" else _number(value)


def _number(value: Decimal | None) -> str:
    """Plain notation; a zero has no sign."""
    if value is None:
        return ""
    return plain(value) if value else plain(value).lstrip("-")


@lru_cache(maxsize=8192)
def _text(text: str) -> str:
    """A text cell, guarded and quoted after RFC 4180. Labels and names repeat from row to row."""
    return _quote(guard(text))


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _raw(raw: str) -> str:
    return _quote(guard_words(raw))


def _unit(observation: Observation) -> str:
    return "" if observation.kind == "date" else _text(observation.unit or "")


def _section(observation: Observation) -> str:
    return _text(" > ".join(observation.section))


def _dimensions(pairs: tuple[tuple[str, str], ...]) -> str:
    return _text("|".join(sorted(f"{axis}={member}" for axis, member in pairs))) if pairs else ""


@lru_cache(maxsize=256)
def _period(period: Period | None) -> tuple[str, str, str]:
    if period is None:
        return "", "", ""
    return period.kind, period.start.isoformat() if period.start else "", period.end.isoformat()


# --- files ------------------------------------------------------------------------------------------


def _table(name: str, rows: Iterable[Row]) -> str:
    """Rows whose text cells are quoted already; the other cells hold nothing that needs it."""
    head = [column.partition(":")[0] for column in _COLUMNS[name].split()]
    lines = [",".join(head), *(",".join(["" if cell is None else str(cell) for cell in row]) for row in rows)]
    return "\r\n".join([*lines, ""])


@lru_cache(maxsize=1)
def _schema() -> str:
    """What the CSVs hold, for scripts."""
    files = {
        name: [{"name": head, "type": kind or "text"} for head, _, kind in (c.partition(":") for c in columns.split())]
        for name, columns in _COLUMNS.items()
    }
    content = {
        "contract_version": CONTRACT_VERSION,
        "format": "RFC 4180: comma, double quotes, CRLF, one header line; UTF-8 without byte order mark; empty = none",
        "types": _TYPES,
        "guard": {
            "columns": "those of type text",
            "rule": "text that matches the pattern at its start has one apostrophe put before it, so that no spreadsheet runs it "
            "as a formula; a raw that is purely a number (the number pattern, in full) has not",
            "pattern": _FORMULA,
            "number": _NUMBER.pattern,
            "undo": "where a text begins with an apostrophe and matches the pattern at its start, drop its first character",
        },
        "files": {name: {"columns": columns} for name, columns in files.items()},
    }
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"
