"""From text to quantities: targets (年度指标值) and actuals (实际完成值) in every costume that
departments give them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.model.plain_figures import compact, parse_number
from evalbatch.model.units import MULTIPLES, UNITS
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.reading.date_texts import parse_moment
from evalbatch.reading.numerals import in_digits
from evalbatch.reading.value_words import (
    COUNTED_NAMES,
    DIRECTIONS,
    EMPTY,
    FILLER,
    LOOK_ALIKES,
    NO_REMARK,
    OPERATORS,
    OPERATORS_AFTER,
    PER,
    PERIODS,
    REMARKS,
    REVERSING,
    SOFT,
    TIERS,
    alternatives,
)

_FIGURE: Final = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MEASURE: Final = rf"(?:{alternatives(UNITS)})"
_SCALE: Final = rf"(?:{alternatives(MULTIPLES)})?"
_PER: Final = rf"(?:[/*·、.](?:{_MEASURE}|月|年))*"
_UNIT: Final = rf"(?P<unit>{_SCALE}{_MEASURE}{_PER}|{alternatives(MULTIPLES)})?"
_SHARE: Final = r"(?P<share>%|‰|‱|百分比)(?:\(百分比\))?"

_VALUE: Final = re.compile(
    rf"(?<![A-Za-z\d.第])(?<!\d-)(?P<number>{_FIGURE})(?:/(?P<whole>\d{{1,3}})(?![\d/.-]))?(?P<more>余|多(?!次)|\+(?!\d))?(?:{_SHARE}|{_UNIT})"
)
_AROUND: Final = re.compile(
    rf"(?P<middle>{_FIGURE})(?P<unit>%|{_SCALE}{_MEASURE}{_PER})?的?(?:±|\+/?-|上下浮动|浮动)(?P<spread>{_FIGURE})(?P<share>%)?(?:{_MEASURE})?"
)
_BETWEEN: Final = re.compile(
    rf"(?P<lower>{_FIGURE})(?P<first>%|{_SCALE}{_MEASURE}{_PER})?(?:-|~|至|到)(?P<upper>{_FIGURE})(?P<unit>%|{_SCALE}{_MEASURE}{_PER}|{alternatives(MULTIPLES)})?"
)
_SPREAD_SIGNS: Final = re.compile(r"±|\+|浮动")
_RANGE_SIGNS: Final = frozenset("-~至到")
_DAMAGED: Final = re.compile(r"(?=[\d.,]*[IOlo|])(?=[IOlo|.,]*[\dIO|])[\dIOlo|.,]+")
_DOUBTFUL: Final = re.compile(r"\d+(?:[ ,]\d+)+(?:\.\d+)?")
_UNFILLED: Final = re.compile(r"[*xX×_?…. ]*")
_MEASURES: Final = frozenset(("", "%", *UNITS))
_SEPARATORS: Final = re.compile(r"[,;:、。/和及且与并 ]*")
_STOPS: Final = frozenset(",;。")
_OVERSPENT: Final = "超支"
_NAMED: Final = re.compile(r"[A-Za-z]+\d+(?:\.\d+)?|第\d+")
_BETWEEN_CLAUSES: Final = re.compile(r"[,;。]")
_LEADING: Final = re.compile(
    alternatives(word for word in OPERATORS if len(word) > 1 or word < "\u4e00")
)
_IN_FRONT: Final = re.compile(
    "|".join(
        f"(?<!{LOOK_ALIKES[word]}){re.escape(word)}" if word in LOOK_ALIKES else re.escape(word)
        for word in sorted(OPERATORS, key=len, reverse=True)
    )
)
_LIMITS: Final = re.compile(alternatives(word for word in OPERATORS if len(word) > 1))
_BEHIND: Final = re.compile(rf"(?P<after>{alternatives(OPERATORS_AFTER)})(?![部容控外地设资涵审])")
_BRACKETED: Final = re.compile(r"\((?!百分比\)|含\))[^()]*\)|\(含\)|\[[^\[\]]*\]")
_REMARK: Final = re.compile(rf"(?!{NO_REMARK})(?:{alternatives(REMARKS)})")
_REVERSED: Final = re.compile(
    rf"(?:{'|'.join(REVERSING)})(?!.{{0,3}}(?:{alternatives(COUNTED_NAMES)}))"
)
_DIRECTION: Final = re.compile(rf"(?:{alternatives(DIRECTIONS)})(?!到|至|为|后)")
_LEVEL: Final = re.compile(
    rf"[由从较比][^\d,;]{{0,5}}{_FIGURE}[^\d]{{0,4}}(?:{alternatives(DIRECTIONS)})(?:到|至|为)"
)
_PERIOD: Final = re.compile(alternatives(PERIODS))
_EACH: Final = re.compile(alternatives(PER))
_YEAR_IN_FRONT: Final = re.compile(
    r"(?:于|在|截至|截止)?(?:(?:19|20)\d\d年度?(?:全年|内|共|底|末)?|全年|本年度?)(?=\D)(?![^\d]*$)(?!第?[一二三四\d]+季|\d{1,2}月|[上下]半年|[^\d]{0,4}\d{1,2}月)"
)
_PLAN_IN_FRONT: Final = re.compile(
    r"^(?:原?计划|年初|目标|应|拟|预计)[^\d]{0,6}\d+(?:\.\d+)?[^\d,;、]{0,6}[,;、]?(?=(?:全年|至今)?(?:实际|已))"
)
_LABELLED: Final = re.compile(r"^([^\d,;:。]{1,10}):")
_PLAIN: Final = re.compile(r"[^\d,;:。%‰‱±~≥≤<>=+*?!]*")
_MEASURABLE: Final = re.compile(r"\d|[年季]")
_SEVERAL: Final = re.compile(r"\d.*\D.*\d|[年季].*\d")
_LETTERS: Final = re.compile(r"[A-Za-zμ°/³²]+")
_LONGEST_NOUN: Final = 3
_LONGEST: Final = 60  # a longer text is prose, whatever figures stand in it
_HEAD: Final = 20
_TAIL: Final = 16
_HUNDREDTH: Final = {"‰": -3, "‱": -4}
_TIMES: Final = {12: "月", 4: "季度", 2: "半年", 1: "年", 52: "周"}


@lru_cache(maxsize=16384)
def parse_quantity(
    text: str, *, year: int | None = None, operator: str = "", unit: str = ""
) -> Quantity | None:
    """Read a target or an actual; `operator` and `unit` come from columns of their own and count
    where the text has none.

    `year` completes a date such as `9月前`. A text without a measurable value is of kind TEXT. None
    means that the text is a damaged or unfilled figure (`IO个`, `≥**`): nobody can say what it
    should be.
    """
    clean = compact(text)
    if not clean or clean in EMPTY:
        return Quantity(QuantityKind.EMPTY, text)
    behind = _behind_operator(clean)
    if _is_only(_DAMAGED, clean, behind) or (
        behind and _is_only(_UNFILLED, clean, behind) and not _is_word(clean)
    ):
        return None
    told = _told(clean)
    quantity = (
        _measured(told, text, year) if len(told) <= _LONGEST and _MEASURABLE.search(told) else None
    )
    if quantity is None and _is_only(_DOUBTFUL, clean, behind):
        return None
    quantity = quantity or _compound(told, text, year)
    return (
        _completed(quantity, operator, unit)
        if quantity
        else _tier(told, text) or Quantity(QuantityKind.TEXT, text)
    )


def _told(clean: str) -> str:
    """Return what a text tells: without remarks in brackets, the plan before what was done
    (计划12场,实际9场) and the closing stop, its numerals in digits. Where only 完成 or the like
    stands before the brackets, what they hold.
    """
    bare = _BRACKETED.sub("", clean).strip(",;。: ") or clean
    bare = _LABELLED.sub(r"\1", _PLAN_IN_FRONT.sub("", bare))
    if bare in FILLER:
        bare = clean.removeprefix(bare).strip("()[] ") or bare
    return in_digits(bare)


def clauses(text: str) -> list[str]:
    """Return the clauses of a text, compact."""
    return _BETWEEN_CLAUSES.split(compact(text))


def in_brackets(text: str) -> Iterator[Quantity]:
    """Yield the figures that the brackets of a text hold."""
    for piece in _BRACKETED.findall(compact(text)):
        figure = parse_quantity(piece.strip("()[]"))
        if figure is not None and figure.number is not None:
            yield figure


def operator_of(text: str) -> str:
    """Return the plain operator that a cell of the operator column (指标性质, 计算符号) states,
    empty when it states none.
    """
    return OPERATORS.get(compact(text), "")


def with_own_columns(text: str, nature: str, unit: str) -> str:
    """Return a target with the operator and the unit that its form keeps in columns of their own,
    so that it can be held against one that is written in one cell; words and dates as they are.
    """
    stated, whole = parse_quantity(text), parse_quantity(text, operator=operator_of(nature))
    if stated is None or whole is None or stated.kind is not QuantityKind.NUMBER:
        return text
    sign = whole.operator if not stated.operator else ""
    return f"{sign}{text}{'' if stated.unit else unit}"


def _is_word(clean: str) -> bool:
    """Whether a text is an operator in words and nothing else (未达到), or only looks like one with
    a measure word behind it (未超支).
    """
    return clean > "\u4e00" and (clean in OPERATORS or clean.endswith(_OVERSPENT))


def _behind_operator(clean: str) -> int:
    """Return the position behind the operator that a text begins with, 0 when it begins with
    none.
    """
    leading = _LEADING.match(clean)
    return leading.end() if leading else 0


def _is_only(form: re.Pattern[str], clean: str, start: int) -> bool:
    """Whether all that stands from a position on is of a form, with or without a measure behind
    it.
    """
    match = form.match(clean, start)
    return match is not None and clean[match.end() :] in _MEASURES


def _measured(clean: str, text: str, year: int | None) -> Quantity | None:
    dated = _date(clean, text, year)
    if dated:
        return dated
    clean = _YEAR_IN_FRONT.sub("", clean, count=1)
    return (
        _around(clean, text)
        or _between(clean, text)
        or _figured(clean, text)
        or _remarked(clean, text)
    )


def _remarked(clean: str, text: str) -> Quantity | None:
    """Read a value that only remarks follow (9个,未完成3个); those with figures of their own are
    kept as its parts.
    """
    first, *others = _BETWEEN_CLAUSES.split(clean)
    if not others or not all(map(_is_remark, others)):
        return None
    value = _around(first, text) or _between(first, text) or _figured(first, text)
    told = (clause for clause in others if any(map(str.isdigit, clause)))
    parts = tuple(
        _figured(clause, clause) or Quantity(QuantityKind.TEXT, clause) for clause in told
    )
    return replace(value, parts=parts) if value else None


def _is_remark(clause: str) -> bool:
    return not any(map(str.isdigit, clause)) or bool(
        _REMARK.match(clause) or _REVERSED.search(clause)
    )


def _date(clean: str, text: str, year: int | None) -> Quantity | None:
    behind = _behind_operator(clean)
    moment = parse_moment(clean[behind:], year)
    sign = OPERATORS[clean[:behind]] if behind else ""
    if moment is None:
        return None
    told = "≤" if moment.limit else ">" if moment.after else ""
    return Quantity(QuantityKind.DATE, text, when=moment.when, operator=sign or told)


def _figured(clean: str, text: str) -> Quantity | None:
    """Read the one figure of a clause with what stands around it; None when there are several, or
    it is not a result.
    """
    found = list(_VALUE.finditer(clean))
    if len(found) != 1 or _LEVEL.search(clean):
        found = found[-1:] if _LEVEL.search(clean) else []
    if not found:
        return None
    match = found[0]
    before, behind = clean[: match.start()], clean[match.end() :]
    if not _surrounds(before, behind):
        return None
    share, unit, operator = (
        match["share"],
        _unit(match, before, behind),
        _sign(before, behind, match["more"]),
    )
    number = _decimal(match["number"])
    if match["whole"]:
        if not int(match["whole"]):
            return None
        number, share, unit = number / int(match["whole"]) * 100, share or "%", ""
    way = _way(before)
    if share:
        number = number.scaleb(_HUNDREDTH.get(share, -2))
        return Quantity(
            QuantityKind.PERCENT, text, number=number, unit="%", operator=operator, direction=way
        )
    return Quantity(
        QuantityKind.NUMBER, text, number=number, unit=unit, operator=operator, direction=way
    )


def _surrounds(before: str, behind: str) -> bool:
    """Whether what stands around a figure leaves it the result: words without figures, and none
    that turn it round.
    """
    plain = _NAMED.sub("", _IN_FRONT.sub("", before))
    if len(plain) > _HEAD + (_HEAD if _LEVEL.search(before) else 0) or len(behind) > _TAIL:
        return False
    if _REVERSED.search(plain) or _REVERSED.search(behind):
        return False
    return (
        bool(_LEVEL.search(before) or _PLAIN.fullmatch(plain))
        and bool(_PLAIN.fullmatch(behind))
        and "且" not in behind
        and not _LIMITS.search(behind)
    )


def _unit(match: re.Match[str], before: str, behind: str) -> str:
    """Return the unit of a figure, with the period and the thing it is for (每月2次, 每户5000元,
    每人每月600元).
    """
    unit = match["unit"] or _noun(behind)
    if "/" in unit:
        return unit
    period, each = _PERIOD.search(before) or _PERIOD.match(behind), _EACH.search(before)
    if period:
        unit = unit or "次"
    per = [each[0].lstrip("每").rstrip("均") or "个"] if each and unit else []
    per += [_TIMES[PERIODS[period[0]]]] if period else []
    return "/".join((unit, *per))


def _noun(behind: str) -> str:
    """Return the noun behind a figure that has no known measure word, empty when none is told."""
    letters = _LETTERS.match(behind)
    if letters:
        return letters[0]
    plain = len(behind) <= _LONGEST_NOUN and behind[:1] not in "且和及与并或"
    return behind if plain and not _BEHIND.match(behind) and not _IN_FRONT.match(behind) else ""


def _sign(before: str, behind: str, more: str | None) -> str:
    """Return the operator of a figure: the one behind it, where the one in front is only 控制在, 约
    or the like.
    """
    in_front = [found[0] for found in _IN_FRONT.finditer(before)]
    after = _BEHIND.match(behind)
    word = in_front[-1] if in_front else ""
    if after and (not word or word in SOFT):
        return OPERATORS_AFTER[after["after"]]
    return OPERATORS[word] if word else "≥" if more else ""


def _way(before: str) -> str:
    """Return + or - where words say that a figure is a rise or a fall, empty where it is a
    level.
    """
    ways = [found[0] for found in _DIRECTION.finditer(before)]
    return "" if not ways or _LEVEL.search(before) else DIRECTIONS[ways[-1]]


def _around(clean: str, text: str) -> Quantity | None:
    match = _AROUND.search(clean) if _SPREAD_SIGNS.search(clean) else None
    if match is None or not _surrounds(clean[: match.start()], clean[match.end() :]):
        return None
    middle, spread = _decimal(match["middle"]), _decimal(match["spread"])
    if match["share"] and match["unit"] != "%":
        spread = middle * spread.scaleb(-2)
    return _band(text, middle - spread, middle + spread, match["unit"] or "", middle)


def _between(clean: str, text: str) -> Quantity | None:
    match = None if _RANGE_SIGNS.isdisjoint(clean) else _BETWEEN.search(clean)
    if match is None or not _surrounds(clean[: match.start()], clean[match.end() :]):
        return None
    if match.start() and clean[match.start() - 1] in "由从":
        return None
    lower, upper = _decimal(match["lower"]), _decimal(match["upper"])
    first, unit = match["first"] or "", match["unit"] or _noun(clean[match.end() :])
    if lower > upper or lower < 0 or (first and first != unit):
        return None
    return _band(text, lower, upper, unit, None)


def _band(text: str, lower: Decimal, upper: Decimal, unit: str, middle: Decimal | None) -> Quantity:
    scale = -2 if unit == "%" else 0
    return Quantity(
        QuantityKind.BAND,
        text,
        number=lower.scaleb(scale),
        upper=upper.scaleb(scale),
        middle=None if middle is None else middle.scaleb(scale),
        unit=unit,
    )


def _compound(clean: str, text: str, year: int | None) -> Quantity | None:
    if len(clean) > _LONGEST or not _SEVERAL.search(clean):
        return None
    parts = tuple(_parts(_YEAR_IN_FRONT.sub("", clean, count=1), year))
    known = tuple(part for part in parts if part is not None)
    if len(known) < 2 or len(known) < len(parts):  # noqa: PLR2004 - several
        return None
    return _bounded(known, text) or Quantity(QuantityKind.COMPOUND, text, parts=known)


def _bounded(parts: tuple[Quantity, ...], text: str) -> Quantity | None:
    """Read two limits of one figure as a band: ≥10且≤12."""
    if (
        len(parts) != 2  # noqa: PLR2004
        or {parts[0].kind, parts[1].kind} - {QuantityKind.NUMBER, QuantityKind.PERCENT}
        or parts[0].kind != parts[1].kind
    ):
        return None
    low = next((part for part in parts if part.operator in ("≥", ">")), None)
    high = next((part for part in parts if part.operator in ("≤", "<")), None)
    if (
        low is None
        or high is None
        or low.number is None
        or high.number is None
        or low.number > high.number
    ):
        return None
    if low.unit and high.unit and low.unit != high.unit:
        return None
    return Quantity(
        QuantityKind.BAND, text, number=low.number, upper=high.number, unit=low.unit or high.unit
    )


def _parts(clean: str, year: int | None) -> Iterator[Quantity | None]:
    """Yield the values that follow each other in a text, and None when something else stands
    between them.
    """
    position = 0
    while position < len(clean):
        end, part = _longest(clean, position, year)
        if part is None:
            clause = _BETWEEN_CLAUSES.split(clean[position:])[0]
            if position and clean[position - 1] in _STOPS and not any(map(str.isdigit, clause)):
                end = position + len(clause)
            else:
                yield None
                return
        else:
            yield part
        separators = _SEPARATORS.match(clean, end)
        position = separators.end() if separators else end


def _longest(clean: str, start: int, year: int | None) -> tuple[int, Quantity | None]:
    inside = {
        at for limit in _LIMITS.finditer(clean) for at in range(limit.start() + 1, limit.end())
    }
    for end in range(len(clean), start, -1):
        if end in inside:
            continue
        piece = clean[start:end]
        if not _MEASURABLE.search(piece):
            break
        part = _date(piece, piece, year) or _figured(piece, piece)
        if part is not None:
            return end, part
    return start, None


def _tier(clean: str, text: str) -> Quantity | None:
    found = next((tier for word, tier in TIERS.items() if clean.startswith(word)), None)
    return Quantity(QuantityKind.TIER, text, tier=found) if found else None


def _completed(quantity: Quantity, operator: str, unit: str) -> Quantity:
    """Add operator and unit of neighbouring columns to a quantity that has none of its own."""
    fill: dict[QuantityKind, Callable[[Quantity, str], Quantity]] = {
        QuantityKind.NUMBER: _with_unit,
        QuantityKind.BAND: _with_unit,
    }
    if unit and not quantity.unit and quantity.kind in fill:
        quantity = fill[quantity.kind](quantity, compact(unit))
    return replace(quantity, operator=operator) if operator and not quantity.operator else quantity


def _with_unit(quantity: Quantity, unit: str) -> Quantity:
    if unit in EMPTY:
        return quantity
    if unit in ("%", "百分比") and quantity.number is not None:
        upper = quantity.upper.scaleb(-2) if quantity.upper is not None else None
        kind = QuantityKind.PERCENT if quantity.kind is QuantityKind.NUMBER else QuantityKind.BAND
        return replace(
            quantity, kind=kind, number=quantity.number.scaleb(-2), upper=upper, unit="%"
        )
    return replace(quantity, unit=unit)


def _decimal(digits: str) -> Decimal:
    number = parse_number(digits)
    if number is None:
        raise ValueError(f"the pattern let through what is no number: {digits}")
    return number
