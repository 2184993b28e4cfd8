"""The night's work: only what is new, whole or not at all, the same in the same out."""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from batch.small import AS_OF, PARTS, counting, in_process, put, run, tree
from evalbatch import output_files
from evalbatch.nightly.batch import Batch, RunOptions
from evalbatch.nightly.computing import BatchClock
from evalbatch.nightly.job import Job
from evalbatch.nightly.ledger_records import Records
from evalbatch.nightly.lock import BusyError, exclusive
from evalbatch.nightly.progress import Silent
from evalbatch.output_files import DiskFullError, OutputError, ReadOnlyError
from evalbatch.results.ledger import Ledger, LedgerError
from evalbatch.results.outcome import WorkbookOutcome


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    put(folder, "一.xlsx", "甲局|桥|good")
    put(folder, "乙局/二.xlsx", "乙局|路|bad")
    put(folder, "三.xlsx", "甲局|灯|good")
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def test_a_first_night_publishes_everything(inbox: Path, output: Path) -> None:
    result = run(inbox, output)
    assert sorted(tree(output)) == [
        "data/projects.csv",
        "审核意见/乙局/二.xlsx",
        "汇总表.xlsx",
        "评价报告/乙局/路.docx",
        "评价报告/甲局/桥.docx",
        "评价报告/甲局/灯.docx",
    ]
    assert result.statuses == {"graded": 2, "returned": 1}
    assert not (output / ".staging").exists()


def test_what_is_known_is_unpacked_ahead_where_anything_is_computed(
    inbox: Path, output: Path
) -> None:
    nights: list[int] = []
    parts = replace(PARTS, recall=lambda packed: nights.append(len(list(packed))))
    run(inbox, output, parts=parts)
    run(inbox, output, parts=parts)
    put(inbox, "四.xlsx", "甲局|灯|good", 1_600_000_100)
    run(inbox, output, parts=parts)
    assert nights == [0, 3]


def test_an_unchanged_night_computes_and_writes_nothing(inbox: Path, output: Path) -> None:
    run(inbox, output)
    times = {path: path.stat().st_mtime_ns for path in output.rglob("*.docx")} | {
        output: (output / "汇总表.xlsx").stat().st_mtime_ns
    }
    parts, computed = counting()
    result = run(inbox, output, parts=parts)
    assert (computed, result.published, result.unchanged) == ([], (), 3)
    assert times == {
        path: (path if path != output else output / "汇总表.xlsx").stat().st_mtime_ns
        for path in times
    }


def test_after_letters_were_sent_a_restored_folder_is_published_anew(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    before = tree(output)
    for path in output.rglob("*.docx"):  # as a copy has them that was put back
        os.utime(path, (1_500_000_000, 1_500_000_000))
    with closing(Ledger(output / "ledger.sqlite")) as ledger:
        parts = replace(PARTS, setting="letters were sent")
        batch = Batch(inbox, output, ledger, parts, RunOptions(AS_OF), Silent())
        assert batch.refresh() == {}
    assert tree(output) == before


def test_only_what_changed_is_computed(inbox: Path, output: Path) -> None:
    run(inbox, output)
    put(inbox, "一.xlsx", "甲局|桥|better")
    parts, computed = counting()
    result = run(inbox, output, parts=parts)
    assert computed == ["一.xlsx"]
    assert "评价报告/甲局/桥.docx" in result.published
    assert "评价报告/甲局/灯.docx" not in result.published


def test_a_new_time_on_the_same_content_computes_nothing(inbox: Path, output: Path) -> None:
    run(inbox, output)
    put(inbox, "一.xlsx", "甲局|桥|good", seconds=1_700_000_000)
    parts, computed = counting()
    run(inbox, output, parts=parts)
    assert computed == []


@pytest.mark.parametrize("change", ["context", "full"])
def test_other_conditions_compute_everything_anew_to_the_same_bytes(
    inbox: Path, output: Path, change: str
) -> None:
    run(inbox, output)
    before = tree(output)
    parts, computed = counting(replace(PARTS, context="new") if change == "context" else PARTS)
    result = run(inbox, output, parts=parts, options=RunOptions(AS_OF, full=change == "full"))
    assert len(computed) == 3
    assert tree(output) == before
    assert result.published == ()


@pytest.mark.parametrize("full", [False, True])
def test_a_run_mends_an_output_that_somebody_changed_and_keeps_the_changed_one(
    inbox: Path, output: Path, full: bool
) -> None:
    run(inbox, output)
    before = tree(output)
    (output / "评价报告/甲局/桥.docx").write_bytes(b"spoilt")
    for _ in range(2):
        run(inbox, output, options=RunOptions(AS_OF, full=full))
        assert tree(output) == before | {"评价报告/甲局/桥.改动1.docx": b"spoilt"}
        full = False


def test_a_new_time_on_an_output_changes_nothing(inbox: Path, output: Path) -> None:
    run(inbox, output)
    before = tree(output)
    os.utime(output / "评价报告/甲局/桥.docx", (1_500_000_000, 1_500_000_000))
    parts, computed = counting()
    run(inbox, output, parts=parts)
    assert (computed, tree(output)) == ([], before)


def test_an_output_that_somebody_removed_comes_back(inbox: Path, output: Path) -> None:
    run(inbox, output)
    before = tree(output)
    (output / "评价报告/甲局/桥.docx").unlink()
    (output / "汇总表.xlsx").unlink()
    parts, computed = counting()
    run(inbox, output, parts=parts)
    assert computed == ["一.xlsx"]
    assert tree(output) == before


def test_what_depends_on_the_day_is_computed_on_another_day(inbox: Path, output: Path) -> None:
    put(inbox, "四.xlsx", "丙局|树|due")
    run(inbox, output)
    parts, computed = counting()
    run(inbox, output, parts=parts, options=RunOptions(date(2021, 4, 1)))
    assert computed == ["四.xlsx"]


def test_a_vanished_file_is_reported_and_its_results_stay(inbox: Path, output: Path) -> None:
    run(inbox, output)
    before = tree(output)
    (inbox / "一.xlsx").unlink()
    result = run(inbox, output, name="second")
    assert result.missing == {"一.xlsx": "second"}
    assert tree(output) == before
    assert run(inbox, output, name="third").missing == {"一.xlsx": "second"}


def test_the_organiser_can_forget_vanished_files(inbox: Path, output: Path) -> None:
    run(inbox, output)
    (inbox / "一.xlsx").unlink()
    run(inbox, output, options=RunOptions(AS_OF, forget_missing=True))
    assert "评价报告/甲局/桥.docx" not in tree(output)


def test_a_renamed_file_does_not_count_twice(inbox: Path, output: Path) -> None:
    run(inbox, output)
    (inbox / "一.xlsx").rename(inbox / "新一.xlsx")
    result = run(inbox, output)
    assert (result.missing, result.replaced, result.statuses["graded"]) == ({}, ("一.xlsx",), 2)


def test_a_vanished_file_handed_in_again_under_another_name_does_not_count_twice(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    (inbox / "一.xlsx").unlink()
    put(inbox, "一（修改版）.xlsx", "甲局|桥|better")
    result = run(inbox, output)
    assert (result.missing, result.replaced) == ({}, ("一.xlsx",))
    assert result.statuses == {"graded": 2, "returned": 1}


def test_a_vanished_hand_in_that_counts_is_not_replaced_by_one_that_came_before_it(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    put(inbox, "一2.xlsx", "甲局|桥|better")
    run(inbox, output)
    before = tree(output)
    (inbox / "一2.xlsx").unlink()
    result = run(inbox, output, name="last")
    assert (result.missing, result.replaced) == ({"一2.xlsx": "last"}, ())
    assert tree(output) == before


def test_a_vanished_hand_in_that_was_superseded_is_forgotten(inbox: Path, output: Path) -> None:
    run(inbox, output)
    put(inbox, "一2.xlsx", "甲局|桥|better")
    run(inbox, output)
    (inbox / "一.xlsx").unlink()
    result = run(inbox, output)
    assert (result.missing, result.replaced) == ({}, ("一.xlsx",))
    assert result.statuses == {"graded": 2, "returned": 1}


def test_an_inbox_that_is_empty_for_a_night_forgets_nothing(inbox: Path, output: Path) -> None:
    put(inbox, "一2.xlsx", "甲局|桥|better")
    run(inbox, output)
    before = tree(output)
    inbox.rename(inbox.with_name("elsewhere"))
    inbox.mkdir()
    result = run(inbox, output)
    assert (len(result.missing), result.replaced, tree(output)) == (4, (), before)


def test_another_form_of_the_same_project_does_not_replace_a_vanished_file(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    (inbox / "一.xlsx").unlink()
    put(inbox, "一（目标申报）.xlsx", "甲局|桥|other")
    result = run(inbox, output)
    assert (list(result.missing), result.replaced) == (["一.xlsx"], ())


def test_a_later_hand_in_supersedes_and_the_superseded_report_goes(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    put(inbox, "一2.xlsx", "甲局|桥|better")
    result = run(inbox, output)
    assert result.statuses == {"graded": 2, "returned": 1, "superseded": 1}
    assert b"better" in tree(output)["评价报告/甲局/桥.docx"]


def test_a_new_time_on_what_came_in_before_does_not_make_another_hand_in_count(
    inbox: Path, output: Path
) -> None:
    put(inbox, "一2.xlsx", "甲局|桥|better", seconds=1_600_000_100)
    run(inbox, output)
    before = tree(output)
    os.utime(inbox / "一2.xlsx", (1_500_000_000, 1_500_000_000))
    run(inbox, output)
    assert tree(output) == before
    run(inbox, output, options=RunOptions(AS_OF, full=True))
    assert tree(output) == before


def test_incremental_and_fresh_runs_give_the_same_bytes(
    inbox: Path, output: Path, tmp_path: Path
) -> None:
    run(inbox, output)
    put(inbox, "一2.xlsx", "甲局|桥|better")
    put(inbox, "乙局/二.xlsx", "乙局|路|mended")
    run(inbox, output)
    run(inbox, tmp_path / "fresh")
    assert tree(output) == tree(tmp_path / "fresh")


def test_two_projects_whose_names_meet_on_some_systems_stay_two(inbox: Path, output: Path) -> None:
    put(inbox, "a.xlsx", "丁局|A?|good")
    put(inbox, "b.xlsx", "丁局|a？|good")
    run(inbox, output)
    assert sum(name.startswith("评价报告/丁局/") for name in tree(output)) == 2


def test_the_same_content_can_stand_in_two_places(inbox: Path, output: Path) -> None:
    put(inbox, "a.xlsx", "丁局|桥|good")
    run(inbox, output)
    assert tree(output)["评价报告/丁局/桥.docx"] == tree(output)["评价报告/甲局/桥.docx"]


def test_a_fault_of_ours_is_recorded_and_tried_again_every_night(inbox: Path, output: Path) -> None:
    put(inbox, "四.xlsx", "丙局|树|fault")
    assert "ValueError: ours" in run(inbox, output).faults["四.xlsx"]
    parts, computed = counting()
    assert run(inbox, output, parts=parts).faults
    assert computed == ["四.xlsx"]


def test_a_fault_of_ours_leaves_the_results_that_the_same_content_had(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    before = tree(output)

    def failing(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        yield from (
            replace(outcome, items=(), annotated=None, fault="ours") for outcome in in_process(jobs)
        )

    result = run(inbox, output, parts=replace(PARTS, compute=failing, context="new"))
    assert len(result.faults) == 3
    assert tree(output) == before
    assert run(inbox, output).faults == {}


def test_a_young_file_is_read_once_it_has_stood_still(inbox: Path, output: Path) -> None:
    pauses: list[float] = []
    timing = BatchClock(lambda: 1_600_000_001 * 10**9, pauses.append, settle_seconds=3)
    result = run(inbox, output, timing=timing)
    assert pauses == [2.0]
    assert len(result.computed) == 3


def test_a_young_file_that_is_still_growing_waits_for_the_next_run(
    inbox: Path, output: Path
) -> None:
    def grow(_seconds: float) -> None:
        put(inbox, "一.xlsx", "甲局|桥|growing")

    timing = BatchClock(lambda: 1_600_000_001 * 10**9, grow, settle_seconds=3)
    result = run(inbox, output, timing=timing)
    assert list(result.waiting) == ["一.xlsx"]
    assert len(result.computed) == 2


def test_a_file_that_changes_while_it_is_read_waits_and_its_old_results_stay(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    before = tree(output)
    put(inbox, "一.xlsx", "甲局|桥|still half")

    def copying(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        for outcome in in_process(jobs):
            put(inbox, "一.xlsx", "甲局|桥|half and more")
            yield outcome

    result = run(inbox, output, parts=replace(PARTS, compute=copying))
    assert list(result.waiting) == ["一.xlsx"]
    assert tree(output) == before


def test_a_file_that_cannot_be_opened_waits(inbox: Path, output: Path) -> None:
    def locked(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        yield from (WorkbookOutcome(job.file, "", busy="被占用") for job in jobs)

    assert set(run(inbox, output, parts=replace(PARTS, compute=locked)).waiting.values()) == {
        "被占用"
    }


def test_a_run_that_fails_while_publishing_leaves_the_old_outputs_and_the_next_run_goes_on(
    inbox: Path, output: Path
) -> None:
    run(inbox, output)
    before = tree(output)
    put(inbox, "五.xlsx", "戊局|河|good")

    def full_disk(_folder: Path, _records: Records) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space"):
        run(inbox, output, parts=replace(PARTS, publish=full_disk))
    assert tree(output) == before
    parts, computed = counting()
    run(inbox, output, parts=parts)
    assert computed == []
    assert "评价报告/戊局/河.docx" in tree(output)


def test_a_file_held_open_is_said_to_be_and_loses_nothing(
    inbox: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, output)
    before = tree(output)
    put(inbox, "五.xlsx", "戊局|河|good")
    move = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.name == "汇总表.xlsx" and ".staging" not in target.parts:
            raise OSError(errno.EBUSY, "busy")
        return move(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        patch.setattr(output_files, "wait", lambda _: None)
        held = run(inbox, output).held
    assert "Excel 或 WPS" in held["汇总表.xlsx"]
    assert tree(output)["汇总表.xlsx"] == before["汇总表.xlsx"]
    result = run(inbox, output)
    assert result.recovered
    assert "五.xlsx" in tree(output)["汇总表.xlsx"].decode()


def to_pdf(documents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    yield from ((key, b"pdf of " + data) for key, data in documents.items())


def test_reports_get_a_pdf_beside_them_and_only_new_ones_are_converted(
    inbox: Path, output: Path
) -> None:
    asked: list[int] = []

    def counted(documents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        asked.append(len(documents))
        return to_pdf(documents)

    run(inbox, output, parts=replace(PARTS, to_pdf=counted))
    put(inbox, "一.xlsx", "甲局|桥|better")
    run(inbox, output, parts=replace(PARTS, to_pdf=counted))
    published = tree(output)
    assert asked == [3, 1]
    assert published["评价报告/甲局/桥.pdf"] == b"pdf of " + published["评价报告/甲局/桥.docx"]


def test_a_pdf_of_an_older_report_does_not_stay(inbox: Path, output: Path) -> None:
    run(inbox, output, parts=replace(PARTS, to_pdf=to_pdf))
    put(inbox, "一.xlsx", "甲局|桥|better")
    run(inbox, output)
    assert "评价报告/甲局/桥.pdf" not in tree(output)
    assert "评价报告/甲局/灯.pdf" in tree(output)


def test_a_second_run_is_refused_and_says_since_when(output: Path) -> None:
    now = datetime(2021, 3, 31, 2, 30)  # noqa: DTZ001 - only printed
    with (
        exclusive(output, now),
        pytest.raises(BusyError, match="自 2021-03-31 02:30:00 起"),
        exclusive(output, now),
    ):
        pass


def test_the_lock_is_free_again_after_a_run(output: Path) -> None:
    now = datetime(2021, 3, 31)  # noqa: DTZ001 - only printed
    for _ in range(2):
        with exclusive(output, now):
            pass


def test_an_output_folder_that_is_a_file_ends_in_a_message(tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(b"")
    with pytest.raises(OutputError), exclusive(tmp_path / "output", datetime(2021, 3, 31)):  # noqa: DTZ001 - only printed
        pass


def test_a_broken_ledger_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(LedgerError, match="移走"):
        Ledger(tmp_path / "ledger.sqlite")


def test_a_full_disk_ends_in_a_message_and_loses_nothing(
    inbox: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, output)
    before = tree(output)
    put(inbox, "五.xlsx", "戊局|河|good")
    put(inbox, "六.xlsx", "戊局|湖|good")
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if ".staging" in path.parts and "湖".encode() in data:
            raise OSError(errno.ENOSPC, "full")
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DiskFullError, match="磁盘空间"):
            run(inbox, output)
    assert tree(output) == before
    run(inbox, output)
    assert {"评价报告/戊局/河.docx", "评价报告/戊局/湖.docx"} <= tree(output).keys()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_output_folder_ends_in_a_message(inbox: Path, output: Path) -> None:
    run(inbox, output)
    before = tree(output)
    put(inbox, "五.xlsx", "戊局|河|good")
    output.chmod(0o555)
    try:
        with pytest.raises((ReadOnlyError, LedgerError)):
            run(inbox, output)
    finally:
        output.chmod(0o755)
    assert tree(output) == before


def test_a_folder_that_refuses_writing_ends_in_a_message(
    inbox: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, output)
    before = tree(output)
    put(inbox, "五.xlsx", "戊局|河|good")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        with pytest.raises(ReadOnlyError, match="没有写入权限"):
            run(inbox, output)
    assert tree(output) == before


def test_what_outlasted_its_time_is_tried_once_more_the_next_night_and_then_left(
    inbox: Path, output: Path
) -> None:
    tried: list[tuple[str, bool]] = []

    def compute(jobs: Sequence[Job]) -> Iterator[WorkbookOutcome]:
        for job in jobs:
            if job.file == "一.xlsx":
                tried.append((job.file, job.suspect))
                (outcome,) = in_process([job])
                items = tuple(replace(item, dated=not job.suspect) for item in outcome.items)
                yield replace(outcome, digest="", items=items)
            else:
                yield from in_process([job])

    parts = replace(PARTS, compute=compute)
    for day in (1, 1, 2, 3, 4):
        run(inbox, output, parts=parts, options=RunOptions(date(2021, 4, day)))
    assert tried == [("一.xlsx", False), ("一.xlsx", True)]
    run(
        inbox,
        output,
        parts=replace(parts, context="another program"),
        options=RunOptions(date(2021, 4, 5)),
    )
    run(
        inbox,
        output,
        parts=replace(parts, context="another program"),
        options=RunOptions(date(2021, 4, 5), full=True),
    )
    assert tried[2:] == [("一.xlsx", False), ("一.xlsx", False)]
    put(inbox, "一.xlsx", "甲局|桥|mended")
    run(
        inbox,
        output,
        parts=replace(parts, context="another program"),
        options=RunOptions(date(2021, 4, 6)),
    )
    assert tried[4:] == [("一.xlsx", False)]
