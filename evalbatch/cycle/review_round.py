"""The workbook of a round (复核 第N轮.xlsx): what needs a person, with white cells for the answer.

It is written once. Afterwards it belongs to the people who fill it in. The lines stand in the order
of tickets, not of names, so that nobody's work is always judged first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Final

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evalbatch.cycle.registers import specification
from evalbatch.cycle.reviews import ANSWERS, REGISTRY_SHEET, Asked, asked_codec
from evalbatch.excel_writer import CREATED, FONT, MOST_CHARACTERS, PAGES, TEXTS_ONLY, Workbook
from evalbatch.standards.form import ColumnSpec

NAME: Final = "第{number}轮.xlsx"
NAMED: Final = re.compile(r"第(\d+)轮")
HEADER_ROW: Final = 2
FIRST_ROW: Final = HEADER_ROW + 1
GUIDE: Final = (
    "白色单元格由复核人填写：复核得分、复核人、复核日期、理由（与核算不同的必填）；"
    "同意以往意见的在“处理”写“维持”，收回自己写过的写“撤回”。空着的行不作改动。"
    "可以加列、着色、另存、分给几个人各填一份，放回“复核”文件夹即可；请不要改编号。"
    "程序不会再改动本文件。"
)
_FONT: Final = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
_OURS: Final = {**_FONT, "bg_color": "#F2F2F2", "border": 1, "border_color": "#BFBFBF"}
_THEIRS: Final = {**_FONT, "bg_color": "#FFFFFF", "border": 1, "text_wrap": True}
_WRAPPED: Final = frozenset({"asked", "rule", "earlier", "target", "actual", "level3", "project"})


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A line of a round: the question, and what the reader is shown beside it.

    `link` leads to the cell (as XlsxWriter takes it), empty where the file is in an archive;
    `where` says in words where the row stands.
    """

    asked: Asked
    ticket: str
    department: str
    target: str
    actual: str
    computed: Decimal | None
    why: str
    rule: str
    earlier: str = ""
    link: str = ""
    where: str = ""


def row_number(number: int, line: int) -> str:
    """Return the number of a line of a round; Excel takes it neither for a date nor for a
    figure.
    """
    return f"R{number}-{line:03d}"


def build(number: int, title: str, lines: Sequence[RoundLine]) -> bytes:
    """Return the bytes of a round's workbook; `title` names the cycle."""
    columns = specification("round").columns
    stream = BytesIO()
    with Workbook(stream, {"in_memory": True, **TEXTS_ONLY}) as book:
        book.set_properties({"title": f"{title} 第{number}轮复核", "created": CREATED})
        sheet = book.add_worksheet("复核清单")
        _head(book, sheet, f"{title}　复核清单（第{number}轮，共 {len(lines)} 条）", columns)
        formats = _formats(book)
        for row, line in enumerate(lines, start=FIRST_ROW):
            _write(sheet, row, line, columns, formats)
        _checks(sheet, columns, lines)
        _page(sheet, columns, FIRST_ROW + len(lines))
        _registry(book, lines)
    return stream.getvalue()


def _head(book: Workbook, sheet: Worksheet, title: str, columns: Sequence[ColumnSpec]) -> None:
    last = len(columns) - 1
    big = book.add_format({**_FONT, "font_size": 15, "bold": True})
    small = book.add_format({**_FONT, "font_size": 9, "font_color": "#595959", "text_wrap": True})
    sheet.merge_range(0, 0, 0, last, title, big)
    sheet.merge_range(1, 0, 1, last, GUIDE, small)
    sheet.set_row(0, 28)
    sheet.set_row(1, 30)
    sheet.set_row(HEADER_ROW, 28)
    head = {**_FONT, "bold": True, "border": 1, "align": "center", "text_wrap": True}
    ours = book.add_format({**head, "bg_color": "#D9D9D9"})
    theirs = book.add_format({**head, "bg_color": "#FFE699"})
    for at, column in enumerate(columns):
        sheet.write_string(HEADER_ROW, at, column.label, theirs if _theirs(column) else ours)
        sheet.set_column(at, at, column.width)


def _theirs(column: ColumnSpec) -> bool:
    return column.id in ANSWERS


def _formats(book: Workbook) -> Mapping[str, Format]:
    date_format = {"num_format": "yyyy-mm-dd", "align": "center"}
    return {
        "plain": book.add_format(_OURS),
        "wrapped": book.add_format({**_OURS, "text_wrap": True}),
        "figure": book.add_format({**_OURS, "num_format": "0.00", "align": "center"}),
        "grey": book.add_format({**_OURS, "font_color": "#808080", "text_wrap": True}),
        "link": book.add_format({**_OURS, "font_color": "#0563C1", "underline": 1}),
        "theirs": book.add_format(_THEIRS),
        "score": book.add_format({**_THEIRS, "num_format": "0.00", "align": "center"}),
        "on": book.add_format({**_THEIRS, **date_format}),
    }


def _write(
    sheet: Worksheet,
    row: int,
    line: RoundLine,
    columns: Sequence[ColumnSpec],
    formats: Mapping[str, Format],
) -> None:
    values = _values(line)
    for at, column in enumerate(columns):
        if _theirs(column):
            sheet.write_blank(row, at, None, formats.get(column.id, formats["theirs"]))
        elif column.id == "link" and line.link:
            sheet.write_url(row, at, line.link, formats["link"], line.where)
        else:
            _write_ours(sheet, row, at, values[column.id], formats[_look(column)])


def _write_ours(
    sheet: Worksheet, row: int, at: int, value: str | Decimal | None, look: Format
) -> None:
    if value is None or value == "":
        sheet.write_blank(row, at, None, look)
    elif isinstance(value, Decimal):
        sheet.write_number(row, at, float(value), look)
    else:
        sheet.write_string(row, at, value[:MOST_CHARACTERS], look)


def _look(column: ColumnSpec) -> str:
    if column.id == "earlier":
        return "grey"
    if column.id in {"weight", "claimed", "computed"}:
        return "figure"
    return "wrapped" if column.id in _WRAPPED else "plain"


def _values(line: RoundLine) -> Mapping[str, str | Decimal | None]:
    asked = line.asked
    level1, level2, level3 = asked.indicator
    return {
        "number": asked.number,
        "ticket": line.ticket,
        "department": line.department,
        "project": asked.project,
        "level1": level1,
        "level2": level2,
        "level3": level3,
        "target": line.target,
        "actual": line.actual,
        "weight": asked.weight,
        "claimed": asked.claimed,
        "computed": line.computed,
        "asked": line.why,
        "rule": line.rule,
        "earlier": line.earlier,
        "link": line.where,
    }


def _checks(sheet: Worksheet, columns: Sequence[ColumnSpec], lines: Sequence[RoundLine]) -> None:
    at = {column.id: place for place, column in enumerate(columns)}
    for row, line in enumerate(lines, start=FIRST_ROW):
        if line.asked.weight is not None:
            rule = {
                "validate": "decimal",
                "criteria": "between",
                "minimum": 0,
                "maximum": float(line.asked.weight),
                "error_title": "复核得分",
                "error_message": f"请填写 0 到 {line.asked.weight} 之间的数字。",
            }
            sheet.data_validation(row, at["score"], row, at["score"], rule)
    if lines:
        last = FIRST_ROW + len(lines) - 1
        words = {"validate": "list", "source": ["维持", "撤回"], "ignore_blank": True}
        sheet.data_validation(FIRST_ROW, at["verdict"], last, at["verdict"], words)


def _page(sheet: Worksheet, columns: Sequence[ColumnSpec], end: int) -> None:
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.autofilter(HEADER_ROW, 0, max(end - 1, HEADER_ROW), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_footer(PAGES)


def _registry(book: Workbook, lines: Sequence[RoundLine]) -> None:
    """Put what every line was asked about on a very hidden sheet, where copies take it along."""
    sheet = book.add_worksheet(REGISTRY_SHEET)
    sheet.very_hidden()
    for row, line in enumerate(lines):
        question = asked_codec().dump_json(line.asked).decode()
        if len(question) <= MOST_CHARACTERS:  # the ledger knows every line as well
            sheet.write_string(row, 0, question)
