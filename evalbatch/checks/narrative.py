"""What the narrative states: totals, grades, execution rates and counts, found in the wordings that
offices use.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from evalbatch.checks.evidence import satisfaction_rows
from evalbatch.checks.scores import claimed_total
from evalbatch.checks.subject import CheckedSubmission, Level, check, seen
from evalbatch.checks.told_figures import (
    ToldFigure,
    ToldResult,
    told_above_whole,
    told_amounts,
    told_cuts,
    told_of,
    told_survey,
)
from evalbatch.model.evaluation import NodeState
from evalbatch.model.figures import (
    ZERO,
    agrees,
    chinese_number,
    cut_off,
    given,
    money,
    percent,
    rounded,
    share,
)
from evalbatch.model.finding import Observation
from evalbatch.model.names import bare
from evalbatch.model.plain_figures import YEAR_IN_TEXT
from evalbatch.model.submission import Entry, RowKind
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.model.words import WORDS, any_of, is_han
from evalbatch.scoring.terms import grade_of

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
    if not _RELEVANT.search(text):
        return ()
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
            _before(text, match.start(), _CLAUSE_END),
            _before(text, match.start(), _SENTENCE_END),
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
        sentence = _before(text, match.start(), _SENTENCE_END)
        before = text[max(0, match.start() - _REACH) : match.start()]
        if (
            _BANDS.search(sentence)
            or _FOREIGN_GRADES.search(before)
            or _PAST.search(_before(text, match.start(), _CLAUSE_END))
        ):
            continue
        word = word.removesuffix("等").removesuffix("级") or word
        sure = not OTHER_SCORES.search(_before(text, match.start(), _CLAUSE_END))
        closing = text[match.end() : match.end() + 1]
        quote = match[0] + (closing if closing in "”』」’" else "")
        yield match.start(), Statement("grade", word, quote, sentence, sure)


def _rates(text: str) -> Found:
    for figure, match in _introduced(_RATE, _SHARE, text):
        sentence = _before(text, match.start(), _SENTENCE_END)
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
                sentence = _before(text, match.start(), _SENTENCE_END)
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
                sentence = _before(text, match.start(), _SENTENCE_END)
                sure = "共" in sentence or "节点" in sentence
                yield match.start(), Statement(kind, str(count), match[0], sentence, sure)


def _before(text: str, position: int, ends: str) -> str:
    """Return what stands before a position, back to the nearest of the end marks, not further than
    a long sentence.
    """
    near = text[max(0, position - _LONG) : position]
    return near[max(near.rfind(mark) for mark in ends) + 1 :]


def _sentence(text: str, position: int) -> str:
    ends = [end for mark in "。\n" if (end := text.find(mark, position, position + _LONG)) >= 0]
    return _before(text, position, "。\n") + text[position : min(ends, default=position + _LONG)]


#: How statements are found, each with words without which there are none.
_FINDERS: Final = (
    (_totals, ("得", "总分", "自评分", "评分")),
    (_grades, ("等级", "等次", "级别", "结果", "结论", "评级", "档次")),
    (_rates, ("率",)),
    (_levels, ("级指标", "级绩效指标")),
    (_nodes, ("节点",)),
)
_RELEVANT: Final = re.compile(any_of(word for _, words in _FINDERS for word in words))


_OTHER_RATES: Final = re.compile(any_of(WORDS["other_rates"]))
_FOREIGN: Final = re.compile(any_of(WORDS["foreign_rates"]))
_WITHIN_YEAR: Final = re.compile(r"截[至止][^。；]{0,10}?(?<!\d)(?:[1-9]|1[01])月")
_WHOLE: Final = re.compile(any_of(WORDS["whole_organisation"]))
_SCOPED: Final = (
    r"(?:指标)?\s*(?:下设|共设|设置|设有|设|包括|包含|细化为|分解为|下有|有)[^。；\n]*$"
)
COUNTED: Final = {
    "level1": "一级指标个数",
    "level2": "二级指标个数",
    "level3": "三级指标个数",
    "nodes": "工作节点个数",
    "done": "完成的节点个数",
    "undone": "未完成的节点个数",
}
"""What a text counts, by the kind of statement."""
_SUFFIXES: Final = any_of(WORDS["project_suffixes"])
_SUFFIX: Final = re.compile(rf"(?:{_SUFFIXES})$")
_WHOLE_SHARE: Final = 100
_PROJECT: Final = "本项目"
_SATISFACTION: Final = "满意度"
_SHORTEST_NAME: Final = 4
_TOLD_KINDS: Final = (QuantityKind.NUMBER, QuantityKind.PERCENT, QuantityKind.DATE)
_INNER: Final = str.maketrans("“”", "‘’")  # quotation marks inside quotation marks
_DETAIL_TOTAL: Final = re.compile(
    r"明细(?:表)?[^。；\n]{0,8}?(?:合计|总计|共计)[^。；\n\d]{0,4}(?:预算|计划)(?:数)?\s*(?:为|共)?\s*(?P<budget>\d+(?:\.\d+)?)\s*万元"
    r"(?:[、，和]\s*(?:实际)?支出(?:数)?\s*(?:为|共)?\s*(?P<spent>\d+(?:\.\d+)?)\s*万元)?"
)


@check("T04")
def text_differs_from_table(checked: CheckedSubmission) -> Iterator[Observation]:
    """Totals, grades, rates, counts, amounts, surveys and results that the narrative states,
    against the tables.
    """
    yield from _cuts_differ(checked)
    for entry in checked.prose:
        yield from _figures(checked, entry)
        for statement in statements(entry.text):
            if not _of_another_year(checked, statement) and not (
                checked.lost and statement.kind != "rate"
            ):
                yield from _COMPARISONS[statement.kind](checked, entry, statement)


def _figures(checked: CheckedSubmission, entry: Entry) -> Iterator[Observation]:
    """Compare amounts, survey and results of indicators; what the sentence tells of another year is
    that year's.
    """
    named = _own_name(checked)
    text = named.sub(_PROJECT, entry.text) if named else entry.text
    for told in told_amounts(text):
        if not _in_another_year(checked, told.before):
            yield from _amount_differs(checked, entry, told)
    for told in told_survey(text):
        if not _in_another_year(checked, told.before):
            yield from _survey_differs(checked, entry, told)
    for quote in told_above_whole(text):
        yield seen(
            "T04",
            entry,
            found=quote,
            expected="不超过100%",
            variant="impossible",
            quote=quote.translate(_INNER),
        )
    yield from _results_differ(checked, entry, text)


@lru_cache(maxsize=1)
def _own_name(checked: CheckedSubmission) -> re.Pattern[str] | None:
    """Return what finds the project's own name in a text, None where it is too short to tell."""
    core = _SUFFIX.sub("", checked.submission.title)
    long = len(core) >= _SHORTEST_NAME
    return re.compile(rf"{re.escape(core)}(?:{_SUFFIXES})?") if long else None


def _cuts_differ(checked: CheckedSubmission) -> Iterator[Observation]:
    """Compare the deductions that a reason names with the points that were taken off its row."""
    for pair in checked.scored:
        reason, weight, claimed = pair.row.get("reason"), pair.score.weight, pair.score.claimed
        cuts = told_cuts(reason.text) if reason is not None else ()
        if reason is None or not cuts or not weight or claimed is None:
            continue
        lost = weight - claimed
        points = [cut.value * weight / _WHOLE_SHARE if cut.percent else cut.value for cut in cuts]
        true = {*points, sum(points, ZERO), *(cut.value for cut in cuts if cut.percent)}
        if not any(abs(each - lost) <= checked.limits.score_tolerance.value for each in true):
            figures = {"quote": cuts[0].quote, "expected": f"{given(lost)}分"}
            variant = "cut" if len(cuts) == 1 else "cuts"
            yield seen("T04", reason, found=cuts[0].quote, variant=variant, **figures)


def _amount_differs(
    checked: CheckedSubmission, entry: Entry, told: ToldFigure
) -> Iterator[Observation]:
    true, known = _amounts_of(checked, told.kind), _known_amounts(checked)
    if not true or any(told.is_about(each) for each in (*true.values(), *known)):
        return
    label, amount = next(iter(true.items()))
    if other := _in_another_unit(checked, told, true):
        figures = {"quote": told.quote.translate(_INNER), "label": other[0]}
        place = other[1] or entry
        yield seen(
            "M06",
            place,
            entry,
            found=f"{money(true[other[0]])}万元",
            expected=told.quote,
            variant="text",
            **figures,
        )
        return
    variant = "" if told.sure else "unsure"
    figures = {"quote": told.quote.translate(_INNER), "label": label}
    yield seen(
        "T04", entry, found=told.quote, expected=f"{money(amount)}万元", variant=variant, **figures
    )


def _amounts_of(checked: CheckedSubmission, kind: str) -> dict[str, Decimal]:
    """Return what a text may mean by an amount of this kind, by the label of the form; the
    likeliest comes first.
    """
    fund = checked.fund
    if fund is None:
        return {}
    denominator = checked.policy.execution.denominator
    whole = (denominator, "budget", "initial_budget", "arrived")
    columns = {"spent": ("executed",), "arrived": ("arrived",), "budget": whole, "left": whole}[
        kind
    ]
    found = {column: number for column in columns if (number := fund.number(column)) is not None}
    if kind != "left":
        return {checked.label(column, "funding"): number for column, number in found.items()}
    executed = fund.number("executed")
    labels = {
        column: f"{checked.label(column, 'funding')}减{checked.label('executed', 'funding')}"
        for column in found
    }
    return (
        {}
        if executed is None
        else {labels[column]: number - executed for column, number in found.items()}
    )


@lru_cache(maxsize=1)
def _known_amounts(checked: CheckedSubmission) -> list[Decimal]:
    """Return every amount of the tables: a text may speak of any of them."""
    columns = ("initial_budget", "budget", "arrived", "executed", "spent")
    rows = (*checked.submission.rows("funding"), *checked.submission.rows("details"))
    return [
        number for row in rows for column in columns if (number := row.number(column)) is not None
    ]


def _in_another_unit(
    checked: CheckedSubmission, told: ToldFigure, true: dict[str, Decimal]
) -> tuple[str, Entry | None] | None:
    """Return the amount of the table that is the told one in 元, with its entry; None when they
    differ otherwise.
    """
    ratio = checked.limits.money_unit_ratio.value
    for label, amount in true.items():
        if (
            told.value
            and amount
            and (told.is_about(amount / ratio) or abs(told.value - amount * ratio) < told.step)
        ):
            fund = checked.fund
            entries = fund.entries.values() if fund else ()
            return label, next((entry for entry in entries if entry.number == amount), None)
    return None


def _survey_differs(
    checked: CheckedSubmission, entry: Entry, told: ToldFigure
) -> Iterator[Observation]:
    label, known = _surveyed(checked, told.kind)
    if not known or any(told.is_about(each) for each in known):
        return
    others = [
        each for text in checked.prose for each in told_survey(text.text) if each.kind == told.kind
    ]
    alone = len({each.value for each in others}) == 1
    expected = percent(known[0]) if told.kind == "satisfaction" else given(known[0])
    variant = "" if told.sure and alone and _of_the_survey(checked, told) else "unsure"
    yield seen(
        "T04",
        entry,
        found=told.quote,
        expected=expected,
        variant=variant,
        quote=told.quote.translate(_INNER),
        label=label,
    )


def _of_the_survey(checked: CheckedSubmission, told: ToldFigure) -> bool:
    """Whether a satisfaction is that of the people the form speaks of, not of others
    (教师满意度).
    """
    whose = told.before[-2:]
    if told.kind != "satisfaction" or not all(map(is_han, whose)) or whose in WORDS["respondents"]:
        return True
    named = [row.text("level3") for row in satisfaction_rows(checked)]
    return any(whose in text for text in (*named, checked.submission.text("survey_respondents")))


def _surveyed(checked: CheckedSubmission, kind: str) -> tuple[str, list[Decimal]]:
    """Return what the workbook says of a figure of the survey, with its label; satisfaction may
    stand in several places.
    """
    if kind != "satisfaction":
        number = checked.submission.number(kind)
        return checked.label(kind), [] if number is None else [number]
    valid, satisfied = (
        checked.submission.number("survey_valid"),
        checked.submission.number("survey_satisfied"),
    )
    rates = [checked.submission.number("survey_rate"), share(satisfied, valid)]
    quantities = [
        entry.quantity
        for row in satisfaction_rows(checked)
        for name in ("actual", "target")
        if (entry := row.get(name))
    ]
    rates += [
        each.number for each in quantities if each is not None and each.kind is QuantityKind.PERCENT
    ]
    mean = checked.submission.number("survey_mean")
    rates.append(mean / 100 if mean is not None else None)
    return _SATISFACTION, [rate for rate in rates if rate is not None]


def _results_differ(checked: CheckedSubmission, entry: Entry, text: str) -> Iterator[Observation]:
    """Compare what the texts say right behind an indicator's name with its actual value; its target
    may be meant, too.
    """
    for pair in checked.pairs:
        actual, name = pair.actual.quantity, pair.name.strip()
        if actual is None or actual.kind not in _TOLD_KINDS or len(name) < _SHORTEST_NAME:
            continue
        known = [actual, *([] if pair.target.quantity is None else [pair.target.quantity])]
        told = [
            (each, agreed)
            for each in told_of(name, actual, text)
            if not _in_another_year(checked, each.before)
            and (agreed := _agrees_with(each, known)) is not None
        ]
        if told and not any(agreed for _, agreed in told):
            first = told[0][0]
            figures = {"quote": first.quote.translate(_INNER), "label": f"“{name}”的实际完成值"}
            yield seen(
                "T04",
                entry,
                pair.actual,
                found=first.quote,
                expected=actual.text,
                variant="" if first.sure and len(told) == 1 else "unsure",
                **figures,
            )


def _agrees_with(told: ToldResult, known: list[Quantity]) -> bool | None:
    """Whether a told result is the actual value, or its target, which may be meant; None when it
    compares with neither.
    """
    agreed = [same for each in known if (same := told.is_about(each)) is not None]
    return any(agreed) if agreed else None


def _of_another_year(checked: CheckedSubmission, statement: Statement) -> bool:
    return _in_another_year(checked, statement.clause)


def _in_another_year(checked: CheckedSubmission, before: str) -> bool:
    """Whether the sentence speaks of another year last, so that its figure is that year's."""
    years = YEAR_IN_TEXT.findall(before)
    return bool(years) and checked.year is not None and int(years[-1]) != checked.year


def _differs(
    entry: Entry, statement: Statement, label: str, expected: str, *, sure: bool
) -> Observation:
    variant = "" if sure else "unsure"
    return seen(
        "T04",
        entry,
        found=statement.value,
        expected=expected,
        variant=variant,
        quote=statement.quote.translate(_INNER),
        label=label,
    )


def _total(checked: CheckedSubmission, entry: Entry, statement: Statement) -> Iterator[Observation]:
    scores, claimed = checked.scores, claimed_total(checked)
    known = [
        each for each in (claimed, scores.stated_total, scores.final_total) if each is not None
    ]
    if not known or any(rounded(each, statement.decimals) == statement.number for each in known):
        return
    if not _is_part(checked, statement):
        yield _differs(entry, statement, "总分", f"{given(known[0])}分", sure=statement.sure)


def _is_part(checked: CheckedSubmission, statement: Statement) -> bool:
    """Whether a score is that of one indicator or group: it is not said to be the project's, or its
    sentence speaks of parts.
    """
    if statement.sure and not OTHER_SCORES.search(statement.clause):
        return False
    levels = (*checked.levels1, *checked.levels2)
    parts = [pair.score.claimed for pair in checked.scored] + [_claimed(level) for level in levels]
    return statement.number in parts or statement.number in [level.weight for level in levels]


def _claimed(level: Level) -> Decimal:
    return sum((row.number("score") or Decimal(0) for row in level.rows), Decimal(0))


def _grade(checked: CheckedSubmission, entry: Entry, statement: Statement) -> Iterator[Observation]:
    words = [grade.word for grade in checked.policy.grades]
    claimed = claimed_total(checked)
    earned = grade_of(claimed, checked.policy) if claimed is not None else checked.scores.grade
    if not words or statement.value in (earned, checked.scores.grade):
        return
    if statement.value in words:
        if earned:
            yield _differs(entry, statement, "总分对应的等次", f"“{earned}”", sure=statement.sure)
    elif statement.sure and not statement.value.isascii():  # a letter may grade anything
        variant = "word" if earned else "word_only"
        figures = {
            "words": "、".join(words),
            "total": given(claimed) if claimed is not None else "",
        }
        yield seen(
            "S06",
            entry,
            found=statement.value,
            expected=earned or figures["words"],
            variant=variant,
            **figures,
        )


def _rate(checked: CheckedSubmission, entry: Entry, statement: Statement) -> Iterator[Observation]:
    rate = checked.scores.funding.rate
    true = rate.value if rate else None
    if rate is None or true is None or _elsewhere(statement):
        return
    if any(
        agrees(statement.number, statement.decimals, each)
        for each in _agreement_rates(checked, true)
    ):
        return
    if cut_off(true * 100, statement.decimals) == statement.number:
        figures = {"numerator": money(rate.numerator), "denominator": money(rate.denominator)}
        yield seen(
            "V04",
            entry,
            found=f"{statement.value}%",
            expected=percent(true, statement.decimals),
            **figures,
        )
        return
    sure = statement.sure and not _OTHER_RATES.search(statement.clause)
    expected = f"{percent(true)}（{rate.numerator_name}÷{rate.denominator_name}）"
    yield _differs(entry, statement, "预算执行率", expected, sure=sure)


def _elsewhere(statement: Statement) -> bool:
    """Whether a rate is certainly another one: of other people, of another time, or of a part of
    the year.
    """
    near = statement.clause.rpartition("，")[2] + statement.quote
    return bool(_FOREIGN.search(near) or _WITHIN_YEAR.search(statement.clause))


def _agreement_rates(checked: CheckedSubmission, true: Decimal) -> Iterator[Decimal]:
    """Yield the rates that a text may rightly call an execution rate: of the whole, of a source, of
    the details.
    """
    yield true
    for row in checked.submission.rows("funding"):
        executed = row.number("executed")
        wholes = (row.number(column) for column in ("budget", "arrived", "initial_budget"))
        yield from (executed / whole for whole in wholes if whole and executed is not None)
    details = checked.submission.rows("details")
    pairs = [(row.number("spent"), row.number("budget")) for row in details]
    yield from (spent / budget for spent, budget in pairs if spent is not None and budget)
    items = checked.submission.rows("details", RowKind.ITEM)
    budget = sum((row.number("budget") or Decimal(0) for row in items), Decimal(0))
    if budget:
        yield sum((row.number("spent") or Decimal(0) for row in items), Decimal(0)) / budget


def _agreement_levels(
    checked: CheckedSubmission, entry: Entry, statement: Statement
) -> Iterator[Observation]:
    if not checked.indicators:
        return
    stated, counts = int(statement.value), _counts(checked, statement.kind)
    scope = _scope(checked, statement)
    if scope is not None:
        counts = _scoped_counts(scope, statement.kind)
    if stated not in counts and not (statement.part and stated < min(counts)):
        label = f"“{scope.name}”的{COUNTED[statement.kind]}" if scope else COUNTED[statement.kind]
        yield _differs(entry, statement, label, f"{min(counts)}个", sure=statement.sure)


def _counts(checked: CheckedSubmission, kind: str) -> set[int]:
    """Return what the table may be said to have: where the funding block scores execution, it may
    count as an indicator.
    """
    counted: dict[str, set[int]] = {
        "level1": {len({level.name for level in checked.levels1})},
        "level2": {
            len(checked.levels2),
            len({(level.parent, level.name) for level in checked.levels2}),
        },
        "level3": {len(checked.indicators)},
    }
    counts = counted.get(kind, set())
    return (
        counts | {count + 1 for count in counts}
        if checked.fund and checked.fund.number("score") is not None
        else counts
    )


def _scoped_counts(scope: Level, kind: str) -> set[int]:
    groups = {(row.text("level1"), row.text("level2")) for row in scope.rows}
    return {len(scope.rows)} if kind == "level3" else {len(groups)} if kind == "level2" else {1}


def _scope(checked: CheckedSubmission, statement: Statement) -> Level | None:
    """Return the level-1 indicator of which alone a count speaks: 产出指标下设4个二级指标."""
    if statement.kind == "level1":
        return None
    for level in checked.levels1:
        name = re.escape(bare(level.name))
        if (
            level.name
            and re.search(name + _SCOPED, statement.clause)
            and not re.search(rf"[、和及]{name}", statement.clause)
        ):
            return level
    return None


def _speaks_for_all(checked: CheckedSubmission, statement: Statement) -> bool:
    """Whether a count is about the whole organisation: it says so, or one office's workbook holds
    the organisation's letter.
    """
    letter = checked.has("addressee") or checked.has("document_number")
    return bool(_WHOLE.search(statement.clause)) or (
        letter and len({node.office for node in checked.scores.nodes}) == 1
    )


def _agreement_nodes(
    checked: CheckedSubmission, entry: Entry, statement: Statement
) -> Iterator[Observation]:
    if not checked.scores.nodes or _speaks_for_all(checked, statement):
        return
    states = Counter(node.state for node in checked.scores.nodes)
    done = states[NodeState.ON_TIME] + states[NodeState.LATE]
    whole = len(checked.scores.nodes)
    counts = {
        "nodes": {whole},
        "done": {done, states[NodeState.ON_TIME], whole},
        "undone": {whole - done},
    }[statement.kind]
    if int(statement.value) not in counts:
        expected = {"nodes": whole, "done": done, "undone": whole - done}[statement.kind]
        yield _differs(
            entry, statement, COUNTED[statement.kind], f"{expected}个", sure=statement.sure
        )


_COMPARISONS: Final = {
    "total": _total,
    "grade": _grade,
    "rate": _rate,
    "level1": _agreement_levels,
    "level2": _agreement_levels,
    "level3": _agreement_levels,
    "nodes": _agreement_nodes,
    "done": _agreement_nodes,
    "undone": _agreement_nodes,
}


@check("T05")
def table_given_twice(checked: CheckedSubmission) -> Iterator[Observation]:
    """Totals of the details given twice with different figures: in two closing rows, or in a row
    and a text.
    """
    closings = checked.submission.rows("details", RowKind.TOTAL)
    for column in ("budget", "spent"):
        entries = [
            entry for row in closings if (entry := row.get(column)) and entry.number is not None
        ]
        label = f"支出明细表的{checked.label(column, 'details')}合计"
        for earlier, later in pairwise(entries):
            yield from _two_figures(
                checked, (later, later.number), (earlier, earlier.number), label
            )
        for told, amount in _told_totals(checked, column):
            for entry in entries[:1]:
                yield from _two_figures(checked, (told, amount), (entry, entry.number), label)


def _two_figures(
    checked: CheckedSubmission,
    one: tuple[Entry, Decimal | None],
    other: tuple[Entry, Decimal | None],
    label: str,
) -> Iterator[Observation]:
    if (
        one[1] is not None
        and other[1] is not None
        and abs(one[1] - other[1]) > checked.limits.money_tolerance.value
    ):
        found, expected = f"{money(one[1])}万元", f"{money(other[1])}万元"
        yield seen("T05", one[0], other[0], found=found, expected=expected, label=label)


def _told_totals(checked: CheckedSubmission, column: str) -> Iterator[tuple[Entry, Decimal]]:
    for entry in checked.prose:
        for match in _DETAIL_TOTAL.finditer(entry.text):
            if match[column]:
                yield entry, Decimal(match[column])
