"""Views in shapes that people know: one wide view a statement, and sub, num, tag and pre as in the SEC's Financial
Statement Data Sets. One text for DuckDB and PostgreSQL, as in ``views``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from exporter.model import Taxonomy

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST = 63  # PostgreSQL cuts longer names, in silence
_WIDE_KEY = "entity_id, period_start, period_end, currency"


def _newest(table: str, key: str, columns: str) -> str:
    numbered = f"SELECT {columns}, row_number() OVER (PARTITION BY {key} ORDER BY load_id DESC) AS newest FROM {table}"
    return f"(SELECT {columns} FROM ({numbered}) AS numbered WHERE newest = 1)"


# A figure that its row, period and currency do not name alone (per share and per ADS) is left out: nothing is chosen.
# What has no currency of its own (shares, rates) stands with the currency in which the entity reports.
_CELL = (
    f"SELECT {_WIDE_KEY}, concept_id, min(fiscal_year) AS fiscal_year, min(fiscal_period) AS fiscal_period, max(value_num) AS value "
    "FROM (SELECT f.entity_id, f.period_start, f.period_end, f.fiscal_year, f.fiscal_period, f.concept_id, f.value_num, "
    "CASE WHEN f.unit_id LIKE 'iso4217:%' THEN substr(f.unit_id, 9, 3) ELSE coalesce(e.currency, '') END AS currency "
    f"FROM fact_current f LEFT JOIN {_newest('dim_entity', 'entity_id', 'entity_id, currency')} AS e ON e.entity_id = f.entity_id "
    "WHERE f.dims_id = 'none' AND f.scenario = 'actual' AND f.value_kind = 'numeric') AS plain "
    f"GROUP BY {_WIDE_KEY}, concept_id HAVING count(*) = 1"
)


def _day(column: str) -> str:
    parts = (f"CAST(extract({part} FROM {column}) AS INTEGER)" for part in ("year", "month", "day"))
    return " + ".join(f"{part} * {weight}" for part, weight in zip(parts, (10000, 100, 1), strict=True))


_CIK = "CASE WHEN d.entity_id LIKE 'cik:%' THEN ltrim(substr(d.entity_id, 5), '0') END"
_QUARTERS = "CASE WHEN f.period_start IS NULL THEN 0 ELSE CAST(round((f.period_end - f.period_start + 1) / 91.25) AS INTEGER) END"
_UNIT = "replace(replace(f.unit_id, 'iso4217:', ''), 'xbrli:', '')"
_SEGMENTS = (
    "SELECT fact_id, string_agg(axis || '=' || member, ';' ORDER BY axis, member) AS segments FROM fact_dimension GROUP BY fact_id"
)
_STATEMENT = " ".join(
    f"WHEN '{name}' THEN '{code}'"
    for name, code in (("balance_sheet", "BS"), ("income_statement", "IS"), ("cash_flow", "CF"), ("comprehensive_income", "CI"))
)

#: One row a document (sub), a reported number (num), a concept (tag), a printed row (pre). ``adsh`` is the document's key,
#: ``version`` the hash of the taxonomy; columns for which a release gives nothing are not there.
SHAPES: dict[str, str] = {
    "statement_cell": _CELL,
    "sub": (
        f"SELECT d.document_key AS adsh, {_CIK} AS cik, e.name, replace(e.fiscal_year_end, '-', '') AS fye, d.media AS form, "
        f"{_day('d.period_end')} AS period, d.filed_at AS filed, d.known_from AS accepted, d.document_id AS instance, d.entity_id "
        "FROM document_current d LEFT JOIN dim_entity e ON e.entity_id = d.entity_id AND e.entity_version = d.entity_version"
    ),
    "num": (
        f"SELECT f.document_key AS adsh, f.concept_id AS tag, d.taxonomy_hash AS version, {_day('f.period_end')} AS ddate, "
        f"{_QUARTERS} AS qtrs, {_UNIT} AS uom, s.segments, f.value_num AS value, f.decimals, f.fact_id "
        "FROM fact_live f JOIN document_current d ON d.document_key = f.document_key "
        f"LEFT JOIN ({_SEGMENTS}) AS s ON s.fact_id = f.fact_id WHERE f.value_kind = 'numeric' AND f.scenario = 'actual'"
    ),
    "tag": (
        "SELECT concept_id AS tag, taxonomy_hash AS version, 1 AS custom, 0 AS abstract, item_type AS datatype, "
        "CASE period_type WHEN 'instant' THEN 'I' ELSE 'D' END AS iord, "
        "CASE balance WHEN 'credit' THEN 'C' WHEN 'debit' THEN 'D' END AS crdr, label_en AS tlabel, definition AS doc, "
        "us_gaap, ifrs_full FROM dim_concept"
    ),
    "pre": (
        "SELECT p.document_key AS adsh, p.table_position + 1 AS report, p.position + 1 AS line, "
        f"CASE t.printed_statement {_STATEMENT} ELSE 'UN' END AS stmt, p.concept_id AS tag, d.taxonomy_hash AS version, "
        "p.label AS plabel, p.level FROM document_current d "
        "JOIN presentation p ON p.document_key = d.document_key AND p.load_id = d.load_id "
        "JOIN presentation_table t ON t.document_key = p.document_key AND t.load_id = p.load_id AND t.position = p.table_position"
    ),
}  # fmt: skip


def wide_views(*taxonomies: Taxonomy) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Name and columns, as (column, concept), of the wide view of each statement: ``wide_income_statement`` ...

    What a later taxonomy adds comes last: PostgreSQL replaces no view in which a column has moved.
    """
    statements: dict[str, dict[str, None]] = {}
    for network in (network for taxonomy in taxonomies for network in taxonomy.networks.values()):
        concepts = statements.setdefault(network.statement, {})
        concepts.update(dict.fromkeys(line.concept for line in network.presentation))
    for statement, listed in statements.items():
        yield f"wide_{_NAME.sub('_', statement.lower())}"[:_LONGEST], list(_columns(listed))


def wide_sql(columns: Iterable[tuple[str, str]]) -> str:
    """One row an entity, period and currency; one column a concept, in the order given."""
    figures = "".join(
        f", max(value) FILTER (WHERE concept_id = {literal(concept)}) AS {column}" for column, concept in columns
    )
    labels = "min(fiscal_year) AS fiscal_year, min(fiscal_period) AS fiscal_period"
    return f"SELECT {_WIDE_KEY}, {labels}{figures} FROM statement_cell GROUP BY {_WIDE_KEY}"


def literal(text: str) -> str:
    """A text as an SQL literal, in both engines."""
    return "'" + text.replace("'", "''") + "'"


def _columns(concepts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``fin:TotalAssets`` is ``fin_total_assets``; what is too long or not unique ends with a hash."""
    taken: set[str] = set()
    for concept in concepts:
        name = _NAME.sub("_", _WORDS.sub("_", concept).lower()).strip("_")
        if len(name) > _LONGEST or name in taken:
            name = f"{name[: _LONGEST - 9]}_{sha256(concept.encode()).hexdigest()[:8]}"
        taken.add(name)
        yield name, concept
