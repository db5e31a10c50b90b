"""Which documents there are, and their bytes."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from exporter.errors import DocumentError
from exporter.pipeline.nouns import Source

SUFFIXES = (".txt", ".text", ".md", ".markdown", ".htm", ".html", ".xhtml")


def expand(patterns: Sequence[str]) -> list[Source]:
    """Files, folders (their releases, by suffix, at any depth), globs and ``-``, each file once, in order.

    Raises DocumentError for a pattern that names nothing.
    """
    found: dict[str, Source] = {}
    for pattern in patterns:
        for source in _expand_one(pattern):
            found.setdefault(str(source.path), source)
    return list(found.values())


def _expand_one(pattern: str) -> Iterator[Source]:
    if pattern == "-":
        yield Source("stdin", None)
        return
    path = Path(pattern)
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not inside:
            raise DocumentError(f"{pattern}: the folder holds no release ({', '.join(SUFFIXES)})")
        yield from (Source(p.as_posix(), p) for p in inside)
    elif path.exists() or not glob.has_magic(pattern):
        yield Source(path.as_posix(), path)
    else:
        names = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())
        if not names:
            raise DocumentError(f"{pattern}: no file matches")
        yield from (Source(Path(name).as_posix(), Path(name)) for name in names)


def read_bytes(source: Source, max_size: int) -> bytes:
    """The bytes of a source. Raises DocumentError where it is missing, larger than ``max_size`` or cannot be read."""
    try:
        if source.path is None:
            data = sys.stdin.buffer.read(max_size + 1)
        else:
            if source.path.stat().st_size > max_size:
                raise DocumentError(f"{source.name}: is larger than {size_text(max_size)}; raise --max-size or split it")
            data = source.path.read_bytes()
    except FileNotFoundError as error:
        raise DocumentError(f"{source.name}: there is no such file") from error
    except OSError as error:
        raise DocumentError(f"{source.name}: cannot be read ({error.strerror})") from error
    if len(data) > max_size:
        raise DocumentError(f"{source.name}: is larger than {size_text(max_size)}; raise --max-size or split it")
    return data


def size_text(count: int) -> str:
    """``50 MB``."""
    return f"{count / 2**20:g} MB" if count >= 2**20 else f"{count} bytes"
