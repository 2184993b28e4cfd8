"""What is better of an indicator, and whether another target asks for more or for less."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import percent, quantity
from scored import quantitative

from evalbatch.model.value import Quantity
from evalbatch.scoring.sense import (
    against,
    as_rate,
    eased,
    named_direction,
    sense_without_operator,
)


@pytest.mark.parametrize(
    ("before", "after", "sense", "told"),
    [
        ("10场", "12场", "", "harder"),
        ("12场", "10场", "", "easier"),
        ("≤10天", "≤12天", "", "easier"),
        ("≤10天", "≤8天", "", "harder"),
        ("10天", "12天", "less", "easier"),
        ("10天", "8天", "less", "harder"),
        ("≥10天", "≥12天", "less", "harder"),
        ("10公里", "9000米", "", "easier"),
        ("95", "90%", "", "easier"),
        ("90%", "95", "", "harder"),
        ("0.95", "90%", "", "easier"),
        ("10场", "≤8场", "", "harder"),
        ("10场", "10场", "", None),
        ("10公里", "10000米", "", None),
        ("≥10场", "≤10场", "", ""),
        ("≥10场", "10场", "", ""),
        ("较好", "10场", "", ""),
        ("10场", "较好", "", ""),
        ("IO场", "10场", "", ""),  # a damaged figure
        ("10场", "IO场", "", ""),
        ("10场", "10公里", "", ""),
        ("10场", "95%", "", ""),
        ("9月底前", "10月底前", "", ""),
    ],
)
def test_a_target_is_easier_or_harder_by_what_is_better(
    before: str, after: str, sense: str, told: str | None
) -> None:
    assert eased(before, after, sense) == told


@pytest.mark.parametrize(
    ("operator", "sense", "told"),
    [
        ("≥", "less", True),
        (">", "less", True),
        ("≤", "less", False),
        ("≤", "more", True),
        ("<", "more", True),
        ("≥", "more", False),
        ("≥", "", False),
        ("", "less", False),
    ],
)
def test_an_operator_may_go_against_what_is_better(operator: str, sense: str, told: bool) -> None:
    target = quantity(10, "天", operator)
    assert against(target, sense) is told
    assert not against(replace(target, direction="-"), sense)  # of a fall more is less


@pytest.mark.parametrize(
    ("figure", "unit", "name", "fraction"),
    [
        ("95", "", "验收合格率", "0.95"),
        ("0.95", "", "验收合格率", "0.95"),
        ("1", "", "验收合格率", "1"),
        ("100", "", "验收合格率", "1"),
        ("101", "", "验收合格率", None),
        ("0", "", "验收合格率", None),
        ("95", "个", "验收合格率", None),
        ("95", "", "验收合格数", None),
    ],
)
def test_a_bare_target_of_a_rate_is_a_percentage(
    figure: str, unit: str, name: str, fraction: str | None
) -> None:
    target = quantity(figure, unit)
    taken = as_rate(target, name)
    if fraction is None:
        assert taken is target
    else:
        assert (taken.number, taken.unit) == (Decimal(fraction), "%")


@pytest.mark.parametrize(
    ("name", "way"), [("亩均产量增长率", "+"), ("能耗降低率", "-"), ("验收合格率", "")]
)
def test_a_name_says_whether_its_figure_is_a_rise_or_a_fall(name: str, way: str) -> None:
    assert named_direction(name) == way


@pytest.mark.parametrize(
    ("target", "told"), [(percent(50), "unsure"), (quantity(50, "万元"), "less")]
)
def test_a_share_of_costs_may_be_meant_either_way_and_an_amount_may_not(
    target: Quantity, told: str
) -> None:
    rules = quantitative().quantitative
    assert sense_without_operator(target, "经费占比", "经济成本指标", "", rules) == told


@pytest.mark.parametrize(("rate", "told"), [(29, "unsure"), (30, ""), (95, "")])
def test_a_small_rate_of_which_nothing_is_known_may_be_meant_either_way(
    rate: int, told: str
) -> None:
    rules = quantitative().quantitative
    assert sense_without_operator(percent(rate), "复种情况", "", "", rules) == told
