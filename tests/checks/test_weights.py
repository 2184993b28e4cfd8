"""Weights: what they add up to, to the cent, and with what says 无."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import funding, indicator, percent, quantity, submission

from checks.samples import (
    codes,
    evaluated,
    found,
    only,
    place_of,
    policies,
    project_evaluation,
    self_evaluation,
)
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.standards.policy import Level1

WHY = "一条道路因管线迁改推迟到次年三月完工。"


def repaired(weight: str) -> Row:
    """The row that has 20 of 100 points in a self-evaluation without a fault."""
    target, actual = quantity(10, "条"), quantity(9, "条")
    return indicator("修缮道路", Decimal(weight), 13, target, actual, reason=WHY)


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        ("20.01", None),
        ("19.99", None),
        ("20.011", "全部指标分值合计为100.011分，应为100分，相差0.011分。"),
        ("25", "全部指标分值合计为105分，应为100分，相差5分。"),
        ("15", "全部指标分值合计为95分，应为100分，相差5分。"),
    ],
)
def test_weights_differ_from_the_whole_by_more_than_a_cent(weight: str, told: str | None) -> None:
    said = [each.message for each in found(self_evaluation(amount=repaired(weight)))]
    assert [each for each in said if each.startswith("全部指标分值")] == ([told] if told else [])


def test_weights_that_are_wrong_only_by_a_row_that_says_nothing_are_not_told_twice() -> None:
    nothing = indicator("无", 5, 5, quantity(1, "个"), quantity(1, "个"), number=31)
    assert "W01" not in codes(self_evaluation(nothing=nothing))
    assert "W01" in codes(self_evaluation(nothing=nothing, amount=repaired("25")))


def tilted() -> Submission:
    """55 for outputs and 5 for satisfaction, where 50 and 10 are wanted."""
    rates = percent(90, "≥"), percent(95)
    names = {"level1": "满意度指标", "level2": "服务对象满意度指标"}
    return self_evaluation(
        amount=repaired("25"),
        satisfied=indicator("沿线居民满意率", 5, 5, *rates, number=28, **names),
    )


def test_of_another_split_the_levels_that_differ_are_told() -> None:
    told = [(each.found, each.expected) for each in found(tilted()) if each.code == "W02"]
    assert told == [("55", "50"), ("5", "10")]


def test_while_figures_are_unread_nothing_is_said_of_the_split() -> None:
    unread = Observation("F04", (place_of(tilted(), "project"),), variant="unread_figures")
    assert "W02" not in codes(replace(tilted(), observations=(unread,)))


def test_a_form_that_gives_no_points_may_split_its_weights_as_it_likes() -> None:
    more = indicator("修补坑槽", 10, 10, quantity(9, "处"), quantity(9, "处"), number=31)
    rows = [*tilted().rows("indicators"), more]
    levels = policies()["cz2020_self"].levels
    assert "W02" not in codes(submission(rows, form="goal_declaration"), levels=levels)


def test_one_of_the_splits_that_a_profile_accepts_is_enough() -> None:
    profile = policies()["cz2021_101"]
    main, others = {"levels": profile.levels}, {"alternatives": profile.alternatives}
    assert "W02" in codes(self_evaluation(), **main)
    assert "W02" not in codes(self_evaluation(), **main, **others)


def test_a_group_beyond_its_cap_is_told_at_its_first_weight() -> None:
    capped = {"quantitative": policies()["shanxi"].quantitative}
    told = only(self_evaluation(), "W02", **capped)
    assert told.places == (place_of(self_evaluation(), "indicators", "23", "weight"),)


@pytest.mark.parametrize(("set_by_profile", "told"), [("0", True), ("35", False)])
def test_outputs_and_benefits_carry_most_where_the_profile_sets_no_level(
    set_by_profile: str, told: bool
) -> None:
    levels = policies()["cz2020_evaluation"].levels
    first = Level1(name=levels[0].name, weight=Decimal(set_by_profile))
    rows = {
        name: evaluated(*levels_, name, weight, weight, number=number)
        for number, (*levels_, name, weight) in {
            20: ("决策", "项目立项", "立项依据充分性", 25),
            29: ("效益", "项目效益", "实施效益", 15),
        }.items()
    }
    assert ("W02" in codes(project_evaluation(**rows), levels=(first, *levels[1:]))) is told


def test_a_sum_is_told_where_the_form_has_its_total_else_at_the_last_weight() -> None:
    form = self_evaluation(amount=repaired("25"))
    told = [each.places for each in found(form) if each.code == "W01"]
    assert told[0] == (place_of(form, "indicators", "29", "weight"),)
    bare = self_evaluation(amount=repaired("25"), closing=None)
    assert only(bare, "W01").places == (place_of(bare, "indicators", "28", "weight"),)


@pytest.mark.parametrize(("printed", "told"), [(100, False), (99, True)])
@pytest.mark.parametrize("without", ["", "weight"])
def test_a_total_counts_the_execution_rate_even_where_the_form_has_no_weight_for_it(
    without: str, printed: int, told: bool
) -> None:
    money = funding(100, 95, score=9.5, initial_budget=100)
    entries = {name: each for name, each in money.entries.items() if name != without}
    closing = indicator("", printed, 97, number=29, kind=RowKind.TOTAL)
    form = self_evaluation(total=replace(money, entries=entries), closing=closing)
    assert ("W01" in codes(form)) is told


def without_weight(row: Row) -> Row:
    """An indicator whose row has no cell for its weight."""
    return replace(
        row, entries={name: each for name, each in row.entries.items() if name != "weight"}
    )


def test_a_sum_is_told_at_the_last_indicator_even_where_it_has_no_weight() -> None:
    rates = percent(90, "≥"), percent(95)
    names = {"level1": "满意度指标", "level2": "服务对象满意度指标"}
    last = without_weight(indicator("沿线居民满意率", 10, 10, *rates, number=28, **names))
    form = self_evaluation(amount=repaired("25"), satisfied=last, closing=None)
    told = [each.places for each in found(form) if each.code == "W01"]
    assert told == [(last.place,)]


def test_a_group_beyond_its_cap_is_told_at_its_first_indicator_without_a_weight_too() -> None:
    """The weight may stand once, in the second row of the group."""
    names, figures = {"level2": "成本指标"}, (quantity(10, "万元", "≤"), quantity("9.5", "万元"))
    first = without_weight(indicator("每条道路造价", 10, 10, *figures, number=22, **names))
    second = indicator("每座桥梁造价", 10, 10, *figures, number=23, **names)
    capped = {"quantitative": policies()["shanxi"].quantitative}
    told = only(self_evaluation(time=first, cost=second), "W02", **capped)
    assert told.places == (first.place,)


def test_a_level_that_nothing_was_planned_for_is_told_at_the_first_weight() -> None:
    form = self_evaluation(amount=repaired("30"), satisfied=None)
    told = {each.expected: each.places for each in found(form) if each.code == "W02"}
    assert told["10"] == (form.tables["funding"][0].place,)


def test_a_weight_beyond_the_profile_s_share_is_not_printed_as_less() -> None:
    limits = policies()["cz2020_self"].limits
    third = limits.weight_share.model_copy(update={"value": Decimal("0.334")})
    own = limits.model_copy(update={"weight_share": third})
    told = only(self_evaluation(amount=repaired("33.45")), "W03", limits=own)
    assert told.message.endswith("为满分的33.5%，超过33.4%。")
