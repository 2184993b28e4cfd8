"""What reviewers do to a round's workbook, and what is read back from it."""

from copy import copy
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from evalbatch.cycle.reviews import OPEN, files_in
from evalbatch.model.decisions import DecisionKind, ReviewState, Verdict
from reviews.rounds import HEAD, WHOLE, asked, fill, reading, round_bytes


def test_a_round_nobody_filled_in_says_nothing():
    found = reading(("第1轮.xlsx", round_bytes()))
    (receipt,) = found.receipts
    assert found.decisions == ()
    assert (receipt.taken, receipt.blank, receipt.faults, receipt.unknown) == (0, 3, [], [])


def test_a_whole_line_is_a_decision_bound_to_what_was_seen():
    found = reading(("第1轮.xlsx", fill(round_bytes(), {"R1-002": {**WHOLE, "score": 7.5}})))
    (decision,) = found.decisions
    assert (decision.score, decision.by, decision.on) == (Decimal("7.5"), "周一", date(2027, 4, 12))
    assert (decision.facts, decision.rule, decision.kind) == (
        "facts2",
        "rule2",
        DecisionKind.REVIEW,
    )
    assert str(decision.place) == "复核清单!Q5"
    assert found.receipts[0].taken == 1


def test_the_rules_own_score_needs_no_reason():
    agreed = {"score": 8, "by": "周一", "on": date(2027, 4, 12)}
    assert reading(("a.xlsx", fill(round_bytes(), {"R1-001": agreed}))).decisions


@pytest.mark.parametrize(
    ("changes", "cell", "says"),
    [
        ({"reason": None, "score": 5}, "T4", "不同的须写"),
        ({"by": None}, "R4", "必填"),
        ({"on": None}, "S4", "日期"),
        ({"by": "周一、吴二"}, "R4", "一个人"),
        ({"by": "周一和吴二丁"}, "R4", "一个人"),
        ({"on": date(2027, 5, 1)}, "S4", "不晚于"),
        ({"on": "明天"}, "S4", "日期"),
        ({"score": 11}, "Q4", "0 到分值 10"),
        ({"score": -1}, "Q4", "0 到分值"),
        ({"score": 9.5}, "Q4", "不高于自评"),
        ({"score": "很好"}, "Q4", "数字"),
        ({"score": None}, "Q4", "数字"),
        ({"score": 7.123}, "Q4", "两位小数"),
        ({"verdict": "再议"}, "U4", "维持"),
        ({"项目名称": "另一个项目"}, "D4", "河道清淤项目"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_cell_and_the_rest_counts(changes, cell, says):
    answers = {"R1-001": {**WHOLE, **changes}, "R1-003": WHOLE}
    found = reading(("第1轮.xlsx", fill(round_bytes(), answers)))
    (receipt,) = found.receipts
    assert [each.number for each in found.decisions] == ["R1-003"]
    fault = next(each for each in receipt.faults if each.where.endswith(f"复核清单!{cell}"))
    assert says in fault.expected
    assert fault.where.startswith("复核/第1轮.xlsx ")
    assert (receipt.taken, receipt.blank) == (1, 1)


def test_only_the_names_that_the_settings_list_may_sign():
    data = fill(round_bytes(), {"R1-001": WHOLE, "R1-002": {**WHOLE, "by": "钱 五"}})
    found = reading(("a.xlsx", data), reviewers=("钱五",))
    assert [each.by for each in found.decisions] == ["钱五"]
    assert "[review]" in found.receipts[0].faults[0].expected


def test_a_policy_may_let_a_review_raise_the_claim():
    data = fill(round_bytes(), {"R1-001": {**WHOLE, "score": 9.5}})
    assert reading(("a.xlsx", data), above_claim=frozenset({"self_evaluation"})).decisions[
        0
    ].score == Decimal("9.5")


def disguise(book):
    """Insert columns and rows, colour, sort, rename and copy: what people do to a list."""
    page = book["复核清单"]
    page.insert_cols(3)
    page.cell(HEAD, 3).value = "分工"
    page.insert_rows(1, 2)
    page.title = "李四的一份"
    page["A6"].fill = PatternFill("solid", "FFFF00")
    other = book.create_sheet("便签")
    other["A1"] = "联系人清单"


def test_added_columns_rows_sheets_and_names_lose_nothing():
    data = fill(round_bytes(), {"R1-002": WHOLE}, edit=disguise)
    found = reading(("王五改过的一份 (2).xlsx", data))
    assert [each.number for each in found.decisions] == ["R1-002"]
    assert found.receipts[0].faults == []


def test_several_work_in_several_copies_and_equal_lines_count_once():
    one = fill(round_bytes(), {"R1-001": WHOLE})
    other = fill(round_bytes(), {"R1-001": WHOLE, "R1-002": {**WHOLE, "by": "吴二"}})
    found = reading(("a.xlsx", one), ("b/b.xlsx", other))
    assert {(each.number, each.by) for each in found.decisions} == {
        ("R1-001", "周一"),
        ("R1-002", "吴二"),
    }


def test_a_list_copied_into_another_workbook_is_known_by_the_ledger():
    source = load_workbook(BytesIO(fill(round_bytes(), {"R1-001": WHOLE})))["复核清单"]
    book = Workbook()
    for row in source.iter_rows(min_row=HEAD):
        book.active.append([copy(cell.value) for cell in row])
    stream = BytesIO()
    book.save(stream)
    plain = reading(("a.xlsx", stream.getvalue()))
    assert plain.decisions == ()
    assert "编号" in plain.receipts[0].unknown[0].expected
    assert reading(("a.xlsx", stream.getvalue()), known={"R1-001": asked()}).decisions


def test_a_line_under_another_number_is_unknown_and_named():
    data = fill(round_bytes(1), {"R1-001": {**WHOLE, "编号": "R9-999"}})
    (receipt,) = reading(("a.xlsx", data)).receipts
    assert (receipt.unknown[0].found, receipt.taken) == ("R9-999", 0)


def test_keeping_and_taking_back_need_a_name_and_a_day_but_no_score():
    keep = {"verdict": "维持", "by": "周一", "on": date(2027, 4, 12)}
    back = {"verdict": "撤回", "by": "吴二", "on": date(2027, 4, 12)}
    found = reading(("a.xlsx", fill(round_bytes(), {"R1-001": keep, "R1-002": back})))
    assert {each.verdict for each in found.decisions} == {Verdict.KEEP, Verdict.WITHDRAW}
    assert not reading(("a.xlsx", fill(round_bytes(), {"R1-001": {"verdict": "维持"}}))).decisions


def test_who_is_no_party_to_a_split_settles_it():
    split = {"R1-001": asked(state=ReviewState.SPLIT, parties=("周一", "吴二"))}
    third = fill(round_bytes(1), {"R1-001": {**WHOLE, "by": "郑三"}})
    assert reading(("a.xlsx", third), known=split).decisions[0].kind is DecisionKind.RULING
    own = fill(round_bytes(1), {"R1-001": WHOLE})
    assert reading(("a.xlsx", own), known=split).decisions[0].kind is DecisionKind.REVIEW


def test_what_is_no_round_and_what_is_damaged_is_named_and_the_rest_counts(tmp_path):
    (tmp_path / "坏.xlsx").write_bytes(round_bytes()[:900])
    (tmp_path / "便签.docx").write_bytes(b"PK")
    (tmp_path / "~$好.xlsx").write_bytes(b"lock")
    (tmp_path / "好.xlsx").write_bytes(fill(round_bytes(), {"R1-001": WHOLE}))
    book = Workbook()
    book.active["A1"] = "会议记录"
    book.save(tmp_path / "记录.xlsx")
    found = reading(*((each.name, each.data) for each in files_in(tmp_path) if each.data))
    assert len(found.decisions) == 1
    receipts = {each.file.rpartition("/")[2]: each for each in found.receipts}
    assert receipts["坏.xlsx"].faults
    assert "没有找到复核清单" in receipts["记录.xlsx"].note
    notes = {each.name: each.note for each in files_in(tmp_path)}
    assert notes["好.xlsx"] == OPEN
    assert "不是工作簿" in notes["便签.docx"]
    assert "~$好.xlsx" not in notes


def test_a_formula_in_a_name_stays_a_text():
    page = load_workbook(BytesIO(round_bytes()))["复核清单"]
    assert page["G5"].value == "=清淤 方量"
    assert page["G5"].data_type == "s"


def test_the_same_round_is_the_same_bytes():
    assert round_bytes() == round_bytes()
