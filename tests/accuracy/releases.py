"""The labelled releases that the accuracy tests measure: the bundled sample, and the founding release where it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from score import Row, neutral_lines, read_rows

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "../shared"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A release and its truth."""

    name: str
    text: str
    tables: tuple[Row, ...]
    same: tuple[Row, ...]
    prose: tuple[Row, ...]
    excluded: tuple[Row, ...]

    @property
    def neutral(self) -> dict[int, str]:
        return neutral_lines(self.excluded)


SAMPLE = ROOT / "exporter/samples/qfin-2023q2-sample.txt"
FOUNDING = SHARED / "releases/qifu-2023q2.txt"


def names() -> list[str]:
    """The releases that can be read here."""
    return ["sample", "founding"] if FOUNDING.is_file() else ["sample"]


@cache
def labelled(name: str) -> Labelled:
    """The release ``sample`` or ``founding`` with its truth."""
    text, truth = (SAMPLE, ROOT / "tests/truth/sample-") if name == "sample" else (FOUNDING, SHARED / "truth/")
    rows = (tuple(read_rows(Path(f"{truth}/{kind}.csv" if name != "sample" else f"{truth}{kind}.csv"))) for kind in _KINDS)
    tables, same, prose, excluded = rows
    return Labelled(name, text.read_text(encoding="utf-8"), tables, same, prose, excluded)


_KINDS = ("tables", "same", "narrative", "excluded_tokens")
