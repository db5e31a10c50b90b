"""Which facts count is kept (``fact_standing``): it must be what follows from the tables, whatever was stored in whatever order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handmade import ENTITY, TRANSLATION, figure, report, taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import StoreError
from exporter.model import Observation, Report
from exporter.store import FactStore
from exporter.store.health import examine
from exporter.store.query import opened

Reading = tuple[int, int, str, Any, Any]
TAXONOMY = taxonomy()
ISSUERS = (ENTITY, replace(ENTITY, id="cik:0000000043"))
#: What a document may say of one series: its print, its decimals, and what else is particular.
PLAIN = [None, ("100", 0), ("105", 0), ("100", -2), ("100.4", 1), ("100", None)]
PRINTS = st.sampled_from([*PLAIN, ("100", 0, "approximately"), ("7", 0, "translated"), ("9", 0, "previous")])
#: A reading: which source, of which issuer, filed when, and what it says of two concepts.
READINGS = st.tuples(st.integers(0, 3), st.integers(0, 1), st.sampled_from(["2023-05-15", "2023-08-15", ""]), PRINTS, PRINTS)
#: What arrives, load by load.
LOADS = st.lists(st.lists(READINGS, min_size=1, max_size=3), min_size=1, max_size=4)


def observed(concept: str, given: Any, line: int) -> list[Observation]:
    if given is None:
        return []
    text, decimals, *more = given
    if more == ["translated"]:
        return [figure(concept, text, decimals=decimals, line=line, unit="iso4217:USD", dimensions=TRANSLATION)]
    if more == ["previous"]:
        return [figure(concept, text, decimals=decimals, line=line, scenario="previous_guidance")]
    return [figure(concept, text, decimals=decimals, line=line, qualifier=more[0] if more else "")]


def reading(number: int, given: Reading) -> Report:
    source, issuer, filed_at, *said = given
    figures = [each for line, concept in enumerate(("fin:Revenues", "fin:Costs")) for each in observed(concept, said[line], line + 1)]
    named = {"source": f"s{source}", "document_id": f"s{source}", "filed_at": filed_at, "extractor": str(number)}
    return report(figures, entity=ISSUERS[issuer], **named)


def told(path: Path) -> tuple[str, str]:
    return next((check.status, check.found) for check in examine(path) if check.name == "facts that count")


@settings(max_examples=25)
@given(LOADS)
def test_it_follows_from_the_tables(tmp_path_factory: pytest.TempPathFactory, loads: list[list[Reading]]) -> None:
    """New documents, and the same ones read anew with other facts, filing dates and issuers."""
    path = tmp_path_factory.mktemp("standing") / "facts.duckdb"
    with FactStore.open(path) as store:
        for number, load in enumerate(loads):
            store.write([reading(number, given) for given in {given[0]: given for given in load}.values()], TAXONOMY)
            assert told(path) == ("ok", "they follow from the tables")


def test_a_question_finds_what_counts(tmp_path: Path) -> None:
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.write([reading(0, (0, 0, "2023-05-15", ("100", 0), ("7", 0)))], TAXONOMY)
        store.write([reading(1, (1, 0, "2023-08-15", ("105", 0), None))], TAXONOMY)
        assert [str(value) for value in store.facts(ENTITY.id).column("value_lexical")] == ["7", "105"]
    with opened(path) as session:
        kept = session.rows("SELECT CAST(live AS VARCHAR), CAST(current AS VARCHAR) FROM fact_standing ORDER BY extraction_no")
    assert kept == [("11", "10"), ("1", "1")]  # costs, then revenues, which were restated


def test_what_was_restated_hides_what_is_older(tmp_path: Path) -> None:
    """105 restated 100; a print older than both, finer than 105 and like it, is found last, and must not come back."""
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.write([reading(0, (0, 0, "2023-05-15", ("100", 0), None)), reading(1, (1, 0, "2023-08-15", ("105", 0), None))], TAXONOMY)
        store.write([reading(2, (2, 0, "2023-02-15", ("105.2", 1), None))], TAXONOMY)
        assert store.facts(ENTITY.id).column("value_lexical").to_pylist() == ["105"]
        store.write([reading(3, (3, 0, "2023-06-15", ("105.1", 1), None))], TAXONOMY)
        assert store.facts(ENTITY.id).column("value_lexical").to_pylist() == ["105.1"]
        # Read anew, the first one says nothing any more; the oldest is heard again, and 105.1 and 105.2 differ.
        store.write([reading(4, (0, 0, "2023-05-15", None, ("7", 0)))], TAXONOMY)
        assert store.facts(ENTITY.id, "fin:Revenues").column("value_lexical").to_pylist() == ["105.1"]
        store.write([reading(5, (3, 0, "2023-06-15", None, ("7", 0)))], TAXONOMY)
        assert store.facts(ENTITY.id, "fin:Revenues").column("value_lexical").to_pylist() == ["105.2"]
    assert told(path) == ("ok", "they follow from the tables")


def test_many_questions_in_a_row(tmp_path: Path) -> None:
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.write([reading(0, (0, 0, "2023-05-15", ("100", 0), ("7", 0)))], TAXONOMY)
        with store.reading():
            assert [len(store.facts(ENTITY.id, concept)) for concept in ("fin:Revenues", "fin:Costs", "fin:Cash")] == [1, 1, 0]
            with pytest.raises(StoreError, match="is held for reading here"):
                store.write([reading(1, (1, 0, "2023-08-15", ("105", 0), None))], TAXONOMY)
            assert len(store.facts()) == 2
        assert store.write([reading(1, (1, 0, "2023-08-15", ("105", 0), None))], TAXONOMY) == 1
