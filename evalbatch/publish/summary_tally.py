"""Counting a cycle in one pass: the values that stand behind the live formulas of the summary workbook."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappush, heappushpop
from typing import NamedTuple

from evalbatch.model.evaluation import NodeState, Scores, Status
from evalbatch.model.finding import Finding
from evalbatch.model.record import Record
from evalbatch.scoring.nodes import completion, position

NONE = "—"
SEVERAL = "多种口径"
UNNAMED_DEPARTMENT = "（未注明部门）"
UNNAMED_FORM = "（未识别报送表）"
UNNAMED_OFFICE = "（未注明处室）"
LONGEST_NAME = 120  # Excel's criteria take 255 characters
WORST = 10
FULL = Decimal(100)
ZERO = Decimal(0)


@dataclass(slots=True)
class Group:
    """What is counted of a form, or of a department's workbooks of one form. Sums are over graded workbooks only, in 万元."""

    statuses: Counter[Status] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    scored: int = 0
    total: Decimal = ZERO
    weighted: Decimal = ZERO
    weight: Decimal = ZERO
    budget: Decimal = ZERO
    executed: Decimal = ZERO

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
    def weighted_mean(self) -> Decimal | None:
        """The mean weighted by budget (按预算加权), None when no budget is known."""
        return self.weighted / self.weight if self.weight else None

    @property
    def rate(self) -> Decimal | None:
        """Executed over budget of the whole group, None when no budget is known."""
        return self.executed / self.budget if self.budget else None


class Office(NamedTuple):
    """A responsible office (责任处室) of an organisation."""

    department: str
    name: str


class Worst(NamedTuple):
    """One of the lowest final scores: ordered so that a heap drops the best, the last row first."""

    score: Decimal
    row: int
    shown: tuple[str, str, float, str, str]


@dataclass(slots=True)
class Tally:
    """Everything the overview needs of the records; as large as there are departments and codes, not as records.

    `order` are the grade words of the profiles in use, best first.
    """

    order: tuple[str, ...] = ()
    forms: dict[str, Group] = field(default_factory=dict)
    departments: dict[tuple[str, str], Group] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    severities: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    lifted: Counter[str] = field(default_factory=Counter)
    titles: dict[str, str] = field(default_factory=dict)
    states: Counter[tuple[Office, NodeState]] = field(default_factory=Counter)
    done: Counter[Office] = field(default_factory=Counter)
    done_adjusted: int = 0
    months: Counter[tuple[Office, str]] = field(default_factory=Counter)
    months_done: Counter[str] = field(default_factory=Counter)
    _worst: list[Worst] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _first: dict[Office, tuple[int, str]] = field(default_factory=dict)

    def add(self, record: Record, row: int) -> None:
        """Count a workbook, which stands in this row of the project list."""
        form, department = self._name(form_name(record)), self._name(department_name(record))
        self.forms.setdefault(form, Group()).add(record.status, record.scores)
        self.departments.setdefault((department, form), Group()).add(record.status, record.scores)
        if record.scores:
            known = self.policies.setdefault(form, record.scores.policy_name)
            self.policies[form] = known if known == record.scores.policy_name else SEVERAL
        if record.status is not Status.SUPERSEDED:
            self.add_findings(record.findings)
            self._add_nodes(record)
        self._add_worst(record, row)

    def _name(self, name: str) -> str:
        """Return the first spelling of a name: to the formulas, upper and lower case are one."""
        return self._names.setdefault(name.casefold(), name)

    def _add_worst(self, record: Record, row: int) -> None:
        scores = record.scores
        if record.status is not Status.GRADED or scores is None or scores.final_total is None or scores.final_total >= FULL:
            return
        shown = (record.project or record.unit or NONE, department_name(record), form_name(record))
        item = Worst(-scores.final_total, -row, (*shown[:2], float(scores.final_total), scores.grade or NONE, shown[2]))
        (heappush if len(self._worst) < WORST else heappushpop)(self._worst, item)

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Count findings; waived ones by themselves."""
        for finding in findings:
            self.titles.setdefault(finding.code, finding.title)
            if finding.waiver:
                self.lifted[finding.code] += 1
            else:
                self.codes[finding.code] += 1
                self.severities[finding.severity.label] += 1

    def _add_nodes(self, record: Record) -> None:
        for node in record.scores.nodes if record.scores else ():
            office = Office(self._name(department_name(record)), self._name(short(node.office) or UNNAMED_OFFICE))
            month = node.deadline.strftime("%Y-%m") if node.deadline else ""
            self._first[office] = min(self._first.get(office, position(node.number)), position(node.number))
            self.states[office, node.state] += 1
            self.months[office, month] += 1
            if completion((node,))[0].numerator:
                self.done[office] += 1
                self.months_done[month] += 1
                self.done_adjusted += node.state is NodeState.ADJUSTED

    @property
    def offices(self) -> list[Office]:
        """The offices of each organisation in the order of their first items."""
        return sorted(self._first, key=lambda office: (office.department, self._first[office], office.name))

    @property
    def statuses(self) -> Counter[Status]:
        """All workbooks by status."""
        return sum((group.statuses for group in self.forms.values()), Counter())

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades of the profiles, best first, then any other word, such as one of a profile that is no longer in use."""
        others = {grade for group in self.forms.values() for grade in group.grades} - {*self.order, ""}
        return (*self.order, *sorted(others))

    @property
    def form_rows(self) -> list[tuple[str, Group]]:
        """The forms as they came in; what no form was recognised in comes last."""
        return sorted(self.forms.items(), key=lambda each: each[0] == UNNAMED_FORM)

    @property
    def by_form(self) -> list[tuple[tuple[str, str], Group]]:
        """The departments' groups, form by form; forms with money come first, so that a chart finds them side by side."""
        order = {form: at for at, (form, _) in enumerate(self.form_rows)}
        return sorted(self.departments.items(), key=lambda each: (not self.forms[each[0][1]].budget, order[each[0][1]]))

    @property
    def worst(self) -> list[tuple[int, tuple[str, str, float, str, str]]]:
        """The lowest final scores, lowest first: the row in the project list and what stands there."""
        return [(-item.row, item.shown) for item in sorted(self._worst, reverse=True)]


def form_name(record: Record) -> str:
    """Return the title of a workbook's form as the summary groups by it."""
    return short(record.form_title or record.form) or UNNAMED_FORM


def department_name(record: Record) -> str:
    """Return a workbook's department as the summary groups by it."""
    return short(record.department) or UNNAMED_DEPARTMENT


def short(name: str) -> str:
    """Cut a name to what a criterion of Excel takes."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
