"""The members of a zip package, inflated under guard: nothing a header says is trusted."""

import io
import struct
import zipfile
import zlib
from functools import cached_property

from evalbatch.model.place import Place
from evalbatch.workbook.grid import Refused
from evalbatch.workbook.sheets import limits, refusal
from evalbatch.workbook.sheets.refusal import refused

LOCAL_HEADER = struct.Struct("<4s22xHH")
CHUNK = 1 << 18
MARKUP = (".xml", ".rels", ".vml")
ENCRYPTED_FLAG = 1


class Parts:
    """The parts of a package by lower-case name with forward slashes.

    Opening inflates every part once and counts; markup is kept, the rest (pictures, macros) is only counted.

    Raises:
        Refused: the package is damaged (F01), encrypted (F02), or too large or hostile (F08).
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.place = Place(name)
        try:
            self.members = zipfile.ZipFile(io.BytesIO(data)).infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OSError, OverflowError, EOFError) as error:
            raise refused(refusal.DAMAGED, self.place, detail="不是完整的压缩包，可能在下载或复制时中断") from error
        if len(self.members) > limits.PARTS:
            raise refused(refusal.PARTS, self.place, count=len(self.members), limit=limits.PARTS)
        self.expanded = 0
        self.content: dict[str, bytes] = {}
        self.infos: dict[str, zipfile.ZipInfo] = {}
        for info in self.members:
            self._admit(info)

    def __contains__(self, part: str) -> bool:
        return normal(part) in self.infos

    def read(self, part: str) -> bytes:
        """Return the content of a part; what is no markup by its name is inflated again.

        Raises:
            Refused: there is no such part (F01), or it is too large to hold (F08).
        """
        name = normal(part)
        content = self.content.get(name)
        if content is not None:
            return content
        info = self.infos.get(name)
        if info is None:
            raise refused(refusal.DAMAGED, self.place, detail=f"缺少部件 {part}")
        return self._inflate(info, keep=True)

    def raw(self, info: zipfile.ZipInfo) -> bytes:
        """Return a member's bytes as stored in the package, still compressed.

        Raises:
            Refused: the local header is not where the directory says (F01).
        """
        head = self.data[info.header_offset : info.header_offset + LOCAL_HEADER.size]
        if len(head) < LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
            raise refused(refusal.DAMAGED, self.place, detail=f"部件 {info.filename} 的位置不对")
        _, name_length, extra_length = LOCAL_HEADER.unpack(head)
        start = info.header_offset + LOCAL_HEADER.size + name_length + extra_length
        raw = self.data[start : start + info.compress_size]
        if len(raw) < info.compress_size:
            raise refused(refusal.DAMAGED, self.place, detail=f"部件 {info.filename} 不完整")
        return raw

    def _admit(self, info: zipfile.ZipInfo) -> None:
        """Inflate a member, count it, and keep it when it is markup."""
        name = normal(info.filename)
        if name.endswith("/") or name in self.infos:
            return
        if info.flag_bits & ENCRYPTED_FLAG:
            raise refused(refusal.ENCRYPTED, self.place)
        self.infos[name] = info
        if name.endswith(MARKUP):
            self.content[name] = self._inflate(info, keep=True)
        else:
            self._inflate(info, keep=False)

    def _inflate(self, info: zipfile.ZipInfo, *, keep: bool) -> bytes:
        """Return a member's content when it is to be kept, else only count it; a broken picture is none of our business."""
        kept: list[bytes] = []
        size = 0
        try:
            for chunk in self._chunks(info):
                size += len(chunk)
                self._count(info, size, len(chunk), keep=keep)
                if keep:
                    kept.append(chunk)
        except Refused as refusal_of_part:
            if keep or refusal_of_part.observation.code != refusal.DAMAGED.code:
                raise
        content = b"".join(kept)
        if keep and zlib.crc32(content) != info.CRC:
            raise refused(refusal.DAMAGED, self.place, detail=f"部件 {info.filename} 校验不符")
        return content

    def _count(self, info: zipfile.ZipInfo, size: int, more: int, *, keep: bool) -> None:
        """Add what was inflated to the account and refuse what exceeds the limits."""
        self.expanded += more
        if self.expanded > limits.EXPANDED_BYTES or (keep and size > limits.MARKUP_BYTES):
            limit = limits.MARKUP_BYTES if keep else limits.EXPANDED_BYTES
            raise refused(refusal.EXPANDED, self.place, limit=limit // limits.MEGABYTE)
        if size > limits.RATIO_FROM_BYTES and size > limits.RATIO * max(info.compress_size, 1):
            raise refused(refusal.RATIO, self.place, part=info.filename, limit=limits.RATIO)

    def _chunks(self, info: zipfile.ZipInfo) -> "list[bytes] | Inflation":
        """Return the inflated content piece by piece."""
        raw = self.raw(info)
        if info.compress_type == zipfile.ZIP_STORED:
            return [raw]
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise refused(refusal.DAMAGED, self.place, detail=f"部件 {info.filename} 的压缩方式不支持")
        return Inflation(raw, info.filename, self.place)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The normal names of all parts, in package order."""
        return tuple(self.infos)


class Inflation:
    """Deflated bytes, inflated a chunk at a time so that a bomb never exists in memory."""

    def __init__(self, raw: bytes, part: str, place: Place) -> None:
        self.raw = raw
        self.part = part
        self.place = place

    def __iter__(self) -> "Inflation":
        self.engine = zlib.decompressobj(-zlib.MAX_WBITS)
        self.rest = self.raw
        return self

    def __next__(self) -> bytes:
        if self.engine.eof:
            raise StopIteration
        try:
            chunk = self.engine.decompress(self.rest, CHUNK)
        except zlib.error as error:
            raise refused(refusal.DAMAGED, self.place, detail=f"部件 {self.part} 无法解压") from error
        self.rest = self.engine.unconsumed_tail
        if not chunk and not self.engine.eof:
            raise refused(refusal.DAMAGED, self.place, detail=f"部件 {self.part} 不完整")
        return chunk


def normal(part: str) -> str:
    """Return a part name as the package compares them: lower case, forward slashes, none in front."""
    return part.replace("\\", "/").lstrip("/").lower()
