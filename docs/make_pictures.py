"""Pictures of a workbook's sheets: LibreOffice prints it to PDF, poppler turns the first page of each sheet into a PNG.

    python docs/make_pictures.py WORKBOOK.xlsx docs/pictures [SHEET ...]

Without sheet names every sheet is drawn. Needs `soffice` (libreoffice-calc) and `pdftoppm` (poppler-utils).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TOOLS = ("soffice", "pdftoppm")


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def convert(source: Path, target: str, folder: Path) -> Path:
    """Convert a file by LibreOffice with a profile of its own, so that runs do not disturb each other."""
    with tempfile.TemporaryDirectory(prefix="lo-") as profile:
        command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", target]
        done = subprocess.run([*command, "--outdir", str(folder), str(source)], capture_output=True, text=True, timeout=180, check=False)
    made = folder / f"{source.stem}.{target.split(':')[0]}"
    if done.returncode or not made.exists():
        raise RuntimeError(f"LibreOffice did not convert {source.name}: {done.stdout} {done.stderr}")
    return made


def one_sheet(source: Path, name: str, target: Path) -> Path:
    """A copy of the workbook that prints one sheet only."""
    import openpyxl

    book = openpyxl.load_workbook(source)
    for sheet in book.worksheets:
        sheet.sheet_state = "visible" if sheet.title == name else "hidden"
    book.active = book.sheetnames.index(name)
    book.save(target)
    return target


def sheet_names(source: Path) -> list[str]:
    import openpyxl

    return list(openpyxl.load_workbook(source, read_only=True).sheetnames)


def draw(source: Path, out: Path, names: Sequence[str] = (), dots: int = 110) -> list[Path]:
    """One PNG a sheet, its first page, the margins cut off."""
    out.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory(prefix="pictures-") as work:
        for name in names or sheet_names(source):
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "sheet"
            pdf = convert(one_sheet(source, name, Path(work) / f"{slug}.xlsx"), "pdf", Path(work))
            target = out / slug
            subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", str(dots), "-f", "1", "-l", "1", str(pdf), str(target)], check=True)
            made.append(_trimmed(target.with_suffix(".png")))
    return made


def _trimmed(picture: Path) -> Path:
    try:
        from PIL import Image, ImageChops
    except ImportError:  # Pillow only trims
        return picture
    image = Image.open(picture).convert("RGB")
    box = ImageChops.difference(image, Image.new("RGB", image.size, (255, 255, 255))).getbbox()
    if box:
        margin = 16
        image = image.crop((max(box[0] - margin, 0), max(box[1] - margin, 0), box[2] + margin, box[3] + margin))
        image.quantize(64).save(picture, optimize=True)
    return picture


if __name__ == "__main__":
    if len(sys.argv) < 3 or missing_tools():
        sys.exit(f"{__doc__}\nMissing: {', '.join(missing_tools()) or 'arguments'}")
    for path in draw(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]):
        print(path)
