"""Every published layout: recognised, read whole, weighed and summed right, accused of nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import pytest

from evalbatch.checks.assess import assess
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity
from evalbatch.reading.reader import read
from evalbatch.standards.policy_library import load_policies
from reading import published
from reading.typed import FORMS
from reading.undone import unmerged, with_column

POLICIES = load_policies()
#: Codes of warnings that a form of others may have without being accused of anything wrong.
HARMLESS = {
    "F04",
    "E02",
    "I03",
    "W02",
    "W03",
    "S07",
    "S09",
    "V03",
    "V07",
    "E01",
    "F11",
    "I02",
    "X04",
    "X05",
}


class Layout(NamedTuple):
    """A published layout and what a person reads in it."""

    make: Callable[[], bytes]
    form: str
    project: str
    items: int
    weights: str = ""
    claimed: str = ""
    final: str = ""
    policy: str = ""


#: The budget of the year and what was spent of it, in 万元; none where the form has no money.
MONEY = {
    "national": ("84.5", "80.275"),
    "with_a_reason": ("84.5", "80.275"),
    "assistance": ("120", "120"),
    "hubei": ("250", "200"),
    "hubei_two": ("250", "200"),
    "sichuan": ("96", "96"),
    "execution_row": ("60", "57"),
    "flat": ("400", "400"),
    "chongqing_department": ("750", "570"),
    "hunan_new": ("520", "520"),
    "yinchuan": ("200", "200"),
    "rechecked": ("30", "30"),
    "managed": ("100", "100"),
    "yongde": ("50", "50"),
    "four_levels": ("90", "90"),
    "transfer": ("1200.5", "1200.5"),
    "transfer_county": ("150", "141"),
    "monitoring": ("", "130"),
    "monitoring_half_year": ("", "87.57"),
    "monitoring_of_a_system": ("280", "140"),
    "goals": ("300", ""),
    "goals_two_tables": ("800", ""),
    "goals_weighted": ("250", ""),
    "goals_with_schedule": ("180", ""),
    "goals_of_a_city": ("120", ""),
    "goals_scored_rows": ("500", ""),
    "boxed_execution": ("50", "48"),
    "sections": ("100", "100"),
    "named_like_layout": ("20", "20"),
}


def hubei_two() -> bytes:
    return published.hubei(goals=2)


def with_a_reason() -> bytes:
    return published.national("执行率95%，尾款按合同次年支付")


LAYOUTS = [
    Layout(published.national, "self_evaluation", "乡镇卫生院设备更新", 7, "100", "98.5", "98.5"),
    Layout(with_a_reason, "self_evaluation", "乡镇卫生院设备更新", 7, "100", "98.5", "98.5"),
    Layout(published.assistance, "self_evaluation", "产业扶贫到户项目", 6, "100", "100", "100"),
    Layout(published.hubei, "self_evaluation", "城区路灯改造", 4, "100", "94", "94", "hubei2020"),
    Layout(hubei_two, "self_evaluation", "城区路灯改造", 6, "100", "94", "94", "hubei2020"),
    Layout(
        published.sichuan,
        "self_evaluation",
        "51000023T000001-灌区泵站维修",
        7,
        "100",
        "100",
        "100",
        "sichuan2023",
    ),
    Layout(published.execution_row, "self_evaluation", "馆藏图书购置", 6, "100", "99.5", "99.5"),
    Layout(published.flat, "self_evaluation", "农村厕所改造", 4, "100", "97.5", "97.5"),
    Layout(published.chongqing_department, "department_evaluation", "", 7, "100", "97.6", "97.6"),
    Layout(published.hunan_department, "department_evaluation", "", 7, "100", "97", "97"),
    Layout(published.hunan_new, "department_evaluation", "", 4, "100", "100", "100"),
    Layout(published.sichuan_department, "department_evaluation", "", 7, "100", "97.5", "97.5"),
    Layout(published.yinchuan, "self_evaluation", "公共自行车运营", 6, "100", "98", "98"),
    Layout(published.rechecked, "self_evaluation", "社区文化活动室建设", 4, "100", "100", "100"),
    Layout(published.managed, "self_evaluation", "实验室安全改造", 8, "100", "99", "99"),
    Layout(published.yongde, "self_evaluation", "村级卫生室补助", 4, "100", "97", "97"),
    Layout(published.four_levels, "self_evaluation", "档案数字化", 5, "100", "100", "100"),
    Layout(published.transfer, "transfer_self_evaluation", "医疗救助补助资金", 5),
    Layout(published.transfer_county, "transfer_self_evaluation", "农田水利设施维修", 4),
    Layout(published.monitoring, "monitoring", "智慧校园二期", 3),
    Layout(published.monitoring_half_year, "monitoring", "文物数字化保护", 2),
    Layout(published.goals, "goal_declaration", "河湖健康评估", 4),
    Layout(published.goals_two_tables, "goal_declaration", "老旧小区改造", 3),
    Layout(published.goals_weighted, "goal_declaration", "应急物资储备", 4, "90"),
    Layout(published.goals_with_schedule, "goal_declaration", "救助站改造", 3),
    Layout(published.goals_of_a_city, "goal_declaration", "绿道维护", 3),
    Layout(published.goals_scored_rows, "goal_declaration", "边境集市建设", 5, "100"),
    Layout(published.monitoring_of_a_system, "monitoring", "不动产登记信息化", 2),
    Layout(published.merged_scores, "project_evaluation", "农贸市场改造", 7, "100", "96.5", "96.5"),
    Layout(published.boxed_execution, "self_evaluation", "应急广播建设", 3, "100", "97.6", "97.6"),
    Layout(published.sections, "self_evaluation", "森林防火通道", 4, "100", "100", "100"),
    Layout(published.named_like_layout, "self_evaluation", "代表之家建设", 7, "100", "100", "100"),
]
each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.make.__name__)


def judged(layout: Layout, change: Callable[[bytes], bytes] = bytes) -> Evaluation:
    (submission,) = read(change(layout.make()), "报送.xlsx", FORMS)
    assert submission.form == layout.form
    form = FORMS[submission.form]
    return assess(submission, form, POLICIES[layout.policy or form.policy], date(2026, 3, 1))


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@each_layout
def test_it_is_read_as_a_person_reads_it(layout: Layout) -> None:
    evaluation = judged(layout)
    rows = evaluation.submission.rows("indicators")
    assert evaluation.submission.text("project") == layout.project
    assert sum(1 for row in rows if row.kind.value == "明细") == layout.items
    assert evaluation.scores.weight_total == (number(layout.weights) or 0)
    assert evaluation.scores.claimed_total == number(layout.claimed)
    assert evaluation.scores.final_total == number(layout.final)
    budget, spent = MONEY.get(layout.make.__name__, ("", ""))
    funding = evaluation.scores.funding
    assert (funding.budget, funding.executed) == (number(budget), number(spent))


@each_layout
def test_it_is_accused_of_nothing(layout: Layout) -> None:
    evaluation = judged(layout)
    said = [
        f"{finding.severity.value} {finding.code} {finding.place} {finding.message}"
        for finding in evaluation.findings
        if finding.severity is Severity.ERROR
        or (finding.severity is Severity.WARNING and finding.code not in HARMLESS)
    ]
    assert said == []
    wanted = Status.GRADED if layout.claimed else Status.ACCEPTED
    assert evaluation.status is wanted


@pytest.mark.parametrize("at", [0, 2, 3, 5])
@each_layout
def test_merges_undone_or_a_column_more_change_nothing(layout: Layout, at: int) -> None:
    evaluation = judged(layout, partial(with_column, at=at) if at else unmerged)
    rows = evaluation.submission.rows("indicators")
    assert evaluation.submission.text("project") == layout.project
    assert sum(1 for row in rows if row.kind.value == "明细") == layout.items
    assert evaluation.scores.claimed_total == number(layout.claimed)
    assert evaluation.count(Severity.ERROR) == 0
