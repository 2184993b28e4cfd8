"""What the styles of an OpenDocument spreadsheet hide: colour on colour, tiny letters, rows and
columns of a hair's breadth.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from evalbatch.sheets.looks import (
    BLACK,
    LEAST_POINTS,
    WHITE,
    Colour,
    Looks,
    from_hex,
    looks,
)
from evalbatch.sheets.xml import Element

STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO: Final = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_LENGTH: Final = re.compile(r"(\d*\.?\d+)(pt|in|cm|mm|px|pc)")
_POINTS: Final = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75, "pc": 12.0}
_DEEPEST: Final = 16  # styles that may stand behind each other
_USUAL: Final = 10.0  # points of a letter whose style names no size


class _Own(NamedTuple):
    """What a style says itself."""

    parent: str
    ink: str
    ground: str
    size: str


class OdsStyles:
    """The styles of a package by name, those of its content and the common ones."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self.own: dict[str, _Own] = {}
        self.thin: set[str] = set()
        for style in (style for root in roots for style in root.iter(f"{STYLE}style")):
            name, family = style.get(f"{STYLE}name", ""), style.get(f"{STYLE}family", "")
            if family == "table-cell":
                self.own[name] = _own(style)
            elif family in {"table-row", "table-column"} and _is_thin(style):
                self.thin.add(name)
        self.looks = {name: hiding for name in self.own if (hiding := self._looks(name))}

    def _looks(self, name: str) -> Looks | None:
        """Return how a cell style hides its cells, None when it does not."""
        chain = list(self._chain(name))
        ink = next((each.ink for each in chain if each.ink), "")
        ground = next((each.ground for each in chain if each.ground), "")
        size = next((length for each in chain if (length := _points(each.size))), _USUAL)
        return looks(_colour(ink, BLACK), _colour(ground, WHITE), size, "General")

    def _chain(self, name: str) -> Iterator[_Own]:
        """Yield what a style says, then what its parents say."""
        for _ in range(_DEEPEST):
            if name not in self.own:
                return
            yield self.own[name]
            name = self.own[name].parent


def _own(style: Element) -> _Own:
    ink = ground = size = ""
    for part in style:
        ink = part.get(f"{_FO}color", ink)
        ground = part.get(f"{_FO}background-color", ground)
        size = part.get(f"{_FO}font-size", size)
    return _Own(style.get(f"{STYLE}parent-style-name", ""), ink, ground, size)


def _is_thin(style: Element) -> bool:
    """Whether a style makes rows or columns so thin that they show nothing."""
    sizes = (
        length
        for part in style
        for name in ("row-height", "column-width")
        if (length := _points(part.get(f"{STYLE}{name}", ""))) is not None
    )
    return any(length < LEAST_POINTS for length in sizes)


def _points(length: str) -> float | None:
    match = _LENGTH.fullmatch(length)
    return float(match[1]) * _POINTS[match[2]] if match else None


def _colour(text: str, automatic: Colour) -> Colour | None:
    if text in {"", "transparent"}:
        return automatic
    return from_hex(text.removeprefix("#")) if text.startswith("#") else None
