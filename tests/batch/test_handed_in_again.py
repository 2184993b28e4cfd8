"""A project handed in again after it was returned: what was not mended is marked, what was mended
leaves nothing behind.
"""

import csv
import io
import os
from collections.abc import Sequence
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from blank.filled import made, road_self_evaluation

from batch.small import tree
from evalbatch.model.record import Change
from evalbatch.nightly.batch import RunOptions
from evalbatch.nightly.run import Run, preview, run
from evalbatch.nightly.setup import Setup
from evalbatch.settings import BatchSection, PathsSection, Settings

FILE, OTHER = "道路养护.xlsx", "道路养护（修改版）.xlsx"
MARK = "【仍未修改】"


def filled(*, execution_reason: str = "", deviation: str = "") -> bytes:
    """A self-evaluation that wants a reason for its execution rate (X02) and for a deduction (X01)
    unless they are given.
    """
    data = deepcopy(road_self_evaluation())
    data["fields"]["execution_reason"] = execution_reason
    for row in data["tables"]["indicators"]:
        if row["level3"] == "按期完工":
            row["reason"] = deviation
    return made("self_evaluation", data)


NEITHER = filled()
HALF = filled(deviation="雨季停工，后半年已补齐")
BOTH = filled(
    deviation="雨季停工，后半年已补齐", execution_reason="上年结转资金下达较晚，年底前已全部安排。"
)


class Nights:
    """One inbox and its output folder, night after night."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.output, self.count = folder / "inbox", folder / "out", 0
        self.inbox.mkdir()

    def put(self, name: str, data: bytes) -> None:
        self.count += 1
        path = self.inbox / name
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + self.count * 86_400,) * 2)

    @property
    def setup(self) -> Setup:
        return Setup.load(
            Settings(
                paths=PathsSection(inbox=self.inbox, output=self.output),
                batch=BatchSection(settle_seconds=0),
            )
        )

    def night(self, *, full: bool = False) -> Run:
        options = RunOptions(date(2024, 3, 31), named=True, jobs=1, full=full)
        return run(self.setup, options, now=lambda: datetime(2024, 4, 1, 2))  # noqa: DTZ001 - local

    def preview(self) -> Sequence[Change]:
        """What the next night would change."""
        return preview(self.setup, RunOptions(date(2024, 3, 31), named=True, jobs=1))

    def table(self, name: str) -> list[dict[str, str]]:
        path = self.output / "data" / f"{name}.csv"
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def statuses(self) -> dict[str, str]:
        return {row["file"]: row["status"] for row in self.table("projects")}

    def told(self, name: str) -> dict[str, str]:
        """What became of an entry of the inbox."""
        return next(row for row in self.table("received") if row["file"] == name)

    def findings(self, name: str = FILE) -> list[dict[str, str]]:
        return [row for row in self.table("findings") if row["file"] == name]

    def marked(self, name: str = FILE) -> set[str]:
        return {row["code"] for row in self.findings(name) if row["message"].startswith(MARK)}

    def of(self, code: str, name: str = FILE) -> list[str]:
        return [row["message"] for row in self.findings(name) if row["code"] == code]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def test_overwritten_and_half_mended_says_what_is_still_there(nights: Nights):
    nights.put(FILE, NEITHER)
    nights.night()
    assert {"X01", "X02"} <= {row["code"] for row in nights.findings()}
    assert nights.marked() == set()
    nights.put(FILE, HALF)
    nights.night()
    assert nights.marked() == {"X02"}
    assert nights.of("X01") == []
    assert "2个错误，仍有1个没有改正：X02" in nights.of("D09")[0]


def test_the_annotated_copy_marks_it_in_the_list_and_at_the_cell(nights: Nights):
    for content in (NEITHER, HALF):
        nights.put(FILE, content)
        nights.night()
    copy = next(data for name, data in tree(nights.output).items() if name.startswith("审核意见/"))
    book = openpyxl.load_workbook(io.BytesIO(copy))
    listed = [str(row[2].value) for row in book["审核意见"].iter_rows(min_row=5)]
    assert [text for text in listed if text.startswith(MARK)] == nights.of("X02")
    noted = [
        cell.comment.text
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    ]
    assert sum(MARK in text for text in noted) == 1


def test_mended_leaves_nothing_of_the_old_findings(nights: Nights):
    for content in (NEITHER, HALF, BOTH):
        nights.put(FILE, content)
        nights.night()
    assert {row["code"] for row in nights.findings()} & {"X01", "X02", "D09"} == set()
    assert (nights.marked(), {row["severity"] for row in nights.findings()} & {"error"}) == (
        set(),
        set(),
    )


def test_nothing_new_and_everything_anew_give_the_same_bytes(nights: Nights):
    for content in (NEITHER, HALF):
        nights.put(FILE, content)
        nights.night()
    before = tree(nights.output)
    assert nights.night().result.computed == ()
    assert tree(nights.output) == before
    nights.night(full=True)
    assert tree(nights.output) == before


def test_a_copy_saved_again_without_a_change_of_its_faults_is_still_not_mended(nights: Nights):
    nights.put(FILE, NEITHER)
    nights.night()
    other = deepcopy(road_self_evaluation())
    other["fields"] |= {"execution_reason": "", "goal_actual": "12条道路都已完成养护。"}
    nights.put(FILE, made("self_evaluation", other))
    nights.night()
    nights.put(FILE, HALF)
    nights.night()
    assert nights.marked() == {"X02"}
    assert "1个错误，仍有1个没有改正" in nights.of("D09")[0]


def test_a_fault_that_was_mended_and_comes_again_is_a_new_one(nights: Nights):
    for content in (NEITHER, BOTH, HALF):
        nights.put(FILE, content)
        nights.night()
    assert nights.of("X02") != []
    assert (nights.marked(), nights.of("D09")) == (set(), [])


def test_another_file_in_place_of_the_first_is_compared_with_it(nights: Nights):
    nights.put(FILE, NEITHER)
    nights.night()
    (nights.inbox / FILE).unlink()
    nights.put(OTHER, HALF)
    nights.night()
    assert nights.findings() == []
    assert nights.marked(OTHER) == {"X02"}
    assert f"《{FILE}》" in nights.of("D09", OTHER)[0]
    before = tree(nights.output)
    nights.night(full=True)
    assert tree(nights.output) == before


def test_a_file_that_was_only_renamed_is_not_compared_with_itself(nights: Nights):
    nights.put(FILE, NEITHER)
    nights.night()
    (nights.inbox / FILE).rename(nights.inbox / OTHER)
    nights.night()
    assert nights.of("X02", OTHER) != []
    assert (nights.marked(OTHER), nights.of("D09", OTHER)) == (set(), [])


def test_another_project_in_the_same_file_is_not_compared(nights: Nights):
    nights.put(FILE, NEITHER)
    nights.night()
    other = deepcopy(road_self_evaluation())
    other["fields"] |= {"project": "桥梁养护", "execution_reason": ""}
    nights.put(FILE, made("self_evaluation", other))
    nights.night()
    assert nights.of("X02") != []
    assert nights.marked() == set()


def test_a_file_that_could_not_be_read_in_between_does_not_hide_what_was_found(nights: Nights):
    for content in (NEITHER, NEITHER[:1000], HALF):
        nights.put(FILE, content)
        nights.night()
    assert nights.marked() == {"X02"}


def of_project(project: str, goal: str) -> bytes:
    data = deepcopy(road_self_evaluation())
    data["fields"] |= {"project": project, "goal_actual": goal}
    return made("self_evaluation", data)


ROADS, BRIDGES = "城区道路养护", "桥梁检测"
FIRST = of_project(ROADS, "12条道路已养护。")


def replaced_twice(nights: Nights, last: bytes) -> None:
    """Hand in a project, and again under another name; then, before the next night, delete the
    first file and give the other one other content.
    """
    nights.put(FILE, FIRST)
    nights.night()
    nights.put(OTHER, of_project(ROADS, "12条道路都已完成养护。"))
    nights.night()
    assert nights.statuses() == {FILE: "superseded", OTHER: "graded"}
    (nights.inbox / FILE).unlink()
    nights.put(OTHER, last)


@pytest.mark.parametrize(
    ("last", "became"),
    [(of_project(BRIDGES, "8座桥梁都已检测。"), "graded"), (b"no workbook", "unreadable")],
)
def test_what_was_superseded_counts_again_though_gone_when_nothing_counts_instead(
    nights: Nights, last: bytes, became: str
):
    replaced_twice(nights, last)
    assert ROADS not in {each.project for each in nights.preview()}
    done = nights.night()
    assert nights.statuses() == {FILE: "graded", OTHER: became}
    assert list(done.result.missing) == [FILE]
    assert nights.told(FILE)["outcome"] == "missing"
    reports = [path for path in tree(nights.output) if path.startswith("评价报告/")]
    assert [path for path in reports if ROADS in path] == [f"评价报告/某市城市管理局/{ROADS}.docx"]
    before = tree(nights.output)
    assert nights.night().result.computed == ()
    nights.night(full=True)
    assert tree(nights.output) == before


def test_what_counts_again_though_gone_may_come_back_and_be_replaced_once_more(nights: Nights):
    replaced_twice(nights, of_project(BRIDGES, "8座桥梁都已检测。"))
    nights.night()
    nights.put(FILE, FIRST)
    done = nights.night()
    assert (done.result.computed, dict(done.result.missing)) == ((), {})
    assert nights.told(FILE)["outcome"] == "read"
    nights.put("第三份.xlsx", of_project(ROADS, "13条道路都已完成养护。"))
    (nights.inbox / FILE).unlink()
    assert nights.night().result.replaced == (FILE,)
    assert nights.statuses() == {OTHER: "graded", "第三份.xlsx": "graded"}
