"""The review model: from decisions, never from stored states, to the state and score of a row."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from evalbatch.model.decisions import (
    Appeal,
    Decision,
    DecisionKind,
    HighestScores,
    ReviewedRow,
    ReviewState,
    RowKey,
    Stage,
    Verdict,
    idle,
    ruling,
    stage,
)

KEY = RowKey("self_evaluation/河道清淤", "产出指标", "数量指标", "清淤长度")
ROW = ReviewedRow(KEY, "f1", "r1", Decimal(8), "没有规则可以核算")
FIRST = Decision(KEY, "f1", "r1", Decimal(9), "佐证齐全", "周一", date(2027, 4, 1))
SECOND = replace(FIRST, score=Decimal(7), by="吴二", on=date(2027, 4, 2))


def seen(row, *decisions, appeals=()):
    found = ruling(row, decisions, appeals)
    return found.state.value, found.score, found.by.by if found.by else ""


def test_nobody_is_asked_and_nobody_wrote():
    assert seen(replace(ROW, asked="")) == ("none", Decimal(8), "")


def test_a_row_that_waits_for_a_person_keeps_the_rules_score():
    assert seen(ROW) == ("due", Decimal(8), "")


def test_a_line_decides():
    assert seen(ROW, FIRST) == ("decided", Decimal(9), "周一")


def test_changed_facts_leave_the_decision_behind_and_the_same_facts_revive_it():
    changed = replace(ROW, facts="f2", auto=Decimal(6))
    found = ruling(changed, [FIRST])
    assert (found.state, found.score, found.by) == (ReviewState.STALE, Decimal(6), None)
    assert found.others == (FIRST,)
    assert seen(ROW, FIRST, replace(FIRST, facts="f2", score=Decimal(5)))[1] == Decimal(9)


def test_one_word_keeps_a_decision_on_changed_facts_with_the_first_name():
    keep = replace(FIRST, facts="f3", score=None, reason="", by="吴二", verdict=Verdict.KEEP)
    found = ruling(replace(ROW, facts="f3"), [FIRST, keep])
    assert (found.state, found.score) == (ReviewState.DECIDED, Decimal(9))
    assert found.by
    assert (found.by.by, found.by.reason, found.by.confirmed_by) == ("周一", "佐证齐全", "吴二")


def test_keeping_what_nobody_decided_decides_nothing():
    keep = replace(FIRST, score=None, verdict=Verdict.KEEP)
    assert seen(ROW, keep) == ("due", Decimal(8), "")


def test_two_who_agree_both_stand_behind_the_score():
    found = ruling(ROW, [FIRST, replace(FIRST, by="吴二")])
    assert found.by
    assert (found.by.by, [each.by for each in found.agreeing]) == ("吴二", ["周一"])


KEEP = replace(FIRST, facts="f2", score=None, by="吴二", verdict=Verdict.KEEP)
BACK = replace(FIRST, score=None, verdict=Verdict.WITHDRAW)


def test_lines_that_can_do_nothing_are_told_with_what_was_expected():
    told = {
        "没有可以维持的以往意见": [KEEP],
        "“维持”不能定夺": [FIRST, SECOND, KEEP],
        "以往意见 9 分高于现在可给的最高分 8 分": [FIRST, KEEP],
        "没有本人的意见可以撤回": [SECOND, BACK],
    }
    for said, lines in told.items():
        (found,) = idle(lines, {"f2": HighestScores(review=Decimal(8), appeal=Decimal(10))})
        assert found.line is lines[-1]
        assert said in found.expected


def test_what_an_appeal_gave_is_kept_above_the_claim_up_to_the_weight():
    ruled = replace(FIRST, kind=DecisionKind.APPEAL)
    assert not list(idle([ruled, KEEP], {"f2": HighestScores(Decimal(8), Decimal(10))}))
    (found,) = idle([ruled, KEEP], {"f2": HighestScores(Decimal(8), Decimal("8.5"))})
    assert "最高分 8.5 分" in found.expected


def test_a_changed_rule_flags_the_score_and_keeps_it():
    changed = replace(ROW, rule="r2", auto=Decimal(5))
    assert seen(changed, FIRST) == ("confirm", Decimal(9), "周一")
    keep = replace(FIRST, rule="r2", score=None, verdict=Verdict.KEEP)
    assert seen(changed, FIRST, keep) == ("decided", Decimal(9), "周一")


def test_two_people_who_agree_need_only_one_to_know_the_new_rule():
    other = replace(FIRST, by="吴二", rule="r2")
    assert seen(replace(ROW, rule="r2"), other, FIRST) == ("decided", Decimal(9), "吴二")


def test_two_people_with_two_scores_give_the_lower_for_the_time_being():
    found = ruling(ROW, [FIRST, SECOND])
    assert (found.state, found.score, found.provisional) == (ReviewState.SPLIT, Decimal(7), True)
    assert found.others == (FIRST,)


def test_a_third_persons_word_settles_and_so_does_taking_back():
    third = replace(FIRST, score=Decimal(8), by="郑三", kind=DecisionKind.RULING)
    assert seen(ROW, FIRST, SECOND, third) == ("decided", Decimal(8), "郑三")
    back = replace(SECOND, score=None, verdict=Verdict.WITHDRAW)
    assert seen(ROW, FIRST, SECOND, back) == ("decided", Decimal(9), "周一")


def test_one_persons_later_line_takes_the_place_of_the_earlier():
    assert seen(ROW, FIRST, replace(FIRST, score=Decimal(6))) == ("decided", Decimal(6), "周一")


def test_an_open_appeal_leaves_in_force_what_was_and_its_ruling_outranks():
    appeal = Appeal(KEY, "得分偏低", date(2027, 5, 1))
    assert seen(ROW, FIRST, appeals=[appeal]) == ("appealed", Decimal(9), "周一")
    ruled = replace(FIRST, score=Decimal(10), by="王四", kind=DecisionKind.APPEAL)
    closed = replace(appeal, ruled=True)
    assert seen(ROW, ruled, FIRST, appeals=[closed]) == ("decided", Decimal(10), "王四")


def test_the_stages_of_a_project():
    none, due, done = ReviewState.NONE, ReviewState.DUE, ReviewState.DECIDED
    assert stage([none, due, done]) is Stage.PENDING
    assert stage([none, done]) is Stage.REVIEWED
    assert stage([due], revision=1) is Stage.FINAL
    assert stage([done], revision=2) is Stage.CORRECTED
    assert stage([ReviewState.APPEALED], revision=2) is Stage.APPEALED
    assert stage([ReviewState.APPEALED, due]) is Stage.APPEALED


decisions = st.builds(
    Decision,
    key=st.just(KEY),
    facts=st.sampled_from(["f1", "f2"]),
    rule=st.sampled_from(["r1", "r2"]),
    score=st.integers(0, 10).map(Decimal),
    reason=st.just("理由"),
    by=st.sampled_from(["周一", "吴二", "郑三"]),
    on=st.just(date(2027, 4, 1)),
    kind=st.sampled_from(list(DecisionKind)),
    verdict=st.sampled_from(list(Verdict)),
)


@given(st.lists(decisions, max_size=8))
def test_reading_the_same_lines_again_changes_nothing(written):
    assert ruling(ROW, written) == ruling(ROW, [*written, *written[-1:]])


@given(st.lists(decisions, max_size=8))
def test_only_a_person_in_force_moves_the_score(written):
    found = ruling(ROW, written)
    if found.by is None:
        assert found.score == ROW.auto
    else:
        assert found.by.facts == ROW.facts
        assert found.score == found.by.score


@given(st.lists(decisions, max_size=8), st.lists(decisions, max_size=4))
def test_other_rows_decisions_do_not_matter(written, foreign):
    others = [replace(each, key=KEY._replace(ordinal=2)) for each in foreign]
    assert ruling(ROW, [*others, *written]) == ruling(ROW, written)
