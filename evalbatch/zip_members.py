"""A zip put together of members that are compressed already."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipInfo

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5HI")
_OFFSET: Final = struct.Struct("<I")
_END: Final = struct.Struct("<4s4H2IH")
_UTF8_NAME: Final = 0x800


class StoredMember(NamedTuple):
    """A member as it lies in a zip: what stands before its bytes, these as compressed, and its line
    of the directory, but for its place, and its name.
    """

    head: bytes
    raw: bytes
    line: bytes
    name: bytes


def stored(info: ZipInfo, raw: bytes) -> StoredMember:
    """Return a member that is compressed as its entry says."""
    return _member(info, info.compress_type, info.CRC, raw, info.file_size)


def packed(info: ZipInfo, content: bytes, level: int) -> StoredMember:
    """Return a member compressed anew; its entry says its name, date and attributes."""
    engine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = engine.compress(content) + engine.flush()
    return _member(info, ZIP_DEFLATED, zlib.crc32(content), raw, len(content))


def _member(info: ZipInfo, method: int, check: int, raw: bytes, size: int) -> StoredMember:
    flags = _UTF8_NAME if info.flag_bits & _UTF8_NAME or not info.filename.isascii() else 0
    name = info.filename.encode("utf-8")
    year, month, day, hour, minute, second = info.date_time
    when = hour << 11 | minute << 5 | second // 2
    date = max(year - 1980, 0) << 9 | month << 5 | day
    common = (20, flags, method, when, date, check, len(raw), size, len(name), 0)
    head = _LOCAL.pack(b"PK\3\4", *common) + name
    line = _CENTRAL.pack(b"PK\1\2", 20, *common, 0, 0, 0, info.external_attr)
    return StoredMember(head, raw, line, name)


def archive(members: Sequence[StoredMember]) -> bytes:
    """Return a zip archive of members in order. No clock inside: the same members give the same
    bytes, on every system.

    Written by hand, as zipfile cannot copy what is compressed already: it takes twenty times as
    long to compress the sender's parts anew, and their bytes would not stay the sender's; and most
    parts of a report are those of its template.
    """
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for head, raw, line, name in members:
        pieces += (head, raw)
        directory += (line, _OFFSET.pack(offset), name)
        offset += len(head) + len(raw)
    listing = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(members), len(members), len(listing), offset, 0)
    return b"".join((*pieces, listing, end))
