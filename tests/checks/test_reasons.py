"""Reasons count wherever the form has them; those that say nothing are thin; a cut named in one is
the cut that was made.
"""

from decimal import Decimal

import pytest
from builders import funding, indicator, percent, quantity, text

from checks.samples import codes, found, only, part, policies, self_evaluation
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.model.value import Quantity
from evalbatch.standards.policy import Limit

LOW = funding(100, 80, score=8, initial_budget=100)
BARE = indicator("修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20)


def low(fields: dict[str, object] | None = None, **rows: object):
    rows = {
        "total": LOW,
        "current": None,
        "carried": None,
        "first": None,
        "second": None,
        "sum": None,
        **rows,
    }
    return self_evaluation({"unspent_reason": None, "text_funding": None, **(fields or {})}, **rows)


def test_without_any_reason_every_check_asks_for_one():
    assert {"X01", "X02", "X05"} <= codes(low(amount=BARE))


def test_a_box_for_all_reasons_answers_them_all():
    box = {"shared_reason": "两条道路因管线迁改推迟，余款20万元结转下年。"}
    assert not {"X01", "X02", "X03", "X05"} & codes(low(box, amount=BARE))


def test_a_reason_beside_the_total_answers_them_too():
    closing = indicator(
        "",
        100,
        97,
        number=29,
        kind=RowKind.TOTAL,
        reason="两条道路因管线迁改推迟，余款20万元结转下年。",
    )
    assert not {"X01", "X02", "X05"} & codes(low(amount=BARE, closing=closing))


def test_a_box_that_says_nothing_of_the_money_leaves_the_money_open():
    assert "X05" in codes(low({"shared_reason": "两条道路因管线迁改没有施工。"}, amount=BARE))


@pytest.mark.parametrize(
    "reason",
    [
        "由于客观原因",
        "受客观因素影响",
        "已全部完成",
        "项目已按期完成",
        "因疫情影响未完成",
        "主要是历史原因导致",
        "无偏差",
        "工作需要",
    ],
)
def test_a_reason_that_says_nothing_is_thin(reason: str):
    row = indicator(
        "修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20, reason=reason
    )
    assert "X04" in codes(self_evaluation(amount=row))


@pytest.mark.parametrize(
    "reason",
    [
        "一条道路因管线迁改未能施工",
        "客观上汛期长，两个月不能施工",
        "疫情影响供货，设备晚到两个月",
        "已完成九条，余一条次年完工",
    ],
)
def test_a_reason_that_says_something_is_not(reason: str):
    row = indicator(
        "修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20, reason=reason
    )
    assert "X04" not in codes(self_evaluation(amount=row))


def test_a_rate_just_below_the_limit_is_not_printed_as_the_limit():
    total = funding(1000, Decimal("899.95"), score=9, initial_budget=1000)
    (finding,) = [each for each in found(low(total=total)) if each.code == "X02"]
    assert "89.995%" in finding.message
    assert "90.00%" not in finding.message


def test_trifles_need_no_destination():
    assert "X05" not in codes(low(total=funding(100, 99.5, score=9.95, initial_budget=100)))
    assert "X05" in codes(low(total=funding(10, 9.5, score=9.5, initial_budget=10)))
    assert "X05" in codes(low(total=funding(1000, 995, score=9.95, initial_budget=1000)))


@pytest.mark.parametrize(
    ("budget", "executed", "told"),
    [
        (100, "99", False),  # 1 万元, and one per cent of the whole
        (200, "198.99", True),
        (50, "49.5", False),
        (50, "49.49", True),
    ],
)
def test_what_is_left_over_is_to_be_explained_beyond_a_sum_or_a_share(
    budget: int, executed: str, told: bool
) -> None:
    money = funding(budget, Decimal(executed), score=9.9, initial_budget=budget)
    assert ("X05" in codes(low(total=money))) is told


@pytest.mark.parametrize(("actual", "told"), [(quantity(500, "件"), True), (text("增加"), False)])
def test_beyond_a_target_of_nothing_only_a_figure_is_far(actual: Quantity, told: bool) -> None:
    row = indicator("排查隐患", 20, 20, quantity(0, "件", "≥"), actual, number=20)
    assert ("X03" in codes(low(amount=row))) is told


def as_indicator(claimed: str, reason: str = "", executed: int = 80) -> Submission:
    """A self-evaluation in which the execution rate is an indicator beside the others."""
    money = funding(100, executed, weight=None, score=None, initial_budget=100)
    rates = percent(100), percent(executed)
    row = indicator("预算执行率", 10, Decimal(claimed), *rates, number=19, reason=reason)
    return low(total=money, execution=row)


@pytest.mark.parametrize(
    ("claimed", "reason", "asking"),
    [
        ("8", "", {"X01"}),
        ("10", "", {"X02"}),
        ("9.99", "", {"X02"}),  # a cent is no deduction
        ("9.98", "", {"X01"}),
        ("10", "两条道路因管线迁改推迟施工。", set()),
    ],
)
def test_a_low_rate_that_is_an_indicator_is_asked_for_once(
    claimed: str, reason: str, asking: set[str]
) -> None:
    assert codes(as_indicator(claimed, reason)) & {"X01", "X02"} == asking


def test_money_spent_beyond_the_budget_is_no_result_far_above_its_target() -> None:
    assert "X03" not in codes(as_indicator("10", executed=150))


def execution_claimed(executed: int, claimed: str, **rows: Row | None) -> Submission:
    """A self-evaluation whose funding block has a column for reasons, which is blank."""
    money = funding(100, executed, score=Decimal(claimed), initial_budget=100, reason="")
    return low({"execution_reason": "余款为质量保证金，结转下年。"}, total=money, **rows)


@pytest.mark.parametrize(
    ("executed", "claimed", "asked"),
    [
        (95, "9.5", False),
        (95, "9.49", False),  # a cent less is what a sum may differ by
        (94, "9", False),  # 9.4 in whole points
        (95, "9.4", True),
    ],
)
def test_points_that_the_execution_rate_takes_need_no_reason_of_their_own(
    executed: int, claimed: str, asked: bool
) -> None:
    told = [each for each in found(execution_claimed(executed, claimed)) if each.code == "X01"]
    assert bool(told) is asked


def test_a_reason_in_the_funding_block_answers_for_the_money_and_for_nothing_else() -> None:
    reason = "上级资金十二月才下达，余款结转下年。"
    block = execution_claimed(95, "9", current=part("current", 6, 80, 75, reason=reason))
    assert "X01" in codes(execution_claimed(95, "9"))
    assert "X01" not in codes(block)
    assert "X01" in codes(
        execution_claimed(95, "9.5", amount=BARE, current=block.tables["funding"][1])
    )


@pytest.mark.parametrize(
    ("own", "shared", "thin"),
    [
        ("情况属实", None, "execution_reason"),
        ("情况属实", "两条道路因管线迁改推迟施工。", "execution_reason"),
        ("", "情况属实", "shared_reason"),
        ("", "两条道路因管线迁改推迟施工。", ""),
    ],
)
def test_of_a_low_rate_the_reason_that_answers_it_must_say_something(
    own: str, shared: str | None, thin: str
) -> None:
    form = low({"execution_reason": own, "shared_reason": shared})
    told = [each.place for each in found(form) if each.code == "X04"]
    assert told == ([form.fields[thin].place] if thin else [])


@pytest.mark.parametrize("told", ["execution_reason", "shared_reason", "text_funding"])
def test_a_changed_budget_is_explained_by_one_of_the_reasons(told: str) -> None:
    asks = {"execution": policies()["sichuan2023"].execution}
    money = funding(100, 95, score=9.5, initial_budget=120)
    silent = low(total=money)
    assert "X06" in codes(silent, **asks)
    assert "X06" not in codes(low({told: "年中按要求调减预算20万元。"}, total=money), **asks)


@pytest.mark.parametrize(
    ("budget", "executed", "basis"),
    [(1000, 950, "尾款按金额"), (10, "9.5", "尾款按比例")],
)
def test_money_left_over_is_asked_for_by_the_limit_that_it_is_beyond(
    budget: int, executed: int | str, basis: str
) -> None:
    limits = policies()["cz2020_self"].limits
    own = {
        name: Limit(value=getattr(limits, name).value, basis=said, certainty="source")
        for name, said in (("unspent_amount", "尾款按金额"), ("unspent_share", "尾款按比例"))
    }
    money = funding(budget, Decimal(executed), score=9.5, initial_budget=budget)
    told = only(low(total=money), "X05", limits=limits.model_copy(update=own))
    assert told.basis == f"预算管理要求：结转结余资金应当说明；{basis}"


@pytest.mark.parametrize(("actual", "told"), [(30, True), (29, False)])
def test_beyond_a_target_of_nothing_the_limit_of_such_targets_is_told(
    actual: int, told: bool
) -> None:
    rules = policies()["cz2020_self"].quantitative
    own = Limit(value=Decimal(30), basis="零目标超额", certainty="source")
    row = indicator("排查隐患", 20, 20, quantity(0, "件", "≥"), quantity(actual, "件"), number=20)
    far = [
        each
        for each in found(
            self_evaluation(amount=row),
            quantitative=rules.model_copy(update={"explain_above_zero_target": own}),
        )
        if each.code == "X03"
    ]
    said = "“排查隐患”目标≥0件，实际30件，达到30以上，没有说明原因。"
    assert [(each.message, each.basis) for each in far] == ([(said, "零目标超额")] if told else [])


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("管线迁改", "，看不出具体情况，至少应有6个字。"),
        ("无", "，看不出具体情况，至少应有6个字。"),
        ("由于客观原因造成未完成", "，看不出具体情况。"),  # it has more than six
    ],
)
def test_a_reason_is_told_to_be_short_only_where_it_is(reason: str, said: str) -> None:
    row = indicator(
        "修缮道路", 20, 18, quantity(10, "条"), quantity(9, "条"), number=20, reason=reason
    )
    told = only(self_evaluation(amount=row), "X04")
    assert told.message == f"原因只写了“{reason}”{said}"
    limit = policies()["cz2020_self"].limits.reason_characters
    assert (told.basis == limit.quoted) is said.endswith("个字。")
