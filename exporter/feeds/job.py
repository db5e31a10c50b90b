"""What a load does, whatever the destination: see what is there, stage what is lacking, compare, publish.

A target is fed by one store only, load by load; a second run finds nothing to do. What was staged is compared with the store, count
and checksum of each table, before anybody sees it; the comparison stands in the target's ``load_audit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from exporter import __version__
from exporter.errors import FormatError
from exporter.feeds.target import Target
from exporter.model import Taxonomy
from exporter.store.schema import SCHEMA_VERSION, arrow_type
from exporter.store.supply import AUDIT, Check, Checking, Mode, Supply


@dataclass(frozen=True, slots=True)
class Options:
    """``wait``: seconds to wait for another loader. ``schema``: PostgreSQL's schema. ``partition``: the column by which the facts
    of a folder are divided, or ``none``."""

    mode: Mode = "history"
    dry_run: bool = False
    wait: float = 30.0
    schema: str = "exporter"
    partition: str = "none"


@dataclass(frozen=True, slots=True)
class State:
    """What a target says of itself. ``last_load``: of the store, up to which it has everything; ``number``: of loads it has seen;
    ``past``: of which store (``Supply.past`` up to that load; "" of one of another schema version)."""

    schema_version: int
    mode: str
    last_load: int
    number: int
    past: str = ""


class Destination(Protocol):
    """One target, locked against other loaders (but for a dry run)."""

    target: Target
    checking: Checking

    def state(self) -> State | None:
        """What is there; None where nothing was ever loaded. Raises FormatError where what is there is no target."""

    def published(self, table: str) -> Check:
        """Count and checksum of a table as it stands."""

    def start(self, supply: Supply, state: State | None) -> None:
        """Make ready what takes the tables."""

    def stage(self, table: str, rows: pa.RecordBatchReader) -> None:
        """Take the rows of one table; nobody sees them yet."""

    def staged(self, table: str) -> Check:
        """Count and checksum of what was staged, read back from the destination."""

    def publish(self, audit: pa.Table, taxonomies: Sequence[Taxonomy]) -> None:
        """Show everything at once, ``document`` last. ``taxonomies``: every one of the store, for the wide views."""

    def reject(self, audit: pa.Table) -> None:
        """Drop what was staged; keep the audit, where there is a place for it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One table of a load: in the store, and as it arrived (None: a dry run)."""

    table: str
    source: Check
    target: Check | None

    @property
    def agreed(self) -> bool:
        """Whether everything arrived."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. ``tables`` is empty where the target had everything."""

    target: str
    mode: Mode
    dry_run: bool
    after_load: int
    last_load: int
    tables: tuple[Compared, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(each.source.rows for each in self.tables)


def run(destination: Destination, supply: Supply, options: Options) -> Loaded:
    """Bring the destination up to date. Raises FormatError where it must not be loaded, or where something arrived otherwise."""
    state = destination.state()
    last = supply.last_load()
    _refuse(destination, supply, state, last)
    after = state.last_load if state and supply.mode == "history" else 0
    done = Loaded(destination.target.shown, supply.mode, options.dry_run, after, last)
    if last == (state.last_load if state else 0):
        return done
    if options.dry_run:
        plan = tuple(Compared(table, Check(supply.rows(table, after), ""), None) for table in supply.tables)
        return Loaded(done.target, done.mode, True, after, last, plan)
    destination.start(supply, state)
    compared = tuple(_transfer(destination, supply, table, after) for table in supply.tables)
    audit = _audit(compared, (state.number if state else 0) + 1, supply.mode, after, last)
    wrong = [each for each in compared if not each.agreed]
    if wrong:
        destination.reject(audit)
        raise FormatError(f"{done.target}: {'; '.join(map(_told, wrong))}; nothing of this load was published: run again")
    destination.publish(audit, supply.taxonomies())
    return Loaded(done.target, done.mode, False, after, last, compared)


def _transfer(destination: Destination, supply: Supply, table: str, after: int) -> Compared:
    expected = supply.check(table, after, destination.checking)
    destination.stage(table, supply.stream(table, after))
    return Compared(table, expected, destination.staged(table))


def _refuse(destination: Destination, supply: Supply, state: State | None, last: int) -> None:
    """Whatever would mix two things that do not belong together."""
    if state is None:
        return
    where = destination.target.shown
    if state.schema_version != SCHEMA_VERSION:
        newer = "a newer" if state.schema_version > SCHEMA_VERSION else "an older"
        raise FormatError(
            f"{where}: was loaded by {newer} exporter (schema version {state.schema_version}, this one writes {SCHEMA_VERSION}); "
            "use that exporter, or name an empty target"
        )
    if state.mode != supply.mode:
        raise FormatError(f"{where}: holds --mode {state.mode}; load it with that mode, or name an empty target")
    if state.last_load > last:
        told = f"has load {state.last_load}, this store ends with {last}"
        raise FormatError(f"{where}: {told}; name the store that feeds it, or an empty target")
    if supply.mode == "history":
        _refuse_another_history(destination, supply, state)
    else:
        _refuse_what_was_current_elsewhere(destination, supply, state, last)


def _refuse_another_history(destination: Destination, supply: Supply, state: State) -> None:
    found, expected = destination.published("document"), supply.check("document", 0, destination.checking, state.last_load)
    if found != expected:
        raise FormatError(
            f"{destination.target.shown}: holds {found.rows} readings of documents that are not those of this store ({expected.rows} up to "
            f"load {state.last_load}): it is fed by another store, or was changed; name that store, or an empty target"
        )


def _refuse_what_was_current_elsewhere(destination: Destination, supply: Supply, state: State, last: int) -> None:
    where = destination.target.shown
    if state.past != supply.past(state.last_load):
        told = f"holds what was current in another store up to load {state.last_load}, which is not a load of this one"
        raise FormatError(f"{where}: {told}; name that store, or an empty target")
    for table in supply.tables if state.last_load == last else ():  # nothing will be loaded: what is there must be what would be
        if destination.published(table) != supply.check(table, 0, destination.checking):
            told = f"{table} is not as load {last} of this store left it: the target was changed"
            raise FormatError(f"{where}: {told}; name an empty one")


def _told(each: Compared) -> str:
    found = each.target or Check(0, "")
    if found.rows != each.source.rows:
        return f"{each.table}: {each.source.rows} rows in the store, {found.rows} arrived"
    return f"{each.table}: the checksum is {each.source.checksum} in the store, {found.checksum} of what arrived"


def _audit(compared: Sequence[Compared], number: int, mode: str, after: int, last: int) -> pa.Table:
    rows = list(_audit_rows(compared, number, mode, after, last))
    kinds = {name: arrow_type(kind) for name, kind in AUDIT.items()}
    columns = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), kinds.values(), strict=True)]
    return pa.Table.from_arrays(columns, names=list(AUDIT))


def _audit_rows(compared: Sequence[Compared], number: int, mode: str, after: int, last: int) -> Iterator[tuple[object, ...]]:
    for each in compared:
        found = each.target or Check(0, "")
        sums = (each.source.rows, found.rows, each.source.checksum, found.checksum, each.agreed)
        yield (number, mode, after, last, each.table, *sums, __version__)
