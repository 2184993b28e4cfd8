"""Group N where dates, approvals and the form's own formula meet: what is said once, where, and
what is not said.
"""

from dataclasses import replace
from datetime import date

from builders import entry, unreadable

from checks.samples import AS_OF, annual, codes, found, item, node, only, state
from evalbatch.model.finding import Finding
from evalbatch.model.submission import Entry, Row, Submission
from evalbatch.model.today import Today
from evalbatch.scoring.work_nodes import read_nodes

APPROVED = {"approver": "分管领导", "approved_on": date(2021, 6, 1)}
UNDONE = {"done_on": None, "evidence": ""}


def calculated(word: str) -> Entry:
    """Return a state that the form's own formula says."""
    row = node(1, "召开会议", state=state(word))
    return row.entries["state"]._replace(formula=True)


def n(filled: Submission, **options: object) -> list[Finding]:
    return [finding for finding in found(filled, **options) if finding.code[0] == "N"]


def test_a_date_that_cannot_be_read_is_said_once():
    bad = annual(
        node1=node(
            1, "召开会议", done_on=unreadable("2021/13/40", 61, 5), state=calculated("未填报")
        )
    )
    assert n(bad) == []


def test_a_state_that_the_form_works_out_is_no_claim():
    assert n(annual(node1=node(1, "召开会议", state=calculated("未填报")))) == []
    assert {each.code for each in n(annual(node1=node(1, "召开会议", state=state("未填报"))))} == {
        "N01"
    }


def test_a_node_of_which_nothing_is_said_is_asked_about_where_its_date_belongs():
    finding = only(annual(node1=node(1, "召开会议", state=calculated("未到期"), **UNDONE)), "N02")
    assert (
        finding.message
        == "第1项“召开会议”的时限2021年6月30日已过，没有填写完成时间，也没有填写原因。"
    )
    assert "已经完成的" in finding.remedy


def test_what_was_not_due_when_the_office_reported_is_not_called_a_contradiction():
    row = node(1, "召开会议", state=state("未到期"), **UNDONE)
    early = annual({"reported_on": date(2021, 6, 1)}, node1=row)
    assert {each.code for each in n(early)} == {"N02"}
    assert {each.code for each in n(annual({"reported_on": date(2021, 7, 1)}, node1=row))} == {
        "N01",
        "N02",
    }


def test_a_new_deadline_needs_its_approval():
    row = node(1, "召开会议", new_deadline=date(2022, 3, 1), state=calculated("未填报"), **UNDONE)
    finding = only(annual(node1=row), "N03")
    assert finding.message == "第1项“召开会议”填了新时限2022年3月1日，缺少批准人、批准日期。"
    assert "N02" not in codes(annual(node1=row))


def test_a_node_not_done_by_its_approved_new_deadline_is_rightly_called_undone():
    row = {"new_deadline": date(2021, 12, 1), "cause": "场地改造尚未完工。", **APPROVED, **UNDONE}
    assert n(annual(node1=node(1, "召开会议", state=state("未完成"), **row))) == []
    assert only(
        annual(node1=node(1, "召开会议", state=state("未完成"), **{**row, "new_deadline": None})),
        "N03",
    )


def test_two_items_of_one_number_and_the_same_node_twice_are_named():
    second = numbered(item(2, "编制发展规划"), entry(1, 22, 3))
    twice = annual(
        item2=second, node2=node(1, "完成初稿", number=62), node3=node(1, "印发规划", number=63)
    )
    assert only(twice, "T02").message == "三级指标序号1用了2次（“召开工作会议”、“编制发展规划”）。"
    again = annual(node3=node(2, "完成初稿", number=63))
    assert only(again, "T02").message == "第2项的节点“完成初稿”填了2次，统计时按2个节点计。"
    assert [str(each) for each in only(again, "T02").places] == ["自评表!A62", "自评表!A63"]


def test_the_organisation_s_letter_in_one_office_s_workbook_is_not_compared_with_that_office_alone():
    text = "全年76项节点工作如期完成75项，1项因故未完成。"
    assert "T04" in codes(annual({"text_basics": text}))
    assert "T04" not in codes(annual({"text_basics": text, "addressee": "省绩效办"}))
    assert "T04" not in codes(
        annual({"text_basics": "我办纳入绩效管理的三级指标71项，共76个工作节点。"})
    )
    whole = node(2, "印发规划", number=63, office="秘书处")
    assert "T04" in codes(annual({"text_basics": text, "addressee": "省绩效办"}, node3=whole))


def numbered(row: Row, number: Entry) -> Row:
    """Return a row of an item or a node with another number."""
    return replace(row, entries={**row.entries, "level3_no": number})


def test_a_row_without_a_number_is_told_to_number_it_and_matches_nothing():
    blank_item, blank_node = (
        numbered(item(3, "培训干部"), entry(None, 23, 3)),
        numbered(node(3, "培训班"), entry(None, 63, 1)),
    )
    bad = annual(item3=blank_item, node3=blank_node)
    assert {str(place) for each in found(bad) if each.code == "B01" for place in each.places} == {
        "自评表!C23",
        "自评表!A63",
    }
    assert n(bad) == []
    assert [node.level3 for node in read_nodes(bad, None, Today(AS_OF))] == [
        "召开工作会议",
        "编制发展规划",
        "",
    ]


def test_a_number_that_is_none_is_said_once_and_blames_no_node():
    bad = annual(
        item3=numbered(item(3, "培训干部"), unreadable("第3项", 23, 3)),
        node4=node(3, "培训班", number=64),
    )
    assert n(bad) == []


def test_a_number_in_a_cell_merged_over_two_rows_is_no_double():
    merged = item(2, "编制发展规划")
    below = replace(merged, place=merged.place._replace(row=23), entries=merged.entries)
    assert "T02" not in codes(annual(item2=merged, item3=below))
