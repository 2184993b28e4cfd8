"""Which rows are scored, what the final score is, totals, and workbooks that cannot be scored."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import entry, funding, indicator, percent, quantity, row, submission, text, unreadable
from hypothesis import given
from hypothesis import strategies as st
from scored import AS_OF, PROJECT, one, policy, quantitative, scored

from evalbatch.model.submission import Entry, RowKind, State
from evalbatch.model.today import Today
from evalbatch.scoring.evaluate import score

MET = (quantity(1), quantity(1))


def test_the_final_score_is_the_claim_cut_to_the_computed_score_and_never_raised():
    assert one(quantity(10), quantity(8), claimed=10).final == 8
    assert one(quantity(10), quantity(8), claimed=3).final == 3
    assert one(quantity(10), quantity(8)).final == 8
    assert one(text("好"), text("好"), claimed=9).final == 9


@pytest.mark.parametrize(("claimed", "final"), [(12, 10), (-2, 0)])
def test_a_claim_outside_its_weight_is_clamped(claimed, final):
    row_ = one(text("好"), text("好"), claimed=claimed)
    assert row_.claimed == claimed
    assert row_.final == final


def test_a_claim_that_cannot_be_read_is_no_blank():
    row_ = one(*MET, claimed=unreadable("九分"))
    assert row_.computed == 10
    assert row_.final is None


def test_a_claim_without_weight_is_listed_and_not_counted():
    scores = scored(
        submission([indicator("甲", 10, 10, *MET), indicator("乙", None, 5, *MET, number=21)])
    )
    assert [each.level3 for each in scores.rows] == ["甲", "乙"]
    assert scores.rows[1].weight is None
    assert scores.rows[1].final is None
    assert "分值空白" in scores.rows[1].reason
    assert scores.claimed_total == 15
    assert scores.final_total == 10


@pytest.mark.parametrize("weight", [-5, unreadable("十")])
def test_a_weight_that_is_none_gives_no_final_score(weight):
    row_ = one(*MET, weight=weight, claimed=5)
    assert row_.weight is None
    assert row_.final is None


def test_subtotals_totals_and_parts_are_never_scored():
    kinds = (RowKind.SUBTOTAL, RowKind.TOTAL, RowKind.PART)
    rows = [
        indicator("丁", 10, 10, *MET, kind=kind, number=30 + index)
        for index, kind in enumerate(kinds)
    ]
    assert len(scored(submission([indicator("甲", 10, 10, *MET), *rows])).rows) == 1


def merged(rows, column, *, repeated):
    """Merge a column over all rows: the later ones see the first's place, and its value where the
    reader repeats it.
    """
    first = rows[0].entries[column]
    later = first if repeated else first._replace(text="", value=None, state=State.BLANK)
    return [rows[0], *(replace(each, entries={**each.entries, column: later}) for each in rows[1:])]


@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize("columns", [("weight", "score"), ("score",), ("weight",)])
def test_a_score_merged_over_several_rows_counts_once(columns, repeated):
    rows = [indicator(f"指标{index}", 4, 3, *MET, number=20 + index) for index in range(3)]
    for column in columns:
        rows = merged(rows, column, repeated=repeated)
    scores = scored(submission([*rows, indicator("另", 10, 9, *MET, number=40)]))
    assert [each.level3 for each in scores.rows] == ["指标0、指标1、指标2", "另"]
    joint = scores.rows[0]
    assert joint.weight == (4 if "weight" in columns else 12)
    assert joint.claimed == (3 if "score" in columns else 9)
    assert joint.computed is None
    assert joint.final == min(joint.claimed, joint.weight)
    assert "合并填写在3个指标上" in joint.reason


def test_merged_blank_scores_do_not_join_rows():
    rows = merged(
        [indicator(f"指标{index}", 4, None, *MET, number=20 + index) for index in range(2)],
        "score",
        repeated=True,
    )
    assert [each.final for each in scored(submission(rows)).rows] == [4, 4]


def test_a_form_without_weights_cannot_be_scored_and_says_so():
    rows = [indicator("甲", None, 9, *MET)]
    scores = scored(submission(rows))
    assert scores.unscorable == "表中没有分值，无法核定得分"
    assert scores.final_total is None
    assert scores.computed_total is None
    assert scores.grade == ""
    assert scores.claimed_total == 9


def test_where_nothing_is_computed_the_computed_total_takes_the_claim_within_its_weight():
    rows = [
        indicator("甲", 10, 12, text("好"), text("好")),
        indicator("乙", 10, 9, quantity(10), quantity(8), number=21),
    ]
    scores = scored(submission(rows))
    assert scores.claimed_total == 21
    assert scores.computed_total == 18
    assert scores.final_total == 18


def test_an_empty_form_cannot_be_scored_and_says_so():
    scores = scored(submission([]))
    assert scores.unscorable
    assert scores.rows == ()
    assert scores.claimed_total is None


def test_the_place_of_a_score_is_the_cell_that_claims_it():
    row_ = one(*MET, claimed=Entry("9", Decimal(9), entry(None, 20, 7).place))
    assert row_.place.cell == "G20"


def test_without_a_score_cell_the_place_is_the_weight_s():
    bare = row("indicators", 20, level1="产出指标", level2="数量指标", level3="甲", weight=10)
    assert scored(submission([bare])).rows[0].place.cell == "D20"


def test_the_explanation_of_the_department_goes_along():
    assert (
        one(quantity(10), quantity(8), claimed=8, reason="受汛期影响").explanation == "受汛期影响"
    )
    filled = submission([funding(100, 60, score=6)], {"execution_reason": "合同未到付款期"})
    assert scored(filled).rows[0].explanation == "合同未到付款期"


def test_what_the_form_states_is_kept_as_stated():
    scores = scored(
        submission(
            [indicator("甲", 10, 10, *MET)], {"stated_total": "93.9", "stated_grade": "优秀"}
        )
    )
    assert scores.stated_total is None  # a text, which the reader would have made a number
    assert scores.stated_grade == "优秀"


def test_scores_round_half_up_at_each_row_or_only_in_the_total_as_the_profile_names():
    rows = [
        indicator(f"指标{index}", 5, 5, quantity(1000), quantity(999), number=20 + index)
        for index in range(4)
    ]
    assert scored(submission(rows)).final_total == Decimal("20.00")  # 4.995 is 5.00 in each row
    assert scored(submission(rows), policy(rounding="total")).final_total == Decimal("19.98")


def test_points_lost_are_weight_less_final():
    assert one(quantity(10), quantity(8), claimed=7).lost == 3


scores_ = st.one_of(st.none(), st.decimals(-20, 120, places=2))
quantities = st.one_of(
    st.builds(
        quantity, st.decimals(-100, 1000, places=1), operator=st.sampled_from(["", "≥", "≤"])
    ),
    st.builds(percent, st.decimals(-100, 300, places=1), st.sampled_from(["", "≥", "≤"])),
    st.builds(text, st.sampled_from(["好", "已完成"])),
)


@given(
    claims=st.lists(
        st.tuples(st.decimals(0, 50, places=1), scores_, quantities, quantities),
        min_size=1,
        max_size=6,
    ),
    by=st.sampled_from(
        ["cz2020_self", "cz2020_evaluation", "cz2021_101", "jiangxi2017", "department_self"]
    ),
)
def test_no_final_score_exceeds_claim_computed_score_or_weight_and_the_total_is_their_sum(
    claims, by
):
    rows = [
        indicator(f"指标{index}", weight, claim, *pair, number=20 + index)
        for index, (weight, claim, *pair) in enumerate(claims)
    ]
    scores = scored(submission(rows), by)
    assert len(scores.rows) == len(rows)
    for each in scores.rows:
        assert each.reason
        assert each.rule
        if each.final is None:
            continue
        assert 0 <= each.final <= (each.weight or 0)
        assert each.computed is None or each.final <= each.computed
        assert each.claimed is None or each.final <= max(each.claimed, 0)
    finals = [each.final for each in scores.rows if each.final is not None]
    assert scores.final_total == (sum(finals) if finals else None)


def test_rounding_lifts_no_claim():
    rows = [
        indicator(f"指标{index}", 10, Decimal("8.995"), text("好"), text("好"), number=20 + index)
        for index in range(8)
    ]
    scores = scored(submission(rows))
    assert scores.claimed_total == scores.final_total == Decimal("71.96")  # not eight times 9.00
    assert {row.final for row in scores.rows} == {Decimal("8.99")}


def test_a_row_without_a_weight_is_listed_and_counts_nothing():
    rows = [indicator("甲", 10, 10, *MET), indicator("乙", None, None, *MET, number=21)]
    scores = scored(submission(rows))
    assert [row.outcome for row in scores.rows] == ["computed", "unscored"]
    assert scores.final_total == 10


def test_what_no_rule_decides_waits_for_a_person_and_says_why():
    row = one(text("效果明显"), text("效果明显"), claimed=10)
    assert (row.outcome, row.final) == ("person", 10)
    assert "文字" in row.why_person
    assert one(*MET, claimed=10).why_person == ""


@pytest.mark.parametrize(
    ("actual", "score"), [(997, "4.99"), (995, "4.98"), (991, "4.96"), (985, "4.93")]
)
def test_half_a_hundredth_is_rounded_up_whatever_digit_stands_before_it(actual: int, score: str):
    """4.985 is 4.99, which rounding half to even would make 4.98; so are 4.975, 4.955 and 4.925."""
    rows = [indicator("甲", 5, 5, quantity(1000), quantity(actual), number=20)]
    assert scored(submission(rows)).rows[-1].computed == Decimal(score)


def test_a_target_is_shown_with_the_unit_that_stands_in_a_column_of_its_own():
    figures = (quantity(18, "个", text="18"), quantity(18, "个", text="18"))
    (row_,) = scored(
        submission([indicator("普查乡镇", 20, 20, *figures, unit_of_measure="个")])
    ).rows
    assert (row_.target, row_.actual) == ("18个", "18个")


EIGHT_OF_TEN = (quantity(10), quantity(8))


def row_of(*rows, by="cz2020_self"):
    (made,) = scored(submission(rows), by).rows
    return made


def test_a_claim_that_a_waiver_upholds_stands_within_its_weight_whatever_the_rule_says():
    filled = submission([indicator("甲", 10, 9, *EIGHT_OF_TEN)])
    place = filled.tables["indicators"][0].entries["score"].place
    for claim, final in ((9, 9), (12, 10)):
        claimed = submission([indicator("甲", 10, claim, *EIGHT_OF_TEN)])
        (made,) = score(claimed, PROJECT, policy(), Today(AS_OF), frozenset({place})).rows
        assert (made.computed, made.final, made.outcome) == (8, final, "computed")
        assert made.upheld
        assert "经批准豁免" in made.reason
    blank = submission([indicator("甲", 10, None, *EIGHT_OF_TEN)])
    (made,) = score(blank, PROJECT, policy(), Today(AS_OF), frozenset({place})).rows
    assert (made.upheld, made.final) == (False, 8)
    worded = submission([indicator("甲", 10, 9, text("好"), text("好"))])
    (made,) = score(worded, PROJECT, policy(), Today(AS_OF), frozenset({place})).rows
    assert (made.outcome, made.why_person, made.final) == ("computed", "", 9)


@pytest.mark.parametrize(("deducted", "computed"), [(2, 6), (-2, 6), (9, 0), (0, 8), (None, 8)])
def test_a_column_of_deductions_is_taken_off_where_the_profile_has_one(deducted, computed):
    made = indicator("甲", 10, 10, *EIGHT_OF_TEN, deducted=deducted)
    told = row_of(made, by=quantitative(deduction_column=True))
    assert told.computed == computed
    assert ("扣分" in told.reason) is bool(deducted)
    assert row_of(made).computed == 8
    worded = indicator("甲", 10, 10, text("好"), text("好"), deducted=2)
    assert row_of(worded, by=quantitative(deduction_column=True)).final == 10


def test_an_indicator_is_scored_by_its_approved_weight_where_the_profile_says_so():
    made = indicator("甲", 10, 10, *EIGHT_OF_TEN, approved_weight=5)
    by_approved = quantitative(approved_weights=True)
    assert (row_of(made, by=by_approved).weight, row_of(made, by=by_approved).computed) == (5, 4)
    assert row_of(made).computed == 8
    unapproved = indicator("甲", 10, 10, *EIGHT_OF_TEN, approved_weight=None)
    assert row_of(unapproved, by=by_approved).weight == 10


def in_block(level3, claimed, number, *figures):
    weight = entry(30, 20, 9)
    return indicator(level3, None, claimed, *figures, number=number, block_weight=weight)


def test_rows_of_a_block_with_one_weight_wait_for_a_person_and_the_weight_counts_once():
    scores = scored(submission([in_block("甲", 12, 20, *MET), in_block("乙", 35, 21, *MET)]))
    assert [(row_.weight, row_.final, row_.outcome) for row_ in scores.rows] == [
        (None, 12, "person"),
        (None, 30, "person"),
    ]
    assert "整块分值30分" in scores.rows[0].why_person
    assert (scores.weight_total, scores.unscorable, scores.final_total) == (30, "", 42)


def test_without_any_weight_a_claim_is_kept_but_is_no_score():
    bare = indicator("乙", None, 5, *MET, number=21)
    scores = scored(submission([indicator("甲", 10, 10, *MET), bare]))
    assert (scores.rows[1].outcome, scores.rows[1].final) == ("unscored", None)


def test_a_weight_of_nothing_is_a_weight_and_gives_nothing():
    made = row_of(indicator("甲", 0, 3, text("好"), text("好")))
    assert (made.weight, made.final, made.outcome) == (0, 0, "computed")


@pytest.mark.parametrize(
    ("target", "actual", "listed", "completion"),
    [
        (quantity(10), quantity(8), True, Decimal("0.8")),
        (quantity(10), None, True, None),
        (None, quantity(8), True, None),
        (None, None, False, None),
    ],
)
def test_a_row_without_points_is_listed_where_it_says_something(target, actual, listed, completion):
    other = indicator("乙", None, None, target, actual, number=21, reason="晚")
    rows = [indicator("甲", 10, 10, *MET), other]
    others = scored(submission(rows)).rows[1:]
    assert [(each.level3, each.completion, each.explanation) for each in others] == [
        ("乙", completion, "晚")
    ] * listed
    nameless = indicator("", None, None, target, actual, number=21)
    assert len(scored(submission([rows[0], nameless])).rows) == 1


@pytest.mark.parametrize(
    ("words", "unit", "shown"),
    [("18", "个", "18个"), ("18个", "个", "18个"), ("已建成", "座", "已建成"), ("18", "", "18")],
)
def test_a_unit_of_its_own_column_is_added_to_bare_figures_only(words, unit, shown):
    figure = quantity(18, "个", text=words)
    made = row_of(indicator("甲", 20, 20, figure, figure, unit_of_measure=unit))
    assert (made.target, made.actual) == (shown, shown)


def test_the_execution_rate_as_an_indicator_shows_the_money_where_it_has_no_actual():
    block = funding(100, 60, weight=None)
    bare = indicator("预算执行率", 10, 6, level1="预算执行率")
    made = row_of(block, bare)
    assert (made.target, made.actual) == ("全年预算数100.00万元", "全年执行数60.00万元")
    told = indicator("预算执行率", 10, 6, percent(100), percent(60), level1="预算执行率")
    assert (row_of(block, told).target, row_of(block, told).actual) == ("100%", "60%")
    unknown = row_of(funding(None, 60, weight=None), bare)
    assert (unknown.target, unknown.actual, unknown.computed) == ("", "", None)


@pytest.mark.parametrize(
    ("weight", "claimed", "rows"), [(10, None, 1), (None, 6, 1), (None, None, 0)]
)
def test_the_execution_rate_is_scored_in_the_block_where_a_weight_or_a_score_stands(
    weight, claimed, rows
):
    made = scored(submission([funding(100, 60, weight=weight, score=claimed)])).rows
    assert [each.final for each in made] == [6] * rows
    assert [each.level1 for each in made] == ["预算执行率"] * rows


def test_joined_rows_tell_every_figure_and_reason_once():
    rows = [
        indicator("甲", 4, 3, quantity(1, "个"), quantity(1, "个"), number=20, reason="雨"),
        indicator("乙", 4, 3, quantity(2, "个"), quantity(1, "个"), number=21, reason=""),
        indicator("乙", 4, 3, quantity(2, "个"), None, number=22, reason="雨"),
    ]
    made = row_of(*merged(rows, "score", repeated=True))
    assert (made.level3, made.target, made.actual) == ("甲、乙", "1个；2个", "1个")
    assert (made.explanation, made.weight, made.claimed) == ("雨", 12, 3)


def test_rows_under_one_weight_and_without_a_claim_have_no_score():
    rows = [indicator(f"指标{index}", 4, None, *MET, number=20 + index) for index in range(2)]
    made = row_of(*merged(rows, "weight", repeated=True))
    assert (made.weight, made.claimed, made.final, made.outcome) == (4, None, None, "person")


def test_two_groups_of_joined_rows_stay_apart():
    rows = [indicator(f"指标{index}", 4, 3, *MET, number=20 + index) for index in range(4)]
    groups = merged(rows[:2], "weight", repeated=True) + merged(rows[2:], "weight", repeated=True)
    assert [each.level3 for each in scored(submission(groups)).rows] == [
        "指标0、指标1",
        "指标2、指标3",
    ]


def test_the_weight_total_is_of_rows_with_a_weight_only():
    rows = [indicator("甲", 10, 10, *MET), indicator("乙", None, 5, *MET, number=21)]
    scores = scored(submission([funding(100, 60, score=6), *rows]))
    assert (scores.weight_total, scores.claimed_total, scores.computed_total) == (20, 21, 16)


def test_the_weight_of_the_execution_rate_alone_makes_no_score():
    bare = indicator("甲", None, 5, *MET)
    scores = scored(submission([funding(100, 60, score=6), bare]))
    assert scores.unscorable == "表中没有分值，无法核定得分"
    assert (scores.final_total, scores.grade) == (None, "")
    alone = scored(submission([indicator("预算执行率", None, None)]))
    assert alone.unscorable == "表中没有带分值或得分的指标，无法核定得分"
