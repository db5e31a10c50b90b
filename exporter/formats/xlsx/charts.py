"""The charts of a sheet of metrics: columns, bars or lines over the cells of its rows, with a title and an alternative text."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.head import TOP
from exporter.formats.xlsx.layout import ChartSpec

if TYPE_CHECKING:
    from exporter.formats.xlsx.metrics import Line, MetricsSheet

_WIDTH, _HEIGHT = 470, 270  # pixels
_ROWS = 15  # of the sheet, under a chart
_MOST = 4  # series of a chart
_GREY = "#44546A"


def draw(page: MetricsSheet, row: int, first: int) -> None:
    """Draw the charts of a sheet under its rows, two beside each other; one without two figures to show is left out."""
    drawn = 0
    for spec in page.spec.charts:
        lines = [page.lines[name] for name in spec.rows if name in page.lines and page.lines[name].row >= 0]
        lines = [line for line in lines if line.unit == lines[0].unit]
        columns = page.block(lines)
        shown = [line for line in lines if sum(isinstance(line.values.get(at), Decimal) for at in columns) > 1][:_MOST]
        if not shown:
            continue
        chart = _chart(page, spec, shown, columns, first)
        title = page.layout.pick(spec.title)
        names = ", ".join(line.label for line in shown)
        periods = f"{page.name_of(page.periods[columns[0]])} – {page.name_of(page.periods[columns[-1]])}"
        text = page.layout.word("chart_text", title=title, rows=names, unit=shown[0].unit, periods=periods)
        place = {"x_offset": 8 + drawn % 2 * (_WIDTH + 16), "y_offset": 4, "object_position": 3, "description": shapes.clean(text)[:500]}
        page.sheet.insert_chart(row + drawn // 2 * _ROWS, 0, chart, place)
        drawn += 1
    if drawn:
        for at in range(row, row + -(-drawn // 2) * _ROWS):
            page.sheet.set_row(at, 15)


def _chart(page: MetricsSheet, spec: ChartSpec, lines: Sequence[Line], columns: Sequence[int], first: int) -> Any:
    chart = page.book.workbook.add_chart({"type": spec.kind})
    font = {"name": page.layout.styles["default"]["font"], "size": 9, "color": _GREY}
    number = _number(lines[0])
    for at, line in enumerate(lines):
        look = _look(spec.kind, page.layout.chart_colors[at % len(page.layout.chart_colors)], at)
        labels = {"value": True, "num_format": number, "font": {**font, "size": 8}} | look.pop("labels", {})
        chart.add_series(
            {
                "name": [page.name, line.row, 0],
                "categories": [page.name, TOP, first + columns[0], TOP, first + columns[-1]],
                "values": [page.name, line.row, first + columns[0], line.row, first + columns[-1]],
                "data_labels": labels,
                **look,
            }
        )
    title = {**font, "size": 11, "bold": True, "color": "#1F3864"}
    chart.set_title({"name": f"{page.layout.pick(spec.title)} ({lines[0].unit})", "name_font": title, "overlay": False})
    across = {"num_font": font, "line": {"color": "#9FB1CC"}, "major_tick_mark": "none", "label_position": "low"}
    grid = {"visible": True, "line": {"color": "#E3E8F0", "width": 0.75}}
    up = {"num_font": font, "num_format": number, "major_gridlines": grid, "line": {"none": True}}
    chart.set_x_axis(across)
    chart.set_y_axis(up)
    chart.set_legend({"none": True} if len(lines) == 1 else {"position": "bottom", "font": font})
    chart.set_chartarea({"border": {"color": "#D5DCE8"}})
    chart.set_size({"width": _WIDTH, "height": _HEIGHT})
    chart.show_blanks_as("span" if spec.kind == "line" else "gap")
    return chart


def _look(kind: str, colour: str, at: int) -> dict[str, Any]:
    """A series of one colour, the ``at``-th of its chart; of lines every other one has its figures below, lest they overlap."""
    if kind == "line":
        fill = {"color": colour}
        marker = {"type": "circle", "size": 6, "fill": fill, "border": fill}
        return {"line": {"color": colour, "width": 2.25}, "marker": marker, "labels": {"position": "below" if at % 2 else "above"}}
    return {"fill": {"color": colour}, "gap": 80, "overlap": -6}


def _number(line: Line) -> str:
    """The format of a chart's figures: as few digits as tell them apart."""
    if line.number:
        return "0.0%"
    values = [abs(value) for value in line.values.values() if isinstance(value, Decimal) and value]
    shown = min(values, default=Decimal(1)).scaleb(-line.scale)
    return "#,##0" + (".0" if shown < 100 else "") + "," * (line.scale // 3)
