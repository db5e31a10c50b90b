"""Runs that are disturbed: what a store holds, and killing at any moment. For tests/test_batch_kills.py and tests/soak.py."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from helpers import RELEASE, ROOT, write

from exporter.pipeline import STORE_NAME
from exporter.store.schema import TABLES

#: What tells when something was stored, not what: differs from run to run.
_OF_THE_RUN = ("load_id", "recorded_at")
VICTIMS = ("run", "worker", "writer", "all")


def content(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without what tells of the run, and which facts count. Opens the file with DuckDB itself."""
    with duckdb.connect(str(store), read_only=True) as connection:
        told = {name: ", ".join(column for column in columns if column not in _OF_THE_RUN) for name, columns in TABLES.items()}
        told |= {"fact_live": "fact_id, document_id, known_from", "fact_current": "fact_id, document_id, known_from"}
        return {name: sorted(connection.execute(f"SELECT {columns} FROM {name}").fetchall(), key=repr) for name, columns in told.items()}


def releases(folder: Path, count: int) -> Path:
    """``count`` small releases, two of which are of one name, in two folders."""
    for number in range(count):
        name = f"{'a' if number % 2 else 'b'}/{'same' if number < 2 else f'r{number:03}'}.txt"
        write(folder, name, RELEASE.replace("1,450", f"1,{450 + number}"))
    return folder


def start(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """``exporter`` in a process group of its own, with poison allowed (tests/poison.py)."""
    command = [sys.executable, str(ROOT / "tests/poison.py"), *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def children(pid: int) -> list[int]:
    """The processes that a process has started, as Linux tells."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def gone(pids: list[int], seconds: float = 20) -> list[int]:
    """Wait for processes to end; those that did not."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if _alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def disturb(folder: Path, source: random.Random, victim: str, longest: float) -> str:
    """Start a run over ``folder/in`` into ``folder/out``, kill ``victim`` at a random moment with SIGKILL, and see that no
    process is left. Returns how it went: "killed", or "too late" where the run was done by then."""
    process = start(folder, "run", "in", "--jobs", "2", "--formats", "csv")
    moment = source.uniform(0, longest / 2 if victim == "writer" else longest)
    begun = time.monotonic()
    seen: set[int] = set()
    while time.monotonic() - begun < moment and process.poll() is None:
        seen.update(children(process.pid))
        time.sleep(0.01)
    if victim == "writer":  # as soon as a transaction is being written
        wal = folder / "out" / f"{STORE_NAME}.wal"
        while not wal.exists() and process.poll() is None:
            pass
    seen.update(children(process.pid))
    done = process.poll() is not None
    if not done and victim == "worker":
        if mine := children(process.pid):
            os.kill(source.choice(mine), signal.SIGKILL)
        process.wait(120)
    elif not done and victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif not done:
        process.kill()
    process.communicate(timeout=120)
    left = gone(sorted(seen))
    if left:
        raise AssertionError(f"processes are left after {victim} was killed: {left}")
    return "too late" if done else "killed"
