"""Tables that look like statements of the company and are not, and losses that are printed without brackets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Observation
from exporter.taxonomy import load

HEAD = """Quillmark Reports Third Quarter 2023 Results

DENVER, Oct. 26, 2023 -- Quillmark Inc. (NYSE: QLMK) today announced results for the third quarter ended September 30, 2023.

{title}
(in millions)

\tThree Months Ended September 30,
\t2023\t2022
{rows}
"""


def seen(title: str, *rows: str) -> list[Observation]:
    text = HEAD.format(title=title, rows="\n".join(rows))
    return list(read_report(text.encode(), "release.txt", load(), ReadOptions(document_id="traps")).observations)


def values(title: str, *rows: str) -> list[tuple[str | None, Decimal | None]]:
    return [(o.concept, o.value) for o in seen(title, *rows) if o.place.table is not None and o.place.cell == 1]


@pytest.mark.parametrize(
    "title",
    [
        "Americas Segment Results",
        "Tools Division",
        "Results of Discontinued Operations",
        "Unaudited Pro Forma Results",
        "Bramble Joint Venture - Condensed Income Statement (100% basis)",
        "Condensed Statements of Operations - Parent Company Only",
        "Condensed Consolidated Statements of Operations, Excluding Tools",
    ],
)
def test_a_title_of_a_part_names_no_figure_of_the_company(title: str) -> None:
    assert values(title, "Revenue\t$ 400.0\t$ 380.0", "Net income\t60.0\t55.0") == [
        (None, Decimal("400000000")),
        (None, Decimal("60000000")),
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Condensed Consolidated Statements of Operations",
        "Quillmark Inc. and Subsidiaries\nCondensed Consolidated Statements of Operations",
        "Consolidated Statements of Continuing and Discontinued Operations",
    ],
)
def test_a_title_of_the_whole_does(title: str) -> None:
    assert values(title, "Revenue\t$ 400.0\t$ 380.0") == [("fin:Revenues", Decimal("400000000"))]


def test_a_loss_without_brackets_is_a_loss() -> None:
    rows = ("Revenue\t$ 12.0\t$ 11.0", "Operating loss\t25.9\t25.2", "Loss before income taxes\t27.0\t26.1", "Net loss\t$ 26.5\t$ 25.7")
    found = dict(values("Condensed Consolidated Statements of Operations", *rows))
    assert found["fin:OperatingIncome"] == Decimal("-25900000")
    assert found["fin:IncomeBeforeIncomeTax"] == Decimal("-27000000")
    assert found["fin:NetIncome"] == Decimal("-26500000")


def test_brackets_keep_their_meaning() -> None:
    title = "Condensed Consolidated Statements of Operations"
    assert dict(values(title, "Net loss\t$ (26.5)\t$ (25.7)"))["fin:NetIncome"] == Decimal("-26500000")
    assert dict(values(title, "Net income (loss)\t$ 26.5\t$ 25.7"))["fin:NetIncome"] == Decimal("26500000")
    assert dict(values(title, "Net (loss) income\t$ (26.5)\t$ 25.7"))["fin:NetIncome"] == Decimal("-26500000")


def test_cash_used_without_brackets_went_out() -> None:
    rows = ("Net cash used in operating activities\t$ 70.1\t$ 65.0", "Purchases of property and equipment\t(12.0)\t(9.0)")
    found = dict(values("Condensed Consolidated Statements of Cash Flows", *rows))
    assert found["fin:NetCashProvidedByOperatingActivities"] == Decimal("-70100000")
    assert found["fin:PaymentsToAcquirePropertyPlantAndEquipment"] == Decimal("12000000")


def test_payments_among_key_figures_are_positive() -> None:
    found = dict(values("Key Metrics", "Revenue\t$ 812.4\t$ 751.0", "Capital expenditures\t$ 38.2\t$ 35.1", "Dividends paid\t17.0\t15.0"))
    assert found["fin:PaymentsToAcquirePropertyPlantAndEquipment"] == Decimal("38200000")
    assert found["fin:PaymentsOfDividends"] == Decimal("17000000")
