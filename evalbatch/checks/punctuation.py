"""Punctuation of official documents (GB/T 9704-2012, GB/T 15834-2011): what is wrong in a text, and what it should be."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.words import is_han
from evalbatch.model.pattern import rare

_HAN: Final = r"\u4e00-\u9fff"
_DOCUMENT: Final = rare(rf"([{_HAN}]{{2,12}})[\[［【(（]\s*((?:19|20)\d\d)\s*[\]］】)）]\s*第?\s*0*(\d+)\s*号")
_DOUBLED: Final = re.compile(r"([。，、；：！])(?:\1+|(?<=[。；])[，、]|(?<=[，、])。)")
_ASCII_PAIR: Final = rare(r"\([^()（）\n]*\)")
_ASCII_MARK: Final = re.compile(r"[,;:?!]")
_MARKS: Final = re.compile(r"[“”（）《》〔〕【】]")
_PAIRS: Final = {"”": "“", "）": "（", "》": "《", "〕": "〔", "】": "【"}
_NAMES: Final = {"“": "引号", "（": "括号", "《": "书名号", "〔": "六角括号", "【": "方括号"}
_FULL_WIDTH: Final = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_SHOWN: Final = 12
_CONTEXT: Final = 4
_PAUSES: Final = rare(r"[，。；、：！\s]")


class Fault(NamedTuple):
    """A fault of punctuation: `variant` of the catalogue, what stands there, what it should be."""

    variant: str
    found: str
    expected: str


@lru_cache(maxsize=4096)
def faults(text: str) -> tuple[Fault, ...]:
    """Find the faults of punctuation in a text."""
    return (*_documents(text), *_doubled(text), *_mixed(text), *_unclosed(text), *_half_width(text))


def _documents(text: str) -> Iterator[Fault]:
    if "号" not in text:
        return
    for match in _DOCUMENT.finditer(text):
        yield Fault("number", match[0], f"{match[1]}〔{match[2]}〕{match[3]}号")


def _doubled(text: str) -> Iterator[Fault]:
    for match in _DOUBLED.finditer(text):
        before = _words_before(text, match.start())
        yield Fault("doubled", before + match[0], before + match[0][0])


def _words_before(text: str, position: int) -> str:
    return _PAUSES.split(text[max(0, position - _CONTEXT) : position])[-1]


def _mixed(text: str) -> Iterator[Fault]:
    if "(" not in text or "（" not in text:
        return
    pairs = [match[0] for match in _ASCII_PAIR.finditer(text)]
    half = [pair for pair in pairs if any(map(is_han, pair)) and not _DOCUMENT.search(pair)]
    if half:
        yield Fault("mixed", "、".join(half), "（）")


def _unclosed(text: str) -> Iterator[Fault]:
    """Look for an opening mark that nothing closes; numbering such as `1）` closes what nothing opened, and is no fault."""
    opened: list[re.Match[str]] = []
    for match in _MARKS.finditer(text):
        if match[0] in _NAMES:
            opened.append(match)
        elif any(mark[0] == _PAIRS[match[0]] for mark in opened):
            while (mark := opened.pop())[0] != _PAIRS[match[0]]:
                yield _left_open(mark)
    yield from map(_left_open, opened)


def _left_open(mark: re.Match[str]) -> Fault:
    return Fault("unclosed", mark.string[mark.start() : mark.start() + _SHOWN], _NAMES[mark[0]])


def _half_width(text: str) -> Iterator[Fault]:
    for match in _ASCII_MARK.finditer(text):
        if is_han(text[match.start() - 1 : match.start()]) and is_han(text[match.end() : match.end() + 1]):
            before = _words_before(text, match.start())
            yield Fault("", before + match[0], before + _FULL_WIDTH[match[0]])
    if "》、《" in text:
        yield Fault("", "》、《", "》《")
