"""A run over many sources: plan, work, and store, in groups that are stored as soon as they are complete."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from exporter import formats
from exporter.errors import DocumentError, FormatError, StoreError
from exporter.model import Taxonomy
from exporter.pipeline import telling
from exporter.pipeline.nouns import (
    MEMORY_LIMIT,
    STORE_NAME,
    TIME_LIMIT,
    Job,
    Options,
    Outcome,
    Progress,
    Result,
    Source,
    Status,
    Task,
    failed,
)
from exporter.pipeline.plan import Plan, job_of, make_plan
from exporter.pipeline.pool import Pool
from exporter.pipeline.results import Record, to_retry
from exporter.pipeline.work import Bench, work
from exporter.store import FactStore
from exporter.taxonomy import load

#: Documents a transaction: what a killed run may lose, and what waits in memory for its slowest. Each transaction settles anew which
#: facts of its issuers count, so that small ones cost much where thousands of documents are of one issuer.
GROUP = 64


def run(
    sources: Sequence[Source],
    out: Path,
    store: Path | None,
    options: Options,
    progress: Progress | None = None,
    advance: Progress | None = None,
) -> list[Result]:
    """Read sources into the store and write their files. Results in the order of the sources.

    ``advance`` is told of each document when it has been read, in any order; ``progress`` when it is stored, which is
    what counts. ``run_results.json`` in ``out`` tells all of it afterwards. Raises TaxonomyError, StoreError, FormatError
    or ExporterError where nothing can be done at all, or the store cannot go on; everything else is a result. What was
    stored before an error, or before KeyboardInterrupt, stays.
    """
    taxonomy = load(options.taxonomy)
    for name in options.formats:
        formats.get(name)
    if options.retry_failed:
        sources = to_retry(out, sources)
    if not sources:
        return []
    _make(out)
    with FactStore.open(store or out / STORE_NAME) as facts, Record(out, sources, options) as record:
        facts.check_writable()  # before anything is read: files are written before the store

        def finished(position: int, result: Result) -> None:
            record.results[position] = result
            telling.finished(result)
            if progress:
                progress(result)

        _Run(sources, facts, Bench(taxonomy, out, options), finished, advance).through()
        for position, source in enumerate(sources):
            if position not in record.results:
                finished(position, failed(source.name, "", "was not read: the run stopped at the first failure", "skipped"))
    return [record.results[position] for position in range(len(sources))]


class _Run:
    """One run on its way. ``finished`` is told of each source, by position, when its document is stored or has failed."""

    def __init__(
        self,
        sources: Sequence[Source],
        facts: FactStore,
        bench: Bench,
        finished: Callable[[int, Result], None],
        advance: Progress | None,
    ) -> None:
        self._sources, self._facts, self._bench = sources, facts, bench
        self._finished, self._advance = finished, advance
        self._kept: dict[int, Result] = {}  # documents that are in the store now

    def through(self) -> None:
        """All sources. One with the bytes of an earlier one is that document, unless that one could not be read."""
        todo: list[int] = list(range(len(self._sources)))
        while todo:
            sources = [(position, self._sources[position]) for position in todo]
            plan = make_plan(sources, self._facts, self._bench.taxonomy, self._bench.options)
            if not self._carry_out(plan):
                return
            todo = [position for position, first in plan.twins.items() if first not in self._kept]
            for position, first in plan.twins.items():
                if first in self._kept:
                    result = self._kept[first]
                    status: Status = "failed" if result.status == "failed" else "unchanged"
                    self._finished(position, replace(result, source=self._sources[position].name, status=status, seconds=0))

    def _carry_out(self, plan: Plan) -> bool:
        """False where it stopped at the first failure, because it was told to."""
        for position, result in plan.failed.items():
            self._finished(position, result)
        fast = self._bench.options.fail_fast
        if fast and plan.failed:
            return False
        pool = self._pool(len(plan.tasks))
        groups = _Groups(plan.tasks)
        with pool or nullcontext(), _Writer(self._facts, self._bench.taxonomy, self._stored, behind=pool is not None) as writer:
            try:
                for outcome in self._outcomes(plan.tasks, pool, writer):
                    if self._advance:
                        self._advance(outcome.result)
                    writer.store(groups.add(outcome))
                    if fast and outcome.result.status == "failed":
                        return False
            except StoreError:
                groups.clear()
                raise
            finally:
                writer.store(groups.clear())
        return True

    def _stored(self, outcome: Outcome) -> None:
        if outcome.prepared is not None or outcome.task.stored:
            self._kept[outcome.task.position] = outcome.result
        self._finished(outcome.task.position, outcome.result)

    def _pool(self, tasks: int) -> Pool | None:
        """Processes of their own, where there are several sources and several jobs, or a limit is to hold."""
        options = self._bench.options
        limited = options.time_limit is not None or options.memory_limit is not None
        if not tasks or not (limited or (options.jobs > 1 and len(self._sources) > 1)):
            return None
        told = replace(options, time_limit=options.time_limit or TIME_LIMIT, memory_limit=options.memory_limit or MEMORY_LIMIT)
        return Pool(min(options.jobs, tasks), work, self._bench.out, told, self._bench.taxonomy.hash)

    def _outcomes(self, tasks: Sequence[Task], pool: Pool | None, writer: _Writer) -> Iterator[Outcome]:
        def job(task: Task) -> Job:
            with writer.lock:
                return job_of(task, self._facts, self._bench.options)

        if pool is not None:
            yield from pool.outcomes(tasks, job)
            return
        for task in tasks:
            try:
                outcome = work(job(task), self._bench)
            except DocumentError as error:
                outcome = Outcome(task, failed(task.source.name, task.document_id, str(error)))
            yield outcome


class _Groups:
    """Outcomes by groups of ``GROUP`` neighbours, whoever finishes first: what is stored together does not depend on it."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._group = {task.position: n // GROUP for n, task in enumerate(tasks)}
        self._missing = [len(tasks[start : start + GROUP]) for start in range(0, len(tasks), GROUP)]
        self._waiting: dict[int, list[Outcome]] = {}

    def add(self, outcome: Outcome) -> list[Outcome]:
        """Its group in the order of the sources, where that is complete now."""
        number = self._group[outcome.task.position]
        self._waiting.setdefault(number, []).append(outcome)
        self._missing[number] -= 1
        return [] if self._missing[number] else _in_order(self._waiting.pop(number))

    def clear(self) -> list[Outcome]:
        """What is there of groups that are not complete."""
        rest = [outcome for group in self._waiting.values() for outcome in group]
        self._waiting.clear()
        return _in_order(rest)


def _in_order(outcomes: list[Outcome]) -> list[Outcome]:
    return sorted(outcomes, key=lambda outcome: outcome.task.position)


class _Writer:
    """The one writer of the store. ``behind``: it writes in a thread, while others are read; ``done`` is told of every
    outcome of a group, in the caller's thread, once the group is stored. ``lock`` is held while the store is used."""

    def __init__(self, facts: FactStore, taxonomy: Taxonomy, done: Callable[[Outcome], None], *, behind: bool) -> None:
        self._facts, self._taxonomy, self._done = facts, taxonomy, done
        self._thread = ThreadPoolExecutor(1) if behind else None
        self._written: tuple[list[Outcome], Future[None]] | None = None
        self.lock = threading.Lock()

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._wait()
        finally:
            if self._thread is not None:
                self._thread.shutdown()

    def store(self, outcomes: list[Outcome]) -> None:
        """Store a group in one transaction, after the group before. Raises StoreError, that of the group before included."""
        if not outcomes:
            return
        self._wait()
        if self._thread is None:
            self._add(outcomes)
            self._tell(outcomes)
        else:
            self._written = outcomes, self._thread.submit(self._add, outcomes)

    def _add(self, outcomes: list[Outcome]) -> None:
        if prepared := [outcome.prepared for outcome in outcomes if outcome.prepared is not None]:
            with self.lock:
                self._facts.add(prepared, self._taxonomy)

    def _wait(self) -> None:
        written, self._written = self._written, None
        if written is not None:
            written[1].result()
            self._tell(written[0])

    def _tell(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._done(outcome)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(f"{folder}: cannot be made ({error.strerror}); choose another --out folder") from error
