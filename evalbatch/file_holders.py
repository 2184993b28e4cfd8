"""Who holds a file open, as far as can be known: what Office programs leave beside it, and what
Windows knows of its processes.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NAME_AT = {162: 54, 165: 55}
"""Where the length of the user's name stands in the owner file of Word and of Excel, by its size;
two bytes further the name, in UTF-16 ([MS-DOC] and [MS-XLS] leave it open: read off their files).
"""
_WHOLE_STEM, _ALL_BUT_ONE = 6, 7
"""Word writes `~$` over the beginning of a longer name, and in front of a short one."""


def holder(path: Path) -> str:
    """Say who or what holds a file (Chinese), empty where that is not known."""
    users = [name for owner in _owner_files(path) if (name := _user(owner))]
    if users:
        return f"{users[0]} 正在打开"
    programs = "、".join(dict.fromkeys(_programs(path)))
    return f"打开它的程序：{programs}" if programs else ""


def _owner_files(path: Path) -> Iterator[Path]:
    """Yield where Excel, Word, WPS and LibreOffice note who has a file open."""
    stem, name = path.stem, path.name
    cut = 0 if len(stem) <= _WHOLE_STEM else 1 if len(stem) == _ALL_BUT_ONE else 2
    for candidate in (f"~${name}", f"~${name[cut:]}", f".~lock.{name}#", f".~{name}"):
        owner = path.with_name(candidate)
        with suppress(OSError):
            if owner.is_file():
                yield owner


def _user(owner: Path) -> str:
    """Return the user named in an owner file, empty where it cannot be read."""
    try:
        data = owner.read_bytes()
    except OSError:
        return ""
    if owner.name.endswith("#"):
        return data.decode("utf-8", "replace").strip(", \r\n").partition(",")[0]
    at = _NAME_AT.get(len(data))
    if at is None:
        return ""
    name = data[at + 2 : at + 2 + 2 * data[at]].decode("utf-16-le", "replace")
    return name.strip("\0 ")


def _programs(path: Path) -> list[str]:
    """Return the programs of this machine that have a file open (Windows' Restart Manager)."""
    found: list[str] = []
    if sys.platform == "win32":
        with suppress(OSError, AttributeError):  # older systems, and Wine, have less of it
            found.extend(_asked_restart_manager(path))
    return found


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Process(ctypes.Structure):
        _fields_ = (
            ("id", wintypes.DWORD),
            ("started", wintypes.FILETIME),
            ("application", wintypes.WCHAR * 256),
            ("service", wintypes.WCHAR * 64),
            ("kind", ctypes.c_int),
            ("status", wintypes.ULONG),
            ("session_id", wintypes.DWORD),
            ("restartable", wintypes.BOOL),
        )

    _SESSION_KEY_LENGTH = 33
    _MOST = 16

    def _asked_restart_manager(path: Path) -> Iterator[str]:
        manager = ctypes.WinDLL("rstrtmgr")
        session = wintypes.DWORD()
        key = ctypes.create_unicode_buffer(_SESSION_KEY_LENGTH)
        if manager.RmStartSession(ctypes.byref(session), 0, key):
            return
        try:
            files = (wintypes.LPCWSTR * 1)(str(path))
            if manager.RmRegisterResources(session, 1, files, 0, None, 0, None):
                return
            found = (_Process * _MOST)()
            needed, count, reasons = wintypes.UINT(), wintypes.UINT(_MOST), wintypes.DWORD()
            byref = ctypes.byref
            if not manager.RmGetList(session, byref(needed), byref(count), found, byref(reasons)):
                yield from (each.application for each in found[: count.value] if each.application)
        finally:
            manager.RmEndSession(session)
