"""What share of its weight an actual earns, as offices write targets and actuals: on both sides of
every bound, and exactly on it.
"""

from decimal import Decimal

import pytest
from builders import compound, quantity
from scored import quantitative

from evalbatch.reading.quantities import parse_quantity
from evalbatch.scoring.attainment import Attained, attain

RULES = quantitative().quantitative


def attained(target: str, actual: str, sense: str = "") -> Attained:
    both = (parse_quantity(text, year=2024) for text in (target, actual))
    return attain(*both, RULES, sense=sense)


@pytest.mark.parametrize(
    ("target", "actual", "sense", "share"),
    [
        ("约10场", "9场", "", "1"),
        ("约10场", "8.9场", "", "0.89"),
        ("约10场", "11场", "less", "1"),
        ("约10场", "12场", "less", "0.83"),
        ("约10场", "8场", "less", "1"),
        ("2%-3%", "4%", "more", "1"),
        ("2%-3%", "4%", "", "0.75"),
        ("2-3个", "4个", "more", "0.75"),
        ("2-3个", "1个", "less", "1"),
        ("2-3个", "0个", "less", "1"),
        ("0.5-3个", "0.1个", "less", "1"),
        ("2-3万元", "1万元", "less", "0.5"),
        ("2-3个", "2-3个", "", "1"),
        ("2-3个", "2.2-2.8个", "", "1"),
        ("2-3个", "2-3", "", "1"),
        ("不早于9月1日", "9月1日", "", "1"),
        ("6月30日前", "3月15日", "", "1"),
        ("7月31日前", "2024年3月15日", "", "1"),
        ("7月31日前", "4月15日", "", "1"),
        ("≥-3%", "-3%", "", "1"),
        ("≥5天", "不超过4天", "", "0.8"),
        ("12场", "近14场", "", "1"),
        ("≥20天", "14个工作日", "", "0.7"),
        ("≥20天", "20个工作日", "", "1"),
        ("培训10人，覆盖率100%", "培训5人，覆盖率100%", "", "0.75"),
        ("12场", "完成率75%", "", "0.75"),
        ("全部完成", "100%", "", "1"),
        ("95%", "约95%", "", "1"),
        ("1场", "约1场", "", "1"),
        ("受理100户", "受理100户，发放100户", "", "1"),
        ("12场", "12场，完成率100%", "", "1"),
        ("12场", "克服困难，完成12场", "", "1"),
        ("12场", "前期调研2次，完成12场", "", "1"),
        ("320人次", "甲120人次，乙200人次，合计320人次", "", "1"),
        ("12个", "12个，验收9个", "", "0.75"),
        ("12公里", "12公里，5座", "", "1"),
        ("12场", "12场，合格率75%", "", "1"),
        ("合格率95%", "合格率96%", "", "1"),
        ("完成12场，未验收", "12场，未验收", "", "1"),
        ("≥-3%", "-2%", "", "1"),
        ("≤-3%", "-4%", "", "1"),
        ("≤0起", "1起", "", "0"),
        ("10场", "未开展", "", "0"),
        ("0起", "未发生", "", "1"),
        ("零事故", "无", "", "1"),
        ("12场", "近13.4场", "", "1"),
        ("2%-3%", "1%", "less", "1"),
        ("2%-3%", "1%", "more", "0.5"),
        ("2-3个", "4个", "less", "0.75"),
        ("2-3万元", "1万元", "", "0.5"),
        ("2-3个", "2.5", "", "1"),
        ("3月31日前", "1月15日", "", "1"),
        ("7月31日前", "2024年7月31日", "", "1"),
        ("师生比1:15", "1:15", "", "1"),
        ("100%1000件", "100%500件", "", "0.75"),
        ("约10场", "11.1场", "less", "0.90"),
        ("≤10起", "不足12起", "", "0.83"),
        ("≤10起", "近10起", "", "1"),
        ("12场", "不超过11场", "", "0.92"),
        ("12场", "11场以上", "", "0.92"),
        ("12场", "12场以上", "", "1"),
        ("≤5天", "超过6天", "", "0.83"),
        ("≥20天", "13个工作日", "", "0.65"),
    ],
)
def test_the_share_is_told_exactly_up_to_the_bound(
    target: str, actual: str, sense: str, share: str
) -> None:
    reached = attained(target, actual, sense)
    assert reached.share is not None
    assert round(reached.share, 2) == Decimal(share)


@pytest.mark.parametrize(
    ("target", "actual", "contradicted"),
    [
        ("12场", "不足12场", True),
        ("12场", "不足13场", False),
        ("12场", "近12场", False),
        ("12场", "近11场", True),
        ("≤5天", "5天以上", False),
        ("≤5天", "超过5天", True),
        ("≤5天", "超过4天", False),
        ("≥5天", "不超过5天", False),
        ("2-3个", "1-2个", False),
        ("2-3个", "2-4个", False),
        ("2-3个", "2-3天", False),
        ("不早于9月1日", "8月31日", True),
        ("9月30日前", "9月30日后", True),
        ("9月30日前", "9月29日后", False),
        ("12月31日前", "1月15日", False),
        ("7月31日前", "3月15日", False),
        ("≥-3%", "-4%", True),
        ("≥20天", "15个工作日", False),
        ("培训10人，覆盖率100%", "培训5人，良好", False),
        ("12场", "12场，完成率75%", False),
        ("全部完成", "95%", True),
        ("9月底前", "按时完成", False),
        ("100%", "约100%", False),
        ("100%", "约99%", True),
        ("12场", "近13.3场", False),
        ("12场", "不超过13场", False),
        ("≥10场", "不足10场", True),
        ("≤10起", "超过9起", False),
        ("0-3个", "-1个", True),
        ("9月30日前", "10月9日", True),
        ("9月30日前", "2023年12月1日", False),
        ("师生比1:15", "1:14", False),
        ("完成12场", "按时完成", False),
        ("受理100户", "受理120户，发放110户", False),
        ("100户", "受理100户，发放85户", False),
        ("100%", "100%，完成率90%", False),
        ("合格率95%", "好评率96%", False),
        ("12场", "12场，未验收", False),
        ("12场", "完成率100%", False),
        ("≤10起", "8起，漏报2起", False),
        ("320人次", "甲120人次，乙190人次，合计320人次", False),
        ("12", "12公里，5座", False),
        ("12公里", "12公里，5公里", False),
        ("12场", "尚在征求意见", True),
        ("100%", "尚在征求意见", True),
        ("95%", "尚在征求意见", False),
    ],
)
def test_what_cannot_be_told_is_left_to_a_person_and_a_contradiction_is_said(
    target: str, actual: str, contradicted: bool
) -> None:
    reached = attained(target, actual)
    assert reached.share is None
    assert reached.missed is contradicted


@pytest.mark.parametrize("actual", ["截至7月96%", "上半年完成率96%", "96%（1-7月）"])
def test_a_share_of_part_of_the_year_is_for_a_person_but_what_monitoring_asks_for(
    actual: str,
) -> None:
    assert attained("≥95%", actual).said == "doubted"
    in_year = quantitative("monitoring").quantitative
    target, told = (parse_quantity(text, year=2024) for text in ("≥95%", actual))
    assert attain(target, told, in_year).share == 1


def test_one_of_several_values_that_is_short_contradicts_though_another_cannot_be_told() -> None:
    target = compound(quantity(10, "人"), quantity(5, "个"))
    for first, contradicted in ((5, True), (10, False)):
        reached = attain(target, compound(quantity(first, "人"), quantity(5, "公里")), RULES)
        assert reached.share is None
        assert reached.missed is contradicted


@pytest.mark.parametrize(
    ("target", "actual", "completion"),
    [
        ("10场", "15场", "1.5"),
        ("≤10起", "8起", "1"),
        ("≤10起", "20起", "0.5"),
        ("约10场", "12场", "1"),
        ("2-3个", "1个", "0.5"),
        ("≤0起", "2起", "0"),
    ],
)
def test_completion_goes_above_one_only_where_more_is_better(
    target: str, actual: str, completion: str
) -> None:
    assert attained(target, actual).completion == Decimal(completion)


@pytest.mark.parametrize(
    ("target", "actual", "sense", "told"),
    [
        ("10场", "8场", "", {"rate": "80.00%"}),
        ("≤10起", "12起", "", {"excess": "20.00%", "rate": "83.33%"}),
        ("约10场", "9.5场", "", {"tolerance": "10%"}),
        ("2%-3%", "4%", "", {"bound": "3%", "rate": "75.00%"}),
        ("2-3个", "1个", "", {"bound": "2个", "rate": "50.00%"}),
        ("9月30日前", "10月9日", "", {"days": "9"}),
        ("全部完成", "95%", "", {"words": "95%"}),
    ],
)
def test_what_was_compared_is_told_in_figures(
    target: str, actual: str, sense: str, told: dict[str, str]
) -> None:
    assert dict(attained(target, actual, sense).figures) == told


@pytest.mark.parametrize(
    ("target", "actual", "said"),
    [
        ("9月底前", "按时完成", "undated"),
        ("9月底前", "较好", "text"),
        ("12场", "按时完成", "text"),
        ("12场", "", "no_actual"),
        ("", "12场", "no_target"),
        ("12场", "不足12场", "below"),
        ("12场", "近12场", "nearly"),
        ("≤5天", "5天以上", "at_least"),
        ("≥20天", "15个工作日", "calendar"),
        ("≥20天", "14个工作日", "short"),
        ("师生比1:15", "1:14", "direction"),
        ("2-3个", "1-2个", "bands"),
        ("2-3个", "2-3天", "text"),
        ("12场", "12公里", "units"),
        ("12场", "95%", "kinds"),
        ("9月30日前", "9月30日后", "after"),
        ("不早于9月1日", "8月31日", "before"),
    ],
)
def test_why_nothing_or_less_is_told_has_a_word_of_its_own(
    target: str, actual: str, said: str
) -> None:
    assert attained(target, actual).said == said
