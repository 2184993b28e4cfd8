"""The next year's cycle folder: what comes along from last year's, and what does not."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from records import cycle, kept, record, scores
from repository import evalbatch

from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.prefilling import KnownProject, prefill
from evalbatch.cycle.next_year import RESULTS
from evalbatch.results import tables
from evalbatch.settings import Settings
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

PROJECT = "农村公路养护（修改版）"
TITLE = "项目支出绩效自评表"
DAY = "2027-01-10"


def fill(path: Path, rows: list[list[object]]) -> None:
    book = openpyxl.load_workbook(path)
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)


def heads(sheet: Worksheet) -> dict[object, int]:
    return {cell.value: at for at, cell in enumerate(sheet[3], start=1)}


def line_of(sheet: Worksheet, name: str) -> Mapping[object, object]:
    columns = heads(sheet)
    row = next(row for row in sheet.iter_rows(min_row=4) if row[3].value == name)
    return {head: row[at - 1].value for head, at in columns.items()}


@pytest.fixture
def last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return last year's folder, with results, a roster made its own and waivers."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "2026年度"
    assert evalbatch("init", folder, "--year", "2026") == 0
    department = record(scored=scores()).department
    fill(
        folder / "名册.xlsx",
        [
            [1, department, "甲中心", PROJECT, TITLE, 10, None, datetime(2027, 3, 31)],  # noqa: DTZ001
            [2, department, "乙中心", "新建项目", TITLE, 5, None, "2028年2月29日"],
        ],
    )
    book = openpyxl.load_workbook(folder / "名册.xlsx")
    book.worksheets[0].column_dimensions["D"].width = 51
    book.worksheets[0]["L3"] = "经办人"
    book.save(folder / "名册.xlsx")
    approved, reason = datetime(2027, 1, 5), "经批准结转"  # noqa: DTZ001
    fill(
        folder / "豁免.xlsx",
        [
            [1, "甲项目", "X02", "绩效科", approved, reason, datetime(2027, 12, 31)],  # noqa: DTZ001
            [2, "乙项目", "X02", "绩效科", approved, reason, datetime(2027, 1, 9)],  # noqa: DTZ001
            [3, "丙项目", "X02", "绩效科", approved, reason, None],
        ],
    )
    letter = next((folder / "邮件模板").glob("*.j2"))
    letter.write_text(letter.read_text(encoding="utf-8") + "\n附注\n", encoding="utf-8")
    text = (folder / "evalbatch.toml").read_text(encoding="utf-8")
    text = text.replace('organiser = ""  ', 'organiser = "某市财政局"  ')
    (folder / "evalbatch.toml").write_text(text, encoding="utf-8")
    tables.write(folder / "output" / "data", kept(cycle([record(scored=scores())])).results)
    return folder


def follow(last: Path) -> Path:
    folder = last.parent / "2027年度"
    assert evalbatch("init", folder, "--from", last, "--as-of", DAY) == 0
    return folder


def test_the_settings_move_a_year_and_keep_their_words(last: Path) -> None:
    text = (follow(last) / "evalbatch.toml").read_text(encoding="utf-8")
    settings = Settings.load(last.parent / "2027年度" / "evalbatch.toml")
    assert settings.cycle.name == "2027年度"
    assert settings.cycle.year == 2027
    assert settings.cycle.deadline == date(2028, 3, 31)
    assert settings.cycle.organiser == "某市财政局"
    assert 'last_year = "../2026年度/output"' in text
    assert "# 组织单位" in text
    assert text.startswith("# 2027年度　设置文件")


def test_the_roster_stays_the_offices_own_with_last_years_results_beside(
    last: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = openpyxl.load_workbook(follow(last) / "名册.xlsx").worksheets[0]
    assert sheet.column_dimensions["D"].width == 51
    assert sheet["L3"].value == "经办人"
    old = line_of(sheet, PROJECT)
    assert old["报送截止日"] == datetime(2028, 3, 31)  # noqa: DTZ001
    assert old[RESULTS[0]] == pytest.approx(float(scores().final_total or 0))
    assert old[RESULTS[1]] == scores().grade
    assert line_of(sheet, "新建项目")[RESULTS[0]] == "无上年结果"
    assert line_of(sheet, "新建项目")["报送截止日"] == "2029-02-28"
    assert "共 2 行，其中 1 行有上年结果" in capsys.readouterr().out


def test_lines_that_were_withdrawn_are_named_and_do_not_come_along(
    last: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = last / "名册.xlsx"
    book = openpyxl.load_workbook(path)
    sheet, office = book.worksheets[0], "丁局"
    sheet.append([3, office, "丁中心", "撤销甲", TITLE, 1, None, None, None, None, "机构改革"])
    top = sheet.max_row
    sheet.append(
        [4, None, "丁中心", "留下乙", TITLE, 1, None, None, None, None, None, f"=F{top + 1}"]
    )
    sheet.append([5, None, "丁中心", "撤销丙", TITLE, 1, None, None, None, None, "并入乙"])
    sheet.append(
        [6, None, "丁中心", "留下丁", TITLE, 1, None, None, None, None, None, f"=F{top + 3}"]
    )
    sheet.merge_cells(f"B{top}:B{top + 3}")
    sheet.row_dimensions[top + 1].height = 47
    book.save(path)

    new = openpyxl.load_workbook(follow(last) / "名册.xlsx").worksheets[0]
    told = capsys.readouterr().out
    assert "共 4 行" in told
    assert f"名册中已撤销的未带来：{office} 撤销甲（机构改革）" in told
    assert f"名册中已撤销的未带来：{office} 撤销丙（并入乙）" in told
    assert [row[3].value for row in new.iter_rows(min_row=top)] == ["留下乙", "留下丁"]
    assert new.cell(top, 2).value == office
    assert f"B{top}:B{top + 1}" in [merged.coord for merged in new.merged_cells.ranges]
    assert [new.cell(row, 12).value for row in (top, top + 1)] == [f"=F{top}", f"=F{top + 1}"]
    assert new.row_dimensions[top].height == 47
    assert evalbatch("blank", "--settings", last.parent / "2027年度" / "evalbatch.toml") == 0
    assert "预填表 4 份" in capsys.readouterr().out


def test_what_the_office_wrote_without_a_head_is_left_there(last: Path) -> None:
    book = openpyxl.load_workbook(last / "名册.xlsx")
    book.worksheets[0]["M6"] = "自己记的"
    book.save(last / "名册.xlsx")
    sheet = openpyxl.load_workbook(follow(last) / "名册.xlsx").worksheets[0]
    assert sheet["M6"].value == "自己记的"
    assert heads(sheet)[RESULTS[0]] == 14


def test_the_year_after_next_fills_the_same_columns(last: Path) -> None:
    second = follow(last)
    third = last.parent / "2028年度"
    assert evalbatch("init", third, "--from", second, "--as-of", DAY) == 0
    sheet = openpyxl.load_workbook(third / "名册.xlsx").worksheets[0]
    assert [head for head in heads(sheet) if head in RESULTS] == list(RESULTS)
    assert line_of(sheet, PROJECT)[RESULTS[0]] == "无上年结果"


def test_only_waivers_that_still_hold_come_along_and_the_others_are_named(
    last: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = openpyxl.load_workbook(follow(last) / "豁免.xlsx").worksheets[0]
    names = [row[1].value for row in sheet.iter_rows(min_row=5) if row[1].value]
    assert names == ["甲项目"]
    printed = capsys.readouterr().out
    assert "已过有效期）：乙项目 X02" in printed
    assert "只在上年有效）：丙项目 X02" in printed


def test_waivers_that_move_up_keep_their_looks(last: Path) -> None:
    path = last / "豁免.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    until = datetime(2027, 12, 31)  # noqa: DTZ001
    sheet.append([4, "丁项目", "X02", "绩效科", until, "经批准", until])
    rows = {row[1].value: row[0].row for row in sheet.iter_rows(min_row=4)}
    sheet.row_dimensions[rows["丁项目"]].height = 61
    sheet.row_dimensions[rows["乙项目"]].height = 33
    book.save(path)
    kept_sheet = openpyxl.load_workbook(follow(last) / "豁免.xlsx").worksheets[0]
    found = {row[1].value: row[0].row for row in kept_sheet.iter_rows(min_row=4)}
    assert found["丁项目"] == rows["甲项目"] + 1
    heights = {number: each.height for number, each in kept_sheet.row_dimensions.items()}
    assert heights[found["丁项目"]] == 61
    assert list(heights.values()).count(61) == 1
    assert 33 not in heights.values()


def test_templates_come_along_and_hand_ins_do_not(last: Path) -> None:
    (last / "inbox" / "甲.xlsx").write_bytes(b"theirs")
    folder = follow(last)
    for path in [*(last / "报告模板").iterdir(), *(last / "邮件模板").iterdir()]:
        assert (folder / path.relative_to(last)).read_bytes() == path.read_bytes()
    assert not list((folder / "inbox").iterdir())
    assert not list((folder / "output").iterdir())


def test_a_folder_that_is_no_cycle_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evalbatch("init", tmp_path / "新", "--from", tmp_path) == 2
    assert "不是评价周期文件夹" in capsys.readouterr().err
    assert not (tmp_path / "新").exists()


def test_blank_says_what_was_made_what_stayed_and_what_is_no_longer_listed(
    last: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(last)
    assert evalbatch("blank") == 0
    assert "生成预填表 2 份" in capsys.readouterr().out
    made = sorted((last / "空白表").glob("*/*.xlsx"))
    made[0].write_bytes(b"filled in")
    stray = made[0].with_name("旧项目－自评表.xlsx")
    stray.write_bytes(b"last year's")
    assert evalbatch("blank") == 0
    printed = capsys.readouterr().out
    assert "生成预填表 0 份，与原有相同、不变的 1 份，已有同名文件、未改动的 1 份" in printed
    assert (
        f"名册中已没有的项目，文件仍在，未改动：空白表/{stray.parent.name}/{stray.name}" in printed
    )


def test_the_period_and_last_years_plan_are_filled_in() -> None:
    forms = load_forms()
    period = (date(2027, 1, 1), date(2027, 12, 31))
    given = prefill(forms["self_evaluation"], KnownProject(period=period))["fields"]
    assert (given["period_start"], given["period_end"]) == period
    node = {"level1": "职能", "level2": "外事", "level3_no": "3", "level3": "出访管理"}
    node |= {"office": "综合处", "node": "制定计划", "deadline": "2024-02-29"}
    office = KnownProject(unit="综合处", year=2027, items=("3", "4"), nodes=[node])
    plan = prefill(forms["annual_management"], office)["tables"]
    assert plan["nodes"] == [
        {
            "node": "制定计划",
            "level3_no": Decimal(3),
            "office": "综合处",
            "deadline": date(2027, 2, 28),
        }
    ]
    assert [row["level3_no"] for row in plan["items"]] == [3, 4]
    assert plan["items"][0]["level3"] == "出访管理"
    assert plan["items"][1]["office"] == "综合处"


def test_a_workbook_with_a_plan_can_be_made(tmp_path: Path) -> None:
    forms, policies = load_forms(), load_policies()
    form = forms["annual_management"]
    made = build(
        form,
        policies[form.policy],
        prefill(form, KnownProject("某机关", "综合处", year=2027, items=("3", "4"))),
    )
    path = tmp_path / "表.xlsx"
    path.write_bytes(made)
    sheet = openpyxl.load_workbook(path)["指标"]
    assert [sheet["C3"].value, sheet["C4"].value] == [3, 4]
