"""A folder of Parquet files: exact decimals, zstd, no clock in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exporter.feeds.folder import opener
from exporter.feeds.parts import Form, Writer
from exporter.store.shapes import literal

#: A row group of this size is read well by every engine.
_GROUP = 131072


def _writer(path: Path, schema: pa.Schema) -> Writer:
    made: Writer = pq.ParquetWriter(path, schema, compression="zstd")
    return made


def _source(folder: str, _columns: Mapping[str, str]) -> str:
    return f"read_parquet({literal(folder + '/**/*.parquet')}, hive_partitioning=false)"


open = opener(Form("parquet", ".parquet", _writer, _source, "rows", _GROUP))
