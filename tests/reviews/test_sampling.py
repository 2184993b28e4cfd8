"""The draw: always the same by the same text, always in what the settings name, and told why."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from records import finding, funding, record, row, scores

from evalbatch.cycle.draw import Draw, drawn, threshold, ticket
from evalbatch.cycle.subjects import Subject
from evalbatch.model.evaluation import Status
from evalbatch.model.record import year_key
from evalbatch.settings import ReviewSection
from reviews.office import evalbatch, hand_in, lines, night, outputs, set_up, sheet, table

NAMES = [f"渠道维修{number}段" for number in range(40)]
KEYS = [f"self_evaluation/{name}" for name in NAMES]


def subject(name):
    return Subject(f"self_evaluation/{name}", "self_evaluation", "水务局", "渠道所", name)


def chosen(measures, names=NAMES, before=None, top=None):
    records = [record(f"{name}.xlsx", project=name) for name in names]
    subjects = {each.file: subject(each.project) for each in records}
    top = top or threshold(measures, [each.key for each in subjects.values()])
    return drawn(Draw(measures, {}, top), records, subjects, before or {})


def why(measures, given, previous=None):
    draw = Draw(measures, previous or {}, None)
    return draw.why(given, "self_evaluation/渠道维修1段")


def test_a_ticket_is_the_same_on_every_machine():
    assert ticket("二〇二七年四月一日", KEYS[0]) == "691f4cffc155"
    assert ticket("二〇二七年四月二日", KEYS[0]) != ticket("二〇二七年四月一日", KEYS[0])


def test_a_share_cuts_the_range_of_tickets_and_a_number_counts_them():
    share = chosen(ReviewSection(seed="甲", share=Decimal("0.25")))
    top = threshold(ReviewSection(seed="甲", share=Decimal("0.25")), [])
    assert share.keys() == {key for key in KEYS if ticket("甲", key) <= top}
    assert 0 < len(share) < 40
    assert all("抽签（签号" in said for said in share.values())
    seven = chosen(ReviewSection(seed="甲", number=7))
    assert seven.keys() == set(sorted(KEYS, key=lambda key: ticket("甲", key))[:7])
    assert chosen(ReviewSection(seed="乙", number=7)).keys() != seven.keys()


def test_a_share_of_one_draws_all():
    assert len(chosen(ReviewSection(seed="甲", share=Decimal(1)))) == len(NAMES)


def test_nothing_drawn_leaves_when_others_arrive():
    measures = ReviewSection(seed="甲", number=5)
    first = chosen(measures, NAMES[:20])
    later = chosen(measures, NAMES, before=first)
    assert first.items() <= later.items()


def test_without_a_text_nothing_is_drawn_by_tickets():
    assert chosen(ReviewSection(share=Decimal(1))) == {}


def test_every_reason_that_is_always_in_says_which_it_is():
    given = record(scored=scores([row(claimed="10", final="10")]))
    cheap = replace(given, scores=replace(given.scores, funding=funding("80", "79")))
    copied = replace(given, findings=(finding(code="D03"),))
    late = replace(given, days_late=3)
    key = year_key(given.form, given.project)
    last = {key: replace(given, scores=replace(given.scores, grade="中"))}
    assert why(ReviewSection(money_above=Decimal(100)), given) == "抽查：预算超过 100 万元"
    assert why(ReviewSection(money_above=Decimal(100)), cheap) == ""
    assert why(ReviewSection(execution_below=Decimal("0.8")), given) == "抽查：预算执行率低于 80%"
    assert why(ReviewSection(execution_below=Decimal("0.8")), cheap) == ""
    assert why(ReviewSection(full_marks=True), given) == "抽查：全部满分"
    assert why(ReviewSection(full_marks=True), record()) == ""
    assert why(ReviewSection(late=True), late) == "抽查：逾期 3 天报送"
    assert why(ReviewSection(late=True), given) == ""
    assert why(ReviewSection(copied=True), copied) == "抽查：与其他项目文字雷同"
    assert why(ReviewSection(copied=True), given) == ""
    assert why(ReviewSection(first_time=True), given, {"其他": given}) == "抽查：首次评价"
    assert why(ReviewSection(first_time=True), given, last) == ""
    assert why(ReviewSection(grades_last_year=("中", "差")), given, last) == "抽查：上年等次为中"
    assert why(ReviewSection(grades_last_year=("差",)), given, last) == ""


def test_only_what_is_graded_is_drawn():
    back = record(status=Status.RETURNED)
    subjects = {back.file: subject(back.project)}
    measures = ReviewSection(money_above=Decimal(0))
    assert drawn(Draw(measures, {}, None), [back], subjects, {}) == {}


@pytest.fixture
def office(copied, new_cycle):
    return copied(new_cycle)


def test_seed_tickets_and_reasons_are_published_and_a_round_is_in_their_order(office):
    set_up("review", 'number = 2\nseed = "四月二日开标室"')
    for at, name in enumerate(("河堤加固", "桥梁检测", "路灯更换")):
        hand_in(f"{at}.xlsx", project=name)
    night()
    found = {each["project"]: (each["ticket"], each["drawn"]) for each in table("projects")}
    tickets = sorted(each for each, _ in found.values())
    assert [bool(said) for each, said in sorted(found.values())] == [True, True, False]
    page = Path("output/状态.html").read_text("utf-8")
    assert "四月二日开标室" in page
    assert all(each in page for each in tickets[:2])
    assert tickets[2] not in page
    assert evalbatch("review") == 0
    asked = [each["签号"] for each in lines("复核/第1轮.xlsx")]
    assert list(dict.fromkeys(asked)) == tickets[:2]
    shown = {each["项目名称"]: each["签号"] for each in sheet("项目") if each["项目名称"] in found}
    assert shown == {name: number for name, (number, _) in found.items()}
    hand_in("9.xlsx", project="泵站改造")
    night()
    later = {each["project"]: each["drawn"] for each in table("projects")}
    assert all(later[name] == said for name, (_, said) in found.items())
    before = outputs()
    night("--full")
    assert outputs() == before


def test_a_run_writes_a_round_by_itself_only_as_often_as_the_settings_say(office):
    set_up("review", "every_days = 7\nmoney_above = 100")
    hand_in("a.xlsx")
    for day, rounds in (("2024-04-01", 1), ("2024-04-07", 1), ("2024-04-08", 2)):
        if day == "2024-04-07":
            hand_in("b.xlsx", project="河堤加固")
        assert evalbatch("run", "--as-of", day, "--quiet", "--jobs", "1") == 0
        assert len(list(Path("复核").iterdir())) == rounds


LATE = ("run", "--as-of", "2024-04-10", "--quiet", "--jobs", "1")


@pytest.mark.parametrize("measure", ["late", "copied"])
def test_what_shows_only_beside_others_is_drawn_in_the_same_night(office, measure):
    set_up("review", f"{measure} = true")
    for file, department in (("a.xlsx", "某市城市管理局"), ("b.xlsx", "某市水务局")):
        hand_in(file, project=f"{department}路灯更换", department=department)
    assert evalbatch(*LATE) == 0
    said = {"late": "抽查：逾期 10 天报送", "copied": "抽查：与其他项目文字雷同"}[measure]
    assert {each["drawn"] for each in table("projects")} == {said}
    assert {each["stage"] for each in table("projects")} == {"pending"}
    before = outputs()
    evalbatch(*LATE)
    evalbatch(*LATE, "--full")
    assert outputs() == before


SENSELESS = (
    "share = 1.5",
    "number = -1",
    "number = true",
    'share = 0.1\nseed = "  "',
    'share = 0\nseed = "当众写下的一句话"',
    'reviewers = ["周一、吴二"]',
    "first_time = true",
    'grades_last_year = ["很好"]',
)


@pytest.mark.parametrize("text", SENSELESS)
def test_senseless_measures_are_refused_before_anything_is_published(text, office, capsys):
    set_up("review", text)
    assert evalbatch("run", "--quiet") == 2
    told = capsys.readouterr().err
    assert "[review]" in told
    assert not any(word in told for word in ("Input", "valid"))
    assert not list(Path("output").iterdir())
