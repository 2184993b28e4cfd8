"""Python's garbage collector, which finds next to nothing here: hardly any of our values form
cycles, and what it looks through grows with the cycle.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG_OBJECTS: Final = 20_000
"""New objects before the collector looks among them: a few workbooks' worth."""
SELDOM: Final = 100
"""Looks among new objects before it looks among all that were new since: what a cycle holds grows
with it, and is no garbage.
"""


def look_seldom() -> None:
    """Let the collector look less often at what is new."""
    gc.set_threshold(YOUNG_OBJECTS, SELDOM)


def end_unsearched() -> None:
    """Let the process end without a last look at all it holds: the system takes it back."""
    atexit.register(gc.freeze)


def set_aside() -> None:
    """Set aside what is loaded for good, and look less often at what is new."""
    gc.collect()
    gc.freeze()
    look_seldom()


@contextmanager
def unsearched() -> Iterator[None]:
    """Make many objects without looking through them for garbage over and over."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def loading() -> Iterator[None]:
    """Load what stays for good, and set it aside: to look through it over and over takes a
    fifteenth of the time.
    """
    with unsearched():
        try:
            yield
        finally:
            gc.freeze()
