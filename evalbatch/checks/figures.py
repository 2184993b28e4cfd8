"""How figures are written in messages, and when two printed figures are the same."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from evalbatch.model.submission import Entry
from evalbatch.model.value import Kind

_DECIMALS: Final = 2
_TENS: Final = {"十": 10, "百": 100}
_DIGITS: Final = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PERCENT: Final = re.compile(r"(?<![\d.])(-?\d{1,9}(?:\.(\d{1,6}))?)\s*[%％]")


def plain(number: Decimal) -> str:
    """Write a number without needless zeros and exponents: 3, 6.45, 1964.32; at most four decimals."""
    rounded = number.quantize(Decimal("0.0001"), ROUND_HALF_UP).normalize()
    return f"{rounded:f}"


def money(number: Decimal) -> str:
    """Write an amount in 万元 with two decimals, more only where the sender gave more."""
    cents = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents:f}" if abs(cents - number) < Decimal("0.0001") else plain(number)


def percent(fraction: Decimal, decimals: int = 2) -> str:
    """Write a fraction as a percentage, half up: 0.5556 is 55.56%."""
    return f"{rounded(fraction * 100, decimals):f}%"


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Round half up."""
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def day(when: date) -> str:
    """Write a date as official documents do: 2021年7月22日."""
    return f"{when.year}年{when.month}月{when.day}日"


def printed_percent(text: str) -> tuple[Decimal, int] | None:
    """Read a percentage as printed: the figure in per cent and its decimals, None when the text holds none or several."""
    matches = _PERCENT.findall(text)
    return (Decimal(matches[0][0]), len(matches[0][1])) if len(matches) == 1 else None


def stated_percent(entry: Entry) -> tuple[Decimal, int] | None:
    """Read a rate as its sender gave it: the figure in per cent and its decimals.

    Zeros that only the cell's number format adds are no decimals: 0.96 shown as 96.00% states 96 %.
    """
    printed = printed_percent(entry.text)
    if entry.number is None:
        return printed
    exact = (entry.number * 100).normalize().as_tuple().exponent
    decimals = min(max(0, -int(exact)), printed[1] if printed else _DECIMALS)
    return rounded(entry.number * 100, decimals), decimals


def bare_percent(entry: Entry) -> tuple[Decimal, int] | None:
    """Return the bare percentage that a target or actual states, None when it states something else."""
    quantity = entry.quantity
    return printed_percent(quantity.text) if quantity and quantity.kind is Kind.PERCENT else None


def agrees(stated: Decimal, decimals: int, true: Decimal) -> bool:
    """Whether a percentage printed with so many decimals is the true fraction rounded half up."""
    return stated == rounded(true * 100, decimals)


def chinese_number(text: str) -> int | None:
    """Read a count below a thousand in digits or Chinese numerals: 14, 十四, 二十, 一百零五; None when it is none."""
    if text.isdigit():
        return int(text)
    if not text or any(character not in _TENS and character not in _DIGITS for character in text):
        return None
    total = digit = 0
    for character in text:
        if character in _TENS:
            total, digit = total + (digit or 1) * _TENS[character], 0
        else:
            digit = _DIGITS[character]
    return total + digit
