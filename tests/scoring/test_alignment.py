"""Properties of the one comparison: units, directions and wordings never change what a figure
is.
"""

from decimal import Decimal

import pytest
from builders import percent, quantity
from hypothesis import given
from hypothesis import strategies as st
from scored import one

from evalbatch.model.units import UNITS, alike, by_lessons, convert, dimension
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.reading.quantities import parse_quantity
from evalbatch.scoring.alignment import Aligned, align

COUNTED = [unit for unit in UNITS if dimension(unit) == "数量"]
PLAIN = [
    unit
    for unit in UNITS
    if dimension(unit) not in {"金额", "分数", "百分点", "时间"} and not unit.isascii()
]
whole = st.integers(1, 100_000)


@given(number=whole, target=st.sampled_from(COUNTED), actual=st.sampled_from(COUNTED))
def test_any_two_measure_words_compare_one_to_one(number, target, actual):
    aligned = align(quantity(12, target), quantity(number, actual))
    assert (aligned.problem, aligned.got) == ("", number)


@given(st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_units_convert_exactly_when_they_measure_alike_and_back(one_unit, other):
    there = convert(Decimal(12), one_unit, other)
    told = alike(dimension(one_unit), dimension(other)) or by_lessons(one_unit, other)
    assert (there is not None) == told
    if there is not None:
        back = convert(there, other, one_unit)
        assert back is not None
        assert abs(back - 12) < Decimal("1E-15")


@given(
    number=whole,
    unit=st.sampled_from(PLAIN),
    verb=st.sampled_from(["", "举办", "完成", "共", "新建", "已完成"]),
)
def test_verbs_before_a_figure_and_remarks_behind_it_change_nothing(number, unit, verb):
    plain = parse_quantity(f"{number}{unit}")
    worded = parse_quantity(f"{verb}{number}{unit}（含上年结转2项）。")
    assert plain is not None
    assert worded is not None
    assert (plain.kind, plain.number, plain.unit) == (worded.kind, worded.number, worded.unit)


@given(number=st.integers(1, 9999))
def test_every_wording_of_a_limit_is_one_operator(number):
    for wording in (
        "≤{}天",
        "不超过{}天",
        "{}天以内",
        "{}天之内",
        "{}天内",
        "最多{}天",
        "控制在{}天以内",
        "不晚于{}天",
    ):
        told = parse_quantity(wording.format(number))
        assert told is not None
        assert (told.operator, told.number, told.unit) == ("≤", number, "天"), wording
    for wording in ("≥{}个", "不少于{}个", "至少{}个", "{}个以上", "{}个及以上", "不低于{}个"):
        told = parse_quantity(wording.format(number))
        assert told is not None
        assert (told.operator, told.number) == ("≥", number), wording


@given(rise=st.integers(1, 50), fall=st.integers(1, 50))
def test_a_fall_never_meets_a_wanted_rise(rise, fall):
    target, actual = parse_quantity(f"增长{rise}%"), parse_quantity(f"下降{fall}%")
    assert one(target, actual).computed == 0
    wanted, got = parse_quantity(f"下降{rise}%"), parse_quantity(f"上升{fall}%")
    assert one(wanted, got).computed == 0


@given(number=st.integers(1, 10**7), multiple=st.sampled_from([10_000, 100_000_000]))
def test_a_bare_figure_beside_a_multiple_is_never_taken_for_thousands_of_times_its_target(
    number, multiple
):
    unit = {10_000: "万平方米", 100_000_000: "亿元"}[multiple]
    aligned = align(quantity("4.5", unit), quantity(number))
    assert aligned.problem == "scale" or aligned.got <= Decimal("22.5")


@pytest.mark.parametrize(
    ("actual", "share"),
    [
        ("0.93", "0.93"),
        ("93", "0.93"),
        ("100", "1"),
        ("1", "1"),
        ("0", "0"),
        ("2", "2"),
        ("2.5", "0.025"),
    ],
)
def test_a_bare_figure_beside_a_percentage_is_read_the_plausible_way(actual, share):
    aligned = align(percent(95), quantity(actual))
    assert (aligned.problem, aligned.got) == ("", Decimal(share))


def test_a_fraction_under_a_percent_sign_of_the_column_is_the_rate_it_must_mean():
    fraction = Quantity(QuantityKind.PERCENT, "0.95", Decimal("0.0095"), unit="%")
    for aligned in (align(fraction, percent(93)), align(percent(95), fraction)):
        assert aligned.note == "percent"
        assert aligned.wanted == Decimal("0.95")
    assert align(fraction, percent(93)).got == Decimal("0.93")
    assert align(percent(95), fraction).got == Decimal("0.95")
    assert align(percent(95), percent(93)) == Aligned(Decimal("0.95"), Decimal("0.93"))


def test_a_bare_figure_far_beyond_a_multiple_either_way_is_left_to_a_person():
    assert align(quantity("4.5", "亿元"), quantity(10**11)).problem == "scale"


def test_what_may_be_meant_both_ways_is_left_to_a_person():
    assert align(percent(1), quantity("0.5")).problem == "scale"
    row = one(percent(1), quantity("0.5"), claimed=10)
    assert (row.outcome, row.computed) == ("person", None)


def test_a_bare_target_of_a_rate_is_per_cent():
    assert one(quantity(95), quantity("0.95"), name="验收合格率").computed == 10
    assert one(quantity(95), quantity("0.93"), name="验收合格率").computed == Decimal("9.79")
    assert one(quantity(95), quantity(95), name="验收合格数").computed == 10


def test_early_in_a_year_that_is_not_written_may_be_the_next_one():
    due = parse_quantity("12月底前", year=2024)
    unsure = one(due, parse_quantity("1月15日", year=2024), claimed=10)
    assert (unsure.outcome, unsure.computed) == ("person", None)
    assert "次年" in unsure.why_person
    assert one(due, parse_quantity("2024年1月15日", year=2024)).computed == 10


def aligned(target: str, actual: str) -> Aligned:
    both = (parse_quantity(text, year=2024) for text in (target, actual))
    return align(*both)


@pytest.mark.parametrize(
    ("target", "actual", "wanted", "got", "note"),
    [
        # by period: what is wanted each month is compared over the year
        ("每月不少于2次", "24次", "24", "24", ""),
        ("2次/月", "4次", "24", "4", ""),
        ("2次/月", "2次/月", "2", "2", ""),
        ("2次/月", "6次/季度", "24", "24", ""),
        ("2次/周", "6次/月", "104", "72", ""),
        ("每半年1次", "2次", "2", "2", ""),
        ("每季度1次", "4次", "4", "4", ""),
        ("每周1次", "50次", "52", "50", ""),
        ("24次", "2次/月", "24", "24", ""),
        ("24次/年", "1次", "24", "1", ""),
        # counted in 万 or in full
        ("4.5亿元", "45000万元", "4.5", "4.5", ""),
        ("4.5亿元", "4.5", "4.5", "4.5", ""),
        ("4.5亿元", "450000000", "4.5", "4.5", "multiple"),
        ("45000", "4.5万", "45000", "45000", "multiple"),
        ("4.5亿元", "0", "4.5", "0", ""),
        ("4.5万人", "22.5", "4.5", "22.5", ""),
        ("4.5万人", "0.8", "4.5", "0.8", ""),
        ("4.5万人", "8000", "4.5", "0.8", "multiple"),
        ("4.5万人", "225000", "4.5", "22.5", "multiple"),
        # which way it went
        ("下降5%", "下降6%", "0.05", "0.06", ""),
        ("下降5%", "上升6%", "0.05", "-0.06", ""),
        ("下降5%", "6%", "0.05", "0.06", ""),
        ("增长5%", "下降6%", "0.05", "-0.06", ""),
        ("5场", "增长6场", "5", "6", ""),
        # percentage points and bare figures
        ("3个百分点", "2%", "0.03", "0.02", ""),
        ("3%", "2个百分点", "0.03", "0.02", ""),
        ("150%", "120", "1.5", "1.2", "percent"),
        ("1%", "2", "0.01", "0.02", "percent"),
        ("95", "90%", "0.95", "0.9", "percent"),
        # what is not quite the same
        ("20天", "20个工作日", "20", "20", "calendar"),
        ("100人", "100人次", "100", "100", "heads"),
    ],
)
def test_target_and_actual_stand_beside_each_other_in_one_unit(
    target: str, actual: str, wanted: str, got: str, note: str
) -> None:
    assert aligned(target, actual) == Aligned(Decimal(wanted), Decimal(got), note=note)


@pytest.mark.parametrize(
    ("target", "actual", "problem"),
    [
        ("2次/月", "3次", "period"),
        ("3次", "2次/月", "period"),
        ("4个季度", "4次", "period"),
        ("100元/人·月", "100元/人", "period"),
        ("100立方米", "100吨", "period"),
        ("2次/月", "24公里", "units"),
        ("5公里", "5个", "units"),
        ("4.5万人", "225001", "scale"),
        ("95%", "92.3分", "scale"),
        ("92分", "95%", "scale"),
        ("1%", "0.5", "scale"),
        ("95%", "95个", "kinds"),
        ("5%", "下降6%", "way"),
        ("5%", "增长6%", "way"),
        ("5场", "减少6场", "way"),
    ],
)
def test_why_two_figures_do_not_compare_is_told(target: str, actual: str, problem: str) -> None:
    assert aligned(target, actual).problem == problem


def test_what_has_no_figure_compares_with_nothing() -> None:
    for pair in ((quantity(), quantity(5)), (quantity(5), quantity()), (quantity(), quantity())):
        assert align(*pair).problem == "kinds"
