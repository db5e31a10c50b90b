"""``doctor``: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.options import json_option, out_option, taxonomy_option
from exporter.cli.printing import DONE, FAILED, safe, say

if TYPE_CHECKING:
    from exporter.store.health import Check

_STORE = "facts.duckdb"


@click.command("doctor")
@click.option("--store", type=click.Path(path_type=Path), help="Fact store to examine.  [default: OUT/facts.duckdb]")
@out_option
@click.option("--target", metavar="URL", help="A destination of `exporter load`, to see whether it can be reached.")
@taxonomy_option
@json_option
def doctor_command(store: Path | None, out: Path, target: str | None, folder: Path | None, as_json: bool) -> int:
    """Examine the store, the versions, the surroundings. Exit code 1 where something failed; nothing is changed."""
    checks: list[Check] = []
    for check in _checks(store, out, target, folder):
        checks.append(check)
        if not as_json:
            say(safe(f"{check.status:<8} {check.name}: {check.found}{f'; {check.mend}' if check.mend else ''}"))
    failed = any(check.status == "failed" for check in checks)
    if as_json:
        say(json.dumps({"ok": not failed, "checks": [asdict(check) for check in checks]}, indent=2))
    return FAILED if failed else DONE


def _checks(store: Path | None, out: Path, target: str | None, folder: Path | None) -> Iterator[Check]:
    from exporter.cli import surroundings
    from exporter.store.health import Check, examine

    yield from surroundings.versions()
    yield from surroundings.extras()
    yield from surroundings.judges()
    yield surroundings.taxonomy(folder)
    yield surroundings.may_write("out folder", out, folder=True)
    path = store or out / _STORE
    yield surroundings.disk(path)
    if store is None and not path.exists():
        yield Check("store", "ok", f"{path} is not there yet; `exporter run` makes it")
    else:
        yield from examine(path)
        yield from _writable(path)
    if target is not None:
        yield _reached(target)


def _writable(path: Path) -> Iterable[Check]:
    from exporter.cli.surroundings import may_write

    return [may_write("store can be written", path), may_write("store's folder", path.parent, folder=True)] if path.exists() else []


def _reached(target: str) -> Check:
    """A destination as `exporter load --dry-run` would open it, and what it has."""
    from exporter.errors import FormatError
    from exporter.feeds import FEEDS, Options
    from exporter.feeds.target import resolve
    from exporter.store.health import Check

    try:
        where = resolve(target, FEEDS)
        with FEEDS[where.kind].load()(where, Options(dry_run=True, wait=0)) as destination:
            state = destination.state()
    except FormatError as error:
        found, _, mend = str(error).rpartition("; ")
        return Check("target", "failed", found or mend, mend if found else "")
    has = f"has the store's loads up to {state.last_load} ({state.mode})" if state else "nothing is loaded there yet"
    return Check("target", "ok", f"{where.shown}: can be reached; {has}")
