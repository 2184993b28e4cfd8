"""What a page that lists projects needs of each: a line a project, and of each finding a few
examples with the scored row that they are about.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from evalbatch.model.decisions import ReviewState, Stage
from evalbatch.model.evaluation import Score, Status
from evalbatch.model.finding import Finding, Severity, unwaived
from evalbatch.model.place import Place
from evalbatch.model.record import Record

EXAMPLES: Final = 3
"""Findings of a code that are shown with the whole row."""
AWAITED: Final = 100
"""Rows of each kind that are shown of those that wait for a person."""


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A workbook that counts, without its rows; scores have at most two decimals.

    `stage` is what readers see: the stage of a graded project, else the status. `open_rows` are the
    rows that wait for a person.
    """

    file: str
    department: str
    name: str
    unit: str
    form: str
    status: Status
    stage: str
    revision: int | None
    claimed: Decimal | None
    computed: Decimal | None
    final: Decimal | None
    grade: str
    errors: int
    warnings: int
    open_rows: int
    received_on: date | None
    days_late: int | None
    report: str
    annotated: str
    ticket: str = ""
    drawn: str = ""

    @property
    def wanting(self) -> bool:
        """Whether anything has yet to be done about it."""
        return not self.status.good or self.open_rows > 0


@dataclass(frozen=True, slots=True)
class Example:
    """A finding with the scored row it is about, which is None where it is about none, or where
    that row was left out of the record.
    """

    file: str
    department: str
    name: str
    places: tuple[Place, ...]
    message: str
    annotated: str
    row: Score | None = None

    @property
    def place(self) -> Place:
        """Where a reader should look first."""
        return self.places[0]

    def explained(self, record: Record) -> "Example":
        """Return the example with the row of its record that it is about."""
        rows = record.scores.rows if record.scores else ()
        by_place = {row.place.line: row for row in rows}
        found = (by_place.get(place.line) for place in self.places)
        return replace(self, row=next(filter(None, found), None))


@dataclass(frozen=True, slots=True)
class AwaitedRow:
    """A row of a graded workbook that waits for a person, and what it waits for."""

    file: str
    department: str
    name: str
    annotated: str
    state: ReviewState
    row: Score


@dataclass(slots=True)
class FindingGroup:
    """The findings of one code: how many, in how many workbooks, how many waived, and examples."""

    severity: Severity
    title: str
    count: int = 0
    workbooks: int = 0
    waived: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class ProjectLines:
    """The lines of a cycle, filled record by record; superseded workbooks are left out."""

    lines: list[ProjectLine] = field(default_factory=list)
    states: Counter[ReviewState] = field(default_factory=Counter)
    """Rows of graded workbooks that wait for a person, by what they wait for."""
    waiting: Counter[ReviewState] = field(default_factory=Counter)
    """The workbooks that these rows are in."""
    awaited: list[AwaitedRow] = field(default_factory=list)
    """The first of these rows of each kind, at most `AWAITED`."""
    groups: dict[str, FindingGroup] = field(default_factory=dict)

    def add(self, record: Record, department: str, form: str) -> None:
        """Add a workbook under the department and form that the tally counts it for."""
        if record.status is Status.SUPERSEDED:
            return
        self.lines.append(_line(record, department, form))
        self._add_awaited(record, department)
        for code in self._add_findings(record, department):
            self.groups[code].workbooks += 1

    def _add_awaited(self, record: Record, department: str) -> None:
        named = (record.file, department, _name(record), record.annotated)
        waiting = set()
        for row in record.awaiting:
            state = ReviewState(row.review_state)
            state = state if state.open else ReviewState.DUE
            waiting.add(state)
            self.states[state] += 1
            if self.states[state] <= AWAITED:
                self.awaited.append(AwaitedRow(*named, state, row))
        self.waiting.update(waiting)

    def add_finding(self, finding: Finding, example: Example) -> None:
        """Count a finding; one that is waived is no example."""
        group = self.groups.setdefault(finding.code, FindingGroup(finding.severity, finding.title))
        if finding.waiver:
            group.waived += 1
            return
        group.count += 1
        if len(group.examples) < EXAMPLES:
            group.examples.append(example)

    def _add_findings(self, record: Record, department: str) -> set[str]:
        for finding in record.findings:
            known = self.groups.get(finding.code)
            example = Example(
                record.file,
                department,
                _name(record),
                finding.places,
                finding.message,
                record.annotated,
            )
            full = known is not None and len(known.examples) >= EXAMPLES
            self.add_finding(finding, example if full else example.explained(record))
        return {finding.code for finding in record.findings if not finding.waiver}

    @property
    def drawn(self) -> list[ProjectLine]:
        """What is drawn for a second look, in the order of tickets."""
        found = (line for line in self.lines if line.drawn)
        return sorted(found, key=lambda line: (line.ticket, line.department, line.name))

    @property
    def unexplained(self) -> list[str]:
        """The workbooks whose records may hold the rows that examples lack."""
        groups = self.groups.values()
        return sorted(
            {each.file for group in groups for each in group.examples if each.row is None} - {""}
        )

    def explain(self, records: Iterable[Record]) -> None:
        """Add the rows that examples lack, from whole records."""
        whole = {record.file: record for record in records}
        for group in self.groups.values():
            group.examples = [
                each.explained(whole[each.file]) if each.file in whole else each
                for each in group.examples
            ]

    @property
    def by_weight(self) -> list[tuple[str, FindingGroup]]:
        """The codes, the gravest first, the commonest first within a severity."""
        return sorted(
            self.groups.items(),
            key=lambda pair: (pair[1].severity.rank, -pair[1].count, pair[0]),
        )


def _name(record: Record) -> str:
    return record.title or record.file


def _line(record: Record, department: str, form: str) -> ProjectLine:
    scores, graded = record.scores, record.status is Status.GRADED
    stage = Stage(record.stage).label if graded and record.stage else record.status.label
    return ProjectLine(
        file=record.file,
        department=department,
        name=_name(record),
        unit=record.unit,
        form=form,
        status=record.status,
        stage=stage,
        revision=record.revision,
        claimed=scores.claimed_total if scores else None,
        computed=scores.computed_total if scores else None,
        final=scores.final_total if scores and graded else None,
        grade=scores.grade if scores and graded else "",
        errors=unwaived(record.findings, Severity.ERROR),
        warnings=unwaived(record.findings, Severity.WARNING),
        open_rows=record.to_review,
        received_on=record.received_on,
        days_late=record.days_late,
        report=record.report,
        annotated=record.annotated,
        ticket=record.ticket,
        drawn=record.drawn,
    )
