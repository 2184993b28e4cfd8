"""Forms as they are printed: rows of cells that reach across and down, like a table on paper."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


class Wide(NamedTuple):
    """A cell that reaches across columns and down rows."""

    value: object
    across: int = 1
    down: int = 1


def printed(*sheets: tuple[str, Iterable[Sequence[object]]]) -> bytes:
    """Make a workbook of printed sheets; a cell is a value, None (blank) or a Wide one."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        _print(book.create_sheet(name), rows)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _print(sheet: Worksheet, rows: Iterable[Sequence[object]]) -> None:
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows, start=1):
        column = 1
        for cell in row:
            wide = cell if isinstance(cell, Wide) else Wide(cell)
            while (number, column) in taken:
                column += 1
            _put(sheet, number, column, wide)
            taken |= {
                (number + down, column + across)
                for down in range(wide.down)
                for across in range(wide.across)
            }
            column += wide.across


def _put(sheet: Worksheet, row: int, column: int, cell: Wide) -> None:
    if cell.value is not None:
        written = sheet.cell(row, column, cell.value)
        if isinstance(cell.value, str):
            written.data_type = "s"  # =30公里 is no formula
    if cell.across > 1 or cell.down > 1:
        sheet.merge_cells(
            start_row=row,
            start_column=column,
            end_row=row + cell.down - 1,
            end_column=column + cell.across - 1,
        )
