"""Aliases: what a concept is called in print, where that holds, and that no label means two things."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.model import STATEMENTS, Alias
from exporter.taxonomy.nodes import LANGUAGES, File, Node
from exporter.taxonomy.spellings import folded
from exporter.taxonomy.tables import Build, reference, resolve

#: Where an alias may hold: the printed statements, and running text.
SCOPES = (*STATEMENTS, "prose")
_ALIAS = ("text", "under", "statements", "sign", "at")


def read_aliases(build: Build, file: File, node: Node, key: str) -> list[tuple[Alias, File, Node]]:
    """The aliases that ``file`` gives the concept ``key``, each with its place."""
    found: list[tuple[Alias, File, Node]] = []
    for language, listed in file.mapping(node, f"aliases of {key}", LANGUAGES).items():
        for item in file.items(listed, f"aliases of {key} in {language}"):
            found += [(alias, file, item) for alias in _alias(build, file, item, key)]
    return found


def _alias(build: Build, file: File, node: Node, key: str) -> Iterator[Alias]:
    """One entry of a list: a text, or texts with what qualifies them."""
    what = f"alias of {key}"
    if node.id == "scalar":
        yield from (Alias(text, entity=file.entity) for text in folded(build, file, node, what))
        return
    entry = file.mapping(node, what, _ALIAS)
    if "text" not in entry:
        file.fail(node, f"{what} has no text", "add text: ...")
    under = tuple(reference(file, s, build.sections, "section") for s in file.items(entry["under"], "under")) if "under" in entry else ()
    stated = file.items(entry["statements"], "statements") if "statements" in entry else []
    statements = tuple(file.choice(item, "statement", SCOPES) for item in stated)
    sign = file.whole(entry["sign"], f"sign of an {what}", (1, 0, -1)) if "sign" in entry else 1
    at = file.choice(entry["at"], "at", ("start", "end")) if "at" in entry else ""
    texts = entry["text"]
    for item in file.items(texts, what) if texts.id == "sequence" else [texts]:
        yield from (Alias(text, under, statements, sign, at, file.entity) for text in folded(build, file, item, what))


def add_aliases(build: Build) -> None:
    """Aliases that one file adds to concepts of others; from an issuer's file they hold for that issuer alone."""
    for file, node in build.extends:
        entry = file.mapping(node, "extends", ("aliases", "networks", "dimensions"))
        for written, aliases in file.mapping(entry["aliases"], "aliases of extends").items() if "aliases" in entry else ():
            key = resolve(file, aliases, written, build.concepts, "concept")
            build.aliases[key] += read_aliases(build, file, aliases, key)
        for name, added in file.mapping(entry["networks"], "networks of extends").items() if "networks" in entry else ():
            resolve(file, added, name, build.networks, "network")
        for name, added in file.mapping(entry["dimensions"], "dimensions of extends").items() if "dimensions" in entry else ():
            resolve(file, added, name, build.axes, "axis")


def refuse_same_aliases(build: Build) -> None:
    """A label in one scope must mean one thing: one concept, one sign, one end of the period. In running
    text the figure's unit tells concepts apart: there a word may name one concept of each type and unit."""
    seen: dict[tuple[str, str, str, str], tuple[str, Alias, File, Node]] = {}
    for key, listed in build.aliases.items():
        for alias, file, node in listed:
            for under in alias.under or ("",):
                for statement in alias.statements or ("",):
                    base = build.made[key]
                    where_it_holds = f"prose {base.type} {base.unit}" if statement == "prose" else statement
                    scope = (alias.text, under, where_it_holds, alias.entity)
                    other, first, where, earlier = seen.setdefault(scope, (key, alias, file, node))
                    if other == key and (first.sign, first.at) == (alias.sign, alias.at):
                        continue
                    message = f"alias {alias.text!r} of {key} stands for {other} too, in the same scope (at {where.place(earlier)})"
                    file.fail(node, message, "remove one, or qualify it by under or statements")
