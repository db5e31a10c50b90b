"""Rows -> concepts by label and open section; what is open at a row; candidates for what has no concept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from handmade import taxonomy
from hypothesis import given
from hypothesis import strategies as st

from exporter.ingest.lexicon import lexicon_of
from exporter.ingest.match import AliasIndex, Matcher, Sections
from exporter.ingest.resolve import read_report
from exporter.model import Alias, Concept, Entity, Line, Network, Section, Taxonomy
from exporter.taxonomy import load
from exporter.values import fold

REAL = load()
LEXICON = lexicon_of(REAL)
ISSUER = Entity("cik:7", "Lantern & Harbour Holdings, Inc.", ("Lantern", "灯笼港"))


def alias(text: str, **more: object) -> Alias:
    return Alias(fold(text, LEXICON.folds), **more)  # type: ignore[arg-type]


def concept(name: str, *aliases: Alias) -> Concept:
    return Concept(f"fin:{name}", "monetary", "duration", {("en", "standard"): name}, "In words.", aliases=aliases)


CONCEPTS = [
    concept("Revenues", alias("total revenue"), alias("revenue")),
    concept("HeavyFees", alias("other fees", under=("heavy",))),
    concept("LightFees", alias("other fees", under=("light",))),
    concept("AnyFees", alias("other fees and charges")),
    concept("Heavy", alias("heavy services")),
    concept("Light", alias("light services")),
    concept("HeavyTotal", alias("total heavy services")),
    concept("Sales", alias("turnover", statements=("income_statement",))),
    concept("Volume", alias("turnover", statements=("operating",))),
    concept("Turnover", alias("turnover")),
    concept("Equity", alias("total {issuer} equity"), alias("equity of {issuer} shareholders")),
    concept("MinorityOne", alias("minority interest", under=("light",))),
    concept("MinorityTwo", alias("minority interest", under=("deep",))),
    concept("Own", alias("magic number", entity="cik:7")),
    concept("Common", alias("magic number")),
    concept("Foreign", alias("special item", entity="cik:8")),
    concept("Stock", alias("ordinary shares")),
    concept("Receivables", alias("accounts receivable, net of allowance")),
    concept("Assets", alias("total assets")),
]
SECTIONS = [
    Section(
        "heavy",
        "income_statement",
        aliases=("heavy services", "capital heavy"),
        opened_by="fin:Heavy",
        closed_by=("fin:Light", "fin:HeavyTotal", "fin:Revenues"),
    ),
    Section("light", "income_statement", aliases=("light services",), opened_by="fin:Light", closed_by=("fin:Revenues",)),
    Section("deep", "income_statement", parent="light", aliases=("deep parts",)),
    Section("current", "balance_sheet", aliases=("current assets",)),
    Section("other", "balance_sheet", aliases=("other assets",)),
]
KNOWN: Taxonomy = replace(
    taxonomy("match"),
    concepts={c.id: c for c in CONCEPTS},
    sections={s.id: s for s in SECTIONS},
    networks={"n": Network("n", "income_statement", {}, (Line("fin:Revenues"),), {"fin:Revenues": (("fin:Heavy", 1), ("fin:Light", 1))})},
)
INDEX = AliasIndex(KNOWN, LEXICON)
MATCHER = Matcher(INDEX, ISSUER, LEXICON)


def named(label: str, *scopes: str, statement: str = "income_statement", matcher: Matcher = MATCHER) -> str:
    hit = matcher.match(label, statement, scopes).hit
    return hit.concept.id.removeprefix("fin:") if hit else ""


# --- labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    ["Total revenue", "TOTAL  REVENUE:", "Total\u00a0revenue (1)", "Total revenue^{*4}", "Total revenue (unaudited)", "“Total revenue”"],
)
def test_spellings_of_a_label(label: str) -> None:
    assert named(label) == "Revenues"


@pytest.mark.parametrize("label", ["Revenue growth", "Total revenues of partners", "Net", "", " ", "(1)", "…", "Other revenue"])
def test_a_label_that_equals_no_alias_names_nothing(label: str) -> None:
    match = MATCHER.match(label, "income_statement", ())
    assert (match.hit, match.reason) == (None, "the label names no concept")


def test_the_section_decides_between_equal_labels() -> None:
    assert named("Other fees", "heavy") == "HeavyFees"
    assert named("Other fees", "light") == "LightFees"
    assert MATCHER.match("Other fees", "income_statement", ()).reason == "the label holds only under another heading"


def test_two_concepts_at_one_rank_are_left_open_and_both_are_named() -> None:
    match = MATCHER.match("Minority interest", "income_statement", ("light", "deep"))
    assert match.hit is None
    assert match.reason == "the label names several concepts: fin:MinorityOne, fin:MinorityTwo"


def test_the_more_special_alias_wins() -> None:
    assert [named("Turnover", statement=s) for s in ("income_statement", "operating", "balance_sheet")] == ["Sales", "Volume", "Turnover"]
    assert named("Magic number") == "Own"
    stranger = Matcher(INDEX, Entity("cik:9", "Somebody"), LEXICON)
    assert named("Magic number", matcher=stranger) == "Common"
    assert named("Special item") == "", "an alias of another issuer"


def test_details_in_a_label_name_nothing() -> None:
    assert named("Ordinary shares (US$0.00001 par value; 5,000 shares authorized)") == "Stock"
    assert named("Ordinary shares, $0.01 par value, 100 shares issued") == "Stock"
    assert named("Accounts receivable, net of allowance of 1,200 and 1,450") == ""
    assert named("Ordinary shares (restricted)") == "", "words in brackets tell what is meant"


@pytest.mark.parametrize(
    "name",
    [
        "Lantern & Harbour Holdings, Inc.",
        "LANTERN AND HARBOUR HOLDINGS INC",
        "Lantern & Harbour",
        "Lantern",
        "the Company",
        "our Company",
        "灯笼港",
    ],
)
def test_the_issuer_by_any_of_its_names(name: str) -> None:
    assert named(f"Total {name} equity") == "Equity"
    assert named(f"Equity of {name} shareholders") == "Equity"


@pytest.mark.parametrize("name", ["Lanterns", "Harbour", "Somebody Inc.", "Company", "Inc.", "Lantern Partners"])
def test_another_name_is_not_the_issuer(name: str) -> None:
    assert named(f"Total {name} equity") == ""


def test_a_name_is_no_part_of_a_word() -> None:
    assert MATCHER.fold("Lanternfish revenue") == "lanternfish revenue"
    assert MATCHER.fold("Lantern's revenue") == "{issuer} revenue"
    assert MATCHER.fold("Revenue of Lantern") == "revenue of {issuer}"


def test_a_name_that_is_a_pattern_is_a_name() -> None:
    odd = Matcher(INDEX, Entity("cik:9", "A+B (.*) Corp."), LEXICON)
    assert named("Total A+B (.*) equity", matcher=odd) == "Equity"
    assert named("Total anything equity", matcher=odd) == ""


# --- candidates -----------------------------------------------------------------------------------


def test_candidates_are_near_and_in_order() -> None:
    assert MATCHER.candidates("Other fees and charges, net")[0] == "fin:AnyFees"
    assert MATCHER.candidates("Total assets of ours")[0] == "fin:Assets"
    assert MATCHER.candidates("Xylophone zebra") == ()
    assert MATCHER.candidates("") == ()


@given(
    st.lists(st.sampled_from(["other", "total", "fees", "revenue", "net", "assets", "heavy", "of"]), max_size=6).map(" ".join),
    st.integers(1, 4),
)
def test_candidates_are_few_known_and_each_once(label: str, limit: int) -> None:
    found = Matcher(INDEX, ISSUER, LEXICON).candidates(label, limit)
    assert len(found) <= limit
    assert len(set(found)) == len(found)
    assert set(found) <= set(KNOWN.concepts)


def test_an_equal_label_under_another_heading_has_its_concepts_as_candidates() -> None:
    assert {"fin:HeavyFees", "fin:LightFees"} & set(MATCHER.candidates("Other fees"))


def test_candidates_are_given_only_where_there_is_no_concept() -> None:
    text = (
        "Lantern Inc. (NYSE: LNHB)\n\nConsolidated Balance Sheets\n(In thousands of RMB)\n\n"
        "\tJune 30, 2023\nPrepaid expenses and sundry assets\t9\nTotal assets\t1,458\nQuarrel of gnomes\t7\n"
    )
    seen = {o.label: o for o in read_report(text.encode(), "x.txt", REAL).observations}
    assert "fin:PrepaidExpensesAndOtherCurrentAssets" in seen["Prepaid expenses and sundry assets"].candidates
    assert seen["Prepaid expenses and sundry assets"].concept is None
    assert (seen["Total assets"].concept, seen["Total assets"].candidates) == ("fin:Assets", ())
    assert (seen["Quarrel of gnomes"].concept, seen["Quarrel of gnomes"].printed) == (None, Decimal(7000)), "kept without a concept"


@pytest.mark.parametrize("label", ["Total income, net", "Cash and cash equivalent items", "Net loss for shareholders"])
def test_a_label_of_common_words_has_candidates_too(label: str) -> None:
    assert Matcher(AliasIndex(REAL, LEXICON), ISSUER, LEXICON).candidates(label)


# --- sections -------------------------------------------------------------------------------------


class Walk:
    """Walks rows as the reader does: a label without values is a heading, else a row with values."""

    def __init__(self, statement: str = "income_statement") -> None:
        self.statement = statement
        self.open = Sections(INDEX, statement, [])
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def heading(self, *labels: str) -> Walk:
        for label in labels:
            self.open.heading(label, MATCHER.fold(label))
        return self

    def row(self, *labels: str) -> Walk:
        for label in labels:
            hit = MATCHER.match(label, self.statement, self.open.ids).hit
            name = hit.concept.id if hit else None
            folded = MATCHER.fold(label)
            self.open.before_row(folded, name, LEXICON.total)
            self.seen.append((label, self.open.path))
            self.open.after_row(label, folded, name, LEXICON.total)
        return self


def test_a_heading_opens_and_its_total_closes() -> None:
    walk = Walk("balance_sheet").heading("Current assets:").row("Cash", "Stock", "Total current assets", "Land")
    inside = ("Current assets",)
    assert walk.seen == [("Cash", inside), ("Stock", inside), ("Total current assets", inside), ("Land", ())]
    assert walk.open.ids == ()


def test_headings_in_a_row_nest_and_the_next_one_ends_its_equal() -> None:
    walk = (
        Walk("balance_sheet")
        .heading("ASSETS", "Current assets:")
        .row("Cash")
        .heading("Other assets:")
        .row("Land")
        .heading("LIABILITIES")
        .row("Debt")
    )
    assert [path for _, path in walk.seen] == [("ASSETS", "Current assets"), ("ASSETS", "Other assets"), ("LIABILITIES",)]


def test_a_subtotal_above_its_parts_opens_and_the_next_one_closes() -> None:
    walk = Walk().row("Heavy services", "Other fees", "Light services", "Other fees", "Total revenue", "Other fees")
    assert [path for _, path in walk.seen] == [(), ("Heavy services",), (), ("Light services",), (), ()]


def test_a_row_of_a_closing_concept_ends_the_section() -> None:
    walk = Walk().heading("Capital heavy").row("Other fees", "Total heavy services")
    assert walk.open.ids == ()
    walk = Walk().heading("Capital heavy").row("Other fees", "Total revenue", "Other fees")
    assert [path for _, path in walk.seen] == [("Capital heavy",), (), ()]


def test_a_known_section_inside_another_keeps_it_open() -> None:
    walk = Walk().heading("Light services").row("Other fees").heading("Deep parts").row("Minority stuff")
    assert walk.open.ids == ("light", "deep")
    walk.heading("Heavy services").row("Other fees")
    assert walk.open.ids == ("heavy",)


def test_a_heading_of_another_statement_opens_nothing_known() -> None:
    walk = Walk("operating").heading("Heavy services").row("Other fees")
    assert walk.open.ids == ()
    assert walk.open.path == ("Heavy services",), "it is shown as printed all the same"


STEPS = st.lists(
    st.tuples(
        st.booleans(), st.sampled_from(["Heavy services", "Light services", "Deep parts", "Total revenue", "Other fees", "ODD", "odd:"])
    )
)


@given(STEPS)
def test_sections_that_do_not_lie_in_each_other_are_never_open_together(steps: list[tuple[bool, str]]) -> None:
    walk = Walk()
    for is_heading, label in steps:
        if is_heading:
            walk.heading(label)
        walk.row("Something" if is_heading else label)
        assert set(walk.open.ids) <= {s.id for s in SECTIONS if s.statement == "income_statement"}
        assert len(set(walk.open.ids)) == len(walk.open.ids), "a section is open once"
        assert not {"heavy", "light"} <= set(walk.open.ids)
        assert 0 <= walk.open.nested <= len(walk.open.stack)
