"""Columns of an answer as text: exact, one notation for each type. What ``rows`` lays out as CSV, JSON or a table.

Decimals are in plain notation without trailing zeros; dates and instants are ISO; bytes are base64; lists and
structures are JSON. A NULL stays a NULL here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exporter.cli.printing import hostile

_encode = json.JSONEncoder(ensure_ascii=False).encode
_NOT_FINITE = ("nan", "inf", "-inf")


def texts(column: pa.Array) -> pa.Array:
    """A column as strings."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_dictionary(kind):
        return texts(column.dictionary_decode())
    if pa.types.is_decimal(kind):
        return _decimals(column)
    if pa.types.is_timestamp(kind):
        return _instants(column)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind) or pa.types.is_date(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_binary(kind):
        return _each(column, lambda value: base64.b64encode(value).decode("ascii"))
    return _each(column, str if pa.types.is_floating(kind) else _other)


def is_whole(kind: pa.DataType) -> bool:
    """Whether a column holds whole numbers (DuckDB's sums of them come as decimals without places)."""
    return bool(pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0))


def is_number(kind: pa.DataType) -> bool:
    """Whether a column is set to the right in a table."""
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))


def json_texts(column: pa.Array) -> pa.Array:
    """A column as JSON values, NULL as ``null``. Whole numbers, flags and finite floating-point numbers are bare; decimals are
    strings, because most readers of JSON would make binary floats of them."""
    kind, shown = column.type, texts(column)
    if is_whole(kind) or pa.types.is_boolean(kind):
        made = shown
    elif pa.types.is_nested(kind):
        made = _each(shown, _harmless)
    else:
        bare = pa.types.is_floating(kind)
        made = _each(shown, lambda text: text if bare and text not in _NOT_FINITE else json_string(text))
    return pc.fill_null(made, "null")


def json_string(text: str) -> str:
    """A JSON string; control and direction characters are escaped, so that it may be shown on a terminal."""
    return _harmless(_encode(text))


def _harmless(encoded: str) -> str:
    return encoded if encoded.isprintable() else "".join(json.dumps(c)[1:-1] if hostile(c) else c for c in encoded)


def _decimals(column: pa.Array) -> pa.Array:
    shown = pc.cast(column, pa.string())
    if column.type.scale <= 0:
        return shown
    if pc.any(pc.match_substring(shown, "E")).as_py():  # Arrow writes 0 with nine places as 0E-9
        shown = pa.array([None if value is None else format(value, "f") for value in column.to_pylist()], pa.string())
    return pc.replace_substring_regex(shown, r"\.?0+$", "")


def _instants(column: pa.Array) -> pa.Array:
    """``2023-08-16T00:00:00``, with ``Z`` where the column knows its zone: DuckDB gives those in UTC."""
    bare = column.cast(pa.timestamp(column.type.unit))
    shown = pc.replace_substring(pc.cast(bare, pa.string()), " ", "T")
    shown = pc.replace_substring_regex(shown, r"\.0+$", "")
    return shown if column.type.tz is None else pc.binary_join_element_wise(shown, "Z", "")


def _each(column: pa.Array, shown: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else shown(value) for value in column.to_pylist()], pa.string())


def _other(value: Any) -> str:
    """A list, a structure, a time, an interval: JSON where it has parts, else as it calls itself."""
    if isinstance(value, dict | list | tuple) and not hasattr(value, "nanoseconds"):
        return json.dumps(value, ensure_ascii=False, default=_part)
    return _part(value)


def _part(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return str(value)
