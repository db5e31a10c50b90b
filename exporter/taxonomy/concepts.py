"""Concepts as they are defined in the files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast, get_args

from exporter.model import Balance, Basis, Concept, ItemType, PeriodType
from exporter.taxonomy.aliases import read_aliases
from exporter.taxonomy.nodes import LANGUAGES, File, Node
from exporter.taxonomy.tables import ROLES, Build, reference, resolve

STANDARDS = ("us-gaap", "ifrs-full", "srt", "dei")
_CONCEPT = (
    "type", "period", "balance", "unit", "basis", "labels", "definition", "aliases", "maps_to", "ratios", "replaced_by",
)  # fmt: skip
_OUTSIDE_UNIT = re.compile(r"(iso4217:[A-Z]{3}|utr:[A-Za-z]+|xbrli:(shares|pure))")


def read_concept(build: Build, key: str) -> Concept:
    """The concept ``key`` without its aliases, which go to ``build.aliases``: other files may add to them."""
    file, node = build.concepts[key]
    entry = file.mapping(node, key, _CONCEPT)
    for need in ("type", "period", "labels", "definition"):
        if need not in entry:
            file.fail(node, f"{key} has no {need}", f"add {need}: ...")
    kind = cast(ItemType, file.choice(entry["type"], f"type of {key}", get_args(ItemType)))
    build.aliases[key] = read_aliases(build, file, entry["aliases"], key) if "aliases" in entry else []
    return Concept(
        id=key,
        type=kind,
        period=cast(PeriodType, file.choice(entry["period"], f"period of {key}", get_args(PeriodType))),
        labels=_labels(file, entry["labels"], key),
        definition=file.text(entry["definition"], f"definition of {key}"),
        balance=_balance(file, entry, key, kind),
        unit=_unit(build, file, entry, key, kind),
        basis=cast(Basis, file.choice(entry["basis"], f"basis of {key}", get_args(Basis))) if "basis" in entry else "gaap",
        maps_to=_maps_to(file, entry["maps_to"], key) if "maps_to" in entry else {},
        replaced_by=reference(file, entry["replaced_by"], build.concepts, "concept") if "replaced_by" in entry else "",
        source=file.place(node),
    )


def _labels(file: File, node: Node, key: str) -> dict[tuple[str, str], str]:
    what = f"labels of {key}"
    found: dict[tuple[str, str], str] = {}
    by_language = file.mapping(node, what, LANGUAGES)
    for language in LANGUAGES:
        if language not in by_language:
            file.fail(node, f"{what} lack {language!r}", f"add {language}: {{standard: ...}}")
        roles = file.mapping(by_language[language], f"{what} in {language}", ROLES)
        if "standard" not in roles:
            file.fail(by_language[language], f"{what} in {language} lack 'standard'", "add standard: ...")
        for role, text in roles.items():
            found[(language, role)] = file.text(text, f"label of {key}")
    return found


def _balance(file: File, entry: Mapping[str, Node], key: str, kind: ItemType) -> Balance | None:
    if "balance" not in entry:
        return None
    if kind != "monetary":
        file.fail(entry["balance"], f"{key} is {kind} and has a balance", "remove balance: only monetary concepts have one")
    return cast(Balance, file.choice(entry["balance"], f"balance of {key}", get_args(Balance)))


def _unit(build: Build, file: File, entry: Mapping[str, Node], key: str, kind: ItemType) -> str:
    if kind not in ("perUnit", "quantity"):
        if "unit" in entry:
            file.fail(entry["unit"], f"{key} is {kind} and names a unit", "remove unit: only perUnit and quantity name one")
        return ""
    if "unit" not in entry:
        file.fail(entry["type"], f"{key} is {kind} and names no unit", "add unit: ..., e.g. fin:ADS")
    written = file.text(entry["unit"], f"unit of {key}")
    return written if _OUTSIDE_UNIT.fullmatch(written) else resolve(file, entry["unit"], written, build.units, "unit")


def _maps_to(file: File, node: Node, key: str) -> dict[str, str]:
    return {prefix: file.text(name, f"maps_to of {key}") for prefix, name in file.mapping(node, f"maps_to of {key}", STANDARDS).items()}
