"""From text to dates, exact (2021年12月31日) or as a limit (9月前, 2021年底, 三季度)."""

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.model.plain_figures import compact
from evalbatch.reading.numerals import in_digits
from evalbatch.reading.value_words import DATE_AFTER, DATE_BEFORE, REVERSING, alternatives

_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_MONTH: Final = r"(?P<month>1[0-2]|0?[1-9])"
_DAY: Final = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_TAIL: Final = (
    r"(?P<before>之前|以前|前|止|截止)?(?:内)?"
    r"(?P<after>(?:之|以)?后(?![续期]))?"
    rf"(?P<tail>(?:{alternatives(DATE_AFTER)})*|[^\d,;。%次个人批场]{{0,16}})"
)
_NEXT_YEAR: Final = re.compile(
    r"(?:次|翌|明|第二|下一?)年度?(?=第?[\d一二三四][\d]?(?:月|季)|[上下]半年|[底末])"
)
_HEAD: Final = re.compile(rf"(?:{alternatives(DATE_BEFORE)})+")
_NOT_DONE: Final = re.compile("|".join(REVERSING))
_SPAN: Final = re.compile(
    r"(?P<year>(?:(?:19|20)\d\d年)?)\d{1,2}(?:月(?:份|\d{1,2}[日号]|底|初|[上中下]旬)?)?(?:-|~|至|到)(?P<end>(?:(?:19|20)\d\d年)?\d{1,2}月.*)"
)
_FORMS: Final = tuple(
    re.compile(form + _TAIL)
    for form in (
        rf"{_YEAR}(?P<sep>[-./]){_MONTH}(?P=sep){_DAY}(?:日?\d\d:\d\d(?::\d\d)?)?",
        rf"(?:{_YEAR}年)?{_MONTH}月{_DAY}[日号]",
        rf"(?:{_YEAR}年)?{_MONTH}月份?(?P<part>底|末|初|上旬|中旬|下旬)?",
        rf"{_YEAR}[-/]{_MONTH}",
        rf"(?:{_YEAR}年)?第?(?P<quarter>[一二三四1-4])季度(?P<part>底|末)?",
        rf"(?:{_YEAR}年)?(?P<half>[上下])半年",
        rf"{_YEAR}年度?(?P<part>底|末|内)?",
        r"(?:当年|本年|年)(?P<part>底|末|内)",
    )
)
_PACKED: Final = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_POINTED: Final = re.compile(r"(?P<before>(?:19|20)\d\d|\d{1,2})\.(?P<behind>\d{1,2})")
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_THIRDS: Final = {"初": 10, "上旬": 10, "中旬": 20}
_EPOCH: Final = date(1899, 12, 30)
_SERIALS: Final = range(
    32874, 73051
)  # 1990 to 2099: below that a number in a date cell is more likely something else


class Moment(NamedTuple):
    """A date as a department wrote it: `when` is its last day, None while its year is unknown;
    `limit` says 前 was written, `after` 后.
    """

    when: date | None
    exact: bool
    limit: bool
    first: date | None = None
    after: bool = False


@lru_cache(maxsize=4096)
def parse_moment(text: str, year: int | None = None) -> Moment | None:
    """Read a date or a period, which counts by its last day; `year` completes `9月前`. None when
    the text is no date.
    """
    clean = _absolute(in_digits(compact(text)), year)
    packed = _PACKED.fullmatch(clean)
    if packed:
        return _exact(int(packed[1]), int(packed[2]), int(packed[3]), limit=False)
    head = _HEAD.match(clean)
    start = head.end() if head else 0
    span = _SPAN.fullmatch(clean, start)
    if span:  # from month to month: its end counts
        end = span["end"]
        return parse_moment(end if end.startswith(("19", "20")) else span["year"] + end, year)
    for form in _FORMS:
        match = form.fullmatch(clean, start)
        if match and not _NOT_DONE.search(match["tail"] or ""):
            moment = _moment(match.groupdict(), year)
            return moment and moment._replace(after=bool(match["after"]))
    return None


def _absolute(clean: str, year: int | None) -> str:
    """Write the year after the evaluated one (次年2月) as the year that it is."""
    return _NEXT_YEAR.sub(f"{year + 1}年", clean, count=1) if year else clean


def parse_date(text: str, year: int | None = None, *, first: bool = False) -> date | None:
    """Read a date; a period such as `2021年6月` counts by its last day, or its first when `first`
    is set.
    """
    moment = parse_moment(text, year)
    return None if moment is None else moment.first if first and moment.first else moment.when


@lru_cache(maxsize=1024)
def dates_of_figure(text: str, year: int) -> tuple[date, ...]:
    """Return the dates that a figure with a point may mean where a date is wanted: 6.10 is June the
    10th, 2024.11 November; 6.1 the 1st or, where a cell dropped the nought, the 10th.
    """
    found = _POINTED.fullmatch(compact(text))
    if found is None:
        return ()
    behind = found["behind"]
    readings = (behind, f"{behind}0") if len(behind) == 1 else (behind,)
    if len(found["before"]) == len("2024"):
        moments = [parse_moment(f"{found['before']}年{each}月") for each in readings]
    else:
        moments = [parse_moment(f"{year}年{found['before']}月{each}日") for each in readings]
    return tuple(each.when for each in moments if each is not None and each.when is not None)


def from_serial(serial: int) -> date | None:
    """Read a date that a spreadsheet stored as a bare day number; None when it would lie outside
    1990 to 2099.
    """
    return _EPOCH + timedelta(days=serial) if serial in _SERIALS else None


def _moment(parts: dict[str, str | None], default: int | None) -> Moment | None:
    year = int(parts.get("year") or 0) or default
    limit = bool(parts.get("before"))
    if parts.get("day"):
        return _exact(year, int(parts["month"] or 0), int(parts["day"] or 0), limit=limit)
    if year is None:
        return Moment(when=None, exact=False, limit=limit)
    month, last = _months(parts)
    first = date(year, month, 1)
    if limit and not parts.get("part") and parts.get("month"):
        return Moment(when=first - timedelta(days=1), exact=False, limit=True)
    day = _THIRDS.get(parts.get("part") or "", monthrange(year, last)[1])
    return Moment(when=date(year, last, day), exact=False, limit=limit, first=first)


def _months(parts: dict[str, str | None]) -> tuple[int, int]:
    if parts.get("month"):
        month = int(parts["month"] or 0)
        return month, month
    if parts.get("quarter"):
        last = 3 * _QUARTERS[parts["quarter"] or ""]
        return last - 2, last
    if parts.get("half"):
        return (1, 6) if parts["half"] == "上" else (7, 12)
    return 1, 12


def _exact(year: int | None, month: int, day: int, *, limit: bool) -> Moment | None:
    if year is None:
        return Moment(when=None, exact=True, limit=limit)
    if day > monthrange(year, month)[1]:
        return None
    return Moment(when=date(year, month, day), exact=True, limit=limit)
