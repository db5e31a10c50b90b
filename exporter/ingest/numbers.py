"""How a document writes numbers: "1,234.5", or "1.234,5" as in most of continental Europe.

Told by the cells that can be read one way only. Where none is, "20.118" may be twenty thousand or
twenty: such a document is "open", and what can be read both ways stays unread.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from exporter.ingest.document import Block, TableBlock

Style = Literal["point", "comma", "open"]

#: "1,234.5" "1'234.5" "1,20,418.20" "1234.5" ".5": the point ends the whole units.
_POINT = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:['\u2019]\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
#: "1.234,5": the comma does.
_COMMA = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?)"
#: Neither is told: one mark in front of three digits stays unread.
_OPEN = r"(?:\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d+(?!\.\d{3}(?!\d))(?:\.\d+)?|\.\d+)"
PATTERNS: dict[Style, str] = {"point": _POINT, "comma": _COMMA, "open": _OPEN}

_ONLY_POINT = r"\d{1,3}(?:,\d{3})*,\d{3}\.\d+|\d{1,3}(?:,\d{3}){2,}|\d+\.(?:\d{1,2}|\d{4,})|0\.\d+|\d{4,}\.\d+"
_ONLY_COMMA = r"\d{1,3}(?:\.\d{3})*\.\d{3},\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,(?:\d|\d{4,})|\d{2,},\d{2}|0,\d+|\d{4,},\d+"
#: One number and no other digit; a figure that fits none of the three tells nothing.
_TELLING = re.compile(rf"[^\d.,]*(?:(?P<point>{_ONLY_POINT})|(?P<comma>{_ONLY_COMMA})|(?P<dotted>[1-9]\d{{0,2}}\.\d{{3}}))[^\d.,]*")


def style_of(blocks: Iterable[Block]) -> Style:
    """The style of the cells of all tables; a comma needs clear evidence, for "3,12" may be two notes."""
    cells = {cell.text for block in blocks if isinstance(block, TableBlock) for row in block.rows for cell in row.cells}
    told = Counter([match.lastgroup for text in cells if ("." in text or "," in text) and (match := _TELLING.fullmatch(text))])
    point, comma, dotted = told["point"], told["comma"], told["dotted"]
    if comma > point:
        return "open" if point else "comma"
    return "open" if comma * 5 > point or (dotted and not point) else "point"


def plain_digits(printed: str, style: Style) -> str:
    """Printed digits without marks between groups, with a point before the fraction."""
    if style == "comma":
        return printed.replace(".", "").replace(",", ".")
    return printed.replace(",", "").replace("'", "").replace("\u2019", "")
