"""Earnings releases in, facts out: one store, and from it XBRL, Excel and CSV.

The public names are those in ``__all__``; each is imported when it is first asked for, so that
``import exporter`` costs nothing. Example::

    from pathlib import Path
    import exporter

    results = exporter.run(exporter.expand(["releases/*.txt"]), Path("out"), None, exporter.Options())
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.errors import DocumentError, ExporterError, FormatError, Issue, QueryError, StoreError, TaxonomyError
    from exporter.model import Concept, Entity, Fact, Observation, Period, Report, Taxonomy
    from exporter.pipeline import Options, Result, Source, expand, export, run
    from exporter.store import FactStore

__version__ = "0.1.0"

_HOMES = {
    "exporter.errors": ("DocumentError", "ExporterError", "FormatError", "Issue", "QueryError", "StoreError", "TaxonomyError"),
    "exporter.model": ("Concept", "Entity", "Fact", "Observation", "Period", "Report", "Taxonomy"),
    "exporter.pipeline": ("Options", "Result", "Source", "expand", "export", "run"),
    "exporter.store": ("FactStore",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Concept",
    "DocumentError",
    "Entity",
    "ExporterError",
    "Fact",
    "FactStore",
    "FormatError",
    "Issue",
    "Observation",
    "Options",
    "Period",
    "QueryError",
    "Report",
    "Result",
    "Source",
    "StoreError",
    "Taxonomy",
    "TaxonomyError",
    "__version__",
    "expand",
    "export",
    "run",
]


def __getattr__(name: str) -> object:
    """Import the public name ``name`` from its module (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'exporter' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
