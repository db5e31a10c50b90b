"""Entities: who publishes, under which names, and on which calendar."""

from __future__ import annotations

import re
from decimal import Decimal

from exporter.model import Entity
from exporter.taxonomy.nodes import File, Node
from exporter.taxonomy.tables import Build
from exporter.values import fold

_ENTITY = ("name", "names", "identifiers", "accounting", "fiscal_year_end", "currency", "shares_per_ads")


def read_entities(build: Build) -> dict[str, Entity]:
    """All entities; no two share a name once folded."""
    made = {key: _entity(build, key) for key in build.entities}
    seen: dict[str, str] = {}
    for key, entity in made.items():
        for name in (entity.name, *entity.names):
            other = seen.setdefault(fold(name), key)
            if other != key:
                file, node = build.entities[key]
                file.fail(node, f"name {name!r} of {key} belongs to {other} too", "give it to one of the two")
    return made


def _entity(build: Build, key: str) -> Entity:
    file, node = build.entities[key]
    if not re.fullmatch(r"[a-z][a-z0-9-]*:[A-Za-z0-9._-]+", key):
        file.fail(node, f"entity {key!r} is no scheme:identifier", 'write e.g. "cik:0000000000"')
    entry = file.mapping(node, f"entity {key}", _ENTITY)
    if "name" not in entry:
        file.fail(node, f"entity {key} has no name", "add name: ...")
    listed = file.mapping(entry["identifiers"], "identifiers").items() if "identifiers" in entry else ()
    return Entity(
        id=key,
        name=file.text(entry["name"], "name"),
        names=file.texts(entry["names"], "names") if "names" in entry else (),
        identifiers={scheme: file.text(value, f"identifier {scheme}") for scheme, value in listed},
        accounting=file.choice(entry["accounting"], "accounting", ("us-gaap", "ifrs-full")) if "accounting" in entry else "",
        fiscal_year_end=_year_end(file, entry["fiscal_year_end"]) if "fiscal_year_end" in entry else None,
        currency=_currency(file, entry["currency"]) if "currency" in entry else "",
        shares_per_ads=_shares_per_ads(file, entry["shares_per_ads"]) if "shares_per_ads" in entry else None,
    )


def _year_end(file: File, node: Node) -> tuple[int, int]:
    written = file.text(node, "fiscal_year_end")
    found = re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", written)
    if not found:
        file.fail(node, f"fiscal_year_end {written!r} is no month-day", "write e.g. 12-31")
    return int(found[1]), int(found[2])


def _currency(file: File, node: Node) -> str:
    written = file.text(node, "currency")
    if not re.fullmatch(r"[A-Z]{3}", written):
        file.fail(node, f"currency {written!r} is no ISO 4217 code", "write e.g. CNY")
    return written


def _shares_per_ads(file: File, node: Node) -> Decimal:
    raw = node.value if node.id == "scalar" else ""
    if not re.fullmatch(r"\d+(\.\d+)?", raw) or not Decimal(raw):
        file.fail(node, "shares_per_ads is no positive number", "write how many ordinary shares one ADS stands for")
    return Decimal(raw)
