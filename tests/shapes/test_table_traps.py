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


def balances(*rows: str) -> dict[str, str | None]:
    """The concepts of the rows of a balance sheet."""
    text = HEAD.format(title="Condensed Consolidated Balance Sheets", rows="").rsplit("\n\n", 1)[0]
    text += "\n\n\tSeptember 30, 2023\tDecember 31, 2022\n" + "\n".join(rows) + "\n"
    read = read_report(text.encode(), "release.txt", load(), ReadOptions(document_id="traps")).observations
    return {o.label: o.concept for o in read if o.place.cell == 1}


def test_a_name_of_what_is_current_names_nothing_under_another_heading() -> None:
    rows = ["ASSETS", "Current assets:", "Cash and cash equivalents\t$ 40\t$ 38", "Contract assets\t3\t2", "Total current assets\t43\t40"]
    rows += ["Contract assets\t5\t4", "Deposits\t1\t1", "Operating leases\t7\t8", "Total assets\t$ 56\t$ 53"]
    found = balances(*rows, "Liabilities:", "Customer deposits\t$ 9\t$ 8", "Total liabilities\t$ 9\t$ 8")
    assert found["Contract assets"] is None, "the second one, which is not current"
    assert found["Deposits"] is None
    assert found["Operating leases"] == "fin:OperatingLeaseRightOfUseAssets"
    assert found["Customer deposits"] == "fin:CustomerDeposits"
    assert found["Total assets"] == "fin:Assets"
    assert found["Total liabilities"] == "fin:Liabilities"


@pytest.mark.parametrize("row", ["Goodwill", "Contract assets", "Customer deposits", "Due to related parties", "Restricted cash"])
def test_a_balance_in_a_cash_flow_statement_is_none(row: str) -> None:
    title = "Condensed Consolidated Statements of Cash Flows"
    assert values(title, "Net income\t$ 26.5\t$ 25.7", f"{row}\t(3.0)\t1.2")[1][0] is None


def test_a_balance_under_a_heading_of_flows_is_a_flow() -> None:
    title = "Condensed Consolidated Statements of Income"
    rows = ("Interest income:", "Loans, including fees\t$ 48.2\t$ 44.1", "Interest expense:", "Deposits\t$ 17.2\t$ 17.9")
    found = [o for o in seen(title, *rows, "Net interest income\t$ 31.0\t$ 26.2") if o.label == "Deposits"]
    assert [(o.concept, str(o.period.start) if o.period else "") for o in found] == [(None, "2023-07-01"), (None, "2022-07-01")]


@pytest.mark.parametrize("row", ["Average price per ounce", "Average daily rate", "RevPAR", "Revenue per available seat mile"])
def test_the_price_of_one_is_in_no_table_s_scale(row: str) -> None:
    assert [o.certain for o in seen("Operating Data", f"{row}\t$ 3,412\t$ 2,471") if o.label == row] == [False, False]


def test_what_is_counted_is_no_amount() -> None:
    found = seen("Consolidated Statements of Operations", "Rooms\t80\t77", "Total revenue\t$ 109\t$ 105")
    assert [(o.concept, o.unit) for o in found if o.label == "Rooms"] == [(None, None)] * 2


@pytest.mark.parametrize(("growth", "certain"), [("(6.5)", False), ("11.9", True), ("11.9 %", True), ("1", False)])
def test_a_growth_that_its_figures_contradict_is_open(growth: str, certain: bool) -> None:
    text = HEAD.format(title="Condensed Consolidated Statements of Operations", rows="").split("\t", 1)[0]
    text += f"\tQ3 2023\tQ3 2022\t% Growth\nRevenue\t$ 607,143\t$ 542,736\t{growth}\n"
    read = read_report(text.encode(), "release.txt", load(), ReadOptions(document_id="traps")).observations
    assert [o.printed is not None for o in read if o.place.cell == 3] == [certain]


OUTLOOK = """Quillmark Reports Third Quarter 2023 Results

DENVER, Oct. 26, 2023 -- Quillmark Inc. (NYSE: QLMK) today announced results for the third quarter ended September 30, 2023.

2023 Outlook
(in millions)

{head}
Revenue\t$ 1,500\t$ 1,610\t$ 1,630
Net loss\t$ (30)\t$ (20)\t$ (10)
"""


def outlook(head: str) -> list[tuple[str, str | None, str, str, object, object]]:
    read = read_report(OUTLOOK.format(head=head).encode(), "release.txt", load(), ReadOptions(document_id="traps")).observations
    return [(o.raw, o.concept, o.scenario, o.bound, o.low, o.high) for o in read if o.place.table is not None]


def test_both_ends_of_an_outlook_are_one_fact_and_what_was_is_none() -> None:
    found = outlook("\tFY 2022 Actual\tFY 2023 Low\tFY 2023 High")
    low, high = Decimal("1610000000"), Decimal("1630000000")
    assert found[0] == ("1,500", "fin:Revenues", "actual", "", None, None)
    assert found[1:3] == [("1,610", "fin:Revenues", "guidance", "low", low, high), ("1,630", "fin:Revenues", "guidance", "high", low, high)]
    assert found[4][4:] == (Decimal("-20000000"), Decimal("-10000000"))


@pytest.mark.parametrize(
    "head",
    ["\tFY 2021\tFY 2022 Low\tFY 2022 High", "\tFY 2022 Actual\tFY 2023 Low\tMidpoint", "\tFY 2022 Actual\tFY 2023 High\tFY 2023 Low"],
    ids=["it was over", "one end", "ends in the wrong order"],
)
def test_an_outlook_of_what_was_or_with_one_end_names_nothing(head: str) -> None:
    assert {concept for _, concept, scenario, *_ in outlook(head) if scenario != "actual"} <= {None}


def test_the_number_of_an_item_is_no_label() -> None:
    text = HEAD.format(title="Consolidated Statements of Income", rows="").replace("\t", "\t\t", 2).replace("\n\t2023", "\n\t\t2023")
    text += "1\tRevenue\t$ 400.0\t$ 380.0\n(b)\tNet income\t60.0\t55.0\n"
    read = read_report(text.encode(), "release.txt", load(), ReadOptions(document_id="traps")).observations
    assert [(o.label, o.concept) for o in read if o.place.cell == 2] == [("Revenue", "fin:Revenues"), ("Net income", "fin:NetIncome")]


def test_operating_data_below_a_statement_are_no_amounts() -> None:
    found = seen("Consolidated Statements of Income", "Revenue\t$ 400.0\t$ 380.0", "Operating data:", "Passengers carried\t61\t58")
    assert [o.certain for o in found if o.label == "Passengers carried"] == [False, False]


def test_a_statement_that_begins_inside_a_table_has_the_title_above_its_header() -> None:
    text = HEAD.format(title="Consolidated Statements of Income", rows="Revenue\t$ 400.0\t$ 380.0\nNet income\t60.0\t55.0\n")
    text += "\nOperating data\n\n\tJune 30, 2023\tJune 30, 2022\nPassengers carried\t61\t58\nShips in service (in thousands)\t1.2\t1.1\n"
    report = read_report(text.encode(), "release.txt", load(), ReadOptions(document_id="traps"))
    assert [(table.statement, table.title) for table in report.tables][1:] == [("operating", "Operating data")]
    scale_of = {o.label: o.scale for o in report.observations if o.place.cell == 1 and o.statement == "operating"}
    assert set(scale_of.values()) <= {0, 3}, "the millions of the statement are none of the counts below it"
    assert len(scale_of) == 2
