"""The review sheet as a workbook of its own, for files whose format cannot be annotated."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from evalbatch.model.finding import Finding
from evalbatch.workbook.annotation.listing import BOXES, GUIDE_APART, HEADERS, WIDTHS, height, lines, summary
from evalbatch.workbook.annotation.palette import FILLS, WAIVED
from evalbatch.workbook.review import HEAD_ROW, TITLE
from evalbatch.workbook.sheets.text import literal, visible

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date, so that the same findings give the same bytes
TEXTS_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def separate_review(name: str, findings: Sequence[Finding]) -> bytes:
    """Return a workbook with the review sheet alone."""
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, TEXTS_ONLY)
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet(TITLE)
    font = {"font_name": "宋体", "font_size": 10, "valign": "top"}
    cell = {**font, "border": 1, "text_wrap": True}
    plain, middle = book.add_format(cell), book.add_format({**cell, "align": "center"})
    colours = {severity.value: fill for severity, fill in FILLS.items()} | {"waived": WAIVED}
    levels = {
        level: book.add_format({**cell, "bold": True, "align": "center", "bg_color": f"#{colour[2:]}"})
        for level, colour in colours.items()
    }
    sheet.write_string(0, 0, TITLE, book.add_format({"font_name": "宋体", "font_size": 16, "bold": True}))
    sheet.write_string(1, 0, visible(f"文件：{name}　{summary(findings)}"), book.add_format(font))
    sheet.write_string(2, 0, GUIDE_APART, book.add_format(font))
    head = book.add_format({**cell, "bold": True, "align": "center", "font_color": "#FFFFFF", "bg_color": "#44546B"})
    for column, (text, width) in enumerate(zip(HEADERS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(HEAD_ROW - 1, column, text, head)
    listing = lines(findings)
    for row, line in enumerate(listing, HEAD_ROW):
        sheet.set_row(row, height(line))
        styles = [middle, levels[line.style], *[plain] * (len(HEADERS) - 3), middle]
        for column, (text, style) in enumerate(zip(line.texts, styles, strict=True)):
            sheet.write_string(row, column, literal(visible(text)), style)
    if listing:
        last = HEAD_ROW + len(listing) - 1
        sheet.data_validation(HEAD_ROW, len(HEADERS) - 1, last, len(HEADERS) - 1, {"validate": "list", "source": list(BOXES)})
        sheet.autofilter(HEAD_ROW - 1, 0, last, len(HEADERS) - 1)
    sheet.freeze_panes(HEAD_ROW, 0)
    sheet.repeat_rows(HEAD_ROW - 1)
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
    return output.getvalue()
