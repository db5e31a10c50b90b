"""One YAML file as nodes that know their place: every refusal says ``file:line``, what is wrong and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

from exporter.errors import TaxonomyError

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

LANGUAGES = ("en", "zh")
_STR, _INT, _NULL = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "null"))

#: A node of a YAML file; a text here, so that a load from the cache needs no yaml.
Node: TypeAlias = "ScalarNode | MappingNode | SequenceNode"


@dataclass(slots=True)
class File:
    """A parsed file. Nodes are read through it, so that every refusal knows its line."""

    label: str
    root: Node
    prefix: str = ""
    entity: str = ""
    keys: dict[int, Node] = field(default_factory=dict)

    def place(self, node: Node) -> str:
        """``file:line`` of a node; a mapping's value stands where its key stands."""
        mark = self.keys.get(id(node), node).start_mark
        return f"{self.label}:{mark.line + 1 if mark else 1}"

    def fail(self, node: Node, message: str, mend: str) -> NoReturn:
        """Raises TaxonomyError with the place, what is wrong and how to mend it."""
        raise TaxonomyError(f"{self.place(node)}: {' '.join(message.split())}; {mend}")

    def text(self, node: Node, what: str) -> str:
        """A text that is not empty; a bare number, date or truth value is refused."""
        if node.id != "scalar" or node.tag == _NULL or (node.tag == _STR and not node.value.strip()):
            self.fail(node, f"{what} is empty or no text", "write a text")
        if node.tag != _STR:
            self.fail(node, f"{what} ({node.value}) is no text", f'write it in quotes: "{node.value}"')
        return str(node.value)

    def whole(self, node: Node, what: str, allowed: Sequence[int] | range) -> int:
        """One of the allowed whole numbers."""
        raw = node.value if node.id == "scalar" and node.tag == _INT else ""
        value = int(raw) if re.fullmatch(r"[+-]?\d{1,9}", raw) else None
        if value is None or value not in allowed:
            shown = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else " or ".join(map(str, allowed))
            self.fail(node, f"{what} is not a whole number of those allowed", f"use {shown}")
        return value

    def choice(self, node: Node, what: str, allowed: Sequence[str]) -> str:
        """One of the allowed texts."""
        value = self.text(node, what)
        if value not in allowed:
            self.fail(node, f"{what} {value!r} is unknown", hint(value, allowed))
        return value

    def mapping(self, node: Node, what: str, allowed: Sequence[str] = ()) -> dict[str, Node]:
        """The entries of a mapping; refuses other nodes, duplicate keys and keys not in ``allowed``."""
        if node.id != "mapping":
            self.fail(node, f"{what} is no mapping", "write it as 'key: value' lines")
        found: dict[str, Node] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}")
            if key in found:
                first = self.place(found[key]).rpartition(":")[2]
                self.fail(key_node, f"{key} stands twice in {what} (first at line {first})", "remove one of the two")
            if allowed and key not in allowed:
                self.fail(key_node, f"unknown key {key!r} in {what}", hint(key, allowed))
            self.keys[id(value)] = key_node
            found[key] = value
        return found

    def items(self, node: Node, what: str) -> list[Node]:
        """The nodes of a list."""
        if node.id != "sequence":
            self.fail(node, f"{what} is no list", "write it as [a, b] or as '- a' lines")
        return list(node.value)

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        if node.id == "scalar":
            return (self.text(node, what),)
        return tuple(self.text(item, what) for item in self.items(node, what))

    def both(self, node: Node, what: str) -> dict[str, str]:
        """Labels by language, English and Chinese present."""
        found = {key: self.text(value, f"{what} in {key}") for key, value in self.mapping(node, what, LANGUAGES).items()}
        for language in LANGUAGES:
            if language not in found:
                self.fail(node, f"{what} has no {language!r} text", f"add {language}: ...")
        return found


def hint(word: str, allowed: Iterable[str]) -> str:
    """How to mend an unknown word: the nearest known one, or the few there are."""
    known = list(allowed)
    near = difflib.get_close_matches(word, known, 1, 0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"use one of {', '.join(known)}" if len(known) <= 20 else "check the spelling, or define it"


def parse(label: str, data: bytes) -> File:
    """Bytes -> nodes. Refuses what is not UTF-8, empty, no YAML, or uses anchors (a text must stand once)."""
    import yaml

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TaxonomyError(f"{label}:{line}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context).split())
        raise TaxonomyError(f"{label}:{mark.line + 1 if mark else 1}: no valid YAML ({problem}); mend the syntax") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TaxonomyError(f"{label}:1: no valid YAML ({' '.join(str(error).split())}); mend the syntax") from error
    if root is None:
        raise TaxonomyError(f"{label}:1: the file is empty; write a taxonomy into it, or delete it")
    file = File(label, cast(Node, root))
    _refuse_anchors(file)
    return file


def _refuse_anchors(file: File) -> None:
    seen: set[int] = set()
    queue: list[Any] = [file.root]
    while queue:
        node = queue.pop()
        if isinstance(node, tuple):
            queue.extend(node)
            continue
        if id(node) in seen:
            file.fail(node, "an anchor is used again (&name, *name)", "write the text out where it is needed")
        seen.add(id(node))
        if node.id != "scalar":
            queue.extend(node.value)
