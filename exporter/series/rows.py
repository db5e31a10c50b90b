"""Which rows stand on which statement, and in what order: that of the taxonomy's presentation, the same at every build.

A figure has one home; a statement that presents it too repeats it. What no presentation names follows the concept whose ID
its own begins with (a growth rate follows its figure), else it stands at the end of the statement that prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from exporter.model import STATEMENTS, Taxonomy
from exporter.series.nouns import Cell, Key, Row, Spot

_GUIDANCE = "guidance"
_ELSEWHERE = "operating"


def statements(spots: Iterable[Spot], cells: Mapping[Spot, Cell], taxonomy: Taxonomy) -> dict[str, tuple[Row, ...]]:
    """The rows of each statement that has figures of its own; a concept that the taxonomy does not know is a row all the same."""
    printed: dict[Key, str] = {}
    for spot in spots:
        event = cells[spot].shown
        printed.setdefault(spot[0], event.printed.fact.statement if event else "")
    by_concept: dict[str, list[Key]] = {}
    for key in sorted(printed, key=_order):
        by_concept.setdefault(key.concept, []).append(key)
    made: dict[str, list[Row]] = {statement: [] for statement in STATEMENTS}
    placed: set[Key] = set()
    for network in sorted(taxonomy.networks.values(), key=lambda network: _rank(network.statement)):
        rows = made.setdefault(network.statement, [])
        for line in network.presentation:
            rows.extend(_lines(by_concept.get(line.concept, ()), line.level, line.role, placed))
    for key in sorted(set(printed) - placed, key=_order):
        _put(made, key, _statement(key, printed[key]))
    return {statement: _in_parts(_own_cash(rows)) for statement, rows in made.items() if any(row.home for row in rows)}


def _own_cash(rows: Sequence[Row]) -> list[Row]:
    """Without the opening and closing balance of another statement, where this one reconciles a balance of its own."""
    own = {row.key for row in rows if row.home and row.role == "periodEnd"}
    return [row for row in rows if not own or row.role not in ("periodStart", "periodEnd") or row.key in own]


def _order(key: Key) -> tuple[object, ...]:
    return key.concept, len(key.dimensions), key.dimensions, key.unit, key.kind, key.basis, key.scenario


def _rank(statement: str) -> int:
    return STATEMENTS.index(statement) if statement in STATEMENTS else len(STATEMENTS)


def _statement(key: Key, printed: str) -> str:
    if key.scenario != "actual":
        return _GUIDANCE
    return printed if printed in STATEMENTS and printed != _GUIDANCE else _ELSEWHERE


def _lines(keys: Iterable[Key], level: int, role: str, placed: set[Key]) -> Iterable[Row]:
    """The rows of one line of a presentation: members under their total; what stood before is repeated without members."""
    for key in keys:
        if key.scenario != "actual":
            continue
        home = key not in placed and role != "periodStart"
        if home:
            placed.add(key)
        elif key.dimensions:
            continue
        yield Row(key, level + bool(key.dimensions), role, "", home)


def _put(made: dict[str, list[Row]], key: Key, statement: str) -> None:
    """A key that no presentation names: behind the rows of the concept whose ID its own begins with, else at the end."""
    found = [
        (len(row.key.concept), name, at)
        for name, rows in made.items()
        for at, row in enumerate(rows)
        if key.scenario == "actual" and row.home and key.concept.startswith(row.key.concept)
    ]
    if not found:
        made.setdefault(statement, []).append(Row(key))
        return
    _, name, at = max(found)
    base = made[name][at]
    made[name].insert(at + 1, Row(key, base.level + (base.key.concept != key.concept)))


def _in_parts(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Ranges as two rows, low and high."""
    made: list[Row] = []
    for row in rows:
        if row.key.kind == "range":
            made += [Row(row.key, row.level, row.role, part, row.home) for part in ("low", "high")]
        else:
            made.append(row)
    return tuple(made)
