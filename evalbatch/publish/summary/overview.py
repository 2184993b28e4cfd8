"""The sheet that opens the summary: the cycle in figures, tables by group, and charts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalbatch.excel_writer import FONT, Workbook
from evalbatch.model.decisions import ReviewState
from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.finding import Severity
from evalbatch.model.record import Cycle
from evalbatch.publish import departments
from evalbatch.publish.departments import DepartmentLine
from evalbatch.publish.summary.canvas import Canvas, column_chart
from evalbatch.publish.summary.criteria import equal, live
from evalbatch.publish.summary.list_sheets import (
    FIRST_ROW,
    GREY,
    LINE_HEIGHT,
    MISSING,
    NODE_RATES,
    NONE,
    Formula,
    ListSheet,
    Value,
    lines_of,
)
from evalbatch.results.tally import WORST, GroupCount, Tally

STATUSES = (Status.GRADED, Status.RETURNED, Status.UNREADABLE)
UNSCORED = (Status.ACCEPTED,)  # counted only where there are any
FIGURES = (
    "平均分（算术平均）",
    "平均分（按预算加权）",
    "全年预算数（万元）",
    "全年执行数（万元）",
    "执行率（执行数/预算数）",
    "结余（万元）",
)
KINDS = ("score", "score", "amount", "amount", "rate", "amount")
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

    def forms(self, row: int, policies: Sequence[str]) -> int:
        """Put the table by form from this row on and return the row after it."""
        self._canvas.heading(
            row,
            "一、按报送表",
            "各表评分体系不同，得分和资金不跨表相加、不跨表平均；分部门的情况见“部门”表",
        )
        self._header(row + 1, "报送表", "评分口径")
        first = last = row + 2
        for name, group in self._tally.form_rows:
            shown = self._tally.policies.get(name, NONE if policies else "")
            self._line(last, (name, shown), group, (("form", name, f"$A{last + 1}"),))
            last += 1
        self._canvas.line(
            last,
            ("合计", "", *self._sums(first + 1, last), *[NONE] * len(FIGURES)),
            self._kinds,
            total=True,
        )
        return last + 1

    def _header(self, row: int, *names: str) -> None:
        grades = (f"等次：{grade}" for grade in self._tally.grades)
        self._canvas.header(
            row, (*names, *(status.label for status in self._statuses), *grades, *FIGURES)
        )

    def _line(
        self,
        row: int,
        names: tuple[str, str],
        group: GroupCount,
        keys: Sequence[tuple[str, str, str]],
    ) -> None:
        self._canvas.line(
            row, (*names, *self._counts(group, keys), *self._figures(group, keys)), self._kinds
        )

    def _counts(self, group: GroupCount, keys: Sequence[tuple[str, str, str]]) -> Iterator[Value]:
        where = self._where(keys)
        for status in self._statuses:
            yield Formula(
                f'=COUNTIFS({where},{self._projects.range("status")},"{status.label}")',
                group.statuses[status],
            )
        for grade in self._tally.grades:
            yield Formula(
                f'=COUNTIFS({where},{self._graded},{self._projects.range("grade")},"{grade}")',
                group.grades[grade],
            )

    def _figures(self, group: GroupCount, keys: Sequence[tuple[str, str, str]]) -> Iterator[Value]:
        """Yield both means, money and rate of the graded projects of a group."""
        where, projects = f"{self._where(keys)},{self._graded}", self._projects
        final, budget, executed = (projects.range(name) for name in ("final", "budget", "executed"))
        chosen = ",".join(f"--({projects.range(column)}={cell})" for column, _, cell in keys)
        chosen += f',--({projects.range("status")}="{Status.GRADED.label}")'
        yield live(f"AVERAGEIFS({final},{where})", group.mean)
        weighted = (
            f"SUMPRODUCT({chosen},{budget},{final})/SUMPRODUCT({chosen},--ISNUMBER({final}),"
            f"{budget})"
        )
        yield live(weighted, group.weighted_mean)
        yield Formula(f"=SUMIFS({budget},{where})", float(group.budget))
        yield Formula(f"=SUMIFS({executed},{where})", float(group.executed))
        yield live(f"SUMIFS({executed},{where})/SUMIFS({budget},{where})", group.rate)
        left = f"=SUMIFS({budget},{where})-SUMIFS({executed},{where})"
        yield Formula(left, float(group.budget - group.executed))

    def _where(self, keys: Sequence[tuple[str, str, str]]) -> str:
        return ",".join(
            f"{self._projects.range(column)},{equal(name, cell)}" for column, name, cell in keys
        )

    def _sums(self, first: int, last: int) -> Iterator[Value]:
        groups = self._tally.forms.values()
        counts = [sum(group.statuses[status] for group in groups) for status in self._statuses]
        counts += [sum(group.grades[grade] for group in groups) for grade in self._tally.grades]
        for at, count in enumerate(counts, start=FIRST_COUNT):
            letter = chr(ord("A") + at)
            yield (
                Formula(f"=SUM({letter}{first}:{letter}{max(first, last)})", count) if groups else 0
            )


WIDTHS = (31, 36, *(9.5,) * 8, *(12,) * 8)
CHART_ROWS = 14
CHART_SIZE = {"height": CHART_ROWS * 20 - 8}
CHARTED = 30  # departments that one chart can name
COMMONEST = 10
WORST_COLUMNS = ("project", "department", "final", "grade")


def _grades_told(form: str, group: GroupCount) -> str:
    """Say what a chart shows of a form, for readers who cannot see it."""
    counts = "、".join(f"{word}{count}个" for word, count in sorted(group.grades.items()) if word)
    return f"{form}的评价等次，{counts or '尚无'}"


def chart_deviations(book: Workbook, sheet: ListSheet, departments: int) -> None:
    """Put a chart of mean and largest deviations by department below their list."""
    if not departments:
        return
    shown = min(departments, CHARTED)
    name, first, last = sheet.layout.name, FIRST_ROW, FIRST_ROW + shown - 1
    at = sheet.number("department")
    series = [
        {
            "name": [name, FIRST_ROW - 1, sheet.number(column)],
            "categories": [name, first, at, last, at],
            "values": [name, first, sheet.number(column), last, sheet.number(column)],
        }
        for column in ("mean", "largest")
    ]
    cut = f"（共{departments}个部门，图中为前{shown}个）" if departments > shown else ""
    chart = column_chart(book, f"自评与复核偏差（分）{cut}", series, "0.00")
    chart.set_y_axis({"num_font": {"name": FONT, "size": 9}, "num_format": "0.0"})
    chart.set_x_axis({"num_font": {"name": FONT, "size": 9}, "label_position": "low"})
    chart.set_size({"width": 900, **CHART_SIZE})
    told = f"柱形图：{departments}个部门的平均偏差和最大偏差，见上表"
    sheet.sheet.insert_chart(FIRST_ROW + departments + 2, 0, chart, {"description": told})


@dataclass(frozen=True, slots=True)
class Overview:
    """Writes 总览 once the lists are complete."""

    book: Workbook
    canvas: Canvas
    lists: Mapping[str, ListSheet]
    tally: Tally
    cycle: Cycle

    def write(self) -> None:
        """Put all sections, one under the other, and write the sheet."""
        self._title()
        self._tiles(3)
        groups = GroupTables(self.canvas, self.lists["projects"], self.tally)
        forms = 6
        charts = groups.forms(forms, self.cycle.policy_names) + 1
        row = charts + CHART_ROWS + 1
        self._charts(charts, groups, forms + 2)
        row = self._worst(row)
        row = self._commonest(row + 1)
        if self.tally.states:
            row = self._nodes(row + 1)
        row = self._departments(row + 1, "五" if self.tally.states else "四", charts)
        self.canvas.flush()
        self.canvas.sheet.print_area(0, 0, row, self.canvas.last_column)

    def _title(self) -> None:
        canvas, cycle = self.canvas, self.cycle
        canvas.put(0, 0, f"{cycle.name}　汇总表", bold=True, font_size=18)
        canvas.height(0, 34)
        policies = "；".join(cycle.policy_names) or NONE
        canvas.put(
            1, 0, f"组织单位：{cycle.organiser or NONE}　　评分口径：{policies}", font_color=GREY
        )
        canvas.put(2, 0, "数据截至", font_color=GREY)
        canvas.put(2, 1, cycle.as_of, "date", align="left", font_color=GREY)
        note = (
            "得分、等次和资金只统计“已核定”的报送件，退回的“未核定”；合计、平均和比率均为公式，"
            "可点开核对。"
        )
        canvas.put(2, 2, note, font_size=9, font_color=GREY)

    def _tiles(self, row: int) -> None:
        box: dict[str, Any] = {"left": 1, "right": 1, "border_color": "#A6A6A6"}
        for at, (label, value) in enumerate(self._figures()):
            self.canvas.put(row, at, label, "centre", font_size=9, font_color=GREY, top=1, **box)
            self.canvas.put(row + 1, at, value, "count", bold=True, font_size=18, bottom=1, **box)
        self.canvas.height(row + 1, 36)

    def _figures(self) -> Iterator[tuple[str, Value]]:
        """Yield what was expected, what came in, what became of it, and what was found."""
        yield from self._roster()
        projects, tally = self.lists["projects"], self.tally
        yield "收到报送件", Formula(f"=COUNT({projects.range('number')})", tally.statuses.total())
        for status in Status:
            yield (
                status.label,
                Formula(
                    f'=COUNTIF({projects.range("status")},"{status.label}")', tally.statuses[status]
                ),
            )
        severities = self.lists["findings"].range("severity")
        for severity in Severity:
            condition = f',{severities},"{severity.label}"'
            text = f"={self._found(condition)}-{self._found(condition, waived=True)}"
            yield f"问题：{severity.label}", Formula(text, tally.severities[severity.label])
        yield "已豁免问题", Formula(f"={self._found(waived=True)}", tally.lifted.total())
        columns = ("why", "review_state", "status")
        why, state, status_ = map(self.lists["review"].range, columns)
        waiting = (
            f'=COUNTIFS({why},"?*",{state},"<>{ReviewState.DECIDED.label}",'
            f'{status_},"{Status.GRADED.label}")'
        )
        yield "须人工核定", Formula(waiting, tally.to_review)
        states = self.lists["indicators"].range("review_state")
        decided = f'=COUNTIF({states},"{ReviewState.DECIDED.label}")'
        yield "已人工核定", Formula(decided, self.cycle.decided)

    def _roster(self) -> Iterator[tuple[str, Value]]:
        expected, lines = self.lists["expected"], self.cycle.expected
        if not lines:
            yield from (("名册应报", NONE), ("尚未报送", NONE), ("其中逾期", NONE))
            return
        missing = sum(1 for line in lines if line.missing)
        late = sum(1 for line in lines if line.overdue)
        condition = f'{expected.range("status")},"{MISSING}"'
        yield "名册应报", Formula(f"=COUNT({expected.range('number')})", len(lines))
        yield "尚未报送", Formula(f"=COUNTIF({condition})", missing)
        yield (
            "其中逾期",
            Formula(f'=COUNTIFS({condition},{expected.range("days")},"<0")', late),
        )

    def _found(self, conditions: str = "", *, waived: bool = False) -> str:
        """Return the count of findings of workbooks that were not superseded."""
        sheet = self.lists["findings"]
        lifted = f',{sheet.range("waiver")},"?*"' if waived else ""
        filled = f',{sheet.range("code")},"?*"'
        return (
            f'COUNTIFS({sheet.range("status")},"<>'
            f'{Status.SUPERSEDED.label}"{filled}{conditions}{lifted})'
        )

    def _charts(self, row: int, groups: GroupTables, forms: int) -> None:
        """Put the chart of grades by form; that of execution rates comes beside it."""
        name, (first, last) = self.canvas.sheet.get_name(), groups.grade_columns
        graded = [at for at, (_, group) in enumerate(self.tally.form_rows) if group.scored]
        series = [
            {
                "name": [name, forms + at, 0],
                "categories": [name, forms - 1, first, forms - 1, last],
                "values": [name, forms + at, first, forms + at, last],
            }
            for at in graded
        ]
        if series:
            chart = column_chart(self.book, "评价等次分布（项目数）", series)
            chart.set_size({"width": 620, **CHART_SIZE})
            told = "；".join(_grades_told(form, group) for form, group in self.tally.form_rows)
            self.canvas.sheet.insert_chart(row, 0, chart, {"description": f"柱形图：{told}"})

    def _main_form(self) -> tuple[str, list[tuple[int, DepartmentLine]]]:
        """Return the form with money and most graded workbooks, and its lines of departments with
        their rows in the table of departments.
        """
        funded = {name: group for name, group in self.tally.forms.items() if group.budget}
        form = max(funded, key=lambda name: funded[name].scored, default="")
        rows = enumerate(departments.lines(self.tally), FIRST_ROW + 1)
        return form, [(row, line) for row, line in rows if line.form == form and line.graded]

    def _departments(self, row: int, heading: str, charts: int) -> int:
        """Put means and execution rates of the departments in the main form, which the chart
        shows, from this row on and return the row after them.
        """
        form, lines = self._main_form()
        if not lines:
            return row
        sheet, shown = self.lists["departments"], lines[:CHARTED]
        note = "" if len(lines) <= CHARTED else f"，共{len(lines)}个部门，列名册前{CHARTED}个"
        self.canvas.heading(row, f"{heading}、各部门平均分和预算执行率", f"《{form}》{note}")
        self.canvas.header(row + 1, ("部门", "平均分", "预算执行率"))
        for at, (source, line) in enumerate(shown, row + 2):
            figures: list[Value] = [
                Formula(f"={sheet.layout.name}!{sheet.letters(column)}{source}", value)
                for column, value in (
                    ("department", line.department),
                    ("mean", NONE if line.mean is None else float(line.mean)),
                    ("rate", NONE if line.rate is None else float(line.rate)),
                )
            ]
            self.canvas.line(at, figures, ("text", "score", "rate"))
        self._rates(charts, row + 2, len(shown), form)
        return row + 2 + len(shown)

    def _rates(self, row: int, first: int, count: int, form: str) -> None:
        """Put the chart of execution rates beside that of grades."""
        name, last = self.canvas.sheet.get_name(), first + count - 1
        values = {"categories": [name, first, 0, last, 0], "values": [name, first, 2, last, 2]}
        title = f"预算执行率（《{form}》，名册顺序）"
        chart = column_chart(self.book, title, [values], "0.0%")
        chart.set_size({"width": 690, **CHART_SIZE})
        told = f"柱形图：{count}个部门的预算执行率，《{form}》，数值见本页的表"
        self.canvas.sheet.insert_chart(row, 6, chart, {"description": told})

    def _worst(self, row: int) -> int:
        """Put the projects with the lowest final scores, form by form; every cell points into the
        project list.
        """
        projects, worst = self.lists["projects"], self.tally.worst
        most = WORST if len(worst) == 1 else WORST // 2
        note = f"已核定的项目中核定得分最低的，每种表最多{most}个，满分的不列"
        self.canvas.heading(row, "二、得分最低的项目", note)
        self.canvas.header(row + 1, ("项目名称", "主管部门", "核定得分", "评价等次"))
        row += 2
        for form, lowest in worst.items():
            if len(worst) > 1:
                self.canvas.line(row, (f"《{form}》", "", "", ""), ("text",) * 4, total=True)
                row += 1
            for at, values in lowest[:most]:
                live = [
                    Formula(
                        f"={projects.layout.name}!{projects.letters(column)}{FIRST_ROW + at}",
                        values[number],
                    )
                    for number, column in enumerate(WORST_COLUMNS)
                ]
                self.canvas.line(row, live, ("text", "text", "score", "centre"), text_wrap=True)
                self.canvas.height(row, LINE_HEIGHT * lines_of(str(values[0]), WIDTHS[0]) + 4)
                row += 1
        return row

    def _commonest(self, row: int) -> int:
        sheet, tally = self.lists["findings"], self.tally
        self.canvas.heading(row, "三、最常见的问题", "不含被替代的报送件和已豁免的问题")
        self.canvas.header(row + 1, ("问题", "编号", "次数"))
        row += 2
        for code, count in sorted(tally.codes.items(), key=lambda each: (-each[1], each[0]))[
            :COMMONEST
        ]:
            condition = f",{sheet.range('code')},$B{row + 1}"
            text = f"={self._found(condition)}-{self._found(condition, waived=True)}"
            self.canvas.line(
                row, (tally.titles[code], code, Formula(text, count)), ("text", "centre", "count")
            )
            row += 1
        if not tally.codes:
            self.canvas.put(row, 0, "没有发现问题")
            row += 1
        return row

    def _nodes(self, row: int) -> int:
        """Put the work nodes by state and both rates of completion (README, rule 5)."""
        sheet, tally = self.lists["nodes"], self.tally
        self.canvas.heading(row, "四、工作节点", "分处室和月份的情况见“节点概览”")
        labels = (
            "节点总数",
            *NodeState,
            "已完成",
            *NODE_RATES,
        )
        self.canvas.header(row + 1, labels)
        at, states = row + 3, sheet.range("state")
        counts = {
            state: sum(tally.states[key] for key in tally.states if key[1] is state)
            for state in NodeState
        }
        total, done, adjusted = (
            sum(counts.values()),
            sum(tally.done.values()),
            counts[NodeState.ADJUSTED],
        )
        values: list[Value] = [Formula(f"=ROWS({states})", total)]
        values += [Formula(f'=COUNTIF({states},"{state}")', counts[state]) for state in NodeState]
        values.append(Formula(f'=COUNTIF({sheet.range("done")},"是")', done))
        unadjusted = (
            f'(H{at}-COUNTIFS({sheet.range("done")},"是",{states},'
            f'"{NodeState.ADJUSTED}"))/(A{at}-E{at})'
        )
        values += [
            Formula(f"=H{at}/A{at}", done / total),
            Formula(
                f'=IFERROR({unadjusted},"{NONE}")',
                (done - tally.done_adjusted) / (total - adjusted) if total > adjusted else NONE,
            ),
        ]
        self.canvas.line(row + 2, values, (*("count",) * 8, "rate", "rate"))
        return row + 3
