"""The ledger: what every numeric token of a document is.

A fact, a restatement of one, a named thing that is no figure, or unresolved with a reason. The rules for
what is no figure are data (`tokens` of taxonomy/grammar.yaml); what a figure is, the observations tell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exporter.ingest.document import Document, Paragraph, RawCell, RawRow, TableBlock
from exporter.ingest.document import read as read_document
from exporter.ingest.grid import TOKEN
from exporter.ingest.lexicon import lexicon_of
from exporter.ingest.prose_grammar import Grammar, grammar_of
from exporter.ingest.prose_places import Places
from exporter.ingest.prose_tokens import Passage, passages
from exporter.model import Fact, LedgerEntry, Observation, Report, Taxonomy

_NOT_READ = "no sentence with it was understood"
_CELL = "the cell was not read"


@dataclass(frozen=True, slots=True)
class Span:
    """A numeric token of the text: where it stands in the source, and in which part of it."""

    start: int
    end: int
    token: str


def ledger_of(report: Report, taxonomy: Taxonomy) -> tuple[LedgerEntry, ...]:
    """The ledger of a report that was stored; the same as when it was read."""
    lexicon = lexicon_of(taxonomy)
    document = read_document(report.document.text.encode("utf-8"), report.document.id or "document", lexicon.heads_table)
    return entries(document, report.observations, report.fact_ids, report.facts, grammar_of(taxonomy))


def entries(
    document: Document,
    observations: Sequence[Observation],
    fact_ids: Sequence[str | None],
    facts: Sequence[Fact],
    grammar: Grammar | None,
) -> tuple[LedgerEntry, ...]:
    """One entry for each numeric token, in document order."""
    if document.media == "text/html":
        return tuple(_html(document, observations, fact_ids, facts, grammar))
    book = _Book(document, observations, fact_ids, facts, grammar)
    return tuple(book.entry(match.start(), match.end(), match[0]) for match in TOKEN.finditer(document.text))


class _Book:
    """What is known of the places of one document's text."""

    def __init__(
        self,
        document: Document,
        observations: Sequence[Observation],
        fact_ids: Sequence[str | None],
        facts: Sequence[Fact],
        grammar: Grammar | None,
    ) -> None:
        self.document = document
        self.grammar = grammar
        self.observations, self.fact_ids = observations, fact_ids
        self.first = {fact.fact_id: fact.place for fact in facts}
        order = sorted(range(len(observations)), key=lambda n: observations[n].place.start)
        self.order = order
        self.starts = [observations[n].place.start for n in order]
        self.tables = [(row.line, number > 0, row) for number, row in _rows(document)]
        self.table_lines = {line: body for line, body, _ in self.tables}
        self.cells = {row.line: row for _, _, row in self.tables}
        self.notes = _notes(document)

    def entry(self, start: int, end: int, token: str) -> LedgerEntry:
        line, column = self.document.lines.place(start)
        number = self._claimed(start, end)
        if number is not None:
            cls, reason = said(number, self.observations, self.fact_ids, self.first)
            if cls != "unresolved" or self.observations[number].place.table is not None:
                return LedgerEntry(line, column, start, end, token, cls, number, reason)
            return LedgerEntry(line, column, start, end, token, "unresolved", number, reason)
        return LedgerEntry(line, column, start, end, token, *self._unclaimed(start, end, line))

    def _claimed(self, start: int, end: int) -> int | None:
        at = bisect_right(self.starts, start) - 1
        for place in range(at, max(at - 4, -1), -1):
            number = self.order[place]
            if self.observations[number].place.start <= start and end <= self.observations[number].place.end:
                return number
        return None

    def _unclaimed(self, start: int, end: int, line: int) -> tuple[str, int | None, str]:
        text = self.document.text
        if start in self.notes:
            return "footnote_number", None, ""
        if line in self.table_lines:
            return self._in_table(start, end, line)
        found = self.grammar.non_figure(text, start, end) if self.grammar else ""
        return (found, None, "") if found else ("unresolved", None, _NOT_READ)

    def _in_table(self, start: int, end: int, line: int) -> tuple[str, int | None, str]:
        found = self.grammar.non_figure(self.document.text, start, end) if self.grammar else ""
        row = self.cells[line]
        label = row.cells[0] if row.cells else None
        in_label = label is not None and label.start <= start < label.start + len(label.text) + 8 and label.col == 0
        if not self.table_lines[line] or (not _has_values(row.cells) and found == "period"):
            return "column_header", None, ""
        if found and (found != "period" or in_label):
            return found, None, ""
        return ("metric_name", None, "") if in_label else ("unresolved", None, _CELL)


def said(number: int, observations: Sequence[Observation], fact_ids: Sequence[str | None], first: Mapping[str, object]) -> tuple[str, str]:
    """The class of a figure that was seen, and why it is open."""
    fact = fact_ids[number]
    seen = observations[number]
    if fact is None:
        return "unresolved", seen.reason or "no fact could be made of it"
    return ("fact" if first.get(fact) == seen.place else "restatement"), ""


def _rows(document: Document) -> Iterable[tuple[int, RawRow]]:
    for block in document.blocks:
        if isinstance(block, TableBlock):
            body = 0
            for row in block.rows:
                body = body or (1 if _has_values(row.cells) else 0)
                yield body, row


def _has_values(cells: Sequence[RawCell]) -> bool:
    """Whether a row has a label and something that is no year in its other cells."""
    if not cells:
        return False
    texts = [cell.text for cell in cells]
    label, rest = texts[0], [text for text in texts[1:] if any(char.isdigit() for char in text)]
    plain = [text for text in rest if not (len(text) == 4 and text.isdigit()) and not any(char.isalpha() for char in text)]
    return bool(label.strip() and plain)


def _notes(document: Document) -> set[int]:
    """Where the numbers stand with which footnotes begin."""
    found: set[int] = set()
    marks: set[int] = set()
    begun: list[Passage] = []
    for passage in passages(document):
        marks.update(mark.number for mark in passage.marks)
        if passage.note:
            begun.append(passage)
    for passage in begun:
        if passage.note in marks:
            match = TOKEN.search(document.text, passage.paragraphs[0].start)
            if match:
                found.add(match.start())
    return found


# --- HTML -----------------------------------------------------------------------------------------


def _html(
    document: Document, observations: Sequence[Observation], fact_ids: Sequence[str | None], facts: Sequence[Fact], grammar: Grammar | None
) -> Iterable[LedgerEntry]:
    """In HTML the tokens are those of the text that a browser shows, block by block."""
    first = {fact.fact_id: fact.place for fact in facts}
    by_place: dict[tuple[int, int], list[int]] = {}
    for number, seen in enumerate(observations):
        by_place.setdefault((seen.place.line, seen.place.column), []).append(number)
    places = Places(document)
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield from _html_paragraph(block, places, by_place, observations, fact_ids, first, grammar)
        else:
            yield from _html_table(document, block, by_place, observations, fact_ids, first, grammar)


def _html_paragraph(
    block: Paragraph,
    places: Places,
    by_place: Mapping[tuple[int, int], list[int]],
    observations: Sequence[Observation],
    fact_ids: Sequence[str | None],
    first: Mapping[str, object],
    grammar: Grammar | None,
) -> Iterable[LedgerEntry]:
    claims: list[tuple[int, int, int]] = []
    for match in TOKEN.finditer(block.text):
        line, column = places.locate(block, match.start())
        at = (line, column)
        number = next((n for begin, end, n in claims if begin <= match.start() < end), None)
        if number is None:
            number = next(
                (
                    n
                    for n in _near(by_place, at, block, match.start(), observations)
                    if observations[n].place.start <= match.start() < observations[n].place.end
                ),
                None,
            )
        if number is not None:
            claims.append((observations[number].place.start, observations[number].place.end, number))
            cls, reason = said(number, observations, fact_ids, first)
            yield LedgerEntry(line, column, match.start(), match.end(), match[0], cls, number, reason)
            continue
        found = grammar.non_figure(block.text, match.start(), match.end()) if grammar else ""
        yield LedgerEntry(line, column, match.start(), match.end(), match[0], found or "unresolved", None, "" if found else _NOT_READ)


def _near(
    by_place: Mapping[tuple[int, int], list[int]], at: tuple[int, int], block: Paragraph, start: int, observations: Sequence[Observation]
) -> list[int]:
    """Observations that begin at a token, or some signs (a currency) before it."""
    return [n for back in range(12) for n in by_place.get((at[0], at[1] - back), ()) if observations[n].place.table is None]


def _html_table(
    document: Document,
    block: TableBlock,
    by_place: Mapping[tuple[int, int], list[int]],
    observations: Sequence[Observation],
    fact_ids: Sequence[str | None],
    first: Mapping[str, object],
    grammar: Grammar | None,
) -> Iterable[LedgerEntry]:
    body = False
    for row in block.rows:
        body = body or _has_values(row.cells)
        for cell in row.cells:
            for match in TOKEN.finditer(cell.text):
                line, column, start = document.locate(cell, match.start())
                number = next(
                    (
                        n
                        for back in range(4)
                        for n in by_place.get((line, column - back), ())
                        if observations[n].place.table == block.number
                    ),
                    None,
                )
                if number is not None:
                    cls, reason = said(number, observations, fact_ids, first)
                    yield LedgerEntry(line, column, start, start + len(match[0]), match[0], cls, number, reason)
                    continue
                found = grammar.non_figure(cell.text, match.start(), match.end()) if grammar else ""
                cls = "column_header" if not body else found or ("metric_name" if cell.col == 0 else "unresolved")
                yield LedgerEntry(line, column, start, start + len(match[0]), match[0], cls, None, _CELL if cls == "unresolved" else "")
