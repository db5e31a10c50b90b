"""Variants of a release whose truth is known: what is read must not depend on what was changed.

A :class:`Variant` is a text together with its truth rows; the original is one too. A *change* takes a
variant and returns another with text and truth moved together, so changes can be chained. Changes
that put other words or digits into a line are plans of :class:`Edit` carried out by
:func:`substitute`, which keeps track of where every figure of tables and prose stands; changes of the
layout move whole cells and lines and tell :func:`moved` where each cell went. Changes of the form
(HTML, markdown, line endings) come last.

Nothing here knows an issuer's figures; the words of a release that stand for its quarter, currency,
scale and names are in the constants below.
"""

from __future__ import annotations

import calendar
import html
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations, pairwise

Row = Mapping[str, str]
Cell = tuple[int, int]
Change = Callable[["Variant"], "Variant"]

SUFFIXES = {"text/plain": ".txt", "text/html": ".html", "text/markdown": ".md"}
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
FACTORS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}


@dataclass(frozen=True, slots=True)
class Variant:
    """A release and what it prints. ``truth_rows``: table cells; ``prose``: figures of the running text."""

    name: str
    text: str
    media: str
    truth_rows: tuple[Row, ...]
    same: tuple[Row, ...]
    prose: tuple[Row, ...] = ()

    @property
    def filename(self) -> str:
        return re.sub(r"\W+", "-", self.name) + SUFFIXES[self.media]

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one line: 1-based line, 0-based half-open columns."""

    line: int
    start: int
    end: int

    def meets(self, other: Span) -> bool:
        return self.line == other.line and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Put ``text`` in the place of a span. An edit lies inside a figure or outside, never across its end."""

    span: Span
    text: str


# --- where figures stand --------------------------------------------------------------------------


def cell_span(line: str, number: int, column: int) -> Span:
    """The place of a data column in a tab-separated row."""
    fields = line.split("\t")
    start = sum(len(field) + 1 for field in fields[:column])
    return Span(number, start, start + len(fields[column]))


def cell_spans(variant: Variant) -> list[Span]:
    """The place of each truth row of the tables, checked against its printed text."""
    lines, spans = variant.lines, []
    for row in variant.truth_rows:
        number = int(row["line"])
        span = cell_span(lines[number - 1], number, int(row["col"]))
        if lines[number - 1][span.start : span.end].strip() != row["raw"]:
            raise ValueError(f"truth row {row['line']}:{row['col']} says {row['raw']!r}, the text does not")
        spans.append(span)
    return spans


def prose_spans(variant: Variant) -> list[Span]:
    """The place of each truth row of the prose; the rows of a line stand in the order of the print."""
    lines, spans = variant.lines, []
    after: dict[int, int] = defaultdict(int)
    for row in variant.prose:
        number = int(row["line"])
        start = lines[number - 1].find(row["raw"], after[number])
        if start < 0:
            raise ValueError(f"line {number} does not hold {row['raw']!r} where its truth row says")
        after[number] = start + len(row["raw"])
        spans.append(Span(number, start, after[number]))
    return spans


def substitute(variant: Variant, plan: Iterable[Edit]) -> Variant:
    """Carry out a plan of edits; ``raw`` of every truth row follows the text."""
    by_line: dict[int, list[Edit]] = defaultdict(list)
    for edit in sorted(plan):
        by_line[edit.span.line].append(edit)
    lines = variant.lines
    table = [_follow(row, span, lines, by_line) for row, span in zip(variant.truth_rows, cell_spans(variant), strict=True)]
    prose = [_follow(row, span, lines, by_line) for row, span in zip(variant.prose, prose_spans(variant), strict=True)]
    for number, edits in by_line.items():
        line = lines[number - 1]
        for edit in reversed(edits):
            line = line[: edit.span.start] + edit.text + line[edit.span.end :]
        lines[number - 1] = line
    return replace(variant, text="\n".join(lines), truth_rows=tuple(table), prose=tuple(prose))


def _follow(row: Row, span: Span, lines: Sequence[str], by_line: Mapping[int, list[Edit]]) -> Row:
    raw, base = lines[span.line - 1][span.start : span.end], span.start
    for edit in reversed(by_line.get(span.line, [])):
        if span.start <= edit.span.start and edit.span.end <= span.end:
            raw = raw[: edit.span.start - base] + edit.text + raw[edit.span.end - base :]
    return {**row, "raw": raw.strip()}


def replace_words(variant: Variant, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], keep: Sequence[Span] = ()) -> Variant:
    """Replace each match in the text that does not meet a span of ``keep``."""
    kept: dict[int, list[Span]] = defaultdict(list)
    for span in keep:
        kept[span.line].append(span)
    plan = []
    for number, line in enumerate(variant.lines, 1):
        for match in pattern.finditer(line):
            span = Span(number, match.start(), match.end())
            if not any(span.meets(other) for other in kept[number]):
                plan.append(Edit(span, new(match)))
    return substitute(variant, plan)


def _cased(model: str, text: str) -> str:
    """``text`` in the letter case of ``model``: TWO WORDS, Two Words, Two words or two words."""
    if model.isupper():
        return text.upper()
    if model.istitle():
        return text.title()
    return text[0].upper() + text[1:] if model[0].isupper() else text


# --- other figures --------------------------------------------------------------------------------


def printed_value(raw: str, scale: str = "") -> Decimal:
    """The full-scale value of a printed figure, by its own scale word or by that of its table."""
    match = NUMBER.search(raw)
    if match is None:
        raise ValueError(f"no number in {raw!r}")
    value = Decimal(match[0].replace(",", ""))
    power = next((power for word, power in FACTORS.items() if word in raw or scale == word + "s"), 0)
    negative = "(" in raw or raw[: match.start()].endswith("-")
    return (-value if negative else value).scaleb(-2 if "%" in raw else power)


def plain(value: Decimal) -> str:
    """Plain notation, all printed digits kept, no exponent."""
    return f"{value:f}"


def _number_edit(span: Span, raw: str, number: str) -> Edit:
    match = NUMBER.search(raw)
    if match is None:
        raise ValueError(f"no number in {raw!r}")
    return Edit(Span(span.line, span.start + match.start(), span.start + match.end()), number)


def _with_number(raw: str, number: str) -> str:
    return NUMBER.sub(lambda _: number, raw, count=1)


def _same_shape(number: str, source: random.Random, taken: set[str]) -> str:
    """Another number with digits, commas and point at the same places."""
    while True:
        digits = [str(source.randrange(10)) if char.isdigit() else char for char in number]
        digits[0] = "0" if number.startswith("0.") else str(source.randrange(1, 10))
        new = "".join(digits)
        if new != number and new not in taken:
            if len(number) > 3:
                taken.add(new)
            return new


def _number(raw: str) -> str:
    match = NUMBER.search(raw)
    return match[0] if match else ""


def with_figures(variant: Variant, cells: Mapping[Cell, str], prose: Mapping[int, str]) -> Variant:
    """Put new numbers into table cells (by line, col) and prose figures (by index), and set their values.

    A prose figure that restates a cell takes its value from the cell, rounded to its own last digit.
    """
    plan, table = [], []
    for row, span in zip(variant.truth_rows, cell_spans(variant), strict=True):
        number = cells.get(_cell(row))
        if number is not None:
            plan.append(_number_edit(span, row["raw"], number))
            row = {**row, "value": plain(printed_value(_with_number(row["raw"], number), row["scale_printed"]))}
        table.append(row)
    values = {_cell(row): Decimal(row["value"]) for row in table}
    told = []
    for index, (row, span) in enumerate(zip(variant.prose, prose_spans(variant), strict=True)):
        number = prose.get(index)
        if row["duplicates_table_cells"]:
            number = _rounded(values[_restated(row)[0]], row["raw"])
        if number is not None:
            plan.append(_number_edit(span, row["raw"], number))
            row = {**row, "value": plain(printed_value(_with_number(row["raw"], number)))}
        told.append(row)
    return substitute(replace(variant, truth_rows=tuple(table), prose=tuple(told)), plan)


def _cell(row: Row) -> Cell:
    return int(row["line"]), int(row["col"])


def _restated(row: Row) -> list[Cell]:
    pairs = (pair.split(":") for pair in row["duplicates_table_cells"].split(";") if pair)
    return [(int(line), int(column)) for line, column in pairs]


def _rounded(value: Decimal, raw: str) -> str:
    """The number that a figure printed like ``raw`` shows for ``value``."""
    places = len(_number(raw).partition(".")[2])
    power = -2 if "%" in raw else next((power for word, power in FACTORS.items() if word in raw), 0)
    scaled = abs(value).scaleb(-power).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{scaled:,}" if "," in _number(raw) or scaled >= 1000 else f"{scaled}"


_VAGUE = re.compile(r"approximately|expected|around")
_FIXED = ("date", "CNY/USD", "HKD/USD")


def _prose_groups(variant: Variant) -> Iterator[list[int]]:
    """Indices of the prose figures that state one fact and restate no cell; the most exact one first."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, row in enumerate(variant.prose):
        if row["duplicates_table_cells"] or row["unit"] in _FIXED or row["raw"].startswith("12-"):
            continue
        qualifier = "; ".join(part for part in row["qualifier"].split("; ") if not _VAGUE.fullmatch(part))
        aspects = ("topic", "dimension", "unit", "period_start", "period_end")
        groups[(qualifier, *(row[aspect] for aspect in aspects))].append(index)
    for group in groups.values():
        yield sorted(group, key=lambda index: -int(variant.prose[index]["decimals"]))


def other_figures(variant: Variant) -> Variant:
    """Every figure another number of the same digit shape. Sums are destroyed; equal facts stay equal."""
    source, taken = random.Random("other figures"), set[str]()
    facts = {(int(row["line"]), int(row["col"])): row["fact"] for row in variant.same}
    new: dict[str, str] = {}
    cells: dict[Cell, str] = {}
    for row in variant.truth_rows:
        key = facts.get(_cell(row), f"alone {row['line']}:{row['col']}")
        if key not in new:
            new[key] = _same_shape(_number(row["raw"]), source, taken)
        cells[_cell(row)] = new[key]
    prose: dict[int, str] = {}
    for group in _prose_groups(variant):
        raw = variant.prose[group[0]]["raw"]
        prose[group[0]] = _same_shape(_number(raw), source, taken)
        value = printed_value(_with_number(raw, prose[group[0]]))
        prose |= {index: _rounded(value, variant.prose[index]["raw"]) for index in group[1:]}
    for low, high in pairwise(sorted(prose)):  # a range keeps its lower end first
        if variant.prose[low]["qualifier"].endswith(" low") and variant.prose[high]["qualifier"].endswith(" high"):
            prose[low], prose[high] = sorted((prose[low], prose[high]), key=Decimal)
    return with_figures(variant, cells, prose)


def tripled_amounts(variant: Variant) -> Variant:
    """Money and per-share amounts times three: every sum, margin and per-share relation of the tables holds."""

    def triple(row: Row) -> str:
        number = _number(row["raw"])
        places = len(number.partition(".")[2])
        value = (Decimal(number.replace(",", "")) * 3).quantize(Decimal(1).scaleb(-places))
        return f"{value:,}"

    money = ("CNY", "USD", "HKD")
    cells = {_cell(row): triple(row) for row in variant.truth_rows if row["unit"].split("/")[0] in money}
    prose = {
        index: triple(row)
        for index, row in enumerate(variant.prose)
        if row["unit"].split("/")[0] in money and row["unit"] not in _FIXED and not row["duplicates_table_cells"]
    }
    return with_figures(variant, cells, prose)


# --- other period ---------------------------------------------------------------------------------

_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_SHORT = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_QUARTERS = ("first", "second", "third", "fourth")
_DATE = r"(?P<month>" + "|".join(_MONTHS) + r"|(?:" + "|".join(_SHORT) + r")\.) (?P<day>\d{1,2})(?!\d)(?:, (?P<dated>\d{4}))?"
_YEAR = r"(?<![\d,.$-])(?P<year>20(?:1|2)\d)(?![\d-]|[,.]\d)"
_WORDS = r"(?P<quarter>first|second|third) quarter|(?P<half>first half|half-year)|(?P<long>six months)"
_CALENDAR = re.compile(rf"\b(?:{_DATE})|{_YEAR}|\b(?:{_WORDS})\b", re.IGNORECASE)


def later(day: date, months: int, years: int) -> date:
    """``day`` moved on; the last day of a month stays the last day of a month."""
    index = day.year * 12 + day.month - 1 + months + 12 * years
    last = calendar.monthrange(index // 12, index % 12 + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(index // 12, index % 12 + 1, last if is_last else min(day.day, last))


@dataclass(frozen=True, slots=True)
class Shift:
    """From the second quarter of a calendar year to a later quarter, ``years`` on. Year ends stay year ends."""

    quarter: int
    years: int

    @property
    def months(self) -> int:
        return 3 * (self.quarter - 2)

    def day(self, day: date) -> date:
        return later(day, 0 if (day.month, day.day) == (12, 31) else self.months, self.years)

    def period(self, start: str, end: str) -> tuple[str, str]:
        """A half-year grows to the months from January on; a whole year stays one; all else moves."""
        last = date.fromisoformat(end)
        if not start:
            return "", self.day(last).isoformat()
        first = date.fromisoformat(start)
        if (first.month, first.day) == (1, 1) and (last.month, last.day) != (3, 31):
            return later(first, 0, self.years).isoformat(), self.day(last).isoformat()
        return later(first, self.months, self.years).isoformat(), later(last, self.months, self.years).isoformat()

    def phrase(self, match: re.Match[str]) -> str:
        """The words of a date, a year or a period after the move."""
        if match["month"]:
            return self._date(match)
        if match["year"]:
            return str(int(match["year"]) + self.years)
        if match["quarter"]:
            moved = _QUARTERS[(_QUARTERS.index(match["quarter"].lower()) + self.quarter - 2) % 4]
            return _cased(match[0], f"{moved} quarter")
        if match["half"]:
            spans = {"first half": ("first nine months", "full year"), "half-year": ("nine-month period", "full year")}
            return _cased(match[0], spans[match["half"].lower()][self.quarter - 3])
        return _cased(match[0], ("nine months", "twelve months")[self.quarter - 3])

    def _date(self, match: re.Match[str]) -> str:
        word, short = match["month"].title(), match["month"].endswith(".")
        number = _SHORT[word[:-1]] if short else _MONTHS[word]
        moved = self.day(date(int(match["dated"] or 2023), number, int(match["day"])))
        name = calendar.month_abbr[moved.month] + "." if short else calendar.month_name[moved.month]
        return f"{name} {moved.day}" + (f", {moved.year}" if match["dated"] else "")


def shifted(shift: Shift) -> Change:
    """Years, quarter and the long period moved, in headers, in prose and in truth."""

    def change(variant: Variant) -> Variant:
        figures = [span for span, row in zip(prose_spans(variant), variant.prose, strict=True) if row["unit"] != "date"]
        moved = replace_words(variant, _CALENDAR, shift.phrase, [*cell_spans(variant), *figures])
        later_on = replace(
            moved,
            truth_rows=tuple(_shift_row(row, shift) for row in moved.truth_rows),
            prose=tuple(_shift_row(row, shift) for row in moved.prose),
        )
        return _rolled_on(later_on)

    return change


def _rolled_on(variant: Variant) -> Variant:
    """Cash at the beginning of a year is cash at the end of the year before: one fact where both are printed.

    Only a whole year prints both; no shorter period does.
    """
    ends, cells, joined = dict[tuple[str, str], Row](), dict[Cell, str](), dict[Cell, Cell]()
    for row in variant.truth_rows:
        if row["label"].endswith("end of period"):
            ends[row["unit"], row["period_end"]] = row
    for row in variant.truth_rows:
        end = ends.get((row["unit"], row["period_end"])) if row["label"].endswith("beginning of period") else None
        if end is not None:
            cells[_cell(row)] = _number(end["raw"])
            joined[_cell(row)] = _cell(end)
    facts = {_cell(row): row["fact"] for row in variant.same}
    same = tuple({**row, "fact": facts[joined.get(_cell(row), _cell(row))]} for row in variant.same)
    return with_figures(replace(variant, same=same), cells, {}) if cells else variant


def _shift_row(row: Row, shift: Shift) -> Row:
    start, end = shift.period(row["period_start"], row["period_end"])
    moved = {**row, "period_start": start, "period_end": end}
    if row.get("value_text"):
        moved["value_text"] = shift.day(date.fromisoformat(row["value_text"])).isoformat()
    return moved


# --- other currency, scale, issuer ----------------------------------------------------------------

_RENMINBI = re.compile(r"RMB(?=-?\d)|RMB|Renminbi")
_HONG_KONG = {"RMB": "HKD", "Renminbi": "Hong Kong dollars"}


def hong_kong_dollars(variant: Variant) -> Variant:
    """Renminbi become Hong Kong dollars: HK$ before figures, HKD elsewhere."""

    def word(match: re.Match[str]) -> str:
        return "HK$" if re.match(r"-?\d", match.string[match.end() :]) else _HONG_KONG[match[0]]

    def unit(row: Row) -> Row:
        return {**row, "unit": row["unit"].replace("CNY", "HKD")}

    moved = replace_words(variant, _RENMINBI, word)
    return replace(moved, truth_rows=tuple(map(unit, moved.truth_rows)), prose=tuple(map(unit, moved.prose)))


_SCALE_LINE = re.compile(r"\bin thousands\b", re.IGNORECASE)
_NEXT_WORD = {"thousand": "million", "million": "billion", "billion": "trillion"}


def in_millions(variant: Variant) -> Variant:
    """Tables in millions, prose amounts a thousand times as large; per-share amounts and counts untouched."""
    plan = [
        Edit(Span(number, match.start(), match.end()), match[0][: -len("thousands")] + "millions")
        for number, line in enumerate(variant.lines, 1)
        for match in _SCALE_LINE.finditer(line)
    ]
    for row, span in zip(variant.prose, prose_spans(variant), strict=True):
        word = re.search("thousand|million|billion", row["raw"])
        if row["unit"] in ("CNY", "USD", "HKD") and word:
            plan.append(Edit(Span(span.line, span.start + word.start(), span.start + word.end()), _NEXT_WORD[word[0]]))
    moved = substitute(variant, plan)
    table = [_thousandfold(row) if row["scale_printed"] == "thousands" else row for row in moved.truth_rows]
    prose = [_thousandfold(row) if row["unit"] in ("CNY", "USD", "HKD") else row for row in moved.prose]
    return replace(moved, truth_rows=tuple(table), prose=tuple(prose))


def _thousandfold(row: Row) -> Row:
    larger = {**row, "value": plain(Decimal(row["value"]) * 1000), "decimals": str(int(row["decimals"]) - 3)}
    return {**larger, "scale_printed": "millions"} if "scale_printed" in row else larger


#: Names of the founding issuer and its sample, and what an issuer that nobody knows is called instead.
ISSUER = {"Qifu Technology": "Norvana Lending", "qifu": "norvana", "QFIN": "NRVN", "3660": "9871", "360": "581"}


def renamed(names: Mapping[str, str]) -> Change:
    """Another company name, ticker and stock code, in headings, prose, row labels and truth."""
    alone = r"(?<![\d,.]){}(?!\d|[,.]\d)"  # a code is no part of a longer number
    pattern = re.compile("|".join(alone.format(name) if name.isdigit() else re.escape(name) for name in names), re.IGNORECASE)
    folded = {name.lower(): new for name, new in names.items()}

    def word(match: re.Match[str]) -> str:
        new = folded[match[0].lower()]
        return new.upper() if match[0].isupper() else new

    def change(variant: Variant) -> Variant:
        moved = replace_words(variant, pattern, word, [*cell_spans(variant), *prose_spans(variant)])
        rows = ({**row, **{key: pattern.sub(word, row[key]) for key in ("label", "section")}} for row in moved.truth_rows)
        return replace(moved, truth_rows=tuple(rows))

    return change


# --- other layout ---------------------------------------------------------------------------------

_HEADER_CELL = re.compile(r"(?:\w+ months|year|quarter) ended .*|[A-Z][a-z]+ \d{1,2}, \d{4}|\d{4}|RMB|USD|HKD|CNY|US\$|HK\$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a table under one header: line numbers of the header and of the rows, ``last`` inclusive."""

    headers: tuple[int, ...]
    last: int
    width: int


def is_header(line: str) -> bool:
    """Does the line hold nothing but periods, years and currencies, in tab-separated cells?"""
    cells = [cell.strip() for cell in line.split("\t")]
    return len(cells) > 1 and any(cells) and all(_HEADER_CELL.fullmatch(cell) for cell in cells if cell)


def tables(variant: Variant) -> list[list[Part]]:
    """The tables of a text. A later header that no title parts from the rows above begins a new part."""
    lines = variant.lines
    headers: list[list[int]] = []
    for number, line in enumerate(lines, 1):
        if is_header(line):
            if headers and headers[-1][-1] == number - 1:
                headers[-1].append(number)
            else:
                headers.append([number])
    found: list[list[Part]] = []
    for index, group in enumerate(headers):
        stop = headers[index + 1][0] if index + 1 < len(headers) else len(lines) + 1
        last = max(number for number in range(group[-1], stop) if "\t" in lines[number - 1])
        rows = (int(row["col"]) for row in variant.truth_rows if group[-1] < int(row["line"]) <= last)
        part = Part(tuple(group), last, max(rows))
        if found and not any(lines[number - 1].strip() for number in range(found[-1][-1].last + 1, group[0])):
            found[-1].append(part)
        else:
            found.append([part])
    return found


def header_cells(line: str, width: int) -> tuple[list[str], bool]:
    """The header cells over the data columns, and whether a cell over the labels is printed."""
    cells = line.split("\t")
    has_label = not cells[0] or len(cells) > width
    cells = cells[1:] if has_label else cells
    return (cells + [""] * width)[:width], has_label


def spread(cells: Sequence[str], spanning: bool) -> list[str]:
    """A spanned header repeated over each of its columns."""
    filled: list[str] = []
    for cell in cells:
        filled.append(cell or (filled[-1] if spanning and filled else ""))
    return filled


def moved(variant: Variant, cells: Mapping[Cell, Cell]) -> Variant:
    """Truth after cells went to other places: rows of tables, of ``same``, and what prose restates."""

    def place(row: Row) -> Row:
        line, column = cells.get(_cell(row), _cell(row))
        return {**row, "line": str(line), "col": str(column)}

    def restated(row: Row) -> Row:
        places = [cells.get(cell, cell) for cell in _restated(row)]
        lines = str(places[0][0]) if places else ""
        return {**row, "duplicates_table_line": lines, "duplicates_table_cells": ";".join(f"{a}:{b}" for a, b in places)}

    return replace(
        variant,
        truth_rows=tuple(sorted(map(place, variant.truth_rows), key=_cell)),
        same=tuple(sorted(map(place, variant.same), key=_cell)),
        prose=tuple(map(restated, variant.prose)),
    )


def columns(orders: Mapping[int, tuple[int, ...]]) -> Change:
    """Columns of each table in another order; ``orders[width]`` names the old column of each new one."""

    def change(variant: Variant) -> Variant:
        lines, places = variant.lines, dict[Cell, Cell]()
        for part in (part for table in tables(variant) for part in table):
            order = orders[part.width]
            for number in part.headers:
                lines[number - 1] = _reordered_header(lines[number - 1], order)
            for number in range(part.headers[-1] + 1, part.last + 1):
                label, *cells = lines[number - 1].split("\t")
                if cells:
                    cells = (cells + [""] * part.width)[: part.width]
                    lines[number - 1] = "\t".join([label, *(cells[old - 1] for old in order)])
                    places |= {(number, old): (number, new) for new, old in enumerate(order, 1)}
        return moved(replace(variant, text="\n".join(lines)), places)

    return change


def _reordered_header(line: str, order: Sequence[int]) -> str:
    cells, has_label = header_cells(line, len(order))
    spanning = "" in cells
    full = spread(cells, spanning)
    new = [full[old - 1] for old in order]
    if spanning:  # the text of a span stands in its first column only
        new = [cell if index == 0 or cell != new[index - 1] else "" for index, cell in enumerate(new)]
    return "\t".join(([""] if has_label else []) + new)


USD_FIRST = {3: (3, 1, 2), 6: (3, 1, 2, 6, 4, 5)}
LONG_PERIOD_FIRST = {3: (1, 2, 3), 6: (4, 5, 6, 1, 2, 3)}
PRIOR_YEAR_LAST = {3: (2, 3, 1), 6: (2, 3, 1, 5, 6, 4)}

#: Rows that must stay where they are: totals, results, what opens a part of a statement, what a bridge adds.
_ANCHOR = re.compile(
    r"total\b|net (?:income|cash|increase)|(?:other )?comprehensive|income (?:from|before)|non-gaap|gaap|add:|cash, cash"
    r"|credit driven|platform services",
    re.IGNORECASE,
)


def rows_reordered(variant: Variant) -> Variant:
    """Rows between two anchors of one section in reverse order, so that every row keeps its meaning."""
    label = {int(row["line"]): (row["label"], row["section"], row["statement"]) for row in variant.truth_rows}
    lines, places = variant.lines, dict[Cell, Cell]()
    for run in _movable_runs(label, lines):
        old = [lines[number - 1] for number in run]
        for target, source, text in zip(run, reversed(run), reversed(old), strict=True):
            lines[target - 1] = text
            places |= {(source, column): (target, column) for column in range(1, text.count("\t") + 1)}
    return moved(replace(variant, text="\n".join(lines)), places)


def _movable_runs(label: Mapping[int, tuple[str, str, str]], lines: Sequence[str]) -> Iterator[list[int]]:
    run: list[int] = []
    for number in range(min(label), max(label) + 2):
        text = lines[number - 1].strip() if number <= len(lines) else ""
        joins = number in label and not _ANCHOR.match(label[number][0])
        if run and ((text and not joins) or (joins and label[number][1:] != label[run[-1]][1:]) or number > max(label)):
            yield run
            run = []
        if joins:
            run.append(number)


_BULLET = re.compile(r"- ")
#: A statement that leans on the one before it, in its first words: it moves with it.
_LEANS = re.compile(r"- .{0,60}?\b(?:those|such|that|this|these|it)\b")


def sentences_reordered(variant: Variant) -> Variant:
    """Statements of a list in reverse order; one that leans on the statement before it stays behind that one."""
    lines, target = variant.lines, dict[int, int]()
    for run in _bullet_runs(lines):
        units: list[list[int]] = []
        for number in run:
            if units and _LEANS.match(lines[number - 1]):
                units[-1].append(number)
            else:
                units.append([number])
        target |= dict(zip((number for unit in reversed(units) for number in unit), run, strict=True))
    text = lines.copy()
    for source, number in target.items():
        text[number - 1] = lines[source - 1]
    rows = [{**row, "line": str(target.get(int(row["line"]), int(row["line"])))} for row in variant.prose]
    return replace(variant, text="\n".join(text), prose=tuple(sorted(rows, key=lambda row: int(row["line"]))))


def _bullet_runs(lines: Sequence[str]) -> Iterator[list[int]]:
    """The lines of each list, without a last one whose sentence goes on below."""
    run: list[int] = []
    for number, line in enumerate([*lines, ""], 1):
        if _BULLET.match(line):
            run.append(number)
        elif run:
            below = next((later for later in lines[number - 1 :] if later.strip()), "")
            yield run[:-1] if below[:1].islower() else run
            run = []


# --- other form -----------------------------------------------------------------------------------


def crlf(variant: Variant) -> Variant:
    """Line endings of Windows."""
    return replace(variant, text=variant.text.replace("\n", "\r\n"))


def _relined(variant: Variant, text: str, media: str, lines: Mapping[int, int], cells: Mapping[int, tuple[int, int]]) -> Variant:
    """Truth on the lines of a new form. ``cells``: line -> (table, row); the truth rows then name table, row and cell."""
    shift = 1 if media == "text/html" else 0  # HTML counts the label as a cell

    def table_row(row: Row) -> Row:
        table, number = cells[int(row["line"])]
        place = {"table": str(table), "row": str(number), "cell": str(int(row["col"]) + shift)}
        return {**row, "line": str(lines[int(row["line"])]), **place}

    def prose_row(row: Row) -> Row:
        places = ";".join(f"{lines[line]}:{column}" for line, column in _restated(row))
        return {
            **row,
            "line": str(lines[int(row["line"])]),
            "raw": row["raw"].replace("\\$", "$"),
            "duplicates_table_cells": places,
            "duplicates_table_line": places.partition(":")[0],
        }

    return Variant(
        variant.name,
        text,
        media,
        tuple(map(table_row, variant.truth_rows)),
        tuple({**row, "line": str(lines[int(row["line"])])} for row in variant.same),
        tuple(map(prose_row, variant.prose)),
    )


def _grid(variant: Variant, table: Sequence[Part]) -> Iterator[tuple[int, list[str]]]:
    """Each line of a table as label and cells; a blank line gives empty ones."""
    lines, width = variant.lines, max(part.width for part in table)
    headers = {number for part in table for number in part.headers}
    for number in range(table[0].headers[0], table[-1].last + 1):
        if number in headers:
            yield number, ["", *header_cells(lines[number - 1], width)[0]]
        else:
            yield number, (lines[number - 1].split("\t") + [""] * width)[: width + 1]


def as_html(spans: bool) -> Change:
    """A whole HTML document, a source line of it for each line of the text; with colspan or with empty cells."""

    def change(variant: Variant) -> Variant:
        out = ['<!DOCTYPE html><html><head><meta charset="utf-8"><title>Release</title></head><body>']
        lines, cells = dict[int, int](), dict[int, tuple[int, int]]()
        found = {table[0].headers[0]: table for table in tables(variant)}
        number, last = 1, len(variant.lines)
        while number <= last:
            if number in found:
                out.append("<table>")
                count = sum(start <= number for start in found)
                for row, (number, texts) in enumerate(_grid(variant, found[number]), 1):  # noqa: B020 - goes on behind the table
                    out.append(_html_row(texts, spans))
                    lines[number], cells[number] = len(out), (count, row)
                out.append("</table>")
            else:
                out.append(_html_paragraph(variant.lines[number - 1]))
                lines[number] = len(out)
            number += 1
        out.append("</body></html>")
        return _relined(variant, "\n".join(out) + "\n", "text/html", lines, cells)

    return change


def _html_row(texts: Sequence[str], spans: bool) -> str:
    cells, index = [], 0
    joins = not any(texts[1:]) or (not texts[0] and is_header("\t".join(texts)))  # a heading, or a spanned header
    while index < len(texts):
        size = 1
        if spans and joins and texts[index]:
            while index + size < len(texts) and not texts[index + size]:
                size += 1
        attribute = f' colspan="{size}"' if size > 1 else ""
        cells.append(f"<td{attribute}>{html.escape(texts[index], quote=False) or '&nbsp;'}</td>")
        index += size
    return "<tr>" + "".join(cells) + "</tr>"


def _html_paragraph(line: str) -> str:
    if not line.strip():
        return ""
    text = html.escape(line.replace("\\$", "$"), quote=False)
    text = re.sub(r"\^\{\*?(\d+)\}", r"<sup>\1</sup>", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"&lt;(https?://\S+?)&gt;", r'<a href="\1">\1</a>', text)
    return f"<p>{text}</p>"


def as_markdown(variant: Variant) -> Variant:
    """Tables as pipe tables whose head is the first header line; prose as it stands."""
    out: list[str] = []
    lines, cells = dict[int, int](), dict[int, tuple[int, int]]()
    found = {table[0].headers[0]: table for table in tables(variant)}
    number = 1
    while number <= len(variant.lines):
        if number in found:
            count = sum(start <= number for start in found)
            for row, (number, texts) in enumerate(_grid(variant, found[number]), 1):  # noqa: B020 - goes on behind the table
                out.append("| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |")
                lines[number], cells[number] = len(out), (count, row)
                if row == 1:
                    out.append("|" + " --- |" * len(texts))
        else:
            out.append(variant.lines[number - 1])
            lines[number] = len(out)
        number += 1
    shown = _relined(variant, "\n".join(out), "text/markdown", lines, cells)
    return replace(shown, text=shown.text.replace("\\$", "$"))


# --- all of them ----------------------------------------------------------------------------------

#: Changes by family, in the order in which they are chained. Of one family, one change at a time.
FAMILIES: Mapping[str, Mapping[str, Change]] = {
    "figures": {"other figures": other_figures, "tripled amounts": tripled_amounts},
    "scale": {"millions": in_millions},
    "columns": {
        "usd first": columns(USD_FIRST),
        "long period first": columns(LONG_PERIOD_FIRST),
        "prior year last": columns(PRIOR_YEAR_LAST),
    },
    "rows": {"rows reordered": rows_reordered},
    "sentences": {"sentences reordered": sentences_reordered},
    "period": {"third quarter 2025": shifted(Shift(3, 2)), "fourth quarter 2025": shifted(Shift(4, 2))},
    "currency": {"hong kong dollars": hong_kong_dollars},
    "issuer": {"renamed": renamed(ISSUER)},
    "form": {"html": as_html(spans=True), "html without colspan": as_html(spans=False), "markdown": as_markdown, "crlf": crlf},
}


def original(text: str, tables_truth: Sequence[Row], same: Sequence[Row], prose: Sequence[Row] = ()) -> Variant:
    """The release itself as a variant of nothing."""
    return Variant("original", text, "text/plain", tuple(tables_truth), tuple(same), tuple(prose))


def variants(
    text: str, tables_truth: Sequence[Row], same: Sequence[Row], prose: Sequence[Row] = (), *, pairs: bool = True
) -> Iterator[Variant]:
    """Each change alone, then (``pairs``) every two of different families, in a fixed order."""
    first = original(text, tables_truth, same, prose)
    changes = [(family, name, change) for family, members in FAMILIES.items() for name, change in members.items()]
    for _, name, change in changes:
        yield replace(change(first), name=name)
    if pairs:
        for (family, name, change), (other, second_name, second) in combinations(changes, 2):
            if family != other:
                yield replace(second(change(first)), name=f"{name} + {second_name}")
