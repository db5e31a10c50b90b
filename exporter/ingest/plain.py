"""Text with tab-separated tables, markdown pipe tables and tables aligned by blanks -> blocks.

A table is a run of lines with cells. Short lines without cells between them (blank lines, labels
printed without values) belong to it; a title or a scale line ends it, for it heads the next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from exporter.ingest import aligned, squeezed
from exporter.ingest.document import Block, Paragraph, RawCell, RawRow, TableBlock, line_starts

_RULE = re.compile(r"^\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*$")
_BARE_RULE = re.compile(r"^\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+$")
_PIPE = re.compile(r"(?<!\\)\|")
_PIPES = re.compile(r"^\s*\|.*\|\s*$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*)$")
_MARKUP = re.compile(r"\*\*(?<!\\\*\*)|__(?=\S)|__(?<=\S__)|\\(?=[$*_|#~])|`")  # each begins with its sign: it is found faster
_BREAK = re.compile(r"\s*<br\s*/?>\s*|&nbsp;|&#160;", re.IGNORECASE)
_SIGN = re.compile(r"[*_\\`<&]")  # no markup and no break is without one of these
_GAP = 3
_LABEL = 240

_Line = tuple[int, int, str]


def blocks(text: str, heads_table: Callable[[str], bool], heads: squeezed.Heads) -> tuple[tuple[Block, ...], str]:
    """All blocks in order, and the media type. Table and row numbers are 1-based in the document."""
    lines = _lines(text)
    out: list[Block] = []
    tables = 0
    markdown = False
    # A page whose columns are kept by blanks was not squeezed: its lines are not looked at a second time.
    by_blanks = aligned.tables(lines, heads_table) or squeezed.tables(lines, heads, heads_table)
    index = 0
    while index < len(lines):
        number, start, line = lines[index]
        piped = "|" in line
        bare = piped and index + 1 < len(lines) and _BARE_RULE.match(lines[index + 1][2]) is not None
        if bare or (piped and _PIPES.match(line) and line.count("|") > 1):
            index, rows = _pipe_rows(lines, index, bare)
            tables, markdown = tables + 1, True
            out.append(TableBlock(tables, number, tuple(rows)))
        elif "\t" in line and line.strip():
            index, rows = _tab_rows(lines, index, heads_table)
            tables += 1
            out.append(TableBlock(tables, number, tuple(rows)))
        elif index in by_blanks:
            index, aligned_rows = by_blanks[index]
            tables += 1
            out.append(TableBlock(tables, number, aligned_rows, spanned=True))
        else:
            if line.strip():
                heading = _HEADING.match(line)
                body = heading[1] if heading else line
                markdown = markdown or heading is not None
                bare_body = _MARKUP.sub("", body) if _SIGN.search(body) else body
                out.append(Paragraph(bare_body.strip(), number, start, heading is not None))
            index += 1
    return tuple(out), "text/markdown" if markdown else "text/plain"


def _lines(text: str) -> list[_Line]:
    starts = line_starts(text)
    ends = [*starts[1:], len(text)]
    return [(number, start, text[start:end].rstrip("\r\n")) for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)]


def _pipe_rows(lines: list[_Line], index: int, bare: bool) -> tuple[int, list[RawRow]]:
    """``bare``: the pipes stand between the cells only, "Revenue| $| 1,204", as the table's rule does."""
    rows: list[RawRow] = []
    while index < len(lines) and ("|" in lines[index][2] if bare else _PIPES.match(lines[index][2])):
        number, start, line = lines[index]
        index += 1
        if _RULE.match(line):
            continue
        first = 0 if bare else line.index("|") + 1
        last = len(line) if bare else line.rindex("|")
        cells = _cells(_PIPE.split(line[first:last]), number, start, first)
        rows.append(RawRow(len(rows) + 1, number, cells))
    return index, rows


def _tab_rows(lines: list[_Line], index: int, heads_table: Callable[[str], bool]) -> tuple[int, list[RawRow]]:
    """From the first line with a tab to the last one before a break, gap lines included."""
    end = scan = index
    while scan < len(lines):
        line = lines[scan][2]
        if "\t" in line and line.strip():
            end = scan
        elif _ends_table(lines, end, scan, heads_table):
            break
        scan += 1
    rows: list[RawRow] = []
    for number, start, line in lines[index : end + 1]:
        if line.strip():
            rows.append(RawRow(len(rows) + 1, number, _cells(line.split("\t"), number, start, 0)))
    return end + 1, rows


def _ends_table(lines: list[_Line], end: int, scan: int, heads_table: Callable[[str], bool]) -> bool:
    line = lines[scan][2]
    if not line.strip():
        return sum(1 for _, _, text in lines[end + 1 : scan + 1] if not text.strip()) > _GAP
    filled = sum(1 for _, _, text in lines[end + 1 : scan + 1] if text.strip())
    return filled > _GAP or len(line) > _LABEL or _HEADING.match(line) is not None or _PIPES.match(line) is not None or heads_table(line)


def locate(text: str, start: int, index: int) -> int:
    """Source offset of the ``index``-th character of a cell's text that begins at ``start``; markup counts nothing."""
    offset, seen = start, 0
    while seen < index:
        markup = _MARKUP.match(text, offset)
        if markup:
            offset = markup.end()
            continue
        offset, seen = offset + 1, seen + 1
    markup = _MARKUP.match(text, offset)
    return markup.end() if markup else offset


def _cells(pieces: list[str], number: int, start: int, at: int) -> tuple[RawCell, ...]:
    """The cells of a line that begins at offset ``start``; ``at``: where in it the first piece begins."""
    cells = []
    for col, piece in enumerate(pieces):
        text = body = piece.strip()
        # Where the text begins in its piece; a stripped piece is found as a whole.
        shift = piece.find(body) if body else len(piece)
        if _SIGN.search(body):
            text = _MARKUP.sub("", _BREAK.sub(" ", body)).strip()
            # Markup in front of the text (a bold sign) moves the place of its first character.
            shift += max(body.find(text[:1]), 0) if text else 0
        cells.append(RawCell(col, 1, col + 1, text, number, at + shift + 1, start + at + shift, marked=text != body))
        at += len(piece) + 1
    return tuple(cells)
