"""The lexicon (how releases print) and the grammar (how sentences speak), as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from exporter.errors import TaxonomyError
from exporter.taxonomy.nodes import File, Node
from exporter.taxonomy.spellings import spelled
from exporter.taxonomy.tables import Build
from exporter.values import Fold

_GRAMMAR = (
    *("roles", "periods", "scales", "nouns", "abbreviations", "heads", "topics", "part_headings", "dateline", "half_year", "period_codes"),
    *("subunits", "words", "tokens"),
)


def read_lexicon(build: Build) -> dict[str, object]:
    """The lexicon as plain values; only ``folds`` is compiled, to (pattern, replacement)."""
    grammar = _grammar(build)
    if not build.lexicon:
        return {"folds": (), **grammar}
    file, node = build.lexicon["lexicon"]
    entries = file.mapping(node, "lexicon")
    plain = _plain_values(file, node)
    build.folds = tuple(_fold_rule(file, item) for item in file.items(entries["folds"], "folds")) if "folds" in entries else ()
    return {**plain, "folds": build.folds, **grammar}


def _plain_values(file: File, node: Node) -> dict[str, object]:
    """A mapping as plain Python values. Refuses duplicate keys and what is no plain YAML."""
    import yaml

    _refuse_nested_duplicates(file, node)
    try:
        return cast("dict[str, object]", yaml.constructor.SafeConstructor().construct_document(node))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = " ".join(str(getattr(error, "problem", error)).split())
        raise TaxonomyError(f"{file.label}:{mark.line + 1 if mark else 1}: {problem}; use plain YAML values") from error


def _refuse_nested_duplicates(file: File, node: Node) -> None:
    if node.id == "mapping":
        seen: set[str] = set()
        for key_node, value in node.value:
            if key_node.id != "scalar" or key_node.value in seen:
                file.fail(key_node, f"key {key_node.value!r} stands twice or is no text", "remove one of the two")
            seen.add(key_node.value)
            _refuse_nested_duplicates(file, value)
    elif node.id == "sequence":
        for item in node.value:
            _refuse_nested_duplicates(file, item)


def _fold_rule(file: File, node: Node) -> Fold:
    entry = file.mapping(node, "a fold", ("pattern", "replace"))
    for key in ("pattern", "replace"):
        if key not in entry:
            file.fail(node, f"a fold has no {key}", f"add {key}: ...")
    try:
        pattern = re.compile(file.text(entry["pattern"], "pattern"))
        replacement = str(entry["replace"].value) if entry["replace"].id == "scalar" else file.text(entry["replace"], "replace")
        pattern.sub(replacement, "")
        re.sub(pattern, replacement, "")
    except (re.error, IndexError) as error:
        file.fail(entry["pattern"], f"the fold is no valid regular expression ({error})", "mend the pattern")
    return pattern, replacement


def _grammar(build: Build) -> dict[str, object]:
    """How sentences speak, with the choices ``[a|b|]`` of roles and periods written out."""
    if not build.grammar:
        return {}
    file, node = build.grammar["grammar"]
    entries = file.mapping(node, "grammar", _GRAMMAR)
    for need in _GRAMMAR:
        if need not in entries:
            file.fail(node, f"the grammar has no {need}", f"add {need}: ...")
    written_out = {
        "roles": _listed(file, entries["roles"], "roles"),
        "periods": tuple(one for item in file.items(entries["periods"], "periods") for one in _said_periods(file, item)),
        "tokens": tuple(_token(file, item) for item in file.items(entries["tokens"], "tokens")),
        "words": _listed(file, entries["words"], "words"),
    }
    return {"grammar": {**_plain_values(file, node), **written_out}}


def _listed(file: File, node: Node, what: str) -> dict[str, tuple[str, ...]]:
    """The phrases of each role, or the words of each list, with their choices written out."""
    return {
        name: tuple(one for item in file.items(listed, f"{what}: {name}") for one in spelled(file, item, f"phrase of {name}"))
        for name, listed in file.mapping(node, what).items()
    }


def _said_periods(file: File, node: Node) -> Iterator[tuple[str, str]]:
    """(what is said, what it means), for every spelling of one entry."""
    entry = file.mapping(node, "a period", ("say", "is"))
    for need in ("say", "is"):
        if need not in entry:
            file.fail(node, f"a period has no {need}", f"add {need}: ...")
    meaning = file.text(entry["is"], "is")
    says = entry["say"]
    for said in file.items(says, "say") if says.id == "sequence" else [says]:
        for one in spelled(file, said, "say"):
            yield one, meaning


def _token(file: File, node: Node) -> tuple[str, str, tuple[str, ...]]:
    """(class, regular expression, texts one of which stands in every match) of one token rule."""
    entry = file.mapping(node, "a token rule", ("class", "pattern", "near"))
    if set(entry) - {"near"} != {"class", "pattern"}:
        file.fail(node, "a token rule has not both a class and a pattern", "add what is missing")
    pattern = file.text(entry["pattern"], "pattern")
    try:
        re.compile(pattern)
    except re.error as error:
        file.fail(entry["pattern"], f"the pattern is no valid regular expression ({error})", "mend the pattern")
    near = tuple(file.texts(entry["near"], "near")) if "near" in entry else ()
    return file.text(entry["class"], "class"), pattern, near
