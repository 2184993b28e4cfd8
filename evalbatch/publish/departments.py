"""The one table of departments, the same in the summary workbook and in the consolidated report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from evalbatch.model.evaluation import Status
from evalbatch.results.tally import GroupCount, Tally


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """What a department has to show in one form, or all departments together; sums over graded
    hand-ins only, in 万元.

    `came` are the hand-ins that count: graded, accepted and `returned` (退回 and unreadable).
    `change` is this year's mean less last year's. What is unknown is None.
    """

    department: str
    form: str
    expected: int
    came: int
    graded: int
    returned: int
    missing: int
    late: int
    mean: Decimal | None
    change: Decimal | None
    budget: Decimal
    executed: Decimal
    rate: Decimal | None
    grades: Mapping[str, int]

    @property
    def left(self) -> Decimal:
        """What of the budget was not spent (结余)."""
        return self.budget - self.executed


def lines(tally: Tally) -> Iterator[DepartmentLine]:
    """Yield a line for each department and form, departments in the order of the roster."""
    rank = {department: at for at, (department, _) in reversed(list(enumerate(tally.departments)))}
    for (department, form), group in sorted(
        tally.departments.items(), key=lambda each: rank[each[0][0]]
    ):
        if not group.only_superseded:
            yield _line(department, form, group)


def totals(tally: Tally, label: str) -> Iterator[DepartmentLine]:
    """Yield the total of each form."""
    for form, group in tally.form_rows:
        if not group.only_superseded:
            yield _line(label, form, group)


def _line(department: str, form: str, group: GroupCount) -> DepartmentLine:
    counts = group.statuses
    return DepartmentLine(
        department=department,
        form=form,
        expected=group.expected,
        came=counts.total() - counts[Status.SUPERSEDED],
        graded=counts[Status.GRADED],
        returned=counts[Status.RETURNED] + counts[Status.UNREADABLE],
        missing=group.missing,
        late=group.late,
        mean=group.mean,
        change=group.change,
        budget=group.budget,
        executed=group.executed,
        rate=group.rate,
        grades=group.grades,
    )
