"""``--log``: events and messages on standard error, one a line, as JSON or as text."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

import click

from exporter.cli import printing
from exporter.log import event

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING}


def configure(form: str) -> None:
    """Show the events of the logger ``exporter``. With ``json`` standard error holds nothing else: messages become events, too."""
    handler = _Stderr()
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger = logging.getLogger("exporter")
    logger.handlers[:] = [old for old in logger.handlers if not isinstance(old, _Stderr)]
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    printing.listen(_message if form == "json" else None)


def _message(text: str) -> None:
    head, colon, rest = text.partition(": ")
    level = _LEVELS.get(head) if colon else None
    if level is None:
        event("message", message=text)
    else:
        event("message", level=level, error=rest)


class _Stderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            click.echo(self.format(record), file=sys.stderr)
        except OSError:  # nobody reads standard error any more: that ends no run
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: there is nowhere left to say it."""


class _Json(logging.Formatter):
    """``time`` (UTC), ``level``, ``event``, ``document``, ``counts``, ``seconds``, ``error``, always all; then what else is told."""

    def format(self, record: logging.LogRecord) -> str:
        told = {name: getattr(record, f"exporter_{name}", None) for name in ("document", "counts", "seconds", "error")}
        content = {"time": _time(record), "level": record.levelname.lower(), "event": record.getMessage(), **told}
        return json.dumps(content | getattr(record, "exporter_more", {}), ensure_ascii=True)


class _Text(logging.Formatter):
    """The same for people: ``10:15:02 info document.read acme: 12 facts, 0 unresolved, 0.3 s``."""

    def format(self, record: logging.LogRecord) -> str:
        counts = getattr(record, "exporter_counts", None) or {}
        seconds, more = getattr(record, "exporter_seconds", None), getattr(record, "exporter_more", {})
        parts = [f"{number} {name.replace('_', ' ')}" for name, number in counts.items()]
        parts += [f"{seconds} s"] if seconds is not None else []
        parts += [f"{name} {text}" for name, text in more.items()]
        parts += [error] if (error := getattr(record, "exporter_error", None)) else []
        document = getattr(record, "exporter_document", None)
        head = f"{_time(record)[11:19]} {record.levelname.lower()} {record.getMessage()}{f' {document}' if document else ''}"
        return printing.safe(f"{head}: {', '.join(parts)}" if parts else head)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
