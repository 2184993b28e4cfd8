"""Targets and actuals in every costume seen in published forms."""

from datetime import date
from decimal import Decimal

import pytest

from evalbatch.model.value import QuantityKind
from evalbatch.reading.quantities import parse_quantity, with_own_columns

YEAR = 2021


@pytest.mark.parametrize(
    ("text", "number", "unit", "operator"),
    [
        ("≥5", "5", "", "≥"),
        ("≧5个", "5", "个", "≥"),
        ("═230亩", "230", "亩", "="),
        ("﹦230亩", "230", "亩", "="),
        ("＞１２", "12", "", ">"),
        ("＜3天", "3", "天", "<"),
        (">=50人", "50", "人", "≥"),
        ("<=3次", "3", "次", "≤"),
        ("大于等于50人", "50", "人", "≥"),
        ("小于等于3起", "3", "起", "≤"),
        ("等于8台", "8", "台", "="),
        ("不少于30户", "30", "户", "≥"),
        ("不低于90分", "90", "分", "≥"),
        ("不高于5元", "5", "元", "≤"),
        ("不超过2小时", "2", "小时", "≤"),
        ("小于7天", "7", "天", "<"),
        ("50个及以上", "50", "个", "≥"),
        ("50个及其以下", "50", "个", "≤"),
        ("≥266米", "266", "米", "≥"),
        ("45万", "45", "万", ""),
        ("2 小时", "2", "小时", ""),
        ("530元/人*月", "530", "元/人*月", ""),
        ("5300元/户", "5300", "元/户", ""),
        ("400元/人、天", "400", "元/人、天", ""),
        ("1，200", "1200", "", ""),
        ("1,964.32万元", "1964.32", "万元", ""),
        ("１２", "12", "", ""),
        ("0次", "0", "次", ""),
        ("0起", "0", "起", ""),
        ("0.1", "0.1", "", ""),
        ("12个出访团组", "12", "个", ""),
        ("9批次", "9", "批次", ""),
        ("3TB", "3", "TB", ""),
        ("2.5万亩", "2.5", "万亩", ""),
        ("完成12项", "12", "项", ""),
        ("提高3个百分点", "3", "个百分点", ""),
    ],
)
def test_numbers_keep_figure_unit_and_operator(text, number, unit, operator):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.kind, quantity.number, quantity.unit, quantity.operator) == (
        QuantityKind.NUMBER,
        Decimal(number),
        unit,
        operator,
    )
    assert quantity.text == text


@pytest.mark.parametrize(
    ("text", "fraction", "operator"),
    [
        ("100%", "1", ""),
        ("100.00%", "1", ""),
        ("100 %", "1", ""),
        ("≥95%", "0.95", "≥"),
        ("≥100百分比", "1", "≥"),
        (">= 98 %(百分比)", "0.98", "≥"),
        ("100%覆盖", "1", ""),
        ("达到95%以上", "0.95", "≥"),
        ("0.9‰", "0.0009", ""),
        ("９５％", "0.95", ""),
        ("290%", "2.9", ""),
    ],
)
def test_percentages_are_fractions(text, fraction, operator):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.kind, quantity.number, quantity.operator) == (
        QuantityKind.PERCENT,
        Decimal(fraction),
        operator,
    )


@pytest.mark.parametrize(
    ("text", "lower", "upper", "middle", "unit"),
    [
        ("256.8万元±10%", "231.12", "282.48", "256.8", "万元"),
        ("控制在256.8万元的±10%", "231.12", "282.48", "256.8", "万元"),
        ("100±5个", "95", "105", "100", ""),
        ("38.88-47.52万元", "38.88", "47.52", None, "万元"),
        ("2～3天", "2", "3", None, "天"),
        ("2至3天", "2", "3", None, "天"),
        ("90%-100%", "0.9", "1", None, "%"),
    ],
)
def test_bands_have_two_bounds(text, lower, upper, middle, unit):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert quantity.kind is QuantityKind.BAND
    assert (quantity.number, quantity.upper, quantity.unit) == (
        Decimal(lower),
        Decimal(upper),
        unit,
    )
    assert quantity.middle == (None if middle is None else Decimal(middle))


@pytest.mark.parametrize(
    ("text", "when", "operator"),
    [
        ("2021年12月31日", date(2021, 12, 31), ""),
        ("2021-12-31", date(2021, 12, 31), ""),
        ("2021.6.30", date(2021, 6, 30), ""),
        ("20210630", date(2021, 6, 30), ""),
        ("2021年12月完成", date(2021, 12, 31), ""),
        ("2021年6月30日前完成", date(2021, 6, 30), "≤"),
        ("9月前", date(2021, 8, 31), "≤"),
        ("9月底前", date(2021, 9, 30), "≤"),
        ("7月", date(2021, 7, 31), ""),
        ("2021年底", date(2021, 12, 31), ""),
        ("年底前完成", date(2021, 12, 31), "≤"),
        ("不晚于2021年6月30日", date(2021, 6, 30), "≤"),
        ("≤2021年6月", date(2021, 6, 30), "≤"),
        ("第三季度", date(2021, 9, 30), ""),
        ("上半年", date(2021, 6, 30), ""),
        ("2020年2月", date(2020, 2, 29), ""),
    ],
)
def test_dates_count_by_their_last_day(text, when, operator):
    quantity = parse_quantity(text, year=YEAR)
    assert quantity is not None
    assert (quantity.kind, quantity.when, quantity.operator) == (QuantityKind.DATE, when, operator)


def test_a_date_without_its_year_stays_open():
    quantity = parse_quantity("9月前")
    assert quantity is not None
    assert (quantity.kind, quantity.when) == (QuantityKind.DATE, None)


def test_a_date_that_no_calendar_has_is_not_one():
    quantity = parse_quantity("2021年2月30日")
    assert quantity is None or quantity.kind is not QuantityKind.DATE


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("达成预期指标", 1),
        ("达成年度指标", 1),
        ("部分达成年度指标并具有一定效果", 2),
        ("未达成年度指标且效果较差", 3),
    ],
)
def test_stated_tiers_are_told_apart(text, tier):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.kind, quantity.tier) == (QuantityKind.TIER, tier)


@pytest.mark.parametrize(
    "text",
    [
        "效果明显",
        "显著提升",
        "逐步提高",
        "有效",
        "良好",
        "高",
        "合规",
        "及时",
        "已完成",
        "完成",
        "是",
        "基本达到",
        "符合相关规定",
        "好坏",
        "OK",
    ],
)
def test_words_stay_words(text):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.kind, quantity.number, quantity.tier) == (QuantityKind.TEXT, None, None)


@pytest.mark.parametrize("text", ["", " ", "/", "-", "—", "——", "无", "　"])
def test_nothing_is_empty(text):
    quantity = parse_quantity(text)
    assert quantity is not None
    assert quantity.kind is QuantityKind.EMPTY


def test_several_figures_are_kept_apart():
    quantity = parse_quantity("100%1000件")
    assert quantity is not None
    assert quantity.kind is QuantityKind.COMPOUND
    first, second = quantity.parts
    assert (first.kind, first.number) == (QuantityKind.PERCENT, Decimal(1))
    assert (second.kind, second.number, second.unit) == (QuantityKind.NUMBER, Decimal(1000), "件")


def test_a_date_with_a_percentage_keeps_both():
    quantity = parse_quantity("11月底完成100%", year=YEAR)
    assert quantity is not None
    assert [part.kind for part in quantity.parts] == [QuantityKind.DATE, QuantityKind.PERCENT]
    assert quantity.parts[0].when == date(2021, 11, 30)


@pytest.mark.parametrize(
    "text", ["IO", "IO个", "9O%", "1O0件", "≥**", "≥", "≥__个", "12 34", "1,20", "≥1，2345人"]
)
def test_damaged_and_unfilled_figures_are_not_repaired(text):
    assert parse_quantity(text) is None


def test_neighbouring_columns_complete_a_bare_figure():
    quantity = parse_quantity("50", operator="≥", unit="个")
    assert quantity is not None
    assert (quantity.number, quantity.unit, quantity.operator) == (Decimal(50), "个", "≥")


def test_a_percent_sign_in_the_unit_column_makes_a_percentage():
    quantity = parse_quantity("95", operator="≥", unit="%")
    assert quantity is not None
    assert (quantity.kind, quantity.number) == (QuantityKind.PERCENT, Decimal("0.95"))


def test_what_the_cell_itself_says_comes_before_the_neighbouring_columns():
    quantity = parse_quantity("≤50人", operator="≥", unit="个")
    assert quantity is not None
    assert (quantity.unit, quantity.operator) == ("人", "≤")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12场，未" + "甲" * 55, QuantityKind.NUMBER),
        ("12场，未" + "甲" * 56, QuantityKind.TEXT),
        ("12场，" * 14 + "345场", QuantityKind.COMPOUND),
        ("12场，" * 14 + "3456场", QuantityKind.TEXT),
    ],
)
def test_a_text_of_more_than_sixty_characters_is_prose(text: str, kind: QuantityKind) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert quantity.kind is kind


@pytest.mark.parametrize("text", ["完成10-12场", "共10~12场", "约10至12场"])
def test_a_band_may_stand_behind_words(text: str) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.kind, quantity.number, quantity.upper) == (QuantityKind.BAND, 10, 12)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("由10至12场", QuantityKind.COMPOUND), ("培训，12场，5人", QuantityKind.TEXT)],
)
def test_what_rose_is_no_band_and_a_word_that_begins_a_text_no_value(
    text: str, kind: QuantityKind
) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert quantity.kind is kind


@pytest.mark.parametrize("text", ["至少IO", "不少于IO", "≥IO", "IO"])
def test_a_damaged_figure_behind_an_operator_is_no_word(text: str) -> None:
    assert parse_quantity(text) is None


def test_long_prose_is_words_whatever_figures_stand_in_it():
    quantity = parse_quantity("本年度共开展12次培训，" * 8)
    assert quantity is not None
    assert quantity.kind is QuantityKind.TEXT


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021年9月初", 10),
        ("2021年9月上旬", 10),
        ("2021年9月中旬", 20),
        ("2021年9月下旬", 30),
        ("2021年9月底", 30),
    ],
)
def test_a_third_of_a_month_counts_by_its_last_day(text: str, day: int) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert quantity.when == date(2021, 9, day)


@pytest.mark.parametrize(
    ("target", "nature", "unit", "whole"),
    [
        ("90", "≥", "%", "≥90%"),
        ("≥12", "", "公里", "≥12公里"),
        ("12公里", "≥", "公里", "≥12公里"),
        ("≥12公里", "≤", "米", "≥12公里"),
        ("12", "正向指标", "", "12"),
        ("明显改善", "定性", "%", "明显改善"),
        ("2024年11月底前", "", "天", "2024年11月底前"),
        ("≥**", "≥", "个", "≥**"),
        ("", "≥", "%", ""),
    ],
)
def test_a_target_is_told_with_what_stands_in_columns_of_its_own(
    target: str, nature: str, unit: str, whole: str
) -> None:
    assert with_own_columns(target, nature, unit) == whole
