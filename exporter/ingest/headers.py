"""Columns: what the printed headers of a grid say about each logical column.

A grid is cut into parts, each with its own header block; a part without one inherits the columns of
the part before it. Headers are stacked from top to bottom; a cell without a span reaches to the next
one on its right. Where that reading gives two columns the same meaning, the groups are spread evenly
if their sub-headers repeat; else the columns without a header of their own stay undetermined.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import NamedTuple

from exporter.ingest.grid import Band, Grid, GridRow, Slot, bands, unread
from exporter.ingest.lexicon import Lexicon
from exporter.ingest.periods import Said, read_header
from exporter.values import is_month_end, strip_marks

_YEARS = 4

#: What stands over a column under "Change" and tells how the change is counted.
_CHANGE_SIGNS = frozenset(("$", "%", "$ %"))


@dataclass(frozen=True, slots=True)
class Head:
    """A logical column: its band, its header texts from top to bottom, and what they say together."""

    band: Band
    texts: tuple[str, ...]
    said: Said
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A run of rows under one header block. ``notes``: label texts that stood in the header rows; ``title``: the row right
    above these, inside the table, that names the statement which begins there."""

    grid: Grid
    number: int
    heads: tuple[Head, ...]
    rows: tuple[GridRow, ...]
    notes: tuple[str, ...]
    own_header: bool
    title: str = ""


@dataclass(frozen=True, slots=True)
class _HeaderRow:
    row: GridRow
    cells: tuple[tuple[Slot, Said], ...]


HeaderRows = tuple[_HeaderRow | None, ...]


class _Around(NamedTuple):
    """What holds for all parts of a grid: the part before it, the heading above it, and the names of measures."""

    before: Part | None
    heading: Said | None
    measures: frozenset[str]


def header_rows(grid: Grid, lexicon: Lexicon) -> HeaderRows:
    """What each row of a grid says as a header row; None for a row that is none."""
    return tuple([_header_row(row, lexicon) for row in grid.rows])


def header_cells(headers: HeaderRows) -> list[Said]:
    """Every header cell of a grid, for the calendar."""
    return [said for row in headers if row is not None for said in _inherit_day(row)]


def parts(grid: Grid, headers: HeaderRows, lexicon: Lexicon, before: Part | None, heading: Said | None) -> list[Part]:
    """The parts of a grid. ``before`` lends its columns to a part without a header; ``heading`` is
    what the heading above the table says, for tables whose headers lack the span of time."""
    around = _Around(before, heading, lexicon.measures)
    found: list[Part] = []
    header: list[_HeaderRow] = []
    body: list[GridRow] = []
    valued = False  # whether a row of the body has a figure or a dash
    title = ""

    def close() -> None:
        if not body:
            return
        found.append(replace(_part(grid, header, body, found, around), title=title))

    for row, said in zip(grid.rows, headers, strict=True):
        read = said or (None if valued else _name_row(row, lexicon))
        if read is None:
            body.append(row)
            valued = valued or bool(row.values)
            continue
        if valued and any(cell.timed or cell.change or cell.bound or cell.guidance for _, cell in read.cells):
            following = body.pop().label if _names_statement(body[-1], lexicon) else ""
            close()
            header, body, valued, title = [], [], False, following
        header.append(read)
    close()
    return found


def _names_statement(row: GridRow, lexicon: Lexicon) -> bool:
    """Whether a row is the title of what comes below it."""
    return not row.values and len(row.slots) == 1 and bool(lexicon.statement_of(row.label))


def _header_row(row: GridRow, lexicon: Lexicon) -> _HeaderRow | None:
    """The row as a header row, or None. Bare years count as headers where nothing else is a figure."""
    if any(slot.dash or (slot.figure is not None and not _bare_year(slot)) for slot in row.slots):
        return None
    cells: list[tuple[Slot, Said]] = []
    for slot in row.slots:
        said = read_header(strip_marks(slot.text), lexicon)
        if slot.col == 0 and (said.rest or not said.says or lexicon.scale(slot.text)):
            continue
        if slot.col > 0 and _amount(said):
            return None
        if slot.text in _CHANGE_SIGNS:
            said = said._replace(rest="", percent=slot.text == "%")
        elif not said.says and said.rest and slot.col > 0 and not _wordy(slot.text):
            return None
        cells.append((slot, said))
    if not any(said.says for _, said in cells):
        return None
    if all(slot.col == 0 for slot, _ in cells) and len(row.slots) == 1 and not cells[0][1].timed:
        return None
    return None if _named_row(row, cells, lexicon) else _HeaderRow(row, tuple(cells))


def _named_row(row: GridRow, cells: list[tuple[Slot, Said]], lexicon: Lexicon) -> bool:
    """Whether what looks like a header is a row with its name: years behind a label, or a label alone."""
    first = cells[0]
    if len(row.slots) == 1 and first[0].col == 0 and not _span_only(first[1]):
        return True
    named = bool(row.label) and row.slots[0].col == 0 and first[0].col > 0
    return named and all(_bare_year(slot) for slot, _ in cells) and not _caption(row.label, lexicon)


def _amount(said: Said) -> bool:
    """Whether a cell that names a currency holds an amount that was not read, and is no header."""
    return bool(said.currency) and not said.timed and any(char.isdigit() for char in said.rest)


def _name_row(row: GridRow, lexicon: Lexicon) -> _HeaderRow | None:
    """A row that names columns ("GAAP", "Adjustments") and no time: two texts or more, and no row's name before them."""
    names = [slot for slot in row.slots if slot.col > 0]
    if len(names) < 2 or any(slot.figure or slot.dash or unread(slot) for slot in row.slots):
        return None
    if len(names) < len(row.slots) and not _caption(row.label, lexicon):
        return None
    return _HeaderRow(row, tuple((slot, read_header(strip_marks(slot.text), lexicon)) for slot in names))


def _caption(label: str, lexicon: Lexicon) -> bool:
    """Whether a label in front of years is a caption ("(In millions)") and not the name of a row."""
    plain = label.strip()
    return plain.startswith("(") or plain.isupper() or lexicon.scale(plain.casefold()) is not None


def _span_only(said: Said) -> bool:
    return bool((said.months or said.weeks) and not said.rest)


def _wordy(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _bare_year(slot: Slot) -> bool:
    figure = slot.figure
    text = strip_marks(slot.text)
    return figure is not None and len(text) == 4 and text.isdigit() and 1900 < int(text) < 2100


def _part(grid: Grid, header: list[_HeaderRow], body: list[GridRow], found: list[Part], around: _Around) -> Part:
    number, before, heading = len(found) + 1, found[-1] if found else around.before, around.heading
    columns = bands(body)
    notes = tuple(row.row.label for row in header if row.row.label)
    if not header:
        heads = _inherited(columns, before)
        return Part(grid, number, heads, tuple(body), notes, False)
    heading = _named_span(header, columns) or heading
    stacks = _stacks(_aligned(header, columns), columns, grid.spanned)
    heads = tuple(_head(band, stack, heading) for band, stack in zip(columns, stacks, strict=True))
    if heading is not None and heading.day and _of_measures(heads, around.measures):
        heads = tuple([replace(head, said=head.said.under(heading)) for head in heads])
    heads = _settle(heads, header, columns, grid.spanned, heading)
    if grid.spanned and _drifts(_aligned(header, columns), columns):
        heads = tuple([replace(head, certain=False) for head in heads])
    return Part(grid, number, heads, tuple(body), notes, True)


def _of_measures(heads: tuple[Head, ...], measures: frozenset[str]) -> bool:
    """Whether columns stand for measures ("GAAP", "Adjustments", "Non-GAAP") of the one period that the title tells."""
    return any(head.said.rest in measures for head in heads) and not any(head.said.timed for head in heads)


def _drifts(header: list[_HeaderRow], columns: tuple[Band, ...]) -> bool:
    """Whether a header row has a cell for each column and they do not stand one over the other: a table made by hand,
    whose spans do not add up."""
    for row in header:
        if len(row.cells) == len(columns) and row.cells[-1][0].col > 0:
            over = [[band for band in columns if slot.col < band.end and band.col < slot.end] for slot, _ in row.cells]
            if any(len(hits) > 1 for hits in over) or (any(slot.end - slot.col > 1 for slot, _ in row.cells) and not all(over)):
                return True
    return False


def _inherited(columns: tuple[Band, ...], before: Part | None) -> tuple[Head, ...]:
    """The columns of the part before, where they lie one to one over these; else none is certain."""
    lent = before.heads if before else ()
    pairs = [[head for head in lent if head.band.col < band.end and band.col < head.band.end] for band in columns]
    if any(len(hits) != 1 for hits in pairs) or len({id(hits[0]) for hits in pairs}) != len(pairs):
        return tuple(Head(band, (), Said(), False) for band in columns)
    return tuple(replace(hits[0], band=band) for band, hits in zip(columns, pairs, strict=True))


def _aligned(header: list[_HeaderRow], columns: tuple[Band, ...]) -> list[_HeaderRow]:
    """Header rows that lack the label field are moved one column to the right, where they fit there;
    else a cell over the labels ("RMB in thousands") heads no column."""
    out = []
    for row in header:
        cells = row.cells
        if cells[0][0].col == 0 and columns and columns[0].col > 0:
            fits = _fits(cells, columns)
            cells = tuple((slot._replace(col=slot.col + 1, end=slot.end + 1), said) for slot, said in cells) if fits else cells[1:]
        if cells:
            out.append(_HeaderRow(row.row, cells))
    return out


def _fits(cells: tuple[tuple[Slot, Said], ...], columns: tuple[Band, ...]) -> bool:
    return columns[0].col == 1 and cells[-1][0].col + 1 <= columns[-1].col


def _inherit_day(row: _HeaderRow) -> list[Said]:
    """A bare year takes month and day from the nearest date at its left in the same row."""
    out: list[Said] = []
    day: tuple[int, int] | None = None
    for _, said in row.cells:
        if said.day:
            day = (said.day.month, said.day.day)
        elif said.month_day:
            day = said.month_day
        elif said.year and day and not (said.quarter or said.half or said.full_year or said.months):
            said = said._replace(month_day=day)
        out.append(said)
    return out


def _named_span(header: list[_HeaderRow], columns: tuple[Band, ...]) -> Said | None:
    """The span of time that stands over the labels, in front of dates: "Three months ended" | "June 30, 2025"."""
    for row in header:
        slot, said = row.cells[0]
        if slot.col == 0 and columns and columns[0].col >= slot.end and _span_only(said) and not _fits(row.cells, columns):
            return said
    return None


Stack = list[tuple[str, Said, bool]]


def _stacks(header: list[_HeaderRow], columns: tuple[Band, ...], spanned: bool) -> list[Stack]:
    """Per column, from top to bottom: text, meaning, and whether the cell stands right over the column."""
    stacks: list[Stack] = [[] for _ in columns]
    for row in header:
        saids = _inherit_day(row)
        explicit = spanned and any(slot.end - slot.col > 1 for slot, _ in row.cells)
        starts = [slot.col for slot, _ in row.cells]
        for index, (slot, _) in enumerate(row.cells):
            reach = slot.end if explicit else (starts[index + 1] if index + 1 < len(starts) else 10**9)
            for stack, band in zip(stacks, columns, strict=True):
                direct = slot.col < band.end and band.col < slot.end
                if direct or (slot.col <= band.col < reach):
                    if not direct and explicit:
                        continue
                    stack.append((slot.text, saids[index], direct))
    return stacks


def _head(band: Band, stack: Stack, heading: Said | None) -> Head:
    said = Said()
    for _, lower, _ in stack:
        said = lower.under(said)
    if heading is not None and said.timed and not (said.months or said.weeks or said.quarter or said.half or said.full_year):
        said = said.under(Said(months=heading.months, weeks=heading.weeks, month_day=_day_above(said, heading)))
    # A second year or date in one header cell (a bad conversion) makes the column uncertain.
    certain = bool(stack) and not any(char.isdigit() for char in said.rest)
    return Head(band, tuple(text for text, _, _ in stack), said, certain)


def _day_above(said: Said, heading: Said) -> tuple[int, int] | None:
    """Month and day for a bare year, from a heading such as "For the year ended 31 December 2023". Of
    balances, an earlier year's day is certain only where it is the last of the year."""
    if heading.month_day and not heading.year:
        return None if said.day or said.month_day else heading.month_day
    day = heading.day
    if day is None or heading.weeks or said.day or said.month_day or not is_month_end(day) or not 0 <= day.year - said.year <= _YEARS:
        return None
    if not heading.months and day.year != said.year and (day.month, day.day) != (12, 31):
        return None
    return day.month, day.day


def _settle(
    heads: tuple[Head, ...], header: list[_HeaderRow], columns: tuple[Band, ...], spanned: bool, heading: Said | None
) -> tuple[Head, ...]:
    """Two columns may not mean the same: spread packed groups evenly, else keep the direct ones."""
    if _distinct(heads):
        return heads
    spread = _spread(_aligned(header, columns), columns)
    if spread is not None:
        stacks = _stacks(spread, columns, False)
        again = tuple(_head(band, stack, heading) for band, stack in zip(columns, stacks, strict=True))
        if _distinct(again):
            return again
    leaf = _stacks(_aligned(header, columns), columns, spanned)
    counts = Counter(head.said for head in heads)
    return tuple(
        head if counts[head.said] == 1 or head.said.change or _alone(head, stack, heads, leaf) else replace(head, certain=False)
        for head, stack in zip(heads, leaf, strict=True)
    )


def _distinct(heads: tuple[Head, ...]) -> bool:
    """Whether no two columns mean the same. Changes in amount and in per cent may stand side by side."""
    saids = [head.said for head in heads if not head.said.change]
    return len(set(saids)) == len(saids)


def _alone(head: Head, own: Stack, heads: tuple[Head, ...], leaf: list[Stack]) -> bool:
    """Whether among the columns of one meaning only this one stands right under its header."""
    if not own or not own[-1][2]:
        return False
    direct = [other for other, stack in zip(heads, leaf, strict=True) if other.said == head.said and stack and stack[-1][2]]
    return len(direct) == 1


def _spread(header: list[_HeaderRow], columns: tuple[Band, ...]) -> list[_HeaderRow] | None:
    """The top row's k packed groups over m columns, m/k each, where the lower row repeats k times."""
    top, *lower = header
    groups = [cell for cell in top.cells if cell[1].says]
    if not lower or len(groups) < 2 or len(columns) % len(groups) or len(groups) == len(columns):
        return None
    size = len(columns) // len(groups)
    names = [str(said) for said in _inherit_day(lower[-1])]
    if len(names) != len(columns) or names != names[:size] * len(groups):
        return None
    cells = tuple(
        (slot._replace(col=columns[n * size].col, end=columns[n * size].end), said) for n, (slot, said) in enumerate(groups)
    )
    return [_HeaderRow(top.row, cells), *lower]
