"""How far an actual attains its target, as a share of the weight (policy.md 1.3 and 3)."""

from decimal import Decimal
from typing import NamedTuple

from evalbatch.model.figures import ONE, ZERO, percent, plain, short_percent
from evalbatch.model.value import Kind, Quantity
from evalbatch.policies.spec import Quantitative
from evalbatch.scoring.ladders import rung
from evalbatch.scoring.terms import convert

_REVERSE = frozenset({"≤", "<"})
_FORWARD = frozenset({"≥", ">", "="})
_PERCENT = "%"  # the unit of a band of fractions


class Attained(NamedTuple):
    """The share of the weight that an actual earns, before any pass line.

    `share` is None when it cannot be told; `said` is then a key of the problems, else of the reasons. `completion` is actual by
    target for a forward indicator (it may exceed 1), else the share.
    """

    share: Decimal | None
    completion: Decimal | None
    rule: str
    said: str
    figures: tuple[tuple[str, str], ...] = ()


def attain(target: Quantity, actual: Quantity, rules: Quantitative, *, reverse: bool | None = None) -> Attained:
    """Compare an actual with its target.

    Args:
        target: the target (年度指标值).
        actual: the actual (实际完成值).
        rules: how the profile scores quantitative indicators.
        reverse: the direction where the target has no operator: None means forward; True reverse.

    Returns:
        The attainment; its share is None when target and actual cannot be compared.
    """
    if actual.kind is Kind.EMPTY:
        return Attained(None, None, "none", "no_actual")
    if target.kind is Kind.EMPTY:
        return Attained(None, None, "none", "no_target")
    compare = _COMPARISONS.get(target.kind)
    if compare is None or actual.kind is Kind.TEXT:
        return Attained(None, None, "none", "text")
    return compare(target, actual, rules, reverse)


def _number(target: Quantity, actual: Quantity, rules: Quantitative, reverse: bool | None) -> Attained:
    if actual.kind is not target.kind:
        return _differ(target, actual)
    wanted, got = target.number, _converted(actual, target.unit)
    if wanted is None or got is None:
        return Attained(None, None, "none", "units")
    if target.operator in _FORWARD:
        reverse = False
    elif target.operator in _REVERSE:
        reverse = True
    elif reverse and target.kind is Kind.PERCENT and wanted != got:
        return Attained(None, None, "none", "direction")
    if wanted <= 0:
        return _zero(wanted, got, target.operator, reverse=bool(reverse))
    got = max(got, ZERO)
    return _reverse(wanted, got, rules) if reverse else _forward(wanted, got, rules)


def _zero(wanted: Decimal, got: Decimal, operator: str, *, reverse: bool) -> Attained:
    """Compare with a target that is not above zero: no quotient exists, so all or nothing."""
    forward = operator in {"≥", ">"} or (wanted < 0 and not reverse)
    met = got >= wanted if forward else got <= wanted
    if met:
        return Attained(ONE, ONE, "zero", "zero_met")
    if wanted < 0:
        return Attained(None, None, "zero", "negative")
    return Attained(ZERO, ZERO, "zero", "zero_missed")


def _forward(wanted: Decimal, got: Decimal, rules: Quantitative) -> Attained:
    ratio = got / wanted
    if rules.deduct_above and ratio > rules.explain_above.value:
        share = max(ZERO, ONE - (ratio - rules.explain_above.value) * rules.deduct_slope)
        limit = percent(rules.explain_above.value)
        return Attained(share, ratio, "forward", "above", (("rate", percent(ratio)), ("limit", limit)))
    return Attained(min(ratio, ONE), ratio, "forward", "met" if ratio >= 1 else "short", (("rate", percent(ratio)),))


def _reverse(wanted: Decimal, got: Decimal, rules: Quantitative) -> Attained:
    rule = f"reverse_{rules.reverse}"
    if got <= wanted:
        return Attained(ONE, ONE, rule, "reverse_met")
    share = _beyond(wanted, got, rules)
    return Attained(share, share, rule, "reverse_short", (("excess", percent(got / wanted - 1)), ("rate", percent(share))))


def _beyond(limit: Decimal, got: Decimal, rules: Quantitative) -> Decimal:
    """Return the share earned by a figure above a positive limit, by the reverse formula of the profile."""
    return limit / got if rules.reverse == "quotient" else max(ZERO, 2 - got / limit)


def _band(target: Quantity, actual: Quantity, rules: Quantitative, _: bool | None) -> Attained:
    if actual.kind is not (Kind.PERCENT if target.unit == _PERCENT else Kind.NUMBER):
        return _differ(target, actual)
    low, high, got = target.number, target.upper, _converted(actual, target.unit)
    if low is None or high is None or got is None:
        return Attained(None, None, "none", "units")
    if rules.band_ladder:
        middle = target.middle if target.middle is not None else (low + high) / 2
        return _deviation(middle, got, target.unit, rules)
    if low <= got <= high:
        return Attained(ONE, ONE, "band", "band_met")
    bound, said = (low, "band_below") if got < low else (high, "band_above")
    if bound <= 0:
        return Attained(None, None, "band", "band")
    share = max(got, ZERO) / bound if got < low else _beyond(bound, got, rules)
    return Attained(share, share, "band", said, (("bound", _bound(bound, target.unit)), ("rate", percent(share))))


def _deviation(middle: Decimal, got: Decimal, unit: str, rules: Quantitative) -> Attained:
    if middle <= 0:
        return Attained(None, None, "band", "band")
    deviation = abs(got - middle) / middle
    share = rung(rules.ladders[rules.band_ladder], deviation, ONE)
    return Attained(share, share, "band", "band_ladder", (("bound", _bound(middle, unit)), ("deviation", percent(deviation))))


def _bound(bound: Decimal, unit: str) -> str:
    return short_percent(bound) if unit == _PERCENT else f"{plain(bound)}{unit}"


def _date(target: Quantity, actual: Quantity, rules: Quantitative, _: bool | None) -> Attained:
    if target.when is None or actual.when is None:
        return _differ(target, actual)
    if actual.when <= target.when:
        return Attained(ONE, ONE, "date", "date_met")
    late = (("days", str((actual.when - target.when).days)),)
    if rules.late_dates == "zero":
        return Attained(ZERO, ZERO, "date", "date_late", late)
    return Attained(None, None, "date", "date", late)


def _compound(target: Quantity, actual: Quantity, rules: Quantitative, reverse: bool | None) -> Attained:
    if actual.kind is not Kind.COMPOUND or len(actual.parts) != len(target.parts) or not target.parts:
        return Attained(None, None, "compound", "compound")
    pairs = zip(target.parts, actual.parts, strict=True)
    parts = [attain(wanted, got, rules, reverse=reverse) for wanted, got in pairs]
    shares = [part.share for part in parts if part.share is not None]
    if len(shares) < len(parts):
        return next(part for part in parts if part.share is None)
    share = sum(shares, ZERO) / len(shares)
    return Attained(share, share, "compound", "compound", (("rate", percent(share)),))


def _differ(target: Quantity, actual: Quantity) -> Attained:
    kinds = (("target_kind", target.kind.value), ("actual_kind", actual.kind.value))
    return Attained(None, None, "none", "kinds", kinds)


def _converted(quantity: Quantity, unit: str) -> Decimal | None:
    return None if quantity.number is None else convert(quantity.number, quantity.unit, unit)


_COMPARISONS = {
    Kind.NUMBER: _number,
    Kind.PERCENT: _number,
    Kind.BAND: _band,
    Kind.DATE: _date,
    Kind.COMPOUND: _compound,
}
