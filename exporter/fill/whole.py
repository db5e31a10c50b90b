"""What filling means for the workbook as a whole: that it is computed when it is opened, and what it does not refresh."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from exporter.fill.package import Model, child, parse, relations

_SETTING = rb"<%bsheetCalcPr(?:\s[^>]*)?(?:/>|>\s*</%bsheetCalcPr\s*>)"


def computes_itself(model: Model) -> bool:
    """Whether a program is told to compute all formulas of the workbook when it opens it."""
    settings = child(model.root, "calcPr")
    return settings is not None and settings.get("fullCalcOnLoad") in ("1", "true")


def recalculated(part: bytes, prefix: bytes) -> bytes:
    """A sheet without some of its results, with the setting that has a program compute the workbook when it opens it.

    Without it Excel trusts that the results in the file are complete, and shows nothing where one was dropped. The sheet's own setting
    (ISO/IEC 29500-1, 18.3.1.79) says as much as the workbook's, and that part stays as it was. It stands right behind the cells.
    """
    cells = re.search(rb"</%bsheetData\s*>" % prefix, part)
    if cells is None:  # no cells, no results
        return part
    there = re.compile(_SETTING % (prefix, prefix)).search(part, cells.end())
    start, end = there.span() if there else (cells.end(), cells.end())
    return b'%b<%bsheetCalcPr fullCalcOnLoad="1"/>%b' % (part[:start], prefix, part[end:])


def remarks(model: Model, stale: Collection[str]) -> Iterator[str]:
    """What is kept byte for byte and therefore shows what was there before, or no longer holds. ``stale``: the sheets with
    new figures, and those that read them."""
    for part in model.related(model.part, "pivotCacheDefinition"):
        source = parse(model.archive, part).find("{*}cacheSource/{*}worksheetSource")
        if source is None or not stale:
            continue
        name, sheet, area = (source.get(key, "") for key in ("name", "sheet", "ref"))
        read = {table.sheet for table in model.tables if table.name == name} or ({sheet} if sheet else set(stale))
        if read & set(stale):
            yield f"a pivot table reads {name or f'{sheet}!{area}'}, where figures changed: refresh it (Data, Refresh All)"
    if stale and any(relation.kind == "origin" for relation in relations(model.archive, "")):
        yield "the workbook was signed, and the signature no longer holds: sign it again"
