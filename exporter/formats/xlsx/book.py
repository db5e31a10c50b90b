"""The workbook under way: sheets, formats made once, and text that cannot do harm.

Everything that comes from a document goes through :meth:`Book.text`, which writes a string cell and
nothing else: XlsxWriter is never asked to guess what a text might be. Formats are made once for each
mixture of style and additions, for a format is dear and a cell is not.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exporter.errors import FormatError
from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.layout import Layout

if TYPE_CHECKING:
    from xlsxwriter.format import Format

    from exporter.formats.xlsx.package import PackedWorkbook
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

_BORDERS = {"thin": 1, "medium": 2, "double": 6, "hair": 7}
_ALIGN = {"across": "center_across"}
_VALIGN = {"center": "vcenter"}
#: No output contains the clock.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)


class Book:
    """A workbook of one layout. Rows and columns are 0-based, as XlsxWriter has them.

    ``large``: its parts pass through temporary files instead of memory.
    """

    def __init__(self, layout: Layout, large: bool = False) -> None:
        try:
            from exporter.formats.xlsx.package import PackedWorkbook
            from exporter.formats.xlsx.sheet import Sheet
        except ModuleNotFoundError as error:
            raise FormatError("format xlsx: XlsxWriter is not installed; run: pip install XlsxWriter") from error
        default = layout.styles["default"]
        self.layout = layout
        self.workbook: PackedWorkbook = PackedWorkbook(
            io.BytesIO(),
            {
                "in_memory": not large,
                "strings_to_numbers": False,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_format_properties": {"font_name": default["font"], "font_size": default["size"]},
            },
        )
        self._taken: set[str] = set()
        self._formats: dict[Any, Format] = {}
        self._sheet_class = Sheet
        #: Numbers whose sheet already has all the links that Excel takes.
        self.unlinked = 0
        self._cut = layout.word("cut")

    # --- sheets ---------------------------------------------------------------------------------

    def add(self, name: str, tab: str = "") -> tuple[str, Worksheet]:
        """A new sheet; the name is made safe and unique, and returned. ``tab`` colours its tab."""
        safe = shapes.sheet_name(name, self._taken)
        sheet: Worksheet = self.workbook.add_worksheet(safe, worksheet_class=self._sheet_class)
        sheet.hide_gridlines(2)
        if tab:
            sheet.set_tab_color(tab)
        return safe, sheet

    def print_setup(self, sheet: Worksheet, footer: str, first: int, last: int, pages: int = 0, upright: bool = False) -> None:
        """Landscape, or ``upright``, one page wide and ``pages`` high (0: as many as it takes).

        Rows ``first`` to ``last`` stand on top of every page; source, sheet and page in the footer.
        """
        if not upright:
            sheet.set_landscape()
        sheet.set_paper(self.layout.paper)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, pages)
        if last >= first:
            sheet.repeat_rows(first, last)
        source = shapes.clean(footer).replace("&", "&&")[:150]
        sheet.set_footer(f"&L&8{source}&C&8&A&R&8{self.layout.word('footer_page')} &P / &N")

    def properties(self, title: str, subject: str, comments: str) -> None:
        """Document properties, without a clock."""
        self.workbook.set_properties(
            {
                "title": shapes.clean(title)[:255],
                "subject": shapes.clean(subject)[:255],
                "comments": shapes.clean(comments)[:255],
                "author": "exporter",
                "created": _CREATED,
            }
        )

    def close(self) -> bytes:
        """The finished file."""
        from xlsxwriter.exceptions import XlsxWriterException

        try:
            self.workbook.close()
        except XlsxWriterException as error:
            raise FormatError(f"the workbook cannot be written: {error}") from error
        return self.workbook.packed()

    # --- formats --------------------------------------------------------------------------------

    def format(self, style: str, number: str = "", indent: int = 0, rule: str = "", quote: bool = False, bold: bool = False) -> Format:
        """The format of a style with additions, made once."""
        key = (style, number, indent, rule, quote, bold)
        made = self._formats.get(key)
        if made is None:
            made = self._formats[key] = self._make(*key)
        return made

    def _make(self, style: str, number: str, indent: int, rule: str, quote: bool, bold: bool) -> Format:
        styles = self.layout.styles
        if style not in styles:
            raise FormatError(f"workbook layout: styles has no {style!r}; copy it from templates/workbook.yaml")
        spec = {**styles["default"], **styles[style], **self.layout.rules.get(rule, {})}
        properties = _properties(spec)
        if number:
            properties["num_format"] = number
        if indent:
            properties["indent"] = min(indent, 15)
        if bold:
            properties["bold"] = True
        if quote:
            properties["quote_prefix"] = True
        return self.workbook.add_format(properties)

    # --- cells ----------------------------------------------------------------------------------

    def text(self, sheet: Worksheet, row: int, column: int, text: str, style: str = "text", indent: int = 0, rule: str = "") -> None:
        """Write a text, whatever it looks like, as text. An empty one leaves a blank cell of that style."""
        if not text:
            sheet.write_blank(row, column, None, self.format(style, "", indent, rule))
        else:
            self.put(sheet, row, column, self.ready(text, style, indent, rule))

    def ready(self, text: str, style: str, indent: int = 0, rule: str = "") -> tuple[str, Format]:
        """A text as a cell can hold it, with its format: what looks like a formula is quoted (it stays text when edited)."""
        text = self.clean(text)
        return text, self.format(style, "", indent, rule, shapes.risky(text))

    def clean(self, text: str) -> str:
        """A text as a cell can hold it."""
        return shapes.clean(text, self._cut)

    @staticmethod
    def put(sheet: Worksheet, row: int, column: int, ready: tuple[str, Format]) -> None:
        """Write a text that :meth:`ready` made."""
        text, made = ready
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter takes a string of this shape for finished XML, unless it makes the rich text itself.
            sheet.write_rich_string(row, column, made, text[:1], made, text[1:2], made, text[2:], made)
        else:
            sheet.write_string(row, column, text, made)

    def number(self, sheet: Worksheet, row: int, column: int, value: Decimal, made: Format) -> None:
        """Write a number exactly as far as Excel goes; one beyond its range is written as text."""
        if shapes.holds_number(value):
            sheet.write_number(row, column, value, made)
        else:
            sheet.write_string(row, column, str(value), made)

    def point(self, sheet: Worksheet, row: int, column: int, target: str) -> None:
        """Make a cell that is written lead to ``target``; past Excel's limit of links it stands alone."""
        if self.may_link(sheet):
            sheet.links.append((row, column, target))
        else:
            self.unlinked += 1

    def link(self, sheet: Worksheet, row: int, column: int, target: str, text: str, style: str = "link") -> None:
        """A link inside the workbook: ``target`` is ``'Sheet'!A1``. Past Excel's limit a HYPERLINK formula does the same."""
        if self.may_link(sheet):
            sheet.links.append((row, column, target))
            self.text(sheet, row, column, text, style)
        else:
            text = shapes.clean(text, self._cut)
            sheet.write_formula(row, column, shapes.hyperlink(target, text), self.format(style), text[:250])

    @staticmethod
    def may_link(sheet: Worksheet) -> bool:
        """Whether Excel takes one more link on a sheet."""
        return len(sheet.links) < shapes.MAX_LINKS

    def formula(self, sheet: Worksheet, row: int, column: int, text: str, value: Decimal | str, made: Format) -> None:
        """A formula with the value that we worked out for it."""
        sheet.write_formula(row, column, text, made, value if isinstance(value, str) else shapes.cached(value))

    def note(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        """A note on a cell, large enough for its text."""
        text = shapes.clean(text, self._cut)
        lines = sum(1 + len(line) // 44 for line in text.split("\n"))
        sheet.write_comment(row, column, text, {"width": 270, "height": min(14 * lines + 8, 400), "author": "exporter"})

    def name(self, name: str, target: str) -> None:
        """A defined name for ``target``, such as ``'Sheet'!$B$4``. ``'Sheet'!name`` makes a name of that sheet alone."""
        self.workbook.define_name(name, f"={target}")

    @staticmethod
    def index(made: Format) -> int:
        """The number by which a cell names its format."""
        return int(made._get_xf_index())


def _properties(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What XlsxWriter calls the properties of a style."""
    found: dict[str, Any] = {"font_name": spec["font"], "font_size": spec["size"]}
    plain = {"bold": "bold", "italic": "italic", "color": "font_color", "fill": "bg_color", "wrap": "text_wrap", "indent": "indent"}
    for ours, theirs in (plain | {"format": "num_format", "underline": "underline"}).items():
        if ours in spec:
            found[theirs] = spec[ours]
    if "align" in spec:
        found["align"] = _ALIGN.get(spec["align"], spec["align"])
    if "valign" in spec:
        found["valign"] = _VALIGN.get(spec["valign"], spec["valign"])
    for side in ("top", "bottom"):
        if side in spec:
            found[side] = _BORDERS[spec[side]]
            if "rule" in spec:
                found[f"{side}_color"] = spec["rule"]
    return found
