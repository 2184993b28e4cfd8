"""A form by data alone: one TOML file in a folder that the settings name, and the whole batch runs
with it.

The form is the self-evaluation of a whole department, under another id and with a label of its own,
beside the shipped one.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from annual.offices import Night, night, whole_night

import evalbatch.standards
from evalbatch.blanks.blank_workbook import build
from evalbatch.errors import SettingsFault
from evalbatch.model.submission import Stamp
from evalbatch.nightly.setup import Setup, standards
from evalbatch.reading.reader import read
from evalbatch.settings import Settings
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

SHIPPED = Path(evalbatch.standards.__file__).parent / "forms" / "department_evaluation.toml"
OWN, TITLE, LABEL = "whole_department", "市直部门整体支出自评表", "自评内容名称"
SHIPPED_TITLE = "部门整体支出绩效自评表"
FILE = "市直/整体自评.xlsx"
FIELDS = {
    "project": "部门整体支出",
    "department": "示例市水务局",
    "unit": "示例市水务局",
    "year": "2025",
    "goal_expected": "完成供水保障任务，改善农村饮水条件。",
    "goal_actual": "供水保障任务全部完成，农村饮水条件明显改善。",
    "unspent_reason": "未支出的60万元为工程质量保证金，结转下年支付。",
    "period_start": date(2025, 1, 1),
    "period_end": date(2025, 12, 31),
    "reported_on": date(2026, 2, 10),
    "signed_on": date(2026, 2, 10),
    "survey_issued": Decimal(200),
    "survey_returned": Decimal(190),
    "survey_valid": Decimal(186),
    "survey_satisfied": Decimal(173),
    "survey_rate": Decimal("0.9301"),
    "survey_respondents": "供水范围内的居民用户",
}
FUNDING = [
    {"key": "total", "initial_budget": 1150, "budget": 1200, "executed": 1140},
    {"key": "basic", "initial_budget": 700, "budget": 700, "executed": 690},
    {"key": "projects", "initial_budget": 450, "budget": 500, "executed": 450},
]
OUTPUT, BENEFIT = "产出指标", "效益指标"
REASON = "第四季度人员调整，一项任务顺延，下年一季度补齐。"
#: level 1, level 2, level 3, target, actual, weight, claimed, reason, computed
ROWS: list[tuple[str, str, str, str, str, str, str, str, str]] = [
    (OUTPUT, "数量指标", "供水管网巡检", "12次", "12次", "8", "8", "", "8"),
    (OUTPUT, "数量指标", "节水宣传活动", "10场", "9场", "8", "7.2", REASON, "7.2"),
    (OUTPUT, "数量指标", "农村饮水工程竣工", "6个", "6个", "5", "5", "", "5"),
    (
        OUTPUT,
        "质量指标",
        "重点支出安排率",
        "≥90%",
        "85%",
        "5",
        "4",
        "部分重点项目跨年实施，支出推迟。",
        "4",
    ),
    (OUTPUT, "质量指标", "水质检测合格率", "≥95%", "96%", "6", "6", "", "6"),
    (OUTPUT, "时效指标", "任务按时完成率", "100%", "100%", "5", "5", "", "5"),
    (
        OUTPUT,
        "成本指标",
        "在职人员控制率",
        "≤100%",
        "102%",
        "5",
        "4",
        "年中接收军转干部两名，超出编制控制数。",
        "4",
    ),
    (OUTPUT, "成本指标", "三公经费变动率", "≤0%", "-5%", "5", "5", "", "5"),
    (
        OUTPUT,
        "成本指标",
        "预算调整率",
        "≤0%",
        "8%",
        "3",
        "2",
        "上级年中追加农村饮水资金，按程序调整预算。",
        "2",
    ),
    (BENEFIT, "经济效益指标", "供水企业经营", "达成年度指标", "达成年度指标", "10", "10", "", "10"),
    (BENEFIT, "社会效益指标", "居民用水条件", "达成年度指标", "达成年度指标", "10", "10", "", "10"),
    (
        BENEFIT,
        "可持续影响指标",
        "管护机制",
        "达成年度指标",
        "达成年度指标",
        "10",
        "9.5",
        "两个乡镇的管护人员尚未到位。",
        "9.5",
    ),
    ("满意度指标", "服务对象满意度指标", "用水户满意度", "≥90%", "93.01%", "10", "10", "", "10"),
]
COLUMNS = ("level1", "level2", "level3", "target", "actual", "weight", "score", "reason")


def filled(form: FormSpec, **changes: Any) -> bytes:
    """Return a filled workbook of the form."""
    rows = [
        {
            column: Decimal(value) if column in {"weight", "score"} else value
            for column, value in zip(COLUMNS, row, strict=False)
        }
        for row in ROWS
    ]
    tables = {
        "funding": [{key: _figure(value) for key, value in row.items()} for row in FUNDING],
        "indicators": rows,
    }
    fields = {**FIELDS, **changes}
    stamp = Stamp(form.id, form.version, "2025", str(fields["department"]), str(fields["project"]))
    return build(form, load_policies()[form.policy], {"fields": fields, "tables": tables}, stamp)


def _figure(value: object) -> object:
    return Decimal(value) if isinstance(value, int) else value


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, FormSpec]:
    """A cycle whose settings name a folder with the form."""
    root = tmp_path_factory.mktemp("own_form")
    (root / "forms").mkdir()
    text = SHIPPED.read_text(encoding="utf-8").replace(
        'id = "department_evaluation"', f'id = "{OWN}"'
    )
    text = text.replace('title = "部门整体支出绩效自评表"', f'title = "{TITLE}"').replace(
        'label = "评价对象"', f'label = "{LABEL}"'
    )
    assert text.count(LABEL) == 1
    (root / "forms" / "自评.toml").write_text(
        text.replace('text = "部门整体支出绩效自评表"', f'text = "{TITLE}"'), encoding="utf-8"
    )
    (root / "evalbatch.toml").write_text(
        '[paths]\nforms = "forms"\n[cycle]\nname = "整体自评"\n', encoding="utf-8"
    )
    settings = Settings.load(root / "evalbatch.toml")
    assert settings.paths.forms is not None
    return settings, load_forms(settings.paths.forms)[OWN]


@pytest.fixture(scope="module")
def done(cycle: tuple[Settings, FormSpec], tmp_path_factory: pytest.TempPathFactory) -> Night:
    settings, form = cycle
    other = filled(
        load_forms()["department_evaluation"], department="示例市林业局", unit="示例市林业局"
    )
    files = {FILE: filled(form), "市直/林业局.xlsx": other}
    return whole_night(tmp_path_factory.mktemp("night"), files, date(2026, 2, 20), settings)


def one(done: Night, name: str, **wanted: str) -> Mapping[str, str]:
    (row,) = [
        row for row in done.rows(name) if all(row[key] == value for key, value in wanted.items())
    ]
    return row


def test_its_blank_workbook_has_its_own_title_and_label_and_reads_as_itself(
    cycle: tuple[Settings, FormSpec],
):
    settings, form = cycle
    assert settings.paths.forms is not None
    blank = build(form, load_policies()[form.policy])
    (submission,) = read(blank, "blank.xlsx", load_forms(settings.paths.forms))
    assert submission.form == OWN
    assert submission.fields["project"].text == "部门整体支出"


def test_a_profile_that_does_not_exist_is_said_before_anything_runs(tmp_path: Path):
    (tmp_path / "forms").mkdir()
    text = SHIPPED.read_text(encoding="utf-8").replace(
        'policy = "department_self"', 'policy = "department_slef"'
    )
    (tmp_path / "forms" / "自评.toml").write_text(text, encoding="utf-8")
    (tmp_path / "evalbatch.toml").write_text('[paths]\nforms = "forms"\n', encoding="utf-8")
    settings = Settings.load(tmp_path / "evalbatch.toml")
    for load in (Setup.load, lambda each: standards(each, date(2026, 2, 20))):
        with pytest.raises(SettingsFault, match=r"department_slef.*最接近的是 department_self"):
            load(settings)


def test_both_forms_are_told_apart_and_nothing_is_found_wrong(done: Night):
    assert {row["file"]: (row["form"], row["status"]) for row in done.rows("projects")} == {
        FILE: (OWN, "graded"),
        "市直/林业局.xlsx": ("department_evaluation", "graded"),
    }
    assert {row["code"] for row in done.rows("findings") if row["severity"] == "error"} == set()


def test_it_is_scored_by_its_profile(done: Night):
    project = one(done, "projects", file=FILE)
    totals = (
        "claimed_total",
        "computed_total",
        "final_total",
        "grade",
        "budget",
        "executed",
        "execution_rate",
        "policy",
    )
    assert [project[name] for name in totals] == [
        "95.2",
        "95.2",
        "95.2",
        "优",
        "1200",
        "1140",
        "0.9500",
        "department_self",
    ]
    scored = {row["level3"]: row for row in done.rows("indicators") if row["file"] == FILE}
    for _, _, name, _, _, weight, claimed, _, computed in ROWS:
        row = scored[name]
        assert (name, row["weight"], row["claimed_score"], row["computed_score"]) == (
            name,
            weight,
            claimed,
            computed,
        )
        assert row["final_score"] == claimed
    (execution,) = [row for name, row in scored.items() if name not in {row[2] for row in ROWS}]
    assert (execution["weight"], execution["computed_score"], execution["final_score"]) == (
        "10",
        "9.5",
        "9.5",
    )


def test_the_summary_workbook_groups_it_by_its_title(done: Night):
    book = openpyxl.load_workbook(done.folder / "汇总表.xlsx", data_only=True)
    lines = {row[0]: row for row in book["总览"].iter_rows(values_only=True) if row[0]}
    assert TITLE in lines
    assert "部门整体支出绩效自评表" in lines
    assert 95.2 in lines[TITLE]
    listed = [
        row
        for row in book["项目"].iter_rows(min_row=4, values_only=True)
        if row[1] == "示例市水务局"
    ]
    assert len(listed) == 1
    assert {"优", 95.2, 1200, 1140} <= set(listed[0])


def test_its_report_speaks_of_a_department_with_its_figures(done: Night):
    path = done.folder / one(done, "projects", file=FILE)["report"]
    document = docx.Document(str(path))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert "示例市水务局" in text
    assert "95.2" in text
    assert "1200" in text or "1,200" in text or "1200.00" in text
    assert {"重点支出安排率", "三公经费变动率"} <= cells
    assert "部门整体支出绩效自评" in text


def test_a_faulty_one_is_returned_with_its_cell(cycle: tuple[Settings, FormSpec], tmp_path: Path):
    settings, form = cycle
    found = night(
        tmp_path, {FILE: filled(form, goal_actual=None)}, date(2026, 2, 20), settings
    ).findings("B01")
    assert [(row["file"], row["severity"]) for row in found] == [(FILE, "error")]
    assert "实际完成情况" in found[0]["message"]
    assert found[0]["cell"]
