"""Points checked, mean completion, satisfaction, the evaluator's score, ladders and deductions."""

from decimal import Decimal

import pytest
from builders import choice, indicator, percent, quantity, row, submission, text
from hypothesis import given
from hypothesis import strategies as st
from scored import d, one, policy, scored

from evalbatch.model.submission import Row, RowKind


def evaluated(name, weight, claimed, others=(), fields=None, **more):
    built = submission([indicator(name, weight, claimed, **more), *others], fields)
    return scored(built, "cz2020_evaluation").rows[0]


def answers(*met, name="立项依据充分性"):
    return [
        row("points", 50 + index, level3=name, point=f"要点{index}", met=answer)
        for index, answer in enumerate(met)
    ]


def targets(*pairs, group="产出"):
    return [
        row("targets", 70 + index, group=group, item=f"任务{index}", target=target, actual=actual)
        for index, (target, actual) in enumerate(pairs)
    ]


def test_each_point_met_earns_an_equal_share():
    met = evaluated("立项依据充分性", 5, 5, answers("是", "是", "是", choice("是"), "否"))
    assert met.computed == 4
    assert met.final == 4
    assert "共核对5个要点，符合4个" in met.reason


def test_points_that_do_not_apply_are_left_out():
    met = evaluated("立项依据充分性", 6, 6, answers("是", "否", "不适用"))
    assert met.computed == 3
    assert "另有1个要点不适用" in met.reason
    assert evaluated("立项依据充分性", 6, 6, answers("不适用")).computed is None


def test_an_unanswered_point_leaves_the_score_to_the_evaluator():
    met = evaluated("立项依据充分性", 6, 4, answers("是", None, choice("")))
    assert met.computed is None
    assert met.final == 4
    assert "有2项未填" in met.reason


def test_without_points_the_evaluator_s_score_is_kept_within_bounds():
    assert evaluated("立项依据充分性", 3, 2).computed == 2
    assert "未填要点核对" in evaluated("立项依据充分性", 3, 2).reason
    assert evaluated("经济效益", 6, 8).computed == 6
    assert evaluated("经济效益", 6, -1).computed == 0
    assert evaluated("经济效益", 6, None).computed is None


def test_points_printed_by_the_form_but_never_answered_are_no_points():
    met = evaluated("立项依据充分性", 3, 2, answers(None, None, choice("")))
    assert met.computed == 2
    assert "未填要点核对" in met.reason


def test_points_belong_to_their_own_indicator():
    assert evaluated("立项程序规范性", 3, 3, answers("否", "否")).computed == 3


def test_mean_completion_counts_each_target_once_and_at_most_in_full():
    pairs = [(quantity(9), quantity(5)), (quantity(1), quantity(4)), (quantity(2), quantity(2))]
    reached = evaluated(
        "产出数量", 15, 15, [*targets(*pairs), *targets((quantity(1), None), group="效益")]
    )
    assert reached.computed == d("12.78")  # (5/9 + 1 + 1)/3 of 15
    assert reached.final == d("12.78")
    assert "未全部完成的有：“任务0”（55.56%）" in reached.reason


def test_without_a_target_list_the_row_itself_or_the_evaluator_decides():
    assert evaluated("产出数量", 15, 15, target=quantity(10), actual=quantity(8)).computed == 12
    assert evaluated("产出数量", 15, 9).computed == 9


def survey(
    fields, claimed=8, target=None, actual=None, by="cz2020_evaluation", name="服务对象满意度"
):
    built = submission([indicator(name, 8, claimed, target, actual, level1="满意度指标")], fields)
    return scored(built, by).rows[0]


@pytest.mark.parametrize(
    ("fields", "expected", "source"),
    [
        ({"survey_satisfied": 38, "survey_valid": 40, "survey_rate": 0.5}, 8, "满意38份÷有效40份"),
        ({"survey_satisfied": 18, "survey_valid": 40}, 4, "满意18份÷有效40份"),
        ({"survey_rate": Decimal("0.45"), "survey_mean": 96}, 4, "填报的满意率"),
        ({"survey_mean": 45}, 4, "平均分45.00分"),
        ({"survey_valid": 0, "survey_satisfied": 0, "survey_mean": 96}, 8, "平均分"),
    ],
)
def test_satisfaction_comes_from_the_survey_and_names_its_formula(fields, expected, source):
    asked = survey(fields)
    assert asked.computed == expected
    assert source in asked.reason


def test_satisfaction_compares_with_the_target_where_there_is_one():
    assert survey({}, target=percent(80), actual=percent(40)).computed == 4
    assert survey({}, target=percent(80), actual=quantity(40, "分")).computed == 4


def test_satisfaction_without_a_survey_or_on_another_scale_is_not_computed():
    assert survey({}).computed is None
    assert "没有满意度调查" in survey({}).reason
    assert survey({"survey_mean": 4}).computed is None
    assert survey({}, actual=quantity(40, "人")).computed is None


@pytest.mark.parametrize(
    ("rate", "expected"), [("90", 8), ("89.99", "6.40"), ("80", "6.40"), ("60", 4), ("59.99", 0)]
)
def test_satisfaction_in_bands(rate, expected):
    assert survey({}, actual=percent(rate), by="cz2021_101").computed == Decimal(expected)


@pytest.mark.parametrize(
    ("rate", "expected"), [("95", 8), ("90", 8), ("85", 7), ("80.01", 7), ("80", 6), ("10", 0)]
)
def test_satisfaction_less_a_point_for_every_full_five(rate, expected):
    assert survey({}, actual=percent(rate), by="jiangxi2017").computed == expected


@pytest.mark.parametrize(
    ("name", "actual", "expected"),
    [
        ("重点支出安排率", 85, "4.00"),
        ("重点支出安排率", 59, 0),
        ("重点支出安排率", 90, 5),
        ("在职人员控制率", 100, 5),
        ("在职人员控制率", 103, "3.50"),
        ("“三公”经费变动率", -8, 5),
        ("“三公”经费变动率", 2, 4),
        ("预算调整率", 0, 5),
        ("预算调整率", 10, "3.33"),
        ("预算调整率", 30, "0.83"),
        ("预算调整率", 31, 0),
    ],
)
def test_the_ladders_of_the_whole_department_form(name, actual, expected):
    assert one(
        text("见标准"), percent(actual), weight=5, name=name, by="department_self"
    ).computed == Decimal(expected)


def test_a_ladder_without_its_figure_falls_back_to_the_values():
    assert (
        one(
            text("见标准"),
            text("良好"),
            weight=5,
            claimed=4,
            name="预算调整率",
            by="department_self",
        ).computed
        is None
    )


def test_a_deduction_without_its_figure_falls_back_to_the_values():
    assert (
        one(
            quantity(10, "人", "≤"),
            quantity(12, "人"),
            weight=6,
            name="在职人员控制率",
            by="department_self",
        ).computed
        == 5
    )


def test_a_ladder_may_stand_over_the_completion():
    base = policy("department_self")
    by_completion = policy(
        "department_self",
        rules=(base.rules[4].model_copy(update={"over": "completion", "level3": ""}),),
    )
    fresh = type(base).model_validate(by_completion.model_dump())
    row_ = one(quantity(10), quantity(8), by=fresh)
    assert row_.rule == "分档计分"
    assert (row_.computed, row_.completion) == (8, Decimal("0.8"))
    over_actual = one(
        percent(90), percent(85), by="department_self", weight=4, name="重点支出安排率"
    )
    assert (over_actual.rule, over_actual.completion) == ("分档计分", None)
    assert "完成率为80.00%" in row_.reason


def test_subtotals_of_other_tables_do_not_count():
    total = row(
        "targets", 90, kind=RowKind.TOTAL, group="产出", item="合计", target=None, actual=None
    )
    assert (
        evaluated("产出数量", 10, 10, [*targets((quantity(1), quantity(1))), total]).computed == 10
    )


@given(
    met=st.lists(st.sampled_from(["是", "否", "不适用"]), min_size=1, max_size=8),
    weight=st.decimals(1, 20, places=1),
)
def test_another_point_met_never_lowers_the_score(met, weight):
    before = evaluated("立项依据充分性", weight, weight, answers(*met)).computed
    after = evaluated("立项依据充分性", weight, weight, answers(*met, "是")).computed
    assert after is not None
    assert 0 <= (before or 0) <= after <= weight


def late_item() -> list[Row]:
    items = (
        ("疏浚航道", quantity(18, "公里"), quantity(18, "公里")),
        ("按期完工率", percent(100), percent(95)),
    )
    return [
        row("targets", 70 + index, group="产出", item=item, target=target, actual=actual)
        for index, (item, target, actual) in enumerate(items)
    ]


def test_a_late_item_is_not_cut_twice():
    timeliness = indicator("产出时效", 6, 5, number=21, level1="产出", level2="产出时效")
    assert evaluated("产出数量", 15, 15, [timeliness, *late_item()]).computed == 15
    alone = evaluated("产出数量", 15, 15, late_item())
    assert alone.computed == Decimal("14.63")  # nothing else scores timeliness: 97.50 % of 15


@pytest.mark.parametrize(("mean", "expected"), [("10", None), ("10.01", "0.89"), ("90", 8)])
def test_a_mean_of_a_tenth_of_the_scale_or_less_is_of_another_scale(mean, expected):
    asked = survey({"survey_mean": Decimal(mean)})
    assert asked.computed == (None if expected is None else Decimal(expected))


def test_a_rate_that_was_measured_stands_before_the_survey():
    fields = {"survey_satisfied": 10, "survey_valid": 40, "survey_rate": Decimal("0.3")}
    assert survey(fields, actual=percent(45)).computed == 4
    half = {"survey_satisfied": None, "survey_valid": 40, "survey_rate": Decimal("0.45")}
    assert survey(half).computed == 4


def test_satisfaction_tells_what_was_wanted_and_whether_it_was_reached():
    met, short = (survey({}, target=percent(80), actual=percent(rate)) for rate in (80, 79))
    assert (met.computed, met.completion) == (8, Decimal("0.8"))
    assert short.computed == Decimal("7.90")
    assert "达到80%，得满分" in met.reason
    assert "低于80%，8分按满意度÷80%核算为7.90分" in short.reason
    assert survey({}, actual=percent(95)).computed == 8


def test_an_answer_that_is_no_answer_is_counted_as_blank():
    met = evaluated("立项依据充分性", 6, 4, answers("是", "也许", "不适用"))
    assert met.computed is None
    assert "有1项未填" in met.reason


def test_one_target_that_cannot_be_told_leaves_all_untold_and_is_named():
    pairs = [(quantity(9, "个"), quantity(5, "个")), (quantity(1, "个"), text("较好"))]
    told = evaluated("产出数量", 15, 12, targets(*pairs))
    assert (told.computed, told.final) == (None, 12)
    assert "任务1" in told.reason
    assert "任务0" not in told.reason


def test_targets_reached_in_full_name_none_that_is_missed():
    told = evaluated("产出数量", 15, 15, targets((quantity(9), quantity(9))))
    assert (told.computed, told.completion) == (15, 1)
    assert "未全部完成" not in told.reason


def test_items_of_timeliness_count_here_where_nothing_of_weight_counts_them():
    unweighted = indicator("产出时效", None, None, number=21, level1="产出", level2="产出时效")
    assert evaluated("产出数量", 15, 15, [unweighted, *late_item()]).computed == Decimal("14.63")
    only_late = late_item()[1:]
    timeliness = indicator("产出时效", 6, 5, number=21, level1="产出", level2="产出时效")
    assert evaluated("产出数量", 15, 15, [timeliness, *only_late]).computed == Decimal("14.25")


def test_the_evaluators_score_is_told_to_be_cut_where_it_is():
    assert "按评分核算" in evaluated("经济效益", 6, 6).reason
    for claimed in (8, -1):
        assert f"{claimed}分" in evaluated("经济效益", 6, claimed).reason
