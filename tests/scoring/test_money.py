"""Execution and arrival rate: modes, denominators, and where the execution score stands in the
form.
"""

from decimal import Decimal

import pytest
from builders import choice, funding, indicator, percent, quantity, row, submission, unreadable
from hypothesis import given
from hypothesis import strategies as st
from scored import policy, scored

from evalbatch.model.submission import RowKind


def execution(budget, executed, by="cz2020_self", **more):
    return scored(submission([funding(budget, executed, **more)]), by).rows[0]


@pytest.mark.parametrize(
    ("by", "executed", "weight", "expected"),
    [
        ("cz2020_self", "645", 10, "6.45"),
        ("cz2020_self", "1200", 10, 10),
        ("cz2020_self", "-5", 10, 0),
        ("cz2021_101", "645", 10, 5),
        ("cz2021_101", "1000", 10, 10),
        ("cz2021_101", "999.99", 10, 7),
        ("cz2021_101", "800", 10, 7),
        ("cz2021_101", "799.99", 10, 5),
        ("cz2021_101", "600", 10, 5),
        ("cz2021_101", "599.99", 10, 0),
        ("hubei2020", "645", 20, "12.90"),
    ],
)
def test_the_execution_score_follows_the_profile(by, executed, weight, expected):
    assert execution(1000, Decimal(executed), by, weight=weight).computed == Decimal(expected)


@pytest.mark.parametrize(
    ("finished", "executed", "expected"),
    [("是", 950, 10), ("否", 950, 7), ("", 950, 7), ("是", 1050, 10)],
)
def test_a_finished_project_within_its_budget_earns_all_where_the_form_asks(
    finished, executed, expected
):
    filled = submission([funding(1000, executed)], {"project_finished": choice(finished)})
    assert scored(filled, "cz2021_101").rows[0].computed == expected


@pytest.mark.parametrize(
    ("executed", "says"),
    [
        (950, "项目已完成且在预算内支出"),
        (1000, "项目已完成且在预算内支出"),
        (1050, "按口径分档核算为10.00分"),
    ],
)
def test_a_finished_project_is_within_its_budget_up_to_the_last_fen(executed, says):
    filled = submission([funding(1000, executed)], {"project_finished": choice("是")})
    assert says in scored(filled, "cz2021_101").rows[0].reason


@pytest.mark.parametrize(
    ("executed", "says"), [(1000, "得满分"), (1200, "得满分"), (999, "按比例核算为9.99分")]
)
def test_what_is_spent_as_planned_is_said_to_be_full(executed, says):
    assert says in execution(1000, executed).reason


def test_a_blank_weight_takes_the_profile_s_and_says_so():
    row_ = execution(1000, 645, "hubei2020", weight=None, score=12.9)
    assert row_.weight == 20
    assert row_.computed == Decimal("12.90")
    assert "表中未填分值，按口径为20分" in row_.reason


def test_a_weight_that_cannot_be_read_is_not_replaced():
    row_ = execution(1000, 645, weight=unreadable("十"), score=6)
    assert row_.weight is None
    assert row_.computed is None
    assert row_.final is None


@pytest.mark.parametrize(
    ("budget", "executed", "says"),
    [
        (None, 5, "全年预算数空白"),
        (5, None, "全年执行数空白"),
        (0, 0, "全年预算数为0"),
        (unreadable("约五百"), 5, "全年预算数空白"),
    ],
)
def test_money_that_is_not_there_leaves_the_score_uncomputed(budget, executed, says):
    row_ = execution(budget, executed, score=8)
    assert row_.computed is None
    assert row_.final == 8
    assert says in row_.reason


def test_the_evaluation_form_divides_by_the_money_that_arrived():
    block = row(
        "funding", 5, key="total", kind=RowKind.TOTAL, budget=2000, arrived=1000, executed=800
    )
    rows = [
        indicator("预算执行率", 3, 3, level1="过程", level2="资金管理"),
        indicator("资金到位率", 3, 3, level1="过程", level2="资金管理", number=21),
    ]
    scores = scored(submission([block, *rows]), "cz2020_evaluation")
    assert [each.computed for each in scores.rows] == [Decimal("2.40"), Decimal("1.50")]
    assert scores.rows[0].target == "实际到位资金1000.00万元"
    assert (
        "资金到位率50.00%（实际到位资金1000.00万元÷预算资金2000.00万元）" in scores.rows[1].reason
    )


@pytest.mark.parametrize(
    ("budget", "arrived", "says"),
    [(None, 5, "预算资金空白"), (5, None, "实际到位资金空白"), (0, 5, "预算资金为0")],
)
def test_an_arrival_rate_without_its_money_is_not_computed(budget, arrived, says):
    block = row(
        "funding", 5, key="total", kind=RowKind.TOTAL, budget=budget, arrived=arrived, executed=None
    )
    rows = scored(submission([block, indicator("资金到位率", 3, 3)]), "cz2020_evaluation").rows
    assert rows[0].computed is None
    assert says in rows[0].reason


def test_the_execution_score_is_counted_once_wherever_the_form_puts_it():
    as_indicator = indicator("预算执行率", 10, 6, percent(100), percent(60), level1="预算执行率")
    in_block = funding(100, 60, score=6)
    assert [each.level3 for each in scored(submission([in_block, as_indicator])).rows] == [
        "预算执行率"
    ]
    without = funding(100, 60, weight=None)
    scores = scored(submission([without, as_indicator]))
    assert [each.computed for each in scores.rows] == [Decimal(6)]
    assert scores.weight_total == 10


def test_parts_of_the_funding_never_score():
    part = row(
        "funding", 6, key="current", kind=RowKind.PART, budget=100, executed=60, weight=10, score=6
    )
    assert len(scored(submission([funding(100, 60, score=6), part])).rows) == 1


def test_a_profile_may_leave_execution_out():
    none = policy(execution=policy().execution.model_copy(update={"mode": "none"}))
    assert (
        scored(
            submission(
                [funding(100, 60, score=6), indicator("甲", 10, 10, quantity(1), quantity(1))]
            ),
            none,
        ).weight_total
        == 10
    )


def test_amounts_keep_the_digits_down_to_a_fen():
    assert "全年执行数300.123456万元" in execution(Decimal(1000), Decimal("300.1234560001")).reason
    assert execution(Decimal("1E+30"), Decimal("1E+30")).computed == 10


@given(
    budget=st.decimals(0, 100000, places=2),
    spent=st.tuples(st.decimals(-10, 100000, places=2), st.decimals(-10, 100000, places=2)),
    by=st.sampled_from(["cz2020_self", "cz2021_101", "hubei2020"]),
)
def test_more_execution_never_scores_less(budget, spent, by):
    less, more = (execution(budget, figure, by).computed for figure in sorted(spent))
    assert (less is None) == (budget == 0)
    assert less is None or more is None or 0 <= less <= more <= 10


@pytest.mark.parametrize(("by", "expected"), [("cz2020_self", 0), ("hubei2020", 0)])
def test_nothing_spent_is_a_rate_of_nothing_and_no_missing_figure(by, expected):
    row_ = execution(1000, 0, by)
    assert row_.computed == expected
    assert "0.00%" in row_.reason
    assert "按比例核算为0.00分" in row_.reason


def test_nothing_that_arrived_is_a_rate_of_nothing():
    block = row("funding", 5, key="total", kind=RowKind.TOTAL, budget=100, arrived=0, executed=0)
    rows = scored(submission([block, indicator("资金到位率", 3, 3)]), "cz2020_evaluation").rows
    assert rows[0].computed == 0
    assert "资金到位率0.00%" in rows[0].reason


def money_of(by, *rows):
    return scored(submission(rows), by).funding


@pytest.mark.parametrize("key", ["total", "", "all"])
def test_the_money_of_a_project_stands_in_the_total_whatever_its_row_is_called(key):
    part = row("funding", 4, kind=RowKind.PART, budget=1, executed=1)
    total = row("funding", 5, key=key, kind=RowKind.TOTAL, budget=1000, executed=645)
    money = money_of("cz2020_self", part, total)
    assert (money.budget, money.executed, money.rate.value) == (1000, 645, Decimal("0.645"))
    assert money_of("cz2020_self", part).budget is None


def test_the_row_of_the_total_s_own_name_is_taken_where_several_close_the_block():
    first = row("funding", 4, kind=RowKind.TOTAL, budget=1, executed=1)
    named = row("funding", 5, key="total", kind=RowKind.TOTAL, budget=1000, executed=645)
    assert money_of("cz2020_self", first, named).budget == 1000


@pytest.mark.parametrize(
    ("by", "columns", "divides_by", "named"),
    [
        ("monitoring", {"initial_budget": 80}, 80, "年初预算数"),
        ("monitoring", {"initial_budget": 80, "budget": 100}, 100, "预算数"),
        ("cz2020_self", {"initial_budget": 80, "budget": 100}, 100, "全年预算数"),
    ],
)
def test_a_rate_divides_by_the_first_budget_where_the_sheet_knows_no_other(
    by, columns, divides_by, named
):
    total = row("funding", 5, key="total", kind=RowKind.TOTAL, executed=40, **columns)
    money = money_of(by, total)
    assert (money.rate.denominator, money.rate.denominator_name) == (divides_by, named)
    assert money.initial_budget == 80


def test_the_first_budget_is_no_budget_of_a_profile_that_scores_the_rate():
    total = row(
        "funding", 5, key="total", kind=RowKind.TOTAL, executed=40, initial_budget=80, weight=10
    )
    assert money_of("cz2020_self", total).rate is None


def test_an_indicator_of_the_rate_is_not_scored_by_a_profile_without_one():
    none = policy(execution=policy().execution.model_copy(update={"mode": "none"}))
    block = funding(100, 60, weight=None)
    rate = indicator("预算执行率", 10, 6, percent(100), percent(60), level1="预算执行率")
    (row_,) = scored(submission([block, rate]), none).rows
    assert row_.computed is None
    assert "口径不对预算执行率计分" in row_.reason
