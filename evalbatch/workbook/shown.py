"""What the sender sees in a cell: its value in its number format."""

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model import figures
from evalbatch.workbook.figures import stored
from evalbatch.workbook.grid import Cell, ErrorValue
from evalbatch.workbook.number_sections import section_for

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDEST: Final = 24  # digits before a number is written with an exponent


def shown(cell: Cell) -> str:
    """Return the text of a cell as its sender sees it, without control characters and spaces at its ends."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value if isinstance(value, ErrorValue) else _CONTROL.sub("", value).strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return figures.day(value)
    number = stored_number(cell)
    return cell.number or str(value) if number is None else _formatted(number, cell.format)


def number_of(cell: Cell) -> Decimal | None:
    """Return the number that a cell shows, unrounded; None when it holds none.

    A format that only scales what is stored counts: 3000000 in the format `0!.0000` is seen, and meant, as 300.
    """
    number = stored_number(cell)
    if number is None or cell.format == "General":
        return number
    scale = section_for(cell.format, number).scale
    return number.scaleb(-scale) if scale else number


def stored_number(cell: Cell) -> Decimal | None:
    """Return the number that a cell stores, exactly as Excel shows it to 15 digits; None when it stores none."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        return None
    return stored(cell.number or (f"{cell.value:.15g}" if isinstance(cell.value, float) else str(cell.value)))


def is_percent(cell: Cell) -> bool:
    """Whether the number format of a cell multiplies by 100 and shows per cent; a literal `"%"` does not."""
    return "%" in cell.format and section_for(cell.format, Decimal(1)).percent


@lru_cache(maxsize=8192)
def _formatted(number: Decimal, code: str) -> str:
    section = section_for(code, number)
    if not section.plain and (number or section.zeros):
        return section.render(number)
    figure = f"{number:f}" if number.adjusted() < _WIDEST else str(number)
    return section.around(figure)
