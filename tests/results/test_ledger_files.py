"""What the ledger knows of files, of their arrival and of outputs, and which ledgers it refuses."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from records import item, record

from evalbatch.model.evaluation import Status
from evalbatch.results.ledger import (
    SCHEMA_VERSION,
    SETTINGS_FILE,
    Conditions,
    Ledger,
    LedgerError,
    LeftEntry,
    copy_ledger,
    made_with_settings,
)
from evalbatch.results.outcome import WorkbookOutcome

HOW = Conditions(10, 77, "context", "", "")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    yield made
    made.close()


def enter(
    ledger: Ledger,
    file: str,
    digest: str = "a",
    how: Conditions = HOW,
    *,
    extract: bytes = b"",
    project: str = "",
    status: Status = Status.GRADED,
) -> None:
    """Record a file with one submission, of its name unless told another."""
    filed = item(record(file, project=project or file, status=status))
    made = replace(filed, extract=extract)
    ledger.record(WorkbookOutcome(file, digest, (made,)), how)


@contextmanager
def changed(path: Path, statement: str) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    yield


def test_a_ledger_of_a_newer_program_is_refused_and_ours_is_opened_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with changed(path, "CREATE VIEW mine AS SELECT 1"):
        again = Ledger(path)
        assert again._database.execute("SELECT * FROM mine").fetchall() == [(1,)]
        again.close()
    newer = SCHEMA_VERSION + 1
    with (
        changed(path, f"PRAGMA user_version={newer}"),
        pytest.raises(LedgerError, match=f"版本 {newer}，本程序只认识 {SCHEMA_VERSION}"),
    ):
        Ledger(path)


def test_what_is_no_ledger_is_better_moved_away_and_a_full_disk_is_not(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerError, match="请移走"):
        Ledger(path)
    with pytest.raises(LedgerError, match="不要移动或删除台账"):
        Ledger(tmp_path)


def test_the_settings_that_results_were_made_with_are_told_without_opening_the_ledger(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.sqlite"
    assert made_with_settings(path) == ""
    ledger = Ledger(path)
    assert made_with_settings(path) == ""
    ledger.note(SETTINGS_FILE, "一套.toml")
    assert made_with_settings(path) == ledger.get(SETTINGS_FILE) == "一套.toml"
    ledger.close()
    path.write_bytes(b"damaged" * 999)
    assert made_with_settings(path) == ""


def test_what_was_read_once_is_read_again_only_after_something_was_written(
    ledger: Ledger,
) -> None:
    enter(ledger, "甲.xlsx")
    before = ledger.files()
    assert ledger.files() is before
    assert list(before) == ["甲.xlsx"]
    ledger.touch([(11, 78, "甲.xlsx")])
    assert ledger.files()["甲.xlsx"][1:3] == (11, 78)


def test_a_change_that_fails_leaves_nothing_behind(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.transaction():
            enter(ledger, "甲.xlsx")
            assert list(ledger.files()) == ["甲.xlsx"]
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (dict(ledger.files()), len(ledger)) == ({}, 0)


@pytest.mark.parametrize(
    ("digest", "holds", "outlasted"),
    [("", "2027-03-01/2027-03-01", True), ("", "", False), ("a", "2027-03-01/2027-03-31", False)],
)
def test_a_file_that_was_never_read_whole_outlasted_its_time(
    ledger: Ledger, digest: str, holds: str, outlasted: bool
) -> None:
    enter(ledger, "甲.xlsx", digest, replace(HOW, holds=holds))
    assert ledger.files()["甲.xlsx"].outlasted is outlasted


def test_a_fault_of_ours_stands_beside_the_results_of_the_same_content_only(
    ledger: Ledger,
) -> None:
    enter(ledger, "甲.xlsx", "a")
    assert not ledger.keep(WorkbookOutcome("甲.xlsx", "b", fault="ValueError"))
    assert not ledger.keep(WorkbookOutcome("乙.xlsx", "a", fault="ValueError"))
    assert ledger.files()["甲.xlsx"].fault == ""
    assert ledger.keep(WorkbookOutcome("甲.xlsx", "a", fault="ValueError"))
    assert ledger.files()["甲.xlsx"].fault == "ValueError"
    assert len(ledger) == 1


def test_other_content_of_a_file_leaves_the_extract_of_what_stood_there(
    ledger: Ledger,
) -> None:
    enter(ledger, "甲.xlsx", "a", extract=b"first")
    enter(ledger, "甲.xlsx", "a", extract=b"judged anew")
    assert ledger.earlier() == []
    enter(ledger, "甲.xlsx", "b", replace(HOW, mtime_ns=99), extract=b"second")
    assert ledger.earlier() == [("甲.xlsx", b"judged anew", 77)]
    assert list(ledger.extracts()) == [("甲.xlsx", b"second", 99)]
    enter(ledger, "坏.xlsx", "a", extract=b"torn", status=Status.UNREADABLE)
    enter(ledger, "坏.xlsx", "b")
    assert [name for name, *_ in ledger.earlier()] == ["甲.xlsx"]


def test_a_file_is_missing_since_one_run_and_leaves_what_was_found_in_it(ledger: Ledger) -> None:
    for file, project in (("旧.xlsx", "桥"), ("新.xlsx", "桥"), ("别的.xlsx", "路")):
        enter(ledger, file, file, project=project)
    ledger.miss(["旧.xlsx", "别的.xlsx"], "7")
    ledger.miss(["旧.xlsx"], "8")
    assert {name: known.gone for name, known in ledger.files().items()} == {
        "旧.xlsx": "7",
        "新.xlsx": "",
        "别的.xlsx": "7",
    }
    ledger.touch([(1, 1, "别的.xlsx")])
    assert ledger.files()["别的.xlsx"].gone == ""
    ledger.supersede(["旧.xlsx"])
    assert set(ledger.files()) == {"新.xlsx", "别的.xlsx"}
    assert [name for name, *_ in ledger.earlier()] == ["旧.xlsx"]


def test_arrivals_tell_day_and_run_and_the_last_day_on_which_a_file_was_not_there(
    ledger: Ledger,
) -> None:
    left = LeftEntry("说明.txt", "其他", "未读取", "不是报送件")
    enter(ledger, "甲.xlsx", "a")
    ledger.arrive("2027-03-01", [left])
    enter(ledger, "乙.xlsx", "b", replace(HOW, mtime_ns=5))
    ledger.arrive("2027-03-08", [left])
    first, second = (ledger.arrivals()[name] for name in ("甲.xlsx", "乙.xlsx"))
    assert (str(first.received_on), first.run, first.absent_on) == ("2027-03-01", 1, None)
    assert (str(second.received_on), second.run) == ("2027-03-08", 2)
    assert (str(second.absent_on), second.filed) == ("2027-03-01", 5)
    assert ledger.entries() == [left._replace(received_on="2027-03-01")]
    ledger.arrive("2027-03-09", [])
    assert ledger.entries() == []


def test_outputs_are_pending_until_they_stand_and_removing_until_they_are_gone(
    ledger: Ledger,
) -> None:
    ledger.declare({"a.docx": "1", "b.docx": "2"}, ["a.docx", "b.docx"])
    ledger.note_placed([("a.docx", "mark"), ("b.docx", "other")], [])
    assert ledger.outputs() == {"a.docx": ("1", "placed"), "b.docx": ("2", "placed")}
    assert ledger.marks() == {"a.docx": "mark", "b.docx": "other"}
    ledger.declare({"a.docx": "3"}, ["a.docx"])
    assert ledger.outputs() == {"a.docx": ("3", "pending"), "b.docx": ("2", "removing")}
    ledger.note_placed([("a.docx", "new")], ["b.docx"])
    assert ledger.outputs() == {"a.docx": ("3", "placed")}


def test_a_page_is_kept_until_it_is_used_no_more(ledger: Ledger) -> None:
    assert ledger.kept_page("1") is None
    ledger.keep_page("a", "1", b"one")
    ledger.keep_page("a", "2", b"two")
    ledger.forget_pages("a", ["2", "3"])
    assert (ledger.kept_page("1"), ledger.kept_page("2")) == (None, b"two")


def test_a_ledger_that_knew_one_day_of_a_result_takes_it_for_a_span_of_that_day(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with ledger.transaction():
        enter(ledger, "甲.xlsx", how=replace(HOW, holds="2027-04-01"))
        enter(ledger, "乙.xlsx")
        ledger._database.execute("ALTER TABLE files RENAME COLUMN holds TO as_of")
        ledger.note("shape", "older")
    ledger.close()
    grown = Ledger(tmp_path / "ledger.sqlite")
    held = {file: known.holds for file, known in grown.files().items()}
    assert held == {"甲.xlsx": "2027-04-01/2027-04-01", "乙.xlsx": ""}
    grown.close()


def test_a_ledger_that_called_extracts_fingerprints_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with ledger.transaction():
        enter(ledger, "甲.xlsx", "a", extract=b"first")
        enter(ledger, "甲.xlsx", "b", replace(HOW, mtime_ns=99), extract=b"second")
        for table in ("earlier", "submissions"):
            ledger._database.execute(f"ALTER TABLE {table} RENAME COLUMN extract TO fingerprint")
        ledger._database.execute("PRAGMA user_version=3")
    ledger.close()
    renamed = Ledger(tmp_path / "ledger.sqlite")
    assert list(renamed.extracts()) == [("甲.xlsx", b"second", 99)]
    assert [data for _, data, _ in renamed.earlier()] == [b"first"]
    assert len(list(renamed.results.records())) == 1
    renamed.close()


def test_a_part_holds_its_files_alone_and_can_be_made_again(ledger: Ledger, tmp_path: Path) -> None:
    enter(ledger, "甲.xlsx")
    enter(ledger, "乙.xlsx")
    for _ in range(2):
        part = ledger.part(tmp_path / "part.sqlite", ["乙.xlsx"])
        assert (list(part.files()), len(part)) == (["乙.xlsx"], 1)
        assert list(part.results.records()) == list(ledger.results.whole(["乙.xlsx"]))
        part.close()
    part = ledger.part(tmp_path / "part.sqlite", ["甲.xlsx"])
    part.remove()
    assert [path.name for path in tmp_path.glob("part*")] == []
    (tmp_path / "copy").mkdir()
    copied = Ledger(copy_ledger(tmp_path / "ledger.sqlite", tmp_path / "copy"))
    assert set(copied.files()) == {"甲.xlsx", "乙.xlsx"}
    copied.close()
