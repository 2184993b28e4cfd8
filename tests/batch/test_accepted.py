"""What is not scored goes through the night like the rest: accepted, listed, of its own line."""

import csv
from datetime import date
from pathlib import Path

import pytest
from reading.published import workbook
from records import record

from evalbatch.cli import main
from evalbatch.cycle.matching import expect
from evalbatch.model.evaluation import Status
from evalbatch.model.place import Place
from evalbatch.model.record import RosterEntry


def test_check_answers_zero_for_what_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "目标申报表.xlsx"
    file.write_bytes(workbook("goals"))
    assert main(["check", str(file)]) == 0
    told = capsys.readouterr().out
    assert "可以报送" in told
    assert "不计分" in told


def test_a_night_lists_goals_and_monitoring_as_accepted_without_a_report(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox" / "示例局"
    inbox.mkdir(parents=True)
    (inbox / "目标.xlsx").write_bytes(workbook("goals"))
    (inbox / "监控.xlsx").write_bytes(workbook("monitoring"))
    (inbox / "自评.xlsx").write_bytes(workbook("managed"))
    output = tmp_path / "out"
    assert main(["run", str(tmp_path / "inbox"), "-o", str(output), "--quiet"]) == 0
    with (output / "data" / "projects.csv").open(encoding="utf-8-sig", newline="") as stream:
        found = {row["form"]: row for row in csv.DictReader(stream)}
    assert {form: row["status"] for form, row in found.items()} == {
        "goal_declaration": "accepted",
        "monitoring": "accepted",
        "self_evaluation": "graded",
    }
    assert found["goal_declaration"]["final_total"] == found["monitoring"]["grade"] == ""
    assert found["goal_declaration"]["report"] == ""
    with (output / "data" / "indicators.csv").open(encoding="utf-8-sig", newline="") as stream:
        listed = [row for row in csv.DictReader(stream) if row["status"] == "accepted"]
    assert [row["completion"] for row in listed if row["project"] == "智慧校园二期"][:2] == [
        "0.4000",
        "1.0000",
    ]


def test_an_accepted_declaration_fulfils_its_own_line_only() -> None:
    def line(form: str) -> RosterEntry:
        return RosterEntry("甲局", "", "河道清淤", form, None, (), None, Place("名册.xlsx"))

    lines = [line("goal_declaration"), line("self_evaluation")]
    accepted = record("目标.xlsx", project="河道清淤", status=Status.ACCEPTED)
    expected = expect(lines, {"目标.xlsx": lines[0]}, [accepted], date(2026, 3, 1))
    assert [each.status for each in expected] == [Status.ACCEPTED, None]
