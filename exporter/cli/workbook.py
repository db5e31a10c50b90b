"""``workbook``: time series of one or more issuers, from the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.options import store_option
from exporter.cli.printing import DONE, plural, safe, say, where
from exporter.errors import FormatError, QueryError

if TYPE_CHECKING:
    from exporter.model import Taxonomy
    from exporter.series import Selection, Series
    from exporter.store import FactStore, Filing


def _periods(_context: click.Context, _parameter: click.Parameter, value: str) -> Selection:
    from exporter.series import parse

    try:
        return parse(value)
    except FormatError as error:
        raise click.BadParameter(f"{error}.") from error


def _known_by(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    from exporter.store.asking import moment

    try:
        if value:
            moment(value)
    except QueryError as error:
        raise click.BadParameter(f"{error}.") from error
    return value


_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("workbook")
@click.option("--entity", "entities", multiple=True, metavar="ID", help="An ID, a name, a ticker; may be repeated.  [default: all]")
@click.option("--periods", default="", callback=_periods, metavar="LIST", help="2022Q1..2023Q4, 2022FY or 2023Q2,2023Q3.  [default: all]")
@click.option("--as-of", default="", callback=_known_by, metavar="DATE", help="Only what was known by the end of that day (UTC).")
@click.option(
    "--vintage", type=click.Choice(["latest", "original"]), default="latest", show_default=True, help="Values in force, or first reported."
)
@click.option("--translation", is_flag=True, help="Also amounts that a release translates for convenience.")
@click.option("--language", default="en", show_default=True, help="Language of labels: en, zh.")
@click.option("--layout", type=_file, help="Another templates/series.yaml.")
@click.option("--previous", type=_file, help="Earlier workbook, to tell the changes against.")
@store_option
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.xlsx", help="Workbook to write.")
def workbook_command(
    entities: tuple[str, ...],
    periods: Selection,
    as_of: str,
    vintage: str,
    translation: bool,
    language: str,
    layout: Path | None,
    previous: Path | None,
    store: Path,
    out: Path,
) -> int:
    """Write time series over many releases into one workbook, from the store alone.

    One column a period, the same on every sheet; several issuers side by side on the same canonical IDs.
    """
    from exporter.files import write_atomic
    from exporter.formats.xlsx.series import Asked, earlier, load, workbook
    from exporter.series import Wanted, build
    from exporter.store import FactStore

    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"--out {out}: a workbook ends in .xlsx.")
    try:
        design = load(layout, language)
    except FormatError as error:
        raise click.UsageError(str(error)) from None
    wanted = Wanted(
        periods, as_of, "original" if vintage == "original" else "latest", translation, design.additive, design.margins, design.growth,
        earlier(previous) if previous else None, previous.name if previous else "",
    )  # fmt: skip
    with FactStore.open(store, read_only=True) as facts:
        history = facts.history(_entities(store, entities))
        taxonomy = _taxonomy(facts, history.filings)
    series = build(history, taxonomy, wanted)
    data, remarks = workbook(series, taxonomy, design, Asked(periods.text, translation))
    write_atomic(out, data)
    _report(series, out, remarks)
    return DONE


def _entities(store: Path, given: tuple[str, ...]) -> list[str]:
    """The IDs of issuers that may be called by a name or a ticker."""
    from exporter.store.names import entity_of
    from exporter.store.query import opened

    if not given:
        return []
    with opened(store) as session:
        return list(dict.fromkeys(entity_of(session, one) for one in given))


def _taxonomy(facts: FactStore, filings: tuple[Filing, ...]) -> Taxonomy:
    """The taxonomy of the document that became known last."""
    if not filings:
        raise FormatError(f"{facts.path}: the store holds no documents; run some first")
    return facts.load_taxonomy(filings[-1].taxonomy_hash)


def _report(series: Series, out: Path, remarks: list[str]) -> None:
    """What was written, and what is special in it."""
    say(safe(where(out)))
    names = ", ".join(entity.name for entity in series.entities)
    sizes = (plural(len(series.columns), "period"), plural(len(series.spots), "figure"), plural(len(series.filings), "document"))
    say(safe(f"  {names}: {', '.join(sizes)}"))
    counted = {status: sum(series.cells[spot].status == status for spot in series.spots) for status in _STATUSES}
    told = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counted.items() if count)
    if told:
        say(f"  {told}")
    failing = sum(not relation.holds for relation in series.relations)
    if series.relations:
        say(f"  {plural(len(series.relations), 'check')} over time, {failing} failing")
    if series.left_out:
        say(safe(f"  {plural(len(series.left_out), 'document')} not known by {series.as_of}, left out"))
    for remark in remarks:
        say(safe(f"  {remark}"))


_STATUSES = ("restated", "later_restated", "refined", "differs", "derived")
