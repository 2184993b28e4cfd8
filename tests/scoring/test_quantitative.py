"""Quantitative indicators: forward, reverse, zero and negative targets, bands, dates, several
figures, units.
"""

from datetime import date
from decimal import Decimal

import pytest
from builders import band, compound, day, percent, quantity, text, tier
from hypothesis import given
from hypothesis import strategies as st
from scored import one, quantitative

from evalbatch.model.units import convert
from evalbatch.model.value import Quantity
from evalbatch.reading.quantities import parse_quantity


def computed(
    target: Quantity, actual: Quantity, by="cz2020_self", weight=10, **more: str
) -> Decimal | None:
    return one(target, actual, by=by, weight=weight, **more).computed


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        (quantity(12, "个"), quantity(12, "个"), 10),
        (quantity(12, "个", "≥"), quantity(15, "个"), 10),
        (quantity(9, "批次"), quantity(5, "批次"), "5.56"),
        (quantity(9, "批次", ">"), quantity(5), "5.56"),
        (quantity(9, "批次", "="), quantity(12), 10),
        (percent(90, "≥"), percent(45), 5),
        (quantity(8, "", "≥"), quantity(-3), 0),
    ],
)
def test_a_forward_indicator_earns_in_proportion_and_never_more_than_its_weight(
    target, actual, expected
):
    assert computed(target, actual) == Decimal(expected)


def test_the_two_reverse_formulas_differ():
    for actual, by_quotient, by_subtraction in (
        (12, "8.33", "8.00"),
        (20, "5.00", "0.00"),
        (30, "3.33", "0.00"),
    ):
        target = quantity(10, "起", "≤")
        assert computed(target, quantity(actual)) == Decimal(by_quotient)
        assert computed(target, quantity(actual), "subtractive") == Decimal(by_subtraction)


@pytest.mark.parametrize("by", ["cz2020_self", "subtractive"])
def test_a_reverse_indicator_at_or_below_its_target_is_full(by):
    assert computed(quantity(10, "起", "≤"), quantity(10), by) == 10
    assert computed(quantity(10, "起", "<"), quantity(0), by) == 10
    assert computed(quantity(10, "起", "≤"), quantity(-1), by) == 10


@pytest.mark.parametrize("by", ["cz2020_self", "subtractive"])
@pytest.mark.parametrize("operator", ["", "=", "≤", "<"])
def test_a_zero_target_is_all_or_nothing(by, operator):
    assert computed(quantity(0, "起", operator), quantity(0, "起"), by) == 10
    assert computed(quantity(0, "起", operator), quantity(-1, "起"), by) == 10
    assert computed(quantity(0, "起", operator), quantity(1, "起"), by) == 0


def test_at_least_zero_is_met_by_anything_that_is_not_negative():
    assert computed(quantity(0, "", "≥"), quantity(7)) == 10


def test_a_negative_target_is_compared_and_left_to_the_reviewer_when_missed():
    assert computed(percent(-3, "≤"), percent(-5)) == 10
    missed = one(percent(-3, "≤"), percent(1))
    assert missed.computed is None
    assert "负数" in missed.reason


def test_costs_without_an_operator_are_reverse_indicators():
    target, saved, overspent = quantity(50, "万元"), quantity(40, "万元"), quantity(60, "万元")
    assert computed(target, saved, level2="成本指标") == 10
    assert computed(target, overspent, level2="成本指标") == Decimal("8.33")
    against = quantity(50, "万元", "≥")  # met by its sense and missed by its operator: for a person
    assert computed(against, saved, level2="成本指标") is None
    assert computed(against, overspent, level2="成本指标") is None
    assert computed(against, target, level2="成本指标") == 10


def test_a_cost_percentage_without_an_operator_has_no_direction():
    assert computed(percent(100), percent(100), level2="成本指标") == 10
    unclear = one(percent(100), percent(60), level2="成本指标")
    assert unclear.computed is None
    assert "≥或≤" in unclear.reason


@pytest.mark.parametrize(
    ("nature", "expected"),
    [("反向指标", "8.33"), ("≤", "8.33"), ("正向", 10), ("≥", 10), ("定量", 10)],
)
def test_the_nature_column_tells_the_direction_where_the_target_does_not(nature, expected):
    assert computed(quantity(10), quantity(12), nature=nature) == Decimal(expected)


def test_an_operator_of_the_target_stands_before_the_one_in_the_nature_column():
    assert computed(quantity(10, "", "≤"), quantity(12), nature="≥") == Decimal("8.33")
    assert computed(quantity(10, "", "≥"), quantity(8), nature="≤") == 8


def test_a_band_is_full_inside_and_in_proportion_to_the_nearest_bound_outside():
    plan = band("231.12", "282.48", "万元", "256.8")
    for actual, expected in (
        ("231.12", 10),
        ("282.48", 10),
        ("269.21", 10),
        ("115.56", 5),
        ("564.96", 5),
        ("-1", 0),
    ):
        assert computed(plan, quantity(actual, "万元")) == Decimal(expected), actual
    assert computed(plan, quantity("564.96", "万元"), "subtractive") == 0


def test_a_bare_number_beside_a_band_of_percentages_is_read_the_one_plausible_way():
    target = Quantity(band("2", "3").kind, "2%-3%", Decimal("0.02"), Decimal("0.03"), unit="%")
    assert computed(target, percent("2.5")) == 10
    assert computed(target, quantity("2.5")) == 10
    assert computed(target, quantity("2.5", "个")) is None


@pytest.mark.parametrize(
    ("actual", "expected"),
    [("110", 5), ("90", 5), ("112", 3), ("115", 3), ("116", 1), ("120", 1), ("121", 0)],
)
def test_jiangxi_scores_a_band_by_its_ladder_of_deviations(actual, expected):
    assert (
        computed(band("90", "110", "万元", "100"), quantity(actual, "万元"), "jiangxi2017", 5)
        == expected
    )


def test_a_date_met_is_full_and_a_late_one_is_left_to_the_reviewer():
    due = day(date(2021, 9, 30))
    assert computed(due, day(date(2021, 9, 30))) == 10
    late = one(due, day(date(2021, 10, 9)))
    assert late.computed is None
    assert "晚9天" in late.reason
    assert computed(due, day(date(2021, 10, 9)), quantitative(late_dates="zero")) == 0


def test_several_figures_are_compared_one_by_one():
    target = compound(percent(100), quantity(1000, "件"))
    assert computed(target, compound(percent(100), quantity(500, "件"))) == Decimal("7.50")
    assert computed(target, compound(percent(100), quantity(3000, "件"))) == 10
    assert computed(target, compound(quantity(500, "件"), percent(100))) is None
    assert computed(target, percent(100)) is None


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        (quantity(2, "万元"), quantity(10000, "元"), 5),
        (quantity(2, "万亩"), quantity(10000, "亩"), 5),
        (quantity(2, "小时"), quantity(60, "分钟"), 5),
        (quantity(2, "公里"), quantity(1000, "米"), 5),
        (quantity(2, "万人次"), quantity(10000, "人次"), 5),
        (quantity(2, "百分点"), quantity(1, "个百分点"), 5),
        (quantity(90, "万"), quantity(450000, "元"), 5),
    ],
)
def test_compatible_units_are_converted(target, actual, expected):
    assert computed(target, actual) == expected


@pytest.mark.parametrize(
    ("target", "actual", "says"),
    [
        (quantity(12, "个"), quantity(12, "公里"), "计量单位不同"),
        (quantity(12, "个"), percent(100), "类型不一致"),
        (percent(95), quantity(96, "个"), "类型不一致"),
        (day(date(2021, 9, 30)), percent(100), "类型不一致"),
        (quantity(12, "个"), text("已完成"), "文字"),
        (quantity(12, "个"), tier(1), "类型不一致"),
        (text("效果明显"), text("效果明显"), "文字"),
        (quantity(12, "个"), None, "未填实际完成值"),
        (None, quantity(12, "个"), "未填年度指标值"),
    ],
)
def test_what_cannot_be_compared_is_not_computed_and_says_why(target, actual, says):
    row = one(target, actual, claimed=7)
    assert row.computed is None
    assert says in row.reason
    assert row.final == 7


def test_overachievement_is_kept_unless_the_profile_deducts():
    assert computed(quantity(10), quantity(20)) == 10
    deducting = quantitative(deduct_above=True, deduct_slope=Decimal("0.5"))
    assert computed(quantity(10), quantity(13), deducting) == 10
    assert computed(quantity(10), quantity(20), deducting) == Decimal("6.50")


def test_reasons_read_as_sentences():
    def says(target, actual, **more):
        return one(target, actual, **more).reason

    assert (
        says(quantity(12, "个"), quantity(12, text="已完成12个"))
        == "目标值12个，实际完成12个，完成率100.00%，得满分"
    )
    assert "实际完成50%，" in says(
        percent(100), Quantity(percent(50).kind, "完成率50%", Decimal("0.5"))
    )
    assert says(quantity(10, "起", "≤"), quantity(12, "起")) == (
        "目标值≤10起，实际完成12起，超出目标值20.00%，按得分比例83.33%核算为8.33分（满分10分）"
    )
    assert "低于下限38.88万元" in says(band("38.88", "47.52", "万元"), quantity("31.12", "万元"))
    due = Quantity(day(date(2021, 12, 31)).kind, "2021年12月完成", when=date(2021, 12, 31))
    assert (
        says(due, day(date(2021, 11, 30)))
        == "目标时限2021年12月完成，实际2021年11月30日，未晚于时限，得满分"
    )


def test_completion_is_kept_above_one():
    assert one(quantity(10), quantity(15)).completion == Decimal("1.5")


@pytest.mark.parametrize(
    ("target", "actual", "completion"),
    [("下降5%", "下降10%", "1"), ("下降10%", "下降5%", "0.5"), ("增长5%", "增长10%", "2")],
)
def test_a_fall_by_more_than_was_asked_for_is_met_and_no_more(target, actual, completion):
    both = (parse_quantity(each, year=2024) for each in (target, actual))
    assert one(*both).completion == Decimal(completion)


numbers = st.decimals(min_value=-1000, max_value=100000, places=3)
positive = st.decimals(min_value=Decimal("0.001"), max_value=100000, places=3)
weights = st.decimals(min_value=Decimal("0.1"), max_value=100, places=1)
operators = st.sampled_from(["", "≥", ">", "=", "≤", "<"])
profiles = st.sampled_from(["cz2020_self", "subtractive", "cz2021_101", "jiangxi2017", "hubei2020"])


@given(target=numbers, actual=numbers, weight=weights, operator=operators, by=profiles)
def test_a_computed_score_lies_within_zero_and_the_weight(target, actual, weight, operator, by):
    score = computed(quantity(target, "个", operator), quantity(actual, "个"), by, weight)
    assert score is None or 0 <= score <= weight


@given(
    target=positive,
    actuals=st.tuples(numbers, numbers),
    weight=weights,
    operator=operators,
    by=profiles,
)
def test_more_is_never_worse_forward_and_never_better_in_reverse(
    target, actuals, weight, operator, by
):
    less, more = (
        computed(quantity(target, "", operator), quantity(actual), by, weight)
        for actual in sorted(actuals)
    )
    assert less is not None
    assert more is not None
    assert less >= more if operator in {"≤", "<"} else less <= more


@given(low=positive, width=positive, actual=numbers, weight=weights, by=profiles)
def test_the_score_of_a_band_lies_within_zero_and_the_weight(low, width, actual, weight, by):
    score = computed(band(str(low), str(low + width)), quantity(actual), by, weight)
    assert score is not None
    assert 0 <= score <= weight


@given(
    number=numbers,
    unit=st.sampled_from(["元", "万元", "亿元", "亩", "万亩", "公顷", "米", "公里", "个"]),
    other=st.data(),
)
def test_a_conversion_there_and_back_changes_nothing(number, unit, other):
    wanted = other.draw(st.sampled_from(["元", "万元", "亩", "米", "公里", "个"]))
    there = convert(number, unit, wanted)
    if there is not None:
        back = convert(there, wanted, unit)
        assert back is not None
        assert abs(back - number) < Decimal("1E-15")


def test_a_figure_typed_beyond_all_bounds_is_no_crash():
    row = one(quantity("1E-300"), quantity("1E+300"), claimed=quantity("1E+300").number, weight=10)
    assert row.final == 10
    assert one(quantity("1E+300"), quantity("1")).computed == 0
