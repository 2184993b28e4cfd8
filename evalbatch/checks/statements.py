"""What the narrative states: totals, grades, execution rates and counts, found in the wordings that offices use."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.checks.words import WORDS, any_of

_DIGITS: Final = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN: Final = "[零〇一二两三四五六七八九十百]{1,5}"
_COUNT: Final = rf"(?P<count>\d{{1,4}}|{_HAN})"
_IS: Final = r"\s*(?:合计|共计|共|达到|达|计)?(?:为|是|：|:|约|约为|仅|仅为|达)?\s*"
_SUBJECT: Final = any_of(WORDS["total_subjects"])
_TOTAL: Final = re.compile(rf"(?P<subject>{_SUBJECT}|(?:综合)?得分|得){_IS}(?P<value>\d{{1,3}}(?:\.\d+)?)\s*分(?![值之别钟])")
_GRADE: Final = re.compile(
    r"(?:等级|等次|级别|评价结果|自评结果|评定结果|评级)(?:评定|核定|确定|均)?(?:为|是|：|:|达到)\s*[“\"『「'‘]?(?P<one>[优良中差](?:秀|好|等|级)?|合格|不合格|较差|较好|一般)"
    r"(?=[”\"』」'’，。；、！）)\s]|等级|等次|级|$)"
    r"|(?:评为|评定为|定为|为|属于|属|达到)\s*[“\"『「'‘]?(?P<two>[优良中差](?:秀|好|等)?|合格|不合格|较差)[”\"』」'’]?(?:等级|等次|级别|档次)"
    r"|(?<![一-鿿])(?P<three>[优良中差](?:秀|好)?)[”\"』」'’]?(?:等级|等次)(?=[，。；、！）)\s]|$)"
)
_RATE: Final = re.compile(rf"(?P<name>{any_of(WORDS['execution_names'])}){_IS}(?P<value>\d{{1,3}}(?:\.\d+)?)\s*[%％]")
_LEVEL: Final = re.compile(rf"{_COUNT}\s*(?:个|项|类)?\s*(?P<level>[一二三])级(?:绩效)?指标")
_LEVEL_AFTER: Final = re.compile(rf"(?P<level>[一二三])级(?:绩效)?指标(?:共|共计|为|有|共有|数量为)?\s*{_COUNT}\s*(?:个|项)")
_NODES: Final = re.compile(rf"{_COUNT}\s*(?:个|项)?\s*(?:工作|任务|年度)?节点")
_NODES_DONE: Final = re.compile(rf"(?:按期|按时|如期|已|全部|实际)?完成(?:了|率)?\s*{_COUNT}\s*(?:个|项)(?:工作)?(?:节点)?")
_NODES_UNDONE: Final = re.compile(rf"(?:未完成|未能完成|尚未完成)\s*{_COUNT}\s*(?:个|项)")
_UNDONE_NODES: Final = re.compile(rf"{_COUNT}\s*(?:个|项)(?:工作)?(?:节点)?(?:未|没有|未能|尚未)完成")
_NODE_PATTERNS: Final = ((_NODES, "nodes"), (_NODES_DONE, "done"), (_NODES_UNDONE, "undone"), (_UNDONE_NODES, "undone"))
_SENTENCE_END: Final = "。；！？\n"
_CLAUSE_END: Final = "，,。；！？\n：:"
_NUMERALS: Final = {"一": "level1", "二": "level2", "三": "level3"}
_OTHER_SCORES: Final = re.compile(any_of(WORDS["other_scores"]))
_TOTAL_CONTEXT: Final = re.compile(any_of(WORDS["total_context"]))
_CERTAIN: Final = frozenset(WORDS["total_subjects"])
_HUNDRED: Final = 100
_TEN: Final = 10


class Statement(NamedTuple):
    """A figure or word that a text states.

    `kind` is total, grade, rate, level1, level2, level3, nodes, done or undone; `value` what is stated, as digits or a grade
    word; `quote` the words around it; `clause` what stands before it in its sentence; `sure` whether it can mean nothing else.
    """

    kind: str
    value: str
    quote: str
    clause: str
    sure: bool

    @property
    def number(self) -> Decimal:
        """The figure that is stated."""
        return Decimal(self.value)

    @property
    def decimals(self) -> int:
        """How many decimals are printed."""
        return len(self.value.partition(".")[2])


@lru_cache(maxsize=4096)
def statements(text: str) -> tuple[Statement, ...]:
    """Find everything that a text states, in its order."""
    found = [*_totals(text), *_grades(text), *_rates(text), *_levels(text), *_nodes(text)]
    return tuple(statement for _, statement in sorted(found, key=lambda pair: pair[0]))


Found = Iterator[tuple[int, Statement]]


def _totals(text: str) -> Found:
    for match in _TOTAL.finditer(text):
        clause, sentence = _before(text, match.start(), _CLAUSE_END), _before(text, match.start(), _SENTENCE_END)
        if match["subject"] in _CERTAIN:
            sure = not _OTHER_SCORES.search(clause)
        elif _OTHER_SCORES.search(clause):
            continue
        else:
            sure = bool(_TOTAL_CONTEXT.search(clause))
        yield match.start(), Statement("total", match["value"], match[0], sentence, sure)


def _grades(text: str) -> Found:
    for match in _GRADE.finditer(text):
        word = match["one"] or match["two"] or match["three"]
        sentence = _before(text, match.start(), _SENTENCE_END)
        word = word.removesuffix("等").removesuffix("级") or word
        sure = not _OTHER_SCORES.search(_before(text, match.start(), _CLAUSE_END))
        yield match.start(), Statement("grade", word, match[0], sentence, sure)


def _rates(text: str) -> Found:
    for match in _RATE.finditer(text):
        sentence = _before(text, match.start(), _SENTENCE_END)
        yield match.start(), Statement("rate", match["value"], match[0], sentence, match["name"] != "执行率" or not sentence)


def _levels(text: str) -> Found:
    for pattern in (_LEVEL, _LEVEL_AFTER):
        for match in pattern.finditer(text):
            count = chinese_number(match["count"])
            if count is not None and not (match["count"] == "一" and text[match.end("count") : match.end("count") + 1] == "级"):
                sentence = _before(text, match.start(), _SENTENCE_END)
                yield match.start(), Statement(_NUMERALS[match["level"]], str(count), match[0], sentence, sure=True)


def _nodes(text: str) -> Found:
    for pattern, kind in _NODE_PATTERNS:
        for match in pattern.finditer(text):
            whole = _sentence(text, match.start())
            count = chinese_number(match["count"])
            if count is not None and "节点" in whole:
                sentence = _before(text, match.start(), _SENTENCE_END)
                sure = "共" in sentence or "节点" in sentence
                yield match.start(), Statement(kind, str(count), match[0], sentence, sure)


def chinese_number(text: str) -> int | None:
    """Read a count below a thousand in digits or Chinese numerals: 14, 十四, 二十, 一百零五; None when it is none."""
    if text.isdigit():
        return int(text)
    if not text or any(character not in "十百" and character not in _DIGITS for character in text):
        return None
    total = digit = 0
    for character in text:
        if character == "百":
            total, digit = total + (digit or 1) * _HUNDRED, 0
        elif character == "十":
            total, digit = total + (digit or 1) * _TEN, 0
        else:
            digit = _DIGITS[character]
    return total + digit


def _before(text: str, position: int, ends: str) -> str:
    """Return what stands before a position, back to the nearest of the end marks."""
    start = max(text.rfind(mark, 0, position) for mark in ends) + 1
    return text[start:position]


def _sentence(text: str, position: int) -> str:
    ends = [end for mark in "。\n" if (end := text.find(mark, position)) >= 0]
    return _before(text, position, "。\n") + text[position : min(ends, default=len(text))]
