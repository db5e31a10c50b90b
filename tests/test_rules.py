"""Rules are data: what is written wrongly is refused with file, line and mend; what is right survives cache and store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.checks.expression import Constant, Operation, Ref, measure, parse, refs
from exporter.errors import TaxonomyError
from exporter.model import Taxonomy
from exporter.store.frozen import freeze, thaw
from exporter.taxonomy import load

HEAD = 'rules:\n  own:\n    family: own\n    labels: {en: "Own rule", zh: "自定规则"}\n'
EQUAL = HEAD + "    result: fin:OperatingMargin\n"

Load = Callable[[str], Taxonomy]


def _concept(name: str, kind: str, period: str, more: str = "") -> str:
    words = f"labels: {{en: {{standard: {name}}}, zh: {{standard: {name}}}}}, definition: In words."
    return f"  {name}: {{type: {kind}, period: {period}, {words}{more}}}\n"


def _core() -> str:
    """The few concepts that the rules below speak of; the real taxonomy takes half a second to compile."""
    made = [_concept(name, "monetary", "duration") for name in ("OperatingIncome", "NetIncome")]
    made += [_concept("Revenues", "monetary", "duration", ", ratios: [yoy]"), _concept("Assets", "monetary", "instant")]
    made += [_concept("OperatingMargin", "percent", "duration"), _concept("DividendRecordDate", "date", "duration")]
    made += [_concept("ConvenienceTranslationRate", "perUnit", "instant", ', unit: "iso4217:USD"')]
    axes = {"TranslationAxis": ("ConvenienceMember",), "RangeAxis": ("LowMember", "HighMember"), "ProductAxis": ("OtherMember",)}
    lines = ["taxonomy: {prefix: fin, namespace: 'https://example.org/fin'}\nconcepts:\n", *made, "dimensions:\n"]
    for axis, members in axes.items():
        listed = ", ".join(f"{member}: {{en: {member}, zh: {member}}}" for member in members)
        lines.append(f"  {axis}: {{labels: {{en: {axis}, zh: {axis}}}, members: {{{listed}}}}}\n")
    return "".join(lines)


@pytest.fixture
def with_rules(tmp_path: Path) -> Load:
    """A small taxonomy with one file of rules beside its own, ``rules/own.yaml``."""
    root = tmp_path / "taxonomy"
    (root / "rules").mkdir(parents=True)
    (root / "core.yaml").write_text(_core(), encoding="utf-8")
    first = (HEAD + "    restatements: {}\n").replace("  own:", "  gross-margin:")
    (root / "rules" / "core.yaml").write_text(first, encoding="utf-8")

    def build(text: str) -> Taxonomy:
        (root / "rules" / "own.yaml").write_text(text, encoding="utf-8")
        return load(root, cache=tmp_path / "cache")

    return build


def rule(taxonomy: Taxonomy, name: str = "own") -> object:
    return next(rule for rule in taxonomy.rules if rule.id == name)


# --- what is right ---------------------------------------------------------------------------------


def test_the_real_rules_cover_every_family() -> None:
    families = {rule.family for rule in load().rules}
    assert families >= {
        "sum", "identity", "roll_forward", "restatement", "period_difference", "translation", "per_share", "ads_ratio", "margin",
        "growth", "share_of_total", "bridge", "members", "average_price", "guidance",
    }  # fmt: skip
    assert all(rule.labels["en"] and rule.labels["zh"] and rule.source.startswith("taxonomy/rules/") for rule in load().rules)


def test_rules_survive_the_store_and_the_cache(with_rules: Load, tmp_path: Path) -> None:
    text = EQUAL + "    equals: [fin:OperatingIncome / fin:Revenues]\n    confirm: x\n    explains: why\n"
    first = with_rules(text)
    assert thaw(freeze(first)) == first
    again = with_rules(text)
    assert again is not first
    assert again == first
    assert rule(first).confirm == "x"  # type: ignore[attr-defined]


def test_rules_may_stand_in_any_taxonomy_file(with_rules: Load, tmp_path: Path) -> None:
    with_rules(EQUAL + "    equals: fin:OperatingIncome / fin:Revenues\n")
    own = tmp_path / "taxonomy/more.yaml"
    own.write_text((EQUAL + "    equals: fin:OperatingIncome / fin:Revenues\n").replace("  own:", "  mine:"), encoding="utf-8")
    assert {"own", "mine"} <= {rule.id for rule in load(tmp_path / "taxonomy", cache=tmp_path / "cache").rules}


def test_expressions() -> None:
    tree = parse("fin:A@start + -2.5 * (lend:B.low[x:AAxis=x:BMember] - {shares_per_ads}) / fin:C[]?")
    assert [*refs(tree)] == [
        Ref("fin:A", "start"),
        Ref("lend:B", "", "low", (("x:AAxis", "x:BMember"),)),
        Ref("fin:C", dims=(), optional=True),
    ]
    assert isinstance(tree, Operation)
    assert parse("{shares_per_ads}") == Constant("shares_per_ads")
    concepts = load().concepts
    assert measure(parse("fin:Revenues / fin:WeightedAverageSharesBasic * {shares_per_ads}"), concepts) == {"money": 1, "fin:ADS": -1}


# --- what is refused: text, line of rules/own.yaml, what is said ------------------------------------------

REFUSED = [
    (HEAD, 2, "rule own says nothing that could be tested; give it one of equals"),
    (HEAD.replace("    family: own\n", "") + "    restatements: {}\n", 2, "rule own has no family; add family"),
    (HEAD.replace('    labels: {en: "Own rule", zh: "自定规则"}\n', "") + "    restatements: {}\n", 2, "rule own has no labels"),
    (HEAD.replace(', zh: "自定规则"', "") + "    restatements: {}\n", 4, "has no 'zh' text"),
    (HEAD.replace("family: own", "family: Own Family") + "    restatements: {}\n", 3, "family 'Own Family' of rule own is no name"),
    (HEAD.replace("  own:", "  Own Rule:") + "    restatements: {}\n", 2, "'Own Rule' is no name for rules"),
    (HEAD + "    equal: fin:Revenues\n", 5, "unknown key 'equal' in rule own; did you mean 'equals'?"),
    (HEAD + "    sums: {statements: [operating]}\n    restatements: {}\n", 6, "rule own says sums and restatements"),
    (HEAD + "    equals: fin:Revenues\n", 2, "rule own has no result; add result"),
    (EQUAL + "    equals: []\n", 6, "rule own equals nothing"),
    (EQUAL + "    equals: fin:OperatingIncom / fin:Revenues\n", 6, "concept 'fin:OperatingIncom' in"),
    (EQUAL + "    equals: fin:OperatingIncome / / fin:Revenues\n", 6, "is no expression: '/' is not expected there"),
    (EQUAL + "    equals: (fin:OperatingIncome / fin:Revenues\n", 6, "is no expression: a bracket is not closed"),
    (EQUAL + "    equals: fin:OperatingIncome /\n", 6, "is no expression: the expression ends too early"),
    (EQUAL + "    equals: fin:OperatingIncome fin:Revenues\n", 6, "is not expected there"),
    (EQUAL + "    equals: income / revenue\n", 6, "'income' is no figure, number or sign"),
    (EQUAL + "    equals: fin:OperatingIncome@last_year / fin:Revenues\n", 6, "@last_year is unknown: use @start"),
    (EQUAL + "    equals: fin:OperatingIncome.mid / fin:Revenues\n", 6, ".mid is unknown: use .low or .high"),
    (EQUAL + "    equals: fin:OperatingIncome[axis] / fin:Revenues\n", 6, "is no list of dimensions"),
    (EQUAL + "    equals: fin:OperatingIncome[fin:RangeAxis=fin:NoMember] / fin:Revenues\n", 6, "is no axis with its member"),
    (EQUAL + '    equals: "{pi} * fin:OperatingIncome / fin:Revenues"\n', 6, "constant 'pi' is unknown"),
    (EQUAL + '    equals: "1.5"\n', 6, "'1.5' names no figure"),
    (EQUAL + "    equals: 1.5\n", 6, "is no text; write it in quotes"),
    (EQUAL + "    equals: fin:OperatingIncome + fin:OperatingMargin\n", 6, "money and a number cannot be added"),
    (EQUAL + "    equals: fin:OperatingIncome * fin:Revenues\n", 6, "gives money x money, the result is a number"),
    (EQUAL + "    equals: fin:DividendRecordDate / fin:Revenues\n", 6, "fin:DividendRecordDate is a date, no number"),
    (EQUAL + "    equals: fin:OperatingIncome@start / fin:Revenues\n", 6, "fin:OperatingIncome@start is no instant"),
    (EQUAL + "    equals: " + "(" * 60 + "fin:Revenues" + ")" * 60 + "\n", 6, "nested too deep"),
    (HEAD + "    result: fin:Assets\n    equals: fin:Revenues\n", 6, "fin:Revenues cannot be found from a date: fin:Assets is an instant"),
    (HEAD + "    result: fin:Assets + fin:Assets\n    equals: fin:Assets\n", 5, "is no single figure; name one concept"),
    (
        EQUAL + "    equals: fin:OperatingIncome / fin:Revenues\n    over: fin:Nothing\n",
        7,
        "concept 'fin:Nothing' of rule own is defined nowhere",
    ),
    (EQUAL + "    equals: fin:OperatingIncome / fin:Revenues\n    suffix: growth\n", 7, "is no end of a concept name"),
    (EQUAL + "    equals: fin:OperatingIncome / fin:Revenues\n    suffix: GrowthInSpace\n", 7, "no concept ends on GrowthInSpace"),
    (HEAD + "    roll_forward: {balance: fin:Revenues, flows: fin:Revenues}\n", 5, "balance fin:Revenues of rule own is no instant"),
    (HEAD + "    roll_forward: {balance: fin:Assets}\n", 5, "roll_forward of rule own has no flows"),
    (HEAD + "    roll_forward: {balance: fin:Assets, flows: fin:Assets}\n", 5, "name nothing of a period"),
    (HEAD + "    sums: {statements: [profit]}\n", 5, "statement 'profit' is unknown"),
    (HEAD + "    sums: {}\n", 5, "sums of rule own has no statements"),
    (HEAD + "    differences: {}\n", 5, "differences of rule own names nothing"),
    (HEAD + "    differences: {types: [money]}\n", 5, "type 'money' is unknown"),
    (HEAD + "    differences: {concepts: [fin:Assets]}\n", 5, "fin:Assets is an instant"),
    (HEAD + "    translations: {axis: fin:TranslationAxis, member: fin:ConvenienceMember}\n", 5, "has no rate"),
    (
        HEAD + "    translations: {axis: fin:TranslationAxis, member: fin:LowMember, rate: fin:ConvenienceTranslationRate}\n",
        5,
        "member 'fin:LowMember'",
    ),
    (
        HEAD + "    translations: {axis: fin:TranslationAxis, member: fin:ConvenienceMember, rate: fin:Revenues}\n",
        5,
        "is monetary, no rate",
    ),
    (HEAD + "    members: {axis: fin:NoAxis}\n", 5, "axis 'fin:NoAxis' of rule own is defined nowhere"),
    (HEAD + "    members: {axis: fin:ProductAxis, rest: [fin:NoMember]}\n", 5, "member 'fin:NoMember'"),
    (HEAD + "    restatements: {prose: In Prose}\n", 5, "family 'In Prose' of rule own is no name"),
    (HEAD + "    restatements: {}\n    result: fin:Assets\n", 6, "rule own has a needless result"),
    (
        HEAD.replace("  own:", "  gross-margin:") + "    restatements: {}\n",
        2,
        "gross-margin is defined twice (first at taxonomy/rules/core.yaml:",
    ),
    (HEAD + "    restatements: {}\n    restatements: {}\n", 6, "restatements stands twice in rule own (first at line 5)"),
    ("rules: []\n", 1, "rules is no mapping"),
]


@pytest.mark.parametrize(("text", "line", "said"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_a_wrong_rule_is_refused_with_its_place(text: str, line: int, said: str, with_rules: Load) -> None:
    with pytest.raises(TaxonomyError) as refused:
        with_rules(text)
    message = str(refused.value)
    assert message.startswith(f"taxonomy/rules/own.yaml:{line}: "), message
    assert said in message
    assert "; " in message.partition(": ")[2], "and how to mend it"
    assert "\n" not in message
