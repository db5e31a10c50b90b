"""Many releases whose figures, quarters, currencies and forms differ: variants of a labelled release, written into a folder.

For the bench and the soak; ``python tests/many.py FOLDER 200`` makes them by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "accuracy"))

from metamorphic import FAMILIES, Change, Variant, original
from releases import labelled, names


def variants() -> Iterator[Variant]:
    """Each change of the metamorphic generator alone, then every two, three and four of different families."""
    source = labelled(names()[-1])
    first = original(source.text, source.tables, source.same, source.prose)
    changes = [(family, name, change) for family, members in FAMILIES.items() for name, change in members.items()]
    for count in range(1, len(FAMILIES) + 1):
        for chosen in combinations(changes, count):
            if len({family for family, _, _ in chosen}) == count:
                yield replace(_changed(first, [change for _, _, change in chosen]), name="-".join(name for _, name, _ in chosen))


def _changed(variant: Variant, changes: list[Change]) -> Variant:
    for change in changes:
        variant = change(variant)
    return variant


def write_many(folder: Path, count: int) -> list[Path]:
    """The first ``count`` variants with different texts, as files of different names."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    seen: set[str] = set()
    for variant in variants():
        if variant.text not in seen:
            seen.add(variant.text)
            path = folder / f"v{len(paths):05}{Path(variant.filename).suffix}"
            path.write_bytes(variant.text.encode("utf-8"))
            paths.append(path)
        if len(paths) == count:
            break
    return paths


if __name__ == "__main__":
    print(len(write_many(Path(sys.argv[1]), int(sys.argv[2]))), "files")
