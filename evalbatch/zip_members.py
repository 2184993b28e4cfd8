"""A zip put together of members that are compressed already."""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zipfile import ZIP_DEFLATED, ZipInfo

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_UTF8_NAME: Final = 0x800


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A member to be written: its directory entry and its bytes as compressed."""

    info: ZipInfo
    method: int
    check: int
    size: int
    raw: bytes


def packed(info: ZipInfo, content: bytes, level: int) -> StoredMember:
    """Return a member compressed anew."""
    engine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = engine.compress(content) + engine.flush()
    return StoredMember(info, ZIP_DEFLATED, zlib.crc32(content), len(content), raw)


def archive(members: Iterable[StoredMember]) -> bytes:
    """Return a zip archive of members in order; names, dates and attributes are those of their
    entries. No clock inside: the same members give the same bytes, on every system.

    Written by hand, as zipfile cannot copy what is compressed already: it takes twenty times as
    long to compress the sender's parts anew, and their bytes would not stay the sender's; and most
    parts of a report are those of its template.
    """
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for member in members:
        info = member.info
        flags = _UTF8_NAME if info.flag_bits & _UTF8_NAME or not info.filename.isascii() else 0
        name = info.filename.encode("utf-8")
        year, month, day, hour, minute, second = info.date_time
        when, date = (
            hour << 11 | minute << 5 | second // 2,
            max(year - 1980, 0) << 9 | month << 5 | day,
        )
        common = (
            20,
            flags,
            member.method,
            when,
            date,
            member.check,
            len(member.raw),
            member.size,
            len(name),
            0,
        )
        head = _LOCAL.pack(b"PK\3\4", *common) + name
        entry = _CENTRAL.pack(b"PK\1\2", 20, *common, 0, 0, 0, info.external_attr, offset)
        pieces += (head, member.raw)
        directory.append(entry + name)
        offset += len(head) + len(member.raw)
    listing = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), len(listing), offset, 0)
    return b"".join((*pieces, listing, end))
