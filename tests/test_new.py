"""A new project passes as it is, and a taxonomy folder can build on the built-in one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from helpers import ROOT, Outcome, exporter, leftovers, rows

from exporter.errors import TaxonomyError
from exporter.taxonomy import data_folder, load

PROJECT = ROOT / "exporter" / "samples" / "project"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    done = exporter("new", "mine", cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert re.match(r"mine: \d+ files made; begin with:\n    cd mine\n", done.out)
    return folder / "mine"


def test_what_is_made(project: Path) -> None:
    made = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())
    assert [name for name in made if not name.startswith(("out/", "templates/"))] == [
        "README.md", "releases/lantern-2023q2.txt", "releases/lantern-2023q3.txt", "taxonomy/entities/lantern.yaml", "taxonomy/own.yaml",
    ]  # fmt: skip
    copied = {path.name: path.read_bytes() for path in (project / "templates").iterdir()}
    assert copied == {path.name: path.read_bytes() for path in data_folder("templates").iterdir()}
    assert "workbook.yaml" in copied
    assert (project / "out/.gitignore").read_text().splitlines()[-2:] == ["*", "!.gitignore"]


def test_every_command_of_its_readme_passes(project: Path) -> None:
    commands = re.findall(r"^    exporter ([^#\n]+)", (project / "README.md").read_text(), re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["run", "check", "facts"]
    for command in commands:
        strict = [] if command.startswith("facts") else ["--strict"]
        done = exporter(*command.split(), *strict, cwd=project)
        assert (done.code, done.err) == (0, ""), command
    assert leftovers(project / "out") == [".gitignore"]
    own = [row for path in project.glob("out/*/facts.csv") for row in rows(path) if row["concept_id"].startswith("own:")]
    assert {(row["concept_id"], row["value"], row["unit_id"]) for row in own} >= {("own:LampsInService", "45700", "own:Lamp")}
    assert {row["entity_id"] for row in own} == {"cik:9999999999"}


def test_its_layouts_are_used(project: Path) -> None:
    run = ("run", "releases", "--taxonomy", "taxonomy", "--formats", "xlsx", "--layout", "templates/workbook.yaml", "--strict")
    done = exporter(*run, cwd=project)
    assert (done.code, done.err) == (0, "")
    series = exporter("workbook", "--entity", "LNHB", "--layout", "templates/series.yaml", "--out", "out/series.xlsx", cwd=project)
    assert (series.code, series.err) == (0, "")


def test_its_taxonomy_passes(project: Path) -> None:
    done = exporter("taxonomy", "lint", "--taxonomy", "taxonomy", cwd=project)
    assert (done.code, done.err) == (0, "")
    shown = exporter("taxonomy", "show", "own:LampsInService", "--taxonomy", "taxonomy", cwd=project)
    assert "taxonomy/own.yaml:" in shown.out


def test_what_stands_commented_out_works(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "taxonomy", tmp_path / "taxonomy")
    for path in (tmp_path / "taxonomy").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        changed = re.sub(r"^# (?=extends:|  )", "", text, flags=re.MULTILINE)
        assert changed != text
        path.write_text(changed, encoding="utf-8")
    known = load(tmp_path / "taxonomy", cache=tmp_path / "cache")
    aliases = {(alias.text, alias.entity) for alias in known.concepts["fin:Revenues"].aliases}
    assert {("takings", ""), ("light dues", "cik:9999999999")} <= aliases


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    (tmp_path / "file").write_text("x")

    def refused(name: str) -> str:
        done: Outcome = exporter("new", name, cwd=tmp_path)
        assert (done.code, done.out, len(done.errors)) == (1, "", 1)
        return done.err

    assert "is not empty (it holds mine.txt)" in refused("full")
    assert "is a file" in refused("file")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    assert exporter("new", cwd=tmp_path).code == 2


def test_here(tmp_path: Path) -> None:
    done = exporter("new", ".", cwd=tmp_path)
    assert (done.code, "cd " in done.out) == (0, False)
    assert (tmp_path / "README.md").exists()


# --- base: builtin ------------------------------------------------------------------------------------

OWN = (PROJECT / "taxonomy" / "own.yaml").read_text(encoding="utf-8")


def folder(root: Path, text: str, name: str = "own.yaml") -> Path:
    path = root / "taxonomy" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path.parent


def test_the_built_in_and_mine(tmp_path: Path) -> None:
    builtin = load(cache=tmp_path / "cache")
    both = load(folder(tmp_path, OWN), cache=tmp_path / "cache")
    assert set(both.concepts) - set(builtin.concepts) == {"own:LampsInService"}
    assert set(builtin.concepts) < set(both.concepts)
    assert both.networks == builtin.networks
    assert both.hash != builtin.hash
    assert load(tmp_path / "taxonomy", cache=tmp_path / "cache") == both  # from the cache


def test_a_changed_own_file_is_another_taxonomy(tmp_path: Path) -> None:
    first = load(folder(tmp_path, OWN), cache=tmp_path / "cache")
    second = load(folder(tmp_path, OWN + "# more\n"), cache=tmp_path / "cache")
    assert first.hash != second.hash


@pytest.mark.parametrize("line", ["base: builtin  # mine", '"base": "builtin"', "base :   'builtin'"])
def test_ways_to_write_it(tmp_path: Path, line: str) -> None:
    assert "fin:Revenues" in load(folder(tmp_path, OWN.replace("base: builtin", line)), cache=tmp_path / "cache").concepts


CONCEPT = "concepts:\n  Revenues: {type: monetary, period: duration, definition: Other, labels: {en: {standard: R}, zh: {standard: 收}}}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("base: core\n", "taxonomy/own.yaml:1: base 'core' is unknown; use one of builtin"),
        ("{base: builtin}\n", "taxonomy/own.yaml:1: base is not seen here; write 'base: builtin' as a line of its own"),
        ("base: builtin\ntaxonomy: {prefix: fin, namespace: x, languages: [en, zh]}\n" + CONCEPT, "prefix 'fin' is taken by another file"),
        ('base: builtin\nentities:\n  "cik:0001741530": {name: Somebody}\n', "is defined twice (first at builtin/entities/"),
        ("base: builtin\nbase: builtin\n", "base stands twice in the file"),
        ("base: builtin\nextends: {aliases: {fin:Revenus: {en: [x]}}}\n", "did you mean 'fin:Revenues'?"),
    ],
)
def test_what_it_refuses(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(TaxonomyError) as error:
        load(folder(tmp_path, text), cache=tmp_path / "cache")
    assert told in str(error.value)


def test_without_it_the_folder_stands_alone(tmp_path: Path) -> None:
    known = load(folder(tmp_path, OWN.replace("base: builtin", "")), cache=tmp_path / "cache")
    assert set(known.concepts) == {"own:LampsInService"}
