"""One run at a time: a lock on the output folder that dies with its process, and says who holds it
since when.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from evalbatch.errors import LOCKED, Trouble
from evalbatch.output_files import explained

LOCK = ".lock"
HOLDER = ".lock.txt"


class BusyError(Trouble):
    """Another run holds the lock; the message says since when, in Chinese."""

    exit_code = LOCKED


@contextmanager
def exclusive(output: Path, now: datetime) -> Iterator[None]:
    """Hold the lock of an output folder; makes the folder when it is not there.

    Raises:
        BusyError: another run holds it.
        OutputError: the folder cannot be made or written to; in Chinese.
    """
    with held(output, LOCK, lambda: f"另一次运行正在进行（{_holder(output)}），本次运行未开始。"):
        try:
            _introduce(output, now)
            yield
        finally:
            with suppress(OSError):  # somebody reads it: the lock itself is what counts
                (output / HOLDER).unlink()


@contextmanager
def held(output: Path, name: str, busy: Callable[[], str]) -> Iterator[None]:
    """Hold one lock of an output folder; makes the folder when it is not there.

    Raises:
        BusyError: somebody holds it; `busy` says so in Chinese.
        OutputError: the folder cannot be made or written to; in Chinese.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / name, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise BusyError(busy()) from error
    except OSError as error:
        raise explained(output, error) from error
    try:
        yield
    finally:
        lock.release()


def _introduce(output: Path, now: datetime) -> None:
    try:
        text = f"自 {now:%Y-%m-%d %H:%M:%S} 起，进程 {os.getpid()}，主机 {socket.gethostname()}"
        (output / HOLDER).write_text(text, encoding="utf-8")
    except OSError as error:
        raise explained(output / HOLDER, error) from error


def _holder(output: Path) -> str:
    try:
        return (output / HOLDER).read_text(encoding="utf-8")
    except OSError:
        return "开始时间不详"
