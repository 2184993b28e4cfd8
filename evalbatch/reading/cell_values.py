"""From a cell to what it means: its type's value, or which boxes of a choice (☑ ☐ in every shape)
are ticked.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from evalbatch.model import figures
from evalbatch.model.plain_figures import (
    as_fraction,
    compact,
    in_wan,
    parse_count,
    parse_money,
    parse_percent,
    parse_year,
    tidy,
    unit_of_money,
)
from evalbatch.model.submission import State
from evalbatch.model.value import Choice, Quantity, QuantityKind, Value
from evalbatch.reading.date_texts import from_serial, parse_date
from evalbatch.reading.numerals import in_digits
from evalbatch.reading.quantities import parse_quantity
from evalbatch.reading.value_words import EMPTY, OPEN, TICKED
from evalbatch.sheets.book import Cell, ErrorValue
from evalbatch.sheets.number_formats import displayed, is_percent, number_of, stored_number
from evalbatch.standards.form import Type

_BRACKETED: Final = re.compile(rf"[\[(]\s*([{TICKED}xXvV]?)\s*[\])]")
_SEPARATORS: Final = re.compile(r"[,;、/ ]+")
_BOXES: Final = frozenset(TICKED + OPEN)


@lru_cache(maxsize=2048)
def parse_choice(text: str, options: tuple[str, ...]) -> Choice | None:
    """Read which options are ticked, or named by a plain word; None when the text is neither.

    A box belongs to the option behind it, unless the text begins with an option: then to the one
    before it.
    """
    marked = _BRACKETED.sub(lambda match: TICKED[0] if match[1] else OPEN[0], tidy(text))
    if _BOXES.isdisjoint(marked):
        return _named(marked, options)
    ticked = _ticked(_tokens(marked, options))
    return Choice(options, tuple(option for option in options if option in ticked))


def has_boxes(text: str) -> bool:
    """Whether a text shows choice boxes."""
    return not _BOXES.isdisjoint(text)


def _named(text: str, options: tuple[str, ...]) -> Choice | None:
    words = [compact(word) for word in _SEPARATORS.split(text) if word]
    known = {compact(option): option for option in options}
    whole = known.get(compact(text))
    if whole:
        return Choice(options, (whole,))
    return (
        Choice(options, tuple(known[word] for word in words))
        if words and all(word in known for word in words)
        else None
    )


def _tokens(text: str, options: tuple[str, ...]) -> list[str]:
    """Return the boxes and options of a text in their order."""
    words = sorted(options, key=len, reverse=True)
    pattern = "|".join([*map(re.escape, map(tidy, words)), f"[{TICKED}{OPEN}]"])
    originals = {tidy(option): option for option in options}
    return [originals.get(token, token) for token in re.findall(pattern, text)]


def _ticked(tokens: Sequence[str]) -> set[str]:
    behind = bool(tokens) and tokens[0] not in _BOXES
    pairs = list(zip(tokens[1:], tokens, strict=False)) if behind else list(pairwise(tokens))
    return {option for box, option in pairs if box in TICKED and option not in _BOXES}


_TEXTS: Final = frozenset({Type.TEXT, Type.LONG_TEXT})
WORDS: Final = _TEXTS | {Type.CHOICE, Type.CHOICES}
"""What is wanted in words, never as a number."""
_EMPTY_TEXTS: Final = EMPTY - {"无"}
_TEXT_PARSERS: Final[dict[Type, Callable[[str], Decimal | None]]] = {
    Type.NUMBER: parse_count,
    Type.INTEGER: parse_count,
    Type.SCORE: parse_count,
    Type.MONEY: parse_money,
    Type.PERCENT: parse_percent,
    Type.YEAR: parse_year,
}


class Meaning(NamedTuple):
    """What a cell means: the text its sender sees, the typed value, and how it presented itself.

    `new` is what the cell was normalised to (finding F10), empty when nothing was changed; `change`
    says what was: one of `text_number`, `characters`, `spaces`, `unit`, `percent`, `serial`,
    `scaled`.
    """

    text: str
    value: Value
    state: State
    new: str = ""
    change: str = ""


SHARE: Final = "%"
SCALED: Final = "scaled"
"""The number format shows another figure than the cell stores."""
BLANK: Final = Meaning("", None, State.BLANK)
_UNCALCULATED: Final = Meaning("", None, State.UNCALCULATED)
_MOST_KNOWN: Final = 4096


class WantedValue(NamedTuple):
    """How a cell is to be read.

    `year` completes dates, `first` takes a period by its first day, `operator` and `unit` stand in
    neighbouring columns; the unit of money is 万元 unless `unit` names another, and a weight may be
    a share of 100 points where `unit` says %.
    """

    type: Type
    options: tuple[str, ...] = ()
    year: int | None = None
    first: bool = False
    operator: str = ""
    unit: str = ""


class CellReader:
    """Reads cells as one type, and remembers what it has read: the same few figures and words come
    again and again.
    """

    __slots__ = ("_known", "wanted")

    def __init__(self, wanted: WantedValue) -> None:
        self.wanted = wanted
        self._known: dict[Cell, Meaning] = {}

    def read(self, cell: Cell) -> Meaning:
        """Return what a cell means."""
        value = cell.value
        if type(value) is not str:
            if value is None:
                return BLANK if cell.formula is None else _UNCALCULATED
            if isinstance(
                value, ErrorValue
            ):  # equal to the same text typed, and so never to be looked up by it
                return Meaning(str(value), None, State.ERROR)
            if isinstance(value, bool):  # equal to 0 and 1
                return self._meaning(cell)
        known = self._known.get(cell)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[cell] = self._meaning(cell)
        return known

    def _meaning(self, cell: Cell) -> Meaning:
        text = displayed(cell)
        if _is_empty(text, self.wanted.type):
            return Meaning(text, None, State.BLANK)
        if cell.formula is not None and self.wanted.type in WORDS and stored_number(cell) == 0:
            return _UNCALCULATED  # an empty cell it points to, or a text that was not stored
        return _READERS[self.wanted.type](cell, text, self.wanted)


@lru_cache(maxsize=1024)
def cell_reader(wanted: WantedValue) -> CellReader:
    """Return the reader of cells for what is wanted."""
    return CellReader(wanted)


def understand(cell: Cell, wanted: WantedValue) -> Meaning:
    """Read a cell as the type its form wants."""
    return cell_reader(wanted).read(cell)


def _is_empty(text: str, wanted: Type) -> bool:
    clean = compact(text) if len(text) < 8 else text  # noqa: PLR2004 - longer than any word for nothing
    return not clean or clean in (_EMPTY_TEXTS if wanted in _TEXTS else EMPTY)


def _text(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    if (
        isinstance(cell.value, str)
        and wanted.type is Type.TEXT
        and text != cell.value
        and cell.value.strip("\r\n") != text
    ):
        return Meaning(text, text, State.FILLED, text, "spaces")
    return Meaning(text, text, State.FILLED)


def _number(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    number = number_of(cell)
    if number is not None:
        return _stored(cell, text, number, wanted)
    if not isinstance(cell.value, str):
        return Meaning(text, None, State.UNREADABLE)
    if wanted.unit == SHARE and text.endswith(("%", "％")):
        return _in_points(text, parse_percent(text))
    spelt = wanted.type is Type.MONEY and "元" in text  # 四百万 under 万元 may mean either
    figure = in_digits(compact(text)) if spelt else text
    number = _TEXT_PARSERS[wanted.type](figure)
    if number is None:
        return Meaning(text, None, State.UNREADABLE)
    if wanted.type is Type.MONEY and in_wan(wanted.unit) != 1 and not unit_of_money(figure):
        return _converted(text, number, wanted.unit)
    change = _change_of(text, number)
    read = figures.in_full(number) if change == "unit" else f"{number:f}"
    return _checked(text, number, wanted)._replace(new=read, change=change)


def _stored(cell: Cell, text: str, number: Decimal, wanted: WantedValue) -> Meaning:
    """Read a number cell; a percentage is a weight in points where one is wanted, and no score."""
    share = _share(cell, text, number)
    if wanted.type is Type.SCORE and share is not None:
        return _in_points(text, share if wanted.unit == SHARE else None)
    if wanted.type is Type.MONEY:
        return _amount(cell, text, number, wanted)
    return _checked(text, number, wanted)


def _amount(cell: Cell, text: str, number: Decimal, wanted: WantedValue) -> Meaning:
    """Read an amount in the unit that its number format shows, else in that of its header."""
    unit = unit_of_money(text)
    if in_wan(unit or wanted.unit) < 1:
        return _converted(text, number, unit or wanted.unit)
    if not unit and in_wan(wanted.unit) > 1:
        return _converted(text, number, wanted.unit)
    amount = number * in_wan(unit)
    if amount == stored_number(cell):
        return Meaning(text, amount, State.FILLED)
    return Meaning(text, amount, State.FILLED, f"{figures.in_full(amount)}万元", SCALED)


def _share(cell: Cell, text: str, number: Decimal) -> Decimal | None:
    """Return a number cell as a fraction when its format shows per cent: 0.9 as `0%`, 90 as `0"%"`;
    None when it does not.
    """
    if is_percent(cell):
        return number
    return number.scaleb(-2) if text.endswith(("%", "％")) else None


def _in_points(text: str, share: Decimal | None) -> Meaning:
    """Convert a weight given as a share of 100 points."""
    if share is None:
        return Meaning(text, None, State.UNREADABLE)
    points = share.scaleb(2)
    return Meaning(text, points, State.FILLED, figures.in_full(points), "percent")


def _converted(text: str, number: Decimal, unit: str) -> Meaning:
    """Convert an amount in another unit than 万元."""
    converted = number * in_wan(unit)
    return Meaning(text, converted, State.FILLED, f"{figures.in_full(converted)}万元", "unit")


def _checked(text: str, number: Decimal, wanted: WantedValue) -> Meaning:
    if wanted.type is Type.INTEGER and number != number.to_integral_value():
        return Meaning(text, None, State.UNREADABLE)
    return Meaning(text, number, State.FILLED)


def _change_of(text: str, number: Decimal) -> str:
    if compact(text).replace(",", "") != f"{number:f}":
        return "unit"
    return "characters" if tidy(text) != text else "text_number"


def _year(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    del wanted
    if isinstance(cell.value, datetime):
        return Meaning(text, Decimal(cell.value.year), State.FILLED)
    year = parse_year(text)
    return Meaning(text, year, State.FILLED if year is not None else State.UNREADABLE)


def _percent(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    number = number_of(cell)
    if number is None:
        fraction = parse_percent(text) if isinstance(cell.value, str) else None
        changed = fraction is not None and (tidy(text) != text or "%" not in text)
    else:
        share = _share(cell, text, number)
        fraction = as_fraction(number) if share is None else share
        changed = share is None and fraction != number
    if fraction is None:
        return Meaning(text, None, State.UNREADABLE)
    new = f"{fraction.scaleb(2).normalize():f}%" if changed else ""
    return _checked(text, fraction, wanted)._replace(new=new, change="percent" if changed else "")


def _date(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    if isinstance(cell.value, datetime):
        return Meaning(text, cell.value.date(), State.FILLED)
    number = number_of(cell)
    if number is not None:
        return _from_number(text, number)
    when = (
        parse_date(text, wanted.year, first=wanted.first) if isinstance(cell.value, str) else None
    )
    return Meaning(text, when, State.FILLED if when else State.UNREADABLE)


def _from_number(text: str, number: Decimal) -> Meaning:
    when = from_serial(int(number)) or parse_date(text)
    return (
        Meaning(text, when, State.FILLED, figures.day(when), "serial")
        if when
        else Meaning(text, None, State.UNREADABLE)
    )


def _choice(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    del cell
    return Meaning(text, parse_choice(text, wanted.options) or text, State.FILLED)


def _quantity(cell: Cell, text: str, wanted: WantedValue) -> Meaning:
    if isinstance(cell.value, datetime):
        return Meaning(
            text,
            Quantity(QuantityKind.DATE, text, when=cell.value.date(), operator=wanted.operator),
            State.FILLED,
        )
    number = number_of(cell)
    if number is not None:
        return Meaning(text, _counted(cell, text, number, wanted), State.FILLED)
    quantity = parse_quantity(text, year=wanted.year, operator=wanted.operator, unit=wanted.unit)
    if quantity is None:
        return Meaning(text, None, State.UNREADABLE)
    new = compact(text)
    changed = (
        quantity.kind not in (QuantityKind.TEXT, QuantityKind.TIER, QuantityKind.DATE)
        and new != text.strip()
        and _normalised(text)
    )
    return Meaning(
        text, quantity, State.FILLED, new if changed else "", "characters" if changed else ""
    )


def _counted(cell: Cell, text: str, number: Decimal, wanted: WantedValue) -> Quantity:
    """A number cell: the figure is what is stored; unit and per cent are what the format shows."""
    share = _share(cell, text, number)
    if share is not None:
        return Quantity(
            QuantityKind.PERCENT, text, number=share, unit="%", operator=wanted.operator
        )
    seen = parse_quantity(text, operator=wanted.operator, unit=wanted.unit)
    if seen is not None and seen.kind is QuantityKind.PERCENT:
        return Quantity(
            QuantityKind.PERCENT, text, number=number.scaleb(-2), unit="%", operator=wanted.operator
        )
    unit = seen.unit if seen is not None and seen.kind is QuantityKind.NUMBER else wanted.unit
    return Quantity(QuantityKind.NUMBER, text, number=number, unit=unit, operator=wanted.operator)


def _normalised(text: str) -> bool:
    """Whether digits, operators or separators had to be replaced; brackets and commas of Chinese
    prose are no fault.
    """
    return any(
        (character.isdecimal() and not character.isascii()) or character in "≧≦═﹦＞＜＝％﹪．"
        for character in text
    ) or ("," in compact(text) or " " in text.strip())


_READERS: Final[dict[Type, Callable[[Cell, str, WantedValue], Meaning]]] = {
    Type.TEXT: _text,
    Type.LONG_TEXT: _text,
    Type.INTEGER: _number,
    Type.NUMBER: _number,
    Type.MONEY: _number,
    Type.SCORE: _number,
    Type.PERCENT: _percent,
    Type.YEAR: _year,
    Type.DATE: _date,
    Type.CHOICE: _choice,
    Type.CHOICES: _choice,
    Type.QUANTITY: _quantity,
}
