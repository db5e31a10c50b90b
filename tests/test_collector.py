"""The collector is held back while a body runs, does not go through what it made right behind it, and misses no cycle for long."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from exporter.collector import held_back


class Knot:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def collections() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_nothing_is_gone_through_in_the_body_nor_right_behind_it(collections: list[str]) -> None:
    kept: list[list[list[int]]] = []
    counted = []
    for _ in range(2):  # one time of many all is gone through, so not twice in a row
        collections.clear()
        with held_back():
            kept.append([[number] for number in range(50_000)])
            assert not collections
        kept[-1].append([0])
        counted.append(len(collections))
    assert 0 in counted
    assert gc.isenabled()


def test_a_cycle_is_found_in_the_end() -> None:
    with held_back():
        knot = weakref.ref(Knot())
    assert knot() is not None
    for _ in range(64):
        with held_back():
            pass
    assert knot() is None


def test_what_was_off_stays_off_and_what_was_frozen_stays_frozen() -> None:
    gc.disable()
    try:
        with held_back():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with held_back():
            pass
        assert gc.get_freeze_count() >= before > 0
    finally:
        gc.unfreeze()
