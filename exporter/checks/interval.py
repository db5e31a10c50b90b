"""Interval arithmetic on exact decimals: what a printed figure can be before it was rounded.

A figure printed at ``decimals`` stands for the closed interval of half a unit of its last digit to both
sides (XBRL Calculations 1.1, section 5.2, round-to-nearest); two figures agree where their intervals
meet. Sums and products are exact; a quotient is carried to 60 significant digits, far beyond any print.
"""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache
from typing import TypeAlias

#: Smallest, printed and greatest value.
Interval: TypeAlias = tuple[Decimal, Decimal, Decimal]

#: The context of all checks: nothing is trapped, so that a hostile number ends as "not checkable", not as an exception.
CONTEXT = Context(prec=60, traps=[])
ZERO = Decimal(0)
_SHOWN = 10


@lru_cache(maxsize=256)
def half(decimals: int | None, approximate: bool = False) -> Decimal:
    """Half a unit of the last printed digit; a whole one where the figure is printed as "about"."""
    if decimals is None:
        return ZERO
    return Decimal(10 if approximate else 5).scaleb(-decimals - 1)


def point(value: Decimal) -> Interval:
    """A number that is exact: a stated rate, a ratio of shares, a count."""
    return value, value, value


def around(value: Decimal, width: Decimal) -> Interval:
    """The interval of ``width`` to both sides of a printed value."""
    return (value - width, value, value + width) if width else (value, value, value)


def add(a: Interval, b: Interval) -> Interval:
    """The sum."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def subtract(a: Interval, b: Interval) -> Interval:
    """The difference."""
    return a[0] - b[2], a[1] - b[1], a[2] - b[0]


def negate(a: Interval) -> Interval:
    """The opposite."""
    return -a[2], -a[1], -a[0]


def multiply(a: Interval, b: Interval) -> Interval:
    """The product."""
    if a[0] == a[2] and a[0] >= 0:
        return a[0] * b[0], a[0] * b[1], a[0] * b[2]
    ends = (a[0] * b[0], a[0] * b[2], a[2] * b[0], a[2] * b[2])
    return min(ends), a[1] * b[1], max(ends)


def divide(a: Interval, b: Interval) -> Interval | None:
    """The quotient; None where the divisor can be zero."""
    if b[0] <= 0 <= b[2]:
        return None
    ends = (a[0] / b[0], a[0] / b[2], a[2] / b[0], a[2] / b[2])
    return min(ends), a[1] / b[1], max(ends)


def finite(a: Interval, b: Interval) -> bool:
    """Whether both intervals are of numbers: no overflow, no undefined result (both survive addition)."""
    return (a[0] + a[2] + b[0] + b[2]).is_finite()


def compare(left: Interval, right: Interval) -> tuple[Decimal, Decimal]:
    """The difference of two figures and the greatest one that rounding allows, on the side on which it lies."""
    difference = left[1] - right[1]
    if difference >= 0:
        return difference, (left[1] - left[0]) + (right[2] - right[1])
    return difference, (left[2] - left[1]) + (right[1] - right[0])


def shown(value: Decimal, decimals: int | None) -> Decimal:
    """A computed value with ten digits more than the printed figure has; exact values are left alone."""
    cut = value.quantize(_step(decimals), context=CONTEXT)
    return value if cut == value else cut


@lru_cache(maxsize=256)
def _step(decimals: int | None) -> Decimal:
    return Decimal(1).scaleb(-max(decimals or 0, 0) - _SHOWN)
