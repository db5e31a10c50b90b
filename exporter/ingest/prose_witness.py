"""What tables tell of a figure in a sentence that was not understood to the end.

Two witnesses are enough: the sentence names a measure, and the tables print this very figure as that measure, in one
period only. The words between the name and the figure may then be any. A figure of few digits agrees with a table by
chance, and is not heard. What a longer span has more than a shorter one with the same end is that of the months before
(the half-year less the quarter: the quarter before), and counts as printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from exporter.ingest.match import Hit
from exporter.ingest.prose_parts import Series, half
from exporter.ingest.prose_periods import Clock
from exporter.ingest.prose_spans import Figure
from exporter.model import Observation, Period
from exporter.values import decimals_of, rounding_interval

#: So many digits must agree where the figure is read as one of that measure, and where its sentence only names it;
#: and so many of a rate of growth of which only what it is compared with is not said.
_SPOKEN_OF, _NAMED, _GROWTH = 3, 4, 2
_SCALED = 100_000
_EACH = {"monetary": "", "perShare": "/xbrli:shares", "perUnit": "/fin:ADS"}
_LONGER = 80


@dataclass(slots=True)
class Witness:
    """The certain figures of a document's tables by concept. ``clock``: which periods are compared with which."""

    tables: Mapping[Series, Sequence[Observation]]
    clock: Clock
    _cells: dict[str, list[Observation]] = field(default_factory=dict)

    def cell(self, figure: Figure, spoken: Sequence[Hit], named: Iterable[Hit]) -> Observation | None:
        """The cell that prints a figure as what is ``spoken`` of, or only ``named`` beside it; None where there is none, or
        cells of several facts. Sums of money, amounts per share, and percentages that are spoken of."""
        digits = _digits(figure)
        for hits, needed in ((spoken, _SPOKEN_OF), (() if figure.kind == "percent" else named, _NAMED)):
            if digits >= needed:
                found = [cell for hit in hits for cell in self._agreeing(figure, hit)]
                facts = {(cell.concept, cell.period, cell.dimensions) for cell in found}
                if facts:
                    return found[0] if len(facts) == 1 else None
        return None

    def growth(self, figure: Figure, direction: int, spoken: Sequence[Hit]) -> tuple[str, Period, str] | None:
        """The concept that grew by a percentage, its period, and against which ("yoy", "qoq"), where one pair of cells says so."""
        if figure.kind != "percent" or _digits(figure) < _GROWTH:
            return None
        decimals = decimals_of(figure.digits, -2)
        low, high = rounding_interval(figure.value.scaleb(-2) * direction, decimals)
        found: set[tuple[str, Period, str]] = set()
        for concept in {hit.concept.id for hit in spoken if hit.concept.type in _EACH}:
            cells = self._of(concept)
            for later in cells:
                for earlier in cells:
                    basis = self.clock.basis(later.period, earlier.period) if _comparable(later, earlier) else ""
                    if basis and later.period is not None and low <= _rate(later, earlier) <= high:
                        found.add((concept, later.period, basis))
        return next(iter(found)) if len(found) == 1 else None

    def _agreeing(self, figure: Figure, hit: Hit) -> list[Observation]:
        """The cells of a concept that a figure may be, as it is rounded."""
        power = figure.power or 0
        if figure.kind == "percent":
            unit, power = ("xbrli:pure", -2) if hit.concept.type == "percent" else ("", 0)
        elif figure.kind != "money" or figure.currency in ("", "?") or hit.concept.type not in _EACH:
            unit = ""
        else:
            each = _EACH[hit.concept.type]
            scaled = figure.power is not None or abs(figure.value) >= _SCALED
            unit = f"iso4217:{figure.currency}{each}" if scaled != bool(each) else ""
        value = figure.value.scaleb(power) * (-1 if hit.alias.sign < 0 else 1)
        decimals = decimals_of(figure.digits, power)
        within = half(decimals)
        return [
            cell
            for cell in (self._of(hit.concept.id) if unit else ())
            if cell.unit == unit and cell.decimals is not None and cell.decimals >= decimals and abs((cell.value or 0) - value) <= within
        ]

    def _of(self, concept: str) -> list[Observation]:
        if not self._cells:
            for (named, *_), cells in self.tables.items():
                certain = [cell for cell in cells if cell.certain and cell.scenario == "actual" and cell.value is not None]
                self._cells.setdefault(str(named), []).extend(certain)
            for cells in self._cells.values():
                cells += [early for longer in cells for shorter in cells if (early := _before(longer, shorter)) is not None]
        return self._cells.get(concept, [])


def _digits(figure: Figure) -> int:
    """How many digits of a figure tell something."""
    return len(figure.digits.replace(".", "").lstrip("0"))


def _comparable(later: Observation, earlier: Observation) -> bool:
    return later.unit == earlier.unit and later.dimensions == earlier.dimensions and bool(earlier.value) and (earlier.value or 0) > 0


def _rate(later: Observation, earlier: Observation) -> Decimal:
    return ((later.value or Decimal(0)) - (earlier.value or Decimal(1))) / (earlier.value or Decimal(1))


def _before(longer: Observation, shorter: Observation) -> Observation | None:
    """What a span has more than a shorter one with the same end: that of the time before; sums of money only."""
    one, other = longer.period, shorter.period
    if one is None or other is None or one.end != other.end or one.start is None or other.start is None or longer.unit != shorter.unit:
        return None
    same = longer.dimensions == shorter.dimensions and "/" not in (longer.unit or "") and (longer.unit or "").startswith("iso4217:")
    if not same or (other.start - one.start).days < _LONGER or longer.dimensions:
        return None
    value = (longer.value or Decimal(0)) - (shorter.value or Decimal(0))
    decimals = min(longer.decimals or 0, shorter.decimals or 0)
    return longer._replace(period=Period(other.start - timedelta(days=1), one.start), printed=value, sign=1, decimals=decimals)
