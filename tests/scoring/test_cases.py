"""The reference cases give the totals, level sums and grades that were published."""

from decimal import Decimal

from builders import indicator
from reference_cases import case_a, case_b
from scored import scored

from evalbatch.model.evaluation import Scores


def by_level(scores: Scores) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in scores.rows:
        sums[row.level1] = sums.get(row.level1, Decimal(0)) + (row.final or Decimal(0))
    return sums


def row_of(scores: Scores, level3: str):
    return next(row for row in scores.rows if row.level3 == level3)


def test_case_b_is_graded_92_45():
    scores = scored(case_b())
    assert str(scores.final_total) == "92.45"
    assert scores.claimed_total == Decimal("92.45")
    assert scores.grade == "优"
    assert scores.weight_total == 100
    assert scores.stated_total == Decimal("92.45")
    assert scores.stated_grade == "优"
    assert by_level(scores) == {
        "预算执行率": Decimal("6.45"),
        "产出指标": Decimal(46),
        "效益指标": Decimal(30),
        "满意度指标": Decimal(10),
    }


def test_case_b_names_numerator_and_denominator_of_the_execution_rate():
    scores = scored(case_b())
    rate = scores.funding.rate
    assert rate is not None
    assert (rate.numerator_name, rate.denominator_name) == ("全年执行数", "全年预算数")
    assert scores.funding.unspent == Decimal("165.14")
    row = row_of(scores, "预算执行率")
    assert (
        row.reason
        == "预算执行率64.52%（全年执行数300.33万元÷全年预算数465.47万元），10分按比例核算为6.45分"
    )
    assert (row.target, row.actual) == ("全年预算数465.47万元", "全年执行数300.33万元")


def test_case_b_lists_neither_the_total_row_nor_an_indicator_the_department_does_not_have():
    names = [row.level3 for row in scored(case_b()).rows]
    assert "总分" not in names
    assert "无" not in names
    assert len(names) == 10


def test_case_b_reads_as_a_reviewer_would_put_it():
    scores = scored(case_b())
    assert (
        row_of(scores, "结算出访团组").reason == "目标值12个，实际完成12个，完成率100.00%，得满分"
    )
    assert row_of(scores, "国内费用").computed == Decimal("4.00")  # 31.12/38.88 of 5
    assert row_of(scores, "国际费用").computed == Decimal(5)


def test_case_a_is_graded_93_with_the_published_level_sums():
    scores = scored(case_a(), "cz2020_evaluation")
    assert scores.final_total == Decimal(93)
    assert scores.grade == "优"
    assert by_level(scores) == {"决策": 18, "过程": 20, "产出": 25, "效益": 30}


def test_case_a_cuts_nothing_that_was_claimed_below_the_rule():
    scores = scored(case_a(), "cz2020_evaluation")
    execution, output = row_of(scores, "预算执行率"), row_of(scores, "产出数量")
    assert (execution.claimed, execution.computed, execution.final) == (
        Decimal(1),
        Decimal("2.38"),
        Decimal(1),
    )
    assert (output.claimed, output.computed, output.final) == (
        Decimal(10),
        Decimal("14.33"),
        Decimal(10),
    )
    assert scores.funding.rate is not None
    assert scores.funding.rate.denominator_name == "实际到位资金"
    assert scores.funding.unspent == Decimal("403.35")


def test_case_a_as_filed_computes_no_mean_over_outputs_without_an_actual():
    scores = scored(case_a(corrected=False), "cz2020_evaluation")
    output = row_of(scores, "产出数量")
    assert output.computed is None
    assert output.final == Decimal(10)
    assert "“任务9”、“任务10”" in output.reason
    assert scores.final_total == Decimal(93)


def test_the_same_figures_give_another_total_under_another_profile():
    assert row_of(scored(case_b(), "cz2021_101"), "预算执行率").computed == Decimal(5)
    assert scored(case_b(), "cz2021_101").grade == "良"


def test_scoring_twice_gives_the_same_value():
    assert scored(case_b()) == scored(case_b())


def test_a_row_added_to_the_form_adds_to_the_total():
    with_more = case_b()
    rows = (*with_more.tables["indicators"], indicator("新增", 1, 1, number=40))
    tables = {**with_more.tables, "indicators": rows}
    changed = type(with_more)(
        with_more.file, with_more.digest, with_more.form, 1, with_more.fields, tables
    )
    assert scored(changed).final_total == Decimal("93.45")
