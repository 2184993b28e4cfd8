"""Number formats: the built-in codes, which of them show dates, and serial numbers as dates."""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Final

# ECMA-376 part 1, 18.8.30; the ids 27-36 and 50-58 are those of Chinese Excel.
BUILTIN: Final = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy/m/d h:mm", 27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"',
    37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;[Red]-#,##0.00",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 42: '_ "¥"* #,##0_ ;_ "¥"* -#,##0_ ;_ "¥"* "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', 44: '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@", 50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"', 55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip
ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|general|E[+-]', re.IGNORECASE)
DATE_LETTERS: Final = re.compile(r"[ymdhs]|aaa|e|g", re.IGNORECASE)
LOCAL_GENERAL: Final = re.compile("G/(?:通用格式|標準|标准|표준)|^(?:通用格式|常规)$")
LAST_SERIAL: Final = 2_958_466  # 10000-01-01
LEAP_BUG: Final = 60  # Excel believes in 29 February 1900
EPOCH_1900: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - dates in workbooks know no time zone
EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - as above


@cache
def shows_date(code: str) -> bool:
    """Whether a number format shows a date: a day or time letter outside quotes, brackets and escapes; no elapsed time."""
    section = code.split(";", 1)[0]
    return not ELAPSED.search(section) and bool(DATE_LETTERS.search(LITERAL.sub("", section)))


def to_date(serial: float, *, from_1904: bool) -> datetime | None:
    """Return the date of a serial number in days, None for a bare time of day or a number that is no date.

    The fraction is rounded to milliseconds, as the spreadsheet programs show it.
    """
    if not 1 <= serial < LAST_SERIAL and not (from_1904 and 0 <= serial < LAST_SERIAL):
        return None
    days = int(serial)
    span = timedelta(days=days, milliseconds=round((serial - days) * 86_400_000))
    if from_1904:
        return EPOCH_1904 + span if days < LAST_SERIAL - 1462 else None
    return EPOCH_1900 + span + timedelta(days=1) if days < LEAP_BUG else EPOCH_1900 + span


def code_of(number: int, own: dict[int, str]) -> str:
    """Return the format code of a number format id, General when unknown or when a program wrote it in its own language."""
    code = own.get(number)
    return LOCAL_GENERAL.sub("General", code) if code else BUILTIN.get(number, "General")
