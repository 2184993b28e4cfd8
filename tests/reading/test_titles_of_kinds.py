"""What a title says a sheet is: the words of a project's name in it say nothing."""

import pytest

from evalbatch.reading.reader import read
from evalbatch.sheets.book import Refused
from reading.printed import Wide, printed
from reading.typed import FILE, FORMS

ROWS = [
    ["项目名称", Wide("渡口改造", 7)],
    ["主管部门", Wide("示例县交通局", 3), "实施单位", Wide("示例县航道站", 3)],
    ["年度资金", None, "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"],
    [None, "年度资金总额", 40, 40, 40, 10, "100%", 10],
    ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "原因"],
    ["产出指标", "数量指标", "改造渡口", "≥3处", "3处", 50, 50],
    ["效益指标", "社会效益指标", "惠及群众", "≥5000人", "5000人", 30, 30],
    ["满意度指标", "服务对象满意度指标", "群众满意度", "≥90%", "96%", 10, 10],
]


def forms_of(title: str) -> list[str]:
    data = printed(("Sheet1", [[Wide(title, 8)], *ROWS]))
    return [submission.form for submission in read(data, FILE, FORMS)]


@pytest.mark.parametrize(
    "title",
    [
        "视频监控系统建设项目支出绩效自评表",
        "整体搬迁项目支出绩效自评表",
        "区域医疗中心项目支出绩效自评表",
        "任务分解台账系统项目绩效自评表",
        "隐患整改项目支出绩效自评表",
        "目标审核系统项目绩效自评表",
        "入户问卷调查项目绩效自评表",
        "专家库评分表管理项目支出绩效自评表",
        "项目支出绩效自我评价表",
        "项目支出绩效目标完成情况自评表",
    ],
)
def test_a_projects_name_in_the_title_is_not_taken_for_the_kind(title: str) -> None:
    assert forms_of(title) == ["self_evaluation"]


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("部门（单位）整体支出绩效自评表", "department_evaluation"),
        ("2022年度单位整体绩效自评表", "department_evaluation"),
        ("转移支付区域绩效自评表", "transfer_self_evaluation"),
        ("河道监控设备绩效目标申报表", "goal_declaration"),
        ("绩效运行监控情况表", "monitoring"),
    ],
)
def test_the_form_is_the_one_that_the_title_names(title: str, form: str) -> None:
    assert forms_of(title) == [form]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("项目支出事前绩效评估指标体系评分表", "事前绩效评估表"),
        ("绩效评价专家评分表", "专家评分表"),
        ("绩效目标调整申请表", "绩效目标调整表"),
        ("绩效自评抽查复核表", "绩效复核表"),
        ("绩效问题整改情况表", "整改情况表"),
    ],
)
def test_what_is_not_to_be_handed_in_is_called_by_its_name(title: str, kind: str) -> None:
    data = printed(
        (
            "Sheet1",
            [
                [Wide(title, 5)],
                ["项目名称", Wide("渡口改造", 4)],
                ["一级指标", "二级指标", "分值", "评分标准", "得分"],
                ["必要性", "需求", 20, "迫切得满分", 18],
            ],
        )
    )
    with pytest.raises(Refused) as caught:
        read(data, FILE, FORMS)
    said = caught.value.observation
    assert (said.code, said.variant, said.found) == ("F03", "kind", kind)
    assert said.expected


@pytest.mark.parametrize(
    "title", ["2023年绩效管理工作考核评分表", "结转结余资金情况表", "公用经费支出明细表"]
)
def test_a_table_of_something_else_is_called_as_it_calls_itself(title: str) -> None:
    rows = [
        ["填报单位：示例市教育局"],
        ["序号", "单位", "考核内容", "分值", "得分", "备注"],
        [1, "一中", "目标管理", 20, 18, None],
        [2, "二中", "运行监控", 20, 19, None],
    ]
    with pytest.raises(Refused) as caught:
        read(printed(("Sheet1", [[Wide(title, 6)], *rows])), FILE, FORMS)
    said = caught.value.observation
    assert (said.code, said.variant, said.found) == ("F03", "kind", title)


def test_the_goals_of_a_region_are_a_declaration_of_goals() -> None:
    assert forms_of("中央对地方转移支付区域绩效目标表") == ["goal_declaration"]


@pytest.mark.parametrize(
    ("title", "year"), [("绩效运行监控表（2024年1-6月）", 2024), ("绩效运行监控表", None)]
)
def test_the_year_of_months_is_the_year_of_the_form(title: str, year: int | None) -> None:
    (submission,) = read(printed(("Sheet1", [[Wide(title, 8)], *ROWS])), FILE, FORMS)
    assert submission.number("year") == year
