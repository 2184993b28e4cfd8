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
_UNFINISHED: Final = re.compile("|".join(POLARITY["unfinished"]))
_FINISHED: Final = re.compile("|".join(POLARITY["finished"]))
_ZERO: Final = re.compile("|".join(POLARITY["zero"]))
_IN_TIME: Final = re.compile("|".join(POLARITY["in_time"]))
_HAPPENED: Final = re.compile("|".join(POLARITY["happened"]))
_ANNOUNCED: Final = re.compile("|".join(POLARITY["announced"]))
_FLAT: Final = re.compile("|".join(POLARITY["flat"]))
_DIRECTION: Final = re.compile(alternatives(DIRECTIONS))
_WHOLLY: Final = re.compile(r"(?:仍然?|尚|还|均|都|暂|并|基本)?(?:未|没有?|无|不)[^,;。、\d]{0,9}")
_WHOLE: Final = re.compile("全覆盖|全面|全部|全员|全额|应[^,;]{1,2}尽[^,;]{1,2}")
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
    found = _BAD.search(_HARMLESS.sub("", compact(text)))
    return found[0] if found else ""


@lru_cache(maxsize=4096)
def announced(text: str) -> str:
    """Return the words by which a text only announces a result (预计20台), empty when there are
    none.
    """
    found = _ANNOUNCED.search(compact(text))
    return found[0] if found else ""


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
def in_time(text: str) -> bool:
    """Whether a text says that something was done in time, without a date, and nothing against
    it.
    """
    clean = compact(text)
    return bool(_IN_TIME.search(clean)) and not denied(text) and not _UNFINISHED.search(clean)


@lru_cache(maxsize=4096)
def falls_short(target: str, actual: str) -> str:
    """Return how the words of an actual contradict that its target was met, empty when they do not.

    They do when they deny it, when they say that it is not finished though it was to be, or when
    they name a worse step of the same ladder of words (优 against 良).
    """
    wanted, got = compact(target).strip(_STOPS), compact(actual).strip(_STOPS)
    if wanted == got:
        return ""
    words = denied(got)
    if words and denied(wanted) != words:
        return words
    if _FINISHED.search(wanted) and not _UNFINISHED.search(wanted):
        found = _UNFINISHED.search(got)
        if found:
            return found[0]
    if nothing_happened(wanted) and _HAPPENED.match(got):
        return got
    flat = _FLAT.search(got) if _DIRECTION.search(wanted) else None
    return flat[0] if flat else _turned(wanted, got) or _worse(wanted, got)


def _turned(wanted: str, got: str) -> str:
    """Return the direction that an actual states where its target states the opposite of the same
    thing.
    """
    aim, reached = _DIRECTION.search(wanted), _DIRECTION.search(got)
    if aim is None or reached is None or DIRECTIONS[aim[0]] == DIRECTIONS[reached[0]]:
        return ""
    return reached[0] if _DIRECTION.sub("", wanted) == _DIRECTION.sub("", got) else ""


def _worse(wanted: str, got: str) -> str:
    for ladder in _LADDERS:
        aim, reached = _step(ladder, wanted), _step(ladder, got)
        if aim is not None and reached is not None and reached[1] > aim[1]:
            return reached[0]
    return ""


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
