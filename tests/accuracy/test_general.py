"""Nothing hangs on the issuer's own file: without it every cell keeps its value, period and unit, and most their concept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from releases import labelled, names
from score import found_in_report, score

from exporter.ingest.resolve import read_report
from exporter.model import Report, Taxonomy
from exporter.taxonomy import data_folder, load

#: Of 484 cells, those that the general files name; a floor that only rises. The job asks for 350.
FLOOR = 480


@pytest.fixture(scope="module")
def general(tmp_path_factory: pytest.TempPathFactory) -> Taxonomy:
    """The taxonomy without any issuer."""
    folder = tmp_path_factory.mktemp("general") / "taxonomy"
    shutil.copytree(data_folder("taxonomy"), folder)
    (folder / "entities" / "qfin.yaml").unlink()
    taxonomy = load(folder, cache=folder.parent / "cache")
    return taxonomy


@pytest.fixture(scope="module", params=names())
def read(request: pytest.FixtureRequest, general: Taxonomy) -> tuple[str, Report]:
    return request.param, read_report(labelled(request.param).text.encode(), "release.txt", general)


def cells(report: Report) -> list[str | None]:
    """The concept of each cell."""
    return [o.concept for o in report.observations if o.place.cell is not None]


def test_every_cell_has_its_value_period_and_unit(read: tuple[str, Report]) -> None:
    name, report = read
    release = labelled(name)
    result = score(release.tables, [figure for figure in found_in_report(report) if figure.table])
    assert (result.hits, result.missed, result.wrong, result.other_decimals) == (484, 0, 0, 0), "\n".join(result.problems[:20])


def test_most_cells_have_a_concept_that_is_nobodys_own(read: tuple[str, Report]) -> None:
    _, report = read
    named = [concept for concept in cells(report) if concept]
    assert {concept.partition(":")[0] for concept in named} <= {"fin", "lend"}
    unnamed = sorted({o.label for o in report.observations if o.concept is None})
    assert len(named) >= FLOOR, f"{len(named)} of {len(cells(report))}; without one: {unnamed}"


def test_what_is_named_is_named_as_with_the_issuers_file(read: tuple[str, Report]) -> None:
    """A concept found without the file is the one found with it: nothing else is guessed instead."""
    name, report = read
    own = read_report(labelled(name).text.encode(), "release.txt", load())
    pairs = zip(report.observations, own.observations, strict=True)
    assert [(a.label, a.concept, b.concept) for a, b in pairs if a.concept is not None and a.concept != b.concept] == []


def test_the_issuer_is_kept_as_printed_and_told(read: tuple[str, Report]) -> None:
    _, report = read
    assert report.entity.id.startswith("as-printed:")
    assert {fact.aspects.entity for fact in report.facts} == {report.entity.id}
    told = [issue for issue in report.findings if issue.code == "issuer-without-file"]
    assert len(told) == 1
    assert "docs/taxonomy.md" in told[0].message
    assert "--entity" in told[0].message


def test_an_issuer_file_is_all_that_was_left_out(general: Taxonomy) -> None:
    whole = load()
    assert set(whole.entities) - set(general.entities) == {"cik:0001741530"}
    assert general.hash != whole.hash
    missing = {concept_id.partition(":")[0] for concept_id in set(whole.concepts) - set(general.concepts)}
    assert not missing & {"fin", "lend"}
    assert Path(data_folder("taxonomy"), "entities", "qfin.yaml").is_file(), "the copy was changed, not the original"
