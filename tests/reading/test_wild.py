"""Workbooks typed by others: what the layouts alone must not make wrong, and what must not be
guessed.
"""

from datetime import date

import pytest

from evalbatch.checks.assess import assess
from evalbatch.model.finding import Severity
from evalbatch.model.submission import RowKind, State
from evalbatch.standards.policy_library import load_policies
from reading.test_layouts import FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL
from reading.typed import FORMS, only, seen, typed

POLICIES = load_policies()
AS_OF = date(2022, 3, 1)


def errors(submission):
    form = FORMS[submission.form]
    found = assess(submission, form, POLICIES[form.policy], AS_OF).findings
    return {finding.code for finding in found if finding.severity is Severity.ERROR}


def test_the_year_is_read_from_a_title_with_blank_rows_above_it():
    rows = [[]] * 6 + [
        [None, None, *row] for row in (*HEAD, *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL)
    ]
    assert only(typed(("Sheet1", rows, []))).number("year") == 2021


def test_an_operator_in_a_column_of_its_own_is_no_placeholder():
    table = [*TABLE[:4], "指标性质", *TABLE[4:]]
    rows = [[*row[:4], "≥", row[4].lstrip("≥"), *row[5:]] for row in ROWS]
    submission = only(
        typed(
            ("Sheet1", [*HEAD, *FUNDING, *GOALS, table, *rows, ["总分", *[None] * 6, 100, 95]], [])
        )
    )
    assert [
        row.get("target").quantity.operator for row in submission.rows("indicators", RowKind.ITEM)
    ] == ["≥"] * 4
    assert "B03" not in errors(submission)


@pytest.mark.parametrize(
    ("typed_text", "notes"), [("≥1,200公里", 0), ("≥1，200公里", 1), ("≥１２００公里", 1)]
)
def test_only_what_was_changed_is_called_normalised(typed_text, notes):
    rows = [[*ROWS[0][:4], typed_text, *ROWS[0][5:]], *ROWS[1:]]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    assert submission.rows("indicators")[0].get("target").quantity.number == 1200
    assert seen(submission, "F10").count(("E13",)) == notes


def headed(*line):
    """Return a form whose third line is the given one."""
    rows = [*HEAD[:2], ["项目名称", "道路养护"], list(line), *FUNDING, *GOALS, TABLE, *ROWS, *TOTAL]
    return only(typed(("Sheet1", rows, [])))


@pytest.mark.parametrize(
    "line",
    [
        ["主管部门", None, "分管领导：", None, "实施单位", "某站"],
        ["主管部门", None, "分管领导", None, "实施单位", "某站"],
        ["主管部门", None, "分管领导", "张某", "实施单位", "某站"],
        ["主管部门", "分管领导", "张某", "实施单位", "某站"],
        ["主管部门", "分管领导：", None, "实施单位", "某站"],
        ["主管部门", None, None, "填表日期：", None, "实施单位", "某站"],
    ],
)
def test_the_next_label_is_not_taken_for_the_value_of_a_blank(line):
    submission = headed(*line)
    assert (submission.get("department").state, submission.text("unit")) == (State.BLANK, "某站")
    assert "B01" in errors(submission)


@pytest.mark.parametrize(
    "line",
    [
        ["主管部门", "某局", "分管领导", "张某"],
        ["主管部门", None, None, "某局", "实施单位", "某站"],
    ],
)
def test_a_value_beside_a_strange_label_is_read(line):
    assert headed(*line).text("department") == "某局"


@pytest.mark.parametrize("label", ["总额", "本年投入", "小计"])
def test_the_total_row_of_the_funding_is_found_under_other_names(label):
    funding = [FUNDING[0], [None, label, *FUNDING[1][2:]], *FUNDING[2:]]
    submission = only(typed(("Sheet1", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    row = submission.row("funding", "total")
    assert (row.kind, row.number("budget"), row.number("weight"), row.number("score")) == (
        RowKind.TOTAL,
        120,
        10,
        7.5,
    )
    assert errors(submission).isdisjoint({"W01", "S05", "M02", "F04"})


def test_funding_without_a_total_row_is_said():
    submission = only(
        typed(("Sheet1", [*HEAD, FUNDING[0], *FUNDING[2:], *GOALS, TABLE, *ROWS, *TOTAL], []))
    )
    assert submission.row("funding", "total") is None
    assert "F04" in errors(submission)


def test_a_weight_printed_in_brackets_counts_where_the_funding_has_no_column_for_it():
    funding = [
        ["预算执行情况（20分）", None, "预算数（A）", "执行数（B）", "执行率", "得分"],
        [None, "资金总额", 100, 90, "90%", 18],
    ]
    submission = only(typed(("Sheet1", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    total = submission.row("funding", "total")
    assert (total.number("weight"), total.get("weight").place.cell) == (20, "A5")
    assert "S08" not in errors(submission)


def test_the_parts_of_an_indicator_go_on_below_the_first_one():
    more = [
        [None, None, None, "其中：甲线", "≥60公里", "55公里"],
        [None, None, None, "乙线", "≥60公里", "55公里"],
    ]
    rows = [ROWS[0], *more, *ROWS[1:]]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    assert [row.text("level3") for row in submission.rows("indicators", RowKind.PART)] == [
        "其中：甲线",
        "乙线",
    ]
    assert len(submission.rows("indicators", RowKind.ITEM)) == 4
    assert "B01" not in errors(submission)


def test_an_indicator_without_weight_that_is_no_part_is_a_blank():
    more = [
        [None, None, None, "其中：甲线", "≥60公里", "55公里"],
        [None, None, "时效指标", "完工率", "100%", "100%"],
    ]
    submission = only(
        typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, ROWS[0], *more, *ROWS[1:], *TOTAL], []))
    )
    assert len(submission.rows("indicators", RowKind.ITEM)) == 5
    assert "B01" in errors(submission)


def test_a_part_that_repeats_weight_or_score_is_no_second_indicator_and_is_said():
    more = [[None, None, None, "其中：甲线", "≥60公里", "55公里", 30, 27.5]]
    submission = only(
        typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, ROWS[0], *more, *ROWS[1:], *TOTAL], []))
    )
    found = assess(submission, FORMS[submission.form], POLICIES["cz2020_self"], AS_OF).findings
    assert [
        place.cell for finding in found if finding.code == "M07" for place in finding.places
    ] == ["G14", "H14"]
    assert errors(submission).isdisjoint({"W01", "S05"})


ANNEX = [
    ["项目支出绩效评价表"],
    ["项目名称", "智慧停车", None, None, "主管部门", "某局"],
    ["项目实施单位", "某中心", None, None, "评价年度", 2022],
    ["一级指标", "分值", "二级指标", "分值", "三级指标", "分值", "得分", "扣分原因"],
    ["决策", 40, "项目立项", 40, "立项依据充分性", 40, 40],
    ["产出", 60, "产出数量", 60, "产出数量", 60, 60],
    ["总分", 100, None, 100, None, 100, 100],
]


def test_a_score_table_after_the_annex_is_not_returned_for_what_the_annex_lacks():
    submission = only(typed(("Sheet1", ANNEX, [])))
    found = assess(
        submission, FORMS["project_evaluation"], POLICIES["cz2020_evaluation"], AS_OF
    ).findings
    missing = [(finding.severity, finding.expected) for finding in found if finding.code == "F04"]
    assert [severity for severity, _ in missing] == [Severity.WARNING] * 2
    assert {expected.partition("（")[0] for _, expected in missing} == {"项目资金", "项目类型"}


@pytest.mark.parametrize("prefix", ["", "一、"])
def test_a_level_printed_across_the_table_is_the_level_of_the_rows_below(prefix):
    rows, merges = [], []
    for row in ROWS:
        if row[1]:
            merges.append(f"A{len(rows) + 13}:I{len(rows) + 13}")
            rows.append([prefix + row[1]])
        rows.append([None, None, *row[2:]])
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], merges)))
    read = [
        (row.text("level1"), row.number("level1_weight"), row.text("level2"))
        for row in submission.rows("indicators", RowKind.ITEM)
    ]
    assert read == [
        ("产出指标", 50, "数量指标"),
        ("产出指标", 50, "质量指标"),
        ("效益指标", 30, "社会效益指标"),
        ("满意度指标", 10, "服务对象满意度指标"),
    ]
    assert submission.number("stated_total") == 95


def test_a_header_repeated_on_the_next_page_is_no_indicator():
    submission = only(
        typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *ROWS[:2], TABLE, *ROWS[2:], *TOTAL], []))
    )
    assert [row.text("level1") for row in submission.rows("indicators", RowKind.ITEM)] == [
        "产出指标"
    ] * 2 + [
        "效益指标",
        "满意度指标",
    ]
    assert errors(submission).isdisjoint({"S01", "V01"})


def test_a_label_with_a_remark_in_brackets_is_known_before_its_value_in_the_same_cell():
    rows = [
        *HEAD[:3],
        ["主管部门（盖章）：某局", None, None, "实施单位（公章）：某站"],
        *FUNDING,
        *GOALS,
        TABLE,
        *ROWS,
        *TOTAL,
    ]
    submission = only(typed(("Sheet1", rows, [])))
    assert (submission.text("department"), submission.text("unit")) == ("某局", "某站")


@pytest.mark.parametrize(
    ("amount", "meant"), [("90万元", 90), ("90万", 90), ("900,000.00元", 90), ("￥90", 90)]
)
def test_an_amount_with_its_unit_is_read_in_ten_thousands(amount, meant):
    funding = [FUNDING[0], [*FUNDING[1][:4], amount, *FUNDING[1][5:]], *FUNDING[2:]]
    submission = only(typed(("Sheet1", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    assert submission.row("funding", "total").number("executed") == meant


def test_the_execution_rate_given_in_the_funding_and_again_as_an_indicator_counts_once():
    again = [
        None,
        "预算执行率",
        "预算执行率",
        "预算执行率",
        "100%",
        "75%",
        10,
        7.5,
        "工程款按合同于次年支付",
    ]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, again, *ROWS, *TOTAL], [])))
    evaluation = assess(submission, FORMS[submission.form], POLICIES["cz2020_self"], AS_OF)
    assert evaluation.scores.final_total == 95
    assert [
        place.cell
        for finding in evaluation.findings
        if finding.code == "M07"
        for place in finding.places
    ] == ["G13", "H13"]
    assert errors(submission).isdisjoint({"W01", "S05"})


def test_ten_thousands_are_no_points_and_no_count():
    funding = [FUNDING[0], [*FUNDING[1][:5], "10万", *FUNDING[1][6:]], *FUNDING[2:]]
    submission = only(typed(("Sheet1", [*HEAD, *funding, *GOALS, TABLE, *ROWS, *TOTAL], [])))
    assert submission.row("funding", "total").get("weight").state is State.UNREADABLE


@pytest.mark.parametrize(
    ("target", "actual", "cell"),
    [("290%", "92%", "E16"), ("≥90%", "292%", "F16"), ("290%", "296%", "E16")],
)
def test_a_share_above_the_whole_that_came_from_paper_is_said_and_not_repaired(
    target, actual, cell
):
    rows = [*ROWS[:3], [*ROWS[3][:4], target, actual, *ROWS[3][6:]]]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    found = assess(submission, FORMS[submission.form], POLICIES["cz2020_self"], AS_OF).findings
    assert cell in [
        place.cell for finding in found if finding.code == "V01" for place in finding.places
    ]
    assert submission.rows("indicators", RowKind.ITEM)[3].text("target") == target


@pytest.mark.parametrize(
    "name", ["合计", "总分", "小计", "总计", "说明", "备注", "项目负责人", "得分"]
)
def test_an_indicator_with_values_and_a_weight_of_its_own_is_one_whatever_it_is_called(name):
    rows = [[*ROWS[0][:3], name, *ROWS[0][4:]], *ROWS[1:]]
    submission = only(typed(("Sheet1", [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL], [])))
    names = [row.text("level3") for row in submission.rows("indicators", RowKind.ITEM)]
    assert names == [name, "验收合格率", "投诉下降", "群众满意度"]
    assert errors(submission).isdisjoint({"W01", "S05"})
