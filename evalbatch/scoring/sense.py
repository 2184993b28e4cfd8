"""What is better of an indicator, more or less, as its nature, its group and its name tell
(terms.toml).
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from evalbatch.model.names import bare
from evalbatch.model.units import convert
from evalbatch.model.value import SINGLE, Quantity, QuantityKind
from evalbatch.reading.quantities import parse_quantity
from evalbatch.reading.value_words import DIRECTIONS, alternatives
from evalbatch.scoring.alignment import duration
from evalbatch.scoring.terms import SMALL_RATE, words
from evalbatch.standards.policy import Quantitative


def _any_of(key: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(words("sense", key))))


_WHOLE: Final = 100
_AT_MOST: Final = ("≤", "<")
_AT_LEAST: Final = ("≥", ">")
_AGAINST: Final = {"less": _AT_LEAST, "more": _AT_MOST}
_NEUTRAL: Final = _any_of("neutral")
_MORE: Final = _any_of("more")
_LESS: Final = _any_of("less")
_ACTIVE: Final = _any_of("active")
_COST: Final = _any_of("cost")
_RATE: Final = _any_of("rate")
_LASTING: Final = _any_of("lasting")
_DIRECTION: Final = re.compile(alternatives(DIRECTIONS))


@lru_cache(maxsize=4096)
def sense_of(name: str, level2: str, nature: str, reverse_groups: tuple[str, ...]) -> str:
    """Return `less` or `more` for what is better, empty when it cannot be told: by the nature
    column, then by the name.

    In a group whose indicators count as reverse ones (costs) a name that is no rate is better when
    it is less.
    """
    if nature in words("nature", "reverse"):
        return "less"
    if nature in words("nature", "forward"):
        return "more"
    is_cost = bare(level2) in {bare(group) for group in reverse_groups}
    if _NEUTRAL.search(name):
        return ""
    if _MORE.search(name):  # before what is better when it is less: 投诉办结率
        return "more"
    cost = not _RATE.search(name) and (is_cost or _COST.search(name))
    return "less" if cost or (_LESS.search(name) and not _ACTIVE.search(name)) else ""


def against(target: Quantity, sense: str) -> bool:
    """Whether a target's operator goes against the sense of its indicator: a cost of at least so
    much. A fall of at least so much does not.
    """
    return target.operator in _AGAINST.get(sense, ()) and target.direction != "-"


def sense_without_operator(
    target: Quantity, name: str, level2: str, nature: str, rules: Quantitative
) -> str:
    """Return what is better where a target states no operator, as `attain` takes it.

    A bare length of time under 时效 is a limit. In a group of costs what the name does not tell is
    less; a percentage there may be meant either way (`unsure`).
    """
    known = sense_of(name, level2, nature, rules.reverse_groups)
    if (
        known == "less"
        and target.kind is QuantityKind.PERCENT
        and not nature
        and not _LESS.search(name)
    ):
        return "unsure"  # 100% of a cost may be spent or saved
    if known:
        return known
    if bare(level2) in {bare(group) for group in rules.reverse_groups}:
        return "unsure" if target.kind is QuantityKind.PERCENT else "less"
    return _sense_of_time(name, level2) if duration(target) else _sense_of_rate(target)


def _sense_of_time(name: str, level2: str) -> str:
    """A length of time under 时效 is a limit, one that is to last or under 数量 is not; else it may
    be meant either way.
    """
    if _LASTING.search(name) or "数量" in level2:
        return ""
    return "less" if is_timely(level2) else "unsure"


def is_timely(level2: str) -> bool:
    """Whether a group of indicators is about time: 时效指标."""
    return any(word in level2 for word in words("sense", "timely"))


def _sense_of_rate(target: Quantity) -> str:
    """A small rate of which nothing is known may be meant either way (复种率, 再贷率)."""
    small = (
        target.kind is QuantityKind.PERCENT and target.number is not None and not target.direction
    )
    return "unsure" if small and (target.number or 0) < SMALL_RATE else ""


def as_rate(target: Quantity, name: str) -> Quantity:
    """Take a bare target of a rate (合格率 95) for what it is: a percentage."""
    number = target.number
    if (
        target.kind is not QuantityKind.NUMBER
        or target.unit
        or number is None
        or not _RATE.search(name)
    ):
        return target
    if not 0 < number <= _WHOLE:
        return target
    return _percentage(target)


def _percentage(bare_figure: Quantity) -> Quantity:
    """Take a figure without a unit for a percentage: 95 and 0.95 are 95%."""
    number = bare_figure.number
    fraction = number / _WHOLE if number is not None and number > 1 else number
    return replace(bare_figure, kind=QuantityKind.PERCENT, number=fraction, unit="%")


def _beside(figure: Quantity, other: Quantity) -> Quantity:
    """Take a figure without a unit beside a percentage for one: its % may stand in a column of its
    own.
    """
    unmarked = figure.kind is QuantityKind.NUMBER and not figure.unit
    return _percentage(figure) if unmarked and other.kind is QuantityKind.PERCENT else figure


@lru_cache(maxsize=4096)
def named_direction(name: str) -> str:
    """Return + or - where an indicator's name says that its figure is a rise or a fall (增长率,
    降低率), else empty.
    """
    found = _DIRECTION.findall(name)
    return DIRECTIONS[found[-1]] if found else ""


def eased(before: str, after: str, sense: str) -> str | None:
    """Say whether a target became `easier` or `harder` by the sense of its indicator; empty where
    it is only another one, None where it asks for the same.
    """
    now, was = parse_quantity(after), parse_quantity(before)
    if now is None or was is None:
        return ""
    now, was = _beside(now, was), _beside(was, now)
    if now.kind not in SINGLE or now.kind is not was.kind:
        return ""
    compared = convert(was.number, was.unit, now.unit) if was.number is not None else None
    if now.number is None or compared is None:
        return ""
    if now.number == compared:
        return None if now.operator == was.operator else ""
    operator = was.operator or now.operator
    less = operator in _AT_MOST or (operator not in _AT_LEAST and sense == "less")
    return "harder" if (now.number < compared) is less else "easier"
