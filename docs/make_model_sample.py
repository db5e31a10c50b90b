"""Makes templates/model-sample.xlsx, the model that shows how `exporter fill` is asked (docs/fill.md): same bytes every time.

    python docs/make_model_sample.py [TARGET]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

TARGET = Path(__file__).resolve().parents[1] / "templates" / "model-sample.xlsx"
#: Column of each period, and of the change between the two before it.
PERIODS = {2: "2022Q2", 3: "2023Q2", 5: "2022H1", 6: "2023H1"}
CHANGES = {4: (2, 3), 7: (5, 6)}
#: Label, unit, how the cells are asked for, and what for.
ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("Total net revenue", "CNY", "text", "fin:Revenues"),
    ("Operating costs and expenses", "CNY", "text", "fin:OperatingCostsAndExpenses"),
    ("Income from operations", "CNY", "text", "fin:OperatingIncome"),
    ("Operating margin", "%", "formula", "={c}8/{c}6"),
    ("Income before income tax", "CNY", "text", "fin:IncomeBeforeIncomeTax"),
    ("Income tax expense", "CNY", "text", "fin:IncomeTaxExpense"),
    ("Effective tax rate", "%", "formula", "={c}11/{c}10"),
    ("Net income", "CNY", "name", "fin.NetIncome"),
    ("Net margin", "%", "formula", "={c}13/{c}6"),
    ("Diluted earnings per ADS", "CNY/ADS", "note", "fin:EarningsPerAdsDiluted"),
)
FIRST, CHECK = 5, 16
NAVY, BLUE, GREY, LINE = "#1F3864", "#0000FF", "#595959", "#BFBFBF"


def main(target: Path) -> None:
    book = xlsxwriter.Workbook(str(target))
    book.set_properties({"title": "A model to be filled", "created": datetime(2000, 1, 1, tzinfo=UTC)})
    sheet = book.add_worksheet("Model")
    sheet.hide_gridlines(2)
    sheet.set_column("A:A", 31)
    sheet.set_column("B:B", 10)
    sheet.set_column("C:H", 13)
    sheet.freeze_panes(FIRST, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    head(book, sheet)
    for number, row in enumerate(ROWS):
        line(book, sheet, FIRST + number, *row)
    checks(book, sheet)
    chart(book, sheet)
    book.close()


def style(book: xlsxwriter.Workbook, **more: object) -> xlsxwriter.format.Format:
    return book.add_format({"font_name": "Calibri", "font_size": 11, "valign": "vcenter", **more})


def head(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.set_row(0, 26)
    sheet.write("A1", "Income model", style(book, bold=True, font_size=18, font_color=NAVY))
    told = "RMB in millions, earnings per ADS in RMB. Blue: from the release. Black: computed here."
    sheet.write("A2", told, style(book, font_color=GREY))
    sheet.write("A3", "Fill it with: exporter fill model-sample.xlsx --out FILLED.xlsx", style(book, font_color=GREY, italic=True))
    title = {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY}
    for column, text in enumerate(("", "Unit", "2022Q2", "2023Q2", "Change", "2022H1", "2023H1", "Change")):
        sheet.write(4, column, text, style(book, **title, align="left" if column < 2 else "right"))


def line(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, row: int, label: str, unit: str, how: str, what: str) -> None:
    total = how == "name" or label.startswith(("Total", "Income from"))
    look = {"bottom": 1 if total else 4, "bottom_color": LINE, "bold": total, "italic": how == "formula"}
    sheet.write(row, 0, label, style(book, **look, indent=0 if total else 1))
    sheet.write(row, 1, unit, style(book, **look, font_color=GREY))
    shown = {"CNY": "#,##0.0,,;(#,##0.0,,)", "%": "0.0%", "CNY/ADS": "0.00;(0.00)"}[unit]
    figure = style(book, **look, num_format=shown, align="right", font_color="#000000" if how == "formula" else BLUE)
    for column, period in PERIODS.items():
        if how == "text":
            sheet.write_string(row, column, f"{{{{{what} | {period} | {unit}}}}}", figure)
        elif how == "formula":
            text = what.format(c=xl_col_to_name(column))
            sheet.write_formula(row, column, f'=IFERROR({text[1:]},"")', figure, "")
        else:
            sheet.write_blank(row, column, None, figure)
            if how == "name":
                book.define_name(f"{what}_{period}_{unit}", f"=Model!{xl_rowcol_to_cell(row, column, True, True)}")
            else:
                note = f"{{{{{what} | {period} | {unit}}}}}"
                sheet.write_comment(row, column, note, {"author": "exporter", "x_scale": 2.2, "y_scale": 0.5})
    for column, (before, after) in CHANGES.items():
        old, new = (xl_rowcol_to_cell(row, place) for place in (before, after))
        points = unit == "%"
        change = style(book, **look, num_format='+0.0" pp";-0.0" pp"' if points else "+0.0%;-0.0%", align="right")
        sheet.write_formula(row, column, f'=IFERROR({f"({new}-{old})*100" if points else f"{new}/{old}-1"},"")', change, "")


def checks(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    look = {"font_color": GREY, "italic": True}
    sheet.write(CHECK, 0, "Check: revenue less costs", style(book, **look))
    sheet.write(CHECK + 1, 0, "Check: income less tax", style(book, **look))
    for column in PERIODS:
        c = xl_col_to_name(column)
        for row, formula in ((CHECK, f"{c}6-{c}7-{c}8"), (CHECK + 1, f"{c}10-{c}11-{c}13")):
            text = f'=IFERROR(IF(ABS({formula})<=1000,"agrees","differs"),"")'
            sheet.write_formula(row, column, text, style(book, **look, align="right"), "")
    bad = book.add_format({"font_color": "#C00000", "bold": True})
    sheet.conditional_format(CHECK, 2, CHECK + 1, 6, {"type": "cell", "criteria": "==", "value": '"differs"', "format": bad})


def chart(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    drawn = book.add_chart({"type": "column"})
    for row, colour in ((FIRST, NAVY), (FIRST + 7, "#8FAADC")):
        drawn.add_series(
            {
                "name": ["Model", row, 0], "categories": ["Model", 4, 2, 4, 3], "values": ["Model", row, 2, row, 3],
                "fill": {"color": colour}, "gap": 90, "data_labels": {"value": True, "num_format": "#,##0,,"},
            }
        )  # fmt: skip
    drawn.set_title({"name": "Revenue and net income, RMB in millions", "name_font": {"size": 12, "color": NAVY}})
    drawn.set_y_axis({"visible": False, "major_gridlines": {"visible": False}})
    drawn.set_legend({"position": "bottom"})
    drawn.set_size({"width": 620, "height": 280})
    sheet.insert_chart(CHECK + 3, 0, drawn, {"description": "Columns of total net revenue and net income in the two quarters."})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
