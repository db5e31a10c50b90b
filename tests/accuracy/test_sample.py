"""The bundled sample: the founding release's figures in our own words, each token of it accounted for."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import metamorphic
import own_words
import pytest
from releases import FOUNDING, SAMPLE, Labelled, labelled, names

#: As defined for the truth files: a numeric token.
TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
FACT_COLUMNS = ("topic", "qualifier", "dimension", "period_type", "period_start", "period_end", "unit", "value", "decimals", "value_text")


@pytest.fixture(params=names())
def release(request: pytest.FixtureRequest) -> Labelled:
    return labelled(request.param)


def variant(release: Labelled) -> metamorphic.Variant:
    return metamorphic.original(release.text, release.tables, release.same, release.prose)


def test_every_numeric_token_is_a_table_figure_a_prose_figure_or_named(release: Labelled) -> None:
    original = variant(release)
    claims: Counter[tuple[int, int]] = Counter()
    lines = original.lines
    for span in (*metamorphic.cell_spans(original), *metamorphic.prose_spans(original)):
        tokens = [token for token in TOKEN.finditer(lines[span.line - 1]) if span.start <= token.start() < span.end]
        assert tokens, span
        claims.update((span.line, token.start()) for token in tokens)
    for row in release.excluded:
        number, start = int(row["line"]), int(row["char"]) - 1
        assert lines[number - 1].startswith(row["token"], start), row
        claims[number, start] += 1
    printed = {(number, token.start()) for number, line in enumerate(lines, 1) for token in TOKEN.finditer(line)}
    assert printed - set(claims) == set(), "tokens that nobody accounts for"
    assert set(claims) - printed == set(), "claims that point at no token"
    assert [place for place, count in claims.items() if count > 1] == [], "tokens that are claimed twice"


def test_truth_values_are_what_the_print_says(release: Labelled) -> None:
    for row in release.tables:
        assert metamorphic.printed_value(row["raw"], row["scale_printed"]) == Decimal(row["value"]), row
    for row in release.prose:
        if row["value"]:
            assert metamorphic.printed_value(row["raw"]) == Decimal(row["value"]), row


def test_restated_cells_agree_with_the_prose(release: Labelled) -> None:
    """Guards the line numbers in ``duplicates_table_cells``: each names a cell that rounds to the prose figure."""
    cells = {(row["line"], row["col"]): row for row in release.tables}
    restating = [row for row in release.prose if row["duplicates_table_cells"]]
    assert len(restating) == 111
    for row in restating:
        for pair in row["duplicates_table_cells"].split(";"):
            cell = cells[tuple(pair.split(":"))]  # type: ignore[index]
            half = Decimal(1).scaleb(-int(row["decimals"])) / 2
            assert abs(Decimal(cell["value"]) - Decimal(row["value"])) <= half, (row, cell)
            assert cell["unit"] == row["unit"]


@pytest.mark.shared
def test_sample_states_the_founding_facts_and_no_others() -> None:
    sample, founding = labelled("sample"), labelled("founding")
    shift = int(sample.tables[0]["line"]) - int(founding.tables[0]["line"])
    for ours, theirs in zip(sample.tables, founding.tables, strict=True):
        assert {**ours, "note": ""} == {**theirs, "note": "", "line": str(int(theirs["line"]) + shift)}
    assert [(int(row["line"]) + shift, row["col"], row["fact"], row["sign"]) for row in founding.same] == [
        (int(row["line"]), row["col"], row["fact"], row["sign"]) for row in sample.same
    ]

    def facts(release: Labelled) -> list[tuple[str, ...]]:
        return sorted(tuple(row[column] for column in FACT_COLUMNS) for row in release.prose)

    assert facts(sample) == facts(founding)


@pytest.mark.shared
def test_sample_borrows_no_sentence() -> None:
    bad, _ = own_words.borrowed(SAMPLE.read_text(encoding="utf-8"), FOUNDING.read_text(encoding="utf-8"))
    assert bad == []


def test_a_borrowed_run_is_found() -> None:
    original = "The lighthouse keeper walked slowly down to the harbour.\nNet income\t5\nAmounts due from related parties rose."
    assert own_words.borrowed("At dusk the keeper walked slowly down to the pier.", original)[0] == ["keeper walked slowly down to the"]
    names = own_words.borrowed(
        "On June 30, 2023 RMB1 million (US$2 million) was owed.", "By June 30, 2023 RMB1 million (US$2 million) fell."
    )
    assert names == ([], ["june 30 2023 rmb 1 million us 2 million"])
