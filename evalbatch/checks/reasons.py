"""Group X: explanations - deductions, low execution, results far above target, unspent money: all
need their reason.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from evalbatch.checks.subject import (
    CheckedSubmission,
    ScoredRow,
    check,
    says_something,
    seen,
    under,
    unsaid,
)
from evalbatch.model.evaluation import Score
from evalbatch.model.figures import (
    ZERO,
    given,
    is_rounding,
    money,
    percent,
    percent_beside,
    short_percent,
)
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Entry, Row
from evalbatch.model.value import Quantity, QuantityKind, Rate
from evalbatch.model.words import WORDS, any_of
from evalbatch.scoring.terms import rule_name
from evalbatch.standards.policy import Limit

_DESTINATION: Final = re.compile(any_of(WORDS["unspent_words"]))
_ADJUSTED: Final = re.compile(any_of(WORDS["adjustment_words"]))
_OF_MONEY: Final = re.compile(any_of(WORDS["money_reason_words"]))
_MARKS: Final = re.compile(r"[\s，。；、：,.;:!！]+")


@check("X01")
def deduction_unexplained(checked: CheckedSubmission) -> Iterator[Observation]:
    """Points deducted from an indicator without a reason."""
    for pair in checked.scored:
        reason = pair.row.get("reason")
        score = pair.score
        if (
            reason is None
            or not unsaid(reason.text)
            or _told_for(checked, pair)
            or score.claimed is None
            or score.weight is None
        ):
            continue
        if checked.exceeds(score.weight, score.claimed) and not _by_the_rate(checked, pair):
            lost = given(score.weight - score.claimed)
            figures = {"name": pair.name, "weight": given(score.weight), "lost": lost}
            yield seen("X01", reason, found=given(score.claimed), expected="扣分原因", **figures)


def _by_the_rate(checked: CheckedSubmission, pair: ScoredRow) -> bool:
    """Whether the funding block lost but what its execution rate takes: a low rate is X02's."""
    claimed, computed = pair.score.claimed, pair.score.computed
    if pair.row.table != "funding" or claimed is None or computed is None:
        return False
    return not checked.differ(claimed, computed) or is_rounding(claimed, computed)


def _told_for(checked: CheckedSubmission, pair: ScoredRow) -> tuple[Entry, ...]:
    """Return the reasons that a form has elsewhere for a row."""
    return checked.fund_reasons if pair.row.table == "funding" else checked.shared_reasons


@check("X02")
def execution_unexplained(checked: CheckedSubmission) -> Iterator[Observation]:
    """An execution rate below the profile's limit without a reason; where it is an indicator of its
    own, X01 asks for it.
    """
    rate = checked.scores.funding.rate
    if rate is None or not _low(checked, rate) or _execution_explained(checked):
        return
    if _execution_indicator(checked):
        return
    where = checked.submission.get("execution_reason") or _fund_entry(checked, "rate", "executed")
    if where is not None:
        limit = checked.limits.execution_reason_below
        found = percent_beside(rate.value or ZERO, limit.value)
        expected = short_percent(limit.value)
        yield under(limit, seen("X02", where, found=found, expected=expected, **_named(rate)))


def _execution_explained(checked: CheckedSubmission) -> bool:
    """Whether a reason stands in its own field, or in a box for all reasons; in a form without such
    a field, wherever it asks for reasons or problems.
    """
    own = checked.submission.get("execution_reason")
    if not unsaid(own.text if own else "") or checked.fund_reasons:
        return True
    return own is None and any(_OF_MONEY.search(text) for text in _reasons_elsewhere(checked))


def _reasons_elsewhere(checked: CheckedSubmission) -> Iterator[str]:
    """Yield what a form of others says of reasons and problems in its tables."""
    for rows in checked.submission.tables.values():
        yield from (row.text(column) for row in rows for column in ("reason", "problem"))


def _low(checked: CheckedSubmission, rate: Rate) -> bool:
    return rate.value is not None and rate.value < checked.limits.execution_reason_below.value


def _execution_indicator(checked: CheckedSubmission) -> bool:
    """Whether the execution rate is an indicator with a reason of its own, or with a deduction that
    X01 asks a reason for.
    """
    rows = [
        pair
        for pair in checked.scored
        if pair.score.rule == rule_name("execution") and pair.row.table == "indicators"
    ]
    return any(
        says_something(pair.row.get("reason")) or _deducted(checked, pair.score) for pair in rows
    )


def _deducted(checked: CheckedSubmission, score: Score) -> bool:
    if score.claimed is None or score.weight is None:
        return False
    return checked.exceeds(score.weight, score.claimed)


@check("X03")
def far_above_unexplained(checked: CheckedSubmission) -> Iterator[Observation]:
    """Results far above their target without a reason."""
    for pair in checked.scored:
        reason = pair.row.get("reason")
        if reason is None or not unsaid(reason.text) or checked.shared_reasons:
            continue
        limit, score = _exceeded(checked, pair), pair.score
        if limit is None:
            continue
        rate = limit is checked.policy.quantitative.explain_above
        figures = {"name": pair.name, "target": score.target, "actual": score.actual}
        figures |= {"found": percent(score.completion or ZERO) if rate else score.actual}
        figures |= {"expected": short_percent(limit.value) if rate else given(limit.value)}
        yield under(limit, seen("X03", reason, variant="" if rate else "zero_target", **figures))


def _exceeded(checked: CheckedSubmission, pair: ScoredRow) -> Limit | None:
    """Return the limit that a result far above its target reaches, None where it is not far; a
    target of 0 has one of its own.
    """
    rules, completion = checked.policy.quantitative, pair.score.completion
    if pair.row.table == "funding" or pair.score.rule == rule_name("execution"):
        return None
    if completion is not None and completion >= rules.explain_above.value:
        return rules.explain_above
    target, actual = _number(pair.row.get("target")), _number(pair.row.get("actual"))
    if target is None or target.number != 0 or target.operator not in ("≥", ">"):
        return None
    limit = rules.explain_above_zero_target
    far = actual is not None and actual.number is not None and actual.number >= limit.value
    return limit if far else None


def _number(entry: Entry | None) -> Quantity | None:
    quantity = entry.quantity if entry else None
    return quantity if quantity and quantity.kind is QuantityKind.NUMBER else None


@check("X04")
def reason_too_thin(checked: CheckedSubmission) -> Iterator[Observation]:
    """Reasons that explain nothing: too short, or one of the words that the profile calls thin."""
    limit = checked.limits.reason_characters
    for reason in _reasons_needed(checked):
        bare = _MARKS.sub("", reason.text)
        if not bare or unsaid(reason.text):
            continue
        if len(bare) < limit.value:
            yield under(limit, seen("X04", reason, found=bare, expected=given(limit.value)))
        elif _says_nothing(checked, bare):
            yield seen("X04", reason, found=bare, expected="具体原因", variant="stock")


def _says_nothing(checked: CheckedSubmission, reason: str) -> bool:
    return any(re.fullmatch(words, reason) for words in checked.limits.thin_reasons)


def _reasons_needed(checked: CheckedSubmission) -> Iterator[Entry]:
    for pair in checked.scored:
        reason = pair.row.get("reason")
        if reason is not None and (_deducted(checked, pair.score) or _exceeded(checked, pair)):
            yield reason
            yield from checked.shared_reasons if unsaid(reason.text) else ()
    rate, stated = checked.scores.funding.rate, checked.submission.get("execution_reason")
    if rate is not None and stated is not None and _low(checked, rate):
        yield from checked.shared_reasons if unsaid(stated.text) else (stated,)


@check("X05")
def unspent_unexplained(checked: CheckedSubmission) -> Iterator[Observation]:
    """Unspent money of which nobody says where it went."""
    unspent, rate = checked.scores.funding.unspent, checked.scores.funding.rate
    if unspent is None or rate is None or _trifling(checked, unspent, rate.denominator):
        return
    if checked.has("unspent_reason") or _destined(checked):
        return
    where = checked.submission.get("unspent_reason") or _fund_entry(checked, "executed")
    if where is not None:
        limits, figures = checked.limits, _named(rate)
        beyond = unspent > limits.unspent_amount.value
        limit = limits.unspent_amount if beyond else limits.unspent_share
        figures |= {"found": money(unspent), "limit": limit.quoted}
        yield seen("X05", where, expected="结转结余说明", **figures)


@check("X06")
def adjustment_unexplained(checked: CheckedSubmission) -> Iterator[Observation]:
    """A budget changed during the year without a word about it, where the profile asks for one."""
    fund = checked.fund
    if fund is None or not checked.policy.execution.explain_adjustment:
        return
    before, after = fund.number("initial_budget"), fund.get("budget")
    if before is None or after is None or after.number is None:
        return
    changed = abs(after.number - before) > checked.limits.money_tolerance.value
    texts = [checked.submission.text(name) for name in ("execution_reason", "unspent_reason")]
    texts += [entry.text for entry in checked.fund_reasons] + [checked.chapters]
    if changed and not any(_ADJUSTED.search(text) for text in texts):
        yield seen("X06", after, found=money(after.number), expected=money(before))


def _destined(checked: CheckedSubmission) -> bool:
    """Whether one of the reasons says what becomes of the money."""
    texts = (
        checked.submission.text("execution_reason"),
        *(entry.text for entry in checked.fund_reasons),
    )
    return any(_DESTINATION.search(text) for text in texts)


def _trifling(checked: CheckedSubmission, unspent: Decimal, whole: Decimal) -> bool:
    """Whether what was left over is nothing to speak of: little money, and little of the whole."""
    limits = checked.limits
    if unspent <= limits.money_tolerance.value:
        return True
    return unspent <= limits.unspent_amount.value and unspent <= whole * limits.unspent_share.value


def _named(rate: Rate) -> dict[str, str]:
    return {
        "numerator": f"{rate.numerator_name}{money(rate.numerator)}万元",
        "denominator": f"{rate.denominator_name}{money(rate.denominator)}万元",
    }


def _fund_entry(checked: CheckedSubmission, *columns: str) -> Entry | Row | None:
    fund = checked.fund
    entries = (fund.get(column) for column in columns) if fund else ()
    return next((entry for entry in entries if entry is not None), fund)
