"""The unit of work: the bytes of one document -> its report -> Arrow tables of the store.

Pure functions: equal arguments give equal results, nothing is read or written, and nothing is kept between calls but
caches of the taxonomy. So anybody can call them: this process, a worker, or an engine on a cluster, which maps
:func:`status_and_tables` over its documents and writes the tables (columns as in ``exporter.store.schema``, ``load_id`` 0 and
``recorded_at`` null until the writer knows them), the ``document`` table last.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from exporter.checks import checked
from exporter.errors import ExporterError, Issue
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Report, Taxonomy
from exporter.store import prepare

__all__ = ["ReadOptions", "extract", "status_and_tables"]


def extract(data: bytes, name: str, taxonomy: Taxonomy, options: ReadOptions, named: Issue | None = None) -> Report:
    """Read and check one document. ``named``: a finding about its name, put last. Raises DocumentError."""
    report = checked(read_report(data, name, taxonomy, options), taxonomy)
    return report if named is None else replace(report, findings=(*report.findings, named))


def status_and_tables(data: bytes, name: str, taxonomy: Taxonomy, options: ReadOptions) -> tuple[str, dict[str, pa.Table]]:
    """What is wrong with the document ("" where nothing is), and its rows by table of the store. Never raises
    ExporterError: on a cluster an exception would end the job of all documents."""
    try:
        prepared = prepare(extract(data, name, taxonomy, options))
    except ExporterError as error:
        return str(error), {}
    return "", {table: prepared.table(table) for table in prepared.tables}
