"""The sheet with last year's problems (上年问题整改) of a pre-filled workbook."""

from collections.abc import Iterable
from typing import Final

from xlsxwriter.workbook import Workbook

from evalbatch.blanks.cell_looks import INPUT, Palette
from evalbatch.reading.rectification import rectification_words
from evalbatch.sheets.xml import literal

WIDTHS: Final = (6, 46, 34, 46, 14)
_HEAD: Final = 2
_WRITTEN: Final = {
    "font_name": "宋体",
    "font_size": 10,
    "valign": "vcenter",
    "text_wrap": True,
    "border": 1,
}


def write_rectification(
    workbook: Workbook, palette: Palette, problems: Iterable[tuple[str, str]]
) -> None:
    """Write the sheet: each problem with what was to be done, and cells for what was done."""
    words = rectification_words()
    sheet = workbook.add_worksheet(words.sheet)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, len(WIDTHS) - 1, words.title, palette.named("title"))
    sheet.merge_range(1, 0, 1, len(WIDTHS) - 1, words.guide, palette.named("hint"))
    heads = ("序号", words.problem, words.remedy, words.answer, words.done)
    for column, head in enumerate(heads):
        sheet.write_string(_HEAD, column, head, palette.named("label"))
    told = workbook.add_format(_WRITTEN)
    asked = workbook.add_format({**_WRITTEN, "bg_color": INPUT, "locked": False})
    for number, (problem, remedy) in enumerate(problems, 1):
        row = _HEAD + number
        sheet.write_number(row, 0, number, told)
        sheet.write_string(row, 1, literal(problem), told)
        sheet.write_string(row, 2, literal(remedy), told)
        sheet.write_blank(row, 3, None, asked)
        sheet.write_blank(row, 4, None, asked)
    sheet.freeze_panes(_HEAD + 1, 0)
    sheet.repeat_rows(_HEAD)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
