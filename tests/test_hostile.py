"""Bad input: one clear line, the exit code, nothing half written, and the good sources kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import RELEASE, ROOT, Outcome, exporter, leftovers, rows, write

CHINESE = RELEASE.replace("Lantern inventory", "灯笼存货").replace("Restricted cash", "受限制现金")


def refused(done: Outcome, *named: str) -> None:
    """One line on standard error that names these, no traceback, exit code 1."""
    assert done.code == 1, done
    assert len(done.errors) == 1, done.err
    assert done.errors[0].startswith("error: ")
    for name in named:
        assert name in done.errors[0], done.errors[0]


# --- sources that cannot be read ------------------------------------------------------------------

UNREADABLE: dict[str, bytes] = {
    "empty.txt": b"",
    "blank.txt": b" \n\t\r\n\xef\xbb\xbf"[:5],
    "bom-only.txt": b"\xef\xbb\xbf",
    "zeros.txt": b"\0" * 5000,
    "noise.txt": bytes((i * 7919 + (i >> 3) * 104729) % 256 for i in range(20_000)),
    "report.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
    "book.xlsx": b"PK\x03\x04\x14\0\x06\0\x08\0" + b"\x93\x11" * 400,
    "program.txt": b"\x7fELF\x02\x01\x01" + b"\0" * 9 + bytes(range(256)) * 20,
    "half-utf16.txt": RELEASE.encode("utf-16")[:-1],
}


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_what_is_no_text_is_refused_by_name_and_the_others_are_kept(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, UNREADABLE[name])
    write(tmp_path, "lantern.txt")
    done = exporter("run", name, "lantern.txt", cwd=tmp_path)
    refused(done, name)
    assert len(rows(tmp_path / "out/lantern/occurrences.csv")) == 16
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["facts.duckdb", "lantern", "run_results.json"], "nothing of the refused one"
    assert not leftovers(tmp_path)


def test_a_missing_source_is_refused_by_name_and_the_others_are_kept(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    done = exporter("run", "gone.txt", "no/such/*.html", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    assert done.code == 1
    assert len(done.errors) == 2
    assert [sum(name in line for line in done.errors) for name in ("gone.txt", "no/such/*.html")] == [1, 1]
    assert (tmp_path / "out/lantern/facts.csv").is_file()


def test_only_missing_sources_write_nothing_but_that_they_are_missing(tmp_path: Path) -> None:
    refused(exporter("run", "gone.txt", cwd=tmp_path), "gone.txt")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["run_results.json"]


def test_an_empty_folder_and_empty_standard_input(tmp_path: Path) -> None:
    (tmp_path / "hollow").mkdir()
    refused(exporter("run", "hollow", cwd=tmp_path), "hollow")
    refused(exporter("run", "-", cwd=tmp_path), "stdin")


def test_a_source_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    write(tmp_path, "large.txt", RELEASE + "x" * 3000)
    write(tmp_path, "lantern.txt")
    done = exporter("run", "large.txt", "lantern.txt", "--max-size", "2KB", "--formats", "csv", cwd=tmp_path)
    refused(done, "large.txt")
    assert (tmp_path / "out/lantern").is_dir()
    refused(exporter("run", "-", "--max-size", "2KB", "--out", "o", cwd=tmp_path, text=RELEASE.encode() + b"x" * 3000), "stdin")


def test_the_size_limit_holds_for_a_sparse_giant(tmp_path: Path) -> None:
    with (tmp_path / "giant.txt").open("wb") as stream:
        stream.truncate(60 * 1024**2)
    refused(exporter("run", "giant.txt", cwd=tmp_path), "giant.txt", "--max-size")


def test_text_cut_inside_a_character_is_never_read_in_another_encoding(tmp_path: Path) -> None:
    data = CHINESE.encode()
    cut = data[: data.index("存".encode()) + 1]
    write(tmp_path, "cut.txt", cut)
    done = exporter("run", "cut.txt", "--formats", "csv", cwd=tmp_path)
    if done.code == 1:
        refused(done, "cut.txt")
        return
    labels = {row["label_as_reported"] for row in rows(tmp_path / "out/cut/occurrences.csv")}
    assert "受限制现金" in labels
    assert rows(tmp_path / "out/cut/findings.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_encodings_give_the_same_figures(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, "lantern.txt", CHINESE.encode(encoding))
    done = exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    figures = rows(tmp_path / "out/lantern/occurrences.csv")
    assert [row["value"] for row in figures if row["label_as_reported"] == "灯笼存货"] == ["77000", "88000"]
    assert {row["unit_id"] for row in figures} == {"iso4217:CNY"}


def test_windows_1252(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt", RELEASE.replace('"RMB"', "“RMB”").replace("Lantern inventory", "Café – stock").encode("cp1252"))
    assert exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path).code == 0
    figures = rows(tmp_path / "out/lantern/occurrences.csv")
    assert [row["value"] for row in figures if row["label_as_reported"] == "Café – stock"] == ["77000", "88000"]


def test_a_release_cut_in_the_middle_of_a_table_keeps_what_is_whole(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt", RELEASE[: RELEASE.index("1,788")])
    done = exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    assert done.code == 0
    figures = rows(tmp_path / "out/lantern/occurrences.csv")
    assert {row["raw"] for row in figures} == {"1,200", "1,450", "300", "250", "77", "88", "1,577"}


def test_prose_without_statements_says_so(tmp_path: Path) -> None:
    write(tmp_path, "prose.txt", "A letter to our friends.\n\nThere were 12 of us, in 2023, and it rained.\n")
    done = exporter("run", "prose.txt", "--formats", "csv", "--strict", cwd=tmp_path)
    assert done.code in (1, 3)
    assert "no statements found" in done.err.lower()
    assert "Traceback" not in done.err


# --- HTML -----------------------------------------------------------------------------------------


def page(body: str, head: str = "<!DOCTYPE html>") -> str:
    return f"{head}<html><body>{body}</body></html>"


def statement(rows_html: str, attributes: str = "") -> str:
    return (
        "<p>Lantern Harbour Holdings Inc. (NYSE: LNHB)</p><p>Unaudited Condensed Consolidated Balance Sheets</p>"
        '<p>(Amounts in thousands of Renminbi ("RMB"))</p>'
        f"<table {attributes}><tr><td></td><td>December 31, 2022</td><td>June 30, 2023</td></tr>"
        f"<tr><td></td><td>RMB</td><td>RMB</td></tr>{rows_html}</table>"
    )


ROW = "<tr><td>Cash and cash equivalents</td><td>1,200</td><td>1,450</td></tr>"


def run_page(folder: Path, text: str, seconds: int = 60) -> list[dict[str, str]]:
    write(folder, "page.html", text)
    begun = time.monotonic()
    done = exporter("run", "page.html", cwd=folder)
    assert time.monotonic() - begun < seconds
    assert done.code == 0, done
    assert "Traceback" not in done.err
    assert not leftovers(folder)
    return rows(folder / "out/page/occurrences.csv")


def test_a_statement_inside_layout_tables(tmp_path: Path) -> None:
    figures = run_page(tmp_path, page(f"<table><tr><td><table><tr><td>{statement(ROW)}</td></tr></table></td></tr></table>"))
    assert [row["value"] for row in figures] == ["1200000", "1450000"]


def test_tables_nested_two_thousand_deep(tmp_path: Path) -> None:
    write(tmp_path, "page.html", page("<table><tr><td>" * 2000 + "7" + statement(ROW)))
    done = exporter("run", "page.html", "--formats", "csv", cwd=tmp_path)
    assert done.code in (0, 1)
    assert "Traceback" not in done.err
    assert len(done.errors) <= 1


def test_a_hundred_thousand_cells(tmp_path: Path) -> None:
    body = "".join(f"<tr><td>Lantern {i}</td><td>{i + 1}</td><td>{i + 2}</td></tr>" for i in range(33_334))
    write(tmp_path, "page.html", page(statement(body)))
    begun = time.monotonic()
    done = exporter("run", "page.html", "--formats", "csv", cwd=tmp_path)
    assert time.monotonic() - begun < 60
    assert done.code == 0, done.err
    assert len(rows(tmp_path / "out/page/occurrences.csv")) == 66_668


@pytest.mark.parametrize("span", ["colspan", "rowspan"])
def test_a_span_of_a_billion(tmp_path: Path, span: str) -> None:
    body = f'{ROW}<tr><td {span}="999999999">Lantern</td><td>5</td><td {span}="-7">6</td></tr>'
    figures = run_page(tmp_path, page(statement(body)), 30)
    assert {"1200000", "1450000"} <= {row["value"] for row in figures}


def test_every_cell_spans_a_billion(tmp_path: Path) -> None:
    body = ROW + '<tr><td colspan="999999999" rowspan="999999999">x</td></tr>' * 300
    run_page(tmp_path, page(statement(body)), 30)


BOMB = "<!DOCTYPE html [" + '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)) + "]>"


def test_an_entity_bomb_does_not_go_off(tmp_path: Path) -> None:
    figures = run_page(tmp_path, page(f"<p>&a11;</p>{statement(ROW)}", BOMB), 20)
    assert [row["value"] for row in figures] == ["1200000", "1450000"]
    assert sum(path.stat().st_size for path in (tmp_path / "out/page").rglob("*") if path.is_file()) < 20_000_000


@pytest.mark.parametrize("head", ["", '<?xml version="1.0"?>'])
def test_external_entities_are_not_read(tmp_path: Path, head: str) -> None:
    secret = write(tmp_path, "secret.txt", "do-not-tell")
    doctype = f'{head}<!DOCTYPE html [<!ENTITY secret SYSTEM "{secret.as_uri()}"><!ENTITY % more SYSTEM "{secret.as_uri()}"> %more;]>'
    run_page(tmp_path, page(f"<p>&secret;</p>{statement(ROW.replace('equivalents', 'equivalents &secret;') + ROW)}", doctype))
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert b"do-not-tell" not in path.read_bytes(), path


def test_html_cut_in_the_middle_of_a_tag(tmp_path: Path) -> None:
    text = page(statement(ROW + ROW.replace("Cash and", "Lantern")))
    figures = run_page(tmp_path, text[: text.rindex("<td>1,450") + 3])
    assert {"1200000", "1450000"} <= {row["value"] for row in figures}


# --- headers that do not say enough, or too much --------------------------------------------------


def figures_of(folder: Path, text: str) -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    write(folder, "lantern.txt", text)
    done = exporter("run", "lantern.txt", "--formats", "csv", cwd=folder)
    assert done.code == 0, done
    made = folder / "out/lantern"
    return rows(made / "occurrences.csv"), rows(made / "unresolved.csv"), rows(made / "findings.csv")


def test_no_currency_is_never_a_currency(tmp_path: Path) -> None:
    text = RELEASE.replace('of Renminbi ("RMB")', "").replace("\tRMB\tRMB\n", "").replace("NYSE: LNHB", "Lantern")
    figures, unresolved, findings = figures_of(tmp_path, text)
    assert not [row for row in figures + unresolved if "iso4217" in row["unit_id"]]
    assert unresolved or findings, "the doubt is told"


def test_no_scale_line_takes_the_print_as_it_stands(tmp_path: Path) -> None:
    figures, unresolved, _ = figures_of(tmp_path, RELEASE.replace("(Amounts in thousands of Renminbi", "(Amounts of Renminbi"))
    values = {row["value"] for row in figures + unresolved if row["raw"] == "1,450"}
    assert values <= {"1450", ""}
    assert "1450000" not in {row["value"] for row in figures + unresolved}


def test_contradictory_headers_are_told_and_not_guessed(tmp_path: Path) -> None:
    text = RELEASE.replace("\tDecember 31, 2022\tJune 30, 2023", "\tJune 30, 2023\tJune 30, 2023").replace(
        "\tRMB\tRMB\nASSETS", "\tRMB in thousands\tRMB in millions\nASSETS"
    )
    figures, unresolved, findings = figures_of(tmp_path, text)
    assert findings or unresolved
    cash = {row["fact_id"] for row in figures if row["label_as_reported"] == "Cash and cash equivalents" and row["fact_id"]}
    assert len(cash) <= 1, "one series cannot have two values"


def test_a_currency_in_the_header_against_the_scale_line(tmp_path: Path) -> None:
    text = RELEASE.replace("\tRMB\tRMB\nASSETS", "\tUS$\tHK$\nASSETS")
    figures, _, _ = figures_of(tmp_path, text)
    units = {row["unit_id"] for row in figures if row["label_as_reported"] == "Cash and cash equivalents"}
    assert "iso4217:CNY" not in units, "the nearer header wins, or nothing is said"
    assert units <= {"iso4217:USD", "iso4217:HKD", ""}


# --- hostile text ---------------------------------------------------------------------------------


def test_control_characters_leave_every_output_well_formed(tmp_path: Path) -> None:
    import openpyxl
    from lxml import etree

    nasty = "Lan\x01tern\x0b \x1b[31m\x7f\x85\ufffe\u202e <b>&amp;]]> inv"
    write(tmp_path, "lantern.txt", RELEASE.replace("Lantern inv", nasty).replace("Lantern Harbour Holdings Inc.", f"Lantern{nasty} Inc."))
    done = exporter("run", "lantern.txt", cwd=tmp_path)
    assert done.code == 0, done
    made = tmp_path / "out/lantern"
    etree.parse(str(made / "lantern.xbrl"))
    openpyxl.load_workbook(made / "lantern.xlsx").close()
    assert sum(bool(row["table"]) for row in rows(made / "occurrences.csv")) == 16
    for path in made.rglob("*.x*"):
        if path.suffix in (".xml", ".xsd"):
            etree.parse(str(path))


@pytest.mark.parametrize("label", ['=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1+1"])
def test_a_label_is_never_a_formula(tmp_path: Path, label: str) -> None:
    import openpyxl

    write(tmp_path, "lantern.txt", RELEASE.replace("Lantern inventory", label.strip()))
    done = exporter("run", "lantern.txt", "--formats", "xlsx,csv", cwd=tmp_path)
    assert done.code == 0, done
    for path in (tmp_path / "out/lantern").glob("*.csv"):
        for row in rows(path):
            assert label.strip() not in row.values(), path.name
    book = openpyxl.load_workbook(tmp_path / "out/lantern/lantern.xlsx")
    held = [cell for sheet in book for line in sheet.iter_rows() for cell in line if str(cell.value or "").strip() == label.strip()]
    assert held
    assert all(cell.data_type == "s" for cell in held)
    book.close()


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "con", "a" * 300, "..", "x/y\\z:*?", "-rf"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "inner"
    write(inner, "lantern.txt")
    done = exporter("run", "lantern.txt", f"--id={name}", "--formats", "csv,xbrl", cwd=inner)
    assert done.code in (0, 2), done
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]
    assert not Path("/tmp/evil").exists()
    assert {path.name for path in inner.iterdir()} <= {"lantern.txt", "out"}


def test_a_name_with_a_newline_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, "two\nlines.txt", b"")
    refused(exporter("run", "two\nlines.txt", cwd=tmp_path), "two\\nlines.txt")


# --- taxonomy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("core.yaml", "taxonomy: {prefix: fin\nconcepts: ["),
        ("core.yaml", "- just\n- a list\n"),
        ("core.yaml", "taxonomy: {prefix: fin, namespace: 'https://example.org/x'}\nconcepts:\n  Revenues: {typ: monetary}\n"),
        ("core.yaml", b"\xff\xfe\x00\x01binary"),
        ("core.yaml", ""),
    ],
)
def test_a_broken_taxonomy_is_one_line_with_file_and_line(tmp_path: Path, name: str, text: str | bytes) -> None:
    write(tmp_path, f"words/{name}", text)
    write(tmp_path, "lantern.txt")
    for command in (["run", "lantern.txt"], ["taxonomy", "lint"]):
        refused(exporter(*command, "--taxonomy", "words", cwd=tmp_path), f"{name}:")
    assert not (tmp_path / "out").exists()


def test_an_empty_taxonomy_folder(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    write(tmp_path, "lantern.txt")
    refused(exporter("run", "lantern.txt", "--taxonomy", "words", cwd=tmp_path), "words")


# --- the store ------------------------------------------------------------------------------------


def test_a_locked_store_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    write(tmp_path, "other.txt", RELEASE.replace("1,450", "1,460"))
    exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    code = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out/facts.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        done = exporter("run", "other.txt", "--formats", "csv", cwd=tmp_path)
        reader = exporter("export", "--store", "out/facts.duckdb", "--out", "x", cwd=tmp_path)
        holder.stdin.close()
        holder.wait(10)
    refused(done, "facts.duckdb")
    refused(reader, "facts.duckdb")
    assert not (tmp_path / "out/other").exists()
    again = exporter("run", "other.txt", "--formats", "csv", cwd=tmp_path)
    assert again.code == 0
    assert len(rows(tmp_path / "out/other/occurrences.csv")) == 16


@pytest.mark.parametrize("kind", ["noise", "empty", "cut", "foreign", "folder"])
def test_a_damaged_store_is_told_and_left_alone(tmp_path: Path, kind: str) -> None:
    import duckdb

    write(tmp_path, "lantern.txt")
    store = tmp_path / "facts.duckdb"
    if kind == "noise":
        store.write_bytes(b"this is no database " * 500)
    elif kind == "empty":
        store.write_bytes(b"")
    elif kind == "folder":
        store.mkdir()
    elif kind == "foreign":
        duckdb.connect(str(store)).execute("CREATE TABLE fact (somebody INTEGER)").close()
    else:
        exporter("run", "lantern.txt", "--store", store, "--formats", "csv", "--out", "first", cwd=tmp_path)
        store.write_bytes(store.read_bytes()[: store.stat().st_size // 2])
    before = store.read_bytes() if store.is_file() else b""
    done = exporter("run", "lantern.txt", "--store", "facts.duckdb", "--formats", "csv", cwd=tmp_path)
    if kind == "empty" and done.code == 0:
        return  # an empty file may be taken as a store to begin
    refused(done, "facts.duckdb")
    assert (store.read_bytes() if store.is_file() else b"") == before
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    refused(exporter("export", "--store", "facts.duckdb", "--out", "x", cwd=tmp_path), "facts.duckdb")


def test_a_missing_store_is_told(tmp_path: Path) -> None:
    refused(exporter("export", "--store", "gone.duckdb", cwd=tmp_path), "gone.duckdb")
    assert not list(tmp_path.iterdir()), "looking for a store does not make one"


def test_a_store_in_the_place_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    write(tmp_path, "out", "I am a file")
    refused(exporter("run", "lantern.txt", cwd=tmp_path), "out")


def held_back(*arguments: object, cwd: Path) -> Outcome:
    """Root may write anywhere: the command runs without that privilege, so that a right to write is needed."""
    if not hasattr(os, "geteuid"):
        pytest.skip("no POSIX permissions here")
    if os.geteuid() != 0:
        return exporter(*arguments, cwd=cwd)
    if not shutil.which("setpriv"):
        pytest.skip("runs as root, and setpriv (util-linux) is not here to give that up")
    return exporter(*arguments, cwd=cwd, prefix=["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"])


def test_a_read_only_store(tmp_path: Path) -> None:
    write(tmp_path, "lantern.txt")
    write(tmp_path, "other.txt", RELEASE.replace("1,450", "1,460"))
    exporter("run", "lantern.txt", "--formats", "csv", cwd=tmp_path)
    store = tmp_path / "out/facts.duckdb"
    store.chmod(0o444)
    (tmp_path / "out").chmod(0o555)
    done = held_back("run", "other.txt", "--store", "out/facts.duckdb", "--out", "mine", "--formats", "csv", cwd=tmp_path)
    refused(done, "facts.duckdb")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["run_results.json"]
    reader = held_back("export", "--store", "out/facts.duckdb", "--out", "mine", "--formats", "csv", cwd=tmp_path)
    assert reader.code == 0, "reading needs no right to write"
    (tmp_path / "out").chmod(0o755)


def test_a_read_only_folder(tmp_path: Path) -> None:
    write(tmp_path, "closed/lantern.txt")
    (tmp_path / "closed").chmod(0o555)
    done = held_back("run", "lantern.txt", cwd=tmp_path / "closed")
    (tmp_path / "closed").chmod(0o755)
    refused(done, "out")
    assert [path.name for path in (tmp_path / "closed").iterdir()] == ["lantern.txt"]


# --- outputs --------------------------------------------------------------------------------------


def test_an_output_that_cannot_be_replaced(tmp_path: Path) -> None:
    """A workbook open in Excel cannot be replaced on Windows; a folder of its name does the same here."""
    write(tmp_path, "lantern.txt")
    write(tmp_path, "other.txt", RELEASE.replace("1,450", "1,460"))
    workbook = tmp_path / "out/lantern/lantern.xlsx"
    workbook.mkdir(parents=True)
    (workbook / "keep").touch()
    done = exporter("run", "lantern.txt", "other.txt", cwd=tmp_path)
    refused(done, "lantern.xlsx")
    assert (tmp_path / "out/other/other.xlsx").is_file(), "the other source is kept"
    assert not leftovers(tmp_path)
    shutil.rmtree(workbook)
    again = exporter("run", "lantern.txt", "other.txt", cwd=tmp_path)
    assert (again.code, again.err) == (0, "")
    assert workbook.is_file(), "what was missing is written by the next run"
    assert (tmp_path / "out/lantern/facts.csv").is_file()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("wait", [0.1, 0.3])
def test_a_killed_run_leaves_the_store_readable_and_a_rerun_completes_it(tmp_path: Path, wait: float) -> None:
    count = 60
    for number in range(count):
        write(tmp_path, f"in/r{number:02}.txt", RELEASE.replace("1,450", f"1,4{number:02}"))
    command = [sys.executable, "-m", "exporter", "run", "in", "--formats", "csv"]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 30
        while not (tmp_path / "out/facts.duckdb").exists() and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.01)
        time.sleep(wait)
        run.kill()
        run.wait()
    again = exporter("run", "in", "--formats", "csv", cwd=tmp_path)
    assert (again.code, again.err) == (0, "")
    assert len(list((tmp_path / "out").glob("r*/facts.csv"))) == count
    fresh = exporter("run", "in", "--formats", "csv", "--out", "fresh", cwd=tmp_path)
    assert fresh.code == 0
    for number in range(count):
        assert (tmp_path / f"out/r{number:02}/facts.csv").read_bytes() == (tmp_path / f"fresh/r{number:02}/facts.csv").read_bytes()
