"""An earlier workbook of ours, read back: what it showed, to tell the changes against it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from exporter.errors import FormatError
from exporter.model import Period
from exporter.series import Key
from exporter.series.changes import Earlier

_NEEDED = (
    "entity_id", "concept_id", "period_start", "period_end", "unit_id", "dimensions", "value_exact", "decimals", "basis", "scenario",
    "used", "series_id",
)  # fmt: skip


def earlier(path: Path) -> dict[str, Earlier]:
    """The shown figures of a workbook, by series ID. Raises FormatError for a file that is none, or none of ours."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError, ValueError) as error:
        raise FormatError(f"{path}: is no workbook that can be read; name one that `exporter workbook` wrote") from error
    try:
        found = {series: one for sheet in book.worksheets for series, one in _figures(sheet)}
    finally:
        book.close()
    if not found:
        raise FormatError(f"{path}: has no sheet of facts; name a workbook that `exporter workbook` wrote")
    return found


def _figures(sheet: Any) -> Iterator[tuple[str, Earlier]]:
    """The figures of a sheet of facts; nothing of any other sheet."""
    rows = sheet.iter_rows(values_only=True)
    next(rows, None)
    titles = [str(title or "") for title in next(rows, ())]
    if not set(_NEEDED) <= set(titles):
        return
    at = {name: titles.index(name) for name in _NEEDED}
    for row in rows:
        one = {name: row[place] if place < len(row) else None for name, place in at.items()}
        if one["series_id"] and one["used"] == "shown":
            yield str(one["series_id"]), _earlier(one)


def _earlier(row: dict[str, Any]) -> Earlier:
    text = str(row["value_exact"] or "")
    pairs = [pair.partition("=") for pair in str(row["dimensions"] or "").split("|") if pair]
    dimensions = tuple((axis, member) for axis, _, member in pairs)
    kind = "range" if ".." in text else "numeric"
    key = Key(str(row["concept_id"]), str(row["unit_id"] or ""), dimensions, kind, row["basis"], row["scenario"])
    end, start = _day(row["period_end"]), _day(row["period_start"])
    if end is None:
        raise FormatError("the earlier workbook has a fact without a period; name a workbook that `exporter workbook` wrote")
    decimals = None if row["decimals"] is None else int(row["decimals"])
    return Earlier((key, str(row["entity_id"]), Period(end, start)), text, decimals)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return date.fromisoformat(value) if isinstance(value, str) and value else None
