"""Which printed totals are sums of printed figures, and the formula that says so.

A total becomes a formula only where the taxonomy's calculation network names its parts, the parts
that are printed in the same column of the same sheet measure the same thing (period, unit,
dimensions), and they add *exactly* to the printed total. The network knows canonical signs, the
sheet shows printed ones: a part that is printed with the opposite sign is subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exporter.formats.xlsx.shapes import column_name, places_of
from exporter.model import Observation, Taxonomy

Parts = tuple[tuple[str, int], ...]
_MAX_FORMULA = 8_000  # Excel takes 8,192 characters


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in a column of a sheet; ``row`` is 0-based, ``block`` the printed table it stands in."""

    row: int
    block: int
    figure: Observation


@dataclass(frozen=True, slots=True)
class Sum:
    """A total: the rows of its parts with their factor in printed signs, and what the print is off by."""

    terms: tuple[tuple[int, int], ...]
    off: Decimal


def calculations(taxonomy: Taxonomy, statement: str) -> dict[str, tuple[Parts, ...]]:
    """All ways in which the networks add up a concept, those of the statement first."""
    found: dict[str, list[Parts]] = {}
    for network in sorted(taxonomy.networks.values(), key=lambda network: network.statement != statement):
        for total, parts in network.calculation.items():
            found.setdefault(total, []).append(parts)
    return {total: tuple(ways) for total, ways in found.items()}


def find(cells: Sequence[Cell], ways: Mapping[str, tuple[Parts, ...]]) -> dict[int, Sum]:
    """The totals of a column, by row: of the ways that add exactly the shortest, else the nearest one with two parts or more."""
    alike: dict[object, dict[str | None, list[Cell]]] = {}
    for cell in cells:
        alike.setdefault(_key(cell.figure), {}).setdefault(cell.figure.concept, []).append(cell)
    sums: dict[int, Sum] = {}
    for cell in cells:
        known = ways.get(cell.figure.concept or "")
        if not known:
            continue
        peers = alike[_key(cell.figure)]
        tried = [_try(cell, parts, peers) for parts in known]
        right = [one for one in tried if one and not one.off and not _circular(cell.row, one, sums)]
        exact = min(right, key=lambda one: (len(one.terms) == 1, len(one.terms)), default=None)
        near = [one for one in tried if one and one.off and len(one.terms) > 1]
        if exact:
            sums[cell.row] = exact
        elif near:
            sums[cell.row] = min(near, key=lambda one: abs(one.off))
    return {row: one if one.off else _by_subtotals(row, one, sums) for row, one in sums.items()}


def _by_subtotals(row: int, one: Sum, sums: Mapping[int, Sum]) -> Sum:
    """A sum in which printed subtotals stand for their parts, as people read it: total assets are current and non-current.

    Only a subtotal whose parts are some, not all, of the total's parts takes their place; so no circle can arise.
    """
    terms = dict(one.terms)
    subtotals = [(other, found.terms) for other, found in sums.items() if other != row and not found.off and len(found.terms) > 1]
    for other, parts in sorted(subtotals, key=lambda item: (-len(item[1]), item[0])):
        factors = {terms.get(part, 0) * factor for part, factor in parts}
        if len(parts) < len(one.terms) and other not in terms and factors in ({1}, {-1}):
            for part, _ in parts:
                del terms[part]
            terms[other] = factors.pop()
    return Sum(tuple(sorted(terms.items())), one.off)


def formula(terms: Iterable[tuple[int, int]], column: int, filled: set[int], sheet: str = "") -> str:
    """A short formula: runs of rows become ranges. ``filled`` are the rows of the column that hold a number.

    ``sheet`` (``'Sheet'!``) spells the cells for a formula that stands on another sheet.
    """
    letter = column_name(column)
    plus = _runs([row for row, factor in terms if factor > 0], filled, letter, sheet)
    minus = _runs([row for row, factor in terms if factor < 0], filled, letter, sheet)
    text = "=" + _added(plus, "+") + _added(minus, "-")
    return text.replace("=+", "=", 1) if len(text) <= _MAX_FORMULA else ""


def rounded(text: str, terms: Iterable[tuple[int, int]], total: Observation, figures: Mapping[int, Observation]) -> str:
    """The formula, rounded to the places of its parts where they have any: binary fractions leave a rest where decimal ones leave none."""
    shown = [total, *(figures[row] for row, _ in terms if row in figures)]
    places = max((places_of(figure.printed) for figure in shown if figure.printed is not None), default=0)
    return f"=ROUND({text[1:]},{places})" if places and text else text


def tolerance(terms: Iterable[tuple[int, int]], total: Observation, figures: Mapping[int, Observation]) -> Decimal:
    """What rounding allows a printed total and the sum of its printed parts to differ by: half a last digit of each of them."""
    shown = [total, *(figures[row] for row, _ in terms if row in figures)]
    return sum((Decimal(5).scaleb(-figure.decimals - 1) for figure in shown if figure.decimals is not None), Decimal(0))


def _key(figure: Observation) -> object:
    """What the parts of a sum must have in common."""
    return (figure.period, figure.unit, figure.dimensions, figure.scenario, figure.rate_date)


def _try(total: Cell, parts: Parts, peers: Mapping[str | None, Sequence[Cell]]) -> Sum | None:
    left = total.figure.value
    if left is None:
        return None
    terms = []
    for concept, weight in parts:
        cell = _nearest(total, peers[concept]) if concept in peers else None
        if cell is None or cell.figure.value is None:
            continue
        left -= cell.figure.value * weight
        terms.append((cell.row, weight * _sign(cell.figure) * _sign(total.figure)))
    return Sum(tuple(sorted(terms)), left * _sign(total.figure)) if terms else None


def _sign(figure: Observation) -> int:
    return 1 if figure.sign > 0 else -1


def _nearest(total: Cell, cells: Sequence[Cell]) -> Cell | None:
    """The print of a part that belongs to a total: in the same table first, above it first, then the nearest."""
    others = [cell for cell in cells if cell.row != total.row]
    return min(others, key=lambda cell: (cell.block != total.block, cell.row > total.row, abs(cell.row - total.row)), default=None)


def _circular(row: int, one: Sum, sums: Mapping[int, Sum]) -> bool:
    """Whether a formula in ``row`` would, through other formulas, refer to itself."""
    waiting, seen = [part for part, _ in one.terms], set[int]()
    while waiting:
        part = waiting.pop()
        if part == row:
            return True
        if part not in seen and part in sums and not sums[part].off:
            seen.add(part)
            waiting.extend(term for term, _ in sums[part].terms)
    return False


def _runs(rows: Sequence[int], filled: set[int], letter: str, sheet: str) -> list[str]:
    """References to rows; rows between which no other number stands are one range."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and not any(between in filled for between in range(runs[-1][-1] + 1, row)):
            runs[-1].append(row)
        else:
            runs.append([row])
    return [f"{sheet}{letter}{run[0] + 1}:{letter}{run[-1] + 1}" if len(run) > 1 else f"{sheet}{letter}{run[0] + 1}" for run in runs]


def _added(references: Sequence[str], sign: str) -> str:
    if not references:
        return ""
    if len(references) <= 2 and not any(":" in reference for reference in references):
        return "".join(sign + reference for reference in references)
    return f"{sign}SUM({','.join(references)})"
