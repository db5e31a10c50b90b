"""``load``: bring a warehouse up to date with the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from exporter.cli.options import json_option, store_option
from exporter.cli.printing import DONE, plural, safe, say

if TYPE_CHECKING:
    from exporter.feeds import Loaded
    from exporter.store.supply import Mode


@click.command("load")
@click.argument("target")
@store_option
@click.option(
    "--mode", default="history", show_default=True, type=click.Choice(["history", "current"]),
    help="Every row with its history, or what is current alone.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be loaded; write nothing.")
@click.option("--schema", default="exporter", show_default=True, metavar="NAME", help="PostgreSQL: the schema to load into.")
@click.option(
    "--partition", default="none", show_default=True, type=click.Choice(["fiscal_year", "entity_id", "none"]),
    help="Folders: what the facts of a load are divided by.",
)  # fmt: skip
@click.option("--wait", default=30, show_default=True, type=click.IntRange(min=0), metavar="SECONDS", help="For another loader.")
@json_option
def load_command(target: str, store: Path, mode: str, dry_run: bool, schema: str, partition: str, wait: int, as_json: bool) -> int:
    """Load the store into a warehouse: what the target lacks, all at once or nothing.

    TARGET is duckdb:FILE, parquet:DIR, csv:DIR or postgresql://HOST/DATABASE; env:NAME or file:PATH where it stands in an
    environment variable or a file. A password is best kept in PGPASSWORD or ~/.pgpass.
    """
    from exporter.feeds import NoTarget, Options, load

    options = Options(cast("Mode", mode), dry_run, wait, schema, partition)
    try:
        loaded = load(target, store, options)
    except NoTarget as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        say(json.dumps(_as_json(loaded), indent=2))
    else:
        for line in _lines(loaded):
            say(safe(line))
    return DONE


def _lines(loaded: Loaded) -> list[str]:
    """One line a table, and what it comes to."""
    if not loaded.tables:
        return [f"{loaded.target}: nothing to load; it has everything up to load {loaded.last_load}"]
    width = max(len(each.table) for each in loaded.tables)
    digits = max(len(f"{each.source.rows:,}") for each in loaded.tables)
    lines = [
        f"  {each.table:{width}}  {each.source.rows:>{digits},} rows"
        + ("" if each.target is None else f"  {each.target.rows:>{digits},} arrived, {'checksum agrees' if each.agreed else 'DIFFERS'}")
        for each in loaded.tables
    ]
    since = f" after load {loaded.after_load}" if loaded.after_load else ""
    what = f"{plural(loaded.rows, 'row')} of the store's loads up to {loaded.last_load}{since} ({loaded.mode})"
    if loaded.dry_run:
        return [*lines, f"{loaded.target}: would load {what}; nothing was written"]
    return [*lines, f"{loaded.target}: loaded {what}; counts and checksums agree"]


def _as_json(loaded: Loaded) -> dict[str, object]:
    tables = [
        {
            "table": each.table, "rows_source": each.source.rows, "rows_target": None if each.target is None else each.target.rows,
            "checksum_source": each.source.checksum, "checksum_target": None if each.target is None else each.target.checksum,
            "agreed": None if each.target is None else each.agreed,
        }
        for each in loaded.tables
    ]  # fmt: skip
    return {
        "target": loaded.target, "mode": loaded.mode, "dry_run": loaded.dry_run, "after_load": loaded.after_load,
        "last_load": loaded.last_load, "rows": loaded.rows, "tables": tables,
    }  # fmt: skip
