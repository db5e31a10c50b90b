"""``query``: a question in SQL, answered from the store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click

from exporter.cli.options import size, store_option
from exporter.cli.printing import DONE
from exporter.cli.rows import TABLE_ROWS, form_of, form_options, row_limit, show


@click.command("query")
@click.argument("sql", required=False)
@click.option("--file", "source", type=click.File("rb"), metavar="FILE", help="Read the SQL from a file.")
@store_option
@form_options
@click.option("--timeout", default=300, show_default=True, type=click.IntRange(min=0), metavar="SECONDS", help="Stop after; 0 is never.")
@click.option("--memory", default="1GB", show_default=True, callback=size, help="What the query may use.")
def query_command(
    sql: str | None, source: IO[bytes] | None, store: Path, form: str | None, limit: int | None, timeout: int, memory: int
) -> int:
    """Answer one SELECT from the store, which is only read.

    SQL is the statement, or - for standard input. Begin with: "show tables", "describe fact", "from fact_current limit 5".
    """
    if (sql is None) == (source is None):
        raise click.UsageError("Give the SQL as an argument, or - for standard input, or --file FILE.")
    statement = _text(source or sys.stdin.buffer) if source or sql == "-" else str(sql)
    from exporter.store.query import Limits, opened

    form = form_of(form)
    with opened(store, limits=Limits(memory, timeout)) as session:
        answer = session.ask(statement, limit=row_limit(form, limit))
        show(answer, form, shown=TABLE_ROWS if limit is None else None)
    return DONE


def _text(stream: IO[bytes]) -> str:
    """UTF-8, whatever the locale says; Windows puts a mark before it."""
    try:
        return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError("The SQL is not UTF-8; save it as that.") from error
