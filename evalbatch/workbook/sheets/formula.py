"""Shared formulas: the text of a dependent cell from that of its master."""

import re

from evalbatch.model.place import column_letters

# A quoted string, a quoted sheet name, a name or function that only looks like a reference, or a reference.
TOKEN = re.compile(r"""("[^"]*"|'[^']*'!?)|([A-Za-z_\\][\w.]*\()|(?<![\w.$])(\$?)([A-Z]{1,3})(\$?)([1-9]\d{0,6})(?![\w.(])""")
LAST_ROW = 1 << 20
LAST_COLUMN = 1 << 14


def shift(formula: str, rows: int, columns: int) -> str:
    """Return a formula as it reads some rows down and columns to the right of where it was written."""

    def moved(match: re.Match[str]) -> str:
        if match[4] is None:
            return match[0]
        _, _, fixed_column, letters, fixed_row, digits = match.groups()
        column = column_number(letters) + (0 if fixed_column else columns)
        row = int(digits) + (0 if fixed_row else rows)
        if not (1 <= column <= LAST_COLUMN and 1 <= row <= LAST_ROW):
            return "#REF!"
        return f"{fixed_column}{column_letters(column)}{fixed_row}{row}"

    return TOKEN.sub(moved, formula)


def column_number(letters: str) -> int:
    """Return the number of a column from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
