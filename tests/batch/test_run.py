"""The whole run on real workbooks: isolated processes, published files, records, and what goes
wrong.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from repository import TEMPLATES

from batch.small import tree
from evalbatch.errors import SettingsFault
from evalbatch.model.evaluation import Status
from evalbatch.nightly import setup, worker
from evalbatch.nightly.batch import RunOptions
from evalbatch.nightly.inbox import scan
from evalbatch.nightly.job import Job
from evalbatch.nightly.run import InboxError, Run, _compute, run
from evalbatch.nightly.setup import Setup
from evalbatch.publish.project_report import report_document
from evalbatch.results.outcome import WorkbookOutcome
from evalbatch.settings import BatchSection, PathsSection, Settings

AS_OF = date(2026, 3, 31)
CASE_A, CASE_B = "对外合作交流、外事侨务综合事务管理.xlsx", "外事活动（出访）专项经费.xlsx"


def settings(inbox: Path, output: Path, **batch: float) -> Settings:
    return Settings(
        paths=PathsSection(inbox=inbox, output=output),
        batch=BatchSection(settle_seconds=0, **batch),
    )


def go(
    inbox: Path,
    output: Path,
    *,
    now: datetime = datetime(2026, 4, 1, 2),  # noqa: DTZ001
    **options: object,
) -> Run:
    chosen = RunOptions(AS_OF, named=True, **{"jobs": 1, **options})
    return run(Setup.load(settings(inbox, output)), chosen, now=lambda: now)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Cases A and B as corrected, A as filed, a text file named .xlsx and an empty file."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for kind in ("examples", "examples_as_filed"):
        for path in sorted((TEMPLATES / kind).rglob("*.xlsx")):
            if path.name in (CASE_A, CASE_B):
                shutil.copy(path, folder / f"{kind}_{path.name}")
    (folder / "文字.xlsx").write_text("不是工作簿", encoding="utf-8")
    (folder / "空.xlsx").touch()
    return folder


def projects(output: Path) -> dict[str, dict[str, str]]:
    with (output / "data" / "projects.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {row["file"]: row for row in csv.DictReader(stream)}


def test_the_examples_are_graded_and_what_cannot_be_read_harms_nobody(
    tmp_path: Path, inbox: Path
) -> None:
    for path in inbox.glob("examples_as_filed_*"):
        path.unlink()
    done = go(inbox, tmp_path / "out")
    rows = projects(tmp_path / "out")
    assert {
        name: (row["status"], row["final_total"], row["grade"]) for name, row in rows.items()
    } == {
        f"examples_{CASE_A}": ("graded", "93", "优"),
        f"examples_{CASE_B}": ("graded", "92.45", "优"),
        "文字.xlsx": ("unreadable", "", ""),
        "空.xlsx": ("unreadable", "", ""),
    }
    assert done.result.faults == {}
    published = tree(tmp_path / "out")
    assert {"汇总表.xlsx", "总报告.docx", "data/findings.csv"} <= published.keys()
    assert all(rows[f"examples_{name}"]["report"] in published for name in (CASE_A, CASE_B))
    assert rows["空.xlsx"]["annotated"] in published


def test_the_record_of_a_run_says_what_was_done(tmp_path: Path, inbox: Path) -> None:
    done = go(inbox, tmp_path / "out")
    record = json.loads(
        (tmp_path / "out" / "runs" / f"{done.name}.json").read_text(encoding="utf-8")
    )
    assert record["run"] == "20260401-020000"
    assert record["as_of"] == "2026-03-31"
    assert record["counts"]["computed"] == 6
    by_file = {entry["file"]: entry for entry in record["files"]}
    assert by_file["空.xlsx"]["outcome"] == ["unreadable"]
    assert (
        by_file["空.xlsx"]["sha256"]
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_two_runs_on_different_days_with_the_same_as_of_are_the_same_bytes(
    tmp_path: Path, inbox: Path
) -> None:
    go(inbox, tmp_path / "one")
    go(inbox, tmp_path / "two", now=datetime(2027, 1, 1), jobs=2)  # noqa: DTZ001 - local
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_the_next_night_does_nothing_and_a_full_one_gives_the_same_bytes(
    tmp_path: Path, inbox: Path
) -> None:
    go(inbox, tmp_path / "out")
    before = tree(tmp_path / "out")
    again = go(inbox, tmp_path / "out")
    assert (again.result.computed, again.result.published) == ((), ())
    full = go(inbox, tmp_path / "out", full=True)
    assert len(full.result.computed) == 6
    assert (full.result.published, tree(tmp_path / "out")) == ((), before)


def test_a_mended_program_computes_everything_anew(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(inbox, tmp_path / "out")
    monkeypatch.setattr(setup, "digest", lambda: "mended")
    assert len(go(inbox, tmp_path / "out").result.computed) == 6
    assert go(inbox, tmp_path / "out").result.computed == ()


def test_of_two_hand_ins_of_one_project_one_counts(tmp_path: Path, inbox: Path) -> None:
    go(inbox, tmp_path / "out")
    rows = projects(tmp_path / "out")
    for name in (CASE_A, CASE_B):
        states = sorted(
            rows[f"{kind}_{name}"]["status"] for kind in ("examples", "examples_as_filed")
        )
        assert states[1] == "superseded"
        assert states[0] in ("graded", "returned")
    reports = [(row["status"], row["report"]) for row in rows.values() if row["report"]]
    assert len([report for status, report in reports if status != "superseded"]) == 2
    assert all(
        "已被替代" in Path(report).parts for status, report in reports if status == "superseded"
    )


def test_a_fault_of_ours_is_never_blamed_on_the_department(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(report_document, "render", broken)
    context = Setup.load(settings(inbox, tmp_path / "out")).context(AS_OF)
    source = next(source for source in scan(inbox).sources if source.file == f"examples_{CASE_A}")
    outcome = worker.work(context, Job(source))
    assert "ZeroDivisionError: ours" in outcome.fault
    assert outcome.annotated is None
    assert [item.status.value for item in outcome.items] == ["unreadable"]


def test_what_killed_its_process_twice_is_blamed_for_this_day_only(inbox: Path) -> None:
    source = next(source for source in scan(inbox).sources if source.file == "文字.xlsx")
    outcome = worker.blame(Job(source), "内存超出限额")
    assert [(item.status, item.dated) for item in outcome.items] == [(Status.UNREADABLE, True)]
    again = worker.blame(Job(source, suspect=True), "内存超出限额")
    assert [(item.status, item.dated) for item in again.items] == [(Status.UNREADABLE, False)]


def test_what_outlasted_its_time_goes_to_the_workers_apart_from_the_rest(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[list[Job], list[Job]]] = []

    class Pool:
        def __init__(self, *_: object, **__: object) -> None:
            """Take what a pool takes."""

        def map(self, jobs: list[Job], suspects: list[Job]) -> Iterator[WorkbookOutcome]:
            given.append((jobs, suspects))
            return iter(())

    monkeypatch.setattr("evalbatch.nightly.run.IsolatedPool", Pool)
    loaded = Setup.load(settings(inbox, tmp_path / "out"))
    first, second, *rest = map(Job, scan(inbox).sources)
    suspect = replace(second, suspect=True)
    compute = _compute(loaded.context(AS_OF), loaded, RunOptions(AS_OF))
    assert list(compute([first, suspect, *rest])) == []
    assert given == [([first, *rest], [suspect])]


def test_what_is_blamed_is_not_opened_again(inbox: Path) -> None:
    source = scan(inbox).sources[0]
    assert worker.blame(Job(replace(source, path="/nowhere")), "处理超时").digest == ""


def test_a_missing_inbox_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InboxError, match="收件夹不存在"):
        go(tmp_path / "没有", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_wrong_settings_end_the_run_before_anything_is_written(tmp_path: Path, inbox: Path) -> None:
    wrong = settings(inbox, tmp_path / "out").model_copy(
        update={"policies": {"self_evaluation": "nowhere"}}
    )
    with pytest.raises(SettingsFault, match="nowhere"):
        run(Setup.load(wrong), RunOptions(AS_OF))
    assert not (tmp_path / "out").exists()
