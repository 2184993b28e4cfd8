"""Killed with SIGKILL at random instants, a run leaves whole outputs, and the next run completes the work."""

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batch.small import put, run, tree

WORKBOOKS = 60
PROGRAM = "import sys; from pathlib import Path; from batch.small import run; run(Path(sys.argv[1]), Path(sys.argv[2]))"


def fill(inbox: Path, word: str, seconds: int) -> None:
    for number in range(WORKBOOKS):
        put(inbox, f"{number:02}.xlsx", f"局{number % 5}|项目{number}|{word if number % 3 else 'bad ' + word}", seconds)


def start(inbox: Path, output: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(inbox), str(output)], cwd=Path(__file__).parents[1])


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_instants_is_completed_by_the_next(tmp_path: Path, kills: int) -> None:
    inbox, output = tmp_path / "inbox", tmp_path / "output"
    fill(inbox, "old", 1_600_000_000)
    run(inbox, output)
    old = tree(output)
    fill(inbox, "new!", 1_600_000_001)
    run(inbox, tmp_path / "undisturbed")
    new = tree(tmp_path / "undisturbed")
    whole = duration(inbox, tmp_path / "measure")
    chance = random.Random(7)
    for number in range(kills):
        victim = tmp_path / f"victim{number}"
        shutil.copytree(output, victim)
        kill_after(chance.uniform(0.3, 1.05) * whole, start(inbox, victim))
        for name, data in tree(victim).items():
            assert data in (old.get(name), new.get(name)), f"{name} is neither the old nor the new one"
        run(inbox, victim)
        assert tree(victim) == new
        assert not (victim / ".staging").exists()
        shutil.rmtree(victim)


def duration(inbox: Path, output: Path) -> float:
    began = time.monotonic()
    start(inbox, output).wait()
    return time.monotonic() - began


def kill_after(seconds: float, process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
