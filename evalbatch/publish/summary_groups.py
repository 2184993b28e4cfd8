"""The tables of the overview that count projects by form and by department, in live formulas over the project list."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from evalbatch.model.evaluation import Status
from evalbatch.publish.summary_canvas import Canvas
from evalbatch.publish.summary_sheet import NONE, ListSheet
from evalbatch.publish.summary_tally import Group, Tally
from evalbatch.publish.summary_values import Formula, Value

STATUSES = (Status.GRADED, Status.RETURNED, Status.UNREADABLE)
UNSCORED = (Status.ACCEPTED,)  # counted only where there are any
FIGURES = ("平均分（算术平均）", "平均分（按预算加权）", "全年预算数（万元）", "全年执行数（万元）", "执行率（执行数/预算数）")
KINDS = ("score", "score", "amount", "amount", "rate")
FIRST_COUNT = 2  # the column where the counts begin, behind the two names


class GroupTables:
    """Puts both tables onto the overview."""

    def __init__(self, canvas: Canvas, projects: ListSheet, tally: Tally) -> None:
        self._canvas = canvas
        self._projects = projects
        self._tally = tally
        self._statuses = (*STATUSES, *(status for status in UNSCORED if tally.statuses[status]))
        counts = len(self._statuses) + len(tally.grades)
        self._kinds = ("text", "text", *("tally",) * counts, *KINDS)
        self._graded = f'{projects.range("status")},"{Status.GRADED.label}"'

    @property
    def grade_columns(self) -> tuple[int, int]:
        """The first and last column of the counts by grade."""
        first = FIRST_COUNT + len(self._statuses)
        return first, first + len(self._tally.grades) - 1

    @property
    def rate_column(self) -> int:
        """The column of the execution rate."""
        return len(self._kinds) - 1

    def forms(self, row: int, policies: Sequence[str]) -> int:
        """Put the table by form from this row on and return the row after it."""
        self._canvas.heading(row, "一、按报送表", "各表评分体系不同，得分和资金不跨表相加、不跨表平均")
        self._header(row + 1, "报送表", "评分口径")
        first = last = row + 2
        for name, group in self._tally.form_rows:
            shown = self._tally.policies.get(name, NONE if policies else "")
            self._line(last, (name, shown), group, (("form", name, f"$A{last + 1}"),))
            last += 1
        self._canvas.line(last, ("合计", "", *self._sums(first + 1, last), *[NONE] * len(FIGURES)), self._kinds, total=True)
        return last + 1

    def departments(self, row: int) -> int:
        """Put the table by department and form from this row on and return the row after it."""
        self._canvas.heading(row, "二、按部门", "按报送表排列；一个部门报送几种表的，每种表一行")
        self._header(row + 1, "主管部门", "报送表")
        row += 2
        for (department, form), group in self._tally.by_form:
            names = (("department", department, f"$A{row + 1}"), ("form", form, f"$B{row + 1}"))
            self._line(row, (department, form), group, names)
            row += 1
        return row

    def _header(self, row: int, *names: str) -> None:
        grades = (f"等次：{grade}" for grade in self._tally.grades)
        self._canvas.header(row, (*names, *(status.label for status in self._statuses), *grades, *FIGURES))

    def _line(self, row: int, names: tuple[str, str], group: Group, keys: Sequence[tuple[str, str, str]]) -> None:
        self._canvas.line(row, (*names, *self._counts(group, keys), *self._figures(group, keys)), self._kinds)

    def _counts(self, group: Group, keys: Sequence[tuple[str, str, str]]) -> Iterator[Value]:
        where = self._where(keys)
        for status in self._statuses:
            yield Formula(f'=COUNTIFS({where},{self._projects.range("status")},"{status.label}")', group.statuses[status])
        for grade in self._tally.grades:
            yield Formula(f'=COUNTIFS({where},{self._graded},{self._projects.range("grade")},"{grade}")', group.grades[grade])

    def _figures(self, group: Group, keys: Sequence[tuple[str, str, str]]) -> Iterator[Value]:
        """Yield both means, money and rate of the graded projects of a group."""
        where, projects = f"{self._where(keys)},{self._graded}", self._projects
        final, budget, executed = (projects.range(name) for name in ("final", "budget", "executed"))
        chosen = ",".join(f"--({projects.range(column)}={cell})" for column, _, cell in keys)
        chosen += f',--({projects.range("status")}="{Status.GRADED.label}")'
        yield _live(f"AVERAGEIFS({final},{where})", group.mean)
        weighted = f"SUMPRODUCT({chosen},{budget},{final})/SUMPRODUCT({chosen},--ISNUMBER({final}),{budget})"
        yield _live(weighted, group.weighted_mean)
        yield Formula(f"=SUMIFS({budget},{where})", float(group.budget))
        yield Formula(f"=SUMIFS({executed},{where})", float(group.executed))
        yield _live(f"SUMIFS({executed},{where})/SUMIFS({budget},{where})", group.rate)

    def _where(self, keys: Sequence[tuple[str, str, str]]) -> str:
        return ",".join(f"{self._projects.range(column)},{equal(name, cell)}" for column, name, cell in keys)

    def _sums(self, first: int, last: int) -> Iterator[Value]:
        groups = self._tally.forms.values()
        counts = [sum(group.statuses[status] for group in groups) for status in self._statuses]
        counts += [sum(group.grades[grade] for group in groups) for grade in self._tally.grades]
        for at, count in enumerate(counts, start=FIRST_COUNT):
            letter = chr(ord("A") + at)
            yield Formula(f"=SUM({letter}{first}:{letter}{max(first, last)})", count) if groups else 0


def equal(name: str, cell: str) -> str:
    """Return a criterion that a name equals a cell, whatever characters stand in it."""
    if set(name) & set("~*?"):
        return f'"="&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cell},"~","~~"),"*","~*"),"?","~?")'
    return f'"="&{cell}'


def _live(formula: str, value: Decimal | None) -> Formula:
    """Return a formula that shows a dash where there is nothing to divide by."""
    return Formula(f'=IFERROR({formula},"{NONE}")', NONE if value is None else float(value))
