"""``formats`` and ``taxonomy``: what there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.options import load_taxonomy, taxonomy_option
from exporter.cli.printing import DONE, FAILED, complain, safe, say, table
from exporter.errors import TaxonomyError

if TYPE_CHECKING:
    from exporter.model import Concept, Taxonomy


@click.command()
def formats() -> None:
    """List the formats."""
    from exporter.formats import FORMATS

    table((name, entry.summary) for name, entry in sorted(FORMATS.items()))


@click.group()
def taxonomy() -> None:
    """Look at the concepts, their names and sums."""


@taxonomy.command()
@taxonomy_option
@click.option(
    "--names",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of element names, <prefix>-<year>.txt or .tsv, to check maps_to against.",
)
def lint(folder: Path | None, names: Path | None) -> int:
    """Check the taxonomy files.

    Each fault is a line with file, place and mend; the exit code is 1 where there is one.
    """
    from exporter.taxonomy import lint as check
    from exporter.taxonomy import read_names

    known = load_taxonomy(folder)
    faults = check(known, read_names(names)) if names else []
    for fault in faults:
        complain(f"{fault.severity}: {fault.where}: {fault.code}: {fault.message}")
    say(
        f"{len(known.concepts)} concepts, {len(known.networks)} networks, {len(known.entities)} entities: "
        f"{len(faults) or 'no'} faults"
    )
    return FAILED if faults else DONE


@taxonomy.command()
@click.argument("concept_id", metavar="ID")
@taxonomy_option
def show(concept_id: str, folder: Path | None) -> None:
    """Show one concept, such as fin:Revenues."""
    known = load_taxonomy(folder)
    if concept_id not in known.concepts:
        raise TaxonomyError(f"{concept_id}: no such concept; `exporter taxonomy tree` lists them")
    table(_described(known.concepts[concept_id], known))


def _described(concept: Concept, known: Taxonomy) -> Iterator[tuple[str, str]]:
    yield "concept", concept.id
    yield "type", ", ".join(part for part in (concept.type, concept.period, concept.balance or "", concept.unit, concept.basis) if part)
    for (language, role), label in sorted(concept.labels.items()):
        yield f"label {language} {role}", label
    yield "definition", " ".join(concept.definition.split())
    for alias in concept.aliases:
        limits = [*(f"under {name}" for name in alias.under), *(f"in {name}" for name in alias.statements)]
        yield "alias", alias.text + (f" ({', '.join(limits)})" if limits else "") + ("" if alias.sign == 1 else f" [sign {alias.sign}]")
    for prefix, name in sorted(concept.maps_to.items()):
        yield "maps to", f"{prefix}:{name}"
    for network in known.networks.values():
        for total, parts in network.calculation.items():
            if total == concept.id or any(part == concept.id for part, _ in parts):
                yield f"sum in {network.id}", f"{total} = {' '.join(f'{weight:+d} {part}' for part, weight in parts)}"
    if concept.replaced_by:
        yield "replaced by", concept.replaced_by
    if concept.source:
        yield "source", concept.source


@taxonomy.command()
@taxonomy_option
def tree(folder: Path | None) -> None:
    """List the statements with their concepts in print order."""
    known = load_taxonomy(folder)
    for network in known.networks.values():
        say(safe(f"{network.id}: {network.labels.get('en', network.id)}"))
        for line in network.presentation:
            say(safe(f"{'  ' * (line.level + 1)}{known.concepts[line.concept].label('en', line.role)}  [{line.concept}]"))
