"""What texts state of a project: its total, grade, execution rate, and how many indicators or nodes
it has (T04, S06, N05).
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.model.figures import chinese_number
from evalbatch.model.words import WORDS, any_of

_HAN: Final = "[零〇一二两三四五六七八九十百]{1,5}"
_COUNT: Final = rf"(?P<count>\d{{1,4}}|{_HAN})"
_IS: Final = r"\s*(?:合计|共计|共|达到|达|计)?(?:为|是|：|:|约|约为|仅|仅为|达)?\s*"
_SUBJECT: Final = any_of(WORDS["total_subjects"])
_ABOUT: Final = r"\s*[（(]?(?:含|及|或)?[）)]?\s*(?:以上|以下|以内|左右)"
_POINTS: Final = re.compile(
    rf"(?P<value>(?<![\d.])\d{{1,3}}(?:\.\d{{1,6}})?)\s*分(?![值之别钟])(?!{_ABOUT})"
)
_SHARE: Final = re.compile(rf"(?P<value>(?<![\d.])\d{{1,3}}(?:\.\d{{1,6}})?)\s*[%％](?!{_ABOUT})")
_TOTAL: Final = re.compile(rf"(?P<subject>{_SUBJECT}|(?:综合)?得分|得){_IS}$")
_CALLED: Final = any_of(WORDS["grade_calls"])
_OPENING, _CLOSING = "[“\"『「'‘]?", "[”\"』」'’]?"
_GRADE: Final = re.compile(
    r"(?:等级|等次|级别|评价结果|自评结果|评定结果|评价结论|自评结论|评级)(?:评定|核定|确定|均)?"
    r"(?:(?:为|是|：|:|达到)|(?=\s*[“\"『「]))\s*"
    rf"{_OPENING}(?P<one>{_CALLED})(?=[”\"』」'’，。；、！）)\s]|等级|等次|级|$)"
    rf"|(?:评为|评定为|定为|为|属于|属|达到)\s*{_OPENING}(?P<two>{_CALLED}){_CLOSING}"
    r"(?:等级|等次|级别|档次)"
    rf"|(?<![一-鿿])(?P<three>{_CALLED}){_CLOSING}(?:等级|等次)(?=[，。；、！）)\s]|$)"
)
_RATE: Final = re.compile(rf"(?P<name>{any_of(WORDS['execution_names'])}){_IS}$")
_LEVEL: Final = re.compile(rf"{_COUNT}\s*(?:个|项|类)?\s*(?P<level>[一二三])级(?:绩效)?指标")
_LEVEL_AFTER: Final = re.compile(
    rf"(?P<level>[一二三])级(?:绩效)?指标(?:共|共计|为|有|共有|数量为)?\s*{_COUNT}\s*(?:个|项)"
)
_DONE_WORDS: Final = r"(?:已|均|均已|全部|都)?(?:按期|按时|如期)?(?:全部)?完成"
_NODES: Final = re.compile(
    rf"{_COUNT}\s*(?:个|项)?\s*(?:工作|任务|年度)?节点(?!{_DONE_WORDS}|未|没有|尚未)"
)
_DONE_NODES: Final = re.compile(rf"{_COUNT}\s*(?:个|项)\s*(?:工作|任务|年度)?节点{_DONE_WORDS}")
_NODES_DONE: Final = re.compile(
    rf"(?:按期|按时|如期|已|全部|实际)?完成(?:了|率)?\s*{_COUNT}\s*(?:个|项)(?:工作)?(?:节点)?"
)
_NODES_UNDONE: Final = re.compile(rf"(?:未完成|未能完成|尚未完成)\s*{_COUNT}\s*(?:个|项)")
_UNDONE_NODES: Final = re.compile(
    rf"{_COUNT}\s*(?:个|项)(?:工作)?(?:节点)?(?:未|没有|未能|尚未)完成"
)
_NODE_PATTERNS: Final = (
    (_NODES, "nodes"),
    (_NODES_DONE, "done"),
    (_DONE_NODES, "done"),
    (_NODES_UNDONE, "undone"),
    (_UNDONE_NODES, "undone"),
)
_SENTENCE_END: Final = "。；！？\n"
_CLAUSE_END: Final = "，,。；！？\n：:"
_REACH: Final = 20
_FULL_WORD: Final = "总分"
_FULL: Final = 100
_LAYOUT: Final = re.compile(any_of(WORDS["layout_words"]))
_PART: Final = re.compile(any_of(WORDS["part_words"]))
_BANDS: Final = re.compile(any_of(WORDS["band_words"]))
_LONG: Final = 200
_BEHIND: Final = 6
_CLAUSES: Final = re.compile(r"[，。；、\n]")
_NUMERALS: Final = {"一": "level1", "二": "level2", "三": "level3"}
COUNTED: Final = {
    "level1": "一级指标个数",
    "level2": "二级指标个数",
    "level3": "三级指标个数",
    "nodes": "工作节点个数",
    "done": "完成的节点个数",
    "undone": "未完成的节点个数",
}
"""What a text counts, by the kind of statement."""
OTHER_SCORES: Final = re.compile(any_of(WORDS["other_scores"]))
_TOTAL_CONTEXT: Final = re.compile(any_of(WORDS["total_context"]))
_CERTAIN: Final = frozenset(WORDS["total_subjects"])
_PAST: Final = re.compile(any_of(WORDS["past_words"]))
_FOREIGN_GRADES: Final = re.compile(
    rf"{any_of(WORDS['foreign_grades'])}(?:评定|评价|评估|鉴定)?(?:的)?$"
)
_OUT_OF: Final = re.compile(
    r"(?:总分|满分)\s*(?:为|是|：|:)?\s*100\s*分\s*[，,、；（(]\s*(?:实际|最终|其中)?$"
)


class Statement(NamedTuple):
    """A figure or word that a text states.

    `kind` is total, grade, rate, level1, level2, level3, nodes, done or undone; `value` what is
    stated, as digits or a grade word; `quote` the words around it; `clause` what stands before it
    in its sentence; `sure` whether it can mean nothing else; `part` whether a count is one of some
    among all.
    """

    kind: str
    value: str
    quote: str
    clause: str
    sure: bool
    part: bool = False

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
    found = [
        pair
        for finder, words in _FINDERS
        if any(word in text for word in words)
        for pair in finder(text)
    ]
    return tuple(statement for _, statement in sorted(found, key=lambda pair: pair[0]))


Found = Iterator[tuple[int, Statement]]


def _totals(text: str) -> Found:
    for figure, match in _introduced(_TOTAL, _POINTS, text):
        clause, sentence = (
            text_before(text, match.start(), _CLAUSE_END),
            text_before(text, match.start(), _SENTENCE_END),
        )
        certain = match["subject"] in _CERTAIN
        if match["subject"].endswith(_FULL_WORD) and Decimal(figure["value"]) == _FULL:
            continue  # 总分100分 says what can be reached
        if _PAST.search(clause) or (not certain and OTHER_SCORES.search(clause)):
            continue
        sure = (
            not OTHER_SCORES.search(clause + match["subject"])
            if certain
            else bool(_TOTAL_CONTEXT.search(clause)) or _out_of(sentence)
        )
        yield (
            match.start(),
            Statement("total", figure["value"], match[0] + figure[0], sentence, sure),
        )


def _out_of(sentence: str) -> bool:
    """Whether a score follows what can be reached in all (满分100分，得分92分), not by a
    questionnaire or an indicator.
    """
    found = _OUT_OF.search(sentence)
    return found is not None and not OTHER_SCORES.search(sentence[: found.start()])


def _introduced(
    words: re.Pattern[str], figure: re.Pattern[str], text: str
) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Yield figures with the words right in front of them that say what they are."""
    for found in figure.finditer(text):
        match = words.search(text, max(0, found.start() - _REACH), found.start())
        if match:
            yield found, match


def _grades(text: str) -> Found:
    for match in _GRADE.finditer(text):
        word = match["one"] or match["two"] or match["three"]
        sentence = text_before(text, match.start(), _SENTENCE_END)
        before = text[max(0, match.start() - _REACH) : match.start()]
        if (
            _BANDS.search(sentence)
            or _FOREIGN_GRADES.search(before)
            or _PAST.search(text_before(text, match.start(), _CLAUSE_END))
        ):
            continue
        word = word.removesuffix("等").removesuffix("级") or word
        sure = not OTHER_SCORES.search(text_before(text, match.start(), _CLAUSE_END))
        closing = text[match.end() : match.end() + 1]
        quote = match[0] + (closing if closing in "”』」’" else "")
        yield match.start(), Statement("grade", word, quote, sentence, sure)


def _rates(text: str) -> Found:
    for figure, match in _introduced(_RATE, _SHARE, text):
        sentence = text_before(text, match.start(), _SENTENCE_END)
        sure = match["name"] != "执行率" or not sentence
        yield (
            match.start(),
            Statement("rate", figure["value"], match[0] + figure[0], sentence, sure),
        )


def _levels(text: str) -> Found:
    for pattern in (_LEVEL, _LEVEL_AFTER):
        for match in pattern.finditer(text):
            count = chinese_number(match["count"])
            if count is not None and not (
                match["count"] == "一" and text[match.end("count") : match.end("count") + 1] == "级"
            ):
                sentence = text_before(text, match.start(), _SENTENCE_END)
                around = (
                    sentence
                    + match[0]
                    + _CLAUSES.split(text[match.end() : match.end() + _BEHIND])[0]
                )
                part = _PART.search(around) is not None
                sure = not part and _LAYOUT.search(around) is not None
                yield (
                    match.start(),
                    Statement(
                        _NUMERALS[match["level"]], str(count), match[0], sentence, sure, part
                    ),
                )


def _nodes(text: str) -> Found:
    for pattern, kind in _NODE_PATTERNS:
        for match in pattern.finditer(text):
            whole = _sentence(text, match.start())
            count = chinese_number(match["count"])
            if count is not None and "节点" in whole:
                sentence = text_before(text, match.start(), _SENTENCE_END)
                sure = "共" in sentence or "节点" in sentence
                yield match.start(), Statement(kind, str(count), match[0], sentence, sure)


def text_before(text: str, position: int, ends: str) -> str:
    """Return what stands before a position, back to the nearest of the end marks, not further than
    a long sentence.
    """
    near = text[max(0, position - _LONG) : position]
    return near[max(near.rfind(mark) for mark in ends) + 1 :]


def _sentence(text: str, position: int) -> str:
    ends = [end for mark in "。\n" if (end := text.find(mark, position, position + _LONG)) >= 0]
    end = min(ends, default=position + _LONG)
    return text_before(text, position, "。\n") + text[position:end]


#: How statements are found, each with words without which there are none.
_FINDERS: Final = (
    (_totals, ("得", "总分", "自评分", "评分")),
    (_grades, ("等级", "等次", "级别", "结果", "结论", "评级", "档次")),
    (_rates, ("率",)),
    (_levels, ("级指标", "级绩效指标")),
    (_nodes, ("节点",)),
)
