"""What a report can be written as. A format is one file here and one line in ``FORMATS``.

Every format has the same signature: ``export(report, taxonomy, out, options) -> list[Path]``. ``out`` is the folder of the
document, ``DIR/<document_id>``; the format writes inside it only, through ``exporter.files.write_atomic``, and
the same report gives the same bytes. ``tests/test_formats.py`` holds every entry to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from exporter.errors import FormatError
from exporter.model import Report, Taxonomy

Export = Callable[[Report, Taxonomy, Path, Mapping[str, str]], list[Path]]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format. ``target`` is ``module:function``, imported on first use; ``install`` is what pip needs for it."""

    name: str
    summary: str
    target: str
    install: str

    def load(self) -> Export:
        """The format's function. Raises FormatError, with the pip line, where a library is missing."""
        module, _, function = self.target.partition(":")
        try:
            found: Export = getattr(import_module(module), function)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing == __name__.partition(".")[0]:
                raise
            raise FormatError(f"format {self.name}: {missing} is not installed; run: pip install {self.install}") from error
        return found


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("xbrl", "XBRL 2.1 instance with its taxonomy package", "exporter.formats.xbrl:export", "lxml"),
        Format("xlsx", "Excel workbook: statements, facts, dictionary", "exporter.formats.xlsx:export", "XlsxWriter"),
        Format("csv", "facts, occurrences, unresolved figures and findings as CSV", "exporter.formats.csv:export", "exporter"),
    )
}


def get(name: str) -> Export:
    """The function of a format by its name. Raises FormatError, naming the known ones."""
    if name not in FORMATS:
        raise FormatError(f"format {name!r} is not known; choose from: {', '.join(FORMATS)}")
    return FORMATS[name].load()
