"""An answer as CSV, JSON or a table, a batch at a time: what ``query`` and ``facts`` print.

CSV follows docs/contract.md (RFC 4180, text guarded against formulas); a NULL is an empty field, an empty text is ``""``. JSON is an
array with an object a row, a row a line. A table is for people: no figure is ever cut in it, long texts are.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exporter.cli.printing import complain, safe, say

if TYPE_CHECKING:
    import pyarrow as pa

    from exporter.store.query import Answer

#: Rows of a table where no ``--limit`` is given.
TABLE_ROWS = 1000
_TEXT_WIDTH = 60
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?")
_Command = TypeVar("_Command", bound=Callable[..., Any])


def form_options(command: _Command) -> _Command:
    """``--table``, ``--csv``, ``--json`` (``form``) and ``--limit``."""
    rows = "At most N rows.  [default: all; of a table 1000]"
    command = click.option("--limit", type=click.IntRange(min=1), metavar="N", help=rows)(command)
    command = click.option("--json", "form", flag_value="json", help="An array with an object a row; decimals are strings.")(command)
    command = click.option("--csv", "form", flag_value="csv", help="CSV after docs/contract.md.  [default elsewhere]")(command)
    return click.option("--table", "form", flag_value="table", help="A table for people.  [default on a terminal]")(command)


def form_of(given: str | None) -> str:
    """The form to print in: as told, else a table on a terminal and CSV elsewhere."""
    return given or ("table" if sys.stdout.isatty() else "csv")


def row_limit(form: str, limit: int | None) -> int | None:
    """How many rows to ask for; one more than a table shows, so that it can say that there are more."""
    return TABLE_ROWS + 1 if form == "table" and limit is None else limit


def show(answer: Answer, form: str, *, shown: int | None = None) -> int:
    """Print an answer; gives back the number of rows. ``shown``: of a table, the rows to show though there may be more."""
    if form == "table":
        return _table(answer, shown)
    write = partial(_write, tty=sys.stdout.isatty())
    counted, batches = 0, iter(answer.batches)
    first = next(batches, None)  # an error before the first row leaves standard output empty
    lines = _csv(answer.schema) if form == "csv" else _json(answer.schema)
    write(lines.head)
    for batch in chain([first] if first is not None else [], batches):
        if batch.num_rows:
            write(lines.rows(batch, counted == 0))
            counted += batch.num_rows
    write(lines.foot(counted))
    _note_floats(answer.schema)
    return counted


class _Lines:
    """How one form writes its beginning, a batch (``first``: the first that has rows) and its end."""

    def __init__(self, head: str, rows: Callable[[Any, bool], str], foot: Callable[[int], str]) -> None:
        self.head = head
        self.rows = rows
        self.foot = foot


def _write(text: str, *, tty: bool) -> None:
    if text:
        shown = "\n".join(safe(line.removesuffix("\r")) for line in text.split("\n")) if tty else text
        click.echo(shown.encode("utf-8"), nl=False)  # bytes: line ends as they are, on Windows too


# --- CSV --------------------------------------------------------------------------------------------


def _csv(schema: pa.Schema) -> _Lines:
    import pyarrow.compute as pc

    from exporter.cli.texts import is_number, texts
    from exporter.formats.csv import guard_words

    def quoted(column: pa.Array, guarded: bool) -> pa.Array:
        shown = texts(column)
        if guarded and pc.any(pc.match_substring_regex(shown, "^['=+\\-@\t\r\n＝＋－＠]")).as_py():
            shown = type(shown).from_pandas([None if v is None else guard_words(v) for v in shown.to_pylist()])
        needs = pc.match_substring_regex(shown, '[",\r\n]|^$')
        if not pc.any(needs).as_py():
            return shown
        doubled = pc.binary_join_element_wise('"', pc.replace_substring(shown, '"', '""'), '"', "")
        return pc.if_else(needs, doubled, shown)

    def rows(batch: pa.RecordBatch, _first: bool) -> str:
        cells = [quoted(column, not is_number(column.type)) for column in batch.columns]
        # A lone empty field would be an empty line, which readers skip.
        joined = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="" if len(cells) > 1 else '""')
        return "\r\n".join(joined.to_pylist()) + "\r\n"

    def field(name: str) -> str:
        name = guard_words(name)
        return '"' + name.replace('"', '""') + '"' if any(c in name for c in '",\r\n') else name

    return _Lines(",".join(field(name) for name in schema.names) + "\r\n", rows, lambda _count: "")


# --- JSON -------------------------------------------------------------------------------------------


def _json(schema: pa.Schema) -> _Lines:
    import pyarrow.compute as pc

    from exporter.cli.texts import json_string, json_texts

    keys = [("{" if n == 0 else ", ") + json_string(name) + ": " for n, name in enumerate(schema.names)]

    def rows(batch: pa.RecordBatch, first: bool) -> str:
        parts = chain.from_iterable((key, json_texts(column)) for key, column in zip(keys, batch.columns, strict=True))
        lines = pc.binary_join_element_wise(*parts, "}", "").to_pylist()
        return ("" if first else ",\n") + ",\n".join(lines)

    return _Lines("[\n", rows, lambda count: "\n]\n" if count else "]\n")


# --- tables -----------------------------------------------------------------------------------------


def _table(answer: Answer, shown: int | None) -> int:
    from exporter.cli.texts import is_number, texts

    rows: list[tuple[str, ...]] = []
    for batch in answer.batches:
        rows += zip(*([_cell(v, is_number(c.type)) for v in texts(c).to_pylist()] for c in batch.columns), strict=True)
    more = shown is not None and len(rows) > shown
    rows = rows[:shown] if more else rows
    names = [safe(name) for name in answer.schema.names]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    right = [all(cell == "NULL" or _FIGURE.fullmatch(cell) for cell in column) for column in columns]
    for line in _laid_out(names, rows, right):
        say(line)
    if more:
        complain(f"these are the first {shown} rows; --limit N shows more, --csv or --json all")
    _note_floats(answer.schema)
    return len(rows)


def _cell(text: str | None, number: bool) -> str:
    if text is None:
        return "NULL"
    whole = number or len(text) <= _TEXT_WIDTH or _FIGURE.fullmatch(text)
    return safe(text) if whole else safe(text[: _TEXT_WIDTH - 1]) + "…"


def _laid_out(names: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    """Columns side by side; on a terminal that is too narrow for them, each row as a block of ``name  value``."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    if rows and sys.stdout.isatty() and sum(widths) + 2 * len(widths) > shutil.get_terminal_size().columns:
        widest = max(map(cell_len, names))
        for n, row in enumerate(rows):
            yield from ([] if n == 0 else [""])
            yield from (name + " " * (widest - cell_len(name) + 2) + cell for name, cell in zip(names, row, strict=True))
        return

    def line(cells: Iterable[str]) -> str:
        padded = []
        for cell, width, to_the_right in zip(cells, widths, right, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if to_the_right else cell + space)
        return "  ".join(padded).rstrip()

    yield line(names)
    yield line("-" * width for width in widths)
    yield from map(line, rows)


def _note_floats(schema: pa.Schema) -> None:
    """DuckDB's / and avg give binary floats: nobody should take those for exact figures."""
    import pyarrow as pa

    inexact = [field.name for field in schema if pa.types.is_floating(field.type)]
    if inexact:
        complain(f"note: {', '.join(inexact)}: binary floating point, as / and avg give it, and not exact; cast it to DECIMAL(38,9)")
