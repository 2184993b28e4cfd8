"""Which of several hand-ins of one project counts, why the others do not, and what year a text
means.
"""

from datetime import date, datetime
from typing import NamedTuple

import pytest
from builders import choice, entry, row, submission, unreadable

from evalbatch.model.identity import (
    Arrival,
    choose,
    filled_in,
    grouped,
    newest,
    submission_year,
    year_place,
)
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import year_of
from evalbatch.model.submission import Submission


class Given(NamedTuple):
    """A hand-in, as far as it matters here."""

    file: str
    whose: tuple[str, ...] = ("甲局", "甲项目", "2026")
    digest: str = ""
    modified: datetime | None = None
    arrival: Arrival = Arrival()
    filled: bool = True


def came(run: int, on: date | None = None, filed: int = 0) -> Arrival:
    return Arrival(run=run, received_on=on, filed=filed)


MORNING, NOON, EVENING, TOMORROW = map(
    datetime.fromisoformat,
    ("2027-03-01T08:00", "2027-03-01T12:00", "2027-03-01T23:00", "2027-03-02T00:00"),
)
FIRST, SECOND = came(1, date(2027, 3, 1)), came(2, date(2027, 3, 5))


def told(*group: Given, doubtful: tuple[str, ...] = ()) -> tuple[str, dict[str, str]]:
    for order in (group, group[::-1]):
        choice = choose(order, doubtful)
    return choice.counts, choice.others


@pytest.mark.parametrize(
    ("one", "other", "counts", "why"),
    [
        (
            Given("a", arrival=SECOND, digest="1"),
            Given("b", arrival=FIRST, digest="2"),
            "a",
            "收到较晚：2027-03-05",
        ),
        (
            Given("a", arrival=came(2), digest="1"),
            Given("b", arrival=came(1), digest="2"),
            "a",
            "收到较晚",
        ),
        (
            Given("a", arrival=FIRST, modified=NOON, digest="1"),
            Given("b", arrival=FIRST, modified=MORNING, digest="2"),
            "a",
            "同次收到，文件内修改时间较晚：2027-03-01 12:00",
        ),
        (
            Given("a", arrival=came(1, date(2027, 3, 1), 2), digest="1"),
            Given("b", arrival=came(1, date(2027, 3, 1), 1), modified=NOON, digest="2"),
            "a",
            "同次收到，文件时间较晚",
        ),
        (
            Given("a", arrival=FIRST, digest="1"),
            Given("b", arrival=FIRST, digest="2"),
            "b",
            "同次收到且时间相同，按路径取后一份",
        ),
        (
            Given("长名称", arrival=FIRST, digest="1"),
            Given("短", arrival=FIRST, digest="1"),
            "短",
            "内容完全相同",
        ),
        (
            Given("a", arrival=FIRST, digest="1"),
            Given("b", arrival=SECOND, digest="2", filled=False),
            "a",
            "这一份没有填写",
        ),
    ],
)
def test_the_newest_filled_one_counts_and_the_reason_is_told(
    one: Given, other: Given, counts: str, why: str
) -> None:
    loser = other.file if counts == one.file else one.file
    assert told(one, other) == (counts, {loser: why})


def test_one_that_contradicts_itself_replaces_nothing() -> None:
    old, new = Given("a", arrival=FIRST, digest="1"), Given("b", arrival=SECOND, digest="2")
    why = "这一份存在矛盾或不是本年度的，不能替代它"
    assert told(old, new, doubtful=("b",)) == ("a", {"b": why})
    both = told(old, new, doubtful=("a", "b"))
    assert both == ("b", {"a": "收到较晚：2027-03-05"})


def test_a_time_inside_that_is_still_to_come_decides_nothing() -> None:
    one = Given("a", arrival=FIRST, modified=TOMORROW, digest="1")
    other = Given("b", arrival=FIRST, modified=NOON, digest="2")
    assert told(one, other) == ("b", {"a": "同次收到且时间相同，按路径取后一份"})
    same_day = Given("a", arrival=FIRST, modified=EVENING, digest="1")
    assert told(same_day, other)[0] == "a"


def test_hand_ins_are_grouped_by_whose_they_are_where_that_is_known() -> None:
    alone = Given("c", whose=("乙局", "乙项目", "2026"))
    unknown = [Given("d", whose=("", "")), Given("e", whose=("", ""))]
    pair = [Given("a"), Given("b")]
    assert grouped([alone, *unknown, *pair]) == [pair]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2026年度", "2026"),
        ("２０２６", "2026"),
        ("二〇二六年", "2026"),
        ("二零二二年", "2022"),
        ("二○二五年度", "2025"),
        ("一九九八年", "1998"),
        ("2026年至2026年", "2026"),
        ("2025-2026", "2025-2026"),
        (" 本年 ", "本年"),
        ("120261", "120261"),
    ],
)
def test_a_year_is_four_digits_however_it_is_written(text: str, year: str) -> None:
    assert year_of(text) == year


@pytest.mark.parametrize(
    ("typed", "year"),
    [(2026, "2026"), (2026.0, "2026"), ("2026年度", "2026"), ("本年", "本年"), ("", "")],
)
def test_the_year_of_a_workbook_is_four_digits_typed_as_number_or_as_text(typed, year) -> None:
    assert submission_year(submission(fields={"year": typed})) == year
    assert submission_year(submission()) == ""


def test_a_year_stands_in_its_cell_and_one_that_nothing_states_is_the_files() -> None:
    stated = submission(fields={"year": entry("2026年度", 3)})
    assert year_place(stated) == stated.fields["year"].place
    assert year_place(stated).cell
    for nowhere in (submission(), submission(fields={"year": entry("")})):
        assert year_place(nowhere) == Place(nowhere.file)


def computed(text: str) -> Submission:
    return submission(fields={"stated_total": entry(text)._replace(formula=True)})


@pytest.mark.parametrize(
    ("workbook", "filled"),
    [
        (submission(), False),
        (submission(fields={"project": "桥", "year": 2026, "department": "交通局"}), False),
        (submission(fields={"goal_actual": "修缮桥梁一座"}), True),
        (submission(fields={"goal_actual": ""}), False),
        (submission(fields={"goal_actual": "——"}), False),
        (submission(fields={"goal_actual": " / "}), False),
        (submission(fields={"goal_actual": unreadable("约九十")}), True),
        (submission([row("indicators", level3="桥", target="1座", weight=10)]), False),
        (submission([row("indicators", level3="桥", actual="1座")]), True),
        (submission([row("indicators", level3="桥", actual=None)]), False),
        (submission([row("funding", budget=100, executed=95)]), True),
        (submission(fields={"stated_grade": choice("", "优", "良")}), False),
        (submission(fields={"stated_grade": choice("优", "优", "良")}), True),
        (computed("95"), False),
    ],
)
def test_a_workbook_is_filled_in_where_somebody_typed_more_than_it_was_sent_out_with(
    workbook: Submission, filled: bool
) -> None:
    assert filled_in(workbook) is filled


def test_what_the_form_itself_prints_nobody_has_typed() -> None:
    printed = submission(fields={"text_work": "（一）项目 概况"})
    assert filled_in(printed)
    assert not filled_in(printed, {"一项目概况"})


def test_of_identical_contents_the_one_that_was_there_first_stays() -> None:
    old = Given("很长的名称", digest="1", arrival=Arrival(run=1, named=1))
    copy = Given("短", digest="1", arrival=Arrival(run=1, named=2))
    assert told(old, copy) == ("很长的名称", {"短": "内容完全相同"})
    one, other = Given("b", digest="1", arrival=FIRST), Given("a", digest="1", arrival=FIRST)
    assert told(one, other)[0] == "a"


def test_hand_ins_of_unknown_content_are_never_the_same() -> None:
    one, other = Given("a", arrival=SECOND), Given("b", arrival=FIRST)
    assert told(one, other) == ("a", {"b": "收到较晚：2027-03-05"})


def test_a_copy_of_what_counts_is_not_called_older_though_it_came_before() -> None:
    group = (
        Given("一", digest="1", arrival=FIRST),
        Given("二二", digest="2", arrival=SECOND),
        Given("三三三", digest="2", arrival=SECOND),
    )
    assert told(*group) == ("二二", {"一": "收到较晚：2027-03-05", "三三三": "内容完全相同"})


def test_where_all_are_doubtful_or_blank_the_newest_counts_all_the_same() -> None:
    old = Given("a", arrival=FIRST, digest="1", filled=False)
    new = Given("b", arrival=SECOND, digest="2", filled=False)
    assert told(old, new) == ("b", {"a": "收到较晚：2027-03-05"})


def test_a_blank_that_also_contradicts_itself_is_called_blank() -> None:
    good = Given("a", arrival=FIRST, digest="1")
    blank = Given("b", arrival=SECOND, digest="2", filled=False)
    assert told(good, blank, doubtful=("b",)) == ("a", {"b": "这一份没有填写"})


def test_equal_times_inside_leave_it_to_the_time_of_the_files() -> None:
    def filed(name: str, at: int, modified: datetime | None) -> Given:
        arrival = came(1, date(2027, 3, 1), at)
        return Given(name, arrival=arrival, modified=modified, digest=name)

    assert told(filed("a", 9, NOON), filed("b", 5, NOON)) == (
        "a",
        {"b": "同次收到，文件时间较晚"},
    )
    assert told(filed("a", 5, NOON), filed("b", 9, None))[0] == "b"
    assert told(filed("a", 5, NOON), filed("b", 9, MORNING)) == (
        "a",
        {"b": "同次收到，文件内修改时间较晚：2027-03-01 12:00"},
    )


def test_only_what_came_in_with_the_last_run_is_compared_by_its_time_inside() -> None:
    early = Given("a", arrival=FIRST, modified=EVENING, digest="1")
    last = Given("b", arrival=SECOND, modified=MORNING, digest="2")
    assert newest([early, last]) is last
    dateless = Given("c", arrival=came(2), modified=TOMORROW, digest="3")
    assert newest([last, dateless]) is dateless
