"""What the tests of `exporter fill` share: a store of facts made by hand, and models made by other programs."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from handmade import CLOSE, TRANSLATION, figure, report, taxonomy

from exporter.fill import Defaults, Outcome, fill
from exporter.model import Observation, Period, Report
from exporter.store import FactStore

HALF = Period(date(2023, 6, 30), date(2023, 1, 1))
NINE = Period(date(2022, 9, 30), date(2022, 1, 1))
YEAR = Period(date(2022, 12, 31), date(2022, 1, 1))
BEFORE = Period(date(2022, 6, 30), date(2022, 4, 1))
TRANSLATED = {"dimensions": TRANSLATION, "rate_date": date(2023, 6, 30)}
RANGE = {"kind": "range", "low": Decimal("1e9"), "high": Decimal("1.5e9")}
EXACT = "12345678901234567890.5"


def observations() -> list[Observation]:
    """One of each kind that a placeholder can ask for."""
    listed: list[dict[str, Any]] = [
        {"concept": "fin:Revenues", "printed": "3914316000"},
        {"concept": "fin:Revenues", "printed": "7513490000", "period": HALF},
        {"concept": "fin:Revenues", "printed": "4183190000", "period": BEFORE},
        {"concept": "fin:Revenues", "printed": "12000000000", "period": NINE},
        {"concept": "fin:Revenues", "printed": "16553000000", "period": YEAR},
        {"concept": "fin:Revenues", "printed": "539807000", "unit": "iso4217:USD", **TRANSLATED},
        {"concept": "fin:Revenues", "printed": "2700", "dimensions": (("lend:ModelAxis", "fin:LightMember"),)},
        {"concept": "fin:Revenues", "printed": None, "scenario": "guidance", **RANGE},
        {"concept": "fin:Costs", "printed": "-12000", "sign": -1},
        {"concept": "fin:Costs", "printed": EXACT, "period": HALF},
        {"concept": "fin:Cash", "printed": "7165584000.50", "period": CLOSE, "statement": "balance_sheet"},
        {"concept": "fin:EarningsPerAds", "printed": "3.40", "unit": "iso4217:CNY/fin:ADS", "decimals": 2},
        {"concept": "fin:Margin", "printed": "0.290", "unit": "xbrli:pure", "decimals": 3, "qualifier": "about"},
        {"concept": "fin:Auditor", "printed": None, "kind": "text", "text": "=cmd|' /C calc'!A0 <&> \x01_x0041_", "unit": ""},
        {"concept": "fin:PaymentDate", "printed": None, "kind": "date", "text": "2023-09-22", "unit": ""},
    ]  # fmt: skip
    return [figure(one.pop("concept"), one.pop("printed"), line=number + 1, **one) for number, one in enumerate(listed)]


def store_of(path: Path, *reports: Report) -> FactStore:
    with FactStore.open(path) as store:
        for one in reports or (report(observations()),):
            store.write([one], taxonomy())
    return FactStore.open(path, read_only=True)


def filled(data: bytes, store: FactStore, **defaults: Any) -> Outcome:
    return fill(data, "model.xlsx", store, Defaults(**defaults))


def book(work: Callable[[xlsxwriter.Workbook], object], **options: Any) -> bytes:
    """A workbook by XlsxWriter."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as made:
        work(made)
    return buffer.getvalue()


def cells(given: Mapping[str, Any], **options: Any) -> bytes:
    """A workbook of one sheet, ``Model``, with these cells; what begins with ``=`` is a formula whose cached result is 1."""

    def work(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Model")
        for address, value in given.items():
            if isinstance(value, str) and value.startswith("="):
                sheet.write_formula(address, value, None, 1)
            else:
                sheet.write(address, value)

    return book(work, **options)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def changed(before: bytes, after: bytes) -> set[str]:
    """The parts that differ; every part is still there, in the same order, with the same stamp and attributes."""
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        for one, other in zip(old.infolist(), new.infolist(), strict=True):
            for field in ("filename", "date_time", "external_attr", "internal_attr", "create_system", "comment", "extra"):
                assert getattr(one, field) == getattr(other, field), (one.filename, field)
    old_parts, new_parts = parts(before), parts(after)
    return {name for name, part in old_parts.items() if new_parts[name] != part}


def rezipped(data: bytes, changes: Mapping[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """The package with parts replaced, changed or added."""
    known = parts(data)
    for name, change in changes.items():
        known[name] = change(known[name]) if callable(change) else change
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in known.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def png() -> io.BytesIO:
    """A red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b""))


# --- a macro workbook with everything that openpyxl loses ---------------------------------------------

_PIVOT_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MACROS = b"\xd0\xcf\x11\xe0 any bytes \x00\xff" * 50


def macro_book(folder: Path) -> bytes:
    """Sheets: Model (asks for figures), Sums (depends on it), Other (does not), Pivot."""
    macros = folder / "vbaProject.bin"
    macros.write_bytes(MACROS)

    def work(made: xlsxwriter.Workbook) -> None:
        made.add_vba_project(str(macros))
        red = made.add_format({"bold": True, "font_color": "red", "num_format": "#,##0"})
        model, sums, other, pivot = (made.add_worksheet(name) for name in ("Model", "Sums", "Other", "Pivot"))
        model.write_row("A1", ["Item", "Amount"])
        model.write("A2", "Revenue")
        model.write("B2", "{{fin:Revenues | 2023Q2 | CNY}}", red)
        model.write("B3", 5, red)
        model.write_comment("B3", "Lantern:\n{{fin:Revenues | 2023H1 | CNY}}")
        model.write("B4", 6, red)
        model.write_formula("B5", "=SUM(B2:B4)", red, 11)
        model.write("B6", "{{fin:Nothing | 2023Q2 | CNY}}")
        model.conditional_format("B2:B4", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
        model.add_sparkline("D2", {"range": "Model!B2:B4"})
        model.insert_image("F2", "dot.png", {"image_data": png()})
        model.insert_checkbox("E2", True)
        model.insert_button("F9", {"caption": "Run", "macro": "Refresh"})
        made.define_name("fin.Cash_20230630_CNY", "=Model!$C$9")
        sums.write_formula("A1", "=Model!B5*2", None, 22)
        sums.write_formula("A2", "=A1+1", None, 23)
        other.write("A1", 3)
        other.write_formula("A2", "=A1*2", None, 6)
        drawn = made.add_chart({"type": "line"})
        drawn.add_series({"values": "=Model!$B$2:$B$4", "values_data": [1, 5, 6]})
        other.insert_chart("C3", drawn)
        pivot.write_row("A1", ["Sum", 11])

    data = book(work)
    data = with_pivot(data)
    return with_threaded_comment(data, "xl/worksheets/_rels/sheet1.xml.rels", "B4", "please {{fin:Costs | 2023Q2 | CNY}}")


def _related(kind: str, target: str, name: str) -> Callable[[bytes], bytes]:
    link = f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'
    return lambda part: part.replace(b"</Relationships>", link.encode() + b"</Relationships>")


def _typed(*overrides: tuple[str, str]) -> Callable[[bytes], bytes]:
    listed = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides)
    return lambda part: part.replace(b"</Types>", listed.encode() + b"</Types>")


def _links(*links: tuple[str, str]) -> bytes:
    listed = "".join(f'<Relationship Id="rId{n}" Type="{_REL}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(links, 1))
    return f'<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>'.encode()


def with_pivot(data: bytes) -> bytes:
    """A pivot table on the sheet Pivot over Model!A1:B4."""
    fields = '<cacheField name="Item"><sharedItems/></cacheField><cacheField name="Amount"><sharedItems/></cacheField>'
    source = '<cacheSource type="worksheet"><worksheetSource ref="A1:B4" sheet="Model"/></cacheSource>'
    fields = f'<cacheFields count="2">{fields}</cacheFields>'
    cache = f'<pivotCacheDefinition {_PIVOT_NS} r:id="rId1" recordCount="0">{source}{fields}</pivotCacheDefinition>'
    table = (
        f'<pivotTableDefinition {_PIVOT_NS} name="P" cacheId="1" dataCaption="Values">'
        '<location ref="A1:B2" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/>'
        '<pivotFields count="2"><pivotField/><pivotField dataField="1"/></pivotFields>'
        '<dataFields count="1"><dataField name="Sum" fld="1"/></dataFields></pivotTableDefinition>'
    )
    listed = b'<pivotCaches><pivotCache cacheId="1" r:id="rIdP"/></pivotCaches></workbook>'
    return rezipped(
        data,
        {
            "xl/pivotCache/pivotCacheDefinition1.xml": cache.encode(),
            "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords {_PIVOT_NS} count="0"/>'.encode(),
            "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": _links(("pivotCacheRecords", "pivotCacheRecords1.xml")),
            "xl/pivotTables/pivotTable1.xml": table.encode(),
            "xl/pivotTables/_rels/pivotTable1.xml.rels": _links(("pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")),
            "xl/worksheets/_rels/sheet4.xml.rels": _links(("pivotTable", "../pivotTables/pivotTable1.xml")),
            "xl/_rels/workbook.xml.rels": _related(f"{_REL}/pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml", "rIdP"),
            "xl/workbook.xml": lambda part: part.replace(b"</workbook>", listed),
            "[Content_Types].xml": _typed(
                ("/xl/pivotCache/pivotCacheDefinition1.xml", f"{_SHEETML}.pivotCacheDefinition+xml"),
                ("/xl/pivotCache/pivotCacheRecords1.xml", f"{_SHEETML}.pivotCacheRecords+xml"),
                ("/xl/pivotTables/pivotTable1.xml", f"{_SHEETML}.pivotTable+xml"),
            ),
        },
    )


def with_threaded_comment(data: bytes, sheet_links: str, address: str, text: str) -> bytes:
    """A threaded comment on a cell of the sheet whose relationships are given."""
    threaded = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    kinds = "http://schemas.microsoft.com/office/2017/10/relationships"
    comment = (
        f'<ThreadedComments xmlns="{threaded}"><threadedComment ref="{address}" dT="2023-08-15T00:00:00.00" personId="{{P}}" id="{{C}}">'
        f"<text>{text}</text></threadedComment></ThreadedComments>"
    )
    return rezipped(
        data,
        {
            "xl/threadedComments/threadedComment1.xml": comment.encode(),
            "xl/persons/person.xml": f'<personList xmlns="{threaded}"><person displayName="L" id="{{P}}"/></personList>'.encode(),
            "xl/_rels/workbook.xml.rels": _related(f"{kinds}/person", "persons/person.xml", "rIdPerson"),
            sheet_links: _related(f"{kinds}/threadedComment", "../threadedComments/threadedComment1.xml", "rIdT"),
            "[Content_Types].xml": _typed(
                ("/xl/threadedComments/threadedComment1.xml", "application/vnd.ms-excel.threadedcomments+xml"),
                ("/xl/persons/person.xml", "application/vnd.ms-excel.person+xml"),
            ),
        },
    )
