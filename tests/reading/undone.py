"""What offices do to printed forms: merges undone, a column put in, sheets of several books in
one.
"""

from collections.abc import Callable
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reading.typed import saved

BEYOND = 1 << 21  # behind every row and column that a sheet can have


def unmerged(data: bytes) -> bytes:
    """Undo every merge: the text stays in the upper left cell."""
    book = load_workbook(BytesIO(data))
    for sheet in book:
        for merge in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merge))
    return saved(book)


def with_column(data: bytes, at: int) -> bytes:
    """Put an empty column in; merges around it grow."""
    return _with_line(data, Worksheet.insert_cols, column=at)


def with_row(data: bytes, at: int) -> bytes:
    """Put an empty row in; merges around it grow."""
    return _with_line(data, Worksheet.insert_rows, row=at)


def _with_line(
    data: bytes,
    insert: Callable[[Worksheet, int], None],
    *,
    row: int = BEYOND,
    column: int = BEYOND,
) -> bytes:
    book = load_workbook(BytesIO(data))
    for sheet in book:
        merges = [merge.bounds for merge in sheet.merged_cells.ranges]
        for merge in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merge))
        insert(sheet, min(row, column))
        for left, top, right, bottom in merges:
            sheet.merge_cells(
                start_row=top + (top >= row),
                end_row=bottom + (bottom >= row),
                start_column=left + (left >= column),
                end_column=right + (right >= column),
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
