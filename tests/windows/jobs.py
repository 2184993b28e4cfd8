"""Work for worker processes, in a module that they can import."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from evalbatch.nightly.pool import IsolatedPool, WorkerLimits

MUCH = 200_000


class Deadly:
    """Ends the worker that reads it, and is larger than a pipe."""

    def __init__(self) -> None:
        self.much = b"x" * MUCH

    def __call__(self) -> Callable[[int], int]:
        return int

    def __reduce__(self) -> tuple[Callable[[int], Self], tuple[int]]:
        return die, (MUCH,)


def die(_: int) -> Deadly:
    os._exit(3)


def start() -> Callable[[tuple[str, str]], str]:
    return work


def work(job: tuple[str, str]) -> str:
    kind, argument = job
    if kind == "spin":
        Path(argument).write_text(str(os.getpid()), encoding="ascii")
        while True:
            pass
    if kind == "eat":
        return str(len([bytearray(b"x") * (100 << 20) for _ in range(int(argument))]))
    time.sleep(float(argument))
    return "slept"


def blame(job: object, reason: str) -> str:
    return reason


if __name__ == "__main__":  # a coordinator whose worker never ends
    limits = WorkerLimits(seconds=600)
    print(list(IsolatedPool(start, blame, jobs=1, limits=limits).map([("spin", sys.argv[1])])))
