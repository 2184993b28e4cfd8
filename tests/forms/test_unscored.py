"""Forms without points: read, checked and accepted; what they plan and what was done is listed."""

from datetime import date
from decimal import Decimal
from typing import Any

from evalbatch.blanks.blank_workbook import build
from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.reading.reader import read
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

FORMS, POLICIES = load_forms(), load_policies()
ROWS = (
    ("产出指标", "数量指标", "河道清淤长度", "≥12公里", "30"),
    ("产出指标", "时效指标", "完工时间", "2024年11月底前", "20"),
    ("产出指标", "成本指标", "清淤单价", "≤25元/立方米", "10"),
    ("效益指标", "社会效益指标", "受益村庄数量", "≥9个", "20"),
    ("满意度指标", "服务对象满意度指标", "沿河居民满意度", "≥90%", "10"),
)
FIELDS: dict[str, Any] = {
    "project": "白鹭河清淤",
    "department": "示例县水利局",
    "unit": "示例县河道管理所",
    "year": Decimal(2024),
    "goal_expected": "完成白鹭河12公里清淤，改善沿河9个村的排水条件。",
}
MONEY = [
    {"key": "total", "budget": Decimal(300), "midterm": Decimal(300)},
    {"key": "current", "budget": Decimal(300), "midterm": Decimal(300)},
    {"key": "carried", "budget": Decimal(0), "midterm": Decimal(0)},
    {"key": "other", "budget": Decimal(0), "midterm": Decimal(0)},
]


def judged(form_id: str, fields: dict[str, Any], tables: dict[str, Any]) -> Evaluation:
    form = FORMS[form_id]
    policy = POLICIES[form.policy]
    (submission,) = read(
        build(form, policy, {"fields": fields, "tables": tables}), "表.xlsx", FORMS
    )
    assert submission.form == form_id
    return assess(submission, form, policy, date(2024, 9, 1))


def declared(rows: tuple[tuple[str, ...], ...] = ROWS) -> Evaluation:
    names = ("level1", "level2", "level3", "target", "weight")
    lines = [
        {
            name: Decimal(value) if name == "weight" else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]
    return judged("goal_declaration", FIELDS, {"funding": MONEY, "indicators": lines})


def test_a_goal_declaration_in_order_is_accepted_without_points() -> None:
    evaluation = declared()
    assert [finding.code for finding in evaluation.findings] == []
    assert evaluation.status is Status.ACCEPTED
    assert (
        evaluation.scores.final_total,
        evaluation.scores.grade,
        evaluation.scores.unscorable,
    ) == (None, "", "")
    assert evaluation.scores.funding.budget == 300
    assert evaluation.scores.weight_total == 90
    assert next((row.level3, row.target, row.final) for row in evaluation.scores.rows) == (
        "河道清淤长度",
        "≥12公里",
        None,
    )
    assert len(evaluation.scores.rows) == 5


def test_weights_that_add_up_to_nothing_a_plan_may_have_return_a_declaration() -> None:
    evaluation = declared(ROWS[:3])
    assert [finding.code for finding in evaluation.findings] == ["W01"]
    assert evaluation.status is Status.RETURNED


def test_monitoring_in_order_is_accepted_with_the_progress_of_each_indicator() -> None:
    rows = [
        {
            "level1": level1,
            "level2": level2,
            "level3": level3,
            "target": target,
            "actual": actual,
            "forecast": forecast,
            "chance": "确定能",
        }
        for level1, level2, level3, target, actual, forecast in (
            ("产出指标", "数量指标", "河道清淤长度", "≥12公里", "6公里", "12公里"),
            ("效益指标", "社会效益指标", "受益村庄数量", "≥9个", "9个", "9个"),
        )
    ]
    figures = {"initial_budget": 300, "budget": 300, "executed": 120, "forecast": 300}
    money = [
        {"key": key} | {name: Decimal(value) for name, value in figures.items()}
        for key in ("total", "current")
    ]
    nothing = [
        {"key": key} | {name: Decimal(0) for name in figures} for key in ("carried", "other")
    ]
    evaluation = judged(
        "monitoring", FIELDS | {"period": "1-7月"}, {"funding": money + nothing, "indicators": rows}
    )
    assert [finding.code for finding in evaluation.findings] == []
    assert evaluation.status is Status.ACCEPTED
    assert [row.completion for row in evaluation.scores.rows] == [Decimal("0.5"), 1]
    assert evaluation.scores.funding.rate is not None
    assert evaluation.scores.funding.rate.value == Decimal("0.4")
