"""Canonical signs where the label alone does not tell: brackets in the label, then sums, then the print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from handmade import figure, taxonomy
from hypothesis import given
from hypothesis import strategies as st

from exporter.ingest.lexicon import lexicon_of
from exporter.ingest.match import Hit
from exporter.ingest.resolve import read_report
from exporter.ingest.rows import Draft
from exporter.ingest.signs import Relation, settle
from exporter.model import Alias, Balance, Concept, Taxonomy
from exporter.taxonomy import load

REAL = load()
LEXICON = lexicon_of(REAL)


def concept(name: str, balance: Balance) -> Concept:
    return Concept(f"fin:{name}", "monetary", "duration", {("en", "standard"): name}, "In words.", balance=balance)


CONCEPTS = {c.id: c for c in (concept("Before", "credit"), concept("Tax", "debit"), concept("Net", "credit"), concept("Minority", "debit"))}
TAXONOMY: Taxonomy = replace(taxonomy("signs"), concepts=CONCEPTS)
NET: Relation = ("fin:Net", (("fin:Before", 1), ("fin:Tax", -1)))
RELATIONS: Mapping[str, Sequence[Relation]] = {"fin:Net": (NET,), "fin:Before": (NET,), "fin:Tax": (NET,)}
OPEN, FIXED, TURNED = 0, 1, -1


def row(name: str, *printed: str | None, sign: int = FIXED, label: str = "", decimals: int = -3) -> list[Draft]:
    """A printed row, one figure a column; None is an empty cell."""
    line = list(CONCEPTS).index(f"fin:{name}") + 1
    drafts = []
    for column, value in enumerate(printed):
        if value is not None:
            seen = figure(f"fin:{name}", value, line=line, label=label or name, decimals=decimals, sign=sign or 1)
            drafts.append(Draft(seen, column, Hit(CONCEPTS[f"fin:{name}"], Alias(name, sign=sign))))
    return drafts


def tax_signs(*rows: list[Draft], relations: Mapping[str, Sequence[Relation]] = RELATIONS) -> list[int]:
    drafts = [draft for each in rows for draft in each]
    settle(drafts, relations, TAXONOMY, LEXICON)
    return [draft.observation.sign for draft in drafts if draft.observation.concept == "fin:Tax"]


# --- by the label ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "sign"),
    [
        ("Income tax (expense)", -1),
        ("Income tax (provision)", -1),
        ("Income tax benefit (expense)", -1),
        ("Income tax credit (expense)", -1),
        ("Benefit (provision) for tax", -1),
        ("Income tax (benefit)", 1),
        ("Income tax expense (benefit)", 1),
        ("Provision (benefit) for tax", 1),
        ("Provision for (benefit from) income taxes", 1),
        ("Tax (credit)", 1),
    ],
)
def test_brackets_in_the_label_tell_whatever_the_sums_say(label: str, sign: int) -> None:
    sums = row("Before", "100"), row("Net", "140" if sign > 0 else "60")  # the sums say the opposite
    assert tax_signs(row("Tax", "40", sign=OPEN, label=label), *sums) == [sign]


# --- by the sums ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "net", "sign"), [("40000", "60000", 1), ("-40000", "60000", -1), ("-40000", "140000", 1), ("40000", "140000", -1)]
)
def test_the_sum_that_holds_tells(printed: str, net: str, sign: int) -> None:
    assert tax_signs(row("Before", "100000"), row("Tax", printed, sign=OPEN), row("Net", net)) == [sign]


def test_a_sum_holds_within_the_rounding_of_its_parts() -> None:
    near = row("Before", "100000"), row("Tax", "-1000", sign=OPEN), row("Net", "99000")
    assert tax_signs(*near) == [-1]
    off = row("Before", "100000"), row("Tax", "-40000", sign=OPEN), row("Net", "58000")  # 2,000 off: more than three halves
    assert tax_signs(*off) == [-1], "no sum tells, so the print does"
    assert tax_signs(row("Before", "100000"), row("Tax", "-1000", "2000", sign=OPEN), row("Net", "97000")) == [1, 1], "nothing tells"


def test_one_column_that_tells_is_enough_for_the_row() -> None:
    rows = row("Before", "100000", None, "7000"), row("Tax", "40000", "5000", "-1000", sign=OPEN), row("Net", "140000", "9000", None)
    assert tax_signs(*rows) == [-1, -1, -1]


def test_columns_that_contradict_each_other_tell_nothing() -> None:
    rows = row("Before", "100000", "100000"), row("Tax", "40000", "40000", sign=OPEN), row("Net", "140000", "60000")
    assert tax_signs(*rows) == [1, 1]
    rows = row("Before", "100000", "100000"), row("Tax", "-40000", "-40000", sign=OPEN), row("Net", "140000", "60000")
    assert tax_signs(*rows) == [-1, -1], "so the print does"


def test_a_sum_with_one_known_part_tells_nothing() -> None:
    """Net = -Tax, where nothing else is printed, is no evidence."""
    assert tax_signs(row("Tax", "40000", sign=OPEN), row("Net", "40000")) == [1]


def test_a_row_that_is_settled_serves_the_next() -> None:
    more: Relation = ("fin:Before", (("fin:Tax", 1), ("fin:Minority", 1)))
    rows = row("Before", "100000"), row("Tax", "-40000", sign=OPEN), row("Net", "60000"), row("Minority", "-60000", sign=OPEN)
    drafts = [draft for each in rows for draft in each]
    settle(drafts, {**RELATIONS, "fin:Minority": (more,)}, TAXONOMY, LEXICON)
    assert [draft.observation.sign for draft in drafts] == [1, -1, 1, -1]


# --- by the print ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "sign"),
    [
        (("-40000", "-5000"), -1),
        (("-40000", "0"), -1),
        (("40000", "5000"), 1),
        (("-40000", "5000"), 1),
        (("0", "0"), 1),
        (("40000", None), 1),
    ],
)
def test_an_expense_that_is_negative_everywhere_is_a_deduction(printed: tuple[str | None, ...], sign: int) -> None:
    assert set(tax_signs(row("Tax", *printed, sign=OPEN))) == {sign}


def test_income_that_is_negative_everywhere_is_a_loss() -> None:
    drafts = row("Net", "-40000", "-5000", sign=OPEN)
    settle(drafts, {}, TAXONOMY, LEXICON)
    assert [(d.observation.sign, d.observation.value) for d in drafts] == [(1, Decimal(-40000)), (1, Decimal(-5000))]


# --- what is left alone ---------------------------------------------------------------------------


def test_a_sign_that_the_alias_tells_is_left_alone() -> None:
    assert tax_signs(row("Before", "100000"), row("Tax", "-40000", sign=FIXED), row("Net", "60000")) == [1]
    assert tax_signs(row("Before", "100000"), row("Tax", "40000", sign=TURNED), row("Net", "60000")) == [-1]


def test_a_row_without_concept_is_left_alone() -> None:
    drafts = row("Tax", "-40000", sign=OPEN)
    drafts[0].observation = drafts[0].observation._replace(concept=None)
    settle(drafts, RELATIONS, TAXONOMY, LEXICON)
    assert drafts[0].observation.sign == 1


@given(st.integers(-500, 500), st.integers(1, 500), st.sampled_from([1, -1]))
def test_the_print_is_never_changed_and_sums_hold_where_they_can(before: int, tax: int, shown: int) -> None:
    """Whether a company prints its expense plain or in brackets, the fact is the same."""
    printed = (Decimal(n * 10_000) for n in (before, tax * shown, before - tax))
    rows = [
        row(name, str(value), sign=OPEN if name == "Tax" else FIXED) for name, value in zip(("Before", "Tax", "Net"), printed, strict=True)
    ]
    texts = [draft.observation.printed for each in rows for draft in each]
    assert tax_signs(*rows) == [shown]
    assert [draft.observation.printed for each in rows for draft in each] == texts
    assert rows[1][0].observation.value == tax * 10_000


# --- in a release ---------------------------------------------------------------------------------

STATEMENT = """\
Lantern Harbour Inc. (NYSE: LNHB)

Consolidated Statements of Operations
(In thousands of Renminbi ("RMB"))

\tThree months ended June 30,
\t2022\t2023
Income before income tax expense\t200\t250
{tax}
Net income\t160\t195
"""


@pytest.mark.parametrize(
    "tax", ["Income tax expense\t40\t55", "Income tax expense\t(40)\t(55)", "Income tax benefit (expense)\t(40)\t(55)"]
)
def test_a_tax_expense_is_positive_however_it_is_printed(tax: str) -> None:
    report = read_report(STATEMENT.format(tax=tax).encode(), "x.txt", REAL)
    facts = {(f.aspects.concept, f.aspects.period.end.year): f.value for f in report.facts}
    assert [facts["fin:IncomeTaxExpense", year] for year in (2022, 2023)] == [40_000, 55_000]
    assert [o.printed < 0 for o in report.observations[2:4] if o.printed] == ["(40)" in tax] * 2, "the print keeps its sign"


def test_a_tax_benefit_is_a_negative_expense() -> None:
    text = STATEMENT.format(tax="Income tax benefit\t40\t55").replace("160\t195", "240\t305")
    facts = {(f.aspects.concept, f.aspects.period.end.year): f.value for f in read_report(text.encode(), "x.txt", REAL).facts}
    assert [facts["fin:IncomeTaxExpense", year] for year in (2022, 2023)] == [-40_000, -55_000]


def test_loss_with_income_in_brackets_tells_both_signs() -> None:
    """ "Loss (income)": brackets are income, whatever the other columns print."""
    text = (
        "Lantern Harbour Inc. (NYSE: LNHB)\n\nCondensed Consolidated Statements of Cash Flows\n(in millions of U.S. dollars)\n\n"
        "\tNine Months Ended September 30,\n\t2025\t2024\nNet income\t632\t634\n"
        "Loss (income) from discontinued operations, net of income taxes\t(35)\t2\n"
    )
    seen = [o for o in read_report(text.encode(), "x.txt", load()).observations if o.concept == "fin:IncomeFromDiscontinuedOperations"]
    assert [o.value for o in seen] == [Decimal("35000000"), Decimal("-2000000")]
