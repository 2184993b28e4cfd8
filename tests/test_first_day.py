"""A cycle from its first day, as a clerk goes through it: the commands are real, and so is everything behind them."""

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from evalbatch import cli

SELF, ANNUAL = "项目支出绩效自评表", "年度绩效管理指标节点表"
LINES = (
    ("某市交通运输局", "公路中心", "农村公路养护", SELF, 465.47, "jt@example.gov.cn", None),
    ("某市教育局", "第一中学", "公用经费", SELF, 88.5, "jy@example.gov.cn", date(2027, 3, 15)),
    ("某市水利局", "水文站", "公用经费", SELF, 20, "sl@example.gov.cn", None),
    ("某市人民政府办公室", "综合处", None, ANNUAL, None, None, date(2027, 1, 15)),
)


def evalbatch(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


def register(*lines: tuple[object, ...]) -> None:
    """Type lines into the roster, below its examples."""
    book = openpyxl.load_workbook("名册.xlsx")
    sheet = book.worksheets[0]
    first = next(row for row in range(4, 20) if sheet.cell(row, 2).value is None)
    for row, line in enumerate(lines, start=first):
        for column, value in enumerate((row, *line), start=1):
            sheet.cell(row, column, value)
    book.save("名册.xlsx")


def set_up(old: str, new: str) -> None:
    path = Path("evalbatch.toml")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def edit(name: str, old: str, new: str) -> None:
    """Change a paragraph of a Word template, or take it out."""
    document = Document(str(Path("报告模板") / f"{name}.docx"))
    paragraph = next(each for each in document.paragraphs if old in each.text)
    if new:
        paragraph.runs[0].text = paragraph.text.replace(old, new)
        for run in paragraph.runs[1:]:
            run.text = ""
    else:
        parent = paragraph._p.getparent()
        assert parent is not None
        parent.remove(paragraph._p)
    document.save(f"报告模板/{name}.docx")


def listing() -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@pytest.fixture
def cycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert evalbatch("init", "2026年度", "--year", "2026") == 0
    monkeypatch.chdir(tmp_path / "2026年度")
    capsys.readouterr()
    return tmp_path / "2026年度"


@pytest.mark.usefixtures("cycle")
def test_all_bad_input_is_said_at_once_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    register(
        LINES[0],
        (*LINES[0][:2], "农村公路养护（修改版）", *LINES[0][3:]),
        ("某市教育局", "第一中学", "操场", "项目支出自评表", 1, "jy-example.gov.cn", date(2025, 1, 1)),
    )
    set_up("deadline = ", "deadlin = ")
    set_up('self_evaluation = "cz2020_self"', 'self_evaluation = "cz2020_slf"')
    edit("project", "{{ 导语 }}", "{{ 导言 }}")
    edit("total", "{%p endfor %}", "")
    before = listing()
    for command in (("run",), ("blank",), ("send",)):
        assert evalbatch(*command) == 2
        said = capsys.readouterr().err.splitlines()
        for number, (place, what) in enumerate(
            (
                ("evalbatch.toml 第10行 [cycle] deadlin", "没有这个键，最接近的是 deadline"),
                ("evalbatch.toml 第26行 [policies] self_evaluation", "最接近的是 cz2020_self"),
                ("名册.xlsx 项目名册!D7", "每个项目只登记一次（与第6行重复）"),
                ("名册.xlsx 项目名册!E8", "最接近的是“项目支出绩效自评表”"),
                ("名册.xlsx 项目名册!G8：现为“jy-example.gov.cn”", "电子邮箱地址"),
                ("名册.xlsx 项目名册!H8", "不早于评价期开始日 2026-01-01"),
                ("Word模板project.docx：正文“{{ 导言 }}", "最接近的是“导语”"),
                ("Word模板total.docx：正文", "没有与它成对的“{% endfor %}”"),
            )
        ):
            assert said[number].removeprefix("错误：").startswith(place)
            assert what in said[number]
        assert len(said) == 8
    assert listing() == before


@pytest.mark.usefixtures("cycle")
def test_a_template_that_no_report_uses_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy("报告模板/project.docx", "报告模板/project - 副本.docx")
    Path("报告模板/~$oject.docx").write_bytes(b"lock file of Word")
    assert evalbatch("run") == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("错误：报告模板/project - 副本.docx：没有报告用这个模板；文件名应为 project.docx")


@pytest.mark.usefixtures("cycle")
def test_a_blank_of_one_form_is_named_by_id_or_title_and_overwrites_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert evalbatch("blank", SELF, "-o", "单.xlsx") == 0
    assert evalbatch("blank", "self_evaluation", "-o", "单.xlsx") == 0
    Path("单.xlsx").write_bytes(b"filled in")
    assert evalbatch("blank", SELF, "-o", "单.xlsx") == 2
    assert "已有同名文件，未改动：单.xlsx" in capsys.readouterr().err
    assert Path("单.xlsx").read_bytes() == b"filled in"
    assert evalbatch("blank", "自评") == 2
    assert "self_evaluation（项目支出绩效自评表）" in capsys.readouterr().err


@pytest.mark.usefixtures("cycle")
def test_a_roster_without_a_line_makes_no_workbooks(capsys: pytest.CaptureFixture[str]) -> None:
    before = listing()
    assert evalbatch("blank") == 2
    assert "名册.xlsx 中还没有登记项目" in capsys.readouterr().err
    assert listing() == before


@pytest.mark.usefixtures("cycle")
def test_a_template_is_checked_listed_and_previewed_but_never_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    edit("office", "{{ 落款日期 }}", "{{ 落款日期 }}（盖章）")
    assert evalbatch("template", "check", "报告模板/office.docx", "--list", "--preview", "预览.docx") == 0
    said = capsys.readouterr().out
    assert "{{ 行.节点 }}\t印发养护计划" in said
    assert "按 office 检查" in said
    assert "2027年1月12日（盖章）" in "".join(each.text for each in Document("预览.docx").paragraphs)
    before = listing()
    assert evalbatch("template", "check", "报告模板/office.docx", "--preview", "./报告模板/office.docx") == 2
    assert listing() == before
