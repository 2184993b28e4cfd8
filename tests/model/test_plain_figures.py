"""From text to plain figures: as Excel shows them, money by its unit, rates as fractions."""

from decimal import Decimal

import pytest

from evalbatch.model.plain_figures import (
    is_year,
    parse_money,
    parse_percent,
    stored,
    tidy,
    unit_of_money,
)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("1234567890123425", "1.23456789012343E+15"),  # half up to what Excel shows
        ("0.1234567890123425", "0.123456789012343"),
        ("123456789012345", "123456789012345"),
        ("1E+14", "100000000000000"),
        ("1E15", "1E+15"),
        ("1.5E3", "1500"),
        ("100", "100"),
        ("2.50", "2.50"),
    ],
)
def test_a_stored_number_has_fifteen_significant_digits(digits: str, shown: str) -> None:
    assert str(stored(digits)) == shown


@pytest.mark.parametrize("digits", ["", "1,5", "NaN", "Infinity", "0x10", "1E9999"])
def test_what_is_no_finite_number_is_not_stored_as_one(digits: str) -> None:
    assert stored(digits) is None


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("1亿", "10000", "亿"),
        ("1亿元", "10000", "亿元"),
        ("1千万元", "1000", "千万元"),
        ("1百万元", "100", "百万元"),
        ("1十万元", "10", "十万元"),
        ("1万", "1", "万"),
        ("1", "1", ""),
        ("1千元", "0.1", "千元"),
        ("1百元", "0.01", "百元"),
        ("人民币1元整", "0.0001", "元"),
        ("3个", None, ""),
        ("约3万元", None, ""),
    ],
)
def test_an_amount_is_converted_by_the_unit_behind_it(
    text: str, amount: str | None, unit: str
) -> None:
    assert parse_money(text) == (None if amount is None else Decimal(amount))
    assert unit_of_money(text) == unit


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("64.5%", "0.645"),
        ("0.9‰", "0.0009"),
        ("5百分比", "0.05"),
        ("2", "2"),
        ("-2", "-2"),
        ("2.5", "0.025"),
        ("-2.5", "-0.025"),
        ("64.5", "0.645"),
        ("百分比", None),
    ],
)
def test_a_bare_rate_above_two_is_in_per_cent(text: str, rate: str | None) -> None:
    assert parse_percent(text) == (None if rate is None else Decimal(rate))


@pytest.mark.parametrize(
    ("text", "told"), [("2026", True), ("20260", False), ("202", False), ("二零二六", False)]
)
def test_a_year_has_four_digits(text: str, told: bool) -> None:
    assert is_year(text) is told


def test_letters_of_full_width_become_plain_and_brackets_beyond_them_stay() -> None:
    assert tidy("！Ａ９～") == "!A9~"
    assert tidy("｟甲｠") == "｟甲｠"
