"""A fact that may be written in several ways is one fact: a cycle whose workbooks write it
otherwise says the same in every output.
"""

import csv
import json
import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from blank.filled import FORMS, POLICIES, made, road_self_evaluation
from click.testing import CliRunner

from evalbatch.blanks.blank_workbook import build
from evalbatch.cli import cli
from evalbatch.standards.policy import Limit

SETTINGS = '[cycle]\nname = "某县绩效评价"\norganiser = "某县财政局"\n'
YEARS = {"甲路": "2025年1月至12月", "乙路": "二○二五年度", "丙路": "２０２５", "丁路": "2025年度"}


def filled(project: str, **fields: object) -> bytes:
    good = road_self_evaluation()
    good["fields"] |= {"project": project, "signed_on": date(2026, 2, 3), **fields}
    return made("self_evaluation", good)


def run(folder: Path) -> None:
    asked = ["run", str(folder / "inbox"), "-o", str(folder / "output"), "--jobs", "1"]
    more = ["--settings", str(folder / "evalbatch.toml"), "--as-of", "2026-03-01"]
    result = CliRunner().invoke(cli, asked + more)
    assert result.exit_code == 0, result.output


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def said(path: Path) -> str:
    report = docx.Document(str(path))
    cells = (cell.text for table in report.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in report.paragraphs), *cells])


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a cycle whose workbooks write their year otherwise."""
    folder = tmp_path_factory.mktemp("周期")
    (folder / "evalbatch.toml").write_text(SETTINGS, encoding="utf-8")
    for project, year in YEARS.items():
        path = folder / "inbox" / f"{project}.xlsx"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(filled(project, year=year))
    run(folder)
    return folder


@pytest.mark.parametrize("project", YEARS)
def test_a_year_is_four_digits_in_every_output_however_it_was_typed(
    cycle: Path, project: str
) -> None:
    (row,) = [
        row for row in rows(cycle / "output" / "data" / "projects.csv") if row["project"] == project
    ]
    assert row["year"] == "2025"
    report = said(next((cycle / "output" / "评价报告").rglob(f"{project}*.docx")))
    assert "评价期间为2025年1月1日至2025年12月31日" in report
    assert "（2025年度）" in report
    checked = CliRunner().invoke(cli, ["check", "--json", str(cycle / "inbox" / f"{project}.xlsx")])
    assert [each["year"] for each in json.loads(checked.output)] == ["2025"]


def hints(data: bytes) -> str:
    book = openpyxl.load_workbook(BytesIO(data))
    rules = [rule for sheet in book for rule in sheet.data_validations.dataValidation]
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    return "\n".join([*(str(rule.prompt) for rule in rules), *cells])


def limit(value: str) -> Limit:
    return Limit(value=Decimal(value), basis="某县办法", certainty="source")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_blank_tells_the_limits_of_its_profile(form: str) -> None:
    """What a department is asked for is what it is held to."""
    policy = POLICIES[FORMS[form].policy]
    own = policy.model_copy(
        update={
            "limits": policy.limits.model_copy(
                update={
                    "execution_reason_below": limit("0.855"),
                    "reason_characters": limit("11"),
                    "output_benefit_share": limit("0.7"),
                }
            ),
            "quantitative": policy.quantitative.model_copy(
                update={"explain_above": limit("1.455")}
            ),
        }
    )
    shipped, changed = hints(build(FORMS[form], policy)), hints(build(FORMS[form], own))
    for told, instead in (
        ("低于90%", "低于85.5%"),
        ("不少于6个字", "不少于11个字"),
        ("达到130%以上", "达到145.5%以上"),
        ("产出和效益一般不低于60%", "产出和效益一般不低于70%"),
    ):
        assert shipped.count(told) == changed.count(instead)
        assert told not in changed
    assert not re.search(r"\{\w+\}", changed)


DEPARTMENTS = {
    "戊路": "城管局",
    "己路": "城 管 局",
    "庚路": "《城管局》",
    "辛路": "城管局",
    "壬路": "某县城管局",
}
ROSTER = ("主管部门", "实施单位", "项目名称", "报送表", "联系邮箱", "报送截止日")


def cycle_of_spellings(folder: Path, listed: bool) -> Path:
    """Run a cycle in which a department spells its name in several ways, with one text in all."""
    settings = SETTINGS
    if listed:
        book = openpyxl.Workbook()
        book.active.append(ROSTER)
        for project in DEPARTMENTS:
            line = ("城管局", "某县城管局", project, "项目支出绩效自评表", "a@example.gov.cn")
            book.active.append((*line, "2026-03-31"))
        book.active.title = "名册"
        book.save(folder / "名册.xlsx")
        settings += '[paths]\nroster = "名册.xlsx"\n'
    (folder / "evalbatch.toml").write_text(settings, encoding="utf-8")
    (folder / "inbox").mkdir()
    for project, department in DEPARTMENTS.items():
        data = filled(project, year=2025, department=department, unit="某县城管局")
        (folder / "inbox" / f"{project}.xlsx").write_bytes(data)
    run(folder)
    return folder / "output"


@pytest.mark.parametrize("listed", [True, False])
def test_a_department_is_one_however_it_spells_its_name(tmp_path: Path, listed: bool) -> None:
    """In the CSV files as in the summary's table and in what is said of it as a whole; by the
    roster the county's own office is the same one.
    """
    output = cycle_of_spellings(tmp_path, listed)
    others = set() if listed else {"某县城管局"}
    projects = rows(output / "data" / "projects.csv")
    assert {row["department"] for row in projects} == {"城管局"} | others
    assert {row["department"] for row in rows(output / "data" / "received.csv")} == (
        {"城管局"} | others
    )
    summary = openpyxl.load_workbook(output / "汇总表.xlsx", data_only=True)
    heads = [cell.value for cell in summary["部门"]["A"][3 : 3 + 1 + len(others)]]
    assert set(heads) == {"城管局"} | others
    assert [cell.value for cell in summary["部门"]["C"][3:4]] == [5 - len(others)]
    found = rows(output / "data" / "findings.csv")
    (alike,) = [row for row in found if row["code"] == "D04"]
    assert alike["message"].startswith(f"城管局的{5 - len(others)}个项目")
    assert alike["basis"] == POLICIES["cz2020_self"].limits.alike_projects.quoted
    assert ("D03" in {row["code"] for row in found}) is bool(others)
