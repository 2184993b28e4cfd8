"""From text to plain figures: tidied text, numbers, percentages, years."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final

NUMERALS: Final = "零一二三四五六七八九"
DIGITS: Final = {**{digit: number for number, digit in enumerate(NUMERALS)}, "〇": 0, "两": 2}

#: Excel shows and keeps 15 significant digits; what a file stores beyond is noise of binary
#: fractions.
_SIGNIFICANT: Final = Context(prec=15, rounding=ROUND_HALF_UP)

_LOOK_ALIKES: Final = {
    **{ord(chr(code)): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009\t\r\n"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None),
    **dict.fromkeys(map(ord, "≧⩾≽"), "≥"),
    **dict.fromkeys(map(ord, "≦⩽≼"), "≤"),
    **dict.fromkeys(map(ord, "═﹦"), "="),
    **dict.fromkeys(map(ord, "﹪٪"), "%"),
    **dict.fromkeys(map(ord, "〜∼～﹏"), "~"),
    **dict.fromkeys(map(ord, "—―–‐‑−─"), "-"),
    **dict.fromkeys(map(ord, "﹤"), "<"),
    **dict.fromkeys(map(ord, "﹥"), ">"),
}
_GROUPED: Final = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_LOOSE: Final = re.compile(r"(?<!\d) | (?!\d)")
_ROMAN: Final = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ", "V": "Ⅴ"}
_LETTERED: Final = re.compile(r"(?<![A-Za-z])(?:I{1,3}|I?V)(?=[类级等型期])")
_NUMBER: Final = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_STORED: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
MONEY_UNITS: Final = "亿元|千万元|百万元|十万元|万元|千元|百元|元"
"""The units of money (an expression), those that hold another in front of it."""
AMOUNT_UNITS: Final = f"{MONEY_UNITS}|亿|万"
"""What may stand behind an amount (an expression): 3亿 and 5万 are money too."""
_WITH_UNIT: Final = re.compile(
    r"(?:人民币|RMB)?[¥￥]?(?P<number>[-+]?[\d,.]+)"
    rf"(?:(?P<unit>{AMOUNT_UNITS}|分|个|人|份|人次|户)(?:人民币)?整?)?"
)
_PERCENT: Final = re.compile(r"(?P<number>[-+]?[\d,.]+)(?P<sign>%|‰|百分比)(?:\(百分比\))?")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
YEAR_IN_TEXT: Final = re.compile(r"(?<!\d)(20\d\d)(?=年)")
"""A year that a sentence names: 2024年."""
_ZEROS: Final = "〇○◯"  # typists take a circle for the sign
_DIGITS: Final = {
    **{ord(character): str(number) for character, number in DIGITS.items()},
    **dict.fromkeys(map(ord, _ZEROS), "0"),
}
CHINESE_YEAR: Final = rf"(?:一九|二[零{_ZEROS}])[{NUMERALS}{_ZEROS}]{{2}}"
"""A year in Chinese numerals (an expression): 二〇二五, 一九九八."""
_CHINESE_YEAR: Final = re.compile(CHINESE_YEAR)
_MONEY: Final = {
    "亿": Decimal(10000),
    "亿元": Decimal(10000),
    "千万元": Decimal(1000),
    "百万元": Decimal(100),
    "十万元": Decimal(10),
    "千元": Decimal("0.1"),
    "百元": Decimal("0.01"),
    "元": Decimal("0.0001"),
}
_WIDEST: Final = 15
_GREATEST_FRACTION: Final = 2


@lru_cache(maxsize=8192)
def tidy(text: str) -> str:
    """Return a text with half-width characters, plain operators and dashes, and single spaces."""
    return " ".join(text.translate(_LOOK_ALIKES).split())


@lru_cache(maxsize=8192)
def compact(text: str) -> str:
    """Return a tidied text without spaces, except between digits that do not look like groups of a
    thousand; classes that are numbered in letters (III类) in Roman numerals.
    """
    plain = tidy(text)
    if " " in plain:
        plain = _LOOSE.sub("", _GROUPED.sub("", plain))
    if "I" in plain or "V" in plain:
        plain = _LETTERED.sub(lambda found: _ROMAN[found[0]], plain)
    return plain


def stored(digits: str) -> Decimal | None:
    """Read the digits that a file stores, as Excel shows them (15 significant digits); None when
    they are no finite number.
    """
    if not _STORED.fullmatch(digits):
        return None
    number = Decimal(digits)
    if len(number.as_tuple().digits) > _WIDEST:
        number = _SIGNIFICANT.plus(number).normalize()
    return number.quantize(Decimal(1)) if _short_integer(number) else number


def _short_integer(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent > 0 and number.adjusted() < _WIDEST


@lru_cache(maxsize=8192)
def parse_number(text: str) -> Decimal | None:
    """Read a plain number such as `1,964.32` or `１２`; None when the text is none, or its
    separators leave a doubt.
    """
    clean = compact(text)
    return Decimal(clean.replace(",", "")) if _NUMBER.fullmatch(clean) else None


@lru_cache(maxsize=2048)
def parse_money(text: str) -> Decimal | None:
    """Read an amount in 万元; a unit written behind the figure (元, 千元, 亿元) is converted."""
    number, unit = _split(text)
    return (
        None if number is None or unit not in ("", "万", "万元", *_MONEY) else number * in_wan(unit)
    )


def unit_of_money(text: str) -> str:
    """Return the unit that is written behind an amount (`元`, `千元`, `万元`, `亿元`), empty when
    there is none.
    """
    unit = _split(text)[1]
    return unit if unit in ("万", "万元", *_MONEY) else ""


def in_wan(unit: str) -> Decimal:
    """Return how many 万元 one of a unit of money is."""
    return _MONEY.get(unit, Decimal(1))


@lru_cache(maxsize=2048)
def parse_count(text: str) -> Decimal | None:
    """Read a number with or without a common measure word such as `36份` or `5分`; never money."""
    number, unit = _split(text)
    return None if unit.endswith(("元", "万")) else number


def _split(text: str) -> tuple[Decimal | None, str]:
    match = _WITH_UNIT.fullmatch(compact(text))
    return (
        (parse_number(match["number"]), match["unit"] or "") if match else (parse_number(text), "")
    )


@lru_cache(maxsize=4096)
def parse_percent(text: str) -> Decimal | None:
    """Read a rate as a fraction: `64.5%` is 0.645, `0.9‰` 0.0009; bare, `64.5` is per cent, `0.645`
    a fraction.
    """
    match = _PERCENT.fullmatch(compact(text))
    if match is None:
        return as_fraction(parse_number(text))
    number = parse_number(match["number"])
    return None if number is None else number.scaleb(-3 if match["sign"] == "‰" else -2)


def as_fraction(number: Decimal | None) -> Decimal | None:
    """Read a bare number in a cell for rates: up to 2 it is a fraction already, above it is a
    figure in per cent.
    """
    return number if number is None or abs(number) <= _GREATEST_FRACTION else number.scaleb(-2)


def parse_year(text: str) -> Decimal | None:
    """Read a year however it is written: `2020`, `2020年度`, `二〇二〇年`, `2020年1月至12月`."""
    year = year_of(compact(text))
    return Decimal(year) if _YEAR.fullmatch(year) else None


def year_of(text: str) -> str:
    """Return the year that a text names as four digits: `2026年度` and `２０２６` are 2026; any
    other text stays as it is.
    """
    half = unicodedata.normalize("NFKC", text)
    half = years_in_digits(half)
    years = set(_YEAR.findall(half))
    return years.pop() if len(years) == 1 else text.strip()


def year_in_digits(found: re.Match[str]) -> str:
    """Write the year in Chinese numerals that was found in digits."""
    return found[0].translate(_DIGITS)


def years_in_digits(text: str) -> str:
    """Write every year in Chinese numerals that a text holds in digits."""
    return _CHINESE_YEAR.sub(year_in_digits, text)


def is_year(text: str) -> bool:
    """Whether a text is a year as four digits."""
    return text.isdecimal() and len(text) == len("2026")
