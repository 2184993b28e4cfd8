"""What others typed is not only read but assessed without findings that the layout alone would
raise.
"""

from datetime import date

import pytest

from evalbatch.checks.assess import assess
from evalbatch.standards.policy_library import load_policies
from reading.test_layouts import FUNDING, GOALS, HEAD, ROWS, TABLE, TOTAL, national
from reading.typed import FORMS, only, typed

POLICY = load_policies()["cz2020_self"]
AS_OF = date(2022, 3, 1)


def assessed(data):
    submission = only(data)
    return assess(submission, FORMS[submission.form], POLICY, AS_OF)


def codes(evaluation):
    return {finding.code for finding in evaluation.findings}


def test_the_national_form_typed_by_somebody_else_gets_its_score():
    evaluation = assessed(national())
    assert (evaluation.scores.final_total, evaluation.scores.grade) == (95, "优")
    assert codes(evaluation).isdisjoint(
        {"F04", "B01", "W01", "S01", "S05", "S08", "M02", "M03", "V01"}
    )


def test_a_figure_merged_over_two_rows_is_not_missed_in_the_second():
    rows = [list(row) for row in ROWS]
    rows[0][6:8], rows[1][6:8] = [50, 47.5], [None, None]
    evaluation = assessed(
        typed(
            (
                "自评表",
                [*HEAD, *FUNDING, *GOALS, TABLE, *rows, *TOTAL],
                ["G13:G14", "H13:H14", "B13:B14"],
            )
        )
    )
    assert evaluation.scores.weight_total == 100
    assert codes(evaluation).isdisjoint({"B01", "W01", "S01", "S05"})


def test_a_form_without_weights_is_told_so_once_and_gets_no_total():
    table, rows = [*TABLE[:6], *TABLE[7:]], [[*row[:6], *row[7:]] for row in ROWS]
    evaluation = assessed(typed(("自评表", [*HEAD, *FUNDING, *GOALS, table, *rows], [])))
    assert (evaluation.scores.final_total, evaluation.scores.grade) == (None, "")
    assert [
        finding.code for finding in evaluation.findings if finding.code in ("F04", "W01", "B01")
    ] == ["F04"]


MONEY_HEAD = ["年初预算数", "全年预算数（A）", "全年执行数（B）", "分值", "执行率（B/A）", "得分"]


def explained(label: str, of_total: str, of_part: str = "") -> set[str]:
    """What group X finds in a form whose funding block has a column of reasons."""
    amounts = [100, 100, 60, 10, "60%", 6]
    block = [
        ["项目资金（万元）", None, *MONEY_HEAD, label],
        [None, "年度资金总额", *amounts, of_total],
        [None, "其中：当年财政拨款", *amounts[:3], "—", "60%", "—", of_part],
    ]
    done = [[*row[:6], row[6], row[6], *row[8:]] for row in ROWS]
    found = codes(assessed(typed(("自评表", [*HEAD, *block, *GOALS, TABLE, *done], []))))
    return found & {"X01", "X02", "X05"}


@pytest.mark.parametrize(
    "label",
    ["原因", "备注", "偏差原因分析及改进措施", "执行率偏低原因", "资金结余原因及处理", "情况说明"],
)
def test_a_reason_in_the_funding_block_counts_beside_the_total_or_a_source(label: str):
    reason = "设备招标推迟，尾款40万元结转下年支付"
    assert explained(label, reason) == set()
    assert explained(label, "", reason) == set()
    assert explained(label, "") == {"X02", "X05"}  # X01 asks for nothing that X02 asks for


def test_the_reason_of_the_money_excuses_no_other_row():
    rows = [list(row) for row in ROWS]
    rows[0] = [*rows[0][:7], 10]
    block = [
        ["项目资金（万元）", None, *MONEY_HEAD, "原因"],
        [None, "年度资金总额", 100, 100, 60, 10, "60%", 6, "设备招标推迟，尾款结转下年支付"],
    ]
    evaluation = assessed(typed(("自评表", [*HEAD, *block, *GOALS, TABLE, *rows], [])))
    (finding,) = [each for each in evaluation.findings if each.code == "X01"]
    assert "养护里程" in finding.message
