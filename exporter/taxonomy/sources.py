"""Where packaged data lies, and the bytes of a taxonomy's files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from exporter.errors import TaxonomyError

#: The built-in files in messages, where another folder builds on them.
BUILTIN = "builtin/"
_ON_BUILTIN = re.compile(rb"""^["']?base["']?\s*:\s*["']?builtin["']?\s*(#.*)?$""", re.MULTILINE)


def data_folder(name: str) -> Path:
    """Where packaged data lies: inside the installed package, else at the root of the repository."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


def read_sources(root: Path) -> list[tuple[str, bytes]]:
    """All files as (name shown in messages, bytes): the folder's own first, then ``entities/`` and ``rules/``.

    Where one of them says ``base: builtin``, the built-in files come before them.
    """
    sources = _files(root, f"{root.name}/")
    if any(_ON_BUILTIN.search(data) for _, data in sources):
        return [*_files(data_folder("taxonomy"), BUILTIN), *sources]
    return sources


def _files(root: Path, shown: str) -> list[tuple[str, bytes]]:
    try:
        paths = [path for folder in (root, root / "entities", root / "rules") for path in sorted(folder.glob("*.yaml"))]
        sources = [(shown + path.relative_to(root).as_posix(), path.read_bytes()) for path in paths]
    except OSError as error:
        raise TaxonomyError(f"{root}: cannot be read ({error.strerror}); check the folder's permissions") from error
    if not sources:
        raise TaxonomyError(f"{root}: no *.yaml file in this folder; name a folder that holds a taxonomy")
    return sources


def digest_of(sources: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and bytes; the folder's own name is no part of it."""
    total = hashlib.sha256()
    for name, data in sources:
        inner = name.partition("/")[2].encode()
        total.update(b"%d:%s%d:" % (len(inner), inner, len(data)) + data)
    return total.hexdigest()
