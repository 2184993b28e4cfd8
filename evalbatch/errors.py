"""What users can mend: troubles that end a command, and the faults of what the organiser set up,
all reported at once.
"""

import errno
import sqlite3
import sys
from collections.abc import Iterable
from typing import Final, NamedTuple

OK, STRICT, USAGE, INTERNAL, UNDELIVERED, LOCKED, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 11, 70, 130
"""Exit codes of the contract (README, 退出码)."""
SETTINGS_NAME: Final = "evalbatch.toml"
"""The settings of a cycle, in its folder."""


class Fault(NamedTuple):
    """One fault: `where` names file and key or cell, `found` what stands there, `expected` what
    should (all Chinese).
    """

    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.where}：现为“{self.found}”，应为{self.expected}"
            if self.found
            else f"{self.where}：{self.expected}"
        )


class Trouble(Exception):  # noqa: N818 - the user's to mend, not an error of ours
    """Something that ends a command and that the user can mend: the message is Chinese and says
    what to do.
    """

    exit_code = USAGE


class SettingsFault(Trouble, ValueError):  # noqa: N818 - the organiser's fault, not an error of ours
    """Raised before anything runs; carries every fault found, its text has one line for each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


HELD: Final = "正被其他程序占用"
_NAMED: Final = {
    "ENOENT": "文件或文件夹不存在",
    "EACCES": "没有权限",
    "EPERM": "没有权限",
    "EROFS": "只读，不能写入",
    "EISDIR": "这是文件夹，不是文件",
    "ENOTDIR": "路径中有一段是文件，不是文件夹",
    "EEXIST": "已有同名的文件或文件夹",
    "EBUSY": HELD,
    "ETXTBSY": HELD,
    "EIO": "磁盘或网络读写错误",
    "ENOSPC": "磁盘空间已用完",
    "EDQUOT": "磁盘配额已用完",
    "ENAMETOOLONG": "路径过长",
    "EMFILE": "打开的文件过多",
    "ENFILE": "打开的文件过多",
    "ESTALE": "网络共享的连接已中断",
    "ENOTCONN": "网络共享的连接已中断",
    "ETIMEDOUT": "网络超时",
    "EHOSTDOWN": "网络上的主机没有响应",
    "EHOSTUNREACH": "网络上的主机无法到达",
    "ECONNREFUSED": "连接被拒绝",
    "ECONNRESET": "连接已中断",
    "EPIPE": "连接已中断",
    "ENETUNREACH": "网络不通",
    "EADDRNOTAVAIL": "地址不可用",
}
_WORDS: Final = {
    getattr(errno, name): words for name, words in _NAMED.items() if hasattr(errno, name)
}  # as far as known here
_KINDS: Final = {
    "TimeoutError": "网络超时",
    "gaierror": "找不到这台主机（域名解析失败）",
    "herror": "找不到这台主机（域名解析失败）",
    "BrokenPipeError": "连接已中断",
    "ConnectionResetError": "连接已中断",
    "ConnectionAbortedError": "连接已中断",
}
"""By the kind of error, for those that bear no number of the system or one of their own."""
_WINDOWS: Final = {
    5: f"没有权限，或{HELD}",
    32: HELD,
    33: HELD,
    53: "找不到网络路径",
    64: "网络共享的连接已中断",
}


def reason(error: OSError) -> str:
    """Return why the system refused; an error without words of ours is named by its number."""
    windows = getattr(error, "winerror", None) or _asked_windows(error)
    if words := _WINDOWS.get(windows or 0):
        return words
    if error.strerror and not error.strerror.isascii():
        return error.strerror  # a system that speaks Chinese
    kind = type(error).__name__
    known = _KINDS.get(kind) or _WORDS.get(error.errno or 0)
    return known or f"系统错误 {windows or error.errno or kind}"


def _asked_windows(error: OSError) -> int:
    """Return Windows' own number for a file that could not be opened, 0 where there is none: the C
    library calls a file that another program holds one without permission.
    """
    if sys.platform == "win32" and error.errno == errno.EACCES and error.filename:
        import _winapi  # noqa: PLC0415 - Windows only

        try:
            _winapi.CloseHandle(
                _winapi.CreateFile(str(error.filename), _winapi.GENERIC_READ, 7, 0, 3, 0, 0)
            )  # shared with all, as it stands
        except OSError as told:
            return told.winerror or 0
    return 0


_DISK: Final = {
    sqlite3.SQLITE_IOERR: "磁盘或网络读写错误",
    sqlite3.SQLITE_FULL: "磁盘空间已用完",
    sqlite3.SQLITE_READONLY: f"只读，或{HELD}，不能写入",
    sqlite3.SQLITE_CANTOPEN: f"文件打不开，可能{HELD}",
    sqlite3.SQLITE_PERM: "没有权限",
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_LOCKED: HELD,
}


def disk_words(error: sqlite3.Error) -> str:
    """Return why a database could not be used: what the disk did, else its own words."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _DISK.get(code) or str(error)


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether the content of a database is at fault, and not the disk or who may write to it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
