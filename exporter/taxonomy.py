"""taxonomy/*.yaml -> :class:`~exporter.model.Taxonomy`; strict, every error with ``file:line`` and the mend.

The format is described in docs/taxonomy.md. Loading goes through a cache: the key is a hash over the
names and bytes of all files, the loader's version and the layout of the model, so a cache is either
exactly right or not used. A load from the cache does not import yaml.

Rules that come from outside: weight against balance is XBRL 2.1 section 5.1.1.2 (table 6); item types
and their units follow design/house.md, so that the unit registry's rules hold.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import pickle
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast, get_args

from exporter.checks.reading import read_rule
from exporter.errors import FormatError, Issue, TaxonomyError
from exporter.files import write_atomic
from exporter.model import (
    STATEMENTS,
    Alias,
    Axis,
    Balance,
    Basis,
    Concept,
    Entity,
    ItemType,
    Line,
    Network,
    PeriodType,
    Rule,
    Section,
    Taxonomy,
)
from exporter.values import Fold, fold

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    Node = ScalarNode | MappingNode | SequenceNode

LOADER_VERSION = 4
ROLES = ("standard", "total", "negated", "periodStart", "periodEnd")
LANGUAGES = ("en", "zh")
STANDARDS = ("us-gaap", "ifrs-full", "srt", "dei")
#: Where an alias may hold: the printed statements, and running text.
SCOPES = (*STATEMENTS, "prose")

_TOP = ("taxonomy", "concepts", "sections", "networks", "dimensions", "units", "entities", "extends", "lexicon", "grammar", "rules")
_CONCEPT = (
    "type", "period", "balance", "unit", "basis", "labels", "definition", "aliases", "maps_to", "ratios", "replaced_by",
)  # fmt: skip
_ALIAS = ("text", "under", "statements", "sign", "at")
_ENTITY = ("name", "names", "identifiers", "accounting", "fiscal_year_end", "currency", "shares_per_ads")
_GRAMMAR = ("roles", "periods", "scales", "nouns", "abbreviations", "heads", "topics", "tokens")
_STR, _INT, _NULL = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "null"))
_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_KEBAB = re.compile(r"[a-z][a-z0-9-]*")
_OUTSIDE_UNIT = re.compile(r"(iso4217:[A-Z]{3}|utr:[A-Za-z]+|xbrli:(shares|pure))")
_SPREAD_LIMIT = 500
_MAGIC = b"exporter-taxonomy\n"


# --- where files lie ------------------------------------------------------------------------------


def data_folder(name: str) -> Path:
    """Where packaged data lies: inside the installed package, else at the root of the repository."""
    package = Path(__file__).resolve().parent
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


def load(folder: Path | None = None, *, cache: Path | None = None) -> Taxonomy:
    """The taxonomy in ``folder`` (default: the packaged one), from ``cache`` where that is exactly right.

    ``cache`` is a folder (default: ``EXPORTER_CACHE``, else the platform's cache folder); where it
    cannot be read or written the files are compiled again, silently. Raises TaxonomyError.
    """
    root = folder or data_folder("taxonomy")
    sources = _read_sources(root)
    digest = _digest(sources)
    where = cache or _cache_folder()
    path = where / f"taxonomy-{_cache_key(digest)[:32]}.bin" if where else None
    known = _from_cache(path, digest) if path else None
    if known is not None:
        return known
    taxonomy = _compile(sources, digest)
    if path:
        _to_cache(path, digest, taxonomy)
    return taxonomy


def _read_sources(root: Path) -> list[tuple[str, bytes]]:
    """All files as (name shown in messages, bytes): the folder's own first, then ``entities/`` and ``rules/``."""
    try:
        paths = [path for folder in (root, root / "entities", root / "rules") for path in sorted(folder.glob("*.yaml"))]
        sources = [(f"{root.name}/{path.relative_to(root).as_posix()}", path.read_bytes()) for path in paths]
    except OSError as error:
        raise TaxonomyError(f"{root.name}:1: cannot be read ({error.strerror}); check the folder's permissions") from error
    if not sources:
        raise TaxonomyError(f"{root.name}:1: no *.yaml file in this folder; name a folder that holds a taxonomy")
    return sources


def _digest(sources: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and bytes; the folder's own name is no part of it."""
    total = hashlib.sha256()
    for name, data in sources:
        inner = name.partition("/")[2].encode()
        total.update(b"%d:%s%d:" % (len(inner), inner, len(data)) + data)
    return total.hexdigest()


# --- cache ----------------------------------------------------------------------------------------


def _cache_folder() -> Path | None:
    named = os.environ.get("EXPORTER_CACHE")
    if named:
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "exporter" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "exporter"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "exporter"


def _cache_key(digest: str) -> str:
    """What a cache must have been made from: files, loader, and the fields of every class in it."""
    layout = [(c.__name__, [f.name for f in fields(c)]) for c in (Taxonomy, Concept, Alias, Section, Network, Line, Axis, Entity, Rule)]
    return hashlib.sha256(f"{LOADER_VERSION} {sys.version_info[:2]} {layout} {digest}".encode()).hexdigest()


def _from_cache(path: Path, digest: str) -> Taxonomy | None:
    """None where the file is missing, damaged or made from anything else: it is unpickled only when it is ours."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = _MAGIC + _cache_key(digest).encode()
    seal, payload = data[len(head) : len(head) + 64], data[len(head) + 64 :]
    if not data.startswith(head) or hashlib.sha256(payload).hexdigest().encode() != seal:
        return None
    try:
        bare, aliases = pickle.loads(payload)
        concepts = {key: replace(c, aliases=tuple(Alias(*a) for a in aliases[key])) for key, c in bare.concepts.items()}
        return replace(cast(Taxonomy, bare), concepts=concepts)
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, LookupError, TypeError, ValueError):
        return None


def _to_cache(path: Path, digest: str, taxonomy: Taxonomy) -> None:
    # Aliases as plain tuples: thousands of them load several times faster so than as objects.
    aliases = {key: [astuple(alias) for alias in c.aliases] for key, c in taxonomy.concepts.items()}
    bare = replace(taxonomy, concepts={key: replace(c, aliases=()) for key, c in taxonomy.concepts.items()})
    payload = pickle.dumps((bare, aliases), protocol=5)
    seal = hashlib.sha256(payload).hexdigest().encode()
    try:
        write_atomic(path, _MAGIC + _cache_key(digest).encode() + seal + payload)
    except FormatError:
        return  # a cache is a convenience: the next run compiles again


# --- one YAML file: nodes with places -------------------------------------------------------------


@dataclass(slots=True)
class _File:
    """A parsed file. Nodes are read through it, so that every refusal knows its line."""

    label: str
    root: Node
    prefix: str = ""
    entity: str = ""
    keys: dict[int, Node] = field(default_factory=dict)

    def place(self, node: Node) -> str:
        """``file:line`` of a node; a mapping's value stands where its key stands."""
        mark = self.keys.get(id(node), node).start_mark
        return f"{self.label}:{mark.line + 1 if mark else 1}"

    def fail(self, node: Node, message: str, mend: str) -> NoReturn:
        raise TaxonomyError(f"{self.place(node)}: {' '.join(message.split())}; {mend}")

    def text(self, node: Node, what: str) -> str:
        if node.id != "scalar" or node.tag == _NULL or (node.tag == _STR and not node.value.strip()):
            self.fail(node, f"{what} is empty or no text", "write a text")
        if node.tag != _STR:
            self.fail(node, f"{what} ({node.value}) is no text", f'write it in quotes: "{node.value}"')
        return str(node.value)

    def whole(self, node: Node, what: str, allowed: Sequence[int] | range) -> int:
        raw = node.value if node.id == "scalar" and node.tag == _INT else ""
        value = int(raw) if re.fullmatch(r"[+-]?\d{1,9}", raw) else None
        if value is None or value not in allowed:
            shown = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else " or ".join(map(str, allowed))
            self.fail(node, f"{what} is not a whole number of those allowed", f"use {shown}")
        return value

    def choice(self, node: Node, what: str, allowed: Sequence[str]) -> str:
        value = self.text(node, what)
        if value not in allowed:
            self.fail(node, f"{what} {value!r} is unknown", _hint(value, allowed))
        return value

    def mapping(self, node: Node, what: str, allowed: Sequence[str] = ()) -> dict[str, Node]:
        """The entries of a mapping; refuses other nodes, duplicate keys and keys not in ``allowed``."""
        if node.id != "mapping":
            self.fail(node, f"{what} is no mapping", "write it as 'key: value' lines")
        found: dict[str, Node] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}")
            if key in found:
                first = self.place(found[key]).rpartition(":")[2]
                self.fail(key_node, f"{key} stands twice in {what} (first at line {first})", "remove one of the two")
            if allowed and key not in allowed:
                self.fail(key_node, f"unknown key {key!r} in {what}", _hint(key, allowed))
            self.keys[id(value)] = key_node
            found[key] = value
        return found

    def items(self, node: Node, what: str) -> list[Node]:
        if node.id != "sequence":
            self.fail(node, f"{what} is no list", "write it as [a, b] or as '- a' lines")
        return list(node.value)

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        if node.id == "scalar":
            return (self.text(node, what),)
        return tuple(self.text(item, what) for item in self.items(node, what))

    def both(self, node: Node, what: str) -> dict[str, str]:
        """Labels by language, English and Chinese present."""
        found = {key: self.text(value, f"{what} in {key}") for key, value in self.mapping(node, what, LANGUAGES).items()}
        for language in LANGUAGES:
            if language not in found:
                self.fail(node, f"{what} has no {language!r} text", f"add {language}: ...")
        return found


def _hint(word: str, allowed: Iterable[str]) -> str:
    known = list(allowed)
    near = difflib.get_close_matches(word, known, 1, 0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"use one of {', '.join(known)}" if len(known) <= 20 else "check the spelling, or define it"


def _parse(label: str, data: bytes) -> _File:
    """Bytes -> nodes. Refuses what is not UTF-8, empty, no YAML, or uses anchors (a text must stand once)."""
    import yaml

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TaxonomyError(f"{label}:{line}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context).split())
        raise TaxonomyError(f"{label}:{mark.line + 1 if mark else 1}: no valid YAML ({problem}); mend the syntax") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TaxonomyError(f"{label}:1: no valid YAML ({' '.join(str(error).split())}); mend the syntax") from error
    if root is None:
        raise TaxonomyError(f"{label}:1: the file is empty; write a taxonomy into it, or delete it")
    file = _File(label, cast("Node", root))
    _refuse_anchors(file)
    return file


def _refuse_anchors(file: _File) -> None:
    seen: set[int] = set()
    queue: list[Any] = [file.root]
    while queue:
        node = queue.pop()
        if isinstance(node, tuple):
            queue.extend(node)
            continue
        if id(node) in seen:
            file.fail(node, "an anchor is used again (&name, *name)", "write the text out where it is needed")
        seen.add(id(node))
        if node.id != "scalar":
            queue.extend(node.value)


# --- all files: names first, then what they say ---------------------------------------------------

_Table: TypeAlias = "dict[str, tuple[_File, Node]]"


@dataclass(slots=True)
class _Build:
    """Everything by name, still as nodes; references are resolved once all files are read."""

    prefixes: dict[str, str] = field(default_factory=dict)
    concepts: _Table = field(default_factory=dict)
    sections: _Table = field(default_factory=dict)
    networks: _Table = field(default_factory=dict)
    axes: _Table = field(default_factory=dict)
    units: _Table = field(default_factory=dict)
    entities: _Table = field(default_factory=dict)
    extends: list[tuple[_File, Node]] = field(default_factory=list)
    lexicon: _Table = field(default_factory=dict)
    rules: _Table = field(default_factory=dict)
    grammar: _Table = field(default_factory=dict)
    folds: tuple[Fold, ...] = ()
    aliases: dict[str, list[tuple[Alias, _File, Node]]] = field(default_factory=dict)
    made: dict[str, Concept] = field(default_factory=dict)
    ratio_of: dict[str, str] = field(default_factory=dict)


def _compile(sources: Iterable[tuple[str, bytes]], digest: str) -> Taxonomy:
    build = _Build()
    for label, data in sources:
        _collect(build, _parse(label, data))
    lexicon = _lexicon(build)
    sections = {key: _section(build, key) for key in build.sections}
    _refuse_cycles(build.sections, {key: (s.parent,) if s.parent else () for key, s in sections.items()}, "section")
    _refuse_same_headings(build, sections)
    for key in build.concepts:
        build.made[key] = _concept(build, key)
    _extend(build)
    _refuse_same_aliases(build)
    concepts = {key: replace(c, aliases=tuple(dict.fromkeys(a for a, _, _ in build.aliases.get(key, ())))) for key, c in build.made.items()}
    build.made = concepts
    _refuse_cycles(build.concepts, {key: (c.replaced_by,) if c.replaced_by else () for key, c in concepts.items()}, "replaced_by of")
    networks = {key: _network(build, key) for key in build.networks}
    ratios = _ratios(build)
    every = {**concepts, **ratios}
    axes = {key: _axis(build, key) for key in build.axes}
    return Taxonomy(
        hash=digest,
        prefixes=build.prefixes,
        concepts=every,
        sections=sections,
        networks=networks,
        axes=axes,
        units={key: file.both(node, f"unit {key}") for key, (file, node) in build.units.items()},
        entities=_entities(build),
        lexicon=lexicon,
        rules=tuple(read_rule(file, key, node, every, axes) for key, (file, node) in build.rules.items()),
    )


def _collect(build: _Build, file: _File) -> None:
    """Take the names of one file into the tables."""
    top = file.mapping(file.root, "the file", _TOP)
    if "taxonomy" in top:
        _header(build, file, top["taxonomy"])
    _issuer(build, file, top)
    for name, table, pattern, qualified in (
        ("concepts", build.concepts, _PASCAL, True),
        ("dimensions", build.axes, _PASCAL, True),
        ("units", build.units, _PASCAL, True),
        ("sections", build.sections, _KEBAB, False),
        ("networks", build.networks, _KEBAB, False),
        ("rules", build.rules, _KEBAB, False),
    ):
        for key, node in file.mapping(top[name], name).items() if name in top else ():
            if not pattern.fullmatch(key):
                style = "PascalCase, letters and digits" if pattern is _PASCAL else "lower case with hyphens"
                file.fail(node, f"{key!r} is no name for {name}", f"write it in {style}")
            if qualified and not file.prefix:
                file.fail(node, f"{name} need a prefix", "add 'taxonomy: {prefix: ..., namespace: ...}' at the top of the file")
            _enter(table, file, f"{file.prefix}:{key}" if qualified else key, node)
    if "extends" in top:
        build.extends.append((file, top["extends"]))
    if "lexicon" in top:
        _enter(build.lexicon, file, "lexicon", top["lexicon"])
    if "grammar" in top:
        _enter(build.grammar, file, "grammar", top["grammar"])


def _issuer(build: _Build, file: _File, top: Mapping[str, Node]) -> None:
    """Entities; the aliases of a file that names one entity hold for that entity alone."""
    named = file.mapping(top["entities"], "entities") if "entities" in top else {}
    for key, node in named.items():
        _enter(build.entities, file, key, node)
    file.entity = next(iter(named)) if len(named) == 1 else ""
    if len(named) > 1 and ("concepts" in top or "extends" in top):
        file.fail(top["entities"], "a file with concepts or extends names several entities", "give each issuer its own file")


def _header(build: _Build, file: _File, node: Node) -> None:
    head = file.mapping(node, "taxonomy", ("prefix", "namespace", "languages"))
    for key in ("prefix", "namespace"):
        if key not in head:
            file.fail(node, f"taxonomy has no {key}", f"add {key}: ...")
    file.prefix = file.text(head["prefix"], "prefix")
    if not re.fullmatch(r"[a-z][a-z0-9]*", file.prefix):
        file.fail(head["prefix"], f"prefix {file.prefix!r} is no name", "use lower case letters and digits")
    if file.prefix in build.prefixes:
        file.fail(head["prefix"], f"prefix {file.prefix!r} is taken by another file", "choose another, or merge the files")
    build.prefixes[file.prefix] = file.text(head["namespace"], "namespace")
    for item in file.items(head["languages"], "languages") if "languages" in head else ():
        file.choice(item, "language", LANGUAGES)


def _enter(table: _Table, file: _File, key: str, node: Node) -> None:
    if key in table:
        first, earlier = table[key]
        file.fail(node, f"{key} is defined twice (first at {first.place(earlier)})", "rename or remove one of the two")
    table[key] = (file, node)


def _reference(file: _File, node: Node, table: Mapping[str, object], what: str) -> str:
    """A name that must exist; a concept of the same file may stand without its prefix."""
    return _resolve(file, node, file.text(node, what), table, what)


def _resolve(file: _File, node: Node, written: str, table: Mapping[str, object], what: str) -> str:
    name = written
    if name not in table and ":" not in name and f"{file.prefix}:{name}" in table:
        name = f"{file.prefix}:{name}"
    if name not in table:
        file.fail(node, f"{what} {written!r} is defined nowhere", _hint(written, table))
    return name


def _refuse_cycles(table: _Table, edges: Mapping[str, Sequence[str]], what: str) -> None:
    done: set[str] = set()
    for start in edges:
        trail: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))] if start not in done else []
        while trail:
            name, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                done.add(name)
                trail.pop()
            elif following in (open_names := [n for n, _ in trail]):
                loop = " -> ".join([*open_names[open_names.index(following) :], following])
                file, node = table[following]
                file.fail(node, f"{what} {following} leads back to itself ({loop})", "break the circle")
            elif following not in done:
                trail.append((following, iter(edges.get(following, ()))))


# --- parts ----------------------------------------------------------------------------------------


def _lexicon(build: _Build) -> dict[str, object]:
    """The lexicon as plain values; only ``folds`` is compiled, to (pattern, replacement)."""
    grammar = _grammar(build)
    if not build.lexicon:
        return {"folds": (), **grammar}
    file, node = build.lexicon["lexicon"]
    entries = file.mapping(node, "lexicon")
    plain = _plain_values(file, node)
    build.folds = tuple(_fold_rule(file, item) for item in file.items(entries["folds"], "folds")) if "folds" in entries else ()
    return {**plain, "folds": build.folds, **grammar}


def _plain_values(file: _File, node: Node) -> dict[str, object]:
    """A mapping as plain Python values. Refuses duplicate keys and what is no plain YAML."""
    import yaml

    _refuse_nested_duplicates(file, node)
    try:
        return cast("dict[str, object]", yaml.constructor.SafeConstructor().construct_document(node))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = " ".join(str(getattr(error, "problem", error)).split())
        raise TaxonomyError(f"{file.label}:{mark.line + 1 if mark else 1}: {problem}; use plain YAML values") from error


def _grammar(build: _Build) -> dict[str, object]:
    """How sentences speak, with the choices ``[a|b|]`` of roles and periods written out."""
    if not build.grammar:
        return {}
    file, node = build.grammar["grammar"]
    entries = file.mapping(node, "grammar", _GRAMMAR)
    for need in _GRAMMAR:
        if need not in entries:
            file.fail(node, f"the grammar has no {need}", f"add {need}: ...")
    roles: dict[str, tuple[str, ...]] = {}
    for name, listed in file.mapping(entries["roles"], "roles").items():
        roles[name] = tuple(one for item in file.items(listed, f"role {name}") for one in _spellings(file, item, f"phrase of {name}"))
    periods: list[tuple[str, str]] = []
    for item in file.items(entries["periods"], "periods"):
        entry = file.mapping(item, "a period", ("say", "is"))
        for need in ("say", "is"):
            if need not in entry:
                file.fail(item, f"a period has no {need}", f"add {need}: ...")
        meaning = file.text(entry["is"], "is")
        says = entry["say"]
        for said in file.items(says, "say") if says.id == "sequence" else [says]:
            periods += ((one, meaning) for one in _spellings(file, said, "say"))
    tokens: list[tuple[str, str]] = []
    for item in file.items(entries["tokens"], "tokens"):
        entry = file.mapping(item, "a token rule", ("class", "pattern"))
        if set(entry) != {"class", "pattern"}:
            file.fail(item, "a token rule has not both a class and a pattern", "add what is missing")
        pattern = file.text(entry["pattern"], "pattern")
        try:
            re.compile(pattern)
        except re.error as error:
            file.fail(entry["pattern"], f"the pattern is no valid regular expression ({error})", "mend the pattern")
        tokens.append((file.text(entry["class"], "class"), pattern))
    return {"grammar": {**_plain_values(file, node), "roles": roles, "periods": tuple(periods), "tokens": tuple(tokens)}}


def _spellings(file: _File, node: Node, what: str) -> list[str]:
    written = file.text(node, what)
    try:
        return list(dict.fromkeys(" ".join(text.split()) for text in _spread(written)))
    except ValueError as error:
        file.fail(node, f"{what} {written!r}: {error}", "write choices as [a|b]")


def _refuse_nested_duplicates(file: _File, node: Node) -> None:
    if node.id == "mapping":
        seen: set[str] = set()
        for key_node, value in node.value:
            if key_node.id != "scalar" or key_node.value in seen:
                file.fail(key_node, f"key {key_node.value!r} stands twice or is no text", "remove one of the two")
            seen.add(key_node.value)
            _refuse_nested_duplicates(file, value)
    elif node.id == "sequence":
        for item in node.value:
            _refuse_nested_duplicates(file, item)


def _fold_rule(file: _File, node: Node) -> Fold:
    entry = file.mapping(node, "a fold", ("pattern", "replace"))
    for key in ("pattern", "replace"):
        if key not in entry:
            file.fail(node, f"a fold has no {key}", f"add {key}: ...")
    try:
        pattern = re.compile(file.text(entry["pattern"], "pattern"))
        replacement = str(entry["replace"].value) if entry["replace"].id == "scalar" else file.text(entry["replace"], "replace")
        pattern.sub(replacement, "")
        re.sub(pattern, replacement, "")
    except (re.error, IndexError) as error:
        file.fail(entry["pattern"], f"the fold is no valid regular expression ({error})", "mend the pattern")
    return pattern, replacement


def _section(build: _Build, key: str) -> Section:
    file, node = build.sections[key]
    what = f"section {key}"
    entry = file.mapping(node, what, ("statement", "parent", "aliases", "opened_by", "closed_by"))
    if "statement" not in entry:
        file.fail(node, f"{what} has no statement", f"add statement: one of {', '.join(STATEMENTS)}")
    if "aliases" not in entry and "opened_by" not in entry:
        file.fail(node, f"{what} can never open", "add aliases or opened_by")
    folded: list[str] = []
    for language, texts in file.mapping(entry["aliases"], f"aliases of {what}", LANGUAGES).items() if "aliases" in entry else ():
        for item in file.items(texts, f"aliases of {what} in {language}"):
            folded += _folded(build, file, item, f"alias of {what}")
    return Section(
        id=key,
        statement=file.choice(entry["statement"], "statement", STATEMENTS),
        parent=_reference(file, entry["parent"], build.sections, "section") if "parent" in entry else "",
        aliases=tuple(dict.fromkeys(folded)),
        opened_by=_reference(file, entry["opened_by"], build.concepts, "concept") if "opened_by" in entry else "",
        closed_by=tuple(_reference(file, item, build.concepts, "concept") for item in file.items(entry["closed_by"], "closed_by"))
        if "closed_by" in entry
        else (),
    )


def _refuse_same_headings(build: _Build, sections: Mapping[str, Section]) -> None:
    """One heading must not open two sections of the same statement and parent."""
    seen: dict[tuple[str, str, str], str] = {}
    for key, section in sections.items():
        for text in section.aliases:
            other = seen.setdefault((section.statement, section.parent, text), key)
            if other != key:
                file, node = build.sections[key]
                file.fail(node, f"alias {text!r} of section {key} opens section {other} too", "give it to one of the two")


def _concept(build: _Build, key: str) -> Concept:
    file, node = build.concepts[key]
    entry = file.mapping(node, key, _CONCEPT)
    for need in ("type", "period", "labels", "definition"):
        if need not in entry:
            file.fail(node, f"{key} has no {need}", f"add {need}: ...")
    kind = cast(ItemType, file.choice(entry["type"], f"type of {key}", get_args(ItemType)))
    build.aliases[key] = _aliases(build, file, entry["aliases"], key) if "aliases" in entry else []
    return Concept(
        id=key,
        type=kind,
        period=cast(PeriodType, file.choice(entry["period"], f"period of {key}", get_args(PeriodType))),
        labels=_labels(file, entry["labels"], key),
        definition=file.text(entry["definition"], f"definition of {key}"),
        balance=_balance(file, entry, key, kind),
        unit=_unit(build, file, entry, key, kind),
        basis=cast(Basis, file.choice(entry["basis"], f"basis of {key}", get_args(Basis))) if "basis" in entry else "gaap",
        maps_to=_maps_to(file, entry["maps_to"], key) if "maps_to" in entry else {},
        replaced_by=_reference(file, entry["replaced_by"], build.concepts, "concept") if "replaced_by" in entry else "",
        source=file.place(node),
    )


def _labels(file: _File, node: Node, key: str) -> dict[tuple[str, str], str]:
    what = f"labels of {key}"
    found: dict[tuple[str, str], str] = {}
    by_language = file.mapping(node, what, LANGUAGES)
    for language in LANGUAGES:
        if language not in by_language:
            file.fail(node, f"{what} lack {language!r}", f"add {language}: {{standard: ...}}")
        roles = file.mapping(by_language[language], f"{what} in {language}", ROLES)
        if "standard" not in roles:
            file.fail(by_language[language], f"{what} in {language} lack 'standard'", "add standard: ...")
        for role, text in roles.items():
            found[(language, role)] = file.text(text, f"label of {key}")
    return found


def _balance(file: _File, entry: Mapping[str, Node], key: str, kind: ItemType) -> Balance | None:
    if "balance" not in entry:
        return None
    if kind != "monetary":
        file.fail(entry["balance"], f"{key} is {kind} and has a balance", "remove balance: only monetary concepts have one")
    return cast(Balance, file.choice(entry["balance"], f"balance of {key}", get_args(Balance)))


def _unit(build: _Build, file: _File, entry: Mapping[str, Node], key: str, kind: ItemType) -> str:
    if kind not in ("perUnit", "quantity"):
        if "unit" in entry:
            file.fail(entry["unit"], f"{key} is {kind} and names a unit", "remove unit: only perUnit and quantity name one")
        return ""
    if "unit" not in entry:
        file.fail(entry["type"], f"{key} is {kind} and names no unit", "add unit: ..., e.g. fin:ADS")
    written = file.text(entry["unit"], f"unit of {key}")
    return written if _OUTSIDE_UNIT.fullmatch(written) else _resolve(file, entry["unit"], written, build.units, "unit")


def _maps_to(file: _File, node: Node, key: str) -> dict[str, str]:
    return {prefix: file.text(name, f"maps_to of {key}") for prefix, name in file.mapping(node, f"maps_to of {key}", STANDARDS).items()}


def _aliases(build: _Build, file: _File, node: Node, key: str) -> list[tuple[Alias, _File, Node]]:
    found: list[tuple[Alias, _File, Node]] = []
    for language, listed in file.mapping(node, f"aliases of {key}", LANGUAGES).items():
        for item in file.items(listed, f"aliases of {key} in {language}"):
            found += [(alias, file, item) for alias in _alias(build, file, item, key)]
    return found


def _alias(build: _Build, file: _File, node: Node, key: str) -> Iterator[Alias]:
    """One entry of a list: a text, or texts with what qualifies them."""
    what = f"alias of {key}"
    if node.id == "scalar":
        yield from (Alias(text, entity=file.entity) for text in _folded(build, file, node, what))
        return
    entry = file.mapping(node, what, _ALIAS)
    if "text" not in entry:
        file.fail(node, f"{what} has no text", "add text: ...")
    under = tuple(_reference(file, s, build.sections, "section") for s in file.items(entry["under"], "under")) if "under" in entry else ()
    stated = file.items(entry["statements"], "statements") if "statements" in entry else []
    statements = tuple(file.choice(item, "statement", SCOPES) for item in stated)
    sign = file.whole(entry["sign"], f"sign of an {what}", (1, 0, -1)) if "sign" in entry else 1
    at = file.choice(entry["at"], "at", ("start", "end")) if "at" in entry else ""
    texts = entry["text"]
    for item in file.items(texts, what) if texts.id == "sequence" else [texts]:
        yield from (Alias(text, under, statements, sign, at, file.entity) for text in _folded(build, file, item, what))


def _folded(build: _Build, file: _File, node: Node, what: str) -> list[str]:
    """The folded spellings of one written text; ``[a|b|]`` in it stands for a, b or nothing."""
    written = file.text(node, what)
    try:
        spellings = _spread(written)
    except ValueError as error:
        file.fail(node, f"{what} {written!r}: {error}", "write choices as [a|b]")
    folded = list(dict.fromkeys(fold(text, build.folds) for text in spellings))
    if "" in folded:
        file.fail(node, f"{what} {written!r} is empty once folded", "write a label with letters")
    return folded


def _spread(text: str) -> list[str]:
    """All spellings of a text with choices in it, which may be nested. Raises ValueError where brackets do not match."""
    start, end = text.find("["), text.find("]")
    if start < 0 and end < 0:
        return [text]
    depth, cuts = 0, [start]
    for place in range(start, len(text)) if 0 <= start < end else ():
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if depth == 0 or (depth == 1 and text[place] == "|"):
            cuts.append(place)
        if depth == 0:
            break
    if depth or len(cuts) < 3:
        raise ValueError("brackets do not match, or hold no choice")
    heads = [one for a, b in pairwise(cuts) for one in _spread(text[a + 1 : b])]
    tails = _spread(text[cuts[-1] + 1 :])
    if len(heads) * len(tails) > _SPREAD_LIMIT:
        raise ValueError(f"more than {_SPREAD_LIMIT} spellings")
    return [text[:start] + head + tail for head in heads for tail in tails]


def _extend(build: _Build) -> None:
    """Aliases that one file adds to concepts of others; from an issuer's file they hold for that issuer alone."""
    for file, node in build.extends:
        entry = file.mapping(node, "extends", ("aliases", "networks", "dimensions"))
        for written, aliases in file.mapping(entry["aliases"], "aliases of extends").items() if "aliases" in entry else ():
            key = _resolve(file, aliases, written, build.concepts, "concept")
            build.aliases[key] += _aliases(build, file, aliases, key)
        for name, added in file.mapping(entry["networks"], "networks of extends").items() if "networks" in entry else ():
            _resolve(file, added, name, build.networks, "network")
        for name, added in file.mapping(entry["dimensions"], "dimensions of extends").items() if "dimensions" in entry else ():
            _resolve(file, added, name, build.axes, "axis")


def _refuse_same_aliases(build: _Build) -> None:
    """A label in one scope must mean one thing: one concept, one sign, one end of the period. In running
    text the figure's unit tells concepts apart: there a word may name one concept of each type and unit."""
    seen: dict[tuple[str, str, str, str], tuple[str, Alias, _File, Node]] = {}
    for key, listed in build.aliases.items():
        for alias, file, node in listed:
            for under in alias.under or ("",):
                for statement in alias.statements or ("",):
                    base = build.made[key]
                    where_it_holds = f"prose {base.type} {base.unit}" if statement == "prose" else statement
                    scope = (alias.text, under, where_it_holds, alias.entity)
                    other, first, where, earlier = seen.setdefault(scope, (key, alias, file, node))
                    if other == key and (first.sign, first.at) == (alias.sign, alias.at):
                        continue
                    message = f"alias {alias.text!r} of {key} stands for {other} too, in the same scope (at {where.place(earlier)})"
                    file.fail(node, message, "remove one, or qualify it by under or statements")


def _ratios(build: _Build) -> dict[str, Concept]:
    """Growth rates and shares, generated from one line on the base concept."""
    made: dict[str, Concept] = {}
    for key, (file, node) in build.concepts.items():
        entry = file.mapping(node, key)
        for item in file.items(entry["ratios"], f"ratios of {key}") if "ratios" in entry else ():
            ratio = _ratio(build, file, item, build.made[key])
            if ratio.id in build.concepts or ratio.id in made:
                file.fail(item, f"{ratio.id} is defined already", "remove the ratio or the concept")
            made[ratio.id] = ratio
            build.ratio_of[ratio.id] = key
    return made


#: What a base concept may ask for: suffix of the ID, English and Chinese label, definition. "{}" is the base.
_RATIO_KINDS: Mapping[str, tuple[str, str, str, str]] = {
    "yoy": (
        "GrowthYearOnYear", "{}, year-on-year growth", "{}同比增长率",
        "Change of {} against the same period or date one year earlier, divided by the earlier figure.",
    ),
    "qoq": (
        "GrowthQuarterOnQuarter", "{}, sequential growth", "{}环比增长率",
        "Change of {} against the quarter before, divided by the earlier figure.",
    ),
    "constant_currency": (
        "GrowthConstantCurrency", "{}, year-on-year growth in constant currency", "{}同比增长率(固定汇率)",
        "Change of {} against one year earlier, divided by the earlier figure, both at the same exchange rates.",
    ),
    "organic": (
        "GrowthOrganic", "{}, organic growth", "{}内生增长率",
        "Change of {} against one year earlier, divided by the earlier figure, without businesses bought or sold and exchange rates.",
    ),
    "change": (
        "ChangeYearOnYear", "{}, change on the year before", "{}同比变动额",
        "{} less the figure of the same period or date one year earlier.",
    ),
    "change_qoq": (
        "ChangeQuarterOnQuarter", "{}, change on the quarter before", "{}环比变动额",
        "{} less the figure of the quarter before.",
    ),
    "share_of_total": (
        "ShareOfTotal", "{}, share of total", "{}占比",
        "{} of one part, which a dimension names, divided by that of the whole in the same period or on the same date.",
    ),
}  # fmt: skip


def _ratio(build: _Build, file: _File, node: Node, base: Concept) -> Concept:
    """A generated concept: a percentage, or for a change an amount of the base's own type and unit."""
    en, zh = base.label("en"), base.label("zh")
    kind = ""
    if node.id == "mapping":
        entry = file.mapping(node, f"ratio of {base.id}", ("share_of",))
        if "share_of" not in entry:
            file.fail(node, f"ratio of {base.id} names nothing", "add share_of: ...")
        other = build.made[_reference(file, entry["share_of"], build.concepts, "concept")]
        if other.period != base.period:
            file.fail(node, f"{base.id} and {other.id} differ in period type", "take a share of a concept of the same period type")
        suffix = f"ShareOf{other.id.partition(':')[2]}"
        labels = f"{en}, share of {other.label('en')}", f"{zh}占{other.label('zh')}的比例"
        definition = f"{en} divided by {other.label('en')} of the same period or date."
    else:
        kind = file.choice(node, f"ratio of {base.id}", tuple(_RATIO_KINDS))
        suffix, *texts = _RATIO_KINDS[kind]
        labels = texts[0].format(en), texts[1].format(zh)
        definition = texts[2].format(en)
    named = {("en", "standard"): labels[0], ("zh", "standard"): labels[1]}
    amount = kind.startswith("change")
    type_, unit = (base.type, base.unit) if amount else ("percent", "")
    return Concept(f"{base.id}{suffix}", type_, base.period, named, definition, unit=unit, basis=base.basis, source=file.place(node))


def _network(build: _Build, key: str) -> Network:
    file, node = build.networks[key]
    what = f"network {key}"
    entry = file.mapping(node, what, ("statement", "labels", "presentation", "calculation"))
    for need in ("statement", "labels", "presentation"):
        if need not in entry:
            file.fail(node, f"{what} has no {need}", f"add {need}: ...")
    return Network(
        id=key,
        statement=file.choice(entry["statement"], "statement", STATEMENTS),
        labels=file.both(entry["labels"], f"labels of {what}"),
        presentation=_presentation(build, key, file, entry["presentation"]),
        calculation=_calculation(build, key, file, entry.get("calculation")),
    )


def _additions(build: _Build, key: str, part: str) -> Iterator[tuple[_File, Node]]:
    """What other files add to a network (``extends: {networks: {key: {part: ...}}}``)."""
    for file, node in build.extends:
        entry = file.mapping(node, "extends")
        for name, added in file.mapping(entry["networks"], "networks of extends").items() if "networks" in entry else ():
            if _resolve(file, added, name, build.networks, "network") == key:
                parts = file.mapping(added, f"extension of network {key}", ("presentation", "calculation"))
                if part in parts:
                    yield file, parts[part]


def _presentation(build: _Build, key: str, file: _File, node: Node) -> tuple[Line, ...]:
    """The lines of a network, with those of other files put after the line that each names."""
    what = f"network {key}"
    placed = [(_line(build, file, item, what), file, item) for item in file.items(node, f"presentation of {what}")]
    for other, added in _additions(build, key, "presentation"):
        position = len(placed)
        for item in other.items(added, f"presentation of {what}"):
            after = _after(build, other, item, what)
            if after:
                position = 1 + max((i for i, (line, _, _) in enumerate(placed) if line.concept == after), default=-1)
                if not position:
                    other.fail(item, f"{after} stands nowhere in {what}", "name a line of that network")
            placed.insert(position, (_line(build, other, item, what), other, item))
            position += 1
    _check_lines(placed, what)
    return tuple(line for line, _, _ in placed)


def _check_lines(placed: Sequence[tuple[Line, _File, Node]], what: str) -> None:
    seen: set[tuple[str, str]] = set()
    last = -1
    for line, file, item in placed:
        if (line.concept, line.role) in seen:
            file.fail(item, f"{line.concept} stands twice in the presentation of {what}", "remove one, or give it another role")
        if line.level > last + 1:
            file.fail(item, f"{line.concept} is at level {line.level} below level {max(last, 0)}", "go down one level at a time")
        seen.add((line.concept, line.role))
        last = line.level


def _after(build: _Build, file: _File, node: Node, what: str) -> str:
    if node.id == "scalar":
        return ""
    entry = file.mapping(node, f"a line of {what}")
    return _reference(file, entry["after"], build.made, "concept") if "after" in entry else ""


def _line(build: _Build, file: _File, node: Node, what: str) -> Line:
    if node.id == "scalar":
        return Line(_reference(file, node, build.made, "concept"))
    entry = file.mapping(node, f"a line of {what}", ("concept", "level", "role", "after"))
    if "concept" not in entry:
        file.fail(node, f"a line of {what} names no concept", "add concept: ...")
    concept = _reference(file, entry["concept"], build.made, "concept")
    role = file.choice(entry["role"], "role", ROLES) if "role" in entry else "standard"
    if ("en", role) not in build.made[concept].labels or ("zh", role) not in build.made[concept].labels:
        file.fail(node, f"{concept} has no {role!r} label in both languages", "add the label, or use another role")
    return Line(concept, file.whole(entry["level"], "level", range(10)) if "level" in entry else 0, role)


def _calculation(build: _Build, key: str, file: _File, node: Node | None) -> dict[str, tuple[tuple[str, int], ...]]:
    """The sums of a network, with the parts that other files add to them."""
    what = f"calculation of network {key}"
    places: _Table = {}
    sums: dict[str, dict[str, int]] = {}
    own = [(file, node)] if node else []
    for where, listed in [*own, *_additions(build, key, "calculation")]:
        totals: _Table = {}
        for written, parts_node in where.mapping(listed, what).items():
            total = _resolve(where, parts_node, written, build.made, "concept")
            _enter(totals, where, total, parts_node)
            places.setdefault(total, (where, parts_node))
            _parts(build, where, parts_node, total, sums.setdefault(total, {}))
    _refuse_cycles(places, {total: [*parts] for total, parts in sums.items()}, f"{what}:")
    return {total: tuple(parts.items()) for total, parts in sums.items()}


def _parts(build: _Build, file: _File, node: Node, total: str, parts: dict[str, int]) -> None:
    for name, weight in file.mapping(node, f"parts of {total}").items():
        part = _resolve(file, weight, name, build.made, "concept")
        if part in parts:
            file.fail(weight, f"{part} stands twice among the parts of {total}", "remove one of the two")
        parts[part] = file.whole(weight, f"weight of {part}", (1, -1))
        _check_part(build, file, weight, total, part, parts[part])
    if not parts:
        file.fail(node, f"{total} has no parts", "name its parts, or remove it")


def _check_part(build: _Build, file: _File, node: Node, total: str, part: str, weight: int) -> None:
    """XBRL 2.1 section 5.1.1.2: equal balances add, opposite ones subtract; no balance is free."""
    a, b = build.made[total], build.made[part]
    if a.period != b.period or a.type != b.type or a.unit != b.unit:
        message = f"{part} ({b.type}, {b.period}) can be no part of {total} ({a.type}, {a.period})"
        file.fail(node, message, "sum concepts of one type, unit and period type")
    if a.balance and b.balance and weight != (1 if a.balance == b.balance else -1):
        message = f"weight {weight} of {part} ({b.balance}) in {total} ({a.balance}) goes against the balance"
        file.fail(node, message, f"use {-weight}, or change or remove a balance")


_MEMBER = (*LANGUAGES, "aliases", "parts")


def _axis(build: _Build, key: str) -> Axis:
    """An axis with the members that other files add to it; it applies to the ratios of its concepts, too."""
    file, node = build.axes[key]
    entry = file.mapping(node, key, ("labels", "members", "default", "applies_to"))
    for need in ("labels", "members"):
        if need not in entry:
            file.fail(node, f"{key} has no {need}", f"add {need}: ...")
    members: _Table = {}
    aliases: dict[str, list[str]] = {}
    for where, given in [(file, entry["members"]), *_added_members(build, key)]:
        for name, said in where.mapping(given, f"members of {key}").items():
            _member(build, where, name, said, members, aliases)
    _refuse_same_members(key, members, aliases)
    listed = file.items(entry["applies_to"], "applies_to") if "applies_to" in entry else []
    named = [_reference(file, item, build.concepts, "concept") for item in listed]
    made = [ratio for ratio, base in build.ratio_of.items() if base in named]
    return Axis(
        id=key,
        labels=file.both(entry["labels"], f"labels of {key}"),
        members={name: _member_labels(where, said, name) for name, (where, said) in members.items()},
        default=_reference(file, entry["default"], members, "member") if "default" in entry else "",
        aliases={name: tuple(dict.fromkeys(texts)) for name, texts in aliases.items()},
        parts={name: parts for name, (where, said) in members.items() if (parts := _member_parts(where, said, members))},
        applies_to=tuple(dict.fromkeys((*named, *made))),
    )


def _added_members(build: _Build, key: str) -> Iterator[tuple[_File, Node]]:
    """What other files add to an axis (``extends: {dimensions: {key: {Member: ...}}}``)."""
    for file, node in build.extends:
        entry = file.mapping(node, "extends")
        for name, added in file.mapping(entry["dimensions"], "dimensions of extends").items() if "dimensions" in entry else ():
            if _resolve(file, added, name, build.axes, "axis") == key:
                yield file, added


def _member(build: _Build, file: _File, name: str, node: Node, members: _Table, aliases: dict[str, list[str]]) -> None:
    """One member: a new one with its labels, or more aliases for one that another file defines."""
    entry = file.mapping(node, f"member {name}", _MEMBER)
    known = name if name in members else ""
    if not known:
        if not _PASCAL.fullmatch(name):
            file.fail(node, f"{name!r} is no name for a member", "write it in PascalCase, letters and digits, or name a known one")
        if not file.prefix:
            file.fail(node, f"member {name} needs a prefix", "add 'taxonomy: {prefix: ..., namespace: ...}' at the top of the file")
        known = f"{file.prefix}:{name}"
        _enter(members, file, known, node)
    elif set(entry) - {"aliases"}:
        file.fail(node, f"member {name} is defined already", "give it nothing but aliases here")
    texts = aliases.setdefault(known, [])
    for language, listed in file.mapping(entry["aliases"], f"aliases of {name}", LANGUAGES).items() if "aliases" in entry else ():
        for item in file.items(listed, f"aliases of {name} in {language}"):
            texts += _folded(build, file, item, f"alias of {name}")


def _member_labels(file: _File, node: Node, name: str) -> dict[str, str]:
    entry = file.mapping(node, f"member {name}", _MEMBER)
    for language in LANGUAGES:
        if language not in entry:
            file.fail(node, f"member {name} has no {language!r} text", f"add {language}: ...")
    return {language: file.text(entry[language], f"member {name} in {language}") for language in LANGUAGES}


def _member_parts(file: _File, node: Node, members: Mapping[str, object]) -> tuple[str, ...]:
    entry = file.mapping(node, "a member")
    return tuple(_reference(file, item, members, "member") for item in file.items(entry["parts"], "parts")) if "parts" in entry else ()


def _refuse_same_members(key: str, members: _Table, aliases: Mapping[str, Sequence[str]]) -> None:
    """One word must not name two members of an axis."""
    seen: dict[str, str] = {}
    for name, texts in aliases.items():
        for text in texts:
            other = seen.setdefault(text, name)
            if other != name:
                file, node = members[name]
                file.fail(node, f"alias {text!r} of {name} stands for {other} of {key} too", "give it to one of the two")


def _entities(build: _Build) -> dict[str, Entity]:
    made = {key: _entity(build, key) for key in build.entities}
    seen: dict[str, str] = {}
    for key, entity in made.items():
        for name in (entity.name, *entity.names):
            other = seen.setdefault(fold(name), key)
            if other != key:
                file, node = build.entities[key]
                file.fail(node, f"name {name!r} of {key} belongs to {other} too", "give it to one of the two")
    return made


def _entity(build: _Build, key: str) -> Entity:
    file, node = build.entities[key]
    if not re.fullmatch(r"[a-z][a-z0-9-]*:[A-Za-z0-9._-]+", key):
        file.fail(node, f"entity {key!r} is no scheme:identifier", 'write e.g. "cik:0000000000"')
    entry = file.mapping(node, f"entity {key}", _ENTITY)
    if "name" not in entry:
        file.fail(node, f"entity {key} has no name", "add name: ...")
    listed = file.mapping(entry["identifiers"], "identifiers").items() if "identifiers" in entry else ()
    return Entity(
        id=key,
        name=file.text(entry["name"], "name"),
        names=file.texts(entry["names"], "names") if "names" in entry else (),
        identifiers={scheme: file.text(value, f"identifier {scheme}") for scheme, value in listed},
        accounting=file.choice(entry["accounting"], "accounting", ("us-gaap", "ifrs-full")) if "accounting" in entry else "",
        fiscal_year_end=_year_end(file, entry["fiscal_year_end"]) if "fiscal_year_end" in entry else None,
        currency=_currency(file, entry["currency"]) if "currency" in entry else "",
        shares_per_ads=_shares_per_ads(file, entry["shares_per_ads"]) if "shares_per_ads" in entry else None,
    )


def _year_end(file: _File, node: Node) -> tuple[int, int]:
    written = file.text(node, "fiscal_year_end")
    found = re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", written)
    if not found:
        file.fail(node, f"fiscal_year_end {written!r} is no month-day", "write e.g. 12-31")
    return int(found[1]), int(found[2])


def _currency(file: _File, node: Node) -> str:
    written = file.text(node, "currency")
    if not re.fullmatch(r"[A-Z]{3}", written):
        file.fail(node, f"currency {written!r} is no ISO 4217 code", "write e.g. CNY")
    return written


def _shares_per_ads(file: _File, node: Node) -> Decimal:
    raw = node.value if node.id == "scalar" else ""
    if not re.fullmatch(r"\d+(\.\d+)?", raw) or not Decimal(raw):
        file.fail(node, "shares_per_ads is no positive number", "write how many ordinary shares one ADS stands for")
    return Decimal(raw)


# --- lint -----------------------------------------------------------------------------------------


def read_names(folder: Path) -> dict[str, set[str]]:
    """Names of standard elements by prefix, from ``<prefix>-<year>*.txt`` (a name a line) and ``.tsv``
    (header line; columns name, ..., abstract). Abstract elements are left out: no fact can have them."""
    names: dict[str, set[str]] = {}
    for path in sorted(folder.iterdir()):
        found = re.match(r"(.+?)-\d{4}.*\.(txt|tsv)$", path.name)
        if not found:
            continue
        known = names.setdefault(found[1], set())
        lines = path.read_text(encoding="utf-8").splitlines()
        if found[2] == "txt":
            known.update(name for line in lines if (name := line.strip()) and not name.endswith("Abstract"))
            continue
        rows = (line.split("\t") for line in lines[1:])
        known.update(row[0] for row in rows if row[0] and row[-1] != "true")
    return names


def lint(taxonomy: Taxonomy, names: Mapping[str, set[str]]) -> list[Issue]:
    """Doubts about a taxonomy that loads: a ``maps_to`` that names no element of the given lists."""
    issues: list[Issue] = []
    for concept in taxonomy.concepts.values():
        for prefix, name in concept.maps_to.items():
            if prefix in names and name not in names[prefix]:
                near = difflib.get_close_matches(name, names[prefix], 1, 0.8)
                mend = f"did you mean {near[0]}?" if near else "remove it"
                message = f"{concept.id} maps to {prefix}:{name}, which is no element of that standard; {mend}"
                issues.append(Issue("taxonomy-unknown-element", message, concept.source, "error"))
    return issues
