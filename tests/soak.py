"""A soak by hand: random kills of runs over variants of a labelled release, each followed by a look at the store, and a re-run at
the end of each round, after which the store must equal that of an undisturbed run, fact by fact.

``python tests/soak.py 100 [SEED]`` (half an hour); prints a line a kill, and exits with 1 where anything differs.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from disturbed import VICTIMS, content, disturb, releases, start
from many import write_many

from exporter.pipeline import STORE_NAME

_ROUND = 3


def complete(folder: Path) -> float:
    begun = time.monotonic()
    process = start(folder, "run", "in", "--jobs", "2", "--formats", "csv")
    errors = process.communicate()[1].decode()
    if process.returncode:
        raise SystemExit(f"a run that nobody disturbed failed: {errors}")
    return time.monotonic() - begun


def prepare(folder: Path) -> Path:
    write_many(releases(folder / "in", 48) / "large", 4)
    return folder


def soak(kills: int, seed: int, folder: Path) -> bool:
    source, counts = random.Random(seed), Counter[tuple[str, str]]()
    longest = complete(prepare(folder / "once"))
    whole = content(folder / "once/out" / STORE_NAME)
    work = prepare(folder / "killed")
    store = work / "out" / STORE_NAME
    for kill in range(kills):
        victim = source.choice(VICTIMS)
        how = disturb(work, source, victim, longest)
        counts[victim, how] += 1
        seen = content(store) if store.exists() else {}
        partial = [name for name, rows in seen.items() if name != "store_info" and not set(rows) <= set(whole[name])]
        print(f"{kill + 1:4} {victim:7} {how:9} {len(seen.get('document', ())):4} documents stored", flush=True)
        if partial:
            print(f"rows that no undisturbed run has, in {partial}")
            return False
        if kill % _ROUND == _ROUND - 1 or kill == kills - 1 or len(seen.get("document", ())) == len(whole["document"]):
            complete(work)  # a store that has all is begun anew: a run with nothing left to store proves little
            if content(store) != whole:
                print("after the re-run the store differs from that of an undisturbed run")
                return False
            print("     re-run: the store equals that of an undisturbed run", flush=True)
            store.unlink()
    print(", ".join(f"{victim} {how}: {count}" for (victim, how), count in sorted(counts.items())))
    return True


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if soak(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, Path(name)) else 1)
