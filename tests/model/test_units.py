"""Units: what converts into what, and what of it leaves a doubt."""

from decimal import Decimal

import pytest

from evalbatch.model.units import by_calendar, by_heads, convert, counts_by_more


@pytest.mark.parametrize(
    ("number", "unit", "wanted", "converted"),
    [
        (530, "元/人·月", "元/月·人", "530"),  # in whatever order
        (1, "万元/人", "元/人", "10000"),
        (60, "公里/小时", "公里/分钟", "1"),
        (60, "公里/小时", "米/小时", "60000"),
        (2, "元/吨", "元/千克", "0.002"),
        (3, "场/月", "场/年", "36"),
        (3, "箩", "个", "3"),  # what no list knows is counted
        (3, "千米", "公里", "3"),
        (530, "元/人·月", "元", "530"),  # what it is counted by may be left out
        (530, "元/人·月", "元/人", None),
        (2, "吨/亩", "公里/亩", None),
        (2, "元/吨", "元/公里", None),
    ],
)
def test_a_unit_that_counts_by_another_converts_above_and_below(
    number: int, unit: str, wanted: str, converted: str | None
) -> None:
    found = convert(Decimal(number), unit, wanted)
    assert found == (None if converted is None else Decimal(converted))


@pytest.mark.parametrize(
    ("unit", "wanted", "told"),
    [
        ("元/人·月", "元/人", True),
        ("元/人", "元/人·月", True),
        ("元/人", "元/月", False),
        ("元/人·月", "元", False),
        ("元", "元", False),
    ],
)
def test_a_unit_may_count_by_more_things_than_the_other(unit: str, wanted: str, told: bool) -> None:
    assert counts_by_more(unit, wanted) is told


@pytest.mark.parametrize(
    ("unit", "wanted", "told"),
    [("人", "人次", True), ("人次", "场", True), ("人次", "人次", False), ("人", "场", False)],
)
def test_people_and_how_often_they_came_are_told_apart(unit: str, wanted: str, told: bool) -> None:
    assert by_heads(unit, wanted) is told


@pytest.mark.parametrize(
    ("unit", "wanted", "told"),
    [
        ("月", "天", True),
        ("天", "工作日", True),
        ("月", "工作日", True),
        ("月", "年", False),
        ("工作日", "个工作日", False),
        ("天", "小时", False),
    ],
)
def test_what_depends_on_the_calendar_is_told(unit: str, wanted: str, told: bool) -> None:
    assert by_calendar(unit, wanted) is told
