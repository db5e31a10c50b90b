"""One loader at a time in a folder: a locked file, which the system lets go however the loader ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.errors import FormatError

_POLL_SECONDS = 0.05
LOCK_NAME = ".lock"


@contextmanager
def locked(folder: Path, wait: float) -> Iterator[None]:
    """Hold the folder's lock. Raises FormatError where another loader holds it for longer than ``wait`` seconds."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise FormatError(f"{folder}: cannot be written ({error.strerror}); name another target") from error
    deadline = time.monotonic() + wait
    try:
        while not _taken(handle):
            if time.monotonic() >= deadline:
                raise FormatError(f"{folder}: another loader is at work there; wait for it, then run again")
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _taken(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
