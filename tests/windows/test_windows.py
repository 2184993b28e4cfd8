"""The product on Windows itself, with handles held and processes ended for good."""

import ctypes
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from batch.small import put, run, tree

from evalbatch.cli import main
from evalbatch.nightly import job_object
from evalbatch.nightly.pool import EXHAUSTED, IsolatedPool, PoolError, WorkerLimits
from windows.jobs import Deadly, blame, start

if sys.platform != "win32":
    pytest.skip("what only Windows does", allow_module_level=True)

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "input_templates" / "examples"
READ, NONE, READ_WRITE = 0x80000000, 0, 3
STILL_ACTIVE = 259
WINE = hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.CreateFileW.restype = ctypes.c_void_p
kernel.OpenProcess.restype = ctypes.c_void_p


@contextmanager
def held(path: Path, share: int) -> Iterator[None]:
    """Hold a file open as other programs do, sharing it for reading and writing or not at all."""
    handle = kernel.CreateFileW(str(path), READ, share, None, 3, 0x80, None)
    assert handle not in (None, ctypes.c_void_p(-1).value), ctypes.get_last_error()
    try:
        yield
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    put(tmp_path / "inbox", "一.xlsx", "甲局|道路|good")
    put(tmp_path / "inbox", "二.xlsx", "乙局|桥梁|bad")
    return tmp_path / "inbox"


@pytest.mark.parametrize("share", [NONE, READ_WRITE])
@pytest.mark.parametrize("name", ["汇总表.xlsx", "评价报告/甲局/道路.docx"])
def test_an_output_open_elsewhere_waits_and_the_rest_is_published(
    inbox: Path, tmp_path: Path, name: str, share: int
) -> None:
    output = tmp_path / "output"
    run(inbox, output)
    put(inbox, "一.xlsx", "甲局|道路|better", 1_600_000_100)
    put(inbox, "三.xlsx", "丙局|绿化|good")
    with held(output / name, share):
        result = run(inbox, output)
        assert list(result.held) == [name]
        assert "正被其他程序占用" in result.held[name]
        put(inbox, "四.xlsx", "丁局|校舍|good")
        assert run(inbox, output).computed == ("四.xlsx",)
    assert run(inbox, output).held == {}
    run(inbox, tmp_path / "fresh")
    assert tree(output) == tree(tmp_path / "fresh")


def test_a_scanner_that_holds_every_new_file_for_a_moment_stops_nothing(
    inbox: Path, tmp_path: Path
) -> None:
    output, done, seen = tmp_path / "output", threading.Event(), set()

    def scan() -> None:
        while not done.is_set():
            for folder, _, names in os.walk(output):
                for path in (Path(folder) / name for name in names):
                    if path in seen or path.name.startswith((".lock", "ledger")):
                        continue
                    handle = kernel.CreateFileW(str(path), READ, READ_WRITE, None, 3, 0x80, None)
                    if handle in (None, ctypes.c_void_p(-1).value):
                        continue
                    seen.add(path)
                    time.sleep(0.15)
                    kernel.CloseHandle(ctypes.c_void_p(handle))

    scanner = threading.Thread(target=scan)
    scanner.start()
    try:
        result = run(inbox, output)
    finally:
        done.set()
        scanner.join()
    assert result.held == {}
    assert seen
    run(inbox, tmp_path / "fresh")
    assert tree(output) == tree(tmp_path / "fresh")


def test_a_workbook_held_for_itself_is_said_to_be_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = tmp_path / "inbox"
    shutil.copytree(EXAMPLES, inbox)
    first, *_ = sorted(inbox.rglob("*.xlsx"))
    with held(first, NONE):
        arguments = ["run", str(inbox), "-o", str(tmp_path / "output"), "--as-of", "2027-01-10"]
        assert main([*arguments, "--jobs", "1"]) == 0
    assert f"{first.name}：打不开（正被其他程序占用）" in capsys.readouterr().out


def test_a_worker_that_dies_at_its_start_ends_the_run() -> None:
    with pytest.raises(PoolError):
        list(IsolatedPool(Deadly(), blame, jobs=2).map([1, 2, 3]))


def test_an_orphaned_worker_ends_with_its_coordinator(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    command = [sys.executable, "-m", "windows.jobs", str(note)]
    coordinator = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    deadline = time.monotonic() + 60
    while not (note.exists() and note.read_text(encoding="ascii")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    worker = int(note.read_text(encoding="ascii"))
    coordinator.kill()
    coordinator.wait()
    while running(worker):
        assert time.monotonic() < deadline + 60
        time.sleep(0.1)


def test_a_fence_is_as_windows_lays_it_out_and_stands() -> None:
    assert ctypes.sizeof(job_object._Limits) == 144  # of 64-bit Windows
    assert job_object._Limits.process_memory.offset == 112
    with job_object.fenced(1 << 30) as name:
        assert name


@pytest.mark.skipif(WINE, reason="Wine keeps no limit of memory")
def test_a_job_that_takes_more_memory_than_it_may_is_blamed_and_others_are_done() -> None:
    limits = WorkerLimits(memory=600 << 20, seconds=120)
    pool = IsolatedPool(start, blame, jobs=1, limits=limits)
    answers = set(pool.map([("eat", "1"), ("eat", "20"), ("eat", "2")]))
    assert answers == {"1", EXHAUSTED, "2"}


def running(process: int) -> bool:
    handle = kernel.OpenProcess(0x0400, 0, process)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return code.value == STILL_ACTIVE


@pytest.mark.slow
def test_runs_ended_at_any_instant_leave_whole_files_and_are_completed(tmp_path: Path) -> None:
    inbox, random = tmp_path / "inbox", Random(19)
    shutil.copytree(EXAMPLES, inbox)
    for number in range(6):
        output = tmp_path / f"output{number}"
        command = [sys.executable, "-m", "evalbatch", "run", str(inbox), "-o", str(output)]
        command += ["--as-of", "2027-01-10", "--jobs", "2", "--quiet"]
        process = subprocess.Popen(command)
        try:
            process.wait(timeout=random.uniform(1, 25))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert subprocess.run(command, check=False).returncode == 0
    first = tree(tmp_path / "output0")
    assert all(tree(tmp_path / f"output{number}") == first for number in range(1, 6))


def test_without_a_console_a_run_works_and_leaves_a_log(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "inbox")
    unseen = (
        "import sys; sys.stdout = sys.stderr = None\n"
        "from evalbatch import no_console; no_console.show = lambda *_: None\n"
        "from evalbatch.cli import main\n"
        "if __name__ == '__main__': sys.exit(main(['run', 'inbox', '--jobs', '1']))\n"
    )
    (tmp_path / "unseen.py").write_text(unseen, encoding="utf-8")
    done = subprocess.run([sys.executable, "unseen.py"], cwd=tmp_path, check=False)
    assert done.returncode == 0
    (log,) = (tmp_path / "logs").iterdir()
    assert "报送件" in log.read_text(encoding="utf-8")
