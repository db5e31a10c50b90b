"""On which sheets cached results no longer hold once some sheets have new figures: on these, and on those that read them.

Told by sheets, not by cells: on a sheet that has new figures, or reads one that has, every result is dropped, also those
that happen to depend on none of them. Nothing is computed here: a program that opens the file computes all results, and
one that does not shows nothing rather than a wrong figure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exporter.fill.formulas import Reach, reach
from exporter.fill.package import Model
from exporter.fill.sheet import Sheet

_DEEPEST = 20


def stale_sheets(model: Model, sheets: Mapping[str, Sheet], changed: Collection[str]) -> set[str]:
    """The names of the sheets whose results may no longer hold. ``changed``: those that have new figures."""
    stale = {name.casefold() for name in changed}
    if not stale:
        return set()
    scope = _Scope(model)
    reads = {name.casefold(): scope.reads(sheet) for name, sheet in sheets.items() if name.casefold() not in stale}
    while more := {name for name, read in reads.items() if name not in stale and (read is None or read & stale)}:
        stale |= more
    return {name for name in sheets if name.casefold() in stale}


class _Scope:
    """What the names in formulas mean: sheets, tables, defined names."""

    def __init__(self, model: Model) -> None:
        self._tabs = [tab.casefold() for tab in model.tabs]
        self._tables = {table.name.casefold(): table.sheet.casefold() for table in model.tables}
        self._names: dict[str, list[str]] = {}
        for name in model.names:  # names of the same spelling on several sheets: whichever is meant
            self._names.setdefault(name.name.casefold(), []).append(name.formula.removeprefix("="))

    def reads(self, sheet: Sheet) -> set[str] | None:
        """The folded names of all sheets that the formulas of one read beyond itself; None where it may be any."""
        found: set[str] = set()
        for text in dict.fromkeys(sheet.formulas()):
            read = self._of(reach(text), 0)
            if read is None:
                return None
            found |= read
        return found

    def _of(self, given: Reach, depth: int) -> set[str] | None:
        if given.anything or depth > _DEEPEST:
            return None
        found: set[str] = set()
        for part in (*map(self._span, given.sheets), *(self._named(name, depth) for name in given.names)):
            if part is None:
                return None
            found |= part
        return found

    def _span(self, name: str) -> set[str] | None:
        """The sheets of a name, or of a span ``first:last``; None where there is no such sheet."""
        first, _, last = name.casefold().partition(":")
        if first not in self._tabs or (last and last not in self._tabs):
            return None
        start, end = sorted((self._tabs.index(first), self._tabs.index(last or first)))
        return set(self._tabs[start : end + 1])

    def _named(self, name: str, depth: int) -> set[str] | None:
        if name in self._tables:
            return {self._tables[name]}
        found: set[str] = set()
        for formula in self._names.get(name, ()):
            read = self._of(reach(formula), depth + 1)
            if read is None:
                return None
            found |= read
        return found if name in self._names else None
