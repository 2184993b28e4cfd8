"""Values written in random costumes are read back to what they were."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from evalbatch.model.plain_figures import parse_number, parse_percent
from evalbatch.model.submission import State
from evalbatch.model.value import QuantityKind
from evalbatch.reading.cell_values import WantedValue, understand
from evalbatch.reading.quantities import parse_quantity
from evalbatch.sheets.book import Cell
from evalbatch.standards.form import Type

FULL_WIDTH = str.maketrans("0123456789.,%+-()<>=", "０１２３４５６７８９．，％＋－（）＜＞＝")
COSTUMES = {
    "≥": ["≥", "≧", ">=", "大于等于", "不少于", "不低于"],
    "≤": ["≤", "≦", "<=", "不超过", "不高于"],
    "=": ["=", "═", "﹦", "等于"],
    "": [""],
}
COSTUMES |= {">": [">", "＞", "大于"], "<": ["<", "＜", "小于"]}
UNITS = ["", "个", "人次", "万元", "公里", "元/人*月", "小时", "TB"]

numbers = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


def dressed(draw, number, *, grouped=True):
    text = f"{number:,f}" if grouped and draw(st.booleans()) else f"{number:f}"
    return text.translate(FULL_WIDTH) if draw(st.booleans()) else text


@given(st.data(), numbers, st.sampled_from(sorted(COSTUMES)), st.sampled_from(UNITS))
def test_a_quantity_comes_back_from_any_costume(data, number, operator, unit):
    words = data.draw(st.sampled_from(COSTUMES[operator]))
    gap = data.draw(st.sampled_from(["", " ", "　"]))
    quantity = parse_quantity(f"{gap}{words}{gap}{dressed(data.draw, number)}{gap}{unit}{gap}")
    assert quantity is not None
    assert (quantity.kind, quantity.number, quantity.unit, quantity.operator) == (
        QuantityKind.NUMBER,
        number,
        unit,
        operator,
    )


@given(st.data(), st.decimals(min_value=0, max_value=1000, places=2))
def test_a_percentage_comes_back_from_any_costume(data, number):
    sign = data.draw(st.sampled_from(["%", "％", "﹪", " %", "百分比", "%(百分比)", "%（百分比）"]))
    text = dressed(data.draw, number) + sign
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.kind, quantity.number) == (QuantityKind.PERCENT, number / 100)
    assert parse_percent(text) == number / 100


@given(st.data(), st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_date_comes_back_from_any_costume(data, when):
    y, m, d = when.year, when.month, when.day
    costumes = [
        f"{y}年{m}月{d}日",
        f"{y}-{m:02}-{d:02}",
        f"{y}/{m}/{d}",
        f"{y}.{m}.{d}",
        f"{y}{m:02}{d:02}",
        f"{y} 年 {m} 月 {d} 日",
        f"{m}月{d}日",
    ]
    text = data.draw(st.sampled_from(costumes))
    text = text.translate(FULL_WIDTH) if data.draw(st.booleans()) else text
    meaning = understand(Cell(text), WantedValue(Type.DATE, year=y))
    assert meaning.value == when


@given(st.data(), numbers)
def test_money_comes_back_in_ten_thousand_yuan(data, number):
    text = dressed(data.draw, number)
    unit, scale = data.draw(
        st.sampled_from([("", 1), ("万元", 1), ("元", Decimal("0.0001")), ("亿元", 10000)])
    )
    meaning = understand(Cell(text + unit), WantedValue(Type.MONEY))
    assert meaning.value == number * scale
    assert (meaning.change, meaning.state) != ("", State.FILLED), (
        "a number kept as text is normalised, and that is said"
    )


@given(st.text(max_size=40))
def test_any_text_is_read_or_left_unreadable_but_never_crashes(text):
    for wanted in Type:
        meaning = understand(Cell(text), WantedValue(wanted, options=("是", "否")))
        assert isinstance(meaning.state, State)
        assert (meaning.value is not None) == (meaning.state is State.FILLED)


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(["General", "0.00", "#,##0.00", "0%", '0"个"', "0.00E+00", "@", "#", ";;;"]),
)
def test_any_number_in_any_format_is_read_as_a_number(value, code):
    meaning = understand(Cell(value, repr(value), code), WantedValue(Type.NUMBER))
    assert meaning.state is State.FILLED
    assert abs(meaning.value - Decimal(repr(value))) <= abs(Decimal(repr(value))) * Decimal("1e-14")


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_digits_survive_exactly(whole, cents):
    assert parse_number(f"{whole}.{cents:02}") == Decimal(whole) + Decimal(cents) / 100
