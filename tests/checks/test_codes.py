"""Every code: a workbook that raises it at its cell with its figures, and the neighbour that does
not.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from builders import (
    band,
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
    unreadable,
)

from checks.samples import (
    annual,
    codes,
    detail,
    evaluated,
    found,
    item,
    node,
    only,
    part,
    place_of,
    policies,
    project_evaluation,
    self_evaluation,
    state,
    target,
    ticked,
)
from evalbatch.checks.catalogue import CATALOGUE
from evalbatch.model.figures import given
from evalbatch.model.submission import RowKind, Submission
from evalbatch.model.value import Value

SURVEY = dict.fromkeys(
    ("survey_issued", "survey_returned", "survey_valid", "survey_satisfied", "survey_rate")
)
BENEFIT = {"level1": "效益指标"}


@dataclass(frozen=True)
class Example:
    """`bad` raises `code` at `where` with `figures` in its message; `good` does not raise it."""

    code: str
    bad: Submission
    where: tuple[str, ...]
    figures: tuple[str, ...]
    good: Submission
    policy: dict[str, object]
    variant: str


def ex(
    code: str,
    bad: Submission,
    where: tuple[str, ...],
    figures: tuple[str, ...],
    good: Submission | None = None,
    variant: str = "",
    **policy: object,
) -> Example:
    clean = {
        "self_evaluation": self_evaluation,
        "project_evaluation": project_evaluation,
        "annual_management": annual,
    }
    return Example(code, bad, where, figures, good or clean[bad.form](), policy, variant)


def declared(wanted: Value) -> Submission:
    """A declaration of goals with one target."""
    row = indicator("巡查河段", None, None, wanted)
    return submission([row], {"project": "河道巡查"}, form="goal_declaration")


def watched(
    chance: str,
    expected: Value,
    *,
    reason: str = "",
    forecast: int = 100,
    fields: dict[str, str] | None = None,
) -> Submission:
    """Monitoring with one goal of 12, of which 5 are reached, and 60 of 100 万元 spent."""
    target, actual = quantity(12, "个", "≥"), quantity(5, "个")
    more = {"forecast": expected, "chance": chance}
    row = indicator("巡查河段", None, None, target, actual, reason=reason, **more)
    money = funding(100, 60, weight=None, forecast=forecast)
    return submission([money, row], {"project": "河道巡查", **(fields or {})}, form="monitoring")


def amount(
    weight=20,
    score=18,
    wanted=None,
    reached=None,
    name="修缮道路",
    reason="一条道路因管线迁改推迟到次年三月完工。",
    **more,
):
    wanted = quantity(10, "条") if wanted is None else wanted
    reached = quantity(9, "条") if reached is None else reached
    return indicator(name, weight, score, wanted, reached, number=20, reason=reason, **more)


def quality(wanted, reached, name="工程验收合格率", score=10, **more):
    return indicator(name, 10, score, wanted, reached, number=21, level2="质量指标", **more)


def cost(wanted, reached, name="每条道路造价", score=10, **more):
    return indicator(name, 10, score, wanted, reached, number=23, level2="成本指标", **more)


def satisfied(reached, score=10, weight=10):
    names = {"level1": "满意度指标", "level2": "服务对象满意度指标"}
    return indicator("沿线居民满意率", weight, score, percent(90, "≥"), reached, number=28, **names)


def full_marks() -> Submission:
    lasting = indicator(
        "管护机制", 10, 10, text("健全"), tier(1), number=27, level2="可持续影响指标", **BENEFIT
    )
    rows = {
        "amount": amount(20, 20, reached=quantity(10, "条")),
        "lasting": lasting,
        "total": funding(100, 100, score=10),
    }
    fields = {
        "stated_total": 100,
        "text_conclusion": "",
        "text_funding": "",
        "goal_actual": "修缮道路10条。",
    }
    return self_evaluation(
        fields, current=part("current", 6, 80, 80), first=None, second=None, sum=None, **rows
    )


def copied_actuals() -> Submission:
    def rows(**last):
        return {
            "amount": amount(20, 20, reached=quantity(10, "条"), reason=""),
            "quality": quality(percent(95), percent(95)),
            "time": indicator(
                "工程按时完工率", 10, 10, percent(90), percent(90), number=22, level2="时效指标"
            ),
            "cost": cost(quantity("9.5", "万元"), quantity("9.5", "万元")),
            **last,
        }

    fields = {
        "stated_total": 99,
        "text_conclusion": "",
        "survey_satisfied": 90,
        "survey_rate": entry("90%", 205, 2),
    }
    wanted = indicator(
        "沿线居民满意率",
        10,
        10,
        percent(90),
        percent(90),
        number=28,
        level1="满意度指标",
        level2="服务对象满意度指标",
    )
    return self_evaluation(fields, **rows(satisfied=wanted))


def merged_no() -> Submission:
    return project_evaluation(
        target2=target(
            1,
            "产出",
            "更换路灯",
            quantity(9, "盏"),
            quantity(9, "盏"),
            entry("100%", 52, 6),
            number=52,
        )
    )


EXAMPLES = [
    # ------------------------------------------------------------ B
    ex("B01", self_evaluation({"unit": None}), ("unit",), ("实施单位",)),
    ex(
        "B01",
        self_evaluation(quality=quality(percent(95, "≥"), None)),
        ("indicators", "21", "actual"),
        ("实际完成值",),
    ),
    ex(
        "B02",
        self_evaluation({"text_output": "受益外籍人士 人。"}),
        ("text_output",),
        ("外籍人士 人",),
        self_evaluation({"text_output": "受益外籍人士 12 人。"}),
    ),
    ex(
        "B02",
        self_evaluation({"text_output": "占比%。"}),
        ("text_output",),
        ("占比%",),
        self_evaluation({"text_output": "占比5%。"}),
        "unsure",
    ),
    ex(
        "B03",
        self_evaluation({"text_other": "……"}),
        ("text_other",),
        ("……",),
        self_evaluation({"text_other": "材料齐全……均已归档。"}),
    ),
    ex(
        "B04",
        project_evaluation({"evaluation_type": choice("", "实施过程评价", "完成结果评价")}),
        ("evaluation_type",),
        ("评价类型", "完成结果评价"),
    ),
    # ------------------------------------------------------------ W
    ex(
        "W01",
        self_evaluation(amount=amount(25, 18)),
        ("indicators", "29", "weight"),
        ("105", "100", "5"),
    ),
    ex(
        "W01",
        project_evaluation(
            立项依据充分性=evaluated(
                "决策", "项目立项", "立项依据充分性", 20, 20, number=20, level1_weight=40
            )
        ),
        ("indicators", "20", "level1_weight"),
        ("决策", "40", "30"),
        variant="level1",
    ),
    ex(
        "W01",
        project_evaluation(
            立项依据充分性=evaluated(
                "决策", "项目立项", "立项依据充分性", 20, 20, number=20, level2_weight=25
            )
        ),
        ("indicators", "20", "level2_weight"),
        ("项目立项", "25", "20"),
        variant="level2",
    ),
    ex(
        "W02",
        self_evaluation(amount=amount(25, 22.5), satisfied=satisfied(percent(95), 5, 5)),
        ("indicators", "20", "weight"),
        ("产出指标", "55", "50"),
        self_evaluation(
            {"weight_reason": "本年以修缮为主，产出权重经批准调高。"},
            amount=amount(25, 22.5),
            satisfied=satisfied(percent(95), 5, 5),
        ),
    ),
    ex(
        "W03",
        self_evaluation(amount=amount(60, 54)),
        ("indicators", "20", "weight"),
        ("修缮道路", "60", "60%", "50%"),
    ),
    # ------------------------------------------------------------ S
    ex("S01", self_evaluation(amount=amount(20, 21)), ("indicators", "20", "score"), ("21", "20")),
    ex(
        "S01",
        self_evaluation(amount=amount(20, unreadable("满分", 20, 7))),
        ("indicators", "20", "score"),
        ("满分",),
        variant="text",
    ),
    ex(
        "S02",
        self_evaluation(amount=amount(20, 19)),
        ("indicators", "20", "score"),
        ("修缮道路", "19", "18", "90"),
    ),
    ex(
        "S03",
        self_evaluation(amount=amount(20, 20)),
        ("indicators", "20", "score"),
        ("10条", "9条", "20", "18"),
    ),
    ex(
        "S04",
        self_evaluation(
            economic=indicator(
                "沿线商铺营业",
                10,
                9,
                text("好转"),
                tier(2),
                number=24,
                level2="经济效益指标",
                reason="商铺复业较慢，下年继续帮扶。",
                **BENEFIT,
            )
        ),
        ("indicators", "24", "score"),
        ("部分达成", "9", "6—7.99"),
    ),
    ex("S05", self_evaluation({"stated_total": 98}), ("stated_total",), ("98", "97", "1")),
    ex(
        "S06",
        self_evaluation({"stated_grade": choice("良", "优", "良", "中", "差")}),
        ("stated_grade",),
        ("良", "97", "优"),
    ),
    ex(
        "S06",
        self_evaluation({"stated_grade": unreadable("优秀", 108, 2)}),
        ("stated_grade",),
        ("优秀", "优、良、中、差", "97"),
        variant="word",
    ),
    ex("S07", full_marks(), ("stated_total",), ("9", "100")),
    ex(
        "S03",
        self_evaluation(amount=amount(20, 20, quantity(10, "条"), text("未完成"), reason="")),
        ("indicators", "20", "score"),
        ("修缮道路", "10条", "未完成", "20"),
        variant="contradicted",
    ),
    ex(
        "S09",
        self_evaluation(
            lasting=indicator(
                "管护机制", 10, 10, text("健全"), text("健全"), number=27, level1="效益指标"
            )
        ),
        ("indicators", "27", "score"),
        ("管护机制", "1项", "1项为满分"),
    ),
    ex(
        "S09",
        self_evaluation(
            lasting=indicator(
                "管护机制", 10, 9, text("健全"), text("健全"), number=27, level1="效益指标"
            )
        ),
        ("indicators", "27", "score"),
        ("管护机制", "1项"),
        variant="deducted",
    ),
    ex(
        "S08",
        self_evaluation(total=funding(100, 95, score=10, initial_budget=100)),
        ("funding", "5", "score"),
        ("10", "9.5", "95.00%"),
    ),
    # ------------------------------------------------------------ X
    ex(
        "X01",
        self_evaluation(amount=amount(reason="")),
        ("indicators", "20", "reason"),
        ("修缮道路", "20", "18", "2"),
    ),
    ex(
        "X02",
        self_evaluation({"text_funding": ""}, total=funding(100, 80, score=8, initial_budget=100)),
        ("funding", "5", "executed"),
        ("80.00%", "100.00", "90%"),
        self_evaluation(
            {
                "text_funding": "",
                "execution_reason": "管线迁改推迟，质量保证金按合同结转下年支付。",
            },
            total=funding(100, 80, score=8, initial_budget=100),
        ),
    ),
    ex(
        "X03",
        self_evaluation(amount=amount(20, 20, reached=quantity(13, "条"), reason="")),
        ("indicators", "20", "reason"),
        ("10条", "13条", "130.00%"),
        self_evaluation(amount=amount(20, 20, reached=quantity("12.9", "条"), reason="")),
    ),
    ex(
        "X04",
        self_evaluation(amount=amount(reason="疫情影响。")),
        ("indicators", "20", "reason"),
        ("疫情影响", "6"),
        self_evaluation(amount=amount(reason="管线迁改延误")),
    ),
    ex(
        "X05",
        self_evaluation({"unspent_reason": None}),
        ("unspent_reason",),
        ("5.00", "100.00", "95.00"),
    ),
    ex(
        "X06",
        self_evaluation(
            total=funding(100, 95, score=9.5, initial_budget=120), current=None, carried=None
        ),
        ("funding", "5", "budget"),
        ("120.00", "100.00"),
        execution=policies()["sichuan2023"].execution,
    ),
    # ------------------------------------------------------------ V
    ex(
        "V01",
        self_evaluation(amount=amount(unreadable("二十分", 20, 6), 18)),
        ("indicators", "20", "weight"),
        ("二十分",),
    ),
    ex(
        "V01",
        self_evaluation({"signed_on": unreadable("2021/13/40", 130, 2)}),
        ("signed_on",),
        ("2021/13/40",),
        variant="date",
    ),
    ex(
        "V01",
        self_evaluation(amount=amount(reached=text("完成"))),
        ("indicators", "20", "actual"),
        ("10条", "完成"),
        variant="actual_text",
    ),
    ex(
        "V01",
        self_evaluation(amount=amount(reached=percent(90))),
        ("indicators", "20", "actual"),
        ("10条", "90%"),
        variant="kind",
    ),
    ex(
        "V01",
        self_evaluation(amount=amount(reached=quantity(9, "公里"))),
        ("indicators", "20", "actual"),
        ("条", "公里"),
        variant="unit",
    ),
    ex(
        "V02",
        self_evaluation(amount=amount(20, 20, percent(100), percent(100), "修缮12条道路", "")),
        ("indicators", "20", "target"),
        ("100%", "12"),
        self_evaluation(amount=amount(20, 20, percent(100), percent(100), "12条道路完好率", "")),
    ),
    ex("V03", copied_actuals(), ("indicators", "20", "actual"), ("5",)),
    ex(
        "V04",
        project_evaluation(
            target1=target(
                1, "产出", "修缮道路", quantity(9, "条"), quantity(5, "条"), entry("55.55%", 51, 6)
            )
        ),
        ("targets", "51", "rate"),
        ("55.55%", "5", "9", "55.56%"),
        project_evaluation(
            target1=target(
                1, "产出", "修缮道路", quantity(9, "条"), quantity(5, "条"), entry("55.56%", 51, 6)
            )
        ),
    ),
    ex(
        "V05",
        self_evaluation(amount=amount(20, 15, percent(100), percent(100), "修缮任务完成率")),
        ("indicators", "20", "actual"),
        ("100%", "15", "20"),
    ),
    ex(
        "V05",
        self_evaluation(
            {"text_output": "材料费用31.12万元。"},
            cost=cost(
                percent(100),
                percent(60),
                "材料费用控制在43.2万元以内",
                6,
                reason="厉行节约压减了材料费用支出。",
            ),
        ),
        ("indicators", "23", "actual"),
        ("60%", "31.12万元", "72.04%"),
        self_evaluation(
            {"text_output": "材料费用31.12万元。"},
            cost=cost(
                percent(100),
                percent("72.04"),
                "材料费用控制在43.2万元以内",
                6,
                reason="厉行节约压减了材料费用支出。",
            ),
        ),
        "figures",
    ),
    ex(
        "V06",
        self_evaluation(cost=cost(quantity(9, "万元", "≥"), quantity("9.5", "万元"))),
        ("indicators", "23", "target"),
        ("每条道路造价", "≥9万元"),
    ),
    ex(
        "V07",
        self_evaluation(quality=quality(percent(100), percent(100), "提升道路品质")),
        ("indicators", "21", "target"),
        ("提升道路品质", "100%"),
        self_evaluation(quality=quality(percent(100), percent(100), "道路品质提升率")),
    ),
    ex(
        "V08",
        project_evaluation(
            target2=target(2, "产出", "更换路灯", quantity(9, "盏"), None, entry("100%", 52, 6))
        ),
        ("targets", "52", "actual"),
        ("更换路灯", "100%"),
    ),
    # ------------------------------------------------------------ M
    ex(
        "M01",
        self_evaluation(total=funding(100, 101, score=10, initial_budget=100)),
        ("funding", "5", "executed"),
        ("101.00", "100.00", "1.00", "全年预算数"),
    ),
    ex(
        "M02",
        self_evaluation(current=part("current", 6, 70, 75)),
        ("funding", "5", "budget"),
        ("100.00", "90.00", "10.00"),
    ),
    ex(
        "M03",
        self_evaluation(
            total=funding(100, 95, score=9.5, initial_budget=100, rate=entry("96%", 5, 8))
        ),
        ("funding", "5", "rate"),
        ("96%", "95.00", "100.00", "95.00%", "全年预算数"),
    ),
    ex(
        "M04",
        self_evaluation(sum=row("details", 69, kind=RowKind.TOTAL, budget=101, spent=95)),
        ("details", "69", "budget"),
        ("101.00", "100.00", "1.00"),
    ),
    ex(
        "M04",
        self_evaluation(second=detail(2, "西区道路修缮", 40, 36), sum=None),
        ("details", "62", "spent"),
        ("94.00", "95.00"),
        variant="funding",
    ),
    ex(
        "M05",
        self_evaluation(
            first=detail(1, "东区道路修缮", 33.59, 33.92),
            second=detail(2, "西区道路修缮", 66.41, 61.08),
        ),
        ("details", "61", "spent"),
        ("33.92", "33.59", "0.33"),
    ),
    ex(
        "M06",
        self_evaluation(total=funding(1000000, 95, score=0, initial_budget=100)),
        ("funding", "5", "budget"),
        ("1000000", "全年"),
    ),
    ex(
        "M08",
        self_evaluation(total=funding(1e27, 95, score=9.5, initial_budget=100)),
        ("funding", "5", "budget"),
        ("1" + "0" * 27, "100000000万元"),
        self_evaluation(total=funding(100_000_000, 95, score=9.5, initial_budget=100)),
    ),
    ex(
        "M08",
        self_evaluation(carried=part("carried", 7, 20, -10)),
        ("funding", "7", "executed"),
        ("-10.00",),
        None,
        "negative",
    ),
    ex(
        "M08",
        self_evaluation(first=detail(1, "退款", 10, -2)),
        ("details", "61", "spent"),
        ("-2.00", "退款"),
        None,
        "refund",
    ),
    ex(
        "M09",
        self_evaluation(total=funding(0, 0, score=9, initial_budget=0)),
        ("funding", "5", "budget"),
        ("全年预算数",),
    ),
    ex(
        "M07",
        self_evaluation(current=part("current", 6, 80, 75, score=9.5)),
        ("funding", "6", "score"),
        ("9.5", "当年财政拨款"),
    ),
    ex(
        "V09",
        declared(text("若干")),
        ("indicators", "20", "target"),
        ("若干", "巡查河段"),
        declared(quantity(12, "个", "≥")),
    ),
    ex(
        "V10",
        watched("确定能", quantity(9, "个")),
        ("indicators", "20", "chance"),
        ("9个", "12个"),
        watched("有可能", quantity(9, "个"), reason="汛期推迟"),
    ),
    ex(
        "V10",
        watched("确定能、有可能", quantity(12, "个")),
        ("indicators", "20", "chance"),
        ("确定能、有可能",),
        watched("确定能", quantity(12, "个")),
        "several",
    ),
    ex(
        "X07",
        watched("有可能", quantity(9, "个")),
        ("indicators", "20", "reason"),
        ("有可能", "巡查河段"),
        watched("有可能", quantity(9, "个"), fields={"text_suggestions": "八月起增加人手"}),
    ),
    ex(
        "M11",
        watched("确定能", quantity(12, "个"), forecast=50),
        ("funding", "5", "forecast"),
        ("50.00", "60.00"),
        watched("确定能", quantity(12, "个"), forecast=90),
    ),
    ex(
        "M11",
        watched("确定能", quantity(12, "个"), forecast=130),
        ("funding", "5", "forecast"),
        ("130.00", "100.00"),
        watched("确定能", quantity(12, "个"), forecast=100),
        "above",
    ),
    # ------------------------------------------------------------ I
    ex(
        "I01",
        self_evaluation(quality=quality(percent(95), percent(96), "修缮道路")),
        ("indicators", "20", "level3"),
        ("修缮道路", "2"),
    ),
    ex(
        "I01",
        project_evaluation(
            target3=target(1, "效益", "修缮道路", text("改善"), tier(1), None, number=53)
        ),
        ("targets", "53", "item"),
        ("产出", "效益"),
        variant="groups",
    ),
    ex(
        "I02",
        self_evaluation(amount=amount(20, 18, percent(100), percent(90), "资金支付率")),
        ("indicators", "20", "level3"),
        ("资金支付率", "数量指标"),
        self_evaluation(amount=amount(20, 18, percent(100), percent(90), "道路修缮率")),
    ),
    ex(
        "I03",
        self_evaluation(
            time=None,
            quality=indicator(
                "工程验收合格率", 20, 20, percent(95), percent(96), number=21, level2="质量指标"
            ),
        ),
        ("indicators", "20", "level2"),
        ("时效指标", "产出指标"),
    ),
    ex(
        "I04",
        self_evaluation(
            ecological=indicator("无", 5, None, number=26, level2="生态效益指标", **BENEFIT)
        ),
        ("indicators", "26", "weight"),
        ("无", "5"),
    ),
    # ------------------------------------------------------------ E
    ex(
        "E01",
        project_evaluation(
            质量达标率=evaluated("产出", "产出质量", "质量达标率", 10, 10, number=26, evidence="")
        ),
        ("indicators", "26", "evidence"),
        ("质量达标率", "10"),
        project_evaluation(
            {"text_output": "质量达标率经第三方检测。"},
            质量达标率=evaluated("产出", "产出质量", "质量达标率", 10, 10, number=26, evidence=""),
        ),
    ),
    ex("E02", self_evaluation({**SURVEY}), ("indicators", "28", "score"), ("沿线居民满意率", "10")),
    ex(
        "E03",
        self_evaluation(
            {
                "survey_valid": 36,
                "survey_satisfied": None,
                "survey_rate": entry("96%", 205, 2),
                "survey_issued": 36,
                "survey_returned": 36,
            }
        ),
        ("survey_rate",),
        ("96%", "36", "94.44%", "97.22%"),
        self_evaluation(
            {
                "survey_valid": 36,
                "survey_satisfied": None,
                "survey_rate": entry("97.22%", 205, 2),
                "survey_issued": 36,
                "survey_returned": 36,
            },
            satisfied=satisfied(percent("97.2")),
        ),
    ),
    ex(
        "E03",
        self_evaluation({"survey_returned": 101}),
        ("survey_returned",),
        ("101", "100", "发放份数"),
        variant="order",
    ),
    ex(
        "E03",
        self_evaluation({"survey_satisfied": 94}),
        ("survey_rate",),
        ("95%", "94", "100", "94%"),
        variant="rate",
    ),
    ex(
        "E03",
        self_evaluation(
            {
                "survey_valid": 36,
                "survey_satisfied": None,
                "survey_mean": 96,
                "survey_rate": entry("96%", 205, 2),
                "survey_issued": 36,
                "survey_returned": 36,
            }
        ),
        ("survey_rate",),
        ("96%", "36", "96分"),
        variant="mean",
    ),
    ex(
        "E04",
        self_evaluation(
            {"survey_issued": 20, "survey_returned": 20, "survey_valid": 20, "survey_satisfied": 19}
        ),
        ("survey_valid",),
        ("20", "30"),
    ),
    ex(
        "E04",
        self_evaluation({"survey_issued": 200}),
        ("survey_returned",),
        ("回收率", "50.00%", "100÷200", "80%"),
        variant="response",
    ),
    ex(
        "E04",
        self_evaluation(
            {
                "survey_issued": 25,
                "survey_returned": 25,
                "survey_valid": 25,
                "survey_satisfied": 24,
                "survey_population": 500,
            }
        ),
        ("survey_valid",),
        ("25", "30"),
        self_evaluation(
            {
                "survey_issued": 25,
                "survey_returned": 25,
                "survey_valid": 25,
                "survey_satisfied": 24,
                "survey_population": 26,
            }
        ),
    ),
    ex(
        "E04",
        self_evaluation({"survey_respondents": "本单位干部职工"}),
        ("survey_respondents",),
        ("本单位干部职工",),
        variant="own_staff",
    ),
    ex(
        "E05",
        self_evaluation({**SURVEY, "methods": ticked("公众评判法")}),
        ("methods",),
        ("公众评判法",),
        self_evaluation({"methods": ticked("公众评判法")}),
    ),
    ex(
        "E05",
        self_evaluation({"standards": ticked("历史标准")}),
        ("standards",),
        ("历史标准",),
        self_evaluation(
            {"standards": ticked("历史标准"), "text_output": "上年修缮8条，本年修缮9条。"}
        ),
    ),
    # ------------------------------------------------------------ T
    ex(
        "T01",
        self_evaluation({"reported_on": date(2021, 7, 21), "signed_on": date(2021, 7, 21)}),
        ("reported_on",),
        ("2021年7月21日", "2021年12月31日"),
    ),
    ex(
        "T01",
        self_evaluation({"signed_on": date(2022, 1, 22)}),
        ("signed_on",),
        ("2022年1月22日", "2022年1月20日"),
        variant="signed",
    ),
    ex(
        "T01",
        self_evaluation({"period_start": date(2022, 1, 1), "period_end": date(2022, 1, 10)}),
        ("period_start",),
        ("2022年1月1日", "2021"),
        variant="period",
    ),
    ex(
        "T01",
        self_evaluation({"reported_on": date(2022, 2, 1), "signed_on": date(2022, 2, 1)}),
        ("reported_on",),
        ("2022年2月1日", "2022年1月31日"),
        variant="future",
    ),
    ex(
        "T02",
        self_evaluation({"text_problems": "1.进度慢；2.资料少；2.人手紧。"}),
        ("text_problems",),
        ("2.",),
        self_evaluation({"text_problems": "1.进度慢；2.资料少；3.人手紧。"}),
    ),
    ex("T02", merged_no(), ("targets", "51", "no"), ("1", "2"), variant="table"),
    ex(
        "T03",
        self_evaluation({"basis_document": "赣财绩[2022]4号"}),
        ("basis_document",),
        ("赣财绩[2022]4号", "赣财绩〔2022〕4号"),
        variant="number",
    ),
    ex(
        "T04",
        self_evaluation({"text_conclusion": "本项目自评得分97.9分。"}),
        ("text_conclusion",),
        ("97.9", "97分"),
    ),
    ex(
        "T04",
        self_evaluation({"text_conclusion": "评价等级为“良”。"}),
        ("text_conclusion",),
        ("良", "优"),
    ),
    ex(
        "T04",
        self_evaluation({"text_funding": "预算执行率98%。"}),
        ("text_funding",),
        ("98%", "95.00%"),
    ),
    ex(
        "T04",
        project_evaluation({"text_principles": "共14个三级指标。"}),
        ("text_principles",),
        ("14个三级指标", "10个"),
    ),
    ex(
        "T04",
        annual({"text_basics": "共5个工作节点，完成3项。"}),
        ("text_basics",),
        ("5个工作节点", "3个"),
    ),
    ex(
        "T05",
        self_evaluation({"text_funding": "支出明细表合计预算101.00万元。"}),
        ("text_funding",),
        ("101.00", "100.00"),
        self_evaluation({"text_funding": "支出明细表合计预算100万元。"}),
    ),
    ex(
        "T06",
        self_evaluation({"text_background": "安排城区道路修缮项目资金。"}),
        ("text_background",),
        ("城区道路修缮项目资金", "城区道路修缮专项经费"),
        self_evaluation({"text_background": "安排城区道路修缮专项经费。"}),
    ),
    ex(
        "T07",
        self_evaluation(first=detail(1, "2018年东区道路修缮", 60, 58)),
        ("details", "61", "item"),
        ("2018", "2021"),
        self_evaluation(first=detail(1, "2018—2021年东区道路修缮", 60, 58)),
    ),
    # ------------------------------------------------------------ N
    ex(
        "N01",
        annual(node1=node(1, "召开会议", done_on=date(2021, 7, 2))),
        ("nodes", "61", "state"),
        ("按期", "2021年7月2日", "2021年6月30日"),
    ),
    ex(
        "N01",
        annual(node1=node(1, "召开会议", done_on=date(2022, 2, 2))),
        ("nodes", "61", "done_on"),
        ("2022年2月2日", "2022年1月31日"),
        variant="future",
    ),
    ex(
        "N01",
        annual(node1=node(1, "召开会议", done_on=None)),
        ("nodes", "61", "done_on"),
        ("按期", "召开会议"),
        variant="undated",
    ),
    ex(
        "N02",
        annual(node1=node(1, "召开会议", done_on=None, state=state("未完成"))),
        ("nodes", "61", "cause"),
        ("第1项", "未完成"),
        annual(
            node1=node(
                1, "召开会议", done_on=None, state=state("未完成"), cause="会场改造尚未完工。"
            )
        ),
    ),
    ex(
        "N03",
        annual(
            node1=node(1, "召开会议", done_on=None, state=state("经批准调整"), approver="分管领导")
        ),
        ("nodes", "61", "approved_on"),
        ("经批准调整", "批准日期"),
        annual(
            node1=node(
                1,
                "召开会议",
                done_on=None,
                state=state("经批准调整"),
                approver="分管领导",
                approved_on=date(2021, 6, 1),
                cause="会场改造。",
            )
        ),
    ),
    ex(
        "N03",
        annual(
            node1=node(
                1,
                "召开会议",
                done_on=None,
                state=state("未完成"),
                approver="分管领导",
                approved_on=date(2021, 6, 1),
                cause="会场改造。",
            )
        ),
        ("nodes", "61", "state"),
        ("未完成", "批准人、批准日期"),
        variant="both",
    ),
    ex(
        "N04",
        annual(item3=item(3, "培训干部")),
        ("items", "23", "level3_no"),
        ("第3项", "培训干部"),
    ),
    ex(
        "N04",
        annual(node4=node(9, "不明节点")),
        ("nodes", "69", "level3_no"),
        ("不明节点", "9"),
        variant="orphan",
    ),
    ex(
        "N05",
        annual(item1=item(1, "召开工作会议", achievement="")),
        ("items", "21", "achievement"),
        ("2项", "1项", "第1项"),
    ),
    ex(
        "N06",
        annual(item1=item(1, "召开工作会议", office=None)),
        ("items", "21", "office"),
        ("第1项", "召开工作会议"),
    ),
    ex(
        "N06",
        annual(item1=item(1, "召开工作会议", office="综合处、秘书处")),
        ("items", "21", "office"),
        ("2", "综合处、秘书处"),
        annual(item1=item(1, "召开工作会议", office="综合处（牵头）、秘书处")),
        "several",
    ),
    ex(
        "N07",
        annual(node1=node(1, "召开会议", evidence="")),
        ("nodes", "61", "evidence"),
        ("第1项", "按期"),
    ),
    # ------------------------------------------------------------ P
    ex("P01", self_evaluation({"phone": "13800000000"}), ("phone",), ("138****0000",)),
]

ELSEWHERE = {code for code in CATALOGUE if code[0] in "FD"} | {
    "B05",
    "M10",
    "R01",
}  # in files of their own


@pytest.mark.parametrize(
    "example",
    EXAMPLES,
    ids=[f"{example.code}{example.variant}-{number}" for number, example in enumerate(EXAMPLES)],
)
def test_raises_the_code_at_its_cell_with_its_figures(example: Example):
    alike = [
        finding for finding in found(example.bad, **example.policy) if finding.code == example.code
    ]
    where = place_of(example.bad, *example.where)
    here = [finding for finding in alike if where in finding.places]
    assert here, [(finding.message, str(finding.place)) for finding in alike]
    assert here[0].place == where or len(here[0].places) > 1
    assert all(any(figure in finding.message for finding in here) for figure in example.figures), [
        each.message for each in here
    ]
    assert "未注明" not in here[0].message + here[0].remedy + here[0].basis


@pytest.mark.parametrize(
    "example",
    EXAMPLES,
    ids=[f"{example.code}{example.variant}-{number}" for number, example in enumerate(EXAMPLES)],
)
def test_is_silent_about_the_neighbour(example: Example):
    assert example.code not in codes(example.good, **example.policy)


def test_every_code_has_an_example():
    assert {example.code for example in EXAMPLES} | ELSEWHERE == set(CATALOGUE)


@pytest.mark.parametrize(
    "clean", [self_evaluation(), project_evaluation(), annual()], ids=lambda clean: clean.form
)
def test_a_faultless_workbook_has_no_findings(clean: Submission):
    assert found(clean) == ()


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("V06", self_evaluation(cost=cost(percent(5, "≥"), percent(6), "成本节约率"))),
        ("V06", self_evaluation(cost=cost(percent(95, "≥"), percent(96), "成本控制率"))),
        (
            "V06",
            self_evaluation(
                amount=amount(20, 20, percent(90, "≥"), percent(95), "重点支出安排率", "")
            ),
        ),
        (
            "V06",
            self_evaluation(amount=amount(20, 20, percent(95, "≥"), percent(96), "投诉办结率", "")),
        ),
        (
            "V06",
            self_evaluation(
                amount=amount(20, 20, percent(95, "≥"), percent(96), "违规问题整改率", "")
            ),
        ),
        ("V07", self_evaluation(quality=quality(percent(5, "≥"), percent(6), "提升居民收入"))),
        ("V07", self_evaluation(quality=quality(percent(90, "≥"), percent(95), "提高政策知晓度"))),
        (
            "V02",
            self_evaluation(
                amount=amount(20, 20, percent(100), percent(100), "2021年修缮任务", "")
            ),
        ),
        (
            "V05",
            self_evaluation(
                amount=amount(20, 15, percent(100), percent(100), "修缮任务完成率", "")
            ),
        ),
        ("W02", self_evaluation(amount=amount(25, 22.5))),
        (
            "T06",
            self_evaluation(
                {"text_background": "城区道路修缮项目由中心实施，城区道路修缮资金足额到位。"}
            ),
        ),
        ("T07", self_evaluation(first=detail(1, "2018年东区道路修缮", 60, 58, note="结算尾款"))),
        ("T07", self_evaluation(first=detail(1, "较2018年新增路段修缮", 60, 58))),
        ("E03", self_evaluation({"survey_rate": entry("95.0%", 205, 2)})),
        (
            "E02",
            self_evaluation({**SURVEY, "text_work": "向沿线居民发放问卷100份，收回有效问卷96份。"}),
        ),
        ("X02", self_evaluation(total=funding(100, 90, score=9, initial_budget=100))),
        (
            "M03",
            self_evaluation(
                total=funding(100, 95, score=9.5, initial_budget=100, rate=entry("95.00%", 5, 8))
            ),
        ),
        ("M06", self_evaluation(total=funding("100万元", 95, score=9.5, initial_budget=100))),
        ("B03", self_evaluation({"text_other": "每段长2×3米，由各处室分别负责……"})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_near_misses_are_left_alone(code: str, near: Submission):
    assert code not in codes(near)


def test_a_survey_without_a_count_and_carried_money_are_no_evidence():
    assert "E02" in codes(self_evaluation({**SURVEY, "text_work": "2021年开展了问卷调查。"}))
    assert "E05" in codes(
        self_evaluation({"standards": ticked("历史标准"), "text_output": "上年结转20.00万元。"})
    )


def test_a_band_and_its_actual_are_of_one_kind():
    assert "V01" not in codes(
        self_evaluation(cost=cost(band("8", "12", "万元"), quantity("9.5", "万元")))
    )


@pytest.mark.parametrize(("executed", "codes"), [("100.01", set()), ("100.02", {"M01"})])
def test_a_cent_of_ten_thousand_over_the_budget_is_rounding_and_two_are_not(executed, codes):
    filled = self_evaluation(total=funding(100, Decimal(executed), score=10, initial_budget=100))
    assert {finding.code for finding in found(filled)} & {"M01"} == codes


@pytest.mark.parametrize("factor", [10_000, Decimal("0.0001")])
def test_details_in_another_unit_than_the_form_are_told_whichever_is_larger(factor) -> None:
    spent = {"first": 58, "second": 37}
    rows = {
        name: detail(at, name, each * factor, each * factor)
        for at, (name, each) in enumerate(spent.items(), start=1)
    }
    told = only(self_evaluation(**rows, sum=None), "M06")
    assert told.expected == "95"
    assert told.found == given(95 * Decimal(factor))


def test_a_claim_above_a_full_score_is_not_called_short_of_its_target() -> None:
    row = indicator("修缮道路", 20, 21, quantity(18, "公里"), quantity(18, "公里"))
    assert "S03" not in codes(self_evaluation(amount=row))


@pytest.mark.parametrize(("beyond", "told"), [("0.01", set()), ("0.0101", {"M01"})])
def test_money_is_beyond_the_budget_only_by_more_than_the_tolerance(beyond, told) -> None:
    total = funding(100, 100 + Decimal(beyond), score=10, initial_budget=100)
    assert codes(self_evaluation(total=total)) & {"M01"} == told


@pytest.mark.parametrize(("beyond", "told"), [("0.01", set()), ("0.0101", {"M02", "M04"})])
def test_sums_differ_only_by_more_than_the_tolerance(beyond, told) -> None:
    more = Decimal(beyond)
    filled = self_evaluation(
        carried=part("carried", 7, 20 + more, 20),
        second=detail(2, "西区道路修缮", 40, 37 + more),
        sum=None,
    )
    assert codes(filled) & {"M02", "M04"} == told


@pytest.mark.parametrize(
    ("typed", "told"), [("950000元", True), ("95万元", False), ("95", False), ("950000 元", True)]
)
def test_a_unit_typed_into_a_cell_is_told_unless_it_is_the_forms_own(typed, told) -> None:
    executed = entry(95, 5, 6)._replace(text=typed)
    seen = found(self_evaluation(total=funding(100, executed, score=9.5, initial_budget=100)))
    units = [each for each in seen if each.code == "M06" and each.found == typed]
    assert bool(units) is told


@pytest.mark.parametrize(("beyond", "told"), [("0.01", set()), ("0.0101", {"M05"})])
def test_a_detail_is_beyond_its_budget_only_by_more_than_the_tolerance(beyond, told) -> None:
    first = detail(1, "东区道路修缮", 60, 60 + Decimal(beyond))
    assert codes(self_evaluation(first=first, sum=None)) & {"M05"} == told


def test_nothing_spent_is_no_negative_amount() -> None:
    assert "M08" not in codes(self_evaluation(carried=part("carried", 7, 20, 0)))


def test_an_amount_ten_thousand_times_the_least_is_told_though_it_is_not_large() -> None:
    total = funding(100, 0.0095, score=0, initial_budget=100)
    told = [each for each in found(self_evaluation(total=total)) if each.code == "M06"]
    assert {(each.found, each.expected) for each in told} >= {("100", "0.0095")}
