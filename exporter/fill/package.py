"""What a model is made of: sheets, names, tables, notes, shared texts. Read with lxml, nothing is changed here.

Parts are found by relationship, never by a guessed name, and elements by local name in the namespace of their part, so
that transitional and strict files, prefixed ones, and those with absolute targets are all one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import unquote
from xml.parsers import expat

from lxml import etree

from exporter.errors import DocumentError
from exporter.fill.archive import Archive

#: A rectangle of cells: first column, first row, last column, last row; 1-based and inclusive.
Area = tuple[int, int, int, int]

LAST_COLUMN, LAST_ROW = 16_384, 1_048_576
MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_ENCODING = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})(?::\$?([A-Z]{1,3})\$?([1-9]\d{0,6}))?", re.IGNORECASE)
_SHARED_TEXT = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_SHARED_HEAD = re.compile(r"(?:\ufeff?<\?xml[^<>]*\?>\s*)?<sst(?:\s[^<>]*)?>\s*")
_SAVE_AGAIN = "save it once with a spreadsheet program"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a part: the last step of its type, such as ``worksheet``, and the part it leads to."""

    id: str
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A worksheet: its name on the tab and its part."""

    name: str
    part: str


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A defined name, and what it means."""

    name: str
    formula: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, its sheet, where it lies, and whether its first row is a header."""

    name: str
    sheet: str
    area: Area
    header: bool


class Model:
    """A workbook package. Raises DocumentError where it is none, or where a part that is read is damaged."""

    def __init__(self, data: bytes, label: str) -> None:
        self.label = label
        self.archive = Archive(data, label)
        self.part = self._workbook()
        self.root = parse(self.archive, self.part)
        if etree.QName(self.root).localname != "workbook" or etree.QName(self.root).namespace not in MAIN:
            raise DocumentError(f"{label}: its main part {self.part} is no workbook; save it as .xlsx or .xlsm")
        listed = child(self.root, "sheets")
        self._tabs = [] if listed is None else list(children(listed, "sheet"))
        self.sheets = list(self._sheets())

    def _workbook(self) -> str:
        if self.archive.name("_rels/.rels") is None:
            kind = "an OpenDocument file" if self.archive.name("content.xml") else "no Office package"
            raise DocumentError(f"{self.label}: is {kind}; save it as .xlsx or .xlsm")
        for relation in relations(self.archive, ""):
            if relation.kind == "officeDocument":
                if relation.target.endswith(".bin"):
                    raise DocumentError(f"{self.label}: is a binary workbook (.xlsb); save it as .xlsx or .xlsm")
                return relation.target
        raise DocumentError(f"{self.label}: the package names no workbook; restore the file from a copy")

    def _sheets(self) -> Iterator[SheetInfo]:
        found = {relation.id: relation for relation in relations(self.archive, self.part)}
        for sheet in self._tabs:
            relation = next((found[str(value)] for name, value in sheet.items() if str(name).endswith("}id") and str(value) in found), None)
            name = sheet.get("name", "")
            if relation is None:
                raise DocumentError(f"{self.label}: the sheet {name!r} has no part in the package; restore the file from a copy")
            if relation.kind == "worksheet":
                yield SheetInfo(name, relation.target)

    @property
    def tabs(self) -> list[str]:
        """The names of all sheets in order, chart sheets included: what a span of sheets runs over."""
        return [sheet.get("name", "") for sheet in self._tabs]

    @property
    def date1904(self) -> bool:
        """Whether day 0 is the first of January 1904."""
        settings = child(self.root, "workbookPr")
        return settings is not None and settings.get("date1904") in ("1", "true", "on")

    @cached_property
    def names(self) -> list[DefinedName]:
        """The defined names, in the order of the file."""
        listed = child(self.root, "definedNames")
        items = [] if listed is None else children(listed, "definedName")
        return [DefinedName(item.get("name", ""), text_of(item).strip()) for item in items]

    @cached_property
    def tables(self) -> list[Table]:
        """The tables of all sheets."""
        found = []
        for sheet in self.sheets:
            for part in self.related(sheet.part, "table"):
                root = parse(self.archive, part)
                area = area_of(root.get("ref", ""))
                if area is not None:
                    name = root.get("displayName") or root.get("name") or ""
                    found.append(Table(name, sheet.name, area, root.get("headerRowCount", "1") != "0"))
        return found

    @cached_property
    def marked_texts(self) -> dict[bytes, str]:
        """The shared texts that may be placeholders, those with ``{{`` in them, by their number as cells write it: ``<v>12``."""
        texts: list[str] = []
        for part in self.related(self.part, "sharedStrings")[:1]:
            texts = _shared_texts(self.archive.read(part), f"{self.label}: the part {part}")
        return {b"<v>%d" % index: text for index, text in enumerate(texts) if "{{" in text}

    def notes(self, sheet: SheetInfo) -> Iterator[tuple[str, str]]:
        """Cell and text of each note of a sheet: notes of the old kind, and threaded comments with their replies."""
        for kind, element in (("comments", "comment"), ("threadedComment", "threadedComment")):
            for part in self.related(sheet.part, kind):
                for item in parse(self.archive, part).iter(f"{{*}}{element}"):
                    yield item.get("ref", ""), text_of(item)

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of one kind that a part leads to."""
        return [relation.target for relation in relations(self.archive, part) if relation.kind == kind]


# --- XML --------------------------------------------------------------------------------------------


def parse(archive: Archive, name: str) -> etree._Element:
    """The root of a part. Raises DocumentError where it is missing, no XML, or has a document type (entity bombs)."""
    return parse_bytes(archive.read(name), f"{archive.label}: the part {name}")


def parse_bytes(data: bytes, label: str) -> etree._Element:
    """The root of an XML text; ``label`` begins the message of what is wrong with it."""
    _refuse_unsafe(data, label)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DocumentError(f"{label} is no XML ({str(error).splitlines()[0]}); restore the file from a copy") from error


def check_xml(data: bytes, label: str) -> None:
    """Only that a text is XML: several times faster than reading it. Raises DocumentError."""
    _refuse_unsafe(data, label)
    try:
        expat.ParserCreate("utf-8").Parse(data, True)
    except expat.ExpatError as error:
        raise DocumentError(f"{label} is no XML ({error}); restore the file from a copy") from error


def _shared_texts(data: bytes, label: str) -> list[str]:
    _refuse_unsafe(data, label)
    texts = _plain_texts(data)
    return [text_of(item) for item in children(parse_bytes(data, label), "si")] if texts is None else texts


def _plain_texts(data: bytes) -> list[str] | None:
    """The shared texts where each is in one piece, as nearly always, told by patterns alone; None where any is formatted, has a
    character reference, or where anything else stands in the part."""
    try:
        part = data.decode()
    except UnicodeDecodeError:
        return None
    head, _, rest = part.partition("<si>")
    texts = _SHARED_TEXT.findall(part)
    # Four tags each, and the end of the list.
    whole = _SHARED_HEAD.fullmatch(head) and rest.endswith("</sst>") and rest.count("<") == 4 * len(texts)
    return texts if whole and not any(odd in part for odd in ("&", "\r", "]]>")) else None


def _refuse_unsafe(data: bytes, label: str) -> None:
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
        raise DocumentError(f"{label} is not in UTF-8; {_SAVE_AGAIN}")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise DocumentError(f"{label} declares a document type, which no workbook does; the file is not trusted")


def children(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of a local name in the parent's own namespace."""
    return parent.iterchildren(f"{{{etree.QName(parent).namespace or ''}}}{name}")


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """The first of such children."""
    return next(children(parent, name), None)


def text_of(item: etree._Element) -> str:
    """All text in an element, without phonetic readings."""
    return "".join(
        node.text or "" for node in item.iter("{*}t", "{*}text", "{*}definedName") if etree.QName(node.getparent()).localname != "rPh"
    )


def relations(archive: Archive, part: str) -> list[Relation]:
    """The relationships of a part within the package, "" for the package itself. Raises DocumentError for a missing target."""
    folder, _, name = part.rpartition("/")
    listed = archive.name(posixpath.join(folder, "_rels", f"{name}.rels"))
    if listed is None:
        return []
    found = []
    for item in parse(archive, listed).iter("{*}Relationship"):
        if item.get("TargetMode", "").lower() == "external":
            continue
        kind = item.get("Type", "").rpartition("/")[2]
        target = posixpath.normpath(posixpath.join("/", folder, unquote(item.get("Target", "").partition("#")[0]))).lstrip("/")
        known = archive.name(target)
        if known is not None:
            found.append(Relation(item.get("Id", ""), kind, known))
        elif kind in ("officeDocument", "worksheet", "sharedStrings"):
            raise DocumentError(f"{archive.label}: the part {target} is missing from the package; restore the file from a copy")
    return found


# --- addresses --------------------------------------------------------------------------------------


def column_number(letters: str) -> int:
    """``A`` is 1, ``XFD`` 16,384; more than three letters are beyond the sheet."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=20_000)
def column_letters(number: int) -> str:
    """The other way round."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def area_of(text: str) -> Area | None:
    """``B2`` or ``$A$1:C9`` as a rectangle, None where it is neither or lies beyond the sheet."""
    match = _AREA.fullmatch(text)
    if match is None:
        return None
    columns = sorted((column_number(match[1]), column_number(match[3] or match[1])))
    rows = sorted((int(match[2]), int(match[4] or match[2])))
    return (columns[0], rows[0], columns[1], rows[1]) if columns[1] <= LAST_COLUMN and rows[1] <= LAST_ROW else None
