"""What the modules of the pipeline hand to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from exporter.errors import Issue
from exporter.model import Report
from exporter.store import Prepared

STORE_NAME = "facts.duckdb"
#: What a document may take of a worker process where nothing else is said: seconds, and bytes.
TIME_LIMIT, MEMORY_LIMIT = 300, 2 * 1024**3

Status = Literal["done", "unchanged", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may be told. ``taxonomy``: a folder instead of the packaged one; ``layout``: a file instead of the packaged
    workbook layout; ``language``: that of the workbook's labels. ``jobs``: processes that read; 1 is this
    one, in which there are no limits. A limit (seconds, bytes a document) that is given asks for a process of its own.
    ``fail_fast``: stop at the first document that fails. ``retry_failed``: only what failed in the last run into the same
    folder."""

    formats: tuple[str, ...] = ("xbrl", "xlsx", "csv")
    entity: str = ""
    filed_at: str = ""
    document_id: str = ""
    max_size: int = 50 * 1024 * 1024
    taxonomy: Path | None = None
    language: str = "en"
    layout: Path | None = None
    jobs: int = 1
    time_limit: int | None = None
    memory_limit: int | None = None
    fail_fast: bool = False
    retry_failed: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A document to read; ``path`` None is standard input."""

    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one source. ``paths`` are the files that stand in the output folder; ``checks``: tested
    relations by verdict. ``skipped``: the run ended before the source's turn came. ``seconds``: spent on it; they and
    the ``attempts`` (2: the first ended its process) are of no importance to whether two results are equal."""

    source: str
    document_id: str
    status: Status
    error: str
    facts: int
    occurrences: int
    unresolved: int
    findings: Sequence[Issue]
    paths: Sequence[Path]
    checks: Mapping[str, int] = field(default_factory=dict)
    seconds: float = field(default=0, compare=False)
    attempts: int = field(default=1, compare=False)


def failed(source: str, document_id: str, error: str, status: Status = "failed") -> Result:
    """The result of a source of which nothing was made."""
    return Result(source, document_id, status, error, 0, 0, 0, (), ())


@dataclass(frozen=True, slots=True)
class Task:
    """One document that needs work. ``position`` counts the sources of the run, ``data`` is None where the file is read
    when its turn comes. ``stored``: the store has it and only its files are looked after. ``named``: what is to be said
    about its name."""

    position: int
    source: Source
    key: str
    document_id: str
    named: Issue | None
    stored: bool
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A task as it is handed over: with the bytes to read, or the report that the store has."""

    task: Task
    content: bytes | Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: its result, and what is to be stored of it."""

    task: Task
    result: Result
    prepared: Prepared | None = None


Progress = Callable[[Result], None]
