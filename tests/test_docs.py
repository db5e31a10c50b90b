"""What is documented is there, and what is there is documented."""

from __future__ import annotations

import ast
import csv
import json
import re
from pathlib import Path

import click
import pytest
from helpers import ROOT, exporter, write

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
ALL = "\n".join([README, *DOCS.values()])


def commands(group: click.Group, path: str) -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        found += commands(command, f"{path} {name}") if isinstance(command, click.Group) else [(f"{path} {name}", command)]
    return found


def all_commands() -> list[tuple[str, click.Command]]:
    from exporter.cli import cli

    return commands(cli, "exporter")


def test_every_command_stands_in_the_readme() -> None:
    assert len(all_commands()) >= 7
    assert [path for path, _ in all_commands() if path not in README] == []


def test_every_option_is_documented() -> None:
    options = {name for _, command in all_commands() for option in command.params for name in option.opts if name.startswith("--")}
    assert sorted(name for name in options if name not in ALL) == []


def test_no_option_is_documented_that_is_not_there() -> None:
    options = {name for _, command in all_commands() for option in command.params for name in option.opts}
    options |= {"--strict", "--version", "--log"}
    told = {name for line in README.splitlines() if "exporter" in line for name in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)}
    assert told - options == set()


def test_every_format_is_documented() -> None:
    from exporter.formats import FORMATS

    assert [name for name in FORMATS if f"`{name}`" not in README] == []


def codes() -> dict[str, str]:
    """Every finding code in the source, with the module it stands in: the first argument of a call that makes an Issue."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "exporter").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and re.search(r"(?i)issue|finding|doubt", ast.unparse(node.func)):
                given = [*node.args[:2], *(word.value for word in node.keywords if word.arg == "code")]
                for constant in (part for argument in given for part in ast.walk(argument) if isinstance(part, ast.Constant)):
                    if isinstance(constant.value, str) and re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", constant.value):
                        found[constant.value] = path.name
    return found


def test_every_finding_code_is_documented() -> None:
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", DOCS["errors.md"], re.MULTILINE))
    made = codes()
    assert made
    assert {code: home for code, home in made.items() if code not in told} == {}, "say in docs/errors.md what it means"
    assert told - set(made) == set(), "documented, but no code makes it"


def test_every_finding_of_a_real_run_is_documented(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    exporter("demo", "--formats", "csv", cwd=tmp_path)
    for path in (tmp_path / "out").glob("*/findings.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            assert [row["code"] for row in csv.DictReader(stream) if f"`{row['code']}`" not in DOCS["errors.md"]] == []


def test_every_error_class_is_documented() -> None:
    from exporter import errors

    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.ExporterError)]
    assert len(kinds) == 6
    assert [name for name in kinds if name not in DOCS["errors.md"]] == []


TABLES = ("facts.csv", "occurrences.csv", "unresolved.csv", "findings.csv", "ledger.csv", "checks.csv")


def documented(table: str) -> list[tuple[str, str]]:
    part = DOCS["contract.md"].split(f"\n## {table}\n")[1].split("\n## ")[0]
    return [(name, kind) for name, kind in re.findall(r"^\| (\w+) \| (\w+) \|", part, re.MULTILINE) if name != "column" or kind != "type"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contract")
    write(folder, "lantern.txt")
    assert exporter("run", "lantern.txt", "--formats", "csv", cwd=folder).code == 0
    return folder / "out/lantern"


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_are_those_of_the_contract(made: Path, table: str) -> None:
    with (made / table).open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    told = [name for name, _ in documented(table)]
    assert header == told, "docs/contract.md"
    listed = README.split(f"- `{table}`")[1].split(":", 1)[1].split("\n- ")[0].split("\n\n")[0]
    assert re.findall(r"\w+", listed) == told, "README.md"
    schema = json.loads((made / "schema.json").read_text(encoding="utf-8"))
    assert [(column["name"], column["type"]) for column in schema["files"][table]["columns"]] == documented(table), "schema.json"
    assert f"Contract version {schema['contract_version']}." in DOCS["contract.md"]


def test_links_and_pictures_of_the_documents_are_there() -> None:
    for name, text in {"README.md": README, **{f"docs/{name}": text for name, text in DOCS.items()}}.items():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


def test_make_targets_of_the_documents_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(re.findall(r"`[^`]*`|```.*?```", ALL, re.DOTALL)))) <= targets
