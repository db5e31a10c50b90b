"""An extraction as Arrow: what whoever reads a document hands to whoever writes the store.

Nothing of a store is in it (no load, no clock, not what is stored already), so that it can be made anywhere: in this
process, in a worker, on a cluster. Reading order: ``schema``, ``rows``, here, ``batch``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from exporter.errors import StoreError
from exporter.model import Report
from exporter.store.rows import extraction_of, rows_of
from exporter.store.schema import TABLES, arrow_table


@dataclass(frozen=True, slots=True)
class Prepared:
    """One extraction of one document. ``extraction``: what decides whether it is a retry (``rows.extraction_of``);
    ``tables``: an Arrow IPC stream for each table that has rows, with columns as in ``schema.TABLES``. ``load_id`` is
    0 in them and ``recorded_at`` null: the writer of the store fills them in."""

    extraction: tuple[str, ...]
    tables: Mapping[str, bytes]

    @property
    def key(self) -> str:
        """The document's key."""
        return self.extraction[0]

    @property
    def taxonomy_hash(self) -> str:
        """The taxonomy that it was read with."""
        return self.extraction[2]

    @property
    def entity(self) -> str:
        """The ID of its issuer."""
        return self.extraction[3]

    @property
    def id(self) -> str:
        """The document's readable name."""
        return self.extraction[-1]

    def table(self, name: str) -> pa.Table:
        """The rows of one table; none where it has none."""
        if name not in self.tables:
            return arrow_table(name, [])
        return pa.ipc.open_stream(self.tables[name]).read_all()


def prepare(report: Report) -> Prepared:
    """A report as Arrow. Pure. Raises StoreError where a value cannot be stored as it is."""
    try:
        rows = rows_of(report)
        tables = {name: _stream(arrow_table(name, rows[name])) for name in TABLES if rows.get(name)}
    except (pa.ArrowException, UnicodeError, OverflowError) as error:
        reason = str(error).split("\n")[0][:120]
        raise StoreError(f"{report.document.id}: a value cannot be stored ({reason}); nothing of this document was stored") from error
    return Prepared(extraction_of(report), tables)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data
