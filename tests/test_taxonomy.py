"""The loader refuses what the format does not allow, with file:line and the mend; the real files hold what they promise."""

from __future__ import annotations

import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.errors import TaxonomyError
from exporter.ingest.resolve import read_report
from exporter.model import Fact, Taxonomy
from exporter.taxonomy import data_folder, lint, load, read_names

HEAD = 'taxonomy: {prefix: fin, namespace: "https://example.org/fin", languages: [en, zh]}\n'
LABELS = "labels: {en: {standard: A, total: All}, zh: {standard: 甲, total: 总}}, definition: What it is"
MONEY = f"type: monetary, period: duration, {LABELS}"
CONCEPTS = f"""concepts:
  A: {{{MONEY}, balance: credit, aliases: {{en: [a]}}}}
  B: {{{MONEY}, balance: debit, aliases: {{en: [b]}}}}
  C: {{{MONEY}, aliases: {{en: [c]}}}}
  I: {{type: monetary, period: instant, {LABELS}}}
"""
NET = "networks:\n  n:\n    statement: income_statement\n    labels: {en: N, zh: 甲}\n    presentation: [A, B]\n"


def write(folder: Path, **files: str | bytes) -> Path:
    root = folder / "taxonomy"
    for name, content in files.items():
        path = root / ("entities/" if name.startswith("entity") else "") / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def build(folder: Path, text: str = "", **files: str) -> Taxonomy:
    return load(write(folder, core=HEAD + CONCEPTS + text, **files), cache=folder / "cache")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Taxonomy:
    return load(cache=tmp_path_factory.mktemp("cache"))


# --- refusals -------------------------------------------------------------------------------------

ONE = HEAD + "concepts:\n"
NO_DEFINITION = MONEY.replace("What it is", '""')
REFUSED = [
    ("empty", "", "core.yaml:1: the file is empty; write"),
    ("latin", HEAD.encode() + b"# caf\xe9\n", "core.yaml:2: not UTF-8 at byte"),
    ("syntax", HEAD + "concepts: {a: [}\n", "core.yaml:2: no valid YAML"),
    ("list", "- a\n", "core.yaml:1: the file is no mapping; write it as"),
    ("unknown top", HEAD + "concept: {}\n", "core.yaml:2: unknown key 'concept' in the file; did you mean 'concepts'?"),
    ("unknown key", f"{ONE}  A:\n    {{{MONEY},\n     balanse: credit}}\n",
     "core.yaml:5: unknown key 'balanse' in fin:A; did you mean 'balance'?"),
    ("twice", f"{ONE}  A: {{{MONEY}}}\n  A: {{{MONEY}}}\n", "core.yaml:4: A stands twice in concepts (first at line 3); remove"),

     ("nested twice",
     f"{ONE}  A:\n    type: monetary\n    labels: {{en: {{standard: A, standard: B}}}}\n    period: instant\n    definition: D\n",
     "core.yaml:5: standard stands twice in labels of fin:A in en"),
    ("no prefix", f"concepts:\n  A: {{{MONEY}}}\n", "core.yaml:2: concepts need a prefix; add"),
    ("bad name", f"{ONE}  net_income: {{{MONEY}}}\n", "core.yaml:3: 'net_income' is no name for concepts; write it in PascalCase"),
    ("no definition", f"{ONE}  A: {{type: monetary, period: instant, labels: {{en: {{standard: A}}, zh: {{standard: B}}}}}}\n",
     "core.yaml:3: fin:A has no definition; add"),
    ("empty definition", f"{ONE}  A: {{{NO_DEFINITION}}}\n", "core.yaml:3: definition of fin:A is empty or no text"),
    ("no zh", f"{ONE}  A: {{type: monetary, period: instant, definition: D, labels: {{en: {{standard: A}}}}}}\n",
     "core.yaml:3: labels of fin:A lack 'zh'"),
    ("no standard", f"{ONE}  A: {{type: monetary, period: instant, definition: D, labels: {{en: {{total: A}}, zh: {{standard: B}}}}}}\n",
     "core.yaml:3: labels of fin:A in en lack 'standard'"),

     ("label no text",
     f"{ONE}  A: {{type: monetary, period: instant, definition: D, labels: {{en: {{standard: No}}, zh: {{standard: B}}}}}}\n",
     'core.yaml:3: label of fin:A (No) is no text; write it in quotes: "No"'),
    ("type", f"{ONE}  A: {{{MONEY.replace('monetary', 'money')}}}\n", "core.yaml:3: type of fin:A 'money' is unknown"),
    ("period", f"{ONE}  A: {{{MONEY.replace('duration', 'day')}}}\n",
     "core.yaml:3: period of fin:A 'day' is unknown; use one of instant, duration"),
    ("balance", f"{ONE}  A: {{{MONEY.replace('monetary', 'shares')}, balance: debit}}\n",
     "core.yaml:3: fin:A is shares and has a balance; remove"),
    ("no unit", f"{ONE}  A: {{{MONEY.replace('monetary', 'perUnit')}}}\n", "core.yaml:3: fin:A is perUnit and names no unit; add unit"),
    ("unit", f"{ONE}  A: {{{MONEY}, unit: fin:ADS}}\n", "core.yaml:3: fin:A is monetary and names a unit; remove"),
    ("unknown unit", f"{ONE}  A: {{{MONEY.replace('monetary', 'quantity')}, unit: fin:ADS}}\n",
     "core.yaml:3: unit 'fin:ADS' is defined nowhere"),
    ("sign", f"{ONE}  A: {{{MONEY}, aliases: {{en: [{{text: a, sign: 2}}]}}}}\n", "core.yaml:3: sign of an alias of fin:A is not"),
    ("section", f"{ONE}  A: {{{MONEY}, aliases: {{en: [{{text: a, under: [s]}}]}}}}\n", "core.yaml:3: section 's' is defined nowhere"),
    ("empty alias", f'{ONE}  A: {{{MONEY}, aliases: {{en: ["(1)"]}}}}\n', "core.yaml:3: alias of fin:A '(1)' is empty once folded"),
    ("open choice", f'{ONE}  A: {{{MONEY}, aliases: {{en: ["a [b|c"]}}}}\n', "core.yaml:3: alias of fin:A 'a [b|c': brackets do not match"),
    ("too many", f'{ONE}  A: {{{MONEY}, aliases: {{en: ["{"[a|b]" * 10}"]}}}}\n', "more than 500 spellings"),
    ("anchor", f"{ONE}  A: &a {{{MONEY}}}\n  B: *a\n", "core.yaml:3: an anchor is used again"),
    ("standard", f"{ONE}  A: {{{MONEY}, maps_to: {{gaap: X}}}}\n",
     "core.yaml:3: unknown key 'gaap' in maps_to of fin:A; did you mean 'us-gaap'?"),
    ("replaced", f"{ONE}  A: {{{MONEY}, replaced_by: B}}\n  B: {{{MONEY}, replaced_by: A}}\n", "leads back to itself (fin:"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_file_is_refused_with_line_and_mend(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        load(write(tmp_path, core=text), cache=tmp_path / "cache")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)


PARTS = [
    ("alias", f"  D: {{{MONEY}, aliases: {{en: [A (1)]}}}}\n",
     "core.yaml:7: alias 'a' of fin:D stands for fin:A too, in the same scope (at taxonomy/core.yaml:3); remove"),
    ("dangling part", NET + "    calculation: {A: {X: 1}}\n", "core.yaml:12: concept 'X' is defined nowhere"),
    ("dangling line", NET.replace("[A, B]", "[A, X]"), "core.yaml:11: concept 'X' is defined nowhere"),
    ("line twice", NET.replace("[A, B]", "[A, A]"), "core.yaml:11: fin:A stands twice in the presentation of network n"),
    ("level", NET.replace("[A, B]", "[A, {concept: B, level: 2}]"), "core.yaml:11: fin:B is at level 2 below level 0"),
    ("role", NET.replace("[A, B]", "[{concept: A, role: negated}]"), "core.yaml:11: fin:A has no 'negated' label in both languages"),
    ("weight", NET + "    calculation: {A: {B: 1}}\n",
     "core.yaml:12: weight 1 of fin:B (debit) in fin:A (credit) goes against the balance; use -1"),
    ("weight 2", NET + "    calculation: {A: {C: 2}}\n",
     "core.yaml:12: weight of fin:C is not a whole number of those allowed; use 1 or -1"),
    ("period types", NET + "    calculation: {A: {I: 1}}\n",
     "core.yaml:12: fin:I (monetary, instant) can be no part of fin:A (monetary, duration)"),
    ("part twice", NET + "    calculation: {A: {C: 1, fin:C: 1}}\n", "core.yaml:12: fin:C stands twice among the parts of fin:A"),
    ("circle", NET + "    calculation: {A: {C: 1}, C: {A: 1}}\n", "leads back to itself (fin:A -> fin:C -> fin:A)"),
    ("section circle",
     "sections:\n  s: {statement: guidance, parent: t, aliases: {en: [s]}}\n  t: {statement: guidance, parent: s, aliases: {en: [t]}}\n",
     "section s leads back to itself (s -> t -> s)"),
    ("closed section", "sections:\n  s: {statement: guidance}\n", "core.yaml:8: section s can never open; add aliases or opened_by"),
    ("same heading", "sections:\n  s: {statement: guidance, aliases: {en: [h]}}\n  t: {statement: guidance, aliases: {en: [h]}}\n",
     "core.yaml:9: alias 'h' of section t opens section s too"),
    ("entity id", 'entities:\n  acme: {name: Acme}\n', "core.yaml:8: entity 'acme' is no scheme:identifier"),
    ("year end", 'entities:\n  "x:1": {name: Acme, fiscal_year_end: 13-31}\n', "core.yaml:8: fiscal_year_end '13-31' is no month-day"),
    ("shares", 'entities:\n  "x:1": {name: Acme, shares_per_ads: 0}\n', "core.yaml:8: shares_per_ads is no positive number"),

     ("identifier",
     'entities:\n  "x:1": {name: Acme, identifiers: {cik: 0001}}\n', "core.yaml:8: identifier cik (0001) is no text; write it in quotes"),
    ("lexicon", "lexicon:\n  months: {may: 5, may: 6}\n", "core.yaml:8: key 'may' stands twice"),
    ("fold", "lexicon:\n  folds: [{pattern: '(', replace: x}]\n", "core.yaml:8: the fold is no valid regular expression"),
    ("fold group", "lexicon:\n  folds: [{pattern: 'x', replace: '\\1'}]\n", "core.yaml:8: the fold is no valid regular expression"),
    ("ratio", f"  D: {{{MONEY}, ratios: [{{share_of: I}}]}}\n", "core.yaml:7: fin:D and fin:I differ in period type"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [case[1:] for case in PARTS], ids=[case[0] for case in PARTS])
def test_what_does_not_fit_together_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        build(tmp_path, text)
    assert message in str(caught.value)


def test_names_are_unique_over_files(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"other\.yaml:1: prefix 'fin' is taken by another file; choose"):
        build(tmp_path, other=HEAD + f"concepts:\n  Z: {{{MONEY}}}\n")


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"no \*\.yaml file in this folder; name a folder"):
        load(tmp_path, cache=tmp_path / "cache")


# --- what is read ---------------------------------------------------------------------------------


def test_aliases_are_folded_spread_and_qualified(tmp_path: Path) -> None:
    text = """  D:
    type: monetary
    period: duration
    labels: {en: {standard: D}, zh: {standard: 丁}}
    definition: D
    aliases: {en: ["Big [red|blue|] box & lid (2)", {text: [x, y], sign: -1, statements: [cash_flow]}, {text: z, at: start}]}
lexicon: {folds: [{pattern: '\\bbig\\b', replace: large}], other: {a: [1, 2]}}
"""
    taxonomy = build(tmp_path, text)
    aliases = {alias.text: alias for alias in taxonomy.concepts["fin:D"].aliases}
    assert set(aliases) == {"large red box and lid", "large blue box and lid", "large box and lid", "x", "y", "z"}
    assert (aliases["y"].sign, aliases["y"].statements, aliases["z"].at) == (-1, ("cash_flow",), "start")
    assert taxonomy.lexicon["other"] == {"a": [1, 2]}


def test_an_issuers_aliases_hold_for_that_issuer_alone(tmp_path: Path) -> None:
    issuer = 'entities:\n  "x:1": {name: Acme, shares_per_ads: 2, fiscal_year_end: 06-30}\nextends: {aliases: {fin:A: {en: [b]}}}\n'
    taxonomy = build(tmp_path, entity_acme=issuer)
    assert [(a.text, a.entity) for a in taxonomy.concepts["fin:A"].aliases] == [("a", ""), ("b", "x:1")]
    entity = taxonomy.entities["x:1"]
    assert (entity.shares_per_ads, entity.fiscal_year_end) == (Decimal(2), (6, 30))


def test_a_sector_adds_lines_and_parts_to_a_network(tmp_path: Path) -> None:
    sector = f"""taxonomy: {{prefix: lend, namespace: "https://example.org/lend"}}
concepts:
  Fee: {{{MONEY}, balance: credit}}
extends: {{networks: {{n: {{presentation: [{{concept: Fee, after: fin:A}}], calculation: {{fin:A: {{Fee: 1}}}}}}}}}}
"""
    taxonomy = build(tmp_path, NET + "    calculation: {A: {B: -1}}\n", sector=sector)
    network = taxonomy.networks["n"]
    assert [line.concept for line in network.presentation] == ["fin:A", "lend:Fee", "fin:B"]
    assert network.calculation == {"fin:A": (("fin:B", -1), ("lend:Fee", 1))}


def test_ratios_are_concepts(tmp_path: Path) -> None:
    taxonomy = build(tmp_path, f"  D: {{{MONEY}, ratios: [yoy, qoq, {{share_of: A}}]}}\n")
    made = [c for key, c in taxonomy.concepts.items() if key.startswith("fin:D") and key != "fin:D"]
    assert [c.id for c in made] == ["fin:DGrowthYearOnYear", "fin:DGrowthQuarterOnQuarter", "fin:DShareOfA"]
    assert {(c.type, c.period, c.balance) for c in made} == {("percent", "duration", None)}
    assert made[2].label("zh") == "甲占甲的比例"


def test_a_change_has_the_type_of_its_base(tmp_path: Path) -> None:
    taxonomy = build(tmp_path, f"  D: {{{MONEY}, ratios: [change, change_qoq, share_of_total, organic, constant_currency]}}\n")
    made = {c.id: c.type for key, c in taxonomy.concepts.items() if key.startswith("fin:D") and key != "fin:D"}
    assert made == {
        "fin:DChangeYearOnYear": "monetary", "fin:DChangeQuarterOnQuarter": "monetary", "fin:DShareOfTotal": "percent",
        "fin:DGrowthOrganic": "percent", "fin:DGrowthConstantCurrency": "percent",
    }  # fmt: skip


AXIS = """dimensions:
  WayAxis:
    labels: {en: Way, zh: 路}
    applies_to: [R]
    members:
      LowMember: {en: Low, zh: 低, aliases: {en: ["[the |]low road"]}}
"""
ISSUER = """taxonomy: {prefix: acme, namespace: "https://example.org/acme"}
entities: {"x:1": {name: Acme}}
extends:
  dimensions:
    fin:WayAxis:
      HighMember: {en: High, zh: 高, aliases: {zh: [高路]}}
      BothMember: {en: Both, zh: 都, parts: [fin:LowMember, HighMember]}
      fin:LowMember: {aliases: {en: [valley]}}
"""


def test_members_have_words_and_parts_and_come_from_several_files(tmp_path: Path) -> None:
    axis = build(tmp_path, f"  R: {{{MONEY}, ratios: [yoy]}}\n" + AXIS, entity_acme=ISSUER).axes["fin:WayAxis"]
    assert axis.members == {
        "fin:LowMember": {"en": "Low", "zh": "低"},
        "acme:HighMember": {"en": "High", "zh": "高"},
        "acme:BothMember": {"en": "Both", "zh": "都"},
    }  # fmt: skip
    assert axis.aliases["fin:LowMember"] == ("the low road", "low road", "valley")
    assert (axis.aliases["acme:HighMember"], axis.aliases["acme:BothMember"]) == (("高路",), ())
    assert axis.parts == {"acme:BothMember": ("fin:LowMember", "acme:HighMember")}
    assert axis.applies_to == ("fin:R", "fin:RGrowthYearOnYear")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ("{HighMember: {en: H, zh: 高, aliases: {en: [low road]}}}", "alias 'low road' of acme:HighMember stands for fin:LowMember"),
        ("{fin:LowMember: {en: L}}", "member fin:LowMember is defined already; give it nothing but aliases here"),
        ("{HighMember: {en: H}}", "member acme:HighMember has no 'zh' text"),
        ("{HighMember: {en: H, zh: 高, parts: [X]}}", "member 'X' is defined nowhere"),
        ("{high: {en: H, zh: 高}}", "'high' is no name for a member"),
    ],
)
def test_members_that_clash_are_refused(tmp_path: Path, members: str, message: str) -> None:
    issuer = f'taxonomy: {{prefix: acme, namespace: "https://example.org/acme"}}\nextends: {{dimensions: {{fin:WayAxis: {members}}}}}\n'
    with pytest.raises(TaxonomyError) as caught:
        build(tmp_path, f"  R: {{{MONEY}}}\n" + AXIS, entity_acme=issuer)
    assert message in str(caught.value)


def test_in_running_text_the_unit_tells_concepts_apart(tmp_path: Path) -> None:
    alias = "aliases: {en: [{text: payout, statements: [prose]}]}"
    share = MONEY.replace("monetary", "perShare")
    taxonomy = build(tmp_path, f"  D: {{{MONEY}, {alias}}}\n  E: {{{share}, {alias}}}\n")
    assert [taxonomy.concepts[key].aliases[0].statements for key in ("fin:D", "fin:E")] == [("prose",), ("prose",)]
    with pytest.raises(TaxonomyError, match="alias 'payout' of fin:F stands for fin:D too"):
        build(tmp_path / "other", f"  D: {{{MONEY}, {alias}}}\n  F: {{{MONEY}, {alias}}}\n")


def test_hash_covers_names_and_bytes(tmp_path: Path) -> None:
    first = build(tmp_path / "a").hash
    assert build(tmp_path / "b").hash == first
    assert build(tmp_path / "c", "# a remark\n").hash != first
    (tmp_path / "b" / "taxonomy" / "core.yaml").rename(tmp_path / "b" / "taxonomy" / "base.yaml")
    assert load(tmp_path / "b" / "taxonomy", cache=tmp_path / "cache").hash != first


# --- cache ----------------------------------------------------------------------------------------


def test_the_cache_gives_the_same_taxonomy_without_yaml(tmp_path: Path) -> None:
    root = write(tmp_path, core=HEAD + CONCEPTS + NET)
    compiled = load(root, cache=tmp_path / "cache")
    assert load(root, cache=tmp_path / "cache") == compiled
    code = (
        "import sys; from pathlib import Path; from exporter.taxonomy import load; "
        "t = load(Path(sys.argv[1]), cache=Path(sys.argv[2])); print(len(t.concepts), 'yaml' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(root), str(tmp_path / "cache")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert run.stdout.split() == ["4", "False"]


def test_a_changed_file_is_never_answered_from_the_cache(tmp_path: Path) -> None:
    before = build(tmp_path)
    after = build(tmp_path, f"  D: {{{MONEY}}}\n")
    assert set(after.concepts) - set(before.concepts) == {"fin:D"}


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_cache_is_built_again(tmp_path: Path, damage: bytes | None) -> None:
    compiled = build(tmp_path)
    (cached,) = (tmp_path / "cache").iterdir()
    whole = cached.read_bytes()
    cached.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    assert build(tmp_path) == compiled
    assert cached.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert build(tmp_path).concepts


def test_the_cache_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTER_CACHE", str(tmp_path / "mine"))
    load(write(tmp_path, core=HEAD + CONCEPTS))
    assert list((tmp_path / "mine").iterdir())


# --- the real files -------------------------------------------------------------------------------


def test_the_real_files_load(real: Taxonomy) -> None:
    assert {"fin", "lend"} <= set(real.prefixes)
    assert real.entities["cik:0001741530"].shares_per_ads == 2
    assert len(real.concepts) > 250
    assert {network.statement for network in real.networks.values()} >= {"balance_sheet", "income_statement", "cash_flow", "non_gaap"}


def test_core_stands_without_sector_and_issuer(tmp_path: Path) -> None:
    root = tmp_path / "taxonomy"
    shutil.copytree(data_folder("taxonomy"), root)
    (root / "lending.yaml").unlink()
    (root / "rules" / "lending.yaml").unlink()
    shutil.rmtree(root / "entities")
    assert set(load(root, cache=tmp_path / "cache").prefixes) == {"fin"}


def test_no_alias_of_core_or_sector_names_an_issuer(real: Taxonomy) -> None:
    names = {name.casefold() for entity in real.entities.values() for name in (entity.name, *entity.names)}
    texts = [alias.text for concept in real.concepts.values() for alias in concept.aliases if not alias.entity]
    assert not [text for text in texts for name in names if name in text]


@pytest.mark.shared
def test_every_mapped_element_exists(real: Taxonomy, shared: Path) -> None:
    names = read_names(shared / "standards")
    assert set(names) == {"us-gaap", "ifrs-full", "srt", "dei"}
    assert lint(real, names) == []
    names["us-gaap"].discard("Revenues")
    assert [issue.code for issue in lint(real, names)] == ["taxonomy-unknown-element"]


@pytest.mark.shared
def test_sums_of_the_founding_release_hold_exactly(real: Taxonomy, shared: Path) -> None:
    """Every calculation relation, in every printed column, over the facts that a real run reads."""
    source = shared / "releases" / "qifu-2023q2.txt"
    report = read_report(source.read_bytes(), source.name, real)
    facts = {_place(fact): fact.value for fact in report.facts if fact.statement and fact.place.table and fact.value is not None}
    checked = 0
    for network in real.networks.values():
        for total, parts in network.calculation.items():
            for (concept, *place), value in facts.items():
                held = [facts[(part, *place)] * weight for part, weight in parts if (part, *place) in facts]
                if concept == total and held:
                    checked += 1
                    assert sum(held) == value, (total, place)
    assert checked == 114


def _place(fact: Fact) -> tuple[object, ...]:
    aspects = fact.aspects
    return (aspects.concept, aspects.period, aspects.unit, aspects.dimensions, aspects.scenario)
