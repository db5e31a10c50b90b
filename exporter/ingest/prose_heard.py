"""Figures of sentences that words leave open, or that a table denies: read as the tables have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.ingest.match import Hit
from exporter.ingest.prose_concepts import Naming
from exporter.ingest.prose_state import Draft
from exporter.ingest.prose_witness import Witness
from exporter.model import Observation
from exporter.values import decimals_of

CONVENIENCE = (("fin:TranslationAxis", "fin:ConvenienceMember"),)
GROWTH = {"yoy": "GrowthYearOnYear", "qoq": "GrowthQuarterOnQuarter"}
#: Roles of figures that no table prints as sums of money.
_RATIOS = frozenset(("growth", "change", "share"))


@dataclass(slots=True)
class Heard(Naming):
    """``named``: what the sentence that is read names; ``witness``: what the document's tables tell."""

    named: Sequence[Hit] = ()
    witness: Witness | None = None

    def heard(self, draft: Draft, seen: Observation) -> Observation | None:
        """A figure that is open, or that a table prints otherwise, as the table has it that prints just this."""
        if self.witness is None or draft.scenario != "actual" or draft.pair is not None:
            return None
        if draft.role in _RATIOS:
            return self._grown(draft, seen) if draft.role == "growth" and not seen.certain else None
        subject = draft.subject
        cell = self.witness.cell(draft.figure, subject.hits if subject else (), self.named)
        if cell is None or cell.concept is None or cell.value is None:
            return None
        if self._translates(draft) and not set(CONVENIENCE) <= set(cell.dimensions):
            return None  # the same in another currency, at a rate that the document does not state
        figure = draft.figure
        power = -2 if figure.kind == "percent" else figure.power or 0
        printed = figure.value.scaleb(power)
        sign = -1 if (printed < 0) != (cell.value < 0) else 1
        statement = self.statement_of(self.taxonomy.concepts[cell.concept])
        return Observation(
            seen.place, seen.raw, seen.label or cell.label, seen.section, statement, cell.concept, cell.period, cell.unit, cell.dimensions,
            printed, sign, decimals_of(figure.digits, power), power, qualifier="; ".join(dict.fromkeys(draft.qualifiers)),
            basis=cell.basis, rate_date=cell.rate_date,
        )  # fmt: skip

    def _translates(self, draft: Draft) -> bool:
        """Whether a figure stands in brackets behind one in another currency."""
        main = draft.of
        return draft.role == "translation" and main is not None and main.figure.currency != draft.figure.currency

    def _grown(self, draft: Draft, seen: Observation) -> Observation | None:
        """Growth of which only what it is compared with is not told: as two cells have it."""
        subject = draft.subject
        if self.witness is None or subject is None or draft.reason or draft.flavour or draft.basis or subject.members:
            return None
        found = self.witness.growth(draft.figure, draft.direction, subject.hits)
        made = self.taxonomy.concepts.get(f"{found[0]}{GROWTH[found[2]]}") if found else None
        if found is None or made is None:
            return None
        printed = draft.figure.value.scaleb(-2)
        qualifier = "; ".join(dict.fromkeys((f"{found[2]} growth", *draft.qualifiers)))
        return Observation(
            seen.place, seen.raw, subject.label, seen.section, self.statement_of(self.taxonomy.concepts[found[0]]), made.id, found[1],
            "xbrli:pure", (), printed, draft.direction, decimals_of(draft.figure.digits, -2), -2, qualifier=qualifier, basis=made.basis,
        )  # fmt: skip
