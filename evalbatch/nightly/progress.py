"""What a run says while it works: a bar on terminals, plain timed lines in logs."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol, TextIO, TypeVar

Step = TypeVar("Step")
REDRAW_SECONDS = 0.2


class Progress(Protocol):
    """Where a run reports to."""

    def note(self, line: str) -> None:
        """Say something worth knowing, whatever the level."""

    def matter(self, line: str) -> None:
        """Say what became of a workbook that somebody must look at."""

    def detail(self, line: str) -> None:
        """Say something that only the verbose want to know."""

    def follow(self, title: str, steps: Iterable[Step], total: int) -> Iterator[Step]:
        """Pass the steps on while showing how far they are."""


class Silent:
    """Says nothing."""

    def note(self, line: str) -> None:
        """Say nothing."""

    def matter(self, line: str) -> None:
        """Say nothing."""

    def detail(self, line: str) -> None:
        """Say nothing."""

    def follow(self, title: str, steps: Iterable[Step], total: int) -> Iterator[Step]:
        """Pass the steps on."""
        del title, total
        yield from steps


class Log:
    """Plain lines with the time of day, for nightly logs; a long stage tells how far it is now and
    then.
    """

    def __init__(
        self, stream: TextIO, now: Callable[[], datetime], *, verbose: bool = False
    ) -> None:
        self._stream = stream
        self._now = now
        self._verbose = verbose

    def note(self, line: str) -> None:
        """Print a line with the time in front."""
        self._stream.write(f"{self._now():%H:%M:%S} {line}\n")
        self._stream.flush()

    matter = note

    def detail(self, line: str) -> None:
        """Print a line when verbose."""
        if self._verbose:
            self.note(line)

    def follow(self, title: str, steps: Iterable[Step], total: int) -> Iterator[Step]:
        """Tell the beginning, every tenth of a long stage, and the end."""
        self.note(f"{title}：{total} 个")
        tenth = max(total // 10, 100)
        for number, step in enumerate(steps, start=1):
            yield step
            if number % tenth == 0 and number < total:
                self.note(f"{title}：{number}/{total}（{number * 100 // total}%）")


class ProgressBar:
    """A bar with counts, rate and time left, for terminals; redrawn by the run itself, without a
    thread.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        from rich.console import Console  # noqa: PLC0415 - only where there is a terminal

        self._console = Console(stderr=True, highlight=False)
        self._verbose = verbose

    def note(self, line: str) -> None:
        """Print a line above the bar; nothing in it is markup."""
        self._console.print(line, markup=False)

    def matter(self, line: str) -> None:
        """On a terminal the closing summary is enough, unless verbose."""
        self.detail(line)

    def detail(self, line: str) -> None:
        """Print a line when verbose."""
        if self._verbose:
            self.note(line)

    def follow(self, title: str, steps: Iterable[Step], total: int) -> Iterator[Step]:
        """Draw the bar while the steps pass, a few times a second at most."""
        from rich import progress  # noqa: PLC0415 - as above

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}", justify="right"),
            progress.TimeRemainingColumn(),
        )
        with progress.Progress(
            *columns, console=self._console, auto_refresh=False, transient=True
        ) as bar:
            task = bar.add_task(title, total=total, rate="")
            began = drawn = bar.get_time()
            for number, step in enumerate(steps, start=1):
                yield step
                now = bar.get_time()
                if now - drawn > REDRAW_SECONDS:
                    bar.update(
                        task,
                        completed=number,
                        rate=f"{number / (now - began):.0f} 个/秒",
                        refresh=True,
                    )
                    drawn = now
