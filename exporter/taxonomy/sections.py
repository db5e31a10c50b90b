"""Sections: the headings that open and close a part of a statement."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.model import STATEMENTS, Section
from exporter.taxonomy.nodes import LANGUAGES
from exporter.taxonomy.spellings import folded
from exporter.taxonomy.tables import Build, reference


def read_section(build: Build, key: str) -> Section:
    """The section ``key``; its parent and the concepts around it must exist."""
    file, node = build.sections[key]
    what = f"section {key}"
    entry = file.mapping(node, what, ("statement", "parent", "aliases", "opened_by", "closed_by"))
    if "statement" not in entry:
        file.fail(node, f"{what} has no statement", f"add statement: one of {', '.join(STATEMENTS)}")
    if "aliases" not in entry and "opened_by" not in entry:
        file.fail(node, f"{what} can never open", "add aliases or opened_by")
    found: list[str] = []
    for language, texts in file.mapping(entry["aliases"], f"aliases of {what}", LANGUAGES).items() if "aliases" in entry else ():
        for item in file.items(texts, f"aliases of {what} in {language}"):
            found += folded(build, file, item, f"alias of {what}")
    return Section(
        id=key,
        statement=file.choice(entry["statement"], "statement", STATEMENTS),
        parent=reference(file, entry["parent"], build.sections, "section") if "parent" in entry else "",
        aliases=tuple(dict.fromkeys(found)),
        opened_by=reference(file, entry["opened_by"], build.concepts, "concept") if "opened_by" in entry else "",
        closed_by=tuple(reference(file, item, build.concepts, "concept") for item in file.items(entry["closed_by"], "closed_by"))
        if "closed_by" in entry
        else (),
    )


def refuse_same_headings(build: Build, sections: Mapping[str, Section]) -> None:
    """One heading must not open two sections of the same statement and parent."""
    seen: dict[tuple[str, str, str], str] = {}
    for key, section in sections.items():
        for text in section.aliases:
            other = seen.setdefault((section.statement, section.parent, text), key)
            if other != key:
                file, node = build.sections[key]
                file.fail(node, f"alias {text!r} of section {key} opens section {other} too", "give it to one of the two")
