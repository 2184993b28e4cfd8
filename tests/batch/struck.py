"""Real runs of the command line that can be killed at any of their steps, with all their processes.

A step is one touch of the output folder (what PEP 578 audits: opening, making, renaming, removing,
listing). Steps measure how far a run has come whatever the machine is doing meanwhile, so that
kills can be spread evenly over a whole run without a clock.

Each run is forked off a process that has the product imported and its templates prepared, which
saves most of a run's start; from there on it is a run like any other, in a session of its own:
coordinator, fork server and isolated workers.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from multiprocessing import Pipe, util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from evalbatch.cli import main
from evalbatch.nightly import worker
from evalbatch.nightly.inbox import scan
from evalbatch.nightly.job import Job
from evalbatch.nightly.setup import Setup
from evalbatch.settings import Settings

AS_OF = date(2026, 3, 31)
BROKEN = 70


def warm(inbox: Path) -> None:
    """Do an inbox in this process, so that what is prepared once need not be prepared by every
    worker of every run.
    """
    import_module("evalbatch.nightly.run")  # which the command line puts off
    work = worker.start(Setup.load(Settings()).context(AS_OF))
    for source in scan(inbox).sources:
        work(Job(source))


def undisturbed(inbox: Path, output: Path) -> tuple[int, set[str]]:
    """Do a run, and return how many steps it took and which paths below the output folder it opened
    to write to.
    """
    process, link = _begin(inbox, output, 0, held=False)
    steps, written = link.recv()
    assert _end(process) == 0
    return steps, written


def struck(
    inbox: Path, output: Path, step: int, seconds: float, kill: Callable[[int, int], None]
) -> bool:
    """Kill a run at its given step, or so many seconds after it; false when it had come to its end
    before.
    """
    process, link = _begin(inbox, output, step, held=not seconds)
    link.recv()
    link.poll(seconds)
    kill(process, signal.SIGKILL)
    code = _end(process)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def _end(process: int) -> int:
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def _begin(inbox: Path, output: Path, step: int, *, held: bool) -> tuple[int, Connection]:
    ours, theirs = Pipe()
    process = os.fork()
    if not process:
        ours.close()
        _run(inbox, output, _Steps(str(output), step, theirs, held=held))
    theirs.close()
    return process, ours


def _run(inbox: Path, output: Path, steps: "_Steps") -> NoReturn:
    """Be a run, and tell its steps."""
    code = BROKEN
    try:
        os.setsid()
        util.spawnv_passfds = _forked
        sys.addaudithook(steps.watch)
        code = main(
            [
                "run",
                str(inbox),
                "-o",
                str(output),
                "--as-of",
                AS_OF.isoformat(),
                "--jobs",
                "2",
                "--quiet",
            ]
        )
        steps.link.send((steps.count, steps.written))
    except BaseException:  # noqa: BLE001 - whatever it is, a forked process must not go on as the one it was forked from
        traceback.print_exc()
    finally:
        os._exit(code)


class _Steps:
    """Counts the steps of a run; at the chosen one it says so, and waits there to be killed when it
    is to be held.
    """

    def __init__(self, folder: str, chosen: int, link: Connection, *, held: bool) -> None:
        self._folder, self._chosen, self._held = folder, chosen, held
        self.link = link
        self.count = 0
        self.written: set[str] = set()

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Be the audit hook."""
        path = str(arguments[0]) if arguments else ""
        if not path.startswith(self._folder):
            return
        self.count += 1
        if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self.written.add(path.removeprefix(self._folder).strip("/"))
        if self.count == self._chosen:
            self.link.send(None)
            while self._held:
                signal.pause()


def _forked(_path: str, arguments: Sequence[str], kept: Sequence[int]) -> int:
    """Start a helper process of multiprocessing (its fork server) by a fork, where it would start
    an interpreter anew.
    """
    process = os.fork()
    if not process:
        try:
            first = 3
            for one in (
                *sorted(map(int, kept)),
                os.sysconf("SC_OPEN_MAX"),
            ):  # above all the lock is not to be held on
                os.closerange(first, one)
                first = one + 1
            exec(arguments[-1])  # noqa: S102 - the line of the standard library that an interpreter would be started with
        finally:
            os._exit(0)
    return process
