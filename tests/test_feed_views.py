"""What the views answer: current, first reported, as known on a day, as the store stood, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from handmade import ENTITY, TRANSLATION, figure, report, taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st
from pgserver import Server

from exporter.feeds import Options, load
from exporter.model import Entity, Line, Observation, Report, Taxonomy
from exporter.store import FactStore
from exporter.store.shapes import wide_sql, wide_views
from exporter.values import rounding_interval

TAXONOMY = taxonomy()
REVENUES = "concept_id = 'fin:Revenues'"


@dataclass(frozen=True)
class Place:
    """A store, and what it is loaded into after each ``stored``: itself, a DuckDB file, a PostgreSQL."""

    store: Path
    target: str = ""
    server: Server | None = None


@pytest.fixture(params=["store", "duckdb", pytest.param("postgresql", marks=pytest.mark.judge)])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    store = tmp_path / "facts.duckdb"
    if request.param == "postgresql":
        postgres: Server = request.getfixturevalue("postgres")
        yield Place(store, postgres.url, postgres)
        postgres.ask("DROP SCHEMA views CASCADE")
    else:
        yield Place(store, str(tmp_path / "target.duckdb") if request.param == "duckdb" else "")


def stored(path: Place, *reports: Report, known: Taxonomy = TAXONOMY) -> None:
    """Each report in a load of its own."""
    with FactStore.open(path.store) as store:
        for one in reports:
            store.write([one], known)
    if path.target:
        load(path.target, path.store, Options(schema="views"))


def ask(path: Place, sql: str) -> list[tuple[Any, ...]]:
    if path.server:
        return path.server.ask(sql, "views")
    with duckdb.connect(path.target or str(path.store), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def release(name: str, filed_at: str, *figures: Observation, extractor: str = "1") -> Report:
    return report(figures, source=name, document_id=name, filed_at=filed_at, extractor=extractor)


def revenue(printed: str, decimals: int | None = 0, **more: Any) -> Observation:
    return figure("fin:Revenues", printed, decimals=decimals, **more)


def current(path: Place, where: str = REVENUES, source: str = "fact_current") -> list[Any]:
    return [row[0] for row in ask(path, f"SELECT value_num FROM {source} WHERE {where} ORDER BY 1")]


def test_as_of(path: Place) -> None:
    """100 is restated to 105; a cost read as 900 is corrected to 90 by the next reading of the same document."""
    june, september = "2023-05-15", "2023-08-15"
    stored(path, release("first", june, revenue("100"), figure("fin:Costs", "900", decimals=0)))
    stored(path, release("second", september, revenue("105")))
    before = ask(path, "SELECT max(recorded_at) FROM document")[0][0]
    stored(path, release("first", june, revenue("100"), figure("fin:Costs", "90", decimals=0), extractor="2"))
    costs = "concept_id = 'fin:Costs'"
    known = {"June": "fact_as_of('2023-06-30')", "September": "fact_as_of('2023-09-30')"}
    assert [current(path, source=known[when]) for when in known] == [[100], [105]]
    assert [current(path, costs, known[when]) for when in known] == [[90], [90]]
    assert current(path, source=f"fact_as_recorded('{before}')") == [105]
    assert current(path, costs, f"fact_as_recorded('{before}')") == [900]
    assert current(path, source=f"fact_as_of('2023-06-30', '{before}')") == [100]
    assert current(path, costs, f"fact_as_of('2023-06-30', '{before}')") == [900]
    assert (current(path), current(path, costs)) == ([105], [90])
    assert (current(path, source="fact_first_reported"), current(path, costs, "fact_first_reported")) == ([100], [90])
    assert current(path, "TRUE", "fact_as_of('2023-05-15')") == []  # known from the end of the day of filing
    assert current(path, "TRUE", "fact_as_of('2023-05-16')") == [90, 100]
    assert current(path, "TRUE", "fact_as_recorded('2000-01-01')") == []


def history(path: Place, where: str = REVENUES) -> list[str]:
    return [row[0] for row in ask(path, f"SELECT relation FROM fact_history WHERE {where} ORDER BY known_from")]


#: Prints of one series with their decimals; what each does to what stood before; what is current in the end.
CHAINS: tuple[tuple[list[tuple[str, int | None]], list[str], str], ...] = (
    ([("3914316000", -3), ("3900000000", -8)], ["first", "confirms"], "3914316000"),
    ([("3900000000", -8), ("3914316000", -3)], ["first", "refines"], "3914316000"),
    ([("3900000000", -8), ("3914316000", -3), ("3914000000", -6)], ["first", "refines", "confirms"], "3914316000"),
    ([("100", 0), ("105", 0)], ["first", "restates"], "105"),
    ([("100", 0), ("101", 0)], ["first", "restates"], "101"),  # a neighbour at the same precision is another figure
    ([("100", 0), ("105", 0), ("100", 0)], ["first", "restates", "restates"], "100"),
    # Restated, then printed rounder: the finer figure before the restatement does not come back.
    ([("100.0", 1), ("105", 0), ("100", -2)], ["first", "restates", "confirms"], "105"),
    ([("100", 0), ("100.3", 1), ("100.31", 2)], ["first", "refines", "refines"], "100.31"),
    ([("100.0", 1), ("100", 0), ("100.4", 1)], ["first", "confirms", "restates"], "100.4"),
    ([("100", None), ("100", 0)], ["first", "confirms"], "100"),  # exact, then rounded
    ([("0.5", 11), ("0.5", 1)], ["first", "confirms"], "0.5"),  # half a digit is smaller than the column can say
    ([("9" * 29, 0), ("9" * 29, 0)], ["first", "confirms"], "9" * 29),  # as large as the column: no sum overflows
)


def test_chains(path: Place) -> None:
    """Each chain is an issuer's, all in one load."""
    reports = [
        report([revenue(text, decimals)], source=f"{n}-{at}", document_id=f"r{n}-{at}", filed_at=f"2023-0{at + 1}-15", entity=issuer(n))
        for n, (prints, _, _) in enumerate(CHAINS)
        for at, (text, decimals) in enumerate(prints)
    ]
    with FactStore.open(path.store) as store:
        store.write(reports, TAXONOMY)
    stored(path)
    for n, (prints, relations, now) in enumerate(CHAINS):
        where = f"{REVENUES} AND entity_id = '{issuer(n).id}'"
        assert (prints, history(path, where)) == (prints, relations)
        assert (prints, current(path, where)) == (prints, [Decimal(now)])
        assert (prints, current(path, where, "fact_first_reported")) == (prints, [Decimal(prints[0][0])])


def issuer(number: int) -> Entity:
    return replace(ENTITY, id=f"cik:{number}")


def test_a_translation_at_another_rate_restates_nothing(path: Place) -> None:
    def translated(printed: str) -> Observation:
        return revenue(printed, unit="iso4217:USD", dimensions=TRANSLATION)

    stored(path, release("a", "2023-05-15", revenue("700"), translated("100")))
    stored(path, release("b", "2023-08-15", revenue("700"), translated("90")))
    assert current(path) == [700]
    assert set(history(path)) == {"first", "confirms"}
    assert current(path, source="fact_first_reported") == [700]
    assert current(path, source="fact_live") == [90, 100, 700, 700]  # there for whoever asks


def test_what_is_no_number(path: Place) -> None:
    """Ranges, texts, numbers that fit no column, and nil: equal or restated."""
    def both(low: str | None, high: str | None, text: str, long: str) -> tuple[Observation, ...]:
        ends = {"low": low and Decimal(low), "high": high and Decimal(high)}
        return (
            figure("fin:Revenues", None, kind="range", scenario="guidance", decimals=-6, **ends),
            figure("fin:Auditor", None, kind="text", text=text, unit="", decimals=None, line=2),
            figure("fin:Shares", long, unit="xbrli:shares", decimals=11, line=3),
        )

    stored(path, release("a", "2023-02-15", *both("1e9", "2e9", "Somebody", "0.12345678951")))
    stored(path, release("b", "2023-05-15", *both("1e9", "2e9", "Somebody", "0.12345678951")))
    assert ask(path, "SELECT relation, count(*) FROM fact_history GROUP BY 1 ORDER BY 1") == [("confirms", 3), ("first", 3)]
    stored(path, release("c", "2023-08-15", *both("1.5e9", None, "Another", "0.12345678952")))
    assert ask(path, "SELECT relation FROM fact_history WHERE document_id = 'c'") == [("restates",)] * 3
    sql = "SELECT value_low, value_high, value_text, value_lexical FROM fact_current ORDER BY value_kind, concept_id"
    assert ask(path, sql) == [
        (None, None, None, "0.12345678952"), (Decimal("1500000000"), None, None, None), (None, None, "Another", None),
    ]  # fmt: skip


def test_ranges_that_fit_no_column_are_not_alike(path: Place) -> None:
    def wide(high: str) -> Observation:
        return figure("fin:Revenues", None, kind="range", scenario="guidance", low=Decimal(1), high=Decimal(high), decimals=0)

    stored(path, release("a", "2023-02-15", wide("1e40")), release("b", "2023-05-15", wide("2e40")))
    assert history(path) == ["first", "restates"]


def test_a_document_without_a_date_never_beats_one_with(path: Place) -> None:
    stored(path, release("dated", "2023-05-15", revenue("100")), release("undated", "", revenue("200")))
    assert current(path) == [100]
    assert current(path, source="fact_first_reported") == [100]
    assert current(path, source="fact_as_of('2999-01-01')") == [100]
    stored(path, release("alone", "", figure("fin:Costs", "5", decimals=0)))
    assert current(path, "concept_id = 'fin:Costs'") == [5]
    assert current(path, "concept_id = 'fin:Costs'", "fact_as_of('2999-01-01')") == []  # nobody can say since when


def test_about_yields_to_a_stated_figure(path: Place) -> None:
    stored(path, release("a", "2023-05-15", revenue("1512", 0)), release("b", "2023-08-15", revenue("1400", -2, qualifier="approximately")))
    assert ask(path, "SELECT approximate FROM fact WHERE value_num = 1400") == [(True,)]
    assert current(path) == [1512]


def test_what_was_once_expected_is_never_current(path: Place) -> None:
    stored(path, release("a", "2023-05-15", revenue("3", scenario="guidance"), revenue("2", scenario="previous_guidance")))
    assert current(path) == [3]


def test_a_retracted_fact_is_gone_and_a_restored_one_is_back(path: Place) -> None:
    one, two = revenue("100"), revenue("200")
    stored(path, release("a", "2023-05-15", one), release("a", "2023-05-15", two, extractor="2"))
    assert (current(path), current(path, source="fact_live")) == ([200], [200])
    stored(path, release("a", "2023-05-15", one, extractor="3"))
    assert (current(path), current(path, source="fact_live")) == ([100], [100])
    loads = [row[0] for row in ask(path, "SELECT recorded_at FROM document ORDER BY load_id")]
    assert [current(path, source=f"fact_as_recorded('{at}')") for at in loads] == [[100], [200], [100]]


def test_live_is_what_the_newest_reading_read(path: Place) -> None:
    stored(path, report(), report(extractor="2"), report(source="b", document_id="b"), report([revenue("5")], extractor="3"))
    newest = (
        "SELECT e.fact_id FROM extracted_fact e WHERE load_id = (SELECT max(load_id) FROM document d WHERE d.document_key = e.document_key)"
    )
    assert sorted(ask(path, "SELECT fact_id FROM fact_live")) == sorted(ask(path, newest))


PRINTS = st.lists(st.tuples(st.integers(0, 300), st.integers(-1, 1)), min_size=1, max_size=6)


@settings(max_examples=25)
@given(PRINTS)
def test_any_chain(tmp_path_factory: pytest.TempPathFactory, prints: list[tuple[int, int]]) -> None:
    """Against the rule in Python: from the newest back while all can be one number; of those the most precise."""
    path = Place(tmp_path_factory.mktemp("chain") / "facts.duckdb")
    numbers = [(Decimal(tenths) / 10, decimals) for tenths, decimals in prints]
    with FactStore.open(path.store) as store:
        figures = [release(f"r{n}", f"2023-01-{n + 1:02d}", revenue(str(value), decimals)) for n, (value, decimals) in enumerate(numbers)]
        store.write(figures, TAXONOMY)
    low, high, kept = Decimal("-inf"), Decimal("inf"), []
    for value, decimals in reversed(numbers):
        least, most = rounding_interval(value, decimals)
        low, high = max(low, least), min(high, most)
        if low > high:
            break
        kept.append((decimals, value))
    best = max(decimals for decimals, _ in kept)
    assert current(path) == [next(value for decimals, value in kept if decimals == best)]


def test_the_time_of_knowing_is_an_instant(path: Place) -> None:
    stored(path, release("a", "2023-05-15T09:00:00-04:00", revenue("1")))
    assert ask(path, "SELECT known_from FROM fact_live") == [(datetime(2023, 5, 15, 13),)]  # noqa: DTZ001 - UTC by rule
    assert current(path, source="fact_as_of('2023-05-15 12:59:59')") == []
    assert current(path, source="fact_as_of(TIMESTAMP '2023-05-15 13:00:00')") == [1]


# --- shapes that people know ------------------------------------------------------------------------


def test_a_statement_is_a_wide_view(path: Place) -> None:
    margin = figure("fin:EarningsPerAds", "3.40", decimals=2, unit="iso4217:CNY/fin:ADS")
    stored(path, release("a", "2023-05-15", revenue("100"), figure("fin:Costs", "40", decimals=0), margin))
    stored(path, release("b", "2023-08-15", revenue("105"), revenue("9", unit="iso4217:USD")))
    columns = "entity_id, period_start, period_end, fiscal_year, fiscal_period, currency, fin_revenues, fin_costs"
    start, end = date(2023, 4, 1), date(2023, 6, 30)
    assert ask(path, f"SELECT {columns} FROM wide_income_statement ORDER BY currency") == [
        ("cik:0000000042", start, end, 2023, "Q2", "CNY", 105, 40), ("cik:0000000042", start, end, 2023, "Q2", "USD", 9, None),
    ]  # fmt: skip


def test_a_wide_view_chooses_nothing(path: Place) -> None:
    """Per share and per ADS in one cell: which one is meant is not for us to say."""
    stored(path, release("a", "2023-05-15", revenue("3"), revenue("6", unit="iso4217:CNY/fin:ADS"), figure("fin:Costs", "1", decimals=0)))
    assert ask(path, "SELECT fin_revenues, fin_costs FROM wide_income_statement") == [(None, 1)]


def test_a_new_taxonomy_makes_the_wide_views_anew(path: Place) -> None:
    stored(path, release("a", "2023-05-15", revenue("100")))
    lines = (Line("fin:Revenues"), Line("fin:Cash"))
    network = replace(TAXONOMY.networks["income"], presentation=lines)
    newer = replace(TAXONOMY, hash="hand-made-2", networks={"income": network})
    again = report([revenue("7")], source="b", document_id="b", taxonomy_hash="hand-made-2", filed_at="2023-08-15")
    stored(path, again, known=newer)
    assert ask(path, "SELECT fin_revenues, fin_cash FROM wide_income_statement") == [(7, None)]


def test_columns_of_wide_views_are_names_in_every_engine() -> None:
    long = "fin:" + "VeryLong" * 12
    lines = tuple(map(Line, ("fin:TotalEBITDAMargin", "fin:Total-EBITDAMargin", long, "x:A'B")))
    network = replace(TAXONOMY.networks["income"], presentation=lines)
    ((name, columns),) = wide_views(replace(TAXONOMY, networks={"income": network}))
    assert name == "wide_income_statement"
    assert [column for column, _ in columns][:1] == ["fin_total_ebitda_margin"]
    assert len({column for column, _ in columns}) == 4
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", column) for column, _ in columns)
    assert "'x:A''B'" in wide_sql(columns)


def test_the_shape_of_the_financial_statement_data_sets(path: Place) -> None:
    stored(path, report())
    key = report().document.key
    assert ask(path, "SELECT adsh, cik, fye, period, filed, instance FROM sub") == [(key, "42", "1231", 20230630, "2023-08-15", "sample")]
    assert ask(path, "SELECT tag, ddate, qtrs, uom, segments, value FROM num WHERE uom = 'USD' OR qtrs = 0 ORDER BY tag LIMIT 3") == [
        ("fin:Cash", 20230630, 0, "CNY", None, Decimal("7165584000.5")),
        ("fin:Revenues", 20230630, 1, "USD", "fin:TranslationAxis=fin:ConvenienceMember", 539807000),
        ("fin:Shares", 20230630, 0, "shares", None, None),
    ]
    assert ask(path, "SELECT qtrs FROM num WHERE fact_id IN (SELECT fact_id FROM fact WHERE period_start = '2023-01-01')") == [(2,)]
    tag = ("D", "C", "Standard Revenues", "Revenues")
    assert ask(path, "SELECT iord, crdr, tlabel, us_gaap FROM tag WHERE tag = 'fin:Revenues'") == [tag]
    assert ask(path, "SELECT report, line, stmt, tag, plabel FROM pre ORDER BY line LIMIT 1") == [(1, 1, "IS", "fin:Revenues", "Line 1")]
    assert ask(path, "SELECT count(*) FROM pre JOIN tag USING (tag, version)") == [(len([o for o in report().observations if o.concept]),)]
