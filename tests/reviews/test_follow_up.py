"""What a grade means for next year's budget is proposed on its basis; what is open comes back."""

import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from reviews.office import evalbatch, expect, hand_in, night, outputs, sheet, table

LOW = {"养护道路": {"score": 5, "actual": "5条", "reason": "多数道路延期验收，次年五月才完成"}}


def text(path):
    document = Document(str(path))
    cells = [c.text for t in document.tables for line in t.rows for c in line.cells]
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


@pytest.fixture(scope="module")
def its_night(tmp_path_factory):
    """A cycle folder with a low grade, a return, and a project without a fault."""
    folder = tmp_path_factory.mktemp("last") / "2023年度"
    assert evalbatch("init", folder, "--year", "2023") == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        expect("城区道路养护", "河堤加固", "桥梁检测")
        hand_in("a.xlsx", rows=LOW)
        hand_in("b.xlsx", project="河堤加固", rows={"养护道路": {"score": 25}})
        hand_in("c.xlsx", project="桥梁检测")
        assert night() == 0
    return folder


@pytest.fixture
def last_year(tmp_path, monkeypatch, its_night):
    shutil.copytree(its_night, tmp_path / "2023年度")
    monkeypatch.chdir(tmp_path / "2023年度")
    return tmp_path


def test_low_grades_and_returns_make_a_list_and_the_profile_a_proposal(last_year):
    listed = table("follow_up")
    assert {each["project"] for each in listed} == {"城区道路养护", "河堤加固"}
    (row,) = [each for each in listed if each["title"] == "养护道路" and each["kind"] == "lost"]
    assert (row["lost"], row["grade"], row["department"]) == ("15", "中", "某市城市管理局")
    assert row["message"] == "多数道路延期验收，次年五月才完成"
    back = [each for each in listed if each["project"] == "河堤加固"]
    assert {(each["status"], each["kind"], each["grade"]) for each in back} == {
        ("returned", "error", "")
    }
    assert len(sheet("整改清单")) == len(listed)
    said = text("output/总报告.docx")
    assert "评价等次为“中”的1个项目限期整改，完善政策、改进管理，根据情况核减下年预算" in said
    assert "（引用前请核对原文）" in said
    assert f"{len(listed)}个问题列入整改清单" in said
    before = outputs()
    night()
    night("--full")
    assert outputs() == before


def test_next_years_workbook_report_and_paper_take_up_what_is_open(last_year, monkeypatch):
    monkeypatch.chdir(last_year)
    assert evalbatch("init", "2024年度", "--from", "2023年度", "--year", "2024") == 0
    monkeypatch.chdir(last_year / "2024年度")
    assert evalbatch("blank", "-o", "预填") == 0
    by_name = {re.split("－", path.name)[0]: path for path in Path("预填").rglob("*.xlsx")}
    assert "上年问题整改" not in openpyxl.load_workbook(by_name["桥梁检测"]).sheetnames
    returned = openpyxl.load_workbook(by_name["河堤加固"])["上年问题整改"]
    assert returned["B4"].value
    book = openpyxl.load_workbook(by_name["城区道路养护"])
    page = book["上年问题整改"]
    problems = {page.cell(row, 2).value: row for row in range(4, page.max_row + 1)}
    (row,) = [problems[each] for each in problems if each.startswith("“养护道路”失15分")]
    page.cell(row, 4).value = "十条道路已于五月补验收"
    page.cell(row, 5).value = "2024年5月"
    answers = last_year / "answers.xlsx"
    book.save(answers)
    hand_in("a.xlsx", year="2024", signed_on="2025年3月10日")
    own = openpyxl.load_workbook("inbox/a.xlsx")
    copied = own.create_sheet("上年问题整改")
    for line in page.iter_rows():
        for cell in line:
            copied.cell(cell.row, cell.column).value = cell.value
    own.save("inbox/a.xlsx")
    assert evalbatch("run", "--as-of", "2025-03-31", "--quiet", "--jobs", "1") == 0
    (report,) = Path("output/评价报告").rglob("城区道路养护.docx")
    said = text(report)
    assert "上年评价发现问题的整改情况" in said
    assert "整改情况：十条道路已于五月补验收，2024年5月。" in said
    assert "整改情况：〔待补充：整改情况〕。" in said  # the department's to write, so a gap
    (paper,) = Path("output/审核单").rglob("城区道路养护.docx")
    assert "十条道路已于五月补验收" in text(paper)
