"""A pool of processes that knows which document each of them has, so that a death costs that document only.

(``concurrent.futures`` gives up the whole pool when one process dies, and cannot tell whose fault it was.) Processes are
started by *spawn*, the one way that works on every system; each has a pipe of its own and one document at a time.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from exporter.errors import DocumentError, ExporterError
from exporter.pipeline.nouns import Job, Options, Outcome, Task, failed
from exporter.pipeline.worker import Broken, Ready, Work, serve

_START_SECONDS = 120
_FAILED_STARTS = 3
_ATTEMPTS = 2


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    deadline: float
    ready: bool = False
    job: Job | None = None


class Pool:
    """Up to ``size`` workers. Use as a context manager: at its end no process is left. ``options`` have both limits."""

    def __init__(self, size: int, work: Work, out: Path, options: Options, taxonomy_hash: str) -> None:
        self._size = size
        self._arguments = (work, out, options)
        self._time_limit = options.time_limit or 0
        self._taxonomy_hash = taxonomy_hash
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._again: deque[Job] = deque()  # the first attempt ended its worker
        self._attempts: Counter[int] = Counter()
        self._failed_starts = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def outcomes(self, tasks: Iterable[Task], job_of: Callable[[Task], Job]) -> Iterator[Outcome]:
        """The outcome of each task, as they come. ``job_of`` is called when a task's turn comes; the document fails
        where it raises DocumentError. Raises ExporterError where no worker can be started."""
        feed, left = iter(tasks), True
        while self._going(left):
            self._staff()
            for worker in [worker for worker in self._workers if worker.ready and worker.job is None]:
                while isinstance(given := self._next(feed, job_of), Outcome):
                    yield given
                if given is None:
                    left = False
                    break
                self._give(worker, given)
            if self._going(left):
                yield from self._collect()

    def _going(self, left: bool) -> bool:
        return left or bool(self._again) or any(worker.job for worker in self._workers)

    def _next(self, feed: Iterator[Task], job_of: Callable[[Task], Job]) -> Job | Outcome | None:
        if self._again:
            return self._again.popleft()
        for task in feed:
            try:
                return job_of(task)
            except DocumentError as error:
                return Outcome(task, failed(task.source.name, task.document_id, str(error)))
        return None

    # --- workers ------------------------------------------------------------------------------------

    def _staff(self) -> None:
        """As many workers as there should be."""
        while len(self._workers) < self._size:
            here, there = self._context.Pipe()
            process = self._context.Process(target=serve, args=(there, *self._arguments), name="exporter-worker", daemon=True)
            with _without_interrupts():
                process.start()
            there.close()
            self._workers.append(_Worker(process, here, time.monotonic() + _START_SECONDS))

    def _give(self, worker: _Worker, job: Job) -> None:
        worker.job, worker.deadline = job, time.monotonic() + self._time_limit
        self._attempts[job.task.position] += 1
        with suppress(OSError):  # it died meanwhile: that is heard next
            worker.pipe.send(job)

    def _end(self, worker: _Worker) -> int:
        """Make sure that it is gone; its exit code."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        return worker.process.exitcode or 0

    # --- what they tell -----------------------------------------------------------------------------

    def _collect(self) -> Iterator[Outcome]:
        """Wait until a worker has something to tell, dies, or takes too long."""
        at_work = [worker for worker in self._workers if worker.job is not None or not worker.ready]
        soonest = min(worker.deadline for worker in at_work) - time.monotonic()
        heard = wait([worker.pipe for worker in self._workers], max(soonest, 0))
        for worker in list(self._workers):
            if worker.pipe in heard:
                yield from self._hear(worker)
            elif worker in at_work and time.monotonic() >= worker.deadline:
                self._end(worker)
                yield from self._lost(worker, f"was not read within {self._time_limit} seconds; raise --time-limit or look at the document")

    def _hear(self, worker: _Worker) -> Iterator[Outcome]:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(1)
            yield from self._died(worker)
            return
        if isinstance(message, Ready):
            self._started(worker, message)
        elif isinstance(message, Broken):
            self._end(worker)
            yield from self._lost(worker, message.reason)
        else:
            worker.job = None
            yield self._counted(message)

    def _started(self, worker: _Worker, message: Ready) -> None:
        if message.taxonomy_hash != self._taxonomy_hash:
            raise ExporterError("the taxonomy files changed while the run was going on; run again")
        worker.ready, self._failed_starts = True, 0

    def _died(self, worker: _Worker) -> Iterator[Outcome]:
        """Its document gets one more attempt: the death may have come from outside."""
        death = _death(self._end(worker))
        job = worker.job
        if job is not None and self._attempts[job.task.position] < _ATTEMPTS:
            self._again.append(job)
        else:
            yield from self._lost(worker, f"ended the process that read it, {_ATTEMPTS} times ({death}); leave it out, and report it")

    def _lost(self, worker: _Worker, reason: str) -> Iterator[Outcome]:
        """What the end of a worker means: for its document, or, where it never started, for the run."""
        if worker.job is not None:
            task = worker.job.task
            yield self._counted(Outcome(task, failed(task.source.name, task.document_id, f"{task.source.name}: {reason}")))
        elif not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _FAILED_STARTS:
                raise ExporterError(
                    "worker processes cannot be started; run with --jobs 1 (a script of your own must call run below "
                    'if __name__ == "__main__":)'
                )

    def _counted(self, outcome: Outcome) -> Outcome:
        return replace(outcome, result=replace(outcome.result, attempts=self._attempts[outcome.task.position]))


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that starts must not die of a Ctrl-C that is meant for the run: it starts with that signal ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _death(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
