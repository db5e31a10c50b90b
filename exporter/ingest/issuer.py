"""Who reports, and when it was filed: from the dateline and the entity files of the taxonomy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from exporter.errors import Issue
from exporter.ingest.document import Document, Paragraph, TableBlock
from exporter.ingest.lexicon import Lexicon, canon
from exporter.model import Entity
from exporter.values import fold, squash

_LISTING = re.compile(r"(?P<name>[A-Za-z0-9][^()\n]{1,120}?)\s*\((?P<listing>[^()]{2,80}:\s*[A-Z0-9.]{1,10}[^()]{0,60})\)")
_TICKER = re.compile(r"(?P<exchange>[A-Za-z][A-Za-z .]{1,40}?)\s*:\s*[\"“]?(?P<ticker>[A-Z0-9.]{1,10})\b")
_SHORT = re.compile(r"\(\s*(?:collectively,? |together,? |hereinafter |the )?[\"“](?P<short>[^\"”]{2,60})[\"”](?:[^()]{0,60})\)")
_DATELINE_CUT = re.compile(r"(?:--|[—–]|-{1,2}\s|/PRNewswire/|\)\s*[-—–]|\d{4}\s*[/(])")
_HEADLINE = re.compile(
    r"(?P<name>[A-Z][\w&.,'’ -]{1,80}?),? (?:Announces|Reports|Releases|ANNOUNCES|REPORTS|to Announce)\b"
)
_CHINESE_NAME = re.compile(r"[\u4e00-\u9fff·]{2,20}?(?:股份有限公司|有限公司)")
_HEADLINES = 12
_LONGEST_NAME = 10
_HEADER_ROWS = 6
_FIRST = 80
_NEAR = 160


@dataclass(frozen=True, slots=True)
class Issuer:
    """The entity of a document, its dateline date, and what is to be said about them."""

    entity: Entity
    filed: date | None
    issues: tuple[Issue, ...]


def find_issuer(document: Document, entities: Mapping[str, Entity], lexicon: Lexicon, forced: str = "") -> Issuer:
    """The entity of a document and its dateline date.

    ``forced`` is an entity ID that overrides recognition; one without a file is taken as it is.
    """
    opening = [block for block in document.blocks if isinstance(block, Paragraph)][:_FIRST]
    listing = next((found for block in opening if (found := _listing(block, lexicon))), None)
    filed = _filed(opening, listing, lexicon, _header_days(document, lexicon))
    if forced:
        known = entities.get(forced)
        return Issuer(known or Entity(forced, listing.name if listing else forced, listing.names if listing else ()), filed, ())
    recognised = _recognise(entities, opening, listing)
    if recognised is not None:
        names = tuple(dict.fromkeys((*recognised.names, *(listing.names if listing else ()))))
        return Issuer(replace(recognised, names=names), filed, ())
    if listing is not None:
        entity = Entity(f"as-printed:{listing.identifier}", listing.name, listing.names, dict(listing.tickers))
        where = f"{listing.line}:1"
        return Issuer(entity, filed, (_no_file(entity, where),))
    name = _titled(opening) or _legal_name(opening, lexicon) or "unknown issuer"
    entity = Entity(f"as-printed:{fold(name).replace(' ', '-')[:60] or 'unknown'}", name)
    return Issuer(entity, filed, (_no_file(entity, document.name),))


def _no_file(entity: Entity, where: str) -> Issue:
    return Issue(
        "issuer-without-file",
        f"issuer {entity.name!r} has no entity file and is kept as {entity.id}; to give it a lasting ID add "
        "taxonomy/entities/<name>.yaml (see docs/taxonomy.md) or pass --entity",
        where,
        "info",
    )


@dataclass(frozen=True, slots=True)
class _Listing:
    name: str
    names: tuple[str, ...]
    tickers: tuple[tuple[str, str], ...]
    line: int
    paragraph: Paragraph
    at: int

    @property
    def identifier(self) -> str:
        exchange, ticker = self.tickers[0]
        return f"{exchange}-{ticker}"


def _listing(block: Paragraph, lexicon: Lexicon) -> _Listing | None:
    text = squash(block.text)
    for match in _LISTING.finditer(text):
        tickers = tuple(
            (lexicon.raw["exchanges"][name], found["ticker"])
            for found in _TICKER.finditer(match["listing"])
            if (name := found["exchange"].strip().lower()) in lexicon.raw["exchanges"]
        )
        if not tickers:
            continue
        name = _clean_name(match["name"])
        if name:
            tail = text[match.end() : match.end() + 200]
            short = _SHORT.match(tail.strip(" ,")) if tail else None
            names = (name, *_shorts(short)) if short else (name,)
            return _Listing(name, names, tickers, block.line, block, match.start())
    return None


def _shorts(match: re.Match[str]) -> tuple[str, ...]:
    quoted = re.findall(r"[\"“]([^\"”]{2,60})[\"”]", match[0])
    return tuple(name.strip(" ,.") for name in quoted if not name.lower().startswith(("the ", "we", "our", "us", "company")))


def _clean_name(text: str) -> str:
    """The name at the end of the text before a listing: what follows the dateline's last dash."""
    tail = _DATELINE_CUT.split(text)[-1]
    words = squash(tail).strip(" -–—,:;").split()
    while len(words) > 1 and words[0].islower():
        words = words[1:]
    return " ".join(words[-10:])


def _recognise(entities: Mapping[str, Entity], opening: list[Paragraph], listing: _Listing | None) -> Entity | None:
    if listing is not None:
        for entity in entities.values():
            if any(entity.identifiers.get(exchange, "").upper() == ticker for exchange, ticker in listing.tickers):
                return entity
    named = {entity.id: [fold(name) for name in (entity.name, *entity.names)] for entity in entities.values()}
    if listing is not None:
        # A release names its partners too: a name counts only where it is the listed one.
        listed = fold(listing.name)
        named = {key: names for key, names in named.items() if listed in names}
    text = f" {fold(' '.join(block.text for block in opening))} " if named else ""
    hits = [key for key, names in named.items() if any(f" {name} " in text for name in names)]
    return entities[hits[0]] if len(hits) == 1 else None


def _legal_name(opening: list[Paragraph], lexicon: Lexicon) -> str:
    """A line that begins with a company's full name: capital words up to its legal form, "X Holdings Limited"."""
    forms = set(lexicon.raw["legal_forms"]) - set(lexicon.raw["loose_forms"])
    for block in opening[:_HEADLINES]:
        text = squash(block.text)
        chinese = _CHINESE_NAME.match(text)
        if chinese:
            return chinese[0]
        words = text.split()[:_LONGEST_NAME]
        ends = [n for n, word in enumerate(words, 1) if n > 1 and word.replace(".", "").strip(",:;()").casefold() in forms]
        name = words[: ends[0]] if ends else []
        if name and all(word[0].isupper() or word[0] in "&(0123456789" or word in ("of", "and", "de") for word in name[:-1]):
            return " ".join(name).strip(" ,:;")
    return ""


def _titled(opening: list[Paragraph]) -> str:
    """The name in a headline such as "X Announces Second Quarter Results"."""
    for block in opening[:20]:
        match = _HEADLINE.match(squash(block.text))
        if match:
            return match["name"].strip(" ,")
    return ""


def _header_days(document: Document, lexicon: Lexicon) -> set[date | None]:
    """The days that head columns: a line that is one of them heads a table, too."""
    tables = (block for block in document.blocks if isinstance(block, TableBlock))
    texts = {cell.text for table in tables for row in table.rows[:_HEADER_ROWS] for cell in row.cells if 7 < len(cell.text) < _NEAR}
    found = (lexicon.date.search(canon(text)) for text in texts)
    return {lexicon.to_date(match) for match in found if match}


def _filed(opening: list[Paragraph], listing: _Listing | None, lexicon: Lexicon, header_days: set[date | None]) -> date | None:
    """The date of the dateline: in the listing's paragraph before the name, in the lines right above
    it, or a line that is a date and nothing else."""
    if listing is not None:
        head = canon(squash(listing.paragraph.text)[: listing.at + _NEAR])
        for dated in lexicon.date.finditer(head):
            if dated.start() < _NEAR:
                return lexicon.to_date(dated)
    for block in opening:
        plain = canon(block.text)
        match = lexicon.date.search(plain)
        if match and len(plain) - len(match[0]) < 4 and lexicon.to_date(match) not in header_days:
            return lexicon.to_date(match)
    for block in opening:
        plain = canon(block.text)
        match = lexicon.date.search(plain[:_NEAR])
        if match and _DATELINE_CUT.search(plain[match.end() : match.end() + 40]):
            return lexicon.to_date(match)
    return None
