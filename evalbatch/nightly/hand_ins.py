"""What came in of whom and when: hand-ins with their lines of the roster, entries of the inbox with
what became of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

from evalbatch import garbage
from evalbatch.checks import across
from evalbatch.checks.fingerprint import Fingerprint
from evalbatch.cycle.baseline import (
    ROSTER,
    Baseline,
    Key,
    approved_budget,
    changed,
    declared,
    key,
)
from evalbatch.cycle.contradictions import DOUBTFUL, ReadHandIn, contradictions, late
from evalbatch.cycle.matching import Matcher
from evalbatch.cycle.subjects import Subject, Subjects
from evalbatch.model.evaluation import Status
from evalbatch.model.finding import Observation
from evalbatch.model.identity import Arrival
from evalbatch.model.names import normal_name, same_body
from evalbatch.model.record import Monitoring, Received, RosterEntry
from evalbatch.nightly.extract import Extract, PackedExtract
from evalbatch.nightly.inbox_entries import FileKind, kind_of, named_department, told_department
from evalbatch.nightly.kept_values import unpack
from evalbatch.results.ledger import Known, LeftEntry
from evalbatch.results.submissions import ArrivedSubmission
from evalbatch.settings import CycleSection
from evalbatch.standards.policy import Policy

MISSING = "收件夹中已不见，结果仍保留；确认撤回的，运行时加 --forget-missing"

REMEMBERED: Final = 16_384
"""Extracts that are kept unpacked: as many as a large cycle has workbooks, some 60 MB."""


class MonitoredProject(NamedTuple):
    """A monitoring form's file and form, whose project it is of, what it tells, the files of the
    project's scored hand-ins, and whether the form has no error of its own.
    """

    file: str
    form: str
    department: str
    title: str
    told: Monitoring
    finals: tuple[str, ...]
    in_order: bool


@dataclass(frozen=True, eq=False)
class HandIns:
    """The hand-ins of a cycle.

    `baselines` are the forms whose accepted hand-ins are what was approved; `sent_out` is what
    pre-filled workbooks were sent out with; `policies` are the profiles by the form.
    """

    extracts: Mapping[str, tuple[Extract, Arrival]]
    matcher: Matcher
    cycle: CycleSection
    baselines: frozenset[str]
    sent_out: Mapping[Key, Baseline]
    policies: Mapping[str, Policy]

    @cached_property
    def lines(self) -> Mapping[str, RosterEntry]:
        """The roster's line of each submission that is on one."""
        found = (
            (name, self.matcher.find(extract.sender))
            for name, (extract, _) in self.extracts.items()
        )
        return {name: line for name, line in found if line is not None}

    @cached_property
    def departments(self) -> Mapping[str, str]:
        """Whose each submission is: its line's department, else the one it names, as the roster
        spells it or most do.
        """
        named = {
            name: named_department(extract.sender) for name, (extract, _) in self.extracts.items()
        }
        times = Counter(named.values())
        spelt = {normal_name(each.department): each.department for each in self.matcher.roster}
        for each in sorted(times, key=lambda each: (-times[each], len(each), each)):
            spelt.setdefault(normal_name(each), each)
        lines = {name: line.department for name, line in self.lines.items()}
        return {name: spelt[normal_name(each)] for name, each in named.items()} | lines

    @cached_property
    def prints(self) -> tuple[Fingerprint, ...]:
        """The fingerprints of what could be read, each with its line and arrival."""
        found = ((extract.fingerprint, arrival) for extract, arrival in self.extracts.values())
        return tuple(self._placed(print_, arrival) for print_, arrival in found if print_)

    def _placed(self, print_: Fingerprint, arrival: Arrival) -> Fingerprint:
        """Return a fingerprint with its line and arrival, and whose it is where that is said."""
        line = self.lines.get(print_.file)
        whose = self.departments[print_.file] if line or print_.department else ""
        at = str(line.place) if line else ""
        return replace(print_, arrival=arrival, line=at, department=whose)

    @cached_property
    def contradictory(self) -> Mapping[str, Sequence[Observation]]:
        """What disagrees about who hands in what of which year, by submission."""
        found = {
            each.print.file: tuple(contradictions(each, self.matcher, self._year))
            for each in self.read
        }
        return {name: seen for name, seen in found.items() if seen}

    @cached_property
    def doubtful(self) -> frozenset[str]:
        """The submissions that must not supersede any other."""
        at_odds = (name for name, (extract, _) in self.extracts.items() if extract.sender.at_odds)
        return frozenset(at_odds).union(
            name
            for name, seen in self.contradictory.items()
            if any(each.code in DOUBTFUL for each in seen)
        )

    def seen(self) -> Iterator[tuple[str, Observation]]:
        """Yield by submission what shows against roster, deadline, and what was approved and sent
        out.
        """
        for name, found in self.contradictory.items():
            yield from ((name, each) for each in found)
        for each in self.read:
            name = each.print.file
            yield from ((name, seen) for seen in late(each, self.deadline(name)))
            yield from ((name, seen) for seen in self._changed(each))
            if self._unlisted(each):
                yield name, across.unlisted(each.print, self.matcher.roster)

    def _changed(self, hand_in: ReadHandIn) -> Iterator[Observation]:
        limits = self.policies[hand_in.print.form].limits
        return changed(hand_in.print, self._baselines(hand_in), limits)

    def _unlisted(self, hand_in: ReadHandIn) -> bool:
        """Whether a hand-in should be on the roster and is not; the goals of a project that is on
        it need no line of their own, and of one that contradicts itself (D10) no more is said.
        """
        if hand_in.line is not None or not self.matcher.roster:
            return False
        if self.matcher.line_of_another(hand_in.sender) is not None:
            return False
        return hand_in.print.form not in self.baselines or not across.listed_forms(
            hand_in.print, self.matcher.roster
        )

    def deadline(self, name: str) -> date | None:
        """Return until when a submission was expected."""
        line = self.lines.get(name)
        return line.deadline if line else self.cycle.deadline

    def days_late(self) -> dict[str, int]:
        """Return by how many days the late submissions came after their deadline."""
        found = {
            name: arrival.days_late(self.deadline(name))
            for name, (_, arrival) in self.extracts.items()
        }
        return {name: days for name, days in found.items() if days}

    def facts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield by submission what its record tells about arrival and line (columns of `Record`, as
        the ledger keeps them).
        """
        read = {each.print.file: self._baselines(each) for each in self.read}
        for name, (_, arrival) in self.extracts.items():
            line = self.lines.get(name)
            of_line = [Baseline(ROSTER, line.budget)] if line else []
            approved = approved_budget(read.get(name, of_line))
            yield (
                name,
                {
                    "department": self.departments[name],
                    "received_on": arrival.received_on.isoformat() if arrival.received_on else None,
                    "days_late": arrival.days_late(self.deadline(name)),
                    "roster": line.title if line else "",
                    "approved_budget": None if approved is None else str(approved),
                },
            )

    @cached_property
    def subjects(self) -> Mapping[str, Subject]:
        """What each submission is about, as decisions name it."""
        naming = Subjects(self.matcher.roster)
        return {each.print.file: naming.of(each.sender, each.line) for each in self.read}

    @cached_property
    def read(self) -> tuple[ReadHandIn, ...]:
        """Every hand-in that could be read."""
        return tuple(
            ReadHandIn(self.extracts[each.file][0].sender, each, self.lines.get(each.file))
            for each in self.prints
        )

    @cached_property
    def _declared(self) -> Mapping[tuple[str, str], Baseline]:
        """The approved goals of the year by department and project: those of the declarations that
        count and were accepted.
        """
        counted = [each for each in self.read if each.print.form in self.baselines]
        superseded, _ = across.duplicates([each.print for each in counted], self.doubtful)
        return {
            self._project(each): declared(each.print)
            for each in counted
            if each.print.file not in {*superseded, *self.doubtful} and not each.print.faults
        }

    def _project(self, hand_in: ReadHandIn) -> tuple[str, str]:
        """Return the department and project of a hand-in, whatever its form, as names are
        compared.
        """
        print_, line = hand_in.print, hand_in.line
        if line is not None:
            return normal_name(line.department), normal_name(line.title)
        department = self.matcher.department_named(print_.department)
        return department or normal_name(print_.department), normal_name(print_.title)

    def _baselines(self, hand_in: ReadHandIn) -> list[Baseline]:
        """Return what a hand-in is held against, what was approved first."""
        print_, line, found = hand_in.print, hand_in.line, []
        if print_.form not in self.baselines:
            found.append(self._declared.get(self._project(hand_in)))
        if line is not None:
            found.append(Baseline(ROSTER, line.budget))
            found.append(
                self.sent_out.get(key(line.form, line.department, line.unit, line.project))
            )
        return [each for each in found if each is not None]

    def monitored(self) -> Iterator[MonitoredProject]:
        """Yield every monitoring form that was read, with the scored hand-ins of its project."""
        finals: dict[tuple[str, str], list[ReadHandIn]] = defaultdict(list)
        forms = [each for each in self.read if self._monitoring(each) is not None]
        for each in self.read if forms else ():
            if self._monitoring(each) is None and each.print.form not in self.baselines:
                finals[self._project(each)].append(each)
        for each in forms:
            told, line, print_ = self._monitoring(each), each.line, each.print
            same = (one for one in finals[self._project(each)] if _of_one_unit_and_year(each, one))
            if told is not None:
                title = line.title if line else print_.title
                files = tuple(one.print.file for one in same)
                yield MonitoredProject(
                    print_.file,
                    print_.form,
                    print_.department,
                    title,
                    told,
                    finals=files,
                    in_order=not print_.faults,
                )

    def _monitoring(self, hand_in: ReadHandIn) -> Monitoring | None:
        return self.extracts[hand_in.print.file][0].monitoring

    @property
    def _year(self) -> int | None:
        """The evaluated year of this cycle, None where the settings do not name it."""
        period = self.cycle.period_end or self.cycle.period_start
        return self.cycle.year or (period.year if period else None)


def _of_one_unit_and_year(one: ReadHandIn, other: ReadHandIn) -> bool:
    """Whether nothing tells two hand-ins of one department's project apart: many units have one of
    the same name.
    """
    years = {each.print.year for each in (one, other)} - {""}
    units = [each.line.unit if each.line else each.print.unit for each in (one, other)]
    return len(years) < 2 and (not all(units) or same_body(*units))  # noqa: PLR2004 - two differ


def extracts(packed: Iterable[PackedExtract]) -> dict[str, tuple[Extract, Arrival]]:
    """Unpack what is kept of every submission."""
    with garbage.unsearched():
        return {name: (_extract(data), arrival) for name, data, arrival in packed}


def recall(packed: Iterable[bytes]) -> None:
    """Unpack ahead what is looked at next."""
    with garbage.unsearched():
        for data in packed:
            _extract(data)


@lru_cache(REMEMBERED)  # they are looked at before and after what they tell was computed
def _extract(data: bytes) -> Extract:
    extract: Extract = unpack(data, Extract)
    return extract


def received(
    submissions: Iterable[ArrivedSubmission],
    files: Mapping[str, Known],
    entries: Iterable[LeftEntry],
) -> tuple[Received, ...]:
    """Return every entry of the inbox with what became of it, by name.

    Args:
        submissions: every submission, with what is known of its arrival.
        files: every file that was read.
        entries: what was not read.
    """
    by_file: dict[str, list[ArrivedSubmission]] = defaultdict(list)
    for each in submissions:
        by_file[each.workbook].append(each)
    told = {
        file: _told(file, found, gone=bool(files[file].gone)) for file, found in by_file.items()
    }
    for entry in entries:
        before = told.get(entry.file)
        fresh = Received(
            entry.file,
            entry.kind,
            entry.outcome,
            entry.reason,
            told_department(entry.file),
            _day(entry.received_on),
        )
        told[entry.file] = (
            replace(fresh, department=before.department, projects=before.projects)
            if before
            else fresh
        )
    return tuple(told[file] for file in sorted(told))


def _told(file: str, found: Sequence[ArrivedSubmission], *, gone: bool) -> Received:
    """Say what became of a file that was read."""
    first = found[0]
    kind = kind_of(file)
    if any(each.form for each in found) and kind is not FileKind.WORD:
        kind = FileKind.WORKBOOK
    outcome, reason = ("missing", MISSING) if gone else _outcome(found)
    projects = dict.fromkeys(
        each.project or each.unit for each in found if each.form or each.roster
    )
    return Received(
        file,
        kind,
        outcome,
        reason,
        first.department,
        _day(first.received_on),
        tuple(projects),
    )


def _outcome(found: Sequence[ArrivedSubmission]) -> tuple[str, str]:
    statuses = {each.status for each in found}
    if statuses in ({Status.UNREADABLE.value}, {Status.SUPERSEDED.value}):
        return found[0].status, next((each.reason for each in found if each.reason), "")
    return "read", ""


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
