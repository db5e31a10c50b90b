"""Doubts about a taxonomy that loads: elements of a standard that do not exist."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from exporter.errors import Issue, TaxonomyError
from exporter.model import Taxonomy


def read_names(folder: Path) -> dict[str, set[str]]:
    """Names of standard elements by prefix, from ``<prefix>-<year>*.txt`` (a name a line) and ``.tsv``
    (header line; columns name, ..., abstract). Abstract elements are left out: no fact can have them.
    Raises TaxonomyError for a folder without such a file."""
    names: dict[str, set[str]] = {}
    for path in sorted(folder.iterdir()):
        found = re.match(r"(.+?)-\d{4}.*\.(txt|tsv)$", path.name)
        if not found:
            continue
        known = names.setdefault(found[1], set())
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise TaxonomyError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
        if found[2] == "txt":
            known.update(name for line in lines if (name := line.strip()) and not name.endswith("Abstract"))
            continue
        rows = (line.split("\t") for line in lines[1:])
        known.update(row[0] for row in rows if row[0] and row[-1] != "true")
    if not names:
        raise TaxonomyError(f"{folder}: no list of names in this folder; put files named <prefix>-<year>.txt or .tsv there")
    return names


def lint(taxonomy: Taxonomy, names: Mapping[str, set[str]]) -> list[Issue]:
    """Doubts about a taxonomy that loads: a ``maps_to`` that names no element of the given lists."""
    issues: list[Issue] = []
    for concept in taxonomy.concepts.values():
        for prefix, name in concept.maps_to.items():
            if prefix in names and name not in names[prefix]:
                near = difflib.get_close_matches(name, names[prefix], 1, 0.8)
                mend = f"did you mean {near[0]}?" if near else "remove it"
                message = f"{concept.id} maps to {prefix}:{name}, which is no element of that standard; {mend}"
                issues.append(Issue("taxonomy-unknown-element", message, concept.source, "error"))
    return issues
