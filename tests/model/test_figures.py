"""How numbers, scores, money, rates and dates are rounded, compared and written, whatever their
size.
"""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalbatch.model import figures


@pytest.mark.parametrize(
    ("number", "decimals", "result"),
    [
        ("4.985", 2, "4.99"),  # half to even would be 4.98
        ("4.995", 2, "5.00"),
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("2.5", 0, "3"),
        ("89.994999", 2, "89.99"),
        ("55.555", 1, "55.6"),
    ],
)
def test_rounds_half_up_away_from_zero(number: str, decimals: int, result: str) -> None:
    assert str(figures.rounded(Decimal(number), decimals)) == result


def test_cutting_off_never_rounds() -> None:
    assert figures.cut_off(Decimal("55.559")) == Decimal("55.55")
    assert figures.cut_off(Decimal("-55.559"), 1) == Decimal("-55.5")


WRITERS = [
    figures.plain,
    figures.given,
    figures.in_full,
    figures.fixed,
    figures.percent,
    figures.short_percent,
    figures.money,
    figures.grouped,
]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    "number", ["1E+27", "9E+25", "1E+300", "-1E+999", "123456789012345E+20", "1E-300", "0"]
)
def test_no_number_is_too_large_or_too_small_to_be_written(write, number: str) -> None:
    text = write(Decimal(number))
    assert len(text) < 400
    assert "E" in text or Decimal(text.replace(",", "").removesuffix("%")) is not None


@pytest.mark.parametrize("number", ["1E+30", "9.87654321E+25", "0.015"])
def test_what_people_could_still_read_is_written_digit_by_digit(number: str) -> None:
    assert Decimal(figures.in_full(Decimal(number))) == Decimal(number)
    assert "E" not in figures.in_full(Decimal(number))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("300", "300.00"),
        ("465.470", "465.47"),
        ("1.2345", "1.2345"),
        ("0.000001", "0.000001"),
        ("0.0000004", "0.00"),
        ("1.2999999", "1.30"),
        ("-3.1", "-3.10"),
    ],
)
def test_money_has_two_decimals_and_more_down_to_a_fen(amount: str, text: str) -> None:
    assert figures.money(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [("10.00", "10"), ("6.450", "6.45"), ("-0.001", "0"), ("0.00", "0"), ("1E+3", "1000")],
)
def test_plain_numbers_have_no_needless_zeros(number: str, text: str) -> None:
    assert figures.plain(Decimal(number)) == text


def test_what_a_sender_gave_keeps_four_decimals() -> None:
    assert figures.given(Decimal("0.00354")) == "0.0035"
    assert figures.given(Decimal(12)) == "12"


def test_rates_and_scores_have_as_many_decimals_as_asked() -> None:
    assert figures.percent(Decimal(5) / 9) == "55.56%"
    assert figures.percent(Decimal("0.9"), 0) == "90%"
    assert figures.short_percent(Decimal("0.60")) == "60%"
    assert figures.fixed(Decimal("6.5")) == "6.50"
    assert figures.grouped(Decimal("1964.32")) == "1,964.32"


@pytest.mark.parametrize(
    ("amount", "sentence", "table"),
    [
        ("12", "12.00", "12.00"),
        ("0.004", "0.004", "0.004"),
        ("21.54576", "21.5458", "21.5458"),
        ("0.00004", "0.00", "0.00"),
        ("999.9946", "999.9946", "999.9946"),
        ("999.996", "1000.00", "1,000.00"),
        ("-1234.5678", "-1234.57", "-1,234.57"),
    ],
)
def test_a_small_amount_is_reported_to_the_yuan_in_sentences_and_tables(
    amount: str, sentence: str, table: str
) -> None:
    assert figures.reported(Decimal(amount)) == sentence
    assert figures.grouped(Decimal(amount)) == table


def test_a_printed_rate_agrees_when_it_is_the_true_one_rounded_not_cut() -> None:
    true = Decimal(5) / 9
    assert figures.agrees(Decimal("55.56"), 2, true)
    assert figures.agrees(Decimal(56), 0, true)
    assert not figures.agrees(Decimal("55.55"), 2, true)


@given(st.decimals(0, 10, places=6))
def test_a_written_rate_is_nowhere_further_off_than_half_a_digit(rate: Decimal) -> None:
    shown = Decimal(figures.percent(rate).removesuffix("%"))
    assert abs(shown - rate * 100) <= Decimal("0.005")


def test_shares_of_nothing_are_unknown() -> None:
    assert figures.share(Decimal(1), Decimal(4)) == Decimal("0.25")
    assert figures.share(Decimal(1), Decimal(0)) is None
    assert figures.share(None, Decimal(1)) is None


def test_dates_have_no_padding_zeros() -> None:
    assert figures.day(date(2021, 7, 2)) == "2021年7月2日"


@pytest.mark.parametrize("number", range(1, 100))
def test_numerals_are_read_as_they_are_written(number: int) -> None:
    assert figures.chinese_number(figures.numeral(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (71, "七十一"), (100, "100")],
)
def test_numerals(number: int, text: str) -> None:
    assert figures.numeral(number) == text


@pytest.mark.parametrize(
    ("text", "count"), [("14", 14), ("一百零五", 105), ("两", 2), ("几", None), ("", None)]
)
def test_counts_in_digits_and_in_chinese(text: str, count: int | None) -> None:
    assert figures.chinese_number(text) == count


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("满意度95.50%。", (Decimal("95.50"), 2)),
        ("-3％", (Decimal(-3), 0)),
        ("由3%升至4%", None),
        ("没有", None),
    ],
)
def test_a_printed_percentage_is_read_with_its_decimals(
    text: str, read: tuple[Decimal, int] | None
) -> None:
    assert figures.printed_percent(text) == read


def test_digits_that_nobody_would_read_give_way_to_an_exponent() -> None:
    long, longer = Decimal("1E+39"), Decimal("1E+40")
    assert figures.plain(long) == "1" + "0" * 39
    assert figures.grouped(long) == f"{10**39:,}.00"
    assert figures.plain(longer) == figures.grouped(longer) == "1.000000E+40"


@pytest.mark.parametrize(
    ("number", "within"), [("-1", "0"), ("0", "0"), ("3", "3"), ("10", "10"), ("11", "10")]
)
def test_a_number_is_brought_within_its_bounds(number: str, within: str) -> None:
    assert figures.clamp(Decimal(number), Decimal(10)) == Decimal(within)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("十", 10),
        ("十四", 14),
        ("二十", 20),
        ("百", 100),
        ("三百二十", 320),
        ("〇", 0),
        ("07", 7),
        ("一x", None),
        ("1十", None),
        ("甲", None),
    ],
)
def test_counts_below_a_thousand_are_read_and_nothing_else(text: str, count: int | None) -> None:
    assert figures.chinese_number(text) == count


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (-1, "-1"), (99, "九十九"), (19, "十九")])
def test_numerals_go_from_one_to_ninety_nine(number: int, text: str) -> None:
    assert figures.numeral(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [("1200", "1200"), ("1200.50", "1200.5"), ("-0.0", "0"), ("0.000123", "0.000123")],
)
def test_a_number_in_full_loses_only_needless_zeros(number: str, text: str) -> None:
    assert figures.in_full(Decimal(number)) == text


def test_what_is_written_short_is_rounded_half_up_at_its_own_decimal() -> None:
    assert figures.given(Decimal("0.00355")) == "0.0036"
    assert figures.plain(Decimal("6.455")) == "6.46"
    assert figures.plain(Decimal("6.455"), 1) == "6.5"
    assert figures.money(Decimal("0.0000005")) == "0.000001"
    assert figures.money(Decimal("2.005")) == "2.005"
    assert figures.grouped(Decimal("-1234.565")) == "-1,234.57"
    assert figures.short_percent(Decimal("0.12345")) == "12.35%"
    assert figures.percent(Decimal("0.98765"), 1) == "98.8%"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("100 %", (Decimal(100), 0)),
        ("0.123456%", (Decimal("0.123456"), 6)),
        ("1.2.3%", None),
        ("5%，另5％", None),
        ("完成率为 -0.5 %", (Decimal("-0.5"), 1)),
    ],
)
def test_one_percentage_and_no_more_is_read(text: str, read: tuple[Decimal, int] | None) -> None:
    assert figures.printed_percent(text) == read


def test_nothing_of_something_is_a_share() -> None:
    assert figures.share(Decimal(0), Decimal(4)) == 0
    assert figures.share(Decimal(1), None) is None


@pytest.mark.parametrize(
    ("stated", "true", "is_one"),
    [
        ("8.7", "8.74", True),
        ("8.8", "8.75", True),
        ("8.7", "8.75", False),
        ("8.70", "8.74", True),
        ("9", "9.38", True),
        ("10", "9.82", False),
        ("8", "8.74", False),
        ("10", "10", True),
    ],
)
def test_a_figure_is_a_rounding_at_its_own_decimals_and_no_whole_number_is_rounded_up(
    stated, true, is_one
):
    assert figures.is_rounding(Decimal(stated), Decimal(true)) is is_one


@pytest.mark.parametrize(
    ("fraction", "limit", "decimals", "written"),
    [
        ("0.8999", "0.9", 2, "89.99%"),
        ("0.89995", "0.9", 2, "89.995%"),
        ("0.90004", "0.9", 2, "90.004%"),
        ("0.9", "0.9", 2, "90.00%"),
        ("0.4", "0.345", 0, "40%"),
        ("0.3345", "0.334", 0, "33.5%"),
        ("0.333", "0.334", 0, "33%"),
        ("0.8999999999", "0.9", 2, "90.00%"),  # nobody would read so many
    ],
)
def test_a_rate_beside_a_limit_shows_on_which_side_it_is(
    fraction: str, limit: str, decimals: int, written: str
) -> None:
    assert figures.percent_beside(Decimal(fraction), Decimal(limit), decimals) == written
