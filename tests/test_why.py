"""`exporter why` and `exporter check`: a fact explained from the store, relations tested without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import RELEASE, exporter, rows, write

from exporter.checks.why import marked

#: The liabilities do not make up what the assets are.
WRONG = RELEASE.replace(
    "TOTAL ASSETS\t1,577\t1,788\n", "Inventories, net\t77\t88\nTOTAL ASSETS\t1,577\t1,788\nTOTAL LIABILITIES AND EQUITY\t1,577\t1,799\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("why")
    write(folder, "lantern.txt", WRONG)
    assert exporter("run", "lantern.txt", "--formats", "csv", cwd=folder).code == 0
    (folder / "lantern.txt").unlink()  # the store is enough
    return folder


def test_a_fact_is_explained_by_its_id(made: Path) -> None:
    fact = next(
        row for row in rows(made / "out/lantern/facts.csv") if row["concept_id"] == "fin:LiabilitiesAndEquity" and row["value"] == "1799000"
    )
    for wanted in (fact["fact_id"], fact["fact_id"][:8], f"f-{fact['fact_id']}"):
        told = exporter("why", wanted, cwd=made)
        assert (told.code, told.err) == (0, "")
        assert "fin:LiabilitiesAndEquity" in told.out
        assert "value    1799000 iso4217:CNY, decimals -3" in told.out
        assert f"fact     {fact['fact_id']}" in told.out
        assert "    | TOTAL LIABILITIES AND EQUITY 1,577 >>1,799<<" in told.out
        assert f"  {fact['locator']}  table 1, row " in told.out
        assert "matched by: label 'TOTAL LIABILITIES AND EQUITY'" in told.out
        assert "alias 'total liabilities and equity'" in told.out
        assert "fails: balance-sheet-balances (identity): Assets are liabilities and equity" in told.out
        assert "printed 1799000, computed 1788000, off by 11000, rounding allows 1000" in told.out


def test_a_fact_is_explained_by_concept_period_and_unit(made: Path) -> None:
    told = exporter("why", "fin:Assets", "2023-06-30", "CNY", cwd=made)
    assert told.code == 0
    assert told.out.count("  fact     ") == 1
    assert "value    1788000" in told.out
    assert exporter("why", "fin:Assets 2023-06-30 CNY", cwd=made).out == told.out, "as a user may quote it"
    both = exporter("why", "Assets", cwd=made)
    assert both.out.count("  fact     ") == 2
    assert exporter("why", "fin:Revenues", "2023Q2", cwd=made).out.count("  fact     ") == 1


def test_what_there_is_not_is_told(made: Path) -> None:
    for words in (["fin:Nothing"], ["fin:Assets", "1999-12-31"], ["abcdef012345"]):
        told = exporter("why", *words, cwd=made)
        assert (told.code, told.out) == (1, "")
        assert "no such fact in out/facts.duckdb" in told.errors[0]
    for word in ("fin:Asets", "asset"):
        assert "nearest: fin:Assets" in exporter("why", word, cwd=made).errors[0]
    missing = exporter("why", "fin:Assets", "--store", "none.duckdb", cwd=made)
    assert missing.code == 1
    assert len(missing.errors) == 1
    nothing = exporter("why", " ", cwd=made)
    assert (nothing.code, len(nothing.errors)) == (2, 1)
    other = exporter("why", "fin:Assets", "--document", "other", cwd=made)
    assert other.code == 1


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lantern.txt",
        RELEASE.replace("Total net revenue\t900", "Total net revenue\x1b[31m\t900").replace(
            "Total net revenue\x1b[31m", "Total net revenue "
        ),
    )
    write(tmp_path, "nasty.txt", RELEASE.replace("\t1,450\n", "\t1,450 \x1b[31m\u202e\n"))
    assert exporter("run", "nasty.txt", "--formats", "csv", cwd=tmp_path).code == 0
    told = exporter("why", "fin:CashAndCashEquivalents", cwd=tmp_path)
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out


def test_marked() -> None:
    assert marked("a\t1,234\tb", 3, "1,234") == "a >>1,234<< b"
    assert marked("x" * 100 + "7" + "y" * 100, 101, "7") == "..." + "x" * 70 + ">>7<<" + "y" * 50 + "..."
    assert marked("<td>1&nbsp;234</td>", 5, "1 234") == "<td>>><<1&nbsp;234</td>"
    assert marked("", 9, "7") == ">><<"


def test_check_writes_nothing_and_tells_what_fails(tmp_path: Path) -> None:
    write(tmp_path, "wrong.txt", WRONG)
    write(tmp_path, "right.txt")
    told = exporter("check", "wrong.txt", "right.txt", cwd=tmp_path)
    assert (told.code, told.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["right.txt", "wrong.txt"]
    assert "right: 8 checks: 2 exact, 6 not checkable\n" in told.out
    assert "balance-sheet-balances: printed 1799000, computed 1788000" in told.out
    assert exporter("check", "wrong.txt", "--strict", cwd=tmp_path).code == 3
    assert exporter("check", "right.txt", "--strict", cwd=tmp_path).code == 0
    every = exporter("check", "right.txt", "--all", cwd=tmp_path)
    assert every.out.count("not checkable: ") == 6
    assert exporter("check", "missing.txt", "right.txt", cwd=tmp_path).code == 1


def test_check_as_json(tmp_path: Path) -> None:
    write(tmp_path, "wrong.txt", WRONG)
    told = json.loads(exporter("check", "wrong.txt", "--json", cwd=tmp_path).out)
    document = told["documents"][0]
    assert document["counts"]["fails"] == len(document["checks"]) > 0
    first = next(one for one in document["checks"] if one["rule"] == "balance-sheet-balances")
    assert (first["verdict"], first["left"], first["right"], first["difference"]) == ("fails", "1799000", "1788000", "11000")


def test_a_run_writes_all_relations_and_tells_of_those_that_fail(made: Path) -> None:
    found = rows(made / "out/lantern/checks.csv")
    assert {row["verdict"] for row in found} >= {"exact", "fails", "not_checkable"}
    doubts = [row for row in rows(made / "out/lantern/findings.csv") if row["code"] == "check-fails"]
    assert len(doubts) == sum(row["verdict"] == "fails" for row in found)
    again = exporter("export", "--store", "out/facts.duckdb", "--out", "again", "--formats", "csv", cwd=made)
    assert again.code == 0
    assert (made / "again/lantern/checks.csv").read_bytes() == (made / "out/lantern/checks.csv").read_bytes()
    assert "check-fails" not in again.err
    assert "1 fail: " in again.out
