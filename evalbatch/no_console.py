"""Started without a console (pythonw, a windowed program, a service): what would have been said
goes to a dated log, and to a message where somebody sits in front of the screen.
"""

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TextIO

LOGS = "logs"
SHOWN = 15
"""Lines of the log that a message shows."""
TITLE = "预算绩效评价"


def open_log(now: datetime) -> TextIO | None:
    """Open the day's log below the current folder, or below that for temporary files where the
    current one takes none; None where neither does.
    """
    for folder in (Path.cwd() / LOGS, Path(tempfile.gettempdir()) / "evalbatch"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            log = (folder / f"{now:%Y-%m-%d}.log").open("a", encoding="utf-8")
        except OSError:
            continue
        log.write(f"==== {now:%Y-%m-%d %H:%M:%S}\n")
        return log
    return None


def show(log: Path, code: int) -> None:
    """Show the end of a log in a window, where there is a screen with somebody in front of it."""
    if sys.platform == "win32" and _somebody_is_there():
        import ctypes  # noqa: PLC0415 - Windows only

        ctypes.windll.user32.MessageBoxW(None, words(log, code), TITLE, 0x30 if code else 0x40)


def words(log: Path, code: int) -> str:
    """Return what a message says: the end of this run's part of the log, and where it stands."""
    said = log.read_text(encoding="utf-8").rpartition("====")[2].splitlines()[1:]
    ending = "已完成。" if code == 0 else f"没有正常完成（退出码 {code}）。"
    return "\n".join((ending, "", *said[-SHOWN:], "", f"完整日志：{log.resolve()}"))


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _FLAGS, _VISIBLE = 1, 1

    class _UserObjectFlags(ctypes.Structure):
        _fields_ = (
            ("inherit", wintypes.BOOL),
            ("reserved", wintypes.BOOL),
            ("flags", wintypes.DWORD),
        )

    def _somebody_is_there() -> bool:
        """Whether windows of this process are seen: those of a service or a nightly task are not,
        and would wait for an answer for ever.
        """
        user = ctypes.windll.user32
        user.GetProcessWindowStation.restype = wintypes.HANDLE
        told = _UserObjectFlags()
        station = wintypes.HANDLE(user.GetProcessWindowStation())
        asked = user.GetUserObjectInformationW(
            station, _FLAGS, ctypes.byref(told), ctypes.sizeof(told), None
        )
        return bool(asked and told.flags & _VISIBLE)
