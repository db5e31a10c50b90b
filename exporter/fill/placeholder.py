"""The language of placeholders: ``{{fin:Revenues | 2023Q2 | CNY}}`` in a text or a note, ``fin.Revenues_2023Q2_CNY`` as a name.

docs/fill.md explains it to people. Pure: text in, :class:`Wanted` out; what the words mean in a store is ``lookup``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

Bound = Literal["", "low", "high"]

_MARKED = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_-]*:[^{}]*)\}\}")
_ALONE = re.compile(r"\s*\{\{\s*([A-Za-z][A-Za-z0-9_-]*:[^{}]*)\}\}\s*")
_HEAD = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9]*)\s*")
_TAIL = re.compile(r"([^{}]*)\}\}")
_CONCEPT = re.compile(r"([A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9]*)\s*(?:\|(.*))?", re.DOTALL)
_LABEL = re.compile(r"(\d{4})-?(Q[1-4]|H[12]|9M|M9|FY)|(?:FY-?)(\d{4})", re.IGNORECASE)
_DAY = r"\d{4}-\d{2}-\d{2}"
_DATES = re.compile(rf"(?:({_DAY})\.\.)?({_DAY})")
_AS_OF = re.compile(rf"as[- ]of\s*[=: ]\s*({_DAY})", re.IGNORECASE)
_SCALE = re.compile(r"/\s*1([,_ ]?0)+", re.IGNORECASE)
_UNIT = re.compile(r"%|[A-Za-z][\w.-]*(?::[\w.-]+)?(?:\s*/\s*[A-Za-z][\w.-]*(?::[\w.-]+)?)?")
_POWERS = {"in thousands": 3, "in millions": 6, "in billions": 9, "in percent": -2}
#: Words that people write for the measures of XBRL.
_MEASURES = {"rmb": "cny", "share": "shares", "percent": "pure", "%": "pure", "ratio": "pure"}


class NotUnderstood(ValueError):
    """A placeholder that says something unknown. The message is one line, without the cell."""


class When(NamedTuple):
    """A period: by fiscal label (``year`` and ``part``: Q1..Q4, H1, H2, 9M, FY), or by inclusive dates (``start`` None: an instant)."""

    year: int = 0
    part: str = ""
    start: date | None = None
    end: date | None = None


class Said(NamedTuple):
    """All that a placeholder says beside the concept; empty: not said. ``power``: of ten, by which the figure is divided;
    ``unit`` as :func:`short_unit` has it. Placeholders that say the same share one of these."""

    when: When = When()
    unit: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    scenario: str = "actual"
    basis: str = ""
    bound: Bound = ""
    translation: bool = False
    power: int = 0
    original: bool = False
    as_of: date | None = None
    entity: str = ""
    document: str = ""


class Wanted(NamedTuple):
    """What a cell asks for."""

    concept: str
    said: Said


def placeholders(text: str) -> list[str]:
    """What stands between the braces of each placeholder in a text."""
    return [inside.rstrip() for inside in _MARKED.findall(text)] if "{{" in text else []


def alone(text: str) -> str | None:
    """What stands between the braces of a text that is one placeholder and nothing else; None for any other text."""
    match = _ALONE.fullmatch(text)
    return match and match[1].rstrip()


def usually_wanted(texts: Iterable[str]) -> tuple[list[str], list[Said | None]]:
    """The concept and the rest of each text that is a placeholder and nothing else, not even blanks around it; "" or None of any
    other, of which ``alone`` and ``wanted`` tell more. A model has many of them, of few concepts and few periods: the halves are
    remembered."""
    halves = [text.partition("|") for text in texts]
    return [_head(head) for head, _, _ in halves], [_tail(tail) for _, _, tail in halves]


@lru_cache(maxsize=20_000)
def _head(text: str) -> str:
    match = _HEAD.fullmatch(text)
    return match[1] if match else ""


@lru_cache(maxsize=20_000)
def _tail(text: str) -> Said | None:
    match = _TAIL.fullmatch(text)
    try:
        return match and _said(match[1].rstrip())
    except NotUnderstood:
        return None


def wanted(inside: str) -> Wanted:
    """What a placeholder asks for. Raises NotUnderstood."""
    match = _CONCEPT.fullmatch(inside)
    if match is None:
        raise NotUnderstood(f"{inside.partition('|')[0].strip()!r} is no concept; write prefix:Name, such as fin:Revenues")
    return Wanted(match[1], _said(match[2] or ""))


@lru_cache(maxsize=20_000)
def _said(text: str) -> Said:
    found = Said()
    kinds: set[str] = set()
    for part in (part.strip() for part in text.split("|")):
        if not part:
            continue
        kind, change = _read(part)
        if kind in kinds and kind != "dimension":
            raise NotUnderstood(f"{part!r}: the {kind} is said twice")
        kinds.add(kind)
        found = change(found)
    if found.when == When():
        raise NotUnderstood("names no period; write 2023Q2, 2023H1, 2023-9M, 2023FY or a date")
    return found


Change = Callable[[Said], Said]


def _read(part: str) -> tuple[str, Change]:
    """What kind of thing a part says, and what that does to the wish."""
    when = _when(part)
    if when is not None:
        return "period", lambda s: s._replace(when=when)
    if match := _AS_OF.fullmatch(part):
        day = _date(match[1])
        return "vintage", lambda s: s._replace(as_of=day)
    if "=" in part:
        return _read_pair(part)
    word = " ".join(part.casefold().split())
    if word in _WORDS:
        return _WORDS[word]
    power = _POWERS.get(word, _SCALE.fullmatch(part) and part.count("0"))
    if power:
        return "scale", lambda s: s._replace(power=power)
    if _UNIT.fullmatch(part):
        return "unit", lambda s: s._replace(unit=short_unit(part))
    raise NotUnderstood(f"{part!r} is not understood; docs/fill.md lists what a placeholder may say")


_WORDS: dict[str, tuple[str, Change]] = {
    "low": ("end of the range", lambda s: s._replace(bound="low")),
    "high": ("end of the range", lambda s: s._replace(bound="high")),
    "guidance": ("scenario", lambda s: s._replace(scenario="guidance")),
    "previous guidance": ("scenario", lambda s: s._replace(scenario="previous_guidance")),
    "translation": ("translation", lambda s: s._replace(translation=True)),
    "original": ("vintage", lambda s: s._replace(original=True)),
    "latest": ("vintage", lambda s: s),
}


def _read_pair(part: str) -> tuple[str, Change]:
    """``entity=``, ``document=``, ``basis=``, or an axis and its member."""
    name, _, value = (text.strip() for text in part.partition("="))
    if not value:
        raise NotUnderstood(f"{part!r}: nothing follows the equals sign")
    if name.casefold() == "basis":
        return "basis", lambda s: s._replace(basis=value.casefold().replace("-", "_"))
    if name.casefold() == "entity":
        return "entity", lambda s: s._replace(entity=value)
    if name.casefold() == "document":
        return "document", lambda s: s._replace(document=value)
    return "dimension", lambda s: s._replace(dimensions=(*s.dimensions, (name, value)))


def _when(part: str) -> When | None:
    if match := _LABEL.fullmatch(part):
        name = (match[2] or "FY").upper()
        return When(int(match[1] or match[3]), "9M" if name == "M9" else name)
    if match := _DATES.fullmatch(part):
        return When(start=_date(match[1]) if match[1] else None, end=_date(match[2]))
    return None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(f"{text} is no day of the calendar") from None


@lru_cache(maxsize=1_000)
def short_unit(unit: str) -> str:
    """A unit in the form in which units are compared: ``iso4217:CNY/xbrli:shares``, ``CNY/share`` and ``RMB/shares`` are ``cny/shares``."""
    measures = [measure.strip().rpartition(":")[2].casefold() for measure in unit.split("/")]
    return "/".join(_MEASURES.get(measure, measure) for measure in measures)


# --- names ------------------------------------------------------------------------------------------

_NAME = re.compile(r"([a-z][a-z0-9]*)\.([A-Z][A-Za-z0-9]*)((?:_[^_]+)+)")
_NAME_WORDS = {
    "thousands": "in thousands", "millions": "in millions", "billions": "in billions", "percent": "in percent",
    "previous.guidance": "previous guidance",
}  # fmt: skip


def from_name(name: str) -> str | None:
    """A defined name in the notation of the braces, or None where it is no placeholder: ``fin.Revenues_2023Q2_CNY``
    is ``fin:Revenues | 2023Q2 | CNY``. A last part ``copy2`` makes a second name for the same figure."""
    match = _NAME.fullmatch(name)
    return None if match is None else f"{match[1]}:{match[2]}{_name_rest(match[3])}"


@lru_cache(maxsize=20_000)
def _name_rest(text: str) -> str:
    """All parts of a name behind the concept, each with a bar before it."""
    return "".join(f" | {_name_part(part)}" for part in text[1:].split("_") if not re.fullmatch(r"copy\d+", part))


def _name_part(part: str) -> str:
    if re.fullmatch(r"\d{8}(\.\d{8})?", part):
        return "..".join(_dashed(day) for day in part.split("."))
    if part.casefold() in _NAME_WORDS:
        return _NAME_WORDS[part.casefold()]
    head, *rest = part.split(".")
    if head.casefold() == "asof" and len(rest) == 1 and len(rest[0]) == 8:
        return f"as-of {_dashed(rest[0])}"
    if head.casefold() in ("entity", "basis", "document") and rest:
        return f"{head}={rest[0]}" + (f":{'.'.join(rest[1:])}" if len(rest) > 1 else "")
    if len(rest) in (2, 3):  # prefix.Axis.Member, prefix.Axis.prefix.Member
        return f"{head}:{rest[0]}={':'.join(rest[1:])}"
    return part.replace(".", "/")


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
