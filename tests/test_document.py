"""Bytes -> text -> blocks: encodings, newlines, and the place of every figure in its source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import DocumentError
from exporter.ingest.document import Lines, decode
from exporter.ingest.resolve import read_report
from exporter.model import Observation
from exporter.taxonomy import load

TAXONOMY = load()
WESTERN = "Lantern Harbour’s “net” result – in €\nTotal net revenue\t€1,050\nCafé supplies\t(7)\n" * 3
CHINESE = "灯笼港控股有限公司公布二零二三年第二季度业绩\n营业收入\t1,050\n所得税费用\t(55)\n净利润\t195\n" * 3


# --- encodings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [WESTERN, CHINESE, "plain\tASCII 1,200\n"], ids=["western", "chinese", "ascii"])
@pytest.mark.parametrize(
    ("codec", "bom", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
    ],
)
def test_unicode(text: str, codec: str, bom: bytes, named: str) -> None:
    assert decode(bom + text.encode(codec), "x") == (text, named)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(codec: str) -> None:
    text = WESTERN + "Plain words follow, as they do in every release. " * 4
    assert decode(text.encode(codec), "x") == (text, codec)


@pytest.mark.parametrize(
    "text", [CHINESE, CHINESE[:60], CHINESE + WESTERN.replace("’", "'").replace("é", "e")], ids=["long", "short", "mixed"]
)
def test_gb18030(text: str) -> None:
    assert decode(text.encode("gb18030"), "x") == (text, "gb18030")


def test_a_few_chinese_words_in_a_western_release() -> None:
    text = "Plain words. " * 60 + "\n灯笼存货\t77\n"
    assert decode(text.encode("gb18030"), "x") == (text, "gb18030")


@pytest.mark.parametrize(
    "text",
    [WESTERN, "Company’s net loss\t€5\n" + "Plain words. " * 80, "Société Générale’s “résultat”\t1\n", "€5 and €7"],
    ids=["many", "few", "accents", "euro"],
)
def test_windows_1252(text: str) -> None:
    assert decode(text.encode("cp1252"), "x") == (text, "cp1252")


@pytest.mark.parametrize(
    ("label", "codec", "named"), [("gb2312", "gb18030", "gb18030"), ("ISO-8859-1", "cp1252", "cp1252"), ("GBK", "gb18030", "gb18030")]
)
def test_a_page_that_declares_its_charset(label: str, codec: str, named: str) -> None:
    body = "净利润" if codec == "gb18030" else "Café"
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={label}"></head><body>{body}</body></html>'
    assert decode(page.encode(codec), "x") == (page, named)


def test_a_declared_charset_does_not_overrule_valid_utf_8() -> None:
    page = '<meta charset="gb2312"><p>Café — 净利润</p>'
    assert decode(page.encode(), "x") == (page, "utf-8")


@pytest.mark.parametrize("cut", [1, 2])
def test_cut_utf_8_is_told_with_its_place(cut: int) -> None:
    data = CHINESE.encode()
    data = data[: data.rindex("净利润".encode()) + 3 - cut]
    with pytest.raises(DocumentError, match=rf"^half\.txt: byte {len(data) - 3 + cut} is not utf-8; the file is truncated"):
        decode(data, "half.txt")


def test_one_damaged_byte_does_not_make_utf_8_another_encoding() -> None:
    data = bytearray(CHINESE.encode())
    data[data.index("净".encode()) + 1] = 0x20
    with pytest.raises(DocumentError, match="is not utf-8"):
        decode(bytes(data), "x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Office file"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"PAR1", "a Parquet file"),
        (b"\0" * 900, "is binary"),
        (bytes(range(256)) * 8, "is not gb18030"),
        (b"text\x01\x02\x03\x00\x05" * 50, "is binary"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=rf"^name\.txt: .*{message}"):
        decode(data, "name.txt")


# --- newlines -------------------------------------------------------------------------------------


@given(st.text(alphabet="ab年\r\n\u2028\x85\x0c\t", max_size=60), st.integers(0, 60))
def test_lines_are_counted_as_an_editor_counts_them(text: str, at: int) -> None:
    offset = min(at, len(text))
    if text[offset - 1 : offset + 1] == "\r\n":
        offset += 1  # no figure begins between CR and LF
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    assert Lines(text).place(offset) == (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


# --- places ---------------------------------------------------------------------------------------


def ink(text: str, line: int, column: int) -> str:
    """The characters at a place, as they are seen: without tags, comments, blanks and the markup of markdown."""
    lines = re.split("\r\n|\r|\n", text)
    rest = "\n".join((lines[line - 1][column - 1 :], *lines[line : line + 5]))
    assert not re.match(r"[\s<*\\_]", rest), f"{line}:{column} is no character of a figure: {rest[:20]!r}"
    assert unescape(re.match(r"&#?\w+;|.", rest, re.DOTALL)[0]) not in "\u200b\ufeff\u00a0", f"{line}:{column} is a blank"  # type: ignore[index]
    seen = unescape(re.sub(r"<!--.*?-->|<[^>]*>", "", rest, flags=re.DOTALL))
    return re.sub(r"[\s\u200b*\\_]", "", seen)


def check_places(text: str, figures: Sequence[Observation], raws: Sequence[str]) -> None:
    assert [figure.raw for figure in figures] == list(raws)
    for figure in figures:
        place, solid = figure.place, re.sub(r"\s", "", figure.raw)
        assert ink(text, place.line, place.column).startswith(solid), (figure.raw, place)
        assert place.end - place.start == len(figure.raw)


HEAD = 'Lantern Harbour Inc. (NYSE: LNHB)\n\nCondensed Consolidated Balance Sheets\n(In thousands of Renminbi ("RMB"))\n\n'
ROWS = (("Cash and cash equivalents", "1,200", "1,450"), ("灯笼 😀 stock", "(77)", "-8"), ("Total assets", "  1,277.5 ", "RMB 1,458"))
RAWS = ("1,200", "1,450", "(77)", "-8", "1,277.5", "1,458")


def tabbed() -> str:
    rows = "".join("\t".join(row) + "\n" for row in ROWS)
    return f"{HEAD}\tDecember 31, 2022\tJune 30, 2023\n{rows}"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_places_in_text(newline: str, codec: str) -> None:
    text = tabbed().replace("\n", newline)
    report = read_report(text.encode(codec), "x.txt", TAXONOMY)
    assert report.document.text == text, "newlines as in the file, no byte order mark"
    check_places(text, report.observations, RAWS)
    assert [text[o.place.start : o.place.end] for o in report.observations] == list(RAWS)
    assert [(o.place.table, o.place.row, o.place.cell) for o in report.observations] == [(1, 2 + n // 2, 1 + n % 2) for n in range(6)]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    body = "".join("| " + " | ".join(row) + " |\n" for row in rows)
    return f"# {HEAD}|  | December 31, 2022 | June 30, 2023 |\n|---|---:|---:|\n{body}"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_places_in_markdown(newline: str) -> None:
    rows = (*ROWS, (r"Loans \| notes", "**1,300**", r"\$ 5"), ("**Total** liabilities", "(**1,400**)", "__9__"))
    text = markdown(rows).replace("\n", newline)
    report = read_report(text.encode(), "x.md", TAXONOMY)
    check_places(text, report.observations, (*RAWS, "1,300", "5", "(1,400)", "9"))
    plain = [o for o in report.observations if o.raw in RAWS]
    assert [text[o.place.start : o.place.end] for o in plain] == list(RAWS)
    assert {o.place.column == o.place.start - text.rfind(newline[-1], 0, o.place.start) for o in report.observations} == {True}


@pytest.mark.parametrize("cell", [r"US\$1,200", "**RMB**1,200", r"**\$** 1,200"])
def test_markup_between_the_sign_and_the_number(cell: str) -> None:
    text = markdown([("Total assets", cell, cell)])
    check_places(text, read_report(text.encode(), "x.md", TAXONOMY).observations, ("1,200", "1,200"))


#: What stands in a cell, and the figure that it prints; its collapsed text where that is longer.
CELLS: dict[str, tuple[str, str, str]] = {
    "plain": ("1,200", "1,200", ""),
    "entity blank": ("&nbsp;&#160; 1,200&nbsp;", "1,200", ""),
    "entity sign": ("&#36;1,200", "1,200", "$1,200"),
    "entity minus": ("&minus;1,200", "−1,200", ""),
    "entity brackets": ("&#40;1,200&#x29;", "(1,200)", ""),
    "sign and blank": ("RMB&nbsp; 1,200", "1,200", "RMB 1,200"),
    "blank and sign": ("\n <b>&nbsp;RMB1,200</b>", "1,200", "RMB1,200"),
    "blank, sign and blank": ("\n &nbsp;RMB \n 1,200", "1,200", "RMB 1,200"),
    "nested": ('<p class="x"><span><b>1,200</b></span></p>', "1,200", ""),
    "nested sign": ("<div><font>$</font> <b><i>(1,200)</i></b></div>", "(1,200)", "$ (1,200)"),
    "broken up": ("<b>1</b>,<i>20</i><u>0</u>", "1,200", ""),
    "inline tag": ('<ix:nonFraction name="a:B" scale="3">1,200</ix:nonFraction>', "1,200", ""),
    "comment": ("<!-- 7 <td> --><!-- > -->1,<!-- 9 -->200", "1,200", ""),
    "own line": ("\n      1,200\n    ", "1,200", ""),
    "break before": ("<br/>\n<br>1,200", "1,200", ""),
    "mark after": ("1,200<sup>(2)</sup>", "1,200", ""),
    "mark before": ("<sup>2</sup>1,200", "1,200", ""),
    "marked twice": ("<sup><a href='#n'>1</a></sup> 1,200<SUP>*</SUP>", "1,200", ""),
    "zero width": ("\u200b&#8203;1,200", "1,200", ""),
    "single quotes": ("<span title='3 &gt; 2'>1,200</span>", "1,200", ""),
    "capitals": ("<P><B>1,200</B></P>", "1,200", ""),
    "full width": ("（1,200）", "（1,200）", ""),
    "astral": ("<!-- 😀 -->1,200", "1,200", ""),
}


def page(rows: Sequence[Sequence[str]], td: str = "td", attributes: str = "") -> str:
    head = f"<tr><{td}></{td}><{td}{attributes}>December 31, 2022</{td}><{td}{attributes}>June 30, 2023</{td}></tr>"
    body = "\n".join(
        "<tr>" + "".join(f"<{td}{attributes if n else ''}>{cell}</{td}>" for n, cell in enumerate(row)) + "</tr>" for row in rows
    )
    prose = "".join(f"<p>{line}</p>\n" for line in HEAD.splitlines() if line)
    script = "<script>var a = '<td>9</td>';</script><style>td > p { }</style>"
    return f"<!DOCTYPE html><html><head>{script}</head><body>\n{prose}<table border=1>{head}\n{body}</table>\n</body></html>"


@pytest.mark.parametrize("shape", CELLS)
def test_places_in_html(shape: str) -> None:
    cell, raw, collapsed = CELLS[shape]
    text = page([("Total assets &amp; 😀", cell, cell), ("Total liabilities", cell, "9")])
    report = read_report(text.encode(), "x.html", TAXONOMY)
    check_places(text, report.observations, (raw, raw, raw, "9"))
    for figure in report.observations[:3]:
        assert (collapsed or raw)[figure.place.start : figure.place.end] == raw, "offsets in the collapsed text of the cell"
    places = [(o.place.table, o.place.row, o.place.cell) for o in report.observations]
    assert places == [(1, 2, 2), (1, 2, 3), (1, 3, 2), (1, 3, 3)]


@pytest.mark.parametrize("newline", ["\r\n", "\r"], ids=["CRLF", "CR"])
@pytest.mark.parametrize("td", ["td", "th", "TD"])
def test_places_in_html_whatever_the_newline(newline: str, td: str) -> None:
    text = page([("Total assets", "\n1,200", "<p>\n(7)</p>")], td).replace("\n", newline)
    check_places(text, read_report(text.encode(), "x.html", TAXONOMY).observations, ("1,200", "(7)"))


def test_places_where_a_figure_is_spread_over_cells_with_spans() -> None:
    row = "<tr><td rowspan=2>Total assets</td><td>$</td><td>(1,200</td><td>)</td><td>&nbsp;</td><td>$</td><td>1,450</td><td></td></tr>"
    more = "<tr><td colspan=2>1,300</td><td></td><td></td><td></td><td>9</td><td></td></tr>"
    head = '<tr><td></td><td colspan="3">December 31, 2022</td><td></td><td colspan="3">June 30, 2023</td></tr>'
    text = page([("x", "y", "z")])
    text = re.sub(r"<table.*</table>", f"<table>{head}\n{row}{more}</table>", text, flags=re.DOTALL)
    report = read_report(text.encode(), "x.html", TAXONOMY)
    check_places(text, report.observations, ("(1,200)", "1,450", "1,300", "9"))
    assert [(o.place.row, o.place.cell) for o in report.observations] == [(2, 3), (2, 7), (3, 1), (3, 5)]


def test_places_where_end_tags_are_left_out() -> None:
    text = page([]).replace("</table>", "<tr><td>Total assets<td> 1,200<td>(7)\n<tr><td>Total liabilities<td>3<td> 4</table>")
    check_places(text, read_report(text.encode(), "x.html", TAXONOMY).observations, ("1,200", "(7)", "3", "4"))


def test_places_in_tables_inside_a_layout_table() -> None:
    text = (
        page([("Total assets", "1,200", "1,450")])
        .replace("<table", "<table><tr><td>5</td><td>\n<table", 1)
        .replace("</table>", "</table></td></tr></table>")
    )
    report = read_report(text.encode(), "x.html", TAXONOMY)
    check_places(text, report.observations, ("1,200", "1,450"))
    assert {o.place.table for o in report.observations} == {2}


@pytest.mark.parametrize("attributes", [' title="a > b"', " data-x='1>0'"])
def test_places_after_an_attribute_with_a_greater_sign(attributes: str) -> None:
    text = page([("Total assets", "1,200", "1,450")], attributes=attributes)
    check_places(text, read_report(text.encode(), "x.html", TAXONOMY).observations, ("1,200", "1,450"))


def test_places_where_a_cell_stands_outside_of_any_table() -> None:
    text = page([("Total assets", "1,200", "1,450")]).replace("<table", "<div><td>stray</td></div><table")
    check_places(text, read_report(text.encode(), "x.html", TAXONOMY).observations, ("1,200", "1,450"))


@given(
    st.lists(
        st.sampled_from(
            [" ", "\n", "&nbsp;", "<b>", "</b>", "<i>", "</i>", "<!-- 5 -->", "<br>", "\u200b", "\t", "<span a='b'>", "</span>"]
        ),
        max_size=8,
    )
)
def test_whatever_stands_before_a_figure_its_place_is_its_first_character(before: list[str]) -> None:
    text = page([("Total assets", "".join(before) + "1,200", "7")])
    check_places(text, read_report(text.encode(), "x.html", TAXONOMY).observations, ("1,200", "7"))


def test_a_figure_stands_where_a_person_finds_it() -> None:
    """The whole chain by hand, so that the helper above is not the only witness."""
    text = tabbed()
    first = read_report(text.encode(), "x.txt", TAXONOMY).observations[0].place
    assert (first.line, first.column, first.start, first.locator) == (7, 27, text.index("1,200"), "7:27")
    pairs = zip_longest("1,200", text[first.start : first.end])
    assert all(a == b for a, b in pairs)
