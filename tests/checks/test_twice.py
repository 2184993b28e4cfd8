"""The same indicator twice (I01): only numbering in front of a name is no part of it."""

import pytest
from builders import indicator, percent

from checks.samples import codes, self_evaluation


def named(first: str, second: str) -> set[str]:
    """Return the codes of a self-evaluation in which two indicators have these names."""
    rows = {
        "amount": indicator(first, 10, 10, percent(90, "≥"), percent(91), number=20),
        "quality": indicator(
            second, 20, 20, percent(95, "≥"), percent(96), number=21, level2="质量指标"
        ),
    }
    return codes(self_evaluation(**rows))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("修缮道路", "修缮道路"),
        ("指标1：修缮道路", "指标2：修缮道路"),
        ("指标1:修缮道路", "修缮道路"),
        ("1.修缮道路", "2、修缮道路"),
        ("（1）修缮道路", "(2) 修缮道路"),
        ("修缮 道路", "修缮道路"),
    ],
)
def test_numbering_in_front_does_not_make_another_indicator(first: str, second: str):
    assert "I01" in named(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("公共卫生5", "公共卫生7"),
        ("培训场次1", "培训场次2"),
        ("指标1：培训场次1", "指标2：培训场次2"),
        ("G105公路养护里程", "G318公路养护里程"),
        ("1.5公里道路修缮", "2.5公里道路修缮"),
        ("培训人数（教师）", "培训人数（学生）"),
        ("30分钟到达率", "60分钟到达率"),
    ],
)
def test_names_that_differ_elsewhere_are_different_indicators(first: str, second: str):
    assert "I01" not in named(first, second)
