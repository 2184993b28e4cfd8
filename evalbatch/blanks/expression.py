"""Formulas written once: an expression is at the same time its Excel text and the value it has now.

Only what Excel 2010, WPS and LibreOffice all calculate alike is used: no dynamic arrays, no LET, no
IFS.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Final

from evalbatch.model import figures

Scalar = Decimal | str | bool | date | None

TICK: Final = "☑"


@dataclass(frozen=True, slots=True)
class Expr:
    """A formula without its `=`, and its value: None for a blank cell and for a result that Excel
    would refuse.
    """

    text: str
    value: Scalar
    constant: bool = False

    @property
    def number(self) -> Decimal | None:
        """The value as Excel calculates with it: a blank is zero, a text is none."""
        if self.value is None:
            return Decimal(0)
        return self.value if isinstance(self.value, Decimal) else None

    def __add__(self, other: "Expr") -> "Expr":
        return _reckon("+", self, other)

    def __sub__(self, other: "Expr") -> "Expr":
        return _reckon("-", self, other)

    def __mul__(self, other: "Expr") -> "Expr":
        return _reckon("*", self, other)

    def __truediv__(self, other: "Expr") -> "Expr":
        return _reckon("/", self, other)

    def __and__(self, other: "Expr") -> "Expr":
        """Join two texts."""
        joined = _shown(self.value) + _shown(other.value)
        return Expr(f"{self.text}&{other.text}", joined, constant=self.constant and other.constant)


def _reckon(sign: str, left: Expr, right: Expr) -> Expr:
    text = f"({left.text}{sign}{right.text})"
    a, b = left.number, right.number
    if a is None or b is None or (sign == "/" and not b):
        return Expr(text, "#VALUE!")
    value = {"+": a + b, "-": a - b, "*": a * b}.get(sign)
    return Expr(text, a / b if value is None else value)


def _shown(value: Scalar) -> str:
    """Write a value as Excel does when it joins it to a text."""
    if isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else str(value)


def plain(number: Decimal) -> str:
    """Write a number without exponent and without trailing zeros: 92.45, 10, 0."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def number(value: Decimal | int | str) -> Expr:
    """Return a constant number."""
    figure = Decimal(value)
    return Expr(plain(figure), figure, constant=True)


def words(text: str) -> Expr:
    """Return a constant text."""
    return Expr('"' + text.replace('"', '""') + '"', text, constant=True)


def choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    """IF: Excel and Python both look only at the branch that counts."""
    return Expr(
        f"IF({condition.text},{then.text},{otherwise.text})",
        then.value if condition.value else otherwise.value,
    )


def rounded(value: Expr, decimals: int = 2) -> Expr:
    """ROUND, half up (away from zero) like Excel."""
    figure = value.number
    result = None if figure is None else figures.rounded(figure, decimals)
    return Expr(f"ROUND({value.text},{decimals})", "#VALUE!" if result is None else result)


def least(left: Expr, right: Expr) -> Expr:
    """MIN of two numbers."""
    a, b = left.number, right.number
    return Expr(
        f"MIN({left.text},{right.text})", "#VALUE!" if a is None or b is None else min(a, b)
    )


def zero_if_text(value: Expr) -> Expr:
    """N: a text counts as zero."""
    figure = value.number
    return Expr(f"N({value.text})", Decimal(0) if figure is None else figure)


def is_number(value: Expr) -> Expr:
    """ISNUMBER: dates are numbers too."""
    return Expr(f"ISNUMBER({value.text})", isinstance(value.value, Decimal | date))


def is_blank(value: Expr) -> Expr:
    """Whether nothing but spaces stands there."""
    return Expr(f"(LEN(TRIM({value.text}))=0)", not _shown(value.value).strip(" "))


def is_ticked(value: Expr) -> Expr:
    """Whether one of the printed boxes is ticked."""
    return Expr(f'ISNUMBER(FIND("{TICK}",{value.text}))', TICK in _shown(value.value))


def both(*conditions: Expr) -> Expr:
    """AND."""
    return Expr(f"AND({','.join(c.text for c in conditions)})", all(c.value for c in conditions))


def either(*conditions: Expr) -> Expr:
    """OR."""
    return Expr(f"OR({','.join(c.text for c in conditions)})", any(c.value for c in conditions))


def invert(condition: Expr) -> Expr:
    """NOT."""
    return Expr(f"NOT({condition.text})", not condition.value)


def above(left: Expr, right: Expr) -> Expr:
    """Greater than, of numbers or dates."""
    return Expr(f"({left.text}>{right.text})", _order(left.value) > _order(right.value))


def at_least(left: Expr, right: Expr) -> Expr:
    """Greater than or equal, of numbers or dates."""
    return Expr(f"({left.text}>={right.text})", _order(left.value) >= _order(right.value))


def _order(value: Scalar) -> tuple[int, Decimal]:
    """Order as Excel does: numbers and dates before texts; a blank is zero."""
    if isinstance(value, date):
        return 0, Decimal(value.toordinal() - date(1899, 12, 30).toordinal())
    if isinstance(value, Decimal):
        return 0, value
    return (0, Decimal(0)) if value is None else (1, Decimal(0))


def exceeds(left: Expr, right: Expr, tolerance: Decimal) -> Expr:
    """Whether a figure lies above another by more than a tolerance; the gap is taken at six
    decimals, so that binary fractions make no difference.
    """
    return above(rounded(left - right, 6), number(tolerance))


def differ(left: Expr, right: Expr, tolerance: Decimal) -> Expr:
    """Whether two figures differ by more than a tolerance."""
    return either(exceeds(left, right, tolerance), exceeds(right, left, tolerance))


def sentence(template: str, figures: Mapping[str, Expr]) -> Expr:
    """Fill a template's braces with live figures: `合计为{found}分` becomes `"合计为"&A1&"分"`.

    Raises:
        KeyError: the template names a figure that there is none of.
    """
    result: Expr | None = None
    for literal, name, _, _ in Formatter().parse(template):
        for piece in ([words(literal)] if literal else []) + ([figures[name]] if name else []):
            result = piece if result is None else result & piece
    return result or words("")


@dataclass(frozen=True, slots=True)
class Mask:
    """A column of yes and no."""

    text: str
    values: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A column of cells from top to bottom."""

    text: str
    values: tuple[Scalar, ...]

    def filled(self) -> Mask:
        """Where something stands."""
        return Mask(
            f"(LEN(TRIM({self.text}))>0)", tuple(bool(_shown(v).strip(" ")) for v in self.values)
        )

    def blank(self) -> Mask:
        """Where nothing stands."""
        return Mask(
            f"(LEN(TRIM({self.text}))=0)", tuple(not _shown(v).strip(" ") for v in self.values)
        )

    def numeric(self) -> Mask:
        """Where a number or a date stands."""
        return Mask(
            f"ISNUMBER({self.text})", tuple(isinstance(v, Decimal | date) for v in self.values)
        )

    def equal(self, word: str) -> Mask:
        """Where this word stands."""
        return Mask(f'({self.text}="{word}")', tuple(v == word for v in self.values))

    def other_than(self, word: str) -> Mask:
        """Where this word does not stand."""
        return Mask(f'({self.text}<>"{word}")', tuple(v != word for v in self.values))

    def below(self, other: "Range") -> Mask:
        """Where this column is smaller than the other."""
        pairs = zip(self.values, other.values, strict=True)
        return Mask(f"({self.text}<{other.text})", tuple(_order(a) < _order(b) for a, b in pairs))

    def at_most(self, other: "Range") -> Mask:
        """Where this column is not greater than the other."""
        pairs = zip(self.values, other.values, strict=True)
        return Mask(f"({self.text}<={other.text})", tuple(_order(a) <= _order(b) for a, b in pairs))

    def not_negative(self) -> Mask:
        """Where a number is zero or more."""
        return Mask(f"({self.text}>=0)", tuple(_order(v) >= (0, Decimal(0)) for v in self.values))

    def among(self, other: "Range") -> Mask:
        """Where the other column holds the same; numbers typed as text are the same as numbers."""
        known = {_shown(v) for v in other.values}
        return Mask(
            f"(COUNTIF({other.text},{self.text})>0)", tuple(_shown(v) in known for v in self.values)
        )

    def missing_from(self, other: "Range") -> Mask:
        """Where the other column does not hold the same."""
        among = self.among(other)
        return Mask(among.text.replace(")>0)", ")=0)"), tuple(not found for found in among.values))


def count(*masks: Mask) -> Expr:
    """Count the rows where all masks say yes (SUMPRODUCT)."""
    rows = zip(*(mask.values for mask in masks), strict=True)
    return Expr(
        f"SUMPRODUCT(1*{'*'.join(mask.text for mask in masks)})",
        Decimal(sum(all(row) for row in rows)),
    )


def add(ranges: Sequence[Range | Expr]) -> Expr:
    """SUM: texts and blanks do not count."""
    values = [
        v
        for r in ranges
        for v in (r.values if isinstance(r, Range) else (r.value,))
        if isinstance(v, Decimal)
    ]
    return Expr(f"SUM({','.join(r.text for r in ranges)})", sum(values, Decimal(0)))


def any_number(ranges: Iterable[Range | Expr]) -> Expr:
    """Whether there is a number at all (COUNT)."""
    kept = list(ranges)
    found = any(
        isinstance(v, Decimal)
        for r in kept
        for v in (r.values if isinstance(r, Range) else (r.value,))
    )
    return Expr(f"(COUNT({','.join(r.text for r in kept)})>0)", found)


def add_where(key: Range, word: str, figures: Range) -> Expr:
    """SUMIF."""
    total = sum(
        (
            f
            for k, f in zip(key.values, figures.values, strict=True)
            if k == word and isinstance(f, Decimal)
        ),
        Decimal(0),
    )
    return Expr(f'SUMIF({key.text},"{word}",{figures.text})', total)
