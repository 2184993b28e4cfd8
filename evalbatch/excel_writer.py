"""XlsxWriter's workbook, packed alike on every system."""

import xlsxwriter.workbook

from evalbatch.same_bytes import SameBytes

xlsxwriter.workbook.ZipFile = SameBytes  # what the library packs its workbooks with
Workbook = xlsxwriter.workbook.Workbook

__all__ = ["Workbook"]
