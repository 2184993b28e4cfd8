"""The office's working paper: what it says, when it is written, and that nothing of it gets into
the letter.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from docx import Document
from report_cases import evaluation, finding, parts

from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity, Waiver
from evalbatch.model.record import Monitored, Record
from evalbatch.publish import working_paper


def paper(made: Evaluation, **more: object) -> bytes | None:
    _, form, policy = parts("b")
    return working_paper.render(made, form, policy, **more)


def told(data: bytes | None) -> str:
    assert data is not None
    document = Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([line.text for line in document.paragraphs] + cells)


def headings(data: bytes | None) -> list[str]:
    assert data is not None
    return [
        line.text for line in Document(BytesIO(data)).paragraphs if line.style.name == "Heading 1"
    ]


def test_findings_stand_in_it_by_gravity_with_cell_and_remedy() -> None:
    found = (
        finding("S05", Severity.ERROR, "总分填为95分"),
        finding("X05", message="结余未说明去向"),
        finding("F10", Severity.NOTE, "全角数字已规整"),
    )
    data = paper(evaluation("b", Status.RETURNED, found))
    said = told(data)
    assert headings(data) == [
        "一、须更正的错误",
        "二、须复核的问题",
        "三、供参考的提示",
        "四、需向报送单位了解的事项",
    ]
    assert (
        said.index("总分填为95分。")
        < said.index("结余未说明去向。")
        < said.index("全角数字已规整。")
    )
    assert "自评表!F12" in said
    assert "请补充说明。" in said
    assert "不发报送单位" in said


def test_the_profile_stands_with_its_caution() -> None:
    policy = parts("b")[2]
    said = told(paper(evaluation("b", findings=(finding(),))))
    assert f"评分口径：{policy.name}。" in said
    assert policy.caution.rstrip("。") in said


def test_a_waived_finding_stands_with_who_lifted_it_and_is_not_asked_about() -> None:
    waiver = Waiver("外事活动", "X05", "绩效科", date(2021, 6, 1), "结余已收回", date(2021, 12, 31))
    data = paper(evaluation("b", findings=(finding(waiver=waiver),)))
    assert headings(data) == ["一、经批准豁免的问题"]
    assert "绩效科　2021年6月1日（有效期至2021年12月31日）" in told(data)


@pytest.mark.parametrize("found", [(), (finding("F10", Severity.NOTE, "全角数字已规整"),)])
def test_nothing_is_written_where_there_is_nothing_to_look_at(found: tuple[object, ...]) -> None:
    assert paper(evaluation("b", findings=found)) is None


def test_gaps_of_the_report_are_reason_enough() -> None:
    gap = replace(finding("B05", Severity.NOTE, "报告待补充2处"), remedy="请补写标黄处")
    assert "\n请补写标黄处。" in told(paper(evaluation("b", findings=(gap,))))


def test_last_year_stands_beside_this_year_with_the_difference() -> None:
    now = evaluation("b")
    other = now.scores.rows[1]
    rows = tuple(replace(row, target="9个") if row is other else row for row in now.scores.rows)
    before = replace(now.scores, final_total=Decimal("95.95"), grade="良", rows=rows)
    previous = Record(
        "去年.xlsx", "", "self_evaluation", "", "2018", "", "", "", Status.GRADED, before, ()
    )
    tables = Document(BytesIO(paper(now, previous=previous) or b"")).tables
    lines = [[cell.text for cell in row.cells][1:] for row in tables[-1].rows[1:]]
    assert ["核定得分（分）", "95.95", "92.45", "-3.50"] in lines
    assert ["评价等次", "良", "优", ""] in lines
    assert [f"年度指标值：{other.level3}", "9个", other.target, ""] in lines


def test_hostile_texts_come_out_literally() -> None:
    hostile = "<w:p>{{ 7*7 }}&"
    assert hostile in told(
        paper(evaluation("b", findings=(finding(message=hostile),), project=hostile))
    )


def test_open_rows_and_decisions_have_tables_of_their_own() -> None:
    made = evaluation("b")
    first, second, *others = made.scores.rows
    open_ = replace(first, outcome="person", why_person="单位不可比")
    decided = replace(
        second,
        outcome="reviewed",
        review_state="decided",
        reviewed_score=Decimal("8.5"),
        reviewer="甲",
        reviewed_on=date(2021, 7, 1),
        review_reason="材料齐全",
    )
    made = replace(made, scores=replace(made.scores, rows=(open_, decided, *others)))
    data = paper(made)
    said = told(data)
    titles = [title.partition("、")[2] for title in headings(data)]
    assert titles == ["须人工核定的指标", "复核情况", "需向报送单位了解的事项"]
    assert "单位不可比。" in said
    assert "材料齐全。" in said
    assert "甲 2021.7.1" in said


@pytest.mark.parametrize("verdict", ["missed", "met"])
def test_monitoring_that_did_not_come_true_is_reason_enough_for_a_paper(verdict: str) -> None:
    data = paper(evaluation("b"), monitored=(monitored("agrees"), monitored(verdict)))
    assert headings(data) == ["一、与绩效运行监控对照"]
    assert "出访团组\n3个（50.00%）\n6个，确定能\n4个（66.67%）\n" in told(data)


@pytest.mark.parametrize("verdict", ["agrees", "less", "more", "unknown", "dropped", "not_final"])
def test_monitoring_that_belies_nothing_is_shown_only_beside_what_else_there_is(
    verdict: str,
) -> None:
    assert paper(evaluation("b"), monitored=(monitored(verdict),)) is None
    found = paper(evaluation("b", findings=(finding(),)), monitored=(monitored(verdict),))
    assert headings(found)[1] == "二、与绩效运行监控对照"


def monitored(verdict: str) -> Monitored:
    return Monitored(
        "外事办",
        "外事活动",
        "出访团组",
        "6个",
        "3个",
        Decimal("0.5"),
        "6个",
        "确定能",
        "6个",
        "4个",
        Decimal("0.6667"),
        verdict,
        None,
        "自评.xlsx",
        Status.GRADED,
    )
