"""A compiled taxonomy on disk: either exactly right or not used. It is a convenience; what cannot be read or written is done without."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import cast

from exporter.errors import FormatError
from exporter.files import write_atomic
from exporter.model import Alias, Axis, Concept, Entity, Line, Network, Rule, Section, Taxonomy

#: Raise it with every change of what any module of this package, or exporter/checks/reading.py, makes of the same files.
LOADER_VERSION = 7
_MAGIC = b"exporter-taxonomy\n"


def cache_folder() -> Path | None:
    """``EXPORTER_CACHE``, else the platform's cache folder; None where nobody's home is known."""
    named = os.environ.get("EXPORTER_CACHE")
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "exporter" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "exporter"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "exporter"


def _cache_key(digest: str) -> str:
    """What a cache must have been made from: files, loader, and the fields of every class in it."""
    layout = [(c.__name__, [f.name for f in fields(c)]) for c in (Taxonomy, Concept, Alias, Section, Network, Line, Axis, Entity, Rule)]
    return hashlib.sha256(f"{LOADER_VERSION} {sys.version_info[:2]} {layout} {digest}".encode()).hexdigest()


def cache_path(folder: Path | None, digest: str) -> Path | None:
    """Where the compiled form of these files lies (``digest``: :func:`~exporter.taxonomy.sources.digest_of`)."""
    where = folder or cache_folder()
    return where / f"taxonomy-{_cache_key(digest)[:32]}.bin" if where else None


def from_cache(path: Path, digest: str) -> Taxonomy | None:
    """None where the file is missing, damaged or made from anything else: it is unpickled only when it is ours."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = _MAGIC + _cache_key(digest).encode()
    seal, payload = data[len(head) : len(head) + 64], data[len(head) + 64 :]
    if not data.startswith(head) or hashlib.sha256(payload).hexdigest().encode() != seal:
        return None
    try:
        bare, aliases = pickle.loads(payload)
        concepts = {key: replace(c, aliases=tuple(Alias(*a) for a in aliases[key])) for key, c in bare.concepts.items()}
        return replace(cast(Taxonomy, bare), concepts=concepts)
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, LookupError, TypeError, ValueError):
        return None


def to_cache(path: Path, digest: str, taxonomy: Taxonomy) -> None:
    """Writes a compiled taxonomy; silently nothing where that is not possible."""
    # Aliases as plain tuples: thousands of them load several times faster so than as objects.
    aliases = {key: [astuple(alias) for alias in c.aliases] for key, c in taxonomy.concepts.items()}
    bare = replace(taxonomy, concepts={key: replace(c, aliases=()) for key, c in taxonomy.concepts.items()})
    payload = pickle.dumps((bare, aliases), protocol=5)
    seal = hashlib.sha256(payload).hexdigest().encode()
    try:
        write_atomic(path, _MAGIC + _cache_key(digest).encode() + seal + payload)
    except FormatError:
        return  # a cache is a convenience: the next run compiles again
