"""Where a value stands: file, sheet and cell."""

from functools import cache
from typing import NamedTuple


class Place(NamedTuple):
    """A place in a submitted workbook.

    Rows and columns count from 1. A row of 0 means the sheet as a whole, an empty sheet the file as a whole.
    """

    file: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    @property
    def cell(self) -> str:
        """The cell in A1 notation, or an empty string for a whole sheet or file."""
        return f"{column_letters(self.column)}{self.row}" if self.row else ""

    @classmethod
    def named(cls, file: str, sheet: str, cell: str) -> "Place":
        """Return the place of a cell in A1 notation, or of a whole sheet or file where it is empty."""
        return cls(file, sheet, *cell_position(cell)) if cell else cls(file, sheet)

    def __str__(self) -> str:
        if not self.sheet:
            return self.file
        return f"{self.sheet}!{self.cell}" if self.row else self.sheet


@cache
def column_letters(column: int) -> str:
    """Return the letters of a column counted from 1: 1 is A, 27 is AA.

    Raises:
        ValueError: the column is below 1.
    """
    if column < 1:
        raise ValueError(f"columns count from 1, got {column}")
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@cache
def cell_position(cell: str) -> tuple[int, int]:
    """Return row and column, counted from 1, of a cell in A1 notation."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(cell[len(letters) :]), column
