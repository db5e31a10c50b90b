"""The cover of a workbook of time series: what was asked for, which documents it stands on, and how to read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.series.statement import Frame, marked, title
from exporter.formats.xlsx.series.texts import Texts

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

_WIDTHS = (30, 62, 14, 18, 15, 15)


@dataclass(frozen=True, slots=True)
class Listed:
    """A sheet as the cover lists it."""

    name: str
    about: str
    rows: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, as he wrote it."""

    periods: str
    translation: bool


def write_cover(
    book: Book, sheet: Worksheet, texts: Texts, asked: Asked, listed: Sequence[Listed], remarks: Sequence[str], master: Frame
) -> None:
    """Write the cover; ``remarks``: what did not fit a sheet."""
    needed = {0: [filing.id for filing in (*texts.series.filings, *texts.series.left_out)], 1: [item.about for item in listed]}
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, max([width, *(shapes.text_width(text) + 1 for text in needed.get(at, ()))]))
    word = texts.design.word
    head = title(texts)
    book.text(sheet, 0, 0, word("title_one", issuer=head) if len(texts.series.entities) == 1 else head, "title")
    sheet.set_row(0, 26)
    master.put(book, sheet, 1, 0, texts.design)
    row = 3
    for name, text in _pairs(texts, asked, remarks):
        book.text(sheet, row, 0, name, "key")
        book.text(sheet, row, 1, text)
        row += 1
    row = _documents(book, sheet, texts, row + 1)
    row = _sheets(book, sheet, texts, listed, row + 1)
    _legend(book, sheet, texts, row + 1)
    book.print_setup(sheet, head, 0, -1, 1)
    sheet.activate()


def _pairs(texts: Texts, asked: Asked, remarks: Sequence[str]) -> list[tuple[str, str]]:
    series, word = texts.series, texts.design.word
    issuers = [" · ".join(filter(None, (entity.name, entity.id, entity.accounting, entity.currency))) for entity in series.entities]
    told = len({event.printed.fact.series_id for event in series.texts})
    pairs = [(word("cover_issuer"), issuer) for issuer in issuers]
    pairs += [
        (word("cover_periods"), asked.periods or word("cover_all")),
        (word("cover_vintage"), word(f"vintage_{series.vintage}")),
        (word("cover_as_of"), series.as_of or word("cover_today")),
        (word("cover_translation"), word("translation_in" if asked.translation else "translation_out")),
    ]
    if told:
        pairs.append((word("cover_texts"), word("texts_on_facts", count=told)))
    return [*pairs, *((word("cover_size"), remark) for remark in remarks)]


def _documents(book: Book, sheet: Worksheet, texts: Texts, row: int) -> int:
    """The documents that the figures stand on, and those that were not known by then."""
    series, word = texts.series, texts.design.word
    titles = ("cover_documents", "cover_issuer", "cover_filed", "cover_known", "cover_figures", "cover_failing")
    _header(book, sheet, row, [word(title_) for title_ in titles])
    shown = Counter(cell.shown.filing.key for spot in series.spots if (cell := series.cells[spot]).shown is not None)
    left_out = {filing.key for filing in series.left_out}
    whole = book.format("number", "#,##0")
    for filing in (*series.filings, *series.left_out):
        row += 1
        out = filing.key in left_out
        name = texts.entities[filing.entity].name if filing.entity in texts.entities else filing.entity
        book.text(sheet, row, 0, filing.id)
        book.text(sheet, row, 1, f"{name} — {word('cover_left_out')}" if out else f"{name} · SHA-256 {filing.sha256[:16]}…")
        book.text(sheet, row, 2, filing.filed_at or word("no_date"))
        book.text(sheet, row, 3, f"{filing.known_from:%Y-%m-%d %H:%M}" if filing.known_from else word("no_date"))
        sheet.write_number(row, 4, 0 if out else shown[filing.key], whole)
        sheet.write_number(row, 5, filing.failing, whole)
    return row + 1


def _sheets(book: Book, sheet: Worksheet, texts: Texts, listed: Sequence[Listed], row: int) -> int:
    word = texts.design.word
    _header(book, sheet, row, [word("sheet"), word("contents"), word("rows"), "", "", ""])
    for item in listed:
        row += 1
        book.link(sheet, row, 0, f"{shapes.quoted(item.name)}!A1", item.name)
        book.text(sheet, row, 1, item.about)
        sheet.write_number(row, 2, item.rows, book.format("number", "#,##0"))
    return row + 1


def _legend(book: Book, sheet: Worksheet, texts: Texts, row: int) -> None:
    design = texts.design
    _header(book, sheet, row, [design.word("legend"), "", "", "", "", ""])
    for line in design.legend:
        row += 1
        if isinstance(line.sample, int):
            number = marked(shapes.number_format(0, 0, False), line.mark)
            book.number(sheet, row, 0, Decimal(line.sample), book.format(line.style, number))
        else:
            book.text(sheet, row, 0, line.sample, line.style)
        text = design.layout.pick(line.text)
        book.text(sheet, row, 1, text, "legend")
        sheet.set_row(row, 14 * -(-(shapes.text_width(text) + 4) // _WIDTHS[1]))


def _header(book: Book, sheet: Worksheet, row: int, names: Sequence[str]) -> None:
    for at, name in enumerate(names):
        book.text(sheet, row, at, name, "list_header_right" if at > 3 else "list_header")
