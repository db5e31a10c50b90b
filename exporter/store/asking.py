"""A question about facts, as people put it, as SQL: which facts, of which periods, as they were known when.

The views do the work (``views``): ``fact_current``, ``fact_first_reported``, ``fact_live``, ``fact_as_of``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

from exporter.errors import QueryError
from exporter.model import Period

Vintage = Literal["current", "first", "all"]
#: A day, an instant with offset, or either of them as ISO text.
When: TypeAlias = date | datetime | str

_SOURCES = {"current": "fact_current", "first": "fact_first_reported", "all": "fact_live"}
_SORTED = "entity_id concept_id period_end period_start scenario unit_id dims_json known_from document_key fact_id"
_ORDER = ", ".join(f"f.{column}" for column in _SORTED.split())
_TRANSLATION = "fin:TranslationAxis"
_SYNTAX = "write 2023Q2, 2023H1, 2023M9, 2023FY, 2022Q1..2023Q4, a day such as 2023-06-30, or 2023-04-01..2023-06-30"
_LABEL = re.compile(r"(\d{4})(Q[1-4]|H[12]|M9|9M|FY)", re.IGNORECASE)
#: Fiscal periods that follow each other: a range of labels runs within one of these.
_KINDS = (("Q1", "Q2", "Q3", "Q4"), ("H1", "H2"), ("9M",), ("FY",))
#: An instant is labelled with the quarter whose end it is, the year's end with FY: the instant at the close of a period.
_CLOSE = {"Q4": "FY", "H1": "Q2", "H2": "FY", "9M": "Q3"}

_PAIRS = "list_transform(from_json(dims_json, '[[\"VARCHAR\"]]'), lambda pair: pair[1] || '=' || pair[2])"
_DIMENSIONS = f"array_to_string({_PAIRS}, '|')"
_LOCATOR = (
    "(SELECT max_by(json_extract_string(place_json, '$[0]') || ':' || json_extract_string(place_json, '$[1]'), e.load_id) "
    "FROM extracted_fact e WHERE e.fact_id = f.fact_id) AS locator"
)
#: Columns for scripts, named as in facts.csv. ``value`` is the number as text, with every digit.
FOR_SCRIPTS = (
    "entity_id, concept_id, label_as_reported, period_type, period_start, period_end, fiscal_year, fiscal_period, unit_id, "
    f"nullif({_DIMENSIONS}, '') AS dimensions, value_lexical AS value, value_low, value_high, value_text, decimals, is_nil, "
    "approximate, basis, scenario, origin, "
    f"document_id, filed_at, known_from, {_LOCATOR}, num_exact, fact_id"
)
_ENDS = " || ' to ' || ".join(f"coalesce(regexp_replace({end} || '', '\\.?0+$', ''), '')" for end in ("value_low", "value_high"))
#: Columns for people.
FOR_PEOPLE = (
    "concept_id AS concept, coalesce(period_start || '..', '') || period_end AS period, replace(unit_id, 'iso4217:', '') AS unit, "
    f"CASE WHEN is_nil THEN 'nil' WHEN value_kind = 'range' THEN {_ENDS} ELSE coalesce(value_lexical, value_text) END AS value, "
    f"decimals, scenario, {_DIMENSIONS} AS dimensions, document_id AS document, {_LOCATOR}"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of ``FactStore.facts``, whose docstring explains the parts. None, or nothing, narrows nothing."""

    entity: str | None = None
    concept: str | None = None
    period: Period | str | None = None
    as_of: When | None = None
    vintage: Vintage = "current"
    recorded_by: When | None = None
    unit: str | None = None
    document: str | None = None
    scenario: str | None = None
    dimensions: tuple[str, ...] = ()


def facts_sql(question: Question, columns: str = "*", *, ordered: bool = True) -> tuple[str, list[object]]:
    """A SELECT of rows, in a fixed order where they are to be ``ordered``, and the values of its ``?``. ``columns``: SQL over those
    of a fact (``f``), ``document_id`` and ``known_from``; all of them where nothing is said.

    Raises QueryError for a part that cannot be read.
    """
    values: list[object] = []
    source = _source(question, values)
    tests = list(_tests(question, values))
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    order = f" ORDER BY {_ORDER}" if ordered else ""
    return f"SELECT {columns} FROM {source} AS f{where}{order}", values


def moment(given: When) -> datetime:
    """Until when, UTC: a day counts to its end, an instant needs its offset. Raises QueryError."""
    try:
        read = given if not isinstance(given, str) else date.fromisoformat(given) if len(given) == 10 else datetime.fromisoformat(given)
    except ValueError:
        raise QueryError(f"{given!r} is no date; write 2023-08-15, or 2023-08-15T20:00:00+08:00") from None
    if not isinstance(read, datetime):
        return datetime.combine(min(read, date.max - timedelta(days=1)) + timedelta(days=1), time())
    if read.tzinfo is None:
        raise QueryError(f"{given}: an instant needs its offset from UTC; write 2023-08-15T20:00:00+08:00, or the day alone")
    return read.astimezone(UTC).replace(tzinfo=None)


def period_sql(period: Period | str) -> tuple[str, list[object]]:
    """A test on the period columns. ``2023Q2``: the quarter, and the instant at its close; ``2022Q1..2023Q4``: every quarter from
    one to the other; a day: what ends then. Labels are fiscal. Raises QueryError."""
    if isinstance(period, Period):
        return "period_end = ? AND period_start IS NOT DISTINCT FROM CAST(? AS DATE)", [period.end, period.start]
    first, dots, last = (part.strip() for part in period.strip().partition(".."))
    if _LABEL.fullmatch(first):
        return _labels_sql(_label(first), _label(last) if dots else _label(first), period), []
    try:
        days = [date.fromisoformat(part) for part in ((first, last) if dots else (first,))]
    except ValueError:
        raise QueryError(f"{period!r} is no period; {_SYNTAX}") from None
    if dots:
        return period_sql(Period(days[1], days[0]))
    return "period_end = ?", [days[0]]


def _label(text: str) -> tuple[int, str]:
    match = _LABEL.fullmatch(text)
    if not match:
        raise QueryError(f"{text!r} is no fiscal period; {_SYNTAX}")
    part = match[2].upper()
    return int(match[1]), "9M" if part == "M9" else part


def _labels_sql(first: tuple[int, str], last: tuple[int, str], written: str) -> str:
    kind = next(kind for kind in _KINDS if first[1] in kind)
    if last[1] not in kind:
        raise QueryError(f"{written!r} runs from one kind of period to another; {_SYNTAX}")
    span = range(first[0] * len(kind) + kind.index(first[1]), last[0] * len(kind) + kind.index(last[1]) + 1)
    if not span:
        raise QueryError(f"{written!r} ends before it begins; {_SYNTAX}")
    labels = [(n // len(kind), kind[n % len(kind)]) for n in span]
    durations = ", ".join(f"({year}, '{part}')" for year, part in labels)
    instants = ", ".join(f"({year}, '{_CLOSE.get(part, part)}')" for year, part in labels)
    fiscal = "(fiscal_year, fiscal_period)"
    return f"(({fiscal} IN ({durations}) AND period_type = 'duration') OR ({fiscal} IN ({instants}) AND period_type = 'instant'))"


def _source(question: Question, values: list[object]) -> str:
    """The view, or function, that knows the vintage."""
    if question.vintage not in _SOURCES:
        raise QueryError(f"{question.vintage!r} is no vintage; there are: {', '.join(_SOURCES)}")
    if question.vintage != "all" and any(pair.startswith(_TRANSLATION) for pair in question.dimensions):
        raise QueryError("a translation at one day's rate is neither current nor first reported; ask for the vintage all")
    if question.vintage != "current":
        if question.recorded_by is not None:
            raise QueryError("what the store knew once can be asked for the vintage current only")
        return _SOURCES[question.vintage]
    moments = [moment(given) for given in (question.as_of, question.recorded_by) if given is not None]
    values += moments
    if question.as_of is None:
        return "fact_as_recorded(?)" if moments else "fact_current"
    return "fact_as_of(?, ?)" if len(moments) == 2 else "fact_as_of(?)"


def _tests(question: Question, values: list[object]) -> Iterator[str]:
    """Tests in the order of their values. Entity and concept come first: the views look no further than these."""
    for column, given in (("entity_id", question.entity), ("concept_id", question.concept)):
        if given is not None:
            values.append(given)
            yield f"{column} GLOB ?" if "*" in given else f"{column} = ?"
    if question.period is not None:
        test, more = period_sql(question.period)
        values += more
        yield test
    if question.as_of is not None and question.vintage != "current":
        values.append(moment(question.as_of))
        yield "known_from <= ?"
    if question.unit is not None:
        values += [question.unit, question.unit]
        yield "(unit_id = ? OR replace(replace(unit_id, 'iso4217:', ''), 'xbrli:', '') = ?)"
    if question.document is not None:
        values += [question.document, question.document]
        yield "(document_id = ? OR document_key = ?)"
    if question.scenario is not None:
        values.append(question.scenario)
        yield "scenario = ?"
    yield from _dimension_tests(question.dimensions, values)


def _dimension_tests(pairs: Iterable[str], values: list[object]) -> Iterator[str]:
    """``axis=member``, ``axis`` for any member of it, ``none`` for facts without dimensions."""
    for pair in pairs:
        axis, given, member = pair.partition("=")
        if pair == "none":
            yield "dims_id = 'none'"
            continue
        if ":" not in axis or (given and ":" not in member):
            raise QueryError(f"{pair!r} is no dimension; write axis=member, such as fin:RangeAxis=fin:LowMember, an axis alone, or none")
        values.append(f'["{axis}","{member}"]' if given else f'["{axis}","')
        yield "contains(dims_json, ?)"
