"""Pure functions: number formats, widths, and text that a workbook can hold.

A number format shows, it never changes: the cell holds the full value, and ``#,##0,`` shows it in
thousands (ECMA-376 part 1, 18.8.30; a comma after the last digit place divides by a thousand).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
MAX_LINKS = 65_530
#: Excel keeps 15 significant digits of a number.
MAX_DIGITS = 15
_SEVENTEEN = Context(prec=17)
_EPOCH = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)  # earlier serials are off by one in Excel, which holds 1900 for a leap year
_MAX_PLACES = 15

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_RISKY = tuple("=+-@\t\r")


def clean(text: str, cut: str = "…") -> str:
    """Text as a cell can hold it, nothing lost in silence.

    Control characters become their pictures (U+2400 block), what XML 1.0 forbids U+FFFD, and what
    is longer than a cell holds is cut with ``cut`` at its end, in which ``{count}`` is the number of characters.
    """
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub(_picture, text)
    if len(text) * 2 > MAX_TEXT and _units(text) > MAX_TEXT:
        keep = (MAX_TEXT - 100) // 2 if not text.isascii() else MAX_TEXT - 100
        text = text[:keep] + cut.replace("{count}", str(len(text) - keep))
    return text


def risky(text: str) -> bool:
    """Whether a program that reads the text anew (typed, or as CSV) could take it for a formula."""
    return text.startswith(_RISKY)


def sheet_name(text: str, taken: set[str]) -> str:
    """A name that Excel takes: 31 units, none of ``[]:*?/\\``, no outer apostrophe, unique without case.

    The name is added to ``taken``, which holds casefolded names. "History" is reserved by Excel.
    """
    plain = _cut(" ".join(_SHEET_NAME.sub(" ", clean(text)).split()).strip("' "), 31).rstrip("' ") or "Sheet"
    name, number = plain, 1
    while name.casefold() in taken or name.casefold() == "history":
        number += 1
        name = f"{_cut(plain, 28 - len(str(number)))} ({number})"
    taken.add(name.casefold())
    return name


def quoted(name: str) -> str:
    """A sheet name as formulas and links spell it."""
    return "'" + name.replace("'", "''") + "'"


def column_name(index: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


@lru_cache(maxsize=1024)
def number_format(decimals: int | None, scale: int, percent: bool) -> str:
    """The format that shows a full-scale value with the printed places, at the printed scale.

    Negatives in parentheses, zero a dash, digits aligned by the width of a parenthesis. A scale
    that is no power of a thousand (such as 10,000) cannot be shown by a format: then unscaled.
    """
    if percent:
        body = "0" + _fraction((decimals or 2) - 2) + "%"
    else:
        shift = shown_scale(scale)
        body = "#,##0" + _fraction((decimals or 0) + shift) + "," * (shift // 3)
    return f'{body}_);({body});"–"_)'


def shown_scale(scale: int) -> int:
    """The power of ten that a number format can show for a printed scale: a multiple of three, or 0."""
    return scale if scale > 0 and scale % 3 == 0 else 0


def shown_length(value: Decimal, decimals: int | None, scale: int, percent: bool) -> int:
    """How many characters :func:`number_format` shows of a value."""
    places = max((decimals or 2) - 2, 0) if percent else max((decimals or 0) + shown_scale(scale), 0)
    digits = max(value.adjusted() + 1 + (2 if percent else -shown_scale(scale)), 1) if value else 1
    return digits + (0 if percent else (digits - 1) // 3) + (places + 1 if places else 0) + 2 + percent


def places_of(value: Decimal) -> int:
    """How many digits stand after the point."""
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def digits_of(value: Decimal) -> int:
    """How many significant digits a value has, without zeros at its ends."""
    return len(str(abs(int(value.scaleb(places_of(value))))).rstrip("0"))


def too_long(value: Decimal) -> bool:
    """Whether a value has more significant digits than Excel keeps."""
    return len(value.as_tuple().digits) > MAX_DIGITS and digits_of(value) > MAX_DIGITS


def holds_number(value: Decimal) -> bool:
    """Whether a cell can hold the value as a number at all."""
    return value.is_finite() and value.adjusted() < 307


def cached(value: Decimal) -> int | Decimal:
    """A value as the result of a formula: whole ones as int, for a Decimal such as 1.5E+6 spells out its exponent."""
    return int(value) if value == value.to_integral_value() else _SEVENTEEN.plus(value)


def spelled(value: Decimal) -> str:
    """A number as a cell spells it: all its digits up to the 17 that tell two binary numbers apart, and no exponent."""
    text = format(value, "f")
    return text if len(text) <= 17 else format(value, ".17G")


def area(sheet: str, top: int, left: int, bottom: int, right: int) -> str:
    """A range as defined names spell it; rows and columns are 0-based."""
    return f"{quoted(sheet)}!${column_name(left)}${top + 1}:${column_name(right)}${bottom + 1}"


def literal(text: str) -> str:
    """A text as a formula spells it."""
    return '"' + text.replace('"', '""') + '"'


def hyperlink(target: str, text: str) -> str:
    """The formula of a link inside the workbook; its texts are cut to what a formula can hold."""
    return f"=HYPERLINK({literal(f'#{target}')},{literal(text[:250])})"


def serial(day: date) -> int | None:
    """The number by which Excel knows a day, or None before March 1900."""
    return (day - _EPOCH).days if day >= _FIRST_DAY else None


def text_width(text: str, bold: bool = False) -> int:
    """The width of the longest line, in widths of a digit, rounded up, by the metrics of Arial (and Liberation Sans)."""
    if "\n" in text:
        return max(text_width(line, bold) for line in text.split("\n"))
    units = sum(map(_ADVANCE.__getitem__, text))
    return -(-units * (108 if bold else 100) // 55600)


def fixed_width(text: str) -> int:
    """The width of a text in a font of one width for all, in widths of a digit; a Chinese character is two wide."""
    return len(text) if text.isascii() else sum(2 if _ADVANCE[char] > 1000 else 1 for char in text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def _units(text: str) -> int:
    """UTF-16 units, by which Excel counts."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def _cut(text: str, units: int) -> str:
    """The beginning of a text, at most so many UTF-16 units long."""
    text = text[:units]
    while _units(text) > units:
        text = text[:-1]
    return text


def _fraction(places: int) -> str:
    return "." + "0" * min(places, _MAX_PLACES) if places > 0 else ""


class _Widths(dict[str, int]):
    """Widths of characters; one that is not listed is as wide as a Chinese one, in ASCII as a digit."""

    def __missing__(self, char: str) -> int:
        return 556 if char.isascii() else 1112


# Advance widths of Arial in thousandths of an em, by characters of equal width; a digit is 556.
_ADVANCE = _Widths(
    (char, width)
    for width, chars in {
        191: "'", 222: "ijl‘’", 260: "|", 278: " !,./:;I[\\]ft·", 333: "()-`r", 334: "{}", 355: '"', 389: "*", 469: "^", 500: "Jckvxyzs",
        556: "#$0123456789?L_abdeghnopqu–", 584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%",
        944: "W", 1000: "—…⚠", 1015: "@",
    }.items()
    for char in chars
)  # fmt: skip
