"""XlsxWriter's workbook, packed alike on every system."""

from datetime import datetime

import xlsxwriter.workbook

from evalbatch.same_bytes import SameBytes

xlsxwriter.workbook.ZipFile = SameBytes  # what the library packs its workbooks with
Workbook = xlsxwriter.workbook.Workbook

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - the format stores naive times
"""When every workbook says that it was made: the same content is the same bytes."""
TEXTS_ONLY = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Options by which a text is written as it stands, whatever it looks like."""
MOST_CHARACTERS = 32_000
"""Characters of a cell's text that are written: Excel holds 32,767."""
FONT = "微软雅黑"
PAGES = "&C第 &P 页，共 &N 页"
"""The footer of every printed sheet."""
CHOOSE = "请从下拉列表中选择。"
"""What a cell with a list says of anything else."""

__all__ = ["CHOOSE", "CREATED", "FONT", "MOST_CHARACTERS", "PAGES", "TEXTS_ONLY", "Workbook"]
