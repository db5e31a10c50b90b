"""Growth rates, changes and shares: concepts generated from one line on their base concept."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.model import Concept
from exporter.taxonomy.nodes import File, Node
from exporter.taxonomy.tables import Build, reference

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


def make_ratios(build: Build) -> dict[str, Concept]:
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


def _ratio(build: Build, file: File, node: Node, base: Concept) -> Concept:
    """A generated concept: a percentage, or for a change an amount of the base's own type and unit."""
    en, zh = base.label("en"), base.label("zh")
    kind = ""
    if node.id == "mapping":
        entry = file.mapping(node, f"ratio of {base.id}", ("share_of",))
        if "share_of" not in entry:
            file.fail(node, f"ratio of {base.id} names nothing", "add share_of: ...")
        other = build.made[reference(file, entry["share_of"], build.concepts, "concept")]
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
