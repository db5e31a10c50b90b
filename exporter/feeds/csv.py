"""A folder of CSV files for engines: RFC 4180, UTF-8, a header; texts in quotes, NULL is nothing and "" an empty text.

Texts are as printed and not guarded against spreadsheets: for people there are the formats xlsx and csv of ``exporter export``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from exporter.feeds.folder import opener
from exporter.feeds.parts import Form
from exporter.store.shapes import literal

#: Bytes of the longest line that is read back. Buffers are as small as that allows: several threads read one file then.
_LINE = 1 << 26


class _File:
    """pyarrow writes no decimals as CSV: they go through their exact text."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._decimals = [number for number, field in enumerate(schema) if pa.types.is_decimal(field.type)]
        for number in self._decimals:
            schema = schema.set(number, schema.field(number).with_type(pa.string()))
        self._schema = schema
        self._writer = pc.CSVWriter(path, schema)

    def write_table(self, table: pa.Table) -> None:
        """Append rows."""
        self._writer.write_table(table.cast(self._schema) if self._decimals else table)

    def close(self) -> None:
        """Complete the file."""
        self._writer.close()


def _source(folder: str, columns: Mapping[str, str]) -> str:
    types = ", ".join(f"{literal(name)}: {literal('VARCHAR' if kind.startswith('CHAR') else kind)}" for name, kind in columns.items())
    return (
        f"read_csv({literal(folder + '/**/*.csv')}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', nullstr='', "
        f"allow_quoted_nulls=false, hive_partitioning=false, max_line_size={_LINE}, buffer_size={_LINE}, columns={{{types}}})"
    )


open = opener(Form("csv", ".csv", _File, _source, "keys", 8192))
