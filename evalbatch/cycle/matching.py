"""Who handed in what: files matched to the lines of the roster."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evalbatch.model.evaluation import Status
from evalbatch.model.names import is_remark, normal_name, same_body
from evalbatch.model.record import Expected, Record, RosterEntry
from evalbatch.model.submission import Submission

_COUNTS = (Status.GRADED, Status.ACCEPTED, Status.RETURNED, Status.UNREADABLE, Status.SUPERSEDED)
_SUFFIX = re.compile(r"\.[A-Za-z]{2,5}$")
_SEPARATOR = re.compile(r"[\s_\-—－]+")
_SHORTEST = 4  # characters that a project's name needs to be recognised inside a file's name


@dataclass(frozen=True, slots=True)
class Sender:
    """What a workbook says about where it comes from; `stamped_*` is what our own workbook was made
    for, else empty.
    """

    file: str
    form: str
    department: str = ""
    unit: str = ""
    project: str = ""
    stamped_department: str = ""
    stamped_project: str = ""

    @classmethod
    def of(cls, record: Record) -> "Sender":
        """Take what a record keeps of its workbook."""
        return cls(record.file, record.form, record.department, record.unit, record.project)

    @classmethod
    def of_submission(cls, submission: Submission) -> "Sender":
        """Take what a workbook as read says, its stamp included."""
        stamp = submission.stamp
        return cls(
            *(submission.file, submission.form, submission.department),
            *(submission.text("unit") or submission.text("office"), submission.text("project")),
            *((stamp.department, stamp.project) if stamp else ("", "")),
        )


class Matcher:
    """Finds the roster line of a workbook: by its stamp, else by project and unit, else (unreadable
    ones) by the file's name.
    """

    def __init__(self, entries: Sequence[RosterEntry]) -> None:
        self._by_project: dict[tuple[str, str], list[RosterEntry]] = defaultdict(list)
        self._by_stem: dict[str, list[RosterEntry]] = defaultdict(list)
        for entry in entries:
            name = normal_name(entry.project or entry.unit)
            self._by_project[entry.form, name].append(entry)
            self._by_stem[name].append(entry)

    def find(self, sender: Sender) -> RosterEntry | None:
        """Return the roster line of a workbook, None when there is none or more than one is as
        likely (D05).
        """
        if sender.stamped_project:
            known = self._candidates(sender.form, sender.stamped_project)
            stamped = _narrowed(known, sender.stamped_department or sender.department, sender.unit)
            if stamped:
                return stamped
        if not sender.form:
            return self._by_file(sender.file)
        return _narrowed(
            self._candidates(sender.form, sender.project or sender.unit),
            sender.department,
            sender.unit,
        )

    def _candidates(self, form: str, name: str) -> list[RosterEntry]:
        return self._by_project.get((form, normal_name(name)), []) if name else []

    def _by_file(self, file: str) -> RosterEntry | None:
        """Match a file that could not be read by its name, and by the folder it lies in where that
        is needed.
        """
        name, folders = stem(file), [normal_name(part) for part in file.split("/")[:-1]]
        found = self._by_stem.get(name) or [
            entry
            for key, entries in self._by_stem.items()
            if len(key) >= _SHORTEST and key in name
            for entry in entries
        ]
        near = [
            entry
            for entry in found
            if normal_name(entry.department) in folders or normal_name(entry.department) in name
        ]
        return next(iter(near or found)) if len(near or found) == 1 else None


def _narrowed(entries: Sequence[RosterEntry], department: str, unit: str) -> RosterEntry | None:
    """Choose among lines of one project name: the one whose unit agrees, then the one whose
    department does.

    A line with none of the sender's names is another department's project of the same name, not
    this one.
    """
    best = max((_agreement(entry, department, unit) for entry in entries), default=-1)
    chosen = [entry for entry in entries if _agreement(entry, department, unit) == best]
    return chosen[0] if best >= 0 and len(chosen) == 1 else None


def _agreement(entry: RosterEntry, department: str, unit: str) -> int:
    """Return how well sender and line agree: 2 for the unit, 1 for the department, -1 when none of
    their names is alike.
    """
    agreed = 2 * same_body(entry.unit, unit) + same_body(entry.department, department)
    if agreed or not (department or unit):
        return agreed
    crossed = same_body(entry.department, unit) or same_body(
        entry.unit, department
    )  # typed in each other's place
    return 0 if crossed else -1


def stem(file: str) -> str:
    """Return what a file's name says of its content: without folder, suffix, and remarks between
    separators.
    """
    base = _SUFFIX.sub("", file.replace("\\", "/").rpartition("/")[2])
    return normal_name("".join(part for part in _SEPARATOR.split(base) if not is_remark(part)))


def expect(
    entries: Sequence[RosterEntry],
    matched: Mapping[str, RosterEntry],
    records: Iterable[Record],
    as_of: date,
) -> tuple[Expected, ...]:
    """Return what came in for each roster line; `matched` gives the line of each file, the file
    that counts comes first.
    """
    received: dict[int, list[tuple[int, str, Status]]] = defaultdict(list)
    lines = {id(entry): entry for entry in entries}
    for record in records:
        entry = matched.get(record.file)
        if entry is not None and id(entry) in lines:
            received[id(entry)].append((_COUNTS.index(record.status), record.file, record.status))
    return tuple(_expected(entry, sorted(received[id(entry)]), as_of) for entry in entries)


def _expected(
    entry: RosterEntry, received: Sequence[tuple[int, str, Status]], as_of: date
) -> Expected:
    return Expected(
        entry,
        tuple(file for _, file, _ in received),
        received[0][2] if received else None,
        (entry.deadline - as_of).days if entry.deadline else None,
    )
