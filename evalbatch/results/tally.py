"""The one count of a cycle: what summary workbook, consolidated report and the check of what was
written all read.
"""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from evalbatch.model.evaluation import Funding, Node, NodeState, Score, Scores, Status
from evalbatch.model.figures import ZERO
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.names import normal_name
from evalbatch.model.record import Cycle, Expected, Record, weak_grades
from evalbatch.results.causes import cause_of, is_rest, plain_cause
from evalbatch.results.project_lines import Example, ProjectLines
from evalbatch.scoring.work_nodes import completion, position

NONE = "—"
SEVERAL = "多种口径"
UNNAMED_DEPARTMENT = "（未注明部门）"
UNNAMED_FORM = "（未识别报送表）"
UNNAMED_OFFICE = "（未注明处室）"
LONGEST_NAME = 120  # Excel's criteria take 255 characters
WORST = 10
FULL = Decimal(100)


@dataclass(slots=True)
class GroupCount:
    """What is counted of a form, or of a department's workbooks of one form. Sums are over graded
    workbooks only, in 万元.

    `expected` and `missing` are lines of the roster, `late` hand-ins that count and came after
    their deadline; `before` is the same of last year, None where there is none.
    """

    statuses: Counter[Status] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    scored: int = 0
    total: Decimal = ZERO
    weighted: Decimal = ZERO
    weight: Decimal = ZERO
    budget: Decimal = ZERO
    executed: Decimal = ZERO
    expected: int = 0
    missing: int = 0
    late: int = 0
    before: "GroupCount | None" = None

    def add(self, status: Status, scores: Scores | None) -> None:
        """Count one workbook."""
        self.statuses[status] += 1
        if status is not Status.GRADED or scores is None:
            return
        self.grades[scores.grade] += 1
        budget, final = scores.funding.budget or ZERO, scores.final_total
        self.budget += budget
        self.executed += scores.funding.executed or ZERO
        if final is not None:
            self.scored += 1
            self.total += final
            self.weighted += final * budget
            self.weight += budget

    @property
    def mean(self) -> Decimal | None:
        """The unweighted mean of the final scores (算术平均), None when there are none."""
        return self.total / self.scored if self.scored else None

    @property
    def change(self) -> Decimal | None:
        """This year's mean less last year's, None where either is missing."""
        before = self.before.mean if self.before else None
        return self.mean - before if self.mean is not None and before is not None else None

    @property
    def only_superseded(self) -> bool:
        """Whether nothing is left of it that counts, nor anything expected."""
        return not self.expected and self.statuses.total() == self.statuses[Status.SUPERSEDED]

    @property
    def weighted_mean(self) -> Decimal | None:
        """The mean weighted by budget (按预算加权), None when no budget is known."""
        return self.weighted / self.weight if self.weight else None

    @property
    def rate(self) -> Decimal | None:
        """Executed over budget of the whole group, None when no budget is known."""
        return self.executed / self.budget if self.budget else None


Earlier = Mapping[tuple[str, str], GroupCount]
"""Last year's groups by department (as names are compared) and form id, and by form id alone."""


def last_year(previous: Mapping[str, Record] | None) -> Earlier:
    """Count last year's records by department and form, and by form alone (under an empty
    department).
    """
    counted: dict[tuple[str, str], GroupCount] = {}
    for record in (previous or {}).values():
        for department in (normal_name(record.department), ""):
            counted.setdefault((department, record.form), GroupCount()).add(
                record.status, record.scores
            )
    return counted


class Office(NamedTuple):
    """A responsible office (责任处室) of an organisation."""

    department: str
    name: str


@dataclass(slots=True)
class Lowest:
    """The few members with the lowest figures, at most so many, the earlier one first where figures
    are equal; `count` is how many were seen.
    """

    most: int
    _heap: list[tuple[Decimal, int, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, figure: Decimal, member: object) -> None:
        """Add a member; the best one leaves when there are too many."""
        self.count += 1
        item = (-figure, -self.count, member)
        (heappush if len(self._heap) < self.most else heappushpop)(self._heap, item)

    @property
    def members(self) -> list[Any]:
        """The members, lowest figure first."""
        return [
            member for _, _, member in sorted(self._heap, key=lambda item: item[:2], reverse=True)
        ]


@dataclass(slots=True)
class Tally:
    """Everything the overview needs of the records; as large as there are departments and codes,
    not as records.

    `order` are the grade words of the profiles in use, best first, `earlier` last year's figures.
    What the roster expects is told first, so that departments stand in its order. `indicators`,
    `findings` and `nodes` are the rows that the lists of these names must have.
    """

    order: tuple[str, ...] = ()
    earlier: Earlier = field(default_factory=dict)
    forms: dict[str, GroupCount] = field(default_factory=dict)
    departments: dict[tuple[str, str], GroupCount] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    severities: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    lifted: Counter[str] = field(default_factory=Counter)
    titles: dict[str, str] = field(default_factory=dict)
    states: Counter[tuple[Office, NodeState]] = field(default_factory=Counter)
    done: Counter[Office] = field(default_factory=Counter)
    done_adjusted: int = 0
    to_review: int = 0
    months: Counter[tuple[Office, str]] = field(default_factory=Counter)
    months_done: Counter[str] = field(default_factory=Counter)
    indicators: int = 0
    findings: int = 0
    nodes: int = 0
    _worst: dict[str, Lowest] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _first: dict[Office, tuple[int, str]] = field(default_factory=dict)

    def add(self, record: Record, row: int) -> None:
        """Count a workbook, which stands in this row of the project list (from 1)."""
        form, department = self._name(form_name(record)), self._name(self.department(record))
        for group in self._groups(department, form, record.form):
            group.add(record.status, record.scores)
            group.late += record.status is not Status.SUPERSEDED and bool(record.days_late)
        if record.scores:
            known = self.policies.setdefault(form, record.scores.policy_name)
            self.policies[form] = known if known == record.scores.policy_name else SEVERAL
        if record.status is Status.SUPERSEDED:
            self.findings += len(record.findings)
        else:
            self.add_findings(record.findings)
            self._add_rows(record)
        self.to_review += record.to_review
        self._add_worst(record, row)

    def expect(self, lines: Iterable[Expected]) -> None:
        """Count what the roster expects, and remember whose the hand-ins of its lines are."""
        for line in lines:
            entry = line.entry
            department = self._name(short(entry.department) or UNNAMED_DEPARTMENT)
            form = self._name(short(entry.form_title or entry.form) or UNNAMED_FORM)
            self._owners |= dict.fromkeys(line.files, department)
            for group in self._groups(department, form, entry.form):
                group.expected += 1
                group.missing += line.missing

    def department(self, record: Record) -> str:
        """Return whose a workbook is: by the roster's line that it was handed in for, else by what
        it says.
        """
        return self.owner(record.file) or department_name(record)

    def owner(self, file: str) -> str:
        """Return the department of the roster's line that a file was handed in for, empty where it
        is on none.
        """
        return self._owners.get(file, "")

    def _groups(self, department: str, form: str, form_id: str) -> tuple[GroupCount, GroupCount]:
        """Return the group of a form and that of a department within it."""
        whole = self.forms.setdefault(form, GroupCount(before=self.earlier.get(("", form_id))))
        before = self.earlier.get((normal_name(department), form_id))
        return whole, self.departments.setdefault((department, form), GroupCount(before=before))

    def _name(self, name: str) -> str:
        """Return the first spelling of a name: to the formulas, upper and lower case are one."""
        return self._names.setdefault(name.casefold(), name)

    def _add_worst(self, record: Record, row: int) -> None:
        scores = record.scores
        if (
            record.status is not Status.GRADED
            or scores is None
            or scores.final_total is None
            or scores.final_total >= FULL
        ):
            return
        names = (record.title or NONE, self.department(record))
        shown = (*names, float(scores.final_total), scores.grade or NONE)
        lowest = self._worst.setdefault(self._name(form_name(record)), Lowest(WORST))
        lowest.add(scores.final_total, (row, shown))

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Count findings; waived ones by themselves."""
        for finding in findings:
            self.findings += 1
            self.titles.setdefault(finding.code, finding.title)
            if finding.waiver:
                self.lifted[finding.code] += 1
            else:
                self.codes[finding.code] += 1
                self.severities[finding.severity.label] += 1

    def _add_rows(self, record: Record) -> None:
        if record.scores is None:
            return
        self.indicators += len(record.scores.rows)
        self.nodes += len(record.scores.nodes)
        for node in record.scores.nodes:
            office = Office(
                self._name(self.department(record)),
                self._name(short(node.office) or UNNAMED_OFFICE),
            )
            month = node.deadline.strftime("%Y-%m") if node.deadline else ""
            self._first[office] = min(
                self._first.get(office, position(node.number)), position(node.number)
            )
            self.states[office, node.state] += 1
            self.months[office, month] += 1
            if completion((node,))[0].numerator:
                self.done[office] += 1
                self.months_done[month] += 1
                self.done_adjusted += node.state is NodeState.ADJUSTED

    @property
    def offices(self) -> list[Office]:
        """The offices of each organisation in the order of their first items."""
        return sorted(
            self._first, key=lambda office: (office.department, self._first[office], office.name)
        )

    @property
    def statuses(self) -> Counter[Status]:
        """All workbooks by status."""
        return sum((group.statuses for group in self.forms.values()), Counter())

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades of the profiles, best first, then any other word, such as one of a profile
        that is no longer in use.
        """
        others = {grade for group in self.forms.values() for grade in group.grades} - {
            *self.order,
            "",
        }
        return (*self.order, *sorted(others))

    @property
    def form_rows(self) -> list[tuple[str, GroupCount]]:
        """The forms as they came in; what no form was recognised in comes last."""
        return sorted(self.forms.items(), key=lambda each: each[0] == UNNAMED_FORM)

    @property
    def worst(self) -> dict[str, list[tuple[int, tuple[str, str, float, str]]]]:
        """The lowest final scores of each form, lowest first: the row in the project list and what
        stands there.
        """
        return {
            form: self._worst[form].members for form, _ in self.form_rows if form in self._worst
        }


def form_name(record: Record) -> str:
    """Return the title of a workbook's form as the summary groups by it."""
    return short(record.form_title or record.form) or UNNAMED_FORM


def department_name(record: Record) -> str:
    """Return a workbook's department as the summary groups by it."""
    return short(record.department) or UNNAMED_DEPARTMENT


def short(name: str) -> str:
    """Cut a name to what a criterion of Excel takes."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


LISTED = 15  # rows of the tables of the weakest and the slowest
CAPPED = 60  # rows of the other tables
SOON = timedelta(days=30)
"""Nodes that are due within it are soon due."""
RATE_BANDS = (Decimal("0.6"), Decimal("0.8"), Decimal("0.9"), Decimal(1))
"""Lower bounds of the bands of execution rates, above the first that begins at zero."""
_CAUSES = 3


@dataclass(frozen=True, slots=True)
class Weak:
    """A project with a low grade: `lost` are the rows that lost most."""

    form: str
    name: str
    department: str
    score: Decimal
    grade: str
    lost: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Slow:
    """A project with a low execution rate, or with money left over; `whole` is no project but its
    whole department, whose money is that of its projects.
    """

    name: str
    department: str
    money: Funding
    rate: Decimal
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """A workbook that was returned or could not be read, with the titles of its errors; called by
    its file where nothing was read.
    """

    name: str
    department: str
    status: Status
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LateHandIn:
    """A hand-in that counts and came after its deadline, by so many days."""

    name: str
    department: str
    received_on: date | None
    days: int


@dataclass(slots=True)
class Cause:
    """What several rows lost points for, in the office's words: how many rows, in which projects,
    an example.
    """

    rows: int = 0
    lost: Decimal = Decimal(0)
    projects: int = 0
    example: str = ""


@dataclass(slots=True)
class ScoredBands:
    """The sum of the scores of a form's projects, and their number, by bands of the execution
    rate.
    """

    scores: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * (len(RATE_BANDS) + 1))
    counts: list[int] = field(default_factory=lambda: [0] * (len(RATE_BANDS) + 1))


@dataclass(slots=True)
class View:
    """A cycle as the leadership wants to see it, once every record was added and the view
    completed.
    """

    cycle: Cycle
    rows: int = 0
    tally: Tally = field(init=False)
    weak: dict[str, Lowest] = field(default_factory=dict)
    slow: Lowest = field(default_factory=lambda: Lowest(LISTED))
    idle: Lowest = field(default_factory=lambda: Lowest(LISTED))
    left: Decimal = Decimal(0)
    causes: dict[str, Cause] = field(default_factory=dict)
    projects_to_review: int = 0
    scored_bands: dict[str, ScoredBands] = field(default_factory=dict)
    rated: int = 0
    bands: list[int] = field(default_factory=lambda: [0] * (len(RATE_BANDS) + 1))
    returned: list[Return] = field(default_factory=list)
    returned_count: int = 0
    late_nodes: list[tuple[Node, bool]] = field(default_factory=list)
    late_hand_ins: list[LateHandIn] = field(default_factory=list)
    late_count: int = 0
    soon_count: int = 0
    files_with_findings: int = 0
    files_of_code: Counter[str] = field(default_factory=Counter)
    severity_of_code: dict[str, Severity] = field(default_factory=dict)
    projects: ProjectLines = field(default_factory=ProjectLines)

    def __post_init__(self) -> None:
        self.tally = Tally(self.cycle.grades, last_year(self.cycle.previous))
        self.tally.expect(self.cycle.expected)

    @classmethod
    def of(cls, cycle: Cycle) -> "View":
        """Look at a cycle once."""
        view = cls(cycle)
        for record in cycle.records:
            view.add(record)
        return view.completed()

    def completed(self) -> "View":
        """Add what was found in the cycle as a whole."""
        self.tally.add_findings(self.cycle.findings)
        for finding in self.cycle.findings:
            if finding.severity is not Severity.NOTE:
                self.severity_of_code.setdefault(finding.code, finding.severity)
            example = Example("", "", "", finding.places, finding.message, "")
            self.projects.add_finding(finding, example)
        return self

    def add(self, record: Record) -> None:
        """Add a record."""
        self.rows += 1
        self.tally.add(record, self.rows)
        self.projects.add(record, self.tally.department(record), form_name(record))
        if record.status is Status.SUPERSEDED:
            return
        self._add_findings(record.findings)
        self.projects_to_review += record.to_review > 0
        if record.days_late and len(self.late_hand_ins) < CAPPED:
            whose = self.tally.department(record)
            late = LateHandIn(record.title, whose, record.received_on, record.days_late)
            self.late_hand_ins.append(late)
        if record.status is Status.GRADED:
            self._add_graded(record)
        elif not record.status.good:
            self._add_returned(record)
        for node in record.scores.nodes if record.scores else ():
            self._add_node(node)

    def _add_graded(self, record: Record) -> None:
        scores = record.scores
        if scores is None:
            return
        name, department = record.title or record.file, self.tally.department(record)
        lost = scores.lost
        self._add_causes(lost)
        if scores.final_total is not None and self._is_weak(record.form, scores.grade):
            weak = Weak(
                form_name(record),
                name,
                department,
                scores.final_total,
                scores.grade,
                lost[:_CAUSES],
            )
            self.weak.setdefault(weak.form, Lowest(LISTED)).add(weak.score, weak)
        rate = record.execution_rate
        if rate is not None:
            whole = record.form in self.cycle.whole_forms or (
                normal_name(name) == normal_name(department)
            )
            one = Slow(name, department, scores.funding, rate, whole=whole)
            self._add_money(form_name(record), one, scores.final_total)

    def _is_weak(self, form: str, grade: str) -> bool:
        """Whether a grade is none of the two best of its profile, or the last of two."""
        return grade in weak_grades(self.cycle.scales.get(form) or self.tally.order)

    def _add_causes(self, lost: Iterable[Score]) -> None:
        """Count for what points were lost, by the groups of causes that the office speaks of."""
        found: set[str] = set()
        for row in lost:
            name = cause_of(row.explanation)
            cause = self.causes.setdefault(name, Cause())
            cause.rows += 1
            cause.lost += row.lost
            cause.projects += name not in found
            cause.example = cause.example or plain_cause(row.explanation)
            found.add(name)

    def _add_money(self, form: str, one: Slow, score: Decimal | None) -> None:
        rate, unspent = one.rate, one.money.unspent or Decimal(0)
        self.rated += 1
        band = sum(1 for bound in RATE_BANDS if rate >= bound)
        self.bands[band] += 1
        if score is not None:
            bands = self.scored_bands.setdefault(form, ScoredBands())
            bands.scores[band] += score
            bands.counts[band] += 1
        if unspent > 0 and not one.whole:  # its projects have the same money
            self.left += unspent
            self.idle.add(-unspent, one)
        if self.cycle.low_rate is not None and rate < self.cycle.low_rate:
            self.slow.add(rate, one)

    def _add_returned(self, record: Record) -> None:
        self.returned_count += 1
        if len(self.returned) < CAPPED:
            titles = tuple(dict.fromkeys(each.title for each in record.findings if each.returns))
            self.returned.append(
                Return(_named(record), self.tally.department(record), record.status, titles)
            )

    def _add_findings(self, findings: tuple[Finding, ...]) -> None:
        codes = {
            item.code: item.severity
            for item in findings
            if item.waiver is None and item.severity is not Severity.NOTE
        }
        self.files_with_findings += bool(codes)
        self.files_of_code.update(codes.keys())
        for code, severity in codes.items():
            self.severity_of_code.setdefault(code, severity)

    def _add_node(self, node: Node) -> None:
        soon = node.state is NodeState.NOT_DUE and _due(node, self.cycle.as_of)
        if not soon and node.state not in (
            NodeState.LATE,
            NodeState.NOT_DONE,
            NodeState.NOT_REPORTED,
        ):
            return
        self.soon_count += soon
        self.late_count += not soon
        insort(self.late_nodes, (node, soon), key=_urgency)
        del self.late_nodes[CAPPED:]

    @property
    def missing(self) -> list[Expected]:
        """What the roster expects and did not come in, in the order of the roster."""
        return [line for line in self.cycle.expected if line.missing]

    @property
    def late(self) -> int:
        """How many hand-ins came after their deadline."""
        return sum(group.late for group in self.tally.forms.values())

    @property
    def commonest_causes(self) -> list[tuple[str, Cause]]:
        """The causes of lost points, those that cost most first, what has no name of its own
        last.
        """
        return sorted(
            self.causes.items(), key=lambda pair: (is_rest(pair[0]), -pair[1].lost, pair[0])
        )

    @property
    def commonest(self) -> list[tuple[str, int]]:
        """The codes of errors and warnings with their counts, commonest first; notes are left
        out.
        """
        counted = self.tally.codes.items()
        wanted = ((code, count) for code, count in counted if code in self.severity_of_code)
        return sorted(wanted, key=lambda pair: (-pair[1], pair[0]))

    @property
    def groups(self) -> dict[str, GroupCount]:
        """The forms with at least one graded workbook."""
        return {name: group for name, group in self.tally.forms.items() if group.scored}


def _named(record: Record) -> str:
    return record.title or record.file.rpartition("/")[2]


def _urgency(item: tuple[Node, bool]) -> tuple[bool, date, tuple[int, str]]:
    """What is late comes before what is soon due, the earlier deadline first, then the lower
    number.
    """
    node, soon = item
    return soon, node.new_deadline or node.deadline or date.max, position(node.number)


def _due(node: Node, as_of: date) -> bool:
    due = node.new_deadline or node.deadline
    return due is not None and as_of <= due <= as_of + SOON
