"""What all sheets of one workbook share: the report, the layout, where the sheets are and which cells hold what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from exporter.checks import results_of
from exporter.errors import Issue
from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.layout import Layout
from exporter.model import Aspects, CheckResult, Concept, Fact, Observation, Period, Report, Taxonomy
from exporter.values import fiscal_label

_NOT_A_NAME = re.compile(r"[^\w.]")


@dataclass(frozen=True, slots=True)
class CellAt:
    """A cell that shows a fact: the sheet, 0-based row and column, and whether the print has the canonical sign (1) or not (-1)."""

    sheet: str
    row: int
    column: int
    sign: int

    @property
    def reference(self) -> str:
        """The cell as a formula on another sheet spells it."""
        return f"{shapes.quoted(self.sheet)}!{shapes.column_name(self.column)}{self.row + 1}"


@dataclass(frozen=True, slots=True)
class LiveSum:
    """A printed total and its printed parts on a statement sheet: ``formula`` adds them up there, ``cell`` is the total.

    ``printed`` is the total and ``summed`` what its parts come to; ``tolerance`` is what rounding of all of them allows;
    ``live``: whether the total's own cell is that formula.
    """

    cell: CellAt
    figure: Observation
    formula: str
    printed: Decimal
    summed: Decimal
    tolerance: Decimal
    live: bool


@dataclass
class Context:
    """What the sheets tell each other.

    * ``places``: the sheet and row of an unresolved figure; ``remarks``: the findings of the writer itself.
    * ``printed_at``: by fact ID, the first cell of a statement that shows the fact with all its digits; ``sums``: the totals
      of the statements.
    * ``source_pieces``: by observation, the piece of the document's text that prints it; ``source_rows``: its sheet and 0-based row.
    * ``failing`` checks are counted by ``failing_cell``, the name of a cell, or ""; ``check_ranges``: the cells of the verdicts.
    * ``continued``: how many sheets a sheet's rows take, where one is not enough; ``names``: the defined names so far.
    """

    report: Report
    taxonomy: Taxonomy
    layout: Layout
    book: Book
    cover: str = ""
    failing: int = 0
    failing_cell: str = ""
    source_pieces: tuple[int, ...] = ()
    source_rows: tuple[tuple[str, int], ...] = ()
    places: dict[int, str] = field(default_factory=dict)
    remarks: list[Issue] = field(default_factory=list)
    printed_at: dict[str, CellAt] = field(default_factory=dict)
    sums: list[LiveSum] = field(default_factory=list)
    check_ranges: list[str] = field(default_factory=list)
    continued: dict[str, int] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)

    def concept(self, concept: str | None) -> Concept | None:
        """The concept of a canonical ID, or None."""
        return self.taxonomy.concepts.get(concept) if concept else None

    def label(self, concept: str | None) -> str:
        """The standard label in the workbook's language, or the ID where the taxonomy has none."""
        found = self.concept(concept)
        return found.label(self.layout.language) if found else concept or ""

    def named(self, aspects: Aspects) -> str:
        """The standard label with what sets this series apart: its members, a basis of guidance that is not the latest."""
        members = [self.member(axis, member) for axis, member in aspects.dimensions]
        if aspects.scenario == "previous_guidance":
            members.append(self.layout.word("previous_guidance"))
        return self.label(aspects.concept) + "".join(f" · {text}" for text in members)

    def member(self, axis: str, member: str) -> str:
        """What a member is called in the workbook's language, or its ID."""
        known = self.taxonomy.axes.get(axis)
        texts = known.members.get(member) if known else None
        return self.layout.pick(texts) if texts else member

    def percent(self, figure: Observation | Fact) -> bool:
        """Whether a figure is shown as a percentage."""
        aspects = figure.aspects if isinstance(figure, Fact) else figure
        found, scale = self.concept(aspects.concept), 0 if isinstance(figure, Fact) else figure.scale
        return aspects.unit == "xbrli:pure" and ((found is not None and found.type == "percent") or scale < 0)

    def fiscal(self, period: Period | None) -> str:
        """``2023Q2``, ``2023H1``, ``2023 9M``, ``2023FY``; a date for an instant; both dates for what is no fiscal period."""
        if period is None:
            return ""
        if period.start is None:
            return period.end.isoformat()
        year, name = fiscal_label(period.start, period.end, self.report.entity.fiscal_year_end)
        if name:
            return f"{year} {name}" if name[0].isdigit() else f"{year}{name}"
        return f"{period.start.isoformat()}/{period.end.isoformat()}"

    def measure(self, unit: str, currency: bool = True) -> str:
        """A unit in words: ``CNY``, ``per ADS``, ``shares``; ``currency`` False leaves the currency to the column."""
        top, _, bottom = unit.partition("/")
        if bottom:
            upper, lower = self._one(top, currency), self._one(bottom, True, "share")
            text = self.layout.pick(self.layout.units["per" if upper else "per_only"])
            return text.replace("{top}", upper).replace("{bottom}", lower)
        return self._one(unit, currency)

    def unit(self, unit: str, percent: bool, scale: int, currency: bool = True) -> str:
        """A unit in words with the scale that a row is shown in: ``CNY million``, ``thousand shares``.

        ``currency`` False: the columns of the row are of several currencies and name them."""
        if percent:
            return self.layout.pick(self.layout.units["percent"])
        words = self.layout.pick(self.layout.scales.get(str(scale), {}))
        measure = self.measure(unit, currency)
        return " ".join(filter(None, (measure, words) if unit.startswith("iso4217:") else (words, measure)))

    def _one(self, measure: str, currency: bool, share: str = "xbrli:shares") -> str:
        prefix, _, local = measure.rpartition(":")
        if prefix == "iso4217":
            return local if currency else ""
        known = self.layout.units.get(share if measure == "xbrli:shares" else measure)
        known = known or self.taxonomy.units.get(measure) or self.taxonomy.units.get(local)
        return self.layout.pick(known) if known else local

    @cached_property
    def results(self) -> tuple[CheckResult, ...]:
        """The relations of the document, tested."""
        return results_of(self.report, self.taxonomy)

    # --- provenance -----------------------------------------------------------------------------

    @cached_property
    def first_print(self) -> Mapping[str, int]:
        """The first observation of each fact, by fact ID."""
        found: dict[str, int] = {}
        for index, fact_id in enumerate(self.report.fact_ids):
            if fact_id is not None:
                found.setdefault(fact_id, index)
        return found

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """The facts by ID."""
        return {fact.fact_id: fact for fact in self.report.facts}

    @cached_property
    def by_locator(self) -> Mapping[str, int]:
        """The first observation at each place, by ``line:column``."""
        found: dict[str, int] = {}
        for index, figure in enumerate(self.report.observations):
            found.setdefault(figure.place.locator, index)
        return found

    def source_of(self, index: int | None) -> str:
        """Where an observation stands on the sheet of the document's text, as a link's target; "" where there is no such sheet."""
        if index is None or index >= len(self.source_rows):
            return ""
        sheet, row = self.source_rows[index]
        return f"{shapes.quoted(sheet)}!B{row + 1}"

    def note(self, index: int) -> str:
        """What the note on a figure's cell says: its print, its concept, its place and its document."""
        figure, document = self.report.observations[index], self.report.document
        concept = figure.concept if self.report.fact_ids[index] else self.layout.word("no_fact_short")
        return self.layout.word(
            "note",
            label=figure.label,
            raw=figure.raw,
            concept=concept or "",
            place=figure.place.locator,
            document=document.id,
            filed=document.filed_at or "–",
        )

    def define(self, name: str, target: str, sheet: str = "") -> None:
        """Name a range, in the workbook or on one ``sheet``, once: a name that is taken stays with the range that took it first."""
        safe = _NOT_A_NAME.sub("_", name)[:200]
        key = (sheet, safe.casefold())
        if key not in self.names and (safe[0].isalpha() or safe[0] == "_") and not set("!'") & set(sheet):
            self.names.add(key)
            self.book.name(f"{shapes.quoted(sheet)}!{safe}" if sheet else safe, target)

    def footer(self) -> str:
        """What stands at the foot of each printed page."""
        return self.layout.word("footer", issuer=self.report.entity.name, document=self.report.document.id)


def fitted(texts: Iterable[int], low: int, high: int) -> int:
    """A column's width from the widths of its texts."""
    return min(max(max(texts, default=0) + 1, low), high)
