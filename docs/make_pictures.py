"""The pictures of the workbook's sheets in docs/pictures: LibreOffice prints the workbook, poppler draws the first page of each sheet.

    python docs/make_pictures.py [DIR]         (make pictures)

Drawn is the founding release where ../shared is there, else the bundled sample; the sheet Source always comes from the
sample, for the prose of a release is its issuer's. Needs `soffice` (libreoffice-calc), `pdftotext` and `pdftoppm` (poppler-utils);
fonts with the metrics of Arial (fonts-liberation) and a Chinese one make the pictures look as they do in Excel.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("soffice", "pdftotext", "pdftoppm")
SAMPLE = ROOT / "exporter" / "samples"
FOUNDING = ROOT / ".." / "shared" / "releases" / "qifu-2023q2.txt"
_FOOTER = re.compile(r"\S.*?\s{2,}(\S.*?)\s{2,}\S+ (\d+) / \d+")
_WIDE = ("Checks", "Facts", "Dictionary", "Unresolved")  # drawn larger, their beginning only
_LARGEST = (1500, 1100)  # pixels
_COLOURS = (128, 64, 32)  # the most that keep a picture small
_SMALL = 150_000  # bytes


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


def first_pages(pdf: Path) -> dict[str, int]:
    """The first page of each sheet, by its name, which stands in the middle of the footer."""
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    found: dict[str, int] = {}
    for page in text.split("\f"):
        footer = _FOOTER.fullmatch((page.strip().split("\n") or [""])[-1].strip())
        if footer:
            found.setdefault(footer[1], int(footer[2]))
    return found


def draw(workbook: Path, out: Path, names: Collection[str] = (), called: str = "") -> list[Path]:
    """One PNG a sheet, its first page without the margins; ``called``: what the one sheet's picture is called."""
    made = []
    with tempfile.TemporaryDirectory(prefix="pictures-") as work:
        pdf = convert(workbook, "pdf", Path(work))
        for number, (name, page) in enumerate(first_pages(pdf).items(), 1):
            if names and name not in names:
                continue
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or f"sheet-{number}"
            target = out / (called or slug)
            dots = 250 if name in _WIDE else 125
            subprocess.run(
                ["pdftoppm", "-png", "-singlefile", "-r", str(dots), "-f", str(page), "-l", str(page), str(pdf), str(target)], check=True
            )
            made.append(_trimmed(target.with_suffix(".png")))
    return made


def _trimmed(picture: Path) -> Path:
    """Without margins and footer, no larger than a page of documentation shows, with few colours."""
    from PIL import Image, ImageChops

    image = Image.open(picture).convert("RGB")
    image = image.crop((0, 0, image.size[0], int(image.size[1] * 0.925)))
    box = ImageChops.difference(image, Image.new("RGB", image.size, (255, 255, 255))).getbbox()
    if box:
        margin = 16
        right, bottom = min(box[2] + margin, image.size[0]), min(box[3] + margin, image.size[1])
        image = image.crop((max(box[0] - margin, 0), max(box[1] - margin, 0), right, bottom))
    image = image.crop((0, 0, min(image.size[0], _LARGEST[0]), min(image.size[1], _LARGEST[1])))
    for colours in _COLOURS:
        image.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=2).save(picture, optimize=True)
        if picture.stat().st_size <= _SMALL:
            break
    return picture


def workbook_of(source: Path, out: Path, language: str = "en") -> Path:
    import exporter

    options = exporter.Options(formats=("xlsx",), language=language)
    (result,) = exporter.run(exporter.expand([str(source)]), out, None, options)
    if result.status == "failed":
        raise RuntimeError(result.error)
    return next(path for path in result.paths if path.suffix == ".xlsx")


def main(out: Path) -> list[Path]:
    sample = next(SAMPLE.glob("*.txt"))
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        work = Path(name)
        source = FOUNDING if FOUNDING.is_file() else sample
        made = draw(workbook_of(source, work / "a"), out)
        made += draw(workbook_of(sample, work / "b"), out, ["Source"])
        made += draw(workbook_of(sample, work / "c", "zh"), out, ["利润表"], "income-statement-zh")
    return sorted(set(made))


if __name__ == "__main__":
    if missing_tools():
        sys.exit(f"{__doc__}\nMissing: {', '.join(missing_tools())}")
    for path in main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"):
        print(path, path.stat().st_size // 1024, "KB")
