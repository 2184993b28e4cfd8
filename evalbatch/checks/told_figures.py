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

from evalbatch.checks.statements import text_before
from evalbatch.model.names import RECOGNISED
from evalbatch.model.plain_figures import MONEY_UNITS, in_wan
from evalbatch.model.units import COUNT, dimension
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.model.words import WORDS, any_of
from evalbatch.reading.date_texts import parse_moment
from evalbatch.reading.quantities import parse_quantity
from evalbatch.scoring.alignment import align

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
    rf"(?:{_SUBJECTS})(?:资金|经费)?{_IS}{_FIGURE}\s*(?P<unit>{MONEY_UNITS}){_ABOUT}"
)
_WHOLLY_SPENT: Final = re.compile(
    rf"{_FIGURE}\s*(?P<unit>{MONEY_UNITS})(?:资金|经费)?(?:已|均|都)*(?:全部|全额)(?:已)?"
    r"(?:支出|支付|执行完毕|使用完毕|用于)"
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
_SATISFIED: Final = re.compile(
    rf"{_SURVEY_KINDS['survey_satisfied']}(?:的|人数|有){{0,3}}{_IS}{_FIGURE}\s*(?:人|名|位)"
)
#: What stands before an indicator's name that is not part of a longer one (教师培训人数).
_ALONE: Final = re.compile(
    rf"(?:{any_of((*WORDS['neutral_clauses'], *WORDS['result_verbs']))}|[\s\d.%％“”《》、的])*+"
)
_OF_A_PART: Final = re.compile(any_of(WORDS["told_of_a_part"]))
_COUNTING: Final = re.compile(rf"(?:{any_of(WORDS['counting_ends'])})$")
_SAID: Final = (
    r"(?P<said>(?:(?<![\d.,])\d{1,3}(?:,\d{3})+|\d{1,13})(?:\.\d{1,6})?(?:余|多)?\s*"
    r"(?:[%％]|[^\d\s，。；、（）()：:,;%％]{1,6})|[一二三四五六七八九十百千万两]{1,8}(?:余|多)?"
    r"[^\d\s，。；、（）()：:,;一二三四五六七八九十]{1,4})"
)
_RESULT_BEHIND: Final = re.compile(
    rf"(?:{any_of(WORDS['counting_ends'])})?(?:实际|完成|已|超过|近|平均){{0,2}}{_IS}{_SAID}"
    r"(?!百分点|以上|以下|以内|月)"
)
_RESULT_BEFORE: Final = re.compile(rf"{_SAID}$")
_DAY_BEHIND: Final = re.compile(
    r"(?:时间|日期)?(?:实际|完成|为|是|在|于|：|:){0,3}\s*"
    r"(?P<said>(?:20\d\d年)?\d{1,2}月(?:\d{1,2}[日号]|底|初|[上中下]旬)?)(?![前之以至到\d])"
)
_WITHIN_YEAR: Final = re.compile(r"截[至止][^，。；]{0,8}(?<!\d)(?:[1-9]|1[01])月|[上下]半年|季度")
_SCALES: Final = "万亿千百十"
_ROUGHLY: Final = re.compile("约|近|左右|大约")
_ABOUT_SO_MUCH: Final = Decimal("1.2")
_REACH: Final = 14
_COMPARED: Final = frozenset({QuantityKind.NUMBER, QuantityKind.PERCENT, QuantityKind.DATE})
_QUESTIONNAIRE: Final = re.compile("问卷|调查表|测评表|调查")
_RATE: Final = re.compile(rf"满意(?:度|率){_IS}(?:了|也|均|已)?{_IS}{_FIGURE}\s*[%％]{_ABOUT}")
_SHARE: Final = re.compile(rf"(?P<name>{any_of(WORDS['never_above_whole'])}){_IS}{_FIGURE}\s*[%％]")
_RESPONSE: Final = re.compile(rf"(?:回收|收回)率{_IS}{_FIGURE}\s*[%％]{_ABOUT}")
_CUT: Final = re.compile(
    rf"(?:扣除|扣减|扣去|扣掉|扣了|扣)\s*(?:了|得)?\s*{_FIGURE}\s*(?P<unit>分|[%％])(?!的?(?:经费|资金|款|工资|绩效))"
)
_NEUTRAL: Final = re.compile(rf"(?:{any_of(WORDS['neutral_clauses'])}|[\s“”《》、的，,])*+")
_SCOPED: Final = re.compile(any_of(WORDS["scope_words"]))
_AIM: Final = re.compile(any_of(WORDS["aim_words"]))
_OF_WHICH: Final = "其中"
_SENTENCE: Final = "。；;！？\n"
_CLAUSE: Final = "，,。；;！？\n：:（("
_WHOLE: Final = 100


class ToldFigure(NamedTuple):
    """A figure that a text tells.

    `kind` is spent, budget, arrived, left (万元), a field of the survey, satisfaction or response
    (fractions), or empty for an indicator; `step` is one in the last digit that is printed;
    `before` is what stands before it in its sentence.
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
    named = (told for match in _AMOUNT.finditer(text) if (told := _amount(text, match)) is not None)
    return (*named, *_wholly_spent(text))


def _wholly_spent(text: str) -> Iterator[ToldFigure]:
    """Yield amounts of which the text says that all was spent (项目资金95万元已全部支出)."""
    for match in _WHOLLY_SPENT.finditer(text) if "全" in text else ():
        sentence = text_before(text, match.start(), _SENTENCE)
        neutral = _NEUTRAL.fullmatch(text_before(text, match.start(), _CLAUSE)) is not None
        if neutral and not _SCOPED.search(sentence) and not _AIM.search(sentence):
            yield _told("spent", match, in_wan(match["unit"]), sentence, sure=True)


def _amount(text: str, match: re.Match[str]) -> ToldFigure | None:
    sentence, clause = (
        text_before(text, match.start(), _SENTENCE),
        text_before(text, match.start(), _CLAUSE),
    )
    neutral, scoped = _NEUTRAL.fullmatch(clause) is not None, _SCOPED.search(sentence) is not None
    if (scoped and not neutral) or _AIM.search(clause):
        return None
    kind = next(kind for kind in _KINDS if match[kind])
    return _told(kind, match, in_wan(match["unit"]), sentence, sure=neutral and not scoped)


@lru_cache(maxsize=4096)
def told_survey(text: str) -> tuple[ToldFigure, ...]:
    """Find the numbers of questionnaires that a text tells, and as fractions the satisfaction and
    the share that came back.
    """
    if "满意" not in text and "问卷" not in text:
        return ()
    found = [
        (match, next(kind for kind in _SURVEY_KINDS if match[kind]), Decimal(1))
        for match in _SURVEY_COUNT.finditer(text)
    ]
    found += [(match, "survey_satisfied", Decimal(1)) for match in _SATISFIED.finditer(text)]
    found += [(match, "satisfaction", Decimal("0.01")) for match in _RATE.finditer(text)]
    found += [(match, "response", Decimal("0.01")) for match in _RESPONSE.finditer(text)]
    told = []
    for match, kind, unit in found:
        sentence = text_before(text, match.start(), _SENTENCE)
        if kind in _SURVEY_KINDS and not _QUESTIONNAIRE.search(sentence + match[0]):
            continue  # leaflets are handed out, too
        if not _AIM.search(text_before(text, match.start(), _CLAUSE) + match[0]):
            scope = sentence.replace(_OF_WHICH, "")  # 收回100份，其中满意95份
            told.append(_told(kind, match, unit, sentence, sure=_SCOPED.search(scope) is None))
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


def told_cuts_of(name: str, text: str) -> tuple[Cut, ...]:
    """Find the deductions that a text names right behind an indicator's name: 群众满意度扣2分."""
    if name not in text or "扣" not in text:
        return ()
    behind = re.compile(rf"{re.escape(name)}[^，,。；;、\n\d]{{0,8}}?{_CUT.pattern}")
    return tuple(
        Cut(_number(m), m["unit"] != "分", m[0])
        for m in behind.finditer(text)
        if not _AIM.search(text_before(text, m.start(), _CLAUSE))
    )


class ToldResult(NamedTuple):
    """A result that a text tells beside the name of an indicator; fields as in `ToldFigure`."""

    quantity: Quantity
    quote: str
    before: str
    sure: bool
    about: bool

    def is_about(self, known: Quantity) -> bool | None:
        """Whether the result is that of the table, as exactly as it is printed; None when the two
        cannot be compared.
        """
        if self.quantity.kind is QuantityKind.DATE or known.kind is QuantityKind.DATE:
            return self._is_day(known)
        aligned, number = align(known, self.quantity), self.quantity.number
        if aligned.problem or number is None or not _counts_alike(known.unit, self.quantity.unit):
            return None
        if self.quantity.operator == "≥":  # 300余人
            return aligned.got <= aligned.wanted <= aligned.got * _ABOUT_SO_MUCH
        unit = aligned.got / number if number else Decimal(1)
        step = Decimal(1).scaleb(int(number.as_tuple().exponent)) * abs(unit)
        if self.about:
            step = max(step, abs(aligned.got) * (_ABOUT_SO_MUCH - 1))
        return abs(aligned.got - aligned.wanted) < step

    def _is_day(self, known: Quantity) -> bool | None:
        told = parse_moment(self.quantity.text)
        if known.when is None or self.quantity.when is None:
            return None
        first = told.first if told is not None and told.first is not None else self.quantity.when
        return first.replace(year=self.quantity.when.year) <= known.when <= self.quantity.when


def _counts_alike(unit: str, told: str) -> bool:
    """Whether two units are real ones, or measure words of the same things."""
    if unit == told or COUNT not in {dimension(unit), dimension(told)}:
        return True
    words = {unit.lstrip(_SCALES), told.lstrip(_SCALES)}
    return len(words) == 1 or any(words <= set(group) for group in WORDS["same_measures"])


@lru_cache(maxsize=4096)
def name_stem(name: str) -> str:
    """Return an indicator's name without the word that only says what is counted (培训教师人数)."""
    stem = _COUNTING.sub("", name)
    return stem if len(stem) >= RECOGNISED else name


def told_of(stem: str, known: Quantity, text: str) -> Iterator[ToldResult]:
    """Yield the results that a text tells right behind, or in front of, the name of an indicator
    (its `name_stem`): 培训教师人数300人, 培训教师三百余人, 26场文艺演出.
    """
    year = known.when.year if known.when is not None else None
    start = text.find(stem)
    while start >= 0:
        end = start + len(stem)
        pattern = _DAY_BEHIND if known.kind is QuantityKind.DATE else _RESULT_BEHIND
        match = pattern.match(text, end) or _RESULT_BEFORE.search(
            text, max(0, start - _REACH), start
        )
        told = _result(match, text, min(start, match.start()), year) if match else None
        if told is not None:
            yield told
        start = text.find(stem, end)


def _result(match: re.Match[str], text: str, start: int, year: int | None) -> ToldResult | None:
    clause, sentence = text_before(text, start, _CLAUSE), text_before(text, start, _SENTENCE)
    quote = text[start : match.end()].strip()
    quantity = parse_quantity(match["said"], year=year)
    if quantity is None or quantity.kind not in _COMPARED or _AIM.search(clause + quote):
        return None
    if quantity.direction or (quantity.kind is QuantityKind.NUMBER and not quantity.unit):
        return None
    if _OF_A_PART.search(clause) or _WITHIN_YEAR.search(sentence):
        return None
    alone = _ALONE.fullmatch(clause) is not None and _SCOPED.search(sentence) is None
    return ToldResult(quantity, quote, sentence, alone, _ROUGHLY.search(quote) is not None)


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
