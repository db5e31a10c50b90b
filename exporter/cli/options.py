"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.errors import DocumentError

if TYPE_CHECKING:
    from exporter.model import Taxonomy
    from exporter.pipeline import Result, Source

_DEFAULT_FORMATS = "xbrl,xlsx,csv"
_SIZE = re.compile(r"(\d+)\s*([KMG]?)I?B?", re.IGNORECASE)
_SIZES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_ENTITY = re.compile(r"[a-z][a-z0-9_-]*:[^\s:]+", re.IGNORECASE)


def format_names(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of formats, separated by commas."""
    from exporter.formats import FORMATS

    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(f"unknown format {', '.join(unknown) or '(none)'}; there are: {', '.join(sorted(FORMATS))}.")
    return names


def size(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Bytes: ``500KB``, ``50MB``."""
    if value is None:
        return None
    match = _SIZE.fullmatch(value.strip())
    if not match or int(match[1]) == 0:
        raise click.BadParameter(f"{value!r} is no size; write bytes, or 500KB, 50MB, 1GB.")
    return int(match[1]) * _SIZES[match[2].upper()]


def filing_date(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """An ISO date, or an instant with offset; given back as it is."""
    if not value:
        return ""
    try:
        date.fromisoformat(value)
    except ValueError:
        try:
            aware = datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise click.BadParameter(f"{value!r} is no date; write 2023-08-15, or 2023-08-15T20:00:00+08:00.") from None
    return value


def entity_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """``scheme:identifier``."""
    if value and not _ENTITY.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no entity ID; write scheme:identifier, such as cik:0000000001.")
    return value


out_option = click.option("--out", default="out", show_default=True, type=click.Path(path_type=Path), help="Folder to write into.")
formats_option = click.option(
    "--formats", default=_DEFAULT_FORMATS, show_default=True, callback=format_names, help="What to write, separated by commas."
)
taxonomy_option = click.option(
    "--taxonomy",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of taxonomy files to use instead of the built-in one.",
)
store_option = click.option(
    "--store", default="out/facts.duckdb", show_default=True, type=click.Path(path_type=Path), help="Fact store to read."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Results as one JSON object.")
strict_option = click.option("--strict", is_flag=True, help="Exit with 3 where a document has findings.")
entity_option = click.option(
    "--entity", default="", callback=entity_id, metavar="ID", help="Who reports, where the document does not tell."
)
language_option = click.option("--language", default="en", show_default=True, metavar="CODE", help="Language of the workbook: en, zh.")
layout_option = click.option(
    "--layout",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Layout of the workbook, a changed copy of templates/workbook.yaml.",
)
max_size_option = click.option("--max-size", default="50MB", show_default=True, callback=size, help="Refuse sources above this size.")


def check_layout(layout: Path | None, language: str) -> None:
    """Refuse a wrong layout, or a language that it does not have, before anything is done."""
    if layout is None and language == "en":
        return
    from exporter.errors import FormatError
    from exporter.formats.xlsx.layout import load

    try:
        load(layout, language)
    except FormatError as error:
        raise click.UsageError(str(error)) from None


def expand(patterns: Sequence[str]) -> tuple[list[Source], list[Result]]:
    """The sources that the patterns name, each once; and a failed result for each pattern that names none."""
    from exporter import pipeline

    found: dict[tuple[str, Path | None], Source] = {}
    missing: list[Result] = []
    for pattern in patterns:
        try:
            for source in pipeline.expand([pattern]):
                found.setdefault((source.name, source.path), source)
        except DocumentError as error:
            missing.append(pipeline.Result(pattern, "", "failed", str(error), 0, 0, 0, (), ()))
    return list(found.values()), missing


def load_taxonomy(folder: Path | None) -> Taxonomy:
    """The taxonomy of a folder, or the built-in one."""
    from exporter.taxonomy import load

    return load(folder)
