"""The views of the feed, written once: DuckDB (the store, a DuckDB target) and PostgreSQL run the same text.

No QUALIFY, no EXCLUDE, no JSON functions. Windows are partitioned by entity, concept and series, though the series
alone would do: so both engines push a filter on the entity or the concept below the window.

What counts as current (docs/feed.md). The facts of a series are taken from the newest to the oldest, as long as all
of them can be the same number: their rounding intervals have a point in common (what is no number must be equal).
Older ones have been restated. Among those that remain the most precise one is current, the newer one where two are alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from exporter.model import Taxonomy
from exporter.store.schema import SCHEMA_VERSION, STANDING, TABLES, create_tables
from exporter.store.shapes import SHAPES, wide_sql, wide_views

#: Half a unit of the last printed digit (values.rounding_interval), exact, for every precision that fits.
_HALVES = ", ".join(
    f"({d}, CAST({format(5 * 10 ** (-d - 1), 'd') if d < 0 else '0.' + '0' * d + '5'} AS DECIMAL(38,9)))" for d in range(-27, 9)
)
_SERIES = "entity_id, concept_id, series_id"
_FACT = ", ".join(("document_id", "known_from", *TABLES["fact"]))
#: Larger numbers have no interval here (their sums would leave the column): they are compared as text.
_LARGEST = "1" + "0" * 28
#: A figure that is rounded in words ("about"), or that we computed, yields to one that was stated.
_WEAK = "CASE WHEN approximate OR origin = 'derived' THEN 1 ELSE 0 END"
_NEWEST = f"{_WEAK}, known_from DESC NULLS LAST, fact_id DESC"
_MOST_PRECISE = f"{_WEAK}, decimals DESC NULLS FIRST, known_from DESC NULLS LAST, fact_id DESC"
_HOLDS = "((numbers = prints AND lowest <= highest) OR (numbers = 0 AND first_token = last_token))"
#: What decides which fact of a series is current, besides ``known_from``.
DECISIVE = (
    "fact_id", "entity_id", "concept_id", "series_id", "value_num", "value_low", "value_high", "value_lexical", "value_text", "num_exact",
    "decimals", "is_nil", "approximate", "origin", "scenario", "rate_date", "dims_json",
)  # fmt: skip
#: Of a translation at one day's rate, or of what was once expected, nothing is ever current.
_TIMELESS = "rate_date IS NULL AND dims_json NOT LIKE '%\"fin:ConvenienceMember\"%' AND scenario <> 'previous_guidance'"


def newest_rows(table: str, key: str, where: str = "") -> str:
    """The newest row of each key, with its place ``newest`` = 1."""
    given = f" WHERE {where}" if where else ""
    columns = ", ".join(TABLES[table])
    return (
        f"SELECT {columns} FROM (SELECT {columns}, row_number() OVER (PARTITION BY {key} ORDER BY load_id DESC) AS newest "
        f"FROM {table}{given}) AS numbered WHERE newest = 1"
    )


def live(recorded: str = "", known: str = "") -> str:
    """The facts of the newest reading of each document. ``recorded``: a test on ``recorded_at``, for an earlier state of the
    store; ``known``: one on ``known_from``."""
    when = f" AND f.{recorded}" if recorded else ""
    facts = ", ".join(f"f.{column}" for column in TABLES["fact"])
    return (
        f"SELECT d.document_id, d.known_from, {facts} FROM fact f "
        # Adds and drops nothing: a fact came with a reading of its issuer. But DuckDB sees by it in which loads an issuer's facts lie, and
        # passes the rest of the file over; by the IDs alone it cannot, as it keeps eight bytes of a text to tell its blocks apart.
        "JOIN (SELECT entity_id, document_key, load_id FROM document) AS came "
        "ON came.entity_id = f.entity_id AND came.document_key = f.document_key AND came.load_id = f.load_id "
        f"JOIN ({newest_rows('document', 'document_key', recorded)}) AS d ON d.document_key = f.document_key "
        f"LEFT JOIN ({newest_rows('fact_retraction', 'fact_id', recorded)}) AS r ON r.fact_id = f.fact_id AND r.retracted "
        f"WHERE r.fact_id IS NULL{when}{f' AND {known}' if known else ''}"
    )


def _standing(bits: str) -> str:
    """The facts that a column of bits names, of the store alone: what ``fact_live`` and ``fact_current`` are by definition, kept."""
    facts = ", ".join(f"f.{column}" for column in TABLES["fact"])
    return (
        f"SELECT s.document_id, s.known_from, {facts} FROM {STANDING} s "
        "JOIN fact f ON f.extraction_no = s.extraction_no AND f.entity_id = s.entity_id "
        f"WHERE get_bit(s.{bits}, f.extraction_place) = 1 AND bit_count(s.{bits}) > 0"  # the latter passes whole documents over
    )


def intervals(facts: str) -> str:
    """Comparable facts: ``at_least`` and ``at_most`` where they are numbers, else ``token``, which must be equal."""
    width = "coalesce(width, 0) * CASE WHEN approximate THEN 2 ELSE 1 END"
    number = f"value_num BETWEEN -{_LARGEST} AND {_LARGEST} AND NOT is_nil"
    words = ("value_num", "value_low", "value_high", "value_lexical", "value_text")
    text = " || '|' || ".join(f"coalesce(CAST({word} AS VARCHAR), '')" for word in words)
    # An exact text is lacking only of a range that fits no column: it equals nothing but itself.
    unknown = "CASE WHEN NOT num_exact AND value_lexical IS NULL THEN fact_id ELSE '' END"
    return (
        f"SELECT live.*, CASE WHEN {number} THEN value_num - {width} END AS at_least, "
        f"CASE WHEN {number} THEN value_num + {width} END AS at_most, "
        f"CASE WHEN {number} THEN NULL WHEN is_nil THEN 'nil' ELSE {text} || '|' || {unknown} END AS token "
        f"FROM ({facts}) AS live LEFT JOIN (VALUES {_HALVES}) AS half(places, width) ON half.places = live.decimals "
        f"WHERE {_TIMELESS}"
    )


def current(compared: str, series: str = _SERIES, more: str = "", facts: str = _FACT) -> str:
    """The current one of each series. ``facts``: the columns asked for; ``more``: further ones to hand through."""
    return chosen(chained(compared, series), series, f"{facts}{more}")


def chained(compared: str, series: str) -> str:
    """Comparable facts, each with what it and all newer ones of its series have in common: ``_HOLDS`` where they can be the same."""
    since = f"(PARTITION BY {series} ORDER BY {_NEWEST} ROWS UNBOUNDED PRECEDING)"
    bounds = "count(*) OVER {0} AS prints, count(at_least) OVER {0} AS numbers, max(at_least) OVER {0} AS lowest, "
    bounds += "min(at_most) OVER {0} AS highest, min(token) OVER {0} AS first_token, max(token) OVER {0} AS last_token"
    return f"SELECT compared.*, {bounds.format(since)} FROM ({compared}) AS compared"


def chosen(chained: str, series: str, columns: str) -> str:
    """Of those that can be the same number as all newer ones, the most precise of each series."""
    return (
        f"SELECT {columns} FROM (SELECT chained.*, row_number() OVER (PARTITION BY {series} ORDER BY {_MOST_PRECISE}) AS choice "
        f"FROM ({chained}) AS chained WHERE {_HOLDS}) AS chosen WHERE choice = 1"
    )


def heard(chained: str, series: str, columns: str) -> str:
    """The facts that decide which one of each series is current, and would if a newer one came: from the newest to the oldest as long as
    they can be the same number, and the first that can not. Older ones count no more, whatever comes, unless a fact is retracted.
    """
    return (
        f"SELECT {columns} FROM (SELECT *, holds OR lag(holds, 1, TRUE) OVER (PARTITION BY {series} ORDER BY {_NEWEST}) AS is_heard "
        f"FROM (SELECT *, {_HOLDS} AS holds FROM ({chained}) AS chained) AS held) AS told WHERE is_heard"
    )


def _first_reported() -> str:
    order = "known_from NULLS LAST, decimals DESC NULLS FIRST, fact_id"
    return (
        f"SELECT {_FACT} FROM (SELECT fact_live.*, row_number() OVER (PARTITION BY {_SERIES} ORDER BY {order}) AS place "
        f"FROM fact_live WHERE {_TIMELESS} AND origin = 'reported') AS numbered WHERE place = 1"
    )


def _history() -> str:
    """Each fact against what stood before it. Pairs within a series: a series has as many facts as it was printed in documents."""
    facts = ", ".join(f"f.{column}" for column in _FACT.split(", "))
    earlier = ", ".join(f"e.{column}" for column in (*_FACT.split(", "), "at_least", "at_most", "token"))
    places = f"SELECT *, row_number() OVER (PARTITION BY {_SERIES} ORDER BY {_NEWEST}) AS age FROM fact_interval"
    on = "e.entity_id = f.entity_id AND e.concept_id = f.concept_id AND e.series_id = f.series_id AND e.age > f.age"
    pairs = f"SELECT {earlier}, f.fact_id AS later_id FROM ({places}) AS f JOIN ({places}) AS e ON {on}"
    standing = current(pairs, f"{_SERIES}, later_id", ", at_least, at_most, token, later_id")
    return (
        f"SELECT {facts}, s.fact_id AS compared_with, CASE WHEN s.fact_id IS NULL THEN 'first' "
        "WHEN f.token IS NULL AND s.token IS NULL AND f.value_num <> s.value_num AND "
        "(f.decimals = s.decimals OR f.at_least > s.at_most OR f.at_most < s.at_least) THEN 'restates' "
        "WHEN coalesce(f.token, '') <> coalesce(s.token, '') THEN 'restates' "
        "WHEN coalesce(f.decimals, 99) > coalesce(s.decimals, 99) THEN 'refines' ELSE 'confirms' END AS relation "
        f"FROM fact_interval f LEFT JOIN ({standing}) AS s "
        "ON s.entity_id = f.entity_id AND s.concept_id = f.concept_id AND s.series_id = f.series_id AND s.later_id = f.fact_id"
    )


def _of_document_current(table: str, where: str) -> str:
    columns = ", ".join(f"o.{column}" for column in TABLES[table])
    return (
        f"SELECT d.document_id, {columns} FROM document_current d "
        f"JOIN {table} o ON o.document_key = d.document_key AND o.load_id = d.load_id WHERE {where}"
    )


#: By name, in the order in which they are made.
VIEWS: dict[str, str] = {
    "document_current": newest_rows("document", "document_key"),
    "fact_live": live(),
    "fact_interval": intervals("SELECT * FROM fact_live"),
    "fact_current": current("SELECT * FROM fact_interval"),
    "fact_first_reported": _first_reported(),
    "fact_history": _history(),
    "unresolved": _of_document_current("occurrence", "o.fact_id IS NULL"),
}

_KNOWN, _RECORDED = "known_from <= CAST(known_at AS TIMESTAMP)", "recorded_at <= CAST(recorded_by AS TIMESTAMP)"

#: Table functions as (name, parameters, text): what ``fact_current`` was, or would have been.
FUNCTIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("fact_as_of", ("known_at",), current(intervals(f"SELECT * FROM fact_live WHERE {_KNOWN}"))),
    ("fact_as_of", ("known_at", "recorded_by"), current(intervals(live(_RECORDED, _KNOWN)))),
    ("fact_as_recorded", ("recorded_by",), current(intervals(live(_RECORDED)))),
)

#: What the store keeps, so that nothing has to be computed when it is asked for.
_KEPT = {"fact_live": _standing("live"), "fact_current": _standing("current")}

#: What DuckDB computes from the store's tables; the feed carries it as tables.
_STORE_ONLY = {
    "fact_dimension": (
        "SELECT fact_id, pair[1] AS axis, pair[2] AS member, load_id "
        "FROM (SELECT fact_id, load_id, unnest(from_json(dims_json, '[[\"VARCHAR\"]]')) AS pair FROM fact WHERE dims_id <> 'none')"
    ),
    "load_audit": (
        "SELECT d.*, coalesce(f.facts_added, 0) AS facts_added, coalesce(r.facts_retracted, 0) AS facts_retracted "
        "FROM (SELECT load_id, min(recorded_at) AS recorded_at, count(*) AS documents, sum(fact_count) AS facts_read, "
        "sum(occurrence_count) AS occurrences FROM document GROUP BY load_id) d "
        "LEFT JOIN (SELECT load_id, count(*) AS facts_added FROM fact GROUP BY load_id) f ON f.load_id = d.load_id "
        "LEFT JOIN (SELECT load_id, count(*) AS facts_retracted FROM fact_retraction WHERE retracted GROUP BY load_id) r "
        "ON r.load_id = d.load_id"
    ),
}


def kept_views() -> dict[str, tuple[str, str]]:
    """What the store keeps of its facts, each with its definition: both must give the same facts."""
    defined = live()
    weighed = heard(chained(intervals(defined), _SERIES), _SERIES, "document_id, known_from, fact_id")
    return {
        "fact_live": (_KEPT["fact_live"], defined),
        "fact_current": (_KEPT["fact_current"], current(intervals(defined))),
        "heard": (_standing("heard"), weighed),
    }


def duckdb_views(*, store: bool = False, history: bool = True) -> Iterator[str]:
    """The statements that make all views and functions in DuckDB. ``store``: those too that a feed has as tables. ``history``
    False: where there is nothing but the current facts."""
    for name, text in {**(_STORE_ONLY if store else {}), **views(history=history), **(_KEPT if store else {})}.items():
        yield f"CREATE VIEW {name} AS {text}"
    for name in dict.fromkeys(name for name, _, _ in FUNCTIONS if history):
        ways = (f"({', '.join(words)}) AS TABLE {text}" for known, words, text in FUNCTIONS if known == name)
        yield f"CREATE MACRO {name} {', '.join(ways)}"


def views(*, history: bool = True) -> dict[str, str]:
    """Name and text of every view, in the order in which they are made. ``history`` False: of a feed of the current facts."""
    return {**VIEWS, **SHAPES} if history else {name: SHAPES[name] for name in ("statement_cell", "tag")}


def duckdb_wide(*taxonomies: Taxonomy) -> Iterator[str]:
    """The statements that make, or make anew, the wide view of each statement."""
    for name, columns in wide_views(*taxonomies):
        yield f"CREATE OR REPLACE VIEW {name} AS {wide_sql(columns)}"


def create_sql(version: str, taxonomy: Taxonomy) -> str:
    """All tables and views of a new store. ``version``: of the package, for whoever looks into the file."""
    info = f"INSERT INTO store_info VALUES ({SCHEMA_VERSION}, '{version}')"
    return ";".join((*create_tables(), info, *duckdb_views(store=True), *duckdb_wide(taxonomy)))
