"""Guidance in tables: what a row says of a time to come, as a range of which the print gives both ends.

A range is one fact with a low and a high end; the middle of it is none. An end without the other stays open.
"""

from __future__ import annotations

from exporter.ingest.rows import Draft
from exporter.model import Observation

_ENDS = ("low", "high")
_FLIPPED = {"low": "high", "high": "low"}
Row = dict[tuple[object, ...], list[Draft]]


def settle(drafts: list[Draft]) -> None:
    """Joins the ends of the ranges of each row of a part, once their signs are known; a lone end loses its name."""
    rows: Row = {}
    for draft in drafts:
        seen = draft.observation
        if seen.concept and seen.scenario != "actual" and seen.bound in _ENDS:
            rows.setdefault((seen.place.row, seen.concept, seen.period, seen.unit, seen.scenario), []).append(draft)
    for ends in rows.values():
        pair = _pair(ends)
        for draft in ends:
            draft.observation = _ended(draft.observation, pair)


def _pair(ends: list[Draft]) -> tuple[Observation, Observation] | None:
    """The low and the high end as printed, where there is one of each, in their order."""
    found = {draft.observation.bound: draft.observation for draft in ends}
    if len(ends) != len(_ENDS) or len(found) != len(_ENDS):
        return None
    low, high = (found[end] for end in _ENDS)
    first, last = (low.value, high.value) if low.sign > 0 else (high.value, low.value)
    return (low, high) if first is not None and last is not None and first <= last else None


def _ended(seen: Observation, pair: tuple[Observation, Observation] | None) -> Observation:
    """An end of a range with both ends in the canonical sign; of a loss of 4 to 6 these are -6 and -4."""
    if pair is None:
        return seen._replace(concept=None, reason="the other end of the range is not certain")
    low, high = pair if seen.sign > 0 else (pair[1], pair[0])
    bound = seen.bound if seen.sign > 0 else _FLIPPED[seen.bound]
    return seen._replace(low=low.value, high=high.value, bound=bound, kind="range")
