"""Shared formulas: the text of a dependent cell from that of its master."""

import re

from evalbatch.model.place import column_letters

# A quoted string, a quoted sheet name, a function, a reference to a cell, to whole columns, to whole rows.
TOKEN = re.compile(
    r"""(?P<fixed>"[^"]*"|'[^']*'!?|[A-Za-z_\\][\w.]*\()
    |(?<![\w.$:])(?P<columns>\$?[A-Z]{1,3}:\$?[A-Z]{1,3})(?![\w.(!])
    |(?<![\w.$:])(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(])
    |(?<![\w.$])(?P<cell>\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6})(?![\w.(!])""",
    re.VERBOSE,
)
PART = re.compile(r"(\$?)(?:([A-Z]+)|([0-9]+))")
LAST_ROW = 1 << 20
LAST_COLUMN = 1 << 14


def shift(formula: str, rows: int, columns: int) -> str:
    """Return a formula as it reads some rows down and columns to the right of where it was written."""

    def moved(match: re.Match[str]) -> str:
        return match[0] if match["fixed"] else _moved(match[0], rows, columns)

    return TOKEN.sub(moved, formula)


def _moved(reference: str, rows: int, columns: int) -> str:
    """Return a reference moved; `#REF!` when it leaves the sheet."""
    pieces = []
    for fixed, letters, digits in PART.findall(reference):
        place, limit = (column_number(letters), LAST_COLUMN) if letters else (int(digits), LAST_ROW)
        if not fixed:
            place += columns if letters else rows
        if not 1 <= place <= limit:
            return "#REF!"
        pieces.append(fixed + (column_letters(place) if letters else str(place)))
    return (":" if ":" in reference else "").join(pieces)


def column_number(letters: str) -> int:
    """Return the number of a column from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
