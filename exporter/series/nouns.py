"""What a time series is made of. Frozen, without I/O; values are exact and in canonical signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from exporter.model import Basis, Entity, Period, Scenario

if TYPE_CHECKING:
    from exporter.store.prints import Filing, Print

Block = Literal["quarter", "half_year", "nine_months", "year", "twelve_months", "other", "date"]
#: What a later print of a figure does to the one before it.
EventKind = Literal["first", "confirms", "refines", "restates", "differs", "approximate"]
Status = Literal["reported", "refined", "restated", "later_restated", "differs", "derived"]
Vintage = Literal["latest", "original"]
RatioKind = Literal["yoy", "qoq", "margin"]
ChangeKind = Literal["new", "restated", "refined", "differs", "removed"]

#: Blocks of columns from left to right.
BLOCKS: tuple[Block, ...] = ("quarter", "half_year", "nine_months", "year", "twelve_months", "other", "date")
#: Stands for the currency of the column where issuers of several currencies share a row.
OWN_CURRENCY = "iso4217:*"


@dataclass(frozen=True, slots=True)
class Key:
    """What a row measures: the aspects of a series without issuer and period. ``kind`` is numeric or range."""

    concept: str
    unit: str
    dimensions: tuple[tuple[str, str], ...] = ()
    kind: str = "numeric"
    basis: Basis = "gaap"
    scenario: Scenario = "actual"


#: Where a figure stands: its row, its issuer and its period. An instant is one figure, in however many columns it is shown.
Spot = tuple[Key, str, Period]


@dataclass(frozen=True, slots=True)
class Event:
    """A print of a figure, and what it did to the figure as it was known before."""

    printed: Print
    filing: Filing
    kind: EventKind


@dataclass(frozen=True, slots=True)
class Epoch:
    """The time in which a value stood, all UTC: ``first`` and ``last`` print of it, ``since``: when it replaced another
    value (None: it did not), ``ended``: when another replaced it. None of ``first`` and ``last``: undated documents only."""

    first: datetime | None
    last: datetime | None
    since: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a derived figure: the same row and issuer at another period, added (1) or taken away (-1)."""

    sign: int
    period: Period


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is shown. ``shown`` is the print that counts (None: derived from ``terms``); ``events`` are all of
    its prints, in the order in which they became known; ``leaves`` the epochs of all that went into it."""

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    decimals: int | None
    nil: bool
    status: Status
    shown: Event | None
    events: tuple[Event, ...] = ()
    terms: tuple[Term, ...] = ()
    leaves: tuple[Epoch, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A period of an issuer: one column on every sheet. ``period`` without start: a date that no reported period ends on.

    ``label`` is the fiscal one (``2023Q2``), ``calendar`` that of the nearest calendar period; ``weeks`` is 0 where the
    period ends with a month; ``filed``: the first filing that is shown in it; ``currency``: what OWN_CURRENCY stands for.
    """

    entity: str
    block: Block
    label: str
    period: Period
    calendar: str
    weeks: int = 0
    filed: str = ""
    currency: str = ""

    @property
    def months(self) -> int:
        """Length in whole months, 0 for a date."""
        return 0 if self.period.start is None else months_of(self.period.start, self.period.end)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a statement. ``role`` is that of the taxonomy's presentation; ``part`` is low or high of a range;
    ``home``: here the figures themselves stand, elsewhere they are repeated."""

    key: Key
    level: int = 0
    role: str = "standard"
    part: str = ""
    home: bool = True


@dataclass(frozen=True, slots=True)
class Ratio:
    """A growth or a margin: ``top / bottom``, less 1 for growth. ``value`` None: the base is zero or negative."""

    kind: RatioKind
    key: Key
    entity: str
    period: Period
    base: tuple[Key, Period]
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Relation:
    """Printed parts of a printed period: ``whole`` should be the sum of ``parts`` within ``tolerance``."""

    key: Key
    entity: str
    whole: Period
    parts: tuple[Period, ...]
    difference: Decimal
    tolerance: Decimal

    @property
    def holds(self) -> bool:
        """Whether rounding explains the difference."""
        return abs(self.difference) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is not what it was. ``old`` and ``new`` are exact texts; a range is ``low..high``."""

    kind: ChangeKind
    key: Key
    entity: str
    period: Period
    old: str
    new: str
    filing: str


@dataclass(frozen=True, slots=True)
class Series:
    """Everything that a workbook of time series shows. ``statements``: rows by statement; ``cells`` by spot, those
    outside the wanted periods included (an opening balance is one of them); ``against``: what the changes are against, the filings
    since or (``earlier_build``) a file."""

    entities: tuple[Entity, ...]
    filings: tuple[Filing, ...]
    left_out: tuple[Filing, ...]
    columns: tuple[Column, ...]
    statements: Mapping[str, tuple[Row, ...]]
    cells: Mapping[Spot, Cell]
    spots: tuple[Spot, ...]
    texts: tuple[Event, ...]
    ratios: Mapping[tuple[RatioKind, Key, str, Period], Ratio]
    relations: tuple[Relation, ...]
    changes: tuple[Change, ...]
    against: str
    earlier_build: bool
    vintage: Vintage
    as_of: str
    own_currency: bool


def months_of(start: date, end: date) -> int:
    """Length of a period in months, rounded: 13 weeks are 3."""
    return round(((end - start).days + 1) / 30.44)
