"""A sheet of metrics: chosen concepts on one axis of periods, growth and margins as formulas, and charts of them.

A figure that a statement shows is a formula that refers to it; one that stands only in the text is a number, linked to
its print. Growth and margins refer to the cells above them; they are left out where a cell is missing, and say so where
the base is not positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from exporter.formats.xlsx import axis, charts, shapes
from exporter.formats.xlsx.context import Context, fitted
from exporter.formats.xlsx.head import PERIOD_ROWS, TOP, Head, top_of
from exporter.formats.xlsx.layout import ColumnSpec, Group, SheetSpec
from exporter.model import Column, Fact, Period

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

_UPRIGHT = 7  # columns of periods that an upright page takes
_FIELDS = ("label", "concept_id", "unit", "periods")


@dataclass(frozen=True, slots=True)
class Ratio:
    """``upper / lower``, less one where it is a growth; each a row and its column."""

    upper: tuple[Line, int]
    lower: tuple[Line, int]
    growth: bool


@dataclass(slots=True)
class Line:
    """A row of the sheet: ``values`` by column; ``facts`` where they come from, ``ratios`` what they are derived from."""

    id: str
    label: str
    unit: str
    number: str
    concept: str = ""
    scale: int = 0
    values: dict[int, Decimal | str] = field(default_factory=dict)
    facts: dict[int, Fact] = field(default_factory=dict)
    ratios: dict[int, Ratio] = field(default_factory=dict)
    row: int = -1


def chosen(context: Context, concepts: Iterable[str]) -> dict[str, list[Fact]]:
    """The facts of each concept that one row can show: the whole, as reported, in the unit that most of them have."""
    found: dict[str, dict[str, list[Fact]]] = {name: {} for name in concepts}
    for fact in context.report.facts:
        aspects = fact.aspects
        if aspects.concept in found and aspects.scenario == "actual" and not aspects.dimensions and fact.value is not None:
            found[aspects.concept].setdefault(aspects.unit, []).append(fact)
    home = f"iso4217:{context.report.entity.currency}"
    best = {}
    for name, units in found.items():
        if units:
            unit = max(units, key=lambda unit: (unit.partition("/")[0] == home, len(units[unit])))
            best[name] = units[unit]
    return best


def concepts_of(context: Context, group: Group) -> Sequence[str]:
    """The concepts that a group lists, itself or by its network."""
    network = context.taxonomy.networks.get(group.network)
    return group.concepts or (tuple(line.concept for line in network.presentation) if network else ())


def has_rows(context: Context, spec: SheetSpec) -> bool:
    """Whether the report has any fact that the sheet would show."""
    return bool(chosen(context, [name for group in spec.groups for name in concepts_of(context, group)]))


class MetricsSheet:
    """Writes a sheet of metrics."""

    def __init__(self, context: Context, spec: SheetSpec, name: str, sheet: Worksheet) -> None:
        self.context, self.spec, self.name, self.sheet = context, spec, name, sheet
        self.book, self.layout = context.book, context.layout
        self.lines: dict[str, Line] = {}
        specs = {column.field: column for column in self.layout.columns_of("statement")}
        self._specs: dict[str, ColumnSpec] = {name: specs[name] for name in _FIELDS if name in specs}
        self._at = {name: at for at, name in enumerate(self._specs)}

    def write(self) -> int:
        """Write the sheet; how many rows it has."""
        facts = chosen(self.context, [name for group in self.spec.groups for name in concepts_of(self.context, group)])
        self.periods = axis.in_blocks(fact.aspects.period for found in facts.values() for fact in found)
        for name, found in facts.items():
            self.lines[name] = self._line(name, found)
        groups = self._groups()
        width = self._period_width()
        first = self._at.get("periods", 0)
        top_of(self.context, self.sheet, self._title(), self.layout.pick(self.spec.about))
        head = Head(self.context, self.sheet, self._at, self._specs, first + len(self.periods), width)
        head.periods(TOP, [Column(number, (), period) for number, period in enumerate(self.periods, 1)])
        for group, lines in groups:
            self.book.text(self.sheet, lines[0].row - 1, 0, self.layout.pick(group.title), "heading")
            for line in lines:
                self._write_line(line, first)
        for name, at in self._at.items():
            spec, texts = self._specs[name], [self._text(line, name) for _, lines in groups for line in lines]
            if name != "periods":
                indent = 2 if name == "label" else 0
                lengths = [shapes.text_width(text) + indent for text in texts]
                self.sheet.set_column(at, at, spec.width or fitted(lengths, spec.min, spec.max))
        self.sheet.set_column(first, first + max(len(self.periods), 1) - 1, width)
        end = max((lines[-1].row for _, lines in groups), default=TOP + PERIOD_ROWS) + 2
        charts.draw(self, end, first)
        self.sheet.freeze_panes(TOP + PERIOD_ROWS, 1 if self.layout.frozen_label else 0)
        self.book.print_setup(self.sheet, self.context.footer(), 0, TOP + PERIOD_ROWS - 1, 1, len(self.periods) <= _UPRIGHT)
        return sum(len(lines) for _, lines in groups)

    def _title(self) -> str:
        return f"{self.context.report.entity.name} — {self.layout.pick(self.spec.name)}"

    # --- rows -----------------------------------------------------------------------------------

    def _groups(self) -> list[tuple[Group, list[Line]]]:
        """The groups that have rows, each row with its place on the sheet."""
        row, found = TOP + PERIOD_ROWS, []
        for group in self.spec.groups:
            if group.growth:
                lines = [line for name in group.growth if name in self.lines and (line := self._growth(name, group.over)).ratios]
            elif group.margins:
                lines = [self._margin(one.id, one.part, one.of, self.layout.pick(one.label)) for one in group.margins]
                lines = [line for line in lines if line.ratios]
            else:
                lines = [self.lines[name] for name in concepts_of(self.context, group) if name in self.lines]
            if lines:
                for line in lines:
                    row += 1
                    line.row = row
                    self.lines.setdefault(line.id, line)
                row += 1
                found.append((group, lines))
        return found

    def _line(self, name: str, facts: Sequence[Fact]) -> Line:
        percent = self.context.percent(facts[0])
        sizes = [fact.value.adjusted() for fact in facts if fact.value]
        scale = 0 if percent else min(self.spec.scale, max(min(sizes, default=0) // 3 * 3, 0))
        unit = self.context.unit(facts[0].aspects.unit, percent, scale)
        line = Line(name, self.context.label(name), unit, "", name, scale)
        for fact in facts:
            at = axis.place(fact.aspects.period, self.periods)
            if at is not None and fact.value is not None and at not in line.values:
                line.values[at], line.facts[at] = fact.value, fact
        return line

    def _growth(self, name: str, over: str) -> Line:
        """Change against the same period a year before, or against the quarter before."""
        base = self.lines[name]
        label = self.layout.word(f"growth_{over}", label=base.label)
        line = Line(f"{over}:{name}", label, self.layout.pick(self.layout.units["percent"]), shapes.number_format(3, 0, True))
        before = axis.year_before if over == "year" else axis.quarter_before
        for at, period in enumerate(self.periods):
            earlier = before(period, self.periods)
            if earlier is not None and earlier in base.values and at in base.values:
                self._ratio(line, at, Ratio((base, at), (base, earlier), True))
        return line

    def _margin(self, name: str, part: str, of: str, label: str) -> Line:
        line = Line(name, label, self.layout.pick(self.layout.units["percent"]), shapes.number_format(3, 0, True))
        if part in self.lines and of in self.lines:
            upper, lower = self.lines[part], self.lines[of]
            for at in range(len(self.periods)):
                if at in upper.values and at in lower.values:
                    self._ratio(line, at, Ratio((upper, at), (lower, at), False))
        return line

    def _ratio(self, line: Line, at: int, ratio: Ratio) -> None:
        """A base that is not positive gives a text, never an error."""
        top, bottom = (one.values[column] for one, column in (ratio.upper, ratio.lower))
        line.ratios[at] = ratio
        if isinstance(top, Decimal) and isinstance(bottom, Decimal) and bottom > 0:
            with localcontext() as context:
                context.prec = 40
                line.values[at] = top / bottom - (1 if ratio.growth else 0)
        else:
            line.values[at] = self.layout.word("no_ratio")

    def _formula(self, ratio: Ratio) -> str:
        first = self._at["periods"]
        upper, lower = (f"{shapes.column_name(first + column)}{one.row + 1}" for one, column in (ratio.upper, ratio.lower))
        return f"=IF({lower}>0,{upper}/{lower}{'-1' if ratio.growth else ''},{shapes.literal(self.layout.word('no_ratio'))})"

    def _write_line(self, line: Line, first: int) -> None:
        for name in ("label", "concept_id", "unit"):
            if name in self._at and (text := self._text(line, name)):
                style = "label" if name == "label" else "identifier" if name == "concept_id" else "unit"
                self.book.text(self.sheet, line.row, self._at[name], text, style, indent=1 if name == "label" else 0)
        for at, value in line.values.items():
            place = first + at
            if at in line.ratios:
                made = self.book.format("formula", line.number)
                self.book.formula(self.sheet, line.row, place, self._formula(line.ratios[at]), value, made)
            elif isinstance(value, Decimal):
                self._figure(line, place, line.facts[at], value)
        if line.concept and line.values:
            target = shapes.area(self.name, line.row, first, line.row, first + len(self.periods) - 1)
            self.context.define(line.concept, target)

    def _figure(self, line: Line, place: int, fact: Fact, value: Decimal) -> None:
        decimals = shapes.places_of(value) if fact.decimals is None else fact.decimals
        number = shapes.number_format(decimals, line.scale, self.context.percent(fact))
        cell = self.context.printed_at.get(fact.fact_id)
        if cell:
            text = f"={'-' if cell.sign < 0 else ''}{cell.reference}"
            self.book.formula(self.sheet, line.row, place, text, value, self.book.format("linked", number))
        else:
            self.book.number(self.sheet, line.row, place, value, self.book.format("printed", number))
        index = self.context.first_print.get(fact.fact_id)
        if target := self.context.source_of(index):
            self.book.point(self.sheet, line.row, place, target)
        if self.layout.cell_notes and index is not None:
            self.book.note(self.sheet, line.row, place, self.context.note(index))

    @staticmethod
    def _text(line: Line, name: str) -> str:
        return {"label": line.label, "concept_id": line.concept, "unit": line.unit}.get(name, "")

    def _period_width(self) -> int:
        spec = self._specs["periods"]
        found = [shapes.text_width(self.context.fiscal(period), True) for period in self.periods if period.start]
        for line in self.lines.values():
            for at, value in line.values.items():
                if isinstance(value, Decimal) and at in line.facts:
                    fact = line.facts[at]
                    decimals = shapes.places_of(value) if fact.decimals is None else fact.decimals
                    found.append(shapes.shown_length(value, decimals, line.scale, self.context.percent(fact)))
        return spec.width or fitted([length for length in found if length <= spec.max], spec.min, spec.max)

    def block(self, lines: Sequence[Line]) -> list[int]:
        """The columns of the first block of periods, quarters first, in which a row has two figures or more."""
        for length in (3, 6, 9, 12, None):
            columns = [at for at, period in enumerate(self.periods) if axis.months(period) == length]
            filled = [at for at in columns if any(isinstance(line.values.get(at), Decimal) for line in lines)]
            if any(sum(isinstance(line.values.get(at), Decimal) for at in columns) > 1 for line in lines):
                return list(range(filled[0], filled[-1] + 1))
        return []

    def name_of(self, period: Period) -> str:
        """What a column is called."""
        return self.context.fiscal(period)
