"""Numbering inside texts: which numbers are repeated or skipped."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.statements import chinese_number

_HAN: Final = "[一二三四五六七八九十]{1,3}"
_START: Final = r"(?:^|(?<=[\n。；;：:！？]))[ \t\u3000]*"
_STYLES: Final = tuple(
    re.compile(_START + style)
    for style in (
        r"(?P<shown>(?P<number>\d{1,3})[.．、])(?![\d.])",
        r"(?P<shown>[（(](?P<number>\d{1,3})[）)])",
        rf"(?P<shown>(?P<number>{_HAN})、)",
        rf"(?P<shown>[（(](?P<number>{_HAN})[）)])",
        rf"(?P<shown>第?(?P<number>{_HAN})是)",
    )
)


class Slip(NamedTuple):
    """A number that is repeated (`missing` empty), or before which `missing` was left out."""

    found: str
    before: str = ""
    missing: str = ""


class _Mark(NamedTuple):
    number: int
    shown: str


@lru_cache(maxsize=4096)
def slips(text: str) -> tuple[Slip, ...]:
    """Find repeated and skipped numbers, each style of numbering by itself; a new 1 begins a new list."""
    return tuple(slip for style in _STYLES for slip in _walk(_marks(style, text)))


def _marks(style: re.Pattern[str], text: str) -> list[_Mark]:
    matches = ((chinese_number(match["number"]), match["shown"]) for match in style.finditer(text))
    return [_Mark(number, shown) for number, shown in matches if number is not None]


def _walk(marks: list[_Mark]) -> Iterator[Slip]:
    used: set[int] = set()
    last: _Mark | None = None
    for mark in marks:
        if mark.number == 1 and last is not None and last.number != 1:
            used, last = set(), None
        if mark.number in used:
            yield Slip(mark.shown)
        elif last is not None and mark.number > last.number + 1:
            missing = "、".join(str(number) for number in range(last.number + 1, mark.number))
            yield Slip(mark.shown, last.shown, missing)
        used.add(mark.number)
        last = mark
