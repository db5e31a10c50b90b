"""Canonical signs where a label alone does not tell: is "(1,200)" an expense of 1,200, or a benefit?

Asked for aliases with ``sign: 0``. In this order: brackets in the label ("(provision)") tell which sign is
printed for an expense; a loss that no column prints in brackets is one; the sums of the taxonomy that hold with
one sign only, over all columns; an expense that is negative in every column is a printed deduction. Of other
aliases, losses and payments that no column prints in brackets are turned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from exporter.ingest.lexicon import Lexicon, canon
from exporter.ingest.rows import Draft
from exporter.model import Concept, Observation, Taxonomy
from exporter.values import rounding_interval

_BRACKETS = re.compile(r"\([^()]*\)")
Relation = tuple[str, tuple[tuple[str, int], ...]]
#: The least and the greatest value that a figure can have been before it was rounded.
Interval = tuple[Decimal, Decimal]
Known = dict[str, Interval]


def settle(drafts: list[Draft], relations: Mapping[str, Sequence[Relation]], taxonomy: Taxonomy, lexicon: Lexicon) -> None:
    """Sets ``sign`` on the drafts of one part whose alias leaves it open. ``relations``: the sums by
    every concept that takes part in them."""
    _turn(drafts, taxonomy, lexicon)
    open_rows: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.observation.concept and draft.hit and draft.hit.alias.sign == 0:
            open_rows.setdefault(draft.observation.place.row or 0, []).append(draft)
    if not open_rows:
        return
    columns = _columns(drafts)
    for row in open_rows.values():
        sign = _by_label(row[0], lexicon) or _by_side(row, taxonomy, lexicon)
        sign = sign or _by_sums(row, columns, relations) or _by_print(row, taxonomy)
        for draft in row:
            draft.observation = draft.observation._replace(sign=sign) if sign < 0 else draft.observation
            columns[draft.column][draft.observation.concept or ""] = _signed(_interval(draft.observation), sign)


def _turn(drafts: list[Draft], taxonomy: Taxonomy, lexicon: Lexicon) -> None:
    """Rows that print everywhere without brackets what others print in them: "Net loss 1,200", "Capital expenditures 38"."""
    rows: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.observation.concept and draft.hit and draft.hit.alias.sign and draft.observation.printed:
            rows.setdefault(draft.observation.place.row or 0, []).append(draft)
    for row in rows.values():
        first = row[0].observation
        paid = first.sign < 0 and lexicon.paid.search(first.concept or "") and _unbracketed(row)
        if paid or (first.sign > 0 and _is_loss(row, taxonomy, lexicon)):
            for draft in row:
                draft.observation = draft.observation._replace(sign=-first.sign)


def _is_loss(row: list[Draft], taxonomy: Taxonomy, lexicon: Lexicon) -> bool:
    """Whether what is printed without brackets is a loss: no figure of the row has any, or its label says that brackets are a
    gain, as "Loss (income) from discontinued operations" does."""
    seen = row[0].observation
    told = "(" in seen.label and any(lexicon.gain.search(inside) for inside in _BRACKETS.findall(canon(seen.label)))
    return (told or _unbracketed(row)) and _other_side(seen, taxonomy, lexicon)


def _unbracketed(row: list[Draft]) -> bool:
    """Whether no figure of a row is negative, and one is positive."""
    printed = [draft.observation.printed for draft in row if draft.observation.printed]
    return bool(printed) and all(value > 0 for value in printed)


def _by_side(row: list[Draft], taxonomy: Taxonomy, lexicon: Lexicon) -> int:
    """-1 for a loss that no column prints in brackets."""
    return -1 if _unbracketed(row) and _other_side(row[0].observation, taxonomy, lexicon) else 0


def _other_side(seen: Observation, taxonomy: Taxonomy, lexicon: Lexicon) -> bool:
    """Whether a label speaks of a loss and its concept of a gain."""
    concept = taxonomy.concepts.get(seen.concept or "")
    return concept is not None and other_side(seen.label, concept, lexicon)


def other_side(printed: str, concept: Concept, lexicon: Lexicon) -> bool:
    """Whether a name as printed speaks of a loss and the concept of a gain."""
    if concept.type not in ("monetary", "perShare", "perUnit"):
        return False
    if not lexicon.is_gain(_BRACKETS.sub(" ", concept.label())):
        return False
    label = lexicon.sign_aside.sub(" ", _BRACKETS.sub(" ", canon(printed)))
    return lexicon.loss.search(label) is not None and not lexicon.gain.search(label)


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
