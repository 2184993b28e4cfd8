"""Qualitative tiers and direct scoring."""

from decimal import Decimal

import pytest
from builders import percent, quantity, text, tier
from hypothesis import given
from hypothesis import strategies as st
from scored import d, one, policy, quantitative

from evalbatch.model.evaluation import Score
from evalbatch.scoring.value_rules import tier_interval


def rated(
    number: int, claimed: str | int | None, weight: str = "10", by: str = "cz2020_self"
) -> Score:
    return one(
        text("提升"),
        tier(number),
        claimed=None if claimed is None else d(claimed),
        weight=d(weight),
        by=by,
    )


def test_the_lower_bound_of_a_tier_belongs_to_it():
    assert tier_interval(policy(), 1, d(15)) == (d(12), d(15))
    assert tier_interval(policy(), 2, d(15)) == (d(9), d("11.99"))
    assert tier_interval(policy(), 3, d(15)) == (d(0), d("8.99"))


def test_the_second_tier_reaches_down_to_half_where_the_profile_says_so():
    assert tier_interval(policy("hubei2020"), 2, d(10)) == (d(5), d("7.99"))
    assert tier_interval(policy("jiangxi2017"), 3, d(10)) == (d(0), d("4.99"))


def test_bounds_are_rounded_half_up_to_two_decimals():
    assert tier_interval(policy(), 1, d("1.56")) == (d("1.25"), d("1.56"))  # 1.248


def test_a_tier_that_the_profile_does_not_have_is_not_computed():
    assert tier_interval(policy(), 4, d(10)) is None
    assert tier_interval(policy(), None, d(10)) is None
    assert one(text("提升"), tier(1), claimed=8, by=policy(tiers=())).computed is None


@pytest.mark.parametrize(
    ("number", "claimed", "final"),
    [
        (1, "10", "10"),
        (1, "8", "8"),
        (1, "5", "5"),
        (2, "8", "7.99"),
        (2, "7.99", "7.99"),
        (2, "6", "6"),
        (2, "3", "3"),
        (3, "6", "5.99"),
        (3, "5.99", "5.99"),
        (3, "0", "0"),
    ],
)
def test_a_claim_is_cut_to_the_tier_and_never_raised_into_it(number, claimed, final):
    row = rated(number, claimed)
    assert row.computed == d(final)
    assert row.final == d(final)


def test_the_reason_names_the_interval():
    assert "8.00分至10.00分之间，自评5分低于下限" in rated(1, 5).reason
    assert "6.00分至7.99分之间，自评9分超出上限" in rated(2, 9).reason
    assert "6.00分至7.99分之间，自评7.99分在区间内" in rated(2, "7.99").reason
    assert "6.00分至7.99分之间，自评6分在区间内" in rated(2, 6).reason


def test_without_a_claim_a_tier_gives_no_score():
    row = rated(1, None)
    assert row.computed is None
    assert row.final is None
    assert "未填自评得分" in row.reason


def test_a_measurable_target_with_a_qualitative_actual_is_not_computed():
    assert one(percent(95), tier(1), claimed=10).computed is None


def test_direct_scoring_is_all_or_nothing():
    assert one(text("建成"), text("建成"), by="cz2021_101").computed == 10
    assert one(text("是"), text("否"), by="cz2021_101").computed == 0
    unclear = one(text("建成并投用"), text("已建成"), by="cz2021_101", claimed=9)
    assert (unclear.computed, unclear.missed) == (None, False)
    assert "不可衡量" in unclear.reason
    denied = one(text("建成并投用"), text("未建成"), by="cz2021_101", claimed=9)
    assert (denied.computed, denied.missed) == (None, True)
    assert "写有“未建成”" in denied.reason
    assert unclear.final == 9
    assert one(text("是"), text("是")).computed is None  # 10号 knows no direct scoring


def test_the_nature_column_asks_for_direct_scoring():
    assert one(quantity(10), quantity(9), nature="直接赋分").computed == 0
    assert one(quantity(10), quantity(11), nature="直接赋分").computed == 10
    assert one(quantity(10), None, nature="直接赋分").computed is None
    assert one(text("是"), text("是"), by=quantitative(direct=True)).computed == 10


@given(
    number=st.sampled_from([1, 2, 3]),
    claimed=st.decimals(0, 100, places=2),
    weight=st.decimals(1, 100, places=1),
    by=st.sampled_from(["cz2020_self", "hubei2020"]),
)
def test_the_final_score_of_a_tier_lies_below_claim_weight_and_upper_bound(
    number, claimed, weight, by
):
    row = one(text("提升"), tier(number), claimed=claimed, weight=weight, by=by)
    interval = tier_interval(policy(by), number, weight)
    assert interval is not None
    assert row.final is not None
    assert Decimal(0) <= row.final <= min(claimed, weight, interval[1])
