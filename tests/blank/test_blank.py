"""Blank and filled workbooks: what a department sees, and what the reader gets back."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from repository import TEMPLATES

from blank.filled import (
    FORMS,
    POLICIES,
    annual_management,
    faulty_self_evaluation,
    made,
    project_evaluation,
    road_self_evaluation,
)
from evalbatch.blanks.blank_workbook import build
from evalbatch.model.submission import RowKind, Stamp, State, Submission
from evalbatch.reading.reader import read


def reread(form: str, prefill: dict[str, object] | None = None, policy: str = "") -> Submission:
    (submission,) = read(made(form, prefill, policy), "表.xlsx", FORMS)
    return submission


def sheet(data: bytes, name: str, *, values: bool = False) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=values)[name]


def selfcheck(data: bytes) -> Iterator[str]:
    for cell, *_ in sheet(data, "填报说明", values=True).iter_rows(values_only=True):
        if str(cell)[:1] in ("×", "√"):
            yield str(cell)


@pytest.mark.parametrize("form", FORMS)
def test_the_blanks_in_the_repository_are_what_build_makes(form: str) -> None:
    path = TEMPLATES / f"{FORMS[form].title}.xlsx"
    assert path.read_bytes() == made(form), "run scripts/make_blanks.py"


@pytest.mark.parametrize("form", FORMS)
def test_a_blank_is_small_and_the_same_bytes_every_time(form: str) -> None:
    data = made(form)
    assert len(data) < 60_000
    assert data == made(form)


@pytest.mark.parametrize("form", FORMS)
def test_a_blank_is_read_as_its_form_without_a_remark(form: str) -> None:
    submission = reread(form)
    assert submission.form == form
    assert submission.observations == ()
    only_others = {"shared_reason"}  # a box of other offices' forms, which ours do not print
    assert set(submission.fields) == set(FORMS[form].fields) - only_others
    assert set(submission.tables) == set(FORMS[form].tables)


@pytest.mark.parametrize("form", FORMS)
def test_every_sheet_prints_on_a4_one_page_wide_and_is_protected_without_password(
    form: str,
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(form)))
    for page in book.worksheets:
        if page.sheet_state == "visible":
            assert (page.page_setup.paperSize, page.page_setup.fitToHeight) == (9, 0)
            assert page.sheet_properties.pageSetUpPr.fitToPage
            assert page.protection.sheet
            assert not page.protection.password
            assert not page.protection.insertRows


def test_only_cells_to_fill_are_unlocked() -> None:
    page = sheet(made("self_evaluation"), "自评表")
    places = {page.cell(r, c).value: page.cell(r, c) for r in range(1, 8) for c in range(1, 10)}
    assert places["项目名称"].protection.locked
    assert not page["C4"].protection.locked
    assert page["H7"].protection.locked  # the execution rate
    assert page["H7"].fill.fgColor.rgb != page["C4"].fill.fgColor.rgb


def test_the_stamp_is_kept_in_the_properties_and_on_a_very_hidden_sheet() -> None:
    stamp = Stamp("self_evaluation", 1, "2023年度", "某市城市管理局", "道路 & 桥梁 <养护>")
    form = FORMS["self_evaluation"]
    data = build(form, POLICIES[form.policy], None, stamp)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book["_evalbatch"].sheet_state == "veryHidden"
    assert read(data, "表.xlsx", FORMS)[0].stamp == stamp
    assert read(_without(data, "docProps/custom.xml"), "表.xlsx", FORMS)[0].stamp == stamp


def _without(data: bytes, part: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            content = re.sub(rb"<(Override|Relationship) [^>]*custom[^>]*/>", b"", content)
            if entry.filename != part:
                target.writestr(entry, content)
    return buffer.getvalue()


def test_a_filled_self_evaluation_carries_its_scores_to_a_reader_that_does_not_calculate() -> None:
    submission = reread("self_evaluation", road_self_evaluation())
    total = submission.row("funding", "total")
    assert total is not None
    assert [
        total.number(c) for c in ("initial_budget", "budget", "executed", "weight", "rate", "score")
    ] == [
        Decimal("465.47"),
        Decimal("465.47"),
        Decimal("300.33"),
        Decimal(10),
        Decimal("0.6452"),
        Decimal("6.45"),
    ]
    assert submission.number("stated_total") == Decimal("92.45")
    assert submission.fields["stated_grade"].choice.ticked == ("优",)
    assert submission.number("survey_rate") == Decimal("0.94")
    assert submission.get("signed_on").when == date(2024, 3, 8)
    assert not [o.code for o in submission.observations if o.code in ("F06", "F07")]
    details = submission.rows("details")
    assert [row.number("rate") for row in details[:2]] == [Decimal("1.0017"), Decimal(1)]
    assert (details[-1].kind, details[-1].number("spent")) == (RowKind.TOTAL, Decimal("300.33"))


def test_execution_is_scored_as_the_policy_says() -> None:
    scores = {
        name: reread("self_evaluation", road_self_evaluation(), name)
        .row("funding", "total")
        .number("score")
        for name in POLICIES
    }
    assert scores["cz2020_self"] == Decimal("6.45")
    assert scores["cz2021_101"] == Decimal(5)
    assert scores["hubei2020"] == Decimal("12.90")


@pytest.mark.parametrize(
    ("total", "grade"),
    [("90", "优"), ("89.99", "良"), ("80", "良"), ("79.99", "中"), ("59.99", "差")],
)
def test_the_grade_boxes_follow_the_bands_without_rounding_up(total: str, grade: str) -> None:
    prefill = road_self_evaluation()
    prefill["fields"]["stated_total"] = Decimal(total)
    assert reread("self_evaluation", prefill).fields["stated_grade"].choice.ticked == (grade,)


def test_given_values_replace_formulas_however_wrong_they_are() -> None:
    submission = reread("self_evaluation", faulty_self_evaluation())
    assert submission.text("stated_total") == "93.9"
    assert submission.text("stated_grade") == "优秀"
    total = submission.row("funding", "total")
    assert (total.number("executed"), total.number("score")) == (Decimal(500), Decimal(7))
    rows = submission.rows("indicators", RowKind.ITEM)
    assert rows[1].entries["weight"].state is State.UNREADABLE
    assert rows[1].text("weight") == "十五"


def test_the_selfcheck_passes_a_workbook_without_fault_and_names_each_fault() -> None:
    assert all(
        line.startswith("√") for line in selfcheck(made("self_evaluation", road_self_evaluation()))
    )
    wrong = [
        line
        for line in selfcheck(made("self_evaluation", faulty_self_evaluation()))
        if line.startswith("×")
    ]
    expected = [
        "还没有填写：“项目名称”",
        "有 1 处应填未填",
        "分值合计为 85 分，应为 100 分",
        "“产出指标”35分（口径50分）",
        "有 2 项指标的得分高于分值",
        "有 1 项指标扣了分但没有写原因",
        "“全年执行数（B）”",
        "全年执行数 500 万元，超过全年预算数 465.47 万元",
        "支出明细合计 300.33 万元，资金栏全年执行数 500 万元",
        "份数不合理",
    ]
    assert len(wrong) == len(expected)
    assert all(part in line for part, line in zip(expected, wrong, strict=True))


def test_a_blank_asks_for_what_is_mandatory_and_the_main_sheet_says_so() -> None:
    data = made("self_evaluation")
    first = next(iter(selfcheck(data)))
    assert (
        first == "× 还没有填写：“项目名称”“主管部门”“实施单位”“预期目标”“实际完成情况”“评价年度”。"
    )
    assert "还有5类问题" in sheet(data, "自评表", values=True)["A1"].value
    assert (
        "全部通过"
        in sheet(made("self_evaluation", road_self_evaluation()), "自评表", values=True)["A1"].value
        or ""
    )


def test_weights_of_levels_are_the_sums_of_their_rows_unless_given() -> None:
    prefill = project_evaluation()
    rows = reread("project_evaluation", prefill).rows("indicators", RowKind.ITEM)
    assert {row.text("level1"): row.number("level1_weight") for row in rows} == {
        "决策": 18,
        "过程": 22,
        "产出": 30,
        "效益": 30,
    }
    assert [row.number("level2_weight") for row in rows if row.text("level2") == "资金管理"] == [
        14,
        14,
        14,
    ]
    for row in prefill["tables"]["indicators"]:
        row["level1_weight"] = {"决策": 40, "产出": 60}.get(row["level1"])
    rows = reread("project_evaluation", prefill).rows("indicators", RowKind.ITEM)
    assert {row.text("level1"): row.number("level1_weight") for row in rows} == {
        "决策": 40,
        "过程": None,
        "产出": 60,
        "效益": None,
    }


def test_case_a_reads_back_with_its_total_its_sources_and_its_boxes() -> None:
    submission = reread("project_evaluation", project_evaluation())
    assert submission.number("stated_total") == 93
    assert submission.fields["stated_grade"].choice.ticked == ("优",)
    assert submission.row("funding", "total").number("executed") == Decimal("1560.97")
    assert submission.row("funding", "central").entries["budget"].blank
    assert submission.fields["evaluation_type"].choice.ticked == ("完成结果评价",)
    assert submission.fields["organisation_mode"].choice.ticked == ()
    assert submission.rows("targets")[0].number("rate") == Decimal("0.5556")


def test_node_states_follow_the_dates_on_the_day_of_the_report() -> None:
    submission = reread("annual_management", annual_management())
    states = [row.text("state") for row in submission.rows("nodes")]
    assert states == ["按期", "逾期", "未完成", "经批准调整", "未到期", "未填报", "按期"]
    assert [
        submission.number(n)
        for n in ("count_nodes", "count_on_time", "count_late", "count_adjusted")
    ] == [7, 2, 1, 1]
    assert submission.number("rate_all") == Decimal("0.4286")
    assert submission.number("rate_without_adjusted") == Decimal("0.5")


def test_a_node_is_never_late_before_its_deadline() -> None:
    prefill = annual_management()
    prefill["fields"]["reported_on"] = date(2023, 6, 30)
    assert [row.text("state") for row in reread("annual_management", prefill).rows("nodes")][
        2
    ] == "未到期"


def test_text_of_a_prefill_never_becomes_a_formula() -> None:
    prefill = {
        "fields": {"project": "=1+1", "goal_expected": "@SUM(A1)"},
        "tables": {"details": [{"item": "=cmd|' /C calc'!A0"}]},
    }
    data = made("self_evaluation", prefill)
    assert sheet(data, "自评表")["C4"].data_type == "s"
    assert sheet(data, "支出明细")["B4"].data_type == "s"


def test_spare_rows_follow_the_given_ones_and_keep_their_drop_downs() -> None:
    rows = [
        {"level1": "产出指标", "level2": "数量指标", "level3": f"第{n}项", "weight": 1, "score": 1}
        for n in range(60)
    ]
    data = made("self_evaluation", {"tables": {"indicators": rows}})
    page = sheet(data, "自评表")
    last = 13 + 60
    assert not page.cell(last + 1, 4).protection.locked
    assert any(
        f"B{last + 1}" in validation.sqref for validation in page.data_validations.dataValidation
    )
    assert (
        len(
            reread("self_evaluation", {"tables": {"indicators": rows}}).rows(
                "indicators", RowKind.ITEM
            )
        )
        == 60
    )


money = st.decimals(min_value=0, max_value=10**8, places=2)


@settings(deadline=None, max_examples=40)
@given(current=money, carried=money, spent=money)
def test_stored_money_rate_and_score_are_exact_decimals(
    current: Decimal, carried: Decimal, spent: Decimal
) -> None:
    prefill = {
        "tables": {
            "funding": [
                {"key": "current", "budget": current, "executed": spent},
                {"key": "carried", "budget": carried},
            ]
        }
    }
    total = reread("self_evaluation", prefill).row("funding", "total")
    budget = current + carried
    assert total.number("budget") == budget
    assert total.number("executed") == spent
    if budget:
        assert abs(total.number("rate") - spent / budget) <= Decimal("0.00005")
        assert abs(total.number("score") - min(Decimal(10), 10 * spent / budget)) <= Decimal(
            "0.005"
        )
    else:
        assert total.number("rate") is None


def test_numbers_are_written_with_the_digits_they_were_given() -> None:
    data = made(
        "self_evaluation", {"tables": {"funding": [{"key": "other", "budget": Decimal("8.2")}]}}
    )
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        main = package.read("xl/worksheets/sheet2.xml").decode()
    assert main.count("<v>8.2</v>") == 2  # the source and the total


def test_the_file_carries_no_clock() -> None:
    book = openpyxl.load_workbook(io.BytesIO(made("self_evaluation")))
    assert book.properties.created == book.properties.modified == datetime(2024, 1, 1)  # noqa: DTZ001 - naive in the format
    with zipfile.ZipFile(io.BytesIO(made("self_evaluation"))) as package:
        assert {entry.date_time[0] for entry in package.infolist()} == {1980}


@pytest.mark.parametrize(
    "prefill",
    [
        {"fields": {"projekt": "甲"}},
        {"tables": {"nodes": []}},
        {"tables": {"details": [{"item": "甲", "spend": 1}]}},
    ],
)
def test_a_value_without_a_place_in_the_form_is_refused_rather_than_lost(
    prefill: dict[str, object],
) -> None:
    with pytest.raises(KeyError, match=r"self_evaluation: (projekt|nodes|details.spend)"):
        made("self_evaluation", prefill)


@pytest.mark.parametrize("prefill", [None, faulty_self_evaluation()])
def test_every_formula_keeps_the_limits_of_the_file_format(
    prefill: dict[str, object] | None,
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made("self_evaluation", prefill)))
    formulas = [
        str(cell.value)
        for page in book.worksheets
        for row in page
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas
    assert max(map(len, formulas)) < 8192
    assert (
        max(len(text) for formula in formulas for text in re.findall(r'"([^"]*)"', formula)) <= 255
    )
    drop_downs = [
        v.formula1
        for page in book.worksheets
        for v in page.data_validations.dataValidation
        if v.type == "list"
    ]
    assert max(map(len, drop_downs)) <= 257


def test_the_formulas_use_only_functions_that_old_programs_know() -> None:
    used: set[str] = set()
    for name in FORMS:
        book = openpyxl.load_workbook(io.BytesIO(made(name)))
        for page in book.worksheets:
            used.update(
                *(
                    re.findall(r"([A-Z]+)\(", str(c.value))
                    for row in page
                    for c in row
                    if c.data_type == "f"
                )
            )
    counting = {"COUNT", "COUNTIF", "SUM", "SUMIF", "SUMPRODUCT", "MIN", "ROUND", "ROW"}
    assert used <= counting | {
        "IF",
        "AND",
        "OR",
        "NOT",
        "ISNUMBER",
        "N",
        "LEN",
        "TRIM",
        "LEFT",
        "FIND",
    }


@settings(deadline=None, max_examples=40)
@given(
    st.text(
        alphabet=st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        min_size=1,
        max_size=60,
    )
)
def test_any_text_comes_back_as_it_was_given(text: str) -> None:
    data = made("self_evaluation", {"fields": {"goal_actual": text}})
    stored = [
        cell.value
        for row in sheet(data, "自评表")
        for cell in row
        if not cell.protection.locked and cell.value
    ]
    assert text in [str(value) for value in stored]


def test_the_longest_text_does_not_make_a_row_higher_than_the_format_allows() -> None:
    page = sheet(
        made("self_evaluation", {"fields": {"text_background": "很长的文字。" * 1000}}), "报告正文"
    )
    assert max(d.height or 0 for d in page.row_dimensions.values()) <= 409


@pytest.mark.parametrize("form", ["self_evaluation", "annual_management", "department_evaluation"])
def test_a_row_that_was_inserted_into_an_open_table_can_be_deleted(form: str) -> None:
    """A program deletes a row of a protected sheet only where no cell of it is locked, and an
    inserted row has the looks of its neighbour.
    """
    book = openpyxl.load_workbook(io.BytesIO(made(form)))
    spec = FORMS[form]
    for part in spec.sheets:
        page = book[part.name]
        free = [
            number
            for number, dimension in page.row_dimensions.items()
            if dimension.s and not dimension.protection.locked
        ]
        assert bool(free) == any(not table.rows for table in part.tables)
        for number in free:
            assert not any(cell.protection.locked for cell in page[number])


def test_what_a_formula_works_out_takes_no_typing_on_such_a_row() -> None:
    page = sheet(made("self_evaluation"), "支出明细")
    rules = page.data_validations.dataValidation
    forbidden = next(rule for rule in rules if rule.type == "custom")
    assert forbidden.formula1 == "FALSE"
    assert str(page["A4"].value).startswith("=")
    assert "A4" in forbidden.sqref
