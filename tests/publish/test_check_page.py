"""The page of `check --html`: what a department sees before it hands in."""

from pathlib import Path

import pytest
from browser import browser, needs_chromium
from records import AS_OF, finding
from repository import TEMPLATES

from evalbatch.cli import main
from evalbatch.publish.check_page import Checked, render

FAULTY = next((TEMPLATES / "examples_as_filed").rglob("*专项经费.xlsx"))
DAY = ("--as-of", "2026-03-31")
FIRST = b"<!DOCTYPE html>"


def check(*arguments: object) -> int:
    return main(["check", *map(str, arguments), *DAY])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("自查") / "结 果.html"
    assert check(FAULTY, "--html", file) == 1
    return file


def test_it_names_every_finding_with_its_cell_and_what_to_do(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for said in ("1 份有必须改正的错误", "满意度调查!B6", "自评表!F23", "怎样改", "E03", "错误"):
        assert said in text


def test_it_shows_every_row_with_its_score_and_why(page: Path) -> None:
    rows = page.read_text(encoding="utf-8").partition("逐项得分")[2]
    assert rows.count("<tr>") > 10
    assert "自评表!" in rows


@pytest.mark.parametrize(
    "arguments", [("--html", FAULTY), (FAULTY, "--html", "-")], ids=["workbook", "dash"]
)
def test_without_a_name_it_goes_to_the_screen_and_no_workbook_is_written_over(
    arguments: tuple[object, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = FAULTY.read_bytes()
    assert check(*arguments) == 1
    said = capfdbinary.readouterr().out
    assert said.startswith(FIRST)
    assert said.endswith(b"</html>")
    assert FAULTY.read_bytes() == before


def test_no_workbook_and_no_page_are_wrong_usage(tmp_path: Path) -> None:
    assert check() == 2
    assert check(FAULTY, "--html", tmp_path / "结果.xlsx") == 2
    assert list(tmp_path.iterdir()) == []


def test_the_same_workbook_gives_the_same_bytes(page: Path, tmp_path: Path) -> None:
    check(FAULTY, "--html", tmp_path / "b.html")
    assert (tmp_path / "b.html").read_bytes() == page.read_bytes()


def test_a_long_message_is_not_cut() -> None:
    long = "第一句。" * 200
    given = Checked("甲.xlsx", "将被退回", good=False, findings=(finding(message=long),), rows=())
    assert long in render([given], AS_OF).decode()


@needs_chromium
def test_it_can_be_read_in_a_browser(page: Path, tmp_path: Path) -> None:
    axe = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    with browser(tmp_path) as tab:
        tab.open(page, width=360)
        assert tab.run("var d=document.documentElement;return d.scrollWidth-d.clientWidth") <= 0
        assert tab.asked == [page.as_uri()]
        tab.send("Runtime.evaluate", expression=axe)
        found = tab.run("return (await axe.run(document)).violations.map(v=>v.id)")
        assert found == []
        assert tab.console == []
