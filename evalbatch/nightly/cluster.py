"""The same work on a Dask cluster, through its concurrent.futures executor: chunks of bytes out,
chunks of outcomes back.

A worker of the cluster that is lost costs its chunk again; a workbook that outlasts its time limit
costs the worker. A chunk that cost the cluster a worker is done once more one by one; what costs it
a worker even alone is blamed. A node with another program, or none, is passed over. The coordinator
alone touches files of ours.
"""

import logging
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, cast

from evalbatch import __version__
from evalbatch.errors import Trouble, reason
from evalbatch.nightly import setup
from evalbatch.nightly.inbox import ArchiveError
from evalbatch.nightly.job import Job
from evalbatch.nightly.pool import deadline
from evalbatch.results.outcome import WorkbookOutcome

if TYPE_CHECKING:
    from evalbatch.nightly.worker import Work


WITHOUT = "已处理的结果保留；也可以不加 --cluster 在本机重新运行，结果相同。"
CHUNK = 20
CHUNKS_PER_THREAD = 2
"""Chunks in flight for each thread of the cluster: one to work on, one to be sent meanwhile."""
CONNECT_SECONDS = 15
KILLED = "KilledWorker"
"""What distributed calls a task that cost it a worker."""
PATIENCE_SECONDS = 60
"""How long nothing may come back before the cluster is asked whether it still has workers."""


class ClusterError(Trouble):
    """The cluster cannot be used; the message says why in Chinese, and what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(what if WITHOUT in what else f"{what}{WITHOUT}")


class Executor(Protocol):
    """What is needed of an executor."""

    def submit(
        self, fn: Callable[..., list[WorkbookOutcome]], /, *args: object
    ) -> "Future[list[WorkbookOutcome]]":
        """Start a call somewhere."""


class Client(Protocol):
    """What is needed of the client of a cluster."""

    def get_executor(self, *, pure: bool, workers: list[str] | None = None) -> Executor:
        """Return an executor that does its calls on the cluster."""

    def nthreads(self) -> dict[str, int]:
        """Return the number of threads of every worker by its address."""

    def submit(self, fn: Callable[..., object], *args: object, pure: bool) -> object:
        """Start a call somewhere, whose result others can be given."""

    def run(self, function: Callable[[], str], *, on_error: str) -> dict[str, object]:
        """Call a function on every worker, and return the results by address."""

    def wait_for_workers(self, n_workers: int, timeout: float) -> None:
        """Wait until there are so many workers.

        Raises:
            TimeoutError: there are not.
        """


def do_chunk(
    start: Callable[[], "Work"], digest: str, seconds: float, jobs: Sequence[Job]
) -> list[WorkbookOutcome]:
    """Do a chunk of jobs on a worker of the cluster, which ends when a job takes longer than some
    seconds.

    Raises:
        ClusterError: the worker has another program than the coordinator, by its digest: its
            results would differ.
    """
    if digest != setup.digest():
        raise ClusterError(
            f"集群节点的程序（版本 {__version__}）与本机的内容不同；请两处更新到同一版本，"
            f"重启集群节点后再运行。"
        )
    work, outcomes = start(), []
    for job in jobs:
        with deadline(seconds):
            outcomes.append(work(job))
    return outcomes


class ClusterPool:
    """Does jobs on the workers of a cluster, each job within some seconds; same contract as the
    pool of local processes.
    """

    def __init__(
        self,
        address: str,
        start: Callable[[], "Work"],
        blame: Callable[[Job, str], WorkbookOutcome],
        *,
        seconds: float,
    ) -> None:
        self._address = address
        self._start = start
        self._blame = blame
        self._seconds = seconds
        self._right: list[str] | None = None  # addresses, where not every node has our program

    def map(self, jobs: Iterable[Job], suspects: Iterable[Job] = ()) -> Iterator[WorkbookOutcome]:
        """Yield the outcome of every job, in the order in which they finish; `suspects` are tried
        once, each alone.

        Raises:
            ClusterError: nobody answers at the address, there is no worker (any more), or a worker
                has another program.
        """
        try:
            import distributed  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise ClusterError(
                "没有安装集群组件；请运行 pip install 'evalbatch[cluster]'。"
            ) from error
        _quieten()
        try:
            client = distributed.Client(
                self._address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise ClusterError(f"连接不上集群 {self._address}（{error}）。") from error
        try:
            with client, _no_second_victim(client):
                yield from self._on(client, jobs, [*suspects])
        except ClusterError:
            raise
        except (Exception, CancelledError) as error:
            raise ClusterError(
                f"集群 {self._address} 在处理中出错（{type(error).__name__}），本次没有完成。"
            ) from error

    def _on(
        self, client: Client, jobs: Iterable[Job], suspects: list[Job]
    ) -> Iterator[WorkbookOutcome]:
        """Yield the outcomes of jobs done on a cluster."""
        threads = sum(client.nthreads().values())
        if not threads:
            raise ClusterError(f"集群 {self._address} 没有可用的工作节点。")
        start = client.submit(
            _same, self._start, pure=False
        )  # travels once, and comes again where it was lost
        yield from self._spread(client, start, jobs, threads * CHUNKS_PER_THREAD, suspects)
        verdict = f"集群节点处理此文件时异常退出，或超过 {self._seconds:g} 秒"
        for job in suspects:  # one at a time, so that no innocent one goes down with it
            guilty: list[Job] = []
            yield from self._spread(client, start, [job], 1, guilty)
            yield from (self._blame(job, verdict) for job in guilty)

    def _spread(
        self, client: Client, start: object, jobs: Iterable[Job], flight: int, suspects: list[Job]
    ) -> Iterator[WorkbookOutcome]:
        """Keep a bounded number of chunks in flight; the jobs of a chunk that cost the cluster a
        worker become suspects, those of a chunk that met a wrong node are done on the others.
        """
        queue, again = iter(jobs), list[list[Job]]()
        chunks: dict[Future[list[WorkbookOutcome]], tuple[list[Job], list[str] | None]] = {}
        while True:
            while len(chunks) < flight and (
                chunk := again.pop() if again else list(islice(queue, CHUNK))
            ):
                loaded, unread = _loaded(chunk)
                yield from unread
                here = {job.file for job in loaded}
                executor = client.get_executor(pure=False, workers=self._right)
                future = executor.submit(do_chunk, start, setup.digest(), self._seconds, loaded)
                chunks[future] = [job for job in chunk if job.file in here], self._right
            if not chunks:
                return
            for future in self._finished(client, chunks):
                chunk, asked = chunks.pop(future)
                fault = future.exception()
                if fault is None:
                    yield from future.result()
                elif type(fault).__name__ == KILLED:
                    suspects.extend(chunk)
                else:
                    if asked == self._right:  # else it was sent before they were known
                        self._pass_over_wrong_nodes(client, fault)
                    again.append(chunk)

    def _pass_over_wrong_nodes(self, client: Client, fault: BaseException) -> None:
        """Ask every node for its program, and use only those that have ours from now on.

        Raises:
            ClusterError: none has, or they all have and that is not what is wrong.
        """
        told = client.run(setup.digest, on_error="return")
        right = [address for address, digest in told.items() if digest == setup.digest()]
        if not right and isinstance(fault, ClusterError):
            raise fault
        if not right or right == self._right or len(right) == len(told):
            raise ClusterError(
                f"集群 {self._address} 的节点不能执行本程序（{type(fault).__name__}）；"
                f"请在各节点安装与本机相同的版本并重启。"
            ) from fault
        self._right = right

    def _finished(
        self, client: Client, chunks: Iterable[Future[list[WorkbookOutcome]]]
    ) -> set[Future[list[WorkbookOutcome]]]:
        """Wait for the next chunks to come back.

        Raises:
            ClusterError: nothing came back for a long time, and no worker is left to do it.
        """
        while not (done := wait(chunks, PATIENCE_SECONDS, FIRST_COMPLETED).done):
            try:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            except TimeoutError as error:
                raise ClusterError(
                    f"集群 {self._address} 已没有可用的工作节点；请恢复后重新运行。"
                ) from error
        return done


@contextmanager
def _no_second_victim(client: Any) -> Iterator[None]:
    """Let the scheduler give a chunk back as soon as it cost one worker: as a rule it costs several
    more, each a workbook's time limit, before that is noticed.
    """

    def allow(count: int | None) -> int | None:
        # travels whole, since it is made here: the scheduler needs none of our program
        def change(dask_scheduler: Any) -> int:
            before: int = dask_scheduler.allowed_failures
            dask_scheduler.allowed_failures = before if count is None else count
            return before

        with suppress(Exception):  # where that is not allowed, it takes longer
            return cast("int", client.run_on_scheduler(change))
        return None

    before = allow(0)
    try:
        yield
    finally:
        if before is not None:
            allow(before)


def _quieten() -> None:
    """Let the cluster's library keep its tracebacks to itself: what matters of them is told in
    Chinese.
    """
    for handler in logging.getLogger("distributed").handlers:  # one for all its parts
        handler.setLevel(logging.CRITICAL)


def _same(start: Callable[[], "Work"]) -> Callable[[], "Work"]:
    return start


def _loaded(chunk: Sequence[Job]) -> tuple[list[Job], list[WorkbookOutcome]]:
    """Put the workbooks' bytes into their jobs, since the cluster need not see the inbox; what
    cannot be read is busy.
    """
    loaded: list[Job] = []
    unread: list[WorkbookOutcome] = []
    for job in chunk:
        try:
            loaded.append(replace(job, data=job.source.read()))
        except ArchiveError:
            loaded.append(job)  # the worker says what is wrong with it
        except OSError as error:
            unread.append(WorkbookOutcome(job.file, "", busy=f"打不开（{reason(error)}）"))
    return loaded, unread
