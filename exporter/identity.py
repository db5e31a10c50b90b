"""What makes two series, or two facts, the same one: their hashes.

Both are the first 32 hex digits of the SHA-256 of the parts as netstrings (``4:text,``; a part that is
absent is ``-,``). Every text carries its length, so no value can imitate a separator. Nothing of the
run is in a hash: no clock, no place, no load, and no fiscal label (feed.md: fiscal labels are derived
and in no key).
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from functools import lru_cache

from exporter.model import Aspects


def canonical(value: Decimal | None) -> str | None:
    """The one plain notation of a number: no exponent, no trailing zeros, no minus zero (3.40 -> "3.4").

    ``Decimal.normalize`` is not used: it rounds to the precision of the current context.
    """
    if value is None:
        return None
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def series_id(aspects: Aspects) -> str:
    """The hash of what is measured: every aspect, equal in every document that reports it.

    The order of the dimensions does not matter.
    """
    period, rate_date = aspects.period, aspects.rate_date
    return _digest(
        "series",
        aspects.entity,
        aspects.concept,
        _iso(period.start) if period.start else None,
        _iso(period.end),
        aspects.unit,
        aspects.kind,
        aspects.basis,
        aspects.scenario,
        _iso(rate_date) if rate_date else None,
        *_texts(aspects.dimensions),
    )


def fact_id(
    document_key: str,
    series: str,
    *,
    value: Decimal | None = None,
    low: Decimal | None = None,
    high: Decimal | None = None,
    text: str | None = None,
    decimals: int | None = None,
    nil: bool = False,
) -> str:
    """The hash of one value of one series in one document, at one precision.

    The place is not in it: a figure that is printed five times is one fact, and a retry is a no-op.
    3.40 and 3.4 differ by ``decimals`` only.
    """
    numbers = (canonical(value), canonical(low), canonical(high))
    precision = None if decimals is None else str(decimals)
    return _digest("fact", document_key, series, *numbers, text, precision, "nil" if nil else None)


def dims_id(dimensions: tuple[tuple[str, str], ...]) -> str:
    """The key of a set of dimensions; ``none`` (never NULL) where there is none."""
    return _digest("dims", *_texts(dimensions)) if dimensions else "none"


def _texts(dimensions: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple([text for pair in sorted(dimensions) for text in pair]) if dimensions else ()


def _digest(*parts: str | None) -> str:
    data = "".join(map(_netstring, parts))
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()[:32]


#: Most parts (concepts, units, dates) come again in fact after fact.
_iso = lru_cache(maxsize=1024)(date.isoformat)


@lru_cache(maxsize=4096)
def _netstring(part: str | None) -> str:
    return "-," if part is None else f"{len(part)}:{part},"
