"""`evalbatch watch`: runs when the inbox stood still, one line each, never two at once, ends
cleanly.
"""

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from blank.filled import made, road_self_evaluation

from evalbatch import cli, steps
from evalbatch.nightly.watch import LOOKS_BEFORE_AGAIN, alone, marks, watch


class Stop(Exception):  # noqa: N818 - ends a watch in a test
    pass


def watched(looks: Sequence[object], whole: Callable[[int], bool] = lambda _: True) -> list[object]:
    """Return what was to be seen when work was done, for what is seen at each look."""
    left, worked, last = list(looks), [], [None]

    def look() -> object:
        if not left:
            raise Stop
        last[0] = left.pop(0)
        return last[0]

    def work() -> bool:
        worked.append(last[0])
        return whole(len(worked))

    with pytest.raises(Stop):
        watch(look, work, lambda _: None, 1)
    return worked


@pytest.mark.parametrize(
    ("looks", "runs"),
    [
        ("aaaaaa", "a"),
        ("aaaabbbb", "ab"),
        ("aabcdeeee", "ae"),
        ("abcdefgh", ""),
        ("aaabbaabb", "abab"),
        ("aaabaaa", "a"),
    ],
)
def test_it_works_when_what_changed_stood_still(looks: str, runs: str) -> None:
    assert watched(looks) == list(runs)


def test_what_was_left_is_tried_again_after_a_while() -> None:
    looks = "a" * (2 + LOOKS_BEFORE_AGAIN + 20)
    assert watched(looks, lambda number: number == 2) == ["a", "a"]


def test_the_marks_leave_out_the_output_and_what_office_programs_put_beside(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    for name in ("甲/一.xlsx", "~$一.xlsx", ".DS_Store", "output/汇总表.xlsx"):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(b"x")
    seen = marks([inbox, tmp_path / "名册.xlsx"], inbox / "output")
    assert [Path(name).name for name in seen] == ["一.xlsx"]
    (tmp_path / "名册.xlsx").write_bytes(b"y")
    assert len(marks([inbox, tmp_path / "名册.xlsx"], inbox / "output")) == 2


def test_two_do_not_watch_for_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "周期"), "--year", "2023"]) == 0
    monkeypatch.chdir(tmp_path / "周期")
    with alone(Path("output")):
        assert cli.main(["watch"]) == 11
    assert "已有一个 evalbatch watch" in capsys.readouterr().err


def test_a_share_that_is_gone_for_a_while_does_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "周期"), "--year", "2023"]) == 0
    monkeypatch.chdir(tmp_path / "周期")
    troubles: list[Exception] = [
        OSError(errno.EHOSTDOWN, "Host is down", "收件夹"),
        sqlite3.OperationalError("disk I/O error"),
    ]
    pauses = iter(range(3 * LOOKS_BEFORE_AGAIN))

    def run(*_: object) -> tuple[str, bool]:
        if troubles:
            raise troubles.pop(0)
        return "报送件 0 份", True

    def pause(_: float) -> None:
        if next(pauses, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(steps, "_run_once", run)
    monkeypatch.setattr(time, "sleep", pause)
    assert cli.main(["watch"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[2][:5] for line in said if "处理" in line] == ["没有处理："] * 2
    assert said[-2].endswith("报送件 0 份")
    assert said[-1] == "已停止值守。"


def test_a_place_out_of_reach_has_no_marks_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bool:
        raise OSError(errno.EINVAL, "The specified network name is no longer available")

    (tmp_path / "名册.xlsx").write_bytes(b"y")
    monkeypatch.setattr(Path, "is_dir", gone)
    assert marks([tmp_path / "inbox"], tmp_path / "output") == {}


class Cleared:
    """Asks for the end while it is cleared away, where an exception is lost."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_request_to_end_that_came_where_nothing_can_be_raised_ends_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "周期"), "--year", "2023"]) == 0
    monkeypatch.chdir(tmp_path / "周期")
    handler = signal.getsignal(signal.SIGINT)

    def run(*_: object) -> tuple[str, bool]:
        Cleared()
        return "报送件 0 份", True

    monkeypatch.setattr(steps, "_run_once", run)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert cli.main(["watch"]) == 0
    assert capsys.readouterr().out.endswith("报送件 0 份\n已停止值守。\n")
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_for_what_comes_in_says_a_line_and_ends_cleanly(
    tmp_path: Path, ending: signal.Signals
) -> None:
    assert cli.main(["init", str(tmp_path / "周期"), "--year", "2023"]) == 0
    command = [
        sys.executable,
        "-m",
        "evalbatch",
        "watch",
        "--every",
        "0.2",
        "--as-of",
        "2024-04-01",
    ]
    with subprocess.Popen(
        command,
        cwd=tmp_path / "周期",
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert "正在值守" in process.stdout.readline()
        assert "报送件 0 份" in process.stdout.readline()
        book = made("self_evaluation", road_self_evaluation())
        (tmp_path / "甲.xlsx").write_bytes(book)
        (tmp_path / "甲.xlsx").rename(tmp_path / "周期" / "inbox" / "甲.xlsx")  # whole at once
        line = process.stdout.readline()
        assert re.match(r"\d\d:\d\d:\d\d 报送件 1 份：.*新处理 1 份", line)
        process.send_signal(ending)
        rest = process.stdout.read()
    assert rest == "已停止值守。\n"
    assert process.returncode == 0
    assert (tmp_path / "周期" / "output" / "汇总表.xlsx").is_file()
