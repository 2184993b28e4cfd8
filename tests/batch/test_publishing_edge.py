"""A fault of ours on one record or one output does not keep the rest from being published."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blank.filled import made, road_self_evaluation

from evalbatch.checks import across
from evalbatch.cli import main
from evalbatch.errors import Trouble
from evalbatch.model.record import Record
from evalbatch.nightly import changes, run, whole_cycle
from evalbatch.publish import overall_report, reconcile, status_page
from evalbatch.publish.summary import summary_workbook
from evalbatch.publish.summary.lists import Lists
from evalbatch.results import tables
from evalbatch.results.tally import View

EXAMPLES = Path(__file__).parents[2] / "input_templates" / "examples_as_filed"
INTERNAL = 3


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES, tmp_path / "inbox")
    return tmp_path / "inbox"


def night(inbox: Path, *more: str) -> int:
    output = inbox.parent / "output"
    return main(
        ["run", str(inbox), "-o", str(output), "--as-of", "2026-03-31", "--jobs", "1", *more]
    )


def projects(inbox: Path) -> dict[str, str]:
    path = inbox.parent / "output" / "data" / "projects.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["file"]: row["status"] for row in csv.DictReader(stream)}


def ours(*_: object, **__: object) -> Any:
    raise KeyError("ours")


def hand_in(inbox: Path, **changed: Any) -> None:
    """Hand in one self-evaluation without a fault, with something changed in its first row."""
    values = road_self_evaluation()
    values["tables"]["indicators"][0] |= changed
    inbox.mkdir(exist_ok=True)
    (inbox / "道路.xlsx").write_bytes(made("self_evaluation", values))


def standing(inbox: Path) -> dict[str, bytes]:
    """Every output by its path, but for what tells of runs."""
    output = inbox.parent / "output"
    found = {path.relative_to(output).as_posix(): path for path in output.rglob("*.*")}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if path.is_file() and not name.startswith(("runs/", "ledger.sqlite"))
    }


def protocol(inbox: Path) -> dict[str, Any]:
    newest = max(
        (inbox.parent / "output" / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns
    )
    found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    return found


def failing(form: str) -> Callable[..., Any]:
    """Fail on the records of a form, and write all others."""
    write = Lists._project

    def project(lists: Lists, record: Record, row: int) -> Any:
        if record.form == form:
            raise ArithmeticError("cannot be written")
        return write(lists, record, row)

    return project


def test_a_record_that_cannot_be_written_is_set_aside_and_named(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Lists, "_project", failing("self_evaluation"))
        assert night(inbox) == INTERNAL
    (faulty,) = (file for file, status in projects(inbox).items() if status == "unreadable")
    assert len(projects(inbox)) == 3
    assert (inbox.parent / "output" / "汇总表.xlsx").is_file()
    assert faulty in capsys.readouterr().err
    record = protocol(inbox)
    assert list(record["faults"]) == [faulty]
    assert "ArithmeticError: cannot be written" in record["faults"][faulty]
    assert record["unpublished"] == {}


def test_the_next_night_tries_what_was_set_aside_again(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Lists, "_project", failing("self_evaluation"))
        night(inbox)
        assert night(inbox) == INTERNAL
    assert night(inbox) == 0
    assert "unreadable" not in projects(inbox).values()
    mended = {path.name: path.read_bytes() for path in (inbox.parent / "output" / "data").iterdir()}
    assert night(inbox, "--full") == 0
    assert mended == {
        path.name: path.read_bytes() for path in (inbox.parent / "output" / "data").iterdir()
    }


def test_an_output_that_cannot_be_written_keeps_what_stood_there(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert night(inbox) == 0
    before = (inbox.parent / "output" / "总报告.docx").read_bytes()
    (next(inbox.rglob("*年度*.xlsx"))).unlink()

    render = overall_report.render

    def fail_with_any_workbook(view: View, *more: Any) -> bytes:
        return ours() if view.rows else render(view, *more)

    with monkeypatch.context() as patch:
        patch.setattr(overall_report, "render", fail_with_any_workbook)
        assert night(inbox, "--forget-missing") == INTERNAL
    assert (inbox.parent / "output" / "总报告.docx").read_bytes() == before
    assert set(projects(inbox).values()) == {"returned"}
    assert len(projects(inbox)) == 2
    assert "KeyError: 'ours'" in protocol(inbox)["unpublished"]["总报告.docx"]
    assert (
        "未能生成，原有文件保留（详见运行记录）（1 个）：\n  总报告.docx" in capsys.readouterr().out
    )
    assert night(inbox) == 0
    assert (inbox.parent / "output" / "总报告.docx").read_bytes() != before


def test_tables_that_do_not_say_what_they_were_made_from_are_not_published(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "tables", lambda *_: ["指标行数为1，应为2"])
        assert night(inbox) == INTERNAL
    assert not (inbox.parent / "output" / "data").exists()
    assert (inbox.parent / "output" / "汇总表.xlsx").is_file()
    assert "指标行数为1" in protocol(inbox)["unpublished"]["data"]


def test_the_page_says_that_the_summary_does_not_say_what_it_was_made_from(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "summary", lambda *_: ["指标行数为1，应为2"])
        assert night(inbox) == INTERNAL
    assert not (inbox.parent / "output" / "汇总表.xlsx").exists()
    page = (inbox.parent / "output" / "状态.html").read_text(encoding="utf-8")
    assert "在 1 处出现故障（汇总表.xlsx）" in page


def test_what_the_file_system_refuses_is_no_fault_of_a_record(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Trouble("磁盘空间已用完")

    with monkeypatch.context() as patch:
        patch.setattr(tables, "write", refuse)
        assert night(inbox) == Trouble.exit_code
    assert not (inbox.parent / "output" / "汇总表.xlsx").exists()


def test_an_output_that_fails_with_any_workbook_is_left_out_alone_and_named(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(inbox)
    hand_in(inbox)
    assert night(inbox) == 0
    before = standing(inbox)
    failing_outputs = (
        ("状态.html", status_page, "render"),
        ("汇总表.xlsx", summary_workbook, "write"),
        ("data", tables, "write"),
        ("archive/目录.csv", whole_cycle, "listing"),
    )
    for day, (output, module, function) in enumerate(failing_outputs, 1):
        with monkeypatch.context() as patch:
            patch.setattr(module, function, ours)
            assert night(inbox, "--quiet", "--as-of", f"2026-04-{day:02}") == INTERNAL
        assert list(protocol(inbox)["unpublished"]) == [output]
        assert protocol(inbox)["faults"] == {}
        assert f"  {output}\n" in capsys.readouterr().err
        now = standing(inbox)
        assert now.keys() == before.keys()
        kept = {name for name, data in before.items() if f"{name}/".startswith(f"{output}/")}
        assert all(now[name] == before[name] for name in kept)
        assert "汇总表.xlsx" in kept or now["汇总表.xlsx"] != before["汇总表.xlsx"]
        before = now
    assert night(inbox) == 0
    assert protocol(inbox)["unpublished"] == {}


def test_a_night_is_recorded_though_the_rows_that_wait_for_a_person_cannot_be_told(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(inbox)
    hand_in(inbox)
    with monkeypatch.context() as patch:
        patch.setattr(run, "waiting_lines", ours)
        assert night(inbox) == INTERNAL
    assert list(protocol(inbox)["unpublished"]) == ["复核清单"]
    assert set(projects(inbox).values()) == {"graded"}


@pytest.mark.parametrize("kept", ["复核清单", "复核清单/第1轮.xlsx"])
def test_a_fault_on_what_is_only_named_removes_nothing_of_that_name(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    shutil.rmtree(inbox)
    hand_in(inbox)
    path = inbox.parent / "output" / kept
    path.parent.mkdir(parents=True)
    path.write_bytes(b"of the office")
    with monkeypatch.context() as patch:
        patch.setattr(run, "waiting_lines", ours)
        assert night(inbox) == INTERNAL
    assert path.read_bytes() == b"of the office"


def test_where_not_even_the_whole_can_be_looked_at_everything_stays_and_changes_are_told_later(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(inbox)
    hand_in(inbox)
    assert night(inbox) == 0
    before = standing(inbox)
    hand_in(inbox, score=15, reason="三条道路延期验收，次年一月完成")
    with monkeypatch.context() as patch:
        patch.setattr(changes.Comparison, "draft", ours)
        assert night(inbox) == INTERNAL
    assert list(protocol(inbox)["unpublished"]) == ["汇总"]
    assert protocol(inbox)["faults"] == {}
    now = standing(inbox)
    assert now["汇总表.xlsx"] == before["汇总表.xlsx"]
    assert now["data/projects.csv"] == before["data/projects.csv"]
    assert night(inbox) == 0
    path = inbox.parent / "output" / "data" / "changes.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        told = {row["what"]: row["cause"] for row in csv.DictReader(stream)}
    assert told["自评得分"] == "handed_in"


def test_a_workbook_that_cannot_be_looked_at_beside_others_is_set_aside(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = across.look_across

    def failing_on_one(prints: Any, *more: Any) -> Any:
        if any(each.form == "self_evaluation" for each in prints):
            raise ArithmeticError("cannot be compared")
        return look(prints, *more)

    with monkeypatch.context() as patch:
        patch.setattr(across, "look_across", failing_on_one)
        assert night(inbox) == INTERNAL
    (faulty,) = (file for file, status in projects(inbox).items() if status == "unreadable")
    assert "ArithmeticError: cannot be compared" in protocol(inbox)["faults"][faulty]
    assert protocol(inbox)["unpublished"] == {}
    assert night(inbox) == 0
    assert "unreadable" not in projects(inbox).values()
