"""How the workbook looks: no text wider than its room, no ###, no error, no empty chart, contrast that people can read.

Widths are measured with the metrics of the font itself, in digits of the default font, as Excel measures columns.
"""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
import yaml
from lxml import etree
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

import exporter
from exporter.formats.xlsx.layout import default_path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "exporter" / "samples"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


def made(source: Path, out: Path, language: str) -> bytes:
    options = exporter.Options(formats=("xlsx",), language=language)
    (result,) = exporter.run(exporter.expand([str(source)]), out, None, options)
    assert result.status == "done", result.error
    return next(path for path in result.paths if path.suffix == ".xlsx").read_bytes()


@pytest.fixture(scope="module", params=["en", "zh"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(next(SAMPLE.glob("*.txt")), tmp_path_factory.mktemp("sample"), request.param)


# --- widths -----------------------------------------------------------------------------------------


@cache
def font(name: str, bold: bool) -> Any:
    """The font of that name at 1000 units an em; the metrics of Liberation are those of Arial and Courier New."""
    from PIL import ImageFont

    style = "bold" if bold else "regular"
    found = subprocess.run(["fc-match", "-f", "%{file}", f"{name}:style={style}"], capture_output=True, text=True, check=False).stdout
    if "Liberation" not in found and "Arial" not in found:
        pytest.skip(f"no font with the metrics of {name} is installed (fonts-liberation)")
    return ImageFont.truetype(found, 1000)


def width(text: str, cell: Any) -> float:
    """The width of a text in digits of the default font, at the size of the cell's font."""
    known = font(cell.font.name, bool(cell.font.b))
    shown = sum(1000 if ord(char) > 0x2E80 else known.getlength(char) for char in text)
    return shown / font("Arial", False).getlength("0") * cell.font.sz / 10


def room(sheet: Worksheet, column: int) -> float:
    found = sheet.column_dimensions
    for letter, dimension in found.items():
        if dimension.min <= column <= dimension.max or letter == get_column_letter(column):
            return float(dimension.width or 8.43)
    return 8.43


def shown_text(cell: Any, value: Any) -> str:
    return value if isinstance(value, str) else ""


def too_wide(sheet: Worksheet, values: Worksheet) -> Iterator[str]:
    """The cells whose text does not fit: over its neighbour, beyond its column, or below its row."""
    for row in sheet.iter_rows():
        for cell in row:
            if not isinstance(cell, Cell):
                continue
            text = shown_text(cell, values[cell.coordinate].value)
            if not text:
                continue
            longest = max(width(line, cell) for line in text.split("\n")) + 2 * (cell.alignment.indent or 0) * 0.75
            place = room(sheet, cell.column)
            if cell.alignment.wrap_text:
                height = sheet.row_dimensions[cell.row].height or 15
                lines = int(height // (cell.font.sz * 1.12)) or 1
                if longest > place * lines and height < 400:
                    yield f"{sheet.title}!{cell.coordinate}: {text[:60]!r} needs {longest / place:.1f} lines of {lines}"
                continue
            at = cell.column + 1
            spills = cell.alignment.horizontal in (None, "general", "left")
            while spills and place < longest and at <= sheet.max_column + 40 and sheet.cell(cell.row, at).value is None:
                place += room(sheet, at)
                at += 1
            if cell.alignment.horizontal == "centerContinuous":
                continue
            if longest > place:
                yield f"{sheet.title}!{cell.coordinate}: {text[:60]!r} is {longest:.0f} wide, has {place:.0f}"


def faults(data: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return [fault for sheet in book.worksheets for fault in too_wide(sheet, values[sheet.title])]


@pytest.mark.judge
def test_no_text_is_wider_than_its_room(sample: bytes) -> None:
    assert faults(sample) == []


@pytest.mark.judge
def test_the_test_of_widths_can_fail(sample: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sample))
    sheet = book.worksheets[1]
    sheet.column_dimensions["B"].width = 5
    sheet.row_dimensions[5].height = 15
    buffer = io.BytesIO()
    book.save(buffer)
    assert any(f"{sheet.title}!B5" in fault for fault in faults(buffer.getvalue()))


@pytest.mark.judge
@pytest.mark.shared
@pytest.mark.parametrize("name", ["qifu-2023q2.txt", "adobe-fy2023q1.html", "amazon-2025q3.md", "ebay-2025q3.md"])
def test_no_text_of_other_releases_is_wider_than_its_room(name: str, shared: Path, tmp_path: Path) -> None:
    assert faults(made(shared / "releases" / name, tmp_path, "en")) == []


@pytest.mark.judge
def test_no_number_is_shown_as_hashes(sample: bytes, tmp_path: Path) -> None:
    """LibreOffice prints ### where a number does not fit; the text of the sample has none."""
    tools = pictures()
    if missing := tools.missing_tools():
        pytest.skip(f"not installed: {', '.join(missing)}")
    (tmp_path / "book.xlsx").write_bytes(sample)
    pdf = tools.convert(tmp_path / "book.xlsx", "pdf", tmp_path)
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert "2023Q2" in text
    assert "###" not in text
    assert len(tools.first_pages(pdf)) == len(openpyxl.load_workbook(io.BytesIO(sample), read_only=True).sheetnames)


def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "docs" / "make_pictures.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_picture_of_every_sheet_and_each_is_small(sample: bytes) -> None:
    folder = ROOT / "docs" / "pictures"
    names = openpyxl.load_workbook(io.BytesIO(sample), read_only=True).sheetnames
    if "Cover" in names:
        wanted = {re.sub(r"[^a-z0-9]+", "-", name.lower()) + ".png" for name in names}
        assert wanted - {path.name for path in folder.glob("*.png")} == set()
    assert all(path.stat().st_size <= 150_000 for path in folder.glob("*.png"))


# --- errors, charts, contrast -----------------------------------------------------------------------


def test_no_cell_shows_an_error(sample: bytes) -> None:
    values = openpyxl.load_workbook(io.BytesIO(sample), data_only=True)
    for sheet in values.worksheets:
        for row in sheet.iter_rows(values_only=True):
            assert not [value for value in row if isinstance(value, str) and re.match(r"#(DIV|N/A|NAME|NULL|NUM|REF|VALUE|#)", value)]


def test_charts_show_figures_and_say_what_in_words(sample: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample)) as package:
        names = package.namelist()
        charts = [etree.fromstring(package.read(name)) for name in names if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
        drawings = [etree.fromstring(package.read(name)) for name in names if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name)]
    assert len(charts) >= 4
    for chart in charts:
        series = list(chart.iter(f"{CHART}ser"))
        assert series
        assert "".join(chart.find(f".//{CHART}title").itertext()).strip()
        for one in series:
            points = [float(point.findtext(f"{CHART}v")) for point in one.find(f"{CHART}val").iter(f"{CHART}pt")]
            assert sum(point != 0 for point in points) >= 2, "a chart needs two figures"
            assert one.find(f"{CHART}cat").findtext(f".//{CHART}pt/{CHART}v")
    texts = [shape.get("descr") for drawing in drawings for shape in drawing.iter(f"{DRAWING}cNvPr")]
    assert len(texts) == len(charts)
    assert all(text and len(text) > 20 for text in texts)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_style_has_a_contrast_of_four_and_a_half() -> None:
    styles = yaml.safe_load(default_path().read_text(encoding="utf-8"))["styles"]
    for name, style in styles.items():
        light, dark = luminance(style.get("fill", "#FFFFFF")), luminance(style.get("color", "#000000"))
        assert (max(light, dark) + 0.05) / (min(light, dark) + 0.05) >= 4.5, name
