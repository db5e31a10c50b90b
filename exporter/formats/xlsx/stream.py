"""Rows of a data sheet as finished XML: one pass over the columns' values, nothing kept.

A cell of a long table is a text, a whole number, a day, a figure with its number format, or a formula with its value. Texts
are written into the sheet itself, not into the workbook's table of shared strings, which would have to be held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from exporter.formats.xlsx import shapes

if TYPE_CHECKING:
    from exporter.formats.xlsx.book import Book
    from exporter.formats.xlsx.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and its value, worked out by us; shown in ``style`` with the number format ``number``."""

    text: str
    value: Decimal | str
    style: str = "linked"
    number: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to ``target``, as in ``'Sheet'!A1``."""

    text: str
    target: str


#: A number with the format that shows it.
Shown: TypeAlias = tuple[Decimal, str]
Value: TypeAlias = "str | int | date | Shown | Formula | Link | None"

_ESCAPED = re.compile("[&<>_]")
_CODE = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
_BATCH = 128  # rows that are handed over as one text
_KNOWN = 4096  # texts of a column whose XML is remembered


def escape(text: str) -> str:
    """Clean text as the content of an element; what looks like Excel's ``_x0041_`` stays what it is."""
    if not _ESCAPED.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CODE.sub("_x005F_", text) if "_x" in text else text


class RowWriter:
    """Turns the values of rows into XML. ``styles`` names the style of the texts of each column; links go to ``sheet``."""

    def __init__(self, book: Book, sheet: Sheet, styles: Sequence[str]) -> None:
        self._book, self._sheet, self._styles = book, sheet, styles
        self._letters = [shapes.column_name(at) for at in range(len(styles))]
        self._indices: dict[tuple[str, str, bool], str] = {}
        self._texts: list[dict[str, str]] = [{} for _ in styles]

    def rows(self, first: int, rows: Iterable[tuple[Sequence[Value], str]]) -> Iterator[str]:
        """The rows from 0-based ``first`` on, each with its height in points ("": the usual one); many rows in one text."""
        made: list[str] = []
        columns = list(zip(self._letters, self._texts, range(len(self._letters)), strict=True))
        for number, (values, height) in enumerate(rows, first + 1):
            made.append(f'<row r="{number}" ht="{height}" customHeight="1">' if height else f'<row r="{number}">')
            for value, (letter, known, at) in zip(values, columns, strict=True):
                if isinstance(value, str):
                    if value:
                        made.append(f'<c r="{letter}{number}" {known.get(value) or self._text(at, value)}')
                elif value is not None:
                    made.append(f'<c r="{letter}{number}" {self._other(at, number, value)}')
            made.append("</row>")
            if number % _BATCH == 0:
                yield "".join(made)
                made.clear()
        yield "".join(made)

    def _style(self, style: str, number: str = "", quote: bool = False) -> str:
        found = self._indices.get((style, number, quote))
        if found is None:
            found = self._indices[style, number, quote] = f's="{self._book.index(self._book.format(style, number, quote=quote))}"'
        return found

    def _text(self, at: int, text: str, style: str = "") -> str:
        shown = self._book.clean(text)
        kept = ' xml:space="preserve"' if shown[:1].isspace() or shown[-1:].isspace() else ""
        cell = f'{self._style(style or self._styles[at], "", shapes.risky(shown))} t="inlineStr"><is><t{kept}>{escape(shown)}</t></is></c>'
        known = self._texts[at]
        if len(known) > _KNOWN:
            known.clear()
        if not style:
            known[text] = cell
        return cell

    def _number(self, value: Decimal, shown: str) -> str:
        style = self._style("number", shown)
        if shapes.holds_number(value):
            return f"{style}><v>{shapes.spelled(value)}</v></c>"
        return f'{style} t="inlineStr"><is><t>{value}</t></is></c>'

    def _other(self, at: int, number: int, value: Value) -> str:
        if isinstance(value, tuple):
            return self._number(*value)
        if isinstance(value, int):
            return f"{self._style('number', '0_)_)')}><v>{value}</v></c>"
        if isinstance(value, date):
            serial = shapes.serial(value)
            return self._text(at, value.isoformat()) if serial is None else f"{self._style('date')}><v>{serial}</v></c>"
        if isinstance(value, Link):
            return self._link(at, number, value)
        return self._formula(value) if isinstance(value, Formula) else "/>"

    def _link(self, at: int, number: int, link: Link) -> str:
        """A link of the sheet; past Excel's limit of them a HYPERLINK formula, which does the same."""
        if self._book.may_link(self._sheet):
            self._sheet.links.append((number - 1, at, link.target))
            return self._text(at, link.text, "place")
        return self._formula(Formula(shapes.hyperlink(link.target, link.text), link.text, "place"))

    def _formula(self, formula: Formula) -> str:
        style = self._style(formula.style, formula.number)
        text = escape(formula.text.removeprefix("="))
        if isinstance(formula.value, str):
            return f'{style} t="str"><f>{text}</f><v>{escape(shapes.clean(formula.value))}</v></c>'
        return f"{style}><f>{text}</f><v>{shapes.spelled(formula.value)}</v></c>"
