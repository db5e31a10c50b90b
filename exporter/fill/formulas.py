"""What a formula reads: the cells, ranges, names and tables in its text, or that this cannot be told.

Only for knowing which cached results may be stale: whatever is not understood counts as reading anything, and costs no
more than a result that is computed again when the file is opened.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from exporter.fill.package import LAST_COLUMN, LAST_ROW, Area, column_number

#: Functions that read their arguments and nothing else. OFFSET, INDIRECT, SUMIF (it may read beyond its sum range),
#: macros and whatever is newer are not here: they may read anything.
_PLAIN_FUNCTIONS = """
    ABS AND AVERAGE AVERAGEA AVERAGEIFS CEILING CHOOSE COLUMN COLUMNS CONCAT CONCATENATE COUNT COUNTA COUNTBLANK COUNTIF COUNTIFS
    DATE DAY EDATE EOMONTH ERROR.TYPE EXACT EXP FALSE FIND FIXED FLOOR FV HLOOKUP IF IFERROR IFNA IFS INDEX INT IRR ISBLANK ISERR
    ISERROR ISEVEN ISLOGICAL ISNA ISNONTEXT ISNUMBER ISODD ISTEXT LARGE LEFT LEN LN LOG LOG10 LOOKUP LOWER MATCH MAX MAXIFS
    MEDIAN MID MIN MINIFS MOD MONTH MROUND N NA NOT NPER NPV OR PMT POWER PRODUCT PROPER PV QUOTIENT RANK RATE REPLACE REPT
    RIGHT ROUND ROUNDDOWN ROUNDUP ROW ROWS SEARCH SIGN SMALL SQRT STDEV STDEV.P STDEV.S SUBSTITUTE SUBTOTAL SUM SUMIFS
    SUMPRODUCT SUMSQ SWITCH TEXT TEXTJOIN TRANSPOSE TRIM TRUE TRUNC UPPER VALUE VAR VAR.P VAR.S VLOOKUP XIRR XLOOKUP XNPV YEAR
    YEARFRAC
"""
_PLAIN = frozenset(_PLAIN_FUNCTIONS.split())
_BOUND = re.compile(r"(\$?)([A-Z]*)(\$?)(\d*)", re.IGNORECASE)
_END = r"(?![\w.\\(\[!])"
_TOKEN = re.compile(
    r"""
      "(?:[^"]|"")*"
    | \#(?:REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)
    | (?P<sheet> '(?:[^']|'')+'! | [^\W\d][\w.]*(?::[^\W\d][\w.]*)?! | \[\d+\][^!'()+*/^&=<>,;{}\s-]*! )?
      (?: (?P<area> \$?[A-Z]{1,3}\$?[1-9]\d{0,6}(?::\$?[A-Z]{1,3}\$?[1-9]\d{0,6})?END
                  | \$?[A-Z]{1,3}:\$?[A-Z]{1,3}END | \$?[1-9]\d{0,6}:\$?[1-9]\d{0,6}END )
        | (?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?
        | (?P<function>[^\W\d][\w.]*)\(
        | (?P<name>[^\W\d][\w.\\?]*|\\[\w.\\?]+)(?:\[(?:[^\[\]]|\[(?:[^\[\]']|'.)*\])*\])? )
    | [\s+*/^&=<>%(),;{}@-]+
    """.replace("END", _END),
    re.IGNORECASE | re.VERBOSE,
)
#: The formulas that most are: cells and ranges of the own sheet, numbers, a few functions. They are read at once.
_SIMPLE = re.compile(
    r"(?:\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6}(?::\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6})?(?![A-Za-z0-9_.\\(\[!:#])"
    r"|[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.(!:])|(?:SUM|IF|IFERROR|ROUND|AVERAGE|MAX|MIN|ABS)\(|\"[^\"]*\"|[-+*/(),&<>=^% ])*"
)
_SIMPLE_AREA = re.compile(r"\"[^\"]*\"|(\$?)([A-Z]{1,3})(\$?)([1-9][0-9]{0,6})(?::(\$?)([A-Z]{1,3})(\$?)([1-9][0-9]{0,6}))?")


class Reference(NamedTuple):
    """Cells that a formula reads. ``sheet``: as written, "" for the formula's own. ``fixed``: for each of the four bounds of
    the area, whether it stays when a shared formula moves."""

    sheet: str
    area: Area
    fixed: tuple[bool, bool, bool, bool]

    def moved(self, columns: int, rows: int) -> Area:
        """The cells that the same formula reads from another cell."""
        left, top, right, bottom = (
            bound if stays else bound + step for bound, stays, step in zip(self.area, self.fixed, (columns, rows) * 2, strict=True)
        )
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


class Reach(NamedTuple):
    """All that a formula reads. ``names``: defined names and tables, folded, with the sheet they are qualified by, or "".
    ``anything``: what it reads cannot be told."""

    references: tuple[Reference, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    anything: bool = False


UNKNOWN = Reach(anything=True)
_number = lru_cache(maxsize=20_000)(column_number)


def reach(text: str) -> Reach:
    """What the text of a formula reads, without the leading ``=``."""
    if _SIMPLE.fullmatch(text):
        return Reach(tuple(_simple(*found) for found in _SIMPLE_AREA.findall(text) if found[1]))
    references: list[Reference] = []
    names: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            return UNKNOWN
        at = match.end()
        sheet = _sheet(match["sheet"])
        if sheet is None:  # another workbook
            continue
        if match["function"]:
            if match["function"].upper().removeprefix("_XLFN.").removeprefix("_XLWS.") not in _PLAIN:
                return UNKNOWN
        elif match["name"]:
            names.append((sheet, match["name"].casefold()))
        elif match["area"]:
            references.append(_reference(sheet, match["area"]))
    return Reach(tuple(references), tuple(name for name in names if name[1] not in ("true", "false")))


def _simple(fix_1: str, letters_1: str, fix_2: str, row_1: str, fix_3: str, letters_2: str, fix_4: str, row_2: str) -> Reference:
    """A cell, or a range, from the parts of its text."""
    column, row = _number(letters_1), int(row_1)
    if not letters_2:
        return Reference("", (column, row, column, row), (fix_1 != "", fix_2 != "", fix_1 != "", fix_2 != ""))
    return _between((column, row), (_number(letters_2), int(row_2)), "", (fix_1 != "", fix_2 != "", fix_3 != "", fix_4 != ""))


def _sheet(text: str | None) -> str | None:
    """The name of a sheet, or of a span of sheets ``first:last``; "" for none; None for another workbook."""
    if not text:
        return ""
    name = text[:-1]
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    return None if "[" in name else name


def _reference(sheet: str, text: str) -> Reference:
    """``A1``, ``A1:B2``, whole columns ``A:B`` or whole rows ``1:2``; a bound that is not written is that of the sheet."""
    first, _, last = text.partition(":")
    bounds, fixed = [], []
    for part, edge in ((first, (1, 1)), (last or first, (LAST_COLUMN, LAST_ROW))):
        fix_column, letters, fix_row, row = _BOUND.findall(part)[0]
        if not letters:  # of a row alone, the mark stands before the only number
            fix_column, fix_row = "$", fix_column or fix_row
        bounds += [column_number(letters) if letters else edge[0], int(row) if row else edge[1]]
        fixed += [bool(fix_column), bool(fix_row or not row)]
    return _between((bounds[0], bounds[1]), (bounds[2], bounds[3]), sheet, (fixed[0], fixed[1], fixed[2], fixed[3]))


def _between(first: tuple[int, int], last: tuple[int, int], sheet: str, fixed: tuple[bool, bool, bool, bool]) -> Reference:
    """The rectangle of two corners, whose bounds may be written in any order."""
    (c1, r1), (c2, r2) = first, last
    left, right = (0, 2) if c1 <= c2 else (2, 0)
    top, bottom = (1, 3) if r1 <= r2 else (3, 1)
    area = (min(c1, c2), min(r1, r2), max(c1, c2), max(r1, r2))
    return Reference(sheet, area, (fixed[left], fixed[top], fixed[right], fixed[bottom]))
