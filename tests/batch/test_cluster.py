"""The batch on a real Dask cluster of two workers, one of which is killed midway."""

import io
import logging
import os
import re
import signal
import subprocess
import sys
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from batch.small import PARTS, put, run, tree, work
from evalbatch.nightly import setup
from evalbatch.nightly.cluster import ClusterError, ClusterPool, do_chunk
from evalbatch.nightly.inbox import scan
from evalbatch.nightly.job import Job
from evalbatch.results.outcome import WorkbookOutcome

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("default"),  # of distributed, when its workers are killed
]

STUCK = "7.xlsx"


def slow_work(job: Job) -> WorkbookOutcome:
    """Note which process works, and leave the test time to kill it."""
    with Path(os.environ["EVALBATCH_TEST_PIDS"]).open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    end = os.times().elapsed + 0.01
    while os.times().elapsed < end:
        pass
    return work(job)


def start() -> Callable[[Job], WorkbookOutcome]:
    return work


def start_slow() -> Callable[[Job], WorkbookOutcome]:
    return slow_work


def start_deadly() -> Callable[[Job], WorkbookOutcome]:
    return deadly_work


def deadly_work(job: Job) -> WorkbookOutcome:
    if job.file == "13.xlsx":
        os.kill(os.getpid(), signal.SIGKILL)
    return work(job)


def start_stuck() -> Callable[[Job], WorkbookOutcome]:
    return stuck_work


def stuck_work(job: Job) -> WorkbookOutcome:
    """Hang for ever in one workbook, without once letting go of the interpreter."""
    if job.file == STUCK:
        re.match("(a+)+$", "a" * 64 + "b")
    return work(job)


def blame(job: Job, reason: str) -> WorkbookOutcome:
    return WorkbookOutcome(job.file, "", fault=reason)


@pytest.fixture(scope="module")
def pids(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cluster") / "pids"
    path.touch()
    return path


CONFIGURATION = {
    # a local cluster gives up a worker that is just being started again
    "distributed.deploy.lost-worker-timeout": "1 hour",
    # of a chunk, before it is given back: three as a rule
    "distributed.scheduler.allowed-failures": 1,
    # of a worker with one that was killed: half a minute as a rule
    "distributed.comm.timeouts.connect": "3s",
}


@pytest.fixture(scope="module")
def address(pids: Path) -> Iterator[str]:
    import dask  # noqa: PLC0415 - an extra, and slow to import
    from distributed import LocalCluster  # noqa: PLC0415 - the same

    os.environ["EVALBATCH_TEST_PIDS"] = str(pids)
    local = {
        "n_workers": 2,
        "threads_per_worker": 1,
        "dashboard_address": None,
        "host": "127.0.0.1",
    }
    with dask.config.set(CONFIGURATION), LocalCluster(**local) as cluster:
        yield cluster.scheduler_address
    del os.environ["EVALBATCH_TEST_PIDS"]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    for number in range(120):
        put(
            tmp_path / "inbox",
            f"{number}.xlsx",
            f"局{number % 7}|项目{number}|{'bad' if number % 5 == 0 else 'good'}",
        )
    return tmp_path / "inbox"


def test_a_worker_killed_midway_costs_only_its_chunk_and_the_bytes_are_the_same(
    inbox: Path, address: str, pids: Path, tmp_path: Path
) -> None:
    run(inbox, tmp_path / "local")
    killed: list[int] = []

    def compute(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        for outcome in ClusterPool(address, start_slow, blame, seconds=20).map(jobs):
            if not killed:
                killed.append(int(pids.read_text().split()[-1]))
                os.kill(killed[0], signal.SIGKILL)
            yield outcome

    run(inbox, tmp_path / "cluster", parts=replace(PARTS, compute=compute))
    assert killed
    assert tree(tmp_path / "cluster") == tree(tmp_path / "local")


@pytest.mark.slow
def test_a_workbook_that_kills_every_worker_is_blamed_alone(inbox: Path, address: str) -> None:
    jobs = [Job(source) for source in scan(inbox).sources[:40]]
    outcomes = list(ClusterPool(address, start_deadly, blame, seconds=20).map(jobs))
    assert len(outcomes) == 40
    assert [outcome.file for outcome in outcomes if outcome.fault] == ["13.xlsx"] * any(
        job.file == "13.xlsx" for job in jobs
    )


@pytest.mark.slow
def test_a_workbook_that_outlasts_its_time_is_blamed_and_the_rest_is_the_same_bytes(
    inbox: Path, address: str, tmp_path: Path
) -> None:
    verdict = "集群节点处理此文件时异常退出，或超过 0.5 秒"

    def at_home(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        yield from (blame(job, verdict) if job.file == STUCK else work(job) for job in jobs)

    def on_the_cluster(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        yield from ClusterPool(address, start_stuck, blame, seconds=0.5).map(jobs)

    home = run(inbox, tmp_path / "home", parts=replace(PARTS, compute=at_home))
    away = run(inbox, tmp_path / "away", parts=replace(PARTS, compute=on_the_cluster))
    assert away.faults == home.faults == {STUCK: verdict}
    assert tree(tmp_path / "away") == tree(tmp_path / "home")


CLUSTER = """
import sys, dask
from distributed import LocalCluster
if __name__ == "__main__":
    with dask.config.set({"distributed.comm.timeouts.connect": "3s"}):
        cluster = LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        )
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_a_scheduler_lost_midway_ends_in_a_message_and_the_night_is_done_without_it(
    inbox: Path, tmp_path: Path, pids: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "its_cluster.py").write_text(CLUSTER, encoding="utf-8")
    monkeypatch.setenv("EVALBATCH_TEST_PIDS", str(pids))
    run(inbox, tmp_path / "local")
    command = [sys.executable, str(tmp_path / "its_cluster.py")]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as cluster:
        assert cluster.stdout is not None
        its_address = cluster.stdout.readline().strip()
        killed: list[int] = []

        def compute(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
            for outcome in ClusterPool(its_address, start_slow, blame, seconds=20).map(jobs):
                if not killed:
                    killed.append(cluster.pid)
                    os.killpg(cluster.pid, signal.SIGKILL)
                yield outcome

        with pytest.raises(ClusterError, match="不加 --cluster"):
            run(inbox, tmp_path / "cluster", parts=replace(PARTS, compute=compute))
    assert killed
    run(inbox, tmp_path / "cluster")
    assert tree(tmp_path / "cluster") == tree(tmp_path / "local")


class Scripted:
    """A client and executor whose nodes have the programs given, by address."""

    def __init__(self, programs: dict[str, str]) -> None:
        self.programs = programs
        self.asked: list[list[str] | None] = []

    def get_executor(self, *, pure: bool, workers: list[str] | None = None) -> "Scripted":
        assert not pure
        self.asked.append(workers)
        return self

    def submit(
        self, fn: Callable[..., list[WorkbookOutcome]], *args: Any
    ) -> "Future[list[WorkbookOutcome]]":
        future: Future[list[WorkbookOutcome]] = Future()
        address = (self.asked[-1] or sorted(self.programs))[0]
        if self.programs[address] == setup.digest():
            future.set_result(fn(start, *args[1:]))
        else:
            future.set_exception(ModuleNotFoundError("evalbatch"))
        return future

    def run(self, function: Callable[[], str], *, on_error: str) -> dict[str, object]:
        assert on_error == "return"
        return dict(self.programs)


def scripted(
    programs: dict[str, str], jobs: Sequence[Job]
) -> tuple[list[WorkbookOutcome], Scripted]:
    client, suspects = Scripted(programs), list[Job]()
    pool = ClusterPool("tcp://127.0.0.1:9", start, blame, seconds=20)
    outcomes = list(pool._spread(client, start, jobs, 2, suspects))
    assert not suspects
    return outcomes, client


def test_one_wrong_node_is_passed_over(inbox: Path) -> None:
    jobs = [Job(source) for source in scan(inbox).sources]
    outcomes, client = scripted({"a": "other", "b": setup.digest(), "c": setup.digest()}, jobs)
    assert sorted(each.file for each in outcomes) == sorted(job.file for job in jobs)
    assert client.asked[-1] == ["b", "c"]


@pytest.mark.parametrize("programs", [{"a": "other"}, {"a": "other", "b": "another"}])
def test_nodes_that_are_all_wrong_end_in_a_message(inbox: Path, programs: dict[str, str]) -> None:
    jobs = [Job(source) for source in scan(inbox).sources]
    with pytest.raises(ClusterError, match="安装与本机相同的版本"):
        scripted(programs, jobs)


@pytest.mark.parametrize(
    "error", [RuntimeError("ours"), OSError("comm closed"), CancelledError(), MemoryError()]
)
def test_whatever_the_library_raises_ends_in_a_message(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    class Client:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def nthreads(self) -> dict[str, int]:
            raise error

    monkeypatch.setattr("distributed.Client", Client)
    with pytest.raises(ClusterError, match="在处理中出错") as caught:
        list(ClusterPool("tcp://127.0.0.1:9", start, blame, seconds=20).map([]))
    assert caught.value.exit_code == 2


def test_a_worker_with_another_program_is_not_asked() -> None:
    with pytest.raises(ClusterError, match="与本机的内容不同"):
        do_chunk(start, "another", 20, [])


def test_a_cluster_that_lost_its_last_worker_ends_in_a_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Deserted:
        def wait_for_workers(self, n_workers: int, timeout: float) -> None:
            raise TimeoutError

    monkeypatch.setattr("evalbatch.nightly.cluster.PATIENCE_SECONDS", 0)
    pool = ClusterPool("tcp://127.0.0.1:9", start, blame, seconds=20)
    with pytest.raises(ClusterError, match="已没有可用的工作节点"):
        pool._finished(Deserted(), [Future()])


def test_an_address_where_nobody_answers_ends_in_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """And in no traceback of the library, which it would log."""
    told = io.StringIO()
    library = logging.getLogger("distributed")
    monkeypatch.setattr(library, "handlers", [logging.StreamHandler(told)])
    monkeypatch.setattr("evalbatch.nightly.cluster.CONNECT_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="连接不上集群"):
        list(ClusterPool("tcp://127.0.0.1:9", start, blame, seconds=20).map([]))
    library.error("a traceback")
    assert told.getvalue() == ""
