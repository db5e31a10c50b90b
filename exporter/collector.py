"""Python's cyclic garbage collector, held back while a document is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

#: Each time of so many everything is gone through after all.
_EACH = 64
_times = count(1)


@contextmanager
def held_back() -> Iterator[None]:
    """No collection while the body runs; afterwards as it was.

    Reading makes tens of thousands of small objects that all stay until the report is done, and no cycles: going through
    them again and again would cost a fifth of the time and find nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            _age()
            gc.enable()


def _age() -> None:
    """Counts what was made among the oldest objects at once (to freeze and to unfreeze joins lists, and goes through none):
    the collector would otherwise go through all of it at the next chance, and now and then through several documents at once.
    So that no cycle that anybody makes meanwhile stays for ever, all is gone through each time of many."""
    if next(_times) % _EACH == 0:
        gc.collect()
    elif not gc.get_freeze_count():  # what somebody froze stays frozen
        gc.freeze()
        gc.unfreeze()
