"""Who hands in what of which year, when, and against what was approved: contradictions are told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from records import entry

from evalbatch.checks import catalogue
from evalbatch.checks.fingerprint import Aim, Fingerprint, ReturnedError
from evalbatch.cycle import baseline
from evalbatch.cycle.baseline import ApprovedIndicator, Baseline, changed, key, remember, remembered
from evalbatch.cycle.contradictions import ReadHandIn, contradictions, late
from evalbatch.cycle.matching import Matcher, Sender
from evalbatch.model.finding import Observation, Severity
from evalbatch.model.identity import Arrival
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import year_of
from evalbatch.model.record import RosterEntry
from evalbatch.nightly.extract import Extract
from evalbatch.nightly.hand_ins import HandIns
from evalbatch.settings import CycleSection
from evalbatch.standards.policy_library import load_policies

FORM, POLICY = "self_evaluation", load_policies()["cz2020_self"]
ROADS = replace(entry("道路养护", "甲局", line=2), unit="甲局")
SCHOOLS = replace(entry("校舍维修", "乙局", line=3), unit="乙局")
EDUCATION = replace(entry("公用经费", "市教育局", line=4), unit="市教育局")
SCHOOL = replace(entry("公用经费", "市教育局附属小学", line=5), unit="市教育局附属小学")
MATCHER = Matcher([ROADS, SCHOOLS, EDUCATION, SCHOOL])


def print_of(file: str, **more: object) -> Fingerprint:
    made = Fingerprint(
        file, FORM, "2026", "乙局", "乙局", "校舍维修", None, Arrival(), Decimal(95), digest=file
    )
    return replace(made, **more)


def seen(
    file: str = "乙局/b.xlsx",
    department: str = "乙局",
    project: str = "校舍维修",
    stamp: tuple[str, str, str] = ("", "", ""),
    year: int | None = 2026,
    **more: object,
) -> dict[str, Observation]:
    sender = Sender(file, FORM, department, department, project, *stamp)
    print_ = print_of(file, department=department, unit=department, project=project, **more)
    hand_in = ReadHandIn(sender, print_, MATCHER.find(sender))
    return {each.code: each for each in contradictions(hand_in, MATCHER, year)}


@pytest.mark.parametrize(
    ("department", "line"), [("市教育局", EDUCATION), ("市教育局附属小学", SCHOOL)]
)
def test_equal_names_beat_contained_ones(department: str, line: RosterEntry) -> None:
    assert MATCHER.find(Sender("x.xlsx", FORM, department, department, "公用经费")) is line


def test_another_bodys_project_is_not_the_parents() -> None:
    sender = Sender("x.xlsx", FORM, "市教育局附属小学", "市教育局附属小学", "公用经费")
    assert Matcher([EDUCATION]).find(sender) is None
    assert Matcher([EDUCATION]).find(replace(sender, department="市教育局本级")) is EDUCATION


def test_a_workbook_belongs_to_whom_its_cells_name_and_another_stamp_is_told() -> None:
    sender = Sender("x.xlsx", FORM, "乙局", "乙局", "校舍维修", "甲局", "道路养护")
    assert MATCHER.find(sender) is SCHOOLS
    assert seen(stamp=("甲局", "道路养护", ""))["D10"].variant == "stamp"
    assert "D10" not in seen(stamp=("乙局", "校舍 维修（修改版）", ""))


@pytest.mark.parametrize(
    ("folder", "told"),
    [("甲局", True), ("甲局.zip", True), ("乙局", False), ("第一批", False), ("", False)],
)
def test_only_a_folder_of_another_department_of_the_roster_contradicts(
    folder: str, told: bool
) -> None:
    file = f"{folder}/b.xlsx" if folder else "b.xlsx"
    assert ("D10" in seen(file)) is told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"year": 2026}, False),
        ({"year": None}, False),
        ({"year": 2027}, True),
        ({"year": 2027, "print": {"year": "", "period": ("2026", "2026")}}, True),
        ({"year": 2027, "print": {"year": "", "period": ("2026", "2028")}}, False),
        ({"year": 2027, "print": {"year": "年度", "period": ()}}, False),
    ],
)
def test_another_year_than_the_cycles_is_told(more: dict[str, object], told: bool) -> None:
    changes = more.get("print", {})
    assert isinstance(changes, dict)
    sender = Sender("b.xlsx", FORM, "乙局", "乙局", "校舍维修")
    hand_in = ReadHandIn(sender, print_of("b.xlsx", **changes), SCHOOLS)
    year = more["year"]
    assert year is None or isinstance(year, int)
    codes = {each.code for each in contradictions(hand_in, MATCHER, year)}
    assert ("D11" in codes) is told


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2026", "2026"),
        ("2026年度", "2026"),
        ("２０２６ 年", "2026"),
        ("二〇二六年", "2026"),
        ("本年", "本年"),
    ],
)
def test_a_year_is_the_same_however_it_is_spelt(text: str, year: str) -> None:
    assert year_of(text) == year


DEADLINE = date(2027, 3, 31)
IN_TIME = 1_803_873_600_000_000_000
"""2027-03-01 in nanoseconds."""
AFTER = IN_TIME + 31 * 86_400_000_000_000


@pytest.mark.parametrize(
    ("arrival", "days"),
    [
        (Arrival(date(2027, 3, 31), 1, None, AFTER), 0),
        (Arrival(date(2027, 4, 5), 1, None, AFTER), 5),
        (Arrival(date(2027, 4, 5), 2, date(2027, 4, 1), IN_TIME), 5),
        (Arrival(date(2027, 4, 5), 2, date(2027, 3, 30), IN_TIME), None),
        (Arrival(), None),
    ],
)
def test_late_is_only_what_is_shown_to_be(arrival: Arrival, days: int | None) -> None:
    assert arrival.days_late(DEADLINE) == days
    assert arrival.days_late(None) is None
    hand_in = ReadHandIn(Sender("b.xlsx", FORM), print_of("b.xlsx", arrival=arrival), SCHOOLS)
    assert [each.figures["days"] for each in late(hand_in, DEADLINE)] == (
        [str(days)] if days else []
    )


def aim(name: str, target: str, weight: int, sense: str = "more") -> Aim:
    return Aim(name, sense, target, Decimal(weight), Place("b.xlsx", "自评表", 14, 5))


PLAN = Baseline(
    "下发的预填表",
    Decimal(1000),
    (
        ApprovedIndicator("修缮道路", "≥24公里", Decimal(20)),
        ApprovedIndicator("单位成本", "24万元", Decimal(10)),
        ApprovedIndicator("满意度", "≥90%", Decimal(10)),
    ),
)
SAME = (
    aim("修缮道路", "≥24公里", 20),
    aim("单位成本", "24万元", 10, "less"),
    aim("满意度", "≥90%", 10),
)


def differences(
    *aims: Aim, budget: int = 1000, initial: int | None = None
) -> list[tuple[str, str]]:
    given = None if initial is None else Decimal(initial)
    print_ = print_of("b.xlsx", aims=aims, budget=Decimal(budget), initial_budget=given)
    return [(each.code, each.variant) for each in changed(print_, [PLAN], POLICY.limits)]


def test_what_is_as_it_was_sent_out_is_no_difference() -> None:
    assert differences(*SAME) == []
    assert differences(aim("修缮 道路", "≥24000米", 20), *SAME[1:]) == []


@pytest.mark.parametrize(
    ("target", "found"),
    [("≥90", []), ("≥0.9", []), ("≥85", [("D12", "easier")]), ("≥95", [("D12", "harder")])],
)
def test_a_percentage_whose_sign_stands_in_a_column_of_its_own_is_the_same(
    target: str, found: list[tuple[str, str]]
) -> None:
    assert differences(*SAME[:2], aim("满意度", target, 10)) == found


@pytest.mark.parametrize(
    ("changed_aim", "variant"),
    [
        (aim("修缮道路", "≥20公里", 20), "easier"),
        (aim("修缮道路", "≥30公里", 20), "harder"),
        (aim("修缮道路", "≥24公里", 5), "weight"),
        (aim("修缮道路", "按期完成", 20), ""),
        (aim("单位成本", "30万元", 10, "less"), "easier"),
        (aim("单位成本", "20万元", 10, "less"), "harder"),
    ],
)
def test_a_change_is_named_by_the_sense_of_the_indicator(changed_aim: Aim, variant: str) -> None:
    others = [each for each in SAME if each.name != changed_aim.name]
    assert differences(changed_aim, *others) == [("D12", variant)]


def test_indicators_dropped_and_added_are_told() -> None:
    assert differences(*SAME[:2]) == [("D12", "dropped")]
    assert differences(*SAME, aim("另一指标", "≥1次", 5)) == [("D12", "added")]


def test_another_budget_is_told_and_one_adjusted_during_the_year_is_milder() -> None:
    assert differences(*SAME, budget=1) == [("M10", "")]
    assert differences(*SAME, budget=860, initial=1000) == [("M10", "adjusted")]
    assert differences(*SAME, budget=860, initial=860) == [("M10", "")]


def test_what_was_sent_out_is_remembered_and_grows(tmp_path: Path) -> None:
    one, other = key(FORM, "甲局", "甲局", "道路养护"), key(FORM, "乙局", "乙局", "校舍 维修")
    remember(tmp_path, {one: PLAN})
    remember(tmp_path, {other: replace(PLAN, budget=None)})
    assert remembered(tmp_path) == {one: PLAN, other: replace(PLAN, budget=None)}
    (tmp_path / baseline.FILE).write_text("{", encoding="utf-8")
    assert remembered(tmp_path) == {}


def test_a_department_with_the_unit_and_project_of_another_contradicts_itself() -> None:
    sender = Sender("x.xlsx", FORM, "甲局", "乙局", "校舍维修")
    assert MATCHER.find(sender) is None, "neither department's line is taken"
    hand_in = ReadHandIn(sender, print_of("x.xlsx", department="甲局"), None)
    (told,) = contradictions(hand_in, MATCHER, 2026)
    assert (told.code, told.variant, told.found) == ("D10", "line", "甲局")
    assert catalogue.finding(told).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("department", "unit"), [("一中", "乙局"), ("乙局", "甲局"), ("丙局", "乙局"), ("", "乙局")]
)
def test_names_in_each_others_place_or_unknown_are_no_contradiction(
    department: str, unit: str
) -> None:
    schools = replace(SCHOOLS, unit="一中")
    matcher = Matcher([ROADS, schools])
    sender = Sender("x.xlsx", FORM, department, unit, "校舍维修")
    hand_in = ReadHandIn(sender, print_of("x.xlsx"), matcher.find(sender))
    assert list(contradictions(hand_in, matcher, None)) == []


ONE_DAY = date(2027, 3, 1)


def declaration(file: str, department: str = "教育局", **more: object) -> Fingerprint:
    made = replace(print_of(file, department=department, unit=department), form="goal_declaration")
    return replace(
        made, project="公用经费", budget=Decimal(500), aims=(aim("满意度", "≥90%", 10),), **more
    )


def held_against(*prints: Fingerprint) -> tuple[list[tuple[str, str]], str | None]:
    """What is said of a self-evaluation beside declarations, and the budget that was approved."""
    own = print_of(
        "自评.xlsx",
        department="市教育局",
        unit="市教育局",
        project="公用经费",
        budget=Decimal(480),
        aims=(aim("满意度", "≥85%", 10),),
    )
    extracts = {
        each.file: (
            Extract(Sender(each.file, each.form, each.department, each.unit, each.project), each),
            each.arrival,
        )
        for each in (own, *prints)
    }
    cycle = CycleSection(name="周期", year=2026)
    matcher = Matcher([replace(EDUCATION, budget=None)])
    by_form = dict.fromkeys((FORM, "goal_declaration"), POLICY)
    hand_ins = HandIns(extracts, matcher, cycle, frozenset({"goal_declaration"}), {}, by_form)
    seen = [(each.code, each.found) for name, each in hand_ins.seen() if name == own.file]
    return seen, dict(hand_ins.facts())[own.file]["approved_budget"]


def test_a_hand_in_is_held_against_the_goals_that_were_accepted_for_it() -> None:
    assert held_against() == ([], None)
    told = [("M10", "480.00"), ("D12", "≥85%")]
    assert held_against(declaration("目标.xlsx")) == (told, "500")


@pytest.mark.parametrize(
    "goals",
    [
        declaration("别的局.xlsx", "市卫生局"),
        declaration("去年.xlsx", year="2025"),
        declaration("退回.xlsx", faults=(ReturnedError("B01", "", Place("退回.xlsx")),)),
    ],
)
def test_goals_of_others_of_last_year_and_returned_ones_approve_nothing(goals: Fingerprint) -> None:
    assert held_against(goals) == ([], None)


def test_of_several_declarations_the_one_that_counts_is_what_was_approved() -> None:
    first = declaration("目标.xlsx", arrival=Arrival(ONE_DAY, 1))
    second = replace(first, file="更正.xlsx", digest="2", arrival=Arrival(ONE_DAY, 2))
    mended = replace(second, budget=Decimal(480), aims=(aim("满意度", "≥80%", 10),))
    assert held_against(mended, first) == ([("D12", "≥85%")], "480")
