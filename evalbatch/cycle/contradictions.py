"""Where a hand-in contradicts itself or the cycle: stamp, folder and cells (D10), the year (D11),
the deadline (D13).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from evalbatch.checks.fingerprint import Fingerprint
from evalbatch.checks.subject import seen
from evalbatch.cycle.matching import Matcher, Sender
from evalbatch.model.figures import day
from evalbatch.model.finding import Observation
from evalbatch.model.names import alike, normal_name, same_body
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import is_year, year_of
from evalbatch.model.record import RosterEntry

DOUBTFUL = frozenset({"D10", "D11"})
"""Findings with which a hand-in supersedes no other."""


@dataclass(frozen=True, slots=True)
class ReadHandIn:
    """One hand-in that was read: who sent it, what is kept of it, and its line of the roster."""

    sender: Sender
    print: Fingerprint
    line: RosterEntry | None


def contradictions(
    hand_in: ReadHandIn, matcher: Matcher, year: int | None
) -> Iterator[Observation]:
    """Yield what disagrees about who hands in what of which year; `year` is the evaluated one, None
    where there is none.
    """
    yield from _stamp(hand_in, matcher)
    yield from _folder(hand_in, matcher)
    yield from _line(hand_in, matcher)
    if year is not None:
        print_ = hand_in.print
        stated = (print_.year_place or Place(print_.file), print_.year, print_.period)
        yield from other_year(*stated, hand_in.sender.stamped_cycle, year)


def late(hand_in: ReadHandIn, deadline: date | None) -> Iterator[Observation]:
    """Yield how many days after its deadline a workbook came in."""
    received, days = hand_in.print.arrival.received_on, hand_in.print.arrival.days_late(deadline)
    if days and deadline and received:
        place = Place(hand_in.print.file)
        yield seen("D13", place, found=day(received), expected=day(deadline), days=str(days))


def _stamp(hand_in: ReadHandIn, matcher: Matcher) -> Iterator[Observation]:
    """Compare the cells with what the workbook was made for."""
    sender = hand_in.sender
    if not _misused(sender, matcher):
        return
    stamped, cells = (
        _body(sender.stamped_department, sender.stamped_project),
        _body(sender.department, sender.title),
    )
    yield seen("D10", Place(sender.file), found=cells, expected=stamped, variant="stamp")


def _misused(sender: Sender, matcher: Matcher) -> bool:
    by_stamp = matcher.by_stamp(sender)
    by_cells = matcher.by_cells(sender) if by_stamp else None
    if by_cells:
        return by_stamp is not by_cells
    bodies = (sender.department, sender.unit)
    other_body = (
        sender.stamped_department
        and sender.department
        and not any(same_body(sender.stamped_department, each) for each in bodies)
    )
    other_title = (
        sender.stamped_project and sender.title and not alike(sender.stamped_project, sender.title)
    )
    return bool(other_body or other_title)


def _folder(hand_in: ReadHandIn, matcher: Matcher) -> Iterator[Observation]:
    """Compare the cells with a folder that names a department of the roster; any other folder means
    nothing.
    """
    sender, line = hand_in.sender, hand_in.line
    folder = matcher.department_of_folder(sender)
    stated = sender.department or (line.department if line else "")
    if not folder or not stated:
        return
    own = matcher.department_named(stated)
    if folder in (own, normal_name(stated), normal_name(sender.unit)) or (
        not own and same_body(stated, folder)
    ):
        return
    yield seen(
        "D10",
        Place(sender.file),
        found=_body(stated, sender.title),
        expected=_raw_folder(sender, folder),
        variant="folder",
    )


def _line(hand_in: ReadHandIn, matcher: Matcher) -> Iterator[Observation]:
    """Compare the department that the cells name with the line that unit and project are of."""
    sender = hand_in.sender
    other = matcher.line_of_another(sender) if hand_in.line is None else None
    if other is not None:
        other_body = _body(other.department, other.title)
        place = Place(sender.file)
        yield seen("D10", place, found=sender.department, expected=other_body, variant="line")


def _raw_folder(sender: Sender, folder: str) -> str:
    """Return the folder as it is written."""
    parts = sender.file.split("/")
    return next(part for part, name in zip(parts, sender.folders, strict=False) if name == folder)


def other_year(
    at: Place, year: str, period: Sequence[str], stamped_cycle: str, evaluated: int
) -> Iterator[Observation]:
    """Compare the evaluated year of a workbook, which stands `at` a place, else the years of its
    evaluated period, else the cycle that it was made for, with this cycle's.
    """
    expected, stamped, place = str(evaluated), year_of(stamped_cycle), Place(at.file)
    if is_year(year) and year != expected:
        yield seen("D11", at, found=year, expected=expected)
    elif period and not min(period) <= expected <= max(period):
        yield seen("D11", place, found="至".join(period), expected=expected, variant="period")
    elif not year and not period and is_year(stamped) and stamped != expected:
        yield seen("D11", place, found=stamped, expected=expected, variant="stamp")


def _body(department: str, title: str) -> str:
    return f"{department}“{title}”" if department else f"“{title}”"
