"""The annual reports, read back: case C with its twelve offices, and the short report of one
office.
"""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from report_cases import OFFICES, annual, finding, office_evaluation
from word_pages import pages

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.finding import Severity
from evalbatch.publish import annual_report

AS_OF = date(2022, 1, 13)


def whole(**changed: object) -> bytes:
    evaluations, form, policy = annual()
    return annual_report.render(changed.get("evaluations", evaluations), form, policy, AS_OF)


def lines(data: bytes) -> list[str]:
    return [line.text for line in Document(BytesIO(data)).paragraphs]


def headings(data: bytes, level: int) -> list[str]:
    return [
        line.text
        for line in Document(BytesIO(data)).paragraphs
        if line.style.style_id == f"Heading{level}"
    ]


def test_the_letter_has_number_addressee_and_the_chapters_of_case_c() -> None:
    data = whole()
    said = lines(data)
    assert "赣外办函〔2022〕1号" in said
    assert "省绩效办：" in said
    assert said[-1].startswith("注：")
    assert headings(data, 1) == [
        "一、绩效管理工作基本情况",
        "二、绩效指标完成情况",
        "三、绩效管理工作开展情况",
        "四、存在的问题和不足",
        "五、意见建议",
    ]
    assert headings(data, 2) == ["（一）职能职责方面", "（二）部门评价情况"]
    assert "2022年1月13日" in said


def test_completion_is_said_both_ways_and_the_adjusted_node_with_its_approval() -> None:
    said = "\n".join(lines(whole()))
    assert "一级指标8项、二级指标13项、三级指标71项，共76个工作节点" in said
    assert "12个处室" in said
    assert "76个工作节点中，按期完成75个，经批准调整1个" in said
    assert "完成率为98.68%（75÷76）；扣除经批准调整的节点后，完成率为100.00%（75÷75）" in said
    assert "第59项“第59项节点0”节点（业务庚处）：经批准调整。" in said
    assert "由分管省领导于2021年11月3日批准" in said


def test_the_letter_tells_the_state_of_its_own_day_whenever_it_is_made() -> None:
    evaluations, form, policy = annual()
    made = annual_report.render(evaluations, form, policy, date(2022, 5, 1))
    said = "\n".join(lines(made))
    assert "截至2022年1月13日" in said
    assert "2022年5月1日" not in said


def test_items_stand_in_the_order_of_their_numbers_whoever_handed_them_in() -> None:
    third = headings(whole(), 3)
    assert third[0] == "1.第一、二项三级指标：第1项；第2项"
    assert third[1:4] == [
        "2.第三项三级指标：第3项",
        "3.第四项三级指标：第4项",
        "4.第五项三级指标：第5项",
    ]
    assert third[-1].startswith(f"{len(third)}.第三十至七十一项三级指标：第30项；第31项等42项")
    backwards = annual()[0][::-1]
    assert headings(whole(evaluations=backwards), 3) == third


def test_items_without_a_text_are_marked_once() -> None:
    said = lines(whole())
    assert said.count("〔待补充：完成情况〕") == 1
    assert "〔待补充：绩效管理工作开展情况〕" in said
    assert said[said.index("五、意见建议") + 1] == "无。"


def test_the_table_has_every_node_in_landscape_with_repeated_heads() -> None:
    document = Document(BytesIO(whole()))
    nodes = document.tables[-1]
    assert len(nodes.rows) == 77
    assert [row.cells[0].text for row in nodes.rows][1:4] == ["1", "1", "2"]
    assert [row._tr.tc_lst[0].vMerge for row in nodes.rows][1:3] == ["restart", "continue"]
    assert document.sections[-1].orientation == WD_ORIENT.LANDSCAPE
    adjusted = next(
        [cell.text for cell in row.cells] for row in nodes.rows if row.cells[6].text == "经批准调整"
    )
    assert adjusted[0] == "59"
    assert "经分管省领导2021年11月3日批准调整" in adjusted[7]


def test_offices_are_counted_in_a_table() -> None:
    rows = [[cell.text for cell in row.cells] for row in Document(BytesIO(whole())).tables[0].rows]
    assert rows[0][0] == "责任处室"
    assert len(rows) == 13
    assert sum(int(row[1]) for row in rows[1:]) == 76


def test_a_returned_office_makes_the_summary_a_draft_that_names_it() -> None:
    evaluations, form, policy = annual()
    late = replace(
        evaluations[1],
        status=Status.RETURNED,
        findings=(finding("N02", Severity.ERROR, "未完成节点没有写明原因"),),
    )
    said = "\n".join(lines(annual_report.render([evaluations[0], late], form, policy, AS_OF)))
    assert "草稿——未核定" in said
    assert "综合处的报送件已退回更正" in said
    assert (
        "未完成节点没有写明原因" not in said
    )  # for the office alone: it stands in the working paper


def test_late_and_undone_nodes_are_told_with_their_causes() -> None:
    made = office_evaluation("综合处")
    first, second, *rest = made.scores.nodes
    late = replace(first, state=NodeState.LATE, done_on=date(2021, 12, 30), cause="会期调整")
    undone = replace(second, state=NodeState.NOT_DONE, done_on=None, cause="")
    made = replace(made, scores=replace(made.scores, nodes=(late, undone, *rest)))
    _, form, policy = annual()
    said = "\n".join(lines(annual_report.render_office(made, form, policy, AS_OF)))
    assert "逾期完成1个，未完成1个" in said
    assert "实际于2021年12月30日完成。原因：会期调整。" in said
    assert "未完成，原定完成时限为2021年3月20日。原因：〔待补充：原因〕。" in said


def test_a_node_is_not_late_before_its_deadline() -> None:
    made = office_evaluation("综合处")
    nodes = tuple(
        replace(node, state=NodeState.NOT_DUE, done_on=None) for node in made.scores.nodes
    )
    made = replace(made, scores=replace(made.scores, nodes=nodes))
    _, form, policy = annual()
    said = "\n".join(lines(annual_report.render_office(made, form, policy, date(2021, 1, 1))))
    assert f"未到完成时限{len(nodes)}个" in said
    assert "逾期" not in said


def test_one_office_has_a_short_report_with_its_own_nodes() -> None:
    _, form, policy = annual()
    data = annual_report.render_office(office_evaluation("秘书处"), form, policy, AS_OF)
    said = lines(data)
    assert said[:2] == ["秘书处", "2021年度绩效管理指标完成情况"]
    assert (
        "秘书处承担江西省人民政府外事办公室2021年度绩效管理三级指标6项、工作节点7个。完成情况如下。"
        in said
    )
    assert len(Document(BytesIO(data)).tables[0].rows) == 8


def test_the_same_input_gives_the_same_bytes_and_hostile_texts_stay_texts() -> None:
    assert whole() == whole()
    evaluations, form, policy = annual()
    node = replace(evaluations[0].scores.nodes[0], name="{{ 7*7 }} R&D <部门>")
    made = replace(evaluations[0], scores=replace(evaluations[0].scores, nodes=(node,)))
    tables = Document(BytesIO(annual_report.render([made], form, policy, AS_OF))).tables
    assert tables[-1].rows[1].cells[2].text == "{{ 7*7 }} R&D <部门>"


@pytest.mark.office
@pytest.mark.slow
def test_libreoffice_lays_out_the_letter_and_its_attachment() -> None:
    shown = pages(whole())
    assert len(OFFICES) == 12
    assert any(page.startswith("附件") and "工作节点" in page for page in shown)
