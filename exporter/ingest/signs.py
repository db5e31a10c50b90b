"""Canonical signs where a label alone does not tell: is "(1,200)" an expense of 1,200, or a benefit?

Asked only for aliases with ``sign: 0``. In this order: brackets in the label ("(provision)") tell
which sign is printed for an expense; the sums of the taxonomy that hold with one sign only, over all
columns; an expense that is negative in every column is a printed deduction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from exporter.ingest.lexicon import Lexicon, canon
from exporter.ingest.rows import Draft
from exporter.model import Observation, Taxonomy
from exporter.values import rounding_interval

Relation = tuple[str, tuple[tuple[str, int], ...]]
#: The least and the greatest value that a figure can have been before it was rounded.
Interval = tuple[Decimal, Decimal]
Known = dict[str, Interval]


def settle(drafts: list[Draft], relations: Mapping[str, Sequence[Relation]], taxonomy: Taxonomy, lexicon: Lexicon) -> None:
    """Sets ``sign`` on the drafts of one part whose alias leaves it open. ``relations``: the sums by
    every concept that takes part in them."""
    open_rows: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.observation.concept and draft.hit and draft.hit.alias.sign == 0:
            open_rows.setdefault(draft.observation.place.row or 0, []).append(draft)
    if not open_rows:
        return
    columns = _columns(drafts)
    for row in open_rows.values():
        sign = _by_label(row[0], lexicon) or _by_sums(row, columns, relations) or _by_print(row, taxonomy)
        for draft in row:
            draft.observation = draft.observation._replace(sign=sign) if sign < 0 else draft.observation
            columns[draft.column][draft.observation.concept or ""] = _signed(_interval(draft.observation), sign)


def _by_label(draft: Draft, lexicon: Lexicon) -> int:
    label = canon(draft.observation.label)
    if lexicon.sign_minus.search(label):
        return -1
    return 1 if lexicon.sign_plus.search(label) else 0


def _by_print(row: list[Draft], taxonomy: Taxonomy) -> int:
    """-1 for an expense that is negative wherever it is not zero."""
    concept = taxonomy.concepts[row[0].observation.concept or ""]
    printed = [d.observation.printed for d in row if d.observation.printed]
    return -1 if concept.balance == "debit" and printed and all(value < 0 for value in printed) else 1


def _by_sums(row: list[Draft], columns: Mapping[int, Known], relations: Mapping[str, Sequence[Relation]]) -> int:
    """The sign with which every testable sum holds while the other breaks one; 0 where neither tells."""
    concept = row[0].observation.concept or ""
    fits = {1: 0, -1: 0}
    for total, parts in relations.get(concept, ()):
        for draft in row:
            known = columns[draft.column]
            if draft.observation.printed and total in known and sum([part in known for part, _ in parts]) > 1:
                own = _interval(draft.observation)
                for sign in fits:
                    fits[sign] += _holds(known, concept, _signed(own, sign), total, parts)
    if fits[1] and not fits[-1]:
        return 1
    return -1 if fits[-1] and not fits[1] else 0


def _columns(drafts: list[Draft]) -> Mapping[int, Known]:
    columns: dict[int, Known] = {}
    for draft in drafts:
        known = columns.setdefault(draft.column, {})
        if draft.observation.concept and draft.observation.value is not None:
            known[draft.observation.concept] = _signed(_interval(draft.observation), draft.observation.sign)
    return columns


def _interval(seen: Observation) -> Interval:
    """As printed, whatever its sign."""
    return rounding_interval(seen.printed or Decimal(0), seen.decimals)


def _signed(interval: Interval, sign: int) -> Interval:
    low, high = interval
    return interval if sign > 0 else (-high, -low)


def _holds(known: Known, concept: str, own: Interval, total: str, parts: tuple[tuple[str, int], ...]) -> bool:
    """Calculations 1.1: the interval of the total meets the sum of the intervals of its parts, where ``concept``
    has the interval ``own``."""
    bottom = top = Decimal(0)
    for part, weight in parts:
        if part in known:
            low, high = own if part == concept else known[part]
            bottom, top = (bottom + low, top + high) if weight > 0 else (bottom - high, top - low)
    low, high = own if total == concept else known[total]
    return low <= top and bottom <= high
