"""A cycle under a scale of the office's own: five grades and other limits, found in everything that
is published.
"""

import csv
import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from blank.filled import FORMS, indicator, road_self_evaluation
from click.testing import CliRunner

from evalbatch import read_results
from evalbatch.blanks.blank_workbook import build
from evalbatch.cli import cli
from evalbatch.standards.policy import grade_words
from evalbatch.standards.policy_library import load_policies

POLICY = """
id = "county_scale"
inherits = "cz2020_self"
name = "某县五级口径"
basis = "某县绩效评价结果应用办法"
certainty = "source"
grades = [
    { word = "A", low = 96 },
    { word = "B", low = 92 },
    { word = "C", low = 85 },
    { word = "D", low = 70 },
    { word = "E", low = 0 },
]

[limits]
weight_share = 0.15
high_total = 60
alike_projects = 5

[limits.execution_reason_below]
value = 0.70
basis = "某县预算执行考核办法"
certainty = "source"
"""
SETTINGS = """
[cycle]
name = "2025年度绩效评价"
organiser = "某县财政局"
year = 2025

[paths]
policies = "口径"

[policies]
self_evaluation = "county_scale"
"""
#: project: roads mended of 40 (a point each), 万元 executed of 100
PROJECTS = {
    "东街改造": (40, 100),
    "西街改造": (35, 75),
    "南街改造": (31, 95),
    "北街改造": (4, 90),
    "中街改造": (40, 65),
}
GRADES = {"东街改造": "A", "西街改造": "B", "南街改造": "C", "北街改造": "E", "中街改造": ""}
WORDS = ("A", "B", "C", "D", "E")
ZH = ("优", "良", "中", "差")


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a whole cycle in a folder of its own."""
    folder = tmp_path_factory.mktemp("周期")
    (folder / "口径").mkdir()
    (folder / "口径" / "county.toml").write_text(POLICY, encoding="utf-8")
    (folder / "evalbatch.toml").write_text(SETTINGS, encoding="utf-8")
    inbox = folder / "inbox" / "住建局"
    inbox.mkdir(parents=True)
    policy = load_policies(folder / "口径")["county_scale"]
    form = FORMS["self_evaluation"].graded_by(grade_words([policy]))
    for name in PROJECTS:
        (inbox / f"{name}.xlsx").write_bytes(build(form, policy, filled(name)))
    settings = ["--settings", str(folder / "evalbatch.toml"), "--as-of", "2026-03-01"]
    result = CliRunner().invoke(
        cli, ["run", str(folder / "inbox"), "-o", str(folder / "output"), *settings, "--jobs", "1"]
    )
    assert result.exit_code == 0, result.output
    return folder / "output"


def filled(project: str) -> dict[str, Any]:
    """A workbook whose total is the roads, its execution score and 50 points for the rest."""
    roads, executed = PROJECTS[project]
    good = road_self_evaluation()
    for name in ("execution_reason",):
        good["fields"].pop(name)
    good["fields"] |= {"project": project, "year": 2025, "signed_on": date(2026, 2, 3)}
    good["fields"] |= {
        "unspent_reason": "余款为质量保证金，按合同结转下年支付。",
        "department": "住建局",
    }
    hundred = Decimal(100)
    current = {"initial_budget": hundred, "budget": hundred, "executed": Decimal(executed)}
    tier = {"target": "达成年度指标", "actual": "达成年度指标"}
    reason = "" if roads == 40 else "其余道路因管线迁改顺延到次年施工"
    counted = {"target": "40条", "actual": f"{roads}条", "reason": reason}
    good["tables"] = {
        "funding": [{"key": "current", **current}],
        "indicators": [
            indicator("产出指标", "数量指标", "改造道路", 40, roads, **counted),
            indicator("产出指标", "质量指标", "验收情况", 10, 10, **tier),
            indicator("效益指标", "社会效益指标", "通行改善", 30, 30, **tier),
            good["tables"]["indicators"][-1],
        ],
    }
    return good


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_the_csv_has_the_grades_of_the_scale(cycle: Path) -> None:
    assert {row["project"]: row["grade"] for row in rows(cycle / "data" / "projects.csv")} == GRADES


def test_a_limit_of_the_scale_is_applied_and_its_basis_quoted(cycle: Path) -> None:
    """75 % needs no reason here; 65 % does, by the basis of that limit and not of the profile."""
    (low,) = [row for row in rows(cycle / "data" / "findings.csv") if row["code"] == "X02"]
    assert (low["project"], low["expected"]) == ("中街改造", "70%")
    assert low["basis"] == "某县预算执行考核办法"
    heavy = {row["basis"] for row in rows(cycle / "data" / "findings.csv") if row["code"] == "W03"}
    assert heavy == {"评分口径《某县五级口径》"}


def test_projects_of_a_department_are_alike_by_the_limits_of_the_scale(cycle: Path) -> None:
    (alike,) = [row for row in rows(cycle / "data" / "findings.csv") if row["code"] == "D04"]
    assert alike["message"] == "住建局的5个项目自评均在60分以上（最低63分）。"
    assert alike["basis"] == "评分口径《某县五级口径》"


def test_the_summary_workbook_counts_them(cycle: Path) -> None:
    book = openpyxl.load_workbook(cycle / "汇总表.xlsx", data_only=True)
    heads = [cell.value for row in book["总览"].iter_rows() for cell in row if cell.value]
    grades = [head for head in heads if str(head).startswith("等次：")]
    assert grades == [f"等次：{word}" for word in WORDS]
    by_department = [cell.value for cell in book["部门"][3]]
    at = by_department.index("A")
    assert by_department[at : at + 5] == list(WORDS)
    assert [cell.value for cell in book["部门"][4]][at : at + 5] == [1, 1, 1, 0, 1]
    texts = {str(cell.value) for row in book["项目"].iter_rows() for cell in row}
    assert {"A", "B", "C", "E"} <= texts
    assert not texts & set(ZH)


def test_the_consolidated_report_counts_them(cycle: Path) -> None:
    report = docx.Document(str(cycle / "总报告.docx"))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in report.tables]
    heads, *counts = next(table for table in tables if "A" in table[0])
    at = heads.index("A")
    assert heads[at : at + 5] == list(WORDS)
    assert counts[0][at : at + 5] == ["1", "1", "1", "0", "1"]
    assert not any(set(ZH) & set(table[0]) for table in tables)
    text = "\n".join(paragraph.text for paragraph in report.paragraphs)
    assert "低于70%" in text or "在70%以上" in text


@pytest.mark.parametrize(("project", "grade"), GRADES.items())
def test_a_project_report_names_its_grade(cycle: Path, project: str, grade: str) -> None:
    report = docx.Document(str(next((cycle / "评价报告").rglob(f"{project}*.docx"))))
    cells = {cell.text for table in report.tables for row in table.rows for cell in row.cells}
    text = "\n".join([*(paragraph.text for paragraph in report.paragraphs), *cells])
    if grade:
        assert f"“{grade}”" in text
    assert not any(f"“{word}”" in text for word in ZH)
    assert "96（含）-100分为A" in text or "96" in text


def test_the_status_page_shows_the_grades_and_the_limit(cycle: Path) -> None:
    page = (cycle / "状态.html").read_text(encoding="utf-8")
    shown = re.findall(r"<td[^>]*>([A-E])</td>", page)
    assert sorted(shown) == sorted(filter(None, GRADES.values()))
    assert not re.search(rf"<td[^>]*>[{''.join(ZH)}]</td>", page)
    assert "低于70%" in page


def test_working_paper_and_annotated_copy_tell_the_limit(cycle: Path) -> None:
    paper = docx.Document(str(next((cycle / "审核单").rglob("中街改造*.docx"))))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert any("低于70%" in cell for cell in cells)
    book = openpyxl.load_workbook(next((cycle / "审核意见").rglob("中街改造*.xlsx")))
    listed = [str(cell.value) for row in book["审核意见"].iter_rows() for cell in row]
    assert any("低于70%" in text for text in listed)
    prompts = [str(rule.prompt) for sheet in book for rule in sheet.data_validations.dataValidation]
    assert any("低于70%" in prompt for prompt in prompts)
    assert not any("90%）" in prompt for prompt in prompts)


def test_frames_and_the_analysis_have_the_grades_in_their_order(
    cycle: Path, tmp_path: Path
) -> None:
    frame = read_results(cycle).projects
    assert tuple(frame["grade"].cat.categories) == WORDS
    written = tmp_path / "分析.xlsx"
    result = CliRunner().invoke(cli, ["analyse", str(cycle), "-o", str(written)])
    assert result.exit_code == 0, result.output
    rows = list(openpyxl.load_workbook(written)["等次分布"].iter_rows(values_only=True))
    assert [row[3] for row in rows[3:] if row[3]] == ["A", "B", "C", "E"]


def test_the_blank_offers_the_grades_of_the_scale(tmp_path: Path) -> None:
    (tmp_path / "county.toml").write_text(POLICY, encoding="utf-8")
    policy = load_policies(tmp_path)["county_scale"]
    form = FORMS["self_evaluation"].graded_by(grade_words([policy]))
    assert form.fields["stated_grade"].options == WORDS
    book = openpyxl.load_workbook(BytesIO(build(form, policy)))
    texts = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "☐E" in texts
    assert "☐优" not in texts


def test_what_a_profile_rests_on_can_be_asked_for(tmp_path: Path) -> None:
    asked = CliRunner().invoke(cli, ["policies", "cz2020_self"])
    assert asked.exit_code == 0
    assert "限值 execution_reason_below = 0.90：四川省" in asked.output
    assert "有公开来源：等次90、80、60分" in asked.output
    unknown = CliRunner().invoke(cli, ["policies", "cz1999"])
    assert unknown.exit_code == 2
    assert "没有这种口径" in unknown.output
