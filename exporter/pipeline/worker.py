"""What runs in a worker process: one job after the other, until the run that started it closes the pipe, or ends.

A worker trusts nothing to end well. A document may need more memory than it is given (MemoryError), more time (the run kills
the worker) or may break the interpreter; whatever is raised is told to the run, and the worker ends with it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType

from exporter.pipeline.nouns import Job, Options, Outcome
from exporter.pipeline.sources import size_text
from exporter.pipeline.work import Bench
from exporter.taxonomy import load

resource: ModuleType | None
try:
    import resource
except ModuleNotFoundError:  # Windows has no limits of this kind
    resource = None

Work = Callable[[Job, Bench], Outcome]
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has started; ``taxonomy_hash`` is what it reads with."""

    taxonomy_hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The job raised what no document may raise; the worker ends now."""

    reason: str


def serve(pipe: Connection, work: Work, out: Path, options: Options) -> None:
    """The life of a worker. ``options`` have both limits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the run ends its workers itself
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what a dying interpreter prints is told in one line by the run
    bench = Bench(load(options.taxonomy), out, options)
    pipe.send(Ready(bench.taxonomy.hash))
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        _limit(options)
        try:
            outcome = work(job, bench)
        except BaseException as error:
            _lift()
            pipe.send(Broken(_reason(error, options)))
            raise
        pipe.send(outcome)


def _end_with_parent() -> None:
    """A run that was killed cannot end its workers."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)


def _limit(options: Options) -> None:
    """What this document may take beyond what the worker has: memory; and, should the run be killed while the
    interpreter is stuck, processor time."""
    if resource is None or options.memory_limit is None or options.time_limit is None:
        return
    pages = Path("/proc/self/statm")
    used = int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 0
    _set_soft(resource.RLIMIT_AS, used + options.memory_limit)
    _set_soft(resource.RLIMIT_CPU, int(time.process_time()) + 2 * options.time_limit + 10)


def _lift() -> None:
    if resource is not None:
        _set_soft(resource.RLIMIT_AS, resource.RLIM_INFINITY)


def _set_soft(kind: int, value: int) -> None:
    if resource is not None:
        hard = resource.getrlimit(kind)[1]
        unlimited = hard == resource.RLIM_INFINITY
        resource.setrlimit(kind, (value if unlimited else hard if value == resource.RLIM_INFINITY else min(value, hard), hard))


def _reason(error: BaseException, options: Options) -> str:
    """One line: what happened, and where in the exporter."""
    if isinstance(error, MemoryError):
        return f"needs more memory than {size_text(options.memory_limit or 0)}; raise --memory-limit or split it"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)]
    where = f" at {Path(frames[-1].filename).relative_to(_PACKAGE.parent).as_posix()}:{frames[-1].lineno}" if frames else ""
    text = " ".join(str(error).split())[:120]
    return f"could not be read ({type(error).__name__}: {text}{where}); this is a fault of the exporter, please report it"
