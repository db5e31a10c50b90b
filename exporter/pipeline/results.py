"""``run_results.json``: what became of every document of the last run, for scripts and for ``--retry-failed``.

The one file of the output folder that tells of the clock: it differs from run to run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

from exporter import __version__
from exporter.errors import DocumentError, FormatError
from exporter.files import write_atomic
from exporter.pipeline import telling
from exporter.pipeline.nouns import Options, Result, Source

RESULTS_NAME = "run_results.json"
_NOT_DONE = ("failed", "skipped")


class Record:
    """The file during a run: at its beginning it says so, at its end what came of it. ``results`` by position."""

    def __init__(self, out: Path, sources: Sequence[Source], options: Options) -> None:
        self._path = out / RESULTS_NAME
        self._names = [source.name for source in sources]
        self._options = options
        self._before = _documents(self._path) if options.retry_failed else []
        self._began, self._clock = _now(), monotonic()
        self.results: dict[int, Result] = {}

    def __enter__(self) -> Record:
        self._write("running", "")
        telling.started(len(self._names), self._options.jobs)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        told = "" if error is None else str(error) or type(error).__name__
        telling.ended(self.results.values(), monotonic() - self._clock, told)
        if error is None:
            self._write("done", "")
            return
        with suppress(FormatError):  # the disk may be full: the first error counts
            self._write("interrupted" if isinstance(error, KeyboardInterrupt) else "stopped", str(error))

    def _write(self, state: str, error: str) -> None:
        rows = self._rows()
        head = {
            "exporter": __version__, "state": state, "error": error, "jobs": self._options.jobs, "began": self._began, "ended": _now(),
            "seconds": round(monotonic() - self._clock, 3), "counts": dict(Counter(row["status"] for row in rows)),
        }  # fmt: skip
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
        write_atomic(self._path, f'{text},\n "documents": [\n{lines}\n]}}\n'.encode("utf-8", "backslashreplace"))

    def _rows(self) -> list[dict[str, Any]]:
        """One row a source; of a retry, those in their places among the rows of the run before."""
        new = {
            name: _row(self.results[position]) if position in self.results else {"source": name, "status": "skipped"}
            for position, name in enumerate(self._names)
        }
        kept = [new.pop(str(row.get("source")), row) for row in self._before]
        return [*kept, *new.values()]


def to_retry(out: Path, sources: Sequence[Source]) -> list[Source]:
    """The sources that failed in the last run into ``out``, or were not reached; of ``sources`` only, where there are any.

    Raises DocumentError where there was no run, or one that did not live to tell.
    """
    path = out / RESULTS_NAME
    failed = [str(row.get("source")) for row in _documents(path) if row.get("status") in _NOT_DONE]
    given = {source.name: source for source in sources}
    if sources:
        return [given[name] for name in failed if name in given]
    return [Source(name, Path(name)) for name in failed]


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        documents, state = content["documents"], content["state"]
    except FileNotFoundError as error:
        raise DocumentError(f"{path}: there was no run into this folder; run without --retry-failed") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DocumentError(f"{path}: cannot be read as the results of a run; run without --retry-failed") from error
    if state == "running":
        raise DocumentError(f"{path}: the last run was killed; run without --retry-failed (what it stored is kept)")
    return [row for row in documents if isinstance(row, dict)]


def _row(result: Result) -> dict[str, object]:
    findings: Mapping[str, int] = Counter(issue.severity for issue in result.findings)
    return {
        "source": result.source, "document_id": result.document_id, "status": result.status, "error": result.error,
        "facts": result.facts, "occurrences": result.occurrences, "unresolved": result.unresolved, "findings": dict(findings),
        "checks": dict(result.checks), "seconds": result.seconds, "attempts": result.attempts,
    }  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 - the one output that tells of the clock
