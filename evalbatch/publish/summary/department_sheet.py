"""The table of departments (部门): live formulas over the lists of projects and of what is due."""

from collections.abc import Iterator, Mapping

from evalbatch.model.evaluation import Status
from evalbatch.publish import departments
from evalbatch.publish.departments import DepartmentLine
from evalbatch.publish.summary.criteria import equal, live
from evalbatch.publish.summary.list_sheets import NONE, Formula, ListSheet, Value
from evalbatch.results.tally import Tally


def fill(sheets: Mapping[str, ListSheet], tally: Tally) -> None:
    """Write a row for each department and form, once the other lists are complete."""
    sheet = sheets["departments"]
    for line in departments.lines(tally):
        sheet.add(*_Row(sheets, line, tally, sheet.next_row).values())
    for line in departments.totals(tally, ""):
        sheet.told[line.form] = _means(sheets["projects"], line)
    if sheet.empty:
        sheet.say("没有报送件，也没有名册")


def _means(projects: ListSheet, line: DepartmentLine) -> dict[str, Value]:
    """Return what no sum gives of a form: its mean, and the difference to last year's."""
    if line.mean is None:
        return {"mean": NONE, "change": NONE}
    form = line.form.replace('"', '""')
    where = f"{projects.range('form')},{equal(line.form, f'{chr(34)}{form}{chr(34)}')}"
    graded = f'{projects.range("status")},"{Status.GRADED.label}"'
    mean = f"AVERAGEIFS({projects.range('final')},{where},{graded})"
    if line.change is None:
        return {"mean": live(mean, line.mean), "change": NONE}
    before = line.mean - line.change
    return {
        "mean": live(mean, line.mean),
        "change": Formula(f"={mean}-{before}", float(line.change)),
        "last_mean": before,
    }


class _Row:
    """A row of the table: its formulas count where department and form are those of its cells."""

    def __init__(
        self, sheets: Mapping[str, ListSheet], line: DepartmentLine, tally: Tally, row: int
    ) -> None:
        self._sheet, self._projects = sheets["departments"], sheets["projects"]
        self._expected = sheets["expected"]
        self._line, self._grades, self._row = line, tally.order, row
        self._last_year = line.mean - line.change if line.mean and line.change is not None else None

    def values(self) -> Iterator[Value]:
        line, graded = self._line, f',{self._of("status")},"{Status.GRADED.label}"'
        yield line.department
        yield Formula(f"=COUNTIFS({self._where(self._expected)})", line.expected)
        counted = f',{self._of("status")},"<>{Status.SUPERSEDED.label}"'
        yield self._count(counted, line.came)
        yield self._count(graded, line.graded)
        back = " + ".join(
            f'COUNTIFS({self._where(self._projects)},{self._of("status")},"{status.label}")'
            for status in (Status.RETURNED, Status.UNREADABLE)
        )
        yield Formula(f"={back}", line.returned)
        missing = f'{self._where(self._expected)},{self._expected.range("status")},"未报送"'
        yield Formula(f"=COUNTIFS({missing})", line.missing)
        yield self._count(f'{counted},{self._of("days_late")},">0"', line.late)
        yield from self._figures(graded)
        for word in self._grades:
            yield self._count(f'{graded},{self._of("grade")},"{word}"', line.grades[word])
        yield line.form
        yield self._last_year

    def _figures(self, graded: str) -> Iterator[Value]:
        """Yield mean, its difference to last year, money and rate of the graded projects."""
        line, where = self._line, self._where(self._projects) + graded
        yield live(f"AVERAGEIFS({self._of('final')},{where})", line.mean)
        change = f"{self._cell('mean')}-{self._cell('last_mean')}"
        yield NONE if line.change is None else Formula(f"={change}", float(line.change))
        yield Formula(f"=SUMIFS({self._of('budget')},{where})", float(line.budget))
        yield Formula(f"=SUMIFS({self._of('executed')},{where})", float(line.executed))
        left = f"{self._cell('budget')}-{self._cell('executed')}"
        yield Formula(f"={left}", float(line.left))
        yield live(f"{self._cell('executed')}/{self._cell('budget')}", line.rate)

    def _count(self, conditions: str, count: int) -> Formula:
        return Formula(f"=COUNTIFS({self._where(self._projects)}{conditions})", count)

    def _where(self, sheet: ListSheet) -> str:
        names = (("department", self._line.department), ("form", self._line.form))
        return ",".join(
            f"{sheet.range(column)},{equal(name, self._cell(column))}" for column, name in names
        )

    def _cell(self, column: str) -> str:
        return f"${self._sheet.letters(column)}{self._row}"

    def _of(self, column: str) -> str:
        return self._projects.range(column)
