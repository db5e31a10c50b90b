"""Where a part of a passage stands in the source.

In HTML a paragraph's text has lost its tags: its characters are found again, in order, among the
characters that a browser would show.
"""

from __future__ import annotations

import re
from array import array
from html import unescape

from exporter.ingest.document import Document, Paragraph
from exporter.ingest.prose_tokens import Passage
from exporter.model import Place

_SHOWN = re.compile(r"<!--.*?-->|<(script|style|head|title)\b.*?</\1\s*>|<[^>]*>|&#?\w{1,12};|[^<&\s]|[<&]", re.IGNORECASE | re.DOTALL)
_MARKED = re.compile(r"\^\{([^{}]*)\}")
_MISSES = 50


class Places:
    """Finds places in one document; asks for them in document order."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.html = document.media == "text/html"
        self._shown = ""
        self._where = array("L")
        self._cursor = 0
        self._found: dict[int, int] = {}
        self._misses = 0
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
        begin = self._begin(paragraph)
        if begin < 0:
            return paragraph.line, 1
        offset = begin + len(_squeezed(paragraph.text[:at]))
        return self.document.lines.place(self._where[offset]) if offset < len(self._where) else (paragraph.line, 1)

    def _begin(self, paragraph: Paragraph) -> int:
        known = self._found.get(id(paragraph))
        if known is not None:
            return known
        wanted = _squeezed(paragraph.text)
        begin = self._shown.find(wanted, self._cursor) if self._misses < _MISSES else -1
        self._misses += begin < 0
        if begin >= 0:
            self._cursor = begin + len(wanted)
        self._found[id(paragraph)] = begin
        return begin

    def _read(self) -> None:
        shown: list[str] = []
        for match in _SHOWN.finditer(self.document.text):
            text = match[0]
            if text[0] == "<" and len(text) > 1:
                continue
            if text[0] == "&" and len(text) > 1:
                text = "".join(unescape(text).split())
            for char in text:
                if char not in "\u200b\ufeff":
                    shown.append(char)
                    self._where.append(match.start())
        self._shown = "".join(shown)


def _squeezed(text: str) -> str:
    """The characters that show, without blanks and without the signs that set off a footnote mark."""
    return "".join(_MARKED.sub(r"\1", text).replace("\u200b", "").split())
