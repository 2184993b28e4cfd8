"""Figures that the texts tell of the money, the survey and the indicators, found in the wordings
that offices use (T04, M06).

A figure is *sure* when its sentence speaks of the whole project and of nothing else; all others can
only be pointed out.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.model.plain_figures import in_wan
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.model.words import WORDS, any_of

_FIGURE: Final = r"(?<![\d.,])(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,13}(?:\.\d{1,6})?)"
_ABOUT: Final = r"(?!\s*[（(]?(?:含|及|或)?[）)]?\s*(?:以上|以下|以内|左右|/|／|每))"
_IS: Final = r"(?:数|额|金额|总额|总计|共计|合计|累计|共|达到|达|为|是|：|:|约|仅|了|\s){0,6}"
_KINDS: Final = {
    "spent": any_of(WORDS["spent_subjects"]),
    "budget": any_of(WORDS["budget_subjects"]),
    "arrived": any_of(WORDS["arrived_subjects"]),
    "left": any_of(WORDS["left_subjects"]),
}
_SUBJECTS: Final = "|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items())
_AMOUNT: Final = re.compile(
    rf"(?:{_SUBJECTS})(?:资金|经费)?{_IS}{_FIGURE}\s*(?P<unit>亿元|万元|元){_ABOUT}"
)
_SURVEY_KINDS: Final = {
    "survey_issued": r"(?:发放|发出)",
    "survey_returned": r"(?:收回|回收)(?!率)",
    "survey_valid": r"有效",
    "survey_satisfied": r"(?<!不)(?<!非常)(?<!基本)(?<!比较)满意(?!度|率)",
}
_SURVEY_COUNT: Final = re.compile(
    rf"(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _SURVEY_KINDS.items())})"
    rf"(?:调查|测评|满意度|的|有效)*(?:问卷|调查表|份数|数)*{_IS}{_FIGURE}\s*(?:份|张)"
)
#: What stands before an indicator's name that is not part of a longer one (教师培训人数).
_ALONE: Final = re.compile(r"(?:^|[^\u4e00-\u9fff]|完成|实现|全年|年度|共|其|了|项目)$")
_QUESTIONNAIRE: Final = re.compile("问卷|调查表|测评表|调查")
_RATE: Final = re.compile(rf"满意(?:度|率){_IS}(?:了|也|均|已)?{_IS}{_FIGURE}\s*[%％]{_ABOUT}")
_SHARE: Final = re.compile(rf"(?P<name>{any_of(WORDS['never_above_whole'])}){_IS}{_FIGURE}\s*[%％]")
_CUT: Final = re.compile(
    rf"(?:扣除|扣减|扣去|扣掉|扣了|扣)\s*(?:了|得)?\s*{_FIGURE}\s*(?P<unit>分|[%％])(?!的?(?:经费|资金|款|工资|绩效))"
)
_NEUTRAL: Final = re.compile(rf"(?:{any_of(WORDS['neutral_clauses'])}|[\s“”《》、的，,])*+")
_SCOPED: Final = re.compile(any_of(WORDS["scope_words"]))
_AIM: Final = re.compile(any_of(WORDS["aim_words"]))
_SENTENCE: Final = "。；;！？\n"
_CLAUSE: Final = "，,。；;！？\n：:（("
_LONG: Final = 200
_WHOLE: Final = 100
_BEHIND_UNIT: Final = r"(?!月|百分点|小时|工作日|以上|以下|以内)"


class ToldFigure(NamedTuple):
    """A figure that a text tells.

    `kind` is spent, budget, arrived, left (万元), a field of the survey, satisfaction (a fraction),
    or empty for an indicator; `step` is one in the last digit that is printed; `before` is what
    stands before it in its sentence.
    """

    kind: str
    value: Decimal
    step: Decimal
    quote: str
    before: str
    sure: bool

    def is_about(self, true: Decimal) -> bool:
        """Whether the figure is the true one, rounded or cut off at the digits that are printed."""
        return abs(self.value - true) < self.step


@lru_cache(maxsize=4096)
def told_amounts(text: str) -> tuple[ToldFigure, ...]:
    """Find the amounts that a text tells of the project's money, in 万元."""
    if "元" not in text:
        return ()
    return tuple(
        told for match in _AMOUNT.finditer(text) if (told := _amount(text, match)) is not None
    )


def _amount(text: str, match: re.Match[str]) -> ToldFigure | None:
    sentence, clause = (
        _before(text, match.start(), _SENTENCE),
        _before(text, match.start(), _CLAUSE),
    )
    neutral, scoped = _NEUTRAL.fullmatch(clause) is not None, _SCOPED.search(sentence) is not None
    if (scoped and not neutral) or _AIM.search(clause):
        return None
    kind = next(kind for kind in _KINDS if match[kind])
    return _told(kind, match, in_wan(match["unit"]), sentence, sure=neutral and not scoped)


@lru_cache(maxsize=4096)
def told_survey(text: str) -> tuple[ToldFigure, ...]:
    """Find the numbers of questionnaires, and the satisfaction as a fraction, that a text tells."""
    if "满意" not in text and "问卷" not in text:
        return ()
    found = [
        (match, next(kind for kind in _SURVEY_KINDS if match[kind]), Decimal(1))
        for match in _SURVEY_COUNT.finditer(text)
    ]
    found += [(match, "satisfaction", Decimal("0.01")) for match in _RATE.finditer(text)]
    told = []
    for match, kind, unit in found:
        sentence = _before(text, match.start(), _SENTENCE)
        if kind in _SURVEY_KINDS and not _QUESTIONNAIRE.search(sentence + match[0]):
            continue  # leaflets are handed out, too
        if not _AIM.search(_before(text, match.start(), _CLAUSE) + match[0]):
            told.append(_told(kind, match, unit, sentence, sure=_SCOPED.search(sentence) is None))
    return tuple(told)


@lru_cache(maxsize=4096)
def told_above_whole(text: str) -> tuple[str, ...]:
    """Find the shares above 100 % that no number of good ones among all can give: 合格率105%."""
    if "%" not in text and "％" not in text:
        return ()
    return tuple(match[0] for match in _SHARE.finditer(text) if _number(match) > _WHOLE)


class Cut(NamedTuple):
    """A deduction that a reason names: points, or a share in per cent."""

    value: Decimal
    percent: bool
    quote: str


@lru_cache(maxsize=4096)
def told_cuts(text: str) -> tuple[Cut, ...]:
    """Find the deductions that a reason names: 扣2分, 扣减10%."""
    if "扣" not in text:
        return ()
    return tuple(Cut(_number(m), m["unit"] != "分", m[0]) for m in _CUT.finditer(text))


def told_of(name: str, quantity: Quantity, text: str) -> Iterator[ToldFigure]:
    """Yield the figures, in the unit of an indicator's actual value, that a text tells right behind
    the indicator's name.
    """
    start = text.find(name)
    percent = quantity.kind is QuantityKind.PERCENT
    if start < 0 or not (percent or quantity.unit):
        return
    unit = "[%％]" if percent else re.escape(quantity.unit)
    pattern = re.compile(
        rf"{re.escape(name)}(?:实际|完成|已){{0,2}}{_IS}{_FIGURE}\s*{unit}{_BEHIND_UNIT}"
    )
    for match in pattern.finditer(text):
        sentence = _before(text, match.start(), _SENTENCE)
        if not _AIM.search(_before(text, match.start(), _CLAUSE) + match[0]):
            scale = Decimal("0.01") if percent else Decimal(1)
            alone = _ALONE.search(sentence) is not None and _SCOPED.search(sentence) is None
            yield _told("", match, scale, sentence, sure=alone)


def _told(
    kind: str, match: re.Match[str], unit: Decimal, sentence: str, *, sure: bool
) -> ToldFigure:
    decimals = len(match["value"].partition(".")[2])
    return ToldFigure(
        kind,
        _number(match) * unit,
        Decimal(1).scaleb(-decimals) * unit,
        match[0].strip(),
        sentence,
        sure,
    )


def _number(match: re.Match[str]) -> Decimal:
    return Decimal(match["value"].replace(",", ""))


def _before(text: str, position: int, ends: str) -> str:
    near = text[max(0, position - _LONG) : position]
    return near[max(near.rfind(mark) for mark in ends) + 1 :]
