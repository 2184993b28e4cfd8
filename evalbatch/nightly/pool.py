"""A time limit for work in a process that is not ours to isolate: what outlasts it ends the whole
process.
"""

import contextlib
import faulthandler
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar

from pebble import ProcessExpired, ProcessPool
from pebble.pool.process import WORKERS_NAME

from evalbatch import garbage
from evalbatch.errors import Trouble
from evalbatch.nightly.job_object import enter, fenced

SOONEST = 0.001
NEVER = float("inf")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End this process at once, with what every thread is at on stderr, when the block takes longer
    than some seconds.

    The guard (faulthandler's) does not need the interpreter, so that it also ends what never lets
    go of it, such as a regular expression. Every thread may have such a block of its own. A thread
    that runs on while it is shown can make the guard itself crash: that ends the process as well.
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

EXHAUSTED = "内存超出限额"


class PoolError(Trouble):
    """The workers cannot even start: a fault of the installation, never of a job."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one job may use: `memory` in bytes of address space (where the platform has it),
    `seconds` of wall time.
    """

    memory: int = 1 << 30
    seconds: float = 30.0


def restrict_memory(limits: WorkerLimits) -> None:
    """Cap this process's address space; on Windows its fence does it."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - POSIX only

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        cap = limits.memory if hard == resource.RLIM_INFINITY else min(limits.memory, hard)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # macOS refuses a cap on the address space; the time limit stays
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (cap, hard))


def allow_processor(limits: WorkerLimits) -> None:
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


def processes() -> Any:
    """Return how this platform starts processes that share nothing with this one: a context of
    `multiprocessing`, which is typed otherwise on every platform.
    """
    method = "spawn" if sys.platform == "win32" else "forkserver"
    return multiprocessing.get_context(method)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let requests to end wait until a block is through: one that came while processes start would
    leave some that nobody knows.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # requests go to the main thread
        return
    asked: list[int] = []
    before = {
        number: handler
        for number in signal.valid_signals()
        if callable(handler := signal.getsignal(number))
    }
    for number in before:
        signal.signal(number, lambda given, _: asked.append(given))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in asked:
            signal.raise_signal(each)


def _end_workers() -> None:
    """End the workers of a pool that is through. It takes away what they share before it ends them:
    one that was still starting would not find it, and show a traceback.
    """
    for process in multiprocessing.active_children():
        if process.name == WORKERS_NAME:
            process.terminate()


class _Worker:
    """What a worker process keeps from one job to the next."""

    work: Callable[[Any], Any]
    limits: WorkerLimits


def _begin(path: Path, limits: WorkerLimits, fence: str) -> None:
    """Make the work function inside a worker, from the file that the coordinator left for it, once
    it stands inside the coordinator's fence.

    What a worker starts with is larger than a pipe: were it handed over at the start, a coordinator
    would wait for ever for a worker that died before it read it.
    """
    enter(fence)
    _Worker.work = pickle.loads(path.read_bytes())()  # noqa: S301 - written by our coordinator
    _Worker.limits = limits
    garbage.set_aside()
    restrict_memory(limits)


def _answer(job: Job) -> Any:
    """Do one job inside a worker."""
    allow_processor(_Worker.limits)
    return _Worker.work(job)


class IsolatedPool(Generic[Job, Result]):
    """Runs jobs in isolated processes.

    `start` makes the work function inside the worker; `blame` makes the result of a job that
    outlasted its time, or killed its worker twice, the second time alone in a fresh worker, from
    the job and the reason in Chinese. No more than `ahead` jobs per worker are in flight, so that
    memory does not grow with the number of jobs. `needed` are modules that every worker imports.
    """

    def __init__(
        self,
        start: Callable[[], Work[Job, Result]],
        blame: Callable[[Job, str], Result],
        *,
        jobs: int,
        limits: WorkerLimits | None = None,
        ahead: int = 16,
        needed: Sequence[str] = (),
    ) -> None:
        self._start = start
        self._blame = blame
        self._count = max(1, jobs)
        self._limits = limits or WorkerLimits()
        self._ahead = max(1, ahead)
        self._needed = needed

    def map(self, jobs: Iterable[Job], suspects: Iterable[Job] = ()) -> Iterator[Result]:
        """Yield the result of every job, in the order in which they finish; `suspects` are tried
        once, each alone.

        Raises:
            PoolError: a worker could not start.
        """
        with TemporaryDirectory(prefix="evalbatch-") as folder:
            path = Path(folder) / "start"
            path.write_bytes(pickle.dumps(self._start))
            alone = list(suspects)
            yield from self._together(path, iter(jobs), alone)
            for job in alone:
                yield self._by_itself(path, job)

    def _together(self, path: Path, queue: Iterator[Job], failed: list[Job]) -> Iterator[Result]:
        """Yield the results of jobs done side by side; those that killed their worker are noted as
        `failed`.
        """
        done: SimpleQueue[Future[Result]] = SimpleQueue()
        pending: dict[Future[Result], Job] = {}
        first = next(queue, None)
        if first is None:
            return
        with self._workers(path, self._count) as pool:
            for job in chain((first,), queue):
                future = self._schedule(pool, job)
                pending[future] = job
                future.add_done_callback(done.put)
                if len(pending) >= self._count * self._ahead:
                    yield from self._finished(done.get(), pending, failed)
            while pending:
                yield from self._finished(done.get(), pending, failed)

    def _finished(
        self, future: Future[Result], pending: dict[Future[Result], Job], failed: list[Job]
    ) -> Iterator[Result]:
        """Yield the result of a job that is done.

        One that outlasted its time had all of it, whatever else was done beside it: tried again at
        once it would only cost as much again.
        """
        job = pending.pop(future)
        reason = self._reason(future)
        if not reason:
            yield future.result()
        elif isinstance(future.exception(), TimeoutError):
            yield self._blame(job, reason)
        else:
            failed.append(job)

    def _by_itself(self, path: Path, job: Job) -> Result:
        """Do a job alone in a fresh process; it has itself to blame for what ends that."""
        with self._workers(path, 1) as pool:
            future = self._schedule(pool, job)
            reason = self._reason(future)
            return self._blame(job, reason) if reason else future.result()

    @contextmanager
    def _workers(self, path: Path, count: int) -> Iterator[ProcessPool]:
        context = processes()
        # imported once, for every worker to come
        context.set_forkserver_preload([__name__, *self._needed])
        with fenced(self._limits.memory) as fence:
            pool = ProcessPool(
                max_workers=count,
                initializer=_begin,
                initargs=(path, self._limits, fence),
                context=context,
            )
            try:
                with uninterrupted():
                    pool.active  # noqa: B018 - what starts its workers
                yield pool
            finally:
                pool.stop()  # type: ignore[no-untyped-call] # half typed
                _end_workers()
                pool.join()

    def _schedule(self, pool: ProcessPool, job: Job) -> Future[Result]:
        try:
            return pool.schedule(_answer, args=(job,), timeout=self._limits.seconds)
        except RuntimeError as error:  # how pebble says that its workers cannot start
            raise PoolError("处理进程无法启动") from error

    def _reason(self, future: Future[Result]) -> str:
        """Say in Chinese why a job ended its worker, empty where it did not.

        Raises:
            PoolError: no worker could start.
        """
        error = future.exception()
        if error is None:
            return ""
        if isinstance(error, BrokenProcessPool):
            raise PoolError("处理进程无法启动") from error
        if isinstance(error, MemoryError):
            return EXHAUSTED
        if isinstance(error, TimeoutError):
            return f"处理超过 {self._limits.seconds:g} 秒"
        if isinstance(error, ProcessExpired):
            return _last_words(error.exitcode)
        return f"处理进程异常退出（{type(error).__name__}）"


def _last_words(code: int) -> str:
    """Say in Chinese what the exit code of a dead worker means."""
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return "处理超时"
    return f"处理进程异常退出（代码 {code}）"


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
    with uninterrupted():
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
    garbage.look_seldom()
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
