"""A time limit for work in a process that is not ours to isolate: what outlasts it ends the whole
process.
"""

import contextlib
import faulthandler
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Generic, TypeVar

from evalbatch.errors import Trouble

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext


SOONEST = 0.001
NEVER = float("inf")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End this process at once, with what every thread is at on stderr, when the block takes longer
    than some seconds.

    The guard (faulthandler's) does not need the interpreter, so that it also ends what never lets
    go of it, such as a regular expression. Every thread may have such a block of its own.
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


Job = TypeVar("Job")
Result = TypeVar("Result")
Work = Callable[[Job], Result]

READY = "ready"
EXHAUSTED = 77
"""Exit code of a worker that ran out of memory."""

START_SECONDS = 120.0
YOUNG_OBJECTS = 20_000
"""New objects before the garbage collector looks among them: a few workbooks' worth, and hardly any
of them form cycles.
"""


class PoolError(Trouble):
    """The workers cannot even start: a fault of the installation, never of a job."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: `memory` in bytes of address space (where the platform has it),
    `seconds` of wall time.
    """

    memory: int = 1 << 30
    seconds: float = 30.0


def restrict_memory(limits: Limits) -> None:
    """Cap this process's address space; does nothing on platforms without resource limits
    (Windows).
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - POSIX only

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        cap = limits.memory if hard == resource.RLIM_INFINITY else min(limits.memory, hard)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(
            ValueError, OSError
        ):  # macOS refuses a cap on the address space; the time limit stays
            resource.setrlimit(resource.RLIMIT_AS, (cap, hard))


def allow_processor(limits: Limits) -> None:
    """Give this process processor time for one more job, so that an orphan in an endless loop ends
    by itself.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - POSIX only

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + limits.seconds) + 2
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(
            resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
        )


def processes() -> "ForkServerContext | SpawnContext":
    """Return how this platform starts processes that share nothing with this one."""
    return (
        multiprocessing.get_context("spawn")
        if sys.platform == "win32"
        else multiprocessing.get_context("forkserver")
    )


def spare_collector() -> None:
    """Set aside from the garbage collector what is loaded for good, and let it look less often at
    what is new.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def serve(link: Connection, start: Callable[[], Work[Job, Result]], limits: Limits) -> None:
    """Be a worker: take chunks of jobs from the link and answer each job as soon as it is done,
    until the link closes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer
    try:
        work = start()
        spare_collector()
        restrict_memory(limits)
        link.send(READY)
        while True:
            for job in link.recv():
                allow_processor(limits)
                link.send(work(job))
    except MemoryError:
        os._exit(EXHAUSTED)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the coordinator is gone


class _Worker(Generic[Job, Result]):
    """The coordinator's end of one worker process."""

    def __init__(self, start: Callable[[], Work[Job, Result]], limits: Limits) -> None:
        context = processes()
        context.set_forkserver_preload(
            [getattr(start, "func", start).__module__]
        )  # imported once, for every worker to come
        self.link, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, start, limits), daemon=True)
        self.process.start()
        theirs.close()
        self.seconds = limits.seconds
        self.jobs: deque[Job] = deque()
        self.alone = False
        self.ready = False
        self.deadline = time.monotonic() + START_SECONDS

    def give(self, jobs: list[Job], *, alone: bool = False) -> bool:
        """Hand over a chunk of jobs; false when the worker is already dead."""
        try:
            self.link.send(jobs)
        except OSError:
            return False
        self.jobs.extend(jobs)
        self.alone = alone
        if self.ready:
            self.deadline = time.monotonic() + self.seconds
        return True

    def take(self) -> Result | None:
        """Receive one answer; None for the greeting.

        Raises:
            EOFError, OSError: the worker died.
        """
        answer: Result | str = self.link.recv()
        self.deadline = time.monotonic() + self.seconds
        if not self.ready:
            self.ready = True
            return None
        self.jobs.popleft()
        return answer  # type: ignore[return-value] # only the greeting is a plain str

    def end(self) -> None:
        """End the process at once and let go of it."""
        self.link.close()
        self.process.kill()
        self.process.join()
        self.process.close()

    def autopsy(self) -> str:
        """Say in Chinese why the worker is dead."""
        self.process.join(timeout=5)
        code = self.process.exitcode
        if code == EXHAUSTED:
            return "内存超出限额"
        if sys.platform != "win32" and code == -signal.SIGXCPU:
            return "处理超时"
        return f"处理进程异常退出（代码 {code}）"


class IsolatedPool(Generic[Job, Result]):
    """Runs jobs in isolated processes.

    `start` makes the work function inside the worker; `blame` makes the result of a job that killed
    its worker twice, the second time alone in a fresh worker, from the job and the reason in
    Chinese. No more than one chunk of jobs per worker is in flight, and a worker waits with its
    answer until it is taken, so memory does not grow with the number of jobs.
    """

    def __init__(
        self,
        start: Callable[[], Work[Job, Result]],
        blame: Callable[[Job, str], Result],
        *,
        jobs: int,
        limits: Limits | None = None,
        chunk: int = 16,
    ) -> None:
        self._start = start
        self._blame = blame
        self._count = max(1, jobs)
        self._limits = limits or Limits()
        self._chunk = max(1, chunk)
        self._workers: list[_Worker[Job, Result]] = []
        self._again: deque[Job] = deque()
        self._suspects: deque[Job] = deque()

    def map(self, jobs: Iterable[Job], suspects: Iterable[Job] = ()) -> Iterator[Result]:
        """Yield the result of every job, in the order in which they finish; `suspects` are tried
        once, each alone.

        Raises:
            PoolError: a worker could not start.
        """
        queue = iter(jobs)
        self._suspects.extend(suspects)
        try:
            while self._feed(queue):
                yield from self._collect()
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def _feed(self, queue: Iterator[Job]) -> bool:
        """Give every idle worker a chunk; false when all is done."""
        while len(self._workers) < self._count and (chunk := self._next(queue)):
            self._give(_Worker(self._start, self._limits), *chunk)
        for worker in [worker for worker in self._workers if not worker.jobs]:
            if not (chunk := self._next(queue)):
                break
            self._give(worker, *chunk)
        return any(worker.jobs for worker in self._workers)

    def _next(self, queue: Iterator[Job]) -> tuple[list[Job], bool] | None:
        """Return the next chunk and whether it is a suspect to be tried alone, None when there is
        nothing left to do.
        """
        if self._suspects:
            return [self._suspects.popleft()], True
        chunk = [self._again.popleft() for _ in range(min(self._chunk, len(self._again)))]
        chunk.extend(islice(queue, self._chunk - len(chunk)))
        return (chunk, False) if chunk else None

    def _give(self, worker: _Worker[Job, Result], jobs: list[Job], alone: bool) -> None:
        if alone and worker.ready:  # a suspect gets a fresh process
            self._dismiss(worker)
            worker = _Worker(self._start, self._limits)
        if worker not in self._workers:
            self._workers.append(worker)
        if not worker.give(jobs, alone=alone):
            self._lose(worker)
            (self._suspects if alone else self._again).extendleft(reversed(jobs))

    def _lose(self, worker: _Worker[Job, Result]) -> str:
        """Let go of a worker that died and say why.

        Raises:
            PoolError: it never came to life.
        """
        reason, started = worker.autopsy(), worker.ready
        self._dismiss(worker)
        if not started:
            raise PoolError(f"处理进程无法启动：{reason}")
        return reason

    def _dismiss(self, worker: _Worker[Job, Result]) -> None:
        worker.end()
        if worker in self._workers:
            self._workers.remove(worker)

    def _collect(self) -> Iterator[Result]:
        """Wait for answers, deaths and deadlines; yield the answers and the verdicts."""
        busy = {worker.link: worker for worker in self._workers if worker.jobs}
        patience = min(worker.deadline for worker in busy.values()) - time.monotonic()
        answered = wait(list(busy), timeout=max(0.0, patience))
        for link, worker in busy.items():
            if link in answered:
                yield from self._receive(worker)
            elif time.monotonic() >= worker.deadline:
                worker.process.kill()
                yield from self._bury(worker, f"处理超过 {self._limits.seconds:g} 秒")

    def _receive(self, worker: _Worker[Job, Result]) -> Iterator[Result]:
        try:
            answer = worker.take()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        if answer is not None:
            yield answer

    def _bury(self, worker: _Worker[Job, Result], verdict: str = "") -> Iterator[Result]:
        """Let go of a dead or stuck worker: its job becomes a suspect, or is blamed when it was
        one; the others go on.
        """
        reason = self._lose(worker)
        culprit, *others = worker.jobs
        self._again.extend(others)
        if worker.alone:
            yield self._blame(culprit, verdict or reason)
        else:
            self._suspects.append(culprit)


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Do work in a second process, and hand out a function that waits for its result; `work` must
    travel between processes.

    Where that process meets a trouble or a fault, or dies, the work is done here, so that it is
    raised here, as what it is. The process ends with the block, and with this process however it
    ends.
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
    with suppress(Exception):  # the first process meets it again
        link.send(work())


def _die_with_parent() -> None:
    """End this process when the first one is gone: what it writes is of no use, and in the way of
    the next run.
    """
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
