"""V04, V05 and V08: rates of completion - rounded wrongly, contradicted by score or material, or without an actual."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final

from evalbatch.checks.case import Case, Pair, Scored, nothing, unsaid
from evalbatch.checks.money import misprints
from evalbatch.checks.registry import check, seen
from evalbatch.checks.words import WORDS, any_of
from evalbatch.model.figures import agrees, bare_percent, cut_off, given, percent, printed_percent, stated_percent
from evalbatch.model.observation import Observation
from evalbatch.model.pattern import rare
from evalbatch.model.submission import Entry, Row
from evalbatch.model.units import convert
from evalbatch.model.value import Kind

_NUMBER: Final = r"(?<![\d.])\d{1,15}(?:\.\d{1,6})?"
_WHOLE: Final = 100
_UNIT: Final = any_of((*WORDS["measures"], *WORDS["counted_measures"]))
_PRINTED_RATE: Final = re.compile(rf"率[^。；\n\d]{{0,4}}{_NUMBER}\s*[%％]")
_SENTENCES: Final = rare(r"[。；\n]")
_LIMIT: Final = re.compile(
    rf"^(?P<noun>[^\d，。；≤<]{{2,12}}?)(?:控制在|不超过|不高于|≤|<|低于)\s*(?P<plan>{_NUMBER})\s*(?P<unit>万元|元)"
)
_TEXT_RATE: Final = rare(
    rf"(?P<one>{_NUMBER})\s*(?P<unit>{_UNIT})[^。；\n\d]{{0,14}}?(?P<two>{_NUMBER})\s*(?P=unit)[^。；\n\d]{{0,12}}?(?P<rate>{_NUMBER}\s*[%％])"
)


@check("V04")
def rounded_wrongly(case: Case) -> Iterator[Observation]:
    """Printed percentages against the figures beside them, at the decimals printed."""
    for wrong in misprints(case):
        if wrong.cut:
            figures = {"numerator": given(wrong.numerator), "denominator": given(wrong.denominator)}
            yield seen("V04", wrong.entry, found=wrong.entry.text, expected=wrong.expected, **figures)
    for pair in case.pairs:
        yield from _completion_rate(pair)
    for entry in case.prose:
        yield from _rates_in_text(entry)


def _completion_rate(pair: Pair) -> Iterator[Observation]:
    entry, target, actual = pair.row.get("rate"), pair.target.quantity, pair.actual.quantity
    stated = stated_percent(entry) if entry and not entry.blank else None
    if entry is None or stated is None or target is None or actual is None or target.operator in ("≤", "<"):
        return
    if target.kind not in (Kind.NUMBER, Kind.PERCENT) or actual.kind is not target.kind or not target.number:
        return
    reached = convert(actual.number, actual.unit, target.unit) if actual.number is not None else None
    if reached is None:
        return
    true = reached / target.number
    if not agrees(*stated, true) and not (true > 1 and stated[0] == _WHOLE):
        figures = {"numerator": actual.text, "denominator": target.text}
        yield seen("V04", entry, found=entry.text, expected=percent(true, stated[1]), **figures)


@lru_cache(maxsize=4096)
def told_rates(text: str) -> tuple[re.Match[str], ...]:
    """Find sentences that give two figures of one unit and a rate behind them."""
    if not _PRINTED_RATE.search(text):
        return ()
    matches = (_TEXT_RATE.search(sentence) for sentence in _SENTENCES.split(text) if _PRINTED_RATE.search(sentence))
    return tuple(match for match in matches if match)


def _rates_in_text(entry: Entry) -> Iterator[Observation]:
    """A rate in a sentence is only spoken of when it is certainly the two figures before it, cut off instead of rounded."""
    for match in told_rates(entry.text):
        one, two, stated = Decimal(match["one"]), Decimal(match["two"]), printed_percent(match["rate"])
        small, large = sorted((one, two))
        if stated is None or not large or agrees(*stated, small / large):
            continue
        if cut_off(small * 100 / large, stated[1]) == stated[0]:
            figures = {"numerator": given(small), "denominator": given(large)}
            yield seen("V04", entry, found=match["rate"], expected=percent(small / large, stated[1]), **figures)


@check("V05")
def completion_contradicted(case: Case) -> Iterator[Observation]:
    """Said to be complete but docked, or a completion that the material's own figures contradict."""
    for scored in case.scored:
        if scored.row.table == "indicators":
            yield from _docked_though_complete(case, scored)
    for row in case.indicators:
        yield from _against_material(case, row)


def _docked_though_complete(case: Case, scored: Scored) -> Iterator[Observation]:
    score, target, actual = scored.score, scored.row.get("target"), scored.row.get("actual")
    complete = score.completion is not None and 1 <= score.completion < case.policy.quantitative.explain_above.value
    if not complete or target is None or actual is None or nothing(actual.text) or _unexplained(scored.row):
        return
    if score.claimed is None or score.weight is None or score.computed is None:
        return
    if min(score.weight, score.computed) - score.claimed > case.limits.score_tolerance.value:
        figures = {"name": scored.name, "target": target.text, "actual": actual.text, "weight": given(score.weight)}
        yield seen("V05", actual, found=given(score.claimed), expected=given(score.weight), **figures)


def _unexplained(row: Row) -> bool:
    """Whether the deduction has no reason, which X01 says already."""
    reason = row.get("reason")
    return reason is not None and unsaid(reason.text)


def _against_material(case: Case, row: Row) -> Iterator[Observation]:
    """A cost limit in the name, a bare percentage as actual, and the real amount or saving somewhere in the texts."""
    limit, actual = _LIMIT.search(row.text("level3")), row.get("actual")
    stated = bare_percent(actual) if actual else None
    if limit is None or actual is None or stated is None:
        return
    plan = Decimal(limit["plan"])
    for true, quote in _told_in_texts(case, limit["noun"], plan, limit["unit"]):
        if not agrees(*stated, true):
            figures = {"name": row.text("level3"), "quote": quote, "plan": f"{limit['plan']}{limit['unit']}"}
            expected = percent(true)
            yield seen("V05", actual, found=actual.text, expected=expected, variant="figures", **figures)
            return


def _told_in_texts(case: Case, noun: str, plan: Decimal, unit: str) -> Iterator[tuple[Decimal, str]]:
    """Yield completions that the texts tell of a cost: its amount, or by how much it stayed below or above the plan."""
    name = re.escape(noun)
    for match in re.finditer(rf"{name}[^。；\n\d]{{0,10}}({_NUMBER})\s*{unit}", case.story):
        amount = Decimal(match[1])
        if amount != plan and plan:
            yield amount / plan, match[0]
    for match in re.finditer(rf"{name}[^。；\n\d]{{0,10}}([低高])于?\s*({_NUMBER})\s*[%％]", case.story):
        share = Decimal(match[2]) / 100
        yield (1 - share if match[1] == "低" else 1 + share), match[0]


@check("V08")
def rate_without_actual(case: Case) -> Iterator[Observation]:
    """Completion rates claimed without an actual value."""
    for pair in case.pairs:
        rate = pair.row.get("rate")
        if rate is None or nothing(rate.text) or not nothing(pair.actual.text) or not pair.actual.blank:
            continue
        variant = "bare" if nothing(pair.target.text) else ""
        yield seen("V08", pair.actual, found=rate.text, expected="实际完成值", variant=variant, name=pair.name)
