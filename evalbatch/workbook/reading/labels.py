"""Labels as people retype them: colons, spaces, line breaks, brackets, numbering and stars make no difference."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from evalbatch.workbook.figures import compact, tidy

LONGEST: Final = 60  # a longer text is a value, never a label

_BRACKETS: Final = str.maketrans("〔〕【】[]{}", "()()()()")
_NUMBERING: Final = re.compile(r"^(?:\(?[一二三四五六七八九十]{1,3}[、.)]|\(?\d{1,2}[、.)](?!\d))")
_BRACKETED: Final = re.compile(r"\([^()]*\)")
_MARKS: Final = re.compile(r"^[*★☆●·]+|[*★☆:;。.]+$")
_INLINE: Final = re.compile(r"(?:^|(?<=[\s;]))([^\s:;]{2,16}?(?:\([^()]{1,12}\))?)\s*:\s*")
_CLOSE_ENOUGH: Final = 0.6
_MONEY_UNIT: Final = re.compile(
    r"(?:单位(?:为|是)?:?|[(/](?:金额)?(?:单位(?:为|是)?:?)?)(?:人民币)?(?P<unit>亿元|万元|千元|百元|元)(?![\u4e00-\u9fff/])"
)
_WORDS_IN_FRONT: Final = re.compile(r"^(?:其中|减|加)[:,]?")


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """Return what makes a label: `项 目名称：` and `＊项目名称` are the same."""
    clean = _MARKS.sub("", compact(text).replace(" ", "").translate(_BRACKETS))
    return _NUMBERING.sub("", clean) or clean


@lru_cache(maxsize=8192)
def core(text: str) -> str:
    """Return a label's key without what stands in brackets: `全年预算数（A）` and `全年预算数` are the same."""
    return without_brackets(key(text))


def without_brackets(name: str) -> str:
    """Return a key without what stands in brackets, unless that is all there is."""
    return (_BRACKETED.sub("", name) or name) if "(" in name else name


@lru_cache(maxsize=2048)
def row_key(text: str) -> str:
    """Return the key of a printed row's label, without 其中."""
    return _WORDS_IN_FRONT.sub("", core(text)).strip("-") or core(text)


@lru_cache(maxsize=4096)
def money_unit(text: str) -> str:
    """Return the unit of money that a label names: 元 for `项目资金（元）` and `金额单位：元`, empty when it names none."""
    found = _MONEY_UNIT.search(compact(text)) if "元" in text else None
    return found["unit"] if found else ""


@lru_cache(maxsize=2048)
def inline(text: str) -> tuple[tuple[str, str], ...]:
    """Split `填报单位：某局  填报日期：2024年1月5日` into labels and values; empty when the text has no label in front."""
    clean = tidy(text)
    found = list(_INLINE.finditer(clean))
    if not found or found[0].start() > 0:
        return ()
    ends = [match.start() for match in found[1:]] + [len(clean)]
    return tuple((key(match[1]), clean[match.end() : end].strip()) for match, end in zip(found, ends, strict=True))


def nearest(wanted: Iterable[str], texts: Iterable[str]) -> str:
    """Return the text that comes nearest to one of the wanted labels, empty when none comes near."""
    keys = [key(label) for label in wanted]
    best, most = "", _CLOSE_ENOUGH
    for text in texts:
        ratio = max((SequenceMatcher(None, candidate, key(text)).ratio() for candidate in keys), default=0.0)
        if ratio > most:
            best, most = text, ratio
    return best
