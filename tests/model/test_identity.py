"""Which of several hand-ins of one project counts, why the others do not, and what year a text
means.
"""

from datetime import date, datetime
from typing import NamedTuple

import pytest

from evalbatch.model.identity import choose, grouped
from evalbatch.model.plain_figures import year_of
from evalbatch.model.record import Arrival


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
        ("2026年至2026年", "2026"),
        ("2025-2026", "2025-2026"),
        (" 本年 ", "本年"),
        ("120261", "120261"),
    ],
)
def test_a_year_is_four_digits_however_it_is_written(text: str, year: str) -> None:
    assert year_of(text) == year
