"""The CSV contract: columns, values, guard. Scripts of users rely on every line of it."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from handmade import ENTITY, NASTY, figure, figures, report, taxonomy
from hypothesis import given
from hypothesis import strategies as st

from exporter.formats.csv import export, guard, unguard
from exporter.model import Report

TAXONOMY = taxonomy()

#: The contract, spelt out once more: columns are only ever appended.
CONTRACT = {
    "facts.csv": "fact_id, series_id, document_id, entity_id, entity_name, concept_id, standard_concept, label, "
    "printed_statement, period_type, period_start, period_end, fiscal_year, fiscal_period, unit_id, dimensions, value, "
    "value_low, value_high, value_text, decimals, approximate, basis, scenario, origin, filed_at, locator, occurrences",
    "occurrences.csv": "fact_id, document_id, line, column, table, row, cell, start, end, raw, label_as_reported, section, "
    "printed_statement, concept_id, standard_concept, period_type, period_start, period_end, unit_id, dimensions, value, "
    "value_text, printed_value, decimals, bound, qualifier",
    "unresolved.csv": "document_id, line, column, table, row, cell, raw, label_as_reported, section, value, unit_id, "
    "period_start, period_end, decimals, reason, candidates",
    "findings.csv": "code, severity, message, where",
    "ledger.csv": "line, column, start, end, token, class, fact_id, reason",
    "checks.csv": "check_id, rule, family, verdict, left, right, difference, tolerance, reason, inputs",
}


def written(out: Path, source: Report | None = None) -> dict[str, list[dict[str, str]]]:
    export(source or report(), TAXONOMY, out, {})
    found = {}
    for name in CONTRACT:
        with (out / name).open(encoding="utf-8", newline="") as stream:
            found[name] = list(csv.DictReader(stream, strict=True))
    return found


def test_columns_and_schema(tmp_path: Path) -> None:
    paths = export(report(), TAXONOMY, tmp_path, {})
    assert [p.name for p in paths] == [*CONTRACT, "schema.json"]
    schema = json.loads((tmp_path / "schema.json").read_text("utf-8"))
    assert schema["contract_version"] == "1.1"
    for name, columns in CONTRACT.items():
        head = (tmp_path / name).read_bytes().split(b"\r\n")[0].decode()
        assert head.split(",") == columns.split(", ")
        assert [column["name"] for column in schema["files"][name]["columns"]] == columns.split(", ")
        assert {column["type"] for column in schema["files"][name]["columns"]} <= schema["types"].keys()


def test_a_fact(tmp_path: Path) -> None:
    facts = written(tmp_path)["facts.csv"]
    made = report().facts[0]
    assert facts[0] == {
        "fact_id": made.fact_id, "series_id": made.series_id, "document_id": "sample", "entity_id": "cik:0000000042",
        "entity_name": "Lantern & Harbour <Holdings>", "concept_id": "fin:Revenues", "standard_concept": "us-gaap:Revenues",
        "label": "Standard Revenues", "printed_statement": "income_statement", "period_type": "duration",
        "period_start": "2023-04-01", "period_end": "2023-06-30", "fiscal_year": "2023", "fiscal_period": "Q2",
        "unit_id": "iso4217:CNY", "dimensions": "", "value": "3914316000", "value_low": "", "value_high": "", "value_text": "",
        "decimals": "-3", "approximate": "false", "basis": "gaap", "scenario": "actual", "origin": "reported",
        "filed_at": "2023-08-15", "locator": "1:9", "occurrences": "2",
    }  # fmt: skip
    assert len(facts) == len(report().facts)


def test_values_are_exact_plain_and_canonical(tmp_path: Path) -> None:
    found = written(tmp_path)
    values = [row["value"] for row in found["facts.csv"]]
    assert values[2:8] == ["12000", "7165584000.50", "3.40", "0.290", "0.12345678951", "9" * 35]
    by_line = {row["line"]: row for row in found["occurrences.csv"]}
    assert (by_line["4"]["printed_value"], by_line["4"]["value"], by_line["4"]["raw"]) == ("-12000", "12000", "'(12)"[1:])
    assert by_line["3"]["dimensions"] == "fin:TranslationAxis=fin:ConvenienceMember"
    assert by_line["15"]["value"] == "0"
    assert by_line["5"]["period_start"] == ""
    assert by_line["5"]["standard_concept"] == ""  # its map names another standard than the entity's
    target = next(row for row in found["facts.csv"] if row["scenario"] == "guidance")
    assert (target["value"], target["value_low"], target["value_high"]) == ("", "1000000000", "")


def test_a_date_stands_in_value_and_text(tmp_path: Path) -> None:
    found = written(tmp_path)
    row = next(row for row in found["occurrences.csv"] if row["line"] == "11")
    assert {k: row[k] for k in ("value", "value_text", "printed_value", "unit_id")} == {
        "value": "2023-09-22", "value_text": "2023-09-22", "printed_value": "", "unit_id": "",
    }  # fmt: skip
    fact = next(row for row in found["facts.csv"] if row["concept_id"] == "fin:PaymentDate")
    assert (fact["value"], fact["value_text"], fact["unit_id"]) == ("2023-09-22", "2023-09-22", "")


def test_what_has_no_concept_is_kept(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert len(found["occurrences.csv"]) == sum(1 for figure in figures() if figure.certain) < len(figures())
    assert [row["fact_id"] for row in found["occurrences.csv"] if row["line"] in {"13", "14"}] == [""]
    first, second = found["unresolved.csv"]
    assert first["value"] == "77000"
    assert first["candidates"] == "fin:Cash; fin:Costs"
    assert (first["unit_id"], first["period_start"], first["reason"]) == ("iso4217:CNY", "2023-04-01", "no alias")
    assert (second["value"], second["unit_id"], second["period_end"], second["raw"]) == ("-5", "", "", "-5")


def test_fiscal_labels_follow_the_entity(tmp_path: Path) -> None:
    facts = written(tmp_path, report(entity=replace(ENTITY, fiscal_year_end=(3, 31), accounting="ifrs-full")))["facts.csv"]
    assert (facts[0]["fiscal_year"], facts[0]["fiscal_period"]) == ("2024", "Q1")
    assert facts[0]["standard_concept"] == "ifrs-full:Revenue"
    calendar = written(tmp_path, report(entity=replace(ENTITY, fiscal_year_end=None, accounting="")))["facts.csv"]
    assert (calendar[0]["fiscal_year"], calendar[0]["fiscal_period"], calendar[0]["standard_concept"]) == ("2023", "Q2", "")


# --- the guard --------------------------------------------------------------------------------------


@given(st.text() | st.sampled_from(NASTY) | st.text(alphabet="'=+-@\t\r\n＝a1"))
def test_the_guard_is_undone_exactly(text: str) -> None:
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in set("=+-@\t\r\n＝＋－＠") or not text


def test_the_rule_in_schema_json_undoes_it(tmp_path: Path) -> None:
    """A user's script knows only schema.json."""
    labels = [figure(None, "1", line=n + 1, label=text, raw=text, reason=text) for n, text in enumerate(NASTY)]
    rows = written(tmp_path, report(labels))["occurrences.csv"]
    guard_rule = json.loads((tmp_path / "schema.json").read_text("utf-8"))["guard"]

    def undo(cell: str) -> str:
        return cell[1:] if cell.startswith("'") and re.match(guard_rule["pattern"], cell) else cell

    assert [undo(row["label_as_reported"]) for row in rows] == list(NASTY)
    assert [undo(row["raw"]) for row in rows] == list(NASTY)


@pytest.mark.parametrize(
    ("raw", "cell"),
    [("-5", "-5"), ("+1,234.50", "+1,234.50"), ("-2.2%", "-2.2%"), ("-.5", "-.5"), ("(12)", "(12)"), ("-", "'-"), ("-1+1", "'-1+1"),
     ("-RMB2.2", "'-RMB2.2"), ("=1", "'=1"), ("'-5", "''-5"), ("-5\n", "'-5\n"), ("—", "—"), ("-٣", "'-٣")],
)  # fmt: skip
def test_a_raw_that_is_a_number_is_not_guarded(tmp_path: Path, raw: str, cell: str) -> None:
    rows = written(tmp_path, report([figure("fin:Revenues", "1", raw=raw, label=raw)]))["occurrences.csv"]
    assert rows[0]["raw"] == cell
    assert rows[0]["label_as_reported"] == guard(raw)


def test_no_text_column_can_run(tmp_path: Path) -> None:
    """Hostile text everywhere a document or an entity file can put it."""
    for text in NASTY:
        entity = replace(ENTITY, name=text)
        source = report(
            [
                figure("fin:Revenues", "1", raw=text, label=text, section=(text,), qualifier=text, bound=text),
                figure(None, "1", reason=text),
            ],
            entity=entity,
        )  # fmt: skip
        for name, rows in written(tmp_path, source).items():
            for row in rows:
                bad = {k: v for k, v in row.items() if v and v[0] in "=+-@\t\r\n＝＋－＠" and k != "decimals"}
                assert not bad, (name, bad)


# --- the file ---------------------------------------------------------------------------------------


def test_rfc_4180_and_utf_8(tmp_path: Path) -> None:
    written(tmp_path, report([figure("fin:Revenues", "1", label='say "营业收入", twice')]))
    data = (tmp_path / "occurrences.csv").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 2
    assert data.endswith(b"\r\n")
    assert '"say ""营业收入"", twice"'.encode() in data


def test_pyarrow_reads_what_schema_json_says(tmp_path: Path) -> None:
    """Another program's reader, with the types of schema.json."""
    export(report(), TAXONOMY, tmp_path, {})
    schema = json.loads((tmp_path / "schema.json").read_text("utf-8"))
    kinds = {"integer": pa.int64(), "date": pa.date32(), "boolean": pa.bool_(), "decimal": pa.decimal128(38, 3)}
    for name in ("facts.csv", "occurrences.csv", "unresolved.csv"):
        types = {c["name"]: kinds.get(c["type"], pa.string()) for c in schema["files"][name]["columns"]}
        if name == "occurrences.csv":
            types["printed_value"] = pa.string()  # one figure here is wider than any decimal type
        options = arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=False)
        table = arrow_csv.read_csv(tmp_path / name, convert_options=options, parse_options=arrow_csv.ParseOptions(newlines_in_values=True))
        assert table.num_rows == len(written(tmp_path)[name])
