"""What the command-line tests share: a small release in our own words, and the command itself."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EMPTY: Mapping[str, str] = {}

#: Two statements, RMB in thousands, two columns each. Nobody's figures.
RELEASE = """\
Lantern Harbour Holdings Announces Second Quarter 2023 Unaudited Results

HARBOUR CITY, Aug. 15, 2023 -- Lantern Harbour Holdings Inc. (NYSE: LNHB) (the "Company") today announced its unaudited results.

Lantern Harbour Holdings Inc.
Unaudited Condensed Consolidated Balance Sheets
(Amounts in thousands of Renminbi ("RMB"), except for share data)

\tDecember 31, 2022\tJune 30, 2023
\tRMB\tRMB
ASSETS\t\t
Current assets:\t\t
Cash and cash equivalents\t1,200\t1,450
Restricted cash\t300\t250
Lantern inventory\t77\t88
Total current assets\t1,577\t1,788
TOTAL ASSETS\t1,577\t1,788

Unaudited Condensed Consolidated Statements of Operations
(Amounts in thousands of Renminbi ("RMB"), except for share data)

\tThree months ended June 30,\t
\t2022\t2023
\tRMB\tRMB
Total net revenue\t900\t1,050
Income taxes expense\t(40)\t(55)
Net income\t160\t195
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.strip()]


def exporter(*arguments: object, cwd: Path, text: bytes = b"", env: Mapping[str, str] = EMPTY, prefix: Sequence[str] = ()) -> Outcome:
    """Run the command in a process of its own, in ``cwd``; warnings are errors there too. ``prefix``: a program that starts it."""
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "exporter", *map(str, arguments)],
        cwd=cwd,
        input=text,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **env},
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def write(folder: Path, name: str, data: str | bytes = RELEASE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def leftovers(folder: Path) -> list[str]:
    """Temporary files that a run should have renamed or removed."""
    return [path.name for path in folder.rglob("*") if path.name.endswith((".tmp", ".wal")) or path.name.startswith(".")]
