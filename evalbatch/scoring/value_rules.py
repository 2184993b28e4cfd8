"""Rules that look at target and actual: quantitative, qualitative, direct, ladders."""

from dataclasses import replace
from decimal import Decimal

from evalbatch.model.figures import CENT, ONE, ZERO, fixed, percent, plain, rounded, short_percent
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.reading.polarity import falls_short
from evalbatch.scoring import terms
from evalbatch.scoring.alignment import duration
from evalbatch.scoring.attainment import Attained, attain, points_off, rung
from evalbatch.scoring.sense import (
    against,
    as_rate,
    is_timely,
    named_direction,
    sense_of,
    sense_without_operator,
)
from evalbatch.scoring.terms import Indicator, RuleResult, ScoringTask, figure_of, unknown, words
from evalbatch.standards.policy import Policy, Quantitative

_PASS_LINE_RULES = frozenset(
    {"forward", "reverse_quotient", "reverse_subtractive", "band", "compound"}
)


def by_value(task: ScoringTask) -> RuleResult:
    """Score an indicator by what its target and actual are: a tier, a yes or no, or figures."""
    indicator, rules = task.indicator, task.context.policy.quantitative
    if indicator.nature in words("nature", "direct"):
        return direct(task)
    if indicator.actual.kind is QuantityKind.TIER and indicator.target.kind in {
        QuantityKind.TIER,
        QuantityKind.TEXT,
        QuantityKind.EMPTY,
    }:
        return qualitative(task)
    if rules.direct and QuantityKind.TEXT in {indicator.target.kind, indicator.actual.kind}:
        return direct(task)
    return quantitative(task)


def attained(indicator: Indicator, rules: Quantitative) -> Attained:
    """Compare an indicator's actual with its target; without an operator nature, group and name
    tell what is better.
    """
    target = as_rate(indicator.target, indicator.level3)
    if not target.operator and indicator.nature in words("nature", "operators"):
        target = replace(target, operator=indicator.nature)
    if indicator.actual.direction and not target.direction:
        target = replace(target, direction=named_direction(indicator.level3))
    sense = sense_without_operator(
        target, indicator.level3, indicator.level2, indicator.nature, rules
    )
    reached = attain(target, indicator.actual, rules, sense=sense, name=indicator.level3)
    return _either_way(_not_overdone(reached, target, indicator), target, indicator, rules)


def _not_overdone(reached: Attained, target: Quantity, indicator: Indicator) -> Attained:
    """Count as met and no more what falls by more than was asked for, or is done earlier: that is
    better, and nothing to explain.
    """
    if reached.completion is None or reached.completion <= ONE:
        return reached
    falls = "-" in (target.direction, named_direction(indicator.level3))
    earlier = duration(target) and is_timely(indicator.level2)
    return reached._replace(completion=ONE) if falls or earlier else reached


def _either_way(
    reached: Attained, target: Quantity, indicator: Indicator, rules: Quantitative
) -> Attained:
    """Leave to a person what an operator against the sense of its indicator decides (a cost of at
    least so much): met by the one, missed by the other.
    """
    sense = sense_of(indicator.level3, indicator.level2, indicator.nature, rules.reverse_groups)
    if reached.share is None or not against(target, sense):
        return reached
    aim, name = replace(target, operator=""), indicator.level3
    meant = attain(aim, indicator.actual, rules, sense=sense, name=name)
    if meant.share is None or (meant.share < 1) == (reached.share < 1):
        return reached
    return Attained(None, None, "none", "operator")


def quantitative(task: ScoringTask) -> RuleResult:
    """Score by A/T·W, its reverse, or the rule of bands, dates and several figures (README, rule
    1.3, 2, 3).
    """
    indicator, rules = task.indicator, task.context.policy.quantitative
    reached = attained(indicator, rules)
    figures = {
        "target": indicator.target.text,
        "actual": figure_of(indicator.actual.text),
        **dict(reached.figures),
    }
    if reached.share is None:
        problem = terms.problem(reached.said, **figures)
        return RuleResult(None, terms.rule_name(reached.rule), problem, missed=reached.missed)
    share = _passed(reached, rules)
    score = share * indicator.weight
    said = reached.said
    if share != reached.share:
        said = "passed"
        figures |= {"rate": percent(reached.share), "line": short_percent(rules.pass_line)}
    reason = terms.reason(said, **figures, weight=plain(indicator.weight), score=fixed(score))
    if reached.note:
        reason += terms.name("clause_separator") + terms.note(reached.note)
    return RuleResult(
        score, terms.rule_name(reached.rule), reason, reached.completion, note=reached.note
    )


def _passed(reached: Attained, rules: Quantitative) -> Decimal:
    """Apply the pass line: nothing below it, then (share - line)/(1 - line) (README, rule 2)."""
    share = reached.share if reached.share is not None else ZERO
    if not rules.pass_line or reached.rule not in _PASS_LINE_RULES:
        return share
    return max(ZERO, (share - rules.pass_line) / (ONE - rules.pass_line))


def qualitative(task: ScoringTask) -> RuleResult:
    """Keep the claimed score within the interval of the tier; below it, it stays as claimed
    (README, rule 1.3).
    """
    indicator, policy = task.indicator, task.context.policy
    interval = tier_interval(policy, indicator.actual.tier, indicator.weight)
    if interval is None:
        return unknown("tier_unknown", "tier", tier=indicator.actual.text)
    low, high = interval
    figures = {"tier": indicator.actual.text, "low": fixed(low), "high": fixed(high)}
    if indicator.claimed is None:
        return unknown("tier_blank", "tier", **figures)
    said = (
        "tier_above"
        if indicator.claimed > high
        else "tier_below"
        if indicator.claimed < low
        else "tier_within"
    )
    reason = terms.reason(said, **figures, claimed=plain(indicator.claimed))
    return RuleResult(max(ZERO, min(indicator.claimed, high)), terms.rule_name("tier"), reason)


def tier_interval(
    policy: Policy, tier: int | None, weight: Decimal
) -> tuple[Decimal, Decimal] | None:
    """Return the lowest and highest admissible score of a tier, both with two decimals.

    The bound between two tiers belongs to the upper one: with a weight of 15, tier 1 is [12.00, 15]
    and tier 2 [9.00, 11.99].

    Returns:
        The interval, None when the profile has no such tier.
    """
    if tier is None or not 1 <= tier <= len(policy.tiers):
        return None
    low = rounded(policy.tiers[tier - 1].low * weight)
    high = weight if tier == 1 else max(low, rounded(policy.tiers[tier - 2].low * weight) - CENT)
    return low, high


def direct(task: ScoringTask) -> RuleResult:
    """Score all or nothing (直接赋分, README, rule 2)."""
    indicator = task.indicator
    target, actual = indicator.target, indicator.actual
    figures = {"target": target.text, "actual": actual.text}
    blank = [each.kind is QuantityKind.EMPTY and not each.text.strip() for each in (target, actual)]
    if any(blank):
        return unknown("no_actual" if blank[1] else "no_target", "direct")
    met = _met(indicator, task.context.policy.quantitative)
    if met is None:
        words = falls_short(target.text, actual.text, indicator.level3)
        if words:
            problem = terms.problem("denied", **figures, words=words)
            return RuleResult(None, terms.rule_name("direct"), problem, missed=True)
        return unknown("text", "direct", **figures)
    reason = terms.reason("direct_met" if met else "direct_missed", **figures)
    return RuleResult(
        indicator.weight if met else ZERO, terms.rule_name("direct"), reason, ONE if met else ZERO
    )


def _met(indicator: Indicator, rules: Quantitative) -> bool | None:
    target, actual = indicator.target, indicator.actual
    if target.text == actual.text:
        return True
    if actual.text in words("text", "failed"):
        return False
    share = attained(indicator, rules).share
    return None if share is None else share >= 1


def ladder(task: ScoringTask) -> RuleResult:
    """Score by the ladder that the profile names, over the completion or the actual figure."""
    indicator, policy = task.indicator, task.context.policy
    figure = _figure(task)
    if figure is None:
        return quantitative(task)
    score = rung(policy.quantitative.ladders[task.rule.ladder], figure, indicator.weight)
    named = terms.reason(f"figure_{task.rule.over}")
    reason = terms.reason(
        "ladder",
        figure=named,
        rate=percent(figure),
        score=fixed(score),
        weight=plain(indicator.weight),
    )
    return RuleResult(
        score, terms.rule_name("ladder"), reason, figure if task.rule.over == "completion" else None
    )


def deduction(task: ScoringTask) -> RuleResult:
    """Take points off for every full step beyond a limit, never below zero."""
    indicator, figure = task.indicator, _figure(task)
    if figure is None:
        return quantitative(task)
    rule = task.context.policy.quantitative.deductions[task.rule.ladder]
    gone = points_off(rule, figure)
    score = max(ZERO, indicator.weight - gone)
    named = terms.reason(f"figure_{task.rule.over}")
    steps = {
        "start": short_percent(rule.start),
        "step": short_percent(rule.step),
        "points": plain(rule.points),
    }
    shown = {"lost": plain(gone), "score": fixed(score), "weight": plain(indicator.weight)}
    reason = terms.reason("deduction", figure=named, rate=percent(figure), **steps, **shown)
    return RuleResult(score, terms.rule_name("deduction"), reason)


def _figure(task: ScoringTask) -> Decimal | None:
    if task.rule.over == "completion":
        return attained(task.indicator, task.context.policy.quantitative).completion
    actual = task.indicator.actual
    if actual.kind is not QuantityKind.PERCENT or actual.number is None:
        return None
    return abs(actual.number) if task.rule.over == "size" else actual.number
