"""In which unit a sheet gives its amounts: they become 万元 wherever the unit is written."""

from datetime import date
from decimal import Decimal

import pytest

from evalbatch.checks.assess import assess
from evalbatch.checks.told_figures import told_amounts
from evalbatch.model.names import money_unit
from evalbatch.model.plain_figures import in_wan, parse_money
from evalbatch.model.submission import Submission
from evalbatch.reading.table_rows import is_figure
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import Type
from evalbatch.standards.policy_library import load_policies
from reading.typed import FORMS, only, typed

HEAD = ["年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分"]
TABLE = [
    ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"],
    [None, "产出指标", "数量指标", "清淤河道", "≥12公里", "12公里", 50, 50],
    [None, "效益指标", "社会效益指标", "受益村庄", "≥6个", "6个", 40, 40],
]


def form(*lines: list[object], total: tuple[object, object], label: str) -> Submission:
    """Read a form whose funding block has these lines over its total row."""
    rows = [
        ["项目支出绩效自评表"],
        ["（2025年度）"],
        ["项目名称", "河道清淤"],
        ["主管部门", "某县水利局", "实施单位", "某县河道所"],
        *lines,
        [None, label, total[0], total[0], total[1], 10, "94.48%", 9.45],
        *TABLE,
    ]
    return only(typed(("自评表", rows, ())))


def amounts(
    *lines: list[object],
    total: tuple[object, object] = (860000, 812500),
    label: str = "年度资金总额",
) -> tuple[Decimal | None, Decimal | None]:
    fund = form(*lines, total=total, label=label).row("funding", "total")
    assert fund is not None
    return fund.number("budget"), fund.number("executed")


@pytest.mark.parametrize(
    "lines",
    [
        [["项目资金（元）", None, *HEAD]],
        [["项目资金\n(单位:元)", None, *HEAD]],
        [["项目资金", "金额单位：人民币元", *HEAD]],
        [["项目资金", None, "年初预算数（元）", "全年预算数（元）", "全年执行数(元)", *HEAD[3:]]],
        [[None, None, None, None, None, "单位：元"], ["项目资金", None, *HEAD]],
        [["二、资金情况（元）"], ["项目资金", None, *HEAD]],
        [
            [
                "项目资金（万元）",
                None,
                "年初预算数（元）",
                "全年预算数（A，元）",
                "全年执行数（B）元",
                *HEAD[3:],
            ]
        ],
    ],
)
def test_amounts_in_yuan_become_wan(lines: list[list[object]]):
    assert amounts(*lines) == (Decimal(86), Decimal("81.25"))


def test_other_units_are_known_too():
    assert amounts(["项目资金（千元）", None, *HEAD], total=(860, 812.5)) == (86, Decimal("81.25"))
    assert amounts(["项目资金（百万元）", None, *HEAD], total=(0.86, 0.8125)) == (
        86,
        Decimal("81.25"),
    )
    assert amounts(["项目资金（亿元）", None, *HEAD], total=(0.0086, 0.008125)) == (
        86,
        Decimal("81.25"),
    )


def test_a_row_names_its_unit_before_its_block():
    lines = [["项目资金（万元）", None, *HEAD]]
    assert amounts(*lines, label="年度资金总额（元）") == (86, Decimal("81.25"))
    assert amounts(*lines, label="年度资金总额（万元）", total=(86, 81.25)) == (
        86,
        Decimal("81.25"),
    )


def test_amounts_as_banks_write_them_are_read():
    lines = [["项目资金（万元）", None, *HEAD]]
    assert amounts(*lines, total=("人民币860000元整", "￥812,500.00元")) == (86, Decimal("81.25"))
    assert amounts(*lines, total=("捌拾陆万元整", "捌拾壹万贰仟伍佰元整")) == (
        86,
        Decimal("81.25"),
    )


def test_the_nearest_word_counts():
    lines = [["单位：元"], ["项目资金（万元）", None, *HEAD]]
    assert amounts(*lines, total=(86, 81.25)) == (86, Decimal("81.25"))
    lines = [
        [
            "项目资金（元）",
            None,
            "年初预算数（万元）",
            "全年预算数（万元）",
            "全年执行数（万元）",
            *HEAD[3:],
        ]
    ]
    assert amounts(*lines, total=(86, 81.25)) == (86, Decimal("81.25"))


def test_an_amount_that_names_its_own_unit_keeps_it():
    assert amounts(["项目资金（元）", None, *HEAD], total=("86万元", "812,500")) == (
        86,
        Decimal("81.25"),
    )
    assert amounts(["项目资金（元）", None, *HEAD], total=("86万", "0.008125亿元")) == (
        86,
        Decimal("81.25"),
    )


@pytest.mark.parametrize(
    "unit", ["亿元", "千万元", "百万元", "十万元", "万元", "千元", "百元", "元"]
)
def test_every_unit_of_money_makes_an_amount_in_a_cell_a_line_and_a_label(unit: str):
    """The same units wherever an amount is told from words."""
    text = f"12{unit}"
    assert parse_money(text) == 12 * in_wan(unit)
    assert is_figure(Cell(text, text), Type.MONEY)
    assert money_unit(f"项目资金（{unit}）") == unit
    (told,) = told_amounts(f"项目实际支出{text}。")
    assert told.value == 12 * in_wan(unit)


@pytest.mark.parametrize(
    "text", ["补助标准（元/人）", "（元旦慰问）", "单元数量", "元", "项目资金", "（万元产值能耗）"]
)
def test_what_only_looks_like_a_unit_is_none(text: str):
    assert money_unit(text) == ""


@pytest.mark.parametrize(
    ("line", "total", "said"),
    [
        (["项目资金", None, *HEAD], (86, 81.25), True),
        (["项目资金（万元）", None, *HEAD], (86, 81.25), False),
        (["项目资金", None, *HEAD], ("86万元", "81.25万元"), False),
    ],
)
def test_a_unit_that_nothing_names_is_taken_for_wan_and_that_is_said(
    line: list[object], total: tuple[object, object], said: bool
):
    read = form(line, total=total, label="年度资金总额")
    assert ("unit_assumed" in {each.variant for each in read.observations}) is said


@pytest.mark.parametrize(("amount", "doubted"), [(860000, True), (8600, False)])
def test_a_large_amount_of_no_named_unit_may_be_in_yuan(amount: int, doubted: bool):
    read = form(["项目资金", None, *HEAD], total=(amount, amount), label="年度资金总额")
    spec = FORMS[read.form]
    evaluation = assess(read, spec, load_policies()[spec.policy], date(2026, 3, 1))
    assert ("M06" in {each.code for each in evaluation.findings}) is doubted


@pytest.mark.parametrize(
    ("typed_", "read"),
    [("1.2亿元", "12000"), ("12,000,000.50元", "1200.00005"), ("120百万元", "12000")],
)
def test_a_converted_amount_is_told_without_needless_zeros(typed_: str, read: str):
    (told,) = [
        each
        for each in form(
            ["项目资金（万元）", None, *HEAD], total=(1, typed_), label="年度资金总额"
        ).observations
        if each.code == "F10" and each.found == typed_
    ]
    assert told.expected == read
