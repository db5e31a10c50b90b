"""What all sheets of one workbook share: the report, the layout, and where the sheets are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from exporter.errors import Issue
from exporter.formats.xlsx.book import Book
from exporter.formats.xlsx.layout import Layout
from exporter.model import Concept, Fact, Observation, Period, Report, Taxonomy
from exporter.values import fiscal_label


@dataclass(slots=True)
class Context:
    """``places`` names the sheet and row of an unresolved figure, ``remarks`` are the findings of the writer itself."""

    report: Report
    taxonomy: Taxonomy
    layout: Layout
    book: Book
    cover: str = ""
    places: dict[int, str] = field(default_factory=dict)
    remarks: list[Issue] = field(default_factory=list)

    def concept(self, concept: str | None) -> Concept | None:
        """The concept of a canonical ID, or None."""
        return self.taxonomy.concepts.get(concept) if concept else None

    def label(self, concept: str | None) -> str:
        """The standard label in the workbook's language, or the ID where the taxonomy has none."""
        found = self.concept(concept)
        return found.label(self.layout.language) if found else concept or ""

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

    def _one(self, measure: str, currency: bool, share: str = "xbrli:shares") -> str:
        prefix, _, local = measure.rpartition(":")
        if prefix == "iso4217":
            return local if currency else ""
        known = self.layout.units.get(share if measure == "xbrli:shares" else measure)
        known = known or self.taxonomy.units.get(measure) or self.taxonomy.units.get(local)
        return self.layout.pick(known) if known else local


def fitted(texts: Iterable[int], low: int, high: int) -> int:
    """A column's width from the widths of its texts."""
    return min(max(max(texts, default=0) + 1, low), high)
