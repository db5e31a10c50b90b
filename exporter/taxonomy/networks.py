"""Networks: the lines of a statement in order, and its sums.

Weight against balance is XBRL 2.1 section 5.1.1.2 (table 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporter.model import STATEMENTS, Line, Network
from exporter.taxonomy.nodes import File, Node
from exporter.taxonomy.tables import ROLES, Build, Table, enter, reference, refuse_cycles, resolve


def read_network(build: Build, key: str) -> Network:
    """The network ``key``, with the lines and sums that other files add to it."""
    file, node = build.networks[key]
    what = f"network {key}"
    entry = file.mapping(node, what, ("statement", "labels", "presentation", "calculation"))
    for need in ("statement", "labels", "presentation"):
        if need not in entry:
            file.fail(node, f"{what} has no {need}", f"add {need}: ...")
    return Network(
        id=key,
        statement=file.choice(entry["statement"], "statement", STATEMENTS),
        labels=file.both(entry["labels"], f"labels of {what}"),
        presentation=_presentation(build, key, file, entry["presentation"]),
        calculation=_calculation(build, key, file, entry.get("calculation")),
    )


def _additions(build: Build, key: str, part: str) -> Iterator[tuple[File, Node]]:
    """What other files add to a network (``extends: {networks: {key: {part: ...}}}``)."""
    for file, node in build.extends:
        entry = file.mapping(node, "extends")
        for name, added in file.mapping(entry["networks"], "networks of extends").items() if "networks" in entry else ():
            if resolve(file, added, name, build.networks, "network") == key:
                parts = file.mapping(added, f"extension of network {key}", ("presentation", "calculation"))
                if part in parts:
                    yield file, parts[part]


def _presentation(build: Build, key: str, file: File, node: Node) -> tuple[Line, ...]:
    """The lines of a network, with those of other files put after the line that each names."""
    what = f"network {key}"
    placed = [(_line(build, file, item, what), file, item) for item in file.items(node, f"presentation of {what}")]
    for other, added in _additions(build, key, "presentation"):
        position = len(placed)
        for item in other.items(added, f"presentation of {what}"):
            after = _after(build, other, item, what)
            if after:
                position = 1 + max((i for i, (line, _, _) in enumerate(placed) if line.concept == after), default=-1)
                if not position:
                    other.fail(item, f"{after} stands nowhere in {what}", "name a line of that network")
            placed.insert(position, (_line(build, other, item, what), other, item))
            position += 1
    _check_lines(placed, what)
    return tuple(line for line, _, _ in placed)


def _check_lines(placed: Sequence[tuple[Line, File, Node]], what: str) -> None:
    seen: set[tuple[str, str]] = set()
    last = -1
    for line, file, item in placed:
        if (line.concept, line.role) in seen:
            file.fail(item, f"{line.concept} stands twice in the presentation of {what}", "remove one, or give it another role")
        if line.level > last + 1:
            file.fail(item, f"{line.concept} is at level {line.level} below level {max(last, 0)}", "go down one level at a time")
        seen.add((line.concept, line.role))
        last = line.level


def _after(build: Build, file: File, node: Node, what: str) -> str:
    if node.id == "scalar":
        return ""
    entry = file.mapping(node, f"a line of {what}")
    return reference(file, entry["after"], build.made, "concept") if "after" in entry else ""


def _line(build: Build, file: File, node: Node, what: str) -> Line:
    if node.id == "scalar":
        return Line(reference(file, node, build.made, "concept"))
    entry = file.mapping(node, f"a line of {what}", ("concept", "level", "role", "after"))
    if "concept" not in entry:
        file.fail(node, f"a line of {what} names no concept", "add concept: ...")
    concept = reference(file, entry["concept"], build.made, "concept")
    role = file.choice(entry["role"], "role", ROLES) if "role" in entry else "standard"
    if ("en", role) not in build.made[concept].labels or ("zh", role) not in build.made[concept].labels:
        file.fail(node, f"{concept} has no {role!r} label in both languages", "add the label, or use another role")
    return Line(concept, file.whole(entry["level"], "level", range(10)) if "level" in entry else 0, role)


def _calculation(build: Build, key: str, file: File, node: Node | None) -> dict[str, tuple[tuple[str, int], ...]]:
    """The sums of a network, with the parts that other files add to them."""
    what = f"calculation of network {key}"
    places: Table = {}
    sums: dict[str, dict[str, int]] = {}
    own = [(file, node)] if node else []
    for where, listed in [*own, *_additions(build, key, "calculation")]:
        totals: Table = {}
        for written, parts_node in where.mapping(listed, what).items():
            total = resolve(where, parts_node, written, build.made, "concept")
            enter(totals, where, total, parts_node)
            places.setdefault(total, (where, parts_node))
            _parts(build, where, parts_node, total, sums.setdefault(total, {}))
    refuse_cycles(places, {total: [*parts] for total, parts in sums.items()}, f"{what}:")
    return {total: tuple(parts.items()) for total, parts in sums.items()}


def _parts(build: Build, file: File, node: Node, total: str, parts: dict[str, int]) -> None:
    for name, weight in file.mapping(node, f"parts of {total}").items():
        part = resolve(file, weight, name, build.made, "concept")
        if part in parts:
            file.fail(weight, f"{part} stands twice among the parts of {total}", "remove one of the two")
        parts[part] = file.whole(weight, f"weight of {part}", (1, -1))
        _check_part(build, file, weight, total, part, parts[part])
    if not parts:
        file.fail(node, f"{total} has no parts", "name its parts, or remove it")


def _check_part(build: Build, file: File, node: Node, total: str, part: str, weight: int) -> None:
    """XBRL 2.1 section 5.1.1.2: equal balances add, opposite ones subtract; no balance is free."""
    a, b = build.made[total], build.made[part]
    if a.period != b.period or a.type != b.type or a.unit != b.unit:
        message = f"{part} ({b.type}, {b.period}) can be no part of {total} ({a.type}, {a.period})"
        file.fail(node, message, "sum concepts of one type, unit and period type")
    if a.balance and b.balance and weight != (1 if a.balance == b.balance else -1):
        message = f"weight {weight} of {part} ({b.balance}) in {total} ({a.balance}) goes against the balance"
        file.fail(node, message, f"use {-weight}, or change or remove a balance")
