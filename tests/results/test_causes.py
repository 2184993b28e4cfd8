"""The causes of lost points, grouped in the office's words."""

import pytest

from evalbatch.results.causes import cause_of


@pytest.mark.parametrize(
    ("explanation", "group"),
    [
        ("连续强降雨，主汛期停工二十天。", "受外部因素影响"),
        ("公开招标流标一次，开工推迟", "前期工作和实施进度滞后"),
        ("质保金尚未支付", "资金拨付和结算滞后"),
        ("经批准取消两场", "任务调整和支出压减"),
        ("年初预期偏高", "目标设定与实际有偏差"),
        ("经办人员更换频繁", "组织管理和力量不足"),
        ("原材料供应商破产", "其他原因"),
        ("无", "未说明原因"),
        ("  ", "未说明原因"),
    ],
)
def test_an_explanation_belongs_to_the_first_group_with_one_of_its_words(
    explanation: str, group: str
) -> None:
    assert cause_of(explanation) == group
