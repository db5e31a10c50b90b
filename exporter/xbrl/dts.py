"""A Taxonomy as XBRL: one schema a prefix, the report schema that ties them together, linkbases, package files.

Everything refers to its neighbours by relative names, so the folder loads offline wherever it lies; the catalog of
the package maps the published addresses to the same files (Taxonomy Packages 1.0). No clock: the version is the
taxonomy's hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from exporter.errors import FormatError
from exporter.files import zip_bytes
from exporter.model import STATEMENTS, Axis, Concept, ItemType, Network, Taxonomy
from exporter.xbrl import linkbases, names
from exporter.xbrl.names import attribute, element_id, escape

#: The file an instance points to, and the folder that it and all others lie in.
ENTRY = f"{names.REPORT_PREFIX}.xsd"
FOLDER = "taxonomy"

#: House types to item types. Why: the unit rules of the Units Registry hold for these and for no others
#: (perShareItemType takes money per share only, so money per ADS is a plain decimal).
ITEM_TYPES: Mapping[ItemType, str] = {
    "monetary": "xbrli:monetaryItemType",
    "perShare": "dtr:perShareItemType",
    "perUnit": "xbrli:decimalItemType",
    "shares": "xbrli:sharesItemType",
    "quantity": "xbrli:decimalItemType",
    "percent": "dtr:percentItemType",
    "pure": "xbrli:pureItemType",
    "text": "xbrli:stringItemType",
    "date": "xbrli:dateItemType",
}

_IMPORTS: Mapping[str, str] = {
    "xbrli": "http://www.xbrl.org/2003/xbrl-instance-2003-12-31.xsd",
    "dtr": "https://www.xbrl.org/dtr/type/2024-01-31/types.xsd",
    "xbrldt": "http://www.xbrl.org/2005/xbrldt-2005.xsd",
}
_REPORT_IMPORTS: Mapping[str, str] = {
    "xbrli": _IMPORTS["xbrli"],
    "link": "http://www.xbrl.org/2003/xbrl-linkbase-2003-12-31.xsd",
    "xbrldt": _IMPORTS["xbrldt"],
    "xbrldi": "http://www.xbrl.org/2006/xbrldi-2006.xsd",
    "ref": "http://www.xbrl.org/2006/ref-2006-02-27.xsd",
}
_LINKBASE_ROLE = "http://www.xbrl.org/2003/role/{}LinkbaseRef"

_NETWORK = re.compile(r"[a-z][a-z0-9-]*\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")

_cache: dict[str, tuple[Mapping[str, bytes], bytes]] = {}


def build(taxonomy: Taxonomy) -> tuple[Mapping[str, bytes], bytes]:
    """The files by relative name, and the taxonomy package that holds the same files. Built once per taxonomy hash.

    Raises FormatError for names that are no XML names and for prefixes that belong to a standard.
    """
    if taxonomy.hash not in _cache:
        files = {name: text.encode("utf-8") for name, text in _files(_ordered(taxonomy))}
        if len(_cache) >= 8:
            _cache.clear()
        _cache[taxonomy.hash] = files, zip_bytes((f"{FOLDER}/{name}", data) for name, data in sorted(files.items()))
    return _cache[taxonomy.hash]


def _ordered(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with its mappings in one order, so that equal taxonomies give equal bytes, whoever filled them in."""
    concepts = {key: replace(each, labels=dict(sorted(each.labels.items()))) for key, each in sorted(taxonomy.concepts.items())}
    axes = {
        key: replace(each, labels=dict(sorted(each.labels.items())), members=dict(sorted(each.members.items())))
        for key, each in sorted(taxonomy.axes.items())
    }
    networks = {
        each.id: replace(each, labels=dict(sorted(each.labels.items())), calculation=dict(sorted(each.calculation.items())))
        for each in sorted(taxonomy.networks.values(), key=_place_of)
    }
    return replace(taxonomy, concepts=concepts, axes=axes, networks=networks)


def _place_of(network: Network) -> tuple[int, str]:
    """Networks stand in the order in which people look at statements."""
    known = network.statement in STATEMENTS
    return (STATEMENTS.index(network.statement) if known else len(STATEMENTS), network.id)


def report_namespace(taxonomy: Taxonomy) -> str:
    """The namespace of what the DTS generates, below the namespace of the core prefix (``fin``, else the first)."""
    prefixes = names.prefixes_of(taxonomy)
    if not prefixes:
        raise FormatError("XBRL: the taxonomy declares no prefix; add `taxonomy: {prefix: ..., namespace: ...}`")
    base = prefixes.get("fin") or next(iter(prefixes.values()))
    return f"{base.rstrip('/#')}/{names.REPORT_PREFIX}"


def _files(taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    namespace = report_namespace(taxonomy)
    _check_names(taxonomy)
    for prefix in names.prefixes_of(taxonomy):
        yield f"{prefix}.xsd", _schema(taxonomy, prefix)
    books = [(kind, name, text) for kind, name, text in _linkbases(taxonomy, namespace)]
    yield ENTRY, _report_schema(taxonomy, namespace, [(kind, name) for kind, name, _ in books])
    yield from ((name, text) for _, name, text in books)
    yield "META-INF/catalog.xml", _catalog(namespace)
    yield "META-INF/taxonomyPackage.xml", _package(taxonomy, namespace)


def _linkbases(taxonomy: Taxonomy, namespace: str) -> Iterator[tuple[str, str, str]]:
    labels = linkbases.all_labels(taxonomy)
    for language in linkbases.languages(labels):
        if not _LANGUAGE.match(language):
            raise FormatError(f"XBRL: {names.legal(language)!r} is no language tag; correct the labels in the taxonomy")
        yield "label", f"labels-{language}.xml", linkbases.label_linkbase(labels, language)
    yield "presentation", "presentation.xml", linkbases.presentation_linkbase(taxonomy, namespace)
    yield "calculation", "calculation.xml", linkbases.calculation_linkbase(taxonomy, namespace)
    yield "definition", "definition.xml", linkbases.definition_linkbase(taxonomy, namespace)
    yield "reference", "references.xml", linkbases.reference_linkbase(taxonomy, namespace)


def _check_names(taxonomy: Taxonomy) -> None:
    """Every element name once: what is declared twice would be an invalid schema. Ids of networks become ids and addresses."""
    for network in taxonomy.networks.values():
        if not _NETWORK.match(network.id) or network.id == linkbases.DIMENSIONS_ROLE:
            raise FormatError(f"XBRL: a network cannot be called {names.legal(network.id)!r}; use small letters, digits and hyphens")
    generated = [linkbases.domain_of(axis) for axis in taxonomy.axes.values()]
    generated += [linkbases.abstract_of(network) for network in taxonomy.networks.values()]
    members = {member for axis in taxonomy.axes.values() for member in axis.members}
    seen: set[str] = set()
    for name in (*taxonomy.concepts, *taxonomy.axes, *members, *generated):
        prefix, _ = names.split_name(name)
        if prefix not in taxonomy.prefixes and prefix != names.REPORT_PREFIX:
            raise FormatError(f"XBRL: the prefix of {name} has no namespace; declare it in the taxonomy")
        if name in seen:
            raise FormatError(f"XBRL: {name} names two things; concepts, axes, members and domains share one name space: rename one")
        seen.add(name)


# --- schemas ----------------------------------------------------------------------------------------


def _schema(taxonomy: Taxonomy, prefix: str) -> str:
    elements = [_concept(each) for each in taxonomy.concepts.values() if each.id.startswith(f"{prefix}:")]
    elements += [text for axis in taxonomy.axes.values() for name, text in _axis(axis) if name.startswith(f"{prefix}:")]
    return _document(taxonomy.prefixes[prefix], prefix, _IMPORTS, list(dict.fromkeys(elements)))


def _document(namespace: str, prefix: str, imports: Mapping[str, str], content: Iterable[str], more: Iterable[str] = ()) -> str:
    spaces = {"xs": names.NAMESPACES["xs"], **{each: names.NAMESPACES[each] for each in imports}}
    spaces |= {"link": names.NAMESPACES["link"], "xlink": names.NAMESPACES["xlink"], prefix: namespace}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<xs:schema " + " ".join(f'xmlns:{each}="{attribute(uri)}"' for each, uri in spaces.items()),
        f'  targetNamespace="{attribute(namespace)}" elementFormDefault="qualified" attributeFormDefault="unqualified">',
        *more,
        *(f'<xs:import namespace="{names.NAMESPACES[each]}" schemaLocation="{where}"/>' for each, where in imports.items()),
        *content,
        "</xs:schema>\n",
    ]
    return "\n".join(lines)


def _element(
    name: str, kind: str, *, group: str = "xbrli:item", period: str = "duration", balance: str = "", abstract: bool = False
) -> str:
    more = (f' xbrli:balance="{balance}"' if balance else "") + (' abstract="true"' if abstract else "")
    return (
        f'<xs:element id="{element_id(name)}" name="{names.split_name(name)[1]}" type="{kind}" substitutionGroup="{group}"'
        f' nillable="true" xbrli:periodType="{period}"{more}/>'
    )


def _concept(concept: Concept) -> str:
    return _element(concept.id, ITEM_TYPES[concept.type], period=concept.period, balance=concept.balance or "")


def _axis(axis: Axis) -> Iterator[tuple[str, str]]:
    yield axis.id, _element(axis.id, "xbrli:stringItemType", group="xbrldt:dimensionItem", abstract=True)
    for name in (linkbases.domain_of(axis), *axis.members):
        yield name, _element(name, "dtr:domainItemType", abstract=True)


def _typed_axis(axis: str, domain: str) -> str:
    """A typed dimension and the element of its values (Dimensions 1.0 section 2.5.2.1.1)."""
    made = _element(axis, "xbrli:stringItemType", group="xbrldt:dimensionItem", abstract=True)
    value = f'<xs:element id="{element_id(domain)}" name="{names.split_name(domain)[1]}" type="xs:string"/>'
    return made.replace("/>", f' xbrldt:typedDomainRef="#{element_id(domain)}"/>') + value


def _report_schema(taxonomy: Taxonomy, namespace: str, books: Iterable[tuple[str, str]]) -> str:
    appinfo = ["<xs:annotation><xs:appinfo>", *_role_types(taxonomy, namespace)]
    appinfo += [
        f'<link:linkbaseRef xlink:type="simple" xlink:href="{name}" xlink:role="{_LINKBASE_ROLE.format(kind)}"'
        ' xlink:arcrole="http://www.w3.org/1999/xlink/properties/linkbase"/>'
        for kind, name in books
    ]
    appinfo.append("</xs:appinfo></xs:annotation>")
    content = [
        f'<xs:import namespace="{attribute(uri)}" schemaLocation="{prefix}.xsd"/>' for prefix, uri in names.prefixes_of(taxonomy).items()
    ]
    content += [_element(linkbases.abstract_of(each), "xbrli:stringItemType", abstract=True) for each in taxonomy.networks.values()]
    content.append(_element(linkbases.LINE_ITEMS, "xbrli:stringItemType", abstract=True))
    content.append(_element(linkbases.TABLE, "xbrli:stringItemType", group="xbrldt:hypercubeItem", abstract=True))
    content.append(_typed_axis(names.PLACE_AXIS, names.PLACE))
    content.append('<xs:element name="StandardElement" type="xs:string" substitutionGroup="link:part"/>')
    return _document(namespace, names.REPORT_PREFIX, _REPORT_IMPORTS, content, appinfo)


def _role_types(taxonomy: Taxonomy, namespace: str) -> Iterator[str]:
    used_on = "".join(f"<link:usedOn>link:{kind}Link</link:usedOn>" for kind in ("presentation", "calculation", "definition"))
    titles = {network.id: network.labels.get("en", network.id) for network in taxonomy.networks.values()}
    # Viewers sort networks by this text: the number keeps them in the taxonomy's order.
    for number, (network, title) in enumerate([*titles.items(), (linkbases.DIMENSIONS_ROLE, "Dimensions")], start=1):
        yield (
            f'<link:roleType roleURI="{attribute(linkbases.role_uri(namespace, network))}" id="role-{attribute(network)}">'
            f"<link:definition>{number:02d} - {escape(title)}</link:definition>{used_on}</link:roleType>"
        )


# --- package ----------------------------------------------------------------------------------------


def _catalog(namespace: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">\n'
        f'<rewriteURI uriStartString="{attribute(namespace)}/" rewritePrefix="../"/>\n</catalog>\n'
    )


def _package(taxonomy: Taxonomy, namespace: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tp:taxonomyPackage xmlns:tp="http://xbrl.org/2016/taxonomy-package" xml:lang="en">\n'
        f"<tp:identifier>{escape(namespace)}</tp:identifier>\n"
        "<tp:name>Taxonomy of the exported facts</tp:name>\n"
        f"<tp:version>{escape(taxonomy.hash[:16] or 'unversioned')}</tp:version>\n"
        "<tp:entryPoints><tp:entryPoint><tp:name>All concepts, networks and dimensions</tp:name>\n"
        f'<tp:entryPointDocument href="{attribute(namespace)}/{ENTRY}"/>\n'
        "</tp:entryPoint></tp:entryPoints>\n</tp:taxonomyPackage>\n"
    )
