"""Weights: what they add up to, to the cent, and with what says 无."""

from decimal import Decimal

import pytest
from builders import indicator, quantity

from checks.samples import codes, found, self_evaluation
from evalbatch.model.submission import Row

WHY = "一条道路因管线迁改推迟到次年三月完工。"


def repaired(weight: str) -> Row:
    """The row that has 20 of 100 points in a self-evaluation without a fault."""
    target, actual = quantity(10, "条"), quantity(9, "条")
    return indicator("修缮道路", Decimal(weight), 13, target, actual, reason=WHY)


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        ("20.01", None),
        ("19.99", None),
        ("20.011", "全部指标分值合计为100.011分，应为100分，相差0.011分。"),
        ("25", "全部指标分值合计为105分，应为100分，相差5分。"),
        ("15", "全部指标分值合计为95分，应为100分，相差5分。"),
    ],
)
def test_weights_differ_from_the_whole_by_more_than_a_cent(weight: str, told: str | None) -> None:
    said = [each.message for each in found(self_evaluation(amount=repaired(weight)))]
    assert [each for each in said if each.startswith("全部指标分值")] == ([told] if told else [])


def test_weights_that_are_wrong_only_by_a_row_that_says_nothing_are_not_told_twice() -> None:
    nothing = indicator("无", 5, 5, quantity(1, "个"), quantity(1, "个"), number=31)
    assert "W01" not in codes(self_evaluation(nothing=nothing))
    assert "W01" in codes(self_evaluation(nothing=nothing, amount=repaired("25")))
