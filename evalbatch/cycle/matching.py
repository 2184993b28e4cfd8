"""Who handed in what: files matched to the lines of the roster."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evalbatch.model.evaluation import SCORED, Status
from evalbatch.model.names import (
    MOST_ALIKE,
    RECOGNISED,
    is_remark,
    likeness,
    normal_name,
    readings,
    same_body,
)
from evalbatch.model.record import Expected, Record, RosterEntry
from evalbatch.model.submission import Submission

_COUNTS = (Status.GRADED, Status.ACCEPTED, Status.RETURNED, Status.UNREADABLE, Status.SUPERSEDED)
_SUFFIX = re.compile(r"\.[A-Za-z]{2,5}$")
_ARCHIVE = re.compile(r"\.(zip|rar|7z)$", re.IGNORECASE)
_SHORTEST_BODY = 2  # characters of the shortest name of a body, such as 甲局
_SEPARATOR = re.compile(r"[\s_\-—－]+")


@dataclass(frozen=True, slots=True)
class Sender:
    """What a workbook says about where it comes from; `stamped_*` is what our own workbook was made
    for, else empty; `at_odds` says that its own cells contradict each other about it (D10).
    """

    file: str
    form: str
    department: str = ""
    unit: str = ""
    project: str = ""
    stamped_department: str = ""
    stamped_project: str = ""
    stamped_cycle: str = ""
    at_odds: bool = False

    @classmethod
    def of_submission(cls, submission: Submission) -> "Sender":
        """Take what a workbook as read says, its stamp included."""
        stamp = submission.stamp
        return cls(
            submission.file,
            submission.form,
            submission.department,
            submission.text("unit") or submission.text("office"),
            submission.text("project"),
            *((stamp.department, stamp.project, stamp.cycle) if stamp else ("", "", "")),
            any(each.code == "D10" for each in submission.observations),
        )

    @property
    def title(self) -> str:
        """The project that the cells name, else the office."""
        return self.project or self.unit

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders and archives that the file lies in, as names are compared."""
        return tuple(normal_name(_ARCHIVE.sub("", part)) for part in self.file.split("/")[:-1])


class Matcher:
    """Finds the roster line of a workbook by what its cells say; an unreadable file's by its name
    and folder.

    The hidden stamp only helps where the cells name no line and no other department.
    """

    def __init__(self, entries: Sequence[RosterEntry]) -> None:
        self.roster = tuple(entries)
        self._by_project: dict[tuple[str, str], list[RosterEntry]] = defaultdict(list)
        self._by_stem: dict[str, list[RosterEntry]] = defaultdict(list)
        self._by_department: dict[str, list[RosterEntry]] = defaultdict(list)
        for entry in entries:
            name = normal_name(entry.title)
            self._by_project[entry.form, name].append(entry)
            self._by_stem[name].append(entry)
            self._by_department[normal_name(entry.department)].append(entry)

    def find(self, sender: Sender) -> RosterEntry | None:
        """Return the roster line of a workbook, None when there is none or more than one is as
        likely (D05).
        """
        if not self.roster:
            return None
        if not sender.form:
            return self._by_file(sender)
        return self.by_cells(sender) or (
            self.by_stamp(sender) if self._agrees_with_stamp(sender) else None
        )

    def by_cells(self, sender: Sender) -> RosterEntry | None:
        """Return the line that the cells name, as they stand or without a remark."""
        lines = (
            self._narrowed(self._candidates(sender.form, name), sender.department, sender.unit)
            for name in readings(sender.title)
        )
        return next(filter(None, lines), None)

    def by_stamp(self, sender: Sender) -> RosterEntry | None:
        """Return the line that our own workbook was made for."""
        known = self._candidates(sender.form, sender.stamped_project)
        return self._narrowed(known, sender.stamped_department or sender.department, "")

    def line_of_another(self, sender: Sender) -> RosterEntry | None:
        """Return the line that unit and project are of where the cells name another department of
        the roster, None where nothing contradicts.
        """
        if normal_name(sender.department) not in self._by_department:
            return None
        lines = (
            entry
            for entry in self._candidates(sender.form, sender.title)
            if _of_body(entry, sender.unit) and not _of_body(entry, sender.department)
        )
        return next(lines, None)

    def department_named(self, name: str) -> str:
        """Return the department of the roster that a name means, empty where it means none: equal
        names beat contained ones.
        """
        own = normal_name(name)
        if own in self._by_department:
            return own
        alike = [each for each in self._by_department if same_body(each, own)]
        return alike[0] if len(alike) == 1 else ""

    def department_of_folder(self, sender: Sender) -> str:
        """Return the department of the roster whose very name a folder of the file bears, empty
        where none does.
        """
        return next((each for each in reversed(sender.folders) if each in self._by_department), "")

    def _agrees_with_stamp(self, sender: Sender) -> bool:
        return not (sender.department and sender.stamped_department) or same_body(
            sender.department, sender.stamped_department
        )

    def _candidates(self, form: str, name: str) -> list[RosterEntry]:
        return self._by_project.get((form, normal_name(name)), [])

    def _narrowed(
        self, entries: Sequence[RosterEntry], department: str, unit: str
    ) -> RosterEntry | None:
        """Choose among lines of one project name: the one whose unit agrees, then the one whose
        department does.

        A line with none of the sender's names is another department's project of the same name, not
        this one.
        """
        agreements = [self._agreement(entry, department, unit) for entry in entries]
        best = max(agreements, default=-1)
        chosen = [
            entry for entry, agreement in zip(entries, agreements, strict=True) if agreement == best
        ]
        return chosen[0] if best >= 0 and len(chosen) == 1 else None

    def _agreement(self, entry: RosterEntry, department: str, unit: str) -> int:
        """Return how well sender and line agree, the unit before the department; -1 when none of
        their names is alike.
        """
        by_department = likeness(entry.department, department)
        if not by_department and normal_name(department) in self._by_department:
            return same_body(entry.unit, department) - 1  # another department of the roster
        agreed = (MOST_ALIKE + 1) * likeness(entry.unit, unit) + by_department
        if agreed or not (department or unit):
            return agreed
        return _crossed(entry, department, unit) - 1

    def _by_file(self, sender: Sender) -> RosterEntry | None:
        """Match a file that could not be read: by the project in its name, else by the unit or
        department of name and folders.
        """
        name = stem(sender.file)
        words = (*sender.folders, name)
        found = self._by_stem.get(name) or self._contained(name)
        near = [
            entry
            for entry in found
            if _named_by(entry.unit, words) or _named_by(entry.department, words)
        ]
        if len(near or found) == 1:
            return (near or found)[0]
        return None if found else self._of_body(words)

    def _contained(self, name: str) -> list[RosterEntry]:
        """Return the lines of the longest project's name that a file's name contains."""
        keys = [key for key in self._by_stem if len(key) >= RECOGNISED and key in name]
        return self._by_stem[max(keys, key=len)] if keys else []

    def _of_body(self, words: Sequence[str]) -> RosterEntry | None:
        """Return the one line of the unit, else of the department, that names in a path mean; None
        where there are several.
        """
        by_unit = [entry for entry in self.roster if _named_by(entry.unit, words)]
        named = by_unit or [entry for entry in self.roster if _named_by(entry.department, words)]
        return named[0] if len(named) == 1 else None


def _named_by(name: str, words: Iterable[str]) -> bool:
    """Whether a body's name stands in one of the parts of a path."""
    own = normal_name(name)
    return len(own) >= _SHORTEST_BODY and any(own in word for word in words)


def _of_body(entry: RosterEntry, name: str) -> bool:
    """Whether a body is the unit or the department of a line."""
    return same_body(entry.unit, name) or same_body(entry.department, name)


def _crossed(entry: RosterEntry, department: str, unit: str) -> bool:
    """Whether department and unit were typed in each other's place."""
    return same_body(entry.department, unit) or same_body(entry.unit, department)


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

    An unreadable file that names no line is one of its department's: for the line that is awaited
    where there is but one, else it is told beside all of them. A project handed in on another form
    than its line asks for is told beside that line.
    """
    received: dict[int, list[tuple[int, str, Status]]] = defaultdict(list)
    strays: dict[str, list[str]] = defaultdict(list)
    other_forms: dict[tuple[str, str], list[str]] = defaultdict(list)
    arrivals = {}
    lines = {id(entry): entry for entry in entries}
    for record in records:
        arrivals[record.file] = (record.received_on, record.days_late)
        entry = matched.get(record.file)
        if entry is not None and id(entry) in lines:
            received[id(entry)].append((_COUNTS.index(record.status), record.file, record.status))
        elif record.status is Status.UNREADABLE:
            strays[normal_name(record.department)].append(record.file)
        elif record.status in SCORED:
            other_forms[_title(record.department, record)].append(record.file)
    awaited = Counter(normal_name(e.department) for e in entries if not received[id(e)])
    unread = {}
    for entry in entries:
        stray = strays.get(normal_name(entry.department), [])
        if stray and not received[id(entry)] and awaited[normal_name(entry.department)] == 1:
            rank = _COUNTS.index(Status.UNREADABLE)
            received[id(entry)] = [(rank, file, Status.UNREADABLE) for file in stray]
        elif not received[id(entry)]:
            unread[id(entry)] = (*stray, *other_forms.get(_title(entry.department, entry), ()))
    return tuple(
        _expected(entry, sorted(received[id(entry)]), as_of, unread.get(id(entry), ()), arrivals)
        for entry in entries
    )


def _title(department: str, of: Record | RosterEntry) -> tuple[str, str]:
    """Return department and project, whatever the form, as names are compared."""
    return normal_name(department), normal_name(of.title)


def _expected(
    entry: RosterEntry,
    received: Sequence[tuple[int, str, Status]],
    as_of: date,
    unread: tuple[str, ...],
    arrivals: Mapping[str, tuple[date | None, int | None]],
) -> Expected:
    received_on, days_late = arrivals[received[0][1]] if received else (None, None)
    return Expected(
        entry,
        tuple(file for _, file, _ in received),
        received[0][2] if received else None,
        (entry.deadline - as_of).days if entry.deadline else None,
        unread,
        received_on,
        days_late,
    )
