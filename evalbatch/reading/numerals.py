"""Chinese numerals and fractions that count something, rewritten in digits: 十二场, 九成八,
百分之九十五, 万分之一.
"""

import re
from decimal import Decimal
from typing import Final

from evalbatch.model.plain_figures import CHINESE_YEAR, DIGITS, year_in_digits
from evalbatch.model.units import MULTIPLES, UNITS
from evalbatch.reading.value_words import IDIOMS, alternatives

_DIGITS: Final = {
    **DIGITS,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "肆": 4,
    "伍": 5,
    "陆": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
_TENS: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_MYRIADS: Final = {"亿": 10**8, "万": 10**4}
_LETTERS: Final = "".join((*_DIGITS, *_TENS))
_FIRST: Final = "".join((*_DIGITS, "十", "拾"))
_NUMERAL: Final = rf"(?:[{_FIRST}][{_LETTERS}万亿]*)"
_ANY: Final = rf"(?:{_NUMERAL}(?:点[{_LETTERS}]+)?|\d+(?:\.\d+)?)"
_UNCOUNTED: Final = frozenset(
    (
        "分",
        "点",
        "面",
        "片",
        "段",
        "度",
        "口",
        "把",
        "对",
        "单",
        "讲",
        "方",
        "里",
        "类",
        "种",
        "站",
        "校",
        "院",
        "节",
        "G",
        "M",
        "T",
        "m",
        "g",
        "t",
        "L",
        "h",
        "W",
    )
)
_MEASURE_WORDS: Final = {*UNITS, *MULTIPLES, "月", "日", "号", "岁", "折", "多", "余"} - _UNCOUNTED
_MEASURES: Final = rf"(?:{alternatives(_MEASURE_WORDS)})"
_IDIOMS: Final = "|".join(IDIOMS)

_ANY_NUMERAL: Final = re.compile(rf"[{_LETTERS}半成]|分之")
_PARTS: Final = re.compile(rf"(?P<whole>[百千万])分之(?P<parts>{_ANY})")
_FRACTION: Final = re.compile(rf"(?P<whole>{_ANY})分之(?P<parts>{_ANY})")
_TENTHS: Final = re.compile(
    rf"(?P<tenths>[{_LETTERS}]|\d(?:\.\d)?)成(?P<hundredths>[{_LETTERS}]|\d)?(?![功果本效立员都人绩为长熟])"
)
_YEAR: Final = re.compile(rf"{CHINESE_YEAR}(?=年)")
_HALF_YEAR: Final = re.compile(r"(?<![上下每])半年")
_TIME: Final = "小时|工作日|天|日|月"
_HALF: Final = re.compile(rf"(?<![上下前后每])半(?=个?(?:{_TIME}))(?!日|月)")
_AND_HALF: Final = re.compile(
    rf"(?<![\d.])(?P<whole>\d{{1,2}}|{_NUMERAL})"
    rf"(?:个半(?P<unit>{_TIME})|(?P<told>小时|天|年)半(?![数程价]))"
)
_COUNTED: Final = re.compile(rf"{_IDIOMS}|(?<![\d.])(?P<numeral>{_NUMERAL})(?=$|{_MEASURES})")
_BEHIND_SIGN: Final = re.compile(rf"(?<=[≥≤><=])(?P<numeral>{_NUMERAL})")
_ALONE: Final = re.compile(_NUMERAL)
_MILLE: Final = {"百": "%", "千": "‰"}


def in_digits(text: str) -> str:
    """Rewrite numerals and fractions of a compact text in digits; what only looks like a numeral
    (一次性) stays.
    """
    if not _ANY_NUMERAL.search(text):
        return text
    text = text.replace("百分之百", "100%")
    text = _YEAR.sub(year_in_digits, text)
    text = _PARTS.sub(_per_hundred, text)
    text = _FRACTION.sub(lambda found: f"{_number(found['parts'])}/{_number(found['whole'])}", text)
    text = _TENTHS.sub(_per_tenth, text)
    text = _HALF_YEAR.sub("6个月", text)
    text = _AND_HALF.sub(_and_half, text)
    text = _HALF.sub("0.5", text)
    text = _BEHIND_SIGN.sub(lambda found: f"{_number(found['numeral'])}", text)
    return _COUNTED.sub(
        lambda found: f"{_number(found['numeral'])}" if found["numeral"] else found[0], text
    )


def _per_hundred(found: re.Match[str]) -> str:
    number = _number(found["parts"])
    return (
        f"{number}{_MILLE[found['whole']]}"
        if found["whole"] in _MILLE
        else f"{number.scaleb(-2):f}%"
    )


def _and_half(found: re.Match[str]) -> str:
    unit = found["told"] or ("个月" if found["unit"] == "月" else found["unit"])
    return f"{_number(found['whole']) + Decimal('0.5'):f}{unit}"


def _per_tenth(found: re.Match[str]) -> str:
    tenths, hundredths = _number(found["tenths"]), found["hundredths"]
    return f"{(tenths * 10 + (_number(hundredths) if hundredths else 0)):f}%"


def _number(numeral: str) -> Decimal:
    """Read a numeral below a billion in digits or Chinese letters; a row of single digits counts as
    digits.
    """
    if numeral[0].isdigit() and numeral[0].isascii():
        return Decimal(numeral)
    whole, _, decimals = numeral.partition("点")
    digits = "".join(str(_DIGITS[letter]) for letter in decimals if letter in _DIGITS)
    return Decimal(f"{_whole(whole)}.{digits}" if digits else _whole(whole))


def _whole(numeral: str) -> int:
    if len(numeral) > 1 and all(letter in _DIGITS for letter in numeral):
        return int("".join(str(_DIGITS[letter]) for letter in numeral))
    total = section = digit = 0
    for letter in numeral:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _TENS:
            section, digit = section + (digit or 1) * _TENS[letter], 0
        else:
            total, section, digit = total + (section + digit or 1) * _MYRIADS[letter], 0, 0
    return total + section + digit
