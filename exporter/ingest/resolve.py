"""From bytes to a report: the only module that names all the stages of reading, in their order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from exporter.collector import held_back
from exporter.errors import Issue
from exporter.ingest.context import bare_signs
from exporter.ingest.document import read as read_document
from exporter.ingest.figures import TableContext
from exporter.ingest.issuer import find_issuer
from exporter.ingest.join import join
from exporter.ingest.ledger import entries
from exporter.ingest.lexicon import Lexicon, canon, lexicon_of
from exporter.ingest.match import AliasIndex, Matcher
from exporter.ingest.prose import read_prose
from exporter.ingest.prose_grammar import grammar_of
from exporter.ingest.prose_parts import DENIED
from exporter.ingest.prose_places import Running
from exporter.ingest.tables import Dates, printed, read_tables
from exporter.model import Definition, DocumentInfo, Observation, Period, Report, Taxonomy

#: Part of every extraction's key in the store: raise it whenever reading changes what is read.
EXTRACTOR_VERSION = "5"
_INDEXES: dict[str, AliasIndex] = {}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a caller may settle beforehand. ``document_id``: the readable name in the store."""

    document_id: str = ""
    entity: str = ""
    filed_at: str = ""


@held_back()
def read_report(data: bytes, name: str, taxonomy: Taxonomy, options: ReadOptions | None = None) -> Report:
    """Reads one release. Pure: equal arguments give an equal report.

    Raises DocumentError where the source is no text at all; every doubt about a readable one is a
    finding of the report.
    """
    options = options or ReadOptions()
    lexicon = lexicon_of(taxonomy)
    document = read_document(data, name, lexicon.heads_table, lexicon.head_places)
    issuer = find_issuer(document, taxonomy.entities, lexicon, options.entity)
    findings = list(issuer.issues)
    matcher = Matcher(_index(taxonomy, lexicon), issuer.entity, lexicon)
    filed_at, filed_source = _filed_at(options.filed_at, issuer.filed)
    dates = Dates(issuer.entity.fiscal_year_end, date.fromisoformat(filed_at) if filed_at else None)
    tables = read_tables(document, taxonomy, matcher, lexicon, dates, findings)
    focus = _focus(tables.observations)
    running = Running(document)
    said: list[Observation] = []
    definitions: tuple[Definition, ...] = ()
    if tables.base and focus:
        said, definitions = _prose(tables.base, tables.observations, matcher, focus, running)
    observations, place = _in_order(tables.observations, said)
    digest = hashlib.sha256(data).hexdigest()
    observations, fact_ids, facts, issues = join(observations, issuer.entity.id, digest[:32])
    observations = [
        o._replace(candidates=matcher.candidates(o.label)) if o.concept is None and o.certain else o for o in observations
    ]
    findings.extend(issues)
    findings.extend(Issue("far-from-table", f"{o.raw}: {o.reason}", o.place.locator) for o in observations if o.reason == DENIED)
    if not filed_at:
        findings.append(Issue("no-filing-date", "no dateline was found; pass --filed-at YYYY-MM-DD", name, "info"))
    info = DocumentInfo(
        digest[:32],
        options.document_id,
        document.media,
        document.encoding,
        digest,
        document.text,
        filed_at,
        filed_source,
        extractor_version(options),
        taxonomy.hash,
    )
    ledger = entries(document, running, observations, fact_ids, facts, grammar_of(taxonomy))
    kept = (tuple(observations), fact_ids, facts, printed(tables.parts, place), tuple(findings))
    return Report(info, issuer.entity, focus, *kept, ledger=ledger, definitions=definitions)


def extractor_version(options: ReadOptions) -> str:
    """What the store compares before it reads a source anew: the reader, and what it was told."""
    told = [f"entity={options.entity}"] * bool(options.entity) + [f"filed_at={options.filed_at}"] * bool(options.filed_at)
    return " ".join((EXTRACTOR_VERSION, *told))


def _index(taxonomy: Taxonomy, lexicon: Lexicon) -> AliasIndex:
    if taxonomy.hash not in _INDEXES:
        _INDEXES.clear()
        _INDEXES[taxonomy.hash] = AliasIndex(taxonomy, lexicon)
    return _INDEXES[taxonomy.hash]


def _filed_at(given: str, printed: date | None) -> tuple[str, str]:
    if given:
        return given, "option"
    return (printed.isoformat(), "dateline") if printed else ("", "")


def _prose(
    base: TableContext, seen: Sequence[Observation], matcher: Matcher, focus: Period, running: Running
) -> tuple[list[Observation], tuple[Definition, ...]]:
    """The figures of running text, and what its footnotes define. ``seen``: the figures of the tables; ``focus``: the
    period that they are about."""
    document, lexicon = base.document, base.lexicon
    open_signs = {sign for sign in lexicon.bare if sign in document.text} - set(base.signs)
    named = canon(document.text) if open_signs else ""
    open_signs = {s for s in open_signs if not any(lexicon.currency_of[rival].within(named) for rival in lexicon.bare[s].rivals)}
    signs_of = {**base.signs, **bare_signs(base.told, open_signs, lexicon)}
    return read_prose(document, base.taxonomy, lexicon, matcher, base.calendar, base.translation, signs_of, focus, seen, running)


def _in_order(tables: list[Observation], said: list[Observation]) -> tuple[list[Observation], Sequence[int]]:
    """All observations in document order, and where each one of the tables stands among them."""
    if not said:
        return tables, range(len(tables))
    both = [*tables, *said]
    order = sorted(range(len(both)), key=lambda n: (both[n].place.line, both[n].place.column))
    place = [0] * len(both)
    for new, old in enumerate(order):
        place[old] = new
    return [both[n] for n in order], place


def _focus(observations: Sequence[Observation]) -> Period | None:
    """The period that the document is about: the latest end, then the shortest span."""
    spans = Counter(o.period for o in observations if o.period and o.period.start and o.scenario == "actual")
    if not spans:
        return None
    return max(spans, key=lambda p: (p.end, p.start or p.end))
