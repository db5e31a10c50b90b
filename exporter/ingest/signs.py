"""Canonical signs where a label alone does not tell: is "(1,200)" an expense of 1,200, or a benefit?

Asked only for aliases with ``sign: 0``. In this order: brackets in the label ("(provision)") tell
which sign is printed for an expense; the sums of the taxonomy that hold with one sign only, over all
columns; an expense that is negative in every column is a printed deduction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from exporter.ingest.lexicon import Lexicon, canon
from exporter.ingest.rows import Draft
from exporter.model import Taxonomy
from exporter.values import rounding_interval

Relation = tuple[str, tuple[tuple[str, int], ...]]
Known = dict[str, tuple[Decimal, int | None]]


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
            draft.observation = replace(draft.observation, sign=sign) if sign < 0 else draft.observation
            columns[draft.column][draft.observation.concept or ""] = _signed(draft, sign)


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
            if draft.observation.printed and total in known and sum(part in known for part, _ in parts) > 1:
                for sign in fits:
                    fits[sign] += _holds({**known, concept: _signed(draft, sign)}, total, parts)
    if fits[1] and not fits[-1]:
        return 1
    return -1 if fits[-1] and not fits[1] else 0


def _columns(drafts: list[Draft]) -> Mapping[int, Known]:
    columns: dict[int, Known] = {}
    for draft in drafts:
        seen = draft.observation
        if seen.concept and seen.value is not None:
            columns.setdefault(draft.column, {})[seen.concept] = (seen.value, seen.decimals)
        else:
            columns.setdefault(draft.column, {})
    return columns


def _signed(draft: Draft, sign: int) -> tuple[Decimal, int | None]:
    value = draft.observation.printed or Decimal(0)
    return (value if sign > 0 else -value), draft.observation.decimals


def _holds(known: Known, total: str, parts: tuple[tuple[str, int], ...]) -> bool:
    """Calculations 1.1: the interval of the total meets the sum of the intervals of its parts."""
    low = high = Decimal(0)
    for part, weight in parts:
        if part in known:
            ends = rounding_interval(*known[part])
            low += min(end * weight for end in ends)
            high += max(end * weight for end in ends)
    bottom, top = rounding_interval(*known[total])
    return bottom <= high and low <= top
