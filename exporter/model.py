"""The nouns. Frozen, hashable, without I/O and without knowledge of any file format.

What flows: bytes -> :class:`Document` (blocks) -> :class:`Observation` (one per printed figure) ->
:class:`Fact` (one per series, folded from its observations) -> :class:`Report` -> store -> files.

Conventions that hold everywhere:

* A *unit* is a string of XBRL measures: ``iso4217:CNY``, ``iso4217:CNY/xbrli:shares``,
  ``iso4217:CNY/fin:ADS``, ``xbrli:shares``, ``xbrli:pure``.
* A *value* is a full-scale exact :class:`~decimal.Decimal`; 23.3% is ``0.233``.
* *decimals* follows XBRL 2.1 section 4.6.5: printed in thousands is -3, ``3.40`` is 2, ``27.9%`` is 3.
* *printed* carries the sign as printed; *value* the canonical sign of the concept (``printed * sign``).
* Dates are inclusive. Only ``xbrl.py`` and the OIM writers know about "midnight after".
* A *concept* is named by its canonical ID, ``prefix:PascalCase``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from exporter.errors import Issue

PeriodType = Literal["instant", "duration"]
Balance = Literal["debit", "credit"]
ValueKind = Literal["numeric", "text", "date", "range"]
Basis = Literal["gaap", "non_gaap", "operating"]
Scenario = Literal["actual", "guidance", "previous_guidance"]
Verdict = Literal["exact", "within_rounding", "fails", "not_checkable"]
RuleKind = Literal["equation", "sums", "differences", "translations", "restatements", "members"]
ItemType = Literal[
    "monetary", "perShare", "perUnit", "shares", "quantity", "percent", "pure", "text", "date"
]

#: The values of ``printed_statement``, in the order in which people look at them.
STATEMENTS = (
    "income_statement",
    "balance_sheet",
    "cash_flow",
    "comprehensive_income",
    "non_gaap",
    "operating",
    "guidance",
)


class Period(NamedTuple):
    """Inclusive dates; ``start`` is None for an instant (the close of ``end``)."""

    end: date
    start: date | None = None

    @property
    def kind(self) -> PeriodType:
        """Instant or duration."""
        return "instant" if self.start is None else "duration"


class Place(NamedTuple):
    """Where a figure stands: 1-based line and column of the first character of its raw text.

    ``start`` and ``end`` are 0-based half-open code-point offsets in the decoded source (in HTML:
    within the whitespace-collapsed text of the cell or block). ``table``, ``row`` and ``cell`` are
    1-based; in text and markdown ``cell`` counts the data columns after the label.
    """

    line: int
    column: int
    start: int
    end: int
    table: int | None = None
    row: int | None = None
    cell: int | None = None

    @property
    def locator(self) -> str:
        """``line:column``, the short form in files and messages."""
        return f"{self.line}:{self.column}"


class Aspects(NamedTuple):
    """What is measured. The key of a series: equal aspects are one series across documents.

    ``dimensions`` are sorted ``(axis, member)`` pairs; ``rate_date`` is the date of the exchange
    rate of a convenience translation, which belongs to the series and to no dimension.
    """

    entity: str
    concept: str
    period: Period
    unit: str
    dimensions: tuple[tuple[str, str], ...] = ()
    kind: ValueKind = "numeric"
    basis: Basis = "gaap"
    scenario: Scenario = "actual"
    rate_date: date | None = None


class Observation(NamedTuple):
    """One printed figure with everything that is certain about it.

    ``concept`` is None where the row could not be named: the figure is kept all the same, with
    ``reason`` and ``candidates``. ``period`` or ``unit`` None: the figure could not be placed.
    """

    place: Place
    raw: str
    label: str
    section: tuple[str, ...] = ()
    statement: str = ""
    concept: str | None = None
    period: Period | None = None
    unit: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    printed: Decimal | None = None
    sign: int = 1
    decimals: int | None = None
    scale: int = 0
    text: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    bound: str = ""
    qualifier: str = ""
    kind: ValueKind = "numeric"
    basis: Basis = "gaap"
    scenario: Scenario = "actual"
    rate_date: date | None = None
    reason: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether value, unit and period are known, so that it stands in occurrences.csv."""
        if self.period is None and self.kind != "date":
            return False
        return self.text is not None if self.kind in ("date", "text") else self.printed is not None and self.unit is not None

    @property
    def value(self) -> Decimal | None:
        """The figure in the canonical sign of its concept."""
        # copy_negate: plain minus would round to the precision of the context.
        return self.printed if self.printed is None or self.sign > 0 or not self.printed else self.printed.copy_negate()


class Fact(NamedTuple):
    """One value of one series in one document; ``fact_id`` depends on value, not on place."""

    fact_id: str
    series_id: str
    aspects: Aspects
    label: str
    statement: str
    place: Place
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    text: str | None = None
    decimals: int | None = None
    nil: bool = False
    approximate: bool = False
    origin: Literal["reported", "derived"] = "reported"
    occurrences: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A data column of a printed table: its headers from top to bottom, and what they were read as."""

    number: int
    headers: tuple[str, ...]
    period: Period | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A printed row. ``cells`` holds, per column, an index into ``Report.observations``, or None;
    ``texts`` the printed text of cells that hold no figure (a dash, "N/A"), by column number."""

    number: int
    line: int
    label: str
    level: int
    concept: str | None
    cells: tuple[int | None, ...]
    texts: Mapping[int, str] = field(default_factory=dict)

    @property
    def heading(self) -> bool:
        """Whether the row prints nothing but its label."""
        return all(cell is None for cell in self.cells) and not self.texts


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as printed. A table with a second header inside is two of these (``part`` 1, 2)."""

    number: int
    part: int
    statement: str
    title: str
    scale_text: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """Who reports. ``id`` is ``scheme:identifier``, e.g. ``cik:0000000001``."""

    id: str
    name: str
    names: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    accounting: str = ""
    fiscal_year_end: tuple[int, int] | None = None
    currency: str = ""
    shares_per_ads: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What the store keeps of a source. ``key`` is the first 32 hex digits of its SHA-256."""

    key: str
    id: str
    media: str
    encoding: str
    sha256: str
    text: str
    filed_at: str = ""
    filed_at_source: str = ""
    extractor_version: str = ""
    taxonomy_hash: str = ""


class LedgerEntry(NamedTuple):
    """What one numeric token is: ``cls`` is fact, restatement, unresolved, or the name of what is no
    figure. ``observation`` is an index into ``Report.observations``; places as in :class:`Place`."""

    line: int
    column: int
    start: int
    end: int
    token: str
    cls: str
    observation: int | None = None
    reason: str = ""


class CheckResult(NamedTuple):
    """One relation of one document, tested. ``left`` is the printed figure, ``right`` what it should be,
    ``difference`` left less right, ``tolerance`` what rounding allows; all None where not checkable.

    ``inputs`` are places (``line:column``), the result last; ``facts`` their fact IDs, in the same order.
    """

    check_id: str
    rule: str
    family: str
    verdict: Verdict
    left: Decimal | None
    right: Decimal | None
    difference: Decimal | None
    tolerance: Decimal | None
    reason: str
    inputs: tuple[str, ...]
    facts: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a document itself says that a word means: ``text`` as printed, in a footnote. ``concept`` is the ID of
    a concept, or of a member of an axis."""

    concept: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was read from one document.

    ``fact_ids[i]`` names the fact of ``observations[i]``, or is None where there is none.
    Observations are in document order, facts in the order of their first observation.
    ``checks`` are the document's relations, tested; empty in a report that was read and not yet checked.
    ``definitions`` are those of its footnotes, in document order.
    """

    document: DocumentInfo
    entity: Entity
    period: Period | None
    observations: tuple[Observation, ...]
    fact_ids: tuple[str | None, ...]
    facts: tuple[Fact, ...]
    tables: tuple[PrintedTable, ...]
    findings: tuple[Issue, ...]
    ledger: tuple[LedgerEntry, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    definitions: tuple[Definition, ...] = ()


# --- taxonomy -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alias:
    """A printed label that names a concept. Used for matching only, never shown.

    ``under``: section ids, one of which must be open; ``statements``: statements in which it holds
    ("prose": running text, which is no statement);
    ``sign``: -1 where the print has the opposite sign, 0 where sums of the print must decide;
    ``at``: "start" or "end" where the label itself says which end of the column's period is meant;
    ``entity``: the one entity for which it holds, or "" for all. The loader stores ``text`` folded.
    """

    text: str
    under: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    sign: int = 1
    at: str = ""
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """A reported concept. ``labels`` is keyed by ``(language, role)``; roles: standard, total,
    negated, periodStart, periodEnd. ``maps_to`` gives local names by prefix (us-gaap, ifrs-full)."""

    id: str
    type: ItemType
    period: PeriodType
    labels: Mapping[tuple[str, str], str]
    definition: str
    balance: Balance | None = None
    unit: str = ""
    basis: Basis = "gaap"
    aliases: tuple[Alias, ...] = ()
    maps_to: Mapping[str, str] = field(default_factory=dict)
    replaced_by: str = ""
    source: str = ""

    def label(self, language: str = "en", role: str = "standard") -> str:
        """The label of a role, else the standard label, else English."""
        for key in ((language, role), (language, "standard"), ("en", role)):
            if key in self.labels:
                return self.labels[key]
        return self.labels[("en", "standard")]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a statement that qualifies labels. It is opened by a heading (``aliases``) or by a
    row of the concept ``opened_by``, and closed by a row of a concept in ``closed_by``, by the
    opening of a section that does not lie inside it, or by the end of the table."""

    id: str
    statement: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    opened_by: str = ""
    closed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a presentation network."""

    concept: str
    level: int = 0
    role: str = "standard"


@dataclass(frozen=True, slots=True)
class Network:
    """A statement as the taxonomy knows it: presentation order and sums with weights.

    ``calculation[total]`` is a tuple of ``(part, weight)``; weights are 1 or -1."""

    id: str
    statement: str
    labels: Mapping[str, str]
    presentation: tuple[Line, ...]
    calculation: Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Axis:
    """An explicit dimension. ``members`` maps member ID to labels by language.

    ``aliases``: by member, the folded words that name it in running text; ``parts``: by member, the
    members that it stands for together; ``applies_to``: IDs of the concepts that split by this axis,
    their ratios included (empty: any concept)."""

    id: str
    labels: Mapping[str, str]
    members: Mapping[str, Mapping[str, str]]
    default: str = ""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    applies_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A relation that figures of one document must satisfy (docs/rules.md).

    ``kind`` says how its instances are found; ``result`` is the checked figure and ``ways`` what it may
    equal, both as expressions (kind "equation"; of several ways the best one counts). ``options`` holds
    what the other kinds need, as texts. ``confirm``: companies differ in what goes into this figure, so a
    disagreement counts only where a rule of the same ``confirm`` agrees somewhere in the document.
    ``explains``: where this relation holds exactly, the reason why another relation of the same figure fails.
    """

    id: str
    family: str
    kind: RuleKind
    labels: Mapping[str, str]
    result: str = ""
    ways: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confirm: str = ""
    explains: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All that is known before a document is read. ``hash`` covers the bytes of all files."""

    hash: str
    prefixes: Mapping[str, str]
    concepts: Mapping[str, Concept]
    sections: Mapping[str, Section]
    networks: Mapping[str, Network]
    axes: Mapping[str, Axis]
    units: Mapping[str, Mapping[str, str]]
    entities: Mapping[str, Entity]
    lexicon: Mapping[str, object]
    rules: tuple[Rule, ...] = ()
