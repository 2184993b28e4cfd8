"""Watching an inbox: looked at again and again, since shares send no word of changes; a run
whenever something changed and then stood still.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from evalbatch.nightly.lock import held

LOCK = ".watch.lock"
LOOKS_BEFORE_AGAIN = 30
"""Looks after which a run that left something undone is repeated though nothing changed."""
_PASSING = ("~$", ".")
"""How the names of files begin that come and go while somebody works."""

Marks = Mapping[str, tuple[int, int]]


def marks(places: Iterable[Path], but: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file at or below some places, but for those below another."""
    found: dict[str, tuple[int, int]] = {}
    apart = but.resolve()
    for place in places:
        with suppress(OSError):  # a share out of reach: the run says so
            for path in _files(place, apart):
                with suppress(OSError):  # gone again
                    state = path.stat()
                    found[str(path)] = (state.st_size, state.st_mtime_ns)
    return found


def _files(place: Path, apart: Path) -> Iterator[Path]:
    """Yield the files at or below a place, but for those in a folder apart."""
    if not place.is_dir():
        yield place
        return
    for folder, folders, files in os.walk(place):
        folders[:] = [each for each in folders if (Path(folder) / each).resolve() != apart]
        yield from (Path(folder) / each for each in files if not each.startswith(_PASSING))


def watch(
    look: Callable[[], object],
    work: Callable[[], bool],
    pause: Callable[[float], None],
    every: float,
) -> None:
    """Work at the beginning, and whenever what `look` returns changed and was the same twice, some
    seconds apart; never ends by itself.

    `work` says whether it did all there was to do; what it left is tried again after a while.
    """
    known: object = None
    whole, idle = True, 0
    while True:
        seen = look()
        idle += 1
        if seen == known and (whole or idle < LOOKS_BEFORE_AGAIN):
            pause(every)
            continue
        pause(every)
        if look() == seen:
            whole, known, idle = work(), seen, 0


def alone(output: Path) -> AbstractContextManager[None]:
    """Be the only one who watches for an output folder, as `held` says."""
    return held(output, LOCK, lambda: f"已有一个 evalbatch watch 在值守 {output}，不再重复。")
