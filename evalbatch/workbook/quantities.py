"""From text to quantities: targets (年度指标值) and actuals (实际完成值) in every costume that departments give them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model.pattern import rare
from evalbatch.model.value import Kind, Quantity
from evalbatch.workbook.dates import parse_moment
from evalbatch.workbook.figures import compact, parse_number
from evalbatch.workbook.words import EMPTY, FILLER, OPERATORS, OPERATORS_AFTER, TIERS, UNITS, alternatives

_OPERATOR: Final = rf"(?P<operator>{alternatives(OPERATORS)})?"
_AFTER: Final = rf"(?P<after>{alternatives(word for word in OPERATORS_AFTER if word)})?"
_FILLER: Final = rf"(?:{alternatives(FILLER)})*"
_FIGURE: Final = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MEASURE: Final = rf"(?:{alternatives(UNITS)})"
_SCALE: Final = r"(?:万|亿|千|百)?"
_PER: Final = rf"(?:[/*·、.](?:{_MEASURE}|月))*"
_UNIT: Final = rf"(?P<unit>{_SCALE}{_MEASURE}{_PER}|万|亿)?"
_NOUN: Final = r"(?P<noun>[^\d,;:。%‰±~≥≤<>=+*?! \-]{0,8})"
_SHARE: Final = r"(?P<share>%|‰|百分比)(?:\(百分比\))?"

_FIGURED: Final = re.compile(rf"{_FILLER}{_OPERATOR}{_FILLER}(?P<number>{_FIGURE})(?:{_SHARE}|{_UNIT}){_AFTER}{_NOUN}")
_AROUND: Final = rare(
    rf"{_FILLER}(?P<middle>{_FIGURE})(?P<unit>%|{_SCALE}{_MEASURE}{_PER})?的?(?:±|\+/?-)(?P<spread>{_FIGURE})(?P<share>%)?(?:{_MEASURE})?{_NOUN}"
)
_BETWEEN: Final = rare(
    rf"{_FILLER}(?P<lower>{_FIGURE})(?P<first>%|{_SCALE}{_MEASURE})?(?:-|~|至|到)(?P<upper>{_FIGURE})(?P<unit>%|{_SCALE}{_MEASURE}{_PER})?{_NOUN}"
)
_SPREAD_SIGNS: Final = frozenset("±+")
_RANGE_SIGNS: Final = frozenset("-~至到")
_DAMAGED: Final = re.compile(r"(?=[\d.,]*[IOlo|])(?=[IOlo|.,]*[\dIO|])[\dIOlo|.,]+")
_DOUBTFUL: Final = re.compile(r"\d+(?:[ ,]\d+)+(?:\.\d+)?")
_UNFILLED: Final = re.compile(r"[*xX×_?…. ]*")
_MEASURES: Final = frozenset(("", "%", *UNITS))
_SEPARATORS: Final = re.compile(r"[,;、。/和及且 ]*")
_LEADING: Final = re.compile(alternatives(OPERATORS))
_MEASURABLE: Final = re.compile(r"\d|[年季]")
_SEVERAL: Final = re.compile(r"\d.*\D.*\d|[年季].*\d")
_LONGEST: Final = 60  # a longer text is prose, whatever figures stand in it
_HUNDREDTH: Final = {"‰": -3}


@lru_cache(maxsize=16384)
def parse_quantity(text: str, *, year: int | None = None, operator: str = "", unit: str = "") -> Quantity | None:
    """Read a target or an actual; `operator` and `unit` come from columns of their own and count where the text has none.

    `year` completes a date such as `9月前`. A text without a measurable value is of kind TEXT. None means that the text is a
    damaged or unfilled figure (`IO个`, `≥**`): nobody can say what it should be.
    """
    clean = compact(text)
    if not clean or clean in EMPTY:
        return Quantity(Kind.EMPTY, text)
    behind = _behind_operator(clean)
    if _is_only(_DAMAGED, clean, behind) or (behind and _is_only(_UNFILLED, clean, behind)):
        return None
    quantity = _measured(clean, text, year) if len(clean) <= _LONGEST and _MEASURABLE.search(clean) else None
    if quantity is None and _is_only(_DOUBTFUL, clean, behind):
        return None
    quantity = quantity or _compound(clean, text, year)
    return _completed(quantity, operator, unit) if quantity else _tier(clean, text) or Quantity(Kind.TEXT, text)


def operator_of(text: str) -> str:
    """Return the plain operator that a cell of the operator column (指标性质, 计算符号) states, empty when it states none."""
    return OPERATORS.get(compact(text), "")


def _behind_operator(clean: str) -> int:
    """Return the position behind the operator that a text begins with, 0 when it begins with none."""
    leading = _LEADING.match(clean)
    return leading.end() if leading else 0


def _is_only(form: re.Pattern[str], clean: str, start: int) -> bool:
    """Whether all that stands from a position on is of a form, with or without a measure behind it."""
    match = form.match(clean, start)
    return match is not None and clean[match.end() :] in _MEASURES


def _measured(clean: str, text: str, year: int | None) -> Quantity | None:
    return _date(clean, text, year) or _around(clean, text) or _between(clean, text) or _figured(clean, text)


def _date(clean: str, text: str, year: int | None) -> Quantity | None:
    behind = _behind_operator(clean)
    moment = parse_moment(clean[behind:], year)
    sign = OPERATORS[clean[:behind]] if behind else ""
    return moment and Quantity(Kind.DATE, text, when=moment.when, operator=sign or ("≤" if moment.limit else ""))


def _figured(clean: str, text: str) -> Quantity | None:
    match = _FIGURED.fullmatch(clean)
    if match is None:
        return None
    number, operator = _decimal(match["number"]), _sign(match)
    if match["share"]:
        number = number.scaleb(_HUNDREDTH.get(match["share"], -2))
        return Quantity(Kind.PERCENT, text, number=number, unit="%", operator=operator)
    unit = match["unit"] or ("" if match["after"] else match["noun"])
    return Quantity(Kind.NUMBER, text, number=number, unit=unit, operator=operator)


def _around(clean: str, text: str) -> Quantity | None:
    match = None if _SPREAD_SIGNS.isdisjoint(clean) else _AROUND.fullmatch(clean)
    if match is None:
        return None
    middle, spread = _decimal(match["middle"]), _decimal(match["spread"])
    if match["share"] and match["unit"] != "%":
        spread = middle * spread.scaleb(-2)
    return _band(text, middle - spread, middle + spread, match["unit"] or "", middle)


def _between(clean: str, text: str) -> Quantity | None:
    match = None if _RANGE_SIGNS.isdisjoint(clean) else _BETWEEN.fullmatch(clean)
    if match is None:
        return None
    lower, upper = _decimal(match["lower"]), _decimal(match["upper"])
    first, unit = match["first"] or "", match["unit"] or match["noun"]
    if lower > upper or (first and first != unit):
        return None
    return _band(text, lower, upper, unit, None)


def _band(text: str, lower: Decimal, upper: Decimal, unit: str, middle: Decimal | None) -> Quantity:
    scale = -2 if unit == "%" else 0
    return Quantity(
        Kind.BAND,
        text,
        number=lower.scaleb(scale),
        upper=upper.scaleb(scale),
        middle=None if middle is None else middle.scaleb(scale),
        unit=unit,
    )


def _compound(clean: str, text: str, year: int | None) -> Quantity | None:
    if len(clean) > _LONGEST or not _SEVERAL.search(clean):
        return None
    parts = tuple(_parts(clean, year))
    known = tuple(part for part in parts if part is not None)
    return Quantity(Kind.COMPOUND, text, parts=known) if len(known) > 1 and len(known) == len(parts) else None


def _parts(clean: str, year: int | None) -> Iterator[Quantity | None]:
    """Yield the values that follow each other in a text, and None when something else stands between them."""
    position = 0
    while position < len(clean):
        end, part = _longest(clean, position, year)
        yield part
        if part is None:
            return
        separators = _SEPARATORS.match(clean, end)
        position = separators.end() if separators else end


def _longest(clean: str, start: int, year: int | None) -> tuple[int, Quantity | None]:
    for end in range(len(clean), start, -1):
        piece = clean[start:end]
        part = _date(piece, piece, year) or _figured(piece, piece)
        if part is not None:
            return end, part
    return start, None


def _tier(clean: str, text: str) -> Quantity | None:
    found = next((tier for word, tier in TIERS.items() if clean.startswith(word)), None)
    return Quantity(Kind.TIER, text, tier=found) if found else None


def _completed(quantity: Quantity, operator: str, unit: str) -> Quantity:
    """Add operator and unit of neighbouring columns to a quantity that has none of its own."""
    fill: dict[Kind, Callable[[Quantity, str], Quantity]] = {Kind.NUMBER: _with_unit, Kind.BAND: _with_unit}
    if unit and not quantity.unit and quantity.kind in fill:
        quantity = fill[quantity.kind](quantity, compact(unit))
    return replace(quantity, operator=operator) if operator and not quantity.operator else quantity


def _with_unit(quantity: Quantity, unit: str) -> Quantity:
    if unit in EMPTY:
        return quantity
    if unit in ("%", "百分比") and quantity.number is not None:
        upper = quantity.upper.scaleb(-2) if quantity.upper is not None else None
        kind = Kind.PERCENT if quantity.kind is Kind.NUMBER else Kind.BAND
        return replace(quantity, kind=kind, number=quantity.number.scaleb(-2), upper=upper, unit="%")
    return replace(quantity, unit=unit)


def _sign(match: re.Match[str]) -> str:
    return OPERATORS[match["operator"]] if match["operator"] else OPERATORS_AFTER.get(match["after"] or "", "")


def _decimal(digits: str) -> Decimal:
    number = parse_number(digits)
    if number is None:
        raise ValueError(f"the pattern let through what is no number: {digits}")
    return number
