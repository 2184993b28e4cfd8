"""状态.html as nights publish it: links that open, changes with their cause, the same on every
way.
"""

import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from repository import EXAMPLES

from evalbatch.cli import main


class Addresses(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def night(folder: Path, day: str, *more: str) -> str:
    output = folder / "output"
    options = ("-o", str(output), "--as-of", day, "--jobs", "1", *more)
    assert main(["run", str(folder / "inbox"), *options]) == 0
    return (output / "状态.html").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES, tmp_path / "周期 #1" / "inbox")
    return tmp_path / "周期 #1"


def test_every_link_opens_and_a_full_run_writes_the_same_page(folder: Path) -> None:
    first = night(folder, "2026-03-31")
    files = {unquote(each) for each in Addresses(first).found if not each.startswith("#")}
    assert len(files) > 1
    assert [each for each in files if not (folder / "output" / each).is_file()] == []
    assert night(folder, "2026-03-31", "--full") == first


def test_a_hand_in_that_is_taken_away_shows_as_a_change_and_others_keep_their_history(
    folder: Path,
) -> None:
    first = night(folder, "2026-03-31")
    assert "与以前公布的结果相比没有变动" in first
    workbooks = sorted((folder / "inbox").rglob("*.xlsx"))
    workbooks[0].unlink()
    later = night(folder, "2026-04-02", "--forget-missing")
    assert "2026-04-02 的结果与上一次公布相比，有 1 个项目的" in later
    assert later.count(">经过<") == len(workbooks) - 1
    assert night(folder, "2026-04-02", "--full") == later
