"""The isolated pool with real processes: results, deaths, limits, bounded flight."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pebble.pool.process import WorkerManager

from evalbatch.nightly.pool import IsolatedPool, PoolError, WorkerLimits, uninterrupted


def square(job: int) -> str:
    return str(job * job)


def misbehave(job: int) -> str:
    if job == 13:
        os._exit(1)
    if job == 14:
        return str(len(bytearray(1 << 34)))
    if job == 15:
        while True:
            pass
    return square(job)


def once_only(job: str) -> str:
    """Die on the first try, succeed on the second."""
    path, _, number = job.partition("|")
    if number == "3" and not os.path.exists(path):  # noqa: PTH110 - as cheap as can be inside the worker
        os.close(os.open(path, os.O_CREAT))
        os._exit(1)
    return number


def counted(job: str) -> str:
    """Note the try beside the job's path, and never come back."""
    path = f"{job}{os.getpid()}"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    while True:
        pass


def start_square() -> Callable[[int], str]:
    return square


def start_misbehave() -> Callable[[int], str]:
    return misbehave


def start_once_only() -> Callable[[str], str]:
    return once_only


def start_counted() -> Callable[[str], str]:
    return counted


def of_its_own(_: int) -> str:
    return str(os.getpid())


def start_of_its_own() -> Callable[[int], str]:
    return of_its_own


def start_broken() -> Callable[[int], str]:
    raise SystemExit(3)


def blame(job: object, reason: str) -> str:
    return f"{job}:{reason}"


class HeldLimits(WorkerLimits):
    """Limits that only the first worker can read: others are held at a gate while they start."""

    gate: ClassVar[Path]

    def __reduce__(self) -> tuple[object, ...]:
        return held, (self.gate,)


def held(gate: Path) -> WorkerLimits:
    try:
        gate.with_name("first").mkdir()
    except FileExistsError:
        gate.read_bytes()
    return WorkerLimits()


def test_every_job_is_answered_once() -> None:
    pool = IsolatedPool(start_square, blame, jobs=2, ahead=3)
    assert sorted(pool.map(range(20)), key=int) == [str(number * number) for number in range(20)]


def test_no_job_starts_no_process() -> None:
    assert list(IsolatedPool(start_square, blame, jobs=2).map([])) == []


def test_a_job_that_kills_its_worker_takes_only_itself_along() -> None:
    limits = WorkerLimits(memory=1 << 30, seconds=1)
    results = set(
        IsolatedPool(start_misbehave, blame, jobs=2, limits=limits, ahead=8).map(range(10, 30))
    )
    blamed = {result for result in results if ":" in result}
    assert results - blamed == {
        str(number * number) for number in range(10, 30) if number not in (13, 14, 15)
    }
    reasons = dict(result.split(":") for result in blamed)
    assert reasons == {
        "13": "处理进程异常退出（代码 1）",
        "14": "内存超出限额",
        "15": "处理超过 1 秒",
    }


def test_a_job_is_tried_alone_once_more_before_it_is_blamed(tmp_path: os.PathLike[str]) -> None:
    jobs = [f"{tmp_path}/mark|{number}" for number in range(6)]
    pool = IsolatedPool(start_once_only, blame, jobs=1, ahead=6)
    assert sorted(pool.map(jobs)) == ["0", "1", "2", "3", "4", "5"]


def test_a_job_that_outlasts_its_time_is_blamed_without_another_try(tmp_path: Path) -> None:
    pool = IsolatedPool(start_counted, blame, jobs=1, limits=WorkerLimits(seconds=0.2))
    assert list(pool.map([f"{tmp_path}/try"])) == [f"{tmp_path}/try:处理超过 0.2 秒"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_suspect_of_an_earlier_night_is_tried_only_once() -> None:
    results = IsolatedPool(start_misbehave, blame, jobs=1, ahead=4).map([1, 2], [13, 3])
    assert sorted(results) == ["1", "13:处理进程异常退出（代码 1）", "4", "9"]


def test_each_suspect_has_a_process_that_nothing_else_was_done_in() -> None:
    one, other = IsolatedPool(start_of_its_own, blame, jobs=1).map([], [1, 2])
    assert one != other


def test_workers_that_cannot_start_are_no_jobs_fault() -> None:
    with pytest.raises(PoolError, match="无法启动"):
        list(IsolatedPool(start_broken, blame, jobs=1).map(range(3)))


def test_jobs_are_drawn_only_as_fast_as_results_are_taken() -> None:
    drawn = 0

    def source() -> Iterator[int]:
        nonlocal drawn
        for number in range(1000):
            drawn += 1
            yield number

    results = IsolatedPool(start_square, blame, jobs=2, ahead=4).map(source())
    for _ in range(10):
        next(results)
    assert drawn <= 10 + 2 * 2 * 4
    results.close()  # type: ignore[attr-defined] # a generator


def test_a_slow_consumer_is_not_held_against_the_worker() -> None:
    results = IsolatedPool(
        start_square, blame, jobs=1, limits=WorkerLimits(seconds=0.2), ahead=2
    ).map(range(6))
    first = next(results)
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        pass
    assert sorted([first, *results], key=int) == ["0", "1", "4", "9", "16", "25"]


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_waits_until_the_processes_stand(asked: signal.Signals) -> None:
    done: list[str] = []
    before = signal.signal(asked, signal.default_int_handler)

    def starts() -> None:
        with uninterrupted():
            signal.raise_signal(asked)
            done.append("started")
        done.append("went on")

    try:
        with pytest.raises(KeyboardInterrupt):
            starts()
        assert done == ["started"]
        assert signal.getsignal(asked) is signal.default_int_handler
    finally:
        signal.signal(asked, before)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such gate")
def test_a_worker_that_still_starts_is_ended_before_what_it_needs_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeldLimits, "gate", tmp_path / "gate", raising=False)
    os.mkfifo(HeldLimits.gate)
    alive: list[bool] = []
    close = WorkerManager.close_channels

    def closed(manager: WorkerManager) -> None:
        for worker in manager.workers.values():
            worker.join(5)
            alive.append(worker.is_alive())
        close(manager)

    monkeypatch.setattr(WorkerManager, "close_channels", closed)
    pool = IsolatedPool(start_square, blame, jobs=2, limits=HeldLimits())
    assert list(pool.map([3])) == ["9"]
    assert alive
    assert not any(alive)
