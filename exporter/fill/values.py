"""A fact as the content of a cell: exact numbers, dates as serials where the cell shows dates, everything else as text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exporter.fill.package import Model, child, children, parse
from exporter.fill.placeholder import Said
from exporter.identity import canonical
from exporter.store import StoredFact
from exporter.values import shifted

#: What a spreadsheet keeps of a number, and of a text.
_DIGITS, _CHARACTERS = 15, 32_767
_LARGEST = Decimal("9.99999999999999E+307")
_FIRST = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
_LEAP_BUG = date(1900, 3, 1)  # before it, day numbers count a 29 February 1900 that never was
_BUILT_IN_DATES = frozenset(map(str, (*range(14, 18), 22, *range(27, 37), *range(50, 59))))
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


class NoValue(ValueError):
    """A fact that cannot stand in the cell as it was asked for. The message is the reason."""


class Answer(NamedTuple):
    """What a cell gets, in the notation of spreadsheets, and the fact that this was written from; or no fact, the reason why the
    cell is left as it was, and the placeholders that come nearest."""

    text: str
    number: bool
    fact: StoredFact | None
    reason: str = ""
    candidates: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def whole_number(said: Said, found: object) -> Answer | None:
    """The content of nearly every cell: a whole number, of which there is nothing to work out and nothing to say; else None."""
    if not isinstance(found, StoredFact):
        return None
    shape, text = found.shape, found.lexical
    plain = shape.kind == "numeric" and not (shape.nil or shape.approximate or said.power or said.bound) and shape.origin != "derived"
    return Answer(text, True, found) if plain and text is not None and text.isdigit() and len(text) <= _DIGITS else None


def value_of(fact: StoredFact, said: Said, *, date1904: bool | None) -> Answer:
    """The content of the cell. ``date1904``: where the cell's format shows dates, whether they begin in 1904; else None.

    Raises NoValue.
    """
    shape = fact.shape
    remarks = (("approximate",) if shape.approximate else ()) + (("derived",) if shape.origin == "derived" else ())
    if shape.nil:
        raise NoValue("was reported as nil")
    if shape.kind in ("text", "date"):
        if said.power or said.bound:
            raise NoValue(f"is a {shape.kind}, which has no scale and no ends")
        return Answer(*_words(fact, date1904), fact, remarks=remarks)
    text = _number(fact, said)
    if len(text) > _DIGITS:
        if abs(Decimal(text)) > _LARGEST:
            raise NoValue("is too large for a spreadsheet")
        digits = len(re.sub(r"\D", "", text).strip("0"))
        remarks += (f"has {digits} digits, a spreadsheet keeps {_DIGITS}",) if digits > _DIGITS else ()
    return Answer(text, True, fact, remarks=remarks)


def _number(fact: StoredFact, said: Said) -> str:
    """The shortest exact notation of what is asked for."""
    if fact.shape.kind == "range":
        if not said.bound:
            raise NoValue("is a range: say low or high")
        number = fact.low if said.bound == "low" else fact.high
    elif said.bound:
        raise NoValue(f"is one number, not a range: leave out {said.bound}")
    else:
        number = None if fact.lexical is None else Decimal(fact.lexical)
    text = None if number is None else canonical(shifted(number, -said.power))
    if text is None:
        raise NoValue("has no such number in the store's columns")
    return text


def _words(fact: StoredFact, date1904: bool | None) -> tuple[str, bool]:
    """The text, and whether it is the number of a day."""
    text = fact.text or ""
    if len(text) > _CHARACTERS:
        raise NoValue(f"is a text of {len(text)} characters, a cell holds {_CHARACTERS}")
    serial = _serial(text, date1904) if fact.shape.kind == "date" and date1904 is not None else None
    return (text, False) if serial is None else (str(serial), True)


def _serial(text: str, date1904: bool) -> int | None:
    """The day number of an ISO date; None for what is none, or lies before the first day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    serial = (day - _FIRST[date1904]).days
    if not date1904 and day < _LEAP_BUG:
        serial -= 1
    return serial if serial >= (0 if date1904 else 1) else None


def date_styles(model: Model) -> frozenset[str]:
    """The numbers, as cells write them, of the styles whose number format shows a date."""
    for part in model.related(model.part, "styles")[:1]:
        root = parse(model.archive, part)
        formats = child(root, "numFmts")
        listed = [] if formats is None else list(children(formats, "numFmt"))
        custom = {item.get("numFmtId", ""): _shows_date(item.get("formatCode", "")) for item in listed}
        styles = child(root, "cellXfs")
        numbers = [] if styles is None else [style.get("numFmtId", "0") for style in children(styles, "xf")]
        return frozenset(str(index) for index, number in enumerate(numbers) if custom.get(number, number in _BUILT_IN_DATES))
    return frozenset()


def _shows_date(code: str) -> bool:
    letters = _NOT_LETTERS.sub("", code.split(";")[0]).casefold()
    return "general" not in letters and ("d" in letters or "y" in letters)
