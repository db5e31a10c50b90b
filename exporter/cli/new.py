"""``new``: a project folder to begin with: a taxonomy of one's own, two releases that pass, a place for what runs write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from exporter.cli.printing import DONE, FAILED, fail, plural, safe, say, where

_IGNORE = "# What runs write is made anew by running again.\n*\n!.gitignore\n"


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def new_command(folder: Path) -> int:
    """Make a project folder DIR, with a taxonomy of its own and two sample releases."""
    from exporter.files import write_atomic

    refused = _refusal(folder)
    if refused:
        return fail(refused, FAILED)
    made = [write_atomic(folder / name, data) for name, data in _contents()]
    shown = where(folder)
    say(safe(f"{shown}: {plural(len(made), 'file')} made; begin with:"))
    if shown != ".":
        say(safe(f"    cd {shown}"))
    for line in (folder / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            say(line.partition("#")[0].rstrip())
    return DONE


def _refusal(folder: Path) -> str:
    """Why nothing can be made there; nothing where it can."""
    if not folder.exists():
        return ""
    if not folder.is_dir():
        return f"{folder}: is a file; name a folder that is not there yet"
    first = min((path.name for path in folder.iterdir()), default="")
    return f"{folder}: is not empty (it holds {first}); name a folder that is not there yet, or an empty one" if first else ""


def _contents() -> Iterator[tuple[str, bytes]]:
    """The files as (path, bytes): those of the package's sample project, the layouts that come with exporter, and the empty ``out``."""
    from exporter.taxonomy import data_folder

    root = Path(__file__).parents[1] / "samples" / "project"
    yield "out/.gitignore", _IGNORE.encode()
    for path in sorted(data_folder("templates").iterdir()):
        yield f"templates/{path.name}", path.read_bytes()
    files = [path for path in root.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.parent == root, path)):  # README.md last: where it is, all is
        yield path.relative_to(root).as_posix(), path.read_bytes()
