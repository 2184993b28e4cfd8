"""Make realistic filled workbooks for trials and measurements: `make_load.py N DIR`, N
self-evaluations of many departments.

A few dozen workbooks are built cell by cell, most of them clean and some with the faults that
departments make; the rest are these under other names, which takes a millisecond each instead of
twenty. The same N always gives the same bytes.
"""

import io
import random
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from evalbatch.blanks.blank_workbook import build
from evalbatch.model.submission import Stamp
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy import Policy
from evalbatch.standards.policy_library import load_policies

SEED = 2020
VARIANTS = 60
PER_DEPARTMENT = 25
PROJECT, DEPARTMENT = (
    "示例项目甲乙丙丁",
    "示例部门甲乙丙丁",
)  # stand in for the names until the copy is made
NAMED_PARTS = ("xl/sharedStrings.xml", "docProps/custom.xml")
WORDS = (
    "道路养护",
    "校舍维修",
    "河道治理",
    "公共卫生",
    "文化惠民",
    "农技推广",
    "环境监测",
    "社区服务",
    "信息系统",
    "就业培训",
)
UNITS = ("个", "公里", "场", "人次", "套", "处")
LEVELS = (
    ("产出指标", "数量指标", 10),
    ("产出指标", "数量指标", 10),
    ("产出指标", "质量指标", 10),
    ("产出指标", "时效指标", 10),
    ("产出指标", "成本指标", 10),
    ("效益指标", "经济效益指标", 10),
    ("效益指标", "社会效益指标", 10),
    ("效益指标", "可持续影响指标", 10),
    ("满意度指标", "服务对象满意度指标", 10),
)


def load(count: int) -> Iterator[tuple[Path, bytes]]:
    """Yield path and bytes of `count` workbooks."""
    variants = [variant(number) for number in range(min(count, VARIANTS))]
    for number in range(count):
        department = f"第{number // PER_DEPARTMENT + 1:04}部门"
        project = f"{WORDS[number % len(WORDS)]}{number:06}"
        yield (
            Path(department, f"{project}.xlsx"),
            renamed(variants[number % len(variants)], project, department),
        )


def variant(number: int) -> bytes:
    """Build one workbook; every eighth has a fault that returns it."""
    dice = random.Random(SEED + number)  # noqa: S311 - no secret depends on it
    form, policy = standard()
    budget = Decimal(dice.randint(5_000, 90_000)) / 100
    executed = (budget * Decimal(dice.randint(91, 100)) / 100).quantize(Decimal("0.01"))
    fields = {
        "project": PROJECT,
        "department": DEPARTMENT,
        "unit": DEPARTMENT,
        "year": "2026",
        "goal_expected": f"完成{WORDS[number % 10]}年度任务，资金按进度支付，服务对象满意。",
        "goal_actual": f"{WORDS[number % 10]}年度任务基本完成，资金支付{executed}万元。",
        "unspent_reason": f"{PROJECT}结余{budget - executed}万元，已按规定结转下年继续使用。",
        "survey_issued": 110,
        "survey_returned": 100,
        "survey_valid": 100,
        "survey_satisfied": 95,
        "survey_respondents": "项目服务对象",
        "survey_own_staff": "否",
        "methods": "比较法、公众评判法",
        "standards": "计划标准",
        "text_background": f"为保障{WORDS[number % 10]}，经批准设立本项目。",
        "text_content": f"项目围绕{WORDS[number % 10]}开展，内容包括组织实施、质量检查和验收。",
        "text_problems": "部分任务进度前松后紧。",
        "text_suggestions": f"{PROJECT}按季度分解任务，均衡安排支出。",
    }
    money = {"initial_budget": budget, "budget": budget, "executed": executed}
    tables = {
        "funding": [{"key": "total", **money}, {"key": "current", **money}],
        "indicators": [indicator(dice, index) for index in range(len(LEVELS))],
        "details": details(dice, budget, executed),
    }
    if number % 8 == 7:  # noqa: PLR2004
        tables["indicators"][0]["weight"] = 12
    return build(form, policy, {"fields": fields, "tables": tables}, Stamp(form.id, form.version))


@cache
def standard() -> tuple[FormSpec, Policy]:
    """Return the form and the profile of its own; loading them takes longer than building a
    workbook.
    """
    form = load_forms()["self_evaluation"]
    return form, load_policies()[form.policy]


def indicator(dice: random.Random, index: int) -> dict[str, Any]:
    """Make up an indicator: most met, some missed with a reason and the points that the rule
    gives.
    """
    level1, level2, weight = LEVELS[index]
    row: dict[str, Any] = {
        "level1": level1,
        "level2": level2,
        "level3": f"{WORDS[index]}完成情况",
        "weight": weight,
    }
    if level1 == "效益指标" or level2 == "质量指标":
        return row | {"target": "达成年度指标", "actual": "达成年度指标", "score": weight}
    if level1 == "满意度指标":
        return row | {"target": "≥90%", "actual": "95%", "score": weight}
    target, unit = dice.randint(4, 60), UNITS[dice.randrange(len(UNITS))]
    if level2 == "成本指标":
        return row | {"target": f"≤{target}万元", "actual": f"{target - 1}万元", "score": weight}
    if dice.random() < 0.8:  # noqa: PLR2004
        return row | {"target": f"≥{target}{unit}", "actual": f"{target}{unit}", "score": weight}
    done = max(1, target * 9 // 10)
    score = (Decimal(weight) * done / target).quantize(Decimal("0.01"))
    return row | {
        "target": f"≥{target}{unit}",
        "actual": f"{done}{unit}",
        "score": score,
        "reason": f"雨季影响{PROJECT}工期，少完成{target - done}{unit}。",
    }


def details(dice: random.Random, budget: Decimal, executed: Decimal) -> list[dict[str, Any]]:
    """Spread budget and spending over a few sub-projects, to the cent."""
    count = dice.randint(3, 8)
    part, spent = (
        (budget / count).quantize(Decimal("0.01")),
        (executed / count).quantize(Decimal("0.01")),
    )
    rows = [
        {
            "no": n,
            "item": f"{WORDS[n % 10]}子项{n}",
            "office": f"业务{n}科",
            "budget": part,
            "spent": spent,
        }
        for n in range(1, count)
    ]
    rest = {"budget": budget - part * (count - 1), "spent": executed - spent * (count - 1)}
    return [
        *rows,
        {
            "no": count,
            "item": f"{WORDS[count % 10]}子项{count}",
            "office": f"业务{count}科",
            **rest,
        },
    ]


def renamed(content: bytes, project: str, department: str) -> bytes:
    """Return a copy of a workbook under another project and department."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        for part in source.infolist():
            data = source.read(part)
            if part.filename in NAMED_PARTS:
                data = data.replace(PROJECT.encode(), project.encode()).replace(
                    DEPARTMENT.encode(), department.encode()
                )
            copy.writestr(part, data)
    return target.getvalue()


def main() -> int:
    """Write the workbooks that the command line asks for."""
    try:
        count, folder = int(sys.argv[1]), Path(sys.argv[2])
    except (IndexError, ValueError):
        print("用法：make_load.py 份数 文件夹", file=sys.stderr)
        return 2
    for path, content in load(count):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
