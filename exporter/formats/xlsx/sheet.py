"""XlsxWriter's worksheet with two things more: rows that stream, and links inside the workbook at the cost of a pair.

A long table is handed over as finished ``<row>`` elements (:mod:`exporter.formats.xlsx.stream`), which are written as they
come: no cell of it is ever held. XlsxWriter's own table keeps the rows above it. The hooks used here are the methods in which
XlsxWriter writes these elements; tests/test_xlsx_stream.py compares what comes out with what XlsxWriter alone writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from xlsxwriter.worksheet import Worksheet

from exporter.formats.xlsx.shapes import column_name


class Sheet(Worksheet):
    """A worksheet. ``links`` are ``(row, column, target)``, 0-based, ``target`` as in ``'Sheet'!A1``."""

    dim_rowmax: Any  # the last row that XlsxWriter knows of, or None

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[int, int, str]] = []
        self._streamed: Iterable[str] = ()
        self._last_streamed = -1

    def stream(self, first: int, count: int, titles: Sequence[dict[str, Any]], name: str, rows: Iterable[str]) -> None:
        """Put a table at row ``first`` (its header, made from ``titles``), followed by ``count`` streamed rows (1 or more)."""
        last = first + count
        # XlsxWriter remembers each cell of a table's range: it is told one row, and the range is set to what it is.
        self.add_table(first, 0, first + 1, len(titles) - 1, {"name": name, "columns": titles, "style": None})
        table = self.tables[-1]
        table["range"] = table["a_range"] = table["autofilter"] = f"A{first + 1}:{column_name(len(titles) - 1)}{last + 1}"
        self._streamed, self._last_streamed = rows, last

    def _write_dimension(self) -> None:
        kept = self.dim_rowmax
        if self._last_streamed > (kept or 0):
            self.dim_rowmax = self._last_streamed
        super()._write_dimension()
        self.dim_rowmax = kept

    def _calculate_spans(self) -> None:
        """A row need not say which columns it fills; XlsxWriter too leaves it out where it streams."""
        self.row_spans: dict[int, str] = {}

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """Ours have none of the thirty functions that XlsxWriter looks for in each, to put a prefix before their names."""
        return formula.removeprefix("=")

    def _write_rows(self) -> None:
        super()._write_rows()
        self.fh.writelines(self._streamed)

    def _write_hyperlinks(self) -> None:
        if not self.links:
            return
        names: dict[int, str] = {}
        self.fh.write("<hyperlinks>")
        for row, column, target in self.links:
            letter = names.get(column) or names.setdefault(column, column_name(column))
            self.fh.write(f'<hyperlink ref="{letter}{row + 1}" location={quoteattr(target)} display={quoteattr(target)}/>')
        self.fh.write("</hyperlinks>")
