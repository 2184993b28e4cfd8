"""The layouts of published forms, typed by hand without our stamp (shared notes on forms in the
wild).
"""

from decimal import Decimal

import pytest

from evalbatch.model.place import Place
from evalbatch.model.submission import RowKind
from evalbatch.model.value import QuantityKind
from reading.typed import FILE, faults, only, seen, typed

HEAD = [
    ["项目支出绩效自评表"],
    ["（2021年度）"],
    ["项目名称", None, "乡村道路养护"],
    ["主管部门", None, "某县交通运输局", None, "实施单位", None, "某县公路站"],
]
FUNDING = [
    [
        "项目资金\n（万元）",
        None,
        "年初预算数",
        "全年预算数（A）",
        "全年执行数（B）",
        "分值",
        "执行率（B/A）",
        "得分",
    ],
    [None, "年度资金总额", 100, 120, 90, 10, "75%", 7.5],
    [None, "其中：当年财政拨款", 80, 100, 70, "—", "70%", "—"],
    [None, "      上年结转资金", 20, 20, 20, "—", "100%", "—"],
    [None, "      其他资金", None, None, None, "—", "—", "—"],
]
GOALS = [
    ["年度总体目标", "预期目标", None, None, "实际完成情况"],
    [None, "完成养护任务", None, None, "已按计划完成"],
]
TABLE = [
    "绩效指标",
    "一级指标",
    "二级指标",
    "三级指标",
    "年度指标值",
    "实际完成值",
    "分值",
    "得分",
    "偏差原因分析及改进措施",
]
ROWS = [
    [
        None,
        "产出指标（50分）",
        "数量指标",
        "指标1：养护里程",
        "≥120公里",
        "110公里",
        30,
        27.5,
        "两段因征地推迟",
    ],
    [None, None, "质量指标", "指标1：验收合格率", "100%", "100%", 20, 20],
    [None, "效益指标（30分）", "社会效益指标", "指标1：投诉下降", "≥10%", "12%", 30, 30],
    [None, "满意度指标（10分）", "服务对象满意度指标", "指标1：群众满意度", "≥90%", "96%", 10, 10],
]
TOTAL = [["总分", None, None, None, None, None, 100, 95]]


def indicators(submission):
    return [
        (row.text("level3"), row.number("weight"), row.number("score"))
        for row in submission.rows("indicators", RowKind.ITEM)
    ]


USUAL = [
    ("养护里程", Decimal(30), Decimal("27.5")),
    ("验收合格率", Decimal(20), Decimal(20)),
    ("投诉下降", Decimal(30), Decimal(30)),
    ("群众满意度", Decimal(10), Decimal(10)),
]


def national():
    return typed(
        (
            "Sheet1",
            [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL],
            ["A5:A9", "A12:A16", "B13:B14", "A17:F17"],
        )
    )


class TestNationalForm:
    def test_fields_are_found_by_label(self):
        submission = only(national())
        assert submission.form == "self_evaluation"
        assert submission.text("project") == "乡村道路养护"
        assert submission.text("department") == "某县交通运输局"
        assert submission.text("unit") == "某县公路站"
        assert submission.text("goal_expected") == "完成养护任务"
        assert submission.text("goal_actual") == "已按计划完成"
        assert faults(submission) == []

    def test_the_year_stands_in_the_title(self):
        entry = only(national()).fields["year"]
        assert (entry.number, entry.place) == (Decimal(2021), Place(FILE, "Sheet1", 2, 1))

    def test_funding_lines_are_found_by_label(self):
        submission = only(national())
        total = submission.row("funding", "total")
        assert total is not None
        assert [
            total.number(name)
            for name in ("initial_budget", "budget", "executed", "weight", "rate", "score")
        ] == [Decimal(text) for text in ("100", "120", "90", "10", "0.75", "7.5")]
        assert [
            (row.key, row.kind, row.number("executed")) for row in submission.rows("funding")
        ] == [
            ("total", RowKind.TOTAL, Decimal(90)),
            ("current", RowKind.PART, Decimal(70)),
            ("carried", RowKind.PART, Decimal(20)),
            ("other", RowKind.PART, None),
        ]

    def test_indicators_keep_levels_weights_and_places(self):
        submission = only(national())
        assert indicators(submission) == USUAL
        first, second, *_ = submission.rows("indicators")
        assert (second.text("level1"), second.entries["level1"].place.cell) == ("产出指标", "B13")
        assert first.number("level1_weight") == Decimal(50)
        assert first.entries["score"].place == Place(FILE, "Sheet1", 13, 8)
        assert first.text("reason") == "两段因征地推迟"

    def test_the_total_row_is_the_stated_total(self):
        submission = only(national())
        (total,) = submission.rows("indicators", RowKind.TOTAL)
        assert total.number("weight") == Decimal(100)
        assert (
            submission.number("stated_total"),
            submission.fields["stated_total"].place.cell,
        ) == (Decimal(95), "H17")


def shifted(rows, *, right=0, down=0):
    return [[]] * down + [[None] * right + list(row) for row in rows]


@pytest.mark.parametrize(("right", "down"), [(0, 0), (1, 0), (3, 2), (0, 5)])
def test_blank_columns_and_rows_in_front_change_nothing(right, down):
    rows = [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL]
    submission = only(typed(("Sheet1", shifted(rows, right=right, down=down), [])))
    assert indicators(submission) == USUAL
    assert submission.number("stated_total") == Decimal(95)
    assert faults(submission) == []


def test_labels_survive_colons_spaces_and_line_breaks():
    head = [
        ["项 目 支 出 绩 效 自 评 表"],
        ["（ 2021 年度 ）"],
        ["项目名称：", None, "乡村道路养护"],
        ["主管\n部门：", None, "某县交通运输局", None, "实 施 单 位:", None, "某县公路站"],
    ]
    table = [text if text is None else "\n".join(text) for text in TABLE]
    submission = only(typed(("自评表", [*head, *FUNDING, *GOALS, table, *ROWS, *TOTAL], [])))
    assert submission.text("unit") == "某县公路站"
    assert indicators(submission) == USUAL
    assert faults(submission) == []


def test_label_and_value_may_share_a_cell():
    head = [
        HEAD[0],
        HEAD[1],
        ["项目名称：乡村道路养护"],
        ["主管部门：某县交通运输局    实施单位：某县公路站"],
    ]
    submission = only(typed(("自评表", [*head, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    assert [submission.text(name) for name in ("project", "department", "unit")] == [
        "乡村道路养护",
        "某县交通运输局",
        "某县公路站",
    ]
    assert submission.fields["unit"].place.cell == "A4"


def test_assistance_funds_put_the_weight_before_the_target_and_have_stars_and_parts():
    rows = [
        *HEAD,
        [
            "资金情况（万元）",
            None,
            "全年预算数（A）",
            "全年执行数（B）",
            "分值",
            "执行率（B/A）",
            "得分",
        ],
        [None, "年度资金总额：", 120, 90, 10, 0.75, 7.5],
        [None, "其中：中央补助", 60, 50],
        [None, "地方资金", 60, 40],
        *GOALS,
        [
            "绩效指标",
            "一级指标",
            "二级指标",
            "三级指标",
            "分值",
            "年度指标值",
            "全年实际值",
            "得分",
            "未完成原因和改进措施",
        ],
        [None, "产出指标", "数量指标", "★带动贫困户（户）", 50, "≥50", "50", 50],
        [None, None, None, "其中：脱贫户", None, "30户", "30户"],
        [None, "效益指标", "社会效益指标", "就业人数", 30, "≥20人", "25人", 30],
        [None, "满意度指标", "服务对象满意度指标", "满意度", 10, "90%", "95%", 10],
        ["总分", None, None, None, 100, None, None, 97.5],
    ]
    submission = only(typed(("附1", rows, [])))
    assert indicators(submission) == [
        ("带动贫困户（户）", 50, 50),
        ("就业人数", 30, 30),
        ("满意度", 10, 10),
    ]
    (part,) = submission.rows("indicators", RowKind.PART)
    assert part.text("level3") == "其中：脱贫户"
    target = submission.rows("indicators")[0].entries["target"].quantity
    assert (target.number, target.unit, target.operator) == (Decimal(50), "户", "≥"), (
        "the unit stands in the indicator's name"
    )
    assert [row.number("budget") for row in submission.rows("funding")] == [120, 60, 60], (
        "lines the form does not know are kept"
    )
    assert faults(submission) == []


def test_without_a_weight_column_the_fields_are_read_and_it_is_said():
    table = [*TABLE[:6], "得分", "偏差原因分析及改进措施"]
    rows = [[*row[:6], *row[7:]] for row in ROWS]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], [])))
    assert submission.text("project") == "乡村道路养护"
    assert [row.number("score") for row in submission.rows("indicators")] == [
        Decimal("27.5"),
        20,
        30,
        10,
    ]
    (said,) = [each for each in submission.observations if each.code == "F04"]
    assert said.variant == "unscorable"


def test_the_approved_weight_is_the_weight_where_there_is_no_other():
    table = [{"分值": "批复分值"}.get(label, label) for label in TABLE]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *ROWS], [])))
    assert indicators(submission) == USUAL
    assert faults(submission) == []


def test_without_weights_and_scores_it_cannot_be_scored():
    table, rows = TABLE[:6], [row[:6] for row in ROWS]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], [])))
    assert [row.text("level3") for row in submission.rows("indicators")] == [
        name for name, _, _ in USUAL
    ]
    assert ("unscorable" in {each.variant for each in submission.observations}) is True


def test_scores_merged_over_several_rows_count_once_and_it_is_said():
    rows = [list(row) for row in ROWS]
    rows[0][6:8], rows[1][6:8] = [50, 47.5], [None, None]
    data = typed(
        (
            "自评表",
            [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL],
            ["G13:G14", "H13:H14", "B13:B14"],
        )
    )
    submission = only(data)
    first, second, *_ = submission.rows("indicators")
    assert (first.number("weight"), first.number("score")) == (Decimal(50), Decimal("47.5"))
    assert (second.entries["weight"].blank, second.entries["weight"].place.cell) == (True, "G13")
    assert ("G13",) in seen(submission, "F10")
    assert ("H13",) in seen(submission, "F10")


def test_operator_value_and_unit_in_columns_of_their_own():
    rows = [
        *HEAD,
        *FUNDING,
        *GOALS,
        [
            "绩效指标",
            "一级指标",
            "二级指标",
            "三级指标",
            "指标性质",
            "指标值",
            "度量单位",
            "实际完成值",
            "分值",
            "得分",
        ],
        [
            None,
            "产出指标",
            "数量指标",
            "养护里程",
            "≥",
            120,
            "公里",
            110,
            50,
            45,
        ],
        [None, "产出指标", "质量指标", "合格率", "=", 100, "%", 100, 20, 20],
        [None, "效益指标", "社会效益指标", "道路更畅通", "定性", "好坏", None, "好", 20, 20],
        ["总分", None, None, None, None, None, None, None, 90, 85, "良"],
    ]
    submission = only(typed(("自评表", rows, [])))
    first, second, third = (
        row.entries["target"].quantity for row in submission.rows("indicators", RowKind.ITEM)
    )
    assert (first.number, first.unit, first.operator) == (Decimal(120), "公里", "≥")
    assert (second.kind, second.number) == (QuantityKind.PERCENT, Decimal(1))
    assert third.kind is QuantityKind.TEXT
    actual = submission.rows("indicators")[0].entries["actual"].quantity
    assert (actual.number, actual.unit) == (Decimal(110), "公里")
    assert submission.text("stated_grade") == "良", "the grade stands beside the total"


def test_adjusted_budget_and_four_lines_of_funds():
    funding = [
        [
            "预算执行情况（万元）",
            None,
            "年初预算",
            "调整后预算数",
            "预算执行数",
            "分值",
            "预算执行率",
            "得分",
        ],
        [None, "合计", 100, 120, 90, 10, "75%", 7.5],
        [None, "财政资金", 60, 60, 50],
        [None, "财政专户管理资金", 10, 20, 10],
        [None, "单位资金", 20, 20, 20],
        [None, "其他资金", 10, 20, 10],
    ]
    tail = [["评价结论", "完成较好"], ["存在问题", "无"], ["改进措施", "继续加强"]]
    submission = only(typed(("自评表", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL, *tail], [])))
    assert [row.number("budget") for row in submission.rows("funding")] == [120, 60, 20, 20, 20]
    assert indicators(submission) == USUAL


def test_the_execution_rate_may_be_an_ordinary_indicator():
    rows = [*ROWS, [None, "预算执行率（10分）", "预算执行率", "预算执行率", "100%", "75%", 10, 7.5]]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    last = submission.rows("indicators", RowKind.ITEM)[-1]
    assert (last.text("level3"), last.number("score")) == ("预算执行率", Decimal("7.5"))


def test_a_flat_list_has_no_levels():
    rows = [
        *HEAD,
        *FUNDING,
        *GOALS,
        [
            "序号",
            "指标名称",
            "计量单位",
            "指标性质",
            "指标值",
            "指标权重",
            "全年完成值",
            "指标得分",
        ],
        [1, "养护里程", "公里", "≥", 120, 50, 110, 45],
        [2, "群众满意度", "%", "≥", 90, 40, 96, 40],
        [None, "合计", None, None, None, 90, None, 85],
    ]
    submission = only(typed(("自评表", rows, [])))
    assert indicators(submission) == [("养护里程", 50, 45), ("群众满意度", 40, 40)]
    assert submission.number("stated_total") is None, "the execution of the budget is scored apart"
    (added,) = submission.rows("indicators", RowKind.SUBTOTAL)
    assert (added.number("weight"), added.number("score")) == (90, 85)


EVALUATION = [
    ["项目支出绩效评价表"],
    ["项目名称", "外事活动"],
    ["主管部门", "某市外办", None, "项目实施单位", "某市外办本级"],
    ["项目类型", "☑经常性项目 ☐一次性项目"],
    ["一级指标", "分值", "二级指标", "分值", "三级指标", "分值", "得分", "得分率"],
    ["A决策", 6, "A1项目立项", 6, "A101立项依据充分性", 3, 3, "100%"],
    [None, None, None, None, "A102 立项程序规范性", 3, 2, "66.67%"],
    [None, None, "小计", None, None, 6, 5, None],
    ["产出", 94, "产出数量", 94, "产出数量", 94, 90, "95.74%"],
    ["合计", 100, None, 100, None, 100, 95, None],
]


def test_a_weight_column_for_each_level_with_subtotals_and_codes():
    submission = only(typed(("评分表", EVALUATION, ["A6:A8", "B6:B8", "C6:C7", "D6:D7"])))
    assert submission.form == "project_evaluation"
    first, second, third = submission.rows("indicators", RowKind.ITEM)
    assert [
        first.number(name) for name in ("level1_weight", "level2_weight", "weight", "score")
    ] == [6, 6, 3, 3]
    assert (second.text("level3"), second.number("level2_weight")) == ("立项程序规范性", 6)
    assert first.text("level3") == "立项依据充分性"
    assert third.number("weight") == 94
    assert [row.number("score") for row in submission.rows("indicators", RowKind.SUBTOTAL)] == [5]
    assert submission.number("stated_total") == 95
    assert submission.fields["project_type"].choice.ticked == ("经常性项目",)


def test_the_total_may_stand_at_the_top():
    head = [*HEAD, ["自评总分", None, 95, None, "评价等次", None, "优"]]
    submission = only(typed(("自评表", [*head, *FUNDING, *GOALS, TABLE, *ROWS], [])))
    assert (submission.number("stated_total"), submission.text("stated_grade")) == (
        Decimal(95),
        "优",
    )
    assert indicators(submission) == USUAL


def test_the_first_row_of_the_table_may_be_its_total():
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, *TOTAL, *ROWS], [])))
    assert submission.number("stated_total") == Decimal(95)
    assert indicators(submission) == USUAL


def test_own_and_reviewers_scores_side_by_side_under_one_header():
    table = [*TABLE[:7], "得分", None, "佐证资料"]
    second = [None] * 7 + ["自评分", "复核分"]
    rows = [[*row[:8], 1, "见附件"] for row in ROWS]
    merges = ["H12:I12", *(f"{letter}12:{letter}13" for letter in "BCDEFGJ")]
    submission = only(
        typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, second, *rows, *TOTAL], merges))
    )
    assert indicators(submission) == USUAL


def test_two_columns_that_claim_to_be_the_score_are_both_named():
    table = [*TABLE[:8], "自评得分", "偏差原因分析及改进措施"]
    rows = [[*row[:8], 1] for row in ROWS]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], [])))
    (said,) = [each for each in submission.observations if each.code == "F04"]
    assert (said.variant, [place.cell for place in said.places]) == ("ambiguous", ["H12", "I12"])


def test_columns_may_stand_in_any_order():
    order = [0, 3, 7, 6, 5, 4, 2, 1]
    rows = [[(list(row) + [None] * 9)[at] for at in order] for row in (TABLE, *ROWS)]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, *rows], [])))
    assert indicators(submission) == USUAL


def test_a_second_table_beside_the_first_is_read_after_it():
    table = [*TABLE[1:8], None, *TABLE[1:8]]
    left, right = ROWS[:2], ROWS[2:]
    rows = [[*one[1:8], None, *other[1:8]] for one, other in zip(left, right, strict=True)]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], [])))
    assert indicators(submission) == USUAL


def test_rows_behind_the_total_are_not_lost():
    extra = [None, "产出指标", "数量指标", "后加的指标", "5个", "5个", 5, 5]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL, extra], [])))
    assert indicators(submission)[-1] == ("后加的指标", 5, 5)


def test_blank_rows_between_change_nothing():
    rows = [line for row in ROWS for line in (row, [])]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    assert indicators(submission) == USUAL


def test_notes_under_the_table_are_no_indicators():
    notes = [
        ["注：1.各级指标按批复填写。"],
        ["填报人：李某", None, None, "联系电话：0791-88888888"],
    ]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *notes], [])))
    assert indicators(submission) == USUAL
    assert submission.text("phone") == "0791-88888888"


@pytest.mark.parametrize(
    "legend",
    [
        ["栏次", 1, 2, 3, 4, 5, 6, 7],
        [None, None, None, None, "(A)", "（B）", None, "C"],
        [None, "1", "2", "3", "4", "5", "6", "7"],
    ],
)
def test_a_row_that_numbers_the_columns_is_no_indicator(legend):
    submission = only(
        typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, legend, *ROWS, *TOTAL], []))
    )
    assert indicators(submission) == USUAL


def test_two_rows_that_number_and_letter_the_columns_are_no_indicators():
    legends = [["栏次", 1, 2, 3, 4, 5, 6, 7], [None, None, None, None, "(A)", "（B）", None, "C"]]
    sheet = [*HEAD, *FUNDING, *GOALS, TABLE, *legends, *ROWS, *TOTAL]
    assert indicators(only(typed(("自评表", sheet, [])))) == USUAL


def test_further_down_a_row_whose_figures_happen_to_run_is_an_indicator():
    running = [None, None, None, "改建涵洞", 5, 6, 7, 8]
    sheet = [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS[:2], running, *ROWS[2:], *TOTAL]
    read = indicators(only(typed(("自评表", sheet, []))))
    assert read == [*USUAL[:2], ("改建涵洞", Decimal(7), Decimal(8)), *USUAL[2:]]


def test_one_header_over_operator_value_and_unit_names_its_three_columns_below():
    table = [
        "绩效指标",
        "一级指标",
        "二级指标",
        "三级指标",
        "年度指标值",
        None,
        None,
        "实际完成值",
        "分值",
        "得分",
    ]
    second = [None, None, None, None, "指标性质", "指标值", "度量单位"]
    rows = [[None, "产出指标", "数量指标", "养护里程", "≥", 120, "公里", 110, 50, 45]]
    merges = ["E12:G12", *(f"{letter}12:{letter}13" for letter in "BCDHIJ")]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, second, *rows], merges)))
    target = submission.rows("indicators")[0].entries["target"].quantity
    assert (target.number, target.unit, target.operator) == (Decimal(120), "公里", "≥")


def test_one_header_over_several_cells_joins_what_stands_in_them():
    table = [
        "绩效指标",
        "一级指标",
        "二级指标",
        "三级指标",
        "年度指标值",
        None,
        None,
        "实际完成值",
        "分值",
        "得分",
    ]
    rows = [[None, "产出指标", "数量指标", "养护里程", "≥", 120, "公里", 110, 50, 45]]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], ["E12:G12"])))
    target = submission.rows("indicators")[0].entries["target"].quantity
    assert (target.number, target.unit, target.operator) == (Decimal(120), "公里", "≥")


def test_amounts_in_yuan_are_converted_where_the_header_says_so():
    funding = [
        ["项目资金", None, "年初预算数（元）", "全年预算数（元）", "全年执行数（元）"],
        [None, "年度资金总额", 1000000, 1200000, "900,000"],
    ]
    submission = only(typed(("自评表", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    total = submission.row("funding", "total")
    assert [total.number(name) for name in ("initial_budget", "budget", "executed")] == [
        100,
        120,
        90,
    ]
    assert [each.expected for each in submission.observations if each.code == "F10"][:3] == [
        "100万元",
        "120万元",
        "90万元",
    ]


def test_amounts_in_yuan_are_converted_where_the_sheet_says_so():
    head = [*HEAD, [None, None, None, None, None, None, "单位：元"]]
    funding = [
        ["项目资金", None, "全年预算数", "全年执行数"],
        [None, "年度资金总额", 1200000, 900000],
    ]
    submission = only(typed(("自评表", [*head, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    assert submission.row("funding", "total").number("budget") == 120


def test_a_fund_line_without_a_label_is_not_lost():
    funding = [FUNDING[0], FUNDING[1], FUNDING[2], [None, None, 5, 6, 7], *FUNDING[3:]]
    submission = only(typed(("自评表", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    assert [row.number("executed") for row in submission.rows("funding")] == [90, 70, 7, 20, None]


def test_the_label_of_a_fund_line_may_stand_behind_its_own_cell_of_which():
    funding = [
        ["项目资金", None, None, *FUNDING[0][2:]],
        [None, "年度资金总额", None, *FUNDING[1][2:]],
        [None, "其中：", "当年财政拨款", *FUNDING[2][2:]],
    ]
    submission = only(typed(("自评表", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], ["A5:A7"])))
    assert [row.key for row in submission.rows("funding")] == ["total", "current"]


@pytest.mark.parametrize(
    ("title", "year"),
    [
        (["2021年度项目支出绩效自评表"], 2021),
        (["项目支出绩效自评表（2021年）"], 2021),
        (["二〇二一年度项目支出绩效自评表"], 2021),
        (["项目支出绩效自评表（二○二一年度）"], 2021),
        (["项目支出绩效自评表", None, "填报日期：2022年1月5日"], None),
        (["某市2021年度预算项目"], 2021),
    ],
)
def test_the_year_of_a_title(title, year):
    submission = only(
        typed(("自评表", [title, [], *HEAD[2:], *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL], []))
    )
    assert submission.number("year") == year


def test_a_level_may_name_its_points_without_brackets():
    rows = [[None, "产出指标50分", *ROWS[0][2:]], *ROWS[1:]]
    submission = only(typed(("自评表", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    first = submission.rows("indicators")[0]
    assert (first.text("level1"), first.number("level1_weight")) == ("产出指标", 50)


def test_who_hands_in_is_asked_where_two_cells_name_two_bodies_and_not_where_one_says_more() -> (
    None
):
    def named(label: str, value: str) -> list[tuple[str, list[str]]]:
        rows = [*HEAD, [label, None, value], *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL]
        noticed = only(typed(("自评表", rows, []))).observations
        return [
            (each.code, [place.cell for place in each.places])
            for each in noticed
            if each.variant in ("cells", "ambiguous")
        ]

    assert named("主管部门", "某县水利局") == [("D10", ["C4", "C5"])]
    assert named("项目名称", "河道清淤") == [("D10", ["C3", "C5"])]
    assert named("主管部门", "交通运输局") == named("项目名称", "乡村道路养护（二期）") == []
