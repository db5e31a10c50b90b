"""What exporter stands on, looked at for ``doctor``: Python, libraries, extras, outside programs, folders, disk, taxonomy."""

from __future__ import annotations

import glob
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

from exporter.cli.printing import plural
from exporter.errors import TaxonomyError
from exporter.store.health import Check

_PYTHON = (3, 11)
_PACKAGE = "exporter"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?([^;]*)(?:;.*extra == ['\"]([^'\"]+)['\"])?")
_BOUND = re.compile(r"(>=|<=|==|!=|<|>|~=)\s*([0-9][0-9.]*)")
_LEAST_FREE = 1 << 30


def versions() -> Iterator[Check]:
    """Python, and every library against the range that was tested."""
    found = platform.python_version()
    old = sys.version_info[:2] < _PYTHON
    yield Check("python", "failed" if old else "ok", found, "install Python 3.11 or newer" if old else "")
    try:
        wanted = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        yield Check("libraries", "warning", "exporter is not installed as a package: versions are not known", "pip install .")
        return
    for name, bounds, extra in map(_requirement, wanted):
        if not extra:
            yield _library(name, bounds)


def extras() -> Iterator[Check]:
    """Optional parts: there, or the line that installs them. An absent one is no fault."""
    try:
        wanted = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return
    libraries: dict[str, list[Check]] = {}
    for name, bounds, extra in map(_requirement, wanted):
        if extra and extra != "test":
            libraries.setdefault(extra, []).append(_library(name, bounds))
    for extra, checks in libraries.items():
        lacking = [check.name for check in checks if check.status != "ok"]
        found = f"needs {', '.join(lacking)}; if you want it: pip install '{_PACKAGE}[{extra}]'" if lacking else "installed"
        yield Check(f"extra {extra}", "ok", found)


def judges() -> Iterator[Check]:
    """Outside programs that tests and careful people judge the files with. Exporter itself needs none of them."""
    servers = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    places = {
        "soffice (judges workbooks)": shutil.which("soffice") or shutil.which("libreoffice"),
        "arelle (judges XBRL)": "installed" if util.find_spec("arelle") else None,
        "postgres (judges the feed)": shutil.which("postgres") or (max(servers) if servers else None),
    }
    for name, place in places.items():
        yield Check(name, "ok", place or "not here; exporter runs without it")


def disk(path: Path) -> Check:
    """Room for the store to grow: a commit may need as much as the store is large."""
    folder = _nearest(path.parent)
    free, size = shutil.disk_usage(folder).free, path.stat().st_size if path.is_file() else 0
    short = free < max(_LEAST_FREE, 2 * size)
    return Check("disk space", "warning" if short else "ok", f"{free / 2**30:.1f} GB free at {folder}", "make room" if short else "")


def may_write(name: str, path: Path, *, folder: bool = False) -> Check:
    """Whether a file, or a folder, can be written, or be made where it is not there yet."""
    target = _nearest(path)
    if path.exists() and path.is_dir() != folder:
        return Check(name, "failed", f"{path}: is a {'file' if folder else 'folder'}", "name another place")
    if os.access(target, os.W_OK) and (path.exists() or target.is_dir()):
        return Check(name, "ok", str(path) if path.exists() else f"{path} can be made")
    return Check(name, "failed", f"{path}: {target} cannot be written", "mend the permissions, or name another place")


def taxonomy(folder: Path | None) -> Check:
    """The taxonomy compiles: loading it is its lint."""
    from exporter.taxonomy import load

    try:
        known = load(folder)
    except TaxonomyError as error:
        found, _, mend = str(error).rpartition("; ")
        return Check("taxonomy", "failed", found, mend)
    return Check("taxonomy", "ok", f"{plural(len(known.concepts), 'concept')}, {len(known.entities)} entities ({folder or 'built-in'})")


def _requirement(text: str) -> tuple[str, str, str]:
    """Name, bounds and extra of a line such as ``duckdb<3,>=2.0; extra == 'x'``."""
    match = _REQUIREMENT.match(text)
    return (match[1], match[2].strip(" ()"), match[3] or "") if match else (text, "", "")


def _library(name: str, bounds: str) -> Check:
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, "failed", "is not installed", f"pip install '{name}{bounds}'")
    fits = all(_holds(found, sign, bound) for sign, bound in _BOUND.findall(bounds))
    return Check(name, "ok" if fits else "failed", found, "" if fits else f"tested with {bounds}: pip install '{name}{bounds}'")


def _holds(version: str, sign: str, bound: str) -> bool:
    have, want = _parts(version), _parts(bound)
    length = max(len(have), len(want))
    left, right = have + [0] * (length - len(have)), want + [0] * (length - len(want))
    return {
        ">=": left >= right, "<=": left <= right, "<": left < right, ">": left > right, "==": left == right, "!=": left != right,
        "~=": left >= right and have[: len(want) - 1] == want[:-1],
    }[sign]  # fmt: skip


def _parts(version: str) -> list[int]:
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return [int(part) for part in leading[0].split(".")] if leading else [0]


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    path = path.absolute()
    return path if path.exists() else next(parent for parent in path.parents if parent.exists())
