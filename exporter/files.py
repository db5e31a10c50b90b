"""Writing files so that nobody ever sees half of one, and so that equal input gives equal bytes."""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from exporter.errors import FormatError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_ZIP_STAMP = (1980, 1, 1, 0, 0, 0)


def safe_name(text: str) -> str:
    """A name that Windows, URLs and shells take: letters, digits, ``._-``, at most 80, no reserved word."""
    name = _UNSAFE.sub("-", text).strip("-.")[:80].rstrip("-.") or "document"
    head, dot, rest = name.partition(".")
    return f"{head}-file{dot}{rest}" if head.lower() in _RESERVED else name


def write_atomic(path: Path, data: bytes | str) -> Path:
    """Write under a temporary name in the same folder, then rename. Text is written as UTF-8.

    Raises FormatError, naming the file, where the target cannot be replaced (a workbook that is
    open elsewhere, a read-only folder, a full disk); the temporary file is removed.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise FormatError(f"{path}: cannot write here ({error.strerror}); choose another --out folder") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise FormatError(
            f"{path}: cannot be replaced ({error.strerror}); close the program that has it open, then run again"
        ) from error
    return path


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed run left in ``folder`` and below it; what cannot be removed stays."""
    for path in folder.rglob(".*.tmp"):
        with suppress(OSError):
            path.unlink()


def zip_bytes(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip archive without clock or platform in it: entries in the given order, fixed stamps."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, _ZIP_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()
