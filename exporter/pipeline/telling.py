"""What a run tells while it goes (``exporter.log``, docs/logs.md): names of sources, counts, seconds. Never text of a document."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable

from exporter.log import event
from exporter.pipeline.nouns import Result


def started(sources: int, jobs: int) -> None:
    """A run begins."""
    event("run.started", counts={"sources": sources, "jobs": jobs})


def finished(result: Result) -> None:
    """One source is stored, or will not be."""
    by_severity = Counter(issue.severity for issue in result.findings)
    event(
        "document.finished",
        level=logging.ERROR if result.status == "failed" else logging.INFO,
        document=result.document_id,
        counts={
            "facts": result.facts, "occurrences": result.occurrences, "unresolved": result.unresolved, "findings": len(result.findings),
            "errors": by_severity["error"], "warnings": by_severity["warning"], "checks_failed": result.checks.get("fails", 0),
            "attempts": result.attempts,
        },
        seconds=result.seconds,
        error=result.error,
        source=result.source,
        status=result.status,
    )  # fmt: skip


def ended(results: Iterable[Result], seconds: float, error: str) -> None:
    """A run is over; ``error``: why before its end."""
    counted = Counter(result.status for result in results)
    counts = {status: counted[status] for status in ("done", "unchanged", "failed", "skipped")}
    event("run.finished", level=logging.ERROR if error else logging.INFO, counts=counts, seconds=seconds, error=error)
