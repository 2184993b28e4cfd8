"""Work nodes: states by their dates, scores, completion both ways."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import choice, row, submission
from hypothesis import given
from hypothesis import strategies as st
from scored import ANNUAL, policy

from evalbatch.model.evaluation import Node, NodeState, Scores
from evalbatch.model.today import Today
from evalbatch.scoring.evaluate import score
from evalbatch.scoring.work_nodes import completion, position
from evalbatch.standards.policy import NodeScoring

DEADLINE = date(2021, 9, 30)
YEAR_END = date(2022, 1, 13)


def node(done_on=None, state="", number=1, **more):
    values = {
        "level3_no": number,
        "node": f"节点{number}",
        "office": "综合处",
        "deadline": DEADLINE,
        "done_on": done_on,
    }
    blank = {
        "evidence": "",
        "cause": "",
        "approver": "",
        "approved_on": None,
        "new_deadline": None,
        "note": "",
    }
    return row("nodes", 10 + number, **{**values, "state": state, **blank, **more})


def item(number, level3="", level1="外事服务", level2="重点任务"):
    return row(
        "items",
        100 + number,
        level1=level1,
        level2=level2,
        level3_no=number,
        level3=level3 or f"第{number}项",
    )


def planned(*rows, as_of=YEAR_END, by="annual_nodes") -> Scores:
    return score(submission(rows, form="annual_management"), ANNUAL, policy(by), Today(as_of))


def judged(as_of=YEAR_END, **values) -> Node:
    return planned(node(**values), as_of=as_of).nodes[0]


APPROVED = {"state": "经批准调整", "approver": "分管领导", "approved_on": date(2021, 8, 2)}


@pytest.mark.parametrize(
    ("values", "state", "points"),
    [
        ({"done_on": DEADLINE}, NodeState.ON_TIME, "1"),
        ({"done_on": DEADLINE + timedelta(1)}, NodeState.LATE, "0.8"),
        ({"done_on": DEADLINE + timedelta(30)}, NodeState.LATE, "0.8"),
        ({"done_on": DEADLINE + timedelta(31)}, NodeState.LATE, "0.6"),
        ({"state": "未完成", "cause": "境外疫情"}, NodeState.NOT_DONE, "0"),
        ({"state": "未完成"}, NodeState.NOT_DONE, "0"),
        ({}, NodeState.NOT_REPORTED, "0"),
        ({"state": "按期"}, NodeState.NOT_REPORTED, "0"),
        ({"state": "未填报"}, NodeState.NOT_REPORTED, "0"),
        ({"state": "未到期"}, NodeState.NOT_REPORTED, "0"),
        ({"state": "按期", "cause": "境外疫情"}, NodeState.NOT_DONE, "0"),
        ({"done_on": date(2022, 3, 1), "state": "按期"}, NodeState.NOT_DONE, "0"),
        ({"done_on": DEADLINE, "state": "未完成"}, NodeState.ON_TIME, "1"),
        ({"done_on": DEADLINE, "deadline": None}, NodeState.NOT_REPORTED, None),
    ],
)
def test_the_dates_decide_whatever_is_claimed(values, state, points):
    found = judged(**values)
    assert found.state is state
    assert found.score == (None if points is None else Decimal(points))


@pytest.mark.parametrize("as_of", [date(2021, 1, 1), DEADLINE - timedelta(1), DEADLINE])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"state": "未完成", "cause": "等待批复"},
        {"state": "逾期"},
        {"done_on": date(2021, 12, 1)},
    ],
)
def test_a_node_is_never_late_before_its_deadline(as_of, values):
    found = judged(as_of=as_of, **values)
    assert found.state is NodeState.NOT_DUE
    assert found.score is None


def test_a_node_done_ahead_counts_as_soon_as_it_is_done():
    assert judged(as_of=date(2021, 6, 1), done_on=date(2021, 5, 31)).state is NodeState.ON_TIME
    assert judged(as_of=date(2021, 5, 30), done_on=date(2021, 5, 31)).state is NodeState.NOT_DUE


@pytest.mark.parametrize(
    ("values", "state", "points"),
    [
        ({}, NodeState.ADJUSTED, None),
        ({"state": "取消"}, NodeState.ADJUSTED, None),
        ({"new_deadline": date(2022, 6, 30)}, NodeState.ADJUSTED, None),
        (
            {"new_deadline": date(2021, 12, 31), "done_on": date(2021, 12, 31)},
            NodeState.ON_TIME,
            "1",
        ),
        ({"new_deadline": date(2022, 6, 30), "done_on": date(2022, 1, 5)}, NodeState.ON_TIME, "1"),
        (
            {"new_deadline": date(2021, 11, 30), "done_on": date(2021, 12, 10)},
            NodeState.LATE,
            "0.8",
        ),
        ({"new_deadline": date(2021, 11, 30), "done_on": date(2022, 1, 10)}, NodeState.LATE, "0.6"),
        ({"new_deadline": date(2021, 12, 31)}, NodeState.NOT_DONE, "0"),
        ({"done_on": date(2021, 10, 5)}, NodeState.LATE, "0.8"),
        ({"done_on": DEADLINE}, NodeState.ON_TIME, "1"),
        ({"state": "", "new_deadline": date(2022, 6, 30)}, NodeState.ADJUSTED, None),
        ({"new_deadline": date(2021, 9, 1)}, NodeState.NOT_DONE, "0"),
    ],
)
def test_an_approved_adjustment_counts_against_its_new_deadline_or_not_at_all(
    values, state, points
):
    found = judged(**{**APPROVED, **values})
    assert found.state is state
    assert found.score == (None if points is None else Decimal(points))


def test_a_new_deadline_before_the_old_one_makes_nothing_late():
    found = judged(as_of=date(2021, 9, 15), **APPROVED, new_deadline=date(2021, 9, 1))
    assert found.state is NodeState.NOT_DUE


def test_an_approved_new_deadline_that_is_not_yet_over_is_no_failure():
    found = judged(as_of=date(2021, 11, 1), **APPROVED, new_deadline=date(2021, 12, 31))
    assert found.state is NodeState.ADJUSTED
    assert found.score is None


@pytest.mark.parametrize(
    "missing",
    [
        {"approver": ""},
        {"approved_on": None},
        {"approved_on": date(2022, 2, 1)},
        {"approver": "  "},
    ],
)
def test_an_adjustment_without_approval_on_paper_is_not_done(missing):
    found = judged(**{**APPROVED, "new_deadline": date(2022, 6, 30), **missing})
    assert found.state is NodeState.NOT_DONE
    assert found.score == 0


def test_the_state_may_be_a_choice():
    found = judged(**{**APPROVED, "state": choice("经批准调整", "按期", "经批准调整")})
    assert found.claimed == "经批准调整"
    assert found.state is NodeState.ADJUSTED


def test_a_node_knows_its_item_by_number():
    scores = planned(
        item(59, "戏剧交流月"),
        node(number=59, level3_no="59", done_on=DEADLINE),
        node(number=7, done_on=DEADLINE),
    )
    assert (scores.nodes[0].level1, scores.nodes[0].level2, scores.nodes[0].level3) == (
        "外事服务",
        "重点任务",
        "戏剧交流月",
    )
    assert scores.nodes[0].number == "59"
    assert (scores.nodes[1].number, scores.nodes[1].level3) == ("7", "")


def test_case_c_is_98_68_percent_of_all_and_all_of_those_not_adjusted():
    rows = [node(done_on=DEADLINE, number=number) for number in range(1, 76)]
    scores = planned(*rows, node(number=76, **APPROVED, new_deadline=date(2022, 6, 30)))
    of_all, of_unadjusted = completion(scores.nodes)
    assert (of_all.numerator, of_all.denominator) == (75, 76)
    assert of_all.value is not None
    assert round(of_all.value * 100, 3) == Decimal("98.684")
    assert of_unadjusted.value == 1
    assert of_unadjusted.denominator == 75
    assert of_unadjusted.denominator_name == "扣除经批准调整后的节点数"
    assert scores.final_total == 100
    assert scores.grade == "优"


def test_completion_of_no_nodes_has_no_value():
    assert [rate.value for rate in completion(())] == [None, None]


def test_the_total_is_the_mean_over_the_nodes_that_count():
    late = node(done_on=DEADLINE + timedelta(5), number=2)
    open_ = node(number=3, deadline=date(2022, 12, 31))
    scores = planned(
        node(done_on=DEADLINE), late, node(number=4), open_, node(number=5, **APPROVED)
    )
    assert scores.final_total == Decimal("60.00")  # (1 + 0.8 + 0)/3
    assert scores.computed_total == Decimal("60.00")
    assert scores.grade == "中"
    assert len(scores.nodes) == 5


def test_a_plan_of_which_nothing_is_due_has_no_total():
    scores = planned(node(), as_of=date(2021, 2, 1))
    assert scores.final_total is None
    assert scores.grade == ""
    assert scores.unscorable


def test_the_scores_of_states_are_the_profile_s():
    stricter = policy("annual_nodes", nodes=NodeScoring(late=Decimal("0.5"), late_days=10))
    built = submission([node(done_on=DEADLINE + timedelta(10))], form="annual_management")
    assert score(built, ANNUAL, stricter, Today(YEAR_END)).final_total == 50


dates = st.one_of(st.none(), st.dates(date(2021, 1, 1), date(2022, 12, 31)))
states = st.sampled_from(["", "按期", "逾期", "未完成", "经批准调整", "未到期"])


@given(
    values=st.fixed_dictionaries(
        {
            "done_on": dates,
            "state": states,
            "approver": st.sampled_from(["", "领导"]),
            "approved_on": dates,
            "new_deadline": dates,
        }
    ),
    as_of=st.dates(date(2021, 1, 1), date(2022, 12, 31)),
)
def test_every_node_has_a_state_and_none_is_held_against_an_office_too_early(values, as_of):
    found = judged(as_of=as_of, **values)
    if as_of <= DEADLINE:
        assert found.state in {NodeState.NOT_DUE, NodeState.ON_TIME, NodeState.ADJUSTED}
    assert found.score is None or 0 <= found.score <= 1


def test_items_stand_by_their_numbers_and_what_has_none_comes_last():
    numbers = ["10", "甲", "2", "第3项", "2.1", ""]
    assert sorted(numbers, key=position) == ["2", "2.1", "第3项", "10", "", "甲"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [(59, "59"), ("59.0", "59.0"), (Decimal("59.0"), "59"), ("五十九", "五十九")],
)
def test_the_number_of_an_item_is_plain_text(typed, shown):
    assert judged(level3_no=typed, done_on=DEADLINE).number == shown
    assert judged(level3_no=Decimal("3.5"), done_on=DEADLINE).number == "3.5"


def test_items_that_share_a_number_by_mistake_are_all_named_once():
    rows = [item(5, "甲会"), item(5, "乙会", level2="重点任务"), item(6, "丙会")]
    found = planned(*rows, node(number=5, done_on=DEADLINE)).nodes[0]
    assert (found.level1, found.level3) == ("外事服务", "甲会；乙会")
    numberless = planned(*rows, node(level3_no="", done_on=DEADLINE)).nodes[0]
    assert (numberless.number, numberless.level3) == ("", "")


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"state": "", "cause": "  "}, NodeState.NOT_REPORTED),
        ({"state": "经批准调整"}, NodeState.NOT_DONE),
        ({"state": "逾期"}, NodeState.NOT_REPORTED),
        ({"deadline": None, "state": "未完成"}, NodeState.NOT_REPORTED),
    ],
)
def test_who_says_nothing_of_a_node_that_is_due_is_told_from_who_says_it_is_not_done(values, state):
    assert judged(**values).state is state


def test_a_node_without_a_deadline_is_not_reported_and_earns_nothing_until_it_is_done():
    assert judged(deadline=None).score == 0
    assert judged(deadline=None, done_on=date(2021, 5, 1)).score is None


def test_an_approval_of_this_very_day_counts():
    approved = {**APPROVED, "approved_on": YEAR_END, "new_deadline": date(2022, 6, 30)}
    assert judged(**approved).state is NodeState.ADJUSTED
    later = {**approved, "approved_on": YEAR_END + timedelta(1)}
    assert judged(**later).state is NodeState.NOT_DONE


def test_a_node_moved_within_the_year_is_held_to_its_new_day_and_no_other():
    moved = {**APPROVED, "new_deadline": date(2021, 12, 31)}
    assert judged(as_of=date(2021, 12, 31), **moved).state is NodeState.ADJUSTED
    assert judged(as_of=date(2022, 1, 1), **moved).state is NodeState.NOT_DONE
    unmoved = {**moved, "new_deadline": DEADLINE}
    assert judged(**unmoved).state is NodeState.NOT_DONE
    assert judged(as_of=DEADLINE, **unmoved).state is NodeState.NOT_DUE
