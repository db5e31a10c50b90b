"""What stands above a table: its title, its scale line, a heading that gives the span of time; and
what a bare ``$`` means in the whole document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from exporter.ingest.document import Document, Paragraph, TableBlock
from exporter.ingest.lexicon import Lexicon, Scale, canon
from exporter.ingest.periods import Said, read_header

_BACK = 14
_ADJACENT = 3
_FAR = 90
_TITLE = 160
_SENTENCE = 400
_FULL_STOP = re.compile(r"\b\w{4,}\. ")
_FAR_KINDS = frozenset(("income_statement", "balance_sheet", "cash_flow", "comprehensive_income", "non_gaap"))


@dataclass(frozen=True, slots=True)
class Above:
    """The context of one table. ``statement`` "" where no title names one; ``fresh``: there was a
    title, a heading or a scale line between this table and the one before; ``intro``: the sentence
    that introduces the table and ends in a colon; ``adjacent_scale``: a scale line right above it;
    ``part``: a title that speaks of a part of the company, or of what is only supposed."""

    title: str
    statement: str
    scale: Scale | None
    heading: Said | None
    fresh: bool
    intro: str = ""
    adjacent_scale: Scale | None = None
    part: str = ""


def above(document: Document, index: int, lexicon: Lexicon) -> Above:
    """Reads the paragraphs between a table (block ``index``) and the table before it."""
    near: list[Paragraph] = []
    for block in reversed(document.blocks[max(0, index - _FAR) : index]):
        if isinstance(block, TableBlock):
            break
        near.append(block)
    title, statement, stop = _title(near, lexicon)
    scale = _scale([block for block in near[: stop + 1] if len(block.text) < _SENTENCE], lexicon)
    if scale is None and len(near) > stop + 1 and near[stop + 1].text.strip()[:1] in ("(", "（"):
        scale = lexicon.scale(near[stop + 1].text)  # a bracket right above the title
    if scale is None:
        scale = _whole(near[: stop + 1], lexicon)
    heading = _span(near[:4], lexicon, statement)
    fresh = bool(statement or scale or heading) or any(block.heading for block in near)
    intro = next((block.text for block in near[:2] if block.text.rstrip().endswith((":", "："))), "")
    part = _partial((title, *(line for block in near[: min(stop, _ADJACENT) + 1] for line in block.text.split("\n"))), lexicon)
    return Above(title, statement, scale, heading, fresh, intro, _scale(near[:_ADJACENT], lexicon), part)


def _partial(lines: Iterable[str], lexicon: Lexicon) -> str:
    return next((line.strip("#* ") for line in lines if _reads_like_title(line) and lexicon.partial.search(canon(line))), "")


def _title(near: list[Paragraph], lexicon: Lexicon) -> tuple[str, str, int]:
    """The nearest line that reads like a title and names a statement (further up only a statement proper);
    else the nearest short line. With it, how many paragraphs up it stands."""
    for at, block in enumerate(near):
        if len(block.text) > _SENTENCE:
            break
        for line in reversed(block.text.split("\n")):
            statement = lexicon.statement_of(line) if _reads_like_title(line) else ""
            if statement and (at < _BACK or statement in _FAR_KINDS):
                return line.strip("# "), statement, at
    for at, block in enumerate(near[:4]):
        line = block.text.split("\n")[0]
        if _reads_like_title(line) and lexicon.scale(line) is None:
            return line, "", max(at, 3)
    return "", "", 3


def _reads_like_title(line: str) -> bool:
    """No sentence: short, begins like a name, no full stop or colon at its end."""
    text = line.strip("#* ")
    return 0 < len(text) <= _TITLE and not text[0].islower() and text[-1] not in ".:;," and text[0] != "(" and not _FULL_STOP.search(text)


def _scale(near: list[Paragraph], lexicon: Lexicon) -> Scale | None:
    """The scale line nearest to the table; a bracket that spans two lines is read as one."""
    for at, block in enumerate(near):
        text = block.text.replace("\n", " ")
        if lexicon.scale(text) is None:
            continue
        below = [b.text for b in reversed(near[max(0, at - 2) : at])]
        if text.count("(") > text.count(")"):
            text = " ".join((text, *below))
        return lexicon.scale(text)
    return None


def _whole(near: list[Paragraph], lexicon: Lexicon) -> Scale | None:
    """A line such as "(Expressed in U.S. dollars)" that names a currency and no scale: whole units."""
    for block in near:
        text = canon(block.text)
        found = lexicon.scale_whole.search(text) if len(text) <= _TITLE else None
        if found and not lexicon.scale_word.search(text):
            return Scale(0, 0, lexicon.currencies_in(text), block.text)
    return None


def _span(near: list[Paragraph], lexicon: Lexicon, statement: str) -> Said | None:
    """A heading that says nothing but a span of time, e.g. "Nine Months Ended", or a title that ends with
    one; over balances, a day."""
    for line in (line for block in near for line in reversed(block.text.split("\n"))):
        if len(line) > _TITLE:
            continue
        cut = lexicon.titled_span.search(canon(line)) if lexicon.statement_of(line) else None
        said = read_header(canon(line)[cut.start() :] if cut else line, lexicon)
        if said.rest or said.currency:
            continue
        if said.months or said.weeks or (said.day and statement == "balance_sheet"):
            return said
    return None


def running_text(document: Document) -> list[tuple[Paragraph, str]]:
    """The paragraphs of a document, each with its text in the form in which patterns of the lexicon are matched."""
    return [(block, text) for block in document.blocks if isinstance(block, Paragraph) and (text := canon(block.text))]


def bare_signs(text: str, printed: set[str], lexicon: Lexicon) -> dict[str, str]:
    """Which currency each bare sign that is ``printed`` in tables stands for here, by the running ``text``; signs that
    stay open are left out."""
    if printed.isdisjoint(lexicon.bare):
        return {}

    def named(code: str) -> bool:
        return lexicon.currency_of[code].within(text)

    def rival(code: str) -> bool:
        return lexicon.reported_in[code].within(text)

    return {
        sign: rule.currency
        for sign, rule in lexicon.bare.items()
        if sign in printed and not any(rival(code) for code in rule.rivals) and (rule.cues.search(text) or named(rule.currency))
    }
