"""The sheet of checks over time: what printed periods imply of each other, as live formulas."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.series.grid import Grid, Page
from exporter.formats.xlsx.series.statement import Frame
from exporter.formats.xlsx.series.texts import Texts
from exporter.model import Period
from exporter.series import Relation
from exporter.values import EXACT

_TESTED, _FAILING, _HEADER = 2, 3, 5
HEAD = _HEADER + 1
_TITLES = (
    ("verdict", 11), ("relation", 50), ("concept", 50), ("entity", 18), ("whole", 12), ("parts", 42), ("printed", 20), ("sum", 20),
    ("difference", 16), ("allowed", 16),
)  # fmt: skip
_FIRST_NUMBER = 6
_NUMBER = shapes.number_format(0, 0, False)


def frame(pages: Sequence[Page], relations: Sequence[Relation], cover: str) -> Frame:
    """Where the checks are counted."""
    first = shapes.quoted(pages[0].name)
    bad = sum(not relation.holds for relation in relations)
    return Frame(cover, f"{first}!$B${_FAILING + 1}", f"{first}!$B${_TESTED + 1}", len(relations), bad)


def write_checks(book: Book, texts: Texts, grid: Grid, pages: Sequence[Page], lots: Sequence[Sequence[Relation]], master: Frame) -> None:
    """All pages; the first one counts the verdicts of all."""
    for page, lot in zip(pages, lots, strict=True):
        _write_page(book, texts, grid, page, lot, master)
    ranges = [f"{shapes.quoted(page.name)}!$A${HEAD + 1}:$A${HEAD + len(lot)}" for page, lot in zip(pages, lots, strict=True) if lot]
    sheet, word = pages[0].sheet, texts.design.word
    made = book.format("date", "0")
    for at, name, counted, value in (
        (_TESTED, "check_count", [f"COUNTA({cells})" for cells in ranges], master.count),
        (_FAILING, "check_failing", [f"COUNTIF({cells},{shapes.literal(word('fails'))})" for cells in ranges], master.bad),
    ):
        book.text(sheet, at, 0, word(name), "key")
        if counted:
            book.formula(sheet, at, 1, "=" + "+".join(counted), Decimal(value), made)
        else:
            sheet.write_number(at, 1, 0, made)


def _write_page(book: Book, texts: Texts, grid: Grid, page: Page, lot: Sequence[Relation], master: Frame) -> None:
    sheet, word = page.sheet, texts.design.word
    book.text(sheet, 0, 0, word("check_head"), "title")
    sheet.set_row(0, 24)
    master.put(book, sheet, 1, 1, texts.design)
    book.link(sheet, 1, 0, f"{shapes.quoted(master.cover)}!A1", word("back"))
    words = {relation: _words(texts, relation) for relation in lot}
    for at, (title, width) in enumerate(_TITLES):
        shown = (shapes.text_width(told[at - 1]) + 1 for told in words.values()) if 0 < at < _FIRST_NUMBER else ()
        sheet.set_column(at, at, max([width, *shown]))
        style = "list_header_right" if at >= _FIRST_NUMBER else "list_header"
        book.text(sheet, _HEADER, at, word(f"check_{title}"), style)
    for row, relation in enumerate(lot, HEAD):
        for at, text in enumerate(words[relation], 1):
            book.text(sheet, row, at, text)
        _write_relation(book, texts, grid, page, row, relation)
    if lot:
        sheet.autofilter(_HEADER, 0, _HEADER + len(lot), len(_TITLES) - 1)
    sheet.freeze_panes(HEAD, 2)
    book.print_setup(sheet, page.name, _HEADER, _HEADER)


def _words(texts: Texts, relation: Relation) -> tuple[str, ...]:
    """What is said of a relation before its numbers."""
    key, entity = relation.key, relation.entity
    parts = " + ".join(texts.period(entity, period) for period in relation.parts)
    return texts.name(key), key.concept, entity, texts.period(entity, relation.whole), parts


def _write_relation(book: Book, texts: Texts, grid: Grid, page: Page, row: int, relation: Relation) -> None:
    sheet, series, word = page.sheet, texts.series, texts.design.word
    key, entity = relation.key, relation.entity

    def address(period: Period) -> str:
        return grid.home(key, "", entity, period, page)

    whole = series.cells[key, entity, relation.whole].value
    if whole is None:
        return
    cells = [address(period) for period in (relation.whole, *relation.parts)]
    total = EXACT.subtract(whole, relation.difference)
    linked, plain = book.format("repeated", _NUMBER), book.format("formula", _NUMBER)
    if all(cells):
        book.formula(sheet, row, 6, f"={cells[0]}", whole, linked)
        book.formula(sheet, row, 7, f"={'+'.join(cells[1:])}", total, linked)
    else:  # the layout leaves the statement out
        book.number(sheet, row, 6, whole, plain)
        book.number(sheet, row, 7, total, plain)
    book.formula(sheet, row, 8, f"=G{row + 1}-H{row + 1}", relation.difference, plain)
    book.number(sheet, row, 9, relation.tolerance, book.format("number", _NUMBER))
    verdict = word("holds" if relation.holds else "fails")
    made = book.format("text" if relation.holds else "status")
    verdicts = f"{shapes.literal(word('holds'))},{shapes.literal(word('fails'))}"
    # Rounded, for a spreadsheet's 0.3-0.24 is not its 0.06.
    book.formula(sheet, row, 0, f"=IF(ROUND(ABS(I{row + 1})-J{row + 1},6)<=0,{verdicts})", verdict, made)
