"""Whose hand-in a workbook is: its year, and which of several hand-ins of one project counts; the
one place that decides it.
"""

from collections import defaultdict
from collections.abc import Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Final, Protocol, TypeVar

from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import year_of
from evalbatch.model.submission import Entry, State, Submission

_GIVEN: Final = frozenset(
    {
        "department",
        "organisation",
        "unit",
        "office",
        "project",
        "year",
        "project_code",
        "period_start",
        "period_end",
        "level1",
        "level2",
        "level3",
        "level3_no",
        "level1_weight",
        "level2_weight",
        "group",
        "no",
        "source",
        "name",
        "nature",
        "unit_of_measure",
        "target",
        "weight",
        "budget",
        "initial_budget",
        "node",
        "deadline",
        "item",
    }
)
"""Columns and fields that a workbook may bear when it is sent out: what only they hold, nobody has
filled in.
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a content came in.

    `received_on` is the as-of day of the first run that saw it, `run` that run's number,
    `absent_on` the as-of day of the run before, which had not found it (None where there was none),
    `filed` its file's own time then, in nanoseconds, 0 when unknown; `named` is the run that first
    saw a file of its name.
    """

    received_on: date | None = None
    run: int = 0
    absent_on: date | None = None
    filed: int = 0
    named: int = 0

    def days_late(self, deadline: date | None) -> int | None:
        """Return by how many days this came in after a deadline, 0 in time, None without one or
        where it cannot be told.

        It is late only where something shows it: a run after the deadline had not found it, or its
        own file time lies after the deadline. A file time before the deadline proves nothing for
        it: it may have been copied here later.
        """
        if deadline is None or self.received_on is None:
            return None
        if self.received_on <= deadline:
            return 0
        missed = self.absent_on is not None and self.absent_on > deadline
        return (self.received_on - deadline).days if missed or self._filed_after(deadline) else None

    def _filed_after(self, deadline: date) -> bool:
        return (
            self.filed > 0
            and datetime.fromtimestamp(self.filed / 1e9).astimezone().date() > deadline
        )


def period_years(submission: Submission) -> tuple[str, ...]:
    """Return the years of the first and last day of the evaluated period, each once."""
    days = (submission.get(name) for name in ("period_start", "period_end"))
    years = (str(day.when.year) for day in days if day is not None and day.when is not None)
    return tuple(dict.fromkeys(years))


def submission_year(submission: Submission) -> str:
    """Return the evaluated year of a workbook as four digits, what stands there where it is no
    year, empty where nothing does.
    """
    number = submission.number("year")
    return str(int(number)) if number is not None else year_of(submission.text("year"))


def year_place(submission: Submission) -> Place:
    """Return where the evaluated year stands, the file as a whole where nothing states it."""
    entry = submission.get("year")
    return Place(submission.file) if entry is None or entry.blank else entry.place


def filled_in(submission: Submission, printed: Container[str] = ()) -> bool:
    """Return whether anybody has filled in anything besides what a workbook bears when it is sent
    out; `printed` are the texts that its form prints itself, as names are compared.
    """
    fields = (entry for name, entry in submission.fields.items() if name not in _GIVEN)
    cells = (
        entry
        for rows in submission.tables.values()
        for row in rows
        for name, entry in row.entries.items()
        if name not in _GIVEN
    )
    typed = filter(_typed, chain(fields, cells))
    return any(normal_name(entry.text) not in printed for entry in typed)


def _typed(entry: Entry) -> bool:
    """Whether somebody typed or ticked something here that says anything."""
    if entry.state is State.BLANK or entry.formula:
        return False
    if entry.choice is not None:
        return bool(entry.choice.ticked)
    return bool(entry.text.strip("—－-/ "))


class HandIn(Protocol):
    """What is known of a hand-in to tell which of several counts (a fingerprint)."""

    @property
    def file(self) -> str:
        """Its name."""

    @property
    def whose(self) -> tuple[str, ...]:
        """What hand-ins of one project have in common, empty where that is unknown."""

    @property
    def digest(self) -> str:
        """The digest of its content."""

    @property
    def modified(self) -> datetime | None:
        """The time inside it, naive UTC."""

    @property
    def arrival(self) -> Arrival:
        """When it came in."""

    @property
    def filled(self) -> bool:
        """Whether anybody filled anything in."""


Each = TypeVar("Each", bound=HandIn)


@dataclass(frozen=True, slots=True)
class CountingChoice:
    """Which hand-in of a project counts, and of each of the others why it does not (Chinese)."""

    counts: str
    others: dict[str, str]


def grouped(hand_ins: Iterable[Each]) -> list[list[Each]]:
    """Return the hand-ins of one project each, where there are several."""
    groups: dict[Hashable, list[Each]] = defaultdict(list)
    for each in hand_ins:
        if any(each.whose):
            groups[each.whose].append(each)
    return [group for group in groups.values() if len(group) > 1]


def choose(group: Sequence[Each], doubtful: Container[str] = ()) -> CountingChoice:
    """Say which of several hand-ins of one project counts: the newest received, whether it is
    graded or returned.

    Blank workbooks, and those that contradict themselves or are another year's (`doubtful`, by
    file), supersede nothing. Of what came in with one run the later inside the workbook counts,
    where both say so and neither says a day that is yet to come, else the later by the file's own
    time, else by path. Of identical contents it is the one that counts already, else the shortest
    path.
    """
    sound = [each for each in group if each.filled and each.file not in doubtful]
    counts = newest(_distinct(sound or group))
    return CountingChoice(
        counts.file, {each.file: _why(counts, each, sound) for each in group if each is not counts}
    )


def _distinct(group: Sequence[Each]) -> list[Each]:
    """Return one hand-in for each content."""
    alike: dict[str, list[Each]] = defaultdict(list)
    for each in group:
        alike[each.digest or each.file].append(each)
    return [
        min(copies, key=lambda each: (each.arrival.named, len(each.file), each.file))
        for copies in alike.values()
    ]


def newest(group: Sequence[Each]) -> Each:
    """Return the newest received of several hand-ins of different content."""
    last = max(each.arrival.run for each in group)
    together = [each for each in group if each.arrival.run == last]
    return max(together, key=lambda each: (_inside(together, each), each.arrival.filed, each.file))


def _inside(together: Sequence[Each], each: Each) -> datetime:
    """Return the time inside a workbook, where all that came in together have a credible one."""
    earliest = datetime.min  # noqa: DTZ901 - the times inside workbooks are naive UTC
    return each.modified if each.modified and all(map(_credible, together)) else earliest


def _credible(each: HandIn) -> bool:
    received = each.arrival.received_on
    return each.modified is not None and (received is None or each.modified.date() <= received)


def _why(counts: Each, other: Each, sound: Sequence[Each]) -> str:
    """Say in Chinese why another hand-in does not count."""
    if other.digest and other.digest == counts.digest:
        return "内容完全相同"
    if counts in sound and other not in sound:
        return "这一份存在矛盾或不是本年度的，不能替代它" if other.filled else "这一份没有填写"
    if counts.arrival.run != other.arrival.run:
        return (
            f"收到较晚：{counts.arrival.received_on:%Y-%m-%d}"
            if counts.arrival.received_on
            else "收到较晚"
        )
    if (
        counts.modified
        and counts.modified != other.modified
        and _inside((counts, other), counts) == counts.modified
    ):
        return f"同次收到，文件内修改时间较晚：{counts.modified:%Y-%m-%d %H:%M}"
    return (
        "同次收到，文件时间较晚"
        if counts.arrival.filed != other.arrival.filed
        else "同次收到且时间相同，按路径取后一份"
    )
