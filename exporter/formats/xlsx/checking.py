"""The sheet Checks: relations of the document that fail or cannot be tested, and the sums of the statements, live.

The relations were tested when the document was read: their verdicts are texts. A sum is tested by formulas on the cells
that the statements show, so that it stays true, or turns red, when somebody changes one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.columns import Getter, placed
from exporter.formats.xlsx.context import Context, LiveSum
from exporter.formats.xlsx.lists import HEAD
from exporter.formats.xlsx.stream import Formula, Link, Value
from exporter.model import CheckResult, Fact, Period

if TYPE_CHECKING:
    from exporter.formats.xlsx.sheet import Sheet as Worksheet

Checked: TypeAlias = "CheckResult | LiveSum"


def results_to_show(context: Context) -> list[CheckResult]:
    """The relations to look at: those that fail, then those that cannot be tested. Those that hold are in checks.csv:
    there are several hundred of them, and they would hide the others."""
    return [result for verdict in ("fails", "not_checkable") for result in context.results if result.verdict == verdict]


def failing(context: Context) -> int:
    """How many rows of the sheet carry the sign of failure when the workbook is opened."""
    return sum(result.verdict == "fails" for result in context.results)


class Rows:
    """The rows of one Checks sheet: ``items`` from the sheet's first row on. :meth:`getters` are its columns."""

    def __init__(self, context: Context, items: list[Checked]) -> None:
        self.context, self.items = context, items
        self._rules = {rule.id: rule.labels for rule in context.taxonomy.rules}
        fields = [column.field for column in context.layout.columns_of("checks")]
        self._letters = {field: shapes.column_name(at) for at, field in enumerate(fields)}
        self._rows = {id(item): HEAD + 1 + at for at, item in enumerate(items)}

    def getters(self) -> Mapping[str, Getter]:
        """The columns by field, named as in checks.csv, and the checked figure's concept, period and unit."""
        word = self.context.layout.word
        return {
            "check_id": lambda item: "" if isinstance(item, LiveSum) else item.check_id,
            "rule": lambda item: "" if isinstance(item, LiveSum) else item.rule,
            "family": lambda item: word("sum_family") if isinstance(item, LiveSum) else item.family,
            "label": self._label,
            "verdict": self._verdict,
            "concept": self._concept,
            "period": lambda item: self._span(self._period(item)),
            "unit_id": self._unit,
            "left": self._left,
            "right": self._right,
            "difference": self._difference,
            "tolerance": lambda item: self._shown(item, item.tolerance),
            "reason": lambda item: "" if isinstance(item, LiveSum) else item.reason,
            "inputs": self._inputs,
        }

    def _fact(self, result: CheckResult) -> Fact | None:
        return self.context.facts.get(result.facts[-1] or "")

    def _label(self, item: Checked) -> Value:
        if isinstance(item, LiveSum):
            return self.context.layout.word("sum_of_parts")
        return self._rules.get(item.rule, {}).get(self.context.layout.language, item.rule)

    def _concept(self, item: Checked) -> Value:
        if isinstance(item, LiveSum):
            return self.context.label(item.figure.concept)
        fact = self._fact(item)
        return self.context.named(fact.aspects) if fact else ""

    def _period(self, item: Checked) -> Period | None:
        if isinstance(item, LiveSum):
            return item.figure.period
        fact = self._fact(item)
        return fact.aspects.period if fact else None

    def _span(self, period: Period | None) -> str:
        return self.context.fiscal(period).replace("/", "..")

    def _unit(self, item: Checked) -> Value:
        if isinstance(item, LiveSum):
            return item.figure.unit or ""
        fact = self._fact(item)
        return fact.aspects.unit if fact else ""

    def _verdict(self, item: Checked) -> Value:
        word = self.context.layout.word
        if not isinstance(item, LiveSum):
            return word(f"verdict_{item.verdict}")
        if not {"difference", "tolerance"} <= self._letters.keys():
            return word("verdict_exact") if item.live else word("verdict_incomplete")
        row, difference = self._rows[id(item)], abs(item.printed - item.summed)
        off = "verdict_fails" if item.live else "verdict_incomplete"
        names = [word(name) for name in ("verdict_exact", "verdict_within_rounding", off)]
        exact, within, fails = map(shapes.literal, names)
        found, room = f"{self._letters['difference']}{row}", f"{self._letters['tolerance']}{row}"
        value = names[0] if not difference else names[1] if difference <= item.tolerance else names[2]
        return Formula(f"=IF({found}=0,{exact},IF(ABS({found})<={room},{within},{fails}))", value, "verdict")

    def _left(self, item: Checked) -> Value:
        """The printed figure: a live sum's own cell is the formula, so its print stands here as a number."""
        if isinstance(item, LiveSum) and not item.live:
            return Formula(f"={item.cell.reference}", item.printed, "linked", self._format(item))
        return self._shown(item, item.printed if isinstance(item, LiveSum) else item.left)

    def _right(self, item: Checked) -> Value:
        if not isinstance(item, LiveSum):
            return self._shown(item, item.right)
        text = f"={item.cell.reference}" if item.live else item.formula
        return Formula(text, item.summed, "linked", self._format(item))

    def _difference(self, item: Checked) -> Value:
        if not isinstance(item, LiveSum):
            return self._shown(item, item.difference)
        if not {"left", "right"} <= self._letters.keys():
            return self._shown(item, item.printed - item.summed)
        row = self._rows[id(item)]
        text = f"{self._letters['left']}{row}-{self._letters['right']}{row}"
        places = max(shapes.places_of(item.printed), shapes.places_of(item.summed))
        # Binary fractions leave a rest where decimal ones leave none.
        return Formula(f"=ROUND({text},{places})", item.printed - item.summed, "formula", self._format(item))

    def _format(self, item: LiveSum) -> str:
        return shapes.number_format(item.figure.decimals or 0, 0, self.context.percent(item.figure))

    def _shown(self, item: Checked, value: Decimal | None) -> Value:
        if value is None:
            return None
        if isinstance(item, LiveSum):
            return value, shapes.number_format(shapes.places_of(value), 0, self.context.percent(item.figure))
        fact, places = self._fact(item), shapes.places_of(value)
        decimals = places if fact is None or fact.decimals is None else min(places, max(fact.decimals, 0) + 4)
        return value, shapes.number_format(decimals, 0, self.context.percent(fact) if fact else False)

    def _inputs(self, item: Checked) -> Value:
        if isinstance(item, LiveSum):
            cell = item.cell
            return Link(f"{cell.sheet} {shapes.column_name(cell.column)}{cell.row + 1}", cell.reference)
        return placed(self.context, item.inputs[-1], "; ".join(item.inputs)) if item.inputs else ""


def colour(context: Context, sheet: Worksheet, cells: str) -> None:
    """Red what fails, green what holds, by the sign that begins a verdict: the sign says it without the colour."""
    first = cells.rpartition("!")[2].replace("$", "")
    if not first:
        return
    word, at = context.layout.word, f"${first.partition(':')[0]}"
    for style, verdict in (("failed", "verdict_fails"), ("check", "verdict_exact"), ("check", "verdict_within_rounding")):
        criteria = f"=LEFT({at},1)={shapes.literal(word(verdict)[:1])}"
        sheet.conditional_format(first, {"type": "formula", "criteria": criteria, "format": context.book.format(style)})


def verdicts(context: Context, sheet: str, rows: int) -> str:
    """The cells of a Checks sheet that hold the verdicts of so many rows, or "" where the layout shows none."""
    for at, column in enumerate(context.layout.columns_of("checks")):
        if column.field == "verdict":
            letter = shapes.column_name(at)
            return f"{shapes.quoted(sheet)}!${letter}${HEAD + 1}:${letter}${HEAD + max(rows, 1)}"
    return ""
