"""Every number that differs from the last publication stands with what it was, is, and why."""

from datetime import date
from pathlib import Path

import pytest

from evalbatch.results.history import HistoryTables
from reviews.office import (
    DAY,
    SIGNED,
    answer,
    evalbatch,
    hand_in,
    night,
    outputs,
    set_up,
    sheet,
    table,
)

ROUND = Path("复核/第1轮.xlsx")


@pytest.fixture(scope="module")
def two_projects(cycle_after):
    """A cycle folder whose first night found two self-evaluations."""

    def two_handed_in():
        hand_in("a.xlsx")
        hand_in("b.xlsx", project="河堤加固")
        assert night() == 0

    return cycle_after(two_handed_in)


@pytest.fixture
def office(copied, two_projects):
    return copied(two_projects)


def changed(project="城区道路养护"):
    return {
        each["what"]: (each["before"], each["after"], each["cause"])
        for each in table("changes")
        if each["project"] == project
    }


def test_a_first_publication_and_quiet_nights_change_nothing(office):
    assert table("changes") == []
    before = outputs()
    night()
    night("--full")
    assert outputs() == before


def test_only_what_was_made_from_something_else_is_compared_row_by_row(office, monkeypatch):
    asked, read = [], HistoryTables.indicators
    monkeypatch.setattr(
        HistoryTables, "indicators", lambda self, file: asked.append(file) or read(self, file)
    )
    night()
    assert asked == []
    hand_in("a.xlsx", rows={"养护道路": {"score": 19, "reason": "一条道路延期验收，次年一月完成"}})
    night()
    assert asked
    assert all(file.endswith("a.xlsx") for file in asked)


def test_a_hand_in_changes_what_it_changes_and_nothing_else(office):
    hand_in("a.xlsx", rows={"养护道路": {"score": 19, "reason": "一条道路延期验收，次年一月完成"}})
    night()
    found = changed()
    assert found["核定得分"] == ("92.45", "91.45", "handed_in")
    assert found["产出指标／数量指标／养护道路 核定得分"] == ("20", "19", "handed_in")
    assert "产出指标／质量指标／验收合格 核定得分" not in found
    assert changed("河堤加固") == {}
    again = table("changes")
    night()
    assert table("changes") == again
    assert [each["原因"] for each in sheet("变动")][:1] == ["重新报送"]


def test_a_review_and_a_new_hand_in_of_one_night_each_have_their_own_cause(office):
    set_up("review", "money_above = 100")
    night()
    evalbatch("review")
    answer(
        ROUND, {("养护道路", "城区道路养护"): {**SIGNED, "复核得分": 15}}, ("三级指标", "项目名称")
    )
    hand_in("a.xlsx", rows={"单位成本": {"score": 7, "reason": "材料涨价，已经重新询价"}})
    night()
    found = changed()
    assert found["产出指标／数量指标／养护道路 核定得分"] == ("20", "15", "review")
    assert found["产出指标／成本指标／单位成本 核定得分"] == ("8", "7", "handed_in")


def test_what_moved_most_of_a_total_is_why_it_is_another(office):
    set_up("review", "money_above = 100")
    night()
    evalbatch("review")
    only = ("三级指标", "项目名称")
    answer(ROUND, {("养护道路", "城区道路养护"): {**SIGNED, "复核得分": 12}}, only)
    hand_in("a.xlsx", rows={"单位成本": {"score": 7, "reason": "材料涨价，已经重新询价"}})
    answer(ROUND, {("养护道路", "河堤加固"): {**SIGNED, "复核得分": 19}}, only)
    hand_in(
        "b.xlsx",
        project="河堤加固",
        rows={"单位成本": {"score": 5, "reason": "材料涨价，已经重新询价"}},
    )
    night()
    assert changed()["核定得分"] == ("92.45", "83.45", "review")
    assert changed("河堤加固")["核定得分"] == ("92.45", "88.45", "handed_in")


def test_a_project_that_comes_later_and_one_that_goes_are_told_as_wholes(office):
    hand_in("c.xlsx", project="桥梁检测")
    Path("inbox/b.xlsx").unlink()
    night("--forget-missing")
    assert changed("桥梁检测") == {
        "状态": ("", "已核定", "handed_in"),
        "核定得分": ("", "92.45", "handed_in"),
        "评价等次": ("", "优", "handed_in"),
    }
    assert changed("河堤加固")["状态"] == ("已核定", "", "handed_in")


LOCAL = """
id = "local"
name = "本地口径"
basis = "本地的评分口径"
inherits = "cz2020_self"
certainty = "derived"
grades = [
    { word = "优", low = 95 }, { word = "良", low = 80 }, { word = "中", low = 60 },
    { word = "差", low = 0 },
]
"""


def test_a_preview_says_what_another_profile_would_change_and_publishes_nothing(office, capsys):
    Path("口径").mkdir()
    Path("口径/local.toml").write_text(LOCAL, "utf-8")
    for number in range(4):
        hand_in(f"{number}.xlsx", project=f"泵站改造{number}期")
    night()
    text = Path("evalbatch.toml").read_text("utf-8").replace('"cz2020_self"', '"local"')
    text = text.replace("[paths]", '[paths]\npolicies = "口径"')
    Path("evalbatch.toml").write_text(text, "utf-8")
    before, ledger = outputs(), Path("output/ledger.sqlite").read_bytes()
    capsys.readouterr()
    assert evalbatch("run", "--preview", "--as-of", DAY, "--quiet") == 0
    said = capsys.readouterr().out
    assert "城区道路养护　评价等次：优 → 良（评分口径）" in said
    assert "评分口径变动影响 6 个项目" in said
    assert outputs() == before
    assert Path("output/ledger.sqlite").read_bytes() == ledger
    assert evalbatch("run", "--as-of", DAY) == 0
    assert "评分口径变动影响 6 个项目" in capsys.readouterr().out
    assert changed()["评价等次"] == ("优", "良", "policy")


def test_the_history_of_a_project_tells_hand_ins_decisions_and_changes(office, capsys):
    set_up("review", "money_above = 100")
    night()
    evalbatch("review")
    answer(ROUND, {"养护道路": {**SIGNED, "复核得分": 15, "复核日期": date(2024, 3, 31)}})
    night()
    capsys.readouterr()
    assert evalbatch("history", "城区道路养护（修改版）") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in said][:2] == ["报送", "复核"]
    assert any("核定得分：92.45 → 87.45（复核）" in line for line in said)
    assert any("a.xlsx" in line for line in said)
    assert evalbatch("history", "没有的项目") == 2
