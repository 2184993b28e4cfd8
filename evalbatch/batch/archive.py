"""Archives handed in: a .zip of workbooks, listed and unpacked in memory within limits; its names never become paths."""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from evalbatch.publish.files import safe_name

LARGEST_ARCHIVE = 512 << 20
LARGEST_DIRECTORY = 1 << 20
LARGEST_MEMBER = 64 << 20
MOST_MEMBERS = 5_000
LARGEST_EXPANSION = 2 << 30
DEEPEST = 8

_END = b"PK\x05\x06"
_END_LENGTH = 22
_LOCATOR, _LOCATOR_LENGTH = b"PK\x06\x07", 20
_LARGE_END, _LARGE_END_LENGTH = b"PK\x06\x06", 56
_LONGEST_COMMENT = 1 << 16
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_PUNCTUATION, _COMMON = range(0xA1, 0xA4), range(0xB0, 0xD8)
_PARTS = re.compile(r"(~\$|\.(?=.)|)(.*?)(\.[A-Za-z0-9]{1,8}|)", re.DOTALL)


class ArchiveError(Exception):
    """An archive that cannot or must not be unpacked; the message says why in Chinese."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive: `name` is safe and unique with `/` between folders, `index` its position in the directory."""

    name: str
    index: int
    size: int


def members(archive: Path) -> tuple[Member, ...]:
    """List the files of an archive.

    Names are taken apart, made safe part by part, and put together again, so that `../../x` is a file named `x`; two that meet
    in one name are told apart by their position.

    Raises:
        ArchiveError: not a zip file, encrypted, or beyond a limit.
        OSError: the file may not be read.
    """
    _refuse_large(archive)
    try:
        with zipfile.ZipFile(archive) as package:
            infos = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error, ValueError) as error:
        raise ArchiveError("已损坏或不是 zip 格式") from error
    files = [(index, info) for index, info in enumerate(infos) if not info.is_dir()]
    _refuse_bomb([info for _, info in files])
    taken: set[str] = set()
    found = []
    for index, info in files:
        name = _safe(_decoded(info))
        if name.casefold() in taken:
            path = PurePosixPath(name)
            name = str(path.with_name(f"{path.stem}_{index}{path.suffix}"))
        taken.add(name.casefold())
        found.append(Member(name, index, info.file_size))
    return tuple(found)


def extract(archive: Path, member: Member) -> bytes:
    """Return the bytes of a member, counted while inflating.

    Raises:
        ArchiveError: the member is not there, encrypted, damaged, or larger than it says.
        OSError: the file may not be read.
    """
    try:
        with zipfile.ZipFile(archive) as package, package.open(package.infolist()[member.index]) as stream:
            data = stream.read(member.size + 1)
    except RuntimeError as error:
        raise ArchiveError("已加密") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, IndexError, NotImplementedError, ValueError) as error:
        raise ArchiveError("其中的文件已损坏") from error
    if len(data) != member.size:
        raise ArchiveError("其中的文件大小与目录不符")
    return data


def _refuse_large(archive: Path) -> None:
    """Refuse by size and by the size of the central directory, before zipfile builds anything from it."""
    with archive.open("rb") as stream:
        size = stream.seek(0, 2)
        if size > LARGEST_ARCHIVE:
            raise ArchiveError(f"超过 {LARGEST_ARCHIVE >> 20} MB")
        stream.seek(max(0, size - _END_LENGTH - _LONGEST_COMMENT))
        tail = stream.read()
        position = tail.rfind(_END)
        if position < 0 or len(tail) - position < _END_LENGTH:
            raise ArchiveError("已损坏或不是 zip 格式")
        length: int = struct.unpack_from("<L", tail, position + 12)[0]
        locator = tail[max(0, position - _LOCATOR_LENGTH) : position]
        if locator.startswith(_LOCATOR):
            length = _large_directory(stream, struct.unpack_from("<Q", locator, 8)[0])
    if length > LARGEST_DIRECTORY:
        raise ArchiveError("其中的文件过多")


def _large_directory(stream: BinaryIO, offset: int) -> int:
    """Return the length of the directory that the end record of a zip64 archive states."""
    stream.seek(min(offset, LARGEST_ARCHIVE))
    record = stream.read(_LARGE_END_LENGTH)
    if len(record) < _LARGE_END_LENGTH or not record.startswith(_LARGE_END):
        raise ArchiveError("已损坏或不是 zip 格式")
    length: int = struct.unpack_from("<Q", record, 40)[0]
    return length


def _refuse_bomb(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MOST_MEMBERS:
        raise ArchiveError(f"其中的文件超过 {MOST_MEMBERS} 个")
    if any(info.flag_bits & _ENCRYPTED_FLAG for info in infos):
        raise ArchiveError("已加密")
    if any(info.file_size > LARGEST_MEMBER for info in infos) or sum(info.file_size for info in infos) > LARGEST_EXPANSION:
        raise ArchiveError("展开后过大")


def _decoded(info: zipfile.ZipInfo) -> str:
    """Return a member's name; archives made on Chinese Windows without the UTF-8 flag hold GBK."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    readings = [text for encoding in ("utf-8", "gb18030") if (text := _read_as(raw, encoding))]
    return max(readings, key=_commonness, default=info.filename)


def _read_as(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _commonness(text: str) -> float:
    """Return the share of characters that are everyday Chinese: bytes of GBK may be valid UTF-8 too, but never such a text."""
    foreign = [char for char in text if not char.isascii()]
    return sum(map(_everyday, foreign)) / len(foreign) if foreign else 1.0


def _everyday(char: str) -> bool:
    """Whether a character is punctuation or one of the 3,755 common hanzi of GB 2312 (its level 1)."""
    try:
        row = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return row in _PUNCTUATION or row in _COMMON


def _safe(name: str) -> str:
    parts = [part for part in name.replace("\\", "/").split("/") if part.strip(" .")]
    return "/".join(_kept(part) for part in parts[-DEEPEST:] or [name])


def _kept(part: str) -> str:
    """Make one part of a name safe but keep its suffix, and a leading `~$` or dot, which marks what is to be skipped."""
    mark, stem, suffix = _PARTS.fullmatch(part).groups()  # type: ignore[union-attr] # matches any text
    return f"{mark}{safe_name(stem, suffix)}"
