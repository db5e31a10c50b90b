"""A convenience translation that no sentence declares: shown by the pairs of amounts themselves."""

from __future__ import annotations

from exporter.ingest.resolve import read_report
from exporter.model import Observation
from exporter.taxonomy import load

TAXONOMY = load()
HEAD = "Lantern Harbour Inc. (NYSE: LNHB) today reported its results for the second quarter of 2023.\n\n"
#: At RMB7.2513 to the dollar; the third would be 0.8 at a coarser print.
FIVE = (
    "Total net revenue was RMB3,914.3 million (US$539.8 million) in the second quarter of 2023.\n\n"
    "Net income was RMB1,093.4 million (US$150.8 million) in the second quarter of 2023.\n\n"
    "Income from operations was RMB1,225.7 million (US$169.0 million) in the second quarter of 2023.\n\n"
    "Funding costs were RMB159.7 million (US$22.0 million) in the second quarter of 2023.\n\n"
    "Sales and marketing expenses were RMB439.8 million (US$60.7 million) in the second quarter of 2023.\n\n"
)
TABLE = (
    "Consolidated Statements of Operations\n(In thousands, except per share data)\n\n"
    "\tThree months ended June 30,\n\t2022\t2023\t2023\n\tRMB\tRMB\tUSD\n"
    "Total net revenue\t4,183,214\t3,914,321\t539,809\nNet income\t974,000\t1,093,396\t150,786\n"
)
TRANSLATED = (("fin:TranslationAxis", "fin:ConvenienceMember"),)


def dollars(text: str) -> list[Observation]:
    read = read_report(text.encode(), "x.txt", TAXONOMY)
    found = [each for each in read.observations if each.unit == "iso4217:USD"]
    assert found
    return found


def test_pairs_that_agree_with_each_other_show_a_translation() -> None:
    seen = dollars(HEAD + FIVE + TABLE)
    assert len(seen) == 7
    assert {each.dimensions for each in seen} == {TRANSLATED}


def test_few_pairs_show_one_only_with_a_printed_rate_that_they_agree_with() -> None:
    one = FIVE.split("\n\n")[0] + "\n\n"
    assert {each.dimensions for each in dollars(HEAD + one + TABLE)} != {TRANSLATED}
    rate = "The rate used is RMB{} to US$1.00, that of June 30, 2023.\n\n"
    assert {each.dimensions for each in dollars(HEAD + one + rate.format("7.2513") + TABLE)} == {TRANSLATED}
    assert {each.dimensions for each in dollars(HEAD + one + rate.format("6.9000") + TABLE)} != {TRANSLATED}


def test_pairs_that_do_not_agree_show_none() -> None:
    apart = FIVE.replace("US$150.8", "US$148.8").replace("US$22.0", "US$23.1")
    assert all(each.dimensions != TRANSLATED for each in dollars(HEAD + apart + TABLE))
