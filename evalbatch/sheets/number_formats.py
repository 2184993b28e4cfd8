"""Number formats: the built-in codes, which of them show dates, and serial numbers as dates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Final, NamedTuple

from evalbatch.model import figures
from evalbatch.model.plain_figures import stored
from evalbatch.sheets.book import Cell, ErrorValue

# ECMA-376 part 1, 18.8.30; the ids 27-36 and 50-58 are those of Chinese Excel.
BUILTIN: Final = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    37: "#,##0;-#,##0",
    38: "#,##0;[Red]-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
    42: '_ "¥"* #,##0_ ;_ "¥"* -#,##0_ ;_ "¥"* "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    44: '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
ELAPSED: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|general|E[+-]', re.IGNORECASE)
DATE_LETTERS: Final = re.compile(r"[ymdhs]|aaa|e|g", re.IGNORECASE)
LOCAL_GENERAL: Final = re.compile("G/(?:通用格式|標準|标准|표준)|^(?:通用格式|常规)$")
LAST_SERIAL: Final = 2_958_466  # 10000-01-01
LEAP_BUG: Final = 60  # Excel believes in 29 February 1900
EPOCH_1900: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - dates in workbooks know no time zone
EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - as above


@cache
def shows_date(code: str) -> bool:
    """Whether a number format shows a date: a day or time letter outside quotes, brackets and
    escapes; no elapsed time.
    """
    section = code.split(";", 1)[0]
    return not ELAPSED.search(section) and bool(DATE_LETTERS.search(LITERAL.sub("", section)))


def to_date(serial: float, *, from_1904: bool) -> datetime | None:
    """Return the date of a serial number in days, None for a bare time of day or a number that is
    no date.

    The fraction is rounded to milliseconds, as the spreadsheet programs show it.
    """
    if not 1 <= serial < LAST_SERIAL and not (from_1904 and 0 <= serial < LAST_SERIAL):
        return None
    days = int(serial)
    span = timedelta(days=days, milliseconds=round((serial - days) * 86_400_000))
    if from_1904:
        return EPOCH_1904 + span if days < LAST_SERIAL - 1462 else None
    return EPOCH_1900 + span + timedelta(days=1) if days < LEAP_BUG else EPOCH_1900 + span


def code_of(number: int, own: dict[int, str]) -> str:
    """Return the format code of a number format id, General when unknown or when a program wrote it
    in its own language.
    """
    code = own.get(number)
    return LOCAL_GENERAL.sub("General", code) if code else BUILTIN.get(number, "General")


_TOKEN: Final = re.compile(
    r"""(?P<literal>"[^"]*"|[\\!].)|\[(?P<bracket>[^\]]*)\]|(?P<skipped>_.|\*.)|(?P<general>General)
    |(?P<scientific>E[+-])|(?P<digit>[0#?])|(?P<end>;)|(?P<plain>.)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARE: Final = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
_POINTS: Final = (".", "．")
_SIGNED: Final = 1  # a second section without conditions shows negative numbers without their sign
_ZERO: Final = 2
TEXTS: Final = 3
"""The section for texts, where a format has four."""
_MOST_DECIMALS: Final = 12
_WHITE: Final = ("white", "白色", "color2", "颜色2")


class Piece(NamedTuple):
    """One piece of a section: `kind` is a group of the token pattern, `text` what it shows."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FormatSection:
    """One section of a number format.

    `scale` is the power of ten by which it shrinks what it shows: `0.00,` by 3 (of its
    `thousands`), `0!.0000` by 4. `plain` sections have no digits of their own (General, dates,
    fractions, exponents), so that the number stands as it is.
    """

    pieces: tuple[Piece, ...]
    brackets: tuple[str, ...]
    percent: bool
    thousands: int
    scale: int
    plain: bool

    def render(self, number: Decimal) -> str:
        """Return a number as the section shows it."""
        first, last = self._span()
        core = self.pieces[first : last + 1]
        point = _point(core)
        decimals = [piece.text for piece in core[point:] if piece.kind == "digit"]
        moved = number.scaleb(2 * self.percent - 3 * self.thousands)
        rounded = _rounded(moved, min(len(decimals), _MOST_DECIMALS))
        whole, _, fraction = f"{abs(rounded):f}".partition(".")
        figure = _filled(whole, core[:point]) + _fraction(fraction, decimals)
        signed = rounded < 0 and not any("-" in piece.text for piece in self.pieces[:first])
        return self.around(("-" if signed else "") + figure, first, last)

    def around(self, figure: str, first: int | None = None, last: int | None = None) -> str:
        """Return a figure between the literals of the section; without a span it takes the place of
        General.
        """
        if first is None or last is None:
            first = last = next(
                (at for at, piece in enumerate(self.pieces) if piece.kind == "general"), -1
            )
            if first < 0:
                return figure
        before, after = self.pieces[:first], self.pieces[last + 1 :]
        return (_text(before) + figure + _text(after)).strip()

    @property
    def blank(self) -> bool:
        """Whether whatever falls in this section is not seen: it shows nothing, or shows it in
        white.
        """
        white = any(bracket.strip().lower() in _WHITE for bracket in self.brackets)
        return white or not any(piece.text.strip() for piece in self.pieces)

    @property
    def zeros(self) -> bool:
        """Whether it has a digit that shows zeros too."""
        return Piece("digit", "0") in self.pieces

    def holds(self, number: Decimal) -> bool | None:
        """Whether the section's own condition holds; None when it has none."""
        found = [
            match for bracket in self.brackets if (match := _CONDITION.fullmatch(bracket.strip()))
        ]
        return _COMPARE[found[0][1]](number, Decimal(found[0][2])) if found else None

    def _span(self) -> tuple[int, int]:
        """Return where the digits begin and end."""
        places = [at for at, piece in enumerate(self.pieces) if piece.kind in {"digit", "point"}]
        commas = places[-1] + 1
        while commas < len(self.pieces) and self.pieces[commas].kind == "comma":
            commas += 1
        return places[0], commas - 1


def section_for(code: str, number: Decimal) -> FormatSection:
    """Return the section of a number format that shows a number."""
    sections = sections_of(code)
    conditions = [section.holds(number) for section in sections]
    if any(condition is not None for condition in conditions):
        return next(
            (
                section
                for section, holds in zip(sections, conditions, strict=True)
                if holds is not False
            ),
            sections[-1],
        )
    if number < 0 and len(sections) > _SIGNED:
        return sections[_SIGNED]
    return sections[_ZERO] if number == 0 and len(sections) > _ZERO else sections[0]


@lru_cache(maxsize=1024)
def sections_of(code: str) -> tuple[FormatSection, ...]:
    """Return the sections of a number format."""
    groups: list[list[re.Match[str]]] = [[]]
    for match in _TOKEN.finditer(code):
        if match["end"]:
            groups.append([])
        else:
            groups[-1].append(match)
    return tuple(map(_section, groups))


def _section(tokens: list[re.Match[str]]) -> FormatSection:
    brackets = tuple(match["bracket"] for match in tokens if match["bracket"] is not None)
    pieces = tuple(_pieces(tokens))
    kinds = {piece.kind for piece in pieces}
    odd = "general" in kinds or "scientific" in kinds or "digit" not in kinds
    odd = odd or any(piece.kind == "plain" and piece.text in "/ymdhsYMDHS" for piece in pieces)
    percent = Piece("plain", "%") in pieces
    thousands = 0 if odd else _thousands(pieces)
    return FormatSection(
        pieces, brackets, percent, thousands, 3 * thousands + _inserted(pieces), odd
    )


def _pieces(tokens: list[re.Match[str]]) -> Iterator[Piece]:
    """Yield what a section shows, piece by piece; the first point among the digits is the decimal
    point.
    """
    pointed = False
    for match in tokens:
        kind, text = match.lastgroup or "", match[0]
        if kind == "literal":
            yield Piece("literal", text[1:-1] if text.startswith('"') else text[1:])
        elif kind == "bracket" and text.startswith(
            "[$"
        ):  # the currency sign before a language: [$¥-804]
            yield Piece("literal", text[2:-1].partition("-")[0])
        elif kind == "plain" and text in ".,":
            point = text == "." and not pointed
            pointed = pointed or point
            yield Piece("point" if point else "comma" if text == "," else "literal", text)
        elif kind not in {"bracket", "skipped"}:
            yield Piece(kind, text)


def _thousands(pieces: tuple[Piece, ...]) -> int:
    """Return how often a section divides by a thousand: the commas after its last digit before or
    behind the point.
    """
    return _trailing(pieces[: _point(pieces)]) or _trailing(pieces)


def _inserted(pieces: tuple[Piece, ...]) -> int:
    """Return how many digits of the whole part follow a point that the format puts in as a mere
    character.
    """
    digits = [at for at, piece in enumerate(pieces) if piece.kind == "digit"]
    end = _point(pieces)
    points = [
        at
        for at, piece in enumerate(pieces[:end])
        if piece.kind == "literal" and piece.text in _POINTS
    ]
    if len(points) != 1 or not digits or digits[0] > points[0]:
        return 0
    return sum(1 for at in digits if points[0] < at < end)


def _point(pieces: tuple[Piece, ...]) -> int:
    """Return where the decimal point stands, the end when there is none."""
    return next((at for at, piece in enumerate(pieces) if piece.kind == "point"), len(pieces))


def _trailing(pieces: tuple[Piece, ...]) -> int:
    """Return how many commas follow the last digit at once, each of which divides by a thousand."""
    last = max(
        (at for at, piece in enumerate(pieces) if piece.kind == "digit"), default=len(pieces)
    )
    count = 0
    while last + 1 + count < len(pieces) and pieces[last + 1 + count].kind == "comma":
        count += 1
    return count


def _filled(whole: str, pieces: tuple[Piece, ...]) -> str:
    """Return the whole part with zeros, groups and literals where the format wants them."""
    last = max((at for at, piece in enumerate(pieces) if piece.kind == "digit"), default=-1)
    zeros = sum(1 for piece in pieces if piece.text == "0" and piece.kind == "digit")
    digits = list(whole.rjust(zeros, "0"))
    if any(piece.kind == "comma" for piece in pieces[: last + 1]):
        return f"{int(whole):,}"
    if not any(piece.kind == "literal" for piece in pieces):
        return "".join(digits)
    shown: list[str] = []
    left = sum(1 for piece in pieces if piece.kind == "digit")
    for piece in reversed(pieces):
        if piece.kind == "digit":
            left -= 1
            count = 1 if left else max(len(digits), 1)
            shown.append("".join(digits[-count:]) if digits else "")
            del digits[-count:]
        elif piece.kind == "literal":
            shown.append(piece.text)
    return "".join(reversed(shown))


def _fraction(fraction: str, decimals: list[str]) -> str:
    """Return the decimals with their point; those that the format leaves open only where they are
    not 0.
    """
    optional = len(decimals) - len("".join(decimals).rstrip("#"))
    while optional and fraction.endswith("0"):
        fraction, optional = fraction[:-1], optional - 1
    return f".{fraction}" if fraction else ""


def _rounded(number: Decimal, places: int) -> Decimal:
    fits = number.adjusted() < _MOST_DECIMALS
    return figures.rounded(number, places) if fits else number


def _text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != "digit")


_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDEST: Final = 24  # digits before a number is written with an exponent


def displayed(cell: Cell) -> str:
    """Return the text of a cell as its sender sees it, without control characters and spaces at its
    ends.
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value if isinstance(value, ErrorValue) else _CONTROL.sub("", value).strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return figures.day(value)
    number = stored_number(cell)
    return cell.number or str(value) if number is None else _formatted(number, cell.format)


def number_of(cell: Cell) -> Decimal | None:
    """Return the number that a cell shows, unrounded; None when it holds none.

    A format that only scales what is stored counts: 3000000 in the format `0!.0000` is seen, and
    meant, as 300.
    """
    number = stored_number(cell)
    if number is None or cell.format == "General":
        return number
    scale = section_for(cell.format, number).scale
    return number.scaleb(-scale) if scale else number


def shown_section(cell: Cell) -> FormatSection | None:
    """Return the section of its number format that shows a cell, None when the format has none for
    texts.
    """
    number = stored_number(cell)
    if number is not None:
        return section_for(cell.format, number)
    sections = sections_of(cell.format)
    return sections[TEXTS] if isinstance(cell.value, str) and len(sections) > TEXTS else None


def stored_number(cell: Cell) -> Decimal | None:
    """Return the number that a cell stores, exactly as Excel shows it to 15 digits; None when it
    stores none.
    """
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        return None
    return stored(
        cell.number or (f"{cell.value:.15g}" if isinstance(cell.value, float) else str(cell.value))
    )


def is_percent(cell: Cell) -> bool:
    """Whether the number format of a cell multiplies by 100 and shows per cent; a literal `"%"`
    does not.
    """
    return "%" in cell.format and section_for(cell.format, Decimal(1)).percent


@lru_cache(maxsize=8192)
def _formatted(number: Decimal, code: str) -> str:
    section = section_for(code, number)
    if not section.plain and (number or section.zeros):
        return section.render(number)
    figure = f"{number:f}" if number.adjusted() < _WIDEST else str(number)
    return section.around(figure)
