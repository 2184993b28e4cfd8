"""Rules that look at the money: execution rate and arrival rate, each with its denominator named
(README, rule 1.7).
"""

from decimal import Decimal

from evalbatch.model.evaluation import Funding
from evalbatch.model.figures import ONE, clamp, fixed, percent, plain
from evalbatch.model.submission import Row, RowKind, Submission
from evalbatch.model.value import Rate
from evalbatch.scoring import terms
from evalbatch.scoring.attainment import rung
from evalbatch.scoring.terms import RuleResult, ScoringTask, said, unknown, words
from evalbatch.standards.policy import Policy


def total_row(submission: Submission) -> Row | None:
    """Return the funding block's total row, None when there is none."""
    return submission.row("funding", "total") or next(
        iter(submission.rows("funding", RowKind.TOTAL)), None
    )


def read_funding(submission: Submission, policy: Policy) -> Funding:
    """Take the money of a project from its funding block; the execution rate divides by what the
    profile names.
    """
    row = total_row(submission)
    if row is None:
        return Funding(None, None, None, None, None)
    budget, arrived, executed = row.number("budget"), row.number("arrived"), row.number("executed")
    rule = policy.execution
    initial = row.number("initial_budget")
    denominator = budget if rule.denominator == "budget" else arrived
    name = rule.denominator_name
    if rule.mode == "none" and row.get("budget") is None:  # a sheet that knows no other budget
        denominator, name = initial, terms.name("initial_budget")
    rate = None
    if denominator is not None and executed is not None:
        rate = Rate(executed, denominator, rule.numerator_name, name)
    return Funding(initial, budget, arrived, executed, rate)


def execution(task: ScoringTask) -> RuleResult:
    """Score the execution rate: in proportion, capped at the weight, or by the profile's bands."""
    rule, funding, weight = (
        task.context.policy.execution,
        task.context.funding,
        task.indicator.weight,
    )
    if rule.mode == "none":
        return unknown("no_execution", "execution")
    if funding.rate is None:
        blank = rule.numerator_name if funding.executed is None else rule.denominator_name
        return unknown("money", "execution", name=blank)
    rate = funding.rate.value
    if rate is None:
        return unknown("zero_money", "execution", name=rule.denominator_name)
    if (
        rate <= 1
        and rule.finished
        and said(task.context.submission.get(rule.finished)) in words("met", "yes")
    ):
        return _rated("execution", "execution_finished", funding.rate, weight, weight)
    if rule.mode == "bands":
        return _rated(
            "execution", "execution_band", funding.rate, rung(rule.bands, rate, weight), weight
        )
    return _in_proportion("execution", funding.rate, weight)


def arrival(task: ScoringTask) -> RuleResult:
    """Score the arrival rate (资金到位率): 实际到位资金 by 预算资金, capped at the weight."""
    funding = task.context.funding
    if funding.arrived is None or funding.budget is None:
        blank = "arrived" if funding.arrived is None else "budget"
        return unknown("money", "arrival", name=terms.name(blank))
    if not funding.budget:
        return unknown("zero_money", "arrival", name=terms.name("budget"))
    rate = Rate(funding.arrived, funding.budget, terms.name("arrived"), terms.name("budget"))
    return _in_proportion("arrival", rate, task.indicator.weight)


def _in_proportion(rule: str, rate: Rate, weight: Decimal) -> RuleResult:
    share = clamp(rate.value or Decimal(0), ONE)
    return _rated(
        rule, "execution_full" if share == 1 else "execution", rate, share * weight, weight
    )


def _rated(rule: str, key: str, rate: Rate, score: Decimal, weight: Decimal) -> RuleResult:
    value = rate.value or Decimal(0)
    name = terms.rule_name(rule)
    reason = terms.reason(
        key,
        name=name,
        rate=percent(value),
        numerator=terms.amount(rate.numerator_name, rate.numerator),
        denominator=terms.amount(rate.denominator_name, rate.denominator),
        weight=plain(weight),
        score=fixed(score),
    )
    return RuleResult(score, name, reason, value)
