"""What a user names as a target, and how it is shown: a password stands in no message."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from exporter.errors import FormatError

_FORMS = "duckdb:FILE, parquet:DIR, csv:DIR, postgresql://HOST/DATABASE, env:NAME or file:PATH"
_PASSWORD_PARAMETER = re.compile(r"(?i)(?<=[?&;\s])((?:ssl)?password|passfile|sslkey)=([^&;\s]*)")
# Up to the last @: a password may hold what it should not (a slash); hiding too much is no harm.
_IN_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]*):\S*@")
_PIECES = re.compile(r"[/:@?&#%]+")


class NoTarget(FormatError):
    """What a user wrote names no target of any form."""


@dataclass(frozen=True, slots=True)
class Target:
    """A destination and a place in it. ``location`` may hold a password and is in no text of this object; ``shown`` is for people."""

    kind: str
    location: str = field(repr=False)
    shown: str

    def clean(self, text: str) -> str:
        """A text, of a library perhaps, without this target's secrets, in one line."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return " ".join(mask(text).split())[:400]

    def _secrets(self) -> set[str]:
        found = {match[2] for match in _PASSWORD_PARAMETER.finditer(self.location)}
        word = self.location.partition("://")[2].rpartition("@")[0].partition(":")[2]
        if word:  # a library may have split a strange one, and quote a piece
            found |= {self.location, word, *(piece for piece in _PIECES.split(word) if len(piece) > 3)}
        found.add(os.environ.get("PGPASSWORD", ""))
        return {secret for secret in (*found, *map(unquote, found)) if secret}


def mask(text: str) -> str:
    """Passwords of URLs, and in parameters, as ``***``."""
    return _PASSWORD_PARAMETER.sub(r"\1=***", _IN_URL.sub(r"\1:***@", text))


def resolve(given: str, kinds: Collection[str]) -> Target:
    """The target that a user means. Raises NoTarget, with the forms there are; FormatError where what holds the target cannot be read."""
    shown = ""
    for _ in range(3):  # a variable may name a file that holds the target
        form, _, rest = given.partition(":")
        if form == "env":
            given, shown = _from_environment(rest), shown or f"env:{rest}"
        elif form == "file":
            given, shown = _from_file(Path(rest)), shown or f"file:{rest}"
        else:
            break
    if form in ("postgresql", "postgres") and rest.startswith("//"):
        return Target("postgresql", given, shown or mask(given))
    if form in kinds and form != "postgresql" and rest:
        return Target(form, rest, shown or given)
    if given.lower().endswith(".duckdb"):
        return Target("duckdb", given, shown or given)
    raise NoTarget(f"{shown or mask(given) or '(nothing)'}: no target; write {_FORMS}")


def _from_environment(name: str) -> str:
    found = os.environ.get(name, "").strip()
    if not found:
        raise FormatError(f"env:{name}: the environment variable {name} is not set; set it to the target")
    return found


def _from_file(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise FormatError(f"file:{path}: cannot be read ({reason}); name a file with the target") from error
    found = next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")
    if not found:
        raise FormatError(f"file:{path}: is empty; its first line is the target")
    return found
