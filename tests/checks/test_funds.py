"""Money: sums of sources, rates as printed, units, and what is no amount that anybody has."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import entry, funding, indicator, row, unreadable

from checks.samples import (
    codes,
    detail,
    found,
    only,
    part,
    place_of,
    policies,
    project_evaluation,
    self_evaluation,
)
from evalbatch.model.finding import Finding, Observation
from evalbatch.model.submission import RowKind, Submission
from evalbatch.model.value import Value


def of_sources(*amounts: Value | float, keys: bool = False) -> Submission:
    """A form of others, whose sources have names of their own, with a budget of 100."""
    sources = {
        f"source{number}": row(
            "funding",
            30 + number,
            key=f"source{number}" if keys else "",
            kind=RowKind.PART,
            source=f"来源{number}",
            budget=amount,
        )
        for number, amount in enumerate(amounts)
    }
    total = funding(100, 95, score=9.5, initial_budget=100)
    return self_evaluation(current=None, carried=None, total=total, **sources)


@pytest.mark.parametrize(
    "amounts",
    [
        (80, 50, 30, 20),  # the first is made up by the two below it
        (70, 40, 20, 10, 30),
        (60, 40, 70, 30),  # broken down twice: by nature, by origin
        (60, 40, 25, 25, 50),
        (80, 50, 30, 20, 0),  # a source that gave nothing closes the list
        (0, 80, 50, 30, 20),
        (80, 50, 30, 20, None),
        (None, 60, 40, 70, 30),
        ("80.01", "50.01", 30, 20),  # a cent of ten thousand is rounding
    ],
)
def test_sources_that_make_up_the_total_in_parts_or_twice_are_no_difference(amounts) -> None:
    amounts = [Decimal(each) if isinstance(each, str) else each for each in amounts]
    assert "M02" not in codes(of_sources(*amounts))


@pytest.mark.parametrize(
    ("amounts", "added"),
    [
        ((80, 80, 20), "180.00"),  # one amount below does not break another down
        ((60, 40, 70), "170.00"),
        ((60, 40, 70, 20), "190.00"),
        ((80, 50, 20, 20), "170.00"),
        ((80, 50, 30), "160.00"),
        ((100, 0, 30), "130.00"),
        ((90,), "90.00"),
        ((60, None, 30), "90.00"),
        ((Decimal("80.03"), 50, Decimal("30.03"), 20), "180.06"),
    ],
)
def test_sources_that_do_not_make_up_the_total_are_told_with_their_sum(amounts, added) -> None:
    told = only(of_sources(*amounts), "M02")
    assert (told.found, told.expected) == ("100.00", added)


def test_the_sources_of_our_own_form_are_never_parts_of_one_another() -> None:
    assert "M02" in codes(of_sources(80, 50, 30, 20, keys=True))


def test_sources_of_which_nothing_can_be_added_up_are_not_compared() -> None:
    assert "M02" not in codes(of_sources(None, None))
    assert "M02" not in codes(of_sources(60, unreadable("约三十")))


def test_one_amount_for_several_sources_in_a_merged_cell_is_added_once() -> None:
    merged = entry(100, 30, 4)
    assert "M02" not in codes(of_sources(merged, merged))


def rate(printed: Value | float, *, shown: str = "", executed: float = 95) -> Submission:
    written = entry(Decimal(str(printed)) if isinstance(printed, float) else printed, 5, 8)
    written = written._replace(text=shown or written.text)
    return self_evaluation(
        total=funding(100, executed, score=9.5, initial_budget=100, rate=written),
        current=None,
        carried=None,
    )


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        (rate(0.96, shown="0.96"), "96%"),
        (rate(0.96, shown="96.00%"), "96.00%"),
        (rate(0.9651, shown="0.9651"), "96.51%"),
        (rate("96.5%"), "96.5%"),
    ],
)
def test_a_wrong_rate_is_quoted_in_per_cent_as_it_was_typed(filled: Submission, said: str) -> None:
    told = only(filled, "M03")
    assert (told.found, told.expected) == (said, "95.00%")


@pytest.mark.parametrize("filled", [rate(0.95), rate("95%"), rate("95.0%"), rate(""), rate("未算")])
def test_a_right_rate_and_none_at_all_are_not_told(filled: Submission) -> None:
    assert "M03" not in codes(filled)


def test_a_rate_that_was_cut_off_is_not_called_wrong_a_second_time() -> None:
    cut, wrong = (rate(text, executed=Decimal("55.559")) for text in ("55.55%", "55.57%"))
    assert {"M03", "V04"} & codes(cut) == {"V04"}
    assert {"M03", "V04"} & codes(wrong) == {"M03"}


@pytest.mark.parametrize(("budget", "executed"), [(0, 95), (None, 95), (100, None)])
def test_a_rate_of_money_that_is_not_there_is_not_compared(budget, executed) -> None:
    total = funding(budget, executed, score=9.5, initial_budget=100, rate=entry("96%", 5, 8))
    assert "M03" not in codes(self_evaluation(total=total))


def test_the_rate_of_a_detail_is_by_its_own_money() -> None:
    told = only(self_evaluation(first=detail(1, "东区道路修缮", 60, 45, rate="80%")), "M03")
    assert told.expected == "75.00%"
    assert "预算" in told.message
    assert "东区道路修缮" in told.message
    assert "全年" not in told.message
    assert "M03" not in codes(self_evaluation(first=detail(1, "东区", 60, 45, rate="75%")))


def details(budget: float, spent: float, **rows) -> list[Finding]:
    """What M04 says of details beside a budget of 100 and a spending of 95."""
    filled = self_evaluation(
        first=detail(1, "东区", 60, 58), second=detail(2, "西区", budget, spent), **rows
    )
    return [each for each in found(filled) if each.code == "M04"]


@pytest.mark.parametrize(
    ("budget", "spent", "told"),
    [
        (40, 37, []),
        (30, 37, []),  # a part of the budget is not yet given to anything
        (45, 37, [("105.00", "100.00", "超过")]),
        (40, 38, [("96.00", "95.00", "不一致")]),
        (40, 36, [("94.00", "95.00", "不一致")]),
    ],
)
def test_details_spend_what_was_spent_and_never_plan_more_than_the_budget(
    budget, spent, told
) -> None:
    said = details(budget, spent, sum=None)
    assert [(each.found, each.expected) for each in said] == [each[:2] for each in told]
    assert all(words[2] in each.message for words, each in zip(told, said, strict=True))


def test_a_wrong_sum_of_details_is_told_at_the_closing_row_where_there_is_one() -> None:
    closing = row("details", 69, kind=RowKind.TOTAL, budget=100, spent=96)
    (told,) = details(40, 38, sum=closing)
    assert (told.place, told.found, told.expected) == (
        closing.entries["spent"].place,
        "96.00",
        "95.00",
    )
    own, whole = details(40, 39, sum=closing)
    assert "相差1.00万元" in own.message
    assert (own.found, own.expected, whole.found, whole.expected) == (
        "96.00",
        "97.00",
        "97.00",
        "95.00",
    )


def test_without_a_closing_row_it_is_told_at_the_last_detail() -> None:
    filled = self_evaluation(second=detail(2, "西区", 40, 38), sum=None)
    assert only(filled, "M04").place == place_of(filled, "details", "62", "spent")
    without = row("details", 62, no=2, item="西区", budget=40)
    filled = self_evaluation(first=detail(1, "东区", 60, 96), second=without, sum=None)
    assert only(filled, "M04").place == place_of(filled, "details", "61", "spent")


def units(filled: Submission, **options) -> list[tuple[str, str]]:
    return [(each.found, each.expected) for each in found(filled, **options) if each.code == "M06"]


@pytest.mark.parametrize(
    ("executed", "told"),
    [
        ("0.05", True),
        ("0.0501", False),
        ("0.0499", True),
        ("0.001", True),
        ("0.0009", False),
        ("0.5", False),
        ("-0.01", False),
        ("0", False),
    ],
)
def test_amounts_of_one_table_are_about_ten_thousand_times_apart(executed, told) -> None:
    less = Decimal(executed)
    filled = self_evaluation(
        total=funding(100, less, score=0, initial_budget=None), current=None, carried=None, sum=None
    )
    apart = [each for each in units(filled) if each == ("100", executed)]
    assert bool(apart) is told


def test_the_amount_in_another_unit_is_told_beside_the_least() -> None:
    total = funding(1_000_000, 95, score=9.5, initial_budget=90, arrived=950_000)
    filled = self_evaluation(total=total, current=None, carried=None)
    assert set(units(filled)) >= {("1000000", "90"), ("950000", "90")}
    assert not {("95", "90"), ("90", "90")} & set(units(filled))


@pytest.mark.parametrize(
    ("budget", "told"),
    [("999999.99", False), ("1000000", True), ("100000000", True), ("100000000.01", False)],
)
def test_money_that_hardly_any_project_has_is_told_up_to_what_is_not_credible(budget, told) -> None:
    total = funding(Decimal(budget), 900_000, score=9.5, initial_budget=900_000)
    filled = self_evaluation(total=total, current=None, carried=None, sum=None)
    large = [each for each in found(filled) if each.code == "M06" and "100亿" in each.basis]
    assert bool(large) is told


def test_large_money_is_told_at_its_first_amount_only() -> None:
    total = funding(2_000_000, 2_000_000, score=10, initial_budget=900_000)
    filled = self_evaluation(total=total, current=None, carried=None, sum=None)
    (large,) = (each for each in found(filled) if each.code == "M06" and "100亿" in each.basis)
    assert large.place == place_of(filled, "funding", "5", "budget")
    assert large.expected == "1000000"


def test_details_of_which_nothing_was_spent_are_in_no_other_unit() -> None:
    idle = {"first": detail(1, "东区", 60, 0), "second": detail(2, "西区", 40, 0), "sum": None}
    assert "M06" not in codes(self_evaluation(**idle))
    unspent = funding(100, 0, score=0, initial_budget=100)
    assert "M06" not in codes(self_evaluation(total=unspent, current=None, carried=None))


@pytest.mark.parametrize(
    ("typed", "told"), [("950000元", True), ("95万元", False), ("95", False), ("约九十元", False)]
)
def test_a_unit_is_told_in_whatever_amount_it_was_typed(typed: str, told: bool) -> None:
    spent = unreadable(typed, 61, 5) if "约" in typed else entry(58, 61, 5)._replace(text=typed)
    filled = self_evaluation(first=row("details", 61, no=1, item="东区", budget=60, spent=spent))
    assert (typed in {found_ for found_, _ in units(filled)}) is told


@pytest.mark.parametrize(("amount", "told"), [("-0.01", True), ("0", False)])
def test_only_what_is_less_than_nothing_is_negative(amount: str, told: bool) -> None:
    filled = self_evaluation(carried=part("carried", 7, 20, Decimal(amount)))
    assert ("M08" in codes(filled)) is told


def negative(filled: Submission) -> list[tuple[str, bool]]:
    """Whom M08 speaks of, and whether it allows for a refund."""
    return [
        (str(each.place), "退回的请在备注" in each.remedy)
        for each in found(filled)
        if each.code == "M08"
    ]


@pytest.mark.parametrize(
    ("filled", "refund"),
    [
        (self_evaluation(first=detail(1, "东区", 60, -2)), True),
        (self_evaluation(first=detail(1, "东区", -60, 2)), False),
        (self_evaluation(carried=part("carried", 7, 20, -2)), False),
        (
            self_evaluation(sum=row("details", 69, kind=RowKind.TOTAL, budget=100, spent=-95)),
            False,
        ),
    ],
)
def test_only_the_spending_of_a_detail_may_be_a_refund(filled: Submission, refund: bool) -> None:
    assert [allowed for _, allowed in negative(filled)] == [refund]


@pytest.mark.parametrize(
    ("amount", "told"),
    [("100000000", False), ("100000000.01", True), ("-100000000.01", True), ("-100000000", False)],
)
def test_an_amount_beyond_what_is_credible_is_told_either_way(amount: str, told: bool) -> None:
    filled = self_evaluation(carried=part("carried", 7, 20, Decimal(amount)))
    beyond = [each for each in found(filled) if each.code == "M08" and "10000亿" in each.basis]
    assert bool(beyond) is told


def test_a_count_is_no_amount_however_large_it_is() -> None:
    filled = self_evaluation({"survey_issued": 200_000_000, "year": 999_999_999})
    assert "M08" not in codes(filled)


def test_the_fields_and_the_other_tables_hold_amounts_too() -> None:
    filled = self_evaluation(
        first=row("details", 61, no=1, item="东区", budget=60, spent=Decimal(200_000_000))
    )
    beyond = [each for each in found(filled) if each.code == "M08"]
    assert [each.place for each in beyond] == [place_of(filled, "details", "61", "spent")]


def unknown(filled: Submission, **options) -> list[str]:
    return [each.message for each in found(filled, **options) if each.code == "M09"]


def test_a_rate_without_its_budget_says_which_column_is_missing() -> None:
    without = row("funding", 5, key="total", kind=RowKind.TOTAL, executed=95, weight=10, score=9)
    (said,) = unknown(self_evaluation(total=without, current=None, carried=None))
    assert "没有“全年预算数（A）”" in said
    assert "只有“全年执行数（B）”" in said


@pytest.mark.parametrize(
    "total",
    [
        None,
        funding(None, 95, score=9),
        funding(0, None, score=9),
        funding(0, unreadable("约九十"), score=9),
        row("funding", 5, key="total", kind=RowKind.TOTAL, budget=0, weight=10, score=9),
    ],
)
def test_a_rate_of_which_a_figure_is_blank_is_left_to_others(total) -> None:
    assert unknown(self_evaluation(total=total, current=None, carried=None)) == []


def test_a_profile_without_execution_rate_asks_for_no_budget() -> None:
    execution = policies()["cz2020_self"].execution.model_copy(update={"mode": "none"})
    nothing = self_evaluation(total=funding(0, 0, score=9, initial_budget=0))
    assert unknown(nothing) != []
    assert unknown(nothing, execution=execution) == []


def repeated(filled: Submission) -> list[tuple[str, str]]:
    return [(str(each.place), each.message) for each in found(filled) if each.code == "M07"]


def test_weight_and_score_of_a_part_are_each_told_at_their_cell() -> None:
    filled = self_evaluation(current=part("current", 6, 80, 75, weight=8, score=7.5))
    weight, score = repeated(filled)
    assert "分值8" in weight[1]
    assert "得分7.5" in score[1]
    of_indicator = indicator("其中：新建", 3, 3, number=30, kind=RowKind.PART)
    assert len(repeated(self_evaluation(new=of_indicator))) == 2
    assert repeated(self_evaluation(new=indicator("新建", None, None, kind=RowKind.PART))) == []


def test_the_execution_rate_is_counted_in_the_funding_block_or_as_an_indicator() -> None:
    twice = indicator("预算执行率", 10, 9, number=31, level1="预算执行率", level2="预算执行率")
    said = repeated(self_evaluation(execution=twice))
    assert ["分值" in words for _, words in said] == [True, False]
    for nothing in (None, "无", "/"):
        block = funding(100, 95, weight=nothing, score=nothing, initial_budget=100)
        assert repeated(self_evaluation(total=block, execution=twice)) == []


def test_the_evaluation_form_holds_spending_against_what_arrived() -> None:
    block = row("funding", 5, key="total", kind=RowKind.TOTAL, budget=100, arrived=90, executed=91)
    told = only(project_evaluation(total=block, provincial=None), "M01")
    assert (told.found, told.expected) == ("91.00", "90.00")


@pytest.mark.parametrize(("budget", "told"), [(9_999, False), (10_000, True), (2_000_000, True)])
def test_where_a_form_names_no_unit_less_money_is_already_doubted(budget: int, told: bool) -> None:
    total = funding(budget, 95, score=9.5, initial_budget=None)
    named = self_evaluation(total=total, current=None, carried=None, sum=None)
    assumed = Observation("F10", (named.fields["project"].place,), variant="unit_assumed")
    unnamed = replace(named, observations=(assumed,))
    doubted = [each for each in found(unnamed) if each.code == "M06" and "没有写" in each.message]
    assert bool(doubted) is told
    assert not [each for each in found(named) if each.code == "M06" and "没有写" in each.message]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1百万元", True),
        ("0.1千万元", True),
        ("0.01亿", True),
        ("1000千元", True),
        ("一百万零五元", True),
        ("100万元", False),
        ("100万", False),
        ("一百万元", False),
    ],
)
def test_an_amount_in_another_unit_than_the_form_s_is_told(text: str, told: bool) -> None:
    amount = entry(100, 5, 3)._replace(text=text)
    form = self_evaluation(total=funding(amount, 95, score=9.5, initial_budget=100))
    seen = [each.found for each in found(form) if each.code == "M06"]
    assert seen == ([text] if told else [])
