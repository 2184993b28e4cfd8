"""The overview of an organisation's work nodes (节点概览) by office and by month, in live formulas over the node list."""

from collections.abc import Iterator, Sequence

from xlsxwriter import Workbook

from evalbatch.model.evaluation import NodeState
from evalbatch.publish.summary_canvas import Canvas, stacked_chart
from evalbatch.publish.summary_groups import equal
from evalbatch.publish.summary_sheet import NONE, ListSheet
from evalbatch.publish.summary_tally import Tally
from evalbatch.publish.summary_values import Formula, Value

NAME = "节点概览"
WIDTHS = (22, *(9.5,) * 18)
STATES = tuple(NodeState)
TOTAL_COLUMN = 1 + len(STATES)
NO_MONTH = "无时限"
CHART_ROWS = 16


def write(book: Workbook, canvas: Canvas, nodes: ListSheet, tally: Tally, heading: str) -> None:
    """Put both tables and the chart, and write the sheet."""
    canvas.put(0, 0, f"节点概览　{heading}", bold=True, font_size=14)
    canvas.height(0, 26)
    offices = list(dict.fromkeys(office for office, _ in tally.states))
    row = _offices(canvas, nodes, tally, offices, 2)
    _chart(book, canvas, len(offices), row)
    row = _months(canvas, nodes, tally, offices, row + CHART_ROWS + 2)
    canvas.flush()
    canvas.sheet.print_area(0, 0, row, len(WIDTHS) - 1)


def _offices(canvas: Canvas, nodes: ListSheet, tally: Tally, offices: Sequence[str], row: int) -> int:
    canvas.heading(row, "一、按处室")
    canvas.header(row + 1, ("责任处室", *STATES, "节点数", "已完成", "完成率"))
    first = row = row + 2
    kinds = ("text", *("tally",) * (len(STATES) + 2), "rate")
    for office in offices:
        where = f"{nodes.range('office')},{equal(office, f'$A{row + 1}')}"
        counts = [tally.states[office, state] for state in STATES]
        cells: list[Value] = [
            Formula(f'=COUNTIFS({where},{nodes.range("state")},"{state}")', count)
            for state, count in zip(STATES, counts, strict=True)
        ]
        cells.append(Formula(f"=SUM(B{row + 1}:G{row + 1})", sum(counts)))
        cells.append(Formula(f'=COUNTIFS({where},{nodes.range("done")},"是")', tally.done[office]))
        cells.append(Formula(f"=I{row + 1}/H{row + 1}", tally.done[office] / sum(counts)))
        canvas.line(row, (office, *cells), kinds)
        row += 1
    canvas.line(row, ("合计", *_totals(tally, first + 1, row)), kinds, total=True)
    return row + 2


def _totals(tally: Tally, first: int, last: int) -> Iterator[Value]:
    counts = [sum(count for (_, state), count in tally.states.items() if state is each) for each in STATES]
    done = sum(tally.done.values())
    for letter, value in zip("BCDEFGHI", (*counts, sum(counts), done), strict=True):
        yield Formula(f"=SUM({letter}{first}:{letter}{last})", value)
    yield Formula(f"=I{last + 1}/H{last + 1}", done / sum(counts))


def _months(canvas: Canvas, nodes: ListSheet, tally: Tally, offices: Sequence[str], row: int) -> int:
    """Put how many nodes of each office are due in each month, and how many of the month's nodes are done."""
    months = sorted({month for _, month in tally.months})
    canvas.heading(row, "二、按时限月份", "各月到期的节点数")
    canvas.header(row + 1, ("责任处室", *(month or NO_MONTH for month in months), "合计"))
    first = row = row + 2
    kinds = ("text", *("tally",) * (len(months) + 1))
    for office in offices:
        where = f"{nodes.range('office')},{equal(office, f'$A{row + 1}')},{nodes.range('month')}"
        counts = [tally.months[office, month] for month in months]
        cells = [Formula(f'=COUNTIFS({where},"{month or NONE}")', count) for month, count in zip(months, counts, strict=True)]
        end = canvas.name(row, len(months))
        canvas.line(row, (office, *cells, Formula(f"=SUM(B{row + 1}:{end})", sum(counts))), kinds)
        row += 1
    sums = [sum(tally.months[office, month] for office in offices) for month in months]
    ranges = [f"{canvas.name(first, at)}:{canvas.name(row - 1, at)}" for at in range(1, len(months) + 2)]
    totals = [Formula(f"=SUM({cells})", value) for cells, value in zip(ranges, (*sums, sum(sums)), strict=True)]
    canvas.line(row, ("到期合计", *totals), kinds, total=True)
    where = f'{nodes.range("done")},"是",{nodes.range("month")}'
    done = [Formula(f'=COUNTIFS({where},"{month or NONE}")', tally.months_done[month]) for month in months]
    end = canvas.name(row + 1, len(months))
    total = Formula(f"=SUM(B{row + 2}:{end})", sum(tally.months_done.values()))
    canvas.line(row + 1, ("其中已完成", *done, total), kinds, total=True)
    return row + 2


def _chart(book: Workbook, canvas: Canvas, offices: int, row: int) -> None:
    name, first = canvas.sheet.get_name(), 4
    series = [
        {
            "name": [name, first - 1, column],
            "categories": [name, first, 0, first + offices - 1, 0],
            "values": [name, first, column, first + offices - 1, column],
        }
        for column in range(1, len(STATES) + 1)
    ]
    chart = stacked_chart(book, "各处室节点状态", series)
    chart.set_size({"width": 1100, "height": CHART_ROWS * 20 - 12})
    canvas.sheet.insert_chart(row, 0, chart)
