"""The summary workbook 汇总表.xlsx: overview, lists, and live formulas that carry the values they
have.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import partial
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from evalbatch.excel_writer import CREATED, FONT, TEXTS_ONLY, Workbook
from evalbatch.model.record import Cycle
from evalbatch.output_files import staged
from evalbatch.publish.summary import node_overview
from evalbatch.publish.summary.canvas import Canvas
from evalbatch.publish.summary.list_sheets import (
    ListSheet,
    RowSheet,
    SummaryFormats,
    footer,
    layouts,
    page,
    paper,
)
from evalbatch.publish.summary.lists import Lists
from evalbatch.publish.summary.overview import WIDTHS, Overview, chart_deviations
from evalbatch.results.submissions import RecordPage, Unkept, WrittenPages
from evalbatch.results.tally import View

OVERVIEW = "总览"
BEFORE_NODES = (
    "departments",
    "projects",
    "indicators",
    "funding",
    "findings",
    "review",
    "reviews",
    "expected",
    "changes",
    "nodes",
)
AFTER_NODES = ("deliveries", "deviations", "follow_up", "monitored")
OPTIONS = {
    "constant_memory": True,
    **TEXTS_ONLY,
    "nan_inf_to_errors": False,
    "default_format_properties": {"font_name": FONT, "font_size": 10},  # columns count its digits
}


def write(
    path: Path,
    cycle: Cycle,
    pages: Iterable[RecordPage] | None = None,
    kept: WrittenPages | None = None,
    viewed: Callable[[], View] | None = None,
) -> View:
    """Write the summary workbook of a cycle in one pass over its records, and return what was
    counted of them.

    Args:
        path: where it is to stand.
        cycle: the cycle.
        pages: its records by pages, where they are known by pages.
        kept: what was written of the pages the last time.
        viewed: counts the records; asked only when the lists that need no counting are written.

    Raises:
        OutputError: in Chinese, when the file system refuses; the workbook that stood there is
            untouched.
    """
    with staged(path) as part:
        try:
            records, viewed = cycle.records, viewed or partial(View.of, cycle)
            whole = RecordPage("", (), lambda: records, lambda _table: ())
            pages = [whole] if pages is None else pages
            return _write(part, cycle, pages, kept or Unkept(), viewed)
        except FileCreateError as error:
            raise error.args[0] from error  # the OSError that the library wraps


def _write(
    part: Path,
    cycle: Cycle,
    pages: Iterable[RecordPage],
    kept: WrittenPages,
    viewed: Callable[[], View],
) -> View:
    heading = f"{cycle.name}　截至{cycle.as_of.isoformat()}"
    with _book(part, cycle) as book:
        styles = SummaryFormats(book)
        words = footer([cycle.name, *cycle.policy_names])
        overview = Canvas(book.add_worksheet(OVERVIEW, worksheet_class=RowSheet), styles, WIDTHS)
        sheets = {name: _sheet(book, styles, name, heading, cycle) for name in BEFORE_NODES}
        organisation = Canvas(
            book.add_worksheet(node_overview.NAME, worksheet_class=RowSheet),
            styles,
            node_overview.WIDTHS,
        )
        sheets |= {name: _sheet(book, styles, name, heading, cycle) for name in AFTER_NODES}
        lists = _filled(sheets, cycle, pages, kept)
        view = viewed()
        lists.close(view.tally)
        Overview(book, overview, sheets, view.tally, cycle).write()
        chart_deviations(book, sheets["deviations"], len(cycle.deviations))
        if view.tally.states:
            node_overview.write(book, organisation, sheets["nodes"], view.tally, heading)
        else:
            organisation.sheet.hide()
        for canvas, widths in ((overview, WIDTHS), (organisation, node_overview.WIDTHS)):
            page(canvas.sheet, words, paper=paper(widths))
        overview.sheet.activate()
    return view


def _sheet(
    book: Workbook, styles: SummaryFormats, name: str, heading: str, cycle: Cycle
) -> ListSheet:
    layout = layouts()[name].spread("grades", cycle.grades)
    return ListSheet(book, styles, layout, heading, footer([cycle.name, *cycle.policy_names]))


def _filled(
    sheets: dict[str, ListSheet], cycle: Cycle, pages: Iterable[RecordPage], kept: WrittenPages
) -> Lists:
    lists = Lists(sheets, cycle)
    lists.add_findings(cycle.findings)
    for each in pages:
        lists.add_page(each, kept)
    lists.add_expected(cycle.expected, cycle)
    lists.add_deliveries(cycle.deliveries)
    lists.add_reviews(cycle)
    lists.add_changes(cycle.changes)
    lists.add_deviations(cycle.deviations)
    lists.add_follow_up(cycle.follow_up)
    lists.add_monitored(cycle.monitored)
    lists.add_ranked()
    return lists


def _book(part: Path, cycle: Cycle) -> Workbook:
    book = Workbook(str(part), deepcopy(OPTIONS))  # the library writes into what it is given
    book.set_properties(
        {"title": f"{cycle.name} 汇总表", "author": cycle.organiser, "created": CREATED}
    )
    return book
