"""What an organisation's offices can do wrong together or alone, through a whole night: each its
finding, and nothing lost.
"""

import shutil
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from openpyxl.comments import Comment

from annual.offices import AS_OF, DONE, ORGANISATION, Night, item, night, node, workbook
from evalbatch.cycle.register_workbook import build as register
from evalbatch.settings import Settings

UNDONE = {"done_on": None, "evidence": None}


def places(row: Mapping[str, str]) -> list[str]:
    return row["places"].split("；")


def numbers(done: Night) -> list[str]:
    return [row["level3_no"] for row in done.rows("nodes")]


def test_an_item_claimed_by_two_offices_is_said_to_both_and_both_are_listed(tmp_path: Path):
    done = night(
        tmp_path, {"甲.xlsx": workbook("综合处", [1, 2]), "乙.xlsx": workbook("秘书处", [2, 3])}
    )
    found = done.findings("D08")
    assert {(row["file"], row["sheet"], row["cell"]) for row in found} == {
        ("甲.xlsx", "指标", "C4"),
        ("乙.xlsx", "指标", "C3"),
    }
    assert {row["message"] for row in found} == {"第2项“重点任务丙”由秘书处、综合处同时填报。"}
    assert numbers(done) == ["1", "2", "2", "3"]
    assert set(done.statuses().values()) == {"graded"}


def test_the_report_names_the_offices_whose_texts_on_one_item_differ(tmp_path: Path):
    mine, theirs = (
        item(2, "招商推介", achievement="办了三场推介。"),
        item(2, "招商推介", achievement="办了两场推介。"),
    )
    offices = {"甲.xlsx": workbook("综合处", items=[item(1), mine], nodes=[node(1), node(2)])}
    done = night(
        tmp_path, {**offices, "乙.xlsx": workbook("秘书处", items=[theirs], nodes=[node(2)])}
    )
    (path,) = (done.folder / "评价报告" / ORGANISATION).glob("2021*.docx")
    said = [
        paragraph.text
        for paragraph in docx.Document(str(path)).paragraphs
        if "招商推介" in paragraph.text
    ]
    assert {text.rpartition("招商推介")[2] for text in said} >= {"（综合处填报）", "（秘书处填报）"}


def test_both_offices_see_it_in_their_annotated_copies(tmp_path: Path):
    done = night(
        tmp_path, {"甲.xlsx": workbook("综合处", [1, 2]), "乙.xlsx": workbook("秘书处", [2, 3])}
    )
    copies = sorted((done.folder / "审核意见").rglob("*.xlsx"))
    assert len(copies) == 2
    for copy in copies:
        book = openpyxl.load_workbook(copy)
        comments = [
            cell.comment for row in book["指标"].iter_rows() for cell in row if cell.comment
        ]
        assert [
            isinstance(comment, Comment) and "同时填报" in comment.text for comment in comments
        ] == [True]


def test_numbers_that_nobody_claims_are_said_once_with_the_items_beside_them(tmp_path: Path):
    done = night(
        tmp_path, {"甲.xlsx": workbook("综合处", [1, 2]), "乙.xlsx": workbook("秘书处", [6, 7])}
    )
    (found,) = done.findings("D08")
    assert (
        found["message"]
        == f"{ORGANISATION}的三级指标第3—5项没有处室填报（已收到2个处室的报送件）。"
    )
    assert places(found) == ["甲.xlsx 指标!C4", "乙.xlsx 指标!C3"]


def test_the_roster_s_plan_tells_what_is_missing_and_what_does_not_exist(tmp_path: Path):
    roster = openpyxl.load_workbook(BytesIO(register("roster", "", {})))
    sheet = roster.active
    labels = [cell.value for cell in sheet[3]]
    for at, (office, planned) in enumerate((("综合处", "1至3"), ("秘书处", "4、5")), start=4):
        line = {
            "主管部门": ORGANISATION,
            "实施单位": office,
            "报送表": "年度绩效管理指标节点表",
            "三级指标序号": planned,
        }
        for column, label in enumerate(labels, start=1):
            sheet.cell(at, column).value = line.get(label)
    roster.save(tmp_path / "名册.xlsx")
    settings = tmp_path / "evalbatch.toml"
    settings.write_text('[paths]\nroster = "名册.xlsx"\n', encoding="utf-8")
    files = {"甲.xlsx": workbook("综合处", [1, 2]), "乙.xlsx": workbook("秘书处", [4, 5, 9])}
    found = {
        row["message"]
        for row in night(tmp_path, files, settings=Settings.load(settings)).findings("D08")
    }
    assert found == {
        f"{ORGANISATION}的三级指标第3项没有处室填报（已收到2个处室的报送件）。",
        "名册列出的计划中没有第9项，秘书处填报了该项“重点任务乙”。",
    }


def test_a_workbook_handed_in_twice_counts_once_and_says_which_and_why(tmp_path: Path):
    old, new = workbook("综合处", [1, 2]), workbook("综合处", [1, 2, 3])
    done = night(
        tmp_path,
        {
            "旧/节点表.xlsx": old,
            "新/节点表（修改）.xlsx": new,
            "秘书处.xlsx": workbook("秘书处", [4]),
        },
    )
    assert done.statuses() == {
        "旧/节点表.xlsx": "superseded",
        "新/节点表（修改）.xlsx": "graded",
        "秘书处.xlsx": "graded",
    }
    assert numbers(done) == ["1", "2", "3", "4"]
    found = done.findings("D01")
    assert {row["file"] for row in found} == {"旧/节点表.xlsx"}
    assert all(
        "以《新/节点表（修改）.xlsx》为准（同次收到，文件时间较晚）" in row["message"]
        for row in found
    )
    assert done.codes() == {"D01"}


def test_two_organisations_with_offices_of_one_name_have_a_report_each(tmp_path: Path):
    other = workbook("综合处", [1, 2], organisation="另一市外事办公室")
    done = night(tmp_path, {"甲.xlsx": workbook("综合处", [1, 2]), "乙.xlsx": other})
    assert set(done.statuses().values()) == {"graded"}
    assert len(done.rows("nodes")) == 4
    reports = {
        path.parent.name
        for path in (done.folder / "评价报告").rglob("2021年度绩效管理工作总结.docx")
    }
    assert reports == {ORGANISATION, "另一市外事办公室"}


def test_two_years_of_an_organisation_are_two_reports(tmp_path: Path):
    done = night(
        tmp_path,
        {"甲.xlsx": workbook("综合处", [1]), "乙.xlsx": workbook("综合处", [1], year="2020")},
    )
    names = {path.name for path in (done.folder / "评价报告" / ORGANISATION).iterdir()}
    assert {"2020年度绩效管理工作总结.docx", "2021年度绩效管理工作总结.docx"} <= names
    assert len(names) == 4


def test_an_office_named_like_the_organisation_s_report_does_not_overwrite_it(tmp_path: Path):
    done = night(tmp_path, {"甲.xlsx": workbook("2021年度绩效管理工作总结", [1, 2])})
    paths = list((done.folder / "评价报告" / ORGANISATION).iterdir())
    assert len(paths) == 2
    titles = {docx.Document(str(path)).paragraphs[0].text for path in paths}
    assert len(titles) == 2


def test_one_number_twice_in_a_workbook_is_named_and_both_nodes_stay(tmp_path: Path):
    rows = [item(1, "筹备会议"), item(1, "编制规划")]
    done = night(
        tmp_path,
        {
            "甲.xlsx": workbook(
                items=rows, nodes=[node(1, "筹备"), node(1, "编制"), node(1, "编制")]
            )
        },
    )
    said = {row["message"]: places(row) for row in done.findings("T02")}
    assert said == {
        "三级指标序号1用了2次（“筹备会议”、“编制规划”）。": ["指标!C3", "指标!C4"],
        "第1项的节点“编制”填了2次，统计时按2个节点计。": ["指标节点表!A6", "指标节点表!A7"],
    }
    assert [row["level3"] for row in done.rows("nodes")] == ["筹备会议；编制规划"] * 3


def test_a_node_whose_item_is_not_listed_returns_the_workbook_and_stays_listed(tmp_path: Path):
    done = night(
        tmp_path, {"甲.xlsx": workbook(items=[item(1)], nodes=[node(1), node(99, "多出的节点")])}
    )
    (found,) = done.findings("N04")
    assert (found["severity"], found["sheet"], found["cell"]) == ("error", "指标节点表", "A6")
    assert numbers(done) == ["1", "99"]
    assert done.statuses() == {"甲.xlsx": "returned"}


@pytest.mark.parametrize("typed", ["2021/13/40", "六月三十一日", "2021-02-30"])
def test_a_date_that_is_none_is_said_once_at_its_cell(tmp_path: Path, typed: str):
    done = night(
        tmp_path,
        {"甲.xlsx": workbook(items=[item(1)], nodes=[node(1, done_on=typed), node(1, "其二")])},
    )
    (found,) = done.rows("findings")
    assert (found["code"], found["cell"], found["severity"]) == ("V01", "E5", "error")
    assert typed in found["message"]
    assert [row["state"] for row in done.rows("nodes")] == ["未填报", "按期"]


@pytest.mark.parametrize("typed", ["2021年6月20日", "2021.6.20", "2021-6-20", "20210620"])
def test_a_date_typed_as_text_is_read(tmp_path: Path, typed: str):
    done = night(tmp_path, {"甲.xlsx": workbook(items=[item(1)], nodes=[node(1, done_on=typed)])})
    assert [(row["done_on"], row["state"]) for row in done.rows("nodes")] == [
        (DONE.isoformat(), "按期")
    ]
    assert not {row["code"] for row in done.rows("findings") if row["severity"] != "note"}


def test_a_state_that_its_dates_contradict_is_an_error_and_the_dates_decide(tmp_path: Path):
    nodes = [
        node(1, "一", done_on=date(2021, 7, 5), state="按期", cause="场地改造推迟了五天。"),
        node(1, "二", state="未完成", cause="尚未开展。"),
        node(1, "三", done_on=date(2022, 3, 1), state="按期"),
        node(1, "四", state="按期", **UNDONE),
    ]
    done = night(tmp_path, {"甲.xlsx": workbook(items=[item(1)], nodes=nodes)})
    assert {(row["cell"], row["severity"]) for row in done.findings("N01")} == {
        (cell, "error") for cell in ("F5", "F6", "E7", "E8")
    }
    assert [row["state"] for row in done.rows("nodes")] == ["逾期", "按期", "未完成", "未填报"]


def test_as_of_decides_what_is_due_and_nothing_is_late_before_its_deadline(tmp_path: Path):
    open_ = workbook(items=[item(1)], nodes=[node(1, **UNDONE)], reported_on=date(2021, 6, 1))
    for as_of, state in (
        (date(2021, 6, 29), "未到期"),
        (date(2021, 6, 30), "未到期"),
        (date(2021, 7, 1), "未填报"),
    ):
        done = night(tmp_path, {"甲.xlsx": open_}, as_of)
        assert [row["state"] for row in done.rows("nodes")] == [state]
        assert done.codes() == ({"N02"} if state == "未填报" else set())
        shutil.rmtree(done.folder)


def test_a_later_night_over_the_same_workbooks_judges_their_nodes_anew(tmp_path: Path):
    files = {
        "甲.xlsx": workbook(
            items=[item(1)], nodes=[node(1, **UNDONE)], reported_on=date(2021, 6, 1)
        )
    }
    assert night(tmp_path, files, date(2021, 6, 30)).statuses() == {"甲.xlsx": "graded"}
    assert night(tmp_path, {}, AS_OF).statuses() == {"甲.xlsx": "returned"}


def test_the_letter_s_counts_are_held_to_the_workbooks_of_all_offices(tmp_path: Path):
    text = "我办纳入绩效管理的三级指标4项，共5个工作节点。全年如期完成4个节点。"
    written = workbook("综合处", [1, 2], text_basics=text, addressee="省绩效办")
    done = night(tmp_path, {"甲.xlsx": written, "乙.xlsx": workbook("秘书处", [3, 4])})
    (found,) = done.findings("T04")
    assert found["message"] == "总结写“5个工作节点”，已收到的2个处室报送件合计，工作节点个数为4个。"
    assert (found["file"], found["sheet"], found["severity"]) == ("甲.xlsx", "工作总结", "note")
    assert set(done.statuses().values()) == {"graded"}


def test_offices_that_write_the_year_otherwise_are_one_organisation_s(tmp_path: Path):
    text = "我办纳入绩效管理的三级指标4项，共5个工作节点。"
    given = {"text_basics": text, "addressee": "省绩效办", "year": "2021年1月至12月"}
    files = {"甲.xlsx": workbook("综合处", [1, 2], **given), "乙.xlsx": workbook("秘书处", [3, 4])}
    done = night(tmp_path, files)
    assert len(done.findings("T04")) == 1
    (path,) = (done.folder / "评价报告" / ORGANISATION).glob("2021年度*.docx")
    said = "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    assert "2021年度" in said
    assert "2021年1月至12月" not in said


def test_what_was_mended_is_gone_the_next_night_with_its_annotated_copies(tmp_path: Path):
    first = night(
        tmp_path, {"甲.xlsx": workbook("综合处", [1, 2]), "乙.xlsx": workbook("秘书处", [2, 3])}
    )
    assert first.codes() == {"D08"}
    assert len(list((first.folder / "审核意见").rglob("*.xlsx"))) == 2
    second = night(tmp_path, {"乙.xlsx": workbook("秘书处", [3])})
    assert second.codes() == set()
    assert numbers(second) == ["1", "2", "3"]
    assert list((second.folder / "审核意见").rglob("*.xlsx")) == []
