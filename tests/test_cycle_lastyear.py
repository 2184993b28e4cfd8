"""Last year's results, read back from what was published."""

from decimal import Decimal
from pathlib import Path

import pytest
from records import cycle, funding, kept, record, row, scores

from evalbatch.cycle import last_year_results
from evalbatch.errors import SettingsFault
from evalbatch.model.evaluation import Status
from evalbatch.model.record import Cycle, last_years, year_key
from evalbatch.publish.summary import summary_workbook
from evalbatch.results import tables
from evalbatch.standards.form_library import load_forms


def last() -> Cycle:
    rows = [row(level3="完成里程", target="=100公里"), row(level3="质量合格率", computed=None)]
    return cycle(
        [
            record(scored=scores(rows, money=funding("465.47", "300.33"))),
            record("退.xlsx", project="退回的", status=Status.RETURNED),
            record("甲二.xlsx", project="同名项目", department="甲局"),
            record("乙二.xlsx", project="同名项目", department="乙局"),
            record(
                "处.xlsx",
                project="综合处",
                form=("annual_management", "年度绩效管理指标节点表"),
                scored=scores(money=funding(None, None)),
            ),
        ]
    )


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "上年"
    tables.write(folder / "data", kept(last()).results)
    summary_workbook.write(folder / "汇总表.xlsx", last())
    (folder / "ledger.sqlite").write_bytes(b"")
    return folder


@pytest.mark.parametrize("named", ["", "ledger.sqlite", "data", "data/projects.csv", "汇总表.xlsx"])
def test_whatever_of_the_output_is_named_gives_last_years_projects(
    output: Path, named: str
) -> None:
    found = last_year_results.load(output / named, load_forms())
    project = found[year_key("self_evaluation", "农村公路养护（修改版）")]
    assert project.scores is not None
    assert (project.scores.final_total, project.scores.grade) == (Decimal("92.45"), "优")
    assert project.scores.funding.unspent == Decimal("165.14")
    assert project.scores.funding.rate is not None
    assert project.scores.funding.rate.denominator_name == "全年预算数"
    assert [(each.level3, each.target, each.computed) for each in project.scores.rows] == [
        ("完成里程", "=100公里", Decimal("8.5")),
        ("质量合格率", "≥100公里", None),
    ]
    assert project.scores.rows[0].explanation == "工期延后"
    assert year_key("annual_management", "综合处") in found


def test_what_was_not_graded_or_leaves_a_doubt_is_not_compared_with(output: Path) -> None:
    found = last_year_results.load(output, load_forms())
    assert year_key("self_evaluation", "退回的") not in found
    assert last_years(found, "self_evaluation", "同名项目", "") is None
    assert last_years(found, "self_evaluation", "同名项目", "丁局") is None


def test_another_departments_project_of_the_same_name_is_never_compared_with(output: Path) -> None:
    found = last_year_results.load(output, load_forms())
    for department, file in (
        ("甲局", "甲二.xlsx"),
        ("乙局", "乙二.xlsx"),
        ("某市甲局", None),
    ):  # a short name is in too many others
        before = last_years(found, "self_evaluation", "同名项目", department)
        assert (before.file if before else None) == file
    assert last_years(found, "self_evaluation", "农村公路养护", "教育局") is None
    for department in ("交通局", "某市交通局", ""):  # as roster and workbook name it, or not at all
        assert last_years(found, "self_evaluation", "农村公路养护", department) is not None


@pytest.mark.parametrize("name", ["没有", "没有.xlsx", "坏.xlsx", "别的"])
def test_what_is_no_output_of_last_year_is_a_fault_that_says_what_is_wanted(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"text")
    (tmp_path / "别的").mkdir()
    with pytest.raises(SettingsFault, match=r"上年的输出文件夹、台账（ledger\.sqlite）或汇总表"):
        last_year_results.load(tmp_path / name, load_forms())


def test_last_years_budget_and_what_was_executed_of_it_are_not_mixed_up(output: Path) -> None:
    found = last_year_results.load(output, load_forms())
    project = found[year_key("self_evaluation", "农村公路养护（修改版）")]
    assert project.scores is not None
    money = project.scores.funding
    assert (money.budget, money.executed) == (Decimal("465.47"), Decimal("300.33"))
