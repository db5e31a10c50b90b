"""Where packaged data lies, and the bytes of a taxonomy's files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from exporter.errors import TaxonomyError


def data_folder(name: str) -> Path:
    """Where packaged data lies: inside the installed package, else at the root of the repository."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


def read_sources(root: Path) -> list[tuple[str, bytes]]:
    """All files as (name shown in messages, bytes): the folder's own first, then ``entities/`` and ``rules/``."""
    try:
        paths = [path for folder in (root, root / "entities", root / "rules") for path in sorted(folder.glob("*.yaml"))]
        sources = [(f"{root.name}/{path.relative_to(root).as_posix()}", path.read_bytes()) for path in paths]
    except OSError as error:
        raise TaxonomyError(f"{root.name}:1: cannot be read ({error.strerror}); check the folder's permissions") from error
    if not sources:
        raise TaxonomyError(f"{root.name}:1: no *.yaml file in this folder; name a folder that holds a taxonomy")
    return sources


def digest_of(sources: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and bytes; the folder's own name is no part of it."""
    total = hashlib.sha256()
    for name, data in sources:
        inner = name.partition("/")[2].encode()
        total.update(b"%d:%s%d:" % (len(inner), inner, len(data)) + data)
    return total.hexdigest()
