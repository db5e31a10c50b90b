"""What is read does not depend on figures, quarter, currency, scale, order, names or form of a release.

First the variants themselves are checked with readers that are not ours; then the exporter reads each
variant and must score as it does on the original.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import cache

import pytest
from lxml import html
from metamorphic import FAMILIES, Variant, cell_spans, original, printed_value, prose_spans, variants
from releases import labelled, names
from score import Score, found_in_report, score

from exporter.ingest.resolve import read_report
from exporter.taxonomy import load

RELEASES = names()


@cache
def made(release: str) -> dict[str, Variant]:
    source = labelled(release)
    return {variant.name: variant for variant in variants(source.text, source.tables, source.same, source.prose)}


ALL = [pytest.param(release, name, id=f"{release}: {name}") for release in RELEASES for name in made(release)]
SINGLE = [name for members in FAMILIES.values() for name in members]


# --- the variants ---------------------------------------------------------------------------------


def test_every_change_stands_alone_and_in_pairs() -> None:
    names = list(made("sample"))
    assert set(SINGLE) <= set(names)
    assert len(names) == len(set(names)) == 125
    assert len({variant.text for variant in made("sample").values()}) > 100


@pytest.mark.parametrize(("release", "name"), ALL)
def test_truth_of_a_variant_is_what_it_prints(release: str, name: str) -> None:
    source, variant = labelled(release), made(release)[name]
    assert variant.text != source.text
    assert (len(variant.truth_rows), len(variant.same), len(variant.prose)) == (484, 484, 200)
    PRINTED[variant.media](variant)
    for row in variant.truth_rows:
        assert printed_value(row["raw"], row["scale_printed"]) == Decimal(row["value"])
    for row in variant.prose:
        assert not row["value"] or printed_value(row["raw"]) == Decimal(row["value"])
        assert row["raw"] in variant.lines[int(row["line"]) - 1]


@pytest.mark.parametrize(("release", "name"), ALL)
def test_cells_of_one_fact_agree_and_no_two_facts_contradict(release: str, name: str) -> None:
    variant = made(release)[name]
    facts = {(row["line"], row["col"]): (row["fact"], int(row["sign"])) for row in variant.same}
    aspects = defaultdict(set)
    for row in variant.truth_rows:
        fact, _ = facts[row["line"], row["col"]]
        aspects[fact].add((row["value"], row["period_type"], row["period_start"], row["period_end"], row["unit"], row["decimals"]))
    assert all(len(seen) == 1 for seen in aspects.values())


def check_text(variant: Variant) -> None:
    plain = Variant(variant.name, variant.text.replace("\r\n", "\n"), variant.media, variant.truth_rows, variant.same, variant.prose)
    cell_spans(plain)
    prose_spans(plain)


def check_html(variant: Variant) -> None:
    tables = [table.findall(".//tr") for table in html.document_fromstring(variant.text.encode("utf-8")).findall(".//table")]
    for row in variant.truth_rows:
        cells = tables[int(row["table"]) - 1][int(row["row"]) - 1].findall("td")
        cell = cells[int(row["cell"]) - 1]
        assert (cell.text_content(), cell.sourceline) == (row["raw"], int(row["line"]))
        assert cells[0].text_content() == row["label"]


def check_markdown(variant: Variant) -> None:
    lines = variant.lines
    for row in variant.truth_rows:
        cells = [cell.strip() for cell in lines[int(row["line"]) - 1].strip("|").split("|")]
        assert (cells[0], cells[int(row["cell"])]) == (row["label"], row["raw"])


PRINTED: dict[str, Callable[[Variant], None]] = {"text/plain": check_text, "text/html": check_html, "text/markdown": check_markdown}


def test_other_figures_leave_no_printed_figure_as_it_was() -> None:
    variant = made("sample")["other figures"]
    for row, old in zip(variant.truth_rows, labelled("sample").tables, strict=True):
        assert row["raw"] != old["raw"]
        assert len(row["raw"]) == len(old["raw"])


def test_tripled_amounts_keep_the_sum_of_a_balance_sheet() -> None:
    variant = made("sample")["tripled amounts"]
    values = {(row["section"], row["label"]): Decimal(row["value"]) for row in variant.truth_rows if row["col"] == "1"}
    current = [
        value for (section, label), value in values.items() if section == "ASSETS > Current assets" and not label.startswith("Total")
    ]
    assert sum(current) == values["ASSETS > Current assets", "Total current assets"] == 3 * Decimal(34097466000)


# --- the exporter ---------------------------------------------------------------------------------


taxonomy = cache(load)


def tables_score(variant: Variant) -> Score:
    """What the exporter reads in the tables of a variant, scored."""
    report = read_report(variant.text.encode("utf-8"), variant.filename, taxonomy())
    found = [figure for figure in found_in_report(report) if figure.table]
    return score(variant.truth_rows, found, variant.same)


@cache
def score_of_original(release: str) -> Score:
    source = labelled(release)
    return tables_score(original(source.text, source.tables, source.same, source.prose))


@pytest.mark.parametrize("release", RELEASES)
def test_original_is_read_without_a_fault(release: str) -> None:
    result = score_of_original(release)
    assert result.perfect, "\n".join([str(result), *result.problems[:20]])


@pytest.mark.parametrize(("release", "name"), ALL)
def test_a_variant_scores_as_its_original(release: str, name: str) -> None:
    result = tables_score(made(release)[name])
    assert result.counts == score_of_original(release).counts, "\n".join([str(result), *result.problems[:20]])
