"""Outputs that another program holds open: the rest is published, they are listed, the next night
puts them in place.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from batch.small import AS_OF, PARTS, put, run, tree
from evalbatch import file_holders, output_files
from evalbatch.cli import main
from evalbatch.nightly.batch import RunOptions

SUMMARY = "汇总表.xlsx"
EXAMPLES = Path(__file__).parents[2] / "input_templates" / "examples"


class Windows:
    """Refuses to replace or remove what is held, as Windows does; counts how often it was asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.held: set[str] = set()
        self.asked = 0
        self.pauses: list[float] = []
        self.lets_go_after = 1 << 30
        patch.setattr(os, "replace", self._refusing(os.replace, 1))
        patch.setattr(os, "unlink", self._refusing(os.unlink, 0))
        patch.setattr(output_files, "wait", self.pauses.append)

    def _refusing(self, act: Callable[..., None], at: int) -> Callable[..., None]:
        def guarded(*paths: str | Path, **more: object) -> None:
            if Path(paths[at]).name in self.held and Path(paths[at]).is_file():
                self.asked += 1
                if self.asked < self.lets_go_after:
                    error = PermissionError(errno.EACCES, "Access is denied", str(paths[at]))
                    error.winerror = 5  # type: ignore[attr-defined]
                    raise error
            act(*paths, **more)

        return guarded


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    return Windows(monkeypatch)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    put(tmp_path / "inbox", "一.xlsx", "甲局|道路|good")
    put(tmp_path / "inbox", "二.xlsx", "乙局|桥梁|bad")
    return tmp_path / "inbox"


def changed(inbox: Path) -> None:
    put(inbox, "一.xlsx", "甲局|道路|better", 1_600_000_100)
    put(inbox, "三.xlsx", "丙局|绿化|good")


@pytest.mark.parametrize("held", [{SUMMARY}, {"道路.docx"}, {SUMMARY, "道路.docx", "projects.csv"}])
def test_what_is_held_waits_and_the_rest_is_published(
    inbox: Path, tmp_path: Path, windows: Windows, held: set[str]
) -> None:
    output = tmp_path / "output"
    run(inbox, output)
    before = tree(output)
    changed(inbox)
    windows.held = held
    result = run(inbox, output)
    assert {Path(path).name for path in result.held} == held
    assert all("正被其他程序占用" in words for words in result.held.values())
    assert not result.held.keys() & set(result.published)
    now = tree(output)
    assert {name: now[name] for name in result.held} == {name: before[name] for name in result.held}
    run(inbox, tmp_path / "fresh")
    fresh = tree(tmp_path / "fresh")
    assert {name: data for name, data in now.items() if name not in result.held} == {
        name: data for name, data in fresh.items() if name not in result.held
    }
    windows.held = set()
    assert run(inbox, output).held == {}
    assert tree(output) == fresh
    assert not run(inbox, output).published


def test_the_next_night_reads_the_inbox_though_an_output_is_still_held(
    inbox: Path, tmp_path: Path, windows: Windows
) -> None:
    output = tmp_path / "output"
    run(inbox, output)
    windows.held = {"道路.docx"}
    changed(inbox)
    run(inbox, output)
    put(inbox, "四.xlsx", "丁局|校舍|good")
    result = run(inbox, output)
    assert result.computed == ("四.xlsx",)
    assert [Path(path).name for path in result.held] == ["道路.docx"]
    assert (output / "评价报告" / "丁局" / "校舍.docx").is_file()
    windows.held = set()
    assert run(inbox, output).recovered == 1
    run(inbox, tmp_path / "fresh")
    assert tree(output) == tree(tmp_path / "fresh")


def test_a_report_that_is_no_longer_wanted_but_held_is_removed_later(
    inbox: Path, tmp_path: Path, windows: Windows
) -> None:
    output = tmp_path / "output"
    run(inbox, output)
    (inbox / "一.xlsx").unlink()
    windows.held = {"道路.docx"}
    orders = RunOptions(AS_OF, forget_missing=True)
    assert list(run(inbox, output, options=orders).held) == ["评价报告/甲局/道路.docx"]
    windows.held = set()
    assert run(inbox, output).held == {}
    assert not (output / "评价报告" / "甲局").exists()


def test_one_content_wanted_at_two_places_of_which_one_is_held_gets_to_both(
    inbox: Path, tmp_path: Path, windows: Windows
) -> None:
    same = replace(PARTS, across=lambda *_: {})
    put(inbox, "五.xlsx", "甲局|道路|good")
    output = tmp_path / "output"
    run(inbox, output, parts=same)
    for name in ("一.xlsx", "五.xlsx"):
        put(inbox, name, "甲局|道路|other", 1_600_000_200)
    (_, last) = sorted((output / "评价报告" / "甲局").iterdir())
    windows.held = {last.name}
    run(inbox, output, parts=same)
    windows.held = set()
    run(inbox, output, parts=same)
    texts = {path.read_bytes() for path in (output / "评价报告" / "甲局").iterdir()}
    assert len(texts) == 1
    assert b"other" in texts.pop()


def test_a_scanner_that_lets_go_soon_is_waited_for_all_files_together(
    inbox: Path, tmp_path: Path, windows: Windows
) -> None:
    output = tmp_path / "output"
    run(inbox, output)
    changed(inbox)
    windows.held = {SUMMARY, "道路.docx", "projects.csv"}
    windows.lets_go_after = 6
    assert run(inbox, output).held == {}
    assert 0 < sum(windows.pauses) < 2
    windows.lets_go_after = 1 << 30
    windows.pauses.clear()
    changed(inbox)
    put(inbox, "四.xlsx", "丁局|校舍|good")
    run(inbox, output)
    assert 1 < sum(windows.pauses) < 2


def test_held_content_whose_staged_copy_is_gone_is_made_again(
    inbox: Path, tmp_path: Path, windows: Windows
) -> None:
    output = tmp_path / "output"
    run(inbox, output)
    changed(inbox)
    windows.held = {"道路.docx"}
    run(inbox, output)
    for folder in output.glob(".*"):
        if folder.is_dir():
            shutil.rmtree(folder)
    windows.held = set()
    run(inbox, output)
    run(inbox, tmp_path / "fresh")
    assert tree(output) == tree(tmp_path / "fresh")


def test_a_command_that_left_something_held_ends_with_3_and_names_it(
    tmp_path: Path, windows: Windows, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, output = tmp_path / "inbox", tmp_path / "output"
    shutil.copytree(EXAMPLES, inbox)
    first, *_, last = sorted(inbox.rglob("*.xlsx"))
    aside = tmp_path / last.name
    last.rename(aside)
    command = ["run", str(inbox), "-o", str(output), "--as-of", "2027-01-10", "--jobs", "1"]
    assert main(command) == 0
    aside.rename(last)
    capsys.readouterr()
    windows.held = {SUMMARY}
    assert main(command) == 3
    said = capsys.readouterr().out
    assert f"  {SUMMARY}：文件正被其他程序占用" in said
    newest = max((output / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    record = json.loads(newest.read_text(encoding="utf-8"))
    assert list(record["held"]) == [SUMMARY]
    assert record["counts"]["held"] == 1
    windows.held = set()
    assert main(command) == 0
    assert first.is_file()


@pytest.mark.parametrize(
    ("owner", "data"),
    [
        (
            "~$汇总表.xlsx",
            bytes([2]) + bytes(54) + b"\x02\0" + "王五".encode("utf-16-le") + bytes(104),
        ),
        (".~lock.汇总表.xlsx#", "王五,wang,PC,27.11.2026 10:00,file:///x;".encode()),
    ],
)
def test_who_holds_a_file_is_said_where_it_is_known(
    tmp_path: Path, owner: str, data: bytes
) -> None:
    path = tmp_path / SUMMARY
    path.write_bytes(b"old")
    (tmp_path / owner).write_bytes(data)
    error = PermissionError(errno.EACCES, "Access is denied")
    error.winerror = 32  # type: ignore[attr-defined]
    assert "王五 正在打开" in str(output_files.explained(path, error))


@pytest.mark.parametrize("data", [b"", b"\xff" * 165, b"\xff" * 162, bytes(165), b"x" * 70_000])
def test_an_owner_file_of_another_kind_names_nobody_wrongly(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "~$汇总表.xlsx").write_bytes(data)
    assert isinstance(file_holders.holder(tmp_path / SUMMARY), str)


def test_word_cuts_the_beginning_of_a_long_name(tmp_path: Path) -> None:
    data = bytes(54) + b"\x02\0" + "赵六".encode("utf-16-le") + bytes(102)
    (tmp_path / "~$三四五六七八九.docx").write_bytes(data)
    assert file_holders.holder(tmp_path / "一二三四五六七八九.docx") == "赵六 正在打开"
