"""The batch on a real Dask cluster of two workers, one of which is killed midway."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from batch.small import PARTS, put, run, tree, work
from evalbatch.batch.cluster import ClusterError, ClusterPool
from evalbatch.batch.inbox import scan
from evalbatch.batch.job import Job, Outcome

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("default"),  # of distributed, when its workers are killed
]


def slow_work(job: Job) -> Outcome:
    """Note which process works, and leave the test time to kill it."""
    with Path(os.environ["EVALBATCH_TEST_PIDS"]).open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    end = os.times().elapsed + 0.01
    while os.times().elapsed < end:
        pass
    return work(job)


def start() -> Callable[[Job], Outcome]:
    return work


def start_slow() -> Callable[[Job], Outcome]:
    return slow_work


def start_deadly() -> Callable[[Job], Outcome]:
    return deadly_work


def deadly_work(job: Job) -> Outcome:
    if job.file == "13.xlsx":
        os.kill(os.getpid(), signal.SIGKILL)
    return work(job)


def blame(job: Job, reason: str) -> Outcome:
    return Outcome(job.file, "", fault=reason)


@pytest.fixture(scope="module")
def pids(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cluster") / "pids"
    path.touch()
    return path


@pytest.fixture(scope="module")
def address(pids: Path) -> Iterator[str]:
    from distributed import LocalCluster  # noqa: PLC0415 - an extra, and slow to import

    os.environ["EVALBATCH_TEST_PIDS"] = str(pids)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        yield cluster.scheduler_address
    del os.environ["EVALBATCH_TEST_PIDS"]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    for number in range(120):
        put(tmp_path / "inbox", f"{number}.xlsx", f"局{number % 7}|项目{number}|{'bad' if number % 5 == 0 else 'good'}")
    return tmp_path / "inbox"


def test_a_worker_killed_midway_costs_only_its_chunk_and_the_bytes_are_the_same(
    inbox: Path, address: str, pids: Path, tmp_path: Path
) -> None:
    run(inbox, tmp_path / "local")
    killed: list[int] = []

    def compute(jobs: Sequence[Job]) -> Iterator[Outcome]:
        for outcome in ClusterPool(address, start_slow, blame).map(jobs):
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
    outcomes = list(ClusterPool(address, start_deadly, blame).map(jobs))
    assert len(outcomes) == 40
    assert [outcome.file for outcome in outcomes if outcome.fault] == ["13.xlsx"] * any(job.file == "13.xlsx" for job in jobs)


def test_an_address_where_nobody_answers_ends_in_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalbatch.batch.cluster.CONNECT_SECONDS", 0.2)
    with pytest.raises(ClusterError, match="连接不上集群"):
        list(ClusterPool("tcp://127.0.0.1:9", start, blame).map([]))
