"""How large a workbook may be before it is refused (F08).

A usual form takes 20 KB, five sheets and a thousand cells; the limits leave room for pictures and
long detail lists, and keep a reading process under 300 MB.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from evalbatch.model.finding import Observation
from evalbatch.model.place import Place
from evalbatch.sheets.book import Refused

MEGABYTE: Final = 1 << 20
FILE_BYTES: Final = 40 * MEGABYTE
PARTS: Final = 3_000
EXPANDED_BYTES: Final = 200 * MEGABYTE
MARKUP_BYTES: Final = 64 * MEGABYTE
PLAIN_BYTES: Final = 2 * MEGABYTE  # parts up to this size are read in the plain form (worksheet.py)
SHARED_BYTES: Final = (
    32 << 10
)  # parsed parts up to this size are kept, in case the next workbook has the same
SHARED_PARTS: Final = 128
SHARED_FORMULAS: Final = 1024  # formulas are kept likewise
FORMULA_BYTES: Final = 4096  # longer ones are not
RATIO: Final = 200
RATIO_FROM_BYTES: Final = 4 * MEGABYTE
ELEMENTS: Final = 400_000
ATTRIBUTES: Final = 1_200_000
CELLS: Final = 120_000
MERGES: Final = 50_000
ROWS: Final = 100_000
COLUMNS: Final = 2_000
RECTANGLE: Final = (
    6_000_000  # cells that a reader which builds whole rectangles may be asked to build
)


class Reason(NamedTuple):
    """A reason for a refusal: code, variant, and templates of what stands there and what should."""

    code: str
    variant: str
    found: str
    expected: str


WORKBOOK = "Excel 工作簿（.xlsx、.xlsm、.xls、.xlsb）、WPS 表格（.et）或 .ods 文件"
EMPTY = Reason("F01", "empty", "空文件（0 字节）", WORKBOOK)
OTHER = Reason("F01", "other", "{kind}，不是电子表格工作簿", WORKBOOK)
DOCUMENT = Reason("F12", "", "{kind}", WORKBOOK)
DAMAGED = Reason(
    "F01",
    "damaged",
    "文件损坏或不完整：{detail}",
    "能正常打开的完整工作簿（请在 Excel 或 WPS 中打开后另存再报送）",
)
ENCRYPTED = Reason(
    "F02", "", "文件已加密或设有打开密码", "未加密的工作簿（请取消打开密码后重新保存）"
)
SIZE = Reason("F08", "size", "文件大小 {size} MB", "不超过 {limit} MB")
REFUSAL_PARTS = Reason("F08", "parts", "文件内含 {count} 个部件", "不超过 {limit} 个")
EXPANDED = Reason("F08", "expanded", "文件解压后超过 {limit} MB", "解压后不超过 {limit} MB")
REFUSAL_RATIO = Reason("F08", "ratio", "文件内 {part} 的压缩比超过 {limit} 倍", "正常保存的工作簿")
HOSTILE = Reason("F08", "dtd", "文件内 {part} 含有 DTD 或实体声明", "不含 DTD 和实体声明的工作簿")
NESTED = Reason("F08", "nesting", "文件内 {part} 的 XML 嵌套过深或内容超限", "正常保存的工作簿")
REFUSAL_CELLS = Reason("F08", "cells", "单元格（含空白格式行）超过 {limit} 个", "不超过 {limit} 个")
EXTENT = Reason(
    "F08", "extent", "表外单元格 {cell} 有内容", "内容都在前 {rows} 行、前 {columns} 列以内"
)
LOOP = Reason("F08", "loop", "文件内部结构循环引用", "正常保存的工作簿")


def refused(reason: Reason, place: Place, **figures: object) -> Refused:
    """Return the refusal for a reason, to be raised."""
    words = {name: str(value) for name, value in figures.items()}
    found, expected = reason.found.format_map(words), reason.expected.format_map(words)
    return Refused(Observation(reason.code, (place,), found, expected, reason.variant, words))


LOCAL_HEADER = struct.Struct("<4s22xHH")
CHUNK = 1 << 18
MARKUP = (".xml", ".rels", ".vml")
ENCRYPTED_FLAG = 1


class PackageParts:
    """The parts of a package by lower-case name with forward slashes.

    Opening inflates every part once and counts; markup is kept, the rest (pictures, macros) is only
    counted.

    Raises:
        Refused: the package is damaged (F01), encrypted (F02), or too large or hostile (F08).
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.place = Place(name)
        try:
            self.members = zipfile.ZipFile(io.BytesIO(data)).infolist()
        except (
            zipfile.BadZipFile,
            struct.error,
            ValueError,
            NotImplementedError,
            OSError,
            OverflowError,
            EOFError,
        ) as error:
            raise refused(
                DAMAGED, self.place, detail="不是完整的压缩包，可能在下载或复制时中断"
            ) from error
        if len(self.members) > PARTS:
            raise refused(REFUSAL_PARTS, self.place, count=len(self.members), limit=PARTS)
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
            raise refused(DAMAGED, self.place, detail=f"缺少部件 {part}")
        return self._inflate(info, keep=True)

    def raw(self, info: zipfile.ZipInfo) -> bytes:
        """Return a member's bytes as stored in the package, still compressed.

        Raises:
            Refused: the local header is not where the directory says (F01).
        """
        head = self.data[info.header_offset : info.header_offset + LOCAL_HEADER.size]
        if len(head) < LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
            raise refused(DAMAGED, self.place, detail=f"部件 {info.filename} 的位置不对")
        _, name_length, extra_length = LOCAL_HEADER.unpack(head)
        start = info.header_offset + LOCAL_HEADER.size + name_length + extra_length
        raw = self.data[start : start + info.compress_size]
        if len(raw) < info.compress_size:
            raise refused(DAMAGED, self.place, detail=f"部件 {info.filename} 不完整")
        return raw

    def _admit(self, info: zipfile.ZipInfo) -> None:
        """Inflate a member, count it, and keep it when it is markup."""
        name = normal(info.filename)
        if name.endswith("/") or name in self.infos:
            return
        if info.flag_bits & ENCRYPTED_FLAG:
            raise refused(ENCRYPTED, self.place)
        self.infos[name] = info
        if name.endswith(MARKUP):
            self.content[name] = self._inflate(info, keep=True)
        else:
            self._inflate(info, keep=False)

    def _inflate(self, info: zipfile.ZipInfo, *, keep: bool) -> bytes:
        """Return a member's content when it is to be kept, else only count it; a broken picture is
        none of our business.
        """
        kept: list[bytes] = []
        size = 0
        try:
            for chunk in self._chunks(info):
                size += len(chunk)
                self._count(info, size, len(chunk), keep=keep)
                if keep:
                    kept.append(chunk)
        except Refused as refusal_of_part:
            if keep or refusal_of_part.observation.code != DAMAGED.code:
                raise
        content = b"".join(kept)
        if keep and zlib.crc32(content) != info.CRC:
            raise refused(DAMAGED, self.place, detail=f"部件 {info.filename} 校验不符")
        return content

    def _count(self, info: zipfile.ZipInfo, size: int, more: int, *, keep: bool) -> None:
        """Add what was inflated to the account and refuse what exceeds the limits."""
        self.expanded += more
        if self.expanded > EXPANDED_BYTES or (keep and size > MARKUP_BYTES):
            limit = MARKUP_BYTES if keep else EXPANDED_BYTES
            raise refused(EXPANDED, self.place, limit=limit // MEGABYTE)
        if size > RATIO_FROM_BYTES and size > RATIO * max(info.compress_size, 1):
            raise refused(REFUSAL_RATIO, self.place, part=info.filename, limit=RATIO)

    def _chunks(self, info: zipfile.ZipInfo) -> Iterable[bytes]:
        """Return the inflated content piece by piece."""
        raw = self.raw(info)
        if info.compress_type == zipfile.ZIP_STORED:
            return [raw]
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise refused(DAMAGED, self.place, detail=f"部件 {info.filename} 的压缩方式不支持")
        return self._inflated(raw, info.filename)

    def _inflated(self, raw: bytes, part: str) -> Iterator[bytes]:
        """Yield what deflated bytes hold, a chunk at a time so that a bomb never exists in
        memory.
        """
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        while not engine.eof:
            try:
                chunk = engine.decompress(raw, CHUNK)
            except zlib.error as error:
                raise refused(DAMAGED, self.place, detail=f"部件 {part} 无法解压") from error
            if not chunk and not engine.eof:
                raise refused(DAMAGED, self.place, detail=f"部件 {part} 不完整")
            raw = engine.unconsumed_tail
            yield chunk

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The normal names of all parts, in package order."""
        return tuple(self.infos)


@lru_cache(maxsize=2 * SHARED_PARTS)
def normal(part: str) -> str:
    """Return a part name as the package compares them: lower case, forward slashes, none in
    front.
    """
    return part.replace("\\", "/").lstrip("/").lower()
