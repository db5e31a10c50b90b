"""Round brackets in a sentence: a translation of the figure before them, other periods, a change, or an aside."""

from __future__ import annotations

from dataclasses import replace

from exporter.ingest.prose_periods import When
from exporter.ingest.prose_spans import Item
from exporter.ingest.prose_state import Dated, Draft, completed, is_rate
from exporter.ingest.prose_words import Words

_PAIR = 2
#: In a bracket they say nothing.
_ASIDE = frozenset(("filler", "close", "open", "sym", "qualifier", "prep", "be", "versus"))
#: A figure of these may be set beside others in brackets.
_TOLD = frozenset(("level", "share", "growth"))
#: What the two ends of an earlier outlook may stand between.
_OF_A_RANGE = frozenset(("previous", "figure", "to", "between", "and", "from"))
_BASES = {"basis_yoy": "yoy", "basis_qoq": "qoq"}
_OPEN = "it stands in brackets that are not understood"


class Brackets(Words):
    """What a bracket does to the state: what follows it still speaks of the figure before."""

    def bracket(self, at: int) -> int:
        """Reads what stands between the bracket at an index and its end; the index behind it."""
        end = at + 1
        depth = 1
        while end < len(self.items) and depth:
            depth += {"open": 1, "close": -1}.get(self.items[end].kind, 0)
            end += 1
        inside = [item for item in self.items[at + 1 : end] if item.kind not in _ASIDE]
        figures = [item for item in inside if item.figure is not None]
        if not figures and self._dates_members(at, inside):
            return end
        if not (figures and (self._repeats(at, end, inside, figures) or self._compares(at, end, inside, figures))):
            self._tell_nothing(inside, figures)
        return end

    def _dates_members(self, at: int, inside: list[Item]) -> bool:
        """ "Payment on October 27 (ordinary shares)": those whom the day right before the bracket is for."""
        members = [member for item in inside for member in item.members]
        if not members or not self.dates or self.dates[-1].members or self.items[at - 1] is not self.dates[-1].item:
            return False
        self.dates[-1].members += members
        return True

    def _repeats(self, at: int, end: int, inside: list[Item], figures: list[Item]) -> bool:
        """One figure alone: the same in another currency, or what the period before the bracket is compared with."""
        previous = self.last_draft()
        if len(figures) != 1 or len(inside) != 1 or previous is None or figures[0].figure is None:
            return False
        if self.signed(figures[0]) and previous.role in ("level", "reference"):
            self._grows(figures[0], previous, "")
            return True
        beside = self.items[at - 1].when if at else None
        if beside is not None and self.mode == "ref" and self.subject is not None:
            self._beside(Draft(figures[0].figure, "reference", self.subject, figures[0], when=beside))
            self.when_ref = None
            return True
        if self.last not in ("figure", "per_share", "name"):
            return False
        self._beside(Draft(figures[0].figure, "translation", previous.subject, figures[0], of=previous, per=previous.per))
        return True

    def _compares(self, at: int, end: int, inside: list[Item], figures: list[Item]) -> bool:
        """ "(Q2 2022: 4; Q1 2023: 3)", "(June 2022: 4; +14%)", "(non-GAAP: 31%)", "(previously: 4 to 5)", "(+5% y/y, -2% q/q)"."""
        previous = self.last_draft()
        changes, rest = self._signed_changes(inside)
        if changes and not rest:
            return self._grows_by(changes)
        periods = [item for item in inside if item.when is not None]
        if len(periods) == 1 and len(figures) == len(self.paired) >= _PAIR and len(inside) <= len(figures) + _PAIR:
            self._compare_list(figures, periods[0].when)
            return True
        if previous is None or previous.role not in _TOLD or previous.reason:
            return False
        if self._per_another(inside, previous):
            return True
        if self._set_before(rest, previous):
            return True
        told = self._by_period(rest, previous) if len(rest) == _PAIR * len([i for i in rest if i.figure is not None]) else []
        if not told:
            return False
        for item, basis in changes:
            self._grows(item, previous, basis)
        for draft in reversed(told):
            self._beside(draft)
        return True

    def _signed_changes(self, inside: list[Item]) -> tuple[list[tuple[Item, str]], list[Item]]:
        """The percentages with their sign, each with what it is a change against ("" where that is not said), and all else."""
        changes, rest = [], []
        for at, item in enumerate(inside):
            if item.figure is not None and self.signed(item):
                behind = inside[at + 1].kind if at + 1 < len(inside) else ""
                changes.append((item, _BASES.get(behind, "")))
            elif item.kind not in _BASES or not at or not self.signed(inside[at - 1]):
                rest.append(item)
        return changes, rest

    def _grows_by(self, changes: list[tuple[Item, str]]) -> bool:
        """The changes of the level that was told last, behind what it was compared with."""
        level = next((d for d in reversed(self.drafts) if d.role == "level" and d.subject is self.subject), None)
        if level is None or level.reason or (len(changes) > 1 and not all(basis for _, basis in changes)):
            return False
        for item, basis in changes:
            self._grows(item, level, basis)
        return True

    def _per_another(self, inside: list[Item], previous: Draft) -> bool:
        """ "$0.39 per share ($0.78 per ADS)": the same, per something else."""
        if [item.kind for item in inside] != ["figure", "per_share"] or not previous.per:
            return False
        figure, per = inside[0].figure, inside[1].text.lower()
        if figure is None or per == previous.per:
            return False
        if (figure.kind, figure.currency) != ("money", previous.figure.currency) or previous.figure.kind != "money":
            return False
        self._beside(replace(previous, figure=figure, item=inside[0], per=per, member=None))
        return True

    def _by_period(self, rest: list[Item], previous: Draft) -> list[Draft]:
        """Pairs of a period and a figure, or of a figure and a period; or another basis and its figure."""
        found: list[Draft] = []
        for one, other in zip(rest[::2], rest[1::2], strict=True):
            label, item = (one, other) if other.figure is not None else (other, one)
            if item.figure is None:
                return []
            draft = Draft(item.figure, "reference", previous.subject, item, when=label.when, total=previous.total, flavour=previous.flavour)
            draft.per = previous.per if item.figure.kind == "money" and item.figure.power == previous.figure.power else ""
            if label.kind in ("basis_of", "basis_word"):
                draft.role, draft.flavour, draft.when = "level", label.text.lower(), previous.when
            elif label.when is None:
                return []
            if previous.role == "growth" and draft.figure.kind == "percent":
                draft.reason = _OPEN
            found.append(draft)
        return found

    def _set_before(self, rest: list[Item], previous: Draft) -> bool:
        """ "(previously: 455 to 495)": the two ends that held before, after an outlook."""
        figures = [item for item in rest if item.figure is not None]
        if previous.scenario != "guidance" or len(figures) != _PAIR or not any(item.kind == "previous" for item in rest):
            return False
        low, high = figures[0].figure, figures[1].figure
        if low is None or high is None or any(item.kind not in _OF_A_RANGE for item in rest):
            return False
        first = Draft(completed(low, high), "level", previous.subject, figures[0], scenario="previous_guidance", bound="low")
        first.when = previous.when
        second = replace(first, figure=completed(high, low), item=figures[1], bound="high", pair=first)
        first.pair = second
        self._beside(second)
        self._beside(first)
        return True

    def _grows(self, item: Item, previous: Draft, basis: str) -> None:
        """A signed percentage after a figure is its growth, of a margin its change."""
        figure = item.figure
        if figure is None:
            return
        rate = is_rate(previous.subject)
        role = "change" if figure.kind != "percent" else "growth"
        reason = "nothing tells what the percentage is of" if rate == (role == "growth") else ""
        draft = Draft(figure, role, previous.subject, item, direction=1, reason=reason)
        if not reason:
            draft.basis = basis or (self.bases[-1] if self.bases else "")
        self._beside(draft)

    def _beside(self, draft: Draft) -> None:
        """Adds a figure so that what follows still speaks of the figure before the bracket."""
        self.drafts.insert(max(len(self.drafts) - 1, 0), draft)
        self.last = "figure"

    def _tell_nothing(self, inside: list[Item], figures: list[Item]) -> None:
        for item in figures:
            if item.figure is not None:
                self.drafts.insert(max(len(self.drafts) - 1, 0), Draft(item.figure, "open", None, item, reason=_OPEN))
        if not figures:
            self.last = "close" if self.last == "figure" else self.last
            if any(item.kind == "period" and item.when is not None and item.when.kind == "day" for item in inside):
                self.dates += [Dated(item, None, ()) for item in inside if item.kind == "period" and item.when is not None]

    def _compare_list(self, figures: list[Item], when: When | None) -> None:
        """ "(H1 2023: 47.1 and 43.5)" after a list that "respectively" closed: the same, of another period."""
        for draft, item in zip(self.paired, figures, strict=True):
            if item.figure is not None:
                self.drafts.append(Draft(item.figure, "reference", draft.subject, item, when=when, member=draft.member))
        self.paired, self.last = [], "figure"
