"""Local profiles: each says what its source says, scores by it, and claims no more."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from builders import funding, indicator, percent, quantity, submission, text
from checks.samples import found, self_evaluation

from evalbatch.blanks.blank_workbook import build
from evalbatch.scoring.evaluate import score
from evalbatch.scoring.terms import grade_of
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

POLICIES, FORMS = load_policies(), load_forms()
AS_OF = date(2026, 3, 1)


def computed(policy: str, *rows, form: str = "self_evaluation") -> list[Decimal | None]:
    scores = score(submission(rows, form=form), FORMS[form], POLICIES[policy], AS_OF)
    return [row.computed for row in scores.rows]


@pytest.mark.parametrize(
    ("policy", "total", "grade"),
    [
        ("scale_five", "69.99", "低"),
        ("scale_five", "70", "中"),
        ("scale_five", "60", "低"),
        ("scale_five", "59.99", "差"),
        ("scale_75", "75", "良"),
        ("scale_75", "74.99", "中"),
        ("scale_75", "89.99", "良"),
        ("cz2020_self", "79.99", "中"),
    ],
)
def test_grade_scales(policy: str, total: str, grade: str):
    assert grade_of(Decimal(total), POLICIES[policy]) == grade


def test_guangxi_takes_the_column_of_deductions_off_the_computed_score():
    row = indicator("清淤河道", 20, 20, quantity(12, "公里"), quantity(12, "公里"), deducted=3)
    assert computed("guangxi", row) == [17]
    assert computed("subtractive", row) == [20]
    much = indicator("清淤河道", 20, 0, quantity(12, "公里"), quantity(6, "公里"), deducted=15)
    assert computed("guangxi", much) == [0]


@pytest.mark.parametrize(("policy", "asked"), [("tianjin_hebei", True), ("guangxi", False)])
def test_from_which_result_on_a_reason_is_asked_for(policy: str, asked: bool):
    row = indicator("修缮道路", 20, 20, quantity(10, "条"), quantity("12.5", "条"), number=20)
    changes = {"quantitative": POLICIES[policy].quantitative}
    findings = [
        each for each in found(self_evaluation(amount=row), **changes) if each.code == "X03"
    ]
    assert bool(findings) is asked
    if asked:
        assert "天津版" in findings[0].basis
        assert findings[0].expected == "120%"


def test_shanxi_caps_the_cost_indicators():
    changes = {"quantitative": POLICIES["shanxi"].quantitative}
    (finding,) = [each for each in found(self_evaluation(), **changes) if each.code == "W02"]
    assert "不超过5分" in finding.message
    assert "W02" not in {each.code for each in found(self_evaluation())}


def test_shanxi_leaves_an_approved_cost_indicator_its_points():
    changes = {"quantitative": POLICIES["shanxi"].quantitative}
    cost = indicator(
        "每条道路造价",
        10,
        10,
        quantity(10, "万元", "≤"),
        quantity("9.5", "万元"),
        number=23,
        level2="成本指标",
        approved_weight=10,
    )
    assert "W02" not in {each.code for each in found(self_evaluation(cost=cost), **changes)}


def test_zhejiang_scores_by_the_approved_weight_where_the_form_names_it():
    done = quantity(12, "公里"), quantity(9, "公里")
    row = indicator("清淤河道", 20, 20, *done, approved_weight=16)
    assert computed("zhejiang", row) == [12]
    assert computed("subtractive", row) == [15]
    assert computed("zhejiang", indicator("清淤河道", 20, 20, *done)) == [15]


def test_zhejiang_lets_a_claim_be_as_high_as_the_approved_weight():
    changes = {"quantitative": POLICIES["zhejiang"].quantitative}
    done = quantity(12, "公里"), quantity(12, "公里")
    row = indicator("清淤河道", 10, 16, *done, number=20, approved_weight=16)
    assert "S01" not in {each.code for each in found(self_evaluation(amount=row), **changes)}
    assert "S01" in {each.code for each in found(self_evaluation(amount=row))}


def test_sichuan_asks_for_the_reason_of_a_changed_budget():
    changes = {"execution": POLICIES["sichuan2023"].execution}
    total = funding(100, 95, score=9.5, initial_budget=120)
    rows = {"total": total, "current": None, "carried": None}
    (finding,) = [each for each in found(self_evaluation(**rows), **changes) if each.code == "X06"]
    assert "由120.00万元调整为100.00万元" in finding.message
    said = self_evaluation({"execution_reason": "年中按县政府要求调减预算20万元。"}, **rows)
    assert "X06" not in {each.code for each in found(said, **changes)}
    assert "X06" not in {each.code for each in found(self_evaluation(**rows))}


@pytest.mark.parametrize("changed", [Decimal("0.08"), Decimal("-0.08")])
def test_a_budget_cut_counts_like_one_that_was_raised(changed: Decimal):
    row = indicator("预算调整率", 3, 3, percent(0, "≤"), percent(changed * 100))
    assert computed("department_self", row, form="department_evaluation") == [2]


def test_jiangxi_claims_no_weights_that_its_source_does_not_have():
    assert not any(level.weight for level in POLICIES["jiangxi2017"].levels)
    assert "没有规定分值结构" in POLICIES["jiangxi2017"].caution


def test_101_names_its_own_tiers_and_still_knows_the_older_words():
    policy = POLICIES["cz2021_101"]
    assert [tier.name for tier in policy.tiers] == ["达成目标", "部分达成目标", "未达成目标"]
    assert [tier.low for tier in policy.tiers] == [Decimal("0.80"), Decimal("0.60"), 0]
    assert "达成年度指标" in policy.tiers[0].synonyms


def test_a_blank_under_101_has_cost_as_a_level_and_asks_whether_the_project_is_finished():
    policy = POLICIES["cz2021_101"]
    form = FORMS["self_evaluation"].starting_with(policy.indicator_rows)
    book = openpyxl.load_workbook(BytesIO(build(form, policy)))
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"经济成本指标", "社会成本指标", "生态环境成本指标", "项目是否完成"} <= texts
    assert "成本指标" in form.tables["indicators"].column("level1").options


def test_a_finished_project_earns_all_for_its_execution_under_101():
    total = funding(100, 85, score=10, initial_budget=100)
    row = indicator("清淤河道", 50, 50, quantity(12, "公里"), quantity(12, "公里"))
    done, open_ = (
        score(
            submission([total, row], {"project_finished": said}),
            FORMS["self_evaluation"],
            POLICIES["cz2021_101"],
            AS_OF,
        )
        for said in (text("是").text, text("否").text)
    )
    assert (done.rows[0].computed, open_.rows[0].computed) == (10, 7)


def test_every_new_profile_says_where_it_comes_from():
    for name in ("guangxi", "tianjin_hebei", "shanxi", "zhejiang", "hunan_department"):
        policy = POLICIES[name]
        assert policy.certainty == "source"
        assert "未见正式文件" in policy.caution
