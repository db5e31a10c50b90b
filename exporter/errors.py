"""What can go wrong, in two kinds.

Breakdown is an exception, doubt is a value::

    ExporterError                     anything this package raises on purpose
    ├── TaxonomyError (ValueError)    a taxonomy file is wrong; message starts with file:line
    ├── DocumentError (ValueError)    a source cannot be read at all
    ├── FormatError   (ValueError)    an output cannot be written
    ├── QueryError    (ValueError)    a question to the store cannot be answered: wrong SQL, an unknown concept
    └── StoreError    (RuntimeError)  the fact store is locked, damaged, or of another schema

Every message is one line: what happened, where, and what to do. An :class:`Issue` is a doubt
about a document that could be read: it is collected in the report and never raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]


class ExporterError(Exception):
    """Base of all errors that this package raises on purpose."""


class TaxonomyError(ExporterError, ValueError):
    """A taxonomy file breaks a rule. The message starts with ``file:line``."""


class DocumentError(ExporterError, ValueError):
    """A source document cannot be read. The message names the source."""


class FormatError(ExporterError, ValueError):
    """An output cannot be written. The message names the target."""


class QueryError(ExporterError, ValueError):
    """A question to the fact store cannot be answered as it stands. The message says what is wrong with it."""


class StoreError(ExporterError, RuntimeError):
    """The fact store cannot be used. The message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A finding: ``code`` is stable and documented, ``where`` is ``line:column`` or a document name."""

    code: str
    message: str
    where: str = ""
    severity: Severity = "warning"
