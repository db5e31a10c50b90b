"""The expressions of rules: ``fin:NetIncome / fin:Revenues``, ``fin:Cash@start + fin:CashIncrease``.

::

    sum      = product (("+" | "-") product)*
    product  = factor (("*" | "/") factor)*
    factor   = "-" factor | "(" sum ")" | number | "{" constant "}" | figure
    figure   = concept ["." bound] ["[" [axis "=" member ("," axis "=" member)*] "]"] ["@" when] ["?"]

``bound`` is low or high (of a range); ``[]`` is the figure without dimensions, none given those of the
checked figure; ``when`` is start or end (an instant at that end of the checked period), year_ago or
quarter_ago; ``?``: counts as nothing where it is not printed. The only constant is ``shares_per_ads``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from exporter.model import Concept

WHENS = ("start", "end", "year_ago", "quarter_ago")
BOUNDS = ("low", "high")
CONSTANTS = ("shares_per_ads",)
_DEPTH = 40

_NAME = r"[a-z][a-z0-9]*:[A-Z][A-Za-z0-9]*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<figure>{_NAME})(?:\.(?P<bound>\w+))?(?P<dims>\[[^\]]*\])?(?:@(?P<when>\w+))?(?P<optional>\?)?"
    r"|(?P<number>\d+(?:\.\d+)?)|\{(?P<constant>\w+)\}|(?P<sign>[-+*/()]))"
)
_PAIR = re.compile(rf"\s*({_NAME})\s*=\s*({_NAME})\s*")


@dataclass(frozen=True, slots=True)
class Ref:
    """A figure that an expression names. ``dims`` None: those of the checked figure."""

    concept: str
    when: str = ""
    bound: str = ""
    dims: tuple[tuple[str, str], ...] | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that the entity file states."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """``operator`` is one of ``+ - * /``."""

    operator: str
    left: Node
    right: Node


Node: TypeAlias = "Ref | Constant | Decimal | Operation"


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The expression as a tree. Raises ValueError, in words, where it is none."""
    tokens = list(_tokens(text))
    node, rest = _sum(tokens, 0, 0)
    if rest != len(tokens):
        raise ValueError(f"{tokens[rest][0]!r} is not expected there")
    return node


def refs(node: Node) -> Iterator[Ref]:
    """The figures of an expression from left to right."""
    if isinstance(node, Ref):
        yield node
    elif isinstance(node, Operation):
        yield from refs(node.left)
        yield from refs(node.right)


_Token: TypeAlias = "tuple[str, Node | None]"


def _tokens(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip())
    if not end:
        raise ValueError("the expression is empty")
    while place < end:
        found = _TOKEN.match(text, place)
        if not found:
            raise ValueError(f"{text[place:].split()[0]!r} is no figure, number or sign")
        place = found.end()
        if found["figure"]:
            yield found[0].strip(), _ref(found)
        elif found["number"]:
            yield found["number"], Decimal(found["number"])
        elif found["constant"]:
            if found["constant"] not in CONSTANTS:
                raise ValueError(f"constant {found['constant']!r} is unknown: use {{{'}, {'.join(CONSTANTS)}}}")
            yield found[0].strip(), Constant(found["constant"])
        else:
            yield found["sign"], None


def _ref(found: re.Match[str]) -> Ref:
    when, bound, listed = found["when"] or "", found["bound"] or "", found["dims"]
    if when and when not in WHENS:
        raise ValueError(f"@{when} is unknown: use @{', @'.join(WHENS)}")
    if bound and bound not in BOUNDS:
        raise ValueError(f".{bound} is unknown: use .{' or .'.join(BOUNDS)}")
    dims: tuple[tuple[str, str], ...] | None = None
    if listed is not None:
        pairs = [_PAIR.fullmatch(part) for part in listed[1:-1].split(",")] if listed[1:-1].strip() else []
        if None in pairs:
            raise ValueError(f"{listed} is no list of dimensions: write [axis=member]")
        dims = tuple(sorted((pair[1], pair[2]) for pair in pairs if pair))
    return Ref(found["figure"], when, bound, dims, bool(found["optional"]))


def _sum(tokens: list[_Token], place: int, depth: int) -> tuple[Node, int]:
    node, place = _product(tokens, place, depth)
    while place < len(tokens) and tokens[place][0] in ("+", "-"):
        sign = tokens[place][0]
        right, place = _product(tokens, place + 1, depth)
        node = Operation(sign, node, right)
    return node, place


def _product(tokens: list[_Token], place: int, depth: int) -> tuple[Node, int]:
    node, place = _factor(tokens, place, depth)
    while place < len(tokens) and tokens[place][0] in ("*", "/"):
        sign = tokens[place][0]
        right, place = _factor(tokens, place + 1, depth)
        node = Operation(sign, node, right)
    return node, place


def _factor(tokens: list[_Token], place: int, depth: int) -> tuple[Node, int]:
    if depth > _DEPTH:
        raise ValueError("the expression is nested too deep")
    if place >= len(tokens):
        raise ValueError("the expression ends too early")
    text, node = tokens[place]
    if node is not None:
        return node, place + 1
    if text == "-":
        inner, place = _factor(tokens, place + 1, depth + 1)
        return Operation("-", Decimal(0), inner), place
    if text == "(":
        inner, place = _sum(tokens, place + 1, depth + 1)
        if place >= len(tokens) or tokens[place][0] != ")":
            raise ValueError("a bracket is not closed")
        return inner, place + 1
    raise ValueError(f"{text!r} is not expected there")


# --- units ------------------------------------------------------------------------------------------

#: Powers of basic units, such as {"money": 1, "xbrli:shares": -1}; None: a bare number, which fits any sum.
Measure: TypeAlias = "dict[str, int]"


def measure(node: Node, concepts: Mapping[str, Concept]) -> Measure:
    """The unit of an expression. Raises ValueError where unlike things are added, or something is no number."""
    if isinstance(node, Decimal):
        return {}
    if isinstance(node, Constant):
        return {"xbrli:shares": 1, "fin:ADS": -1}
    if isinstance(node, Ref):
        return _measure_of(concepts[node.concept])
    left, right = measure(node.left, concepts), measure(node.right, concepts)
    if node.operator in "*/":
        sign = 1 if node.operator == "*" else -1
        powers = {unit: left.get(unit, 0) + sign * right.get(unit, 0) for unit in (*left, *right)}
        return {unit: power for unit, power in powers.items() if power}
    if node.left == Decimal(0):
        return right
    if left != right:
        raise ValueError(f"{named(left)} and {named(right)} cannot be added")
    return left


def _measure_of(concept: Concept) -> Measure:
    if concept.type in ("text", "date"):
        raise ValueError(f"{concept.id} is a {concept.type}, no number")
    if concept.type == "monetary":
        return {"money": 1}
    if concept.type == "perShare":
        return {"money": 1, "xbrli:shares": -1}
    if concept.type == "perUnit":
        return {"money": 1, concept.unit: -1}
    if concept.type == "shares":
        return {"xbrli:shares": 1}
    return {concept.unit: 1} if concept.type == "quantity" else {}


def named(powers: Measure) -> str:
    """A unit in words for a message."""
    above = [unit for unit, power in powers.items() for _ in range(power)]
    below = [unit for unit, power in powers.items() for _ in range(-power)]
    return (" x ".join(above) or "a number") + (f" per {' x '.join(below)}" if below else "")
