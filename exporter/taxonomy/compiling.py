"""All files -> Taxonomy: names first, so that references may point ahead, then what the names say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from exporter.checks.reading import read_rule
from exporter.model import Taxonomy
from exporter.taxonomy.aliases import add_aliases, refuse_same_aliases
from exporter.taxonomy.collect import collect_names
from exporter.taxonomy.concepts import read_concept
from exporter.taxonomy.dimensions import read_axis
from exporter.taxonomy.entities import read_entities
from exporter.taxonomy.lexicon import read_lexicon
from exporter.taxonomy.networks import read_network
from exporter.taxonomy.nodes import parse
from exporter.taxonomy.ratios import make_ratios
from exporter.taxonomy.sections import read_section, refuse_same_headings
from exporter.taxonomy.tables import Build, refuse_cycles


def compile_taxonomy(sources: Iterable[tuple[str, bytes]], digest: str) -> Taxonomy:
    """The taxonomy that the files (name shown in messages, bytes) say. Raises TaxonomyError."""
    build = Build()
    for label, data in sources:
        collect_names(build, parse(label, data))
    lexicon = read_lexicon(build)
    sections = {key: read_section(build, key) for key in build.sections}
    refuse_cycles(build.sections, {key: (s.parent,) if s.parent else () for key, s in sections.items()}, "section")
    refuse_same_headings(build, sections)
    for key in build.concepts:
        build.made[key] = read_concept(build, key)
    add_aliases(build)
    refuse_same_aliases(build)
    concepts = {key: replace(c, aliases=tuple(dict.fromkeys(a for a, _, _ in build.aliases.get(key, ())))) for key, c in build.made.items()}
    build.made = concepts
    refuse_cycles(build.concepts, {key: (c.replaced_by,) if c.replaced_by else () for key, c in concepts.items()}, "replaced_by of")
    networks = {key: read_network(build, key) for key in build.networks}
    ratios = make_ratios(build)
    every = {**concepts, **ratios}
    axes = {key: read_axis(build, key) for key in build.axes}
    return Taxonomy(
        hash=digest,
        prefixes=build.prefixes,
        concepts=every,
        sections=sections,
        networks=networks,
        axes=axes,
        units={key: file.both(node, f"unit {key}") for key, (file, node) in build.units.items()},
        entities=read_entities(build),
        lexicon=lexicon,
        rules=tuple(read_rule(file, key, node, every, axes) for key, (file, node) in build.rules.items()),
    )
