"""What the sender sees in a cell: its value in its number format."""

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model import figures
from evalbatch.workbook.figures import stored
from evalbatch.workbook.grid import Cell, ErrorValue

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SKIPPED: Final = re.compile(r"\[[^\]]*\]|_.|\*.")
_LITERAL: Final = re.compile(r'"([^"]*)"|\\(.)')
_DIGITS: Final = re.compile(r"[#0?][#0?,]*(?:\.[0?#]+)?")
_MOST_DECIMALS: Final = 12


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
    number = number_of(cell)
    return cell.number or str(value) if number is None else _formatted(number, cell.format)


def number_of(cell: Cell) -> Decimal | None:
    """Return the number that a cell stores, exactly as Excel shows it to 15 digits; None when it stores none."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        return None
    return stored(cell.number or (f"{cell.value:.15g}" if isinstance(cell.value, float) else str(cell.value)))


def is_percent(cell: Cell) -> bool:
    """Whether the number format of a cell shows per cent."""
    return "%" in cell.format


@lru_cache(maxsize=8192)
def _formatted(number: Decimal, code: str) -> str:
    sections = _SKIPPED.sub("", code).split(";")
    section = sections[1] if len(sections) > 1 and number < 0 else sections[0]
    literals = [first or second for first, second in _LITERAL.findall(section)]
    pattern = _LITERAL.sub("\x00", section)
    digits = _DIGITS.search(pattern)
    if digits is None or "E" in pattern:
        return f"{number:f}" if number.adjusted() < _MOST_DECIMALS * 2 else str(number)
    figure = _figure(number.scaleb(2) if "%" in pattern else number, digits[0])
    text = pattern[: digits.start()] + figure + pattern[digits.end() :]
    for literal in literals:
        text = text.replace("\x00", literal, 1)
    return text.strip()


def _figure(number: Decimal, digits: str) -> str:
    whole, _, decimals = digits.partition(".")
    places = min(len(decimals), _MOST_DECIMALS)
    rounded = figures.rounded(number, places) if number.adjusted() < _MOST_DECIMALS else number
    text = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    optional = len(decimals) - len(decimals.rstrip("#"))
    return text if not optional or "." not in text else _without_zeros(text, optional)


def _without_zeros(text: str, most: int) -> str:
    while most and text.endswith("0"):
        text, most = text[:-1], most - 1
    return text.rstrip(".")
