"""What filling means for the workbook as a whole: that it is computed when it is opened, and what it does not refresh."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from exporter.fill.formulas import reach
from exporter.fill.package import Area, Model, area_of, child, parse, relations
from exporter.fill.stale import Place, within

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


def remarks(model: Model, changed: Set[Place]) -> Iterator[str]:
    """What is kept byte for byte and therefore shows what was there before, or no longer holds."""
    for part in model.related(model.part, "pivotCacheDefinition"):
        source = parse(model.archive, part).find("{*}cacheSource/{*}worksheetSource")
        if source is None or not changed:
            continue
        name, sheet, area = (source.get(key, "") for key in ("name", "sheet", "ref"))
        if _reads(model, sheet, area, name, changed):
            yield f"a pivot table reads {name or f'{sheet}!{area}'}, where figures changed: refresh it (Data, Refresh All)"
    if changed and any(relation.kind == "origin" for relation in relations(model.archive, "")):
        yield "the workbook was signed, and the signature no longer holds: sign it again"


def _reads(model: Model, sheet: str, ref: str, name: str, changed: Set[Place]) -> bool:
    """Whether a pivot's source has a changed cell in it; what cannot be told counts as having one."""
    areas: list[tuple[str, Area]] = []
    area = area_of(ref)
    if area is not None and sheet:
        areas.append((sheet, area))
    areas += [(table.sheet, table.area) for table in model.tables if table.name.casefold() == name.casefold()]
    for known in model.names:
        if name and known.name.casefold() == name.casefold():
            areas += [(reference.sheet, reference.area) for reference in reach(known.formula).references]
    return not areas or any(tab.casefold() == place and within(cell, where) for tab, where in areas for place, cell in changed)


