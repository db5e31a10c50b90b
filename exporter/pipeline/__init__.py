"""The composition root: sources -> reports -> store -> files. Each source is on its own: one that cannot be read, or
that ends the process reading it, costs a failed result and never the run.

Where to look, in reading order: ``nouns``; ``sources`` (what is read); ``unit`` (bytes -> Arrow, the pure part);
``work`` (one document, with its files); ``plan`` (which documents need work); ``pool`` and ``worker`` (processes);
``batch`` (a run as a whole); ``results`` (run_results.json); ``reading`` (what needs no store, or the store alone).
"""

from __future__ import annotations

from exporter.pipeline.batch import run
from exporter.pipeline.nouns import STORE_NAME, Options, Result, Source
from exporter.pipeline.reading import check_sources, export, ledgers, stored
from exporter.pipeline.sources import expand

__all__ = ["STORE_NAME", "Options", "Result", "Source", "check_sources", "expand", "export", "ledgers", "run", "stored"]
