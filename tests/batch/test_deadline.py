"""A deadline ends the whole process, whatever it is doing, and nothing that keeps its time."""

import subprocess
import sys

IMPORTS = """
import re, threading, time
from evalbatch.nightly.pool import deadline
def hang():
    with deadline(0.2):
        re.match("(a+)+$", "a" * 64 + "b")  # for ever, and without letting go of the interpreter
def busy(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with deadline(60):
            pass
"""


def ended(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPORTS + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_never_lets_go_of_the_interpreter_is_ended_and_shows_where_it_was() -> None:
    end = ended("hang()")
    assert end.returncode == 1
    assert "in hang" in end.stderr


def test_a_deadline_stands_while_other_threads_begin_and_end_theirs() -> None:
    waiting = """
def wait():
    with deadline(0.2):
        threading.Event().wait()
threading.Thread(target=wait, daemon=True).start()
busy(30)
"""
    # 0 would be thirty seconds gone by; showing a thread that runs on may itself end the process
    assert ended(waiting).returncode != 0


def test_a_deadline_is_lifted_when_its_block_ends() -> None:
    end = ended("with deadline(0.2):\n    pass\nbusy(0.4)\nprint('done')")
    assert (end.returncode, end.stdout) == (0, "done\n")
