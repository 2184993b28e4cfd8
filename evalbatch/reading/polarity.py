"""What words say of a result that has no figure: that it was missed, that nothing happened, which
step it reached.
"""

import re
from functools import lru_cache
from typing import Final

from evalbatch.model.plain_figures import compact
from evalbatch.reading.value_words import DIRECTIONS, POLARITY, TIERS, alternatives

_HARMLESS: Final = re.compile("|".join(POLARITY["harmless"]))
_BAD: Final = re.compile("|".join(POLARITY["bad"]))
_DENYING: Final = re.compile("|".join(POLARITY["denying"]))
_DENIED: Final = re.compile(
    rf"(?:{_DENYING.pattern})(?:[^,;。]{{0,6}}?(?:{'|'.join(POLARITY['denied'])})"
    rf"|(?:{'|'.join(POLARITY['denied_next'])}))"
)
_NEGATION: Final = re.compile("^(?:" + "|".join(POLARITY["negations"]) + ")")
_NEGATED: Final = re.compile("(?:" + "|".join(POLARITY["negations"]) + ")[^,;。]{0,6}$")
_UNFINISHED: Final = re.compile("|".join(POLARITY["unfinished"]))
_FINISHED: Final = re.compile("|".join(POLARITY["finished"]))
_ZERO: Final = re.compile("|".join(POLARITY["zero"]))
_IN_TIME: Final = re.compile("|".join(POLARITY["in_time"]))
_HAPPENED: Final = re.compile("|".join(POLARITY["happened"]))
_ANNOUNCED: Final = re.compile("|".join(POLARITY["announced"]))
_FLAT: Final = re.compile("|".join(POLARITY["flat"]))
_DIRECTION: Final = re.compile(alternatives(DIRECTIONS))
_QUALIFIED: Final = re.compile("|".join(POLARITY["qualified"]))
_STAGES: Final = "|".join(POLARITY["stages"])
_STAGE: Final = re.compile(_STAGES)
_STEP_DONE: Final = re.compile(rf"完成了?(?:{_STAGES})|(?:{_STAGES})(?:工作)?(?:已|全部|均)*完成")
_RESULT: Final = re.compile("|".join(POLARITY["results"]))
_END_RESULT: Final = re.compile(alternatives(POLARITY["end_results"]))
_LEFT_OUT: Final = re.compile("|".join(POLARITY["left_out"]))
_SUM: Final = re.compile("|".join(POLARITY["sums"]))
_OPPOSED: Final = tuple(tuple(map(re.compile, pair)) for pair in POLARITY["opposed"])
_ANTONYMS: Final = tuple(tuple(map(re.compile, pair)) for pair in POLARITY["antonyms"])
_KEPT: Final = tuple(tuple(map(re.compile, pair)) for pair in POLARITY["kept"])
_HALVED: Final = re.compile(
    rf"({alternatives(POLARITY['halved'])})(?:上|已|实现|达到)?"
    rf"(?P<quality>{alternatives(POLARITY['qualities'])})"
)
_UNSPECIFIC: Final = re.compile("|".join(POLARITY["unspecific"]))
_CLASS: Final = re.compile("|".join(POLARITY["classes"]))
_CLASS_FILLER: Final = re.compile(alternatives(POLARITY["class_filler"]))
_RISING: Final = re.compile(alternatives(POLARITY["rising_levels"]))
_CLAUSES: Final = re.compile("[,;。]")
_BEFORE: Final = re.compile(r"(?P<event>[^\d,;。年月日目此以之提]{2})(?:之|以)?前")
_WHOLLY: Final = re.compile(r"(?:仍然?|尚|还|均|都|暂|并|基本)?(?:未|没有?|无|不)[^,;。、\d]{0,9}")
_WHOLE: Final = re.compile("全覆盖|全面|全部|全员|全额|足额|应[^,;]{1,2}尽[^,;]{1,2}")
_STOPS: Final = ",;。!:、 "
_LADDERS: Final = tuple(
    tuple((word, step) for step, words in enumerate(ladder) for word in words)
    for ladder in POLARITY["ladders"]
)


@lru_cache(maxsize=4096)
def denied(text: str) -> str:
    """Return the words with which a text says that something was missed (未改善, 逾期), empty when
    it does not.
    """
    return _first(_HARMLESS.sub("", compact(text)), _DENYING, _BAD)


def _first(text: str, *words: re.Pattern[str]) -> str:
    """Return what stands first in a text of all that any of the expressions finds."""
    found = [match for each in words if (match := each.search(text))]
    return min(found, key=lambda match: match.start())[0] if found else ""


@lru_cache(maxsize=4096)
def unproven(text: str, target: str, name: str) -> str:
    """Return the words by which a text with a figure or date does not prove that result: it is only
    announced (预计20台), holds under a condition (目标调整后), or tells a step on the way to it
    (招标20台).

    A step proves it where target or name speak of that step, or where the result stands beside it.
    """
    clean = compact(text)
    told = _ANNOUNCED.search(clean) or _QUALIFIED.search(clean)
    return told[0] if told and told[0] not in target else _step_before(clean, target + name)


_ONLY, _SCOPE = POLARITY["in_brackets"]
_BEFORE_FIGURE: Final = re.compile(r"(?:\d{4}年度?)?\D*")
_BEHIND_FIGURE: Final = re.compile(rf".*\d[^\d,;(]{{0,3}}[(,]{_ONLY}")
_ELSEWHERE: Final = tuple(
    (re.compile(rf"(?P<said>{said})(?:{between}\d|(?P<end>{_SCOPE}\)?$))"), re.compile(asked))
    for said, between, asked in map(tuple, POLARITY["elsewhere"])
)


@lru_cache(maxsize=4096)
def of_another(text: str, target: str, name: str) -> str:
    """Return the words by which the figure of a text is of a part of the year or the area, of a
    sample, or a change (上半年96%, 同比96%), empty where target or name speak of the same.
    """
    clean, wanted = compact(text), target + name
    told = ((said.search(clean), asked) for said, asked in _ELSEWHERE)
    found = (match for match, asked in told if match and not asked.search(wanted))
    return next((match["said"] for match in found if _tells_figure(match)), "")


def _tells_figure(said: re.Match[str]) -> bool:
    """Whether words stand before the first figure of a text, or behind its only one
    (96%（上半年）).
    """
    place = _BEFORE_FIGURE if said["end"] is None else _BEHIND_FIGURE
    return place.fullmatch(said.string, 0, said.start()) is not None


def _step_before(clean: str, wanted: str) -> str:
    found = [stage[0] for stage in _STAGE.finditer(clean) if stage[0] not in wanted]
    return found[0] if found and not _RESULT.search(_STEP_DONE.sub("", clean)) else ""


@lru_cache(maxsize=4096)
def step_for_result(words: str, asked: str) -> bool:
    """Whether words of an actual are but a step (开工) where the end was asked for (竣工时间)."""
    return _STAGE.fullmatch(words) is not None and _END_RESULT.search(asked) is not None


@lru_cache(maxsize=4096)
def leaves_out(text: str) -> str:
    """Return the words by which an amount or a time leaves something out (不含增项5万元)."""
    found = _LEFT_OUT.search(compact(text))
    return found[0] if found else ""


@lru_cache(maxsize=4096)
def tells_result(text: str) -> bool:
    """Whether a text tells of a result (验收9个), not of a step to it or of what is not done."""
    clean = compact(text)
    against = _STAGE.search(clean) or _UNFINISHED.search(clean) or denied(text)
    return bool(_RESULT.search(clean)) and not against


@lru_cache(maxsize=4096)
def tells_sum(text: str) -> bool:
    """Whether a text tells a sum (合计320人次, 共10场)."""
    return _SUM.search(compact(text)) is not None


@lru_cache(maxsize=4096)
def denied_wholly(text: str) -> bool:
    """Whether a text says nothing but that it was missed: 未改善, 尚未建成, 不合格."""
    clean = compact(text).strip(_STOPS)
    return bool(denied(text)) and bool(_WHOLLY.fullmatch(clean))


@lru_cache(maxsize=4096)
def nothing_happened(text: str) -> bool:
    """Whether a text as a whole says that there was none: 未开展, 无, 零事故, 未发生投诉."""
    return bool(_ZERO.fullmatch(compact(text).strip(_STOPS)))


@lru_cache(maxsize=4096)
def nothing_bad(text: str) -> bool:
    """Whether a text as a whole says that nothing bad happened (无差错), not that nothing was
    done (未开展).
    """
    clean = compact(text).strip(_STOPS)
    return nothing_happened(text) and not _HARMLESS.sub("", clean).strip(_STOPS)


@lru_cache(maxsize=4096)
def not_yet(text: str) -> str:
    """Return the words of a text without figures that say that its result is still to come
    (尚在征求意见), empty where none do.
    """
    clean = compact(text)
    found = None if any(map(str.isdigit, clean)) else _UNFINISHED.search(clean)
    return found[0] if found else ""


@lru_cache(maxsize=4096)
def in_time(text: str) -> bool:
    """Whether a text says that something was done in time, without a date, and nothing against
    it.
    """
    clean = compact(text)
    return bool(_IN_TIME.search(clean)) and not denied(text) and not _UNFINISHED.search(clean)


@lru_cache(maxsize=4096)
def falls_short(target: str, actual: str, name: str = "") -> str:
    """Return how the words of an actual contradict that its target was met, empty when they do not.

    They do when they deny it, when they say that it is not finished though it was to be, or when
    they name a worse step of the same ladder of words (优 against 良). The name of the indicator
    tells of levels whether the higher number is the better one (三级医院).
    """
    wanted, got = compact(target).strip(_STOPS), compact(actual).strip(_STOPS)
    if _same_denied(wanted, got) or _affirmed(wanted, got):
        return ""
    got = _without_kept(wanted, got)
    told = _HARMLESS.sub("", got)
    words = _first(told, _DENIED, _BAD)
    if words and denied(wanted) != words:
        return words
    return (
        _unfinished(wanted, told)
        or (_opposed(wanted + name, got) and _opposed(wanted + name, told))
        or _antonym(wanted, got)
        or _halved(wanted, told)
        or _wrong_way(wanted, told)
        or _worse(wanted, told, rising=_is_rising(wanted + got + name))
    )


def _without_kept(wanted: str, got: str) -> str:
    """Return an actual without the words that say just what its target denies (未增加 of
    只减不增).
    """
    for aim, kept in _KEPT:
        got = kept.sub("", got) if aim.search(wanted) else got
    return got


def _same_denied(wanted: str, got: str) -> bool:
    """Whether both texts say that there is none of the same (不增加, 未增加)."""
    aim, told = _NEGATION.match(wanted), _NEGATION.match(got)
    return bool(aim and told) and _NEGATION.sub("", wanted) == _NEGATION.sub("", got)


def _affirmed(wanted: str, got: str) -> bool:
    """Whether a clause says just what the target asks for; what another clause adds may raise a
    doubt, but contradicts nothing.
    """
    return len(wanted) > 1 and any(
        wanted in clause
        and not denied(clause)
        and not _unfinished(wanted, clause)
        and not _opposed(wanted, clause)
        and not _halved(wanted, clause)
        for clause in _CLAUSES.split(got)
    )


def _unfinished(wanted: str, got: str) -> str:
    aim = _FINISHED.search(wanted)
    found = _UNFINISHED.search(got) if aim and not _UNFINISHED.search(wanted) else None
    if aim and found and not _finished_elsewhere(aim[0], got):
        return found[0]
    return got if nothing_happened(wanted) and _HAPPENED.match(got) else ""


def _finished_elsewhere(aim: str, got: str) -> bool:
    """Whether another clause tells that just this was finished (已完成验收，正在办理决算)."""
    clauses = _CLAUSES.split(got)
    return any(aim in clause and not _UNFINISHED.search(clause) for clause in clauses)


def _opposed(wanted: str, got: str) -> str:
    """Return the words of an actual that contradict what the target's words ask for."""
    for aim, against in _OPPOSED:
        found = against.search(got) if aim.search(wanted) else None
        if found and found[0] not in wanted and not _NEGATED.search(got[: found.start()]):
            return found[0]
    late = (f"{event['event']}后" for event in _BEFORE.finditer(wanted))
    return next((words for words in late if words in got), "")


def _antonym(wanted: str, got: str) -> str:
    """Return the word of an actual that is the contrary of one of its target (加重 of 减轻)."""
    for aim, against in _ANTONYMS:
        found = against.search(got) if aim.search(wanted) and not aim.search(got) else None
        if found and not _NEGATED.search(got[: found.start()]):
            return found[0]
    return ""


def _halved(wanted: str, got: str) -> str:
    """Return what an actual says of a quality that it reaches only in part (基本合格 of 合格)."""
    whole = (found for found in _HALVED.finditer(got) if found[1] not in wanted)
    return next((found[0] for found in whole if found["quality"] in wanted), "")


def _wrong_way(wanted: str, got: str) -> str:
    """Return the direction that an actual states where its target states none or the opposite of
    the same thing.
    """
    aim = _DIRECTION.search(wanted)
    if aim is None:
        return ""
    flat = _FLAT.search(got)
    if flat:
        return flat[0]
    reached = _DIRECTION.search(got)
    if reached is None or DIRECTIONS[aim[0]] == DIRECTIONS[reached[0]]:
        return ""
    rest = _UNSPECIFIC.sub("", _DIRECTION.sub("", got))
    return reached[0] if rest in _UNSPECIFIC.sub("", _DIRECTION.sub("", wanted)) else ""


def _worse(wanted: str, got: str, *, rising: bool) -> str:
    for ladder in _LADDERS:
        aim, reached = _step(ladder, wanted), _step(ladder, got)
        if aim is None or reached is None or reached[1] == aim[1]:
            continue
        if (reached[1] > aim[1]) is not (rising and _CLASS.fullmatch(aim[0]) is not None):
            return reached[0]
    return ""


def _is_rising(text: str) -> bool:
    """Whether of levels the higher number is the better one: hospitals, protection of systems."""
    return _RISING.search(text) is not None


@lru_cache(maxsize=4096)
def class_reached(target: str, actual: str, name: str) -> bool | None:
    """Say whether a class or level meets its target (Ⅱ类 for Ⅲ类及以上); None where texts tell
    more than a class, or of other classes.
    """
    wanted, got = compact(target).strip(_STOPS), compact(actual).strip(_STOPS)
    for ladder in _LADDERS:
        aim, reached = _only_class(ladder, wanted), _only_class(ladder, got)
        if aim is not None and reached is not None:
            return reached >= aim if _is_rising(wanted + got + name) else reached <= aim
    return None


def _only_class(ladder: tuple[tuple[str, int], ...], text: str) -> int | None:
    step = _step(ladder, text)
    if step is None or not _CLASS.fullmatch(step[0]):
        return None
    return None if _CLASS_FILLER.sub("", text.replace(step[0], "", 1)) else step[1]


@lru_cache(maxsize=4096)
def wants_all(text: str) -> bool:
    """Whether a target in words wants the whole (全覆盖, 全面完成, 完成竣工验收)."""
    clean = compact(text)
    return bool(_WHOLE.search(clean) or _FINISHED.search(clean)) and not _UNFINISHED.search(clean)


@lru_cache(maxsize=4096)
def is_graded(text: str) -> bool:
    """Whether a text names a step of quality (较好, 明显, 优) or a tier."""
    clean = compact(text).strip(_STOPS)
    tier = any(clean.startswith(word) for word in TIERS)
    return tier or any(_step(ladder, clean) is not None for ladder in _LADDERS)


def _step(ladder: tuple[tuple[str, int], ...], text: str) -> tuple[str, int] | None:
    """Return the step that a text names: the longest word of the ladder in it; one letter must be
    all the text.
    """
    found = [
        (word, step) for word, step in ladder if (word in text if len(word) > 1 else word == text)
    ]
    return max(found, key=lambda each: len(each[0])) if found else None
