"""Everything that the files name, by name and still as nodes; references between the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from exporter.model import Alias, Concept
from exporter.taxonomy.nodes import File, Node, hint
from exporter.values import Fold

ROLES = ("standard", "total", "negated", "periodStart", "periodEnd")
#: A name, the file that defines it, and its entry there.
Table: TypeAlias = dict[str, tuple[File, Node]]


@dataclass(slots=True)
class Build:
    """Everything by name, still as nodes; references are resolved once all files are read."""

    builtin: bool = False
    prefixes: dict[str, str] = field(default_factory=dict)
    concepts: Table = field(default_factory=dict)
    sections: Table = field(default_factory=dict)
    networks: Table = field(default_factory=dict)
    axes: Table = field(default_factory=dict)
    units: Table = field(default_factory=dict)
    entities: Table = field(default_factory=dict)
    extends: list[tuple[File, Node]] = field(default_factory=list)
    lexicon: Table = field(default_factory=dict)
    rules: Table = field(default_factory=dict)
    grammar: Table = field(default_factory=dict)
    folds: tuple[Fold, ...] = ()
    aliases: dict[str, list[tuple[Alias, File, Node]]] = field(default_factory=dict)
    made: dict[str, Concept] = field(default_factory=dict)
    ratio_of: dict[str, str] = field(default_factory=dict)


def enter(table: Table, file: File, key: str, node: Node) -> None:
    """Puts a name into a table; refuses one that stands there already."""
    if key in table:
        first, earlier = table[key]
        file.fail(node, f"{key} is defined twice (first at {first.place(earlier)})", "rename or remove one of the two")
    table[key] = (file, node)


def reference(file: File, node: Node, table: Mapping[str, object], what: str) -> str:
    """A name that must exist; a concept of the same file may stand without its prefix."""
    return resolve(file, node, file.text(node, what), table, what)


def resolve(file: File, node: Node, written: str, table: Mapping[str, object], what: str) -> str:
    """The full name of what is written at ``node``; refuses what the table does not hold."""
    name = written
    if name not in table and ":" not in name and f"{file.prefix}:{name}" in table:
        name = f"{file.prefix}:{name}"
    if name not in table:
        file.fail(node, f"{what} {written!r} is defined nowhere", hint(written, table))
    return name


def refuse_cycles(table: Table, edges: Mapping[str, Sequence[str]], what: str) -> None:
    """Refuses a name from which the edges lead back to itself."""
    done: set[str] = set()
    for start in edges:
        trail: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))] if start not in done else []
        while trail:
            name, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                done.add(name)
                trail.pop()
            elif following in (open_names := [n for n, _ in trail]):
                loop = " -> ".join([*open_names[open_names.index(following) :], following])
                file, node = table[following]
                file.fail(node, f"{what} {following} leads back to itself ({loop})", "break the circle")
            elif following not in done:
                trail.append((following, iter(edges.get(following, ()))))
