"""Where a part of a passage stands in the source.

In HTML a paragraph's text has lost its tags: its characters are found again, in order, among the
characters that a browser would show.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from html import unescape

from exporter.ingest.document import Document, Paragraph, TableBlock
from exporter.ingest.prose_tokens import NUMERIC, Passage, passages
from exporter.model import Place

_SHOWN = re.compile(
    r"<(?:!--.*?-->|(script|style|head|title)\b.*?</\1\s*>|[^>]*>)|&#?\w{1,12};|[^<&\s\u200b\ufeff]+|[<&]", re.IGNORECASE | re.DOTALL
)
_MARKED = re.compile(r"\^\{([^{}]*)\}")
_MISSES = 50


class Running:
    """The running text of a document: its passages, their places, and where the numbers stand with which footnotes begin."""

    def __init__(self, document: Document) -> None:
        self.passages = list(passages(document))
        self.places = Places(document)
        marked = {mark.number for passage in self.passages for mark in passage.marks}
        begun = [passage for passage in self.passages if passage.note and passage.note in marked]
        numbers = (NUMERIC.search(document.text, passage.paragraphs[0].start) for passage in begun)
        self.notes = {number.start() for number in numbers if number}


class Places:
    """Finds places in one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.html = document.media == "text/html"
        self._shown = ""
        self._where = array("L")
        self._begins: dict[int, int] = {}
        self.texts: dict[str, tuple[str, int]] = {}

    def place(self, passage: Passage, start: int, end: int) -> tuple[Place, str]:
        """The place and the raw text of [start, end) of a passage's clean text."""
        first, last = passage.origin(start), passage.origin(max(end - 1, start)) + 1
        if self.html:
            text = passage.paragraphs[0].text
            line, column = self._in_html(passage.paragraphs[0], first)
            self.texts[f"{line}:{column}"] = (text, first)
            return Place(line, column, first, last), text[first:last]
        line, column = self.document.lines.place(first)
        return Place(line, column, first, last), self.document.text[first:last]

    def locate(self, paragraph: Paragraph, at: int) -> tuple[int, int]:
        """Line and column of a place in the text of an HTML paragraph."""
        return self._in_html(paragraph, at)

    # --- HTML -------------------------------------------------------------------------------------

    def _in_html(self, paragraph: Paragraph, at: int) -> tuple[int, int]:
        if not self._shown:
            self._read()
        begin = self._begins.get(id(paragraph), -1)
        if begin < 0:
            return paragraph.line, 1
        offset = begin + len(_squeezed(paragraph.text[:at]))
        return self.document.lines.place(self._where[offset]) if offset < len(self._where) else (paragraph.line, 1)

    def _read(self) -> None:
        shown: list[str] = []
        for match in _SHOWN.finditer(self.document.text):
            text = match[0]
            if text[0] == "<" and len(text) > 1:
                continue
            start = match.start()
            if text[0] == "&" and len(text) > 1:
                text = "".join(unescape(text).replace("\u200b", "").replace("\ufeff", "").split())
                self._where.extend([start] * len(text))
            else:
                self._where.extend(range(start, start + len(text)))
            shown.append(text)
        self._shown = "".join(shown)
        self._find_paragraphs()

    def _find_paragraphs(self) -> None:
        """Each paragraph is looked for behind the block before it; after many that are not found, no more are."""
        cursor = misses = 0
        for block in self.document.blocks:
            if isinstance(block, TableBlock):
                last = next((row.cells[-1] for row in reversed(block.rows) if row.cells), None)
                if last is not None and last.start >= 0:
                    cursor = max(cursor, bisect_left(self._where, last.start) + len(_squeezed(last.text)))
            elif misses < _MISSES:
                wanted = _squeezed(block.text)
                begin = self._shown.find(wanted, cursor)
                if begin < 0:
                    misses += 1
                else:
                    self._begins[id(block)] = begin
                    cursor = begin + len(wanted)


def _squeezed(text: str) -> str:
    """The characters that show, without blanks and without the signs that set off a footnote mark."""
    return "".join(_MARKED.sub(r"\1", text).replace("\u200b", "").split())
