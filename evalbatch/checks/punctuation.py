"""Punctuation of official documents (GB/T 9704-2012, GB/T 15834-2011): what is wrong in a text, and what it should be."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_HAN: Final = r"\u4e00-\u9fff"
_DOCUMENT: Final = re.compile(rf"([{_HAN}]{{2,12}})[\[［【(（]\s*((?:19|20)\d\d)\s*[\]］】)）]\s*第?\s*0*(\d+)\s*号")
_DOUBLED: Final = re.compile(rf"[{_HAN}]{{0,4}}(?:。。+|，，+|、、+|；；+|：：+|！！+|[。；][，、]|，。|、。)")
_ASCII_PAIR: Final = re.compile(rf"\([^()（）\n]*[{_HAN}][^()（）\n]*\)")
_ASCII_COMMA: Final = re.compile(rf"[{_HAN}]{{1,4}}([,;:?!])(?=[{_HAN}])")
_TITLES: Final = re.compile(r"》、《")
_PAIRS: Final = {"”": "“", "）": "（", "》": "《", "〕": "〔", "】": "【"}
_NAMES: Final = {"“": "引号", "（": "括号", "《": "书名号", "〔": "六角括号", "【": "方括号"}
_FULL_WIDTH: Final = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_SHOWN: Final = 12


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
    for match in _DOCUMENT.finditer(text):
        yield Fault("number", match[0], f"{match[1]}〔{match[2]}〕{match[3]}号")


def _doubled(text: str) -> Iterator[Fault]:
    for match in _DOUBLED.finditer(text):
        yield Fault("doubled", match[0], match[0].rstrip("。，、；：！") + match[0][-1])


def _mixed(text: str) -> Iterator[Fault]:
    half = [match[0] for match in _ASCII_PAIR.finditer(text) if not _DOCUMENT.search(match[0])]
    if half and "（" in text:
        yield Fault("mixed", "、".join(half), "（）")


def _unclosed(text: str) -> Iterator[Fault]:
    """Look for an opening mark that nothing closes; numbering such as `1）` closes what nothing opened, and is no fault."""
    opened: list[tuple[str, int]] = []
    for position, character in enumerate(text):
        if character in _NAMES:
            opened.append((character, position))
        elif character in _PAIRS and any(mark == _PAIRS[character] for mark, _ in opened):
            while opened:
                mark, at = opened.pop()
                if mark == _PAIRS[character]:
                    break
                yield Fault("unclosed", text[at : at + _SHOWN], _NAMES[mark])
    for mark, at in opened:
        yield Fault("unclosed", text[at : at + _SHOWN], _NAMES[mark])


def _half_width(text: str) -> Iterator[Fault]:
    for match in _ASCII_COMMA.finditer(text):
        yield Fault("", match[0], match[0][:-1] + _FULL_WIDTH[match[1]])
    for _ in _TITLES.finditer(text):
        yield Fault("", "》、《", "》《")
        return
