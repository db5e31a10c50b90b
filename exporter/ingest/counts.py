"""What a bare number counts where no word tells: the arithmetic of the print decides, or the number stays open.

Shares: the scale at which income divided by earnings per share gives the number. Amounts: numbers that
add up, with signed ones, to a total with a currency sign are money as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from exporter.ingest.figures import NO_COUNT, NO_KIND
from exporter.ingest.rows import Draft
from exporter.model import Observation
from exporter.values import decimals_of, shifted

_INCOME = ("fin:NetIncomeAvailableToCommonShareholders", "fin:NetIncomeAttributableToParent", "fin:NetIncome")
_PER_SHARE = ("fin:EarningsPerShareBasic", "fin:EarningsPerShareDiluted", "fin:EarningsPerShareBasicAndDiluted")
_SHARES = "xbrli:shares"
_KINDS = {_SHARES: "shares"}
_POWERS = (0, 3, 6)
_SLACK = Decimal("1.25")
_RUN = 30


def settle(drafts: list[Draft]) -> None:
    """Gives unit and value to the drafts of one part whose count the print proves; opens those that it disproves."""
    columns: dict[int, list[Draft]] = {}
    for draft in drafts:
        columns.setdefault(draft.column, []).append(draft)
    for column in columns.values():
        _add_up(column)
    counts = [draft for draft in drafts if draft.figure and (draft.observation.unit == _SHARES or NO_COUNT in draft.observation.reason)]
    proved = {power for column in columns.values() for power in _powers(column)} if counts else set()
    if len(proved) == 1:
        power = proved.pop()
        for draft in counts:
            _scaled(draft, power)


# --- shares ---------------------------------------------------------------------------------------


def _powers(column: list[Draft]) -> Iterator[int]:
    """The power of ten of each weighted average, by income and earnings per share of its column."""
    named = {d.observation.concept: d.observation for d in column if d.observation.certain}
    income = next((named[name] for name in _INCOME if name in named), None)
    shares = [d for d in column if d.figure and d.weighted]
    for name in _PER_SHARE:
        if income is not None and name in named:
            low, high = _between(income, named[name])
            for draft in shares:
                yield from (p for p in _POWERS if draft.figure and low <= abs(draft.figure.value).scaleb(p) <= high)


def _between(income: Observation, earnings: Observation) -> tuple[Decimal, Decimal]:
    """The bounds of the number of shares; nothing lies between them where a rounded figure says too little."""
    amount, each = abs(income.printed or Decimal(0)), abs(earnings.printed or Decimal(0))
    half = Decimal(5).scaleb(-(earnings.decimals or 0) - 1)
    if not amount or each <= 2 * half:
        return Decimal(1), Decimal(0)
    return amount / (each + half) / _SLACK, amount / (each - half) * _SLACK


def _scaled(draft: Draft, power: int) -> None:
    seen, figure = draft.observation, draft.figure
    if figure is None or not draft.weighted:
        return
    if seen.unit is None:
        _give(draft, _SHARES, power)
    elif seen.scale and seen.scale != power and not draft.own_scale:  # a line that excepts shares stands
        reason = "the scale line and the earnings per share disagree on the number of shares"
        draft.observation = seen._replace(unit=None, printed=None, decimals=None, concept=None, reason=reason)


# --- amounts --------------------------------------------------------------------------------------


def _add_up(column: list[Draft]) -> None:
    """Settles the bare numbers of a column between a currency sign and the total that they add up to."""
    if not any(NO_KIND in draft.observation.reason for draft in column):
        return
    for at, total in enumerate(column):
        figure = total.figure
        if figure is None or not figure.sign or total.observation.unit is None:
            continue
        run = _addends(column[max(0, at - _RUN) : at], figure.value)
        for draft in run:
            if NO_KIND in draft.observation.reason:
                _give(draft, total.observation.unit, total.observation.scale)


def _addends(above: list[Draft], total: Decimal) -> Iterable[Draft]:
    """The shortest run of two rows or more right above a total that adds up to it."""
    run: list[Draft] = []
    rest = total
    for draft in reversed(above):
        figure = draft.figure
        if figure is None or figure.suffix:
            return ()
        run.append(draft)
        rest -= figure.value
        if rest == 0 and len(run) > 1:
            return run
    return ()


def _give(draft: Draft, unit: str, power: int) -> None:
    seen, figure = draft.observation, draft.figure
    if figure is None or seen.period is None or seen.scenario != "actual":
        return
    concept = draft.hit.concept if draft.hit else None
    fits = concept is not None and concept.type == _KINDS.get(unit, "perShare" if unit.endswith(f"/{_SHARES}") else "monetary")
    draft.observation = seen._replace(
        printed=shifted(figure.value, power),
        decimals=decimals_of(figure.digits, power),
        scale=power,
        unit=unit,
        concept=concept.id if concept and fits else None,
        basis=concept.basis if concept and fits else "gaap",
        reason="" if fits else seen.reason.replace(NO_KIND, "").replace(NO_COUNT, "").strip("; ") or "the label names no concept",
    )
