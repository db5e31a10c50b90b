"""taxonomy/*.yaml -> :class:`~exporter.model.Taxonomy`; strict, every error with ``file:line`` and the mend.

The format is described in docs/taxonomy.md. Loading goes through a cache: the key is a hash over the
names and bytes of all files, the loader's version and the layout of the model, so a cache is either
exactly right or not used. A load from the cache imports neither yaml nor the modules that read nodes.

Where to look, from the outside in; imports go down this list only: ``sources`` (where the files lie), ``cache``,
``compiling`` (all files, in order), ``collect`` (names first); one module for what each name says: ``concepts``,
``ratios``, ``aliases``, ``sections``, ``lexicon``, ``networks``, ``dimensions``, ``entities`` (rules are read by
``exporter.checks.reading``); below these ``spellings`` (choices in a text), ``tables`` (everything by name) and
``nodes`` (one YAML file, with places). ``linting`` stands apart: doubts about a taxonomy that loads.
"""

from __future__ import annotations

from pathlib import Path

from exporter.model import Taxonomy
from exporter.taxonomy.cache import LOADER_VERSION, cache_path, from_cache, to_cache
from exporter.taxonomy.linting import lint, read_names
from exporter.taxonomy.sources import data_folder, digest_of, read_sources

__all__ = ["LOADER_VERSION", "data_folder", "lint", "load", "read_names"]


def load(folder: Path | None = None, *, cache: Path | None = None) -> Taxonomy:
    """The taxonomy in ``folder`` (default: the packaged one), from ``cache`` where that is exactly right.

    ``cache`` is a folder (default: ``EXPORTER_CACHE``, else the platform's cache folder); where it
    cannot be read or written the files are compiled again, silently. Raises TaxonomyError.
    """
    root = folder or data_folder("taxonomy")
    sources = read_sources(root)
    digest = digest_of(sources)
    path = cache_path(cache, digest)
    known = from_cache(path, digest) if path else None
    if known is not None:
        return known
    from exporter.taxonomy.compiling import compile_taxonomy  # not needed where the cache is right

    taxonomy = compile_taxonomy(sources, digest)
    if path:
        to_cache(path, digest, taxonomy)
    return taxonomy
