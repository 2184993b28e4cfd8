"""Scores: each on both sides of the bound that makes it wrong, and what is said of it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import (
    choice,
    entry,
    funding,
    indicator,
    percent,
    quantity,
    row,
    text,
    tier,
    unreadable,
)

from checks.samples import (
    AS_OF,
    codes,
    forms,
    found,
    only,
    part,
    place_of,
    policies,
    project_evaluation,
    self_evaluation,
    target,
)
from evalbatch.checks.assess import assess
from evalbatch.model.finding import Finding, Observation
from evalbatch.model.submission import RowKind, Stamp, State, Submission
from evalbatch.model.value import Quantity, Value

WORDED = {"level1": "效益指标", "level2": "经济效益指标", "number": 24}


def roads(score: Value | float, weight: Value | float = 20) -> Submission:
    """Nine of ten roads: by the rule nine tenths of the weight, 18 of 20 points."""
    made = indicator("修缮道路", weight, score, quantity(10, "条"), quantity(9, "条"), number=20)
    return self_evaluation(amount=made)


def shops(
    score: Value | float, actual: Quantity, wanted: str = "好转", weight: Value | float = 10
) -> Submission:
    """An indicator in words."""
    return self_evaluation(
        economic=indicator("商铺", weight, score, text(wanted), actual, **WORDED)
    )


def said(filled: Submission, code: str, **options: object) -> list[Finding]:
    return [each for each in found(filled, **options) if each.code == code]


@pytest.mark.parametrize(
    ("score", "told"), [("0", False), ("20", False), ("20.0001", True), ("-0.01", True)]
)
def test_a_score_is_from_nothing_to_its_weight(score: str, told: bool) -> None:
    assert ("S01" in codes(roads(Decimal(score)))) is told


def test_a_score_below_nothing_is_told_whatever_its_weight() -> None:
    (told,) = said(roads(-1, weight=None), "S01")
    assert (told.found, told.expected) == ("-1", "分值")
    (told,) = said(roads(-1), "S01")
    assert (told.found, told.expected) == ("-1", "20")
    assert said(roads(25, weight=None), "S01") == []


def test_a_blank_score_is_not_a_wrong_one() -> None:
    assert said(roads(None), "S01") == []
    without = row("indicators", 20, level1="产出指标", level2="数量指标", level3="道路", weight=20)
    assert said(self_evaluation(amount=without), "S01") == []


def test_the_score_of_the_execution_rate_is_held_to_its_weight_too() -> None:
    (told,) = said(self_evaluation(total=funding(100, 95, score=11, initial_budget=100)), "S01")
    assert (told.found, told.expected) == ("11", "10")


@pytest.mark.parametrize("score", [None, "无", "/"])
def test_an_execution_rate_without_score_in_the_block_is_scored_as_an_indicator(score) -> None:
    rate = indicator("预算执行率", 10, 9.5, percent(100), percent(95), number=31)
    block = funding(100, 95, score=score, weight=None, initial_budget=100)
    assert said(self_evaluation(total=block, execution=rate), "S05") == []
    wrong = self_evaluation({"stated_total": 90}, total=block, execution=rate)
    (told,) = said(wrong, "S05")
    assert (told.expected, "相差7分" in told.message) == ("97", True)


@pytest.mark.parametrize(("score", "told"), [("18", False), ("18.01", False), ("18.02", True)])
def test_a_claim_may_be_a_hundredth_above_what_the_rule_gives(score: str, told: bool) -> None:
    filled = roads(Decimal(score))
    assert [(each.found, each.expected) for each in said(filled, "S02")] == [(score, "18")] * told


def test_a_claim_below_the_rule_or_where_there_is_no_rule_is_not_told() -> None:
    assert said(roads(10), "S02") == []
    assert said(shops(9, text("好转")), "S02") == []


def test_full_marks_for_what_was_missed_say_what_they_should_be() -> None:
    (told,) = said(roads(20), "S03")
    assert (told.found, told.expected) == ("20", "18")
    assert "目标10条，实际9条" in told.message
    assert said(roads(Decimal("19.99")), "S03") == []
    reached = indicator("修缮道路", 20, 20, quantity(10, "条"), quantity(10, "条"), number=20)
    assert said(self_evaluation(amount=reached), "S03") == []


def test_full_marks_by_a_rule_without_target_quote_the_rule() -> None:
    half = target(
        2, "产出", "更换路灯", quantity(9, "盏"), quantity(5, "盏"), entry("55.56%", 52, 6)
    )
    (told,) = said(project_evaluation(target2=half), "S03")
    assert (told.found, told.expected) == ("10", "7.78")
    assert "（55.56%）" in told.message
    assert "目标，" not in told.message


def test_full_marks_for_words_that_deny_them_should_be_less() -> None:
    (told,) = said(shops(10, text("未好转")), "S03")
    assert (told.found, told.expected) == ("10", "低于10")
    assert "目标好转，实际未好转" in told.message
    assert said(shops(10, text("未好转")), "S04") == []


@pytest.mark.parametrize(
    ("score", "reached", "allowed"),
    [
        ("8", tier(1), ""),
        ("10", tier(1), ""),
        ("7.99", tier(1), "8—10"),
        ("7.99", tier(2), ""),
        ("8", tier(2), "6—7.99"),
        ("6", tier(2), ""),
        ("5.99", tier(2), "6—7.99"),
        ("10", tier(2), "6—7.99"),
        ("5.99", tier(3), ""),
        ("0", tier(3), ""),
        ("6", tier(3), "0—5.99"),
        ("9", text("未好转"), "0—5.99"),
        ("5", text("未好转"), ""),
        ("9", text("好转"), ""),
    ],
)
def test_a_score_in_words_stays_within_its_tier(
    score: str, reached: Quantity, allowed: str
) -> None:
    told = said(shops(Decimal(score), reached), "S04")
    assert [(each.found, each.expected) for each in told] == [(score, allowed)] * bool(allowed)


@pytest.mark.parametrize(
    "filled",
    [
        shops(None, tier(3)),
        shops(unreadable("良好", 24, 7), tier(3)),
        shops(9, tier(3), weight=None),
        shops(11, tier(2)),  # above its weight, which S01 says
        shops(-1, tier(2)),
        shops(9, quantity(3, "家")),
        self_evaluation(economic=indicator("商铺", 10, 9, None, text("未好转"), **WORDED)),
    ],
)
def test_what_is_no_score_within_a_weight_is_in_no_tier(filled: Submission) -> None:
    assert said(filled, "S04") == []


def test_words_that_deny_a_figure_are_no_tier() -> None:
    denied = indicator("商铺", 10, 9, quantity(5, "家"), text("未好转"), **WORDED)
    assert said(self_evaluation(economic=denied), "S04") == []


@pytest.mark.parametrize(
    ("stated", "told"), [("97.01", False), ("96.99", False), ("97.02", True), ("96.98", True)]
)
def test_the_total_may_be_a_hundredth_off(stated: str, told: bool) -> None:
    filled = self_evaluation({"stated_total": Decimal(stated), "text_conclusion": ""})
    assert ("S05" in codes(filled)) is told
    (wrong,) = said(self_evaluation({"stated_total": 99}), "S05")
    assert "99分，各项得分之和为97分，相差2分" in wrong.message
    assert wrong.place == place_of(self_evaluation(), "stated_total")


def test_the_closing_row_states_the_total_where_the_form_has_no_field_for_it() -> None:
    closing = indicator("", 100, 98, number=29, kind=RowKind.TOTAL)
    filled = self_evaluation({"stated_total": None}, closing=closing)
    (told,) = said(filled, "S05")
    assert (told.found, told.place) == ("98", place_of(filled, "indicators", "29", "score"))
    assert said(self_evaluation({"stated_total": None}), "S05") == []
    assert said(self_evaluation({"stated_total": 97}, closing=closing), "S05") == []
    bare = row("indicators", 29, kind=RowKind.TOTAL, weight=100)
    assert said(self_evaluation({"stated_total": None}, closing=bare), "S05") == []


def test_a_total_is_not_compared_while_a_score_or_the_total_is_unknown() -> None:
    blank = indicator("修缮道路", 20, None, quantity(10, "条"), quantity(9, "条"), number=20)
    assert said(self_evaluation({"stated_total": 50}, amount=blank), "S05") == []
    assert said(self_evaluation({"stated_total": unreadable("九十七")}), "S05") == []


def graded(word: Value, **fields: Value | float) -> Submission:
    return self_evaluation({"stated_grade": word, "text_conclusion": "", **fields})


@pytest.mark.parametrize("word", ["", "无", None, choice("", "优", "良", "中", "差")])
def test_no_grade_is_not_a_wrong_one(word: Value) -> None:
    assert said(graded(word), "S06") == []


@pytest.mark.parametrize("word", ["优", " 优 ", choice("优", "优", "良")])
def test_the_grade_of_the_total_is_right_typed_or_ticked(word: Value) -> None:
    assert said(graded(word), "S06") == []


@pytest.mark.parametrize("word", ["良", choice("良", "优", "良")])
def test_another_grade_than_the_total_s_is_told_with_both(word: Value) -> None:
    (told,) = said(graded(word), "S06")
    assert (told.found, told.expected) == ("良", "优")
    assert "总分97分" in told.message


def test_a_word_of_no_scale_is_told_with_the_words_there_are() -> None:
    (told,) = said(graded("优秀"), "S06")
    assert (told.found, told.expected) == ("优秀", "优")
    assert "优、良、中、差；总分97分" in told.message
    unknown = indicator("修缮道路", 20, None, quantity(10, "条"), quantity(9, "条"), number=20)
    filled = self_evaluation(
        {"stated_grade": "优秀", "stated_total": None, "text_conclusion": ""},
        amount=unknown,
        closing=None,
    )
    (told,) = said(filled, "S06")
    assert told.expected == "优、良、中、差"
    assert "总分" not in told.message
    right = replace(filled, fields={**filled.fields, "stated_grade": entry("良", 107, 2)})
    assert said(right, "S06") == []


def test_the_grade_is_by_the_stated_total_while_a_score_is_unknown() -> None:
    unknown = indicator("修缮道路", 20, None, quantity(10, "条"), quantity(9, "条"), number=20)
    filled = self_evaluation(
        {"stated_grade": "中", "stated_total": 85, "text_conclusion": ""}, amount=unknown
    )
    (told,) = said(filled, "S06")
    assert (told.expected, "总分85分" in told.message) == ("良", True)


def test_the_grade_of_the_final_total_is_as_right_as_that_of_the_claims() -> None:
    """The sender claims 91.5; by the rule it is 89.5."""
    low = {
        "amount": indicator("修缮道路", 20, 14.5, quantity(10, "条"), quantity(9, "条"), number=20),
        "economic": indicator("商铺", 10, 8, text("好转"), tier(1), **WORDED),
    }
    total = funding(100, 75, score=9.5, initial_budget=100)
    for word, told in (("优", False), ("良", False), ("中", True)):
        filled = self_evaluation(
            {"stated_grade": word, "stated_total": 91.5, "text_conclusion": ""}, total=total, **low
        )
        assert bool(said(filled, "S06")) is told, word


def test_a_grade_that_our_own_workbook_computed_is_no_claim() -> None:
    filled = graded("良")
    computed = filled.fields["stated_grade"]._replace(formula=True)
    ours = replace(
        filled,
        fields={**filled.fields, "stated_grade": computed},
        stamp=Stamp("self_evaluation", 1),
    )
    assert said(ours, "S06") == []
    assert said(replace(ours, stamp=None), "S06") != []
    typed = replace(filled, stamp=Stamp("self_evaluation", 1))
    assert said(typed, "S06") != []


def test_a_grade_that_the_reader_found_fault_with_is_told_once() -> None:
    filled = graded("良")
    place = filled.fields["stated_grade"].place
    assert said(replace(filled, observations=(Observation("F03", (place,)),)), "S06") == []


def test_a_profile_without_grades_has_no_wrong_ones() -> None:
    assert said(graded("良"), "S06", grades=()) == []


def everything(**rows: object) -> Submission:
    """Full marks for every indicator, and rightly so."""
    full = {
        "amount": indicator("修缮道路", 20, 20, quantity(9, "条"), quantity(9, "条"), number=20),
        "lasting": indicator(
            "管护机制",
            10,
            10,
            text("健全"),
            tier(1),
            number=27,
            level1="效益指标",
            level2="可持续影响指标",
        ),
        "total": funding(100, 100, score=10, initial_budget=100),
        "current": part("current", 6, 80, 80),
        "first": None,
        "second": None,
        "sum": None,
        **rows,
    }
    return self_evaluation({"stated_total": 100, "text_conclusion": ""}, **full)  # type: ignore[arg-type]


def test_full_marks_everywhere_are_told_with_their_number_at_the_total() -> None:
    (told,) = said(everything(), "S07")
    assert (told.found, told.place) == ("100", place_of(everything(), "stated_total"))
    assert "所有9项" in told.message


def test_one_point_less_anywhere_or_one_blank_is_not_full() -> None:
    less = indicator("修缮道路", 20, 19.9, quantity(9, "条"), quantity(9, "条"), number=20)
    blank = indicator("修缮道路", 20, None, quantity(9, "条"), quantity(9, "条"), number=20)
    assert said(everything(amount=less), "S07") == []
    assert said(everything(amount=blank), "S07") == []


def test_without_a_stated_total_full_marks_are_told_at_the_last_row() -> None:
    filled = everything(closing=None)
    bare = replace(filled, fields={k: v for k, v in filled.fields.items() if k != "stated_total"})
    assert only(bare, "S07").place.row == 28


def test_a_single_indicator_with_full_marks_is_not_everything() -> None:
    rows = dict.fromkeys(
        ("amount", "quality", "time", "cost", "economic", "social", "ecological", "lasting")
    )
    assert said(everything(**rows, total=None), "S07") == []
    two = everything(**rows)
    assert "所有2项" in only(two, "S07").message


@pytest.mark.parametrize(
    ("score", "told"),
    [("9.5", False), ("9.51", False), ("9.49", False), ("9.52", True), ("9.48", True)],
)
def test_the_execution_score_of_a_self_evaluation_is_the_rule_s(score: str, told: bool) -> None:
    total = funding(100, 95, score=Decimal(score), initial_budget=100)
    filled = self_evaluation(total=total)
    expected = [(score, "9.5")] * told
    assert [(each.found, each.expected) for each in said(filled, "S08")] == expected


@pytest.mark.parametrize(("score", "told"), [("4", False), ("4.5", False), ("5", True)])
def test_an_evaluator_may_give_less_for_the_execution_rate_but_not_more(
    score: str, told: bool
) -> None:
    block = row("funding", 5, key="total", kind=RowKind.TOTAL, budget=100, arrived=100, executed=90)
    rate = indicator(
        "预算执行率",
        5,
        Decimal(score),
        level1="过程",
        level2="资金管理",
        number=24,
        evidence="凭证",
    )
    filled = project_evaluation(total=block, provincial=None, 资金使用合规性=rate)
    assert [(each.found, each.expected) for each in said(filled, "S08")] == [("5", "4.5")] * told


def test_an_execution_rate_that_cannot_be_formed_has_no_wrong_score() -> None:
    assert said(self_evaluation(total=funding(None, 95, score=5, initial_budget=100)), "S08") == []
    assert said(self_evaluation(total=funding(100, 95, initial_budget=100)), "S08") == []


def waiting(score: Value | float, weight: Value | float = 10, number: int = 27) -> object:
    """An indicator that nothing but a person can score."""
    return indicator(
        "管护机制",
        weight,
        score,
        text("健全"),
        text("健全"),
        number=number,
        level1="效益指标",
        level2="可持续影响指标",
        reason="管护人员尚未全部到位，下年补齐。",
    )


def test_what_waits_for_a_person_is_listed_once_those_with_full_marks_first() -> None:
    filled = self_evaluation(
        lasting=waiting(9),  # type: ignore[arg-type]
        economic=waiting(10, number=24),  # type: ignore[arg-type]
    )
    told = only(filled, "S09")
    assert [place.row for place in told.places] == [24, 27]
    assert told.found == "2"
    assert "其中1项为满分" in told.message
    assert told.message.index("自评10分") < told.message.index("自评9分")


def test_deducted_rows_alone_do_not_speak_of_full_marks() -> None:
    told = only(self_evaluation(lasting=waiting(9)), "S09")  # type: ignore[arg-type]
    assert "满分" not in told.message
    assert "“管护机制”（分值10分，自评9分）" in told.message


def test_a_row_that_is_undecided_because_a_cell_is_blank_is_not_a_persons() -> None:
    blank = indicator("商铺", 10, 10, text("好转"), None, **WORDED)
    filled = self_evaluation(economic=blank)
    assert "B01" in codes(filled)
    assert said(filled, "S09") == []
    both = self_evaluation(economic=blank, lasting=waiting(9))  # type: ignore[arg-type]
    assert [place.row for place in only(both, "S09").places] == [27]


def test_full_marks_that_the_words_deny_do_not_wait_for_a_person_too() -> None:
    assert said(shops(10, text("未好转")), "S09") == []


def test_scores_of_a_state_other_than_text_are_left_to_the_reader() -> None:
    broken = entry(None, 20, 7)._replace(text="#REF!", state=State.ERROR)
    assert said(roads(broken), "S01") == []


def test_the_shipped_scale_is_the_one_these_tests_speak_of() -> None:
    assert [each.word for each in policies()["cz2020_self"].grades] == ["优", "良", "中", "差"]


def test_a_form_that_is_not_scored_has_no_wrong_scores() -> None:
    """Its weights are planned, and what stands under 得分 on it is no claim."""
    filled = self_evaluation(
        {"stated_total": 50, "stated_grade": "差"}, amount=indicator("路", 10, 99)
    )
    form = forms()["self_evaluation"].model_copy(update={"scored": False})
    findings = assess(filled, form, policies()[form.policy], AS_OF).findings
    assert not [each.code for each in findings if each.code.startswith("S")]
    assert {"S01", "S05"} <= codes(filled)
