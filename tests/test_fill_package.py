"""The package of a model: what is refused, and that other programs' ways of writing one are all understood."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openpyxl
import pytest
from fillkit import book, cells, changed, filled, parts, rezipped, store_of
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exporter.errors import DocumentError
from exporter.fill.archive import Archive
from exporter.fill.package import column_letters
from exporter.fill.sheet import Sheet
from exporter.store import FactStore

ASKS = "{{fin:Revenues | 2023Q2 | CNY}}"
FULL = 3914316000
SHEET = "xl/worksheets/sheet1.xml"
NS = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FactStore:
    return store_of(tmp_path_factory.mktemp("fill") / "facts.duckdb")


@pytest.fixture(scope="module")
def plain() -> bytes:
    return cells({"A1": ASKS, "A2": "=A1*2", "A3": "text"})


def values(data: bytes, name: str = "Model") -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data))[name].iter_rows()]


# --- what is refused ----------------------------------------------------------------------------------


def entry(name: str, data: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def flagged(data: bytes) -> bytes:
    """The first entry says that it is encrypted, in both of its records."""
    at = data.index(b"PK\x01\x02")
    return data[:6] + b"\x01" + data[7 : at + 8] + b"\x01" + data[at + 9 :]


def overlapping(data: bytes) -> bytes:
    """The second entry of the directory points at the first one's data."""
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 1)
    return data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]


def lying(data: bytes) -> bytes:
    """The workbook part says that it is a gigabyte."""
    at = data.rindex(b"xl/workbook.xml") - 46
    return data[: at + 24] + struct.pack("<L", 1 << 30) + data[at + 28 :]


Change = Callable[[bytes], bytes]


def swap(old: bytes | str, new: bytes | str, count: int = -1) -> Change:
    was, now = (one.encode() if isinstance(one, str) else one for one in (old, new))
    return lambda part: part.replace(was, now, count)


def in_sheet(change: Change) -> Change:
    return lambda data: rezipped(data, {SHEET: change})


def in_links(old: bytes, new: bytes) -> Change:
    return lambda data: rezipped(data, {"xl/_rels/workbook.xml.rels": swap(old, new)})


def binary(data: bytes) -> bytes:
    return rezipped(data, {"_rels/.rels": swap("workbook.xml", "workbook.bin"), "xl/workbook.bin": b"x"})


OTHER = b' xmlns:q="' + NS + b'"'


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: b"", "is no workbook (not a zip package"),
        (lambda _: b"Item,Amount\n", "is no workbook (not a zip package"),
        (lambda data: data[: len(data) // 2], "is no workbook (not a zip package"),
        (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old .xls workbook, or one with a password"),
        (lambda _: entry("content.xml"), "is an OpenDocument file"),
        (lambda _: entry("readme.txt"), "is no Office package"),
        (lambda _: entry("../evil.xml"), "leaves the package"),
        (lambda _: entry("/etc/passwd"), "leaves the package"),
        (lambda _: entry("xl/../../evil.xml"), "leaves the package"),
        (lambda _: entry("C:/evil.xml"), "leaves the package"),
        (flagged, "is encrypted"),
        (overlapping, "overlap"),
        (lying, "is larger than what is read of a model"),
        (binary, ".xlsb"),
        (lambda data: rezipped(data, {"xl/Workbook.xml": b"<x/>"}), "two parts of the package have the same name"),
        (lambda data: rezipped(data, {"_rels/.rels": b"<Relationships/>"}), "the package names no workbook"),
        (lambda data: rezipped(data, {"xl/workbook.xml": b"<document/>"}), "is no workbook; save it as"),
        (lambda data: rezipped(data, {"xl/workbook.xml": b"<workbook"}), "the part xl/workbook.xml is no XML"),
        (in_links(b"sheet1", b"sheet9"), "sheet9.xml is missing"),
        (in_links(b'="sharedStr', b'="str'), "strings.xml is missing"),
        (in_links(b'"rId1"', b'"rId77"'), "has no part in the package"),
        (in_sheet(swap("<worksheet", "<!DOCTYPE worksheet [<!ENTITY a 'b'>]><worksheet")), "document type"),
        (in_sheet(swap("UTF-8", "ISO-8859-1")), "is not in UTF-8"),
        (in_sheet(lambda part: part.decode().replace("UTF-8", "UTF-16").encode("utf-16")), "is not in UTF-8"),
        (in_sheet(swap("</row>", "", 1)), "is no XML"),
        (in_sheet(swap("<row", "<!-- <c/> --><row", 1)), "cannot be patched safely"),
        (in_sheet(swap("<v>1</v>", "<v><![CDATA[1]]></v>")), "cannot be patched safely"),
        (in_sheet(swap(b"<row", b"<row" + OTHER, 1)), "cannot be patched safely"),
        (in_sheet(swap(b"<sheetData", b"<sheetData" + OTHER, 1)), "cannot be patched safely"),
        (in_sheet(swap(b"<worksheet", b"<worksheet" + OTHER, 1)), "cannot be patched safely"),
        (in_sheet(lambda _: b"<chartsheet/>"), "cannot be patched safely"),
    ],
)
def test_refused_in_one_line(plain: bytes, spoil: Callable[[bytes], bytes], message: str, store: FactStore) -> None:
    with pytest.raises(DocumentError) as caught:
        filled(spoil(plain), store)
    assert message in str(caught.value)
    assert str(caught.value).startswith("model.xlsx: ")
    assert "\n" not in str(caught.value)


def test_a_damaged_entry_is_refused(plain: bytes, store: FactStore) -> None:
    at = plain.index(b"xl/worksheets/sheet1.xml") + 40
    with pytest.raises(DocumentError, match=r"sheet1\.xml is damaged"):
        filled(plain[:at] + bytes(8) + plain[at + 8 :], store)


def test_a_bomb_is_never_unpacked_where_it_is_not_read(plain: bytes, store: FactStore) -> None:
    """A part nobody reads may be as large as it likes: it is copied."""
    bomb = rezipped(plain, {"customXml/item1.xml": bytes(300 << 20)})
    assert len(bomb) < 1 << 20
    assert changed_names(bomb, filled(bomb, store).data) == {SHEET}


def changed_names(before: bytes, after: bytes) -> set[str]:
    """As ``changed``, told by checksum."""
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        return {one.filename for one, other in zip(old.infolist(), new.infolist(), strict=True) if one.CRC != other.CRC}


def test_a_bomb_that_is_read_is_refused(plain: bytes, store: FactStore) -> None:
    with pytest.raises(DocumentError, match="is larger than what is read of a model"):
        filled(rezipped(plain, {SHEET: bytes(300 << 20)}), store)


@given(st.binary(max_size=300), st.integers(0, 6000), st.booleans())
def test_no_damage_makes_a_traceback(store: FactStore, noise: bytes, at: int, insert: bool) -> None:
    data = cells({"A1": ASKS, "A2": "=A1*2", "A3": "text"})
    at %= len(data)
    spoiled = data[:at] + noise + data[at if insert else at + len(noise) :]
    with suppress(DocumentError):
        filled(spoiled, store)


# --- the zip --------------------------------------------------------------------------------------------


def odd_zip() -> bytes:
    """Stored and deflated entries, descriptors, extra fields, comments, a directory entry, stamps, bytes before the first entry."""

    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(data)

    out = Unseekable()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, data) in enumerate(parts(cells({"A1": ASKS, "A2": "=A1*2"})).items()):
            info = zipfile.ZipInfo(name, (1999, 12, 31, 23, 59, 2 * number))
            info.compress_type = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
            info.comment, info.extra = b"a comment", struct.pack("<HH4s", 0xCAFE, 4, b"more")
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
        archive.writestr("folder/", b"")
        archive.comment = b"the end"
    return out.data


def test_an_odd_zip_stays_odd(store: FactStore) -> None:
    data = odd_zip()
    made = filled(data, store).data
    assert changed(data, made) == {SHEET}
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.comment == b"the end"
    old, new = (Archive(one, "x") for one in (data, made))
    for one, other in zip(old.entries, new.entries, strict=True):
        if one.info.filename != SHEET:
            assert data[one.start : one.end] == made[other.start : other.end]
    assert values(made)[0] == [FULL]


def test_bytes_before_the_package_stay(plain: bytes, store: FactStore) -> None:
    assert values(filled(b"#!something\n" + plain, store).data)[0] == [FULL]


def test_nothing_to_fill_is_a_copy(store: FactStore) -> None:
    data = cells({"A1": "{{fin:Nothing | 2023Q2}}", "A2": "=A1*2"})
    assert filled(data, store).data == data


# --- other ways of writing the same ---------------------------------------------------------------------


def prefixed(part: bytes) -> bytes:
    """``x:`` before every element of the main namespace."""
    part = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", part)
    return part.replace(b'xmlns="' + NS, b'xmlns:x="' + NS)


CELL = '<c r="A1" t="s"><v>0</v></c>'
RICH = "<is><r><t>{{fin:Reve</t></r><r><t>nues | 2023Q2 | CNY}&#125;</t></r></is>"
SHARED = (
    "<si><r><rPr><b/></rPr><t>{</t></r><r><t>{fin:Revenues |</t></r><rPh sb='0' eb='1'><t>x</t></rPh>"
    "<r><t xml:space='preserve'> 2023Q2 | CNY}}</t></r></si>"
)
OFFICE, PURL = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
LINKS = "xl/_rels/workbook.xml.rels"


def strict(part: bytes) -> bytes:
    return part.replace(NS, STRICT).replace(OFFICE.encode(), PURL.encode())


def without_addresses(part: bytes) -> bytes:
    return re.sub(rb'(<(?:row|c)) r="[A-Z]*[0-9]+"', rb"\1", part)


def with_blanks(part: bytes) -> bytes:
    return part.replace(b"<c ", b"<c\n  ").replace(b"><v>", b">\n<v>").replace(b"</v></c>", b"</v >\n</c >")


EXCEL = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" '
    'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
    'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" xr:uid="{00000000-0001-0000-0000-000000000000}"'
)


def as_excel(part: bytes) -> bytes:
    """With what Excel adds: more namespaces, hints in the rows, phonetic flags, a comment and an extension outside of the cells."""
    part = part.replace(b"<worksheet ", f"<worksheet {EXCEL} ".encode()).replace(b' spans="1:1"', b"")
    part = part.replace(b'<row r="1"', b'<row r="1" spans="1:1" ht="14.4" x14ac:dyDescent="0.3"').replace(b'<c r="A1"', b'<c r="A1" ph="1"')
    return part.replace(b"<pageMargins", b'<!-- <c r="A1"/> --><pageMargins').replace(b"</worksheet>", b"<extLst/></worksheet>")


WAYS: dict[str, dict[str, Change]] = {
    "as Excel": {SHEET: as_excel},
    "prefixed": dict.fromkeys((SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"), prefixed),
    "strict": dict.fromkeys((SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", LINKS, "_rels/.rels"), strict),
    "absolute targets": {LINKS: swap('Target="', 'Target="/xl/')},
    "relative targets": {LINKS: swap('Target="', 'Target="../xl/./')},
    "another case": {"_rels/.rels": swap("xl/workbook.xml", "/XL/Workbook.xml")},
    "single quotes": {SHEET: swap('"', "'")},
    "no addresses": {SHEET: without_addresses},
    "white space": {SHEET: with_blanks},
    "attributes in another order": {SHEET: lambda part: re.sub(rb'r="A(\d)" t="s"', rb't="s" r="A\1"', part)},
    "byte order mark": {SHEET: swap("<?xml", "\ufeff<?xml")},
    "inline text": {SHEET: swap(CELL, f'<c r="A1" t="inlineStr"><is><t>{ASKS}</t></is></c>')},
    "inline text, prefixed": {
        SHEET: lambda part: prefixed(part.replace(CELL.encode(), f'<c r="A1" t="inlineStr"><is><t>{ASKS}</t></is></c>'.encode())),
    },
    "inline text with blanks": {SHEET: swap(CELL, f'<c r="A1" t="inlineStr"><is><t xml:space="preserve"> {ASKS} </t></is></c>')},
    "inline rich text": {SHEET: swap(CELL, f'<c r="A1" t="inlineStr">{RICH}</c>')},
    "plain text": {SHEET: swap(CELL, f'<c r="A1" t="str"><v>{ASKS}</v></c>')},
    "an entity among the texts": {"xl/sharedStrings.xml": swap("</sst>", "<si><t>R&amp;D</t></si></sst>")},
    "a line's end among the texts": {"xl/sharedStrings.xml": swap("</sst>", "<si><t>a\r\nb</t></si></sst>")},
    "a comment among the texts": {"xl/sharedStrings.xml": swap("<si>", "<!-- <si><t>no</t></si> --><si>")},
    "rich text": {"xl/sharedStrings.xml": swap(f"<si><t>{ASKS}</t></si>", SHARED)},
}


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_of_writing(plain: bytes, way: str, store: FactStore) -> None:
    data = rezipped(plain, WAYS[way])
    assert any(parts(data)[name] != part for name, part in parts(plain).items())
    outcome = filled(data, store)
    assert [cell.value for cell in outcome.cells] == [str(FULL)], outcome.cells
    assert changed(data, outcome.data) == {SHEET}
    assert outcome.dropped == 1
    assert re.search(rb"<(x:)?v>%d</(x:)?v>" % FULL, parts(outcome.data)[SHEET])
    if way not in ("strict", "another case"):  # which openpyxl does not read
        assert values(outcome.data)[0] == [FULL]


@pytest.mark.parametrize("odd", ["", '<c r="Z9" t="inlineStr"><is><t>&#32;</t></is></c>'], ids=["usual", "odd"])
def test_texts_in_cells_and_shared_ones_side_by_side(plain: bytes, odd: str, store: FactStore) -> None:
    """A text that is a number is no number of a shared text; one quick way and one that understands everything see the same."""
    half = "{{fin:Revenues | 2023H1 | CNY}}"
    texts = ("0", half, "a &quot;b&quot; &amp; c", half, "{{x}}", "{{fin:Costs", f"R&amp;D {half}")
    inline = "".join(
        f'<c r="{column}9" s="0" t="inlineStr"><is><t>{text}</t></is></c>' for column, text in zip("ABCDEFG", texts, strict=True)
    )
    data = rezipped(plain, {SHEET: swap("</sheetData>", f'<row r="9">{inline}{odd}</row></sheetData>')})
    outcome = filled(data, store)
    found = [(cell.cell, cell.value) for cell in outcome.cells]
    assert found == [("A1", str(FULL)), ("B9", "7513490000"), ("D9", "7513490000"), ("G9", None)]
    assert outcome.cells[-1].request.said == f"R&D {half}"
    made = parts(outcome.data)[SHEET].decode()
    assert '<c r="A9" s="0" t="inlineStr"><is><t>0</t></is></c><c r="B9" s="0"><v>7513490000</v></c>' in made


def test_excels_own_words_stay(plain: bytes, store: FactStore) -> None:
    data = rezipped(plain, {SHEET: as_excel})
    before, after = parts(data)[SHEET], parts(filled(data, store).data)[SHEET]
    wanted = before.replace(b'<c r="A1" ph="1" t="s"><v>0</v></c>', b'<c r="A1" ph="1"><v>3914316000</v></c>').replace(b"<v>1</v>", b"")
    assert b'<c r="A2"><f>A1*2</f></c>' in wanted
    assert b'<c r="A3" t="s"></c>' in wanted
    assert after == wanted.replace(b'<c r="A3" t="s"></c>', b'<c r="A3" t="s"><v>1</v></c>')


def test_sheets_that_hold_no_cells(store: FactStore) -> None:
    """Chart sheets have no cells; a sheet may be hidden, or empty."""

    def work(made: Any) -> None:
        made.add_chartsheet("Chart").set_chart(chart := made.add_chart({"type": "line"}))
        chart.add_series({"values": "=Model!$A$1:$A$2"})
        made.add_worksheet("Empty")
        hidden = made.add_worksheet("Hidden")
        made.add_worksheet("Model").write("A1", ASKS)
        hidden.write("A1", ASKS)
        hidden.very_hidden()

    outcome = filled(book(work), store)
    assert [(cell.sheet, cell.value) for cell in outcome.cells] == [("Hidden", str(FULL)), ("Model", str(FULL))]


def test_a_greater_than_sign_within_an_attribute(store: FactStore) -> None:
    """Legal XML, which no spreadsheet program writes: a cell is found all the same."""
    data = rezipped(cells({"A1": ASKS, "B1": 2}), {SHEET: lambda p: p.replace(b'<c r="A1"', b'<c x="a>b" r="A1"')})
    made = filled(data, store).data
    assert b'<c x="a>b" r="A1"><v>3914316000</v></c>' in parts(made)[SHEET]


def test_results_are_dropped_with_their_type(store: FactStore) -> None:
    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        sheet.write("A1", ASKS)
        for row, result in enumerate((1, "text", True, "#DIV/0!", "")):
            sheet.write_formula(row, 1, '=IF(A1>"<",1,2)', None, result)
        sheet.write_array_formula("C1:C3", "{=ROW(A1:A3)*A1}", None, 7)
        sheet.write("C2", 8)
        sheet.write("C3", 9)
        sheet.write_dynamic_array_formula("D1", "=SORT(A1:A3)", None, 5)
        sheet.write("E1", "text")
        sheet.write("E2", True)
        sheet.write("E3", 4)

    data = book(work)
    outcome = filled(data, store)
    part = parts(outcome.data)[SHEET].decode()
    assert re.findall(r'<c r="B\d"[^>]*>', part) == [f'<c r="B{row}">' for row in range(1, 6)]
    assert '<c r="C2"/>' in part
    assert '<c r="C3"/>' in part
    assert len(re.findall("</f></c>", part)) == 7
    assert [[cell for cell in row[4:]] for row in values(outcome.data)[:3]] == [["text"], [True], [4]]


def test_patterns_see_every_cell() -> None:
    """Against lxml, on sheets of every kind of cell."""

    def work(made: Any) -> None:
        sheet = made.add_worksheet("Model")
        sheet.set_row(3, 20)
        for row in range(0, 40, 3):
            sheet.write(row, row % 7, "text")
            sheet.write(row, row % 7 + 30, row)
            sheet.write_formula(row, 100, "=1>0", None, True)
            sheet.write_blank(row, 700, None, made.add_format({"bold": True}))

    part = parts(book(work))[SHEET]
    sheet = Sheet(part, "x")
    known = [cell.get("r") for cell in etree.fromstring(part).iter("{*}c")]
    assert [f"{column_letters(column)}{row}" for (column, row), _ in sheet.cells()] == known
    assert len(sheet.rows) == len(list(etree.fromstring(part).iter("{*}row")))
