"""Python's cyclic garbage collector, held back while a document is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
            gc.enable()
