"""Filled workbooks for the tests: what a department would type, with and without mistakes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from evalbatch.blanks.blank_workbook import build
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

FORMS = load_forms()
POLICIES = load_policies()

Prefill = Mapping[str, Any]


def made(form: str, prefill: Prefill | None = None, policy: str = "") -> bytes:
    """Build a workbook of a form under its own or another profile."""
    return build(FORMS[form], POLICIES[policy or FORMS[form].policy], prefill)


def indicator(
    level1: str, level2: str, level3: str, weight: object, score: object, **more: object
) -> dict[str, object]:
    """One row of an indicator table."""
    return {
        "level1": level1,
        "level2": level2,
        "level3": level3,
        "weight": weight,
        "score": score,
        **more,
    }


def road_self_evaluation() -> dict[str, Any]:
    """A self-evaluation without a fault: 10 × 300.33 / 465.47 = 6.45, and 86 of 90 for the
    indicators.
    """
    quantity = {"target": "12个", "actual": "12个"}
    tier = {"target": "达成年度指标", "actual": "达成年度指标"}
    return {
        "fields": {
            "project": "城区道路养护",
            "department": "某市城市管理局",
            "unit": "某市市政养护中心",
            "year": 2023,
            "goal_expected": "完成12条道路的养护。",
            "goal_actual": "12条道路全部完成养护。",
            "execution_reason": "上年结转资金下达较晚，年底前已全部安排。",
            "survey_issued": 60,
            "survey_returned": 58,
            "survey_valid": 50,
            "survey_satisfied": 47,
            "signed_on": date(2024, 3, 8),
        },
        "tables": {
            "funding": [
                {
                    "key": "current",
                    "initial_budget": Decimal(300),
                    "budget": Decimal(300),
                    "executed": Decimal("134.86"),
                },
                {
                    "key": "carried",
                    "initial_budget": Decimal("165.47"),
                    "budget": Decimal("165.47"),
                    "executed": Decimal("165.47"),
                },
            ],
            "indicators": [
                indicator("产出指标", "数量指标", "养护道路", 20, 20, **quantity),
                indicator("产出指标", "质量指标", "验收合格", 15, 15, **tier),
                indicator(
                    "产出指标",
                    "时效指标",
                    "按期完工",
                    5,
                    3,
                    target="6条",
                    actual="4条",
                    reason="雨季停工，后半年已补齐",
                ),
                indicator(
                    "产出指标",
                    "成本指标",
                    "单位成本",
                    10,
                    Decimal(8),
                    **quantity,
                    reason="材料涨价，已重新询价",
                ),
                indicator("效益指标", "社会效益指标", "通行改善", 30, 30, **tier),
                indicator(
                    "满意度指标",
                    "服务对象满意度指标",
                    "沿线居民满意度",
                    10,
                    10,
                    target="≥90%",
                    actual="94%",
                ),
            ],
            "details": [
                {"item": "东片区", "budget": Decimal(200), "spent": Decimal("200.33")},
                {"item": "西片区", "budget": Decimal(100), "spent": Decimal(100)},
            ],
        },
    }


def faulty_self_evaluation() -> dict[str, Any]:
    """A self-evaluation with a fault for nearly every rule of the self-check."""
    good = road_self_evaluation()
    rows = [dict(row) for row in good["tables"]["indicators"]]
    rows[0] |= {"score": 25}
    rows[1] |= {"weight": "十五", "score": "满分"}
    rows[2] |= {"reason": None}
    rows[4] |= {"actual": None}
    fields = {
        k: v
        for k, v in good["fields"].items()
        if k not in ("project", "execution_reason", "survey_valid")
    }
    return {
        "fields": fields
        | {"survey_returned": 80, "stated_total": Decimal("93.9"), "stated_grade": "优秀"},
        "tables": {
            **good["tables"],
            "indicators": rows,
            "funding": [
                {"key": "total", "executed": Decimal(500), "score": Decimal(7)},
                *good["tables"]["funding"],
            ],
        },
    }


def project_evaluation() -> dict[str, Any]:
    """An evaluation with the printed weights of case A, two of them contradicting the rows."""
    preset = [dict(row) for row in FORMS["project_evaluation"].tables["indicators"].preset]
    rows = [row | {"score": row["weight"]} for row in preset]
    rows[7] |= {"score": 1, "reason": "执行率偏低"}
    rows[11] |= {"score": 10}
    return {
        "fields": {
            "project": "对外交流",
            "year": 2020,
            "evaluation_type": "完成结果评价",
            "project_type": "经常性项目",
        },
        "tables": {
            "funding": [
                {
                    "key": "provincial",
                    "budget": Decimal("1964.32"),
                    "arrived": Decimal("1964.32"),
                    "executed": Decimal("1560.97"),
                }
            ],
            "indicators": rows,
            "targets": [
                {
                    "group": "产出",
                    "no": 1,
                    "item": "出访",
                    "target": "9批次",
                    "actual": "5批次",
                    "rate": Decimal("0.5556"),
                }
            ],
        },
    }


def annual_management() -> dict[str, Any]:
    """Seven nodes, one in each state and one done within its new deadline."""
    june, done, day = date(2023, 6, 30), date(2023, 6, 20), date(2023, 12, 20)
    node = {"office": "综合处", "deadline": june}
    return {
        "fields": {
            "organisation": "某省某厅",
            "year": 2023,
            "reported_on": day,
            "office": "综合处",
        },
        "tables": {
            "items": [
                {
                    "level3_no": n,
                    "level3": f"第{n}项",
                    "office": "综合处",
                    "achievement": "已完成。",
                }
                for n in (1, 2, 3)
            ],
            "nodes": [
                node | {"level3_no": 1, "node": "甲", "done_on": done, "evidence": "纪要"},
                node
                | {"level3_no": 1, "node": "乙", "done_on": date(2023, 7, 1), "evidence": "纪要"},
                node | {"level3_no": 1, "node": "丙", "cause": "条件不具备"},
                node | {"level3_no": 2, "node": "丁", "approver": "分管领导", "approved_on": done},
                node | {"level3_no": 2, "node": "戊", "deadline": date(2023, 12, 31)},
                node | {"level3_no": 9, "node": "己"},
                node
                | {
                    "level3_no": 2,
                    "node": "庚",
                    "approver": "分管领导",
                    "approved_on": done,
                    "new_deadline": date(2023, 9, 30),
                    "done_on": date(2023, 9, 1),
                },
            ],
        },
    }
