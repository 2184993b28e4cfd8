"""Numbering inside texts: which numbers are repeated or skipped."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.model.figures import chinese_number

_HAN: Final = "[一二三四五六七八九十]{1,3}"
_STYLES: Final = (r"\d{1,3}[.．、](?![\d.])", r"[（(]\d{1,3}[）)]", rf"{_HAN}、", rf"[（(]{_HAN}[）)]", rf"第?{_HAN}是")
#: A number at the beginning of a text, line or sentence; the group that matched is its style.
_MARK: Final = re.compile(r"[\n。；;：:！？][ \t\u3000]*(?:" + "|".join(f"({style})" for style in _STYLES) + ")")
_NUMBER: Final = re.compile(rf"\d+|{_HAN}")


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
    styles: dict[int, list[_Mark]] = {}
    for match in _MARK.finditer("\n" + text):
        style = match.lastindex or 0
        number = chinese_number(_NUMBER.findall(match[style])[0])
        if number is not None:
            styles.setdefault(style, []).append(_Mark(number, match[style]))
    return tuple(slip for marks in styles.values() for slip in _walk(marks))


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
