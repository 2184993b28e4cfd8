"""A second process that does one thing while this one does another."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import TypeVar

from evalbatch.batch.pool import processes
from evalbatch.model.fault import Trouble

Result = TypeVar("Result")


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Do work in a second process, and hand out a function that waits for its result; `work` must travel between processes.

    Where that process meets a trouble or dies, the work is done here, so that a trouble is raised here, as what it is. The
    process ends with the block, and with this process however it ends.
    """
    context = processes()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(theirs, work), daemon=True)
    process.start()
    theirs.close()

    def result() -> Result:
        try:
            answer: Result = ours.recv()
        except (EOFError, OSError):
            return work()
        return answer

    try:
        yield result
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def _do(link: Connection, work: Callable[[], object]) -> None:
    """Be the second process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's to answer
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with suppress(Trouble, OSError):
        link.send(work())


def _die_with_parent() -> None:
    """End this process when the first one is gone: what it writes is of no use, and in the way of the next run."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
