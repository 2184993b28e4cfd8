"""Units: what a figure counts or measures, and how one unit converts into another (units.toml)."""

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_DATA: Final[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"), parse_float=Decimal
)

#: The dimension of whatever is counted, and of people counted each time they come.
COUNT: Final = "数量"
ATTENDANCE: Final = "人次"
TIME: Final = "时间"
MONEY: Final = "金额"
CLASS_HOURS: Final = "学时"
SCORE: Final = "分数"
VOLUME: Final = "体积"
WEIGHT: Final = "重量"

_COUNTED: Final = frozenset({COUNT, ATTENDANCE, "往返"})
_LESSONS: Final = frozenset(_DATA["lessons"])
_ROUGH: Final = frozenset({"月", "个月", "季度", "个季度", "年", "周年"})
#: Periods that are counted like turns: 4个季度 are 4 times.
TURNS: Final = _ROUGH | {"周", "星期", "个星期"}
_WORKDAYS: Final = frozenset({"工作日", "个工作日"})
_PER: Final = re.compile(r"[/*·、.]")


class Measure(NamedTuple):
    """What one of a unit is: so many of the dimension's own unit. `dimension` is empty for a bare
    万.
    """

    dimension: str
    factor: Decimal


def _measures() -> dict[str, Measure]:
    known = {}
    for dimension, spec in _DATA["dimensions"].items():
        known.update(dict.fromkeys(spec.get("words", ()), Measure(dimension, Decimal(1))))
        factors = spec.get("factors", {})
        known.update(
            {word: Measure(dimension, Decimal(factor)) for word, factor in factors.items()}
        )
    return known


_MEASURES: Final = _measures()
_MULTIPLES: Final = {prefix: Decimal(factor) for prefix, factor in _DATA["multiples"].items()}

#: Every unit without a multiple before it, and every multiple.
UNITS: Final[tuple[str, ...]] = tuple(_MEASURES)
MULTIPLES: Final[tuple[str, ...]] = tuple(_MULTIPLES)


@lru_cache(maxsize=4096)
def measure(unit: str) -> Measure:
    """Return what a unit measures; an unknown noun is something counted, unknown letters are a unit
    of their own.
    """
    if unit in _MEASURES:
        return _MEASURES[unit]
    if unit in _MULTIPLES:
        return Measure("", _MULTIPLES[unit])
    for prefix, multiple in _MULTIPLES.items():
        rest = unit.removeprefix(prefix)
        if rest != unit:
            inner = measure(rest)
            return Measure(inner.dimension, inner.factor * multiple)
    return Measure(unit if unit.isascii() else COUNT, Decimal(1))


@lru_cache(maxsize=4096)
def _split(unit: str) -> tuple[str, tuple[str, ...]]:
    """Split a compound unit (530元/人*月) into what is counted and what it is counted by."""
    first, *per = _PER.split(unit.replace("/人天", "/人·天"))
    return first, tuple(per)


def dimension(unit: str) -> str:
    """Return what a unit measures, empty for none or a bare multiple."""
    return measure(_split(unit)[0]).dimension if unit else ""


def scale(unit: str) -> Decimal:
    """Return the multiple that a unit begins with: 10000 for 万元, 1 for 元."""
    if unit in _MEASURES:
        return Decimal(1)
    return next((value for word, value in _MULTIPLES.items() if unit.startswith(word)), Decimal(1))


def convert(number: Decimal, unit: str, wanted: str) -> Decimal | None:
    """Convert a number from a unit into another; a missing unit is the other's, a bare 万 counts
    whatever the other counts.

    Measure words of what is counted convert one to one (12家 are 12个).

    Returns:
        The converted number, None when the units measure different things.
    """
    if unit == wanted or not unit or not wanted:
        return number
    (head, per), (wanted_head, wanted_per) = _split(unit), _split(wanted)
    factor = _factor(head, wanted_head)
    if factor is None:
        return None
    below = _below(per, wanted_per) if per and wanted_per else Decimal(1)
    return None if below is None else number * factor / below


def _below(per: tuple[str, ...], wanted: tuple[str, ...]) -> Decimal | None:
    """Return the factor of what two units count by (人·月, 月/人), in whatever order."""
    product = Decimal(1)
    for one, other in zip(sorted(per, key=_rank), sorted(wanted, key=_rank), strict=False):
        factor = _factor(one, other)
        if factor is None:
            return None
        product *= factor
    return product if len(per) == len(wanted) else None


def _rank(unit: str) -> str:
    """Order what is counted before what is measured, so that the like stand beside each other."""
    return measure(unit).dimension.replace(COUNT, "")


def counts_by_more(unit: str, wanted: str) -> bool:
    """Whether one unit counts by more things than the other (元/人·月, 元/人): which was meant
    cannot be told.
    """
    per, wanted_per = _split(unit)[1], _split(wanted)[1]
    return bool(per and wanted_per) and len(per) != len(wanted_per)


def _factor(unit: str, wanted: str) -> Decimal | None:
    one, other = measure(unit), measure(wanted)
    if not by_lessons(unit, wanted) and not alike(one.dimension, other.dimension):
        return None
    return one.factor / other.factor


def alike(one: str, other: str) -> bool:
    """Whether two dimensions compare: the same, one not told, or both counted."""
    return one == other or not (one and other) or {one, other} <= _COUNTED


def by_lessons(unit: str, wanted: str) -> bool:
    """Whether one unit counts lessons and the other class hours (节, 学时): one to one."""
    counted = {dimension(unit), dimension(wanted)} == {COUNT, CLASS_HOURS}
    return counted and bool({unit, wanted} & _LESSONS)


def by_heads(unit: str, wanted: str) -> bool:
    """Whether one unit counts people and the other how often they came (人, 人次): compared, but
    not the same.
    """
    dimensions = {dimension(unit), dimension(wanted)}
    return ATTENDANCE in dimensions and COUNT in dimensions


def by_calendar(unit: str, wanted: str) -> bool:
    """Whether a conversion depends on the calendar (months against days, working days against
    days).
    """
    return (unit in _ROUGH) != (wanted in _ROUGH) or (unit in _WORKDAYS) != (wanted in _WORKDAYS)
