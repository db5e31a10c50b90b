"""The sheets that are tables: Facts and Changes. One row a thing, with filters; what does not fit goes on in a further sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.series.texts import Texts
from exporter.formats.xlsx.stream import RowWriter, Value
from exporter.series import Cell, Change, Key, Series
from exporter.series.changes import exact
from exporter.series.nouns import Event, Spot
from exporter.values import EXACT, plain

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

HEAD = 2  # the link back, and the header
#: Title, width, and whether a column is right-aligned.
Titles: TypeAlias = "Sequence[tuple[str, int]]"

FACTS: Titles = (
    ("entity_id", 16), ("concept_id", 38), ("label", 38), ("fiscal_period", 13), ("period_start", 12), ("period_end", 12), ("unit_id", 22),
    ("dimensions", 30), ("value", 26), ("value_exact", 26), ("value_low", 26), ("value_high", 26), ("value_text", 22), ("decimals", 10),
    ("basis", 10), ("scenario", 12), ("origin", 10), ("used", 10), ("relation", 12), ("document_id", 22), ("filed_at", 14), ("locator", 10),
    ("raw", 18), ("label_as_reported", 38), ("derivation", 30), ("fact_id", 36), ("series_id", 36),
)  # fmt: skip
CHANGES: Titles = (
    ("change", 12), ("entity_id", 16), ("label", 44), ("concept_id", 38), ("period", 22), ("unit", 18), ("old", 26), ("new", 26),
    ("difference", 26), ("document_id", 24),
)  # fmt: skip

_LOOKED_AT = 2_000  # rows whose texts are measured
_WIDEST = 100
Row: TypeAlias = "tuple[Value, ...]"
_EXACT = ("value_exact", "old", "new")  # numbers as text, on the right like numbers


def write_table(
    book: Book, sheet: Worksheet, name: str, about: str, cover: str, titles: Titles, rows: Callable[[], Iterable[Row]], count: int
) -> None:
    """A table of ``count`` rows with filters under a link back; nothing but its head where there are none.

    ``rows`` makes the rows anew at each call: once for a look at the widths of the first ones, once to stream them all.
    """
    book.link(sheet, 0, 0, f"{shapes.quoted(cover)}!A1", book.layout.word("back"))
    book.text(sheet, 0, 1, about, "subtitle")
    header = book.format("list_header")
    for at, width in enumerate(_widths(titles, islice(rows(), _LOOKED_AT))):
        sheet.set_column(at, at, width)
    if count:
        writer = RowWriter(book, sheet, ["exact" if title in _EXACT else "text" for title, _ in titles])
        heads = [{"header": title, "header_format": header} for title, _ in titles]
        sheet.stream(HEAD - 1, count, heads, name, writer.rows(HEAD, ((row, "") for row in rows())))
    else:
        for at, (title, _) in enumerate(titles):
            sheet.write_string(HEAD - 1, at, title, header)
        book.text(sheet, HEAD, 0, book.layout.word("nothing"), "key")
    sheet.set_row(HEAD - 1, 22)
    sheet.freeze_panes(HEAD, 1)
    book.print_setup(sheet, about, HEAD - 1, HEAD - 1)


def _widths(titles: Titles, rows: Iterable[Row]) -> list[int]:
    """The columns' widths: that of the list, more where a text needs it."""
    widths = [width for _, width in titles]
    for row in rows:
        for at, value in enumerate(row):
            if isinstance(value, str) and len(value) > widths[at] * 3 // 4:
                widths[at] = min(max(widths[at], shapes.text_width(value) + 1), _WIDEST)
    return widths


def _shown(value: Decimal | None) -> Value:
    """A number with the format that shows all of it."""
    return None if value is None else (value, shapes.number_format(shapes.places_of(value), 0, False))


# --- facts ------------------------------------------------------------------------------------------


def fact_count(texts: Texts) -> int:
    """How many rows :func:`fact_rows` has."""
    series = texts.series
    return sum(len(series.cells[spot].events) or 1 for spot in series.spots) + len(series.texts)


def fact_places(series: Series) -> dict[Spot, int]:
    """By figure, which row of :func:`fact_rows` (from 0) is the print that is shown, or what it is derived from."""
    places: dict[Spot, int] = {}
    row = 0
    for spot in series.spots:
        cell = series.cells[spot]
        places[spot] = row + next((at for at, event in enumerate(cell.events) if event is cell.shown), 0)
        row += len(cell.events) or 1
    return places


def fact_rows(texts: Texts) -> Iterator[Row]:
    """Every print of every shown figure, those that are derived in their place, then texts and dates."""
    series = texts.series
    for key, entity, period in series.spots:
        cell = series.cells[key, entity, period]
        if cell.shown is None:
            yield _derived_row(texts, key, entity, cell, period.start, period.end, texts.period(entity, period))
        for event in cell.events:
            yield _fact_row(texts, key, event, event is cell.shown)
    for event in series.texts:
        aspects = event.printed.fact.aspects
        key = Key(aspects.concept, aspects.unit, aspects.dimensions, aspects.kind, aspects.basis, aspects.scenario)
        yield _fact_row(texts, key, event, shown=False)


def _fact_row(texts: Texts, key: Key, event: Event, shown: bool) -> Row:
    fact, filing = event.printed.fact, event.filing
    aspects = fact.aspects
    return (
        aspects.entity, aspects.concept, texts.name(key), texts.period(aspects.entity, aspects.period), aspects.period.start,
        aspects.period.end, aspects.unit, _dimensions(aspects.dimensions), _shown(fact.value), exact(fact),
        _shown(fact.low), _shown(fact.high), fact.text, fact.decimals, aspects.basis, aspects.scenario, fact.origin,
        "shown" if shown else "history", event.kind, filing.id, filing.filed_at, fact.place.locator,
        event.printed.raw, fact.label, "", fact.fact_id, fact.series_id,
    )  # fmt: skip


def _derived_row(texts: Texts, key: Key, entity: str, cell: Cell, start: date | None, end: date, label: str) -> Row:
    value = cell.value
    return (
        entity, key.concept, texts.name(key), label, start, end, texts.own(key.unit, entity), _dimensions(key.dimensions), _shown(value),
        "" if value is None else plain(value), None, None, "", cell.decimals, key.basis, key.scenario, "derived",
        "shown", "", "", "", "", "", "", texts.formula(entity, cell), "", "",
    )  # fmt: skip


def _dimensions(dimensions: tuple[tuple[str, str], ...]) -> str:
    return "|".join(f"{axis}={member}" for axis, member in sorted(dimensions))


# --- changes ----------------------------------------------------------------------------------------


def change_rows(texts: Texts) -> Iterator[Row]:
    """The changes, restatements first."""
    order = ("restated", "differs", "removed", "refined", "new")
    for change in sorted(texts.series.changes, key=lambda change: order.index(change.kind)):
        yield _change_row(texts, change)


def _change_row(texts: Texts, change: Change) -> Row:
    return (
        texts.design.word(f"change_{change.kind}"), change.entity, texts.name(change.key), change.key.concept,
        texts.period(change.entity, change.period), texts.measure(change.key.unit), change.old, change.new, _difference(change),
        change.filing,
    )  # fmt: skip


def _difference(change: Change) -> Value:
    """New less old, where both are numbers."""
    numbers = [text for text in (change.old, change.new) if text and ".." not in text and text.strip("-").replace(".", "", 1).isdigit()]
    return _shown(EXACT.subtract(Decimal(change.new), Decimal(change.old))) if len(numbers) == 2 else None


def against(texts: Texts) -> str:
    """What the changes are against."""
    word, series = texts.design.word, texts.series
    if not series.against:
        return word("changes_none")
    return word("changes_build" if series.earlier_build else "changes_against", text=series.against)
