"""The overview of the organisations' work nodes (节点概览) by office and by month, in live formulas
over the node list.
"""

from collections.abc import Iterator, Sequence

from evalbatch.excel_writer import Workbook
from evalbatch.model.evaluation import NodeState
from evalbatch.publish.summary.canvas import Canvas, stacked_chart
from evalbatch.publish.summary.criteria import equal
from evalbatch.publish.summary.list_sheets import NODE_RATES, NONE, Formula, ListSheet, Value
from evalbatch.results.tally import Office, Tally

NAME = "节点概览"
WIDTHS = (24, 16, *(9.5,) * 18)
STATES = tuple(NodeState)
NAMES = 2  # columns of names in front: organisation and office
NO_MONTH = "无时限"
CHART_ROWS = 16
KINDS = ("text", "text", *("tally",) * (len(STATES) + 2), "rate", "rate")


def write(book: Workbook, canvas: Canvas, nodes: ListSheet, tally: Tally, heading: str) -> None:
    """Put both tables and the chart, and write the sheet."""
    canvas.put(0, 0, f"节点概览　{heading}", bold=True, font_size=14)
    canvas.height(0, 26)
    offices = tally.offices
    row = _offices(canvas, nodes, tally, offices, 2)
    _chart(book, canvas, offices, row)
    row = _months(canvas, nodes, tally, offices, row + CHART_ROWS + 2)
    canvas.flush()
    months = len({month for _, month in tally.months})
    canvas.sheet.print_area(0, 0, row, max(len(KINDS), NAMES + months + 1) - 1)


def _offices(
    canvas: Canvas, nodes: ListSheet, tally: Tally, offices: Sequence[Office], row: int
) -> int:
    canvas.heading(row, "一、按处室", "各处室按其第一项三级指标的序号排列")
    canvas.header(row + 1, ("单位", "责任处室", *STATES, "节点数", "已完成", *NODE_RATES))
    first = row = row + 2
    for office in offices:
        where = _where(nodes, office, row)
        counts = [tally.states[office, state] for state in STATES]
        cells: list[Value] = [
            Formula(f'=COUNTIFS({where},{nodes.range("state")},"{state}")', count)
            for state, count in zip(STATES, counts, strict=True)
        ]
        cells.append(Formula(f"=SUM(C{row + 1}:H{row + 1})", sum(counts)))
        cells.append(Formula(f'=COUNTIFS({where},{nodes.range("done")},"是")', tally.done[office]))
        cells += _rates(row, counts, tally.done[office])
        canvas.line(row, (*office, *cells), KINDS)
        row += 1
    canvas.line(row, ("合计", "", *_totals(tally, first + 1, row)), KINDS, total=True)
    return row + 2


def _where(nodes: ListSheet, office: Office, row: int) -> str:
    """Return the criteria of an office, whose names stand in the first two cells of the row."""
    department = f"{nodes.range('department')},{equal(office.department, f'$A{row + 1}')}"
    return f"{department},{nodes.range('office')},{equal(office.name, f'$B{row + 1}')}"


def _rates(row: int, counts: Sequence[int], done: int) -> list[Value]:
    """Return completion both ways: by all nodes, and by those without approved adjustments."""
    every, adjusted = sum(counts), counts[STATES.index(NodeState.ADJUSTED)]
    cell = f"{chr(ord('A') + NAMES + STATES.index(NodeState.ADJUSTED))}{row + 1}"
    net = Formula(
        f'=IF(I{row + 1}={cell},"{NONE}",J{row + 1}/(I{row + 1}-{cell}))',
        done / (every - adjusted) if every > adjusted else NONE,
    )
    return [Formula(f"=J{row + 1}/I{row + 1}", done / every), net]


def _totals(tally: Tally, first: int, last: int) -> Iterator[Value]:
    counts = [
        sum(count for (_, state), count in tally.states.items() if state is each) for each in STATES
    ]
    done = sum(tally.done.values())
    for letter, value in zip("CDEFGHIJ", (*counts, sum(counts), done), strict=True):
        yield Formula(f"=SUM({letter}{first}:{letter}{last})", value)
    yield from _rates(last, counts, done)


def _months(
    canvas: Canvas, nodes: ListSheet, tally: Tally, offices: Sequence[Office], row: int
) -> int:
    """Put how many nodes of each office are due in each month, and how many of the month's nodes
    are done.
    """
    months = sorted({month for _, month in tally.months})
    canvas.heading(row, "二、按时限月份", "各月到期的节点数")
    canvas.header(row + 1, ("单位", "责任处室", *(month or NO_MONTH for month in months), "合计"))
    first = row = row + 2
    kinds = ("text", "text", *("tally",) * (len(months) + 1))
    for office in offices:
        where = f"{_where(nodes, office, row)},{nodes.range('month')}"
        counts = [tally.months[office, month] for month in months]
        cells = [
            Formula(f'=COUNTIFS({where},"{month or NONE}")', count)
            for month, count in zip(months, counts, strict=True)
        ]
        canvas.line(
            row,
            (*office, *cells, Formula(f"=SUM({_span(canvas, row, months)})", sum(counts))),
            kinds,
        )
        row += 1
    sums = [sum(tally.months[office, month] for office in offices) for month in months]
    columns = range(NAMES, len(months) + NAMES + 1)
    ranges = [f"{canvas.name(first, at)}:{canvas.name(row - 1, at)}" for at in columns]
    totals = [
        Formula(f"=SUM({cells})", value)
        for cells, value in zip(ranges, (*sums, sum(sums)), strict=True)
    ]
    canvas.line(row, ("到期合计", "", *totals), kinds, total=True)
    where = f'{nodes.range("done")},"是",{nodes.range("month")}'
    done = [
        Formula(f'=COUNTIFS({where},"{month or NONE}")', tally.months_done[month])
        for month in months
    ]
    total = Formula(f"=SUM({_span(canvas, row + 1, months)})", sum(tally.months_done.values()))
    canvas.line(row + 1, ("其中已完成", "", *done, total), kinds, total=True)
    return row + 2


def _span(canvas: Canvas, row: int, months: Sequence[str]) -> str:
    return f"{canvas.name(row, NAMES)}:{canvas.name(row, NAMES + len(months) - 1)}"


def _chart(book: Workbook, canvas: Canvas, offices: Sequence[Office], row: int) -> None:
    """Put the chart; organisations are named in it where there are several."""
    name, first = canvas.sheet.get_name(), 4
    last = first + len(offices) - 1
    names = 0 if len({office.department for office in offices}) > 1 else 1
    series = [
        {
            "name": [name, first - 1, column],
            "categories": [name, first, names, last, 1],
            "values": [name, first, column, last, column],
        }
        for column in range(NAMES, NAMES + len(STATES))
    ]
    chart = stacked_chart(book, "各处室节点状态", series)
    chart.set_size({"width": 1100, "height": CHART_ROWS * 20 - 12})
    told = f"堆积柱形图：{len(offices)}个处室的工作节点按状态的个数，见上表"
    canvas.sheet.insert_chart(row, 0, chart, {"description": told})
