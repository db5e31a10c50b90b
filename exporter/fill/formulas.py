"""What a formula reads beyond its own sheet: other sheets, names and tables in its text, or that this cannot be told.

Only for knowing which cached results may be stale: whatever is not understood counts as reading anything, and costs no
more than results that are computed again when the file is opened.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Functions that read their arguments and nothing else. OFFSET and INDIRECT, macros and whatever is newer are not here.
_PLAIN_FUNCTIONS = """
    ABS AND AVERAGE AVERAGEA AVERAGEIF AVERAGEIFS CEILING CHOOSE COLUMN COLUMNS CONCAT CONCATENATE COUNT COUNTA COUNTBLANK COUNTIF
    COUNTIFS DATE DAY EDATE EOMONTH ERROR.TYPE EXACT EXP FALSE FIND FIXED FLOOR FV HLOOKUP IF IFERROR IFNA IFS INDEX INT IRR
    ISBLANK ISERR ISERROR ISEVEN ISLOGICAL ISNA ISNONTEXT ISNUMBER ISODD ISTEXT LARGE LEFT LEN LN LOG LOG10 LOOKUP LOWER MATCH
    MAX MAXIFS MEDIAN MID MIN MINIFS MOD MONTH MROUND N NA NOT NPER NPV OR PMT POWER PRODUCT PROPER PV QUOTIENT RANK RATE
    REPLACE REPT RIGHT ROUND ROUNDDOWN ROUNDUP ROW ROWS SEARCH SIGN SMALL SQRT STDEV STDEV.P STDEV.S SUBSTITUTE SUBTOTAL SUM
    SUMIF SUMIFS SUMPRODUCT SUMSQ SWITCH TEXT TEXTJOIN TRANSPOSE TRIM TRUE TRUNC UPPER VALUE VAR VAR.P VAR.S VLOOKUP XIRR
    XLOOKUP XNPV YEAR YEARFRAC
"""
_PLAIN = frozenset(_PLAIN_FUNCTIONS.split())
_TOKEN = re.compile(
    r"""
      "(?:[^"]|"")*"
    | \#(?:REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)
    | (?P<sheet> '(?:[^']|'')+'! | [^\W\d][\w.]*(?::[^\W\d][\w.]*)?! | \[\d+\][^!'()+*/^&=<>,;{}\s-]*! )
    | (?:\$?[A-Z]{1,3}\$?[1-9]\d{0,6}|\$?[A-Z]{1,3}(?=:)|(?<=:)\$?[A-Z]{1,3}|\$\d+)(?![\w.\\(\[!])
    | (?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?
    | (?P<function>[^\W\d][\w.]*)\(
    | (?P<name>[^\W\d][\w.\\?]*|\\[\w.\\?]+)(?:\[(?:[^\[\]]|\[(?:[^\[\]']|'.)*\])*\])?
    | \# | [\s+*/^&=<>%(),;:{}@-]+
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Reach(NamedTuple):
    """What formulas read beyond their own sheet: names of sheets, or of spans ``first:last``; defined names and tables,
    folded. ``anything``: what they read cannot be told."""

    sheets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    anything: bool = False


UNKNOWN = Reach(anything=True)


def reach(text: str) -> Reach:
    """What the text of a formula reads, without the leading ``=``."""
    sheets: set[str] = set()
    names: set[str] = set()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            return UNKNOWN
        at = match.end()
        if match["sheet"]:
            sheets.add(_sheet(match["sheet"]))
        elif match["function"]:
            if match["function"].upper().removeprefix("_XLFN.").removeprefix("_XLWS.") not in _PLAIN:
                return UNKNOWN
        elif match["name"]:
            names.add(match["name"].casefold())
    # Sheets of other workbooks, ``[1]Sheet``, never change here.
    return Reach(frozenset(name for name in sheets if "[" not in name), frozenset(names - {"true", "false"}))


def _sheet(text: str) -> str:
    name = text[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name
