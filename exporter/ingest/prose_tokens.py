"""Running text -> passages, sentences and tokens, each with its place in the source.

A passage is one paragraph, or several where a sentence runs on over a line break or a blank line. Its
text is clean: markup, backslashes and footnote marks are gone, and a list of pieces leads every
character back to where it stands in the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.ingest.document import Document, Paragraph
from exporter.values import lowered

#: A numeric token, as the truth files define it.
NUMERIC = re.compile(r"\d(?:\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d*(?:\.\d+)?)")

#: A character with which some markup begins; most paragraphs have none.
_MARKED = re.compile(r"[\\*_`^\u00b9\u00b2\u00b3\u2070\u2074-\u2079]")
_MARKUP = re.compile(
    r"\\(?=[$*_|#~<>().\[\]&+-])|\*\*|(?<!\w)__|__(?!\w)|`|\^\{?\*?(?P<mark>\d{1,3})\}?|(?P<sup>[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+)"
)
_SUP = str.maketrans("\u00b9\u00b2\u00b3\u2070\u2074\u2075\u2076\u2077\u2078\u2079", "1230456789")
_BULLET = re.compile(
    r"\s*(?:[-*\u2022\u25cf\u25cb\u25aa\u25a0\u00b7\u2013\u2014]|\u27a2|o(?=\s))\s+(?=\S)|\s*[\u2022\u25cf\u25aa\u25a0](?=\S)"
)
_NUMBERED = re.compile(r"\s*\(?(?P<number>\d{1,3})[.)]?\s+(?=[\"\u201c\u2018'(A-Z])")
_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u3000\t\n\r\x0b\x0c\u2028\u2029", " "),
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code != 0xFF0D},
        "\u3001": ",",
        "\u3002": "\u3002",
    }
)
#: ASCII letters are tried first: they are most, and told apart without a look at the character tables.
_LETTER = r"[^\W\d_\u3400-\u9fff]"
_LETTERS = rf"(?:[a-z]+{_LETTER}*|{_LETTER}+)"
_TOKEN = re.compile(
    rf"(?P<word>{_LETTERS}(?:'{_LETTERS})*)|(?P<sym>[^\s\w])"
    r"|(?P<num>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)|(?P<han>[\u3400-\u9fff])"
)
#: One set of characters stands first, so that the places where a sentence may end are found fast.
_END = re.compile(
    r"[.!?;\u3002\uff01\uff1f\uff1b](?:(?<=[.!?])[.!?]*(?=[\"')\]]*(?:\s+[\"'(\[]*[^\sa-z]|$))|(?<![.!?])(?!\w*;))"
)
_ITEM = re.compile(r"\s*\((?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s")
_WORD = 24
_TERMINAL = re.compile(r"[.!?:;\u3002\uff01\uff1f\uff1b]['\")\]]*\s*$")
_RUNS_ON = re.compile(r"\s*(?:[a-z(]|\d[\d,.]*\s*(?:million|billion|thousand|%|percent)\b)")
#: A word that a line's end cuts, and a line so long that it was cut rather than ended.
_HYPHEN = re.compile(r"[a-z]-\s*$")
_WRAPPED = 80
_SHORT = 20
_JOINED = 40


class Token(NamedTuple):
    """``text`` is lower case, without a possessive ending; ``kind``: word, num, han or sym. ``start`` and
    ``end`` are places in the clean text of the passage."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark: its number, and the place in the clean text after which it stands."""

    number: int
    at: int


@dataclass(slots=True)
class Passage:
    """``clean``: one kind of dash, quote and blank, case kept; ``plain``: the same in lower case and of
    the same length. ``note``: the number of the footnote that begins here, or 0."""

    paragraphs: list[Paragraph]
    clean: str = ""
    plain: str = ""
    pieces: list[tuple[int, int]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    note: int = 0
    heading: bool = False
    bullet: bool = False
    first: int = 0

    def origin(self, at: int) -> int:
        """The place in the source (in HTML: in the paragraph's text) of a place in the clean text."""
        index = bisect_right(self.pieces, (at, 1 << 60)) - 1
        clean, source = self.pieces[max(index, 0)]
        return source + at - clean


def passages(document: Document) -> Iterator[Passage]:
    """All passages in order; tables end them. A paragraph goes on with the next one where it does not
    end as a sentence does and the next one does not begin as one."""
    html = document.media == "text/html"
    current: list[Paragraph] = []
    first = 0
    for number, block in enumerate(document.blocks):
        paragraph = block if isinstance(block, Paragraph) else None
        if current and (paragraph is None or html or not _goes_on(document, current, paragraph)):
            yield _passage(document, current, first)
            current = []
        if paragraph is not None:
            if not current:
                first = number
            current.append(paragraph)
    if current:
        yield _passage(document, current, first)


def _goes_on(document: Document, current: list[Paragraph], following: Paragraph) -> bool:
    last = current[-1]
    if last.heading or following.heading or len(current) >= _JOINED:
        return False
    if _TERMINAL.search(last.text) or len(last.text) <= _SHORT or _BULLET.match(following.text) or _ITEM.match(following.text):
        return False
    beside = following.line == last.line + 1
    wrapped = beside and (len(last.text) >= _WRAPPED or _HYPHEN.search(last.text) is not None)
    return wrapped or _RUNS_ON.match(following.text) is not None


def _raw(document: Document, paragraph: Paragraph) -> tuple[str, int]:
    """The text of a paragraph as it stands in the source, and where it begins there."""
    if document.media == "text/html":
        return paragraph.text, 0
    following = bisect_right(document.lines.starts, paragraph.start)
    end = document.lines.starts[following] if following < len(document.lines.starts) else len(document.text)
    return document.text[paragraph.start : end].rstrip("\r\n"), paragraph.start


def _passage(document: Document, paragraphs: list[Paragraph], first: int) -> Passage:
    passage = Passage(paragraphs, first=first, heading=paragraphs[0].heading)
    parts: list[str] = []
    length = 0

    def put(text: str, source: int) -> None:
        nonlocal length
        if text:
            passage.pieces.append((length, source))
            parts.append(text)
            length += len(text)

    for number, paragraph in enumerate(paragraphs):
        raw, origin = _raw(document, paragraph)
        at = 0
        if number == 0:
            at = _opening(passage, raw)
        else:
            put("" if _HYPHEN.search(paragraphs[number - 1].text) else " ", origin)
        for match in _marked_up(raw, at):
            put(raw[at : match.start()], origin + at)
            at = match.end()
            if match["mark"] or match["sup"]:
                passage.marks.append(Mark(int((match["mark"] or match["sup"]).translate(_SUP)[:3]), length))
        put(raw[at:], origin + at)
    if not passage.pieces:
        passage.pieces.append((0, paragraphs[0].start))
    passage.clean = "".join(parts).translate(_SAME)
    passage.plain = lowered(passage.clean)
    return passage


def _marked_up(raw: str, at: int) -> Iterator[re.Match[str]]:
    while (sign := _MARKED.search(raw, at)) is not None:
        match = _MARKUP.match(raw, sign.start())
        if match is not None:
            yield match
        at = match.end() if match is not None else sign.end()


def _opening(passage: Passage, raw: str) -> int:
    """Where a paragraph's text begins after a bullet, a heading sign or the number of a footnote."""
    bullet = _BULLET.match(raw)
    if bullet:
        passage.bullet = True
        return bullet.end()
    if passage.heading:
        return len(raw) - len(raw.lstrip("# \t"))
    number = _NUMBERED.match(raw)
    if number:
        passage.note = int(number["number"])
        return number.end()
    return 0


def sentences(passage: Passage, abbreviations: Collection[str], at: int = 0) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a passage from a place on; a semicolon ends one, an abbreviation does not."""
    text = passage.clean
    for match in _END.finditer(text, at):
        if match[0][0] in ";\uff1b" and text.count("(", at, match.start()) > text.count(")", at, match.start()):
            continue  # "(Q2 2022: 4; Q1 2023: 3)"
        if match[0] == ".":
            last = _word_before(text, max(at, match.start() - _WORD), match.start())
            if (
                last
                and last != text[max(at, match.start() - _WORD) : match.start()].lower()
                and (last in abbreviations or (len(last) == 1 and last.isalpha()) or last.endswith((".s", ".m")))
            ):
                continue
        yield at, match.end()
        at = match.end()
    if text[at:].strip():
        yield at, len(text)


def _word_before(text: str, low: int, end: int) -> str:
    """The word that ends at a place, its full stops included, in lower case."""
    at = end
    while at > low and (text[at - 1].isalnum() or text[at - 1] in "_.&"):
        at -= 1
    return text[at:end].lower()


def tokens(passage: Passage, start: int, end: int) -> list[Token]:
    """The tokens of a part of a passage."""
    found = []
    for match in _TOKEN.finditer(passage.plain, start, end):
        kind, text = match.lastgroup, match[0]
        first, last = match.span()
        if kind == "word" and "'" in text:
            text = text[:-2] if text.endswith("'s") else text.replace("'", "")
        found.append(_token((kind, text, first, last)))
    return found


_token = Token._make
