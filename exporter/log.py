"""Events for whoever watches a run, over the standard library's logging: the library tells, only the command line listens (``--log``).

An event is a name with a few facts about the run: names of documents, counts, seconds, an error's line. Never in one: the text of a
document, a secret, a control character. Whoever uses the package from Python finds them on the logger ``exporter``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

_LOGGER = logging.getLogger("exporter")
_LOGGER.addHandler(logging.NullHandler())  # where nobody listens, nothing is printed

#: What stands between the user and the host of an address, and what a setting with such a name holds.
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^\s/?#@]*:[^\s/?#]*(?=@)")
_SECRET_SETTING = re.compile(r"""(?i)\b(pass(?:word|wd)?|secret|token|api_?key|pgpassword)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&;,]+)""")
_LONGEST = 500


def event(
    name: str,
    *,
    level: int = logging.INFO,
    document: str = "",
    counts: Mapping[str, int] | None = None,
    seconds: float | None = None,
    error: str = "",
    **more: str,
) -> None:
    """Tell that something happened. ``name`` is stable and stands in docs/logs.md; ``counts`` are whole numbers by what was counted;
    ``more`` are short texts, such as ``source`` or ``target``. Secrets in texts are replaced by ``***``."""
    if _LOGGER.isEnabledFor(level):
        texts = {key: without_secrets(value) for key, value in more.items() if value}
        _LOGGER.log(
            level,
            name,
            extra={
                "exporter_document": without_secrets(document) or None,
                "exporter_counts": dict(counts) if counts else None,
                "exporter_seconds": None if seconds is None else round(seconds, 3),
                "exporter_error": without_secrets(error) or None,
                "exporter_more": texts,
            },
        )


def without_secrets(text: str) -> str:
    """Passwords of addresses and settings as ``***``; at most 500 characters, none of them a control character."""
    shown = _SECRET_SETTING.sub(r"\1\2***", _PASSWORD_IN_URL.sub("***", text))
    shown = "".join(character if character.isprintable() else " " for character in shown)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
