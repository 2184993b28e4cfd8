"""The inbox: what lies in the folder that departments drop their workbooks into. Nothing here is ever moved or changed."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from evalbatch.batch.archive import ArchiveError, Member, extract, members
from evalbatch.model.system import reason

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".xlsb", ".ods", ".xltx", ".ett"})
ARCHIVES = frozenset({".zip"})
OTHER_ARCHIVES = frozenset({".rar", ".7z", ".tar", ".gz", ".tgz"})
SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information"})
LOCK_OR_HIDDEN = re.compile(r"^(~\$|\.|~.*\.tmp$)")
HIDDEN = "临时、隐藏或系统文件"
NO_ZIP = "不是 zip 格式"
NO_WORKBOOK = "不是工作簿或压缩包"
LARGEST_FILE = 64 << 20
"""Bytes of a workbook that are read at most; the reader's own guard refuses far smaller ones with a finding."""

HIDDEN_ATTRIBUTE = 0x2 | 0x4
"""FILE_ATTRIBUTE_HIDDEN and FILE_ATTRIBUTE_SYSTEM on Windows."""


@dataclass(frozen=True, slots=True)
class Source:
    """One workbook of the inbox: `file` is its name below the inbox with `/`; `member` is set when it lies in an archive.

    `fault` says in Chinese why an archive cannot be expanded; it stands for its contents then.
    """

    file: str
    path: str
    size: int
    mtime_ns: int
    member: Member | None = None
    fault: str = ""

    @property
    def mark(self) -> tuple[int, int]:
        """Size in bytes and modification time in nanoseconds: what tells a changed file."""
        return self.size, self.mtime_ns

    def read(self) -> bytes:
        """Return the workbook's bytes, one more than LARGEST_FILE at most.

        Raises:
            OSError: the file is gone, held by another program, or may not be read.
            ArchiveError: the archive does not hold what it says, or cannot be expanded at all.
        """
        if self.fault:
            raise ArchiveError(self.fault)
        if self.member is not None:
            return extract(Path(self.path), self.member)
        with open(self.path, "rb") as stream:  # noqa: PTH123 - ten thousand times a night
            return stream.read(LARGEST_FILE + 1)

    def unchanged(self) -> bool:
        """Whether size and modification time still are what the scan saw."""
        try:
            now = os.stat(self.path)  # noqa: PTH116 - ten thousand times a night
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == self.mark


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan of the inbox found: workbooks, and other files by name with the reason (Chinese) for leaving them aside.

    `busy` are archives that cannot be opened just now.
    """

    sources: tuple[Source, ...]
    ignored: dict[str, str] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)

    def waits(self, file: str) -> bool:
        """Whether a file lies in an archive that cannot be opened just now."""
        return any(file.startswith(f"{archive}/") for archive in self.busy)


def digest(data: bytes) -> str:
    """Return the SHA-256 of a workbook's bytes in hexadecimal."""
    return sha256(data).hexdigest()


def scan(inbox: Path) -> Scan:
    """List the workbooks below a folder, archives expanded, in the order of their names.

    Office lock files, hidden and system files and files of other kinds are left aside by name. Links to folders are not
    followed, and what vanishes meanwhile is not there. An archive that breaks a limit is one source with a fault, never
    expanded halfway.

    Raises:
        OSError: the folder is missing or may not be listed.
    """
    sources: list[Source] = []
    ignored: dict[str, str] = {}
    busy: dict[str, str] = {}
    for name, entry in _walk(inbox):
        try:
            sources.extend(_found(name, entry, ignored))
        except FileNotFoundError:
            continue
        except PermissionError as error:
            busy[name] = f"打不开（{reason(error)}）"
    sources.sort(key=lambda source: source.file)
    return Scan(tuple(sources), dict(sorted(ignored.items())), busy)


def _found(name: str, entry: os.DirEntry[str], ignored: dict[str, str]) -> Iterator[Source]:
    """Yield the workbooks that a file is or holds."""
    suffix = _suffix(entry.name)
    if _hidden(entry):
        ignored[name] = HIDDEN
    elif suffix in SUFFIXES:
        yield _source(name, entry)
    elif suffix in ARCHIVES:
        try:
            yield from _expand(_source(name, entry), ignored)
        except ArchiveError as error:
            yield replace(_source(name, entry), fault=str(error))
    elif suffix in OTHER_ARCHIVES:
        yield replace(_source(name, entry), fault=NO_ZIP)
    else:
        ignored[name] = NO_WORKBOOK


def young(source: Source, now_ns: int, settle_ns: int) -> bool:
    """Whether a file was changed so recently that somebody may still be copying it. A time in the future says nothing."""
    return 0 <= now_ns - source.mtime_ns < settle_ns


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                if entry.is_file():
                    yield name, entry
            elif not _hidden(entry):
                yield from _walk(Path(entry.path), f"{name}/")


def _hidden(entry: os.DirEntry[str]) -> bool:
    if _skipped(entry.name):
        return True
    return bool(getattr(entry.stat(), "st_file_attributes", 0) & HIDDEN_ATTRIBUTE) if os.name == "nt" else False


def _source(name: str, entry: os.DirEntry[str]) -> Source:
    status = entry.stat()
    return Source(name, entry.path, status.st_size, status.st_mtime_ns)


def _expand(archive: Source, ignored: dict[str, str]) -> Iterator[Source]:
    """Yield the workbooks of an archive; their size and time are the archive's, so that a new archive is read anew."""
    for member in members(Path(archive.path)):
        name = f"{archive.file}/{member.name}"
        if any(_skipped(part) for part in member.name.split("/")):
            ignored[name] = HIDDEN
        elif _suffix(member.name) in SUFFIXES:
            yield Source(name, archive.path, archive.size, archive.mtime_ns, member)
        else:
            ignored[name] = NO_WORKBOOK


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - ten thousand times a night


def _skipped(name: str) -> bool:
    return bool(LOCK_OR_HIDDEN.match(name)) or name.lower() in SYSTEM_NAMES
