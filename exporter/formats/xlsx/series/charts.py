"""The charts under Highlights: rows of that sheet over the quarters (or the years, where there are no quarters)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exporter.formats.xlsx import shapes
from exporter.formats.xlsx.series.design import Chart, ChartRow
from exporter.formats.xlsx.series.grid import FIXED, Line

if TYPE_CHECKING:
    from exporter.formats.xlsx.series.statement import StatementSheet

_WIDTH, _HEIGHT = 560, 280  # pixels
_ROWS = 16  # of the sheet, under a chart
_GREY = "#44546A"


def draw(page: StatementSheet, row: int, head: int) -> int:
    """Draw the charts from ``row`` on, two beside each other; ``head`` is the row of the fiscal periods. One without two
    figures to show is left out, as are all of them where issuers would share an axis. How many were drawn."""
    drawn = 0
    if len(page.series.entities) > 1:
        return drawn
    for chart in page.design.charts:
        for block in ("quarter", "year"):
            places = [at for at, column in enumerate(page.columns) if column.block == block]
            shown = [(wanted, at) for wanted in chart.rows if (at := _row(page, wanted, places)) >= 0]
            if shown:
                _draw(page, chart, shown, (places[0], places[-1]), (row + drawn // 2 * _ROWS, drawn % 2), head)
                drawn += 1
                break
    return drawn


def _row(page: StatementSheet, wanted: ChartRow, places: Sequence[int]) -> int:
    """The row of the sheet that shows what is wanted, if it has two figures or more in these columns; else -1."""
    for at, line in enumerate(page.page.lines, page.grid.head):
        if line.row.key.concept == wanted.concept and (line.ratio or "") == wanted.ratio:
            return at if sum(_has(page, line, place) for place in places) > 1 else -1
    return -1


def _has(page: StatementSheet, line: Line, place: int) -> bool:
    column = page.columns[place]
    period = page.grid.period(line.row, column)
    if period is None:
        return False
    if line.ratio is None:
        return (line.row.key, column.entity, period) in page.series.cells
    ratio = page.series.ratios.get((line.ratio, line.row.key, column.entity, period))
    return ratio is not None and ratio.value is not None


def _draw(
    page: StatementSheet, chart: Chart, shown: Sequence[tuple[ChartRow, int]], span: tuple[int, int], where: tuple[int, int], head: int
) -> None:
    layout, name, colours = page.design.layout, page.page.name, page.design.chart_colors
    made: Any = page.book.workbook.add_chart({"type": chart.kind})
    font = {"name": layout.styles["default"]["font"], "size": 9, "color": _GREY}
    first, last = FIXED + span[0], FIXED + span[1]
    for at, (_, row) in enumerate(shown):
        where_from = {"categories": [name, head, first, head, last], "values": [name, row, first, row, last]}
        made.add_series({"name": _name(page, row), **where_from, **_look(chart.kind, colours[at % len(colours)])})
    title = layout.pick(chart.title)
    made.set_title({"name": title, "name_font": {**font, "size": 11, "bold": True, "color": "#1F3864"}, "overlay": False})
    made.set_x_axis({"num_font": font, "line": {"color": "#9FB1CC"}, "major_tick_mark": "none", "label_position": "low"})
    number = "0%" if any(wanted.ratio for wanted, _ in shown) else "#,##0,,"
    made.set_y_axis({"num_font": font, "num_format": number, "major_gridlines": {"visible": True, "line": {"color": "#E3E8F0"}}})
    made.set_legend({"position": "bottom", "font": font})
    made.set_chartarea({"border": {"color": "#D5DCE8"}})
    made.set_size({"width": _WIDTH, "height": _HEIGHT})
    made.show_blanks_as("gap")
    text = f"{title}: {', '.join(_name(page, row) for _, row in shown)}; {page.columns[span[0]].label} – {page.columns[span[1]].label}"
    place = {"x_offset": 8 + where[1] * (_WIDTH + 16), "y_offset": 6, "object_position": 3, "description": shapes.clean(text)[:500]}
    page.sheet.insert_chart(where[0], 0, made, place)


def _name(page: StatementSheet, row: int) -> str:
    """What a row is called in a chart: a ratio with the name of its figure."""
    line = page.page.lines[row - page.grid.head]
    name = shapes.clean(page.texts.name(line.row.key))
    return f"{name}, {page.design.word(f'{line.ratio}_short')}" if line.ratio else name


def _look(kind: str, colour: str) -> dict[str, Any]:
    if kind == "line":
        return {"line": {"color": colour, "width": 2.25}, "marker": {"type": "circle", "size": 5, "fill": {"color": colour}}}
    return {"fill": {"color": colour}, "gap": 80, "overlap": -6}
