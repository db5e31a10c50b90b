"""Releases and sentences told in voices of our own, with the truth written into them, and what is read of them.

A figure of a voice is written ``[[printed|concept period more]]``. The text that is read holds only what is printed.
``concept`` is a short name of NAMES or an id, with ``+yoy``, ``+qoq``, ``+org``, ``+share``, ``+rev`` (of revenues) or
``+chg`` for a generated one. ``period`` is a name of PERIODS (or of the context of a single sentence); ``*`` behind it
says convenience translation, a period ``*`` is any. ``more``: ``@model`` (DIMENSIONS), ``g``/``pg`` (guidance, previous
guidance), ``low``/``high``, ``=value``, ``u=unit``, ``d=decimals`` where the print alone does not say it, ``?`` for a
figure that may be read so and need not. The ink counts: a reading belongs to the figure on whose characters it stands.

``python tests/prose/voices.py NAME`` prints what is missing and what is wrong.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from exporter.ingest.resolve import read_report
from exporter.model import Observation, Period, Taxonomy
from exporter.taxonomy import load

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "exporter/samples/qfin-2023q2-sample.txt"
#: The title over the first table of the sample: what stands above it is told anew, what follows stays.
TABLES = "Consolidated Balance Sheets (Unaudited)"

NAMES = {
    "rev": "fin:Revenues", "oi": "fin:OperatingIncome", "noi": "fin:NonGaapOperatingIncome", "ni": "fin:NetIncome",
    "nni": "fin:NonGaapNetIncome", "nia": "fin:NetIncomeAttributableToParent", "nnia": "fin:NonGaapNetIncomeAttributableToParent",
    "om": "fin:OperatingMargin", "nom": "fin:NonGaapOperatingMargin", "nim": "fin:NetIncomeMargin", "nnim": "fin:NonGaapNetIncomeMargin",
    "cds": "lend:CreditDrivenServicesRevenue", "heavy": "lend:LoanFacilitationAndServicingFeesCapitalHeavy", "fin": "lend:FinancingIncome",
    "guar": "lend:RevenueFromReleasingOfGuaranteeLiabilities", "oth1": "lend:OtherServicesFeesCreditDriven",
    "plat": "lend:PlatformServicesRevenue", "light": "lend:LoanFacilitationAndServicingFeesCapitalLight",
    "ref": "lend:ReferralServicesFees", "oth2": "lend:OtherServicesFeesPlatform", "opex": "fin:OperatingCostsAndExpenses",
    "orig": "lend:FacilitationOriginationAndServicing", "fund": "lend:FundingCosts", "sm": "fin:SalesAndMarketing",
    "ga": "fin:GeneralAndAdministrative", "pl": "lend:ProvisionForLoansReceivable", "pf": "lend:ProvisionForFinancialAssetsReceivable",
    "pa": "lend:ProvisionForAccountsReceivableAndContractAssets", "pc": "lend:ProvisionForContingentLiabilities",
    "pbt": "fin:IncomeBeforeIncomeTax", "eps": "fin:EarningsPerAdsDiluted", "neps": "fin:NonGaapEarningsPerAdsDiluted",
    "wb": "fin:WeightedAverageAdsBasic", "wd": "fin:WeightedAverageAdsDiluted", "div": "fin:DividendsDeclaredPerShare",
    "divads": "fin:DividendsDeclaredPerAds", "rec": "fin:DividendRecordDate", "pay": "fin:DividendPaymentDate",
    "anndate": "fin:ShareRepurchaseProgramAnnouncementDate", "auth": "fin:ShareRepurchaseProgramAuthorizedAmount",
    "term": "fin:ShareRepurchaseProgramTerm", "rads": "fin:RepurchasedAds", "rcost": "fin:ShareRepurchaseCost",
    "rprice": "fin:AverageRepurchasePricePerAds", "rate": "fin:ConvenienceTranslationRate", "inst": "lend:FinancialInstitutionPartners",
    "users": "lend:CumulativeRegisteredUsers", "credit": "lend:CumulativeUsersWithApprovedCreditLines",
    "borrowers": "lend:CumulativeBorrowers", "loans": "lend:LoansOriginated", "vol": "lend:LoanVolume",
    "bal": "lend:OutstandingLoanBalance", "tenor": "lend:WeightedAverageTenor", "dpd90": "lend:DelinquencyRate90Days",
    "rep": "lend:RepeatBorrowerContribution", "day1": "lend:DelinquencyRateDay1", "coll": "lend:CollectionRate30Days",
    "cash": "lend:CashAndEquivalentsIncludingRestrictedCashAndSecurityDeposits", "cfo": "fin:NetCashProvidedByOperatingActivities",
}  # fmt: skip
ENDINGS = {
    "yoy": "GrowthYearOnYear", "qoq": "GrowthQuarterOnQuarter", "org": "GrowthOrganic", "share": "ShareOfTotal", "rev": "ShareOfRevenues",
    "chg": "ChangeYearOnYear", "": "",
}  # fmt: skip
PERIODS = {
    "Q": "2023-04-01..2023-06-30", "PY": "2022-04-01..2022-06-30", "PQ": "2023-01-01..2023-03-31", "H": "2023-01-01..2023-06-30",
    "FY": "2023-01-01..2023-12-31", "E": "2023-06-30", "PE": "2022-06-30", "J": "2023-06-20", "L": "2023-06-20..2023-08-18",
}  # fmt: skip
_MODEL, _PRODUCT, _CLASS = "lend:ModelAxis", "lend:ProductAxis", "fin:ShareClassAxis"
DIMENSIONS = {
    "combo": (_MODEL, "qfin:CapitalLightIceAndOtherTechnologySolutionsMember"), "ice": (_MODEL, "qfin:IceMember"),
    "ots": (_MODEL, "lend:OtherTechnologySolutionsMember"), "light": (_MODEL, "lend:CapitalLightMember"),
    "vpocket": (_PRODUCT, "qfin:VPocketMember"),
    "otherp": (_PRODUCT, "lend:OtherProductsMember"), "classa": (_CLASS, "fin:ClassAMember"), "ads": (_CLASS, "fin:AdsMember"),
}  # fmt: skip
_CONVENIENCE = ("fin:TranslationAxis", "fin:ConvenienceMember")
_MARKED = re.compile(r"\[\[(?P<printed>[^|\]]+)\|(?P<truth>[^\]]+)\]\]")
_CODES = (("HK$", "HKD"), ("US$", "USD"), ("RMB", "CNY"), ("EUR", "EUR"), ("€", "EUR"), ("£", "GBP"), ("$", "USD"))
_SCALES = {"thousand": 3, "million": 6, "m": 6, "billion": 9, "bn": 9}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a voice: where it stands (line from 1, characters from 0), and what it is."""

    line: int
    start: int
    end: int
    printed: str
    concept: str
    value: Decimal | str
    unit: str
    period: str
    decimals: int | None
    scenario: str
    bound: str
    dimensions: tuple[tuple[str, str], ...]
    needed: bool

    def problem(self, seen: Observation) -> str:
        """What an observation says otherwise than this figure; "" where it fits."""
        period = _period(seen.period)
        said: dict[str, tuple[Any, Any]] = {
            "concept": (seen.concept, self.concept),
            "value": (seen.text if isinstance(self.value, str) else seen.value, self.value),
            "unit": (self.unit if self.unit == "date" and seen.kind == "date" else seen.unit, self.unit),
            "period": (self.period if self.period == "*" else period, self.period),
            "decimals": (seen.decimals if self.decimals is not None else None, self.decimals),
            "scenario": (seen.scenario, self.scenario),
            "bound": (seen.bound, self.bound),
            "dimensions": (seen.dimensions, self.dimensions),
        }
        return "; ".join(f"{name} {ours} instead of {true}" for name, (ours, true) in said.items() if ours != true)


@dataclass(frozen=True, slots=True)
class Score:
    """Figures that must be read, those that are, and what is certain and wrong."""

    total: int
    hits: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


def _period(period: Period | None) -> str:
    return "" if period is None else f"{period.start}..{period.end}" if period.start else str(period.end)


def _print(printed: str, concept: str) -> tuple[Decimal, str, int]:
    """Value, unit and decimals of a plain print; what else a voice prints it says itself."""
    number = re.search(r"[-+]?\d[\d,]*(?:\.\d+)?", printed)
    if number is None:
        raise ValueError(f"no figure in {printed!r}")
    value = Decimal(number[0].replace(",", ""))
    places = len(number[0].partition(".")[2])
    rest = printed[number.end() :].strip().lower()
    if rest.startswith(("basis points", "bps")):
        return value / 10000, "xbrli:pure", places + 4
    if rest.startswith(("%", "per cent", "percentage points", "points")):
        return value / 100, "xbrli:pure", places + 2
    power = next((power for word, power in _SCALES.items() if re.match(rf"{word}\b", rest)), 0)
    code = next((code for mark, code in _CODES if mark in printed[: number.start()]), "")
    return value.scaleb(power), f"iso4217:{code}" if code else "", places - power


def _unit(spelled: str, concept: str) -> str:
    known = _taxonomy().concepts[concept]
    if known.type == "date":
        return "date"
    if known.type == "perShare" and "/" not in spelled:
        return f"{spelled}/xbrli:shares"
    if known.type == "perUnit" and "/" not in spelled:
        return f"{spelled}/fin:ADS"
    return {"shares": "xbrli:shares", "quantity": known.unit}.get(known.type, spelled)


@cache
def _taxonomy() -> Taxonomy:
    return load()


def _figure(line: int, start: int, printed: str, truth: str, periods: dict[str, str]) -> Figure:
    name, period, *more = truth.split()
    base, _, ending = name.partition("+")
    concept = NAMES.get(base, base) + ENDINGS[ending]
    told = {key: text for key, _, text in (one.partition("=") for one in more)}
    flags = {one for one in more if "=" not in one}
    starred = period.endswith("*") and period != "*"
    dimensions = [DIMENSIONS[one[1:]] for one in flags if one.startswith("@")] + [_CONVENIENCE] * starred
    kind = _taxonomy().concepts[concept].type
    if kind == "date":
        value, unit, decimals = told[""], "date", None
    else:
        value, unit, decimals = _print(printed, concept)
        value = Decimal(told[""]) if "" in told else value
        decimals = int(told["d"]) if "d" in told else decimals
        unit = {"pure": "xbrli:pure", "GBP/share": "iso4217:GBP/xbrli:shares"}.get(told.get("u", ""), told.get("u", unit))
        unit = _unit(unit, concept)
    scenario = "previous_guidance" if "pg" in flags else "guidance" if "g" in flags else "actual"
    bound = "low" if "low" in flags else "high" if "high" in flags else ""
    when = period.rstrip("*") or "*"
    return Figure(
        line, start, start + len(printed), printed, concept, value, unit, periods.get(when, when), decimals, scenario, bound,
        tuple(sorted(dimensions)), "?" not in flags,
    )  # fmt: skip


def told(marked: list[str], periods: dict[str, str], first: int) -> tuple[list[str], list[Figure]]:
    """The lines as they are printed and their figures; ``first`` is the number of the first line."""
    lines, figures = [], []
    for number, text in enumerate(marked, first):
        printed, at = "", 0
        for match in _MARKED.finditer(text):
            printed += text[at : match.start()]
            figures.append(_figure(number, len(printed), match["printed"], match["truth"], periods))
            printed += match["printed"]
            at = match.end()
        lines.append(printed + text[at:])
    return lines, figures


def _score(lines: list[str], figures: list[Figure], own: range) -> Score:
    report = read_report("\n".join(lines).encode(), "voice.txt", _taxonomy())
    left = list(figures)
    wrong, open_, near = [], {}, {}
    for seen in report.observations:
        if seen.place.line not in own or seen.place.table is not None:
            continue
        start = seen.place.column - 1
        here = [f for f in left if f.line == seen.place.line and start < f.end and f.start < start + len(seen.raw)]
        if not seen.certain:
            open_.update({id(f): f"{seen.concept} {_period(seen.period)}: {seen.reason}" for f in here})
            continue
        hit = next((f for f in here if not f.problem(seen)), None)
        if hit is not None:
            left.remove(hit)
        elif seen.concept is not None or (here and seen.concept is None and _denies(here[0], seen)):
            what = here[0].problem(seen) if here else f"{seen.concept} {_period(seen.period)} is not stated"
            wrong.append(f"{seen.place.line}: {seen.raw!r} {what}")
            near.update({id(f): "wrong" for f in here})
        else:
            near.update({id(f): f"no name: {seen.reason}" for f in here})
    missed = [
        f"{f.line}: {f.printed} {f.concept.partition(':')[2]} {f.period} -- {near.get(id(f)) or open_.get(id(f), 'nothing')}"
        for f in left
        if f.needed
    ]
    total = sum(f.needed for f in figures)
    return Score(total, total - len(missed), tuple(missed), tuple(wrong))


def _denies(figure: Figure, seen: Observation) -> bool:
    """Whether a reading without a name has another value, unit or period than the figure."""
    if isinstance(figure.value, str) or seen.value is None:
        return False
    return seen.value != figure.value or (seen.period is not None and figure.period not in ("*", _period(seen.period)))


def release(name: str) -> tuple[list[str], list[Figure], int]:
    """A retold release above the tables of the sample: its lines, the figures of its prose, the lines of its prose."""
    marked = [line for line in (HERE / f"voices/{name}.txt").read_text(encoding="utf-8").split("\n") if not line.startswith("# ")]
    lines, figures = told(marked, PERIODS, 1)
    sample = SAMPLE.read_text(encoding="utf-8").split("\n")
    return [*lines, *sample[sample.index(TABLES) :]], figures, len(lines)


@cache
def of_release(name: str) -> Score:
    """How a retold release is read."""
    lines, figures, prose = release(name)
    return _score(lines, figures, range(1, prose + 1))


@cache
def of_sentences(name: str) -> tuple[tuple[str, Score], ...]:
    """How single sentences are read, each in a small release of its context."""
    contexts = yaml.load((HERE / "paraphrases.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)["contexts"]
    made = []
    for entry in (HERE / f"voices/{name}.txt").read_text(encoding="utf-8").splitlines():
        if entry.startswith("# "):
            continue
        where, _, text = entry.partition("\t")
        context = contexts[where]
        above = [context["head"], "", context["dateline"], ""]
        lines, figures = told([text], dict(context["periods"]), len(above) + 1)
        made.append((lines[0], _score([*above, *lines, "", context["table"]], figures, range(len(above) + 1, len(above) + 2))))
    return tuple(made)


def _main(name: str) -> None:
    if name not in ("fifth", "sixth"):
        score = of_release(name)
        print(*score.missed, sep="\n")
        print(*(f"WRONG {one}" for one in score.wrong), sep="\n")
        print(f"{name}: {score.hits} of {score.total} figures, {len(score.wrong)} wrong")
        return
    scores = of_sentences(name)
    for text, score in scores:
        if score.missed or score.wrong:
            print(f"\n{text}", *(f"  missed {one}" for one in score.missed), *(f"  WRONG {one}" for one in score.wrong), sep="\n")
    whole = sum(not score.missed and not score.wrong for _, score in scores)
    figures, hits, wrong = (sum(part) for part in zip(*((s.total, s.hits, len(s.wrong)) for _, s in scores), strict=True))
    print(f"\n{name}: {whole} of {len(scores)} sentences whole, {hits} of {figures} figures, {wrong} wrong")


if __name__ == "__main__":
    _main(sys.argv[1])
