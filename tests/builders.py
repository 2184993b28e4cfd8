"""Small builders of submissions, so that a test says only what it is about."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, RowKind, State, Submission
from evalbatch.model.value import Choice, Quantity, QuantityKind, Value

FILE = "报送件.xlsx"
SHEET = "自评表"


def place(row: int = 1, column: int = 1, sheet: str = SHEET, file: str = FILE) -> Place:
    """A place in the built workbook."""
    return Place(file, sheet, row, column)


def quantity(
    number: str | int | Decimal | None = None,
    unit: str = "",
    operator: str = "",
    *,
    kind: QuantityKind = QuantityKind.NUMBER,
    text: str = "",
    upper: str | None = None,
    middle: str | None = None,
) -> Quantity:
    """A number with its unit and operator: `quantity(12, "个", "≥")`."""
    shown = text or f"{operator}{'' if number is None else number}{unit}"
    return Quantity(
        kind,
        shown,
        None if number is None else Decimal(number),
        None if upper is None else Decimal(upper),
        None if middle is None else Decimal(middle),
        unit,
        operator,
    )


def percent(number: str | int | Decimal, operator: str = "") -> Quantity:
    """A percentage as people write it: `percent(90, "≥")` is ≥90%."""
    return Quantity(
        QuantityKind.PERCENT, f"{operator}{number}%", Decimal(number) / 100, operator=operator
    )


def band(low: str, upper: str, unit: str = "", middle: str | None = None) -> Quantity:
    """A band such as 231.12 to 282.48 万元."""
    return quantity(
        low, unit, kind=QuantityKind.BAND, upper=upper, middle=middle, text=f"{low}-{upper}{unit}"
    )


def day(when: date) -> Quantity:
    """A date as a target or an actual."""
    return Quantity(QuantityKind.DATE, f"{when.year}年{when.month}月{when.day}日", when=when)


def tier(number: int) -> Quantity:
    """A qualitative tier: 1 达成, 2 部分达成, 3 未达成."""
    words = ("达成年度指标", "部分达成年度指标并具有一定效果", "未达成年度指标且效果较差")
    return Quantity(QuantityKind.TIER, words[number - 1], tier=number)


def text(words: str) -> Quantity:
    """A target or actual that is only words."""
    return Quantity(QuantityKind.TEXT, words)


def compound(*parts: Quantity) -> Quantity:
    """Several figures in one cell, such as 100%1000件."""
    return Quantity(QuantityKind.COMPOUND, "".join(part.text for part in parts), parts=parts)


def choice(ticked: str, *options: str) -> Choice:
    """A group of choice boxes with one tick (none when empty)."""
    return Choice(options or ("是", "否"), (ticked,) if ticked else ())


def shown(value: Value) -> str:
    """What the sender sees in the cell."""
    if isinstance(value, Quantity):
        return value.text
    if isinstance(value, Choice):
        return "、".join(value.ticked)
    return "" if value is None else str(value)


def entry(value: Value | float, row: int = 1, column: int = 1, sheet: str = SHEET) -> Entry:
    """An entry of a value; None is a blank cell. Numbers become Decimal by their printed digits."""
    typed: Value = Decimal(str(value)) if isinstance(value, int | float) else value
    state = State.BLANK if typed is None or typed == "" else State.FILLED
    return Entry(
        shown(typed), None if state is State.BLANK else typed, place(row, column, sheet), state
    )


def unreadable(words: str, row: int = 1, column: int = 1, state: State = State.UNREADABLE) -> Entry:
    """An entry that the reader could not read as what the form wants."""
    return Entry(words, None, place(row, column), state)


def row(
    table: str,
    number: int = 1,
    *,
    key: str = "",
    kind: RowKind = RowKind.ITEM,
    **values: Value | float | Entry,
) -> Row:
    """A table row with a column for each keyword; an Entry is taken as it is."""
    entries = {
        column: value if isinstance(value, Entry) else entry(value, number, place_column)
        for place_column, (column, value) in enumerate(values.items(), start=1)
    }
    return Row(table, place(number, 1), entries, key, kind)


def indicator(
    level3: str,
    weight: Value | float | Entry,
    score: Value | float | Entry,
    target: Value | Entry = None,
    actual: Value | Entry = None,
    *,
    number: int = 20,
    level1: str = "产出指标",
    level2: str = "数量指标",
    reason: str = "",
    kind: RowKind = RowKind.ITEM,
    **more: Value | float | Entry,
) -> Row:
    """A row of the `indicators` table."""
    named = {
        "level1": level1,
        "level2": level2,
        "level3": level3,
        "target": target,
        "actual": actual,
    }
    return row(
        "indicators", number, kind=kind, **named, weight=weight, score=score, reason=reason, **more
    )


def funding(
    budget: Value | float | Entry = None,
    executed: Value | float | Entry = None,
    *,
    score: Value | float | Entry = None,
    weight: Value | float | Entry = 10,
    arrived: Value | float | Entry = None,
    **more: Value | float | Entry,
) -> Row:
    """The total row of the `funding` table of a self-evaluation form."""
    values = {
        "budget": budget,
        "executed": executed,
        "arrived": arrived,
        "weight": weight,
        "score": score,
        **more,
    }
    return row("funding", 5, key="total", kind=RowKind.TOTAL, **values)


def submission(
    rows: Iterable[Row] = (),
    fields: Mapping[str, Value | float | Entry] | None = None,
    *,
    form: str = "self_evaluation",
    file: str = FILE,
) -> Submission:
    """A submission of rows (each goes to the table it names) and fields."""
    tables: dict[str, tuple[Row, ...]] = {}
    for each in rows:
        tables[each.table] = (*tables.get(each.table, ()), each)
    filled = {
        name: value if isinstance(value, Entry) else entry(value, number, 2)
        for number, (name, value) in enumerate((fields or {}).items(), start=100)
    }
    return Submission(file, "0" * 64, form, 1, filled, tables, sheets=(SHEET,))
