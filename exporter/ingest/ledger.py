"""The ledger: what every numeric token of a document is.

A fact, a restatement of one, a named thing that is no figure, or unresolved with a reason. The rules for
what is no figure are data (`tokens` of taxonomy/grammar.yaml); what a figure is, the observations tell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from exporter.ingest.document import Document, Paragraph, RawCell, RawRow, TableBlock
from exporter.ingest.document import read as read_document
from exporter.ingest.grid import TOKEN
from exporter.ingest.lexicon import lexicon_of
from exporter.ingest.prose_grammar import Grammar, grammar_of
from exporter.ingest.prose_places import Running
from exporter.model import Fact, LedgerEntry, Observation, Report, Taxonomy

_NOT_READ = "no sentence with it was understood"
_CELL = "the cell was not read"
_NEAR = 4  # observations that may begin before a token and reach beyond it
_SIGNS = 12  # the longest currency in front of a figure
_GAP = 8  # what markup may add to the length of a label


def ledger_of(report: Report, taxonomy: Taxonomy) -> tuple[LedgerEntry, ...]:
    """The ledger of a report that was stored; the same as when it was read."""
    lexicon = lexicon_of(taxonomy)
    name = report.document.id or "document"
    document = read_document(report.document.text.encode("utf-8"), name, lexicon.heads_table, lexicon.head_places)
    return entries(document, Running(document), report.observations, report.fact_ids, report.facts, grammar_of(taxonomy))


def entries(
    document: Document,
    running: Running,
    observations: Sequence[Observation],
    fact_ids: Sequence[str | None],
    facts: Sequence[Fact],
    grammar: Grammar | None,
) -> tuple[LedgerEntry, ...]:
    """One entry for each numeric token, in document order."""
    figures = _Figures(observations, fact_ids, facts)
    if document.media == "text/html":
        return tuple(_Html(document, running, figures, grammar).entries())
    return tuple(_Text(document, running, figures, grammar).entries())


class _Figures:
    """The figures that were seen, and the fact of each."""

    def __init__(self, observations: Sequence[Observation], fact_ids: Sequence[str | None], facts: Sequence[Fact]) -> None:
        self.observations, self.fact_ids = observations, fact_ids
        self.first = {fact.fact_id: fact.place for fact in facts}

    def entry(self, line: int, column: int, start: int, token: str, number: int) -> LedgerEntry:
        """A token of the figure ``number``: the fact, a restatement of it, or why it is open."""
        fact, seen = self.fact_ids[number], self.observations[number]
        if fact is None:
            reason = seen.reason or "no fact could be made of it"
            return LedgerEntry(line, column, start, start + len(token), token, "unresolved", number, reason)
        cls = "fact" if self.first.get(fact) == seen.place else "restatement"
        return LedgerEntry(line, column, start, start + len(token), token, cls, number)


def _is_no_figure(grammar: Grammar | None, text: str, tokens: Sequence[tuple[int, int]]) -> list[str]:
    """The class of each token by the words around it; "" where they tell none."""
    return grammar.non_figures.classes(text, tokens) if grammar else [""] * len(tokens)


def _has_values(cells: Sequence[RawCell]) -> bool:
    """Whether a row has a label and something that is no year in its other cells."""
    if not cells or not cells[0].text.strip():
        return False
    return any(_is_value(cell.text) for cell in cells[1:])


def _is_value(text: str) -> bool:
    if not any(map(str.isdigit, text)) or any(map(str.isalpha, text)):
        return False
    return not (len(text) == 4 and text.isdigit())


# --- text -----------------------------------------------------------------------------------------


class _Text:
    """Text and markdown: the tokens of the source itself."""

    def __init__(self, document: Document, running: Running, figures: _Figures, grammar: Grammar | None) -> None:
        self.document, self.figures, self.grammar = document, figures, grammar
        places = [seen.place for seen in figures.observations]
        self.order = sorted(range(len(places)), key=lambda number: places[number].start)
        self.starts = [places[number].start for number in self.order]
        self.ends = [places[number].end for number in self.order]
        self.rows = {row.line: (row, body) for row, body in _rows(document)}
        self.notes = running.notes

    def entries(self) -> Iterator[LedgerEntry]:
        """One entry for each token, in document order."""
        text = self.document.text
        spans = [match.span() for match in TOKEN.finditer(text)]
        claimed = [self._claimed(start, end) for start, end in spans]
        open_spans = [span for span, number in zip(spans, claimed, strict=True) if number is None]
        told = self._told(open_spans)
        for (start, end), number in zip(spans, claimed, strict=True):
            line, column = self.document.lines.place(start)
            if number is not None:
                yield self.figures.entry(line, column, start, text[start:end], number)
            else:
                yield LedgerEntry(line, column, start, end, text[start:end], *told[start])

    def _claimed(self, start: int, end: int) -> int | None:
        """The figure that a token is part of."""
        at = bisect_right(self.starts, start) - 1
        for place in range(at, max(at - _NEAR, -1), -1):
            if end <= self.ends[place]:
                return self.order[place]
        return None

    def _told(self, spans: Sequence[tuple[int, int]]) -> dict[int, tuple[str, None, str]]:
        """Class and reason of tokens that no figure claims, by where they begin."""
        told: dict[int, tuple[str, None, str]] = {}
        asked = []
        for span in spans:
            row, body = self.rows.get(self.document.lines.place(span[0])[0], (None, False))
            if span[0] in self.notes:
                told[span[0]] = ("footnote_number", None, "")
            elif row is not None and not body:
                told[span[0]] = ("column_header", None, "")
            else:
                asked.append((span, row))
        classes = _is_no_figure(self.grammar, self.document.text, [span for span, _ in asked])
        for (span, row), cls in zip(asked, classes, strict=True):
            if row is not None:
                told[span[0]] = _in_row(row, span[0], cls)
            else:
                told[span[0]] = (cls, None, "") if cls else ("unresolved", None, _NOT_READ)
        return told


def _in_row(row: RawRow, start: int, cls: str) -> tuple[str, None, str]:
    """Class and reason of a token in a row below the headers, of which the words around it tell ``cls``."""
    label = row.cells[0] if row.cells else None
    in_label = label is not None and label.start <= start < label.start + len(label.text) + _GAP and label.col == 0
    if cls == "period" and not _has_values(row.cells):
        return "column_header", None, ""
    if cls and (cls != "period" or in_label):
        return cls, None, ""
    return ("metric_name", None, "") if in_label else ("unresolved", None, _CELL)


def _rows(document: Document) -> Iterator[tuple[RawRow, bool]]:
    """The rows of all tables, each with whether it stands below the headers."""
    for block in document.blocks:
        if isinstance(block, TableBlock):
            body = False
            for row in block.rows:
                body = body or _has_values(row.cells)
                yield row, body


# --- HTML -----------------------------------------------------------------------------------------


class _Html:
    """HTML: the tokens of the text that a browser shows, block by block."""

    def __init__(self, document: Document, running: Running, figures: _Figures, grammar: Grammar | None) -> None:
        self.document, self.figures, self.grammar = document, figures, grammar
        self.places = running.places
        self.by_place: dict[tuple[int, int], list[int]] = {}
        for number, seen in enumerate(figures.observations):
            self.by_place.setdefault((seen.place.line, seen.place.column), []).append(number)

    def entries(self) -> Iterator[LedgerEntry]:
        """One entry for each token, in document order."""
        for block in self.document.blocks:
            yield from self._paragraph(block) if isinstance(block, Paragraph) else self._table(block)

    def _paragraph(self, block: Paragraph) -> Iterator[LedgerEntry]:
        spans = [match.span() for match in TOKEN.finditer(block.text)]
        classes = _is_no_figure(self.grammar, block.text, spans)
        last: int | None = None  # the figure of the token before
        for (start, end), cls in zip(spans, classes, strict=True):
            line, column = self.places.locate(block, start)
            if last is None or not self._covers(last, start):
                last = self._near(line, column, start)
            if last is not None:
                yield self.figures.entry(line, column, start, block.text[start:end], last)
            else:
                yield LedgerEntry(line, column, start, end, block.text[start:end], cls or "unresolved", None, "" if cls else _NOT_READ)

    def _covers(self, number: int, start: int) -> bool:
        place = self.figures.observations[number].place
        return place.start <= start < place.end

    def _near(self, line: int, column: int, start: int) -> int | None:
        """The figure of running text that begins at a token, or some signs (a currency) before it."""
        for back in range(_SIGNS):
            for number in self.by_place.get((line, column - back), ()):
                if self.figures.observations[number].place.table is None and self._covers(number, start):
                    return number
        return None

    def _table(self, block: TableBlock) -> Iterator[LedgerEntry]:
        body = False
        for row in block.rows:
            body = body or _has_values(row.cells)
            for cell in row.cells:
                yield from self._cell(block.number, cell, body)

    def _cell(self, table: int, cell: RawCell, body: bool) -> Iterator[LedgerEntry]:
        spans = [match.span() for match in TOKEN.finditer(cell.text)]
        told: list[str] = []
        for number, (at, end) in enumerate(spans):
            line, column, start = self.document.locate(cell, at)
            figure = self._in_cell(table, line, column)
            if figure is not None:
                yield self.figures.entry(line, column, start, cell.text[at:end], figure)
                continue
            if body and not told:
                told = _is_no_figure(self.grammar, cell.text, spans)
            cls = "column_header" if not body else told[number] or ("metric_name" if cell.col == 0 else "unresolved")
            yield LedgerEntry(line, column, start, start + end - at, cell.text[at:end], cls, None, _CELL if cls == "unresolved" else "")

    def _in_cell(self, table: int, line: int, column: int) -> int | None:
        """The figure of a table that begins at a token, or some signs before it."""
        for back in range(_NEAR):
            for number in self.by_place.get((line, column - back), ()):
                if self.figures.observations[number].place.table == table:
                    return number
        return None
