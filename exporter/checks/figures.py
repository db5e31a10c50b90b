"""The figures of a report as the checks see them: each with what it can have been before rounding, and an index.

Exact, whatever is printed behind the decimal point: counts (shares and quantities printed to the one),
the bounds of a guidance range, and a stated conversion rate (checks that use one say so themselves).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from exporter.checks.interval import ZERO, Interval, around, half
from exporter.model import Fact, Observation, Report, Taxonomy
from exporter.values import add_months

TRANSLATION_AXIS = "fin:TranslationAxis"
Dims = tuple[tuple[str, str], ...]
_NEAR = timedelta(days=10)  # 52/53-week years


@dataclass(slots=True, eq=False)
class Figure:
    """A numeric fact, or one print of it. ``currency`` is "" where the unit is none of money."""

    concept: str
    start: date | None
    end: date
    unit: str
    dims: Dims
    scenario: str
    value: Decimal | None
    width: Decimal
    decimals: int | None
    place: str
    fact_id: str | None
    low: Decimal | None = None
    high: Decimal | None = None
    rate_date: date | None = None
    currency: str = ""
    prints: list[int] = field(default_factory=list)

    @property
    def interval(self) -> Interval:
        """What the figure can have been; of a range there is none."""
        return around(self.value if self.value is not None else ZERO, self.width)

    @property
    def period(self) -> str:
        """For a message."""
        return f"{self.start or ''}..{self.end}" if self.start else str(self.end)


@dataclass(slots=True)
class Index:
    """All figures of a report, by what they measure."""

    report: Report
    taxonomy: Taxonomy
    figures: list[Figure] = field(default_factory=list)
    by_concept: dict[str, list[Figure]] = field(default_factory=dict)
    by_period: dict[tuple[str, date | None, date], list[Figure]] = field(default_factory=dict)
    exact: dict[tuple[str, date | None, date, str, Dims, str], Figure] = field(default_factory=dict)
    inner: Mapping[str, frozenset[str]] = field(default_factory=dict)  # parts of each total; made when first asked for
    _cells: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def cells(self) -> Mapping[int, tuple[int, int, int]]:
        """Table, row and column index of an observation; made when first asked for."""
        if not self._cells:
            for t, table in enumerate(self.report.tables):
                for r, row in enumerate(table.rows):
                    self._cells.update({cell: (t, r, c) for c, cell in enumerate(row.cells) if cell is not None})
        return self._cells

    def shifted(self, concept: str, start: date | None, end: date, months: int) -> list[Figure]:
        """The figures of the same span some months on; where none is printed, of one that ends some days off."""
        wanted = add_months(end, months)
        first = add_months(start - timedelta(days=1), months) + timedelta(days=1) if start else None
        found = self.by_period.get((concept, first, wanted))
        if found:
            return found
        span = end - start if start else None
        return [
            figure
            for figure in self.by_concept.get(concept, ())
            if abs(figure.end - wanted) <= _NEAR
            and (figure.start is None if span is None else figure.start is not None and abs((figure.end - figure.start) - span) <= _NEAR)
        ]


def currency_of(unit: str) -> str:
    """``CNY`` of ``iso4217:CNY/fin:ADS``; "" of what is no money."""
    return unit[8:11] if unit.startswith("iso4217:") else ""


def index(report: Report, taxonomy: Taxonomy) -> Index:
    """The numbers and ranges of a report; texts and dates take no part in arithmetic."""
    made = Index(report, taxonomy)
    prints = _prints(report)
    by_concept: dict[str, list[Figure]] = defaultdict(list)
    by_period: dict[tuple[str, date | None, date], list[Figure]] = defaultdict(list)
    for fact in report.facts:
        if fact.value is None and fact.low is None and fact.high is None:
            continue
        figure = _figure(fact, taxonomy, prints.get(fact.fact_id, []), report.observations)
        made.figures.append(figure)
        by_concept[figure.concept].append(figure)
        by_period[figure.concept, figure.start, figure.end].append(figure)
        made.exact.setdefault((figure.concept, figure.start, figure.end, figure.unit, figure.dims, figure.scenario), figure)
    made.by_concept, made.by_period = dict(by_concept), dict(by_period)
    return made


def _prints(report: Report) -> dict[str, list[int]]:
    """The observations of each fact."""
    found: dict[str, list[int]] = {}
    for number, fact_id in enumerate(report.fact_ids):
        if fact_id is not None:
            found.setdefault(fact_id, []).append(number)
    return found


def _figure(fact: Fact, taxonomy: Taxonomy, prints: list[int], observations: tuple[Observation, ...]) -> Figure:
    aspects = fact.aspects
    place = fact.place
    if len(prints) > 1:
        finest = [observations[n].place for n in prints if observations[n].decimals == fact.decimals]
        place = next((place for place in finest if place.table is not None), finest[0] if finest else fact.place)
    return Figure(
        aspects.concept,
        aspects.period.start,
        aspects.period.end,
        aspects.unit,
        aspects.dimensions,
        aspects.scenario,
        None if aspects.kind == "range" else fact.value,
        width(fact, taxonomy),
        fact.decimals,
        place.locator,
        fact.fact_id,
        fact.low,
        fact.high,
        aspects.rate_date,
        currency_of(aspects.unit),
        prints,
    )


def width(fact: Fact, taxonomy: Taxonomy) -> Decimal:
    """What the print may have been rounded by; zero for what counts as exact."""
    if fact.decimals == 0:
        concept = taxonomy.concepts.get(fact.aspects.concept)
        if concept is not None and concept.type in ("shares", "quantity"):
            return ZERO
    if fact.aspects.scenario != "actual" and fact.aspects.kind == "range" and fact.aspects.unit.startswith("iso4217:"):
        return ZERO
    return half(fact.decimals, fact.approximate)
