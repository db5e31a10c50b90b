"""Time series over many releases: what every document said of a figure, on one axis.

Pure: no file format and no clock. Reading order: ``nouns`` (what a series is made of), ``periods`` (which ones were
asked for), ``vintage`` (which print counts), ``derive`` (quarters that nobody printed), ``axis`` (columns), ``rows``
(lines of the statements), ``ratios``, ``relations`` and ``changes`` (what is computed from them), ``build`` (all of it).
"""

from __future__ import annotations

from exporter.series.build import Wanted, build
from exporter.series.nouns import Cell, Change, Column, Key, Ratio, Relation, Row, Series
from exporter.series.periods import Selection, parse

__all__ = ["Cell", "Change", "Column", "Key", "Ratio", "Relation", "Row", "Selection", "Series", "Wanted", "build", "parse"]
