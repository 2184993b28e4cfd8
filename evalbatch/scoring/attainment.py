"""How much of its target an actual reached, which step of a ladder a figure stands on, and points
lost step by step.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from evalbatch.model.figures import ONE, ZERO, clamp, percent, plain, short_percent
from evalbatch.model.units import MONEY, SCORE, dimension
from evalbatch.model.value import SINGLE, Quantity, QuantityKind
from evalbatch.reading.partial_counts import is_rate_of_completion, other_rate
from evalbatch.reading.polarity import (
    class_reached,
    denied,
    falls_short,
    in_time,
    leaves_out,
    not_yet,
    nothing_bad,
    nothing_happened,
    of_another,
    step_for_result,
    tells_result,
    unproven,
    wants_all,
)
from evalbatch.reading.quantities import clauses, parse_quantity
from evalbatch.scoring.alignment import Aligned, align
from evalbatch.scoring.meanings import as_meant, beside_each_other
from evalbatch.standards.policy import Band, Deduction, Quantitative


def rung(bands: Iterable[Band], figure: Decimal, weight: Decimal) -> Decimal:
    """Return what the highest step that the figure reaches is worth, within [0, weight]; below all
    steps nothing.

    Args:
        bands: the steps, in any order.
        figure: what the ladder measures, such as a rate as a fraction.
        weight: the weight of the indicator; 1 gives shares.
    """
    reached = [
        band for band in bands if figure > band.low or (figure == band.low and not band.above)
    ]
    if not reached:
        return ZERO
    step = max(reached, key=lambda band: (band.low, band.above))
    return clamp(step.score if step.score is not None else (step.share or ZERO) * weight, weight)


def points_off(deduction: Deduction, figure: Decimal) -> Decimal:
    """Return the points lost: for every full step by which the figure lies beyond the start, on the
    side that counts.
    """
    beyond = deduction.start - figure if deduction.side == "below" else figure - deduction.start
    steps = (max(beyond, ZERO) / deduction.step).to_integral_value(ROUND_FLOOR)
    return steps * deduction.points


_REVERSE = frozenset({"≤", "<"})
_FORWARD = frozenset({"≥", ">"})
_PERCENT = "%"  # the unit of a band of fractions
_MEASURED = frozenset(
    {
        QuantityKind.NUMBER,
        QuantityKind.PERCENT,
        QuantityKind.BAND,
        QuantityKind.DATE,
        QuantityKind.COMPOUND,
    }
)
_EARLY = 3  # months: what is done so early may have been done the year after
_YEAR = re.compile(r"(?:19|20)\d\d")
_PROPORTION = re.compile(r"\d[:：]\d")  # 师生比1:15: which way is better, no figure tells
_CALENDAR = Decimal(
    "0.30"
)  # below the target by no more than working days and days of the calendar differ


class Attained(NamedTuple):
    """The share of the weight that an actual earns, before any pass line.

    `share` is None when it cannot be told; `said` is then a key of the problems, else of the
    reasons. `completion` is actual by target for a forward indicator (it may exceed 1), else the
    share. `missed` says that values or words contradict that the target was met, though no share
    can be told. `note` is a key of the notes: how a figure was read.
    """

    share: Decimal | None
    completion: Decimal | None
    rule: str
    said: str
    figures: tuple[tuple[str, str], ...] = ()
    missed: bool = False
    note: str = ""


def attain(
    target: Quantity, actual: Quantity, rules: Quantitative, *, sense: str = "", name: str = ""
) -> Attained:
    """Compare an actual with its target.

    Args:
        target: the target (年度指标值).
        actual: the actual (实际完成值).
        rules: how the profile scores quantitative indicators.
        sense: what is better where the target has no operator: `less`, `more`, empty when unknown;
            `unsure` means that a percentage may be meant either way.
        name: the name of the indicator, which may speak of what the actual tells (招标完成率).

    Returns:
        The attainment; its share is None when it cannot be told, and `missed` says when words or
        values contradict it.
    """
    target = _as_nothing(target)
    actual = _nothing_done(target, actual, sense) if target.kind in _MEASURED else actual
    if actual.kind is QuantityKind.EMPTY and not actual.text.strip():
        return _untold("no_actual")
    if target.kind is QuantityKind.EMPTY:
        return _untold("no_target")
    actual = as_meant(target, actual, name)
    reached = _compared(*beside_each_other(target, actual), rules, sense)
    if reached.share is None:
        return _by_words(reached, target, actual, name)
    if reached.share < 1:
        return _of_the_rate_asked_for(reached, target, actual, name)
    return _undoubted(reached, target, actual, name, in_year=rules.in_year)


def _by_words(reached: Attained, target: Quantity, actual: Quantity, name: str) -> Attained:
    """Ask the words where no figure tells: for a contradiction, or for a class."""
    if reached.missed:
        return reached
    words = falls_short(target.text, actual.text, name) or _to_come(target, actual)
    if words and not _only_counted(target, actual, name):
        return _untold("denied", missed=True, words=words)
    worded = {target.kind, actual.kind} == {QuantityKind.TEXT}
    if worded and class_reached(target.text, actual.text, name):
        return Attained(ONE, ONE, "class", "class_met")
    return reached


def _of_the_rate_asked_for(
    reached: Attained, target: Quantity, actual: Quantity, name: str
) -> Attained:
    """Return what falls short, unless it is another rate than was asked for (故障率1.5% of
    完好率≥98%).
    """
    words = _other_rate(target, actual, name)
    return _untold("other_rate", words=words) if words else reached


def _undoubted(
    reached: Attained, target: Quantity, actual: Quantity, name: str, *, in_year: bool
) -> Attained:
    """Return what meets its target, unless the words around its figures leave a doubt; where
    `in_year`, none whether it is of a part of the year.
    """
    reverse = reached.rule.startswith("reverse")
    words = _doubt(target, actual, name)
    if not in_year:
        words = words or _of_another(target, actual, name, reverse=reverse)
    if reverse:
        words = words or leaves_out(actual.text)
    if words and step_for_result(words, target.text + name):
        return _untold("denied", missed=True, words=words)
    return _untold("doubted", words=words) if words else reached


def _of_another(target: Quantity, actual: Quantity, name: str, *, reverse: bool) -> str:
    """Return the words by which a share, a mean or what keeps a limit is of something else than
    asked for; a count that reaches its target in a part of the year has reached it.
    """
    level = QuantityKind.PERCENT in {target.kind, actual.kind} or dimension(target.unit) == SCORE
    return of_another(actual.text, target.text, name) if level or reverse else ""


def _only_counted(target: Quantity, actual: Quantity, name: str) -> bool:
    """Whether what denies a share is only counted beside figures that may reach it (不合格2批，
    合格率96%; 满意365人，不满意15人).
    """
    if target.kind is not QuantityKind.PERCENT or target.number is None:
        return False
    told = {clause: falls_short(target.text, clause, name) for clause in clauses(actual.text)}
    if not all(any(map(str.isdigit, clause)) for clause, words in told.items() if words):
        return False
    others = [parse_quantity(clause) for clause, words in told.items() if not words]
    figures = [each for each in others if each is not None and each.number is not None]
    shares = [each.number or 0 for each in figures if each.kind is QuantityKind.PERCENT]
    return sum(shares) >= target.number if shares else bool(figures)


def _to_come(target: Quantity, actual: Quantity) -> str:
    """Return the words that say that what was to be counted or dated is still to come; of a share
    below the whole, what is still to come need not be missing.
    """
    share = target.kind is QuantityKind.PERCENT and target.number != ONE
    return not_yet(actual.text) if target.kind in _MEASURED and not share else ""


def _untold(said: str, *, rule: str = "none", missed: bool = False, **figures: str) -> Attained:
    return Attained(None, None, rule, said, tuple(figures.items()), missed)


def _as_nothing(quantity: Quantity) -> Quantity:
    """Read words for nothing (未开展, 零事故, 无) as 0."""
    if quantity.kind in {
        QuantityKind.TEXT,
        QuantityKind.TIER,
        QuantityKind.EMPTY,
    } and nothing_happened(quantity.text):
        return Quantity(QuantityKind.NUMBER, quantity.text, number=ZERO)
    return quantity


def _nothing_done(target: Quantity, actual: Quantity, sense: str) -> Quantity:
    """Read words for nothing as 0, but not those that say that nothing bad happened where the more
    is the better (准确率100%，无差错).
    """
    more = target.number and _direction(target, sense) not in {"less", "unsure"}
    return actual if more and nothing_bad(actual.text) else _as_nothing(actual)


def _doubt(target: Quantity, actual: Quantity, name: str) -> str:
    """Return the words that leave a doubt about a figure that meets its target."""
    words = (
        denied(actual.text)
        or unproven(actual.text, target.text, name)
        or _rate_beside(target, actual)
        or _other_rate(target, actual, name)
        or _result_beside(actual)
    )
    return "" if words in target.text or nothing_happened(actual.text) else words


def _other_rate(target: Quantity, actual: Quantity, name: str) -> str:
    rates = target.kind is actual.kind is QuantityKind.PERCENT
    return other_rate(actual.text, target.text + name) if rates else ""


def _result_beside(actual: Quantity) -> str:
    """Return a result of the same unit that is less than the figure it stands beside (受理100户，
    发放85户).
    """
    same = (part for part in actual.parts if part.kind is actual.kind and part.unit == actual.unit)
    less = (
        part.text
        for part in same
        if part.number is not None and actual.number is not None and part.number < actual.number
        if tells_result(part.text)
    )
    return "" if actual.kind is QuantityKind.COMPOUND else next(less, "")


def _rate_beside(target: Quantity, actual: Quantity) -> str:
    """Return a rate of completion below the whole that stands beside, or instead of, a figure that
    reaches its target (12场，完成率75%).
    """
    told = actual.kind is QuantityKind.PERCENT is not target.kind
    if told and is_rate_of_completion(actual.text):
        return actual.text
    rates = (
        part.text
        for part in actual.parts
        if part.kind is QuantityKind.PERCENT and is_rate_of_completion(part.text)
        if part.number is not None and part.number < ONE
    )
    return next(rates, "")


def _compared(target: Quantity, actual: Quantity, rules: Quantitative, sense: str) -> Attained:
    if (
        target.kind is QuantityKind.DATE
        and actual.kind in {QuantityKind.TEXT, QuantityKind.TIER}
        and in_time(actual.text)
    ):
        return _untold("undated")
    if (
        target.kind is QuantityKind.TEXT
        and actual.kind is QuantityKind.PERCENT
        and wants_all(target.text)
    ):
        return _whole(actual)
    compare = _COMPARISONS.get(target.kind)
    if compare is None or actual.kind in {QuantityKind.TEXT, QuantityKind.EMPTY}:
        return _untold("text")
    return compare(target, actual, rules, sense)


def _whole(actual: Quantity) -> Attained:
    """Compare a share with a target that wants all: less than the whole denies it, about or nearly
    the whole is for a person.
    """
    part = actual.number is not None and actual.number < ONE
    if part or actual.operator == "<":
        return _untold("denied", missed=True, words=actual.text)
    if actual.operator in {"~", "≈"}:
        return _untold("nearly")
    return Attained(ONE, ONE, "whole", "whole_met")


def _number(target: Quantity, actual: Quantity, rules: Quantitative, sense: str) -> Attained:
    aligned = align(target, actual) if actual.kind in SINGLE else None
    if aligned is None or aligned.problem:
        return _not_aligned(target, actual, aligned, sense)
    if target.operator == "≈":
        return _about(aligned, rules, sense)
    direction = _direction(target, sense)
    if direction == "unsure" and aligned.wanted != aligned.got:
        return _untold("direction")
    reverse = direction in {"less", "unsure"}
    all_wanted = target.kind is QuantityKind.PERCENT and aligned.wanted == ONE
    nearly = {"<", "~", "≈"} if all_wanted else {"<", "~"}  # about all is not all
    if actual.operator in nearly and not reverse:
        return _below(actual, aligned, rules)
    if _only_bounded(actual, aligned, reverse=reverse):
        beyond = reverse and actual.operator == ">" and aligned.got == aligned.wanted
        return _untold("at_least" if reverse else "below", missed=beyond)
    reached = _toward(aligned.wanted, aligned.got, target.operator, rules, reverse=reverse)
    unsure = _unsure(reached, actual, aligned, reverse=reverse)
    return _untold(unsure) if unsure else reached._replace(note=aligned.note)


def _unsure(reached: Attained, actual: Quantity, aligned: Aligned, *, reverse: bool) -> str:
    """Return why a figure that falls short may yet have met its target: working days are fewer
    than those of the calendar, a bare figure may be in per cent. Empty where it surely fell short.
    """
    short = reached.share is not None and ONE - _CALENDAR < reached.share < ONE
    if short and aligned.note == "calendar":
        return "calendar"
    return "scale" if reverse and _meets_in_percent(actual, aligned) else ""


def _parts_miss(target: Quantity, actual: Quantity, sense: str) -> bool:
    """Whether several figures miss their target however they are meant: all together they are
    less, or each of them is more than a limit (线上3场、线下4场 of 10场).
    """
    if target.number is None or target.number <= 0:
        return False
    parts = [part for part in actual.parts if part.kind is not QuantityKind.DATE]
    aligned = [align(target, part) for part in parts]
    several = len({part.unit for part in parts}) > 1  # 每期80人，12期
    if not aligned or several or any(each.problem for each in aligned):
        return False
    if _direction(target, sense) == "less":
        return min(each.got for each in aligned) > target.number
    return sum(each.got for each in aligned) < target.number


def _not_aligned(
    target: Quantity, actual: Quantity, aligned: Aligned | None, sense: str
) -> Attained:
    if actual.kind is QuantityKind.COMPOUND and target.kind in SINGLE and sense != "unsure":
        return _differ(target, actual)._replace(missed=_parts_miss(target, actual, sense))
    return (
        _untold(aligned.problem)
        if aligned and aligned.problem != "kinds"
        else _differ(target, actual)
    )


def _direction(target: Quantity, sense: str) -> str:
    """Return `less` where less is better, `more`, or `unsure`; an operator decides, then whether a
    fall was wanted.
    """
    if target.operator in _FORWARD:
        return "more"
    if target.operator in _REVERSE:
        return "less"
    return "more" if target.direction == "-" else sense


def _meets_in_percent(actual: Quantity, aligned: Aligned) -> bool:
    """Whether a bare figure that exceeds a limit as a fraction would meet it in per cent (0.02
    beside 0.5%以内).
    """
    bare = aligned.note == "percent" and actual.kind is QuantityKind.NUMBER
    return bare and aligned.got > aligned.wanted >= (actual.number or ZERO).scaleb(-2)


def _below(actual: Quantity, aligned: Aligned, rules: Quantitative) -> Attained:
    """An actual below a bound (不足12场) or nearly a figure (近10场): missed where that is not
    above the target, met where it is by more than the tolerance, else it cannot be told.
    """
    if actual.operator == "<":
        return _untold("below", missed=aligned.got <= aligned.wanted)
    if aligned.got * (ONE - rules.about_tolerance) >= aligned.wanted:
        return _forward(aligned.wanted, aligned.got, rules)
    return _untold("nearly", missed=aligned.got < aligned.wanted)


def _only_bounded(actual: Quantity, aligned: Aligned, *, reverse: bool) -> bool:
    """Whether an actual states only a bound, on the side where it proves nothing (5天以上), or may
    yet be what was wanted (十余场 of 12场).
    """
    if reverse:
        return actual.operator in _FORWARD and aligned.got <= aligned.wanted
    if actual.operator in _FORWARD:
        return aligned.got < aligned.wanted < aligned.got + _last_place(aligned.got)
    return actual.operator == "≤" and aligned.got >= aligned.wanted


def _last_place(figure: Decimal) -> Decimal:
    """Return what the last digit of a figure counts that is not 0: 10 of 120, 100 of 200."""
    exponent = figure.normalize().as_tuple().exponent
    return ONE.scaleb(exponent) if isinstance(exponent, int) else ZERO


def _about(aligned: Aligned, rules: Quantitative, sense: str) -> Attained:
    """Compare with a target that is only about so much: met within the tolerance of the profile,
    and by what is better.
    """
    spread = abs(aligned.wanted) * rules.about_tolerance
    worst = aligned.wanted + spread if sense == "less" else aligned.wanted - spread
    met = aligned.got <= worst if sense == "less" else aligned.got >= worst
    if met:
        figures = (("tolerance", short_percent(rules.about_tolerance)),)
        return Attained(ONE, ONE, "forward", "about_met", figures, note=aligned.note)
    return _toward(aligned.wanted, aligned.got, "", rules, reverse=sense == "less")._replace(
        note=aligned.note
    )


def _toward(
    wanted: Decimal, got: Decimal, operator: str, rules: Quantitative, *, reverse: bool
) -> Attained:
    if wanted <= 0:
        return _zero(wanted, got, operator, reverse=reverse)
    got = max(got, ZERO)
    return _reverse(wanted, got, rules) if reverse else _forward(wanted, got, rules)


def _zero(wanted: Decimal, got: Decimal, operator: str, *, reverse: bool) -> Attained:
    """Compare with a target that is not above zero: no quotient exists, so all or nothing."""
    forward = operator in {"≥", ">"} or (wanted < 0 and not reverse)
    met = got >= wanted if forward else got <= wanted
    if met:
        return Attained(ONE, ONE, "zero", "zero_met")
    if wanted < 0:
        return _untold("negative", rule="zero", missed=True)
    return Attained(ZERO, ZERO, "zero", "zero_missed")


def _forward(wanted: Decimal, got: Decimal, rules: Quantitative) -> Attained:
    ratio = got / wanted
    if rules.deduct_above and ratio > rules.explain_above.value:
        share = max(ZERO, ONE - (ratio - rules.explain_above.value) * rules.deduct_slope)
        limit = percent(rules.explain_above.value)
        return Attained(
            share, ratio, "forward", "above", (("rate", percent(ratio)), ("limit", limit))
        )
    return Attained(
        min(ratio, ONE),
        ratio,
        "forward",
        "met" if ratio >= 1 else "short",
        (("rate", percent(ratio)),),
    )


def _reverse(wanted: Decimal, got: Decimal, rules: Quantitative) -> Attained:
    rule = f"reverse_{rules.reverse}"
    if got <= wanted:
        return Attained(ONE, ONE, rule, "reverse_met")
    share = _beyond(wanted, got, rules)
    return Attained(
        share,
        share,
        rule,
        "reverse_short",
        (("excess", percent(got / wanted - 1)), ("rate", percent(share))),
    )


def _beyond(limit: Decimal, got: Decimal, rules: Quantitative) -> Decimal:
    """Return the share earned by a figure above a positive limit, by the reverse formula of the
    profile.
    """
    return limit / got if rules.reverse == "quotient" else max(ZERO, 2 - got / limit)


def _band(target: Quantity, actual: Quantity, rules: Quantitative, sense: str) -> Attained:
    if actual.kind is QuantityKind.BAND:
        return _band_in_band(target, actual)
    kind = QuantityKind.PERCENT if target.unit == _PERCENT else QuantityKind.NUMBER
    lower = replace(target, kind=kind)
    aligned = align(lower, actual) if actual.kind in SINGLE else None
    if aligned is None or aligned.problem or target.number is None or target.upper is None:
        return _not_aligned(target, actual, aligned, sense)
    return _beside_band(target, target.number, target.upper, aligned.got, rules, sense)


def _beside_band(
    band: Quantity, low: Decimal, high: Decimal, got: Decimal, rules: Quantitative, sense: str
) -> Attained:
    if rules.band_ladder:
        middle = band.middle if band.middle is not None else (low + high) / 2
        return _deviation(middle, got, band.unit, rules)
    if low <= got <= high:
        return Attained(ONE, ONE, "band", "band_met")
    if _better(band, high, got, sense):
        return Attained(ONE, ONE, "band", "band_better")
    bound, said = (low, "band_below") if got < low else (high, "band_above")
    if bound <= 0:
        return _untold("band", rule="band", missed=True)
    share = max(got, ZERO) / bound if got < low else _beyond(bound, got, rules)
    return Attained(
        share, share, "band", said, (("bound", _bound(bound, band.unit)), ("rate", percent(share)))
    )


def _better(band: Quantity, high: Decimal, got: Decimal, sense: str) -> bool:
    """Whether a figure outside a band is better than it: a positive rate above, what is better when
    less below.

    A band of money is meant on both sides: spending far less is a deviation too.
    """
    if got > high:
        return sense == "more" and band.unit == _PERCENT
    return sense == "less" and got >= 0 and dimension(band.unit) != MONEY


def _band_in_band(target: Quantity, actual: Quantity) -> Attained:
    """Compare two bands: the same or a narrower one is met, another cannot be told."""
    same = target.unit == actual.unit or not (target.unit and actual.unit)
    bounds = (target.number, target.upper, actual.number, actual.upper)
    if not same or None in bounds:
        return _untold("text", rule="band")
    low, high, lowest, highest = (bound for bound in bounds if bound is not None)
    inside = low <= lowest and highest <= high
    return Attained(ONE, ONE, "band", "band_met") if inside else _untold("bands", rule="band")


def _deviation(middle: Decimal, got: Decimal, unit: str, rules: Quantitative) -> Attained:
    if middle <= 0:
        return Attained(None, None, "band", "band")
    deviation = abs(got - middle) / middle
    share = rung(rules.ladders[rules.band_ladder], deviation, ONE)
    return Attained(
        share,
        share,
        "band",
        "band_ladder",
        (("bound", _bound(middle, unit)), ("deviation", percent(deviation))),
    )


def _bound(bound: Decimal, unit: str) -> str:
    return short_percent(bound) if unit == _PERCENT else f"{plain(bound)}{unit}"


def _date(target: Quantity, actual: Quantity, rules: Quantitative, _: str) -> Attained:
    if target.when is None or actual.when is None:
        return _differ(target, actual)
    if target.operator in _FORWARD:
        return _not_before(target.when, actual.when)
    if actual.operator in _FORWARD:  # some day after: too late, or nobody can say
        return _untold("after", rule="date", missed=actual.when >= target.when)
    return _by_due_date(target.when, actual.when, actual, rules)


def _by_due_date(due: date, when: date, actual: Quantity, rules: Quantitative) -> Attained:
    if when <= due:
        if when.year < due.year:
            return _untold("year_before", rule="date")
        if _perhaps_next_year(due, actual):
            return _untold("year_untold", rule="date")
        return Attained(ONE, ONE, "date", "date_met")
    late = (("days", str((when - due).days)),)
    if rules.late_dates == "zero":
        return Attained(ZERO, ZERO, "date", "date_late", late)
    return Attained(None, None, "date", "date", late, missed=True)


def _not_before(first: date, when: date) -> Attained:
    """Compare with the first day on which something may happen (不早于9月1日)."""
    if when >= first:
        return Attained(ONE, ONE, "date", "date_met")
    return _untold("before", rule="date", missed=True)


def _perhaps_next_year(due: date, actual: Quantity) -> bool:
    """Whether a date without a year lies so early that it may be the next year's (1月15日 for
    12月底前).
    """
    early = actual.when is not None and actual.when.month <= _EARLY < due.month - _EARLY
    return early and not _YEAR.search(actual.text)


def _compound(target: Quantity, actual: Quantity, rules: Quantitative, sense: str) -> Attained:
    if (
        actual.kind is not QuantityKind.COMPOUND
        or len(actual.parts) != len(target.parts)
        or not target.parts
    ):
        return Attained(None, None, "compound", "compound")
    if _PROPORTION.search(target.text) and _numbers(target) != _numbers(actual):
        return _untold("direction")
    parts = [
        _part(wanted, got, rules, sense)
        for wanted, got in zip(target.parts, actual.parts, strict=True)
    ]
    shares = [part.share for part in parts if part.share is not None]
    if len(shares) < len(parts):
        missed = any(part.missed or (part.share is not None and part.share < 1) for part in parts)
        return next(part for part in parts if part.share is None)._replace(missed=missed)
    share = sum(shares, ZERO) / len(shares)
    return Attained(share, share, "compound", "compound", (("rate", percent(share)),))


def _numbers(quantity: Quantity) -> list[Decimal | None]:
    return [part.number for part in quantity.parts]


def _part(target: Quantity, actual: Quantity, rules: Quantitative, sense: str) -> Attained:
    """Compare one of several values; they are not mixed up when both count with different measure
    words.
    """
    if (
        QuantityKind.NUMBER is target.kind is actual.kind
        and target.unit
        and actual.unit
        and target.unit != actual.unit
    ):
        return _untold("compound", rule="compound")
    return _compared(target, actual, rules, sense)


def _differ(target: Quantity, actual: Quantity) -> Attained:
    return _untold("kinds", target_kind=target.kind.value, actual_kind=actual.kind.value)


_COMPARISONS = {
    QuantityKind.NUMBER: _number,
    QuantityKind.PERCENT: _number,
    QuantityKind.BAND: _band,
    QuantityKind.DATE: _date,
    QuantityKind.COMPOUND: _compound,
}
