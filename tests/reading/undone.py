"""What offices do to printed forms: merges undone, a column put in, sheets of several books in
one.
"""

from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reading.typed import saved


def unmerged(data: bytes) -> bytes:
    """Undo every merge: the text stays in the upper left cell."""
    book = load_workbook(BytesIO(data))
    for sheet in book:
        for merge in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merge))
    return saved(book)


def with_column(data: bytes, at: int) -> bytes:
    """Put an empty column in; merges around it grow."""
    book = load_workbook(BytesIO(data))
    for sheet in book:
        merges = [merge.bounds for merge in sheet.merged_cells.ranges]
        for merge in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merge))
        sheet.insert_cols(at)
        for left, top, right, bottom in merges:
            sheet.merge_cells(
                start_row=top,
                end_row=bottom,
                start_column=left + (left >= at),
                end_column=right + (right >= at),
            )
    return saved(book)


def with_row(data: bytes, at: int) -> bytes:
    """Put an empty row in; merges around it grow."""
    book = load_workbook(BytesIO(data))
    for sheet in book:
        merges = [merge.bounds for merge in sheet.merged_cells.ranges]
        for merge in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merge))
        sheet.insert_rows(at)
        for left, top, right, bottom in merges:
            sheet.merge_cells(
                start_row=top + (top >= at),
                end_row=bottom + (bottom >= at),
                start_column=left,
                end_column=right,
            )
    return saved(book)


def copied(*sheets: tuple[str, bytes]) -> Workbook:
    """Put the first sheets of several books into one."""
    book = Workbook()
    book.remove(book.active)
    for name, data in sheets:
        _copy(load_workbook(BytesIO(data)).worksheets[0], book.create_sheet(name))
    return book


def _copy(source: Worksheet, target: Worksheet) -> None:
    for row in source.iter_rows():
        for cell in row:
            if cell.value is not None:
                target.cell(cell.row, cell.column, cell.value)
    for merge in source.merged_cells.ranges:
        target.merge_cells(str(merge))
