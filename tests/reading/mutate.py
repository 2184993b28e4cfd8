"""What people do to workbooks: rows and columns inserted, swapped, doubled; labels deleted and
renamed; cells spoilt.
"""

from collections.abc import Callable
from dataclasses import replace

from evalbatch.sheets.book import Book, Cell, Merge, Sheet

Spot = tuple[int, int]


def with_sheet(book: Book, name: str, change: Callable[[Sheet], Sheet]) -> Book:
    """Return a copy of a workbook with one sheet changed."""
    return replace(
        book, sheets=[change(sheet) if sheet.name == name else sheet for sheet in book.sheets]
    )


def with_cell(book: Book, name: str, spot: Spot, cell: Cell | None) -> Book:
    """Return a copy with one cell replaced, or taken out."""

    def change(sheet: Sheet) -> Sheet:
        cells = {place: other for place, other in sheet.cells.items() if place != spot}
        return replace(sheet, cells=cells if cell is None else cells | {spot: cell})

    return with_sheet(book, name, change)


def with_row_at(book: Book, name: str, at: int) -> Book:
    """Return a copy with an empty row inserted, as Excel does it: merges around it grow."""
    return with_sheet(
        book,
        name,
        lambda sheet: _moved(sheet, lambda row: row + (row >= at), lambda column: column),
    )


def with_column_at(book: Book, name: str, at: int) -> Book:
    """Return a copy with an empty column inserted."""
    return with_sheet(
        book,
        name,
        lambda sheet: _moved(sheet, lambda row: row, lambda column: column + (column >= at)),
    )


def with_columns_swapped(book: Book, name: str, first: int, second: int, rows: range) -> Book:
    """Return a copy with two columns of a table in each other's place."""
    other = {first: second, second: first}

    def change(sheet: Sheet) -> Sheet:
        moved = {
            (row, other.get(column, column) if row in rows else column): cell
            for (row, column), cell in sheet.cells.items()
        }
        return replace(sheet, cells=moved)

    return with_sheet(book, name, change)


def with_row_doubled(book: Book, name: str, at: int) -> Book:
    """Return a copy with a row inserted that says the same as the one above it."""

    def change(sheet: Sheet) -> Sheet:
        moved = _moved(sheet, lambda row: row + (row > at), lambda column: column)
        doubled = {
            (at + 1, column): cell for (row, column), cell in moved.cells.items() if row == at
        }
        return replace(moved, cells=moved.cells | doubled)

    return with_sheet(book, name, change)


def find(book: Book, name: str, text: str) -> Spot:
    """Return where a text stands on a sheet."""
    sheet = next(sheet for sheet in book.sheets if sheet.name == name)
    return next(spot for spot, cell in sorted(sheet.cells.items()) if cell.value == text)


def _moved(sheet: Sheet, row: Callable[[int], int], column: Callable[[int], int]) -> Sheet:
    cells = {(row(r), column(c)): cell for (r, c), cell in sheet.cells.items()}
    merges = [
        Merge(row(m.top), column(m.left), row(m.bottom), column(m.right)) for m in sheet.merges
    ]
    return replace(sheet, cells=cells, merges=merges)
