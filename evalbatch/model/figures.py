"""Figures: the one way to round, compare and write numbers, scores, money, rates and dates.

Everything is decimal and rounds half up. No figure is too large: what a sender typed by mistake
(1E+300) is rounded and written like any other, so that a finding can name it.
"""

import re
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model.plain_figures import DIGITS, NUMERALS

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

#: More digits than the reader lets a number have (three digits of exponent), so that nothing is too
#: large to round.
_WIDE: Final = Context(prec=1100, rounding=ROUND_HALF_UP)
_CUT: Final = Context(prec=1100, rounding=ROUND_DOWN)
_FEN: Final = 6  # decimals of an amount in 万元 down to a fen
_YUAN: Final = 4  # and down to a yuan
_TO_A_YUAN_BELOW: Final = 1000  # 万元; longer figures would break in the columns of a table
_MOST_GIVEN: Final = 4
_LONGEST: Final = (
    40  # digits before the point that anybody would read; beyond, the exponent is written
)

_PERCENT: Final = re.compile(r"(?<![\d.])(-?\d{1,9}(?:\.(\d{1,6}))?)\s*[%％]")
_TENS: Final = {"十": 10, "百": 100}
_GREATEST_NUMERAL: Final = 99


def rounded(number: Decimal, decimals: int = 2) -> Decimal:
    """Round half up (away from zero, as Excel's ROUND)."""
    return number.quantize(_step(decimals), None, _WIDE)


def cut_off(number: Decimal, decimals: int = 2) -> Decimal:
    """Drop further decimals, as those do who do not round."""
    return number.quantize(_step(decimals), None, _CUT)


@lru_cache(maxsize=64)
def _step(decimals: int) -> Decimal:
    return ONE.scaleb(-decimals)


def is_rounding(stated: Decimal, true: Decimal) -> bool:
    """Whether a figure is the true one rounded half up to the decimals that it is written with; to
    a whole number only if that gives no more.
    """
    whole = stated == stated.to_integral_value()
    step = ONE if whole else stated.normalize()
    return stated == true.quantize(step, None, _WIDE) and (stated <= true or not whole)


def clamp(number: Decimal, high: Decimal) -> Decimal:
    """Return the nearest number within [0, high]."""
    return max(ZERO, min(number, high))


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return part ÷ whole as a fraction, None when either is unknown or the whole is zero."""
    return part / whole if part is not None and whole else None


def agrees(stated: Decimal, decimals: int, true: Decimal) -> bool:
    """Whether a percentage printed with so many decimals is the true fraction rounded half up."""
    return stated == rounded(true * 100, decimals)


def plain(number: Decimal, decimals: int = 2) -> str:
    """Write a number with at most so many decimals and without needless zeros: 10.00 is 10, 6.450
    is 6.45.
    """
    return _trimmed(_written(rounded(number, decimals)))


def given(number: Decimal) -> str:
    """Write a number as its sender gave it: at most four decimals, without needless zeros: 3, 6.45,
    0.0035.
    """
    return plain(number, _MOST_GIVEN)


def in_full(number: Decimal) -> str:
    """Write a number with all its decimals but needless zeros, as CSV files hold it."""
    return _trimmed(_written(number))


def fixed(number: Decimal, decimals: int = 2) -> str:
    """Write a number, such as a score, with exactly so many decimals: 6.5 is 6.50."""
    return _written(rounded(number, decimals))


def percent(fraction: Decimal, decimals: int = 2) -> str:
    """Write a fraction as a percentage with exactly so many decimals: 0.5556 is 55.56%."""
    return f"{fixed(fraction * 100, decimals)}%"


def percent_beside(fraction: Decimal, limit: Decimal, decimals: int = 2) -> str:
    """Write a fraction as a percentage with at least so many decimals, and as many as it takes to
    see on which side of a limit it is: 89.995% below 90 %.
    """
    apart = (
        shown
        for shown in range(decimals, _FEN + 1)
        if (rounded(fraction, shown + 2) < limit, rounded(fraction, shown + 2) > limit)
        == (fraction < limit, fraction > limit)
    )
    return percent(fraction, next(apart, decimals))


def short_percent(fraction: Decimal) -> str:
    """Write a fraction as a percentage without needless zeros: 0.60 is 60%."""
    return f"{plain(fraction * 100)}%"


def money(amount: Decimal) -> str:
    """Write an amount in 万元 with two decimals, and further ones down to a fen where it has
    them.
    """
    return _at_least_cents(amount, _FEN)


def reported(amount: Decimal) -> str:
    """Write an amount in 万元 in a sentence of a report with two decimals; one below 1000 with
    further ones down to a yuan, so that the rate beside it can be worked out from it.
    """
    small = abs(rounded(amount)) < _TO_A_YUAN_BELOW
    return _at_least_cents(amount, _YUAN) if small else fixed(amount)


def grouped(amount: Decimal) -> str:
    """Write an amount in a table of a report: the same with thousands."""
    cents = rounded(amount)
    many = abs(cents) >= _TO_A_YUAN_BELOW and cents.adjusted() < _LONGEST
    return f"{cents:,f}" if many else reported(amount)


def _at_least_cents(amount: Decimal, decimals: int) -> str:
    exact = rounded(amount, decimals)
    cents = rounded(exact)
    return _written(cents) if cents == exact else _trimmed(_written(exact))


def day(when: date) -> str:
    """Write a date as official documents do, without zeros before month and day: 2021年7月22日."""
    return f"{when.year}年{when.month}月{when.day}日"


def years_later(when: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes the 28th."""
    try:
        return when.replace(year=when.year + years)
    except ValueError:
        return when.replace(year=when.year + years, day=28)


def numeral(number: int) -> str:
    """Write a number from 1 to 99 in Chinese numerals, as headings need it; others in digits."""
    if not 0 < number <= _GREATEST_NUMERAL:
        return str(number)
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else NUMERALS[tens]) + "十" if tens else ""
    return head + (NUMERALS[ones] if ones else "")


def chinese_number(text: str) -> int | None:
    """Read a count below a thousand in digits or Chinese numerals: 14, 十四, 二十, 一百零五; None
    when it is none.
    """
    if text.isdigit():
        return int(text)
    if not text or any(character not in _TENS and character not in DIGITS for character in text):
        return None
    total = digit = 0
    for character in text:
        if character in _TENS:
            total, digit = total + (digit or 1) * _TENS[character], 0
        else:
            digit = DIGITS[character]
    return total + digit


def printed_percent(text: str) -> tuple[Decimal, int] | None:
    """Read a percentage as printed: the figure in per cent and its decimals, None when the text
    holds none or several.
    """
    matches = _PERCENT.findall(text)
    return (Decimal(matches[0][0]), len(matches[0][1])) if len(matches) == 1 else None


def _written(number: Decimal) -> str:
    return f"{number:f}" if number.adjusted() < _LONGEST else f"{number:.6E}"


def _trimmed(text: str) -> str:
    if "." not in text or "E" in text:
        return text
    text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
