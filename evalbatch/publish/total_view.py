"""What the consolidated report keeps of a cycle: one pass over the records, as much memory as its tables have rows."""

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from heapq import heappush, heappushpop
from typing import Any

from evalbatch.model.evaluation import Funding, Node, NodeState, Score, Status
from evalbatch.model.finding import Finding, Severity
from evalbatch.model.record import Cycle, Expected, Record
from evalbatch.publish.summary_tally import Group, Tally, department_name
from evalbatch.scoring.nodes import position

LISTED = 15  # rows of the tables of the weakest and the slowest
CAPPED = 60  # rows of the other tables
_SOON = timedelta(days=30)
_BANDS = (Decimal("0.6"), Decimal("0.8"), Decimal("0.9"), Decimal(1))
_CAUSES = 3


@dataclass(frozen=True, slots=True)
class Weak:
    """A project with a low score: `lost` are the rows that lost most."""

    name: str
    department: str
    score: Decimal
    grade: str
    lost: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Slow:
    """A project with a low execution rate."""

    name: str
    department: str
    money: Funding
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Return:
    """A workbook that was returned or could not be read, with the titles of its errors."""

    file: str
    department: str
    status: Status
    errors: tuple[str, ...]


@dataclass(slots=True)
class Lowest:
    """The few members with the lowest figures, the earlier one first where figures are equal; `count` is how many were seen."""

    _heap: list[tuple[Decimal, int, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, figure: Decimal, member: object) -> None:
        """Add a member; the best one leaves when there are too many."""
        self.count += 1
        item = (-figure, -self.count, member)
        (heappush if len(self._heap) < LISTED else heappushpop)(self._heap, item)

    @property
    def members(self) -> list[Any]:
        """The members, lowest figure first."""
        return [member for _, _, member in sorted(self._heap, key=lambda item: item[:2], reverse=True)]


@dataclass(slots=True)
class View:
    """A cycle as the leadership wants to see it, once every record was added and the view completed."""

    cycle: Cycle
    rows: int = 0
    tally: Tally = field(default_factory=Tally)
    weak: Lowest = field(default_factory=Lowest)
    slow: Lowest = field(default_factory=Lowest)
    rated: int = 0
    low: int = 0
    bands: list[int] = field(default_factory=lambda: [0] * (len(_BANDS) + 1))
    returned: list[Return] = field(default_factory=list)
    returned_count: int = 0
    late: list[tuple[Node, bool]] = field(default_factory=list)
    late_count: int = 0
    soon_count: int = 0
    files_with_findings: int = 0
    files_of_code: Counter[str] = field(default_factory=Counter)
    severity_of_code: dict[str, Severity] = field(default_factory=dict)

    @classmethod
    def of(cls, cycle: Cycle) -> "View":
        """Look at a cycle once."""
        view = cls(cycle, tally=Tally(cycle.grades))
        for record in cycle.records:
            view.add(record)
        return view.completed()

    def completed(self) -> "View":
        """Add what was found in the cycle as a whole."""
        self.tally.add_findings(self.cycle.findings)
        for finding in self.cycle.findings:
            self.severity_of_code.setdefault(finding.code, finding.severity)
        return self

    def add(self, record: Record) -> None:
        """Add a record."""
        self.rows += 1
        self.tally.add(record, self.rows)
        if record.status is Status.SUPERSEDED:
            return
        self._add_findings(record.findings)
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
        name, department = record.project or record.unit or record.file, department_name(record)
        lost = sorted((row for row in scores.rows if row.lost > 0), key=lambda row: -row.lost)[:_CAUSES]
        if scores.final_total is not None and lost:
            self.weak.add(scores.final_total, Weak(name, department, scores.final_total, scores.grade, tuple(lost)))
        rate = scores.funding.rate.value if scores.funding.rate else None
        if rate is None:
            return
        self.rated += 1
        self.bands[sum(1 for bound in _BANDS if rate >= bound)] += 1
        if self.cycle.low_rate is not None and rate < self.cycle.low_rate:
            self.low += 1
            self.slow.add(rate, Slow(name, department, scores.funding, rate))

    def _add_returned(self, record: Record) -> None:
        self.returned_count += 1
        if len(self.returned) < CAPPED:
            errors = (item for item in record.findings if item.severity is Severity.ERROR and item.waiver is None)
            titles = tuple(dict.fromkeys(item.title for item in errors))
            self.returned.append(Return(record.file, department_name(record), record.status, titles))

    def _add_findings(self, findings: tuple[Finding, ...]) -> None:
        codes = {item.code: item.severity for item in findings if item.waiver is None and item.severity is not Severity.NOTE}
        self.files_with_findings += bool(codes)
        self.files_of_code.update(codes.keys())
        for code, severity in codes.items():
            self.severity_of_code.setdefault(code, severity)

    def _add_node(self, node: Node) -> None:
        soon = node.state is NodeState.NOT_DUE and _due(node, self.cycle.as_of)
        if not soon and node.state not in (NodeState.LATE, NodeState.NOT_DONE, NodeState.NOT_REPORTED):
            return
        self.soon_count += soon
        self.late_count += not soon
        insort(self.late, (node, soon), key=_urgency)
        del self.late[CAPPED:]

    @property
    def missing(self) -> list[Expected]:
        """What the roster expects and did not come in, the longest overdue first."""
        open_ = [line for line in self.cycle.expected if not line.files]
        return sorted(open_, key=lambda line: line.days_left if line.days_left is not None else 1_000_000)

    @property
    def commonest(self) -> list[tuple[str, int]]:
        """The codes of errors and warnings with their counts, commonest first; notes are left out."""
        counted = ((code, count) for code, count in self.tally.codes.items() if code in self.severity_of_code)
        wanted = (pair for pair in counted if self.severity_of_code[pair[0]] is not Severity.NOTE)
        return sorted(wanted, key=lambda pair: (-pair[1], pair[0]))

    @property
    def groups(self) -> dict[str, Group]:
        """The forms with at least one graded workbook."""
        return {name: group for name, group in self.tally.forms.items() if group.scored}


def _urgency(item: tuple[Node, bool]) -> tuple[bool, date, tuple[int, str]]:
    """What is late comes before what is soon due, the earlier deadline first, then the lower number."""
    node, soon = item
    return soon, node.new_deadline or node.deadline or date.max, position(node.number)


def _due(node: Node, as_of: date) -> bool:
    due = node.new_deadline or node.deadline
    return due is not None and as_of <= due <= as_of + _SOON
