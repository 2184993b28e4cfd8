"""What the looks of a cell hide from a reader: its colour on its ground, the size of its letters,
its number format.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from evalbatch.sheets.book import Cell, Sheet
from evalbatch.sheets.number_formats import sections_of, shown_section

Colour = tuple[int, int, int]

BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
#: The first twelve colours of the usual theme (ECMA-376 part 1, 20.1.6.2): light and dark ground
#: first.
THEME: Final = (
    "FFFFFF",
    "000000",
    "E7E6E6",
    "44546A",
    "4472C4",
    "ED7D31",
    "A5A5A5",
    "FFC000",
    "5B9BD5",
    "70AD47",
    "0563C1",
    "954F72",
)
#: The eight colours that every palette begins with (18.8.27), and those of the system: text and
#: ground.
PALETTE: Final = ("000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF")
SYSTEM: Final = {64: BLACK, 65: WHITE, 0x7FFF: BLACK}
ALIKE: Final = (
    16  # of 255 by which each of red, green and blue may differ where nobody sees a difference
)
LEAST_POINTS: Final = 3  # smaller letters, and lower rows, are a hair's breadth
LEAST_CHARACTERS: Final = 0.5  # as wide as a column must be to show anything
SAME_COLOUR: Final = "字色与底色相同的单元格"
TINY: Final = "字号过小的单元格"
NO_FORMAT: Final = "数字格式不显示内容的单元格"


class Looks(NamedTuple):
    """How a style may hide what a cell holds: `reason` whatever it is, `format` a number format
    that shows nothing of some.
    """

    reason: str
    format: str


def looks(font: Colour | None, ground: Colour | None, points: float, code: str) -> Looks | None:
    """Return how a style hides its cells, None when it does not; a colour of None is not known."""
    reason = ""
    if font is not None and ground is not None and alike(font, ground):
        reason = SAME_COLOUR
    elif 0 < points < LEAST_POINTS:
        reason = TINY
    hiding = (
        code if code != "General" and any(section.blank for section in sections_of(code)) else ""
    )
    return Looks(reason, hiding) if reason or hiding else None


def mark(sheet: Sheet, styles: Iterable[tuple[tuple[int, int], Looks]]) -> None:
    """Note on a sheet which of its cells their styles hide."""
    for where, style in styles:
        cell = sheet.cells.get(where)
        if cell is not None:
            reason = style.reason or (
                NO_FORMAT if style.format and _is_blank(cell, style.format) else ""
            )
            if reason:
                sheet.unseen[where] = reason


def _is_blank(cell: Cell, code: str) -> bool:
    """Whether a number format shows nothing of what a cell holds; a 0 that is not shown hides
    nothing.
    """
    section = shown_section(cell._replace(format=code))
    return section is not None and section.blank and cell.value != 0


def alike(one: Colour, other: Colour) -> bool:
    """Whether nobody can tell two colours apart."""
    return all(abs(first - second) <= ALIKE for first, second in zip(one, other, strict=True))


def from_hex(text: str) -> Colour | None:
    """Return a colour from six hexadecimal digits, or eight with its opacity in front; None when it
    is none.
    """
    try:
        number = int(text[-6:], 16)
    except ValueError:
        return None
    return number >> 16, number >> 8 & 255, number & 255


def from_index(index: int, own: Mapping[int, Colour]) -> Colour | None:
    """Return a colour of a palette by its index, None when it is not known."""
    if index in own:
        return own[index]
    if index in SYSTEM:
        return SYSTEM[index]
    return from_hex(PALETTE[index % 8]) if 0 <= index < 2 * len(PALETTE) else None


def from_theme(index: int, tint: float) -> Colour | None:
    """Return a colour of the usual theme, lightened or darkened by a tint from -1 to 1; None when
    it has no such colour.
    """
    colour = from_hex(THEME[index]) if 0 <= index < len(THEME) else None
    if colour is None:
        return None
    red, green, blue = (_tinted(part, max(min(tint, 1), -1)) for part in colour)
    return red, green, blue


def _tinted(part: int, tint: float) -> int:
    return round(part * (1 + tint) if tint < 0 else part + (255 - part) * tint)
