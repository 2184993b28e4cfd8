"""A fault of ours on one record or one output does not keep the rest from being published."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalbatch.cli import main
from evalbatch.errors import Trouble
from evalbatch.model.record import Record
from evalbatch.publish import overall_report, reconcile
from evalbatch.publish.summary.lists import Lists
from evalbatch.results import tables

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

    def fail(*_: object, **__: object) -> bytes:
        raise KeyError("ours")

    with monkeypatch.context() as patch:
        patch.setattr(overall_report, "render_view", fail)
        assert night(inbox, "--forget-missing") == INTERNAL
    assert (inbox.parent / "output" / "总报告.docx").read_bytes() == before
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


def test_what_the_file_system_refuses_is_no_fault_of_a_record(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Trouble("磁盘空间已用完")

    with monkeypatch.context() as patch:
        patch.setattr(tables, "write", refuse)
        assert night(inbox) == Trouble.exit_code
    assert not (inbox.parent / "output" / "汇总表.xlsx").exists()
