"""Where a value stands: file, sheet and cell."""

import re
from functools import cache
from typing import Final, NamedTuple

#: Files that a place names in the words of a Word document: by rows and columns of its tables.
DOCUMENTS: Final = (".docx", ".docm", ".dotx", ".dotm", ".doc", ".wps", ".wpt")
#: The first row of what stands under the last table of a document; what stands above a table has
#: rows below 1.
BELOW: Final = 10_000
_IN_DOCUMENT: Final = re.compile(
    "(?:(?P<side>[上下])方)?第(?P<row>[0-9]+)行(?:第(?P<column>[0-9]+)列)?"
)


class Place(NamedTuple):
    """A place in a submitted workbook.

    Rows and columns count from 1. A row of 0 means the sheet as a whole, an empty sheet the file as
    a whole. In a Word document the sheet is one of its tables (表1), a row below 0 the text above
    it, one from BELOW on the text under it.
    """

    file: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    @property
    def cell(self) -> str:
        """The cell in A1 notation, in a document as 第5行第3列; an empty string for a whole sheet
        or file.
        """
        if not self.row:
            return ""
        if not self.in_document:
            return f"{column_letters(self.column)}{self.row}"
        if 0 < self.row < BELOW:
            return f"第{self.row}行第{self.column}列"
        return f"上方第{-self.row}行" if self.row < 0 else f"下方第{self.row - BELOW + 1}行"

    @property
    def line(self) -> tuple[str, int]:
        """The row that the cell stands in, of its sheet."""
        return self.sheet, self.row

    @property
    def in_document(self) -> bool:
        """Whether the file is a Word document."""
        return self.file.partition("#")[0].lower().endswith(DOCUMENTS)

    @classmethod
    def named(cls, file: str, sheet: str, cell: str) -> "Place":
        """Return the place of a cell as `cell` writes it, or of a whole sheet or file where it is
        empty.
        """
        return cls(file, sheet, *cell_position(cell)) if cell else cls(file, sheet)

    def __str__(self) -> str:
        if not self.sheet:
            return self.file
        return (
            f"{self.sheet}{' ' if self.in_document else '!'}{self.cell}" if self.row else self.sheet
        )


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
    """Return row and column, counted from 1, of a cell as `Place.cell` writes it."""
    match = _IN_DOCUMENT.fullmatch(cell)
    if match:
        row = int(match["row"])
        return {"上": -row, "下": row + BELOW - 1}.get(match["side"], row), int(
            match["column"] or 1
        )
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(cell[len(letters) :]), column
