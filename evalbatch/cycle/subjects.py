"""What a hand-in is about, as decisions name it: its roster line, without the department if it can.

A department that is corrected in the roster must not lose what was decided about its project. Only
where several lines bear one name do unit and department tell them apart.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from evalbatch.cycle.matching import Sender
from evalbatch.model.decisions import Pin
from evalbatch.model.names import normal_name
from evalbatch.model.record import RosterEntry

_SEPARATOR = "/"


class Subject(NamedTuple):
    """A roster line or, outside the roster, a hand-in: its key, and what people call it.

    `alias` is the key that it had before it was on the roster.
    """

    key: str
    form: str
    department: str
    unit: str
    title: str
    alias: str = ""

    def called(self, project: str, department: str = "") -> bool:
        """Whether a person who writes this project, and perhaps department, means this."""
        if normal_name(project) != normal_name(self.title):
            return False
        return not department or normal_name(department) == normal_name(self.department)


def of_pin(pin: Pin) -> Subject:
    """Return a frozen project by the pin's own names: it keeps its pin when its line is gone."""
    return Subject(pin.subject, "", pin.department, "", pin.title)


class Subjects:
    """Names the subjects of hand-ins, by the lines of a roster."""

    def __init__(self, entries: Sequence[RosterEntry]) -> None:
        self._entries = entries
        self._lines = {id(entry): _parts(entry) for entry in entries}
        parts = self._lines.values()
        self._names = Counter(each[:2] for each in parts)
        self._units = Counter(each[:3] for each in parts)

    def of_line(self, entry: RosterEntry) -> Subject:
        """Return the subject that a roster line is."""
        parts = self._lines[id(entry)]
        length = 2 if self._names[parts[:2]] == 1 else 3 if self._units[parts[:3]] == 1 else 4
        key = _SEPARATOR.join(parts[:length])
        return Subject(key, entry.form, entry.department, entry.unit, entry.title)

    def withdrawn(self) -> frozenset[str]:
        """Return the keys of the lines that the organiser struck out."""
        return frozenset(self.of_line(entry).key for entry in self._entries if entry.withdrawn)

    def of(self, sender: Sender, entry: RosterEntry | None) -> Subject:
        """Return the subject of a hand-in; `entry` is its roster line, None when it has none."""
        names = (sender.form, *map(normal_name, (sender.title, sender.unit, sender.department)))
        own = "*" + _SEPARATOR.join(names)
        if entry is not None:
            return self.of_line(entry)._replace(alias=own)
        return Subject(own, sender.form, sender.department, sender.unit, sender.title)


def _parts(entry: RosterEntry) -> tuple[str, str, str, str]:
    name, unit = normal_name(entry.title), normal_name(entry.unit)
    return entry.form, name, unit, normal_name(entry.department)
