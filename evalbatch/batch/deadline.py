"""A time limit for work in a process that is not ours to isolate: what outlasts it ends the whole process."""

import faulthandler
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SOONEST = 0.001
NEVER = float("inf")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End this process at once, with what every thread is at on stderr, when the block takes longer than some seconds.

    The guard (faulthandler's) does not need the interpreter, so that it also ends what never lets go of it, such as a regular
    expression. Every thread may have such a block of its own.
    """
    thread = threading.get_ident()
    _guard.change(thread, time.monotonic() + seconds)
    try:
        yield
    finally:
        _guard.change(thread, NEVER)


class _Guard:
    """The process's one guard, which waits for the deadline that comes first."""

    def __init__(self) -> None:
        self._deadlines: dict[int, float] = {}
        self._first = NEVER
        self._changing = threading.Lock()

    def change(self, thread: int, when: float) -> None:
        """Note when a thread's deadline is, on the monotonic clock."""
        with self._changing:
            self._deadlines[thread] = when
            first = min(self._deadlines.values())
            if first == self._first:
                return
            self._first = first
            if first == NEVER:
                faulthandler.cancel_dump_traceback_later()
            else:
                faulthandler.dump_traceback_later(max(first - time.monotonic(), SOONEST), exit=True)


_guard = _Guard()
