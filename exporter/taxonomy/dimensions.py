"""Axes and their members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exporter.model import Axis
from exporter.taxonomy.collect import PASCAL
from exporter.taxonomy.nodes import LANGUAGES, File, Node
from exporter.taxonomy.spellings import folded
from exporter.taxonomy.tables import Build, Table, enter, reference, resolve

_MEMBER = (*LANGUAGES, "aliases", "parts")


def read_axis(build: Build, key: str) -> Axis:
    """An axis with the members that other files add to it; it applies to the ratios of its concepts, too."""
    file, node = build.axes[key]
    entry = file.mapping(node, key, ("labels", "members", "default", "applies_to"))
    for need in ("labels", "members"):
        if need not in entry:
            file.fail(node, f"{key} has no {need}", f"add {need}: ...")
    members: Table = {}
    aliases: dict[str, list[str]] = {}
    for where, given in [(file, entry["members"]), *_added_members(build, key)]:
        for name, said in where.mapping(given, f"members of {key}").items():
            _member(build, where, name, said, members, aliases)
    _refuse_same_members(key, members, aliases)
    listed = file.items(entry["applies_to"], "applies_to") if "applies_to" in entry else []
    named = [reference(file, item, build.concepts, "concept") for item in listed]
    made = [ratio for ratio, base in build.ratio_of.items() if base in named]
    return Axis(
        id=key,
        labels=file.both(entry["labels"], f"labels of {key}"),
        members={name: _member_labels(where, said, name) for name, (where, said) in members.items()},
        default=reference(file, entry["default"], members, "member") if "default" in entry else "",
        aliases={name: tuple(dict.fromkeys(texts)) for name, texts in aliases.items()},
        parts={name: parts for name, (where, said) in members.items() if (parts := _member_parts(where, said, members))},
        applies_to=tuple(dict.fromkeys((*named, *made))),
    )


def _added_members(build: Build, key: str) -> Iterator[tuple[File, Node]]:
    """What other files add to an axis (``extends: {dimensions: {key: {Member: ...}}}``)."""
    for file, node in build.extends:
        entry = file.mapping(node, "extends")
        for name, added in file.mapping(entry["dimensions"], "dimensions of extends").items() if "dimensions" in entry else ():
            if resolve(file, added, name, build.axes, "axis") == key:
                yield file, added


def _member(build: Build, file: File, name: str, node: Node, members: Table, aliases: dict[str, list[str]]) -> None:
    """One member: a new one with its labels, or more aliases for one that another file defines."""
    entry = file.mapping(node, f"member {name}", _MEMBER)
    known = name if name in members else ""
    if not known:
        if not PASCAL.fullmatch(name):
            file.fail(node, f"{name!r} is no name for a member", "write it in PascalCase, letters and digits, or name a known one")
        if not file.prefix:
            file.fail(node, f"member {name} needs a prefix", "add 'taxonomy: {prefix: ..., namespace: ...}' at the top of the file")
        known = f"{file.prefix}:{name}"
        enter(members, file, known, node)
    elif set(entry) - {"aliases"}:
        file.fail(node, f"member {name} is defined already", "give it nothing but aliases here")
    texts = aliases.setdefault(known, [])
    for language, listed in file.mapping(entry["aliases"], f"aliases of {name}", LANGUAGES).items() if "aliases" in entry else ():
        for item in file.items(listed, f"aliases of {name} in {language}"):
            texts += folded(build, file, item, f"alias of {name}")


def _member_labels(file: File, node: Node, name: str) -> dict[str, str]:
    entry = file.mapping(node, f"member {name}", _MEMBER)
    for language in LANGUAGES:
        if language not in entry:
            file.fail(node, f"member {name} has no {language!r} text", f"add {language}: ...")
    return {language: file.text(entry[language], f"member {name} in {language}") for language in LANGUAGES}


def _member_parts(file: File, node: Node, members: Mapping[str, object]) -> tuple[str, ...]:
    entry = file.mapping(node, "a member")
    return tuple(reference(file, item, members, "member") for item in file.items(entry["parts"], "parts")) if "parts" in entry else ()


def _refuse_same_members(key: str, members: Table, aliases: Mapping[str, Sequence[str]]) -> None:
    """One word must not name two members of an axis."""
    seen: dict[str, str] = {}
    for name, texts in aliases.items():
        for text in texts:
            other = seen.setdefault(text, name)
            if other != name:
                file, node = members[name]
                file.fail(node, f"alias {text!r} of {name} stands for {other} of {key} too", "give it to one of the two")
