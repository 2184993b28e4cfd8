"""Cells as they are stored: digits, formats, boxes, error values."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from evalbatch.model.submission import State
from evalbatch.model.value import Choice, QuantityKind
from evalbatch.reading.cell_values import WantedValue, parse_choice, understand
from evalbatch.sheets.book import Cell, ErrorValue
from evalbatch.sheets.number_formats import code_of, displayed, shows_date
from evalbatch.standards.form import Type

MARCH = datetime(2020, 3, 1)  # noqa: DTZ001 - cells have no time zone
TYPES = ("经常性项目", "一次性项目")


def meaning(cell, wanted, **more):
    return understand(cell, WantedValue(wanted, **more))


def test_noise_of_binary_fractions_is_read_as_excel_shows_it():
    cell = Cell(64.519999999999996, "64.519999999999996")
    assert meaning(cell, Type.SCORE).value == Decimal("64.52")
    assert meaning(cell, Type.SCORE).text == "64.52"


def test_stored_digits_are_kept_exactly():
    assert meaning(Cell(300.33, "300.33", "0.00"), Type.MONEY).value == Decimal("300.33")
    assert meaning(Cell(1.0, "1E2"), Type.MONEY).value == Decimal(100)


def test_one_with_a_percent_format_is_a_hundred_per_cent():
    read = meaning(Cell(1, "1", "0.00%"), Type.QUANTITY)
    assert (read.text, read.value.kind, read.value.number) == (
        "100.00%",
        QuantityKind.PERCENT,
        Decimal(1),
    )


def test_one_with_a_general_format_is_one():
    read = meaning(Cell(1, "1"), Type.QUANTITY)
    assert (read.text, read.value.kind, read.value.number) == ("1", QuantityKind.NUMBER, Decimal(1))


def test_a_rounded_display_does_not_round_the_value():
    read = meaning(Cell(0.64522, "0.64522", "0.0%"), Type.PERCENT)
    assert (read.text, read.value, read.new) == ("64.5%", Decimal("0.64522"), "")


def test_a_unit_in_the_number_format_is_the_unit():
    read = meaning(Cell(12, "12", '0"个"'), Type.QUANTITY)
    assert (read.text, read.value.number, read.value.unit) == ("12个", Decimal(12), "个")


@pytest.mark.parametrize(
    ("text", "fraction", "said"),
    [
        ("64.5%", "0.645", ""),
        ("64.5", "0.645", "64.5%"),
        ("100", "1", "100%"),
        ("0.645", "0.645", "64.5%"),
    ],
)
def test_a_rate_typed_as_text(text, fraction, said):
    read = meaning(Cell(text), Type.PERCENT)
    assert (read.value, read.new) == (Decimal(fraction), said)


def test_a_bare_number_in_a_rate_cell_is_said_to_be_per_cent():
    read = meaning(Cell(64.5, "64.5"), Type.PERCENT)
    assert (read.value, read.new, read.change) == (Decimal("0.645"), "64.5%", "percent")


@pytest.mark.parametrize(
    ("text", "value", "change"),
    [
        ("6.45", "6.45", "text_number"),
        ("６.４５", "6.45", "characters"),
        ("6.45分", "6.45", "unit"),
        ("1，964.32", "1964.32", "characters"),
    ],
)
def test_a_number_kept_as_text_is_read_and_said(text, value, change):
    read = meaning(Cell(text), Type.SCORE)
    assert (read.value, read.new, read.change) == (Decimal(value), value, change)


@pytest.mark.parametrize("text", ["十分", "10分左右", "IO", "1,20", "12 34", "300元", "优", "TRUE"])
def test_words_where_a_score_is_needed_are_unreadable(text):
    read = meaning(Cell(text), Type.SCORE)
    assert (read.state, read.value, read.text) == (State.UNREADABLE, None, text)


def test_yuan_written_behind_the_figure_are_converted_and_said():
    read = meaning(Cell("3003300元"), Type.MONEY)
    assert (read.value, read.change) == (Decimal("300.33"), "unit")


@pytest.mark.parametrize("text", ["/", "—", "——", "无", " "])
def test_signs_for_nothing_are_blanks(text):
    assert meaning(Cell(text), Type.MONEY).state is State.BLANK


def test_none_is_a_word_in_a_text_cell():
    assert meaning(Cell("无"), Type.TEXT).value == "无"
    assert meaning(Cell("—"), Type.TEXT).state is State.BLANK


def test_an_error_value_is_not_the_same_text_typed():
    wanted = WantedValue(Type.TEXT)
    assert understand(Cell("#REF!"), wanted).state is State.FILLED
    assert understand(Cell(ErrorValue("#REF!")), wanted).state is State.ERROR
    assert understand(Cell("#REF!"), wanted).state is State.FILLED


def test_a_truth_value_is_no_number():
    wanted = WantedValue(Type.SCORE)
    assert understand(Cell(1), wanted).value == Decimal(1)
    assert understand(Cell(True), wanted).state is State.UNREADABLE  # noqa: FBT003 - the value of a cell
    assert understand(Cell(1), wanted).value == Decimal(1)


def test_a_formula_without_a_stored_value_is_not_blank():
    assert meaning(Cell(None, formula="SUM(A1:A3)"), Type.SCORE).state is State.UNCALCULATED


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e99999", "--5"])
def test_stored_digits_that_are_no_number_are_unreadable(value):
    assert meaning(Cell(1.0, value), Type.SCORE).state is State.UNREADABLE


def test_a_count_must_be_whole():
    assert meaning(Cell("36份"), Type.INTEGER).value == Decimal(36)
    assert meaning(Cell(36.5, "36.5"), Type.INTEGER).state is State.UNREADABLE


@pytest.mark.parametrize(
    ("cell", "when"),
    [
        (Cell(datetime(2021, 7, 22)), date(2021, 7, 22)),  # noqa: DTZ001 - cells have no time zone
        (Cell("2021年7月22日"), date(2021, 7, 22)),
        (Cell("2021年7月"), date(2021, 7, 31)),
        (Cell(20210722, "20210722"), date(2021, 7, 22)),
    ],
)
def test_dates(cell, when):
    assert meaning(cell, Type.DATE).value == when


def test_a_date_and_a_year_read_the_same_numerals():
    for circle in "〇○◯零":
        assert meaning(Cell(f"二{circle}二六年三月二日"), Type.DATE).value == date(2026, 3, 2)
        assert meaning(Cell(f"二{circle}二六年度"), Type.YEAR).value == 2026


def test_a_bare_day_number_in_a_date_cell_is_a_date_and_said():
    read = meaning(Cell(44399, "44399"), Type.DATE)
    assert (read.value, read.new, read.change) == (date(2021, 7, 22), "2021年7月22日", "serial")


def test_a_period_begins_with_its_first_day_where_a_start_is_asked_for():
    assert meaning(Cell("2021年1月"), Type.DATE, first=True).value == date(2021, 1, 1)


@pytest.mark.parametrize(
    "cell",
    [
        *(Cell("2020年度"), Cell("2020"), Cell(2020, "2020"), Cell("（2020年）"), Cell(MARCH)),
        *(
            Cell("二〇二〇年度"),
            Cell("二零二零"),
            Cell("２０２０ 年"),
            Cell("2020年1月1日至12月31日"),
        ),
    ],
)
def test_years(cell):
    assert meaning(cell, Type.YEAR).value == Decimal(2020)


@pytest.mark.parametrize(
    ("text", "ticked"),
    [
        ("☑经常性项目 ☐一次性项目", ("经常性项目",)),
        ("□经常性项目　√一次性项目", ("一次性项目",)),
        ("经常性项目☑ 一次性项目□", ("经常性项目",)),
        ("经常性项目（√） 一次性项目（ ）", ("经常性项目",)),
        ("[x] 经常性项目 [ ] 一次性项目", ("经常性项目",)),
        ("☐经常性项目 ☐一次性项目", ()),
        ("☑经常性项目 ☑一次性项目", TYPES),
        ("经常性项目", ("经常性项目",)),
        ("经常性项目、一次性项目", TYPES),
    ],
)
def test_choices(text, ticked):
    assert parse_choice(text, TYPES) == Choice(TYPES, ticked)


def test_a_word_that_is_no_option_stays_a_word():
    assert meaning(Cell("优秀"), Type.CHOICE, options=("优", "良", "中", "差")).value == "优秀"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(0.5, "0.5", "0%"), "50%"),
        (Cell(1234.5, "1234.5", "#,##0.00"), "1,234.50"),
        (Cell(-3.1, "-3.1", "0.00;[Red](0.00)"), "(-3.10)"),
        (Cell(6.5, "6.5", "0.##"), "6.5"),
        (Cell(6.0, "6", "0.##"), "6"),
        (Cell(300.0, "300", '0.00"万元"'), "300.00万元"),
        (Cell(1e15, "1E+15"), "1000000000000000"),
        (Cell(3000000, "3000000", "0!.0000"), "300.0000"),
        (Cell(3000000, "3000000", '0!.0,"万元"'), "300.0万元"),
        (Cell(19643200, "19643200", "#,##0.00,"), "19,643.20"),
        (Cell(90, "90", '0"%"'), "90%"),
        (Cell(123456, "123456", '[>=10000]0!.0,"万";0'), "12.3万"),
        (Cell(123, "123", '[>=10000]0!.0,"万";0'), "123"),
        (Cell(-5, "-5", "#,##0;-#,##0"), "-5"),
        (Cell(300, "300", 'General"万元"'), "300万元"),
        (Cell(0, "0", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '), "0"),
        (Cell(7, "7", "000"), "007"),
        (Cell("a\x01b "), "ab"),
    ],
)
def test_what_the_sender_sees(cell, text):
    assert displayed(cell) == text


@pytest.mark.parametrize("cell", [Cell(0.1, "0.1", "0%"), Cell("10%"), Cell("１０％")])
def test_a_weight_given_as_a_share_is_points_and_said(cell):
    read = meaning(cell, Type.SCORE, unit="%")
    assert (read.value, read.new, read.change) == (Decimal(10), "10", "percent")


@pytest.mark.parametrize("cell", [Cell(0.95, "0.95", "0%"), Cell("95%")])
def test_a_percentage_is_no_score(cell):
    assert meaning(cell, Type.SCORE).state is State.UNREADABLE


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (Cell(1964320, "1964320"), "196.432"),
        (Cell("1,964,320"), "196.432"),
        (Cell("300万元"), "300"),
    ],
)
def test_money_under_a_header_in_yuan_is_converted(cell, value):
    assert meaning(cell, Type.MONEY, unit="元").value == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (Cell(3000000, "3000000", "0!.0000"), "300"),
        (Cell(3000000, "3000000", '0!.0,"万"'), "300"),
        (Cell(300000, "300000", "0.00,"), "300"),
        (Cell(3000000, "3000000", '#,##0.00"元"'), "300"),
        (Cell(3, "3", '0.00"亿元"'), "30000"),
        (Cell(300.5, "300.5", '0.00"万元"'), "300.5"),
    ],
)
def test_an_amount_is_what_the_screen_shows(cell, value):
    read = meaning(cell, Type.MONEY)
    assert read.value == Decimal(value)
    assert bool(read.new) is (read.value != Decimal(cell.number))


def test_a_literal_per_cent_sign_is_per_cent_of_the_number_beside_it():
    cell = Cell(1, "1", '0"%"')
    assert meaning(cell, Type.PERCENT).value == Decimal("0.01")
    assert meaning(cell, Type.QUANTITY).value.number == Decimal("0.01")
    assert meaning(Cell(15, "15", '0"%"'), Type.SCORE, unit="%").value == Decimal(15)
    assert meaning(Cell(95, "95", '0"%"'), Type.SCORE).state is State.UNREADABLE


@pytest.mark.parametrize("code", ["G/通用格式", 'G/通用格式"个"', "G/標準", "常规"])
def test_general_in_the_language_of_the_program_shows_no_date(code):
    assert not shows_date(code_of(176, {176: code}))


@pytest.mark.parametrize("wanted", [Type.TEXT, Type.LONG_TEXT, Type.CHOICE])
def test_a_formula_that_gives_0_where_words_are_wanted_says_nothing(wanted):
    assert meaning(Cell(0, "0", "General", "B2"), wanted).state is State.UNCALCULATED
    assert meaning(Cell(0, "0"), wanted).state is not State.UNCALCULATED
    assert meaning(Cell(0, "0", "General", "B2"), Type.MONEY).value == 0
