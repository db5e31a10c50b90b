"""Which documents need which work: decided for all of them before any is read.

Names are claimed here, in the order of the sources, so that they do not depend on who finishes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from exporter.errors import DocumentError
from exporter.files import safe_name
from exporter.ingest.resolve import ReadOptions, extractor_version
from exporter.model import Taxonomy
from exporter.pipeline.nouns import Job, Options, Result, Source, Task, failed
from exporter.pipeline.sources import read_bytes
from exporter.store import FactStore


@dataclass(slots=True)
class Plan:
    """``tasks`` in the order of the sources, those first that the store has already; ``failed``: results of sources that
    cannot be opened; ``twins``: sources with the bytes of an earlier one, by position, with that one's position."""

    tasks: list[Task] = field(default_factory=list)
    failed: dict[int, Result] = field(default_factory=dict)
    twins: dict[int, int] = field(default_factory=dict)


def make_plan(sources: Iterable[tuple[int, Source]], facts: FactStore, taxonomy: Taxonomy, options: Options) -> Plan:
    """Look at each source (with its position): its bytes, its name, and whether the store has it, read the same way."""
    plan = Plan()
    seen: dict[str, int] = {}
    version = extractor_version(ReadOptions("", options.entity, options.filed_at))
    for position, source in sources:
        try:
            data = read_bytes(source, options.max_size)
        except DocumentError as error:
            plan.failed[position] = failed(source.name, "", str(error))
            continue
        key = sha256(data).hexdigest()[:32]
        if key in seen:
            plan.twins[position] = seen[key]
            continue
        seen[key] = position
        stem = options.document_id or ("stdin" if source.path is None else source.path.stem)
        document_id, named = facts.claim_id(safe_name(stem), key)
        known = facts.has(key, version, taxonomy.hash)
        plan.tasks.append(Task(position, source, key, document_id, named, known, None if source.path else data))
    plan.tasks.sort(key=lambda task: not task.stored)
    return plan


def job_of(task: Task, facts: FactStore, options: Options) -> Job:
    """A task with what it works on. Raises DocumentError where the file has changed since the plan was made."""
    if task.stored:
        return Job(task, facts.load_report(task.key))
    data = task.data if task.data is not None else read_bytes(task.source, options.max_size)
    if sha256(data).hexdigest()[:32] != task.key:
        raise DocumentError(f"{task.source.name}: changed while the run was going on; run again")
    return Job(replace(task, data=None), data)
