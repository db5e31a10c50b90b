"""A series from the history of some issuers: which figures, on which axis, and what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from exporter.errors import FormatError
from exporter.model import Aspects, Entity, Taxonomy
from exporter.series import axis, changes, derive, ratios, relations, rows, vintage
from exporter.series.nouns import OWN_CURRENCY, Cell, Change, Column, Event, Key, Row, Series, Spot, Vintage
from exporter.series.periods import Selection, YearEnd
from exporter.store.asking import moment
from exporter.store.prints import Filing, History, Print

_MONEY = "iso4217:"
_CONVENIENCE = "fin:ConvenienceMember"
Ends = Mapping[str, YearEnd]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a workbook is asked to show. ``as_of``: a date or an instant, "" for today's knowledge; ``translation``: amounts that
    a release translates for convenience too; ``additive``: statements whose amounts add up over time, and other such concepts;
    ``margins``: by concept, what it is measured against; ``growth``: concepts whose growth is shown; ``previous``: an earlier build
    by series ID, against which the changes are told (None: against what was known before the newest filings), and its name."""

    periods: Selection = field(default_factory=Selection)
    as_of: str = ""
    vintage: Vintage = "latest"
    translation: bool = False
    additive: frozenset[str] = frozenset()
    margins: Mapping[str, str] = field(default_factory=dict)
    growth: tuple[str, ...] = ()
    previous: Mapping[str, changes.Earlier] | None = None
    previous_name: str = ""


def build(history: History, taxonomy: Taxonomy, wanted: Wanted) -> Series:
    """The series of all issuers of a history. Raises FormatError, in one line, where nothing of what is wanted is there."""
    filings, left_out = _known(history.filings, wanted.as_of)
    currencies = {entity.id: _currency(entity, history.prints) for entity in history.entities}
    own = len({currency for currency in currencies.values() if currency}) > 1
    found, texts = _figures(history, filings, wanted, currencies if own else {}, taxonomy)
    cells = {spot: vintage.cell(events, wanted.vintage) for spot, events in found.items()}
    ends = {entity.id: entity.fiscal_year_end for entity in history.entities}
    shown = _held(cells, wanted, ends)
    if not shown:
        raise FormatError(_nothing(history, wanted, bool(filings), bool(cells)))
    adds = _additive(taxonomy, wanted.additive)
    derived = _held(derive.quarters(shown, adds), wanted, ends)
    derived |= _held(derive.twelve_months(shown | derived, adds), wanted, ends)
    every = cells | derived
    spots = tuple(sorted((*shown, *derived), key=_spot_order))
    lines = rows.statements(spots, every, taxonomy)
    columns = axis.columns(spots, every, history.entities, currencies if own else {})
    lines = {name: kept for name, found_rows in lines.items() if (kept := _with_figures(found_rows, columns, every))}
    told, against = _changes(found, cells, spots, filings, wanted, ends)
    heard = {spot[1] for spot in spots}
    return Series(
        tuple(entity for entity in history.entities if entity.id in heard), filings, left_out, columns, lines, every, spots, texts,
        ratios.ratios(spots, every, wanted.growth, wanted.margins), relations.relations(shown, adds),
        told, against, wanted.previous is not None, wanted.vintage, wanted.as_of, own,
    )  # fmt: skip


def _held(cells: Mapping[Spot, Cell], wanted: Wanted, ends: Ends) -> dict[Spot, Cell]:
    """Those of the wanted periods."""
    return {spot: cell for spot, cell in cells.items() if wanted.periods.holds(spot[2], ends[spot[1]])}


def _changes(
    found: changes.Found, cells: Mapping[Spot, Cell], spots: Sequence[Spot], filings: Sequence[Filing], wanted: Wanted, ends: Ends
) -> tuple[tuple[Change, ...], str]:
    if wanted.previous is None:
        return changes.since_newest(found, spots, filings)
    shown = {spot: event for spot in spots if (event := cells[spot].shown if spot in cells else None) is not None}
    return changes.against(
        wanted.previous, shown, lambda spot: spot[1] in ends and wanted.periods.holds(spot[2], ends[spot[1]])
    ), wanted.previous_name


def _known(filings: Sequence[Filing], as_of: str) -> tuple[tuple[Filing, ...], tuple[Filing, ...]]:
    """The documents that were known by then, and the others; one without a date is not known to have been there."""
    if not as_of:
        return tuple(filings), ()
    until = moment(as_of)
    known = {filing.key for filing in filings if filing.known_from is not None and filing.known_from <= until}
    return tuple(filing for filing in filings if filing.key in known), tuple(filing for filing in filings if filing.key not in known)


def _currency(entity: Entity, prints: Iterable[Print]) -> str:
    """The unit in which an issuer reports: as its file says, else the one of most of its amounts."""
    if entity.currency:
        return _MONEY + entity.currency
    measured = (printed.fact.aspects for printed in prints)
    units = Counter(aspects.unit for aspects in measured if aspects.entity == entity.id and not _translated(aspects))
    money = [(-count, unit) for unit, count in units.items() if unit.startswith(_MONEY) and "/" not in unit]
    return min(money)[1] if money else ""


def _translated(aspects: Aspects) -> bool:
    return aspects.rate_date is not None or any(member == _CONVENIENCE for _, member in aspects.dimensions)


def _figures(
    history: History, filings: Sequence[Filing], wanted: Wanted, currencies: Mapping[str, str], taxonomy: Taxonomy
) -> tuple[dict[Spot, tuple[Event, ...]], tuple[Event, ...]]:
    """The prints of each figure, folded; and those of texts and dates, which have no place on an axis of numbers.

    A translation at another day's rate is another series: of several the one that was filed last is shown.
    """
    by_key = {filing.key: filing for filing in filings}
    series: dict[tuple[Spot, date | None], list[tuple[Print, Filing]]] = {}
    for printed in history.prints:
        aspects, filing = printed.fact.aspects, by_key.get(printed.filing)
        if filing is not None and (wanted.translation or not _translated(aspects)):
            spot = (_key(aspects, currencies.get(aspects.entity, ""), taxonomy), aspects.entity, aspects.period)
            series.setdefault((spot, aspects.rate_date), []).append((printed, filing))
    found: dict[Spot, tuple[Event, ...]] = {}
    texts: list[Event] = []
    for (spot, _), prints in series.items():
        events = vintage.fold(prints)
        if spot[0].kind not in ("numeric", "range"):
            texts.extend(events)
        elif spot not in found or _moment(found[spot]) <= _moment(events):
            found[spot] = events
    return found, tuple(texts)


def _moment(events: Sequence[Event]) -> str:
    last = events[-1].filing
    return last.known_from.isoformat() if last.known_from else ""


def _key(aspects: Aspects, own: str, taxonomy: Taxonomy) -> Key:
    """The row of a series. A concept that was renamed since has the row of its new name."""
    concept, seen = aspects.concept, set[str]()
    while concept in taxonomy.concepts and taxonomy.concepts[concept].replaced_by and concept not in seen:
        seen.add(concept)
        concept = taxonomy.concepts[concept].replaced_by
    unit = aspects.unit
    if own and not _translated(aspects) and (unit == own or unit.startswith(own + "/")):
        unit = OWN_CURRENCY + unit[len(own) :]
    return Key(concept, unit, aspects.dimensions, aspects.kind, aspects.basis, aspects.scenario)


def _additive(taxonomy: Taxonomy, allowed: frozenset[str]) -> derive.Additive:
    """Whether amounts of a row add up over time: money, of the statements that are named, or named itself."""
    presented = {line.concept for network in taxonomy.networks.values() if network.statement in allowed for line in network.presentation}

    def adds(key: Key) -> bool:
        concept = taxonomy.concepts.get(key.concept)
        return (
            concept is not None and concept.type == "monetary" and concept.period == "duration" and key.kind == "numeric"
            and key.scenario == "actual" and (key.concept in presented or key.concept in allowed)
            and all(member != _CONVENIENCE for _, member in key.dimensions)
        )  # fmt: skip

    return adds


def _with_figures(found: Sequence[Row], columns: Sequence[Column], cells: Mapping[Spot, Cell]) -> tuple[Row, ...]:
    """Without the opening balances that nobody printed."""
    return tuple(row for row in found if row.role != "periodStart" or any(_opens(row.key, column, cells) for column in columns))


def _opens(key: Key, column: Column, cells: Mapping[Spot, Cell]) -> bool:
    opening = axis.opening(column)
    return opening is not None and (key, column.entity, opening) in cells


def _spot_order(spot: Spot) -> tuple[object, ...]:
    key, entity, period = spot
    return (
        key.concept, len(key.dimensions), key.dimensions, key.unit, key.kind, key.basis, key.scenario, entity, period.end,
        period.start or period.end,
    )  # fmt: skip


def _nothing(history: History, wanted: Wanted, known: bool, figures: bool) -> str:
    names = ", ".join(entity.id for entity in history.entities)
    if not known:
        dates = [filing.filed_at for filing in history.filings if filing.filed_at]
        first = f"the first is of {min(dates)}" if dates else "their filing dates are not known"
        return f"no document of {names} was known by {wanted.as_of}; {first}"
    if not figures:
        return f"the documents of {names} hold no figures"
    ends = sorted({printed.fact.aspects.period.end for printed in history.prints})
    return f"no figure of {names} lies in periods {wanted.periods.text}; there are figures from {ends[0]} to {ends[-1]}"

