"""The overview (总览): what the clerk asks in the morning, answered by live formulas over the lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.finding import Severity
from evalbatch.model.record import Cycle
from evalbatch.publish.summary_canvas import Canvas, column_chart
from evalbatch.publish.summary_groups import GroupTables
from evalbatch.publish.summary_lists import MISSING
from evalbatch.publish.summary_sheet import GREY, NONE, ListSheet
from evalbatch.publish.summary_tally import Tally
from evalbatch.publish.summary_values import Formula, Value

WIDTHS = (28, 30, *(10.5,) * 7, 12, 12, 14, 14, 12)
CHART_ROWS = 14
CHART_SIZE = {"height": CHART_ROWS * 20 - 8}
CHARTED = 12  # groups that one chart can name
COMMONEST = 10
WORST_COLUMNS = ("project", "department", "final", "grade", "form")


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
        departments = charts + CHART_ROWS + 1
        row = groups.departments(departments)
        self._charts(charts, groups, forms + 2, departments + 2)
        row = self._worst(row + 1)
        row = self._commonest(row + 1)
        if self.tally.states:
            row = self._nodes(row + 1)
        self.canvas.flush()
        self.canvas.sheet.print_area(0, 0, row, len(WIDTHS) - 1)

    def _title(self) -> None:
        canvas, cycle = self.canvas, self.cycle
        canvas.put(0, 0, f"{cycle.name}　汇总表", bold=True, font_size=18)
        canvas.height(0, 34)
        policies = "；".join(cycle.policy_names) or NONE
        canvas.put(1, 0, f"组织单位：{cycle.organiser or NONE}　　评分口径：{policies}", font_color=GREY)
        canvas.put(2, 0, "数据截至", font_color=GREY)
        canvas.put(2, 1, cycle.as_of, "date", align="left", font_color=GREY)
        note = "得分、等次和资金只统计“已核定”的报送件，退回的“未核定”；合计、平均和比率均为公式，可点开核对。"
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
            yield status.label, Formula(f'=COUNTIF({projects.range("status")},"{status.label}")', tally.statuses[status])
        severities = self.lists["findings"].range("severity")
        for severity in Severity:
            condition = f',{severities},"{severity.label}"'
            text = f"={self._found(condition)}-{self._found(condition, waived=True)}"
            yield f"问题：{severity.label}", Formula(text, tally.severities[severity.label])
        yield "已豁免问题", Formula(f"={self._found(waived=True)}", tally.lifted.total())

    def _roster(self) -> Iterator[tuple[str, Value]]:
        expected, lines = self.lists["expected"], self.cycle.expected
        if not lines:
            yield from (("名册应报", NONE), ("尚未报送", NONE), ("其中逾期", NONE))
            return
        missing = [line for line in lines if line.status is None]
        late = [line for line in missing if line.entry.deadline and line.entry.deadline < self.cycle.as_of]
        condition = f'{expected.range("status")},"{MISSING}"'
        yield "名册应报", Formula(f"=ROWS({expected.range('status')})", len(lines))
        yield "尚未报送", Formula(f"=COUNTIF({condition})", len(missing))
        yield "其中逾期", Formula(f'=COUNTIFS({condition},{expected.range("days")},"<0")', len(late))

    def _found(self, conditions: str = "", *, waived: bool = False) -> str:
        """Return the count of findings of workbooks that were not superseded."""
        sheet = self.lists["findings"]
        lifted = f',{sheet.range("waiver")},"?*"' if waived else ""
        filled = f',{sheet.range("code")},"?*"'
        return f'COUNTIFS({sheet.range("status")},"<>{Status.SUPERSEDED.label}"{filled}{conditions}{lifted})'

    def _charts(self, row: int, groups: GroupTables, forms: int, departments: int) -> None:
        """Put two charts side by side: grades by form, execution rate by department."""
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
            self.canvas.sheet.insert_chart(row, 0, chart)
        with_money = [at for at, (_, group) in enumerate(self.tally.by_form) if group.budget]
        if with_money:
            rows = (departments, departments + min(with_money[-1], CHARTED - 1))
            rate = groups.rate_column
            values = {"categories": [name, rows[0], 0, rows[1], 0], "values": [name, rows[0], rate, rows[1], rate]}
            chart = column_chart(self.book, "预算执行率（按部门）", [values], "0.0%")
            chart.set_size({"width": 690, **CHART_SIZE})
            self.canvas.sheet.insert_chart(row, 6, chart)

    def _worst(self, row: int) -> int:
        """Put the projects with the lowest final scores; every cell points into the project list."""
        projects = self.lists["projects"]
        self.canvas.heading(row, "三、得分最低的项目", "已核定的项目中核定得分最低的，最多10个，满分的不列")
        self.canvas.header(row + 1, ("项目名称", "主管部门", "核定得分", "评价等次"))
        row += 2
        for at, values in self.tally.worst:
            cells: list[tuple[str, str | float]] = list(zip(WORST_COLUMNS, values, strict=True))
            live = [Formula(f"={projects.layout.name}!{projects.letters(column)}{at}", shown) for column, shown in cells]
            self.canvas.line(row, live, ("text", "text", "score", "centre"))
            self.canvas.put(row, 4, live[4], font_color=GREY)
            row += 1
        return row

    def _commonest(self, row: int) -> int:
        sheet, tally = self.lists["findings"], self.tally
        self.canvas.heading(row, "四、最常见的问题", "不含被替代的报送件和已豁免的问题")
        self.canvas.header(row + 1, ("问题", "编号", "次数"))
        row += 2
        for code, count in sorted(tally.codes.items(), key=lambda each: (-each[1], each[0]))[:COMMONEST]:
            condition = f",{sheet.range('code')},$B{row + 1}"
            text = f"={self._found(condition)}-{self._found(condition, waived=True)}"
            self.canvas.line(row, (tally.titles[code], code, Formula(text, count)), ("text", "centre", "count"))
            row += 1
        if not tally.codes:
            self.canvas.put(row, 0, "没有发现问题")
            row += 1
        return row

    def _nodes(self, row: int) -> int:
        """Put the work nodes by state and both rates of completion (policy.md 5)."""
        sheet, tally = self.lists["nodes"], self.tally
        self.canvas.heading(row, "五、工作节点", "分处室和月份的情况见“节点概览”")
        labels = ("节点总数", *NodeState, "已完成", "完成率（全部节点）", "完成率（剔除经批准调整）")
        self.canvas.header(row + 1, labels)
        at, states = row + 3, sheet.range("state")
        counts = {state: sum(tally.states[key] for key in tally.states if key[1] is state) for state in NodeState}
        total, done, adjusted = sum(counts.values()), sum(tally.done.values()), counts[NodeState.ADJUSTED]
        values: list[Value] = [Formula(f"=ROWS({states})", total)]
        values += [Formula(f'=COUNTIF({states},"{state}")', counts[state]) for state in NodeState]
        values.append(Formula(f'=COUNTIF({sheet.range("done")},"是")', done))
        unadjusted = f'(H{at}-COUNTIFS({sheet.range("done")},"是",{states},"{NodeState.ADJUSTED}"))/(A{at}-E{at})'
        values += [
            Formula(f"=H{at}/A{at}", done / total),
            Formula(
                f'=IFERROR({unadjusted},"{NONE}")',
                (done - tally.done_adjusted) / (total - adjusted) if total > adjusted else NONE,
            ),
        ]
        self.canvas.line(row + 2, values, (*("count",) * 8, "rate", "rate"))
        return row + 3
