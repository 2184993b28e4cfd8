"""The example of the manual: its three parts make a form, with several scored tables or none."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evalbatch.blanks.blank_workbook import build
from evalbatch.checks.assess import assess
from evalbatch.cli import main
from evalbatch.model.evaluation import Evaluation, Status
from evalbatch.model.finding import Severity
from evalbatch.reading.reader import read
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

MANUAL = Path(__file__).parents[2] / "README.zh-CN.md"
NAME = "village_project"
FIELDS: dict[str, Any] = {
    "project": "村道亮化",
    "department": "示例镇人民政府",
    "unit": "示例村民委员会",
    "year": Decimal(2024),
}
MONEY = [
    {"key": "total", "budget": Decimal(12), "executed": Decimal(12)},
    {"key": "current", "budget": Decimal(12), "executed": Decimal(12)},
]
ROWS = [
    ("产出指标", "数量指标", "安装路灯", "≥40盏", "40盏", 40, 40),
    ("效益指标", "社会效益指标", "受益户数", "≥120户", "120户", 30, 30),
]
UPKEEP = [("管护人员落实", "已落实", 12, 12), ("巡查记录", "缺两个月记录", 8, 6)]


def parts() -> tuple[str, str, str]:
    chapter = (
        MANUAL.read_text(encoding="utf-8").partition("## 自己写一种表")[2].partition("\n## ")[0]
    )
    first, second, third = re.findall(r"```toml\n(.*?)```", chapter, re.DOTALL)
    return first, second, third


def judged(folder: Path, text: str, tables: dict[str, Any]) -> Evaluation:
    (folder / "村级.toml").write_text(text, encoding="utf-8")
    forms, policy = load_forms(folder), load_policies()["cz2020_self"]
    data = build(forms[NAME], policy, {"fields": FIELDS, "tables": tables})
    (submission,) = read(data, "表.xlsx", forms)
    assert submission.form == NAME
    return assess(submission, forms[NAME], policy, date(2025, 3, 1))


def lines(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    points = {"weight", "score"}
    return [
        {
            name: Decimal(value) if name in points else value
            for name, value in zip(names, row, strict=False)
        }
        for row in rows
    ]


COLUMNS = ("level1", "level2", "level3", "target", "actual", "weight", "score")


def test_all_three_parts_make_a_form_with_two_scored_tables(tmp_path: Path) -> None:
    upkeep = lines(("level3", "actual", "weight", "score"), UPKEEP)
    upkeep[1]["reason"] = "巡查员住院，十月起由村干部代为巡查"
    tables = {"funding": MONEY, "indicators": lines(COLUMNS, ROWS), "upkeep": upkeep}
    evaluation = judged(tmp_path, "\n".join(parts()), tables)
    scores = evaluation.scores
    assert {finding.code for finding in evaluation.findings}.isdisjoint(
        {"W01", "S05", "B01", "F04"}
    )
    assert (scores.weight_total, scores.claimed_total, scores.final_total) == (100, 98, 98)
    assert [
        (row.level1, row.level3, row.final) for row in scores.rows if row.level1 == "管护情况"
    ] == [
        ("管护情况", "管护人员落实", 12),
        ("管护情况", "巡查记录", 6),
    ]
    assert evaluation.status is Status.GRADED


def test_without_scores_it_is_accepted(tmp_path: Path) -> None:
    first, second, _ = parts()
    first = first.replace("scored = true ", "scored = false ")
    first = first.replace('  { kind = "table", table = "upkeep" },\n', "")
    second = re.sub(
        r'  \{ id = "(?:weight|score)", label = "[^"]*", type = "score", required.*\n', "", second
    )
    tables = {"funding": MONEY, "indicators": lines(COLUMNS[:5], ROWS)}
    evaluation = judged(tmp_path, first + second, tables)
    assert [str(f) for f in evaluation.findings if f.severity is Severity.ERROR] == []
    assert evaluation.status is Status.ACCEPTED
    assert [(row.level3, row.completion, row.final) for row in evaluation.scores.rows] == [
        ("安装路灯", 1, None),
        ("受益户数", 1, None),
    ]


def test_a_profile_that_nobody_knows_is_named_by_the_list_of_forms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "自定义表"
    own.mkdir()
    text = "\n".join(parts()).replace("cz2020_self", "cz2020_slf")
    (own / "村级.toml").write_text(text, encoding="utf-8")
    settings = '[cycle]\nname = "甲"\nyear = 2024\n[paths]\nforms = "自定义表"\n'
    (tmp_path / "evalbatch.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["forms"]) == 2
    told = capsys.readouterr()
    assert "village_project" in told.out
    assert "cz2020_slf" in told.err
