"""Submissions without any fault, and what the checks say of them once a test has changed
something.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from builders import (
    choice,
    entry,
    funding,
    indicator,
    percent,
    quantity,
    row,
    submission,
    text,
    tier,
)

from evalbatch.checks.assess import assess
from evalbatch.model.finding import Finding, Observation
from evalbatch.model.place import Place
from evalbatch.model.record import Record
from evalbatch.model.submission import Entry, Row, RowKind, Submission
from evalbatch.model.value import Choice, Value
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy import Policy
from evalbatch.standards.policy_library import load_policies

AS_OF = date(2022, 1, 31)
Fields = Mapping[str, Value | float | Entry]


@cache
def forms() -> dict[str, FormSpec]:
    return load_forms()


@cache
def policies() -> dict[str, Policy]:
    return load_policies()


def found(
    filled: Submission,
    *,
    as_of: date = AS_OF,
    extra: Iterable[Observation] = (),
    previous: Record | None = None,
    **changes: object,
) -> tuple[Finding, ...]:
    """All findings of a submission under its form's profile, with changed parts of the profile
    where given.
    """
    form = forms()[filled.form]
    policy = policies()[form.policy].model_copy(update=changes)
    return assess(filled, form, policy, as_of, extra=extra, previous=previous).findings


def codes(filled: Submission, **options: object) -> set[str]:
    return {finding.code for finding in found(filled, **options)}


def only(filled: Submission, code: str, **options: object) -> Finding:
    """The one finding of a code."""
    alike = [finding for finding in found(filled, **options) if finding.code == code]
    assert len(alike) == 1, [str(finding.message) for finding in alike]
    return alike[0]


def part(
    key: str, number: int, budget: float | None, executed: float | None, **more: Value | float
) -> Row:
    """A source of the funding."""
    return row(
        "funding",
        number,
        key=key,
        kind=RowKind.PART,
        initial_budget=budget,
        budget=budget,
        executed=executed,
        **more,
    )


def detail(no: int, item: str, budget: float, spent: float, **more: Value | float | Entry) -> Row:
    return row(
        "details", 60 + no, no=no, item=item, office="综合处", budget=budget, spent=spent, **more
    )


def self_evaluation(fields: Fields | None = None, **rows: Row | None) -> Submission:
    """A self-evaluation of 97 points without a fault; keyword rows replace the row of that name,
    None leaves it out.
    """
    benefit = {"level1": "效益指标"}
    base: dict[str, Row | None] = {
        "total": funding(100, 95, score=9.5, initial_budget=100, rate=entry("95%", 5, 8)),
        "current": part("current", 6, 80, 75),
        "carried": part("carried", 7, 20, 20),
        "amount": indicator(
            "修缮道路",
            20,
            18,
            quantity(10, "条"),
            quantity(9, "条"),
            number=20,
            reason="一条道路因管线迁改推迟到次年三月完工。",
        ),
        "quality": indicator(
            "工程验收合格率", 10, 10, percent(95, "≥"), percent(96), number=21, level2="质量指标"
        ),
        "time": indicator(
            "工程按时完工率", 10, 10, percent(90, "≥"), percent(92), number=22, level2="时效指标"
        ),
        "cost": indicator(
            "每条道路造价",
            10,
            10,
            quantity(10, "万元", "≤"),
            quantity("9.5", "万元"),
            number=23,
            level2="成本指标",
        ),
        "economic": indicator(
            "沿线商铺营业",
            10,
            10,
            text("好转"),
            tier(1),
            number=24,
            level2="经济效益指标",
            **benefit,
        ),
        "social": indicator(
            "居民出行条件",
            10,
            10,
            text("好转"),
            tier(1),
            number=25,
            level2="社会效益指标",
            **benefit,
        ),
        "ecological": indicator("无", None, None, number=26, level2="生态效益指标", **benefit),
        "lasting": indicator(
            "管护机制",
            10,
            9.5,
            text("健全"),
            tier(1),
            number=27,
            level2="可持续影响指标",
            reason="管护人员尚未全部到位，下年补齐。",
            **benefit,
        ),
        "satisfied": indicator(
            "沿线居民满意率",
            10,
            10,
            percent(90, "≥"),
            percent(95),
            number=28,
            level1="满意度指标",
            level2="服务对象满意度指标",
        ),
        "closing": indicator("", 100, 97, number=29, kind=RowKind.TOTAL),
        "first": detail(1, "东区道路修缮", 60, 58),
        "second": detail(2, "西区道路修缮", 40, 37),
        "sum": row("details", 69, kind=RowKind.TOTAL, budget=100, spent=95),
    }
    base |= rows
    filled: dict[str, Value | float | Entry] = {
        "project": "城区道路修缮专项经费",
        "department": "交通运输局",
        "unit": "城区道路管理中心",
        "year": 2021,
        "goal_expected": "修缮城区道路10条，改善居民出行条件。",
        "goal_actual": "修缮道路9条，其余1条因管线迁改推迟到次年三月完工。",
        "stated_total": 97,
        "stated_grade": choice("优", "优", "良", "中", "差"),
        "unspent_reason": "余款5万元为工程质量保证金，结转下年支付。",
        "period_start": date(2021, 1, 1),
        "period_end": date(2021, 12, 31),
        "reported_on": date(2022, 1, 20),
        "signed_on": date(2022, 1, 20),
        "phone": "0791-86220000",
        "basis_document": "赣财绩〔2022〕4号",
        "methods": ticked("比较法"),
        "standards": ticked("计划标准"),
        "survey_issued": 100,
        "survey_returned": 100,
        "survey_valid": 100,
        "survey_satisfied": 95,
        "survey_rate": entry("95%", 205, 2),
        "survey_respondents": "沿线居民",
        "text_conclusion": "本项目自评得分97分，评价等级为“优”。",
        "text_funding": "预算100.00万元，支出95.00万元，预算执行率95%。",
    }
    filled |= fields or {}
    return submission([each for each in base.values() if each is not None], filled)


def ticked(*names: str) -> Choice:
    return Choice(
        (
            "成本效益分析法",
            "比较法",
            "因素分析法",
            "最低成本法",
            "公众评判法",
            "标杆管理法",
            "计划标准",
            "历史标准",
        ),
        names,
    )


_EVALUATED = (
    ("决策", "项目立项", "立项依据充分性", 20),
    ("决策", "绩效目标", "绩效目标合理性", 5),
    ("决策", "资金投入", "预算编制科学性", 5),
    ("过程", "资金管理", "资金使用合规性", 5),
    ("过程", "组织实施", "管理制度健全性", 5),
    ("产出", "产出数量", "实际完成率", 10),
    ("产出", "产出质量", "质量达标率", 10),
    ("产出", "产出时效", "完成及时性", 10),
    ("产出", "产出成本", "成本节约率", 10),
    ("效益", "项目效益", "实施效益", 20),
)


def project_evaluation(fields: Fields | None = None, **rows: Row | None) -> Submission:
    """A project evaluation of 99 points without a fault."""
    base: dict[str, Row | None] = {
        "total": row(
            "funding", 5, key="total", kind=RowKind.TOTAL, budget=100, arrived=100, executed=100
        ),
        "provincial": row(
            "funding", 6, key="provincial", kind=RowKind.PART, budget=100, arrived=100, executed=100
        ),
        "target1": target(
            1, "产出", "修缮道路", quantity(10, "条"), quantity(10, "条"), entry("100%", 51, 6)
        ),
        "target2": target(
            2, "产出", "更换路灯", quantity(9, "盏"), quantity(9, "盏"), entry("100%", 52, 6)
        ),
        "target3": target(1, "效益", "改善出行", text("改善"), tier(1), None, number=53),
    }
    for number, (level1, level2, level3, weight) in enumerate(_EVALUATED, start=20):
        score, reason = (
            (weight, "") if level3 != "实施效益" else (19, "部分路段绿化尚未完成，下年补植。")
        )
        base[level3] = evaluated(
            level1, level2, level3, weight, score, number=number, reason=reason
        )
    base |= rows
    filled: dict[str, Value | float | Entry] = {
        "project": "城区道路修缮",
        "department": "交通运输局",
        "unit": "城区道路管理中心",
        "year": 2021,
        "project_type": choice("经常性项目", "经常性项目", "一次性项目"),
        "evaluation_type": choice("完成结果评价", "实施过程评价", "完成结果评价"),
        "organisation_mode": choice("项目单位", "财政部门", "主管部门", "项目单位"),
        "evaluator_kind": choice("专家组", "第三方机构", "专家组", "项目单位评价组"),
        "stated_total": 99,
        "stated_grade": choice("优", "优", "良", "中", "差"),
        "text_conclusion": "经综合评价，项目得分99分。",
        "text_principles": "指标体系设置4个一级指标、10个二级指标、10个三级指标。",
    }
    filled |= fields or {}
    return submission(
        [each for each in base.values() if each is not None], filled, form="project_evaluation"
    )


def evaluated(
    level1: str,
    level2: str,
    level3: str,
    weight: float,
    score: float,
    *,
    number: int,
    **more: Value | float | Entry,
) -> Row:
    values = {"evidence": "佐证材料", "reason": "", **more}
    return row(
        "indicators",
        number,
        level1=level1,
        level2=level2,
        level3=level3,
        weight=weight,
        score=score,
        **values,
    )


def target(
    no: int,
    group: str,
    item: str,
    wanted: Value,
    reached: Value,
    rate: Value | Entry,
    *,
    number: int = 0,
) -> Row:
    return row(
        "targets",
        number or 50 + no,
        group=group,
        no=no,
        item=item,
        target=wanted,
        actual=reached,
        rate=rate,
        reason="",
    )


def item(
    no: int, name: str, office: Value = "综合处", achievement: Value = "已按计划完成并通过验收。"
) -> Row:
    return row(
        "items",
        20 + no,
        level1="重点工作",
        level2="年度任务",
        level3_no=no,
        level3=name,
        office=office,
        achievement=achievement,
    )


def node(no: int, name: str, *, number: int = 0, **values: Value | float | Entry) -> Row:
    base: dict[str, Value | float | Entry] = {
        "office": "综合处",
        "deadline": date(2021, 6, 30),
        "done_on": date(2021, 6, 20),
        "state": choice("按期", "按期", "逾期", "未完成", "经批准调整", "未到期", "未填报"),
        "evidence": "会议纪要",
        "cause": "",
        "approver": "",
        "approved_on": None,
        "new_deadline": None,
    }
    return row("nodes", number or 60 + no, level3_no=no, node=name, **{**base, **values})


def state(word: str) -> Choice:
    return choice(word, "按期", "逾期", "未完成", "经批准调整", "未到期", "未填报")


def annual(fields: Fields | None = None, **rows: Row | None) -> Submission:
    """An office's annual table of two items and three nodes without a fault."""
    base: dict[str, Row | None] = {
        "item1": item(1, "召开工作会议"),
        "item2": item(2, "编制发展规划"),
        "node1": node(1, "召开会议"),
        "node2": node(2, "完成初稿"),
        "node3": node(
            2, "印发规划", number=63, deadline=date(2021, 12, 31), done_on=date(2021, 12, 20)
        ),
    }
    base |= rows
    filled: dict[str, Value | float | Entry] = {
        "organisation": "外事办公室",
        "office": "综合处",
        "year": 2021,
        "text_basics": "全年共3个工作节点，完成3项。",
    }
    filled |= fields or {}
    return submission(
        [each for each in base.values() if each is not None], filled, form="annual_management"
    )


def place_of(filled: Submission, *path: str) -> Place:
    """The place of a field, or of a table's row (by its number in the sheet) and column."""
    if len(path) == 1:
        return filled.fields[path[0]].place
    table, number, column = path
    line = next(each for each in filled.tables[table] if each.place.row == int(number))
    return line.entries[column].place
