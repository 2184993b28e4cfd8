"""A cycle from its first day, as a clerk goes through it: the commands are real, and so is
everything behind them.
"""

import csv
import re
import shutil
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from blank.filled import FORMS, POLICIES, road_self_evaluation
from docx import Document
from repository import evalbatch

from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.prefilling import LAST_YEARS
from evalbatch.model.submission import Stamp
from evalbatch.reading.reader import read

SELF, ANNUAL = "项目支出绩效自评表", "年度绩效管理指标节点表"
LINES: tuple[tuple[str | float | date | None, ...], ...] = (
    ("某市交通运输局", "公路中心", "农村公路养护", SELF, 465.47, "jt@example.gov.cn", None),
    ("某市教育局", "第一中学", "公用经费", SELF, 88.5, "jy@example.gov.cn", date(2027, 3, 15)),
    ("某市水利局", "水文站", "公用经费", SELF, 20, "sl@example.gov.cn", None),
    ("某市人民政府办公室", "综合处", None, ANNUAL, None, None, date(2027, 1, 15)),
)


def register(*lines: tuple[str | float | date | None, ...]) -> None:
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
def cycle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    assert evalbatch("init", "2026年度", "--year", "2026") == 0
    monkeypatch.chdir(tmp_path / "2026年度")
    capsys.readouterr()
    return tmp_path / "2026年度"


@pytest.mark.usefixtures("cycle")
def test_all_bad_input_is_said_at_once_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    register(
        LINES[0],
        (*LINES[0][:2], "农村公路养护（修改版）", *LINES[0][3:]),
        (
            "某市教育局",
            "第一中学",
            "操场",
            "项目支出自评表",
            1,
            "jy-example.gov.cn",
            date(2025, 1, 1),
        ),
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
                ("evalbatch.toml 第30行 [policies] self_evaluation", "最接近的是 cz2020_self"),
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
    shutil.copy("报告模板/project.docx", "报告模板/项目报告.docx")
    shutil.copy("报告模板/project.docx", "报告模板/project - 副本.docx")  # a backup: passed over
    Path("报告模板/~$oject.docx").write_bytes(b"lock file of Word")
    assert evalbatch("run") == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith(
        "错误：报告模板/项目报告.docx：没有报告用这个模板；文件名应为 project.docx"
    )


@pytest.mark.usefixtures("cycle")
def test_a_blank_of_one_form_is_named_by_id_or_title_and_overwrites_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
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
def test_a_template_is_checked_listed_and_previewed_but_never_overwritten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit("office", "{{ 落款日期 }}", "{{ 落款日期 }}（盖章）")
    assert (
        evalbatch("template", "check", "报告模板/office.docx", "--list", "--preview", "预览.docx")
        == 0
    )
    said = capsys.readouterr().out
    assert "{{ 行.节点 }}\t印发养护计划" in said
    assert "按 office 检查" in said
    assert "2027年1月12日（盖章）" in "".join(
        each.text for each in Document("预览.docx").paragraphs
    )
    before = listing()
    assert (
        evalbatch(
            "template", "check", "报告模板/office.docx", "--preview", "./报告模板/office.docx"
        )
        == 2
    )
    assert listing() == before


def filled(
    project: str,
    department: str,
    unit: str,
    target: str,
    *,
    stamped: bool = True,
    actual: str = "12个",
    year: int = 2026,
) -> bytes:
    """A workbook that a department filled in without a fault, typed into ours or into one without a
    stamp.
    """
    values = road_self_evaluation()
    values["fields"] |= {"project": project, "department": department, "unit": unit, "year": year}
    values["tables"]["indicators"][0] |= {"target": target, "actual": actual}
    form = FORMS["self_evaluation"]
    stamp = Stamp(form.id, form.version, "", department, project) if stamped else None
    return build(form, POLICIES[form.policy], values, stamp)


def zipped(members: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def hand_in(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = Path("inbox") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def rows(sheet: str) -> list[dict[str, object]]:
    lines = openpyxl.load_workbook("output/汇总表.xlsx", data_only=True)[sheet].iter_rows(
        min_row=3, values_only=True
    )
    header = [str(name) for name in next(lines)]
    return [dict(zip(header, line, strict=True)) for line in lines]


def findings(code: str) -> list[dict[str, str]]:
    with Path("output/data/findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [line for line in csv.DictReader(stream) if line["code"] == code]


@pytest.mark.slow
def test_who_handed_in_what_is_known_whatever_the_files_are_called(cycle: Path) -> None:
    register(*LINES)
    hand_in(
        {
            "交通/农村公路养护.xlsx": b"no workbook at all",
            "教育局/第1份.xlsx": filled(
                "公用 经费（修改版）", "某市教育局", "第一中学", "≥12个", stamped=False
            ),
            "各局.zip": zipped(
                {
                    "../../../水利.xlsx": filled("公用经费", "某市水利局", "水文站", "12个"),
                    "C:\\卫健\\x.xlsx": filled(
                        "另外的项目", "某市卫健委", "医院", "12个", stamped=False
                    ),
                }
            ),
        }
    )
    assert evalbatch("run", "--quiet", "--as-of", "2027-03-20") == 0
    every = rows("报送情况")
    told = {(line["主管部门"], line["项目名称"]): line for line in every if line["名册序号"]}
    assert {(*key, line["状态"], line["采用的报送文件"]) for key, line in told.items()} == {
        ("某市人民政府办公室", "综合处", "未报送", None),
        ("某市交通运输局", "农村公路养护", "无法读取", "交通/农村公路养护.xlsx"),
        ("某市教育局", "公用经费", "已核定", "教育局/第1份.xlsx"),
        ("某市水利局", "公用经费", "已核定", "各局.zip/水利.xlsx"),
    }
    assert [line["剩余天数"] for line in told.values() if not line["采用的报送文件"]] == [-64]
    assert [line["项目名称"] for line in every if line["状态"] == "名册外"] == ["另外的项目"]
    assert [(line["project"], "逾期64天" in line["message"]) for line in findings("D02")] == [
        ("", True)
    ]
    assert [line["file"].rpartition("/")[2] for line in findings("D05")] == ["x.xlsx"]
    assert sorted(
        path.relative_to("output/评价报告").as_posix()
        for path in Path("output/评价报告").rglob("*.docx")
    ) == [
        "某市卫健委/另外的项目.docx",
        "某市教育局/公用 经费（修改版）.docx",
        "某市水利局/公用经费.docx",
    ]
    assert [path.name for path in cycle.parent.iterdir()] == ["2026年度"]


@pytest.mark.slow
def test_the_next_year_starts_from_this_years_results(
    cycle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(
        {
            "教育局/甲.xlsx": filled("公用经费", "某市教育局", "第一中学", "≥14个", actual="14个"),
            "水利局/乙.xlsx": filled("公用经费", "某市水利局", "水文站", "≥10个"),
        }
    )
    assert evalbatch("run", "--quiet", "--as-of", "2027-03-20") == 0
    monkeypatch.chdir(cycle.parent)
    assert evalbatch("init", "2027年度", "--year", "2027") == 0
    monkeypatch.chdir(cycle.parent / "2027年度")
    set_up('# last_year = "../上年/output"', 'last_year = "../2026年度/output"')
    register(*LINES[:3])

    assert evalbatch("blank") == 0
    sent = {path.parent.name: path for path in Path("空白表").rglob("*－*.xlsx")}
    for department, target in (("某市教育局", "≥14个"), ("某市水利局", "≥10个")):
        (submission,) = read(sent[department].read_bytes(), "甲.xlsx", FORMS)
        first = next(iter(submission.rows("indicators")))
        assert (first.text("level3"), first.text("target"), first.text("actual")) == (
            "养护道路",
            target,
            "",
        )
        assert submission.number("year") == Decimal(2027)
    note = [
        cell.comment.text
        for line in openpyxl.load_workbook(sent["某市教育局"])["自评表"]
        for cell in line
        if cell.comment
    ]
    assert note == [LAST_YEARS]

    hand_in(
        {
            "教育局/甲.xlsx": filled("公用经费", "教育局", "第一中学", "≥12个", year=2027),
            "水利局/乙.xlsx": sent[
                "某市水利局"
            ].read_bytes(),  # sent back as it was: returned for its blanks
        }
    )
    assert evalbatch("run", "--quiet", "--as-of", "2028-03-20") == 0
    seen = [line["message"] for line in findings("D06") if line["file"] == "教育局/甲.xlsx"]
    lowered = "“养护道路”的年度指标值由上年的≥14个放宽为≥12个。"
    assert lowered in seen
    capsys.readouterr()
    evalbatch("check", "inbox/教育局/甲.xlsx")
    assert lowered in capsys.readouterr().out
    assert any(message.startswith("连续两年资金没有用完") for message in seen)
    said = "".join(
        each.text for each in Document("output/评价报告/教育局/公用经费.docx").paragraphs
    )
    assert "其中1项年度指标值有变化：“养护道路”由≥14个改为≥12个" in said
    listed = {line["主管部门"]: line for line in rows("项目")}
    ours = listed["某市教育局"]  # as the roster calls it
    assert (ours["上年得分"], ours["上年等次"]) == (92.45, "优")
    assert (
        next(line["上年指标值"] for line in rows("指标") if line["三级指标"] == "养护道路")
        == "≥14个"
    )
    (copy,) = Path("output/审核意见/某市水利局").iterdir()
    notes = [
        cell.comment.text
        for line in openpyxl.load_workbook(copy)["自评表"]
        for cell in line
        if cell.comment
    ]
    assert LAST_YEARS in notes
    assert any("【审核意见】" in text for text in notes)


def test_every_command_of_the_guide_exists(cycle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = set(
        re.findall(r"evalbatch ([a-z]+)", (cycle / "使用说明.txt").read_text(encoding="utf-8-sig"))
    )
    assert {"blank", "run", "check", "template", "schedule", "explain", "send"} <= named
    for command in named:
        assert evalbatch(command, "--help") == 0
    capsys.readouterr()
    evalbatch("template", "check", "--help")
    said = capsys.readouterr().out
    assert all(option in said for option in ("--list", "--preview"))
