"""A second process beside the first, with real processes: results, troubles, deaths, and what is
published with its help.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import pytest
from repository import TEMPLATES

from batch.small import tree
from batch.test_run import go
from evalbatch import output_files
from evalbatch.nightly import whole_cycle
from evalbatch.nightly.pool import beside
from evalbatch.output_files import DiskFullError
from evalbatch.results import tables

write = tables.write


def where(number: int) -> tuple[int, bool]:
    return number, parent_process() is not None


def full(path: Path) -> None:
    raise DiskFullError(path, "磁盘空间已用完")


def die_when_second() -> bool:
    if parent_process():
        os._exit(9)
    return True


def hold(pipe: Path) -> None:
    """Keep a named pipe open and say so, until somebody ends this process."""
    with pipe.open("w") as stream:
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        while True:
            time.sleep(1)


def test_the_result_comes_from_a_second_process() -> None:
    with beside(partial(where, 7)) as result:
        assert where(8) == (8, False)
        assert result() == (7, True)


def test_a_trouble_is_raised_here_as_what_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(DiskFullError, match="磁盘空间已用完") as caught,
        beside(partial(full, tmp_path)) as result,
    ):
        result()
    assert caught.value.path == tmp_path
    assert "Traceback" not in capfd.readouterr().err


def test_the_work_of_a_process_that_died_is_done_here() -> None:
    with beside(die_when_second) as result:
        assert result() is True


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_the_second_process_ends_with_the_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with beside(partial(hold, tmp_path / "pipe")), (tmp_path / "pipe").open() as held:
        pid = int(held.readline())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_the_second_process_ends_with_a_first_one_that_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    script = tmp_path / "first.py"
    script.write_text(f"""
import sys
from functools import partial
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from batch.test_companion import hold
from evalbatch.nightly.pool import beside
if __name__ == "__main__":
    with beside(partial(hold, Path({str(tmp_path / "pipe")!r}))) as result:
        result()
""")
    with subprocess.Popen([sys.executable, script]) as first, (tmp_path / "pipe").open() as held:
        assert int(held.readline()) != first.pid
        first.send_signal(signal.SIGKILL)
        assert held.read() == ""  # comes when nobody holds the other end any more


def die_halfway(folder: Path, *arguments: Any) -> object:
    """Die with a file half written when in a second process."""
    if parent_process():
        with output_files.staged(folder / "projects.csv") as part:
            part.write_text("半份")
            os._exit(9)
    return write(folder, *arguments)


@pytest.mark.parametrize("written", [write, die_halfway])
def test_two_processes_publish_the_same_bytes_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Callable[..., object]
) -> None:
    go(TEMPLATES / "examples", tmp_path / "one")
    monkeypatch.setattr(whole_cycle, "MANY", 1)
    monkeypatch.setattr(tables, "write", written)
    go(TEMPLATES / "examples", tmp_path / "two")
    assert tree(tmp_path / "two") == tree(tmp_path / "one")


def test_a_night_of_two_processes_leaves_nothing_beside_its_ledger(tmp_path: Path) -> None:
    """What SQLite keeps beside a database goes when the last that had it open closes it."""
    program = (
        "import sys; from evalbatch.nightly import whole_cycle; whole_cycle.MANY = 1; "
        "from evalbatch.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    inbox, output = TEMPLATES / "examples", tmp_path / "output"
    command = [sys.executable, "-c", program, "run", str(inbox), "-o", str(output), "--quiet"]
    subprocess.run(command, check=True)
    assert [path.name for path in output.glob("ledger*")] == ["ledger.sqlite"]
