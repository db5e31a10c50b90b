"""The rules of the house: layout, imports, style. What ruff and mypy check is not checked again here."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "exporter"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*MODULES, *sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())]
TOP = {
    "pyproject.toml", "README.md", "Makefile", "LICENSE", "exporter", "taxonomy", "templates", "tests", "out", "docs", ".ci",
    ".gitignore", ".gitattributes",
}  # fmt: skip
#: What no line of code may know: an issuer of one of the documents we have.
ISSUERS = ("qifu", "qfin", "360 digitech", "adobe", "atour", "abvc", "etsy", "circle internet", "amazon", "ebay", "0001741530")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.decode().split("\0") if name]


def test_the_top_level_is_fixed() -> None:
    extra = {name.split("/")[0] for name in tracked()} - TOP
    assert not extra, f"top-level names beyond the fixed layout: {sorted(extra)}"
    assert all((ROOT / folder).is_dir() for folder in ("exporter", "taxonomy", "templates", "tests", "out", "docs"))


def test_what_runs_write_is_not_tracked() -> None:
    assert [name for name in tracked() if name.startswith("out/")] in ([], ["out/.gitignore"])


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_keeps_the_rules(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module says in its docstring what it is for"
    found = [f"{name_of(path)}:{node.lineno}: {fault}" for node in ast.walk(tree) for fault in faults(node)]
    assert not found, "\n".join(found)


#: Seconds to wait, and settings of a library, are no figures.
NO_FIGURES = ("wait", "seconds", "timeout", "deadline", "pause", "config")


def faults(node: ast.AST) -> list[str]:
    """What house.md forbids: binary floats as figures, assert as validation, catching everything."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
        return ["float(): figures are Decimal"]
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation and is_float(node.annotation):
        name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
        return [] if any(word in name.lower() for word in NO_FIGURES) else [f"{name}: float: figures are Decimal"]
    if isinstance(node, ast.FunctionDef) and node.returns and is_float(node.returns):
        return [f"{node.name} returns float: figures are Decimal"]
    if isinstance(node, ast.Assert):
        return ["assert: raise an error of errors.py"]
    if isinstance(node, ast.ExceptHandler) and not isinstance(node.body[-1], ast.Raise):
        caught = [name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)] if node.type else ["everything"]
        return [f"except {name}: name what can go wrong" for name in caught if name in ("Exception", "BaseException", "everything")]
    return []


def is_float(annotation: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "float" for part in ast.walk(annotation))


def test_the_rules_can_fail() -> None:
    code = """
value: list[float]
wait_seconds: float = 5
def share(a: float | None) -> float: return float(a)
assert value
try: pass
except (ValueError, Exception): pass
try: pass
except: pass
try: pass
except BaseException: raise
"""
    assert len([fault for node in ast.walk(ast.parse(code)) for fault in faults(node)]) == 7


def test_only_the_command_line_prints_and_exits() -> None:
    speaks = re.compile(r"\bprint\(|\bsys\.(?:exit|stdout|stderr)\b|\bSystemExit\b|\bclick\b")
    speakers = {name_of(path) for path in MODULES if speaks.search(path.read_text(encoding="utf-8"))}
    assert {name for name in speakers if not name.startswith("exporter/cli/")} == set()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_code_knows_an_issuer(path: Path) -> None:
    if path.suffix in (".png", ".xlsx"):
        pytest.skip("no text")
    text = path.read_text(encoding="utf-8").casefold()
    known = [name for name in ISSUERS if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text)]
    assert not known, f"{name_of(path)} knows {known}"


@pytest.mark.shared
def test_no_code_knows_a_figure_of_the_founding_release(shared: Path) -> None:
    with (shared / "truth" / "tables.csv").open(encoding="utf-8", newline="") as stream:
        figures = {row["raw"].strip("()$ ") for row in csv.DictReader(stream)}
    long = {figure for figure in figures if len(re.sub(r"\D", "", figure)) >= 5}
    assert len(long) > 300
    for path in SOURCES:
        text = path.read_text(encoding="utf-8", errors="replace")
        known = {number for number in re.findall(r"\d[\d,_.]*\d", text) if number in long or number.replace("_", ",") in long}
        assert not known, f"{name_of(path)} holds {known}"


def test_every_format_is_a_registry_line() -> None:
    from exporter.formats import FORMATS

    files = {path.stem for path in (PACKAGE / "formats").iterdir() if not path.name.startswith("_")}
    assert set(FORMATS) <= files, "a format is one file, or one folder, of its name"


def test_the_wheel_carries_what_is_known() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        wheel = tomllib.load(stream)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"taxonomy": "exporter/_data/taxonomy", "templates": "exporter/_data/templates"}
    assert list((PACKAGE / "samples").glob("*.txt")), "`exporter demo` needs its sample inside the package"


def test_public_names_are_there_and_cost_nothing() -> None:
    code = (
        "import sys, exporter; heavy = {'lxml','yaml','duckdb','pyarrow','openpyxl','xlsxwriter','rapidfuzz','click','rich','numpy'};"
        "print(sorted(heavy & set(sys.modules))); [getattr(exporter, name) for name in exporter.__all__]; "
        "print(sorted(set(exporter.__all__) - set(dir(exporter))))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['exporter', 'run', '--help']\nimport exporter.cli\ntry: exporter.cli.main()\nexcept SystemExit: pass\n"
        "heavy = {'lxml','yaml','duckdb','pyarrow','openpyxl','xlsxwriter','rapidfuzz','rich','numpy','charset_normalizer'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
