"""XlsxWriter's workbook, packed alike on every system."""

from datetime import datetime

import xlsxwriter.workbook

from evalbatch.same_bytes import SameBytes

xlsxwriter.workbook.ZipFile = SameBytes  # what the library packs its workbooks with
Workbook = xlsxwriter.workbook.Workbook

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - the format stores naive times
"""When every workbook says that it was made: the same content is the same bytes."""
FONT = "微软雅黑"
PAGES = "&C第 &P 页，共 &N 页"
"""The footer of every printed sheet."""
CHOOSE = "请从下拉列表中选择。"
"""What a cell with a list says of anything else."""

__all__ = ["CHOOSE", "CREATED", "FONT", "PAGES", "Workbook"]
