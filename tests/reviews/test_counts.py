"""How many rows wait for a person, and how many hand-ins are in what state, is one number wherever
it is told.
"""

import re
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from docx import Document

import evalbatch as api
from reviews.office import (
    SIGNED,
    answer,
    evalbatch,
    expect,
    hand_in,
    lines,
    night,
    set_up,
    sheet,
    table,
)

ROUND = Path("复核/第1轮.xlsx")
ROADS, DYKES, BRIDGES, PARKS = "城区道路养护", "河堤加固", "桥梁检测", "公园改造"
NO_RULE = {"验收合格": {"target": "合格", "actual": "已验收"}}


def decide(name):
    """Write a score for every row of a project."""
    given = {
        (name, each["三级指标"]): {**SIGNED, "复核得分": min(each["自评得分"], each["核算得分"])}
        for each in lines(ROUND)
        if each["项目名称"] == name
    }
    answer(ROUND, given, ("项目名称", "三级指标"))


@pytest.fixture(scope="module")
def every_state(cycle_after):
    """A cycle in which rows wait in a workbook that counts, in a returned and in a superseded one;
    another counts with all decided, one cannot be read, and a line of the roster is awaited.
    """

    def handed_in():
        set_up("review", "money_above = 100")
        expect(ROADS, DYKES, BRIDGES, PARKS)
        hand_in("a.xlsx", project=ROADS)
        hand_in("b.xlsx", project=DYKES, rows={"养护道路": {"score": 25}, **NO_RULE})
        hand_in("c.xlsx", project=BRIDGES)
        Path("inbox/d.xlsx").write_bytes(b"no workbook")
        assert night() == 0
        assert evalbatch("review") == 0
        decide(BRIDGES)
        hand_in("a2.xlsx", project=ROADS, goal_actual="12条道路都已完成养护。")
        assert night() == 0

    return cycle_after(handed_in)


@pytest.fixture
def told(copied, every_state, capsys):
    """What the screen says of the cycle."""
    copied(every_state)
    assert evalbatch("run", "--as-of", "2024-03-31", "--jobs", "1") == 0
    return capsys.readouterr().out


def overview():
    """The tiles of the summary: their figures, and the formulas behind them."""
    figures, formulas = (
        openpyxl.load_workbook("output/汇总表.xlsx", data_only=cached)["总览"]
        for cached in (True, False)
    )
    return {
        str(label.value): (value.value, formula.value)
        for label, value, formula in zip(figures[4], figures[5], formulas[5], strict=True)
    }


def page():
    return unescape(re.sub("<[^>]*>", " ", Path("output/状态.html").read_text("utf-8")))


def report():
    return "\n".join(each.text for each in Document("output/总报告.docx").paragraphs)


def test_what_waits_for_a_person_is_one_number_everywhere(told):
    states = {each["file"]: each["status"] for each in table("projects")}
    assert set(states.values()) == {"graded", "returned", "superseded", "unreadable"}
    rows = {each["file"]: int(each["to_review"]) for each in table("projects")}
    waiting = rows.pop("a2.xlsx")
    assert waiting > 0
    assert not any(rows.values())
    assert api.read_results("output").projects["to_review"].sum() == waiting
    figure, formula = overview()["须人工核定"]
    assert figure == waiting
    assert '"已核定"' in formula
    listed = [each for each in sheet("须人工核定") if each["复核状态"] != "已复核"]
    assert {each["报送件状态"] for each in listed} == {"已核定", "退回"}
    assert sum(1 for each in listed if each["报送件状态"] == "已核定") == waiting
    assert (
        sum(each["须人工核定（项）"] or 0 for each in sheet("项目") if each["报送文件"]) == waiting
    )
    assert f"须人工核定 {waiting} 条，" in page()
    assert f"{waiting} 条须人工核定（涉及 1 个项目）" in page()
    assert f"须人工核定的{waiting}项指标（项目1个）尽快复核" in report()
    assert f"待人工核定 {waiting} 条" in told
    assert sum(1 for each in lines(ROUND) if each["项目名称"] == ROADS) == waiting


def test_what_became_of_the_hand_ins_is_one_number_everywhere(told):
    assert "已核定 2，退回 1" in told
    assert "名册中尚未报送 1 项" in told
    tiles = {name: figure for name, (figure, _) in overview().items()}
    names = ("收到报送件", "已核定", "退回", "无法读取", "已被替代", "名册应报", "尚未报送")
    assert [tiles[name] for name in names] == [5, 2, 1, 1, 1, 4, 1]
    assert "应报 4 项，已报 3 项" in page()
    assert "退回 1 份，无法读取 1 份" in page()
    assert "退回含无法读取" in page()
    assert "收到4份，其中核定2份，退回更正1份，无法读取1份" in report()
