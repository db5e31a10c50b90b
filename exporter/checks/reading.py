"""Rules as they are written (docs/rules.md) -> :class:`~exporter.model.Rule`; every wrong one is refused with ``file:line``.

The loader of the taxonomy reads the files; what it hands over is a file that can be asked for texts, lists
and mappings by node, and that raises TaxonomyError, with the place, on ``fail``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol, TypeAlias, get_args

from exporter.checks.expression import Node as Tree
from exporter.checks.expression import Ref, measure, named, parse, refs
from exporter.model import STATEMENTS, Axis, Concept, ItemType, Rule, RuleKind

Node: TypeAlias = Any  # a YAML node; this room knows no YAML

FORMS = ("equals", "sums", "roll_forward", "differences", "translations", "restatements", "members")
_KEYS = ("family", "labels", "result", *FORMS, "over", "suffix", "confirm", "explains")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_TEMPLATE = re.compile(r"\{(self|base|other)\}")
_SUFFIX = re.compile(r"[A-Z][A-Za-z0-9]*\*?")


class RuleFile(Protocol):
    """A taxonomy file, as the loader reads it."""

    def place(self, node: Node) -> str:
        """``file:line`` of a node."""
        ...

    def fail(self, node: Node, message: str, mend: str) -> NoReturn:
        """Raises TaxonomyError."""
        ...

    def text(self, node: Node, what: str) -> str:
        """A text that is not empty."""
        ...

    def choice(self, node: Node, what: str, allowed: Sequence[str]) -> str:
        """One of the allowed texts."""
        ...

    def mapping(self, node: Node, what: str, allowed: Sequence[str] = ()) -> dict[str, Node]:
        """The entries of a mapping, each key once."""
        ...

    def items(self, node: Node, what: str) -> list[Node]:
        """The nodes of a list."""
        ...

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        """The texts of a list."""
        ...

    def both(self, node: Node, what: str) -> dict[str, str]:
        """Texts in English and Chinese."""
        ...


@dataclass(slots=True)
class _Reader:
    """One rule on its way in."""

    file: RuleFile
    concepts: Mapping[str, Concept]
    axes: Mapping[str, Axis]
    rule: Rule
    entry: Mapping[str, Node]
    node: Node

    def name(self, node: Node, what: str, known: Mapping[str, object]) -> str:
        """A name that must be defined; written in full."""
        written = self.file.text(node, what)
        if written not in known:
            self.file.fail(node, f"{what} {written!r} of rule {self.rule.id} is defined nowhere", _near(written, known))
        return written


def read_rule(file: RuleFile, key: str, node: Node, concepts: Mapping[str, Concept], axes: Mapping[str, Axis]) -> Rule:
    """One rule. Raises TaxonomyError, by ``file.fail``, with place and mend."""
    what = f"rule {key}"
    entry = file.mapping(node, what, _KEYS)
    for need in ("family", "labels"):
        if need not in entry:
            file.fail(node, f"{what} has no {need}", f"add {need}: ...")
    forms = [form for form in FORMS if form in entry]
    if len(forms) != 1:
        said = f"says {' and '.join(forms)}" if forms else "says nothing that could be tested"
        file.fail(entry[forms[1]] if forms else node, f"{what} {said}", f"give it one of {', '.join(FORMS)}")
    family = file.text(entry["family"], f"family of {what}")
    if not _WORD.fullmatch(family):
        file.fail(entry["family"], f"family {family!r} of {what} is no name", "use lower case letters, digits and _")
    kind: RuleKind = "equation" if forms[0] in ("equals", "roll_forward") else forms[0]  # type: ignore[assignment]
    rule = Rule(
        key, family, kind, file.both(entry["labels"], f"labels of {what}"),
        confirm=file.text(entry["confirm"], f"confirm of {what}") if "confirm" in entry else "",
        explains=file.text(entry["explains"], f"explains of {what}") if "explains" in entry else "",
        source=file.place(node),
    )  # fmt: skip
    reader = _Reader(file, concepts, axes, rule, entry, node)
    if kind != "equation":
        _refuse_needless(reader, ("result", "over", "suffix"))
    return _READERS[forms[0]](reader)


def _refuse_needless(reader: _Reader, keys: Sequence[str]) -> None:
    for key in keys:
        if key in reader.entry:
            reader.file.fail(reader.entry[key], f"rule {reader.rule.id} has a needless {key}", "remove it: only rules with equals have one")


# --- equations --------------------------------------------------------------------------------------


def _equation(reader: _Reader) -> Rule:
    file, entry, rule = reader.file, reader.entry, reader.rule
    if "result" not in entry:
        file.fail(reader.node, f"rule {rule.id} has no result", "add result: the concept that is checked")
    nodes = [entry["equals"]] if entry["equals"].id == "scalar" else file.items(entry["equals"], f"equals of rule {rule.id}")
    if not nodes:
        file.fail(entry["equals"], f"rule {rule.id} equals nothing", "name at least one expression")
    suffix = _suffix(reader)
    result = file.text(entry["result"], f"result of rule {rule.id}")
    ways = tuple(file.text(node, f"equals of rule {rule.id}") for node in nodes)
    options = {"suffix": (suffix,)} if suffix else {}
    if "over" in entry:
        options["over"] = (reader.name(entry["over"], "concept", reader.concepts),)
    _check_result(reader, result, bool(suffix))
    for way, node in zip(ways, nodes, strict=True):
        _check_way(reader, node, way, result, bool(suffix), options.get("over", ("",))[0])
    return replace(rule, result=result, ways=ways, options=options)


def _suffix(reader: _Reader) -> str:
    if "suffix" not in reader.entry:
        return ""
    node = reader.entry["suffix"]
    suffix = reader.file.text(node, f"suffix of rule {reader.rule.id}")
    if not _SUFFIX.fullmatch(suffix):
        reader.file.fail(node, f"suffix {suffix!r} is no end of a concept name", "write e.g. GrowthYearOnYear, or ShareOf*")
    head = suffix.rstrip("*")
    if not any(head in key for key in reader.concepts):
        reader.file.fail(node, f"no concept ends on {suffix}", "check the spelling, or ask for the ratio on a concept")
    return suffix


def _check_result(reader: _Reader, text: str, template: bool) -> None:
    node = _tree(reader, reader.entry["result"], text, template)
    if not isinstance(node, Ref) or node.optional or node.when == "start":
        reader.file.fail(reader.entry["result"], f"result {text!r} of rule {reader.rule.id} is no single figure", "name one concept")


def _check_way(reader: _Reader, node: Node, text: str, result: str, template: bool, over: str) -> None:
    """Names, periods and units of one expression; a template's are known only once it is filled."""
    tree = _tree(reader, node, text, template)
    if template:
        return
    checked = parse(result)
    if not any(refs(tree)):
        reader.file.fail(node, f"{text!r} names no figure", "name what the result is made of")
    anchor = reader.concepts[over or next(refs(checked)).concept]
    for ref in (*refs(checked), *refs(tree)):
        concept = reader.concepts[ref.concept]
        if anchor.period == "instant" and (concept.period == "duration" or ref.when == "start"):
            message = f"{ref.concept} cannot be found from a date: {anchor.id} is an instant"
            reader.file.fail(node, message, "name a concept of a period in over:, or use roll_forward")
        if concept.period == "duration" and ref.when in ("start", "end"):
            reader.file.fail(node, f"{ref.concept}@{ref.when} is no instant", f"leave @{ref.when} out, or name an instant")
    try:
        left, right = measure(checked, reader.concepts), measure(tree, reader.concepts)
    except ValueError as error:
        reader.file.fail(node, f"{text!r}: {error}", "mend the expression")
    if left != right:
        reader.file.fail(node, f"{text!r} gives {named(right)}, the result is {named(left)}", "mend the expression")


def _tree(reader: _Reader, node: Node, text: str, template: bool) -> Tree:
    """The parsed expression, its names defined."""
    filled = _TEMPLATE.sub("x:X", text) if template else text
    try:
        tree = parse(filled)
    except ValueError as error:
        reader.file.fail(node, f"{text!r} is no expression: {error}", "see docs/rules.md for how to write one")
    for ref in refs(tree):
        if ref.concept not in reader.concepts and not (template and ref.concept == "x:X"):
            reader.file.fail(node, f"concept {ref.concept!r} in {text!r} is defined nowhere", _near(ref.concept, reader.concepts))
        for axis, member in ref.dims or ():
            if axis not in reader.axes or member not in reader.axes[axis].members:
                reader.file.fail(node, f"{axis}={member} in {text!r} is no axis with its member", "check both names")
    return tree


def _roll_forward(reader: _Reader) -> Rule:
    """balance at the end = balance at the start + flows."""
    file, rule = reader.file, reader.rule
    _refuse_needless(reader, ("result", "over", "suffix"))
    parts = _parts(reader, "roll_forward", ("balance", "flows"))
    balance = reader.name(parts["balance"], "concept", reader.concepts)
    if reader.concepts[balance].period != "instant":
        file.fail(parts["balance"], f"balance {balance} of rule {rule.id} is no instant", "name a concept of a date")
    flows = file.text(parts["flows"], f"flows of rule {rule.id}")
    tree = _tree(reader, parts["flows"], flows, False)
    over = next((ref.concept for ref in refs(tree) if reader.concepts[ref.concept].period == "duration"), "")
    if not over:
        file.fail(parts["flows"], f"flows {flows!r} of rule {rule.id} name nothing of a period", "name what changed the balance")
    way = f"{balance}@start + ({flows})"
    _check_way(reader, parts["flows"], way, f"{balance}@end", False, over)
    return replace(rule, result=f"{balance}@end", ways=(way,), options={"over": (over,)})


# --- the other forms --------------------------------------------------------------------------------


def _parts(reader: _Reader, form: str, needed: Sequence[str], more: Sequence[str] = ()) -> dict[str, Node]:
    what = f"{form} of rule {reader.rule.id}"
    parts = reader.file.mapping(reader.entry[form], what, (*needed, *more))
    for need in needed:
        if need not in parts:
            reader.file.fail(reader.entry[form], f"{what} has no {need}", f"add {need}: ...")
    return parts


def _sums(reader: _Reader) -> Rule:
    parts = _parts(reader, "sums", ("statements",))
    listed = reader.file.items(parts["statements"], f"statements of rule {reader.rule.id}")
    statements = tuple(reader.file.choice(item, "statement", STATEMENTS) for item in listed)
    return replace(reader.rule, options={"statements": statements})


def _differences(reader: _Reader) -> Rule:
    parts = _parts(reader, "differences", (), ("types", "concepts"))
    if not parts:
        reader.file.fail(reader.entry["differences"], f"differences of rule {reader.rule.id} names nothing", "add types: [...]")
    options: dict[str, tuple[str, ...]] = {}
    if "types" in parts:
        items = reader.file.items(parts["types"], f"types of rule {reader.rule.id}")
        options["types"] = tuple(reader.file.choice(item, "type", get_args(ItemType)) for item in items)
    if "concepts" in parts:
        items = reader.file.items(parts["concepts"], f"concepts of rule {reader.rule.id}")
        options["concepts"] = tuple(reader.name(item, "concept", reader.concepts) for item in items)
        for item, name in zip(items, options["concepts"], strict=True):
            if reader.concepts[name].period != "duration":
                reader.file.fail(item, f"{name} is an instant: it has no part of a period", "name a concept of a period")
    return replace(reader.rule, options=options)


def _axis(reader: _Reader, parts: Mapping[str, Node]) -> Axis:
    return reader.axes[reader.name(parts["axis"], "axis", reader.axes)]


def _translations(reader: _Reader) -> Rule:
    parts = _parts(reader, "translations", ("axis", "member", "rate"))
    axis = _axis(reader, parts)
    member = reader.name(parts["member"], "member", axis.members)
    rate = reader.name(parts["rate"], "concept", reader.concepts)
    if reader.concepts[rate].type != "perUnit":
        reader.file.fail(parts["rate"], f"{rate} is {reader.concepts[rate].type}, no rate", "name a concept of type perUnit")
    return replace(reader.rule, options={"axis": (axis.id,), "member": (member,), "rate": (rate,)})


def _restatements(reader: _Reader) -> Rule:
    parts = _parts(reader, "restatements", (), ("prose",))
    prose = reader.file.text(parts["prose"], f"prose of rule {reader.rule.id}") if "prose" in parts else ""
    if prose and not _WORD.fullmatch(prose):
        reader.file.fail(parts["prose"], f"family {prose!r} of rule {reader.rule.id} is no name", "use lower case letters, digits and _")
    return replace(reader.rule, options={"prose": (prose,)} if prose else {})


def _members(reader: _Reader) -> Rule:
    parts = _parts(reader, "members", ("axis",), ("rest",))
    axis = _axis(reader, parts)
    listed = reader.file.items(parts["rest"], f"rest of rule {reader.rule.id}") if "rest" in parts else []
    rest = tuple(reader.name(item, "member", axis.members) for item in listed)
    return replace(reader.rule, options={"axis": (axis.id,), "rest": rest})


_READERS: Mapping[str, Callable[[_Reader], Rule]] = {
    "equals": _equation,
    "roll_forward": _roll_forward,
    "sums": _sums,
    "differences": _differences,
    "translations": _translations,
    "restatements": _restatements,
    "members": _members,
}


def _near(word: str, known: Mapping[str, object]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, 1, 0.6)
    return f"did you mean {near[0]!r}?" if near else "check the spelling, or define it"
