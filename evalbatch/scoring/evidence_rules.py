"""Rules that look at other tables: points checked, completion of the target list, satisfaction
survey, the evaluator's score.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from evalbatch.model.figures import ONE, ZERO, clamp, fixed, percent, plain, rounded, short_percent
from evalbatch.model.names import bare
from evalbatch.model.submission import Entry, Row, RowKind, Submission
from evalbatch.model.value import Quantity, QuantityKind
from evalbatch.reading.polarity import nothing_happened
from evalbatch.scoring import terms
from evalbatch.scoring.attainment import Attained, attain, points_off, rung
from evalbatch.scoring.sense import sense_without_operator
from evalbatch.scoring.terms import (
    EMPTY,
    OUTPUT_GROUPS,
    RuleResult,
    ScoringTask,
    said,
    unknown,
    words,
)
from evalbatch.scoring.value_rules import quantitative
from evalbatch.standards.policy import Quantitative


def by_points(task: ScoringTask) -> RuleResult:
    """Score the share of points met (要素符合度): each point that applies earns an equal share
    (README, rule 1.7).
    """
    weight = task.indicator.weight
    answers = [
        said(row.get("met")) for row in task.context.points.get(bare(task.indicator.level3), ())
    ]
    if not any(answers):
        return judged(task, "no_points")
    yes = _count(answers, "yes")
    left_out = _count(answers, "not_applicable")
    applicable = yes + _count(answers, "no")
    if applicable + left_out < len(answers):
        return unknown("blank_points", "points", count=str(len(answers) - applicable - left_out))
    if not applicable:
        return unknown("no_applicable", "points")
    share = Decimal(yes) / applicable
    figures = {"all": str(applicable), "yes": str(yes), "rate": percent(share)}
    reason = terms.reason("points", **figures, weight=plain(weight), score=fixed(share * weight))
    if left_out:
        reason += terms.reason("points_left_out", count=str(left_out))
    return RuleResult(share * weight, terms.rule_name("points"), reason, share)


def points_by_name(submission: Submission) -> Mapping[str, Sequence[Row]]:
    """Return the rows of the points table by the bare name of their indicator."""
    found: dict[str, list[Row]] = {}
    for row in submission.rows("points", RowKind.ITEM):
        found.setdefault(bare(row.text("level3")), []).append(row)
    return found


def _count(answers: Sequence[str], meaning: str) -> int:
    meant = words("met", meaning)
    return sum(1 for answer in answers if answer in meant)


class _Target(NamedTuple):
    """A row of the target list with its attainment."""

    item: str
    reached: Attained


def completion(task: ScoringTask) -> RuleResult:
    """Score the mean completion of the target list's rows, each capped at 1; one that cannot be
    told leaves all untold.
    """
    weight, rules = task.indicator.weight, task.context.policy.quantitative
    targets = _targets(task.context.submission, task.rule.table, bare(task.rule.group), rules)
    if not targets:
        return (
            quantitative(task)
            if task.indicator.target.kind is not QuantityKind.EMPTY
            else judged(task, "no_targets")
        )
    shares = [target.reached.share for target in targets if target.reached.share is not None]
    if len(shares) < len(targets):
        untold = [
            terms.problem("target_item", item=target.item)
            for target in targets
            if target.reached.share is None
        ]
        return unknown("targets", "completion", items=terms.name("list_separator").join(untold))
    share = sum(shares, ZERO) / len(shares)
    figures = {
        "all": str(len(shares)),
        "rate": percent(share),
        "weight": plain(weight),
        "score": fixed(share * weight),
    }
    reason = terms.reason("completion", **figures) + _missed(targets)
    return RuleResult(share * weight, terms.rule_name("completion"), reason, share)


def _targets(submission: Submission, table: str, group: str, rules: Quantitative) -> list[_Target]:
    """Return the rows of the target list that count for the quantity of a group.

    A row of timeliness, quality or cost counts for its own indicator where the form scores one: a
    late item already cut there is not cut again.
    """
    rows = [
        row
        for row in submission.rows(table, RowKind.ITEM)
        if bare(row.text("group")).startswith(group)
    ]
    elsewhere = _scored_elsewhere(submission)
    own = [row for row in rows if _group_of(row.text("item")) not in elsewhere] or rows
    return [_Target(row.text("item"), _reached(row, rules)) for row in own]


@lru_cache(maxsize=1024)
def _group_of(item: str) -> str:
    """Return the group of outputs that an item's name tells, empty when it tells none."""
    return next((group for group, named in OUTPUT_GROUPS.items() if named.search(item)), "")


def _scored_elsewhere(submission: Submission) -> frozenset[str]:
    """Return the groups of outputs that have an indicator with a weight of their own."""
    named = [
        row.text("level2") + row.text("level3")
        for row in submission.rows("indicators", RowKind.ITEM)
        if row.number("weight")
    ]
    return frozenset(group for group in OUTPUT_GROUPS if any(group in name for name in named))


def _reached(row: Row, rules: Quantitative) -> Attained:
    target = _quantity(row, "target")
    sense = sense_without_operator(target, row.text("item"), row.text("group"), "", rules)
    return attain(target, _quantity(row, "actual"), rules, sense=sense, name=row.text("item"))


def _quantity(row: Row, column: str) -> Quantity:
    return quantity_of(row.get(column))


def quantity_of(entry: Entry | None) -> Quantity:
    """Return an entry as a target or actual: empty when blank or absent (its text where it is 无),
    text when no quantity.
    """
    if entry is None:
        return EMPTY
    if entry.blank:
        return Quantity(QuantityKind.EMPTY, entry.text) if nothing_happened(entry.text) else EMPTY
    return entry.quantity or Quantity(QuantityKind.TEXT, entry.text)


def _missed(targets: Sequence[_Target]) -> str:
    missed = [
        terms.reason("completion_item", item=target.item, rate=percent(target.reached.share))
        for target in targets
        if target.reached.share is not None and target.reached.share < 1
    ]
    return (
        terms.reason("completion_missed", missed=terms.name("list_separator").join(missed))
        if missed
        else ""
    )


def judged(task: ScoringTask, note: str = "") -> RuleResult:
    """Keep the evaluator's score within [0, weight]; `note` is a problem that says why no finer
    rule could compute it.
    """
    claimed, weight = task.indicator.claimed, task.indicator.weight
    if claimed is None:
        return unknown(note or "judged", "judged")
    score = clamp(claimed, weight)
    figures = {"weight": plain(weight), "claimed": plain(claimed), "score": fixed(score)}
    reason = terms.reason("judged" if score == claimed else "judged_cut", **figures)
    if note:
        reason = terms.problem(note) + terms.name("clause_separator") + reason
    return RuleResult(score, terms.rule_name("judged"), reason)


class _Rate(NamedTuple):
    """A satisfaction rate and the formula it came from, in Chinese."""

    rate: Decimal
    source: str


def satisfaction(task: ScoringTask) -> RuleResult:
    """Score satisfaction by the profile's mode, from the actual or else from the survey (README,
    rules 2, 7).
    """
    measured = _satisfaction_rate(task)
    if isinstance(measured, RuleResult):
        return measured
    rule, weight = task.context.policy.satisfaction, task.indicator.weight
    figures = {"rate": percent(measured.rate), "source": measured.source, "weight": plain(weight)}
    if rule.mode == "bands":
        score, key = rung(rule.bands, measured.rate, weight), "satisfaction_band"
    elif rule.mode == "deduction" and rule.deduction is not None:
        gone = points_off(rule.deduction, measured.rate)
        score, key = max(ZERO, weight - gone), "satisfaction_deduction"
        start, step = short_percent(rule.deduction.start), short_percent(rule.deduction.step)
        figures |= {
            "start": start,
            "step": step,
            "points": plain(rule.deduction.points),
            "lost": plain(gone),
        }
    else:
        wanted = _share(task.indicator.target) or rule.full_at
        score = clamp(measured.rate / wanted, ONE) * weight
        key = "satisfaction_met" if measured.rate >= wanted else "satisfaction_short"
        figures["target"] = short_percent(wanted)
    reason = terms.reason(key, **figures, score=fixed(score))
    return RuleResult(score, terms.rule_name("satisfaction"), reason, measured.rate)


def _satisfaction_rate(task: ScoringTask) -> _Rate | RuleResult:
    own = _share(task.indicator.actual)
    if own is not None:
        return _Rate(own, terms.reason("source_actual"))
    submission = task.context.submission
    satisfied, valid = submission.number("survey_satisfied"), submission.number("survey_valid")
    if satisfied is not None and valid:
        return _Rate(
            satisfied / valid,
            terms.reason("source_share", satisfied=plain(satisfied), valid=plain(valid)),
        )
    stated = submission.number("survey_rate")
    if stated is not None:
        return _Rate(stated, terms.reason("source_rate"))
    mean = submission.number("survey_mean")
    if mean is None:
        return unknown("no_survey", "satisfaction")
    if mean <= task.context.policy.satisfaction.scale / 10:
        return unknown("mean_scale", "satisfaction", mean=plain(mean))
    return _Rate(
        mean / task.context.policy.satisfaction.scale,
        terms.reason("source_mean", mean=f"{rounded(mean)}"),
    )


def _share(quantity: Quantity) -> Decimal | None:
    """Return a percentage, or a mean score out of 100, as a fraction."""
    if quantity.number is None:
        return None
    if quantity.kind is QuantityKind.PERCENT:
        return quantity.number
    if quantity.kind is QuantityKind.NUMBER and quantity.unit in words(
        "satisfaction", "mean_units"
    ):
        return quantity.number / 100
    return None
