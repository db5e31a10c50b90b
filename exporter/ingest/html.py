"""HTML -> blocks. lxml parses; the source is scanned once more for the places of the cells,
because a parser tells no columns.

A table that holds another table is layout: its own text counts as paragraphs, the inner ones as
tables. Superscripts that look like footnote marks are left out of a cell's text.
"""

from __future__ import annotations

import re
from html import unescape
from typing import cast

from lxml import etree
from lxml import html as lxml_html

from exporter.errors import DocumentError
from exporter.ingest.document import Block, Paragraph, RawCell, RawRow, TableBlock
from exporter.values import squash

# A ">" inside a quoted attribute does not end a tag; a quote that never closes is not followed far.
_ATTRIBUTES = r"""(?:[^<>"']++|"[^"<]{0,2000}"|'[^'<]{0,2000}')*+"""
# Comments and scripts are passed over: what looks like a cell in them is none.
_CELL_TAG = re.compile(
    rf"<(?:!--.*?(?:-->|\Z)|(?P<raw>script|style)\b.*?(?:</(?P=raw)|\Z)|(?P<cell>t[dh](?=[\s/>])(?:{_ATTRIBUTES}>|[^>]*>)))",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(rf"<(?:!--.*?-->|sup\b[^>]*>.*?</sup\s*>|{_ATTRIBUTES}>|[^>]*>)|&#?\w+;|[^<&]+", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*>")
_NAME = re.compile(r"</?(\w*)")
_MARK = re.compile(r"\W*(?:\d{1,2}|[a-z*†‡§]{1,3})\W*", re.IGNORECASE)
_BLOCK_NAMES = "p div h1 h2 h3 h4 h5 h6 li ul ol dl dd dt table tr td th section header article footer hr center pre blockquote body"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_BREAKS = frozenset((*_BLOCKS, "br"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ENDS = frozenset(("td", "th", "tr", "table"))
_SKIP = frozenset(("script", "style", "head", "title", "noscript", "template", "ix:header"))
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
MAX_SPAN = 1000
MAX_WIDTH = 4000


def blocks(text: str, name: str) -> tuple[Block, ...]:
    """Paragraphs and tables in document order. Raises DocumentError where nothing can be parsed."""
    # The parser of lxml.html would give the same tree of elements of its own class, at several times the cost of each.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(f"{name}: cannot be parsed as HTML ({error}); save it again from a browser") from error
    body = root.find("body")
    walker = _Walker(text, root)
    walker.walk(root if body is None else body)
    return tuple(walker.out)


class _Walker:
    """One pass over the tree; a block boundary flushes the paragraph so far."""

    def __init__(self, text: str, root: etree._Element) -> None:
        self.out: list[Block] = []
        self.buffer: list[str] = []
        self.heading = False
        self.line = 1
        self.tables = 0
        starts = _cell_starts(text)
        same = len(starts) == sum(1 for _ in root.iter("td", "th"))
        self.starts = starts if same else None
        self.cells = 0
        self.keep = list(root.iter("table"))  # first of all: keeps the proxies alive, so that their ids stay theirs
        self.layout = {id(outer) for outer in map(_outer_table, self.keep) if outer is not None}

    def walk(self, root: etree._Element) -> None:
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            tag = element.tag
            if event == "end":
                if tag in _BLOCKS:
                    self.flush()
                if element.tail and element is not root:
                    self.buffer.append(element.tail)
            elif tag in _SKIP or _HIDDEN.search(element.get("style") or ""):
                self.cells += sum(1 for _ in element.iter("td", "th"))
                events.skip_subtree()
            else:
                self.start(element, tag)
                if tag == "table" and id(element) not in self.layout:
                    self.out.append(self.table(element))
                    events.skip_subtree()
        self.flush()

    def start(self, element: etree._Element, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
            self.heading = tag in _HEADINGS
            self.line = _line(element)
        if tag == "table":
            self.tables += 1
        elif tag in ("td", "th"):
            self.cells += 1
        elif tag == "br":
            self.buffer.append("\n")
        elif tag == "sup" and _MARK.fullmatch(element.text or ""):
            self.buffer.append(f"^{{{(element.text or '').strip()}}}")
            return
        if element.text and tag != "table":
            self.buffer.append(element.text)

    def flush(self) -> None:
        lines = [squash(line) for line in "".join(self.buffer).replace("\r", "").split("\n")]
        self.buffer.clear()
        text = "\n".join(line for line in lines if line)
        if text:
            self.out.append(Paragraph(text, self.line, 0, self.heading))

    def table(self, table: etree._Element) -> TableBlock:
        rows: list[RawRow] = []
        below: dict[int, int] = {}  # grid column -> rows still covered by a rowspan from above
        noted = next(table.iter("sup"), None) is not None
        for number, tr in enumerate(table.iter("tr"), 1):
            cells: list[RawCell] = []
            col = 0
            for rank, td in enumerate(tr.iterchildren("td", "th"), 1):
                while below.get(col, 0) > 0:
                    col += 1
                cell = self.cell(td, min(col, MAX_WIDTH), rank, noted)
                cells.append(cell)
                col += cell.span
                if cell.row_span > 1:
                    below.update(dict.fromkeys(range(cell.col, cell.col + cell.span), cell.row_span))
            below = {at: left - 1 for at, left in below.items() if left > 1}
            rows.append(RawRow(number, _line(tr), tuple(cells)))
        spanned = any(cell.span > 1 for row in rows for cell in row.cells)
        return TableBlock(self.tables, _line(table), tuple(rows), spanned)

    def cell(self, td: etree._Element, col: int, rank: int, noted: bool) -> RawCell:
        """``start`` is the source offset where the cell's content begins; see :func:`locate`. ``noted``: the
        table has superscripts."""
        origin = self.starts[self.cells] if self.starts is not None else -1
        self.cells += 1
        wide, high = td.get("colspan"), td.get("rowspan")
        span = _number(wide, MAX_SPAN) if wide and col < MAX_WIDTH else 1
        text = _text(td, _marks(td) if noted else frozenset())
        return RawCell(col, span, rank, text, _line(td), 1, origin, _number(high, MAX_SPAN) if high else 1)


def _cell_starts(text: str) -> list[int]:
    """Source offset just behind each ``<td>`` and ``<th>`` start tag."""
    return [match.end() for match in _CELL_TAG.finditer(text) if match.lastgroup == "cell"]


def _line(element: etree._Element) -> int:
    """The source line of an element; the stubs of lxml do not know its type."""
    line = cast("int | None", element.sourceline)
    return line or 1


def _outer_table(table: etree._Element) -> etree._Element | None:
    return next(table.iterancestors("table"), None)


def _number(value: str, most: int) -> int:
    digits = value.strip()
    return max(1, min(int(digits[:9]), most)) if digits.isascii() and digits.isdigit() else 1


def _marks(td: etree._Element) -> frozenset[etree._Element]:
    """The superscripts of a cell that look like footnote marks, with all that is in them."""
    marks = [sup for sup in td.iter("sup") if _MARK.fullmatch("".join(map(str, sup.itertext())))]
    return frozenset([part for sup in marks for part in sup.iter()])


def _text(td: etree._Element, marks: frozenset[etree._Element]) -> str:
    """The cell's text, white space collapsed, without footnote superscripts; a break is a space."""
    if not len(td):
        return squash(td.text or "")
    parts = [td.text or ""]
    for element in td.iterdescendants():
        if element.tag in _BREAKS:
            parts.append(" ")
        if element not in marks:
            parts.append(element.text or "")
        if element.tail and (element not in marks or element.getparent() not in marks):
            parts.append(element.tail)
    return squash("".join(parts))


def locate(text: str, origin: int, index: int) -> int:
    """Source offset of the ``index``-th character of the collapsed text of the cell at ``origin``."""
    seen, gap = 0, False
    for match in _TOKEN.finditer(text, origin):
        token = match[0]
        if token[0] == "<":
            named = _NAME.match(token)
            name = named[1].lower() if named else ""
            if name in _ENDS:
                break
            if name == "sup" and token[1] != "/" and not _MARK.fullmatch(unescape(_ANY_TAG.sub("", token))):
                return locate(text, match.start() + token.index(">") + 1, index - seen)
            gap = gap or name in _BREAKS
            continue
        written_out = token[0] != "&"
        for at, char in enumerate(token if written_out else unescape(token)):
            if char in "\u200b\ufeff":
                continue
            if char.isspace():
                gap = True
                continue
            if gap and seen:
                seen += 1
            gap = False
            if seen >= index:
                return match.start() + at * written_out
            seen += 1
    return origin

