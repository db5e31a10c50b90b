"""What is said about a figure: labels, units, the note on a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exporter.formats.xlsx.series.design import Design
from exporter.model import Concept, Entity, Taxonomy
from exporter.series import Cell, Column, Key, Row, Series
from exporter.series.nouns import OWN_CURRENCY, Event


@dataclass(slots=True)
class Texts:
    """The words of one workbook. ``labels``: periods by issuer and dates, as the axis calls them."""

    series: Series
    taxonomy: Taxonomy
    design: Design
    entities: Mapping[str, Entity] = field(init=False)
    labels: dict[object, str] = field(init=False)

    def __post_init__(self) -> None:
        self.entities = {entity.id: entity for entity in self.series.entities}
        self.labels = {(column.entity, column.period): column.label for column in self.series.columns}

    # --- rows -----------------------------------------------------------------------------------

    def concept(self, key: Key) -> Concept | None:
        """The concept of a row, or None where the taxonomy does not know it."""
        return self.taxonomy.concepts.get(key.concept)

    def label(self, row: Row) -> str:
        """What a row is called: by role, with its members, its scenario, and its end of a range."""
        word, text = self.design.word, self.name(row.key, row.role)
        if row.key.scenario != "actual":
            text = word(f"{row.key.scenario}_label", label=text)
        return word(row.part, label=text) if row.part else text

    def name(self, key: Key, role: str = "standard") -> str:
        """The label of a concept with its members."""
        found = self.concept(key)
        text = found.label(self.design.layout.language, role) if found else key.concept
        members = ", ".join(self._member(axis, member) for axis, member in key.dimensions)
        return self.design.word("member", label=text, member=members) if members else text

    def _member(self, axis: str, member: str) -> str:
        known = self.taxonomy.axes.get(axis)
        labels = known.members.get(member) if known else None
        return self.design.layout.pick(labels) if labels else member

    def percent(self, key: Key) -> bool:
        """Whether a row is shown as a percentage."""
        found = self.concept(key)
        return key.unit == "xbrli:pure" and found is not None and found.type == "percent"

    def unit(self, key: Key, scale: int, entity: str = "") -> str:
        """The unit of a row in words, with the scale in which it is shown; of one issuer, with its own currency."""
        layout = self.design.layout
        if self.percent(key):
            return layout.pick(layout.units["percent"])
        words = (self.measure(self.own(key.unit, entity) if entity else key.unit), layout.pick(layout.scales.get(str(scale), {})))
        return " ".join(filter(None, words if key.unit.startswith("iso4217:") else words[::-1]))

    def own(self, unit: str, entity: str) -> str:
        """A unit with the issuer's currency in it."""
        currency = next((column.currency for column in self.series.columns if column.entity == entity), "")
        return currency + unit[len(OWN_CURRENCY) :] if unit.startswith(OWN_CURRENCY) else unit

    def measure(self, unit: str) -> str:
        """A unit in words: ``CNY``, ``CNY per ADS``, ``shares``."""
        top, _, bottom = unit.partition("/")
        if not bottom:
            return self._measure(top)
        layout = self.design.layout
        below = layout.pick(layout.units["share"]) if bottom == "xbrli:shares" else self._measure(bottom)
        return layout.pick(layout.units["per"]).replace("{top}", self._measure(top)).replace("{bottom}", below)

    def _measure(self, measure: str) -> str:
        layout = self.design.layout
        if measure == OWN_CURRENCY:
            return layout.word("own_currency")
        prefix, _, local = measure.rpartition(":")
        units = self.taxonomy.units
        known = None if prefix == "iso4217" else layout.units.get(measure) or units.get(measure) or units.get(local)
        return layout.pick(known) if known else local

    def status(self, cells: Iterable[Cell]) -> str:
        """What is special in a row: how many figures are restated, derived and so on."""
        counts: dict[str, int] = {}
        for cell in cells:
            counts[cell.status] = counts.get(cell.status, 0) + 1
        order = ("restated", "later_restated", "differs", "refined", "derived")
        return ", ".join(self.design.word(f"count_{status}", count=counts[status]) for status in order if status in counts)

    # --- columns --------------------------------------------------------------------------------

    def period(self, entity: str, period: object) -> str:
        """What the axis calls a period, else its dates."""
        if (entity, period) in self.labels:
            return self.labels[entity, period]
        start, end = getattr(period, "start", None), getattr(period, "end", None)
        return f"{end}" if start is None else f"{start}/{end}"

    def length(self, column: Column) -> str:
        """``3``, ``13 weeks``; a longer week year is flagged."""
        if column.period.start is None:
            return self.design.word("as_at")
        if column.weeks:
            return self.design.word("long_weeks" if column.weeks in (14, 27, 40, 53) else "weeks", count=column.weeks)
        return str(column.months)

    def formula(self, entity: str, cell: Cell) -> str:
        """What a derived figure is made of: ``2022FY - 2022 9M``."""
        text = ""
        for term in cell.terms:
            sign = "+" if term.sign > 0 else "−"
            text += f" {sign} {self.period(entity, term.period)}" if text else self.period(entity, term.period)
        return text

    # --- notes ----------------------------------------------------------------------------------

    def note(self, key: Key, entity: str, cell: Cell) -> str:
        """Where a figure is printed, and what other releases said of it."""
        word = self.design.word
        if cell.shown is None:
            lines = [word("note_derived", text=self.formula(entity, cell)), word("note_concept", text=key.concept)]
            return "\n".join([*lines, word("note_precision")])
        printed, filing = cell.shown.printed, cell.shown.filing
        fact = printed.fact
        lines = [
            word("note_label", text=_short(fact.label)),
            word("note_raw", text=_short(printed.raw)),
            word("note_concept", text=key.concept),
            word("note_place", document=filing.id, line=fact.place.line),
            word("note_filed", text=filing.filed_at or word("no_date")),
        ]
        if fact.aspects.rate_date is not None:
            lines.append(word("note_rate", text=fact.aspects.rate_date))
        if len(cell.events) > 1:
            lines += [self.event(event) for event in cell.events[-_EVENTS:]]
        return "\n".join(lines)

    def event(self, event: Event) -> str:
        """A print in the history of a figure: what it did, the printed text, its document."""
        word = self.design.word
        expected = event.printed.fact.aspects.scenario != "actual"
        kind = "updates" if expected and event.kind == "restates" else event.kind
        return word(
            "event_line", what=word(f"event_{kind}"), raw=_short(event.printed.raw), document=event.filing.id,
            filed=event.filing.filed_at or word("no_date"),
        )  # fmt: skip


_EVENTS = 12  # a note shows the newest prints; Facts has all
_TEXT = 200


def _short(text: str) -> str:
    """A printed text as a note can hold it; in full it stands on Facts."""
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
