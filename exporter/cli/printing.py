"""What every command prints with. Text of a document is shown with its control characters escaped, so that no
document can drive the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import click

DONE, FAILED, USAGE, FINDINGS, INTERRUPTED = 0, 1, 2, 3, 130


def tolerate(stream: IO[str] | None) -> None:
    """What the terminal's encoding lacks is shown escaped, instead of ending the run."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def hostile(character: str) -> bool:
    """Whether a character could drive a terminal: controls, directions, separators of lines, half characters."""
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")


def safe(text: str) -> str:
    """One line of text that is safe on a terminal: control and direction characters are escaped."""
    return text if text.isprintable() else "".join(repr(c)[1:-1] if hostile(c) else c for c in text)


def where(path: Path) -> str:
    """A path as one would type it here: relative to the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def say(text: str) -> None:
    """A line of results, on standard output."""
    click.echo(text)


_listener: Callable[[str], None] | None = None


def listen(listener: Callable[[str], None] | None) -> None:
    """Give the lines of standard error to somebody else (``--log json``), or, with None, to people again."""
    global _listener
    _listener = listener


def listened() -> bool:
    """Whether standard error is for a program, so that nothing but whole lines of its kind may go there."""
    return _listener is not None


def complain(text: str) -> None:
    """A line of errors and warnings, on standard error."""
    if _listener is not None:
        _listener(text)
    else:
        click.echo(safe(text), err=True)


def fail(text: str, code: int) -> int:
    """Say what went wrong; gives back the exit code."""
    complain(f"error: {text}")
    return code


def table(rows: Iterable[tuple[str, str]]) -> None:
    """Names and texts in two columns."""
    formatter = click.HelpFormatter(width=100)
    formatter.write_dl([(safe(name), safe(text)) for name, text in rows])
    say(formatter.getvalue().rstrip("\n"))


def plural(number: int, noun: str) -> str:
    """``1 fact``, ``2 facts``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
