"""Counts told as part of a whole: 9个（共12个）, 12个中完成9个, 12个全部完成; and the one share
that a sentence tells (应补尽补，100%).
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from evalbatch.model.plain_figures import compact
from evalbatch.reading.numerals import in_digits
from evalbatch.reading.value_words import PARTIAL, PER, PERIODS, REVERSING, alternatives

_FIGURE: Final = r"\d+(?:\.\d+)?"
_COUNT: Final = rf"(?<![\d.]){_FIGURE}(?![\d%‰]|\.\d)"
_UNIT: Final = r"[^\d,;()/%中里共总全均都]{1,4}"
_WHOLE: Final = rf"(?:{'|'.join(PARTIAL['whole'])})"
_ALL: Final = rf"(?:{'|'.join(PARTIAL['all'])})"
_INSPECTED: Final = rf"(?:{alternatives(PARTIAL['inspected'])})"
_SOUND: Final = rf"(?:{alternatives(PARTIAL['sound'])})"
_PART: Final = rf"(?P<part>{_COUNT})(?P<unit>{_UNIT})?"
_OF: Final = rf"(?P<whole>{_COUNT})"
_SAME: Final = r"(?(unit)(?P=unit)|)"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_PART}[^\d,;(]{{0,4}}[(,;]?{_WHOLE}[^\d,;()]{{0,6}}{_OF}{_SAME}",
        rf"{_WHOLE}[^\d,;]{{0,6}}{_OF}(?:{_UNIT})?[^\d,;()]{{0,6}}[,;(、]?[^\d,;]{{0,8}}{_PART}",
        rf"{_OF}(?:{_UNIT})[^\d,;]{{0,4}}[中里][^\d]{{0,8}}{_PART}",
        rf"{_PART}/{_OF}{_SAME}",
        rf"{_INSPECTED}[^\d,;]{{0,4}}{_OF}(?:{_UNIT})?[,;、]?[^\d,;]{{0,3}}{_SOUND}[^\d,;]{{0,3}}{_PART}",
    )
)
_EVERY: Final = re.compile(
    rf"[^\d,;]{{0,8}}(?:(?P<whole>{_FIGURE})(?:{_UNIT})[^\d,;]{{0,2}}{_ALL}[^\d,;]{{0,10}}"
    rf"|{_ALL}[^\d,;]{{0,3}}(?P<counted>{_FIGURE})(?:{_UNIT})[^\d,;]{{0,6}})"
)
_FIGURES: Final = re.compile(_FIGURE)
_SO_MANY_EACH: Final = re.compile(alternatives((*PER, *PERIODS)))
_SHARES: Final = re.compile(rf"({_FIGURE})%")
_REVERSED: Final = re.compile("|".join((*REVERSING, PARTIAL["except"])))
_RATE_OF_COMPLETION: Final = re.compile("|".join(PARTIAL["completion"]))
_DONE: Final = re.compile(alternatives(PARTIAL["done"]))
_OTHER_SHARES: Final = re.compile(alternatives(PARTIAL["other_shares"]))
_RATE_NAME: Final = re.compile(
    r"(?P<of>[^\d,;()]{2})(?:率|度)(?:为|达|到|是|:|约|均|已|仍|保持|在|提升|提高|上升)*$"
)
_NAMES_OF_RATES: Final = re.compile(r"(?P<of>[^\d,;()]{2})(?:率|度)")
_TWO: Final = 2


class PartOfWhole(NamedTuple):
    """So many of so many: `part` never more than `whole`, which is above zero."""

    part: Decimal
    whole: Decimal


@lru_cache(maxsize=4096)
def part_of_whole(text: str) -> PartOfWhole | None:
    """Return what a text tells as so many of so many; None when it tells anything else, what is
    missing, or so many each (每月1场，共12场).
    """
    clean = in_digits(compact(text))
    if _REVERSED.search(clean) or _SO_MANY_EACH.search(clean):
        return None
    every = _EVERY.fullmatch(clean) if _DONE.search(clean) else None
    if every:
        whole = Decimal(every["whole"] or every["counted"])
        return PartOfWhole(whole, whole) if whole else None
    if len(_FIGURES.findall(clean)) != _TWO:
        return None
    found = next((match for form in _FORMS if (match := form.search(clean))), None)
    if found is None:
        return None
    told = PartOfWhole(Decimal(found["part"]), Decimal(found["whole"]))
    return told if 0 < told.whole >= told.part else None


@lru_cache(maxsize=4096)
def only_share(text: str) -> Decimal | None:
    """Return the one figure of a text where it is a percentage, as a fraction."""
    clean = compact(text)
    shares = _SHARES.findall(clean)
    alone = len(shares) == len(_FIGURES.findall(clean)) == 1
    return Decimal(shares[0]).scaleb(-2) if alone and not _OTHER_SHARES.search(clean) else None


@lru_cache(maxsize=4096)
def other_rate(text: str, asked: str) -> str:
    """Return the name of the rate that a text tells where what was asked for names another one
    (覆盖率98% for a 合格率).
    """
    share = _SHARES.search(clean := compact(text))
    told = _RATE_NAME.search(clean[: share.start()]) if share else None
    wanted = [found["of"] for found in _NAMES_OF_RATES.finditer(compact(asked))]
    if told is None or not wanted or told["of"] in asked or told["of"] in PARTIAL["any_rate"]:
        return ""
    alike = [group for group in PARTIAL["same_rates"] if told["of"] in group]
    return "" if any(name in group for group in alike for name in wanted) else told[0]


@lru_cache(maxsize=4096)
def is_rate_of_completion(text: str) -> bool:
    """Whether a percentage says how much of the target was done (完成率75%, 完成年度任务的80%)."""
    return _RATE_OF_COMPLETION.search(compact(text)) is not None
