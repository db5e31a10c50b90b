"""The zip container of a model: read with suspicion, written with every untouched entry copied as it is.

``zipfile`` reads the directory; it cannot copy an entry without inflating it, so the writing is done here: the local
record of an untouched entry (name, stamp, extra field, deflated bytes, data descriptor) is copied byte for byte, a
replaced one keeps its name, stamp and attributes and gets new data.
"""

from __future__ import annotations

import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter.errors import DocumentError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_END = struct.Struct("<4s4H2LH")
_LIMIT = 0xFFFFFFFF
#: Sheets at level 4 are a tenth larger than at level 6, in half the time.
_LEVEL = 4
_DESCRIPTOR, _ENCRYPTED = 0x08, 0x01
#: An honest package has some hundred parts; a hostile one has a directory that takes minutes to read.
MOST_ENTRIES = 20_000
#: What a part may unpack to, and all that are read together. The largest models are below it; parts that are only copied are
#: never unpacked.
LARGEST_PART, LARGEST_TOTAL = 256 * 1024 * 1024, 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its place in the file, and where its record of the central directory lies."""

    info: zipfile.ZipInfo
    start: int
    end: int
    central: bytes


class Archive:
    """The parts of a package by name. ``label`` is what messages call the file."""

    def __init__(self, data: bytes, label: str) -> None:
        self.label = label
        self._data = data
        self._zip = _opened(data, label)
        self._unpacked = 0
        self.entries = list(_entries(data, self._zip, label))
        self._by_name = {entry.info.filename: entry for entry in self.entries}
        # OPC compares part names without case.
        self._folded = {name.casefold(): name for name in self._by_name}
        if len(self._folded) < len(self.entries):
            raise DocumentError(f"{label}: two parts of the package have the same name; save it once with a spreadsheet program")

    def name(self, wanted: str) -> str | None:
        """The part's name as it is spelled here, or None where there is no such part."""
        return wanted if wanted in self._by_name else self._folded.get(wanted.casefold())

    def read(self, name: str) -> bytes:
        """The unpacked bytes of a part. Raises DocumentError where it is damaged or too large."""
        info = self._by_name[name].info
        self._unpacked += info.file_size
        if info.file_size > LARGEST_PART or self._unpacked > LARGEST_TOTAL:
            raise DocumentError(f"{self.label}: the part {name} is larger than what is read of a model when unpacked; split the model")
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise DocumentError(f"{self.label}: the part {name} is damaged ({error}); restore the file from a copy") from error
        if len(data) != info.file_size:
            raise DocumentError(f"{self.label}: the part {name} is damaged (its size is not what the package says)")
        return data

    def with_parts(self, parts: Mapping[str, bytes]) -> bytes:
        """The package again with some parts replaced; the order of entries, and of their directory, stays."""
        if not parts:
            return self._data
        out = io.BytesIO()
        out.write(self._data[: min((entry.start for entry in self.entries), default=0)])
        placed: dict[str, tuple[int, bytes]] = {}
        for entry in sorted(self.entries, key=lambda entry: entry.start):
            name, place = entry.info.filename, out.tell()
            if name in parts:
                record, central = _replaced(entry, self._data, parts[name])
                out.write(record)
            else:
                out.write(self._data[entry.start : entry.end])
                central = entry.central
            placed[name] = (place, central)
        start = out.tell()
        for entry in self.entries:
            place, central = placed[entry.info.filename]
            out.write(central[:42] + struct.pack("<L", place) + central[46:])
        size, count = out.tell() - start, len(self.entries)
        if start + size >= _LIMIT:
            raise DocumentError(f"{self.label}: is larger than a plain zip file can be; split the model")
        comment = self._zip.comment
        out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, len(comment)) + comment)
        return out.getvalue()


def _opened(data: bytes, label: str) -> zipfile.ZipFile:
    if data.startswith(_OLE):
        raise DocumentError(f"{label}: is an old .xls workbook, or one with a password; save it as .xlsx or .xlsm without a password")
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise DocumentError(f"{label}: is no workbook (not a zip package: {error}); save it as .xlsx or .xlsm") from error
    infos = opened.infolist()
    if len(infos) > MOST_ENTRIES:
        raise DocumentError(f"{label}: holds {len(infos)} parts; a workbook has a few hundred")
    for info in infos:
        _refuse(info, label)
    return opened


def _refuse(info: zipfile.ZipInfo, label: str) -> None:
    name = info.orig_filename
    steps = name.split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or ":" in steps[0] or ".." in steps:
        raise DocumentError(f"{label}: the part name {name!r} leaves the package; the file is not trusted")
    if info.flag_bits & _ENCRYPTED:
        raise DocumentError(f"{label}: the part {name} is encrypted; save it without a password")


def _entries(data: bytes, opened: zipfile.ZipFile, label: str) -> Iterator[Entry]:
    """The entries in the order of the directory, each with the bytes from its local record to the next one's."""
    infos = opened.infolist()
    bounds = [*sorted({info.header_offset for info in infos}), opened.start_dir]
    after = dict(itertools.pairwise(bounds))
    if len(bounds) != len(infos) + 1 or any(start >= end for start, end in after.items()):
        raise DocumentError(f"{label}: the entries of the package overlap; the file is not trusted")
    at = opened.start_dir
    for info in infos:
        start, end = info.header_offset, after[info.header_offset]
        if data[start : start + 4] != b"PK\x03\x04" or data[at : at + 4] != b"PK\x01\x02":
            raise DocumentError(f"{label}: the package is damaged; restore the file from a copy")
        head = _CENTRAL.unpack_from(data, at)
        length = _CENTRAL.size + head[12] + head[13] + head[14]
        local = _LOCAL.unpack_from(data, start)
        if start + _LOCAL.size + local[10] + local[11] + info.compress_size > end:
            raise DocumentError(f"{label}: the entries of the package overlap; the file is not trusted")
        if head[18] == _LIMIT:
            raise DocumentError(f"{label}: is a ZIP64 package; save it once with a spreadsheet program")
        yield Entry(info, start, end, data[at : at + length])
        at += length


def _replaced(entry: Entry, data: bytes, part: bytes) -> tuple[bytes, bytes]:
    """The local and the central record of an entry with other data: name, stamp, attributes and comment stay."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    packed = packer.compress(part) + packer.flush()
    crc = zlib.crc32(part)
    local = list(_LOCAL.unpack_from(data, entry.start))
    name_at = entry.start + _LOCAL.size
    name = data[name_at : name_at + local[10]]
    extra = _without_zip64(data[name_at + local[10] : name_at + local[10] + local[11]])
    local[3], local[4], local[7:12] = local[3] & ~_DESCRIPTOR, zipfile.ZIP_DEFLATED, [crc, len(packed), len(part), len(name), len(extra)]
    head = list(_CENTRAL.unpack_from(entry.central))
    name_end = _CENTRAL.size + head[12]
    central_name, comment = entry.central[_CENTRAL.size : name_end], entry.central[name_end + head[13] :]
    central_extra = _without_zip64(entry.central[name_end : name_end + head[13]])
    head[5], head[6], head[9:12], head[13] = head[5] & ~_DESCRIPTOR, zipfile.ZIP_DEFLATED, [crc, len(packed), len(part)], len(central_extra)
    return _LOCAL.pack(*local) + name + extra + packed, _CENTRAL.pack(*head) + central_name + central_extra + comment


def _without_zip64(extra: bytes) -> bytes:
    """An extra field without the 64-bit sizes, which no longer hold; what is no list of fields is dropped."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind != 1:
            kept += extra[at : at + 4 + size]
        at += 4 + size
    return kept if at == len(extra) else b""
