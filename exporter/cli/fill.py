"""``fill``: figures of the store into a user's own workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.options import json_option, store_option
from exporter.cli.printing import DONE, FINDINGS, complain, plural, safe, say, where
from exporter.errors import DocumentError

if TYPE_CHECKING:
    from exporter.fill import Filled, Outcome

_SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm")


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date | None:
    return None if value is None else value.date()


@click.command("fill")
@click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Workbook to write; not MODEL itself.")
@store_option
@click.option("--entity", default="", metavar="ID", help="Whose figures, where a placeholder does not say it: an ID, a name, a ticker.")
@click.option("--document", default="", metavar="ID", help="Only what this document says.")
@click.option(
    "--as-of", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Only what was known at the end of that day."
)
@click.option("--dry-run", is_flag=True, help="Say what would be filled; write nothing.")
@click.option("--strict", is_flag=True, help="Exit with 3 where a cell could not be filled.")
@json_option
def fill_command(
    model: Path, out: Path | None, store: Path, entity: str, document: str, as_of: date | None, dry_run: bool, strict: bool, as_json: bool
) -> int:
    """Fill the figures that a workbook asks for.

    MODEL asks with {{fin:Revenues | 2023Q2 | CNY}} in a cell or its note, or with a name such as fin.Revenues_2023Q2_CNY.
    """
    from exporter.files import write_atomic
    from exporter.fill import Defaults, fill
    from exporter.store import FactStore

    target = _target(model, out, dry_run)
    data = _read(model)
    entity, document = _known(store, entity, document)
    with FactStore.open(store, read_only=True) as facts:
        outcome = fill(data, str(model), facts, Defaults(entity, document, as_of))
    if target is not None:
        write_atomic(target, outcome.data)
    left = [cell for cell in outcome.cells if cell.value is None]
    if as_json:
        say(json.dumps(_as_json(outcome, target), indent=2))
    else:
        for line in _lines(outcome, target, dry_run):
            say(safe(line))
        for cell in left:
            complain(f"warning: {model}: {_where(cell)}: {cell.request.said}: {cell.answer.reason}{_nearest(cell)}")
    if not outcome.cells:
        complain(f"warning: {model}: asks for no figure; docs/fill.md says how a cell does")
    for note in outcome.notes:
        complain(f"warning: {model}: {note}")
    return FINDINGS if strict and (left or not outcome.cells) else DONE


def _target(model: Path, out: Path | None, dry_run: bool) -> Path | None:
    """Where to write; None for a dry run."""
    if out is None:
        if dry_run:
            return None
        raise click.UsageError("--out is missing: name the workbook to write, or say --dry-run.")
    if out.is_dir():
        raise click.UsageError(f"--out {out} is a folder; name a file.")
    if model.exists() and out.exists() and model.samefile(out):
        raise click.UsageError(f"--out {out} is the model itself; name another file.")
    if model.suffix.lower() in _SUFFIXES and out.suffix.lower() != model.suffix.lower():
        raise click.UsageError(f"--out {out} must end in {model.suffix}, as the model does: its kind of workbook stays.")
    return None if dry_run else out


def _known(store: Path, entity: str, document: str) -> tuple[str, str]:
    """The IDs of an issuer and a document as people call them. Raises QueryError for what the store does not know."""
    from exporter.store.names import entity_of, known_document
    from exporter.store.query import opened

    if not entity and not document:
        return "", ""
    with opened(store) as session:
        return entity and entity_of(session, entity), document and known_document(session, document)


def _read(model: Path) -> bytes:
    try:
        return model.read_bytes()
    except FileNotFoundError as error:
        raise DocumentError(f"{model}: there is no such file") from error
    except OSError as error:
        raise DocumentError(f"{model}: cannot be read ({error.strerror})") from error


def _lines(outcome: Outcome, target: Path | None, dry_run: bool) -> Iterator[str]:
    filled = [cell for cell in outcome.cells if cell.value is not None]
    left = len(outcome.cells) - len(filled)
    if dry_run:
        for cell in filled:
            document = cell.answer.fact.shape.document_id if cell.answer.fact else ""
            yield f"{_where(cell)}: {cell.value}  {cell.request.said}  ({document})"
    for cell in filled:
        for remark in cell.answer.remarks:
            yield f"{_where(cell)}: {cell.request.said}: {remark}"
    verb = "would be filled" if dry_run else "filled"
    computed = f"{plural(outcome.dropped, 'formula result')} to be computed on opening"
    yield f"{plural(len(filled), 'cell')} {verb}, {left} left as they were, {computed}"
    if target is not None:
        yield f"  {where(target)}"


def _where(cell: Filled) -> str:
    return f"{cell.sheet}!{cell.cell}" if cell.cell else "names"


def _nearest(cell: Filled) -> str:
    return f"; nearest: {', '.join(cell.answer.candidates)}" if cell.answer.candidates else ""


def _as_json(outcome: Outcome, target: Path | None) -> dict[str, object]:
    return {
        "out": None if target is None else target.as_posix(),
        "filled": sum(cell.value is not None for cell in outcome.cells),
        "left": sum(cell.value is None for cell in outcome.cells),
        "dropped_results": outcome.dropped,
        "cells": [_cell_as_json(cell) for cell in outcome.cells],
        "notes": list(outcome.notes),
    }


def _cell_as_json(cell: Filled) -> dict[str, object]:
    fact = cell.answer.fact
    return {
        "sheet": cell.sheet,
        "cell": cell.cell,
        "by": cell.request.how,
        "placeholder": cell.request.said,
        "value": cell.value,
        "fact_id": fact.fact_id if fact else "",
        "document_id": fact.shape.document_id if fact else "",
        "remarks": list(cell.answer.remarks),
        "reason": cell.answer.reason,
        "candidates": list(cell.answer.candidates),
    }
