"""The linkbases of a taxonomy: labels, presentation, calculation, definition (dimensions), references.

Sources: XBRL 2.1 section 5.2, XBRL Dimensions 1.0 section 2, Calculations 1.1 (REC 2023-02-22), and the label
role ``negated`` of the Link Role Registry. One extended link holds one arcrole: the same pair of locators may
not be joined twice in one link, whatever the arcrole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exporter.model import Axis, Line, Network, Taxonomy
from exporter.xbrl import names
from exporter.xbrl.names import attribute, element_id, escape

Labels = Mapping[tuple[str, str], str]

_ROLE = "http://www.xbrl.org/2003/role/"
STANDARD_LINK = f"{_ROLE}link"
LABEL_ROLES: Mapping[str, str] = {
    "standard": f"{_ROLE}label",
    "total": f"{_ROLE}totalLabel",
    "negated": "http://www.xbrl.org/2009/role/negatedLabel",
    "periodStart": f"{_ROLE}periodStartLabel",
    "periodEnd": f"{_ROLE}periodEndLabel",
    "documentation": f"{_ROLE}documentation",
}
_NEGATED = "http://www.xbrl.org/lrr/role/negated-2009-12-16.xsd#negatedLabel"
_PARENT_CHILD = "http://www.xbrl.org/2003/arcrole/parent-child"

#: Calculations 1.1, not the arcrole of XBRL 2.1: a sum of rounded figures is judged by its rounding intervals, and a
#: validator that knows only XBRL 2.1 does not report the rounding of a printed total as an error.
SUMMATION_ITEM = "https://xbrl.org/2023/arcrole/summation-item"
_SUMMATION_HREF = "https://www.xbrl.org/2023/calculation-1.1.xsd#summation-item"

_DIMENSIONAL = "http://xbrl.org/int/dim/arcrole/"
_DIMENSIONAL_HREF = "http://www.xbrl.org/2005/xbrldt-2005.xsd#"

TABLE, LINE_ITEMS = f"{names.REPORT_PREFIX}:FactsTable", f"{names.REPORT_PREFIX}:FactsLineItems"
DIMENSIONS_ROLE = "dimensions"

#: The standard elements that the axes of this package stand for (SRT 2025).
_STANDARD_AXES: Mapping[str, Mapping[str, str]] = {
    names.RANGE_AXIS: {"srt": "RangeAxis"},
    names.RANGE_LOW: {"srt": "MinimumMember"},
    names.RANGE_HIGH: {"srt": "MaximumMember"},
    names.SCENARIO_AXIS: {"srt": "StatementScenarioAxis"},
    names.SCENARIO_MEMBERS["guidance"]: {"srt": "ScenarioForecastMember"},
}


# --- names of what is generated ---------------------------------------------------------------------


def abstract_of(network: Network) -> str:
    """The abstract item at the root of a network's presentation: ``income-statement`` is ``report:IncomeStatementAbstract``."""
    return f"{names.REPORT_PREFIX}:{''.join(part.capitalize() for part in network.id.replace('_', '-').split('-'))}Abstract"


def domain_of(axis: Axis) -> str:
    """The item at the head of an axis's members; the default where the axis names none: facts without the axis are valid."""
    return f"{axis.id.removesuffix('Axis')}Domain"


def role_uri(namespace: str, network: str) -> str:
    """The role of a network, under the namespace of the report schema."""
    return f"{namespace}/role/{network}"


def href(name: str) -> str:
    """Where an element is declared, relative to the linkbases: ``fin.xsd#fin_Revenues``."""
    return f"{name.partition(':')[0]}.xsd#{element_id(name)}"


# --- pieces -----------------------------------------------------------------------------------------


def _linkbase(refs: Iterable[str], links: Iterable[str], spaces: Mapping[str, str] | None = None) -> str:
    declared = {**{prefix: names.NAMESPACES[prefix] for prefix in ("link", "xlink", "xsi")}, **(spaces or {})}
    spaces_text = " ".join(f'xmlns:{prefix}="{attribute(uri)}"' for prefix, uri in declared.items())
    where = 'xsi:schemaLocation="http://www.xbrl.org/2003/linkbase http://www.xbrl.org/2003/xbrl-linkbase-2003-12-31.xsd"'
    body = "\n".join([*refs, *links])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<link:linkbase {spaces_text} {where}>\n{body}\n</link:linkbase>\n'


def _role_ref(uri: str, where: str) -> str:
    return f'<link:roleRef roleURI="{attribute(uri)}" xlink:type="simple" xlink:href="{attribute(where)}"/>'


def _network_ref(namespace: str, network: str) -> str:
    return _role_ref(role_uri(namespace, network), f"{names.REPORT_PREFIX}.xsd#role-{network}")


def _arcrole_ref(uri: str, where: str) -> str:
    return f'<link:arcroleRef arcroleURI="{uri}" xlink:type="simple" xlink:href="{where}"/>'


def _loc(name: str, label: str) -> str:
    return f'<link:loc xlink:type="locator" xlink:href="{href(name)}" xlink:label="{label}"/>'


def _link(kind: str, role: str, content: Iterable[str]) -> str:
    return f'<link:{kind} xlink:type="extended" xlink:role="{attribute(role)}">\n' + "\n".join(content) + f"\n</link:{kind}>"


def _arc(kind: str, arcrole: str, pair: tuple[str, str], more: str = "") -> str:
    return f'<link:{kind} xlink:type="arc" xlink:arcrole="{arcrole}" xlink:from="{pair[0]}" xlink:to="{pair[1]}"{more}/>'


# --- labels and references --------------------------------------------------------------------------


def all_labels(taxonomy: Taxonomy) -> dict[str, Labels]:
    """Labels by element and then by language and role, for concepts, axes, members and what is generated."""
    found: dict[str, Labels] = {}
    for concept in taxonomy.concepts.values():
        found[concept.id] = {**concept.labels, **({("en", "documentation"): concept.definition} if concept.definition else {})}
    for axis in taxonomy.axes.values():
        found[axis.id] = _standard(axis.labels)
        found[domain_of(axis)] = _standard({language: f"{text} [Domain]" for language, text in axis.labels.items()})
        for member, labels in axis.members.items():
            found[member] = _standard(labels)
    for network in taxonomy.networks.values():
        found[abstract_of(network)] = _standard(network.labels)
    found[TABLE] = _standard({"en": "Reported facts [Table]", "zh": "报告数据 [表]"})
    found[LINE_ITEMS] = _standard({"en": "Reported facts [Line items]", "zh": "报告数据 [项目]"})
    return found


def _standard(labels: Mapping[str, str]) -> Labels:
    return {(language, "standard"): text for language, text in labels.items()}


def languages(labels: Mapping[str, Labels]) -> list[str]:
    """The languages in which anything is labelled, sorted."""
    return sorted({language for each in labels.values() for language, _ in each})


def label_linkbase(labels: Mapping[str, Labels], language: str) -> str:
    """The label linkbase of one language."""
    content: list[str] = []
    for name, texts in labels.items():
        found = [
            f'<link:label xlink:type="resource" xlink:label="{element_id(name)}_label" xlink:role="{LABEL_ROLES[role]}"'
            f' xml:lang="{attribute(language)}">{escape(text)}</link:label>'
            for (spoken, role), text in texts.items()
            if spoken == language
        ]
        if found:
            pair = (element_id(name), f"{element_id(name)}_label")
            content += [_loc(name, pair[0]), *found, _arc("labelArc", "http://www.xbrl.org/2003/arcrole/concept-label", pair)]
    negated = any((language, "negated") in texts for texts in labels.values())
    return _linkbase([_role_ref(LABEL_ROLES["negated"], _NEGATED)] if negated else [], [_link("labelLink", STANDARD_LINK, content)])


def reference_linkbase(taxonomy: Taxonomy, namespace: str) -> str:
    """For each concept the elements of the standard taxonomies that mean the same (``maps_to``)."""
    content: list[str] = []
    known = {member for axis in taxonomy.axes.values() for member in (axis.id, *axis.members)}
    mapped = {concept.id: concept.maps_to for concept in taxonomy.concepts.values()}
    mapped.update({name: targets for name, targets in _STANDARD_AXES.items() if name in known})
    for name, targets in mapped.items():
        if not targets:
            continue
        pair = (element_id(name), f"{element_id(name)}_reference")
        content.append(_loc(name, pair[0]))
        for prefix, local in sorted(targets.items()):
            content.append(
                f'<link:reference xlink:type="resource" xlink:label="{pair[1]}" xlink:role="{_ROLE}reference">'
                f"<ref:Name>{escape(prefix)}</ref:Name>"
                f"<{names.REPORT_PREFIX}:StandardElement>{escape(prefix)}:{escape(local)}</{names.REPORT_PREFIX}:StandardElement></link:reference>"
            )
        content.append(_arc("referenceArc", "http://www.xbrl.org/2003/arcrole/concept-reference", pair))
    spaces = {"ref": names.NAMESPACES["ref"], names.REPORT_PREFIX: namespace}
    return _linkbase([], [_link("referenceLink", STANDARD_LINK, content)], spaces)


# --- presentation -----------------------------------------------------------------------------------


def presentation_linkbase(taxonomy: Taxonomy, namespace: str) -> str:
    """One link a network: its lines under one abstract item, in print order, nested by level."""
    networks = taxonomy.networks.values()
    refs = [_network_ref(namespace, network.id) for network in networks]
    used = {line.role for network in networks for line in network.presentation}
    if "negated" in used:
        refs.append(_role_ref(LABEL_ROLES["negated"], _NEGATED))
    links = [
        _link("presentationLink", role_uri(namespace, network.id), _presentation(network, taxonomy))
        for network in networks
        if network.presentation
    ]
    return _linkbase(refs, links)


def _presentation(network: Network, taxonomy: Taxonomy) -> Iterator[str]:
    root = abstract_of(network)
    yield _loc(root, element_id(root))
    labels: dict[str, str] = {}
    for number, (parent, line) in enumerate(nest(root, network.presentation), start=1):
        # A concept that stands in two lines (cash at the start and at the end) needs a locator for each of them.
        label = f"{element_id(line.concept)}_{number}"
        yield _loc(line.concept, label)
        labels.setdefault(line.concept, label)
        more = f' order="{number}"'
        if line.role != "standard" and any(role == line.role for _, role in taxonomy.concepts[line.concept].labels):
            more += f' preferredLabel="{LABEL_ROLES[line.role]}"'
        yield _arc("presentationArc", _PARENT_CHILD, (labels.get(parent, element_id(parent)), label), more)


def nest(root: str, lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Parent and line, in order: the parent is the last line above of a lower level, else the root.

    A line that would close a circle (a total repeated under its own heading) hangs under the root:
    XBRL allows no directed cycle in parent-child.
    """
    children: dict[str, set[str]] = {}
    open_lines: list[Line] = []
    for line in lines:
        while open_lines and open_lines[-1].level >= line.level:
            open_lines.pop()
        parent = open_lines[-1].concept if open_lines else root
        if _reaches(children, line.concept, parent):
            parent = root
        children.setdefault(parent, set()).add(line.concept)
        open_lines.append(line)
        yield parent, line


def _reaches(children: Mapping[str, set[str]], start: str, goal: str) -> bool:
    queue, seen = [start], set[str]()
    while queue:
        name = queue.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            queue += children.get(name, ())
    return False


# --- calculation ------------------------------------------------------------------------------------


def calculation_linkbase(taxonomy: Taxonomy, namespace: str) -> str:
    """One link a network that has sums; weights as the taxonomy gives them (the loader checked them against balances)."""
    networks = [network for network in taxonomy.networks.values() if network.calculation]
    refs = [_network_ref(namespace, network.id) for network in networks]
    links = [_link("calculationLink", role_uri(namespace, network.id), _calculation(network)) for network in networks]
    return _linkbase([*refs, _arcrole_ref(SUMMATION_ITEM, _SUMMATION_HREF)] if links else [], links)


def _calculation(network: Network) -> Iterator[str]:
    concepts = dict.fromkeys(name for total, parts in network.calculation.items() for name in (total, *(part for part, _ in parts)))
    yield from (_loc(name, element_id(name)) for name in concepts)
    for total, parts in network.calculation.items():
        for number, (part, weight) in enumerate(parts, start=1):
            yield _arc("calculationArc", SUMMATION_ITEM, (element_id(total), element_id(part)), f' order="{number}" weight="{weight}"')


# --- dimensions -------------------------------------------------------------------------------------


def definition_linkbase(taxonomy: Taxonomy, namespace: str) -> str:
    """One hypercube over all concepts and all axes, in the scenario.

    Every axis has a default, so a fact without dimensions is valid; an axis or a member that is not
    declared is not (Dimensions 1.0 section 3.1). It is open, so that a fact may also carry the typed
    place of a total that stands in the text (names.told_apart). One link element an arcrole.
    """
    axes = list(taxonomy.axes.values())
    groups: dict[str, list[tuple[str, str, str]]] = {
        "all": [(LINE_ITEMS, TABLE, ' xbrldt:contextElement="scenario" xbrldt:closed="false"')],
        "hypercube-dimension": [(TABLE, axis.id, "") for axis in axes],
        "dimension-domain": [(axis.id, domain_of(axis), "") for axis in axes],
        "dimension-default": [(axis.id, axis.default or domain_of(axis), "") for axis in axes],
        "domain-member": [
            *((domain_of(axis), member, "") for axis in axes for member in axis.members),
            *((LINE_ITEMS, concept, "") for concept in taxonomy.concepts),
        ],
    }
    groups = {name: arcs for name, arcs in groups.items() if arcs}
    refs = [_network_ref(namespace, DIMENSIONS_ROLE)]
    refs += [_arcrole_ref(_DIMENSIONAL + name, _DIMENSIONAL_HREF + name) for name in groups]
    links = [_dimensional_link(namespace, name, arcs) for name, arcs in groups.items()]
    return _linkbase(refs, links, {"xbrldt": names.NAMESPACES["xbrldt"]})


def _dimensional_link(namespace: str, arcrole: str, arcs: Sequence[tuple[str, str, str]]) -> str:
    concepts = dict.fromkeys(name for source, target, _ in arcs for name in (source, target))
    content = [_loc(name, element_id(name)) for name in concepts]
    for number, (source, target, more) in enumerate(arcs, start=1):
        pair = (element_id(source), element_id(target))
        content.append(_arc("definitionArc", _DIMENSIONAL + arcrole, pair, f' order="{number}"{more}'))
    return _link("definitionLink", role_uri(namespace, DIMENSIONS_ROLE), content)
