"""Whether a target and an actual can be compared, and the two figures that then stand beside each
other.

Measure words of what is counted compare; real units convert; a bare figure beside 万 or beside a
percentage is read the one plausible way, and where both ways are plausible nobody can tell
(README, rule 1.3 compares like with like).
"""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from evalbatch.model.units import (
    COUNT,
    SCORE,
    TIME,
    TURNS,
    VOLUME,
    WEIGHT,
    by_calendar,
    by_heads,
    convert,
    counts_by_more,
    dimension,
    scale,
)
from evalbatch.model.value import Quantity, QuantityKind

_PERCENT: Final = "%"
_POINTS: Final = frozenset({"百分点", "个百分点"})
_HUNDRED: Final = Decimal(100)
_PLAUSIBLE: Final = Decimal(5)  # a reading within a fifth to five times the target is plausible
_SURELY_PERCENT: Final = Decimal(2)  # above it a bare figure for a rate is in per cent
_FIGURE: Final = re.compile(r"[\d.]+")
_OF_YEAR: Final = re.compile("全年|年度内|年内|本年度?")
_YEARLY: Final = {"月": 12, "季度": 4, "半年": 2, "年": 1, "周": 52}


class Aligned(NamedTuple):
    """A target and an actual as figures of one unit.

    `problem` is empty when they compare; else `kinds` or `units` (they measure different things,
    which contradicts), or `scale`, `period` or `way` (it cannot be told which is meant). `note`
    says how a figure was read that could be read otherwise: `percent`, `multiple`; or that what is
    compared is not quite the same: `heads`, `calendar`.
    """

    wanted: Decimal
    got: Decimal
    problem: str = ""
    note: str = ""


def align(target: Quantity, actual: Quantity) -> Aligned:
    """Bring the figures of a number or percentage and of its actual to the same unit."""
    target, actual = _as_rate(target), _as_rate(actual)
    wanted, got = target.number, actual.number
    if wanted is None or got is None:
        return _apart("kinds")
    change = actual.direction == "-" or (actual.direction and _is_share(actual))
    if change and not target.direction and wanted >= 0:
        return _apart("way")
    got = _in_direction(got, actual.direction, target.direction)
    if target.kind is actual.kind is QuantityKind.PERCENT:
        return _rates(target, actual, wanted, got)
    if target.kind is not actual.kind:
        return _rate_beside_number(target, actual, wanted, got)
    of_year = _OF_YEAR.search(actual.text) is not None
    return _numbers(wanted, got, target.unit, actual.unit, of_year=of_year)


def _is_share(quantity: Quantity) -> bool:
    return quantity.kind is QuantityKind.PERCENT


def _apart(problem: str) -> Aligned:
    return Aligned(Decimal(0), Decimal(0), problem)


def _as_rate(quantity: Quantity) -> Quantity:
    """Take percentage points as a percentage: what rose by 3个百分点 rose by 3%, as departments
    write it.
    """
    if (
        quantity.kind is QuantityKind.NUMBER
        and quantity.unit in _POINTS
        and quantity.number is not None
    ):
        return replace(
            quantity, kind=QuantityKind.PERCENT, number=quantity.number.scaleb(-2), unit=_PERCENT
        )
    return quantity


def _rates(target: Quantity, actual: Quantity, wanted: Decimal, got: Decimal) -> Aligned:
    """Compare two percentages; one whose sign stands only in a column of units may be a fraction
    (0.93 beside 95).
    """
    if not _near(got, wanted):
        if _unmarked(actual.text) and _near(got * _HUNDRED, wanted):
            return Aligned(wanted, got * _HUNDRED, note="percent")
        if _unmarked(target.text) and _near(got, wanted * _HUNDRED):
            return Aligned(wanted * _HUNDRED, got, note="percent")
    return Aligned(wanted, got)


def _unmarked(text: str) -> bool:
    """Whether a percentage stands as a bare figure, not as so many of so many."""
    return _PERCENT not in text and len(_FIGURE.findall(text)) == 1


def _in_direction(got: Decimal, actual: str, target: str) -> Decimal:
    """Return a figure counted the way the target goes: 下降6% is -6% where 增长 was wanted."""
    if target == "-" and not actual:
        return abs(got)
    return -got if actual and actual != (target or "+") else got


def _rate_beside_number(
    target: Quantity, actual: Quantity, wanted: Decimal, got: Decimal
) -> Aligned:
    """Read a bare number beside a percentage as per cent or as a fraction, whichever is
    plausible.
    """
    number = target if target.kind is QuantityKind.NUMBER else actual
    if dimension(number.unit) == SCORE:  # 92.3分 of 100 beside a rate: a mean is no share
        return _apart("scale")
    if number.unit:
        return _apart("kinds")
    if number is actual:
        reading = _plausible_rate(got, wanted)
        return _apart("scale") if reading is None else Aligned(wanted, reading, note="percent")
    reading = _plausible_rate(wanted, got)
    return _apart("scale") if reading is None else Aligned(reading, got, note="percent")


def _plausible_rate(figure: Decimal, rate: Decimal) -> Decimal | None:
    percent = figure.scaleb(-2)
    if not figure or (_SURELY_PERCENT < figure <= _HUNDRED and rate <= _SURELY_PERCENT):
        return percent
    readings = [reading for reading in (figure, percent) if _near(reading, rate)]
    if len(readings) != 1 or (
        readings[0] == percent and figure <= 1
    ):  # 0.5 beside 1%: 0.5% or a half
        return None
    return readings[0]


def _near(reading: Decimal, other: Decimal) -> bool:
    return other > 0 and other / _PLAUSIBLE <= reading <= other * _PLAUSIBLE


def _numbers(
    wanted: Decimal, got: Decimal, unit: str, actual_unit: str, *, of_year: bool
) -> Aligned:
    if unit == actual_unit:
        return Aligned(wanted, got)
    multiple = scale(unit) if not actual_unit else scale(actual_unit) if not unit else Decimal(1)
    if multiple != 1 and wanted > 0 and got:
        return _scaled(wanted, got, multiple if not actual_unit else 1 / multiple)
    if _periodic(unit) != _periodic(actual_unit) and unit and actual_unit:
        return _over_the_year(wanted, got, unit, actual_unit, of_year=of_year)
    converted = convert(got, actual_unit, unit)
    if converted is None:
        return _apart("period" if _by_period(unit, actual_unit) else "units")
    note = (
        "heads"
        if by_heads(unit, actual_unit)
        else "calendar"
        if by_calendar(unit, actual_unit)
        else ""
    )
    return Aligned(wanted, converted, note=note)


def _by_period(unit: str, actual_unit: str) -> bool:
    """Whether two units may tell the same: in turns and in times (4个季度, 4次), by more things
    (元/人·月, 元/人), water by volume and by weight (立方米, 吨).
    """
    measured = {dimension(unit), dimension(actual_unit)}
    return (
        counts_by_more(unit, actual_unit)
        or measured == {VOLUME, WEIGHT}
        or (measured == {TIME, COUNT} and not {unit, actual_unit}.isdisjoint(TURNS))
    )


def _scaled(wanted: Decimal, got: Decimal, multiple: Decimal) -> Aligned:
    """Read a bare figure beside 万 or 亿: counted in it, or in full, whichever is more and still
    plausible.
    """
    readings = [each for each in (got, got / multiple) if each <= wanted * _PLAUSIBLE]
    if not readings:
        return _apart("scale")
    reading = max(readings)
    return Aligned(wanted, reading, note="" if reading == got else "multiple")


def _periodic(unit: str) -> str:
    period = unit.partition("/")[2]
    return period if period in _YEARLY else ""


def _over_the_year(
    wanted: Decimal, got: Decimal, unit: str, actual_unit: str, *, of_year: bool
) -> Aligned:
    """Compare 每月不少于2次 with the count of a year, where the count says so (全年10次) or is not
    plausibly one of a period.
    """
    counted, own = unit.partition("/")[0], actual_unit.partition("/")[0]
    period, other = _periodic(unit), _periodic(actual_unit)
    got_in_unit = convert(got, own, counted)
    if got_in_unit is None:
        return _apart("units")
    target_year = wanted * _YEARLY.get(period, 1)
    actual_year = got_in_unit * _YEARLY.get(other, 1)
    if period and other:
        return Aligned(target_year, actual_year)
    plain = got_in_unit if period else wanted
    per_period = wanted if period else got_in_unit
    told = of_year and period
    if not told and (period or other) != "年" and plain < per_period * 2:
        return _apart("period")
    return Aligned(target_year, actual_year)


def counted(quantity: Quantity) -> bool:
    """Whether a number is a count of things with a measure word."""
    return quantity.kind is QuantityKind.NUMBER and dimension(quantity.unit) == COUNT


def duration(quantity: Quantity) -> bool:
    """Whether a quantity is a length of time."""
    return dimension(quantity.unit) == TIME
