"""The taxonomy as JSON: stored once per hash, so that an export needs no taxonomy file.

Not pickle: a store may come from anywhere, and reading it must not run anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast

from exporter.collector import held_back
from exporter.errors import StoreError
from exporter.model import Alias, Axis, Concept, Entity, Line, Network, Rule, Section, Taxonomy

_NOUNS = {noun.__name__: noun for noun in (Taxonomy, Concept, Alias, Section, Line, Network, Axis, Entity, Rule)}
_GETTERS = {noun: attrgetter(*(field.name for field in fields(noun))) for noun in _NOUNS.values()}
_PLAIN = frozenset({type(None), str, int, float, bool})


class Holder:
    """Makes a taxonomy a cache argument by its hash alone (its mappings cannot be hashed)."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy

    def __hash__(self) -> int:
        return hash(self.taxonomy.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Holder) and other.taxonomy.hash == self.taxonomy.hash


@lru_cache(maxsize=4)
def _frozen(holder: Holder) -> str:
    with held_back():  # a hundred thousand small lists, none of them garbage
        return json.dumps(_pack(holder.taxonomy), ensure_ascii=False, separators=(",", ":"))


def freeze(taxonomy: Taxonomy) -> str:
    """The JSON of a taxonomy. Raises StoreError where its lexicon holds something that JSON cannot."""
    return _frozen(Holder(taxonomy))


def thaw(content: str) -> Taxonomy:
    """The taxonomy that was frozen. Raises StoreError where the content is damaged."""
    try:
        taxonomy = _unpack(json.loads(content))
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"the stored taxonomy is damaged ({error}); run the documents again") from error
    if not isinstance(taxonomy, Taxonomy):
        raise StoreError("the stored taxonomy is damaged (no taxonomy in it); run the documents again")
    return taxonomy


def _pack(value: object) -> object:
    """Tuples become arrays, text-keyed mappings objects; everything else an object with one ``$`` key."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        items = cast("tuple[object, ...]", value)
        return [item if type(item) in _PLAIN else _pack(item) for item in items]
    if kind in _GETTERS:
        fields_of = _GETTERS[kind](value)
        return {"$" + kind.__name__: [item if type(item) in _PLAIN else _pack(item) for item in fields_of]}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: _pack(item) for key, item in value.items()}
        return {"$map": [[_pack(key), _pack(item)] for key, item in value.items()]}
    return _pack_tagged(value)


def _pack_tagged(value: object) -> object:
    if isinstance(value, list):
        return {"$list": [_pack(item) for item in value]}
    if isinstance(value, set | frozenset):
        return {"$set": sorted((_pack(item) for item in value), key=repr)}
    if isinstance(value, Decimal | date):
        return {"$decimal" if isinstance(value, Decimal) else "$date": str(value)}
    if isinstance(value, re.Pattern):
        return {"$pattern": [value.pattern, value.flags]}
    if isinstance(value, tuple):
        return [_pack(item) for item in value]
    if isinstance(value, str | int | float):
        return value
    raise StoreError(f"the taxonomy holds a {type(value).__name__}, which the store cannot keep; use plain data in the lexicon")


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(item) for item in value)
    if not isinstance(value, dict):
        return value
    tag, content = next(iter(value.items()), ("", ""))
    if not tag.startswith("$"):
        return {key: _unpack(item) for key, item in value.items()}
    if tag == "$decimal":
        return Decimal(content)
    if tag == "$date":
        return date.fromisoformat(content)
    return _unpack_tagged(tag, [_unpack(item) for item in content])


def _unpack_tagged(tag: str, content: list[Any]) -> Any:
    if tag == "$map":
        return dict(content)
    if tag == "$list":
        return content
    if tag == "$set":
        return frozenset(content)
    if tag == "$pattern":
        return re.compile(content[0], content[1])
    return _NOUNS[tag[1:]](*content)
