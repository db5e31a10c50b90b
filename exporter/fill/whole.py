"""What filling means for the workbook as a whole: that it is computed when it is opened, and what it does not refresh."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from exporter.fill.package import Model, child, parse, relations

#: What stands before the settings of calculation in a workbook, in the order of the schema.
_BEFORE = ("definedNames", "externalReferences", "functionGroups", "sheets")
_FLAG = re.compile(rb"\sfullCalcOnLoad\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def recalculated(model: Model) -> dict[str, bytes]:
    """The workbook part with the flag that has a program compute all formulas on opening; empty where it is there already.

    Without it Excel trusts that the results in the file are complete, and shows nothing where one was dropped.
    """
    settings = child(model.root, "calcPr")
    if settings is not None and settings.get("fullCalcOnLoad") in ("1", "true"):
        return {}
    data = model.archive.read(model.part)
    prefix = f"{model.root.prefix}:".encode() if model.root.prefix else b""
    match = re.search(rb"<%bcalcPr(\s[^>]*?|)(/?)>" % prefix, data)
    if match is not None:
        start, end = match.span()
        attributes = _FLAG.sub(b"", match[1]).rstrip()
        return {model.part: b'%b<%bcalcPr%b fullCalcOnLoad="1"%b>%b' % (data[:start], prefix, attributes, match[2], data[end:])}
    end = next(found.end() for name in _BEFORE if (found := _last(prefix + name.encode(), data)) is not None)
    return {model.part: b'%b<%bcalcPr fullCalcOnLoad="1"/>%b' % (data[:end], prefix, data[end:])}


def _last(tag: bytes, data: bytes) -> re.Match[bytes] | None:
    return re.search(rb"<%b(?:\s[^>]*)?/>|</%b\s*>" % (tag, tag), data)


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
