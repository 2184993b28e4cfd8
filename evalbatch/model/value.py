"""What a cell means once it has been read: typed values that keep what the sender wrote."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final


class QuantityKind(StrEnum):
    """What kind of value a target (年度指标值) or an actual (实际完成值) turned out to be."""

    NUMBER = "数量"
    PERCENT = "百分比"
    BAND = "区间"
    DATE = "日期"
    TIER = "定性等级"
    TEXT = "文字"
    COMPOUND = "多个数值"
    EMPTY = "空白"


WORDED: Final = frozenset({QuantityKind.TEXT, QuantityKind.TIER})
"""The kinds that are told in words."""
SINGLE: Final = frozenset({QuantityKind.NUMBER, QuantityKind.PERCENT})
"""The kinds that are one figure."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A target or an actual as typed by a department.

    `number` is the figure in `unit` for NUMBER, a fraction (0.6452) for PERCENT, and the lower
    bound for BAND, whose upper bound is `upper`. `middle` is the middle of a band written as
    `256.8±10%`. `tier` is 1 (达成), 2 (部分达成) or 3 (未达成) for TIER. `operator` is one of `≥ ≤
    = > <` or empty, `≈` for about and `~` for nearly. `direction` is `+` or `-` where words say
    that the figure is a rise or a fall.
    """

    kind: QuantityKind
    text: str
    number: Decimal | None = None
    upper: Decimal | None = None
    middle: Decimal | None = None
    unit: str = ""
    operator: str = ""
    when: date | None = None
    tier: int | None = None
    parts: tuple["Quantity", ...] = ()
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A group of choice boxes (☑ ☐): the options and those that are ticked."""

    options: tuple[str, ...]
    ticked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that never forgets what it divides (README, rule 1.7: 预算执行率 has two
    denominators).
    """

    numerator: Decimal
    denominator: Decimal
    numerator_name: str
    denominator_name: str

    @property
    def value(self) -> Decimal | None:
        """The rate as an unrounded fraction, or None when the denominator is zero."""
        return self.numerator / self.denominator if self.denominator else None


Value = Decimal | str | date | Quantity | Choice | None
