"""Workbooks with more or less than one form: a project's whole set, two projects, a list, a
ledger.
"""

from datetime import date

import pytest

from evalbatch.checks.assess import assess
from evalbatch.checks.catalogue import refuse
from evalbatch.model.submission import RowKind
from evalbatch.reading.reader import read
from evalbatch.sheets.book import Refused
from evalbatch.standards.policy_library import load_policies
from reading.printed import Wide, printed
from reading.published import workbook
from reading.typed import FORMS, saved
from reading.undone import copied

FILE = "报送.xlsx"
POLICIES = load_policies()


def test_a_whole_set_is_read_sheet_by_sheet_for_what_each_is() -> None:
    book = copied(
        ("目标", workbook("goals")),
        ("监控", workbook("monitoring")),
        ("自评", workbook("national")),
        ("区域", workbook("transfer")),
    )
    submissions = read(saved(book), FILE, FORMS)
    assert [(each.file, each.form, each.text("project")) for each in submissions] == [
        (FILE, "goal_declaration", "河湖健康评估"),
        (f"{FILE}#监控", "monitoring", "智慧校园二期"),
        (f"{FILE}#自评", "self_evaluation", "乡镇卫生院设备更新"),
        (f"{FILE}#区域", "transfer_self_evaluation", "医疗救助补助资金"),
    ]


def form_of(project: str, score: float) -> list[list[object]]:
    return [
        [Wide("财政项目支出绩效自评表", 8)],
        [Wide("（2022年度）", 8)],
        ["项目名称", Wide(project, 7)],
        ["主管部门", Wide("示例区体育局", 3), "实施单位", Wide("示例区体育中心", 3)],
        [
            Wide("项目资金（万元）", 1, 2),
            None,
            "年初预算数",
            "全年预算数",
            "全年执行数",
            "分值",
            "执行率",
            "得分",
        ],
        ["年度资金总额", 25, 25, 25, 10, "100%", 10],
        [
            "一级指标",
            "二级指标",
            "三级指标",
            "年度指标值",
            "实际完成值",
            "分值",
            "得分",
            "偏差原因",
        ],
        ["产出指标", "数量指标", "开放天数", "≥300天", "310天", 50, 50, None],
        ["效益指标", "社会效益指标", "健身人次", "≥2万人次", "2.1万人次", 30, 30, None],
        ["满意度指标", "服务对象满意度指标", "市民满意度", "≥90%", "95%", 10, 10, None],
        [Wide("总分", 5), 100, score],
    ]


@pytest.mark.parametrize("between", [[], [[]], [[Wide("注：以上为第一个项目。", 8)], []]])
def test_two_forms_below_each_other_are_two_projects(between: list[list[object]]) -> None:
    rows = [*form_of("场馆开放", 100), *between, *form_of("健身器材更新", 100)]
    submissions = read(printed(("Sheet1", rows)), FILE, FORMS)
    assert [each.text("project") for each in submissions] == ["场馆开放", "健身器材更新"]
    assert [each.number("year") for each in submissions] == [2022, 2022]
    for each in submissions:
        rows_read = each.rows("indicators", RowKind.ITEM)
        assert [row.text("level3") for row in rows_read] == ["开放天数", "健身人次", "市民满意度"]
        assert each.number("stated_total") == 100
        assert [seen for seen in each.observations if seen.code == "F04" and not seen.places] == []
    assert submissions[0].file != submissions[1].file


def said(data: bytes) -> tuple[str, str, str]:
    with pytest.raises(Refused) as caught:
        read(data, FILE, FORMS)
    (finding,) = refuse(caught.value.observation, FILE, "").findings
    return finding.code, finding.message, finding.remedy


LIST = [
    "序号",
    "项目名称",
    "主管部门",
    "年初预算数",
    "全年预算数",
    "全年执行数",
    "执行率",
    "自评得分",
    "自评等级",
]
LINES = [[n, f"项目{n}", "示例市政府办", 100, 100, 95, "95%", 98, "优"] for n in range(1, 5)]


@pytest.mark.parametrize("title", [[[Wide("2024年度项目支出绩效自评情况汇总表", 9)]], []])
def test_a_list_of_projects_is_called_so_and_what_to_hand_in_is_said(
    title: list[list[object]],
) -> None:
    code, message, remedy = said(printed(("Sheet1", [*title, LIST, *LINES])))
    assert (code, "项目汇总表" in message) == ("F03", True)
    assert "《项目支出绩效自评表》" in remedy


def test_a_ledger_of_tasks_is_called_so() -> None:
    head = ["序号", "重点任务", "责任单位", "完成时限", "进展情况", "备注"]
    lines = [[n, f"任务{n}", "示例科", "6月底前", "已完成", None] for n in range(1, 6)]
    code, message, remedy = said(printed(("Sheet1", [head, *lines])))
    assert (code, "任务台账" in message) == ("F03", True)
    assert "《年度绩效管理指标节点表》" in remedy


def test_a_form_is_never_told_what_another_one_lacks() -> None:
    rows = [
        [Wide("部门整体支出绩效自评表", 4)],
        ["部门名称", Wide("示例市统计局", 3)],
        ["履职情况", Wide("完成各项统计任务。", 3)],
    ]
    _, message, _ = said(printed(("Sheet1", rows)))
    assert "《部门整体支出绩效自评表》" in message
    assert "项目支出绩效评价表" not in message


def test_a_list_beside_a_form_is_left_aside_and_that_is_said() -> None:
    book = copied(
        ("自评", workbook("national")),
        ("汇总", printed(("x", [[Wide("项目汇总表", 9)], LIST, *LINES]))),
    )
    (submission,) = read(saved(book), FILE, FORMS)
    (aside,) = [seen for seen in submission.observations if seen.code == "F03"]
    assert (aside.variant, aside.places[0].sheet, aside.found) == ("aside", "汇总", "项目汇总表")


def test_goals_of_several_projects_in_one_list_are_no_declaration() -> None:
    head = [
        "单位名称",
        "项目名称",
        "预算数",
        "年度目标",
        "一级指标",
        "二级指标",
        "三级指标",
        "指标值",
        "权重",
    ]
    lines = [
        ["示例局", "电子政务", 50, "保障网络", "产出指标", "数量指标", "线路条数", "10条", 45],
        [None, None, None, None, "效益指标", "社会效益指标", "业务办理率", "90%", 45],
        ["示例局", "人员培训", 10, "培训干部", "产出指标", "数量指标", "培训人次", "200人次", 90],
    ]
    rows = [[Wide("部门预算项目绩效目标申报表（2023年度）", 9)], head, *lines]
    code, message, remedy = said(printed(("Sheet1", rows)))
    assert (code, "项目绩效目标汇总表" in message) == ("F03", True)
    assert "每个项目一张表" in remedy


def test_what_stands_below_the_total_is_no_indicator_though_it_has_numbers() -> None:
    survey = ["满意度调查", "发放份数", 100, "回收份数", 95, "有效份数", 95]
    rows = [*form_of("场馆开放", 100), [Wide("评价等级", 5), Wide("优", 3)], survey]
    (submission,) = read(printed(("Sheet1", rows)), FILE, FORMS)
    items = submission.rows("indicators", RowKind.ITEM)
    assert [row.text("level3") for row in items] == ["开放天数", "健身人次", "市民满意度"]
    assert submission.text("stated_grade") == "优"


def test_figures_in_the_table_without_a_name_are_said_and_sums_are_not_judged() -> None:
    rows = form_of("场馆开放", 100)
    rows[-1:] = [
        [Wide("总分", 5), 100, 100],
        [None] * 5 + [5, 5],
        ["加分", None, "创新做法", None, None, 5, 5],
    ]
    (submission,) = read(printed(("Sheet1", rows)), FILE, FORMS)
    seen = [each for each in submission.observations if each.variant == "unread_figures"]
    assert [(each.code, each.places[0].row) for each in seen] == [("F04", 12)]
    form = FORMS[submission.form]
    found = assess(submission, form, POLICIES[form.policy], date(2026, 3, 1)).findings
    assert {"W01", "S05"}.isdisjoint(finding.code for finding in found)
