"""Totals, grades, rates and counts are found in the wordings that offices use, and nothing else is
taken for one.
"""

import pytest

from checks.samples import annual, codes, found, project_evaluation, self_evaluation
from evalbatch.checks.statements import statements
from evalbatch.model.finding import Severity
from evalbatch.standards.policy import Grade


def told(text: str) -> list[tuple[str, str, bool]]:
    return [(each.kind, each.value, each.sure) for each in statements(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("本项目自评得分93.9分。", "total", "93.9"),
        ("经评价，该项目得93.9分。", "total", "93.9"),
        ("综合得分为93.9分，", "total", "93.9"),
        ("总得分：93.9 分", "total", "93.9"),
        ("项目总分93.9分。", "total", "93.9"),
        ("该项目综合评分93.9分", "total", "93.9"),
        ("评价等级为“优”。", "grade", "优"),
        ("评价等次：良。", "grade", "良"),
        ("被评定为优秀等级。", "grade", "优秀"),
        ("自评等级“中”。", "grade", "中"),
        ("评价结果为优秀，", "grade", "优秀"),
        ("等级评定为良好。", "grade", "良好"),
        ("预算执行率79%。", "rate", "79"),
        ("支出实现率79％。", "rate", "79"),
        ("预算总体执行率为64.5%。", "rate", "64.5"),
        ("资金使用率达到100%。", "rate", "100"),
        ("设置14个三级指标。", "level3", "14"),
        ("分解为十四个三级指标。", "level3", "14"),
        ("三级指标共71项。", "level3", "71"),
        ("共有4个一级绩效指标。", "level1", "4"),
        ("共76个工作节点。", "nodes", "76"),
        ("共76个工作节点完成75项。", "done", "75"),
        ("全年工作节点中，75个节点按期完成。", "done", "75"),
        ("工作节点中有1个节点未完成。", "undone", "1"),
        ("76个节点中，未完成1个。", "undone", "1"),
    ],
)
def test_finds_what_is_stated(text: str, kind: str, value: str):
    assert (kind, value, True) in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "上年得分88分。",
        "产出指标得20分。",
        "满意度平均得分96分。",
        "满分100分。",
        "因此扣2分。",
        "历时3分钟。",
        "评价等级为中等偏上水平。",
        "优化支出结构，差旅费下降。",
        "绩效等级管理办法已印发。",
        "预算执行率低于90%的应当说明。",
        "到位率100%。",
        "每项三级指标均有依据。",
        "一级指标、二级指标和三级指标。",
        "节点时限还需更合理。",
        "完成3项任务。",
        "总分100分，其中产出50分。",
        "得分90分（含）以上为优。",
        "得分在90分以上的评价等级为优。",
        "预算执行率达到95%以上的单位。",
        "其中12个三级指标完成目标。",
        "完成目标的三级指标共15个。",
    ],
)
def test_takes_nothing_else_for_a_statement(text: str):
    assert [each for each in told(text) if each[2]] == []


def test_a_plain_score_whose_owner_is_unclear_is_not_sure():
    assert told("得12分") == [("total", "12", False)]


@pytest.mark.parametrize(
    "sentence",
    [
        "本项目自评得分97分，评价等级为“优”。",
        "本项目自评得分97.0分。",
        "上年得分88分，本项目自评得分97分。",
        "预算执行率95%。",
        "预算执行率95.0%。",
        "东区支出进度较快，执行率96.67%。",
        "产出指标下设4个二级指标、4个三级指标。",
        "本项目设置3个一级指标、8个三级指标。",
        "含预算执行率共设置4个一级指标。",
        "指标体系总分100分。",
        "2020年预算执行率81%。",
        "2020年自评得分88分，2021年自评得分97分。",
        "60分以下的评价等级为差。",
    ],
)
def test_a_text_that_agrees_with_the_tables_is_not_reported(sentence: str):
    assert not {"T04", "S06", "V04"} & codes(self_evaluation({"text_conclusion": sentence}))


@pytest.mark.parametrize(
    ("sentence", "severity"),
    [
        ("本项目自评得分97.9分。", Severity.ERROR),
        ("评价等次为“良”。", Severity.ERROR),
        ("预算执行率98%。", Severity.ERROR),
        ("设置7个二级指标、12个三级指标。", Severity.ERROR),
        ("产出指标下设5个三级指标。", Severity.ERROR),
        ("得12分。", Severity.NOTE),
        ("其中13个三级指标完成目标。", Severity.NOTE),
        ("力争全面完成支出目标，预算执行率81%。", Severity.NOTE),
        ("截至12月底，预算执行率81%。", Severity.ERROR),
        ("其中东区支出较慢，执行率82%。", Severity.NOTE),
    ],
)
def test_a_text_that_differs_is_an_error_when_sure_and_a_note_when_not(
    sentence: str, severity: Severity
):
    findings = [
        each for each in found(self_evaluation({"text_conclusion": sentence})) if each.code == "T04"
    ]
    assert findings
    assert {each.severity for each in findings} == {severity}


def test_a_rate_that_was_cut_off_is_v04_and_not_t04():
    total = {"text_conclusion": "共10条，完成9条。", "text_funding": ""}
    filled = self_evaluation(
        {**total, "text_output": "计划更换路灯9盏，实际完成5盏，完成率55.55%。"}
    )
    assert next(each.message for each in found(filled) if each.code == "V04").count("55.56%") == 1
    assert "V04" not in codes(
        self_evaluation({**total, "text_output": "计划更换路灯9盏，实际完成5盏，完成率55.56%。"})
    )
    assert "V04" not in codes(
        self_evaluation({**total, "text_output": "计划更换路灯9盏，实际完成5盏，完成率56%。"})
    )


def test_a_rate_rounded_to_whole_percent_is_right():
    """79.466 % is 79 % at no decimals, however it came about."""
    filled = project_evaluation({"text_process": "预算执行率100%。"})
    assert not {"T04", "V04"} & codes(filled)


def test_a_text_about_the_whole_organisation_is_not_compared_with_one_office():
    assert "T04" not in codes(annual({"text_basics": "全办共76个工作节点，完成75项。"}))


@pytest.mark.parametrize(
    "text",
    [
        (
            "项目综合得分97分，评价等级为“优”。其中：决策指标得分18分、过程指标得分19.5分、"
            "产出指标得分48分、效益指标得分29.5分。"
        ),
        "指标体系总分值为100分，设置一级指标3个，二级指标8个，三级指标8个。",
        "得分90分（含）以上为优，80（含）—90分为良，60（含）—80分为中，60分以下为差。",
        "本年预算安排100万元，实际支出95万元，预算执行率为95%，较上年提高3个百分点。",
        "（一）决策情况。1.立项依据充分。2.程序规范。（二）过程情况。1.资金到位。2.使用合规。",
        "满意度调查共发放问卷100份，收回100份，有效100份，满意95份，满意率95%。",
        "预算执行率扣0.5分，得9.5分。",
        "产出数量指标分值20分，得18分，得分率90%。",
        "共设三级指标8个，其中7个得满分。",
        "本年度预算执行率达95%，高于全市平均执行率88%。",
        "全市项目平均得分88.5分，本项目自评得分97分，等级为优。",
        "“优”等级项目优先安排，“差”等级项目取消。",
        "截至2021年6月底，预算执行率为45.2%；截至12月底，预算执行率为95%。",
        "支出进度：一季度20%，二季度45%，三季度70%，四季度95%。",
        "计划安排10名人员，到岗9名，到岗率90%，培训12人次。",
        "附件：1.自评表 2.佐证材料",
        "共计 3 个 路段，支出95万元（占预算的95%）。",
    ],
)
def test_the_usual_sentences_of_a_right_report_raise_nothing(text: str):
    assert [
        (each.code, each.message) for each in found(self_evaluation({"text_output": text}))
    ] == []


def test_a_text_is_held_against_the_grades_of_its_own_scale():
    letters = {"grades": (Grade(word="A", low=96), Grade(word="B", low=90), Grade(word="C", low=0))}
    right, wrong = (
        self_evaluation({"text_conclusion": f"评价等级为“{word}”。", "stated_grade": None})
        for word in ("A", "C")
    )
    assert "T04" not in codes(right, **letters)
    assert "T04" in codes(wrong, **letters)


def test_a_letter_may_grade_anything_where_the_scale_has_none():
    text = "消防等级为A级，评价等级为“优”。"
    assert not {"T04", "S06"} & codes(self_evaluation({"text_conclusion": text}))
