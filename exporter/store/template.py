"""An empty store, made once a process and copied wherever a new one is needed: faster than making its tables, views and concepts anew."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from exporter import __version__
from exporter.model import Taxonomy
from exporter.store.batch import taxonomy_rows
from exporter.store.files import attached
from exporter.store.frozen import Holder
from exporter.store.schema import arrow_table
from exporter.store.views import create_sql

#: The rows of its taxonomy stand in a new store from the beginning, as if its first load had brought them.
_LOAD = 1


def empty_store(taxonomy: Taxonomy) -> bytes:
    """The bytes of a store without documents, which knows one taxonomy."""
    return _empty_store(Holder(taxonomy))


@lru_cache(maxsize=1)
def _empty_store(holder: Holder) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.duckdb")
        with attached(path, write=True, wait=0) as connection:
            connection.execute(f"BEGIN; {create_sql(__version__, holder.taxonomy)}")
            for name, rows in taxonomy_rows(holder.taxonomy, _LOAD).items():
                connection.from_arrow(arrow_table(name, rows)).insert_into(name)
            connection.execute("COMMIT")
        return path.read_bytes()
