"""Reference cases A and B as corrected after a return, as submissions (figures from the cases,
names our own).
"""

from builders import band, funding, indicator, percent, quantity, row, submission, text, tier

from evalbatch.model.submission import RowKind, Submission


def case_b() -> Submission:
    """The municipal self-evaluation: 92.45 points, 优."""
    total = funding(budget=465.47, executed=300.33, score=6.45)
    part = row(
        "funding",
        6,
        key="current",
        kind=RowKind.PART,
        budget=300,
        executed=134.86,
        weight=None,
        score=None,
    )
    rows = [
        indicator("结算出访团组", 20, 20, quantity(12, "个"), quantity(12, "个"), number=20),
        indicator("工作目标实现程度", 15, 15, text("较好"), tier(1), number=21, level2="质量指标"),
        indicator(
            "半年结算团组",
            5,
            3,
            quantity(12, "个"),
            quantity(9, "个"),
            number=22,
            level2="时效指标",
            reason="集中学习",
        ),
        indicator(
            "国际费用",
            5,
            5,
            band("231.12", "282.48", "万元", "256.8"),
            quantity("269.21", "万元"),
            number=23,
            level2="成本指标",
        ),
        indicator(
            "国内费用",
            5,
            3,
            band("38.88", "47.52", "万元", "43.2"),
            quantity("31.12", "万元"),
            number=24,
            level2="成本指标",
        ),
        indicator(
            "对外经济合作",
            15,
            15,
            text("推动"),
            tier(1),
            number=25,
            level1="效益指标",
            level2="经济效益指标",
        ),
        indicator(
            "管理水平",
            10,
            10,
            text("提高"),
            tier(1),
            number=26,
            level1="效益指标",
            level2="社会效益指标",
        ),
        indicator("无", None, None, number=27, level1="效益指标", level2="生态效益指标"),
        indicator(
            "人文交流",
            5,
            5,
            text("持续"),
            tier(1),
            number=28,
            level1="效益指标",
            level2="可持续影响指标",
        ),
        indicator(
            "满意率",
            10,
            10,
            percent(90),
            percent(96),
            number=29,
            level1="满意度指标",
            level2="服务对象满意度指标",
        ),
        indicator("总分", 100, 92.45, number=30, kind=RowKind.TOTAL),
    ]
    return submission([total, part, *rows], {"stated_total": 92.45, "stated_grade": "优"})


_ROWS_A = (
    ("决策", "项目立项", "立项依据充分性", 3, 3),
    ("决策", "项目立项", "立项程序规范性", 3, 3),
    ("决策", "绩效目标", "绩效目标合理性", 3, 3),
    ("决策", "绩效目标", "绩效指标明确性", 3, 3),
    ("决策", "资金投入", "预算编制科学性", 3, 3),
    ("决策", "资金投入", "资金分配合理性", 3, 3),
    ("过程", "资金管理", "资金到位率", 3, 3),
    ("过程", "资金管理", "预算执行率", 3, 1),
    ("过程", "资金管理", "资金使用合规性", 8, 8),
    ("过程", "组织实施", "管理制度健全性", 3, 3),
    ("过程", "组织实施", "制度执行有效性", 5, 5),
    ("产出", "产出数量", "产出数量", 15, 10),
    ("产出", "产出质量", "产出质量", 6, 6),
    ("产出", "产出时效", "产出时效", 6, 6),
    ("产出", "产出成本", "产出成本", 3, 3),
    ("效益", "经济效益", "经济效益", 6, 6),
    ("效益", "社会效益", "社会效益", 8, 8),
    ("效益", "可持续影响", "可持续影响", 8, 8),
    ("效益", "服务对象满意度", "服务对象满意度", 8, 8),
)
_TARGETS_A = ((9, 5), (6, 6), (3, 3), (5, 5), (3, 3), (3, 3), (1, 1), (2, 2), (2, 2), (1, 1))


def case_a(*, corrected: bool = True) -> Submission:
    """The provincial evaluation: 93 points, 优; as filed two outputs lack their actual and there is
    no survey.
    """
    total = row(
        "funding",
        5,
        key="total",
        kind=RowKind.TOTAL,
        budget=1964.32,
        arrived=1964.32,
        executed=1560.97,
    )
    indicators = [
        row(
            "indicators",
            20 + index,
            level1=one,
            level2=two,
            level3=three,
            weight=weight,
            score=score,
        )
        for index, (one, two, three, weight, score) in enumerate(_ROWS_A)
    ]
    targets = [
        row(
            "targets",
            60 + index,
            group="产出",
            item=f"任务{index}",
            target=quantity(target, "项"),
            actual=quantity(actual, "项") if corrected or index <= 8 else None,
        )
        for index, (target, actual) in enumerate(_TARGETS_A, start=1)
    ]
    points = [
        row("points", 80 + index, level3=three, point=f"要点{index}", met="是")
        for index, three in enumerate(("立项依据充分性", "立项依据充分性", "立项程序规范性"))
    ]
    survey = {"survey_valid": 40, "survey_satisfied": 38} if corrected else {}
    return submission([total, *indicators, *targets, *points], survey, form="project_evaluation")
