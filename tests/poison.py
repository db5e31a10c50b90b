"""Documents that do harm, for the tests of the batch. Each does what the word after "poison:" in its text says, in the process
that reads it. The harm is in this module and not in the package: tests put :func:`work` in the place of the package's
own unit of work, and workers import it from here, as they import the original.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import current_process
from pathlib import Path

from exporter.pipeline import batch
from exporter.pipeline.nouns import Job, Outcome
from exporter.pipeline.work import Bench
from exporter.pipeline.work import work as real_work


def _hog() -> None:
    held = []
    while True:
        held.append(bytearray(64 * 2**20))


def _loop() -> None:
    while True:
        pass


def _stuck() -> None:
    """Inside one call of the interpreter's own code, where no other thread gets a turn."""
    re.match(r"(a+)+$", "a" * 200 + "b")


def _wrong() -> None:
    raise KeyError("no such\nthing")


def _exit() -> None:
    os._exit(7)


def _segfault() -> None:
    ctypes.string_at(0)


HARM: dict[str, Callable[[], object]] = {
    "abort": os.abort, "exit": _exit, "segfault": _segfault, "kill": lambda: os.kill(os.getpid(), signal.SIGKILL), "wrong": _wrong,
    "loop": _loop, "stuck": _stuck, "hog": _hog, "large": lambda: bytearray(10 << 30),
}  # fmt: skip


def work(job: Job, bench: Bench) -> Outcome:
    """What the document says, then the real work. "once PATH HARM" does its harm only until PATH is there."""
    found = re.search(rb"poison: (\w+)(?: (\S+) (\w+))?", job.content) if isinstance(job.content, bytes) else None
    if found and found[1] == b"slow":
        time.sleep(0.5)
    elif found and found[1] == b"once":
        marker = Path(found[2].decode())
        if not marker.exists():
            marker.touch()
            HARM[found[3].decode()]()
    elif found:
        HARM[found[1].decode()]()
    return real_work(job, bench)


def only_files(job: Job, bench: Bench) -> Outcome:
    """Refuses to read anything: the store must have it."""
    if isinstance(job.content, bytes):
        raise LookupError(job.task.source.name)
    return real_work(job, bench)


def cannot_be_imported(job: Job, bench: Bench) -> Outcome:
    """Stands for a unit of work that a worker does not find."""
    return real_work(job, bench)


if "exporter-worker" in current_process().name:
    del cannot_be_imported


def main() -> None:
    """The ``exporter`` command, with this unit of work."""
    from exporter.cli import main as exporter

    batch.work = work
    exporter(sys.argv[1:])


if __name__ == "__main__":
    main()
