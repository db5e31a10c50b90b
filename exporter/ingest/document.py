"""Bytes -> :class:`Document`: decoded text cut into blocks, each with its place in the source.

One reader a media type; all give the same blocks, so that nothing downstream knows the format.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from exporter.errors import DocumentError

MAX_CELLS = 2_000_000
_CHINESE = re.compile(rb"(?:[\xa1-\xf7][\xa1-\xfe])+")  # GB 2312: what plain Chinese text is made of
# Old filings mark tables of plain text with tags of their own; under "<S>" stand the labels, under each "<C>" a column.
_COLUMN_MARKS = re.compile(r"^<S>[ \t]+<C>", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"<(?:!doctype html|html|body|table|div|p|head)\b", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_MAGIC = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a zip archive (xlsx, docx)",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PAR1": "a Parquet file",
}


class RawCell(NamedTuple):
    """A cell as it stands in the source. ``col`` is its 0-based grid column, ``number`` its 1-based
    rank in the row. ``line``/``column``/``start`` point at the first character of ``text``;
    ``marked``: there is markup between its characters in the source."""

    col: int
    span: int
    number: int
    text: str
    line: int
    column: int
    start: int
    row_span: int = 1
    marked: bool = False


class RawRow(NamedTuple):
    """A row of the source; ``number`` is its 1-based rank in the table."""

    number: int
    line: int
    cells: tuple[RawCell, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text between tables: a line of a text file, a block element of HTML."""

    text: str
    line: int
    start: int
    heading: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table of the source. ``spanned``: its cells say how many columns they span."""

    number: int
    line: int
    rows: tuple[RawRow, ...]
    spanned: bool = False


Block = Paragraph | TableBlock


_NEWLINE = re.compile(r"\r\n|\n|\r")


def line_starts(text: str) -> list[int]:
    """Where each line begins; a line ends with LF, CR or both."""
    if "\r" in text:
        return [0, *[match.end() for match in _NEWLINE.finditer(text)]]
    return list(accumulate([len(line) + 1 for line in text.split("\n")[:-1]], initial=0))


class Lines:
    """Offsets of line starts: turns a code-point offset into a 1-based line and column."""

    def __init__(self, text: str) -> None:
        self.starts = line_starts(text)

    def place(self, offset: int) -> tuple[int, int]:
        """1-based line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded source and its blocks in document order."""

    name: str
    media: str
    encoding: str
    text: str
    blocks: tuple[Block, ...]
    lines: Lines

    def locate(self, cell: RawCell, index: int) -> tuple[int, int, int]:
        """Line, column and start offset of the ``index``-th character of a cell's text."""
        if self.media != "text/html":
            offset = cell.start + index
            if index and cell.marked:
                from exporter.ingest import plain

                offset = plain.locate(self.text, cell.start, index)
            return cell.line, cell.column + offset - cell.start, offset
        if cell.start < 0:
            return cell.line, 1, index
        from exporter.ingest import html

        line, column = self.lines.place(html.locate(self.text, cell.start, index))
        return line, column, index


def read(
    data: bytes, name: str, heads_table: Callable[[str], bool], heads: Callable[[str], Sequence[tuple[int, int]] | None]
) -> Document:
    """Decode and cut into blocks; ``heads_table`` knows the lines that head a table, ``heads`` the periods in one that names
    nothing else.

    Raises DocumentError, naming the source, for what is no text.
    """
    text, encoding = decode(data, name)
    if not text.strip():
        raise DocumentError(f"{name}: is empty; give a release with text in it")
    marked_up = _TAG.search(text, 0, 20_000) or (_TAG.search(text) and "</" in text)
    if marked_up and not _COLUMN_MARKS.search(text):
        from exporter.ingest import html

        blocks: tuple[Block, ...] = html.blocks(text, name)
        media = "text/html"
    else:
        from exporter.ingest import plain

        blocks, media = plain.blocks(text, heads_table, heads)
    cells = sum(len(row.cells) for block in blocks if isinstance(block, TableBlock) for row in block.rows)
    if cells > MAX_CELLS:
        raise DocumentError(f"{name}: has {cells} table cells, more than {MAX_CELLS}; split the document")
    return Document(name, media, encoding, text, blocks, Lines(text))


# --- encodings ------------------------------------------------------------------------------------


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and the name of its encoding. UTF-8 and UTF-16 with or without BOM, a declared HTML
    charset, else GB18030 or Windows-1252 by detection. Raises DocumentError for binary data."""
    if not data:
        raise DocumentError(f"{name}: is empty (0 bytes); give a release with text in it")
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise DocumentError(f"{name}: is {kind}, not text; convert it to text, markdown or HTML first")
    for bom, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(bom):
            return _strict(data[len(bom) :], encoding, name), encoding
    encoding = _guess(data, name)
    text = _strict(data, encoding, name)
    if encoding != "utf-8" or "\x00" in text:
        _refuse_binary(text, name)
    return text, encoding


def _guess(data: bytes, name: str) -> str:
    sample = data[:4096]
    if sample.count(0) > len(sample) // 5:
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        if max(odd, even) > 4 * min(odd, even):
            return "utf-16-le" if odd > even else "utf-16-be"
        raise DocumentError(f"{name}: is binary, not text; convert it to text, markdown or HTML first")
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        # Damaged or cut UTF-8 must not pass for another encoding: most of what is not ASCII still reads as UTF-8.
        text = data.decode("utf-8", "replace")
        if text.count("\ufffd") * 4 < sum(char > "\x7f" for char in text):
            return "utf-8"
    declared = _META.search(data[:4096])
    label = declared[1].decode("ascii").lower() if declared else ""
    if label in ("gb2312", "gbk", "gb18030", "hz-gb-2312"):
        return "gb18030"
    return "cp1252" if label in ("windows-1252", "iso-8859-1", "latin1", "us-ascii") else _detect(data)


def _detect(data: bytes) -> str:
    """GB18030 or Windows-1252: Chinese bytes come in pairs; Western high bytes mostly stand alone."""
    from charset_normalizer import from_bytes

    found = re.findall(rb"[\x80-\xff]+", data)
    if all(_CHINESE.fullmatch(run) for run in found):
        return "gb18030"
    runs = [len(run) for run in found]
    paired = sum(n for n in runs if n % 2 == 0)
    if paired * 2 < sum(runs):
        return "cp1252"
    best = from_bytes(data[:200_000], cp_isolation=["gb18030", "cp1252"]).best()
    return "cp1252" if best is not None and best.encoding == "cp1252" else "gb18030"


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "cp1252":
            return data.decode("cp1252", errors="replace")
        raise DocumentError(
            f"{name}: byte {error.start} is not {encoding}; the file is truncated or in another encoding, save it as UTF-8"
        ) from error


def _refuse_binary(text: str, name: str) -> None:
    controls = sum(1 for char in text[:20_000] if ord(char) < 32 and char not in "\t\n\r\f\x0b")
    if controls * 50 > min(len(text), 20_000):
        raise DocumentError(f"{name}: is binary, not text; convert it to text, markdown or HTML first")
