"""What is final moves no more, whatever comes in, until a correction opens a further revision."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from blank.filled import made, road_self_evaluation
from docx import Document

from reviews.office import (
    SIGNED,
    answer,
    evalbatch,
    hand_in,
    night,
    outputs,
    project,
    set_up,
    sheet,
    table,
)

LATER = {"养护道路": {"score": 15, "reason": "三条道路延期验收，次年一月完成"}}


@pytest.fixture
def office(copied, first_night):
    return copied(first_night)


def final(row=5, **values):
    book = openpyxl.load_workbook("定稿.xlsx")
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    filled = {"范围": "全部", "批准人": "王四", "日期": date(2024, 3, 30), **values}
    for label, value in filled.items():
        page.cell(row, at[label]).value = value
    book.save("定稿.xlsx")


def counted():
    (found,) = [each for each in table("projects") if each["status"] == "graded"]
    return found["final_total"], found["stage"], found["revision"]


def test_a_later_hand_in_is_read_and_listed_and_changes_nothing(office):
    final()
    night()
    assert counted() == ("92.45", "final", "1")
    (frozen,) = table("changes")
    assert (frozen["what"], frozen["after"], frozen["cause"]) == ("核定阶段", "已定稿", "freeze")
    hand_in("a.xlsx", rows=LATER)
    night()
    assert counted() == ("92.45", "final", "1")
    (late,) = [each for each in table("projects") if each["status"] == "superseded"]
    assert late["file"] == "定稿后报送/a.xlsx"
    (finding,) = [each for each in table("findings") if each["code"] == "D01"]
    assert "定稿后报送" in finding["message"]
    before = outputs()
    night()
    night("--full")
    assert outputs() == before


def test_another_file_of_the_project_changes_nothing_either(office):
    final(范围="某市城市管理局")
    night()
    hand_in("b.xlsx", rows=LATER)
    night()
    assert counted()[0] == "92.45"
    assert {each["file"]: each["status"] for each in table("projects")} == {
        "a.xlsx": "graded",
        "b.xlsx": "superseded",
    }


def test_what_is_frozen_stays_when_its_file_is_gone_or_the_profile_changes(office):
    final()
    night()
    Path("inbox/a.xlsx").unlink()
    set_up("review", "money_above = 100")
    text = Path("evalbatch.toml").read_text("utf-8")
    Path("evalbatch.toml").write_text(text.replace('"cz2020_self"', '"cz2021_101"'), "utf-8")
    night()
    assert counted() == ("92.45", "final", "1")


def test_a_correction_opens_the_second_revision(office, capsys):
    final()
    night()
    hand_in("a.xlsx", rows=LATER)
    night()
    final(row=6, 更正理由="验收结论更正", 是否实质="是")
    night()
    assert counted() == ("87.45", "corrected", "2")
    assert [each["status"] for each in table("projects")] == ["graded"]
    (report,) = Path("output/评价报告").rglob("城区道路养护.docx")
    cover = [each.text for each in Document(report).paragraphs if each.text.startswith("更正")]
    assert cover == ["更正：实质更正（第2版，2024年3月30日批准）：验收结论更正"]
    capsys.readouterr()
    assert evalbatch("history", "城区道路养护") == 0
    told = capsys.readouterr().out
    assert "2024-03-30  定稿  全部　王四批准" in told
    assert "2024-03-30  更正  验收结论更正（实质）全部　王四批准" in told
    hand_in("a.xlsx")
    night()
    assert counted() == ("87.45", "corrected", "2")


def test_open_rows_refuse_a_freeze_with_a_list_unless_the_line_says_so(office):
    set_up("review", "money_above = 100")
    night()
    final()
    night()
    assert counted()[1:] == ("pending", "")
    said = [line["理由或说明"] for line in sheet("复核") if line["文件"] == "定稿.xlsx"]
    assert any("城区道路养护（待复核 7 条）" in line for line in said)
    final(带待复核事项="是")
    night()
    assert counted()[1:] == ("final", "1")


def test_what_has_no_score_stands_in_no_freezes_way(office):
    levels = ("level1", "level2", "level3", "target", "weight")
    rows = (
        ("产出指标", "数量指标", "养护道路", "≥20条", Decimal(50)),
        ("效益指标", "社会效益指标", "受益村庄数量", "≥9个", Decimal(30)),
        ("满意度指标", "服务对象满意度指标", "居民满意度", "≥90%", Decimal(10)),
    )
    own = road_self_evaluation()["fields"]
    goals = {
        "fields": {
            **{name: own[name] for name in ("department", "unit", "year")},
            "project": "城区道路养护",
            "goal_expected": "养护20条道路，方便沿线9个村出行。",
        },
        "tables": {
            "funding": [{"key": "total", "budget": Decimal(300)}],
            "indicators": [dict(zip(levels, row, strict=True)) for row in rows],
        },
    }
    Path("inbox/b.xlsx").write_bytes(made("goal_declaration", goals))
    final()
    night()
    assert {each["status"] for each in table("projects")} == {"accepted", "graded"}
    assert counted() == ("92.45", "final", "1")
    said = [line["理由或说明"] for line in sheet("复核") if line["文件"] == "定稿.xlsx"]
    assert not any("暂不能定稿" in line for line in said)


def test_a_decision_after_the_freeze_waits_for_a_correction(office):
    set_up("review", "money_above = 100")
    night()
    evalbatch("review")
    final(带待复核事项="是")
    night()
    answer("复核/第1轮.xlsx", {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    assert project()["final_total"] == "92.45"
    final(row=6, 更正理由="复核意见补入", 带待复核事项="是")
    night()
    assert counted() == ("87.45", "corrected", "2")


def roster(withdrawn):
    book = openpyxl.load_workbook("名册.xlsx")
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    line = {
        "序号": 1,
        "主管部门": "某市城市管理局",
        "实施单位": "某市市政养护中心",
        "项目名称": "城区道路养护",
        "报送表": "项目支出绩效自评表",
        "撤销": withdrawn,
    }
    row = next(at for at in range(4, 20) if page.cell(at, 2).value in (None, line["主管部门"]))
    for label, value in line.items():
        page.cell(row, at[label]).value = value
    book.save("名册.xlsx")


def test_coming_onto_the_roster_is_no_change_and_keeps_decisions(office):
    set_up("review", "money_above = 100")
    night()
    evalbatch("review")
    answer("复核/第1轮.xlsx", {"养护道路": {**SIGNED, "复核得分": 15}})
    night()
    before = table("changes")
    roster(None)
    night()
    assert project()["final_total"] == "87.45"
    assert table("changes") == before
    assert table("reviews")[0]["in_force"] == "true"


def test_a_withdrawn_project_is_out_of_all_counts_findable_and_comes_back(office):
    roster(None)
    night()
    before = counted()
    roster("并入河堤加固项目")
    night()
    (gone,) = table("projects")
    assert (gone["status"], gone["stage"]) == ("superseded", "withdrawn")
    assert any(each["code"] == "D14" for each in table("findings"))
    assert not any(each["code"] == "D02" for each in table("findings"))
    (change,) = [each for each in table("changes") if each["what"] == "状态"]
    assert (change["before"], change["after"], change["cause"]) == ("已核定", "", "roster")
    roster(None)
    night()
    assert counted() == before
    assert table("changes")[-1]["cause"] == "roster"


def test_only_the_approvers_of_the_settings_freeze_and_rule(office):
    set_up("review", 'approvers = ["王四"]')
    final(批准人="吴二")
    night()
    assert counted()[1:] == ("reviewed", "")
    said = [line["理由或说明"] for line in sheet("复核") if line["文件"] == "定稿.xlsx"]
    assert any("现为“吴二”，应为设置文件 [review] 中列出的人员（王四）" in line for line in said)
    final()
    night()
    assert counted()[1:] == ("final", "1")


def test_an_appeal_after_the_freeze_shows_and_its_ruling_waits_for_a_correction(office):
    final()
    night()
    book = openpyxl.load_workbook("申诉.xlsx")
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    line = {"项目名称": "城区道路养护", "指标": "单位成本", "诉求": "应按10分计"}
    for label, value in {**line, "收到日期": date(2024, 3, 30)}.items():
        page.cell(5, at[label]).value = value
    book.save("申诉.xlsx")
    night()
    assert counted() == ("92.45", "appealed", "1")
    ruled = {"处理": "调整", "核定得分": 10, "理由": "材料价格属实", "处理人": "王四"}
    for label, value in {**ruled, "处理日期": date(2024, 3, 31)}.items():
        page.cell(5, at[label]).value = value
    book.save("申诉.xlsx")
    night()
    assert counted() == ("92.45", "final", "1")
    final(row=6, 更正理由="申诉成立", 是否实质="否")
    night()
    assert counted() == ("94.45", "corrected", "2")
    (moved,) = [each for each in table("changes") if each["what"] == "核定得分"]
    assert (moved["before"], moved["after"], moved["cause"]) == ("92.45", "94.45", "appeal")
    before = outputs()
    night("--full")
    assert outputs() == before


def said_of_freezes():
    return [line["理由或说明"] for line in sheet("复核") if line["文件"] == "定稿.xlsx"]


def test_a_line_is_refused_as_a_whole_while_a_row_in_its_range_is_open(office):
    unclear = {
        "通行改善": {"target": "明显改善", "actual": "有所改善", "score": 28, "reason": "少"}
    }
    hand_in("b.xlsx", project="桥梁维修", rows=unclear)
    final()
    night()
    stages = {each["project"]: each["stage"] for each in table("projects")}
    assert stages == {"城区道路养护": "reviewed", "桥梁维修": "pending"}
    assert any("暂不能定稿：桥梁维修（待复核 1 条）" in said for said in said_of_freezes())
    final(row=6, 范围="城区道路养护")
    night()
    stages = {each["project"]: each["stage"] for each in table("projects")}
    assert stages == {"城区道路养护": "final", "桥梁维修": "pending"}


def test_a_range_of_nothing_and_a_correction_of_nothing_are_faults_with_their_cells(office):
    final(范围="没有的部门")
    final(row=6, 更正理由="尚未定稿就更正")
    night()
    assert counted()[1:] == ("reviewed", "")
    told = {line["位置"]: line["理由或说明"] for line in sheet("复核")}
    assert "应为全部，或名册、报送件中的部门名称、项目名称" in told["定稿登记表!B5"]
    assert "应为已经定稿的范围" in told["定稿登记表!B6"]


def test_what_came_after_the_freeze_is_told_where_it_waits(office, capsys):
    set_up("review", "money_above = 100")
    night()
    evalbatch("review")
    final(带待复核事项="是")
    night()
    answer("复核/第1轮.xlsx", {"养护道路": {**SIGNED, "复核得分": 15}})
    hand_in("b.xlsx", rows=LATER)
    night()
    (review,) = table("reviews")
    assert (review["score"], review["in_force"]) == ("15", "false")
    late = [line for line in sheet("复核") if line["类别"] == "定稿后的意见"]
    assert [line["位置"] for line in late] == ["复核清单!Q5"]
    capsys.readouterr()
    evalbatch("history", "城区道路养护")
    assert "报送  b.xlsx" in capsys.readouterr().out
    final(row=6, 更正理由="意见补入")
    night()
    assert counted()[1:] == ("pending", "2")
    assert any("尚未定稿：城区道路养护（待复核 7 条）" in said for said in said_of_freezes())
