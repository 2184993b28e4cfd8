"""Archives handed in: a .zip of workbooks, listed and unpacked in memory within limits; its names
never become paths.
"""

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, NamedTuple

from evalbatch.errors import reason
from evalbatch.model.record import LEDGER
from evalbatch.nightly.inbox_entries import (
    ARCHIVES,
    OTHER_ARCHIVES,
    FileKind,
    kind_of,
    suffix_of,
    told_apart,
)
from evalbatch.output_files import safe_name

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
class ArchiveMember:
    """A file inside an archive: `name` is safe and unique with `/` between folders, `index` its
    position in the directory.
    """

    name: str
    index: int
    size: int


def members(archive: Path) -> tuple[ArchiveMember, ...]:
    """List the files of an archive.

    Names are taken apart, made safe part by part, and put together again, so that `../../x` is a
    file named `x`; two that meet in one name are told apart by their position.

    Raises:
        ArchiveError: not a zip file, encrypted, or beyond a limit.
        OSError: the file may not be read.
    """
    _refuse_large(archive)
    try:
        with zipfile.ZipFile(archive) as package:
            infos = package.infolist()
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        UnicodeDecodeError,
        struct.error,
        ValueError,
    ) as error:
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
        found.append(ArchiveMember(name, index, info.file_size))
    return tuple(found)


def extract(archive: Path, member: ArchiveMember) -> bytes:
    """Return the bytes of a member, counted while inflating.

    Raises:
        ArchiveError: the member is not there, encrypted, damaged, or larger than it says.
        OSError: the file may not be read.
    """
    try:
        with (
            zipfile.ZipFile(archive) as package,
            package.open(package.infolist()[member.index]) as stream,
        ):
            data = stream.read(member.size + 1)
    except RuntimeError as error:
        raise ArchiveError("已加密") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        IndexError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise ArchiveError("其中的文件已损坏") from error
    if len(data) != member.size:
        raise ArchiveError("其中的文件大小与目录不符")
    return data


def _refuse_large(archive: Path) -> None:
    """Refuse by size and by the size of the central directory, before zipfile builds anything from
    it.
    """
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
    if (
        any(info.file_size > LARGEST_MEMBER for info in infos)
        or sum(info.file_size for info in infos) > LARGEST_EXPANSION
    ):
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
    """Return the share of characters that are everyday Chinese: bytes of GBK may be valid UTF-8
    too, but never such a text.
    """
    foreign = [char for char in text if not char.isascii()]
    return sum(map(_everyday, foreign)) / len(foreign) if foreign else 1.0


def _everyday(char: str) -> bool:
    """Whether a character is punctuation or one of the 3,755 common hanzi of GB 2312 (its level
    1).
    """
    try:
        row = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return row in _PUNCTUATION or row in _COMMON


def _safe(name: str) -> str:
    parts = [part for part in name.replace("\\", "/").split("/") if part.strip(" .")]
    return "/".join(_kept(part) for part in parts[-DEEPEST:] or [name])


def _kept(part: str) -> str:
    """Make one part of a name safe but keep its suffix, and a leading `~$` or dot, which marks what
    is to be skipped.
    """
    mark, stem, suffix = _PARTS.fullmatch(part).groups()  # type: ignore[union-attr] # matches any text
    return f"{mark}{safe_name(stem, suffix)}"


SYSTEM_NAMES = frozenset(
    {"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information"}
)
LOCK_OR_HIDDEN = re.compile(r"^(~\$|\.|~.*\.tmp$)")
HIDDEN = "临时、隐藏或系统文件，不读取"
NO_ZIP = "不是 zip 格式"
OURS = "本程序的结果文件夹，不读取"
TOO_DEEP = "文件夹套得太深（超过 {limit} 层），其中的文件没有读取；请移到浅一些的文件夹"
LINKED_FOLDER = "指向文件夹的链接，不跟随；请把文件本身放进收件夹"
LINKED_OUTSIDE = "指向收件夹以外的链接，不读取；请把文件本身放进收件夹"
BROKEN_LINK = "失效的链接；请把文件本身放进收件夹"
EMPTY_FOLDER = "空文件夹，其中没有文件"
NO_FILE = "不是普通文件（管道、套接字或设备），不读取"
ACCOMPANYING = "随工作簿一起报送的材料，不读取；已留在压缩包中"
LARGEST_FILE = 64 << 20
"""Bytes of a workbook that are read at most; the reader's own guard refuses far smaller ones with a
finding.
"""
INBOX_DEEPEST: Final = 40
"""Folders in folders that are gone into; a path may have some 4,000 bytes, a name 255."""

HIDDEN_ATTRIBUTE = 0x2 | 0x4
"""FILE_ATTRIBUTE_HIDDEN and FILE_ATTRIBUTE_SYSTEM on Windows."""
_ZIPPED, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How zip archives, and with them office documents, and how workbooks of Excel 97 begin."""
_PACKAGE: Final = frozenset({"[content_types].xml", "mimetype"})
"""Members by which an office document is told that was named .zip."""
_READ: Final = frozenset({FileKind.WORKBOOK, FileKind.WORD})


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One file of the inbox to be read: `file` is its name below the inbox with `/`; `member` is
    set when it lies in an archive.

    `fault` says in Chinese why an archive cannot be expanded, or, when it is `empty`, what it holds
    in place of workbooks; it stands for its contents then.
    """

    file: str
    path: str
    size: int
    mtime_ns: int
    member: ArchiveMember | None = None
    fault: str = ""
    empty: bool = False

    @property
    def mark(self) -> tuple[int, int]:
        """Size in bytes and modification time in nanoseconds: what tells a changed file."""
        return self.size, self.mtime_ns

    def read(self) -> bytes:
        """Return the file's bytes, one more than LARGEST_FILE at most.

        Raises:
            OSError: the file is gone, held by another program, may not be read, or is no regular
                file any more.
            ArchiveError: the archive does not hold what it says, or cannot be expanded at all.
        """
        if self.fault:
            raise ArchiveError(self.fault)
        if self.member is not None:
            return extract(Path(self.path), self.member)
        return _regular(self.path)

    def unchanged(self) -> bool:
        """Whether size and modification time still are what the scan saw."""
        try:
            now = os.stat(self.path)  # noqa: PTH116 - ten thousand times a night
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == self.mark


def _regular(path: str) -> bytes:
    """Read a regular file; what became a pipe or device since the scan is not waited for."""
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(NO_FILE)
        return stream.read(LARGEST_FILE + 1)


class Aside(NamedTuple):
    """An entry that is not read: what kind of file it is, and why (Chinese)."""

    kind: FileKind
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan of the inbox found: the files to read, and by name what is left aside.

    `busy` are archives and folders that cannot be opened just now, with the reason (Chinese).
    """

    sources: tuple[InboxFile, ...]
    aside: dict[str, Aside] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)

    @property
    def ignored(self) -> dict[str, str]:
        """Why each entry is left aside, by name."""
        return {file: aside.reason for file, aside in self.aside.items()}

    def waits(self, file: str) -> bool:
        """Whether a file lies in an archive or folder that cannot be opened just now."""
        return any(file == each or file.startswith(f"{each}/") for each in self.busy)


def scan(inbox: Path, ours: Collection[Path] = ()) -> Scan:
    """List the files below a folder, archives expanded, in the order of their names.

    Every entry is a source to be read, left aside with its reason, or busy: no entry keeps the
    others from being found. Office lock files, hidden and system files are left aside by name.
    Links to folders are not followed, those to files only below the inbox; what vanishes meanwhile
    is not there. An archive that breaks a limit is one source with a fault, never expanded halfway.
    `ours` are folders of our own, which are not gone into.

    Raises:
        OSError: the folder itself is missing or may not be listed.
    """
    found = _Finding(os.path.realpath(inbox), frozenset(filter(None, map(_identity, ours))))
    found.gather(inbox)
    found.sources.sort(key=lambda source: source.file)
    return Scan(
        tuple(found.sources), dict(sorted(found.aside.items())), dict(sorted(found.busy.items()))
    )


class _Finding:
    """What is found on the way through the folders of an inbox."""

    def __init__(self, root: str, ours: frozenset[tuple[int, int]]) -> None:
        self._root, self._ours = root, ours
        self.sources: list[InboxFile] = []
        self.aside: dict[str, Aside] = {}
        self.busy: dict[str, str] = {}

    def gather(self, inbox: Path) -> None:
        """Go through the inbox, folder after folder: no depth of folders is deeper than a list is
        long.
        """
        waiting = list(self._folder(os.fspath(inbox), "", 0))
        while waiting:
            path, name, depth = waiting.pop()
            try:
                waiting.extend(self._folder(path, f"{name}/", depth))
            except FileNotFoundError:
                continue
            except OSError as error:
                self.busy[name] = f"打不开（{reason(error)}）"

    def _folder(self, path: str, prefix: str, depth: int) -> list[tuple[str, str, int]]:
        """Take in what one folder holds, and return the folders in it that are to be gone into."""
        with os.scandir(path) as listed:
            entries = {entry.name: entry for entry in listed}
        if prefix and (why := _not_gone_into(entries)):
            self.aside[prefix.rstrip("/")] = Aside(FileKind.OTHER, why)
            return []
        folders = []
        for raw, shown in told_apart(entries):
            name, entry = f"{prefix}{shown}", entries[raw]
            try:
                if not entry.is_dir(follow_symlinks=False):
                    self._file(name, entry)
                elif self._entered(name, entry, depth + 1):
                    folders.append((entry.path, name, depth + 1))
            except FileNotFoundError:
                continue
            except PermissionError as error:
                self.busy[name] = f"打不开（{reason(error)}）"
            except OSError as error:
                self.aside[name] = Aside(FileKind.OTHER, f"无法读取（{reason(error)}）")
        return folders

    def _entered(self, name: str, entry: os.DirEntry[str], depth: int) -> bool:
        """Whether a folder is to be gone into; where not, the reason is kept."""
        status = entry.stat()
        if _hidden(entry):
            self.aside[name] = Aside(FileKind.OTHER, HIDDEN)
        elif (status.st_dev, status.st_ino) in self._ours:
            self.aside[name] = Aside(FileKind.OTHER, OURS)
        elif depth > INBOX_DEEPEST:
            self.aside[name] = Aside(FileKind.OTHER, TOO_DEEP.format(limit=INBOX_DEEPEST))
        else:
            return True
        return False

    def _file(self, name: str, entry: os.DirEntry[str]) -> None:
        """Take in what is no folder."""
        if _hidden(entry):
            self.aside[name] = Aside(FileKind.OTHER, HIDDEN)
        elif entry.is_symlink() and (why := self._unfollowed(entry)):
            self.aside[name] = Aside(FileKind.OTHER, why)
        elif not stat.S_ISREG(entry.stat().st_mode):
            self.aside[name] = Aside(FileKind.OTHER, NO_FILE)
        else:
            self.sources += self._read(name, _source(name, entry))

    def _unfollowed(self, entry: os.DirEntry[str]) -> str:
        """Say why a link is not followed; empty where it leads to a file below the inbox."""
        target = os.path.realpath(entry.path)
        if os.path.isdir(target):  # noqa: PTH112 - a name of any bytes
            return LINKED_FOLDER
        if not target.startswith(f"{self._root}{os.sep}"):
            return LINKED_OUTSIDE
        return "" if os.path.exists(target) else BROKEN_LINK  # noqa: PTH110 - a name of any bytes

    def _read(self, name: str, source: InboxFile) -> Iterator[InboxFile]:
        """Yield what is to be read of a file: itself, or what an archive holds; whatever it is
        named, a workbook is told by its content.
        """
        suffix = suffix_of(name)
        named = suffix in ARCHIVES or suffix in OTHER_ARCHIVES
        head = _head(source.path) if named else b""
        if not named or head.startswith(_OLD_WORKBOOK):
            yield source
        elif suffix in ARCHIVES or head.startswith(_ZIPPED):
            try:
                yield from self._expanded(source, members(Path(source.path)))
            except ArchiveError as error:
                yield replace(source, fault=str(error))
        else:
            yield replace(source, fault=NO_ZIP)

    def _expanded(
        self, archive: InboxFile, listed: tuple[ArchiveMember, ...]
    ) -> Iterator[InboxFile]:
        """Yield what of an archive is to be read; size and time are the archive's, so that a new
        archive is read anew.
        """
        if any(member.name.casefold() in _PACKAGE for member in listed):
            yield archive  # a workbook that was named .zip
            return
        shown = [member for member in listed if not _skipped_path(member.name)]
        self.aside |= {
            f"{archive.file}/{member.name}": Aside(FileKind.OTHER, HIDDEN)
            for member in listed
            if _skipped_path(member.name)
        }
        if not any(kind_of(member.name) in _READ for member in shown):
            yield replace(archive, fault=_held(shown), empty=True)
            return
        for member in shown:
            source = replace(archive, file=f"{archive.file}/{member.name}", member=member)
            kind = kind_of(member.name)
            if kind is FileKind.ARCHIVE:
                yield replace(source, member=None, fault="压缩包中的压缩包没有展开", empty=True)
            elif kind in _READ:
                yield source
            else:
                self.aside[source.file] = Aside(kind, ACCOMPANYING)


def young(source: InboxFile, now_ns: int, settle_ns: int) -> bool:
    """Whether a file was changed so recently that somebody may still be copying it. A time in the
    future says nothing.
    """
    return 0 <= now_ns - source.mtime_ns < settle_ns


def _held(listed: list[ArchiveMember]) -> str:
    """Say in Chinese what an archive without a workbook holds."""
    if not listed:
        return "压缩包是空的"
    kinds = [kind_of(member.name) for member in listed]
    counts = "、".join(f"{kind.label} {kinds.count(kind)} 个" for kind in FileKind if kind in kinds)
    return f"压缩包中没有工作簿，只有{counts}"


def _hidden(entry: os.DirEntry[str]) -> bool:
    if _skipped(entry.name):
        return True
    return (
        bool(getattr(entry.stat(), "st_file_attributes", 0) & HIDDEN_ATTRIBUTE)
        if os.name == "nt"
        else False
    )


def _not_gone_into(entries: Collection[str]) -> str:
    """Say why a folder of such entries is not gone into, empty where it is: nothing is in it, or
    it holds results of ours, of whatever run.
    """
    if not entries:
        return EMPTY_FOLDER
    return OURS if LEDGER in entries else ""


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from every other, None where there is no such folder."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _head(path: str) -> bytes:
    """Return the bytes by which the kind of a file is told.

    Raises:
        OSError: the file may not be read.
    """
    with Path(path).open("rb") as stream:
        return stream.read(len(_OLD_WORKBOOK))


def _source(name: str, entry: os.DirEntry[str]) -> InboxFile:
    status = entry.stat()
    return InboxFile(name, entry.path, status.st_size, status.st_mtime_ns)


def _skipped_path(name: str) -> bool:
    return any(map(_skipped, name.split("/")))


def _skipped(name: str) -> bool:
    return bool(LOCK_OR_HIDDEN.match(name)) or name.lower() in SYSTEM_NAMES
