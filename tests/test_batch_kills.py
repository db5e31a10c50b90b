"""Killed at random moments, and run again: the store is that of a run that nobody disturbed, fact by fact.

Ten kills here; ``tests/soak.py`` does as many as one wants.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from disturbed import VICTIMS, content, disturb, releases, start

from exporter.pipeline import STORE_NAME

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
KILLS = 10


def complete(folder: Path) -> float:
    """Run over ``folder/in`` until it is done; seconds it took."""
    begun = time.monotonic()
    process = start(folder, "run", "in", "--jobs", "2", "--formats", "csv")
    errors = process.communicate(timeout=120)[1].decode()
    assert process.returncode == 0, errors
    return time.monotonic() - begun


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in (folder / "out").glob("*/*")}


def test_a_killed_run_is_completed_by_the_next(tmp_path: Path) -> None:
    releases(tmp_path / "once/in", 40)
    longest = complete(tmp_path / "once")
    whole, written = content(tmp_path / "once/out" / STORE_NAME), files(tmp_path / "once")
    assert len(whole["document"]) == 40
    source = random.Random(20261125)
    folder, killed = tmp_path / "killed", 0
    releases(folder / "in", 40)
    for kill in range(KILLS):
        killed += disturb(folder, source, VICTIMS[kill % len(VICTIMS)], longest) == "killed"
        store = folder / "out" / STORE_NAME
        if store.exists():
            seen = content(store)
            assert all(set(rows) <= set(whole[name]) for name, rows in seen.items() if name != "store_info"), "what can be read is complete"
        if kill == KILLS // 2:
            complete(folder)
            assert content(store) == whole
            assert files(folder) == written
            store.unlink()
    complete(folder)
    assert content(folder / "out" / STORE_NAME) == whole
    assert files(folder) == written
    assert killed >= KILLS // 2, "most kills must meet a living run"
