"""Sequences that are kept small: a run over thousands of documents keeps all their findings until its end."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item")


class Packed(Sequence[Item]):
    """A sequence that is unpacked each time it is read, and equal to any sequence of the same items. Made and read by this
    program only: nothing that comes from a file is ever unpacked."""

    __slots__ = ("_data", "_length")

    def __init__(self, items: Iterable[Item]) -> None:
        content = tuple(items)
        self._data = zlib.compress(pickle.dumps(content), level=1)
        self._length = len(content)

    def _items(self) -> tuple[Item, ...]:
        items: tuple[Item, ...] = pickle.loads(zlib.decompress(self._data))
        return items

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items())

    @overload
    def __getitem__(self, at: int) -> Item: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...
    def __getitem__(self, at: int | slice) -> Item | Sequence[Item]:
        return self._items()[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(other) == len(self) and self._items() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._items())

    def __repr__(self) -> str:
        return repr(self._items())
