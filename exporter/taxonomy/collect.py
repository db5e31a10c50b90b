"""The first pass over a file: its names go into the tables, its entries are read later."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exporter.taxonomy.nodes import LANGUAGES, File, Node
from exporter.taxonomy.sources import BUILTIN
from exporter.taxonomy.tables import Build, enter

_TOP = ("base", "taxonomy", "concepts", "sections", "networks", "dimensions", "units", "entities", "extends", "lexicon", "grammar", "rules")
PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_KEBAB = re.compile(r"[a-z][a-z0-9-]*")


def collect_names(build: Build, file: File) -> None:
    """Take the names of one file into the tables."""
    build.builtin = build.builtin or file.label.startswith(BUILTIN)
    top = file.mapping(file.root, "the file", _TOP)
    if "base" in top:
        _base(build, file, top["base"])
    if "taxonomy" in top:
        _header(build, file, top["taxonomy"])
    _issuer(build, file, top)
    for name, table, pattern, qualified in (
        ("concepts", build.concepts, PASCAL, True),
        ("dimensions", build.axes, PASCAL, True),
        ("units", build.units, PASCAL, True),
        ("sections", build.sections, _KEBAB, False),
        ("networks", build.networks, _KEBAB, False),
        ("rules", build.rules, _KEBAB, False),
    ):
        for key, node in file.mapping(top[name], name).items() if name in top else ():
            if not pattern.fullmatch(key):
                style = "PascalCase, letters and digits" if pattern is PASCAL else "lower case with hyphens"
                file.fail(node, f"{key!r} is no name for {name}", f"write it in {style}")
            if qualified and not file.prefix:
                file.fail(node, f"{name} need a prefix", "add 'taxonomy: {prefix: ..., namespace: ...}' at the top of the file")
            enter(table, file, f"{file.prefix}:{key}" if qualified else key, node)
    if "extends" in top:
        build.extends.append((file, top["extends"]))
    if "lexicon" in top:
        enter(build.lexicon, file, "lexicon", top["lexicon"])
    if "grammar" in top:
        enter(build.grammar, file, "grammar", top["grammar"])


def _base(build: Build, file: File, node: Node) -> None:
    """``base: builtin``; which files to read was decided by a look at the bytes (``sources``)."""
    file.choice(node, "base", ("builtin",))
    if not build.builtin:
        file.fail(node, "base is not seen here", "write 'base: builtin' as a line of its own, not indented")


def _issuer(build: Build, file: File, top: Mapping[str, Node]) -> None:
    """Entities; the aliases of a file that names one entity hold for that entity alone."""
    named = file.mapping(top["entities"], "entities") if "entities" in top else {}
    for key, node in named.items():
        enter(build.entities, file, key, node)
    file.entity = next(iter(named)) if len(named) == 1 else ""
    if len(named) > 1 and ("concepts" in top or "extends" in top):
        file.fail(top["entities"], "a file with concepts or extends names several entities", "give each issuer its own file")


def _header(build: Build, file: File, node: Node) -> None:
    head = file.mapping(node, "taxonomy", ("prefix", "namespace", "languages"))
    for key in ("prefix", "namespace"):
        if key not in head:
            file.fail(node, f"taxonomy has no {key}", f"add {key}: ...")
    file.prefix = file.text(head["prefix"], "prefix")
    if not re.fullmatch(r"[a-z][a-z0-9]*", file.prefix):
        file.fail(head["prefix"], f"prefix {file.prefix!r} is no name", "use lower case letters and digits")
    if file.prefix in build.prefixes:
        file.fail(head["prefix"], f"prefix {file.prefix!r} is taken by another file", "choose another, or merge the files")
    build.prefixes[file.prefix] = file.text(head["namespace"], "namespace")
    for item in file.items(head["languages"], "languages") if "languages" in head else ():
        file.choice(item, "language", LANGUAGES)
